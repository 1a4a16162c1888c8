//! Aiming: pieces put together so that scores come to lie where the versions part, also where a direct
//! determination moves the grade.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use heng_dsl::model::{Content, DeclKind, RowKey};
use heng_dsl::value::{Decimal, Value};

use super::super::Outcome;
use super::super::given::Facts;
use super::super::menu::{self, Effect, Piece, Unit};
use super::super::side::Side;
use super::Search;
use super::padding::{Sums, Way};
use crate::graph::Thing;

/// Pieces in which the versions differ that are tried with every score.
const MOST_CAUSES: usize = 60;
/// Sets of units that are left out whose sums are kept.
const MOST_KNOWN: usize = 16;
/// Combinations of pieces that are tried for one cause.
const MOST_TRIES: usize = 200;
/// How often a piece that gets in the way is left out.
const REPAIRS: usize = 6;
/// Pieces that move a grade without the score.
const MOST_SHIFTERS: usize = 24;

/// A household from which one aims, and what both versions make of it.
pub(super) struct Start {
    pub(super) facts: Facts,
    pub(super) effect: Effect,
    /// What it was put together from besides the plain household.
    pub(super) units: BTreeSet<Unit>,
    /// A determination moves its grade away from the one of the score.
    pub(super) shifted: bool,
}

/// What one aims with.
pub(super) struct Aim<'a, 'p> {
    pub(super) plain: &'a Effect,
    pub(super) pieces: &'a [Piece],
    pub(super) graders: Vec<Grader<'p>>,
    /// For each piece the score that it moves, and by how much, if it does nothing else.
    pub(super) moved: Vec<Option<(usize, Decimal)>>,
    /// Sums of pieces by the score, without those of some units.
    sums: RefCell<Known>,
}

/// The rows of the grades, of the old and the new version in turn, and the pieces that lead there.
pub(super) type Choice = (Vec<Option<usize>>, Vec<usize>);

/// Sums of pieces by the score and the units that are left out.
type Known = BTreeMap<(usize, BTreeSet<Unit>), Rc<Sums>>;

impl<'p> Search<'p> {
    /// Puts pieces in which the versions differ together with others that move the scores where they
    /// have to be; then the same with pieces that move a grade without the score.
    pub(super) fn aim(&mut self, base: &Facts, plain: &Effect, pieces: &[Piece]) {
        let aim = self.aiming(plain, pieces);
        self.by_score(&aim, base);
        if !self.is_done() {
            self.shift(&aim, base);
        }
    }

