//! Small counts are left out of what is handed on, and so many others that none of them can be worked out.
//!
//! A published table is a system of equations: groups sum to the total, cells to what moved. A count that is left
//! out can be worked out if the system determines it, which elimination tells (in the field of 2⁶¹ − 1 elements,
//! where every coefficient stays exact), or if the sum of what is left out in one equation is itself small,
//! because counts are never below zero and a zero is shown as such. While there is such a count, the smallest
//! shown one that stands in an equation with it is left out, too.
//!
//! It protects against the sums in the report itself. Who knows other tables can still combine them.

mod shares;
mod system;

use std::collections::BTreeMap;

use self::system::System;
use super::{Case, Cell, GradeImpact, Impact, Slice, Split, SplitGrade, Workload};
use crate::effect::{HoldingEffect, MeasureEffect};
use crate::explain::Said;

impl Impact {
    /// The same without counts from 1 to below `least`, without what gives them away, and without the
    /// households that are named.
    #[must_use]
    pub fn suppressed(mut self, least: usize) -> Self {
        let small = |it: usize| it > 0 && it < least;
        self.suppressed_below = Some(least);
        self.totals = None;
        if self.affected.count().is_some_and(small) {
            self.affected = Cell::Suppressed;
        }
        for grade in &mut self.grades {
            grade.suppress(least);
        }
        let grades = &self.grades;
        self.deviations.retain(|it| {
            let grade = grades.iter().find(|grade| grade.name == it.grade);
            let slicing = grade.and_then(|grade| grade.by.iter().find(|by| by.field == it.field));
            let slice = slicing.and_then(|by| by.groups.iter().find(|slice| slice.key == it.key));
            let shown = |cell: Cell| cell != Cell::Suppressed;
            grade.is_some_and(|it| shown(it.moved))
                && slice.is_some_and(|it| shown(it.households) && shown(it.moved))
        });
        let hidden = hidden_groups(&self.grades);
        self.workload.iter_mut().for_each(|it| merge(it, &hidden));
        self.scores.retain(|it| ![it.higher, it.lower, it.other].into_iter().any(small));
        for all in [&mut self.tags, &mut self.alerts, &mut self.lists] {
            all.retain(|it| !counts(it).into_iter().any(small));
        }
        self.measures.retain_mut(|it| keep(it, least));
        for it in &mut self.cliffs {
            it.example = None;
            for cell in [&mut it.before, &mut it.after] {
                if cell.count().is_some_and(small) {
                    *cell = Cell::Suppressed;
                }
            }
        }
        self
    }
}

impl Split {
    /// The same without counts from 1 to below `least`, and without what gives them away.
    #[must_use]
    pub fn suppressed(mut self, least: usize) -> Self {
        for grade in &mut self.grades {
            let SplitGrade { matrix, flows, .. } = grade;
            let mut system = System::default();
            let numbers = matrix_into(&mut system, matrix);
            margins(&mut system, &numbers);
            let hidden = system.hidden(least);
            write(matrix, &numbers, &hidden);
            flows.retain(|it| {
                matrix.get(it.from).and_then(|row| row.get(it.to)) != Some(&Cell::Suppressed)
            });
        }
        self
    }
}

/// The keys of groups, by field, of which some grade leaves out how many households there are, or how many move: the
/// visits of those that move would give them away.
fn hidden_groups(grades: &[GradeImpact]) -> BTreeMap<String, Vec<Said>> {
    let mut out: BTreeMap<String, Vec<Said>> = BTreeMap::new();
    for by in grades.iter().flat_map(|it| &it.by) {
        let left_out = |it: &Slice| [it.households, it.moved].contains(&Cell::Suppressed);
        for slice in by.groups.iter().filter(|it| left_out(it)) {
            let keys = out.entry(by.field.clone()).or_default();
            if !keys.contains(&slice.key) {
                keys.push(slice.key.clone());
            }
        }
    }
    out
}

