//! Results of a batch, looked up once somebody reads them.

use std::cell::OnceCell;

use heng_dsl::value::Value;

use super::{Columned, Looked, Worth};
use crate::columnar::batch::Batch;
use crate::columnar::plan::NodeId;
use crate::columnar::{Held, Output, What};
use crate::columns::state;

/// What a declaration is worth, once somebody reads it.
#[derive(Default)]
pub(super) struct Single<'b> {
    /// Where its package is about the household, and what it is worth there; of what is no result nothing.
    pub(super) of: Option<(Option<NodeId>, NodeId)>,
    worth: OnceCell<Option<Worth<'b>>>,
    /// What each household of the batch holds instead of a value.
    states: OnceCell<Option<Vec<u8>>>,
}

/// A result of several columns, once somebody reads it.
pub(super) struct Several<'b> {
    pub(super) output: &'b Output,
    looked: OnceCell<(Option<Looked<'b>>, Vec<Looked<'b>>)>,
}

impl<'b> Several<'b> {
    pub(super) fn of(output: &'b Output) -> Self {
        Self { output, looked: OnceCell::new() }
    }

    /// Where its package is about the household, and its columns.
    pub(super) fn looked(&self, batch: &'b Batch<'b>) -> &(Option<Looked<'b>>, Vec<Looked<'b>>) {
        self.looked.get_or_init(|| {
            let look = |node: NodeId| Looked::at_node(batch, node);
            let all: &[NodeId] = match &self.output.what {
                What::Value(node) | What::Held(Held::Row(node)) => std::slice::from_ref(node),
                What::Measure { columns, .. } => columns,
                What::Hits { hits, .. } => hits,
                What::Held(Held::Each(all)) => all,
            };
            let own = all.iter().filter_map(|it| look(*it)).collect();
            (self.output.scope.and_then(look), own)
        })
    }
}

impl<'b> Columned<'b> {
    /// What a declaration is worth; nothing where it is no result.
    pub(super) fn worth(&self, slot: usize) -> Option<&Worth<'b>> {
        let own = self.worths.get(slot)?;
        let look = |node: NodeId| Looked::at_node(self.batch, node);
        let found = || {
            let (scope, node) = own.of?;
            Some(Worth { scope: scope.and_then(look), own: look(node)? })
        };
        own.worth.get_or_init(found).as_ref()
    }

    /// May a declaration be in error anywhere? Nothing is looked up for that.
    pub(super) fn may_fail(&self, slot: usize) -> bool {
        let fails = |node: NodeId| {
            let states = || self.batch.column(node)?.states.as_deref();
            !self.batch.is_sound(node) && states().is_some_and(state::fails)
        };
        match self.worths.get(slot).and_then(|it| it.of) {
            Some((scope, node)) => fails(node) || scope.is_some_and(fails),
            None => matches!(self.on.initial(slot), Value::Error(_)),
        }
    }

    /// What each household of the batch holds instead of a value; nothing where all have one.
    pub(super) fn states(&self, slot: usize, worth: &Worth<'_>) -> Option<&[u8]> {
        let known = self.worths.get(slot)?;
        known.states.get_or_init(|| worth.states(self.batch.len)).as_deref()
    }

    /// What a household holds instead of a value.
    pub(super) fn state(&self, slot: usize, worth: &Worth<'_>, at: usize) -> u8 {
        self.states(slot, worth).and_then(|it| it.get(at)).copied().unwrap_or_default()
    }
}
