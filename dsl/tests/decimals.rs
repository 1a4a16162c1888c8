//! Decimals against their definitions.
//!
//! The oracle never divides: a rounded result is right if the exact number lies where the rule of
//! rounding says, which is asked by multiplying out in whole numbers.

#![expect(clippy::unwrap_used, reason = "numbers of a test exist, or the test has failed")]

use std::cmp::Ordering;
use std::hash::{DefaultHasher, Hash, Hasher};

use heng_dsl::value::{Decimal, Frequency, FrequencyUnit, MAX_DIGITS, Rounding};
use proptest::prelude::*;

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn ten(power: u8) -> i128 {
    (0..power).fold(1, |product, _| product * 10)
}

/// The whole number that a decimal is at so many places, which are enough.
fn at(it: Decimal, places: u8) -> i128 {
    it.mantissa() * ten(places - it.places())
}

/// Decimals that are small enough for the oracle, most of them with few digits.
fn small() -> impl Strategy<Value = Decimal> {
    let mantissa =
        prop_oneof![-30_i128..30, -10_000_i128..10_000, -(10_i128.pow(12))..10_i128.pow(12)];
    (mantissa, 0_u8..5).prop_map(|(mantissa, places)| Decimal::new(mantissa, places).unwrap())
}

/// Is `found` the rounding of `top ÷ bottom`, both in units of the last place of `found`?
fn is_rounded(found: i128, (top, bottom): (i128, i128), rounding: Rounding) -> bool {
    let negative = (top < 0) != (bottom < 0) && top != 0;
    let (size, top, bottom) = (found.abs(), top.abs(), bottom.abs());
    let sign = found == 0 || (found < 0) == negative;
    sign && match rounding {
        Rounding::Down => size * bottom <= top && top < (size + 1) * bottom,
        Rounding::Up => (size - 1) * bottom < top && top <= size * bottom,
        Rounding::HalfUp => (2 * size - 1) * bottom <= 2 * top && 2 * top < (2 * size + 1) * bottom,
    }
}

const ROUNDINGS: [Rounding; 3] = [Rounding::HalfUp, Rounding::Up, Rounding::Down];

fn hash(it: Decimal) -> u64 {
    let mut state = DefaultHasher::new();
    it.hash(&mut state);
    state.finish()
}

