//! The answers of a function of few values, for every combination of them.

use super::Operand;
use crate::columnar::fuse::Axis;
use crate::columns::{Column, Kind, Lanes, Select as _, state};

/// A table with an answer for every combination.
#[derive(Debug)]
pub(in super::super) struct Answers {
    axes: Vec<Places>,
    table: Table,
    /// Is one of the answers an error, and is one of those where all values are there?
    fail: bool,
    fail_there: bool,
    low: i128,
    high: i128,
}

/// The answers, and what they hold instead of a number; none where every answer is one.
#[derive(Debug)]
enum Table {
    Bits(Entries<u8>),
    Short(Entries<i32>),
    Long(Entries<i64>),
}

#[derive(Debug)]
enum Entries<T> {
    There(Vec<T>),
    Either(Vec<(T, u8)>),
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
        let axes = sources.iter().map(|it| Places::of(it.1)).collect::<Option<Vec<_>>>()?;
        let states = found.states.as_deref();
        let table = match &found.lanes {
            Lanes::Bits(it) => Table::Bits(Entries::of(it, states)),
            Lanes::Short(it) => Table::Short(Entries::of(it, states)),
            Lanes::Long(it) => Table::Long(Entries::of(it, states)),
            Lanes::Wide(_) => return None,
        };
        let fail = states.is_some_and(state::fails);
        let fail_there = fail && fails_there(&axes, states.unwrap_or_default());
        Some(Self { axes, table, fail, fail_there, low: found.low, high: found.high })
    }

    /// Do all of these values have places, and is none of the answers an error?
    pub(in super::super) fn are_sound(&self, args: &[Operand<'_>]) -> bool {
        let all_there = args.iter().all(|it| it.column.states.is_none());
        let fail = if all_there { self.fail_there } else { self.fail };
        !fail && self.axes.iter().zip(args).all(|(axis, it)| axis.holds(it.column))
    }

    /// Which combination of places the values of each lane have; nothing where one lies outside of the bounds.
    pub(in super::super) fn index(&self, args: &[Operand<'_>], len: usize) -> Option<Vec<u32>> {
        let mut all = self.axes.iter().zip(args);
        let (axis, first) = all.next()?;
        let mut index = axis.of_column(first.column)?;
        for (axis, it) in all {
            let places = axis.of_column(it.column)?;
            let each = index.iter_mut().zip(&places);
            each.for_each(|(index, own)| *index = index.wrapping_mul(axis.size).wrapping_add(*own));
        }
        Some(index).filter(|it| it.len() == len)
    }

    /// The answers for these combinations.
    pub(in super::super) fn look_up(&self, index: &[u32]) -> Column {
        let (lanes, states) = match &self.table {
            Table::Bits(all) => {
                let (lanes, states) = all.picked(index);
                (Lanes::Bits(lanes), states)
            }
            Table::Short(all) => {
                let (lanes, states) = all.picked(index);
                (Lanes::Short(lanes), states)
            }
            Table::Long(all) => {
                let (lanes, states) = all.picked(index);
                (Lanes::Long(lanes), states)
            }
        };
        Column { lanes, states, low: self.low, high: self.high }
    }
}

impl<T: Copy + Default> Entries<T> {
    fn of(numbers: &[T], states: Option<&[u8]>) -> Self {
        match states {
            None => Self::There(numbers.to_vec()),
            Some(it) => Self::Either(numbers.iter().copied().zip(it.iter().copied()).collect()),
        }
    }

    /// The entries of these numbers, and what is not there of them.
    fn picked(&self, index: &[u32]) -> (Vec<T>, Option<Vec<u8>>) {
        match self {
            Self::There(all) => {
                let own = |it: &u32| all.get(*it as usize).copied().unwrap_or_default();
                (index.iter().map(own).collect(), None)
            }
            Self::Either(all) => {
                let mut numbers = vec![T::default(); index.len()];
                let mut states = vec![state::THERE; index.len()];
                let mut lacks = state::THERE;
                for ((number, state), at) in numbers.iter_mut().zip(&mut states).zip(index) {
                    (*number, *state) = all.get(*at as usize).copied().unwrap_or_default();
                    lacks |= *state;
                }
                (numbers, (lacks != state::THERE).then_some(states))
            }
        }
    }
}

/// Is an answer an error where all values are there?
fn fails_there(axes: &[Places], states: &[u8]) -> bool {
    let are_there = |combination: usize| {
        let mut rest = combination;
        axes.iter().rev().all(|it| {
            let size = (it.size as usize).max(1);
            let place = rest % size;
            rest /= size;
            place < it.numbers as usize
        })
    };
    states.iter().enumerate().any(|(at, it)| *it >= state::ERROR && are_there(at))
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

    /// Do all values of a column have places?
    fn holds(&self, column: &Column) -> bool {
        let within = match self.of {
            Of::Cuts(_) => true,
            Of::From(low) => {
                let high = i128::from(low) + i128::from(self.numbers) - 1;
                let fits = match &column.lanes {
                    Lanes::Bits(_) => u32::try_from(low).is_ok(),
                    Lanes::Short(_) => i32::try_from(low).is_ok(),
                    Lanes::Long(_) => true,
                    Lanes::Wide(_) => false,
                };
                fits && i128::from(low) <= column.low && column.high <= high
            }
        };
        within && !column.states.as_deref().is_some_and(state::fails)
    }

    /// The places of the values of a column; nothing where one has none.
    fn of_column(&self, column: &Column) -> Option<Vec<u32>> {
        if !self.holds(column) {
            return None;
        }
        let mut places = match &self.of {
            Of::From(low) => from(*low, column)?,
            Of::Cuts(cuts) => between(cuts, column),
        };
        if let Some(states) = &column.states {
            for (place, state) in places.iter_mut().zip(states) {
                let other = self.numbers.wrapping_add(u32::from(*state)).wrapping_sub(1);
                *place = u32::select(*state == state::THERE, *place, other);
            }
        }
        Some(places)
    }
}

/// How far each number lies from the least one; nothing where lanes are of another width.
fn from(low: i64, column: &Column) -> Option<Vec<u32>> {
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

/// How many cuts lie at or below each number.
fn between(cuts: &[i128], column: &Column) -> Vec<u32> {
    fn count<T: Copy + Ord + TryFrom<i128>>(cuts: &[i128], all: &[T], least: i128) -> Vec<u32> {
        let below = cuts.iter().take_while(|it| **it <= least).count();
        let mut places = vec![u32::try_from(below).unwrap_or_default(); all.len()];
        // What no number of this width reaches changes nothing.
        for cut in cuts.iter().skip(below).map_while(|it| T::try_from(*it).ok()) {
            places
                .iter_mut()
                .zip(all)
                .for_each(|(place, it)| *place = place.wrapping_add(u32::from(*it >= cut)));
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
