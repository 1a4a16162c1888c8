//! Counts and the sums among them: which have to be left out so that the small ones cannot be worked out.

use std::collections::{BTreeMap, BTreeSet};

/// 2⁶¹ − 1, a prime.
const PRIME: u64 = (1 << 61) - 1;

/// More than any count, and small enough that many of them can be added.
const UNBOUNDED: i128 = 1 << 80;

/// How often bounds are narrowed at most.
const NARROWINGS: usize = 100;

/// Between which numbers a count is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Bounds {
    least: i128,
    most: i128,
}

impl Bounds {
    /// Within both.
    fn meet(self, other: Self) -> Self {
        Self { least: self.least.max(other.least), most: self.most.min(other.most) }
    }
}

/// Counts, and equations among them.
#[derive(Debug, Clone, Default)]
pub(super) struct System {
    values: Vec<usize>,
    equations: Vec<Equation>,
}

/// Some counts sum to another one, or to a number that is known anyway.
#[derive(Debug, Clone)]
struct Equation {
    parts: Vec<usize>,
    whole: Option<usize>,
}

impl System {
    /// Takes in a count; gives its number.
    pub(super) fn unknown(&mut self, value: usize) -> usize {
        self.values.push(value);
        self.values.len() - 1
    }

    /// Takes in that these sum to another one, or to something known.
    pub(super) fn equation(&mut self, parts: Vec<usize>, whole: Option<usize>) {
        self.equations.push(Equation { parts, whole });
    }

    /// Which counts have to be left out, if those from 1 to below `least` are.
    pub(super) fn hidden(&self, least: usize) -> Vec<bool> {
        let mut hidden: Vec<bool> = self.values.iter().map(|it| *it > 0 && *it < least).collect();
        loop {
            // One at a time, because it may settle the next one, too.
            let exposed = self.exposed(&hidden, least);
            let more = exposed.iter().find_map(|it| self.companion(it, &hidden));
            match more.and_then(|it| hidden.get_mut(it)) {
                Some(place) => *place = true,
                // Nothing is exposed, or nothing is left that could be left out beside.
                None => return hidden,
            }
        }
    }

    fn value(&self, number: usize) -> usize {
        self.values.get(number).copied().unwrap_or_default()
    }

    /// For each count that is left out and yet can be worked out, or nearly so, the counts of which one more
    /// has to be left out.
    fn exposed(&self, hidden: &[bool], least: usize) -> Vec<Vec<usize>> {
        let is_hidden = |it: &usize| hidden.get(*it).copied().unwrap_or_default();
        let mut out = Vec::new();
        for it in &self.equations {
            let parts: Vec<usize> = it.parts.iter().copied().filter(|it| is_hidden(it)).collect();
            let whole_is_shown = it.whole.is_none_or(|it| !is_hidden(&it));
            let sum: usize = parts.iter().map(|it| self.value(*it)).sum();
            if whole_is_shown && !parts.is_empty() && (parts.len() < 2 || sum < least) {
                out.push(it.parts.iter().copied().chain(it.whole).collect());
            }
        }
        if out.is_empty() {
            let beside = |of: &usize| {
                let with = self.equations.iter();
                let with = with.filter(|it| it.parts.contains(of) || it.whole == Some(*of));
                with.flat_map(|it| it.parts.iter().copied().chain(it.whole)).collect()
            };
            out = self.determined(hidden).iter().map(&beside).collect();
            if out.is_empty() {
                out = self.pinned(hidden, least).iter().map(beside).collect();
            }
        }
        out
    }

    /// The small counts that are left out and that can have one value only, if whoever reads knows that what
    /// is left out is not zero: by narrowing bounds along the equations.
    fn pinned(&self, hidden: &[bool], least: usize) -> Vec<usize> {
        let is_hidden = |it: usize| hidden.get(it).copied().unwrap_or_default();
        let number = |it: usize| i128::try_from(self.value(it)).unwrap_or(UNBOUNDED);
        let mut bounds: Vec<Bounds> = (0..self.values.len())
            .map(|it| {
                if is_hidden(it) {
                    Bounds { least: number(it).min(1), most: UNBOUNDED }
                } else {
                    Bounds { least: number(it), most: number(it) }
                }
            })
            .collect();
        for _ in 0..NARROWINGS {
            let before = bounds.clone();
            self.equations.iter().for_each(|it| self.narrow(it, &mut bounds));
            if bounds == before {
                break;
            }
        }
        let small = |it: &usize| is_hidden(*it) && (1..least).contains(&self.value(*it));
        let fixed = |it: &usize| bounds.get(*it).is_some_and(|it| it.least == it.most);
        (0..self.values.len()).filter(|it| small(it) && fixed(it)).collect()
    }

