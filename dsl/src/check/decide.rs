//! 直接判定 and 校验.

use std::collections::BTreeMap;

use super::scope::{Elab, Elem, Frame};
use super::unit::Unit;
use super::{amend, bound, content, decl, header};
use crate::diag::{Code, Diagnostic, Words};
use crate::model::{
    Bounds, Check, CheckLevel, CheckScope, ConditionMode, Content, Decide, DecideEffect, DeclKind,
    Id, Node, Ref, TyKind, Version,
};
use crate::syntax::ast::{self, AttrKind, EffectKind, LineKind};
use crate::value::Value;

/// Inherited and own direct determinations.
pub(super) fn all(unit: &Unit<'_>) -> Vec<Decide> {
    let mut out: Vec<Decide> = Vec::new();
    for base in unit.base.iter().flat_map(|it| &it.decides) {
        if amend::is_disabled(unit, ast::DeclKind::Decide, &base.name) {
            continue;
        }
        let mut decide = base.clone();
        let about = unit.package.decls().filter(|it| {
            it.kind == ast::DeclKind::Amend
                && it.target == Some(ast::DeclKind::Decide)
                && (it.name.text == *base.name || it.name.text == *base.id)
        });
        for amendment in about {
            header::belongs(unit, amendment);
            amended(unit, amendment, &mut decide);
        }
        out.push(decide);
    }
    let mut named: BTreeMap<Id, usize> = BTreeMap::new();
    out.iter().enumerate().for_each(|(at, it)| {
        named.entry(it.name.clone()).or_insert(at);
    });
    for own in unit.package.decls().filter(|it| it.kind == ast::DeclKind::Decide && !it.broken) {
        header::belongs(unit, own);
        let Some((target, effect)) = effect_of(unit, own) else { continue };
        let version = version(unit, own);
        let name = Id::from(own.name.text.as_str());
        match named.get(&name).and_then(|it| out.get_mut(*it)) {
            Some(it) if it.versions.iter().any(|it| it.1.period.overlaps(&version.period)) => {
                unit.report(
                    Diagnostic::new(Code::E0203, own.name.span).arg("name", own.name.text.clone()),
                );
            }
            Some(it) => it.versions.push((effect, version)),
            None => {
                named.insert(name.clone(), out.len());
                out.push(Decide {
                    id: header::id_of(own),
                    name,
                    title: own.title.as_ref().map(|it| it.text.clone()),
                    target,
                    first: own.attrs.iter().any(|it| it.kind == AttrKind::First),
                    adds_up: own.attrs.iter().any(|it| it.kind == AttrKind::AddUp),
                    versions: vec![(effect, version)],
                });
            }
        }
    }
    out
}

fn effect_of(unit: &Unit<'_>, own: &ast::Decl) -> Option<(Ref, DecideEffect)> {
    let found = own.attrs.iter().find_map(|it| match &it.kind {
        AttrKind::Effect(effect) => Some(effect),
        _ => None,
    });
    let Some(effect) = found else {
        header::lacks(
            unit,
            own.name.span,
            ["判为什么（例如“信用风险 定为 D”）", "what it determines (such as “risk set D”)"],
        );
        return None;
    };
    let target = target_of(unit, &effect.target)?;
    Some((target.0, effect_on(unit, &own.name, effect, &target.1)?))
}

/// The classification, and its grade.
fn target_of(unit: &Unit<'_>, path: &ast::Path) -> Option<(Ref, Ref)> {
    let name = path.names.last()?;
    let found =
        unit.item(&name.text).filter(|_| path.names.len() == 1).and_then(|it| unit.item_decl(it));
    match found {
        Some(found) => match &found.kind {
            DeclKind::Classify { grade } => Some((Ref::own(&found.id), grade.clone())),
            _ => {
                let words = Words::both("不是分类", "not a classification");
                unit.report(
                    Diagnostic::new(Code::E0204, path.span)
                        .arg("name", name.text.clone())
                        .arg("what", words),
                );
                None
            }
        },
        None => {
            let near = unit.items.iter().map(|it| it.name.to_string()).collect();
            unit.unknown(
                name,
                Words::both("本规则集的分类", "classification of this rule set"),
                near,
            );
            None
        }
    }
}

