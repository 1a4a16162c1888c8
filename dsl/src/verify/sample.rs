//! As-of dates that stand for all others where windows meet.
//!
//! How the ends of two windows lie to each other depends on the as-of date only through the lengths
//! of months and the clamping at their ends. Windows of months alone always lie alike. Beside windows
//! of days the first and the last days of every month of four years show every case, beside calendar
//! windows a few days more of every month, and beside both it takes every day. Where a fixed date
//! stands beside a window, the days around it are looked at too.

use super::example;
use super::reach::{Reach, Scope};
use crate::model::{Cell, Expr, Node, Row, RowKey, Table, Test, Unit, Window};
use crate::value::{Date, Period, TimeUnit, Value};

/// Days looked at around fixed dates.
const MAX_DAYS: usize = 6_000;

/// Years of the cycle of leap years.
const YEARS: i64 = 4;

/// The as-of dates to look at, inside the period where it has any of them; one where no cell or fact
/// speaks of a window.
pub(super) fn dates(
    table: &Table,
    facts: &[&Expr],
    reach: &Reach<'_>,
    scope: &Scope<'_>,
) -> (bool, Vec<Date>) {
    let mut seen = Seen::default();
    for Row { key, .. } in &table.rows {
        let RowKey::Cells(cells) = key else { continue };
        for cell in cells {
            let Cell::OneOf(tests) = cell else { continue };
            for it in tests {
                seen.test(it, reach, scope);
            }
        }
    }
    for it in facts {
        seen.fact(it);
    }
    let Some(start) = example::day(reach.period) else { return (false, Vec::new()) };
    if !seen.windows {
        return (false, vec![start]);
    }
    let mut dates = cycle(reach.period, &seen);
    let (first, last) = (seen.fixed.iter().min(), seen.fixed.iter().max());
    if let Some((first, last)) = first.zip(last) {
        let from = first.add_days(-40).unwrap_or(*first);
        let until = last.add_months(60).unwrap_or(*last);
        let around = (0..).map_while(|it| from.add_days(it)).take_while(|it| *it <= until);
        dates.extend(around.take(MAX_DAYS));
    }
    let inside: Vec<Date> = dates.iter().copied().filter(|it| reach.period.contains(*it)).collect();
    (true, if inside.is_empty() { vec![start] } else { inside })
}

/// Days that matter, of four years in the period.
fn cycle(period: Period, seen: &Seen) -> Vec<Date> {
    let before = |it: Date| it.add_months(-YEARS * 12);
    let first = period.from.or(period.until.and_then(before)).or(Date::new(2025, 1, 1));
    let all = first.into_iter();
    let all = all.flat_map(|first| (0..YEARS * 366).filter_map(move |it| first.add_days(it)));
    let matters = |it: &Date| match (seen.calendar, seen.days) {
        (true, true) => true,
        (false, true) => it.day() == 1 || it.day() >= 28,
        (true, false) => it.day() <= 2 || it.day() >= 27 || it.day() == 15,
        (false, false) => it.day() == 31 && it.month() == 3,
    };
    all.filter(matters).collect()
}

#[derive(Default)]
struct Seen {
    windows: bool,
    calendar: bool,
    days: bool,
    fixed: Vec<Date>,
}

impl Seen {
    fn test(&mut self, test: &Test, reach: &Reach<'_>, scope: &Scope<'_>) {
        let mut fixed = |it: &Expr| {
            if let Some(Value::Date(it)) = reach.constant(it, scope) {
                self.fixed.push(it);
            }
        };
        match test {
            Test::Window(it) => {
                self.windows = true;
                self.window(it);
            }
            Test::Equals(it) | Test::Differs(it) => fixed(it),
            Test::Range { low, high } => low.iter().chain(high).for_each(|it| fixed(&it.value)),
            Test::Missing | Test::Starts(_) => {}
        }
    }

    fn window(&mut self, it: &Window) {
        match it {
            Window::Calendar(_) => self.calendar = true,
            Window::YearBefore(it) => self.window(it),
            Window::Ago { unit, .. } => self.days |= *unit == TimeUnit::Day,
            Window::Last(it) | Window::Next(it) => {
                self.days |= it.ty.as_number().is_some_and(|it| it.unit == Unit::Days);
            }
        }
    }

    fn fact(&mut self, fact: &Expr) {
        match &fact.node {
            Node::And(all) => all.iter().for_each(|it| self.fact(it)),
            Node::Within { window, .. } => self.window(window),
            _ => {}
        }
    }
}
