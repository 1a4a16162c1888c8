//! Cases of a model, written again: the shipped sets' cases say the same when they are read once more.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};

use heng_dsl::check::check;
use heng_dsl::diag::Lang;
use heng_dsl::model::Case;
use heng_dsl::model::linked::Linked;
use heng_dsl::world::MemoryWorld;
use heng_dsl::written::case::CaseText;

fn sets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("indicator-sets")
}

fn add(world: MemoryWorld, folder: &Path, name: &str) -> MemoryWorld {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    entries.sort();
    entries.into_iter().fold(world, |world, path| {
        let file = path.file_name().unwrap().to_str().unwrap();
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

fn linked(world: &MemoryWorld, set: &str) -> (Linked, usize) {
    let checked = check(world, &[format!("sets/{set}")], &std::collections::BTreeMap::new());
    let said: Vec<String> = checked.diagnostics.iter().map(|it| it.message(Lang::En)).collect();
    (checked.linked.unwrap_or_else(|| panic!("{said:#?}")), checked.roots[0])
}

#[test]
fn a_case_that_is_written_again_is_the_same_case() {
    let world = add(MemoryWorld::default(), &sets(), "sets");
    let spelled = [
        ("general", Lang::Zh),
        ("food", Lang::En),
        ("drugs", Lang::Zh),
        ("special-equipment", Lang::En),
        ("metering", Lang::Zh),
    ];
    for (set, lang) in spelled {
        let (before, root) = linked(&world, set);
        let words = CaseText::new(&before, lang);
        let cases = &before.packages[root].cases;
        let mut written = String::new();
        let mut expected: Vec<&Case> = Vec::new();
        for case in cases {
            let copy = Case { title: format!("抄：{}", case.title), ..case.clone() };
            if let Some(text) = words.case(&copy) {
                written.extend([text.as_str(), "\n\n"]);
                expected.push(case);
            }
        }
        assert!(expected.len() * 2 >= cases.len(), "{set}: few cases can be written");
        let world = world.clone().with(&format!("sets/{set}/zz-copies.heng"), &written);
        let (after, root) = linked(&world, set);
        let read = &after.packages[root].cases;
        for case in expected {
            let title = format!("抄：{}", case.title);
            let copy = read.iter().find(|it| it.title == title).unwrap();
            assert_eq!(copy.household, case.household, "{set}: {title}");
            assert_eq!(copy.others, case.others, "{set}: {title}");
            assert_eq!(copy.expect, case.expect, "{set}: {title}");
        }
    }
}
