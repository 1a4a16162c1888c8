//! The rows of a record table shared out among stretches of households.
//!
//! Rows come in the order of a file, in which those of one household stand anywhere. Piece by piece, while it is at hand,
//! they are put in the order of the stretches, so that what is looked at together afterwards is near together in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::owners::{Find, NOBODY, STRANGER, Stranger};
use crate::columns::{Builder, Kind, Pieces, Ranks, STRETCH, Stretches, Texts};

/// Rows that are shared out together.
pub(super) const PIECE: usize = 1 << 17;

/// Whose so many rows are is found out together: of more, more is kept of each row meanwhile; of fewer, what is looked for is
/// read from memory more often.
pub(super) const TOGETHER: usize = 16 * PIECE;

/// In so many parts stretches are looked through by each core.
const PARTS: usize = 4;

/// A piece of a file whose rows have their households.
pub(super) struct Piece<'p> {
    /// The number of its first row.
    pub(super) first: u32,
    /// What tells whose each row is; [`NOBODY`] where there is none.
    pub(super) told: Vec<u64>,
    /// Rows that cannot be used, by number in the file.
    pub(super) unsound: &'p BTreeSet<u32>,
    /// A column for each field of the table; of one that the file does not have, nothing.
    pub(super) columns: Vec<Option<Builder>>,
}

/// A piece of a file whose rows come with their keys: of households, or of households that are not known yet.
pub(super) struct KeyedPiece {
    /// The number of its first row.
    pub(super) first: u32,
    /// How many rows it has.
    pub(super) rows: usize,
    /// The keys of rows that have one.
    pub(super) keys: Texts,
    /// Of which rows these are, counted from the first one.
    pub(super) keyed: Vec<u32>,
    /// A column for each field of the table; of one that the file does not have, nothing.
    pub(super) columns: Vec<Option<Builder>>,
}

/// Rows of a piece of a file: those of each stretch, in the order of the file. Of records the sound ones.
pub(super) struct Share {
    /// What tells whose each row is: the rank of its key or the number of its household. Of records until their households
    /// have been found.
    told: Vec<u64>,
    /// The number in its stretch of the household of each record; [`STRANGER`] where it has none.
    owners: Vec<u16>,
    /// The keys of households; nothing where rows are records.
    pub(super) keys: Texts,
    /// The number of each row in the file, as long as somebody may ask for it.
    rows: Vec<u32>,
    /// Where those of each stretch begin, and where the last ones end.
    pub(super) starts: Vec<u32>,
    columns: Vec<Option<Builder>>,
}

impl Share {
    pub(super) fn of(piece: Piece<'_>, find: Find<'_>) -> Self {
        let Piece { first, told, unsound, columns } = piece;
        let nowhere = find.stretches();
        let number = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
        let stretch = |it: &u64| if *it == NOBODY { nowhere } else { find.stretch(*it) };
        let mut stretches: Vec<u32> = told.iter().map(|it| number(stretch(it))).collect();
        for row in unsound.range(first..) {
            if let Some(own) = stretches.get_mut((row - first) as usize) {
                *own = number(nowhere);
            }
        }
        let (places, starts) =
            in_place(nowhere, || stretches.iter().map(|it| *it as usize).zip(0..));
        let told = places.iter().map(|it| told.get(*it as usize).copied().unwrap_or(NOBODY));
        Self {
            told: told.collect(),
            owners: Vec::new(),
            keys: Texts::default(),
            starts,
            columns: columns.into_iter().map(|it| Some(it?.reordered(&places))).collect(),
            rows: places.into_iter().map(|it| it.saturating_add(first)).collect(),
        }
    }

    /// Rows of households, of whose keys these are the ranks.
    pub(super) fn of_households(piece: KeyedPiece, told: &[u64], stretches: &Stretches) -> Self {
        let KeyedPiece { first, keys, keyed, columns, .. } = piece;
        let numbers: Vec<usize> = told.iter().map(|it| stretches.stretch(*it)).collect();
        let (places, starts) = in_place(stretches.count(), || numbers.iter().copied().zip(0..));
        let rows: Vec<u32> =
            places.iter().map(|it| keyed.get(*it as usize).copied().unwrap_or_default()).collect();
        let told = places.iter().map(|it| told.get(*it as usize).copied().unwrap_or(NOBODY));
        Self {
            told: told.collect(),
            owners: Vec::new(),
            keys: keys.reordered(&places),
            starts,
            columns: columns.into_iter().map(|it| Some(it?.reordered(&rows))).collect(),
            rows: rows.into_iter().map(|it| it.saturating_add(first)).collect(),
        }
    }

    /// The same in a file that has so many rows before it.
    pub(super) fn behind(mut self, before: u32) -> Self {
        self.rows.iter_mut().for_each(|it| *it = it.saturating_add(before));
        self
    }

    /// Notes whose rows are, and forgets what told it, and unless they are kept which rows these are; those that have no
    /// household.
    fn owned(&mut self, owners: Vec<u16>, find: Find<'_>, keep_rows: bool) -> Vec<Stranger> {
        self.owners = owners;
        let told = std::mem::take(&mut self.told);
        let is_stranger = |it: &&u16| **it == STRANGER;
        let mut strangers = Vec::new();
        // There is none, as a rule, and all are looked at at once.
        if self.owners.iter().filter(is_stranger).count() > 0 {
            let rows = self.owners.iter().zip(&self.rows).zip(&told);
            let rows = rows.filter(|it| is_stranger(&it.0.0));
            let own = |((_, row), told): ((_, &u32), &u64)| Some((*row, find.key(*told)?.into()));
            strangers.extend(rows.filter_map(own));
        }
        if !keep_rows {
            self.rows = Vec::new();
        }
        strangers
    }

