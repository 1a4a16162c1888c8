//! The rows of a table as columns, in the order of the file: cells to values, or to the reasons why a row
//! cannot be used.
//!
//! Rows come one by one from text and workbooks, and as arrays from typed files; what a cell is worth is said
//! in one place, for both.

use std::collections::BTreeSet;
use std::sync::Arc;

use heng_dsl::model::TyKind;
use heng_dsl::model::linked::Linked;
use heng_dsl::value::Value;
use rayon::prelude::*;

use super::Progress;
use super::arrays;
use super::encoding::Detection;
use super::fault::RowFault;
use super::format::FileFormat;
use super::layout::{Bound, BoundColumn, may_be_empty};
use super::problem::{BadCell, BadRow, LoadProblem};
use super::reporter::Reporter;
use super::sheet::{Row, Told};
use crate::cell::Cell;
use crate::cell::CellFault;
use crate::columns::{Builder, Kind, Texts};

/// Rows between two reports of progress.
const STEP: u64 = 10_000;

/// No household.
pub(super) const NOBODY: u32 = u32::MAX;

/// Whose row is whose.
pub(super) enum Owners {
    /// The keys of the rows, and of which rows they could be read.
    Keys(Texts, Vec<u32>),
    /// The number of the household of each row; [`NOBODY`] where there is none.
    Known(Vec<u32>),
}

/// Looks keys up: the number of the household of each.
pub(super) type Find<'f> = dyn Fn(&Texts) -> Vec<Option<u32>> + Sync + 'f;

/// What reading a table gave.
pub(super) struct TableRows {
    /// How many rows there are.
    pub(super) count: usize,
    /// Whose they are.
    pub(super) owners: Owners,
    /// A column for each field of the table; of one that the file does not have, nothing.
    pub(super) columns: Vec<Option<Builder>>,
    /// Rows that cannot be used, as their own cells say.
    pub(super) unsound: BTreeSet<u32>,
    /// Rows whose household is not known, and its key.
    pub(super) strangers: Vec<(u32, Arc<str>)>,
    /// The line of each row, where it is not the number of the row.
    pub(super) lines: Option<Vec<u64>>,
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

/// How a table is read.
struct Reading<'r> {
    columns: &'r [BoundColumn<'r>],
    /// The number of the column with the key of the household.
    key: usize,
    /// Does the key stand beside the columns, and not among them?
    beside: bool,
    find: Option<&'r Find<'r>>,
}

