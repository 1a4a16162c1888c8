//! 基于 with 修订 and 停用: what is written replaces the clause of the base, everything else stays.
//!
//! An inherited declaration is copied; its references to its own package now mean this one, so that
//! it reads what has been amended. A row that an amendment repeats word for word keeps its origin.

use super::decl::{self, Made};
use super::header;
use super::names::Item;
use super::scope::{Elab, Elem, Frame, Local, Missing};
use super::unit::Unit;
use super::{bound, content, row};
use crate::diag::{Code, Diagnostic, Words};
use crate::model::{
    Amendment, CodeTable, ConditionMode, Content, Decl, DeclKind, Disabled, Origin, Ref, Row,
    Table, Ty, TyKind, Version,
};
use crate::span::Span;
use crate::syntax::ast::{self, AttrKind, LineKind};

/// Is the amendment about that declaration?
pub(super) fn is_about(amendment: &ast::Decl, decl: &Decl) -> bool {
    amendment.target.is_some_and(|it| is_called(&amendment.name.text, it, decl))
}

/// Is that the declaration of that name and kind?
pub(super) fn is_called(name: &str, kind: ast::DeclKind, decl: &Decl) -> bool {
    (&*decl.name == name || &*decl.id == name) && is_kind(kind, &decl.kind)
}

fn is_kind(written: ast::DeclKind, kind: &DeclKind) -> bool {
    declared_as(kind) == Some(written)
}

/// The word with which something of that kind is declared; nobody declares 总分.
pub(super) fn declared_as(kind: &DeclKind) -> Option<ast::DeclKind> {
    use ast::DeclKind as K;
    Some(match kind {
        DeclKind::Param => K::Param,
        DeclKind::Value | DeclKind::RecordValue { .. } | DeclKind::RecordSet => K::Value,
        DeclKind::Dimension { .. } => K::Dimension,
        DeclKind::Indicator { fused: false, .. } => K::Indicator,
        DeclKind::Indicator { fused: true, .. } => K::Fuse,
        DeclKind::Total => return None,
        DeclKind::Classify { .. } => K::Classify,
        DeclKind::Overlay { .. } => K::Overlay,
        DeclKind::Merge => K::Merge,
        DeclKind::Tag { .. } => K::Tag,
        DeclKind::Alert { .. } => K::Alert,
        DeclKind::Measure { .. } => K::Measure,
        DeclKind::List => K::List,
    })
}

fn disables<'u>(unit: &'u Unit<'_>) -> impl Iterator<Item = &'u ast::Decl> {
    unit.package.decls().filter(|it| it.kind == ast::DeclKind::Disable)
}

/// Is something of that kind and name switched off?
pub(super) fn is_disabled(unit: &Unit<'_>, kind: ast::DeclKind, name: &str) -> bool {
    disables(unit).any(|it| it.target == Some(kind) && it.name.text == name)
}

/// What is switched off, with reasons.
pub(super) fn disabled(unit: &Unit<'_>) -> Vec<Disabled> {
    let inherited = unit.base.iter().flat_map(|it| it.disabled.iter().cloned());
    let own = disables(unit).map(|it| Disabled {
        kind: unit.text(it.span).split_whitespace().nth(1).unwrap_or_default().to_owned(),
        name: it.name.text.clone(),
        origin: origin(unit, it, it.span, None),
    });
    inherited.chain(own).collect()
}

/// The 基于 line.
pub(super) fn span(unit: &Unit<'_>) -> Span {
    let extends = unit.package.decls().find(|it| it.kind == ast::DeclKind::Extends);
    extends.map_or_else(|| unit.package.span(), |it| it.name.span)
}

pub(super) fn because(decl: &ast::Decl) -> Option<String> {
    decl.attrs.iter().find_map(|it| match &it.kind {
        AttrKind::Because(text) => Some(text.text.clone()),
        _ => None,
    })
}

/// Where something amended comes from.
pub(super) fn origin(
    unit: &Unit<'_>,
    decl: &ast::Decl,
    span: Span,
    replaced: Option<String>,
) -> Origin {
    let mut out = unit.origin(span);
    out.amendment = Some(Amendment {
        because: because(decl).unwrap_or_default(),
        basis: header::legal(&decl.lines).basis,
        replaced,
        replaced_package: unit.base.map_or_else(|| unit.package.id.clone(), |it| it.id.clone()),
    });
    out
}

