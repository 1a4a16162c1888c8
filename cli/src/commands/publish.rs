//! `heng publish`: what passes every check and all its cases becomes a version of the registry, for good.
//!
//! Each set is checked by itself, without the links of the project: a version is what it is wherever it is used.
//! The files that are kept are the bytes that the checker has read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use heng_dsl::diag::Lang;
use heng_dsl::model::Id;
use heng_dsl::model::linked::{LinkTable, Linked};
use heng_dsl::stored::{self, Hash};
use heng_dsl::value::{Date, Period};
use heng_engine::registry::{Draft, Published, Registry, Status};
use serde::Serialize;

use super::{prepare, print_json, registry, some_rules, test};
use crate::args::{Format, Publish};
use crate::clock::Now;
use crate::exit::Exit;
use crate::project::{Project, shown};
use crate::rules::{self, Wanted};
use crate::terminal::{Terminal, harmless};

/// What was published, for programs.
#[derive(Serialize)]
struct Report {
    published: Vec<One>,
}

#[derive(Serialize)]
struct One {
    set: Id,
    version: Id,
    manifest: Hash,
    content: Hash,
    meaning: Hash,
    status: Status,
    effective: Option<Period>,
    cases: usize,
    /// Was it there already, with the same content?
    before: bool,
    /// The version whose open period ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<Ended>,
}

#[derive(Serialize)]
struct Ended {
    version: Id,
    last_day: Date,
}

/// A set that passed, ready to be published.
struct Passed {
    draft: Draft,
    /// Its place.
    place: String,
    /// The places of what it uses, each after those that it uses itself.
    used: Vec<String>,
}

pub(super) fn run(args: &Publish, project: &Project, terminal: Terminal) -> Result<Exit, Exit> {
    let json = args.format == Format::Json;
    let session = registry::session(&args.by, project, "publish", Now::read(), terminal)?;
    // Before the work, so that a mistake is told at once.
    registry::reader(project, json, terminal)?;
    let store = registry::writer(project, &session, json, terminal)?;
    registry::done(store, Ok(()), json, terminal)?;
    let mut passed: Vec<Passed> = Vec::new();
    for folder in &args.folders {
        let one = pass(folder, args, project, terminal)?;
        for place in one.used.iter().filter(|_| args.with_used) {
            if !passed.iter().any(|it| it.place == *place) {
                passed.push(pass(Path::new(place), args, project, terminal)?);
            }
        }
        if !passed.iter().any(|it| it.place == one.place) {
            passed.push(one);
        }
    }
    let mut store = registry::writer(project, &session, json, terminal)?;
    let published = publish(&mut store, &passed, args);
    let published = registry::done(store, published, json, terminal)?;
    let report = Report { published };
    match args.format {
        Format::Json => print_json(&report, terminal)?,
        Format::Text => report.published.iter().for_each(|it| tell(it, terminal)),
    }
    Ok(Exit::Fine)
}

/// Publishes one after another; what was published before the first refusal stays published.
fn publish(
    store: &mut Registry,
    passed: &[Passed],
    args: &Publish,
) -> Result<Vec<One>, heng_engine::registry::RegistryError> {
    let named: Vec<String> = args.folders.iter().map(|it| shown(it)).collect();
    let mut all = Vec::new();
    for it in passed {
        let mut draft = it.draft.clone();
        if !named.contains(&it.place) && store.has(&draft)? {
            // Used, and published before: its period is no matter of this call.
            draft.effective = None;
        }
        all.push(one(store.publish(&draft)?, draft.cases));
    }
    Ok(all)
}

fn one(published: Published, cases: usize) -> One {
    let row = published.row;
    One {
        set: row.set,
        version: row.version,
        manifest: row.manifest,
        content: row.content,
        meaning: row.meaning,
        status: row.status,
        effective: row.effective,
        cases,
        before: published.before,
        ended: published.ended.map(|(version, last_day)| Ended { version, last_day }),
    }
}

