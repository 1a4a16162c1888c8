//! Workbooks (`.xlsx`): sheets as tables.
//!
//! A workbook is a zip of XML files. It is read as a stream within bounds ([`package`]), because a
//! small file may claim, or unpack to, any size. Formulas are never worked out: what the program
//! that saved the file had found stands beside them, and is taken.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use self::cells::{CellStream, RawCell};
use self::package::{Package, Trouble};
use self::strings::Strings;
use self::styles::Styles;
use self::value::Meaning;
use super::{Body, Row, Rows, Told};
use crate::cell::Cell;
use crate::ingest::fault::RowFault;
use crate::ingest::layout::nearest;
use crate::ingest::problem::LoadProblem;

pub(crate) use self::cells::letters as column_letters;
pub use self::package::Bound;

mod cells;
mod directory;
mod package;
mod strings;
mod styles;
mod value;

/// A workbook whose sheets are known, and none of them read.
pub(in crate::ingest) struct Workbook {
    path: PathBuf,
    /// Its name in the folder.
    file: String,
    directory: directory::Directory,
    /// What all sheets share, read when the first of them is.
    shared: OnceLock<Result<Shared, Trouble>>,
}

/// A sheet of a workbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ingest) struct Tab {
    /// Its name.
    pub(in crate::ingest) name: String,
    /// It does not show when the workbook is opened.
    pub(in crate::ingest) hidden: bool,
    /// Where it stands in the file.
    part: String,
}

/// What all sheets of a workbook share.
struct Shared {
    strings: Strings,
    styles: Styles,
}

impl Workbook {
    /// Opens a workbook.
    ///
    /// # Errors
    ///
    /// It is none, cannot be read, or is larger than anything sensible.
    pub(in crate::ingest) fn open(path: &Path, file: &str) -> Result<Self, LoadProblem> {
        let mut package = Package::open(path, file)?;
        let directory = directory::read(&mut package).map_err(|it| it.of(file))?;
        let (path, file) = (path.to_owned(), file.to_owned());
        Ok(Self { path, file, directory, shared: OnceLock::new() })
    }

    /// All its sheets, in their order.
    pub(in crate::ingest) fn tabs(&self) -> &[Tab] {
        &self.directory.tabs
    }

    /// The sheets that show, with their numbers.
    pub(in crate::ingest) fn visible(&self) -> impl Iterator<Item = (usize, &Tab)> {
        self.tabs().iter().enumerate().filter(|it| !it.1.hidden)
    }

    /// Why a sheet of that name cannot be read.
    pub(in crate::ingest) fn without(&self, file: &str, name: &str) -> LoadProblem {
        let (file, sheet) = (file.to_owned(), name.to_owned());
        if self.tabs().iter().any(|it| it.name == name) {
            return LoadProblem::HiddenSheet { file, sheet };
        }
        let near = nearest(name, self.visible().map(|it| it.1.name.as_str())).map(str::to_owned);
        LoadProblem::NoSheet { file, sheet, nearest: near }
    }

    fn shared(&self, package: &mut Package) -> Result<&Shared, Trouble> {
        let read = || {
            let strings = strings::read(package, self.directory.strings.as_deref())?;
            let styles = styles::read(package, self.directory.styles.as_deref())?;
            Ok(Shared { strings, styles })
        };
        self.shared.get_or_init(read).as_ref().map_err(Clone::clone)
    }
}

/// A sheet to be read.
struct Table {
    book: Arc<Workbook>,
    at: usize,
    file: Arc<str>,
    columns: usize,
}

/// The header of a sheet, and its rows.
pub(super) fn open(
    book: &Arc<Workbook>,
    at: usize,
    file: &Arc<str>,
) -> Result<(Vec<String>, Body), LoadProblem> {
    let mut table = Table { book: Arc::clone(book), at, file: Arc::clone(file), columns: 0 };
    let header = table.header()?;
    table.columns = header.len();
    Ok((header, Body::Rows(Box::new(table))))
}

