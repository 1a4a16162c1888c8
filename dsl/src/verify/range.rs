//! Ranges of numbers and exact arithmetic on them.
//!
//! A result that no longer fits 38 digits is an open end: the range only ever gets too wide, so that
//! what is proved with it holds.

use crate::value::{Decimal, Rounding};

/// The numbers from `low` to `high`, both included; an absent end is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) low: Option<Decimal>,
    pub(super) high: Option<Decimal>,
}

/// An end of a range while it is multiplied; the order is that of the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Least,
    At(Decimal),
    Most,
}

impl Range {
    pub(super) const OPEN: Self = Self { low: None, high: None };
    pub(super) const ZERO: Self = Self::point(Decimal::ZERO);
    /// Zero and more.
    pub(super) const NATURAL: Self = Self { low: Some(Decimal::ZERO), high: None };

    pub(super) const fn point(it: Decimal) -> Self {
        Self { low: Some(it), high: Some(it) }
    }

    pub(super) fn whole(low: i64, high: i64) -> Self {
        Self { low: Some(Decimal::from(low)), high: Some(Decimal::from(high)) }
    }

    /// The only number in the range, if there is only one.
    pub(super) fn single(self) -> Option<Decimal> {
        if self.low == self.high { self.low } else { None }
    }

    pub(super) fn is_natural(self) -> bool {
        self.low.is_some_and(|it| !it.is_negative())
    }

    /// The smallest range with both.
    pub(super) fn union(self, other: Self) -> Self {
        let low = self.low.zip(other.low).map(|(a, b)| a.min(b));
        let high = self.high.zip(other.high).map(|(a, b)| a.max(b));
        Self { low, high }
    }

    /// What both have; where they have nothing in common, `self`.
    pub(super) fn intersect(self, other: Self) -> Self {
        let low = self.low.into_iter().chain(other.low).max();
        let high = self.high.into_iter().chain(other.high).min();
        match (low, high) {
            (Some(low), Some(high)) if low > high => self,
            _ => Self { low, high },
        }
    }

    pub(super) fn negated(self) -> Self {
        Self { low: self.high.map(Decimal::negated), high: self.low.map(Decimal::negated) }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        let add = |a: Option<Decimal>, b: Option<Decimal>| a?.checked_add(b?);
        Self { low: add(self.low, other.low), high: add(self.high, other.high) }
    }

    pub(super) fn times(self, other: Self) -> Self {
        let [a, b] = self.ends();
        let [c, d] = other.ends();
        Self::around([product(a, c), product(a, d), product(b, c), product(b, d)])
    }

    /// The quotients to `places`, leaving out a division by zero. `step` is the smallest number
    /// above zero that the divisor may be.
    pub(super) fn divided(self, by: Self, places: u8, step: Decimal) -> Self {
        let by = match by.low {
            Some(low) if low.is_zero() => Self { low: Some(step), high: by.high },
            _ => by,
        };
        let positive = by.low.is_some_and(|it| it > Decimal::ZERO);
        let negative = by.high.is_some_and(|it| it < Decimal::ZERO);
        if !positive && !negative {
            return Self::OPEN;
        }
        let [a, b] = self.ends();
        let [c, d] = by.ends();
        let quotient = |top, bottom| quotient(top, bottom, places);
        Self::around([quotient(a, c), quotient(a, d), quotient(b, c), quotient(b, d)])
    }

    /// The greater of two numbers.
    pub(super) fn highest(self, other: Self) -> Self {
        let low = self.low.into_iter().chain(other.low).max();
        Self { low, high: self.high.zip(other.high).map(|(a, b)| a.max(b)) }
    }

    /// The smaller of two numbers.
    pub(super) fn lowest(self, other: Self) -> Self {
        self.negated().highest(other.negated()).negated()
    }

    pub(super) fn abs(self) -> Self {
        if self.is_natural() {
            return self;
        }
        let greatest = self.low.zip(self.high).map(|(a, b)| a.abs().max(b.abs()));
        match self.high {
            Some(high) if high.is_negative() => self.negated(),
            _ => Self { low: Some(Decimal::ZERO), high: greatest },
        }
    }

    pub(super) fn rounded(self, places: u8, rounding: Rounding) -> Self {
        let round = |it: Decimal| it.round(places, rounding);
        Self { low: self.low.and_then(round), high: self.high.and_then(round) }
    }

