//! Gaps, overlaps, and rows that are never used.

use std::collections::{BTreeMap, BTreeSet};

use super::axis::{Ask, Piece, pieces};
use super::cover::Search;
use super::grid::{Grid, Obstacle, Shape};
use super::misfit::{self, Gap, Seen};
use super::reach::{Reach, Scope};
use super::simpler::Simpler;
use super::trail::Trail;
use super::{Finding, Findings, NodePath, Owner, Part, TableAt, conditions, sample, show};
use crate::diag::{Code, Words};
use crate::model::{Expr, Let, Node, Ref, Row, RowKey, Table, TyKind, Unit};
use crate::written;

/// Steps that the search for a gap may take in one table.
const BUDGET: u64 = 3_000_000;

/// Different shapes of one table, by as-of date, that are looked at.
const MAX_SHAPES: usize = 200;

/// Rows times rows times columns times days that one table may cost; and days.
const MAX_DAY_COST: usize = 4_000_000;
const MAX_DAYS: usize = 10_000;

/// Parameters that are shown beside one finding.
const MAX_SHOWN: usize = 6;

/// A table with what is known where it stands.
pub(super) struct Subject<'a> {
    pub(super) table: &'a Table,
    /// The version it stands in.
    pub(super) path: NodePath,
    /// Which of its tables.
    pub(super) at: TableAt,
    /// The local values it may speak of.
    pub(super) lets: &'a [Let],
    /// Conditions that hold for everything that comes to the table.
    pub(super) facts: Vec<&'a Expr>,
}

/// What the table is while one set of rules is in force.
pub(super) struct View<'a> {
    pub(super) reach: &'a Reach<'a>,
    pub(super) scope: &'a Scope<'a>,
}

impl View<'_> {
    /// What a parameter is worth in this stretch of time.
    fn worth(&self, parameter: &Ref) -> Option<Words> {
        let decl = self.reach.linked.decl(parameter.slot.index());
        let node = Node::Decl(parameter.clone());
        let value = self.reach.constant(&Expr { ty: decl.ty.clone(), node }, self.scope)?;
        Some(show::value(self.reach.linked, &value, &decl.ty))
    }
}

impl Subject<'_> {
    pub(super) fn whole(&self) -> NodePath {
        self.path.with(Part::Table(self.at))
    }

    pub(super) fn row(&self, row: usize) -> NodePath {
        self.path.with(Part::Row(self.at, row))
    }

    /// A row as written, with what its parameters are worth.
    pub(super) fn text(&self, row: usize, view: &View<'_>) -> Words {
        let Some(row) = self.table.rows.get(row) else { return "".into() };
        written::row(row, view.reach.linked, |it| view.worth(it))
    }

    /// Shows what the parameters in these rows are worth, where they stand in the same package.
    pub(super) fn parameters(&self, finding: Finding, rows: &[usize], view: &View<'_>) -> Finding {
        let linked = view.reach.linked;
        let rows = rows.iter().filter_map(|it| self.table.rows.get(*it));
        let mut all: Vec<Ref> = rows.flat_map(|it| written::parameters(it, linked)).collect();
        all.sort_by_key(|it| it.slot.index());
        all.dedup_by_key(|it| it.slot.index());
        all.iter().filter(|it| it.package.is_none()).take(MAX_SHOWN).fold(finding, |finding, it| {
            let decl = linked.decl(it.slot.index());
            let (Some(worth), Some(version)) = (view.worth(it), view.reach.version_of(decl)) else {
                return finding;
            };
            let since = decl.versions.get(version).and_then(|it| it.period.from);
            let name = Words::from(decl.name.to_string());
            let words = match since.map(|it| Words::from(it.to_string())) {
                None => show::join(&["“", "”为 ", ""], &["“", "” is ", ""], &[name, worth]),
                Some(since) => show::join(
                    &["“", "”为 ", "，自 ", " 起"],
                    &["“", "” is ", " from ", ""],
                    &[name, worth, since],
                ),
            };
            let part = Part::Table(TableAt::Content);
            finding.related(NodePath::new(Owner::Decl(decl.id.clone()), version, part), words)
        })
    }

    fn is_rest(&self, row: usize) -> bool {
        self.table.rows.get(row).is_some_and(|it| it.key == RowKey::Otherwise)
    }
}