impl Table {
    /// The texts of the first row.
    fn header(&self) -> Result<Vec<String>, LoadProblem> {
        let no_header = |merged| LoadProblem::NoHeader { file: self.file.to_string(), merged };
        let mut names: Vec<String> = Vec::new();
        let mut row = Vec::new();
        self.within(|stream, meaning| {
            if stream.next_row(&mut row)? != Some(1) {
                return Ok(());
            }
            for raw in &row {
                let name = meaning.cell(raw)?.shown();
                if !name.is_empty() {
                    names.resize(raw.column, String::new());
                    names.push(name.trim().to_owned());
                }
            }
            Ok(())
        })?;
        if names.is_empty() {
            return Err(no_header(None));
        }
        // A title over all columns is one name, and cells merged with it have none.
        if names.len() == 1 || names.iter().any(String::is_empty) {
            let mut merged = None;
            self.within(|stream, _| {
                while stream.next_row(&mut row)?.is_some() {}
                merged = stream.merged()?.over_header;
                Ok(())
            })?;
            if merged.is_some() {
                return Err(no_header(merged));
            }
        }
        for (at, name) in names.iter_mut().enumerate().filter(|it| it.1.is_empty()) {
            *name = format!("({})", cells::letters(at));
        }
        Ok(names)
    }

    /// Works on the cells of the sheet from its beginning.
    fn within(
        &self,
        work: impl FnOnce(&mut CellStream<'_>, &Meaning<'_>) -> Result<(), Trouble>,
    ) -> Result<(), LoadProblem> {
        let book = &self.book;
        let mut package = Package::open(&book.path, &book.file)?;
        // What is wrong with all sheets is said of the workbook, once.
        let shared = book.shared(&mut package).map_err(|it| it.of(&book.file))?;
        let meaning = Meaning {
            strings: &shared.strings,
            styles: &shared.styles,
            from_1904: book.directory.from_1904,
        };
        let part = book.tabs().get(self.at).map_or("", |it| it.part.as_str());
        let xml = package.required(part).map_err(|it| it.of(&self.file))?;
        work(&mut CellStream::new(xml), &meaning).map_err(|it| it.of(&self.file))
    }

    /// The fault of a row with something outside the named columns.
    fn beyond(&self, cells: &[(usize, Cell<'_>)]) -> Option<RowFault> {
        let last = cells.iter().rfind(|it| it.1 != Cell::Empty)?.0;
        let (found, header) = (last + 1, self.columns);
        (found > header).then_some(RowFault::Cells { found, header, lines: 1 })
    }
}

impl Rows for Table {
    fn read(
        self: Box<Self>,
        wanted: &[usize],
        each: &mut dyn FnMut(u64, Row<'_>),
    ) -> Result<Told, LoadProblem> {
        let mut told = Told::default();
        let mut over_header = None;
        self.within(|stream, meaning| {
            let mut row: Vec<RawCell> = Vec::new();
            while let Some(number) = stream.next_row(&mut row)? {
                if number == 1 {
                    continue;
                }
                let mut cells: Vec<(usize, Cell<'_>)> = Vec::with_capacity(row.len());
                for raw in &row {
                    told.formulas += u64::from(raw.formula && raw.value.is_some());
                    cells.push((raw.column, meaning.cell(raw)?));
                }
                // Programs keep rows that were only ever coloured; they say nothing.
                if cells.iter().all(|it| it.1 == Cell::Empty) {
                    continue;
                }
                if let Some(fault) = self.beyond(&cells) {
                    each(number, Row::Unusable(fault));
                    continue;
                }
                let of = |at: &usize| cells.binary_search_by_key(at, |it| it.0).ok();
                let asked = wanted.iter().map(|at| of(at).and_then(|it| cells.get(it)));
                let asked: Vec<Cell<'_>> =
                    asked.map(|it| it.map_or(Cell::Empty, |it| it.1.clone())).collect();
                each(number, Row::Cells(&asked, 1));
            }
            let merged = stream.merged()?;
            over_header = merged.over_header;
            told.merged = merged.first.map(|it| (it, merged.below));
            Ok(())
        })?;
        match over_header {
            None => Ok(told),
            merged => Err(LoadProblem::NoHeader { file: self.file.to_string(), merged }),
        }
    }
}
