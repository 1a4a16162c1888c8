//! The functions of the register: where they stand, in which round they are worked out, and what
//! has to be worked out before.

use std::collections::{BTreeMap, BTreeSet};

use heng_dsl::model::linked::Linked;
use heng_dsl::model::walk::{self, RefKind, Visitor};
use heng_dsl::model::{Content, Expr, Let, Node, Population, Quota, Ref, Ty, Version};

use crate::graph::{Edge, Graph, Thing};

/// A function of the register, or a quota.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    /// Where it stands.
    pub(crate) owner: Owner,
    /// What it asks.
    pub(crate) rule: SiteRule,
    /// The round in which it is worked out, from 1.
    pub(crate) round: u32,
    /// Declarations that have to be worked out for each household before it can be asked, in the
    /// order of evaluation.
    pub(crate) needs: Vec<usize>,
    /// All that it reads of a household by itself.
    pub(crate) reads: BTreeSet<Thing>,
}

/// What is asked of the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SiteRule {
    /// A function, and the type of its result.
    Function(Population, Ty),
    /// The places of a list.
    Quota(Quota),
}

/// The rule in which a function of the register stands; its local values are those of that rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// A version of a declaration.
    Decl { slot: usize, version: usize },
    /// A version of a direct determination, by package and number.
    Decide { package: usize, number: usize, version: usize },
    /// A data-quality rule, by package and number.
    Check { package: usize, number: usize },
    /// The 适用 of a package.
    Scope(usize),
}

impl Site {
    /// Is it, word for word, the function of another program, with the same local values?
    pub(crate) fn is_same(&self, linked: &Linked, (other, theirs): (&Self, &Linked)) -> bool {
        let lets = |site: &Self, linked| -> Option<Vec<Let>> {
            Some(Owner::version(site.owner, linked)?.lets.clone())
        };
        // Who competes for a place is said by the list around it.
        matches!(self.rule, SiteRule::Function(..))
            && self.rule == other.rule
            && lets(self, linked).is_some_and(|it| Some(it) == lets(other, theirs))
    }
}

impl Owner {
    pub(crate) fn thing(self) -> Thing {
        match self {
            Self::Decl { slot, .. } => Thing::Decl(slot),
            Self::Decide { package, number, .. } => Thing::Decide(package, number),
            Self::Check { package, number } => Thing::Check(package, number),
            Self::Scope(package) => Thing::Scope(package),
        }
    }

    /// The version, for declarations and determinations.
    pub(crate) fn version(self, linked: &Linked) -> Option<&Version> {
        match self {
            Self::Decl { slot, version } => linked.decl(slot).versions.get(version),
            Self::Decide { package, number, version } => {
                let decide = linked.packages.get(package)?.decides.get(number)?;
                decide.versions.get(version).map(|it| &it.1)
            }
            Self::Check { .. } | Self::Scope(_) => None,
        }
    }
}

/// Stages of everything, and the functions of the register by number. A number without a function is
/// one that nothing evaluates.
#[derive(Debug, Default)]
pub(crate) struct Rounds {
    /// The stage of each thing that is not at stage 0.
    pub(crate) stages: BTreeMap<Thing, u32>,
    /// The functions.
    pub(crate) sites: Vec<Option<Site>>,
}

/// Finds the functions of the register and works out their rounds. `order` has all things, each
/// after what it reads.
pub(super) fn rounds(linked: &Linked, graph: &Graph, order: &[Thing]) -> Rounds {
    let mut sites = Finder { owner: Owner::Scope(0), sites: vec![None; linked.sites()] };
    sites.find(linked);
    let mut rounds = Rounds { stages: BTreeMap::new(), sites: sites.sites };
    let mut owned: BTreeMap<Thing, Vec<usize>> = BTreeMap::new();
    for (at, site) in rounds.sites.iter().enumerate() {
        if let Some(it) = site {
            owned.entry(it.owner.thing()).or_default().push(at);
        }
    }
    for thing in order {
        let reads = graph.reads(*thing);
        let read = reads.iter().filter(|it| it.1 == Edge::Reads);
        let mut stage = read.map(|it| rounds.stage(it.0)).max().unwrap_or_default();
        // What stands inside another function was numbered after it and has to come before it.
        for site in owned.get(thing).into_iter().flatten().rev() {
            stage = stage.max(rounds.settle(*site, linked, graph, order));
        }
        if stage > 0 {
            rounds.stages.insert(*thing, stage);
        }
    }
    rounds
}

