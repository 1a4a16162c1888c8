//! `heng test`: the 用例 of the rule sets, why they fail, and what none of them covers.

mod accept;
mod junit;
mod mutation;

use std::io::Write as _;
use std::path::Path;

use heng_dsl::diag::Lang;
use heng_engine::cases::{CaseResult, Failure, run_cases};
use heng_engine::coverage::{Coverage, of_cases};
use heng_engine::explain::Why;
use heng_engine::output::Writing;
use serde::Serialize;

use super::prepare::Ready;
use super::{coverage, prepare, print_json};
use crate::args::{Test, TestFormat};
use crate::exit::Exit;
use crate::project::Project;
use crate::rules::Wanted;
use crate::terminal::{Terminal, harmless};

/// What the cases came to, for programs.
#[derive(Serialize)]
struct Report {
    ok: bool,
    passed: usize,
    failed: usize,
    cases: Vec<CaseResult>,
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<Coverage>,
}

pub(super) fn run(args: &Test, project: &Project, terminal: Terminal) -> Result<Exit, Exit> {
    let json = args.format == TestFormat::Json;
    let ready = prepare::program(
        &Wanted::new(&args.packages, project),
        prepare::Extent::Everything,
        json,
        terminal,
    )?;
    ready.tell_warnings(terminal);
    if args.accept {
        return accept::run(args, &ready, terminal).map(|()| Exit::Fine);
    }
    if args.mutate {
        return mutation::run(args, &ready, terminal);
    }
    let all: usize = ready.packages().map(|it| it.cases.len()).sum();
    let bar = terminal.progress(Some(all as u64), terminal.pick("运行用例", "running cases"));
    let mut cases = Vec::new();
    for package in &ready.roots {
        let results = run_cases(&ready.program, *package, args.filter.as_deref());
        bar.inc(results.len() as u64);
        cases.extend(results);
    }
    bar.finish_and_clear();
    if let Some(file) = &args.junit {
        write_junit(file, &cases, terminal)?;
    }
    let failed = cases.iter().filter(|it| !it.passed).count();
    let report = Report {
        ok: failed == 0,
        passed: cases.len() - failed,
        failed,
        coverage: args.coverage.then(|| of_cases(&ready.program, &ready.roots, args.edges)),
        cases,
    };
    match args.format {
        TestFormat::Text => tell(&report, terminal),
        TestFormat::Json => print_json(&report, terminal)?,
        TestFormat::Junit => terminal.out(junit_text(&report.cases, terminal)?.trim_end()),
    }
    Ok(if report.ok { Exit::Fine } else { Exit::Problems })
}

/// Runs the cases of what was asked for, as a condition of something else: how many passed. Where one fails,
/// that is told.
pub(super) fn passed(ready: &Ready, json: bool, terminal: Terminal) -> Result<usize, Exit> {
    let results = ready.roots.iter().flat_map(|it| run_cases(&ready.program, *it, None));
    let cases: Vec<CaseResult> = results.collect();
    let failed = cases.iter().filter(|it| !it.passed).count();
    let passed = cases.len() - failed;
    if failed == 0 {
        return Ok(passed);
    }
    let report = Report { ok: false, passed, failed, cases, coverage: None };
    if json {
        print_json(&report, terminal)?;
    } else {
        tell(&report, terminal);
    }
    Err(Exit::Problems)
}

fn junit_text(cases: &[CaseResult], terminal: Terminal) -> Result<String, Exit> {
    junit::report(cases, terminal.lang).map_err(|it| {
        terminal.complain(it);
        Exit::Fault
    })
}

fn write_junit(file: &Path, cases: &[CaseResult], terminal: Terminal) -> Result<(), Exit> {
    let text = junit_text(cases, terminal)?;
    let written = Writing::begin(file).and_then(|mut to| {
        to.write_all(text.as_bytes())?;
        to.finish()
    });
    written.map_err(|it| {
        terminal.complain(format!("{}: {it}", harmless(&file.to_string_lossy())));
        Exit::Problems
    })
}

fn tell(report: &Report, terminal: Terminal) {
    let lang = terminal.lang;
    for case in report.cases.iter().filter(|it| !it.passed) {
        let place = case.place.as_deref().unwrap_or("");
        let head = terminal.pick("用例未通过：", "case failed: ");
        let title = format!("{head}{}.{} {place}", case.package, case.title);
        terminal.out(harmless(title.trim_end()));
        for failure in &case.failures {
            terminal.out(harmless(&words(failure, lang)));
            tell_why(&failure.why, 2, terminal);
        }
    }
    if let Some(found) = &report.coverage {
        terminal.out(coverage::text(found, lang));
    }
    let (passed, failed) = (report.passed, report.failed);
    terminal.out(match (lang, report.cases.is_empty()) {
        (Lang::Zh, true) => "没有用例".to_owned(),
        (Lang::En, true) => "there are no cases".to_owned(),
        (Lang::Zh, false) => format!("用例：{passed}条通过，{failed}条未通过"),
        (Lang::En, false) => format!("cases: {passed} passed, {failed} failed"),
    });
}

/// The steps of the way, each with what it rests on below it.
fn tell_why(all: &[Why], depth: usize, terminal: Terminal) {
    for why in all {
        let place = why.place.as_deref().map(|it| format!("  {it}")).unwrap_or_default();
        let line = format!("{}{}{place}", "  ".repeat(depth), why.text.of(terminal.lang));
        terminal.out(harmless(&line));
        tell_why(&why.because, depth + 1, terminal);
    }
}

fn words(failure: &Failure, lang: Lang) -> String {
    let (what, expected, found) =
        (failure.what.of(lang), failure.expected.of(lang), failure.found.of(lang));
    let hint = failure.hint.as_ref().map(|it| it.of(lang));
    match lang {
        Lang::Zh => {
            let hint = hint.map(|it| format!("（{it}）")).unwrap_or_default();
            format!("  {what}：应当是{expected}，得到{found}{hint}")
        }
        Lang::En => {
            let hint = hint.map(|it| format!(" ({it})")).unwrap_or_default();
            format!("  {what}: expected {expected}, found {found}{hint}")
        }
    }
}
