//! Operations that together are a function of few values: where few combinations of these are possible, the
//! function is looked up instead of worked out.
//!
//! Most of what a rule says of a household follows from a count, a code or a number and its bands: a table of bands
//! is fifty operations and one look-up. The answers for all combinations are worked out once on each thread, by the
//! same operations, so that nothing has a second meaning.
//!
//! A value has few places ([`Axis`]) where the data say that it is one of few numbers, or where it is only asked
//! which side of some cuts it lies on: then all numbers between two cuts stand for each other, and one of them gives
//! the answer for all.

use std::collections::{BTreeMap, BTreeSet};

use heng_dsl::builtins::BuiltinId;
use heng_dsl::model::{CompareOp, ProductOp};
use heng_dsl::value::Value;

use super::Plan;
use super::plan::{DomainId, Elements, Gather, Kind, Load, Node, NodeId, Op};
use crate::columns::{Dictionary, Ranges, number, state};
use crate::source::Source;

/// Combinations that a function of several values may have at most: so many answers stay near to the processor.
const MOST: usize = 1 << 11;

/// The same for a function of one value.
const MOST_OF_ONE: usize = 1 << 14;

/// So many in any case: to work more answers out than there are households gains nothing.
const LEAST_MOST: usize = 1 << 9;

/// What it takes to find where a value lies on an axis, and then to look an answer up; as of [`Finder::work`].
const TO_FIND: usize = 4;
const TO_LOOK_UP: usize = 10;

/// The least and the greatest number that a value may be.
pub(super) type Bounds = (i128, i128);

/// The places of a value: numbers in one place give the same answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Axis {
    /// Every number between bounds has a place of its own.
    Each(Bounds),
    /// Numbers below the first of these, and from each of them on to the next.
    Cuts(BTreeSet<i128>),
}

impl Axis {
    /// How many places numbers have.
    pub(super) fn numbers(&self) -> Option<usize> {
        match self {
            Self::Each((low, high)) => {
                usize::try_from(high.checked_sub(*low)?.checked_add(1)?).ok()
            }
            Self::Cuts(cuts) => Some(cuts.len() + 1),
        }
    }

    /// How many places there are with those of what is not there; errors have none.
    pub(super) fn size(&self) -> Option<usize> {
        self.numbers()?.checked_add(usize::from(state::ERROR) - 1)
    }
}

/// An operation as a function of few values.
#[derive(Debug, Clone)]
pub(super) struct Fused {
    /// The values, and where they lie.
    pub(super) sources: Vec<(NodeId, Axis)>,
    /// The operations that lead from them to the result, each after its operands; the result comes last.
    pub(super) steps: Vec<NodeId>,
    /// The numbers of each of these values and of all of them together among those of all functions: several functions
    /// may be of the same. Of one value both are one number.
    pub(super) axes: Vec<usize>,
    pub(super) combination: usize,
}

impl Fused {
    /// The numbers of all that is looked for to look the function up.
    pub(super) fn located(&self) -> impl Iterator<Item = usize> {
        self.axes.iter().copied().chain([self.combination])
    }
}

/// What a function has to know of a value.
#[derive(Debug, Clone)]
enum Need {
    Number,
    /// On which side of these it lies.
    Sides(BTreeSet<i128>),
}

impl Need {
    fn join(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Self::Sides(own), Self::Sides(other)) => own.extend(other),
            (_, Self::Number) => *self = Self::Number,
            (Self::Number, _) => {}
        }
    }
}

type Needs = BTreeMap<NodeId, Need>;

/// Finds functions of few values.
struct Finder<'p> {
    nodes: &'p [Node],
    bounds: Vec<Option<Bounds>>,
    dictionary: &'p Dictionary,
    households: usize,
}

/// For each operation what it is a function of, if that is worth while.
pub(super) fn fused(
    plan: &Plan,
    source: &dyn Source,
    dictionary: &Dictionary,
) -> Vec<Option<Fused>> {
    let bounds = all_bounds(plan, &source.ranges());
    let finder = Finder { nodes: &plan.nodes, bounds, dictionary, households: source.len() };
    let mut needs: Vec<Needs> = Vec::with_capacity(plan.nodes.len());
    for node in &plan.nodes {
        let own = if is_of_one_household(node) { finder.needs(node, &needs) } else { Needs::new() };
        needs.push(own);
    }
    let function = |(at, own): (usize, &Needs)| finder.function(NodeId::of(at), own);
    let mut found: Vec<Option<Fused>> = needs.iter().enumerate().map(function).collect();
    let mut combinations = BTreeMap::new();
    let mut number = |of: &[(NodeId, Axis)]| {
        let next = combinations.len();
        *combinations.entry(of.to_vec()).or_insert(next)
    };
    for own in found.iter_mut().flatten() {
        own.axes = own.sources.iter().map(|it| number(std::slice::from_ref(it))).collect();
        own.combination = number(&own.sources);
    }
    found
}

