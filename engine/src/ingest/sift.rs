//! The records of a file by household and in order: which rows say the same, which contradict.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use heng_dsl::model::RecordTable;
use rayon::prelude::*;

use super::FileReport;
use super::fault::RowFault;
use super::owners::{Owners, Stranger};
use super::problem::{BadRow, Note};
use super::rows::TableRows;
use super::shares::{self, ByHousehold, Share, Stretch};
use crate::columns::{Builder, Column, Columns, Dictionary, Kind, Pieces, Placing, STRETCH, Texts};

/// What became of the rows of one file.
pub(super) struct Part {
    /// The counts.
    pub(super) report: FileReport,
    /// The faults.
    pub(super) read: TableRows,
    /// What was noticed.
    pub(super) notes: Vec<Note>,
}

impl Part {
    /// Counts, once every fault is known.
    pub(super) fn new(mut read: TableRows, used: usize, repeated: u64) -> Self {
        let lines: BTreeSet<u64> = read.bad_rows.iter().map(|it| it.place.line).collect();
        let report = FileReport {
            file: read.reporter.file.to_string(),
            table: read.reporter.table.to_string(),
            format: read.format,
            text: read.text.clone(),
            rows: count(read.count),
            used: count(used),
            quarantined: count(lines.len()),
            repeated,
            bad_cells: count(read.bad_cells.len()),
        };
        let file = report.file.clone();
        let notes = [
            (repeated > 0).then(|| Note::Repeated { file: file.clone(), rows: repeated }),
            (read.over_lines > 0)
                .then(|| Note::OverLines { file: file.clone(), rows: read.over_lines }),
            (read.told.formulas > 0)
                .then(|| Note::Formulas { file: file.clone(), cells: read.told.formulas }),
            read.told.merged.take().map(|(first, areas)| Note::Merged { file, first, areas }),
        ];
        let notes = notes.into_iter().flatten().collect();
        // What was used stands in columns by now; the rest need not wait for the other files.
        (read.columns, read.shares) = (Vec::new(), Vec::new());
        (read.lines, read.owners) = (None, Owners::default());
        Self { report, read, notes }
    }
}

pub(super) fn count(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}

/// So many rows are looked at at once whether one has to be looked at by itself.
const LOOKED_AT: usize = 64;

/// Reports rows of one key that do not agree, each with the line of another one; sound or not.
pub(super) fn conflicts(
    read: &TableRows,
    (same, key): (&[u32], &str),
    line: impl Fn(u32) -> u64,
    agree: impl Fn(u32, u32) -> bool,
) -> Vec<BadRow> {
    let Some(first) = same.first() else { return Vec::new() };
    let other = same.iter().skip(1).find(|it| !agree(*first, **it));
    let Some(other) = other else { return Vec::new() };
    let (first, other) = (line(*first), line(*other));
    let fault = |row: &u32| {
        let line = line(*row);
        let seen = if line == first { other } else { first };
        read.reporter.row(line, Some(Arc::from(key)), None, RowFault::Conflict(seen))
    };
    same.iter().map(fault).collect()
}

/// How two rows stand to each other whose columns stand so.
pub(super) fn first_unequal(mut columns: impl Iterator<Item = Ordering>) -> Ordering {
    columns.find(|it| it.is_ne()).unwrap_or(Ordering::Equal)
}

/// The records of one table, for the households they belong to.
pub(super) struct Records {
    /// Where those of each household begin, and where the last ones end.
    pub(super) offsets: Vec<u32>,
    /// By number of the column, without the key of the household.
    pub(super) columns: Vec<Option<Column>>,
    /// What the texts of the columns say.
    pub(super) dictionary: Dictionary,
    /// Quarantined rows, by number of the household.
    pub(super) quarantined: BTreeMap<usize, u32>,
    /// What became of the rows.
    pub(super) part: Part,
}

