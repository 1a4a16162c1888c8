//! How well an order of households tells those with the event from those without: AUC, Gini, KS.
//!
//! Everything is worked out from counts of households that share a value, riskiest value first.

use heng_dsl::value::{Decimal, Rounding};
use serde::Serialize;

use super::share::Tally;
use crate::stats::Fraction;

/// The figures of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ranking {
    /// Households that stand in the order.
    pub households: u64,
    /// Those of them with the event.
    pub events: u64,
    /// The share of pairs, one household with the event and one without, in which the first is the
    /// riskier one; equal values count half.
    pub auc: Fraction,
    /// The standard error of `auc` (`DeLong`), to four places; absent where there is only one
    /// household with the event or only one without.
    pub standard_error: Option<Decimal>,
    /// `auc` ± 1.96 standard errors, within 0 and 1.
    pub interval: Option<[Decimal; 2]>,
    /// `2 × auc − 1`
    pub gini: Fraction,
    /// The largest distance between the share of households with the event and of those without
    /// that are at least as risky as some value.
    pub ks: Fraction,
    /// The number of that value in the order; the riskiest of several.
    #[serde(skip)]
    pub ks_at: usize,
}

/// The figures of households in groups of the same value, riskiest first. `None` where nobody has
/// the event, where everybody has it, or for more households than fit 38 digits.
pub fn ranking(groups: &[Tally]) -> Option<Ranking> {
    let households: u64 = groups.iter().map(|it| it.households).sum();
    let events: u64 = groups.iter().map(|it| it.events).sum();
    let with = i128::from(events);
    let without = i128::from(households) - with;
    let pairs = with.checked_mul(without).filter(|it| *it > 0)?;
    let wins = Wins::of(groups, with, without)?;
    let auc = Fraction::new(wins.sum, pairs.checked_mul(2)?)?;
    let standard_error = wins.standard_error(with, without, pairs);
    let (distance, ks_at) = widest(groups, with, without)?;
    Some(Ranking {
        households,
        events,
        auc,
        standard_error: standard_error.and_then(|it| it.round(4, Rounding::HalfUp)),
        interval: standard_error.and_then(|it| interval(auc, it)),
        gini: Fraction::new(wins.sum.checked_sub(pairs)?, pairs)?,
        ks: Fraction::new(distance, pairs)?,
        ks_at,
    })
}

/// Pairs won, in halves: a household with the event wins two against one without that is less
/// risky, and one against one of the same value.
struct Wins {
    /// Of all households with the event; those without lose as many.
    sum: i128,
    /// The squares of what each household with the event wins.
    squares_with: i128,
    /// The squares of what each household without the event loses.
    squares_without: i128,
}

impl Wins {
    fn of(groups: &[Tally], with: i128, without: i128) -> Option<Self> {
        let mut new = Self { sum: 0, squares_with: 0, squares_without: 0 };
        let (mut seen_with, mut seen_without) = (0, 0);
        for group in groups {
            let here_with = i128::from(group.events);
            let here_without = i128::from(group.households) - here_with;
            let won = 2 * (without - seen_without - here_without) + here_without;
            let lost = 2 * seen_with + here_with;
            new.sum = new.sum.checked_add(here_with.checked_mul(won)?)?;
            let squares = |times: i128, of: i128| times.checked_mul(of.checked_mul(of)?);
            new.squares_with = new.squares_with.checked_add(squares(here_with, won)?)?;
            new.squares_without = new.squares_without.checked_add(squares(here_without, lost)?)?;
            seen_with += here_with;
            seen_without += here_without;
        }
        debug_assert!(seen_with == with && seen_without == without, "groups and totals agree");
        Some(new)
    }

