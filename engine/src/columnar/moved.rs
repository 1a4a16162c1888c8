//! What time alone can change: the plans of one program on two dates, compared.
//!
//! Whatever stands in both plans is worth the same on both dates. Where they part, what lies between is a function of
//! one value that stands in both (a date of a record and the windows around it, as a rule): it is worked out for all
//! that the value may be, on both dates, and only where the two differ can a household have another result. Such a value
//! is watched ([`Watch`]). Where something depends on the date in another way, nothing is known and every household has
//! to be looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Plan;
use super::batch::{Batch, Worker};
use super::domain::{DomainId, Elements, sees, told_by};
use super::fuse::{Axis, Bounds, picks};
use super::kernel::answers::Answers;
use super::plan::{Gather, Kind, Load, Node, NodeId, Op};
use super::store::Store;
use crate::columns::{Column, Lanes, plain_number, state};

/// A value is tabulated if it may be so many numbers at most: days of three centuries.
const MOST: usize = 1 << 17;

/// A value of the later plan, and for what it is the dates make a difference.
#[derive(Debug)]
pub(super) struct Watch {
    pub(super) node: NodeId,
    differing: Differing,
}

/// Numbers and what is there instead of one.
#[derive(Debug, Clone)]
struct Differing {
    low: i64,
    /// From the least number on.
    numbers: Vec<bool>,
    /// By state; errors always count.
    states: [bool; state::ALL],
}

/// What has to stay as it was of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stays {
    /// All of it.
    Value,
    /// Whether there is a value, or why there is none.
    State,
}

/// What an operation is a function of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    /// It stands in both plans; its number.
    Shared(u32),
    /// What records come to, in one plan.
    Own(NodeId),
}

/// How far back the values are looked for of which an operation is a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// To what is read of the data, or comes of records.
    Far,
    /// To what stands in both plans.
    Near,
    /// To its operands.
    Operands,
}

/// Two plans of one program.
pub(super) struct Comparing<'c> {
    plans: [&'c Plan; 2],
    /// What each operation is worth, the same number for the same in both.
    same: [Vec<u32>; 2],
    /// What each operation does, whatever its operands are.
    does: [Vec<u32>; 2],
    /// What stands in both.
    shared: BTreeSet<u32>,
    /// Between which bounds the values of the later plan lie.
    bounds: Vec<Option<Bounds>>,
}

/// For which declaration, if for one, it cannot be told what the dates make of it.
pub(super) type Untold = Option<usize>;

/// Operations of the earlier and of the later plan, and what has to stay as it was.
pub(super) type Pair = (NodeId, NodeId, Stays);

/// What works the operations of both plans out.
pub(super) struct Workers<'w, 'p> {
    pub(super) both: [Worker<'p>; 2],
    pub(super) store: &'w Store<'w>,
}

impl<'c> Comparing<'c> {
    /// Compares an earlier plan with a later one, whose values lie within these bounds.
    pub(super) fn of(plans: [&'c Plan; 2], bounds: Vec<Option<Bounds>>) -> Self {
        let mut numbering = Numbering::default();
        let [old, new] = plans.map(|it| numbering.plan(it));
        let (same, does) = ([old.0, new.0], [old.1, new.1]);
        let earlier: BTreeSet<u32> = same[0].iter().copied().collect();
        let shared = same[1].iter().copied().filter(|it| earlier.contains(it)).collect();
        Self { plans, same, does, shared, bounds: further(&plans[1].nodes, bounds) }
    }

    /// What has to be watched so that these results stay as they were everywhere else.
    ///
    /// # Errors
    ///
    /// What cannot be told.
    pub(super) fn watches(
        &self,
        pairs: &[Pair],
        workers: &mut Workers<'_, '_>,
    ) -> Result<Vec<Watch>, Untold> {
        let mut found: BTreeMap<NodeId, Differing> = BTreeMap::new();
        let each = pairs.iter().map(|it| (*it, None));
        let (mut waiting, mut seen): (Vec<(Pair, Untold)>, _) = (each.collect(), BTreeSet::new());
        while let Some((pair, of)) = waiting.pop() {
            if self.number(0, pair.0) == self.number(1, pair.1) || !seen.insert(pair) {
                continue;
            }
            let ways = [Reach::Far, Reach::Near, Reach::Operands];
            match ways.into_iter().find_map(|it| self.tabulated(pair, it, workers)) {
                Some((node, differing, operands)) => {
                    waiting.extend(operands.into_iter().map(|it| (it, of)));
                    match found.get_mut(&node) {
                        _ if !differing.any() => {}
                        Some(own) => own.join(&differing),
                        None => drop(found.insert(node, differing)),
                    }
                }
                None => {
                    let own = self.plans[1].decls.get(pair.1.index()).copied().flatten();
                    let operands = self.operands(pair).ok_or(of.or(own))?;
                    waiting.extend(operands.into_iter().map(|it| (it, own.or(of))));
                }
            }
        }
        Ok(found.into_iter().map(|(node, differing)| Watch { node, differing }).collect())
    }

    fn node(&self, which: usize, at: NodeId) -> &'c Node {
        &self.plans[which].nodes[at.index()]
    }

