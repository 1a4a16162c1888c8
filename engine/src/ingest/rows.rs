//! The rows of a table as columns, in the order of the file: cells to values, or to the reasons why a row
//! cannot be used.
//!
//! Rows come one by one from text and workbooks, and as arrays from typed files; what a cell is worth is said
//! in one place, for both.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
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
use super::owners::{Find, NOBODY, Owners};
use super::problem::{BadCell, BadRow, LoadProblem};
use super::reporter::Reporter;
use super::shares::{self, KeyedPiece, PIECE, Piece, Share, TOGETHER, unsound};
use super::sheet::{Row, Told};
use crate::cell::Cell;
use crate::cell::CellFault;
use crate::columns::{Builder, Kind};

/// Rows between two reports of progress.
const STEP: u64 = 10_000;

/// What reading a table gave.
pub(super) struct TableRows {
    /// How many rows there are.
    pub(super) count: usize,
    /// Whose they are.
    pub(super) owners: Owners,
    /// A column for each field of the table with the rows that wait; of one that the file does not have, nothing.
    pub(super) columns: Vec<Option<Builder>>,
    /// The rows that wait until all keys are known.
    pub(super) pieces: Vec<KeyedPiece>,
    /// The sound rows of households that are known, where households are looked up.
    pub(super) shares: Vec<Share>,
    /// How many rows of each household cannot be used, where households are looked up.
    pub(super) quarantined: BTreeMap<usize, u32>,
    /// Rows that cannot be used, as their own cells say.
    pub(super) unsound: BTreeSet<u32>,
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
    find: Option<Find<'r>>,
}

/// Whose the rows of a table are.
#[derive(Clone, Copy)]
pub(super) enum Whose<'f> {
    /// Each is a household.
    Own,
    /// Records of households that are found while rows are read.
    Found(Find<'f>),
    /// Records of households that will be known once the keys of all records are.
    Asked,
}

