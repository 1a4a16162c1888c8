//! Values that show a finding, and a household that has them.
//!
//! Verification finds values of columns; it knows no households and evaluates nothing. Whoever can do both
//! ([`Replay`]) turns an assignment into a household and lets it be evaluated, and what does not come out as
//! the finding says is not shown.

use super::NodePath;
use crate::diag::Example;
use crate::model::Expr;
use crate::model::linked::Linked;
use crate::value::{Date, Value};

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

/// What a household shows in the table in which a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// No row holds.
    NoRow,
    /// These two rows hold.
    Rows(usize, usize),
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
