//! The rows of a record table shared out among stretches of households.
//!
//! Rows come in the order of a file, in which those of one household stand anywhere. Piece by piece, while it is at hand,
//! they are put in the order of the stretches, so that what is looked at together afterwards is near together in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use rayon::prelude::*;

use super::rows::NOBODY;
use crate::columns::{Builder, Kind, Pieces};

/// Households whose records are put in order together.
pub(super) const STRETCH: usize = 1 << 13;

/// Rows that are shared out together.
pub(super) const PIECE: usize = 1 << 17;

/// How a table is shared out.
#[derive(Clone, Copy)]
pub(super) struct Sharing {
    /// How many households there are.
    pub(super) households: usize,
    /// May somebody ask where in the file a row stands?
    pub(super) is_traced: bool,
}

/// A piece of a file whose rows have their households.
pub(super) struct Piece<'p> {
    /// The number of its first row.
    pub(super) first: u32,
    /// The number of the household of each row; [`NOBODY`] where there is none.
    pub(super) owners: Vec<u32>,
    /// Rows that cannot be used, by number in the file.
    pub(super) unsound: &'p BTreeSet<u32>,
    /// A column for each field of the table; of one that the file does not have, nothing.
    pub(super) columns: Vec<Option<Builder>>,
}

/// The sound rows of a piece of a file: those of each stretch, in the order of the file.
pub(super) struct Share {
    /// The number in its stretch of the household of each row.
    owners: Vec<u16>,
    /// The number of each row in the file; empty where nobody asks.
    rows: Vec<u32>,
    /// Where those of each stretch begin, and where the last ones end.
    pub(super) starts: Vec<u32>,
    columns: Vec<Option<Builder>>,
}

impl Share {
    pub(super) fn of(piece: Piece<'_>, how: Sharing) -> Self {
        let Piece { first, owners, unsound, columns } = piece;
        let any_unsound = !unsound.is_empty();
        let sound = |(row, owner): &(u32, u32)| {
            *owner != NOBODY && !(any_unsound && unsound.contains(&first.saturating_add(*row)))
        };
        let (places, starts) = in_place(how.households.div_ceil(STRETCH), || {
            let each = (0_u32..).zip(owners.iter().copied()).filter(sound);
            each.map(|(row, owner)| (owner as usize / STRETCH, row))
        });
        let owner = |it: &u32| {
            let owner = owners.get(*it as usize).map_or(0, |it| *it as usize % STRETCH);
            u16::try_from(owner).unwrap_or_default()
        };
        let rows = places.iter().filter(|_| how.is_traced);
        Self {
            owners: places.iter().map(owner).collect(),
            rows: rows.map(|it| it.saturating_add(first)).collect(),
            starts,
            columns: columns.into_iter().map(|it| Some(it?.reordered(&places))).collect(),
        }
    }

    /// The same in a file that has so many rows before it.
    pub(super) fn behind(mut self, before: u32) -> Self {
        self.rows.iter_mut().for_each(|it| *it = it.saturating_add(before));
        self
    }

    /// Where the rows of a stretch stand.
    fn places(&self, stretch: usize) -> Range<usize> {
        let place = |it: usize| self.starts.get(it).map_or(self.owners.len(), |it| *it as usize);
        place(stretch)..place(stretch + 1)
    }
}

/// The columns of a table that is shared out, whose fields are of these kinds; nothing for those that were not read.
pub(super) fn columns(shares: &mut [Share], kinds: &[Option<Kind>]) -> Vec<Option<Pieces>> {
    let mut pieces = |at: usize| {
        shares.iter_mut().filter_map(|it| it.columns.get_mut(at)?.take()).collect::<Vec<Builder>>()
    };
    let all: Vec<(Option<Kind>, Vec<Builder>)> =
        kinds.iter().enumerate().map(|(at, kind)| (*kind, pieces(at))).collect();
    all.into_par_iter().map(|(kind, own)| kind.map(|it| Pieces::of(it, own))).collect()
}

/// The rows of one stretch, by number from 0 on, in the order of the file.
pub(super) struct Stretch<'s> {
    number: usize,
    shares: &'s [Share],
    /// The number of the first row of each share.
    firsts: Vec<u32>,
}

impl<'s> Stretch<'s> {
    pub(super) fn of(number: usize, shares: &'s [Share]) -> Self {
        let mut before = 0_usize;
        let firsts = shares.iter().map(|it| {
            let first = u32::try_from(before).unwrap_or(u32::MAX);
            before += it.places(number).len();
            first
        });
        Self { number, shares, firsts: firsts.collect() }
    }

    /// In which share a row stands, and where there.
    pub(super) fn place(&self, row: u32) -> (usize, usize) {
        // Shares without a row of the stretch begin where the next one does.
        let share = self.firsts.partition_point(|it| *it <= row).saturating_sub(1);
        let first = self.firsts.get(share).copied().unwrap_or_default();
        let start = self.shares.get(share).map_or(0, |it| it.places(self.number).start);
        (share, start + row.saturating_sub(first) as usize)
    }

    /// The number of a row in the file.
    pub(super) fn row(&self, row: u32) -> u32 {
        let (share, at) = self.place(row);
        let rows = self.shares.get(share).map(|it| it.rows.as_slice());
        rows.and_then(|it| it.get(at)).copied().unwrap_or(row)
    }

    /// Numbers of a column, where all are there and short.
    pub(super) fn plain(&self, column: &Pieces) -> Option<Vec<i32>> {
        let rows = self.shares.iter().map(|it| it.places(self.number).len()).sum();
        let mut all = Vec::with_capacity(rows);
        for (piece, share) in self.shares.iter().enumerate() {
            all.extend_from_slice(column.plain(piece)?.get(share.places(self.number))?);
        }
        Some(all)
    }

    /// The rows of each of so many households one after the other, and where those of each begin.
    pub(super) fn by_household(&self, households: usize) -> (Vec<u32>, Vec<u32>) {
        in_place(households, || {
            let owners = self
                .shares
                .iter()
                .flat_map(|it| it.owners.get(it.places(self.number)).unwrap_or_default());
            owners.map(|it| usize::from(*it)).zip(0..)
        })
    }
}

/// How many rows of each household cannot be used.
pub(super) fn unsound(piece: &Piece<'_>, counts: &mut BTreeMap<usize, u32>) {
    let last = piece.first.saturating_add(u32::try_from(piece.owners.len()).unwrap_or(u32::MAX));
    for row in piece.unsound.range(piece.first..last) {
        let owner = piece.owners.get((row - piece.first) as usize);
        if let Some(owner) = owner.filter(|it| **it != NOBODY) {
            *counts.entry(*owner as usize).or_default() += 1;
        }
    }
}

/// What comes with its place, in the order of the places and otherwise as it comes; and where what has each place
/// begins.
fn in_place<I: Iterator<Item = (usize, u32)>>(
    places: usize,
    all: impl Fn() -> I,
) -> (Vec<u32>, Vec<u32>) {
    let mut starts = vec![0_u32; places + 2];
    all().for_each(|(place, _)| {
        if let Some(start) = starts.get_mut(place + 2) {
            *start += 1;
        }
    });
    let mut sum = 0;
    for start in &mut starts {
        sum += *start;
        *start = sum;
    }
    let mut own = vec![0_u32; sum as usize];
    all().for_each(|(place, it)| {
        if let Some(next) = starts.get_mut(place + 1) {
            if let Some(place) = own.get_mut(*next as usize) {
                *place = it;
            }
            *next += 1;
        }
    });
    starts.pop();
    (own, starts)
}