/// An inherited declaration with its amendments, and whether it may be not applicable.
pub(super) fn apply(unit: &Unit<'_>, item: &Item<'_>, base: &Decl) -> (Decl, bool) {
    let mut out = base.clone();
    let mut inapplicable = unit.is_inapplicable_model(base);
    for amendment in &item.amendments {
        header::belongs(unit, amendment);
        inapplicable |= amend(unit, item, amendment, &mut out);
    }
    if let (DeclKind::Dimension { .. }, Some(number)) = (&out.kind, out.ty.as_number()) {
        let bounds = out
            .versions
            .iter()
            .flat_map(|it| [it.bounds.cap, it.bounds.floor, it.bounds.base])
            .flatten();
        let places = bounds.map(crate::value::Decimal::places).max().unwrap_or(0);
        let places = places.max(decl::parts_places(unit, item));
        out.ty = Ty::number(number.unit.clone(), places);
    }
    (out, inapplicable)
}

fn amend(unit: &Unit<'_>, item: &Item<'_>, amendment: &ast::Decl, out: &mut Decl) -> bool {
    let target = amendment.target.unwrap_or(amendment.kind);
    let mut elab = Elab::new(unit, &item.id);
    attrs(unit, amendment, out);
    if target == ast::DeclKind::Param {
        param(&mut elab, amendment, out);
        return false;
    }
    let mut inapplicable = false;
    let before = out.ty.clone();
    let written = content::content_span(amendment);
    let record = match &out.kind {
        DeclKind::RecordValue { table } => Some(table.clone()),
        _ => None,
    };
    let mut versions = std::mem::take(&mut out.versions);
    for version in &mut versions {
        let mut work = |elab: &mut Elab<'_, '_>| {
            let taken = std::mem::replace(version, empty(version));
            let mut made = Made {
                span: written,
                version: taken,
                ty: before.clone(),
                inapplicable: false,
                columns: Vec::new(),
            };
            clauses(elab, item, amendment, target, &out.kind, &mut made);
            *version = made.version;
            (made.ty, made.inapplicable, made.columns)
        };
        let (ty, missing, columns) = match &record {
            Some(table) => {
                elab.bound(Frame { elem: Elem::Record(table.clone()), called: None }, &mut work)
            }
            None => work(&mut elab),
        };
        elab.locals.clear();
        inapplicable |= missing;
        if std::mem::discriminant(&ty.kind) != std::mem::discriminant(&before.kind)
            && ty.kind != TyKind::Unknown
            && before.kind != TyKind::Unknown
        {
            let (old, new) =
                (super::ty::words(unit, &before.kind), super::ty::words(unit, &ty.kind));
            unit.report(Diagnostic::new(Code::E0607, written).arg("old", old).arg("new", new));
        }
        out.ty = super::ty::join(&out.ty, &ty).unwrap_or(ty);
        if let (DeclKind::Measure { columns: own }, false) = (&mut out.kind, columns.is_empty()) {
            *own = columns;
        }
    }
    out.versions = versions;
    inapplicable
}

/// A stand-in while a version is being worked on.
fn empty(version: &Version) -> Version {
    Version {
        lets: Vec::new(),
        content: Content::Parts,
        conditional: Vec::new(),
        ..version.clone()
    }
}

/// Parts of the header that are not about points.
fn attrs(unit: &Unit<'_>, amendment: &ast::Decl, out: &mut Decl) {
    if let Some(title) = &amendment.title {
        out.title = Some(title.text.clone());
    }
    for attr in &amendment.attrs {
        match (&attr.kind, &mut out.kind) {
            (AttrKind::Class(name), DeclKind::Tag { class }) => *class = Some(name.text.clone()),
            (AttrKind::Level(name), DeclKind::Alert { level, .. }) => {
                *level = Some(name.text.clone());
            }
            (AttrKind::Dispatch(name), DeclKind::Alert { dispatch, .. }) => {
                *dispatch = Some(name.text.clone());
            }
            (
                AttrKind::In(path),
                DeclKind::Indicator { dimension: within, .. } | DeclKind::Dimension { within },
            ) => {
                let found = path.names.last().and_then(|it| unit.item(&it.text));
                match found {
                    Some(at) => *within = Some(Ref::own(&unit.items[at].id)),
                    None => {
                        if let Some(name) = path.names.last() {
                            unit.unknown(name, Words::both("维度", "dimension"), Vec::new());
                        }
                    }
                }
            }
            _ => {}
        }
    }
}

