//! Boxes in a space of finitely many points: which point lies in none of them, which lie in two.
//!
//! A column of a table is cut into finitely many *atoms*, stretches on which every cell of the column
//! answers alike. A row is then a box, a set of atoms a column, and a combination of atoms is a point.
//! Two boxes meet exactly if they meet in every column. A point in no box is looked for column by
//! column, splitting only where the remaining rows differ and never twice for the same rows; where
//! that would take too long the search gives up and says so. Boxes of which no two meet are simply counted:
//! they cover everything exactly if they have as many points as there are ([`count`]).

pub(super) mod count;

use std::collections::{BTreeMap, BTreeSet};

/// Atoms of one column, as a set.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Set(Vec<u64>);

impl Set {
    /// The atoms of `size` for which `has` holds.
    pub(super) fn of(size: usize, has: impl Fn(usize) -> bool) -> Self {
        let mut words = vec![0; size.div_ceil(64)];
        for at in (0..size).filter(|it| has(*it)) {
            if let Some(word) = words.get_mut(at / 64) {
                *word |= 1_u64 << (at % 64);
            }
        }
        Self(words)
    }

    pub(super) fn has(&self, at: usize) -> bool {
        self.0.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|it| *it == 0)
    }

    /// The first atom that both have.
    pub(super) fn meet(&self, other: &Self) -> Option<usize> {
        let words = self.0.iter().zip(&other.0).map(|(a, b)| a & b).enumerate();
        let (at, word) = words.into_iter().find(|(_, word)| *word != 0)?;
        Some(at * 64 + usize::try_from(word.trailing_zeros()).ok()?)
    }

    /// How many atoms both have.
    fn common(&self, other: &Self) -> u128 {
        let words = self.0.iter().zip(&other.0);
        words.map(|(a, b)| u128::from((a & b).count_ones())).sum()
    }

    /// What both have.
    pub(super) fn and(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| a & b).collect())
    }

    /// What one of them has.
    pub(super) fn or(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| a | b).collect())
    }

    /// Does it have all atoms from its first to its last?
    pub(super) fn is_stretch(&self) -> bool {
        let size = self.0.len() * 64;
        let first = (0..size).find(|it| self.has(*it)).unwrap_or(0);
        let last = (0..size).rev().find(|it| self.has(*it)).unwrap_or(0);
        (first..=last).all(|it| self.has(it))
    }

    /// Does it begin right behind `stretch`, or end right before it? The first `line` atoms lie on a line, and
    /// a stretch has no others.
    pub(super) fn touches(&self, stretch: &Self, line: usize) -> bool {
        let beside =
            |at: usize| self.has(at - 1) && stretch.has(at) || self.has(at) && stretch.has(at - 1);
        (1..line).any(beside) && !(line..stretch.0.len() * 64).any(|at| stretch.has(at))
    }

    fn add(&mut self, at: usize) {
        if let Some(word) = self.0.get_mut(at / 64) {
            *word |= 1_u64 << (at % 64);
        }
    }

    /// Does it have all that `other` has?
    pub(super) fn covers(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(a, b)| b & !a == 0)
    }
}

/// A box: a set a column.
pub(super) type Box = Vec<Set>;

/// The first common point of two boxes.
pub(super) fn common(a: &Box, b: &Box) -> Option<Vec<usize>> {
    a.iter().zip(b).map(|(a, b)| a.meet(b)).collect()
}

/// The box around a point that meets none of the rows and cannot be made wider in any column: first as far
/// as possible in the first column, then in the next. The first atoms of a column (as many as `lines` says)
/// are neighbours on a line, and of them it takes one stretch.
pub(super) fn widened(point: &[usize], within: &Box, rows: &[&Box], lines: &[usize]) -> Box {
    let size = |column: usize| within.get(column).map_or(0, |it| it.0.len() * 64);
    let only = |(column, at): (usize, &usize)| Set::of(size(column), |it| it == *at);
    let mut wide: Box = point.iter().enumerate().map(only).collect();
    // In how many columns each row stays clear of the box; it has to be one at least.
    let clear_in = |row: &Box, wide: &Box, column: usize| {
        row.get(column).zip(wide.get(column)).is_some_and(|(a, b)| a.meet(b).is_none())
    };
    let columns = 0..point.len();
    let count = |row: &&Box| columns.clone().filter(|it| clear_in(row, &wide, *it)).count();
    let mut clear: Vec<usize> = rows.iter().map(count).collect();
    for (column, start) in point.iter().enumerate() {
        let (Some(domain), Some(line)) = (within.get(column), lines.get(column)) else { continue };
        let last = (0..size(column)).rev().find(|it| domain.has(*it)).unwrap_or(0);
        let sides: [Vec<usize>; 2] = [(0..*start).rev().collect(), (start + 1..=last).collect()];
        for side in sides {
            let mut stopped = *start >= *line;
            for atom in side.into_iter().filter(|it| domain.has(*it)) {
                if stopped && atom < *line {
                    continue;
                }
                let touched = |row: &Box| row.get(column).is_some_and(|it| it.has(atom));
                let narrow: Vec<usize> = (0..rows.len())
                    .filter(|it| touched(rows[*it]) && clear_in(rows[*it], &wide, column))
                    .collect();
                if narrow.iter().any(|it| clear[*it] == 1) {
                    stopped = true;
                    continue;
                }
                narrow.into_iter().for_each(|it| clear[it] -= 1);
                if let Some(set) = wide.get_mut(column) {
                    set.add(atom);
                }
            }
        }
    }
    wide
}

