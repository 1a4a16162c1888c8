//! Functions over the households that share keys with the one that asks.

use std::collections::BTreeMap;
use std::sync::Arc;

use heng_dsl::builtins::BuiltinId;
use heng_dsl::model::{Population, Ty};
use heng_dsl::value::{Decimal, Fault, Value};

use super::SiteValues;
use crate::eval::{compare, summary_to};
use crate::part::Coded;

/// What a household answers to a function of the register.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// The values of the keys.
    pub(crate) keys: Vec<Value>,
    /// 是 where the household counts.
    pub(crate) counts: Value,
    /// What is taken from it.
    pub(crate) arg: Option<Value>,
}

/// The households that share keys.
#[derive(Default)]
pub(crate) struct Group {
    /// How many count.
    pub(crate) size: usize,
    /// What is taken from those that count and have it; sorted.
    pub(crate) args: Vec<Value>,
    /// What the function gives, unless it depends on who asks.
    pub(crate) worth: Option<Value>,
}

/// A function for every household; `answers` has none for those outside the population.
pub(crate) fn figure(function: &Population, ty: &Ty, answers: &[Option<&Answer>]) -> SiteValues {
    let places = ty.as_number().map_or(0, |it| it.places);
    let mut groups: BTreeMap<&[Value], Group> = BTreeMap::new();
    let mut left_out = 0;
    for answer in answers.iter().flatten() {
        match joins(answer) {
            Some(true) => {
                let group = groups.entry(&answer.keys[..]).or_default();
                group.size += 1;
                group.args.extend(answer.arg.clone());
            }
            Some(false) => {}
            None => left_out += 1,
        }
    }
    for group in groups.values_mut() {
        group.args.sort();
        group.worth = group_worth(function.builtin, group, places);
    }
    let empty = Group {
        worth: group_worth(function.builtin, &Group::default(), places),
        ..Group::default()
    };
    let values = answers.iter().map(|answer| match answer {
        None => Value::NotApplicable,
        Some(answer) => match answer.keys.iter().find(|it| !it.is_present()) {
            Some(lacking) => lacking.clone(),
            None => {
                let group = groups.get(&answer.keys[..]).unwrap_or(&empty);
                of_group(function.builtin, group, answer, places)
            }
        },
    });
    SiteValues {
        values: Arc::new(Coded::of(values)),
        counted: groups.values().map(|it| it.size).sum(),
        left_out,
    }
}

/// Does a household count? Nothing where it cannot be said, because something it is asked is not there.
fn joins(answer: &Answer) -> Option<bool> {
    match &answer.counts {
        Value::Bool(false) => return Some(false),
        Value::Bool(true) => {}
        _ => return None,
    }
    let mut asked = answer.keys.iter().chain(&answer.arg);
    asked.all(Value::is_present).then_some(true)
}

/// What a function gives to everyone of a group; nothing where that depends on who asks.
pub(crate) fn group_worth(builtin: BuiltinId, group: &Group, places: u8) -> Option<Value> {
    let holds = |it: &Value| *it == Value::Bool(true);
    Some(match builtin {
        BuiltinId::Percentile | BuiltinId::Rank => return None,
        BuiltinId::Count => count(group.size),
        BuiltinId::Any => Value::Bool(group.size > 0),
        BuiltinId::None => Value::Bool(group.size == 0),
        BuiltinId::All => Value::Bool(group.args.iter().all(holds)),
        _ => {
            let mut args = group.args.clone();
            summary_to(builtin, &mut args, places).unwrap_or_else(|it| it)
        }
    })
}

/// What a function gives to one household of a group.
pub(crate) fn of_group(builtin: BuiltinId, group: &Group, answer: &Answer, places: u8) -> Value {
    if let Some(worth) = &group.worth {
        return worth.clone();
    }
    let own = match &answer.arg {
        Some(own) if own.is_present() => own,
        Some(lacking) => return lacking.clone(),
        None => return Value::Error(Fault::Type),
    };
    // Values of one type stand together in the order, so that the ends speak for all between them.
    let ends = group.args.first().into_iter().chain(group.args.last());
    if ends.into_iter().any(|it| compare(it, own).is_err()) {
        return Value::Error(Fault::Type);
    }
    let below = group.args.partition_point(|it| it < own);
    let equal = group.args.partition_point(|it| it <= own) - below;
    standing(builtin, (below, equal), group.args.len(), places)
}

/// What a function gives to a household that so many of a group lie below, and so many others equal.
pub(crate) fn standing(
    builtin: BuiltinId,
    (below, equal): (usize, usize),
    all: usize,
    places: u8,
) -> Value {
    match builtin {
        BuiltinId::Percentile => {
            let share =
                |below: i64, all: i64| Decimal::from(below).checked_div(Decimal::from(all), places);
            match (i64::try_from(below), i64::try_from(all)) {
                (Ok(_), Ok(0)) => Value::Missing,
                (Ok(below), Ok(all)) => {
                    share(below, all).map_or(Value::Error(Fault::Overflow), Value::Number)
                }
                _ => Value::Error(Fault::Overflow),
            }
        }
        BuiltinId::Rank => count(all.saturating_sub(below + equal) + 1),
        _ => Value::Error(Fault::Type),
    }
}

fn count(count: usize) -> Value {
    i64::try_from(count).map_or(Value::Error(Fault::Overflow), Value::whole)
}
