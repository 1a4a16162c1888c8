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
use heng_engine::columns::Columns;
use heng_engine::data::{Register, Unread, read_alike, recast_columns};
use heng_engine::effect::{Both, Kept, Side, Version};
use heng_engine::impact::{
    Changes as _, Corners, Impact, ImpactOptions, Split, impact_of, in_columns, is_known, of_runs,
    reference_runs, split,
};
use heng_engine::program::Program;
use heng_engine::run::{Progress, Run, RunOptions};
use heng_engine::snapshot;
use heng_engine::summary::GroupBy;
use serde_json::{Value, json};

use self::patches::Patches;
use super::proof::Proofs;
use super::{Review, Section};
use crate::args::{Diff as Args, DiffFormat, Effect as EffectArgs, Engine};
use crate::commands::prepare;
use crate::commands::run::engine::refused;
use crate::exit::Exit;
use crate::project::Project;
use crate::terminal::{Terminal, harmless};

/// Counts below this are left out of a page, unless something else is asked for.
const LEAST: usize = 5;

/// What a bar says while both versions classify.
const CLASSIFYING: [&str; 2] = ["分类（户）", "classifying (households)"];

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
                "--by、--cliff、--old-data、--old-as-of、--suppress、--keep 要和 --data 一起用",
                "--by, --cliff, --old-data, --old-as-of, --suppress and --keep go together with --data",
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
    let (by, kept) = (work.by()?, work.kept()?);
    let asked = Asked { by, patches: &patches, kept: kept.as_ref() };
    let loaded = work.load(&args.data, &asked.by)?;
    let run_options = RunOptions {
        as_of: loaded.after.as_of,
        threads: args.data.threads.map(usize::from),
        progress: None,
        reasons: false,
    };
    let columns = loaded.reads(&work);
    let impact = match args.effect.engine {
        Engine::Columnar => {
            let version = |program, columns| Version { program, columns };
            let versions = [
                version(work.before, columns[0].as_ref()),
                version(work.after, columns[1].as_ref()),
            ];
            let both = work.in_columns(&asked, versions, &run_options)?;
            work.effect(&asked, proofs, &both)
        }
        Engine::Reference => {
            let registers = columns.each_ref().map(|it| it.register());
            let runs = work.runs(&registers, &run_options);
            let both = work.of_runs(&asked, &registers, &runs);
            work.effect(&asked, proofs, &both)
        }
    };
    if let Some(why) = kept.and_then(Kept::end) {
        terminal.complain(match terminal.lang {
            Lang::Zh => format!("结果没有存下：{why}"),
            Lang::En => format!("results were not kept: {why}"),
        });
    }
    let split = work.months(&loaded, &columns)?;
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
    kept: Option<&'a Kept>,
}

/// The data, as the later rules read them, and as the earlier ones do where these read otherwise.
struct Loaded {
    after: prepare::Delivery<Columns>,
    before: Option<prepare::Delivery<Columns>>,
}

