//! The values that a declaration can have in the old and in the new version, for one household.
//!
//! What stands here may hold pairs that no household has, because parts of a whole are taken to be
//! independent; it never lacks one that a household has.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use heng_dsl::model::{Content, DeclKind, Version};
use heng_dsl::value::{Decimal, Rounding, Value};

use super::Reason;
use super::eval::{Eval, Res};
use super::leaf::{Abs, Cell, Leaf, State, number, of_side};
use super::prover::{Pair, Prover};
use super::scores::Scores;
use super::sums::{MOST_KEPT, Part, Share, Sums, put};

/// Points of one part in their last place; the sum of all parts then stays far from the end of a number.
const MOST_MANTISSA: u64 = 1 << 40;

/// So few pairs of numbers are told one by one.
const FEW: usize = 500;

/// Pairs of values, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dist {
    /// Those that are not two numbers, and all of them where they are few.
    pub(super) pairs: Vec<(Value, Value)>,
    /// Pairs of numbers, where they are many.
    scores: Option<Rc<Scores>>,
}

impl Dist {
    /// Is it the same in both versions, whatever it is?
    pub(super) fn is_same(&self) -> bool {
        let numbers = self.scores.iter().flat_map(|it| it.pairs());
        self.pairs.iter().cloned().chain(numbers).all(|(old, new)| old == new)
    }

    pub(super) fn of(pairs: BTreeSet<(Value, Value)>) -> Self {
        Self { pairs: pairs.into_iter().collect(), scores: None }
    }

    /// Pairs, and pairs of numbers.
    pub(super) fn with(mut pairs: BTreeSet<(Value, Value)>, scores: Option<Scores>) -> Self {
        let scores = match scores {
            Some(it) if it.len() <= FEW => {
                pairs.extend(it.pairs());
                None
            }
            other => other.map(Rc::new),
        };
        Self { pairs: pairs.into_iter().collect(), scores }
    }

    /// Those of which the versions are not equal.
    pub(super) fn differing(&self) -> Self {
        let pairs = self.pairs.iter().filter(|it| it.0 != it.1).cloned().collect();
        let scores = self.scores.as_ref().and_then(|it| it.differing());
        Self::with(pairs, scores)
    }

    /// How many pairs there are.
    pub(super) fn len(&self) -> usize {
        self.pairs.len() + self.scores.as_ref().map_or(0, |it| it.len())
    }

    /// The pairs of numbers, where they are many.
    pub(super) fn scores(&self) -> Option<Scores> {
        self.scores.as_deref().cloned()
    }

    /// A leaf that has these values.
    pub(super) fn leaf(&self) -> Leaf {
        let is_number = |it: &&(Value, Value)| number(&it.0).is_some() && number(&it.1).is_some();
        let numbers: Vec<(Value, Value)> = self.pairs.iter().filter(is_number).cloned().collect();
        let others = self.pairs.iter().filter(|it| !is_number(it));
        let mut cells: Vec<Cell> =
            others.map(|it| Cell::Pairs(Rc::new(vec![it.clone()]))).collect();
        if !numbers.is_empty() {
            cells.push(Cell::Pairs(Rc::new(numbers)));
        }
        cells.extend(self.scores.clone().map(Cell::Scores));
        Leaf { places: self.places(), step: None, cells }
    }

    /// The greatest number of decimal places.
    pub(super) fn places(&self) -> u8 {
        let numbers = self.pairs.iter().flat_map(|it| [number(&it.0), number(&it.1)]).flatten();
        let scores = self.scores.iter().map(|it| it.places);
        numbers.map(Decimal::places).chain(scores).max().unwrap_or(0)
    }

    /// How many differences there are between the versions, those that are none left out.
    pub(super) fn differences(&self) -> usize {
        let pairs: BTreeSet<Option<Decimal>> = self
            .pairs
            .iter()
            .filter(|it| it.0 != it.1)
            .map(|it| number(&it.1)?.checked_sub(number(&it.0)?))
            .collect();
        let scores = self.scores.iter().flat_map(|it| it.sets()).filter(|it| it.0 != 0);
        pairs.len() + scores.count()
    }
}