    fn ends(self) -> [End; 2] {
        [self.low.map_or(End::Least, End::At), self.high.map_or(End::Most, End::At)]
    }

    fn around(ends: [End; 4]) -> Self {
        let finite = |it: Option<End>| match it {
            Some(End::At(it)) => Some(it),
            _ => None,
        };
        let least = ends.iter().min().copied();
        let most = ends.iter().max().copied();
        Self { low: finite(least), high: finite(most) }
    }
}

impl End {
    /// −1, 0 or 1.
    fn sign(self) -> i8 {
        match self {
            Self::Least => -1,
            Self::At(it) if it.is_negative() => -1,
            Self::At(it) if it.is_zero() => 0,
            Self::At(_) | Self::Most => 1,
        }
    }

    fn endless(sign: i8) -> Self {
        match sign {
            1 => Self::Most,
            -1 => Self::Least,
            _ => Self::At(Decimal::ZERO),
        }
    }
}

fn product(a: End, b: End) -> End {
    let exact = match (a, b) {
        (End::At(a), End::At(b)) => {
            let (a, b) = (a.trimmed(), b.trimmed());
            a.places().checked_add(b.places()).and_then(|places| a.checked_mul(b, places))
        }
        _ => None,
    };
    exact.map_or(End::endless(a.sign() * b.sign()), End::At)
}

fn quotient(a: End, b: End, places: u8) -> End {
    match (a, b) {
        (_, End::Least | End::Most) => End::At(Decimal::ZERO),
        (End::At(top), End::At(bottom)) => {
            let exact = top.checked_div(bottom, places);
            exact.map_or(End::endless(a.sign() * b.sign()), End::At)
        }
        _ => End::endless(a.sign() * b.sign()),
    }
}

/// The greatest whole number of steps of `10^-places` that is at most `it`.
pub(super) fn steps_at_most(it: Decimal, places: u8) -> Option<i128> {
    let rounding = if it.is_negative() { Rounding::Up } else { Rounding::Down };
    it.round(places, rounding).map(Decimal::mantissa)
}

/// The least whole number of steps of `10^-places` that is at least `it`.
pub(super) fn steps_at_least(it: Decimal, places: u8) -> Option<i128> {
    let rounding = if it.is_negative() { Rounding::Down } else { Rounding::Up };
    it.round(places, rounding).map(Decimal::mantissa)
}

/// The smallest number above zero with that many places.
pub(super) fn step(places: u8) -> Decimal {
    Decimal::new(1, places).unwrap_or(Decimal::ZERO)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Range, step, steps_at_least, steps_at_most};
    use crate::value::Decimal;

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn steps_round_towards_the_inside() {
        assert_eq!(steps_at_most(dec("2.5"), 0), Some(2));
        assert_eq!(steps_at_least(dec("2.5"), 0), Some(3));
        assert_eq!(steps_at_most(dec("-2.5"), 0), Some(-3));
        assert_eq!(steps_at_least(dec("-2.5"), 0), Some(-2));
        assert_eq!(steps_at_least(dec("2.5"), 2), Some(250));
    }

    fn range() -> impl Strategy<Value = (Range, Decimal)> {
        (-40_i64..40, 0_i64..30, 0_i64..30, any::<bool>(), any::<bool>()).prop_map(
            |(at, below, above, open_low, open_high)| {
                let low = (!open_low).then(|| Decimal::from(at - below));
                let high = (!open_high).then(|| Decimal::from(at + above));
                (Range { low, high }, Decimal::from(at))
            },
        )
    }

    fn has(range: Range, it: Decimal) -> bool {
        range.low.is_none_or(|low| low <= it) && range.high.is_none_or(|high| it <= high)
    }

    proptest! {
        #[test]
        fn a_result_of_members_is_a_member_of_the_result((a, x) in range(), (b, y) in range()) {
            prop_assert!(has(a.plus(b), x.checked_add(y).unwrap()));
            prop_assert!(has(a.times(b), x.checked_mul(y, 0).unwrap()));
            prop_assert!(has(a.highest(b), x.max(y)));
            prop_assert!(has(a.lowest(b), x.min(y)));
            prop_assert!(has(a.abs(), x.abs()));
            prop_assert!(has(a.union(b), x) && has(a.union(b), y));
            if !y.is_zero() {
                let quotient = x.checked_div(y, 3).unwrap();
                prop_assert!(has(a.divided(b, 3, step(0)), quotient), "{x} ÷ {y}");
            }
        }
    }
}
