//! `heng fetch SET@VERSION --into FOLDER`: the source files of a version and of what it uses, a folder each.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use heng_dsl::diag::Lang;
use heng_dsl::model::Id;
use heng_engine::output::{OutputError, Writing};
use heng_engine::registry::{Manifest, Reference, Registry, RegistryError, is_safe};
use serde::Serialize;

use super::registry::{reader, refuse};
use super::{prepare, print_json, show};
use crate::args::{Fetch, Format};
use crate::exit::Exit;
use crate::project::{Project, shown};
use crate::terminal::{Terminal, harmless};

/// What was taken out, for programs.
#[derive(Serialize)]
struct Report {
    fetched: Vec<Fetched>,
}

#[derive(Serialize)]
struct Fetched {
    set: Id,
    version: Id,
    folder: String,
    files: usize,
}

/// A file that is to be written.
type File = (PathBuf, Vec<u8>);

pub(super) fn run(args: &Fetch, project: &Project, terminal: Terminal) -> Result<Exit, Exit> {
    let json = args.format == Format::Json;
    let meant = show::meant(&args.version, terminal)?;
    let store = reader(project, json, terminal)?;
    let taken = fs::read_dir(&args.into).is_ok_and(|mut it| it.next().is_some());
    if taken {
        let folder = shown(&args.into);
        terminal.complain(match terminal.lang {
            Lang::Zh => format!("“{folder}”里已经有东西，请给一个空的文件夹"),
            Lang::En => format!("there is something in “{folder}”; give an empty folder"),
        });
        return Err(Exit::Usage);
    }
    // Everything is read before anything is written.
    let (fetched, files) =
        collect(&store, &meant, &args.into).map_err(|it| refuse(&it, json, terminal))?;
    for (path, bytes) in files {
        write(&path, &bytes).map_err(|why| {
            let error = OutputError::Unwritable { path: shown(&path), why: why.to_string() };
            let problems = vec![(error.code(), error.words())];
            prepare::refuse(problems, json, Exit::Problems, terminal)
        })?;
    }
    let report = Report { fetched };
    match args.format {
        Format::Json => print_json(&report, terminal)?,
        Format::Text => report.fetched.iter().for_each(|it| {
            let (name, files) = (format!("{} {}", it.set, it.version), it.files);
            let folder = &it.folder;
            terminal.out(harmless(&match terminal.lang {
                Lang::Zh => format!("{name}：{files} 个文件，在“{folder}”"),
                Lang::En => format!("{name}: {files} files in “{folder}”"),
            }));
        }),
    }
    Ok(Exit::Fine)
}

fn collect(
    store: &Registry,
    meant: &Reference,
    into: &Path,
) -> Result<(Vec<Fetched>, Vec<File>), RegistryError> {
    let all = store.with_used(&store.find(meant)?)?;
    let (mut fetched, mut files) = (Vec::new(), Vec::new());
    for manifest in &all {
        let folder = into.join(folder(manifest, &all));
        for (path, source) in &manifest.files {
            // A manifest that somebody else wrote leads nowhere else.
            if is_safe(path) {
                files.push((folder.join(path), store.object(&source.object)?));
            }
        }
        fetched.push(Fetched {
            set: manifest.set.clone(),
            version: manifest.version.clone(),
            folder: shown(&folder),
            files: manifest.files.len(),
        });
    }
    Ok((fetched, files))
}

/// The folder of a set: its name, with the version where there are two of it.
fn folder(manifest: &Manifest, all: &[Manifest]) -> String {
    let several = all.iter().filter(|it| it.set == manifest.set).count() > 1;
    let name = if several {
        format!("{}@{}", manifest.set, manifest.version)
    } else {
        manifest.set.to_string()
    };
    if is_safe(&name) && !name.contains('/') { name } else { manifest.content.digits() }
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut to = Writing::begin(path)?;
    to.write_all(bytes)?;
    to.finish()
}