    /// The standard error of the AUC by `DeLong`, to ten places: the variance of the mean of what
    /// each side wins, `(m·Σa² − (Σa)²)/(m − 1) + (n·Σb² − (Σb)²)/(n − 1)` over `4·m²·n²`.
    fn standard_error(&self, with: i128, without: i128, pairs: i128) -> Option<Decimal> {
        let square = self.sum.checked_mul(self.sum)?;
        let whole = pairs.checked_mul(pairs)?.checked_mul(4)?;
        let part = |count: i128, squares: i128| {
            let above = count.checked_mul(squares)?.checked_sub(square)?;
            let below = whole.checked_mul(count - 1)?;
            Decimal::new(above, 0)?.checked_div(Decimal::new(below, 0)?, 20)
        };
        let of_with = part(with, self.squares_with)?;
        let variance = of_with.checked_add(part(without, self.squares_without)?)?;
        let root = u128::try_from(variance.mantissa()).ok()?.isqrt();
        Decimal::new(i128::try_from(root).ok()?, 10)
    }
}

/// `auc` ± 1.96 standard errors, within 0 and 1, to four places.
fn interval(auc: Fraction, standard_error: Decimal) -> Option<[Decimal; 2]> {
    let reach = standard_error.checked_mul(Decimal::new(196, 2)?, 12)?;
    let auc = auc.rounded(12)?;
    let low = auc.checked_sub(reach)?.max(Decimal::ZERO).round(4, Rounding::HalfUp)?;
    let high = auc.checked_add(reach)?.min(Decimal::from(1)).round(4, Rounding::HalfUp)?;
    Some([low, high])
}

