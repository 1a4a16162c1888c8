//! Numbers that stand like texts.
//!
//! Few different bytes stand at one place of a key, so that most of a key fits into a number; what does not is told by the
//! texts themselves. Where all of every key fits, as of credit codes, the number says the same as the key.

use rayon::prelude::*;

use super::keys::{PIECE, Texts};

/// What each byte of a text counts at its place.
#[derive(Debug)]
pub(crate) struct Ranks {
    /// At each place: what a byte counts; [`UNSEEN`] where it stands there in none of the texts.
    places: Vec<[u64; 256]>,
    /// Bytes of the shortest text.
    least: usize,
    /// Does no text have the rank of another one?
    is_exact: bool,
}

/// More than any rank, and little enough that so much for every place of a text that is ranked fits into a number.
const UNSEEN: u64 = 1 << 59;

/// The rank of what is none of the texts.
pub(crate) const UNRANKED: u64 = u64::MAX;

/// So many bytes of a text are ranked at most.
const RANKED: usize = 31;

/// Of so many texts one is looked at first.
const SAMPLED: usize = 32;

/// Which bytes stand at each place of some texts.
struct Seen {
    places: Vec<[bool; 256]>,
    /// Bytes of the shortest text and of the longest one.
    least: usize,
    most: usize,
}

impl Seen {
    fn none() -> Self {
        Self { places: Vec::new(), least: usize::MAX, most: 0 }
    }

    fn of<'t>(texts: impl Iterator<Item = &'t [u8]>) -> Self {
        let mut own = Self::none();
        for text in texts {
            (own.least, own.most) = (own.least.min(text.len()), own.most.max(text.len()));
            let text = text.get(..RANKED).unwrap_or(text);
            if own.places.len() < text.len() {
                own.places.resize(text.len(), [false; 256]);
            }
            for (place, byte) in own.places.iter_mut().zip(text) {
                place[usize::from(*byte)] = true;
            }
        }
        own
    }

    fn and(mut self, mut other: Self) -> Self {
        if self.places.len() < other.places.len() {
            std::mem::swap(&mut self.places, &mut other.places);
        }
        for (own, other) in self.places.iter_mut().zip(&other.places) {
            own.iter_mut().zip(other).for_each(|(own, it)| *own |= it);
        }
        Self { least: self.least.min(other.least), most: self.most.max(other.most), ..self }
    }
}

impl Ranks {
    /// The ranks of all texts of several parts, and with them what tells the rank of a text.
    pub(crate) fn told(parts: &[&Texts]) -> (Self, Vec<Vec<u64>>) {
        // What stands in some of many texts is mostly all that stands in any of them.
        let some = Self::of(Seen::of(
            parts.iter().flat_map(|part| (0..part.len()).step_by(SAMPLED).map(|it| part.bytes(it))),
        ));
        let told = some.is_exact.then(|| some.each(parts, Self::exact));
        if let Some(told) = told.filter(|it| !it.iter().flatten().any(|it| *it == UNRANKED)) {
            return (some, told);
        }
        let seen = parts.par_iter().map(|part| Seen::of((0..part.len()).map(|it| part.bytes(it))));
        let own = Self::of(seen.reduce(Seen::none, Seen::and));
        let told = own.each(parts, Self::rank);
        (own, told)
    }

    fn each(&self, parts: &[&Texts], rank: impl Fn(&Self, &[u8]) -> u64 + Sync) -> Vec<Vec<u64>> {
        let of = |part: &&Texts| {
            let all = (0..part.len()).into_par_iter().with_min_len(PIECE);
            all.map(|it| rank(self, part.bytes(it))).collect()
        };
        parts.par_iter().map(of).collect()
    }

    fn of(seen: Seen) -> Self {
        let Seen { places: seen, least, most } = seen;
        let (mut places, mut sizes, mut room) = (Vec::new(), Vec::new(), UNSEEN - 1);
        for (place, seen) in seen.iter().enumerate() {
            // A text that has ended comes before all that go on.
            let (mut ranks, mut next) = ([UNSEEN; 256], u64::from(place >= least));
            for (rank, _) in ranks.iter_mut().zip(seen).filter(|it| *it.1) {
                *rank = next;
                next += 1;
            }
            if next > room {
                break;
            }
            room /= next.max(1);
            places.push(ranks);
            sizes.push(next.max(1));
        }
        let is_exact = places.len() == most;
        // What the places behind one may count all together.
        let mut behind = 1;
        for (ranks, size) in places.iter_mut().zip(sizes).rev() {
            ranks.iter_mut().filter(|it| **it != UNSEEN).for_each(|it| *it *= behind);
            behind *= size;
        }
        Self { places, least, is_exact }
    }

    /// Does no text have the rank of another one?
    pub(crate) fn is_exact(&self) -> bool {
        self.is_exact
    }

    /// The rank of one of the texts.
    #[inline]
    pub(crate) fn rank(&self, text: &[u8]) -> u64 {
        let each = self.places.iter().zip(text);
        each.fold(0, |all, (ranks, byte)| all + ranks[usize::from(*byte)])
    }

