//! Rules about types and units: what fits what, and how a type is called in a message.

use super::unit::Unit as Package;
use crate::diag::Words;
use crate::model::{Expr, Node, NumberTy, ProductOp, Ty, TyKind, Unit};
use crate::units;
use crate::value::{Decimal, Value};

/// The unit that two numbers have in common when they are added or compared.
pub(super) fn common_unit(a: &Unit, b: &Unit) -> Option<Unit> {
    a.common(b)
}

/// The unit of a product or a quotient.
pub(super) fn product_unit(op: ProductOp, a: &Unit, b: &Unit) -> Option<Unit> {
    op.unit(a, b)
}

/// The type of something that is one of two things.
pub(super) fn join(a: &Ty, b: &Ty) -> Option<Ty> {
    let optional = a.optional || b.optional;
    let kind = match (&a.kind, &b.kind) {
        (TyKind::Unknown, other) | (other, TyKind::Unknown) => other.clone(),
        (TyKind::Number(x), TyKind::Number(y)) => {
            let unit = common_unit(&x.unit, &y.unit)?;
            TyKind::Number(NumberTy { unit, places: x.places.max(y.places) })
        }
        (TyKind::Code(_), TyKind::Text) | (TyKind::Text, TyKind::Code(_)) => TyKind::Text,
        (x, y) if x == y => x.clone(),
        _ => return None,
    };
    Some(Ty { kind, optional })
}

/// Does the expression consist of bare numbers only? Such a number takes the unit of its partner.
pub(super) fn is_bare(expr: &Expr) -> bool {
    let plain = matches!(&expr.ty.kind, TyKind::Number(it) if it.unit == Unit::Plain);
    plain
        && match &expr.node {
            Node::Const(_) => true,
            Node::Negate(it) => is_bare(it),
            Node::Sum(terms) => terms.iter().all(|it| is_bare(&it.expr)),
            Node::Product { left, right, .. } => is_bare(left) && is_bare(right),
            _ => false,
        }
}

/// Gives a number another unit.
pub(super) fn retag(expr: &mut Expr, unit: &Unit) {
    if let TyKind::Number(it) = &mut expr.ty.kind {
        it.unit = unit.clone();
    }
}

/// Brings two numbers to one unit; `None` if that cannot be done.
pub(super) fn agree(a: &mut Expr, b: &mut Expr) -> Option<Unit> {
    let (x, y) = (a.ty.as_number()?.unit.clone(), b.ty.as_number()?.unit.clone());
    if let Some(unit) = common_unit(&x, &y) {
        return Some(unit);
    }
    if is_bare(b) {
        retag(b, &x);
        return Some(x);
    }
    if is_bare(a) {
        retag(a, &y);
        return Some(y);
    }
    years(a, &y).or_else(|| years(b, &x))
}

/// `3 年` beside a number of full years is three, not thirty-six months.
fn years(literal: &mut Expr, partner: &Unit) -> Option<Unit> {
    let is_years = matches!(partner, Unit::Count(Some(word)) if word == "年");
    let Node::Const(Value::Number(months)) = &literal.node else { return None };
    let whole = months.to_whole().filter(|it| it % 12 == 0)?;
    let in_months = literal.ty.as_number().is_some_and(|it| it.unit == Unit::Months);
    if !is_years || !in_months {
        return None;
    }
    literal.node = Node::Const(Value::Number(Decimal::from(whole / 12)));
    retag(literal, partner);
    Some(partner.clone())
}

/// Brings a constant into a type that is asked for: a bare number takes the unit, a text becomes a code.
pub(super) fn adapt(expr: &mut Expr, to: &TyKind) {
    match (to, &expr.ty.kind) {
        (TyKind::Number(wanted), TyKind::Number(_)) => {
            if is_bare(expr) {
                retag(expr, &wanted.unit);
            } else {
                years(expr, &wanted.unit);
            }
        }
        (TyKind::Code(_), TyKind::Text) if matches!(expr.node, Node::Const(_)) => {
            expr.ty.kind = to.clone();
        }
        _ => {}
    }
}

/// May a value of one kind stand where another is wanted?
pub(super) fn fits(found: &TyKind, wanted: &TyKind) -> bool {
    match (found, wanted) {
        (TyKind::Unknown, _) | (_, TyKind::Unknown) => true,
        (TyKind::Number(x), TyKind::Number(y)) => common_unit(&x.unit, &y.unit).is_some(),
        (TyKind::Code(_), TyKind::Text) => true,
        _ => found == wanted,
    }
}

/// Is the expression a number that cannot be zero, whatever the data?
pub(super) fn never_zero(expr: &Expr) -> bool {
    match &expr.node {
        Node::Const(Value::Number(it)) => !it.is_zero(),
        Node::Negate(it) => never_zero(it),
        _ => false,
    }
}

/// What a type is called in a message.
pub(super) fn words(package: &Package<'_>, kind: &TyKind) -> Words {
    match kind {
        TyKind::Bool => Words::both("是否", "yes or no"),
        TyKind::Number(it) => unit_words(&it.unit),
        TyKind::Date => Words::both("日期", "a date"),
        TyKind::Text => Words::both("文本", "a text"),
        TyKind::Member(it) => {
            let name = package.enum_of(it).map_or(it.id.to_string(), |it| it.name.to_string());
            Words::both(format!("“{name}”的一项"), format!("a member of “{name}”"))
        }
        TyKind::Code(it) => {
            let name =
                package.codes_of(it).map_or(it.id.to_string(), |it| it.table.name.to_string());
            Words::both(format!("“{name}”的代码"), format!("a code of “{name}”"))
        }
        TyKind::Frequency => Words::both("频次", "a frequency"),
        TyKind::Unknown => Words::both("不明", "unknown"),
    }
}

/// What a unit is called in a message.
pub(super) fn unit_words(unit: &Unit) -> Words {
    match unit {
        Unit::Plain | Unit::Count(None) => Words::both("数", "a number"),
        Unit::Count(Some(word)) => {
            let english = units::english(word, false);
            Words::both(format!("以“{word}”计的数"), format!("a number of “{english}”"))
        }
        Unit::Money => Words::both("金额", "an amount of money"),
        Unit::Ratio => Words::both("比率", "a ratio"),
        Unit::Points => Words::both("分值", "points"),
        Unit::Days => Words::both("以天计的时长", "a duration in days"),
        Unit::Months => Words::both("以月计的时长", "a duration in months"),
    }
}
