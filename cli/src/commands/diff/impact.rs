//! The effect of the changes on the register, as a section of a review: which data, which questions, and how it
//! is shown.

mod cliffs;
mod flows;
mod html;
mod patches;
mod text;

use std::borrow::Cow;

use heng_dsl::diag::{Lang, Words};
use heng_dsl::model::linked::Linked;
use heng_engine::data::{Read, Register, read_alike, recast};
use heng_engine::effect::Side;
use heng_engine::impact::{
    Changes as _, Classify, Corners, Impact, ImpactOptions, Split, impact, is_known,
    reference_runs, runs, split,
};
use heng_engine::program::Program;
use heng_engine::run::{Progress, Run, RunOptions, run};
use heng_engine::summary::GroupBy;
use serde_json::{Value, json};

use self::patches::Patches;
use super::proof::Proofs;
use super::{Review, Section};
use crate::args::{Diff as Args, DiffFormat, Effect as EffectArgs, Engine};
use crate::commands::outcomes::outcomes;
use crate::commands::prepare;
use crate::commands::run::engine::refused;
use crate::exit::Exit;
use crate::project::Project;
use crate::terminal::{Terminal, harmless};

/// Counts below this are left out of a page, unless something else is asked for.
const LEAST: usize = 5;

/// The effect on the register.
pub(in crate::commands) struct Population {
    impact: Impact,
    split: Option<Split>,
    /// Counts below this are left out everywhere.
    suppress: Option<usize>,
}

/// Works the effect out, where data were named; what a proof leaves open the households of the data may decide.
pub(in crate::commands) fn section(
    review: &Review,
    proofs: Option<&mut Proofs>,
    args: &Args,
    project: &Project,
    terminal: Terminal,
) -> Result<Option<Population>, Exit> {
    if args.data.data.is_none() {
        if args.effect.any() {
            terminal.complain(terminal.pick(
                "--by、--cliff、--old-data、--old-as-of、--suppress 要和 --data 一起用",
                "--by, --cliff, --old-data, --old-as-of and --suppress go together with --data",
            ));
            return Err(Exit::Usage);
        }
        return Ok(None);
    }
    let json = args.form() == DiffFormat::Json;
    let patches = Patches::of(review);
    let before = program(patches.none().unwrap_or_else(|| review.old.clone()), json, terminal)?;
    let after = program(review.new.clone(), json, terminal)?;
    let work = Work { args, project, json, terminal, before: &before, after: &after };
    let by = work.by()?;
    let asked = Asked { by, patches: &patches };
    let loaded = work.load(&args.data)?;
    let (old, new) = loaded.reads(&work);
    let run_options = RunOptions {
        as_of: loaded.after.as_of,
        threads: args.data.threads.map(usize::from),
        progress: None,
    };
    let both = work.classified(&old, &new, &run_options)?;
    if let Some(proofs) = proofs {
        proofs.decide_by(work.sides((&old, &new), &both));
    }
    let impact = work.effect(&asked, (&old, &new), &both);
    let split = work.months(&loaded, &old, &new)?;
    Ok(Some(Population { impact, split, suppress: args.effect.suppress }))
}

/// A program that works out and shows what a run of these packages would.
fn program(linked: Linked, json: bool, terminal: Terminal) -> Result<Program, Exit> {
    let used: Vec<_> = linked
        .packages
        .iter()
        .enumerate()
        .flat_map(|(at, set)| set.uses.iter().map(move |it| (at, it)))
        .filter_map(|(at, it)| linked.used(at, it))
        .collect();
    // What no other one uses was asked for.
    let roots: Vec<usize> = (0..linked.packages.len()).filter(|it| !used.contains(it)).collect();
    Program::for_roots(linked, &roots).map_err(|all| {
        let words = |it: &heng_engine::program::ProgramError| {
            Words::both(it.words(Lang::Zh), it.words(Lang::En))
        };
        let problems = all.iter().map(|it| ("E0501", words(it))).collect();
        prepare::refuse(problems, json, Exit::Problems, terminal)
    })
}

/// What is asked of the comparison.
struct Asked<'a> {
    by: Vec<GroupBy>,
    patches: &'a Patches<'a>,
}