    /// Puts some of the texts in order, of which these are the ranks and the numbers; equal ones by their numbers.
    pub(crate) fn sort<'t>(&self, all: &mut Vec<(u64, u32)>, text: impl Fn(u32) -> &'t [u8]) {
        if self.is_exact {
            return sort_spread(all);
        }
        all.sort_unstable_by(|a, b| {
            let rest = || text(a.1).cmp(text(b.1));
            a.0.cmp(&b.0).then_with(rest).then(a.1.cmp(&b.1))
        });
    }

    /// The rank of any text, where those of all texts are exact: [`UNRANKED`] of one that cannot be among them, and of
    /// no other one the rank of one of them.
    #[inline]
    pub(crate) fn exact(&self, text: &[u8]) -> u64 {
        let rank = self.rank(text);
        let is_ranked = rank < UNSEEN && (self.least..=self.places.len()).contains(&text.len());
        if is_ranked { rank } else { UNRANKED }
    }

    /// What the text with an exact rank says.
    pub(crate) fn text(&self, mut rank: u64) -> String {
        let mut text = Vec::with_capacity(self.places.len());
        for ranks in &self.places {
            let fits = (0..=u8::MAX).zip(ranks).filter(|it| *it.1 <= rank);
            // Behind the end of the text nothing is left, and a byte counts something.
            let Some((byte, own)) = fits.max_by_key(|it| *it.1) else { break };
            text.push(byte);
            rank -= own;
        }
        String::from_utf8(text).unwrap_or_default()
    }
}

/// Puts ranks in order: first those with the same upper bits come together, of which there are few, mostly.
fn sort_spread(all: &mut Vec<(u64, u32)>) {
    let ranks = || all.iter().map(|it| it.0);
    let Some((low, high)) = ranks().min().zip(ranks().max()) else { return };
    let bits = usize::BITS - all.len().leading_zeros();
    let lower = (u64::BITS - (high - low).leading_zeros()).saturating_sub(bits);
    let place = |rank: u64| usize::try_from((rank - low) >> lower).unwrap_or(usize::MAX);
    let mut ends = vec![0_u32; place(high) + 1];
    for it in ranks() {
        if let Some(count) = ends.get_mut(place(it)) {
            *count += 1;
        }
    }
    let mut sum = 0;
    for count in &mut ends {
        sum += std::mem::replace(count, sum);
    }
    let mut own = vec![(0, 0); all.len()];
    for it in all.iter() {
        if let Some(end) = ends.get_mut(place(it.0)) {
            if let Some(own) = own.get_mut(*end as usize) {
                *own = *it;
            }
            *end += 1;
        }
    }
    let mut start = 0;
    for end in ends.into_iter().map(|it| it as usize) {
        if end > start + 1 {
            own.get_mut(start..end).unwrap_or_default().sort_unstable();
        }
        start = end;
    }
    *all = own;
}

#[cfg(test)]
mod tests {
    use super::{Ranks, UNRANKED, sort_spread};
    use crate::columns::Texts;
    use crate::columns::keys::tests::texts;

    fn ranks(texts: &Texts) -> Ranks {
        Ranks::told(&[texts]).0
    }

    #[test]
    fn exact_ranks_stand_like_texts_and_tell_them() {
        let all = ["", "1", "10", "1甲", "1甲9", "2", "29", "3甲"];
        let own = texts(all.iter().map(|it| (*it).to_owned()));
        let ranks = ranks(&own);
        assert!(ranks.is_exact());
        let numbers = all.map(|it| ranks.exact(it.as_bytes()));
        assert!(numbers.is_sorted_by(|a, b| a < b));
        assert_eq!(numbers.map(|it| ranks.text(it)), all);
        for other in ["4", "甲", "1甲91", "1甲1", "11", "1 "] {
            assert_eq!(ranks.exact(other.as_bytes()), UNRANKED, "{other}");
        }
        // What is put together from the same bytes has a rank of its own.
        for other in ["30", "19", "2甲9", "20"] {
            let rank = ranks.exact(other.as_bytes());
            assert!(rank != UNRANKED && !numbers.contains(&rank), "{other}");
            assert_eq!(ranks.text(rank), other);
        }
    }

    #[test]
    fn ranks_of_long_texts_are_not_exact() {
        // What 20 places of 16 bytes say does not fit into a number.
        let long = |it: u32| format!("{:020x}", u128::from(it).pow(11) % (1 << 80));
        assert!(!ranks(&texts((1..900).map(long))).is_exact());
        let longer = |it: u32| format!("{it:032}");
        assert!(!ranks(&texts((1..200).map(longer))).is_exact());
    }

    #[test]
    fn what_stands_in_one_text_only_is_seen() {
        // One text has another byte, another one is shorter.
        let form = |it: u32| match it {
            777 => "X7".to_owned(),
            778 => "7".to_owned(),
            _ => format!("{:02}", it % 100),
        };
        let parts = [texts((0..5_000).map(form)), texts((5_000..9_000).map(form))];
        let (ranks, told) = Ranks::told(&[&parts[0], &parts[1]]);
        assert!(ranks.is_exact());
        for (part, told) in parts.iter().zip(told) {
            for (at, rank) in told.into_iter().enumerate() {
                assert_eq!(ranks.text(rank), part.get(at));
            }
        }
    }

    #[test]
    fn ranks_are_put_in_order_however_they_are_spread() {
        let spread = |it: u64| it.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 5;
        let forms: [&dyn Fn(u64) -> u64; 4] = [&spread, &|it| spread(it) % 9, &|_| 4, &|it| {
            if it == 5 { 1 << 58 } else { spread(it) >> 40 }
        }];
        for (form, count) in forms.into_iter().flat_map(|it| [(it, 0), (it, 1), (it, 5_000)]) {
            let all = (0..count).map(form).zip(0..);
            let mut own: Vec<(u64, u32)> = all.collect();
            let mut expected = own.clone();
            expected.sort_unstable();
            sort_spread(&mut own);
            assert_eq!(own, expected);
        }
    }
}
