//! Code tables: columns from the rule file, rows from a CSV file of the package.

use super::header;
use super::unit::Unit as Package;
use crate::diag::{Code, Diagnostic, Words};
use crate::limits;
use crate::model::{CodeRow, CodeTable, Field, Id, Origin, Ty, TyKind};
use crate::span::Span;
use crate::syntax::ast::{self, AttrKind};
use crate::value::{Date, Decimal, Rounding, Value};

/// A code table without columns and rows.
pub(super) fn head(decl: &ast::Decl) -> CodeTable {
    CodeTable {
        id: header::id_of(decl),
        name: Id::from(decl.name.text.as_str()),
        legal: header::legal(&decl.lines),
        prefixed: decl.attrs.iter().any(|it| it.kind == AttrKind::Prefixed),
        columns: Vec::new(),
        rows: Vec::new(),
    }
}

/// Checks that exactly one column is the key, and a text.
pub(super) fn finish_columns(unit: &mut Package<'_>, decl: &ast::Decl, at: usize) {
    let keys: Vec<&Field> = unit.schema.codes[at].columns.iter().filter(|it| it.key).collect();
    let fits = matches!(keys.as_slice(), [only] if only.ty == Ty::present(TyKind::Text));
    if !fits && !decl.broken {
        header::lacks(
            unit,
            decl.name.span,
            ["一个且只有一个文本主键", "exactly one key column of type text"],
        );
    }
}

/// The rows of the file that the declaration names, by key.
pub(super) fn rows(unit: &Package<'_>, decl: &ast::Decl, table: &CodeTable) -> Vec<CodeRow> {
    let file = decl.attrs.iter().find_map(|it| match &it.kind {
        AttrKind::File(text) => Some(text),
        _ => None,
    });
    let Some(file) = file else {
        header::lacks(unit, decl.name.span, ["文件 \"…\"", "file \"…\""]);
        return Vec::new();
    };
    read(unit, file, table).into_iter().map(|values| CodeRow { values, origin: None }).collect()
}

/// Overlays a table with the rows of another file, key by key.
pub(super) fn overlay(
    unit: &Package<'_>,
    file: &ast::Text,
    table: &mut CodeTable,
    origin: &Origin,
) {
    let Some(key) = table.key() else { return };
    for values in read(unit, file, table) {
        let row = CodeRow { values, origin: Some(origin.clone()) };
        match table.rows.binary_search_by(|it| it.values.get(key).cmp(&row.values.get(key))) {
            Ok(at) => table.rows[at] = row,
            Err(at) => table.rows.insert(at, row),
        }
    }
}

/// Reads a CSV file of the package; every problem is reported.
fn read(unit: &Package<'_>, file: &ast::Text, table: &CodeTable) -> Vec<Vec<Value>> {
    let path = format!("{}/{}", unit.package.folder.trim_end_matches('/'), file.text);
    let refuse = |why: Words| {
        unit.report(
            Diagnostic::new(Code::E0610, file.span).arg("file", file.text.clone()).arg("why", why),
        );
        Vec::new()
    };
    let outside =
        file.text.split(['/', '\\']).any(|it| it == "..") || file.text.starts_with(['/', '\\']);
    if outside || file.text.contains(':') {
        return refuse(Words::both(
            "文件须在规则集的文件夹里",
            "the file has to be in the folder of the rule set",
        ));
    }
    let bytes = match unit.world.read(&path) {
        Ok(bytes) => bytes,
        Err(why) => return refuse(Words::parted(&why)),
    };
    let Ok(text) = String::from_utf8(bytes) else {
        return refuse(Words::both(
            "不是 UTF-8 文本，请另存为 UTF-8",
            "it is not UTF-8 text; save it as UTF-8",
        ));
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let head = match reader.headers() {
        Ok(head) => head.clone(),
        Err(why) => return refuse(why.to_string().into()),
    };
    let Some(places) = columns(unit, file, table, &head) else { return Vec::new() };
    let mut out = Vec::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(why) => return refuse(why.to_string().into()),
        };
        let line = record.position().map_or(0, csv::Position::line);
        if out.len() >= limits::MAX_CODE_ROWS {
            let limit = limits::MAX_CODE_ROWS;
            return refuse(Words::both(
                format!("超过 {limit} 行"),
                format!("it has more than {limit} rows"),
            ));
        }
        if let Some(values) = row(unit, file, table, &places, &record, line) {
            out.push(values);
        }
    }
    sorted(unit, file.span, table, out)
}

