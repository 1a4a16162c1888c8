//! Results that are functions of few values and that no operation asks: they wait until somebody reads them.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::kernel::Operand;
use super::kernel::answers::Answers;
use super::plan::{Kind, NodeId};
use super::profile::Clock;
use crate::columns::Column;

/// Those of a batch, none of which is an error.
#[derive(Default)]
pub(super) struct Waiting<'p> {
    all: BTreeMap<NodeId, Function<'p>>,
    /// Where the values lie that functions are looked up by, by combination.
    places: BTreeMap<usize, Rc<Places>>,
}

/// Where values lie, once somebody has found that.
type Places = OnceCell<Arc<Vec<u32>>>;

/// A result that is looked up once somebody reads it.
struct Function<'p> {
    answers: &'p Answers,
    sources: Vec<(Arc<Column>, Kind)>,
    places: Rc<Places>,
    /// What was found, and how many nanoseconds that took, where somebody wants to know.
    found: OnceCell<(Arc<Column>, u64)>,
}

impl<'p> Waiting<'p> {
    /// Lets a result wait: the answers to its values, all of which have a place, and where these lie, if that is known.
    pub(super) fn add(
        &mut self,
        (at, combination): (NodeId, usize),
        (answers, sources): (&'p Answers, Vec<(Arc<Column>, Kind)>),
        known: Option<&Arc<Vec<u32>>>,
    ) {
        let places = Rc::clone(self.places.entry(combination).or_default());
        if let Some(known) = known {
            places.get_or_init(|| Arc::clone(known));
        }
        self.all.insert(at, Function { answers, sources, places, found: OnceCell::new() });
    }

    pub(super) fn contains(&self, at: NodeId) -> bool {
        self.all.contains_key(&at)
    }

    /// A result, which is looked up if nobody has read it before; nothing where it does not wait.
    pub(super) fn read(&self, at: NodeId, clock: Option<Clock<'_>>) -> Option<&Arc<Column>> {
        let function = self.all.get(&at)?;
        let now = || clock.map_or(0, |it| it());
        let found = function.found.get_or_init(|| {
            let start = now();
            let column = Arc::new(function.answers.look_up(function.places()));
            (column, now().saturating_sub(start))
        });
        Some(&found.0)
    }

    /// What somebody has read: how many nanoseconds it took, and how long it is.
    pub(super) fn spent(&self) -> impl Iterator<Item = (NodeId, u64, usize)> {
        let read = self.all.iter().filter_map(|it| Some((*it.0, it.1.found.get()?)));
        read.map(|(at, (column, nanos))| (at, *nanos, column.lanes.len()))
    }
}

impl Function<'_> {
    fn places(&self) -> &[u32] {
        self.places.get_or_init(|| {
            let len = self.sources.first().map_or(0, |it| it.0.lanes.len());
            let index = self.answers.index(&operands_of(&self.sources), len);
            Arc::new(index.unwrap_or_default())
        })
    }
}

/// Columns as operands.
pub(super) fn operands_of(sources: &[(Arc<Column>, Kind)]) -> Vec<Operand<'_>> {
    sources.iter().map(|it| Operand { column: &it.0, splat: false, kind: it.1 }).collect()
}
