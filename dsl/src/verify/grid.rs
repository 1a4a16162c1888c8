//! A table as boxes in a space of atoms, for one as-of date.

use std::collections::{BTreeMap, BTreeSet};

use super::axis::{self, Ask, Axis, Piece};
use super::cover::{self, Box, Search, Set};
use super::{newest, show};
use crate::diag::Words;
use crate::model::linked::Linked;
use crate::model::{Expr, Let, RowKey, Source, Table, TyKind};
use crate::value::Value;

/// Cells times atoms of one column, and pairs of rows, beyond which a table is not looked at; and rows.
const MAX_CELLS: usize = 4_000_000;
const MAX_ROWS: usize = 50_000;

/// Boxes of values without a row that are shown.
const MAX_BOXES: usize = 3;

/// Steps after which boxes that do not meet are counted.
const QUICK: u64 = 200_000;

/// A table cut into atoms.
pub(super) struct Grid<'t> {
    table: &'t Table,
    axes: Vec<Axis>,
    /// A box a row; none for 其余.
    rows: Vec<Option<Box>>,
    /// What cannot be: of two values of the newest record one is missing and the other is there.
    never: Vec<Box>,
}

/// All that the answers about a table depend on: its whole space, the same without 缺失, and its rows.
pub(super) type Shape = (Box, Box, Vec<Option<Box>>);

/// Why a table cannot be cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// A value in a cell is not the same for every household.
    Variable { row: usize, column: usize },
    /// It is too large.
    Large,
}