fn sorted(
    unit: &Package<'_>,
    span: Span,
    table: &CodeTable,
    mut rows: Vec<Vec<Value>>,
) -> Vec<Vec<Value>> {
    let Some(key) = table.key() else { return Vec::new() };
    rows.sort_by(|a, b| a.get(key).cmp(&b.get(key)));
    for pair in rows.windows(2) {
        if pair[0].get(key) == pair[1].get(key) {
            let code = match pair[0].get(key) {
                Some(Value::Text(it)) => it.to_string(),
                _ => String::new(),
            };
            let why = Words::both(
                format!("代码“{code}”有两行"),
                format!("the code “{code}” has two rows"),
            );
            unit.report(Diagnostic::new(Code::E0611, span).arg("line", "?").arg("why", why));
        }
    }
    rows.dedup_by(|a, b| a.get(key) == b.get(key));
    rows
}

/// For each column of the table its place in the file; a column with a default may be absent.
fn columns(
    unit: &Package<'_>,
    file: &ast::Text,
    table: &CodeTable,
    head: &csv::StringRecord,
) -> Option<Vec<Option<usize>>> {
    let mut out = Vec::new();
    for column in &table.columns {
        let known = |it: &str| {
            it == column.name.as_ref()
                || it == column.id.as_ref()
                || column.column.as_deref() == Some(it)
        };
        let at = head.iter().position(known);
        if at.is_none() && column.default.is_none() && !column.ty.optional {
            let near = crate::near::nearest(&column.name, head.iter());
            let zh = near.as_ref().map_or(String::new(), |it| format!("；最接近的是“{it}”"));
            let en = near.map_or(String::new(), |it| format!("; the nearest is “{it}”"));
            let why = Words::both(
                format!("没有“{}”这一列{zh}", column.name),
                format!("it has no column “{}”{en}", column.name),
            );
            unit.report(
                Diagnostic::new(Code::E0610, file.span)
                    .arg("file", file.text.clone())
                    .arg("why", why),
            );
            return None;
        }
        out.push(at);
    }
    Some(out)
}

fn row(
    unit: &Package<'_>,
    file: &ast::Text,
    table: &CodeTable,
    places: &[Option<usize>],
    record: &csv::StringRecord,
    line: u64,
) -> Option<Vec<Value>> {
    let mut out = Vec::new();
    for (column, at) in table.columns.iter().zip(places) {
        let cell = at.and_then(|at| record.get(at)).unwrap_or("");
        let value = match cell {
            "" if column.default.is_some() => column.default.clone(),
            "" if column.ty.optional => Some(Value::Missing),
            "" => None,
            cell => value(unit, cell, column),
        };
        match value {
            Some(value) => out.push(value),
            None => {
                let why = Words::both(
                    format!(
                        "“{}”列的“{cell}”不是{}",
                        column.name,
                        super::ty::words(unit, &column.ty.kind).zh
                    ),
                    format!(
                        "“{cell}” in column “{}” is not {}",
                        column.name,
                        super::ty::words(unit, &column.ty.kind).en
                    ),
                );
                unit.report(
                    Diagnostic::new(Code::E0611, file.span)
                        .arg("line", line.to_string())
                        .arg("why", why),
                );
                return None;
            }
        }
    }
    Some(out)
}

fn value(unit: &Package<'_>, cell: &str, column: &Field) -> Option<Value> {
    match &column.ty.kind {
        TyKind::Text | TyKind::Code(_) => Some(Value::text(cell)),
        TyKind::Bool => match cell {
            "是" | "yes" | "true" | "1" => Some(Value::Bool(true)),
            "否" | "no" | "false" | "0" => Some(Value::Bool(false)),
            _ => None,
        },
        TyKind::Date => cell.parse::<Date>().ok().map(Value::Date),
        TyKind::Number(number) => {
            let (text, percent) =
                cell.strip_suffix(['%', '％']).map_or((cell, false), |it| (it, true));
            let parsed = text.trim().parse::<Decimal>().ok()?;
            let parsed = if percent {
                Decimal::new(parsed.mantissa(), parsed.places().checked_add(2)?)?
            } else {
                scaled(parsed, column.scale)?
            };
            if parsed.trimmed().places() > number.places || (parsed.is_negative() && !column.signed)
            {
                return None;
            }
            parsed.round(number.places, Rounding::HalfUp).map(Value::Number)
        }
        TyKind::Member(reference) => unit.enum_of(reference)?.position(cell).map(Value::Member),
        TyKind::Frequency | TyKind::Unknown => None,
    }
}

/// Multiplies by a power of ten.
fn scaled(number: Decimal, power: i8) -> Option<Decimal> {
    if power >= 0 {
        let factor = Decimal::new(10i128.checked_pow(u32::from(power.unsigned_abs()))?, 0)?;
        number.checked_mul(factor, number.places())
    } else {
        Decimal::new(number.mantissa(), number.places().checked_add(power.unsigned_abs())?)
    }
}
