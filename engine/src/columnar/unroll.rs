//! Calendar units that are few and known: what is asked of each of them is asked of the household itself.
//!
//! “Of each of the last three years: is there a report about it?” would make three elements of every household, and
//! of every report three more. Once the years stand in the plan there are three conditions about reports instead, each
//! with a constant in it, and nothing is repeated.

use std::collections::BTreeSet;

use heng_dsl::value::{Date, Value};

use super::plan::{Domain, DomainId, Elements, Graph, Kind, Load, Node, NodeId, Op, told_by};

/// Units that are unrolled at most: each takes operations of its own.
const MOST: usize = 8;

/// A plan without units that are few and known.
pub(super) struct Unrolled<'l> {
    pub(super) graph: Graph<'l>,
    /// What each node has become; several, one for each unit, where it belonged to units.
    now: Vec<Vec<NodeId>>,
}

/// What the elements of a domain are to calendar units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Nothing.
    Plain,
    /// They are units.
    Units(DomainId),
    /// The units of each household.
    OfHousehold(DomainId),
    /// For each unit of a household what belongs to the household: the elements of that domain.
    Within(DomainId, DomainId),
}

impl Role {
    fn units(self) -> Option<DomainId> {
        match self {
            Self::Plain => None,
            Self::Units(it) | Self::OfHousehold(it) | Self::Within(it, _) => Some(it),
        }
    }
}

/// Unrolls what can be; nothing is left that is not asked for by the roots.
pub(super) fn unrolled<'l>(graph: &Graph<'l>, roots: impl Iterator<Item = NodeId>) -> Unrolled<'l> {
    let needed = needed(graph, roots);
    let roles = roles(graph, &needed);
    let mut unrolled =
        Unrolled { graph: graph.emptied(), now: Vec::with_capacity(graph.nodes.len()) };
    for (at, node) in graph.nodes.iter().enumerate() {
        if !needed.contains(&NodeId::of(at)) {
            unrolled.now.push(Vec::new());
            continue;
        }
        unrolled.graph.decl = graph.decls.get(at).copied().flatten();
        let role = roles[node.domain.index()];
        let units = dates(graph, role);
        let now = match units {
            None => vec![unrolled.plain(graph, &roles, node)],
            Some(units) => (0..units.len())
                .map(|unit| unrolled.of_unit(graph, &roles, node, (unit, units)))
                .collect(),
        };
        unrolled.now.push(now);
    }
    unrolled
}

/// The first and the last days of the units that elements belong to.
fn dates<'g>(graph: &'g Graph<'_>, role: Role) -> Option<&'g [(Date, Date)]> {
    match &graph.domains[role.units()?.index()].elements {
        Elements::Units(it) => Some(it),
        _ => None,
    }
}

/// What the roots are worked out from, themselves among it.
fn needed(graph: &Graph<'_>, roots: impl Iterator<Item = NodeId>) -> BTreeSet<NodeId> {
    let (mut needed, mut waiting) = (BTreeSet::new(), roots.collect::<Vec<_>>());
    while let Some(at) = waiting.pop() {
        if !needed.insert(at) {
            continue;
        }
        let node = graph.node(at);
        waiting.extend(&node.args);
        let of = if let Op::Gather(of, _) = node.op { Some(of) } else { None };
        for domain in [Some(node.domain), of].into_iter().flatten() {
            waiting.extend(told_by(&graph.domains, domain));
        }
    }
    needed
}

/// What each domain is, as far as its units can be unrolled.
fn roles(graph: &Graph<'_>, needed: &BTreeSet<NodeId>) -> Vec<Role> {
    let mut roles = Vec::with_capacity(graph.domains.len());
    // Units about which something is asked that cannot be.
    let mut kept = Vec::new();
    for (at, domain) in graph.domains.iter().enumerate() {
        let of = |it: DomainId| roles.get(it.index()).copied().unwrap_or(Role::Plain);
        let role = match (&domain.elements, of(domain.parent)) {
            (Elements::Units(it), _) if (1..=MOST).contains(&it.len()) => {
                Role::Units(DomainId::of(at))
            }
            (Elements::Of(base), Role::Plain) if domain.parent == DomainId::HOUSEHOLDS => {
                match of(*base) {
                    Role::Units(it) => Role::OfHousehold(it),
                    _ => Role::Plain,
                }
            }
            (Elements::Of(base), Role::OfHousehold(it)) => match of(*base) {
                Role::Plain if graph.domains[base.index()].parent == DomainId::HOUSEHOLDS => {
                    Role::Within(it, *base)
                }
                _ => Role::Plain,
            },
            _ => Role::Plain,
        };
        if role == Role::Plain {
            let group = match domain.elements {
                Elements::Groups(of, ..) => Some(of),
                _ => None,
            };
            let related = [Some(domain.parent), domain.base(), group];
            kept.extend(related.into_iter().flatten().filter_map(|it| of(it).units()));
        }
        roles.push(role);
    }
    for node in needed.iter().map(|it| graph.node(*it)) {
        let role = roles[node.domain.index()];
        let is_kept = match (&node.op, role) {
            (Op::Asked(_), Role::OfHousehold(_)) => true,
            (Op::Load(it), Role::Units(_)) => !matches!(it, Load::Start | Load::End),
            _ => false,
        };
        kept.extend(role.units().filter(|_| is_kept));
        if let Op::Gather(of, _) = node.op
            && let Role::Units(it) = roles[of.index()]
        {
            kept.push(it);
        }
    }
    let is_kept = |it: &Role| it.units().is_some_and(|it| kept.contains(&it));
    roles.iter().map(|it| if is_kept(it) { Role::Plain } else { *it }).collect()
}

