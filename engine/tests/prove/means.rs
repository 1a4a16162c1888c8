//! The dynamic programme and the solver of linear programmes on score sheets made at random: no question to which
//! they give unlike answers.

use heng_dsl::world::MemoryWorld;
use heng_engine::program::Program;
use heng_engine::prove::means;

use crate::card::{as_of, program_of};
use crate::sheets::{Random, Sheet};
use crate::{BUDGET, SEED, setting};

/// Pairs of versions; `HENG_PAIRS` looks at more.
const PAIRS: u64 = 300;

fn set(sheet: &Sheet) -> Program {
    program_of(&MemoryWorld::default().with("卡/卡.heng", &sheet.text()), "卡")
}

#[test]
fn both_means_answer_alike() {
    let (seed, pairs) = (setting("HENG_SEED", SEED), setting("HENG_PAIRS", PAIRS));
    let mut random = Random(seed);
    let (mut alike, mut open, mut possible) = (0, 0, 0);
    for number in 0..pairs {
        let many = 4 + random.below(4);
        let old = Sheet::new(&mut random, many);
        let edits = 1 + random.below(4);
        let new = old.edited(&mut random, edits);
        let found = means(&set(&old), &set(&new), ("卡", "风险"), as_of(), BUDGET);
        let found = found.expect("the same data").expect("a plain sum");
        for it in &found.questions {
            let exact = it.exact.expect("so few indicators are within the budget");
            match it.solver {
                Some(solver) => {
                    assert_eq!(exact, solver, "seed {seed}, pair {number}: {it:?}\n{}", new.text());
                    alike += 1;
                    possible += usize::from(exact);
                }
                None => open += 1,
            }
        }
    }
    println!(
        "seed {seed}: {pairs} pairs, {alike} answers alike, {possible} of them possible, {open} open"
    );
    assert!(open * 100 <= alike && possible > 0 && possible < alike, "{alike} {possible} {open}");
}
