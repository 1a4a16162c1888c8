//! `heng versions` and `heng log`: what is in the registry, and how it came there.

use heng_dsl::diag::Lang;
use heng_dsl::model::Id;
use heng_dsl::stored::Hash;
use heng_dsl::value::Period;
use heng_engine::registry::{Entry, Event, Registry, Row, Status, What};
use serde::Serialize;

use super::print_json;
use super::registry::{period, reader, refuse, state};
use crate::args::{Format, Log, Versions};
use crate::exit::Exit;
use crate::lang::pick;
use crate::project::Project;
use crate::table::Rows;
use crate::terminal::{Terminal, harmless};

/// A version, for programs.
#[derive(Serialize)]
pub(super) struct JsonVersion {
    pub(super) set: Id,
    pub(super) version: Id,
    pub(super) status: Status,
    pub(super) effective: Option<Period>,
    pub(super) content: Hash,
    pub(super) meaning: Hash,
    pub(super) manifest: Hash,
    pub(super) published: String,
    pub(super) by: String,
    pub(super) note: String,
}

impl JsonVersion {
    /// What is known of a version, with who published it and when.
    pub(super) fn new(row: &Row, store: &Registry) -> Self {
        let seq = |it: &&Entry| it.seq == row.seq;
        let event = store.entries().iter().find(seq).map(|it| &it.event);
        let said = |part: &dyn Fn(&Event) -> String| event.map(part).unwrap_or_default();
        Self {
            set: row.set.clone(),
            version: row.version.clone(),
            status: row.status,
            effective: row.effective,
            content: row.content,
            meaning: row.meaning,
            manifest: row.manifest,
            published: said(&|it| it.at.clone()),
            by: said(&|it| it.by.clone()),
            note: said(&|it| it.what.said().to_owned()),
        }
    }
}

pub(super) fn versions(
    args: &Versions,
    project: &Project,
    terminal: Terminal,
) -> Result<Exit, Exit> {
    let json = args.format == Format::Json;
    let store = reader(project, json, terminal)?;
    let rows = store.versions(args.set.as_deref()).map_err(|it| refuse(&it, json, terminal))?;
    if json {
        let all: Vec<JsonVersion> = rows.iter().map(|it| JsonVersion::new(it, &store)).collect();
        print_json(&all, terminal)?;
        return Ok(Exit::Fine);
    }
    let lang = terminal.lang;
    if rows.is_empty() {
        terminal.out(pick(
            lang,
            "版本库是空的：用 heng publish 发布",
            "the registry is empty: publish with heng publish",
        ));
        return Ok(Exit::Fine);
    }
    let columns = match lang {
        Lang::Zh => ["规则集", "版本", "状态", "有效期", "发布", "作者"],
        Lang::En => ["set", "version", "state", "period", "published", "author"],
    };
    let mut table = Rows::new(columns.map(|it| (it, false)));
    for row in &rows {
        let it = JsonVersion::new(row, &store);
        let day = it.published.split('T').next().unwrap_or_default().to_owned();
        let state = state(row.status, lang).to_owned();
        table.push([
            it.set.to_string(),
            it.version.to_string(),
            state,
            period(row, lang),
            day,
            it.by,
        ]);
    }
    terminal.out(table.text());
    Ok(Exit::Fine)
}

/// An entry of the journal, for programs.
#[derive(Serialize)]
struct Line<'e> {
    seq: u64,
    hash: Hash,
    #[serde(flatten)]
    event: &'e Event,
}

pub(super) fn log(args: &Log, project: &Project, terminal: Terminal) -> Result<Exit, Exit> {
    let json = args.format == Format::Json;
    let store = reader(project, json, terminal)?;
    let entries = store.log(args.set.as_deref()).map_err(|it| refuse(&it, json, terminal))?;
    if json {
        let all = entries.iter().map(|it| Line { seq: it.seq, hash: it.hash, event: &it.event });
        let all: Vec<Line<'_>> = all.collect();
        print_json(&all, terminal)?;
        return Ok(Exit::Fine);
    }
    for it in entries {
        let event = &it.event;
        let line =
            format!("{} {} {} {}", it.seq, event.at, event.by, what(&event.what, terminal.lang));
        terminal.out(harmless(&line));
        for holds in &event.standing {
            let days = holds.effective.map(|it| heng_engine::registry::period(&it));
            let (zh, en) = days.unwrap_or_default();
            let days = pick(terminal.lang, &zh, &en).to_owned();
            let name = format!("{} {}", holds.set, holds.version);
            let line = format!("    {name} {} {days}", state(holds.status, terminal.lang));
            terminal.out(harmless(line.trim_end()));
        }
        if !event.what.said().is_empty() {
            terminal.out(harmless(&format!("    {}", event.what.said())));
        }
    }
    Ok(Exit::Fine)
}

/// What was done, in a few words.
fn what(what: &What, lang: Lang) -> String {
    let version = what.version().map(|it| format!("{} {}", it.0, it.1)).unwrap_or_default();
    match (what, lang) {
        (What::Created, _) => pick(lang, "建库", "made the registry").to_owned(),
        (What::Published(_), Lang::Zh) => format!("发布 {version}"),
        (What::Published(_), Lang::En) => format!("published {version}"),
        (What::Dated(_), Lang::Zh) => format!("定下有效期 {version}"),
        (What::Dated(_), Lang::En) => format!("set the period of {version}"),
        (What::Rejected(_), Lang::Zh) => format!("不予采用 {version}"),
        (What::Rejected(_), Lang::En) => format!("rejected {version}"),
        (What::Withdrawn(_), Lang::Zh) => format!("撤回 {version}"),
        (What::Withdrawn(_), Lang::En) => format!("withdrew {version}"),
        (What::Reverted(it), Lang::Zh) => format!("退回 {version}，恢复 {}", it.to),
        (What::Reverted(it), Lang::En) => format!("reverted {version} to {}", it.to),
        (What::Approved(it), Lang::Zh) => format!("审批 {version}（计划 {}）", it.plan),
        (What::Approved(it), Lang::En) => format!("approved {version} (plan {})", it.plan),
        (What::Applied(it), Lang::Zh) => format!("实施 {version}（计划 {}）", it.plan),
        (What::Applied(it), Lang::En) => format!("applied {version} (plan {})", it.plan),
        (What::TailCut { bytes, kept }, Lang::Zh) => {
            format!("切去没有写完的尾部（{bytes} 字节，留在 {kept}）")
        }
        (What::TailCut { bytes, kept }, Lang::En) => {
            format!("cut off an entry that was not finished ({bytes} bytes, kept in {kept})")
        }
    }
}
