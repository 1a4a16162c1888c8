//! The register of a case.

use std::sync::Arc;

use heng_dsl::model::linked::Linked;
use heng_dsl::model::{Case, GivenHousehold, GivenRecord, GivenResult, RecordTable};
use heng_dsl::value::Value;

use crate::data::{EarlierResult, Household, Record, Register, sort};

/// The households of a case by key, and the key of the one in question.
///
/// A household whose key is not given takes one that says which it is: 本户, 另有 1-1, 另有 1-2 …
pub(super) fn register(linked: &Linked, case: &Case) -> (Register, Arc<str>) {
    let mut households = vec![household(linked, &case.household, "本户")];
    let key = households[0].key.clone();
    for (group, (count, given)) in case.others.iter().enumerate() {
        for number in 1..=*count {
            let name = format!("另有{}-{number}", group + 1);
            let mut other = household(linked, given, &name);
            if households.iter().any(|it| it.key == other.key) {
                rename(linked, &mut other, &name);
            }
            households.push(other);
        }
    }
    households.sort_by(|a, b| a.key.cmp(&b.key));
    (Register { households, cutoff: None }, key)
}

fn household(linked: &Linked, given: &GivenHousehold, name: &str) -> Household {
    let mut fields = vec![Value::Missing; linked.fields().len()];
    for (field, value) in &given.fields {
        if let Some(place) = fields.get_mut(field.slot.index()) {
            *place = value.clone();
        }
    }
    let mut records = vec![Vec::new(); linked.tables().len()];
    for it in &given.records {
        if let Some(list) = records.get_mut(it.table.slot.index()) {
            list.push(record(linked.table(it.table.slot.index()), it));
        }
    }
    for (table, list) in linked.tables().zip(&mut records) {
        sort(table, list);
    }
    let mut history: Vec<EarlierResult> = given.history.iter().map(earlier).collect();
    history.sort_by_key(|it| it.as_of);
    let mut household = Household { fields, records, history, ..Household::default() };
    let own = linked.subject().and_then(|it| household.fields.get(it.key));
    match own {
        Some(Value::Text(key)) => household.key = key.clone(),
        _ => rename(linked, &mut household, name),
    }
    household
}

fn rename(linked: &Linked, household: &mut Household, name: &str) {
    household.key = Arc::from(name);
    if let Some(place) = linked.subject().and_then(|it| household.fields.get_mut(it.key)) {
        *place = Value::text(name);
    }
}

fn earlier(given: &GivenResult) -> EarlierResult {
    let values = given.values.iter().map(|(decl, value)| (decl.slot.index(), value.clone()));
    EarlierResult { as_of: Some(given.as_of), values: values.collect() }
}

fn record(table: &RecordTable, given: &GivenRecord) -> Record {
    let mut values = vec![Value::Missing; table.fields.len()];
    for (column, value) in &given.fields {
        if let Some(place) = values.get_mut(column.slot.index()) {
            *place = value.clone();
        }
    }
    Record { values }
}
