//! Polynomials in the numbers of elements, with whole coefficients.

use std::collections::BTreeMap;

use crate::diag::Words;
use crate::model::linked::Linked;
use crate::verify::show;

/// Factors of one product, and terms of one sum.
const MAX_DEGREE: usize = 6;
const MAX_TERMS: usize = 300;

/// A number that differs from household to household.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Count {
    /// The records of a table, by slot.
    Records(usize),
    /// 历次结果
    History,
    /// 历年 历季 历月, where how many is not fixed
    Calendar,
    /// The elements of the group that is bound that many levels from the outside.
    Group(usize),
}

/// At most so many steps or elements: a sum of products of [`Count`]s. Too large a number stays at the
/// largest one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bound(BTreeMap<Vec<Count>, u64>);

impl Bound {
    pub(super) fn number(it: u64) -> Self {
        let mut all = BTreeMap::new();
        if it > 0 {
            all.insert(Vec::new(), it);
        }
        Self(all)
    }

    pub(super) fn count(it: Count) -> Self {
        Self(BTreeMap::from([(vec![it], 1)]))
    }

    /// The sum of two bounds.
    #[must_use]
    pub fn plus(mut self, other: &Self) -> Self {
        for (product, factor) in &other.0 {
            let sum = self.0.entry(product.clone()).or_default();
            *sum = sum.saturating_add(*factor);
        }
        self
    }

    #[must_use]
    pub(super) fn times(&self, other: &Self) -> Self {
        let mut all = Self::default();
        for (a, x) in &self.0 {
            for (b, y) in &other.0 {
                let mut product = [a.as_slice(), b.as_slice()].concat();
                product.sort_unstable();
                let endless = product.len() > MAX_DEGREE;
                product.truncate(MAX_DEGREE);
                let sum = all.0.entry(product).or_default();
                let more = if endless { u64::MAX } else { x.saturating_mul(*y) };
                *sum = sum.saturating_add(more);
            }
        }
        all.within_reason()
    }

    /// Nobody reads hundreds of terms: they are too much, and stay so whatever is added.
    fn within_reason(self) -> Self {
        if self.0.len() <= MAX_TERMS {
            return self;
        }
        let counts = self.0.keys().flatten().take(1);
        let counts: Vec<Count> = counts.copied().cycle().take(MAX_DEGREE).collect();
        Self(BTreeMap::from([(counts, u64::MAX)]))
    }

    /// At least as much as both.
    #[must_use]
    pub(super) fn most(mut self, other: &Self) -> Self {
        for (product, factor) in &other.0 {
            let most = self.0.entry(product.clone()).or_default();
            *most = (*most).max(*factor);
        }
        self
    }

    /// The work for all groups of `all` elements, where `self` is that for one group: together the groups
    /// have no more elements than there are, and there are no more groups than elements.
    #[must_use]
    pub(super) fn over_groups(&self, group: Count, all: &Self) -> Self {
        let mut sum = Self::default();
        for (product, factor) in &self.0 {
            let rest: Vec<Count> = product.iter().copied().filter(|it| *it != group).collect();
            let times = (product.len() - rest.len()).max(1);
            let mut part = Self(BTreeMap::from([(rest, *factor)]));
            for _ in 0..times {
                part = part.times(all);
            }
            sum = sum.plus(&part);
        }
        sum
    }

    /// How many factors the longest product has: 1 for work that grows with the records, 2 with pairs of
    /// them.
    pub fn degree(&self) -> usize {
        self.0.keys().map(Vec::len).max().unwrap_or_default()
    }

    /// The number of steps where there are so many of everything that is counted.
    pub fn at(&self, each: u64) -> u64 {
        self.0.iter().fold(0, |sum, (product, factor)| {
            let steps = product.iter().fold(*factor, |steps, _| steps.saturating_mul(each));
            sum.saturating_add(steps)
        })
    }

    /// `2 × 行政处罚 × 检查 + 3 × 检查 + 12`
    pub fn words(&self, linked: &Linked) -> Words {
        let mut all: Vec<(&Vec<Count>, &u64)> = self.0.iter().filter(|it| *it.1 > 0).collect();
        all.sort_by_key(|it| (std::cmp::Reverse(it.0.len()), it.0));
        let term = |(product, factor): &(&Vec<Count>, &u64)| {
            let factor = match **factor {
                u64::MAX => Some(Words::both("数不清", "countless")),
                1 if !product.is_empty() => None,
                factor => Some(factor.to_string().into()),
            };
            let counts = product.iter().map(|it| name(linked, *it));
            join(factor.into_iter().chain(counts), " × ")
        };
        let words = join(all.iter().map(term), " + ");
        if words.zh.is_empty() { "0".into() } else { words }
    }
}

fn join(words: impl Iterator<Item = Words>, sign: &str) -> Words {
    words.reduce(|a, b| show::join(&["", sign, ""], &["", sign, ""], &[a, b])).unwrap_or_default()
}

fn name(linked: &Linked, count: Count) -> Words {
    match count {
        Count::Records(slot) => linked.table(slot).name.to_string().into(),
        Count::History => Words::both("历次结果", "history"),
        Count::Calendar => Words::both("历期数", "periods"),
        Count::Group(_) => Words::both("组内条数", "records of a group"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Bound, Count};

    #[test]
    fn groups_have_no_more_elements_than_there_are() {
        let (group, all) = (Count::Group(0), Bound::count(Count::Records(0)));
        let once = Bound::number(3).plus(&Bound::count(group).times(&Bound::number(2)));
        // 3 for each group, 2 for each element: 5 n.
        assert_eq!(once.over_groups(group, &all), all.times(&Bound::number(5)));
        let pairs = Bound::count(group).times(&Bound::count(group));
        assert_eq!(pairs.over_groups(group, &all), all.times(&all));
    }

    #[test]
    fn a_bound_is_counted_at_a_number_of_records() {
        let one = Bound::count(Count::Records(0));
        let bound = one.times(&one).times(&Bound::number(2)).plus(&Bound::number(7));
        assert_eq!((bound.degree(), bound.at(1_000)), (2, 2_000_007));
        assert_eq!(bound.times(&bound).times(&bound).times(&bound).at(1_000), u64::MAX);
    }
}
