//! Results that differ between two versions, by the declarations that were changed themselves.
//!
//! Whatever a household is, where none of those declarations is worth something else in the new version,
//! nothing that is worked out from them is: so a result that differs is found by taking each of them to be worth
//! only what differs, in the cells in which it does, and working out again what comes after. What stands beside
//! them is the same in both versions and enters with all its values. This sees what a changed rule has in common
//! with direct determinations further down, and leaves most of the rules alone.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use heng_dsl::model::walk::{self, RefKind, Visitor};
use heng_dsl::model::{Content, Expr, Node, Ref};
use heng_dsl::value::Value;

use super::Reason;
use super::dist::Dist;
use super::eval::{Eval, Res};
use super::keys::Keys;
use super::leaf::State;
use super::prover::{Ask, Pair, Prover};
use crate::graph::Thing;

/// Cells in which a declaration differs; with more it is taken to differ anywhere.
const MOST_STATES: usize = 24;

/// Cells that are looked at to find those.
const MOST_CELLS: usize = 1_000;

/// What is taken to be so while results are worked out again.
#[derive(Debug, Default)]
pub(super) struct Within {
    /// The cells that a household is in; nothing where it may be in any.
    states: Vec<State>,
    /// How often something was taken to be so: leaves of another time are others.
    number: usize,
    /// The cells in which declarations differ, as far as they were asked for.
    known: BTreeMap<Pair, Vec<State>>,
}

impl Within {
    /// A name for a leaf of this time.
    pub(super) fn name(&self) -> String {
        if self.states.is_empty() { String::new() } else { format!(" within {}", self.number) }
    }
}

/// What a declaration is where it differs: its values, and the cells.
type Differs = (Dist, Vec<State>);

impl<'p> Prover<'p> {
    /// The pairs of different results; nothing where the changed declarations do not say them all.
    pub(super) fn differing(&mut self, pair: Pair) -> Option<Result<Vec<(Value, Value)>, Reason>> {
        let causes = self.causes(pair)?;
        Some(causes.into_iter().try_fold(Vec::new(), |mut all, cause| {
            let (dist, states) = self.where_it_differs(cause)?;
            if dist.len() > 0 {
                all.extend(
                    self.taking(cause, (dist, states), |it| it.dist(pair, false))?.pairs.clone(),
                );
            }
            Ok(all)
        }))
    }

    /// The declarations that differ in themselves, not only in what they read, among those that a result is
    /// worked out from; nothing where there is another way for a change to get there.
    pub(super) fn causes(&mut self, pair: Pair) -> Option<BTreeSet<Pair>> {
        let mut changed = BTreeSet::new();
        for (side, slot) in pair.into_iter().enumerate() {
            for thing in self.sides[side].program.upstream(slot?) {
                let Thing::Decl(slot) = thing else { continue };
                let pair = self.pair_of(side, slot);
                if self.is_unchanged(pair) {
                    continue;
                }
                if self.looks_elsewhere(side, slot) {
                    return None;
                }
                if self.is_worth_something(side, slot) {
                    changed.insert(pair);
                }
            }
        }
        let mut keys = Keys::default();
        for side in &self.sides {
            keys.take_names(side);
        }
        let mut causes = BTreeSet::new();
        for it in changed {
            let own = [0, 1].map(|side| it[side].map(|slot| keys.own(&self.sides[side], slot)));
            if own[0] != own[1] {
                causes.insert(it);
            }
        }
        (!causes.contains(&pair)).then_some(causes)
    }

    /// Is a declaration one of the household, worked out by a rule?
    fn is_worth_something(&self, side: usize, slot: usize) -> bool {
        Keys::is_taken(&self.sides[side].linked().decl(slot).kind)
    }

    /// Does a declaration read what another one is, was or will be at another time, or for others?
    fn looks_elsewhere(&mut self, side: usize, slot: usize) -> bool {
        let linked = self.sides[side].linked();
        let mut elsewhere = Elsewhere::default();
        walk::decl(linked.decl(slot), &mut elsewhere);
        for decide in linked.decides(slot) {
            decide.versions.iter().for_each(|it| walk::version(&it.1, &mut elsewhere));
        }
        let package = linked.packages.get(linked.package_of(slot));
        if let Some(applies) = package.and_then(|it| it.applies.as_ref()) {
            walk::condition(applies, &mut elsewhere);
        }
        let read = elsewhere.0;
        read.into_iter().any(|it| {
            let pair = self.pair_of(side, it);
            !self.is_unchanged(pair)
        })
    }

