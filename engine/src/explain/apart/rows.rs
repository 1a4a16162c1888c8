//! Tables: the row that holds, the one that would give what was expected, and how far away it is.

use heng_dsl::model::{Cell, Expr, Mode, Node, Row, RowKey, Table, Test};
use heng_dsl::value::{Decimal, Value};

use super::{Apart, MOST, Rule, Why};
use crate::eval::Frame;
use crate::explain::account::number;
use crate::explain::facts::provenance;
use crate::explain::{Said, Shown};

/// How many rows that would give what was expected are told.
const WANTED: usize = 2;

/// Does a row give the value, as written?
pub(super) fn gives(row: &Row, column: usize, value: &Value) -> bool {
    match row.results.get(column) {
        Some(Some(Expr { node: Node::Const(it), .. })) => it == value,
        Some(None) => *value == Value::NotApplicable,
        Some(Some(_)) | None => false,
    }
}

impl<'p> Apart<'p> {
    /// What the table asked, the rows that hold, and those that would give the value in the column.
    pub(super) fn rows(
        &mut self,
        slot: usize,
        rule: Rule<'p>,
        table: &'p Table,
        (column, expected): (usize, &Value),
    ) -> Vec<Why> {
        let frame = rule.frame();
        let mut all = self.asked(rule, table, &frame);
        let held = self.view.step(slot).map_or(&[][..], |it| &it.rows);
        if matches!(table.mode, Mode::First) {
            let rows = held.iter().filter_map(|it| table.rows.get(*it));
            all.extend(rows.map(|it| self.falls_in(it)));
        } else {
            all.extend(self.account(slot));
        }
        let ty = match &self.linked.decl(slot).kind {
            heng_dsl::model::DeclKind::Measure { columns } => columns.get(column).map(|it| &it.ty),
            _ => Some(&self.linked.decl(slot).ty),
        };
        let Some(ty) = ty else { return all };
        let shown = Shown::new(self.linked, expected, ty).text;
        let wanted = table.rows.iter().enumerate();
        let wanted: Vec<(usize, &Row)> = wanted
            .filter(|(number, it)| gives(it, column, expected) && !held.contains(number))
            .take(WANTED)
            .collect();
        for (number, row) in &wanted {
            let later = held.first().is_some_and(|it| it < number);
            all.push(self.wanted(row, &shown, (rule, table, later), &frame));
        }
        let any_holds = held.iter().filter_map(|it| table.rows.get(*it));
        if wanted.is_empty()
            && table.mode != Mode::Sum
            && !any_holds.clone().any(|it| gives(it, column, expected))
            && table.rows.iter().all(|it| is_plain(it, column))
        {
            all.push(Why::new(Said::both(
                format!("没有一行得 {}", shown.zh),
                format!("no row gives {}", shown.en),
            )));
        }
        all
    }

    /// What the columns of a table are worth.
    fn asked(&mut self, rule: Rule<'p>, table: &'p Table, frame: &Frame<'_, 'p>) -> Vec<Why> {
        let mut all = Vec::new();
        for column in &table.columns {
            let value = self.working.ask(column, frame);
            let text = self.valued(column, &value, &rule.version.lets);
            let because = match &column.node {
                Node::Decl(it) => self.account(it.slot.index()),
                _ => Vec::new(),
            };
            all.push(Why::new(text).because(because));
        }
        all
    }

    fn falls_in(&self, row: &Row) -> Why {
        let text = self.view.row_text(row);
        let said = Said::both(format!("符合“{}”", text.zh), format!("falls in “{}”", text.en));
        Why::at(said, &provenance(&row.origin))
    }

    /// A row that would give what was expected, and what keeps it from holding.
    fn wanted(
        &mut self,
        row: &'p Row,
        expected: &Said,
        (rule, table, later): (Rule<'p>, &'p Table, bool),
        frame: &Frame<'_, 'p>,
    ) -> Why {
        let text = self.view.row_text(row);
        let said = Said::both(
            format!("要得 {}，应当符合“{}”", expected.zh, text.zh),
            format!("{} needs “{}”", expected.en, text.en),
        );
        let because = match &row.key {
            RowKey::Otherwise | RowKey::Always => Vec::new(),
            RowKey::Cells(cells) => {
                let mut told = Vec::new();
                for (cell, column) in cells.iter().zip(&table.columns) {
                    let value = self.working.ask(column, frame);
                    told.extend(self.cell(cell, column, &value, (frame, rule)));
                }
                told
            }
            RowKey::When(it) => match self.working.ask(it, frame) {
                Value::Bool(true) if later => vec![Why::new(Said::both(
                    "它也符合，但前面已有一行符合",
                    "it holds too, but an earlier row holds",
                ))],
                Value::Bool(true) => Vec::new(),
                _ => self.because(it, frame, rule, true, 0),
            },
        };
        let because = because.into_iter().take(MOST).collect();
        Why::at(said, &provenance(&row.origin)).because(because)
    }

    /// What keeps a value out of a cell: how far it is from the nearer bound, where that is a number.
    fn cell(
        &mut self,
        cell: &'p Cell,
        column: &'p Expr,
        value: &Value,
        (frame, rule): (&Frame<'_, 'p>, Rule<'p>),
    ) -> Option<Why> {
        let Cell::OneOf(tests) = cell else { return None };
        if self.working.passes(cell, value, frame) != Some(false) {
            return None;
        }
        let text = self.valued(column, value, &rule.version.lets);
        let [Test::Range { low, high }] = tests.as_slice() else { return Some(Why::new(text)) };
        let value = number(value)?;
        let bound = |own: &mut Self, it: &'p Option<heng_dsl::model::CellBound>| {
            let it = it.as_ref()?;
            Some((number(&own.working.ask(&it.value, frame))?, it.inclusive))
        };
        let (low, high) = (bound(self, low), bound(self, high));
        let shown = |it: Decimal| Shown::new(self.linked, &Value::Number(it), &column.ty).text;
        let far = match (low, high) {
            (Some((low, _)), _) if value < low => {
                let by = shown(low.checked_sub(value)?);
                Said::both(format!("，还差 {}", by.zh), format!(", {} too little", by.en))
            }
            (_, Some((high, _))) if value > high => {
                let by = shown(value.checked_sub(high)?);
                Said::both(format!("，多出 {}", by.zh), format!(", {} too much", by.en))
            }
            _ => Said::both("，正好在不含的界上", ", on a bound that is not included"),
        };
        Some(Why::new(Said::both(
            format!("{}{}", text.zh, far.zh),
            format!("{}{}", text.en, far.en),
        )))
    }
}

/// Is the result of the row in the column written as a value, or as none?
fn is_plain(row: &Row, column: usize) -> bool {
    let result = row.results.get(column);
    !matches!(result, Some(Some(it)) if !matches!(it.node, Node::Const(_)))
}
