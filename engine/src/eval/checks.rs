//! Data-quality rules (校验): where the data are not as they ought to be.

use heng_dsl::value::{Date, Fault};

use crate::data::Register;
use crate::program::Program;

/// A place where a data-quality rule does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckFinding {
    /// The number of the package that has the rule.
    pub package: usize,
    /// The number of the rule among the checks of that package.
    pub check: usize,
    /// The number of the household in the register; absent for a rule about a whole table.
    pub household: Option<usize>,
    /// Of a rule about records: the slot of the table and the number of the record among the
    /// household's records of that table.
    pub record: Option<(usize, usize)>,
    /// Set where the rule could not be worked out; otherwise it was, and does not hold.
    pub fault: Option<Fault>,
}

/// Applies every data-quality rule of every package to a register: by package, rule, household and
/// record, in that order. Records dated after `as_of` are not looked at, nor are households founded
/// later.
pub fn findings(program: &Program, register: &Register, as_of: Date) -> Vec<CheckFinding> {
    let _ = (program, register, as_of);
    todo!("in the next landing")
}
