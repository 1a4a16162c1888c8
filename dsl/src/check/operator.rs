//! Arithmetic and comparison: units, places, and what may be missing in the result.

use super::scope::{Elab, Missing, Typed};
use super::ty;
use crate::diag::{Code, Diagnostic, Words};
use crate::model::{CompareOp, Expr, Node, NumberTy, ProductOp, Term, Ty, TyKind, Unit};
use crate::span::Span;
use crate::syntax::ast::{self, ExprKind, SumOp};
use crate::value::Rounding;

/// Most decimal places before the author has to round (`language.md` §3.2).
pub(super) const MAX_PLACES: u8 = 12;

/// Decimal places of a quotient unless the author says otherwise.
const QUOTIENT_PLACES: u8 = 4;

impl Elab<'_, '_> {
    /// `a + b − c`, and a date with durations.
    pub(super) fn sum(
        &mut self,
        first: &ast::Expr,
        rest: &[(SumOp, ast::Expr)],
        span: Span,
    ) -> Typed {
        let first = self.expr(first, None);
        if first.expr.ty.kind == TyKind::Date {
            return self.shifted(first, rest, span);
        }
        let mut parts = vec![(false, first)];
        for (op, term) in rest {
            let expect = parts[0].1.expr.ty.kind.clone();
            let term = self.expr(term, Some(&expect));
            parts.push((*op == SumOp::Subtract, term));
        }
        let mut unit: Option<Unit> = None;
        let mut places = 0;
        for (_, part) in &parts {
            let Some(number) = part.expr.ty.as_number().cloned() else {
                self.mismatch(part.span, Words::both("数", "a number"), &part.expr.ty.kind);
                return Typed::hole(span);
            };
            places = places.max(number.places);
            if !ty::is_bare(&part.expr) {
                unit = match unit {
                    None => Some(number.unit),
                    Some(before) => match ty::common_unit(&before, &number.unit) {
                        Some(it) => Some(it),
                        None => {
                            self.units_differ(part.span, &before, &number.unit);
                            return Typed::hole(span);
                        }
                    },
                };
            }
        }
        let unit = unit.unwrap_or(Unit::Plain);
        let missing: Vec<Option<Missing>> = parts.iter().map(|it| it.1.missing).collect();
        let terms = parts.into_iter().map(|(negative, mut part)| {
            if ty::is_bare(&part.expr) {
                ty::retag(&mut part.expr, &unit);
            }
            Term { negative, expr: part.expr }
        });
        let node = Node::Sum(terms.collect());
        Typed::made_of(node, Ty::number(unit, places), span, &missing)
    }

    fn shifted(&mut self, date: Typed, rest: &[(SumOp, ast::Expr)], span: Span) -> Typed {
        let mut out = date;
        for (op, by) in rest {
            let by = self.expr(by, None);
            match by.expr.ty.as_number().map(|it| &it.unit) {
                Some(Unit::Days | Unit::Months) => {}
                _ => {
                    let wanted =
                        Words::both("时长，例如“12 个月”", "a duration such as “12 months”");
                    self.mismatch(by.span, wanted, &by.expr.ty.kind);
                    return Typed::hole(span);
                }
            }
            let missing = [out.missing, by.missing];
            let back = *op == SumOp::Subtract;
            let node = Node::Shift { date: Box::new(out.expr), by: Box::new(by.expr), back };
            out = Typed::made_of(node, Ty::present(TyKind::Date), span, &missing);
        }
        out
    }

    /// `a × b ÷ c`, from the left.
    pub(super) fn product(
        &mut self,
        first: &ast::Expr,
        rest: &[(ast::ProductOp, ast::Expr)],
        span: Span,
    ) -> Typed {
        let mut out = self.expr(first, None);
        for (op, right) in rest {
            let op = match op {
                ast::ProductOp::Multiply => ProductOp::Multiply,
                ast::ProductOp::Divide => ProductOp::Divide,
            };
            let right = self.expr(right, None);
            let span = Span { end: right.span.end.min(span.end), ..span };
            out = self.times(op, out, right, span);
        }
        out
    }

    fn times(&mut self, op: ProductOp, left: Typed, right: Typed, span: Span) -> Typed {
        for side in [&left, &right] {
            if side.expr.ty.as_number().is_none() {
                self.mismatch(side.span, Words::both("数", "a number"), &side.expr.ty.kind);
                return Typed::hole(span);
            }
        }
        let (Some(a), Some(b)) =
            (left.expr.ty.as_number().cloned(), right.expr.ty.as_number().cloned())
        else {
            return Typed::hole(span);
        };
        let Some(unit) = ty::product_unit(op, &a.unit, &b.unit) else {
            self.units_differ(span, &a.unit, &b.unit);
            return Typed::hole(span);
        };
        let mut missing = vec![left.missing, right.missing];
        let places = match op {
            ProductOp::Multiply => a.places.saturating_add(b.places),
            ProductOp::Divide => {
                if !self.is_nonzero(&right.expr) {
                    missing.push(Some(Missing { span: right.span, inapplicable: false }));
                }
                QUOTIENT_PLACES
            }
        };
        let node = Node::Product { op, left: Box::new(left.expr), right: Box::new(right.expr) };
        Typed::made_of(node, Ty::number(unit, places), span, &missing)
    }

