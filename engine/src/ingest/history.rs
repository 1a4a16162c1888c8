//! 历次结果: earlier results, from result files of former runs.
//!
//! Several results of one household and one month are corrections, of which the last counts. Which is
//! the last has to be written down: in a column 更正序号 (`correction`), or at the end of the name of
//! the file (`2024-10更正2.csv`); among equals the later as-of date. The order of names is not taken
//! for it: `更正` may sort before what it corrects.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::Path;
use std::sync::Arc;

use heng_dsl::model::linked::Linked;
use heng_dsl::model::{DeclKind, Responsibility, TyKind};
use heng_dsl::value::{Date, Fault, Value};

use super::folder::Folder;
use super::layout::nearest;
use super::problem::{BadCell, LoadProblem, Note, Place, Problems};
use super::quarantine::is_a_list;
use super::sheet::{Row, Sheet};
use super::{LoadError, Progress};
use crate::cell::{Cell, Reading};
use crate::data::{EarlierResult, Register};
use crate::output::{as_written, headers, result_names};

/// Reads every result file of a folder into the histories of the households, oldest first.
///
/// Columns are matched by the names that [`crate::output::result_name`] gives, and by
/// `package.name`; grades by the names of their members, missing where there is no such member now.
/// Only declarations that have a column are recorded; an empty cell is 不适用 unless the file says
/// that it is missing or in error. Of several results of a month the last correction is kept. Says
/// what was noticed.
///
/// # Errors
///
/// A file that cannot be read, that has no key or as-of date, or two results of one household and
/// month that contradict each other, none of which says that it corrects the other.
pub fn earlier(
    folder: &Path,
    linked: &Linked,
    register: &mut Register,
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<Problems, LoadError> {
    let households = &register.households;
    let find = |key: &str| households.binary_search_by(|it| it.key.as_ref().cmp(key)).ok();
    let (found, noticed) = of_folder(folder, linked, &find, progress)?;
    for (household, results) in found {
        if let Some(household) = register.households.get_mut(household) {
            household.history.extend(results);
        }
    }
    Ok(noticed)
}

/// Earlier results, oldest first, by the number of the household, which is found by its key.
pub(super) type ByHousehold = BTreeMap<usize, Vec<EarlierResult>>;

/// Reads a folder of results of former runs; see [`earlier`].
pub(super) fn of_folder(
    folder: &Path,
    linked: &Linked,
    find: &dyn Fn(&str) -> Option<usize>,
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<(ByHousehold, Problems), LoadError> {
    let folder = Folder::list(folder).map_err(LoadError::one)?;
    let mut noticed = Problems::default();
    let mut months = Months::default();
    for source in folder.all() {
        let sheet = source.and_then(Sheet::open).map_err(LoadError::one)?;
        // What a run leaves beside its results are no results.
        if is_a_list(&sheet.header) {
            continue;
        }
        let file = Arc::clone(&sheet.file);
        let correction = correction_of(&sheet.source.file);
        let columns = Columns::of(linked, &sheet, &mut noticed.notes).map_err(LoadError::from)?;
        let mut results = Vec::new();
        let wanted: Vec<usize> = columns.wanted.clone();
        let mut unusable = None;
        progress(Progress::Started(&file));
        sheet
            .rows(&wanted, &mut |line, row| match row {
                Row::Cells(cells, _) => {
                    results.push(columns.read(&file, line, cells, &mut noticed));
                }
                Row::Unusable(_) => unusable = Some(line),
            })
            .map_err(LoadError::one)?;
        if let Some(line) = unusable {
            return Err(damaged(&file, line));
        }
        progress(Progress::Rows(&file, u64::try_from(results.len()).unwrap_or(u64::MAX)));
        progress(Progress::Done(&file));
        for found in &mut results {
            found.correction = found.correction.or(correction);
        }
        place(find, results, &file, &mut months, &mut noticed.notes)?;
    }
    let (found, note) = months.settle()?;
    noticed.notes.extend(note);
    Ok((found, noticed))
}

/// The number of a correction in the name of its file: 2 in `2024-10更正2.csv`, 1 in `…更正.csv`.
fn correction_of(file: &str) -> Option<u32> {
    let stem = file.rsplit_once('.').map_or(file, |it| it.0);
    let name = stem.trim_end_matches(|it: char| it.is_ascii_digit());
    let number = stem.get(name.len()..).unwrap_or_default();
    let name = name.trim_end_matches(['-', '_', '.', ' ']);
    let lower = name.to_ascii_lowercase();
    let corrects = lower.ends_with("更正") || lower.ends_with("correction");
    if !corrects {
        return None;
    }
    if number.is_empty() { Some(1) } else { number.parse().ok() }
}

/// The results that count so far.
#[derive(Default)]
struct Months {
    /// By the number of the household and the month.
    kept: BTreeMap<(usize, (i64, i64)), Kept>,
    /// How many gave way to a correction.
    superseded: u64,
}

/// The last result of a month so far.
struct Kept {
    correction: u32,
    result: EarlierResult,
    file: Arc<str>,
    /// A file with another result that is as much the last one.
    against: Option<Arc<str>>,
}

impl Months {
    /// Takes a result, unless one that corrects it was there before.
    fn take(&mut self, household: usize, as_of: Date, new: Kept) {
        let month = (as_of.year(), as_of.month());
        match self.kept.entry((household, month)) {
            Entry::Vacant(place) => {
                place.insert(new);
            }
            Entry::Occupied(mut place) => {
                let old = place.get_mut();
                let order = |it: &Kept| (it.correction, it.result.as_of);
                match order(&new).cmp(&order(old)) {
                    Ordering::Greater => {
                        self.superseded += 1;
                        *old = new;
                    }
                    Ordering::Less => self.superseded += 1,
                    // The same file in two formats says nothing new.
                    Ordering::Equal if new.result == old.result => {}
                    Ordering::Equal => old.against = Some(new.file),
                }
            }
        }
    }

    /// Gives every household what counts in the end, oldest first.
    fn settle(self) -> Result<(ByHousehold, Option<Note>), LoadError> {
        let mut found = ByHousehold::new();
        for ((household, _), kept) in self.kept {
            if let Some(other) = kept.against {
                let as_of = kept.result.as_of.map(|it| it.to_string()).unwrap_or_default();
                let (file, other) = (other.to_string(), kept.file.to_string());
                return Err(LoadError::one(LoadProblem::ResultTwice { file, other, as_of }));
            }
            found.entry(household).or_default().push(kept.result);
        }
        let superseded = Note::Superseded { results: self.superseded };
        Ok((found, (self.superseded > 0).then_some(superseded)))
    }
}

fn damaged(file: &str, line: u64) -> LoadError {
    LoadError::one(LoadProblem::Damaged { file: file.to_owned(), why: format!("line {line}") })
}

/// A row of a result file.
struct Found {
    line: u64,
    key: Option<Arc<str>>,
    /// The number of the correction; absent where nothing says that it is one.
    correction: Option<u32>,
    result: EarlierResult,
}

/// Gives every household its results.
fn place(
    find: &dyn Fn(&str) -> Option<usize>,
    results: Vec<Found>,
    file: &Arc<str>,
    months: &mut Months,
    notes: &mut Vec<Note>,
) -> Result<(), LoadError> {
    let mut strangers = 0;
    for Found { line, key, correction, result } in results {
        let (Some(key), Some(as_of)) = (key, result.as_of) else { return Err(damaged(file, line)) };
        let Some(at) = find(&key) else {
            strangers += 1;
            continue;
        };
        let correction = correction.unwrap_or_default();
        let file = Arc::clone(file);
        months.take(at, as_of, Kept { correction, result, file, against: None });
    }
    if strangers > 0 {
        notes.push(Note::ResultsOfOthers { file: file.to_string(), rows: strangers });
    }
    Ok(())
}

/// What the columns of a result file are.
struct Columns<'l> {
    linked: &'l Linked,
    /// Numbers of the columns that are read: key, as-of date, missing results, errors, correction
    /// (these three if they are there), then results.
    wanted: Vec<usize>,
    /// Which of these three are there.
    there: [bool; 3],
    /// Texts that begin like a formula have an apostrophe in front.
    neutralised: bool,
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
        let correction = find(&headers::CORRECTION);
        let rest = [missing, errors, correction];
        let mut wanted: Vec<usize> = front.into_iter().chain(rest).flatten().collect();
        let (results, unused) = Self::results(linked, sheet, &wanted);
        wanted.extend(results.iter().map(|it| it.0));
        if !unused.is_empty() {
            notes.push(Note::UnusedResults { file: sheet.file.to_string(), columns: unused });
        }
        let results =
            results.into_iter().map(|(at, slot)| (slot, Arc::from(sheet.header[at].as_str())));
        let results = results.collect();
        Ok(Self {
            linked,
            wanted,
            there: rest.map(|it| it.is_some()),
            neutralised: sheet.format.neutralises(),
            results,
        })
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
            other => Some(Arc::from(self.original(&other.shown()))),
        };
        let as_of = match Reading::bare(&TyKind::Date).read(next()) {
            Ok(Value::Date(it)) => Some(it),
            _ => None,
        };
        let [missing, errors, correction] = self.there;
        let missing = if missing { self.list(next()) } else { Vec::new() };
        let errors = if errors { self.list(next()) } else { Vec::new() };
        let correction = if correction { next().shown().parse().ok() } else { None };
        let mut values = Vec::with_capacity(self.results.len());
        for (slot, header) in &self.results {
            let cell = next();
            let value = match cell {
                Cell::Empty => Ok(empty(header, &missing, &errors)),
                Cell::Text(it) => self.value(*slot, &Cell::Text(self.original(it).into())),
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
        Found { line, key, correction, result: EarlierResult { as_of, values } }
    }

    /// A text as it was before it was made harmless to spreadsheet programs.
    fn original<'t>(&self, text: &'t str) -> &'t str {
        if self.neutralised { as_written(text) } else { text }
    }

    /// Names in one cell, as result files write them.
    fn list(&self, cell: &Cell<'_>) -> Vec<String> {
        match cell {
            Cell::Text(it) => self.original(it).split(';').map(|it| it.trim().to_owned()).collect(),
            _ => Vec::new(),
        }
    }

    fn key_is_sensitive(&self) -> bool {
        self.linked.subject().is_some_and(|it| self.linked.field(it.key).sensitive)
    }

    fn value(&self, slot: usize, cell: &Cell<'_>) -> Result<Value, crate::cell::CellFault> {
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

#[cfg(test)]
mod tests {
    use super::correction_of;

    #[test]
    fn a_file_says_in_its_name_which_correction_it_is() {
        for (file, number) in [
            ("2024-10.csv", None),
            ("2024-10更正.csv", Some(1)),
            ("2024-10 更正2.xlsx", Some(2)),
            ("2024-10_correction-10.parquet", Some(10)),
            ("更正说明.csv", None),
            ("更正99999999999.csv", None),
        ] {
            assert_eq!(correction_of(file), number, "{file}");
        }
    }
}
