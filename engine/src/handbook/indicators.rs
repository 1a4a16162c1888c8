//! 一级指标 and 二级指标: the tree as one table, then every indicator with its 评分标准.

use std::collections::BTreeSet;

use heng_dsl::model::{Decl, DeclKind};

use super::Book;
use super::document::{Block, Cell, Table, plain};
use super::rule;
use crate::graph::{Edge, Thing};

pub(super) fn blocks(book: &Book<'_>) -> Vec<Block> {
    let mut rows = Vec::new();
    let mut cards = Vec::new();
    let mut seen = BTreeSet::new();
    if let Some(total) = book.linked.total_of(book.package) {
        let parts = book.linked.parts(total).iter().map(|it| book.linked.decl(*it).name.as_ref());
        let parts = parts.collect::<Vec<_>>().join(book.pick("、", ", "));
        let sum = (book.pick("合计", "The sum of").to_owned(), vec![plain(parts)]);
        cards.extend(rule::card(book, total, book.linked.decl(total), vec![sum]));
        for part in book.linked.parts(total) {
            whole(book, *part, "", &mut rows, &mut cards, &mut seen);
        }
    }
    // 融合 and indicators outside of every dimension.
    for (slot, decl) in book.decls() {
        if matches!(decl.kind, DeclKind::Indicator { .. }) && !seen.contains(&slot) {
            leaf(
                book,
                slot,
                decl,
                book.pick("（不属于维度）", "(no dimension)"),
                &mut rows,
                &mut cards,
            );
        }
    }
    if rows.is_empty() {
        return Vec::new();
    }
    let head = [
        book.pick("一级指标", "Dimension"),
        book.pick("二级指标", "Indicator"),
        book.pick("分值", "Points"),
        book.pick("数据来源", "Data"),
        book.pick("依据", "Basis"),
    ];
    let mut blocks = vec![Block::Table(Table { head: head.map(str::to_owned).to_vec(), rows })];
    blocks.extend(cards);
    blocks
}

fn whole(
    book: &Book<'_>,
    slot: usize,
    above: &str,
    rows: &mut Vec<Vec<Cell>>,
    cards: &mut Vec<Block>,
    seen: &mut BTreeSet<usize>,
) {
    if !seen.insert(slot) {
        return;
    }
    let decl = book.linked.decl(slot);
    match &decl.kind {
        DeclKind::Dimension { .. } => {
            let name = match above {
                "" => decl.name.to_string(),
                above => format!("{above} › {}", decl.name),
            };
            let head = Cell { head: true, ..Cell::text(book.named(slot)) };
            rows.push(vec![
                head,
                Cell::default(),
                Cell::number(points(decl)),
                Cell::default(),
                Cell::lines(basis(decl)),
            ]);
            cards.extend(rule::card(book, slot, decl, Vec::new()));
            for part in book.linked.parts(slot) {
                whole(book, *part, &name, rows, cards, seen);
            }
        }
        DeclKind::Indicator { .. } => leaf(book, slot, decl, above, rows, cards),
        _ => {}
    }
}

fn leaf(
    book: &Book<'_>,
    slot: usize,
    decl: &Decl,
    above: &str,
    rows: &mut Vec<Vec<Cell>>,
    cards: &mut Vec<Block>,
) {
    let sources = sources(book, slot);
    let mut more = vec![(book.pick("属于", "Part of").to_owned(), vec![plain(above)])];
    if let DeclKind::Indicator { fused, deduct, .. } = &decl.kind {
        if *fused {
            let text = book.pick("指标融合：取自另一规则集", "taken from another rule set");
            more.push((book.pick("方式", "How").to_owned(), vec![plain(text)]));
        }
        if *deduct {
            let text = book.pick("扣分：从合计中减去", "its points are taken off");
            more.push((book.pick("方式", "How").to_owned(), vec![plain(text)]));
        }
    }
    if !sources.is_empty() {
        let label = book.pick("数据来源", "Data").to_owned();
        more.push((label, sources.iter().map(plain).collect()));
    }
    rows.push(vec![
        Cell::of(above),
        Cell::text(book.named(slot)),
        Cell::number(points(decl)),
        Cell::lines(sources),
        Cell::lines(basis(decl)),
    ]);
    cards.extend(rule::card(book, slot, decl, more));
}

/// 满分, or the cap, of the rule that holds last.
fn points(decl: &Decl) -> String {
    let bounds = decl.versions.last().map(|it| &it.bounds);
    let most = bounds.and_then(|it| it.max.or(it.cap));
    most.map(|it| it.trimmed().to_string()).unwrap_or_default()
}

fn basis(decl: &Decl) -> Vec<String> {
    decl.versions.last().map(|it| it.legal.basis.clone()).unwrap_or_default()
}

/// The record tables that a declaration rests on, with who supplies them, and the fields of the
/// household.
pub(super) fn sources(book: &Book<'_>, slot: usize) -> Vec<String> {
    let (mut tables, mut fields) = (BTreeSet::new(), BTreeSet::new());
    for thing in rests_on(book, slot) {
        match thing {
            Thing::Table(table) | Thing::Column(table, _) => {
                tables.insert(table);
            }
            Thing::Field(field) => {
                let field = book.linked.field(field);
                if field.derived.is_none() {
                    fields.insert(field.name.clone());
                }
            }
            Thing::Codes(_)
            | Thing::Decl(_)
            | Thing::Decide(..)
            | Thing::Check(..)
            | Thing::Scope(_) => {}
        }
    }
    let mut all: Vec<String> = Vec::new();
    for table in tables {
        let table = book.linked.table(table);
        let by = table.responsibility.given_by.as_ref().or(table.responsibility.source.as_ref());
        all.push(match by {
            Some(by) => book.bracketed(&table.name, by),
            None => table.name.to_string(),
        });
    }
    if !fields.is_empty() {
        let fields: Vec<&str> = fields.iter().map(AsRef::as_ref).collect();
        all.push(format!(
            "{}{}{}",
            book.pick("登记", "register"),
            book.colon(),
            fields.join(book.pick("、", ", "))
        ));
    }
    all
}

/// What a declaration rests on itself; whom the whole rule set is about is said once, at its beginning.
fn rests_on(book: &Book<'_>, slot: usize) -> BTreeSet<Thing> {
    let mut found = BTreeSet::new();
    let mut open = vec![Thing::Decl(slot)];
    while let Some(next) = open.pop() {
        for (read, edge) in book.program.graph().reads(next) {
            let is_scope = matches!(read, Thing::Scope(_));
            if edge == Edge::Reads && !is_scope && found.insert(read) {
                open.push(read);
            }
        }
    }
    found
}
