//! Exact decimals: a whole number of at most 38 digits and a number of decimal places.
//!
//! The places are part of the value and not trimmed, because every numeric expression has a static
//! number of them (`language.md` §3.2) and what a document writes as 2.50 is shown as 2.50. Equality
//! and order compare the numbers: 2.5 = 2.50. The inside of one × or ÷ is worked out in 256 bits, so
//! that only the result has to fit.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use ethnum::I256;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Digits that a decimal may have; a result with more is an error, never a wrong number.
pub const MAX_DIGITS: u32 = 38;

/// What happens to the digits that do not fit the wanted number of places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// 四舍五入: half away from zero.
    HalfUp,
    /// 进一: away from zero.
    Up,
    /// 舍去: towards zero.
    Down,
}

/// An exact decimal number: `mantissa / 10^places`.
///
/// Aligned to 8 bytes and not to the 16 of its mantissa, which makes every value, and with it the
/// results of a register, a third smaller.
#[derive(Debug, Clone, Copy)]
#[repr(C, packed(8))]
pub struct Decimal {
    mantissa: i128,
    places: u8,
}

impl Decimal {
    /// Zero without decimal places.
    pub const ZERO: Self = Self { mantissa: 0, places: 0 };

    /// `mantissa / 10^places`, if it has at most 38 digits and at most 38 places.
    pub fn new(mantissa: i128, places: u8) -> Option<Self> {
        let fits = mantissa.unsigned_abs() < LIMIT && u32::from(places) <= MAX_DIGITS;
        fits.then_some(Self { mantissa, places })
    }

    /// The number without its decimal point.
    pub fn mantissa(self) -> i128 {
        self.mantissa
    }

    /// The number of decimal places.
    pub fn places(self) -> u8 {
        self.places
    }

    /// Is the number zero?
    pub fn is_zero(self) -> bool {
        self.mantissa == 0
    }

    /// Is the number below zero?
    pub fn is_negative(self) -> bool {
        self.mantissa < 0
    }

    /// The whole number, if it is one and fits.
    pub fn to_whole(self) -> Option<i64> {
        let whole = self.trimmed();
        if whole.places == 0 { i64::try_from(whole.mantissa).ok() } else { None }
    }

    /// The same number with the fewest places.
    #[must_use]
    pub fn trimmed(self) -> Self {
        let (mut mantissa, mut places) = (self.mantissa, self.places);
        while places > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            places -= 1;
        }
        Self { mantissa, places }
    }

    /// The number with `places` decimal places; `None` where it no longer fits.
    pub fn round(self, places: u8, rounding: Rounding) -> Option<Self> {
        if let Some(mantissa) = self.rescaled(places) {
            return Self::new(mantissa, places);
        }
        fit(I256::from(self.mantissa), self.places, places, rounding)
    }

    /// `self + other` with the larger number of places.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let places = self.places.max(other.places);
        let sum = self.rescaled(places)?.checked_add(other.rescaled(places)?)?;
        Self::new(sum, places)
    }

    /// `self − other` with the larger number of places.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.checked_add(other.negated())
    }

    /// `self × other`, exact inside and rounded half up once to `places`.
    pub fn checked_mul(self, other: Self, places: u8) -> Option<Self> {
        // Nearly every product fits, and the narrow way gives the same at a tenth of the cost.
        let exact = self.places.checked_add(other.places)?;
        if let (Some(product), true) = (self.mantissa.checked_mul(other.mantissa), exact == places)
        {
            return Self::new(product, places);
        }
        let product = I256::from(self.mantissa) * I256::from(other.mantissa);
        fit(product, exact, places, Rounding::HalfUp)
    }

    /// `self ÷ other`, exact inside and rounded half up once to `places`; `None` for division by
    /// zero too, which the caller tells apart by [`Decimal::is_zero`].
    pub fn checked_div(self, other: Self, places: u8) -> Option<Self> {
        if other.mantissa == 0 {
            return None;
        }
        // self.m / 10^a ÷ (other.m / 10^b) at `places`: m × 10^(places + b − a) ÷ other.m
        let shift = i32::from(places) + i32::from(other.places) - i32::from(self.places);
        let (mut top, mut bottom) = (I256::from(self.mantissa), I256::from(other.mantissa));
        if shift >= 0 {
            top = top.checked_mul(power_of_ten_wide(shift.unsigned_abs())?)?;
        } else {
            bottom = bottom.checked_mul(power_of_ten_wide(shift.unsigned_abs())?)?;
        }
        Self::new(i128::try_from(divide(top, bottom, Rounding::HalfUp)).ok()?, places)
    }

    /// The whole quotient rounded towards −∞ (`整商`); `None` for division by zero.
    pub fn quotient(self, other: Self) -> Option<Self> {
        let (top, bottom) = self.aligned(other)?;
        if bottom == 0 {
            return None;
        }
        Self::new(top.checked_div_euclid(bottom).map(|it| floor_fix(it, top, bottom))?, 0)
    }

    /// What the whole quotient leaves (`余数`): `a − b × 整商(a, b)`; `None` for division by zero.
    pub fn remainder(self, other: Self) -> Option<Self> {
        let quotient = self.quotient(other)?;
        let back = other.checked_mul(quotient, other.places)?;
        self.checked_sub(back)
    }

    /// The number with the other sign.
    #[must_use]
    pub fn negated(self) -> Self {
        Self { mantissa: -self.mantissa, places: self.places }
    }

    /// The number without its sign.
    #[must_use]
    pub fn abs(self) -> Self {
        Self { mantissa: self.mantissa.abs(), places: self.places }
    }

    /// The mantissa at `places`, which must not be fewer than now.
    fn rescaled(self, places: u8) -> Option<i128> {
        let up = u32::from(places.checked_sub(self.places)?);
        self.mantissa.checked_mul(10_i128.checked_pow(up)?)
    }

    fn aligned(self, other: Self) -> Option<(i128, i128)> {
        let places = self.places.max(other.places);
        Some((self.rescaled(places)?, other.rescaled(places)?))
    }
}

