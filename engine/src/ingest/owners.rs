//! Whose the rows of a table are.
//!
//! Where keys have ranks, a row is told by the rank of its key until the rows of a stretch of households come together: only
//! then it is looked for among few. Otherwise keys are looked up many together.

use std::sync::Arc;

use super::arrays::Array;
use super::layout::BoundColumn;
use crate::columns::{RankIndex, STRETCH, TextIndex, Texts, UNRANKED};

/// Keys that are looked up while they are at hand.
const TOGETHER: usize = 1 << 13;

/// No household.
pub(super) const NOBODY: u64 = UNRANKED;

/// How households are found.
#[derive(Clone, Copy)]
pub(super) enum Find<'f> {
    /// By the ranks of their keys.
    Ranks(&'f RankIndex),
    /// By their keys.
    Keys {
        /// Finds them among all keys.
        index: &'f TextIndex,
        /// The keys of all households, in order.
        all: &'f Texts,
    },
}

impl Find<'_> {
    /// How many stretches of households there are.
    pub(super) fn stretches(self) -> usize {
        match self {
            Self::Ranks(index) => index.stretches().count(),
            Self::Keys { all, .. } => all.len().div_ceil(STRETCH),
        }
    }

    /// The stretch of households to which a row belongs, by what was told of it.
    #[inline]
    pub(super) fn stretch(self, told: u64) -> usize {
        match self {
            Self::Ranks(index) => index.stretches().stretch(told),
            Self::Keys { .. } => usize::try_from(told).unwrap_or(usize::MAX) / STRETCH,
        }
    }

    /// The number of the household of a row.
    pub(super) fn household(self, told: u64) -> Option<usize> {
        match self {
            _ if told == NOBODY => None,
            Self::Ranks(index) => index.find(told),
            Self::Keys { .. } => usize::try_from(told).ok(),
        }
    }

    /// What is told of rows with these keys; [`NOBODY`] where nobody has the key.
    pub(super) fn told(self, keys: &Texts) -> Vec<u64> {
        match self {
            Self::Ranks(index) => {
                (0..keys.len()).map(|it| index.ranks().exact(keys.bytes(it))).collect()
            }
            Self::Keys { index, all } => {
                let found = index.find_all(all, keys).into_iter();
                found.map(|it| it.map_or(NOBODY, u64::from)).collect()
            }
        }
    }

    /// Adds the number in its stretch of the household of each of some rows; [`STRANGER`] where it has none.
    pub(super) fn within(self, stretch: usize, told: &[u64], owners: &mut Vec<u16>) {
        match self {
            Self::Ranks(index) => {
                let within = index.within(stretch);
                owners.extend(told.iter().map(|it| within.find(*it).unwrap_or(STRANGER)));
            }
            Self::Keys { .. } => {
                let own = |it: &u64| usize::try_from(*it).map_or(usize::MAX, |it| it % STRETCH);
                owners.extend(told.iter().map(|it| u16::try_from(own(it)).unwrap_or(STRANGER)));
            }
        }
    }

    /// The key of a row that turned out to have no household.
    pub(super) fn key(self, told: u64) -> Option<String> {
        match self {
            Self::Ranks(index) => Some(index.ranks().text(told)),
            // Whoever is not known by key has been told before.
            Self::Keys { .. } => None,
        }
    }
}

/// No household of a stretch.
pub(super) const STRANGER: u16 = u16::MAX;

/// A row whose household is not known, by its number in the file, and its key.
pub(super) type Stranger = (u32, Arc<str>);

/// What rows tell of whose they are.
#[derive(Default)]
pub(super) struct Owners {
    /// The keys of rows that wait; where they are looked up, of those of which that has not been done.
    keys: Texts,
    /// Of which rows these are.
    keyed: Vec<u32>,
    /// Whose each row is that waits to be shared out, as far as it has been found out: by the rank of its key or by the
    /// number of its household; [`NOBODY`] where there is none.
    told: Vec<u64>,
    /// The number of the first row that waits.
    pub(super) waiting: usize,
    /// So many rows will wait at most.
    expected: usize,
    /// Those whose household is not known.
    pub(super) strangers: Vec<Stranger>,
}

