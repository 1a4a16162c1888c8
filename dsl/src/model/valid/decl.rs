//! Declarations, direct determinations and data-quality rules.

use std::collections::BTreeSet;

use super::source::Elem;
use super::{Scope, Valid};
use crate::model::{
    Check, CheckScope, Content, Decide, DecideEffect, Decl, DeclKind, Let, Ref, RuleSet,
    TemplatePart, Ty, TyKind, Version,
};
use crate::value::Period;

impl<'m> Valid<'m> {
    pub(super) fn decls(&mut self, set: &'m RuleSet) {
        let mut seen = BTreeSet::new();
        for decl in &set.decls {
            self.within(format_args!("decls/{}", decl.id), |own| {
                own.insist(seen.insert(&decl.id), "这个 id 已经有了", "there is one of that id");
                own.decl(decl);
            });
        }
        for decide in &set.decides {
            self.within(format_args!("decides/{}", decide.id), |own| own.decide(decide));
        }
        for check in &set.checks {
            self.within(format_args!("checks/{}", check.id), |own| own.rule_of_data(check));
        }
    }

    fn decl(&mut self, decl: &'m Decl) {
        self.ty(&decl.ty);
        let grade = match &decl.kind {
            DeclKind::Classify { grade } | DeclKind::Overlay { grade } => Some(grade),
            _ => None,
        };
        if let Some(grade) = grade {
            let fits = matches!(&decl.ty.kind, TyKind::Member(it) if it.slot.index() == grade.slot.index());
            self.insist(fits, "类型不是它的等级", "its type is not its grade");
        }
        if let DeclKind::Dimension { within: Some(whole) }
        | DeclKind::Indicator { dimension: Some(whole), .. } = &decl.kind
        {
            let whole = self.linked.decl(whole.slot.index());
            let is_dimension = matches!(whole.kind, DeclKind::Dimension { .. });
            self.insist(is_dimension, "它所属的不是维度", "what it belongs to is no dimension");
        }
        let points = matches!(
            decl.kind,
            DeclKind::Dimension { .. } | DeclKind::Total | DeclKind::Indicator { .. }
        );
        self.insist(!points || decl.ty.as_number().is_some(), "要一个数", "a number is needed");
        self.periods(decl.versions.iter().map(|it| it.period));
        let mut scope = Scope::household();
        if let DeclKind::RecordValue { table } = &decl.kind {
            scope = scope.with(Elem::Record(table.slot.index()));
        }
        self.each("versions", &decl.versions, |own, it| {
            let fits = fits(&decl.kind, &it.content);
            own.insist(
                fits,
                "这种声明不能有这样的内容",
                "such a declaration cannot have such content",
            );
            let columns: Vec<&Ty> = match &decl.kind {
                DeclKind::Measure { columns } => columns.iter().map(|it| &it.ty).collect(),
                _ => vec![&decl.ty],
            };
            own.version(it, &columns, &scope);
            if let (DeclKind::Param, Content::Formula(it)) = (&decl.kind, &it.content) {
                let constant = own.is_constant(it);
                own.insist(
                    constant,
                    "参数只能由字面值和参数得来",
                    "a parameter is made of literals and parameters",
                );
            }
        });
    }

    fn periods(&mut self, periods: impl Iterator<Item = Period>) {
        let all: Vec<Period> = periods.collect();
        let clash = (1..all.len()).any(|at| {
            all.get(at).is_some_and(|it| all.iter().take(at).any(|before| before.overlaps(it)))
        });
        self.insist(!clash, "两个时期重叠", "two periods overlap");
    }

