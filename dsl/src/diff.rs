//! Two versions of rule sets compared: what changed, at the grain of a regulator, as patches.
//!
//! [`Diff::of`] takes models and nothing else. Packages, and the things in them, are matched by id;
//! what has no partner by its content (a rename), else by what it reads and by how many of its parts
//! are equal (a rename with an edit, marked as concluded). What is written differently and means the
//! same is told apart by the normal form.
//!
//! A change is a patch: [`Diff::apply`] puts any subset of changes that is closed under
//! [`Diff::needs`] into the old version. All of them together give a set whose normal form is that of
//! the new one; where the walk would have missed something, the declaration is compared as a whole
//! instead, so that this holds by construction. What two changes do does not depend on their order.

mod align;
mod change;
mod choose;
mod data;
mod decl;
mod facts;
mod formula;
mod group;
mod merge;
mod names;
mod pair;
mod rename;
mod set;
mod table;
mod version;

use std::collections::BTreeSet;

pub use self::change::{Along, Aspect, Change, Kind, Name, Part, Role, Side, Thing, ThingKind};
use self::choose::{Atom, Walk};
use self::facts::Facts;
pub use self::merge::{Fate, Made, Merge, as_copied, merge};
use self::pair::Renamed;
#[cfg(feature = "syntax")]
pub(crate) use self::table::partners;
use crate::model::linked::version_order;
use crate::model::{Id, RuleSet};
use crate::stack::deep;

/// How often what was missed is looked at again.
const ROUNDS: usize = 3;

/// The changes between two versions of one or more packages.
#[derive(Debug)]
pub struct Diff {
    /// Both versions of each package, the old one with the names of the new one.
    pairs: Vec<Both>,
    facts: Facts,
    renamed: Vec<Renamed>,
    changes: Vec<Change>,
    /// The questions of the walk that each change answers; of a renamed thing none.
    atoms: Vec<Vec<usize>>,
    /// How many questions there are.
    asked: usize,
    needs: Vec<Vec<usize>>,
}

/// A package on both sides.
#[derive(Debug, Clone)]
struct Both {
    old: Option<RuleSet>,
    new: Option<RuleSet>,
}

/// A subset of changes that cannot be applied by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unmet {
    /// There is no change of that number.
    NoChange(usize),
    /// The first change needs the second, which is not in the subset.
    Needs(usize, usize),
}

impl Diff {
    /// Compares packages by their ids.
    pub fn of(old: &[RuleSet], new: &[RuleSet]) -> Self {
        deep(|| Self::compare(old, new, true))
    }

    /// Compares two packages, whatever their ids are.
    pub fn between(old: &RuleSet, new: &RuleSet) -> Self {
        if old.id == new.id {
            return Self::of(std::slice::from_ref(old), std::slice::from_ref(new));
        }
        let named = RuleSet { id: new.id.clone(), ..old.clone() };
        Self::of(&[named], std::slice::from_ref(new))
    }

    /// The same, and nothing is taken to be the same under another name that was changed as well.
    pub(crate) fn certain(old: &RuleSet, new: &RuleSet) -> Self {
        let named = RuleSet { id: new.id.clone(), ..old.clone() };
        deep(|| Self::compare(std::slice::from_ref(&named), std::slice::from_ref(new), false))
    }

    fn compare(old: &[RuleSet], new: &[RuleSet], guesses: bool) -> Self {
        let mut pairs = paired(old, new);
        let mut renamed: Vec<Renamed> = Vec::new();
        for at in 0..pairs.len() {
            let Some(Both { old: Some(old), new: Some(new) }) = pairs.get(at) else { continue };
            let found = pair::renamed(&mut old.clone(), new, guesses);
            for it in &found {
                let sets = pairs.iter_mut().filter_map(|it| it.old.as_mut());
                sets.for_each(|set| rename::rename(set, &it.package, (&it.from, &it.to)));
            }
            renamed.extend(found);
        }
        let mut facts = Facts::of(pairs.iter().flat_map(|it| it.old.iter().chain(&it.new)));
        for it in &pairs {
            if let (Some(old), Some(new)) = (&it.old, &it.new) {
                facts.compare(old, new);
            }
        }
        let mut atoms = Vec::new();
        for _ in 0..ROUNDS {
            atoms = walked(&pairs, &facts, &renamed, None).0;
            let all = vec![true; atoms.len()];
            let made = walked(&pairs, &facts, &renamed, Some(&all)).1;
            let mut learnt = false;
            for (made, it) in made.iter().zip(&pairs) {
                if let (Some(made), Some(new)) = (made, &it.new) {
                    learnt |= facts.learn(made, new);
                }
            }
            if !learnt {
                break;
            }
        }
        let asked = atoms.len();
        let grouped = group::changes(&pairs, &renamed, &atoms);
        Self {
            pairs,
            facts,
            renamed,
            changes: grouped.changes,
            atoms: grouped.atoms,
            asked,
            needs: grouped.needs,
        }
    }

