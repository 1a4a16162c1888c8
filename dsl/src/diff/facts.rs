//! What the walk over two versions has to know of both as a whole: what each parameter is used for.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Kind, Name, Role, ThingKind};
use super::decl::thing_kind;
use crate::model::normal::normal;
use crate::model::walk::{self, ColumnKind, RefKind, Visitor};
use crate::model::{
    Cell, CellBound, Column, Content, DeclKind, Expr, Field, Id, Node, Ref, Row, RowKey, RuleSet,
    Table, Test, Ty, Version,
};

/// What is known of both sides.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// What declarations are used for, by package and id.
    roles: BTreeMap<(Id, Id), Role>,
    /// What has another type on either side.
    retyped: BTreeSet<(Id, Name)>,
    /// What differs in a way that the walk has no part for.
    stubborn: BTreeSet<(Id, ThingKind, Id)>,
}

impl Facts {
    /// Of all packages of both sides.
    pub(super) fn of<'s>(sets: impl Iterator<Item = &'s RuleSet>) -> Self {
        let mut facts = Self::default();
        for set in sets {
            Uses { facts: &mut facts, package: &set.id }.set(set);
        }
        facts
    }

    /// Notes what has another type on either side of a package.
    pub(super) fn compare(&mut self, old: &RuleSet, new: &RuleSet) {
        let before: BTreeMap<Name, &Ty> = types(old).collect();
        for (name, ty) in types(new) {
            if before.get(&name).is_some_and(|it| *it != ty) {
                self.retyped.insert((new.id.clone(), name));
            }
        }
    }

    /// Has it another type on either side?
    pub(super) fn is_retyped(&self, package: &Id, name: &Name) -> bool {
        self.retyped.contains(&(package.clone(), name.clone()))
    }

    /// Is it compared as a whole?
    pub(super) fn is_stubborn(&self, package: &Id, kind: ThingKind, id: &Id) -> bool {
        self.stubborn.contains(&(package.clone(), kind, id.clone()))
    }

    /// Notes what did not become the new one although every change was applied. Is there anything?
    pub(super) fn learn(&mut self, made: &RuleSet, new: &RuleSet) -> bool {
        let before = self.stubborn.len();
        let (made, new) = (normal(&apart(made, new)), normal(&apart(new, made)));
        let mut note = |kind: ThingKind, id: &Id| {
            self.stubborn.insert((new.id.clone(), kind, id.clone()));
        };
        for it in new.decls.iter().filter(|it| !made.decls.contains(it)) {
            note(thing_kind(&it.kind), &it.id);
        }
        for it in new.decides.iter().filter(|it| !made.decides.contains(it)) {
            note(ThingKind::Decide, &it.id);
        }
        for it in new.checks.iter().filter(|it| !made.checks.contains(it)) {
            note(ThingKind::Check, &it.id);
        }
        for it in new.actions.iter().filter(|it| !made.actions.contains(it)) {
            note(ThingKind::Action, &it.id);
        }
        for it in new.codes.iter().filter(|it| !made.codes.contains(it)) {
            note(ThingKind::Codes, &it.id);
        }
        for it in new.enums.iter().filter(|it| !made.enums.contains(it)) {
            note(if it.ordered { ThingKind::Grade } else { ThingKind::Enum }, &it.id);
        }
        for it in new.tables.iter().filter(|it| !made.tables.contains(it)) {
            note(ThingKind::Records, &it.id);
        }
        for it in new.subject.iter().filter(|it| made.subject.as_ref() != Some(it)) {
            note(ThingKind::Subject, &it.id);
        }
        self.stubborn.len() > before
    }

    /// What a parameter is used for.
    pub(super) fn role(&self, package: &Id, id: &Id) -> Role {
        self.roles.get(&(package.clone(), id.clone())).copied().unwrap_or(Role::Number)
    }
}

impl Role {
    /// The kind of a change of what is used so.
    pub(super) fn kind(self) -> Kind {
        match self {
            Self::Number | Self::Weight => Kind::Weight,
            Self::Threshold => Kind::Threshold,
            Self::Window => Kind::Scope,
            Self::CutOff => Kind::CutOff,
        }
    }
}

/// A package with no more than what differs from the other one as it stands. Most of a package does not,
/// and needs no normal form to be known as equal.
fn apart(set: &RuleSet, other: &RuleSet) -> RuleSet {
    RuleSet {
        subject: set.subject.clone().filter(|_| set.subject != other.subject),
        enums: lone(&set.enums, &other.enums, |it| &it.id),
        codes: lone(&set.codes, &other.codes, |it| &it.id),
        tables: lone(&set.tables, &other.tables, |it| &it.id),
        decls: lone(&set.decls, &other.decls, |it| &it.id),
        decides: lone(&set.decides, &other.decides, |it| &it.id),
        checks: lone(&set.checks, &other.checks, |it| &it.id),
        actions: lone(&set.actions, &other.actions, |it| &it.id),
        ..RuleSet::empty(set.id.clone(), set.version.clone())
    }
}

