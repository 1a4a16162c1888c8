//! Numbers and their places; order among values; which non-value wins.

use std::cmp::Ordering;

use heng_dsl::model::Ty;
use heng_dsl::value::{Decimal, Fault, Rounding, Value};

/// The value with the decimal places of its type, rounded half up; everything else as it is.
pub(crate) fn fit(value: Value, ty: &Ty) -> Value {
    match (&value, ty.as_number()) {
        (Value::Number(it), Some(number)) if it.places() != number.places => {
            places(*it, number.places)
        }
        _ => value,
    }
}

/// A number with so many places.
pub(crate) fn places(number: Decimal, places: u8) -> Value {
    round(number, places, Rounding::HalfUp)
}

/// A number rounded to so many places.
pub(crate) fn round(number: Decimal, places: u8, rounding: Rounding) -> Value {
    if number.places() == places {
        return Value::Number(number);
    }
    if number.is_zero() {
        return computed(Decimal::new(0, places));
    }
    computed(number.round(places, rounding))
}

/// A number, unless it did not fit.
pub(crate) fn computed(number: Option<Decimal>) -> Value {
    number.map_or(Value::Error(Fault::Overflow), Value::Number)
}

/// How two values of one type compare.
///
/// # Errors
///
/// The values have different types.
pub(crate) fn compare(a: &Value, b: &Value) -> Result<Ordering, Value> {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => Ok(a.cmp(b)),
        (Value::Date(a), Value::Date(b)) => Ok(a.cmp(b)),
        (Value::Member(a), Value::Member(b)) => Ok(a.cmp(b)),
        (Value::Text(a), Value::Text(b)) => Ok(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Ok(a.cmp(b)),
        (Value::Frequency(a), Value::Frequency(b)) => Ok(a.cmp(b)),
        _ => Err(Value::Error(Fault::Type)),
    }
}

/// Of two non-values the one that wins: 错误, then 不适用, then 缺失; of two errors the first.
pub(crate) fn worse(a: Value, b: Value) -> Value {
    let rank = |it: &Value| match it {
        Value::Error(_) => 3,
        Value::NotApplicable => 2,
        Value::Missing => 1,
        _ => 0,
    };
    if rank(&b) > rank(&a) { b } else { a }
}

/// The number of a value.
pub(crate) fn decimal(value: &Value) -> Result<Decimal, Value> {
    match value {
        Value::Number(it) => Ok(*it),
        Value::Missing | Value::NotApplicable | Value::Error(_) => Err(value.clone()),
        _ => Err(Value::Error(Fault::Type)),
    }
}

/// The value, whether it is one or not.
pub(crate) fn either(worth: Result<Value, Value>) -> Value {
    worth.unwrap_or_else(|it| it)
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use heng_dsl::model::{Ty, Unit};
    use heng_dsl::value::{Fault, Rounding, Value};

    use super::{compare, decimal, fit, round, worse};

    fn number(text: &str) -> Value {
        Value::Number(text.parse().unwrap())
    }

    fn shown(value: &Value) -> String {
        decimal(value).unwrap().to_string()
    }

    #[test]
    fn the_worse_of_two_non_values_wins_and_of_two_errors_the_first() {
        let order = [Value::Missing, Value::NotApplicable, Value::Error(Fault::Overflow)];
        for (at, a) in order.iter().enumerate() {
            for (other, b) in order.iter().enumerate() {
                assert_eq!(worse(a.clone(), b.clone()), order[at.max(other)], "{a:?} {b:?}");
            }
        }
        let (first, second) = (Value::Error(Fault::Overflow), Value::Error(Fault::DateRange));
        assert_eq!(worse(first.clone(), second.clone()), first);
        assert_eq!(worse(second.clone(), first), second);
    }

    #[test]
    fn a_number_takes_the_places_of_its_type() {
        let ty = Ty::number(Unit::Plain, 1);
        for (text, fitted) in
            [("2", "2.0"), ("2.25", "2.3"), ("2.5", "2.5"), ("-0.05", "-0.1"), ("0", "0.0")]
        {
            assert_eq!(shown(&fit(number(text), &ty)), fitted);
        }
        assert_eq!(fit(number(&"9".repeat(38)), &ty), Value::Error(Fault::Overflow));
        assert_eq!(fit(Value::Missing, &ty), Value::Missing);
        assert_eq!(shown(&fit(number("2.25"), &Ty::bool())), "2.25");
        let half = decimal(&number("2.25")).unwrap();
        assert_eq!(shown(&round(half, 1, Rounding::Down)), "2.2");
        assert_eq!(shown(&round(half, 0, Rounding::Up)), "3");
    }

    #[test]
    fn only_values_of_one_kind_compare() {
        let text = Value::text;
        assert_eq!(compare(&number("2.0"), &number("2")), Ok(Ordering::Equal));
        assert_eq!(compare(&text("甲"), &text("乙")), Ok("甲".cmp("乙")));
        assert_eq!(compare(&Value::Bool(false), &Value::Bool(true)), Ok(Ordering::Less));
        assert_eq!(compare(&Value::Member(2), &Value::Member(1)), Ok(Ordering::Greater));
        assert_eq!(compare(&Value::Member(1), &number("1")), Err(Value::Error(Fault::Type)));
        assert_eq!(decimal(&Value::NotApplicable), Err(Value::NotApplicable));
        assert_eq!(decimal(&Value::Bool(true)), Err(Value::Error(Fault::Type)));
    }
}
