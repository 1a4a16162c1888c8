//! Small rule sets made at random: what is said of their changes is held against every household of theirs.

use std::collections::BTreeSet;
use std::thread;

use heng_dsl::value::Value;
use heng_engine::data::Register;
use heng_engine::program::Program;
use heng_engine::prove::{Budget, Outcome, Proof, Verdict, compare_all};
use heng_engine::run::{RunOptions, run};

use crate::card::{Card, Random, as_of, households, program};
use crate::{BUDGET, SEED, grade_of, names, prove, setting};

/// How many random changes are looked at; `HENG_PROOFS` looks at more.
const CARDS: u64 = 10;

/// Changes of which nothing is searched, so that there is time for many; `HENG_CHANGES=20000` looks at more.
const CHANGES: u64 = 2_000;
/// Changes of one rule set.
const EACH: u64 = 20;
/// Scores that come together are added up, however few they are.
const SHORT: Budget = Budget { households: 0, combinations: 1, ..BUDGET };

/// A grade by the sum of all scores with direct determinations, and one by a value that is made of some.
pub(crate) const GRADES: [&str; 2] = ["风险", "综合"];

/// What a version gives each household, in their order: each of the two grades.
pub(crate) fn both_results(
    program: &Program,
    register: &Register,
    threads: Option<usize>,
) -> [Vec<Outcome>; 2] {
    let options = RunOptions { as_of: as_of(), threads, progress: None, reasons: false };
    let outcomes = run(program, register, &options).outcomes;
    GRADES.map(|grade| {
        let slot = grade_of(program, grade);
        let given = outcomes.iter().map(|it| match &it.values[slot] {
            Value::Member(it) => Outcome::Grade(*it),
            Value::Missing => Outcome::Missing,
            Value::NotApplicable => Outcome::NotApplicable,
            _ => Outcome::Error,
        });
        given.collect()
    })
}

fn results(program: &Program, register: &Register) -> Vec<Outcome> {
    let [risk, _] = both_results(program, register, Some(1));
    risk
}

/// Every change of the result that the households show.
pub(crate) fn changes(old: &[Outcome], new: &[Outcome]) -> BTreeSet<(Outcome, Outcome)> {
    old.iter().copied().zip(new.iter().copied()).filter(|it| it.0 != it.1).collect()
}