impl Unrolled<'_> {
    /// What a node has become that belongs to no unit.
    pub(super) fn now(&self, old: NodeId) -> NodeId {
        self.of(old, 0)
    }

    fn of(&self, old: NodeId, unit: usize) -> NodeId {
        let now = self.now.get(old.index());
        now.and_then(|it| it.get(unit).or(it.first())).copied().unwrap_or(old)
    }

    fn all(&self, args: &[NodeId], unit: usize) -> Vec<NodeId> {
        args.iter().map(|it| self.of(*it, unit)).collect()
    }

    /// A domain as it is now.
    fn domain(&mut self, graph: &Graph<'_>, old: DomainId) -> DomainId {
        if old == DomainId::RUN || old == DomainId::HOUSEHOLDS {
            return old;
        }
        let Domain { parent, elements } = &graph.domains[old.index()];
        let parent = self.domain(graph, *parent);
        let elements = match elements {
            Elements::Counted(count) => Elements::Counted(self.now(*count)),
            Elements::Of(base) => Elements::Of(self.domain(graph, *base)),
            Elements::Members(base) => Elements::Members(self.domain(graph, *base)),
            Elements::Groups(of, counts, key) => {
                Elements::Groups(self.domain(graph, *of), self.now(*counts), self.now(*key))
            }
            other => other.clone(),
        };
        self.graph.domain(&Domain { parent, elements })
    }

    /// A node that belongs to no unit.
    fn plain(&mut self, graph: &Graph<'_>, roles: &[Role], node: &Node) -> NodeId {
        let domain = self.domain(graph, node.domain);
        if let Op::Gather(of, gather) = &node.op
            && let role @ Role::OfHousehold(_) = roles[of.index()]
            && let Some(units) = dates(graph, role)
        {
            let args = (0..units.len()).flat_map(|unit| self.all(&node.args, unit));
            let args: Vec<NodeId> = args.collect();
            let op = Op::Gathered(*gather, units.len());
            return self.graph.add(op, &args, node.kind, &[domain]);
        }
        let args = self.all(&node.args, 0);
        self.put(graph, node, (domain, &args))
    }

    /// A node for one of the units that it belongs to.
    fn of_unit(
        &mut self,
        graph: &Graph<'_>,
        roles: &[Role],
        node: &Node,
        (unit, units): (usize, &[(Date, Date)]),
    ) -> NodeId {
        let args = self.all(&node.args, unit);
        let domain = match roles[node.domain.index()] {
            Role::Units(_) => DomainId::RUN,
            Role::Within(_, base) => self.domain(graph, base),
            Role::OfHousehold(_) | Role::Plain => DomainId::HOUSEHOLDS,
        };
        match (&node.op, units.get(unit)) {
            (Op::Load(load @ (Load::Start | Load::End)), Some((first, last))) => {
                let day = if *load == Load::Start { *first } else { *last };
                self.graph.value(Value::Date(day), Kind::Date)
            }
            // The element itself is what it would be repeated of.
            (Op::Lift | Op::Own, _) => self.graph.lifted(args[0], domain),
            (Op::Gather(of, gather), _) => {
                let of = match roles[of.index()] {
                    Role::Within(_, base) => base,
                    _ => *of,
                };
                let of = self.domain(graph, of);
                self.graph.gather(*gather, of, &args, node.kind)
            }
            _ => self.put(graph, node, (domain, &args)),
        }
    }

    /// A node as it was, of what its operands are now.
    fn put(
        &mut self,
        graph: &Graph<'_>,
        node: &Node,
        (domain, args): (DomainId, &[NodeId]),
    ) -> NodeId {
        match &node.op {
            Op::Const(value) => self.graph.value(value.clone(), node.kind),
            Op::Load(load) => self.graph.load(*load, domain, node.kind),
            Op::Lift => self.graph.lifted(args[0], domain),
            Op::Own => self.graph.put(Op::Own, args.to_vec(), domain, node.kind),
            Op::Gather(of, gather) => {
                let of = self.domain(graph, *of);
                self.graph.gather(*gather, of, args, node.kind)
            }
            Op::Asked(gather) => self.graph.asked(*gather, domain, args),
            op => self.graph.add(op.clone(), args, node.kind, &[domain]),
        }
    }
}
