//! Every place of a model that can be exercised, and counting which ones an outcome exercises.

use std::collections::{BTreeMap, BTreeSet};

use heng_dsl::model::linked::Linked;
use heng_dsl::model::{
    Condition, ConditionMode, Content, Decl, DeclKind, EnumType, Id, Matrix, Origin, Ref, Table,
    Version,
};
use heng_dsl::value::{Decimal, Value};

use super::edges::{self, Edge};
use super::{Item, ItemKind};
use crate::explain::holds;
use crate::outcome::{AskedNumber, Cut, InnerRow, InnerTable, Outcome, RuleId, Step, Trace};

/// What a place is in the model. Declarations and classifications by slot, the rest by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Site {
    /// The declaration itself.
    Decl(usize),
    /// Declaration, version, row.
    Row(usize, usize, usize),
    /// Declaration, version, row, column.
    Cell(usize, usize, usize, usize),
    /// Declaration, version, which side of 取高 or 取低 gave the grade.
    Side(usize, usize, Side),
    /// A row of a table inside of a rule.
    Inner(InnerRow),
    /// A number that a column of a table is asked about.
    Edge(AskedNumber),
    /// Declaration, version, part of its condition.
    Part(usize, usize, usize),
    /// Declaration, version, conditional bound.
    Bound(usize, usize, usize),
    /// Classification, determination.
    Decide(usize, usize),
    /// Classification, determination, version, part of its condition.
    DecidePart(usize, usize, usize, usize),
}

/// Whose grade 取高 or 取低 takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    Rows,
    Columns,
    Both,
    Only,
}

/// A place with what is shown of it.
#[derive(Debug)]
struct Place {
    slot: usize,
    name: Id,
    kind: ItemKind,
    text: String,
    origin: Option<Origin>,
}

/// The places of some packages.
#[derive(Debug)]
pub(super) struct Places {
    all: Vec<Place>,
    numbers: BTreeMap<Site, usize>,
    /// Is what a package took over from its base left out?
    own: bool,
    /// Are the edges of bands places, too?
    edges: bool,
    inherited: usize,
}

impl Places {
    /// The places of the packages with these numbers.
    pub(super) fn all(linked: &Linked, packages: &[usize]) -> Self {
        Self::of(linked, packages, (false, false))
    }

    /// Of these packages, without what they took over from their base as it stands there; with the edges
    /// of bands, if they are wanted.
    pub(super) fn own(linked: &Linked, packages: &[usize], edges: bool) -> Self {
        Self::of(linked, packages, (true, edges))
    }

    /// How many places were left out because they are the base's.
    pub(super) fn inherited(&self) -> usize {
        self.inherited
    }

    fn of(linked: &Linked, packages: &[usize], (own, edges): (bool, bool)) -> Self {
        let (all, numbers) = (Vec::new(), BTreeMap::new());
        let mut places = Self { all, numbers, own, edges, inherited: 0 };
        for slot in 0..linked.decls().len() {
            if packages.contains(&linked.package_of(slot)) {
                places.decl(linked, slot);
            }
        }
        places
    }

    /// No place exercised.
    pub(super) fn zeroes(&self) -> Vec<u64> {
        vec![0; self.all.len()]
    }

    /// The places with how often each was exercised.
    pub(super) fn items(&self, linked: &Linked, counts: &[u64]) -> Vec<Item> {
        let items = self.all.iter().zip(counts).map(|(it, count)| Item {
            package: linked.name_of(linked.package_of(it.slot)),
            decl: it.name.clone(),
            kind: it.kind,
            text: it.text.clone(),
            place: it.origin.as_ref().and_then(|it| it.place.as_ref()).map(ToString::to_string),
            count: *count,
        });
        items.collect()
    }

    fn add(&mut self, linked: &Linked, site: Site, place: Place) {
        let package = &linked.packages[linked.package_of(place.slot)].id;
        if self.own && place.origin.as_ref().is_some_and(|it| it.package != *package) {
            self.inherited += 1;
            return;
        }
        self.numbers.insert(site, self.all.len());
        self.all.push(place);
    }

    fn decl(&mut self, linked: &Linked, slot: usize) {
        let decl = linked.decl(slot);
        let first = decl.versions.first().map(|it| it.origin.clone());
        if let Some(kind) = own_kind(&decl.kind) {
            let name = decl.name.clone();
            let place = Place { slot, name, kind, text: String::new(), origin: first };
            self.add(linked, Site::Decl(slot), place);
        }
        for (at, version) in decl.versions.iter().enumerate() {
            self.version(linked, (slot, at), decl, version);
        }
        for (number, decide) in linked.decides(slot).enumerate() {
            let origin = decide.versions.first().map(|it| it.1.origin.clone());
            let (name, kind) = (decide.name.clone(), ItemKind::Decide);
            let place = Place { slot, name: name.clone(), kind, text: String::new(), origin };
            self.add(linked, Site::Decide(slot, number), place);
            let rules = Rules { linked, slot, name: &name };
            for (at, (_, version)) in decide.versions.iter().enumerate() {
                self.inner(rules, RuleId::Decide(slot, number, at), version);
                self.edges(rules, RuleId::Decide(slot, number, at), version);
                if let Content::Condition(it) = &version.content {
                    self.parts(rules, it, |part| Site::DecidePart(slot, number, at, part));
                }
            }
        }
    }

