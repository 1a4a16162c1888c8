//! A batch of households, worked out operation by operation.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use heng_dsl::model::linked::Linked;
use heng_dsl::value::Value;

use super::frame::{Frame, Map};
use super::fuse::{Axis, Fused};
use super::kernel::answers::Answers;
use super::kernel::memo::{Asked, Memo, each};
use super::kernel::segment::{self, Segments};
use super::kernel::text;
use super::kernel::{Made, Operand, run};
use super::located::Located;
use super::plan::{DomainId, Elements, Kind, Load, Node, NodeId, Op};
use super::profile::{Clock, Profile};
use super::store::Store;
use super::waiting::{Function, Waiting, operands_of};
use super::{Plan, Stage, kernel};
use crate::columns::{Column, Dictionary, state};

/// What is the same for all batches of a run.
#[derive(Clone, Copy)]
pub(super) struct Ready<'p> {
    pub(super) plan: &'p Plan,
    pub(super) linked: &'p Linked,
    /// Of the register, and of what the rules name.
    pub(super) dictionary: &'p Dictionary,
    pub(super) known: &'p Known,
    /// Tells the time in nanoseconds, where somebody wants to know what takes it.
    pub(super) clock: Option<Clock<'p>>,
}

/// One thread: what it remembers from batch to batch.
pub(super) struct Worker<'p> {
    ready: Ready<'p>,
    stage: &'p Stage,
    memos: Vec<Memo>,
    pub(super) profile: Option<Profile<'p>>,
    constants: Vec<Option<Arc<Column>>>,
}

/// The answers of functions of few values, by operation, which the first thread that asks works out for all;
/// nothing where they are too long to be looked up.
#[derive(Debug, Default)]
pub(super) struct Known(Vec<OnceLock<Option<Answers>>>);

impl Known {
    /// Room for so many operations.
    pub(super) fn of(operations: usize) -> Self {
        let mut all = Vec::new();
        all.resize_with(operations, OnceLock::new);
        Self(all)
    }
}

/// The columns of a batch.
pub(super) struct Batch<'p> {
    pub(super) ready: Ready<'p>,
    pub(super) store: &'p Store<'p>,
    /// The number of its first household in the store.
    pub(super) first: usize,
    /// How many households.
    pub(super) len: usize,
    columns: Vec<Option<Arc<Column>>>,
    /// Where values lie by which functions are looked up.
    located: Located,
    waiting: Waiting<'p>,
    pub(super) frames: BTreeMap<DomainId, Arc<Frame>>,
    pub(super) maps: BTreeMap<(DomainId, DomainId), Map>,
}

impl<'p> Worker<'p> {
    pub(super) fn new(ready: Ready<'p>, stage: &'p Stage) -> Self {
        let nodes = &ready.plan.nodes;
        let constants = nodes.iter().map(|it| match &it.op {
            Op::Const(value) => {
                let values = std::iter::once(value.clone());
                Some(Arc::new(Column::of(it.kind, values, ready.dictionary)))
            }
            _ => None,
        });
        let mut memos = Vec::new();
        memos.resize_with(nodes.len(), Memo::default);
        let profile = ready.clock.map(|it| Profile::new(it, nodes.len()));
        Self { ready, stage, memos, profile, constants: constants.collect() }
    }

    /// Works out so many households of a store from a number on.
    pub(super) fn batch<'s>(&mut self, store: &'s Store<'s>, first: usize, len: usize) -> Batch<'s>
    where
        'p: 's,
    {
        let plan = self.ready.plan;
        let mut batch = Batch {
            ready: self.ready,
            store,
            first,
            len,
            columns: vec![None; plan.nodes.len()],
            located: Located::default(),
            waiting: Waiting::default(),
            frames: BTreeMap::new(),
            maps: BTreeMap::new(),
        };
        for at in &self.stage.schedule {
            let node = &plan.nodes[at.index()];
            let start = self.profile.as_ref().map(Profile::now);
            let column = match &plan.fused[at.index()] {
                Some(fused) => self.fused(*at, fused, &mut batch),
                None => Some(self.node(*at, node, &mut batch)),
            };
            if let (Some(profile), Some(start)) = (&mut self.profile, start) {
                profile.spend(at.index(), start, column.as_ref().map_or(0, |it| it.lanes.len()));
            }
            batch.columns[at.index()] = column;
            for done in &self.stage.last_uses[at.index()] {
                batch.columns[done.index()] = None;
            }
        }
        batch
    }

