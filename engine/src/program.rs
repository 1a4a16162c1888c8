//! A linked rule set made ready to run: what depends on what, in which order it is worked out, and
//! which values need the whole register first.
//!
//! A program holds no data and no date. Everything that evaluation takes for granted is checked
//! here once, because a stored model may have been written by another program.

mod site;

use std::collections::BTreeSet;

use heng_dsl::diag::Lang;
use heng_dsl::model::linked::Linked;

use self::site::Rounds;
pub(crate) use self::site::{Owner, Site, SiteRule};
use crate::graph::{Graph, Thing};

/// A rule set that can be evaluated.
#[derive(Debug)]
pub struct Program {
    linked: Linked,
    graph: Graph,
    things: Vec<Thing>,
    order: Vec<usize>,
    rounds: Rounds,
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

impl Program {
    /// Makes linked packages ready to run.
    ///
    /// # Errors
    ///
    /// Every knot of declarations that need each other, by its shortest way round.
    pub fn new(linked: Linked) -> Result<Self, Vec<ProgramError>> {
        let graph = Graph::of(&linked);
        let cycles = graph.cycles();
        if !cycles.is_empty() {
            return Err(cycles.into_iter().map(ProgramError::Cycle).collect());
        }
        let things = graph.order();
        let order = things.iter().filter_map(|it| match it {
            Thing::Decl(slot) => Some(*slot),
            _ => None,
        });
        let order = order.collect();
        let rounds = site::rounds(&linked, &graph, &things);
        Ok(Self { linked, graph, things, order, rounds })
    }

    /// The packages.
    pub fn linked(&self) -> &Linked {
        &self.linked
    }

    /// What depends on what, from fields to lists, with names and legal bases.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The slots of all declarations, each after everything it reads, in an order that is the same
    /// for the same packages.
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

    /// The declarations that have to be worked out before some things can be read, in the order of
    /// evaluation.
    pub(crate) fn needed(&self, things: &BTreeSet<Thing>) -> Vec<usize> {
        site::needed(&self.graph, &self.things, things)
    }
}
