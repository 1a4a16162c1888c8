//! Aiming once more where a household was not what its pieces add up to, and from households that are known.

use std::collections::BTreeSet;

use heng_dsl::value::Decimal;

use super::super::given::Facts;
use super::super::menu::{Effect, Unit};
use super::Search;
use super::aim::{Aim, Choice, Start, with_all};

/// How often one aims again.
const ADJUSTMENTS: usize = 5;
/// Known households from which one aims.
const MOST_SEEDS: usize = 6;

impl<'p> Search<'p> {
    /// Aims again at the rows of a choice in which the versions part, by as much further as the last household
    /// fell short: a score that is multiplied, or cut off, does not move by what a piece moved it alone.
    pub(super) fn adjust(
        &mut self,
        (aim, start): (&Aim<'_, 'p>, &Start),
        without: &BTreeSet<Unit>,
        choice: &[Choice],
        effect: &Effect,
    ) {
        let parts = |it: &Choice| it.0.chunks(2).any(|it| it.first() != it.last());
        if !choice.iter().any(parts) {
            return;
        }
        let (mut choice, mut effect) = (choice.to_vec(), effect.clone());
        for _ in 0..ADJUSTMENTS {
            let pads = pieces_of(&choice);
            let Some(short) = aim.short_of(start, &pads, &effect) else { return };
            let mut next = Vec::with_capacity(choice.len());
            for (score, (rows, _)) in choice.iter().enumerate() {
                let sums = aim.padding(score, without);
                let mut all = aim.by_row(&short, score, &sums).into_iter();
                let Some(found) = all.find(|it| it.0 == *rows) else { return };
                next.push(found);
            }
            let again = pieces_of(&next);
            if again == pads || self.is_done() {
                return;
            }
            let Some(seen) = self.see(&with_all(&start.facts, aim.pieces, &again)) else { return };
            (choice, effect) = (next, seen);
        }
    }

    /// Households that are known to get different grades of something that is read, to aim from.
    pub(super) fn starts_of_seeds(&mut self, base: &Facts) -> Vec<Start> {
        let mut out = Vec::new();
        for facts in self.seeds.clone().into_iter().take(MOST_SEEDS) {
            let Some(effect) = self.see(&facts) else { continue };
            let told = facts.fields.iter().filter(|it| base.fields.get(it.0) != Some(it.1));
            let fields = told.map(|it| Unit::Field(*it.0));
            let units = fields.chain(facts.records.iter().map(|it| Unit::Table(it.0))).collect();
            out.push(Start { facts, effect, units, shifted: false });
        }
        out
    }
}

fn pieces_of(choice: &[Choice]) -> Vec<usize> {
    choice.iter().flat_map(|it| it.1.iter().copied()).collect()
}

impl Aim<'_, '_> {
    /// What a household has to start from so that its pieces add up to what it is; nothing where they do.
    fn short_of(&self, start: &Start, pads: &[usize], effect: &Effect) -> Option<Effect> {
        let mut short = start.effect.clone();
        let mut is_short = false;
        for (score, sides) in short.scores.iter_mut().enumerate() {
            let mut sum = Decimal::ZERO;
            for (own, by) in pads.iter().filter_map(|at| self.moved[*at]) {
                if own == score {
                    sum = sum.checked_add(by)?;
                }
            }
            let seen = effect.scores.get(score)?;
            for (side, place) in sides.iter_mut().enumerate() {
                let from = seen[side].and_then(|it| it.checked_sub(sum));
                is_short |= from != *place;
                *place = from;
            }
        }
        is_short.then_some(short)
    }
}