impl Owners {
    /// Makes room for so many rows, once it is known what is noted of them.
    pub(super) fn expect(&mut self, rows: usize) {
        self.expected = rows;
    }

    /// Notes whose a row is.
    #[inline]
    pub(super) fn own(&mut self, row: u32, key: &str, find: Option<Find<'_>>) {
        let Some(Find::Ranks(index)) = find else {
            self.keys.push(key);
            return self.keyed.push(row);
        };
        let rank = index.ranks().exact(key.as_bytes());
        if rank == UNRANKED {
            self.strangers.push((row, Arc::from(key)));
        }
        // Rows before it that have no key are nobody's.
        let before = (row as usize).saturating_sub(self.waiting);
        if self.told.len() < before {
            self.told.resize(before, NOBODY);
        }
        self.told.push(rank);
    }

    /// Notes whose the rows of a column with keys are: the number of the first one, and how many there are. True where
    /// it is known that each has a key.
    pub(super) fn own_all(
        &mut self,
        (array, column): (&Array, &BoundColumn<'_>),
        (first, rows): (usize, usize),
        find: Option<Find<'_>>,
    ) -> bool {
        let number = |row: usize| u32::try_from(first + row).unwrap_or(u32::MAX);
        if let Some(Find::Ranks(index)) = find {
            self.told.reserve(self.expected.saturating_sub(self.told.len()).max(rows));
            // Rows before them that have no key are nobody's.
            let before = first.saturating_sub(self.waiting);
            self.told.resize(before, NOBODY);
            if !array.all_keys(column, |it| index.ranks().exact(it), &mut self.told) {
                return array.each_key(column, rows, |row, key| self.own(number(row), key, find));
            }
            let told = self.told.get(before..).unwrap_or_default();
            let unknown = (0..rows).zip(told).filter(|it| *it.1 == UNRANKED);
            let key = |row| Some((number(row), array.key(column, row)?));
            self.strangers.extend(unknown.filter_map(|it| key(it.0)));
            return true;
        }
        let more = self.expected.saturating_sub(self.keyed.len()).max(rows);
        if array.even_keys(column, &mut self.keys, more) {
            self.keyed.reserve(more);
            self.keyed.extend((0..rows).map(number));
            return true;
        }
        array.each_key(column, rows, |row, key| self.own(number(row), key, find))
    }

    /// Looks keys up, where it is time: there are enough of them, or no more of so many rows.
    pub(super) fn settle(&mut self, rows: usize, find: Find<'_>, is_last: bool) {
        if matches!(find, Find::Keys { .. }) && (is_last || self.keyed.len() >= TOGETHER) {
            self.look_up(rows, find);
        }
    }

    fn look_up(&mut self, rows: usize, find: Find<'_>) {
        self.told.resize(rows.saturating_sub(self.waiting), NOBODY);
        for ((at, row), told) in self.keyed.iter().enumerate().zip(find.told(&self.keys)) {
            let own = (*row as usize).checked_sub(self.waiting);
            match own.and_then(|it| self.told.get_mut(it)).filter(|_| told != NOBODY) {
                Some(own) => *own = told,
                None => self.strangers.push((*row, Arc::from(self.keys.get(at)))),
            }
        }
        self.keys.clear();
        self.keyed.clear();
    }

    /// The keys of the rows that wait, and of which rows these are, counted from the first one that waits. Behind so many
    /// rows no row waits any more.
    pub(super) fn keys(&mut self, rows: usize) -> (Texts, Vec<u32>) {
        let mut keyed = std::mem::take(&mut self.keyed);
        let first = u32::try_from(self.waiting).unwrap_or(u32::MAX);
        keyed.iter_mut().for_each(|it| *it = it.saturating_sub(first));
        self.waiting = rows;
        (std::mem::take(&mut self.keys), keyed)
    }

    /// What was told of the rows that wait, of which the last one is the last of so many rows. No row waits any more.
    pub(super) fn taken(&mut self, rows: usize) -> Vec<u64> {
        let mut told = std::mem::take(&mut self.told);
        told.resize(rows.saturating_sub(self.waiting), NOBODY);
        self.waiting = rows;
        told
    }
}
