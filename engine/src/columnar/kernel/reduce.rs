//! What elements come to, for each that they belong to.
//!
//! How many elements belong to each cannot be foretold, so that a loop over them is left at the wrong time again and
//! again. So whether they count is looked at eight at a time ([`Words`](crate::columnar::frame::Words)), and more only
//! where there are more; or there is one loop over all elements, in their order, of which each adds itself to the one
//! that it belongs to. The course of neither depends on the data.

use std::borrow::Cow;

use super::segment::{Counts, Segments};
use crate::columnar::frame::{WORD, among};

/// Stands for no element.
pub(super) const NONE: u32 = u32::MAX;

/// A word whose bytes are all 1.
const ONES: u64 = u64::MAX / 0xff;

/// From so many elements for each one on they are looked at eight at a time where that takes a while.
const MANY: usize = 2;

/// Of so many numbers of 16 bits all bits.
const LANES: [[u16; 8]; 16] = {
    let mut all = [[u16::MAX; 8]; 16];
    let mut lanes = 0;
    while lanes < 8 {
        let mut behind = lanes;
        while behind < 8 {
            all[lanes][behind] = 0;
            behind += 1;
        }
        lanes += 1;
    }
    all
};

/// How many elements count.
pub(super) fn count(counts: &Counts<'_>, segments: Segments<'_>) -> Vec<i32> {
    match counts {
        Counts::All => segments.ends().map(|it| long(it.1.wrapping_sub(it.0))).collect(),
        Counts::Some(bits) => eights(bits, segments, 0_i32, |count, _, eight| {
            // The bytes are 0 or 1, so that the uppermost one of the product is their sum.
            let sum = eight.wrapping_mul(ONES) >> (u64::BITS - u8::BITS);
            count.wrapping_add(i32::from(sum.to_le_bytes()[0]))
        }),
    }
}

