//! `heng show SET@VERSION`: everything that is known of one version.

use heng_dsl::model::Id;
use heng_engine::registry::{Manifest, Reference, Registry, RegistryError, Row};
use serde::Serialize;

use super::history::JsonVersion;
use super::print_json;
use super::registry::{period, reader, refuse, state};
use crate::args::{Format, Show};
use crate::exit::Exit;
use crate::project::Project;
use crate::table::Rows;
use crate::terminal::{Terminal, harmless};

/// A version, for programs.
#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    version: JsonVersion,
    /// What belongs to it.
    manifest_object: Manifest,
    /// The versions that use it.
    used_by: Vec<Name>,
}

#[derive(Serialize)]
struct Name {
    set: Id,
    version: Id,
}

pub(super) fn run(args: &Show, project: &Project, terminal: Terminal) -> Result<Exit, Exit> {
    let json = args.format == Format::Json;
    let meant = meant(&args.version, terminal)?;
    let store = reader(project, json, terminal)?;
    let (row, report) = look(&store, &meant).map_err(|it| refuse(&it, json, terminal))?;
    match args.format {
        Format::Json => print_json(&report, terminal)?,
        Format::Text => tell(&row, &report, terminal),
    }
    Ok(Exit::Fine)
}

/// The version that a text names, or a complaint.
pub(super) fn meant(text: &str, terminal: Terminal) -> Result<Reference, Exit> {
    Reference::parse(text).ok_or_else(|| {
        terminal.complain(terminal.pick(
            "应写成 规则集@版本 或 规则集@日期，如 通用@2024.12、通用@2026-10-31",
            "write it as SET@VERSION or SET@DATE, such as 通用@2024.12 or 通用@2026-10-31",
        ));
        Exit::Usage
    })
}

fn look(store: &Registry, meant: &Reference) -> Result<(Row, Report), RegistryError> {
    let row = store.find(meant)?;
    let users = store.users(&row)?.into_iter();
    let report = Report {
        version: JsonVersion::new(&row, store),
        manifest_object: store.manifest(&row)?,
        used_by: users.map(|(set, version)| Name { set, version }).collect(),
    };
    Ok((row, report))
}

fn tell(row: &Row, report: &Report, terminal: Terminal) {
    let (it, manifest) = (&report.version, &report.manifest_object);
    let pick = |zh, en| terminal.pick(zh, en).to_owned();
    let title = manifest.title.as_deref().unwrap_or_default();
    terminal.out(harmless(format!("{} {}  {title}", it.set, it.version).trim_end()));
    let mut rows = Rows::plain();
    let period = period(row, terminal.lang);
    let state = format!("{} {period}", state(row.status, terminal.lang));
    rows.push([pick("状态", "state"), state.trim_end().to_owned()]);
    rows.push([pick("发布", "published"), format!("{} {}", it.published, it.by)]);
    if !it.note.is_empty() {
        rows.push([pick("说明", "note"), it.note.clone()]);
    }
    rows.push([pick("内容", "content"), it.content.to_string()]);
    rows.push([pick("含义", "meaning"), it.meaning.to_string()]);
    rows.push([pick("清单", "manifest"), it.manifest.to_string()]);
    rows.push([pick("用例", "cases"), manifest.cases.to_string()]);
    for used in &manifest.uses {
        rows.push([pick("引用", "uses"), format!("{} {}", used.package, used.version)]);
    }
    for user in &report.used_by {
        rows.push([pick("被引用", "used by"), format!("{} {}", user.set, user.version)]);
    }
    for (path, source) in &manifest.files {
        let size = source.size;
        rows.push([pick("文件", "file"), format!("{path}  {size} {}", pick("字节", "bytes"))]);
    }
    terminal.out(rows.text());
}
