//! Civil dates and the spans that rules count in months and days.
//!
//! Month arithmetic clamps to the end of the month, and full months are counted back from the later
//! date (`trial/findings.md` (b) 15), so that `整月数(x, 基准日) < n` and `x 在 近 n 个月` always agree.

use std::fmt;
use std::str::FromStr;

use jiff::{Span, civil};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A civil date, without time or zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(civil::Date);

/// What a duration is counted in. Days and months never mix; a year is twelve months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TimeUnit {
    /// 天
    Day,
    /// 个月
    Month,
}

impl Date {
    /// The date, if it exists and lies in the years 1 to 9999.
    pub fn new(year: i64, month: i64, day: i64) -> Option<Self> {
        let year = i16::try_from(year).ok().filter(|it| *it >= 1)?;
        let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
        civil::Date::new(year, month, day).ok().map(Self)
    }

    /// The date with `day` clamped to the last day of the month: 31 June is 30 June.
    pub fn clamped(year: i64, month: i64, day: i64) -> Option<Self> {
        let first = Self::new(year, month, 1)?;
        let last = i64::from(first.0.days_in_month());
        if (1..=31).contains(&day) { Self::new(year, month, day.min(last)) } else { None }
    }

    /// The date `days` after 1970-01-01.
    pub fn from_epoch_days(days: i64) -> Option<Self> {
        Self(civil::date(1970, 1, 1)).add_days(days)
    }

    /// Days since 1970-01-01.
    pub fn epoch_days(self) -> i64 {
        Self(civil::date(1970, 1, 1)).days_until(self)
    }

    /// The year, 1 to 9999.
    pub fn year(self) -> i64 {
        i64::from(self.0.year())
    }

    /// The month, 1 to 12.
    pub fn month(self) -> i64 {
        i64::from(self.0.month())
    }

    /// The day of the month, 1 to 31.
    pub fn day(self) -> i64 {
        i64::from(self.0.day())
    }

    /// The calendar quarter, 1 to 4.
    pub fn quarter(self) -> i64 {
        (self.month() - 1) / 3 + 1
    }

    /// `months` later (earlier if negative), clamped to the end of the month.
    pub fn add_months(self, months: i64) -> Option<Self> {
        let whole = (self.year() * 12 + self.month() - 1).checked_add(months)?;
        Self::clamped(whole.div_euclid(12), whole.rem_euclid(12) + 1, self.day())
    }

    /// `days` later (earlier if negative).
    pub fn add_days(self, days: i64) -> Option<Self> {
        let span = Span::new().try_days(days).ok()?;
        self.0.checked_add(span).ok().map(Self).filter(|it| it.year() >= 1)
    }

    /// Days from this date to `later`; negative if `later` is earlier.
    pub fn days_until(self, later: Self) -> i64 {
        // A difference of civil dates in days always fits 32 bits.
        i64::from((later.0 - self.0).get_days())
    }

    /// Full months from this date to `later`, counted back from the later date: the largest `n`
    /// with `self ≤ later − n months`; negative if `later` is earlier.
    pub fn full_months_until(self, later: Self) -> i64 {
        if later < self {
            return -later.full_months_until(self);
        }
        let months = (later.year() - self.year()) * 12 + later.month() - self.month();
        match later.add_months(-months) {
            Some(back) if self <= back => months,
            _ => months - 1,
        }
    }

    /// The first day of this month.
    #[must_use]
    pub fn month_start(self) -> Self {
        Self(self.0.first_of_month())
    }

    /// The last day of this month.
    #[must_use]
    pub fn month_end(self) -> Self {
        Self(self.0.last_of_month())
    }
}

impl fmt::Display for Date {
    /// As `2024-12-01`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year(), self.month(), self.day())
    }
}

/// The text is not an existing date written `2024-12-01`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseDateError;

impl fmt::Display for ParseDateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "不是写成 2024-12-01 的日期，或者没有这一天 / not an existing date written 2024-12-01"
        )
    }
}

impl std::error::Error for ParseDateError {}

impl FromStr for Date {
    type Err = ParseDateError;

    fn from_str(text: &str) -> Result<Self, ParseDateError> {
        let mut parts = text.splitn(3, '-').zip([4, 2, 2]).map(|(part, width)| {
            let digits = part.bytes().all(|it| it.is_ascii_digit());
            if digits && part.len() == width { part.parse().ok() } else { None }
        });
        match (parts.next().flatten(), parts.next().flatten(), parts.next().flatten()) {
            (Some(year), Some(month), Some(day)) => {
                Self::new(year, month, day).ok_or(ParseDateError)
            }
            _ => Err(ParseDateError),
        }
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// When something is in force: both ends included, an absent end is open.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// The first day in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// The last day in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

impl Period {
    /// All time.
    pub const ALWAYS: Self = Self { from: None, until: None };

    /// Is it all time?
    pub fn is_always(&self) -> bool {
        *self == Self::ALWAYS
    }

    /// Does the period include `date`?
    pub fn contains(&self, date: Date) -> bool {
        self.from.is_none_or(|it| it <= date) && self.until.is_none_or(|it| date <= it)
    }

    /// Do the two periods share a day?
    pub fn overlaps(&self, other: &Self) -> bool {
        let starts_in_time = |a: &Self, b: &Self| match (a.from, b.until) {
            (Some(from), Some(until)) => from <= until,
            _ => true,
        };
        starts_in_time(self, other) && starts_in_time(other, self)
    }
}

#[cfg(test)]
mod tests {
    use super::Date;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn months_clamp_to_the_end_of_the_month() {
        assert_eq!(date("2024-03-31").add_months(-1), Some(date("2024-02-29")));
        assert_eq!(date("2024-12-31").add_months(2), Some(date("2025-02-28")));
        assert_eq!(date("2024-01-15").add_months(-1), Some(date("2023-12-15")));
    }

    #[test]
    fn full_months_are_counted_back_from_the_later_date() {
        // 31 August to 29 February: 29 February − 6 months is 29 August, before the 31st.
        assert_eq!(date("2023-08-31").full_months_until(date("2024-02-29")), 5);
        assert_eq!(date("2023-08-29").full_months_until(date("2024-02-29")), 6);
        assert_eq!(date("2024-02-29").full_months_until(date("2023-08-31")), -5);
    }

    #[test]
    fn dates_that_do_not_exist_are_refused() {
        for text in ["2023-02-29", "2024-13-01", "2024-1-1", "20240101", "0000-01-01", "+024-01-01"]
        {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
    }
}
