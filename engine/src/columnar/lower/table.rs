//! Tables: which row holds, and how rows come together.

use heng_dsl::model::{Cell, CellBound, CompareOp, Expr, Mode, Row, RowKey, Table, Test};
use heng_dsl::value::{Decimal, Fault, Value};

use super::{At, Lowering, Rule};
use crate::columnar::plan::{Kind, NodeId, Op, Question};
use crate::columnar::unsupported as lack;

/// What the columns of a table are worth.
pub(super) struct Columns {
    nodes: Vec<NodeId>,
    /// Where the table is worked out at all: all columns are there or lacking, and none is an error.
    checks: Vec<NodeId>,
}

impl<'p> Lowering<'p> {
    /// What a table is worth.
    pub(super) fn table(&mut self, table: &'p Table, rule: &mut Rule<'p>, at: &At) -> NodeId {
        match table.mode {
            Mode::First => {
                let results = self.first(table, 1, rule, at).0;
                results.first().copied().unwrap_or_else(|| self.fault(Fault::Type, Kind::Bool))
            }
            Mode::Sum | Mode::Highest | Mode::Lowest => self.joined(table, rule, at),
        }
    }

    /// The results of the first row that holds, by column, and whether there is one.
    pub(super) fn first(
        &mut self,
        table: &'p Table,
        width: usize,
        rule: &mut Rule<'p>,
        at: &At,
    ) -> (Vec<NodeId>, NodeId) {
        let (columns, at) = self.columns(table, rule, at);
        let mut reached = at.clone();
        let mut rows = Vec::with_capacity(table.rows.len());
        for row in &table.rows {
            let holds = self.row_holds(row, &columns, rule, &reached);
            let held = reached.when(Question::IsTrue, holds);
            let results: Vec<NodeId> =
                (0..width).map(|column| self.result(row, column, rule, &held)).collect();
            rows.push((holds, results));
            reached = reached.when(Question::IsFalse, holds);
        }
        let none = self.no_row(&columns, &at);
        let found = |own: &mut Self, number: usize| {
            let mut value = none;
            for (holds, results) in rows.iter().rev() {
                value = own.pick(Op::Choose, &[*holds, results[number], value], &at);
            }
            own.checked(&columns, value, &at)
        };
        let results = (0..width).map(|it| found(self, it)).collect();
        let (yes, mut any) = (self.bool(true), none);
        for (holds, _) in rows.iter().rev() {
            any = self.pick(Op::Choose, &[*holds, yes, any], &at);
        }
        (results, self.checked(&columns, any, &at))
    }

    /// The columns, and the place that is reached where none of them is an error.
    pub(super) fn columns(
        &mut self,
        table: &'p Table,
        rule: &mut Rule<'p>,
        at: &At,
    ) -> (Columns, At) {
        let mut reached = at.clone();
        let mut columns = Columns { nodes: Vec::new(), checks: Vec::new() };
        for column in &table.columns {
            let node = self.expr(column, rule, &reached);
            reached = reached.when(Question::IsSound, node);
            columns.nodes.push(node);
            columns.checks.push(self.one(Op::Present(false), node));
        }
        (columns, reached)
    }

    /// A value, unless a column is an error.
    pub(super) fn checked(&mut self, columns: &Columns, value: NodeId, at: &At) -> NodeId {
        let checks = columns.checks.iter().rev();
        checks.fold(value, |value, it| self.pick(Op::After, &[*it, value], at))
    }

    /// 不适用 passes through a table without a row for it; missing data do not.
    fn no_row(&mut self, columns: &Columns, at: &At) -> NodeId {
        let error = self.fault(Fault::NoRow, Kind::Bool);
        if columns.nodes.is_empty() {
            return error;
        }
        let passes: Vec<NodeId> = columns
            .nodes
            .iter()
            .map(|it| self.one(Op::Ask(Question::IsNotApplicable), *it))
            .collect();
        let passes = self.graph.add(Op::UntilSettled(true), &passes, Kind::Bool, &at.bound);
        let nothing = self.not_applicable(Kind::Bool);
        self.pick(Op::Choose, &[passes, nothing, error], at)
    }

