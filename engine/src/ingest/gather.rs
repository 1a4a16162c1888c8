//! Households and records put together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use heng_dsl::model::RecordTable;
use heng_dsl::model::linked::Linked;
use heng_dsl::value::{Date, Value};
use rayon::prelude::*;

use super::layout::{Bound, Folder, Wanted, nearest};
use super::mapping::DataSheet;
use super::problem::{LoadProblem, Note, Problems, RowFault};
use super::rows::{self, Parsed, TableRows};
use super::sheet::unreadable;
use super::{Encoding, FileReport, LoadError, LoadRequest, Loaded, Progress};
use crate::data::{Household, Record, Register};

/// See [`super::load`].
pub(super) fn folder(
    linked: &Linked,
    request: &LoadRequest,
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<Loaded, LoadError> {
    let key = rows::can_be_key(linked).ok_or_else(|| LoadError::one(LoadProblem::NoSubject))?;
    let folder = Folder::list(&request.folder).map_err(LoadError::one)?;
    let cutoff = cutoff(request)?;
    let bound = bind(linked, request, &folder)?;
    let mut loaded = Loaded::default();
    let used: Vec<Arc<str>> = bound.iter().map(|it| Arc::clone(&it.sheet.file)).collect();
    loaded.problems.notes = bound.iter().flat_map(Bound::notes).collect();
    loaded.problems.notes.extend(folder_notes(&folder, &used, cutoff));

    let mut tables = bound.into_iter();
    let first = tables.next().ok_or_else(|| LoadError::one(LoadProblem::NoSubject))?;
    let encoding = first.sheet.encoding;
    let read = rows::read(first, key, progress).map_err(LoadError::one)?;
    let households = Households::of(linked, read, encoding);
    let tables: Vec<(usize, Bound<'_>)> = tables.enumerate().collect();
    let records: Vec<Result<Records, LoadProblem>> = tables
        .into_par_iter()
        .map(|(slot, bound)| {
            let encoding = bound.sheet.encoding;
            let read = rows::read(bound, 0, progress)?;
            Ok(Records::of(linked.table(slot), read, encoding, &households))
        })
        .collect();
    let (records, damaged): (Vec<_>, Vec<_>) = records.into_iter().partition(Result::is_ok);
    if !damaged.is_empty() {
        return Err(damaged.into_iter().filter_map(Result::err).collect::<Vec<_>>().into());
    }
    loaded.register.cutoff = cutoff;
    assemble(&mut loaded, households, records.into_iter().flatten().collect());
    let found = loaded.problems.quarantined;
    if let Some(allowed) = request.max_bad.filter(|it| found > *it) {
        let problems = vec![LoadProblem::TooManyBad { found, allowed }];
        return Err(LoadError { problems, found: Some(Box::new(loaded.problems)) });
    }
    history(linked, request, &mut loaded)?;
    Ok(loaded)
}

/// 截至, from the request or from `data.toml`.
fn cutoff(request: &LoadRequest) -> Result<Option<Date>, LoadError> {
    if request.cutoff.is_some() {
        return Ok(request.cutoff);
    }
    let path = request.folder.join("data.toml");
    if !path.exists() {
        return Ok(None);
    }
    let bytes = std::fs::read(&path).map_err(|why| LoadError::one(unreadable(&path, &why)))?;
    let text = String::from_utf8(bytes).map_err(|why| why.to_string());
    let sheet = text.and_then(|it| DataSheet::parse(&it));
    let wrong = |why| LoadError::one(LoadProblem::Settings { file: "data.toml".to_owned(), why });
    sheet.map(|it| it.cutoff).map_err(wrong)
}

/// Opens the file of every table, the household file first; all that is wrong is said at once.
fn bind<'l>(
    linked: &'l Linked,
    request: &LoadRequest,
    folder: &Folder,
) -> Result<Vec<Bound<'l>>, LoadError> {
    let tables = (0..linked.tables().len()).map(|slot| Wanted::records(linked, slot));
    let wanted: Vec<Wanted<'l>> =
        std::iter::once(Wanted::households(linked)).chain(tables).flatten().collect();
    let mut problems = Vec::new();
    for name in request.mapping.tables.keys() {
        if !wanted.iter().any(|it| it.is_called(name)) {
            let known = wanted.iter().flat_map(Wanted::names).copied();
            let nearest = nearest(name, known).map(str::to_owned);
            problems.push(LoadProblem::UnknownMapping { name: name.clone(), nearest });
        }
    }
    let mut bound = Vec::new();
    for it in &wanted {
        it.unknown_in(&request.mapping, &mut problems);
        bound.extend(it.bind(linked, folder, &request.mapping, &mut problems));
    }
    // A table that two packages declare is read for both, but what is wrong with it is said once.
    let mut said: Vec<LoadProblem> = Vec::new();
    for it in problems {
        if !said.contains(&it) {
            said.push(it);
        }
    }
    if said.is_empty() { Ok(bound) } else { Err(said.into()) }
}

fn folder_notes(folder: &Folder, used: &[Arc<str>], cutoff: Option<Date>) -> Vec<Note> {
    let others = folder.others(used);
    let unused = (!others.is_empty()).then_some(Note::UnusedFiles(others));
    let undated = cutoff.is_none().then_some(Note::NoCutoff);
    unused.into_iter().chain(undated).collect()
}

