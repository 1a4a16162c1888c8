//! Aiming by linear programme: where a change moves most of a score, nearly every piece moves it by something else
//! in each version, and the cheapest pieces that bring both scores to their places are asked of a solver.

use std::collections::BTreeMap;

use heng_dsl::value::{Decimal, Rounding};

use super::super::Outcome;
use super::super::given::Facts;
use super::super::linear::{Answer, Cut, Linear, Part, Span, Target, Whole};
use super::super::menu::{Effect, Unit};
use super::Search;
use super::aim::{Aim, with_all};

/// How often one asks again, further by as much as the last household fell short.
const AGAIN: usize = 4;

/// The pieces as choices: of each field or table one, or none.
struct Menu {
    places: u8,
    /// For each choice its pieces by number; none comes first.
    pieces: Vec<Vec<Option<usize>>>,
    costs: Vec<Vec<usize>>,
    score: Whole,
}

impl Search<'_> {
    /// Asks for a household for each change that is still looked for, where the grade goes by one score.
    pub(super) fn by_linear(&mut self, aim: &Aim<'_, '_>, base: &Facts) {
        let ([grader], [start]) = (aim.graders.as_slice(), aim.plain.scores.as_slice()) else {
            return;
        };
        let ([Some(old), Some(new)], Some(menu)) = (*start, Menu::of(aim)) else { return };
        let spans = [0, 1].map(|side| {
            let from = [old, new][side];
            menu.rows(side, &|points| grader.row(side, from.checked_add(points)?))
        });
        let missing: Vec<(Outcome, Outcome)> =
            self.wanted.iter().filter(|it| !self.found.contains_key(it)).copied().collect();
        for (from, to) in missing {
            let (Outcome::Grade(from), Outcome::Grade(to)) = (from, to) else { continue };
            let own = |side: usize, grade: u16| spans[side].get(&usize::from(grade)).copied();
            let Some(target) = own(0, from).zip(own(1, to)) else { continue };
            self.ask(aim, base, &menu, target.into());
            if self.is_done() {
                return;
            }
        }
    }

    fn ask(&mut self, aim: &Aim<'_, '_>, base: &Facts, menu: &Menu, target: Target) {
        let mut asked = target;
        for _ in 0..AGAIN {
            let answer = Linear::answer(&menu.score, asked, &menu.costs);
            let Answer::Yes(chosen) = answer else { return };
            let pads: Vec<usize> = chosen
                .iter()
                .zip(&menu.pieces)
                .filter_map(|(number, all)| all.get(*number).copied().flatten())
                .collect();
            let Some(seen) = self.see(&with_all(base, aim.pieces, &pads)) else { return };
            let Some(short) = menu.short(aim.plain, &chosen, &seen) else { return };
            let next = [0, 1].map(|side: usize| {
                let (low, high) = target[side];
                (low.saturating_add(short[side]), high.saturating_add(short[side]))
            });
            if next == asked || self.is_done() {
                return;
            }
            asked = next;
        }
    }
}

impl Menu {
    fn of(aim: &Aim<'_, '_>) -> Option<Self> {
        let [[Some(old), Some(new)]] = aim.plain.scores.as_slice() else { return None };
        let moved = |effect: &Effect| -> Option<[Decimal; 2]> {
            let [[Some(a), Some(b)]] = effect.scores.as_slice() else { return None };
            Some([a.checked_sub(*old)?, b.checked_sub(*new)?])
        };
        let mut by_unit: BTreeMap<Unit, BTreeMap<[Decimal; 2], usize>> = BTreeMap::new();
        for (number, piece) in aim.pieces.iter().enumerate() {
            if let Some(by) = moved(&piece.effect).filter(|it| it.iter().any(|it| !it.is_zero())) {
                // The smallest piece of each kind comes first.
                by_unit.entry(piece.unit).or_default().entry(by).or_insert(number);
            }
        }
        let all = by_unit.values().flat_map(|it| it.keys()).flatten();
        let places = all.map(|it| it.places()).max().unwrap_or(0);
        let whole = |it: &Decimal| {
            it.round(places, Rounding::Down).and_then(|it| i64::try_from(it.mantissa()).ok())
        };
        let (mut pieces, mut costs, mut parts) = (Vec::new(), Vec::new(), Vec::new());
        for ways in by_unit.into_values() {
            let mut choice = vec![(0, 0)];
            for by in ways.keys() {
                choice.push((whole(&by[0])?, whole(&by[1])?));
            }
            parts.push(Part::Choice(choice));
            let own: Vec<usize> = ways.into_values().collect();
            let size = |it: &usize| aim.pieces.get(*it).map_or(0, |it| it.facts.size());
            costs.push(std::iter::once(0).chain(own.iter().map(size)).collect());
            pieces.push(std::iter::once(None).chain(own.into_iter().map(Some)).collect());
        }
        let score = Whole { base: [0, 0], parts, cuts: [Cut::NONE; 2] };
        Some(Self { places, pieces, costs, score })
    }

    /// The points that lead to each row of a grade in a version.
    fn rows(&self, side: usize, row: &dyn Fn(Decimal) -> Option<usize>) -> BTreeMap<usize, Span> {
        let (low, high) = self.score.sums(side);
        let at = |it: i64| Decimal::new(i128::from(it), self.places).and_then(row);
        let mut out = BTreeMap::new();
        let mut start = low;
        while start <= high {
            let own = at(start);
            // The last number that says the same, by halving steps.
            let (mut end, mut step) = (start, high - start);
            while step > 0 {
                if end + step <= high && at(end + step) == own {
                    end += step;
                } else {
                    step /= 2;
                }
            }
            if let Some(it) = own {
                out.insert(it, (start, end));
            }
            start = end + 1;
        }
        out
    }

    /// By how much a household falls short of what its pieces add up to, in each version.
    fn short(&self, plain: &Effect, chosen: &[usize], seen: &Effect) -> Option<[i64; 2]> {
        let ([from], [to]) = (plain.scores.as_slice(), seen.scores.as_slice()) else { return None };
        let mut out = [0; 2];
        for (side, place) in out.iter_mut().enumerate() {
            let by = to[side]?.checked_sub(from[side]?)?.round(self.places, Rounding::Down)?;
            let by = i64::try_from(by.mantissa()).ok()?;
            *place = self.score.worth(side, &mut chosen.iter().copied())?.checked_sub(by)?;
        }
        Some(out)
    }
}
