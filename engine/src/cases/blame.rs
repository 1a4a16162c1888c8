//! What a failed expectation is to be asked about, so that it says where it parted ways.

use heng_dsl::model::Case;
use heng_dsl::value::Value;

use super::{Failure, Worked};
use crate::eval::Evaluator;
use crate::explain::Apart;
use crate::program::Program;

/// What is to blame for a failure.
#[derive(Debug)]
pub(super) enum Blame {
    /// Nothing more can be said.
    Nothing,
    /// A declaration, by slot, and what it should be worth.
    Worth(usize, Value),
    /// A measure, the number of its column, and what that should be worth.
    Measure(usize, usize, Value),
    /// Fields, by slot, that should be missing or should not.
    Missing(Vec<(usize, bool)>),
    /// Declarations, by slot, that should hold or should not.
    Holding(Vec<(usize, bool)>),
    /// Determinations, by classification and number, that should hit or should not.
    Decides(Vec<((usize, usize), bool)>),
}

/// The failures with their reasons.
pub(super) fn explained(
    program: &Program,
    case: &Case,
    worked: &Worked,
    failed: Vec<(Failure, Blame)>,
) -> Vec<Failure> {
    let Some(household) = worked.register.households.get(worked.number) else {
        return failed.into_iter().map(|it| it.0).collect();
    };
    if failed.is_empty() {
        return Vec::new();
    }
    let evaluator = Evaluator::new(program, case.as_of);
    let came = (&worked.outcome, &worked.trace);
    let mut apart = Apart::new(&evaluator, (household, worked.number), came, &worked.population);
    let explained = failed.into_iter().map(|(mut failure, blame)| {
        failure.why = match blame {
            Blame::Nothing => Vec::new(),
            Blame::Worth(slot, expected) => apart.worth(slot, &expected),
            Blame::Measure(slot, column, expected) => apart.measure(slot, column, &expected),
            Blame::Missing(all) => all.into_iter().map(|it| apart.missing(it.0, it.1)).collect(),
            Blame::Holding(all) => {
                all.into_iter().filter_map(|it| apart.held(it.0, it.1)).collect()
            }
            Blame::Decides(all) => all
                .into_iter()
                .flat_map(|((target, number), wanted)| apart.decides(target, number, wanted))
                .collect(),
        };
        failure
    });
    explained.collect()
}