    pub(super) fn aiming<'a>(&self, plain: &'a Effect, pieces: &'a [Piece]) -> Aim<'a, 'p> {
        let graders = self.graders();
        let moved = pieces.iter().map(|it| moved(it, plain, &graders)).collect();
        Aim { plain, pieces, graders, moved, sums: RefCell::default() }
    }

    pub(super) fn by_score(&mut self, aim: &Aim<'_, 'p>, base: &Facts) {
        let (plain, pieces) = (aim.plain, aim.pieces);
        let differs = |it: &&Piece| {
            let scores = it.effect.scores.iter().any(|it| it[0] != it[1]);
            scores || it.effect.outcome.0 != it.effect.outcome.1 || it.effect.holds
        };
        // Then whatever moves a grade by itself, and nothing at all.
        let moves = |it: &&Piece| it.effect.outcome != plain.outcome;
        let causes = pieces.iter().filter(differs).map(Some);
        let others = pieces.iter().filter(|it| !differs(it) && moves(it)).map(Some);
        let causes: Vec<Option<&Piece>> = causes
            .take(MOST_CAUSES)
            .chain(std::iter::once(None))
            .chain(others.take(MOST_CAUSES))
            .collect();
        for cause in causes {
            let start = Start {
                facts: cause.map_or_else(|| base.clone(), |it| base.with(&it.facts)),
                effect: cause.map_or(plain, |it| &it.effect).clone(),
                units: cause.map(|it| it.unit).into_iter().collect(),
                shifted: false,
            };
            self.reach(aim, &start);
            if self.is_done() {
                return;
            }
        }
        for start in self.starts_of_seeds(base) {
            self.reach(aim, &start);
            if self.is_done() {
                return;
            }
        }
    }

    /// A household like another one whose grade is that of its score, if one more fact makes it so: from
    /// there the score alone decides. Where a grade is made of several scores it stays as it is.
    pub(super) fn unshifted(&mut self, base: Facts, effect: Effect) -> (Facts, Effect) {
        let graders = self.graders();
        if graders.len() != 1 || !is_shifted(&graders, &effect) {
            return (base, effect);
        }
        let graded = |it: &Effect| {
            let is = |it: Outcome| matches!(it, Outcome::Grade(_) | Outcome::Truth(_));
            is(it.outcome.0) && is(it.outcome.1)
        };
        for unit in self.units() {
            if Some(unit) == self.extra {
                continue;
            }
            for way in menu::ways(&self.replay, &self.pool, unit, &mut self.random) {
                if self.is_spent() {
                    break;
                }
                let other = base.with(&way);
                if let Some(found) = self.see(&other)
                    && graded(&found)
                    && !is_shifted(&graders, &found)
                {
                    return (other, found);
                }
            }
        }
        (base, effect)
    }

    /// A household like another one with as low a grade, and then as low a score, as filling each field and
    /// table anew makes it.
    pub(super) fn lowest(&mut self, base: &Facts, effect: Effect) -> (Facts, Effect) {
        let graders = self.graders();
        // Does a score stand for more risk where it is higher?
        let risky: Vec<bool> = (0..self.scores.len())
            .map(|score| graders.iter().filter(|it| it.score == score).all(Grader::is_risk))
            .collect();
        let rank = |it: &Effect| {
            // Where nothing is graded the other results do not matter.
            let grade = |it: Outcome| match it {
                Outcome::Grade(it) => (false, it),
                Outcome::Truth(_) => (false, 0),
                _ => (true, 0),
            };
            let (old, new) = (grade(it.outcome.0), grade(it.outcome.1));
            let scores = it.scores.iter().zip(&risky);
            let mut scores =
                scores.map(|(it, up)| if *up { it[0] } else { it[0].map(Decimal::negated) });
            let sum = scores.try_fold(Decimal::ZERO, |all, it| all.checked_add(it?));
            (old.0 || new.0 || sum.is_none(), old.1 + new.1, sum)
        };
        let mut best = (base.clone(), effect);
        for unit in self.units() {
            let Some(near) = self.replay.near(&best.0) else { continue };
            if Some(unit) == self.extra {
                continue;
            }
            let from = best.0.clone();
            let ways = menu::ways(&self.replay, &self.pool, unit, &mut self.random);
            let mut others: Vec<Facts> =
                menu::coarse(unit, ways).iter().map(|it| from.with(it)).collect();
            if let Unit::Table(it) = unit {
                // A record that has to be there may be one of little risk.
                others.extend(menu::edits(&self.replay, &self.pool, it, &from));
            }
            for other in others {
                if self.is_spent() {
                    return best;
                }
                let Some(found) = self.see_near(&other, &near, unit) else { continue };
                if rank(&found) < rank(&best.1) {
                    best = (other, found);
                }
            }
        }
        best
    }

    /// Aims with pieces that move the grade of a household whose score is high.
    fn shift(&mut self, aim: &Aim<'_, 'p>, base: &Facts) {
        let causes: Vec<&Piece> = aim
            .pieces
            .iter()
            .filter(|it| it.effect.scores.iter().any(|it| it[0] != it[1]))
            .take(3)
            .collect();
        let none = BTreeSet::new();
        let mut seen: BTreeSet<(Unit, (Outcome, Outcome))> = BTreeSet::new();
        for score in 0..self.scores.len() {
            let sums = aim.padding(score, &none);
            let choices = aim.by_row(aim.plain, score, &sums);
            // What moves a low grade was seen with the plain household.
            if let Some((_, pads)) = choices.into_iter().next_back() {
                let high = with_all(base, aim.pieces, &pads);
                let units: BTreeSet<Unit> = pads.iter().map(|it| aim.pieces[*it].unit).collect();
                for piece in self.pieces(&high, &units) {
                    let new = (piece.unit, piece.effect.outcome);
                    if !aim.is_shifted(&piece.effect) || seen.len() > MOST_SHIFTERS {
                        continue;
                    }
                    if seen.insert(new) {
                        self.with_shifter(aim, base, &piece, &causes);
                    }
                    if self.is_done() {
                        return;
                    }
                }
            }
        }
    }

    /// Aims with a piece that moves the grade, alone and together with what differs between the versions.
    fn with_shifter(
        &mut self,
        aim: &Aim<'_, 'p>,
        base: &Facts,
        shifter: &Piece,
        causes: &[&Piece],
    ) {
        let causes = causes.iter().filter(|it| it.unit != shifter.unit);
        for cause in std::iter::once(None).chain(causes.map(Some)) {
            let mut facts = base.with(&shifter.facts);
            let mut units = BTreeSet::from([shifter.unit]);
            if let Some(cause) = cause {
                facts = facts.with(&cause.facts);
                units.insert(cause.unit);
            }
            let Some(effect) = self.see(&facts) else { continue };
            self.reach(aim, &Start { facts, effect, units, shifted: true });
            if self.is_done() {
                return;
            }
        }
    }

    /// Adds pieces to a household so that its scores come to every place where the grades change; a
    /// piece that gets in the way is left out the next time.
    pub(super) fn reach(&mut self, aim: &Aim<'_, 'p>, start: &Start) {
        let mut without = start.units.clone();
        for _ in 0..REPAIRS {
            let choices: Vec<Vec<Choice>> = (0..self.scores.len())
                .map(|score| {
                    let sums = aim.padding(score, &without);
                    aim.by_row(&start.effect, score, &sums)
                })
                .collect();
            let mut culprit = None;
            for choice in product(&choices, MOST_TRIES) {
                if self.is_done() {
                    return;
                }
                let pads: Vec<usize> = choice.iter().flat_map(|it| it.1.clone()).collect();
                let facts = with_all(&start.facts, aim.pieces, &pads);
                let Some(effect) = self.see(&facts) else { continue };
                self.adjust((aim, start), &without, &choice, &effect);
                if culprit.is_none() {
                    culprit = self.culprit(aim, start, &pads, &effect);
                }
            }
            match culprit {
                Some(unit) => without.insert(unit),
                None => return,
            };
        }
    }

    /// The unit of the piece because of which a household is not what its pieces add up to.
    fn culprit(
        &mut self,
        aim: &Aim<'_, 'p>,
        start: &Start,
        pads: &[usize],
        effect: &Effect,
    ) -> Option<Unit> {
        if aim.adds_up(start, pads, effect) {
            return None;
        }
        for left in pads {
            let others: Vec<usize> = pads.iter().copied().filter(|it| it != left).collect();
            let facts = with_all(&start.facts, aim.pieces, &others);
            if self.see(&facts).is_some_and(|it| aim.adds_up(start, &others, &it)) {
                return Some(aim.pieces[*left].unit);
            }
        }
        pads.last().map(|it| aim.pieces[*it].unit)
    }

    /// The classifications that turn one score into a grade.
    fn graders(&self) -> Vec<Grader<'p>> {
        let [old, new] = &self.replay.sides;
        let mut out = Vec::new();
        for (score, slots) in self.scores.iter().enumerate() {
            let upstream = old.program.upstream(self.grade[0]);
            for thing in upstream {
                let Thing::Decl(slot) = thing else { continue };
                let linked = old.program.linked();
                let decl = linked.decl(slot);
                let reads = old.program.graph().reads(thing);
                let is_read = reads.iter().any(|it| it.0 == Thing::Decl(slots[0]));
                if !matches!(decl.kind, DeclKind::Classify { .. }) || !is_read {
                    continue;
                }
                let programs = [old.program, new.program];
                let Some(other) = menu::twin(programs, self.grade, slot) else { continue };
                let side =
                    |number, program, slot| (Side::new(number, program, self.pool.as_of), slot);
                out.push(Grader {
                    score,
                    sides: [side(0, old.program, slot), side(1, new.program, other)],
                });
            }
        }
        out
    }
}