proptest! {
    #[test]
    fn sums_are_exact_with_the_larger_number_of_places(a in small(), b in small()) {
        let places = a.places().max(b.places());
        let (sum, difference) = (a.checked_add(b).unwrap(), a.checked_sub(b).unwrap());
        prop_assert_eq!((sum.mantissa(), sum.places()), (at(a, places) + at(b, places), places));
        prop_assert_eq!((difference.mantissa(), difference.places()), (at(a, places) - at(b, places), places));
        prop_assert_eq!(a.negated().mantissa(), -a.mantissa());
        prop_assert_eq!((a.abs().mantissa(), a.abs().places()), (a.mantissa().abs(), a.places()));
        prop_assert_eq!((a.is_zero(), a.is_negative()), (a.mantissa() == 0, a.mantissa() < 0));
    }

    #[test]
    fn a_product_is_rounded_once(a in small(), b in small(), places in 0_u8..10) {
        let product = a.checked_mul(b, places).unwrap();
        let exact = (a.mantissa() * b.mantissa() * ten(places), ten(a.places() + b.places()));
        prop_assert_eq!(product.places(), places);
        prop_assert!(is_rounded(product.mantissa(), exact, Rounding::HalfUp), "{a} × {b} = {product}");
    }

    #[test]
    fn a_quotient_is_rounded_once(a in small(), b in small(), places in 0_u8..8) {
        let Some(quotient) = a.checked_div(b, places) else {
            prop_assert!(b.is_zero());
            return Ok(());
        };
        let exact = (a.mantissa() * ten(b.places() + places), b.mantissa() * ten(a.places()));
        prop_assert_eq!(quotient.places(), places);
        prop_assert!(is_rounded(quotient.mantissa(), exact, Rounding::HalfUp), "{a} ÷ {b} = {quotient}");
    }

    #[test]
    fn whole_quotient_and_remainder_come_back(a in small(), b in small()) {
        let (Some(quotient), Some(rest)) = (a.quotient(b), a.remainder(b)) else {
            prop_assert!(b.is_zero());
            return Ok(());
        };
        prop_assert_eq!(quotient.places(), 0);
        let (zero, size) = (Decimal::ZERO, b.abs());
        prop_assert!(rest.abs() < size && (rest == zero || rest.is_negative() == b.is_negative()));
        let back = b.checked_mul(quotient, b.places()).unwrap().checked_add(rest).unwrap();
        prop_assert_eq!(back, a, "{} // {}", a, b);
    }

    #[test]
    fn rounding_follows_its_rule(a in small(), places in 0_u8..8) {
        for rounding in ROUNDINGS {
            let found = a.round(places, rounding).unwrap();
            let exact = (a.mantissa() * ten(places), ten(a.places()));
            prop_assert_eq!(found.places(), places);
            prop_assert!(is_rounded(found.mantissa(), exact, rounding), "{a} {rounding:?} {found}");
        }
    }

    #[test]
    fn numbers_compare_whatever_their_places(a in small(), b in small(), more in 0_u8..4) {
        let order = at(a, 4).cmp(&at(b, 4));
        prop_assert_eq!(a.cmp(&b), order);
        prop_assert_eq!(a.partial_cmp(&b), Some(order));
        prop_assert_eq!(a == b, order == Ordering::Equal);
        let longer = a.round(a.places() + more, Rounding::Down).unwrap();
        prop_assert_eq!((longer, hash(longer)), (a, hash(a)));
        let short = a.trimmed();
        prop_assert_eq!(short, a);
        prop_assert!(short.places() == 0 || short.mantissa() % 10 != 0);
        let whole = i64::try_from(at(a, 4)).ok().filter(|it| it % 10_000 == 0).map(|it| it / 10_000);
        prop_assert_eq!(a.to_whole(), whole);
    }

    #[test]
    fn a_decimal_is_written_and_read_as_it_is(whole in 0_u64..1_000_000, fraction in "[0-9]{0,6}", sign in "[-+]?") {
        let point = if fraction.is_empty() { "" } else { "." };
        let text = format!("{sign}{whole}{point}{fraction}");
        let found = dec(&text);
        prop_assert_eq!(usize::from(found.places()), fraction.len());
        let shown = found.to_string();
        let expected = text.strip_prefix('+').unwrap_or(&text);
        // Nothing has a sign that is nothing.
        prop_assert_eq!(shown.as_str(), if found.is_zero() { expected.trim_start_matches('-') } else { expected });
        let again = dec(&shown);
        prop_assert_eq!((again.mantissa(), again.places()), (found.mantissa(), found.places()));
    }
}