    /// Does a row hold?
    pub(super) fn row_holds(
        &mut self,
        row: &'p Row,
        columns: &Columns,
        rule: &mut Rule<'p>,
        at: &At,
    ) -> NodeId {
        match &row.key {
            RowKey::Always => self.bool(true),
            RowKey::Otherwise => {
                let there: Vec<NodeId> = columns
                    .nodes
                    .iter()
                    .map(|it| self.one(Op::Ask(Question::IsThere), *it))
                    .collect();
                self.graph.add(Op::UntilSettled(false), &there, Kind::Bool, &at.bound)
            }
            RowKey::Cells(cells) if cells.len() == columns.nodes.len() => {
                let mut tests = Vec::new();
                for (cell, value) in cells.iter().zip(&columns.nodes) {
                    tests.extend(self.cell(cell, *value, rule, at));
                }
                self.graph.add(Op::UntilSettled(false), &tests, Kind::Bool, &at.bound)
            }
            RowKey::Cells(_) => self.bool(false),
            RowKey::When(it) => {
                let holds = self.expr(it, rule, at);
                self.one(Op::Truth, holds)
            }
        }
    }

    /// Does a value pass a cell? Nothing where every value does.
    fn cell(
        &mut self,
        cell: &'p Cell,
        value: NodeId,
        rule: &mut Rule<'p>,
        at: &At,
    ) -> Option<NodeId> {
        let Cell::OneOf(tests) = cell else { return None };
        let lacking = self.bool(tests.contains(&Test::Missing));
        let there = self.one(Op::Ask(Question::IsThere), value);
        let at = at.when(Question::IsTrue, there);
        let mut parts = Vec::new();
        for test in tests.iter().filter(|it| **it != Test::Missing) {
            parts.push(self.test(test, value, rule, &at));
        }
        let passes = self.graph.add(Op::UntilSettled(true), &parts, Kind::Bool, &at.bound);
        Some(self.pick(Op::Choose, &[there, passes, lacking], &at))
    }

    /// Does a value that is there pass a test?
    fn test(&mut self, test: &'p Test, value: NodeId, rule: &mut Rule<'p>, at: &At) -> NodeId {
        match test {
            Test::Missing => self.bool(false),
            Test::Range { low, high } => {
                let sides = [
                    (low, CompareOp::GreaterOrEqual, CompareOp::Greater),
                    (high, CompareOp::LessOrEqual, CompareOp::Less),
                ];
                let mut parts = Vec::new();
                for (bound, with, without) in sides {
                    let Some(CellBound { value: bound, inclusive }) = bound else { continue };
                    let op = if *inclusive { with } else { without };
                    parts.push(self.against(op, bound, value, rule, at));
                }
                self.graph.add(Op::UntilSettled(false), &parts, Kind::Bool, &at.bound)
            }
            Test::Equals(it) => self.against(CompareOp::Equal, it, value, rule, at),
            Test::Differs(it) => self.against(CompareOp::NotEqual, it, value, rule, at),
            Test::Starts(it) => {
                let start = self.known(it, rule, at);
                self.graph.add(Op::Starts, &[value, start], Kind::Bool, &at.bound)
            }
            Test::Window(window) => self.within(value, window, rule, at),
        }
    }

    fn against(
        &mut self,
        op: CompareOp,
        expr: &'p Expr,
        value: NodeId,
        rule: &mut Rule<'p>,
        at: &At,
    ) -> NodeId {
        let other = self.known(expr, rule, at);
        self.graph.add(Op::Compare(op), &[value, other], Kind::Bool, &at.bound)
    }

    /// What a cell says: a literal, or a parameter that is there.
    fn known(&mut self, expr: &'p Expr, rule: &mut Rule<'p>, at: &At) -> NodeId {
        let node = self.expr(expr, rule, at);
        match self.graph.constant(node) {
            Some(it) if it.is_present() || matches!(it, Value::Error(_)) => node,
            _ => self.refuse(&lack::CELL),
        }
    }

    /// 累计, 取高 and 取低: all rows that hold. One whose condition is 不适用 does not.
    fn joined(&mut self, table: &'p Table, rule: &mut Rule<'p>, at: &At) -> NodeId {
        let (held, parts) = self.rows_together(table, rule, at);
        self.together(table.mode, parts, &held, at)
    }

