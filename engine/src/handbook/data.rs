//! The data that the rules read: fields, record tables, code tables, and 校验.

use heng_dsl::model::{CheckLevel, CheckScope, Field, Later, Responsibility};

use super::document::{Block, Cell, Table, Text, plain};
use super::{Book, heading, rule};
use crate::show::{self, formula::Formulas};

pub(super) fn blocks(book: &Book<'_>) -> Vec<Block> {
    let set = book.set;
    let mut blocks = Vec::new();
    if let Some(subject) = &set.subject {
        blocks.push(heading(3, &subject.name));
        facts(book, &subject.responsibility, &subject.legal, &mut blocks);
        blocks.push(fields(book, &subject.fields));
    }
    for table in &set.tables {
        blocks.push(heading(3, &table.name));
        facts(book, &table.responsibility, &table.legal, &mut blocks);
        blocks.push(fields(book, &table.fields));
    }
    if !set.codes.is_empty() {
        let rows = set.codes.iter().map(|it| {
            let columns: Vec<&str> = it.columns.iter().map(|it| it.name.as_ref()).collect();
            vec![
                Cell::head(it.name.to_string()),
                Cell::of(columns.join(book.pick("、", ", "))),
                Cell::number(it.rows.len().to_string()),
                Cell::lines(it.legal.basis.clone()),
            ]
        });
        let head = [
            book.pick("代码表", "Code table"),
            book.pick("列", "Columns"),
            book.pick("行数", "Rows"),
            book.pick("依据", "Basis"),
        ];
        let rows = rows.collect();
        blocks.push(Block::Table(Table { head: head.map(str::to_owned).to_vec(), rows }));
    }
    blocks.extend(checks(book));
    blocks
}

fn facts(
    book: &Book<'_>,
    responsibility: &Responsibility,
    legal: &heng_dsl::model::Legal,
    blocks: &mut Vec<Block>,
) {
    let mut facts: Vec<(String, Vec<Text>)> = Vec::new();
    for (words, text) in [
        (["来源", "Source"], &responsibility.source),
        (["产生", "Made by"], &responsibility.made_by),
        (["提供", "Supplied by"], &responsibility.given_by),
        (["负责", "Responsible"], &responsibility.owned_by),
    ] {
        if let Some(text) = text {
            facts.push((book.pick(words[0], words[1]).to_owned(), vec![plain(text)]));
        }
    }
    facts.extend(rule::legal(book, legal));
    if !facts.is_empty() {
        blocks.push(Block::Facts(facts));
    }
}

fn fields(book: &Book<'_>, fields: &[Field]) -> Block {
    let rows = fields.iter().map(|it| {
        vec![
            Cell::head(it.name.to_string()),
            Cell::of(show::formula::kind(book.linked, &it.ty, book.lang)),
            Cell::of(it.column.clone().unwrap_or_default()),
            Cell::of(remarks(book, it).join(book.pick("，", ", "))),
        ]
    });
    let head = [
        book.pick("字段", "Field"),
        book.pick("类型", "Kind"),
        book.pick("来源列", "Source column"),
        book.pick("备注", "Remarks"),
    ];
    Block::Table(Table { head: head.map(str::to_owned).to_vec(), rows: rows.collect() })
}

fn remarks(book: &Book<'_>, field: &Field) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for (is, zh, en) in [
        (field.key, "主键", "key"),
        (field.ty.optional, "可缺", "optional"),
        (field.signed, "可负", "may be negative"),
        (field.sensitive, "敏感", "sensitive"),
    ] {
        if is {
            all.push(book.pick(zh, en).to_owned());
        }
    }
    match &field.later {
        Some(Later::Date(it)) => all.push(format!("{} {it}", book.pick("后续", "later"))),
        Some(Later::With(it)) => all.push(format!("{} {it}", book.pick("随", "with"))),
        None => {}
    }
    if let Some(default) = &field.default {
        let value = show::value(book.linked, default, &field.ty, book.lang);
        all.push(format!("{} {value}", book.pick("缺省", "default")));
    }
    if let Some(derived) = &field.derived {
        all.push(format!("= {}", Formulas::new(book.linked, &[], book.lang).expr(derived)));
    }
    all
}

fn checks(book: &Book<'_>) -> Option<Block> {
    if book.set.checks.is_empty() {
        return None;
    }
    let rows = book.set.checks.iter().map(|it| {
        let about = match &it.scope {
            CheckScope::Household => {
                let subject = book.linked.subject().map(|it| it.subject.name.to_string());
                subject.unwrap_or_default()
            }
            CheckScope::Records(table) => book.linked.table(table.slot.index()).name.to_string(),
            CheckScope::Table(table) => format!(
                "{}{}",
                book.linked.table(table.slot.index()).name,
                book.pick("（全表）", " (whole table)")
            ),
        };
        let level = match it.level {
            CheckLevel::Note => book.pick("提示", "note"),
            CheckLevel::Warning => book.pick("警告", "warning"),
            CheckLevel::Error => book.pick("错误", "error"),
        };
        let mut require =
            vec![plain(Formulas::new(book.linked, &it.lets, book.lang).expr(&it.require))];
        require.extend(it.legal.note.iter().map(plain));
        vec![
            Cell::head(it.name.to_string()),
            Cell::of(about),
            Cell::of(level),
            Cell { lines: require, ..Cell::default() },
            Cell::lines(it.legal.basis.clone()),
        ]
    });
    let head = [
        book.pick("校验", "Check"),
        book.pick("对", "About"),
        book.pick("级别", "Level"),
        book.pick("要求", "Requires"),
        book.pick("依据", "Basis"),
    ];
    let rows = rows.collect();
    Some(Block::Table(Table { head: head.map(str::to_owned).to_vec(), rows }))
}
