//! What is known at a place: that a value is there, or that a number is not zero.
//!
//! Known things are remembered by a key that says which value is meant, with bound records counted
//! from the outside, so that a fact about an outer record is still known inside an inner filter.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::scope::Elab;
use crate::model::{Column, CompareOp, Expr, Later, Node, Source};
use crate::value::{Decimal, Value};

/// Facts in the order learnt.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    known: Vec<String>,
    set: BTreeSet<String>,
}

impl Facts {
    /// How much is known now.
    pub(super) fn mark(&self) -> usize {
        self.known.len()
    }

    /// Forgets what was learnt since.
    pub(super) fn back_to(&mut self, mark: usize) {
        for it in self.known.split_off(mark.min(self.known.len())) {
            self.set.remove(&it);
        }
    }

    fn add(&mut self, fact: String) {
        if self.set.insert(fact.clone()) {
            self.known.push(fact);
        }
    }

    fn has(&self, fact: &str) -> bool {
        self.set.contains(fact)
    }
}

impl Elab<'_, '_> {
    /// Is the value known to be there?
    pub(super) fn is_known(&self, expr: &Expr) -> bool {
        self.facts.has(&format!("+{}", self.key(expr)))
    }

    /// Is the number known not to be zero?
    pub(super) fn is_nonzero(&self, expr: &Expr) -> bool {
        super::ty::never_zero(expr)
            || self.facts.has(&format!("≠{}", self.key(expr)))
            || self.is_nonzero_param(expr)
    }

    fn is_nonzero_param(&self, expr: &Expr) -> bool {
        let Node::Decl(it) = &expr.node else { return false };
        self.unit.param_values(it).is_some_and(|values| values.iter().all(super::ty::never_zero))
    }

    /// Learns that the value is there.
    pub(super) fn learn_present(&mut self, expr: &Expr) {
        let key = self.key(expr);
        self.facts.add(format!("+{key}"));
        self.learn_companions(expr);
    }

    /// With the date of a later happening, what comes with it is there too.
    fn learn_companions(&mut self, expr: &Expr) {
        let Node::RecordField { up, column } = &expr.node else { return };
        let Some(view) = self.unit.table_of(&column.table) else { return };
        let field = view.fields.with_id(&column.id).and_then(|it| view.table.fields.get(it));
        let happening = field.and_then(|it| it.later.clone());
        let Some(Later::Date(happening)) = happening else { return };
        let with =
            view.table.fields.iter().filter(|it| it.later == Some(Later::With(happening.clone())));
        let keys: Vec<String> = with.map(|it| self.record_key(*up, column, &it.id)).collect();
        for key in keys {
            self.facts.add(format!("+{key}"));
        }
    }

    /// Learns what the filters of a source established of each element, which is bound.
    pub(super) fn learn_source(&mut self, source: &Source) {
        if let Source::Filter { of, condition } = source {
            self.learn_source(of);
            self.learn(condition, true);
        }
    }

    /// Learns what follows from the condition being true or false.
    pub(super) fn learn(&mut self, condition: &Expr, holds: bool) {
        match (&condition.node, holds) {
            (Node::And(parts), true) | (Node::Or(parts), false) => {
                parts.iter().for_each(|it| self.learn(it, holds));
            }
            (Node::Not(it), _) => self.learn(it, !holds),
            (Node::Present { negated, item }, _) if *negated != holds => self.learn_present(item),
            (Node::IfMissing(item, default), _)
                // `x 缺则 否` holds: x is there. `x 缺则 是` does not hold: x is there.
                if default.node == Node::Const(Value::Bool(!holds)) => {
                    self.learn_present(item);
                    self.learn(item, holds);
                }
            (Node::Compare { op, left, right }, _) => self.learn_compared(*op, left, right, holds),
            _ => {}
        }
    }

    fn learn_compared(&mut self, op: CompareOp, left: &Expr, right: &Expr, holds: bool) {
        let (value, constant, op) = match (&left.node, &right.node) {
            (_, Node::Const(Value::Number(it))) => (left, *it, op),
            (Node::Const(Value::Number(it)), _) => (right, *it, op.flipped()),
            _ => return,
        };
        let op = if holds { op } else { op.opposite() };
        if excludes_zero(op, constant) {
            let key = self.key(value);
            self.facts.add(format!("≠{key}"));
        }
    }

    fn record_key(&self, up: u32, column: &Column, id: &str) -> String {
        let outside = self.frames.len().saturating_sub(1 + up as usize);
        format!("{outside}:{:?}:{:?}.{id}", column.table.package, column.table.id)
    }

    /// Which value is meant.
    fn key(&self, expr: &Expr) -> String {
        let outside = |up: u32| self.frames.len().saturating_sub(1 + up as usize);
        match &expr.node {
            Node::RecordField { up, column } => self.record_key(*up, column, &column.id),
            Node::Field(it) => format!("F{:?}.{}", it.package, it.id),
            Node::Decl(it) => format!("D{:?}.{}", it.package, it.id),
            Node::Local(at) => format!("L{at}"),
            Node::Past { up, decl } => format!("P{}:{:?}.{}", outside(*up), decl.package, decl.id),
            Node::Item { up, part } => format!("I{}:{part:?}", outside(*up)),
            Node::RecordDecl { up, decl } => {
                format!("V{}:{:?}.{}", outside(*up), decl.package, decl.id)
            }
            Node::Code { key, column } => format!("C({}).{}", self.key(key), column.id),
            other => {
                // Anything else is the same value only at the same depth.
                let mut out = format!("@{}:", self.frames.len());
                let _ = write!(out, "{other:?}");
                out
            }
        }
    }
}

/// Does `x op c` exclude that x is zero?
fn excludes_zero(op: CompareOp, c: Decimal) -> bool {
    let positive = !c.is_negative() && !c.is_zero();
    match op {
        CompareOp::Equal => !c.is_zero(),
        CompareOp::NotEqual => c.is_zero(),
        CompareOp::Greater => !c.is_negative(),
        CompareOp::GreaterOrEqual => positive,
        CompareOp::Less => !positive,
        CompareOp::LessOrEqual => c.is_negative(),
    }
}
