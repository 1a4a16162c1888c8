//! Tables over cells.

use heng_dsl::model::{
    Cell as TableCell, CellBound, CompareOp, Expr, Let, Mode, Row, RowKey, Table, Test,
};
use heng_dsl::value::{Decimal, Fault};

use super::super::Reason;
use super::super::leaf::Abs;
use super::super::number::Num;
use super::{Eval, Res, Stop, not_bool};

/// A value, or the non-value that stands in its place.
type Known<T> = Result<T, Abs>;

impl<'p> Eval<'_, 'p> {
    /// What a table is worth.
    pub(in super::super) fn table(&mut self, table: &'p Table, lets: &'p [Let]) -> Res<Abs> {
        match table.mode {
            Mode::First => match self.first_row(table, lets)? {
                Ok(row) => self.result(row, lets),
                Err(lacking) => Ok(lacking),
            },
            Mode::Sum | Mode::Highest | Mode::Lowest => self.rows(table, lets),
        }
    }

    fn first_row(&mut self, table: &'p Table, lets: &'p [Let]) -> Res<Known<&'p Row>> {
        let mut columns = Vec::with_capacity(table.columns.len());
        for column in &table.columns {
            match self.expr(column, lets)? {
                error @ Abs::Error(_) => return Ok(Err(error)),
                value => columns.push((column, value)),
            }
        }
        let complete = columns.iter().all(|it| it.1.is_present());
        for row in &table.rows {
            self.prover.rows += 1;
            let holds = match &row.key {
                RowKey::Always => true,
                RowKey::Otherwise => complete,
                RowKey::Cells(cells) => match self.cells(cells, &columns, lets)? {
                    Ok(it) => it,
                    Err(lacking) => return Ok(Err(lacking)),
                },
                RowKey::When(it) => match self.expr(it, lets)? {
                    Abs::Bool(it) => it,
                    other => return Ok(Err(not_bool(other))),
                },
            };
            if holds {
                return Ok(Ok(row));
            }
        }
        let passes = columns.iter().any(|it| it.1 == Abs::NotApplicable);
        Ok(Err(if passes { Abs::NotApplicable } else { Abs::Error(Fault::NoRow) }))
    }

    /// 累计, 取高 and 取低.
    fn rows(&mut self, table: &'p Table, lets: &'p [Let]) -> Res<Abs> {
        let mut worth: Option<Abs> = None;
        let mut any = false;
        for row in &table.rows {
            let holds = match &row.key {
                RowKey::Always => true,
                RowKey::Otherwise => !any,
                RowKey::When(it) => match self.expr(it, lets)? {
                    Abs::Bool(it) => it,
                    Abs::NotApplicable => false,
                    other => return Ok(not_bool(other)),
                },
                RowKey::Cells(_) => return Ok(Abs::Error(Fault::Type)),
            };
            if !holds {
                continue;
            }
            any = true;
            let value = self.result(row, lets)?;
            match value {
                Abs::NotApplicable => continue,
                Abs::Missing | Abs::Error(_) => return Ok(value),
                _ => {}
            }
            worth = Some(match worth {
                None => value,
                Some(before) => match self.together(table.mode, before, value) {
                    error @ Abs::Error(_) => return Ok(error),
                    value => value,
                },
            });
        }
        Ok(match (worth, table.mode) {
            (Some(worth), _) => worth,
            (None, Mode::Sum) => Abs::Number(Num::point(Decimal::ZERO)),
            (None, _) if any => Abs::NotApplicable,
            (None, _) => Abs::Error(Fault::NoRow),
        })
    }

    fn together(&self, mode: Mode, a: Abs, b: Abs) -> Abs {
        match (mode, a, b) {
            (Mode::First, a, _) => a,
            (Mode::Sum, Abs::Number(a), Abs::Number(b)) => Abs::Number(self.tightened(a.plus(&b))),
            (Mode::Highest, Abs::Number(a), Abs::Number(b)) => Abs::Number(a.max(&b)),
            (Mode::Lowest, Abs::Number(a), Abs::Number(b)) => Abs::Number(a.min(&b)),
            (Mode::Highest, Abs::Member(a), Abs::Member(b)) => Abs::Member(a.max(b)),
            (Mode::Lowest, Abs::Member(a), Abs::Member(b)) => Abs::Member(a.min(b)),
            (Mode::Highest, Abs::Bool(a), Abs::Bool(b)) => Abs::Bool(a.max(b)),
            (Mode::Lowest, Abs::Bool(a), Abs::Bool(b)) => Abs::Bool(a.min(b)),
            (Mode::Highest, Abs::Date(a), Abs::Date(b)) => Abs::Date(a.max(&b)),
            (Mode::Lowest, Abs::Date(a), Abs::Date(b)) => Abs::Date(a.min(&b)),
            _ => Abs::Error(Fault::Type),
        }
    }

    fn result(&mut self, row: &'p Row, lets: &'p [Let]) -> Res<Abs> {
        match row.results.first() {
            Some(Some(it)) => self.expr(it, lets),
            Some(None) => Ok(Abs::NotApplicable),
            None => Ok(Abs::Error(Fault::Type)),
        }
    }

    fn cells(
        &mut self,
        cells: &'p [TableCell],
        columns: &[(&'p Expr, Abs)],
        lets: &'p [Let],
    ) -> Res<Known<bool>> {
        for (cell, (column, value)) in cells.iter().zip(columns) {
            let TableCell::OneOf(tests) = cell else { continue };
            let mut passes = false;
            for test in tests {
                passes = if value.is_present() {
                    match self.test(test, (column, value), lets)? {
                        Abs::Bool(it) => it,
                        other => return Ok(Err(not_bool(other))),
                    }
                } else {
                    *test == Test::Missing
                };
                if passes {
                    break;
                }
            }
            if !passes {
                return Ok(Ok(false));
            }
        }
        Ok(Ok(cells.len() == columns.len()))
    }

    /// Does a value that is there pass a test?
    fn test(&mut self, test: &'p Test, column: (&'p Expr, &Abs), lets: &'p [Let]) -> Res<Abs> {
        match test {
            Test::Missing => Ok(Abs::Bool(false)),
            Test::Range { low, high } => {
                for (bound, op) in [
                    (low, [CompareOp::Greater, CompareOp::GreaterOrEqual]),
                    (high, [CompareOp::Less, CompareOp::LessOrEqual]),
                ] {
                    let Some(CellBound { value, inclusive }) = bound else { continue };
                    let op = op[usize::from(*inclusive)];
                    match self.against(op, column, value, lets)? {
                        Abs::Bool(true) => {}
                        other => return Ok(other),
                    }
                }
                Ok(Abs::Bool(true))
            }
            Test::Equals(it) => self.against(CompareOp::Equal, column, it, lets),
            Test::Differs(it) => self.against(CompareOp::NotEqual, column, it, lets),
            Test::Starts(it) => {
                let start = self.expr(it, lets)?;
                match (column.1, &start) {
                    (_, it) if !it.is_present() => Ok(start),
                    (Abs::Text(Some(a)), Abs::Text(Some(b))) => Ok(Abs::Bool(a.starts_with(&**b))),
                    (Abs::Text(_), Abs::Text(_)) => self.opaque_test("starts", column.0, it, lets),
                    _ => Ok(Abs::Error(Fault::Type)),
                }
            }
            Test::Window(window) => match column.1 {
                Abs::Date(date) => match self.within(date, window, lets)? {
                    Some(it) => Ok(Abs::Bool(it)),
                    None => Err(Stop::GiveUp(Reason::Window)),
                },
                _ => Ok(Abs::Error(Fault::Type)),
            },
        }
    }

    fn against(
        &mut self,
        op: CompareOp,
        (column, value): (&'p Expr, &Abs),
        with: &'p Expr,
        lets: &'p [Let],
    ) -> Res<Abs> {
        let bound = self.expr(with, lets)?;
        if !bound.is_present() {
            return Ok(bound);
        }
        match (value, &bound) {
            (Abs::Number(a), Abs::Number(b)) | (Abs::Date(a), Abs::Date(b)) => {
                match self.decided(op, a, b)? {
                    Some(it) => Ok(Abs::Bool(it)),
                    None => self.opaque_test(words(op), column, with, lets),
                }
            }
            (Abs::Text(a), Abs::Text(b)) if a.is_none() || b.is_none() => {
                self.opaque_test(words(op), column, with, lets)
            }
            _ => self.compared(op, value, &bound, (column, lets)),
        }
    }
}

fn words(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Equal => "=",
        CompareOp::NotEqual => "≠",
        CompareOp::Less => "<",
        CompareOp::LessOrEqual => "≤",
        CompareOp::Greater => ">",
        CompareOp::GreaterOrEqual => "≥",
    }
}