impl Records {
    /// Records of a table that was read, sorted, without those that cannot be used.
    pub(super) fn of(
        table: &RecordTable,
        mut read: TableRows,
        stretches: usize,
        (columns, not_used): (&Columns, &BTreeSet<Arc<str>>),
    ) -> Self {
        let strangers = std::mem::take(&mut read.owners.strangers);
        let mut quarantined = std::mem::take(&mut read.quarantined);
        let mut shares = std::mem::take(&mut read.shares);
        let kinds: Vec<Option<Kind>> =
            read.columns.iter().map(|it| it.as_ref().map(Builder::kind)).collect();
        let mut own = shares::columns(&mut shares, &kinds);
        let order = Order::of(table, &own);
        let by_household = shares::by_household(&mut shares, stretches, columns.len());
        let each = by_household.into_par_iter().enumerate().map(|(number, given)| {
            let rows = Stretch::of(number, &shares);
            let sifting = Sifting { order: &order, read: &read, rows: &rows, columns: &own };
            sifting.sift(given, number * STRETCH, &columns.keys)
        });
        let mut sifted: Vec<Sifted> = each.collect();
        shares.iter_mut().for_each(Share::forget);
        let first: Option<Vec<_>> = sifted.iter_mut().map(|it| it.first.take()).collect();
        let first_column = order.by.first().and_then(|it| own.get_mut(*it)?.as_mut());
        if let Some((column, numbers)) = first_column.zip(first) {
            column.take_placed(&numbers);
        }
        let (mut kept, mut offsets) = (Vec::with_capacity(sifted.len()), vec![0]);
        let (mut repeated, mut alike, mut before) = (0, 0, 0);
        for it in sifted {
            offsets.extend(it.ends.iter().map(|it| it.saturating_add(before)));
            before = offsets.last().copied().unwrap_or_default();
            kept.push(it.rows);
            repeated += it.repeated;
            alike += it.alike;
            for (household, rows) in it.quarantined {
                *quarantined.entry(household).or_default() += rows;
            }
            read.bad_rows.extend(it.conflicts);
        }
        refuse(&mut read, strangers, not_used);
        let mut dictionary = Dictionary::default();
        let starts = shares.iter().map(|it| it.starts.as_slice()).collect();
        // The first column is the key of the household.
        let own = own.split_off(1.min(own.len()));
        let columns = Pieces::all_placed(own, &Placing { starts, kept }, &mut dictionary);
        let mut part = Part::new(read, before as usize, repeated);
        if alike > 0 {
            part.notes.push(Note::Alike { file: part.report.file.clone(), rows: alike });
        }
        Self { offsets, columns, dictionary, quarantined, part }
    }
}

/// Reports rows without a household.
fn refuse(read: &mut TableRows, strangers: Vec<Stranger>, not_used: &BTreeSet<Arc<str>>) {
    for (row, key) in strangers {
        let fault = if not_used.contains(&key) {
            RowFault::HouseholdQuarantined
        } else {
            RowFault::UnknownHousehold
        };
        let line = read.line(row);
        read.bad_rows.push(read.reporter.row(line, Some(key), None, fault));
    }
}

/// How the records of a household stand, and which columns make the key.
struct Order {
    by: Vec<usize>,
    key: Vec<usize>,
}

/// The records of some households in one table.
#[derive(Default)]
struct Sifted {
    rows: Vec<u32>,
    /// The numbers of their first column of the order, where rows were put in order by them.
    first: Option<Vec<i32>>,
    /// Where those of each household end.
    ends: Vec<u32>,
    repeated: u64,
    alike: u64,
    quarantined: Vec<(usize, u32)>,
    conflicts: Vec<BadRow>,
}

impl Order {
    /// Columns are counted as they are read, where the key of the household comes first; one that the file
    /// does not have tells no rows apart.
    fn of(table: &RecordTable, columns: &[Option<Pieces>]) -> Self {
        let fields = || table.fields.iter().enumerate();
        let there = |it: &usize| columns.get(*it).is_some_and(Option::is_some);
        let by =
            table.order.iter().filter_map(|id| Some(fields().find(|it| it.1.id == *id)?.0 + 1));
        let key = fields().filter(|it| it.1.key).map(|it| it.0 + 1);
        Self { by: by.filter(there).collect(), key: key.collect() }
    }
}

/// Behind which rows one of the same household stands that is not greater: few, mostly, and found without a branch for
/// each.
fn falls(numbers: &[i32], starts: &[u32]) -> Vec<usize> {
    let both = numbers.iter().zip(numbers.iter().skip(1));
    let mut falls: Vec<u8> = both.map(|(own, next)| u8::from(own >= next)).collect();
    for start in starts {
        // Where a household begins, anything may come before.
        if let Some(before) = (*start as usize).checked_sub(1).and_then(|it| falls.get_mut(it)) {
            *before = 0;
        }
    }
    let pieces = (0..).step_by(LOOKED_AT).zip(falls.chunks(LOOKED_AT));
    let any = pieces.filter(|it| it.1.iter().fold(0, |any, it| any | it) != 0);
    any.flat_map(|(first, some)| (first..).zip(some).filter(|it| *it.1 != 0))
        .map(|it| it.0)
        .collect()
}

/// The rows of a stretch of households, which are put in order.
struct Sifting<'s> {
    order: &'s Order,
    read: &'s TableRows,
    rows: &'s Stretch<'s>,
    columns: &'s [Option<Pieces>],
}