    /// Forgets all but where the rows of each stretch stand, once all of them are in order.
    pub(super) fn forget(&mut self) {
        (self.told, self.rows, self.keys) = (Vec::new(), Vec::new(), Texts::default());
    }

    /// Where the rows of a stretch stand.
    fn places(&self, stretch: usize) -> Range<usize> {
        let place = |it: usize| self.starts.get(it).map_or(0, |it| *it as usize);
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
        let mut all = Vec::with_capacity(self.count());
        for (piece, share) in self.shares.iter().enumerate() {
            if !column.add_plain(piece, share.places(self.number), &mut all) {
                return None;
            }
        }
        Some(all)
    }

    /// The rows of each of so many households one after the other.
    fn by_household(&self, households: usize) -> ByHousehold {
        let own = |it: &'s Share| it.owners.get(it.places(self.number)).unwrap_or_default();
        let owners: Vec<&[u16]> = self.shares.iter().map(own).collect();
        let owners = owners.concat();
        let number = |it: &u16| usize::from(*it);
        let (rows, starts) = in_place(households, || owners.iter().map(number).zip(0..));
        ByHousehold { rows, starts }
    }

    /// The ranks of the keys of households with the numbers of their rows, in the order of the keys.
    pub(super) fn by_key(&self, ranks: &Ranks) -> Vec<(u64, u32)> {
        let mut order: Vec<(u64, u32)> = Vec::with_capacity(self.count());
        for told in self.shares.iter().map(|it| self.told(it)) {
            let before = u32::try_from(order.len()).unwrap_or(u32::MAX);
            order.extend(told.iter().copied().zip(before..));
        }
        ranks.sort(&mut order, |it| self.key(it).as_bytes());
        order
    }

    /// The key of a household.
    pub(super) fn key(&self, row: u32) -> &'s str {
        let (share, at) = self.place(row);
        self.shares.get(share).map_or("", |it| it.keys.get(at))
    }

    /// Where each row stands: its share, and its number there.
    pub(super) fn places(&self) -> Vec<(u32, u32)> {
        let short = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
        let mut all = Vec::with_capacity(self.count());
        for (number, share) in (0..).zip(self.shares) {
            all.extend(share.places(self.number).map(|it| (number, short(it))));
        }
        all
    }

    fn told<'t>(&self, share: &'t Share) -> &'t [u64] {
        share.told.get(share.places(self.number)).unwrap_or_default()
    }

    /// How many rows there are.
    fn count(&self) -> usize {
        self.shares.iter().map(|it| it.places(self.number).len()).sum()
    }
}

/// The rows of a stretch, by household.
pub(super) struct ByHousehold {
    /// Their numbers in the stretch.
    pub(super) rows: Vec<u32>,
    /// Where those of each household begin, and where the last ones end.
    pub(super) starts: Vec<u32>,
}

/// Finds whose the rows are that are shared out and of which that is not known yet, and forgets what told it; those that turn
/// out to have no household.
pub(super) fn find_owners(shares: &mut [Share], find: Find<'_>, keep_rows: bool) -> Vec<Stranger> {
    // Of those before them it has been forgotten what told it.
    let known = shares.iter().take_while(|it| it.told.is_empty()).count();
    let shares = shares.get_mut(known..).unwrap_or_default();
    let stretches: Vec<usize> = (0..find.stretches()).collect();
    // Stretch by stretch of all shares, so that what is looked for stands near to the processor.
    let together = stretches.len().div_ceil(rayon::current_num_threads() * PARTS).max(1);
    let some = stretches.par_chunks(together).map(|stretches| {
        let mut owners = vec![Vec::new(); shares.len()];
        for stretch in stretches {
            for (share, owners) in shares.iter().zip(&mut owners) {
                let told = share.told.get(share.places(*stretch)).unwrap_or_default();
                find.within(*stretch, told, owners);
            }
        }
        owners
    });
    let some: Vec<Vec<Vec<u16>>> = some.collect();
    let each = shares.par_iter_mut().enumerate().flat_map_iter(|(number, share)| {
        let own: Vec<&[u16]> =
            some.iter().filter_map(|it| it.get(number)).map(Vec::as_slice).collect();
        share.owned(own.concat(), find, keep_rows)
    });
    each.collect()
}

/// The rows of every stretch by household, of which there are so many in all. Then it is forgotten whose they are.
pub(super) fn by_household(
    shares: &mut [Share],
    stretches: usize,
    households: usize,
) -> Vec<ByHousehold> {
    let place = |it: usize| (it * STRETCH).min(households);
    let own = (0..stretches).into_par_iter().map(|number| {
        let count = place(number + 1) - place(number);
        Stretch::of(number, shares).by_household(count)
    });
    let own = own.collect();
    shares.iter_mut().for_each(|it| it.owners = Vec::new());
    own
}

/// How many rows of each household cannot be used, and which of them have no household.
pub(super) fn unsound(
    piece: &Piece<'_>,
    find: Find<'_>,
    (counts, strangers): (&mut BTreeMap<usize, u32>, &mut Vec<Stranger>),
) {
    for row in piece.unsound.range(piece.first..) {
        let told = piece.told.get((row - piece.first) as usize).copied();
        let Some(told) = told.filter(|it| *it != NOBODY) else { continue };
        match find.household(told) {
            Some(household) => *counts.entry(household).or_default() += 1,
            None => strangers.extend(find.key(told).map(|it| (*row, Arc::from(it)))),
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