    fn version(
        &mut self,
        linked: &Linked,
        (slot, at): (usize, usize),
        decl: &Decl,
        version: &Version,
    ) {
        let rules = Rules { linked, slot, name: &decl.name };
        self.inner(rules, RuleId::Decl(slot, at), version);
        self.edges(rules, RuleId::Decl(slot, at), version);
        match &version.content {
            Content::Table(table) => self.rows(rules, table, "", |row| Site::Row(slot, at, row)),
            Content::Each(each) => {
                self.rows(rules, &each.table, "", |row| Site::Row(slot, at, row));
            }
            Content::Matrix(matrix) if matrix.mode.is_none() => self.cells(rules, at, matrix),
            Content::Matrix(_) => self.sides(rules, at, &version.content_origin),
            Content::Condition(it) => self.parts(rules, it, |part| Site::Part(slot, at, part)),
            Content::List(it) => self.parts(rules, &it.admit, |part| Site::Part(slot, at, part)),
            Content::Formula(_) | Content::Source(_) | Content::Parts => {}
        }
        for (number, bound) in version.conditional.iter().enumerate() {
            let origin = Some(bound.origin.clone());
            let place = rules.place(ItemKind::Bound, bound.text.clone(), origin);
            self.add(linked, Site::Bound(slot, at, number), place);
        }
    }

    /// The tables inside of a rule: of its local values, and of 折减.
    fn inner(&mut self, rules: Rules<'_>, rule: RuleId, version: &Version) {
        let lets = version.lets.iter().enumerate();
        let lets = lets.map(|(number, it)| (Some(number), &it.content, it.name.as_ref()));
        for (local, content, name) in lets.chain([(None, &version.content, "")]) {
            let site = |fade: bool| {
                move |row| Site::Inner(InnerRow { rule, table: InnerTable { local, fade }, row })
            };
            match content {
                Content::Table(table) if local.is_some() => {
                    self.rows(rules, table, name, site(false));
                }
                Content::Each(each) => {
                    if local.is_some() {
                        self.rows(rules, &each.table, name, site(false));
                    }
                    if let Some(fade) = &each.fade {
                        self.rows(rules, fade, "折减", site(true));
                    }
                }
                _ => {}
            }
        }
    }

    /// The edges of the bands of every table of a rule.
    fn edges(&mut self, rules: Rules<'_>, rule: RuleId, version: &Version) {
        if !self.edges {
            return;
        }
        for edge in edges::of(rules.linked, version) {
            let Edge { table, column, value, text, origin } = edge;
            let site = Site::Edge(AskedNumber { rule, table, column, value });
            self.add(rules.linked, site, rules.place(ItemKind::Edge, text, Some(origin)));
        }
    }

    fn rows(&mut self, rules: Rules<'_>, table: &Table, of: &str, site: impl Fn(usize) -> Site) {
        for (number, row) in table.rows.iter().enumerate() {
            let text = format!("{of} {}", row.text).trim_start().to_owned();
            let place = rules.place(ItemKind::Row, text, Some(row.origin.clone()));
            self.add(rules.linked, site(number), place);
        }
    }

    /// Parts are only places of their own where there are several: 任一, 全部.
    fn parts(&mut self, rules: Rules<'_>, condition: &Condition, site: impl Fn(usize) -> Site) {
        if condition.mode == ConditionMode::One {
            return;
        }
        for (number, text) in condition.texts.iter().enumerate() {
            let origin = Some(condition.origin.clone());
            self.add(rules.linked, site(number), rules.place(ItemKind::Part, text.clone(), origin));
        }
    }

    fn cells(&mut self, rules: Rules<'_>, at: usize, matrix: &Matrix) {
        let rows = rules.linked.enumeration(matrix.row_grade.slot.index());
        let columns = rules.linked.enumeration(matrix.column_grade.slot.index());
        for (row, cells) in matrix.cells.iter().enumerate() {
            for column in 0..cells.len() {
                let text = format!("{} × {}", key(rows, row), key(columns, column));
                let place = rules.place(ItemKind::Cell, text, matrix.origins.get(row).cloned());
                self.add(rules.linked, Site::Cell(rules.slot, at, row, column), place);
            }
        }
    }

    /// 取高 and 取低 are written without cells; what can be exercised is whose grade they take.
    fn sides(&mut self, rules: Rules<'_>, at: usize, origin: &Origin) {
        let sides = [
            (Side::Rows, "取行的等级"),
            (Side::Columns, "取列的等级"),
            (Side::Both, "两个等级相同"),
            (Side::Only, "只有一个等级"),
        ];
        for (side, text) in sides {
            let place = rules.place(ItemKind::Cell, text.to_owned(), Some(origin.clone()));
            self.add(rules.linked, Site::Side(rules.slot, at, side), place);
        }
    }