/// Checks a set and runs its cases, or says what stands in the way.
fn pass(
    folder: &Path,
    args: &Publish,
    project: &Project,
    terminal: Terminal,
) -> Result<Passed, Exit> {
    let json = args.format == Format::Json;
    let wanted = Wanted::alone(folder.to_owned(), &args.lookup, project);
    some_rules(&wanted, terminal)?;
    let (checked, read) = rules::check_recorded(&wanted);
    let places = checked.places.clone();
    let ready = prepare::linked(checked, prepare::Extent::Everything, json, terminal)?;
    let cases = test::passed(&ready, json, terminal)?;
    let linked = ready.program.linked();
    let [root] = ready.roots.as_slice() else {
        terminal.complain(terminal.pick("一次只能发布一个规则集", "one rule set at a time"));
        return Err(Exit::Usage);
    };
    let place = shown(folder);
    let own = linked.packages.get(*root).map(|it| it.effective).unwrap_or_default();
    let asked = args
        .effective_from
        .map(|from| Period { from: Some(from), until: args.effective_until.or(own.until) });
    let draft = Draft {
        model: stored::package(linked, *root).unwrap_or_default(),
        files: files(&place, &read),
        names: names(linked),
        cases,
        // Where changes have to be approved, a version takes over by a plan, and not by itself.
        effective: asked.or_else(|| own.from.filter(|_| project.gates.is_empty()).map(|_| own)),
        gated: !project.gates.is_empty(),
        note: args.note.clone(),
    };
    let used = places.into_iter().filter(|it| *it != place && !wanted.shelf.files.contains_key(it));
    Ok(Passed { draft, used: used.collect(), place })
}

/// The files of a set among those that were read, by their path from its folder.
fn files(place: &str, read: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    let inside = |path: &str| -> Option<String> {
        if path == place {
            let name = PathBuf::from(path).file_name()?.to_string_lossy().into_owned();
            return Some(name);
        }
        match place {
            "." => Some(path).filter(|it| !it.starts_with(['.', '/'])).map(str::to_owned),
            _ => path.strip_prefix(place)?.strip_prefix('/').map(str::to_owned),
        }
    };
    read.iter().filter_map(|(path, bytes)| Some((inside(path)?, bytes.clone()))).collect()
}

/// Which version a name without one means, for those of which several versions are there.
fn names(linked: &Linked) -> LinkTable {
    let mut names = LinkTable::new();
    for set in &linked.packages {
        let several = linked.packages.iter().filter(|it| it.id == set.id).count() > 1;
        let meant = linked.version_of(&set.id, None).and_then(|it| linked.packages.get(it));
        if let (true, Some(meant)) = (several, meant) {
            names.insert(set.id.clone(), Id::from(format!("{}@{}", meant.id, meant.version)));
        }
    }
    names
}

fn tell(it: &One, terminal: Terminal) {
    let (lang, name) = (terminal.lang, format!("“{}” {}", it.set, it.version));
    let (zh, en) = it.effective.map(|it| heng_engine::registry::period(&it)).unwrap_or_default();
    let line = match (lang, it.before, it.effective.is_some()) {
        (Lang::Zh, true, _) => format!("{name} 已经发布过，内容相同，没有要做的"),
        (Lang::En, true, _) => {
            format!("{name} is published already with the same content; nothing to do")
        }
        (Lang::Zh, false, true) => format!("发布了 {name}，{zh}生效"),
        (Lang::Zh, false, false) => format!("发布了 {name}，生效日期待定"),
        (Lang::En, false, true) => format!("published {name}, in force {en}"),
        (Lang::En, false, false) => {
            format!("published {name}; when it is in force is to be decided")
        }
    };
    terminal.out(harmless(&line));
    terminal.out(match lang {
        Lang::Zh => format!("  内容 {}，用例 {} 条通过", it.content, it.cases),
        Lang::En => format!("  content {}, {} cases passed", it.content, it.cases),
    });
    if let Some(ended) = &it.ended {
        let (version, last) = (&ended.version, ended.last_day);
        terminal.out(harmless(&match lang {
            Lang::Zh => format!("  {version} 的有效期到 {last} 为止"),
            Lang::En => format!("  {version} is in force until {last}"),
        }));
    }
}
