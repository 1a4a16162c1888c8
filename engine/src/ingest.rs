//! Files to a register: nothing dropped silently, nothing guessed.
//!
//! A folder holds one file for each table, or workbooks with a sheet for each ([`folder`]). The way of
//! a row: [`sheet`] opens a table and hands out cells, [`layout`] says which column is which field, [`cell`] turns a cell into a value, and
//! `gather` puts households and records together. Whatever cannot be used is told in [`Problems`];
//! what makes the whole delivery unusable is a [`LoadError`].

mod arrays;
mod encoding;
mod events;
mod fault;
mod folder;
mod format;
mod gather;
mod history;
mod households;
mod layout;
mod mapping;
mod owners;
mod problem;
mod quarantine;
mod reporter;
mod rows;
mod shares;
mod sheet;
mod sift;
mod words;

use std::path::PathBuf;
use std::sync::Arc;

use heng_dsl::model::linked::Linked;
use heng_dsl::value::Date;
use serde::Serialize;

use crate::columns::{Columns, Texts};
use crate::data::Register;
use crate::snapshot::Ahead;
use crate::source::Source;

pub use self::encoding::{Detection, Encoding, Occurrences, Signs, Why};
pub use self::events::{EventProblem, EventRequest, EventTable, events};
pub use self::fault::{LineFault, RowFault};
pub use self::format::{FileFormat, Foreign};
pub use self::history::earlier;
pub(crate) use self::layout::nearest;
pub use self::mapping::{DataSheet, Mapping, TableMapping};
pub use self::problem::{BadCell, BadRow, LoadError, LoadProblem, Note, Place, Problems};
pub use self::quarantine::{write_bad_cells, write_bad_rows};
pub use self::sheet::workbook::Bound;
pub(crate) use self::sheet::workbook::column_letters;
use crate::data::Unread;

/// What to load.
#[derive(Debug, Clone, Default)]
pub struct LoadRequest {
    /// The folder with one file a table, or one workbook with a sheet a table.
    pub folder: PathBuf,
    /// Which file and which columns stand for what, where names alone do not say it.
    pub mapping: Mapping,
    /// 截至; instead of the one that `data.toml` in the folder states.
    pub cutoff: Option<Date>,
    /// How many rows may be quarantined before loading is refused; absent for any number.
    pub max_bad: Option<u64>,
    /// A folder with result files of former runs; absent: `history` or `历次结果` in the folder,
    /// where there is one.
    pub history: Option<PathBuf>,
    /// What of a snapshot nobody will ask for: it is taken to be 缺失.
    pub unread: Unread,
    /// The snapshot, where somebody has begun to open it.
    pub ahead: Option<Arc<Ahead>>,
}

/// How far loading has come; told from several threads, in no promised order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress<'a> {
    /// A file was opened.
    Started(&'a str),
    /// That many more rows of it were read.
    Rows(&'a str, u64),
    /// It was read to its end.
    Done(&'a str),
}

/// What was loaded, with the register as single households or as columns.
#[derive(Debug, Clone, Default)]
pub struct Loaded<R = Register> {
    /// The households with their records.
    pub register: R,
    /// What could not be used, and what was noticed.
    pub problems: Problems,
    /// Every file that was read, the household file first, then in the order of the tables.
    pub files: Vec<FileReport>,
}

/// What became of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileReport {
    /// Its name in the folder; in a workbook with the sheet: `城.xlsx[行政处罚]`.
    pub file: String,
    /// The name of the table.
    pub table: String,
    /// How it was read.
    pub format: FileFormat,
    /// How its text was written, and how that was found out; absent for formats that leave no choice.
    pub text: Option<Detection>,
    /// Rows in the file, without the header.
    pub rows: u64,
    /// Rows that were used.
    pub used: u64,
    /// Rows that were quarantined.
    pub quarantined: u64,
    /// Rows left out because the same row stands there already.
    pub repeated: u64,
    /// Cells read as missing because they could not be read.
    pub bad_cells: u64,
}

/// Reads a folder.
///
/// Rows that cannot be used are quarantined one by one; records of a household stand in the order
/// of their table and then of all their values, so that the order of rows in a file does not matter.
///
/// # Errors
///
/// A table or a required column that is not there, a file that cannot be read, a column that two
/// headers claim, a mapping that names nothing, or more bad rows than allowed.
pub fn load(
    linked: &Linked,
    request: &LoadRequest,
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<Loaded, LoadError> {
    Ok(columns(linked, request, progress)?.apart())
}

/// Reads a folder into columns; see [`load`].
///
/// # Errors
///
/// Those of [`load`].
pub fn columns(
    linked: &Linked,
    request: &LoadRequest,
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<Loaded<Columns>, LoadError> {
    if crate::snapshot::is_one(&request.folder) {
        let mut loaded =
            crate::snapshot::columns(linked, (&request.folder, &request.unread), progress)?;
        loaded.register.cutoff = request.cutoff.or(loaded.register.cutoff);
        gather::history(linked, request.history.as_deref(), &mut loaded, progress)?;
        return Ok(loaded);
    }
    gather::folder(linked, request, progress)
}

/// Opens a folder: files are read into columns; a snapshot is read stretch by stretch when it is worked with,
/// unless earlier results have to be told of its households.
///
/// # Errors
///
/// Those of [`load`].
pub fn open(
    linked: &Linked,
    request: &LoadRequest,
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<Loaded<Box<dyn Source>>, LoadError> {
    if crate::snapshot::is_one(&request.folder)
        && request.history.is_none()
        && request.cutoff.is_none()
    {
        let ahead = request.ahead.as_deref();
        let folder = (request.folder.as_path(), &request.unread);
        let stored = crate::snapshot::Stored::open_on(linked, folder, ahead, progress)?;
        let Loaded { register, problems, files } = stored;
        return Ok(Loaded { register: Box::new(register), problems, files });
    }
    let Loaded { register, problems, files } = columns(linked, request, progress)?;
    Ok(Loaded { register: Box::new(register), problems, files })
}

/// Which of some keys, which are in order, a register has.
pub(crate) type Known<'k> = dyn Fn(&Texts) -> Result<Vec<bool>, LoadError> + 'k;

/// A delivery against the households of a register.
pub(crate) struct Delivered {
    /// The households that were delivered, and those of the register that records were delivered of; only what was
    /// delivered of them.
    pub(crate) columns: Columns,
    /// Of which households their own row was delivered.
    pub(crate) told: Vec<bool>,
    /// The households that the register does not know, by number, ascending.
    pub(crate) fresh: Vec<usize>,
    /// Which record tables were delivered, by slot.
    pub(crate) tables: Vec<bool>,
}

/// Reads a folder in which tables may be absent, and whose records may be of households that are `known` already.
/// Of these it asks once, when all keys have been read.
///
/// # Errors
///
/// Those of [`load`] and of `known`; a folder without any table.
pub(crate) fn delivery(
    linked: &Linked,
    request: &LoadRequest,
    known: &Known<'_>,
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<Loaded<Delivered>, LoadError> {
    gather::delivery(linked, request, known, progress)
}

impl Loaded<Columns> {
    /// The same with single households.
    pub fn apart(self) -> Loaded {
        let Self { register, problems, files } = self;
        Loaded { register: register.register(), problems, files }
    }
}
