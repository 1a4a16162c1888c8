//! The sum of which a grade is the grade, put together for a solver from the points of its parts.

use std::collections::BTreeSet;
use std::rc::Rc;

use heng_dsl::model::{Content, Node};
use heng_dsl::value::{Decimal, Value};

use super::super::dist::{Dist, scaled};
use super::super::eval::{Eval, Res};
use super::super::leaf::{Cell, Leaf, State, number};
use super::super::prover::{Ask, Pair, Prover};
use super::{Choice, Cut, Linear, Part, Span, Whole};

/// Pairs of points of one part that are told one by one.
const MOST_PAIRS: usize = 400;
/// Numbers at which a version gives a grade; more rows are left alone.
const MOST_ROWS: usize = 40;

impl<'p> Prover<'p> {
    /// Every pair of results that a solver of linear programmes does not exclude; nothing where the score of the
    /// grade is no plain sum.
    pub(in super::super) fn solved(&mut self, pair: Pair) -> Option<BTreeSet<(Value, Value)>> {
        let linear = self.linear(pair)?;
        let asked = linear.pairs().into_iter();
        let possible: BTreeSet<(Value, Value)> =
            asked.filter(|it| linear.can(&it.1) != Some(false)).map(|it| it.0).collect();
        let before = self.take_to_hold([0, 1].map(|side| self.package_of(pair, side)));
        let raw = self.determined_in(pair, &possible, &State::new());
        self.take_to_hold(before);
        let known = self.dists.insert((pair, true), Ok(Rc::new(raw.ok()?)));
        let full = self.full_dist(pair);
        match known {
            Some(it) => self.dists.insert((pair, true), it),
            None => self.dists.remove(&(pair, true)),
        };
        Some(full.ok()?.pairs.into_iter().collect())
    }

    /// The score of a grade as a sum of choices, and where it gives which grade.
    pub(in super::super) fn linear(&mut self, pair: Pair) -> Option<Linear> {
        let before = self.take_to_hold([0, 1].map(|side| self.package_of(pair, side)));
        let found = self.linear_in(pair);
        self.take_to_hold(before);
        found
    }

    fn linear_in(&mut self, pair: Pair) -> Option<Linear> {
        let total = self.score_of(pair)?;
        let (score, places) = self.whole(total)?;
        let rows = [self.rows(pair, total, (0, places))?, self.rows(pair, total, (1, places))?];
        Some(Linear { score, rows })
    }

    /// The sum that both versions of a grade go by.
    fn score_of(&self, pair: Pair) -> Option<Pair> {
        let read = |side: usize| {
            let version = self.sides[side].version(pair[side]?)?;
            let Content::Table(table) = &version.content else { return None };
            match table.columns.as_slice() {
                [only] => match &only.node {
                    Node::Decl(it) => Some(it.slot.index()),
                    _ => None,
                },
                _ => None,
            }
        };
        let total = [Some(read(0)?), Some(read(1)?)];
        (self.pair_of(0, total[0]?) == total && self.is_whole(total)).then_some(total)
    }

    /// A sum, and how many places its whole numbers stand for.
    fn whole(&mut self, pair: Pair) -> Option<(Whole, u8)> {
        let (mut choices, mut inner) = (Vec::new(), Vec::new());
        for part in self.parts(pair) {
            // Nobody is left out of a package that is about everybody, or about whom it is taken to be.
            let is_bound = (0..2).any(|side| self.package_of(part, side).is_some());
            if self.is_whole(part) && (!is_bound || self.is_assumed(part)) {
                let weights = [self.weight(part, 0)?, self.weight(part, 1)?];
                inner.push((self.whole(part)?, weights));
            } else {
                choices.push(self.shares(part).ok()?);
            }
        }
        let versions = [0, 1].map(|side| pair[side].and_then(|it| self.sides[side].version(it)));
        let [Some(old), Some(new)] = versions else { return None };
        if !old.conditional.is_empty() || !new.conditional.is_empty() {
            return None;
        }
        let bounds = [&old.bounds, &new.bounds];
        let ends = bounds.iter().flat_map(|it| [it.base, it.cap, it.floor]).flatten();
        let places = ends.map(Decimal::places).chain(choices.iter().map(Dist::places));
        let finer = inner.iter().map(|((_, own), weights)| {
            own.saturating_add(weights[0].places().max(weights[1].places()))
        });
        let places = places.chain(finer).max().unwrap_or(0);
        let mut parts = Vec::with_capacity(choices.len() + inner.len());
        for it in choices {
            parts.push(Part::Choice(choice(&it, places)?));
        }
        for ((whole, own), weights) in inner {
            parts.push(Part::Whole(
                whole,
                [by(weights[0], own, places)?, by(weights[1], own, places)?],
            ));
        }
        let whole = |it: Option<Decimal>| it.map(|it| scaled(it, places)).transpose().ok();
        let base = |side: usize| whole(Some(bounds[side].base.unwrap_or(Decimal::ZERO)))?;
        let mut out = Whole { base: [base(0)?, base(1)?], parts, cuts: [Cut::NONE; 2] };
        for side in 0..2 {
            let linked = self.sides[side].linked();
            let shown = linked.decl(pair[side]?).ty.as_number().map_or(places, |it| it.places);
            let unit = 10i64.checked_pow(u32::from(places.saturating_sub(shown)))?;
            let cut =
                Cut { floor: whole(bounds[side].floor)?, cap: whole(bounds[side].cap)?, unit };
            // Halves of negative numbers go the other way.
            let least = cut.floor.map_or(out.sums(side).0, |it| it.max(out.sums(side).0));
            if unit > 1 && least < 0 {
                return None;
            }
            out.cuts[side] = cut;
        }
        Some((out, places))
    }

