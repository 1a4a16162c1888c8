//! Rows to households and records: who owns a row, which rows say the same, which contradict.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::take;
use std::sync::Arc;

use heng_dsl::model::RecordTable;
use heng_dsl::model::linked::Linked;
use heng_dsl::value::Value;

use super::FileReport;
use super::fault::RowFault;
use super::problem::Note;
use super::rows::{Parsed, TableRows};
use crate::data::{Household, Record};

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
            rows: count(read.rows.len()),
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
        // What was used stands in the register by now; the rest need not wait for the other files.
        read.rows = Vec::new();
        Self { report, read, notes }
    }
}

fn count(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}

/// The households, sorted by key, and those whose own row was quarantined.
pub(super) struct Households {
    /// The households.
    pub(super) list: Vec<Household>,
    /// Keys of those that are not in the register for it.
    quarantined: BTreeSet<Arc<str>>,
    /// What became of the rows.
    pub(super) part: Part,
}

impl Households {
    /// Households of a table that was read; rows of one key have to agree.
    pub(super) fn of(linked: &Linked, mut read: TableRows) -> Self {
        let mut by_key: BTreeMap<Arc<str>, Vec<usize>> = BTreeMap::new();
        for (at, row) in read.rows.iter().enumerate() {
            if let Some(key) = &row.key {
                by_key.entry(Arc::clone(key)).or_default().push(at);
            }
        }
        let tables = linked.tables().len();
        let (mut list, mut quarantined, mut repeated) = (Vec::new(), BTreeSet::new(), 0);
        for (key, same) in by_key {
            // A broken row beside a sound one of the same key says something else, too.
            conflicts(&mut read, &same);
            let of = |at: &usize| read.rows.get(*at);
            let first = same.first().and_then(of);
            let usable = same
                .iter()
                .all(|at| of(at).zip(first).is_some_and(|(a, b)| a.sound && agree(a, b)));
            match same.first().and_then(|at| read.rows.get_mut(*at)) {
                Some(row) if usable => {
                    repeated += count(same.len()) - 1;
                    let (fields, records) = (take(&mut row.values), vec![Vec::new(); tables]);
                    list.push(Household { key, fields, records, ..Household::default() });
                }
                _ => {
                    quarantined.insert(key);
                }
            }
        }
        let used = list.len();
        Self { list, quarantined, part: Part::new(read, used, repeated) }
    }

    fn find(&self, key: &str) -> Option<usize> {
        self.list.binary_search_by(|it| it.key.as_ref().cmp(key)).ok()
    }
}

/// Reports rows of one key that do not agree, each with the line of another one; sound or not.
fn conflicts(read: &mut TableRows, same: &[usize]) {
    let of = |at: &usize| read.rows.get(*at);
    let Some(first) = same.first().and_then(of) else { return };
    let Some(other) = same.iter().filter_map(of).find(|it| !agree(first, it)) else { return };
    let (first, other) = (first.line, other.line);
    let mut faults = Vec::new();
    for row in same.iter().filter_map(of) {
        let seen = if row.line == first { other } else { first };
        faults.push(read.reporter.row(row.line, row.key.clone(), None, RowFault::Conflict(seen)));
    }
    read.bad_rows.append(&mut faults);
}

/// Do two rows say the same?
fn agree(a: &Parsed, b: &Parsed) -> bool {
    a.sound == b.sound && a.values == b.values
}

/// The records of one table, for the households they belong to.
pub(super) struct Records {
    /// The number of the household, and its records in their order.
    pub(super) of: Vec<(usize, Vec<Record>)>,
    /// Quarantined rows, by number of the household.
    pub(super) quarantined: BTreeMap<usize, u32>,
    /// What became of the rows.
    pub(super) part: Part,
}

