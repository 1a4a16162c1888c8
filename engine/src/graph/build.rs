//! From linked packages to the graph.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};

use heng_dsl::model::linked::Linked;
use heng_dsl::model::walk::{self, ColumnKind, RefKind, Visitor};
use heng_dsl::model::{Column, DeclKind, Legal, Origin, Ref, RuleSet, Version};

use super::{Edge, Node, NodeKind, Thing, Whose};

/// The graph, and where each thing stands in it.
pub(super) fn build(linked: &Linked) -> (DiGraph<Node, Edge>, BTreeMap<Thing, NodeIndex>) {
    let mut builder = Builder { linked, nodes: DiGraph::new(), index: BTreeMap::new() };
    builder.data();
    builder.rules();
    builder.data_edges();
    builder.rule_edges();
    builder.scope_edges();
    (builder.nodes, builder.index)
}

struct Builder<'l> {
    linked: &'l Linked,
    nodes: DiGraph<Node, Edge>,
    index: BTreeMap<Thing, NodeIndex>,
}

impl Builder<'_> {
    fn add(&mut self, thing: Thing, kind: NodeKind, package: usize, label: Label<'_>) {
        let node = Node {
            thing,
            kind,
            package: self.linked.name_of(package).to_string(),
            name: label.name,
            title: label.title.cloned(),
            legal: label.legal,
            origin: label.origin.cloned(),
            whose: label.whose,
        };
        let at = self.nodes.add_node(node);
        self.index.insert(thing, at);
    }

    /// Nodes for fields, record tables and code tables.
    fn data(&mut self) {
        let (mut field, mut table, mut codes) = (0, 0, 0);
        for (of, package) in self.linked.packages.iter().enumerate() {
            for it in package.subject.iter().flat_map(|it| &it.fields) {
                let label = Label { origin: Some(&it.origin), ..Label::named(&it.name) };
                self.add(Thing::Field(field), NodeKind::Field, of, label);
                field += 1;
            }
            for it in &package.tables {
                let label = Label { legal: it.legal.clone(), ..Label::named(&it.name) };
                self.add(Thing::Table(table), NodeKind::Table, of, label);
                for (at, column) in it.fields.iter().enumerate() {
                    let name = format!("{}.{}", it.name, column.name);
                    let label = Label { origin: Some(&column.origin), ..Label::named(&name) };
                    self.add(Thing::Column(table, at), NodeKind::Column, of, label);
                }
                table += 1;
            }
            for it in &package.codes {
                let label = Label { legal: it.legal.clone(), ..Label::named(&it.name) };
                self.add(Thing::Codes(codes), NodeKind::Codes, of, label);
                codes += 1;
            }
        }
    }

    /// Nodes for everything that is worked out.
    fn rules(&mut self) {
        for (of, package) in self.linked.packages.iter().enumerate() {
            if let Some(it) = &package.applies {
                let label =
                    Label { origin: Some(&it.origin), ..Label::named(&self.linked.name_of(of)) };
                self.add(Thing::Scope(of), NodeKind::Scope, of, label);
            }
        }
        for (slot, it) in self.linked.decls().enumerate() {
            let of = self.linked.package_of(slot);
            let Some(package) = self.linked.packages.get(of) else { continue };
            let (title, versions) = (it.title.as_ref(), it.versions.iter());
            let label = Label::of_versions(package, &it.name, title, versions);
            self.add(Thing::Decl(slot), kind_of(&it.kind), of, label);
        }
        for (of, package) in self.linked.packages.iter().enumerate() {
            for (number, it) in package.decides.iter().enumerate() {
                let versions = it.versions.iter().map(|it| &it.1);
                let label = Label::of_versions(package, &it.name, it.title.as_ref(), versions);
                self.add(Thing::Decide(of, number), NodeKind::Decide, of, label);
            }
            for (number, it) in package.checks.iter().enumerate() {
                let label = Label {
                    title: it.title.as_ref(),
                    legal: it.legal.clone(),
                    origin: Some(&it.origin),
                    ..Label::named(&it.name)
                };
                self.add(Thing::Check(of, number), NodeKind::Check, of, label);
            }
        }
    }

    /// What derived fields read, and the code tables of typed ones.
    fn data_edges(&mut self) {
        for (slot, field) in self.linked.fields().enumerate() {
            let mut reader = Reader::of(Thing::Field(slot));
            reader.field(field);
            self.connect(&reader);
        }
        for (table, it) in self.linked.tables().enumerate() {
            for (at, field) in it.fields.iter().enumerate() {
                let mut reader = Reader::of(Thing::Column(table, at));
                reader.field(field);
                self.connect(&reader);
            }
        }
    }

    /// What declarations, determinations and checks read.
    fn rule_edges(&mut self) {
        for (slot, it) in self.linked.decls().enumerate() {
            let mut reader = Reader::of(Thing::Decl(slot));
            walk::decl(it, &mut reader);
            for part in self.linked.parts(slot) {
                reader.found.insert((Thing::Decl(*part), Edge::Reads));
            }
            self.connect(&reader);
        }
        for (at, package) in self.linked.packages.iter().enumerate() {
            for (number, it) in package.decides.iter().enumerate() {
                let mut reader = Reader::of(Thing::Decide(at, number));
                it.versions.iter().for_each(|it| walk::version(&it.1, &mut reader));
                self.connect(&reader);
                let target = Thing::Decl(it.target.slot.index());
                self.edge(Thing::Decide(at, number), target, Edge::Reads);
            }
            for (number, it) in package.checks.iter().enumerate() {
                let mut reader = Reader::of(Thing::Check(at, number));
                walk::check(it, &mut reader);
                self.connect(&reader);
            }
        }
    }

    /// What the 适用 of each package reads, and whom it binds.
    fn scope_edges(&mut self) {
        for (at, package) in self.linked.packages.iter().enumerate() {
            let Some(applies) = &package.applies else { continue };
            let mut reader = Reader::of(Thing::Scope(at));
            walk::condition(applies, &mut reader);
            self.connect(&reader);
            let before = self.upstream_of(Thing::Scope(at));
            for slot in 0..self.linked.decls().len() {
                let bound = self.linked.package_of(slot) == at
                    && is_bound_by_scope(&self.linked.decl(slot).kind)
                    && !before.contains(&Thing::Decl(slot));
                if bound {
                    self.edge(Thing::Scope(at), Thing::Decl(slot), Edge::Reads);
                }
            }
        }
    }

    fn upstream_of(&self, thing: Thing) -> BTreeSet<Thing> {
        let mut seen = BTreeSet::new();
        let mut waiting: Vec<NodeIndex> = self.index.get(&thing).copied().into_iter().collect();
        while let Some(at) = waiting.pop() {
            if seen.insert(self.nodes[at].thing) {
                waiting.extend(self.nodes.neighbors_directed(at, Direction::Incoming));
            }
        }
        seen
    }

    fn connect(&mut self, reader: &Reader) {
        for (used, edge) in &reader.found {
            self.edge(*used, reader.thing, *edge);
        }
    }

    fn edge(&mut self, from: Thing, to: Thing, edge: Edge) {
        if let (Some(from), Some(to)) = (self.index.get(&from), self.index.get(&to)) {
            self.nodes.add_edge(*from, *to, edge);
        }
    }
}

