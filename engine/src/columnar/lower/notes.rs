//! Which missing fields of the household were read: under which conditions an expression is reached.
//!
//! The reference evaluator notes a field when it reads it, and does not read what need not be read. A
//! plan works everything out, and therefore has to tell where a read would have happened.

use std::collections::BTreeSet;

use super::{At, Lowering};
use crate::columnar::plan::{DomainId, Gather, Kind, NodeId, Op, Question};

/// A condition, and the innermost place in which it was asked.
type Asked = (DomainId, Question, NodeId);

/// The conditions under which a place is reached, from the outside.
#[derive(Debug, Clone, Default)]
pub(super) struct Active(Vec<Asked>);

/// A read of a field of the household.
#[derive(Debug, Clone)]
pub(super) struct Note {
    field: usize,
    /// Where the field is missing.
    gap: NodeId,
    active: Active,
}

impl Note {
    /// The same read, reached under more conditions.
    pub(super) fn under(&self, outer: &Active) -> Self {
        let all = outer.0.iter().chain(&self.active.0).copied().collect();
        Self { active: Active(all), ..self.clone() }
    }

    fn set(&self) -> BTreeSet<Asked> {
        self.active.0.iter().copied().collect()
    }
}

impl At {
    /// The same place, reached only where the answer is yes.
    pub(super) fn when(&self, question: Question, node: NodeId) -> Self {
        let mut at = self.clone();
        at.active.0.push((self.innermost(), question, node));
        at
    }
}

impl Lowering<'_> {
    /// Notes a read of a field, whose value this is, at a place.
    pub(super) fn reads(&mut self, field: usize, value: NodeId, at: &At) {
        if self.shapes.only_asked.get(field).copied().unwrap_or_default() {
            return;
        }
        let gap = self.graph.add(Op::Ask(Question::IsMissing), &[value], Kind::Bool, &[]);
        self.note(Note { field, gap, active: at.active.clone() });
    }

    /// Keeps a note, unless another says as much; drops those that it makes needless.
    pub(super) fn note(&mut self, note: Note) {
        let set = note.set();
        let same = |it: &&Note| it.field == note.field;
        if self.notes.iter().filter(same).any(|it| it.set().is_subset(&set)) {
            return;
        }
        self.notes.retain(|it| it.field != note.field || !set.is_subset(&it.set()));
        self.notes.push(note);
    }

    /// For each field that is read anywhere, which households met a gap.
    pub(super) fn gaps(&mut self, notes: &[Note]) -> Vec<(usize, NodeId)> {
        let fields: BTreeSet<usize> = notes.iter().map(|it| it.field).collect();
        let mut gaps = Vec::new();
        for field in fields {
            let mut reads = Vec::new();
            for note in notes.iter().filter(|it| it.field == field) {
                reads.push(match self.reached(&note.active) {
                    None => note.gap,
                    Some(read) => self.settled(false, &[note.gap, read], DomainId::HOUSEHOLDS),
                });
            }
            gaps.push((field, self.settled(true, &reads, DomainId::HOUSEHOLDS)));
        }
        gaps
    }

    /// In which households a place is reached at all; nothing where it always is.
    fn reached(&mut self, active: &Active) -> Option<NodeId> {
        let mut reached: Option<NodeId> = None;
        for (domain, question, node) in active.0.iter().rev() {
            let mut parts = Vec::new();
            if let Some(inner) = reached {
                let inner = self.outwards(inner, *domain);
                parts.push(self.graph.lifted(inner, *domain));
            }
            let asked = self.graph.add(Op::Ask(*question), &[*node], Kind::Bool, &[]);
            parts.push(self.graph.lifted(asked, *domain));
            reached = Some(self.settled(false, &parts, *domain));
        }
        reached.map(|it| self.outwards(it, DomainId::HOUSEHOLDS))
    }

    fn settled(&mut self, by: bool, parts: &[NodeId], domain: DomainId) -> NodeId {
        match parts {
            [only] => *only,
            _ => self.graph.add(Op::UntilSettled(by), parts, Kind::Bool, &[domain]),
        }
    }

    /// Whether it is so of any element, told where another place can see it.
    fn outwards(&mut self, node: NodeId, seen_from: DomainId) -> NodeId {
        let mut node = node;
        while !self.graph.sees(seen_from, self.graph.node(node).domain) {
            let domain = self.graph.node(node).domain;
            node = self.graph.gather(Gather::Any, domain, &[node], Kind::Bool);
        }
        node
    }
}
