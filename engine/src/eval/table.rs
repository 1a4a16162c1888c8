//! Tables: which row holds, and how rows come together.

use std::cmp::Ordering;

use heng_dsl::model::{Cell, CellBound, Expr, Mode, Node, Row, RowKey, Table, Test};
use heng_dsl::value::{Decimal, Fault, Value};

use super::Working;
use super::expr::not_bool;
use super::number::{compare, computed, either};
use super::scope::At;
use crate::outcome::{AskedNumber, InnerRow, InnerTable};

/// Are the rows that hold noted?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Note {
    /// They are what the rule at hand says.
    Content,
    /// They belong to a table inside of it: of a local value, of 折减, of a value of each record.
    Inner(InnerTable),
    /// They are what removes a household from a list.
    Removal,
    /// They say nothing about a rule.
    Silent,
}

impl Note {
    /// How the rows of 逐条 (or of its 折减) are noted, where its result is noted like this.
    pub(super) fn inside(self, fade: bool) -> Self {
        match self {
            Self::Content => Self::Inner(InnerTable { local: None, fade }),
            Self::Inner(table) => Self::Inner(InnerTable { fade, ..table }),
            Self::Removal | Self::Silent => Self::Silent,
        }
    }
}

impl<'e> Working<'e> {
    /// What a table is worth.
    pub(super) fn table(&mut self, table: &'e Table, at: At<'_, 'e>, note: Note) -> Value {
        match table.mode {
            Mode::First => either(self.first_row(table, at, note).map(|it| self.result(it, 0, at))),
            Mode::Sum | Mode::Highest | Mode::Lowest => either(self.joined(table, at, note)),
        }
    }