    /// What an equation says about each of its counts, given the bounds of the others.
    fn narrow(&self, equation: &Equation, bounds: &mut [Bounds]) {
        let of = |bounds: &[Bounds], it: usize| bounds.get(it).copied().unwrap_or_default();
        let parts = equation.parts.iter().map(|it| of(bounds, *it));
        let sum = parts.fold(Bounds::default(), |sum, it| Bounds {
            least: sum.least + it.least,
            most: sum.most + it.most,
        });
        let whole = match equation.whole {
            Some(it) => of(bounds, it).meet(sum),
            None => {
                let known: usize = equation.parts.iter().map(|it| self.value(*it)).sum();
                let known = i128::try_from(known).unwrap_or(UNBOUNDED);
                Bounds { least: known, most: known }
            }
        };
        if let Some(place) = equation.whole.and_then(|it| bounds.get_mut(it)) {
            *place = whole;
        }
        for part in &equation.parts {
            let own = of(bounds, *part);
            let others = Bounds { least: sum.least - own.least, most: sum.most - own.most };
            let left = Bounds { least: whole.least - others.most, most: whole.most - others.least };
            if let Some(place) = bounds.get_mut(*part) {
                *place = own.meet(left);
            }
        }
    }

    /// The smallest shown one of some counts; zero only where there is no other.
    fn companion(&self, of: &[usize], hidden: &[bool]) -> Option<usize> {
        let shown = of.iter().filter(|it| !hidden.get(**it).copied().unwrap_or_default());
        shown.copied().min_by_key(|it| (self.value(*it) == 0, self.value(*it), *it))
    }

    /// The counts that are left out and that the equations determine: those that stand alone in a row of the
    /// reduced system.
    fn determined(&self, hidden: &[bool]) -> BTreeSet<usize> {
        let mut reduced: BTreeMap<usize, BTreeMap<usize, u64>> = BTreeMap::new();
        for it in &self.equations {
            let mut row: BTreeMap<usize, u64> = BTreeMap::new();
            let unknown = |it: &usize| hidden.get(*it).copied().unwrap_or_default();
            for part in it.parts.iter().filter(|it| unknown(it)) {
                let entry = row.entry(*part).or_default();
                *entry = add(*entry, 1);
            }
            if let Some(whole) = it.whole.filter(unknown) {
                let entry = row.entry(whole).or_default();
                *entry = add(*entry, PRIME - 1);
            }
            row.retain(|_, it| *it != 0);
            reduce(&mut reduced, row);
        }
        let alone = reduced.into_iter().filter(|it| it.1.len() == 1);
        alone.map(|it| it.0).collect()
    }
}

/// Takes a row into a reduced system, whose rows are known by their first unknown, which no other row has.
fn reduce(reduced: &mut BTreeMap<usize, BTreeMap<usize, u64>>, mut row: BTreeMap<usize, u64>) {
    let known: Vec<usize> = row.keys().copied().filter(|it| reduced.contains_key(it)).collect();
    for pivot in known {
        let Some(factor) = row.get(&pivot).copied() else { continue };
        if let Some(other) = reduced.get(&pivot) {
            subtract(&mut row, other, factor);
        }
    }
    let Some((pivot, first)) = row.iter().next().map(|it| (*it.0, *it.1)) else { return };
    let scale = inverse(first);
    row.values_mut().for_each(|it| *it = multiply(*it, scale));
    for other in reduced.values_mut() {
        if let Some(factor) = other.get(&pivot).copied() {
            subtract(other, &row, factor);
        }
    }
    reduced.insert(pivot, row);
}

/// Takes so many times another row off a row.
fn subtract(row: &mut BTreeMap<usize, u64>, other: &BTreeMap<usize, u64>, factor: u64) {
    for (at, it) in other {
        let entry = row.entry(*at).or_default();
        *entry = add(*entry, PRIME - multiply(*it, factor));
    }
    row.retain(|_, it| *it != 0);
}

fn add(a: u64, b: u64) -> u64 {
    (a + b) % PRIME
}

fn multiply(a: u64, b: u64) -> u64 {
    u64::try_from(u128::from(a) * u128::from(b) % u128::from(PRIME)).unwrap_or_default()
}

