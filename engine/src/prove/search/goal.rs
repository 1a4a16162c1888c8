//! Climbing: one field or table after the other is filled so that less and less stands between a household
//! and what is wanted of it.
//!
//! How far a household is from a condition is the number of its parts that are not as they should be, of
//! alternatives those of the nearest one; each part is asked of the reference evaluator. Of a number that is
//! compared it also counts how far it is off, so that one more record is seen to lead somewhere.

use std::borrow::Cow;
use std::collections::BTreeSet;

use heng_dsl::model::{Condition, ConditionMode, Content, DeclKind, Expr, Let, Node, Version};
use heng_dsl::value::{Decimal, Rounding, Value};

use super::super::condition::{things, things_of};
use super::super::facts::Replayer;
use super::super::given::Facts;
use super::super::menu::{self, Unit};
use super::Search;
use crate::data::Register;
use crate::eval::{Frame, Working};
use crate::graph::Thing;
use crate::program::Program;

/// How often one starts: with little to look at, with everything, the other way round, and from households
/// that were drawn.
const STARTS: usize = 5;
/// Rounds over all fields and tables.
const ROUNDS: usize = 6;
/// A part that is not as it should be; a number that is off by less counts for less than another part.
const PART: usize = 1_000;

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub(in super::super) enum Asked<'p> {
    /// A question of the rule set.
    Question(&'p Expr),
    /// Does a rule with a condition hold for the household, which it is about?
    Rule(&'p Version),
}

/// What is wanted of a household on one side.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Goal<'p> {
    pub(in super::super) side: usize,
    pub(in super::super) asked: Asked<'p>,
    pub(in super::super) truth: bool,
}

impl Goal<'_> {
    /// What it reads.
    pub(super) fn things(&self) -> BTreeSet<Thing> {
        match self.asked {
            Asked::Question(it) => things(it),
            Asked::Rule(it) => things_of(it),
        }
    }
}

impl<'p> Search<'p> {
    /// Looks for a household for which all goals are reached.
    pub(super) fn climb(&mut self, base: &Facts, goals: &[Goal<'p>]) -> Option<Facts> {
        let needed = [0, 1].map(|side| {
            let own = goals.iter().filter(|it| it.side == side);
            let things: BTreeSet<Thing> = own.flat_map(Goal::things).collect();
            self.replay.sides[side].program.needed(&things)
        });
        let mut units = self.units_of(goals);
        let mut start = base.clone();
        for number in 0..STARTS {
            let is_coarse = number == 0;
            let (facts, left) = self.climbed(start, (goals, &needed), &units, is_coarse);
            self.see(&facts);
            if left == 0 || self.is_done() {
                return (left == 0).then_some(facts);
            }
            // What came first may have shut the way to what came last: once more, the other way round.
            if !is_coarse {
                units.reverse();
            }
            start = base.clone();
            for unit in units.iter().filter(|_| number > 1) {
                let ways = menu::ways(&self.replay, &self.pool, *unit, &mut self.random);
                if let Some(way) = ways.get(self.random.below(ways.len())) {
                    start = start.with(way);
                }
            }
        }
        None
    }

    /// What goals read: first what they do not read by way of a grade.
    fn units_of(&self, goals: &[Goal<'p>]) -> Vec<Unit> {
        let (mut near, mut all) = (BTreeSet::new(), BTreeSet::new());
        for goal in goals {
            let linked = self.replay.sides[goal.side].program.linked();
            let graded = |it: &Thing| match it {
                Thing::Decl(slot) => {
                    let kind = &linked.decl(*slot).kind;
                    matches!(kind, DeclKind::Classify { .. } | DeclKind::Overlay { .. })
                }
                _ => false,
            };
            let things = goal.things();
            let direct = things.iter().copied().filter(|it| !graded(it)).collect();
            near.extend(menu::units_behind(&self.replay, goal.side, &direct));
            all.extend(menu::units_behind(&self.replay, goal.side, &things));
        }
        near.extend(self.units().into_iter().filter(|it| matches!(it, Unit::Past(_))));
        near.extend(self.extra);
        all.retain(|it| !near.contains(it));
        near.into_iter().chain(all).collect()
    }

    /// The household that is reached from another one, and how far it still is.
    fn climbed(
        &mut self,
        mut facts: Facts,
        (goals, needed): (&[Goal<'p>], &[Vec<usize>; 2]),
        units: &[Unit],
        is_coarse: bool,
    ) -> (Facts, usize) {
        let steps = |replay: &super::Replay<'p>, facts: &Facts| -> usize {
            let steps = |it: &Goal<'p>| {
                let own = if it.side == 0 { Cow::Borrowed(facts) } else { facts.after() };
                replay.sides[it.side].steps_to(&own, it, &needed[it.side])
            };
            goals.iter().map(steps).sum()
        };
        let mut left = steps(&self.replay, &facts);
        for _ in 0..ROUNDS {
            let before = left;
            for unit in units {
                let mut best = None;
                for other in self.others(&facts, *unit, is_coarse) {
                    if left == 0 || self.is_done() {
                        return (best.unwrap_or(facts), left);
                    }
                    self.replay.done += 1;
                    let now = steps(&self.replay, &other);
                    if now < left {
                        (left, best) = (now, Some(other));
                    }
                }
                facts = best.unwrap_or(facts);
            }
            if left == before {
                break;
            }
        }
        (facts, left)
    }

    /// A household with one field or table filled in other ways, all of them or some from all over.
    fn others(&mut self, facts: &Facts, unit: Unit, is_coarse: bool) -> Vec<Facts> {
        let linked = self.replay.sides[0].program.linked();
        let mut out = Vec::new();
        if let Unit::Table(slot) = unit {
            let mut less = facts.clone();
            less.records.retain(|it| it.0 != slot);
            if less != *facts {
                out.push(less);
            }
        }
        let ways = menu::ways(&self.replay, &self.pool, unit, &mut self.random);
        if is_coarse {
            out.extend(menu::coarse(unit, ways).iter().map(|it| facts.with(it)));
            return out;
        }
        for way in ways {
            out.extend(menu::copies(linked, &way).map(|it| facts.with(&it)));
            out.push(facts.with(&way));
        }
        // The smaller ones first.
        out.sort_by_key(Facts::size);
        out
    }
}

impl<'p> Replayer<'p> {
    /// How far a household is from what is wanted of it, once some declarations were worked out.
    fn steps_to(&self, facts: &Facts, goal: &Goal<'p>, needed: &[usize]) -> usize {
        let register = Register { households: vec![self.household(facts)], cutoff: None };
        let values = self.of_register(&register);
        let Some(household) = register.households.first().filter(|it| self.on.is_founded(it))
        else {
            return usize::MAX / 4;
        };
        let mut working = Working::new(&self.on, household, &values, 0);
        working.work_out(needed);
        let mut way = Way { working, program: self.program, on: &self.on };
        match goal.asked {
            Asked::Question(it) => way.expr(it, &[], goal.truth),
            Asked::Rule(it) => way.rule(it, goal.truth),
        }
    }
}

/// One household and how far it is from conditions.
struct Way<'e> {
    working: Working<'e>,
    program: &'e Program,
    on: &'e crate::eval::Evaluator<'e>,
}

impl<'e> Way<'e> {
    fn rule(&mut self, rule: &'e Version, truth: bool) -> usize {
        let mut all = Vec::new();
        if let Some(it) = &rule.applies {
            all.push(self.condition(it, &rule.lets, truth));
        }
        match &rule.content {
            Content::Condition(it) => all.push(self.condition(it, &rule.lets, truth)),
            Content::Formula(it) => all.push(self.expr(it, &rule.lets, truth)),
            Content::List(it) => {
                all.push(self.condition(&it.admit, &rule.lets, truth));
                if let Some(it) = &it.remove {
                    all.push(self.condition(it, &rule.lets, !truth));
                }
            }
            _ => {}
        }
        joined(all.into_iter(), truth)
    }

