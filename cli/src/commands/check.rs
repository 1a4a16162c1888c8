//! `heng check`: is the rule set sound?

mod cost;
mod fix;
mod policy;
mod promises;

use heng_dsl::diag::{Lang, Severity, plural};
use heng_dsl::value::Date;
use heng_engine::prove::Promise;
use serde::Serialize;

use self::policy::Policy;
use super::{print_json, some_rules};
use crate::args::{Check, CheckFormat};
use crate::exit::Exit;
use crate::lang::pick;
use crate::project::Project;
use crate::render::{self, JsonDiagnostic};
use crate::rules::{self, Checked, Wanted};
use crate::terminal::{Terminal, harmless};

pub(super) fn run(args: &Check, project: &Project, terminal: Terminal) -> Result<Exit, Exit> {
    let policy = Policy::of(args, terminal)?;
    let wanted = Wanted::new(&args.packages, project);
    some_rules(&wanted, terminal)?;
    let (mut checked, made) = if args.fix {
        let (checked, made) = fix::make(&wanted);
        (checked, Some(made))
    } else {
        (rules::check(&wanted), None)
    };
    let all = checked.diagnostics.len();
    checked.diagnostics.retain(|it| !policy.allows(it.code));
    let allowed = all - checked.diagnostics.len();
    let denied = checked.diagnostics.iter().filter(|it| policy.denies(it.code)).count();
    if let Some(made) = &made {
        changes(made, terminal);
    }
    let proved = match (args.prove, args.as_of.or(project.as_of)) {
        (false, _) => None,
        (true, Some(as_of)) => promises::of(&checked, as_of, terminal).map(|it| (as_of, it)),
        (true, None) => {
            terminal.complain(terminal.pick(
                "没有基准日：保证在哪一天成立，请用 --as-of 给出",
                "there is no as-of date: say with --as-of on which day the guarantees are to hold",
            ));
            return Err(Exit::Usage);
        }
    };
    say(args, &checked, ((allowed, denied), proved.as_ref()), terminal)?;
    let unchanged = made.is_some_and(|it| !it.failed.is_empty());
    if checked.failed() || denied > 0 || unchanged {
        return Ok(Exit::Problems);
    }
    Ok(proved.map_or(Exit::Fine, |it| promises::exit(&it.1)))
}

/// The as-of date, and what became of each promise.
type Proved = (Date, Vec<Promise>);

/// Says what was found, in the form that was asked for.
fn say(
    args: &Check,
    checked: &Checked,
    ((allowed, denied), proved): ((usize, usize), Option<&Proved>),
    terminal: Terminal,
) -> Result<(), Exit> {
    let (all, sources, lang) = (&checked.diagnostics, &checked.sources, terminal.lang);
    match args.format {
        CheckFormat::Text => {
            tell(checked, terminal);
            terminal.out(summary(checked, lang));
            if let Some(more) = beside(allowed, denied, lang) {
                terminal.out(more);
            }
            if let (true, Some(linked)) = (args.cost, &checked.linked) {
                terminal.out(cost::text(linked, terminal));
            }
            if let Some((as_of, it)) = proved {
                terminal.out(promises::text(it, *as_of, lang));
            }
            if let Some(more) = more(checked, lang) {
                terminal.tell(more);
            }
        }
        CheckFormat::Json => {
            let costs = checked.linked.as_ref().filter(|_| args.cost);
            let costs = costs.map(|it| cost::report(it, lang));
            let guarantees = proved.map(|it| it.1.as_slice());
            print_json(&CheckReport { costs, guarantees, ..report(checked) }, terminal)?;
        }
        CheckFormat::Sarif => print_json(&render::sarif::log(all, sources, lang), terminal)?,
        CheckFormat::Github => {
            let commands = render::github::commands(all, sources, lang);
            if !commands.is_empty() {
                terminal.out(commands);
            }
        }
    }
    Ok(())
}

/// What `--fix` changed, to standard error.
fn changes(made: &fix::Made, terminal: Terminal) {
    for (file, titles) in &made.changes {
        for title in titles {
            terminal.tell(format!(
                "{}{}{}",
                harmless(file),
                terminal.pick("：", ": "),
                harmless(title.of(terminal.lang))
            ));
        }
    }
    for (file, why) in &made.failed {
        let why = harmless(why.of(terminal.lang)).into_owned();
        terminal.complain(match terminal.lang {
            Lang::Zh => format!("“{}”没有改：{why}", harmless(file)),
            Lang::En => format!("“{}” was not changed: {why}", harmless(file)),
        });
    }
    let count: usize = made.changes.values().map(Vec::len).sum();
    terminal.tell(match terminal.lang {
        Lang::Zh => format!("改了{count}处，{}个文件", made.changes.len()),
        Lang::En => {
            format!("made {} in {}", plural(count, "change"), plural(made.changes.len(), "file"))
        }
    });
}

