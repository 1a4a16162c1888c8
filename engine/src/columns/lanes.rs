//! The numbers of a column, side by side.

use rayon::prelude::*;

use super::column::{Kind, state};
use super::overlay::Run;

/// The numbers of a column, in the narrowest of these that holds them all.
#[derive(Debug, Clone)]
pub(crate) enum Lanes {
    /// 0 for 否 and 1 for 是.
    Bits(Vec<u8>),
    Short(Vec<i32>),
    Long(Vec<i64>),
    Wide(Vec<i128>),
}

/// One of two numbers, without a branch: where one of them is read from memory, or is only stored where a condition
/// holds, the compiler makes a branch for each lane of a plain choice.
pub(crate) trait Select: Copy {
    /// The first where a condition holds, the second where it does not.
    fn select(condition: bool, yes: Self, no: Self) -> Self;
}

macro_rules! select {
    ($($number:ty),*) => {
        $(impl Select for $number {
            #[inline]
            fn select(condition: bool, yes: Self, no: Self) -> Self {
                no ^ ((yes ^ no) & <$number>::from(condition).wrapping_neg())
            }
        })*
    };
}

select!(u8, u16, u32, i32, i64, i128);

/// The lower half of the bits of a number.
pub(crate) fn lower_half(it: u32) -> u16 {
    let [a, b, _, _] = it.to_le_bytes();
    u16::from_le_bytes([a, b])
}

/// So many numbers are not worth a second thread.
pub(super) const ALONE: usize = 65_536;

impl Lanes {
    /// Makes room for so many more.
    pub(super) fn reserve(&mut self, more: usize) {
        match self {
            Self::Bits(it) => it.reserve_exact(more),
            Self::Short(it) => it.reserve_exact(more),
            Self::Long(it) => it.reserve_exact(more),
            Self::Wide(it) => it.reserve_exact(more),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Bits(it) => it.len(),
            Self::Short(it) => it.len(),
            Self::Long(it) => it.len(),
            Self::Wide(it) => it.len(),
        }
    }

    pub(crate) fn at(&self, at: usize) -> i128 {
        match self {
            Self::Bits(it) => it.get(at).copied().map_or(0, i128::from),
            Self::Short(it) => it.get(at).copied().map_or(0, i128::from),
            Self::Long(it) => it.get(at).copied().map_or(0, i128::from),
            Self::Wide(it) => it.get(at).copied().unwrap_or_default(),
        }
    }

    /// The narrowest lanes for numbers within bounds.
    pub(crate) fn narrow(numbers: Vec<i128>, kind: Kind, low: i128, high: i128) -> Self {
        let fits = |least: i128, most: i128| least <= low && high <= most;
        if kind == Kind::Bool {
            Self::Bits(numbers.into_iter().map(|it| u8::from(it != 0)).collect())
        } else if fits(i128::from(i32::MIN), i128::from(i32::MAX)) {
            let short = numbers.into_iter().map(|it| i32::try_from(it).unwrap_or_default());
            Self::Short(short.collect())
        } else if fits(i128::from(i64::MIN), i128::from(i64::MAX)) {
            let long = numbers.into_iter().map(|it| i64::try_from(it).unwrap_or_default());
            Self::Long(long.collect())
        } else {
            Self::Wide(numbers)
        }
    }

    /// Adds a number, in wider lanes if it has to be.
    pub(crate) fn push(&mut self, number: i128) {
        self.widen(number, number);
        match self {
            Self::Bits(it) => it.push(u8::from(number != 0)),
            Self::Short(it) => it.push(i32::try_from(number).unwrap_or_default()),
            Self::Long(it) => it.push(i64::try_from(number).unwrap_or_default()),
            Self::Wide(it) => it.push(number),
        }
    }

    /// Adds many numbers between bounds.
    pub(crate) fn extend(&mut self, numbers: impl Iterator<Item = i64>, low: i64, high: i64) {
        self.widen(i128::from(low), i128::from(high));
        match self {
            Self::Bits(it) => it.extend(numbers.map(|it| u8::from(it != 0))),
            // The bounds say that nothing is cut off.
            Self::Short(it) => it.extend(numbers.map(low_half)),
            Self::Long(it) => it.extend(numbers),
            Self::Wide(it) => it.extend(numbers.map(i128::from)),
        }
    }

