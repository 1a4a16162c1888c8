//! Results as a workbook: a sheet with the results, and one with what they say about themselves.
//!
//! It is written as a stream, straight into its zip, so that a city takes no more memory than a
//! household. Numbers go in by their decimal digits; one with more digits than a spreadsheet program
//! keeps goes in as text. Nothing in the file depends on the day on which it is written.

use std::io::{self, Write};
use std::path::Path;

use heng_dsl::diag::Lang;
use heng_dsl::value::{Date, Decimal};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use self::xml::{Fixed, text};
use super::OutputError;
use super::as_csv::harmless;
use super::atomic::Writing;
use super::cells::OutCell;
use super::columns::{OutColumn, OutKind};
use crate::ingest::column_letters;

mod xml;

/// The most rows and columns of a sheet.
pub(super) const MOST: (usize, usize) = (1_048_576, 16_384);

/// The most characters of a cell, counted as the program does: those beyond the 65 536th are two.
const MOST_CHARACTERS: usize = 32_767;

/// Digits that a spreadsheet program keeps of a number.
const DIGITS: usize = 15;

/// A workbook to be written.
pub(super) struct Book<'b> {
    /// Its columns.
    pub(super) columns: &'b [OutColumn],
    /// Its rows, cell by cell.
    pub(super) rows: &'b [Vec<OutCell>],
    /// What it says about itself.
    pub(super) about: &'b [(&'static str, String)],
    /// 基准日
    pub(super) as_of: Date,
}

/// Is every text short enough for a cell? Asked before anything is written.
pub(super) fn texts_fit(columns: &[OutColumn], rows: &[Vec<OutCell>]) -> Result<(), OutputError> {
    for (at, column) in columns.iter().enumerate().filter(|it| it.1.kind == OutKind::Text) {
        for (row, cells) in rows.iter().enumerate() {
            let Some(OutCell::Text(text)) = cells.get(at) else { continue };
            // A character is at most three bytes, or four and counted twice.
            if text.len() >= MOST_CHARACTERS
                && harmless(text).encode_utf16().count() > MOST_CHARACTERS
            {
                let (column, most) = (column.name.clone(), MOST_CHARACTERS);
                return Err(OutputError::TooLong { column, row: row + 2, most });
            }
        }
    }
    Ok(())
}

impl Book<'_> {
    /// Writes the file.
    pub(super) fn write(&self, path: &Path, lang: Lang) -> io::Result<()> {
        let mut zip = ZipWriter::new(Writing::begin(path)?);
        let fixed = Fixed { lang, as_of: self.as_of, places: self.places() };
        for (name, text) in fixed.parts() {
            begin(&mut zip, name)?;
            zip.write_all(text.as_bytes())?;
        }
        begin(&mut zip, "xl/worksheets/sheet1.xml")?;
        self.sheet(&mut zip)?;
        begin(&mut zip, "xl/worksheets/sheet2.xml")?;
        self.notice(&mut zip)?;
        zip.finish()?.finish()
    }

    /// The most places of a number column.
    fn places(&self) -> u8 {
        let places = self.columns.iter().map(|it| match it.kind {
            OutKind::Number(places) => places,
            OutKind::Bool | OutKind::Date | OutKind::Text => 0,
        });
        places.max().unwrap_or_default()
    }

    fn sheet(&self, to: &mut impl Write) -> io::Result<()> {
        let widths = self.columns.iter().map(|it| width(&it.name));
        xml::open_sheet(to, widths)?;
        write!(to, "<row r=\"1\">")?;
        for (at, column) in self.columns.iter().enumerate() {
            let place = format!("{}1", column_letters(at));
            text(to, &place, xml::HEADER, &harmless(&column.name))?;
        }
        write!(to, "</row>")?;
        let letters: Vec<String> = (0..self.columns.len()).map(column_letters).collect();
        for (number, cells) in (2..).zip(self.rows) {
            write!(to, "<row r=\"{number}\">")?;
            for ((column, letters), own) in self.columns.iter().zip(&letters).zip(cells) {
                let place = format!("{letters}{number}");
                cell(to, &place, column.kind, own)?;
            }
            write!(to, "</row>")?;
        }
        xml::close_sheet(to)
    }

    fn notice(&self, to: &mut impl Write) -> io::Result<()> {
        xml::open_sheet(to, [14, 100].into_iter())?;
        for (row, (name, value)) in (1..).zip(self.about) {
            write!(to, "<row r=\"{row}\">")?;
            text(to, &format!("A{row}"), xml::HEADER, name)?;
            text(to, &format!("B{row}"), xml::TEXT, &harmless(value))?;
            write!(to, "</row>")?;
        }
        xml::close_sheet(to)
    }
}

