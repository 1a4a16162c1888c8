//! After all amendments: did each find what it amends, and does what reads it still fit?

use std::collections::BTreeMap;

use super::amend::{because, is_about, is_disabled, span};
use super::unit::Unit;
use crate::diag::{Code, Diagnostic, Words};
use crate::model::walk::{self, Visitor};
use crate::model::{Decl, Expr, Node, Ref, RuleSet};
use crate::syntax::ast::{self};

/// Reports amendments that amend nothing, and inherits what has no name to be read by.
pub(super) fn finish(unit: &Unit<'_>, set: &mut RuleSet) {
    for decl in unit.package.decls() {
        if !matches!(decl.kind, ast::DeclKind::Amend | ast::DeclKind::Disable) {
            continue;
        }
        let lacks_reason = because(decl).is_none_or(|it| it.is_empty());
        if lacks_reason && !unit.package.in_place {
            unit.report(Diagnostic::new(Code::E0608, decl.name.span));
        }
        match unit.base {
            None if unit.package.uses.iter().any(|it| it.extends) => {}
            None => unit.report(Diagnostic::new(Code::E0606, decl.name.span)),
            Some(base) if !exists(unit, base, decl) && !unit.base_may_have(&decl.name.text) => {
                let names: Vec<String> = base
                    .decls
                    .iter()
                    .map(|it| it.name.to_string())
                    .chain(base.decides.iter().map(|it| it.name.to_string()))
                    .collect();
                let mut problem = Diagnostic::new(Code::E0605, decl.name.span)
                    .arg("name", decl.name.text.clone())
                    .arg("base", base.id.to_string());
                if let Some(near) =
                    crate::near::nearest(&decl.name.text, names.iter().map(String::as_str))
                {
                    let title =
                        Words::both(format!("改为“{near}”"), format!("change it to “{near}”"));
                    problem = problem.fix(title, decl.name.span, near);
                }
                unit.report(problem);
            }
            Some(_) => {}
        }
    }
    if let Some(base) = unit.base {
        let actions =
            base.actions.iter().filter(|it| !is_disabled(unit, ast::DeclKind::Action, &it.name));
        set.actions.splice(0..0, actions.cloned());
        exact_enough(unit, set);
    }
}

fn exists(unit: &Unit<'_>, base: &RuleSet, decl: &ast::Decl) -> bool {
    use ast::DeclKind as K;
    let name = decl.name.text.as_str();
    let is = |id: &str, other: &str| id == name || other == name;
    match decl.target {
        Some(K::Decide) => base.decides.iter().any(|it| is(&it.id, &it.name)),
        Some(K::Check) => base.checks.iter().any(|it| is(&it.id, &it.name)),
        Some(K::Action) => base.actions.iter().any(|it| is(&it.id, &it.name)),
        Some(K::Codes) => {
            let seen = std::iter::once(base).chain(unit.imports.iter().map(|it| it.set));
            seen.flat_map(|it| &it.codes).any(|it| is(&it.id, &it.name))
        }
        _ => base.decls.iter().any(|it| is_about(decl, it)),
    }
}

/// A base expression may not read an amended value with more places than it was written for.
fn exact_enough(unit: &Unit<'_>, set: &RuleSet) {
    struct Reads<'u, 'a> {
        unit: &'u Unit<'a>,
        decls: &'u BTreeMap<&'u str, &'u Decl>,
        from: String,
    }
    impl Visitor for Reads<'_, '_> {
        fn reference(&mut self, _: walk::RefKind, _: &Ref, _: bool) {}
        fn expr(&mut self, expr: &Expr) {
            let Node::Decl(it) = &expr.node else { return };
            let own = it.package.is_none().then(|| self.decls.get(it.id.as_ref())).flatten();
            let Some(decl) = own else { return };
            let (Some(now), Some(then)) = (decl.ty.as_number(), expr.ty.as_number()) else {
                return;
            };
            if now.places > then.places {
                let amended = self
                    .unit
                    .package
                    .decls()
                    .find(|it| it.kind == ast::DeclKind::Amend && is_about(it, decl));
                let place = amended.map_or_else(|| span(self.unit), |it| it.name.span);
                self.unit.report(
                    Diagnostic::new(Code::E0618, place)
                        .arg("name", decl.name.to_string())
                        .arg("reader", self.from.clone())
                        .arg("old", then.places.to_string())
                        .arg("new", now.places.to_string()),
                );
            }
        }
    }
    let decls = set.decls.iter().map(|it| (it.id.as_ref(), it)).collect();
    for decl in &set.decls {
        let mut reads = Reads { unit, decls: &decls, from: decl.name.to_string() };
        walk::decl(decl, &mut reads);
    }
}
