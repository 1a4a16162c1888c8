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
use super::rows::{NOBODY, Owners, TableRows};
use super::shares::{STRETCH, Shares};
use crate::columns::{Builder, Column, Columns, Dictionary, TextIndex, Texts};

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
        (read.columns, read.owners) = (Vec::new(), Owners::Known(Vec::new()));
        (read.lines, read.strangers) = (None, Vec::new());
        Self { report, read, notes }
    }
}

fn count(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}

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
        let Owners::Keys(keys, rows) =
            std::mem::replace(&mut read.owners, Owners::Known(Vec::new()))
        else {
            return Self {
                index: None,
                quarantined: BTreeSet::new(),
                part: Some(Part::new(read, 0, 0)),
            };
        };
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
            let conflicts = conflicts(&read, rows, key);
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

    /// The numbers of many households, by their keys; `all` are the keys of the register.
    pub(super) fn find_all(&self, all: &Texts, wanted: &Texts) -> Vec<Option<u32>> {
        match &self.index {
            Some(index) => index.find_all(all, wanted),
            None => all.find_all(wanted),
        }
    }
}

/// Reports rows of one key that do not agree, each with the line of another one; sound or not.
fn conflicts(read: &TableRows, same: &[u32], key: &str) -> Vec<BadRow> {
    let Some(first) = same.first() else { return Vec::new() };
    let other = same.iter().skip(1).find(|it| !agree(read, *first, **it));
    let Some(other) = other else { return Vec::new() };
    let (first, other) = (read.line(*first), read.line(*other));
    let fault = |row: &u32| {
        let line = read.line(*row);
        let seen = if line == first { other } else { first };
        read.reporter.row(line, Some(Arc::from(key)), None, RowFault::Conflict(seen))
    };
    same.iter().map(fault).collect()
}

/// Do two rows say the same?
fn agree(read: &TableRows, a: u32, b: u32) -> bool {
    let sound = |it: u32| !read.unsound.contains(&it);
    sound(a) == sound(b) && compared(read.columns.iter().flatten(), a, b) == Ordering::Equal
}

/// How two rows stand to each other in some columns.
fn compared<'b>(mut columns: impl Iterator<Item = &'b Builder>, a: u32, b: u32) -> Ordering {
    let order = columns.find_map(|it| {
        let order = it.compare(a as usize, b as usize);
        (order != Ordering::Equal).then_some(order)
    });
    order.unwrap_or(Ordering::Equal)
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
        let mut quarantined = unsound(&read);
        let shares = Shares::of(&mut read, columns.len());
        let order = Order::of(table, &read);
        let all: Vec<usize> = (0..columns.len()).step_by(STRETCH).collect();
        let sifted: Vec<Sifted> = all
            .par_iter()
            .map(|first| {
                let stretch = *first..(*first + STRETCH).min(columns.len());
                order.sift(&read, &shares.rows(&stretch), stretch, &columns.keys)
            })
            .collect();
        drop(shares);
        let rows = sifted.iter().map(|it| it.rows.len()).sum();
        let (mut kept, mut offsets) = (Vec::with_capacity(rows), vec![0]);
        let (mut repeated, mut alike) = (0, 0);
        for it in sifted {
            let before = u32::try_from(kept.len()).unwrap_or(u32::MAX);
            offsets.extend(it.ends.iter().map(|it| before.saturating_add(*it)));
            kept.extend(it.rows);
            repeated += it.repeated;
            alike += it.alike;
            for (household, rows) in it.quarantined {
                *quarantined.entry(household).or_default() += rows;
            }
            read.bad_rows.extend(it.conflicts);
        }
        let mut dictionary = Dictionary::default();
        let columns = read.columns.iter_mut().skip(1);
        let columns = Builder::gather_all(columns, &kept, &mut dictionary);
        let mut part = Part::new(read, kept.len(), repeated);
        if alike > 0 {
            part.notes.push(Note::Alike { file: part.report.file.clone(), rows: alike });
        }
        Self { offsets, columns, dictionary, quarantined, part }
    }
}

