//! Which conditions certainly imply or exclude each other.
//!
//! Only what follows from the shape of the conditions is used, so an answer "yes" is certain and an
//! answer "no" says nothing.

use super::range::Range;
use super::reach::{Reach, Scope};
use crate::model::{CompareOp, Expr, Node};

/// How many comparisons one question may take.
const MAX_STEPS: u32 = 300;

/// Does `b` hold wherever `a` does?
pub(super) fn implies(reach: &Reach<'_>, a: &Expr, b: &Expr) -> bool {
    Question { reach, steps: 0 }.implies(a, b)
}

/// Can `a` and `b` never hold together?
pub(super) fn apart(reach: &Reach<'_>, a: &Expr, b: &Expr) -> bool {
    Question { reach, steps: 0 }.apart(a, b)
}

/// One question, with the work done for it.
struct Question<'r, 'l> {
    reach: &'r Reach<'l>,
    steps: u32,
}

impl Question<'_, '_> {
    fn tired(&mut self) -> bool {
        self.steps += 1;
        self.steps > MAX_STEPS
    }

    fn implies(&mut self, a: &Expr, b: &Expr) -> bool {
        if self.tired() {
            return false;
        }
        if a == b {
            return true;
        }
        match (&a.node, &b.node) {
            (Node::Or(all), _) => all.iter().all(|it| self.implies(it, b)),
            (_, Node::And(all)) => all.iter().all(|it| self.implies(a, it)),
            (Node::And(all), Node::Or(any)) => {
                all.iter().any(|it| self.implies(it, b)) || any.iter().any(|it| self.implies(a, it))
            }
            (Node::And(all), _) => all.iter().any(|it| self.implies(it, b)),
            (_, Node::Or(any)) => any.iter().any(|it| self.implies(a, it)),
            (Node::Not(a), Node::Not(b)) => self.implies(b, a),
            _ => self.values_within(a, b),
        }
    }

    /// Two statements about the value of one expression: is the first the narrower one?
    fn values_within(&mut self, a: &Expr, b: &Expr) -> bool {
        if let (Some((x, of_x)), Some((y, of_y))) = (self.bound(a), self.bound(b)) {
            let low = of_y.low.is_none_or(|y| of_x.low.is_some_and(|x| y <= x));
            let high = of_y.high.is_none_or(|y| of_x.high.is_some_and(|x| x <= y));
            return x == y && low && high;
        }
        match (one_of(a), one_of(b)) {
            (Some((x, some)), Some((y, others))) => {
                x == y && some.iter().all(|it| others.contains(it))
            }
            _ => false,
        }
    }

    fn apart(&mut self, a: &Expr, b: &Expr) -> bool {
        if self.tired() {
            return false;
        }
        match (&a.node, &b.node) {
            (Node::Not(other), _) if **other == *b => true,
            (_, Node::Not(other)) if **other == *a => true,
            (Node::And(all), _) => all.iter().any(|it| self.apart(it, b)),
            (_, Node::And(all)) => all.iter().any(|it| self.apart(a, it)),
            (Node::Or(all), _) => all.iter().all(|it| self.apart(it, b)),
            (_, Node::Or(all)) => all.iter().all(|it| self.apart(a, it)),
            (
                Node::Present { negated, item },
                Node::Present { negated: otherwise, item: other },
            ) => item == other && negated != otherwise,
            _ => self.values_apart(a, b),
        }
    }

    fn values_apart(&mut self, a: &Expr, b: &Expr) -> bool {
        if let (Some((x, of_x)), Some((y, of_y))) = (self.bound(a), self.bound(b)) {
            let below = |a: Range, b: Range| a.high.zip(b.low).is_some_and(|(a, b)| a < b);
            return x == y && (below(of_x, of_y) || below(of_y, of_x));
        }
        match (one_of(a), one_of(b)) {
            (Some((x, some)), Some((y, others))) => {
                let constant = |it: &&Expr| matches!(it.node, Node::Const(_));
                x == y
                    && some.iter().chain(&others).all(constant)
                    && !some.iter().any(|it| others.contains(it))
            }
            _ => false,
        }
    }

    /// A comparison of an expression with a number that is the same for every household.
    fn bound<'e>(&self, condition: &'e Expr) -> Option<(&'e Expr, Range)> {
        let Node::Compare { op, left, right } = &condition.node else { return None };
        left.ty.as_number()?;
        let scope = Scope::default();
        let fixed = |it: &Expr| matches!(it.node, Node::Const(_) | Node::Decl(_));
        let (expr, op, number) = if fixed(right) && !matches!(left.node, Node::Const(_)) {
            (left, *op, self.reach.number(right, &scope).single()?)
        } else if fixed(left) {
            (right, op.flipped(), self.reach.number(left, &scope).single()?)
        } else {
            return None;
        };
        if op == CompareOp::NotEqual {
            return None;
        }
        let places = expr.ty.as_number()?.places.max(number.trimmed().places());
        Some((expr, super::reach::beside(op, Range::point(number), super::range::step(places))))
    }
}

/// A statement that an expression is one of some values.
fn one_of(condition: &Expr) -> Option<(&Expr, Vec<&Expr>)> {
    match &condition.node {
        Node::Compare { op: CompareOp::Equal, left, right } => Some((left, vec![right])),
        Node::In { negated: false, item, set } => Some((item, set.iter().collect())),
        _ => None,
    }
}
