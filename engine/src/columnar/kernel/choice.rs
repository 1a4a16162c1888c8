//! One of several operands, lane by lane.

use super::lane::{Input, Lane, Width};
use super::{Made, Operand};
use crate::columnar::plan::{Kind, Op};
use crate::columns::{Column, Lanes, Select, state};

/// Something for each lane, or the same for all.
#[derive(Clone, Copy)]
enum Side<'c, T> {
    Same(T),
    Each(&'c [T]),
}

/// The states of an operand.
fn states<'c>(operand: &Operand<'c>) -> Side<'c, u8> {
    match &operand.column.states {
        None => Side::Same(state::THERE),
        Some(it) if operand.splat => Side::Same(it.first().copied().unwrap_or_default()),
        Some(it) => Side::Each(it),
    }
}

/// The first side where the bit is set, else the second.
fn pick<T: Select>(bits: &[u8], yes: Side<'_, T>, no: Side<'_, T>) -> Vec<T> {
    let one = |bit: u8, yes: T, no: T| T::select(bit != 0, yes, no);
    match (yes, no) {
        (Side::Same(yes), Side::Same(no)) => bits.iter().map(|it| one(*it, yes, no)).collect(),
        (Side::Each(yes), Side::Same(no)) => {
            bits.iter().zip(yes).map(|(it, yes)| one(*it, *yes, no)).collect()
        }
        (Side::Same(yes), Side::Each(no)) => {
            bits.iter().zip(no).map(|(it, no)| one(*it, yes, *no)).collect()
        }
        (Side::Each(yes), Side::Each(no)) => {
            let lanes = bits.iter().zip(yes.iter().zip(no));
            lanes.map(|(it, (yes, no))| one(*it, *yes, *no)).collect()
        }
    }
}

