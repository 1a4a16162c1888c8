//! The values of a declaration that adds up leaves which are worked out by themselves: in each cell of what
//! else it asks, the pairs of sums are put together from the pairs of each leaf, not told one by one.

use std::collections::BTreeSet;
use std::rc::Rc;

use heng_dsl::value::{Decimal, Value};

use heng_dsl::model::DeclKind;

use super::Reason;
use super::condition::things_of;
use super::dist::{Dist, part_of, scaled};
use super::eval::{Eval, Res, Stop};
use super::leaf::{Abs, Cell, State, number};
use super::number::{LeafId, Num};
use super::prover::{MOST_ROWS, Pair, Prover};
use super::scores::Scores;
use super::shape::{Shape, Step};
use super::sums::Sums;
use crate::graph::Thing;

/// What both versions are worth in some cells.
enum Both {
    /// Numbers that have a shape, at least one of them not known.
    Shapes([Rc<Shape>; 2]),
    /// Told one by one.
    Values([Vec<Value>; 2]),
}

impl Prover<'_> {
    /// The values of a declaration where its package is about the household; of a classification what the
    /// score gives.
    pub(super) fn worths(&mut self, pair: Pair, unchanged: bool) -> Result<Dist, Reason> {
        let mut waiting = self.states_of(pair);
        let (mut pairs, mut scores) = (BTreeSet::new(), Vec::new());
        let mut done = 0;
        while let Some(state) = waiting.pop() {
            self.spent += 1;
            done += 1;
            if done > self.budget.cells || self.rows > MOST_ROWS {
                return Err(Reason::Cells(self.budget.cells));
            }
            match self.both(pair, unchanged, &state) {
                Err(Stop::GiveUp(reason)) => return Err(reason),
                Err(Stop::Split(leaf, cells)) => {
                    for cell in cells.into_iter().rev() {
                        let mut narrower = state.clone();
                        narrower.insert(leaf, cell);
                        if self.agree(&mut narrower) {
                            waiting.push(narrower);
                        }
                    }
                }
                Ok(Both::Values([old, new])) => {
                    if old.len().saturating_mul(new.len()) > self.budget.values {
                        return Err(Reason::Values(self.budget.values));
                    }
                    if unchanged {
                        pairs.extend(old.into_iter().map(|it| (it.clone(), it)));
                    } else {
                        let with = |old: &Value| {
                            let old = old.clone();
                            new.iter().map(move |new| (old.clone(), new.clone()))
                        };
                        pairs.extend(old.iter().flat_map(with));
                    }
                }
                Ok(Both::Shapes(shapes)) => {
                    let found = self.sums_of(&state, &shapes)?;
                    pairs.extend(found.pairs.iter().cloned());
                    scores.extend(found.scores());
                }
            }
            if pairs.len() > self.budget.values {
                return Err(Reason::Values(self.budget.values));
            }
        }
        Ok(Dist::with(pairs, Scores::joined(scores)))
    }

    fn both(&mut self, pair: Pair, unchanged: bool, state: &State) -> Res<Both> {
        let old = self.side_of(pair, 0, state)?;
        let new = if unchanged { old.clone() } else { self.side_of(pair, 1, state)? };
        let is_open = |it: &Abs| matches!(it, Abs::Number(it) if it.known().is_none());
        if let (Abs::Number(a), Abs::Number(b)) = (&old, &new)
            && (is_open(&old) || is_open(&new))
            && let (Some(a), Some(b)) = (shape_of(a), shape_of(b))
        {
            return Ok(Both::Shapes([a, b]));
        }
        let mut values = [Vec::new(), Vec::new()];
        for (side, worth) in [old, new].into_iter().enumerate() {
            let slot = pair[side];
            let eval = Eval { prover: self, side, state, record: None };
            let linked = eval.prover.sides[side].linked();
            let places = slot.and_then(|it| linked.decl(it).ty.as_number());
            values[side] = eval.values(&worth, places.map_or(0, |it| it.places))?;
        }
        Ok(Both::Values(values))
    }

    fn side_of(&mut self, pair: Pair, side: usize, state: &State) -> Res<Abs> {
        let Some(slot) = pair[side] else { return Ok(Abs::NotApplicable) };
        Eval { prover: self, side, state, record: None }.decl(slot)
    }

    /// Every pair of what two shapes give in some cells.
    fn sums_of(&self, state: &State, shapes: &[Rc<Shape>; 2]) -> Result<Dist, Reason> {
        let leaves: BTreeSet<LeafId> = shapes.iter().flat_map(|it| it.leaves()).collect();
        let mut parts = Vec::with_capacity(leaves.len());
        for leaf in leaves {
            let steps = [0, 1].map(|side| shapes[side].part(leaf));
            parts.push(self.part_values(state, leaf, steps)?);
        }
        let [old, new] = [0, 1].map(|side| shapes[side].rest());
        let places = parts.iter().map(Dist::places).chain([old.0, new.0].map(Decimal::places));
        let places = places.max().unwrap_or(0);
        let mut sums = Sums::start(scaled(old.0, places)?, scaled(new.0, places)?);
        parts.sort_by_key(Dist::differences);
        for part in parts {
            sums = sums.plus(&part_of(&part, places, self.budget.words)?, self.budget.words)?;
        }
        let (numbers, others) = sums.split();
        if !others.is_empty() {
            return Err(Reason::Type);
        }
        let scores = Scores::of(places, numbers).ok_or(Reason::Unbounded)?;
        if old.1.is_empty() && new.1.is_empty() {
            return Ok(Dist::with(BTreeSet::new(), Some(scores)));
        }
        let after = |steps| move |it| Step::all(steps, it);
        let scores = scores.after([&after(old.1), &after(new.1)])?;
        Ok(Dist::with(BTreeSet::new(), Some(scores)))
    }

    /// What a leaf adds in both versions in a cell.
    fn part_values(
        &self,
        state: &State,
        leaf: LeafId,
        steps: [Option<&[Step]>; 2],
    ) -> Result<Dist, Reason> {
        let cell = state.get(&leaf).or_else(|| self.leaf(leaf).cells.first());
        let of = |side: usize, it: Decimal| match steps[side] {
            None => Some(Decimal::ZERO),
            Some(steps) => Step::all(steps, it),
        };
        match cell {
            Some(Cell::Pairs(pairs)) => {
                let of = |side: usize, it: &Value| Some(Value::Number(of(side, number(it)?)?));
                let all = pairs.iter().map(|it| Some((of(0, &it.0)?, of(1, &it.1)?)));
                let all: Option<BTreeSet<(Value, Value)>> = all.collect();
                Ok(Dist::of(all.ok_or(Reason::Unbounded)?))
            }
            Some(Cell::Scores(scores)) => {
                let scores = match steps {
                    [Some([]), Some([])] => scores.as_ref().clone(),
                    _ => scores.after([&|it| of(0, it), &|it| of(1, it)])?,
                };
                Ok(Dist::with(BTreeSet::new(), Some(scores)))
            }
            _ => Err(Reason::Type),
        }
    }
}

