//! A linked rule set made ready to run: what depends on what, in which order it is worked out, and
//! which values need the whole register first.
//!
//! A program holds no data and no date. Everything that evaluation takes for granted is checked
//! here once, because a stored model may have been written by another program.

mod shown;
mod site;
mod stated;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::OnceLock;

use heng_dsl::diag::Lang;
use heng_dsl::model::DeclKind;
use heng_dsl::model::linked::Linked;
use heng_dsl::stored::Hashes;

use self::site::Rounds;
pub(crate) use self::site::{Owner, Site, SiteRule};
pub use self::stated::{PackageUsed, RulesUsed};
use crate::graph::{Edge, Graph, Thing};

/// A rule set that can be evaluated.
#[derive(Debug)]
pub struct Program {
    linked: Linked,
    graph: Graph,
    things: Vec<Thing>,
    shown: Vec<usize>,
    order: Vec<usize>,
    rounds: Rounds,
    hashes: OnceLock<Vec<Hashes>>,
}

/// Why a rule set cannot be evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProgramError {
    /// Declarations or derived fields need each other: their names, in the order in which each needs
    /// the next, the first one again last.
    Cycle(Vec<String>),
}

impl ProgramError {
    /// One sentence for people.
    pub fn words(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::Cycle(names), Lang::Zh) => format!("这些声明互相依赖：{}", names.join(" → ")),
            (Self::Cycle(names), Lang::En) => {
                format!("these declarations need each other: {}", names.join(" → "))
            }
        }
    }
}

impl fmt::Display for ProgramError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words(Lang::En))
    }
}

impl std::error::Error for ProgramError {}

impl Program {
    /// Makes linked packages ready to run; all are worked out and shown.
    ///
    /// # Errors
    ///
    /// Every knot of declarations that need each other, by its shortest way round.
    pub fn new(linked: Linked) -> Result<Self, Vec<ProgramError>> {
        let all = (0..linked.packages.len()).collect();
        Self::showing(linked, all)
    }

    /// Like [`Program::new`] for the packages that were asked for, by number: they and the packages
    /// they 引用 are shown, and nothing is worked out that these do not need. What is only the base
    /// of one of them is not shown.
    ///
    /// # Errors
    ///
    /// Those of [`Program::new`].
    pub fn for_roots(linked: Linked, roots: &[usize]) -> Result<Self, Vec<ProgramError>> {
        let shown = shown::packages(&linked, roots);
        Self::showing(linked, shown)
    }

    fn showing(linked: Linked, shown: Vec<usize>) -> Result<Self, Vec<ProgramError>> {
        let graph = Graph::of(&linked);
        let cycles = graph.cycles();
        if !cycles.is_empty() {
            return Err(cycles.into_iter().map(ProgramError::Cycle).collect());
        }
        let things = graph.order();
        let slots = 0..linked.decls().len();
        let wanted = slots.filter(|it| shown.contains(&linked.package_of(*it))).map(Thing::Decl);
        let mut wanted: BTreeSet<Thing> = wanted.collect();
        let order = site::needed(&graph, &things, &wanted);
        let packages = linked.packages.iter().enumerate();
        let checks = packages
            .flat_map(|(at, it)| (0..it.checks.len()).map(move |number| Thing::Check(at, number)));
        wanted.extend(checks);
        let mut rounds = site::rounds(&linked, &graph, &things);
        rounds.keep(&site::upstream(&graph, &wanted, |_| true));
        Ok(Self { linked, graph, things, shown, order, rounds, hashes: OnceLock::new() })
    }

    /// The packages.
    pub fn linked(&self) -> &Linked {
        &self.linked
    }

    /// The content and the meaning hash of each package, by number; worked out when first asked for.
    pub fn hashes(&self) -> &[Hashes] {
        self.hashes.get_or_init(|| self.linked.packages.iter().map(Hashes::of).collect())
    }

    /// What depends on what, from fields to lists, with names and legal bases.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The packages that are shown, by number, in order. Summary, explanation, result files and
    /// coverage speak of these.
    pub fn shown(&self) -> &[usize] {
        &self.shown
    }

