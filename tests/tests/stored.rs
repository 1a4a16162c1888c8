//! Stored rules from the side of who reads them: everything that the checker makes is valid, survives
//! being stored, and whatever else arrives is refused with a sentence or evaluated without harm.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails, and models are read from disk"
)]

use std::fs;
use std::path::{Path, PathBuf};

use heng_dsl::check::check;
use heng_dsl::diag::{Diagnostic, Lang};
use heng_dsl::model::linked::{LinkTable, Linked};
use heng_dsl::model::{RuleSet, valid};
use heng_dsl::stored::{self, Program as Stored};
use heng_dsl::world::MemoryWorld;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// All rule files and code tables below a folder of the repository, by the folder that they stand in.
fn world(folders: &[&str]) -> MemoryWorld {
    fn add(world: MemoryWorld, folder: &Path, name: &str) -> MemoryWorld {
        let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|it| it.unwrap()).collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        entries.into_iter().fold(world, |world, it| {
            let (path, file) = (it.path(), it.file_name().into_string().unwrap());
            let inside = format!("{name}/{file}");
            if path.is_dir() {
                return add(world, &path, &inside);
            }
            match path.extension().and_then(|it| it.to_str()) {
                Some("heng" | "csv") => world.with(&inside, &fs::read_to_string(&path).unwrap()),
                _ => world,
            }
        })
    }
    folders.iter().fold(MemoryWorld::default(), |world, it| add(world, &repository().join(it), it))
}

fn linked(world: &MemoryWorld, roots: &[&str], links: &[(&str, &str)]) -> (Linked, Vec<usize>) {
    let roots: Vec<String> = roots.iter().map(|it| (*it).to_owned()).collect();
    let links: LinkTable = links.iter().map(|it| (it.0.into(), it.1.into())).collect();
    let checked = check(world, &roots, &links);
    let said: Vec<String> = checked.diagnostics.iter().map(|it| it.message(Lang::En)).collect();
    (checked.linked.unwrap_or_else(|| panic!("{said:#?}")), checked.roots)
}

fn said(problems: &[Diagnostic]) -> Vec<String> {
    let code = |it: &Diagnostic| it.code.record().name;
    problems.iter().map(|it| format!("{} {}", code(it), it.message(Lang::En))).collect()
}

/// Without the paths of files, which a stored model does not keep.
fn plain(set: &RuleSet) -> RuleSet {
    let mut set = set.clone();
    heng_dsl::model::origins::each(&mut set, &mut |it| it.place = None);
    set
}

/// Stored and read again, in both forms, it is the same; and it is valid.
fn survives(linked: &Linked, roots: &[usize]) {
    for at in 0..linked.packages.len() {
        assert_eq!(valid::check(at, linked), [], "{}", linked.packages[at].id);
    }
    let closed = stored::linked(linked, roots);
    let read = stored::read("closed.json", closed.as_bytes()).unwrap();
    let closed = stored::link(vec![read]).unwrap_or_else(|it| panic!("{:#?}", said(&it)));
    let one_by_one = (0..linked.packages.len()).map(|it| {
        let text = stored::package(linked, it).unwrap();
        stored::read("one.json", text.as_bytes()).unwrap()
    });
    let same_links = linked.links.is_empty();
    let open = stored::link(one_by_one.collect());
    let mut all = vec![closed];
    if same_links {
        all.push(open.unwrap_or_else(|it| panic!("{:#?}", said(&it))));
    }
    for Stored { linked: found, .. } in all {
        assert_eq!(found.packages.len(), linked.packages.len());
        for (a, b) in found.packages.iter().zip(&linked.packages) {
            assert!(plain(a) == plain(b), "{}", a.id);
        }
    }
}

#[test]
fn the_shipped_sets_survive() {
    let sets = world(&["indicator-sets", "examples"]);
    let all: Vec<String> = fs::read_dir(repository().join("indicator-sets"))
        .unwrap()
        .map(|it| it.unwrap())
        .filter(|it| it.path().is_dir())
        .map(|it| format!("indicator-sets/{}", it.file_name().into_string().unwrap()))
        .collect();
    let roots: Vec<&str> = all.iter().map(String::as_str).collect();
    let (shipped, roots) = linked(&sets, &roots, &[]);
    survives(&shipped, &roots);
    let city = ["examples/chizhou/rules", "indicator-sets/food"];
    let (city, roots) = linked(&sets, &city, &[("通用", "池州")]);
    survives(&city, &roots);
    let (chicago, roots) = linked(&sets, &["examples/chicago-food/rules"], &[]);
    survives(&chicago, &roots);
}

/// The corpus of the checker: `=== folder/name` begins a file; the first folder is what is checked.
#[test]
fn everything_that_the_checker_accepts_survives() {
    let mut accepted = 0;
    for folder in ["dsl/tests/check"] {
        for it in fs::read_dir(repository().join(folder)).unwrap() {
            let path = it.unwrap().path();
            if path.extension().is_none_or(|it| it != "heng") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let (mut world, mut root) = (MemoryWorld::default(), None);
            for part in text.split("=== ").skip(1) {
                let (name, body) = part.split_once('\n').unwrap();
                let folder = name.rsplit_once('/').unwrap().0;
                root.get_or_insert_with(|| folder.to_owned());
                world = world.with(name.trim(), body);
            }
            let Some(root) = root else { continue };
            let checked = check(&world, &[root], &LinkTable::new());
            if let Some(linked) = &checked.linked {
                survives(linked, &checked.roots);
                accepted += 1;
            }
        }
    }
    assert!(accepted > 4, "{accepted}");
}
