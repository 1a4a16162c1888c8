//! `heng graph`: what depends on what, whole or around one name.

use std::collections::{BTreeMap, BTreeSet};

use heng_dsl::diag::Lang;
use heng_engine::graph::{Edge, Format, Graph, Node, View, Way};
use serde::Serialize;

use super::prepare;
use super::print_json;
use crate::args::{Graph as GraphArgs, GraphFormat};
use crate::exit::Exit;
use crate::project::Project;
use crate::rules::Wanted;
use crate::terminal::{Terminal, harmless, harmless_lines};

pub(super) fn run(args: &GraphArgs, project: &Project, terminal: Terminal) -> Result<Exit, Exit> {
    let json = args.format == GraphFormat::Json;
    let ready = prepare::program(
        &Wanted::new(&args.packages, project),
        prepare::Extent::Everything,
        json,
        terminal,
    )?;
    let graph = ready.program.graph();
    let part = part(args, graph, terminal)?;
    let format = match args.format {
        GraphFormat::Tree => Format::Tree,
        GraphFormat::Dot => Format::Dot,
        GraphFormat::Mermaid => Format::Mermaid,
        GraphFormat::Json => {
            print_json(&report(graph, part), terminal)?;
            return Ok(Exit::Fine);
        }
    };
    let views: Vec<View> = match part {
        Part::Whole => vec![graph.whole()],
        Part::Around(nodes, way) => nodes.into_iter().map(|it| graph.around(it, way)).collect(),
    };
    for view in &views {
        terminal.out(harmless_lines(graph.draw(view, format, terminal.lang).trim_end()));
    }
    Ok(Exit::Fine)
}

/// What is wanted of the graph.
enum Part {
    Whole,
    /// These nodes, with all that they read or that reads them.
    Around(Vec<usize>, Way),
}

fn part(args: &GraphArgs, graph: &Graph, terminal: Terminal) -> Result<Part, Exit> {
    let (name, way) = match (&args.up, &args.down) {
        (Some(name), _) => (name, Way::Upstream),
        (None, Some(name)) => (name, Way::Downstream),
        (None, None) => return Ok(Part::Whole),
    };
    let mut found = graph.find(name);
    // One drawing can only start from one node; a name that several have is told apart by its package.
    if args.format != GraphFormat::Tree && args.format != GraphFormat::Json {
        found = choose(found, name, graph, terminal)?;
    }
    if found.is_empty() {
        terminal.complain(unknown(name, graph, terminal.lang));
        return Err(Exit::Usage);
    }
    Ok(Part::Around(found, way))
}

fn choose(
    found: Vec<usize>,
    name: &str,
    graph: &Graph,
    terminal: Terminal,
) -> Result<Vec<usize>, Exit> {
    if found.len() < 2 {
        return Ok(found);
    }
    let names = found.iter().filter_map(|it| graph.node(*it)).map(qualified);
    let names = names.collect::<Vec<_>>().join(terminal.pick("、", ", "));
    terminal.complain(match terminal.lang {
        Lang::Zh => format!("有几个“{}”：{names}；请写明是哪一个", harmless(name)),
        Lang::En => format!("several things are called “{}”: {names}; say which", harmless(name)),
    });
    Err(Exit::Usage)
}

fn qualified(node: &Node) -> String {
    format!("{}.{}", node.package, node.name)
}

/// Nothing has that name; what does have a part of it, if anything.
fn unknown(name: &str, graph: &Graph, lang: Lang) -> String {
    let near: BTreeSet<String> =
        graph.nodes().filter(|it| resembles(name, &it.name)).map(qualified).collect();
    let near: Vec<String> = near.into_iter().take(8).collect();
    let name = harmless(name);
    match (lang, near.is_empty()) {
        (Lang::Zh, true) => format!("规则中没有“{name}”"),
        (Lang::En, true) => format!("the rules have no “{name}”"),
        (Lang::Zh, false) => format!("规则中没有“{name}”；相近的有：{}", near.join("、")),
        (Lang::En, false) => format!("the rules have no “{name}”; near ones: {}", near.join(", ")),
    }
}

/// Do two names share at least half of the signs of the shorter one, or contain each other?
fn resembles(asked: &str, name: &str) -> bool {
    let shared = asked.chars().filter(|it| name.contains(*it)).count();
    let shorter = asked.chars().count().min(name.chars().count());
    name.contains(asked) || shared > 0 && shared * 2 >= shorter
}

/// The graph for programs.
#[derive(Serialize)]
struct Report<'g> {
    nodes: Vec<JsonNode<'g>>,
    edges: Vec<JsonEdge>,
}

#[derive(Serialize)]
struct JsonNode<'g> {
    id: usize,
    kind: [&'static str; 2],
    package: &'g str,
    name: &'g str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'g str>,
    basis: &'g [String],
    /// The package that wrote it, where this one has it from there.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'g str>,
    /// This package has amended a part of what it has from there.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    amended: bool,
}

/// `to` reads `from`.
#[derive(Serialize)]
struct JsonEdge {
    from: usize,
    to: usize,
    /// It reads all households, and not only the one in question.
    of_all: bool,
}

fn report(graph: &Graph, part: Part) -> Report<'_> {
    let mut edges = Vec::new();
    for (to, node) in graph.nodes().enumerate() {
        for (thing, edge) in graph.reads(node.thing) {
            if let Some(from) = graph.number(thing) {
                edges.push(JsonEdge { from, to, of_all: edge == Edge::ReadsOfOthers });
            }
        }
    }
    if let Part::Around(starts, way) = part {
        let kept = reached(&edges, starts, way);
        edges.retain(|it| kept.contains(&it.from) && kept.contains(&it.to));
        let nodes = nodes(graph).filter(|it| kept.contains(&it.id)).collect();
        return Report { nodes, edges };
    }
    Report { nodes: nodes(graph).collect(), edges }
}

fn nodes(graph: &Graph) -> impl Iterator<Item = JsonNode<'_>> {
    graph.nodes().enumerate().map(|(id, it)| JsonNode {
        id,
        kind: it.kind.words(),
        package: &it.package,
        name: &it.name,
        title: it.title.as_deref(),
        basis: &it.legal.basis,
        from: it.whose.as_ref().map(|it| it.package.as_ref()),
        amended: it.whose.as_ref().is_some_and(|it| it.amended),
    })
}

fn reached(edges: &[JsonEdge], starts: Vec<usize>, way: Way) -> BTreeSet<usize> {
    let mut next: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for it in edges {
        let (at, to) = match way {
            Way::Upstream => (it.to, it.from),
            Way::Downstream => (it.from, it.to),
        };
        next.entry(at).or_default().push(to);
    }
    let mut kept = BTreeSet::new();
    let mut waiting = starts;
    while let Some(at) = waiting.pop() {
        if kept.insert(at) {
            waiting.extend(next.get(&at).into_iter().flatten());
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::{JsonEdge, Way, reached, resembles};

    #[test]
    fn a_part_is_what_leads_to_a_node_or_away_from_it() {
        let edge = |from, to| JsonEdge { from, to, of_all: false };
        let edges = [edge(0, 1), edge(1, 2), edge(3, 2), edge(2, 4)];
        assert_eq!(reached(&edges, vec![2], Way::Upstream), [0, 1, 2, 3].into());
        assert_eq!(reached(&edges, vec![1], Way::Downstream), [1, 2, 4].into());
    }

    #[test]
    fn near_names_share_signs() {
        assert!(resembles("信用风睑", "信用风险"));
        assert!(resembles("风险", "食品风险等级"));
        assert!(!resembles("年报", "信用风险"));
    }
}
