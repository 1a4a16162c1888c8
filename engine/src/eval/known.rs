//! The household as far as it is known on the as-of date, so that a look ahead knows no more than
//! the evaluation on that date did.

use heng_dsl::value::{Date, Value};

use super::Evaluator;
use crate::data::{Household, Record};

impl Evaluator<'_> {
    /// The household without what lies after the as-of date: records dated later, later happenings
    /// (后续) and what comes with them, later results. Planned dates, which are ordinary fields, stay.
    ///
    /// Its evaluation on the as-of date is that of the household itself (`language.md` §3.1); on
    /// later dates it is that of a household to which nothing new happens.
    pub(crate) fn known(&self, household: &Household) -> Household {
        let mut known = household.clone();
        hide(&mut known.fields, &self.shapes.gates, self.as_of);
        for (shape, records) in self.shapes.tables.iter().zip(&mut known.records) {
            let happened = |it: &Record| match shape.event.and_then(|at| it.values.get(at)) {
                Some(Value::Date(date)) => *date <= self.as_of,
                _ => true,
            };
            records.retain(happened);
            for record in records {
                hide(&mut record.values, &shape.gates, self.as_of);
            }
        }
        known.history.retain(|it| it.as_of.is_none_or(|it| it < self.as_of));
        known
    }

    /// The column with the event date of a table.
    pub(crate) fn event_column(&self, table: usize) -> Option<usize> {
        self.shapes.tables.get(table)?.event
    }

    /// The fields of the household that are seen only once the happening with that date has happened.
    pub(crate) fn gated_by_field(&self, date: usize) -> Vec<usize> {
        let gates = &self.shapes.gates;
        (0..gates.len()).filter(|it| gates.get(*it) == Some(&Some(date))).collect()
    }

    /// The columns of a table that are seen only once the happening with that date has happened, that
    /// of the date among them.
    pub(crate) fn gated_by(&self, table: usize, date: usize) -> Vec<usize> {
        let gates = self.shapes.tables.get(table).map_or(&[][..], |it| &it.gates);
        (0..gates.len()).filter(|it| gates.get(*it) == Some(&Some(date))).collect()
    }
}

/// Empties what belongs to a happening after the date. The dates of happenings are asked before any
/// is emptied.
fn hide(values: &mut [Value], gates: &[Option<usize>], as_of: Date) {
    let is_later = |gate: &Option<usize>| match gate.and_then(|it| values.get(it)) {
        Some(Value::Date(date)) => *date > as_of,
        _ => false,
    };
    let later: Vec<usize> =
        (0..gates.len()).filter(|it| gates.get(*it).is_some_and(is_later)).collect();
    for at in later {
        if let Some(value) = values.get_mut(at) {
            *value = Value::Missing;
        }
    }
}
