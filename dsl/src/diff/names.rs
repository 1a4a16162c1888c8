//! Which names a part of a rule set speaks of, and which it brings: what one change needs of another.

use std::collections::BTreeSet;

use super::change::{Name, Part};
use crate::model::walk::{self, ColumnKind, RefKind, Visitor};
use crate::model::{
    Column, Content, DecideEffect, Decl, DeclKind, Expr, Field, Id, Node, Ref, Template,
    TemplatePart, Ty, TyKind, Version,
};
use crate::value::Value;

/// A name with the package in which it is looked for; absent for the own one.
pub(super) type Mention = (Option<Id>, Name);

/// Collects mentions.
#[derive(Default)]
pub(super) struct Mentions(pub(super) BTreeSet<Mention>);

impl Mentions {
    fn add(&mut self, at: &Ref, name: Name) {
        // A pinned version is never the one that changes.
        self.0.insert((at.package.clone(), name));
    }

    fn member(&mut self, of: &Ref, at: u16) {
        self.add(of, Name::Member(of.id.clone(), at));
    }

    fn value(&mut self, value: &Value, ty: &Ty) {
        if let (Value::Member(at), TyKind::Member(of)) = (value, &ty.kind) {
            self.member(of, *at);
        }
    }

    fn ty(&mut self, ty: &Ty) {
        match &ty.kind {
            TyKind::Member(it) => self.reference(RefKind::Enum, it, false),
            TyKind::Code(it) => self.reference(RefKind::Codes, it, false),
            _ => {}
        }
    }

    fn field(&mut self, it: &Field) {
        self.ty(&it.ty);
        if let Some(value) = &it.default {
            self.value(value, &it.ty);
        }
        if let Some(it) = &it.derived {
            walk::expr(it, self);
        }
    }

    fn version(&mut self, it: &Version) {
        walk::version(it, self);
        self.matrix(&it.content);
    }

    fn matrix(&mut self, it: &Content) {
        if let Content::Matrix(it) = it {
            for at in it.cells.iter().flatten().flatten() {
                // The grade of the result is that of the declaration, whose members are those of its rows
                // in every set that we know of; naming one more needs nothing that is not there.
                self.member(&it.row_grade, *at);
            }
        }
    }

    fn decl(&mut self, it: &Decl) {
        walk::decl(it, self);
        match &it.kind {
            DeclKind::Dimension { within: Some(whole) }
            | DeclKind::Indicator { dimension: Some(whole), .. } => {
                self.reference(RefKind::Decl, whole, false);
            }
            _ => {}
        }
        it.versions.iter().for_each(|it| self.matrix(&it.content));
    }

    fn effect(&mut self, it: &DecideEffect, target: &Ref) {
        // The grade is that of the target; the number alone says which member.
        let (DecideEffect::Set(_) | DecideEffect::Raise { .. } | DecideEffect::Lower { .. }) = it;
        self.reference(RefKind::Decl, target, false);
    }

    fn template(&mut self, it: &Template) {
        for it in &it.parts {
            if let TemplatePart::Value(it) = it {
                walk::expr(it, self);
            }
        }
    }
}

impl Visitor for Mentions {
    fn reference(&mut self, kind: RefKind, it: &Ref, _: bool) {
        let id = it.id.clone();
        self.add(
            it,
            match kind {
                RefKind::Decl => Name::Decl(id),
                RefKind::Field => Name::Field(id),
                RefKind::Table => Name::Table(id),
                RefKind::Enum => Name::Enum(id),
                RefKind::Codes => Name::Codes(id),
            },
        );
    }

    fn past(&mut self, it: &Ref) {
        self.reference(RefKind::Decl, it, false);
    }

    fn column(&mut self, _: ColumnKind, it: &Column) {
        self.add(&it.table, Name::Column(it.table.id.clone(), it.id.clone()));
    }

