//! Every number of points that pieces can add to a score, each with the cheapest pieces that add it.
//!
//! The points are whole numbers of their last place, so that the sums are a row of costs: adding one more
//! field or table is one pass over it for each of its ways. What was added last at each place is kept,
//! and the pieces are found by walking back.

use heng_dsl::value::{Decimal, Rounding};

/// Different sums that are told apart; what lies further out is left out.
const MOST_SUMS: i64 = 1 << 16;
/// The cost of what cannot be reached.
const NEVER: u32 = u32::MAX;

/// What one piece adds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    pub(super) points: Decimal,
    /// Its number among the pieces.
    pub(super) piece: usize,
    /// How much it tells.
    pub(super) cost: usize,
}

/// What a way adds, in the last place, its cost and its piece.
type Step = (i64, u32, usize);

/// The sums of at most one way of each unit.
#[derive(Debug)]
pub(super) struct Sums {
    places: u8,
    /// The sum of the first place.
    low: i64,
    costs: Vec<u32>,
    /// For each unit its steps, and at each place the number of the step taken there, from 1.
    layers: Vec<(Vec<Step>, Vec<u8>)>,
}

impl Sums {
    /// All sums of at most one of the ways of each unit.
    pub(super) fn of(units: &[Vec<Way>]) -> Self {
        let places = units.iter().flatten().map(|it| it.points.places()).max().unwrap_or(0);
        let step = |way: &Way| -> Option<Step> {
            let points = way.points.round(places, Rounding::Down)?.mantissa();
            Some((i64::try_from(points).ok()?, u32::try_from(way.cost).ok()?, way.piece))
        };
        let units: Vec<Vec<Step>> = units
            .iter()
            .map(|it| it.iter().filter_map(step).take(usize::from(u8::MAX)).collect())
            .collect();
        let end = |it: &Vec<Step>, greatest: bool| {
            let points = it.iter().map(|it| it.0).filter(|it| (*it > 0) == greatest);
            if greatest { points.max() } else { points.min() }.unwrap_or(0)
        };
        let reach = |greatest: bool| {
            units.iter().fold(0i64, |all, it| all.saturating_add(end(it, greatest)))
        };
        let low = reach(false).max(-MOST_SUMS / 4);
        let high = reach(true).min(MOST_SUMS * 3 / 4);
        let mut costs = vec![NEVER; usize::try_from(high - low + 1).unwrap_or(1)];
        if let Some(none) = usize::try_from(-low).ok().and_then(|it| costs.get_mut(it)) {
            *none = 0;
        }
        let mut out = Self { places, low, costs, layers: Vec::new() };
        for steps in units {
            out.add(steps);
        }
        out
    }

    fn add(&mut self, steps: Vec<Step>) {
        let before = self.costs.clone();
        let mut taken = vec![0u8; before.len()];
        for (number, (points, cost, _)) in (1u8..).zip(&steps) {
            let by = usize::try_from(points.unsigned_abs()).unwrap_or(usize::MAX);
            let (from, to) = if *points < 0 { (by, 0) } else { (0, by) };
            let from = before.iter().skip(from);
            let to = self.costs.iter_mut().zip(&mut taken).skip(to);
            for (from, (now, taken)) in from.zip(to) {
                let cost = from.saturating_add(*cost);
                if cost < *now {
                    (*now, *taken) = (cost, number);
                }
            }
        }
        self.layers.push((steps, taken));
    }

    /// The points at a place.
    fn points(&self, at: usize) -> Option<Decimal> {
        Decimal::new(i128::from(self.low) + i128::try_from(at).ok()?, self.places)
    }

    /// The places cut into stretches within which something says the same. What says the same at both
    /// ends of a stretch is taken to say it in between, as rows of a grade by its score do.
    pub(super) fn stretches<T: PartialEq>(
        &self,
        ask: &dyn Fn(Decimal) -> T,
    ) -> Vec<(T, std::ops::RangeInclusive<usize>)> {
        let mut out: Vec<(T, std::ops::RangeInclusive<usize>)> = Vec::new();
        let last = self.costs.len().saturating_sub(1);
        let mut start = 0;
        while start <= last {
            let Some(own) = self.points(start).map(ask) else { break };
            // The last place that says the same, by halving steps.
            let same = |at: usize| self.points(at).map(ask).is_some_and(|it| it == own);
            let mut end = start;
            let mut step = last - start;
            while step > 0 {
                if end + step <= last && same(end + step) {
                    end += step;
                } else {
                    step /= 2;
                }
            }
            out.push((own, start..=end));
            start = end + 1;
        }
        out
    }

