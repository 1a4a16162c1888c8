//! `heng registry verify|doctor|export|import`: keeping a registry whole, and whole copies of it.

use std::sync::Arc;

use heng_dsl::diag::Lang;
use heng_dsl::model::Id;
use heng_engine::registry::vfs::Disk;
use heng_engine::registry::{Finding, Registry, RegistryError, StoreError};
use serde::Serialize;

use super::{done, reader, refuse, root, session, writer};
use crate::args::{Doctor, ExportRegistry, Format, ImportRegistry, VerifyRegistry};
use crate::clock::Now;
use crate::commands::print_json;
use crate::exit::Exit;
use crate::project::{Project, shown};
use crate::render::Both;
use crate::terminal::{Terminal, harmless};

/// How a registry is, for programs.
#[derive(Serialize)]
struct Health {
    /// Can everything that was ever published be used?
    ok: bool,
    entries: usize,
    versions: usize,
    findings: Vec<JsonFinding>,
}

#[derive(Serialize)]
struct JsonFinding {
    path: String,
    what: Both,
    /// The versions that cannot be used because of it.
    versions: Vec<(Id, Id)>,
    mended: Option<Both>,
}

impl From<&Finding> for JsonFinding {
    fn from(it: &Finding) -> Self {
        Self {
            path: it.path.clone(),
            what: Both::from(&it.what),
            versions: it.versions.clone(),
            mended: it.mended.as_ref().map(Both::from),
        }
    }
}

pub(super) fn verify(
    args: &VerifyRegistry,
    project: &Project,
    terminal: Terminal,
) -> Result<Exit, Exit> {
    let json = args.format == Format::Json;
    let store = reader(project, json, terminal)?;
    let found = store.verify().map_err(|it| refuse(&it, json, terminal))?;
    tell(&store, &found, args.format, terminal)
}

pub(super) fn doctor(args: &Doctor, project: &Project, terminal: Terminal) -> Result<Exit, Exit> {
    let json = args.format == Format::Json;
    let session = session(&args.by, project, "registry doctor", Now::read(), terminal)?;
    let root = root(project, terminal)?;
    let found = Registry::doctor(root, Arc::new(Disk), &session, args.from.as_deref());
    let found = found.map_err(|it| refuse(&it, json, terminal))?;
    let store = reader(project, json, terminal)?;
    tell(&store, &found, args.format, terminal)
}

/// Says how a registry is; with damage that is left, the exit says so, too.
fn tell(
    store: &Registry,
    found: &[Finding],
    format: Format,
    terminal: Terminal,
) -> Result<Exit, Exit> {
    let json = format == Format::Json;
    let versions = store.versions(None).map_err(|it| refuse(&it, json, terminal))?.len();
    let ok = !found.iter().any(Finding::is_damage);
    let entries = store.entries().len();
    if json {
        let findings = found.iter().map(JsonFinding::from).collect();
        print_json(&Health { ok, entries, versions, findings }, terminal)?;
    } else {
        found.iter().for_each(|it| line(it, terminal));
        terminal.out(match (terminal.lang, ok) {
            (Lang::Zh, true) => format!("版本库完好：{entries} 条记录，{versions} 个版本"),
            (Lang::En, true) => {
                format!("the registry is sound: {entries} entries, {versions} versions")
            }
            (Lang::Zh, false) => {
                "版本库有损坏：用 heng registry doctor --from 副本 修复".to_owned()
            }
            (Lang::En, false) => {
                "the registry is damaged: mend it with heng registry doctor --from COPY".to_owned()
            }
        });
    }
    Ok(if ok { Exit::Fine } else { Exit::Damaged })
}

fn line(it: &Finding, terminal: Terminal) {
    let (zh, lang) = (terminal.lang == Lang::Zh, terminal.lang);
    let mut text = format!("{}{}{}", it.path, if zh { "：" } else { ": " }, it.what.of(lang));
    if let Some(mended) = &it.mended {
        text += if zh { "；" } else { "; " };
        text += mended.of(lang);
    }
    terminal.out(harmless(&text));
    for (set, version) in &it.versions {
        terminal.out(harmless(&format!("    {set} {version}")));
    }
}

pub(super) fn export(
    args: &ExportRegistry,
    project: &Project,
    terminal: Terminal,
) -> Result<Exit, Exit> {
    let json = args.format == Format::Json;
    let store = reader(project, json, terminal)?;
    store.export(&args.to).map_err(|it| refuse(&it, json, terminal))?;
    copied(&store, &shown(&args.to), args.format, terminal)
}

/// What was copied, for programs.
#[derive(Serialize)]
struct Copied {
    registry: String,
    /// How many entries the journal has.
    entries: u64,
    /// The hash of the last one, which covers all of them.
    head: heng_dsl::stored::Hash,
}

fn copied(store: &Registry, to: &str, format: Format, terminal: Terminal) -> Result<Exit, Exit> {
    let head = store.head();
    let copied = Copied { registry: to.to_owned(), entries: head.seq, head: head.hash };
    match (format, terminal.lang) {
        (Format::Json, _) => print_json(&copied, terminal)?,
        (Format::Text, Lang::Zh) => terminal
            .out(harmless(&format!("“{to}”：{} 条记录，末条 {}", copied.entries, copied.head))),
        (Format::Text, Lang::En) => terminal.out(harmless(&format!(
            "“{to}”: {} entries, the last is {}",
            copied.entries, copied.head
        ))),
    }
    Ok(Exit::Fine)
}

pub(super) fn import(
    args: &ImportRegistry,
    project: &Project,
    terminal: Terminal,
) -> Result<Exit, Exit> {
    let json = args.format == Format::Json;
    let to = root(project, terminal)?;
    let from = Registry::read(&args.from, Arc::new(Disk));
    let from = from.map_err(|it| refuse(&it, json, terminal))?;
    let none = |it: &RegistryError| matches!(it, RegistryError::Store(StoreError::NotThere { .. }));
    if Registry::read(to, Arc::new(Disk)).is_err_and(|it| none(&it)) {
        from.export(to).map_err(|it| refuse(&it, json, terminal))?;
    } else {
        let session = session(&args.by, project, "registry import", Now::read(), terminal)?;
        let mut store = writer(project, &session, json, terminal)?;
        let imported = store.import(&from);
        done(store, imported, json, terminal)?;
    }
    let store = reader(project, json, terminal)?;
    copied(&store, &shown(to), args.format, terminal)
}
