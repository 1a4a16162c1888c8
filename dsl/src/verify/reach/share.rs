//! Shares: a count of some records, divided by the count of all of them, lies between zero and one.
//!
//! `(1000 × 按时数 + 500 × 迟报数) ÷ 应报数` is at most 1000 where both count some of what the last one counts;
//! the ranges of the three numbers by themselves do not say so.

use super::Reach;
use crate::builtins::BuiltinId;
use crate::model::{Content, Expr, Node, ProductOp, Ref, Source};
use crate::value::Decimal;
use crate::verify::range::Range;

/// How many declarations are followed one behind the other.
const MAX_DEPTH: u32 = 20;

/// Counts that are told apart in one quotient.
const MAX_COUNTS: usize = 16;

/// What is counted: where the elements come from, and every condition on them.
#[derive(PartialEq)]
struct Counted<'e> {
    from: &'e Source,
    conditions: Vec<&'e Expr>,
}

impl Counted<'_> {
    /// Is every element one of the other's?
    fn is_within(&self, all: &Self) -> bool {
        self.from == all.from && all.conditions.iter().all(|it| self.conditions.contains(it))
    }
}

impl Reach<'_> {
    /// The range of the quotient, where the bottom counts elements of a source and the top is made of
    /// counts of some of them; open otherwise.
    pub(super) fn share(&self, top: &Expr, bottom: &Expr) -> Range {
        let Some(all) = self.count(bottom, MAX_DEPTH) else { return Range::OPEN };
        let mut terms = Vec::new();
        if self.terms(top, Decimal::from(1), MAX_DEPTH, &mut terms).is_none() {
            return Range::OPEN;
        }
        let mut range = Range::ZERO;
        for (counted, factor) in terms {
            if !counted.is_within(&all) {
                return Range::OPEN;
            }
            range = range.plus(Range::ZERO.union(Range::point(factor)));
        }
        range
    }

    /// Adds up how often each count is taken in a sum; `None` for anything else.
    fn terms<'e>(
        &'e self,
        expr: &'e Expr,
        factor: Decimal,
        depth: u32,
        out: &mut Vec<(Counted<'e>, Decimal)>,
    ) -> Option<()> {
        if let Some(counted) = self.count(expr, depth) {
            return match out.iter_mut().find(|it| it.0 == counted) {
                Some(it) => it.1.checked_add(factor).map(|sum| it.1 = sum),
                None => (out.len() < MAX_COUNTS).then(|| out.push((counted, factor))),
            };
        }
        match &expr.node {
            Node::Sum(all) => all.iter().try_for_each(|it| {
                let factor = if it.negative { factor.negated() } else { factor };
                self.terms(&it.expr, factor, depth, out)
            }),
            Node::Negate(it) => self.terms(it, factor.negated(), depth, out),
            Node::Product { op: ProductOp::Multiply, left, right } => {
                let (constant, other) = match (literal(left), literal(right)) {
                    (Some(it), _) => (it, right),
                    (None, Some(it)) => (it, left),
                    (None, None) => return None,
                };
                let places = constant.places().saturating_add(factor.places());
                self.terms(other, factor.checked_mul(constant, places)?, depth, out)
            }
            Node::Decl(it) => self.terms(self.formula(it)?, factor, depth.checked_sub(1)?, out),
            _ => None,
        }
    }

    /// What an expression counts, if it is a count.
    fn count<'e>(&'e self, expr: &'e Expr, depth: u32) -> Option<Counted<'e>> {
        match &expr.node {
            Node::Aggregate { builtin: BuiltinId::Count, source, .. } => {
                let mut counted = Counted { from: source, conditions: Vec::new() };
                for _ in 0..MAX_DEPTH {
                    match counted.from {
                        Source::Filter { of, condition } => {
                            conjuncts(condition, &mut counted.conditions);
                            counted.from = of;
                        }
                        Source::Named(it) => counted.from = self.named(it)?,
                        _ => return Some(counted),
                    }
                }
                None
            }
            Node::Decl(it) => self.count(self.formula(it)?, depth.checked_sub(1)?),
            _ => None,
        }
    }

    /// The formula of a declaration of the same package: what another one writes in the same words may
    /// mean something else.
    fn formula(&self, decl: &Ref) -> Option<&Expr> {
        match self.own(decl)? {
            Content::Formula(it) => Some(it),
            _ => None,
        }
    }

    fn named(&self, set: &Ref) -> Option<&Source> {
        match self.own(set)? {
            Content::Source(it) => Some(it),
            _ => None,
        }
    }

    fn own(&self, decl: &Ref) -> Option<&Content> {
        if decl.package.is_some() {
            return None;
        }
        let version = self.in_force(self.linked.decl(decl.slot.index()))?;
        let plain = version.applies.is_none() && version.lets.is_empty();
        plain.then_some(&version.content)
    }
}

/// A literal number.
fn literal(expr: &Expr) -> Option<Decimal> {
    match &expr.node {
        Node::Const(crate::value::Value::Number(it)) => Some(*it),
        _ => None,
    }
}

/// The conditions that all hold where this one does.
fn conjuncts<'e>(condition: &'e Expr, out: &mut Vec<&'e Expr>) {
    match &condition.node {
        Node::And(all) => all.iter().for_each(|it| conjuncts(it, out)),
        _ => out.push(condition),
    }
}
