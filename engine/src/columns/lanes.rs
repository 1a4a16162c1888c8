//! The numbers of a column, side by side.

use std::borrow::Cow;

use rayon::prelude::*;

use super::column::{Kind, state};
use super::overlay::Run;

/// The numbers of a column, in the narrowest of these that holds them all.
#[derive(Debug, Clone)]
pub(crate) enum Lanes {
    /// 0 for 否 and 1 for 是.
    Bits(Vec<u8>),
    /// Only where data are read and kept: a part that is looked at by itself ([`Lanes::slice`]) is in lanes that are not less
    /// than [`Lanes::Short`].
    Brief(Vec<i16>),
    Short(Vec<i32>),
    Long(Vec<i64>),
    Wide(Vec<i128>),
}

/// How wide lanes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Width {
    Bits,
    Brief,
    Short,
    Long,
    Wide,
}

impl Width {
    /// Wide enough for numbers between bounds.
    fn of(low: i128, high: i128) -> Self {
        let fits = |least: i128, most: i128| least <= low && high <= most;
        if fits(i16::MIN.into(), i16::MAX.into()) {
            Self::Brief
        } else if fits(i32::MIN.into(), i32::MAX.into()) {
            Self::Short
        } else if fits(i64::MIN.into(), i64::MAX.into()) {
            Self::Long
        } else {
            Self::Wide
        }
    }
}

/// The same for lanes of every width.
macro_rules! of_each {
    ($lanes:expr, $all:ident => $what:expr) => {
        match $lanes {
            Lanes::Bits($all) => $what,
            Lanes::Brief($all) => $what,
            Lanes::Short($all) => $what,
            Lanes::Long($all) => $what,
            Lanes::Wide($all) => $what,
        }
    };
}

