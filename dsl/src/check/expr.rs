//! Expressions: from the tree to the model, with types.

use super::scope::{Elab, Typed};
use super::sight::CodesView;
use super::ty;
use crate::diag::{Code, Diagnostic, Words};
use crate::model::{DeclKind, Expr, Node, NumberTy, Ref, Ty, TyKind, Unit};
use crate::span::Span;
use crate::syntax::ast::{self, ExprKind, Quantity, UnitWord};
use crate::units;
use crate::value::Value;

impl Elab<'_, '_> {
    /// An expression. `expect` helps to find members of enumerations; it is not insisted on.
    pub(super) fn expr(&mut self, expr: &ast::Expr, expect: Option<&TyKind>) -> Typed {
        let unit = self.unit;
        unit.stack.part(|| {
            let out = self.expr_of_any_places(expr, expect);
            self.few_places(out)
        })
    }

    /// An expression that may be rounded by what stands around it.
    pub(super) fn expr_of_any_places(
        &mut self,
        expr: &ast::Expr,
        expect: Option<&TyKind>,
    ) -> Typed {
        let span = expr.span;
        match &expr.kind {
            // An outcome that is open has no value to look at; see `case/expect`.
            ExprKind::Missing | ExprKind::Open => Typed::hole(span),
            ExprKind::Number(it) => quantity(it, span),
            ExprKind::Date(it) => {
                Typed::constant(Value::Date(*it), Ty::present(TyKind::Date), span)
            }
            ExprKind::Text(it) => text_literal(it, expect, span),
            ExprKind::Bool(it) => Typed::constant(Value::Bool(*it), Ty::bool(), span),
            ExprKind::Frequency(it) => {
                let value = Value::Frequency(it.clone());
                Typed::constant(value, Ty::present(TyKind::Frequency), span)
            }
            ExprKind::Path(path) => self.path(path, expect),
            ExprKind::Call(name, args) => self.call(name, args, span),
            ExprKind::Negate(it) => self.negate(it, expect, span),
            ExprKind::Sum(first, rest) => self.sum(first, rest, span),
            ExprKind::Product(first, rest) => self.product(first, rest, span),
            ExprKind::Compare(op, a, b) => self.compare(*op, a, b, span),
            ExprKind::In { negated, item, set } => self.within_set(*negated, item, set, span),
            ExprKind::Within(date, window) => self.within(date, window, expr),
            ExprKind::Present { negated, item } => self.is_present(*negated, item, span),
            ExprKind::Contains(a, b) => self.texts(a, b, span, Node::Contains),
            ExprKind::Starts(a, b) => self.texts(a, b, span, Node::Starts),
            ExprKind::IfMissing(a, b) => self.if_missing(a, b, expect, span),
            ExprKind::If(a, b, c) => self.choice(a, b, c, expect, span),
            ExprKind::Not(_) | ExprKind::And(_) | ExprKind::Or(_) => {
                let condition = self.condition(expr);
                Typed::new(condition.node, condition.ty, span)
            }
            ExprKind::Window(_) | ExprKind::YearBefore(_) => self.bare_window(expr),
            ExprKind::Keep(it, places) => self.keep(it, *places, span),
            ExprKind::By { item, key, milder } => self.at_date(item, key, *milder, span),
            ExprKind::Paren(it) => Typed { span, ..self.expr(it, expect) },
            ExprKind::Where { .. } | ExprKind::Same(_) => {
                let words = Words::both("一组记录，不是一个值", "a set of records and not a value");
                self.report(
                    Diagnostic::new(Code::E0204, span)
                        .arg("name", self.unit.text(span))
                        .arg("what", words),
                );
                Typed::hole(span)
            }
            ExprKind::List(_) => {
                let wanted = Words::both("一个值", "one value");
                let found = Words::both("几个值", "several values");
                self.report(
                    Diagnostic::new(Code::E0301, span).arg("expected", wanted).arg("found", found),
                );
                Typed::hole(span)
            }
        }
    }

    /// A value of literals and parameters only; reports anything else.
    pub(super) fn constant(&mut self, expr: &ast::Expr, expect: Option<&TyKind>) -> Option<Expr> {
        let value = self.expr(expr, expect);
        if value.is_unknown() {
            return None;
        }
        if !self.is_constant(&value.expr) {
            self.report(
                Diagnostic::new(Code::E0306, value.span).arg("text", self.unit.text(value.span)),
            );
            return None;
        }
        Some(self.present(value))
    }

    /// Does it consist of literals and parameters only?
    pub(super) fn is_constant(&self, expr: &Expr) -> bool {
        match &expr.node {
            Node::Const(_) => true,
            Node::Decl(it) => self.is_param(it),
            Node::Negate(_)
            | Node::Sum(_)
            | Node::Product { .. }
            | Node::Shift { .. }
            | Node::Round(..)
            | Node::Call { .. } => {
                let mut all = true;
                crate::model::walk::parts(expr, &mut |it| all &= self.is_constant(it));
                all
            }
            _ => false,
        }
    }

