//! What each operation of a plan means for single values: the judge of every kernel, and the way where
//! there is none.
//!
//! All of it is put together from the functions of the reference evaluator, so that there is one
//! place that says how values compare, round and fail.

use heng_dsl::model::linked::Linked;
use heng_dsl::model::{CalendarUnit, CodeTable, Mode, Unit};
use heng_dsl::value::{Date, Decimal, Fault, Rounding, Value};

use super::plan::{Gather, Kind, Op, Question};
use crate::eval::{
    Hitting, called, compare, computed, decimal, either, holds, milder, not_bool, of_cells,
    of_many, product_of, round, settle, shifted_by, sum_of, text, together, unit_before,
    until_settled, worse,
};

/// What an operation gives for single operands, with the places of its kind.
pub(super) fn meaning(op: &Op, kind: Kind, args: &[Value], linked: &Linked) -> Value {
    fitted(either(worth(op, kind, args, linked)), kind)
}

/// A number with the places of its kind.
pub(super) fn fitted(value: Value, kind: Kind) -> Value {
    match (&value, kind) {
        (Value::Number(it), Kind::Number(places)) if it.places() != places => {
            round(*it, places, Rounding::HalfUp)
        }
        _ => value,
    }
}

fn worth(op: &Op, kind: Kind, args: &[Value], linked: &Linked) -> Result<Value, Value> {
    match op {
        Op::Const(it) => Ok(it.clone()),
        Op::Sum(negative) => sum_of(negative.iter().copied().zip(args.iter().cloned())),
        Op::Whole => whole(args),
        Op::Joined(mode) => joined(*mode, args),
        Op::Product(op) => {
            let [left, right] = numbers(args)?;
            Ok(product_of(*op, left, right, kind.places()))
        }
        Op::Round(rounding) => Ok(round(decimal(arg(args, 0)?)?, kind.places(), *rounding)),
        Op::Negate => Ok(Value::Number(decimal(arg(args, 0)?)?.negated())),
        Op::Compare(op) => {
            let [a, b] = both(args)?;
            compare(a, b).map(|it| Value::Bool(op.holds(it)))
        }
        Op::Within(stretch) => Ok(Value::Bool(stretch.contains(date(arg(args, 0)?)?))),
        Op::Shift(unit, back) => shift(args, unit, *back),
        Op::Unit(unit, date, first) => {
            let days = days_of_unit(*unit, *date, decimal(arg(args, 0)?)?)?;
            Ok(Value::Date(if *first { days.0 } else { days.1 }))
        }
        Op::Contains => {
            let [whole, part] = both(args)?;
            Ok(Value::Bool(text(whole)?.contains(&*text(part)?)))
        }
        Op::Starts => {
            let [whole, part] = both(args)?;
            Ok(Value::Bool(text(whole)?.starts_with(&*text(part)?)))
        }
        Op::Call(builtin) => called(*builtin, args, kind.places()),
        Op::Truth | Op::Holds | Op::Promise | Op::Not | Op::Present(_) | Op::Ask(_) => {
            of_one(op, arg(args, 0)?)
        }
        Op::UntilSettled(by) => Ok(until_settled(*by, args.iter().cloned())),
        Op::Choose | Op::Otherwise | Op::After => chosen(op, args).cloned(),
        Op::OneOf(negated) => one_of(args).map(|it| Value::Bool(it != *negated)),
        Op::Milder(highest) => milder(arg(args, 0)?.clone(), arg(args, 1)?.clone(), *highest),
        Op::Row(table) => row(linked.code_table(*table), arg(args, 0)?),
        Op::Cell(table, column) => cell(linked.code_table(*table), *column, arg(args, 0)?),
        Op::Matrix(cells) => of_cells(cells, arg(args, 0)?, arg(args, 1)?).map(|it| it.1),
        Op::Settle(last, all) => settled(args, *last, all),
        Op::Gathered(gather, of) => {
            let each = args.len().checked_div(*of).unwrap_or_default();
            let value = |arg: usize, at: usize| {
                args.get(at * each + arg).cloned().unwrap_or(Value::Missing)
            };
            Ok(of_elements(*gather, kind, 0..*of, (each, &value)))
        }
        Op::Load(_) | Op::Lift | Op::Own | Op::Gather(..) | Op::Asked(_) => {
            Err(Value::Error(Fault::Type))
        }
    }
}

