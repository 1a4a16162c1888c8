//! Numbers of a few bits each, as Parquet keeps definition levels and places in a dictionary: runs of
//! one number, and between them numbers packed side by side ("RLE/bit-packing hybrid" in the format's
//! Encodings.md).

/// So many of the same are written as a run; of fewer, it would take more room than packing them.
const RUN: usize = 32;

/// So many are packed together.
const GROUP: usize = 8;

/// Bytes of a group of numbers of 16 bits.
const WIDEST: usize = 16;

/// How many bits each number below `count` takes; one at least.
pub(super) fn width(count: usize) -> u8 {
    let most = u16::try_from(count.saturating_sub(1)).unwrap_or(u16::MAX);
    u8::try_from(u16::BITS - most.leading_zeros()).unwrap_or_default().max(1)
}

/// Adds numbers of `width` bits to `to`.
pub(super) fn write(numbers: &[u16], width: u8, to: &mut Vec<u8>) {
    let mut rest = numbers;
    while let Some(groups) = before_run(rest) {
        let (before, next) = rest.split_at(groups * GROUP);
        let first = next.first().copied().unwrap_or_default();
        let same = same(next, first);
        pack(before, width, to);
        run(first, same, width, to);
        rest = next.get(same..).unwrap_or_default();
    }
    pack(rest, width, to);
}

/// How many groups stand before the next run; nothing where there is none.
fn before_run(numbers: &[u16]) -> Option<usize> {
    const GROUPS: usize = RUN / GROUP;
    let (mut alike, mut last) = (0, 0);
    for (at, group) in numbers.as_chunks::<GROUP>().0.iter().enumerate() {
        let [first, ..] = *group;
        let before = if first == last { alike } else { 0 };
        alike = if *group == [first; GROUP] { before + 1 } else { 0 };
        last = first;
        if alike == GROUPS {
            return Some(at + 1 - GROUPS);
        }
    }
    None
}

/// Adds one number so many times.
pub(super) fn run(number: u16, times: usize, width: u8, to: &mut Vec<u8>) {
    varint(times << 1, to);
    to.extend(number.to_le_bytes().iter().take(usize::from(width).div_ceil(8)));
}

/// How many of the same are at the front, `number` the first.
fn same(numbers: &[u16], number: u16) -> usize {
    let (groups, rest) = numbers.as_chunks::<GROUP>();
    let whole = groups.iter().take_while(|it| **it == [number; GROUP]).count();
    let after = groups.get(whole).map_or(rest, |it| it.as_slice());
    whole * GROUP + after.iter().take_while(|it| **it == number).count()
}

/// Packs numbers; what the last group lacks is filled with zeros, which nobody reads.
fn pack(numbers: &[u16], width: u8, to: &mut Vec<u8>) {
    if numbers.is_empty() {
        return;
    }
    let groups = numbers.len().div_ceil(GROUP);
    varint(groups << 1 | 1, to);
    let (mut at, bytes) = (to.len(), usize::from(width));
    // Each group is written in full width, and the next one over what was too much.
    to.resize(at + groups * bytes + WIDEST, 0);
    let (whole, rest) = numbers.as_chunks::<GROUP>();
    let mut last = [0; GROUP];
    last.iter_mut().zip(rest).for_each(|(own, it)| *own = *it);
    for group in whole.iter().chain((!rest.is_empty()).then_some(&last)) {
        if let Some(place) = to.get_mut(at..).and_then(|it| it.first_chunk_mut::<WIDEST>()) {
            *place = packed(*group, width);
        }
        at += bytes;
    }
    to.truncate(at);
}

fn packed(numbers: [u16; GROUP], width: u8) -> [u8; WIDEST] {
    let [a, b, c, d, e, f, g, h] = numbers.map(u64::from);
    let four =
        |a: u64, b: u64, c: u64, d: u64| a | b << width | c << (2 * width) | d << (3 * width);
    let bits = u128::from(four(a, b, c, d)) | u128::from(four(e, f, g, h)) << (4 * width);
    bits.to_le_bytes()
}

/// Seven bits a byte, the lowest first.
fn varint(mut number: usize, to: &mut Vec<u8>) {
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            return to.push(low);
        }
        to.push(low | 0x80);
    }
}
