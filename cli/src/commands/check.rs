//! `heng check`: is the rule set sound?

use heng_dsl::diag::{Lang, Severity};
use serde::Serialize;

use super::{checked, print_json};
use crate::args::{Check, Format};
use crate::exit::Exit;
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