    fn condition(&mut self, condition: &'e Condition, lets: &'e [Let], truth: bool) -> usize {
        let all = match condition.mode {
            ConditionMode::Any => false,
            ConditionMode::One | ConditionMode::All => true,
        };
        let steps: Vec<usize> =
            condition.parts.iter().map(|it| self.expr(it, lets, truth)).collect();
        joined(steps.into_iter(), truth == all)
    }

    fn expr(&mut self, expr: &'e Expr, lets: &'e [Let], truth: bool) -> usize {
        match &expr.node {
            Node::Not(it) => self.expr(it, lets, !truth),
            Node::And(parts) | Node::Or(parts) => {
                let all = matches!(expr.node, Node::And(_));
                let steps: Vec<usize> = parts.iter().map(|it| self.expr(it, lets, truth)).collect();
                joined(steps.into_iter(), truth == all)
            }
            Node::Local(it) => match lets.get(*it as usize).map(|it| &it.content) {
                Some(Content::Formula(it)) => self.expr(it, lets, truth),
                Some(Content::Condition(it)) => self.condition(it, lets, truth),
                _ => self.asked(expr, lets, truth),
            },
            Node::Decl(it) => {
                let decl = self.program.linked().decl(it.slot.index());
                let version = self.on.version_of(it.slot.index());
                match version.and_then(|it| decl.versions.get(it)) {
                    Some(version) if version.applies.is_none() => match &version.content {
                        Content::Formula(it) => self.expr(it, &version.lets, truth),
                        Content::Condition(it) => self.condition(it, &version.lets, truth),
                        _ => self.asked(expr, lets, truth),
                    },
                    _ => self.asked(expr, lets, truth),
                }
            }
            _ => self.asked(expr, lets, truth),
        }
    }

    fn asked(&mut self, expr: &'e Expr, lets: &'e [Let], truth: bool) -> usize {
        let worth = self.working.ask(expr, &Frame::new(lets));
        if (worth == Value::Bool(true)) == truth {
            return 0;
        }
        let Node::Compare { left, right, .. } = &expr.node else { return PART };
        let [left, right] = [left, right].map(|it| self.working.ask(it, &Frame::new(lets)));
        PART + match (&left, &right) {
            (Value::Number(a), Value::Number(b)) => apart(*a, *b),
            (Value::Member(a), Value::Member(b)) => usize::from(a.abs_diff(*b)),
            (Value::Date(a), Value::Date(b)) => {
                let days = a.epoch_days().abs_diff(b.epoch_days());
                usize::try_from(days).map_or(PART - 1, |it| it.min(PART - 1))
            }
            // What is not there is further off than whatever is.
            _ if !left.is_present() || !right.is_present() => PART - 1,
            _ => 0,
        }
    }
}

/// How far two numbers are apart, less than a part.
fn apart(a: Decimal, b: Decimal) -> usize {
    let off = a.checked_sub(b).and_then(|it| it.round(0, Rounding::Up)).and_then(Decimal::to_whole);
    let off = off.and_then(|it| usize::try_from(it.unsigned_abs()).ok());
    off.map_or(PART - 1, |it| it.min(PART - 1))
}

/// The steps to all parts, or to the nearest one.
fn joined(steps: impl Iterator<Item = usize>, all: bool) -> usize {
    if all { steps.sum() } else { steps.min().unwrap_or(PART) }
}
