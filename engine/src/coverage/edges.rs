//! The edges of the bands of a table: for each bound the last value on either side of it.
//!
//! Of `95 分以上` these are 95 and 94 分: a case at each of them tells 以上 from 超过, and the bound from
//! its neighbours. One unit is one step of what the column is worth. Bounds that are no numbers (dates),
//! and bounds that are worked out, have no edges; those of a parameter are those of each of its values.

use std::collections::BTreeMap;

use heng_dsl::diag::Lang;
use heng_dsl::model::linked::Linked;
use heng_dsl::model::{
    Cell, CellBound, Content, DeclKind, Expr, Node, Origin, Row, RowKey, Table, Test, Version,
};
use heng_dsl::value::{Decimal, Value};

use crate::outcome::InnerTable;
use crate::show;

/// A value at the edge of a band.
#[derive(Debug)]
pub(super) struct Edge {
    /// The table in the rule.
    pub(super) table: InnerTable,
    /// The column.
    pub(super) column: usize,
    /// The value.
    pub(super) value: Decimal,
    /// The row whose bound it is, and the value.
    pub(super) text: String,
    /// Where that row stands.
    pub(super) origin: Origin,
}

/// The edges of all tables of a rule, each once.
pub(super) fn of(linked: &Linked, version: &Version) -> Vec<Edge> {
    let mut all = Vec::new();
    for (local, content) in version.lets.iter().enumerate().map(|it| (Some(it.0), &it.1.content)) {
        of_content(linked, local, content, &mut all);
    }
    of_content(linked, None, &version.content, &mut all);
    all
}

fn of_content(linked: &Linked, local: Option<usize>, content: &Content, all: &mut Vec<Edge>) {
    match content {
        Content::Table(table) => of_table(linked, InnerTable { local, fade: false }, table, all),
        Content::Each(each) => {
            of_table(linked, InnerTable { local, fade: false }, &each.table, all);
        }
        Content::Formula(_)
        | Content::Matrix(_)
        | Content::Condition(_)
        | Content::Source(_)
        | Content::Parts
        | Content::List(_) => {}
    }
}

fn of_table(linked: &Linked, place: InnerTable, table: &Table, all: &mut Vec<Edge>) {
    let mut found: BTreeMap<(usize, Decimal), (String, Origin)> = BTreeMap::new();
    for row in &table.rows {
        let RowKey::Cells(cells) = &row.key else { continue };
        for (column, (cell, asked)) in cells.iter().zip(&table.columns).enumerate() {
            for value in values(linked, cell, asked) {
                let of = || (text(linked, row, asked, value), row.origin.clone());
                found.entry((column, value)).or_insert_with(of);
            }
        }
    }
    all.extend(found.into_iter().map(|((column, value), (text, origin))| Edge {
        table: place,
        column,
        value,
        text,
        origin,
    }));
}

fn text(linked: &Linked, row: &Row, asked: &Expr, value: Decimal) -> String {
    let value = show::value(linked, &Value::Number(value), &asked.ty, Lang::Zh);
    format!("{} = {value}", row.text)
}

/// The edges of the bounds of a cell.
fn values(linked: &Linked, cell: &Cell, asked: &Expr) -> Vec<Decimal> {
    let (Cell::OneOf(tests), Some(ty)) = (cell, asked.ty.as_number()) else { return Vec::new() };
    let Some(unit) = Decimal::new(1, ty.places) else { return Vec::new() };
    let mut all = Vec::new();
    for test in tests {
        let Test::Range { low, high } = test else { continue };
        for (bound, below) in [(low, true), (high, false)] {
            let Some(bound) = bound else { continue };
            for value in constants(linked, bound) {
                // Within 以上 (below) and 不满 the next value is one less, within 超过 and 以下 one more.
                let down = bound.inclusive == below;
                let step = if down { unit.negated() } else { unit };
                all.push(value);
                all.extend(value.checked_add(step));
            }
        }
    }
    all
}

/// What a bound is worth: a number, or each value of a parameter.
fn constants(linked: &Linked, bound: &CellBound) -> Vec<Decimal> {
    match &bound.value.node {
        Node::Const(Value::Number(it)) => vec![*it],
        Node::Decl(it) if linked.decl(it.slot.index()).kind == DeclKind::Param => {
            let versions = linked.decl(it.slot.index()).versions.iter();
            let numbers = versions.filter_map(|it| match &it.content {
                Content::Formula(Expr { node: Node::Const(Value::Number(it)), .. }) => Some(*it),
                _ => None,
            });
            numbers.collect()
        }
        _ => Vec::new(),
    }
}
