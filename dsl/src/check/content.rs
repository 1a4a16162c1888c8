//! What a declaration is worth: the content of each kind.

use super::decl::{Made, dimension, grade_of};
use super::header;
use super::names::Item;
use super::scope::Elab;
use super::table::{Want, Worth};
use super::ty;
use crate::diag::{Code, Diagnostic, Words};
use crate::model::{Content, Id, ListRule, MeasureColumn, Quota, Ref, Ty, TyKind, Unit};
use crate::span::Span;
use crate::syntax::ast::{self, LineKind};

/// What the declaration is worth.
pub(super) fn content(
    elab: &mut Elab<'_, '_>,
    item: &Item<'_>,
    decl: &ast::Decl,
    kind: ast::DeclKind,
    made: &mut Made,
) {
    let span = content_span(decl);
    made.version.content_origin = elab.unit.origin(span);
    match kind {
        ast::DeclKind::Dimension => dimension(elab.unit, item, made),
        ast::DeclKind::Indicator | ast::DeclKind::Fuse => score(elab, decl, made),
        ast::DeclKind::Classify => classify(elab, decl, made),
        ast::DeclKind::Overlay => overlay(elab, decl, made),
        ast::DeclKind::Tag | ast::DeclKind::Alert => tag(elab, decl, made),
        ast::DeclKind::Measure => measure(elab, decl, made),
        ast::DeclKind::List => list(elab, decl, made),
        ast::DeclKind::Merge => {
            if let Some(def) = def_of(elab, decl) {
                let worth = elab.def(def, &Want::Any, None, true);
                take(worth, made);
            }
        }
        _ => value(elab, item, decl, made),
    }
}

/// Where the content stands.
pub(super) fn content_span(decl: &ast::Decl) -> Span {
    let line = decl.lines.iter().find(|it| {
        matches!(
            it.kind,
            LineKind::Score { .. } | LineKind::Def(_) | LineKind::When(_) | LineKind::Admit(_)
        )
    });
    line.map_or(decl.name.span, |it| it.span)
}

fn def_of<'d>(elab: &Elab<'_, '_>, decl: &'d ast::Decl) -> Option<&'d ast::Def> {
    let def = decl.lines.iter().find_map(|it| match &it.kind {
        LineKind::Def(def) => Some(def),
        _ => None,
    });
    if def.is_none() {
        header::lacks(
            elab.unit,
            decl.name.span,
            ["它的内容（= … 或者 按 …）", "its content (= … or by …)"],
        );
    }
    def
}

/// Puts what was worked out in, with the type that follows.
fn take(worth: Option<Worth>, made: &mut Made) {
    let Some(worth) = worth else { return };
    let really = worth.missing.is_some_and(|it| !it.inapplicable);
    made.ty = Ty { optional: really, ..worth.ty() };
    made.inapplicable |= worth.missing.is_some_and(|it| it.inapplicable);
    made.version.content = worth.content;
}

fn value(elab: &mut Elab<'_, '_>, item: &Item<'_>, decl: &ast::Decl, made: &mut Made) {
    let Some(def) = def_of(elab, decl) else { return };
    if let ast::Def::Formula(expr) = def
        && elab.is_source(expr)
    {
        if let Some((source, elem, _)) = elab.own_source(expr) {
            elab.unit.keep_set_elem(item, elem);
            made.version.content = Content::Source(source);
            made.ty = Ty::bool();
        }
        return;
    }
    let want = match header::as_type(decl) {
        None => Want::Any,
        Some(_) => match grade_of(elab.unit, decl) {
            Some(it) => Want::grade(&it),
            None => return,
        },
    };
    let worth = elab.def(def, &want, None, true);
    take(worth, made);
}

fn score(elab: &mut Elab<'_, '_>, decl: &ast::Decl, made: &mut Made) {
    let score = decl.lines.iter().find_map(|it| match &it.kind {
        LineKind::Score { def, .. } => Some(def),
        _ => None,
    });
    let fade = decl.lines.iter().find_map(|it| match &it.kind {
        LineKind::Fade(def) => Some((def, it.span)),
        _ => None,
    });
    let Some(score) = score else {
        // A table that only lacks its word has been reported, where it stands.
        let table = decl.lines.iter().any(|it| matches!(it.kind, LineKind::Def(_)));
        if decl.kind != ast::DeclKind::Amend && !table {
            header::lacks(elab.unit, decl.name.span, ["评分", "score"]);
        }
        return;
    };
    if let (Some((_, span)), false) =
        (fade, matches!(score, ast::Def::Table(it) if it.each.is_some()))
    {
        elab.report(Diagnostic::new(Code::E0209, span).arg("part", elab.unit.text(span)));
    }
    let worth = elab.def(score, &Want::Points, fade.map(|it| it.0), false);
    shares(elab, score);
    take(worth, made);
    if let TyKind::Number(it) = &mut made.ty.kind {
        it.unit = Unit::Points;
    }
}

/// Refuses `60%` where points are written down: a share of something is written with what it is a share of.
fn shares(elab: &Elab<'_, '_>, score: &ast::Def) {
    let ast::Def::Table(table) = score else { return };
    for it in table.rows.iter().flat_map(|it| &it.results) {
        if let ast::RowResult::Expr(it) = it
            && let ast::ExprKind::Number(quantity) = &it.kind
            && quantity.unit == Some(ast::UnitWord::Ratio)
        {
            elab.units_differ(it.span, &Unit::Points, &Unit::Ratio);
        }
    }
}

