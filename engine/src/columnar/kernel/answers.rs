//! The answers of a function of few values, for every combination of them.

use super::Operand;
use crate::columnar::fuse::Bounds;
use crate::columns::{Column, Kind, Lanes, state};

/// A table with an answer for every combination.
#[derive(Debug)]
pub(in super::super) struct Answers {
    /// For each value its least number, how many numbers there are, and what follows after one.
    axes: Vec<Axis>,
    numbers: Numbers,
    /// Absent where every answer is there.
    states: Option<Vec<u8>>,
    low: i128,
    high: i128,
}

#[derive(Debug, Clone, Copy)]
struct Axis {
    low: i64,
    numbers: u32,
    size: u32,
}

#[derive(Debug)]
enum Numbers {
    Bits(Vec<u8>),
    Short(Vec<i32>),
    Long(Vec<i64>),
}

impl Answers {
    /// Every combination of the values within bounds and of the states instead of them: a column for each
    /// value.
    pub(in super::super) fn combinations(sources: &[(Kind, Bounds)]) -> Vec<Column> {
        let sizes: Vec<usize> = sources.iter().map(|it| axis(it.1).size as usize).collect();
        let all: usize = sizes.iter().product();
        let mut after = all;
        let mut columns = Vec::new();
        for ((kind, (low, high)), size) in sources.iter().zip(sizes) {
            after /= size.max(1);
            let there = size - state::ALL;
            let place = |at: usize| (at / after.max(1)) % size.max(1);
            let number = |at: usize| {
                let own = i128::try_from(place(at)).unwrap_or_default();
                if place(at) < there { low + own } else { *low }
            };
            let state =
                |at: usize| u8::try_from(place(at).saturating_sub(there)).unwrap_or_default();
            let numbers: Vec<i128> = (0..all).map(number).collect();
            let states: Vec<u8> = (0..all).map(state).collect();
            let lanes = Lanes::narrow(numbers, *kind, *low, *high);
            columns.push(Column { lanes, states: Some(states), low: *low, high: *high });
        }
        columns
    }

    /// What the function is worth for these combinations. Nothing where an answer is too long.
    pub(in super::super) fn of(sources: &[(Kind, Bounds)], found: &Column) -> Option<Self> {
        let axes = sources.iter().map(|it| axis(it.1)).collect();
        let numbers = match &found.lanes {
            Lanes::Bits(it) => Numbers::Bits(it.clone()),
            Lanes::Short(it) => Numbers::Short(it.clone()),
            Lanes::Long(it) => Numbers::Long(it.clone()),
            Lanes::Wide(_) => return None,
        };
        let (states, low, high) = (found.states.clone(), found.low, found.high);
        Some(Self { axes, numbers, states, low, high })
    }

    /// The answers for each lane; nothing where a value lies outside of the bounds.
    pub(in super::super) fn look_up(&self, args: &[Operand<'_>], len: usize) -> Option<Column> {
        let mut all = self.axes.iter().zip(args);
        let (axis, first) = all.next()?;
        let mut index = axis.places(first.column)?;
        for (axis, it) in all {
            let places = axis.places(it.column)?;
            let each = index.iter_mut().zip(&places);
            each.for_each(|(index, own)| *index = index.wrapping_mul(axis.size).wrapping_add(*own));
        }
        if index.len() != len {
            return None;
        }
        let at = |it: &u32| *it as usize;
        let lanes = match &self.numbers {
            Numbers::Bits(all) => Lanes::Bits(picked(all, index.iter().map(at))),
            Numbers::Short(all) => Lanes::Short(picked(all, index.iter().map(at))),
            Numbers::Long(all) => Lanes::Long(picked(all, index.iter().map(at))),
        };
        let states = self.states.as_ref().map(|all| picked(all, index.iter().map(at)));
        let lacks = |all: &Vec<u8>| all.iter().fold(0_u8, |any, it| any | *it) != state::THERE;
        let states = states.filter(lacks);
        Some(Column { lanes, states, low: self.low, high: self.high })
    }
}

fn picked<T: Copy + Default>(all: &[T], at: impl Iterator<Item = usize>) -> Vec<T> {
    at.map(|it| all.get(it).copied().unwrap_or_default()).collect()
}

fn axis((low, high): Bounds) -> Axis {
    let numbers = u32::try_from(high - low + 1).unwrap_or_default();
    let states = u32::try_from(state::ALL).unwrap_or_default();
    Axis { low: i64::try_from(low).unwrap_or_default(), numbers, size: numbers + states }
}

impl Axis {
    /// The places of the values of a column; nothing where one lies outside of the bounds.
    fn places(self, column: &Column) -> Option<Vec<u32>> {
        let high = i128::from(self.low) + i128::from(self.numbers) - 1;
        if column.low < i128::from(self.low) || column.high > high {
            return None;
        }
        // Numbers lie within the bounds, so that the lower half of a difference is all of it.
        let mut places: Vec<u32> = match &column.lanes {
            Lanes::Bits(all) => {
                let low = u32::try_from(self.low).ok()?;
                all.iter().map(|it| u32::from(*it).wrapping_sub(low)).collect()
            }
            Lanes::Short(all) => {
                let low = i32::try_from(self.low).ok()?;
                all.iter().map(|it| it.wrapping_sub(low).cast_unsigned()).collect()
            }
            Lanes::Long(all) => {
                let own = |it: &i64| u32::try_from(it.wrapping_sub(self.low)).unwrap_or_default();
                all.iter().map(own).collect()
            }
            Lanes::Wide(_) => return None,
        };
        if let Some(states) = &column.states {
            for (place, state) in places.iter_mut().zip(states) {
                let other = self.numbers + u32::from(*state);
                *place = if *state == state::THERE { *place } else { other };
            }
        }
        Some(places)
    }
}
