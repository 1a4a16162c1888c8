//! Declarations that are worth something: header, versions, type.

use super::header;
use super::names::{self, Item};
use super::scope::{Elab, Elem, Frame, Local, Missing};
use super::table::{Want, Worth};
use super::unit::Unit as Package;
use super::{amend, bound, content, ty};
use crate::diag::{Code, Diagnostic, Words};
use crate::model::{
    Bounds, Content, Decl, DeclKind, Expr, Id, Let, MeasureColumn, Node, Ref, Ty, TyKind, Unit,
    Version,
};
use crate::span::Span;
use crate::syntax::ast::{self, AttrKind, LineKind};
use crate::value::Period;

/// What one version of a declaration came to.
pub(super) struct Made {
    /// Where its content is written.
    pub(super) span: Span,
    /// The version.
    pub(super) version: Version,
    /// Its type.
    pub(super) ty: Ty,
    /// May it be not applicable?
    pub(super) inapplicable: bool,
    /// 得 …
    pub(super) columns: Vec<MeasureColumn>,
}

/// Works an item out: the declaration, and whether it may be not applicable.
pub(super) fn elaborate(unit: &Package<'_>, item: &Item<'_>) -> (Decl, bool) {
    if item.total {
        return (total(unit, item), false);
    }
    if let Some(base) = item.inherited {
        return amend::apply(unit, item, base);
    }
    let mut made: Vec<Made> = Vec::new();
    for decl in &item.asts {
        header::belongs(unit, decl);
        if !decl.broken {
            made.extend(versions(unit, item, decl));
        }
    }
    let first = item.readable();
    let kind = first.map_or(DeclKind::RecordSet, |it| kind_of(unit, item, it, &made));
    let ty = type_of(unit, item, &made);
    let periods: Vec<Period> = made.iter().map(|it| it.version.period).collect();
    disjoint(unit, item, &periods);
    let whole = header::package_effective(unit);
    // When a part that could not be read is in force is not known.
    let unsure = made.is_empty() || item.asts.iter().any(|it| it.broken);
    let always = unsure || header::covers(&periods, whole);
    let inapplicable =
        !always || made.iter().any(|it| it.inapplicable || it.version.applies.is_some());
    let decl = Decl {
        id: item.id.clone(),
        name: item.name.clone(),
        title: first.and_then(|it| it.title.as_ref()).map(|it| it.text.clone()),
        kind,
        ty,
        versions: made.into_iter().map(|it| it.version).collect(),
    };
    (decl, inapplicable)
}

/// Two periods of one name may not share a day.
fn disjoint(unit: &Package<'_>, item: &Item<'_>, periods: &[Period]) {
    for (at, period) in periods.iter().enumerate() {
        if periods.iter().take(at).any(|it| it.overlaps(period)) {
            let place = item.asts.get(at).map_or(item.span, |it| it.name.span);
            let name = item.name.to_string();
            // Where none says when it is in force, two periods are not what was meant: it was copied.
            let copied = periods.iter().all(|it| *it == Period::ALWAYS);
            let (code, words) = if copied {
                (Code::E0203, Words::both("已经有了", "it is already there"))
            } else {
                (Code::E0609, Words::both("另一个时期", "the other period"))
            };
            unit.report(Diagnostic::new(code, place).arg("name", name).related(item.span, words));
            return;
        }
    }
}

fn type_of(unit: &Package<'_>, item: &Item<'_>, made: &[Made]) -> Ty {
    let mut out: Option<Ty> = None;
    for (at, it) in made.iter().enumerate() {
        out = match out {
            None => Some(it.ty.clone()),
            Some(before) => ty::join(&before, &it.ty).or_else(|| {
                let place = item.asts.get(at).map_or(item.span, |it| it.name.span);
                let (expected, found) =
                    (ty::words(unit, &before.kind), ty::words(unit, &it.ty.kind));
                unit.report(
                    Diagnostic::new(Code::E0301, place)
                        .arg("expected", expected)
                        .arg("found", found),
                );
                // Which of the two was meant is for the author to say.
                Some(Ty::present(TyKind::Unknown))
            }),
        };
    }
    out.unwrap_or(Ty::present(TyKind::Unknown))
}