/// Looks at a table in every stretch of time in which its version is in force.
pub(super) fn check(subject: &Subject<'_>, views: &[View<'_>], out: &mut Findings) {
    if !well_formed(subject, out) {
        return;
    }
    if subject.table.columns.is_empty() {
        conditions::check(subject, views, out);
        return;
    }
    let mut state = State::new(subject.table);
    for view in views {
        if !state.look(subject, view, out) {
            return;
        }
    }
    state.report(subject, views, out);
    // In which order rows stand says nothing where they do not fit together.
    if state.fits {
        order(subject, views, &state.live, out);
    }
    if let (Some(view), false) = (views.first(), state.flawed)
        && let Some(grid) = first_grid(subject, &subject.facts, view)
    {
        state.simpler.report(subject, &grid, view, out);
    }
}

/// The table on the first of its days.
fn first_grid<'s>(subject: &Subject<'s>, facts: &[&Expr], view: &View<'_>) -> Option<Grid<'s>> {
    let (relative, dates) = sample::dates(subject.table, &subject.facts, view.reach, view.scope);
    let as_of = dates.first().copied()?;
    let ask = Ask { reach: view.reach, scope: view.scope, as_of, relative };
    Grid::new((subject.table, subject.lets), facts, ask).ok()
}

/// Has every row the form that the head asks for? A stored model may have been written elsewhere.
fn well_formed(subject: &Subject<'_>, out: &mut Findings) -> bool {
    let Table { columns, rows, .. } = subject.table;
    let results = rows.first().map_or(1, |it| it.results.len());
    let mut fine = true;
    for (at, Row { key, results: own, .. }) in rows.iter().enumerate() {
        let (found, expected) = match key {
            RowKey::Cells(cells) => (cells.len(), columns.len()),
            RowKey::When(_) | RowKey::Always => (0, columns.len()),
            RowKey::Otherwise => (0, 0),
        };
        if found != expected || own.len() != results || results == 0 {
            let (found, expected) =
                if found == expected { (own.len(), results.max(1)) } else { (found, expected) };
            let finding = Finding::new(Code::E0431, subject.row(at));
            out.push(finding.arg("found", found.to_string()).arg("expected", expected.to_string()));
            fine = false;
        }
        if *key == RowKey::Otherwise && at + 1 != rows.len() {
            // Of two it is the second that is too many.
            let second = rows.iter().rposition(|it| it.key == RowKey::Otherwise);
            let at = second.filter(|it| *it + 1 == rows.len()).unwrap_or(at);
            out.push(Finding::new(Code::E0407, subject.row(at)));
            fine = false;
        }
    }
    fine
}

/// What has been seen of a table so far.
#[expect(clippy::struct_excessive_bools, reason = "each is something seen by itself")]
struct State {
    /// Rows that hold for something.
    live: Vec<bool>,
    rest_needed: bool,
    seen: BTreeSet<Shape>,
    /// Of each table one gap is said.
    gap_said: bool,
    /// Nothing is open, and no two rows meet.
    fits: bool,
    budget: u64,
    simpler: Simpler,
    /// Something is wrong with it, so that nothing is said of how it could be shorter.
    flawed: bool,
}

impl State {
    fn new(table: &Table) -> Self {
        Self {
            live: vec![false; table.rows.len()],
            rest_needed: false,
            seen: BTreeSet::new(),
            gap_said: false,
            fits: true,
            budget: BUDGET,
            simpler: Simpler::new(table.columns.len()),
            flawed: false,
        }
    }

    /// Looks at the table in one stretch of time; false where that makes no sense.
    fn look(&mut self, subject: &Subject<'_>, view: &View<'_>, out: &mut Findings) -> bool {
        let (relative, dates) =
            sample::dates(subject.table, &subject.facts, view.reach, view.scope);
        // A long table is looked at on fewer days.
        let cost = subject.table.rows.len().pow(2) * subject.table.columns.len();
        let most = (MAX_DAY_COST / cost.max(1)).clamp(12, MAX_DAYS);
        let most = most.min(out.days).max(1);
        out.days = out.days.saturating_sub(dates.len().min(most) - 1);
        let every = dates.len().div_ceil(most).max(1);
        if every > 1 && out.days > 1 {
            out.push(sampled(subject, dates.len(), dates.len().div_ceil(every)));
        }
        for as_of in dates.iter().copied().step_by(every) {
            let ask = Ask { reach: view.reach, scope: view.scope, as_of, relative };
            let grid = match Grid::new((subject.table, subject.lets), &subject.facts, ask) {
                Ok(grid) => grid,
                Err(it) => {
                    out.push(obstacle(subject, it));
                    return false;
                }
            };
            // Under another set of rules the same shape may stand for other values.
            if self.seen.len() > MAX_SHAPES {
                out.push(sampled(subject, dates.len(), MAX_SHAPES));
                return true;
            }
            if !self.seen.insert(grid.shape()) {
                continue;
            }
            for row in 0..self.live.len() {
                self.live[row] |= !subject.is_rest(row) && grid.dead_cell(row).is_none();
            }
            let seen = Seen { subject, view, grid: &grid, day: as_of, relative };
            self.fit(&seen, out);
        }
        true
    }