/// Reads a whole table; `key` is the number of the column with the key of the household. Where households
/// can be looked up, rows come with theirs; otherwise they wait in pieces, with their keys.
pub(super) fn read(
    bound: Bound<'_>,
    key: usize,
    whose: Whose<'_>,
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<TableRows, LoadProblem> {
    let Bound { sheet, table, responsibility, columns } = bound;
    let sensitive_key = columns.get(key).is_some_and(|it| it.field.sensitive);
    let reporter = Reporter { file: Arc::clone(&sheet.file), table, sensitive_key, responsibility };
    let file = Arc::clone(&sheet.file);
    let is_text = || columns.get(key).is_some_and(|it| is_text(&it.field.ty.kind));
    let (find, beside) = match whose {
        Whose::Own => (None, is_text()),
        Whose::Found(find) => (Some(find), true),
        Whose::Asked => (None, true),
    };
    let reading = Reading { columns: &columns, key, beside, find };
    let wanted: Vec<usize> =
        columns.iter().filter_map(|it| it.at.as_ref().map(|it| it.0)).collect();
    let mut found = TableRows::new(&reading, reporter, sheet.format, sheet.text.clone());
    progress(Progress::Started(&file));
    match sheet.arrays(&wanted, &words(&columns))? {
        Ok(arrays) => {
            let none = found.empty(&reading);
            let one = |group: usize| {
                let mut piece = none.empty(&reading);
                piece.reserve(arrays.rows(group));
                let first = arrays.first_row(group);
                arrays.read(group, &mut |batch| {
                    piece.take_arrays(&reading, batch, first);
                    piece.settle(&reading, false);
                    progress(Progress::Rows(&file, batch.rows as u64));
                })?;
                piece.settle(&reading, true);
                Ok(piece)
            };
            for groups in together((0..arrays.groups()).map(|it| arrays.rows(it))) {
                let pieces: Result<Vec<TableRows>, LoadProblem> =
                    groups.into_par_iter().map(one).collect();
                found.append(pieces?);
                found.find_owners(&reading);
            }
        }
        Err(sheet) => {
            let mut since = 0;
            found.lines = Some(Vec::new());
            found.told = sheet.rows(&wanted, &mut |line, row| {
                found.take(&reading, line, row);
                since += 1;
                if since == STEP {
                    found.settle(&reading, false);
                    progress(Progress::Rows(&file, STEP));
                    since = 0;
                }
            })?;
            found.settle(&reading, true);
            found.find_owners(&reading);
            progress(Progress::Rows(&file, since));
        }
    }
    progress(Progress::Done(&file));
    Ok(found)
}

/// Which groups of so many rows each are read before it is found out whose their rows are: for all cores, and some rows.
fn together(groups: impl Iterator<Item = usize>) -> Vec<Range<usize>> {
    let cores = rayon::current_num_threads();
    let (mut all, mut own, mut rows) = (Vec::new(), 0..0, 0);
    for more in groups {
        own.end += 1;
        rows += more;
        if own.len() >= cores && rows >= TOGETHER {
            let next = own.end..own.end;
            all.push(std::mem::replace(&mut own, next));
            rows = 0;
        }
    }
    all.push(own);
    all
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
            owners: Owners::default(),
            columns: columns.collect(),
            pieces: Vec::new(),
            shares: Vec::new(),
            quarantined: BTreeMap::new(),
            unsound: BTreeSet::new(),
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

    /// Makes room for so many rows.
    fn reserve(&mut self, rows: usize) {
        // Of a larger piece the rows are shared out before all have come.
        let rows = rows.min(PIECE);
        self.columns.iter_mut().flatten().for_each(|it| it.reserve(rows));
        self.owners.expect(rows);
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
        if let Some(key) = household {
            self.owners.own(number, &key, reading.find);
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
            let mut is_sound = false;
            if is_key {
                let (rows, find) = ((before, batch.rows), reading.find);
                is_sound = self.owners.own_all((array, column), rows, find);
                keyed = Some((array, column));
            }
            let all = (batch.rows, is_key);
            match self.columns.get_mut(at) {
                Some(Some(builder)) => array.take((at, column), all, builder, &mut faults),
                _ if is_sound => {}
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

    /// Finds out whose rows are, and shares them out, once there are enough of them or no more. Rows of households wait
    /// until all keys are known.
    fn settle(&mut self, reading: &Reading<'_>, is_last: bool) {
        let is_last = is_last || self.count - self.owners.waiting >= PIECE;
        if let Some(find) = reading.find {
            self.owners.settle(self.count, find, is_last);
        }
        if !is_last {
            return;
        }
        let first = u32::try_from(self.owners.waiting).unwrap_or(u32::MAX);
        let none = |it: &Option<Builder>| it.as_ref().map(|it| Builder::new(it.kind()));
        let none = self.columns.iter().map(none).collect();
        let columns = std::mem::replace(&mut self.columns, none);
        let Some(find) = reading.find else {
            let rows = self.count - self.owners.waiting;
            let (keys, keyed) = self.owners.keys(self.count);
            return self.pieces.push(KeyedPiece { first, rows, keys, keyed, columns });
        };
        let told = self.owners.taken(self.count);
        let piece = Piece { first, told, unsound: &self.unsound, columns };
        unsound(&piece, find, (&mut self.quarantined, &mut self.owners.strangers));
        self.shares.push(Share::of(piece, find));
    }

    /// Finds the households of the rows that are shared out.
    fn find_owners(&mut self, reading: &Reading<'_>) {
        let Some(find) = reading.find else { return };
        let key = |it: (usize, &BoundColumn<'_>)| it.0 != reading.key && it.1.field.key;
        self.owned(find, reading.columns.iter().enumerate().any(key));
    }

    /// The same; of records with a key somebody may ask for the line.
    fn owned(&mut self, find: Find<'_>, has_key: bool) {
        self.owners.strangers.extend(shares::find_owners(&mut self.shares, find, has_key));
    }

    /// Shares out the rows that have waited until their households could be found; has the table a key of its own?
    pub(super) fn share_out(&mut self, find: Find<'_>, has_key: bool) {
        let pieces = std::mem::take(&mut self.pieces);
        let shared = pieces.into_par_iter().map(|piece| {
            let KeyedPiece { first, rows, keys, keyed, columns } = piece;
            let (mut told, mut strangers) = (vec![NOBODY; rows], Vec::new());
            for ((at, row), household) in keyed.iter().enumerate().zip(find.told(&keys)) {
                match told.get_mut(*row as usize).filter(|_| household != NOBODY) {
                    Some(own) => *own = household,
                    None => strangers.push((row.saturating_add(first), Arc::from(keys.get(at)))),
                }
            }
            let (piece, mut counts) =
                (Piece { first, told, unsound: &self.unsound, columns }, BTreeMap::new());
            unsound(&piece, find, (&mut counts, &mut strangers));
            (Share::of(piece, find), counts, strangers)
        });
        for (share, counts, strangers) in shared.collect::<Vec<_>>() {
            self.shares.push(share);
            self.owners.strangers.extend(strangers);
            self.add_quarantined(counts);
        }
        self.owned(find, has_key);
    }

    fn add_quarantined(&mut self, counts: BTreeMap<usize, u32>) {
        for (household, rows) in counts {
            *self.quarantined.entry(household).or_default() += rows;
        }
    }

    /// Adds the pieces of the file, in their order.
    fn append(&mut self, pieces: Vec<Self>) {
        for piece in pieces {
            let start = u32::try_from(self.count).unwrap_or(u32::MAX);
            let moved = |it: u32| it.saturating_add(start);
            self.count += piece.count;
            self.unsound.extend(piece.unsound.into_iter().map(moved));
            let strangers = piece.owners.strangers.into_iter();
            self.owners.strangers.extend(strangers.map(|it| (moved(it.0), it.1)));
            let behind = |it: KeyedPiece| KeyedPiece { first: moved(it.first), ..it };
            self.pieces.extend(piece.pieces.into_iter().map(behind));
            self.shares.extend(piece.shares.into_iter().map(|it| it.behind(start)));
            self.add_quarantined(piece.quarantined);
            self.bad_rows.extend(piece.bad_rows);
            self.bad_cells.extend(piece.bad_cells);
        }
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
