//! `heng reject`, `heng withdraw`, `heng revert`: what becomes of a version that is not wanted, with a reason.

use heng_dsl::diag::Lang;
use heng_dsl::model::Id;
use heng_dsl::value::{Date, Period};
use heng_engine::registry::{Reference, Registry, RegistryError, Standing, Status};
use serde::Serialize;

use super::{print_json, registry, show};
use crate::args::{Decision, Format};
use crate::clock::Now;
use crate::exit::Exit;
use crate::project::Project;
use crate::terminal::{Terminal, harmless};

/// What is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Reject,
    Withdraw,
    Revert,
}

impl Verb {
    fn name(self) -> &'static str {
        match self {
            Self::Reject => "reject",
            Self::Withdraw => "withdraw",
            Self::Revert => "revert",
        }
    }
}

/// What was decided, for programs.
#[derive(Serialize)]
struct Report {
    set: Id,
    version: Id,
    /// What holds now, of every version for which something changed.
    standing: Vec<Standing>,
    /// The months in which the version was in force: results of these rest on it.
    months: Vec<String>,
}

pub(super) fn run(
    verb: Verb,
    args: &Decision,
    project: &Project,
    terminal: Terminal,
) -> Result<Exit, Exit> {
    let json = args.format == Format::Json;
    let now = Now::read();
    let meant = show::meant(&args.version, terminal)?;
    let session = registry::session(&args.by, project, verb.name(), now, terminal)?;
    let today = now.date().ok_or(Exit::Fault)?;
    let mut store = registry::writer(project, &session, json, terminal)?;
    let decided = decide(&mut store, verb, &meant, &args.reason, today);
    let report = registry::done(store, decided, json, terminal)?;
    match args.format {
        Format::Json => print_json(&report, terminal)?,
        Format::Text => tell(&report, terminal),
    }
    Ok(Exit::Fine)
}

fn decide(
    store: &mut Registry,
    verb: Verb,
    meant: &Reference,
    reason: &str,
    today: Date,
) -> Result<Report, RegistryError> {
    let row = store.find(meant)?;
    let touched = row.in_force();
    let entry = match verb {
        Verb::Reject => store.reject(&row, reason, today)?,
        Verb::Withdraw => store.withdraw(&row, reason)?,
        Verb::Revert => store.revert(&row, reason)?,
    };
    let standing = entry.event.standing.clone();
    let months = touched.map(|it| months(it, today)).unwrap_or_default();
    Ok(Report { set: row.set, version: row.version, standing, months })
}

/// The months of a period up to today, `2026-11`.
fn months(period: Period, today: Date) -> Vec<String> {
    let last = period.until.map_or(today, |it| it.min(today));
    let first = period.from.unwrap_or(last).month_start();
    let starts = (0..).map_while(|it| first.add_months(it)).take_while(|it| *it <= last);
    starts.map(|it| format!("{:04}-{:02}", it.year(), it.month())).collect()
}

fn tell(report: &Report, terminal: Terminal) {
    for it in &report.standing {
        let (zh, en) =
            it.effective.map(|it| heng_engine::registry::period(&it)).unwrap_or_default();
        let over = matches!(it.status, Status::Rejected | Status::Withdrawn);
        let state = registry::state(it.status, terminal.lang);
        let days = if over { "" } else { terminal.pick(&zh, &en) };
        terminal.out(harmless(format!("“{}” {} {state} {days}", it.set, it.version).trim_end()));
    }
    if !report.months.is_empty() {
        let months = report.months.join(terminal.pick("、", ", "));
        terminal.out(match terminal.lang {
            Lang::Zh => format!("它生效过的月份，结果依据了它：{months}"),
            Lang::En => {
                format!("results of the months in which it was in force rest on it: {months}")
            }
        });
    }
}