impl Aim<'_, '_> {
    /// For each pair of rows of the grades that a score can reach, the cheapest pieces that lead there.
    pub(super) fn by_row(&self, start: &Effect, score: usize, sums: &Sums) -> Vec<Choice> {
        let Some([Some(old), Some(new)]) = start.scores.get(score) else {
            return vec![(Vec::new(), Vec::new())];
        };
        let rows = |points: Decimal| -> Vec<Option<usize>> {
            let reached = [old.checked_add(points), new.checked_add(points)];
            let graders = self.graders.iter().filter(|it| it.score == score);
            let rows = graders.flat_map(|it| {
                [0, 1].map(|side| reached[side].and_then(|points| it.row(side, points)))
            });
            rows.collect()
        };
        let mut best: BTreeMap<Vec<Option<usize>>, (u32, usize)> = BTreeMap::new();
        for (key, stretch) in sums.stretches(&rows) {
            let Some(cheapest) = sums.cheapest(stretch) else { continue };
            let place = best.entry(key).or_insert(cheapest);
            *place = (*place).min(cheapest);
        }
        best.into_iter().map(|(key, it)| (key, sums.pieces(it.1))).collect()
    }

    /// Every sum of pieces that move one score by the same in both versions and do nothing else, at most
    /// one of each field and table, and none of those that are left out; the smallest of each sum.
    pub(super) fn padding(&self, score: usize, without: &BTreeSet<Unit>) -> Rc<Sums> {
        let key = (score, without.clone());
        if let Some(known) = self.sums.borrow().get(&key) {
            return known.clone();
        }
        let mut by_unit: BTreeMap<Unit, BTreeMap<Decimal, Way>> = BTreeMap::new();
        for (at, (piece, moved)) in self.pieces.iter().zip(&self.moved).enumerate() {
            match moved {
                Some((own, by)) if *own == score && !without.contains(&piece.unit) => {
                    let way = Way { points: *by, piece: at, cost: piece.facts.size() };
                    by_unit.entry(piece.unit).or_default().entry(*by).or_insert(way);
                }
                _ => {}
            }
        }
        let units: Vec<Vec<Way>> =
            by_unit.into_values().map(|it| it.into_values().collect()).collect();
        let sums = Rc::new(Sums::of(&units));
        let mut known = self.sums.borrow_mut();
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(key, sums.clone());
        sums
    }

