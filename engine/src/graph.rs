//! What depends on what, across all packages: field → value → indicator → dimension → total → grade →
//! overlay or merge → tag, alert, measure, list, check.
//!
//! One graph serves everything that asks such questions: evaluation order and cycles, lineage for
//! people, and what a change can reach.

mod build;
mod cycle;
mod draw;

use std::collections::{BTreeMap, BTreeSet};

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

use heng_dsl::diag::{Lang, Words};
use heng_dsl::model::linked::Linked;
use heng_dsl::model::{Id, Legal, Origin};

/// The graph. An edge leads from what is read to what reads it.
#[derive(Debug)]
pub struct Graph {
    nodes: DiGraph<Node, Edge>,
    index: BTreeMap<Thing, NodeIndex>,
}

/// Something that is read or that reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub thing: Thing,
    /// What kind of thing, for people.
    pub kind: NodeKind,
    /// The name of its package: `通用`, `通用@2024.12` beside a newer one.
    pub package: String,
    /// Its name; a column as `行政处罚.罚没金额`.
    pub name: String,
    /// Its title, if it has one.
    pub title: Option<String>,
    /// Legal basis and note, of all versions.
    pub legal: Legal,
    /// Where it comes from: package, version, amendment; of the newest version.
    pub origin: Option<Origin>,
    /// Whose rule it is, where its package has it from another one.
    pub whose: Option<Whose>,
}

/// Whose rule something is that a package has from the one it is 基于.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whose {
    /// The package that wrote it.
    pub package: Id,
    /// Its own package has amended a part of it.
    pub amended: bool,
}

impl Whose {
    /// `继承自通用`, `修订了通用的规定`
    pub fn words(&self) -> Words {
        let from = &self.package;
        if self.amended {
            Words::both(format!("修订了{from}的规定"), format!("amends {from}"))
        } else {
            Words::both(format!("继承自{from}"), format!("inherited from {from}"))
        }
    }
}

/// Identifies a node by the slots of [`Linked`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Thing {
    /// A field of the household.
    Field(usize),
    /// A record table.
    Table(usize),
    /// A column of a record table: table and column.
    Column(usize, usize),
    /// A code table.
    Codes(usize),
    /// A declaration.
    Decl(usize),
    /// A direct determination: package and number.
    Decide(usize, usize),
    /// A data-quality rule: package and number.
    Check(usize, usize),
    /// The 适用 of a package.
    Scope(usize),
}

/// What kind of thing a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is a kind of declaration of the language, named by `words`")]
pub enum NodeKind {
    Field,
    Table,
    Column,
    Codes,
    Scope,
    Param,
    Value,
    RecordValue,
    RecordSet,
    Indicator,
    Fuse,
    Dimension,
    Total,
    Classify,
    Decide,
    Overlay,
    Merge,
    Tag,
    Alert,
    Measure,
    List,
    Check,
}

impl NodeKind {
    /// The word of the language for it, in Chinese and English.
    pub fn words(self) -> [&'static str; 2] {
        match self {
            Self::Field => ["字段", "field"],
            Self::Table => ["记录", "records"],
            Self::Column => ["记录字段", "column"],
            Self::Codes => ["代码表", "codes"],
            Self::Scope => ["适用", "applies"],
            Self::Param => ["参数", "param"],
            Self::Value => ["值", "value"],
            Self::RecordValue => ["逐条值", "value of each record"],
            Self::RecordSet => ["记录集", "set of records"],
            Self::Indicator => ["指标", "indicator"],
            Self::Fuse => ["融合", "fuse"],
            Self::Dimension => ["维度", "dimension"],
            Self::Total => ["总分", "total"],
            Self::Classify => ["分类", "classify"],
            Self::Decide => ["直接判定", "decide"],
            Self::Overlay => ["叠加", "overlay"],
            Self::Merge => ["合成", "merge"],
            Self::Tag => ["标注", "tag"],
            Self::Alert => ["预警", "alert"],
            Self::Measure => ["措施", "measure"],
            Self::List => ["名单", "list"],
            Self::Check => ["校验", "check"],
        }
    }
}

