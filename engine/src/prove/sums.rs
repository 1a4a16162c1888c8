//! Sums of parts: which scores the old version can give, and which the new one gives for the same
//! household.
//!
//! For each difference between the two the reachable old scores are one set of bits, so that adding a
//! part is shifting and joining. Parts that are the same in both versions keep the differences as they
//! are, which is what makes this fast.

use std::collections::{BTreeMap, BTreeSet};

use super::Reason;

/// What a part adds: points in the old and in the new version; nothing where it is an error.
pub(super) type Share = (Option<i64>, Option<i64>);

/// Whole numbers as bits.
#[derive(Debug, Clone, Default)]
struct Bits {
    /// The number of the first bit.
    first: i64,
    words: Vec<u64>,
}

/// The sums that can be reached.
#[derive(Debug, Clone)]
pub(super) struct Sums {
    /// The old sums for each difference, and for which versions the sum is an error.
    sets: BTreeMap<(bool, bool, i64), Bits>,
}

impl Bits {
    fn insert(&mut self, number: i64) {
        if self.words.is_empty() {
            self.first = number;
        }
        if number < self.first {
            let more = (self.first - number).unsigned_abs().div_ceil(64);
            let mut words = vec![0; usize::try_from(more).unwrap_or(0)];
            words.append(&mut self.words);
            self.words = words;
            self.first -= i64::try_from(more).unwrap_or(0) * 64;
        }
        let at = usize::try_from(number - self.first).unwrap_or(0);
        if self.words.len() <= at / 64 {
            self.words.resize(at / 64 + 1, 0);
        }
        self.words[at / 64] |= 1 << (at % 64);
    }

    /// The least and the greatest.
    fn span(&self) -> Option<(i64, i64)> {
        Some((self.numbers().next()?, self.last()?))
    }

    fn numbers(&self) -> impl Iterator<Item = i64> + '_ {
        self.words.iter().zip(0i64..).flat_map(move |(word, at)| {
            (0..64).filter(move |it| word >> it & 1 == 1).map(move |it| self.first + at * 64 + it)
        })
    }

    /// Adds every number of `other` moved by `by`.
    fn join(&mut self, other: &Self, by: i64) {
        let (Some(low), Some(high)) = (other.numbers().next(), other.last()) else { return };
        self.insert(low + by);
        self.insert(high + by);
        let shift = usize::try_from(other.first + by - self.first);
        // The first bits of the other may lie before this one's; they are zero, as its least is not.
        let Ok(shift) = shift else {
            other.numbers().for_each(|it| self.insert(it + by));
            return;
        };
        let (skip, turn) = (shift / 64, shift % 64);
        for (at, word) in other.words.iter().enumerate() {
            let at = at + skip;
            if let Some(it) = self.words.get_mut(at) {
                *it |= word << turn;
            }
            if turn > 0
                && let Some(it) = self.words.get_mut(at + 1)
            {
                *it |= word >> (64 - turn);
            }
        }
    }

    fn last(&self) -> Option<i64> {
        let (at, word) = self.words.iter().enumerate().rev().find(|it| *it.1 != 0)?;
        let bit = 63 - i64::from(word.leading_zeros());
        Some(self.first + i64::try_from(at).ok()? * 64 + bit)
    }

    fn len(&self) -> usize {
        self.words.iter().map(|it| it.count_ones() as usize).sum()
    }
}

impl Sums {
    /// Only this sum.
    pub(super) fn start(old: i64, new: i64) -> Self {
        let mut bits = Bits::default();
        bits.insert(old);
        Self { sets: BTreeMap::from([((false, false, new - old), bits)]) }
    }

    /// The sums after one more part, which adds one of these.
    ///
    /// # Errors
    ///
    /// The work would be more than `most` words of bits.
    pub(super) fn plus(&self, shares: &[Share], most: usize) -> Result<Self, Reason> {
        // Counted before memory is taken: no set of sums is longer than this.
        let numbers = shares.iter().flat_map(|it| [it.0.unwrap_or(0), it.1.unwrap_or(0)]);
        let (least, greatest) =
            numbers.fold((0, 0), |(a, b): (i64, i64), it| (a.min(it), b.max(it)));
        let reach = self.reach() + (i128::from(greatest) - i128::from(least));
        let long = usize::try_from(reach / 64 + 2).unwrap_or(usize::MAX);
        let differences = shares.iter().map(|it| it.1.unwrap_or(0) - it.0.unwrap_or(0));
        let differences: BTreeSet<i64> = differences.collect();
        let many = self.sets.len().saturating_mul(differences.len());
        if long.saturating_mul(many.max(1)) > most {
            return Err(Reason::Sums(most));
        }
        let mut parts: BTreeMap<(bool, bool, i64), Bits> = BTreeMap::new();
        for (old, new) in shares {
            let points = old.unwrap_or(0);
            let difference = new.unwrap_or(0) - points;
            parts.entry((old.is_none(), new.is_none(), difference)).or_default().insert(points);
        }
        let words: usize = self.sets.values().map(|it| it.words.len()).sum();
        let adds: usize = parts.values().map(Bits::len).sum();
        if words.saturating_mul(adds) > most {
            return Err(Reason::Sums(most));
        }
        let mut sets: BTreeMap<(bool, bool, i64), Bits> = BTreeMap::new();
        for ((old, new, difference), bits) in &self.sets {
            for ((part_old, part_new, part_difference), part) in &parts {
                let key = (old | part_old, new | part_new, difference + part_difference);
                let set = sets.entry(key).or_default();
                let (few, many) = if part.len() < bits.len() { (part, bits) } else { (bits, part) };
                few.numbers().for_each(|it| set.join(many, it));
            }
        }
        Ok(Self { sets })
    }

    /// How far the sums of both versions lie apart at most.
    fn reach(&self) -> i128 {
        let ends = self.sets.iter().filter_map(|((_, _, difference), bits)| {
            let (low, high) = bits.span()?;
            Some((low.min(low + difference), high.max(high + difference)))
        });
        let (low, high) = ends.fold((0, 0), |(a, b): (i64, i64), it| (a.min(it.0), b.max(it.1)));
        i128::from(high) - i128::from(low)
    }

    /// Every pair of sums.
    pub(super) fn all(&self) -> impl Iterator<Item = Share> + '_ {
        self.sets.iter().flat_map(|((no_old, no_new, difference), bits)| {
            bits.numbers()
                .map(move |it| ((!no_old).then_some(it), (!no_new).then_some(it + difference)))
        })
    }

    /// How many pairs there are.
    pub(super) fn len(&self) -> usize {
        self.sets.values().map(Bits::len).sum()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Share, Sums};

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
                sums = sums.plus(&parts, usize::MAX).unwrap();
            }
            assert_eq!(
                sums.all().map(|it| it.0).collect::<BTreeSet<_>>(),
                plain.iter().map(|it| it.0).collect()
            );
            let whole = |it: &&Share| it.0.is_some() && it.1.is_some();
            let found: BTreeSet<Share> = sums.all().collect();
            assert_eq!(
                found.iter().filter(whole).collect::<BTreeSet<_>>(),
                plain.iter().filter(whole).collect()
            );
        }
    }
}
