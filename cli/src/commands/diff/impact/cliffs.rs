//! What one more record would do, in words.

use heng_dsl::diag::Lang;
use heng_engine::impact::{Cell, Cliff};

use super::text::cell;
use crate::lang::pick;
use crate::terminal::harmless_lines;

/// For the terminal, under a heading; empty where no record was tried.
pub(super) fn cliffs(all: &[Cliff], lang: Lang) -> String {
    let lines = cliff_lines(all, lang);
    if lines.is_empty() {
        return String::new();
    }
    let lines: String = lines.iter().flat_map(|it| ["\n  ", it.as_str()]).collect();
    harmless_lines(&format!("{}{lines}", pick(lang, "陡坎", "cliffs")))
}

/// What one more record of each kind would do; the kinds that move nobody stand together.
pub(super) fn cliff_lines(all: &[Cliff], lang: Lang) -> Vec<String> {
    let is_flat = |it: &&Cliff| [it.before, it.after].iter().all(|it| *it == Cell::Count(0));
    let steep = all.iter().filter(|it| !is_flat(it)).map(|it| cliff(it, lang));
    let mut lines: Vec<String> = steep.collect();
    let has_steep =
        |table: &heng_dsl::model::Id| all.iter().any(|it| it.table == *table && !is_flat(&it));
    let mut flat: Vec<&str> = Vec::new();
    for it in all.iter().filter(|it| !has_steep(&it.table)) {
        if !flat.contains(&it.table.as_ref()) {
            flat.push(&it.table);
        }
    }
    if !flat.is_empty() {
        let tables = flat.join(pick(lang, "、", ", "));
        lines.push(match lang {
            Lang::Zh => format!("再有一条{tables}，改前改后都没有一户变差两级或以上"),
            Lang::En => format!(
                "with one more {tables} nobody would fall by two grades or more, before or after"
            ),
        });
    }
    lines
}

fn cliff(it: &Cliff, lang: Lang) -> String {
    let record = it.record.iter().map(|(name, value)| format!("{name} {}", value.of(lang)));
    let record: Vec<String> = record.take(4).collect();
    let record = record.join(pick(lang, "，", ", "));
    let (table, before, after) = (&it.table, cell(it.before), cell(it.after));
    let grade = format!("{}.{}", it.grade.package, it.grade.name);
    let example = match (&it.example, lang) {
        (None, _) => String::new(),
        (Some(key), Lang::Zh) => format!("，如 {key}"),
        (Some(key), Lang::En) => format!(", such as {key}"),
    };
    match lang {
        Lang::Zh => format!(
            "再有一条{table}（{record}），{grade} 变差两级或以上的户：改前 {before}，改后 {after}{example}"
        ),
        Lang::En => format!(
            "with one more {table} ({record}) {grade} would fall by two grades or more for {before} before, {after} after{example}"
        ),
    }
}
