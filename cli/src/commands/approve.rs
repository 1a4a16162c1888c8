//! `heng approve` and `heng apply`: a plan that was saved by a review is signed, and takes effect.

use std::fs;
use std::path::Path;

use heng_dsl::diag::{Lang, Words};
use heng_dsl::model::Id;
use heng_dsl::stored::Hash;
use heng_dsl::value::{Date, Period};
use heng_engine::registry::{Applied, History, Keys, Plan, PublicKey, SecretKey, Terms, approvers};
use serde::Serialize;

use super::{print_json, registry};
use crate::args::{Apply, Approve, Format, HistoryArg};
use crate::clock::Now;
use crate::exit::Exit;
use crate::project::{Project, shown};
use crate::snapshot::snapshot;
use crate::terminal::{Terminal, harmless};

/// What was approved, for programs.
#[derive(Serialize)]
struct Approved {
    set: Id,
    version: Id,
    plan: Hash,
    by: String,
    /// Whom the gates of the project name.
    needed: Vec<String>,
}

pub(super) fn approve(args: &Approve, project: &Project, terminal: Terminal) -> Result<Exit, Exit> {
    let json = args.format == Format::Json;
    let plan = plan(&args.plan, json, terminal)?;
    let text = text(&args.key, json, terminal)?;
    let Some(key) = SecretKey::parse(&text) else {
        return Err(no_key(&args.key, terminal));
    };
    let session = registry::session(&args.by, project, "approve", Now::read(), terminal)?;
    let known = keys(project, json, terminal)?;
    if known.get(&session.by).is_some_and(|it| *it != key.public()) {
        terminal.complain(match terminal.lang {
            Lang::Zh => format!("这不是“{}”在 heng.toml 的 [keys] 里的密钥", session.by),
            Lang::En => {
                format!("this is not the key of “{}” under [keys] of heng.toml", session.by)
            }
        });
        return Err(Exit::Usage);
    }
    let mut store = registry::writer(project, &session, json, terminal)?;
    let approved = store.approve(&plan, &key).map(|_| ());
    registry::done(store, approved, json, terminal)?;
    let needed = approvers(&project.gates, &plan.figures).into_iter().collect();
    let (set, version) = (plan.set.clone(), plan.new.version.clone());
    let report = Approved { set, version, plan: plan.hash(), by: session.by, needed };
    if json {
        print_json(&report, terminal)?;
        return Ok(Exit::Fine);
    }
    let name = format!("“{}” {}", report.set, report.version);
    let needed = report.needed.join(terminal.pick("、", ", "));
    terminal.out(harmless(&match (terminal.lang, needed.is_empty()) {
        (Lang::Zh, true) => format!("{}审批了 {name}", report.by),
        (Lang::En, true) => format!("{} approved {name}", report.by),
        (Lang::Zh, false) => format!("{}审批了 {name}；需要审批的：{needed}", report.by),
        (Lang::En, false) => format!("{} approved {name}; needed are: {needed}", report.by),
    }));
    Ok(Exit::Fine)
}

/// What took effect, for programs.
#[derive(Serialize)]
struct Report {
    set: Id,
    version: Id,
    effective: Option<Period>,
    approvers: Vec<String>,
    history: History,
    /// The version whose open period ends, and its last day.
    ended: Option<(Id, Date)>,
}

pub(super) fn apply(args: &Apply, project: &Project, terminal: Terminal) -> Result<Exit, Exit> {
    let json = args.format == Format::Json;
    let plan = plan(&args.plan, json, terminal)?;
    let keys = keys(project, json, terminal)?;
    let data = args.data.as_ref().or(project.data.as_ref()).filter(|_| plan.data.is_some());
    let data =
        data.map(|it| snapshot(it).map_err(|why| registry::unreadable(it, &why, json, terminal)));
    let terms = Terms {
        effective: Period { from: Some(args.effective_from), until: args.effective_until },
        history: match args.history {
            HistoryArg::Kept => History::Kept,
            HistoryArg::Recomputed => History::Recomputed,
        },
        gates: &project.gates,
        keys: &keys,
        data: data.transpose()?,
        engine: env!("CARGO_PKG_VERSION"),
    };
    let session = registry::session(&args.by, project, "apply", Now::read(), terminal)?;
    let mut store = registry::writer(project, &session, json, terminal)?;
    let applied = store.apply(&plan, &terms);
    let Applied { row, ended, approvers } = registry::done(store, applied, json, terminal)?;
    let (set, version, effective) = (row.set, row.version, row.effective);
    let report = Report { set, version, effective, approvers, history: terms.history, ended };
    match args.format {
        Format::Json => print_json(&report, terminal)?,
        Format::Text => tell(&report, terminal),
    }
    Ok(Exit::Fine)
}

fn tell(report: &Report, terminal: Terminal) {
    let name = format!("“{}” {}", report.set, report.version);
    let (zh, en) =
        report.effective.map(|it| heng_engine::registry::period(&it)).unwrap_or_default();
    let by = report.approvers.join(terminal.pick("、", ", "));
    let recomputed = report.history == History::Recomputed;
    terminal.out(harmless(&match terminal.lang {
        Lang::Zh => format!("{name} {zh}生效；审批：{by}"),
        Lang::En => format!("{name} is in force {en}; approved by {by}"),
    }));
    if let Some((version, last)) = &report.ended {
        terminal.out(harmless(&match terminal.lang {
            Lang::Zh => format!("  {version} 的有效期到 {last} 为止"),
            Lang::En => format!("  {version} is in force until {last}"),
        }));
    }
    terminal.out(match (terminal.lang, recomputed) {
        (Lang::Zh, true) => "  有效期内已有结果的月份要重算",
        (Lang::Zh, false) => "  已有的结果不重算",
        (Lang::En, true) => "  recorded months of that period are to be computed again",
        (Lang::En, false) => "  recorded results stand as they are",
    });
}

fn plan(path: &Path, json: bool, terminal: Terminal) -> Result<Plan, Exit> {
    let text = text(path, json, terminal)?;
    Plan::parse(&text).map_err(|it| registry::refuse(&it, json, terminal))
}

/// The public keys that the project trusts. With a key that nobody has made yet nobody has signed.
fn keys(project: &Project, json: bool, terminal: Terminal) -> Result<Keys, Exit> {
    let mut keys = Keys::new();
    for (name, path) in project.keys.iter().filter(|it| it.1.exists()) {
        let text = text(path, json, terminal)?;
        let key = PublicKey::parse(&text).ok_or_else(|| no_key(path, terminal))?;
        keys.insert(name.clone(), key);
    }
    Ok(keys)
}

fn text(path: &Path, json: bool, terminal: Terminal) -> Result<String, Exit> {
    fs::read_to_string(path).map_err(|it| registry::unreadable(path, &it, json, terminal))
}

fn no_key(path: &Path, terminal: Terminal) -> Exit {
    let path = shown(path);
    let words = Words::both(
        format!("“{path}”不是这里要的密钥文件（heng keys new）"),
        format!("“{path}” is not the kind of key file that is needed (heng keys new)"),
    );
    terminal.complain(harmless(words.of(terminal.lang)));
    Exit::Usage
}