fn effect_on(
    unit: &Unit<'_>,
    name: &ast::Name,
    effect: &ast::Effect,
    grade: &Ref,
) -> Option<DecideEffect> {
    let owner = crate::model::Id::from(name.text.as_str());
    let mut elab = Elab::new(unit, &owner);
    let kind = TyKind::Member(grade.clone());
    let member = |elab: &mut Elab<'_, '_>, path: &ast::Path| {
        let value = elab.path(path, Some(&kind));
        match (&value.expr.node, value.expr.ty.kind == kind) {
            (Node::Const(Value::Member(at)), true) => Some(*at),
            _ => {
                elab.mismatch(value.span, super::ty::words(unit, &kind), &value.expr.ty.kind);
                None
            }
        }
    };
    let steps = |elab: &mut Elab<'_, '_>, by: &ast::Expr| {
        let value = elab.constant(by, None)?;
        let number = decl_number(&value).filter(|it| *it > 0);
        if number.is_none() {
            elab.mismatch(
                by.span,
                Words::both("一级以上的级数", "a number of grades, one or more"),
                &value.ty.kind,
            );
        }
        number
    };
    Some(match &effect.kind {
        EffectKind::Set(to) => DecideEffect::Set(member(&mut elab, to)?),
        EffectKind::Raise { by, limit } => {
            let by = steps(&mut elab, by)?;
            let limit = match limit {
                Some(it) => Some(member(&mut elab, it)?),
                None => None,
            };
            DecideEffect::Raise { by, limit }
        }
        EffectKind::Lower { by, limit } => {
            let by = steps(&mut elab, by)?;
            let limit = match limit {
                Some(it) => Some(member(&mut elab, it)?),
                None => None,
            };
            DecideEffect::Lower { by, limit }
        }
    })
}

fn decl_number(value: &crate::model::Expr) -> Option<u16> {
    super::table::number_of(value)
        .and_then(crate::value::Decimal::to_whole)
        .and_then(|it| u16::try_from(it).ok())
}

fn version(unit: &Unit<'_>, own: &ast::Decl) -> Version {
    let mut elab = Elab::new(unit, &header::id_of(own));
    let hole =
        crate::model::Expr { ty: crate::model::Ty::present(TyKind::Unknown), node: Node::Hole };
    let mut version = Version {
        period: header::effective(&own.lines),
        origin: unit.origin(own.name.span),
        legal: header::legal(&own.lines),
        applies: None,
        lets: Vec::new(),
        content: Content::Formula(hole),
        content_origin: unit.origin(content::content_span(own)),
        bounds: Bounds::default(),
        conditional: Vec::new(),
        accepted: Vec::new(),
        reason: None,
    };
    conditions(&mut elab, own, &mut version);
    if !own.lines.iter().any(|it| matches!(it.kind, LineKind::When(_))) {
        header::lacks(unit, own.name.span, ["当 …", "when …"]);
    }
    version
}

/// 适用, 取, 当, 缘由, where written.
fn conditions(elab: &mut Elab<'_, '_>, own: &ast::Decl, version: &mut Version) {
    for line in &own.lines {
        if let LineKind::Applies(when) = &line.kind {
            let applies = elab.when(when, line.span);
            if applies.mode != ConditionMode::Any {
                applies.parts.iter().for_each(|it| elab.learn(it, true));
            }
            version.applies = Some(applies);
        }
    }
    decl::lets(elab, own, &mut version.lets);
    for line in &own.lines {
        if let LineKind::When(when) = &line.kind {
            version.content = Content::Condition(elab.when(when, line.span));
        }
    }
    bound::reason(elab, own, version);
}

fn amended(unit: &Unit<'_>, amendment: &ast::Decl, decide: &mut Decide) {
    let effect = amendment.lines.iter().find_map(|it| match &it.kind {
        LineKind::Effect(effect) => Some((effect, it.span)),
        _ => None,
    });
    let has_when = amendment.lines.iter().any(|it| matches!(it.kind, LineKind::When(_)));
    for (own, version) in &mut decide.versions {
        let mut elab = Elab::new(unit, &decide.id);
        conditions(&mut elab, amendment, version);
        if has_when {
            let span = content::content_span(amendment);
            version.content_origin = amend::origin(unit, amendment, span, None);
        }
        let Some((effect, span)) = effect else { continue };
        let Some((target, grade)) = target_of(unit, &effect.target) else { continue };
        if target != decide.target {
            unit.report(
                Diagnostic::new(Code::E0605, effect.span)
                    .arg("name", unit.text(effect.target.span))
                    .arg("base", decide.target.id.to_string()),
            );
            continue;
        }
        if let Some(it) = effect_on(unit, &amendment.name, effect, &grade) {
            *own = it;
            version.origin = amend::origin(unit, amendment, span, None);
        }
    }
}

