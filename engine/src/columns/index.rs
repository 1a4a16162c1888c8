//! An index that finds the keys of households.
//!
//! A register has millions of records that name their household, in any order. Where a text stands cannot be foretold,
//! so that a loop that looks on until it is found is left at the wrong time again and again: eight slots are looked at at
//! once, and more only where all of them are taken, which is rare.

use rayon::prelude::*;

use super::keys::{PIECE, Texts, hash, same};

/// Slots that are looked at at once.
const SLOTS: usize = 8;

/// So many slots stand together within what the processor reads at once. In each stands below the number of a text and
/// one more, above it as much of its hash as there is room for, which is not 0; 0 where there is no text.
#[derive(Debug, Clone, Copy, Default)]
#[repr(align(32))]
struct Bucket([u32; SLOTS]);

impl Bucket {
    /// The first of some of its slots, of which each has a byte; 0 where it is none.
    fn slot(self, of: u64) -> u32 {
        self.0.get(of.trailing_zeros() as usize / 8).copied().unwrap_or_default()
    }
}

/// Finds texts by what they say.
#[derive(Debug)]
pub(crate) struct TextIndex {
    buckets: Vec<Bucket>,
    /// The bits of a slot that are the number.
    number: u32,
    /// A text stands in the region that its hash names, a power of two of buckets.
    region: usize,
}

/// Texts that are looked for together.
const TOGETHER: usize = 256;

/// Regions of an index, which are filled at the same time.
const REGIONS: usize = 16;

/// A text that may be the one that is wanted.
#[derive(Clone, Copy)]
struct Candidate {
    number: u32,
    bucket: usize,
    /// The slots of the bucket behind it that may have it, too: a byte for each.
    others: u64,
}

impl TextIndex {
    /// An index of all texts. Of equal ones the first is found.
    pub(crate) fn of(texts: &Texts) -> Self {
        let mut size = (texts.len().saturating_mul(2) / SLOTS).next_power_of_two().max(2);
        let mut region = if size > REGIONS * PIECE / SLOTS { size / REGIONS } else { size };
        let bits = usize::BITS - texts.len().leading_zeros();
        // A bit of the hash is left in any case.
        let number = (u32::MAX >> 1).min(u32::MAX >> u32::BITS.saturating_sub(bits).min(31));
        loop {
            let empty = Self { buckets: vec![Bucket::default(); size], number, region };
            if let Some(full) = empty.filled(texts) {
                return full;
            }
            // Texts that have been chosen to be told badly apart could crowd in one region.
            (size, region) = if region < size { (size, size) } else { (size * 2, size * 2) };
        }
    }

    /// With all texts; nothing where a region has more of them than it can hold.
    fn filled(mut self, texts: &Texts) -> Option<Self> {
        let (regions, region) = (self.buckets.len() / self.region, self.region);
        let within = |bucket: usize| u32::try_from(bucket % region).unwrap_or_default();
        let pieces = (0..texts.len()).into_par_iter().step_by(PIECE).map(|first| {
            let mut own = vec![Vec::new(); regions];
            for at in first..texts.len().min(first + PIECE) {
                let hash = hash(texts.bytes(at));
                let home = self.home(hash);
                let number = u32::try_from(at + 1).unwrap_or_default();
                if let Some(own) = own.get_mut(home / self.region) {
                    own.push((within(home), self.mark(hash) | number));
                }
            }
            own
        });
        let pieces: Vec<Vec<Vec<(u32, u32)>>> = pieces.collect();
        let filled = self.buckets.par_chunks_mut(region).enumerate().all(|(at, own)| {
            let of_region = pieces.iter().filter_map(|it| it.get(at)).flatten();
            // One slot stays free, where whoever looks for something else comes to an end.
            let most = region * SLOTS - 1;
            of_region.enumerate().all(|(before, (home, text))| {
                if before == most {
                    return false;
                }
                let mut place = *home as usize;
                loop {
                    let bucket = own.get_mut(place).map(|it| &mut it.0[..]).unwrap_or_default();
                    if let Some(free) = bucket.iter_mut().find(|it| **it == 0) {
                        *free = *text;
                        return true;
                    }
                    place = (place + 1) % region;
                }
            })
        });
        filled.then_some(self)
    }

    /// The bucket that a hash names.
    fn home(&self, hash: u64) -> usize {
        usize::try_from(hash & 0xffff_ffff).unwrap_or_default() & (self.buckets.len() - 1)
    }

    /// The part of a hash that stands in a slot.
    fn mark(&self, hash: u64) -> u32 {
        let mark = u32::try_from(hash >> 32).unwrap_or_default() & !self.number;
        mark.max(self.number.wrapping_add(1))
    }

    /// The bucket behind another one.
    fn behind(&self, bucket: usize) -> usize {
        let within = self.region - 1;
        (bucket & !within) | ((bucket + 1) & within)
    }