/// The data, as the later rules read them, and as the earlier ones do where these read otherwise.
struct Loaded {
    after: prepare::Delivery,
    before: Option<prepare::Delivery>,
}

impl Loaded {
    /// The register as either reads it.
    fn reads(&self, work: &Work<'_>) -> (Cow<'_, Register>, Cow<'_, Register>) {
        let new = &self.after.loaded.register;
        let old = match &self.before {
            Some(it) => Cow::Borrowed(&it.loaded.register),
            None => recast((work.after, new), &[], work.before),
        };
        (old, Cow::Borrowed(new))
    }
}

/// Both programs, and what it takes to load data and to tell how far the work is.
struct Work<'w> {
    args: &'w Args,
    project: &'w Project,
    json: bool,
    terminal: Terminal,
    before: &'w Program,
    after: &'w Program,
}

impl Work<'_> {
    /// The fields by which groups are made: those of the flags, else those of the project.
    fn by(&self) -> Result<Vec<GroupBy>, Exit> {
        let summary = &self.project.summary;
        let known = |it: &GroupBy| is_known(self.before, it) || is_known(self.after, it);
        if self.args.effect.by.is_empty() {
            let stated = summary.region.iter().chain(&summary.industry);
            return Ok(stated.map(|it| GroupBy::parse(it)).filter(known).collect());
        }
        let by: Vec<GroupBy> = self.args.effect.by.iter().map(|it| GroupBy::parse(it)).collect();
        match by.iter().find(|it| !known(it)) {
            None => Ok(by),
            Some(it) => {
                let field = harmless(&it.field);
                self.terminal.complain(match self.terminal.lang {
                    Lang::Zh => format!("没有叫“{field}”的字段或值，不能按它分组"),
                    Lang::En => format!("there is no field or value “{field}” to group by"),
                });
                Err(Exit::Usage)
            }
        }
    }

    fn load(&self, args: &crate::args::DataArgs) -> Result<Loaded, Exit> {
        let load = |program: &Program| {
            prepare::data(program, args, self.project, self.json, self.terminal)
        };
        let after = load(self.after)?;
        let before =
            if read_alike(self.before, self.after) { None } else { Some(load(self.before)?) };
        Ok(Loaded { after, before })
    }

    /// Does something under a bar that is told how far it is.
    fn under_bar<T>(
        &self,
        words: [&str; 2],
        what: impl FnOnce(Option<&(dyn Fn(Progress) + Sync)>) -> T,
    ) -> T {
        let bar = self.terminal.progress(Some(0), self.terminal.pick(words[0], words[1]));
        let progress = |it: Progress| {
            bar.set_length(it.of as u64);
            bar.set_position(it.done as u64);
        };
        let found = what(if bar.is_hidden() { None } else { Some(&progress) });
        bar.finish_and_clear();
        found
    }

    fn classified(
        &self,
        old: &Register,
        new: &Register,
        options: &RunOptions<'_>,
    ) -> Result<(Run, Run), Exit> {
        let found = self.under_bar(["分类（户）", "classifying (households)"], |progress| {
            let options = RunOptions { progress, ..*options };
            let (before, after) = ((self.before, old), (self.after, new));
            match self.args.effect.engine {
                Engine::Columnar => runs(before, after, &options),
                Engine::Reference => Ok(reference_runs(before, after, &options)),
            }
        });
        found.map_err(|it| refused(&it, self.terminal))
    }

    /// Both versions with what they have made of the register.
    fn sides<'s>(
        &'s self,
        (old, new): (&'s Register, &'s Register),
        both: &'s (Run, Run),
    ) -> [Side<'s>; 2] {
        let before = Side { program: self.before, register: old, run: &both.0 };
        [before, Side { program: self.after, register: new, run: &both.1 }]
    }

    fn effect(
        &self,
        asked: &Asked<'_>,
        registers: (&Register, &Register),
        both: &(Run, Run),
    ) -> Impact {
        let [before, after] = self.sides(registers, both);
        let EffectArgs { cliff, no_cliffs, seed, .. } = &self.args.effect;
        let cliffs = match (cliff.is_empty(), no_cliffs) {
            (false, _) => Some(cliff.clone()),
            (true, true) => Some(Vec::new()),
            (true, false) => None,
        };
        self.under_bar(["归因（次）", "dividing (evaluations)"], |progress| {
            let options = ImpactOptions {
                reveal: self.args.data.reveal,
                by: asked.by.clone(),
                changes: (!asked.patches.is_empty()).then_some(asked.patches),
                cliffs,
                seed: *seed,
                threads: self.args.data.threads.map(usize::from),
                progress,
                ..ImpactOptions::default()
            };
            impact(before, after, &options)
        })
    }

    /// The split where the earlier data or the earlier date are others.
    fn months(
        &self,
        later: &Loaded,
        old: &Register,
        new: &Register,
    ) -> Result<Option<Split>, Exit> {
        let flags = &self.args.effect;
        if flags.old_data.is_none() && flags.old_as_of.is_none() {
            return Ok(None);
        }
        let later_reads: Vec<Read<'_>> = vec![(self.after, new), (self.before, old)];
        let mut data = self.args.data.clone();
        data.data = flags.old_data.clone().or(data.data);
        data.as_of = flags.old_as_of.or(data.as_of.filter(|_| flags.old_data.is_none()));
        let earlier = match &flags.old_data {
            None => None,
            Some(_) => Some(self.load(&data)?),
        };
        let from = match (&earlier, flags.old_as_of) {
            (_, Some(date)) => date,
            (Some(it), None) => it.after.as_of,
            (None, None) => later.after.as_of,
        };
        let registers = earlier.as_ref().map(|it| it.reads(self));
        let earlier_reads: Vec<Read<'_>> = match &registers {
            Some((old, new)) => vec![(self.after, new), (self.before, old)],
            None => later_reads.clone(),
        };
        let classify: &Classify<'_> = match self.args.effect.engine {
            Engine::Columnar => {
                &|program: &Program, register: &Register, options: &RunOptions<'_>| {
                    outcomes(program, register, options, self.terminal)
                }
            }
            Engine::Reference => &run,
        };
        let corners = Corners {
            classify,
            rules: [self.before, self.after],
            facts: [earlier_reads, later_reads],
            dates: [from, later.after.as_of],
            threads: self.args.data.threads.map(usize::from),
        };
        Ok(Some(split(&corners)))
    }
}

