//! A month more: results that were recorded stay as they are where neither the data nor time has changed anything, and
//! only the other households are worked out.
//!
//! # How it works
//!
//! * What is recorded of each household ([`Root`]) are the columns of which results are told: grades, scores, tags, and
//!   whatever a result file shows in full, of anything else whether there is a value and which fields were missing.
//! * A household has to be looked at if a delivery has changed it since, if the comparison of both plans
//!   ([`super::moved`]) says that time may have, or if a function of the register, which is worked out for all anew, gives
//!   it something else. The others keep what was recorded.
//! * Both are put together in the columns of a batch, and whoever takes results does not know the difference.
//!
//! Where it cannot be told what is left as it was, every household is looked at, and [`Looked`] says why.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use heng_dsl::diag::Words;
use heng_dsl::model::linked::Linked;
use heng_dsl::value::Date;

use super::batch::{Batch, Known, Ready, Worker};
use super::fuse::all_bounds;
use super::moved::{Comparing, Pair, Stays, Watch, Workers};
use super::plan::{Kind, Load, NodeId, Op};
use super::store::{self, Inputs, Store};
use super::{Plan, Refusal, Stage, What};
use crate::columns::{Column, Columns, Dictionary, Lanes, Texts, state};
use crate::eval::Evaluator;
use crate::program::Program;
use crate::source::{Source, Unreadable};

/// What a run starts from, and what it leaves behind.
#[derive(Clone, Copy)]
pub struct Month<'m> {
    pub(crate) earlier: Option<&'m dyn Earlier>,
    pub(crate) record: Option<&'m dyn Record>,
    /// The declarations whose values are shown, by slot.
    pub(crate) shown: &'m BTreeSet<usize>,
}

impl<'m> Month<'m> {
    /// A run that starts from recorded results, or whose results are recorded, and which shows the values of these
    /// declarations in full, by slot.
    #[cfg(feature = "files")]
    pub fn of(
        earlier: Option<&'m crate::snapshot::Recorded>,
        record: Option<&'m crate::snapshot::Recorder>,
        shown: &'m BTreeSet<usize>,
    ) -> Self {
        Self {
            earlier: earlier.map(|it| it as &dyn Earlier),
            record: record.map(|it| it as &dyn Record),
            shown,
        }
    }
}

/// Results that were recorded.
pub(crate) trait Earlier: Sync {
    /// On which date.
    fn as_of(&self) -> Date;

    /// The number of the last delivery that was part of the data.
    ///
    /// # Errors
    ///
    /// Why it is not known what has changed since.
    fn delivery(&self) -> Result<u32, Words>;

    /// Was something recorded under a name, with its values or at least with what is there instead of them?
    fn has(&self, name: &str, values: bool) -> bool;

    /// What was recorded under each name of households in the order of their keys.
    ///
    /// # Errors
    ///
    /// A file that cannot be read.
    fn results(
        &self,
        keys: &Texts,
        wanted: &[(&str, Kind)],
        dictionary: &Dictionary,
    ) -> Result<Taken, Unreadable>;
}

/// Results of a date of which nothing was recorded: only what time may have changed since can be told.
pub(super) struct OnDate(pub(super) Date);

impl Earlier for OnDate {
    fn as_of(&self) -> Date {
        self.0
    }

    fn delivery(&self) -> Result<u32, Words> {
        Ok(0)
    }

    fn has(&self, _name: &str, _values: bool) -> bool {
        true
    }

    fn results(
        &self,
        keys: &Texts,
        wanted: &[(&str, Kind)],
        _dictionary: &Dictionary,
    ) -> Result<Taken, Unreadable> {
        Ok(Taken { columns: vec![None; wanted.len()], strange: vec![false; keys.len()] })
    }
}

/// Recorded results of some households.
pub(crate) struct Taken {
    /// By what was asked for: a row for each household.
    pub(crate) columns: Vec<Option<Column>>,
    /// Households of which nothing of use was recorded.
    pub(crate) strange: Vec<bool>,
}