    /// The first row that holds.
    pub(super) fn first_row(
        &mut self,
        table: &'e Table,
        at: At<'_, 'e>,
        note: Note,
    ) -> Result<&'e Row, Value> {
        let columns = self.columns(table, at)?;
        self.note_columns(&columns, note, at);
        let lacking = columns.iter().find(|it| !it.is_present());
        for (number, row) in table.rows.iter().enumerate() {
            let holds = match &row.key {
                RowKey::Always => true,
                RowKey::Otherwise => lacking.is_none(),
                RowKey::Cells(cells) => self.cells(cells, &columns, at)?,
                RowKey::When(it) => match self.expr(it, at) {
                    Value::Bool(it) => it,
                    other => return Err(not_bool(other)),
                },
            };
            if holds {
                self.note_row(number, note, at);
                return Ok(row);
            }
        }
        // 不适用 passes through a table without a row for it; missing data do not.
        let passes = columns.contains(&Value::NotApplicable);
        Err(if passes { Value::NotApplicable } else { Value::Error(Fault::NoRow) })
    }

    fn columns(&mut self, table: &'e Table, at: At<'_, 'e>) -> Result<Vec<Value>, Value> {
        let mut columns = Vec::with_capacity(table.columns.len());
        for column in &table.columns {
            match self.expr(column, at) {
                error @ Value::Error(_) => return Err(error),
                value => columns.push(value),
            }
        }
        Ok(columns)
    }

    /// 累计, 取高 and 取低: all rows that hold. One whose condition is 不适用 does not.
    fn joined(&mut self, table: &'e Table, at: At<'_, 'e>, note: Note) -> Result<Value, Value> {
        let mut worth: Option<Value> = None;
        let mut any = false;
        for (number, row) in table.rows.iter().enumerate() {
            let holds = match &row.key {
                RowKey::Always => true,
                RowKey::Otherwise => !any,
                RowKey::When(it) => match self.expr(it, at) {
                    Value::Bool(it) => it,
                    Value::NotApplicable => false,
                    other => return Err(not_bool(other)),
                },
                RowKey::Cells(_) => return Err(Value::Error(Fault::Type)),
            };
            if !holds {
                continue;
            }
            any = true;
            self.note_row(number, note, at);
            let value = self.result(row, 0, at);
            match value {
                Value::NotApplicable => continue,
                Value::Missing | Value::Error(_) => return Err(value),
                _ => {}
            }
            worth = Some(match worth {
                None => value,
                Some(before) => together(table.mode, before, value)?,
            });
        }
        match (worth, table.mode) {
            (Some(worth), _) => Ok(worth),
            (None, Mode::Sum) => Ok(Value::Number(Decimal::ZERO)),
            (None, _) if any => Ok(Value::NotApplicable),
            (None, _) => Err(Value::Error(Fault::NoRow)),
        }
    }

    /// A result of a row; an absent one is 不适用.
    pub(super) fn result(&mut self, row: &'e Row, column: usize, at: At<'_, 'e>) -> Value {
        match row.results.get(column) {
            Some(Some(it)) => self.expr(it, at),
            Some(None) => Value::NotApplicable,
            None => Value::Error(Fault::Type),
        }
    }

    pub(super) fn note_row(&mut self, row: usize, note: Note, at: At<'_, 'e>) {
        match note {
            Note::Removal | Note::Silent => {}
            Note::Content => {
                if let Some(step) = &mut self.step {
                    step.rows.push(row);
                }
            }
            Note::Inner(table) => {
                if let (Some(rule), Some(trace)) = (at.frame.rule(), &mut self.trace) {
                    trace.inner.insert(InnerRow { rule, table, row });
                }
            }
        }
    }

    fn note_columns(&mut self, columns: &[Value], note: Note, at: At<'_, 'e>) {
        let (Some(rule), Some(trace)) = (at.frame.rule(), &mut self.trace) else { return };
        let table = match note {
            Note::Removal | Note::Silent => return,
            Note::Content => InnerTable { local: None, fade: false },
            Note::Inner(table) => table,
        };
        for (column, value) in columns.iter().enumerate() {
            if let Value::Number(value) = value {
                trace.asked.insert(AskedNumber { rule, table, column, value: *value });
            }
        }
    }

    fn cells(
        &mut self,
        cells: &'e [Cell],
        columns: &[Value],
        at: At<'_, 'e>,
    ) -> Result<bool, Value> {
        for (cell, value) in cells.iter().zip(columns) {
            if !self.cell(cell, value, at)? {
                return Ok(false);
            }
        }
        Ok(cells.len() == columns.len())
    }

    pub(super) fn cell(
        &mut self,
        cell: &'e Cell,
        value: &Value,
        at: At<'_, 'e>,
    ) -> Result<bool, Value> {
        let Cell::OneOf(tests) = cell else { return Ok(true) };
        for test in tests {
            let holds = if value.is_present() {
                self.test(test, value, at)?
            } else {
                *test == Test::Missing
            };
            if holds {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Does a value that is there pass a test?
    fn test(&mut self, test: &'e Test, value: &Value, at: At<'_, 'e>) -> Result<bool, Value> {
        match test {
            Test::Missing => Ok(false),
            Test::Range { low, high } => {
                Ok(self.bounded(low.as_ref(), value, Ordering::Greater, at)?
                    && self.bounded(high.as_ref(), value, Ordering::Less, at)?)
            }
            Test::Equals(it) => Ok(self.against(it, value, at)?.is_eq()),
            Test::Differs(it) => Ok(self.against(it, value, at)?.is_ne()),
            Test::Starts(it) => match (value, self.there(it, at)?) {
                (Value::Text(value), Value::Text(start)) => Ok(value.starts_with(&*start)),
                _ => Err(Value::Error(Fault::Type)),
            },
            Test::Window(window) => match value {
                Value::Date(date) => self.is_within(*date, window, at),
                _ => Err(Value::Error(Fault::Type)),
            },
        }
    }

    /// Does the value lie on the wanted side of a bound, or on it where it is included?
    fn bounded(
        &mut self,
        bound: Option<&'e CellBound>,
        value: &Value,
        side: Ordering,
        at: At<'_, 'e>,
    ) -> Result<bool, Value> {
        let Some(bound) = bound else { return Ok(true) };
        let order = self.against(&bound.value, value, at)?;
        Ok(order == side || (bound.inclusive && order.is_eq()))
    }

    /// How a value compares with what a cell says.
    fn against(
        &mut self,
        expr: &'e Expr,
        value: &Value,
        at: At<'_, 'e>,
    ) -> Result<Ordering, Value> {
        match &expr.node {
            Node::Const(it) => compare(value, it),
            _ => compare(value, &self.there(expr, at)?),
        }
    }
}

/// Two results that come together.
pub(crate) fn together(mode: Mode, a: Value, b: Value) -> Result<Value, Value> {
    match (mode, &a, &b) {
        (Mode::Sum, Value::Number(a), Value::Number(b)) => Ok(computed(a.checked_add(*b))),
        (Mode::Sum, _, _) => Err(Value::Error(Fault::Type)),
        (Mode::Highest, _, _) => Ok(if compare(&b, &a)?.is_gt() { b } else { a }),
        (Mode::Lowest, _, _) => Ok(if compare(&b, &a)?.is_lt() { b } else { a }),
        (Mode::First, _, _) => Ok(a),
    }
}
