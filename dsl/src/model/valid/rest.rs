//! Actions, promises and cases.

use super::{Scope, Valid};
use crate::model::{
    Action, Assigned, Case, Column, Expectation, Expr, Field, GivenHousehold, Guarantee, Ref,
    RuleSet, TyKind,
};
use crate::value::Value;

impl<'m> Valid<'m> {
    pub(super) fn rest(&mut self, set: &'m RuleSet) {
        for it in &set.actions {
            self.within(format_args!("actions/{}", it.id), |own| own.action(it));
        }
        self.each("guarantees", &set.guarantees, Self::guarantee);
        self.each("cases", &set.cases, Self::case);
    }

    fn action(&mut self, action: &'m Action) {
        let mut scope = Scope { register: true, ..Scope::household() };
        if let Some(about) = &action.about {
            let Some(elem) = self.within("about", |own| own.source(about, &scope)) else { return };
            scope = scope.with(elem);
        }
        if let Some(it) = &action.when {
            self.within("when", |own| own.condition(it, &scope));
        }
        if let Some(it) = &action.earliest {
            self.within("earliest", |own| {
                own.expr(it, &scope);
                own.kind(it, &TyKind::Date);
            });
        }
        self.each("becomes", &action.becomes, |own, it| {
            let field = match &it.field {
                Assigned::Field(field) => Some(own.linked.field(field.slot.index())),
                Assigned::Column(column) => own.column(column),
            };
            own.assigned(field, &it.value, &scope);
        });
        if let Some(added) = &action.adds {
            self.each("adds/fields", &added.fields, |own, (column, value)| {
                let here = column.table.slot.index() == added.table.slot.index();
                own.insist(here, "这是别的表的字段", "it is a field of another table");
                let field = own.column(column);
                own.assigned(field, value, &scope);
            });
        }
    }

    fn column(&self, column: &Column) -> Option<&'m Field> {
        self.linked.table(column.table.slot.index()).fields.get(column.slot.index())
    }

    fn assigned(&mut self, field: Option<&Field>, value: &'m Expr, scope: &Scope<'m>) {
        self.expr(value, scope);
        if let Some(field) = field {
            self.exact_operand(value, &field.ty);
        }
    }

    fn grade(&mut self, reference: &Ref) {
        let decl = self.linked.decl(reference.slot.index());
        let grade = matches!(decl.ty.kind, TyKind::Member(_));
        self.insist(grade, "这不是等级", "this is no grade");
    }

    fn guarantee(&mut self, guarantee: &'m Guarantee) {
        match guarantee {
            Guarantee::Records { target, .. }
            | Guarantee::Reachable(target)
            | Guarantee::Against { target, .. } => self.grade(target),
            Guarantee::Apart { target, first, second } => {
                self.grade(target);
                let all = || self.linked.decides(target.slot.index());
                let known = [first, second].iter().all(|id| all().any(|it| it.id == **id));
                self.insist(
                    known && first != second,
                    "这不是两条直接判定",
                    "these are not two direct determinations",
                );
            }
            Guarantee::Implies(a, b) => {
                for it in [a, b] {
                    self.holds(it, &Scope::household());
                }
            }
            Guarantee::Worsening { cause, target, .. } => {
                self.grade(cause);
                self.grade(target);
            }
        }
    }

    fn case(&mut self, case: &'m Case) {
        self.within("household", |own| own.given(&case.household));
        self.each("others", &case.others, |own, (_, it)| own.given(it));
        self.each("expect", &case.expect, |own, it| match it {
            Expectation::Worth(decl, value) => {
                let ty = &own.linked.decl(decl.slot.index()).ty;
                own.recorded(value, &ty.kind);
            }
            Expectation::Measure(..)
            | Expectation::Missing(_)
            | Expectation::Holding { .. }
            | Expectation::Decides(_)
            | Expectation::Reason(..)
            | Expectation::Open(_) => {}
        });
    }

    fn given(&mut self, given: &'m GivenHousehold) {
        self.each("fields", &given.fields, |own, (field, value)| {
            let ty = &own.linked.field(field.slot.index()).ty;
            own.recorded(value, &ty.kind);
        });
        self.each("records", &given.records, |own, record| {
            own.each("fields", &record.fields, |own, (column, value)| {
                let here = column.table.slot.index() == record.table.slot.index();
                own.insist(here, "这是别的表的字段", "it is a field of another table");
                if let Some(it) = own.column(column) {
                    own.recorded(value, &it.ty.kind);
                }
            });
        });
        self.each("history", &given.history, |own, result| {
            own.each("values", &result.values, |own, (decl, value)| {
                let ty = &own.linked.decl(decl.slot.index()).ty;
                own.recorded(value, &ty.kind);
            });
        });
    }

    /// A value that may be 缺失 or 不适用.
    fn recorded(&mut self, value: &Value, kind: &TyKind) {
        if !matches!(value, Value::Missing | Value::NotApplicable) {
            self.literal(value, kind);
        }
    }
}
