//! 条款: what became of each clause of the policy, and which clause a declaration carries out.

use std::collections::BTreeMap;

use heng_dsl::model::PolicyFate;

use super::Book;
use super::document::{Block, Cell, Table, Text, link, plain};

pub(super) fn blocks(book: &Book<'_>) -> Vec<Block> {
    let clauses = &book.set.clauses;
    if clauses.is_empty() {
        return Vec::new();
    }
    let rows = clauses.iter().map(|it| {
        let (fate, by): (&str, Vec<Text>) = match &it.fate {
            PolicyFate::Encoded(all) => (
                book.pick("编入", "encoded in"),
                all.iter().map(|(kind, name)| named(book, kind, name)).collect(),
            ),
            PolicyFate::Manual(why) => (book.pick("人工", "left to people"), vec![plain(why)]),
            PolicyFate::OutOfScope(why) => {
                (book.pick("不属此类", "not of this kind"), vec![plain(why)])
            }
        };
        vec![
            Cell::head(it.number.to_string()),
            Cell::of(it.title.clone().unwrap_or_default()),
            Cell::of(fate),
            Cell { lines: by, ..Cell::default() },
        ]
    });
    let head = [
        book.pick("条款", "Clause"),
        book.pick("内容", "What it says"),
        book.pick("处理", "What became of it"),
        book.pick("由谁实现，或者为什么", "By what, or why"),
    ];
    let rows = rows.collect();
    let mut blocks = vec![Block::Table(Table { head: head.map(str::to_owned).to_vec(), rows })];
    blocks.extend(the_other_way(book));
    blocks
}

/// Which clauses each declaration carries out.
fn the_other_way(book: &Book<'_>) -> Option<Block> {
    let mut by_name: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for it in &book.set.clauses {
        if let PolicyFate::Encoded(all) = &it.fate {
            for (kind, name) in all {
                by_name.entry((kind, name)).or_default().push(it.number.to_string());
            }
        }
    }
    if by_name.is_empty() {
        return None;
    }
    let rows = by_name.into_iter().map(|((kind, name), clauses)| {
        vec![Cell::text(named(book, kind, name)), Cell::of(clauses.join(book.pick("、", ", ")))]
    });
    let head =
        [book.pick("声明", "Declaration"), book.pick("实现的条款", "Clauses it carries out")];
    let rows = rows.collect();
    Some(Block::Table(Table { head: head.map(str::to_owned).to_vec(), rows }))
}

fn named(book: &Book<'_>, kind: &str, name: &str) -> Text {
    let found = book.decls().find(|(_, it)| *it.name == *name || *it.id == *name);
    let text = format!("{kind} {name}");
    match found {
        Some((slot, _)) => link(text, book.anchor(slot)),
        None => plain(text),
    }
}