/// Reads earlier results where there are any.
fn history(linked: &Linked, request: &LoadRequest, loaded: &mut Loaded) -> Result<(), LoadError> {
    let usual = ["history", "历次结果"].map(|it| request.folder.join(it));
    let found = request.history.clone().or_else(|| usual.into_iter().find(|it| it.is_dir()));
    if let Some(folder) = found {
        let mut noticed = super::earlier(&folder, linked, &mut loaded.register)?;
        loaded.problems.bad_cells.append(&mut noticed.bad_cells);
        loaded.problems.notes.append(&mut noticed.notes);
    }
    Ok(())
}

/// What became of the rows of one file.
struct Part {
    report: FileReport,
    read: TableRows,
    notes: Vec<Note>,
}

impl Part {
    /// Counts, once every fault is known.
    fn new(read: TableRows, encoding: Option<Encoding>, used: usize, repeated: u64) -> Self {
        let lines: BTreeSet<u64> = read.bad_rows.iter().map(|it| it.place.line).collect();
        let report = FileReport {
            file: read.reporter.file.to_string(),
            table: read.reporter.table.to_string(),
            encoding,
            rows: count(read.rows.len()),
            used: count(used),
            quarantined: count(lines.len()),
            repeated,
            bad_cells: count(read.bad_cells.len()),
        };
        let file = report.file.clone();
        let notes = [
            (repeated > 0).then(|| Note::Repeated { file: file.clone(), rows: repeated }),
            (read.over_lines > 0).then(|| Note::OverLines { file, rows: read.over_lines }),
        ];
        let notes = notes.into_iter().flatten().collect();
        Self { report, read, notes }
    }
}

fn count(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}

/// The households, sorted by key, and those whose own row was quarantined.
struct Households {
    list: Vec<Household>,
    quarantined: BTreeSet<Arc<str>>,
    part: Part,
}

impl Households {
    fn of(linked: &Linked, mut read: TableRows, encoding: Option<Encoding>) -> Self {
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
            let first = same.first().and_then(|at| read.rows.get(*at));
            let agree = same.iter().all(|at| {
                read.rows
                    .get(*at)
                    .is_some_and(|it| it.sound && Some(&it.values) == first.map(|it| &it.values))
            });
            match first {
                Some(row) if agree => {
                    repeated += count(same.len()) - 1;
                    let (fields, records) = (row.values.clone(), vec![Vec::new(); tables]);
                    list.push(Household { key, fields, records, ..Household::default() });
                }
                _ => {
                    quarantined.insert(key);
                }
            }
        }
        let used = list.len();
        Self { list, quarantined, part: Part::new(read, encoding, used, repeated) }
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
struct Records {
    /// The number of the household, and its records in their order.
    of: Vec<(usize, Vec<Record>)>,
    /// Quarantined rows, by number of the household.
    quarantined: BTreeMap<usize, u32>,
    part: Part,
}

impl Records {
    fn of(
        table: &RecordTable,
        mut read: TableRows,
        encoding: Option<Encoding>,
        households: &Households,
    ) -> Self {
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
        let mut part = Part::new(read, encoding, used, repeated);
        if alike > 0 {
            part.notes.push(Note::Alike { file: part.report.file.clone(), rows: alike });
        }
        part.read.rows = Vec::new();
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
            .filter_map(|at| read.rows.get_mut(at).map(|it| std::mem::take(&mut it.values)))
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

/// Gives every household its records, and puts all reports in the order of files and lines.
fn assemble(loaded: &mut Loaded, households: Households, records: Vec<Records>) {
    let Households { mut list, part, .. } = households;
    let mut parts = vec![part];
    for (slot, table) in records.into_iter().enumerate() {
        for (household, rows) in table.of {
            if let Some(place) = list.get_mut(household).and_then(|it| it.records.get_mut(slot)) {
                *place = rows;
            }
        }
        for (household, rows) in table.quarantined {
            if let Some(it) = list.get_mut(household) {
                it.quarantined.push((slot, rows));
            }
        }
        parts.push(table.part);
    }
    loaded.register = Register { households: list, cutoff: loaded.register.cutoff };
    report(loaded, parts);
}

/// A file that two packages read is reported once.
fn report(loaded: &mut Loaded, parts: Vec<Part>) {
    let Problems { bad_rows, bad_cells, notes, quarantined } = &mut loaded.problems;
    for part in parts {
        if loaded.files.contains(&part.report) {
            continue;
        }
        *quarantined += part.report.quarantined;
        let mut of_table = part.read.bad_rows;
        of_table.sort_by(|a, b| {
            (a.place.line, &a.column, &a.fault).cmp(&(b.place.line, &b.column, &b.fault))
        });
        bad_rows.append(&mut of_table);
        bad_cells.extend(part.read.bad_cells);
        notes.extend(part.notes);
        loaded.files.push(part.report);
    }
    let mut said: Vec<Note> = Vec::new();
    for it in std::mem::take(notes) {
        if !said.contains(&it) {
            said.push(it);
        }
    }
    *notes = said;
}