    /// Do the rows fit together: does every value belong to one of them, and to one only?
    fn fit(&mut self, seen: &Seen<'_>, out: &mut Findings) {
        let (subject, grid) = (seen.subject, seen.grid);
        let overlaps = grid.overlaps();
        let apart = overlaps.as_ref().ok().and_then(|it| grid.apart(it));
        let apart = apart.as_deref();
        if grid.rest() && !self.rest_needed {
            self.rest_needed = grid.taken_by_rest(apart, &mut self.budget) != Search::Covered;
        }
        self.flawed |= !overlaps.as_ref().is_ok_and(Vec::is_empty);
        let gap = match grid.gap(apart, &mut self.budget) {
            Search::Covered => {
                if !self.flawed {
                    self.simpler.look(subject, grid);
                }
                None
            }
            Search::TooLong => {
                self.flawed = true;
                out.push(obstacle(subject, Obstacle::Large));
                None
            }
            Search::Found(point) => {
                self.flawed = true;
                let (boxes, more) = grid.gaps(point.clone(), apart, &mut self.budget);
                Some(Gap { point, boxes, more })
            }
        };
        let overlaps = overlaps.unwrap_or_else(|it| {
            out.push(obstacle(subject, it));
            Vec::new()
        });
        self.fits &= gap.is_none() && overlaps.is_empty();
        let culprit = misfit::culprit(grid, &overlaps, gap.is_some());
        seen.overlaps(&overlaps, culprit, out);
        if let (Some(gap), false) = (gap, self.gap_said) {
            self.gap_said = true;
            out.push(seen.gap(&gap, &overlaps, culprit));
        }
    }

    /// What is left to say when every stretch of time has been looked at.
    fn report(&mut self, subject: &Subject<'_>, views: &[View<'_>], out: &mut Findings) {
        let Some(view) = views.first() else { return };
        let idle = |(row, live): (usize, &bool)| {
            if subject.is_rest(row) { !self.rest_needed } else { !*live }
        };
        self.flawed |= self.live.iter().enumerate().any(idle);
        for (row, _) in self.live.iter().enumerate().filter(|(_, live)| !**live) {
            if subject.is_rest(row) {
                if !self.rest_needed {
                    out.push(Finding::new(Code::E0405, subject.row(row)));
                }
                continue;
            }
            out.push(unused(subject, view, row));
        }
    }
}

/// A row that holds for nothing: because of what it says, or because of what comes to the table.
fn unused(subject: &Subject<'_>, view: &View<'_>, row: usize) -> Finding {
    let (relative, dates) = sample::dates(subject.table, &subject.facts, view.reach, view.scope);
    let ask = |as_of| Ask { reach: view.reach, scope: view.scope, as_of, relative };
    let dead = |facts: &[&Expr]| first_grid(subject, facts, view)?.dead_cell(row);
    let at = |column: usize| subject.path.with(Part::Cell(subject.at, row, column));
    let column = dead(&subject.facts).unwrap_or(0);
    let plain = Finding::new(Code::E0403, at(column)).arg("row", subject.text(row, view));
    let plain = subject.parameters(plain, &[row], view);
    let Some(asked) = subject.table.columns.get(column) else { return plain };
    let alone = dates.first().is_some_and(|it| is_empty(subject, (row, column), ask(*it)));
    if alone || (!is_soft(asked) && dead(&[]).is_some()) {
        return plain;
    }
    let linked = view.reach.linked;
    let (reach, trail) = match asked.ty.as_number() {
        Some(ty) => (
            show::range(view.reach.number(asked, view.scope), &ty.unit),
            Trail::of_expr(asked, subject.lets, view.reach, view.scope),
        ),
        None => (Words::both("别的值", "something else"), Trail::default()),
    };
    let name = show::name(linked, subject.lets, asked)
        .unwrap_or_else(|| Words::both("这一列", "this column"));
    let finding = Finding::new(Code::E0404, at(column)).arg("row", subject.text(row, view));
    trail.add(finding.arg("column", name).arg("reach", reach))
}