    /// Adds the numbers of others.
    pub(crate) fn append(&mut self, other: Self) {
        match (&mut *self, other) {
            (Self::Bits(own), Self::Bits(other)) => own.extend(other),
            (Self::Short(own), Self::Short(other)) => own.extend(other),
            (Self::Long(own), Self::Long(other)) => own.extend(other),
            (Self::Long(own), Self::Short(other)) => own.extend(other.into_iter().map(i64::from)),
            (_, other) => (0..other.len()).for_each(|at| self.push(other.at(at))),
        }
    }

    /// The same numbers in lanes as wide as others; nothing where they are.
    pub(super) fn widened(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Short(own), Self::Long(_)) => {
                return Some(Self::Long(own.iter().copied().map(i64::from).collect()));
            }
            _ if std::mem::discriminant(self) == std::mem::discriminant(other) => return None,
            _ => {}
        }
        let mut own = Self::as_wide_as(std::iter::once(other), self.len());
        (0..self.len()).for_each(|at| own.push(self.at(at)));
        Some(own)
    }

    /// None yet, in the widest lanes of some columns, with room for so many.
    pub(super) fn as_wide_as<'c>(all: impl Iterator<Item = &'c Self>, rows: usize) -> Self {
        let width = |it: &Self| match it {
            Self::Bits(_) => 0,
            Self::Short(_) => 1,
            Self::Long(_) => 2,
            Self::Wide(_) => 3,
        };
        match all.map(width).max().unwrap_or_default() {
            0 => Self::Bits(Vec::with_capacity(rows)),
            1 => Self::Short(Vec::with_capacity(rows)),
            2 => Self::Long(Vec::with_capacity(rows)),
            _ => Self::Wide(Vec::with_capacity(rows)),
        }
    }

    /// Some of the numbers of several lanes, `rows` in all, one run after the other; another number for those of lanes
    /// that are not there.
    pub(super) fn joined(
        from: &[Option<&Self>],
        (runs, rows): (&[Run], usize),
        other: i128,
    ) -> Self {
        let all = || from.iter().copied().flatten();
        let alike = match Self::as_wide_as(all(), 0) {
            Self::Bits(_) => alike(from, u8::from(other != 0), |it| match it {
                Self::Bits(all) => Some(all),
                _ => None,
            })
            .map(|it| Self::Bits(run_by_run(&it, (runs, rows)))),
            Self::Short(_) => {
                alike(from, i32::try_from(other).unwrap_or_default(), |it| match it {
                    Self::Short(all) => Some(all),
                    _ => None,
                })
                .map(|it| Self::Short(run_by_run(&it, (runs, rows))))
            }
            Self::Long(_) => alike(from, i64::try_from(other).unwrap_or_default(), |it| match it {
                Self::Long(all) => Some(all),
                _ => None,
            })
            .map(|it| Self::Long(run_by_run(&it, (runs, rows)))),
            Self::Wide(_) => alike(from, other, |it| match it {
                Self::Wide(all) => Some(all),
                _ => None,
            })
            .map(|it| Self::Wide(run_by_run(&it, (runs, rows)))),
        };
        alike.unwrap_or_else(|| {
            let mut own = Self::as_wide_as(all(), rows);
            for Run { from: number, of } in runs {
                match from.get(*number).copied().flatten() {
                    Some(all) => of.clone().for_each(|at| own.push(all.at(at))),
                    None => of.clone().for_each(|_| own.push(other)),
                }
            }
            own
        })
    }

    /// The least and the greatest number; 0 where there is none.
    pub(crate) fn bounds(&self) -> (i128, i128) {
        // Folded, so that the compiler makes vector instructions of it.
        fn of<T: Copy + Ord + Into<i128>>(all: &[T]) -> (i128, i128) {
            let Some(first) = all.first().copied() else { return (0, 0) };
            let low = all.iter().copied().fold(first, T::min);
            (low.into(), all.iter().copied().fold(first, T::max).into())
        }
        match self {
            Self::Bits(it) => of(it),
            Self::Short(it) => of(it),
            Self::Long(it) => of(it),
            Self::Wide(it) => of(it),
        }
    }

    /// The narrowest lanes for these bounds.
    pub(crate) fn settle(&mut self, low: i128, high: i128) {
        let fits = |least: i128, most: i128| least <= low && high <= most;
        if fits(i128::from(i32::MIN), i128::from(i32::MAX)) {
            let short = |it: i128| i32::try_from(it).unwrap_or_default();
            match self {
                Self::Long(all) => {
                    *self = Self::Short(all.iter().map(|it| short((*it).into())).collect());
                }
                Self::Wide(all) => *self = Self::Short(all.iter().map(|it| short(*it)).collect()),
                Self::Bits(_) | Self::Short(_) => {}
            }
        } else if let Self::Wide(all) = self
            && fits(i128::from(i64::MIN), i128::from(i64::MAX))
        {
            *self =
                Self::Long(all.iter().map(|it| i64::try_from(*it).unwrap_or_default()).collect());
        }
    }

    /// Makes the lanes wide enough.
    fn widen(&mut self, low: i128, high: i128) {
        let fits = match self {
            Self::Bits(_) | Self::Wide(_) => true,
            Self::Short(_) => i32::try_from(low).is_ok() && i32::try_from(high).is_ok(),
            Self::Long(_) => i64::try_from(low).is_ok() && i64::try_from(high).is_ok(),
        };
        if fits {
            return;
        }
        let long = i64::try_from(low).is_ok() && i64::try_from(high).is_ok();
        *self = match std::mem::replace(self, Self::Bits(Vec::new())) {
            Self::Short(it) if long => {
                let mut own = Vec::with_capacity(it.capacity());
                own.extend(it.into_iter().map(i64::from));
                Self::Long(own)
            }
            Self::Short(it) => Self::Wide(it.into_iter().map(i128::from).collect()),
            Self::Long(it) => Self::Wide(it.into_iter().map(i128::from).collect()),
            other => other,
        };
    }

    /// Other numbers for what was numbered from 0 on.
    pub(super) fn renumber(&mut self, numbers: &[usize]) {
        let new = |it: usize| numbers.get(it).copied().unwrap_or_default();
        if let Self::Short(all) = self {
            for it in all {
                let own = usize::try_from(*it).map(new).unwrap_or_default();
                *it = i32::try_from(own).unwrap_or_default();
            }
        }
    }

    /// A number wherever something is not there.
    pub(crate) fn fill(&mut self, states: &[u8], number: i128) {
        fn put<T: Select>(all: &mut [T], states: &[u8], number: T) {
            for (own, state) in all.iter_mut().zip(states) {
                *own = T::select(*state == state::THERE, *own, number);
            }
        }
        match self {
            Self::Bits(all) => put(all, states, u8::from(number != 0)),
            Self::Short(all) => put(all, states, i32::try_from(number).unwrap_or_default()),
            Self::Long(all) => put(all, states, i64::try_from(number).unwrap_or_default()),
            Self::Wide(all) => put(all, states, number),
        }
    }

    /// The numbers at these places.
    pub(crate) fn gather(&self, index: &[u32]) -> Self {
        fn pick<T: Copy + Default + Send + Sync>(from: &[T], index: &[u32]) -> Vec<T> {
            let own = |it: &u32| from.get(*it as usize).copied().unwrap_or_default();
            if index.len() <= ALONE {
                return index.iter().map(own).collect();
            }
            index.par_iter().with_min_len(ALONE).map(own).collect()
        }
        match self {
            Self::Bits(it) => Self::Bits(pick(it, index)),
            Self::Short(it) => Self::Short(pick(it, index)),
            Self::Long(it) => Self::Long(pick(it, index)),
            Self::Wide(it) => Self::Wide(pick(it, index)),
        }
    }

    pub(super) fn slice(&self, from: usize, to: usize) -> Self {
        fn cut<T: Clone>(all: &[T], from: usize, to: usize) -> Vec<T> {
            all.get(from..to).map(<[T]>::to_vec).unwrap_or_default()
        }
        match self {
            Self::Bits(it) => Self::Bits(cut(it, from, to)),
            Self::Short(it) => Self::Short(cut(it, from, to)),
            Self::Long(it) => Self::Long(cut(it, from, to)),
            Self::Wide(it) => Self::Wide(cut(it, from, to)),
        }
    }

    /// Other numbers in these places.
    pub(super) fn put(&mut self, places: &[u32], other: &Self) {
        fn all<T: Copy>(own: &mut [T], places: &[u32], other: &[T]) {
            for (place, number) in places.iter().zip(other) {
                if let Some(own) = own.get_mut(*place as usize) {
                    *own = *number;
                }
            }
        }
        match (&mut *self, other) {
            (Self::Bits(own), Self::Bits(other)) => all(own, places, other),
            (Self::Short(own), Self::Short(other)) => all(own, places, other),
            (Self::Long(own), Self::Long(other)) => all(own, places, other),
            (Self::Wide(own), Self::Wide(other)) => all(own, places, other),
            (own, other) => {
                let mut numbers: Vec<i128> = (0..own.len()).map(|it| own.at(it)).collect();
                let others: Vec<i128> = (0..other.len()).map(|it| other.at(it)).collect();
                all(&mut numbers, places, &others);
                let mut wide = Self::as_wide_as([&*own, other].into_iter(), numbers.len());
                numbers.into_iter().for_each(|it| wide.push(it));
                *self = wide;
            }
        }
    }
}