impl Eval<'_, '_> {
    /// Does a value add up so much that it is worked out by itself?
    pub(super) fn is_sum(&mut self, slot: usize) -> bool {
        let is_number = self.prover.sides[self.side].linked().decl(slot).ty.as_number().is_some();
        if !is_number || self.prover.classes.joint {
            return false;
        }
        let pair = self.prover.pair_of(self.side, slot);
        if let Some(known) = self.prover.met.sums.get(&pair) {
            return *known;
        }
        let found = (0..2).any(|side| {
            let read = pair[side].map(|it| self.prover.read_by(side, it)).unwrap_or_default();
            let sizes: Vec<usize> = read
                .into_iter()
                .map(|it| self.prover.size(side, it))
                .filter(|it| *it > 1)
                .collect();
            sizes.len() > 1
                && sizes.into_iter().fold(1, usize::saturating_mul)
                    > self.prover.budget.combinations
        });
        self.prover.met.sums.insert(pair, found);
        found
    }
}

impl Prover<'_> {
    /// The numbers worked out by themselves that a value is made of.
    fn read_by(&self, side: usize, slot: usize) -> BTreeSet<usize> {
        let (mut found, mut seen) = (BTreeSet::new(), BTreeSet::new());
        let mut waiting = vec![slot];
        while let Some(slot) = waiting.pop() {
            let side = &self.sides[side];
            let Some(version) = side.version(slot) else { continue };
            for thing in things_of(version) {
                let Thing::Decl(read) = thing else { continue };
                if !seen.insert(read) {
                    continue;
                }
                match side.linked().decl(read).kind {
                    DeclKind::Value | DeclKind::Merge => waiting.push(read),
                    DeclKind::Dimension { .. } | DeclKind::Indicator { .. } | DeclKind::Total => {
                        found.insert(read);
                    }
                    _ => {}
                }
            }
        }
        found
    }

    /// How many pairs of numbers there are of something that is worked out by itself.
    fn size(&mut self, side: usize, slot: usize) -> usize {
        let pair = self.pair_of(side, slot);
        let raw = self.is_assumed(pair);
        self.dist(pair, raw).map_or(0, |it| it.len())
    }
}

/// The shape of a number.
fn shape_of(number: &Num) -> Option<Rc<Shape>> {
    match number.known() {
        Some(it) => Some(Rc::new(Shape::constant(it))),
        None => number.shape.clone(),
    }
}
