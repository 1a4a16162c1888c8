//! As-of dates that stand for all others where windows meet.
//!
//! How the ends of two windows lie to each other depends on the as-of date only through the lengths
//! of months and the clamping at their ends. For windows of months and days the first and the last
//! four days of every month of four years show every case; calendar windows need every day. Where
//! a fixed date stands beside a window, the days around it are looked at too.

use super::reach::{Reach, Scope};
use super::window;
use crate::model::{Cell, Expr, Node, Row, RowKey, Table, Test, Window};
use crate::value::{Date, Value};

/// Days looked at around fixed dates.
const MAX_DAYS: usize = 6_000;

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
    let start = reach.period.from.or(reach.period.until).or(Date::new(2024, 1, 1));
    let Some(start) = start else { return (false, Vec::new()) };
    if !seen.windows {
        return (false, vec![start]);
    }
    let mut dates = cycle(seen.calendar);
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

/// Four years of days that matter.
fn cycle(every_day: bool) -> Vec<Date> {
    let first = Date::new(2027, 1, 1);
    let all =
        first.into_iter().flat_map(|first| (0..1461).filter_map(move |it| first.add_days(it)));
    all.filter(|it| every_day || it.day() == 1 || it.day() >= 28).collect()
}

#[derive(Default)]
struct Seen {
    windows: bool,
    calendar: bool,
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
            Test::Window(it) => self.window(it),
            Test::Equals(it) | Test::Differs(it) => fixed(it),
            Test::Range { low, high } => low.iter().chain(high).for_each(|it| fixed(&it.value)),
            Test::Missing | Test::Starts(_) => {}
        }
    }

    fn window(&mut self, it: &Window) {
        self.windows = true;
        self.calendar |= window::is_calendar(it);
    }

    fn fact(&mut self, fact: &Expr) {
        match &fact.node {
            Node::And(all) => all.iter().for_each(|it| self.fact(it)),
            Node::Within { window, .. } if self.windows => {
                self.calendar |= window::is_calendar(window);
            }
            _ => {}
        }
    }
}
