//! Numbers that are known only in part: between two bounds, and as a sum of leaves where they are one.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use heng_dsl::model::CompareOp;
use heng_dsl::value::{Decimal, Rounding};

use super::shape::{Shape, Step};

/// The number of a leaf.
pub(super) type LeafId = usize;

/// A number between two bounds, which belong to it; an absent bound is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Num {
    pub(super) low: Option<Decimal>,
    pub(super) high: Option<Decimal>,
    /// It has no more decimal places than this.
    pub(super) places: u8,
    /// It is exactly this sum.
    pub(super) form: Option<Form>,
    /// It is exactly this, where it is made of leaves that are worked out by themselves and not known.
    pub(super) shape: Option<Rc<Shape>>,
    /// The leaves it depends on, as far as they are not points.
    pub(super) from: BTreeSet<LeafId>,
}

/// A sum of leaves times factors, and a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) terms: BTreeMap<LeafId, Decimal>,
    pub(super) plus: Decimal,
}

impl Num {
    pub(super) fn point(value: Decimal) -> Self {
        Self {
            low: Some(value),
            high: Some(value),
            places: value.places(),
            form: Some(Form { terms: BTreeMap::new(), plus: value }),
            shape: None,
            from: BTreeSet::new(),
        }
    }

    /// A leaf that lies between bounds.
    pub(super) fn leaf(
        leaf: LeafId,
        low: Option<Decimal>,
        high: Option<Decimal>,
        places: u8,
    ) -> Self {
        if let (Some(a), Some(b)) = (low, high)
            && a == b
        {
            return Self { places, ..Self::point(a) };
        }
        let terms = BTreeMap::from([(leaf, Decimal::from(1))]);
        let form = Some(Form { terms, plus: Decimal::ZERO });
        Self { low, high, places, form, shape: None, from: BTreeSet::from([leaf]) }
    }

    /// The same number, of a leaf that is worked out by itself.
    pub(super) fn apart(self, leaf: LeafId) -> Self {
        let shape = self.known().is_none().then(|| Rc::new(Shape::of(leaf)));
        Self { shape, ..self }
    }

    /// The shape with one thing more done to it.
    pub(super) fn shape_after(&self, step: Step) -> Option<Rc<Shape>> {
        self.shape.as_ref()?.step(step).map(Rc::new)
    }

    /// The number, where it is known.
    pub(super) fn known(&self) -> Option<Decimal> {
        match (self.low, self.high) {
            (Some(a), Some(b)) if a == b => Some(a),
            _ => None,
        }
    }

    /// The leaf that the number is equal to.
    pub(super) fn same_as(&self) -> Option<LeafId> {
        let form = self.form.as_ref()?;
        let (leaf, factor) = form.terms.first_key_value()?;
        let alone = form.terms.len() == 1 && form.plus.is_zero() && *factor == Decimal::from(1);
        alone.then_some(*leaf)
    }

    /// `self + other`, whose bounds may be wider than they have to be.
    pub(super) fn plus(&self, other: &Self) -> Self {
        let add = |a: Option<Decimal>, b: Option<Decimal>| a?.checked_add(b?);
        let form = self.form.as_ref().zip(other.form.as_ref()).and_then(|(a, b)| a.plus(b));
        Self {
            low: add(self.low, other.low),
            high: add(self.high, other.high),
            places: self.places.max(other.places),
            form,
            shape: self.shape_plus(other),
            from: self.from.union(&other.from).copied().collect(),
        }
    }

    fn shape_plus(&self, other: &Self) -> Option<Rc<Shape>> {
        match (&self.shape, &other.shape) {
            (Some(a), Some(b)) => a.plus(b).map(Rc::new),
            (Some(_), None) => self.shape_after(Step::Plus(other.known()?)),
            (None, Some(_)) => other.shape_after(Step::Plus(self.known()?)),
            (None, None) => None,
        }
    }

    /// `self × factor`, exactly.
    pub(super) fn times(&self, factor: Decimal) -> Self {
        let places = self.places.saturating_add(factor.places());
        let scaled = |it: Option<Decimal>| {
            let it = it?;
            it.checked_mul(factor, it.places().saturating_add(factor.places()))
        };
        if factor.is_zero() {
            return Self { places, ..Self::point(Decimal::ZERO) };
        }
        let (mut low, mut high) = (scaled(self.low), scaled(self.high));
        if factor.is_negative() {
            std::mem::swap(&mut low, &mut high);
        }
        let form = self.form.as_ref().and_then(|it| it.times(factor));
        let shape = self.shape_after(Step::Times(factor));
        Self { low, high, places, form, shape, from: self.from.clone() }
    }

