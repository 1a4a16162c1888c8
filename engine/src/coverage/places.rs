//! Every place of a model that can be exercised, and counting which ones an outcome exercises.

use std::collections::{BTreeMap, BTreeSet};

use heng_dsl::model::linked::Linked;
use heng_dsl::model::{
    Condition, ConditionMode, Content, Decl, DeclKind, Each, EnumType, Id, Matrix, Origin, Ref,
    Table, Version,
};
use heng_dsl::value::{Decimal, Value};

use super::{Item, ItemKind};
use crate::explain::holds;
use crate::outcome::{Cut, Outcome, Step, Trace};

/// What a place is in the model. Declarations and classifications by slot, the rest by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Site {
    /// The declaration itself.
    Decl(usize),
    /// Declaration, version, row.
    Row(usize, usize, usize),
    /// Declaration, version, row, column.
    Cell(usize, usize, usize, usize),
    /// Declaration, version, part of its condition.
    Part(usize, usize, usize),
    /// Declaration, version, conditional bound.
    Bound(usize, usize, usize),
    /// Classification, determination.
    Decide(usize, usize),
    /// Classification, determination, version, part of its condition.
    DecidePart(usize, usize, usize, usize),
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
    places: Vec<Place>,
    numbers: BTreeMap<Site, usize>,
}

impl Places {
    /// The places of the packages with these numbers.
    pub(super) fn new(linked: &Linked, packages: &[usize]) -> Self {
        let mut places = Self { places: Vec::new(), numbers: BTreeMap::new() };
        for slot in 0..linked.decls().len() {
            if packages.contains(&linked.package_of(slot)) {
                places.decl(linked, slot);
            }
        }
        places
    }

    /// No place exercised.
    pub(super) fn zeroes(&self) -> Vec<u64> {
        vec![0; self.places.len()]
    }

    /// The places with how often each was exercised.
    pub(super) fn items(&self, linked: &Linked, counts: &[u64]) -> Vec<Item> {
        let items = self.places.iter().zip(counts).map(|(it, count)| Item {
            package: linked.packages[linked.package_of(it.slot)].id.clone(),
            decl: it.name.clone(),
            kind: it.kind,
            text: it.text.clone(),
            place: it
                .origin
                .as_ref()
                .and_then(|it| it.place.as_ref())
                .map(|it| format!("{}:{}", it.file, it.line)),
            count: *count,
        });
        items.collect()
    }

    fn add(&mut self, site: Site, place: Place) {
        self.numbers.insert(site, self.places.len());
        self.places.push(place);
    }

    fn decl(&mut self, linked: &Linked, slot: usize) {
        let decl = linked.decl(slot);
        let first = decl.versions.first().map(|it| it.origin.clone());
        if let Some(kind) = own_kind(&decl.kind) {
            let name = decl.name.clone();
            self.add(
                Site::Decl(slot),
                Place { slot, name, kind, text: String::new(), origin: first },
            );
        }
        // A value of each record is worked out for a record, and the trace has no step for it.
        let traced = !matches!(decl.kind, DeclKind::RecordValue { .. });
        for (at, version) in decl.versions.iter().enumerate().filter(|_| traced) {
            self.version(linked, (slot, at), decl, version);
        }
        for (number, decide) in linked.decides(slot).enumerate() {
            let origin = decide.versions.first().map(|it| it.1.origin.clone());
            let (name, kind) = (decide.name.clone(), ItemKind::Decide);
            let place = Place { slot, name: name.clone(), kind, text: String::new(), origin };
            self.add(Site::Decide(slot, number), place);
            for (at, (_, version)) in decide.versions.iter().enumerate() {
                if let Content::Condition(it) = &version.content {
                    self.parts(it, slot, &name, |part| Site::DecidePart(slot, number, at, part));
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
        match &version.content {
            Content::Table(table) | Content::Each(Each { table, .. }) => {
                self.rows((slot, at), &decl.name, table);
            }
            Content::Matrix(matrix) if matrix.mode.is_none() => {
                self.cells(linked, (slot, at), &decl.name, matrix);
            }
            Content::Condition(it) => {
                self.parts(it, slot, &decl.name, |part| Site::Part(slot, at, part));
            }
            Content::List(it) => {
                self.parts(&it.admit, slot, &decl.name, |part| Site::Part(slot, at, part));
            }
            Content::Matrix(_) | Content::Formula(_) | Content::Source(_) | Content::Parts => {}
        }
        for (number, bound) in version.conditional.iter().enumerate() {
            let (name, text) = (decl.name.clone(), bound.text.clone());
            let origin = Some(bound.origin.clone());
            let place = Place { slot, name, kind: ItemKind::Bound, text, origin };
            self.add(Site::Bound(slot, at, number), place);
        }
    }

    fn rows(&mut self, (slot, at): (usize, usize), name: &Id, table: &Table) {
        for (number, row) in table.rows.iter().enumerate() {
            let place = Place {
                slot,
                name: name.clone(),
                kind: ItemKind::Row,
                text: row.text.clone(),
                origin: Some(row.origin.clone()),
            };
            self.add(Site::Row(slot, at, number), place);
        }
    }

    /// Parts are only places of their own where there are several: 任一, 全部.
    fn parts(
        &mut self,
        condition: &Condition,
        slot: usize,
        name: &Id,
        site: impl Fn(usize) -> Site,
    ) {
        if condition.mode == ConditionMode::One {
            return;
        }
        for (number, text) in condition.texts.iter().enumerate() {
            let place = Place {
                slot,
                name: name.clone(),
                kind: ItemKind::Part,
                text: text.clone(),
                origin: Some(condition.origin.clone()),
            };
            self.add(site(number), place);
        }
    }

    fn cells(&mut self, linked: &Linked, (slot, at): (usize, usize), name: &Id, matrix: &Matrix) {
        let rows = linked.enumeration(matrix.row_grade.slot.index());
        let columns = linked.enumeration(matrix.column_grade.slot.index());
        for (row, cells) in matrix.cells.iter().enumerate() {
            for column in 0..cells.len() {
                let text = format!("{} × {}", key(rows, row), key(columns, column));
                let origin = matrix.origins.get(row).cloned();
                let place = Place { slot, name: name.clone(), kind: ItemKind::Cell, text, origin };
                self.add(Site::Cell(slot, at, row, column), place);
            }
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
    let rows = step.rows.iter().copied().chain(step.each.iter().filter_map(|it| it.row));
    sites.extend(rows.map(|row| Site::Row(slot, at, row)));
    sites.extend(step.parts.iter().map(|part| Site::Part(slot, at, *part)));
    if let Some(Cut::Conditional(bound)) = step.cut_by {
        sites.insert(Site::Bound(slot, at, bound));
    }
    let content = linked.decl(slot).versions.get(at).map(|it| &it.content);
    if let Some(Content::Matrix(matrix)) = content {
        let row = member(linked, outcome, &matrix.rows, &matrix.row_grade);
        let column = member(linked, outcome, &matrix.columns, &matrix.column_grade);
        sites.insert(Site::Cell(slot, at, row, column));
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