/// By Fermat.
fn inverse(it: u64) -> u64 {
    let (mut base, mut power, mut out) = (it, PRIME - 2, 1);
    while power > 0 {
        if power & 1 == 1 {
            out = multiply(out, base);
        }
        base = multiply(base, base);
        power >>= 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::System;

    /// Rows, columns and both margins of a table; the margins are known.
    fn table(cells: &[Vec<usize>]) -> System {
        let mut system = System::default();
        let numbers: Vec<Vec<usize>> =
            cells.iter().map(|row| row.iter().map(|it| system.unknown(*it)).collect()).collect();
        for row in &numbers {
            system.equation(row.clone(), None);
        }
        for column in 0..numbers[0].len() {
            system.equation(numbers.iter().map(|it| it[column]).collect(), None);
        }
        system
    }

    /// All fillings of what is left out, by counts of at least one, that agree with the margins; as many as
    /// are asked for.
    fn fillings(cells: &[Vec<usize>], hidden: &[bool], most: usize) -> Vec<Vec<usize>> {
        let width = cells[0].len();
        let flat: Vec<usize> = cells.iter().flatten().copied().collect();
        let open: Vec<usize> = (0..flat.len()).filter(|it| hidden[*it]).collect();
        let mut rows: Vec<usize> = vec![0; cells.len()];
        let mut columns: Vec<usize> = vec![0; width];
        for at in &open {
            rows[at / width] += flat[*at];
            columns[at % width] += flat[*at];
        }
        let mut out = Vec::new();
        fill(&open, width, &mut rows, &mut columns, &mut Vec::new(), &mut out, most);
        out
    }

    fn fill(
        open: &[usize],
        width: usize,
        rows: &mut [usize],
        columns: &mut [usize],
        chosen: &mut Vec<usize>,
        out: &mut Vec<Vec<usize>>,
        most: usize,
    ) {
        if out.len() >= most {
            return;
        }
        let Some(at) = open.get(chosen.len()) else {
            if rows.iter().chain(columns.iter()).all(|it| *it == 0) {
                out.push(chosen.clone());
            }
            return;
        };
        let (row, column) = (at / width, at % width);
        for value in 1..=rows[row].min(columns[column]) {
            rows[row] -= value;
            columns[column] -= value;
            chosen.push(value);
            fill(open, width, rows, columns, chosen, out, most);
            chosen.pop();
            rows[row] += value;
            columns[column] += value;
        }
    }

    #[test]
    fn a_small_count_is_not_the_total_less_the_others() {
        // 3 alone in its row and its column: two more in each, and one more where these cross.
        let system = table(&[vec![3, 20, 30], vec![9, 40, 50], vec![60, 70, 80]]);
        assert_eq!(system.hidden(5), [true, true, false, true, true, false, false, false, false]);
    }

    #[test]
    fn two_small_counts_with_a_small_sum_are_joined_by_a_third() {
        let mut system = System::default();
        let parts: Vec<usize> = [1, 1, 8, 90].iter().map(|it| system.unknown(*it)).collect();
        system.equation(parts, None);
        assert_eq!(system.hidden(5), [true, true, true, false]);
    }

    #[test]
    fn that_nothing_left_out_is_zero_does_not_settle_it() {
        // Corner by corner of a ring: 3 + 1, 1 + 3, 3 + 3 have one filling by counts of at least one.
        let cells = [vec![1, 5, 3], vec![3, 3, 4], vec![6, 1, 3]];
        let ring = [true, false, true, true, true, false, false, true, true];
        assert_eq!(fillings(&cells, &ring, 9).len(), 1);
        let hidden = table(&cells).hidden(4);
        assert!(fillings(&cells, &hidden, 9).len() > 1, "{hidden:?}");
    }

    #[test]
    fn nothing_is_left_out_where_nothing_is_small() {
        assert_eq!(table(&[vec![0, 5], vec![7, 0]]).hidden(5), [false; 4]);
    }

    proptest! {
        /// What elimination calls safe has another filling, found by trying all.
        #[test]
        fn what_is_left_out_cannot_be_worked_out(
            cells in (2_usize..4, 2_usize..4).prop_flat_map(|(rows, columns)| {
                prop::collection::vec(prop::collection::vec(0_usize..9, columns), rows)
            })
        ) {
            let system = table(&cells);
            let hidden = system.hidden(4);
            let left = system.exposed(&hidden, 4);
            // Where the whole table is too small nothing can be shown, and there is nothing to protect by.
            prop_assume!(left.is_empty());
            let positive = cells.iter().flatten().zip(&hidden).all(|(it, hidden)| !hidden || *it > 0);
            prop_assume!(positive);
            let found = fillings(&cells, &hidden, 5_000);
            let open = hidden.iter().filter(|it| **it).count();
            let flat: Vec<usize> = cells.iter().flatten().copied().collect();
            let small = (0..flat.len()).filter(|it| hidden[*it]).enumerate();
            for (at, cell) in small.filter(|it| flat[it.1] < 4) {
                let values: std::collections::BTreeSet<usize> = found.iter().map(|it| it[at]).collect();
                prop_assert!(values.len() > 1, "{cells:?} {hidden:?} {cell} of {open}");
            }
        }
    }
}