    /// The cheapest sum of a stretch of places: what it costs, and its place.
    pub(super) fn cheapest(
        &self,
        stretch: std::ops::RangeInclusive<usize>,
    ) -> Option<(u32, usize)> {
        let (from, costs) = (*stretch.start(), self.costs.get(stretch)?);
        let reached = costs.iter().zip(from..).filter(|it| *it.0 != NEVER);
        reached.map(|(cost, at)| (*cost, at)).min()
    }

    /// The pieces of the sum at a place.
    pub(super) fn pieces(&self, mut at: usize) -> Vec<usize> {
        let mut out = Vec::new();
        for (steps, taken) in self.layers.iter().rev() {
            let number = taken.get(at).copied().map_or(0, usize::from);
            let Some((points, _, piece)) = number.checked_sub(1).and_then(|it| steps.get(it))
            else {
                continue;
            };
            out.push(*piece);
            let before = i64::try_from(at).ok().and_then(|it| it.checked_sub(*points));
            at = before.and_then(|it| usize::try_from(it).ok()).unwrap_or(0);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use heng_dsl::value::Decimal;

    use super::{Sums, Way};

    #[test]
    fn the_cheapest_pieces_of_every_sum_are_found() {
        let mut seed = 5u64;
        let mut next = |below: i64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            i64::try_from(seed >> 33).unwrap() % below
        };
        for _ in 0..100 {
            let mut piece = 0;
            let units: Vec<Vec<Way>> = (0..4)
                .map(|_| {
                    (0..=next(3))
                        .map(|_| {
                            piece += 1;
                            let points = Decimal::new(i128::from(next(40) - 12), 1).unwrap();
                            let cost = usize::try_from(1 + next(6)).unwrap();
                            Way { points, piece, cost }
                        })
                        .collect()
                })
                .collect();
            let mut plain: BTreeMap<Decimal, u32> = BTreeMap::from([(Decimal::ZERO, 0)]);
            for ways in &units {
                for (points, cost) in plain.clone() {
                    for way in ways {
                        let cost = cost + u32::try_from(way.cost).unwrap();
                        let place = plain.entry(points.checked_add(way.points).unwrap());
                        let place = place.or_insert(cost);
                        *place = (*place).min(cost);
                    }
                }
            }
            let sums = Sums::of(&units);
            let all: Vec<Way> = units.into_iter().flatten().collect();
            let mut reached = 0;
            for at in 0..sums.costs.len() {
                let Some((cost, _)) = sums.cheapest(at..=at) else { continue };
                let points = sums.points(at).unwrap();
                assert_eq!(plain.get(&points), Some(&cost), "{points:?}");
                let pieces = sums.pieces(at);
                let ways = || all.iter().filter(|it| pieces.contains(&it.piece));
                let sum = ways().fold(Decimal::ZERO, |a, b| a.checked_add(b.points).unwrap());
                assert_eq!(sum, points);
                assert_eq!(ways().map(|it| it.cost).sum::<usize>(), usize::try_from(cost).unwrap());
                reached += 1;
            }
            assert_eq!(reached, plain.len());
        }
    }

    #[test]
    fn stretches_hold_what_says_the_same() {
        let way =
            |points: i128| Way { points: Decimal::new(points, 0).unwrap(), piece: 0, cost: 1 };
        let sums = Sums::of(&[vec![way(100)], vec![way(-10)]]);
        let found = sums.stretches(&|it| it.to_whole().unwrap_or(0).div_euclid(50));
        let ends: Vec<(i64, usize)> = found.into_iter().map(|it| (it.0, *it.1.end())).collect();
        assert_eq!(ends, [(-1, 9), (0, 59), (1, 109), (2, 110)]);
    }
}