/// Reads a whole table; `key` is the number of the column with the key of the household. Where households
/// can be looked up, rows come with theirs.
pub(super) fn read(
    bound: Bound<'_>,
    key: usize,
    find: Option<&Find<'_>>,
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<TableRows, LoadProblem> {
    let Bound { sheet, table, responsibility, columns } = bound;
    let sensitive_key = columns.get(key).is_some_and(|it| it.field.sensitive);
    let reporter = Reporter { file: Arc::clone(&sheet.file), table, sensitive_key, responsibility };
    let file = Arc::clone(&sheet.file);
    let beside = find.is_some() || columns.get(key).is_some_and(|it| is_text(&it.field.ty.kind));
    let reading = Reading { columns: &columns, key, beside, find };
    let wanted: Vec<usize> =
        columns.iter().filter_map(|it| it.at.as_ref().map(|it| it.0)).collect();
    let mut found = TableRows::new(&reading, reporter, sheet.format, sheet.text.clone());
    progress(Progress::Started(&file));
    match sheet.arrays(&wanted, &words(&columns))? {
        Ok(arrays) => {
            let groups = (0..arrays.groups()).into_par_iter().map(|group| {
                let mut piece = found.empty(&reading);
                let first = arrays.first_row(group);
                arrays.read(group, &mut |batch| {
                    piece.take_arrays(&reading, batch, first);
                    progress(Progress::Rows(&file, batch.rows as u64));
                })?;
                piece.look_up(&reading);
                Ok(piece)
            });
            let groups: Result<Vec<TableRows>, LoadProblem> = groups.collect();
            found.append(groups?);
        }
        Err(sheet) => {
            let mut since = 0;
            found.lines = Some(Vec::new());
            found.told = sheet.rows(&wanted, &mut |line, row| {
                found.take(&reading, line, row);
                since += 1;
                if since == STEP {
                    progress(Progress::Rows(&file, STEP));
                    since = 0;
                }
            })?;
            found.look_up(&reading);
            progress(Progress::Rows(&file, since));
        }
    }
    progress(Progress::Done(&file));
    Ok(found)
}

/// Which of the columns that are read hold few texts that stand often.
fn words(columns: &[BoundColumn<'_>]) -> Vec<bool> {
    let read = columns.iter().filter(|it| it.at.is_some());
    let few = |it: &BoundColumn<'_>| {
        matches!(it.field.ty.kind, TyKind::Member(_) | TyKind::Code(_) | TyKind::Bool)
    };
    read.map(few).collect()
}

/// What a cell is worth to its row.
pub(super) enum Worth {
    Value(Value),
    /// Read as missing, and listed.
    Lost(CellFault),
    /// Without it the row cannot be used.
    Fatal(RowFault),
}

/// A fault of a cell, with the number of its column and what it holds.
pub(super) type Fault = (usize, String, Worth);

impl TableRows {
    fn new(
        reading: &Reading<'_>,
        reporter: Reporter,
        format: FileFormat,
        text: Option<Detection>,
    ) -> Self {
        let columns = reading.columns.iter().enumerate().map(|(at, it)| {
            let beside = reading.beside && at == reading.key;
            let kind = Kind::of(&it.field.ty.kind).unwrap_or(Kind::Symbol);
            (it.at.is_some() && !beside).then(|| Builder::new(kind))
        });
        Self {
            count: 0,
            owners: Owners::Keys(Texts::default(), Vec::new()),
            columns: columns.collect(),
            unsound: BTreeSet::new(),
            strangers: Vec::new(),
            lines: None,
            reporter,
            bad_rows: Vec::new(),
            bad_cells: Vec::new(),
            over_lines: 0,
            format,
            text,
            told: Told::default(),
        }
    }

    /// Another piece of the same table.
    fn empty(&self, reading: &Reading<'_>) -> Self {
        Self::new(reading, self.reporter.clone(), self.format, self.text.clone())
    }

    /// The line of a row.
    pub(super) fn line(&self, row: u32) -> u64 {
        let lines = self.lines.as_ref().and_then(|it| it.get(row as usize));
        lines.copied().unwrap_or_else(|| u64::from(row) + 1)
    }

    /// Takes a row of cells.
    fn take(&mut self, reading: &Reading<'_>, line: u64, row: Row<'_>) {
        let number = u32::try_from(self.count).unwrap_or(u32::MAX);
        self.count += 1;
        if let Some(lines) = &mut self.lines {
            lines.push(line);
        }
        let cells = match row {
            Row::Cells(cells, lines) => {
                self.over_lines += u64::from(lines > 1);
                cells
            }
            Row::Unusable(fault) => {
                self.bad_rows.push(self.reporter.row(line, None, None, fault));
                self.unsound.insert(number);
                let missing = Builder::push;
                self.columns.iter_mut().flatten().for_each(|it| missing(it, &Value::Missing));
                return;
            }
        };
        let (mut left, mut household) = (cells.iter(), None);
        let mut faults: Vec<Fault> = Vec::new();
        for (at, column) in reading.columns.iter().enumerate() {
            if column.at.is_none() {
                continue;
            }
            let cell = left.next().unwrap_or(&Cell::Empty);
            let value = match worth(column, cell, at == reading.key) {
                Worth::Value(value) => value,
                fault => {
                    faults.push((at, cell.shown(), fault));
                    Value::Missing
                }
            };
            if at == reading.key {
                household = text(&value);
            }
            if let Some(Some(builder)) = self.columns.get_mut(at) {
                builder.push(&value);
            }
        }
        self.note(reading, (number, line), household.as_deref(), faults);
        self.own(number, household.as_deref());
    }

    /// Notes whose row it is.
    fn own(&mut self, row: u32, key: Option<&str>) {
        if let (Owners::Keys(keys, rows), Some(key)) = (&mut self.owners, key) {
            keys.push(key);
            rows.push(row);
        }
    }

    /// Reports the faults of a row.
    fn note(
        &mut self,
        reading: &Reading<'_>,
        (row, line): (u32, u64),
        household: Option<&str>,
        faults: Vec<Fault>,
    ) {
        if faults.is_empty() {
            return;
        }
        let household: Option<Arc<str>> = household.map(Arc::from);
        let sound = faults.iter().all(|it| matches!(it.2, Worth::Lost(_)));
        for (at, shown, fault) in faults {
            let Some(column) = reading.columns.get(at) else { continue };
            let Some((_, header)) = &column.at else { continue };
            let place = (Arc::clone(header), shown, column.field.sensitive);
            match fault {
                Worth::Fatal(fault) => {
                    let bad = self.reporter.row(line, household.clone(), Some(place), fault);
                    self.bad_rows.push(bad);
                }
                Worth::Lost(fault) if sound => {
                    let bad = self.reporter.cell(line, household.clone(), place, fault);
                    self.bad_cells.push(bad);
                }
                Worth::Lost(_) | Worth::Value(_) => {}
            }
        }
        if !sound {
            self.unsound.insert(row);
        }
    }

    /// Takes arrays; `first` is the number of the first row of the piece in the file.
    fn take_arrays(&mut self, reading: &Reading<'_>, batch: &arrays::Batch, first: u64) {
        let before = self.count;
        self.count += batch.rows;
        let mut faults: Vec<(usize, Fault)> = Vec::new();
        let mut arrays = batch.columns.iter();
        let mut keyed = None;
        for (at, column) in reading.columns.iter().enumerate() {
            if column.at.is_none() {
                continue;
            }
            let Some(array) = arrays.next() else { continue };
            let is_key = at == reading.key;
            if let (true, Owners::Keys(texts, rows)) = (is_key, &mut self.owners) {
                array.keys(column, (before, batch.rows), texts, rows);
                keyed = Some((array, column));
            }
            let all = (batch.rows, is_key);
            match self.columns.get_mut(at) {
                Some(Some(builder)) => array.take((at, column), all, builder, &mut faults),
                _ => array.judge((at, column), all, &mut faults),
            }
        }
        faults.sort_by_key(|it| (it.0, it.1.0));
        let mut left = faults.into_iter().peekable();
        while let Some((row, fault)) = left.next() {
            let mut of_row = vec![fault];
            while let Some((_, fault)) = left.next_if(|it| it.0 == row) {
                of_row.push(fault);
            }
            let own = before + row;
            let line = first + u64::try_from(own).unwrap_or(u64::MAX) + 1;
            let number = u32::try_from(own).unwrap_or(u32::MAX);
            let household = keyed.and_then(|it| it.0.key(it.1, row));
            self.note(reading, (number, line), household.as_deref(), of_row);
        }
    }

    /// Looks up whose the rows of this piece are.
    fn look_up(&mut self, reading: &Reading<'_>) {
        let (Some(find), Owners::Keys(keys, rows)) = (reading.find, &self.owners) else { return };
        let mut owners = vec![NOBODY; self.count];
        for ((at, row), found) in rows.iter().enumerate().zip(find(keys)) {
            match (found, owners.get_mut(*row as usize)) {
                (Some(household), Some(owner)) => *owner = household,
                _ => self.strangers.push((*row, Arc::from(keys.get(at)))),
            }
        }
        self.owners = Owners::Known(owners);
    }

    /// Adds the pieces of the file, in their order. Every column is put together by itself, at the same time.
    fn append(&mut self, mut pieces: Vec<Self>) {
        if pieces.is_empty() {
            return;
        }
        let mut columns: Vec<Vec<Builder>> = self.columns.iter().map(|_| Vec::new()).collect();
        let (mut owners, mut starts) = (Vec::new(), Vec::new());
        for piece in &mut pieces {
            for (all, own) in columns.iter_mut().zip(std::mem::take(&mut piece.columns)) {
                all.extend(own);
            }
            starts.push(u32::try_from(self.count).unwrap_or(u32::MAX));
            owners.push(std::mem::replace(&mut piece.owners, Owners::Known(Vec::new())));
            self.count += piece.count;
        }
        let (own, count) = (&mut self.columns, self.count);
        let owned = || Owners::joined(owners, &starts, count);
        let joined = || {
            let each = own.par_iter_mut().zip(columns);
            each.filter_map(|(own, all)| Some((own.as_mut()?, all))).for_each(|(own, all)| {
                own.reserve(count);
                all.into_iter().for_each(|it| own.append(it));
            });
        };
        (self.owners, ()) = rayon::join(owned, joined);
        for (piece, start) in pieces.into_iter().zip(starts) {
            let moved = |it: u32| it.saturating_add(start);
            self.unsound.extend(piece.unsound.into_iter().map(moved));
            self.strangers.extend(piece.strangers.into_iter().map(|it| (moved(it.0), it.1)));
            self.bad_rows.extend(piece.bad_rows);
            self.bad_cells.extend(piece.bad_cells);
        }
    }
}

impl Owners {
    /// Those of pieces of a file that begin at these rows; there are `count` in all.
    fn joined(pieces: Vec<Self>, starts: &[u32], count: usize) -> Self {
        let is_known = pieces.iter().any(|it| matches!(it, Self::Known(_)));
        let (mut known, mut keys, mut rows) = (Vec::new(), Texts::default(), Vec::new());
        if is_known {
            known.reserve_exact(count);
        } else {
            rows.reserve_exact(count);
        }
        for (piece, start) in pieces.into_iter().zip(starts) {
            match piece {
                Self::Known(of) => known.extend(of),
                Self::Keys(more, of) => {
                    keys.append(&more, count);
                    rows.extend(of.into_iter().map(|it| it.saturating_add(*start)));
                }
            }
        }
        if is_known { Self::Known(known) } else { Self::Keys(keys, rows) }
    }
}

/// What a cell is worth to its row.
pub(super) fn worth(column: &BoundColumn<'_>, cell: &Cell<'_>, is_key: bool) -> Worth {
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
pub(super) fn text(value: &Value) -> Option<Arc<str>> {
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

/// Does a field of that type hold the key as it is?
pub(super) fn is_text(kind: &TyKind) -> bool {
    matches!(kind, TyKind::Text | TyKind::Code(_))
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
