//! One more record, household by household.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use heng_dsl::model::RecordTable;
use heng_dsl::value::{Date, Value};
use rayon::prelude::*;

use super::{Falls, OneMore, moved, tells_apart, tells_the_kind};
use crate::data::{Household, Record, sort};
use crate::effect::{Both, NOTHING, Side};
use crate::eval::Evaluator;

/// For every household: which of some grades does the record move by two or more?
pub(super) fn falls(
    both: &Both<'_>,
    side: &Side<'_>,
    one: &OneMore<'_>,
    grades: &[Option<usize>],
) -> Vec<Falls> {
    let [again, kept] = moved(side.program, one.table, grades);
    let table = side.program.linked().table(one.table);
    let evaluator = Evaluator::new(side.program, both.as_of);
    let fallen = |row: &u32| {
        let number = *row as usize;
        let mut falls = Falls::default();
        let Some(household) = side.register.households.get(number) else { return falls };
        let outcomes = &side.run.outcomes;
        let found = outcomes.binary_search_by(|it| it.key.cmp(&household.key)).ok();
        let Some(outcome) = found.and_then(|it| outcomes.get(it)) else { return falls };
        let household = with(household, table, one);
        let known = kept.iter().filter_map(|it| Some((*it, outcome.values.get(*it)?.clone())));
        let (household, population) = ((&household, number), &side.run.population);
        let found = evaluator.evaluate_from(known, &again, household, population);
        for (grade, slot) in grades.iter().enumerate() {
            let of =
                |values: &[Value]| slot.and_then(|it| values.get(it)).unwrap_or(&NOTHING).clone();
            falls.note(grade, &of(&outcome.values), &of(&found.values));
        }
        falls
    };
    both.rows[one.side].par_iter().map(fallen).collect()
}

/// A household with one more record.
fn with(household: &Household, table: &RecordTable, one: &OneMore<'_>) -> Household {
    let mut household = household.clone();
    if let Some(records) = household.records.get_mut(one.table) {
        records.push(one.record.clone());
        sort(table, records);
    }
    household
}

/// The latest record of the most frequent kind, and its date.
pub(super) fn typical(
    side: &Side<'_>,
    (table, event): (usize, usize),
    as_of: Date,
) -> Option<(Date, Vec<Value>)> {
    let fields = &side.program.linked().table(table).fields;
    let kind = |record: &Record| -> Vec<Value> {
        let columns = fields.iter().zip(&record.values);
        columns.filter(|it| tells_the_kind(it.0)).map(|it| it.1.clone()).collect()
    };
    let all = || {
        let households = &side.register.households;
        households.iter().filter_map(|it| it.records.get(table)).flatten()
    };
    let mut kinds: BTreeMap<Vec<Value>, usize> = BTreeMap::new();
    all().for_each(|it| *kinds.entry(kind(it)).or_default() += 1);
    // Of equally frequent kinds the first by value.
    let (wanted, _) = kinds.into_iter().min_by_key(|it| Reverse(it.1))?;
    let dated = all().filter(|it| kind(it) == wanted).filter_map(|it| match it.values.get(event) {
        Some(Value::Date(date)) if *date <= as_of => Some((*date, &it.values)),
        _ => None,
    });
    // The latest; of several on that day the least by value.
    let told = |values: &[Value]| -> Vec<Value> {
        let columns = fields.iter().zip(values).filter(|it| tells_apart(it.0));
        columns.map(|it| it.1.clone()).collect()
    };
    let (date, values) = dated.min_by_key(|it| (Reverse(it.0), told(it.1)))?;
    Some((date, values.clone()))
}
