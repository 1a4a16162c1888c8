//! What a run says about the data: files, rows that were not used, what was missing or in error.

use heng_dsl::diag::{Lang, plural};
use heng_engine::ingest::Loaded;
use heng_engine::quality::QualityReport;
use heng_engine::summary::Summary;

use crate::commands::bad_row;
use crate::lang::pick;
use crate::table::Rows;
use crate::terminal::harmless;

/// Quarantined rows shown; all of them stand in the file beside the results.
const BAD_ROWS: usize = 5;

/// Files with their rows, the first quarantined rows, and what was noticed.
pub(in crate::commands) fn files<R>(loaded: &Loaded<R>, lang: Lang) -> String {
    let mut rows = Rows::new([
        (pick(lang, "数据文件", "data file"), false),
        (pick(lang, "格式", "format"), false),
        (pick(lang, "行数", "rows"), true),
        (pick(lang, "采用", "used"), true),
        (pick(lang, "隔离", "quarantined"), true),
        (pick(lang, "重复", "repeated"), true),
        (pick(lang, "坏格", "bad cells"), true),
    ]);
    for it in &loaded.files {
        let format = match &it.text {
            Some(text) => format!("{} {}", it.format.name(), text.encoding.name()),
            None => it.format.name().to_owned(),
        };
        let counts = [it.rows, it.used, it.quarantined, it.repeated, it.bad_cells];
        let names = [it.file.clone(), format];
        rows.push(names.into_iter().chain(counts.map(|it| it.to_string())));
    }
    let mut lines = vec![rows.text()];
    let bad = &loaded.problems.bad_rows;
    lines.extend(bad.iter().take(BAD_ROWS).map(|it| harmless(&bad_row(it, lang)).into_owned()));
    if let Some(more) = bad.len().checked_sub(BAD_ROWS).filter(|it| *it > 0) {
        lines.push(match lang {
            Lang::Zh => format!("  另有{more}处；用 --out 写出结果时，全部列在旁边的隔离文件中"),
            Lang::En => format!(
                "  and {more} more; with --out, all are listed in a file beside the results"
            ),
        });
    }
    let notes = loaded.problems.notes.iter();
    lines.extend(notes.map(|it| format!("  {}", harmless(it.words().of(lang)))));
    lines.join("\n")
}

/// Fields that were missing, and errors.
pub(super) fn gaps(summary: &Summary, lang: Lang) -> String {
    let mut tables = Vec::new();
    let mut rows = Rows::new([
        (pick(lang, "用到而缺失的字段", "field read and missing"), false),
        (pick(lang, "户数", "households"), true),
        (pick(lang, "负责", "responsible"), false),
    ]);
    for it in &summary.missing {
        let owner = it.owner.clone().unwrap_or_default();
        rows.push([it.field.clone(), it.count.to_string(), owner]);
    }
    if !rows.is_empty() {
        tables.push(rows.text());
    }
    let mut rows = Rows::new([
        (pick(lang, "算不出", "error"), false),
        (pick(lang, "户数", "households"), true),
        (pick(lang, "涉及", "concerns"), false),
    ]);
    for it in &summary.errors {
        let what = format!("{} {}", it.code, it.what.of(lang));
        rows.push([what, it.count.to_string(), it.decls.join(pick(lang, "、", ", "))]);
    }
    if !rows.is_empty() {
        tables.push(rows.text());
    }
    if summary.with_quarantined > 0 {
        let (households, count) = (summary.with_quarantined, summary.quarantined_rows);
        tables.push(match lang {
            Lang::Zh => format!("  有{households}户的{count}行数据被隔离，其结果未计入这些行"),
            Lang::En => format!(
                "  quarantined, and not counted in their results: {} of {}",
                plural(count, "row"),
                plural(households, "household")
            ),
        });
    }
    tables.join("\n\n")
}

/// Rules of data quality that are broken, by rule, source system and responsible unit.
pub(super) fn quality(report: &QualityReport, lang: Lang) -> String {
    let tables = report.tables(lang).into_iter().filter(|it| !it.rows.is_empty()).map(|it| {
        let mut rows = Rows::new(it.headers.iter().map(|it| (it.as_str(), false)));
        it.rows.into_iter().for_each(|row| rows.push(row));
        format!("{}\n{}", harmless(&it.title), rows.text())
    });
    tables.collect::<Vec<_>>().join("\n\n")
}