    fn expr(&mut self, it: &Expr) {
        if let Node::Const(value) = &it.node {
            self.value(value, &it.ty);
        }
    }
}

/// What a part speaks of.
pub(super) fn mentioned(part: &Part) -> BTreeSet<Mention> {
    let mut out = Mentions::default();
    match part {
        Part::Expr(it) | Part::Edge { value: it, .. } => walk::expr(it, &mut out),
        Part::Condition(it) => walk::condition(it, &mut out),
        Part::Row(it, _) => {
            walk::row_key(&it.key, &mut out);
            it.results.iter().flatten().for_each(|it| walk::expr(it, &mut out));
        }
        Part::Rows(all) => {
            for it in all {
                walk::row_key(&it.key, &mut out);
                it.results.iter().flatten().for_each(|it| walk::expr(it, &mut out));
            }
        }
        Part::Table(it) => walk::content(&Content::Table(it.as_ref().clone()), &mut out),
        Part::Source(it) => walk::source(it, &mut out),
        Part::Content(it) => {
            walk::content(it, &mut out);
            out.matrix(it);
        }
        Part::Local(it) => {
            out.ty(&it.ty);
            walk::content(&it.content, &mut out);
        }
        Part::Version(it) => out.version(it),
        Part::Template(it) => out.template(it),
        Part::Bound(it) => {
            walk::expr(&it.value, &mut out);
            walk::expr(&it.when, &mut out);
        }
        Part::Grade(Some(at), of) => out.member(of, *at),
        Part::Effect(it, target) => out.effect(it, target),
        Part::Type(it) => out.ty(it),
        Part::Reference(Some(it)) => out.reference(RefKind::Decl, it, false),
        Part::Field(it, _) => out.field(it),
        Part::Value(it, ty) => {
            out.ty(ty);
            out.value(it, ty);
        }
        other => whole(other, &mut out),
    }
    out.0
}

/// What a thing of its own speaks of; what is no such thing names nothing.
fn whole(part: &Part, out: &mut Mentions) {
    match part {
        Part::Decl(it) => out.decl(it),
        Part::Decide(it) => {
            out.reference(RefKind::Decl, &it.target, false);
            it.versions.iter().for_each(|it| out.version(&it.1));
        }
        Part::Check(it) => walk::check(it, out),
        Part::Action(it) => walk::action(it, out),
        Part::Codes(it) => it.columns.iter().for_each(|it| out.field(it)),
        Part::Records(it) => it.fields.iter().for_each(|it| out.field(it)),
        Part::Subject(it) => it.fields.iter().for_each(|it| out.field(it)),
        _ => {}
    }
}

/// What a part brings: what others may speak of only where it is there.
pub(super) fn brought(part: &Part) -> Vec<Name> {
    let columns = |table: &Id, all: &[Field]| {
        all.iter().map(|it| Name::Column(table.clone(), it.id.clone())).collect::<Vec<_>>()
    };
    match part {
        Part::Decl(it) => vec![Name::Decl(it.id.clone())],
        Part::Enum(it) => vec![Name::Enum(it.id.clone())],
        Part::Members(all, of) => {
            let count = u16::try_from(all.len()).unwrap_or(u16::MAX);
            (0..count).map(|it| Name::Member(of.clone(), it)).collect()
        }
        Part::Codes(it) => {
            let mut out = columns(&it.id, &it.columns);
            out.push(Name::Codes(it.id.clone()));
            out
        }
        Part::Records(it) => {
            let mut out = columns(&it.id, &it.fields);
            out.push(Name::Table(it.id.clone()));
            out
        }
        Part::Subject(it) => it.fields.iter().map(|it| Name::Field(it.id.clone())).collect(),
        // A field of the household belongs to no table.
        Part::Field(it, table) if table.is_empty() => vec![Name::Field(it.id.clone())],
        Part::Field(it, table) => vec![Name::Column(table.clone(), it.id.clone())],
        _ => Vec::new(),
    }
}
