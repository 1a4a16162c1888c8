//! The keys of households, side by side.

use std::ops::Range;

use rayon::prelude::*;

use super::ranks::Ranks;
use super::stretches::Stretches;

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

/// Bytes of a unified social credit code (GB 32100-2015).
const CREDIT_CODE: usize = 18;

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

    /// The numbers of those that are among some of others; both are in order.
    pub(crate) fn found_in(&self, others: &Self, of: Range<usize>) -> Vec<usize> {
        let mut at = 0;
        of.filter_map(|it| self.find_from(&mut at, others.bytes(it))).collect()
    }

    /// The number of each of others among these, of which so many come before them; both are in order.
    pub(crate) fn numbers_of(&self, others: &Self, mut before: usize) -> Vec<Option<usize>> {
        (0..others.len).map(|it| self.find_from(&mut before, others.bytes(it))).collect()
    }

    /// The number of a text, before which it is known that so many come; from then on that is known of all behind it.
    fn find_from(&self, before: &mut usize, text: &[u8]) -> Option<usize> {
        *before = self.lower_bound_from(*before, text);
        (*before < self.len && same(self.bytes(*before), text)).then_some(*before)
    }

    /// Those with these numbers.
    pub(crate) fn some(&self, numbers: &[usize]) -> Self {
        let mut own = Self::default();
        numbers.iter().for_each(|it| own.push(self.get(*it)));
        own
    }

    /// Each of them once, in order.
    pub(crate) fn distinct(&self) -> Self {
        let mut order = self.sorted();
        order.dedup_by(|a, b| same(self.bytes(*a as usize), self.bytes(*b as usize)));
        self.gather(&order)
    }

    /// Makes room for so many texts like another one.
    pub(crate) fn reserve(&mut self, more: usize, like: &str) {
        self.text.reserve(more.saturating_mul(like.len()));
    }

    /// Adds texts as long as all of them are there, fit, and are as long as each other and as those before; otherwise
    /// none, and false.
    pub(crate) fn extend_alike<'t>(
        &mut self,
        all: impl Iterator<Item = Option<&'t str>>,
        fits: impl Fn(&str) -> bool,
    ) -> bool {
        let (bytes, len, width) = (self.text.len(), self.len, self.width);
        for it in all {
            let is_alike = |it: &&str| {
                self.ends.is_empty() && (self.len == 0 || it.len() == self.width) && fits(it)
            };
            let Some(it) = it.filter(is_alike) else {
                self.text.truncate(bytes);
                (self.len, self.width) = (len, width);
                return false;
            };
            match it.get(..CREDIT_CODE) {
                // Of so many bytes, which are known beforehand, a copy takes no call.
                Some(code) if it.len() == CREDIT_CODE => self.text.push_str(code),
                _ => self.text.push_str(it),
            }
            (self.len, self.width) = (self.len + 1, it.len());
        }
        true
    }

    /// Notes where each ends, once they are not of one length.
    fn part_ways(&mut self) {
        let end = |it: usize| u64::try_from(it * self.width).unwrap_or(u64::MAX);
        self.ends = (1..=self.len).map(end).collect();
    }

    /// Bytes of each text of several, if there are any and all have as many.
    fn width_of_all(parts: &[&Self]) -> Option<usize> {
        let mut parts = parts.iter().filter(|it| it.len > 0);
        let width = parts.clone().next()?.width;
        (width > 0 && parts.all(|it| it.ends.is_empty() && it.width == width)).then_some(width)
    }

    /// The texts of several, one after the other.
    pub(crate) fn together(parts: &[&Self]) -> Self {
        let Some(width) = Self::width_of_all(parts) else {
            let mut own = Self::default();
            parts.iter().for_each(|it| own.add(it, 0..it.len));
            return own;
        };
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
        Self::even(bytes, (width, len))
    }

    /// These of the texts, in this order.
    pub(crate) fn gather(&self, of: &[u32]) -> Self {
        let places = of.chunks(PIECE).map(|some| some.iter().map(|it| (0, *it)).collect());
        Self::at_places(&[self], &places.collect::<Vec<_>>())
    }

    /// These of the texts, none of them twice, in this order: quick where many are taken from all over.
    pub(crate) fn reordered(&self, places: &[u32]) -> Self {
        let Some(width) = Self::width_of_all(&[self]) else { return self.gather(places) };
        // They are read one after the other, and there are few places at a time where they go to.
        let mut to = vec![u32::MAX; self.len];
        for (number, place) in (0..).zip(places) {
            if let Some(to) = to.get_mut(*place as usize) {
                *to = number;
            }
        }
        let mut bytes = vec![0; width.saturating_mul(places.len())];
        for (to, text) in to.into_iter().zip(self.text.as_bytes().chunks_exact(width)) {
            let start = (to as usize).saturating_mul(width);
            if let Some(own) = bytes.get_mut(start..start.saturating_add(width)) {
                copy(own, text);
            }
        }
        Self::even(bytes, (width, places.len()))
    }

    /// Texts of so many bytes each, one after the other; put together from whole texts.
    fn even(bytes: Vec<u8>, (width, len): (usize, usize)) -> Self {
        let text = String::from_utf8(bytes).unwrap_or_default();
        Self { text, len, width, ends: Vec::new() }
    }

    /// The texts at these places, each told by its part and its number there. Each list is copied by itself.
    pub(crate) fn at_places(parts: &[&Self], places: &[Vec<(u32, u32)>]) -> Self {
        let part = |it: u32| parts.get(it as usize).copied();
        let Some(width) = Self::width_of_all(parts) else {
            let mut own = Self::default();
            let each = places.iter().flatten();
            each.filter_map(|it| Some(part(it.0)?.get(it.1 as usize))).for_each(|it| own.push(it));
            return own;
        };
        let len = places.iter().map(Vec::len).sum();
        let mut bytes = vec![0; width.saturating_mul(len)];
        let (mut lists, mut rest) = (Vec::with_capacity(places.len()), &mut bytes[..]);
        for it in places {
            let (own, others) = std::mem::take(&mut rest).split_at_mut(it.len() * width);
            lists.push((own, it));
            rest = others;
        }
        lists.into_par_iter().for_each(|(own, places)| {
            for (own, it) in own.chunks_exact_mut(width).zip(places) {
                if let Some(part) = part(it.0) {
                    copy(own, part.bytes(it.1 as usize));
                }
            }
        });
        Self::even(bytes, (width, len))
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
            if is_less(self.bytes(middle), text) {
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
        while high < self.len && is_less(self.bytes(high), text) {
            low = high + 1;
            high = high.saturating_add(step).min(self.len);
            step *= 2;
        }
        self.bound_between(low, high, text)
    }

    /// The numbers of many texts among texts in order.
    pub(crate) fn find_all(&self, wanted: &Self) -> Vec<Option<u32>> {
        let order = wanted.sorted();
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

    /// Which of others are among these? Both are in order.
    pub(crate) fn has_all(&self, others: &Self) -> Vec<bool> {
        let mut has = vec![false; others.len];
        others.found_in(self, 0..self.len).into_iter().for_each(|it| {
            if let Some(own) = has.get_mut(it) {
                *own = true;
            }
        });
        has
    }

    /// The number of a text among texts in order.
    pub(crate) fn find(&self, text: &[u8]) -> Option<usize> {
        let at = self.lower_bound(text);
        (at < self.len && self.bytes(at) == text).then_some(at)
    }

    pub(crate) fn get(&self, at: usize) -> &str {
        self.text.get(self.place(at)).unwrap_or_default()
    }

    /// The numbers of the texts in their order, equal ones in the order of their numbers.
    pub(crate) fn sorted(&self) -> Vec<u32> {
        let (ranks, told) = Ranks::told(&[self]);
        let stretches = Stretches::of(&told);
        let told = told.concat();
        // Each core shares some out, and then puts shares in order.
        let pieces = told.par_chunks(PIECE * 8).enumerate().map(|(piece, told)| {
            let first = u32::try_from(piece * PIECE * 8).unwrap_or(u32::MAX);
            let mut shares = vec![Vec::new(); stretches.count()];
            for (number, rank) in (first..).zip(told) {
                if let Some(own) = shares.get_mut(stretches.stretch(*rank)) {
                    own.push((*rank, number));
                }
            }
            shares
        });
        let pieces: Vec<Vec<Vec<(u64, u32)>>> = pieces.collect();
        let shares = (0..stretches.count()).into_par_iter().map(|share| {
            let own: Vec<&[(u64, u32)]> =
                pieces.iter().filter_map(|it| it.get(share)).map(Vec::as_slice).collect();
            let mut own = own.concat();
            ranks.sort(&mut own, |it| self.bytes(it as usize));
            own
        });
        let shares: Vec<Vec<(u64, u32)>> = shares.collect();
        shares.into_iter().flatten().map(|it| it.1).collect()
    }
}

/// Bytes that a copy or a comparison without a call takes at once.
const AT_ONCE: usize = 16;

/// Does a text come before another one? Most are told apart without a call for it.
#[inline]
fn is_less(text: &[u8], other: &[u8]) -> bool {
    match text.first_chunk::<AT_ONCE>().zip(other.first_chunk()) {
        Some((own, other)) if own != other => {
            u128::from_be_bytes(*own) < u128::from_be_bytes(*other)
        }
        _ => text < other,
    }
}

/// Copies a text to as many bytes. Of a short one the beginning and the end, which may have bytes in common: that is quicker
/// than to call for it.
#[inline]
fn copy(to: &mut [u8], text: &[u8]) {
    if to.len() == text.len() && (AT_ONCE..=2 * AT_ONCE).contains(&text.len()) {
        if let Some((to, from)) = to.first_chunk_mut::<AT_ONCE>().zip(text.first_chunk()) {
            *to = *from;
        }
        if let Some((to, from)) = to.last_chunk_mut::<AT_ONCE>().zip(text.last_chunk()) {
            *to = *from;
        }
    } else {
        to.copy_from_slice(text);
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
    fn texts_are_put_in_another_order() {
        let forms: [&dyn Fn(u32) -> String; 3] =
            [&|it| format!("92340100MA2XX{it:05}"), &|it| format!("{it:02}"), &|it| {
                "长".repeat(it as usize)
            }];
        for form in forms {
            let all: Vec<String> = (0..50).map(form).collect();
            let own = texts(all.iter().cloned());
            for places in [vec![], vec![7, 3, 49, 0], (0..50).rev().collect()] {
                let found = own.reordered(&places);
                let found: Vec<&str> = (0..found.len()).map(|it| found.get(it)).collect();
                let expected = places.iter().map(|it| all[*it as usize].as_str());
                assert_eq!(found, expected.collect::<Vec<_>>());
            }
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
        assert_eq!(texts(all.clone().into_iter()).sorted(), expected);
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
        assert_eq!(texts.sorted(), expected);
    }
}
