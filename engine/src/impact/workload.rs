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
use crate::outcome::Outcome;
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

    pub(super) fn add(&mut self, before: Fraction, after: Fraction) {
        // A year has too few visits to overflow: every summand is less than 2³² · 365.
        self.before = self.before.checked_add(before).unwrap_or(self.before);
        self.after = self.after.checked_add(after).unwrap_or(self.after);
    }
}

/// The visits of every measure that is reached and says how often.
pub(super) fn workload(comparison: &Comparison<'_>, groups: &[Grouping]) -> Vec<Workload> {
    let mut out = Vec::new();
    for pair in comparison.pairs.all.iter().filter(|it| it.shown && it.reached) {
        let DeclKind::Measure { columns } = &pair.kind else { continue };
        for (at, column) in columns.iter().enumerate() {
            if column.ty.kind != TyKind::Frequency {
                continue;
            }
            let visits: Vec<(Fraction, Fraction)> = comparison
                .outcomes()
                .map(|(old, new)| (visits(old, pair.before, at), visits(new, pair.after, at)))
                .collect();
            let mut all = Load::NONE;
            visits.iter().for_each(|(before, after)| all.add(*before, *after));
            let by = groups.iter().map(|grouping| {
                let mut loads = vec![Load::NONE; grouping.groups.len()];
                for (group, (before, after)) in grouping.of.iter().zip(&visits) {
                    if let Some(it) = loads.get_mut(*group) {
                        it.add(*before, *after);
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

fn visits(outcome: &Outcome, measure: Option<usize>, column: usize) -> Fraction {
    let found = outcome.measures.iter().find(|it| Some(it.0) == measure);
    match found.and_then(|it| it.1.get(column)) {
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
