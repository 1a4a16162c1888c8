//! The graph as Graphviz, as Mermaid, and as a tree for the terminal.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use heng_dsl::diag::Lang;

use super::{Edge, Graph, Node, NodeKind, Thing, View, Way};

/// Graphviz source.
pub(super) fn dot(graph: &Graph, view: &View, lang: Lang) -> String {
    let mut out = String::from(
        "digraph heng {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n",
    );
    let shown = shown(graph, view);
    for at in &shown {
        let Some(node) = graph.node(*at) else { continue };
        let label = dot_text(&label(node, lang));
        let tip = dot_text(&node.legal.basis.join("；"));
        let _ = writeln!(
            out,
            "  n{at} [label=\"{label}\", shape={}, tooltip=\"{tip}\"];",
            shape(node.kind)
        );
    }
    for (from, to, edge) in edges(graph, &shown) {
        let style = match edge {
            Edge::Reads => "",
            Edge::ReadsOfOthers => " [style=dashed]",
        };
        let _ = writeln!(out, "  n{from} -> n{to}{style};");
    }
    out.push_str("}\n");
    out
}

/// Mermaid source.
pub(super) fn mermaid(graph: &Graph, view: &View, lang: Lang) -> String {
    let mut out = String::from("flowchart LR\n");
    let shown = shown(graph, view);
    for at in &shown {
        let Some(node) = graph.node(*at) else { continue };
        let _ = writeln!(out, "  n{at}[\"{}\"]", mermaid_text(&label(node, lang)));
    }
    for (from, to, edge) in edges(graph, &shown) {
        let arrow = match edge {
            Edge::Reads => "-->",
            Edge::ReadsOfOthers => "-.->",
        };
        let _ = writeln!(out, "  n{from} {arrow} n{to}");
    }
    out
}

/// A tree for the terminal: from the root of the view, or from everything that nothing reads. What
/// was shown before is not unfolded again.
pub(super) fn tree(graph: &Graph, view: &View, lang: Lang) -> String {
    let shown = shown(graph, view);
    let (roots, way) = match view.root {
        Some((root, way)) => (vec![root], way),
        None => {
            let unread = shown.iter().filter(|it| graph.next(**it, Way::Downstream).is_empty());
            (unread.copied().collect(), Way::Upstream)
        }
    };
    let mut tree =
        Tree { graph, shown: &shown, way, lang, seen: BTreeSet::new(), out: String::new() };
    for root in roots.into_iter().filter(|it| shown.contains(it)) {
        tree.line(root, "", "");
        tree.below(root);
    }
    tree.out
}

struct Tree<'g> {
    graph: &'g Graph,
    shown: &'g BTreeSet<usize>,
    way: Way,
    lang: Lang,
    seen: BTreeSet<usize>,
    out: String,
}

/// A node whose neighbours are being drawn.
struct Branch {
    waiting: std::vec::IntoIter<usize>,
    indent: String,
}

impl Tree<'_> {
    /// Draws what hangs below a node, without recursion: chains may be long.
    fn below(&mut self, root: usize) {
        let mut branches: Vec<Branch> = self.branch(root, String::new()).into_iter().collect();
        while let Some(branch) = branches.last_mut() {
            let Some(at) = branch.waiting.next() else {
                branches.pop();
                continue;
            };
            let last = branch.waiting.len() == 0;
            let (mark, more) = if last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            let indent = branch.indent.clone();
            self.line(at, &indent, mark);
            branches.extend(self.branch(at, indent + more));
        }
    }

    /// The neighbours of a node that is met for the first time.
    fn branch(&mut self, at: usize, indent: String) -> Option<Branch> {
        if !self.seen.insert(at) {
            return None;
        }
        let next = self.graph.next(at, self.way);
        let next: Vec<usize> = next.into_iter().filter(|it| self.shown.contains(it)).collect();
        Some(Branch { waiting: next.into_iter(), indent })
    }

    fn line(&mut self, at: usize, indent: &str, mark: &str) {
        let Some(node) = self.graph.node(at) else { return };
        let again = self.seen.contains(&at) && !self.graph.next(at, self.way).is_empty();
        let more = if again { " …" } else { "" };
        let text = plain_text(&label(node, self.lang));
        let _ = writeln!(self.out, "{indent}{mark}{text}{more}");
    }
}

/// The nodes of a view; in the whole graph without data that nothing reads.
fn shown(graph: &Graph, view: &View) -> BTreeSet<usize> {
    let lonely = |at: usize| {
        let data = graph.node(at).is_some_and(|it| {
            matches!(
                it.thing,
                Thing::Field(_) | Thing::Table(_) | Thing::Column(..) | Thing::Codes(_)
            )
        });
        data && graph.next(at, Way::Downstream).is_empty()
    };
    let nodes = view.nodes.iter().copied();
    nodes.filter(|it| view.root.is_some() || !lonely(*it)).collect()
}

fn edges(graph: &Graph, shown: &BTreeSet<usize>) -> BTreeSet<(usize, usize, Edge)> {
    let all = graph.nodes.edge_indices().filter_map(|it| {
        let (from, to) = graph.nodes.edge_endpoints(it)?;
        Some((from.index(), to.index(), *graph.nodes.edge_weight(it)?))
    });
    all.filter(|(from, to, _)| shown.contains(from) && shown.contains(to)).collect()
}

/// `指标 池州通用.行政处罚（继承自通用）`, with the title where there is one.
fn label(node: &Node, lang: Lang) -> String {
    let [zh, en] = node.kind.words();
    let word = match lang {
        Lang::Zh => zh,
        Lang::En => en,
    };
    let title = node.title.as_ref().map(|it| format!(" “{it}”")).unwrap_or_default();
    let whose = node.whose.as_ref().map(super::Whose::words);
    let whose = match (whose, lang) {
        (None, _) => String::new(),
        (Some(it), Lang::Zh) => format!("（{}）", it.of(lang)),
        (Some(it), Lang::En) => format!(" ({})", it.of(lang)),
    };
    format!("{word} {}.{}{title}{whose}", node.package, node.name)
}

fn shape(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Field | NodeKind::Column | NodeKind::Table | NodeKind::Codes => "cylinder",
        NodeKind::Scope | NodeKind::Param | NodeKind::Check => "note",
        NodeKind::Value | NodeKind::RecordValue | NodeKind::RecordSet => "ellipse",
        NodeKind::Indicator
        | NodeKind::Fuse
        | NodeKind::Dimension
        | NodeKind::Total
        | NodeKind::Merge => "box",
        NodeKind::Classify | NodeKind::Overlay | NodeKind::Decide => "octagon",
        NodeKind::Tag | NodeKind::Alert | NodeKind::Measure | NodeKind::List => "folder",
    }
}

/// Without control characters, which could rewrite a terminal.
fn plain_text(text: &str) -> String {
    text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect()
}

fn dot_text(text: &str) -> String {
    plain_text(text).replace('\\', "\\\\").replace('"', "\\\"")
}

/// Mermaid knows HTML entities and reads nothing else inside quotes.
fn mermaid_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for it in plain_text(text).chars() {
        match it {
            '&' | '<' | '>' | '"' | '\'' | '#' | '`' | '\\' => {
                let _ = write!(out, "#{};", u32::from(it));
            }
            it => out.push(it),
        }
    }
    out
}
