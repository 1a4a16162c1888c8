//! Games: what several changes do together, divided among them.
//!
//! A game says what each set of changes is worth. The Shapley value is the mean, over all orders in which
//! the changes could be made, of what each adds at its turn; its parts sum to the worth of all changes.
//! Owen's value is the same over the orders in which each group stays together. A change that needs
//! others does nothing until they are made (the conjunctive restriction of the game), so that both
//! remain defined over all orders. Everything is exact: parts are whole numbers over a fixed whole.

use crate::stats::Fraction;

/// A set of changes, a bit each.
pub(super) type Mask = u128;

/// How many changes there can be.
pub(super) const MOST_CHANGES: usize = 128;

/// How many of them can matter to one household, for an exact answer.
pub(super) const MOST_EXACT: usize = 12;

/// 12!: every Shapley value of a game of up to twelve players is a whole number of these parts.
pub(super) const PARTS: i128 = 479_001_600;

/// The parts of Owen's value: 12!·12!.
pub(super) const OWEN_PARTS: i128 = PARTS * PARTS;

const FACTORIALS: [i128; MOST_EXACT + 1] =
    [1, 1, 2, 6, 24, 120, 720, 5_040, 40_320, 362_880, 3_628_800, 39_916_800, PARTS];

/// The changes of a set, by number.
pub(super) fn members(mask: Mask) -> impl Iterator<Item = usize> {
    (0..MOST_CHANGES).filter(move |it| mask >> it & 1 == 1)
}

/// The set of one change.
pub(super) fn only(change: usize) -> Mask {
    1 << change
}

/// What each change needs.
#[derive(Debug, Clone, Default)]
pub(super) struct Needs(Vec<Mask>);

impl Needs {
    /// From what each change needs by itself.
    pub(super) fn of(direct: &[Vec<usize>]) -> Self {
        let one = |all: &Vec<usize>| {
            let known = all.iter().filter(|it| **it < direct.len());
            known.fold(0, |mask, it| mask | only(*it))
        };
        let mut needs: Vec<Mask> = direct.iter().map(one).collect();
        // What is needed may need more.
        for _ in 0..needs.len() {
            for at in 0..needs.len() {
                let more = members(needs[at]).fold(needs[at], |it, of| it | needs[of]);
                needs[at] = more & !only(at);
            }
        }
        Self(needs)
    }

    /// What a change needs, also by way of others.
    pub(super) fn by(&self, change: usize) -> Mask {
        self.0.get(change).copied().unwrap_or_default()
    }

    /// A set with all that it needs.
    pub(super) fn closure(&self, mask: Mask) -> Mask {
        members(mask).fold(mask, |it, change| it | self.by(change))
    }

    /// Those of a set that have all they need in it.
    pub(super) fn interior(&self, mask: Mask) -> Mask {
        let able = members(mask).filter(|it| self.by(*it) & !mask == 0);
        able.fold(0, |it, change| it | only(change))
    }

    /// A set without a change and without those that need it.
    pub(super) fn without(&self, mask: Mask, change: usize) -> Mask {
        self.interior(mask & !only(change))
    }
}

/// The Shapley value of each player, in [`PARTS`]; `worth` takes a set of players by number. There are at
/// most [`MOST_EXACT`] players.
pub(super) fn shapley(players: usize, worth: &dyn Fn(Mask) -> i64) -> Vec<i128> {
    let worths: Vec<i64> = (0..1usize << players).map(|it| worth(it as Mask)).collect();
    let weight = |size: usize| {
        let orders = FACTORIALS[size] * FACTORIALS[players - size - 1];
        orders * (PARTS / FACTORIALS[players])
    };
    let value = |player: usize| {
        let without = (0..worths.len()).filter(|it| it >> player & 1 == 0);
        let terms = without.map(|it| {
            let added = worths[it | 1 << player] - worths[it];
            i128::from(added) * weight(it.count_ones() as usize)
        });
        terms.sum()
    };
    (0..players).map(value).collect()
}

