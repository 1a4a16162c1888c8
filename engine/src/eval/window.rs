//! Stretches of time relative to the as-of date.

use heng_dsl::model::{CalendarUnit, CalendarWindow, Expr, Node, Unit, Window};
use heng_dsl::value::{Date, Fault, TimeUnit, Value};

use super::Working;
use super::number::decimal;
use super::scope::{At, Frame};

/// A stretch of days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stretch {
    /// The day at which it starts.
    from: Date,
    /// Does that day belong to it?
    with_first: bool,
    /// The last day.
    until: Date,
}

impl Stretch {
    /// Does the day lie in it?
    pub(crate) fn contains(&self, date: Date) -> bool {
        let started = if self.with_first { self.from <= date } else { self.from < date };
        started && date <= self.until
    }

    /// Its first and its last day, as days since 1970-01-01; the last one lies before the first where no
    /// day belongs to it.
    pub(crate) fn days(&self) -> (i64, i64) {
        (self.from.epoch_days() + i64::from(!self.with_first), self.until.epoch_days())
    }
}

/// A length of time.
#[derive(Debug, Clone, Copy)]
struct Length(i64, TimeUnit);

impl<'e> Working<'e> {
    /// Does a date lie in a window?
    pub(super) fn is_within(
        &mut self,
        date: Date,
        window: &'e Window,
        at: At<'_, 'e>,
    ) -> Result<bool, Value> {
        let as_of = self.as_of;
        Ok(stretch(window, (as_of, 0), &mut |it| self.expr(it, at))?.contains(date))
    }

    /// The first and the last day of a window of a rule, in days since 1970.
    pub(crate) fn days_of(&mut self, window: &'e Window, at: &Frame<'_, 'e>) -> Option<(i64, i64)> {
        let as_of = self.as_of;
        stretch(window, (as_of, 0), &mut |it| self.expr(it, at.start())).ok().map(|it| it.days())
    }
}

/// The days of a window on a date, shifted back by so many months; `worth` says what the length of a
/// window is worth that is no literal.
///
/// # Errors
///
/// The window leaves the calendar, or its length is not there.
pub(crate) fn stretch<'e>(
    window: &'e Window,
    (as_of, back): (Date, i64),
    worth: &mut dyn FnMut(&'e Expr) -> Value,
) -> Result<Stretch, Value> {
    let stretch = match window {
        Window::Last(it) => {
            let it = length(it, worth)?;
            open(shifted(as_of, it, -1, back), as_of.add_months(-back))
        }
        Window::Next(it) => {
            let it = length(it, worth)?;
            open(as_of.add_months(-back), shifted(as_of, it, 1, back))
        }
        Window::Ago { far, near, unit } => {
            let ago = |n: u32| shifted(as_of, Length(i64::from(n), *unit), -1, back);
            open(ago(*far), ago(*near))
        }
        Window::Calendar(it) => calendar(*it, as_of, back),
        Window::YearBefore(it) => return stretch(it, (as_of, back + 12), worth),
    };
    stretch.ok_or(Value::Error(Fault::DateRange))
}

fn length<'e>(it: &'e Expr, worth: &mut dyn FnMut(&'e Expr) -> Value) -> Result<Length, Value> {
    let unit = match it.ty.as_number().map(|it| &it.unit) {
        Some(Unit::Days) => TimeUnit::Day,
        Some(Unit::Months) => TimeUnit::Month,
        _ => return Err(Value::Error(Fault::Type)),
    };
    let number = match &it.node {
        Node::Const(it) => decimal(it)?,
        _ => decimal(&worth(it))?,
    };
    let whole = number.to_whole().ok_or(Value::Error(Fault::DateRange))?;
    Ok(Length(whole, unit))
}

fn open(from: Option<Date>, until: Option<Date>) -> Option<Stretch> {
    Some(Stretch { from: from?, with_first: false, until: until? })
}

/// The date a length before or after another, and then `back` months earlier. Months are added up
/// first, so that a shift by a year never clamps twice.
fn shifted(date: Date, length: Length, sign: i64, back: i64) -> Option<Date> {
    let Length(count, unit) = length;
    let count = count.checked_mul(sign)?;
    match unit {
        TimeUnit::Month => date.add_months(count.checked_sub(back)?),
        TimeUnit::Day => date.add_days(count)?.add_months(-back),
    }
}

