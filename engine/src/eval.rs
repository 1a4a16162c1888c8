//! The reference evaluator: one household at a time, exact, as of a date. It is the meaning of the
//! language; every faster way is judged against it.

pub mod checks;

use heng_dsl::value::Date;

use crate::data::Household;
use crate::outcome::{Outcome, Trace};
use crate::population::PopulationValues;
use crate::program::Program;

/// Works out everything for one household. `number` is its number in the register for which the
/// population values were made. The trace is given on request and changes no value.
///
/// To evaluate many households on one date, prepare an evaluator once.
pub fn evaluate(
    program: &Program,
    household: &Household,
    population: &PopulationValues,
    number: usize,
    as_of: Date,
    trace: bool,
) -> (Outcome, Option<Trace>) {
    let _ = (program, household, population, number, as_of, trace);
    todo!("in the next landing")
}
