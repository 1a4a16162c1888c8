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