/// A calendar unit: the present one up to the as-of date, an earlier one whole.
fn calendar(window: CalendarWindow, as_of: Date, back: i64) -> Option<Stretch> {
    use CalendarWindow as W;
    let (unit, before) = match window {
        W::ThisMonth => (CalendarUnit::Month, 0),
        W::LastMonth => (CalendarUnit::Month, 1),
        W::SameMonthLastYear => (CalendarUnit::Month, 12),
        W::ThisQuarter => (CalendarUnit::Quarter, 0),
        W::LastQuarter => (CalendarUnit::Quarter, 1),
        W::SameQuarterLastYear => (CalendarUnit::Quarter, 4),
        W::ThisYear => (CalendarUnit::Year, 0),
        W::LastYear => (CalendarUnit::Year, 1),
    };
    let shifted = as_of.add_months(-back)?;
    let (from, last) = unit_before(unit, shifted, before)?;
    let until = if before == 0 { shifted } else { last };
    Some(Stretch { from, with_first: true, until })
}

/// The first and the last day of the calendar unit so many units before the one of a date.
pub(crate) fn unit_before(unit: CalendarUnit, date: Date, before: i64) -> Option<(Date, Date)> {
    let (months, start) = match unit {
        CalendarUnit::Month => (1, date.month()),
        CalendarUnit::Quarter => (3, (date.quarter() - 1) * 3 + 1),
        CalendarUnit::Year => (12, 1),
    };
    let own = Date::new(date.year(), start, 1)?;
    let from = own.add_months(before.checked_mul(-months)?)?;
    Some((from, from.add_months(months - 1)?.month_end()))
}

#[cfg(test)]
mod tests {
    use super::{CalendarWindow, Date, Length, TimeUnit, calendar, open, shifted};

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn the_last_months_leave_out_the_day_exactly_so_long_ago() {
        let as_of = date("2024-12-01");
        let last = open(shifted(as_of, Length(24, TimeUnit::Month), -1, 0), Some(as_of)).unwrap();
        for (day, inside) in [
            ("2022-12-01", false),
            ("2022-12-02", true),
            ("2024-12-01", true),
            ("2024-12-02", false),
        ] {
            assert_eq!(last.contains(date(day)), inside, "{day}");
        }
    }

    #[test]
    fn full_months_and_windows_agree_on_every_day() {
        for as_of in
            ["2024-02-29", "2024-12-31", "2023-02-28", "2024-06-30", "2024-12-01"].map(date)
        {
            for months in [1, 6, 12, 24] {
                let last =
                    open(shifted(as_of, Length(months, TimeUnit::Month), -1, 0), Some(as_of))
                        .unwrap();
                for back in 0..1200 {
                    let day = as_of.add_days(-back).unwrap();
                    let young = day.full_months_until(as_of) < months;
                    assert_eq!(young, last.contains(day), "{day} on {as_of}, {months} months");
                }
            }
        }
    }

    #[test]
    fn calendar_units_end_at_the_as_of_date_or_whole() {
        let as_of = date("2024-05-17");
        let cases = [
            (CalendarWindow::ThisMonth, 0, "2024-05-01", "2024-05-17"),
            (CalendarWindow::LastMonth, 0, "2024-04-01", "2024-04-30"),
            (CalendarWindow::ThisQuarter, 0, "2024-04-01", "2024-05-17"),
            (CalendarWindow::LastQuarter, 0, "2024-01-01", "2024-03-31"),
            (CalendarWindow::ThisYear, 0, "2024-01-01", "2024-05-17"),
            (CalendarWindow::LastYear, 0, "2023-01-01", "2023-12-31"),
            (CalendarWindow::SameMonthLastYear, 0, "2023-05-01", "2023-05-31"),
            (CalendarWindow::SameQuarterLastYear, 0, "2023-04-01", "2023-06-30"),
            (CalendarWindow::ThisMonth, 12, "2023-05-01", "2023-05-17"),
            (CalendarWindow::LastMonth, 12, "2023-04-01", "2023-04-30"),
        ];
        for (window, back, from, until) in cases {
            let stretch = calendar(window, as_of, back).unwrap();
            assert!(stretch.with_first, "{window:?}");
            assert_eq!((stretch.from, stretch.until), (date(from), date(until)), "{window:?}");
        }
    }

    #[test]
    fn the_same_stretch_a_year_before_joins_the_last_twelve_months() {
        for as_of in ["2024-02-29", "2025-02-28", "2024-12-01"].map(date) {
            let months = Length(12, TimeUnit::Month);
            let own = open(shifted(as_of, months, -1, 0), Some(as_of)).unwrap();
            let before = open(shifted(as_of, months, -1, 12), as_of.add_months(-12)).unwrap();
            assert_eq!(own.from, before.until, "{as_of}");
        }
    }
}
