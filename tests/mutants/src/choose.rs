//! A choice by a seed: the same seed, sources and number give the same mutants.

/// So many of all, in the order in which they were given.
pub(crate) fn choose<T>(all: Vec<T>, number: usize, seed: u64) -> Vec<T> {
    let mut state = seed;
    let mut ranked: Vec<(u64, usize)> = (0..all.len()).map(|it| (next(&mut state), it)).collect();
    ranked.sort_unstable();
    let mut chosen: Vec<usize> = ranked.into_iter().take(number).map(|it| it.1).collect();
    chosen.sort_unstable();
    let mut chosen = chosen.into_iter().peekable();
    let all = all.into_iter().enumerate();
    all.filter(|(at, _)| chosen.next_if_eq(at).is_some()).map(|it| it.1).collect()
}

/// `SplitMix64`.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
