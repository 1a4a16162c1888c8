//! Runs the 用例 of a rule set on the path of a run and compares what comes out.
//!
//! The households that a case gives are the register: one run, then the household in question once
//! more with a trace, for reasons and for coverage.

mod answer;
mod blame;
mod compare;
mod given;
mod open;

use std::sync::Arc;

use serde::Serialize;

pub use self::answer::{Answered, answers};
use heng_dsl::model::linked::Linked;
use heng_dsl::model::{Case, Id};
use heng_dsl::value::Date;

use crate::data::Register;
use crate::eval::evaluate;
use crate::explain::{ExplainOptions, Explanation, Said, Why, explain, outside_words};
use crate::outcome::{Outcome, Trace};
use crate::population::PopulationValues;
use crate::program::Program;
use crate::run::{Run, RunOptions, run};

/// What became of a 用例.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaseResult {
    /// Its title.
    pub title: String,
    /// The package that it stands in.
    pub package: Id,
    /// File and line; absent for a stored model.
    pub place: Option<String>,
    /// The as-of date.
    pub as_of: Date,
    /// Did everything come out as expected?
    pub passed: bool,
    /// What did not.
    pub failures: Vec<Failure>,
}

/// One expectation that did not come true.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// What was looked at: a declaration, 缺失, 标注 …
    pub what: Said,
    /// What was expected.
    pub expected: Said,
    /// What came out.
    pub found: Said,
    /// Where there is one, the reason that is most likely: required fields that were not given.
    pub hint: Option<Said>,
    /// Where what was expected and what came out part ways.
    pub why: Vec<Why>,
}

impl Failure {
    /// A failure of which nothing more is known.
    fn new(what: Said, expected: Said, found: Said) -> Self {
        Self { what, expected, found, hint: None, why: Vec::new() }
    }
}

/// Runs the cases of a package, by its number; with a filter, only those whose title contains it.
pub fn run_cases(program: &Program, package: usize, filter: Option<&str>) -> Vec<CaseResult> {
    let Some(set) = program.linked().packages.get(package) else { return Vec::new() };
    let wanted = |it: &&Case| filter.is_none_or(|filter| it.title.contains(filter));
    set.cases.iter().filter(wanted).map(|it| run_case(program, package, it)).collect()
}

/// The explanation of the household of a case, by the title of the case; `None` where the package has
/// no such case.
pub fn explain_case(
    program: &Program,
    package: usize,
    title: &str,
    options: &ExplainOptions,
) -> Option<Explanation> {
    let set = program.linked().packages.get(package)?;
    let case = set.cases.iter().find(|it| it.title == title)?;
    let (register, run, key) = run_given(program, case);
    explain(program, &register, &run, &key, options)
}

fn run_case(program: &Program, package: usize, case: &Case) -> CaseResult {
    let failures = match work_out(program, case) {
        Ok(worked) => compare::failures(program, package, case, &worked),
        Err(failure) => vec![*failure],
    };
    CaseResult {
        title: case.title.clone(),
        package: case.origin.package.clone(),
        place: case.origin.place.as_ref().map(ToString::to_string),
        as_of: case.as_of,
        passed: failures.is_empty(),
        failures,
    }
}

/// A case that was worked out.
#[derive(Debug)]
pub(crate) struct Worked {
    /// The households of the case.
    pub(crate) register: Register,
    /// The number of the household in question.
    pub(crate) number: usize,
    /// What came out for it.
    pub(crate) outcome: Outcome,
    /// Why.
    pub(crate) trace: Trace,
    /// What the functions of the register were worth.
    pub(crate) population: PopulationValues,
}

/// Works a case out.
///
/// # Errors
///
/// The household in question is not part of the population.
pub(crate) fn work_out(program: &Program, case: &Case) -> Result<Worked, Box<Failure>> {
    let (register, run, key) = run_given(program, case);
    let number = register.households.iter().position(|it| it.key == key).unwrap_or_default();
    if let Some((_, why)) = run.outside.iter().find(|it| it.0 == key) {
        return Err(Box::new(Failure::new(
            Said::both("本户", "the household"),
            Said::both("在总体之内", "part of the population"),
            outside_words(*why),
        )));
    }
    let household = register.households.get(number).cloned().unwrap_or_default();
    let (outcome, trace) = evaluate(program, &household, &run.population, number, case.as_of, true);
    let (trace, population) = (trace.unwrap_or_default(), run.population);
    Ok(Worked { register, number, outcome, trace, population })
}

/// A run over the households of a case, and the key of the one in question.
fn run_given(program: &Program, case: &Case) -> (Register, Run, Arc<str>) {
    let (register, key) = given::register(program.linked(), case);
    let options =
        RunOptions { as_of: case.as_of, threads: Some(1), progress: None, reasons: false };
    let run = run(program, &register, &options);
    (register, run, key)
}

/// The register of a case, and the number of the household in question.
pub(crate) fn given(linked: &Linked, case: &Case) -> (Register, usize) {
    let (register, key) = given::register(linked, case);
    let number = register.households.iter().position(|it| it.key == key).unwrap_or_default();
    (register, number)
}

/// Does any expectation of a case not come true?
pub(crate) fn any_fails(program: &Program, package: usize, case: &Case, worked: &Worked) -> bool {
    case.expect.iter().any(|it| compare::fails(program, package, worked, it))
}