/// Does the cell contradict itself, whatever comes to the table: `超过 45 至 40`?
fn is_empty(subject: &Subject<'_>, (row, column): (usize, usize), ask: Ask<'_>) -> bool {
    let Some(RowKey::Cells(cells)) = subject.table.rows.get(row).map(|it| &it.key) else {
        return false;
    };
    let asked = cells.get(column).zip(subject.table.columns.get(column));
    let pieces = asked.and_then(|(cell, asked)| pieces(cell, &asked.ty, ask));
    pieces.is_some_and(|all| all.iter().all(|it| matches!(it, Piece::Never)))
}

/// Does what the column can be depend on scores or on the rows of a code table, which change without
/// the row becoming wrong?
fn is_soft(column: &Expr) -> bool {
    let points = column.ty.as_number().is_some_and(|it| it.unit == Unit::Points);
    points || matches!(column.node, Node::Code { .. })
}

fn obstacle(subject: &Subject<'_>, obstacle: Obstacle) -> Finding {
    match obstacle {
        Obstacle::Large => {
            let (rows, columns) = (subject.table.rows.len(), subject.table.columns.len());
            let why = Words::both(
                format!("{rows} 行、{columns} 列，组合太多"),
                format!("{rows} rows by {columns} columns are too many combinations"),
            );
            Finding::new(Code::E0410, subject.whole()).arg("why", why)
        }
        Obstacle::Variable { row, column } => {
            let at = subject.path.with(Part::Cell(subject.at, row, column));
            let why = Words::both(
                "这一格的界限不是固定的数",
                "a bound in this cell is not a fixed value",
            );
            Finding::new(Code::E0410, at).arg("why", why)
        }
    }
}

/// Of the days on which the windows of a table lie differently only some were looked at.
fn sampled(subject: &Subject<'_>, all: usize, some: usize) -> Finding {
    let why = Words::both(
        format!("各行的时间窗在 {all} 天里各不相同，只核对了 {some} 天"),
        format!("its windows lie differently on {all} days, of which {some} were looked at"),
    );
    Finding::new(Code::E0410, subject.whole()).arg("why", why)
}

/// Bands over one number are written from low to high or from high to low. Rows that hold for nothing
/// have been reported, and have no place in the order.
fn order(subject: &Subject<'_>, views: &[View<'_>], live: &[bool], out: &mut Findings) {
    let ([column], Some(view)) = (subject.table.columns.as_slice(), views.first()) else { return };
    if !matches!(column.ty.kind, TyKind::Number(_)) {
        return;
    }
    let (relative, dates) = sample::dates(subject.table, &subject.facts, view.reach, view.scope);
    let Some(as_of) = dates.first().copied() else { return };
    let ask = Ask { reach: view.reach, scope: view.scope, as_of, relative };
    let starts: BTreeMap<usize, i128> = subject
        .table
        .rows
        .iter()
        .enumerate()
        .filter(|(row, _)| live.get(*row).copied().unwrap_or(false))
        .filter_map(|(row, it)| Some((row, start(it, column, ask)?)))
        .collect();
    let rows: Vec<(usize, i128)> = starts.into_iter().collect();
    let turn =
        |falling: bool| rows.windows(2).find(|it| (it[0].1 > it[1].1) != falling).map(|it| it[1].0);
    if let (Some(row), Some(_)) = (turn(false), turn(true)) {
        let finding = Finding::new(Code::E0436, subject.row(row));
        out.push(finding.arg("row", subject.text(row, view)));
    }
}

/// Where the band of a row begins.
fn start(row: &Row, column: &Expr, ask: Ask<'_>) -> Option<i128> {
    let RowKey::Cells(cells) = &row.key else { return None };
    let pieces = pieces(cells.first()?, &column.ty, ask)?;
    let starts = pieces.iter().filter_map(|it| match it {
        Piece::Between(from, _) => Some(from.unwrap_or(i128::MIN)),
        _ => None,
    });
    starts.min()
}