/// The next file of the zip; its date is the first one that a zip can have.
fn begin(zip: &mut ZipWriter<Writing>, name: &str) -> io::Result<()> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::DEFAULT);
    zip.start_file(name, options).map_err(io::Error::from)
}

fn cell(to: &mut impl Write, place: &str, kind: OutKind, cell: &OutCell) -> io::Result<()> {
    match cell {
        OutCell::Empty => Ok(()),
        OutCell::Bool(it) => {
            write!(to, "<c r=\"{place}\" t=\"b\"><v>{}</v></c>", u8::from(*it))
        }
        OutCell::Number(it) if fits(*it) => {
            let style = match kind {
                OutKind::Number(places) => xml::NUMBER + usize::from(places),
                OutKind::Bool | OutKind::Date | OutKind::Text => 0,
            };
            write!(to, "<c r=\"{place}\" s=\"{style}\"><v>{it}</v></c>")
        }
        OutCell::Number(it) => text(to, place, xml::TEXT, &it.to_string()),
        OutCell::Date(it) => match serial(*it) {
            Some(days) => write!(to, "<c r=\"{place}\" s=\"{}\"><v>{days}</v></c>", xml::DATE),
            None => text(to, place, xml::TEXT, &it.to_string()),
        },
        OutCell::Text(it) => text(to, place, xml::TEXT, &harmless(it)),
    }
}

/// Does a spreadsheet program keep every digit of a number?
fn fits(number: Decimal) -> bool {
    number.trimmed().mantissa().unsigned_abs().to_string().len() <= DIGITS
}

/// The number of a day; none before 1900, of which a spreadsheet program knows nothing.
fn serial(date: Date) -> Option<i64> {
    let from = |year, month, day| Some(Date::new(year, month, day)?.days_until(date));
    // The program counts a 29 February 1900 that never was.
    match from(1899, 12, 30)? {
        days if days >= 61 => Some(days),
        days if days >= 2 => Some(days - 1),
        _ => None,
    }
}

/// The width of a column by its header: a Chinese character takes two.
fn width(header: &str) -> usize {
    let signs = header.chars().map(|it| if it.is_ascii() { 1 } else { 2 });
    (signs.sum::<usize>() + 2).clamp(10, 40)
}

#[cfg(test)]
mod tests {
    use super::{fits, serial};

    #[test]
    fn days_have_the_numbers_of_a_spreadsheet_program() {
        for (date, number) in [
            ("1899-12-31", None),
            ("1900-01-01", Some(1)),
            ("1900-02-28", Some(59)),
            ("1900-03-01", Some(61)),
            ("2024-01-01", Some(45_292)),
        ] {
            assert_eq!(serial(date.parse().unwrap()), number, "{date}");
        }
    }

    #[test]
    fn numbers_of_up_to_fifteen_digits_are_kept() {
        for (number, kept) in [
            ("-12.50", true),
            ("123456789012345", true),
            ("1234567890123456", false),
            ("0.1234567890123456", false),
            ("100000000000000000000", false),
            ("0.00", true),
        ] {
            assert_eq!(fits(number.parse().unwrap()), kept, "{number}");
        }
    }
}
