//! Rows to households and records: who owns a row, which rows say the same, which contradict.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use heng_dsl::model::RecordTable;
use rayon::prelude::*;

use super::FileReport;
use super::fault::RowFault;
use super::problem::{BadRow, Note};
use super::rows::{NOBODY, TableRows};
use super::shares::{self, STRETCH, Stretch};
use crate::columns::{
    Builder, Column, Columns, Dictionary, Kind, Pieces, Placing, TextIndex, Texts,
};

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
    fn new(mut read: TableRows, used: usize, repeated: u64) -> Self {
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
        (read.lines, read.strangers) = (None, Vec::new());
        Self { report, read, notes }
    }
}

fn count(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}

/// So many rows are looked at at once whether one has to be looked at by itself.
const LOOKED_AT: usize = 64;

/// Keys that are looked up while they are at hand.
const TOGETHER: usize = 1 << 13;

/// The households of a register, which stand in its columns, and those whose own row was quarantined.
pub(super) struct Households {
    /// Finds them by key; absent where their keys, which are in order, are looked through.
    index: Option<TextIndex>,
    /// Keys of those that are not in the register for it.
    quarantined: BTreeSet<Arc<str>>,
    /// What became of the rows; absent where there is no file of households.
    pub(super) part: Option<Part>,
}

impl Households {
    /// Households of a table that was read, sorted by key; rows of one key have to agree.
    pub(super) fn of(columns: &mut Columns, key: usize, mut read: TableRows) -> Self {
        let (keys, rows) = (std::mem::take(&mut read.keys), std::mem::take(&mut read.keyed));
        let all = (0..keys.len()).filter_map(|it| u32::try_from(it).ok()).collect();
        let order = keys.sorted(all);
        // Copied in order, so that neighbours are near one another.
        let keys = keys.gather(&order);
        let row = |it: &u32| rows.get(*it as usize).copied().unwrap_or(NOBODY);
        let rows: Vec<u32> = order.par_iter().map(row).collect();
        // Rows that are not the only one of their key, or not sound: few, mostly.
        let is_like = |a: usize, b: usize| b < keys.len() && keys.bytes(a) == keys.bytes(b);
        let is_special = |at: &usize| {
            let unsound = rows.get(*at).is_some_and(|it| read.unsound.contains(it));
            unsound || is_like(*at, *at + 1) || *at > 0 && is_like(*at - 1, *at)
        };
        let special: Vec<usize> = (0..keys.len()).into_par_iter().filter(is_special).collect();
        let among = |of: std::ops::Range<usize>| rows.get(of).unwrap_or_default();
        let (mut kept, mut quarantined, mut repeated) =
            (Vec::with_capacity(keys.len()), BTreeSet::new(), 0);
        let (mut at, mut taken) = (0, 0);
        for first in special {
            // It may be of the key that was looked at last.
            if first < at {
                continue;
            }
            kept.extend(among(at..first));
            at = keys.behind_same(first);
            let rows = among(first..at);
            // A broken row beside a sound one of the same key says something else, too.
            let key = keys.get(first);
            let line = |it: u32| read.line(it);
            let conflicts = conflicts(&read, (rows, key), line, |a, b| agree(&read, a, b));
            let usable = conflicts.is_empty() && rows.iter().all(|it| !read.unsound.contains(it));
            read.bad_rows.extend(conflicts);
            columns.keys.add(&keys, taken..if usable { first + 1 } else { first });
            taken = at;
            if usable {
                repeated += count(rows.len()) - 1;
                kept.extend(rows.first());
            } else {
                quarantined.insert(Arc::from(key));
            }
        }
        kept.extend(among(at..keys.len()));
        if taken == 0 {
            columns.keys = keys;
        } else {
            columns.keys.add(&keys, taken..keys.len());
        }
        let mut dictionary = std::mem::take(&mut columns.dictionary);
        let read_columns = read.columns.iter_mut();
        let (fields, index) = rayon::join(
            || Builder::gather_all(read_columns, &kept, &mut dictionary),
            || TextIndex::of(&columns.keys),
        );
        columns.fields.extend(fields);
        columns.dictionary = dictionary;
        columns.key_fields = if columns.keyed_by_text(key) { vec![key] } else { Vec::new() };
        Self { index: Some(index), quarantined, part: Some(Part::new(read, kept.len(), repeated)) }
    }

