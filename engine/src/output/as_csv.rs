//! Results as CSV: UTF-8 with a byte order mark, so that spreadsheet programs read the Chinese text.

use std::borrow::Cow;
use std::io;

use heng_dsl::diag::Lang;

use super::cells::{OutCell, Table};
use super::columns::OutColumn;

/// A text that no spreadsheet program takes for a formula: one that begins like a formula gets an
/// apostrophe in front. [`as_written`] takes it off again.
pub(crate) fn harmless(text: &str) -> Cow<'_, str> {
    if begins_like_a_formula(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// The text that [`harmless`] was given.
pub(crate) fn as_written(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if begins_like_a_formula(rest) => rest,
        _ => text,
    }
}

/// Apostrophes in front are looked through, so that [`as_written`] is the exact inverse.
fn begins_like_a_formula(text: &str) -> bool {
    let text = text.trim_start_matches('\'');
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

/// The mark of the encoding, and the header.
pub(super) fn header(columns: &[OutColumn]) -> io::Result<Vec<u8>> {
    let mut csv = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    csv.write_record(columns.iter().map(|it| harmless(&it.name).into_owned()))?;
    csv.into_inner().map_err(|why| io::Error::other(why.to_string()))
}

/// The rows of a part.
pub(super) fn rows(
    to: &mut Vec<u8>,
    columns: &[OutColumn],
    table: &Table<'_>,
    lang: Lang,
) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(to);
    for row in 0..table.part.len() {
        for column in columns {
            csv.write_field(field(table.cell(column, row), lang))?;
        }
        csv.write_record(None::<&[u8]>)?;
    }
    csv.flush()
}

fn field(cell: OutCell, lang: Lang) -> String {
    match cell {
        OutCell::Empty => String::new(),
        OutCell::Bool(it) => match (lang, it) {
            (Lang::Zh, true) => "是".to_owned(),
            (Lang::Zh, false) => "否".to_owned(),
            (Lang::En, it) => it.to_string(),
        },
        OutCell::Number(it) => it.to_string(),
        OutCell::Date(it) => it.to_string(),
        OutCell::Text(it) => harmless(&it).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{as_written, harmless};

    #[test]
    fn formulas_are_made_harmless_and_come_back() {
        for (text, safe) in [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-张三", "'-张三"),
            ("\t=1", "'\t=1"),
            ("'=1", "''=1"),
            ("＝1+1", "'＝1+1"),
            ("＋1", "'＋1"),
            ("－1", "'－1"),
            ("＠SUM(A1)", "'＠SUM(A1)"),
            ("\r=1", "'\r=1"),
            ("\n=1", "'\n=1"),
            ("''", "''"),
            ("张三", "张三"),
            ("'", "'"),
            ("", ""),
        ] {
            assert_eq!(harmless(text), safe);
            assert_eq!(as_written(safe), text);
        }
    }
}
