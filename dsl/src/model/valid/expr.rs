//! Expressions: each node with its operands.

use super::source::Elem;
use super::{Scope, Valid};
use crate::model::walk::parts;
use crate::model::{
    Column, CompareOp, DeclKind, Expr, ItemPart, Node, NumberTy, Ref, Term, Ty, TyKind, Unit,
    Window,
};

impl<'m> Valid<'m> {
    /// An expression whose missing operands it answers for itself.
    pub(super) fn expr(&mut self, expr: &'m Expr, scope: &Scope<'m>) {
        self.passing(expr, scope);
        if !expr.ty.optional && lets_missing_through(expr) {
            self.wrong(
                "用到的值可能缺失，而这里没有交代缺失怎么办",
                "a value that it uses may be missing, and nothing says what holds then",
            );
        }
    }

    /// An expression through which 不适用 may pass: its type does not say so.
    pub(super) fn passing(&mut self, expr: &'m Expr, scope: &Scope<'m>) {
        self.ty(&expr.ty);
        self.node(expr, &expr.ty, scope);
    }

    /// What scores points: a number without a unit, a count and a ratio become points there.
    pub(super) fn scored(&mut self, expr: &'m Expr, scope: &Scope<'m>) {
        let before = self.out.len();
        self.passing(expr, scope);
        let points = expr.ty.as_number().filter(|it| it.unit == Unit::Points);
        let Some(points) = points.filter(|_| self.out.len() > before) else { return };
        let faults = self.out.split_off(before);
        for unit in [Unit::Count(None), Unit::Ratio] {
            let number = TyKind::Number(NumberTy { unit, places: points.places });
            self.node(expr, &Ty { kind: number, optional: expr.ty.optional }, scope);
            if self.out.len() == before {
                return;
            }
            self.out.truncate(before);
        }
        self.out.extend(faults);
    }

    /// A condition: 是 or 否, never missing.
    pub(super) fn holds(&mut self, expr: &'m Expr, scope: &Scope<'m>) {
        self.expr(expr, scope);
        self.insist(
            expr.ty.kind == TyKind::Bool && !expr.ty.optional,
            "这里要一个不会缺失的条件",
            "a condition that cannot be missing is needed here",
        );
    }

    /// A value of literals and parameters.
    pub(super) fn constant(&mut self, expr: &'m Expr, scope: &Scope<'m>) {
        self.expr(expr, scope);
        let constant = self.is_constant(expr);
        self.insist(
            constant,
            "这里只能有字面值和参数",
            "only literals and parameters can stand here",
        );
    }

    pub(super) fn is_constant(&self, expr: &Expr) -> bool {
        match &expr.node {
            Node::Const(_) => true,
            Node::Decl(it) => self.linked.decl(it.slot.index()).kind == DeclKind::Param,
            Node::Negate(_)
            | Node::Sum(_)
            | Node::Product { .. }
            | Node::Shift { .. }
            | Node::Round(..)
            | Node::Call { .. } => {
                let mut all = true;
                parts(expr, &mut |it| all &= self.is_constant(it));
                all
            }
            _ => false,
        }
    }

    fn part(&mut self, name: &str, expr: &'m Expr, scope: &Scope<'m>) {
        self.within(name, |own| own.expr(expr, scope));
    }

    fn number(&mut self, expr: &Expr) {
        self.insist(expr.ty.as_number().is_some(), "要一个数", "a number is needed");
    }

    pub(super) fn kind(&mut self, expr: &Expr, wanted: &TyKind) {
        self.is(&expr.ty, wanted);
    }

    fn is(&mut self, ty: &Ty, wanted: &TyKind) {
        let fits = Self::fits(&ty.kind, wanted) || Self::fits(wanted, &ty.kind);
        self.insist(fits, "类型不符", "the types do not fit");
    }