impl<'t> Grid<'t> {
    /// Cuts a table, which may speak of these local values. Each of `facts` holds for everything that comes to
    /// the table.
    pub(super) fn new(
        (table, lets): (&'t Table, &[Let]),
        facts: &[&Expr],
        ask: Ask<'_>,
    ) -> Result<Self, Obstacle> {
        let mut axes = Vec::with_capacity(table.columns.len());
        let mut rows: Vec<Option<Box>> = table.rows.iter().map(|_| None).collect();
        for (at, column) in table.columns.iter().enumerate() {
            let cells = pieces(table, at, ask)?;
            let mut known = Vec::new();
            for it in facts {
                axis::facts(it, column, ask, &mut known);
            }
            let all: Vec<Vec<Piece>> = cells.values().cloned().collect();
            // Stretches of one line are cut in one go; texts and frequencies are compared one by one.
            let on_a_line = matches!(
                column.ty.kind,
                TyKind::Number(_) | TyKind::Date | TyKind::Member(_) | TyKind::Bool
            );
            if all.len() > MAX_ROWS || (!on_a_line && all.len() * all.len() > MAX_CELLS) {
                return Err(Obstacle::Large);
            }
            let cut = Axis::new(column, &all, &known, ask);
            if cut.atoms.len() * all.len() > MAX_CELLS {
                return Err(Obstacle::Large);
            }
            for (row, cell) in &cells {
                if let Some(row) = rows.get_mut(*row) {
                    row.get_or_insert_default().push(cut.set(cell));
                }
            }
            axes.push(cut);
        }
        let mut grid = Self { table, axes, rows, never: Vec::new() };
        grid.never = grid.torn(lets, ask);
        Ok(grid)
    }

    /// Combinations in which of two values of the same record one is missing.
    fn torn(&self, lets: &[Let], ask: Ask<'_>) -> Vec<Box> {
        let sources = self.table.columns.iter().map(|it| newest::of(it, lets, ask.reach));
        let sources: Vec<Option<(&Source, bool)>> = sources.collect();
        let mut out = Vec::new();
        for (one, source) in sources.iter().enumerate() {
            // Where any value of it is there, so is this one.
            let Some((source, true)) = source else { continue };
            let same = |it: &usize| *it != one && sources[*it].is_some_and(|it| it.0 == *source);
            for other in (0..sources.len()).filter(same) {
                let mut torn = self.space(true);
                torn[one] = self.axes[one].missing();
                torn[other] = self.present(other);
                out.push(torn);
            }
        }
        out
    }

    /// Tells apart as-of dates on which the table reads differently.
    pub(super) fn shape(&self) -> Shape {
        (self.space(true), self.space(false), self.rows.clone())
    }

    /// The first cell of a row that no value satisfies.
    pub(super) fn dead_cell(&self, row: usize) -> Option<usize> {
        self.rows.get(row)?.as_ref()?.iter().position(Set::is_empty)
    }

    /// For a row the first row above it that holds together with it, and where.
    pub(super) fn overlaps(&self) -> Result<Vec<(usize, usize, Vec<usize>)>, Obstacle> {
        let mut found: BTreeMap<usize, (usize, Vec<usize>)> = BTreeMap::new();
        let mut left = MAX_CELLS;
        for bucket in self.buckets() {
            for (at, second) in bucket.iter().enumerate() {
                for first in &bucket[..at] {
                    left = left.checked_sub(1).ok_or(Obstacle::Large)?;
                    if found.get(second).is_some_and(|it| it.0 <= *first) {
                        break;
                    }
                    let boxes = self.rows[*first].as_ref().zip(self.rows[*second].as_ref());
                    if let Some(point) = boxes.and_then(|(a, b)| cover::common(a, b)) {
                        found.insert(*second, (*first, point));
                    }
                }
            }
        }
        Ok(found.into_iter().map(|(second, (first, point))| (first, second, point)).collect())
    }

    /// The rows that hold for nothing.
    pub(super) fn dead_rows(&self) -> Vec<usize> {
        (0..self.rows.len()).filter(|it| self.dead_cell(*it).is_some()).collect()
    }

    /// What this row would have to be for the table to fit together: what the others leave open, if that is one box
    /// at most (it is none or one) and they do not meet. `None` where it is not only this row that is wrong.
    pub(super) fn hole(&self, row: usize, budget: &mut u64) -> Option<Vec<Box>> {
        let mut rows = self.rows.clone();
        *rows.get_mut(row)? = None;
        let (axes, never) = (self.axes.clone(), self.never.clone());
        let others = Self { table: self.table, axes, rows, never };
        if others.overlaps().map_or(true, |it| !it.is_empty()) {
            return None;
        }
        let apart: Vec<usize> = (0..self.rows.len()).filter(|it| *it != row).collect();
        match others.gap(Some(&apart), budget) {
            Search::Covered => Some(Vec::new()),
            Search::TooLong => None,
            Search::Found(point) => {
                let (boxes, more) = others.gaps(point, Some(&apart), budget);
                (boxes.len() == 1 && more == Some(false)).then_some(boxes)
            }
        }
    }

    /// Would the bands over a number or a date all run from low to high, or all from high to low, with the hole in the
    /// place of this row?
    pub(super) fn in_order_with(&self, row: usize, hole: &Box) -> bool {
        let rows = self.rows.iter().enumerate();
        let rows = rows.filter_map(|(at, it)| if at == row { Some(hole) } else { it.as_ref() });
        let rows: Vec<&Box> = rows.collect();
        (0..self.axes.len()).all(|column| {
            // Where each band begins, of rows that are the same in all other columns.
            let mut bands: BTreeMap<Vec<&Set>, Vec<usize>> = BTreeMap::new();
            for it in &rows {
                let others = it.iter().enumerate().filter(|it| it.0 != column).map(|it| it.1);
                let start = it[column].meet(&it[column]);
                let start = start.filter(|it| *it < self.axes[column].line());
                bands.entry(others.collect()).or_default().extend(start);
            }
            bands.values().all(|it| it.is_sorted())
                || bands.values().all(|it| it.iter().rev().is_sorted())
        })
    }

    /// The rows next to a box: in one column their band ends where it begins or begins where it ends, and in the
    /// others they hold together with it. Those with which it would make one box again go before all others.
    pub(super) fn beside(&self, part: &Box) -> Vec<usize> {
        let mut all = Vec::new();
        let mut exact = Vec::new();
        for (at, row) in self.rows.iter().enumerate() {
            let Some(row) = row else { continue };
            let apart: Vec<usize> =
                (0..row.len()).filter(|it| row[*it].meet(&part[*it]).is_none()).collect();
            let [column] = apart[..] else { continue };
            if !row[column].touches(&part[column], self.axes[column].line()) {
                continue;
            }
            all.push(at);
            if (0..row.len()).all(|it| it == column || row[it] == part[it]) {
                exact.push(at);
            }
        }
        if exact.is_empty() { all } else { exact }
    }

    /// The rows that share an atom, by the column that tells them apart best.
    fn buckets(&self) -> Vec<Vec<usize>> {
        let by = |column: usize| {
            let atoms = 0..self.axes[column].atoms.len();
            let rows = |atom: usize| {
                let has = |row: &usize| self.set(*row, column).is_some_and(|it| it.has(atom));
                (0..self.rows.len()).filter(has).collect::<Vec<usize>>()
            };
            atoms.map(rows).collect::<Vec<_>>()
        };
        let weight = |it: &Vec<Vec<usize>>| it.iter().map(|it| it.len() * it.len()).sum::<usize>();
        // A table of many columns is told apart by its first ones.
        (0..self.axes.len().min(8)).map(by).min_by_key(weight).unwrap_or_default()
    }

    /// What a row holds for; none for 其余.
    pub(super) fn row_box(&self, row: usize) -> Option<&Box> {
        self.rows.get(row)?.as_ref()
    }

    /// All that a column can be.
    pub(super) fn full(&self, column: usize) -> Set {
        self.axes.get(column).map_or_else(|| Set::of(0, |_| false), |it| it.full(true))
    }

    /// All that a column can be, without 缺失.
    pub(super) fn present(&self, column: usize) -> Set {
        self.axes.get(column).map_or_else(|| Set::of(0, |_| false), |it| it.full(false))
    }

    fn set(&self, row: usize, column: usize) -> Option<&Set> {
        self.rows.get(row)?.as_ref()?.get(column)
    }

    /// Rows of which no two hold together, and which hold for everything that any row does: all but those
    /// that lie within the row above with which they overlap. `None` where an overlap is only partial.
    pub(super) fn apart(&self, overlaps: &[(usize, usize, Vec<usize>)]) -> Option<Vec<usize>> {
        let within = |(first, second): (usize, usize)| {
            self.shared(first, second).is_some_and(|it| self.is_whole(second, &it))
        };
        if !overlaps.iter().all(|it| within((it.0, it.1))) {
            return None;
        }
        let lost: BTreeSet<usize> = overlaps.iter().map(|it| it.1).collect();
        Some((0..self.rows.len()).filter(|it| !lost.contains(it)).collect())
    }

    /// Looks for values that belong to no row. `apart`: see [`Grid::apart`].
    pub(super) fn gap(&self, apart: Option<&[usize]>, budget: &mut u64) -> Search {
        self.search(&[], apart, budget)
    }

    /// The values around a point that belong to no row, as a box that cannot be wider; and more such boxes,
    /// until everything or [`MAX_BOXES`] are found. Whether there are more: `None` where that is not known.
    pub(super) fn gaps(
        &self,
        point: Vec<usize>,
        apart: Option<&[usize]>,
        budget: &mut u64,
    ) -> (Vec<Box>, Option<bool>) {
        let rest: Option<Box> = self.rest().then(|| self.space(false));
        let within = self.space(true);
        let lines: Vec<usize> = self.axes.iter().map(Axis::line).collect();
        let mut boxes: Vec<Box> = Vec::new();
        let mut next = Search::Found(point);
        while let Search::Found(point) = next {
            if boxes.len() == MAX_BOXES {
                return (boxes, Some(true));
            }
            let rows = self.rows.iter().flatten().chain(&self.never);
            let taken: Vec<&Box> = rows.chain(&rest).chain(&boxes).collect();
            let wide = cover::widened(&point, &within, &taken, &lines);
            boxes.push(wide);
            next = self.search(&boxes, apart, budget);
        }
        let more = (next != Search::TooLong).then_some(false);
        (boxes, more)
    }

    /// Looks for values in no row and in none of these boxes. What takes long is counted where it can be.
    fn search(&self, boxes: &[Box], apart: Option<&[usize]>, budget: &mut u64) -> Search {
        let rest: Option<Box> = self.rest().then(|| self.space(false));
        let within = self.space(true);
        let rows = self.rows.iter().flatten().chain(&self.never);
        let all: Vec<&Box> = rows.chain(boxes).chain(&rest).collect();
        let apart = self.countable(apart);
        let apart: Option<Vec<&Box>> = apart.map(|it| self.some(it).chain(boxes).collect());
        searched(&within, &all, apart.as_ref().map(|it| (rest.as_ref(), it)), budget)
    }

    /// Rows that can be counted because none of them holds for what cannot be.
    fn countable<'r>(&self, apart: Option<&'r [usize]>) -> Option<&'r [usize]> {
        apart.filter(|_| self.never.is_empty())
    }

    /// The boxes of some rows.
    fn some<'g>(&'g self, rows: &'g [usize]) -> impl Iterator<Item = &'g Box> {
        rows.iter().filter_map(|it| self.rows.get(*it)?.as_ref())
    }

    /// What two rows have in common.
    pub(super) fn shared(&self, first: usize, second: usize) -> Option<Box> {
        let [first, second] = [first, second].map(|it| self.rows.get(it)?.as_ref());
        Some(first?.iter().zip(second?).map(|(a, b)| a.and(b)).collect())
    }

    /// Is a box all that a row holds for?
    pub(super) fn is_whole(&self, row: usize, part: &Box) -> bool {
        self.rows.get(row).is_some_and(|it| it.as_ref() == Some(part))
    }

    /// Looks for values that only 其余 takes.
    pub(super) fn taken_by_rest(&self, apart: Option<&[usize]>, budget: &mut u64) -> Search {
        let rows: Vec<&Box> = self.rows.iter().flatten().chain(&self.never).collect();
        let apart = self.countable(apart);
        let apart: Option<Vec<&Box>> = apart.map(|it| self.some(it).collect());
        searched(&self.space(false), &rows, apart.as_ref().map(|it| (None, it)), budget)
    }

    /// Has the table a row 其余?
    pub(super) fn rest(&self) -> bool {
        self.table.rows.iter().any(|it| it.key == RowKey::Otherwise)
    }

    fn space(&self, missing: bool) -> Box {
        self.axes.iter().map(|it| it.full(missing)).collect()
    }

    /// A box in words: `种类为罚款或没收，金额为 0 至 99.99 元`; columns in which everything goes are left out.
    pub(super) fn box_words(&self, linked: &Linked, lets: &[Let], part: &Box) -> Words {
        let columns = self.axes.iter().zip(part).enumerate();
        let narrow = columns.filter(|(_, (axis, set))| !set.covers(&axis.full(true)));
        let each = narrow.map(|(at, (axis, set))| {
            let values = axis.set_words(linked, set);
            if self.axes.len() == 1 {
                return values;
            }
            show::join(&["", "为", ""], &["", " = ", ""], &[self.name(linked, lets, at), values])
        });
        each.reduce(|a, b| show::join(&["", "，", ""], &["", ", ", ""], &[a, b]))
            .unwrap_or_else(|| Words::both("任何值", "any value"))
    }

    /// The name of a column.
    pub(super) fn name(&self, linked: &Linked, lets: &[Let], column: usize) -> Words {
        let number = column + 1;
        let name = self.table.columns.get(column).and_then(|it| show::name(linked, lets, it));
        name.unwrap_or_else(|| Words::both(format!("第 {number} 列"), format!("column {number}")))
    }

    /// The columns with a combination of values.
    pub(super) fn values(&self, point: &[usize]) -> Option<Vec<(Expr, Value)>> {
        let columns = self.table.columns.iter().zip(&self.axes).zip(point);
        columns.map(|((column, axis), at)| Some((column.clone(), axis.value(*at)?))).collect()
    }

    /// A combination of values in words: `种类为罚款、金额为 0.01 元`.
    pub(super) fn words(&self, linked: &Linked, lets: &[Let], point: &[usize]) -> Words {
        let each: Vec<Words> = self
            .axes
            .iter()
            .zip(point)
            .enumerate()
            .map(|(at, (axis, atom))| {
                let value = axis.sample(linked, *atom);
                if self.axes.len() == 1 {
                    return value;
                }
                show::join(&["", "为", ""], &["", " = ", ""], &[self.name(linked, lets, at), value])
            })
            .collect();
        let list = |of: &dyn Fn(&Words) -> String, joint: &str| {
            each.iter().map(of).collect::<Vec<_>>().join(joint)
        };
        Words::both(list(&|it| it.zh.to_string(), "，"), list(&|it| it.en.to_string(), ", "))
    }
}

