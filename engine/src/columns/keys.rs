//! The keys of households, side by side.

use std::ops::Range;

use rayon::prelude::*;

/// Texts, one after the other in one buffer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Texts {
    text: String,
    len: usize,
    /// Bytes of each, as long as all have as many.
    width: usize,
    /// Where each ends, if they have not.
    ends: Vec<u64>,
}

/// Texts that one thread copies or looks at together.
pub(super) const PIECE: usize = 8_192;

impl Texts {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Forgets all texts, and keeps the memory for others.
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        (self.len, self.width) = (0, 0);
    }

    pub(crate) fn push(&mut self, text: &str) {
        if self.len == 0 {
            self.width = text.len();
        } else if text.len() != self.width && self.ends.is_empty() {
            self.part_ways();
        }
        self.text.push_str(text);
        self.len += 1;
        if !self.ends.is_empty() {
            self.ends.push(u64::try_from(self.text.len()).unwrap_or(u64::MAX));
        }
    }

    /// Adds texts of so many bytes each, which stand one after the other.
    pub(crate) fn extend(&mut self, text: &str, width: usize) {
        if self.len == 0 {
            self.width = width;
        }
        let count = text.len() / width.max(1);
        if self.ends.is_empty() && self.width == width {
            self.text.push_str(text);
            self.len += count;
        } else {
            let each = (0..count).map(|it| text.get(it * width..(it + 1) * width));
            each.for_each(|it| self.push(it.unwrap_or_default()));
        }
    }

    /// Notes where each ends, once they are not of one length.
    fn part_ways(&mut self) {
        let end = |it: usize| u64::try_from(it * self.width).unwrap_or(u64::MAX);
        self.ends = (1..=self.len).map(end).collect();
    }

    /// The texts of several, one after the other.
    pub(crate) fn together(parts: &[&Self]) -> Self {
        let width = parts.iter().find(|it| it.len > 0).map_or(0, |it| it.width);
        let is_alike = |it: &&&Self| it.len == 0 || it.ends.is_empty() && it.width == width;
        if width == 0 || !parts.iter().all(|it| is_alike(&it)) {
            let mut own = Self::default();
            parts.iter().for_each(|it| own.add(it, 0..it.len));
            return own;
        }
        let len = parts.iter().map(|it| it.len).sum();
        let mut bytes = vec![0; width.saturating_mul(len)];
        let (mut pieces, mut rest) = (Vec::with_capacity(parts.len()), &mut bytes[..]);
        for it in parts {
            let (own, others) = std::mem::take(&mut rest).split_at_mut(it.text.len());
            pieces.push((own, it.text.as_bytes()));
            rest = others;
        }
        // In pieces, so that fresh memory is touched on all cores.
        pieces.into_par_iter().for_each(|(own, text)| {
            let pieces = own.par_chunks_mut(width * PIECE).zip(text.par_chunks(width * PIECE));
            pieces.for_each(|(own, text)| own.copy_from_slice(text));
        });
        // What is put together from texts is one.
        let text = String::from_utf8(bytes).unwrap_or_default();
        Self { text, len, width, ends: Vec::new() }
    }

    /// Adds all texts of another one; with those that will be added there are so many.
    pub(crate) fn append(&mut self, other: &Self, in_all: usize) {
        if self.text.is_empty() {
            self.text.reserve_exact(other.width.saturating_mul(in_all));
        }
        self.add(other, 0..other.len);
    }

    /// These of the texts, in this order.
    pub(crate) fn gather(&self, of: &[u32]) -> Self {
        if !self.ends.is_empty() || self.width == 0 {
            let mut own = Self::default();
            of.iter().for_each(|it| own.push(self.get(*it as usize)));
            return own;
        }
        let mut bytes = vec![0; of.len().saturating_mul(self.width)];
        let pieces = bytes.par_chunks_mut(self.width * PIECE).zip(of.par_chunks(PIECE));
        pieces.for_each(|(bytes, of)| {
            for (own, it) in bytes.chunks_exact_mut(self.width).zip(of) {
                own.copy_from_slice(self.bytes(*it as usize));
            }
        });
        // What is put together from texts is one.
        let text = String::from_utf8(bytes).unwrap_or_default();
        Self { text, len: of.len(), width: self.width, ends: Vec::new() }
    }

    /// Adds some texts of another one, by number.
    pub(crate) fn add(&mut self, other: &Self, of: Range<usize>) {
        let is_alike = self.ends.is_empty()
            && other.ends.is_empty()
            && (self.len == 0 || self.width == other.width);
        let place = |it: usize| it.saturating_mul(other.width);
        match other.text.get(place(of.start)..place(of.end)).filter(|_| is_alike) {
            Some(text) => {
                self.width = other.width;
                self.text.push_str(text);
                self.len += of.len();
            }
            None => self.add_uneven(other, of),
        }
    }

    /// The same where not all have the same length.
    fn add_uneven(&mut self, other: &Self, of: Range<usize>) {
        let width = if self.len == 0 { other.place(of.start).len() } else { self.width };
        let is_even = self.ends.is_empty() && of.clone().all(|it| other.place(it).len() == width);
        let start = other.place(of.start).start;
        let end = of.clone().last().map_or(start, |it| other.place(it).end);
        let Some(text) = other.text.get(start..end).filter(|_| !is_even) else {
            return of.for_each(|it| self.push(other.get(it)));
        };
        if self.ends.is_empty() {
            self.part_ways();
        }
        let before = self.text.len();
        let ends = of.clone().map(|it| before + other.place(it).end - start);
        self.ends.extend(ends.map(|it| u64::try_from(it).unwrap_or(u64::MAX)));
        self.text.push_str(text);
        self.len += of.len();
    }

    /// Adds many texts, which all cores put side by side.
    pub(super) fn push_all(&mut self, texts: &[&str]) {
        let pieces = texts.par_chunks(PIECE).map(|texts| {
            let mut own = Self::default();
            texts.iter().for_each(|it| own.push(it));
            own
        });
        for own in pieces.collect::<Vec<_>>() {
            self.add(&own, 0..own.len);
        }
    }

    /// Where a text stands.
    fn place(&self, at: usize) -> Range<usize> {
        if self.ends.is_empty() {
            let start = at.saturating_mul(self.width);
            return start..start + self.width;
        }
        let place = |it: u64| usize::try_from(it).unwrap_or(usize::MAX);
        let start = at.checked_sub(1).and_then(|it| self.ends.get(it)).copied().unwrap_or_default();
        let end = self.ends.get(at).copied().unwrap_or(start);
        place(start)..place(end)
    }

    pub(crate) fn bytes(&self, at: usize) -> &[u8] {
        self.text.as_bytes().get(self.place(at)).unwrap_or_default()
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

    /// The number of the text behind those that say the same as one; texts have to be in order.
    pub(crate) fn behind_same(&self, first: usize) -> usize {
        let mut at = first + 1;
        while at < self.len && same(self.bytes(at), self.bytes(first)) {
            at += 1;
        }
        at
    }

    pub(crate) fn get(&self, at: usize) -> &str {
        self.text.get(self.place(at)).unwrap_or_default()
    }

    /// The numbers of some of the texts in the order of these, equal ones in the order of their numbers.
    pub(crate) fn sorted(&self, mut of: Vec<u32>) -> Vec<u32> {
        let ranks = Ranks::of(self, &of);
        let ends = ranks.ends(self, &of);
        // Each core shares some out by the first texts of the shares, and then puts shares in order.
        let pieces = of.par_chunks(PIECE * 8).map(|some| {
            let mut shares = vec![Vec::new(); ends.len() + 1];
            for it in some {
                let rank = ranks.rank(self.bytes(*it as usize));
                if let Some(own) = shares.get_mut(ends.partition_point(|end| *end <= rank)) {
                    own.push((rank, *it));
                }
            }
            shares
        });
        let pieces: Vec<Vec<Vec<(u64, u32)>>> = pieces.collect();
        let shares = (0..=ends.len()).into_par_iter().map(|share| {
            let own: Vec<&[(u64, u32)]> =
                pieces.iter().filter_map(|it| it.get(share)).map(Vec::as_slice).collect();
            let mut own = own.concat();
            own.sort_unstable_by(|a, b| {
                let rest = || self.bytes(a.1 as usize).cmp(self.bytes(b.1 as usize));
                a.0.cmp(&b.0).then_with(rest).then(a.1.cmp(&b.1))
            });
            own
        });
        let shares: Vec<Vec<(u64, u32)>> = shares.collect();
        of.clear();
        of.extend(shares.into_iter().flatten().map(|it| it.1));
        of
    }
}

