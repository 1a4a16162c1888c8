//! What the reason codes of a result file stand for, in a file beside it.

use std::io::{self, Write};

use heng_dsl::diag::Lang;

use super::Sheet;
use super::as_csv::harmless;
use super::columns::headers;
use crate::reasons::legend;

/// Writes a line for every code: its column, the number, the clause as its author wrote it, the legal basis.
pub(super) fn write(sheet: &Sheet<'_>, mut to: impl Write) -> io::Result<()> {
    to.write_all("\u{feff}".as_bytes())?;
    let mut csv = csv::Writer::from_writer(to);
    let suffix = match sheet.lang {
        Lang::Zh => {
            csv.write_record(["列", "理由码", "条款", "依据"])?;
            headers::REASONS[0]
        }
        Lang::En => {
            csv.write_record(["column", "reason_code", "clause", "basis"])?;
            headers::REASONS[1]
        }
    };
    for code in legend(sheet.linked, &sheet.reasons(), sheet.as_of) {
        let name = sheet.names.get(code.slot).map_or("", String::as_str);
        let cells =
            [format!("{name}.{suffix}"), code.code.to_string(), code.clause, code.basis.join("; ")];
        csv.write_record(cells.iter().map(|it| harmless(it).into_owned()))?;
    }
    csv.flush()
}
