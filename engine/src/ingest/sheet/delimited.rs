//! Rows of text with commas between cells.

use std::sync::Arc;

use super::{Body, Row, Told, damaged};
use crate::cell::Cell;
use crate::ingest::fault::RowFault;
use crate::ingest::problem::LoadProblem;

/// A file of text, and how many cells its header has.
pub(super) struct Delimited {
    file: Arc<str>,
    text: String,
    columns: usize,
}

/// The header of a text, and its rows.
pub(super) fn open(file: &Arc<str>, text: String) -> Result<(Vec<String>, Body), LoadProblem> {
    let mut reader = reader(&text);
    let mut first = csv::StringRecord::new();
    reader.read_record(&mut first).map_err(|why| damaged(file, &why))?;
    let header: Vec<String> = first.iter().map(|it| it.trim().to_owned()).collect();
    let columns = header.len();
    Ok((header, Body::Rows(Box::new(Delimited { file: Arc::clone(file), text, columns }))))
}

/// A line of our own behind the text: if it does not come out as a row, a quote was never closed.
const END: &str = "\n\u{1}end\u{1}";

fn reader(text: &str) -> csv::Reader<std::io::Chain<&[u8], &'static [u8]>> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(std::io::Read::chain(text.as_bytes(), END.as_bytes()))
}

impl super::Rows for Delimited {
    fn read(
        self: Box<Self>,
        wanted: &[usize],
        each: &mut dyn FnMut(u64, Row<'_>),
    ) -> Result<Told, LoadProblem> {
        let (file, text) = (&self.file, self.text.as_str());
        let mut reader = reader(text);
        let mut record = csv::StringRecord::new();
        let mut counter = Lines { text: text.as_bytes(), at: 0, line: 1 };
        let mut is_header = true;
        while reader.read_record(&mut record).map_err(|why| damaged(file, &why))? {
            let start = record.position().map_or(0, csv::Position::byte);
            let line = counter.of(start);
            if record.len() == 1 && record.get(0) == END.get(1..) {
                break;
            }
            if record.iter().any(|it| it.contains(END)) {
                return Err(LoadProblem::OpenQuote { file: file.to_string(), line });
            }
            if std::mem::take(&mut is_header) {
                continue;
            }
            let inside = record.iter().flat_map(str::bytes).filter(|it| *it == b'\n').count();
            let lines = u64::try_from(inside).unwrap_or(u64::MAX).saturating_add(1);
            if record.len() == self.columns {
                let cells: Vec<Cell<'_>> = wanted
                    .iter()
                    .map(|at| Cell::text(record.get(*at).unwrap_or_default()))
                    .collect();
                each(line, Row::Cells(&cells, lines));
            } else {
                let (found, header) = (record.len(), self.columns);
                each(line, Row::Unusable(RowFault::Cells { found, header, lines }));
            }
        }
        Ok(Told::default())
    }
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
