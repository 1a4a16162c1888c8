//! Operations that together are a function of few values: where few combinations of these are possible, the
//! function is looked up instead of worked out.
//!
//! Most of what a rule says of a household follows from a count or a code alone: a table of bands is fifty
//! operations and one look-up. The answers for all combinations are worked out once on each thread, by the same
//! operations, so that nothing has a second meaning. Which values are possible is known from the data.

use std::collections::{BTreeMap, BTreeSet};

use heng_dsl::builtins::BuiltinId;

use super::Plan;
use super::plan::{DomainId, Elements, Gather, Kind, Load, Node, NodeId, Op};
use super::store::Store;
use crate::columns::state;

/// Combinations that a function may have at most: so many answers stay near to the processor.
pub(super) const MOST: usize = 1 << 10;

/// Operations that a function has at least for each of its values; fewer are as quick by themselves.
const LEAST: usize = 3;

/// The least and the greatest number that a value may be.
pub(super) type Bounds = (i128, i128);

/// An operation as a function of few values.
#[derive(Debug, Clone)]
pub(super) struct Fused {
    /// The values, and what they may be.
    pub(super) sources: Vec<(NodeId, Bounds)>,
    /// The operations that lead from them to the result, each after its operands; the result comes last.
    pub(super) steps: Vec<NodeId>,
}

/// For each operation what it is a function of, if that is worth while.
pub(super) fn fused(plan: &Plan, store: &Store<'_>) -> Vec<Option<Fused>> {
    let nodes = &plan.nodes;
    let bounds = all_bounds(plan, store);
    let bounds = |it: &NodeId| bounds.get(it.index()).copied().flatten();
    let mut sources: Vec<BTreeSet<NodeId>> = Vec::with_capacity(nodes.len());
    let possible = |all: &BTreeSet<NodeId>| {
        let mut combinations = 1_usize;
        all.iter().all(|it| {
            let size = bounds(it).and_then(size);
            combinations = combinations.saturating_mul(size.unwrap_or(usize::MAX));
            combinations <= MOST
        })
    };
    for node in nodes {
        let mut own = BTreeSet::new();
        if is_of_one_household(node) {
            let args = node.args.iter().filter(|it| !is_constant(nodes, **it));
            let args: BTreeSet<NodeId> = args.copied().collect();
            let deep: BTreeSet<NodeId> = args
                .iter()
                .flat_map(|it| match sources.get(it.index()) {
                    Some(own) if !own.is_empty() => own.clone(),
                    _ => BTreeSet::from([*it]),
                })
                .collect();
            own = [deep, args].into_iter().find(&possible).unwrap_or_default();
        }
        sources.push(own);
    }
    let each = sources.iter().enumerate().map(|(at, own)| {
        let steps = if own.is_empty() { Vec::new() } else { steps(nodes, NodeId::of(at), own) };
        let with_bounds = own.iter().map(|it| Some((*it, bounds(it)?)));
        let sources = with_bounds.collect::<Option<Vec<_>>>()?;
        let many = !sources.is_empty() && steps.len() >= LEAST * sources.len();
        many.then_some(Fused { sources, steps })
    });
    each.collect()
}

/// How many numbers and states there are.
fn size((low, high): Bounds) -> Option<usize> {
    usize::try_from(high.checked_sub(low)?.checked_add(1)?).ok()?.checked_add(state::ALL)
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
fn all_bounds(plan: &Plan, store: &Store<'_>) -> Vec<Option<Bounds>> {
    let mut longest = BTreeMap::new();
    for domain in &plan.domains {
        if let Elements::Records(table) = domain.elements {
            longest.entry(table).or_insert_with(|| {
                let most = store.offsets(Some(table)).windows(2).map(|it| it[1] - it[0]).max();
                i128::from(most.unwrap_or_default())
            });
        }
    }
    let mut known: Vec<Option<Bounds>> = Vec::with_capacity(plan.nodes.len());
    for node in &plan.nodes {
        let arg = |number: usize| known.get(node.args.get(number)?.index()).copied().flatten();
        let own = match &node.op {
            // Only what is there anyhow: to look up by what has to be worked out gains nothing.
            _ if is_of_one_household(node) => None,
            _ if node.kind == Kind::Bool => Some((0, 1)),
            Op::Load(load @ (Load::Field(_) | Load::Column(..))) => {
                Some(store.column(*load).map_or((0, 0), |it| (it.low, it.high)))
            }
            Op::Lift | Op::Own => arg(0),
            Op::Gather(of, Gather::Many(BuiltinId::Count | BuiltinId::CountDistinct)) => {
                most_elements(plan, &longest, *of).map(|it| (0, it))
            }
            Op::Gather(_, Gather::Many(it)) if picks(*it) => arg(1),
            _ => None,
        };
        known.push(own);
    }
    known
}

/// Does a function give one of the values that it takes?
fn picks(function: BuiltinId) -> bool {
    matches!(
        function,
        BuiltinId::Latest | BuiltinId::Earliest | BuiltinId::Largest | BuiltinId::Smallest
    )
}

/// The most elements of a domain that belong to one household.
fn most_elements(plan: &Plan, longest: &BTreeMap<usize, i128>, of: DomainId) -> Option<i128> {
    let domain = plan.domains.get(of.index())?;
    match &domain.elements {
        Elements::Records(table) => longest.get(table).copied(),
        Elements::Units(units) => i128::try_from(units.len()).ok(),
        Elements::Of(base) if domain.parent == DomainId::HOUSEHOLDS => {
            most_elements(plan, longest, *base)
        }
        _ => None,
    }
}

fn steps(nodes: &[Node], last: NodeId, sources: &BTreeSet<NodeId>) -> Vec<NodeId> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![last];
    while let Some(at) = waiting.pop() {
        if sources.contains(&at) || is_constant(nodes, at) || !found.insert(at) {
            continue;
        }
        waiting.extend(nodes.get(at.index()).into_iter().flat_map(|it| it.args.iter().copied()));
    }
    found.into_iter().collect()
}
