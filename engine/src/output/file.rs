//! A result file while it is written: what is made of each stretch of the register, on whichever thread,
//! and the file to which that is added in order.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use heng_dsl::value::{Fault, Value};

use super::as_parquet::{self, Group, OpenGroup};
use super::atomic::Writing;
use super::cells::{OutCell, Table};
use super::{OutputError, OutputFormat, Sheet, as_csv, as_jsonl, as_xlsx, notice};
use crate::outcome::Outcome;
use crate::part::{Coded, Lanes, Part, Sink};

/// A result file.
///
/// It appears whole or not at all. Beside a CSV or JSON Lines file stands `<name>.说明.txt` (or
/// `<name>.notice.txt`) with [`super::NOTICE`], the as-of date and the rule sets: a line inside would break
/// every program that reads such a file, and a column would repeat the sentence for each household.
/// In Parquet the same stands in the metadata of the file, in a workbook on a sheet of its own.
pub struct ResultFile<'r> {
    path: PathBuf,
    sheet: &'r Sheet<'r>,
    format: OutputFormat,
    rows: usize,
    to: To,
}

/// Where rows go.
enum To {
    Text(Writing),
    Parquet(Box<as_parquet::File>),
    /// All of them, for a workbook: whether it can be written is only known at the end.
    Cells(Vec<Vec<OutCell>>),
}

/// Makes of parts what goes into a file.
pub struct Encoding<'r> {
    sheet: &'r Sheet<'r>,
    format: OutputFormat,
    groups: Option<as_parquet::Groups>,
}

/// What goes into a file of one stretch of the register.
pub struct Chunk {
    rows: usize,
    content: io::Result<Content>,
}

enum Content {
    Text(Vec<u8>),
    Cells(Vec<Vec<OutCell>>),
    Group(Group),
}

/// What there is of a stretch that is not complete.
pub struct Open {
    rows: usize,
    content: io::Result<OpenContent>,
}

enum OpenContent {
    Text(Vec<u8>),
    Cells(Vec<Vec<OutCell>>),
    Group(OpenGroup),
}

impl<'r> ResultFile<'r> {
    /// Begins to write what will be `path`.
    ///
    /// # Errors
    ///
    /// An unknown ending, or a file that cannot be written.
    pub fn begin(path: &Path, sheet: &'r Sheet<'r>) -> Result<Self, OutputError> {
        let format = OutputFormat::of(path)?;
        let to = match format {
            OutputFormat::Csv => Writing::begin(path).and_then(|mut it| {
                it.write_all(&as_csv::header(&sheet.columns)?)?;
                Ok(To::Text(it))
            }),
            OutputFormat::JsonLines => Writing::begin(path).map(To::Text),
            OutputFormat::Parquet => {
                as_parquet::File::begin(path, sheet).map(|it| To::Parquet(Box::new(it)))
            }
            OutputFormat::Xlsx => Ok(To::Cells(Vec::new())),
        };
        let to = to.map_err(|why| unwritable(path, &why))?;
        Ok(Self { path: path.to_owned(), sheet, format, rows: 0, to })
    }

    /// What makes the content of the file of parts.
    pub fn encoding(&self) -> Encoding<'r> {
        let groups = match &self.to {
            To::Parquet(file) => Some(file.groups()),
            To::Text(_) | To::Cells(_) => None,
        };
        Encoding { sheet: self.sheet, format: self.format, groups }
    }

    /// Adds the next stretch.
    ///
    /// # Errors
    ///
    /// The file cannot be written, or has no room for more.
    pub fn add(&mut self, chunk: Chunk) -> Result<(), OutputError> {
        self.rows += chunk.rows;
        self.format.has_room(self.rows, self.sheet.columns.len())?;
        let content = chunk.content.map_err(|why| unwritable(&self.path, &why))?;
        let added = match (&mut self.to, content) {
            (To::Text(to), Content::Text(bytes)) => to.write_all(&bytes),
            (To::Parquet(file), Content::Group(group)) => file.add(group),
            (To::Cells(all), Content::Cells(rows)) => {
                all.extend(rows);
                Ok(())
            }
            _ => Err(io::Error::other("a chunk of another format")),
        };
        added.map_err(|why| unwritable(&self.path, &why))
    }

    /// How many rows it has.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn finish(self) -> Result<(), OutputError> {
        let Self { path, sheet, rows, to, .. } = self;
        let mut about = sheet.about.clone();
        about.push(("households", rows.to_string()));
        let finished = match to {
            To::Text(to) => notice::finish(to, &path, &about, sheet.lang),
            To::Parquet(file) => file.finish(rows),
            To::Cells(rows) => {
                as_xlsx::texts_fit(&sheet.columns, &rows)?;
                let columns = &sheet.columns;
                let book =
                    as_xlsx::Book { columns, rows: &rows, about: &about, as_of: sheet.as_of };
                book.write(&path, sheet.lang)
            }
        };
        finished.map_err(|why| unwritable(&path, &why))
    }
}

fn unwritable(path: &Path, why: &io::Error) -> OutputError {
    OutputError::Unwritable { path: path.display().to_string(), why: why.to_string() }
}

