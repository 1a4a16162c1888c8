//! What lies ahead of a household: the outlook is what every single day gives, and what is advised is
//! what trying everything finds.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot be set up fails")]
#![expect(clippy::disallowed_methods, reason = "the rules are read from disk")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use heng_dsl::check::check;
use heng_dsl::diag::Lang;
use heng_dsl::model::linked::LinkTable;
use heng_dsl::value::{Date, Value};
use heng_dsl::world::MemoryWorld;
use heng_engine::data::{Household, Record, Register};
use heng_engine::eval::evaluate;
use heng_engine::explain::{ExplainOptions, explain};
use heng_engine::outlook::{Moved, outlook};
use heng_engine::population::{self, PopulationValues};
use heng_engine::program::Program;
use heng_engine::recourse::{MOST_TRIED, Recourse, recourse};
use heng_engine::run::{RunOptions, run};
use proptest::prelude::*;

fn program() -> Program {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ahead/ahead.heng");
    let text = std::fs::read_to_string(path).unwrap();
    let world = MemoryWorld::default().with("前瞻/前瞻.heng", &text);
    let checked = check(&world, &["前瞻".to_owned()], &LinkTable::new());
    let problems: Vec<String> = checked.diagnostics.iter().map(|it| it.message(Lang::Zh)).collect();
    assert_eq!(problems, Vec::<String>::new());
    Program::new(checked.linked.unwrap()).unwrap()
}

