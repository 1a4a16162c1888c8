//! The search for households: pieces with a known effect, put together so that scores come to lie where
//! the versions part. Every household that is found was evaluated by the reference evaluator; the search
//! only decides which ones are tried.

mod aim;

use std::collections::{BTreeMap, BTreeSet};

use heng_dsl::model::Expr;
use heng_dsl::value::{Date, Value};

use super::Outcome;
use super::condition;
use super::facts::{Facts, Near, Replay, Seen};
use super::menu::{self, Effect, Piece, Pieces, Scores, Unit};
use super::pool::Pool;
use super::random::Random;
use crate::graph::Thing;
use crate::program::Program;

/// Households that are drawn at random in the end.
const DRAWN: usize = 600;

/// A pair of results.
type Pair = (Outcome, Outcome);

/// The search.
pub(super) struct Search<'p> {
    pub(super) replay: Replay<'p>,
    pool: Pool,
    grade: [usize; 2],
    scores: Scores,
    wanted: BTreeSet<Pair>,
    /// Households that may be evaluated.
    most: usize,
    /// The smallest household that was seen for each pair.
    pub(super) found: BTreeMap<Pair, Facts>,
    random: Random,
    /// What only the new side has.
    extra: Option<Unit>,
    /// Where this holds, so should that.
    promise: Option<(&'p Expr, &'p Expr)>,
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
            found: BTreeMap::new(),
            random: Random(0x4845_4e47),
            replay,
            extra: None,
            promise: None,
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
        self.promise = Some((condition, then));
        for it in [condition, then] {
            self.pool.add(it);
            self.asked.extend(condition::things(it));
        }
        self.replay.sides[0].also(&self.asked);
        self
    }

    /// The household that breaks the promise, made as small as it gets.
    pub(super) fn broken(&mut self) -> Option<(Pair, Facts)> {
        let (pair, facts) = self.broken.take()?;
        let (condition, then) = self.promise?;
        let facts = self.replay.shrunk_while(facts, &|replay, it, seen| {
            let asked = |question| replay.sides[0].asked(it, question);
            seen.outcome == pair
                && asked(condition) == Value::Bool(true)
                && asked(then) == Value::Bool(false)
        });
        Some((pair, facts))
    }

    /// What a household is put together from.
    fn units(&self) -> BTreeSet<Unit> {
        let mut units = menu::units(&self.replay, self.grade);
        units.extend(self.extra);
        let program = self.replay.sides[0].program;
        for thing in &self.asked {
            let all = match thing {
                Thing::Decl(slot) => program.upstream(*slot),
                other => BTreeSet::from([*other]),
            };
            units.extend(menu::units_of(program.linked(), all));
        }
        units
    }

    /// Looks for a household for every wanted pair, and makes each as small as it gets.
    pub(super) fn run(&mut self) {
        let Some((base, effect)) = self.base() else { return };
        let (base, effect) = self.unshifted(base, effect);
        let pieces = self.pieces(&base, &BTreeSet::new());
        self.aim(&base, &effect, &pieces);
        self.draw(&base, &pieces);
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

    fn is_done(&self) -> bool {
        let found = match self.promise {
            Some(_) => self.broken.is_some(),
            None => self.wanted.iter().all(|it| self.found.contains_key(it)),
        };
        found || self.replay.done > self.most
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
        let smaller = self.found.get(&seen.outcome).is_none_or(|it| facts.size() < it.size());
        if smaller {
            self.found.insert(seen.outcome, facts.clone());
        }
        let mut effect = menu::effect(&self.scores, seen);
        if let Some((condition, then)) = self.promise {
            effect.holds = self.replay.sides[0].asked(facts, condition) == Value::Bool(true);
            let smaller = self.broken.as_ref().is_none_or(|it| facts.size() < it.1.size());
            if effect.holds
                && smaller
                && self.replay.sides[0].asked(facts, then) == Value::Bool(false)
            {
                self.broken = Some((seen.outcome, facts.clone()));
            }
        }
        effect
    }

    /// A plain household to which both versions give a grade, if there is one.
    fn base(&mut self) -> Option<(Facts, Effect)> {
        let mut base = menu::base(&self.replay, &self.pool);
        let mut effect = self.see(&base)?;
        let graded = |it: &Effect| {
            let is = |it: Outcome| usize::from(matches!(it, Outcome::Grade(_)));
            is(it.outcome.0) + is(it.outcome.1)
        };
        for unit in self.units() {
            if graded(&effect) == 2 {
                break;
            }
            for way in menu::ways(&self.replay, &self.pool, unit, &mut self.random) {
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
        let mut pieces = Pieces::default();
        let Some(near) = self.replay.near(base) else { return Vec::new() };
        for unit in self.units() {
            if without.contains(&unit) {
                continue;
            }
            for way in menu::ways(&self.replay, &self.pool, unit, &mut self.random) {
                let Some(effect) = self.see_near(&base.with(&way), &near, unit) else { continue };
                if !pieces.keep(unit, effect, &way) {
                    continue;
                }
                let linked = self.replay.sides[0].program.linked();
                for more in menu::copies(linked, &way) {
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
