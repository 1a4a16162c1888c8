//! 行动: what a household can do itself.
//!
//! An action may change only what can be done. Who a household is, when it was founded and when
//! something happened stay as they are, a happening that it brings about has the date on which it is
//! done, and so has a record that it adds: nobody becomes younger by an action.

use super::scope::{Elab, Elem, Frame};
use super::sight::TableView;
use super::unit::Unit;
use super::{header, ty};
use crate::diag::{Code, Diagnostic, Words};
use crate::model::{
    Action, Addition, Assigned, Assignment, Column, ConditionMode, Expr, Field, Id, Later, Node,
    Ref, Source, TyKind,
};
use crate::span::Span;
use crate::syntax::ast::{self, Filled, LineKind, TextWord};

/// Reads all actions of the package.
pub(super) fn all(unit: &Unit<'_>) -> Vec<Action> {
    let mut out: Vec<Action> = Vec::new();
    let own = unit.package.decls().filter(|it| it.kind == ast::DeclKind::Action && !it.broken);
    for decl in own {
        header::belongs(unit, decl);
        let Some(action) = action(unit, decl) else { continue };
        let twice = |it: &Action| it.id == action.id && it.period.overlaps(&action.period);
        if out.iter().any(twice) {
            let name = decl.name.text.clone();
            unit.report(Diagnostic::new(Code::E0203, decl.name.span).arg("name", name));
        }
        out.push(action);
    }
    out
}

fn action(unit: &Unit<'_>, decl: &ast::Decl) -> Option<Action> {
    let id = header::id_of(decl);
    let mut elab = Elab { acting: true, ..Elab::new(unit, &id) };
    let about = match header::about(decl) {
        None => None,
        Some((_, name)) if unit.is_subject(&name.text) => None,
        Some((_, name)) => Some(about(&mut elab, name)?),
    };
    let mut out = Action {
        id,
        name: Id::from(decl.name.text.as_str()),
        legal: header::legal(&decl.lines),
        period: header::effective(&decl.lines),
        about: None,
        when: None,
        channel: None,
        earliest: None,
        becomes: Vec::new(),
        adds: None,
        origin: unit.origin(decl.name.span),
    };
    match about {
        Some((source, elem)) => {
            out.about = Some(source);
            elab.bound(Frame { elem, called: None }, |elab| parts(elab, decl, &mut out));
        }
        None => parts(&mut elab, decl, &mut out),
    }
    let changes = |it: &ast::Line| matches!(it.kind, LineKind::Becomes(_) | LineKind::Adds { .. });
    if !decl.lines.iter().any(changes) {
        header::lacks(unit, decl.name.span, ["改为或者新增", "becomes or new"]);
    }
    Some(out)
}

/// The records or periods that an action is done for.
fn about(elab: &mut Elab<'_, '_>, name: &ast::Name) -> Option<(Source, Elem)> {
    let path = ast::Path { names: vec![name.clone()], span: name.span };
    let expr = ast::Expr { kind: ast::ExprKind::Path(path), span: name.span };
    let (source, elem, _) = elab.own_source(&expr)?;
    match elem {
        Elem::Record(_) | Elem::Calendar(_) => Some((source, elem)),
        Elem::Group { .. } | Elem::History => {
            let what = Words::both("一组既不是记录也不是年、季、月", "neither records nor periods");
            let problem = Diagnostic::new(Code::E0204, name.span);
            elab.report(problem.arg("name", name.text.clone()).arg("what", what));
            None
        }
    }
}