impl Rounds {
    /// The stage of a thing.
    pub(crate) fn stage(&self, thing: Thing) -> u32 {
        self.stages.get(&thing).copied().unwrap_or_default()
    }

    /// Drops the functions that stand in none of these things.
    pub(super) fn keep(&mut self, things: &BTreeSet<Thing>) {
        for site in &mut self.sites {
            site.take_if(|it| !things.contains(&it.owner.thing()));
        }
    }

    /// Works out the round and the needs of one function.
    fn settle(&mut self, at: usize, linked: &Linked, graph: &Graph, order: &[Thing]) -> u32 {
        let Some(Some(site)) = self.sites.get(at) else { return 0 };
        let mut asked = Asked::default();
        asked.site(site, linked);
        let before = asked.things.iter().map(|it| self.stage(*it)).max().unwrap_or_default();
        let inner = asked.sites.iter().filter(|it| **it != at);
        let inner = inner.filter_map(|it| self.sites.get(*it)?.as_ref().map(|it| it.round)).max();
        let round = before.max(inner.unwrap_or_default()) + 1;
        let needs = needed(graph, order, &asked.things);
        if let Some(Some(site)) = self.sites.get_mut(at) {
            site.round = round;
            site.needs = needs;
            site.reads = &asked.things | &asked.data;
        }
        round
    }
}

/// The declarations that have to be worked out before some things can be read, in the order of
/// evaluation; what is read of other households was worked out a round earlier.
pub(super) fn needed(graph: &Graph, order: &[Thing], things: &BTreeSet<Thing>) -> Vec<usize> {
    let seen = upstream(graph, things, |it| it == Edge::Reads);
    let decls = order.iter().filter(|it| seen.contains(*it)).filter_map(|it| match it {
        Thing::Decl(slot) => Some(*slot),
        _ => None,
    });
    decls.collect()
}

/// Some things and everything that they read along such edges, directly or not.
pub(super) fn upstream(
    graph: &Graph,
    things: &BTreeSet<Thing>,
    along: impl Fn(Edge) -> bool,
) -> BTreeSet<Thing> {
    let mut seen = BTreeSet::new();
    let mut waiting: Vec<Thing> = things.iter().copied().collect();
    while let Some(it) = waiting.pop() {
        if seen.insert(it) {
            let reads = graph.reads(it).into_iter();
            waiting.extend(reads.filter(|it| along(it.1)).map(|it| it.0));
        }
    }
    seen
}

/// Finds the functions of the register in every rule.
struct Finder {
    owner: Owner,
    sites: Vec<Option<Site>>,
}

impl Finder {
    fn find(&mut self, linked: &Linked) {
        for (package, set) in linked.packages.iter().enumerate() {
            self.owner = Owner::Scope(package);
            set.applies.iter().for_each(|it| walk::condition(it, self));
            for (number, it) in set.decides.iter().enumerate() {
                for (version, it) in it.versions.iter().enumerate() {
                    self.owner = Owner::Decide { package, number, version };
                    walk::version(&it.1, self);
                }
            }
            for (number, it) in set.checks.iter().enumerate() {
                self.owner = Owner::Check { package, number };
                walk::check(it, self);
            }
        }
        for (slot, decl) in linked.decls().enumerate() {
            for (version, it) in decl.versions.iter().enumerate() {
                self.owner = Owner::Decl { slot, version };
                walk::version(it, self);
                let quota = match &it.content {
                    Content::List(list) => list.quota.as_ref(),
                    _ => None,
                };
                if let Some(quota) = quota {
                    self.put(quota.site.index(), SiteRule::Quota(quota.clone()));
                }
            }
        }
    }