impl Loaded {
    /// The register as the earlier and the later rules read it.
    fn reads(&self, work: &Work<'_>) -> [Cow<'_, Columns>; 2] {
        let new = &self.after.loaded.register;
        let old = match &self.before {
            Some(it) => Cow::Borrowed(&it.loaded.register),
            None => recast_columns((work.after, new), work.before),
        };
        [old, Cow::Borrowed(new)]
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

    /// Where results are kept, if they shall be. What they were worked out from has to be known.
    fn kept(&self) -> Result<Option<Kept>, Exit> {
        let EffectArgs { keep, engine, .. } = &self.args.effect;
        let Some(folder) = keep else { return Ok(None) };
        let data = &self.args.data;
        let history = data.history.as_ref().or(self.project.history.as_ref());
        let hash = data.data.as_deref().and_then(snapshot::hash);
        match hash.filter(|_| history.is_none() && matches!(engine, Engine::Columnar)) {
            Some(hash) => Ok(Some(Kept::new(folder, hash))),
            None => {
                self.terminal.complain(self.terminal.pick(
                    "--keep 只用于快照（heng import 所存）和列式引擎，并且不能有历次结果",
                    "--keep is for a snapshot (made by heng import) without earlier results, and for the columnar engine",
                ));
                Err(Exit::Usage)
            }
        }
    }

    /// Texts that neither version reads, and by which nobody groups.
    fn unread(&self, by: &[GroupBy]) -> Unread {
        let mut unread = Unread::of(self.after, false).of_both(&Unread::of(self.before, false));
        let linked = self.after.linked();
        unread.fields.retain(|slot| {
            let field = linked.field(*slot);
            let is_asked = |it: &GroupBy| *it.field == *field.name || *it.field == *field.id;
            !by.iter().any(is_asked)
        });
        unread
    }

    fn load(&self, args: &crate::args::DataArgs, by: &[GroupBy]) -> Result<Loaded, Exit> {
        let how = (self.json, self.terminal);
        let load = |program: &Program, unread| {
            prepare::columns_without(program, unread, args, self.project, how)
        };
        if !read_alike(self.before, self.after) {
            let after = load(self.after, Unread::default())?;
            return Ok(Loaded { after, before: Some(load(self.before, Unread::default())?) });
        }
        let after = load(self.after, self.unread(by))?;
        Ok(Loaded { after, before: None })
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

    /// Both versions over the register in columns.
    fn in_columns<'v>(
        &self,
        asked: &Asked<'_>,
        [before, after]: [Version<'v>; 2],
        options: &RunOptions<'_>,
    ) -> Result<Both<'v>, Exit> {
        let found = self.under_bar(CLASSIFYING, |progress| {
            let options = RunOptions { progress, ..*options };
            in_columns(before, after, &options, &self.options(asked, None))
        });
        found.map_err(|it| refused(&it, self.terminal))
    }

    /// Both versions household by household, by the reference evaluator.
    fn runs(&self, registers: &[Register; 2], options: &RunOptions<'_>) -> (Run, Run) {
        self.under_bar(CLASSIFYING, |progress| {
            let options = RunOptions { progress, ..*options };
            let [old, new] = registers;
            reference_runs((self.before, old), (self.after, new), &options)
        })
    }

    fn of_runs<'s>(
        &'s self,
        asked: &Asked<'_>,
        [old, new]: &'s [Register; 2],
        (before, after): &'s (Run, Run),
    ) -> Both<'s> {
        let before = Side { program: self.before, register: old, run: before };
        let after = Side { program: self.after, register: new, run: after };
        of_runs(before, after, &self.options(asked, None))
    }

    /// What the change does; what a proof leaves open the households may decide.
    fn effect(&self, asked: &Asked<'_>, proofs: Option<&mut Proofs>, both: &Both<'_>) -> Impact {
        if let Some(proofs) = proofs {
            proofs.decide_by(both);
        }
        self.under_bar(["归因（次）", "dividing (evaluations)"], |progress| {
            impact_of(both, &self.options(asked, progress))
        })
    }

    fn options<'o>(
        &self,
        asked: &Asked<'o>,
        progress: Option<&'o (dyn Fn(Progress) + Sync)>,
    ) -> ImpactOptions<'o> {
        let EffectArgs { cliff, no_cliffs, seed, .. } = &self.args.effect;
        let cliffs = match (cliff.is_empty(), no_cliffs) {
            (false, _) => Some(cliff.clone()),
            (true, true) => Some(Vec::new()),
            (true, false) => None,
        };
        ImpactOptions {
            reveal: self.args.data.reveal,
            by: asked.by.clone(),
            changes: (!asked.patches.is_empty()).then_some(asked.patches),
            cliffs,
            seed: *seed,
            kept: asked.kept,
            threads: self.args.data.threads.map(usize::from),
            progress,
            ..ImpactOptions::default()
        }
    }

    /// The split where the earlier data or the earlier date are others.
    fn months(
        &self,
        later: &Loaded,
        columns: &[Cow<'_, Columns>; 2],
    ) -> Result<Option<Split>, Exit> {
        let flags = &self.args.effect;
        if flags.old_data.is_none() && flags.old_as_of.is_none() {
            return Ok(None);
        }
        let mut data = self.args.data.clone();
        data.data = flags.old_data.clone().or(data.data);
        data.as_of = flags.old_as_of.or(data.as_of.filter(|_| flags.old_data.is_none()));
        let earlier = match &flags.old_data {
            None => None,
            Some(_) => Some(self.load(&data, &[])?),
        };
        let from = match (&earlier, flags.old_as_of) {
            (_, Some(date)) => date,
            (Some(it), None) => it.after.as_of,
            (None, None) => later.after.as_of,
        };
        let earlier = earlier.as_ref().map(|it| it.reads(self));
        let corners = Corners {
            by_reference: matches!(flags.engine, Engine::Reference),
            rules: [self.before, self.after],
            facts: [facts(earlier.as_ref().unwrap_or(columns)), facts(columns)],
            dates: [from, later.after.as_of],
            threads: self.args.data.threads.map(usize::from),
        };
        split(&corners).map(Some).map_err(|it| refused(&it, self.terminal))
    }
}

/// A register as the earlier and the later rules read it.
fn facts<'c>(of: &'c [Cow<'_, Columns>; 2]) -> [&'c Columns; 2] {
    of.each_ref().map(AsRef::as_ref)
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