/// Puts the groups that are left out together; one alone would be the total less the others.
fn merge(workload: &mut Workload, hidden: &BTreeMap<String, Vec<Said>>) {
    for (field, groups) in &mut workload.by {
        let Some(keys) = hidden.get(field) else { continue };
        let (out, mut kept): (Vec<_>, Vec<_>) =
            std::mem::take(groups).into_iter().partition(|it| keys.contains(&it.0));
        match out.split_first() {
            None => {}
            // One alone is the total less the others, and all of them are the total.
            Some((_, others)) if others.is_empty() || kept.is_empty() => kept.clear(),
            Some((first, others)) => {
                let mut sum = first.2;
                others.iter().for_each(|it| sum.add(it.2.before, it.2.after, 1));
                kept.push((Said::both("其他", "others"), None, sum));
            }
        }
        *groups = kept;
    }
    workload.by.retain(|it| !it.1.is_empty());
}

fn counts(it: &HoldingEffect) -> [usize; 5] {
    [it.before, it.after, it.gained, it.lost, it.relabelled]
}

/// Takes the small flows of a measure out, and larger ones until what is out is no longer small.
fn keep(measure: &mut MeasureEffect, least: usize) -> bool {
    if !measure.flows.iter().any(|it| it.count < least) {
        return true;
    }
    // The most frequent come first.
    let (mut out, mut flows) = (0, 0);
    while let Some(last) = measure.flows.last() {
        if last.count >= least && out >= least && flows >= 2 {
            break;
        }
        out += last.count;
        flows += 1;
        measure.flows.pop();
    }
    measure.changed >= least
}

impl GradeImpact {
    fn suppress(&mut self, least: usize) {
        let mut system = System::default();
        let numbers = matrix_into(&mut system, &self.matrix);
        margins(&mut system, &numbers);
        let sums = self.sums(&mut system, &numbers);
        let mut slices = Vec::new();
        for by in &self.by {
            slices.push(slicing_into(&mut system, by, &numbers, sums[0]));
        }
        let hidden = system.hidden(least);
        let is_hidden = |it: usize| hidden.get(it).copied().unwrap_or_default();
        write(&mut self.matrix, &numbers, &hidden);
        let totals = [&mut self.moved, &mut self.riskier, &mut self.safer, &mut self.jumps];
        for (cell, number) in totals.into_iter().zip(sums) {
            if is_hidden(number) {
                *cell = Cell::Suppressed;
            }
        }
        for (by, slices) in self.by.iter_mut().zip(slices) {
            for (slice, (households, moved, numbers)) in by.groups.iter_mut().zip(slices) {
                if is_hidden(households) {
                    slice.households = Cell::Suppressed;
                }
                if is_hidden(moved) {
                    slice.moved = Cell::Suppressed;
                }
                write(&mut slice.matrix, &numbers, &hidden);
            }
        }
        self.quieten(least);
    }

    /// The unknowns of `moved`, `riskier`, `safer` and `jumps`, with what they are sums of.
    fn sums(&self, system: &mut System, numbers: &[Vec<usize>]) -> [usize; 4] {
        let members = self.members;
        let mut sum = |cell: Cell, wanted: &dyn Fn(usize, usize) -> bool| {
            let number = system.unknown(cell.count().unwrap_or_default());
            let cells = numbers.iter().enumerate().flat_map(|(from, row)| {
                row.iter().enumerate().map(move |(to, it)| (from, to, *it))
            });
            system.equation(
                cells.filter(|it| wanted(it.0, it.1)).map(|it| it.2).collect(),
                Some(number),
            );
            number
        };
        let graded = |from: usize, to: usize| from < members && to < members;
        [
            sum(self.moved, &|from, to| from != to),
            sum(self.riskier, &|from, to| graded(from, to) && to > from),
            sum(self.safer, &|from, to| graded(from, to) && to < from),
            sum(self.jumps, &|from, to| graded(from, to) && from.abs_diff(to) >= 2),
        ]
    }