    /// Notes what it took to look up those results of a batch that somebody has read.
    pub(super) fn note(&mut self, batch: &Batch<'_>) {
        let Some(profile) = &mut self.profile else { return };
        for (at, nanos, rows) in batch.waiting.spent() {
            profile.add(at.index(), nanos, rows);
        }
    }

    /// A batch of which these columns are known, and those of constants.
    pub(super) fn known<'s>(
        &self,
        store: &'s Store<'s>,
        (first, len): (usize, usize),
        known: Vec<(NodeId, Arc<Column>)>,
    ) -> Batch<'s>
    where
        'p: 's,
    {
        let mut columns = self.constants.clone();
        for (node, column) in known {
            if let Some(place) = columns.get_mut(node.index()) {
                *place = Some(column);
            }
        }
        Batch {
            ready: self.ready,
            store,
            first,
            len,
            columns,
            located: Located::default(),
            waiting: Waiting::default(),
            frames: BTreeMap::new(),
            maps: BTreeMap::new(),
        }
    }

    /// A function of few values: looked up, or worked out step by step; nothing where it waits until somebody reads it.
    fn fused<'s>(&mut self, at: NodeId, fused: &Fused, batch: &mut Batch<'s>) -> Option<Arc<Column>>
    where
        'p: 's,
    {
        let plan = self.ready.plan;
        let source = |(node, _): &(NodeId, Axis)| {
            let column = batch.columns.get(node.index()).cloned().flatten()?;
            Some((column, plan.nodes[node.index()].kind))
        };
        let sources: Option<Vec<(Arc<Column>, Kind)>> = fused.sources.iter().map(source).collect();
        let sources = sources.unwrap_or_default();
        let location = batch.located.of(fused);
        if let Some(numbers) = self.stage.last_located.get(&at) {
            batch.located.forget(numbers);
        }
        let known = self.answers(at, fused, batch.store);
        let operands = operands_of(&sources);
        if let Some(answers) = known
            && self.stage.waiting.contains(&at)
            && answers.are_sound(&operands)
        {
            batch.waiting.add(at, Function::new(answers, sources, location));
            return None;
        }
        let found = known.and_then(|it| Some((it, location.index(it, &operands)?)));
        Some(match found {
            Some((answers, index)) => Arc::new(answers.look_up(index, &operands, batch.len)),
            None => {
                let columns = sources.into_iter().map(|it| it.0).collect();
                self.steps(fused, columns, (batch.len, batch.store))
            }
        })
    }

    /// The answers of a function for all combinations of its values, which the first thread that asks works out.
    fn answers(&mut self, at: NodeId, fused: &Fused, store: &Store<'_>) -> Option<&'p Answers> {
        let (plan, known) = (self.ready.plan, self.ready.known);
        let answers = known.0.get(at.index())?.get_or_init(|| {
            let kind = |it: &NodeId| plan.nodes[it.index()].kind;
            let kinds: Vec<(Kind, &Axis)> =
                fused.sources.iter().map(|it| (kind(&it.0), &it.1)).collect();
            let all = Answers::combinations(&kinds);
            let len = all.first().map_or(0, |it| it.lanes.len());
            let all = all.into_iter().map(Arc::new).collect();
            let found = self.steps(fused, all, (len, store));
            Answers::of(&kinds, &found)
        });
        answers.as_ref()
    }

    /// The steps of a function for so many households, of which the sources are known.
    fn steps(
        &mut self,
        fused: &Fused,
        sources: Vec<Arc<Column>>,
        (len, store): (usize, &Store<'_>),
    ) -> Arc<Column> {
        let plan = self.ready.plan;
        let sources = fused.sources.iter().map(|it| it.0).zip(sources);
        let mut known: BTreeMap<NodeId, Arc<Column>> = sources.collect();
        let mut last = None;
        for at in &fused.steps {
            let node = &plan.nodes[at.index()];
            let column = |it: &NodeId| known.get(it).cloned().unwrap_or_else(|| self.constant(*it));
            let columns: Vec<Arc<Column>> = node.args.iter().map(column).collect();
            let column = self.worked_out(*at, node, &columns, (len, store));
            last = Some(column.clone());
            known.insert(*at, column);
        }
        last.unwrap_or_else(|| Arc::new(Column::answer(false, len)))
    }

    /// What an operation is, by steps of which each stands after its operands, where some values, which are all the
    /// same, are known.
    pub(super) fn function(
        &mut self,
        (last, steps): (NodeId, &BTreeSet<NodeId>),
        (sources, values): (&[NodeId], &Arc<Column>),
        (len, store): (usize, &Store<'_>),
    ) -> Arc<Column> {
        let plan = self.ready.plan;
        let mut known: BTreeMap<NodeId, Arc<Column>> =
            sources.iter().map(|it| (*it, values.clone())).collect();
        for at in steps {
            let node = &plan.nodes[at.index()];
            let column = |it: &NodeId| known.get(it).cloned().unwrap_or_else(|| self.constant(*it));
            let columns: Vec<Arc<Column>> = node.args.iter().map(column).collect();
            let column = match (&node.op, columns.first()) {
                (Op::Lift | Op::Own, Some(same)) if same.lanes.len() == len => same.clone(),
                (Op::Lift | Op::Own, Some(same)) => Arc::new(same.gather(&vec![0; len])),
                _ => self.worked_out(*at, node, &columns, (len, store)),
            };
            known.insert(*at, column);
        }
        match known.remove(&last) {
            Some(column) => column,
            None => Arc::new(self.constant(last).gather(&vec![0; len])),
        }
    }

    fn node(&mut self, at: NodeId, node: &Node, batch: &mut Batch<'_>) -> Arc<Column> {
        match &node.op {
            Op::Const(_) => self.constant(at),
            Op::Load(load) => Arc::new(batch.load(*load, node.domain, node.kind)),
            Op::Lift | Op::Own => self.lifted(node, batch),
            Op::Gather(of, gather) => {
                let frame = batch.frame(*of);
                let args = self.args(node, batch);
                let args = operands(&args, node, self.ready.plan);
                let segments = Segments(&frame);
                let dictionary = &batch.store.dictionary;
                Arc::new(segment::gather(*gather, node.kind, &args, segments, dictionary))
            }
            Op::Asked(gather) => {
                let frame = batch.frame(node.domain);
                let args = self.args(node, batch);
                let args = operands(&args, node, self.ready.plan);
                let segments = Segments(&frame);
                Arc::new(segment::asked(*gather, &args, segments, &batch.store.dictionary))
            }
            _ => {
                let len = batch.frame(node.domain).len;
                self.single(at, node, len, batch)
            }
        }
    }

    /// An operation on single values.
    fn single(&mut self, at: NodeId, node: &Node, len: usize, batch: &Batch<'_>) -> Arc<Column> {
        let columns = self.args(node, batch);
        self.worked_out(at, node, &columns, (len, batch.store))
    }

    fn worked_out(
        &mut self,
        at: NodeId,
        node: &Node,
        columns: &[Arc<Column>],
        (len, store): (usize, &Store<'_>),
    ) -> Arc<Column> {
        let args = operands(columns, node, self.ready.plan);
        match run(&node.op, node.kind, &args, len) {
            Some(Made::New(column)) => return Arc::new(column),
            Some(Made::Same(number)) => {
                if let Some(same) = columns.get(number).filter(|_| !args[number].splat) {
                    return same.clone();
                }
            }
            None => {}
        }
        let linked = self.ready.linked;
        let asked = Asked { op: &node.op, kind: node.kind, linked, dictionary: &store.dictionary };
        let known = text::run(asked, &args);
        let memo = self.memos.get_mut(at.index());
        let known = known.or_else(|| memo.and_then(|it| it.run(asked, &args, len)));
        Arc::new(known.unwrap_or_else(|| each(asked, &args, len)))
    }

    fn args(&self, node: &Node, batch: &Batch<'_>) -> Vec<Arc<Column>> {
        let column = |it: &NodeId| match batch.columns.get(it.index()).cloned().flatten() {
            Some(column) => column,
            None => self.constant(*it),
        };
        node.args.iter().map(column).collect()
    }

    fn constant(&self, at: NodeId) -> Arc<Column> {
        let known = self.constants.get(at.index()).cloned().flatten();
        known.unwrap_or_else(|| Arc::new(Column::answer(false, 1)))
    }

    fn lifted(&self, node: &Node, batch: &mut Batch<'_>) -> Arc<Column> {
        let Some(arg) = node.args.first() else { return Arc::new(Column::answer(false, 0)) };
        let from = self.ready.plan.nodes[arg.index()].domain;
        let map = match node.op {
            Op::Own => batch.own_map(node.domain, from),
            _ => batch.map(node.domain, from),
        };
        let column = self.args(node, batch).swap_remove(0);
        match map {
            Map::Same => column,
            Map::By(map) => Arc::new(column.gather(&map)),
        }
    }
}

fn operands<'c>(columns: &'c [Arc<Column>], node: &Node, plan: &Plan) -> Vec<Operand<'c>> {
    let each = columns.iter().zip(&node.args).map(|(column, at)| {
        let arg = &plan.nodes[at.index()];
        let splat = matches!(arg.op, Op::Const(_));
        kernel::Operand { column, splat, kind: arg.kind }
    });
    each.collect()
}

impl Batch<'_> {
    /// The value of an element; one that is the same for all stands once.
    pub(super) fn value(&self, node: NodeId, at: usize) -> Value {
        let Some(column) = self.column(node) else { return Value::NotApplicable };
        let Node { op, kind, .. } = &self.ready.plan.nodes[node.index()];
        let at = if matches!(op, Op::Const(_)) { 0 } else { at };
        column.value(at, *kind, &self.store.dictionary)
    }

    /// What an operation gave to each household, also where it is the same for all.
    pub(super) fn whole(&self, node: NodeId) -> Column {
        let Node { op, kind, .. } = &self.ready.plan.nodes[node.index()];
        match self.column(node) {
            Some(it) if matches!(op, Op::Const(_)) => it.gather(&vec![0; self.len]),
            Some(it) => it.as_ref().clone(),
            None => {
                let states = Some(vec![state::NOT_APPLICABLE; self.len]);
                Column { states, ..Column::missing(*kind, self.len) }
            }
        }
    }

    /// What an operation gave; of one that nothing asks for, nothing.
    pub(super) fn column(&self, at: NodeId) -> Option<&Arc<Column>> {
        let known = self.columns.get(at.index())?.as_ref();
        known.or_else(|| self.waiting.read(at, self.ready.clock))
    }

    /// Is it known that no household has an error there, without that the result was looked up?
    pub(super) fn is_sound(&self, at: NodeId) -> bool {
        self.waiting.contains(at)
    }

    pub(super) fn plan(&self) -> &Plan {
        self.ready.plan
    }

    pub(super) fn dictionary(&self) -> &Dictionary {
        &self.store.dictionary
    }

    /// What a function of the register gives each household, by site.
    pub(super) fn given(&self, site: usize) -> Column {
        let first = self.store.first + self.first;
        match self.store.column(Load::Site(site)) {
            Some(it) => it.slice(first, first + self.len),
            None => Column::missing(Kind::Bool, self.len),
        }
    }

    fn load(&mut self, load: Load, domain: DomainId, kind: Kind) -> Column {
        let (plan, store) = (self.ready.plan, self.store);
        let last = self.first + self.len;
        match load {
            Load::Field(_) => match store.column(load) {
                Some(it) => it.slice(self.first, last),
                None => Column::missing(kind, self.len),
            },
            Load::Site(_) | Load::Result(_) => match store.column(load) {
                Some(it) => it.slice(store.first + self.first, store.first + last),
                None => Column::missing(kind, self.len),
            },
            Load::Column(..) | Load::EarlierDate | Load::Earlier(_) => {
                let table = if let Load::Column(table, _) = load { Some(table) } else { None };
                let offsets = store.offsets(table);
                let at = |it: usize| offsets.get(it).map_or(0, |it| *it as usize);
                let (first, last) = (at(self.first), at(last));
                match store.column(load) {
                    Some(it) => it.slice(first, last),
                    None => Column::missing(kind, last.saturating_sub(first)),
                }
            }
            Load::Before => {
                let frame = self.frame(domain);
                let before = frame.offsets.windows(2).flat_map(|it| (1..=it[1] - it[0]).rev());
                let before: Vec<i128> = before.map(i128::from).collect();
                let states = vec![0; before.len()];
                Column::of_numbers(Kind::Number(0), before, states)
            }
            Load::Start | Load::End => {
                let Elements::Units(units) = &plan.domains[domain.index()].elements else {
                    return Column::answer(false, 0);
                };
                let day = |it: &(heng_dsl::value::Date, heng_dsl::value::Date)| {
                    let date = if load == Load::Start { it.0 } else { it.1 };
                    i128::from(date.epoch_days())
                };
                let days: Vec<i128> = units.iter().map(day).collect();
                let states = vec![0; days.len()];
                Column::of_numbers(Kind::Date, days, states)
            }
        }
    }
}