/// Owen's value of each player of each group, in [`OWEN_PARTS`]; `worth` takes a set of players. There are
/// at most [`MOST_EXACT`] groups of at most so many players each.
pub(super) fn owen(groups: &[Vec<usize>], worth: &dyn Fn(Mask) -> i64) -> Vec<(usize, i128)> {
    let mut out = Vec::new();
    for (own, players) in groups.iter().enumerate() {
        let mut values = vec![0; players.len()];
        each_union(groups, own, &mut |others, count| {
            let outer = FACTORIALS[count]
                * FACTORIALS[groups.len() - count - 1]
                * (PARTS / FACTORIALS[groups.len()]);
            let inner = |set: Mask| {
                let chosen = members(set).filter_map(|it| players.get(it));
                worth(others | chosen.fold(0, |it, player| it | only(*player)))
            };
            for (value, part) in values.iter_mut().zip(shapley(players.len(), &inner)) {
                *value += part * outer;
            }
        });
        out.extend(players.iter().copied().zip(values));
    }
    out
}

/// Every union of other groups than one's own, and of how many.
pub(super) fn each_union(groups: &[Vec<usize>], own: usize, each: &mut dyn FnMut(Mask, usize)) {
    let others: Vec<Mask> = groups
        .iter()
        .enumerate()
        .filter(|it| it.0 != own)
        .map(|(_, group)| group.iter().fold(0, |it, player| it | only(*player)))
        .collect();
    for chosen in 0..1usize << others.len() {
        let union = others.iter().enumerate().filter(|it| chosen >> it.0 & 1 == 1);
        each(union.fold(0, |it, (_, group)| it | group), chosen.count_ones() as usize);
    }
}

/// Random orders of so many players, the same for the same seed on every machine.
pub(super) fn orders(players: usize, count: usize, seed: u64) -> Vec<Vec<usize>> {
    let mut state = seed;
    // SplitMix64
    let mut next = move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = state;
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        it ^ (it >> 31)
    };
    let mut order = || {
        let mut order: Vec<usize> = (0..players).collect();
        for at in (1..players).rev() {
            // With at most 128 players the remainder is uniform to within 2⁻⁵⁷.
            let other = usize::try_from(next() % (at as u64 + 1)).unwrap_or_default();
            order.swap(at, other);
        }
        order
    };
    (0..count).map(|_| order()).collect()
}

/// The mean of what was found in each of some orders, with the interval at 95 % (1.96 standard errors),
/// in ten-thousandths.
pub(super) fn estimate(sums: &[i64]) -> (Fraction, i128) {
    let count = sums.len().max(1) as i128;
    let total: i128 = sums.iter().map(|it| i128::from(*it)).sum();
    let mean = Fraction::new(total, count).unwrap_or(Fraction::ZERO);
    if sums.len() < 2 {
        return (mean, 0);
    }
    // The sum of squared deviations times the count, exactly.
    let squares: i128 = sums.iter().map(|it| i128::from(*it) * i128::from(*it)).sum();
    let spread = (squares * count - total * total).max(0);
    // 1.96² · spread ÷ (count² · (count − 1)), in units of 10⁻⁸, under the root.
    let variance = spread.saturating_mul(384_160_000) / (count * count * (count - 1));
    (mean, i128::try_from(variance.unsigned_abs().isqrt()).unwrap_or(i128::MAX))
}

#[cfg(test)]
mod tests {
    use super::{Mask, Needs, OWEN_PARTS, PARTS, estimate, members, only, orders, owen, shapley};
    use crate::stats::Fraction;

    /// Worths from a seed, zero for nobody.
    fn game(seed: u64) -> impl Fn(Mask) -> i64 {
        move |mask| {
            if mask == 0 {
                return 0;
            }
            let mixed =
                u64::try_from(mask).unwrap().wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(seed);
            let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            i64::try_from(mixed >> 61).unwrap() - 3
        }
    }

