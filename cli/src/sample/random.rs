//! A small random number generator of our own, so that a sample never changes because a dependency did.
//!
//! `SplitMix64`: the state is a counter that grows by a fixed odd number, the golden ratio of 2^64; an
//! output is the state, scrambled by two multiplications and three shifts. It passes the usual
//! statistical batteries, needs no warming up, and every seed is a good one. Whole numbers only.

/// The step of the counter: 2^64 divided by the golden ratio, made odd.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// A stream of random numbers that its seed alone decides.
#[derive(Debug, Clone)]
pub(super) struct Random {
    state: u64,
}

impl Random {
    /// The stream of one `purpose` for one household. Streams do not disturb each other: a change in
    /// how penalties are drawn leaves every complaint as it was.
    pub(super) fn stream(seed: u64, household: u32, purpose: u32) -> Self {
        let place = u64::from(household) << 32 | u64::from(purpose);
        Self { state: scramble(scramble(seed.wrapping_add(STEP)) ^ place) }
    }

    /// The next 64 bits.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(STEP);
        scramble(self.state)
    }

    /// A number from 0 up to but not including `bound`; 0 for a bound of 0. The high half of the
    /// product is used, whose bias (at most `bound` in 2^64) no one can see.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        let high = (u128::from(self.next()) * u128::from(bound)) >> 64;
        u32::try_from(high).unwrap_or(0)
    }

    /// A number from `least` to `most`, both included.
    pub(super) fn between(&mut self, least: u32, most: u32) -> u32 {
        least + self.below(most.saturating_sub(least) + 1)
    }

    /// True in `per_mille` of a thousand cases.
    pub(super) fn chance(&mut self, per_mille: u32) -> bool {
        self.below(1000) < per_mille
    }

    /// One of the choices, each as often as its weight says; the last one if the weights are all 0.
    pub(super) fn weighted<T: Copy>(&mut self, choices: &[(u32, T)], otherwise: T) -> T {
        let total = choices.iter().map(|it| it.0).sum();
        let mut at = self.below(total);
        for (weight, choice) in choices {
            if at < *weight {
                return *choice;
            }
            at -= weight;
        }
        otherwise
    }

    /// One of the choices; `otherwise` if there are none.
    pub(super) fn pick<T: Copy>(&mut self, choices: &[T], otherwise: T) -> T {
        let count = u32::try_from(choices.len()).unwrap_or(0);
        let at = usize::try_from(self.below(count)).unwrap_or(0);
        choices.get(at).copied().unwrap_or(otherwise)
    }

    /// How often something happens, as long as each happening brings another one in `per_mille` of a
    /// thousand cases; at most `most` times. Few times for most, many times for a few.
    pub(super) fn run_of(&mut self, per_mille: u32, most: u32) -> u32 {
        let mut count = 0;
        while count < most && self.chance(per_mille) {
            count += 1;
        }
        count
    }
}

/// The output function of `SplitMix64`.
fn scramble(state: u64) -> u64 {
    let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn the_generator_is_splitmix64() {
        // The first outputs for the seed 1234567, as the published test vectors have them.
        let mut random = Random { state: 1_234_567 };
        let outputs: Vec<u64> = (0..5).map(|_| random.next()).collect();
        let expected = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ];
        assert_eq!(outputs, expected);
    }

    #[test]
    fn numbers_stay_in_their_bounds_and_reach_both_ends() {
        let mut random = Random::stream(1, 2, 3);
        let drawn: Vec<u32> = (0..1000).map(|_| random.between(3, 7)).collect();
        assert_eq!(drawn.iter().min(), Some(&3));
        assert_eq!(drawn.iter().max(), Some(&7));
        assert_eq!(random.below(0), 0);
        assert_eq!(random.weighted(&[(0, 'a')], 'b'), 'b');
    }
}
