//! The keys of households, side by side, and an index that finds them.

use rayon::prelude::*;

/// Texts, one after the other in one buffer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Texts {
    bytes: Vec<u8>,
    /// Where each ends.
    ends: Vec<u64>,
}

impl Texts {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn push(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
        self.ends.push(u64::try_from(self.bytes.len()).unwrap_or(u64::MAX));
    }

    /// Adds all texts of another one.
    pub(crate) fn append(&mut self, other: &Self) {
        let start = u64::try_from(self.bytes.len()).unwrap_or(u64::MAX);
        self.bytes.extend_from_slice(&other.bytes);
        self.ends.extend(other.ends.iter().map(|it| start + it));
    }

    pub(crate) fn bytes(&self, at: usize) -> &[u8] {
        let place = |it: u64| usize::try_from(it).unwrap_or(usize::MAX);
        let start = at.checked_sub(1).and_then(|it| self.ends.get(it)).copied().unwrap_or_default();
        let end = self.ends.get(at).copied().unwrap_or(start);
        self.bytes.get(place(start)..place(end)).unwrap_or_default()
    }

    pub(crate) fn get(&self, at: usize) -> &str {
        std::str::from_utf8(self.bytes(at)).unwrap_or_default()
    }

    /// The numbers of some of the texts in the order of these, equal ones in the order of their numbers.
    pub(crate) fn sorted(&self, mut of: Vec<u32>) -> Vec<u32> {
        let first = of.first().map_or(&[][..], |it| self.bytes(*it as usize));
        let common = |it: &u32| {
            first.iter().zip(self.bytes(*it as usize)).take_while(|(a, b)| a == b).count()
        };
        // What all begin with says nothing; the 16 bytes behind it decide nearly always.
        let skip = of.par_iter().map(common).min().unwrap_or_default();
        let head = |it: u32| {
            let mut head = [0; 16];
            let rest = self.bytes(it as usize).get(skip..).unwrap_or_default();
            head.iter_mut().zip(rest).for_each(|(own, it)| *own = *it);
            (u128::from_be_bytes(head), it)
        };
        let mut heads: Vec<(u128, u32)> = of.par_iter().map(|it| head(*it)).collect();
        heads.par_sort_unstable_by(|a, b| {
            let rest = || self.bytes(a.1 as usize).cmp(self.bytes(b.1 as usize));
            a.0.cmp(&b.0).then_with(rest).then(a.1.cmp(&b.1))
        });
        of.clear();
        of.extend(heads.into_iter().map(|it| it.1));
        of
    }
}

/// Finds texts by what they say.
#[derive(Debug, Default)]
pub(crate) struct TextIndex {
    /// Open addressing: the upper half of the hash, and the number of the text; all ones where there is none.
    slots: Vec<u64>,
}

/// No text stands here.
const FREE: u64 = u64::MAX;

impl TextIndex {
    /// An index of all texts. Of equal ones the first is found.
    pub(crate) fn of(texts: &Texts) -> Self {
        let size = (texts.len().saturating_mul(2)).next_power_of_two().max(2);
        let mut index = Self { slots: vec![FREE; size] };
        for at in 0..texts.len() {
            let hash = hash(texts.bytes(at));
            if let Err(place) = index.place(texts, hash, texts.bytes(at)) {
                let tag = hash & 0xffff_ffff_0000_0000;
                let own = tag | u64::from(u32::try_from(at).unwrap_or(u32::MAX));
                if let Some(slot) = index.slots.get_mut(place) {
                    *slot = own;
                }
            }
        }
        index
    }

    /// Where a text stands, or the free place where it would.
    fn place(&self, texts: &Texts, hash: u64, text: &[u8]) -> Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mut place = usize::try_from(hash & 0xffff_ffff).unwrap_or_default() & mask;
        loop {
            match self.slots.get(place).copied().unwrap_or(FREE) {
                FREE => return Err(place),
                slot if (slot ^ hash) >> 32 == 0 => {
                    let at = u32::try_from(slot & 0xffff_ffff).unwrap_or(u32::MAX);
                    if texts.bytes(at as usize) == text {
                        return Ok(at);
                    }
                }
                _ => {}
            }
            place = (place + 1) & mask;
        }
    }

    /// The numbers of many texts, side by side: so the processor waits for several at once.
    pub(crate) fn find_all(&self, texts: &Texts, wanted: &Texts) -> Vec<Option<u32>> {
        let hashes: Vec<u64> = (0..wanted.len()).map(|it| hash(wanted.bytes(it))).collect();
        let mask = self.slots.len().saturating_sub(1);
        let first = hashes.iter().map(|hash| {
            let place = usize::try_from(hash & 0xffff_ffff).unwrap_or_default() & mask;
            self.slots.get(place).copied().unwrap_or(FREE)
        });
        let first: Vec<u64> = first.collect();
        let found = hashes.iter().zip(&first).enumerate().map(|(at, (hash, slot))| {
            let own = u32::try_from(slot & 0xffff_ffff).unwrap_or(u32::MAX);
            let text = wanted.bytes(at);
            if *slot != FREE && (slot ^ hash) >> 32 == 0 && texts.bytes(own as usize) == text {
                return Some(own);
            }
            if self.slots.is_empty() { None } else { self.place(texts, *hash, text).ok() }
        });
        found.collect()
    }
}

/// Multiply and fold, eight bytes at a time. Nothing depends on it but speed.
fn hash(bytes: &[u8]) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let fold = |hash: u64, word: u64| {
        let product = u128::from(hash ^ word) * u128::from(FACTOR);
        let [low, high] = [product & u128::from(u64::MAX), product >> 64];
        u64::try_from(low ^ high).unwrap_or_default()
    };
    let mut words = bytes.chunks_exact(8);
    let mut hash = u64::try_from(bytes.len()).unwrap_or_default() ^ FACTOR;
    for word in words.by_ref() {
        hash = fold(hash, <[u8; 8]>::try_from(word).map_or(0, u64::from_le_bytes));
    }
    let mut rest = [0; 8];
    rest.iter_mut().zip(words.remainder()).for_each(|(own, it)| *own = *it);
    fold(fold(hash, u64::from_le_bytes(rest)), FACTOR)
}

#[cfg(test)]
mod tests {
    use super::{TextIndex, Texts};

    fn texts(all: impl Iterator<Item = String>) -> Texts {
        let mut texts = Texts::default();
        all.for_each(|it| texts.push(&it));
        texts
    }

    #[test]
    fn what_is_there_is_found_and_nothing_else() {
        let all = texts((0..5_000).map(|it| format!("92340100MA2XX{it:05}")));
        let index = TextIndex::of(&all);
        let wanted = texts((0..10_000).map(|it| format!("92340100MA2XX{it:05}")));
        let found = index.find_all(&all, &wanted);
        for (at, it) in found.iter().enumerate() {
            assert_eq!(it.map(|it| it as usize), (at < 5_000).then_some(at));
        }
    }

    #[test]
    fn texts_are_sorted_by_what_they_say_and_then_as_they_came() {
        let all = [
            "同一",
            "同一户",
            "",
            "同一",
            "同",
            "同一户之后还有很长的一段文字甲",
            "同一户之后还有很长的一段文字乙",
        ];
        let texts = texts(all.iter().map(|it| (*it).to_owned()));
        let mut expected: Vec<u32> = (0..7).collect();
        expected.sort_by_key(|it| (all[*it as usize], *it));
        assert_eq!(texts.sorted((0..7).collect()), expected);
    }
}