fn parts(elab: &mut Elab<'_, '_>, decl: &ast::Decl, out: &mut Action) {
    for line in &decl.lines {
        match &line.kind {
            LineKind::When(when) | LineKind::Applies(when) => {
                let when = elab.when(when, line.span);
                if when.mode != ConditionMode::Any {
                    when.parts.iter().for_each(|it| elab.learn(it, true));
                }
                out.when = Some(when);
            }
            LineKind::Text(TextWord::Channel, text) => out.channel = Some(text.text.clone()),
            LineKind::Earliest(expr) => {
                let date = elab.expr(expr, None);
                if !matches!(date.expr.ty.kind, TyKind::Date | TyKind::Unknown) {
                    elab.mismatch(expr.span, Words::both("日期", "a date"), &date.expr.ty.kind);
                    continue;
                }
                out.earliest = Some(elab.present(date));
            }
            LineKind::Becomes(filled) => out.becomes.extend(becomes(elab, filled)),
            LineKind::Adds { table, fields } => out.adds = adds(elab, table, fields),
            _ => {}
        }
    }
}

/// `改为 修复日期 = 基准日`
fn becomes(elab: &mut Elab<'_, '_>, filled: &Filled) -> Option<Assignment> {
    let name = &filled.field;
    let path = ast::Path { names: vec![name.clone()], span: name.span };
    let found = elab.path(&path, None);
    let field = match found.expr.node {
        Node::RecordField { column, .. } => Assigned::Column(column),
        Node::Field(it) => Assigned::Field(it),
        _ if found.is_unknown() => return None,
        _ => {
            let what = Words::both("不是字段", "not a field");
            let problem = Diagnostic::new(Code::E0204, name.span);
            elab.report(problem.arg("name", name.text.clone()).arg("what", what));
            return None;
        }
    };
    let fixed = match &field {
        Assigned::Column(column) => fixed_of_record(elab.unit, column),
        Assigned::Field(it) => fixed_of_household(elab.unit, it),
    };
    if let Some(what) = fixed {
        return refused(elab, name, what);
    }
    let later = match &field {
        Assigned::Column(column) => later(elab.unit, column),
        Assigned::Field(it) => {
            let view = elab.unit.household_field_of(it);
            happening(view.map(|it| it.field))
        }
    };
    let value = value(elab, &filled.value, &found.expr.ty.kind)?;
    on_the_day(elab, later, &value, filled.value.span);
    Some(Assignment { field, value })
}

/// `新增 年报：报告年度 = 年`
fn adds(elab: &mut Elab<'_, '_>, name: &ast::Name, fields: &[Filled]) -> Option<Addition> {
    let unit = elab.unit;
    let Some(view) = unit.table(&name.text) else {
        let near = unit.table_names();
        unit.unknown(name, Words::both("记录表", "record table"), near);
        return None;
    };
    let mut out = Addition { table: view.reference.clone(), fields: Vec::new() };
    let mut named: Vec<usize> = Vec::new();
    for filled in fields {
        let name = &filled.field;
        let is = |it: &Field| it.name.as_ref() == name.text || it.id.as_ref() == name.text;
        let Some(at) = view.table.fields.iter().position(is) else {
            let near = view.table.fields.iter().map(|it| it.name.to_string()).collect();
            unit.unknown(name, Words::both("字段", "field"), near);
            continue;
        };
        if named.contains(&at) {
            let part = name.text.clone();
            unit.report(Diagnostic::new(Code::E0211, name.span).arg("part", part));
        }
        named.push(at);
        let Some(field) = view.table.fields.get(at) else { continue };
        if view.table.order.first() == Some(&field.id) {
            let what = Words::both(
                "事件日期，就是办理的那一天",
                "the event date, which is the day of the action",
            );
            refused::<()>(elab, name, what);
            continue;
        }
        if field.derived.is_some() || unit.is_derived_record(&view, at) {
            refused::<()>(elab, name, derived());
            continue;
        }
        let kind = unit.record_field_ty(&view, at).kind;
        let Some(value) = value(elab, &filled.value, &kind) else { continue };
        on_the_day(elab, happening(Some(field)), &value, filled.value.span);
        let column = Column {
            table: view.reference.clone(),
            id: field.id.clone(),
            slot: crate::model::Slot::default(),
        };
        out.fields.push((column, value));
    }
    complete(unit, name, &view, &named);
    Some(out)
}