/// The kind with what only that kind has.
fn kind_of(unit: &Package<'_>, item: &Item<'_>, decl: &ast::Decl, made: &[Made]) -> DeclKind {
    match decl.kind {
        ast::DeclKind::Param => DeclKind::Param,
        ast::DeclKind::Dimension => DeclKind::Dimension { within: whole_of(unit, decl) },
        ast::DeclKind::Indicator | ast::DeclKind::Fuse => DeclKind::Indicator {
            dimension: whole_of(unit, decl),
            fused: decl.kind == ast::DeclKind::Fuse,
            deduct: decl
                .lines
                .iter()
                .any(|it| matches!(it.kind, LineKind::Score { deduct: true, .. })),
        },
        ast::DeclKind::Classify => {
            DeclKind::Classify { grade: grade_of(unit, decl).unwrap_or_else(|| Ref::own("")) }
        }
        ast::DeclKind::Overlay => {
            DeclKind::Overlay { grade: grade_of(unit, decl).unwrap_or_else(|| Ref::own("")) }
        }
        ast::DeclKind::Merge => DeclKind::Merge,
        ast::DeclKind::Tag => DeclKind::Tag {
            class: decl.attrs.iter().find_map(|it| match &it.kind {
                AttrKind::Class(name) => Some(name.text.clone()),
                _ => None,
            }),
        },
        ast::DeclKind::Alert => alert(unit, decl),
        ast::DeclKind::Measure => DeclKind::Measure {
            columns: made.first().map(|it| it.columns.clone()).unwrap_or_default(),
        },
        ast::DeclKind::List => DeclKind::List,
        _ => match unit.record_table_of_item(item) {
            Some(table) => DeclKind::RecordValue { table },
            None if made
                .first()
                .is_some_and(|it| matches!(it.version.content, Content::Source(_))) =>
            {
                DeclKind::RecordSet
            }
            None => DeclKind::Value,
        },
    }
}

fn alert(unit: &Package<'_>, decl: &ast::Decl) -> DeclKind {
    let mut out = (None, None);
    for attr in &decl.attrs {
        let (AttrKind::Level(name) | AttrKind::Dispatch(name)) = &attr.kind else { continue };
        if unit.enums_with(&name.text).next().is_none() {
            let members = unit.enums().flat_map(|it| &it.members);
            let near = members.map(|it| it.name.to_string()).collect();
            unit.unknown(
                name,
                Words::both("枚举或者等级的项", "member of an enumeration or grade"),
                near,
            );
        }
        match &attr.kind {
            AttrKind::Level(_) => out.0 = Some(name.text.clone()),
            _ => out.1 = Some(name.text.clone()),
        }
    }
    DeclKind::Alert { level: out.0, dispatch: out.1 }
}

/// The dimension that something belongs to.
fn whole_of(unit: &Package<'_>, decl: &ast::Decl) -> Option<Ref> {
    let path = header::within(decl)?;
    let name = path.names.last()?;
    let found =
        unit.item(&name.text).filter(|it| unit.items.get(*it).is_some_and(names::is_dimension));
    match found.filter(|_| path.names.len() == 1) {
        Some(at) => {
            let whole = unit.items[at].id.clone();
            unit.note_read(&whole, &header::id_of(decl), path.span);
            Some(Ref::own(&whole))
        }
        None => {
            let near = unit
                .items
                .iter()
                .filter(|it| names::is_dimension(it))
                .map(|it| it.name.to_string())
                .collect();
            unit.unknown(name, Words::both("维度", "dimension"), near);
            None
        }
    }
}

/// The grade or enumeration behind 为.
pub(super) fn grade_of(unit: &Package<'_>, decl: &ast::Decl) -> Option<Ref> {
    let path = header::as_type(decl)?;
    let name = path.names.last()?;
    match unit.enum_called(&name.text) {
        Some((reference, _)) => Some(reference),
        None => {
            let near = unit.enum_names();
            unit.unknown(name, Words::both("等级", "grade"), near);
            None
        }
    }
}