/// What was left out, and what counts as an error because the call says so.
fn beside(allowed: usize, denied: usize, lang: Lang) -> Option<String> {
    let parts = match lang {
        Lang::Zh => [
            (allowed, format!("按 --allow 没有列出{allowed}个警告")),
            (denied, format!("按 --deny 不通过：{denied}个警告")),
        ],
        Lang::En => [
            (allowed, format!("not listed (--allow): {}", plural(allowed, "warning"))),
            (denied, format!("refused (--deny): {}", plural(denied, "warning"))),
        ],
    };
    let parts: Vec<String> = parts.into_iter().filter(|it| it.0 > 0).map(|it| it.1).collect();
    (!parts.is_empty()).then(|| parts.join("\n"))
}

/// Writes the problems to standard error.
pub(super) fn tell(checked: &Checked, terminal: Terminal) {
    if !checked.diagnostics.is_empty() {
        let color = terminal.colors_on_stderr();
        let text = render::text(&checked.diagnostics, &checked.sources, terminal.lang, color);
        terminal.tell(text);
        terminal.tell("");
    }
}

/// How many codes are named in the line that says where to read about them.
const NAMED: usize = 8;

/// One line for all problems of a run: where their codes are explained.
fn more(checked: &Checked, lang: Lang) -> Option<String> {
    let mut codes: Vec<&str> = Vec::new();
    for it in checked.diagnostics.iter().map(|it| it.code.record().name) {
        if !codes.contains(&it) {
            codes.push(it);
        }
    }
    let (first, others) = codes.split_first()?;
    let named = others.get(..NAMED - 1).unwrap_or(others);
    let rest = if named.len() < others.len() { " …" } else { "" };
    let joined = named.join(pick(lang, "、", ", "));
    let also = match (lang, named.is_empty()) {
        (_, true) => String::new(),
        (Lang::Zh, false) => format!("（还有 {joined}{rest}）"),
        (Lang::En, false) => format!(" (also {joined}{rest})"),
    };
    let head = pick(lang, "说明和例子：", "explained, with examples: ");
    Some(format!("{head}heng explain-code {first}{also}"))
}

/// What a check says, for programs.
#[derive(Serialize)]
pub(super) struct CheckReport<'c> {
    ok: bool,
    errors: usize,
    warnings: usize,
    packages: Vec<Package<'c>>,
    diagnostics: Vec<JsonDiagnostic<'c>>,
    /// Problems that are counted and not listed.
    left_out: usize,
    /// The work per household, with `--cost`.
    #[serde(skip_serializing_if = "Option::is_none")]
    costs: Option<cost::Costs>,
    /// What became of each 保证, with `--prove`.
    #[serde(skip_serializing_if = "Option::is_none")]
    guarantees: Option<&'c [Promise]>,
}

#[derive(Serialize)]
struct Package<'c> {
    id: &'c str,
    version: &'c str,
    title: Option<&'c str>,
    declarations: usize,
    cases: usize,
}

/// What a check says, for programs.
pub(super) fn report(checked: &Checked) -> CheckReport<'_> {
    let diagnostics = render::json(&checked.diagnostics, &checked.sources);
    let packages = checked.linked.iter().flat_map(|it| &it.packages).map(|it| Package {
        id: &it.id,
        version: &it.version,
        title: it.title.as_deref(),
        declarations: it.decls.len() + it.decides.len() + it.checks.len(),
        cases: it.cases.len(),
    });
    CheckReport {
        ok: !checked.failed(),
        errors: checked.count(Severity::Error),
        warnings: checked.count(Severity::Warning),
        packages: packages.collect(),
        left_out: checked.diagnostics.len() - diagnostics.len(),
        diagnostics,
        costs: None,
        guarantees: None,
    }
}

/// The last line: how many problems, or that there is none.
pub(super) fn summary(checked: &Checked, lang: Lang) -> String {
    let (errors, warnings) = (checked.count(Severity::Error), checked.count(Severity::Warning));
    let Some(linked) = checked.linked.as_ref().filter(|_| errors == 0) else {
        return match lang {
            Lang::Zh => format!("检查未通过：{errors}个错误，{warnings}个警告"),
            Lang::En => format!(
                "the check failed: {}, {}",
                plural(errors, "error"),
                plural(warnings, "warning")
            ),
        };
    };
    let named = linked.packages.iter().map(|it| match lang {
        Lang::Zh => format!(
            "{} {}（{}项声明，{}条用例）",
            it.id,
            it.version,
            it.decls.len(),
            it.cases.len()
        ),
        Lang::En => {
            let (decls, cases) =
                (plural(it.decls.len(), "declaration"), plural(it.cases.len(), "case"));
            format!("{} {} ({decls}, {cases})", it.id, it.version)
        }
    });
    let named: Vec<String> = named.collect();
    match lang {
        Lang::Zh => format!("检查通过：{}；{warnings}个警告", named.join("、")),
        Lang::En => {
            format!("the check passed: {}; {}", named.join(", "), plural(warnings, "warning"))
        }
    }
}