    /// Adds one to every place that an outcome exercises, however often it does.
    pub(super) fn count(
        &self,
        linked: &Linked,
        outcome: &Outcome,
        trace: &Trace,
        counts: &mut [u64],
    ) {
        let mut sites = BTreeSet::new();
        for (slot, value) in outcome.values.iter().enumerate() {
            if exercised(&linked.decl(slot).kind, value) {
                sites.insert(Site::Decl(slot));
            }
        }
        for step in &trace.steps {
            if let Some(at) = step.version {
                of_step(linked, outcome, (step, at), &mut sites);
            }
        }
        for hit in &outcome.decides {
            sites.insert(Site::Decide(hit.target, hit.decide));
        }
        sites.extend(trace.inner.iter().map(|it| of_inner(*it)));
        sites.extend(trace.asked.iter().map(|it| Site::Edge(*it)));
        for it in &trace.decides {
            if let Some(at) = it.step.version {
                let parts = it.step.parts.iter();
                sites.extend(parts.map(|part| Site::DecidePart(it.target, it.decide, at, *part)));
            }
        }
        for number in sites.iter().filter_map(|it| self.numbers.get(it)) {
            if let Some(count) = counts.get_mut(*number) {
                *count += 1;
            }
        }
    }
}

/// The places that one declaration exercises.
fn of_step(
    linked: &Linked,
    outcome: &Outcome,
    (step, at): (&Step, usize),
    sites: &mut BTreeSet<Site>,
) {
    let slot = step.decl;
    sites.extend(step.rows.iter().map(|row| Site::Row(slot, at, *row)));
    sites.extend(step.parts.iter().map(|part| Site::Part(slot, at, *part)));
    if let Some(Cut::Conditional(bound)) = step.cut_by {
        sites.insert(Site::Bound(slot, at, bound));
    }
    let content = linked.decl(slot).versions.get(at).map(|it| &it.content);
    if let Some(Content::Matrix(matrix)) = content {
        let row = member(linked, outcome, &matrix.rows, &matrix.row_grade);
        let column = member(linked, outcome, &matrix.columns, &matrix.column_grade);
        let site = match (&matrix.mode, outcome.values.get(slot)) {
            (None, _) => Site::Cell(slot, at, row, column),
            (Some(_), Some(Value::Member(taken))) => {
                let taken = usize::from(*taken);
                let side = match (row == taken, column == taken) {
                    (true, true) => Side::Both,
                    _ if row.max(column) + 1 >= matrix.cells.len() => Side::Only,
                    (true, false) => Side::Rows,
                    (false, _) => Side::Columns,
                };
                Site::Side(slot, at, side)
            }
            (Some(_), _) => return,
        };
        sites.insert(site);
    }
}

/// The place of a row inside of a rule. What a value of each record is worth is its content.
fn of_inner(it: InnerRow) -> Site {
    match (it.rule, it.table) {
        (RuleId::Decl(slot, at), InnerTable { local: None, fade: false }) => {
            Site::Row(slot, at, it.row)
        }
        _ => Site::Inner(it),
    }
}

/// The declaration or determination whose rules are looked at.
#[derive(Debug, Clone, Copy)]
struct Rules<'l> {
    linked: &'l Linked,
    slot: usize,
    name: &'l Id,
}

impl Rules<'_> {
    fn place(self, kind: ItemKind, text: String, origin: Option<Origin>) -> Place {
        Place { slot: self.slot, name: self.name.clone(), kind, text, origin }
    }
}

/// The kind of place that a declaration is by itself.
fn own_kind(kind: &DeclKind) -> Option<ItemKind> {
    match kind {
        DeclKind::Indicator { .. } => Some(ItemKind::Indicator),
        DeclKind::Tag { .. } => Some(ItemKind::Tag),
        DeclKind::Alert { .. } => Some(ItemKind::Alert),
        DeclKind::List => Some(ItemKind::List),
        DeclKind::Param
        | DeclKind::Value
        | DeclKind::RecordValue { .. }
        | DeclKind::RecordSet
        | DeclKind::Dimension { .. }
        | DeclKind::Total
        | DeclKind::Classify { .. }
        | DeclKind::Overlay { .. }
        | DeclKind::Merge
        | DeclKind::Measure { .. } => None,
    }
}

/// Does a declaration of this kind take part in the result with this value?
fn exercised(kind: &DeclKind, value: &Value) -> bool {
    match own_kind(kind) {
        Some(ItemKind::Indicator) => {
            matches!(value, Value::Number(it) if *it != Decimal::ZERO)
        }
        Some(_) => holds(value),
        None => false,
    }
}

/// The number of the row or column that a side of a matrix is in; the last one for 缺失 and 不适用.
fn member(linked: &Linked, outcome: &Outcome, side: &Ref, grade: &Ref) -> usize {
    match outcome.values.get(side.slot.index()) {
        Some(Value::Member(at)) => usize::from(*at),
        _ => linked.enumeration(grade.slot.index()).members.len(),
    }
}

/// The key of a row or column of a matrix.
fn key(grade: &EnumType, at: usize) -> String {
    grade.members.get(at).map_or_else(|| "缺失".to_owned(), |it| it.name.to_string())
}
