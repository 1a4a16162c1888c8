//! Names that need each other: refused, with the shortest way round shown place by place.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

use super::unit::Unit;
use crate::diag::{Code, Diagnostic, Words};
use crate::model::walk::{self, RefKind, Visitor};
use crate::model::{DeclKind, Id, Ref, RuleSet};

/// From how many names of a knot the shortest way round is looked for.
const MAX_STARTS: usize = 16;

/// Reports every knot of names of this package.
pub(super) fn check(unit: &Unit<'_>, set: &RuleSet) {
    let mut graph: DiGraph<Id, ()> = DiGraph::new();
    let mut nodes: BTreeMap<Id, NodeIndex> = BTreeMap::new();
    for decl in &set.decls {
        nodes.entry(decl.id.clone()).or_insert_with(|| graph.add_node(decl.id.clone()));
    }
    let decides: Vec<NodeIndex> =
        set.decides.iter().map(|it| graph.add_node(it.id.clone())).collect();
    let mut edges: BTreeSet<(NodeIndex, NodeIndex)> = BTreeSet::new();
    let mut add = |from: NodeIndex, to: &Id| edges.extend(nodes.get(to).map(|to| (from, *to)));
    let total = total(set);
    for decl in &set.decls {
        let Some(from) = nodes.get(&decl.id).copied() else { continue };
        let mut reads = Reads::default();
        walk::decl(decl, &mut reads);
        reads.ids.iter().for_each(|it| add(from, it));
        let whole = match &decl.kind {
            DeclKind::Dimension { within } => within.clone().or_else(|| total.clone()),
            DeclKind::Indicator { dimension, .. } => dimension.clone(),
            _ => None,
        };
        if let Some(whole) = whole.and_then(|it| nodes.get(&it.id)) {
            add(*whole, &decl.id);
        }
    }
    for (decide, node) in set.decides.iter().zip(&decides) {
        let mut reads = Reads::default();
        decide.versions.iter().for_each(|it| walk::version(&it.1, &mut reads));
        reads.ids.iter().for_each(|it| add(*node, it));
    }
    for (decide, node) in set.decides.iter().zip(&decides) {
        edges.extend(nodes.get(&decide.target.id).map(|target| (*target, *node)));
    }
    // What could not be worked out because of the circle is not in the model, but it was read.
    for (from, to) in unit.reads.borrow().keys() {
        if let (Some(from), Some(to)) = (nodes.get(from), nodes.get(to)) {
            edges.insert((*from, *to));
        }
    }
    graph.extend_with_edges(edges);
    for knot in kosaraju_scc(&graph) {
        if let Some(way) = shortest(&graph, &knot) {
            report(
                unit,
                set,
                &way.iter().filter_map(|it| graph.node_weight(*it).cloned()).collect::<Vec<_>>(),
            );
        }
    }
}

fn total(set: &RuleSet) -> Option<Ref> {
    set.decls.iter().find(|it| it.kind == DeclKind::Total).map(|it| Ref::own(&it.id))
}

#[derive(Default)]
struct Reads {
    ids: Vec<Id>,
}

impl Visitor for Reads {
    fn reference(&mut self, kind: RefKind, reference: &Ref, _: bool) {
        if kind == RefKind::Decl && reference.package.is_none() {
            self.ids.push(reference.id.clone());
        }
    }
}

/// The shortest way round inside a knot, beginning with its first name; `None` if there is none.
fn shortest(graph: &DiGraph<Id, ()>, knot: &[NodeIndex]) -> Option<Vec<NodeIndex>> {
    let mut best: Option<Vec<NodeIndex>> = None;
    let knot: BTreeSet<NodeIndex> = knot.iter().copied().collect();
    // A knot of thousands of names needs no shortest of all ways; a short one is enough.
    for start in knot.iter().copied().take(MAX_STARTS) {
        let mut before: BTreeMap<NodeIndex, NodeIndex> = BTreeMap::new();
        let mut queue = VecDeque::from([start]);
        'search: while let Some(at) = queue.pop_front() {
            let mut next: Vec<NodeIndex> =
                graph.edges(at).map(|it| it.target()).filter(|it| knot.contains(it)).collect();
            next.sort();
            for to in next {
                if to == start {
                    let mut way = vec![at];
                    while let Some(previous) = way.last().and_then(|it| before.get(it)) {
                        way.push(*previous);
                    }
                    way.reverse();
                    if best.as_ref().is_none_or(|it| way.len() < it.len()) {
                        best = Some(way);
                    }
                    break 'search;
                }
                if to != start && !before.contains_key(&to) {
                    before.insert(to, at);
                    queue.push_back(to);
                }
            }
        }
    }
    best
}

fn report(unit: &Unit<'_>, set: &RuleSet, way: &[Id]) {
    let name = |id: &Id| {
        let decl = set.decls.iter().find(|it| it.id == *id).map(|it| it.name.clone());
        decl.or_else(|| set.decides.iter().find(|it| it.id == *id).map(|it| it.name.clone()))
            .unwrap_or_else(|| id.clone())
    };
    let Some(first) = way.first() else { return };
    let round: Vec<String> =
        way.iter().chain([first]).map(|it| format!("“{}”", name(it))).collect();
    let steps = way.iter().zip(way.iter().skip(1).chain([first]));
    let reads = unit.reads.borrow();
    let spans: Vec<_> =
        steps.filter_map(|(a, b)| Some((a, b, *reads.get(&(a.clone(), b.clone()))?))).collect();
    let start = spans.first().map_or_else(|| unit.package.span(), |it| it.2);
    let mut problem = Diagnostic::new(Code::E0501, start).arg("way", round.join(" → "));
    for (at, (a, b, span)) in spans.iter().enumerate() {
        let text = Words::both(
            format!("“{}”在这里用到“{}”", name(a), name(b)),
            format!("“{}” reads “{}” here", name(a), name(b)),
        );
        problem = if at == 0 { problem.label(text) } else { problem.related(*span, text) };
    }
    unit.report(problem);
}