impl Records {
    /// Records of a table that was read, sorted, without those that cannot be used.
    pub(super) fn of(table: &RecordTable, mut read: TableRows, households: &Households) -> Self {
        let mut owned: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut strangers = Vec::new();
        for (at, row) in read.rows.iter().enumerate() {
            let Some(key) = &row.key else { continue };
            match households.find(key) {
                Some(household) => owned.entry(household).or_default().push(at),
                None => strangers.push((row.line, Arc::clone(key))),
            }
        }
        for (line, key) in strangers {
            let fault = if households.quarantined.contains(&key) {
                RowFault::HouseholdQuarantined
            } else {
                RowFault::UnknownHousehold
            };
            read.bad_rows.push(read.reporter.row(line, Some(key), None, fault));
        }
        let order = Order::of(table);
        let (mut of, mut quarantined) = (Vec::new(), BTreeMap::new());
        let (mut used, mut repeated, mut alike) = (0, 0, 0);
        for (household, rows) in owned {
            let sifted = order.sift(&mut read, rows);
            used += sifted.records.len();
            repeated += sifted.repeated;
            alike += sifted.alike;
            if sifted.quarantined > 0 {
                quarantined.insert(household, sifted.quarantined);
            }
            of.push((household, sifted.records));
        }
        let mut part = Part::new(read, used, repeated);
        if alike > 0 {
            part.notes.push(Note::Alike { file: part.report.file.clone(), rows: alike });
        }
        Self { of, quarantined, part }
    }
}

/// How the records of a household stand, and which columns make the key. Columns are counted as in
/// the file, where the key of the household comes first.
struct Order {
    by: Vec<usize>,
    key: Vec<usize>,
}

/// The records of one household in one table.
struct Sifted {
    records: Vec<Record>,
    repeated: u64,
    alike: u64,
    quarantined: u32,
}

impl Order {
    fn of(table: &RecordTable) -> Self {
        let fields = || table.fields.iter().enumerate();
        let by =
            table.order.iter().filter_map(|id| Some(fields().find(|it| it.1.id == *id)?.0 + 1));
        let key = fields().filter(|it| it.1.key).map(|it| it.0 + 1);
        Self { by: by.collect(), key: key.collect() }
    }

    fn picked<'v>(values: &'v [Value], columns: &[usize]) -> Vec<&'v Value> {
        columns.iter().filter_map(|at| values.get(*at)).collect()
    }

    /// Sorts the rows of one household, and takes out what cannot be used.
    fn sift(&self, read: &mut TableRows, rows: Vec<usize>) -> Sifted {
        let all = rows.len();
        let mut sound: Vec<usize> =
            rows.into_iter().filter(|at| read.rows.get(*at).is_some_and(|it| it.sound)).collect();
        let mut repeated = 0;
        if !self.key.is_empty() {
            let mut by_key: BTreeMap<Vec<Value>, Vec<usize>> = BTreeMap::new();
            for at in sound.drain(..) {
                let values = read.rows.get(at).map(|it| it.values.as_slice()).unwrap_or_default();
                let key = Self::picked(values, &self.key).into_iter().cloned().collect();
                by_key.entry(key).or_default().push(at);
            }
            for same in by_key.into_values() {
                let before = read.bad_rows.len();
                conflicts(read, &same);
                if read.bad_rows.len() == before {
                    repeated += count(same.len()) - 1;
                    sound.extend(same.first());
                }
            }
        }
        let quarantined = count(all) - count(sound.len()) - repeated;
        let mut kept: Vec<Vec<Value>> = sound
            .into_iter()
            .filter_map(|at| read.rows.get_mut(at).map(|it| take(&mut it.values)))
            .collect();
        kept.sort_by(|a, b| {
            Self::picked(a, &self.by).cmp(&Self::picked(b, &self.by)).then_with(|| a.cmp(b))
        });
        let alike = if self.key.is_empty() {
            count(kept.windows(2).filter(|it| it.first() == it.last()).count())
        } else {
            0
        };
        let records =
            kept.into_iter().map(|values| Record { values: values.into_iter().skip(1).collect() });
        Sifted {
            records: records.collect(),
            repeated,
            alike,
            quarantined: u32::try_from(quarantined).unwrap_or(u32::MAX),
        }
    }
}
