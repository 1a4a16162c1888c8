//! `heng` without a command: how the project stands, in a dozen lines, and what to try next.
//!
//! What is worked out and how it is shown are kept apart: [`Status`] is the same for people and for
//! programs. Nothing that is wrong with the rules or the data ends the report; it is a line of it.

mod text;

use heng_dsl::diag::Severity;
use heng_dsl::model::Id;
use heng_dsl::value::Date;
use heng_engine::cases::run_cases;
use heng_engine::columnar::results;
use heng_engine::columns::Columns;
use heng_engine::coverage::{Coverage, of_cases};
use heng_engine::eval::checks::findings_of;
use heng_engine::explain::Said;
use heng_engine::mask::Masking;
use heng_engine::part::Sink as _;
use heng_engine::quality;
use heng_engine::run::{self, RunOptions};
use heng_engine::summary::{
    Counting, GradeSummary, Population, Summary, SummaryOptions, summarise,
};
use serde::Serialize;

use super::next::{self, Next, Riskiest};
use super::outcomes::{projection, tell};
use super::prepare::{self, Delivery, Ready};
use super::{check, checked, print_json};
use crate::args::{Format, Status as StatusArgs};
use crate::exit::Exit;
use crate::project::Project;
use crate::rules::{Checked, Wanted};
use crate::terminal::{Terminal, harmless_lines};

/// How a project stands.
#[derive(Serialize)]
struct Status {
    /// The packages that the project names.
    packages: Vec<Package>,
    errors: usize,
    warnings: usize,
    /// What the rules come to; absent while they have errors.
    #[serde(skip_serializing_if = "Option::is_none")]
    rules: Option<Rules>,
    /// What the data come to; absent where the project names none, or they cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Data>,
    /// Commands to try, each with what it shows.
    next: Vec<Next>,
    notice: Said,
}

#[derive(Serialize)]
struct Package {
    id: Id,
    version: Id,
    title: Option<String>,
    basis: Vec<String>,
}

#[derive(Serialize)]
struct Rules {
    cases: usize,
    failed: usize,
    /// Rows, cells, determinations and the like, and how many of them the cases exercise.
    places: usize,
    exercised: usize,
}

#[derive(Serialize)]
struct Data {
    as_of: Date,
    cutoff: Option<Date>,
    households: usize,
    in_population: usize,
    records: usize,
    quarantined: u64,
    findings: u64,
    errors: usize,
    grades: Vec<GradeSummary>,
}

pub(super) fn run(args: &StatusArgs, project: &Project, terminal: Terminal) -> Result<Exit, Exit> {
    if project.rules.is_empty() {
        return Err(no_project(terminal));
    }
    let json = args.format == Format::Json;
    let checked = checked(&Wanted::new(&<_>::default(), project), terminal)?;
    if checked.failed() {
        return broken(&checked, json, terminal);
    }
    let (warnings, packages) = (checked.count(Severity::Warning), packages(&checked));
    let ready = prepare::linked(checked, prepare::Extent::Everything, json, terminal)?;
    let coverage = of_cases(&ready.program, &ready.roots, false);
    let rules = rules(&ready, &coverage);
    let wants_data = args.data.data.is_some() || project.data.is_some();
    let delivery = if wants_data {
        // What stands in the way has been told; the rest of the report stands.
        prepare::columns(&ready.program, &args.data, project, json, terminal).ok()
    } else {
        None
    };
    let threads = args.data.threads.map(usize::from);
    let classified = delivery.as_ref().map(|it| classified(&ready, it, threads, terminal));
    let data = delivery.as_ref().zip(classified.as_ref());
    let data = data.map(|(delivery, it)| data_of(&ready, delivery, &it.summary, (json, terminal)));
    let data = data.transpose()?;
    let problems = rules.failed > 0 || (wants_data && data.is_none());
    let status = Status {
        next: suggest(&ready, classified.as_ref(), warnings, &rules),
        packages,
        errors: 0,
        warnings,
        rules: Some(rules),
        data,
        notice: heng_engine::explain::notice(),
    };
    show(&status, json, terminal)?;
    Ok(if problems { Exit::Problems } else { Exit::Fine })
}

fn show(status: &Status, json: bool, terminal: Terminal) -> Result<(), Exit> {
    if json {
        return print_json(status, terminal);
    }
    terminal.out(harmless_lines(&text::text(status, terminal.lang)));
    Ok(())
}

/// There is nothing to report on: how to get something.
fn no_project(terminal: Terminal) -> Exit {
    terminal.complain(terminal.pick(
        "这里没有项目（heng.toml），或者它没有写规则集",
        "there is no project here (heng.toml), or it names no rule set",
    ));
    terminal.tell(terminal.pick(
        "接下来：\n  heng new 示例       建一个小项目，从它开始\n  heng --help         全部命令",
        "next:\n  heng new sample     make a small project to start from\n  heng --help         all commands",
    ));
    Exit::Usage
}

