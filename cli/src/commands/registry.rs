//! `heng registry …`, and how every command that needs a registry opens one.

mod care;

use std::path::Path;
use std::sync::Arc;

use heng_dsl::diag::{Lang, Words};
use heng_engine::registry::vfs::Disk;
use heng_engine::registry::{
    Keeping, Refusal, Registry, RegistryError, Row, Session, Status, StoreError,
};
use serde::Serialize;

use super::decide::{self, Verb};
use super::{approve, fetch, history, keys, prepare, print_json, publish, show};
use crate::args::{By, Format, NewRegistry, RegistryCommand, VersionCommand};
use crate::clock::Now;
use crate::exit::Exit;
use crate::lang::pick;
use crate::project::{Project, shown};
use crate::shelf::ShelfError;
use crate::terminal::{Terminal, harmless};

/// Calls a command about versions.
pub(super) fn versioned(
    command: &VersionCommand,
    project: &Project,
    terminal: Terminal,
) -> Result<Exit, Exit> {
    match command {
        VersionCommand::Publish(it) => publish::run(it, project, terminal),
        VersionCommand::Versions(it) => history::versions(it, project, terminal),
        VersionCommand::Show(it) => show::run(it, project, terminal),
        VersionCommand::Fetch(it) => fetch::run(it, project, terminal),
        VersionCommand::Log(it) => history::log(it, project, terminal),
        VersionCommand::Reject(it) => decide::run(Verb::Reject, it, project, terminal),
        VersionCommand::Withdraw(it) => decide::run(Verb::Withdraw, it, project, terminal),
        VersionCommand::Revert(it) => decide::run(Verb::Revert, it, project, terminal),
        VersionCommand::Approve(it) => approve::approve(it, project, terminal),
        VersionCommand::Apply(it) => approve::apply(it, project, terminal),
        VersionCommand::Keys(it) => keys::run(&it.command, terminal),
        VersionCommand::Registry(it) => run(&it.command, project, terminal),
    }
}

fn run(command: &RegistryCommand, project: &Project, terminal: Terminal) -> Result<Exit, Exit> {
    match command {
        RegistryCommand::New(it) => new(it, project, terminal),
        RegistryCommand::Verify(it) => care::verify(it, project, terminal),
        RegistryCommand::Doctor(it) => care::doctor(it, project, terminal),
        RegistryCommand::Export(it) => care::export(it, project, terminal),
        RegistryCommand::Import(it) => care::import(it, project, terminal),
    }
}

/// What was made, for programs.
#[derive(Serialize)]
struct Made {
    registry: String,
}

fn new(args: &NewRegistry, project: &Project, terminal: Terminal) -> Result<Exit, Exit> {
    let json = args.format == Format::Json;
    let folder = args.folder.as_ref().or(project.registry.as_ref());
    let Some(folder) = folder else {
        terminal.complain(terminal.pick(
            "没有指明文件夹：heng registry new 文件夹",
            "no folder was named: heng registry new FOLDER",
        ));
        return Err(Exit::Usage);
    };
    let session = session(&args.by, project, "registry new", Now::read(), terminal)?;
    Registry::create(folder, &Disk, &session).map_err(|it| refuse(&it, json, terminal))?;
    let made = Made { registry: shown(folder) };
    match (args.format, terminal.lang) {
        (Format::Json, _) => print_json(&made, terminal)?,
        (Format::Text, Lang::Zh) => terminal.out(format!(
            "建好了版本库“{0}”；发布用 heng publish 文件夹 --registry {0}，或在 heng.toml 中写 registry = \"…\"",
            harmless(&made.registry)
        )),
        (Format::Text, Lang::En) => terminal.out(format!(
            "made the registry “{0}”; publish with heng publish FOLDER --registry {0}, or state registry = \"…\" in heng.toml",
            harmless(&made.registry)
        )),
    }
    Ok(Exit::Fine)
}

