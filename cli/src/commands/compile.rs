//! `heng compile`: checked rule sets as data, for other programs and for keeping.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use heng_dsl::diag::{Lang, Words};
use heng_dsl::model::Id;
use heng_dsl::stored::{self, Hash};
use heng_engine::output::{OutputError, Writing};
use serde::Serialize;

use super::prepare::{self, Ready};
use super::print_json;
use crate::args::{Compile, Format};
use crate::exit::Exit;
use crate::project::{Project, shown};
use crate::rules::Wanted;
use crate::terminal::{Terminal, harmless};

/// What was compiled, for programs.
#[derive(Serialize)]
struct Report {
    packages: Vec<Compiled>,
    /// The files that were written.
    written: Vec<String>,
}

/// A package and its hashes.
#[derive(Serialize)]
struct Compiled {
    package: Id,
    version: Id,
    /// Was it asked for, and not only used by one that was?
    asked: bool,
    content: Hash,
    meaning: Hash,
}

pub(super) fn run(args: &Compile, project: &Project, terminal: Terminal) -> Result<Exit, Exit> {
    let json = args.format == Format::Json;
    let wanted = Wanted::new(&args.packages, project);
    let ready = prepare::program(&wanted, prepare::Extent::Everything, json, terminal)?;
    let linked = ready.program.linked();
    let written = match (&args.out, args.hash) {
        (_, true) => Vec::new(),
        (Some(out), false) => {
            let files = files(args.linked, out, &ready).map_err(|it| wrong_use(&it, terminal))?;
            save(&files).map_err(|it| {
                let problems = vec![(it.code(), it.words())];
                prepare::refuse(problems, json, Exit::Problems, terminal)
            })?;
            files.into_iter().map(|it| shown(&it.0)).collect()
        }
        (None, false) => {
            let text = match ready.roots.as_slice() {
                _ if args.linked => stored::linked(linked, &ready.roots),
                [only] => stored::package(linked, *only).unwrap_or_default(),
                _ => return Err(wrong_use(&several(), terminal)),
            };
            terminal.out(text.trim_end());
            return Ok(Exit::Fine);
        }
    };
    let report = report(&ready, written);
    match args.format {
        Format::Text => terminal.out(text(&report, terminal.lang)),
        Format::Json => print_json(&report, terminal)?,
    }
    Ok(Exit::Fine)
}

/// What stands where.
type File = (PathBuf, String);

/// The files to write: one with everything, one with the only package, or a folder with one for each
/// package, also those that are only used, so that the folder can stand alone.
fn files(all_in_one: bool, out: &Path, ready: &Ready) -> Result<Vec<File>, Words> {
    let linked = ready.program.linked();
    let is_file = out.extension().is_some_and(|it| it.eq_ignore_ascii_case("json"));
    if all_in_one {
        let name = if is_file { out.to_owned() } else { out.join("linked.json") };
        return Ok(vec![(name, stored::linked(linked, &ready.roots))]);
    }
    if is_file {
        let [only] = ready.roots.as_slice() else { return Err(several()) };
        return Ok(vec![(out.to_owned(), stored::package(linked, *only).unwrap_or_default())]);
    }
    let mut files: Vec<File> = Vec::new();
    for (number, set) in linked.packages.iter().enumerate() {
        let path = out.join(format!("{}.json", file_name(&set.id)));
        if files.iter().any(|it| it.0 == path) {
            return Err(Words::both(
                format!("两个规则集的文件名都是“{}”，请分别写出", shown(&path)),
                format!(
                    "two rule sets have the file name “{}”; write them one by one",
                    shown(&path)
                ),
            ));
        }
        files.extend(stored::package(linked, number).map(|it| (path, it)));
    }
    Ok(files)
}

/// The id without what some system cannot store in the name of a file.
fn file_name(id: &str) -> String {
    let safe = |it: char| {
        let bad =
            it.is_control() || matches!(it, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
        if bad { '_' } else { it }
    };
    harmless(id).chars().map(safe).collect()
}

fn save(files: &[File]) -> Result<(), OutputError> {
    let write = |path: &Path, text: &str| -> io::Result<()> {
        let mut to = Writing::begin(path)?;
        to.write_all(text.as_bytes())?;
        to.finish()
    };
    for (path, text) in files {
        write(path, text)
            .map_err(|why| OutputError::Unwritable { path: shown(path), why: why.to_string() })?;
    }
    Ok(())
}

fn report(ready: &Ready, written: Vec<String>) -> Report {
    let packages = ready.program.linked().packages.iter().enumerate();
    let packages = packages.zip(ready.program.hashes()).map(|((number, set), hashes)| Compiled {
        package: set.id.clone(),
        version: set.version.clone(),
        asked: ready.roots.contains(&number),
        content: hashes.content,
        meaning: hashes.meaning,
    });
    Report { packages: packages.collect(), written }
}

fn text(report: &Report, lang: Lang) -> String {
    let mut lines = Vec::new();
    for it in &report.packages {
        let (content, meaning) = (it.content, it.meaning);
        lines.push(harmless(&format!("{} {}", it.package, it.version)).into_owned());
        lines.push(match lang {
            Lang::Zh => format!("  内容 {content}\n  含义 {meaning}"),
            Lang::En => format!("  content {content}\n  meaning {meaning}"),
        });
    }
    for file in &report.written {
        lines.push(match lang {
            Lang::Zh => format!("已写出“{file}”"),
            Lang::En => format!("written: “{file}”"),
        });
    }
    lines.join("\n")
}

fn several() -> Words {
    Words::both(
        "有几个规则集：请用 --out 给出文件夹，一个规则集一个文件；或用 --linked 合成一个文件",
        "there are several rule sets: give a folder with --out for one file each, or --linked for one file",
    )
}

fn wrong_use(words: &Words, terminal: Terminal) -> Exit {
    terminal.complain(words.of(terminal.lang));
    Exit::Usage
}
