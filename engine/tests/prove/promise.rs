//! Promises of random rule sets, held against every household of theirs.

use std::collections::BTreeMap;

use heng_dsl::value::Value;
use heng_engine::program::Program;
use heng_engine::prove::{Held, Outcome, promises};
use heng_engine::run::{RunOptions, run};

use crate::card::{Card, Random, as_of, households, profiles, program};
use crate::{BUDGET, SEED, grade_of, setting};

/// How many rule sets are looked at; `HENG_PROOFS` looks at more.
const CARDS: u64 = 2;
/// Classes of records: light and grave ones, recent and older.
const CLASSES: usize = 4;

const PROMISES: &str = "\
保证 新增 处罚 不改善 风险
保证 移出 处罚 不改善 风险
保证 新增 处罚 不恶化 风险
保证 各级可达 风险
保证 当 线上 且 面积 缺失 则 风险 ≥ B
保证 当 面积 有值 且 面积 < 1 则 风险 ≤ C
";

/// What every household gets, by its records, area and whether it is online.
type Results = BTreeMap<([usize; CLASSES], &'static str, &'static str), Outcome>;

fn results(program: &Program) -> Results {
    let options = RunOptions { as_of: as_of(), threads: None, progress: None, reasons: false };
    let register = households(program.linked(), CLASSES);
    let slot = grade_of(program, "风险");
    let outcomes = run(program, &register, &options).outcomes;
    let given = outcomes.iter().map(|it| match &it.values[slot] {
        Value::Member(it) => Outcome::Grade(*it),
        Value::Missing => Outcome::Missing,
        Value::NotApplicable => Outcome::NotApplicable,
        _ => Outcome::Error,
    });
    profiles(CLASSES).into_iter().zip(given).collect()
}

/// Is a promise broken by one of these households?
fn is_broken(number: usize, all: &Results) -> bool {
    let grade = |it: &Outcome| match it {
        Outcome::Grade(it) => Some(*it),
        _ => None,
    };
    let one_more = |breaks: &dyn Fn(u16, u16) -> bool| {
        all.iter().any(|((counts, area, online), before)| {
            (0..CLASSES).any(|class| {
                let mut more = *counts;
                more[class] += 1;
                let after = all.get(&(more, *area, *online));
                let both = grade(before).zip(after.and_then(grade));
                both.is_some_and(|(before, after)| breaks(before, after))
            })
        })
    };
    match number {
        0 | 1 => match number {
            0 => one_more(&|before, after| after < before),
            // Removing it goes from the second to the first.
            _ => one_more(&|before, after| before < after),
        },
        2 => one_more(&|before, after| after > before),
        3 => !(0..4).all(|it| all.values().any(|seen| *seen == Outcome::Grade(it))),
        4 => all.iter().any(|((_, area, online), it)| {
            area.is_empty() && *online == "是" && grade(it) == Some(0)
        }),
        _ => all.iter().any(|((_, area, _), it)| *area == "0" && grade(it) == Some(3)),
    }
}

#[test]
fn what_is_promised_to_every_household_is_kept_by_every_one() {
    let (seed, cards) = (setting("HENG_SEED", SEED), setting("HENG_PROOFS", CARDS));
    let mut random = Random(seed ^ 0x70_726f);
    let (mut kept, mut broken, mut open) = (0, 0, 0);
    for number in 0..cards {
        let text = format!("{}{PROMISES}", Card::new(&mut random).text());
        let program = program(&text);
        let all = results(&program);
        for (at, promise) in promises(&program, 0, as_of(), BUDGET).iter().enumerate() {
            let about = || format!("seed {seed}, card {number}\n{text}\n{promise:#?}");
            let is_broken = is_broken(at, &all);
            // What is reached by none of these may be reached by another one; all else has to agree.
            assert!(promise.held != Held::Kept || !is_broken || at == 3, "{}", about());
            assert!(at != 3 || promise.held != Held::Broken || is_broken, "{}", about());
            match promise.held {
                Held::Kept => kept += 1,
                Held::Broken => broken += 1,
                Held::NotDecided => {
                    open += 1;
                    println!("card {number}: {} ({:?})", promise.words.zh, promise.gave_up);
                }
            }
        }
    }
    println!("seed {seed}: {cards} rule sets, {kept} kept, {broken} broken, {open} open");
    assert!(kept > 0 && broken > 0, "{kept} {broken}");
    assert!(open * 2 < kept + broken, "{open} of {}", kept + broken + open);
}