fn as_of() -> Date {
    date("2025-08-15")
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// A household by its fields, penalties (date, kind, repaired on), reports (year) and inspections.
#[derive(Debug, Clone)]
struct Given {
    founded: Date,
    place: bool,
    manager: Option<bool>,
    licence: Option<Date>,
    penalties: Vec<(Date, u16, Option<Date>)>,
    reports: Vec<i64>,
    inspections: Vec<(Date, bool)>,
}

fn optional(it: Option<Value>) -> Value {
    it.unwrap_or(Value::Missing)
}

impl Given {
    fn household(&self, key: &str) -> Household {
        let mut penalties: Vec<Record> = self
            .penalties
            .iter()
            .enumerate()
            .map(|(number, (found, kind, fixed))| Record {
                values: vec![
                    Value::text(&format!("文{number}")),
                    Value::Date(*found),
                    Value::Member(*kind),
                    optional(fixed.map(Value::Date)),
                ],
            })
            .collect();
        penalties.sort_by(|a, b| a.values[1..3].cmp(&b.values[1..3]));
        let report = |year: &i64| Record {
            values: vec![Value::whole(*year), Value::Date(Date::new(year + 1, 5, 20).unwrap())],
        };
        let mut reports: Vec<Record> = self.reports.iter().map(report).collect();
        reports.sort_by(|a, b| a.values[1].cmp(&b.values[1]));
        let inspection =
            |it: &(Date, bool)| Record { values: vec![Value::Date(it.0), Value::Bool(it.1)] };
        let mut inspections: Vec<Record> = self.inspections.iter().map(inspection).collect();
        inspections.sort_by(|a, b| a.values[0].cmp(&b.values[0]));
        Household {
            key: key.into(),
            fields: vec![
                Value::text(key),
                Value::Date(self.founded),
                if self.place { Value::text("示例路九十九号") } else { Value::Missing },
                optional(self.manager.map(Value::Bool)),
                optional(self.licence.map(Value::Date)),
            ],
            records: vec![penalties, reports, inspections],
            quarantined: Vec::new(),
            history: Vec::new(),
        }
    }
}

fn some_day(range: std::ops::Range<i64>) -> impl Strategy<Value = Date> {
    range.prop_map(|it| as_of().add_days(it).unwrap())
}

fn some_household() -> impl Strategy<Value = Given> {
    let penalty = (some_day(-900..120), 0_u16..3, proptest::option::of(some_day(-300..200)));
    (
        some_day(-2000..1),
        any::<bool>(),
        proptest::option::of(any::<bool>()),
        proptest::option::of(some_day(-100..900)),
        proptest::collection::vec(penalty, 0..5),
        proptest::collection::btree_set(2021_i64..2025, 0..4),
        proptest::collection::vec((some_day(-700..60), any::<bool>()), 0..4),
    )
        .prop_map(|(founded, place, manager, licence, penalties, reports, inspections)| {
            Given {
                founded,
                place,
                manager,
                licence,
                penalties,
                reports: reports.into_iter().collect(),
                inspections,
            }
        })
}

/// The household in question and a neighbour, who makes two at one place.
fn population_of(program: &Program, household: &Household) -> PopulationValues {
    let mut neighbour = household.clone();
    neighbour.key = "002".into();
    let register = Register { households: vec![household.clone(), neighbour], cutoff: None };
    population::values(program, &register, as_of())
}

/// The household without what is dated after the as-of date.
fn known(household: &Household) -> Household {
    let later = |it: &Value| matches!(it, Value::Date(date) if *date > as_of());
    let mut known = household.clone();
    known.records[0].retain(|it| !later(&it.values[1]));
    known.records[1].retain(|it| !later(&it.values[1]));
    known.records[2].retain(|it| !later(&it.values[0]));
    for it in &mut known.records[0] {
        if later(&it.values[3]) {
            it.values[3] = Value::Missing;
        }
    }
    known
}

/// What the grades are worth on a day, by slot.
fn grades(
    program: &Program,
    household: &Household,
    population: &PopulationValues,
    day: Date,
) -> BTreeMap<usize, Value> {
    let (outcome, _) = evaluate(program, household, population, 0, day, false);
    program.grades().map(|it| (it, outcome.values[it].clone())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]
    #[test]
    fn the_outlook_is_what_every_single_day_gives(given in some_household()) {
        let (program, household) = (program(), given.household("001"));
        let population = population_of(&program, &household);
        let known = known(&household);
        let mut expected = Vec::new();
        let mut before = grades(&program, &household, &population, as_of());
        let mut day = as_of();
        while day < as_of().add_months(36).unwrap() {
            day = day.add_days(1).unwrap();
            let now = grades(&program, &known, &population, day);
            for (slot, value) in &now {
                if before[slot] != *value {
                    expected.push((day, *slot, before[slot].clone(), value.clone()));
                }
            }
            before = now;
        }
        let found = outlook(&program, &household, &population, 0, as_of());
        prop_assert_eq!(found.until, date("2028-08-15"));
        let changes = found.changes.iter();
        let changes = changes.map(|it| (it.date, it.slot, it.from.clone(), it.to.clone()));
        prop_assert_eq!(changes.collect::<Vec<_>>(), expected);
        for it in &found.changes {
            prop_assert!(!it.because.is_empty(), "{it:?}");
        }
    }
}

/// What can be done, found without the engine: kind, record or year, day.
fn open(known: &Household) -> Vec<(&'static str, i64, Date)> {
    let mut open = Vec::new();
    for (number, record) in known.records[0].iter().enumerate() {
        let Value::Date(found) = record.values[1] else { unreachable!() };
        if record.values[3] == Value::Missing && record.values[2] != Value::Member(2) {
            let earliest = found.add_months(3).unwrap().max(as_of());
            open.push(("修复", i64::try_from(number).unwrap(), earliest));
        }
    }
    let Value::Date(founded) = known.fields[1] else { unreachable!() };
    for year in as_of().year() - 4..as_of().year() {
        let due = Date::new(year + 1, 6, 30).unwrap() < as_of();
        let there = founded <= Date::new(year, 12, 31).unwrap();
        let reported = known.records[1].iter().any(|it| it.values[0] == Value::whole(year));
        if due && there && !reported {
            open.push(("年报", year, as_of()));
        }
    }
    if known.fields[3] != Value::Bool(true) {
        open.push(("管理员", 0, as_of().add_days(10).unwrap()));
    }
    if matches!(known.fields[4], Value::Date(it) if it < as_of().add_months(3).unwrap()) {
        open.push(("许可", 0, date("2025-09-01")));
    }
    if known.fields[2] != Value::Missing {
        open.push(("搬迁", 0, as_of()));
    }
    open
}

/// The household after some of it was done.
fn after(known: &Household, actions: &[(&'static str, i64, Date)]) -> Household {
    let mut household = known.clone();
    for (kind, number, day) in actions {
        match *kind {
            "修复" => {
                let number = usize::try_from(*number).unwrap();
                household.records[0][number].values[3] = Value::Date(*day);
            }
            "年报" => {
                household.records[1]
                    .push(Record { values: vec![Value::whole(*number), Value::Date(*day)] });
            }
            "管理员" => household.fields[3] = Value::Bool(true),
            "许可" => household.fields[4] = Value::Date(day.add_months(24).unwrap()),
            "搬迁" => household.fields[2] = Value::text("新址"),
            other => unreachable!("{other}"),
        }
    }
    household
}

/// All sets of so many numbers below n.
fn sets(n: usize, size: usize) -> Vec<Vec<usize>> {
    if size == 0 {
        return vec![Vec::new()];
    }
    let shorter = sets(n, size - 1).into_iter();
    shorter
        .flat_map(|set| {
            let next = set.last().map_or(0, |it| it + 1);
            (next..n).map(move |it| [set.clone(), vec![it]].concat())
        })
        .collect()
}

/// Tries everything, and compares with what was found.
fn assert_exhaustive(program: &Program, household: &Household, found: &Recourse) {
    let population = population_of(program, household);
    let known = known(household);
    let open = open(&known);
    let days: Vec<Date> = found.open.iter().map(|it| it.date).collect();
    assert_eq!(days, open.iter().map(|it| it.2).collect::<Vec<_>>());
    let mut memo: BTreeMap<(Vec<usize>, Date), BTreeMap<usize, Value>> = BTreeMap::new();
    let mut worth = |set: &[usize], day: Date, slot: usize| {
        let worth = memo.entry((set.to_vec(), day)).or_insert_with(|| {
            let actions: Vec<_> = set.iter().map(|it| open[*it]).collect();
            grades(program, &after(&known, &actions), &population, day)
        });
        worth[&slot].clone()
    };
    let mut advised = found.advice.iter();
    for slot in program.grades() {
        let Value::Member(now @ 1..) = worth(&[], as_of(), slot) else { continue };
        let mut improving: BTreeSet<Vec<usize>> = BTreeSet::new();
        for size in 1..=3 {
            for set in sets(open.len(), size) {
                let day = set.iter().map(|it| open[*it].2).max().unwrap();
                let with = worth(&set, day, slot);
                let better = |than: &Value| matches!((&with, than), (Value::Member(a), Value::Member(b)) if a < b);
                let parts = (0..size).flat_map(|size| sets(set.len(), size));
                let mut parts =
                    parts.map(|part| part.iter().map(|it| set[*it]).collect::<Vec<_>>());
                if better(&Value::Member(now)) && parts.all(|it| better(&worth(&it, day, slot))) {
                    improving.insert(set);
                }
            }
            if !improving.is_empty() {
                break;
            }
        }
        let advice = advised.next().expect("advice for every grade that is not the best");
        assert_eq!(advice.slot, slot);
        assert_eq!(advice.untried, []);
        let alike: usize = advice.sets.iter().map(|it| it.alike).sum();
        assert_eq!(alike, improving.len(), "{:?} {improving:?}", advice.sets);
        for set in &advice.sets {
            assert!(improving.contains(&set.actions), "{set:?} {improving:?}");
            assert_eq!(set.grade, worth(&set.actions, set.date, slot));
            assert_eq!(set.without, worth(&[], set.date, slot));
            for (other, without, with) in &set.others {
                assert_eq!(*with, worth(&set.actions, set.date, *other));
                assert_eq!(*without, worth(&[], set.date, *other));
            }
        }
    }
    assert_eq!(advised.next(), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn what_is_advised_is_what_trying_everything_finds(given in some_household()) {
        let (program, household) = (program(), given.household("001"));
        let population = population_of(&program, &household);
        let found = recourse(&program, &household, &population, 0, as_of(), MOST_TRIED);
        assert_exhaustive(&program, &household, &found);
    }
}

/// Three penalties, two of them alike, a report that was not filed, no manager, a licence that ends.
fn troubled() -> Given {
    Given {
        founded: date("2019-03-01"),
        place: true,
        manager: None,
        licence: Some(date("2026-02-28")),
        penalties: vec![
            (date("2024-06-10"), 1, None),
            (date("2024-06-10"), 1, None),
            (date("2025-07-01"), 0, Some(date("2025-10-01"))),
        ],
        reports: vec![2021, 2022, 2024],
        inspections: vec![(date("2024-02-01"), false), (date("2025-01-10"), false)],
    }
}

#[test]
fn records_that_the_rules_cannot_tell_apart_are_tried_once() {
    let (program, household) = (program(), troubled().household("001"));
    let population = population_of(&program, &household);
    let found = recourse(&program, &household, &population, 0, as_of(), MOST_TRIED);
    assert_exhaustive(&program, &household, &found);
    let alike: Vec<usize> =
        found.advice.iter().flat_map(|it| &it.sets).map(|it| it.alike).collect();
    assert!(alike.contains(&2), "{alike:?}");
}

#[test]
fn a_bound_that_is_reached_says_what_was_not_tried() {
    let (program, household) = (program(), troubled().household("001"));
    let population = population_of(&program, &household);
    let all = recourse(&program, &household, &population, 0, as_of(), MOST_TRIED);
    let few = recourse(&program, &household, &population, 0, as_of(), 2);
    assert_eq!(few.tried, 2);
    let left: usize = few.advice[0].untried.iter().map(|it| it.sets).sum();
    assert!(left > 0 && all.advice.iter().all(|it| it.untried.is_empty()));
}

#[test]
fn what_was_not_known_as_of_the_date_does_not_enter_the_outlook() {
    let mut given = troubled();
    given.penalties = vec![(date("2025-09-01"), 2, None)];
    given.inspections.clear();
    let (program, household) = (program(), given.household("001"));
    let population = population_of(&program, &household);
    let found = outlook(&program, &household, &population, 0, as_of());
    assert!(found.known.records[0].is_empty());
    let moved = found.changes.iter().flat_map(|it| &it.because);
    let mut indicators = moved.filter_map(|it| match &it.moved {
        Moved::Decl { slot, .. } => Some(program.linked().decl(*slot).name.to_string()),
        _ => None,
    });
    assert!(!indicators.any(|it| it.starts_with("处罚")));
}

fn letter(lang: Lang) -> String {
    let (program, household) = (program(), troubled().household("001"));
    let mut neighbour = household.clone();
    neighbour.key = "002".into();
    let register = Register { households: vec![household, neighbour], cutoff: None };
    let options = RunOptions { as_of: as_of(), threads: Some(1), progress: None, reasons: false };
    let run = run(&program, &register, &options);
    let letter = explain(&program, &register, &run, "001", &ExplainOptions::default()).unwrap();
    assert!(!letter.to_json().unwrap().contains("示例路"), "a sensitive value is masked");
    letter.to_text(lang)
}

/// The sections of a letter from a heading on.
fn sections(letter: &str, from: &str) -> String {
    letter.find(from).and_then(|at| letter.get(at..)).unwrap_or_default().to_owned()
}

#[test]
fn the_letter_tells_the_household_what_comes_and_what_it_can_do() {
    insta::assert_snapshot!(sections(&letter(Lang::Zh), "结果何时自动改变"));
    insta::assert_snapshot!(sections(&letter(Lang::En), "When the results change"));
}
