//! The keys of households, side by side, and an index that finds them.

use std::ops::Range;

use rayon::prelude::*;

/// Texts, one after the other in one buffer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Texts {
    bytes: Vec<u8>,
    len: usize,
    /// Bytes of each, as long as all have as many.
    width: usize,
    /// Where each ends, if they have not.
    ends: Vec<u64>,
}

impl Texts {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn push(&mut self, text: &str) {
        if self.len == 0 {
            self.width = text.len();
        } else if text.len() != self.width && self.ends.is_empty() {
            self.part_ways();
        }
        self.bytes.extend_from_slice(text.as_bytes());
        self.len += 1;
        if !self.ends.is_empty() {
            self.ends.push(u64::try_from(self.bytes.len()).unwrap_or(u64::MAX));
        }
    }

    /// Adds texts of so many bytes each, which stand one after the other.
    pub(crate) fn extend(&mut self, bytes: &[u8], width: usize) {
        if self.len == 0 {
            self.width = width;
        }
        let each = bytes.chunks_exact(width.max(1));
        if self.ends.is_empty() && self.width == width {
            self.bytes.extend_from_slice(bytes);
            self.len += each.len();
        } else {
            each.for_each(|it| self.push(std::str::from_utf8(it).unwrap_or_default()));
        }
    }

    /// Notes where each ends, once they are not of one length.
    fn part_ways(&mut self) {
        let end = |it: usize| u64::try_from(it * self.width).unwrap_or(u64::MAX);
        self.ends = (1..=self.len).map(end).collect();
    }

    /// Adds all texts of another one.
    pub(crate) fn append(&mut self, other: &Self) {
        if self.len > 0
            && self.ends.is_empty()
            && other.ends.is_empty()
            && self.width == other.width
        {
            self.bytes.extend_from_slice(&other.bytes);
            self.len += other.len;
        } else {
            (0..other.len).for_each(|it| self.push(other.get(it)));
        }
    }

    /// Adds some texts of another one, by number.
    pub(crate) fn add(&mut self, other: &Self, of: Range<usize>) {
        let is_alike = self.ends.is_empty()
            && other.ends.is_empty()
            && (self.len == 0 || self.width == other.width);
        let place = |it: usize| it.saturating_mul(other.width);
        match other.bytes.get(place(of.start)..place(of.end)).filter(|_| is_alike) {
            Some(bytes) => {
                self.width = other.width;
                self.bytes.extend_from_slice(bytes);
                self.len += of.len();
            }
            None => of.for_each(|it| self.push(other.get(it))),
        }
    }

    pub(crate) fn bytes(&self, at: usize) -> &[u8] {
        if self.ends.is_empty() {
            let start = at.saturating_mul(self.width);
            return self.bytes.get(start..start + self.width).unwrap_or_default();
        }
        let place = |it: u64| usize::try_from(it).unwrap_or(usize::MAX);
        let start = at.checked_sub(1).and_then(|it| self.ends.get(it)).copied().unwrap_or_default();
        let end = self.ends.get(at).copied().unwrap_or(start);
        self.bytes.get(place(start)..place(end)).unwrap_or_default()
    }

    /// How many texts come before another one; they have to be in order.
    pub(crate) fn lower_bound(&self, text: &[u8]) -> usize {
        self.bound_between(0, self.len, text)
    }

