//! The rows of a record table shared out among stretches of households.
//!
//! Rows come in the order of a file, in which those of one household stand anywhere. They are shared out first, piece of
//! the file by piece, so that what is looked at together afterwards is near together in memory.

use std::collections::BTreeSet;
use std::ops::Range;

use rayon::prelude::*;

use super::rows::{NOBODY, Owners, TableRows};

/// Households whose records are put in order together.
pub(super) const STRETCH: usize = 1 << 13;

/// How many bits the number of a row within its piece has.
const ROW_BITS: u32 = 17;

/// Rows that are shared out together.
const PIECE: usize = 1 << ROW_BITS;

/// The sound rows of a table, shared out among stretches of households.
pub(super) struct Shares(Vec<Share>);

/// The sound rows of a piece of a file: those of each stretch, in the order of the file.
struct Share {
    /// The number of the first row of the piece.
    first: u32,
    /// Below stands the number of a row in the piece, above it that of its household in the stretch.
    rows: Vec<u32>,
    /// Where those of each stretch begin, and where the last ones end.
    starts: Vec<u32>,
}

impl Shares {
    /// Takes the owners out of what was read.
    pub(super) fn of(read: &mut TableRows, households: usize) -> Self {
        let owners = std::mem::replace(&mut read.owners, Owners::Known(Vec::new()));
        let Owners::Known(owners) = owners else { return Self(Vec::new()) };
        let pieces = owners.par_chunks(PIECE).enumerate();
        let shares = pieces.map(|(at, owners)| {
            let first = u32::try_from(at * PIECE).unwrap_or(u32::MAX);
            Share::of((first, owners), &read.unsound, households.div_ceil(STRETCH))
        });
        Self(shares.collect())
    }

    /// The rows of one stretch, and where those of each household begin.
    pub(super) fn rows(&self, stretch: &Range<usize>) -> (Vec<u32>, Vec<u32>) {
        let number = stretch.start / STRETCH;
        in_place(stretch.len(), || self.0.iter().flat_map(move |it| it.of_stretch(number)))
    }
}

impl Share {
    fn of((first, owners): (u32, &[u32]), unsound: &BTreeSet<u32>, stretches: usize) -> Self {
        let any_unsound = !unsound.is_empty();
        let sound = |(row, owner): &(u32, u32)| {
            *owner != NOBODY && !(any_unsound && unsound.contains(&first.saturating_add(*row)))
        };
        let (rows, starts) = in_place(stretches, || {
            let each = (0_u32..).zip(owners.iter().copied()).filter(sound);
            each.map(|(row, owner)| {
                let (stretch, own) = (owner as usize / STRETCH, owner as usize % STRETCH);
                (stretch, u32::try_from(own).unwrap_or_default() << ROW_BITS | row)
            })
        });
        Self { first, rows, starts }
    }

    /// The number in a stretch of the household of each row that it has, and the number of the row.
    fn of_stretch(&self, stretch: usize) -> impl Iterator<Item = (usize, u32)> {
        let place = |it: usize| self.starts.get(it).map_or(self.rows.len(), |it| *it as usize);
        let rows = self.rows.get(place(stretch)..place(stretch + 1)).unwrap_or_default();
        let within = (1 << ROW_BITS) - 1;
        rows.iter()
            .map(move |it| ((it >> ROW_BITS) as usize, self.first.saturating_add(it & within)))
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
