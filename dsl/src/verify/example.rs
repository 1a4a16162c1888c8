//! Values that show a finding, and a household that has them.
//!
//! Verification finds values of columns; it knows no households and evaluates nothing. Whoever can do both
//! ([`Replay`]) turns an assignment into a household and lets it be evaluated, and what does not come out as
//! the finding says is not shown.

use super::NodePath;
use crate::diag::Example;
use crate::model::linked::Linked;
use crate::model::{Expr, Node, Ref};
use crate::value::{Date, Period, Value};

/// What some expressions are worth where a finding is to be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The as-of date.
    pub as_of: Date,
    /// The expressions, columns of a table for the most part, each with its value.
    pub values: Vec<(Expr, Value)>,
    /// What is to be seen then.
    pub shows: Shows,
}

/// What a household shows where a finding is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shows {
    /// No row of the table holds.
    NoRow,
    /// These two rows of the table hold.
    Rows(usize, usize),
    /// Each of these expressions is worth that.
    Worth(Vec<(Expr, Value)>),
}

impl Assignment {
    /// On a day of the period these expressions have their values, and others then have theirs.
    pub(super) fn of(
        period: Period,
        values: Vec<(Expr, Value)>,
        shows: Vec<(Expr, Value)>,
    ) -> Option<Self> {
        Some(Self { as_of: day(period)?, values, shows: Shows::Worth(shows) })
    }
}

/// A day of a stretch of time.
pub(super) fn day(period: Period) -> Option<Date> {
    period.from.or(period.until).or(Date::new(2024, 1, 1))
}

/// A declaration as an expression, by its slot.
pub(super) fn decl(linked: &Linked, slot: usize) -> Expr {
    let decl = linked.decl(slot);
    let name = Ref::own(&decl.id);
    name.slot.set(slot);
    Expr { ty: decl.ty.clone(), node: Node::Decl(name) }
}

/// Puts households together and evaluates them.
pub trait Replay {
    /// A household of this assignment in which the finding at that place of a package, by its number, is
    /// really to be seen; `None` where none was found.
    fn household(
        &self,
        linked: &Linked,
        package: usize,
        at: &NodePath,
        assignment: &Assignment,
    ) -> Option<Example>;
}

/// Shows no households.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoReplay;

impl Replay for NoReplay {
    fn household(&self, _: &Linked, _: usize, _: &NodePath, _: &Assignment) -> Option<Example> {
        None
    }
}
