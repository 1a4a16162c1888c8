//! `heng new`: a small real project to start from.
//!
//! Everything is made in a folder beside the one that was named, which takes its name when it is
//! whole: nobody finds half a project.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use heng_dsl::diag::{Lang, plural};
use heng_dsl::model::linked::Linked;
use serde::Serialize;

use super::{checked, print_json};
use crate::args::{Format, Lookup, New};
use crate::exit::Exit;
use crate::project::{Project, shown};
use crate::rules::Wanted;
use crate::sample::{self, SampleOptions, Selection, generate};
use crate::terminal::{Terminal, harmless};

/// Decides which households are invented.
const SEED: u64 = 1;

/// What was made, for programs.
#[derive(Serialize)]
struct Made {
    folder: String,
    packages: Vec<String>,
    cases: usize,
    households: u32,
    records: u64,
}

pub(super) fn run(args: &New, terminal: Terminal) -> Result<Exit, Exit> {
    if is_taken(&args.folder) {
        let folder = shown(&args.folder);
        terminal.complain(harmless(&match terminal.lang {
            Lang::Zh => format!("“{folder}”已经有了，而且不是空文件夹；请换一个名字"),
            Lang::En => format!("“{folder}” is there already and not empty; choose another name"),
        }));
        return Err(Exit::Usage);
    }
    let work = beside(&args.folder);
    let made = make(args, &work, terminal).and_then(|made| {
        // An empty folder of that name gives way.
        let _ = fs::remove_dir(&args.folder);
        fs::rename(&work, &args.folder).map_err(|it| unwritten(&args.folder, &it, terminal))?;
        Ok(made)
    });
    if made.is_err() {
        let _ = fs::remove_dir_all(&work);
    }
    let made = made?;
    match args.format {
        Format::Text => terminal.out(harmless_text(&made, args, terminal.lang)),
        Format::Json => print_json(&made, terminal)?,
    }
    Ok(Exit::Fine)
}

/// Is there something that must not be lost?
fn is_taken(folder: &Path) -> bool {
    match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_some(),
        Err(_) => folder.exists(),
    }
}

/// The folder in which the project is made.
fn beside(folder: &Path) -> PathBuf {
    let name = folder.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    folder.with_file_name(format!(".{name}.{}", std::process::id()))
}

fn make(args: &New, work: &Path, terminal: Terminal) -> Result<Made, Exit> {
    for (path, text) in args.template.files(terminal.lang) {
        let path = work.join(path);
        let written = path.parent().map_or(Ok(()), fs::create_dir_all);
        written
            .and_then(|()| fs::write(&path, text))
            .map_err(|it| unwritten(&args.folder, &it, terminal))?;
    }
    let project = Project::find(Some(work)).map_err(|it| {
        terminal.complain(it.words.of(terminal.lang));
        Exit::Fault
    })?;
    let checked = checked(&Wanted::of(&[], &Lookup::default(), &project), terminal)?;
    let Some(linked) = &checked.linked else {
        super::check::tell(&checked, terminal);
        return Err(Exit::Fault);
    };
    // What the project file names: the cases that `heng test` runs there.
    let named = || checked.roots.iter().filter_map(|it| linked.packages.get(*it));
    let mut made = Made {
        folder: shown(&args.folder),
        packages: named().map(|it| it.id.to_string()).collect(),
        cases: named().map(|it| it.cases.len()).sum(),
        households: 0,
        records: 0,
    };
    if args.template.has_households() {
        invent(args, &work.join("data"), linked, &mut made, terminal)?;
    }
    Ok(made)
}

/// Writes invented households with the tables and fields that the rules declare.
fn invent(
    args: &New,
    folder: &Path,
    linked: &Linked,
    made: &mut Made,
    terminal: Terminal,
) -> Result<(), Exit> {
    let Ok(cutoff) = sample::CUTOFF.parse() else { return Err(Exit::Fault) };
    let options = SampleOptions {
        households: args.households,
        seed: SEED,
        out: folder,
        cutoff,
        flaws: true,
        selection: &Selection::of(|table, column| is_declared(linked, table, column)),
        progress: &|_| {},
    };
    let report = generate(&options).map_err(|it| {
        terminal.complain(it.message(terminal.lang));
        Exit::Problems
    })?;
    made.households = report.households;
    made.records = report.events();
    Ok(())
}

/// Do the rules declare this table, or this column of it?
fn is_declared(linked: &Linked, table: &str, column: Option<&str>) -> bool {
    let is = |name: &str| column.is_none_or(|it| it == name);
    let subjects = linked.packages.iter().filter_map(|it| it.subject.as_ref());
    let of_household = || {
        let mut fields = subjects.filter(|it| it.name.as_ref() == table).flat_map(|it| &it.fields);
        fields.any(|it| is(&it.name))
    };
    let mut tables = linked.tables().filter(|it| it.name.as_ref() == table);
    tables.any(|it| it.fields.iter().any(|it| is(&it.name))) || of_household()
}

fn unwritten(folder: &Path, error: &io::Error, terminal: Terminal) -> Exit {
    let folder = shown(folder);
    terminal.complain(harmless(&match terminal.lang {
        Lang::Zh => format!("“{folder}”写不进去：{error}"),
        Lang::En => format!("“{folder}” cannot be written: {error}"),
    }));
    Exit::Problems
}

fn harmless_text(made: &Made, args: &New, lang: Lang) -> String {
    let folder = harmless(&made.folder).into_owned();
    let (packages, cases, households, records) =
        (made.packages.join("、"), made.cases, made.households, made.records);
    let rules = match lang {
        Lang::Zh => format!("已建项目“{folder}”：规则集 {packages}，用例{cases}条"),
        Lang::En => {
            let packages = made.packages.join(", ");
            format!("made the project “{folder}”: rule sets {packages}, {}", plural(cases, "case"))
        }
    };
    let people = match lang {
        _ if !args.template.has_households() => String::new(),
        Lang::Zh => format!("；虚构的个体工商户{households}户，记录{records}条"),
        Lang::En => format!(
            "; {} with {}",
            plural(households, "invented household"),
            plural(records, "record")
        ),
    };
    let next = crate::lang::pick(lang, "接下来：", "next:");
    let what = crate::lang::pick(lang, "看现状", "see how things stand");
    let quoted =
        if folder.contains(char::is_whitespace) { format!("\"{folder}\"") } else { folder };
    format!("{rules}{people}\n{next}\n  cd {quoted}\n  heng        {what}")
}
