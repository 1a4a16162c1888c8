//! Conditions with everything written out that they speak of by name.
//!
//! A local value, a named set of records, a value or a tag of the same package, a value of each record, a
//! derived field: each is replaced by what it is worth, so that two conditions can be compared by what
//! they say. References become numbers, because the same thing has other names in other packages. What
//! is too deep or too large keeps its name, which only means that less is known of it.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::super::reach::{Reach, Scope};
use crate::model::rewrite::{self, Change};
use crate::model::{
    Condition, ConditionMode, Content, Decl, DeclKind, Expr, Field, Let, Mode, Node, Ref, Row,
    RowKey, Source, Table, Ty, TyKind, Version,
};
use crate::value::Value;

/// How many names are followed one inside the other.
const MAX_DEPTH: u32 = 12;

/// How deep an expression may be for a name in it to be written out: what is written out is walked over
/// part by part, one inside the other.
const MAX_NEST: u32 = 120;

/// Expressions that one condition may come to.
const MAX_SIZE: u32 = 3_000;

/// Locals from this number on stand for those of one version, whichever condition they are read in.
const APART: u32 = 1 << 20;

/// What is known of the locals that cannot be written out, over all conditions of a package.
#[derive(Default)]
pub(super) struct Locals(RefCell<BTreeMap<usize, u32>>);

impl Locals {
    /// The number of the first local of a version.
    fn first(&self, lets: &[Let]) -> u32 {
        let mut known = self.0.borrow_mut();
        let next = APART + u32::try_from(known.len()).unwrap_or(0) * 1024;
        *known.entry(lets.as_ptr() as usize).or_insert(next)
    }
}

/// Where a condition stands.
#[derive(Clone, Copy)]
pub(super) struct Home<'a, 'l> {
    pub(super) reach: &'a Reach<'l>,
    pub(super) lets: &'a [Let],
    pub(super) locals: &'a Locals,
    /// The package whose values are written out.
    pub(super) package: usize,
}

impl<'a> Home<'a, '_> {
    /// The expression written out; `bound` elements are bound between the version and it.
    pub(super) fn resolve(self, expr: &Expr, bound: u32) -> Expr {
        let mut out = expr.clone();
        Writer { home: self, depth: 0, nest: 0, size: 0, asked: false }.expr(&mut out, bound);
        out
    }

    /// A condition with its parts as one expression.
    pub(super) fn condition(self, condition: &Condition) -> Expr {
        self.resolve(&whole(condition), 0)
    }

    fn of(self, lets: &'a [Let]) -> Self {
        Self { lets, ..self }
    }
}

/// A condition as one expression, not written out.
pub(super) fn whole(condition: &Condition) -> Expr {
    let parts = condition.parts.clone();
    let node = match condition.mode {
        ConditionMode::Any => Node::Or(parts),
        ConditionMode::One | ConditionMode::All => Node::And(parts),
    };
    Expr { ty: Ty::bool(), node }
}

struct Writer<'a, 'l> {
    home: Home<'a, 'l>,
    depth: u32,
    nest: u32,
    size: u32,
    /// It is asked whether the next expression is there at all: what may be 不适用 keeps its name.
    asked: bool,
}

impl Change for Writer<'_, '_> {
    fn expr(&mut self, expr: &mut Expr, bound: u32) {
        self.size += 1;
        self.nest += 1;
        self.write(expr, bound);
        self.nest -= 1;
    }

    fn source(&mut self, source: &mut Source, _: u32) {
        let Source::Named(it) = source else { return };
        let Some((_, version)) = self.own(it) else { return };
        let Content::Source(inside) = &version.content else { return };
        let mut inside = inside.clone();
        let mut writer = Writer { home: self.home.of(&version.lets), ..*self };
        writer.depth += 1;
        rewrite::source(&mut inside, 0, &mut writer);
        self.size = writer.size;
        *source = inside;
    }

    fn reference(&mut self, reference: &mut Ref) {
        reference.package = None;
        reference.id = reference.slot.index().to_string().into();
    }
}

