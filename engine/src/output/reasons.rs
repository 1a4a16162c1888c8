//! What the reason codes of a result file stand for, in a file beside it.

use std::io::{self, Write};

use heng_dsl::diag::Lang;

use super::Sheet;
use super::as_csv::harmless;
use super::columns::headers;
use crate::reasons::{determinations, legend};

/// Writes a line for every code: its column, the code, the clause as its author wrote it, the legal basis.
pub(super) fn write(sheet: &Sheet<'_>, mut to: impl Write) -> io::Result<()> {
    to.write_all("\u{feff}".as_bytes())?;
    let mut csv = csv::Writer::from_writer(to);
    let (header, language) = match sheet.lang {
        Lang::Zh => (["列", "理由码", "条款", "依据"], 0),
        Lang::En => (["column", "reason_code", "clause", "basis"], 1),
    };
    csv.write_record(header)?;
    let clauses = legend(sheet.linked, &sheet.reasons(), sheet.as_of);
    let hits = determinations(sheet.linked, &sheet.hits(), sheet.as_of);
    let clauses = clauses.into_iter().map(|it| (it, headers::REASONS));
    for (code, behind) in clauses.chain(hits.into_iter().map(|it| (it, headers::HITS))) {
        let name = sheet.names.get(code.slot).map_or("", String::as_str);
        let column = format!("{name}.{}", behind.get(language).unwrap_or(&""));
        let cells = [column, code.code, code.clause, code.basis.join("; ")];
        csv.write_record(cells.iter().map(|it| harmless(it).into_owned()))?;
    }
    csv.flush()
}
