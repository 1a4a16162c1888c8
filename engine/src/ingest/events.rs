//! What came to pass later: a table with a row for each household whose outcome is known.
//!
//! It is no part of a register and no rule can read it. A row that cannot be used is listed, never
//! dropped in silence; two rows that contradict each other stop the reading.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use heng_dsl::diag::Words;
use heng_dsl::model::linked::Linked;
use heng_dsl::model::{Responsibility, TyKind};
use heng_dsl::value::{Date, Value};
use serde::Serialize;

use super::fault::RowFault;
use super::folder::Source;
use super::layout::nearest;
use super::problem::{BadRow, LoadProblem, Place};
use super::sheet::{Row, Sheet};
use crate::cell::{Cell, Reading};
use crate::output::{as_written, headers};

/// Headers of the event where none is named.
const EVENT: [&str; 2] = ["事件", "event"];

/// Which table says what came to pass, and by which columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRequest {
    /// The file.
    pub file: PathBuf,
    /// The column with the key of the household; absent for the name of that field.
    pub key: Option<String>,
    /// The column with yes or no; absent for `事件` or `event`.
    pub event: Option<String>,
    /// The column with the as-of date for which a row holds; absent for `基准日` or `as_of`, if the
    /// table has one.
    pub date: Option<String>,
    /// The as-of date whose rows are meant; absent for that of the run, if the table has such a column.
    pub of: Option<Date>,
    /// The as-of date of the run.
    pub as_of: Date,
}

/// What came to pass.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct EventTable {
    /// The name of the file.
    pub file: String,
    /// The header of the column that was read.
    pub column: String,
    /// The as-of date whose rows were read; absent where the table has no such column.
    pub of: Option<Date>,
    /// Rows of the file.
    pub rows: u64,
    /// Rows for other as-of dates.
    pub of_other_dates: u64,
    /// Rows in which the event is left empty: the outcome is not known.
    pub unknown: u64,
    /// Rows that say again what an earlier row of the same household says.
    pub repeated: u64,
    /// Rows that could not be used.
    pub bad_rows: Vec<BadRow>,
    /// By the key of the household: did the event occur?
    #[serde(skip)]
    pub events: BTreeMap<Arc<str>, bool>,
}

/// Why the table cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventProblem {
    /// The file or a column of it, as in [`super::load`].
    Load(LoadProblem),
    /// `D0401`: rows of one household contradict each other.
    Contradiction {
        /// The file.
        file: String,
        /// The lines of the two rows.
        lines: [u64; 2],
        /// How many more households have such rows.
        more: usize,
    },
    /// `D0402`: no row is for the as-of date.
    NoSuchDate {
        /// The file.
        file: String,
        /// The date that was asked for.
        of: Date,
        /// The dates that there are, in order.
        dates: Vec<Date>,
    },
}

impl EventProblem {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Load(it) => it.code(),
            Self::Contradiction { .. } => "D0401",
            Self::NoSuchDate { .. } => "D0402",
        }
    }

    /// One sentence without a full stop.
    pub fn words(&self) -> Words {
        match self {
            Self::Load(it) => it.words(),
            Self::Contradiction { file, lines: [first, second], more } => Words::both(
                format!(
                    "“{file}”第 {first} 行和第 {second} 行是同一户，结果却相反（另有 {more} 户如此）"
                ),
                format!(
                    "lines {first} and {second} of “{file}” are about one household and contradict each \
                     other ({more} more households are like that)"
                ),
            ),
            Self::NoSuchDate { file, of, dates } => {
                let dates: Vec<String> = dates.iter().map(ToString::to_string).collect();
                Words::both(
                    format!(
                        "“{file}”中没有基准日为 {of} 的行；有的是 {}，用 --of 指明",
                        dates.join("、")
                    ),
                    format!(
                        "“{file}” has no row for the as-of date {of}; it has {}: say which one with --of",
                        dates.join(", ")
                    ),
                )
            }
        }
    }
}