impl<'p> Prover<'p> {
    /// The values of a declaration, whether its package is about the household or not.
    pub(super) fn full_dist(&mut self, pair: Pair) -> Result<Dist, Reason> {
        let raw = self.dist(pair, true)?;
        let scope = self.scopes(pair)?;
        let (mut pairs, mut scores) = (BTreeSet::new(), None);
        for (old, new) in scope {
            let within = |outside: &Value, own: &Value| match outside {
                Value::Bool(true) => own.clone(),
                other => other.clone(),
            };
            pairs.extend(raw.pairs.iter().map(|it| (within(&old, &it.0), within(&new, &it.1))));
            let Some(own) = &raw.scores else { continue };
            let inside = [&old, &new].map(|it| *it == Value::Bool(true));
            match inside {
                [true, true] => scores = Some(own.clone()),
                [true, false] => pairs.extend(own.values(0).map(|it| (it, new.clone()))),
                [false, true] => pairs.extend(own.values(1).map(|it| (old.clone(), it))),
                [false, false] => pairs.extend([(old, new)]),
            }
        }
        Ok(Dist { scores, ..Dist::of(pairs) })
    }

    /// 是 where the package of a declaration is about the household, else what the declaration is
    /// worth then.
    fn scopes(&mut self, pair: Pair) -> Result<BTreeSet<(Value, Value)>, Reason> {
        let packages = [0, 1].map(|side| self.package_of(pair, side));
        let unchanged = match packages {
            [Some(old), Some(new)] => self.is_same_scope([old, new]),
            other => other == [None, None],
        };
        self.explore(unchanged, &|eval| {
            let Some(package) = packages[eval.side] else { return Ok(vec![Value::Bool(true)]) };
            let outside = eval.scope(package)?;
            outside.map_or(Ok(vec![Value::Bool(true)]), |it| eval.values(&it, 0))
        })
    }

    /// The values of a declaration where its package is about the household.
    pub(super) fn raw_dist(&mut self, pair: Pair) -> Result<Dist, Reason> {
        let unchanged = self.is_unchanged(pair);
        if self.is_whole(pair) {
            return self.whole_dist(pair, unchanged);
        }
        if !unchanged && let Some(found) = self.each_dist(pair) {
            return Ok(Dist::of(found));
        }
        let worths = self.worths(pair, unchanged)?;
        if !self.is_graded(pair) {
            return Ok(worths);
        }
        let by_score = worths.pairs.into_iter().collect();
        let mut pairs = BTreeSet::new();
        for state in self.states_of(pair) {
            pairs.extend(self.determined_in(pair, &by_score, &state)?.pairs);
        }
        Ok(Dist::of(pairs))
    }

    /// The results of a grade with everything looked at together; with `classes`, records as in [`Self::join`].
    pub(super) fn all_at_once(
        &mut self,
        pair: Pair,
        classes: bool,
    ) -> Result<BTreeSet<(Value, Value)>, Reason> {
        self.join(pair, classes);
        let most = self.budget.cells;
        let ask = |eval: &mut Eval<'_, 'p>| -> Res<Vec<Value>> {
            let Some(slot) = pair[eval.side] else { return Ok(vec![Value::NotApplicable]) };
            let worth = eval.graded(slot)?;
            eval.values(&worth, 0)
        };
        let found = self.vectors(&[(0, None, &ask), (1, None, &ask)], most)?;
        let pairs = found.iter().filter_map(|it| match it.as_slice() {
            [old, new] => Some((old.clone(), new.clone())),
            _ => None,
        });
        Ok(pairs.collect())
    }

    /// The version of each side that is in force.
    fn versions(&self, pair: Pair) -> [Option<&'p Version>; 2] {
        [0, 1].map(|side| pair[side].and_then(|it| self.sides[side].version(it)))
    }

    /// Is a declaration a sum of parts, about every household, in both versions?
    pub(super) fn is_whole(&self, pair: Pair) -> bool {
        self.versions(pair)
            .iter()
            .all(|it| it.is_some_and(|it| it.content == Content::Parts && it.applies.is_none()))
    }

    fn is_graded(&self, pair: Pair) -> bool {
        [0, 1].iter().any(|side| {
            let linked = self.sides[*side].linked();
            let kind = pair[*side].map(|it| &linked.decl(it).kind);
            matches!(kind, Some(DeclKind::Classify { .. }))
        })
    }

    /// The sums of the parts of a whole.
    fn whole_dist(&mut self, pair: Pair, unchanged: bool) -> Result<Dist, Reason> {
        let versions = self.versions(pair);
        let mut parts: Vec<Dist> = Vec::new();
        for part in self.parts(pair) {
            parts.push(self.shares(part)?);
        }
        let base = versions.map(|it| it.and_then(|it| it.bounds.base).unwrap_or(Decimal::ZERO));
        let places = parts.iter().map(Dist::places).chain(base.map(Decimal::places)).max();
        let places = places.unwrap_or(0);
        let mut sums = Sums::start(scaled(base[0], places)?, scaled(base[1], places)?);
        // What is the same in both versions first: then there is one difference for most of the way.
        parts.sort_by_key(Dist::differences);
        for part in parts {
            sums = sums.plus(&part_of(&part, places, self.budget.words)?, self.budget.words)?;
        }
        self.cut_sums(pair, unchanged, sums, places)
    }

