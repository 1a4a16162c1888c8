//! The quarantine file and the list of bad cells: what to send back to those who answer for the data.

use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::Arc;

use heng_dsl::diag::Lang;
use heng_dsl::model::Responsibility;

use super::problem::{BadCell, BadRow, Place};
use crate::mask::Masking;

/// Headers of both files.
const HEADERS: [[&str; 2]; 11] = [
    ["文件", "file"],
    ["行", "line"],
    ["表", "table"],
    ["主体", "household"],
    ["列", "column"],
    ["值", "value"],
    ["代码", "code"],
    ["原因", "reason"],
    ["来源", "source"],
    ["提供", "given_by"],
    ["负责", "responsible"],
];

/// Is a file with these headers one of the two lists, in either language?
pub(super) fn is_a_list(header: &[String]) -> bool {
    let is = |at: usize| header.iter().eq(HEADERS.iter().map(|it| it[at]));
    is(0) || is(1)
}

/// Writes quarantined rows as CSV, a line each, with a byte order mark so that spreadsheet programs
/// read the Chinese text.
///
/// # Errors
///
/// Only those of `to`.
pub fn write_bad_rows(
    to: impl Write,
    rows: &[BadRow],
    lang: Lang,
    masking: Masking,
) -> io::Result<()> {
    write(
        to,
        lang,
        rows.iter().map(|it| Line {
            place: &it.place,
            table: &it.table,
            household: it.household.as_ref().map(|key| masking.show(it.sensitive_key, key)),
            column: it.column.as_ref(),
            value: masking.show(it.sensitive, &it.value).into_owned(),
            code: it.fault.code(),
            reason: it.fault.words().of(lang).to_owned(),
            responsibility: &it.responsibility,
        }),
    )
}

/// Writes the cells that were read as missing, in the same form.
///
/// # Errors
///
/// Only those of `to`.
pub fn write_bad_cells(
    to: impl Write,
    cells: &[BadCell],
    lang: Lang,
    masking: Masking,
) -> io::Result<()> {
    write(
        to,
        lang,
        cells.iter().map(|it| Line {
            place: &it.place,
            table: &it.table,
            household: it.household.as_ref().map(|key| masking.show(it.sensitive_key, key)),
            column: Some(&it.column),
            value: masking.show(it.sensitive, &it.value).into_owned(),
            code: it.fault.code(),
            reason: it.fault.words().of(lang).to_owned(),
            responsibility: &it.responsibility,
        }),
    )
}

struct Line<'a> {
    place: &'a Place,
    table: &'a Arc<str>,
    household: Option<Cow<'a, str>>,
    column: Option<&'a Arc<str>>,
    value: String,
    code: &'static str,
    reason: String,
    responsibility: &'a Responsibility,
}

fn write<'a>(
    mut to: impl Write,
    lang: Lang,
    lines: impl Iterator<Item = Line<'a>>,
) -> io::Result<()> {
    to.write_all("\u{feff}".as_bytes())?;
    let mut csv = csv::Writer::from_writer(to);
    csv.write_record(HEADERS.map(|it| it[lang as usize]))?;
    for it in lines {
        let of = |text: &Option<String>| text.clone().unwrap_or_default();
        let who = it.responsibility;
        let texts = [
            it.place.file.to_string(),
            it.place.line.to_string(),
            it.table.to_string(),
            it.household.unwrap_or_default().into_owned(),
            it.column.map(ToString::to_string).unwrap_or_default(),
            it.value,
            it.code.to_owned(),
            it.reason,
            of(&who.source),
            of(&who.given_by),
            of(&who.owned_by),
        ];
        csv.write_record(texts.iter().map(|it| crate::output::harmless(it).into_owned()))?;
    }
    csv.flush()
}
