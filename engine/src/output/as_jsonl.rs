//! Results as JSON Lines: an object a household, its keys in the order of the columns.
//!
//! Numbers keep every place that they have. Texts stay as they are: nothing takes a JSON text for a
//! formula.

use std::io::{self, Write};
use std::path::Path;

use super::atomic::Writing;
use super::cells::{OutCell, Table};
use super::columns::OutColumn;

/// Writes the file, up to putting it in its place.
pub(super) fn write(path: &Path, columns: &[OutColumn], table: &Table<'_>) -> io::Result<Writing> {
    let mut file = Writing::begin(path)?;
    let names = columns.iter().map(|it| serde_json::to_string(&it.name));
    let names = names.collect::<Result<Vec<_>, _>>()?;
    for row in 0..table.len() {
        let mut before = '{';
        for (column, name) in columns.iter().zip(&names) {
            write!(file, "{before}{name}:")?;
            match table.cell(column, row) {
                OutCell::Empty => file.write_all(b"null")?,
                OutCell::Bool(it) => write!(file, "{it}")?,
                OutCell::Number(it) => write!(file, "{it}")?,
                OutCell::Date(it) => write!(file, "\"{it}\"")?,
                OutCell::Text(it) => serde_json::to_writer(&mut file, &it)?,
            }
            before = ',';
        }
        file.write_all(if columns.is_empty() { b"{}\n" } else { b"}\n" })?;
    }
    Ok(file)
}
