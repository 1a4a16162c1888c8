//! 历次结果: earlier results, from result files of former runs.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use heng_dsl::model::linked::Linked;
use heng_dsl::model::{DeclKind, Responsibility, TyKind};
use heng_dsl::value::{Date, Fault, Value};

use super::LoadError;
use super::cell::{Cell, Reading};
use super::layout::{Folder, nearest};
use super::problem::{BadCell, LoadProblem, Note, Place, Problems};
use super::quarantine::is_a_list;
use super::sheet::{Row, Sheet};
use crate::data::{EarlierResult, Register};
use crate::output::{as_written, headers, result_names};

/// Reads every result file of a folder into the histories of the households, oldest first.
///
/// Columns are matched by the names that [`crate::output::result_name`] gives, and by
/// `package.name`; grades by the names of their members, missing where there is no such member now.
/// Only declarations that have a column are recorded; an empty cell is 不适用 unless the file says
/// that it is missing or in error. Says what was noticed.
///
/// # Errors
///
/// A file that cannot be read, that has no key or as-of date, or two files with results of one
/// household for one date.
pub fn earlier(
    folder: &Path,
    linked: &Linked,
    register: &mut Register,
) -> Result<Problems, LoadError> {
    let folder = Folder::list(folder).map_err(LoadError::one)?;
    let mut noticed = Problems::default();
    // Who has a result of which date, and from which file.
    let mut seen: BTreeMap<(usize, Date), Arc<str>> = BTreeMap::new();
    for path in folder.all() {
        let sheet = Sheet::open(&path).map_err(LoadError::one)?;
        // What a run leaves beside its results are no results.
        if is_a_list(&sheet.header) {
            continue;
        }
        let file = Arc::clone(&sheet.file);
        let columns = Columns::of(linked, &sheet, &mut noticed.notes).map_err(LoadError::from)?;
        let mut results = Vec::new();
        let wanted: Vec<usize> = columns.wanted.clone();
        let mut uneven = None;
        sheet
            .rows(&wanted, &mut |line, row| match row {
                Row::Cells(cells, _) => {
                    results.push(columns.read(&file, line, cells, &mut noticed));
                }
                Row::Uneven { .. } => uneven = Some(line),
            })
            .map_err(LoadError::one)?;
        if let Some(line) = uneven {
            return Err(damaged(&file, line));
        }
        place(register, results, &file, &mut seen, &mut noticed.notes)?;
    }
    for household in &mut register.households {
        household.history.sort_by_key(|it| it.as_of);
    }
    Ok(noticed)
}

fn damaged(file: &str, line: u64) -> LoadError {
    LoadError::one(LoadProblem::Damaged { file: file.to_owned(), why: format!("line {line}") })
}

/// A row of a result file: its line, the key, the result.
type Found = (u64, Option<Arc<str>>, EarlierResult);

/// Gives every household its results.
fn place(
    register: &mut Register,
    results: Vec<Found>,
    file: &Arc<str>,
    seen: &mut BTreeMap<(usize, Date), Arc<str>>,
    notes: &mut Vec<Note>,
) -> Result<(), LoadError> {
    let mut strangers = 0;
    for (line, key, result) in results {
        let (Some(key), Some(as_of)) = (key, result.as_of) else { return Err(damaged(file, line)) };
        let Ok(at) = register.households.binary_search_by(|it| it.key.cmp(&key)) else {
            strangers += 1;
            continue;
        };
        if let Some(other) = seen.insert((at, as_of), Arc::clone(file)) {
            return Err(LoadError::one(LoadProblem::ResultTwice {
                file: file.to_string(),
                other: other.to_string(),
                as_of: as_of.to_string(),
            }));
        }
        if let Some(household) = register.households.get_mut(at) {
            household.history.push(result);
        }
    }
    if strangers > 0 {
        notes.push(Note::ResultsOfOthers { file: file.to_string(), rows: strangers });
    }
    Ok(())
}

/// What the columns of a result file are.
struct Columns<'l> {
    linked: &'l Linked,
    /// Numbers of the columns that are read: key, as-of date, missing results, errors (these two if
    /// they are there), then results.
    wanted: Vec<usize>,
    missing: bool,
    errors: bool,
    /// The slot and the header of each result.
    results: Vec<(usize, Arc<str>)>,
}

impl<'l> Columns<'l> {
    fn of(
        linked: &'l Linked,
        sheet: &Sheet,
        notes: &mut Vec<Note>,
    ) -> Result<Self, Vec<LoadProblem>> {
        let find = |names: &[&str]| sheet.header.iter().position(|it| names.contains(&it.as_str()));
        let key = linked.subject().map(|it| linked.field(it.key));
        let key_names: Vec<&str> = key
            .iter()
            .flat_map(|it| [Some(it.id.as_ref()), Some(it.name.as_ref()), it.column.as_deref()])
            .flatten()
            .collect();
        let mut problems = Vec::new();
        let mut needed = |names: &[&str]| {
            let found = find(names);
            if found.is_none() {
                let field = names.first().copied().unwrap_or_default();
                let near = nearest(field, sheet.header.iter().map(String::as_str));
                problems.push(LoadProblem::NoColumn {
                    file: sheet.file.to_string(),
                    field: field.to_owned(),
                    nearest: near.map(str::to_owned),
                });
            }
            found
        };
        let front = [needed(&key_names), needed(&headers::AS_OF)];
        if !problems.is_empty() {
            return Err(problems);
        }
        let (missing, errors) = (find(&headers::MISSING_RESULTS), find(&headers::ERRORS));
        let mut wanted: Vec<usize> = front.into_iter().chain([missing, errors]).flatten().collect();
        let (results, unused) = Self::results(linked, sheet, &wanted);
        wanted.extend(results.iter().map(|it| it.0));
        if !unused.is_empty() {
            notes.push(Note::UnusedResults { file: sheet.file.to_string(), columns: unused });
        }
        let results =
            results.into_iter().map(|(at, slot)| (slot, Arc::from(sheet.header[at].as_str())));
        let results = results.collect();
        Ok(Self { linked, wanted, missing: missing.is_some(), errors: errors.is_some(), results })
    }

