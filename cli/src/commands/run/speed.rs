//! How long a run took. The only place that looks at a clock; no result depends on it.

use std::time::{Duration, Instant};

use heng_dsl::diag::{Lang, plural};
use serde::Serialize;

/// A stop watch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock(Instant);

impl Clock {
    /// Starts now.
    pub(super) fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since the start.
    pub(super) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// How fast a run was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Speed {
    households: usize,
    threads: usize,
    loading_ms: u128,
    /// One for each time the register was classified.
    classifying_ms: Vec<u128>,
    households_per_second: Option<u128>,
}

impl Speed {
    /// Of so many households, on so many threads, after so long a loading.
    pub(super) fn new(households: usize, threads: Option<usize>, loading: Duration) -> Self {
        let all = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            households,
            threads: threads.unwrap_or_else(all),
            loading_ms: loading.as_millis(),
            classifying_ms: Vec::new(),
            households_per_second: None,
        }
    }

    /// Adds a run; the fastest one is the measure.
    pub(super) fn add(&mut self, took: Duration) {
        self.classifying_ms.push(took.as_millis());
        let rate = (self.households as u128 * 1_000_000).checked_div(took.as_micros());
        self.households_per_second = self.households_per_second.max(rate);
    }

    /// In a line: `分类 100000 户用 4.213 秒（2 线程），每秒 23736 户；读取数据用 1.020 秒`.
    pub(super) fn text(&self, lang: Lang) -> String {
        let seconds = |ms: u128| format!("{}.{:03}", ms / 1000, ms % 1000);
        let times: Vec<String> = self.classifying_ms.iter().map(|it| seconds(*it)).collect();
        let (households, threads) = (self.households, self.threads);
        let (times, loading) = (times.join(" / "), seconds(self.loading_ms));
        let rate = self.households_per_second.map_or("–".to_owned(), |it| it.to_string());
        match lang {
            Lang::Zh => format!(
                "分类 {households} 户用 {times} 秒（{threads} 线程），每秒 {rate} 户；读取数据用 {loading} 秒"
            ),
            Lang::En => format!(
                "{} classified in {times} s ({}), {rate} a second; reading the data took {loading} s",
                plural(households, "household"),
                plural(threads, "thread")
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Lang, Speed};
    use std::time::Duration;

    #[test]
    fn the_fastest_run_is_the_measure() {
        let mut speed = Speed::new(1000, Some(2), Duration::from_millis(1020));
        speed.add(Duration::from_millis(100));
        speed.add(Duration::from_millis(50));
        assert_eq!(
            speed.text(Lang::Zh),
            "分类 1000 户用 0.100 / 0.050 秒（2 线程），每秒 20000 户；读取数据用 1.020 秒"
        );
    }
}
