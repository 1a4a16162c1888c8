//! Cliffs: how many households one more record of a kind would move by two grades or more towards high risk,
//! before the change and after it.
//!
//! The record is one that happens: of the table's records in the register those are taken that agree in what is
//! not a number, a date or a text and that are most frequent, and of these the latest one. It is dated on the
//! as-of date, its other dates as much later. It is given to every household, which is then evaluated; values
//! of the register (percentiles and the like) stay as they are.

use std::collections::{BTreeMap, BTreeSet};

use heng_dsl::model::{Id, TyKind};
use heng_dsl::value::{Date, Value};
use rayon::prelude::*;
use serde::Serialize;

use super::{Cell, Comparison, is_grade, worth};
use crate::data::{Household, Record, sort};
use crate::effect::{Pair, Side};
use crate::eval::Evaluator;
use crate::explain::{Named, Said, Shown};
use crate::graph::{Thing, Way};
use crate::reach::{self, Key, Name, Web, touched};

/// Tables that are tried of themselves.
const MOST_TABLES: usize = 4;

/// One more record of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cliff {
    /// The table.
    pub table: Id,
    /// What is in the record: column and value, without dates and empty ones.
    pub record: Vec<(Id, Said)>,
    /// The grade.
    pub grade: Named,
    /// Households that it would move by two grades or more under the earlier rules.
    pub before: Cell,
    /// The same under the later rules.
    pub after: Cell,
    /// One that only the later rules would move so far; masked where that is sensitive.
    pub example: Option<String>,
}

/// The cliffs of the tables that were asked for, else of those that changed rules read.
pub(super) fn cliffs(comparison: &Comparison<'_>, grades: &[&Pair]) -> Vec<Cliff> {
    let tables = match &comparison.options.cliffs {
        Some(names) => asked(comparison, names),
        None => of_change(comparison),
    };
    tables.iter().flat_map(|table| of_table(comparison, grades, table)).collect()
}

fn asked(comparison: &Comparison<'_>, names: &[String]) -> Vec<Key> {
    let linked = comparison.after.program.linked();
    let known = linked
        .tables()
        .enumerate()
        .filter(|it| names.iter().any(|name| *it.1.name == **name || *it.1.id == **name));
    let all = reach::names(linked);
    let key = |slot: usize| match all.get(&Thing::Table(slot)) {
        Some(Name::Table(key)) => Some(key.clone()),
        _ => None,
    };
    known.filter_map(|it| key(it.0)).collect()
}

/// The tables that what was changed reads by itself, or by way of sets and values of records.
fn of_change(comparison: &Comparison<'_>) -> Vec<Key> {
    let (before, after) = (comparison.before.program, comparison.after.program);
    let Some(touched) = touched(before.linked(), after.linked()) else { return Vec::new() };
    let mut web = Web::of(before);
    web.join(&Web::of(after));
    let linked = after.linked();
    let records: BTreeSet<Key> = (0..linked.decls().len())
        .filter(|it| {
            use heng_dsl::model::DeclKind::{RecordSet, RecordValue};
            matches!(linked.decl(*it).kind, RecordSet | RecordValue { .. })
        })
        .map(|it| reach::key(linked, it))
        .collect();
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut waiting: Vec<Name> = touched.into_iter().collect();
    while let Some(at) = waiting.pop() {
        if !seen.insert(at.clone()) {
            continue;
        }
        for read in web.reads(&at) {
            match read {
                Name::Table(key) => {
                    found.insert(key.clone());
                }
                Name::Column(..) => waiting.push(read.clone()),
                Name::Decl(key) if records.contains(key) => waiting.push(read.clone()),
                Name::Decl(_)
                | Name::Field(_)
                | Name::Codes(_)
                | Name::Decide(_)
                | Name::Check(_)
                | Name::Scope(_) => {}
            }
        }
    }
    found.into_iter().take(MOST_TABLES).collect()
}

fn of_table(comparison: &Comparison<'_>, grades: &[&Pair], table: &Key) -> Vec<Cliff> {
    let slot = |side: Side<'_>| {
        let names = reach::names(side.program.linked());
        names.into_iter().find_map(|(thing, name)| match (thing, name) {
            (Thing::Table(slot), Name::Table(key)) if key == *table => Some(slot),
            _ => None,
        })
    };
    let (before, after) = (comparison.before, comparison.after);
    let (Some(old), Some(new)) = (slot(before), slot(after)) else { return Vec::new() };
    let (Some(old_record), Some(new_record)) = (typical(before, old), typical(after, new)) else {
        return Vec::new();
    };
    let grades: Vec<&&Pair> = grades.iter().filter(|it| is_grade(&it.kind)).collect();
    let of = |slot: fn(&Pair) -> Option<usize>| -> Vec<Option<usize>> {
        grades.iter().map(|it| slot(it)).collect()
    };
    let falls_before = falls(before, old, &old_record, &of(|it| it.before));
    let falls_after = falls(after, new, &new_record, &of(|it| it.after));
    let linked = after.program.linked();
    let record = described(comparison, new, &new_record);
    let cliff = |(at, pair): (usize, &&&Pair)| {
        let fallen =
            |all: &Vec<Vec<bool>>| all.iter().filter(|it| it.get(at) == Some(&true)).count();
        let first = falls_after
            .iter()
            .zip(&falls_before)
            .position(|(new, old)| new.get(at) == Some(&true) && old.get(at) != Some(&true));
        let (before, after) = (fallen(&falls_before), fallen(&falls_after));
        Cliff {
            table: linked.table(new).name.clone(),
            record: record.clone(),
            grade: pair.name.clone(),
            before: Cell::Count(before),
            after: Cell::Count(after),
            example: first.map(|it| comparison.shown_key(it)),
        }
    };
    grades.iter().enumerate().map(cliff).collect()
}

