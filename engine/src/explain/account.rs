//! The account of a score: lines that add up to it exactly.
//!
//! Points are taken from the outcome, never worked out a second time; what the lines known from the
//! trace leave over is rounding, and says so.

use heng_dsl::model::{Content, DeclKind, Expr, Mode, Node, Row, RowKey, Table, Version};
use heng_dsl::value::{Decimal, Value};

use super::data::{Account, AccountKind, Facts, Line, What};
use super::facts::{View, as_written, ground};
use super::formula;
use super::reads::Reads;
use super::words::Shown;
use crate::outcome::{Cut, EachPoint, Step};

/// The account of a declaration; none for what is no score.
pub(super) fn account(view: &View<'_>, slot: usize) -> Option<Account> {
    let decl = view.linked.decl(slot);
    let kind = match &decl.kind {
        DeclKind::Total => AccountKind::Total,
        DeclKind::Dimension { .. } => AccountKind::Dimension,
        DeclKind::Indicator { fused: false, .. } => AccountKind::Indicator,
        DeclKind::Indicator { fused: true, .. } => AccountKind::Fused,
        DeclKind::Merge => AccountKind::Merged,
        DeclKind::Value => AccountKind::Value,
        DeclKind::Param
        | DeclKind::RecordValue { .. }
        | DeclKind::RecordSet
        | DeclKind::Classify { .. }
        | DeclKind::Overlay { .. }
        | DeclKind::Tag { .. }
        | DeclKind::Alert { .. }
        | DeclKind::Measure { .. }
        | DeclKind::List => return None,
    };
    let (step, version) = (view.step(slot), view.version(slot));
    let whole = matches!(kind, AccountKind::Total | AccountKind::Dimension);
    let lines = match (step, version, number(view.worth(slot))) {
        (Some(step), Some(version), Some(worth)) => lines(view, step, version, worth),
        // Without a version or a number there is nothing to add up, but parts are still shown.
        _ if whole => parts(view, slot, step),
        _ => Vec::new(),
    };
    Some(Account {
        name: view.named(slot),
        kind,
        value: view.shown(slot),
        most: version.and_then(|it| it.bounds.max.or(it.bounds.cap)),
        lines,
        reason: step.and_then(|it| it.reason.as_deref()).map(|it| view.discreet(it)),
        facts: if whole { Facts::default() } else { view.facts(slot) },
        ground: version.map(ground).unwrap_or_default(),
    })
}

/// The number of a value.
pub(super) fn number(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(it) => Some(*it),
        _ => None,
    }
}

/// The lines of a score, which add up to `worth`.
fn lines(view: &View<'_>, step: &Step, version: &Version, worth: Decimal) -> Vec<Line> {
    let before = step.before_bounds.as_ref().and_then(number).unwrap_or(worth);
    let mut lines = match &version.content {
        Content::Parts => {
            let base = version.bounds.base.map(|points| Line { points, what: What::Base });
            base.into_iter().chain(parts(view, step.decl, Some(step))).collect()
        }
        Content::Table(table) => rows(view, step, table, before),
        Content::Each(each) => records(view, step, version, each.mode, before),
        Content::Formula(expr) => formula::lines(view, step, version, expr, before),
        Content::Matrix(_) | Content::Condition(_) | Content::Source(_) | Content::List(_) => {
            Vec::new()
        }
    };
    settle(&mut lines, before, What::Rounding);
    if let Some(what) = step.cut_by.map(|it| cut(view, version, it)) {
        settle(&mut lines, worth, what);
    } else {
        settle(&mut lines, worth, What::Rounding);
    }
    lines
}

/// Adds what the lines lack of `target` as a line of its own, if they lack anything.
fn settle(lines: &mut Vec<Line>, target: Decimal, what: What) {
    let Some(rest) = sum(lines).and_then(|it| target.checked_sub(it)) else { return };
    if !rest.is_zero() {
        lines.push(Line { points: rest, what });
    }
}

/// What lines add up to.
pub(super) fn sum(lines: &[Line]) -> Option<Decimal> {
    lines.iter().try_fold(Decimal::ZERO, |sum, it| sum.checked_add(it.points))
}

fn cut(view: &View<'_>, version: &Version, cut: Cut) -> What {
    match cut {
        Cut::Cap => What::Cap { bound: version.bounds.cap, when: None },
        Cut::Floor => What::Floor { bound: version.bounds.floor, when: None },
        Cut::Conditional(at) => {
            let Some(it) = version.conditional.get(at) else { return What::Rounding };
            let when = Some(as_written(&it.text, &it.origin));
            let bound = formula::constant(view, &it.value);
            if it.cap { What::Cap { bound, when } } else { What::Floor { bound, when } }
        }
    }
}

