//! The answers of a function of few values, for every combination of them.

use std::sync::Arc;

use super::Operand;
use crate::columnar::fuse::Axis;
use crate::columns::{Column, Kind, Lanes, Select as _, lower_half, state};

/// Where the answer of each lane stands: numbers of 16 bits are enough for all combinations that there may be.
#[derive(Debug, Clone)]
pub(in super::super) struct Index {
    /// The number of the answer, as far as it is the same for all lanes.
    first: u16,
    /// What is added to it for each of them, where it is not.
    each: Option<Arc<Vec<u16>>>,
}

/// A table with an answer for every combination.
#[derive(Debug)]
pub(in super::super) struct Answers {
    axes: Vec<Places>,
    table: Table,
    /// The worst that an answer may be, and the worst where all values are there.
    worst: u8,
    worst_there: u8,
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
    numbers: u16,
    size: u16,
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
        // The last of all combinations has to have a number, too.
        u16::try_from(found.lanes.len()).ok()?;
        let axes = sources.iter().map(|it| Places::of(it.1)).collect::<Option<Vec<_>>>()?;
        let states = found.states.as_deref();
        let table = match &found.lanes {
            Lanes::Bits(it) => Table::Bits(Entries::of(it, states)),
            Lanes::Short(it) => Table::Short(Entries::of(it, states)),
            Lanes::Long(it) => Table::Long(Entries::of(it, states)),
            Lanes::Brief(_) | Lanes::Wide(_) => return None,
        };
        let worst = states.and_then(|it| it.iter().max()).copied().unwrap_or(state::THERE);
        let worst_there = states.map_or(state::THERE, |it| worst_there(&axes, it));
        Some(Self { axes, table, worst, worst_there, low: found.low, high: found.high })
    }

    /// Do all of these values have places, and is none of the answers an error?
    pub(in super::super) fn are_sound(&self, args: &[Operand<'_>]) -> bool {
        self.worst(args) < state::ERROR
            && self.axes.iter().zip(args).all(|(axis, it)| axis.holds(it.column))
    }

    /// The worst that an answer to these values may be.
    fn worst(&self, args: &[Operand<'_>]) -> u8 {
        let all_there = args.iter().all(|it| it.column.states.is_none());
        if all_there { self.worst_there } else { self.worst }
    }

    /// Where the values of a column lie on an axis; nothing where one lies outside of the bounds.
    pub(in super::super) fn on_axis(&self, axis: usize, column: &Column) -> Option<Index> {
        self.axes.get(axis)?.of_column(column)
    }

    /// Where the answers stand to values that lie there on each axis.
    pub(in super::super) fn together(&self, axes: &[Index]) -> Index {
        let none = Index { first: 0, each: None };
        axes.iter().zip(&self.axes).fold(none, |before, (own, axis)| before.and(own, axis.size))
    }

    /// The answers to these values, which stand there.
    pub(in super::super) fn look_up(
        &self,
        index: &Index,
        args: &[Operand<'_>],
        len: usize,
    ) -> Column {
        let is_there = self.worst(args) == state::THERE;
        let (lanes, states) = match &self.table {
            Table::Bits(all) => {
                let (lanes, states) = all.picked(index, is_there, len);
                (Lanes::Bits(lanes), states)
            }
            Table::Short(all) => {
                let (lanes, states) = all.picked(index, is_there, len);
                (Lanes::Short(lanes), states)
            }
            Table::Long(all) => {
                let (lanes, states) = all.picked(index, is_there, len);
                (Lanes::Long(lanes), states)
            }
        };
        Column { lanes, states, low: self.low, high: self.high }
    }
}

impl Index {
    /// Where the combinations with another value stand, which has so many places.
    fn and(self, other: &Self, size: u16) -> Self {
        // Of all combinations the last one has a number, so that nothing overflows.
        let first = self.first.wrapping_mul(size).wrapping_add(other.first);
        let each = match (self.each, &other.each) {
            (None, own) => own.clone(),
            (Some(before), None) => {
                Some(Arc::new(before.iter().map(|it| it.wrapping_mul(size)).collect()))
            }
            (Some(before), Some(own)) => {
                let both = before.iter().zip(own.iter());
                let both = both.map(|(before, own)| before.wrapping_mul(size).wrapping_add(*own));
                Some(Arc::new(both.collect()))
            }
        };
        Self { first, each }
    }
}

impl<T: Copy + Default> Entries<T> {
    fn of(numbers: &[T], states: Option<&[u8]>) -> Self {
        match states {
            None => Self::There(numbers.to_vec()),
            Some(it) => Self::Either(numbers.iter().copied().zip(it.iter().copied()).collect()),
        }
    }

    /// The entries that stand there, and what is not there of them, if that can be.
    fn picked(&self, index: &Index, is_there: bool, len: usize) -> (Vec<T>, Option<Vec<u8>>) {
        match self {
            Self::There(all) => (each(all, index, len, |it| it), None),
            Self::Either(all) if is_there => (each(all, index, len, |it| it.0), None),
            Self::Either(all) => {
                let states = each(all, index, len, |it| it.1);
                let lacks = state::lacks(&states);
                (each(all, index, len, |it| it.0), lacks.then_some(states))
            }
        }
    }
}

/// The worst answer where all values are there.
fn worst_there(axes: &[Places], states: &[u8]) -> u8 {
    let are_there = |combination: usize| {
        let mut rest = combination;
        axes.iter().rev().all(|it| {
            let size = usize::from(it.size).max(1);
            let place = rest % size;
            rest /= size;
            place < usize::from(it.numbers)
        })
    };
    let there = states.iter().enumerate().filter(|it| are_there(it.0));
    there.map(|it| *it.1).max().unwrap_or(state::THERE)
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
        let short = |it: Option<usize>| it.and_then(|it| u16::try_from(it).ok());
        Some(Self { of, numbers: short(axis.numbers())?, size: short(axis.size())? })
    }

    /// Do all values of a column have places?
    fn holds(&self, column: &Column) -> bool {
        let within = match self.of {
            Of::Cuts(_) => true,
            Of::From(low) => {
                let high = i128::from(low) + i128::from(self.numbers) - 1;
                let fits = match &column.lanes {
                    Lanes::Bits(_) => u16::try_from(low).is_ok(),
                    Lanes::Short(_) => i32::try_from(low).is_ok(),
                    Lanes::Long(_) => true,
                    Lanes::Brief(_) | Lanes::Wide(_) => false,
                };
                fits && i128::from(low) <= column.low && column.high <= high
            }
        };
        within && !column.states.as_deref().is_some_and(state::fails)
    }

    /// The places of the values of a column; nothing where one has none.
    fn of_column(&self, column: &Column) -> Option<Index> {
        if !self.holds(column) {
            return None;
        }
        if column.states.is_none() && column.low == column.high {
            let first = match &self.of {
                Of::From(low) => u16::try_from(column.low - i128::from(*low)).ok()?,
                Of::Cuts(cuts) => {
                    u16::try_from(cuts.iter().filter(|it| **it <= column.low).count()).ok()?
                }
            };
            return Some(Index { first, each: None });
        }
        let mut places = match &self.of {
            Of::From(low) => from(*low, column)?,
            Of::Cuts(cuts) => between(cuts, column),
        };
        if let Some(states) = &column.states {
            for (place, state) in places.iter_mut().zip(states) {
                let other = self.numbers.wrapping_add(u16::from(*state)).wrapping_sub(1);
                *place = u16::select(*state == state::THERE, *place, other);
            }
        }
        Some(Index { first: 0, each: Some(Arc::new(places)) })
    }
}

/// How far each number lies from the least one; nothing where lanes are of another width.
fn from(low: i64, column: &Column) -> Option<Vec<u16>> {
    // Numbers lie within the bounds, so that the lower bits of a difference are all of it.
    Some(match &column.lanes {
        Lanes::Bits(all) => {
            let low = u16::try_from(low).ok()?;
            all.iter().map(|it| u16::from(*it).wrapping_sub(low)).collect()
        }
        Lanes::Short(all) => {
            let low = i32::try_from(low).ok()?;
            all.iter().map(|it| lower_half(it.wrapping_sub(low).cast_unsigned())).collect()
        }
        Lanes::Long(all) => {
            let own = |it: &i64| u16::try_from(it.wrapping_sub(low)).unwrap_or_default();
            all.iter().map(own).collect()
        }
        Lanes::Brief(_) | Lanes::Wide(_) => return None,
    })
}

/// How many cuts lie at or below each number.
fn between(cuts: &[i128], column: &Column) -> Vec<u16> {
    fn count<T: Copy + Ord + TryFrom<i128>>(cuts: &[i128], all: &[T], least: i128) -> Vec<u16> {
        let below = cuts.iter().take_while(|it| **it <= least).count();
        let mut places = vec![u16::try_from(below).unwrap_or_default(); all.len()];
        // What no number of this width reaches changes nothing.
        let cuts: Vec<T> = cuts.iter().skip(below).map_while(|it| T::try_from(*it).ok()).collect();
        let fours = cuts.chunks_exact(4);
        for cut in fours.remainder() {
            let each = places.iter_mut().zip(all);
            each.for_each(|(place, it)| *place = place.wrapping_add(u16::from(*it >= *cut)));
        }
        // Places are read and written once for four cuts.
        for four in fours {
            let [a, b, c, d] = [0, 1, 2, 3].map(|at| four[at]);
            for (place, it) in places.iter_mut().zip(all) {
                let pairs = [(*it >= a, *it >= b), (*it >= c, *it >= d)];
                let [one, other] = pairs.map(|it| u16::from(it.0).wrapping_add(u16::from(it.1)));
                *place = place.wrapping_add(one).wrapping_add(other);
            }
        }
        places
    }
    match &column.lanes {
        Lanes::Bits(all) => count(cuts, all, 0),
        Lanes::Brief(all) => count(cuts, all, i128::from(i16::MIN)),
        Lanes::Short(all) => count(cuts, all, i128::from(i32::MIN)),
        Lanes::Long(all) => count(cuts, all, i128::from(i64::MIN)),
        Lanes::Wide(all) => count(cuts, all, i128::MIN),
    }
}

/// What stands in a table there, of each lane.
fn each<E: Copy + Default, O>(table: &[E], index: &Index, len: usize, of: impl Fn(E) -> O) -> Vec<O>
where
    O: Clone,
{
    let own = table.get(usize::from(index.first)..).unwrap_or_default();
    let entry = |at: u16| of(own.get(usize::from(at)).copied().unwrap_or_default());
    match &index.each {
        None => vec![entry(0); len],
        Some(each) => each.iter().map(|it| entry(*it)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Answers, Axis, Index, Operand};
    use crate::columns::{Column, Kind, state};

    const LANES: usize = 60;

    /// Where a value lies on an axis, told one by one.
    fn place(axis: &Axis, number: i128, own: u8) -> usize {
        let numbers = axis.numbers().unwrap();
        match axis {
            _ if own != state::THERE => numbers + usize::from(own) - 1,
            Axis::Each((low, _)) => usize::try_from(number - low).unwrap(),
            Axis::Cuts(cuts) => cuts.iter().filter(|it| **it <= number).count(),
        }
    }

    #[test]
    fn an_answer_stands_where_its_values_lie() {
        let whole = Kind::Number(0);
        let cuts = Axis::Cuts([-3, 0, 5, 6, 9].into_iter().collect());
        let sources =
            [(whole, &Axis::Each((-1, 4))), (Kind::Bool, &Axis::Each((0, 1))), (whole, &cuts)];
        let all: usize = sources.iter().map(|it| it.1.size().unwrap()).product();
        let number = |it: usize| i128::try_from(it * 31 % 1_000).unwrap();
        // Answers are missing here and there, or nowhere.
        for lacking in [7, usize::MAX] {
            let states = (0..all).map(|it| u8::from(it % lacking == 3) * state::MISSING).collect();
            let known = Column::of_numbers(whole, (0..all).map(number).collect(), states);
            let answers = Answers::of(&sources, &known).unwrap();
            // Which values are the same for all lanes, and which are not always there.
            for (same, lacks) in (0..8_u32).flat_map(|same| (0..8_u32).map(move |it| (same, it))) {
                let column = |at: u32| {
                    let step = if same >> at & 1 == 1 { 0 } else { 1 + at as usize };
                    let (low, size) = [(-1, 6), (0, 2), (-5, 16)][at as usize];
                    let number = |it: usize| low + i128::try_from((1 + it * step) % size).unwrap();
                    let lacking = |it: usize| lacks >> at & 1 == 1 && it % 5 == at as usize;
                    let states = (0..LANES).map(|it| u8::from(lacking(it)) * state::MISSING);
                    let numbers = (0..LANES).map(number).collect();
                    Column::of_numbers(sources[at as usize].0, numbers, states.collect())
                };
                let columns: Vec<Column> = (0..3).map(column).collect();
                let args: Vec<Operand<'_>> = columns
                    .iter()
                    .zip(sources)
                    .map(|(column, it)| Operand { column, splat: false, kind: it.0 })
                    .collect();
                let axes = columns.iter().enumerate();
                let axes = axes.map(|(axis, it)| answers.on_axis(axis, it).unwrap());
                let index = answers.together(&axes.collect::<Vec<Index>>());
                let found = answers.look_up(&index, &args, LANES);
                for lane in 0..LANES {
                    let own = columns.iter().zip(sources).fold(0, |before, (column, (_, axis))| {
                        let own = place(axis, column.lanes.at(lane), column.state(lane));
                        before * axis.size().unwrap() + own
                    });
                    let told = (found.state(lane), found.lanes.at(lane));
                    let expected = (known.state(own), known.lanes.at(own));
                    assert_eq!(told.0, expected.0, "{same:b}, {lacks:b}, lane {lane}");
                    assert!(
                        told.0 != state::THERE || told.1 == expected.1,
                        "{same:b}, lane {lane}"
                    );
                }
            }
        }
    }
}
