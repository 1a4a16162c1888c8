//! The cells of a sheet, row by row, as the file has them.

use quick_xml::events::{BytesStart, Event};

use super::package::{Bound, Trouble, Xml, attribute, character};
use super::strings::{text, unescaped};

/// Rows of a sheet.
const MAX_ROWS: u64 = 1 << 20;

/// Columns of a sheet.
const MAX_COLUMNS: usize = 1 << 14;

/// A cell as the file has it.
pub(super) struct RawCell {
    /// The number of its column, from 0.
    pub(super) column: usize,
    /// What its value is.
    pub(super) kind: RawKind,
    /// The number of its style.
    pub(super) style: usize,
    /// Its value; absent where the file has none.
    pub(super) value: Option<String>,
    /// The value was found by a formula.
    pub(super) formula: bool,
}

/// What the value of a cell is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RawKind {
    Number,
    /// The number of a shared text.
    Shared,
    Text,
    Bool,
    Error,
    /// A date in ISO 8601.
    Date,
}

/// Areas of several cells in one.
#[derive(Default)]
pub(super) struct Merged {
    /// The first that reaches into the first row.
    pub(super) over_header: Option<String>,
    /// The first below it, and how many there are.
    pub(super) first: Option<String>,
    /// How many are below the first row.
    pub(super) below: u64,
}

/// A sheet while it is read.
pub(super) struct CellStream<'p> {
    xml: Xml<'p>,
    buffer: Vec<u8>,
    /// The row read last.
    row: u64,
}

impl<'p> CellStream<'p> {
    /// From its beginning.
    pub(super) fn new(xml: Xml<'p>) -> Self {
        Self { xml, buffer: Vec::new(), row: 0 }
    }

    /// The number of the next row, from 1, and its cells in the order of their columns.
    pub(super) fn next_row(&mut self, cells: &mut Vec<RawCell>) -> Result<Option<u64>, Trouble> {
        cells.clear();
        loop {
            self.buffer.clear();
            match self.xml.read_event_into(&mut self.buffer)? {
                Event::Start(it) if it.local_name().as_ref() == "row" => {
                    self.row = number_of_row(&it, self.row)?;
                    self.cells(cells)?;
                    return Ok(Some(self.row));
                }
                Event::Empty(it) if it.local_name().as_ref() == "row" => {
                    self.row = number_of_row(&it, self.row)?;
                    return Ok(Some(self.row));
                }
                Event::End(it) if it.local_name().as_ref() == "sheetData" => return Ok(None),
                Event::Empty(it) if it.local_name().as_ref() == "sheetData" => return Ok(None),
                Event::Eof => return Err(Trouble::unexpected("no end of the sheet")),
                Event::DocType(_) => return Err(Trouble::unexpected("DOCTYPE")),
                _ => {}
            }
        }
    }

    /// What stands behind the last row.
    pub(super) fn merged(&mut self) -> Result<Merged, Trouble> {
        let mut merged = Merged::default();
        loop {
            self.buffer.clear();
            match self.xml.read_event_into(&mut self.buffer)? {
                Event::Start(it) | Event::Empty(it) if it.local_name().as_ref() == "mergeCell" => {
                    let area = attribute(&it, "ref")?.unwrap_or_default();
                    let start = area.split(':').next().unwrap_or_default();
                    if reference(start).is_some_and(|it| it.1 == 1) {
                        merged.over_header.get_or_insert(area);
                    } else {
                        merged.first.get_or_insert(area);
                        merged.below += 1;
                    }
                }
                Event::Eof => return Ok(merged),
                _ => {}
            }
        }
    }

    /// The cells of a row that was begun.
    fn cells(&mut self, cells: &mut Vec<RawCell>) -> Result<(), Trouble> {
        let mut next = 0;
        loop {
            self.buffer.clear();
            match self.xml.read_event_into(&mut self.buffer)? {
                Event::Start(it) if it.local_name().as_ref() == "c" => {
                    let mut cell = opened(&it, next, self.row)?;
                    next = cell.column + 1;
                    self.value(&mut cell)?;
                    cells.push(cell);
                }
                Event::Empty(it) if it.local_name().as_ref() == "c" => {
                    next = opened(&it, next, self.row)?.column + 1;
                }
                Event::End(it) if it.local_name().as_ref() == "row" => return Ok(()),
                Event::Eof => return Err(Trouble::unexpected("no end of the row")),
                _ => {}
            }
        }
    }