/// What the other list has no equal of.
fn lone<T: Clone + PartialEq>(all: &[T], other: &[T], id: fn(&T) -> &Id) -> Vec<T> {
    let mut known: BTreeMap<&Id, Vec<&T>> = BTreeMap::new();
    for it in other {
        known.entry(id(it)).or_default().push(it);
    }
    let is_known = |it: &T| known.get(id(it)).is_some_and(|all| all.contains(&it));
    all.iter().filter(|it| !is_known(it)).cloned().collect()
}

fn types(set: &RuleSet) -> impl Iterator<Item = (Name, &Ty)> {
    let decls = set.decls.iter().map(|it| (Name::Decl(it.id.clone()), &it.ty));
    let household = set.subject.iter().flat_map(|it| &it.fields);
    let household = household.map(|it| (Name::Field(it.id.clone()), &it.ty));
    let column = |table: &Id, it: &'_ Field| Name::Column(table.clone(), it.id.clone());
    let records = set
        .tables
        .iter()
        .flat_map(move |table| table.fields.iter().map(move |it| (column(&table.id, it), &it.ty)));
    let codes = set
        .codes
        .iter()
        .flat_map(move |table| table.columns.iter().map(move |it| (column(&table.id, it), &it.ty)));
    decls.chain(household).chain(records).chain(codes)
}

struct Uses<'f> {
    facts: &'f mut Facts,
    package: &'f Id,
}

impl Uses<'_> {
    fn note(&mut self, it: &Expr, role: Role) {
        let mut names = Names(Vec::new());
        walk::expr(it, &mut names);
        for it in names.0 {
            let package = it.package.as_ref().unwrap_or(self.package).clone();
            let known = self.facts.roles.entry((package, it.id)).or_insert(role);
            *known = role.max(*known);
        }
    }

    fn set(&mut self, set: &RuleSet) {
        walk::rule_set(set, self);
        for decl in &set.decls {
            let cut_offs = matches!(decl.kind, DeclKind::Classify { .. });
            decl.versions.iter().for_each(|it| self.version(it, cut_offs));
        }
        set.decides.iter().flat_map(|it| &it.versions).for_each(|it| self.version(&it.1, false));
    }

    fn version(&mut self, it: &Version, cut_offs: bool) {
        it.bounds.weight.iter().for_each(|it| self.direct(it, Role::Weight));
        it.conditional.iter().for_each(|it| self.direct(&it.value, Role::Weight));
        for content in it.lets.iter().map(|it| &it.content).chain([&it.content]) {
            match content {
                Content::Table(it) => self.table(it, cut_offs),
                Content::Each(it) => {
                    self.table(&it.table, false);
                    it.fade.iter().for_each(|it| self.table(it, false));
                }
                _ => {}
            }
        }
    }

    fn table(&mut self, table: &Table, cut_offs: bool) {
        let edge = if cut_offs { Role::CutOff } else { Role::Threshold };
        for Row { key, results, .. } in &table.rows {
            results.iter().flatten().for_each(|it| self.direct(it, Role::Weight));
            let RowKey::Cells(cells) = key else { continue };
            for test in cells.iter().flat_map(tests) {
                if let Test::Range { low, high } = test {
                    for CellBound { value, .. } in low.iter().chain(high) {
                        self.note(value, edge);
                    }
                }
            }
        }
    }

    /// A declaration that stands there by itself.
    fn direct(&mut self, it: &Expr, role: Role) {
        if let Node::Decl(_) = it.node {
            self.note(it, role);
        }
    }
}

fn tests(cell: &Cell) -> &[Test] {
    match cell {
        Cell::Any => &[],
        Cell::OneOf(tests) => tests,
    }
}

impl Visitor for Uses<'_> {
    fn reference(&mut self, _: RefKind, _: &Ref, _: bool) {}
    fn column(&mut self, _: ColumnKind, _: &Column) {}

    fn expr(&mut self, it: &Expr) {
        use crate::model::Window;
        match &it.node {
            Node::Compare { left, right, .. } => {
                self.direct(left, Role::Threshold);
                self.direct(right, Role::Threshold);
            }
            Node::Within { window, .. } => {
                let mut window = window;
                while let Window::YearBefore(of) = window {
                    window = of;
                }
                if let Window::Last(it) | Window::Next(it) = window {
                    self.note(it, Role::Window);
                }
            }
            Node::Product { left, right, .. } => {
                self.direct(left, Role::Weight);
                self.direct(right, Role::Weight);
            }
            _ => {}
        }
    }
}

/// The declarations that an expression names.
struct Names(Vec<Ref>);

impl Visitor for Names {
    fn reference(&mut self, kind: RefKind, it: &Ref, _: bool) {
        if kind == RefKind::Decl {
            self.0.push(it.clone());
        }
    }
}
