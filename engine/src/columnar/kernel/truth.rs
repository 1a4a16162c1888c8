//! 是 and 否, and what a value is.

use heng_dsl::value::{Decimal, Value};

use super::{Made, Operand};
use crate::columnar::meaning::of_one;
use crate::columnar::plan::{Kind, Op, Question};
use crate::columns::{Column, Lanes, Select as _, state};

pub(super) fn run(op: &Op, args: &[Operand<'_>], len: usize) -> Option<Made> {
    match (op, args) {
        (Op::Truth | Op::Holds | Op::Not | Op::Present(_) | Op::Ask(_), [it]) if !it.splat => {
            Some(of_operand(op, it, len))
        }
        (Op::UntilSettled(by), _) => until_settled(*by, args, len),
        _ => None,
    }
}

/// Operations on one value of which only matters whether it is 是, 否, or not there.
fn of_operand(op: &Op, it: &Operand<'_>, len: usize) -> Made {
    if it.is_there() {
        match op {
            Op::Truth | Op::Holds => return Made::Same(0),
            Op::Ask(Question::IsTrue | Question::LeavesOpen(false)) if it.kind == Kind::Bool => {
                return Made::Same(0);
            }
            Op::Present(_) | Op::Ask(_) if it.kind != Kind::Bool => {
                return Made::New(Column::answer(for_present(op, it.kind), len));
            }
            Op::Ask(
                Question::IsThere
                | Question::IsMissing
                | Question::Lacks
                | Question::IsNotApplicable
                | Question::IsSound
                | Question::Counts,
            )
            | Op::Present(_) => return Made::New(Column::answer(for_present(op, it.kind), len)),
            _ => {}
        }
    }
    Made::New(looked_up(&table(op, it.kind), it, len))
}

/// The answers of a table for every lane. There is one pass over the bits and one for each state that occurs,
/// none of them with a branch.
fn looked_up(table: &[(u8, u8); 2 * state::ALL], it: &Operand<'_>, len: usize) -> Column {
    let [no, yes] = [table[0], table[1]];
    let change = no.0 ^ yes.0;
    let mut bits: Vec<u8> = match &it.column.lanes {
        Lanes::Bits(own) if change == 0 => vec![no.0; own.len()],
        Lanes::Bits(own) => own.iter().map(|it| no.0 ^ (change & it)).collect(),
        Lanes::Brief(_) | Lanes::Short(_) | Lanes::Long(_) | Lanes::Wide(_) => vec![no.0; len],
    };
    let mut states = match &it.column.lanes {
        Lanes::Bits(own) if no.1 != yes.1 => {
            own.iter().map(|it| if *it & 1 == 0 { no.1 } else { yes.1 }).collect()
        }
        _ => vec![no.1; len],
    };
    let mut lacks = no.1 != state::THERE || yes.1 != state::THERE;
    let own = it.column.states.as_deref().unwrap_or_default();
    for (at, (bit, new)) in table.iter().copied().step_by(2).enumerate().skip(1) {
        let at = u8::try_from(at).unwrap_or_default();
        if !occurs(own, at) {
            continue;
        }
        lacks |= new != state::THERE;
        for ((own, bits), states) in own.iter().zip(&mut bits).zip(&mut states) {
            *bits = u8::select(*own == at, bit, *bits);
            *states = u8::select(*own == at, new, *states);
        }
    }
    let lacks = lacks && state::lacks(&states);
    Column::bits(bits, lacks.then_some(states))
}

/// Does a state occur?
fn occurs(states: &[u8], state: u8) -> bool {
    states.iter().fold(0_u8, |found, it| found | u8::from(*it == state)) != 0
}

fn for_present(op: &Op, kind: Kind) -> bool {
    of_one(op, &stands_for(kind, 0)) == Ok(Value::Bool(true))
}

/// A value of a kind: which one does not matter, unless it is 是 or 否.
fn stands_for(kind: Kind, bit: u8) -> Value {
    match kind {
        Kind::Bool => Value::Bool(bit == 1),
        Kind::Number(_) | Kind::Date | Kind::Member | Kind::Symbol => Value::Number(Decimal::ZERO),
    }
}

/// The answer and its state for every bit and state.
fn table(op: &Op, kind: Kind) -> [(u8, u8); 2 * state::ALL] {
    std::array::from_fn(|at| {
        let (bit, own) = (u8::from(at % 2 == 1), u8::try_from(at / 2).unwrap_or_default());
        let value = if own == state::THERE { stands_for(kind, bit) } else { state::value(own) };
        let answer = of_one(op, &value).unwrap_or_else(|it| it);
        (u8::from(answer == Value::Bool(true)), state::of(&answer))
    })
}

/// 且 or 或.
fn until_settled(by: bool, args: &[Operand<'_>], len: usize) -> Option<Made> {
    let settles = |it: &Operand<'_>| {
        it.is_there() && it.column.low == it.column.high && (it.column.low == 1) == by
    };
    let neutral = |it: &Operand<'_>| {
        it.is_there() && it.column.low == it.column.high && (it.column.low == 1) != by
    };
    let mut open: Vec<(usize, &Operand<'_>)> = Vec::new();
    let mut settled = false;
    for (number, it) in args.iter().enumerate() {
        if it.is_nothing() {
            return None;
        }
        if settles(it) {
            settled = true;
            break;
        }
        if !neutral(it) {
            open.push((number, it));
        }
    }
    if open.iter().all(|it| it.1.is_there()) {
        if settled || open.is_empty() {
            return Some(Made::New(Column::answer(settled == by, len)));
        }
        return joined(by, &open);
    }
    let parts: Vec<&Operand<'_>> = open.iter().map(|it| it.1).collect();
    with_states(by, &parts, settled, len).map(Made::New)
}

/// Operands that are all there.
fn joined(by: bool, open: &[(usize, &Operand<'_>)]) -> Option<Made> {
    let bits = |it: &Operand<'_>| match &it.column.lanes {
        Lanes::Bits(it) => Some(it.clone()),
        Lanes::Brief(_) | Lanes::Short(_) | Lanes::Long(_) | Lanes::Wide(_) => None,
    };
    let ((number, first), rest) = open.split_first()?;
    if rest.is_empty() {
        return Some(Made::Same(*number));
    }
    let mut all = bits(first)?;
    for (_, it) in rest {
        let Lanes::Bits(it) = &it.column.lanes else { return None };
        let lanes = all.iter_mut().zip(it);
        if by {
            lanes.for_each(|(all, it)| *all |= *it);
        } else {
            lanes.for_each(|(all, it)| *all &= *it);
        }
    }
    Some(Made::New(Column::bits(all, None)))
}

/// The same from the left, with what is not there: an error settles it, what else is not there wins
/// unless something settles it later.
fn with_states(by: bool, parts: &[&Operand<'_>], settled: bool, len: usize) -> Option<Column> {
    if !parts.iter().any(|it| it.column.states.as_deref().is_some_and(state::fails)) {
        return without_errors(by, parts, settled, len);
    }
    let unexpected = state::of(&Value::Error(heng_dsl::value::Fault::UnexpectedMissing));
    let settles = u8::from(by);
    let mut bits = vec![1 - settles; len];
    let mut states = vec![state::THERE; len];
    let mut done = vec![0_u8; len];
    let there = vec![state::THERE; len];
    for part in parts {
        let Lanes::Bits(own) = &part.column.lanes else { return None };
        let own = own.iter().zip(part.column.states.as_ref().unwrap_or(&there));
        let all = bits.iter_mut().zip(states.iter_mut().zip(&mut done));
        // No branches, so that the compiler makes vector instructions of it.
        for ((bit, own), (bits, (state, done))) in own.zip(all) {
            let open = u8::from(*done == 0);
            let settled = open & u8::from(*own == state::THERE) & u8::from(*bit == settles);
            let failed = open & u8::from(*own >= state::ERROR);
            // 缺失 has no place among conditions, but what comes later may still settle it.
            let lacking = u8::select(*own == state::MISSING, unexpected, *own);
            let worse = u8::from(lacking.min(state::ERROR) > (*state).min(state::ERROR));
            let replaced = (open & worse) | failed;
            let new = u8::select(replaced != 0, lacking, *state);
            *state = u8::select(settled != 0, state::THERE, new);
            *bits = u8::select(settled != 0, settles, *bits);
            *done |= settled | failed;
        }
    }
    if settled {
        for at in (0..len).filter(|at| done[*at] == 0) {
            (bits[at], states[at]) = (settles, state::THERE);
        }
    }
    let lacks = state::lacks(&states);
    Some(Column::bits(bits, lacks.then_some(states)))
}

/// The same where none is an error: then the order does not matter.
fn without_errors(by: bool, parts: &[&Operand<'_>], settled: bool, len: usize) -> Option<Column> {
    let unexpected = state::of(&Value::Error(heng_dsl::value::Fault::UnexpectedMissing));
    let settles = u8::from(by);
    if settled {
        return Some(Column::answer(by, len));
    }
    let mut any_settles = vec![0_u8; len];
    let mut worst = vec![state::THERE; len];
    for part in parts {
        let Lanes::Bits(own) = &part.column.lanes else { return None };
        match &part.column.states {
            None => {
                for (any, own) in any_settles.iter_mut().zip(own) {
                    *any |= u8::from(*own == settles);
                }
            }
            Some(states) => {
                let lanes = own.iter().zip(states).zip(any_settles.iter_mut().zip(&mut worst));
                for ((own, state), (any, worst)) in lanes {
                    *any |= u8::from(*own == settles) & u8::from(*state == state::THERE);
                    // 缺失 has no place among conditions.
                    let missing = *state == state::MISSING;
                    let own = if missing { unexpected } else { *state };
                    *worst = (*worst).max(own);
                }
            }
        }
    }
    let bits = any_settles.iter().map(|any| if *any == 0 { 1 - settles } else { settles });
    let bits = bits.collect();
    for (worst, any) in worst.iter_mut().zip(&any_settles) {
        *worst = u8::select(*any == 0, *worst, state::THERE);
    }
    let lacks = state::lacks(&worst);
    Some(Column::bits(bits, lacks.then_some(worst)))
}

/// How many operands are missing or not applicable; an error where one is an error.
pub(super) fn missing_count(args: &[Operand<'_>], len: usize) -> Option<Column> {
    let mut count = vec![0_i32; len];
    let mut states = vec![state::THERE; len];
    for it in args.iter().filter_map(|it| it.column.states.as_ref().filter(|_| !it.splat)) {
        for ((count, worst), own) in count.iter_mut().zip(&mut states).zip(it) {
            let lacks = u8::from(*own == state::MISSING) | u8::from(*own == state::NOT_APPLICABLE);
            *count = count.wrapping_add(lacks.into());
            // The first error stands.
            let fails = u8::from(*worst == state::THERE) & u8::from(*own >= state::ERROR) != 0;
            *worst = if fails { *own } else { *worst };
        }
    }
    let high = i128::try_from(args.len()).ok()?;
    let lacks = state::lacks(&states);
    Some(Column { lanes: Lanes::Short(count), states: lacks.then_some(states), low: 0, high })
}