    #[expect(clippy::too_many_lines, reason = "one arm a node, so that a new one is not forgotten")]
    fn node(&mut self, expr: &'m Expr, ty: &Ty, scope: &Scope<'m>) {
        match &expr.node {
            Node::Hole => self.wrong("这里没有式子", "there is no expression here"),
            Node::Const(it) => self.literal(it, &ty.kind),
            Node::AsOf => self.is(ty, &TyKind::Date),
            Node::Field(it) => {
                self.insist(scope.household, "这里没有户", "there is no household here");
                let field = self.linked.field(it.slot.index());
                self.exact(&field.ty, ty);
            }
            Node::RecordField { up, column } => self.record_field((*up, column), ty, scope),
            Node::Item { up, part } => self.item((*up, *part), ty, scope),
            Node::Past { up, decl } => {
                let bound = matches!(scope.element(*up), Some(Elem::Result));
                self.insist(bound, "这里没有历次结果", "no earlier result is bound here");
                let past = self.linked.decl(decl.slot.index());
                self.exact(&past.ty, ty);
            }
            Node::Decl(it) => self.worth(it, ty),
            Node::RecordDecl { up, decl } => {
                let found = self.linked.decl(decl.slot.index());
                let table = match &found.kind {
                    DeclKind::RecordValue { table } => Some(table.slot.index()),
                    _ => None,
                };
                let bound =
                    matches!(scope.element(*up), Some(Elem::Record(it)) if Some(*it) == table);
                self.insist(bound, "这里没有它的那种记录", "no record of its table is bound here");
                self.exact(&found.ty, ty);
            }
            Node::Local(it) => {
                let local = usize::try_from(*it).ok().and_then(|it| scope.lets.get(it));
                match local {
                    Some(it) => self.exact(&it.ty, ty),
                    None => self.wrong("没有这个局部值", "there is no such local value"),
                }
            }
            Node::Code { key, column } => {
                self.part("key", key, scope);
                self.within("key", |own| own.text(key));
                let table = self.linked.code_table(column.table.slot.index());
                if let Some(it) = table.columns.get(column.slot.index()) {
                    self.exact(&it.ty, ty);
                }
            }
            Node::AtDate { decl, date, .. } => {
                let found = self.linked.decl(decl.slot.index());
                self.insist(found.kind == DeclKind::Param, "这不是参数", "this is no parameter");
                self.part("date", date, scope);
                self.within("date", |own| own.kind(date, &TyKind::Date));
                self.exact(&found.ty, ty);
            }
            Node::Negate(it) => {
                self.part("negate", it, scope);
                self.number(it);
                self.exact_operand(it, ty);
            }
            Node::Sum(terms) => self.sum(terms, ty, scope),
            Node::Product { op, left, right } => {
                self.part("left", left, scope);
                self.part("right", right, scope);
                let unit = match (left.ty.as_number(), right.ty.as_number()) {
                    (Some(a), Some(b)) => op.unit(&a.unit, &b.unit),
                    _ => None,
                };
                let own = ty.as_number().map(|it| &it.unit);
                let fits = unit.zip(own).is_some_and(|(unit, own)| {
                    unit.common(own).is_some() || Self::is_literal(expr, own)
                });
                self.insist(
                    fits,
                    "两边的单位不能这样相乘除",
                    "the units do not multiply or divide so",
                );
            }
            Node::Shift { date, by, .. } => {
                self.part("date", date, scope);
                self.within("date", |own| own.kind(date, &TyKind::Date));
                self.part("by", by, scope);
                self.within("by", |own| own.duration(by));
                self.is(ty, &TyKind::Date);
            }
            Node::Compare { op, left, right } => {
                self.part("left", left, scope);
                self.part("right", right, scope);
                let alike = Self::alike(&left.ty.kind, &right.ty.kind);
                self.insist(alike, "两边不能相比", "the two sides cannot be compared");
                let any = matches!(op, CompareOp::Equal | CompareOp::NotEqual);
                let ordered = any || self.is_ordered(&left.ty.kind);
                self.insist(ordered, "这样的值没有大小", "such values have no order");
                self.is(ty, &TyKind::Bool);
            }
            Node::In { item, set, .. } => {
                self.part("item", item, scope);
                self.each("set", set, |own, it| {
                    own.expr(it, scope);
                    let alike = Self::alike(&it.ty.kind, &item.ty.kind);
                    own.insist(alike && !it.ty.optional, "类型不符", "the types do not fit");
                });
                self.is(ty, &TyKind::Bool);
            }
            Node::KnownCode { item, .. } => {
                self.part("item", item, scope);
                self.within("item", |own| own.text(item));
                self.is(ty, &TyKind::Bool);
            }
            Node::Within { date, window } => {
                self.part("date", date, scope);
                self.within("date", |own| own.kind(date, &TyKind::Date));
                self.within("window", |own| own.window(window, scope));
                self.is(ty, &TyKind::Bool);
            }
            Node::Present { item, .. } => {
                self.part("item", item, scope);
                self.is(ty, &TyKind::Bool);
            }
            Node::Contains(a, b) | Node::Starts(a, b) => {
                for it in [a, b] {
                    self.expr(it, scope);
                    self.text(it);
                }
                self.is(ty, &TyKind::Bool);
            }
            Node::IfMissing(a, b) => {
                for it in [a, b] {
                    self.expr(it, scope);
                    self.exact_operand(it, ty);
                }
            }
            Node::Not(it) => {
                self.within("not", |own| own.holds(it, scope));
                self.is(ty, &TyKind::Bool);
            }
            Node::And(all) | Node::Or(all) => {
                self.each("parts", all, |own, it| own.holds(it, scope));
                self.is(ty, &TyKind::Bool);
            }
            Node::If(condition, yes, no) => {
                self.within("if", |own| own.holds(condition, scope));
                for (place, it) in [("then", yes), ("else", no)] {
                    self.part(place, it, scope);
                    self.within(place, |own| own.exact_operand(it, ty));
                }
            }
            Node::Round(it, _) => {
                self.part("round", it, scope);
                self.number(it);
                self.is(ty, &it.ty.kind);
            }
            Node::Call { builtin, args } => self.call(*builtin, args, ty, scope),
            Node::Aggregate { builtin, source, arg } => {
                self.aggregate((*builtin, source, arg.as_deref()), ty, scope);
            }
            Node::Population(it) => self.population(it, ty, scope),
        }
    }