/// Keeps results.
pub(crate) trait Record: Sync {
    /// Keeps those of a stretch, by number; stretches come in any order.
    fn keep(&self, number: usize, keys: &Texts, results: &[Kept<'_>], dictionary: &Dictionary);
}

/// A column of results.
pub(crate) struct Kept<'k> {
    pub(crate) name: &'k str,
    pub(crate) kind: Kind,
    pub(crate) column: Column,
    /// Only what is there instead of values counts.
    pub(crate) only_states: bool,
}

/// How many households had to be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// All of them.
    pub households: usize,
    /// Those of which a delivery has changed the data, or of which nothing was recorded.
    pub changed: usize,
    /// Others that time may have changed.
    pub moved: usize,
    /// Why every one of them had to be looked at; absent where not.
    pub all: Option<Words>,
}

/// A column of which results are told.
pub(super) struct Root {
    pub(super) name: String,
    pub(super) node: NodeId,
    pub(super) stays: Stays,
    /// It is what a function of the register gives each household, by site.
    pub(super) site: Option<usize>,
}

impl Plan {
    /// The columns of which results are told. Where they are told is not told by numbers, which another plan of the
    /// program may give otherwise, but by names.
    pub(super) fn roots(&self, linked: &Linked, shown: &BTreeSet<usize>) -> Vec<Root> {
        let mut all: BTreeMap<String, (NodeId, Stays)> = BTreeMap::new();
        for output in &self.outputs {
            let of = linked.name_of(linked.package_of(output.slot));
            let own = format!("{of}.{}", linked.decl(output.slot).name);
            let mut add = |what: &str, node: NodeId, stays: Stays| {
                all.insert(format!("{own}{what}"), (node, stays));
            };
            match &output.what {
                What::Value(node) if shown.contains(&output.slot) => add("", *node, Stays::Value),
                What::Value(node) => add("", *node, Stays::State),
                What::Measure { found, columns } => {
                    add(":found", *found, Stays::Value);
                    for (number, node) in columns.iter().enumerate() {
                        add(&format!(":column {number}"), *node, Stays::Value);
                    }
                }
                // What became of determinations is only told of single households, which are worked out.
                What::Hits { .. } | What::Held(_) => continue,
            }
            if let Some(scope) = output.scope {
                add(":scope", scope, Stays::Value);
            }
        }
        for (slot, node) in &self.missing {
            let field = linked.field(*slot);
            all.insert(format!("{}:missing {slot}", field.name), (*node, Stays::Value));
        }
        let own = all.into_iter();
        let own = own.map(|(name, (node, stays))| Root { name, node, stays, site: None });
        let sites = self.results.schedule.iter().filter_map(|node| {
            let Op::Load(Load::Site(site)) = self.nodes[node.index()].op else { return None };
            let (name, stays) = (format!(":register {site}"), Stays::Value);
            Some(Root { name, node: *node, stays, site: Some(site) })
        });
        own.chain(sites).collect()
    }
}

/// What a run of the later plan starts from.
pub(super) struct Since<'s> {
    earlier: &'s dyn Earlier,
    /// The last delivery that was part of the data.
    delivery: u32,
    /// What is taken from what was recorded, and where it was the same for all, that.
    roots: Vec<(Root, Kind, Option<Arc<Column>>)>,
    watches: Vec<Watch>,
    /// Works out what is watched.
    pub(super) watching: Stage,
    changed: AtomicUsize,
    moved: AtomicUsize,
}

