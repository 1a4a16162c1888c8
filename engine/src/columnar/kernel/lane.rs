//! Lanes of one width, and loops over them.

#![expect(
    clippy::cast_possible_truncation,
    reason = "a kernel picks lanes that hold every number within its bounds"
)]

use std::borrow::Cow;

use super::Operand;
use crate::columns::{Lanes, Select, state};

/// A number that lanes are made of.
pub(super) trait Lane: Copy + Ord + Default + Select + 'static {
    fn of(number: i128) -> Self;
    fn slice(lanes: &Lanes) -> Option<&[Self]>;
    fn lanes(all: Vec<Self>) -> Lanes;
    fn add(self, other: Self) -> Self;
    fn subtract(self, other: Self) -> Self;
    fn multiply(self, other: Self) -> Self;
    /// Rounded towards −∞; 0 for a divisor of 0.
    fn quotient(self, other: Self) -> Self;
    /// Rounded half away from zero; 0 for a divisor of 0.
    fn half_up(self, other: Self) -> Self;
}

macro_rules! lane {
    ($number:ty, $lanes:ident) => {
        impl Lane for $number {
            fn of(number: i128) -> Self {
                number as Self
            }
            fn slice(lanes: &Lanes) -> Option<&[Self]> {
                match lanes {
                    Lanes::$lanes(it) => Some(it),
                    _ => None,
                }
            }
            fn lanes(all: Vec<Self>) -> Lanes {
                Lanes::$lanes(all)
            }
            fn add(self, other: Self) -> Self {
                self.wrapping_add(other)
            }
            fn subtract(self, other: Self) -> Self {
                self.wrapping_sub(other)
            }
            fn multiply(self, other: Self) -> Self {
                self.wrapping_mul(other)
            }
            fn quotient(self, other: Self) -> Self {
                let down = self.checked_div_euclid(other).unwrap_or_default();
                let uneven = other < 0 && self.wrapping_sub(down.wrapping_mul(other)) != 0;
                down.wrapping_sub(Self::from(uneven))
            }
            fn half_up(self, other: Self) -> Self {
                let down = self.checked_div(other).unwrap_or_default();
                let rest = self.wrapping_sub(down.wrapping_mul(other)).unsigned_abs();
                let away = rest >= other.unsigned_abs().wrapping_sub(rest) && other != 0;
                let sign = if (self < 0) == (other < 0) { 1 } else { -1 };
                if away { down.wrapping_add(sign) } else { down }
            }
        }
    };
}

lane!(i32, Short);
lane!(i64, Long);
lane!(i128, Wide);

/// How wide lanes have to be for numbers within bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Width {
    Short,
    Long,
    Wide,
}

impl Width {
    pub(super) fn of(low: i128, high: i128) -> Self {
        if i128::from(i32::MIN) <= low && high <= i128::from(i32::MAX) {
            Self::Short
        } else if i128::from(i64::MIN) <= low && high <= i128::from(i64::MAX) {
            Self::Long
        } else {
            Self::Wide
        }
    }

    pub(super) fn of_operand(operand: &Operand<'_>) -> Self {
        Self::of(operand.column.low, operand.column.high)
    }

    /// Wide enough for all operands, too.
    pub(super) fn with(self, args: &[Operand<'_>]) -> Self {
        args.iter().map(Self::of_operand).fold(self, Self::max)
    }
}

/// The numbers of an operand as lanes of one width.
pub(super) enum Input<'c, T: Lane> {
    Splat(T),
    Slice(Cow<'c, [T]>),
}

impl<'c, T: Lane> Input<'c, T> {
    pub(super) fn of(operand: &Operand<'c>) -> Self {
        if operand.splat {
            return Self::Splat(T::of(operand.column.lanes.at(0)));
        }
        let lanes = &operand.column.lanes;
        Self::Slice(match T::slice(lanes) {
            Some(own) => Cow::Borrowed(own),
            None => Cow::Owned(match lanes {
                Lanes::Bits(it) => it.iter().map(|it| T::of(i128::from(*it))).collect(),
                Lanes::Brief(it) => it.iter().map(|it| T::of(i128::from(*it))).collect(),
                Lanes::Short(it) => it.iter().map(|it| T::of(i128::from(*it))).collect(),
                Lanes::Long(it) => it.iter().map(|it| T::of(i128::from(*it))).collect(),
                Lanes::Wide(it) => it.iter().map(|it| T::of(*it)).collect(),
            }),
        })
    }

    /// A value for each lane.
    pub(super) fn filled(self, len: usize) -> Vec<T> {
        match self {
            Self::Splat(it) => vec![it; len],
            Self::Slice(it) => it.into_owned(),
        }
    }
}

/// A function of two operands, lane by lane.
pub(super) fn zip<T: Lane, O>(
    a: &Input<'_, T>,
    b: &Input<'_, T>,
    len: usize,
    f: impl Fn(T, T) -> O,
) -> Vec<O> {
    match (a, b) {
        (Input::Slice(a), Input::Slice(b)) => {
            a.iter().zip(&**b).map(|it| f(*it.0, *it.1)).collect()
        }
        (Input::Slice(a), Input::Splat(b)) => a.iter().map(|a| f(*a, *b)).collect(),
        (Input::Splat(a), Input::Slice(b)) => b.iter().map(|b| f(*a, *b)).collect(),
        (Input::Splat(a), Input::Splat(b)) => (0..len).map(|_| f(*a, *b)).collect(),
    }
}

/// Of the states of operands those that win where they meet, from the left; nothing where all values are
/// there. None of the operands is a constant that is not there.
pub(super) fn merged(args: &[Operand<'_>]) -> Option<Vec<u8>> {
    let mut all = args.iter().filter(|it| !it.splat).filter_map(|it| it.column.states.as_ref());
    let mut merged = all.next()?.clone();
    for states in all {
        for (own, other) in merged.iter_mut().zip(states) {
            // Of two errors the first stays, whichever they are.
            let wins = (*other).min(state::ERROR) > (*own).min(state::ERROR);
            *own = if wins { *other } else { *own };
        }
    }
    Some(merged)
}