    /// Those of a delivery, if it has a file of them, among all that there are. Of many more households than it
    /// speaks of no index is made.
    pub(super) fn among(own: Option<Self>) -> Self {
        let (quarantined, part) = own.map(|it| (it.quarantined, it.part)).unwrap_or_default();
        Self { index: None, quarantined, part }
    }

    /// How many keys are looked up together: without an index, where they are put in order, as many as there are.
    pub(super) fn together(&self) -> usize {
        if self.index.is_some() { TOGETHER } else { usize::MAX }
    }

    /// The numbers of many households, by their keys; `all` are the keys of the register.
    pub(super) fn find_all(&self, all: &Texts, wanted: &Texts) -> Vec<Option<u32>> {
        match &self.index {
            Some(index) => index.find_all(all, wanted),
            None => all.find_all(wanted),
        }
    }
}

/// Reports rows of one key that do not agree, each with the line of another one; sound or not.
fn conflicts(
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

/// Do two rows of households say the same?
fn agree(read: &TableRows, a: u32, b: u32) -> bool {
    let sound = |it: u32| !read.unsound.contains(&it);
    let each = read.columns.iter().flatten().map(|it| it.compare(a as usize, b as usize));
    sound(a) == sound(b) && first_unequal(each).is_eq()
}

/// How two rows stand to each other whose columns stand so.
fn first_unequal(mut columns: impl Iterator<Item = Ordering>) -> Ordering {
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
        columns: &Columns,
        households: &Households,
    ) -> Self {
        for (row, key) in std::mem::take(&mut read.strangers) {
            let fault = if households.quarantined.contains(&key) {
                RowFault::HouseholdQuarantined
            } else {
                RowFault::UnknownHousehold
            };
            let line = read.line(row);
            read.bad_rows.push(read.reporter.row(line, Some(key), None, fault));
        }
        let mut quarantined = std::mem::take(&mut read.quarantined);
        let mut shares = std::mem::take(&mut read.shares);
        let kinds: Vec<Option<Kind>> =
            read.columns.iter().map(|it| it.as_ref().map(Builder::kind)).collect();
        let mut own = shares::columns(&mut shares, &kinds);
        let order = Order::of(table, &own);
        let all: Vec<usize> = (0..columns.len()).step_by(STRETCH).collect();
        let sifted: Vec<Sifted> = all
            .par_iter()
            .map(|first| {
                let households = *first..(*first + STRETCH).min(columns.len());
                let rows = Stretch::of(first / STRETCH, &shares);
                Sifting { order: &order, read: &read, rows: &rows, columns: &own }
                    .sift(households, &columns.keys)
            })
            .collect();
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

/// How the records of a household stand, and which columns make the key.
struct Order {
    by: Vec<usize>,
    key: Vec<usize>,
}

/// The records of some households in one table.
#[derive(Default)]
struct Sifted {
    rows: Vec<u32>,
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
    fn sift(&self, households: Range<usize>, keys: &Texts) -> Sifted {
        let (rows, starts) = self.rows.by_household(households.len());
        // Most records differ in the first column of the order, which is a date.
        let first = self.order.by.first().and_then(|it| self.columns.get(*it)?.as_ref());
        let first = first.filter(|_| self.order.key.is_empty());
        match first.and_then(|it| self.rows.plain(it)) {
            Some(first) => self.sift_by(&first, rows, starts),
            None => self.sift_all((&rows, &starts), households, keys),
        }
    }

    /// Puts rows of households in order by their numbers in the first column: as a rule they are in order, and decide.
    fn sift_by(&self, first: &[i32], mut rows: Vec<u32>, mut starts: Vec<u32>) -> Sifted {
        let number = |it: &u32| first.get(*it as usize).copied().unwrap_or_default();
        let numbers: Vec<i32> = rows.iter().map(number).collect();
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
            let own_numbers = numbers.get(own.clone()).unwrap_or_default().iter().copied();
            let own = rows.get_mut(own).unwrap_or_default();
            pairs.extend(own_numbers.zip(own.iter().copied()));
            alike += self.arrange(&mut pairs);
            own.iter_mut().zip(&pairs).for_each(|(own, it)| *own = it.1);
        }
        Sifted { rows, ends: starts.split_off(1.min(starts.len())), alike, ..Sifted::default() }
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