    /// Of rows that come together whether each holds, and what it adds.
    pub(super) fn rows_together(
        &mut self,
        table: &'p Table,
        rule: &mut Rule<'p>,
        at: &At,
    ) -> (Vec<NodeId>, Vec<NodeId>) {
        let mut reached = at.clone();
        let (mut held, mut parts) = (Vec::new(), Vec::new());
        for row in &table.rows {
            let holds = match &row.key {
                RowKey::Always => self.bool(true),
                RowKey::Otherwise => {
                    let any = self.graph.add(Op::UntilSettled(true), &held, Kind::Bool, &at.bound);
                    self.one(Op::Not, any)
                }
                RowKey::When(it) => {
                    let condition = self.expr(it, rule, &reached);
                    self.one(Op::Holds, condition)
                }
                RowKey::Cells(_) => self.fault(Fault::Type, Kind::Bool),
            };
            let result = self.result(row, 0, rule, &reached.when(Question::IsTrue, holds));
            let kind = self.graph.kind(result);
            let skipped = match table.mode {
                // Nothing is added where the row does not hold.
                Mode::Sum => self.graph.value(Value::Number(Decimal::ZERO), kind),
                Mode::Highest | Mode::Lowest | Mode::First => self.not_applicable(kind),
            };
            let part = self.pick(Op::Choose, &[holds, result, skipped], at);
            reached = reached.when(Question::Counts, part);
            held.push(self.one(Op::Ask(Question::IsTrue), holds));
            parts.push(part);
        }
        (held, parts)
    }

    fn together(&mut self, mode: Mode, mut args: Vec<NodeId>, held: &[NodeId], at: &At) -> NodeId {
        let kinds = args.iter().map(|it| self.graph.kind(*it));
        let places = kinds.map(Kind::places).max().unwrap_or_default();
        let is_there = |it: &&NodeId| !self.graph.is_nothing(**it);
        let kind = match args.iter().find(is_there).map(|it| self.graph.kind(*it)) {
            Some(Kind::Number(_)) | None => Kind::Number(places),
            Some(kind) => kind,
        };
        args = args.iter().map(|it| self.converted(*it, kind)).collect();
        if mode != Mode::Sum {
            let any = self.graph.add(Op::UntilSettled(true), held, Kind::Bool, &at.bound);
            args.push(any);
        }
        self.graph.add(Op::Joined(mode), &args, kind, &at.bound)
    }

    /// A result of a row; an absent one is 不适用.
    fn result(&mut self, row: &'p Row, column: usize, rule: &mut Rule<'p>, at: &At) -> NodeId {
        match row.results.get(column) {
            Some(Some(it)) => self.expr(it, rule, at),
            Some(None) => self.not_applicable(Kind::Bool),
            None => self.fault(Fault::Type, Kind::Bool),
        }
    }

    /// Points of one element (逐条); 不适用 where no condition holds or the row says so.
    pub(super) fn row_points(&mut self, table: &'p Table, rule: &mut Rule<'p>, at: &At) -> NodeId {
        let conditions = table.columns.is_empty() && table.mode == Mode::First;
        if !conditions || table.rows.iter().any(|it| it.key == RowKey::Otherwise) {
            return self.table(table, rule, at);
        }
        let mut reached = at.clone();
        let mut rows = Vec::with_capacity(table.rows.len());
        for row in &table.rows {
            let holds = match &row.key {
                RowKey::Always => self.bool(true),
                RowKey::When(it) => {
                    let condition = self.expr(it, rule, &reached);
                    self.one(Op::Holds, condition)
                }
                RowKey::Otherwise | RowKey::Cells(_) => self.fault(Fault::Type, Kind::Bool),
            };
            let result = self.result(row, 0, rule, &reached.when(Question::IsTrue, holds));
            reached = reached.when(Question::IsFalse, holds);
            rows.push((holds, result));
        }
        let mut value = self.not_applicable(Kind::Bool);
        for (holds, result) in rows.iter().rev() {
            value = self.pick(Op::Choose, &[*holds, *result, value], at);
        }
        value
    }
}