/// Reads the table.
///
/// # Errors
///
/// A file or a column that cannot be read, rows that contradict each other, no row for the date.
pub fn events(linked: &Linked, request: &EventRequest) -> Result<EventTable, Vec<EventProblem>> {
    let load = |it| vec![EventProblem::Load(it)];
    let sheet = Source::file(&request.file).and_then(Sheet::open).map_err(load)?;
    let columns = Columns::of(linked, &sheet, request)
        .map_err(|all| all.into_iter().map(EventProblem::Load).collect::<Vec<_>>())?;
    let of = request.of.unwrap_or(request.as_of);
    let table = EventTable {
        file: sheet.file.to_string(),
        column: columns.event.1.to_string(),
        of: columns.date.as_ref().map(|_| of),
        ..EventTable::default()
    };
    let wanted = columns.wanted();
    let mut reader = Reader {
        columns,
        of,
        table,
        said: BTreeMap::new(),
        against: BTreeMap::new(),
        dates: BTreeSet::new(),
    };
    sheet.rows(&wanted, &mut |line, row| reader.take(line, &row)).map_err(load)?;
    reader.finish()
}

/// A column: its number and its header.
type Column = (usize, Arc<str>);

/// Where everything stands.
struct Columns {
    file: Arc<str>,
    /// Texts that begin like a formula have an apostrophe in front.
    neutralised: bool,
    key: Column,
    sensitive_key: bool,
    event: Column,
    date: Option<Column>,
}

impl Columns {
    fn of(
        linked: &Linked,
        sheet: &Sheet,
        request: &EventRequest,
    ) -> Result<Self, Vec<LoadProblem>> {
        let subject = linked.subject().ok_or_else(|| vec![LoadProblem::NoSubject])?;
        let field = linked.field(subject.key);
        let named = [field.id.as_ref(), field.name.as_ref()];
        let mut usual: Vec<&str> = named.into_iter().chain(field.column.as_deref()).collect();
        usual.dedup();
        let key = needed(sheet, request.key.as_deref(), &usual);
        let event = needed(sheet, request.event.as_deref(), &EVENT);
        let date = match &request.date {
            Some(named) => needed(sheet, Some(named), &[]).map(Some),
            None if request.of.is_some() => needed(sheet, None, &headers::AS_OF).map(Some),
            None => place(sheet, &headers::AS_OF),
        };
        match (key, event, date) {
            (Ok(key), Ok(event), Ok(date)) => Ok(Self {
                file: Arc::clone(&sheet.file),
                neutralised: sheet.format.neutralises(),
                key,
                sensitive_key: field.sensitive,
                event,
                date,
            }),
            (key, event, date) => {
                Err([key.err(), event.err(), date.err()].into_iter().flatten().collect())
            }
        }
    }

    fn wanted(&self) -> Vec<usize> {
        [Some(&self.key), Some(&self.event), self.date.as_ref()]
            .into_iter()
            .flatten()
            .map(|it| it.0)
            .collect()
    }

    /// A row that cannot be used.
    fn bad(&self, line: u64, column: Option<&Column>, cell: &Cell<'_>, fault: RowFault) -> BadRow {
        BadRow {
            place: Place { file: Arc::clone(&self.file), line },
            table: Arc::clone(&self.file),
            household: None,
            column: column.map(|it| Arc::clone(&it.1)),
            value: cell.shown(),
            sensitive: column.is_some_and(|it| self.sensitive_key && it.0 == self.key.0),
            sensitive_key: self.sensitive_key,
            fault,
            responsibility: Arc::new(Responsibility::default()),
        }
    }
}

/// The column with one of these names, if there is one.
fn place(sheet: &Sheet, names: &[&str]) -> Result<Option<Column>, LoadProblem> {
    let headers = sheet.header.iter().enumerate();
    let found: Vec<(usize, &String)> =
        headers.filter(|(_, it)| names.contains(&it.as_str())).collect();
    match found.as_slice() {
        [] => Ok(None),
        [(at, header)] => Ok(Some((*at, Arc::from(header.as_str())))),
        several => Err(LoadProblem::SeveralColumns {
            file: sheet.file.to_string(),
            field: names.join(" / "),
            columns: several.iter().map(|it| it.1.clone()).collect(),
        }),
    }
}

