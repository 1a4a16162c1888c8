//! A condition as 且 and 或 of statements about things, without 非.

use super::dates;
use super::numbers;
use super::orders::Edge;
use super::terms::Terms;
use crate::builtins::BuiltinId;
use crate::model::{CompareOp, Expr, Field, Node, Source, Ty, TyKind, Unit, Window};
use crate::value::{Decimal, Value};

/// How deep one condition may be taken apart.
const MAX_DEPTH: u32 = 40;

/// What has to hold.
#[derive(Debug, Clone)]
pub(super) enum Formula {
    /// All of these; of none: it holds.
    All(Vec<Formula>),
    /// One of these; of none: it cannot hold.
    Any(Vec<Formula>),
    /// A statement.
    Is(Atom),
}

/// A statement about one or two things.
#[derive(Debug, Clone)]
pub(super) enum Atom {
    /// Two values lie so far apart at most.
    Apart(Edge),
    /// A member is one of these.
    Member(usize, Vec<bool>),
    /// A text is one of these, or none of them.
    Text(usize, Vec<String>, bool),
    /// A text starts so, or does not.
    Starts(usize, String, bool),
    /// A condition that is not taken apart holds, or does not.
    Flag(usize, bool),
}

impl Formula {
    pub(super) const HOLDS: Self = Self::All(Vec::new());
    pub(super) const NEVER: Self = Self::Any(Vec::new());

    pub(super) fn truth(it: bool) -> Self {
        if it { Self::HOLDS } else { Self::NEVER }
    }

    fn flag(terms: &mut Terms<'_, '_>, expr: &Expr, holds: bool) -> Self {
        Self::Is(Atom::Flag(terms.of_expr(expr), holds))
    }
}

/// What it means that a condition, written out, holds or does not.
pub(super) fn formula(terms: &mut Terms<'_, '_>, expr: &Expr, holds: bool) -> Formula {
    Lower { terms, depth: 0 }.condition(expr, holds)
}

/// How many elements a source has, as an expression.
pub(super) fn count(source: Source) -> Expr {
    let ty = Ty::number(Unit::Count(None), 0);
    Expr { ty, node: Node::Aggregate { builtin: BuiltinId::Count, source, arg: None } }
}

struct Lower<'t, 'a, 'l> {
    terms: &'t mut Terms<'a, 'l>,
    depth: u32,
}

