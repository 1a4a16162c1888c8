//! Proofs over all households: held against every household of small rule sets, and the shipped sets.

#![expect(clippy::expect_used, reason = "a test that cannot be set up has failed")]
#![expect(clippy::print_stdout, reason = "the seed and the shares are figures of the test")]
#![expect(clippy::disallowed_methods, reason = "the shipped sets are read from disk")]

#[path = "prove/card.rs"]
mod card;
#[path = "prove/conditions.rs"]
mod conditions;
#[path = "prove/guarantees.rs"]
mod guarantees;
#[path = "prove/hostile.rs"]
mod hostile;
#[path = "prove/known.rs"]
mod known;
#[cfg(feature = "linear")]
#[path = "prove/means.rs"]
mod means;
#[path = "prove/oracle.rs"]
mod oracle;
#[path = "prove/promise.rs"]
mod promise;
#[path = "prove/rewrites.rs"]
mod rewrites;
#[cfg(feature = "linear")]
#[path = "../examples/shared/sheets.rs"]
mod sheets;
#[path = "prove/trends.rs"]
mod trends;
#[path = "prove/ways.rs"]
mod ways;
#[path = "prove/wide.rs"]
mod wide;

use std::path::{Path, PathBuf};

use heng_dsl::diag::Lang;
use heng_dsl::world::MemoryWorld;
use heng_engine::program::Program;
use heng_engine::prove::{Budget, Outcome, Proof, Tier, Verdict, compare};

use card::{as_of, program_of};

/// Less than usual, because tests are not optimised.
const BUDGET: Budget = Budget {
    cells: 6_000,
    values: 400_000,
    words: 40_000_000,
    together: 60,
    combinations: 2_000,
    households: 1_500,
};
const SEED: u64 = 20_261_128;

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|it| it.parse().ok()).unwrap_or(otherwise)
}

fn grade_of(program: &Program, name: &str) -> usize {
    let set = program.linked().packages.last().expect("a package");
    program.linked().find_decl(&set.id, name).expect("the grade is there")
}

fn prove(old: &Program, new: &Program, grade: (&str, &str)) -> Proof {
    compare(old, new, grade, as_of(), BUDGET).expect("the two can be compared")
}

fn sets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a parent").join("indicator-sets")
}

fn add(world: MemoryWorld, folder: &Path, name: &str) -> MemoryWorld {
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let mut paths: Vec<PathBuf> = entries.map(|it| it.expect("an entry").path()).collect();
    paths.sort();
    paths.into_iter().fold(world, |world, path| {
        let file = path.file_name().and_then(|it| it.to_str()).expect("a name");
        let inside = format!("{name}/{file}");
        if path.is_dir() {
            return add(world, &path, &inside);
        }
        match path.extension().and_then(|it| it.to_str()) {
            Some("heng" | "csv") => {
                world.with(&inside, &std::fs::read_to_string(&path).expect("it is readable"))
            }
            _ => world,
        }
    })
}

/// The shipped sets, one text of one file replaced by another.
fn changed(set: &str, file: &str, from: &str, to: &str) -> Program {
    let world = add(MemoryWorld::default(), &sets(), "sets");
    let path = sets().join(set).join(file);
    let text = std::fs::read_to_string(&path).expect("the file is there");
    assert!(text.contains(from), "{file} has {from}");
    let world = world.with(&format!("sets/{set}/{file}"), &text.replacen(from, to, 1));
    program_of(&world, &format!("sets/{set}"))
}

fn names(proof: &Proof) -> Vec<String> {
    proof.possible.iter().map(|it| proof.pair(it.from, it.to, Lang::Zh)).collect()
}

#[test]
fn what_makes_no_difference_to_the_general_set_is_proved_equal() {
    let world = add(MemoryWorld::default(), &sets(), "sets");
    let old = program_of(&world, "sets/general");
    let cases = [
        // Only how it is written: equal normal forms.
        (
            "attributes.heng",
            "指标 组成方式 属于",
            "# 一句话\n指标 组成方式 属于",
            Tier::SameMeaning,
        ),
        // Scores have one decimal place at most, so that none lies between the two cut-offs.
        ("grading.heng", "信用D级分界 = 330 分", "信用D级分界 = 329.95 分", Tier::DynamicProgramme),
        // The rows say the same in other words.
        (
            "supervision.heng",
            "    2 至 3 次：40\n    4 次以上：60",
            "    2 次：40\n    3 次：40\n    4 次以上：60",
            Tier::SameMeaning,
        ),
    ];
    for (file, from, to, tier) in cases {
        let new = changed("general", file, from, to);
        let proof = prove(&old, &new, ("通用", "信用风险"));
        assert_eq!((proof.verdict, proof.tier), (Verdict::Equal, tier), "{from} {proof:#?}");
    }
}

#[test]
fn a_threshold_of_the_general_set_moves_some_households_and_no_other_way() {
    let world = add(MemoryWorld::default(), &sets(), "sets");
    let old = program_of(&world, "sets/general");
    let (from, to) = ("    2 至 3 次：40\n    4 次以上：60", "    2 次：40\n    3 次以上：60");
    let new = changed("general", "supervision.heng", from, to);
    let proof = prove(&old, &new, ("通用", "信用风险"));
    println!("{}", proof.text(Lang::Zh));
    // Nothing gets better, and nothing moves two grades.
    for (from, to) in [(0, 2), (0, 3), (1, 3), (1, 0), (2, 1), (2, 0), (3, 2), (3, 1), (3, 0)] {
        let pair = (Outcome::Grade(from), Outcome::Grade(to));
        assert!(proof.impossible.contains(&pair), "{pair:?} {proof:#?}");
    }
    // Whether households are found for the others depends on the budget, which is short in a test.
    assert!(proof.gave_up.is_none() && proof.verdict != Verdict::Equal, "{proof:#?}");
}
