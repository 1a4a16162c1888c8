//! What elements come to, element by element: each adds itself to the one that it belongs to.
//!
//! How many elements belong to each cannot be foretold, so that a loop over them is left at the wrong time again and
//! again. Here there is one loop over all elements, in their order, whose course does not depend on the data.

use super::segment::{Counts, Segments};

/// Stands for no element.
pub(super) const NONE: u32 = u32::MAX;

/// How many elements count.
pub(super) fn count(counts: &Counts<'_>, segments: Segments<'_>) -> Vec<i32> {
    match counts {
        Counts::All => segments.ends().map(|it| long(it.1.wrapping_sub(it.0))).collect(),
        Counts::Some(bits) if is_dense(bits, segments) => {
            let mut total = 0_i32;
            let totals = std::iter::once(0).chain(bits.iter().map(|bit| {
                total = total.wrapping_add(i32::from(*bit));
                total
            }));
            let totals: Vec<i32> = totals.collect();
            let at = |it: u32| totals.get(it as usize).copied().unwrap_or_default();
            segments.ends().map(|it| at(it.1).wrapping_sub(at(it.0))).collect()
        }
        Counts::Some(bits) => {
            let mut counts = vec![0_i32; segments.len()];
            each(bits, segments, &mut counts, |_, bit, count| count.wrapping_add(bit.into()));
            counts
        }
    }
}

/// Are there so many elements that what has come up to each of them is quicker to say, and then where the elements
/// of each begin and end? One that adds itself waits for the one before it, where both belong to the same.
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
            count(counts, segments).into_iter().map(|it| u8::from(it > 0)).collect()
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
            // The last that counts of all up to each, counted from 1; 0 for none.
            let mut at = 0_u32;
            let up_to: Vec<u32> = std::iter::once(0)
                .chain((1_u32..).zip(*bits).map(|(number, bit)| {
                    at = if *bit == 0 { at } else { number };
                    at
                }))
                .collect();
            let own = |(start, end): (u32, u32)| {
                let last = up_to.get(end as usize).copied().unwrap_or_default();
                if last > start { last - 1 } else { NONE }
            };
            segments.ends().map(own).collect()
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
            // From the last to the first: the next one that counts from each on.
            let mut from = vec![NONE; bits.len()];
            let mut next = NONE;
            let len = u32::try_from(bits.len()).unwrap_or(NONE);
            for ((at, bit), own) in (0..len).zip(*bits).zip(&mut from).rev() {
                next = if *bit == 0 { next } else { at };
                *own = next;
            }
            let own = |(start, end): (u32, u32)| {
                let first = from.get(start as usize).copied().unwrap_or(NONE);
                if first < end { first } else { NONE }
            };
            segments.ends().map(own).collect()
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
