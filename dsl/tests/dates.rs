//! Date arithmetic against an independent implementation, on every day from 1949 to 2100.
//!
//! The oracle knows only the definition of the Gregorian calendar: which years have 366 days, and how
//! many days each month has. It counts days one by one from 1949-01-01 and searches instead of
//! calculating.

use std::cmp::Ordering;

use heng_dsl::value::{Date, Period};

/// A day of the oracle: year, month, day.
type Day = (i64, i64, i64);

fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

fn length(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

/// The day after.
fn next((year, month, day): Day) -> Day {
    if day < length(year, month) {
        (year, month, day + 1)
    } else if month < 12 {
        (year, month + 1, 1)
    } else {
        (year + 1, 1, 1)
    }
}

/// `months` later, one month at a time, with the day clamped once at the end.
fn later((year, month, day): Day, months: i64) -> Day {
    let (mut year, mut month) = (year, month);
    for _ in 0..months.abs() {
        (year, month) = match (month, months > 0) {
            (12, true) => (year + 1, 1),
            (1, false) => (year - 1, 12),
            (month, true) => (year, month + 1),
            (month, false) => (year, month - 1),
        };
    }
    (year, month, day.min(length(year, month)))
}

/// The definition: the largest n with `from ≤ until − n months`, for `from ≤ until`.
fn full_months(from: Day, until: Day) -> i64 {
    let fits = |n: i64| from <= later(until, -n);
    // Never more than the months between the two first days; searched downwards.
    let most = (until.0 - from.0) * 12 + until.1 - from.1 + 1;
    (0..=most).rev().find(|n| fits(*n)).unwrap_or(0)
}

/// Every day from 1949-01-01 to 2100-12-31.
fn days() -> Vec<Day> {
    let mut all = vec![(1949, 1, 1)];
    while let Some(last) = all.last().filter(|it| **it != (2100, 12, 31)) {
        all.push(next(*last));
    }
    all
}

#[expect(clippy::expect_used, reason = "every day of the oracle exists, or the test has failed")]
fn date((year, month, day): Day) -> Date {
    Date::new(year, month, day).expect("a day of the calendar is a date")
}

fn back(date: Date) -> Day {
    (date.year(), date.month(), date.day())
}

/// Steps of months that windows use, and some that pass many ends of years.
const MONTHS: [i64; 17] = [0, 1, 2, 3, 5, 6, 11, 12, 13, 18, 23, 24, 25, 36, 48, 60, 120];

#[test]
fn days_are_counted_one_by_one() {
    let all = days();
    assert_eq!(all.len(), 55_517, "152 years, 37 of them leap years");
    // 1949-01-01 lies 7670 days before 1970-01-01: 21 years, 5 of them leap years.
    for (number, day) in (-7_670_i64..).zip(&all) {
        let it = date(*day);
        assert_eq!(it.epoch_days(), number, "{it}");
        assert_eq!(Date::from_epoch_days(number), Some(it));
        assert_eq!(back(it), *day);
        assert_eq!(
            it.quarter(),
            [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4][usize::try_from(day.1).unwrap() - 1]
        );
        assert_eq!(it.to_string().parse(), Ok(it));
    }
    for pair in all.windows(2) {
        let (earlier, later) = (date(pair[0]), date(pair[1]));
        assert_eq!(earlier.cmp(&later), Ordering::Less);
        assert_eq!(earlier.add_days(1), Some(later));
        assert_eq!(later.add_days(-1), Some(earlier));
        assert_eq!(earlier.days_until(later), 1);
        assert_eq!(later.days_until(earlier), -1);
    }
}

#[test]
fn a_day_that_does_not_exist_is_no_date() {
    for year in 1949..=2100 {
        for month in 1..=12 {
            let last = length(year, month);
            assert_eq!(Date::new(year, month, last + 1), None, "{year}-{month}");
            assert_eq!(Date::new(year, month, 0), None);
            for day in 1..=31 {
                let clamped = Date::clamped(year, month, day).map(back);
                assert_eq!(clamped, Some((year, month, day.min(last))));
            }
        }
        assert!(Date::new(year, 13, 1).is_none() && Date::new(year, 0, 1).is_none());
        assert!(Date::clamped(year, 1, 0).is_none() && Date::clamped(year, 1, 32).is_none());
        assert!(Date::clamped(year, 13, 1).is_none());
    }
}

#[test]
fn the_calendar_has_two_ends() {
    let (first, last) = (date((1, 1, 1)), date((9_999, 12, 31)));
    assert_eq!(first.add_days(-1), None);
    assert_eq!(first.add_months(-1), None);
    assert_eq!(last.add_days(1), None);
    assert_eq!(last.add_months(1), None);
    assert_eq!(first.add_days(i64::MIN), None);
    assert_eq!(last.add_months(i64::MAX), None);
    assert_eq!(first.days_until(last), 3_652_058);
    assert_eq!(Date::from_epoch_days(first.epoch_days()), Some(first));
    assert_eq!(Date::from_epoch_days(last.epoch_days() + 1), None);
    assert!(Date::new(0, 12, 31).is_none() && Date::new(10_000, 1, 1).is_none());
    assert_eq!(first.full_months_until(last), 9_999 * 12 - 1);
    assert_eq!(last.full_months_until(first), 1 - 9_999 * 12);
}

#[test]
fn a_date_is_written_in_ten_characters() {
    assert_eq!(date((7, 3, 9)).to_string(), "0007-03-09");
    assert_eq!("0007-03-09".parse(), Ok(date((7, 3, 9))));
    for text in [
        "007-03-09",
        "00007-3-09",
        "2024-003-9",
        "2024-12-1x",
        "2024-12--1",
        "2024-12-010",
        "2024/12/01",
    ] {
        assert!(text.parse::<Date>().is_err(), "{text}");
    }
}

#[test]
fn months_end_where_the_calendar_says() {
    for day in days() {
        let it = date(day);
        assert_eq!(back(it.month_start()), (day.0, day.1, 1), "{it}");
        assert_eq!(back(it.month_end()), (day.0, day.1, length(day.0, day.1)), "{it}");
    }
}

#[test]
fn months_are_added_with_the_day_clamped_once() {
    for day in days() {
        let it = date(day);
        for months in MONTHS {
            assert_eq!(
                it.add_months(months).map(back),
                Some(later(day, months)),
                "{it} + {months}"
            );
            assert_eq!(
                it.add_months(-months).map(back),
                Some(later(day, -months)),
                "{it} − {months}"
            );
        }
    }
}

#[test]
fn full_months_are_the_most_that_fit_before_the_later_date() {
    let all = days();
    for (at, until) in all.iter().enumerate() {
        // Around every number of months at which the answer can change, and two odd distances.
        for months in MONTHS {
            let (year, month, day) = later(*until, -months);
            for from in [(year, month, day), next((year, month, day)), (year, month, 1)] {
                if from <= *until && from.0 >= 1949 {
                    let found = date(from).full_months_until(date(*until));
                    assert_eq!(found, full_months(from, *until), "{from:?} to {until:?}");
                    if from != *until {
                        assert_eq!(date(*until).full_months_until(date(from)), -found);
                    }
                }
            }
        }
        for distance in [1, 30, 400] {
            if let Some(from) = at.checked_sub(distance).and_then(|it| all.get(it)) {
                let found = date(*from).full_months_until(date(*until));
                assert_eq!(found, full_months(*from, *until), "{from:?} to {until:?}");
            }
        }
    }
}

#[test]
fn fewer_than_n_full_months_is_the_window_of_n_months() {
    // 整月数(x, 基准日) < n exactly where x lies in 近 n 个月, which is (基准日 − n 个月, 基准日].
    let all = days();
    for as_of in all.iter().filter(|it| it.0 >= 1955 && (it.2 == 1 || it.2 >= 27)) {
        let now = date(*as_of);
        for months in [1, 3, 6, 12, 24] {
            let Some(edge) = now.add_months(-months) else { panic!("{now} − {months}") };
            let window = Period { from: edge.add_days(1), until: Some(now) };
            for offset in -3..=3 {
                let Some(x) = edge.add_days(offset).filter(|x| *x <= now) else { continue };
                let few = x.full_months_until(now) < months;
                assert_eq!(few, window.contains(x), "{x}, {months} months before {now}");
            }
        }
    }
}

#[test]
fn periods_include_both_ends() {
    let day = |text: &str| text.parse::<Date>().ok();
    let all = [None, day("2024-01-31"), day("2024-02-29"), day("2024-03-01")];
    let periods: Vec<Period> = all
        .iter()
        .flat_map(|from| all.iter().map(move |until| Period { from: *from, until: *until }))
        .filter(|it| it.from.zip(it.until).is_none_or(|(from, until)| from <= until))
        .collect();
    for it in &periods {
        assert_eq!(it.is_always(), it.from.is_none() && it.until.is_none(), "{it:?}");
    }
    let february: Vec<Date> = (0..40).filter_map(|it| day("2024-01-28")?.add_days(it)).collect();
    for a in &periods {
        for b in &periods {
            let share = february.iter().any(|it| a.contains(*it) && b.contains(*it));
            assert_eq!(a.overlaps(b), share, "{a:?} {b:?}");
        }
    }
}