/// The largest distance of the two cumulative shares, times the number of pairs, and where it is.
fn widest(groups: &[Tally], with: i128, without: i128) -> Option<(i128, usize)> {
    let (mut seen_with, mut seen_without) = (0_i128, 0_i128);
    let mut widest = (0, 0);
    for (at, group) in groups.iter().enumerate() {
        seen_with += i128::from(group.events);
        seen_without += i128::from(group.households) - i128::from(group.events);
        let distance = seen_with.checked_mul(without)? - seen_without.checked_mul(with)?;
        if distance.abs() > widest.0 {
            widest = (distance.abs(), at);
        }
    }
    Some(widest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Fraction, Tally, ranking};

    /// Groups from `(households, events)`.
    fn groups(all: &[(u64, u64)]) -> Vec<Tally> {
        all.iter().map(|it| Tally { households: it.0, events: it.1 }).collect()
    }

    #[test]
    fn a_small_order_by_hand() {
        // Riskiest first: yes, no, {yes, no}, no. Of 6 pairs 4 are won, 1 is even.
        let found = ranking(&groups(&[(1, 1), (1, 0), (2, 1), (1, 0)])).unwrap();
        assert_eq!(found.auc, Fraction::new(9, 12).unwrap());
        assert_eq!(found.gini, Fraction::new(1, 2).unwrap());
        // After the first value: half of those with, none of those without.
        assert_eq!((found.ks, found.ks_at), (Fraction::new(1, 2).unwrap(), 0));
        // DeLong, in halves: those with the event win 6 and 3, those without lose 2, 3 and 4; the
        // variance is ((2·45 − 81)/1 + (3·29 − 81)/2) ÷ (4·2²·3²) = 1/12.
        assert_eq!(found.standard_error.unwrap().to_string(), "0.2887");
    }

    #[test]
    fn an_order_that_tells_nothing_and_one_that_tells_all() {
        let even = ranking(&groups(&[(10, 4)])).unwrap();
        assert_eq!(even.auc, Fraction::new(1, 2).unwrap());
        assert_eq!(even.ks, Fraction::new(0, 1).unwrap());
        assert_eq!(even.standard_error.unwrap().to_string(), "0.0000");
        let perfect = ranking(&groups(&[(4, 4), (6, 0)])).unwrap();
        assert_eq!(perfect.auc, Fraction::new(1, 1).unwrap());
        assert_eq!(perfect.ks, Fraction::new(1, 1).unwrap());
        let reversed = ranking(&groups(&[(6, 0), (4, 4)])).unwrap();
        assert_eq!(reversed.auc, Fraction::new(0, 1).unwrap());
        assert_eq!(reversed.gini, Fraction::new(-1, 1).unwrap());
        assert_eq!(ranking(&groups(&[(3, 3), (2, 2)])), None);
        assert_eq!(ranking(&groups(&[(3, 0)])), None);
        assert_eq!(ranking(&[]), None);
    }

    #[test]
    fn one_household_with_the_event_has_no_standard_error() {
        let found = ranking(&groups(&[(3, 1), (2, 0)])).unwrap();
        assert_eq!(found.standard_error, None);
        assert_eq!(found.interval, None);
        assert_eq!(found.auc, Fraction::new(6, 8).unwrap());
    }

    proptest! {
        #[test]
        fn the_figures_are_those_of_all_pairs(
            rows in prop::collection::vec((0_u8..6, any::<bool>()), 2..60),
        ) {
            let of = |value: u8, event: Option<bool>| {
                let hit = rows.iter().filter(|it| it.0 == value && event.is_none_or(|e| it.1 == e));
                hit.count() as u64
            };
            let order: Vec<u8> = (0..6).rev().collect();
            let tallies: Vec<Tally> = order
                .iter()
                .map(|it| Tally { households: of(*it, None), events: of(*it, Some(true)) })
                .collect();
            let with: Vec<u8> = rows.iter().filter(|it| it.1).map(|it| it.0).collect();
            let without: Vec<u8> = rows.iter().filter(|it| !it.1).map(|it| it.0).collect();
            let halves = |a: u8, b: u8| match a.cmp(&b) {
                std::cmp::Ordering::Greater => 2_i128,
                std::cmp::Ordering::Equal => 1,
                std::cmp::Ordering::Less => 0,
            };
            let won: i128 =
                with.iter().flat_map(|a| without.iter().map(move |b| halves(*a, *b))).sum();
            let pairs = (with.len() * without.len()) as i128;
            let found = ranking(&tallies);
            prop_assert_eq!(found.as_ref().map(|it| it.auc), Fraction::new(won, pairs * 2));
            let Some(found) = found else { return Ok(()) };
            prop_assert_eq!(Some(found.gini), Fraction::new(won - pairs, pairs));
            let share = |all: &[u8], cut: u8| all.iter().filter(|it| **it >= cut).count() as i128;
            let (m, n) = (with.len() as i128, without.len() as i128);
            let distance = |cut: u8| (share(&with, cut) * n - share(&without, cut) * m).abs();
            prop_assert_eq!(Some(found.ks), Fraction::new((0..6).map(distance).max().unwrap(), pairs));
            let at = order[found.ks_at];
            prop_assert_eq!(Some(found.ks), Fraction::new(distance(at), pairs));

            // The variance from its definition, in units of 1/(4·m²·n²·(m−1)·(n−1)).
            let mean_free = |all: Vec<i128>| {
                let (count, sum) = (all.len() as i128, all.iter().sum::<i128>());
                count * all.iter().map(|it| it * it).sum::<i128>() - sum * sum
            };
            let a = with.iter().map(|a| without.iter().map(|b| halves(*a, *b)).sum()).collect();
            let b = without.iter().map(|b| with.iter().map(|a| halves(*a, *b)).sum()).collect();
            let above = mean_free(a) * (n - 1) + mean_free(b) * (m - 1);
            let below = 4 * pairs * pairs * (m - 1) * (n - 1);
            match found.standard_error {
                None => prop_assert!(m == 1 || n == 1),
                // s rounded to four places: (s − ½·10⁻⁴)² ≤ variance ≤ (s + ½·10⁻⁴)², nearly.
                Some(it) => {
                    let s = it.mantissa() * 1_000;
                    let scale = 10_i128.pow(14);
                    let (low, high) = ((s - 501).max(0), s + 501);
                    prop_assert!(low * low * below <= above * scale, "{} {}", s, above);
                    prop_assert!(above * scale <= high * high * below, "{} {}", s, above);
                }
            }
        }
    }
}