    /// The unequal values of a declaration and the cells in which it has them.
    fn where_it_differs(&mut self, cause: Pair) -> Result<Differs, Reason> {
        let all = self.dist(cause, true)?;
        let differs = all.differing();
        if self.is_whole(cause) || self.is_of_records(cause) || differs.len() == 0 {
            return Ok((differs, vec![State::new()]));
        }
        if let Some(known) = self.within.known.get(&cause) {
            return Ok((differs, known.clone()));
        }
        let states = self.cells_where_it_differs(cause);
        self.within.known.insert(cause, states.clone());
        Ok((differs, states))
    }

    /// The cells in which a declaration has unequal values; what cannot be told cell by cell may differ anywhere.
    fn cells_where_it_differs(&mut self, cause: Pair) -> Vec<State> {
        let anywhere = vec![State::new()];
        let packages = [0, 1].map(|side| self.package_of(cause, side));
        let before = self.take_to_hold(packages);
        let ask = |eval: &mut Eval<'_, 'p>| -> Res<Vec<Value>> {
            let Some(slot) = cause[eval.side] else { return Ok(vec![Value::NotApplicable]) };
            let worth = eval.graded(slot)?;
            let decl = eval.prover.sides[eval.side].linked().decl(slot);
            eval.values(&worth, decl.ty.as_number().map_or(0, |it| it.places))
        };
        let asks: [Ask<'_, 'p>; 2] = [(0, None, &ask), (1, None, &ask)];
        let cases = self.cases(vec![State::new()], &asks, MOST_CELLS.min(self.budget.cells));
        self.take_to_hold(before);
        let Ok(cases) = cases else { return anywhere };
        let unequal = |it: &Vec<Value>| it.first() != it.last();
        let states: Vec<State> = cases
            .into_iter()
            .filter(|(_, answers)| answers.iter().any(unequal))
            .map(|it| it.0)
            .collect();
        let is_many = states.len() > MOST_STATES || states.is_empty();
        if is_many { anywhere } else { states }
    }

    /// Is a declaration worth points for each record? Its records are not told in cells.
    fn is_of_records(&self, pair: Pair) -> bool {
        (0..2).any(|side| {
            let version = pair[side].and_then(|it| self.sides[side].version(it));
            version.is_some_and(|it| matches!(it.content, Content::Each(_)))
        })
    }

    /// Works with a declaration that is taken to have only these values, in these cells.
    fn taking<T>(
        &mut self,
        cause: Pair,
        (dist, states): Differs,
        work: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let dists = std::mem::take(&mut self.dists);
        let apart = std::mem::take(&mut self.met.apart);
        self.within.number += 1;
        self.within.states = states;
        self.dists = self.beside(&dists);
        self.dists.insert((cause, true), Ok(Rc::new(dist)));
        let found = work(self);
        self.within.states = Vec::new();
        let inside = std::mem::replace(&mut self.dists, dists);
        self.met.apart = apart;
        let kept = self.beside(&inside);
        self.dists.extend(kept);
        found
    }

    /// Those that a change does not reach.
    fn beside(
        &mut self,
        all: &BTreeMap<(Pair, bool), Result<Rc<Dist>, Reason>>,
    ) -> BTreeMap<(Pair, bool), Result<Rc<Dist>, Reason>> {
        let all = all.iter().filter(|it| self.is_unchanged(it.0.0));
        all.map(|it| (*it.0, it.1.clone())).collect()
    }

    /// The cells that a household is in, as far as a change reaches a declaration.
    pub(super) fn states_of(&mut self, pair: Pair) -> Vec<State> {
        if self.within.states.is_empty() || self.is_unchanged(pair) {
            return vec![State::new()];
        }
        self.within.states.clone()
    }

    /// What leaves of a declaration are called besides.
    pub(super) fn time_of(&mut self, pair: Pair) -> String {
        if self.is_unchanged(pair) { String::new() } else { self.within.name() }
    }
}

/// Declarations that are read at another time, or of other households.
#[derive(Default)]
struct Elsewhere(BTreeSet<usize>);

impl Visitor for Elsewhere {
    fn reference(&mut self, kind: RefKind, reference: &Ref, population: bool) {
        if population && kind == RefKind::Decl {
            self.0.insert(reference.slot.index());
        }
    }

    fn past(&mut self, it: &Ref) {
        self.0.insert(it.slot.index());
    }

    fn expr(&mut self, it: &Expr) {
        if let Node::Past { decl, .. } | Node::AtDate { decl, .. } = &it.node {
            self.0.insert(decl.slot.index());
        }
    }
}
