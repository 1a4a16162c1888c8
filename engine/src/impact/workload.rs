//! How many visits a year the measures come to, before and after, for all and for each group.
//!
//! A measure says how often (`每年 2 次`, `每 3 年 1 次以上`); the least number of times counts. A year has 365
//! days, 52 weeks, 12 months, 4 quarters, 2 halves. A household without the measure adds nothing.

use heng_dsl::model::{DeclKind, Id, TyKind};
use heng_dsl::value::{Frequency, FrequencyUnit, Value};
use serde::Serialize;

use super::Comparison;
use super::groups::Grouping;
use crate::explain::{Named, Said};
use crate::stats::Fraction;

/// Groups of households in their order: the value, its code if it has one, and the visits.
pub type Groups = Vec<(Said, Option<String>, Load)>;

/// The visits of one measure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Workload {
    /// The measure.
    pub measure: Named,
    /// Its column with the frequency.
    pub column: Id,
    /// Visits a year of all households.
    pub all: Load,
    /// The same for each group: the field, and the groups in their order.
    pub by: Vec<(String, Groups)>,
}

/// Visits a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Load {
    /// Before.
    pub before: Fraction,
    /// After.
    pub after: Fraction,
}

impl Load {
    const NONE: Self = Self { before: Fraction::ZERO, after: Fraction::ZERO };

    /// How many more.
    pub fn more(self) -> Option<Fraction> {
        self.after.checked_sub(self.before)
    }

    /// Adds the visits of so many households.
    pub(super) fn add(&mut self, before: Fraction, after: Fraction, count: usize) {
        // A year has too few visits to overflow: those of a household are less than 2³² · 365.
        let more = |own: Fraction, it: Fraction| {
            it.checked_times(count).and_then(|it| own.checked_add(it)).unwrap_or(own)
        };
        (self.before, self.after) = (more(self.before, before), more(self.after, after));
    }
}

/// The visits of every measure that is reached and says how often.
pub(super) fn workload(comparison: &Comparison<'_>, groups: &[Grouping]) -> Vec<Workload> {
    let mut out = Vec::new();
    for pair in comparison.both.pairs.all.iter().filter(|it| it.shown && it.reached) {
        let DeclKind::Measure { columns } = &pair.kind else { continue };
        for (at, column) in columns.iter().enumerate() {
            if column.ty.kind != TyKind::Frequency {
                continue;
            }
            let crossed = comparison.both.crossed_measure(pair);
            let visits = |it: &Option<Vec<Value>>| visits(it.as_deref(), at);
            let mut all = Load::NONE;
            for (old, new, count) in crossed.counts() {
                all.add(visits(old), visits(new), count);
            }
            let by = groups.iter().map(|grouping| {
                let mut loads = vec![Load::NONE; grouping.groups.len()];
                for (group, old, new, count) in crossed.counts_by(&grouping.of, loads.len()) {
                    if let Some(it) = loads.get_mut(group) {
                        it.add(visits(old), visits(new), count);
                    }
                }
                let named = grouping.groups.iter().zip(loads);
                let named = named.map(|((key, label), load)| (key.clone(), label.clone(), load));
                (grouping.field.clone(), named.collect())
            });
            let (measure, column) = (pair.name.clone(), column.name.clone());
            out.push(Workload { measure, column, all, by: by.collect() });
        }
    }
    out
}

/// The visits of a household from the columns of the measure, if it applies.
fn visits(measure: Option<&[Value]>, column: usize) -> Fraction {
    match measure.and_then(|it| it.get(column)) {
        Some(Value::Frequency(it)) => a_year(it),
        _ => Fraction::ZERO,
    }
}

fn a_year(it: &Frequency) -> Fraction {
    let periods = match it.unit {
        FrequencyUnit::Day => 365,
        FrequencyUnit::Week => 52,
        FrequencyUnit::Month => 12,
        FrequencyUnit::Quarter => 4,
        FrequencyUnit::HalfYear => 2,
        FrequencyUnit::Year => 1,
    };
    let visits = i128::from(it.least) * periods;
    Fraction::new(visits, i128::from(it.every)).unwrap_or(Fraction::ZERO)
}
