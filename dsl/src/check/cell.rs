//! Cells of a table: each takes the type of its column.

use super::scope::{Elab, Typed};
use super::ty;
use crate::diag::{Code, Diagnostic};
use crate::model::{Cell, CellBound, Expr, Test, TyKind};
use crate::syntax::ast::{self, Alternative, CellKind};
impl Elab<'_, '_> {
    /// A cell under a column.
    pub(super) fn cell(&mut self, cell: &ast::Cell, column: &Typed) -> Option<Cell> {
        match &cell.kind {
            CellKind::Any => Some(Cell::Any),
            CellKind::OneOf(all) => {
                let tests: Vec<Option<Test>> = all.iter().map(|it| self.test(it, column)).collect();
                Some(Cell::OneOf(tests.into_iter().collect::<Option<_>>()?))
            }
        }
    }

    fn test(&mut self, test: &Alternative, column: &Typed) -> Option<Test> {
        Some(match test {
            Alternative::Missing(_) => Test::Missing,
            Alternative::Range { low, high, form: _, span } => {
                if !self.is_ordered(&column.expr.ty.kind) {
                    let found = ty::words(self.unit, &column.expr.ty.kind);
                    self.report(Diagnostic::new(Code::E0310, *span).arg("found", found));
                    return None;
                }
                let low = low.as_ref().map(|it| self.cell_bound(it, column));
                let high = high.as_ref().map(|it| self.cell_bound(it, column));
                let (low, high) = match (low, high) {
                    (Some(None), _) | (_, Some(None)) => return None,
                    (low, high) => (low.flatten(), high.flatten()),
                };
                Test::Range { low, high }
            }
            Alternative::Value(it) => Test::Equals(self.cell_value(it, column)?),
            Alternative::Not(it) => Test::Differs(self.cell_value(it, column)?),
            Alternative::Starts(it) => {
                if !matches!(column.expr.ty.kind, TyKind::Text | TyKind::Code(_)) {
                    self.mismatch(
                        it.span,
                        ty::words(self.unit, &column.expr.ty.kind),
                        &TyKind::Text,
                    );
                    return None;
                }
                Test::Starts(self.constant(it, Some(&TyKind::Text))?)
            }
            Alternative::Window(it) => {
                if column.expr.ty.kind != TyKind::Date {
                    self.mismatch(
                        it.span,
                        ty::words(self.unit, &column.expr.ty.kind),
                        &TyKind::Date,
                    );
                    return None;
                }
                Test::Window(self.window(it)?)
            }
        })
    }

    fn cell_bound(&mut self, bound: &ast::Bound, column: &Typed) -> Option<CellBound> {
        let value = self.cell_value(&bound.value, column)?;
        Some(CellBound { value, inclusive: bound.inclusive })
    }

    fn cell_value(&mut self, expr: &ast::Expr, column: &Typed) -> Option<Expr> {
        let kind = &column.expr.ty.kind;
        let mut value = self.constant(expr, Some(kind))?;
        ty::adapt(&mut value, kind);
        if let (Some(a), Some(b)) = (value.ty.as_number(), column.expr.ty.as_number()) {
            if ty::common_unit(&a.unit, &b.unit).is_none() {
                self.units_differ(expr.span, &b.unit, &a.unit);
                return None;
            }
            return Some(value);
        }
        if !ty::fits(&value.ty.kind, kind) {
            self.mismatch(expr.span, ty::words(self.unit, kind), &value.ty.kind);
            return None;
        }
        Some(value)
    }
}