fn param(elab: &mut Elab<'_, '_>, amendment: &ast::Decl, out: &mut Decl) {
    let unit = elab.unit;
    let replaced = out
        .versions
        .first()
        .and_then(|it| it.content_origin.place.as_ref())
        .map(|it| line_text(unit, it));
    let legal = out.versions.first().map(|it| it.legal.clone()).unwrap_or_default();
    let made = decl::params(elab, amendment);
    let mut versions = Vec::new();
    for it in made {
        if super::ty::join(&it.ty, &out.ty).is_none() {
            let (old, new) =
                (super::ty::words(unit, &out.ty.kind), super::ty::words(unit, &it.ty.kind));
            unit.report(Diagnostic::new(Code::E0607, it.span).arg("old", old).arg("new", new));
            return;
        }
        let mut version = it.version;
        let mut from = origin(unit, amendment, amendment.name.span, replaced.clone().flatten());
        from.place.clone_from(&version.content_origin.place);
        version.content_origin = from.clone();
        version.origin = from;
        version.legal = legal.clone();
        let places = it.ty.as_number().map(|it| it.places);
        if let (Some(places), crate::model::TyKind::Number(own)) = (places, &mut out.ty.kind) {
            own.places = own.places.max(places);
        }
        versions.push(version);
    }
    if !versions.is_empty() {
        out.versions = versions;
    }
}

/// The text of a line of a file that was read.
fn line_text(unit: &Unit<'_>, place: &crate::model::Place) -> Option<String> {
    let file = unit.sources.files().iter().find(|it| it.path == place.file)?;
    let line = file.text.lines().nth(usize::try_from(place.line).ok()?.checked_sub(1)?)?;
    Some(line.trim().to_owned())
}

/// Replaces what is written, clause by clause.
fn clauses(
    elab: &mut Elab<'_, '_>,
    item: &Item<'_>,
    amendment: &ast::Decl,
    target: ast::DeclKind,
    kind: &DeclKind,
    made: &mut Made,
) {
    known_locals(elab, &made.version);
    applies(elab, amendment, &mut made.version);
    decl::lets(elab, amendment, &mut made.version.lets);
    let span = content::content_span(amendment);
    let has_content = amendment
        .lines
        .iter()
        .any(|it| matches!(it.kind, LineKind::Score { .. } | LineKind::Def(_) | LineKind::When(_)));
    let old = made.version.content.clone();
    let old_text =
        made.version.content_origin.place.as_ref().and_then(|it| line_text(elab.unit, it));
    if has_content {
        match kind {
            DeclKind::Classify { grade } => content::classify_as(elab, amendment, grade, made),
            DeclKind::Overlay { grade } => content::overlay_as(elab, amendment, grade, made),
            _ => content::content(elab, item, amendment, target, made),
        }
        made.version.content_origin = origin(elab.unit, amendment, span, old_text.clone());
        mark_rows(elab.unit, amendment, &old, &mut made.version.content);
    }
    row::rows(elab, amendment, kind, made);
    list(elab, amendment, made, old_text);
    if amendment.lines.iter().any(|it| matches!(it.kind, LineKind::Bound { .. })) {
        made.version.conditional.clear();
    }
    let conditional = made.version.conditional.len();
    bound::bounds(elab, amendment, made);
    for it in made.version.conditional.iter_mut().skip(conditional) {
        it.origin.amendment = origin(elab.unit, amendment, span, None).amendment;
    }
    if amendment.lines.iter().any(|it| matches!(it.kind, LineKind::Accept { .. })) {
        made.version.accepted.clear();
        bound::accepted(elab, amendment, &mut made.version);
        for it in &mut made.version.accepted {
            it.origin.amendment = origin(elab.unit, amendment, span, None).amendment;
        }
    }
    if let Some(LineKind::Effective(period)) =
        amendment.lines.iter().map(|it| &it.kind).find(|it| matches!(it, LineKind::Effective(_)))
    {
        made.version.period = *period;
    }
    if amendment.lines.iter().any(|it| matches!(it.kind, LineKind::Text(ast::TextWord::Reason, _)))
    {
        bound::reason(elab, amendment, &mut made.version);
        if let Some(it) = &mut made.version.reason {
            it.origin.amendment = origin(elab.unit, amendment, span, None).amendment;
        }
    }
    if !amendment.attrs.iter().all(|it| matches!(it.kind, AttrKind::Because(_))) {
        let place = made.version.origin.place.as_ref().and_then(|it| line_text(elab.unit, it));
        made.version.origin = origin(elab.unit, amendment, amendment.name.span, place);
    }
}

