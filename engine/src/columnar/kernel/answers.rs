//! The answers of a function of few values, for every combination of them.

use super::Operand;
use crate::columnar::fuse::Axis;
use crate::columns::{Column, Kind, Lanes, state};

/// A table with an answer for every combination.
#[derive(Debug)]
pub(in super::super) struct Answers {
    axes: Vec<Places>,
    numbers: Numbers,
    /// Absent where every answer is there.
    states: Option<Vec<u8>>,
    low: i128,
    high: i128,
}

/// Where values lie on an axis.
#[derive(Debug)]
struct Places {
    of: Of,
    /// Places of numbers; after them come those of what is not there.
    numbers: u32,
    size: u32,
}

#[derive(Debug)]
enum Of {
    /// From this number on, each by itself.
    From(i64),
    /// Between cuts.
    Cuts(Vec<i128>),
}

#[derive(Debug)]
enum Numbers {
    Bits(Vec<u8>),
    Short(Vec<i32>),
    Long(Vec<i64>),
}

impl Answers {
    /// A column for each value: every combination of places of all.
    pub(in super::super) fn combinations(sources: &[(Kind, &Axis)]) -> Vec<Column> {
        let axes: Vec<(Kind, Vec<i128>)> =
            sources.iter().map(|it| (it.0, examples(it.1))).collect();
        let lacking = usize::from(state::ERROR) - 1;
        let all: usize = axes.iter().map(|it| it.1.len() + lacking).product();
        let mut after = all;
        let mut columns = Vec::new();
        for (kind, examples) in axes {
            let size = examples.len() + lacking;
            after /= size;
            let place = |at: usize| (at / after.max(1)) % size;
            let first = examples.first().copied().unwrap_or_default();
            let number = |at: usize| examples.get(place(at)).copied().unwrap_or(first);
            let state = |at: usize| {
                let lacking = (place(at) + 1).saturating_sub(examples.len());
                u8::try_from(lacking).unwrap_or_default()
            };
            let numbers = (0..all).map(number).collect();
            columns.push(Column::of_numbers(kind, numbers, (0..all).map(state).collect()));
        }
        columns
    }

    /// What the function is worth for these combinations. Nothing where an answer is too long.
    pub(in super::super) fn of(sources: &[(Kind, &Axis)], found: &Column) -> Option<Self> {
        let axes = sources.iter().map(|it| Places::of(it.1)).collect::<Option<_>>()?;
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
        let mut index = axis.of_column(first.column)?;
        for (axis, it) in all {
            let places = axis.of_column(it.column)?;
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

/// A number for each place.
fn examples(axis: &Axis) -> Vec<i128> {
    match axis {
        Axis::Each((low, high)) => (*low..=*high).collect(),
        Axis::Cuts(cuts) => {
            let below = cuts.first().map_or(0, |it| it.saturating_sub(1));
            std::iter::once(below).chain(cuts.iter().copied()).collect()
        }
    }
}

impl Places {
    fn of(axis: &Axis) -> Option<Self> {
        let of = match axis {
            Axis::Each((low, _)) => Of::From(i64::try_from(*low).ok()?),
            Axis::Cuts(cuts) => Of::Cuts(cuts.iter().copied().collect()),
        };
        let short = |it: Option<usize>| it.and_then(|it| u32::try_from(it).ok());
        Some(Self { of, numbers: short(axis.numbers())?, size: short(axis.size())? })
    }

    /// The places of the values of a column; nothing where one has none.
    fn of_column(&self, column: &Column) -> Option<Vec<u32>> {
        let mut places = match &self.of {
            Of::From(low) => self.from(*low, column)?,
            Of::Cuts(cuts) => between(cuts, column),
        };
        if let Some(states) = &column.states {
            if states.iter().fold(0, |most, it| most.max(*it)) >= state::ERROR {
                return None;
            }
            for (place, state) in places.iter_mut().zip(states) {
                let other = self.numbers.wrapping_add(u32::from(*state)).wrapping_sub(1);
                *place = if *state == state::THERE { *place } else { other };
            }
        }
        Some(places)
    }

    fn from(&self, low: i64, column: &Column) -> Option<Vec<u32>> {
        let high = i128::from(low) + i128::from(self.numbers) - 1;
        if column.low < i128::from(low) || column.high > high {
            return None;
        }
        // Numbers lie within the bounds, so that the lower half of a difference is all of it.
        Some(match &column.lanes {
            Lanes::Bits(all) => {
                let low = u32::try_from(low).ok()?;
                all.iter().map(|it| u32::from(*it).wrapping_sub(low)).collect()
            }
            Lanes::Short(all) => {
                let low = i32::try_from(low).ok()?;
                all.iter().map(|it| it.wrapping_sub(low).cast_unsigned()).collect()
            }
            Lanes::Long(all) => {
                let own = |it: &i64| u32::try_from(it.wrapping_sub(low)).unwrap_or_default();
                all.iter().map(own).collect()
            }
            Lanes::Wide(_) => return None,
        })
    }
}

/// How many cuts lie at or below each number.
fn between(cuts: &[i128], column: &Column) -> Vec<u32> {
    fn count<T: Copy + Ord + TryFrom<i128>>(cuts: &[i128], all: &[T], least: i128) -> Vec<u32> {
        let below = cuts.iter().take_while(|it| **it <= least).count();
        let mut places = vec![u32::try_from(below).unwrap_or_default(); all.len()];
        // What no number of this width reaches changes nothing.
        for cut in cuts.iter().skip(below).map_while(|it| T::try_from(*it).ok()) {
            places.iter_mut().zip(all).for_each(|(place, it)| *place += u32::from(*it >= cut));
        }
        places
    }
    match &column.lanes {
        Lanes::Bits(all) => count(cuts, all, 0),
        Lanes::Short(all) => count(cuts, all, i128::from(i32::MIN)),
        Lanes::Long(all) => count(cuts, all, i128::from(i64::MIN)),
        Lanes::Wide(all) => count(cuts, all, i128::MIN),
    }
}