impl Finder<'_> {
    /// What an operation has to know, of values as far back as few combinations of them are possible.
    fn needs(&self, node: &Node, known: &[Needs]) -> Needs {
        let mut near = Needs::new();
        let mut far = Needs::new();
        for (number, arg) in node.args.iter().enumerate() {
            if is_constant(self.nodes, *arg) {
                continue;
            }
            let own = self.need(node, number);
            match known.get(arg.index()).filter(|it| !it.is_empty()) {
                Some(deeper) => deeper.iter().for_each(|(at, it)| join(&mut far, *at, it)),
                None => join(&mut far, *arg, &own),
            }
            join(&mut near, *arg, &own);
        }
        [far, near].into_iter().find(|it| self.is_possible(it)).unwrap_or_default()
    }

    /// What an operation has to know of an operand.
    fn need(&self, node: &Node, number: usize) -> Need {
        self.sides(node, number).map_or(Need::Number, |it| Need::Sides(it.into_iter().collect()))
    }

    /// The cuts between which all numbers are one to an operation; nothing where it takes the number itself.
    fn sides(&self, node: &Node, operand: usize) -> Option<Vec<i128>> {
        let arg = self.nodes.get(node.args.get(operand)?.index())?;
        let other = |at: usize| match &self.nodes.get(node.args.get(at)?.index())?.op {
            Op::Const(value) => Some(value),
            _ => None,
        };
        match &node.op {
            Op::Present(_) | Op::Ask(_) if arg.kind != Kind::Bool => Some(Vec::new()),
            Op::Within(stretch) if arg.kind == Kind::Date => {
                let (first, last) = stretch.days();
                Some(vec![first.into(), i128::from(last) + 1])
            }
            Op::Compare(op) => {
                let (constant, op) = match operand {
                    0 => (other(1)?, *op),
                    _ => (other(0)?, turned(*op)),
                };
                cuts(op, arg.kind, constant, self.dictionary)
            }
            Op::OneOf(_) if operand == 0 => {
                let each = (1..node.args.len())
                    .map(|at| cuts(CompareOp::Equal, arg.kind, other(at)?, self.dictionary));
                Some(each.collect::<Option<Vec<_>>>()?.concat())
            }
            _ => None,
        }
    }

    fn axis(&self, at: NodeId, need: &Need) -> Option<Axis> {
        let each = self.bounds.get(at.index()).copied().flatten().map(Axis::Each);
        match need {
            Need::Number => each,
            Need::Sides(cuts) => {
                let by_cuts = Axis::Cuts(cuts.clone());
                let fewer = each.filter(|it| it.size() <= by_cuts.size());
                Some(fewer.unwrap_or(by_cuts))
            }
        }
    }

    fn is_possible(&self, needs: &Needs) -> bool {
        let most = if needs.len() == 1 { MOST_OF_ONE } else { MOST };
        let most = most.min((self.households / 4).max(LEAST_MOST));
        let mut combinations = 1_usize;
        !needs.is_empty()
            && needs.iter().all(|(at, need)| {
                let size = self.axis(*at, need).and_then(|it| it.size()).unwrap_or(usize::MAX);
                combinations = combinations.saturating_mul(size);
                combinations <= most
            })
    }

    /// What an operation takes, in passes over bytes: many bytes are looked at at once, and a quarter as many numbers.
    fn work(&self, at: NodeId) -> usize {
        let Some(node) = self.nodes.get(at.index()) else { return 0 };
        match node.op {
            Op::Const(_) => 0,
            Op::Lift | Op::Own | Op::Promise | Op::Truth | Op::Holds | Op::After => 1,
            Op::Ask(_) | Op::Present(_) | Op::Not | Op::UntilSettled(_) => 1,
            Op::Choose | Op::Otherwise if node.kind == Kind::Bool => 2,
            Op::Compare(_) | Op::Within(_) => 3,
            Op::Sum(_) | Op::Whole | Op::Joined(_) | Op::Negate | Op::Choose | Op::Otherwise => 4,
            Op::Product(ProductOp::Multiply) | Op::Round(_) => 4,
            Op::Call(BuiltinId::Highest | BuiltinId::Later | BuiltinId::Days) => 4,
            Op::Call(BuiltinId::Lowest | BuiltinId::Earlier | BuiltinId::MissingCount) => 4,
            // Divisions, and what is looked up itself.
            _ => 24,
        }
    }

    fn function(&self, at: NodeId, needs: &Needs) -> Option<Fused> {
        if needs.is_empty() {
            return None;
        }
        let sources = needs.iter().map(|(at, need)| Some((*at, self.axis(*at, need)?)));
        let sources = sources.collect::<Option<Vec<_>>>()?;
        let steps = steps(self.nodes, at, needs);
        let work: usize = steps.iter().map(|it| self.work(*it)).sum();
        let is_worth_while = work > TO_FIND * sources.len() + TO_LOOK_UP;
        is_worth_while.then_some(Fused { sources, steps, axes: Vec::new(), combination: 0 })
    }
}

fn join(all: &mut Needs, at: NodeId, need: &Need) {
    match all.get_mut(&at) {
        Some(own) => own.join(need),
        None => drop(all.insert(at, need.clone())),
    }
}

