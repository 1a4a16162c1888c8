//! Kinds of values: which fit where.

use super::Valid;
use crate::model::{Expr, Node, Ty, TyKind, Unit};
use crate::value::Value;

/// Most decimal places that a number can be brought to.
const MAX_PLACES: u8 = 38;

impl Valid<'_> {
    /// May a value of one kind stand where another is wanted?
    pub(super) fn fits(found: &TyKind, wanted: &TyKind) -> bool {
        match (found, wanted) {
            (TyKind::Number(x), TyKind::Number(y)) => x.unit.common(&y.unit).is_some(),
            (TyKind::Code(x), TyKind::Code(y)) => x.id == y.id,
            (TyKind::Code(_), TyKind::Text) => true,
            (TyKind::Member(x), TyKind::Member(y)) => x.slot.index() == y.slot.index(),
            (TyKind::Bool, TyKind::Bool)
            | (TyKind::Date, TyKind::Date)
            | (TyKind::Text, TyKind::Text)
            | (TyKind::Frequency, TyKind::Frequency) => true,
            _ => false,
        }
    }

    /// Can the two be compared?
    pub(super) fn alike(a: &TyKind, b: &TyKind) -> bool {
        Self::fits(a, b) || Self::fits(b, a)
    }

    /// Have values of this kind an order?
    pub(super) fn is_ordered(&self, kind: &TyKind) -> bool {
        match kind {
            TyKind::Number(_) | TyKind::Date => true,
            TyKind::Member(it) => self.linked.enumeration(it.slot.index()).ordered,
            TyKind::Bool | TyKind::Text | TyKind::Code(_) | TyKind::Frequency | TyKind::Unknown => {
                false
            }
        }
    }

    /// Insists that a value of the first type can stand for one of the second without losing anything.
    pub(super) fn exact(&mut self, found: &Ty, wanted: &Ty) {
        if !Self::fits(&found.kind, &wanted.kind) {
            self.wrong("类型不符", "the types do not fit");
            return;
        }
        if let (Some(a), Some(b)) = (found.as_number(), wanted.as_number())
            && a.places > b.places
        {
            let (a, b) = (a.places, b.places);
            self.wrong(
                format!("{a} 位小数放不进 {b} 位"),
                format!("{a} decimal places do not fit {b}"),
            );
        }
    }

    /// Like [`Valid::exact`], for an operand: bare numbers take the unit of what stands around them.
    pub(super) fn exact_operand(&mut self, found: &Expr, wanted: &Ty) {
        let mut ty = found.ty.clone();
        if let (TyKind::Number(own), Some(wanted)) = (&mut ty.kind, wanted.as_number())
            && Self::is_literal(found, &wanted.unit)
        {
            own.unit = wanted.unit.clone();
        }
        self.exact(&ty, wanted);
    }

    /// Does it consist of literals that are bare or of that unit?
    pub(super) fn is_literal(expr: &Expr, unit: &Unit) -> bool {
        match &expr.node {
            Node::Const(_) => expr.ty.as_number().is_some_and(|it| {
                matches!(it.unit, Unit::Plain | Unit::Count(_)) || it.unit.common(unit).is_some()
            }),
            Node::Negate(it) => Self::is_literal(it, unit),
            Node::Sum(terms) => terms.iter().all(|it| Self::is_literal(&it.expr, unit)),
            Node::Product { left, right, .. } => {
                Self::is_literal(left, unit) && Self::is_literal(right, unit)
            }
            _ => false,
        }
    }

    /// Insists that a type is one that values can have.
    pub(super) fn ty(&mut self, ty: &Ty) {
        if ty.as_number().is_some_and(|it| it.places > MAX_PLACES) {
            self.wrong("小数最多 38 位", "a number has at most 38 decimal places");
        }
    }

    /// Insists that a literal is of a kind. Absent values are no literals.
    pub(super) fn literal(&mut self, value: &Value, kind: &TyKind) {
        let holds = match (value, kind) {
            (Value::Bool(_), TyKind::Bool)
            | (Value::Date(_), TyKind::Date)
            | (Value::Text(_), TyKind::Text | TyKind::Code(_))
            | (Value::Frequency(_), TyKind::Frequency) => true,
            (Value::Number(it), TyKind::Number(ty)) => it.trimmed().places() <= ty.places,
            (Value::Member(at), TyKind::Member(it)) => {
                usize::from(*at) < self.members(it.slot.index())
            }
            _ => false,
        };
        self.insist(
            holds,
            "这个值不合它的类型（类别、小数位数，或者枚举没有这一项）",
            "the value does not fit its type (its kind, its places, or a member that is not there)",
        );
    }

    /// How many members an enumeration has, by slot.
    pub(super) fn members(&self, slot: usize) -> usize {
        self.linked.enumeration(slot).members.len()
    }
}