    fn permutations(players: &[usize]) -> Vec<Vec<usize>> {
        if players.is_empty() {
            return vec![Vec::new()];
        }
        let mut out = Vec::new();
        for first in players {
            let rest: Vec<usize> = players.iter().copied().filter(|it| it != first).collect();
            for mut order in permutations(&rest) {
                order.insert(0, *first);
                out.push(order);
            }
        }
        out
    }

    /// What each adds at its turn, summed over orders.
    fn by_orders(orders: &[Vec<usize>], players: usize, worth: &dyn Fn(Mask) -> i64) -> Vec<i128> {
        let mut sums = vec![0; players];
        for order in orders {
            let mut made = 0;
            for player in order {
                sums[*player] += i128::from(worth(made | only(*player)) - worth(made));
                made |= only(*player);
            }
        }
        sums
    }

    #[test]
    fn it_is_the_mean_over_all_orders() {
        for players in 1..=6 {
            let all: Vec<usize> = (0..players).collect();
            let orders = permutations(&all);
            for seed in 0..200 {
                let worth = game(seed);
                let parts = PARTS / orders.len() as i128;
                let expected: Vec<i128> =
                    by_orders(&orders, players, &worth).iter().map(|it| it * parts).collect();
                let found = shapley(players, &worth);
                assert_eq!(found, expected, "{players} {seed}");
                let whole = i128::from(worth((1 << players) - 1)) * PARTS;
                assert_eq!(found.iter().sum::<i128>(), whole);
            }
        }
    }

    #[test]
    fn who_does_nothing_gets_nothing_and_equals_get_the_same() {
        for seed in 0..200 {
            let base = game(seed);
            // Player 2 does nothing; 0 and 1 count by how many of them there are.
            let worth = |mask: Mask| base(Mask::from((mask & 3).count_ones()) | (mask & !7));
            let found = shapley(5, &worth);
            assert_eq!(found[2], 0);
            assert_eq!(found[0], found[1]);
        }
    }

    #[test]
    fn owens_value_is_the_mean_over_the_orders_in_which_groups_stay_together() {
        let groups = vec![vec![0, 3], vec![1], vec![2, 4]];
        let together = |order: &Vec<usize>| {
            groups.iter().all(|group| {
                let places: Vec<usize> =
                    group.iter().map(|it| order.iter().position(|at| at == it).unwrap()).collect();
                places.iter().max().unwrap() - places.iter().min().unwrap() == group.len() - 1
            })
        };
        let orders: Vec<_> = permutations(&[0, 1, 2, 3, 4]).into_iter().filter(together).collect();
        assert_eq!(orders.len(), 24);
        for seed in 0..200 {
            let worth = game(seed);
            let sums = by_orders(&orders, 5, &worth);
            for (player, found) in owen(&groups, &worth) {
                assert_eq!(found * 24, sums[player] * OWEN_PARTS, "{seed} {player}");
            }
        }
    }

    #[test]
    fn what_is_needed_is_needed_by_way_of_others() {
        let needs = Needs::of(&[vec![], vec![0], vec![1], vec![]]);
        assert_eq!(needs.by(2), 0b011);
        assert_eq!(needs.closure(0b0100), 0b0111);
        assert_eq!(needs.interior(0b1101), 0b1001);
        assert_eq!(needs.without(0b1111, 0), 0b1000);
        assert_eq!(members(0b1010).collect::<Vec<_>>(), [1, 3]);
    }

    #[test]
    fn orders_are_the_same_for_the_same_seed() {
        let found = orders(20, 50, 7);
        assert_eq!(found, orders(20, 50, 7));
        assert_ne!(found, orders(20, 50, 8));
        for mut order in found {
            order.sort_unstable();
            assert_eq!(order, (0..20).collect::<Vec<_>>());
        }
        // Means 2, squares spread 2 over 2 orders: 1.96 · √(2 ÷ 1 ÷ 2) = 1.96.
        assert_eq!(estimate(&[1, 3]), (Fraction::whole_number(2), 19_600));
    }
}