impl<'s> Since<'s> {
    /// What a run of a plan may start from.
    ///
    /// # Errors
    ///
    /// Why every household has to be looked at.
    pub(super) fn of(
        earlier: &'s dyn Earlier,
        program: &Program,
        plan: &Plan,
        (source, dictionary): (&dyn Source, &mut Dictionary),
        shown: &BTreeSet<usize>,
    ) -> Result<Self, Words> {
        let delivery = earlier.delivery()?;
        possible(plan, source)?;
        let linked = program.linked();
        let before =
            Plan::of(program, &Evaluator::new(program, earlier.as_of()), false, &|_| false);
        let before = before.map_err(|_| untold(linked, None))?;
        store::learn(dictionary, &before.reads);
        let old: BTreeMap<String, NodeId> =
            before.roots(linked, shown).into_iter().map(|it| (it.name, it.node)).collect();
        let (mut pairs, mut roots): (Vec<Pair>, Vec<_>) = (Vec::new(), Vec::new());
        for root in plan.roots(linked, shown) {
            let was = *old.get(&root.name).ok_or_else(|| untold(linked, None))?;
            let kind = plan.kind(root.node);
            if before.kind(was) != kind {
                return Err(untold(linked, None));
            }
            pairs.push((was, root.node, root.stays));
            if !earlier.has(&root.name, root.stays == Stays::Value) {
                return Err(Words::both(
                    format!("当时没有记录“{}”", root.name),
                    format!("“{}” was not recorded then", root.name),
                ));
            }
            // Where it was the same for all it need not have been recorded.
            let constant = match &before.nodes[was.index()].op {
                Op::Const(value) => {
                    Some(Arc::new(Column::of(kind, std::iter::once(value.clone()), dictionary)))
                }
                _ => None,
            };
            roots.push((root, kind, constant));
        }
        let nothing = Columns::new(linked, None);
        let (inputs, known) = (Inputs::new(), Known::of(0));
        let store = Store::of((&nothing, 0), linked, (&plan.reads, dictionary), &inputs);
        let store = store.map_err(|_| untold(linked, None))?;
        let ready = |plan| Ready { plan, linked, dictionary, known: &known, clock: None };
        let both =
            [Worker::new(ready(&before), &before.results), Worker::new(ready(plan), &plan.results)];
        let bounds = all_bounds(plan, &source.ranges());
        let mut workers = Workers { both, store: &store };
        let watches = Comparing::of([&before, plan], bounds).watches(&pairs, &mut workers);
        let watches = watches.map_err(|it| untold(linked, it))?;
        let watching = plan.stage(watches.iter().map(|it| it.node).collect());
        let (changed, moved) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Ok(Self { earlier, delivery, roots, watches, watching, changed, moved })
    }

    /// What was recorded of some households.
    pub(super) fn taken(
        &self,
        keys: &Texts,
        dictionary: &Dictionary,
    ) -> Result<Taken, Vec<Refusal>> {
        let recorded = self.roots.iter().filter(|it| it.2.is_none());
        let wanted: Vec<(&str, Kind)> = recorded.map(|it| (it.0.name.as_str(), it.1)).collect();
        let taken = self.earlier.results(keys, &wanted, dictionary);
        taken.map_err(|it| vec![Refusal::Unreadable(it)])
    }

    /// Which households of a batch have to be looked at; `watched` has what is watched of them, and `taken` is what was
    /// recorded, of which they are a part.
    pub(super) fn marked(
        &self,
        watched: &mut Batch<'_>,
        (taken, of): (&Taken, Range<usize>),
    ) -> Vec<u32> {
        let strange = taken.strange.get(of.clone()).unwrap_or_default();
        let own = watched.first..watched.first + watched.len;
        let stamps = watched.store.columns.changed.get(own);
        let changed = |at: usize| {
            let stamp = stamps.and_then(|it| it.get(at));
            stamp.is_none_or(|it| *it > self.delivery) || strange.get(at) != Some(&false)
        };
        let mut marks: Vec<bool> = (0..watched.len).map(changed).collect();
        let before = marks.iter().filter(|it| **it).count();
        self.watches.iter().for_each(|it| it.mark(watched, &mut marks));
        self.mark_given(watched, (taken, of), &mut marks);
        let rows = (0..).zip(marks).filter(|it| it.1).map(|it| it.0);
        let rows: Vec<u32> = rows.collect();
        self.changed.fetch_add(before, Ordering::Relaxed);
        self.moved.fetch_add(rows.len() - before, Ordering::Relaxed);
        rows
    }

