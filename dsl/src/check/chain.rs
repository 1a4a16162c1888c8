//! Chains of what is worked out record by record are bounded: an evaluation follows them link by link.

use super::unit::Unit;
use crate::diag::{Code, Diagnostic};
use crate::limits::MAX_CHAIN;
use crate::model::RuleSet;
use crate::model::chain::{links, longest};

/// Reports the first chain that is too long.
pub(super) fn check(unit: &Unit<'_>, set: &RuleSet) {
    if longest(&links(set)) > MAX_CHAIN {
        let problem = Diagnostic::new(Code::E0110, unit.package.span());
        unit.report(problem.arg("limit", MAX_CHAIN.to_string()));
    }
}