/// Who does something, and when.
pub(super) fn session(
    by: &By,
    project: &Project,
    what: &str,
    now: Now,
    terminal: Terminal,
) -> Result<Session, Exit> {
    let Some(by) = by.author.clone().or_else(|| project.author.clone()) else {
        terminal.complain(terminal.pick(
            "没有写明是谁：请用 --author 给出，或在 heng.toml 中写 author = \"…\"",
            "nobody is named: give --author, or author = \"…\" in heng.toml",
        ));
        return Err(Exit::Usage);
    };
    let at = now.text();
    let owner = format!("heng {what}, pid {}, {at}", std::process::id());
    Ok(Session { by, at, owner })
}

/// The registry of the call or of the project.
pub(super) fn root(project: &Project, terminal: Terminal) -> Result<&Path, Exit> {
    project.registry.as_deref().ok_or_else(|| {
        terminal.complain(terminal.pick(
            "没有指明版本库：请用 --registry 给出，或在 heng.toml 中写 registry = \"…\"；还没有的，用 heng registry new 文件夹 建一个",
            "no registry was named: give --registry, or registry = \"…\" in heng.toml; make one with heng registry new FOLDER",
        ));
        Exit::Usage
    })
}

/// Opens the registry to read.
pub(super) fn reader(project: &Project, json: bool, terminal: Terminal) -> Result<Registry, Exit> {
    let root = root(project, terminal)?;
    Registry::read(root, Arc::new(Disk)).map_err(|it| refuse(&it, json, terminal))
}

/// Opens the registry to write.
pub(super) fn writer(
    project: &Project,
    session: &Session,
    json: bool,
    terminal: Terminal,
) -> Result<Registry, Exit> {
    let root = root(project, terminal)?;
    let opened = Registry::open(root, Arc::new(Disk), Keeping::OnDisk, session);
    opened.map_err(|it| refuse(&it, json, terminal))
}

/// Closes a registry after whatever came of it. Nothing that was acknowledged depends on closing.
pub(super) fn done<T>(
    registry: Registry,
    result: Result<T, RegistryError>,
    json: bool,
    terminal: Terminal,
) -> Result<T, Exit> {
    let closed = registry.close();
    let result = result.map_err(|it| refuse(&it, json, terminal))?;
    closed.map_err(|it| refuse(&it, json, terminal))?;
    Ok(result)
}

/// Says why a registry did not do what it was asked.
pub(super) fn refuse(error: &RegistryError, json: bool, terminal: Terminal) -> Exit {
    let words = error.words();
    prepare::refuse(vec![(error.code(), words)], json, exit(error), terminal)
}

/// A file that could not be read.
pub(super) fn unreadable(
    path: &Path,
    why: &std::io::Error,
    json: bool,
    terminal: Terminal,
) -> Exit {
    let error = StoreError::Io { path: shown(path), why: why.to_string() };
    refuse(&RegistryError::from(error), json, terminal)
}

pub(super) fn exit_of(problem: &ShelfError) -> Exit {
    match problem {
        ShelfError::NoRegistry(_) => Exit::Usage,
        ShelfError::Registry(it) => exit(it),
    }
}

fn exit(error: &RegistryError) -> Exit {
    match error {
        RegistryError::Store(StoreError::Damaged { .. }) => Exit::Damaged,
        RegistryError::Store(StoreError::NotThere { .. } | StoreError::AlreadyThere { .. })
        | RegistryError::Refused(Refusal::Unknown { .. } | Refusal::NothingInForce { .. }) => {
            Exit::Usage
        }
        RegistryError::Refused(Refusal::Unapproved { .. } | Refusal::NeedsPlan { .. }) => {
            Exit::Gate
        }
        RegistryError::Store(_) | RegistryError::Refused(_) => Exit::Problems,
    }
}

/// The state of a version in words.
pub(super) fn state(status: Status, lang: Lang) -> &'static str {
    match status {
        Status::Pending => pick(lang, "待定", "pending"),
        Status::Effective => pick(lang, "生效", "effective"),
        Status::Rejected => pick(lang, "不予采用", "rejected"),
        Status::Withdrawn => pick(lang, "撤回", "withdrawn"),
    }
}

/// The period of a version in words; nothing where there is none.
pub(super) fn period(row: &Row, lang: Lang) -> String {
    let words = row.effective.map(|it| heng_engine::registry::period(&it));
    words.map(|(zh, en)| Words::both(zh, en).of(lang).to_owned()).unwrap_or_default()
}
