//! The merged set as rule text: the city's files with what the new version makes necessary, written whole or not
//! at all.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use heng_dsl::diag::{Lang, Severity};
use heng_dsl::model::RuleSet;
use heng_dsl::rebase::{Files, Rebased as Rewritten, Sides, rewrite};
use heng_dsl::stored;
use heng_engine::output::{OutputError, Writing};
use heng_engine::registry::vfs::Disk;
use heng_engine::registry::{Reference, Registry};

use super::super::{check, prepare};
use super::{Merged, last};
use crate::args::{Format, Rebase};
use crate::exit::Exit;
use crate::project::{Project, shown};
use crate::rules::{self, Checked, Wanted};
use crate::terminal::Terminal;
use crate::world;

/// The city's text on the new version.
pub(super) struct Text {
    /// What became of it.
    pub(super) rewritten: Rewritten,
    /// The city's files as they were, by their path from its folder.
    pub(super) before: BTreeMap<String, Vec<u8>>,
    /// What checking it says.
    pub(super) checked: Checked,
    /// Its cases: how many hold, and the titles of those that do not.
    pub(super) cases: (usize, Vec<String>),
    /// The path of the folder in the world of the checker, with `/` behind it.
    inside: String,
}

impl Text {
    /// Does it mean exactly what was merged?
    pub(super) fn is_right(&self) -> bool {
        self.rewritten.is_right()
    }

    /// The files that have to be written otherwise, by their path from the folder.
    pub(super) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.rewritten.files.iter();
        all.filter_map(|it| Some((it.0.strip_prefix(&self.inside)?, it.1.as_str())))
    }

    /// The path of a file as people see it: from the folder.
    pub(super) fn name<'n>(&self, path: &'n str) -> &'n str {
        path.strip_prefix(&self.inside).unwrap_or(path)
    }
}

/// The city's text on the new version; nothing where it is no text.
#[expect(clippy::unnecessary_wraps, reason = "like the other ways of a rebase")]
pub(super) fn of(
    sides: Sides<'_>,
    args: &Rebase,
    project: &Project,
    terminal: Terminal,
) -> Result<Option<Text>, Exit> {
    let Some((folder, before)) = sources(args, project) else { return Ok(None) };
    let place = shown(&folder);
    let inside = if place == "." { String::new() } else { format!("{place}/") };
    let mut files = Files::new();
    for (path, bytes) in &before {
        if let Ok(text) = String::from_utf8(bytes.clone()) {
            files.insert(format!("{inside}{path}"), text);
        }
    }
    let mut wanted = Wanted::of(&[args.onto.clone(), folder], &args.lookup, project);
    let bar =
        terminal.progress(None, terminal.pick("改写文字（次）", "rewriting the text (tries)"));
    let mut check = |files: &Files| {
        bar.inc(1);
        let bytes = files.iter().map(|(path, text)| (path.clone(), text.clone().into_bytes()));
        wanted.shelf.files.extend(bytes);
        rules::check(&wanted)
    };
    let rewritten = rewrite(&files, sides, &mut |files| {
        let checked = check(files);
        let sound = checked.count(Severity::Error) == 0;
        checked.linked.filter(|_| sound).map(|it| city(&it, sides.city))
    });
    let checked = check(&rewritten.files);
    bar.finish_and_clear();
    let cases = cases(&checked, sides.city);
    Ok(Some(Text { rewritten, before, checked, cases, inside }))
}

/// The city's set among the packages.
fn city(linked: &heng_dsl::model::linked::Linked, wanted: &RuleSet) -> RuleSet {
    linked.packages.iter().rev().find(|it| it.id == wanted.id).unwrap_or(last(linked)).clone()
}

/// Runs the city's cases on the new version.
fn cases(checked: &Checked, city: &RuleSet) -> (usize, Vec<String>) {
    let Some(linked) = checked.linked.clone() else { return (0, Vec::new()) };
    let at = linked.packages.iter().rposition(|it| it.id == city.id);
    let (Some(at), Ok(program)) = (at, heng_engine::program::Program::new(linked)) else {
        return (0, Vec::new());
    };
    let results = heng_engine::cases::run_cases(&program, at, None);
    let failed = results.iter().filter(|it| !it.passed).map(|it| it.title.clone());
    let failed: Vec<String> = failed.collect();
    (results.len() - failed.len(), failed)
}