/// Lanes of the same width.
macro_rules! as_wide {
    ($lanes:expr, $all:ident => $what:expr) => {
        match $lanes {
            Lanes::Bits($all) => Lanes::Bits($what),
            Lanes::Brief($all) => Lanes::Brief($what),
            Lanes::Short($all) => Lanes::Short($what),
            Lanes::Long($all) => Lanes::Long($what),
            Lanes::Wide($all) => Lanes::Wide($what),
        }
    };
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

select!(u8, u16, u32, i16, i32, i64, i128);

/// The lower half of the bits of a number.
pub(crate) fn lower_half(it: u32) -> u16 {
    let [a, b, _, _] = it.to_le_bytes();
    u16::from_le_bytes([a, b])
}

/// So many numbers are not worth a second thread.
pub(super) const ALONE: usize = 65_536;

impl Lanes {
    /// None yet, of a width, with room for so many.
    fn none(width: Width, rows: usize) -> Self {
        match width {
            Width::Bits => Self::Bits(Vec::with_capacity(rows)),
            Width::Brief => Self::Brief(Vec::with_capacity(rows)),
            Width::Short => Self::Short(Vec::with_capacity(rows)),
            Width::Long => Self::Long(Vec::with_capacity(rows)),
            Width::Wide => Self::Wide(Vec::with_capacity(rows)),
        }
    }

    fn width(&self) -> Width {
        match self {
            Self::Bits(_) => Width::Bits,
            Self::Brief(_) => Width::Brief,
            Self::Short(_) => Width::Short,
            Self::Long(_) => Width::Long,
            Self::Wide(_) => Width::Wide,
        }
    }

    /// The same numbers, all of which fit, in lanes of another width, with as much room.
    fn in_width(&self, width: Width) -> Self {
        let room = of_each!(self, all => all.capacity());
        let mut own = Self::none(width, room);
        of_each!(self, all => of_each!(&mut own, to => add(to, all.iter().copied())));
        own
    }

    /// Makes room for so many more.
    pub(super) fn reserve(&mut self, more: usize) {
        of_each!(self, all => all.reserve_exact(more));
    }

    pub(crate) fn len(&self) -> usize {
        of_each!(self, all => all.len())
    }

    pub(crate) fn at(&self, at: usize) -> i128 {
        of_each!(self, all => all.get(at).copied().map_or(0, i128::from))
    }

    /// The narrowest lanes for numbers within bounds that are worked with.
    pub(crate) fn narrow(numbers: Vec<i128>, kind: Kind, low: i128, high: i128) -> Self {
        if kind == Kind::Bool {
            return Self::Bits(numbers.into_iter().map(|it| u8::from(it != 0)).collect());
        }
        let mut own = Self::Wide(numbers);
        own.settle(low, high);
        own
    }

    /// The narrowest lanes for numbers within bounds that are kept, which come in parts.
    pub(super) fn kept(parts: &[Vec<i32>], low: i128, high: i128) -> Self {
        let mut own = Self::none(Width::of(low, high), parts.iter().map(Vec::len).sum());
        for part in parts {
            of_each!(&mut own, all => add(all, part.iter().copied()));
        }
        own
    }

    /// Adds a number, in wider lanes if it has to be.
    pub(crate) fn push(&mut self, number: i128) {
        self.widen(number, number);
        of_each!(self, all => all.push(fitted(number)));
    }

    /// Adds many numbers between bounds.
    pub(crate) fn extend(&mut self, numbers: impl Iterator<Item = i64>, low: i64, high: i64) {
        self.widen(i128::from(low), i128::from(high));
        match self {
            Self::Bits(it) => it.extend(numbers.map(|it| u8::from(it != 0))),
            // The bounds say that nothing is cut off.
            Self::Brief(it) => it.extend(numbers.map(low_quarter)),
            Self::Short(it) => it.extend(numbers.map(low_half)),
            Self::Long(it) => it.extend(numbers),
            Self::Wide(it) => it.extend(numbers.map(i128::from)),
        }
    }

    /// Adds the numbers of others.
    pub(crate) fn append(&mut self, other: Self) {
        let width = self.width().max(other.width());
        if self.width() < width {
            *self = self.in_width(width);
        }
        of_each!(self, own => of_each!(other, all => add(own, all.into_iter())));
    }

    /// The same numbers in lanes as wide as others; nothing where they are.
    pub(super) fn widened(&self, other: &Self) -> Option<Self> {
        (self.width() != other.width()).then(|| self.in_width(other.width()))
    }

    /// None yet, in the widest lanes of some columns, with room for so many.
    pub(super) fn as_wide_as<'c>(all: impl Iterator<Item = &'c Self>, rows: usize) -> Self {
        Self::none(all.map(Self::width).max().unwrap_or(Width::Bits), rows)
    }

    /// Some of the numbers of several lanes, `rows` in all, one run after the other; another number for those of lanes
    /// that are not there.
    pub(super) fn joined(
        from: &[Option<&Self>],
        (runs, rows): (&[Run], usize),
        other: i128,
    ) -> Self {
        let widest = Self::as_wide_as(from.iter().copied().flatten(), 0);
        let widened: Vec<Option<Self>> =
            from.iter().map(|it| it.and_then(|it| it.widened(&widest))).collect();
        let alike = || from.iter().zip(&widened).map(|(own, wide)| wide.as_ref().or(*own));
        macro_rules! of {
            ($lanes:ident) => {{
                let given = alike().map(|it| match it {
                    Some(Self::$lanes(all)) => Given::Each(all.as_slice()),
                    _ => Given::Same(fitted(other)),
                });
                Self::$lanes(run_by_run(&given.collect::<Vec<_>>(), (runs, rows)))
            }};
        }
        match widest {
            Self::Bits(_) => of!(Bits),
            Self::Brief(_) => of!(Brief),
            Self::Short(_) => of!(Short),
            Self::Long(_) => of!(Long),
            Self::Wide(_) => of!(Wide),
        }
    }

    /// The least and the greatest number; 0 where there is none.
    pub(crate) fn bounds(&self) -> (i128, i128) {
        // Folded, so that the compiler makes vector instructions of it.
        fn of<T: Copy + Ord + Into<i128>>(all: &[T]) -> (i128, i128) {
            let Some(first) = all.first().copied() else { return (0, 0) };
            let low = all.iter().copied().fold(first, T::min);
            (low.into(), all.iter().copied().fold(first, T::max).into())
        }
        of_each!(self, all => of(all))
    }

    /// The narrowest lanes for these bounds that are worked with.
    pub(crate) fn settle(&mut self, low: i128, high: i128) {
        let width = Width::of(low, high).max(Width::Short);
        if width < self.width() {
            *self = self.in_width(width);
        }
    }

    /// Makes the lanes wide enough.
    fn widen(&mut self, low: i128, high: i128) {
        let width = Width::of(low, high);
        if self.width() < width && self.width() != Width::Bits {
            *self = self.in_width(width);
        }
    }

    /// Other numbers for what was numbered from 0 on.
    pub(super) fn renumber(&mut self, numbers: &[usize]) {
        fn all<T: Copy + TryFrom<usize> + Default>(all: &mut [T], numbers: &[usize])
        where
            usize: TryFrom<T>,
        {
            for it in all {
                let own = usize::try_from(*it).ok().and_then(|it| numbers.get(it).copied());
                *it = fitted(own.unwrap_or_default());
            }
        }
        let last = numbers.iter().max().copied().unwrap_or_default();
        self.widen(0, i128::try_from(last).unwrap_or(i128::MAX));
        match self {
            Self::Brief(own) => all(own, numbers),
            Self::Short(own) => all(own, numbers),
            // No texts are numbered there.
            Self::Bits(_) | Self::Long(_) | Self::Wide(_) => {}
        }
    }

    /// A number wherever something is not there.
    pub(crate) fn fill(&mut self, states: &[u8], number: i128) {
        fn put<T: Select>(all: &mut [T], states: &[u8], number: T) {
            for (own, state) in all.iter_mut().zip(states) {
                *own = T::select(*state == state::THERE, *own, number);
            }
        }
        of_each!(self, all => put(all, states, fitted(number)));
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
        as_wide!(self, all => pick(all, index))
    }

    /// A part of the numbers, to work with.
    pub(super) fn slice(&self, from: usize, to: usize) -> Self {
        fn cut<T>(all: &[T], from: usize, to: usize) -> &[T] {
            all.get(from..to).unwrap_or_default()
        }
        match self {
            Self::Brief(all) => {
                Self::Short(cut(all, from, to).iter().copied().map(i32::from).collect())
            }
            other => as_wide!(other, all => cut(all, from, to).to_vec()),
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
        let widest = Self::as_wide_as([&*self, other].into_iter(), 0);
        if let Some(wide) = self.widened(&widest) {
            *self = wide;
        }
        let other = other.widened(&widest).map_or(Cow::Borrowed(other), Cow::Owned);
        match (self, &*other) {
            (Self::Bits(own), Self::Bits(other)) => all(own, places, other),
            (Self::Brief(own), Self::Brief(other)) => all(own, places, other),
            (Self::Short(own), Self::Short(other)) => all(own, places, other),
            (Self::Long(own), Self::Long(other)) => all(own, places, other),
            (Self::Wide(own), Self::Wide(other)) => all(own, places, other),
            // Both are as wide by now.
            _ => {}
        }
    }
}

/// Adds numbers to a lane of which it is known that it holds them.
fn add<A, B: TryFrom<A> + Default>(to: &mut Vec<B>, all: impl Iterator<Item = A>) {
    to.extend(all.map(fitted));
}

/// A number in a lane of which it is known that it holds it.
#[inline]
fn fitted<A, B: TryFrom<A> + Default>(number: A) -> B {
    B::try_from(number).unwrap_or_default()
}

/// The lower 32 bits: all of a number that fits into them. Without a check, so that many are taken at once.
fn low_half(number: i64) -> i32 {
    let [a, b, c, d, ..] = number.to_le_bytes();
    i32::from_le_bytes([a, b, c, d])
}

/// The same of the lower 16 bits.
fn low_quarter(number: i64) -> i16 {
    let [a, b, ..] = number.to_le_bytes();
    i16::from_le_bytes([a, b])
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

#[cfg(test)]
mod tests {
    use super::{Kind, Lanes, Run};

    /// Numbers of which each needs wider lanes than the one before.
    const WIDER: [i128; 5] = [1, -30_000, 40_000, -(1 << 40), 1 << 80];

    fn lanes(numbers: &[i128]) -> Lanes {
        let mut own = Lanes::Brief(Vec::new());
        numbers.iter().for_each(|it| own.push(*it));
        own
    }

    fn numbers(lanes: &Lanes) -> Vec<i128> {
        (0..lanes.len()).map(|it| lanes.at(it)).collect()
    }

    #[test]
    fn lanes_are_as_wide_as_their_numbers_need() {
        for count in 0..=WIDER.len() {
            let own = lanes(&WIDER[..count]);
            assert_eq!(numbers(&own), WIDER[..count]);
            let is_narrowest = match own {
                Lanes::Bits(_) => false,
                Lanes::Brief(_) => count <= 2,
                Lanes::Short(_) => count == 3,
                Lanes::Long(_) => count == 4,
                Lanes::Wide(_) => count == 5,
            };
            assert!(is_narrowest, "{count}");
        }
        let mut own = lanes(&[7]);
        own.extend([3, -4].into_iter(), -4, 3);
        own.extend([1 << 20].into_iter(), 0, 1 << 20);
        own.extend([5, 1 << 50].into_iter(), 5, 1 << 50);
        assert_eq!(numbers(&own), [7, 3, -4, 1 << 20, 5, 1 << 50]);
    }

    #[test]
    fn what_is_worked_with_is_not_narrower_than_short() {
        let own = lanes(&WIDER[..2]);
        assert!(matches!(own.slice(0, 2), Lanes::Short(all) if all == [1, -30_000]));
        assert!(matches!(own.slice(1, 9), Lanes::Short(all) if all.is_empty()));
        let narrow = Lanes::narrow(vec![3, 4], Kind::Date, 3, 4);
        assert!(matches!(narrow, Lanes::Short(all) if all == [3, 4]));
        let mut own = lanes(&WIDER[..4]);
        own.settle(0, 9);
        assert!(matches!(own, Lanes::Short(_)));
    }

    #[test]
    fn lanes_of_different_widths_come_together() {
        for (a, b) in (1..=WIDER.len()).flat_map(|a| (1..=WIDER.len()).map(move |b| (a, b))) {
            let (first, second) = (&WIDER[..a], &WIDER[..b]);
            let mut own = lanes(first);
            own.append(lanes(second));
            assert_eq!(numbers(&own), [first, second].concat());

            let (one, other) = (lanes(first), lanes(second));
            let from = [Some(&one), None, Some(&other)];
            let runs = [(2, b - 1..b), (1, 0..2), (0, 0..a)];
            let runs = runs.map(|(from, of)| Run { from, of });
            let own = Lanes::joined(&from, (&runs, a + 3), 5);
            assert_eq!(numbers(&own), [&second[b - 1..], &[5, 5], first].concat());

            let mut own = lanes(&[first, second].concat());
            let places: Vec<u32> = (0..).take(b).collect();
            own.put(&places, &lanes(second));
            let kept = [first, second].concat().split_off(b.min(a + b));
            assert_eq!(numbers(&own), [second, &kept].concat());

            let kept =
                Lanes::kept(&[vec![3, -9], vec![4]], WIDER[a - 1].min(-9), 4.max(WIDER[b - 1]));
            assert_eq!(numbers(&kept), [3, -9, 4]);
            assert_eq!(numbers(&kept.gather(&[2, 0])), [4, 3]);
        }
    }

    #[test]
    fn texts_get_other_numbers_however_great_these_are() {
        for last in [9, 40_000] {
            let mut own = lanes(&[0, 2, 1, 2]);
            own.renumber(&[3, last, 0]);
            assert_eq!(numbers(&own), [3, 0, i128::try_from(last).unwrap(), 0]);
        }
    }
}
