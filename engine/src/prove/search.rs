//! The search for households: pieces with a known effect, put together so that scores come to lie where
//! the versions part. Every household that is found was evaluated by the reference evaluator; the search
//! only decides which ones are tried.

mod adjust;
mod aim;
mod goal;
mod padding;
mod rules;
mod solve;
mod stages;

use std::collections::{BTreeMap, BTreeSet};

use heng_dsl::model::{Expr, Id, Version};
use heng_dsl::value::{Date, Value};

use self::goal::{Asked, Goal};
use super::Outcome;
use super::condition;
use super::facts::{Near, Replay, Replayer, Seen};
use super::given::Facts;
use super::menu::{self, Effect, Piece, Pieces, Scores, Unit};
use super::pool::Pool;
use super::random::Random;
use crate::graph::Thing;
use crate::program::Program;

/// Households that are drawn at random in the end.
const DRAWN: usize = 600;

/// Of the households that may be evaluated, one of so many is for climbing where one can aim as well.
const CLIMBING: usize = 8;

/// Of the households that may be evaluated, one of so many is for climbing to where one record more makes a rule hold.
const EXTRA: usize = 4;

/// Households for aiming from a plain one, before one aims from one of little risk.
const FIRST: usize = 2_000;

/// Households after which a search that finds nothing new is given up.
const STALE: usize = 15_000;

/// Rules of which a household counts once.
const USUAL_RULES: usize = 400;

/// How many ways to fill a field or table are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// Some from all over, and many copies of those that do something new.
    Coarse,
    /// All, and several copies of those that do something new.
    Whole,
    /// All, and several copies of each.
    Deep,
}

/// A pair of results.
type Pair = (Outcome, Outcome);

/// What would break a promise.
#[derive(Debug, Clone, Copy)]
enum Breaks<'p> {
    /// The first holds and the second does not.
    Implies(&'p Expr, &'p Expr),
    /// Two determinations hit, by their numbers.
    BothHit([usize; 2]),
}

/// That a rule holds for the household, or does not.
fn goal_of(side: usize, rule: &Version, truth: bool) -> Goal<'_> {
    Goal { side, asked: Asked::Rule(rule), truth }
}

/// What a household shows of a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Nothing,
    /// The condition of the promise holds, or one of the determinations hits.
    Half,
    Broken,
}

impl<'p> Breaks<'p> {
    fn found(self, side: &Replayer<'p>, facts: &Facts, seen: &Seen) -> Found {
        let (half, whole) = match self {
            Self::Implies(condition, then) => {
                let holds = side.asked(facts, condition) == Value::Bool(true);
                (holds, holds && side.asked(facts, then) == Value::Bool(false))
            }
            Self::BothHit(decides) => {
                let hit = |it: &usize| seen.hits[0].contains(it);
                (decides.iter().any(hit), decides.iter().all(hit))
            }
        };
        match (half, whole) {
            (_, true) => Found::Broken,
            (true, false) => Found::Half,
            (false, false) => Found::Nothing,
        }
    }
}

/// The search.
pub(super) struct Search<'p> {
    pub(super) replay: Replay<'p>,
    pool: Pool,
    grade: [usize; 2],
    scores: Scores,
    wanted: BTreeSet<Pair>,
    /// Households that may be evaluated.
    most: usize,
    /// How many may have been evaluated when something else is tried.
    until: usize,
    /// How many had been evaluated when something wanted was found last.
    fresh: usize,
    /// The smallest household that was seen for each pair.
    pub(super) found: BTreeMap<Pair, Facts>,
    random: Random,
    /// What only the new side has.
    extra: Option<Unit>,
    /// What would break a promise.
    breaks: Option<Breaks<'p>>,
    /// What to climb towards: each a list of what has to be so together.
    goals: Vec<Vec<Goal<'p>>>,
    /// What one aims from besides the plain household: a rule holds in both versions, or in none.
    starts: Vec<Vec<Goal<'p>>>,
    /// The declarations that were changed themselves, of either side; nothing where one does not ask what moves
    /// a grade.
    causes: Option<Vec<(usize, usize)>>,
    /// Households that are known to get different grades.
    seeds: Vec<Facts>,
    /// What the promise asks about.
    asked: BTreeSet<Thing>,
    /// The smallest household that breaks the promise, and what it gets.
    broken: Option<(Pair, Facts)>,
}