    fn bucket(&self, at: usize) -> Bucket {
        self.buckets.get(at).copied().unwrap_or_default()
    }

    /// The slots of a bucket that may have the text with a hash: a byte for each, of which the last bit tells.
    fn alike(&self, bucket: Bucket, hash: u64) -> u64 {
        let (mark, hash_bits) = (self.mark(hash), !self.number);
        u64::from_le_bytes(bucket.0.map(|slot| u8::from((slot ^ mark) & hash_bits == 0)))
    }

    /// The first text of its bucket that could be the one with this hash: its number and one more, or 0.
    fn first(&self, hash: u64) -> u32 {
        let bucket = self.bucket(self.home(hash));
        bucket.slot(self.alike(bucket, hash)) & self.number
    }

    /// The first text from a bucket on that could be the one with this hash.
    fn candidate(&self, hash: u64, mut at: usize) -> Option<Candidate> {
        loop {
            let bucket = self.bucket(at);
            let alike = self.alike(bucket, hash);
            if alike != 0 {
                return self.of_bucket(at, alike);
            }
            // Where a slot is free, no text has had to go on to the next bucket.
            if bucket.0.contains(&0) {
                return None;
            }
            at = self.behind(at);
        }
    }

    /// The first of some slots.
    fn of_bucket(&self, bucket: usize, alike: u64) -> Option<Candidate> {
        let number = (self.bucket(bucket).slot(alike) & self.number).checked_sub(1)?;
        Some(Candidate { number, bucket, others: alike & alike.wrapping_sub(1) })
    }

    /// The next text that could be the one with this hash.
    fn next(&self, hash: u64, last: Candidate) -> Option<Candidate> {
        if last.others != 0 {
            return self.of_bucket(last.bucket, last.others);
        }
        let is_last = self.bucket(last.bucket).0.contains(&0);
        if is_last { None } else { self.candidate(hash, self.behind(last.bucket)) }
    }

    /// The numbers of many texts. They are looked for some at a time, step by step, so that the processor waits
    /// for the memory of all of them at once.
    pub(crate) fn find_all(&self, texts: &Texts, wanted: &Texts) -> Vec<Option<u32>> {
        let mut found = Vec::with_capacity(wanted.len());
        let (mut hashes, mut firsts) = (Vec::new(), Vec::new());
        for first in (0..wanted.len()).step_by(TOGETHER) {
            let some = first..(first + TOGETHER).min(wanted.len());
            hashes.clear();
            hashes.extend(some.clone().map(|it| hash(wanted.bytes(it))));
            let slots = hashes.iter().map(|it| self.bucket(self.home(*it)).0[0]);
            std::hint::black_box(slots.fold(0, |all, it| all ^ it));
            firsts.clear();
            firsts.extend(hashes.iter().map(|it| self.first(*it)));
            let near = firsts.iter().map(|it| {
                let text = texts.bytes(it.saturating_sub(1) as usize);
                text.first().copied().unwrap_or_default() ^ text.last().copied().unwrap_or_default()
            });
            std::hint::black_box(near.fold(0, |all, it| all ^ it));
            for ((at, hash), first) in some.zip(&hashes).zip(&firsts) {
                let text = wanted.bytes(at);
                let first = first.checked_sub(1).filter(|it| same(texts.bytes(*it as usize), text));
                found.push(first.or_else(|| self.find(texts, *hash, text)));
            }
        }
        found
    }

    /// The number of a text with this hash, wherever it stands.
    #[cold]
    fn find(&self, texts: &Texts, hash: u64, text: &[u8]) -> Option<u32> {
        let mut candidate = self.candidate(hash, self.home(hash));
        while let Some(it) = candidate
            && !same(texts.bytes(it.number as usize), text)
        {
            candidate = self.next(hash, it);
        }
        candidate.map(|it| it.number)
    }
}

#[cfg(test)]
mod tests {
    use super::TextIndex;
    use crate::columns::keys::tests::texts;

    #[test]
    fn what_is_there_is_found_and_nothing_else() {
        for count in [0, 1, 7, 5_000, 150_000] {
            let form = |it: usize| format!("92340100MA2{it:07}");
            let all = texts((0..count).map(form));
            let index = TextIndex::of(&all);
            let wanted = texts((0..2 * count + 9).map(form).chain([String::new()]));
            let found = index.find_all(&all, &wanted);
            assert_eq!(found.len(), wanted.len());
            for (at, it) in found.iter().enumerate() {
                assert_eq!(it.map(|it| it as usize), (at < count).then_some(at), "{count}");
            }
        }
    }

    #[test]
    fn of_equal_texts_the_first_is_found() {
        let all = texts((0..200_000).map(|it| format!("{}", it % 150_000)));
        let wanted = texts((0..150_000).map(|it| format!("{it}")));
        let found = TextIndex::of(&all).find_all(&all, &wanted);
        assert!((0..).zip(found).all(|it| Some(it.0) == it.1));
    }
}