    /// Sums after the caps, floors and the rounding of their whole.
    fn cut_sums(
        &mut self,
        pair: Pair,
        unchanged: bool,
        sums: Sums,
        places: u8,
    ) -> Result<Dist, Reason> {
        let value = |it: Option<i64>| {
            let it = it.and_then(|it| Decimal::new(i128::from(it), places));
            it.map_or(Value::Error(heng_dsl::value::Fault::UnexpectedMissing), |it| {
                Value::Number(it.trimmed())
            })
        };
        let (numbers, others) = sums.split();
        let others = others.into_iter().map(|(old, new)| (value(old), value(new))).collect();
        let raw = Dist::with(others, Scores::of(places, numbers));
        let time = self.time_of(pair);
        let leaf = self.leaf_under(format!("sum {pair:?}{time}"), || raw.leaf());
        let finish = |eval: &mut Eval<'_, 'p>| finish(eval, pair, leaf);
        match self.mapped(&raw, leaf, &finish) {
            Some(found) => Ok(found),
            None => self.explore(unchanged, &finish).map(Dist::of),
        }
    }

    /// The parts of a whole in both versions.
    pub(super) fn parts(&self, pair: Pair) -> BTreeSet<Pair> {
        let mut parts = BTreeSet::new();
        for (side, slot) in pair.into_iter().enumerate() {
            let Some(slot) = slot else { continue };
            for part in self.sides[side].linked().parts(slot) {
                let mut found = self.pair_of(side, *part);
                let other = 1 - side;
                // What belongs to another whole in the other version adds nothing to this one there.
                let stays = |it: &usize| {
                    pair[other]
                        .is_some_and(|whole| self.sides[other].linked().parts(whole).contains(it))
                };
                found[other] = found[other].filter(stays);
                parts.insert(found);
            }
        }
        parts
    }

    /// What a part adds to its whole.
    pub(super) fn shares(&mut self, part: Pair) -> Result<Dist, Reason> {
        let unchanged = self.is_unchanged(part) && self.has_same_weight(part);
        let leaf = self.leaf_of_pair(part)?;
        let share = |eval: &mut Eval<'_, 'p>| -> Res<Vec<Value>> {
            let Some(slot) = part[eval.side] else { return Ok(vec![Value::NotApplicable]) };
            let worth = eval.leaf(leaf)?;
            let share = eval.share(slot, worth)?;
            eval.values(&share, 12)
        };
        let raw = self.is_assumed(part);
        let dist = self.dist(part, raw)?;
        match self.mapped(&dist, leaf, &share) {
            Some(found) => Ok(found),
            None => self.explore(unchanged, &share).map(Dist::of),
        }
    }

    /// What comes out for each pair of values of a leaf; nothing where it takes more than the leaf.
    fn mapped(
        &mut self,
        dist: &Dist,
        leaf: usize,
        ask: &dyn Fn(&mut Eval<'_, 'p>) -> Res<Vec<Value>>,
    ) -> Option<Dist> {
        let mut known: [BTreeMap<Value, Value>; 2] = Default::default();
        let mut pairs = BTreeSet::new();
        for it in &dist.pairs {
            for (side, known) in known.iter_mut().enumerate() {
                let own = of_side(it, side);
                if !known.contains_key(own) {
                    known.insert(own.clone(), self.worth_of(leaf, (side, own), ask)?);
                }
            }
            pairs.insert((known[0].get(&it.0)?.clone(), known[1].get(&it.1)?.clone()));
        }
        let Some(scores) = &dist.scores else { return Some(Dist::of(pairs)) };
        let mut values: [BTreeMap<i64, Value>; 2] = Default::default();
        for (side, values) in values.iter_mut().enumerate() {
            for (at, own) in scores.numbers(side).numbers().zip(scores.values(side)) {
                values.insert(at, self.worth_of(leaf, (side, &own), ask)?);
            }
        }
        let places = values.iter().flat_map(|it| it.values()).filter_map(number);
        let places = places.map(Decimal::places).max().unwrap_or(0);
        let (scores, others) = scores.mapped(places, [&values[0], &values[1]])?;
        pairs.extend(others);
        Some(Dist::with(pairs, scores))
    }

