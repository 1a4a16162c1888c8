//! 行动, 保证 and 条款: what no evaluation of a household reads.

use super::scope::Elab;
use super::unit::Unit;
use super::{action, clause, header};
use crate::diag::{Code, Diagnostic, Words};
use crate::model::{Decide, Guarantee, Node, Ref, RuleSet, TyKind};
use crate::syntax::ast::{self, LineKind, Promise};

/// Reads all of them.
pub(super) fn all(unit: &Unit<'_>, set: &mut RuleSet) {
    set.actions = action::all(unit);
    clause::all(unit, set);
    for decl in unit.package.decls().filter(|it| !it.broken) {
        if decl.kind == ast::DeclKind::Guarantee {
            header::belongs(unit, decl);
            let promise = guarantee((unit, set), decl);
            set.guarantees.extend(promise);
        }
    }
}

fn guarantee((unit, set): (&Unit<'_>, &RuleSet), decl: &ast::Decl) -> Option<Guarantee> {
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
        Promise::Apart { first, second } => {
            let (one, other) = (decide(unit, set, first), decide(unit, set, second));
            return apart(unit, (one?, other?), second);
        }
    })
}

/// Two different 直接判定 of one 分类.
fn apart(unit: &Unit<'_>, (a, b): (&Decide, &Decide), at: &ast::Name) -> Option<Guarantee> {
    let what = if a.id == b.id {
        let name = &a.name;
        Some(Words::both(format!("两次都是“{name}”"), format!("it is “{name}” both times")))
    } else if a.target != b.target {
        let [(one, of_one), (other, of_other)] = [a, b].map(|it| (&it.name, &it.target.id));
        Some(Words::both(
            format!("“{one}”判定“{of_one}”，“{other}”判定“{of_other}”"),
            format!("“{one}” determines “{of_one}”, “{other}” determines “{of_other}”"),
        ))
    } else {
        None
    };
    if let Some(what) = what {
        unit.report(Diagnostic::new(Code::E0327, at.span).arg("what", what));
        return None;
    }
    Some(Guarantee::Apart { target: a.target.clone(), first: a.id.clone(), second: b.id.clone() })
}

/// A 直接判定 of this set by its name or alias.
fn decide<'s>(unit: &Unit<'_>, set: &'s RuleSet, name: &ast::Name) -> Option<&'s Decide> {
    let is = |it: &&Decide| it.name.as_ref() == name.text || it.id.as_ref() == name.text;
    let found = set.decides.iter().find(is);
    if found.is_none() {
        let near = set.decides.iter().map(|it| it.name.to_string()).collect();
        unit.unknown(name, Words::both("直接判定", "direct determination"), near);
    }
    found
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