#[test]
fn thirty_eight_digits_fit_and_no_more() {
    let most = "9".repeat(38);
    let most = dec(&most);
    assert_eq!(MAX_DIGITS, 38);
    assert_eq!(most.mantissa(), 10_i128.pow(38) - 1);
    for (mantissa, places, fits) in [
        (10_i128.pow(38) - 1, 38, true),
        (-(10_i128.pow(38) - 1), 0, true),
        (10_i128.pow(38), 0, false),
        (-(10_i128.pow(38)), 0, false),
        (0, 38, true),
        (0, 39, false),
    ] {
        assert_eq!(Decimal::new(mantissa, places).is_some(), fits, "{mantissa} {places}");
    }
    assert!(format!("1{}", "0".repeat(38)).parse::<Decimal>().is_err());
    assert!(format!("0.{}", "0".repeat(39)).parse::<Decimal>().is_err());
    assert_eq!(dec(&format!("0.{}", "0".repeat(38))).places(), 38);
    assert_eq!(most.checked_add(dec("1")), None);
    assert_eq!(most.negated().checked_sub(dec("1")), None);
    assert_eq!(most.checked_add(dec("0")), Some(most));
    assert_eq!(most.checked_add(dec("0.0")), None, "with a place it has 39 digits");
    assert_eq!(most.checked_mul(dec("1"), 0), Some(most));
    assert_eq!(most.checked_mul(dec("2"), 0), None);
    assert_eq!(most.checked_div(dec("0.1"), 0), None);
    assert_eq!(most.checked_div(most, 37), Some(dec("1")));
    assert_eq!(most.checked_div(most, 38), None);
    assert_eq!(most.round(1, Rounding::Up), None);
    assert_eq!(most.to_whole(), None);
    assert_eq!(dec("9223372036854775807").to_whole(), Some(i64::MAX));
    assert_eq!(dec("9223372036854775808").to_whole(), None);
    assert_eq!(dec("-9223372036854775808").to_whole(), Some(i64::MIN));
}

#[test]
fn the_inside_of_a_product_and_of_a_quotient_may_be_wider() {
    let third = dec(&format!("0.{}", "3".repeat(38)));
    assert_eq!(third.checked_mul(third, 38).unwrap().to_string(), format!("0.{}", "1".repeat(38)));
    let wide = dec(&format!("{}.5", "9".repeat(30)));
    assert_eq!(
        wide.checked_mul(dec("0.0000000001"), 1).unwrap().to_string(),
        "100000000000000000000.0"
    );
    assert_eq!(wide.checked_div(wide, 30).unwrap(), dec("1"));
    assert_eq!(
        dec("1").checked_div(wide, 30).unwrap().to_string(),
        format!("0.{}1", "0".repeat(29))
    );
    assert_eq!(
        wide.checked_div(dec("10000000000"), 1).unwrap().to_string(),
        "100000000000000000000.0"
    );
}

#[test]
fn numbers_that_have_no_common_form_still_compare() {
    let (large, tiny) = (dec(&"9".repeat(38)), Decimal::new(1, 38).unwrap());
    assert_eq!(tiny.cmp(&large), Ordering::Less);
    assert_eq!(large.cmp(&tiny), Ordering::Greater);
    assert_eq!(tiny.negated().cmp(&large.negated()), Ordering::Greater);
    let (one, nearly) = (dec("1"), Decimal::new(10_i128.pow(38) - 1, 38).unwrap());
    assert!(nearly < one);
    // At 38 places two has one digit too many, and is still twice as much.
    let two = dec("2");
    assert!(nearly < two);
    assert_eq!(two.cmp(&nearly), Ordering::Greater);
    let long = Decimal::new(10_i128.pow(37), 37).unwrap();
    assert_eq!(long, one);
    assert!(Decimal::new(10_i128.pow(37) + 1, 37).unwrap() > one);
    assert_ne!(dec("12345678901234567890123"), Decimal::new(10_i128.pow(37), 37).unwrap());
}

#[test]
fn frequencies_are_written_as_the_documents_write_them() {
    let frequency = |every, unit, least, most| Frequency { every, unit, least, most }.to_string();
    assert_eq!(frequency(1, FrequencyUnit::Year, 1, Some(1)), "每年 1 次");
    assert_eq!(frequency(3, FrequencyUnit::Year, 1, Some(1)), "每 3 年 1 次");
    assert_eq!(frequency(1, FrequencyUnit::Quarter, 1, Some(2)), "每季度 1 至 2 次");
    assert_eq!(frequency(1, FrequencyUnit::HalfYear, 2, None), "每半年 2 次以上");
    assert_eq!(frequency(2, FrequencyUnit::Month, 1, None), "每 2 月 1 次以上");
}
