//! What time it is: the one place that asks the system, for entries of a registry. No result depends on it.
//!
//! `SOURCE_DATE_EPOCH`, the seconds since 1970 that builds which can be repeated are given, goes before the system.

use std::time::{SystemTime, UNIX_EPOCH};

use heng_dsl::value::Date;

/// Seconds of a day.
const DAY: i64 = 86_400;

/// A moment, in coordinated universal time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Now {
    /// Seconds since 1970.
    seconds: i64,
}

impl Now {
    /// Now.
    pub(crate) fn read() -> Self {
        let given = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|it| it.parse().ok());
        let system = || {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
            i64::try_from(since.as_secs()).ok()
        };
        Self { seconds: given.or_else(system).unwrap_or_default() }
    }

    /// The day.
    pub(crate) fn date(self) -> Option<Date> {
        Date::from_epoch_days(self.seconds.div_euclid(DAY))
    }

    /// The moment as it is written: `2026-11-28T08:00:00Z`.
    pub(crate) fn text(self) -> String {
        let of_day = self.seconds.rem_euclid(DAY);
        let day = self.date().map(|it| it.to_string()).unwrap_or_default();
        format!("{day}T{:02}:{:02}:{:02}Z", of_day / 3_600, of_day / 60 % 60, of_day % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::Now;

    #[test]
    fn moments_are_written_in_universal_time() {
        let text = |seconds| Now { seconds }.text();
        assert_eq!(text(0), "1970-01-01T00:00:00Z");
        assert_eq!(text(1_795_870_861), "2026-11-28T13:01:01Z");
        assert_eq!(text(-1), "1969-12-31T23:59:59Z");
    }
}
