//! A share of households with the event, and how far it can be relied on.

use heng_dsl::value::Decimal;
use serde::Serialize;

use crate::stats::Fraction;

/// How many of some households had the event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Households.
    pub households: u64,
    /// Those with the event.
    pub events: u64,
}

impl Tally {
    /// Counts one more household.
    pub fn add(&mut self, event: bool) {
        self.households += 1;
        self.events += u64::from(event);
    }
}

/// A share of households with its interval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Share {
    /// Households with a known outcome.
    pub households: u64,
    /// Those of them with the event.
    pub events: u64,
    /// `events ÷ households`; absent where there is no household.
    pub share: Option<Fraction>,
    /// The interval of [`wilson`] in which the share lies at 95 %.
    pub interval: Option<[Decimal; 2]>,
}

impl From<Tally> for Share {
    fn from(it: Tally) -> Self {
        let share = Fraction::new(i128::from(it.events), i128::from(it.households));
        Self {
            households: it.households,
            events: it.events,
            share,
            interval: share.and_then(|_| wilson(it)),
        }
    }
}

/// The Wilson score interval at 95 % (z = 1.96), to four places: the shares `p` with
/// `(events − p·n)² ≤ z²·n·p·(1 − p)`. `None` where there is no household, or more than 10⁸.
///
/// The two ends are `(2k + z² ∓ z·√(z² + 4k(n − k)/n)) ÷ (2n + 2z²)`, worked out in whole numbers;
/// the root has nine places.
pub fn wilson(tally: Tally) -> Option<[Decimal; 2]> {
    let (n, k) = (i128::from(tally.households), i128::from(tally.events));
    if n == 0 || k > n {
        return None;
    }
    // Times 10⁴ under the root, times 10¹⁸ to have nine places of it.
    let spread = n.checked_mul(38_416)?.checked_add((k * (n - k)).checked_mul(40_000)?)?;
    let root = (spread.checked_mul(100_000_000_000_000)? / n).unsigned_abs().isqrt();
    let root = i128::try_from(root).ok()?;
    // Both ends and what they are divided by, times 10¹¹.
    let middle = k.checked_mul(200_000_000_000)?.checked_add(384_160_000_000)?;
    let half = root.checked_mul(196)?;
    let whole = n.checked_mul(200_000_000_000)?.checked_add(768_320_000_000)?;
    let end = |it: i128| Fraction::new(it.max(0), whole)?.rounded(4);
    Some([end(middle - half)?, end(middle + half)?])
}

#[cfg(test)]
mod tests {
    use super::{Tally, wilson};

    fn interval(events: u64, households: u64) -> String {
        let [low, high] = wilson(Tally { households, events }).unwrap();
        format!("{low} {high}")
    }

    /// Worked out with 40 digits elsewhere.
    #[test]
    fn the_interval_is_that_of_wilson() {
        assert_eq!(interval(0, 10), "0.0000 0.2775");
        assert_eq!(interval(10, 10), "0.7225 1.0000");
        assert_eq!(interval(1, 1), "0.2065 1.0000");
        assert_eq!(interval(668, 4180), "0.1490 0.1712");
        assert_eq!(interval(5_000_000, 10_000_000), "0.4997 0.5003");
        assert_eq!(wilson(Tally::default()), None);
    }
}