    /// What comes out on one side for one value of a leaf.
    fn worth_of(
        &mut self,
        leaf: usize,
        (side, value): (usize, &Value),
        ask: &dyn Fn(&mut Eval<'_, 'p>) -> Res<Vec<Value>>,
    ) -> Option<Value> {
        let cell = Cell::Pairs(Rc::new(vec![(value.clone(), value.clone())]));
        let state = State::from([(leaf, cell)]);
        let mut eval = Eval { prover: self, side, state: &state, record: None };
        let mut values = ask(&mut eval).ok()?;
        let only = values.pop()?;
        values.is_empty().then_some(only)
    }

    fn has_same_weight(&mut self, part: Pair) -> bool {
        let mut keys = Vec::new();
        for (side, slot) in part.into_iter().enumerate() {
            let version = slot.and_then(|it| self.sides[side].version(it));
            let weight = version.and_then(|it| Some((it, it.bounds.weight.as_ref()?)));
            keys.push(weight.map(|(version, it)| self.key_of(side, it, &version.lets)));
        }
        keys.first() == keys.last()
    }
}

/// A number as a whole number of its last place.
pub(super) fn scaled(it: Decimal, places: u8) -> Result<i64, Reason> {
    let it = it.round(places, Rounding::Down).ok_or(Reason::Unbounded)?;
    let it = i64::try_from(it.mantissa()).map_err(|_| Reason::Unbounded)?;
    if it.unsigned_abs() > MOST_MANTISSA { Err(Reason::Unbounded) } else { Ok(it) }
}

/// What a part adds, in whole numbers; 不适用 adds nothing, an error makes the sum an error.
pub(super) fn part_of(dist: &Dist, places: u8, most: usize) -> Result<Part, Reason> {
    let share = |it: &Value| -> Result<Option<i64>, Reason> {
        match it {
            Value::Number(it) => scaled(*it, places).map(Some),
            Value::NotApplicable => Ok(Some(0)),
            _ => Ok(None),
        }
    };
    let mut shares: Vec<Share> = Vec::with_capacity(dist.pairs.len());
    for (old, new) in &dist.pairs {
        shares.push((share(old)?, share(new)?));
    }
    // Counted before memory is taken: one bit for each number between the least and the greatest.
    let numbers = || shares.iter().map(|it| it.0.unwrap_or(0));
    let span = numbers().max().unwrap_or(0).abs_diff(numbers().min().unwrap_or(0));
    if usize::try_from(span / 64).map_or(true, |it| it > MOST_KEPT.min(most)) {
        return Err(Reason::Sums(most));
    }
    let mut part = Part::new();
    shares.into_iter().for_each(|it| put(&mut part, it));
    if let Some(scores) = &dist.scores {
        put_scores(&mut part, scores, places, most)?;
    }
    Ok(part)
}

/// Puts pairs of numbers to a part, in whole numbers of a last place.
fn put_scores(part: &mut Part, scores: &Scores, places: u8, most: usize) -> Result<(), Reason> {
    let mut span = 0u64;
    for side in 0..2 {
        let (low, high) = scores.span(side);
        let end = |it: Option<Decimal>| it.map_or(Ok(0), |it| scaled(it, places));
        span = span.max(end(high)?.abs_diff(end(low)?));
    }
    let long = usize::try_from(span / 64).unwrap_or(usize::MAX).saturating_add(2);
    if long.saturating_mul(scores.sets().count()) > MOST_KEPT.min(most) {
        return Err(Reason::Sums(most));
    }
    let finer = u32::from(places.saturating_sub(scores.places));
    let factor = 10i64.checked_pow(finer).ok_or(Reason::Unbounded)?;
    for (difference, bits) in scores.sets() {
        let set = part.entry((false, false, difference * factor)).or_default();
        if factor == 1 {
            set.join(bits, 0);
        } else {
            bits.numbers().for_each(|it| set.insert(it * factor));
        }
    }
    Ok(())
}

/// A sum after the caps, floors and the rounding of its whole.
fn finish(eval: &mut Eval<'_, '_>, pair: Pair, leaf: usize) -> Res<Vec<Value>> {
    let Some(slot) = pair[eval.side] else { return Ok(vec![Value::NotApplicable]) };
    let sum = eval.leaf(leaf)?;
    let Some(version) = eval.prover.sides[eval.side].version(slot) else {
        return Ok(vec![Value::NotApplicable]);
    };
    let worth = match eval.finished(slot, version, sum)? {
        Abs::Number(it) if it.known().is_none() => return eval.refine(&it),
        worth => worth,
    };
    eval.values(&worth, 12)
}