    /// What another declaration is worth.
    fn worth(&mut self, reference: &Ref, ty: &Ty) {
        let decl = self.linked.decl(reference.slot.index());
        let is_value = !matches!(
            decl.kind,
            DeclKind::RecordValue { .. } | DeclKind::RecordSet | DeclKind::Measure { .. }
        );
        self.insist(is_value, "这不是一个值", "this is not a value");
        self.exact(&decl.ty, ty);
    }

    fn record_field(&mut self, (up, column): (u32, &Column), ty: &Ty, scope: &Scope<'m>) {
        let table = column.table.slot.index();
        let bound = matches!(scope.element(up), Some(Elem::Record(it)) if *it == table);
        self.insist(bound, "这里没有它的那种记录", "no record of its table is bound here");
        if let Some(it) = self.linked.table(table).fields.get(column.slot.index()) {
            self.exact(&it.ty, ty);
        }
    }

    fn item(&mut self, (up, part): (u32, ItemPart), ty: &Ty, scope: &Scope<'m>) {
        let found = match (scope.element(up), part) {
            (Some(Elem::Group { key, .. }), ItemPart::Key) => Some(key.clone()),
            (Some(Elem::Group { .. }), ItemPart::Size)
            | (Some(Elem::Unit), ItemPart::Year | ItemPart::Quarter | ItemPart::Month) => {
                let unit = ty.as_number().map_or(Unit::Plain, |it| it.unit.clone());
                let plain = matches!(unit, Unit::Plain | Unit::Count(_));
                Some(Ty::number(if plain { unit } else { Unit::Plain }, 0))
            }
            (Some(Elem::Unit), ItemPart::Start | ItemPart::End)
            | (Some(Elem::Result), ItemPart::AsOf) => Some(Ty::present(TyKind::Date)),
            _ => None,
        };
        match found {
            Some(it) => self.exact(&it, ty),
            None => self.wrong("这里没有这一部分", "there is no such part here"),
        }
    }

    fn sum(&mut self, terms: &'m [Term], ty: &Ty, scope: &Scope<'m>) {
        self.insist(terms.len() > 1, "和至少有两项", "a sum has two terms or more");
        self.each("sum", terms, |own, it| {
            own.expr(&it.expr, scope);
            own.number(&it.expr);
            own.exact_operand(&it.expr, ty);
        });
    }

    /// A text, or the key of a code table.
    pub(super) fn text(&mut self, expr: &Expr) {
        let text = matches!(expr.ty.kind, TyKind::Text | TyKind::Code(_));
        self.insist(text, "要一个文本", "a text is needed");
    }

    fn duration(&mut self, expr: &Expr) {
        let unit = expr.ty.as_number().map(|it| &it.unit);
        let duration = matches!(unit, Some(Unit::Days | Unit::Months));
        self.insist(duration, "要一段以天或者月计的时长", "a duration in days or months is needed");
    }

    /// A stretch of time.
    pub(super) fn window(&mut self, window: &'m Window, scope: &Scope<'m>) {
        match window {
            Window::Last(it) | Window::Next(it) => {
                self.constant(it, scope);
                self.duration(it);
            }
            Window::Ago { far, near, .. } => {
                self.insist(near < far, "这段时间是倒的", "the stretch of time is turned round");
            }
            Window::Calendar(_) => {}
            Window::YearBefore(it) => self.window(it, scope),
        }
    }
}

/// Does a node that works with its operands have one that may be missing?
fn lets_missing_through(expr: &Expr) -> bool {
    let missing = |it: &Expr| it.ty.optional;
    match &expr.node {
        Node::Negate(it)
        | Node::Round(it, _)
        | Node::In { item: it, .. }
        | Node::KnownCode { item: it, .. }
        | Node::Within { date: it, .. }
        | Node::AtDate { date: it, .. } => missing(it),
        Node::Sum(terms) => terms.iter().any(|it| missing(&it.expr)),
        Node::Product { left: a, right: b, .. }
        | Node::Shift { date: a, by: b, .. }
        | Node::Compare { left: a, right: b, .. }
        | Node::Contains(a, b)
        | Node::Starts(a, b)
        | Node::If(_, a, b) => missing(a) || missing(b),
        Node::IfMissing(_, b) => missing(b),
        Node::Call { builtin, args } => {
            *builtin != crate::builtins::BuiltinId::MissingCount && args.iter().any(missing)
        }
        _ => false,
    }
}