/// The rules have errors: the first thing is to see them.
fn broken(checked: &Checked, json: bool, terminal: Terminal) -> Result<Exit, Exit> {
    let status = Status {
        packages: Vec::new(),
        errors: checked.count(Severity::Error),
        warnings: checked.count(Severity::Warning),
        rules: None,
        data: None,
        next: vec![Next::new(
            "heng check",
            "错误在哪一行，怎么改",
            "where the errors are, and what to do",
        )],
        notice: heng_engine::explain::notice(),
    };
    if !json {
        check::tell(checked, terminal);
    }
    show(&status, json, terminal)?;
    Ok(Exit::Problems)
}

/// Commands, the most useful first.
fn suggest(
    ready: &Ready,
    classified: Option<&Classified>,
    warnings: usize,
    rules: &Rules,
) -> Vec<Next> {
    let mut next = Vec::new();
    if rules.failed > 0 {
        next.push(Next::new(
            "heng test",
            "没有通过的用例：应当是什么，得到什么",
            "the cases that failed, and why",
        ));
    }
    if let Some(Classified { riskiest, .. }) = classified {
        next.extend(riskiest.as_ref().map(|it| next::explain(ready, it)));
        next.extend(next::attempt(ready));
    } else {
        next.push(Next::new(
            "heng run --data …",
            "对一批资料分类；也可在 heng.toml 写明 data",
            "classify data; heng.toml may name them too",
        ));
    }
    if warnings > 0 {
        next.push(Next::new("heng check", "哪里值得一看", "what is worth a look"));
    }
    if rules.exercised < rules.places {
        next.push(Next::new(
            "heng test --coverage",
            "哪几行、哪几格还没有用例",
            "rows and cells that no case covers",
        ));
    }
    next
}

fn packages(checked: &Checked) -> Vec<Package> {
    let linked = checked.linked.iter();
    let roots = linked.flat_map(|it| checked.roots.iter().filter_map(|at| it.packages.get(*at)));
    let package = |it: &heng_dsl::model::RuleSet| Package {
        id: it.id.clone(),
        version: it.version.clone(),
        title: it.title.clone(),
        basis: it.legal.basis.clone(),
    };
    roots.map(package).collect()
}

fn rules(ready: &Ready, coverage: &Coverage) -> Rules {
    let results = ready.roots.iter().flat_map(|it| run_cases(&ready.program, *it, None));
    let passed: Vec<bool> = results.map(|it| it.passed).collect();
    Rules {
        cases: passed.len(),
        failed: passed.iter().filter(|it| !**it).count(),
        places: coverage.totals.iter().map(|it| it.all).sum(),
        exercised: coverage.totals.iter().map(|it| it.exercised).sum(),
    }
}

/// What the data come to.
struct Classified {
    summary: Summary,
    riskiest: Option<Riskiest>,
}

fn classified(
    ready: &Ready,
    delivery: &Delivery<Columns>,
    threads: Option<usize>,
    terminal: Terminal,
) -> Classified {
    let (program, columns) = (&ready.program, &delivery.loaded.register);
    let options = RunOptions { as_of: delivery.as_of, threads, progress: None, reasons: false };
    let asked = SummaryOptions::default();
    let counting = Counting::new(program, &asked);
    let mut tally = counting.begin();
    let summary =
        match results(program, columns, (&options, None), &counting, &mut |it| tally.add(it)) {
            Ok(ran) => {
                let population = Population::of_source(columns, delivery.as_of, &ran);
                counting.summary(tally, &population)
            }
            Err(refusals) => {
                tell(&refusals, terminal);
                let register = columns.register();
                summarise(program, &register, &run::run(program, &register, &options), &asked)
            }
        };
    let grade = next::grade(ready);
    let riskiest = grade.and_then(|slot| {
        let all = projection((program, &[slot]), columns, &options, terminal);
        Riskiest::of(slot, &all)
    });
    Classified { summary, riskiest }
}

fn data_of(
    ready: &Ready,
    delivery: &Delivery<Columns>,
    summary: &Summary,
    (json, terminal): (bool, Terminal),
) -> Result<Data, Exit> {
    let (program, loaded) = (&ready.program, &delivery.loaded);
    let found = findings_of(program, &loaded.register, delivery.as_of);
    let found = found.map_err(|why| prepare::unreadable(&why, json, terminal))?;
    let quality = quality::report(
        program.linked(),
        &found,
        &loaded.problems,
        &found.findings,
        Masking::Hidden,
    );
    let asked = |it: &GradeSummary| ready.packages().any(|set| set.id == it.name.package);
    Ok(Data {
        as_of: summary.as_of,
        cutoff: summary.cutoff,
        households: summary.households,
        in_population: summary.in_population,
        records: loaded.register.count_records(),
        quarantined: quality.quarantined,
        findings: quality.rules.iter().map(|it| it.findings).sum(),
        errors: summary.errors.iter().map(|it| it.count).sum(),
        grades: summary.grades.iter().filter(|it| asked(it)).cloned().collect(),
    })
}