impl Lower<'_, '_, '_> {
    fn condition(&mut self, expr: &Expr, holds: bool) -> Formula {
        if self.depth > MAX_DEPTH {
            return Formula::flag(self.terms, expr, holds);
        }
        self.depth += 1;
        let out = self.inside(expr, holds);
        self.depth -= 1;
        out
    }

    fn inside(&mut self, expr: &Expr, holds: bool) -> Formula {
        match &expr.node {
            Node::Const(Value::Bool(it)) => Formula::truth(*it == holds),
            Node::Not(it) => self.condition(it, !holds),
            Node::And(all) => self.joined(all, holds, holds),
            Node::Or(all) => self.joined(all, holds, !holds),
            Node::If(when, yes, no) => self.choice(when, [yes, no], holds),
            Node::IfMissing(value, instead) => self.if_missing(value, instead, holds),
            Node::Present { negated, item } => self.present(item, holds != *negated),
            Node::Compare { op, left, right } => {
                self.compare(if holds { *op } else { op.opposite() }, left, right)
            }
            Node::In { negated, item, set } => {
                let holds = holds != *negated;
                let op = if holds { CompareOp::Equal } else { CompareOp::NotEqual };
                let all = set.iter().map(|it| self.compare(op, item, it)).collect();
                if holds { Formula::Any(all) } else { Formula::All(all) }
            }
            Node::KnownCode { negated: true, item, codes } => {
                let node =
                    Node::KnownCode { negated: false, item: item.clone(), codes: codes.clone() };
                Formula::flag(self.terms, &Expr { ty: Ty::bool(), node }, !holds)
            }
            Node::Within { date, window } => self.within(expr, date, window, holds),
            Node::Starts(text, start) => match &start.node {
                Node::Const(Value::Text(start)) => {
                    let at = self.terms.of_expr(text);
                    Formula::Is(Atom::Starts(at, start.to_string(), holds))
                }
                _ => Formula::flag(self.terms, expr, holds),
            },
            Node::Aggregate { builtin, source, arg } => {
                self.aggregate(expr, *builtin, (source, arg.as_deref()), holds)
            }
            _ => Formula::flag(self.terms, expr, holds),
        }
    }

    fn joined(&mut self, all: &[Expr], holds: bool, together: bool) -> Formula {
        let all = all.iter().map(|it| self.condition(it, holds)).collect();
        if together { Formula::All(all) } else { Formula::Any(all) }
    }

    fn choice(&mut self, when: &Expr, [yes, no]: [&Expr; 2], holds: bool) -> Formula {
        Formula::Any(vec![
            Formula::All(vec![self.condition(when, true), self.condition(yes, holds)]),
            Formula::All(vec![self.condition(when, false), self.condition(no, holds)]),
        ])
    }

    fn if_missing(&mut self, value: &Expr, instead: &Expr, holds: bool) -> Formula {
        Formula::Any(vec![
            Formula::All(vec![self.present(value, true), self.condition(value, holds)]),
            Formula::All(vec![self.present(value, false), self.condition(instead, holds)]),
        ])
    }

    fn present(&mut self, item: &Expr, there: bool) -> Formula {
        if matches!(item.node, Node::Const(_) | Node::AsOf) || self.is_required(item) {
            return Formula::truth(there);
        }
        let node = Node::Present { negated: false, item: Box::new(item.clone()) };
        Formula::flag(self.terms, &Expr { ty: Ty::bool(), node }, there)
    }

    /// A field that every household or record has.
    fn is_required(&self, item: &Expr) -> bool {
        let required = |it: &Field| !it.ty.optional && it.later.is_none() && it.derived.is_none();
        let linked = self.terms.reach.linked;
        self.terms.clean
            && match &item.node {
                Node::Field(it) => required(linked.field(it.slot.index())),
                Node::RecordField { column, .. } => {
                    let fields = &linked.table(column.table.slot.index()).fields;
                    fields.get(column.slot.index()).is_some_and(required)
                }
                _ => false,
            }
    }

    fn compare(&mut self, op: CompareOp, left: &Expr, right: &Expr) -> Formula {
        match &left.ty.kind {
            TyKind::Number(_) => numbers::compare(self.terms, op, left, right),
            TyKind::Date => dates::compare(self.terms, op, left, right),
            TyKind::Member(_) => self.members(op, left, right),
            TyKind::Bool => self.bools(op, left, right),
            TyKind::Text | TyKind::Code(_) => self.texts(op, left, right),
            TyKind::Frequency | TyKind::Unknown => self.opaque(op, left, right),
        }
    }

    /// Equal or not, as one statement and its opposite.
    fn opaque(&mut self, op: CompareOp, left: &Expr, right: &Expr) -> Formula {
        let (op, holds) = match op {
            CompareOp::NotEqual => (CompareOp::Equal, false),
            CompareOp::Less => (CompareOp::GreaterOrEqual, false),
            CompareOp::LessOrEqual => (CompareOp::Greater, false),
            CompareOp::Equal | CompareOp::Greater | CompareOp::GreaterOrEqual => (op, true),
        };
        let (left, right) = (Box::new(left.clone()), Box::new(right.clone()));
        let node = Node::Compare { op, left, right };
        Formula::flag(self.terms, &Expr { ty: Ty::bool(), node }, holds)
    }

    fn members(&mut self, op: CompareOp, left: &Expr, right: &Expr) -> Formula {
        if matches!(left.node, Node::Const(_)) && !matches!(right.node, Node::Const(_)) {
            return self.members(op.flipped(), right, left);
        }
        let (Node::Const(Value::Member(member)), Some(count)) =
            (&right.node, self.terms.reach_members(left))
        else {
            let (a, b) = (self.terms.of_expr(left), self.terms.of_expr(right));
            return numbers::ordered(op, (a, b), 0, 1);
        };
        let fits = |it: usize| op.holds(it.cmp(&usize::from(*member)));
        match &left.node {
            Node::Const(Value::Member(it)) => Formula::truth(fits(usize::from(*it))),
            _ => {
                let at = self.terms.of_expr(left);
                Formula::Is(Atom::Member(at, (0..count).map(fits).collect()))
            }
        }
    }

    fn bools(&mut self, op: CompareOp, left: &Expr, right: &Expr) -> Formula {
        let same = match op {
            CompareOp::Equal => true,
            CompareOp::NotEqual => false,
            _ => return self.opaque(op, left, right),
        };
        let all = [true, false].map(|it| {
            Formula::All(vec![self.condition(left, it), self.condition(right, it == same)])
        });
        Formula::Any(all.into())
    }

    fn texts(&mut self, op: CompareOp, left: &Expr, right: &Expr) -> Formula {
        let (text, constant) = match (&left.node, &right.node) {
            (_, Node::Const(Value::Text(it))) => (left, it),
            (Node::Const(Value::Text(it)), _) => (right, it),
            _ => return self.opaque(op, left, right),
        };
        let holds = match op {
            CompareOp::Equal => true,
            CompareOp::NotEqual => false,
            _ => return self.opaque(op, left, right),
        };
        let at = self.terms.of_expr(text);
        Formula::Is(Atom::Text(at, vec![constant.to_string()], holds))
    }

    fn within(&mut self, expr: &Expr, date: &Expr, window: &Window, holds: bool) -> Formula {
        let ends = dates::point(self.terms, date)
            .and_then(|date| Some((date, dates::window(self.terms, window)?)));
        let Some((date, (from, until))) = ends else {
            return Formula::flag(self.terms, expr, holds);
        };
        let after = |a: dates::Point, b: dates::Point| dates::at_most(b, a);
        if holds {
            Formula::All(vec![after(date, from), after(until, date)])
        } else {
            Formula::Any(vec![dates::before(date, from), dates::before(until, date)])
        }
    }

    fn aggregate(
        &mut self,
        expr: &Expr,
        builtin: BuiltinId,
        (source, arg): (&Source, Option<&Expr>),
        holds: bool,
    ) -> Formula {
        let (source, there) = match (builtin, arg) {
            (BuiltinId::Any, _) => (source.clone(), holds),
            (BuiltinId::None, _) => (source.clone(), !holds),
            (BuiltinId::All, Some(arg)) => {
                let node = Node::Not(Box::new(arg.clone()));
                let condition = Box::new(Expr { ty: Ty::bool(), node });
                (Source::Filter { of: Box::new(source.clone()), condition }, !holds)
            }
            _ => return Formula::flag(self.terms, expr, holds),
        };
        let op = if there { CompareOp::GreaterOrEqual } else { CompareOp::LessOrEqual };
        let bound = Decimal::from(i64::from(there));
        let ty = Ty::number(Unit::Count(None), 0);
        let bound = Expr { ty, node: Node::Const(Value::Number(bound)) };
        numbers::compare(self.terms, op, &count(source), &bound)
    }
}

impl Terms<'_, '_> {
    /// The number of members of the enumeration that an expression is one of.
    fn reach_members(&self, expr: &Expr) -> Option<usize> {
        let TyKind::Member(it) = &expr.ty.kind else { return None };
        Some(self.reach.linked.enumeration(it.slot.index()).members.len())
    }
}
