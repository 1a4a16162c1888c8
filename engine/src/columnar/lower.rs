//! From the model to the plan: what each declaration is worth on a date, as operations on columns.
//!
//! The as-of date is fixed here: versions are chosen, windows become stretches of days, parameters
//! constants. An expression is worked out in the outermost place that knows what it reads, so that what
//! does not depend on a record is not repeated for each.
//!
//! Values follow no path, but two things do: which error is met first, which operations tell by the order
//! of their operands; and which missing fields were read, which [`notes`] tells.

mod checks;
mod decl;
mod expr;
mod field;
mod free;
mod notes;
mod reasons;
mod register;
mod source;
mod table;
mod window;

use std::collections::BTreeMap;

use heng_dsl::model::linked::Linked;
use heng_dsl::model::{CalendarUnit, DeclKind, Let};
use heng_dsl::value::{Fault, Value};

pub(super) use self::checks::Lowered;
use self::notes::{Active, Note};
pub(super) use self::register::Question;
use super::plan::{DomainId, Graph, Kind, NodeId};
use super::{Output, Unsupported, What};
use crate::eval::{Evaluator, Shapes};
use crate::program::Program;

/// A plan being made of a program.
pub(super) struct Lowering<'p> {
    on: &'p Evaluator<'p>,
    linked: &'p Linked,
    shapes: &'p Shapes,
    pub(super) graph: Graph<'p>,
    /// What declarations are worth, by slot, as far as they were lowered; of those that are about some
    /// households only, whatever comes out for the others.
    worth: Vec<Option<NodeId>>,
    /// Whom each package is about.
    scopes: Vec<Option<Remembered>>,
    /// Derived fields: of the household by slot, of records by table and column.
    fields: BTreeMap<usize, Remembered>,
    columns: BTreeMap<(usize, usize), Remembered>,
    of_records: BTreeMap<usize, Remembered>,
    /// The record table whose records were grouped.
    grouped: BTreeMap<DomainId, Option<usize>>,
    /// The unit of calendar units whose number is no constant.
    units: BTreeMap<DomainId, CalendarUnit>,
    notes: Vec<Note>,
    pub(super) outputs: Vec<Output>,
    pub(super) unsupported: Vec<Unsupported>,
    /// Are reason codes told?
    with_reasons: bool,
    /// The declaration at hand.
    path: String,
}

/// Something that is lowered once, with what it notes wherever it is asked.
#[derive(Clone)]
struct Remembered {
    node: NodeId,
    notes: Vec<Note>,
}

/// The rule in which an expression stands.
struct Rule<'p> {
    lets: &'p [Let],
    known: Vec<Option<Remembered>>,
    /// The places that are known where the rule begins.
    start: Vec<DomainId>,
    /// The package that is about every household for which the rule is worked out.
    within: Option<usize>,
}

impl<'p> Rule<'p> {
    fn new(lets: &'p [Let], start: Vec<DomainId>, within: Option<usize>) -> Self {
        Self { lets, known: vec![None; lets.len()], start, within }
    }
}

/// A place in a rule: what is known there, from the outside, and under which conditions it is reached.
#[derive(Clone)]
struct At {
    bound: Vec<DomainId>,
    active: Active,
}

impl At {
    fn start(rule: &Rule<'_>) -> Self {
        Self { bound: rule.start.clone(), active: Active::default() }
    }

    fn innermost(&self) -> DomainId {
        self.bound.last().copied().unwrap_or(DomainId::HOUSEHOLDS)
    }

    /// The bound element, counted outwards from 0. The outermost place is that of the household.
    fn element(&self, up: u32) -> Option<DomainId> {
        let last = self.bound.len().checked_sub(1 + up as usize)?;
        self.bound.get(last).copied().filter(|_| last > 0)
    }

    fn within(&self, element: DomainId) -> Self {
        let mut inside = self.clone();
        inside.bound.push(element);
        inside
    }
}

impl<'p> Lowering<'p> {
    pub(super) fn new(program: &'p Program, on: &'p Evaluator<'p>, with_reasons: bool) -> Self {
        let linked = program.linked();
        Self {
            on,
            linked,
            shapes: on.shapes(),
            graph: Graph::new(linked),
            worth: vec![None; linked.decls().len()],
            scopes: vec![None; linked.packages.len()],
            fields: BTreeMap::new(),
            columns: BTreeMap::new(),
            of_records: BTreeMap::new(),
            grouped: BTreeMap::new(),
            units: BTreeMap::new(),
            notes: Vec::new(),
            outputs: Vec::new(),
            unsupported: Vec::new(),
            with_reasons,
            path: String::new(),
        }
    }

    /// Lowers declarations, each after what it reads; the results are in `outputs`. Of what is known there is the value only.
    pub(super) fn declarations(&mut self, slots: &[usize], is_known: &dyn Fn(usize) -> bool) {
        for slot in slots {
            let decl = self.linked.decl(*slot);
            if matches!(decl.kind, DeclKind::RecordValue { .. } | DeclKind::RecordSet) {
                continue;
            }
            let package = self.linked.name_of(self.linked.package_of(*slot));
            self.path = format!("{package}.{}", decl.name);
            self.graph.decl = Some(*slot);
            // A dictionary need not have the texts that only known results name.
            let known = Kind::of(&decl.ty.kind).filter(|it| *it != Kind::Symbol && is_known(*slot));
            let (scope, node) = match known {
                Some(kind) => self.given(*slot, kind),
                None => self.declaration(*slot),
            };
            if let Some(place) = self.worth.get_mut(*slot) {
                *place = Some(node);
            }
            self.outputs.push(Output { slot: *slot, scope, what: What::Value(node) });
            if self.with_reasons {
                self.reasons(*slot, scope);
            }
        }
    }

    /// Household fields that are noted as missing, and where.
    pub(super) fn missing(&mut self) -> Vec<(usize, NodeId)> {
        let notes = std::mem::take(&mut self.notes);
        self.gaps(&notes)
    }

    /// Something that the plan has no operation for yet.
    fn refuse(&mut self, what: &'static [&'static str; 2]) -> NodeId {
        let unsupported = Unsupported { what, path: self.path.clone() };
        if !self.unsupported.contains(&unsupported) {
            self.unsupported.push(unsupported);
        }
        self.fault(Fault::Type, Kind::Bool)
    }

    fn fault(&mut self, fault: Fault, kind: Kind) -> NodeId {
        self.graph.value(Value::Error(fault), kind)
    }

    fn bool(&mut self, value: bool) -> NodeId {
        self.graph.value(Value::Bool(value), Kind::Bool)
    }

    fn not_applicable(&mut self, kind: Kind) -> NodeId {
        self.graph.value(Value::NotApplicable, kind)
    }

    /// Lowers something that is asked in several places, and takes what it notes.
    fn remembered(&mut self, lower: impl FnOnce(&mut Self) -> NodeId) -> Remembered {
        let outer = std::mem::take(&mut self.notes);
        let node = lower(self);
        let notes = std::mem::replace(&mut self.notes, outer);
        Remembered { node, notes }
    }

    /// What was lowered before, asked under the conditions of another place.
    fn recalled(&mut self, known: &Remembered, at: &At) -> NodeId {
        for note in &known.notes {
            self.note(note.under(&at.active));
        }
        known.node
    }
}