    fn put(&mut self, at: usize, rule: SiteRule) {
        if let Some(place) = self.sites.get_mut(at) {
            let (needs, reads) = (Vec::new(), BTreeSet::new());
            *place = Some(Site { owner: self.owner, rule, round: 0, needs, reads });
        }
    }
}

impl Visitor for Finder {
    fn reference(&mut self, _: RefKind, _: &Ref, _: bool) {}

    fn expr(&mut self, expr: &Expr) {
        if let Node::Population(it) = &expr.node {
            self.put(it.site.index(), SiteRule::Function((**it).clone(), expr.ty.clone()));
        }
    }
}

/// What a function of the register asks of each household.
#[derive(Default)]
struct Asked {
    things: BTreeSet<Thing>,
    /// Tables of records and of codes, which are there in every round.
    data: BTreeSet<Thing>,
    sites: BTreeSet<usize>,
    locals: BTreeSet<u32>,
}

impl Asked {
    fn site(&mut self, site: &Site, linked: &Linked) {
        let version = site.owner.version(linked);
        match &site.rule {
            SiteRule::Function(it, _) => {
                let parts = it.keys.iter().chain(&it.filter).chain(&it.arg);
                parts.for_each(|it| walk::expr(it, self));
            }
            SiteRule::Quota(it) => {
                walk::expr(&it.top, self);
                it.keys.iter().for_each(|it| walk::expr(&it.0, self));
                if let Owner::Decl { slot, .. } = site.owner {
                    self.things.insert(Thing::Scope(linked.package_of(slot)));
                }
                if let Some(version) = version {
                    version.applies.iter().for_each(|it| walk::condition(it, self));
                    if let Content::List(list) = &version.content {
                        let conditions = std::iter::once(&list.admit).chain(&list.remove);
                        conditions.for_each(|it| walk::condition(it, self));
                    }
                }
            }
        }
        self.lets(site, version, linked);
    }

    /// Follows local values, and those that they read.
    fn lets(&mut self, site: &Site, version: Option<&Version>, linked: &Linked) {
        let check = match site.owner {
            Owner::Check { package, number } => linked.packages[package].checks.get(number),
            _ => None,
        };
        let lets = version.map(|it| &it.lets).or(check.map(|it| &it.lets));
        let mut done = BTreeSet::new();
        while let Some(next) = self.locals.difference(&done).next().copied() {
            done.insert(next);
            if let Some(it) = lets.and_then(|it| it.get(next as usize)) {
                walk::content(&it.content, self);
            }
        }
    }
}

impl Visitor for Asked {
    fn reference(&mut self, kind: RefKind, reference: &Ref, population: bool) {
        if population {
            return;
        }
        let slot = reference.slot.index();
        match kind {
            RefKind::Decl => self.things.insert(Thing::Decl(slot)),
            RefKind::Field => self.things.insert(Thing::Field(slot)),
            RefKind::Table => self.data.insert(Thing::Table(slot)),
            RefKind::Codes => self.data.insert(Thing::Codes(slot)),
            RefKind::Enum => false,
        };
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.node {
            Node::Local(it) => {
                self.locals.insert(*it);
            }
            Node::Population(it) => {
                self.sites.insert(it.site.index());
            }
            _ => {}
        }
    }

    fn column(&mut self, kind: walk::ColumnKind, column: &heng_dsl::model::Column) {
        if kind == walk::ColumnKind::Record {
            self.things.insert(Thing::Column(column.table.slot.index(), column.slot.index()));
        }
    }
}
