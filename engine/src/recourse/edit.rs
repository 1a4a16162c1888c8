//! A household after actions, and what of the data they touch.

use std::collections::BTreeSet;

use heng_dsl::model::RecordTable;
use heng_dsl::value::{Date, Value};

use super::{Asked, Open};
use crate::data::{Household, Record};
use crate::graph::Thing;

/// The household after some actions, each done on its own day.
pub(super) fn after(asked: &Asked<'_>, actions: &[&Open]) -> Household {
    let mut household = asked.known.clone();
    for it in actions {
        for (slot, value) in &it.edits.fields {
            if let Some(place) = household.fields.get_mut(*slot) {
                *place = value.clone();
            }
        }
        for ((table, number, column), value) in &it.edits.columns {
            let records = household.records.get_mut(*table);
            let record = records.and_then(|it| it.get_mut(*number));
            if let Some(place) = record.and_then(|it| it.values.get_mut(*column)) {
                *place = value.clone();
            }
        }
    }
    // Records are added last, because they move the numbers of those behind them.
    for it in actions {
        if let Some((table, values)) = &it.edits.added {
            add(asked, &mut household, *table, values, it.date);
        }
    }
    household
}

/// Adds a record in the place that the order of its table gives it.
fn add(
    asked: &Asked<'_>,
    household: &mut Household,
    at: usize,
    values: &[(usize, Value)],
    date: Date,
) {
    let table = asked.program.linked().table(at);
    let mut record = Record { values: vec![Value::Missing; table.fields.len()] };
    let event = asked.today.event_column(at).map(|it| (it, Value::Date(date)));
    for (column, value) in values.iter().cloned().chain(event) {
        if let Some(place) = record.values.get_mut(column) {
            *place = value;
        }
    }
    let Some(records) = household.records.get_mut(at) else { return };
    let key = key(table, &record);
    let place = records.partition_point(|it| self::key(table, it) <= key);
    records.insert(place, record);
}

/// What the records of a table are ordered by.
pub(super) fn key(table: &RecordTable, record: &Record) -> Vec<Option<Value>> {
    let columns =
        table.order.iter().filter_map(|id| table.fields.iter().position(|it| it.id == *id));
    columns.map(|it| record.values.get(it).cloned()).collect()
}

/// What an action touches.
pub(super) fn touched(asked: &Asked<'_>, open: &Open) -> BTreeSet<Thing> {
    let mut things = BTreeSet::new();
    for (slot, _) in &open.edits.fields {
        things.insert(Thing::Field(*slot));
        things.extend(asked.today.gated_by_field(*slot).into_iter().map(Thing::Field));
    }
    for ((table, _, column), _) in &open.edits.columns {
        things.insert(Thing::Column(*table, *column));
        let gated = asked.today.gated_by(*table, *column).into_iter();
        things.extend(gated.map(|it| Thing::Column(*table, it)));
    }
    if let Some((table, _)) = &open.edits.added {
        things.insert(Thing::Table(*table));
        let columns = 0..asked.program.linked().table(*table).fields.len();
        things.extend(columns.map(|it| Thing::Column(*table, it)));
    }
    things
}
