//! Boxes of which no two meet, by counting their points.
//!
//! However many rows and columns a table has, this takes time in proportion to rows times atoms: where
//! points are missing, the first slice of each column that lacks some leads to one of them.

use super::{Box, Search, Set};

/// Looks for a point of `within`, but not of `without`, that lies in none of the boxes. `None` where there
/// are too many points to count.
pub(in super::super) fn uncovered(
    within: &Box,
    without: Option<&Box>,
    rows: &[&Box],
) -> Option<Search> {
    let whole = Volumes::of(within, within, without)?;
    let volumes: Vec<Volumes> =
        rows.iter().map(|it| Volumes::of(it, within, without)).collect::<Option<_>>()?;
    let mut live: Vec<usize> = (0..rows.len()).collect();
    let mut inside = without.is_some();
    if sum(&volumes, &live, 0, inside)? == whole.behind(0, inside)? {
        return Some(Search::Covered);
    }
    let mut point = Vec::with_capacity(within.len());
    for (column, atoms) in within.iter().enumerate() {
        let lacking = atoms.each().find_map(|atom| {
            let has = |it: &Box| it.get(column).is_some_and(|it| it.has(atom));
            let still = inside && without.is_some_and(has);
            let left: Vec<usize> =
                live.iter().copied().filter(|it| rows.get(*it).is_some_and(|it| has(it))).collect();
            let (all, found) =
                (whole.behind(column + 1, still)?, sum(&volumes, &left, column + 1, still)?);
            (found < all).then_some((atom, left, still))
        });
        let (atom, left, still) = lacking?;
        point.push(atom);
        (live, inside) = (left, still);
    }
    Some(Search::Found(point))
}

fn sum(volumes: &[Volumes], live: &[usize], column: usize, inside: bool) -> Option<u128> {
    live.iter()
        .try_fold(0_u128, |sum, it| sum.checked_add(volumes.get(*it)?.behind(column, inside)?))
}

/// The points of a box in the columns from one on, and of its part in what is left out.
struct Volumes {
    all: Vec<u128>,
    left_out: Vec<u128>,
}

impl Volumes {
    fn of(part: &Box, within: &Box, without: Option<&Box>) -> Option<Self> {
        let all = products(part.iter().zip(within).map(|(a, b)| a.common(b)))?;
        let left_out = match without {
            None => Vec::new(),
            Some(without) => {
                let sets = part.iter().zip(within).zip(without);
                products(sets.map(|((a, b), c)| a.and(b).common(c)))?
            }
        };
        Some(Self { all, left_out })
    }

    /// Without those left out, if the columns before leave them out so far.
    fn behind(&self, column: usize, inside: bool) -> Option<u128> {
        let all = self.all.get(column)?;
        if inside { all.checked_sub(*self.left_out.get(column)?) } else { Some(*all) }
    }
}

/// The products of all numbers from one on, and 1 behind the last.
fn products(sizes: impl DoubleEndedIterator<Item = u128>) -> Option<Vec<u128>> {
    let mut all = vec![1_u128];
    for size in sizes.rev() {
        all.push(all.last()?.checked_mul(size)?);
    }
    all.reverse();
    Some(all)
}

impl Set {
    /// Its atoms in order.
    fn each(&self) -> impl Iterator<Item = usize> {
        (0..self.0.len() * 64).filter(|it| self.has(*it))
    }
}