/// Reports the fields that a new record lacks.
fn complete(unit: &Unit<'_>, name: &ast::Name, view: &TableView<'_>, named: &[usize]) {
    for (at, field) in view.table.fields.iter().enumerate() {
        let comes_by_itself = field.ty.optional
            || field.default.is_some()
            || field.derived.is_some()
            || unit.is_derived_record(view, at)
            || view.table.order.first() == Some(&field.id);
        if !comes_by_itself && !named.contains(&at) {
            let (table, field) = (&view.table.name, &field.name);
            let part = Words::both(
                format!("新增的“{table}”的“{field}”"),
                format!("“{field}” of the new “{table}”"),
            );
            unit.report(Diagnostic::new(Code::E0210, name.span).arg("part", part));
        }
    }
}

/// A value for a field.
fn value(elab: &mut Elab<'_, '_>, expr: &ast::Expr, kind: &TyKind) -> Option<Expr> {
    let mut value = elab.expr(expr, Some(kind));
    ty::adapt(&mut value.expr, kind);
    if !ty::fits(&value.expr.ty.kind, kind) {
        elab.mismatch(expr.span, ty::words(elab.unit, kind), &value.expr.ty.kind);
        return None;
    }
    Some(elab.present(value))
}

fn refused<T>(elab: &Elab<'_, '_>, name: &ast::Name, what: Words) -> Option<T> {
    let problem = Diagnostic::new(Code::E0323, name.span);
    elab.report(problem.arg("name", name.text.clone()).arg("what", what));
    None
}

fn derived() -> Words {
    Words::both("由别的字段算出来的", "worked out from other fields")
}

/// Why a field of a record cannot be changed.
fn fixed_of_record(unit: &Unit<'_>, column: &Column) -> Option<Words> {
    let view = unit.table_of(&column.table)?;
    let at = view.table.fields.iter().position(|it| it.id == column.id)?;
    let field = view.table.fields.get(at)?;
    if field.key {
        return Some(Words::both("主键", "the key"));
    }
    if view.table.order.first() == Some(&field.id) {
        return Some(Words::both("事件日期", "the event date"));
    }
    if view.table.order.contains(&field.id) {
        return Some(Words::both("记录的排列次序", "part of the order of the records"));
    }
    (field.derived.is_some() || unit.is_derived_record(&view, at)).then(derived)
}

/// Why a field of the household cannot be changed.
fn fixed_of_household(unit: &Unit<'_>, reference: &Ref) -> Option<Words> {
    let view = unit.household_field_of(reference)?;
    if view.field.key {
        return Some(Words::both("主键", "the key"));
    }
    if unit.starting_dates().any(|it| *it == view.field.id) {
        return Some(Words::both("户的起始日期", "the date from which the household exists"));
    }
    let is_derived = view.field.derived.is_some() || view.own.is_some_and(|it| unit.is_derived(it));
    is_derived.then(derived)
}

/// The happening whose date a field of a record is.
fn later(unit: &Unit<'_>, column: &Column) -> Option<Id> {
    let view = unit.table_of(&column.table)?;
    happening(view.table.fields.iter().find(|it| it.id == column.id))
}

fn happening(field: Option<&Field>) -> Option<Id> {
    match &field?.later {
        Some(Later::Date(it)) => Some(it.clone()),
        Some(Later::With(_)) | None => None,
    }
}

/// A happening that an action brings about has the date on which the action is done.
fn on_the_day(elab: &Elab<'_, '_>, later: Option<Id>, value: &Expr, span: Span) {
    let Some(happening) = later else { return };
    if !matches!(value.node, Node::AsOf | Node::Hole) {
        let problem = Diagnostic::new(Code::E0324, span).arg("name", happening.to_string());
        elab.report(problem.fix(
            Words::both("改为“基准日”", "change it to “as_of”"),
            span,
            "基准日",
        ));
    }
}