/// The lower 32 bits: all of a number that fits into them. Without a check, so that many are taken at once.
fn low_half(number: i64) -> i32 {
    let [a, b, c, d, ..] = number.to_le_bytes();
    i32::from_le_bytes([a, b, c, d])
}

/// What runs take from one of several columns.
#[derive(Clone, Copy)]
pub(super) enum Given<'c, T> {
    /// What stands there.
    Each(&'c [T]),
    /// The same everywhere.
    Same(T),
}

/// So many values are copied at once.
const CHUNK: usize = 16;

/// What runs take, `rows` in all, one run after the other.
pub(super) fn run_by_run<T: Copy + Default>(
    from: &[Given<'_, T>],
    (runs, rows): (&[Run], usize),
) -> Vec<T> {
    let (mut own, mut at) = (vec![T::default(); rows + CHUNK], 0);
    for Run { from: number, of } in runs {
        let end = at + of.len();
        match from.get(*number) {
            Some(Given::Each(all)) => {
                // Most runs are short. What is copied behind them is written over by the next ones.
                let to = own.get_mut(at..).and_then(|it| it.first_chunk_mut::<CHUNK>());
                let chunk = all.get(of.start..).and_then(|it| it.first_chunk::<CHUNK>());
                match (to, chunk) {
                    (Some(to), Some(chunk)) if of.len() <= CHUNK => *to = *chunk,
                    _ => {
                        if let Some((to, from)) = own.get_mut(at..end).zip(all.get(of.clone())) {
                            to.copy_from_slice(from);
                        }
                    }
                }
            }
            Some(Given::Same(it)) => own.get_mut(at..end).unwrap_or_default().fill(*it),
            None => own.get_mut(at..end).unwrap_or_default().fill(T::default()),
        }
        at = end;
    }
    own.truncate(rows);
    own
}

/// The numbers of lanes that are as wide, and another number where there are none; nothing where some are not as wide.
fn alike<'l, T: Copy>(
    from: &[Option<&'l Lanes>],
    other: T,
    of_width: impl Fn(&'l Lanes) -> Option<&'l Vec<T>>,
) -> Option<Vec<Given<'l, T>>> {
    let each = from.iter().map(|lanes| match lanes {
        Some(it) => of_width(it).map(|it| Given::Each(it.as_slice())),
        None => Some(Given::Same(other)),
    });
    each.collect()
}
