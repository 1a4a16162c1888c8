//! One file, opened: its headers, and its rows one after the other.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::cell::Cell;
use super::encoding::{self, Encoding};
use super::problem::LoadProblem;

mod typed;

/// An opened file.
pub(super) struct Sheet {
    /// Its name in the folder.
    pub(super) file: Arc<str>,
    /// The headers, without blanks around them.
    pub(super) header: Vec<String>,
    /// How its text was written; absent for Parquet.
    pub(super) encoding: Option<Encoding>,
    body: Body,
}

enum Body {
    Text(String),
    Typed(Box<ParquetRecordBatchReaderBuilder<File>>),
}

/// A row of a file.
pub(super) enum Row<'r> {
    /// The cells that were asked for, in the order asked, and the lines over which the row reaches.
    Cells(&'r [Cell<'r>], u64),
    /// The row has another number of cells than the header.
    Uneven {
        /// Cells in the row.
        found: usize,
        /// Lines over which it reaches: more than one where a quote was not closed.
        lines: u64,
    },
}

impl Sheet {
    /// Opens a file by its ending.
    ///
    /// # Errors
    ///
    /// It cannot be read, or not understood.
    pub(super) fn open(path: &Path) -> Result<Self, LoadProblem> {
        let name = path.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
        let file: Arc<str> = Arc::from(name);
        if is_parquet(path) { Self::open_typed(path, file) } else { Self::open_text(path, file) }
    }

    fn open_text(path: &Path, file: Arc<str>) -> Result<Self, LoadProblem> {
        let bytes = fs::read(path).map_err(|why| unreadable(path, &why))?;
        let decoded = encoding::decode(&bytes);
        let (text, encoding) =
            decoded.map_err(|line| LoadProblem::Encoding { file: file.to_string(), line })?;
        let text = text.into_owned();
        let mut reader = reader(&text);
        let mut first = csv::StringRecord::new();
        reader.read_record(&mut first).map_err(|why| damaged(&file, &why))?;
        let header = first.iter().map(|it| it.trim().to_owned()).collect();
        Ok(Self { file, header, encoding: Some(encoding), body: Body::Text(text) })
    }

    fn open_typed(path: &Path, file: Arc<str>) -> Result<Self, LoadProblem> {
        let opened = File::open(path).map_err(|why| unreadable(path, &why))?;
        let length = opened.metadata().map_err(|why| unreadable(path, &why))?.len();
        let builder = typed::guarded(&file, || ParquetRecordBatchReaderBuilder::try_new(opened))?;
        let builder = builder.map_err(|why| damaged(&file, &why))?;
        typed::sane(&file, builder.metadata(), length)?;
        let header =
            builder.schema().fields().iter().map(|it| it.name().trim().to_owned()).collect();
        Ok(Self { file, header, encoding: None, body: Body::Typed(Box::new(builder)) })
    }

    /// Hands out every row with its line, and of each the cells of the columns `wanted`.
    ///
    /// # Errors
    ///
    /// The file turns out to be damaged.
    pub(super) fn rows(
        self,
        wanted: &[usize],
        each: &mut dyn FnMut(u64, Row<'_>),
    ) -> Result<(), LoadProblem> {
        match self.body {
            Body::Text(text) => text_rows(&self.file, &text, self.header.len(), wanted, each),
            Body::Typed(builder) => typed::rows(&self.file, *builder, wanted, each),
        }
    }
}

/// Does the name end in `.parquet`?
pub(super) fn is_parquet(path: &Path) -> bool {
    path.extension().is_some_and(|it| it.eq_ignore_ascii_case("parquet"))
}

/// A file that the system does not give us.
pub(super) fn unreadable(path: &Path, why: &std::io::Error) -> LoadProblem {
    LoadProblem::Unreadable { path: path.display().to_string(), why: why.to_string() }
}

fn damaged(file: &str, why: &dyn std::fmt::Display) -> LoadProblem {
    LoadProblem::Damaged { file: file.to_owned(), why: why.to_string() }
}

/// A line of our own behind the text: if it does not come out as a row, a quote was never closed.
const END: &str = "\n\u{1}end\u{1}";

fn reader(text: &str) -> csv::Reader<std::io::Chain<&[u8], &'static [u8]>> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(std::io::Read::chain(text.as_bytes(), END.as_bytes()))
}

fn text_rows(
    file: &Arc<str>,
    text: &str,
    header: usize,
    wanted: &[usize],
    each: &mut dyn FnMut(u64, Row<'_>),
) -> Result<(), LoadProblem> {
    let mut reader = reader(text);
    let mut record = csv::StringRecord::new();
    let mut counter = Lines { text: text.as_bytes(), at: 0, line: 1 };
    let mut is_header = true;
    while reader.read_record(&mut record).map_err(|why| damaged(file, &why))? {
        let start = record.position().map_or(0, csv::Position::byte);
        let line = counter.of(start);
        if record.len() == 1 && record.get(0) == END.get(1..) {
            return Ok(());
        }
        if record.iter().any(|it| it.contains(END)) {
            return Err(LoadProblem::OpenQuote { file: file.to_string(), line });
        }
        if std::mem::take(&mut is_header) {
            continue;
        }
        let inside = record.iter().flat_map(str::bytes).filter(|it| *it == b'\n').count();
        let lines = u64::try_from(inside).unwrap_or(u64::MAX).saturating_add(1);
        if record.len() == header {
            let cells: Vec<Cell<'_>> =
                wanted.iter().map(|at| Cell::text(record.get(*at).unwrap_or_default())).collect();
            each(line, Row::Cells(&cells, lines));
        } else {
            each(line, Row::Uneven { found: record.len(), lines });
        }
    }
    Ok(())
}

/// Counts lines while going forward through a text.
struct Lines<'t> {
    text: &'t [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of the first byte from `start` on that ends no line: a record begins behind the rest
    /// of the line end before it and behind empty lines.
    fn of(&mut self, start: u64) -> u64 {
        let mut start = usize::try_from(start).unwrap_or(usize::MAX);
        while self.text.get(start).is_some_and(|it| matches!(it, b'\r' | b'\n')) {
            start += 1;
        }
        while self.at < start {
            match self.text.get(self.at) {
                Some(b'\n') => self.line += 1,
                // A carriage return by itself ends a line, too.
                Some(b'\r') if self.text.get(self.at + 1) != Some(&b'\n') => self.line += 1,
                Some(_) => {}
                None => break,
            }
            self.at += 1;
        }
        self.line
    }
}