/// The locals of the base are in sight of an amendment.
fn known_locals(elab: &mut Elab<'_, '_>, version: &Version) {
    for (number, it) in (0u32..).zip(&version.lets) {
        let missing =
            it.ty.optional.then_some(Missing { span: Span::default(), inapplicable: false });
        elab.locals.push((it.name.to_string(), Local::Value(number, it.ty.clone(), missing)));
    }
}

fn applies(elab: &mut Elab<'_, '_>, amendment: &ast::Decl, version: &mut Version) {
    for line in &amendment.lines {
        if let LineKind::Applies(when) = &line.kind {
            let mut condition = elab.when(when, line.span);
            condition.origin = origin(elab.unit, amendment, line.span, None);
            version.applies = Some(condition);
        }
    }
    if let Some(it) = version.applies.clone().filter(|it| it.mode != ConditionMode::Any) {
        it.parts.iter().for_each(|it| elab.learn(it, true));
    }
}

/// 入选 移出 名额, each by itself.
fn list(elab: &mut Elab<'_, '_>, amendment: &ast::Decl, made: &mut Made, old: Option<String>) {
    let Content::List(rule) = &mut made.version.content else { return };
    let mut changed = None;
    for line in &amendment.lines {
        match &line.kind {
            LineKind::Admit(when) => rule.admit = elab.when(when, line.span),
            LineKind::Remove(when) => rule.remove = Some(elab.when(when, line.span)),
            LineKind::Quota { top, keys } => rule.quota = elab.quota(top, keys),
            _ => continue,
        }
        changed = Some(line.span);
    }
    if let Some(span) = changed {
        made.version.content_origin = origin(elab.unit, amendment, span, old);
    }
}

/// Marks the rows that differ from those of the base as amended; the others keep their origin.
fn mark_rows(unit: &Unit<'_>, amendment: &ast::Decl, old: &Content, new: &mut Content) {
    if old == new {
        return;
    }
    let tables = |it: &Content| -> Vec<Row> {
        match it {
            Content::Table(it) => it.rows.clone(),
            Content::Each(it) => it
                .table
                .rows
                .iter()
                .chain(it.fade.iter().flat_map(|it| &it.rows))
                .cloned()
                .collect(),
            _ => Vec::new(),
        }
    };
    let before = tables(old);
    let mark = |table: &mut Table| {
        for row in &mut table.rows {
            match before.iter().find(|it| it.text == row.text) {
                Some(same) => row.origin = same.origin.clone(),
                None => {
                    row.origin.amendment = origin(unit, amendment, Span::default(), None).amendment;
                }
            }
        }
    };
    match new {
        Content::Table(it) => mark(it),
        Content::Each(it) => {
            mark(&mut it.table);
            it.fade.iter_mut().for_each(mark);
        }
        Content::Matrix(it) => {
            let old = match old {
                Content::Matrix(old) => Some(old),
                _ => None,
            };
            for (at, own) in it.origins.iter_mut().enumerate() {
                let same = old
                    .filter(|old| old.cells.get(at) == it.cells.get(at))
                    .and_then(|it| it.origins.get(at));
                match same {
                    Some(same) => *own = same.clone(),
                    None => {
                        own.amendment = origin(unit, amendment, Span::default(), None).amendment;
                    }
                }
            }
        }
        Content::Condition(it) => {
            it.origin.amendment = origin(unit, amendment, Span::default(), None).amendment;
        }
        _ => {}
    }
}

/// Code tables of the base that are amended: overlaid row by row, by key.
pub(super) fn codes(unit: &Unit<'_>) -> Vec<CodeTable> {
    let mut out = Vec::new();
    for amendment in unit.package.decls() {
        if amendment.kind != ast::DeclKind::Amend || amendment.target != Some(ast::DeclKind::Codes)
        {
            continue;
        }
        let Some(found) = unit.codes_called(&amendment.name.text) else { continue };
        header::belongs(unit, amendment);
        let mut table = found.table.clone();
        if let Some(import) = found.import.and_then(|it| unit.imports.get(it)) {
            // The members of its columns are declared where the table was.
            for column in &mut table.columns {
                column.ty = unit.ty_from(import, &column.ty);
            }
        }
        for line in &amendment.lines {
            if let LineKind::File(file) = &line.kind {
                let from = origin(unit, amendment, line.span, None);
                super::codes::overlay(unit, file, &mut table, &from);
            }
            if let LineKind::Row(edit) = &line.kind {
                row::in_codes(unit, amendment, edit, &mut table);
            }
        }
        out.push(table);
    }
    out
}
