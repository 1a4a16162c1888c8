//! Stretches of households that stand near to the processor, by the ranks of their keys.

use rayon::prelude::*;

use super::ranks::Ranks;

/// So many texts, or households with their records, are put in order together, and stay near to the processor.
pub(crate) const STRETCH: usize = 1 << 13;

/// So many texts of a stretch tell where it begins.
const OF_A_STRETCH: usize = 8;

/// So many upper bits of a rank are told apart.
const UPPER: u32 = 12;

/// Stretches of ranks one after the other.
#[derive(Debug)]
pub(crate) struct Stretches {
    /// The rank with which each begins; what comes before the first one belongs to it.
    firsts: Vec<u64>,
    /// How many begin with a rank whose upper bits are less, by the upper bits.
    before: Vec<u32>,
    /// How many bits stand below the upper ones.
    lower: u32,
}

impl Stretches {
    /// Stretches to which texts belong that have these ranks, so that each has about as many.
    pub(crate) fn of(parts: &[Vec<u64>]) -> Self {
        let all: usize = parts.iter().map(Vec::len).sum();
        let some = parts.iter().flat_map(|part| part.iter().step_by(STRETCH / OF_A_STRETCH));
        let mut some: Vec<u64> = some.copied().filter(|_| all > STRETCH).collect();
        some.sort_unstable();
        let firsts = some.into_iter().step_by(OF_A_STRETCH).skip(1);
        Self::beginning_with(std::iter::once(0).chain(firsts).collect())
    }

    /// Stretches that begin with these ranks, which are in order.
    fn beginning_with(firsts: Vec<u64>) -> Self {
        let last = firsts.last().copied().unwrap_or_default();
        let lower = (u64::BITS - last.leading_zeros()).saturating_sub(UPPER);
        let starts = 0..=(last >> lower) + 1;
        let before = starts.map(|it| firsts.partition_point(|first| (first >> lower) < it));
        let before = before.map(|it| u32::try_from(it).unwrap_or(u32::MAX)).collect();
        Self { firsts, before, lower }
    }

    pub(crate) fn count(&self) -> usize {
        self.firsts.len()
    }

    /// The number of the stretch to which a rank belongs.
    #[inline]
    pub(crate) fn stretch(&self, rank: u64) -> usize {
        let upper = usize::try_from(rank >> self.lower).unwrap_or(usize::MAX);
        let before = |it: usize| self.before.get(it).map_or(self.firsts.len(), |it| *it as usize);
        let (least, most) = (before(upper), before(upper.saturating_add(1)));
        let some = self.firsts.get(least..most).unwrap_or_default();
        (least + some.partition_point(|it| *it <= rank)).saturating_sub(1)
    }
}

/// Places for the households of a stretch: so many more that most stand where they are looked for first.
const SLOTS: usize = STRETCH * 4;

/// A place without a household.
const FREE: u16 = u16::MAX;

/// Finds the stretch of households that a key belongs to, and among its households the one that has it. What is looked up
/// for the records of one stretch is little, and stays near to the processor.
#[derive(Debug)]
pub(crate) struct RankIndex {
    ranks: Ranks,
    /// The ranks of all keys, in order.
    keys: Vec<u64>,
    stretches: Stretches,
    /// For each stretch the places of its households, which their ranks name.
    slots: Vec<u16>,
}

impl RankIndex {
    /// An index of keys that have these ranks, in order, none of them twice; nothing where ranks are not exact.
    pub(crate) fn of(ranks: Ranks, keys: Vec<u64>) -> Option<Self> {
        if !ranks.is_exact() {
            return None;
        }
        // What is none of the keys belongs to a stretch, too, even if there are none.
        let firsts = keys.iter().step_by(STRETCH).skip(1).copied();
        let stretches = Stretches::beginning_with(std::iter::once(0).chain(firsts).collect());
        let mut slots = vec![FREE; stretches.count() * SLOTS];
        slots.par_chunks_mut(SLOTS).zip(keys.par_chunks(STRETCH)).for_each(|(slots, keys)| {
            for (number, key) in (0..FREE).zip(keys) {
                let mut at = home(*key);
                while slots.get(at).is_some_and(|it| *it != FREE) {
                    at = (at + 1) % SLOTS;
                }
                if let Some(own) = slots.get_mut(at) {
                    *own = number;
                }
            }
        });
        Some(Self { ranks, keys, stretches, slots })
    }

