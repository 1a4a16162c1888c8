//! Sets of whole numbers as bits.

/// Whole numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Bits {
    /// The number of the first bit.
    first: i64,
    words: Vec<u64>,
}

/// Numbers that follow each other: the first, and how many.
pub(super) type Run = (i64, i64);

impl Bits {
    /// These numbers, in any order.
    pub(super) fn of(numbers: Vec<i64>) -> Self {
        let mut out = Self::default();
        // The ends first: then there is room for all others.
        ends(&numbers).into_iter().for_each(|it| out.insert(it));
        numbers.into_iter().for_each(|it| out.insert(it));
        out
    }

    pub(super) fn insert(&mut self, number: i64) {
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
    pub(super) fn span(&self) -> Option<(i64, i64)> {
        Some((self.numbers().next()?, self.last()?))
    }

    pub(super) fn numbers(&self) -> impl Iterator<Item = i64> + '_ {
        self.words.iter().zip(0i64..).filter(|it| *it.0 != 0).flat_map(move |(word, at)| {
            (0..64).filter(move |it| word >> it & 1 == 1).map(move |it| self.first + at * 64 + it)
        })
    }

    /// Its numbers as runs, from below.
    pub(super) fn runs(&self) -> Vec<Run> {
        let mut out: Vec<Run> = Vec::new();
        for it in self.numbers() {
            match out.last_mut() {
                Some((first, many)) if *first + *many == it => *many += 1,
                _ => out.push((it, 1)),
            }
        }
        out
    }

    /// Those between two bounds, which belong to them.
    pub(super) fn within(&self, low: i64, high: i64) -> Self {
        // The bits of a word from a number on.
        let from = |number: i64| match u32::try_from(number) {
            Err(_) => !0u64,
            Ok(it) => (!0u64).checked_shl(it).unwrap_or(0),
        };
        let mut out = self.clone();
        let mut start = self.first;
        for word in &mut out.words {
            *word &= from(low.saturating_sub(start).min(64));
            *word &= !from(high.saturating_add(1).saturating_sub(start).min(64));
            start += 64;
        }
        out
    }

    /// Adds every number of `other` moved by `by`.
    pub(super) fn join(&mut self, other: &Self, by: i64) {
        let Some((low, high)) = other.span() else { return };
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

    /// Adds every sum of a number of these runs and a number of `many`. A run is joined by doubling.
    pub(super) fn join_sums(&mut self, runs: &[Run], many: &Self) {
        for (first, length) in runs {
            let mut spread = many.clone();
            let mut done = 1;
            while done < *length {
                let step = done.min(*length - done);
                let own = spread.clone();
                spread.join(&own, step);
                done += step;
            }
            self.join(&spread, *first);
        }
    }

    fn last(&self) -> Option<i64> {
        let (at, word) = self.words.iter().enumerate().rev().find(|it| *it.1 != 0)?;
        let bit = 63 - i64::from(word.leading_zeros());
        Some(self.first + i64::try_from(at).ok()? * 64 + bit)
    }

    pub(super) fn len(&self) -> usize {
        self.words.iter().map(|it| it.count_ones() as usize).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.iter().all(|it| *it == 0)
    }
}

fn ends(numbers: &[i64]) -> Vec<i64> {
    [numbers.iter().min(), numbers.iter().max()].into_iter().flatten().copied().collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Bits;

    #[test]
    fn bits_are_a_set_of_numbers() {
        let mut seed = 3u64;
        let mut next = |below: i64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            i64::try_from(seed >> 33).unwrap() % below
        };
        for _ in 0..300 {
            let plain: BTreeSet<i64> = (0..=next(90)).map(|_| next(400) - 200).collect();
            let mut bits = Bits::default();
            plain.iter().rev().for_each(|it| bits.insert(*it));
            assert_eq!(bits.numbers().collect::<BTreeSet<_>>(), plain);
            let (low, high) = (next(500) - 250, next(500) - 250);
            let inside: Vec<i64> = bits.within(low, high).numbers().collect();
            let kept = plain.iter().copied().filter(|it| low <= *it && *it <= high);
            assert_eq!(inside, kept.collect::<Vec<_>>(), "{low} {high}");
            let runs = bits.runs();
            let again: Vec<i64> = runs.iter().flat_map(|it| it.0..it.0 + it.1).collect();
            assert_eq!(again, plain.iter().copied().collect::<Vec<_>>());
            let other: BTreeSet<i64> = (0..=next(20)).map(|_| next(100)).collect();
            let mut few = Bits::default();
            other.iter().for_each(|it| few.insert(*it));
            let mut sums = Bits::default();
            sums.join_sums(&few.runs(), &bits);
            let all: BTreeSet<i64> =
                plain.iter().flat_map(|a| other.iter().map(move |b| a + b)).collect();
            assert_eq!(sums.numbers().collect::<BTreeSet<_>>(), all);
        }
    }
}