/// 10^38: mantissas stay below.
const LIMIT: u128 = 10_u128.pow(MAX_DIGITS);

fn power_of_ten_wide(exponent: u32) -> Option<I256> {
    I256::from(10_i128).checked_pow(exponent)
}

/// Turns the Euclidean quotient into the floored one for negative divisors.
fn floor_fix(euclidean: i128, top: i128, bottom: i128) -> i128 {
    if bottom < 0 && top % bottom != 0 { euclidean - 1 } else { euclidean }
}

fn fit(mantissa: I256, from: u8, to: u8, rounding: Rounding) -> Option<Decimal> {
    let wide = if to >= from {
        mantissa.checked_mul(power_of_ten_wide(u32::from(to - from))?)?
    } else {
        divide(mantissa, power_of_ten_wide(u32::from(from - to))?, rounding)
    };
    Decimal::new(i128::try_from(wide).ok()?, to)
}

fn divide(top: I256, bottom: I256, rounding: Rounding) -> I256 {
    let (quotient, rest) = (top / bottom, top % bottom);
    let away = match rounding {
        Rounding::Down => false,
        Rounding::Up => rest != 0,
        // |rest| × 2 ≥ |bottom|, written so that it cannot overflow.
        Rounding::HalfUp => rest.abs() >= bottom.abs() - rest.abs(),
    };
    if !away {
        quotient
    } else if (top < 0) == (bottom < 0) {
        quotient + 1
    } else {
        quotient - 1
    }
}

impl From<i64> for Decimal {
    fn from(whole: i64) -> Self {
        Self { mantissa: i128::from(whole), places: 0 }
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.places == other.places {
            return { self.mantissa }.cmp(&{ other.mantissa });
        }
        if let Some((a, b)) = self.aligned(*other) {
            return a.cmp(&b);
        }
        let places = self.places.max(other.places);
        let wide = |it: &Self| {
            let up = u32::from(places - it.places);
            // 38 digits by 38 places fit 256 bits.
            I256::from(it.mantissa) * I256::from(10_i128).pow(up)
        };
        wide(self).cmp(&wide(other))
    }
}