pub(super) fn run(op: &Op, kind: Kind, args: &[Operand<'_>], len: usize) -> Option<Made> {
    match (op, args) {
        (Op::Choose, [condition, then, otherwise]) => {
            choose(kind, *condition, [(1, then), (2, otherwise)], len)
        }
        (Op::Otherwise, [value, _]) if value.is_there() => Some(Made::Same(0)),
        (Op::Otherwise, [value, instead]) => {
            let lacks =
                |it: u8| u8::from(it == state::MISSING) | u8::from(it == state::NOT_APPLICABLE);
            let lacking = match states(value) {
                Side::Same(it) => vec![lacks(it); len],
                Side::Each(all) => all.iter().map(|it| lacks(*it)).collect(),
            };
            let lacking = Column::bits(lacking, None);
            let condition = Operand { column: &lacking, splat: false, kind: Kind::Bool };
            match choose(kind, condition, [(1, instead), (0, value)], len)? {
                Made::Same(2) => Some(Made::Same(0)),
                made => Some(made),
            }
        }
        (Op::After, [check, _]) if check.is_there() => Some(Made::Same(1)),
        (Op::After, [check, value]) => Some(Made::New(after(kind, check, value, len))),
        (Op::Promise, [value]) => Some(promise(value)),
        _ => None,
    }
}

/// The value where the check is there, else what the check is.
fn after(kind: Kind, check: &Operand<'_>, value: &Operand<'_>, len: usize) -> Column {
    let after = |first: u8, second: u8| if first == state::THERE { second } else { first };
    let all: Vec<u8> = match (states(check), states(value)) {
        (Side::Same(first), Side::Same(second)) => vec![after(first, second); len],
        (Side::Same(state::THERE), Side::Each(all)) => all.to_vec(),
        (Side::Same(lacking), Side::Each(_)) => vec![lacking; len],
        (Side::Each(all), Side::Same(second)) => all.iter().map(|it| after(*it, second)).collect(),
        (Side::Each(first), Side::Each(second)) => {
            first.iter().zip(second).map(|it| after(*it.0, *it.1)).collect()
        }
    };
    let lacks = state::lacks(&all);
    Column { states: lacks.then_some(all), ..filled(kind, value, len) }
}

fn promise(value: &Operand<'_>) -> Made {
    let missing = |it: &Vec<u8>| it.contains(&state::MISSING);
    let Some(states) = value.column.states.as_ref().filter(|it| missing(it)) else {
        return Made::Same(0);
    };
    let broken =
        state::of(&heng_dsl::value::Value::Error(heng_dsl::value::Fault::UnexpectedMissing));
    let states = states.iter().map(|it| if *it == state::MISSING { broken } else { *it });
    Made::New(Column { states: Some(states.collect()), ..value.column.clone() })
}

/// A value for each lane.
fn filled(kind: Kind, value: &Operand<'_>, len: usize) -> Column {
    let own = value.column;
    if !value.splat {
        return own.clone();
    }
    let at = own.lanes.at(0);
    let lanes = match Width::of(at, at) {
        _ if kind == Kind::Bool => Lanes::Bits(vec![u8::from(at != 0); len]),
        Width::Short => i32::lanes(vec![i32::of(at); len]),
        Width::Long => i64::lanes(vec![i64::of(at); len]),
        Width::Wide => i128::lanes(vec![at; len]),
    };
    let states = own.states.as_ref().map(|it| vec![it.first().copied().unwrap_or_default(); len]);
    Column { lanes, states, low: own.low, high: own.high }
}

/// The first of two operands where a condition holds, the second where it does not; where it is neither,
/// what the condition is. The operands come with their numbers.
fn choose(
    kind: Kind,
    condition: Operand<'_>,
    [(first, then), (second, otherwise)]: [(usize, &Operand<'_>); 2],
    len: usize,
) -> Option<Made> {
    let Lanes::Bits(bits) = &condition.column.lanes else { return None };
    if condition.splat {
        return None;
    }
    let settled = match (condition.column.low, condition.column.high) {
        _ if !condition.is_there() => None,
        (1, _) => Some((first, then)),
        (_, 0) => Some((second, otherwise)),
        _ => None,
    };
    if let Some((number, operand)) = settled {
        let made =
            if operand.splat { Made::New(filled(kind, operand, len)) } else { Made::Same(number) };
        return Some(made);
    }
    let lanes = if then.is_nothing() {
        filled(kind, otherwise, len)
    } else if otherwise.is_nothing() {
        filled(kind, then, len)
    } else {
        mixed(kind, bits, then, otherwise)?
    };
    let states = states_of(bits, &condition, then, otherwise);
    Some(Made::New(Column { states, ..lanes }))
}

/// The states of a choice; nothing where every value is there.
fn states_of(
    bits: &[u8],
    condition: &Operand<'_>,
    then: &Operand<'_>,
    otherwise: &Operand<'_>,
) -> Option<Vec<u8>> {
    if condition.is_there() && then.is_there() && otherwise.is_there() {
        return None;
    }
    let mut all = pick(bits, states(then), states(otherwise));
    if let Side::Each(own) = states(condition) {
        for (it, own) in all.iter_mut().zip(own) {
            *it = u8::select(*own == state::THERE, *it, *own);
        }
    }
    state::lacks(&all).then_some(all)
}

/// The numbers of a choice.
fn mixed(kind: Kind, bits: &[u8], then: &Operand<'_>, otherwise: &Operand<'_>) -> Option<Column> {
    let low = then.column.low.min(otherwise.column.low);
    let high = then.column.high.max(otherwise.column.high);
    let lanes = if kind == Kind::Bool {
        Lanes::Bits(pick(bits, truths(then)?, truths(otherwise)?))
    } else {
        match Width::of(low, high).with(&[*then, *otherwise]) {
            Width::Short => mixed_of::<i32>(bits, then, otherwise),
            Width::Long => mixed_of::<i64>(bits, then, otherwise),
            Width::Wide => mixed_of::<i128>(bits, then, otherwise),
        }
    };
    Some(Column { lanes, states: None, low, high })
}

fn truths<'c>(operand: &Operand<'c>) -> Option<Side<'c, u8>> {
    match &operand.column.lanes {
        Lanes::Bits(it) if operand.splat => it.first().map(|it| Side::Same(*it)),
        Lanes::Bits(it) => Some(Side::Each(it)),
        Lanes::Brief(_) | Lanes::Short(_) | Lanes::Long(_) | Lanes::Wide(_) => None,
    }
}

fn mixed_of<T: Lane>(bits: &[u8], then: &Operand<'_>, otherwise: &Operand<'_>) -> Lanes {
    fn side<'i, T: Lane>(input: &'i Input<'_, T>) -> Side<'i, T> {
        match input {
            Input::Splat(it) => Side::Same(*it),
            Input::Slice(it) => Side::Each(it),
        }
    }
    let (then, otherwise) = (Input::<T>::of(then), Input::<T>::of(otherwise));
    T::lanes(pick(bits, side(&then), side(&otherwise)))
}