    fn number(&self, which: usize, at: NodeId) -> u32 {
        self.same[which].get(at.index()).copied().unwrap_or(u32::MAX)
    }

    /// The values of which an operation is a function, lane by lane, and the operations in between. Nothing where it
    /// is more than that.
    fn sources(
        &self,
        (which, of): (usize, NodeId),
        reach: Reach,
    ) -> Option<(BTreeSet<Value>, BTreeSet<NodeId>)> {
        let is_shared = |at: NodeId| self.shared.contains(&self.number(which, at));
        let (mut sources, mut steps) = (BTreeSet::new(), BTreeSet::new());
        let mut waiting = vec![of];
        while let Some(at) = waiting.pop() {
            let node = self.node(which, at);
            match node.op {
                _ if at != of && reach == Reach::Operands && !is_passed_on(&node.op) => {
                    sources.insert(Value::Own(at));
                }
                Op::Const(_) => {}
                // Where a value is seen from does not matter.
                Op::Lift | Op::Own if steps.insert(at) => waiting.extend(&node.args),
                Op::Lift | Op::Own => {}
                Op::Load(_) | Op::Asked(_) if !is_shared(at) => return None,
                Op::Gather(..) if !is_shared(at) => drop(sources.insert(Value::Own(at))),
                Op::Load(_) | Op::Gather(..) | Op::Asked(_) => {
                    sources.insert(Value::Shared(self.number(which, at)));
                }
                _ if reach == Reach::Near && is_shared(at) => {
                    sources.insert(Value::Shared(self.number(which, at)));
                }
                _ => {
                    if steps.insert(at) {
                        waiting.extend(&node.args);
                    }
                }
            }
        }
        Some((sources, steps))
    }

    /// The same operation differs only where an operand does. Nothing where it is another one.
    fn operands(&self, (old, new, _): Pair) -> Option<Vec<Pair>> {
        let (a, b) = (self.node(0, old), self.node(1, new));
        let does = |which: usize, at: NodeId| self.does[which].get(at.index());
        if does(0, old) != does(1, new) || a.args.len() != b.args.len() || a.args.is_empty() {
            return None;
        }
        let told = [self.told(0, a), self.told(1, b)];
        let told = told[0].iter().zip(&told[1]);
        let pairs = a.args.iter().zip(&b.args).chain(told);
        Some(pairs.map(|it| (*it.0, *it.1, Stays::Value)).collect())
    }

    /// What tells which elements the places of an operation have: the same for operations that do the same.
    fn told(&self, which: usize, node: &Node) -> Vec<NodeId> {
        let of = if let Op::Gather(of, _) = node.op { Some(of) } else { None };
        let places = [Some(node.domain), of].into_iter().flatten();
        places.flat_map(|it| told_by(&self.plans[which].domains, it)).collect()
    }

