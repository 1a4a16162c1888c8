//! What a number is of several leaves that are worked out by themselves: a sum of parts, each made of one leaf,
//! and what is done to the sum. Its values are then sums of what each leaf can give, and need not be told
//! combination by combination.

use std::collections::BTreeMap;

use heng_dsl::value::{Decimal, Rounding};

use super::number::LeafId;

/// What is done to a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Plus(Decimal),
    Times(Decimal),
    Divide(Decimal, u8),
    Round(u8, Rounding),
    AtLeast(Decimal),
}

/// A sum of parts, and what is done to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape {
    parts: BTreeMap<LeafId, Vec<Step>>,
    plus: Decimal,
    /// Nothing where there is only one part.
    then: Vec<Step>,
}

impl Shape {
    pub(super) fn of(leaf: LeafId) -> Self {
        let parts = BTreeMap::from([(leaf, Vec::new())]);
        Self { parts, plus: Decimal::ZERO, then: Vec::new() }
    }

    /// The same number, whatever the leaves are.
    pub(super) fn constant(plus: Decimal) -> Self {
        Self { parts: BTreeMap::new(), plus, then: Vec::new() }
    }

    pub(super) fn leaves(&self) -> impl Iterator<Item = LeafId> + '_ {
        self.parts.keys().copied()
    }

    /// What is done to a leaf before it is added; nothing where it is no part.
    pub(super) fn part(&self, leaf: LeafId) -> Option<&[Step]> {
        self.parts.get(&leaf).map(Vec::as_slice)
    }

    /// What is added to the parts, and what is done to the sum.
    pub(super) fn rest(&self) -> (Decimal, &[Step]) {
        (self.plus, &self.then)
    }

    /// The sum of two; nothing where it has no such shape.
    pub(super) fn plus(&self, other: &Self) -> Option<Self> {
        let shared = other.parts.keys().any(|it| self.parts.contains_key(it));
        if shared || !self.then.is_empty() || !other.then.is_empty() {
            return None;
        }
        let mut parts = self.parts.clone();
        parts.extend(other.parts.iter().map(|it| (*it.0, it.1.clone())));
        Some(Self { parts, plus: self.plus.checked_add(other.plus)?, then: Vec::new() })
    }

    /// With one thing more done to it.
    pub(super) fn step(&self, step: Step) -> Option<Self> {
        let mut out = self.clone();
        if let Some(mut only) = out.parts.first_entry()
            && self.parts.len() == 1
        {
            if !self.plus.is_zero() {
                only.get_mut().push(Step::Plus(self.plus));
                out.plus = Decimal::ZERO;
            }
            only.get_mut().push(step);
            return Some(out);
        }
        match step {
            Step::Plus(it) if self.then.is_empty() => out.plus = self.plus.checked_add(it)?,
            Step::Times(_) if self.then.is_empty() => {
                out.parts.values_mut().for_each(|it| it.push(step));
                out.plus = step.done(self.plus)?;
            }
            _ => out.then.push(step),
        }
        Some(out)
    }
}

impl Step {
    fn done(self, it: Decimal) -> Option<Decimal> {
        match self {
            Self::Plus(other) => it.checked_add(other),
            Self::Times(by) => it.checked_mul(by, it.places().saturating_add(by.places())),
            Self::Divide(by, places) => it.checked_div(by, places),
            Self::Round(places, _) if it.places() <= places => Some(it),
            Self::Round(places, rounding) => it.round(places, rounding),
            Self::AtLeast(other) => Some(it.max(other)),
        }
    }

    /// A number after all steps; nothing where it leaves the digits that there are.
    pub(super) fn all(steps: &[Self], it: Decimal) -> Option<Decimal> {
        steps.iter().try_fold(it, |it, step| step.done(it))
    }
}
