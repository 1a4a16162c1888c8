//! Sums of parts: which scores the old version can give, and which the new one gives for the same
//! household.
//!
//! For each difference between the two the reachable old scores are one set of bits, so that adding a
//! part is shifting and joining. Parts that are the same in both versions keep the differences as they
//! are, which is what makes this fast.

use std::collections::{BTreeMap, BTreeSet};

use super::Reason;
use super::bits::{Bits, Run};

/// Words of bits that are kept at a time.
pub(super) const MOST_KEPT: usize = 8_000_000;

/// What a part adds: points in the old and in the new version; nothing where it is an error.
pub(super) type Share = (Option<i64>, Option<i64>);

/// What is added, or what a sum is: for which versions it is an error, and the difference between them.
type Kind = (bool, bool, i64);

/// The old numbers of each kind.
pub(super) type Part = BTreeMap<Kind, Bits>;

/// Puts one share to the others of its kind.
pub(super) fn put(part: &mut Part, (old, new): Share) {
    let points = old.unwrap_or(0);
    let difference = new.unwrap_or(0) - points;
    part.entry((old.is_none(), new.is_none(), difference)).or_default().insert(points);
}

/// The sums that can be reached.
#[derive(Debug, Clone)]
pub(super) struct Sums {
    sets: Part,
}

impl Sums {
    /// Only this sum.
    pub(super) fn start(old: i64, new: i64) -> Self {
        let mut sets = Part::new();
        put(&mut sets, (Some(old), Some(new)));
        Self { sets }
    }

    /// The sums after one more part, which adds one of these.
    ///
    /// # Errors
    ///
    /// The work would be more than `most` words of bits.
    pub(super) fn plus(&self, part: &Part, most: usize) -> Result<Self, Reason> {
        // Counted before memory is taken: no set of sums is longer than this.
        let reach = reach(&self.sets) + reach(part);
        let long = usize::try_from(reach / 64 + 3).unwrap_or(usize::MAX);
        let mut kinds = BTreeSet::new();
        for (old, new, difference) in self.sets.keys() {
            for (part_old, part_new, more) in part.keys() {
                kinds.insert((old | part_old, new | part_new, difference + more));
            }
            if kinds.len().saturating_mul(long) > MOST_KEPT.min(most) {
                return Err(Reason::Sums(most));
            }
        }
        let runs = |of: &Part| of.values().map(Bits::runs).collect::<Vec<_>>();
        let (own, added) = (runs(&self.sets), runs(part));
        let mut left = most;
        for a in &own {
            for b in &added {
                let work = cost(a).min(cost(b)).saturating_mul(long);
                left = left.checked_sub(work).ok_or(Reason::Sums(most))?;
            }
        }
        let mut sets = Part::new();
        for (((old, new, difference), bits), own) in self.sets.iter().zip(&own) {
            for (((part_old, part_new, more), part), added) in part.iter().zip(&added) {
                let kind = (old | part_old, new | part_new, difference + more);
                let set = sets.entry(kind).or_default();
                if cost(added) < cost(own) {
                    set.join_sums(added, bits);
                } else {
                    set.join_sums(own, part);
                }
            }
        }
        Ok(Self { sets })
    }

    /// The sums that are numbers in both versions, by their difference, and the others.
    pub(super) fn split(self) -> (BTreeMap<i64, Bits>, Vec<Share>) {
        let (mut numbers, mut others) = (BTreeMap::new(), Vec::new());
        for ((no_old, no_new, difference), bits) in self.sets {
            if no_old || no_new {
                let share =
                    |it: i64| ((!no_old).then_some(it), (!no_new).then_some(it + difference));
                others.extend(bits.numbers().map(share));
            } else {
                numbers.insert(difference, bits);
            }
        }
        (numbers, others)
    }
}

/// How many joins it takes to add each of these runs.
fn cost(runs: &[Run]) -> usize {
    let doublings = |it: &Run| 2 + it.1.unsigned_abs().ilog2() as usize;
    runs.iter().map(doublings).sum()
}

/// How far the numbers of both versions lie apart at most.
fn reach(part: &Part) -> i128 {
    let ends = part.iter().filter_map(|((_, _, difference), bits)| {
        let (low, high) = bits.span()?;
        Some((low.min(low + difference), high.max(high + difference)))
    });
    let (low, high) = ends.fold((0, 0), |(a, b): (i64, i64), it| (a.min(it.0), b.max(it.1)));
    i128::from(high) - i128::from(low)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Part, Share, Sums, put};

    #[test]
    fn sums_are_those_of_every_choice() {
        let mut seed = 7u64;
        let mut next = |below: i64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            i64::try_from(seed >> 33).unwrap() % below
        };
        for _ in 0..200 {
            let mut plain: BTreeSet<Share> = BTreeSet::from([(Some(3), Some(-2))]);
            let mut sums = Sums::start(3, -2);
            for _ in 0..4 {
                let parts: Vec<Share> = (0..=next(4))
                    .map(|_| (Some(next(300) - 150), (next(9) > 0).then(|| next(300) - 150)))
                    .collect();
                plain = plain
                    .iter()
                    .flat_map(|a| parts.iter().map(move |b| (a.0.zip(b.0), a.1.zip(b.1))))
                    .map(|(a, b)| (a.map(|it| it.0 + it.1), b.map(|it| it.0 + it.1)))
                    .collect();
                let mut part = Part::new();
                parts.iter().for_each(|it| put(&mut part, *it));
                sums = sums.plus(&part, usize::MAX).unwrap();
            }
            let (numbers, others) = sums.split();
            let whole = |it: &Share| it.0.is_some() && it.1.is_some();
            let found: BTreeSet<Share> = numbers
                .iter()
                .flat_map(|(by, bits)| bits.numbers().map(move |it| (Some(it), Some(it + by))))
                .collect();
            assert_eq!(found, plain.iter().copied().filter(whole).collect());
            let olds: BTreeSet<Option<i64>> = others.iter().map(|it| it.0).collect();
            let lacking = plain.iter().filter(|it| !whole(it));
            assert_eq!(olds, lacking.map(|it| it.0).collect());
        }
    }
}