/// The versions of one declaration: more than one for a parameter with dated values.
fn versions(unit: &Package<'_>, item: &Item<'_>, decl: &ast::Decl) -> Vec<Made> {
    let mut elab = Elab::new(unit, &item.id);
    if decl.kind == ast::DeclKind::Param {
        return params(&mut elab, decl);
    }
    let table = unit.record_table_of_item(item);
    match table {
        Some(table) => {
            let frame = Frame { elem: Elem::Record(table), called: None };
            vec![elab.bound(frame, |elab| version(elab, item, decl))]
        }
        None => vec![version(&mut elab, item, decl)],
    }
}

/// A parameter: its value, and from which dates it has others.
pub(super) fn params(elab: &mut Elab<'_, '_>, decl: &ast::Decl) -> Vec<Made> {
    let unit = elab.unit;
    let mut values: Vec<(Option<crate::value::Date>, &ast::Expr, Span)> = Vec::new();
    for line in &decl.lines {
        match &line.kind {
            LineKind::Def(ast::Def::Formula(it)) => values.insert(0, (None, it, line.span)),
            LineKind::Def(_) => {
                unit.report(
                    Diagnostic::new(Code::E0209, line.span).arg("part", unit.text(line.span)),
                );
            }
            LineKind::Dated { from, value } => {
                if values.last().is_some_and(|it| it.0.is_some_and(|it| it >= *from)) {
                    unit.report(
                        Diagnostic::new(Code::E0614, line.span).arg("date", from.to_string()),
                    );
                    // With it there would be two values at a time, which is not a second problem.
                    continue;
                }
                values.push((Some(*from), value, line.span));
            }
            _ => {}
        }
    }
    if values.is_empty() {
        header::lacks(unit, decl.name.span, ["它的值（= …）", "its value (= …)"]);
    }
    let whole = header::effective(&decl.lines);
    let mut out = Vec::new();
    for (at, (from, value, span)) in values.iter().enumerate() {
        let Some(value) = elab.constant(value, None) else { continue };
        let next = values.get(at + 1).and_then(|it| it.0).and_then(|it| it.add_days(-1));
        let period = Period { from: from.or(whole.from), until: next.or(whole.until) };
        let ty = value.ty.clone();
        let mut version = blank(elab, decl, period);
        version.content = Content::Formula(value);
        version.content_origin = unit.origin(*span);
        out.push(Made { span: *span, version, ty, inapplicable: false, columns: Vec::new() });
    }
    out
}

/// A version without content.
fn blank(elab: &Elab<'_, '_>, decl: &ast::Decl, period: Period) -> Version {
    let unit = elab.unit;
    let hole = Expr { ty: Ty::present(TyKind::Unknown), node: Node::Hole };
    Version {
        period,
        origin: unit.origin(decl.name.span),
        legal: header::legal(&decl.lines),
        applies: None,
        lets: Vec::new(),
        content: Content::Formula(hole),
        content_origin: unit.origin(decl.name.span),
        bounds: Bounds::default(),
        conditional: Vec::new(),
        accepted: Vec::new(),
        reason: None,
    }
}

fn version(elab: &mut Elab<'_, '_>, item: &Item<'_>, decl: &ast::Decl) -> Made {
    let mut version = blank(elab, decl, header::effective(&decl.lines));
    if let Some(line) = decl.lines.iter().find(|it| matches!(it.kind, LineKind::Applies(_)))
        && let LineKind::Applies(when) = &line.kind
    {
        let applies = elab.when(when, line.span);
        if applies.mode != crate::model::ConditionMode::Any {
            applies.parts.iter().for_each(|it| elab.learn(it, true));
        }
        version.applies = Some(applies);
    }
    lets(elab, decl, &mut version.lets);
    let mut made = Made {
        span: content::content_span(decl),
        version,
        ty: Ty::present(TyKind::Unknown),
        inapplicable: false,
        columns: Vec::new(),
    };
    content::content(elab, item, decl, decl.kind, &mut made);
    bound::bounds(elab, decl, &mut made);
    bound::accepted(elab, decl, &mut made.version);
    bound::reason(elab, decl, &mut made.version);
    made
}

