//! Order and knots.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use petgraph::Direction::{Incoming, Outgoing};
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::{Edge, Node};

/// All nodes, each after what it reads; of those that could come next always the one that was added
/// first. Nodes of a knot, and those behind one, are left out.
pub(super) fn order(nodes: &DiGraph<Node, Edge>) -> Vec<NodeIndex> {
    let mut lacking: Vec<usize> =
        nodes.node_indices().map(|it| nodes.edges_directed(it, Incoming).count()).collect();
    let ready = nodes.node_indices().filter(|it| lacking[it.index()] == 0);
    let mut ready: BinaryHeap<_> = ready.map(Reverse).collect();
    let mut order = Vec::with_capacity(nodes.node_count());
    while let Some(Reverse(at)) = ready.pop() {
        order.push(at);
        for user in nodes.neighbors_directed(at, Outgoing) {
            lacking[user.index()] -= 1;
            if lacking[user.index()] == 0 {
                ready.push(Reverse(user));
            }
        }
    }
    order
}

/// Every knot by its shortest way round from its first member: names, the first again last.
pub(super) fn cycles(nodes: &DiGraph<Node, Edge>) -> Vec<Vec<String>> {
    let mut knots: Vec<Vec<NodeIndex>> = kosaraju_scc(nodes);
    knots.iter_mut().for_each(|it| it.sort());
    knots.sort();
    knots.iter().filter_map(|it| way_round(nodes, it)).collect()
}

/// Searches breadth first from the first member, within the knot, back to it.
fn way_round(nodes: &DiGraph<Node, Edge>, knot: &[NodeIndex]) -> Option<Vec<String>> {
    let start = *knot.first()?;
    let mut reads = vec![None; nodes.node_count()];
    let mut waiting = VecDeque::from([start]);
    while let Some(user) = waiting.pop_front() {
        let mut used: Vec<_> = nodes.neighbors_directed(user, Incoming).collect();
        used.sort();
        for it in used {
            if it == start {
                return Some(names(nodes, start, user, &reads));
            }
            if knot.binary_search(&it).is_ok() && reads[it.index()].is_none() {
                reads[it.index()] = Some(user);
                waiting.push_back(it);
            }
        }
    }
    None
}

/// The names on the way from `start`, each needing the next, over `last` back to `start`.
fn names(
    nodes: &DiGraph<Node, Edge>,
    start: NodeIndex,
    last: NodeIndex,
    read_by: &[Option<NodeIndex>],
) -> Vec<String> {
    let mut way = vec![nodes[start].name.clone()];
    let mut at = last;
    while at != start {
        way.push(nodes[at].name.clone());
        let Some(before) = read_by[at.index()] else { break };
        at = before;
    }
    way.push(nodes[start].name.clone());
    way.reverse();
    way
}
