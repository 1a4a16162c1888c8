//! Tables that could be shorter: rows with one result that join into one, columns that change nothing.
//!
//! Both are notes, said of a table once, and only where nothing else is wrong with it. Rows are joined where
//! they ask the same in all columns but one, and give the same. What an author may have meant to keep apart
//! stays apart: rows with a reason of their own, bounds that are parameters, what is missing beside what is
//! there, numbers and grades that do not touch, and the members of an enumeration in a table of one column,
//! which is a list of them.

use std::collections::BTreeMap;

use super::cover::{Box, Set};
use super::grid::Grid;
use super::table::{Subject, View};
use super::{Finding, Findings, show};
use crate::diag::{Code, Words};
use crate::model::linked::Linked;
use crate::model::{Cell, Expr, Node, Row, RowKey, Test, TyKind};
use crate::value::Value;

/// Pairs of rows of one table that are compared to see whether a column matters.
const MAX_PAIRS: usize = 4_000_000;

/// Rows that are named in one sentence.
const MAX_NAMED: usize = 4;

/// What has been seen of a table so far.
pub(super) struct Simpler {
    /// The columns that change a result.
    matters: Vec<bool>,
    /// How many different shapes the table has had.
    shapes: usize,
    pairs: usize,
}

impl Simpler {
    pub(super) fn new(columns: usize) -> Self {
        Self { matters: vec![false; columns], shapes: 0, pairs: MAX_PAIRS }
    }

    /// Looks at the table in one shape, in which no two rows overlap and nothing is without a row.
    pub(super) fn look(&mut self, subject: &Subject<'_>, grid: &Grid<'_>) {
        self.shapes += 1;
        for column in 0..self.matters.len() {
            if !self.matters[column] {
                self.matters[column] = self.changes(subject, grid, column);
            }
        }
    }

    /// Are there two values of the column for which the same other values have different results? Also
    /// where that would take too long to see.
    fn changes(&mut self, subject: &Subject<'_>, grid: &Grid<'_>, column: usize) -> bool {
        let rows: Vec<(&Row, &Box)> = boxes(subject, grid).map(|it| (it.1, it.2)).collect();
        if rows.len() < subject.table.rows.len() {
            // What 其余 takes is no box, and the column matters wherever a row asks for it.
            return rows.iter().any(|(_, it)| !it[column].covers(&grid.full(column)));
        }
        for (at, (one, own)) in rows.iter().enumerate() {
            for (other, its) in &rows[..at] {
                let Some(left) = self.pairs.checked_sub(1) else { return true };
                self.pairs = left;
                if one.results == other.results {
                    continue;
                }
                let mut others = own.iter().zip(its.iter()).enumerate().filter(|it| it.0 != column);
                if others.all(|(_, (a, b))| a.meet(b).is_some()) {
                    return true;
                }
            }
        }
        false
    }

    /// Says what could be left out: columns first, for without them rows are the same that now differ in them
    /// only. Where every row gives nought another finding says so.
    pub(super) fn report(
        &self,
        subject: &Subject<'_>,
        grid: &Grid<'_>,
        view: &View<'_>,
        out: &mut Findings,
    ) {
        let table = subject.table;
        let idle: Vec<usize> = (0..self.matters.len()).filter(|it| !self.matters[*it]).collect();
        let all = idle.len() == table.columns.len();
        if all && table.rows.iter().all(gives_nought) {
            return;
        }
        if table.rows.len() > 1 && !idle.is_empty() && self.shapes > 0 {
            let linked = view.reach.linked;
            let names = idle.iter().map(|it| grid.name(linked, subject.lets, *it));
            let names = names.reduce(|a, b| show::join(&["", "、", ""], &["", ", ", ""], &[a, b]));
            let finding = Finding::new(Code::E0491, subject.whole());
            let finding = finding.arg("columns", names.unwrap_or_default());
            out.push(finding.arg(
                "all",
                if all {
                    Words::both("，每一行的结果都一样", ": every row gives the same")
                } else {
                    Words::default()
                },
            ));
        } else if self.shapes == 1 {
            merges(subject, grid, view, out);
        }
    }
}

/// Is it worth nothing wherever it holds?
fn gives_nought(row: &Row) -> bool {
    let nought = |it: &Option<Expr>| match it {
        None => true,
        Some(it) => matches!(it.node, Node::Const(Value::Number(it)) if it.is_zero()),
    };
    row.results.iter().all(nought)
}

/// The rows with cells: number, row, box.
fn boxes<'s>(
    subject: &'s Subject<'_>,
    grid: &'s Grid<'_>,
) -> impl Iterator<Item = (usize, &'s Row, &'s Box)> {
    let rows = subject.table.rows.iter().enumerate();
    rows.filter_map(|(at, row)| Some((at, row, grid.row_box(at)?)))
}

/// Rows that join into one box.
struct Joined {
    rows: Vec<usize>,
    part: Box,
}