/// The outcome of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Search {
    /// Every point lies in a box.
    Covered,
    /// This point lies in none: an atom a column.
    Found(Vec<usize>),
    /// It would take too long.
    TooLong,
}

/// Looks for a point of `within` that lies in none of the boxes. Spends at most `budget` steps and
/// takes off what it spent.
pub(super) fn uncovered(within: &Box, rows: &[&Box], budget: &mut u64) -> Search {
    let mut hunt = Hunt { within, rows, budget, covered: BTreeSet::new() };
    let all: Vec<usize> = (0..rows.len()).collect();
    let columns: Vec<usize> = (0..within.len()).collect();
    if within.iter().any(Set::is_empty) {
        return Search::Covered;
    }
    match hunt.go(&all, &columns) {
        Step::Covered => Search::Covered,
        Step::TooLong => Search::TooLong,
        Step::Found(fixed) => {
            let first = |column: usize| within.get(column).and_then(|it| it.meet(it)).unwrap_or(0);
            let point =
                columns.iter().map(|it| fixed.get(it).copied().unwrap_or_else(|| first(*it)));
            Search::Found(point.collect())
        }
    }
}

/// A part of the search: the atoms of the columns that matter.
enum Step {
    Covered,
    Found(BTreeMap<usize, usize>),
    TooLong,
}

struct Hunt<'h> {
    within: &'h Box,
    rows: &'h [&'h Box],
    budget: &'h mut u64,
    /// Rows that cover everything in some columns.
    covered: BTreeSet<(Vec<usize>, Vec<usize>)>,
}