/// Numbers that stand like the texts. Few different bytes stand at one place of a key, so that most of a key fits into a
/// number; what does not is told by the texts themselves.
struct Ranks {
    /// At each place: what a byte counts.
    places: Vec<[u64; 256]>,
}

/// So many bytes of a text are ranked at most.
const RANKED: usize = 64;

/// Shares in which texts are put in order: so few of them stay near to the processor.
const SHARES: usize = 256;

/// So many texts of a share tell where it ends.
const OF_A_SHARE: usize = 8;

impl Ranks {
    /// Those of some texts.
    fn of(texts: &Texts, of: &[u32]) -> Self {
        type Seen = (Vec<[bool; 256]>, usize);
        // Which bytes stand at each place, and how long the shortest text is.
        let seen = |some: &[u32]| -> Seen {
            let (mut places, mut least) = (Vec::new(), usize::MAX);
            for text in some.iter().map(|it| texts.bytes(*it as usize)) {
                least = least.min(text.len());
                let text = text.get(..RANKED).unwrap_or(text);
                if places.len() < text.len() {
                    places.resize(text.len(), [false; 256]);
                }
                for (place, byte) in places.iter_mut().zip(text) {
                    place[usize::from(*byte)] = true;
                }
            }
            (places, least)
        };
        let both = |(mut a, least): Seen, (mut b, other): Seen| -> Seen {
            if a.len() < b.len() {
                std::mem::swap(&mut a, &mut b);
            }
            for (own, other) in a.iter_mut().zip(&b) {
                own.iter_mut().zip(other).for_each(|(own, it)| *own |= it);
            }
            (a, least.min(other))
        };
        let (seen, least) =
            of.par_chunks(PIECE).map(seen).reduce(|| (Vec::new(), usize::MAX), both);
        let (mut places, mut sizes, mut room) = (Vec::new(), Vec::new(), u64::MAX);
        for (place, seen) in seen.iter().enumerate() {
            // A text that has ended comes before all that go on.
            let (mut ranks, mut next) = ([0; 256], u64::from(place >= least));
            for (rank, seen) in ranks.iter_mut().zip(seen) {
                *rank = next;
                next += u64::from(*seen);
            }
            if next > room {
                break;
            }
            room /= next.max(1);
            places.push(ranks);
            sizes.push(next.max(1));
        }
        // What the places behind one may count all together.
        let mut behind = 1;
        for (ranks, size) in places.iter_mut().zip(sizes).rev() {
            ranks.iter_mut().for_each(|it| *it *= behind);
            behind *= size;
        }
        Self { places }
    }