/// What the elements of one come to; the first of so many operands says which of them count.
pub(super) fn of_elements(
    gather: Gather,
    kind: Kind,
    elements: std::ops::Range<usize>,
    (operands, value): (usize, &dyn Fn(usize, usize) -> Value),
) -> Value {
    let counted: Vec<usize> = elements.filter(|at| value(0, *at) == Value::Bool(true)).collect();
    let mut taken = |number: usize| counted.get(number).map_or(Value::Missing, |it| value(1, *it));
    match gather {
        Gather::Many(builtin) => either(of_many(builtin, counted.len(), kind.places(), &mut taken)),
        Gather::Any => Value::Bool(!counted.is_empty()),
        Gather::Fault => {
            let mut values = (0..counted.len()).map(taken);
            values.find(|it| !it.is_present()).unwrap_or(Value::Bool(true))
        }
        Gather::Points(mode) => {
            let each = counted.iter().map(|at| {
                let check = if operands > 2 { value(2, *at) } else { Value::Bool(true) };
                (check, value(1, *at))
            });
            either(points(mode, each))
        }
    }
}

/// 逐条: points that are there come together in order; a check that is not there ends it.
fn points(mode: Mode, each: impl Iterator<Item = (Value, Value)>) -> Result<Value, Value> {
    let mut worth: Option<Value> = None;
    for (check, value) in each {
        if !check.is_present() {
            return Err(check);
        }
        worth = match value {
            Value::NotApplicable => worth,
            Value::Missing | Value::Error(_) => return Err(value),
            value => Some(match worth {
                None => value,
                Some(before) => together(mode, before, value)?,
            }),
        };
    }
    Ok(worth.unwrap_or(Value::Number(Decimal::ZERO)))
}

/// The operand that a choice takes.
fn chosen<'v>(op: &Op, args: &'v [Value]) -> Result<&'v Value, Value> {
    let first = arg(args, 0)?;
    match (op, first) {
        (Op::Choose, Value::Bool(true)) => arg(args, 1),
        (Op::Choose, Value::Bool(false)) => arg(args, 2),
        (Op::Otherwise, Value::Missing | Value::NotApplicable) => arg(args, 1),
        (Op::After, value) if value.is_present() => arg(args, 1),
        _ => Ok(first),
    }
}

/// The grade after direct determinations. One that cannot be worked out might have decided.
fn settled(args: &[Value], last: u16, all: &[Hitting]) -> Result<Value, Value> {
    let Value::Member(by_score) = arg(args, 0)? else { return arg(args, 0).cloned() };
    let mut hits = Vec::with_capacity(all.len());
    for (hit, it) in all.iter().zip(args.iter().skip(1)) {
        if holds(it.clone())? {
            hits.push(*hit);
        }
    }
    Ok(Value::Member(settle(*by_score, last, &hits).0))
}

/// The first and the last day of the calendar unit so many before the one of a date; of none that date.
fn days_of_unit(unit: CalendarUnit, date: Date, before: Decimal) -> Result<(Date, Date), Value> {
    let range = Value::Error(Fault::DateRange);
    match before.to_whole().ok_or(range.clone())? {
        before @ 1.. => unit_before(unit, date, before).ok_or(range),
        _ => Ok((date, date)),
    }
}

fn whole(args: &[Value]) -> Result<Value, Value> {
    let mut sum = Decimal::ZERO;
    for it in args {
        sum = decimal(&computed(sum.checked_add(decimal(it)?)))?;
    }
    Ok(Value::Number(sum))
}

fn joined(mode: Mode, args: &[Value]) -> Result<Value, Value> {
    let (rows, any) = match (mode, args.split_last()) {
        (Mode::Sum, _) => (args, true),
        (_, Some((any, rows))) => (rows, *any == Value::Bool(true)),
        (_, None) => (args, false),
    };
    let mut worth: Option<Value> = None;
    for value in rows {
        worth = match value {
            Value::NotApplicable => worth,
            Value::Missing | Value::Error(_) => return Err(value.clone()),
            value => Some(match worth {
                None => value.clone(),
                Some(before) => together(mode, before, value.clone())?,
            }),
        };
    }
    match worth {
        Some(worth) => Ok(worth),
        None if mode == Mode::Sum => Ok(Value::Number(Decimal::ZERO)),
        None if any => Ok(Value::NotApplicable),
        None => Err(Value::Error(Fault::NoRow)),
    }
}