    /// The ranks that keys have.
    pub(crate) fn ranks(&self) -> &Ranks {
        &self.ranks
    }

    /// The stretches to which households with a rank belong, or would belong.
    pub(crate) fn stretches(&self) -> &Stretches {
        &self.stretches
    }

    /// The households of a stretch.
    pub(crate) fn within(&self, stretch: usize) -> Within<'_> {
        let first = stretch.saturating_mul(STRETCH);
        let last = first.saturating_add(STRETCH).min(self.keys.len());
        let slots = stretch.saturating_mul(SLOTS);
        let slots = self.slots.get(slots..slots.saturating_add(SLOTS));
        Within {
            keys: self.keys.get(first..last).unwrap_or_default(),
            slots: slots.and_then(|it| it.first_chunk()),
        }
    }

    /// The number of the household whose key has that rank.
    pub(crate) fn find(&self, rank: u64) -> Option<usize> {
        let stretch = self.stretches.stretch(rank);
        let found = self.within(stretch).find(rank)?;
        Some(stretch * STRETCH + usize::from(found))
    }
}

/// The households of a stretch, by the ranks of their keys.
#[derive(Clone, Copy)]
pub(crate) struct Within<'i> {
    keys: &'i [u64],
    slots: Option<&'i [u16; SLOTS]>,
}

impl Within<'_> {
    /// The number in its stretch of the household whose key has that rank.
    #[inline]
    pub(crate) fn find(&self, rank: u64) -> Option<u16> {
        let slots = self.slots?;
        let mut at = home(rank);
        loop {
            // Fewer households than places: one that is free is met at last.
            let own = self.keys.get(usize::from(slots[at]));
            match own {
                Some(own) if *own == rank => return Some(slots[at]),
                Some(_) => at = (at + 1) % SLOTS,
                None => return None,
            }
        }
    }
}

/// The place that a rank names.
fn home(rank: u64) -> usize {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mixed = (rank ^ (rank >> 32)).wrapping_mul(FACTOR);
    usize::try_from(mixed >> 32).unwrap_or_default() % SLOTS
}

#[cfg(test)]
mod tests {
    use super::{RankIndex, STRETCH, Stretches};
    use crate::columns::keys::tests::texts;
    use crate::columns::{Ranks, Texts};

    fn index(texts: &Texts) -> Option<RankIndex> {
        let (ranks, told) = Ranks::told(&[texts]);
        RankIndex::of(ranks, told.concat())
    }

    #[test]
    fn stretches_of_ranks_have_about_as_many_texts() {
        // Most of them at one end, and a third of them the same.
        let form = |it: u64| {
            format!("{:09}", if it.is_multiple_of(3) { 5 } else { it * it * it / 1_000_000 })
        };
        let parts = [texts((0..60_000).map(form)), texts((0..30_000).map(form))];
        let parts = [&parts[0], &parts[1]];
        let told = Ranks::told(&parts).1;
        let stretches = Stretches::of(&told);
        let mut counts = vec![0; stretches.count()];
        let mut all: Vec<u64> = told.concat();
        all.sort_unstable();
        assert!(all.is_sorted_by_key(|it| stretches.stretch(*it)));
        all.iter().for_each(|it| counts[stretches.stretch(*it)] += 1);
        assert!(counts.len() >= 8);
        // Texts that are the same cannot be told apart.
        assert!(counts.iter().filter(|it| **it > 2 * STRETCH).count() == 1, "{counts:?}");
    }

    #[test]
    fn households_are_found_by_rank_and_nothing_else_is() {
        let form = |it: usize| format!("9234{:04}MA2{:07}", it * it % 7, it * 13);
        assert_eq!(index(&Texts::default()).unwrap().stretches().count(), 1);
        for count in [0, 1, STRETCH, 3 * STRETCH + 5] {
            let mut all: Vec<String> = (0..count).map(form).collect();
            all.sort();
            let own = texts(all.iter().cloned());
            let index = index(&own).unwrap();
            for (at, it) in all.iter().enumerate() {
                let rank = index.ranks().exact(it.as_bytes());
                assert_eq!(index.find(rank), Some(at));
                assert_eq!(index.stretches().stretch(rank), at / STRETCH);
            }
            for other in (0..40_000).map(|it| format!("9234{:04}MA2{it:07}", it % 7)) {
                let rank = index.ranks().exact(other.as_bytes());
                let expected = all.binary_search(&other).ok();
                assert_eq!(index.find(rank), expected, "{other}");
            }
        }
    }
}