/// Is a declaration of this kind 不适用 where its package is? A parameter is about no household;
/// overlays and merges apply wherever one of their sides does (`language.md` §3.13).
fn is_bound_by_scope(kind: &DeclKind) -> bool {
    !matches!(kind, DeclKind::Param | DeclKind::Overlay { .. } | DeclKind::Merge)
}

struct Label<'l> {
    name: String,
    title: Option<&'l String>,
    legal: Legal,
    origin: Option<&'l Origin>,
    whose: Option<Whose>,
}

impl<'l> Label<'l> {
    fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            title: None,
            legal: Legal::default(),
            origin: None,
            whose: None,
        }
    }

    fn of_versions(
        package: &RuleSet,
        name: &str,
        title: Option<&'l String>,
        versions: impl Iterator<Item = &'l Version>,
    ) -> Self {
        let mut label = Self { title, ..Self::named(name) };
        for it in versions {
            label.whose = whose(package, it).or(label.whose);
            for (all, more) in
                [(&mut label.legal.basis, &it.legal.basis), (&mut label.legal.note, &it.legal.note)]
            {
                let new: Vec<_> = more.iter().filter(|it| !all.contains(it)).cloned().collect();
                all.extend(new);
            }
            label.origin = Some(&it.origin);
        }
        label
    }
}

/// Whose rule a version is, where it is not all of the package that has it.
fn whose(package: &RuleSet, version: &Version) -> Option<Whose> {
    let amendment = version.origins().find_map(|it| it.amendment.as_ref());
    if let Some(it) = amendment {
        return Some(Whose { package: it.replaced_package.clone(), amended: true });
    }
    let by = &version.origin.package;
    let another = !by.is_empty() && *by != package.id;
    another.then(|| Whose { package: by.clone(), amended: false })
}

/// Collects what one thing reads.
struct Reader {
    thing: Thing,
    found: BTreeSet<(Thing, Edge)>,
}

impl Reader {
    fn of(thing: Thing) -> Self {
        Self { thing, found: BTreeSet::new() }
    }

    fn field(&mut self, field: &heng_dsl::model::Field) {
        if let heng_dsl::model::TyKind::Code(it) = &field.ty.kind {
            self.reference(RefKind::Codes, it, false);
        }
        if let Some(it) = &field.derived {
            walk::expr(it, self);
        }
    }
}

impl Visitor for Reader {
    fn reference(&mut self, kind: RefKind, reference: &Ref, population: bool) {
        let slot = reference.slot.index();
        let thing = match kind {
            RefKind::Decl => Thing::Decl(slot),
            RefKind::Field => Thing::Field(slot),
            RefKind::Table => Thing::Table(slot),
            RefKind::Codes => Thing::Codes(slot),
            RefKind::Enum => return,
        };
        let edge = if population { Edge::ReadsOfOthers } else { Edge::Reads };
        self.found.insert((thing, edge));
    }

    fn column(&mut self, kind: ColumnKind, column: &Column) {
        if kind == ColumnKind::Record {
            let thing = Thing::Column(column.table.slot.index(), column.slot.index());
            self.found.insert((thing, Edge::Reads));
        }
    }
}

fn kind_of(kind: &DeclKind) -> NodeKind {
    match kind {
        DeclKind::Param => NodeKind::Param,
        DeclKind::Value => NodeKind::Value,
        DeclKind::RecordValue { .. } => NodeKind::RecordValue,
        DeclKind::RecordSet => NodeKind::RecordSet,
        DeclKind::Dimension { .. } => NodeKind::Dimension,
        DeclKind::Indicator { fused: true, .. } => NodeKind::Fuse,
        DeclKind::Indicator { fused: false, .. } => NodeKind::Indicator,
        DeclKind::Total => NodeKind::Total,
        DeclKind::Classify { .. } => NodeKind::Classify,
        DeclKind::Overlay { .. } => NodeKind::Overlay,
        DeclKind::Merge => NodeKind::Merge,
        DeclKind::Tag { .. } => NodeKind::Tag,
        DeclKind::Alert { .. } => NodeKind::Alert,
        DeclKind::Measure { .. } => NodeKind::Measure,
        DeclKind::List => NodeKind::List,
    }
}