/// Looks for a point in none of the boxes: by splitting as long as that is quick, then by counting where the
/// boxes do not meet (`apart`: what is left out, and the boxes), else by splitting on.
fn searched(
    within: &Box,
    boxes: &[&Box],
    apart: Option<(Option<&Box>, &Vec<&Box>)>,
    budget: &mut u64,
) -> Search {
    let Some((without, rows)) = apart else { return cover::uncovered(within, boxes, budget) };
    let mut little = QUICK.min(*budget);
    let before = little;
    let search = cover::uncovered(within, boxes, &mut little);
    *budget -= before - little;
    if search != Search::TooLong {
        return search;
    }
    cover::count::uncovered(within, without, rows)
        .unwrap_or_else(|| cover::uncovered(within, boxes, budget))
}

/// What the cells of a column ask, by row.
fn pieces(
    table: &Table,
    column: usize,
    ask: Ask<'_>,
) -> Result<BTreeMap<usize, Vec<Piece>>, Obstacle> {
    let mut all = BTreeMap::new();
    for (row, it) in table.rows.iter().enumerate() {
        let RowKey::Cells(cells) = &it.key else { continue };
        let Some((cell, asked)) = cells.get(column).zip(table.columns.get(column)) else {
            continue;
        };
        let cell = axis::pieces(cell, &asked.ty, ask).ok_or(Obstacle::Variable { row, column })?;
        all.insert(row, cell);
    }
    Ok(all)
}
