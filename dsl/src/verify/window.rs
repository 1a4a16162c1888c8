//! The dates of a window, for one as-of date.

use super::range::Range;
use super::reach::{Reach, Scope};
use crate::model::Unit;
use crate::model::{CalendarWindow, Expr, Window};
use crate::value::{Date, Decimal, TimeUnit};

/// The first and the last day of a window; `None` where its length is not the same for every
/// household, or where it leaves the calendar.
pub(super) fn days(
    window: &Window,
    as_of: Date,
    reach: &Reach<'_>,
    scope: &Scope<'_>,
) -> Option<(Date, Date)> {
    match window {
        Window::Last(length) => {
            let (length, unit) = duration(length, reach, scope)?;
            Some((back(as_of, length, unit)?.add_days(1)?, as_of))
        }
        Window::Next(length) => {
            let (length, unit) = duration(length, reach, scope)?;
            Some((as_of.add_days(1)?, back(as_of, -length, unit)?))
        }
        Window::Ago { far, near, unit } => {
            let from = back(as_of, i64::from(*far), *unit)?.add_days(1)?;
            Some((from, back(as_of, i64::from(*near), *unit)?))
        }
        Window::Calendar(it) => calendar(*it, as_of),
        Window::YearBefore(it) => {
            let (from, until) = days(it, as_of, reach, scope)?;
            // Both ends are moved; what lies just before the window is what bounds it.
            Some((from.add_days(-1)?.add_months(-12)?.add_days(1)?, until.add_months(-12)?))
        }
    }
}

fn duration(length: &Expr, reach: &Reach<'_>, scope: &Scope<'_>) -> Option<(i64, TimeUnit)> {
    let unit = match length.ty.as_number()?.unit {
        Unit::Days => TimeUnit::Day,
        Unit::Months => TimeUnit::Month,
        Unit::Plain | Unit::Count(_) | Unit::Money | Unit::Ratio | Unit::Points => return None,
    };
    let length: Range = reach.number(length, scope);
    Some((length.single().and_then(Decimal::to_whole)?, unit))
}

fn back(date: Date, by: i64, unit: TimeUnit) -> Option<Date> {
    match unit {
        TimeUnit::Day => date.add_days(-by),
        TimeUnit::Month => date.add_months(-by),
    }
}

fn calendar(window: CalendarWindow, as_of: Date) -> Option<(Date, Date)> {
    let month = as_of.month_start();
    let quarter = month.add_months(-((as_of.month() - 1) % 3))?;
    let year = month.add_months(1 - as_of.month())?;
    let whole = |start: Date, months: i64| Some((start, start.add_months(months)?.add_days(-1)?));
    match window {
        CalendarWindow::ThisMonth => Some((month, as_of)),
        CalendarWindow::ThisQuarter => Some((quarter, as_of)),
        CalendarWindow::ThisYear => Some((year, as_of)),
        CalendarWindow::LastMonth => whole(month.add_months(-1)?, 1),
        CalendarWindow::LastQuarter => whole(quarter.add_months(-3)?, 3),
        CalendarWindow::LastYear => whole(year.add_months(-12)?, 12),
        CalendarWindow::SameMonthLastYear => whole(month.add_months(-12)?, 1),
        CalendarWindow::SameQuarterLastYear => whole(quarter.add_months(-12)?, 3),
    }
}