/// Nothing that is said is contradicted by a household.
pub(crate) fn is_true(
    proof: &Proof,
    changes: &BTreeSet<(Outcome, Outcome)>,
    about: &dyn Fn() -> String,
) {
    assert!(proof.verdict != Verdict::Equal || changes.is_empty(), "{}", about());
    for it in changes {
        let is_told = proof.open.contains(it)
            || proof.possible.iter().any(|shown| (shown.from, shown.to) == *it);
        assert!(is_told && !proof.impossible.contains(it), "{it:?} of {}", about());
    }
    for it in &proof.possible {
        assert!(!proof.impossible.contains(&(it.from, it.to)), "{}", about());
    }
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Shares {
    decided: usize,
    pub(crate) equal: usize,
    shown: usize,
    pub(crate) impossible: usize,
}

impl Shares {
    pub(crate) fn count(&mut self, proof: &Proof) {
        self.equal += usize::from(proof.verdict == Verdict::Equal);
        self.decided += usize::from(proof.verdict != Verdict::NotDecided);
        self.shown += proof.possible.len();
        self.impossible += proof.impossible.len();
    }

    fn add(&mut self, other: Self) {
        self.decided += other.decided;
        self.equal += other.equal;
        self.shown += other.shown;
        self.impossible += other.impossible;
    }
}

#[test]
fn what_is_said_of_all_households_is_true_of_every_one() {
    let (seed, cards) = (setting("HENG_SEED", SEED), setting("HENG_PROOFS", CARDS));
    let mut random = Random(seed);
    let mut shares = Shares::default();
    for number in 0..cards {
        let old = Card::new(&mut random);
        let new = old.changed(&mut random);
        let (old_text, new_text) = (old.text(), new.text());
        let (old, new) = (program(&old_text), program(&new_text));
        let proof = prove(&old, &new, ("甲", "风险"));
        // Every seventh card with all four kinds of penalties: 4,096 households.
        let classes = if number % 7 == 0 { 4 } else { 2 + usize::from(number % 2 == 1) };
        let register = households(old.linked(), classes);
        let changes = changes(&results(&old, &register), &results(&new, &register));
        is_true(&proof, &changes, &|| {
            format!("seed {seed}, card {number}\n{old_text}\n--\n{new_text}\n{proof:#?}")
        });
        if proof.verdict == Verdict::NotDecided {
            let missed = changes.iter().filter(|it| proof.open.contains(it)).count();
            println!(
                "card {number}: possible {:?}, open {:?}, of them true {missed}, {:?}, {} cells",
                names(&proof),
                proof.open,
                proof.gave_up,
                proof.cells
            );
            for (sign, own, other) in [('-', &old_text, &new_text), ('+', &new_text, &old_text)] {
                let lines = own.lines().filter(|it| !other.lines().any(|line| line == *it));
                lines.for_each(|it| println!("  {sign}{it}"));
            }
        }
        shares.count(&proof);
    }
    println!("seed {seed}: {cards} changes, {shares:?}");
    let Shares { decided, equal, shown, impossible } = shares;
    assert!(decided * 10 >= usize::try_from(cards).expect("it fits") * 8, "{decided} of {cards}");
    assert!(equal > 0 && shown > 0 && impossible > 0, "{equal} {shown} {impossible}");
}

/// The changes of one rule set. Of every fortieth set all four kinds of penalties are looked at: 4,096
/// households; of the others 256 or 1,024.
fn of_one(seed: u64, number: u64, many: u64) -> Shares {
    let mut random = Random(seed.wrapping_mul(0x2545_f491_4f6c_dd1d).wrapping_add(number));
    let classes = match number % 40 {
        0 => 4,
        1..5 => 3,
        _ => 2,
    };
    let card = Card::new(&mut random);
    let old_text = card.text();
    let old = program(&old_text);
    let register = households(old.linked(), classes);
    let before = both_results(&old, &register, Some(1));
    let mut shares = Shares::default();
    for change in 0..many {
        let new_text = card.changed(&mut random).text();
        let new = program(&new_text);
        let after = both_results(&new, &register, Some(1));
        // What both grades have in common is worked out once.
        let proofs =
            compare_all([&old, &new], &GRADES.map(|it| ("甲", it)), as_of(), SHORT, &|| ());
        for (at, proof) in proofs.into_iter().enumerate() {
            let proof = proof.expect("the same data");
            is_true(&proof, &changes(&before[at], &after[at]), &|| {
                format!(
                    "seed {seed}, set {number}, {change}\n{old_text}\n--\n{new_text}\n{proof:#?}"
                )
            });
            shares.count(&proof);
        }
    }
    shares
}

#[test]
fn of_many_changes_nothing_is_said_that_a_household_contradicts() {
    let (seed, all) = (setting("HENG_SEED", SEED), setting("HENG_CHANGES", CHANGES));
    let sets = all.div_ceil(EACH);
    let workers = thread::available_parallelism().map_or(1, |it| it.get() as u64);
    let share = |worker: u64| {
        let mut shares = Shares::default();
        let mine = (0..sets).filter(|it| it % workers == worker);
        mine.for_each(|it| shares.add(of_one(seed, it, EACH.min(all - it * EACH))));
        shares
    };
    let mut shares = Shares::default();
    thread::scope(|scope| {
        let all: Vec<_> = (0..workers).map(|it| scope.spawn(move || share(it))).collect();
        all.into_iter().for_each(|it| shares.add(it.join().expect("no worker failed")));
    });
    println!("seed {seed}: {all} changes, {shares:?}");
    let Shares { equal, impossible, .. } = shares;
    assert!(equal > 0 && impossible > 0, "{shares:?}");
}
