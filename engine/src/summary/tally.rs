//! What was counted of a stretch of the register, and how stretches come together.

use std::collections::{BTreeMap, BTreeSet};

use heng_dsl::value::{Decimal, Fault, Value};

use super::Spread;
use crate::part::Numbers;

/// What was counted.
#[derive(Debug, Default)]
pub struct Tally {
    pub(super) in_population: usize,
    pub(super) grades: Vec<GradeTally>,
    pub(super) scores: Vec<ScoreTally>,
    pub(super) holdings: [Vec<HoldingTally>; 3],
    pub(super) measures: Vec<BTreeMap<Vec<Value>, usize>>,
    pub(super) errors: BTreeMap<&'static str, (Fault, usize, BTreeSet<usize>)>,
    pub(super) missing: BTreeMap<usize, usize>,
}

#[derive(Debug, Default)]
pub(super) struct GradeTally {
    pub(super) all: Spread,
    pub(super) by: Vec<BTreeMap<Value, Spread>>,
}

#[derive(Debug, Default)]
pub(super) struct ScoreTally {
    pub(super) count: usize,
    pub(super) least: Option<Decimal>,
    pub(super) greatest: Option<Decimal>,
    /// Of all parts; nothing where it is too long.
    pub(super) sum: Sum,
}

/// A sum that may have become too long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sum(pub(super) Option<Decimal>);

impl Default for Sum {
    fn default() -> Self {
        Self(Some(Decimal::ZERO))
    }
}

#[derive(Debug, Default)]
pub(super) struct HoldingTally {
    pub(super) count: usize,
    pub(super) labels: BTreeMap<Value, usize>,
}

impl Tally {
    /// Adds what was counted elsewhere, of households that come later.
    pub fn add(&mut self, other: Self) {
        self.in_population += other.in_population;
        for (own, other) in self.grades.iter_mut().zip(other.grades) {
            together(&mut own.all, &other.all);
            for (own, other) in own.by.iter_mut().zip(other.by) {
                for (key, spread) in other {
                    together(own.entry(key).or_default(), &spread);
                }
            }
        }
        for (own, other) in self.scores.iter_mut().zip(other.scores) {
            own.count += other.count;
            own.least = own.least.into_iter().chain(other.least).min();
            own.greatest = own.greatest.into_iter().chain(other.greatest).max();
            let sums = own.sum.0.zip(other.sum.0);
            own.sum = Sum(sums.and_then(|it| it.0.checked_add(it.1)));
        }
        let holdings = self.holdings.iter_mut().flatten().zip(other.holdings.into_iter().flatten());
        for (own, other) in holdings {
            own.count += other.count;
            other.labels.into_iter().for_each(|it| *own.labels.entry(it.0).or_default() += it.1);
        }
        for (own, other) in self.measures.iter_mut().zip(other.measures) {
            other.into_iter().for_each(|it| *own.entry(it.0).or_default() += it.1);
        }
        for (code, (fault, count, slots)) in other.errors {
            let own = self.errors.entry(code).or_insert((fault, 0, BTreeSet::new()));
            own.1 += count;
            own.2.extend(slots);
        }
        other.missing.into_iter().for_each(|it| *self.missing.entry(it.0).or_default() += it.1);
    }
}

fn together(own: &mut Spread, other: &Spread) {
    own.members.resize(own.members.len().max(other.members.len()), 0);
    own.members.iter_mut().zip(&other.members).for_each(|it| *it.0 += it.1);
    own.missing += other.missing;
    own.not_applicable += other.not_applicable;
    own.errors += other.errors;
}

impl ScoreTally {
    /// Adds the numbers of some households.
    pub(super) fn add(&mut self, of: &Numbers) {
        self.count += of.count;
        self.least = self.least.into_iter().chain(of.bounds.map(|it| it.0)).min();
        self.greatest = self.greatest.into_iter().chain(of.bounds.map(|it| it.1)).max();
        self.sum = Sum(self.sum.0.zip(of.sum).and_then(|it| it.0.checked_add(it.1)));
    }

    /// Adds a number that so many households have.
    pub(super) fn take(&mut self, number: Decimal, count: usize) {
        self.count += count;
        self.least = self.least.into_iter().chain([number]).min();
        self.greatest = self.greatest.into_iter().chain([number]).max();
        let times = i64::try_from(count).ok().map(Decimal::from);
        let all = times.and_then(|it| number.checked_mul(it, number.places()));
        self.sum = Sum(self.sum.0.zip(all).and_then(|it| it.0.checked_add(it.1)));
    }
}