/// Own data-quality rules.
pub(super) fn checks(unit: &Unit<'_>) -> Vec<Check> {
    let own = unit.package.decls().filter(|it| it.kind == ast::DeclKind::Check && !it.broken);
    let mut out: Vec<Check> = Vec::new();
    for decl in own {
        header::belongs(unit, decl);
        if out.iter().any(|it| it.name.as_ref() == decl.name.text) {
            unit.report(
                Diagnostic::new(Code::E0203, decl.name.span).arg("name", decl.name.text.clone()),
            );
        }
        out.extend(check(unit, decl));
    }
    out
}

fn check(unit: &Unit<'_>, decl: &ast::Decl) -> Option<Check> {
    let Some((whole, table)) = header::about(decl) else {
        header::lacks(unit, decl.name.span, ["对 …", "for …"]);
        return None;
    };
    let view = unit.table(&table.text).map(|it| it.reference);
    let scope = match view {
        Some(it) if whole => CheckScope::Table(it),
        Some(it) => CheckScope::Records(it),
        None if unit.is_subject(&table.text) && !whole => CheckScope::Household,
        None => {
            let near = unit.table_names();
            unit.unknown(table, Words::both("记录表或者主体", "record table or subject"), near);
            return None;
        }
    };
    let level = level_of(unit, decl);
    let mut elab = Elab::new(unit, &header::id_of(decl));
    let frame = match &scope {
        CheckScope::Records(it) => Some(Frame { elem: Elem::Record(it.clone()), called: None }),
        CheckScope::Table(_) => {
            elab.household = false;
            None
        }
        CheckScope::Household => None,
    };
    let parts = match frame {
        Some(frame) => elab.bound(frame, |elab| required(elab, decl)),
        None => required(&mut elab, decl),
    };
    let (applies, lets, require) = parts?;
    Some(Check {
        id: header::id_of(decl),
        name: decl.name.text.as_str().into(),
        title: decl.title.as_ref().map(|it| it.text.clone()),
        legal: header::legal(&decl.lines),
        scope,
        level,
        applies,
        lets,
        require,
        responsibility: header::responsibility(&decl.lines),
        origin: unit.origin(decl.name.span),
    })
}

/// 级别, the worst where none is written.
fn level_of(unit: &Unit<'_>, decl: &ast::Decl) -> CheckLevel {
    let level = decl.attrs.iter().find_map(|it| match &it.kind {
        AttrKind::Level(name) => Some(name),
        _ => None,
    });
    match level.map(|it| it.text.as_str()) {
        Some("错误" | "error") | None => CheckLevel::Error,
        Some("警告" | "warning") => CheckLevel::Warning,
        Some("提示" | "note") => CheckLevel::Note,
        Some(_) => {
            if let Some(name) = level {
                let near = ["错误", "警告", "提示", "error", "warning", "note"]
                    .map(str::to_owned)
                    .to_vec();
                unit.unknown(
                    name,
                    Words::both("级别（错误、警告、提示）", "level (error, warning, note)"),
                    near,
                );
            }
            CheckLevel::Error
        }
    }
}

type Required = (Option<crate::model::Condition>, Vec<crate::model::Let>, crate::model::Expr);

fn required(elab: &mut Elab<'_, '_>, decl: &ast::Decl) -> Option<Required> {
    let mut applies = None;
    for line in &decl.lines {
        if let LineKind::Applies(when) = &line.kind {
            let condition = elab.when(when, line.span);
            if condition.mode != ConditionMode::Any {
                condition.parts.iter().for_each(|it| elab.learn(it, true));
            }
            applies = Some(condition);
        }
    }
    let mut lets = Vec::new();
    decl::lets(elab, decl, &mut lets);
    let require = decl.lines.iter().find_map(|it| match &it.kind {
        LineKind::Require(expr) => Some(expr),
        _ => None,
    });
    let Some(require) = require else {
        header::lacks(elab.unit, decl.name.span, ["要求 …", "require …"]);
        return None;
    };
    let require = elab.condition(require);
    Some((applies, lets, require))
}