impl Population {
    /// All of it, whatever may be shown.
    pub(super) fn impact(&self) -> &Impact {
        &self.impact
    }

    /// The effect as it may be shown; a page leaves small counts out of itself.
    fn shown(&self, page: bool) -> (Cow<'_, Impact>, Option<Cow<'_, Split>>) {
        let least = match (self.suppress, page) {
            (Some(0), _) | (None, false) => None,
            (Some(least), _) => Some(least),
            (None, true) => Some(LEAST),
        };
        match least {
            None => (Cow::Borrowed(&self.impact), self.split.as_ref().map(Cow::Borrowed)),
            Some(least) => {
                let split = self.split.clone().map(|it| Cow::Owned(it.suppressed(least)));
                (Cow::Owned(self.impact.clone().suppressed(least)), split)
            }
        }
    }
}

impl Section for Population {
    fn name(&self) -> &'static str {
        "impact"
    }

    fn text(&self, lang: Lang) -> String {
        let (impact, split) = self.shown(false);
        let mut parts = vec![text::report(&impact, lang)];
        parts.extend(split.map(|it| text::split(&it, lang)));
        parts.retain(|it| !it.is_empty());
        parts.join("\n\n")
    }

    fn json(&self) -> Value {
        let (impact, split) = self.shown(false);
        json!({ "effect": &*impact, "months": split.as_deref() })
    }

    fn html(&self, lang: Lang) -> String {
        let (impact, split) = self.shown(true);
        html::fragment(&impact, split.as_deref(), lang)
    }

    fn exit(&self) -> Exit {
        if self.impact.affected.count().is_none_or(|it| it > 0) { Exit::Effect } else { Exit::Fine }
    }
}