    /// Takes out what is told of flows that are left out, and of single households.
    fn quieten(&mut self, least: usize) {
        for flow in &mut self.flows {
            let cell = self.matrix.get(flow.from).and_then(|row| row.get(flow.to));
            flow.count = cell.copied().unwrap_or(Cell::Suppressed);
            if flow.count == Cell::Suppressed {
                flow.causes.clear();
                flow.parts.clear();
                flow.cases.clear();
            }
            let all = flow.count.count().unwrap_or_default();
            for cell in flow.parts.iter_mut().flat_map(|it| [&mut it.but_for, &mut it.alone]) {
                // Those that move without the change, or with others only, are told by the difference.
                let small = |it: usize| it > 0 && it < least;
                if cell.count().is_some_and(|it| small(it) || small(all.saturating_sub(it))) {
                    *cell = Cell::Suppressed;
                }
            }
            flow.causes.iter_mut().for_each(|it| it.examples.clear());
            if flow.causes.iter().any(|it| it.count < least) {
                let mut out = 0;
                while let Some(last) =
                    flow.causes.last().filter(|it| it.count < least || out < least)
                {
                    out += last.count;
                    flow.causes.pop();
                }
            }
            shares::leave_out(flow, least);
            shares::stand_for_enough(flow, least);
            let anonymous = |(at, it): (usize, &mut Case)| it.key = format!("#{}", at + 1);
            flow.cases.iter_mut().enumerate().for_each(anonymous);
        }
        // One that is left out is not given away by its place among the others.
        self.flows.retain(|it| it.count != Cell::Suppressed);
        for cutoff in &mut self.cutoffs {
            cutoff.below.clear();
            cutoff.above.clear();
        }
    }
}

/// The unknowns of a matrix.
fn matrix_into(system: &mut System, matrix: &[Vec<Cell>]) -> Vec<Vec<usize>> {
    let row = |row: &Vec<Cell>, system: &mut System| {
        row.iter().map(|it| system.unknown(it.count().unwrap_or_default())).collect()
    };
    matrix.iter().map(|it| row(it, system)).collect()
}

/// Rows and columns sum to what each run said of its own.
fn margins(system: &mut System, numbers: &[Vec<usize>]) {
    for at in 0..numbers.len() {
        let row = numbers.get(at).cloned().unwrap_or_default();
        let column = numbers.iter().filter_map(|it| it.get(at)).copied().collect();
        system.equation(row, None);
        system.equation(column, None);
    }
}

/// The unknowns of the groups of a field: households, moved, cells.
fn slicing_into(
    system: &mut System,
    by: &super::Slicing,
    total: &[Vec<usize>],
    moved: usize,
) -> Vec<(usize, usize, Vec<Vec<usize>>)> {
    let mut out = Vec::new();
    for slice in &by.groups {
        let numbers = matrix_into(system, &slice.matrix);
        let households = system.unknown(slice.households.count().unwrap_or_default());
        let own = system.unknown(slice.moved.count().unwrap_or_default());
        system.equation(numbers.iter().flatten().copied().collect(), Some(households));
        let moving = numbers.iter().enumerate().flat_map(|(at, row)| {
            row.iter().enumerate().filter(move |it| it.0 != at).map(|it| *it.1)
        });
        system.equation(moving.collect(), Some(own));
        out.push((households, own, numbers));
    }
    for (from, row) in total.iter().enumerate() {
        for (to, whole) in row.iter().enumerate() {
            let parts = out.iter().filter_map(|it| it.2.get(from)?.get(to).copied());
            system.equation(parts.collect(), Some(*whole));
        }
    }
    system.equation(out.iter().map(|it| it.0).collect(), None);
    system.equation(out.iter().map(|it| it.1).collect(), Some(moved));
    out
}

fn write(matrix: &mut [Vec<Cell>], numbers: &[Vec<usize>], hidden: &[bool]) {
    for (row, numbers) in matrix.iter_mut().zip(numbers) {
        for (cell, number) in row.iter_mut().zip(numbers) {
            if hidden.get(*number) == Some(&true) {
                *cell = Cell::Suppressed;
            }
        }
    }
}