    fn version(&mut self, version: &'m Version, tys: &[&Ty], scope: &Scope<'m>) {
        if let Some(it) = &version.applies {
            self.within("applies", |own| own.condition(it, scope));
        }
        let scope = self.lets(&version.lets, scope);
        self.within("content", |own| own.content(&version.content, tys, &scope));
        if let Some(it) = &version.bounds.weight {
            self.within("bounds/weight", |own| {
                own.expr(it, &scope);
                let number = it.ty.as_number().is_some() && !it.ty.optional;
                own.insist(number, "权重要一个数", "a weight is a number");
            });
        }
        self.each("conditional", &version.conditional, |own, it| {
            own.scored(&it.value, &scope);
            if let [ty] = tys {
                own.exact_operand(&it.value, ty);
            }
            own.within("when", |own| own.holds(&it.when, &scope));
        });
        if let Some(reason) = &version.reason {
            self.each("reason", &reason.parts, |own, it| {
                if let TemplatePart::Value(it) = it {
                    own.expr(it, &scope);
                }
            });
        }
    }

    /// Local values: each sees those above it.
    fn lets(&mut self, lets: &'m [Let], scope: &Scope<'m>) -> Scope<'m> {
        self.within("lets", |own| {
            for (at, it) in lets.iter().enumerate() {
                let above = Scope { lets: lets.get(..at).unwrap_or(&[]), ..scope.clone() };
                own.within(at, |own| {
                    own.ty(&it.ty);
                    own.content(&it.content, &[&it.ty], &above);
                });
            }
        });
        Scope { lets, ..scope.clone() }
    }

    fn decide(&mut self, decide: &'m Decide) {
        let grade: Option<&Ref> = match &self.linked.decl(decide.target.slot.index()).kind {
            DeclKind::Classify { grade } => Some(grade),
            _ => None,
        };
        let Some(grade) = grade else {
            return self.wrong("它判的不是分类", "what it acts on is no classification");
        };
        let members = self.members(grade.slot.index());
        self.periods(decide.versions.iter().map(|it| it.1.period));
        self.each("versions", &decide.versions, |own, (effect, version)| {
            let (by, to) = match effect {
                DecideEffect::Set(to) => (1, Some(*to)),
                DecideEffect::Raise { by, limit } | DecideEffect::Lower { by, limit } => {
                    (*by, *limit)
                }
            };
            let known = by > 0 && to.is_none_or(|it| usize::from(it) < members);
            own.insist(known, "没有这一级", "there is no such grade");
            let condition = matches!(version.content, Content::Condition(_));
            own.insist(condition, "直接判定的内容是条件", "a determination has a condition");
            own.version(version, &[&Ty::bool()], &Scope::household());
        });
    }

    fn rule_of_data(&mut self, check: &'m Check) {
        let mut scope = Scope::household();
        match &check.scope {
            CheckScope::Household => {}
            CheckScope::Records(table) => scope = scope.with(Elem::Record(table.slot.index())),
            CheckScope::Table(_) => scope.household = false,
        }
        if let Some(it) = &check.applies {
            self.within("applies", |own| own.condition(it, &scope));
        }
        let scope = self.lets(&check.lets, &scope);
        self.within("require", |own| own.holds(&check.require, &scope));
    }
}

/// May a declaration of that kind have that content?
fn fits(kind: &DeclKind, content: &Content) -> bool {
    let value = matches!(content, Content::Formula(_) | Content::Table(_) | Content::Each(_));
    match kind {
        DeclKind::Param => matches!(content, Content::Formula(_)),
        DeclKind::Value
        | DeclKind::RecordValue { .. }
        | DeclKind::Indicator { .. }
        | DeclKind::Classify { .. }
        | DeclKind::Merge => value,
        DeclKind::RecordSet => matches!(content, Content::Source(_)),
        DeclKind::Dimension { .. } | DeclKind::Total => matches!(content, Content::Parts),
        DeclKind::Overlay { .. } => value || matches!(content, Content::Matrix(_)),
        DeclKind::Tag { .. } => value || matches!(content, Content::Condition(_)),
        DeclKind::Alert { .. } => matches!(content, Content::Condition(_)),
        DeclKind::Measure { .. } => matches!(content, Content::Table(_)),
        DeclKind::List => matches!(content, Content::List(_)),
    }
}
