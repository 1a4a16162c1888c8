//! One row at a time: cells to values, or to the reasons why the row cannot be used.

use std::sync::Arc;

use heng_dsl::model::linked::Linked;
use heng_dsl::model::{Responsibility, TyKind};
use heng_dsl::value::Value;

use super::Progress;
use super::encoding::Detection;
use super::fault::RowFault;
use super::format::FileFormat;
use super::layout::{Bound, BoundColumn, may_be_empty};
use super::problem::{BadCell, BadRow, LoadProblem, Place};
use super::sheet::{Row, Told};
use crate::cell::Cell;
use crate::cell::CellFault;

/// Rows between two reports of progress.
const STEP: u64 = 10_000;

/// A row that was read.
pub(super) struct Parsed {
    /// Its line.
    pub(super) line: u64,
    /// The household, if its cell could be read.
    pub(super) key: Option<Arc<str>>,
    /// A value for every column of the table as wanted.
    pub(super) values: Vec<Value>,
    /// Can the row be used, as far as its own cells say?
    pub(super) sound: bool,
}

/// What reading a table gave.
pub(super) struct TableRows {
    /// The rows, in the order of the file.
    pub(super) rows: Vec<Parsed>,
    /// What is said about all of them.
    pub(super) reporter: Reporter,
    /// Faults of rows.
    pub(super) bad_rows: Vec<BadRow>,
    /// Cells read as missing.
    pub(super) bad_cells: Vec<BadCell>,
    /// Rows that reach over several lines.
    pub(super) over_lines: u64,
    /// How the file was read.
    pub(super) format: FileFormat,
    /// How its text was written.
    pub(super) text: Option<Detection>,
    /// What only reading to the end showed.
    pub(super) told: Told,
}

/// What every report about a table says.
#[derive(Clone)]
pub(super) struct Reporter {
    /// The file.
    pub(super) file: Arc<str>,
    /// The table.
    pub(super) table: Arc<str>,
    /// The key of the household is 敏感.
    sensitive_key: bool,
    /// Who answers for it.
    pub(super) responsibility: Arc<Responsibility>,
}

/// A fault and the column in which it lies: its header, what the cell holds, is it sensitive.
pub(super) type Where = (Arc<str>, String, bool);

impl Reporter {
    /// A fault of a row.
    pub(super) fn row(
        &self,
        line: u64,
        household: Option<Arc<str>>,
        place: Option<Where>,
        fault: RowFault,
    ) -> BadRow {
        let (column, value, sensitive) = match place {
            Some((column, value, sensitive)) => (Some(column), value, sensitive),
            None => (None, String::new(), false),
        };
        BadRow {
            place: Place { file: Arc::clone(&self.file), line },
            table: Arc::clone(&self.table),
            household,
            column,
            value,
            sensitive,
            sensitive_key: self.sensitive_key,
            fault,
            responsibility: Arc::clone(&self.responsibility),
        }
    }

    fn cell(
        &self,
        line: u64,
        household: Option<Arc<str>>,
        place: Where,
        fault: CellFault,
    ) -> BadCell {
        BadCell {
            place: Place { file: Arc::clone(&self.file), line },
            table: Arc::clone(&self.table),
            household,
            column: place.0,
            value: place.1,
            sensitive: place.2,
            sensitive_key: self.sensitive_key,
            fault,
            responsibility: Arc::clone(&self.responsibility),
        }
    }
}