fn long(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// 1 where an element counts, else 0.
pub(super) fn any(counts: &Counts<'_>, segments: Segments<'_>) -> Vec<u8> {
    match counts {
        Counts::All => segments.ends().map(|it| u8::from(it.1 > it.0)).collect(),
        Counts::Some(bits) => eights(bits, segments, 0, |any, _, eight| any | u8::from(eight != 0)),
    }
}

/// The number of the last element that counts, or [`NONE`].
pub(super) fn last(counts: &Counts<'_>, segments: Segments<'_>) -> Vec<u32> {
    match counts {
        Counts::All => {
            segments.ends().map(|it| if it.1 > it.0 { it.1 - 1 } else { NONE }).collect()
        }
        Counts::Some(bits) => eights(bits, segments, NONE, |last, first, eight| {
            let behind = WORD.wrapping_sub(eight.leading_zeros() / u8::BITS);
            let own = first.wrapping_add(behind).wrapping_sub(1);
            if eight == 0 { last } else { own }
        }),
    }
}

/// The number of the first element that counts, or [`NONE`].
pub(super) fn first(counts: &Counts<'_>, segments: Segments<'_>) -> Vec<u32> {
    match counts {
        Counts::All => segments.ends().map(|it| if it.1 > it.0 { it.0 } else { NONE }).collect(),
        Counts::Some(bits) => eights(bits, segments, NONE, |before, first, eight| {
            let own = first.wrapping_add(eight.trailing_zeros() / u8::BITS);
            before.min(if eight == 0 { NONE } else { own })
        }),
    }
}

/// What the elements of each come to, eight at a time: `add` gets what the ones before came to, the number of the first
/// of the eight, and a byte for each of them, the first one lowest: 1 where it counts.
fn eights<A: Copy>(
    bits: &[u8],
    segments: Segments<'_>,
    none: A,
    add: impl Fn(A, u32, u64) -> A,
) -> Vec<A> {
    let words = segments.words();
    let own = |(start, mask): (u32, &u64)| add(none, start, eight(bits, start) & mask);
    let starts = segments.ends().map(|it| it.0);
    let mut all: Vec<A> = starts.zip(&words.masks).map(own).collect();
    for longer in &words.longer {
        let (start, end) = segments.of(*longer);
        let Some(own) = all.get_mut(*longer as usize) else { continue };
        for (at, length) in behind_the_first(start, end) {
            *own = add(*own, at, eight(bits, at) & among(length));
        }
    }
    all
}

/// Where eight more elements begin behind the first eight, again and again, and how many of these there are.
fn behind_the_first(start: u32, end: u32) -> impl Iterator<Item = (u32, u8)> {
    let starts = (start.saturating_add(WORD)..end).step_by(WORD as usize);
    starts.map(move |at| (at, end.wrapping_sub(at).min(WORD).to_le_bytes()[0]))
}

/// Eight bytes from a place on; 0 for what lies behind the last one.
fn eight(bits: &[u8], at: u32) -> u64 {
    let from = at as usize;
    match bits.get(from..from.saturating_add(8)).and_then(<[u8]>::first_chunk) {
        Some(it) => u64::from_le_bytes(*it),
        None => u64::from_le_bytes(at_the_end(bits, from, 0)),
    }
}

/// Eight values from a place on; another one for what lies behind the last.
fn window<T: Copy>(all: &[T], at: u32, other: T) -> [T; 8] {
    let from = at as usize;
    match all.get(from..from.saturating_add(8)).and_then(<[T]>::first_chunk) {
        Some(it) => *it,
        None => at_the_end(all, from, other),
    }
}

#[cold]
#[inline(never)]
fn at_the_end<T: Copy>(all: &[T], from: usize, other: T) -> [T; 8] {
    let rest = all.get(from..).unwrap_or_default();
    std::array::from_fn(|at| rest.get(at).copied().unwrap_or(other))
}

/// The sums of the elements that count, which are known to fit.
pub(super) fn sum<T: Copy + Into<i64>>(
    all: &[T],
    counts: &Counts<'_>,
    segments: Segments<'_>,
) -> Vec<i64> {
    let mut sums = vec![0_i64; segments.len()];
    match counts {
        Counts::All => each(all, segments, &mut sums, |it, sum| sum.wrapping_add(it.into())),
        Counts::Some(bits) => with(all, bits, segments, &mut sums, |it, bit, sum| {
            sum.wrapping_add(it.into().wrapping_mul(bit.into()))
        }),
    }
    sums
}

/// The one of the numbers of the elements that count that is better than all others; where none counts, the one than
/// which none is worse.
pub(super) fn extreme<T: Copy>(
    better: impl Fn(T, T) -> T,
    all: &[T],
    worst: T,
    counts: &Counts<'_>,
    segments: Segments<'_>,
) -> Vec<T> {
    match counts {
        Counts::Some(bits) if bits.len() > segments.len().saturating_mul(MANY) => {
            eights(bits, segments, worst, |best, first, eight| {
                let mut own = window(all, first, worst);
                for (own, bit) in own.iter_mut().zip(eight.to_le_bytes()) {
                    *own = if bit == 0 { worst } else { *own };
                }
                let [a, b, c, d, e, f, g, h] = own;
                let [a, b, c, d] = [better(a, e), better(b, f), better(c, g), better(d, h)];
                better(best, better(better(a, c), better(b, d)))
            })
        }
        Counts::Some(bits) => {
            let mut best = vec![worst; segments.len()];
            with(all, bits, segments, &mut best, |it, bit, best| {
                better(if bit == 0 { worst } else { it }, best)
            });
            best
        }
        Counts::All => {
            let mut best = vec![worst; segments.len()];
            each(all, segments, &mut best, better);
            best
        }
    }
}

/// The greatest of the numbers of the elements that count, none of which is 0; 0 where none counts.
pub(super) fn greatest(all: &[u16], counts: &Counts<'_>, segments: Segments<'_>) -> Vec<u16> {
    let counted = match counts {
        Counts::All => Cow::Borrowed(all),
        Counts::Some(bits) => {
            let counted = all.iter().zip(bits.iter());
            counted.map(|(it, bit)| it & u16::from(*bit).wrapping_neg()).collect()
        }
    };
    let of_eight = |at: u32, length: u8| {
        let among = LANES.get(usize::from(length & 0xf)).copied().unwrap_or_default();
        let own = window(&counted, at, 0);
        let [a, b, c, d, e, f, g, h] = std::array::from_fn(|lane| own[lane] & among[lane]);
        a.max(e).max(c.max(g)).max(b.max(f).max(d.max(h)))
    };
    let words = segments.words();
    let starts = segments.ends().map(|it| it.0);
    let mut best: Vec<u16> = starts.zip(&words.lengths).map(|it| of_eight(it.0, *it.1)).collect();
    for longer in &words.longer {
        let (start, end) = segments.of(*longer);
        let Some(own) = best.get_mut(*longer as usize) else { continue };
        let rest = behind_the_first(start, end).map(|it| of_eight(it.0, it.1));
        *own = rest.fold(*own, u16::max);
    }
    best
}

/// How many different numbers the elements have that count; none is less than `low`, nor as much as 64 more.
pub(super) fn distinct<T: Copy + Into<i32>>(
    all: &[T],
    low: T,
    counts: &Counts<'_>,
    segments: Segments<'_>,
) -> Vec<i32> {
    let mut seen = vec![0_u64; segments.len()];
    let low: i32 = low.into();
    let place = |it: T| it.into().wrapping_sub(low).cast_unsigned();
    match counts {
        Counts::All => {
            each(all, segments, &mut seen, |it, seen| seen | 1_u64.wrapping_shl(place(it)));
        }
        Counts::Some(bits) => with(all, bits, segments, &mut seen, |it, bit, seen| {
            seen | u64::from(bit).wrapping_shl(place(it))
        }),
    }
    seen.iter().map(|it| long(it.count_ones())).collect()
}

/// Changes what each element belongs to by what stands there.
fn each<T: Copy, A: Copy>(
    all: &[T],
    segments: Segments<'_>,
    into: &mut [A],
    change: impl Fn(T, A) -> A,
) {
    for (it, owner) in all.iter().zip(segments.owners()) {
        if let Some(own) = into.get_mut(*owner as usize) {
            *own = change(*it, *own);
        }
    }
}

/// The same by what stands there and whether it counts.
fn with<T: Copy, A: Copy>(
    all: &[T],
    bits: &[u8],
    segments: Segments<'_>,
    into: &mut [A],
    change: impl Fn(T, u8, A) -> A,
) {
    for ((it, bit), owner) in all.iter().zip(bits).zip(segments.owners()) {
        if let Some(own) = into.get_mut(*owner as usize) {
            *own = change(*it, *bit, *own);
        }
    }
}