impl Hash for Decimal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let it = self.trimmed();
        { it.mantissa }.hash(state);
        it.places.hash(state);
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.places == 0 {
            return write!(f, "{}", { self.mantissa });
        }
        let places = usize::from(self.places);
        let digits = format!("{:0width$}", self.mantissa.unsigned_abs(), width = places + 1);
        let (whole, fraction) = digits.split_at(digits.len() - places);
        let sign = if self.mantissa < 0 { "-" } else { "" };
        write!(f, "{sign}{whole}.{fraction}")
    }
}

/// The text is not a decimal number of at most 38 digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseDecimalError;

impl fmt::Display for ParseDecimalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a decimal number of at most 38 digits")
    }
}

impl std::error::Error for ParseDecimalError {}

impl FromStr for Decimal {
    type Err = ParseDecimalError;

    /// Reads `-12.50`: an optional sign, digits, and optionally a point and digits.
    fn from_str(text: &str) -> Result<Self, ParseDecimalError> {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = rest.split_once('.').unwrap_or((rest, ""));
        let well_formed = !whole.is_empty()
            && (!fraction.is_empty() || !rest.contains('.'))
            && whole.bytes().chain(fraction.bytes()).all(|it| it.is_ascii_digit());
        if !well_formed {
            return Err(ParseDecimalError);
        }
        let places = u8::try_from(fraction.len()).map_err(|_| ParseDecimalError)?;
        let digits = format!("{whole}{fraction}");
        let digits = digits.trim_start_matches('0');
        let mantissa: i128 =
            if digits.is_empty() { 0 } else { digits.parse().map_err(|_| ParseDecimalError)? };
        Self::new(if negative { -mantissa } else { mantissa }, places).ok_or(ParseDecimalError)
    }
}

impl Serialize for Decimal {
    /// As text: other programs read numbers as binary floats (`language.md` §5).
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::{Decimal, Rounding};

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn places_are_kept_and_do_not_matter_for_equality() {
        assert_eq!(dec("2.50").to_string(), "2.50");
        assert_eq!(dec("2.50"), dec("2.5"));
        assert_eq!(dec("-0.05").to_string(), "-0.05");
        assert!(dec("-0.05") < dec("0"));
    }

    #[test]
    fn rounding_is_half_away_from_zero_unless_the_file_says_otherwise() {
        let round = |text, rounding| dec(text).round(1, rounding).unwrap().to_string();
        assert_eq!(round("0.25", Rounding::HalfUp), "0.3");
        assert_eq!(round("-0.25", Rounding::HalfUp), "-0.3");
        assert_eq!(round("0.24", Rounding::HalfUp), "0.2");
        assert_eq!(round("0.21", Rounding::Up), "0.3");
        assert_eq!(round("-0.29", Rounding::Down), "-0.2");
    }

    #[test]
    fn the_inside_of_a_product_may_be_wider_than_its_result() {
        let wide = dec("99999999999999999999.999999");
        assert_eq!(wide.checked_mul(dec("0.000001"), 2).unwrap().to_string(), "100000000000000.00");
        assert_eq!(wide.checked_mul(wide, 0), None);
    }

    #[test]
    fn division_rounds_once() {
        assert_eq!(dec("2").checked_div(dec("3"), 4).unwrap().to_string(), "0.6667");
        assert_eq!(dec("-2").checked_div(dec("3"), 4).unwrap().to_string(), "-0.6667");
        assert_eq!(dec("1").checked_div(dec("0"), 4), None);
    }

    #[test]
    fn quotient_and_remainder_round_towards_minus_infinity() {
        for (a, b, quotient, remainder) in [
            ("7", "2", "3", "1"),
            ("-7", "2", "-4", "1"),
            ("7", "-2", "-4", "-1"),
            ("-7", "-2", "3", "-1"),
        ] {
            assert_eq!(dec(a).quotient(dec(b)).unwrap(), dec(quotient), "{a} // {b}");
            assert_eq!(dec(a).remainder(dec(b)).unwrap(), dec(remainder), "{a} mod {b}");
        }
    }

    #[test]
    fn only_plain_decimals_are_read() {
        for text in ["", ".", "1.", ".5", "1e3", "1,000", "--1", "１"] {
            assert!(text.parse::<Decimal>().is_err(), "{text}");
        }
    }
}