impl Sifting<'_> {
    /// How two rows stand to each other: by the columns of the order, then by all.
    fn compare(&self, a: u32, b: u32) -> Ordering {
        let by = self.order.by.iter().filter_map(|it| self.columns.get(*it)?.as_ref());
        self.compare_by(by.chain(self.columns.iter().flatten()), a, b)
    }

    fn compare_by<'b>(
        &self,
        columns: impl Iterator<Item = &'b Pieces>,
        a: u32,
        b: u32,
    ) -> Ordering {
        let (a, b) = (self.rows.place(a), self.rows.place(b));
        first_unequal(columns.map(|it| it.compare(a, b)))
    }

    /// Puts the rows of households in order, and takes out what cannot be used.
    fn sift(
        &self,
        ByHousehold { rows, starts }: ByHousehold,
        first: usize,
        keys: &Texts,
    ) -> Sifted {
        let households = first..first + starts.len().saturating_sub(1);
        // Most records differ in the first column of the order, which is a date.
        let decides = self.order.by.first().and_then(|it| self.columns.get(*it)?.as_ref());
        let decides = decides.filter(|_| self.order.key.is_empty());
        match decides.and_then(|it| self.rows.plain(it)) {
            Some(numbers) => self.sift_by(&numbers, rows, starts),
            None => self.sift_all((&rows, &starts), households, keys),
        }
    }

    /// Puts rows of households in order by their numbers in the first column: as a rule they are in order, and decide.
    fn sift_by(&self, first: &[i32], mut rows: Vec<u32>, mut starts: Vec<u32>) -> Sifted {
        let number = |it: &u32| first.get(*it as usize).copied().unwrap_or_default();
        let mut numbers: Vec<i32> = rows.iter().map(number).collect();
        let (mut alike, mut pairs, mut done) = (0, Vec::new(), 0);
        for at in falls(&numbers, &starts) {
            if at < done {
                continue;
            }
            let household = starts.partition_point(|it| *it as usize <= at);
            let place = |it: usize| starts.get(it).map_or(rows.len(), |it| *it as usize);
            let own = place(household.saturating_sub(1))..place(household);
            done = own.end;
            pairs.clear();
            let own_numbers = numbers.get_mut(own.clone()).unwrap_or_default();
            let own = rows.get_mut(own).unwrap_or_default();
            pairs.extend(own_numbers.iter().copied().zip(own.iter().copied()));
            alike += self.arrange(&mut pairs);
            let own = own.iter_mut().zip(own_numbers);
            own.zip(&pairs).for_each(|((own, number), it)| (*number, *own) = *it);
        }
        let ends = starts.split_off(1.min(starts.len()));
        Sifted { rows, first: Some(numbers), ends, alike, ..Sifted::default() }
    }

    /// Puts rows of households in order by all columns, and takes out what cannot be used.
    fn sift_all(
        &self,
        (rows, starts): (&[u32], &[u32]),
        households: Range<usize>,
        keys: &Texts,
    ) -> Sifted {
        let mut sifted = Sifted::default();
        let place = |it: usize| starts.get(it).map_or(rows.len(), |it| *it as usize);
        sifted.rows.reserve(rows.len());
        for (at, household) in households.enumerate() {
            let own = rows.get(place(at)..place(at + 1)).unwrap_or_default();
            let before = sifted.rows.len();
            if self.order.key.is_empty() {
                sifted.rows.extend(own);
            } else {
                self.keyed(own, (household, keys), &mut sifted);
            }
            let kept = sifted.rows.get_mut(before..).unwrap_or_default();
            if kept.windows(2).any(|it| self.compare(it[0], it[1]).is_ge()) {
                kept.sort_by(|a, b| self.compare(*a, *b));
                if self.order.key.is_empty() {
                    let same = |it: &&[u32]| self.compare(it[0], it[1]).is_eq();
                    sifted.alike += count(kept.windows(2).filter(same).count());
                }
            }
            sifted.ends.push(u32::try_from(sifted.rows.len()).unwrap_or(u32::MAX));
        }
        sifted
    }

    /// Puts rows in order that come with their number in the first column of the order, which nearly always
    /// decides; how many have one before them that says the same.
    fn arrange(&self, pairs: &mut [(i32, u32)]) -> u64 {
        pairs.sort_unstable_by(|a, b| {
            let rest = || self.compare(a.1, b.1).then(a.1.cmp(&b.1));
            a.0.cmp(&b.0).then_with(rest)
        });
        let same =
            |it: &&[(i32, u32)]| it[0].0 == it[1].0 && self.compare(it[0].1, it[1].1).is_eq();
        count(pairs.windows(2).filter(same).count())
    }

    /// Keeps one row of each key; rows of one key that do not agree are reported, and none of them kept.
    fn keyed(&self, own: &[u32], (household, keys): (usize, &Texts), sifted: &mut Sifted) {
        let key = |a: u32, b: u32| {
            let key = self.order.key.iter().filter_map(|it| self.columns.get(*it)?.as_ref());
            self.compare_by(key, a, b)
        };
        // Only sound rows have come here.
        let agree = |a: u32, b: u32| self.compare_by(self.columns.iter().flatten(), a, b).is_eq();
        let line = |row: u32| self.read.line(self.rows.row(row));
        let mut sorted = own.to_vec();
        sorted.sort_by(|a, b| key(*a, *b));
        let mut quarantined = 0;
        for same in sorted.chunk_by(|a, b| key(*a, *b).is_eq()) {
            let found = conflicts(self.read, (same, keys.get(household)), line, agree);
            if found.is_empty() {
                sifted.repeated += count(same.len()) - 1;
                sifted.rows.extend(same.first());
            } else {
                quarantined += u32::try_from(same.len()).unwrap_or(u32::MAX);
                sifted.conflicts.extend(found);
            }
        }
        if quarantined > 0 {
            sifted.quarantined.push((household, quarantined));
        }
    }
}