/// Says how many rows the table could do with, and shows those that join into one.
fn merges(subject: &Subject<'_>, grid: &Grid<'_>, view: &View<'_>, out: &mut Findings) {
    let mut all: Vec<Joined> = boxes(subject, grid)
        .map(|(at, _, it)| Joined { rows: vec![at], part: it.clone() })
        .collect();
    let linked = view.reach.linked;
    let (kinds, before) = (kinds(&subject.table.rows), all.len());
    loop {
        let count = all.len();
        for column in 0..subject.table.columns.len() {
            all = joined((subject, linked, kinds.as_slice()), grid, all, column);
        }
        if all.len() == count {
            break;
        }
    }
    let Some(most) =
        all.iter().max_by_key(|it| (it.rows.len(), std::cmp::Reverse(it.rows.first().copied())))
    else {
        return;
    };
    let Some((last, others)) = most.rows.split_last().filter(|it| !it.1.is_empty()) else { return };
    let words = grid.box_words(linked, subject.lets, &most.part);
    let numbers = |joint: &str| {
        let named = most.rows.iter().take(MAX_NAMED).map(|it| (it + 1).to_string());
        let named: Vec<String> = named.collect();
        named.join(joint)
    };
    let more = most.rows.len().saturating_sub(MAX_NAMED);
    let numbers = if more == 0 {
        Words::both(numbers("、"), numbers(", "))
    } else {
        Words::both(
            format!("{}等 {} ", numbers("、"), most.rows.len()),
            format!("{} and {more} more", numbers(", ")),
        )
    };
    let saved = before - all.len();
    let finding = Finding::new(Code::E0490, subject.row(*last))
        .arg("rows", numbers)
        .arg("box", words)
        .arg("saved", saved.to_string());
    let same = Words::both("结果相同", "gives the same");
    let shown = others.iter().take(MAX_NAMED);
    out.push(shown.fold(finding, |it, row| it.related(subject.row(*row), same.clone())));
}

/// For each row the first one that gives the same for the same reason.
fn kinds(rows: &[Row]) -> Vec<usize> {
    let like = |row: &Row| rows.iter().position(|it| it.results == row.results && is_from(it, row));
    rows.iter().map(|it| like(it).unwrap_or(rows.len())).collect()
}

/// Joins what differs in one column only.
fn joined(
    (subject, linked, kinds): (&Subject<'_>, &Linked, &[usize]),
    grid: &Grid<'_>,
    all: Vec<Joined>,
    column: usize,
) -> Vec<Joined> {
    let mut groups: BTreeMap<(usize, Vec<Set>), Vec<Joined>> = BTreeMap::new();
    for it in all {
        let Some(kind) = it.rows.first().and_then(|it| kinds.get(*it).copied()) else { continue };
        let mut others = it.part.clone();
        others.remove(column);
        groups.entry((kind, others)).or_default().push(it);
    }
    let mut out = Vec::new();
    for (_, group) in groups {
        let mut open: Option<Joined> = None;
        let mut sorted = group;
        sorted.sort_by_key(|it| it.part.get(column).and_then(|it| it.meet(it)));
        for it in sorted {
            match open.take() {
                None => open = Some(it),
                Some(mut before) => match union((subject, linked), grid, (&before, &it), column) {
                    Some(part) => {
                        before.part = part;
                        before.rows.extend(it.rows);
                        before.rows.sort_unstable();
                        open = Some(before);
                    }
                    None => {
                        out.push(before);
                        open = Some(it);
                    }
                },
            }
        }
        out.extend(open);
    }
    out.sort_by_key(|it| it.rows.first().copied());
    out
}

/// Do both rows stand there for the same reason?
fn is_from(one: &Row, other: &Row) -> bool {
    one.origin.amendment.as_ref().map(|it| &it.because)
        == other.origin.amendment.as_ref().map(|it| &it.because)
}

/// Both as one box, where that is one that an author would write.
fn union(
    (subject, linked): (&Subject<'_>, &Linked),
    grid: &Grid<'_>,
    (one, other): (&Joined, &Joined),
    column: usize,
) -> Option<Box> {
    let asked = subject.table.columns.get(column)?;
    let (a, b) = (one.part.get(column)?, other.part.get(column)?);
    let both = a.or(b);
    let present = grid.present(column);
    let touches = match &asked.ty.kind {
        TyKind::Number(_) | TyKind::Date => both.is_stretch(),
        TyKind::Member(of) if linked.enumeration(of.slot.index()).ordered => {
            subject.table.columns.len() > 1 && both.is_stretch()
        }
        TyKind::Member(_) | TyKind::Bool => subject.table.columns.len() > 1,
        TyKind::Text | TyKind::Code(_) | TyKind::Frequency | TyKind::Unknown => false,
    };
    let missing = !present.covers(&both);
    let fixed = |rows: &[usize]| {
        rows.iter().all(|it| subject.table.rows.get(*it).is_some_and(|it| is_fixed(it, column)))
    };
    if !touches || missing || !fixed(&one.rows) || !fixed(&other.rows) {
        return None;
    }
    let mut part = one.part.clone();
    *part.get_mut(column)? = both;
    Some(part)
}

/// Is the cell of a row made of numbers and members that are written there, and not of parameters?
fn is_fixed(row: &Row, column: usize) -> bool {
    let RowKey::Cells(cells) = &row.key else { return false };
    let constant = |it: &Expr| matches!(it.node, Node::Const(_));
    match cells.get(column) {
        None | Some(Cell::Any) => false,
        Some(Cell::OneOf(tests)) => tests.iter().all(|it| match it {
            Test::Equals(it) | Test::Differs(it) | Test::Starts(it) => constant(it),
            Test::Range { low, high } => low.iter().chain(high).all(|it| constant(&it.value)),
            Test::Missing | Test::Window(_) => false,
        }),
    }
}
