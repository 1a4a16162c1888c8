//! The example does what its README says, on the shipped general set.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::{Path, PathBuf};
use std::process::Command;

use heng_dsl::check::check;
use heng_dsl::model::linked::LinkTable;
use heng_dsl::stored;
use heng_dsl::world::MemoryWorld;

/// The files of a folder and of those below it, under their names in it.
fn with_folder(mut world: MemoryWorld, root: &Path, folder: &Path) -> MemoryWorld {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            world = with_folder(world, root, &path);
        } else if path.extension().is_some_and(|it| it == "heng" || it == "csv") {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            world = world.with(&name, &std::fs::read_to_string(&path).unwrap());
        }
    }
    world
}

fn general() -> PathBuf {
    let sets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../indicator-sets");
    let mut world = MemoryWorld::default();
    for set in ["general", "data-standard"] {
        world = with_folder(world, &sets, &sets.join(set));
    }
    let checked = check(&world, &["general".to_owned()], &LinkTable::new());
    let text = stored::linked(&checked.linked.unwrap(), &checked.roots);
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("general.json");
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn a_household_is_classified_by_stored_rules() {
    let rules = general();
    let run = |args: &[&str]| {
        let done = Command::new(env!("CARGO_BIN_EXE_heng-embed")).args(args).output().unwrap();
        (done.status.success(), String::from_utf8([done.stdout, done.stderr].concat()).unwrap())
    };
    let path = rules.to_str().unwrap();
    let (fine, said) = run(&[path, "2026-10-31"]);
    assert!(fine, "{said}");
    // No annual report was ever filed, and a judgment debtor goes two grades up.
    assert_eq!(said, "信用风险 D\n");
    let cut =
        std::fs::read_to_string(path).unwrap().replacen("\"format\": 1", "\"format\": 999", 1);
    let other = rules.with_extension("other.json");
    std::fs::write(&other, cut).unwrap();
    let (fine, said) = run(&[other.to_str().unwrap(), "2026-10-31"]);
    assert!(!fine && said.contains("E0703"), "{said}");
}
