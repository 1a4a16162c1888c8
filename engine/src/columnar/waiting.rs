//! Results that are functions of few values and that no operation asks: they wait until somebody reads them.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::kernel::Operand;
use super::kernel::answers::Answers;
use super::located::Location;
use super::plan::{Kind, NodeId};
use super::profile::Clock;
use crate::columns::Column;

/// Those of a batch, none of which is an error.
#[derive(Default)]
pub(super) struct Waiting<'p>(BTreeMap<NodeId, Function<'p>>);

/// A result that is looked up once somebody reads it.
pub(super) struct Function<'p> {
    answers: &'p Answers,
    sources: Vec<(Arc<Column>, Kind)>,
    location: Location,
    /// What was found, and how many nanoseconds that took, where somebody wants to know.
    found: OnceCell<(Arc<Column>, u64)>,
}

impl<'p> Waiting<'p> {
    /// Lets a result wait.
    pub(super) fn add(&mut self, at: NodeId, function: Function<'p>) {
        self.0.insert(at, function);
    }

    pub(super) fn contains(&self, at: NodeId) -> bool {
        self.0.contains_key(&at)
    }

    /// A result, which is looked up if nobody has read it before; nothing where it does not wait.
    pub(super) fn read(&self, at: NodeId, clock: Option<Clock<'_>>) -> Option<&Arc<Column>> {
        let function = self.0.get(&at)?;
        let now = || clock.map_or(0, |it| it());
        let found = function.found.get_or_init(|| {
            let start = now();
            let column = Arc::new(function.look_up());
            (column, now().saturating_sub(start))
        });
        Some(&found.0)
    }

    /// What somebody has read: how many nanoseconds it took, and how long it is.
    pub(super) fn spent(&self) -> impl Iterator<Item = (NodeId, u64, usize)> {
        let read = self.0.iter().filter_map(|it| Some((*it.0, it.1.found.get()?)));
        read.map(|(at, (column, nanos))| (at, *nanos, column.lanes.len()))
    }
}

impl<'p> Function<'p> {
    /// The answers to these values, all of which have a place, and where they stand.
    pub(super) fn new(
        answers: &'p Answers,
        sources: Vec<(Arc<Column>, Kind)>,
        location: Location,
    ) -> Self {
        Self { answers, sources, location, found: OnceCell::new() }
    }

    fn look_up(&self) -> Column {
        let operands = operands_of(&self.sources);
        let len = operands.first().map_or(0, |it| it.column.lanes.len());
        match self.location.index(self.answers, &operands) {
            Some(index) => self.answers.look_up(index, &operands, len),
            // All of them have a place, or the result would not wait.
            None => Column::missing(Kind::Bool, len),
        }
    }
}

/// Columns as operands.
pub(super) fn operands_of(sources: &[(Arc<Column>, Kind)]) -> Vec<Operand<'_>> {
    sources.iter().map(|it| Operand { column: &it.0, splat: false, kind: it.1 }).collect()
}