impl<'a, 'l: 'a> Writer<'a, 'l> {
    fn write(&mut self, expr: &mut Expr, bound: u32) {
        let asked = std::mem::take(&mut self.asked);
        if let Some(meaning) = self.meaning(expr, bound, asked) {
            *expr = meaning;
            return;
        }
        expr.ty.optional = false;
        self.asked = matches!(expr.node, Node::Present { .. } | Node::IfMissing(..));
        rewrite::parts(expr, bound, self);
        if let Node::Const(Value::Number(number)) = &mut expr.node {
            *number = number.trimmed();
            if let TyKind::Number(ty) = &mut expr.ty.kind {
                ty.places = number.places();
            }
        }
    }

    /// What an expression stands for, written out; `None` where it stands for itself.
    fn meaning(&mut self, expr: &Expr, bound: u32, asked: bool) -> Option<Expr> {
        let home = self.home;
        if let Node::Local(number) = &expr.node {
            return (*number < APART).then(|| self.local(*number, expr, bound));
        }
        if self.is_full() {
            return None;
        }
        match &expr.node {
            Node::Decl(it) => {
                if let Some(value) = self.parameter(it, expr, asked) {
                    let mut out = Expr { ty: expr.ty.clone(), node: Node::Const(value) };
                    self.expr(&mut out, bound);
                    return Some(out);
                }
                let (decl, version) = self.own(it)?;
                self.body(decl, version, &expr.ty)
            }
            Node::RecordDecl { up, decl: it } => {
                let (decl, version) = self.own(it)?;
                let body = self.body(decl, version, &expr.ty)?;
                Some(moved(body, *up))
            }
            Node::Field(it) => self.derived(home.reach.linked.field(it.slot.index()), 0),
            Node::RecordField { up, column } => {
                let table = home.reach.linked.table(column.table.slot.index());
                self.derived(table.fields.get(column.slot.index())?, *up)
            }
            _ => None,
        }
    }

    /// Is there no room to write out more?
    fn is_full(&self) -> bool {
        self.depth >= MAX_DEPTH || self.nest >= MAX_NEST || self.size > MAX_SIZE
    }

    /// What a parameter is worth while these rules are in force.
    fn parameter(&self, it: &Ref, expr: &Expr, asked: bool) -> Option<Value> {
        let reach = self.home.reach;
        let slot = it.slot.index();
        let decl = reach.linked.decl(slot);
        let there = !asked || reach.linked.package_of(slot) == self.home.package;
        let fixed = decl.kind == DeclKind::Param && reach.in_force(decl).is_some();
        (there && fixed).then(|| reach.constant(expr, &Scope::default()))?
    }

    fn local(&mut self, number: u32, expr: &Expr, bound: u32) -> Expr {
        let home = self.home;
        let at = usize::try_from(number).unwrap_or(usize::MAX);
        let formula = match home.lets.get(at).map(|it| &it.content) {
            Some(Content::Formula(it)) => Some(it.clone()),
            Some(Content::Condition(it)) => Some(whole(it)),
            Some(Content::Table(it)) => choices(it),
            _ => None,
        };
        let formula = formula.filter(|it| it.ty.kind == expr.ty.kind);
        let mut out = match formula {
            Some(it) if !self.is_full() => {
                let mut it = it;
                self.depth += 1;
                self.expr(&mut it, 0);
                self.depth -= 1;
                return moved(it, bound);
            }
            _ => Expr {
                ty: expr.ty.clone(),
                node: Node::Local(home.locals.first(home.lets).saturating_add(number)),
            },
        };
        self.expr(&mut out, bound);
        out
    }

    /// A declaration of the same package, and the version that is in force.
    fn own(&self, it: &Ref) -> Option<(&'a Decl, &'a Version)> {
        let linked = self.home.reach.linked;
        let slot = it.slot.index();
        if self.is_full()
            || slot >= linked.decls().len()
            || linked.package_of(slot) != self.home.package
        {
            return None;
        }
        let decl: &'a Decl = linked.decl(slot);
        let version = self.home.reach.in_force(decl)?;
        let plain = version.applies.is_none() && version.bounds.is_empty();
        (plain && version.conditional.is_empty()).then_some((decl, version))
    }

    /// What a value or a tag is worth.
    fn body(&mut self, decl: &'a Decl, version: &'a Version, read: &Ty) -> Option<Expr> {
        let known = matches!(
            decl.kind,
            DeclKind::Value | DeclKind::RecordValue { .. } | DeclKind::Tag { .. }
        );
        if !known || read.kind != decl.ty.kind {
            return None;
        }
        let mut body = match &version.content {
            Content::Formula(it) => it.clone(),
            Content::Condition(it) => whole(it),
            Content::Table(it) => choices(it)?,
            _ => return None,
        };
        if body.ty.kind != decl.ty.kind {
            return None;
        }
        let mut writer = Writer { home: self.home.of(&version.lets), ..*self };
        writer.depth += 1;
        writer.expr(&mut body, 0);
        self.size = writer.size;
        Some(body)
    }

    fn derived(&mut self, field: &Field, up: u32) -> Option<Expr> {
        let mut body = field.derived.clone()?;
        if body.ty.kind != field.ty.kind {
            return None;
        }
        let mut writer = Writer { home: self.home.of(&[]), ..*self };
        writer.depth += 1;
        writer.expr(&mut body, 0);
        self.size = writer.size;
        Some(moved(body, up))
    }
}

/// A list of conditions of which the first that holds counts, as nested choices.
fn choices(table: &Table) -> Option<Expr> {
    if table.mode != Mode::First || !table.columns.is_empty() || table.rows.len() > 12 {
        return None;
    }
    let result = |row: &Row| match row.results.as_slice() {
        [Some(it)] => Some(it.clone()),
        _ => None,
    };
    let (last, rows) = table.rows.split_last()?;
    if !matches!(last.key, RowKey::Otherwise | RowKey::Always) {
        return None;
    }
    rows.iter().rev().try_fold(result(last)?, |rest, row| {
        let RowKey::When(when) = &row.key else { return None };
        let own = result(row)?;
        let ty = own.ty.clone();
        let node = Node::If(Box::new(when.clone()), Box::new(own), Box::new(rest));
        Some(Expr { ty, node })
    })
}

/// The expression where `by` more elements are bound around it.
fn moved(mut expr: Expr, by: u32) -> Expr {
    struct Up(u32);
    impl Change for Up {
        fn expr(&mut self, expr: &mut Expr, bound: u32) {
            rewrite::parts(expr, bound, self);
        }
        fn up(&mut self, up: &mut u32, bound: u32) {
            if *up >= bound {
                *up += self.0;
            }
        }
    }
    if by > 0 {
        Up(by).expr(&mut expr, 0);
    }
    expr
}