/// 取, in order.
pub(super) fn lets(elab: &mut Elab<'_, '_>, decl: &ast::Decl, out: &mut Vec<Let>) {
    for line in &decl.lines {
        let LineKind::Let(name, def) = &line.kind else { continue };
        if elab.locals.iter().any(|it| it.0 == name.text) && !decl_is_amendment(decl) {
            elab.report(Diagnostic::new(Code::E0203, name.span).arg("name", name.text.clone()));
            continue;
        }
        if let ast::Def::Formula(expr) = def
            && elab.is_source(expr)
        {
            if !elab.frames.is_empty() {
                // It is put in where it is used, where the record would be counted differently.
                let words = Words::both(
                    "每条记录的值里的一组记录，请直接写在用到的地方",
                    "a set of records inside a value of each record; write it where it is used",
                );
                let problem = Diagnostic::new(Code::E0204, name.span);
                elab.report(problem.arg("name", name.text.clone()).arg("what", words));
            } else if let Some((source, elem, _)) = elab.own_source(expr) {
                elab.locals.push((name.text.clone(), Local::Set(source, elem)));
            }
            continue;
        }
        let worth = elab.def(def, &Want::Any, None, false);
        let hole = Expr { ty: Ty::present(TyKind::Unknown), node: Node::Hole };
        let worth = worth.unwrap_or(Worth {
            content: Content::Formula(hole.clone()),
            tys: vec![hole.ty],
            missing: None,
        });
        let ty = Ty { optional: worth.missing.is_some(), ..worth.ty() };
        let local =
            Let { name: Id::from(name.text.as_str()), ty: ty.clone(), content: worth.content };
        let before = out.iter().position(|it| it.name == local.name);
        let at = before.unwrap_or(out.len());
        let number = u32::try_from(at).unwrap_or(u32::MAX);
        elab.locals.push((name.text.clone(), Local::Value(number, ty, worth.missing)));
        match out.get_mut(at) {
            Some(it) => *it = local,
            None => out.push(local),
        }
    }
}

fn decl_is_amendment(decl: &ast::Decl) -> bool {
    decl.kind == ast::DeclKind::Amend
}

/// A dimension is as exact as its parts.
pub(super) fn dimension(unit: &Package<'_>, item: &Item<'_>, made: &mut Made) {
    made.version.content = Content::Parts;
    made.ty = Ty::number(Unit::Points, parts_places(unit, item));
}

/// The decimal places of the sum of what belongs to an item.
pub(super) fn parts_places(unit: &Package<'_>, item: &Item<'_>) -> u8 {
    let parts = unit.parts_of(item).into_iter();
    parts.filter_map(|at| unit.item_ty(at).as_number().map(|it| it.places)).max().unwrap_or(0)
}

/// 总分: the sum of the dimensions, weighted if they have weights.
fn total(unit: &Package<'_>, item: &Item<'_>) -> Decl {
    let mut places = 0;
    for (at, other) in unit.items.iter().enumerate() {
        if !names::is_dimension(other) || names::has_whole(other) {
            continue;
        }
        unit.note_read(&item.id, &other.id, other.span);
        let Some(decl) = unit.item_decl(at) else { continue };
        let own = decl.ty.as_number().map_or(0, |it| it.places);
        let weights = decl.versions.iter().filter_map(|it| it.bounds.weight.as_ref());
        let weight =
            weights.filter_map(|it| it.ty.as_number()).map(|it| it.places).max().unwrap_or(0);
        places = places.max(own.saturating_add(weight));
    }
    let elab = Elab::new(unit, &item.id);
    let origin = elab.unit.origin(item.span);
    let version = Version {
        period: Period::ALWAYS,
        origin: origin.clone(),
        legal: crate::model::Legal::default(),
        applies: None,
        lets: Vec::new(),
        content: Content::Parts,
        content_origin: origin,
        bounds: Bounds::default(),
        conditional: Vec::new(),
        accepted: Vec::new(),
        reason: None,
    };
    Decl {
        id: item.id.clone(),
        name: item.name.clone(),
        title: None,
        kind: DeclKind::Total,
        ty: Ty::number(Unit::Points, places),
        versions: vec![version],
    }
}

/// Why a value read from elsewhere may not be there.
pub(super) fn reading(ty: &Ty, inapplicable: bool, span: Span) -> (Ty, Option<Missing>) {
    let missing =
        (ty.optional || inapplicable).then_some(Missing { span, inapplicable: !ty.optional });
    (Ty { kind: ty.kind.clone(), optional: missing.is_some() }, missing)
}