/// The parts of a dimension or of 总分, each followed by what its weight takes off.
fn parts(view: &View<'_>, slot: usize, step: Option<&Step>) -> Vec<Line> {
    let mut lines = Vec::new();
    for part in view.linked.parts(slot) {
        let Some(worth) = number(view.worth(*part)) else { continue };
        let Some(account) = account(view, *part) else { continue };
        let deducted =
            matches!(view.linked.decl(*part).kind, DeclKind::Indicator { deduct: true, .. });
        let points = if deducted { worth.negated() } else { worth };
        let part_name = account.name.name.to_string();
        lines.push(Line { points, what: What::Part { account: Box::new(account), deducted } });
        let weight = step.and_then(|it| it.weights.iter().find(|it| it.0 == *part)).map(|it| &it.1);
        lines.extend(weight.and_then(|it| weighted(view, part_name, points, it)));
    }
    lines
}

fn weighted(view: &View<'_>, part: String, points: Decimal, weight: &Value) -> Option<Line> {
    let share = number(weight)?;
    let exact = points.places().checked_add(share.places())?;
    let off = points.checked_mul(share, exact)?.checked_sub(points)?;
    if off.is_zero() {
        return None;
    }
    let ty = heng_dsl::model::Ty::number(heng_dsl::model::Unit::Ratio, share.places());
    let weight = Shown::new(view.linked, weight, &ty);
    Some(Line { points: off, what: What::Weight { part, weight } })
}

/// The rows of a table that held.
fn rows(view: &View<'_>, step: &Step, table: &Table, total: Decimal) -> Vec<Line> {
    let held: Vec<&Row> = step.rows.iter().filter_map(|at| table.rows.get(*at)).collect();
    match table.mode {
        Mode::First => held.first().map(|row| line(view, row, total)).into_iter().collect(),
        Mode::Sum => summed(view, &held, total),
        Mode::Highest | Mode::Lowest => chosen(view, &held, total),
    }
}

fn line(view: &View<'_>, row: &Row, points: Decimal) -> Line {
    Line { points, what: What::Row(view.row_held(row)) }
}

/// The points of a row, where they are written as a number.
fn fixed(row: &Row) -> Option<Decimal> {
    match row.results.first()? {
        Some(Expr { node: Node::Const(value), .. }) => number(value),
        _ => None,
    }
}

/// 累计: each row with its points; rows whose points are worked out share what is left.
fn summed(view: &View<'_>, held_rows: &[&Row], total: Decimal) -> Vec<Line> {
    let (known, open): (Vec<&Row>, Vec<&Row>) =
        held_rows.iter().partition(|it| fixed(it).is_some());
    let mut lines: Vec<Line> =
        known.iter().filter_map(|row| fixed(row).map(|points| line(view, row, points))).collect();
    let rest = sum(&lines).and_then(|it| total.checked_sub(it));
    if let (Some(points), false) = (rest, open.is_empty()) {
        let what = match open.as_slice() {
            [row] => What::Row(view.row_held(row)),
            rows => What::Rows(rows.iter().map(|it| view.row_held(it)).collect()),
        };
        lines.push(Line { points, what });
    }
    lines
}

/// 取高, 取低: the row that counts, and those that another one beat.
fn chosen(view: &View<'_>, held_rows: &[&Row], total: Decimal) -> Vec<Line> {
    let winner = held_rows
        .iter()
        .position(|it| fixed(it) == Some(total))
        .or_else(|| held_rows.iter().position(|it| fixed(it).is_none()))
        .unwrap_or(0);
    let lines = held_rows.iter().enumerate().map(|(at, row)| {
        if at == winner {
            line(view, row, total)
        } else {
            let row_held = Some(view.row_held(row));
            let what = What::Beaten { row: row_held, record: None, would: fixed(row) };
            Line { points: Decimal::ZERO, what }
        }
    });
    lines.collect()
}

/// 逐条: the records and what each was worth.
fn records(
    view: &View<'_>,
    step: &Step,
    version: &Version,
    mode: Mode,
    total: Decimal,
) -> Vec<Line> {
    let winner = match mode {
        Mode::Sum => None,
        Mode::Highest | Mode::Lowest | Mode::First => {
            step.each.iter().position(|it| it.worth == total).or(Some(0))
        }
    };
    let lines = step.each.iter().enumerate().filter_map(|(at, point)| {
        let what = record(view, version, point)?;
        if winner.is_none_or(|it| it == at) {
            return Some(Line { points: point.worth, what });
        }
        let What::Record { record, row, .. } = what else { return None };
        let what = What::Beaten { row, record: Some(record), would: Some(point.worth) };
        Some(Line { points: Decimal::ZERO, what })
    });
    lines.collect()
}

fn record(view: &View<'_>, version: &Version, point: &EachPoint) -> Option<What> {
    let (table, number) = point.record;
    let record = view.record(table, number, &Reads::of(version).columns_of(table))?;
    let row = match &version.content {
        Content::Each(each) => {
            // A row without a condition holds for every record: there is nothing to say of it.
            let row = point.row.and_then(|it| each.table.rows.get(it));
            row.filter(|it| it.key != RowKey::Always).map(|it| view.row_held(it))
        }
        _ => None,
    };
    let share = point.fade.map(|it| {
        let ty = heng_dsl::model::Ty::number(heng_dsl::model::Unit::Ratio, it.places());
        Shown::new(view.linked, &Value::Number(it), &ty)
    });
    Some(What::Record { record, row, points: point.points, share })
}