impl<'p> Search<'p> {
    pub(super) fn new(
        [old, new]: [&'p Program; 2],
        grade: [usize; 2],
        as_of: Date,
        (wanted, most): (BTreeSet<Pair>, usize),
    ) -> Self {
        let replay = Replay::new(old, new, grade, as_of);
        let scores = menu::scores(&replay, grade);
        Self {
            pool: Pool::of([old, new], grade, as_of),
            grade,
            scores,
            wanted,
            most,
            until: usize::MAX,
            fresh: 0,
            found: BTreeMap::new(),
            random: Random(0x4845_4e47),
            replay,
            extra: None,
            breaks: None,
            goals: Vec::new(),
            starts: Vec::new(),
            causes: None,
            seeds: Vec::new(),
            asked: BTreeSet::new(),
            broken: None,
        }
    }

    /// Looks for households that have one record more of a table on the new side.
    pub(super) fn with_one_more(mut self, table: usize) -> Self {
        self.extra = Some(Unit::More(table));
        self
    }

    /// Looks for households for which a grade is taken to be worse on the new side.
    pub(super) fn with_worse(mut self, grade: usize) -> Self {
        self.extra = Some(Unit::Worse(grade));
        self.replay.sides[1].watch(grade);
        self
    }

    /// Looks for a household for which the first holds and the second does not.
    pub(super) fn for_promise(mut self, condition: &'p Expr, then: &'p Expr) -> Self {
        self.breaks = Some(Breaks::Implies(condition, then));
        let goal = |it, truth| Goal { side: 0, asked: Asked::Question(it), truth };
        self.goals = vec![vec![goal(condition, true), goal(then, false)]];
        for it in [condition, then] {
            self.pool.add(it);
            self.asked.extend(condition::things(it));
        }
        self.replay.sides[0].also(&self.asked);
        self
    }

    /// Looks for a household that two determinations of the grade hit, whose rules these are.
    pub(super) fn for_both(mut self, decides: [usize; 2], rules: [&'p Version; 2]) -> Self {
        self.breaks = Some(Breaks::BothHit(decides));
        self.replay.told = decides.map(|it| [Some(it), Some(it)]).into();
        self.goals = vec![rules.map(|it| goal_of(0, it, true)).into()];
        self
    }

    /// Looks for households for which a rule holds in one version and not in the other; a rule that is not
    /// there does not hold.
    pub(super) fn for_change(mut self, rules: [Option<&'p Version>; 2]) -> Self {
        for truth in [true, false] {
            if !self.wanted.contains(&(Outcome::Truth(truth), Outcome::Truth(!truth))) {
                continue;
            }
            let wanted = [(0, truth), (1, !truth)];
            let goal = |(side, truth): (usize, bool)| Some(goal_of(side, rules[side]?, truth));
            self.goals.push(wanted.into_iter().filter_map(goal).collect());
        }
        if let [Some(old), Some(new)] = rules {
            let both = |truth| vec![goal_of(0, old, truth), goal_of(1, new, truth)];
            self.starts = vec![both(true), both(false)];
        }
        self
    }

    /// Looks first at what these declarations read, each of one side.
    pub(super) fn with_causes(mut self, causes: Vec<(usize, usize)>) -> Self {
        self.causes = Some(causes);
        self
    }

    /// Looks at these households, and aims from them.
    pub(super) fn with_seeds(mut self, seeds: Vec<Facts>) -> Self {
        self.seeds = seeds;
        self
    }

    /// Aims also from households that rules hit in one version only.
    pub(super) fn and_from_changed(mut self, rules: Vec<[&'p Version; 2]>) -> Self {
        for [old, new] in rules {
            for truth in [true, false] {
                self.starts.push(vec![goal_of(0, old, truth), goal_of(1, new, !truth)]);
            }
        }
        self
    }

    /// Aims also from households for which one record more makes a rule hold, or keeps it from holding.
    pub(super) fn and_from_one_more(mut self, rules: &[&'p Version]) -> Self {
        for truth in [true, false] {
            let parting = |rule| vec![goal_of(0, rule, !truth), goal_of(1, rule, truth)];
            self.starts.extend(rules.iter().copied().map(parting));
        }
        self
    }

    /// Looks whether a determination of the grade hits, by its number in both versions.
    pub(super) fn for_hit(mut self, decide: [Option<usize>; 2]) -> Self {
        self.replay.told = vec![decide];
        self.replay.is_hit = true;
        self
    }

    /// Takes texts to be labels.
    pub(super) fn with_labels(mut self, labels: Vec<Id>) -> Self {
        self.replay.labels = labels;
        self
    }

    /// The household that breaks the promise, made as small as it gets.
    pub(super) fn broken(&mut self) -> Option<(Pair, Facts)> {
        let (pair, facts) = self.broken.take()?;
        let breaks = self.breaks?;
        let facts = self.replay.shrunk_while(facts, &|replay, it, seen| {
            seen.outcome == pair && breaks.found(&replay.sides[0], it, seen) == Found::Broken
        });
        Some((pair, facts))
    }

    /// What a household is put together from.
    fn units(&self) -> BTreeSet<Unit> {
        let mut units = menu::units(&self.replay, self.grade);
        units.extend(self.extra);
        units.extend(menu::units_behind(&self.replay, 0, &self.asked));
        units
    }

    /// Looks for a household for every wanted pair, and makes each as small as it gets.
    pub(super) fn run(&mut self) {
        let Some((base, effect)) = self.base() else { return };
        for seed in self.seeds.clone() {
            self.see(&seed);
        }
        // Where a grade decides, it is seldom reached by climbing.
        if !self.starts.is_empty() {
            self.until = self.most / CLIMBING;
        }
        for goals in self.goals.clone() {
            self.climb(&base, &goals);
        }
        self.until = usize::MAX;
        for goals in self.starts.clone() {
            self.aim_from(&base, &goals);
        }
        let (base, effect) = self.unshifted(base, effect);
        let pieces = self.first(&base, &effect, FIRST / 4);
        let low = self.low(&base, &effect);
        self.second(&base, &effect, &pieces);
        self.thorough((&base, &effect), low.as_ref());
        for goals in self.goals.clone() {
            if !self.is_done() {
                self.climb(&base, &goals);
            }
        }
        let found = std::mem::take(&mut self.found);
        for (pair, facts) in found {
            if self.wanted.contains(&pair) || (self.extra.is_none() && pair.0 != pair.1) {
                // Whatever was worked out on a shorter way is worked out once more in full.
                if self.replay.see(&facts).is_none_or(|it| it.outcome != pair) {
                    continue;
                }
                let facts = self.replay.shrunk(facts, pair);
                self.found.insert(pair, facts);
            }
        }
    }

    /// Aims from a household for which a rule holds, or does not, in both versions: then only what moves a
    /// grade decides.
    fn aim_from(&mut self, base: &Facts, goals: &[Goal<'p>]) {
        if self.is_done() {
            return;
        }
        // What one record more can do to a rule is often only one of two things: the other is not climbed towards
        // until nothing is left.
        if self.extra.is_some() {
            self.until = self.replay.done + self.most / EXTRA;
        }
        let start = self.climb(base, goals);
        self.until = usize::MAX;
        let Some(start) = start else { return };
        let Some(effect) = self.see(&start) else { return };
        let pieces = self.pieces(&start, &BTreeSet::new());
        self.aim(&start, &effect, &pieces);
    }

    fn is_done(&self) -> bool {
        let found = match self.breaks {
            Some(_) => self.broken.is_some(),
            None => self.wanted.iter().all(|it| self.found.contains_key(it)),
        };
        found || self.is_spent()
    }

    /// Were as many households evaluated as may be? One with many rules counts for several.
    fn is_spent(&self) -> bool {
        let weight = 1 + self.replay.rules() / USUAL_RULES;
        let stale = self.replay.done.saturating_sub(self.fresh) > STALE;
        stale
            || self.replay.done > self.until
            || self.replay.done.saturating_mul(weight) > self.most
    }

    /// Evaluates a household and remembers it if it is the smallest of its kind.
    fn see(&mut self, facts: &Facts) -> Option<Effect> {
        let seen = self.replay.see(facts)?;
        Some(self.noted(facts, &seen))
    }

    /// The same of a household that differs in one unit from one that was evaluated.
    fn see_near(&mut self, facts: &Facts, near: &[Near; 2], unit: Unit) -> Option<Effect> {
        let seen = self.replay.see_near(facts, near, unit)?;
        Some(self.noted(facts, &seen))
    }

    fn noted(&mut self, facts: &Facts, seen: &Seen) -> Effect {
        if self.wanted.contains(&seen.outcome) && !self.found.contains_key(&seen.outcome) {
            self.fresh = self.replay.done;
        }
        let smaller = self.found.get(&seen.outcome).is_none_or(|it| facts.size() < it.size());
        if smaller {
            self.found.insert(seen.outcome, facts.clone());
        }
        let mut effect = menu::effect(&self.scores, seen);
        if let Some(breaks) = self.breaks {
            let found = breaks.found(&self.replay.sides[0], facts, seen);
            effect.holds = found != Found::Nothing;
            let smaller = self.broken.as_ref().is_none_or(|it| facts.size() < it.1.size());
            if smaller && found == Found::Broken {
                self.broken = Some((seen.outcome, facts.clone()));
            }
        }
        effect
    }

    /// A plain household to which both versions give a grade, and every score that it is made of, if there is
    /// one: a combined grade may do with some of its scores, and then the others would never matter.
    fn base(&mut self) -> Option<(Facts, Effect)> {
        let mut base = menu::base(&self.replay, &self.pool);
        let mut effect = self.see(&base)?;
        let graded = |it: &Effect| {
            let is = |it: Outcome| usize::from(matches!(it, Outcome::Grade(_) | Outcome::Truth(_)));
            let scores = it.scores.iter().flatten().filter(|it| it.is_some()).count();
            (is(it.outcome.0) + is(it.outcome.1), scores)
        };
        let all = (2, 2 * self.scores.len());
        // What decides who a rule set is about comes first.
        let units = self.units();
        let (near, far): (Vec<Unit>, Vec<Unit>) = {
            let scopes = self.scope_units();
            units.into_iter().partition(|it| scopes.contains(it))
        };
        for unit in near.into_iter().chain(far) {
            if graded(&effect) == all {
                break;
            }
            for way in menu::ways(&self.replay, &self.pool, unit, &mut self.random) {
                if self.is_spent() {
                    break;
                }
                let other = base.with(&way);
                if let Some(found) = self.see(&other)
                    && graded(&found) > graded(&effect)
                {
                    (base, effect) = (other, found);
                }
            }
        }
        Some((base, effect))
    }

    /// What filling each field and table does to the plain household.
    fn pieces(&mut self, base: &Facts, without: &BTreeSet<Unit>) -> Vec<Piece> {
        let mut units = self.units();
        units.retain(|it| !without.contains(it));
        self.pieces_of(base, &units.into_iter().map(|it| (it, Depth::Whole)).collect())
    }

    /// The same of some units.
    fn pieces_of(&mut self, base: &Facts, units: &BTreeMap<Unit, Depth>) -> Vec<Piece> {
        let mut pieces = Pieces::default();
        let Some(near) = self.replay.near(base) else { return Vec::new() };
        let linked = self.replay.sides[0].program.linked();
        for (unit, depth) in units {
            let unit = *unit;
            let ways = menu::ways(&self.replay, &self.pool, unit, &mut self.random);
            let ways = if *depth == Depth::Coarse { menu::coarse(unit, ways) } else { ways };
            for way in ways {
                if self.is_spent() {
                    break;
                }
                let Some(effect) = self.see_near(&base.with(&way), &near, unit) else { continue };
                let mut is_new = pieces.keep(unit, effect, &way);
                // One record alone may do nothing where many do.
                if !is_new && *depth == Depth::Deep {
                    for many in menu::copies(linked, &way).skip(menu::MOST_COPIES) {
                        let effect = self.see_near(&base.with(&many), &near, unit);
                        is_new |= effect.is_some_and(|it| pieces.keep(unit, it, &many));
                    }
                }
                if !is_new {
                    continue;
                }
                let left_out = if *depth == Depth::Coarse { menu::MOST_COPIES } else { 0 };
                for more in menu::copies(linked, &way).skip(left_out) {
                    let Some(effect) = self.see_near(&base.with(&more), &near, unit) else {
                        continue;
                    };
                    pieces.keep(unit, effect, &more);
                }
            }
        }
        pieces.all()
    }

    /// Households of pieces drawn at random.
    fn draw(&mut self, base: &Facts, pieces: &[Piece]) {
        let units: BTreeSet<Unit> = pieces.iter().map(|it| it.unit).collect();
        let by_unit: Vec<Vec<&Piece>> = units
            .iter()
            .map(|unit| pieces.iter().filter(|it| it.unit == *unit).collect())
            .collect();
        for _ in 0..DRAWN {
            if self.is_done() || by_unit.is_empty() {
                return;
            }
            let mut facts = base.clone();
            let often = 1 + self.random.below(8);
            for pieces in &by_unit {
                if self.random.below(often) == 0
                    && let Some(it) = pieces.get(self.random.below(pieces.len()))
                {
                    facts = facts.with(&it.facts);
                }
            }
            self.see(&facts);
        }
    }
}