    /// The columns that are results of declarations, with their slots, and the headers that are
    /// nothing at all.
    fn results(
        linked: &Linked,
        sheet: &Sheet,
        taken: &[usize],
    ) -> (Vec<(usize, usize)>, Vec<String>) {
        let names = result_names(linked);
        let (mut results, mut unused) = (Vec::new(), Vec::new());
        for (at, header) in sheet.header.iter().enumerate().filter(|it| !taken.contains(&it.0)) {
            match names.get(header) {
                Some(slot) if !results.iter().any(|it: &(usize, usize)| it.1 == *slot) => {
                    results.push((at, *slot));
                }
                _ if headers::is_fixed(header) || is_of_measure(linked, &names, header) => {}
                _ => unused.push(header.clone()),
            }
        }
        (results, unused)
    }

    fn read(
        &self,
        file: &Arc<str>,
        line: u64,
        cells: &[Cell<'_>],
        noticed: &mut Problems,
    ) -> Found {
        let mut cells = cells.iter();
        let mut next = || cells.next().unwrap_or(&Cell::Empty);
        let key = match next() {
            Cell::Empty => None,
            other => Some(Arc::from(as_written(&other.shown()))),
        };
        let as_of = match Reading::bare(&TyKind::Date).read(next()) {
            Ok(Value::Date(it)) => Some(it),
            _ => None,
        };
        let missing = if self.missing { list(next()) } else { Vec::new() };
        let errors = if self.errors { list(next()) } else { Vec::new() };
        let mut values = Vec::with_capacity(self.results.len());
        for (slot, header) in &self.results {
            let cell = next();
            let value = match cell {
                Cell::Empty => Ok(empty(header, &missing, &errors)),
                Cell::Text(it) => self.value(*slot, &Cell::Text(as_written(it).into())),
                other => self.value(*slot, other),
            };
            values.push((
                *slot,
                value.unwrap_or_else(|fault| {
                    noticed.bad_cells.push(BadCell {
                        place: Place { file: Arc::clone(file), line },
                        table: Arc::from("历次结果"),
                        household: key.clone(),
                        column: Arc::clone(header),
                        value: cell.shown(),
                        sensitive_key: self.key_is_sensitive(),
                        sensitive: false,
                        fault,
                        responsibility: Arc::new(Responsibility::default()),
                    });
                    Value::Missing
                }),
            ));
        }
        values.sort_unstable_by_key(|it| it.0);
        (line, key, EarlierResult { as_of, values })
    }

    fn key_is_sensitive(&self) -> bool {
        self.linked.subject().is_some_and(|it| self.linked.field(it.key).sensitive)
    }

    fn value(&self, slot: usize, cell: &Cell<'_>) -> Result<Value, super::CellFault> {
        let ty = &self.linked.decl(slot).ty;
        match (Reading::of_ty(self.linked, ty).read(cell), &ty.kind) {
            // A grade that is no longer a grade is missing (`language.md` §3.14), no fault.
            (Err(_), TyKind::Member(_)) => Ok(Value::Missing),
            (read, _) => read,
        }
    }
}

/// A column of a measure, which result files have and nothing can read later.
fn is_of_measure(linked: &Linked, names: &BTreeMap<String, usize>, header: &str) -> bool {
    let slot = header.rsplit_once('.').and_then(|(measure, _)| names.get(measure));
    slot.is_some_and(|it| matches!(linked.decl(*it).kind, DeclKind::Measure { .. }))
}

/// Names in one cell, as result files write them.
fn list(cell: &Cell<'_>) -> Vec<String> {
    match cell {
        Cell::Text(it) => as_written(it).split(';').map(|it| it.trim().to_owned()).collect(),
        _ => Vec::new(),
    }
}

/// Which of the three non-values an empty result is.
fn empty(header: &str, missing: &[String], errors: &[String]) -> Value {
    if missing.iter().any(|it| it == header) {
        return Value::Missing;
    }
    let code = errors.iter().filter_map(|it| it.rsplit_once(':')).find(|it| it.0 == header);
    let fault = code.and_then(|(_, code)| FAULTS.iter().find(|it| it.code() == code));
    fault.map_or(Value::NotApplicable, |it| Value::Error(it.clone()))
}

/// Every fault that a result file can name.
const FAULTS: [Fault; 5] =
    [Fault::Overflow, Fault::DateRange, Fault::NoRow, Fault::UnexpectedMissing, Fault::Type];