    /// The changes: renamed things first, then by package in the order of the new version.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The numbers of the changes without which a change cannot be, without itself.
    pub fn needs(&self, change: usize) -> &[usize] {
        self.needs.get(change).map_or(&[], Vec::as_slice)
    }

    /// A subset with everything that it needs, in order.
    pub fn closed(&self, subset: &[usize]) -> Vec<usize> {
        let mut out: BTreeSet<usize> = BTreeSet::new();
        let mut waiting: Vec<usize> = subset.to_vec();
        while let Some(next) = waiting.pop() {
            if out.insert(next) {
                waiting.extend(self.needs(next));
            }
        }
        out.into_iter().collect()
    }

    /// Can a household have another result? Not where everything is only written or founded differently.
    pub fn has_effect(&self) -> bool {
        self.changes.iter().any(|it| it.kind.has_effect())
    }

    /// The old version with these changes made, package by package as they stand in the new one. It has
    /// no cases, promises and clauses, which say what either version as a whole ought to give.
    ///
    /// # Errors
    ///
    /// The subset lacks a change that another one in it needs.
    pub fn apply(&self, subset: &[usize]) -> Result<Vec<RuleSet>, Unmet> {
        let chosen: BTreeSet<usize> = subset.iter().copied().collect();
        if let Some(it) = chosen.iter().find(|it| **it >= self.changes.len()) {
            return Err(Unmet::NoChange(*it));
        }
        for it in &chosen {
            if let Some(lacking) = self.needs(*it).iter().find(|it| !chosen.contains(it)) {
                return Err(Unmet::Needs(*it, *lacking));
            }
        }
        Ok(deep(|| self.made(&chosen)))
    }

    fn made(&self, chosen: &BTreeSet<usize>) -> Vec<RuleSet> {
        let mut answers = vec![false; self.asked];
        for atom in chosen.iter().filter_map(|it| self.atoms.get(*it)).flatten() {
            if let Some(it) = answers.get_mut(*atom) {
                *it = true;
            }
        }
        let made = walked(&self.pairs, &self.facts, &self.renamed, Some(&answers)).1;
        let mut made: Vec<RuleSet> = made.into_iter().flatten().collect();
        // The changes of names come first, in their order.
        for (number, it) in self.renamed.iter().enumerate().rev() {
            if !chosen.contains(&number) {
                let sets = made.iter_mut();
                sets.for_each(|set| rename::rename(set, &it.package, (&it.to, &it.from)));
            }
        }
        made
    }
}

/// Packages of both sides by id; of several versions of one package the oldest with the oldest.
fn paired(old: &[RuleSet], new: &[RuleSet]) -> Vec<Both> {
    let keys = |all: &[RuleSet]| -> Vec<(Id, usize)> {
        let rank = |set: &RuleSet| {
            let older =
                |it: &&RuleSet| it.id == set.id && version_order(&it.version, &set.version).is_lt();
            all.iter().filter(older).count()
        };
        all.iter().map(|it| (it.id.clone(), rank(it))).collect()
    };
    let pairs = align::by_key(&keys(old), &keys(new));
    let both = |it: align::Pair| {
        let mut old = it.old.and_then(|it| old.get(it)).cloned();
        let new = it.new.and_then(|it| new.get(it)).cloned();
        if let (Some(old), Some(new)) = (&mut old, &new) {
            old.version = new.version.clone();
        }
        Both { old, new }
    };
    let mut pairs: Vec<Both> = pairs.into_iter().map(both).collect();
    pin(&mut pairs, old);
    pairs
}

/// A package that is used at its old version is used at its new one, where that is what became of it.
fn pin(pairs: &mut [Both], old: &[RuleSet]) {
    let versions: Vec<(Id, Id)> = pairs
        .iter()
        .filter_map(|it| it.new.as_ref())
        .map(|it| (it.id.clone(), it.version.clone()))
        .collect();
    for used in pairs.iter_mut().filter_map(|it| it.old.as_mut()).flat_map(|it| &mut it.uses) {
        let Some(pinned) = &used.pinned else { continue };
        let was = old.iter().any(|it| it.id == used.package && it.version == *pinned);
        let mut now = versions.iter().filter(|it| it.0 == used.package);
        if let (true, Some(only), None) = (was, now.next(), now.next()) {
            used.pinned = Some(only.1.clone());
        }
    }
}

/// The walk over all packages: the questions it asks and, with answers, what comes of them.
fn walked(
    pairs: &[Both],
    facts: &Facts,
    renamed: &[Renamed],
    answers: Option<&[bool]>,
) -> (Vec<Atom>, Vec<Option<RuleSet>>) {
    let mut walk = Walk::new(answers, facts);
    let made = pairs.iter().map(|it| match (&it.old, &it.new) {
        (Some(old), Some(new)) => Some(walk.rule_set(old, new, renamed)),
        (old, new) => walk.package(old.as_ref(), new.as_ref()),
    });
    let made: Vec<Option<RuleSet>> = made.collect();
    (walk.atoms, made)
}
