//! The households of a file in the order of their keys: which rows say the same, which contradict.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;

use super::owners::Find;
use super::problem::BadRow;
use super::rows::TableRows;
use super::shares::{self, Share, Stretch};
use super::sift::{Part, conflicts, count, first_unequal};
use crate::columns::{
    Builder, Columns, Kind, Pieces, Placing, RankIndex, Ranks, Stretches, TextIndex, Texts,
};

/// What finds households by key.
enum Index {
    /// As most keys can be: see [`Ranks`].
    Ranks(RankIndex),
    Texts(TextIndex),
}

impl Index {
    /// An index of keys in order, of which these are the ranks.
    fn of(keys: &Texts, (ranks, told): (Ranks, Vec<u64>)) -> Self {
        match RankIndex::of(ranks, told) {
            Some(index) => Self::Ranks(index),
            None => Self::Texts(TextIndex::of(keys)),
        }
    }
}

/// The households of a register, which stand in its columns, and those whose own row was quarantined.
pub(super) struct Households {
    /// Finds them by key.
    index: Index,
    /// Keys of those that are not in the register for it.
    pub(super) quarantined: BTreeSet<Arc<str>>,
    /// What became of the rows; absent where there is no file of households.
    pub(super) part: Option<Part>,
}

impl Households {
    /// Households of a table that was read, sorted by key; rows of one key have to agree.
    pub(super) fn of(columns: &mut Columns, key: usize, mut read: TableRows) -> Self {
        let pieces = std::mem::take(&mut read.pieces);
        let keys: Vec<&Texts> = pieces.iter().map(|it| &it.keys).collect();
        let (ranks, told) = Ranks::told(&keys);
        let stretches = Stretches::of(&told);
        let pieces = pieces.into_par_iter().zip(told);
        let share = |(piece, told): (_, Vec<u64>)| Share::of_households(piece, &told, &stretches);
        let mut shares: Vec<Share> = pieces.map(share).collect();
        let kinds: Vec<Option<Kind>> =
            read.columns.iter().map(|it| it.as_ref().map(Builder::kind)).collect();
        let own = shares::columns(&mut shares, &kinds);
        let sorted = (0..stretches.count()).into_par_iter().map(|number| {
            let rows = Stretch::of(number, &shares);
            Sorting { ranks: &ranks, read: &read, rows: &rows, columns: &own }.sorted()
        });
        let sorted: Vec<Sorted> = sorted.collect();
        let (mut told, mut keyed) = (Vec::new(), Vec::with_capacity(sorted.len()));
        let (mut kept, mut repeated) = (Vec::with_capacity(sorted.len()), 0);
        let mut quarantined = BTreeSet::new();
        for it in sorted {
            keyed.push(it.keyed);
            told.extend(it.ranks);
            kept.push(it.rows);
            repeated += it.repeated;
            quarantined.extend(it.quarantined);
            read.bad_rows.extend(it.conflicts);
        }
        let keys: Vec<&Texts> = shares.iter().map(|it| &it.keys).collect();
        columns.keys = Texts::at_places(&keys, &keyed);
        drop(keyed);
        shares.iter_mut().for_each(Share::forget);
        let mut dictionary = std::mem::take(&mut columns.dictionary);
        let starts = shares.iter().map(|it| it.starts.as_slice()).collect();
        let placing = Placing { starts, kept };
        let (fields, index) = rayon::join(
            || Pieces::all_placed(own, &placing, &mut dictionary),
            || Index::of(&columns.keys, (ranks, told)),
        );
        columns.fields.extend(fields);
        columns.dictionary = dictionary;
        columns.key_fields = if columns.keyed_by_text(key) { vec![key] } else { Vec::new() };
        let part = Part::new(read, columns.keys.len(), repeated);
        Self { index, quarantined, part: Some(part) }
    }

    /// Where there is no file of households, and none is known.
    pub(super) fn none() -> Self {
        let index = Index::Texts(TextIndex::of(&Texts::default()));
        Self { index, quarantined: BTreeSet::new(), part: None }
    }

    /// The same among others, with which these are the keys of all of them, in order.
    pub(super) fn among(self, all: &Texts) -> Self {
        let (ranks, told) = Ranks::told(&[all]);
        Self { index: Index::of(all, (ranks, told.concat())), ..self }
    }

    /// How the households of records are found; `all` are the keys of the register.
    pub(super) fn find<'f>(&'f self, all: &'f Texts) -> Find<'f> {
        match &self.index {
            Index::Ranks(index) => Find::Ranks(index),
            Index::Texts(index) => Find::Keys { index, all },
        }
    }
}

/// The households of a stretch.
#[derive(Default)]
struct Sorted {
    /// Where their keys stand: the share of each, and its number there.
    keyed: Vec<(u32, u32)>,
    /// The ranks of the keys.
    ranks: Vec<u64>,
    /// Their rows, by number in the stretch.
    rows: Vec<u32>,
    repeated: u64,
    /// Keys of households whose rows cannot be used.
    quarantined: Vec<Arc<str>>,
    conflicts: Vec<BadRow>,
}

/// The rows of a stretch of households, which are put in order.
struct Sorting<'s> {
    ranks: &'s Ranks,
    read: &'s TableRows,
    rows: &'s Stretch<'s>,
    columns: &'s [Option<Pieces>],
}

impl Sorting<'_> {
    fn sorted(&self) -> Sorted {
        let (order, places) = (self.rows.by_key(self.ranks), self.rows.places());
        let mut sorted = Sorted::default();
        sorted.rows.reserve(order.len());
        sorted.ranks.reserve(order.len());
        let is_exact = self.ranks.is_exact();
        let key = |it: u32| self.rows.key(it);
        let is_like =
            |a: &(u64, u32), b: &(u64, u32)| a.0 == b.0 && (is_exact || key(a.1) == key(b.1));
        let are_sound = self.read.unsound.is_empty();
        for same in order.chunk_by(is_like) {
            let Some((rank, first)) = same.first() else { continue };
            let is_usable = match same {
                [(_, row)] => are_sound || self.is_sound(*row),
                _ => self.agree_all(same, key(*first), &mut sorted),
            };
            if is_usable {
                sorted.rows.push(*first);
                sorted.ranks.push(*rank);
            } else {
                sorted.quarantined.push(Arc::from(key(*first)));
            }
        }
        let place = |it: &u32| places.get(*it as usize).copied().unwrap_or_default();
        sorted.keyed = sorted.rows.iter().map(place).collect();
        sorted
    }

    fn is_sound(&self, row: u32) -> bool {
        !self.read.unsound.contains(&self.rows.row(row))
    }

    /// Do several rows of one key say the same, and are sound? Those that do not agree are reported: a broken row beside a
    /// sound one says something else, too.
    fn agree_all(&self, same: &[(u64, u32)], key: &str, sorted: &mut Sorted) -> bool {
        let rows: Vec<u32> = same.iter().map(|it| it.1).collect();
        let line = |row: u32| self.read.line(self.rows.row(row));
        let found = conflicts(self.read, (&rows, key), line, |a, b| self.agree(a, b));
        let is_usable = found.is_empty() && rows.iter().all(|it| self.is_sound(*it));
        sorted.conflicts.extend(found);
        if is_usable {
            sorted.repeated += count(rows.len()) - 1;
        }
        is_usable
    }

    fn agree(&self, a: u32, b: u32) -> bool {
        let (first, second) = (self.rows.place(a), self.rows.place(b));
        let each = self.columns.iter().flatten().map(|it| it.compare(first, second));
        self.is_sound(a) == self.is_sound(b) && first_unequal(each).is_eq()
    }
}