/// The column that was named, else one with a usual name.
fn needed(sheet: &Sheet, named: Option<&str>, usual: &[&str]) -> Result<Column, LoadProblem> {
    let names = named.map_or_else(|| usual.to_vec(), |it| vec![it.trim()]);
    place(sheet, &names)?.ok_or_else(|| {
        let near = names.iter().find_map(|it| nearest(it, sheet.header.iter().map(String::as_str)));
        LoadProblem::NoColumn {
            file: sheet.file.to_string(),
            field: names.join(" / "),
            nearest: near.map(str::to_owned),
        }
    })
}

/// The table as far as it was read.
struct Reader {
    columns: Columns,
    of: Date,
    table: EventTable,
    /// The line that first says something about a household.
    said: BTreeMap<Arc<str>, u64>,
    /// By such a line: the first one that contradicts it.
    against: BTreeMap<u64, u64>,
    /// Every as-of date.
    dates: BTreeSet<Date>,
}

impl Reader {
    fn take(&mut self, line: u64, row: &Row<'_>) {
        self.table.rows += 1;
        let cells = match row {
            Row::Cells(cells, _) => *cells,
            Row::Unusable(fault) => {
                let bad = self.columns.bad(line, None, &Cell::Empty, fault.clone());
                self.table.bad_rows.push(bad);
                return;
            }
        };
        let [key, event, rest @ ..] = cells else { return };
        match self.is_meant(rest.first()) {
            Ok(true) => {}
            Ok(false) => {
                self.table.of_other_dates += 1;
                return;
            }
            Err(fault) => {
                let date = rest.first().unwrap_or(&Cell::Empty);
                let bad = self.columns.bad(line, self.columns.date.as_ref(), date, fault);
                self.table.bad_rows.push(bad);
                return;
            }
        }
        if matches!(key, Cell::Empty) {
            let bad = self.columns.bad(line, Some(&self.columns.key), key, RowFault::Empty);
            self.table.bad_rows.push(bad);
            return;
        }
        match Reading::bare(&TyKind::Bool).read(event) {
            Ok(Value::Bool(it)) => {
                let key = key.shown();
                let key = if self.columns.neutralised { as_written(&key) } else { &key };
                self.say(line, Arc::from(key), it);
            }
            Ok(_) => self.table.unknown += 1,
            Err(fault) => {
                let fault = RowFault::Cell(fault);
                let bad = self.columns.bad(line, Some(&self.columns.event), event, fault);
                self.table.bad_rows.push(bad);
            }
        }
    }

    /// Is a row with this as-of date meant? Every row is where the table has no such column.
    fn is_meant(&mut self, cell: Option<&Cell<'_>>) -> Result<bool, RowFault> {
        let Some(cell) = cell else { return Ok(true) };
        match Reading::bare(&TyKind::Date).read(cell) {
            Ok(Value::Date(it)) => {
                self.dates.insert(it);
                Ok(it == self.of)
            }
            Ok(_) => Err(RowFault::Empty),
            Err(fault) => Err(RowFault::Cell(fault)),
        }
    }

    fn say(&mut self, line: u64, household: Arc<str>, event: bool) {
        match self.table.events.get(&household) {
            None => {
                self.said.insert(Arc::clone(&household), line);
                self.table.events.insert(household, event);
            }
            Some(before) if *before == event => self.table.repeated += 1,
            Some(_) => {
                let first = self.said.get(&household).copied().unwrap_or_default();
                self.against.entry(first).or_insert(line);
            }
        }
    }

    fn finish(self) -> Result<EventTable, Vec<EventProblem>> {
        let file = self.table.file.clone();
        let mut problems = Vec::new();
        if let Some((first, second)) = self.against.first_key_value() {
            problems.push(EventProblem::Contradiction {
                file: file.clone(),
                lines: [*first, *second],
                more: self.against.len() - 1,
            });
        }
        if self.table.of.is_some() && !self.dates.is_empty() && !self.dates.contains(&self.of) {
            let dates = self.dates.iter().copied().collect();
            problems.push(EventProblem::NoSuchDate { file, of: self.of, dates });
        }
        if problems.is_empty() { Ok(self.table) } else { Err(problems) }
    }
}
