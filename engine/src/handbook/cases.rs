//! Every 用例 as a worked example: what is given, and what comes of it.

use heng_dsl::model::{Case, Column, Expectation, GivenHousehold, HoldingKind, Ref};
use heng_dsl::value::Value;

use super::document::{Block, Cell, Table, Text, plain};
use super::{Book, heading, rule};
use crate::show;

pub(super) fn blocks(book: &Book<'_>) -> Vec<Block> {
    book.set.cases.iter().flat_map(|it| case(book, it)).collect()
}

fn case(book: &Book<'_>, case: &Case) -> Vec<Block> {
    let mut given = household(book, &case.household);
    for (count, other) in &case.others {
        let word = match book.lang {
            heng_dsl::diag::Lang::Zh => format!("另有 {count} 户"),
            heng_dsl::diag::Lang::En => heng_dsl::diag::plural(count, "more household"),
        };
        given.push(plain(word));
        given.extend(household(book, other));
    }
    let expected = case.expect.iter().map(|it| expected(book, it)).collect();
    let head = [book.pick("给定", "Given"), book.pick("结果", "Result")];
    let row =
        vec![Cell { lines: given, ..Cell::default() }, Cell { lines: expected, ..Cell::default() }];
    let as_of = book.pick("基准日", "as of");
    let as_of = format!("{as_of} {}", case.as_of);
    let mut blocks = vec![heading(4, &book.bracketed(&case.title, &as_of))];
    let facts = rule::legal(book, &case.legal);
    if !facts.is_empty() {
        blocks.push(Block::Facts(facts));
    }
    blocks.push(Block::Table(Table { head: head.map(str::to_owned).to_vec(), rows: vec![row] }));
    blocks
}

fn household(book: &Book<'_>, given: &GivenHousehold) -> Vec<Text> {
    let mut lines = Vec::new();
    let fields = given.fields.iter().map(|(field, value)| {
        let field = book.linked.field(field.slot.index());
        format!("{} {}", field.name, show::value(book.linked, value, &field.ty, book.lang))
    });
    let fields: Vec<String> = fields.collect();
    if !fields.is_empty() {
        lines.push(plain(fields.join(book.pick("，", ", "))));
    }
    for record in &given.records {
        let table = book.linked.table(record.table.slot.index());
        let cells = record.fields.iter().map(|(column, value)| cell(book, column, value));
        let cells: Vec<String> = cells.collect();
        lines.push(plain(format!(
            "{}{}{}",
            table.name,
            book.colon(),
            cells.join(book.pick("，", ", "))
        )));
    }
    for result in &given.history {
        let values = result.values.iter().map(|(decl, value)| worth(book, decl, value));
        let values: Vec<String> = values.collect();
        let word = book.pick("历次结果", "earlier result");
        lines.push(plain(format!(
            "{word} {}{}{}",
            result.as_of,
            book.colon(),
            values.join(book.pick("，", ", "))
        )));
    }
    lines
}

fn cell(book: &Book<'_>, column: &Column, value: &Value) -> String {
    let table = book.linked.table(column.table.slot.index());
    match table.fields.get(column.slot.index()) {
        Some(field) => {
            format!("{} {}", field.name, show::value(book.linked, value, &field.ty, book.lang))
        }
        None => String::new(),
    }
}

fn worth(book: &Book<'_>, decl: &Ref, value: &Value) -> String {
    let name: String = book.referred(decl).into_iter().map(|it| it.text).collect();
    let ty = &book.linked.decl(decl.slot.index()).ty;
    format!("{name} = {}", show::value(book.linked, value, ty, book.lang))
}

fn expected(book: &Book<'_>, it: &Expectation) -> Text {
    let separator = book.pick("、", ", ");
    let names = |all: &[Ref]| {
        let each = all
            .iter()
            .map(|it| book.referred(it).into_iter().map(|it| it.text).collect::<String>());
        let each: Vec<String> = each.collect();
        if each.is_empty() { book.pick("无", "none").to_owned() } else { each.join(separator) }
    };
    plain(match it {
        Expectation::Worth(decl, value) => worth(book, decl, value),
        Expectation::Measure(decl, column, value) => {
            let name: String = book.referred(decl).into_iter().map(|it| it.text).collect();
            let found = book.linked.decl(decl.slot.index());
            let ty = match &found.kind {
                heng_dsl::model::DeclKind::Measure { columns } => {
                    columns.iter().find(|it| it.name == *column).map(|it| &it.ty)
                }
                _ => None,
            };
            let ty = ty.unwrap_or(&found.ty);
            format!("{name}.{column} = {}", show::value(book.linked, value, ty, book.lang))
        }
        Expectation::Missing(fields) => {
            let each = fields.iter().map(|it| book.linked.field(it.slot.index()).name.to_string());
            let each: Vec<String> = each.collect();
            format!("{}{}{}", book.pick("缺失", "missing"), book.colon(), each.join(separator))
        }
        Expectation::Holding { kind, decls } => {
            let word = match kind {
                HoldingKind::Tag => book.pick("标注", "tags"),
                HoldingKind::Alert => book.pick("预警", "alerts"),
                HoldingKind::List => book.pick("名单", "lists"),
            };
            format!("{word}{}{}", book.colon(), names(decls))
        }
        Expectation::Decides(ids) => {
            let each: Vec<&str> = ids.iter().map(AsRef::as_ref).collect();
            let each = if each.is_empty() {
                book.pick("无", "none").to_owned()
            } else {
                each.join(separator)
            };
            format!("{}{}{each}", book.pick("直接判定", "direct determinations"), book.colon())
        }
        Expectation::Open(_) => book.pick("待填写", "to be filled in").to_owned(),
        Expectation::Reason(decl, text) => {
            let name: String = book.referred(decl).into_iter().map(|it| it.text).collect();
            format!("{name} {}“{text}”", book.pick("缘由含", "reason contains"))
        }
    })
}