/// How something is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Edge {
    /// Of the same household.
    Reads,
    /// Of all households, a round earlier.
    ReadsOfOthers,
}

/// A part of the graph: a set of nodes with the edges among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    nodes: BTreeSet<usize>,
    /// Where a tree starts, and which way it goes; absent for the whole graph.
    root: Option<(usize, Way)>,
}

impl View {
    /// The numbers of its nodes.
    pub fn nodes(&self) -> impl Iterator<Item = usize> + '_ {
        self.nodes.iter().copied()
    }
}

/// A direction in the graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// What it reads, and what that reads.
    Upstream,
    /// What reads it, and what reads that.
    Downstream,
}

/// A format of [`Graph::draw`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Graphviz
    Dot,
    /// Mermaid flow chart
    Mermaid,
    /// A tree for the terminal
    Tree,
}

impl Graph {
    /// The graph of linked packages.
    pub fn of(linked: &Linked) -> Self {
        let (nodes, index) = build::build(linked);
        Self { nodes, index }
    }

    /// All nodes; their order is the same for the same packages.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.node_weights()
    }

    /// The node of a number.
    pub fn node(&self, number: usize) -> Option<&Node> {
        self.nodes.node_weight(NodeIndex::new(number))
    }

    /// Numbers of the nodes with that name, written `名` or `包.名`.
    pub fn find(&self, name: &str) -> Vec<usize> {
        let named = |it: &Node| {
            let own = it.name == name;
            own || name.strip_prefix(it.package.as_str()).and_then(|it| it.strip_prefix('.'))
                == Some(it.name.as_str())
        };
        self.nodes
            .node_indices()
            .filter(|it| named(&self.nodes[*it]))
            .map(NodeIndex::index)
            .collect()
    }

    /// Everything.
    pub fn whole(&self) -> View {
        View { nodes: self.nodes.node_indices().map(NodeIndex::index).collect(), root: None }
    }

    /// One node and everything up- or downstream of it. Empty for a number that does not exist.
    pub fn around(&self, node: usize, way: Way) -> View {
        let mut nodes = BTreeSet::new();
        let mut waiting = vec![node];
        while let Some(at) = waiting.pop() {
            if at < self.nodes.node_count() && nodes.insert(at) {
                waiting.extend(self.next(at, way));
            }
        }
        View { nodes, root: Some((node, way)) }
    }

    /// Draws a part of the graph.
    pub fn draw(&self, view: &View, format: Format, lang: Lang) -> String {
        match format {
            Format::Dot => draw::dot(self, view, lang),
            Format::Mermaid => draw::mermaid(self, view, lang),
            Format::Tree => draw::tree(self, view, lang),
        }
    }

    /// Every knot of things that need each other, as names by its shortest way round, the first name
    /// again last.
    pub fn cycles(&self) -> Vec<Vec<String>> {
        cycle::cycles(&self.nodes)
    }

    /// The number of a thing's node.
    pub fn number(&self, thing: Thing) -> Option<usize> {
        self.index.get(&thing).map(|it| it.index())
    }

    /// All things, each after what it reads, in an order that is the same for the same packages.
    pub fn order(&self) -> Vec<Thing> {
        cycle::order(&self.nodes).into_iter().map(|it| self.nodes[it].thing).collect()
    }

    /// What a thing reads, and how, sorted.
    pub fn reads(&self, thing: Thing) -> BTreeSet<(Thing, Edge)> {
        let Some(at) = self.index.get(&thing) else { return BTreeSet::new() };
        let edges = self.nodes.edges_directed(*at, Direction::Incoming);
        edges.map(|it| (self.nodes[it.source()].thing, *it.weight())).collect()
    }

    /// The neighbours of a node in one direction, sorted.
    fn next(&self, node: usize, way: Way) -> BTreeSet<usize> {
        let direction = match way {
            Way::Upstream => Direction::Incoming,
            Way::Downstream => Direction::Outgoing,
        };
        self.nodes
            .neighbors_directed(NodeIndex::new(node), direction)
            .map(NodeIndex::index)
            .collect()
    }
}
