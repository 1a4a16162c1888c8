//! `heng check`: is the rule set sound?

use heng_dsl::diag::{Lang, Severity};
use serde::Serialize;

use super::{checked, print_json};
use crate::args::{Check, Format};
use crate::exit::Exit;
use crate::lang::pick;
use crate::project::Project;
use crate::render::{self, JsonDiagnostic};
use crate::rules::{Checked, Wanted};
use crate::terminal::Terminal;

pub(super) fn run(args: &Check, project: &Project, terminal: Terminal) -> Result<Exit, Exit> {
    let checked = checked(&Wanted::new(&args.packages, project), terminal)?;
    match args.format {
        Format::Text => {
            tell(&checked, terminal);
            terminal.out(summary(&checked, terminal.lang));
            if let Some(more) = more(&checked, terminal.lang) {
                terminal.tell(more);
            }
        }
        Format::Json => print_json(&report(&checked), terminal)?,
    }
    Ok(if checked.failed() { Exit::Problems } else { Exit::Fine })
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
    }
}

/// The last line: how many problems, or that there is none.
pub(super) fn summary(checked: &Checked, lang: Lang) -> String {
    let (errors, warnings) = (checked.count(Severity::Error), checked.count(Severity::Warning));
    let Some(linked) = checked.linked.as_ref().filter(|_| errors == 0) else {
        return match lang {
            Lang::Zh => format!("检查未通过：{errors}个错误，{warnings}个警告"),
            Lang::En => format!("the check failed: {errors} errors, {warnings} warnings"),
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
            format!(
                "{} {} ({} declarations, {} cases)",
                it.id,
                it.version,
                it.decls.len(),
                it.cases.len()
            )
        }
    });
    let named: Vec<String> = named.collect();
    match lang {
        Lang::Zh => format!("检查通过：{}；{warnings}个警告", named.join("、")),
        Lang::En => format!("the check passed: {}; {warnings} warnings", named.join(", ")),
    }
}