    /// Are the scores of a household those of its pieces, and its grade moved if it was?
    fn adds_up(&self, start: &Start, pads: &[usize], effect: &Effect) -> bool {
        let mut expected = start.effect.scores.clone();
        for at in pads {
            let Some((score, by)) = self.moved[*at] else { return false };
            for place in expected.get_mut(score).into_iter().flatten() {
                *place = place.and_then(|it| it.checked_add(by));
            }
        }
        expected == effect.scores && (!start.shifted || self.is_shifted(effect))
    }

    /// Is the grade of the old version another one than that of the score?
    fn is_shifted(&self, effect: &Effect) -> bool {
        is_shifted(&self.graders, effect)
    }
}

/// Is the grade of the old version another one than that of the score?
fn is_shifted(graders: &[Grader<'_>], effect: &Effect) -> bool {
    graders.iter().any(|it| {
        let row = effect.scores.get(it.score).and_then(|own| it.row(0, own[0]?));
        row.and_then(|it| u16::try_from(it).ok()).is_some_and(|it| match effect.outcome.0 {
            Outcome::Grade(grade) => grade != it,
            Outcome::Truth(_) => false,
            _ => true,
        })
    })
}

/// The score that a piece moves by the same in both versions, if it moves no other and the grade only with
/// the score.
fn moved(piece: &Piece, plain: &Effect, graders: &[Grader<'_>]) -> Option<(usize, Decimal)> {
    let mut found = None;
    for (score, (now, before)) in piece.effect.scores.iter().zip(&plain.scores).enumerate() {
        let by = |side: usize| now[side]?.checked_sub(before[side]?);
        match (by(0), by(1)) {
            (Some(old), Some(new)) if old == new && old.is_zero() => {}
            (Some(old), Some(new)) if old == new && found.is_none() => found = Some((score, old)),
            _ => return None,
        }
    }
    let (score, by) = found?;
    let [grader] = graders else { return Some((score, by)) };
    let row = |effect: &Effect| grader.row(0, effect.scores.get(grader.score)?[0]?);
    let is_plain = row(plain) == row(&piece.effect);
    (!is_plain || piece.effect.outcome == plain.outcome).then_some((score, by))
}

pub(super) fn with_all(facts: &Facts, pieces: &[Piece], pads: &[usize]) -> Facts {
    pads.iter().fold(facts.clone(), |all, at| all.with(&pieces[*at].facts))
}

/// A classification by one score.
pub(super) struct Grader<'p> {
    score: usize,
    sides: [(Side<'p>, usize); 2],
}

impl Grader<'_> {
    /// Does a very high score meet a later row than a very low one?
    fn is_risk(&self) -> bool {
        let high = Decimal::from(1_000_000);
        self.row(0, high) >= self.row(0, high.negated())
    }

    /// The row of the table that a score meets.
    pub(super) fn row(&self, side: usize, points: Decimal) -> Option<usize> {
        let (side, slot) = &self.sides[side];
        let version = side.version(*slot)?;
        let Content::Table(table) = &version.content else { return None };
        let points = Value::Number(points);
        table.rows.iter().position(|row| match &row.key {
            RowKey::Cells(cells) => match cells.as_slice() {
                [cell] => side.passes(cell, &points, &version.lets),
                _ => false,
            },
            RowKey::Otherwise | RowKey::Always => true,
            RowKey::When(_) => false,
        })
    }
}

/// One of each, in every way, at most so many.
fn product<T: Clone>(choices: &[Vec<T>], most: usize) -> Vec<Vec<T>> {
    let mut out: Vec<Vec<T>> = vec![Vec::new()];
    for choice in choices {
        out = out
            .iter()
            .flat_map(|before| {
                choice.iter().map(move |it| {
                    let mut all = before.clone();
                    all.push(it.clone());
                    all
                })
            })
            .take(most)
            .collect();
    }
    out
}
