//! A column of a large table while it is read: piece by piece, each in an order of its own.
//!
//! To put millions of values in order one by one is to wait for memory for each of them. In every piece those that will
//! come near one another stand together, so that a stretch of the column is put together from a run of each piece, and its
//! order is looked for in little memory.

use std::cmp::Ordering;
use std::ops::Range;

use rayon::prelude::*;

use super::builder::{Builder, compare};
use super::column::{Column, Kind};
use super::dictionary::Dictionary;
use super::lanes::Lanes;
use super::words::Words;

/// The values of a column in pieces; their texts are numbered alike.
pub(crate) struct Pieces {
    kind: Kind,
    all: Vec<Builder>,
    texts: Words,
    /// The column itself, where somebody has put its values in order already.
    placed: Option<Column>,
}

/// How the values of pieces come to stand.
pub(crate) struct Placing<'p> {
    /// Of each piece: where the values of each stretch begin, and where the last ones end.
    pub(crate) starts: Vec<&'p [u32]>,
    /// Of each stretch: its values in their order, by number, counted from piece to piece. Others are left out.
    pub(crate) kept: Vec<Vec<u32>>,
}

impl Pieces {
    /// A column in these pieces.
    pub(crate) fn of(kind: Kind, mut all: Vec<Builder>) -> Self {
        let mut texts = Words::default();
        all.iter_mut().for_each(|it| it.learnt_by(&mut texts));
        Self { kind, all, texts, placed: None }
    }

    /// How two values stand to each other, each told by its piece and its place there: as values do.
    pub(crate) fn compare(&self, a: (usize, usize), b: (usize, usize)) -> Ordering {
        match (self.all.get(a.0), self.all.get(b.0)) {
            (Some(own), Some(other)) => compare((own, a.1), (other, b.1), &self.texts),
            _ => Ordering::Equal,
        }
    }

    /// Adds numbers in the order of which some values of a piece stand, where all of it are there, are short and are no
    /// texts: otherwise none, and false.
    pub(crate) fn add_plain(&self, piece: usize, of: Range<usize>, to: &mut Vec<i32>) -> bool {
        self.all.get(piece).is_some_and(|it| it.add_plain(of, to))
    }

    /// Takes the values of each stretch in their order, where they are [plain](Self::add_plain).
    pub(crate) fn take_placed(&mut self, placed: &[Vec<i32>]) {
        let bounds = self.bounds();
        self.all.clear();
        let column = |(low, high)| {
            let lanes = Lanes::kept(placed, low, high);
            Column { lanes, states: None, low, high }
        };
        self.placed = bounds.map(column);
    }

    /// The least and the greatest number of values that are there.
    fn bounds(&self) -> Option<(i128, i128)> {
        let bounds = self.all.iter().filter_map(Builder::bounds);
        bounds.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    /// The values of several columns in their order; texts have the numbers that a dictionary gives them. Of each nothing
    /// where all are 缺失.
    pub(crate) fn all_placed(
        columns: Vec<Option<Self>>,
        placing: &Placing<'_>,
        dictionary: &mut Dictionary,
    ) -> Vec<Option<Column>> {
        let columns = columns.into_iter();
        let columns = columns.map(|it| it.map(|it| (dictionary.learn_words(&it.texts), it)));
        let columns: Vec<Option<(Vec<usize>, Self)>> = columns.collect();
        // What is placed is dropped at once: there are often many rows.
        let placed = columns.into_par_iter().map(|it| {
            let (numbers, own) = it?;
            own.placed(placing, &numbers)
        });
        placed.collect()
    }

    fn placed(self, placing: &Placing<'_>, numbers: &[usize]) -> Option<Column> {
        if self.placed.is_some() {
            return self.placed;
        }
        let (low, high) = self.bounds()?;
        let lanes: Vec<&Lanes> = self.all.iter().map(Builder::lanes).collect();
        let column = Column { lanes: lanes_of(&lanes, placing), states: None, low, high };
        let states = self.all.iter().any(|it| it.states().is_some()).then(|| {
            let there: Vec<Vec<u8>> = self.all.iter().map(Builder::all_states).collect();
            picked(&there.iter().map(Vec::as_slice).collect::<Vec<_>>(), placing)
        });
        column.finished((self.kind == Kind::Symbol).then_some(numbers), states)
    }
}

/// The numbers of lanes in their order, in the widest of them.
fn lanes_of(all: &[&Lanes], placing: &Placing<'_>) -> Lanes {
    let alike = Lanes::as_wide_as(all.iter().copied(), 0);
    let widened: Vec<Option<Lanes>> = all.iter().map(|it| it.widened(&alike)).collect();
    let all: Vec<&Lanes> =
        all.iter().zip(&widened).map(|(own, wide)| wide.as_ref().unwrap_or(own)).collect();
    macro_rules! of {
        ($lanes:ident) => {{
            let slices = all.iter().map(|it| match it {
                Lanes::$lanes(it) => it.as_slice(),
                _ => &[],
            });
            Lanes::$lanes(picked(&slices.collect::<Vec<_>>(), placing))
        }};
    }
    match alike {
        Lanes::Bits(_) => of!(Bits),
        Lanes::Brief(_) => of!(Brief),
        Lanes::Short(_) => of!(Short),
        Lanes::Long(_) => of!(Long),
        Lanes::Wide(_) => of!(Wide),
    }
}

/// Numbers in their order, each stretch by itself.
fn picked<T: Copy + Default + Send + Sync>(pieces: &[&[T]], placing: &Placing<'_>) -> Vec<T> {
    let mut own = vec![T::default(); placing.kept.iter().map(Vec::len).sum()];
    let (mut stretches, mut rest) = (Vec::with_capacity(placing.kept.len()), &mut own[..]);
    for (number, kept) in placing.kept.iter().enumerate() {
        let (stretch, others) = std::mem::take(&mut rest).split_at_mut(kept.len());
        stretches.push((number, stretch, kept));
        rest = others;
    }
    stretches.into_par_iter().for_each_init(Vec::new, |found, (number, stretch, kept)| {
        found.clear();
        for (piece, starts) in pieces.iter().zip(&placing.starts) {
            let place = |it: usize| starts.get(it).map_or(0, |it| *it as usize);
            found
                .extend_from_slice(piece.get(place(number)..place(number + 1)).unwrap_or_default());
        }
        for (own, it) in stretch.iter_mut().zip(kept) {
            *own = found.get(*it as usize).copied().unwrap_or_default();
        }
    });
    own
}
