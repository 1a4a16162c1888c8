//! Cards of four fields more, which can tell 1,048,576 households apart: what is said of a change is held against each.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Range;

use heng_dsl::model::linked::Linked;
use heng_engine::data::Register;
use heng_engine::prove::{Budget, compare_all};

use crate::card::{Card, Profile, Random, as_of, household, profiles, program};
use crate::oracle::{GRADES, Shares, both_results, changes, is_true};
use crate::setting;

/// Fields that take one of [`VALUES`] values each, besides those of a card.
const FIELDS: [&str; 4] = ["人数", "年限", "层数", "评级"];
const VALUES: usize = 4;
/// Values of the four together.
const EACH: usize = VALUES.pow(4);
/// Households that are in memory at a time.
const BLOCK: usize = 1 << 16;
/// Cards that are looked at.
const CARDS: u64 = 50;
const POINTS: [usize; 8] = [0, 2, 4, 5, 7, 10, 12, 20];

/// A card, and the points of each value of each further field.
struct Wide {
    card: Card,
    points: [[usize; VALUES]; FIELDS.len()],
}

impl Wide {
    fn new(random: &mut Random) -> Self {
        let card = Card::new(random);
        let points = FIELDS.map(|_| [0; VALUES].map(|_| POINTS[random.below(POINTS.len())]));
        Self { card, points }
    }

    /// The same with up to three choices of the card made again, or the points of one value, or both.
    fn changed(&self, random: &mut Random) -> Self {
        let which = random.below(3);
        let mut points = self.points;
        if which != 0 {
            let field = random.below(FIELDS.len());
            points[field][random.below(VALUES)] = POINTS[random.below(POINTS.len())];
        }
        let card = if which == 1 { self.card.clone() } else { self.card.changed(random) };
        Self { card, points }
    }

    fn text(&self) -> String {
        let fields = FIELDS.join("：整数\n  ");
        let fields = format!("  线上：是否\n  {fields}：整数\n");
        let mut text = self.card.text().replacen("  线上：是否\n", &fields, 1);
        for (field, points) in FIELDS.into_iter().zip(&self.points) {
            writeln!(text, "指标 {field}分 属于 场所\n  评分 按 {field}")
                .expect("a string takes it");
            for (value, points) in points.iter().enumerate() {
                let row = if value + 1 == VALUES { "其余".to_owned() } else { value.to_string() };
                writeln!(text, "    {row}：{points}").expect("a string takes it");
            }
        }
        text
    }
}

/// The households of some profiles with all values of the four fields.
fn block(linked: &Linked, profiles: &[Profile], numbers: Range<usize>) -> Register {
    let households = numbers.map(|number| {
        let builder = household(linked, &format!("{number:07}"), profiles[number / EACH]);
        let values = FIELDS.iter().enumerate().map(|(at, field)| {
            let value = number % EACH / VALUES.pow(u32::try_from(at).expect("four")) % VALUES;
            (*field, value.to_string())
        });
        let values: Vec<(&str, String)> = values.collect();
        let values = values.iter().map(|(field, value)| (*field, value.as_str()));
        builder.fields(values).expect("the fields are there").done()
    });
    Register { households: households.collect(), cutoff: None }
}

#[test]
#[ignore = "minutes of an optimised build: tests/exhaustive/run"]
fn of_a_million_households_none_contradicts_what_is_said() {
    let (seed, cards) = (setting("HENG_SEED", crate::SEED), setting("HENG_WIDE", CARDS));
    let profiles = profiles(4);
    let count = profiles.len() * EACH;
    let mut random = Random(seed);
    let mut shares = Shares::default();
    for number in 0..cards {
        let old = Wide::new(&mut random);
        let (old_text, new_text) = (old.text(), old.changed(&mut random).text());
        let (old, new) = (program(&old_text), program(&new_text));
        let mut shown = GRADES.map(|_| BTreeSet::new());
        for start in (0..count).step_by(BLOCK) {
            let register = block(old.linked(), &profiles, start..count.min(start + BLOCK));
            let [before, after] = [&old, &new].map(|it| both_results(it, &register, None));
            for (at, shown) in shown.iter_mut().enumerate() {
                shown.extend(changes(&before[at], &after[at]));
            }
        }
        let grades = GRADES.map(|it| ("甲", it));
        let proofs = compare_all([&old, &new], &grades, as_of(), Budget::default(), &|| ());
        for (at, proof) in proofs.into_iter().enumerate() {
            let proof = proof.expect("the same data");
            is_true(&proof, &shown[at], &|| {
                format!("seed {seed}, card {number}\n{old_text}\n--\n{new_text}\n{proof:#?}")
            });
            shares.count(&proof);
            println!("card {number}, {}: {:?}, {:?}", GRADES[at], proof.verdict, shown[at]);
        }
    }
    println!("seed {seed}: {cards} cards of {count} households, {shares:?}");
    assert!(shares.equal > 0 && shares.impossible > 0, "{shares:?}");
}
