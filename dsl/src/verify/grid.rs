//! A table as boxes in a space of atoms, for one as-of date.

use std::collections::BTreeMap;

use super::axis::{self, Ask, Axis, Piece};
use super::cover::{self, Box, Search, Set};
use super::show;
use crate::diag::Words;
use crate::model::linked::Linked;
use crate::model::{Expr, Let, RowKey, Table};

/// Cells times atoms of one column, and pairs of rows, beyond which a table is not looked at.
const MAX_CELLS: usize = 4_000_000;

/// A table cut into atoms.
pub(super) struct Grid<'t> {
    table: &'t Table,
    axes: Vec<Axis>,
    /// A box a row; none for 其余.
    rows: Vec<Option<Box>>,
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
    /// Cuts a table. Each of `facts` holds for everything that comes to the table.
    pub(super) fn new(table: &'t Table, facts: &[&Expr], ask: Ask<'_>) -> Result<Self, Obstacle> {
        let mut axes = Vec::with_capacity(table.columns.len());
        let mut rows: Vec<Option<Box>> = table.rows.iter().map(|_| None).collect();
        for (at, column) in table.columns.iter().enumerate() {
            let cells = pieces(table, at, ask)?;
            let mut known = Vec::new();
            for it in facts {
                axis::facts(it, column, ask, &mut known);
            }
            let all: Vec<Vec<Piece>> = cells.values().cloned().collect();
            if all.len() * all.len() > MAX_CELLS {
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
        Ok(Self { table, axes, rows })
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

    fn set(&self, row: usize, column: usize) -> Option<&Set> {
        self.rows.get(row)?.as_ref()?.get(column)
    }

    /// Looks for values that belong to no row.
    pub(super) fn gap(&self, budget: &mut u64) -> Search {
        let rest: Option<Box> = self.rest().then(|| self.space(false));
        let rows: Vec<&Box> = self.rows.iter().flatten().chain(&rest).collect();
        cover::uncovered(&self.space(true), &rows, budget)
    }

    /// Looks for values that only 其余 takes.
    pub(super) fn taken_by_rest(&self, budget: &mut u64) -> Search {
        let rows: Vec<&Box> = self.rows.iter().flatten().collect();
        cover::uncovered(&self.space(false), &rows, budget)
    }

    /// Has the table a row 其余?
    pub(super) fn rest(&self) -> bool {
        self.table.rows.iter().any(|it| it.key == RowKey::Otherwise)
    }

    fn space(&self, missing: bool) -> Box {
        self.axes.iter().map(|it| it.full(missing)).collect()
    }

    /// A combination of values in words: `种类为罚款、金额为 0.01 元`.
    pub(super) fn words(
        &self,
        linked: &Linked,
        lets: &[Let],
        point: &[usize],
        whole: bool,
    ) -> Words {
        let each: Vec<Words> = self
            .axes
            .iter()
            .zip(point)
            .enumerate()
            .map(|(at, (axis, atom))| {
                let value =
                    if whole { axis.words(linked, *atom) } else { axis.sample(linked, *atom) };
                if self.axes.len() == 1 {
                    return value;
                }
                let number = at + 1;
                let name = self.table.columns.get(at).and_then(|it| show::name(linked, lets, it));
                let name = name.unwrap_or_else(|| {
                    Words::both(format!("第 {number} 列"), format!("column {number}"))
                });
                show::join(&["", "为", ""], &["", " = ", ""], &[name, value])
            })
            .collect();
        let list = |of: &dyn Fn(&Words) -> String, joint: &str| {
            each.iter().map(of).collect::<Vec<_>>().join(joint)
        };
        Words::both(list(&|it| it.zh.to_string(), "，"), list(&|it| it.en.to_string(), ", "))
    }
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