    fn is_param(&self, decl: &Ref) -> bool {
        match &decl.package {
            None => self.unit.item(&decl.id).is_some_and(|it| self.unit.is_param(it)),
            Some(package) => self
                .unit
                .imports
                .iter()
                .find(|it| it.name == *package)
                .and_then(|it| it.index.decl_with_id(it.set, &decl.id))
                .is_some_and(|it| it.kind == DeclKind::Param),
        }
    }

    fn negate(&mut self, inner: &ast::Expr, expect: Option<&TyKind>, span: Span) -> Typed {
        let it = self.expr(inner, expect);
        if let (Node::Const(Value::Number(number)), false) = (&it.expr.node, it.is_unknown()) {
            return Typed::constant(Value::Number(number.negated()), it.expr.ty.clone(), span);
        }
        if it.expr.ty.as_number().is_none() {
            self.mismatch(it.span, Words::both("数", "a number"), &it.expr.ty.kind);
            return Typed::hole(span);
        }
        let ty = Ty::present(it.expr.ty.kind.clone());
        Typed::made_of(Node::Negate(Box::new(it.expr)), ty, span, &[it.missing])
    }

    fn within_set(
        &mut self,
        negated: bool,
        item: &ast::Expr,
        set: &ast::Expr,
        span: Span,
    ) -> Typed {
        let item = self.expr(item, None);
        if item.is_unknown() {
            return Typed::hole(span);
        }
        let members = match &set.kind {
            ExprKind::List(members) => members.iter().collect(),
            ExprKind::Path(path) => return self.known_code(negated, item, path, span),
            ExprKind::Paren(only) => vec![&**only],
            _ => vec![set],
        };
        let kind = item.expr.ty.kind.clone();
        let mut out = Vec::new();
        for member in members {
            let mut member = self.expr(member, Some(&kind));
            ty::adapt(&mut member.expr, &kind);
            if !ty::fits(&member.expr.ty.kind, &kind) {
                self.mismatch(member.span, ty::words(self.unit, &kind), &member.expr.ty.kind);
                return Typed::hole(span);
            }
            out.push(self.present(member));
        }
        let node = Node::In { negated, item: Box::new(item.expr), set: out };
        Typed::made_of(node, Ty::bool(), span, &[item.missing])
    }

    /// `行业 属于 国民经济行业`
    fn known_code(&mut self, negated: bool, item: Typed, path: &ast::Path, span: Span) -> Typed {
        let name = path.names.last();
        let found = name.and_then(|it| self.unit.codes_called(&it.text));
        let Some(CodesView { reference: codes, .. }) = found else {
            if let Some(name) = name {
                let near = self.unit.codes_names();
                self.unit.unknown(
                    name,
                    Words::both(
                        "代码表（列举请写在括号里）",
                        "code table (a list stands in brackets)",
                    ),
                    near,
                );
            }
            return Typed::hole(span);
        };
        if !matches!(item.expr.ty.kind, TyKind::Code(_) | TyKind::Text) {
            self.mismatch(item.span, Words::both("代码", "a code"), &item.expr.ty.kind);
            return Typed::hole(span);
        }
        let node = Node::KnownCode { negated, item: Box::new(item.expr), codes };
        Typed::made_of(node, Ty::bool(), span, &[item.missing])
    }

    fn is_present(&mut self, negated: bool, item: &ast::Expr, span: Span) -> Typed {
        let item = self.expr(item, None);
        if item.is_unknown() {
            return Typed::hole(span);
        }
        Typed::new(Node::Present { negated, item: Box::new(item.expr) }, Ty::bool(), span)
    }

    fn texts(
        &mut self,
        a: &ast::Expr,
        b: &ast::Expr,
        span: Span,
        node: impl Fn(Box<Expr>, Box<Expr>) -> Node,
    ) -> Typed {
        let (a, b) = (self.expr(a, None), self.expr(b, Some(&TyKind::Text)));
        for it in [&a, &b] {
            if !matches!(it.expr.ty.kind, TyKind::Text | TyKind::Code(_)) {
                self.mismatch(it.span, Words::both("文本", "a text"), &it.expr.ty.kind);
                return Typed::hole(span);
            }
        }
        let missing = [a.missing, b.missing];
        Typed::made_of(node(Box::new(a.expr), Box::new(b.expr)), Ty::bool(), span, &missing)
    }

    fn if_missing(
        &mut self,
        a: &ast::Expr,
        b: &ast::Expr,
        expect: Option<&TyKind>,
        span: Span,
    ) -> Typed {
        let a = self.expr(a, expect);
        let b = self.expr(b, Some(&a.expr.ty.kind.clone()));
        match self.joined(&[&a, &b]) {
            Some(ty) => {
                let ty = Ty { kind: ty.kind, optional: b.missing.is_some() };
                let (mut a, mut b) = (a, b);
                ty::adapt(&mut a.expr, &ty.kind);
                ty::adapt(&mut b.expr, &ty.kind);
                let node = Node::IfMissing(Box::new(a.expr), Box::new(b.expr));
                Typed::made_of(node, ty, span, &[b.missing])
            }
            None => Typed::hole(span),
        }
    }

