//! 叠加 by a matrix: every pair of grades, and 缺失 on either side, has its cell.

use super::scope::{Elab, Typed};
use super::table::mode_of;
use super::unit::Unit;
use crate::diag::{Code, Diagnostic, Words};
use crate::model::{Matrix, Mode, Node, Origin, Ref, TyKind};
use crate::span::Span;
use crate::syntax::ast::{self, Alternative, CellKind, ExprKind, RowResult};

/// A side of a matrix.
pub(super) struct Side {
    decl: Ref,
    grade: Ref,
    names: Vec<String>,
    span: Span,
    /// May it be missing or not applicable?
    optional: bool,
}

impl Side {
    /// The side of a matrix that has been worked out.
    pub(super) fn known(unit: &Unit<'_>, decl: &Ref, grade: &Ref, span: Span) -> Option<Self> {
        let names = unit.enum_of(grade)?.members.iter().map(|it| it.name.to_string()).collect();
        Some(Self { decl: decl.clone(), grade: grade.clone(), names, span, optional: true })
    }

    /// The name of a row or a column by its number.
    pub(super) fn name(&self, at: usize) -> String {
        self.names.get(at).cloned().unwrap_or_else(|| "缺失".to_owned())
    }
}

impl Elab<'_, '_> {
    /// A matrix whose cells are members of `grade`; and whether it may give no result.
    pub(super) fn matrix(&mut self, matrix: &ast::Matrix, grade: &Ref) -> Option<(Matrix, bool)> {
        let rows = self.side(&matrix.rows);
        let columns = self.side(&matrix.columns);
        let (mut rows, mut columns) = (rows?, columns?);
        // An overlay is asked also of households that its set is not about: there its own grades are
        // not applicable while those of another set may be.
        if self.unit.has_applies() {
            let foreign = |it: &Side| it.decl.package.is_some();
            let (row, column) = (foreign(&rows), foreign(&columns));
            rows.optional |= column;
            columns.optional |= row;
        }
        let (cells, origins) = match matrix.mode {
            Some((mode, span)) => {
                let cells = self.by_mode(&rows, &columns, grade, mode_of(mode), span)?;
                let origin = self.unit.origin(matrix.span);
                (cells, vec![origin; rows.names.len() + 1])
            }
            None => self.by_cells(matrix, &rows, &columns, grade)?,
        };
        let nothing = cells.iter().flatten().any(Option::is_none);
        let model = Matrix {
            rows: rows.decl,
            row_grade: rows.grade,
            columns: columns.decl,
            column_grade: columns.grade,
            cells,
            origins,
            mode: matrix.mode.map(|it| mode_of(it.0)),
        };
        Some((model, nothing))
    }

    fn side(&mut self, path: &ast::Path) -> Option<Side> {
        let value = self.path(path, None);
        let Typed { expr, span, missing } = value;
        let TyKind::Member(grade) = &expr.ty.kind else {
            self.mismatch(span, Words::both("一个等级", "a grade"), &expr.ty.kind);
            return None;
        };
        let Node::Decl(decl) = &expr.node else {
            self.mismatch(
                span,
                Words::both(
                    "分类、叠加或者值的名称",
                    "the name of a classification, overlay or value",
                ),
                &expr.ty.kind,
            );
            return None;
        };
        let names =
            self.unit.enum_of(grade)?.members.iter().map(|it| it.name.to_string()).collect();
        let optional = missing.is_some();
        Some(Side { decl: decl.clone(), grade: grade.clone(), names, span, optional })
    }

    /// 取高 and 取低: the riskier, or the less risky; where one side is missing, the other.
    fn by_mode(
        &mut self,
        rows: &Side,
        columns: &Side,
        grade: &Ref,
        mode: Mode,
        span: Span,
    ) -> Option<Vec<Vec<Option<u16>>>> {
        for side in [rows, columns] {
            let ordered = self.unit.enum_of(grade).is_some_and(|it| it.ordered);
            if side.grade != *grade || !ordered {
                let kind = TyKind::Member(grade.clone());
                let wanted = super::ty::words(self.unit, &kind);
                self.mismatch(side.span, wanted, &TyKind::Member(side.grade.clone()));
                return None;
            }
        }
        if !matches!(mode, Mode::Highest | Mode::Lowest) {
            self.report(Diagnostic::new(Code::E0209, span).arg("part", self.unit.text(span)));
            return None;
        }
        let members: Vec<Option<u16>> =
            (0u16..).take(rows.names.len()).map(Some).chain([None]).collect();
        let pick = |a: Option<u16>, b: Option<u16>| match (a, b) {
            (Some(a), Some(b)) => Some(if mode == Mode::Highest { a.max(b) } else { a.min(b) }),
            (one, other) => one.or(other),
        };
        Some(members.iter().map(|a| members.iter().map(|b| pick(*a, *b)).collect()).collect())
    }

