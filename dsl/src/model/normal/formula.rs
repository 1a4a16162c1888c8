//! The normal form of expressions, sources, windows and cells.

use std::collections::BTreeSet;

use super::key;
use crate::model::{Cell, CompareOp, Expr, Node, Population, Source, Test, TyKind, Window};
use crate::value::Value;

/// Something that has a normal form.
pub(crate) trait Formulas {
    /// Brings it into its normal form.
    fn normalise(&mut self);
}

impl Formulas for Expr {
    fn normalise(&mut self) {
        parts(&mut self.node);
        match &mut self.node {
            Node::Const(Value::Number(number)) => {
                *number = number.trimmed();
                if let TyKind::Number(ty) = &mut self.ty.kind {
                    ty.places = number.places();
                }
            }
            Node::Not(inner) => {
                if let Node::Not(again) = &mut inner.node {
                    *self = again.as_ref().clone();
                }
            }
            Node::And(all) => {
                flatten(all, |it| if let Node::And(inner) = it { Ok(inner) } else { Err(it) });
                self.unwrap_single();
            }
            Node::Or(all) => {
                flatten(all, |it| if let Node::Or(inner) = it { Ok(inner) } else { Err(it) });
                self.unwrap_single();
            }
            Node::Compare { op, left, right } if is_turned(*op, left, right) => {
                std::mem::swap(left, right);
                *op = op.flipped();
            }
            Node::In { set, .. } if set.iter().all(is_const) => {
                set.sort_by_cached_key(key);
                set.dedup();
            }
            _ => {}
        }
    }
}

impl Expr {
    /// 且 and 或 of one part are that part.
    fn unwrap_single(&mut self) {
        if let Node::And(all) | Node::Or(all) = &mut self.node
            && all.len() == 1
            && let Some(only) = all.pop()
        {
            *self = only;
        }
    }
}

impl Formulas for Source {
    fn normalise(&mut self) {
        match self {
            Self::Table(_) | Self::Named(_) | Self::Members { .. } | Self::History => {}
            Self::Filter { of, condition } => {
                of.normalise();
                condition.normalise();
            }
            Self::Group { of, key } => {
                of.normalise();
                key.normalise();
            }
            Self::Calendar { count, .. } => count.normalise(),
        }
    }
}

impl Formulas for Window {
    fn normalise(&mut self) {
        match self {
            Self::Last(it) | Self::Next(it) => it.normalise(),
            Self::Ago { .. } | Self::Calendar(_) => {}
            Self::YearBefore(it) => it.normalise(),
        }
    }
}

impl Formulas for Cell {
    fn normalise(&mut self) {
        let Self::OneOf(tests) = self else { return };
        for it in tests.iter_mut() {
            match it {
                Test::Missing => {}
                Test::Range { low, high } => {
                    low.iter_mut().chain(high).for_each(|it| it.value.normalise());
                }
                Test::Equals(it) | Test::Differs(it) | Test::Starts(it) => it.normalise(),
                Test::Window(it) => it.normalise(),
            }
        }
        tests.sort_by_cached_key(key);
        tests.dedup();
    }
}

fn parts(node: &mut Node) {
    match node {
        Node::Hole
        | Node::Const(_)
        | Node::AsOf
        | Node::Field(_)
        | Node::RecordField { .. }
        | Node::Item { .. }
        | Node::Past { .. }
        | Node::Decl(_)
        | Node::RecordDecl { .. }
        | Node::Local(_) => {}
        Node::Code { key: it, .. }
        | Node::AtDate { date: it, .. }
        | Node::Negate(it)
        | Node::KnownCode { item: it, .. }
        | Node::Present { item: it, .. }
        | Node::Not(it)
        | Node::Round(it, _) => it.normalise(),
        Node::Within { date, window } => {
            date.normalise();
            window.normalise();
        }
        Node::Sum(terms) => terms.iter_mut().for_each(|it| it.expr.normalise()),
        Node::Product { left: a, right: b, .. }
        | Node::Compare { left: a, right: b, .. }
        | Node::Shift { date: a, by: b, .. }
        | Node::Contains(a, b)
        | Node::Starts(a, b)
        | Node::IfMissing(a, b) => {
            a.normalise();
            b.normalise();
        }
        Node::In { item, set, .. } => {
            item.normalise();
            set.iter_mut().for_each(Formulas::normalise);
        }
        Node::And(all) | Node::Or(all) | Node::Call { args: all, .. } => {
            all.iter_mut().for_each(Formulas::normalise);
        }
        Node::If(a, b, c) => {
            a.normalise();
            b.normalise();
            c.normalise();
        }
        Node::Aggregate { source, arg, .. } => {
            source.normalise();
            arg.iter_mut().for_each(|it| it.normalise());
        }
        Node::Population(it) => {
            let Population { keys, filter, arg, .. } = it.as_mut();
            let all = keys.iter_mut().chain(filter).chain(arg);
            all.for_each(Formulas::normalise);
        }
    }
}

/// Takes nested parts of the same kind out of their brackets; what was asked before is not asked again.
fn flatten(all: &mut Vec<Expr>, nested: impl Fn(Node) -> Result<Vec<Expr>, Node>) {
    let mut flat: Vec<Expr> = Vec::with_capacity(all.len());
    let mut asked = BTreeSet::new();
    for Expr { ty, node } in all.drain(..) {
        let parts = nested(node).unwrap_or_else(|node| vec![Expr { ty, node }]);
        flat.extend(parts.into_iter().filter(|it| asked.insert(question(it))));
    }
    *all = flat;
}

/// What a part asks. Whether something is known to be there by then says nothing about 有值.
fn question(it: &Expr) -> String {
    match &it.node {
        Node::Present { negated, item } => {
            let mut item = item.as_ref().clone();
            item.ty.optional = true;
            key(&(negated, item))
        }
        _ => key(it),
    }
}

/// Is a comparison the other way round than all are here? A constant stands on the right; of two other
/// sides the larger stands on the left.
fn is_turned(op: CompareOp, left: &Expr, right: &Expr) -> bool {
    match (is_const(left), is_const(right), op) {
        (true, false, _) => true,
        (false, true, _) => false,
        (_, _, CompareOp::Less | CompareOp::LessOrEqual) => true,
        (_, _, CompareOp::Greater | CompareOp::GreaterOrEqual) => false,
        (_, _, CompareOp::Equal | CompareOp::NotEqual) => key(left) > key(right),
    }
}

fn is_const(it: &Expr) -> bool {
    matches!(it.node, Node::Const(_))
}