    fn choice(
        &mut self,
        condition: &ast::Expr,
        yes: &ast::Expr,
        no: &ast::Expr,
        expect: Option<&TyKind>,
        span: Span,
    ) -> Typed {
        let condition = self.condition(condition);
        let late = self.could_be_member(yes) && expect.is_none();
        let branch = |it: &mut Self, branch: &ast::Expr, expect: Option<&TyKind>, holds: bool| {
            it.knowing(|it| it.learn(&condition, holds), |it| it.expr(branch, expect))
        };
        let (yes, no) = if late {
            let no = branch(self, no, None, false);
            let kind = no.expr.ty.kind.clone();
            (branch(self, yes, Some(&kind), true), no)
        } else {
            let yes = branch(self, yes, expect, true);
            let kind = yes.expr.ty.kind.clone();
            let no = branch(self, no, Some(expect.unwrap_or(&kind)), false);
            (yes, no)
        };
        match self.joined(&[&yes, &no]) {
            Some(ty) => {
                let (mut yes, mut no) = (yes, no);
                ty::adapt(&mut yes.expr, &ty.kind);
                ty::adapt(&mut no.expr, &ty.kind);
                let missing = [yes.missing, no.missing];
                let node = Node::If(Box::new(condition), Box::new(yes.expr), Box::new(no.expr));
                Typed::made_of(node, Ty::present(ty.kind), span, &missing)
            }
            None => Typed::hole(span),
        }
    }

    /// The type of something that is one of these; reports what does not fit.
    pub(super) fn joined(&self, all: &[&Typed]) -> Option<Ty> {
        let mut out: Option<Ty> = None;
        // A bare number takes the unit of the others, so the others come first.
        let bare = |it: &&&Typed| ty::is_bare(&it.expr);
        let ordered = all.iter().filter(|it| !bare(it)).chain(all.iter().filter(bare));
        for it in ordered {
            if it.is_unknown() {
                return None;
            }
            let mut found = it.expr.ty.clone();
            if let (Some(Ty { kind: TyKind::Number(wanted), .. }), TyKind::Number(own)) =
                (&out, &found.kind)
                && ty::is_bare(&it.expr)
            {
                found.kind =
                    TyKind::Number(NumberTy { unit: wanted.unit.clone(), places: own.places });
            }
            out = match out {
                None => Some(found),
                Some(before) => match ty::join(&before, &found) {
                    Some(ty) => Some(ty),
                    None => {
                        self.mismatch(it.span, ty::words(self.unit, &before.kind), &found.kind);
                        return None;
                    }
                },
            };
        }
        out
    }

    /// `大额罚没 按 决定日期`
    fn at_date(
        &mut self,
        item: &ast::Expr,
        key: &ast::Path,
        milder: Option<ast::Mode>,
        span: Span,
    ) -> Typed {
        let value = self.expr(item, None);
        let date = self.path(key, Some(&TyKind::Date));
        if value.is_unknown() || date.is_unknown() {
            return Typed::hole(span);
        }
        if date.expr.ty.kind != TyKind::Date {
            self.mismatch(date.span, Words::both("日期", "a date"), &date.expr.ty.kind);
            return Typed::hole(span);
        }
        let decl = match &value.expr.node {
            Node::Decl(it) if self.is_constant(&value.expr) => it.clone(),
            _ => {
                self.report(
                    Diagnostic::new(Code::E0317, value.span)
                        .arg("name", self.unit.text(value.span)),
                );
                return Typed::hole(span);
            }
        };
        let missing = [value.missing, date.missing];
        let milder_is_highest = milder.map(|it| it == ast::Mode::Highest);
        let ty = Ty::present(value.expr.ty.kind.clone());
        Typed::made_of(
            Node::AtDate { decl, date: Box::new(date.expr), milder_is_highest },
            ty,
            span,
            &missing,
        )
    }
}

/// A text, or a code where one is wanted.
fn text_literal(text: &str, expect: Option<&TyKind>, span: Span) -> Typed {
    let kind = match expect {
        Some(TyKind::Code(it)) => TyKind::Code(it.clone()),
        _ => TyKind::Text,
    };
    Typed::constant(Value::text(text), Ty::present(kind), span)
}

/// A number with its unit.
fn quantity(quantity: &Quantity, span: Span) -> Typed {
    let unit = match &quantity.unit {
        None | Some(UnitWord::Plain) => Unit::Plain,
        Some(UnitWord::Yuan) => Unit::Money,
        Some(UnitWord::Ratio) => Unit::Ratio,
        Some(UnitWord::Days) => Unit::Days,
        Some(UnitWord::Months) => Unit::Months,
        Some(UnitWord::Points) => Unit::Points,
        Some(UnitWord::Grades) => Unit::Count(Some("级".to_owned())),
        Some(UnitWord::Counted(word)) => Unit::Count(Some(units::chinese(word).to_owned())),
    };
    let ty = Ty::number(unit, quantity.number.places());
    Typed::constant(Value::Number(quantity.number), ty, span)
}