    /// Refuses more decimal places than can be carried.
    pub(super) fn few_places(&self, it: Typed) -> Typed {
        match it.expr.ty.as_number() {
            Some(number) if number.places > MAX_PLACES => {
                let problem = Diagnostic::new(Code::E0304, it.span)
                    .arg("places", number.places.to_string())
                    .arg("limit", MAX_PLACES.to_string());
                let rounded = if self.unit.english { " keep 2 places" } else { " 保留 2 位" };
                let title = Words::both("保留两位小数", "keep two decimal places");
                self.report(problem.fix(title, it.span.behind(), rounded));
                Typed::hole(it.span)
            }
            _ => it,
        }
    }

    /// `… 保留 n 位`
    pub(super) fn keep(&mut self, inner: &ast::Expr, places: u8, span: Span) -> Typed {
        let mut out = self.expr_of_any_places(inner, None);
        let Some(number) = out.expr.ty.as_number() else {
            self.mismatch(out.span, Words::both("数", "a number"), &out.expr.ty.kind);
            return Typed::hole(span);
        };
        let kept = NumberTy { unit: number.unit.clone(), places };
        out.span = span;
        // A product, a quotient or a mean is exact inside, so it can be rounded to these places at once.
        let exact = match &out.expr.node {
            Node::Product { .. } => true,
            Node::Aggregate { builtin, .. } => *builtin == crate::builtins::BuiltinId::Average,
            _ => false,
        };
        if !exact {
            let optional = out.expr.ty.optional;
            let ty = Ty { kind: TyKind::Number(kept.clone()), optional };
            out.expr = Expr { ty, node: Node::Round(Box::new(out.expr), Rounding::HalfUp) };
        }
        out.expr.ty.kind = TyKind::Number(kept);
        self.few_places(out)
    }

    /// `a ≥ b`
    pub(super) fn compare(
        &mut self,
        op: ast::CompareOp,
        left: &ast::Expr,
        right: &ast::Expr,
        span: Span,
    ) -> Typed {
        let (mut left, mut right) = self.both(left, right);
        if left.is_unknown() || right.is_unknown() {
            return Typed::hole(span);
        }
        let op = compare_op(op);
        let number = left.expr.ty.as_number().is_some() && right.expr.ty.as_number().is_some();
        if number {
            if ty::agree(&mut left.expr, &mut right.expr).is_none() {
                let unit =
                    |it: &Typed| it.expr.ty.as_number().map_or(Unit::Plain, |it| it.unit.clone());
                self.units_differ(span, &unit(&left), &unit(&right));
                return Typed::hole(span);
            }
        } else {
            ty::adapt(&mut left.expr, &right.expr.ty.kind);
            ty::adapt(&mut right.expr, &left.expr.ty.kind);
            let (a, b) = (&left.expr.ty.kind, &right.expr.ty.kind);
            if a != b && !ty::fits(a, b) && !ty::fits(b, a) {
                self.mismatch(right.span, ty::words(self.unit, a), b);
                return Typed::hole(span);
            }
        }
        let ordered = !matches!(op, CompareOp::Equal | CompareOp::NotEqual);
        if ordered && !self.is_ordered(&left.expr.ty.kind) {
            let found = ty::words(self.unit, &left.expr.ty.kind);
            self.report(Diagnostic::new(Code::E0310, span).arg("found", found));
            return Typed::hole(span);
        }
        if left.expr.node == right.expr.node && !matches!(left.expr.node, Node::Const(_)) {
            let text = self.unit.text(left.span);
            self.report(Diagnostic::new(Code::E0326, span).arg("text", text));
        }
        let missing = [left.missing, right.missing];
        let node = Node::Compare { op, left: Box::new(left.expr), right: Box::new(right.expr) };
        Typed::made_of(node, Ty::bool(), span, &missing)
    }

    /// Both sides of something; a bare name takes its meaning from the type of the other side.
    fn both(&mut self, left: &ast::Expr, right: &ast::Expr) -> (Typed, Typed) {
        if self.could_be_member(left) && !self.could_be_member(right) {
            let right = self.expr(right, None);
            let left = self.expr(left, Some(&right.expr.ty.kind));
            return (left, right);
        }
        let left = self.expr(left, None);
        let right = self.expr(right, Some(&left.expr.ty.kind));
        (left, right)
    }

    /// A bare name that is no value in sight.
    pub(super) fn could_be_member(&self, expr: &ast::Expr) -> bool {
        match &expr.kind {
            ExprKind::Path(path) => !self.is_value_name(path),
            ExprKind::Paren(it) => self.could_be_member(it),
            _ => false,
        }
    }

    /// Have values of this kind an order?
    pub(super) fn is_ordered(&self, kind: &TyKind) -> bool {
        match kind {
            TyKind::Number(_) | TyKind::Date | TyKind::Unknown => true,
            TyKind::Member(it) => self.unit.enum_of(it).is_some_and(|it| it.ordered),
            TyKind::Bool | TyKind::Text | TyKind::Code(_) | TyKind::Frequency => false,
        }
    }

    /// Reports two units that do not mix.
    pub(super) fn units_differ(&self, span: Span, a: &Unit, b: &Unit) {
        let problem = Diagnostic::new(Code::E0303, span)
            .arg("first", ty::unit_words(a))
            .arg("second", ty::unit_words(b));
        self.report(problem);
    }
}

fn compare_op(op: ast::CompareOp) -> CompareOp {
    match op {
        ast::CompareOp::Equal => CompareOp::Equal,
        ast::CompareOp::NotEqual => CompareOp::NotEqual,
        ast::CompareOp::Less => CompareOp::Less,
        ast::CompareOp::LessOrEqual => CompareOp::LessOrEqual,
        ast::CompareOp::Greater => CompareOp::Greater,
        ast::CompareOp::GreaterOrEqual => CompareOp::GreaterOrEqual,
    }
}