/// The folder of the city's set, and its files by their path from there; nothing where it is no text.
fn sources(args: &Rebase, project: &Project) -> Option<(PathBuf, BTreeMap<String, Vec<u8>>)> {
    if args.city.is_dir() {
        let mut files = BTreeMap::new();
        collect(&args.city, "", &mut files, 0);
        return Some((args.city.clone(), files));
    }
    if args.city.exists() {
        return None;
    }
    let meant = Reference::parse(args.city.to_str()?)?;
    let registry = Registry::read(project.registry.as_ref()?, Arc::new(Disk)).ok()?;
    let row = registry.find(&meant).ok()?;
    let manifest = registry.manifest(&row).ok()?;
    let files = manifest
        .files
        .iter()
        .map(|(path, source)| Some((path.clone(), registry.object(&source.object).ok()?)));
    let files: BTreeMap<_, _> = files.collect::<Option<_>>()?;
    let text = files.keys().any(|it| !world::is_stored(Path::new(it)));
    text.then(|| (PathBuf::from(format!("{}@{}", row.set, row.version)), files))
}

/// Folders in folders, at most.
const MOST_LEVELS: usize = 8;

/// The regular files of a folder, without hidden ones and without following links.
fn collect(folder: &Path, before: &str, files: &mut BTreeMap<String, Vec<u8>>, level: usize) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Ok(kind) = entry.file_type() else { continue };
        let path = format!("{before}{name}");
        if name.starts_with('.') {
            continue;
        }
        if kind.is_dir() && level < MOST_LEVELS {
            collect(&entry.path(), &format!("{path}/"), files, level + 1);
        } else if kind.is_file()
            && let Ok(bytes) = fs::read(entry.path())
        {
            files.insert(path, bytes);
        }
    }
}

/// Writes what was merged: rule text into a folder, or stored data into a `.json` file.
pub(super) fn write(
    out: &Path,
    merged: &Merged,
    args: &Rebase,
    terminal: Terminal,
) -> Result<Exit, Exit> {
    let json = args.format == Format::Json;
    let unwritable = |why: std::io::Error| {
        let error = OutputError::Unwritable { path: shown(out), why: why.to_string() };
        prepare::refuse(vec![(error.code(), error.words())], json, Exit::Problems, terminal)
    };
    if world::is_stored(out) {
        let last = merged.linked.packages.len().saturating_sub(1);
        let text = stored::package(&merged.linked, last).unwrap_or_default();
        super::super::diff::save(out, &text).map_err(|it| {
            prepare::refuse(vec![(it.code(), it.words())], json, Exit::Problems, terminal)
        })?;
        told(out, terminal);
        return Ok(Exit::Fine);
    }
    let Some(text) = &merged.text else {
        terminal.complain(terminal.pick(
            "市里的规则集不是文字，只能写成数据：--out 文件名.json",
            "the city's set is no text, so it can only be stored: --out FILE.json",
        ));
        return Err(Exit::Usage);
    };
    if !text.is_right() {
        if text.checked.failed() && !json {
            check::tell(&text.checked, terminal);
        }
        terminal.tell(terminal.pick(
            "没有写：文字说不出合并的规则集；--out 文件名.json 可以存成数据",
            "nothing was written: no text says what was merged; --out FILE.json stores it as data",
        ));
        return Ok(Exit::Problems);
    }
    if fs::read_dir(out).is_ok_and(|mut it| it.next().is_some()) || out.is_file() {
        let folder = shown(out);
        terminal.complain(match terminal.lang {
            Lang::Zh => format!("“{folder}”里已经有东西，请给一个空的文件夹"),
            Lang::En => format!("there is something in “{folder}”; give an empty folder"),
        });
        return Err(Exit::Usage);
    }
    folder(out, text).map_err(unwritable)?;
    told(out, terminal);
    Ok(Exit::Fine)
}

fn told(out: &Path, terminal: Terminal) {
    terminal.tell(match terminal.lang {
        Lang::Zh => format!("合并的规则集写到“{}”", shown(out)),
        Lang::En => format!("the merged set was written to “{}”", shown(out)),
    });
}

/// All files beside their place first, then the folder at once: it is there whole, or not at all.
fn folder(out: &Path, text: &Text) -> std::io::Result<()> {
    let name = out.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    let beside = out.with_file_name(format!(".{name}.{}", std::process::id()));
    let written = || -> std::io::Result<()> {
        let changed: BTreeMap<&str, &str> = text.files().collect();
        for (path, bytes) in &text.before {
            let bytes = changed.get(path.as_str()).map_or(bytes.as_slice(), |it| it.as_bytes());
            let path = beside.join(path);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            let mut to = Writing::begin(&path)?;
            to.write_all(bytes)?;
            to.finish()?;
        }
        if out.exists() {
            fs::remove_dir(out)?;
        }
        fs::rename(&beside, out)
    };
    let result = written();
    if result.is_err() {
        let _ = fs::remove_dir_all(&beside);
    }
    result
}