    /// Of two functions of one value: which one, and for what it is they differ. Nothing where they are something
    /// else.
    fn tabulated(
        &self,
        (old, new, stays): Pair,
        reach: Reach,
        workers: &mut Workers<'_, '_>,
    ) -> Option<(NodeId, Differing, Vec<Pair>)> {
        let (a, steps) = self.sources((0, old), reach)?;
        let (b, later_steps) = self.sources((1, new), reach)?;
        let (earlier, later, operands) = self.one(&a, &b, reach)?;
        let watched = *later.first()?;
        let node = self.node(1, watched);
        if !self.is_of_a_household(node.domain) {
            return None;
        }
        let bounds = self.bounds.get(watched.index()).copied().flatten()?;
        let axis = Axis::Each(bounds);
        if axis.size()? > MOST {
            return None;
        }
        let column = Arc::new(Answers::combinations(&[(node.kind, &axis)]).pop()?);
        let len = column.lanes.len();
        let [one, other] = &mut workers.both;
        let before = one.function((old, &steps), (&earlier, &column), (len, workers.store));
        let after = other.function((new, &later_steps), (&later, &column), (len, workers.store));
        let kinds = (self.node(0, old).kind, self.node(1, new).kind);
        let differs = |at: usize| {
            let (a, b) = (before.state(at), after.state(at));
            let differ = || kinds.0 != kinds.1 || before.lanes.at(at) != after.lanes.at(at);
            a != b || (stays == Stays::Value && a == state::THERE && differ())
        };
        Some((watched, Differing::of(bounds, axis.numbers()?, differs)?, operands))
    }

    /// Where the one value stands in each plan of which two operations are functions; and what has to stay as it was so
    /// that it is the same in both.
    fn one(
        &self,
        earlier: &BTreeSet<Value>,
        later: &BTreeSet<Value>,
        reach: Reach,
    ) -> Option<(Vec<NodeId>, Vec<NodeId>, Vec<Pair>)> {
        if earlier.len() > 1 || later.len() > 1 {
            return None;
        }
        match (earlier.first(), later.first()) {
            // What comes of records is the same where those that count are.
            (Some(Value::Own(old)), Some(Value::Own(new))) => {
                let pair = (*old, *new, Stays::Value);
                let all = if reach == Reach::Operands { vec![pair] } else { self.operands(pair)? };
                Some((vec![*old], vec![*new], all))
            }
            (Some(Value::Own(_)), _) | (_, Some(Value::Own(_))) | (None, None) => None,
            (Some(Value::Shared(a)), Some(Value::Shared(b))) if a != b => None,
            (Some(Value::Shared(it)), _) | (_, Some(Value::Shared(it))) => {
                let places = |which: usize| -> Vec<NodeId> {
                    let numbers = self.same[which].iter().enumerate();
                    numbers.filter(|own| own.1 == it).map(|own| NodeId::of(own.0)).collect()
                };
                Some((places(0), places(1), Vec::new()))
            }
        }
    }

