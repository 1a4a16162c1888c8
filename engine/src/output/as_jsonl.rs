//! Results as JSON Lines: an object a household, its keys in the order of the columns.
//!
//! Numbers keep every place that they have. Texts stay as they are: nothing takes a JSON text for a
//! formula.

use std::io::{self, Write};

use super::cells::{OutCell, Table};
use super::columns::OutColumn;

/// The rows of a part.
pub(super) fn rows(to: &mut Vec<u8>, columns: &[OutColumn], table: &Table<'_>) -> io::Result<()> {
    let names = columns.iter().map(|it| serde_json::to_string(&it.name));
    let names = names.collect::<Result<Vec<_>, _>>()?;
    for row in 0..table.part.len() {
        let mut before = '{';
        for (column, name) in columns.iter().zip(&names) {
            write!(to, "{before}{name}:")?;
            match table.cell(column, row) {
                OutCell::Empty => to.write_all(b"null")?,
                OutCell::Bool(it) => write!(to, "{it}")?,
                OutCell::Number(it) => write!(to, "{it}")?,
                OutCell::Date(it) => write!(to, "\"{it}\"")?,
                OutCell::Text(it) => serde_json::to_writer(&mut *to, &it)?,
            }
            before = ',';
        }
        to.write_all(if columns.is_empty() { b"{}\n" } else { b"}\n" })?;
    }
    Ok(())
}
