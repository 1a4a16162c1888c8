//! Comparisons of numbers: sums of things, as far as two of them or one and a number are compared.

use super::dates;
use super::formula::{Atom, Formula};
use super::orders::ZERO;
use super::terms::{PLACES, Terms, steps};
use crate::builtins::BuiltinId;
use crate::model::{CompareOp, Expr, Node, ProductOp, Term};
use crate::value::{Decimal, Value};

/// Numbers times things, and a number beside them, all in steps.
#[derive(Debug, Clone, Default)]
struct Sum {
    /// The thing, how many times, and the places that it counts in.
    things: Vec<(usize, i128, u8)>,
    constant: i128,
}

/// `left op right + by` of two things that count in steps of `step`.
pub(super) fn ordered(
    op: CompareOp,
    (left, right): (usize, usize),
    by: i128,
    step: i128,
) -> Formula {
    let edge = |a, b, by| Formula::Is(Atom::Apart((a, b, by)));
    let at_most = edge(left, right, by);
    let at_least = edge(right, left, -by);
    let below = edge(left, right, by - step);
    let above = edge(right, left, -by - step);
    match op {
        CompareOp::Equal => Formula::All(vec![at_most, at_least]),
        CompareOp::NotEqual => Formula::Any(vec![below, above]),
        CompareOp::Less => below,
        CompareOp::LessOrEqual => at_most,
        CompareOp::Greater => above,
        CompareOp::GreaterOrEqual => at_least,
    }
}

/// A comparison of two numbers.
pub(super) fn compare(
    terms: &mut Terms<'_, '_>,
    op: CompareOp,
    left: &Expr,
    right: &Expr,
) -> Formula {
    if let Some(it) = of_dates(terms, op, left, right) {
        return it;
    }
    if matches!(op, CompareOp::Equal | CompareOp::NotEqual) {
        let [one, other] = match op {
            CompareOp::Equal => [CompareOp::LessOrEqual, CompareOp::GreaterOrEqual],
            _ => [CompareOp::Less, CompareOp::Greater],
        };
        let both = vec![at_most(terms, one, left, right), at_most(terms, other, left, right)];
        return if op == CompareOp::Equal { Formula::All(both) } else { Formula::Any(both) };
    }
    at_most(terms, op, left, right)
}

/// One of the four orders, as an upper bound of a difference.
fn at_most(terms: &mut Terms<'_, '_>, op: CompareOp, left: &Expr, right: &Expr) -> Formula {
    let (strict, [less, more]) = match op {
        CompareOp::Less => (true, [left, right]),
        CompareOp::Greater => (true, [right, left]),
        CompareOp::GreaterOrEqual => (false, [right, left]),
        CompareOp::LessOrEqual | CompareOp::Equal | CompareOp::NotEqual => (false, [left, right]),
    };
    let sum = difference(terms, less, more).and_then(|it| bound(&it, strict));
    if let Some(it) = sum {
        return it;
    }
    // Each side as one thing of its own.
    let places = [less, more].iter().filter_map(|it| it.ty.as_number()).map(|it| it.places).max();
    let (less, more) = (terms.of_expr(less), terms.of_expr(more));
    let step = step(places.unwrap_or(PLACES));
    Formula::Is(Atom::Apart((less, more, if strict { -step } else { 0 })))
}

fn step(places: u8) -> i128 {
    10_i128.pow(u32::from(PLACES.saturating_sub(places)))
}

/// `sum ≤ 0`, or `sum < 0`; `None` where it is about more than two things.
fn bound(sum: &Sum, strict: bool) -> Option<Formula> {
    let (left, right, times, places) = match sum.things.as_slice() {
        [] => {
            let holds = if strict { sum.constant < 0 } else { sum.constant <= 0 };
            return Some(Formula::truth(holds));
        }
        [(at, times, places)] if *times > 0 => (*at, ZERO, *times, *places),
        [(at, times, places)] => (ZERO, *at, times.checked_neg()?, *places),
        [(a, by, p), (b, against, q)] if Some(*by) == against.checked_neg() => {
            let places = *p.max(q);
            if *by > 0 { (*a, *b, *by, places) } else { (*b, *a, *against, places) }
        }
        _ => return None,
    };
    // `times · (left − right) ≤ −constant`, where both sides count in steps.
    let step = step(places);
    let top = sum.constant.checked_neg()?.checked_mul(step_of_one())?;
    let by = times.checked_mul(step)?;
    let most = if strict { top.checked_sub(1)?.div_euclid(by) } else { top.div_euclid(by) };
    Some(Formula::Is(Atom::Apart((left, right, most.checked_mul(step)?))))
}

/// One, in steps.
fn step_of_one() -> i128 {
    10_i128.pow(u32::from(PLACES))
}