    /// Does each element of a place belong to a household?
    fn is_of_a_household(&self, domain: DomainId) -> bool {
        sees(&self.plans[1].domains, domain, DomainId::HOUSEHOLDS)
    }
}

/// Is an operation a constant, or only where another value is seen from?
fn is_passed_on(op: &Op) -> bool {
    matches!(op, Op::Const(_) | Op::Lift | Op::Own)
}

/// Bounds of what is one of several values, too.
fn further(nodes: &[Node], mut bounds: Vec<Option<Bounds>>) -> Vec<Option<Bounds>> {
    for (at, node) in nodes.iter().enumerate() {
        let own = |number: usize| bounds.get(node.args.get(number)?.index()).copied().flatten();
        let is_nothing = |number: usize| {
            let arg = node.args.get(number).and_then(|it| nodes.get(it.index()));
            arg.is_some_and(|it| matches!(&it.op, Op::Const(value) if !value.is_present()))
        };
        let either = |a: usize, b: usize| {
            if is_nothing(a) || is_nothing(b) {
                return own(if is_nothing(a) { b } else { a });
            }
            let (a, b) = (own(a)?, own(b)?);
            Some((a.0.min(b.0), a.1.max(b.1)))
        };
        let found = match (&node.op, bounds.get(at)) {
            (_, Some(Some(_)) | None) => continue,
            (Op::Const(value), _) => plain_number(value, node.kind).map(|it| (it, it)),
            // Where earlier results are given, plans are not compared: there are none.
            (Op::Load(Load::Earlier(_) | Load::EarlierDate), _) => Some((0, 0)),
            (Op::Promise, _) => own(0),
            (Op::After, _) => own(1),
            (Op::Otherwise, _) => either(0, 1),
            (Op::Choose, _) => either(1, 2),
            (Op::Gather(_, Gather::Many(it)), _) if picks(*it) => own(1),
            _ => None,
        };
        if let Some(place) = bounds.get_mut(at) {
            *place = found;
        }
    }
    bounds
}

impl Differing {
    fn of((low, _): Bounds, numbers: usize, differs: impl Fn(usize) -> bool) -> Option<Self> {
        let mut states = [true; state::ALL];
        // Behind the numbers stand the states that are no errors, in order.
        states[usize::from(state::THERE)] = false;
        states[usize::from(state::MISSING)] = differs(numbers);
        states[usize::from(state::NOT_APPLICABLE)] = differs(numbers + 1);
        let low = i64::try_from(low).ok()?;
        Some(Self { low, numbers: (0..numbers).map(differs).collect(), states })
    }

    fn any(&self) -> bool {
        let short_of_errors = self.states.iter().take(usize::from(state::ERROR));
        self.numbers.iter().chain(short_of_errors).any(|it| *it)
    }

    /// The bounds of one value are the same wherever it is asked.
    fn join(&mut self, other: &Self) {
        self.numbers.iter_mut().zip(&other.numbers).for_each(|(own, it)| *own |= it);
        self.states.iter_mut().zip(&other.states).for_each(|(own, it)| *own |= it);
    }

    fn holds(&self, number: i64) -> bool {
        let place = number.checked_sub(self.low).and_then(|it| usize::try_from(it).ok());
        // What lies elsewhere was not foreseen.
        place.and_then(|it| self.numbers.get(it)).copied().unwrap_or(true)
    }

    /// Marks the elements of a column for which the dates make a difference.
    fn mark(&self, column: &Column, mut mark: impl FnMut(usize)) {
        let mut each = |at: usize, number: i64| {
            let state = column.state(at);
            let differs = match state {
                state::THERE => self.holds(number),
                other => self.states.get(usize::from(other)).copied().unwrap_or(true),
            };
            if differs {
                mark(at);
            }
        };
        match &column.lanes {
            Lanes::Bits(all) => all.iter().enumerate().for_each(|it| each(it.0, (*it.1).into())),
            Lanes::Brief(all) => all.iter().enumerate().for_each(|it| each(it.0, (*it.1).into())),
            Lanes::Short(all) => all.iter().enumerate().for_each(|it| each(it.0, (*it.1).into())),
            Lanes::Long(all) => all.iter().enumerate().for_each(|it| each(it.0, *it.1)),
            Lanes::Wide(all) => all.iter().enumerate().for_each(|it| {
                each(it.0, i64::try_from(*it.1).unwrap_or(i64::MAX));
            }),
        }
    }
}

impl Watch {
    /// Marks the households of a batch that time alone may change.
    pub(super) fn mark(&self, batch: &mut Batch<'_>, marks: &mut [bool]) {
        let domain = batch.plan().nodes[self.node.index()].domain;
        let map = batch.map(domain, DomainId::HOUSEHOLDS);
        let Some(column) = batch.column(self.node).cloned() else { return marks.fill(true) };
        self.differing.mark(&column, |at| {
            if let Some(mark) = marks.get_mut(map.of(at)) {
                *mark = true;
            }
        });
    }
}

/// What an operation does and where, without its operands.
type What = (Op, Option<u32>, u32, Kind);

/// Numbers operations and places of plans, the same ones alike.
#[derive(Debug, Default)]
struct Numbering {
    operations: BTreeMap<(u32, Vec<u32>), u32>,
    whats: BTreeMap<What, u32>,
    places: BTreeMap<(u32, Place), u32>,
    /// Of the plan at hand.
    own: Vec<u32>,
    own_places: BTreeMap<(DomainId, bool), u32>,
}

/// The elements of a place, in which operations and places go by their common numbers.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Run,
    Households,
    Records(usize),
    Units(Vec<(i64, i64)>),
    Counted(u32),
    Earlier,
    Of(u32),
    Groups(u32, u32, u32),
    Members(u32),
    /// As many as something says, or groups by something, whatever it is.
    Told(Option<u32>),
}