    /// Which households of a batch time alone may have changed.
    pub(super) fn moved(&self, watched: &mut Batch<'_>) -> Vec<bool> {
        let mut marks = vec![false; watched.len];
        self.watches.iter().for_each(|it| it.mark(watched, &mut marks));
        marks
    }

    /// Marks the households to which a function of the register gives something else.
    fn mark_given(
        &self,
        batch: &Batch<'_>,
        (taken, of): (&Taken, Range<usize>),
        marks: &mut [bool],
    ) {
        let recorded = self.roots.iter().filter(|it| it.2.is_none()).zip(&taken.columns);
        for ((root, ..), before) in recorded {
            let Some(site) = root.site else { continue };
            let after = batch.store.column(Load::Site(site));
            let own = |column: Option<&Column>, at: usize| match column {
                Some(it) => (it.state(at), it.lanes.at(at)),
                None => (state::MISSING, 0),
            };
            let first = batch.store.first + batch.first;
            for (at, mark) in marks.iter_mut().enumerate() {
                let (a, b) = (own(before.as_ref(), of.start + at), own(after, first + at));
                *mark |= a.0 != b.0 || (a.0 == state::THERE && a.1 != b.1);
            }
        }
    }

    /// The columns of results: what was worked out of those that had to be looked at, and what was recorded of the
    /// others. `taken` is what was recorded, of which these households are a part.
    pub(super) fn together(
        &self,
        (taken, of): (&Taken, Range<usize>),
        (rows, worked): (&[u32], Option<&Batch<'_>>),
        plan: &Plan,
    ) -> Vec<(NodeId, Arc<Column>)> {
        let mut recorded = taken.columns.iter();
        let mut all = Vec::new();
        for (root, kind, constant) in &self.roots {
            let own = match constant {
                Some(it) => Some(it.gather(&vec![0; of.len()])),
                None => {
                    recorded.next().and_then(Option::as_ref).map(|it| it.slice(of.start, of.end))
                }
            };
            if root.site.is_some() || matches!(plan.nodes[root.node.index()].op, Op::Const(_)) {
                continue;
            }
            let mut own = own.unwrap_or_else(|| Column::missing(*kind, of.len()));
            if let Some(found) = worked.and_then(|it| it.column(root.node)) {
                own.put(rows, found);
            }
            all.push((root.node, Arc::new(own)));
        }
        all
    }

    /// How many households had to be looked at, of so many.
    pub(super) fn looked(&self, households: usize) -> Looked {
        let count = |it: &AtomicUsize| it.load(Ordering::Relaxed);
        Looked { households, changed: count(&self.changed), moved: count(&self.moved), all: None }
    }
}

/// A column of which only states count.
pub(crate) fn states_only(states: Option<Vec<u8>>, len: usize) -> Column {
    Column { lanes: Lanes::Short(vec![0; len]), states, low: 0, high: 0 }
}

/// What does not follow from a household's own data and the date has to be worked out anew.
fn possible(plan: &Plan, source: &dyn Source) -> Result<(), Words> {
    let has_history = source.held().is_some_and(|it| !it.history.is_empty());
    if has_history && plan.reads.tables.contains(&None) {
        return Err(Words::both(
            "规则读给出的历次结果，每月都不同",
            "the rules read the earlier results that are given, which are others every month",
        ));
    }
    Ok(())
}

fn untold(linked: &Linked, slot: Option<usize>) -> Words {
    match slot.map(|it| linked.decl(it)) {
        Some(decl) => Words::both(
            format!("“{}”每个基准日都不同", decl.name),
            format!("“{}” is another one on every date", decl.name),
        ),
        None => Words::both(
            "两个基准日的规则不能逐项对照",
            "the rules of both dates cannot be compared one by one",
        ),
    }
}
