//! Dates and windows: a thing and a number of days.

use super::formula::{Atom, Formula};
use super::numbers;
use super::orders::ZERO;
use super::terms::{Terms, Thing, Unit};
use crate::model::{self, CalendarWindow, CompareOp, Expr, Node, Window};
use crate::value::{TimeUnit, Value};

/// A date some days after a thing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    pub(super) at: usize,
    pub(super) days: i128,
}

impl Point {
    const fn of(at: usize) -> Self {
        Self { at, days: 0 }
    }

    fn later(self, days: i128) -> Self {
        Self { days: self.days + days, ..self }
    }
}

/// `a ≤ b`
pub(super) fn at_most(a: Point, b: Point) -> Formula {
    Formula::Is(Atom::Apart((a.at, b.at, b.days - a.days)))
}

/// `a < b`
pub(super) fn before(a: Point, b: Point) -> Formula {
    at_most(a, b.later(-1))
}

/// A comparison of two dates.
pub(super) fn compare(
    terms: &mut Terms<'_, '_>,
    op: CompareOp,
    left: &Expr,
    right: &Expr,
) -> Formula {
    let point = |terms: &mut Terms<'_, '_>, it: &Expr| {
        point(terms, it).unwrap_or_else(|| Point::of(terms.of_expr(it)))
    };
    let (left, right) = (point(terms, left), point(terms, right));
    numbers::ordered(op, (left.at, right.at), right.days - left.days, 1)
}

/// The date that an expression is worth; `None` where a length leaves what numbers can hold.
pub(super) fn point(terms: &mut Terms<'_, '_>, expr: &Expr) -> Option<Point> {
    match &expr.node {
        Node::Const(Value::Date(it)) => {
            return Some(Point { at: ZERO, days: i128::from(it.epoch_days()) });
        }
        Node::Shift { date, by, back } => {
            if let Some((length, unit)) = duration(by) {
                let date = point(terms, date)?;
                let by = if *back { length.checked_neg()? } else { length };
                return Some(moved(terms, date, by, unit));
            }
        }
        Node::Call { builtin: crate::builtins::BuiltinId::MonthStart, args } => {
            if let [Expr { node: Node::AsOf, .. }] = args.as_slice() {
                return Some(Point::of(terms.of(Thing::Start(Unit::Month))));
            }
        }
        _ => {}
    }
    Some(Point::of(terms.of_expr(expr)))
}

fn duration(length: &Expr) -> Option<(i64, TimeUnit)> {
    let Node::Const(Value::Number(number)) = &length.node else { return None };
    let unit = match length.ty.as_number()?.unit {
        model::Unit::Days => TimeUnit::Day,
        model::Unit::Months => TimeUnit::Month,
        _ => return None,
    };
    Some((number.to_whole()?, unit))
}

fn moved(terms: &mut Terms<'_, '_>, date: Point, by: i64, unit: TimeUnit) -> Point {
    match unit {
        TimeUnit::Day => date.later(by.into()),
        TimeUnit::Month => months_from(terms, date, by),
    }
}

/// The date some months after a date.
pub(super) fn months_from(terms: &mut Terms<'_, '_>, date: Point, months: i64) -> Point {
    let Ok(days) = i64::try_from(date.days) else { return Point::of(ZERO) };
    if months == 0 {
        return date;
    }
    Point::of(terms.of(Thing::Months { base: date.at, days, months }))
}

/// The first and the last day of a window; `None` where its length is not the same for everyone.
pub(super) fn window(terms: &mut Terms<'_, '_>, window: &Window) -> Option<(Point, Point)> {
    let as_of = Point::of(terms.as_of());
    let ends = match window {
        Window::Last(length) => {
            let (length, unit) = duration(length)?;
            (moved(terms, as_of, length.checked_neg()?, unit).later(1), as_of)
        }
        Window::Next(length) => {
            let (length, unit) = duration(length)?;
            (as_of.later(1), moved(terms, as_of, length, unit))
        }
        Window::Ago { far, near, unit } => (
            moved(terms, as_of, -i64::from(*far), *unit).later(1),
            moved(terms, as_of, -i64::from(*near), *unit),
        ),
        Window::Calendar(it) => calendar(terms, *it, as_of),
        Window::YearBefore(it) => {
            let (from, until) = self::window(terms, it)?;
            let from = months_from(terms, from.later(-1), -12).later(1);
            (from, months_from(terms, until, -12))
        }
    };
    Some(ends)
}

fn calendar(terms: &mut Terms<'_, '_>, window: CalendarWindow, as_of: Point) -> (Point, Point) {
    let mut start = |unit, months| {
        let start = Point::of(terms.of(Thing::Start(unit)));
        months_from(terms, start, months)
    };
    let mut stretch = |unit, from, until| (start(unit, from), start(unit, until).later(-1));
    match window {
        CalendarWindow::ThisMonth => (start(Unit::Month, 0), as_of),
        CalendarWindow::ThisQuarter => (start(Unit::Quarter, 0), as_of),
        CalendarWindow::ThisYear => (start(Unit::Year, 0), as_of),
        CalendarWindow::LastMonth => stretch(Unit::Month, -1, 0),
        CalendarWindow::LastQuarter => stretch(Unit::Quarter, -3, 0),
        CalendarWindow::LastYear => stretch(Unit::Year, -12, 0),
        CalendarWindow::SameMonthLastYear => stretch(Unit::Month, -12, -11),
        CalendarWindow::SameQuarterLastYear => stretch(Unit::Quarter, -12, -9),
    }
}