    /// The value of a cell that was begun.
    fn value(&mut self, cell: &mut RawCell) -> Result<(), Trouble> {
        loop {
            self.buffer.clear();
            match self.xml.read_event_into(&mut self.buffer)? {
                Event::Start(it) => match it.local_name().as_ref() {
                    "v" => {
                        let value = plain(&mut self.xml, "v")?;
                        // An inline text stands in `is`.
                        cell.value.get_or_insert(value);
                    }
                    "is" => cell.value = Some(text(&mut self.xml, "is")?),
                    "f" => {
                        cell.formula = true;
                        plain(&mut self.xml, "f")?;
                    }
                    _ => {}
                },
                Event::Empty(it) => match it.local_name().as_ref() {
                    "f" => cell.formula = true,
                    "v" => cell.value = Some(String::new()),
                    _ => {}
                },
                Event::End(it) if it.local_name().as_ref() == "c" => return Ok(()),
                Event::Eof => return Err(Trouble::unexpected("no end of a cell")),
                _ => {}
            }
        }
    }
}

/// The text right inside an element.
fn plain(xml: &mut Xml<'_>, until: &str) -> Result<String, Trouble> {
    let mut text = String::new();
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match xml.read_event_into(&mut buffer)? {
            Event::Text(it) => text.push_str(&it.xml10_content()),
            Event::CData(it) => text.push_str(&it.xml10_content()),
            Event::GeneralRef(it) => text.push(character(&it)?),
            Event::End(it) if it.local_name().as_ref() == until => return Ok(unescaped(text)),
            Event::Eof => return Err(Trouble::unexpected("the end comes too early")),
            _ => {}
        }
    }
}

/// The number of a row: as it says, else the one behind the last.
fn number_of_row(row: &BytesStart<'_>, last: u64) -> Result<u64, Trouble> {
    let number = match attribute(row, "r")? {
        Some(text) => text.parse().map_err(|_| Trouble::Damaged(format!("row {text}")))?,
        None => last + 1,
    };
    if number > MAX_ROWS {
        return Err(Trouble::TooLarge(Bound::Cells));
    }
    if number > last { Ok(number) } else { Err(Trouble::Damaged(format!("row {number} twice"))) }
}

/// A cell whose value is still to come.
fn opened(cell: &BytesStart<'_>, next: usize, row: u64) -> Result<RawCell, Trouble> {
    let (mut column, mut style, mut kind) = (next, 0, RawKind::Number);
    for attribute in cell.attributes().with_checks(false) {
        let attribute = attribute?;
        let value = attribute.value.as_ref();
        let strange = || Trouble::Damaged(format!("cell {value} in row {row}"));
        match attribute.key.local_name().as_ref() {
            "r" => column = reference(value).filter(|it| it.1 == row).ok_or_else(strange)?.0,
            "s" => style = value.parse().map_err(|_| strange())?,
            "t" => kind = kind_of(value).ok_or_else(strange)?,
            _ => {}
        }
    }
    if column >= MAX_COLUMNS {
        return Err(Trouble::TooLarge(Bound::Cells));
    }
    if column < next {
        return Err(Trouble::Damaged(format!("cell {}{row} twice", letters(column))));
    }
    Ok(RawCell { column, kind, style, value: None, formula: false })
}

fn kind_of(name: &str) -> Option<RawKind> {
    match name {
        "n" => Some(RawKind::Number),
        "s" => Some(RawKind::Shared),
        "str" | "inlineStr" => Some(RawKind::Text),
        "b" => Some(RawKind::Bool),
        "e" => Some(RawKind::Error),
        "d" => Some(RawKind::Date),
        _ => None,
    }
}

/// `C7`, perhaps `$C$7`: the number of the column from 0, and of the row from 1.
fn reference(text: &str) -> Option<(usize, u64)> {
    let text = text.strip_prefix('$').unwrap_or(text);
    let split = text.find(|it: char| !it.is_ascii_alphabetic())?;
    let (letters, row) = text.split_at(split);
    if letters.is_empty() || letters.len() > 4 {
        return None;
    }
    let digits = letters.bytes().map(|it| usize::from(it.to_ascii_uppercase() - b'A') + 1);
    let column = digits.fold(0, |sum, digit| sum * 26 + digit) - 1;
    Some((column, row.strip_prefix('$').unwrap_or(row).parse().ok()?))
}

/// The letters of a column: `A`, `AA`.
pub(crate) fn letters(column: usize) -> String {
    let (mut rest, mut letters) = (column + 1, Vec::new());
    while rest > 0 {
        let digit = u8::try_from((rest - 1) % 26).unwrap_or_default();
        letters.push(char::from(b'A' + digit));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::{letters, reference};

    #[test]
    fn columns_have_letters() {
        for (text, column) in [("A1", 0), ("Z1", 25), ("AA1", 26), ("$XFD$1", 16_383)] {
            assert_eq!(reference(text), Some((column, 1)));
            assert_eq!(letters(column), text.trim_end_matches('1').replace('$', ""));
        }
        for text in ["", "1", "A", "甲1", "AAAAA1", "A-1"] {
            assert_eq!(reference(text), None, "{text}");
        }
    }
}