/// Operations that change what a value is, and not what it is worth.
pub(super) fn of_one(op: &Op, value: &Value) -> Result<Value, Value> {
    match (op, value) {
        (Op::Truth, Value::Bool(_)) => Ok(value.clone()),
        (Op::Holds, value) => holds(value.clone()).map(Value::Bool),
        (Op::Promise, Value::Missing) => Err(Value::Error(Fault::UnexpectedMissing)),
        (Op::Promise, value) => Ok(value.clone()),
        (Op::Not, Value::Bool(it)) => Ok(Value::Bool(!it)),
        (Op::Present(_), Value::Error(_)) => Err(value.clone()),
        (Op::Present(negated), value) => Ok(Value::Bool(value.is_present() != *negated)),
        (Op::Ask(question), value) => Ok(Value::Bool(answer(*question, value))),
        _ => Err(not_bool(value.clone())),
    }
}

fn answer(question: Question, value: &Value) -> bool {
    match question {
        Question::IsTrue => *value == Value::Bool(true),
        Question::IsFalse => *value == Value::Bool(false),
        Question::LeavesOpen(by) => !matches!(value, Value::Error(_)) && *value != Value::Bool(by),
        Question::IsThere => value.is_present(),
        Question::IsMissing => *value == Value::Missing,
        Question::Lacks => matches!(value, Value::Missing | Value::NotApplicable),
        Question::IsNotApplicable => *value == Value::NotApplicable,
        Question::IsSound => !matches!(value, Value::Error(_)),
        Question::Counts => value.is_present() || *value == Value::NotApplicable,
    }
}

fn one_of(args: &[Value]) -> Result<bool, Value> {
    let item = there(arg(args, 0)?)?;
    for member in args.iter().skip(1) {
        if compare(item, there(member)?)?.is_eq() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn shift(args: &[Value], unit: &Unit, back: bool) -> Result<Value, Value> {
    let [start, length] = both(args)?;
    shifted_by(date(start)?, decimal(length)?, Some(unit), back)
}

/// The number of the row of a code.
fn row(table: &CodeTable, code: &Value) -> Result<Value, Value> {
    let found = match code {
        Value::Text(code) => table.find_at(code),
        Value::Missing => None,
        Value::NotApplicable | Value::Error(_) => return Err(code.clone()),
        _ => return Err(Value::Error(Fault::Type)),
    };
    let number = i64::try_from(found.unwrap_or(table.rows.len()));
    Ok(number.map_or(Value::Error(Fault::Overflow), Value::whole))
}

/// What stands in a column of a row, or for an unknown one.
fn cell(table: &CodeTable, column: usize, row: &Value) -> Result<Value, Value> {
    let number = decimal(row)?.to_whole().and_then(|it| usize::try_from(it).ok());
    let row = number.and_then(|it| table.rows.get(it));
    let found = row.and_then(|it| it.values.get(column)).filter(|it| **it != Value::Missing);
    let default = || table.columns.get(column).and_then(|it| it.default.as_ref());
    Ok(found.or_else(default).cloned().unwrap_or(Value::Missing))
}

fn arg(args: &[Value], at: usize) -> Result<&Value, Value> {
    args.get(at).ok_or(Value::Error(Fault::Type))
}

fn there(value: &Value) -> Result<&Value, Value> {
    if value.is_present() { Ok(value) } else { Err(value.clone()) }
}

/// Two values that are both there.
fn both(args: &[Value]) -> Result<[&Value; 2], Value> {
    let (a, b) = (arg(args, 0)?, arg(args, 1)?);
    match (a.is_present(), b.is_present()) {
        (true, true) => Ok([a, b]),
        (true, false) => Err(b.clone()),
        (false, true) => Err(a.clone()),
        (false, false) => Err(worse(a.clone(), b.clone())),
    }
}

fn numbers(args: &[Value]) -> Result<[Decimal; 2], Value> {
    let [a, b] = both(args)?;
    Ok([decimal(a)?, decimal(b)?])
}

fn date(value: &Value) -> Result<Date, Value> {
    match value {
        Value::Date(it) => Ok(*it),
        Value::Missing | Value::NotApplicable | Value::Error(_) => Err(value.clone()),
        _ => Err(Value::Error(Fault::Type)),
    }
}
