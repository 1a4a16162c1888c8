//! Two indexes: by legal basis, and by the field that a declaration rests on.

use std::collections::{BTreeMap, BTreeSet};

use super::Book;
use super::document::{Block, Cell, Span, Table, Text, plain};
use crate::graph::{Edge, Thing};

/// What an index entry leads to, and as what.
type Entries = BTreeMap<String, BTreeSet<usize>>;

pub(super) fn by_basis(book: &Book<'_>) -> Vec<Block> {
    let mut entries = Entries::new();
    for (slot, decl) in book.decls() {
        let basis = decl.versions.iter().flat_map(|it| &it.legal.basis);
        for it in basis {
            entries.entry(it.clone()).or_default().insert(slot);
        }
    }
    table(book, [book.pick("依据", "Legal basis"), book.pick("声明", "Declarations")], &entries)
}

/// Only what a declaration reads itself: what it reads through others stands there.
pub(super) fn by_field(book: &Book<'_>) -> Vec<Block> {
    let mut entries = Entries::new();
    for (slot, _) in book.decls() {
        for (thing, edge) in book.program.graph().reads(Thing::Decl(slot)) {
            let name = match (thing, edge) {
                (Thing::Field(at), Edge::Reads) => book.linked.field(at).name.to_string(),
                (Thing::Column(table, column), Edge::Reads) => {
                    let table = book.linked.table(table);
                    let Some(field) = table.fields.get(column) else { continue };
                    format!("{}.{}", table.name, field.name)
                }
                (Thing::Table(table), Edge::Reads) => book.linked.table(table).name.to_string(),
                _ => continue,
            };
            entries.entry(name).or_default().insert(slot);
        }
    }
    table(book, [book.pick("数据项", "Field"), book.pick("声明", "Declarations")], &entries)
}

fn table(book: &Book<'_>, head: [&str; 2], entries: &Entries) -> Vec<Block> {
    if entries.is_empty() {
        return Vec::new();
    }
    let rows = entries.iter().map(|(name, slots)| {
        let mut text: Text = Vec::new();
        for slot in slots {
            if !text.is_empty() {
                text.push(Span { text: book.pick("、", ", ").to_owned(), to: None });
            }
            text.extend(book.named(*slot));
        }
        vec![Cell { lines: vec![plain(name)], head: true, ..Cell::default() }, Cell::text(text)]
    });
    let rows = rows.collect();
    vec![Block::Table(Table { head: head.map(str::to_owned).to_vec(), rows })]
}