    #[expect(clippy::type_complexity, reason = "cells and where each row comes from, used once")]
    fn by_cells(
        &mut self,
        matrix: &ast::Matrix,
        rows: &Side,
        columns: &Side,
        grade: &Ref,
    ) -> Option<(Vec<Vec<Option<u16>>>, Vec<Origin>)> {
        let header: Vec<Option<usize>> =
            matrix.header.iter().map(|it| self.position(it, columns)).collect();
        let header: Vec<usize> = header.into_iter().collect::<Option<_>>()?;
        let mut complete = self.covers(&header, columns, matrix.span, &matrix.header);
        let empty = || vec![None; columns.names.len() + 1];
        let mut cells: Vec<Vec<Option<u16>>> = vec![empty(); rows.names.len() + 1];
        let mut origins = vec![self.unit.origin(matrix.span); rows.names.len() + 1];
        let mut keys = Vec::new();
        let labels: Vec<ast::Cell> = matrix.body.iter().map(|it| it.0.clone()).collect();
        for (key, results) in &matrix.body {
            let Some(row) = self.position(key, rows) else {
                complete = false;
                continue;
            };
            keys.push(row);
            if results.len() != header.len() {
                let (wanted, found) = (header.len().to_string(), results.len().to_string());
                self.report(
                    Diagnostic::new(Code::E0312, key.span)
                        .arg("wanted", wanted)
                        .arg("found", found),
                );
                complete = false;
                continue;
            }
            origins[row] = self.unit.origin(key.span);
            for (column, result) in header.iter().zip(results) {
                match self.matrix_cell(result, grade) {
                    Some(it) => cells[row][*column] = it,
                    None => complete = false,
                }
            }
        }
        complete &= self.covers(&keys, rows, matrix.span, &labels);
        complete.then_some((cells, origins))
    }

    /// The number of the member that heads a row or a column; the last number for 缺失.
    pub(super) fn position(&self, cell: &ast::Cell, side: &Side) -> Option<usize> {
        let only = match &cell.kind {
            CellKind::OneOf(all) => match all.as_slice() {
                [only] => Some(only),
                _ => None,
            },
            CellKind::Any => None,
        };
        match only {
            Some(Alternative::Missing(_)) => Some(side.names.len()),
            Some(Alternative::Value(ast::Expr { kind: ExprKind::Path(path), .. })) => {
                let name = path.names.last()?;
                let at = side.names.iter().position(|it| *it == name.text);
                if at.is_none() {
                    self.no_member(&side.grade, name);
                }
                at
            }
            _ => {
                let wanted = Words::both("一个等级，或者“缺失”", "a grade, or “missing”");
                let found = Words::both("别的写法", "something else");
                self.report(
                    Diagnostic::new(Code::E0301, cell.span)
                        .arg("expected", wanted)
                        .arg("found", found),
                );
                None
            }
        }
    }

    /// Are all members and 缺失 there, each once?
    fn covers(&self, found: &[usize], side: &Side, span: Span, cells: &[ast::Cell]) -> bool {
        let mut whole = true;
        for (at, it) in found.iter().enumerate() {
            if found.iter().take(at).any(|before| before == it) {
                let place = cells.get(at).map_or(span, |it| it.span);
                self.report(Diagnostic::new(Code::E0421, place).arg("name", side.name(*it)));
                whole = false;
            }
        }
        for at in 0..=side.names.len() {
            if !found.contains(&at) && (side.optional || at < side.names.len()) {
                self.report(Diagnostic::new(Code::E0420, side.span).arg("name", side.name(at)));
                whole = false;
            }
        }
        whole
    }

    /// The member that a cell gives.
    #[expect(
        clippy::option_option,
        reason = "no cell after a problem, and no result where the author wrote -"
    )]
    pub(super) fn matrix_cell(&mut self, result: &RowResult, grade: &Ref) -> Option<Option<u16>> {
        let expr = match result {
            RowResult::None(_) => return Some(None),
            RowResult::Expr(it) => it,
            RowResult::Frequency(_, span) => {
                let kind = TyKind::Member(grade.clone());
                self.mismatch(*span, super::ty::words(self.unit, &kind), &TyKind::Frequency);
                return None;
            }
        };
        let value = self.expr(expr, Some(&TyKind::Member(grade.clone())));
        match (&value.expr.node, &value.expr.ty.kind) {
            (Node::Const(crate::value::Value::Member(at)), TyKind::Member(found))
                if found == grade =>
            {
                Some(Some(*at))
            }
            _ => {
                let kind = TyKind::Member(grade.clone());
                self.mismatch(value.span, super::ty::words(self.unit, &kind), &value.expr.ty.kind);
                None
            }
        }
    }
}
