//! Quotas: who among the eligible gets a place.

use std::cmp::Ordering;
use std::sync::Arc;

use heng_dsl::model::{Quota, Unit};
use heng_dsl::value::{Decimal, Fault, Rounding, Value};
use rayon::prelude::*;

use super::SiteValues;
use super::figure::Answer;
use crate::eval::compare;
use crate::part::Coded;

/// For every household: does it get a place? Ties are broken by the keys in turn, last by the
/// household's own key. `answers` has none for households outside the population;
/// `by_key` compares the keys of two households by their numbers.
pub(crate) fn places(
    quota: &Quota,
    answers: &[Option<&Answer>],
    by_key: &(dyn Fn(usize, usize) -> Ordering + Sync),
) -> SiteValues {
    let there = |answer: &Answer| answer.keys.iter().all(Value::is_present);
    let eligible = |it: &&Answer| it.counts == Value::Bool(true);
    let households = answers.iter().enumerate().filter_map(|(at, it)| Some((at, (*it)?)));
    let (mut ranked, lacking): (Vec<_>, Vec<_>) =
        households.filter(|it| eligible(&it.1)).partition(|it| there(it.1));
    ranked.par_sort_by(|a, b| in_front(quota, a.1, b.1).then_with(|| by_key(a.0, b.0)));
    let top = ranked.first().map_or(Ok(0), |it| number_of_places(quota, it.1, ranked.len()));
    let mut values: Vec<Value> = answers
        .iter()
        .map(|it| match it {
            None => Value::NotApplicable,
            Some(it) => match &it.counts {
                Value::Bool(true) => it
                    .keys
                    .iter()
                    .find(|it| matches!(it, Value::Error(_)))
                    .cloned()
                    .unwrap_or(Value::Bool(false)),
                other => other.clone(),
            },
        })
        .collect();
    for (place, (at, _)) in ranked.iter().enumerate() {
        let worth = match &top {
            Ok(top) => Value::Bool(place < *top),
            Err(fault) => fault.clone(),
        };
        if let Some(value) = values.get_mut(*at) {
            *value = worth;
        }
    }
    let values = Arc::new(Coded::of(values.into_iter()));
    SiteValues { values, counted: ranked.len(), left_out: lacking.len() }
}

fn in_front(quota: &Quota, a: &Answer, b: &Answer) -> Ordering {
    for ((a, b), (_, greatest_first)) in a.keys.iter().zip(&b.keys).zip(&quota.keys) {
        let order = compare(a, b).unwrap_or(Ordering::Equal);
        let order = if *greatest_first { order.reverse() } else { order };
        if order.is_ne() {
            return order;
        }
    }
    Ordering::Equal
}

/// ⌊n × share⌋ of n eligible households, or the number itself.
fn number_of_places(quota: &Quota, answer: &Answer, eligible: usize) -> Result<usize, Value> {
    let top = match &answer.arg {
        Some(Value::Number(it)) => *it,
        Some(other) if !other.is_present() => return Err(other.clone()),
        _ => return Err(Value::Error(Fault::Type)),
    };
    let is_share = quota.top.ty.as_number().is_some_and(|it| it.unit == Unit::Ratio);
    let overflow = Value::Error(Fault::Overflow);
    let number = if is_share {
        let all = Decimal::from(i64::try_from(eligible).map_err(|_| overflow.clone())?);
        all.checked_mul(top, top.places()).and_then(|it| it.round(0, Rounding::Down))
    } else {
        top.round(0, Rounding::Down)
    };
    let number = number.and_then(Decimal::to_whole).ok_or(overflow)?;
    Ok(usize::try_from(number).unwrap_or_default())
}