    fn bound_between(&self, mut low: usize, mut high: usize, text: &[u8]) -> usize {
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.bytes(middle) < text {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// How many texts come before another one, of which it is known that so many do; quick where it is near.
    pub(crate) fn lower_bound_from(&self, from: usize, text: &[u8]) -> usize {
        let mut step = 1;
        let (mut low, mut high) = (from, from);
        while high < self.len && self.bytes(high) < text {
            low = high + 1;
            high = high.saturating_add(step).min(self.len);
            step *= 2;
        }
        self.bound_between(low, high, text)
    }

    /// The numbers of many texts among texts in order.
    pub(crate) fn find_all(&self, wanted: &Self) -> Vec<Option<u32>> {
        let order =
            wanted.sorted((0..wanted.len()).filter_map(|it| u32::try_from(it).ok()).collect());
        let (mut found, mut at) = (vec![None; wanted.len()], 0);
        for number in order.into_iter().map(|it| it as usize) {
            let text = wanted.bytes(number);
            at = self.lower_bound_from(at, text);
            if at < self.len
                && self.bytes(at) == text
                && let Some(place) = found.get_mut(number)
            {
                *place = u32::try_from(at).ok();
            }
        }
        found
    }

    /// The number of a text among texts in order.
    pub(crate) fn find(&self, text: &[u8]) -> Option<usize> {
        let at = self.lower_bound(text);
        (at < self.len && self.bytes(at) == text).then_some(at)
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

/// Texts that are looked for together.
const TOGETHER: usize = 256;

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
                    if same(texts.bytes(at as usize), text) {
                        return Ok(at);
                    }
                }
                _ => {}
            }
            place = (place + 1) & mask;
        }
    }

    /// The numbers of many texts. They are looked for some at a time, step by step, so that the processor waits
    /// for the memory of all of them at once.
    pub(crate) fn find_all(&self, texts: &Texts, wanted: &Texts) -> Vec<Option<u32>> {
        if self.slots.is_empty() {
            return vec![None; wanted.len()];
        }
        let mask = self.slots.len() - 1;
        let mut found = Vec::with_capacity(wanted.len());
        let (mut hashes, mut slots) = (Vec::new(), Vec::new());
        for first in (0..wanted.len()).step_by(TOGETHER) {
            let some = first..(first + TOGETHER).min(wanted.len());
            hashes.clear();
            hashes.extend(some.clone().map(|it| hash(wanted.bytes(it))));
            slots.clear();
            slots.extend(hashes.iter().map(|hash| {
                let place = usize::try_from(hash & 0xffff_ffff).unwrap_or_default() & mask;
                self.slots.get(place).copied().unwrap_or(FREE)
            }));
            let own = |slot: u64| u32::try_from(slot & 0xffff_ffff).unwrap_or(u32::MAX);
            let near = slots.iter().map(|it| texts.bytes(own(*it) as usize).first().copied());
            std::hint::black_box(near.fold(0, |all, it| all ^ it.unwrap_or_default()));
            for ((at, hash), slot) in some.zip(&hashes).zip(&slots) {
                let text = wanted.bytes(at);
                let is_it = *slot != FREE
                    && (slot ^ hash) >> 32 == 0
                    && same(texts.bytes(own(*slot) as usize), text);
                found.push(if is_it {
                    Some(own(*slot))
                } else {
                    self.place(texts, *hash, text).ok()
                });
            }
        }
        found
    }
}

/// Do two texts say the same? Word by word, which for short ones is quicker than to call for it.
fn same(a: &[u8], b: &[u8]) -> bool {
    let words = a.chunks_exact(8).zip(b.chunks_exact(8));
    let differs =
        words.fold(last_word(a) ^ last_word(b), |all, it| all | (word(it.0) ^ word(it.1)));
    a.len() == b.len() && differs == 0
}

/// Eight bytes as a number.
fn word(bytes: &[u8]) -> u64 {
    <[u8; 8]>::try_from(bytes).map_or(0, u64::from_le_bytes)
}

/// The last eight bytes, or all of a shorter text.
fn last_word(bytes: &[u8]) -> u64 {
    match bytes.last_chunk::<8>() {
        Some(it) => u64::from_le_bytes(*it),
        None => bytes.iter().fold(0, |all, it| all << 8 | u64::from(*it)),
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
    let first = u64::try_from(bytes.len()).unwrap_or_default() ^ FACTOR;
    let hash = bytes.chunks_exact(8).fold(first, |hash, it| fold(hash, word(it)));
    fold(fold(hash, last_word(bytes)), FACTOR)
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
    fn some_texts_are_added_to_others() {
        let all =
            [texts((0..9).map(|it| format!("甲{it}"))), texts((0..9).map(|it| "x".repeat(it)))];
        for (first, second) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let mut own = Texts::default();
            own.add(&all[first], 2..5);
            own.add(&all[second], 0..0);
            own.add(&all[second], 7..9);
            let each = |of: usize, at: usize| all[of].get(at).to_owned();
            let expected = [(first, 2), (first, 3), (first, 4), (second, 7), (second, 8)];
            let found: Vec<&str> = (0..own.len()).map(|it| own.get(it)).collect();
            assert_eq!(found, expected.map(|it| each(it.0, it.1)));
        }
    }

    #[test]
    fn texts_in_order_are_found_without_an_index() {
        let all = texts((0..3_000).map(|it| format!("92340100MA2XX{:05}", it * 3 + 1)));
        let wanted = texts((0..9_100).rev().map(|it| format!("92340100MA2XX{it:05}")));
        for (at, found) in all.find_all(&wanted).into_iter().enumerate() {
            let number = 9_099 - at;
            let expected = (number % 3 == 1 && number < 9_000).then_some(number / 3);
            assert_eq!(found.map(|it| it as usize), expected, "{number}");
        }
        assert_eq!(texts(std::iter::empty()).find_all(&wanted), vec![None; 9_100]);
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