fn difference(terms: &mut Terms<'_, '_>, left: &Expr, right: &Expr) -> Option<Sum> {
    let mut sum = Sum::default();
    add(terms, left, step_of_one(), &mut sum, 0)?;
    add(terms, right, -step_of_one(), &mut sum, 0)?;
    sum.things.retain(|it| it.1 != 0);
    Some(sum)
}

/// Adds an expression `times` (in steps of one) to a sum.
fn add(
    terms: &mut Terms<'_, '_>,
    expr: &Expr,
    times: i128,
    sum: &mut Sum,
    depth: u32,
) -> Option<()> {
    let places = expr.ty.as_number()?.places;
    if depth > 20 {
        return None;
    }
    match &expr.node {
        Node::Const(Value::Number(it)) => {
            let own = steps(*it)?.checked_mul(times)?;
            // Both count in steps, so one of them is taken out again.
            if own % step_of_one() != 0 {
                return None;
            }
            sum.constant = sum.constant.checked_add(own / step_of_one())?;
            return Some(());
        }
        Node::Negate(it) => return add(terms, it, times.checked_neg()?, sum, depth + 1),
        Node::Sum(all) if all.iter().all(|it| is_exact(it, places)) => {
            for Term { negative, expr } in all {
                let times = if *negative { times.checked_neg()? } else { times };
                add(terms, expr, times, sum, depth + 1)?;
            }
            return Some(());
        }
        Node::Product { op: ProductOp::Multiply, left, right } => {
            if let Some((factor, other)) = factor(left, right, places) {
                let times = steps(factor)?.checked_mul(times)?;
                if times % step_of_one() == 0 {
                    return add(terms, other, times / step_of_one(), sum, depth + 1);
                }
            }
        }
        _ => {}
    }
    let at = terms.of_expr(expr);
    match sum.things.iter_mut().find(|it| it.0 == at) {
        Some(own) => own.1 = own.1.checked_add(times)?,
        None => sum.things.push((at, times, places)),
    }
    Some(())
}

fn is_exact(term: &Term, places: u8) -> bool {
    term.expr.ty.as_number().is_some_and(|it| it.places <= places)
}

/// A number times something, if the product is not rounded.
fn factor<'e>(left: &'e Expr, right: &'e Expr, places: u8) -> Option<(Decimal, &'e Expr)> {
    let (factor, other) = match (&left.node, &right.node) {
        (Node::Const(Value::Number(it)), _) => (it.trimmed(), right),
        (_, Node::Const(Value::Number(it))) => (it.trimmed(), left),
        _ => return None,
    };
    let own = other.ty.as_number()?.places;
    (own.checked_add(factor.places())? <= places).then_some((factor, other))
}

/// 天数 and 整月数 compared with a number say how two dates lie to each other.
fn of_dates(
    terms: &mut Terms<'_, '_>,
    op: CompareOp,
    left: &Expr,
    right: &Expr,
) -> Option<Formula> {
    let (call, op, number) = match (&left.node, &right.node) {
        (Node::Call { .. }, Node::Const(Value::Number(it))) => (left, op, *it),
        (Node::Const(Value::Number(it)), Node::Call { .. }) => (right, op.flipped(), *it),
        _ => return None,
    };
    let Node::Call { builtin, args } = &call.node else { return None };
    let [from, until] = args.as_slice() else { return None };
    let (from, until) = (dates::point(terms, from)?, dates::point(terms, until)?);
    let number = number.to_whole()?;
    let months = match builtin {
        BuiltinId::Days => {
            let by = i128::from(number) - until.days + from.days;
            return Some(ordered(op, (until.at, from.at), by, 1));
        }
        BuiltinId::FullMonths => 1,
        BuiltinId::FullYears => 12,
        _ => return None,
    };
    // “At least n” for n from 1 on: the earlier date is not after the later one less n months.
    let mut at_least = |number: i64, holds: bool| {
        let months = number.checked_mul(months).filter(|_| number >= 1)?;
        let edge = dates::months_from(terms, until, months.checked_neg()?);
        Some(if holds { dates::at_most(from, edge) } else { dates::before(edge, from) })
    };
    match op {
        CompareOp::GreaterOrEqual => at_least(number, true),
        CompareOp::Less => at_least(number, false),
        CompareOp::Greater => at_least(number.checked_add(1)?, true),
        CompareOp::LessOrEqual => at_least(number.checked_add(1)?, false),
        CompareOp::Equal => {
            let low = at_least(number, true)?;
            Some(Formula::All(vec![low, at_least(number.checked_add(1)?, false)?]))
        }
        CompareOp::NotEqual => {
            let low = at_least(number, false)?;
            Some(Formula::Any(vec![low, at_least(number.checked_add(1)?, true)?]))
        }
    }
}