    /// `self × other` where neither is known.
    pub(super) fn product(&self, other: &Self) -> Self {
        let places = self.places.saturating_add(other.places);
        let ends = |it: &Self| Some([it.low?, it.high?]);
        let corners = ends(self).zip(ends(other)).and_then(|(a, b)| {
            let mut all = Vec::new();
            for x in a {
                for y in b {
                    all.push(x.checked_mul(y, x.places().saturating_add(y.places()))?);
                }
            }
            Some(all)
        });
        let low = corners.as_ref().and_then(|it| it.iter().min().copied());
        let high = corners.as_ref().and_then(|it| it.iter().max().copied());
        let from = self.from.union(&other.from).copied().collect();
        Self { low, high, places, form: None, shape: None, from }
    }

    /// Rounded to so many places; rounding keeps the order, so the bounds are rounded.
    pub(super) fn rounded(&self, places: u8, rounding: Rounding) -> Self {
        if self.places <= places {
            return self.clone();
        }
        let round = |it: Option<Decimal>| it?.round(places, rounding);
        let (low, high) = (round(self.low), round(self.high));
        let form = match (low, high) {
            (Some(a), Some(b)) if a == b => Num::point(a).form,
            _ => None,
        };
        let shape = self.shape_after(Step::Round(places, rounding));
        Self { low, high, places, form, shape, from: self.from.clone() }
    }

    /// The greater of two.
    pub(super) fn max(&self, other: &Self) -> Self {
        if other.surely(CompareOp::LessOrEqual, self) == Some(true) {
            return self.clone();
        }
        if self.surely(CompareOp::LessOrEqual, other) == Some(true) {
            return other.clone();
        }
        let low = match (self.low, other.low) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        };
        self.joined(other, low, self.high.zip(other.high).map(|(a, b)| a.max(b)))
    }

    /// The lesser of two.
    pub(super) fn min(&self, other: &Self) -> Self {
        let minus = Decimal::from(-1);
        self.times(minus).max(&other.times(minus)).times(minus)
    }

    fn joined(&self, other: &Self, low: Option<Decimal>, high: Option<Decimal>) -> Self {
        let from = self.from.union(&other.from).copied().collect();
        let shape = match (self.known(), other.known()) {
            (_, Some(bound)) => self.shape_after(Step::AtLeast(bound)),
            (Some(bound), _) => other.shape_after(Step::AtLeast(bound)),
            (None, None) => None,
        };
        Self { low, high, places: self.places.max(other.places), form: None, shape, from }
    }

    /// Does a comparison hold for all numbers that the two may be, or for none?
    pub(super) fn surely(&self, op: CompareOp, other: &Self) -> Option<bool> {
        let below = |a: Option<Decimal>, b: Option<Decimal>| a.zip(b).is_some_and(|(a, b)| a < b);
        let at_most =
            |a: Option<Decimal>, b: Option<Decimal>| a.zip(b).is_some_and(|(a, b)| a <= b);
        let less = below(self.high, other.low);
        let more = below(other.high, self.low);
        let (holds, fails) = match op {
            CompareOp::Equal | CompareOp::NotEqual => {
                let same = self.known().is_some() && self.known() == other.known();
                let (equal, apart) = (same, less || more);
                if op == CompareOp::Equal { (equal, apart) } else { (apart, equal) }
            }
            CompareOp::Less => (less, at_most(other.high, self.low)),
            CompareOp::LessOrEqual => (at_most(self.high, other.low), more),
            CompareOp::Greater => (more, at_most(self.high, other.low)),
            CompareOp::GreaterOrEqual => (at_most(other.high, self.low), less),
        };
        match (holds, fails) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        }
    }
}

impl Form {
    fn plus(&self, other: &Self) -> Option<Self> {
        let mut terms = self.terms.clone();
        for (leaf, factor) in &other.terms {
            let before = terms.get(leaf).copied().unwrap_or(Decimal::ZERO);
            let sum = before.checked_add(*factor)?;
            if sum.is_zero() {
                terms.remove(leaf)
            } else {
                terms.insert(*leaf, sum)
            };
        }
        Some(Self { terms, plus: self.plus.checked_add(other.plus)? })
    }

    fn times(&self, factor: Decimal) -> Option<Self> {
        let by = |it: Decimal| it.checked_mul(factor, it.places().saturating_add(factor.places()));
        let terms = self.terms.iter().map(|(leaf, it)| Some((*leaf, by(*it)?)));
        Some(Self { terms: terms.collect::<Option<_>>()?, plus: by(self.plus)? })
    }
}

/// The greatest number of so many places that is not above another.
pub(super) fn floor(value: Decimal, places: u8) -> Option<Decimal> {
    let down = value.round(places, Rounding::Down)?;
    if down > value { down.checked_sub(unit(places)) } else { Some(down) }
}

/// One unit of the last of so many places.
pub(super) fn unit(places: u8) -> Decimal {
    Decimal::new(1, places).unwrap_or(Decimal::ZERO)
}