impl Sink for Encoding<'_> {
    type Open = Open;
    type Done = Chunk;

    fn begin(&self) -> Open {
        let content = match &self.groups {
            Some(groups) => Ok(OpenContent::Group(groups.begin())),
            None if self.format == OutputFormat::Xlsx => Ok(OpenContent::Cells(Vec::new())),
            None => Ok(OpenContent::Text(Vec::new())),
        };
        Open { rows: 0, content }
    }

    fn take(&self, open: &mut Open, part: &dyn Part) {
        let narrowed = self.narrowed(part);
        let part: &dyn Part = narrowed.as_deref().unwrap_or(part);
        let Ok(content) = &mut open.content else { return };
        let table = Table::new(self.sheet, part);
        let columns = &self.sheet.columns;
        let taken = match content {
            OpenContent::Group(group) => group.take(&table),
            OpenContent::Text(text) if self.format == OutputFormat::Csv => {
                as_csv::rows(text, columns, &table, self.sheet.lang)
            }
            OpenContent::Text(text) => as_jsonl::rows(text, columns, &table),
            OpenContent::Cells(rows) => {
                let row = |row| columns.iter().map(|it| table.cell(it, row)).collect();
                rows.extend((0..part.len()).map(row));
                Ok(())
            }
        };
        match taken {
            Ok(()) => open.rows += part.len(),
            Err(why) => open.content = Err(why),
        }
    }

    fn join(&self, open: &mut Open, next: Open) {
        open.rows += next.rows;
        let joined = match (&mut open.content, next.content) {
            (Err(_), _) => return,
            (_, Err(why)) => Err(why),
            (Ok(OpenContent::Text(own)), Ok(OpenContent::Text(next))) => {
                own.extend(next);
                Ok(())
            }
            (Ok(OpenContent::Cells(own)), Ok(OpenContent::Cells(next))) => {
                own.extend(next);
                Ok(())
            }
            (Ok(OpenContent::Group(own)), Ok(OpenContent::Group(next))) => own.join(next),
            _ => Err(io::Error::other("a chunk of another format")),
        };
        if let Err(why) = joined {
            open.content = Err(why);
        }
    }

    fn end(&self, open: Open) -> Chunk {
        let content = open.content.and_then(|it| match it {
            OpenContent::Text(text) => Ok(Content::Text(text)),
            OpenContent::Cells(rows) => Ok(Content::Cells(rows)),
            OpenContent::Group(group) => group.end().map(Content::Group),
        });
        Chunk { rows: open.rows, content }
    }
}

impl Encoding<'_> {
    /// The households that some rule set is about; nothing where that is all of them.
    fn narrowed<'p>(&self, part: &'p dyn Part) -> Option<Box<dyn Part + 'p>> {
        if self.sheet.told_by.is_empty() {
            return None;
        }
        let rows = part.in_scope(&self.sheet.told_by);
        if rows.len() == part.len() {
            return None;
        }
        Some(part.narrowed(&rows).unwrap_or_else(|| Box::new(Narrowed { part, rows })))
    }
}

/// Some of the households of a part.
struct Narrowed<'p> {
    part: &'p dyn Part,
    rows: Vec<usize>,
}

impl Narrowed<'_> {
    fn at(&self, row: usize) -> usize {
        self.rows.get(row).copied().unwrap_or(usize::MAX)
    }
}

impl Part for Narrowed<'_> {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn key(&self, row: usize) -> &str {
        self.part.key(self.at(row))
    }

    fn field(&self, slot: usize, row: usize) -> Value {
        self.part.field(slot, self.at(row))
    }

    fn value(&self, slot: usize, row: usize) -> Value {
        self.part.value(slot, self.at(row))
    }

    fn measure(&self, slot: usize, row: usize) -> Option<Vec<Value>> {
        self.part.measure(slot, self.at(row))
    }

    fn missing(&self, row: usize) -> Vec<usize> {
        self.part.missing(self.at(row))
    }

    fn coded_missing(&self) -> Coded<Vec<usize>> {
        self.part.coded_missing().gather(&self.rows)
    }

    fn errors(&self, row: usize) -> Vec<(usize, Fault)> {
        self.part.errors(self.at(row))
    }

    fn quarantined(&self, row: usize) -> u32 {
        self.part.quarantined(self.at(row))
    }

    fn outcome(&self, row: usize) -> Outcome {
        self.part.outcome(self.at(row))
    }

    fn lanes(&self, slot: usize) -> Option<Lanes> {
        self.part.lanes(slot).map(|it| it.gather(&self.rows))
    }

    fn in_error(&self) -> Vec<usize> {
        let all = self.part.in_error();
        all.into_iter().filter_map(|it| self.rows.binary_search(&it).ok()).collect()
    }

    fn coded(&self, slot: usize) -> Coded<Value> {
        self.part.coded(slot).gather(&self.rows)
    }

    fn coded_field(&self, slot: usize) -> Coded<Value> {
        self.part.coded_field(slot).gather(&self.rows)
    }

    fn coded_hits(&self, slot: usize) -> Coded<Vec<usize>> {
        self.part.coded_hits(slot).gather(&self.rows)
    }

    fn coded_measure(&self, slot: usize, column: usize) -> Coded<Option<Value>> {
        self.part.coded_measure(slot, column).gather(&self.rows)
    }

    fn coded_reasons(&self, slot: usize) -> Coded<Vec<usize>> {
        self.part.coded_reasons(slot).gather(&self.rows)
    }

    fn reason_lanes(&self, slot: usize) -> Option<Lanes> {
        self.part.reason_lanes(slot).map(|it| it.gather(&self.rows))
    }
}
