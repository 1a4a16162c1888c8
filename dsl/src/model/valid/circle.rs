//! What an evaluation follows from one thing to the next has to end, and soon: derived fields, sets of
//! records and values of each record are worked out where they are asked for.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::BTreeMap;

use super::Valid;
use crate::limits::MAX_CHAIN;
use crate::model::RuleSet;
use crate::model::chain::{links, longest};

impl Valid<'_> {
    pub(super) fn circles(&mut self, set: &RuleSet) {
        let links = links(set);
        let mut graph: DiGraph<&str, ()> = DiGraph::new();
        let nodes: BTreeMap<&str, NodeIndex> =
            links.keys().map(|it| (it.as_str(), graph.add_node(it))).collect();
        for (from, reads) in &links {
            for to in reads {
                if let (Some(from), Some(to)) = (nodes.get(from.as_str()), nodes.get(to.as_str())) {
                    graph.update_edge(*from, *to, ());
                }
            }
        }
        for knot in kosaraju_scc(&graph) {
            let Some(first) = knot.first() else { continue };
            if knot.len() > 1 || graph.contains_edge(*first, *first) {
                let names: Vec<&str> = knot
                    .iter()
                    .filter_map(|it| graph.node_weight(*it))
                    .map(|it| shown(it))
                    .collect();
                let names = names.join("、");
                self.wrong(format!("绕了一圈：{names}"), format!("these need each other: {names}"));
            }
        }
        if self.out.is_empty() && longest(&links) > MAX_CHAIN {
            self.wrong(
                format!("一环接一环超过 {MAX_CHAIN} 个"),
                format!("more than {MAX_CHAIN} read one another in a row"),
            );
        }
    }
}

/// The name without the sign of its kind.
fn shown(link: &str) -> &str {
    link.get(1..).unwrap_or(link)
}
