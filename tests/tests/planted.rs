//! Faults planted into the shipped sets: each has to be found, at the declaration that has it, and
//! nothing else may be said.
//!
//! A fault is made from what a set has: its records, its conditions, its grades, chosen by a seed.
//! `HENG_SEED=7 cargo test --workspace --test planted` chooses others; the seed stands in every complaint.

mod planted {
    pub(crate) mod amendments;
    pub(crate) mod conditions;
    pub(crate) mod numbers;
    pub(crate) mod outcomes;
    pub(crate) mod overlays;
    pub(crate) mod sets;
    pub(crate) mod tables;
}

use std::fmt::Write as _;
use std::sync::LazyLock;

use heng_dsl::diag::{Diagnostic, Lang};

use planted::sets::{Fault, Kind, Place, Random, Set, Shipped, Spot};

/// The shipped sets, read once.
static SHIPPED: LazyLock<Shipped> = LazyLock::new(Shipped::read);

/// The seed where none is asked for.
const SEED: u64 = 20_261_128;

/// All kinds of faults.
fn kinds() -> Vec<Kind> {
    let mut all = planted::conditions::kinds();
    all.extend(planted::outcomes::kinds());
    all.extend(planted::amendments::kinds());
    all.extend(planted::tables::kinds());
    all.extend(planted::numbers::kinds());
    all.extend(planted::overlays::kinds());
    all
}

fn seed() -> u64 {
    std::env::var("HENG_SEED").ok().and_then(|it| it.parse().ok()).unwrap_or(SEED)
}

/// What is wrong with what was found in one set; and how many faults were planted.
fn complaints(set: &Set, kinds: &[Kind], seed: u64) -> (String, usize) {
    let mut random = Random::new(seed);
    let mut faults: Vec<(&Kind, Fault)> = Vec::new();
    for (number, kind) in kinds.iter().enumerate() {
        if let Some(fault) = (kind.plant)(set, &mut random, &format!("种下{number}")) {
            // A set that is 基于 another one is not used by a third.
            if fault.place != Place::Apart || set.is_whole() {
                faults.push((kind, fault));
            }
        }
    }
    let mut out = String::new();
    for place in [Place::Beside, Place::Extending, Place::Apart] {
        let here: Vec<&(&Kind, Fault)> = faults.iter().filter(|it| it.1.place == place).collect();
        if here.is_empty() {
            continue;
        }
        let planted: Vec<&Fault> = here.iter().map(|it| &it.1).collect();
        let (spots, checked) = SHIPPED.with(set, place, &planted);
        let is_at = |it: &Diagnostic, spot: &Spot| {
            let (path, line, _) = checked.sources.place(it.primary.span);
            path == spot.file && spot.lines.contains(&(line as usize))
        };
        let mut explained = vec![false; checked.diagnostics.len()];
        for ((kind, fault), spot) in here.iter().zip(&spots) {
            let mut found = false;
            for (it, explained) in checked.diagnostics.iter().zip(&mut explained) {
                let right = is_at(it, spot) && it.code.record().name == kind.code;
                found |= right;
                *explained |= right;
            }
            if !found {
                let _ =
                    writeln!(out, "{}: {} was not found:\n{}", kind.code, kind.name, fault.text);
            }
        }
        for (it, _) in checked.diagnostics.iter().zip(&explained).filter(|it| !it.1) {
            let (path, line, _) = checked.sources.place(it.primary.span);
            let said = it.message(Lang::Zh);
            let text = checked.sources.text(it.primary.span);
            let _ = writeln!(out, "{} {path}:{line} 「{text}」 {said}", it.code.record().name);
        }
    }
    (out, faults.len())
}

#[test]
fn every_planted_fault_is_found_and_nothing_else_is_said() {
    let (kinds, seed) = (kinds(), seed());
    let mut wrong = String::new();
    let mut planted = 0;
    for set in SHIPPED.sets() {
        let (said, count) = complaints(set, &kinds, seed);
        planted += count;
        if !said.is_empty() {
            let _ = writeln!(wrong, "== {} ({count} faults, seed {seed})\n{said}", set.folder);
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    // With another seed a set may lack what some kind needs.
    assert!(planted >= 60, "only {planted} faults were planted (seed {seed})");
}

#[test]
fn of_the_shipped_sets_nothing_is_said() {
    let said: Vec<String> = SHIPPED.said().iter().map(|it| format!("{}: {}", it.0, it.1)).collect();
    assert!(said.is_empty(), "{said:#?}");
    assert!(SHIPPED.sets().len() >= 7);
}

#[test]
fn a_fault_that_is_none_is_missed() {
    #[expect(
        clippy::unnecessary_wraps,
        reason = "all kinds are planted through one type of function"
    )]
    fn harmless(_: &Set, _: &mut Random, name: &str) -> Option<Fault> {
        Some(Fault::beside(format!("参数 {name} = 1\n")))
    }
    let kind = Kind { code: "E0451", name: "nothing", plant: harmless };
    let (said, count) = complaints(&SHIPPED.sets()[0], &[kind], SEED);
    assert_eq!(count, 1);
    assert!(said.contains("was not found") && said.contains("E0460"), "{said}");
}
