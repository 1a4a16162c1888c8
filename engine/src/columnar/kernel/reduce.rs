//! What elements come to, element by element: each adds itself to the one that it belongs to.
//!
//! How many elements belong to each cannot be foretold, so that a loop over them is left at the wrong time again and
//! again. Where there are few, there is one loop over all elements, in their order, whose course does not depend on the
//! data. Where there are many, whether they count is looked at eight at a time: most have no more.

use super::segment::{Counts, Segments};

/// Stands for no element.
pub(super) const NONE: u32 = u32::MAX;

/// How many elements count.
pub(super) fn count(counts: &Counts<'_>, segments: Segments<'_>) -> Vec<i32> {
    match counts {
        Counts::All => segments.ends().map(|it| long(it.1.wrapping_sub(it.0))).collect(),
        Counts::Some(bits) if is_dense(bits, segments) => {
            eights(bits, segments, 0, |count, _, eight| {
                // The bytes are 0 or 1, so that the uppermost one of the product is their sum.
                let sum = eight.wrapping_mul(ONES) >> (u64::BITS - u8::BITS);
                count.wrapping_add(i32::try_from(sum).unwrap_or_default())
            })
        }
        Counts::Some(bits) => {
            let mut counts = vec![0_i32; segments.len()];
            each(bits, segments, &mut counts, |_, bit, count| count.wrapping_add(bit.into()));
            counts
        }
    }
}

/// Are there so many elements that those of each are quicker to look at eight at a time? One that adds itself waits for
/// the one before it, where both belong to the same.
fn is_dense(bits: &[u8], segments: Segments<'_>) -> bool {
    bits.len() > segments.len()
}

fn long(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// 1 where an element counts, else 0.
pub(super) fn any(counts: &Counts<'_>, segments: Segments<'_>) -> Vec<u8> {
    match counts {
        Counts::All => segments.ends().map(|it| u8::from(it.1 > it.0)).collect(),
        Counts::Some(bits) if is_dense(bits, segments) => {
            eights(bits, segments, 0, |any, _, eight| any | u8::from(eight != 0))
        }
        Counts::Some(bits) => {
            let mut any = vec![0_u8; segments.len()];
            each(bits, segments, &mut any, |_, bit, any| any | bit);
            any
        }
    }
}

/// The number of the last element that counts, or [`NONE`].
pub(super) fn last(counts: &Counts<'_>, segments: Segments<'_>) -> Vec<u32> {
    match counts {
        Counts::All => {
            segments.ends().map(|it| if it.1 > it.0 { it.1 - 1 } else { NONE }).collect()
        }
        Counts::Some(bits) if is_dense(bits, segments) => {
            eights(bits, segments, NONE, |last, first, eight| {
                let own = first.wrapping_add(7).wrapping_sub(eight.leading_zeros() / u8::BITS);
                if eight == 0 { last } else { own }
            })
        }
        Counts::Some(bits) => {
            let mut last = vec![NONE; segments.len()];
            each(bits, segments, &mut last, |at, bit, last| if bit == 0 { last } else { at });
            last
        }
    }
}

/// The number of the first element that counts, or [`NONE`].
pub(super) fn first(counts: &Counts<'_>, segments: Segments<'_>) -> Vec<u32> {
    match counts {
        Counts::All => segments.ends().map(|it| if it.1 > it.0 { it.0 } else { NONE }).collect(),
        Counts::Some(bits) if is_dense(bits, segments) => {
            eights(bits, segments, NONE, |before, first, eight| {
                let own = first.wrapping_add(eight.trailing_zeros() / u8::BITS);
                before.min(if eight == 0 { NONE } else { own })
            })
        }
        Counts::Some(bits) => {
            let mut first = vec![NONE; segments.len()];
            // What does not count is NONE, which no number exceeds.
            each(bits, segments, &mut first, |at, bit, first| {
                first.min(if bit == 0 { NONE } else { at })
            });
            first
        }
    }
}

/// A word whose bytes are all 1.
const ONES: u64 = u64::MAX / 0xff;

/// What the elements of each come to, eight at a time: `add` gets what the ones before came to, the number of the first
/// of the eight, and a byte for each of them, the first one lowest: 1 where it counts.
fn eights<A: Copy>(
    bits: &[u8],
    segments: Segments<'_>,
    none: A,
    add: impl Fn(A, u32, u64) -> A,
) -> Vec<A> {
    let own = |(start, end): (u32, u32)| {
        let (mut all, mut at) = (none, start);
        while at < end {
            let beyond = u64::BITS - u8::BITS * (end - at).min(8);
            all = add(all, at, eight(bits, at) & (u64::MAX >> beyond));
            at = at.saturating_add(8);
        }
        all
    };
    segments.ends().map(own).collect()
}

/// Eight bytes from a place on; 0 for what lies behind the last one.
fn eight(bits: &[u8], at: u32) -> u64 {
    let rest = bits.get(at as usize..).unwrap_or_default();
    match rest.first_chunk() {
        Some(it) => u64::from_le_bytes(*it),
        None => rest.iter().rev().fold(0, |word, it| word << u8::BITS | u64::from(*it)),
    }
}

/// The sums of the elements that count, which are known to fit.
pub(super) fn sum<T: Copy + Into<i64>>(
    all: &[T],
    counts: &Counts<'_>,
    segments: Segments<'_>,
) -> Vec<i64> {
    let mut sums = vec![0_i64; segments.len()];
    match counts {
        Counts::All => {
            each(all, segments, &mut sums, |_, it, sum| sum.wrapping_add(it.into()));
        }
        Counts::Some(bits) => with(all, bits, segments, &mut sums, |it, bit, sum| {
            sum.wrapping_add(it.into().wrapping_mul(bit.into()))
        }),
    }
    sums
}

/// The greatest or the least number of the elements that count; where none does, the one that none exceeds.
pub(super) fn extreme<T: Copy + Ord>(
    greatest: bool,
    all: &[T],
    worst: T,
    counts: &Counts<'_>,
    segments: Segments<'_>,
) -> Vec<T> {
    let mut best = vec![worst; segments.len()];
    let better = |it: T, best: T| if greatest { it.max(best) } else { it.min(best) };
    match counts {
        Counts::All => each(all, segments, &mut best, |_, it, best| better(it, best)),
        Counts::Some(bits) => with(all, bits, segments, &mut best, |it, bit, best| {
            better(if bit == 0 { worst } else { it }, best)
        }),
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
            each(all, segments, &mut seen, |_, it, seen| seen | 1_u64.wrapping_shl(place(it)));
        }
        Counts::Some(bits) => with(all, bits, segments, &mut seen, |it, bit, seen| {
            seen | u64::from(bit).wrapping_shl(place(it))
        }),
    }
    seen.iter().map(|it| long(it.count_ones())).collect()
}

/// Changes what each element belongs to by the number of the element and what stands there.
fn each<T: Copy, A: Copy>(
    all: &[T],
    segments: Segments<'_>,
    into: &mut [A],
    change: impl Fn(u32, T, A) -> A,
) {
    for ((at, it), owner) in (0_u32..).zip(all).zip(segments.owners()) {
        if let Some(own) = into.get_mut(*owner as usize) {
            *own = change(at, *it, *own);
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
