//! 保证 and 条款.

use super::scope::Elab;
use super::unit::Unit;
use super::{action, header};
use crate::diag::Words;
use crate::model::{Guarantee, Id, Node, PolicyClause, PolicyFate, Ref, RuleSet, TyKind};
use crate::syntax::ast::{self, LineKind, Promise, TextWord};

/// Reads all of them, and actions.
pub(super) fn all(unit: &Unit<'_>, set: &mut RuleSet) {
    set.actions = action::all(unit);
    for decl in unit.package.decls().filter(|it| !it.broken) {
        match decl.kind {
            ast::DeclKind::Guarantee => {
                header::belongs(unit, decl);
                set.guarantees.extend(guarantee(unit, decl));
            }
            ast::DeclKind::Clause => {
                header::belongs(unit, decl);
                set.clauses.extend(clause(unit, decl));
            }
            _ => {}
        }
    }
}

fn guarantee(unit: &Unit<'_>, decl: &ast::Decl) -> Option<Guarantee> {
    let promise = decl.lines.iter().find_map(|it| match &it.kind {
        LineKind::Promise(promise) => Some(promise),
        _ => None,
    })?;
    let mut elab = Elab::new(unit, &unit.package.id);
    Some(match promise {
        Promise::Records { adding, table, worsens, target } => {
            let Some(view) = unit.table(&table.text) else {
                let near = unit.table_names();
                unit.unknown(table, Words::both("记录表", "record table"), near);
                return None;
            };
            let table = view.reference;
            Guarantee::Records {
                adding: *adding,
                table,
                worsens: *worsens,
                target: grade(&mut elab, target)?,
            }
        }
        Promise::Reachable(target) => Guarantee::Reachable(grade(&mut elab, target)?),
        Promise::Implies(a, b) => {
            let a = elab.condition(a);
            let b = elab.knowing(|it| it.learn(&a, true), |it| it.condition(b));
            Guarantee::Implies(Box::new(a), Box::new(b))
        }
        Promise::Against { set, target, by } => {
            let name = set.names.first()?;
            let Some(import) = unit.import(&name.text).and_then(|it| unit.imports.get(it)) else {
                let near = unit.imports.iter().map(|it| it.set.id.to_string()).collect();
                unit.unknown(name, Words::both("规则集", "rule set"), near);
                return None;
            };
            let by_value = elab.constant(by, None)?;
            let steps =
                super::table::number_of(&by_value).and_then(crate::value::Decimal::to_whole);
            let Some(steps) = steps.and_then(|it| u16::try_from(it).ok()) else {
                elab.mismatch(
                    by.span,
                    Words::both("级数", "a number of grades"),
                    &by_value.ty.kind,
                );
                return None;
            };
            Guarantee::Against {
                package: import.name.clone(),
                target: grade(&mut elab, target)?,
                by: steps,
            }
        }
        Promise::Worsening { cause, worsens, target } => {
            let cause = grade(&mut elab, cause);
            let target = grade(&mut elab, target);
            Guarantee::Worsening { cause: cause?, worsens: *worsens, target: target? }
        }
    })
}

/// A declaration that is worth a grade.
fn grade(elab: &mut Elab<'_, '_>, path: &ast::Path) -> Option<Ref> {
    let value = elab.path(path, None);
    match (&value.expr.node, &value.expr.ty.kind) {
        (Node::Decl(it), TyKind::Member(_)) => Some(it.clone()),
        (_, TyKind::Unknown) => None,
        (_, kind) => {
            elab.mismatch(
                path.span,
                Words::both("分类或者叠加", "a classification or an overlay"),
                kind,
            );
            None
        }
    }
}

fn clause(unit: &Unit<'_>, decl: &ast::Decl) -> Option<PolicyClause> {
    let fate = decl.lines.iter().find_map(|it| match &it.kind {
        LineKind::Encoded(all) => {
            Some(PolicyFate::Encoded(all.iter().map(|it| encoded(unit, it)).collect()))
        }
        LineKind::Text(TextWord::Manual, text) => Some(PolicyFate::Manual(text.text.clone())),
        LineKind::Text(TextWord::OutOfScope, text) => {
            Some(PolicyFate::OutOfScope(text.text.clone()))
        }
        _ => None,
    });
    let Some(fate) = fate else {
        header::lacks(
            unit,
            decl.name.span,
            ["编入、人工或者不属此类", "encoded, manual or out of scope"],
        );
        return None;
    };
    Some(PolicyClause {
        number: Id::from(decl.name.text.as_str()),
        title: decl.title.as_ref().map(|it| it.text.clone()),
        legal: header::legal(&decl.lines),
        fate,
        origin: unit.origin(decl.name.span),
    })
}

/// The kind as written and the name of what encodes a clause; reports what does not exist.
fn encoded(unit: &Unit<'_>, (kind, path): &(Option<ast::DeclKind>, ast::Path)) -> (String, String) {
    let text = unit.text(path.span);
    let last = path.names.last();
    let known = last.is_some_and(|name| {
        let in_package = |decl: &&ast::Decl| {
            decl.name.text == name.text && kind.is_none_or(|it| it == decl.kind)
        };
        let used = path
            .names
            .first()
            .and_then(|it| unit.import(&it.text))
            .and_then(|it| unit.imports.get(it));
        unit.package.decls().any(|it| in_package(&it))
            || unit.item(&name.text).is_some()
            || unit.table(&name.text).is_some()
            || used.is_some_and(|it| it.set.decls.iter().any(|it| it.name.as_ref() == name.text))
    });
    if let (false, Some(name)) = (known, last) {
        let near = unit.package.decls().map(|it| it.name.text.clone()).collect();
        unit.unknown(name, Words::both("声明", "declaration"), near);
    }
    let word = kind.map_or(String::new(), |it| format!("{it:?}").to_lowercase());
    (word, text)
}