/// `a op b` as `b op a`.
fn turned(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Less => CompareOp::Greater,
        CompareOp::LessOrEqual => CompareOp::GreaterOrEqual,
        CompareOp::Greater => CompareOp::Less,
        CompareOp::GreaterOrEqual => CompareOp::LessOrEqual,
        CompareOp::Equal | CompareOp::NotEqual => op,
    }
}

/// Where the answer of a comparison with a constant may change, in numbers of a kind.
fn cuts(op: CompareOp, kind: Kind, constant: &Value, dictionary: &Dictionary) -> Option<Vec<i128>> {
    // The least number that is not less, and the least that is greater.
    let (least, above) = match (kind, constant) {
        (Kind::Number(places), Value::Number(it)) => {
            let up = 10_i128.checked_pow(u32::from(places.saturating_sub(it.places())))?;
            let down = 10_i128.checked_pow(u32::from(it.places().saturating_sub(places)))?;
            let scaled = it.mantissa().checked_mul(up)?;
            let floor = scaled.div_euclid(down);
            let is_whole = scaled.rem_euclid(down) == 0;
            (if is_whole { floor } else { floor.checked_add(1)? }, floor.checked_add(1)?)
        }
        (Kind::Number(_), _) => return None,
        _ => {
            let own = number(constant, kind, dictionary)?;
            (own, own.checked_add(1)?)
        }
    };
    Some(match op {
        CompareOp::Less | CompareOp::GreaterOrEqual if kind != Kind::Symbol => vec![least],
        CompareOp::LessOrEqual | CompareOp::Greater if kind != Kind::Symbol => vec![above],
        CompareOp::Equal | CompareOp::NotEqual => vec![least, above],
        // The numbers of texts say nothing about their order.
        _ => return None,
    })
}

/// Is it worked out for each household by itself?
fn is_of_one_household(node: &Node) -> bool {
    let by_itself = !matches!(
        node.op,
        Op::Const(_) | Op::Load(_) | Op::Lift | Op::Own | Op::Gather(..) | Op::Asked(_)
    );
    by_itself && node.domain == DomainId::HOUSEHOLDS
}

fn is_constant(nodes: &[Node], at: NodeId) -> bool {
    nodes.get(at.index()).is_some_and(|it| matches!(it.op, Op::Const(_)))
}

/// What each value may be, as far as the data say.
pub(super) fn all_bounds(plan: &Plan, ranges: &Ranges) -> Vec<Option<Bounds>> {
    let mut known: Vec<Option<Bounds>> = Vec::with_capacity(plan.nodes.len());
    for node in &plan.nodes {
        let arg = |number: usize| known.get(node.args.get(number)?.index()).copied().flatten();
        let own = match &node.op {
            _ if node.kind == Kind::Bool => Some((0, 1)),
            Op::Gathered(Gather::Many(BuiltinId::Count | BuiltinId::CountDistinct), of) => {
                i128::try_from(*of).ok().map(|it| (0, it))
            }
            // What is worked out is only asked on which side of something it lies.
            _ if is_of_one_household(node) => None,
            Op::Load(Load::Field(slot)) => ranges.fields.get(*slot).map(|it| it.unwrap_or((0, 0))),
            Op::Load(Load::Column(table, at)) => {
                let column = ranges.tables.get(*table).and_then(|it| it.columns.get(*at));
                column.map(|it| it.unwrap_or((0, 0)))
            }
            Op::Lift | Op::Own | Op::Promise => arg(0),
            Op::Gather(of, Gather::Many(BuiltinId::Count | BuiltinId::CountDistinct)) => {
                most_elements(plan, ranges, *of).map(|it| (0, it))
            }
            Op::Gather(_, Gather::Many(it)) if picks(*it) => arg(1),
            _ => None,
        };
        known.push(own);
    }
    known
}

/// Does a function give one of the values that it takes?
pub(super) fn picks(function: BuiltinId) -> bool {
    matches!(
        function,
        BuiltinId::Latest | BuiltinId::Earliest | BuiltinId::Largest | BuiltinId::Smallest
    )
}

/// The most elements of a domain that belong to one household.
fn most_elements(plan: &Plan, ranges: &Ranges, of: DomainId) -> Option<i128> {
    let domain = plan.domains.get(of.index())?;
    match &domain.elements {
        Elements::Records(table) => ranges.tables.get(*table).map(|it| it.longest.into()),
        Elements::Units(units) => i128::try_from(units.len()).ok(),
        Elements::Of(base) if domain.parent == DomainId::HOUSEHOLDS => {
            most_elements(plan, ranges, *base)
        }
        _ => None,
    }
}

fn steps(nodes: &[Node], last: NodeId, sources: &Needs) -> Vec<NodeId> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![last];
    while let Some(at) = waiting.pop() {
        if sources.contains_key(&at) || is_constant(nodes, at) || !found.insert(at) {
            continue;
        }
        waiting.extend(nodes.get(at.index()).into_iter().flat_map(|it| it.args.iter().copied()));
    }
    found.into_iter().collect()
}