    /// The slots of the declarations of the packages that are shown.
    pub fn shown_decls(&self) -> impl Iterator<Item = usize> + '_ {
        let slots = 0..self.linked.decls().len();
        slots.filter(|it| self.shown.contains(&self.linked.package_of(*it)))
    }

    /// The slots of the declarations that are shown and of all that they need, each after everything
    /// it reads, in an order that is the same for the same packages.
    pub fn order(&self) -> &[usize] {
        &self.order
    }

    /// The stage of a declaration: 0, or one more than the highest stage that it reads through a
    /// function of the register. 0 for a slot that does not exist.
    pub fn stage(&self, slot: usize) -> u32 {
        self.rounds.stage(Thing::Decl(slot))
    }

    /// How many rounds over the register come before the evaluation of single households.
    pub fn rounds(&self) -> u32 {
        self.sites().map(|it| it.1.round).max().unwrap_or_default()
    }

    /// The functions of the register, by number.
    pub(crate) fn sites(&self) -> impl Iterator<Item = (usize, &Site)> {
        let all = self.rounds.sites.iter().enumerate();
        all.filter_map(|(at, site)| site.as_ref().map(|it| (at, it)))
    }

    /// The 分类 and 叠加 of the packages that are shown: what is worth a grade.
    pub fn grades(&self) -> impl Iterator<Item = usize> + '_ {
        self.shown_decls().filter(|it| match &self.linked.decl(*it).kind {
            DeclKind::Classify { .. } | DeclKind::Overlay { .. } => true,
            DeclKind::Param
            | DeclKind::Value
            | DeclKind::RecordValue { .. }
            | DeclKind::RecordSet
            | DeclKind::Dimension { .. }
            | DeclKind::Indicator { .. }
            | DeclKind::Total
            | DeclKind::Merge
            | DeclKind::Tag { .. }
            | DeclKind::Alert { .. }
            | DeclKind::Measure { .. }
            | DeclKind::List => false,
        })
    }

    /// Everything that a declaration is worked out from, itself included; what is read of other
    /// households is left out.
    pub(crate) fn upstream(&self, slot: usize) -> BTreeSet<Thing> {
        self.upstream_of(&BTreeSet::from([Thing::Decl(slot)]))
    }

    /// The same of several things.
    pub(crate) fn upstream_of(&self, things: &BTreeSet<Thing>) -> BTreeSet<Thing> {
        site::upstream(&self.graph, things, |it| it == Edge::Reads)
    }

    /// Everything that some things are worked out from, what is read of other households included.
    pub(crate) fn upstream_of_all(&self, things: &BTreeSet<Thing>) -> BTreeSet<Thing> {
        site::upstream(&self.graph, things, |_| true)
    }

    /// Those of some declarations that others read by themselves: where these are known, nothing else of the former has to
    /// be worked out for the latter.
    pub(crate) fn border(&self, known: &BTreeSet<usize>, readers: &[usize]) -> BTreeSet<usize> {
        let reads = readers.iter().flat_map(|it| self.graph.reads(Thing::Decl(*it)));
        let is_of_household = |slot: usize| match self.linked.decl(slot).kind {
            DeclKind::Param
            | DeclKind::RecordSet
            | DeclKind::RecordValue { .. }
            | DeclKind::Measure { .. } => false,
            DeclKind::Value
            | DeclKind::Dimension { .. }
            | DeclKind::Indicator { .. }
            | DeclKind::Total
            | DeclKind::Classify { .. }
            | DeclKind::Merge
            | DeclKind::Overlay { .. }
            | DeclKind::Tag { .. }
            | DeclKind::Alert { .. }
            | DeclKind::List => true,
        };
        let read = reads.filter_map(|it| match it.0 {
            Thing::Decl(slot) => Some(slot),
            _ => None,
        });
        read.filter(|it| known.contains(it) && is_of_household(*it)).collect()
    }

    /// The declarations that have to be worked out before some things can be read, in the order of
    /// evaluation.
    pub(crate) fn needed(&self, things: &BTreeSet<Thing>) -> Vec<usize> {
        site::needed(&self.graph, &self.things, things)
    }
}
