//! The rows of a record table shared out among stretches of households.
//!
//! Rows come in the order of a file, in which those of one household stand anywhere. They are shared out first, piece of
//! the file by piece, so that what is looked at together afterwards is near together in memory.

use std::collections::BTreeSet;
use std::ops::Range;

use rayon::prelude::*;

use super::rows::{NOBODY, Owners, TableRows};

/// Households whose records are put in order together.
pub(super) const STRETCH: usize = 8_192;

/// Rows that are shared out together.
const PIECE: usize = 131_072;

/// The sound rows of a table, shared out among stretches of households.
pub(super) struct Shares(Vec<Share>);

/// Some rows that stand together in the file: those of each stretch, in the order of the file.
struct Share {
    /// The number of the household, and that of the row.
    rows: Vec<(u32, u32)>,
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
            Share::of((first, owners), &read.unsound, households)
        });
        Self(shares.collect())
    }

    /// The rows of one stretch, and where those of each household begin.
    pub(super) fn rows(&self, stretch: &Range<usize>) -> (Vec<u32>, Vec<u32>) {
        let number = stretch.start / STRETCH;
        let own = |it: u32| (it as usize).saturating_sub(stretch.start);
        let mut starts = vec![0_u32; stretch.len() + 2];
        for share in &self.0 {
            for (owner, _) in share.of_stretch(number) {
                if let Some(start) = starts.get_mut(own(*owner) + 2) {
                    *start += 1;
                }
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut rows = vec![0_u32; sum as usize];
        for share in &self.0 {
            for (owner, row) in share.of_stretch(number) {
                if let Some(next) = starts.get_mut(own(*owner) + 1) {
                    if let Some(place) = rows.get_mut(*next as usize) {
                        *place = *row;
                    }
                    *next += 1;
                }
            }
        }
        starts.pop();
        (rows, starts)
    }
}

impl Share {
    fn of((first, owners): (u32, &[u32]), unsound: &BTreeSet<u32>, households: usize) -> Self {
        let stretch = |it: u32| it as usize / STRETCH;
        let mut starts = vec![0_u32; households.div_ceil(STRETCH) + 2];
        let any_unsound = !unsound.is_empty();
        let sound = || {
            let each = (first..).zip(owners.iter().copied());
            each.filter(|(row, owner)| *owner != NOBODY && !(any_unsound && unsound.contains(row)))
        };
        for (_, owner) in sound() {
            if let Some(start) = starts.get_mut(stretch(owner) + 2) {
                *start += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut rows = vec![(0, 0); sum as usize];
        for (row, owner) in sound() {
            if let Some(next) = starts.get_mut(stretch(owner) + 1) {
                if let Some(place) = rows.get_mut(*next as usize) {
                    *place = (owner, row);
                }
                *next += 1;
            }
        }
        starts.pop();
        Self { rows, starts }
    }

    fn of_stretch(&self, stretch: usize) -> &[(u32, u32)] {
        let place = |it: usize| self.starts.get(it).map_or(self.rows.len(), |it| *it as usize);
        self.rows.get(place(stretch)..place(stretch + 1)).unwrap_or_default()
    }
}