/// Reads a whole table; `key` is the number of the column with the key of the household.
pub(super) fn read(
    bound: Bound<'_>,
    key: usize,
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<TableRows, LoadProblem> {
    let Bound { sheet, table, responsibility, columns } = bound;
    let sensitive_key = columns.get(key).is_some_and(|it| it.field.sensitive);
    let reporter = Reporter { file: Arc::clone(&sheet.file), table, sensitive_key, responsibility };
    let file = Arc::clone(&sheet.file);
    let wanted: Vec<usize> =
        columns.iter().filter_map(|it| it.at.as_ref().map(|it| it.0)).collect();
    let mut found = TableRows {
        rows: Vec::new(),
        reporter,
        bad_rows: Vec::new(),
        bad_cells: Vec::new(),
        over_lines: 0,
        format: sheet.format,
        text: sheet.text.clone(),
        told: Told::default(),
    };
    progress(Progress::Started(&file));
    let mut since = 0;
    let told = sheet.rows(&wanted, &mut |line, row| {
        match row {
            Row::Cells(cells, lines) => {
                found.over_lines += u64::from(lines > 1);
                found.take(line, &columns, key, cells);
            }
            Row::Unusable(fault) => {
                found.bad_rows.push(found.reporter.row(line, None, None, fault));
                found.rows.push(Parsed { line, key: None, values: Vec::new(), sound: false });
            }
        }
        since += 1;
        if since == STEP {
            progress(Progress::Rows(&file, STEP));
            since = 0;
        }
    })?;
    found.told = told;
    progress(Progress::Rows(&file, since));
    progress(Progress::Done(&file));
    Ok(found)
}

/// What a cell is worth to its row.
enum Worth {
    Value(Value),
    /// Read as missing, and listed.
    Lost(CellFault),
    /// Without it the row cannot be used.
    Fatal(RowFault),
}

impl TableRows {
    fn take(&mut self, line: u64, columns: &[BoundColumn<'_>], key: usize, cells: &[Cell<'_>]) {
        let mut left = cells.iter();
        let mut values = Vec::with_capacity(columns.len());
        let mut fatal: Vec<(Option<Where>, RowFault)> = Vec::new();
        let mut lost: Vec<(Where, CellFault)> = Vec::new();
        for (at, column) in columns.iter().enumerate() {
            let Some((_, header)) = &column.at else {
                values.push(Value::Missing);
                continue;
            };
            let cell = left.next().unwrap_or(&Cell::Empty);
            let place = || (Arc::clone(header), cell.shown(), column.field.sensitive);
            values.push(match worth(column, cell, at == key) {
                Worth::Value(value) => value,
                Worth::Lost(fault) => {
                    lost.push((place(), fault));
                    Value::Missing
                }
                Worth::Fatal(fault) => {
                    fatal.push((Some(place()), fault));
                    Value::Missing
                }
            });
        }
        let household = values.get(key).and_then(text);
        let sound = fatal.is_empty();
        for (place, fault) in fatal {
            self.bad_rows.push(self.reporter.row(line, household.clone(), place, fault));
        }
        if sound {
            for (place, fault) in lost {
                self.bad_cells.push(self.reporter.cell(line, household.clone(), place, fault));
            }
        }
        self.rows.push(Parsed { line, key: household, values, sound });
    }
}

fn worth(column: &BoundColumn<'_>, cell: &Cell<'_>, is_key: bool) -> Worth {
    let field = column.field;
    match column.reading.read(cell) {
        Ok(Value::Missing) => match &field.default {
            Some(default) => Worth::Value(default.clone()),
            None if may_be_empty(field) && !is_key => Worth::Value(Value::Missing),
            None => Worth::Fatal(RowFault::Empty),
        },
        Ok(value) => Worth::Value(value),
        // A day that does not exist and a negative number are wrong facts, not absent ones.
        Err(fault @ (CellFault::ImpossibleDate | CellFault::Negative)) => {
            Worth::Fatal(RowFault::Cell(fault))
        }
        Err(fault) if may_be_empty(field) && !is_key => Worth::Lost(fault),
        Err(fault) => Worth::Fatal(RowFault::Cell(fault)),
    }
}

/// The key of a household as text, whatever the type of its field.
fn text(value: &Value) -> Option<Arc<str>> {
    match value {
        Value::Text(it) => Some(Arc::clone(it)),
        Value::Number(it) => Some(Arc::from(it.to_string())),
        Value::Date(it) => Some(Arc::from(it.to_string())),
        Value::Missing
        | Value::NotApplicable
        | Value::Error(_)
        | Value::Bool(_)
        | Value::Member(_)
        | Value::Frequency(_) => None,
    }
}

/// Can a field of that type be the key of the household?
pub(super) fn can_be_key(linked: &Linked) -> Option<usize> {
    let key = linked.subject()?.key;
    let fits = matches!(
        linked.field(key).ty.kind,
        TyKind::Text | TyKind::Code(_) | TyKind::Number(_) | TyKind::Date
    );
    fits.then_some(key)
}