/// For every household and grade: does the record move it by two grades or more?
fn falls(
    side: Side<'_>,
    table: usize,
    record: &Record,
    grades: &[Option<usize>],
) -> Vec<Vec<bool>> {
    let (program, run) = (side.program, side.run);
    let graph = program.graph();
    let linked = program.linked();
    let mut things = vec![Thing::Table(table)];
    things.extend((0..linked.table(table).fields.len()).map(|it| Thing::Column(table, it)));
    let mut moved = BTreeSet::new();
    for thing in things {
        let Some(number) = graph.number(thing) else { continue };
        let view = graph.around(number, Way::Downstream);
        moved.extend(view.nodes().filter_map(|it| match graph.node(it).map(|it| it.thing) {
            Some(Thing::Decl(slot)) => Some(slot),
            _ => None,
        }));
    }
    let wanted = grades.iter().flatten().map(|it| Thing::Decl(*it)).collect();
    let needed = program.needed(&wanted);
    let again: Vec<usize> = needed.iter().copied().filter(|it| moved.contains(it)).collect();
    let kept: Vec<usize> = needed.into_iter().filter(|it| !moved.contains(it)).collect();
    let evaluator = Evaluator::new(program, run.as_of);
    let households = &side.register.households;
    let one = |outcome: &crate::outcome::Outcome| {
        let Ok(number) = households.binary_search_by(|it| it.key.cmp(&outcome.key)) else {
            return Vec::new();
        };
        let Some(household) = households.get(number) else { return Vec::new() };
        let household = with(household, linked.table(table), table, record);
        let known = kept.iter().filter_map(|it| Some((*it, outcome.values.get(*it)?.clone())));
        let found = evaluator.evaluate_from(known, &again, (&household, number), &run.population);
        let fell = |slot: &Option<usize>| match (worth(outcome, *slot), worth(&found, *slot)) {
            (Value::Member(old), Value::Member(new)) => *new >= *old + 2,
            _ => false,
        };
        grades.iter().map(fell).collect()
    };
    run.outcomes.par_iter().map(one).collect()
}

/// A household with one more record.
fn with(
    household: &Household,
    table: &heng_dsl::model::RecordTable,
    slot: usize,
    record: &Record,
) -> Household {
    let mut household = household.clone();
    if let Some(records) = household.records.get_mut(slot) {
        records.push(record.clone());
        sort(table, records);
    }
    household
}

/// A record of the most frequent kind, dated on the as-of date; absent for a table without records.
fn typical(side: Side<'_>, table: usize) -> Option<Record> {
    let linked = side.program.linked();
    let fields = &linked.table(table).fields;
    let kind = |record: &Record| -> Vec<Value> {
        let columns = fields.iter().zip(&record.values);
        let telling = columns.filter(|(field, _)| {
            matches!(field.ty.kind, TyKind::Bool | TyKind::Member(_) | TyKind::Code(_))
        });
        telling.map(|it| it.1.clone()).collect()
    };
    let all = || {
        let households = &side.register.households;
        households.iter().filter_map(|it| it.records.get(table)).flatten()
    };
    let mut kinds: BTreeMap<Vec<Value>, usize> = BTreeMap::new();
    all().for_each(|it| *kinds.entry(kind(it)).or_default() += 1);
    // Of equally frequent kinds the first by value.
    let (wanted, _) = kinds.into_iter().min_by_key(|it| std::cmp::Reverse(it.1))?;
    let evaluator = Evaluator::new(side.program, side.run.as_of);
    let event = evaluator.event_column(table)?;
    let dated = all().filter(|it| kind(it) == wanted).filter_map(|it| match it.values.get(event) {
        Some(Value::Date(date)) if *date <= side.run.as_of => Some((*date, &it.values)),
        _ => None,
    });
    // The latest; of several on that day the least by value.
    let (date, values) = dated.max_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.cmp(a.1)))?;
    let later = date.days_until(side.run.as_of);
    let moved = |value: &Value| match value {
        Value::Date(it) => shifted(*it, later).map_or(Value::Missing, Value::Date),
        other => other.clone(),
    };
    Some(Record { values: values.iter().map(moved).collect() })
}

fn shifted(date: Date, days: i64) -> Option<Date> {
    date.add_days(days)
}

fn described(comparison: &Comparison<'_>, table: usize, record: &Record) -> Vec<(Id, Said)> {
    let linked = comparison.after.program.linked();
    let fields = &linked.table(table).fields;
    let told = fields.iter().zip(&record.values).filter(|(field, value)| {
        let kind = matches!(field.ty.kind, TyKind::Date | TyKind::Text);
        value.is_present() && !kind && !field.sensitive && field.derived.is_none()
    });
    told.map(|(field, value)| (field.name.clone(), Shown::new(linked, value, &field.ty).text))
        .collect()
}