    /// What a sum is multiplied by where it is a part, if that is the same for everybody.
    fn weight(&mut self, part: Pair, side: usize) -> Option<Decimal> {
        let version = self.sides[side].version(part[side]?)?;
        let Some(weight) = &version.bounds.weight else { return Some(Decimal::from(1)) };
        let state = State::new();
        let mut eval = Eval { prover: self, side, state: &state, record: None };
        eval.number(weight, &version.lets).ok()?.ok()?.known()
    }

    /// Where a version gives which grade by the score.
    fn rows(
        &mut self,
        pair: Pair,
        total: Pair,
        (side, places): (usize, u8),
    ) -> Option<Vec<(Span, Value)>> {
        let (slot, read) = (pair[side]?, total[side]?);
        let number = self.fresh();
        let any = || Leaf { places, step: None, cells: vec![Cell::Number(None, None)] };
        let leaf = self.leaf_under(format!("any score {number}"), any);
        self.take(read, leaf);
        let ask = |eval: &mut Eval<'_, 'p>| -> Res<Vec<Value>> {
            let worth = eval.decl(slot)?;
            eval.values(&worth, 0)
        };
        let asks: [Ask<'_, 'p>; 1] = [(side, None, &ask)];
        let cases = self.cases(vec![State::new()], &asks, self.budget.cells);
        self.release(read);
        let cases = cases.ok().filter(|it| it.len() <= MOST_ROWS)?;
        let mut out = Vec::with_capacity(cases.len());
        for (state, answers) in cases {
            let [answer] = answers.as_slice() else { return None };
            let value = answer.first()?.clone();
            let span = match state.get(&leaf) {
                Some(Cell::Number(low, high)) if state.len() == 1 => (*low, *high),
                None if state.is_empty() => (None, None),
                _ => return None,
            };
            let end = |it: Option<Decimal>, none: i64| {
                it.map_or(Some(none), |it| scaled(it, places).ok())
            };
            out.push(((end(span.0, i64::MIN / 4)?, end(span.1, i64::MAX / 4)?), value));
        }
        Some(out)
    }
}

/// What a part adds; 不适用 adds nothing, and what may be an error is left alone.
fn choice(dist: &Dist, places: u8) -> Option<Choice> {
    if dist.len() > MOST_PAIRS {
        return None;
    }
    let share = |it: &Value| match it {
        Value::NotApplicable => Some(0),
        it => scaled(number(it)?, places).ok(),
    };
    let numbers: Vec<(Value, Value)> =
        dist.scores().iter().flat_map(|it| it.pairs().collect::<Vec<_>>()).collect();
    let pairs: Option<BTreeSet<(i64, i64)>> =
        dist.pairs.iter().chain(&numbers).map(|it| Some((share(&it.0)?, share(&it.1)?))).collect();
    pairs.map(|it| it.into_iter().collect())
}

/// By what whole numbers of so many places are multiplied for a weight.
fn by(weight: Decimal, own: u8, places: u8) -> Option<i64> {
    let factor = i64::try_from(weight.mantissa()).ok()?;
    let finer = places.checked_sub(own)?.checked_sub(weight.places())?;
    factor.checked_mul(10i64.checked_pow(u32::from(finer))?)
}
