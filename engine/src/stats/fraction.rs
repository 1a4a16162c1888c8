//! An exact quotient of two whole numbers: what every figure of a backtest or of an attribution is until it
//! is shown.

use std::cmp::Ordering;
use std::fmt;

use heng_dsl::value::Decimal;
use serde::{Serialize, Serializer};

/// `part ÷ whole` in lowest terms; `whole` is greater than zero.
///
/// In JSON `{"exact": "12/35", "value": "0.3429"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fraction {
    part: i128,
    whole: i128,
}

/// Places of [`Fraction`] in JSON.
const PLACES: u8 = 4;

impl Fraction {
    /// `None` for a whole that is not greater than zero.
    pub fn new(part: i128, whole: i128) -> Option<Self> {
        if whole <= 0 {
            return None;
        }
        let shared = greatest_common_divisor(part.unsigned_abs(), whole.unsigned_abs());
        let shared = i128::try_from(shared).unwrap_or(1).max(1);
        Some(Self { part: part / shared, whole: whole / shared })
    }

    /// The number above the line.
    pub fn part(self) -> i128 {
        self.part
    }

    /// The number below the line.
    pub fn whole(self) -> i128 {
        self.whole
    }

    /// The nearest decimal with so many places, half away from zero; `None` where a number has more
    /// than 38 digits.
    pub fn rounded(self, places: u8) -> Option<Decimal> {
        Decimal::new(self.part, 0)?.checked_div(Decimal::new(self.whole, 0)?, places)
    }

    /// Zero.
    pub const ZERO: Self = Self { part: 0, whole: 1 };

    /// A whole number.
    pub fn whole_number(number: usize) -> Self {
        Self { part: i128::try_from(number).unwrap_or(i128::MAX), whole: 1 }
    }

    /// So many times as much; `None` where that is too large.
    pub fn checked_times(self, count: usize) -> Option<Self> {
        let part = self.part.checked_mul(i128::try_from(count).ok()?)?;
        Self::new(part, self.whole)
    }

    /// The sum; `None` where that is too large.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let shared = greatest_common_divisor(self.whole.unsigned_abs(), other.whole.unsigned_abs());
        let shared = i128::try_from(shared).ok()?;
        let part = self.part.checked_mul(other.whole / shared)?;
        let part = part.checked_add(other.part.checked_mul(self.whole / shared)?)?;
        Self::new(part, (self.whole / shared).checked_mul(other.whole)?)
    }

    /// With the other sign.
    #[must_use]
    pub fn negated(self) -> Self {
        Self { part: -self.part, whole: self.whole }
    }

    /// The difference; `None` where that is too large.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.checked_add(Self { part: other.part.checked_neg()?, whole: other.whole })
    }

    /// The fraction times `up ÷ down`; `None` where that is too large, or `down` is zero or less.
    pub fn times(self, up: i128, down: i128) -> Option<Self> {
        Self::new(self.part.checked_mul(up)?, self.whole.checked_mul(down)?)
    }
}

fn greatest_common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Fraction {
    /// By value. Continued fractions decide where a product would be too large.
    fn cmp(&self, other: &Self) -> Ordering {
        let (mut a, mut b) = ((self.part, self.whole), (other.part, other.whole));
        let mut turned = false;
        loop {
            let order = a.0.div_euclid(a.1).cmp(&b.0.div_euclid(b.1));
            let rest = (a.0.rem_euclid(a.1), b.0.rem_euclid(b.1));
            let order = match rest {
                _ if order.is_ne() => order,
                (0, 0) => Ordering::Equal,
                (0, _) => Ordering::Less,
                (_, 0) => Ordering::Greater,
                (left, right) => {
                    // Of the remainders the greater one has the smaller reciprocal.
                    (a, b) = ((a.1, left), (b.1, right));
                    turned = !turned;
                    continue;
                }
            };
            return if turned { order.reverse() } else { order };
        }
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.part, self.whole)
    }
}

impl Serialize for Fraction {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("exact", &self.to_string())?;
        map.serialize_entry("value", &self.rounded(PLACES))?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::Fraction;

    #[test]
    fn a_fraction_is_in_lowest_terms_and_rounds_half_away_from_zero() {
        let shown = |part, whole, places| {
            let fraction = Fraction::new(part, whole).unwrap();
            format!("{fraction} {}", fraction.rounded(places).unwrap())
        };
        assert_eq!(shown(24, 70, 4), "12/35 0.3429");
        assert_eq!(shown(1, 8, 2), "1/8 0.13");
        assert_eq!(shown(-1, 8, 2), "-1/8 -0.13");
        assert_eq!(shown(0, 5, 1), "0/1 0.0");
        assert_eq!(Fraction::new(1, 0), None);
        assert_eq!(Fraction::new(1, 4).unwrap().times(10, 5), Fraction::new(1, 2));
        let sum = Fraction::new(1, 6).unwrap().checked_add(Fraction::new(1, 10).unwrap());
        assert_eq!(sum, Fraction::new(4, 15));
        assert_eq!(sum.unwrap().checked_sub(Fraction::new(4, 15).unwrap()), Some(Fraction::ZERO));
        let json = serde_json::to_string(&Fraction::new(2, 3).unwrap()).unwrap();
        assert_eq!(json, r#"{"exact":"2/3","value":"0.6667"}"#);
    }

    #[test]
    fn fractions_are_ordered_by_value() {
        let of = |part, whole| Fraction::new(part, whole).unwrap();
        let mut all = Vec::new();
        for whole in 1..8 {
            all.extend((-9..9).map(|part| of(part, whole)));
        }
        for a in &all {
            for b in &all {
                let exact = (a.part() * b.whole()).cmp(&(b.part() * a.whole()));
                assert_eq!(a.cmp(b), exact, "{a} {b}");
            }
        }
        let large = i128::MAX - 1;
        assert!(of(large - 1, large) < of(large, large));
    }
}
