//! Aiming from households that a direct determination hits: where it moves the grade, other scores are where
//! the versions part.

use std::collections::BTreeSet;

use heng_dsl::model::{Decide, DecideEffect, Version};

use super::super::condition::things_of;
use super::super::given::Facts;
use super::super::menu::{self, Unit};
use super::super::side::Side;
use super::super::{Outcome, members_of};
use super::aim::{Aim, Start};
use super::{Search, goal_of};
use crate::eval::settled;
use crate::graph::Thing;
use crate::program::Program;

/// Households that are evaluated for one determination.
const EACH: usize = 1_000;
/// Pieces in which the versions differ that are tried with each determination.
const CAUSES: usize = 3;

impl<'p> Search<'p> {
    /// Aims from a household that a determination hits in both versions, for each that the grade depends on, with
    /// pieces that the determination does not read: so it goes on hitting.
    pub(super) fn by_rule(&mut self, aim: &Aim<'_, 'p>, base: &Facts) {
        for rules in self.rules() {
            if self.is_done() {
                break;
            }
            self.until = self.replay.done + EACH;
            self.with_rule(aim, base, rules);
            self.until = usize::MAX;
        }
    }

    fn with_rule(&mut self, aim: &Aim<'_, 'p>, base: &Facts, rules: [&'p Version; 2]) {
        let goals = [0, 1].map(|side| goal_of(side, rules[side], true));
        let Some(hit) = self.climb(base, &goals) else { return };
        let mut units: BTreeSet<Unit> = BTreeSet::new();
        for (side, rule) in rules.into_iter().enumerate() {
            units.extend(menu::units_behind(&self.replay, side, &things_of(rule)));
        }
        let differs =
            aim.pieces.iter().filter(|it| it.effect.scores.iter().any(|it| it[0] != it[1]));
        let causes = differs.filter(|it| !units.contains(&it.unit)).take(CAUSES).map(Some);
        for cause in std::iter::once(None).chain(causes) {
            let facts = cause.map_or_else(|| hit.clone(), |it| hit.with(&it.facts));
            let Some(effect) = self.see(&facts) else { continue };
            let mut units = units.clone();
            units.extend(cause.map(|it| it.unit));
            self.reach(aim, &Start { facts, effect, units, shifted: false });
            if self.is_done() {
                return;
            }
        }
    }

    /// The rules of the determinations of all grades that are read, which both versions have.
    fn rules(&self) -> Vec<[&'p Version; 2]> {
        let programs = [0, 1].map(|side| self.replay.sides[side].program);
        let sides = [0, 1].map(|side| Side::new(side, programs[side], self.pool.as_of));
        let [old, new] = programs.map(Program::linked);
        let mut out = Vec::new();
        for thing in programs[0].upstream(self.grade[0]) {
            let Thing::Decl(slot) = thing else { continue };
            let Some(twin) = menu::twin(programs, self.grade, slot) else { continue };
            for (number, decide) in old.decides(slot).enumerate() {
                let Some(other) = new.decides(twin).position(|it| it.id == decide.id) else {
                    continue;
                };
                let both = sides[0].rule(slot, number).zip(sides[1].rule(twin, other));
                let Some((before, after)) = both else { continue };
                if slot != self.grade[0] || self.may_lead([before, after]) {
                    out.push([before.2, after.2]);
                }
            }
        }
        out
    }

    /// Is there a score in each version from which these determinations alone lead to something wanted?
    fn may_lead(&self, rules: [(&Decide, &DecideEffect, &Version); 2]) -> bool {
        let last = members_of(self.replay.sides[0].program, self.grade[0]).saturating_sub(1);
        let reached = |side: usize| -> BTreeSet<u16> {
            let (decide, effect, _) = rules[side];
            let settled = |it| settled(it, last, std::iter::once((0, decide, effect)));
            (0..=last).map(settled).collect()
        };
        let (old, new) = (reached(0), reached(1));
        self.wanted.iter().filter(|it| !self.found.contains_key(it)).any(|it| match it {
            (Outcome::Grade(a), Outcome::Grade(b)) => old.contains(a) && new.contains(b),
            _ => true,
        })
    }
}