/// How many rows of each household cannot be used.
fn unsound(read: &TableRows) -> BTreeMap<usize, u32> {
    let mut counts = BTreeMap::new();
    let Owners::Known(owners) = &read.owners else { return counts };
    for row in &read.unsound {
        if let Some(owner) = owners.get(*row as usize).filter(|it| **it != NOBODY) {
            *counts.entry(*owner as usize).or_default() += 1;
        }
    }
    counts
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
    fn of(table: &RecordTable, read: &TableRows) -> Self {
        let fields = || table.fields.iter().enumerate();
        let there = |it: &usize| read.columns.get(*it).is_some_and(Option::is_some);
        let by =
            table.order.iter().filter_map(|id| Some(fields().find(|it| it.1.id == *id)?.0 + 1));
        let key = fields().filter(|it| it.1.key).map(|it| it.0 + 1);
        Self { by: by.filter(there).collect(), key: key.collect() }
    }

    /// How two rows stand to each other: by the columns of the order, then by all.
    fn compare(&self, read: &TableRows, a: u32, b: u32) -> Ordering {
        let by = self.by.iter().filter_map(|it| read.columns.get(*it)?.as_ref());
        compared(by.chain(read.columns.iter().flatten()), a, b)
    }

    /// Puts the rows of some households in order, and takes out what cannot be used.
    fn sift(
        &self,
        read: &TableRows,
        (rows, starts): &(Vec<u32>, Vec<u32>),
        households: Range<usize>,
        keys: &Texts,
    ) -> Sifted {
        let (mut sifted, mut pairs) = (Sifted::default(), Vec::new());
        // Most records differ in the first column of the order, which is a date.
        let first = self.by.first().and_then(|it| read.columns.get(*it)?.as_ref());
        let first = first.filter(|_| self.key.is_empty()).and_then(Builder::plain);
        let first: Option<Vec<i32>> = first.map(|all| {
            rows.iter().map(|it| all.get(*it as usize).copied().unwrap_or_default()).collect()
        });
        let place = |it: usize| starts.get(it).map_or(rows.len(), |it| *it as usize);
        sifted.rows.reserve(rows.len());
        for (at, household) in households.enumerate() {
            let range = place(at)..place(at + 1);
            let own = rows.get(range.clone()).unwrap_or_default();
            let before = sifted.rows.len();
            if self.key.is_empty() {
                sifted.rows.extend(own);
            } else {
                self.keyed(read, own, (household, keys), &mut sifted);
            }
            let kept = sifted.rows.get_mut(before..).unwrap_or_default();
            if kept.len() > 1 {
                let first = first.as_ref().and_then(|it| it.get(range));
                let first = first.filter(|it| it.len() == kept.len());
                let in_order = |it: &[u32]| self.compare(read, it[0], it[1]) == Ordering::Less;
                match first {
                    Some(first) if first.is_sorted_by(|a, b| a < b) => {}
                    Some(first) => {
                        pairs.clear();
                        pairs.extend(first.iter().copied().zip(kept.iter().copied()));
                        sifted.alike += self.arrange(read, &mut pairs);
                        kept.iter_mut().zip(&pairs).for_each(|(own, it)| *own = it.1);
                    }
                    None if kept.windows(2).all(in_order) => {}
                    None => {
                        kept.sort_by(|a, b| self.compare(read, *a, *b));
                        if self.key.is_empty() {
                            let same = |it: &&[u32]| self.compare(read, it[0], it[1]).is_eq();
                            sifted.alike += count(kept.windows(2).filter(same).count());
                        }
                    }
                }
            }
            sifted.ends.push(u32::try_from(sifted.rows.len()).unwrap_or(u32::MAX));
        }
        sifted
    }

    /// Puts rows in order that come with their number in the first column of the order, which nearly always
    /// decides; how many have one before them that says the same.
    fn arrange(&self, read: &TableRows, pairs: &mut [(i32, u32)]) -> u64 {
        pairs.sort_unstable_by(|a, b| {
            let rest = || self.compare(read, a.1, b.1).then(a.1.cmp(&b.1));
            a.0.cmp(&b.0).then_with(rest)
        });
        let same =
            |it: &&[(i32, u32)]| it[0].0 == it[1].0 && self.compare(read, it[0].1, it[1].1).is_eq();
        count(pairs.windows(2).filter(same).count())
    }

    /// Keeps one row of each key; rows of one key that do not agree are reported, and none of them kept.
    fn keyed(
        &self,
        read: &TableRows,
        own: &[u32],
        (household, keys): (usize, &Texts),
        sifted: &mut Sifted,
    ) {
        let key = |a: u32, b: u32| {
            compared(self.key.iter().filter_map(|it| read.columns.get(*it)?.as_ref()), a, b)
        };
        let mut sorted = own.to_vec();
        sorted.sort_by(|a, b| key(*a, *b));
        let mut quarantined = 0;
        for same in sorted.chunk_by(|a, b| key(*a, *b).is_eq()) {
            let found = conflicts(read, same, keys.get(household));
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
