//! With how much one aims: first with little, then with everything.

use std::collections::BTreeSet;

use super::super::given::Facts;
use super::super::menu::{self, Effect, Piece, Unit};
use super::{Depth, FIRST, Search};
use crate::graph::Thing;

impl Search<'_> {
    /// Aims with every way to fill every field and table.
    pub(super) fn thorough(
        &mut self,
        (base, effect): (&Facts, &Effect),
        low: Option<&(Facts, Effect)>,
    ) {
        if self.is_done() {
            return;
        }
        let pieces = self.pieces(base, &BTreeSet::new());
        self.until = self.replay.done + FIRST;
        self.aim(base, effect, &pieces);
        self.until = usize::MAX;
        if let Some((low, effect)) = low
            && !self.is_done()
        {
            let pieces = self.pieces(low, &BTreeSet::new());
            self.aim(low, effect, &pieces);
        }
        if !self.is_done() {
            self.aim(base, effect, &pieces);
        }
        self.second(base, effect, &pieces);
        self.draw(base, &pieces);
    }

    /// Aims with what the changed declarations read and the plainest of everything else, which is little to look
    /// at and often enough. Gives what it aimed with.
    pub(super) fn first(&mut self, base: &Facts, effect: &Effect, most: usize) -> Vec<Piece> {
        let causes = self.causes.clone().filter(|_| !self.is_done());
        let Some(causes) = causes else { return Vec::new() };
        let mut read: BTreeSet<Unit> = BTreeSet::new();
        for (side, slot) in causes {
            let cause = BTreeSet::from([Thing::Decl(slot)]);
            read.extend(menu::units_behind(&self.replay, side, &cause));
        }
        let depth = |it: &Unit| if read.contains(it) { Depth::Whole } else { Depth::Coarse };
        let units = self.units().into_iter().map(|it| (it, depth(&it)));
        let mut pieces = self.pieces_of(base, &units.collect());
        let parts = |it: &Piece| it.effect.scores.iter().any(|it| it[0] != it[1]);
        if !pieces.iter().any(parts) {
            let units = read.into_iter().map(|it| (it, Depth::Deep));
            pieces.extend(self.pieces_of(base, &units.collect()));
        }
        self.until = self.replay.done + most;
        let aim = self.aiming(effect, &pieces);
        self.by_score(&aim, base);
        self.until = usize::MAX;
        pieces
    }

    /// A household of little risk, if there is one besides the plain one: from it every grade can be reached by
    /// adding to it. Aims from it.
    pub(super) fn low(&mut self, base: &Facts, effect: &Effect) -> Option<(Facts, Effect)> {
        let mut low = (base.clone(), effect.clone());
        // What one field allows may depend on one that comes after it.
        for _ in 0..2 {
            if self.is_done() {
                break;
            }
            let found = self.lowest(&low.0, low.1.clone());
            if found.0 == low.0 {
                break;
            }
            low = found;
            self.first(&low.0, &low.1, FIRST);
        }
        (low.0 != *base).then_some(low)
    }

    /// Aims with the same from households that a determination hits.
    pub(super) fn second(&mut self, base: &Facts, effect: &Effect, pieces: &[Piece]) {
        if self.causes.is_some() && !self.is_done() {
            let aim = self.aiming(effect, pieces);
            self.by_linear(&aim, base);
            self.by_rule(&aim, base);
        }
    }

    /// What decides whether the rule sets of the grade are about a household.
    pub(super) fn scope_units(&self) -> BTreeSet<Unit> {
        let program = self.replay.sides[0].program;
        let packages = program.upstream(self.grade[0]).into_iter().filter_map(|it| match it {
            Thing::Decl(slot) => Some(Thing::Scope(program.linked().package_of(slot))),
            _ => None,
        });
        menu::units_behind(&self.replay, 0, &packages.collect())
    }
}
