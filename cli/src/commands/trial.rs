//! `heng try`: rules changed for a try. Both the rules as they are and the changed ones classify the same
//! data; what differs is told. Nothing is saved.

pub(super) mod text;

use heng_dsl::diag::{Lang, Severity, plural};
use heng_engine::columns::Columns;
use heng_engine::data::{read_alike, recast_columns};
use heng_engine::effect::{
    Effect, EffectOptions, Side, Version, effect, effect_in_columns, register_for,
};
use heng_engine::program::Program;
use heng_engine::run::RunOptions;
use serde::Serialize;

use super::next::{self, Next};
use super::outcomes::outcomes;
use super::{check, prepare, print_json, some_rules};
use crate::args::{Format, Try};
use crate::exit::Exit;
use crate::project::Project;
use crate::render::{self, JsonDiagnostic};
use crate::rules::{self, About, Checked, Wanted};
use crate::terminal::{Terminal, harmless_lines};

/// How many households are named of each cause.
const EXAMPLES: usize = 3;

/// What a try came to, for programs.
#[derive(Serialize)]
struct Report<'r> {
    edits: Vec<Edit<'r>>,
    /// Warnings that the edits bring.
    diagnostics: Vec<JsonDiagnostic<'r>>,
    effect: &'r Effect,
}

/// What an edit changes.
#[derive(Serialize)]
struct Edit<'r> {
    package: &'r str,
    name: &'r str,
    /// As it would be written in a rule set that is 基于 the package, without its reason.
    amendment: &'r str,
}

pub(super) fn run(args: &Try, project: &Project, terminal: Terminal) -> Result<Exit, Exit> {
    let json = args.format == Format::Json;
    let wanted = Wanted::of(&args.rules, &args.lookup, project);
    some_rules(&wanted, terminal)?;
    let edited = rules::check_edited(&wanted, &args.edits);
    let before = prepare::linked(edited.before, prepare::Extent::Asked, json, terminal)?;
    if edited.after.linked.is_none() {
        return Err(refused(&edited.after, json, terminal));
    }
    let warnings = edited.after.diagnostics.clone();
    let sources = edited.after.sources.clone();
    if !json {
        check::tell(&edited.after, terminal);
    }
    let after = prepare::linked(edited.after, prepare::Extent::Asked, json, terminal)?;
    let delivery = prepare::columns(&before.program, &args.data, project, json, terminal)?;
    let run = RunOptions {
        as_of: delivery.as_of,
        threads: args.data.threads.map(usize::from),
        progress: None,
        reasons: false,
    };
    let options = EffectOptions { reveal: args.data.reveal, examples: EXAMPLES };
    let effect = effects((&before.program, &after.program), &delivery, (&run, options), terminal);
    if json {
        let edits = edited.about.iter().map(|it| Edit {
            package: &it.package,
            name: &it.name,
            amendment: &it.amendment,
        });
        let diagnostics = render::json(&warnings, &sources);
        let report = Report { edits: edits.collect(), diagnostics, effect: &effect };
        print_json(&report, terminal)?;
    } else {
        terminal.out(text::report(&edited.about, &effect, terminal.lang));
        terminal.out(after_that(&edited.about, &effect, terminal.lang));
    }
    Ok(if args.exit_code && effect.any() { Exit::Effect } else { Exit::Fine })
}

/// What the edits do, in columns; what these have no operation for the reference evaluator works out.
fn effects(
    (before, after): (&Program, &Program),
    delivery: &prepare::Delivery<Columns>,
    (run, options): (&RunOptions<'_>, EffectOptions),
    terminal: Terminal,
) -> Effect {
    let columns = &delivery.loaded.register;
    if read_alike(before, after) {
        let changed = recast_columns((before, columns), after);
        let version = |program, columns| Version { program, columns };
        let versions = (version(before, columns), version(after, changed.as_ref()));
        if let Ok(effect) = effect_in_columns(versions.0, versions.1, run, options) {
            return effect;
        }
    }
    let register = columns.register();
    let changed = register_for(&register, before, after);
    let runs =
        (outcomes(before, &register, run, terminal), outcomes(after, &changed, run, terminal));
    effect(
        Side { program: before, register: &register, run: &runs.0 },
        Side { program: after, register: &changed, run: &runs.1 },
        options,
    )
}

/// Says why the edits cannot be tried.
fn refused(after: &Checked, json: bool, terminal: Terminal) -> Exit {
    if json {
        return print_json(&check::report(after), terminal).err().unwrap_or(Exit::Problems);
    }
    check::tell(after, terminal);
    let errors = after.count(Severity::Error);
    terminal.tell(match terminal.lang {
        Lang::Zh => format!("没有试成：这样改有{errors}个错误"),
        Lang::En => {
            format!("not tried: changed like this the rules have {}", plural(errors, "error"))
        }
    });
    Exit::Problems
}

/// What to do next: look at a household, keep the change.
fn after_that(about: &[About], effect: &Effect, lang: Lang) -> String {
    let look = effect.example().map(|key| {
        let command = format!("heng explain {key}");
        Next::new(&command, "其中一户现在为什么是这个等级", "why one of them has its grade now")
    });
    let mut lines = vec![next::text(look.as_slice(), lang)];
    for (at, it) in about.iter().enumerate() {
        let english = ["amend", "disable"].iter().any(|word| it.amendment.starts_with(word));
        let because = if english { "because …" } else { "因 …" };
        let package = &it.package;
        let before = at.checked_sub(1).and_then(|at| about.get(at));
        if before.is_none_or(|it| it.package != *package) {
            lines.push(match lang {
                Lang::Zh => format!(
                    "要保存：自己的规则集直接改文件；上级的，在“基于 {package}”的规则集里写明理由："
                ),
                Lang::En => format!(
                    "to keep it: change your own set in its file; for a set above yours, write this \
                     with its reason into one that extends {package}:"
                ),
            });
        }
        lines.push(format!("  {} {because}", it.amendment));
    }
    lines.retain(|it| !it.is_empty());
    harmless_lines(&format!("\n{}", lines.join("\n")))
}