fn classify(elab: &mut Elab<'_, '_>, decl: &ast::Decl, made: &mut Made) {
    if header::as_type(decl).is_none() {
        header::lacks(elab.unit, decl.name.span, ["为 等级", "as a grade"]);
        return;
    }
    let Some(grade) = grade_of(elab.unit, decl) else { return };
    classify_as(elab, decl, &grade, made);
}

/// Cut-offs of a classification whose grade is known.
pub(super) fn classify_as(elab: &mut Elab<'_, '_>, decl: &ast::Decl, grade: &Ref, made: &mut Made) {
    made.ty = Ty::present(TyKind::Member(grade.clone()));
    let Some(def) = def_of(elab, decl) else { return };
    let worth = elab.def(def, &Want::grade(grade), None, true);
    take(worth, made);
    made.ty.kind = TyKind::Member(grade.clone());
}

fn overlay(elab: &mut Elab<'_, '_>, decl: &ast::Decl, made: &mut Made) {
    if header::as_type(decl).is_none() {
        header::lacks(elab.unit, decl.name.span, ["为 等级", "as a grade"]);
        return;
    }
    let Some(grade) = grade_of(elab.unit, decl) else { return };
    overlay_as(elab, decl, &grade, made);
}

/// A matrix, or rules, over grades; the resulting grade is known.
pub(super) fn overlay_as(elab: &mut Elab<'_, '_>, decl: &ast::Decl, grade: &Ref, made: &mut Made) {
    made.ty = Ty::present(TyKind::Member(grade.clone()));
    match def_of(elab, decl) {
        Some(ast::Def::Matrix(matrix)) => {
            if let Some((matrix, nothing)) = elab.matrix(matrix, grade) {
                made.inapplicable |= nothing;
                made.version.content = Content::Matrix(matrix);
            }
        }
        Some(def) => {
            let worth = elab.def(def, &Want::grade(grade), None, true);
            take(worth, made);
            made.ty.kind = TyKind::Member(grade.clone());
        }
        None => {}
    }
}

fn tag(elab: &mut Elab<'_, '_>, decl: &ast::Decl, made: &mut Made) {
    let when = decl.lines.iter().find_map(|it| match &it.kind {
        LineKind::When(when) => Some((when, it.span)),
        _ => None,
    });
    match when {
        Some((when, span)) => {
            made.version.content = Content::Condition(elab.when(when, span));
            made.ty = Ty::bool();
        }
        None if decl.kind == ast::DeclKind::Alert => {
            header::lacks(elab.unit, decl.name.span, ["当 …", "when …"]);
        }
        None => {
            if let Some(def) = def_of(elab, decl) {
                let worth = elab.def(def, &Want::Any, None, true);
                take(worth, made);
            }
        }
    }
}

fn measure(elab: &mut Elab<'_, '_>, decl: &ast::Decl, made: &mut Made) {
    made.ty = Ty::bool();
    let Some(def) = def_of(elab, decl) else { return };
    let ast::Def::Table(table) = def else {
        header::lacks(elab.unit, decl.name.span, ["按 … 得 …", "by … giving …"]);
        return;
    };
    if table.results.is_empty() {
        header::lacks(elab.unit, table.span, ["得 …", "giving …"]);
        return;
    }
    let Some(worth) = elab.def(def, &Want::Any, None, true) else { return };
    let columns = table.results.iter().zip(&worth.tys);
    made.columns = columns
        .map(|(name, ty)| MeasureColumn { name: Id::from(name.text.as_str()), ty: ty.clone() })
        .collect();
    made.version.content = worth.content;
}

fn list(elab: &mut Elab<'_, '_>, decl: &ast::Decl, made: &mut Made) {
    made.ty = Ty::bool();
    let mut admit = None;
    let mut remove = None;
    let mut quota = None;
    for line in &decl.lines {
        match &line.kind {
            LineKind::Admit(when) => admit = Some(elab.when(when, line.span)),
            LineKind::Remove(when) => remove = Some(elab.when(when, line.span)),
            LineKind::Quota { top, keys } => quota = elab.quota(top, keys),
            _ => {}
        }
    }
    match admit {
        Some(admit) => made.version.content = Content::List(ListRule { admit, remove, quota }),
        None => header::lacks(elab.unit, decl.name.span, ["入选 当 …", "admit when …"]),
    }
}

impl Elab<'_, '_> {
    /// `名额 前 5% 按 总分 从低到高`
    pub(super) fn quota(&mut self, top: &ast::Expr, keys: &[ast::OrderKey]) -> Option<Quota> {
        let top_span = top.span;
        let top = self.constant(top, None);
        let mut out = Vec::new();
        for key in keys {
            let value = self.expr(&key.expr, None);
            if !self.is_ordered(&value.expr.ty.kind) {
                let found = ty::words(self.unit, &value.expr.ty.kind);
                self.report(Diagnostic::new(Code::E0310, value.span).arg("found", found));
                return None;
            }
            out.push((value.expr, key.descending));
        }
        let top = top?;
        match top.ty.as_number().map(|it| &it.unit) {
            Some(Unit::Ratio | Unit::Plain | Unit::Count(_)) => {}
            _ => {
                let wanted = Words::both("比率或者户数", "a ratio or a number of households");
                self.mismatch(top_span, wanted, &top.ty.kind);
                return None;
            }
        }
        Some(Quota { top, keys: out, site: crate::model::Slot::default() })
    }
}
