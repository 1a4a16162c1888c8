//! Fisher's exact test of two shares, and Holm's correction for many tests, in whole numbers.
//!
//! Given how many households there are, how many of them moved and how many are in a group, the number of
//! those in the group that moved has a hypergeometric distribution if the group is like the rest. Its terms
//! follow from each other by exact quotients, starting from the likeliest one, which stands for 2⁷⁰; each
//! step rounds by less than one part of that. Two-sided: what is as unlikely as what was found, or more so.

use heng_dsl::value::Decimal;
use serde::{Serialize, Serializer};

/// The likeliest term.
const MODE: u128 = 1 << 70;

/// Parts of one in a [`Chance`].
const ONE: u64 = 1_000_000_000_000;

/// More households than this are not tested: a product of two counts has to leave room beside a term.
const MOST: u64 = 1 << 28;

/// Terms whose difference lies within this share of what was found count as equally likely: two terms that
/// are equal by symmetry are reached in a different number of rounded steps.
const EQUAL_WITHIN: u128 = 1 << 24;

/// A probability, in units of 10⁻¹²; rounded up, so that it is never said to be zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Chance(u64);

impl Chance {
    /// Certainty.
    pub const CERTAIN: Self = Self(ONE);

    fn of(part: u128, whole: u128) -> Self {
        // Both have room for neither 10¹² nor its product; the whole is at least 2⁷⁰.
        let unit = (whole / u128::from(ONE)).max(1);
        Self(u64::try_from(part.div_ceil(unit)).unwrap_or(ONE).clamp(1, ONE))
    }

    /// The probability as a decimal with twelve places.
    pub fn decimal(self) -> Decimal {
        Decimal::new(i128::from(self.0), 12).unwrap_or(Decimal::ZERO)
    }

    /// Is it below 5 %?
    pub fn is_below_5_percent(self) -> bool {
        self.0 < ONE / 20
    }

    fn times(self, count: usize) -> Self {
        let product = u128::from(self.0) * count as u128;
        Self(u64::try_from(product).unwrap_or(ONE).min(ONE))
    }
}

impl Serialize for Chance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.decimal().serialize(serializer)
    }
}

/// How likely a difference at least as large as the one found is if the group is like the rest: of `all`
/// households `moved` moved; of the `group` among them `found` did. `None` for counts that cannot be, and
/// for more than 2²⁸ households.
pub fn fisher(all: u64, moved: u64, group: u64, found: u64) -> Option<Chance> {
    if all > MOST || moved > all || group > all || found > moved.min(group) {
        return None;
    }
    let least = (moved + group).saturating_sub(all);
    let most = moved.min(group);
    if found < least {
        return None;
    }
    // (group + 1)(moved + 1) ÷ (all + 2), the likeliest number.
    let mode = ((group + 1) * (moved + 1) / (all + 2)).clamp(least, most);
    let terms = Terms { all, moved, group };
    let mut below: Vec<u128> = Vec::new();
    let mut term = MODE;
    for at in (least..mode).rev() {
        // From `at + 1` down to `at`.
        let (up, down) = terms.step(at);
        term = term * down / up;
        below.push(term);
    }
    let mut line: Vec<u128> = below.into_iter().rev().collect();
    line.push(MODE);
    term = MODE;
    for at in mode..most {
        let (up, down) = terms.step(at);
        term = term * up / down;
        line.push(term);
    }
    let observed = *line.get(usize::try_from(found - least).ok()?)?;
    let as_unlikely = observed + observed / EQUAL_WITHIN + u128::from(most - least);
    let whole: u128 = line.iter().sum();
    let tail: u128 = line.iter().filter(|it| **it <= as_unlikely).sum();
    Some(Chance::of(tail, whole))
}

/// The three counts that do not vary.
struct Terms {
    all: u64,
    moved: u64,
    group: u64,
}

impl Terms {
    /// The term of `at + 1` is that of `at` times the first divided by the second.
    fn step(&self, at: u64) -> (u128, u128) {
        let up = u128::from(self.moved - at) * u128::from(self.group - at);
        let rest = self.all + at + 1 - self.moved - self.group;
        (up, u128::from(at + 1) * u128::from(rest))
    }
}

/// Corrects for many tests: the smallest is multiplied by how many there are, the next by one less, and so
/// on, none falling below the one before it. In the order in which they came.
pub fn holm(chances: &[Chance]) -> Vec<Chance> {
    let mut order: Vec<usize> = (0..chances.len()).collect();
    order.sort_by_key(|it| (chances.get(*it).copied(), *it));
    let mut out = chances.to_vec();
    let mut least = Chance(0);
    for (rank, at) in order.iter().enumerate() {
        if let Some(it) = out.get_mut(*at) {
            least = least.max(it.times(chances.len() - rank));
            *it = least;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Chance, fisher, holm};

    fn shown(all: u64, moved: u64, group: u64, found: u64) -> String {
        fisher(all, moved, group, found)
            .unwrap()
            .decimal()
            .round(6, heng_dsl::value::Rounding::HalfUp)
            .unwrap()
            .to_string()
    }

    /// By counting: the sum over all numbers that are as unlikely, with binomial coefficients.
    fn counted(all: u64, moved: u64, group: u64, found: u64) -> u128 {
        let choose = |n: u64, k: u64| {
            (0..k).fold(1u128, |it, at| it * u128::from(n - at) / u128::from(at + 1))
        };
        let term = |at: u64| choose(moved, at) * choose(all - moved, group - at);
        let (least, most) = ((moved + group).saturating_sub(all), moved.min(group));
        let whole: u128 = (least..=most).map(term).sum();
        let tail: u128 = (least..=most).map(term).filter(|it| *it <= term(found)).sum();
        (tail * 1_000_000).div_ceil(whole)
    }

    #[test]
    fn the_tea_is_tasted() {
        // Three of four cups of eight: 34 of 70 selections are as unlikely.
        assert_eq!(shown(8, 4, 4, 3), "0.485714");
        assert_eq!(shown(8, 4, 4, 4), "0.028571");
        assert_eq!(fisher(8, 9, 4, 4), None);
        assert_eq!(fisher(8, 4, 4, 5), None);
        assert_eq!(fisher(10, 0, 4, 0), Some(Chance::CERTAIN));
    }

    #[test]
    fn it_is_what_counting_gives() {
        for all in 1..16_u64 {
            for moved in 0..=all {
                for group in 0..=all {
                    let least = (moved + group).saturating_sub(all);
                    for found in least..=moved.min(group) {
                        let chance = u128::from(fisher(all, moved, group, found).unwrap().0);
                        let counted = counted(all, moved, group, found);
                        assert!(
                            chance.div_ceil(1_000_000).abs_diff(counted) <= 1,
                            "{all} {moved} {group} {found}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_large_register_is_no_trouble() {
        let chance = fisher(1_000_000, 5_000, 20_000, 300).unwrap();
        assert!(chance < Chance(1_000_000), "{chance:?}");
        assert!(fisher(1_000_000, 5_000, 20_000, 100).unwrap() > Chance(900_000_000_000));
    }

    #[test]
    fn many_tests_are_corrected_for() {
        let of = |it: &[u64]| it.iter().map(|it| Chance(it * 10_000_000_000)).collect::<Vec<_>>();
        assert_eq!(holm(&of(&[1, 4, 3, 50])), of(&[4, 9, 9, 50]));
        assert_eq!(holm(&of(&[60, 90])), vec![Chance::CERTAIN, Chance::CERTAIN]);
    }
}