impl Hunt<'_> {
    fn is_full(&self, row: usize, column: usize) -> bool {
        self.rows[row][column].covers(&self.within[column])
    }

    fn spend(&mut self, steps: usize) -> bool {
        let steps = u64::try_from(steps).unwrap_or(u64::MAX);
        let enough = *self.budget >= steps;
        *self.budget = self.budget.saturating_sub(steps);
        enough
    }

    /// Do these rows cover everything in these columns?
    fn go(&mut self, rows: &[usize], columns: &[usize]) -> Step {
        if rows.is_empty() {
            return Step::Found(BTreeMap::new());
        }
        if !self.spend(rows.len() * (columns.len() + 1)) {
            return Step::TooLong;
        }
        if rows.iter().any(|row| columns.iter().all(|column| self.is_full(*row, *column))) {
            return Step::Covered;
        }
        let picky =
            |column: &usize| rows.iter().filter(|row| !self.is_full(**row, *column)).count();
        // The column that tells most rows apart; of equals the first, so that answers are stable.
        let Some(column) = columns.iter().copied().rev().max_by_key(picky) else {
            return Step::Covered;
        };
        let key = (columns.to_vec(), rows.to_vec());
        if self.covered.contains(&key) {
            return Step::Covered;
        }
        let rest: Vec<usize> = columns.iter().copied().filter(|it| *it != column).collect();
        for (atom, left) in self.split(rows, column) {
            if !self.spend(left.len() + 1) {
                return Step::TooLong;
            }
            match self.go(&left, &rest) {
                Step::Covered => {}
                Step::TooLong => return Step::TooLong,
                Step::Found(mut point) => {
                    point.insert(column, atom);
                    return Step::Found(point);
                }
            }
        }
        self.covered.insert(key);
        Step::Covered
    }

    /// The atoms of a column with the rows that are left for each; one atom for the same rows, and
    /// none whose rows include those of another.
    fn split(&mut self, rows: &[usize], column: usize) -> Vec<(usize, Vec<usize>)> {
        let mut kinds: Vec<(usize, Vec<usize>)> = Vec::new();
        let mut seen = BTreeSet::new();
        let atoms = self.within[column].0.len() * 64;
        for atom in (0..atoms).filter(|it| self.within[column].has(*it)) {
            let left: Vec<usize> =
                rows.iter().copied().filter(|row| self.rows[*row][column].has(atom)).collect();
            if seen.insert(left.clone()) {
                kinds.push((atom, left));
            }
        }
        self.spend(kinds.len() * rows.len());
        if kinds.len() > 64 {
            return kinds;
        }
        let includes = |a: &[usize], b: &[usize]| b.iter().all(|it| a.binary_search(it).is_ok());
        let needed = kinds.iter().enumerate().filter(|(at, (_, left))| {
            !kinds.iter().enumerate().any(|(other, (_, less))| other != *at && includes(left, less))
        });
        let needed: Vec<_> = needed.map(|(_, it)| it.clone()).collect();
        needed
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Box, Search, Set, common, count, uncovered, widened};

    /// Every point of a space of columns with these numbers of atoms.
    fn points(sizes: &[usize]) -> Vec<Vec<usize>> {
        sizes.iter().fold(vec![Vec::new()], |points, size| {
            let longer = |point: &Vec<usize>| {
                let point = point.clone();
                (0..*size).map(move |it| [point.clone(), vec![it]].concat()).collect::<Vec<_>>()
            };
            points.iter().flat_map(longer).collect()
        })
    }

    fn inside(row: &Box, point: &[usize]) -> bool {
        row.iter().zip(point).all(|(set, at)| set.has(*at))
    }

    fn space() -> impl Strategy<Value = (Vec<usize>, Vec<Box>)> {
        prop::collection::vec(1_usize..5, 1..5).prop_flat_map(|sizes| {
            let widths = sizes.clone();
            let row = prop::collection::vec(prop_oneof![Just(31_usize), 1_usize..31], sizes.len());
            let rows = prop::collection::vec(row, 0..8).prop_map(move |rows| {
                let sets = |row: Vec<usize>| {
                    let each = row.into_iter().zip(&widths);
                    each.map(|(mask, size)| Set::of(*size, |at| mask >> at & 1 == 1)).collect()
                };
                rows.into_iter().map(sets).collect::<Vec<Box>>()
            });
            (Just(sizes), rows)
        })
    }

    proptest! {
        #[test]
        fn a_search_finds_what_enumeration_finds((sizes, rows) in space()) {
            let within: Box = sizes.iter().map(|size| Set::of(*size, |_| true)).collect();
            let rows: Vec<&Box> = rows.iter().collect();
            let holes = points(&sizes).iter().any(|it| !rows.iter().any(|row| inside(row, it)));
            match uncovered(&within, &rows, &mut 1_000_000) {
                Search::Covered => prop_assert!(!holes),
                Search::Found(point) => prop_assert!(!rows.iter().any(|row| inside(row, &point))),
                Search::TooLong => prop_assert!(false, "small tables never take long"),
            }
            for (at, a) in rows.iter().enumerate() {
                for b in &rows[..at] {
                    let together = points(&sizes).iter().any(|it| inside(a, it) && inside(b, it));
                    prop_assert_eq!(common(a, b).is_some(), together);
                }
            }
        }

        #[test]
        fn boxes_that_do_not_meet_are_counted((sizes, rows) in space()) {
            let within: Box = sizes.iter().map(|size| Set::of(*size, |_| true)).collect();
            let rows: Vec<&Box> = rows.iter().collect();
            let mut apart: Vec<&Box> = Vec::new();
            for it in &rows {
                if apart.iter().all(|other| common(it, other).is_none()) {
                    apart.push(it);
                }
            }
            let without: Box = sizes.iter().map(|size| Set::of(*size, |it| it > 0)).collect();
            for without in [None, Some(&without)] {
                let open = |it: &Vec<usize>| {
                    let out = without.is_some_and(|without| inside(without, it));
                    !out && !apart.iter().any(|row| inside(row, it))
                };
                match count::uncovered(&within, without, &apart) {
                    Some(Search::Covered) => prop_assert!(!points(&sizes).iter().any(open)),
                    Some(Search::Found(point)) => prop_assert!(open(&point)),
                    _ => prop_assert!(false, "these can be counted"),
                }
            }
        }

        #[test]
        fn a_box_around_a_hole_is_as_wide_as_can_be((sizes, rows) in space()) {
            let within: Box = sizes.iter().map(|size| Set::of(*size, |_| true)).collect();
            let rows: Vec<&Box> = rows.iter().collect();
            if let Search::Found(point) = uncovered(&within, &rows, &mut 1_000_000) {
                let lines = vec![0; sizes.len()];
                let wide = widened(&point, &within, &rows, &lines);
                prop_assert!(inside(&wide, &point));
                prop_assert!(rows.iter().all(|it| common(it, &wide).is_none()));
                for (column, size) in sizes.iter().enumerate() {
                    for atom in (0..*size).filter(|it| !wide[column].has(*it)) {
                        let mut wider = wide.clone();
                        wider[column].add(atom);
                        prop_assert!(rows.iter().any(|it| common(it, &wider).is_some()));
                    }
                }
            }
        }
    }

    #[test]
    fn a_hostile_table_ends() {
        // Parity of 40 columns, in pairs: nothing can be left out and nothing repeats.
        let full = Set::of(2, |_| true);
        let within: Box = vec![full.clone(); 40];
        let row = |i: usize, j: usize, bit: usize| {
            let set =
                |at| if at == i || at == j { Set::of(2, |it| it == bit) } else { full.clone() };
            (0..40).map(set).collect::<Box>()
        };
        let pairs = (0..40).flat_map(|i| (i + 1..40).map(move |j| (i, j)));
        let rows: Vec<Box> = pairs
            .filter(|(i, j)| (i * 7 + j * 3) % 5 < 2)
            .flat_map(|(i, j)| [row(i, j, 0), row(i, j, 1)])
            .collect();
        let rows: Vec<&Box> = rows.iter().collect();
        let mut budget = 2_000_000;
        let _ = uncovered(&within, &rows, &mut budget);
        assert!(budget < 2_000_000);
    }
}