    /// The ranks with which shares end that are about as large as each other; none where there are few texts.
    fn ends(&self, texts: &Texts, of: &[u32]) -> Vec<u64> {
        let step = of.len() / (SHARES * OF_A_SHARE);
        if step == 0 {
            return Vec::new();
        }
        let some = of.iter().step_by(step);
        let mut ranks: Vec<u64> = some.map(|it| self.rank(texts.bytes(*it as usize))).collect();
        ranks.sort_unstable();
        ranks.into_iter().step_by(OF_A_SHARE).skip(1).collect()
    }

    fn rank(&self, text: &[u8]) -> u64 {
        let each = self.places.iter().zip(text);
        each.fold(0, |all, (ranks, byte)| all + ranks[usize::from(*byte)])
    }
}

/// Do two texts say the same? Word by word, which for short ones is quicker than to call for it.
#[inline]
pub(super) fn same(a: &[u8], b: &[u8]) -> bool {
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
pub(super) fn hash(bytes: &[u8]) -> u64 {
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
pub(super) mod tests {
    use super::Texts;

    /// Texts of a test.
    pub(in super::super) fn texts(all: impl Iterator<Item = String>) -> Texts {
        let mut texts = Texts::default();
        all.for_each(|it| texts.push(&it));
        texts
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
    fn texts_that_are_longer_than_their_ranks_are_sorted() {
        let form = |it: u32| {
            let it = it.wrapping_mul(2_654_435_761) >> 18;
            format!("{it:b}{}{it:x}", "长".repeat(it as usize % 31))
        };
        let all: Vec<String> = (0..9_000).map(form).collect();
        let mut expected: Vec<u32> = (0..9_000).collect();
        expected.sort_by_key(|it| (&all[*it as usize], *it));
        assert_eq!(texts(all.clone().into_iter()).sorted((0..9_000).collect()), expected);
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