impl Numbering {
    /// What each operation of a plan is worth, and what it does.
    fn plan(&mut self, plan: &Plan) -> (Vec<u32>, Vec<u32>) {
        (self.own, self.own_places) = (Vec::with_capacity(plan.nodes.len()), BTreeMap::new());
        let mut does = Vec::with_capacity(plan.nodes.len());
        for node in &plan.nodes {
            does.push(self.what(plan, node, false));
            let what = self.what(plan, node, true);
            let args = node.args.iter().map(|it| self.operation(*it)).collect();
            let next = u32::try_from(self.operations.len()).unwrap_or(u32::MAX);
            let number = *self.operations.entry((what, args)).or_insert(next);
            self.own.push(number);
        }
        (self.own.clone(), does)
    }

    /// What an operation does. Where places are told by operations, these count or not.
    fn what(&mut self, plan: &Plan, node: &Node, exact: bool) -> u32 {
        let (op, of) = match &node.op {
            Op::Gather(of, gather) => {
                (Op::Gathered(*gather, 0), Some(self.place(plan, *of, exact)))
            }
            other => (other.clone(), None),
        };
        let what = (op, of, self.place(plan, node.domain, exact), node.kind);
        let next = u32::try_from(self.whats.len()).unwrap_or(u32::MAX);
        *self.whats.entry(what).or_insert(next)
    }

    /// Operands come before what is worked out from them, and so does what tells of a place.
    fn operation(&self, at: NodeId) -> u32 {
        self.own.get(at.index()).copied().unwrap_or(u32::MAX)
    }

    fn place(&mut self, plan: &Plan, at: DomainId, exact: bool) -> u32 {
        if let Some(known) = self.own_places.get(&(at, exact)) {
            return *known;
        }
        let Some(domain) = plan.domains.get(at.index()) else { return u32::MAX };
        let parent = match at {
            DomainId::RUN => 0,
            _ => self.place(plan, domain.parent, exact),
        };
        let place = match &domain.elements {
            Elements::Run => Place::Run,
            Elements::Households => Place::Households,
            Elements::Records(table) => Place::Records(*table),
            Elements::Units(all) => {
                let days = all.iter().map(|it| (it.0.epoch_days(), it.1.epoch_days()));
                Place::Units(days.collect())
            }
            Elements::Counted(_) if !exact => Place::Told(None),
            Elements::Counted(node) => Place::Counted(self.operation(*node)),
            Elements::Earlier => Place::Earlier,
            Elements::Of(of) => Place::Of(self.place(plan, *of, exact)),
            Elements::Groups(of, ..) if !exact => Place::Told(Some(self.place(plan, *of, exact))),
            Elements::Groups(of, counts, key) => {
                let of = self.place(plan, *of, exact);
                Place::Groups(of, self.operation(*counts), self.operation(*key))
            }
            Elements::Members(of) => Place::Members(self.place(plan, *of, exact)),
        };
        let next = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
        let number = *self.places.entry((parent, place)).or_insert(next);
        self.own_places.insert((at, exact), number);
        number
    }
}
