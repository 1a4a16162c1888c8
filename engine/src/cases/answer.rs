//! What a case would have to expect so that it holds.

use heng_dsl::model::{Asked, Case, Expectation};

use super::{Worked, compare, open, work_out};
use crate::program::Program;

/// What a case would have to expect at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The number of the expectation in the case.
    pub number: usize,
    /// What holds there: several expectations where everything was asked for.
    pub outcomes: Vec<Expectation>,
}

/// What holds where a case leaves it open; with `overwrite` also where it expects something else. The
/// reason of a declaration is no outcome and stays as it is. Nothing for a case that cannot be worked out.
pub fn answers(program: &Program, package: usize, case: &Case, overwrite: bool) -> Vec<Answered> {
    let Ok(worked) = work_out(program, case) else { return Vec::new() };
    let wrong = |it: &Expectation| overwrite && compare::fails(program, package, &worked, it);
    let numbered = case.expect.iter().enumerate();
    let answered = numbered.filter_map(|(number, it)| {
        let asked = match it {
            Expectation::Open(asked) => asked.clone(),
            other if wrong(other) => about(other)?,
            _ => return None,
        };
        let outcomes = of(program, package, &worked, &asked);
        (!outcomes.is_empty()).then_some(Answered { number, outcomes })
    });
    answered.collect()
}

fn of(program: &Program, package: usize, worked: &Worked, asked: &Asked) -> Vec<Expectation> {
    open::closed(program.linked(), package, worked, asked)
}

/// What an expectation is about.
fn about(it: &Expectation) -> Option<Asked> {
    Some(match it {
        Expectation::Worth(decl, _) => Asked::Worth(decl.clone()),
        Expectation::Measure(decl, column, _) => Asked::Measure(decl.clone(), column.clone()),
        Expectation::Missing(_) => Asked::Missing,
        Expectation::Holding { kind, decls } if decls.iter().all(|it| it.package.is_none()) => {
            Asked::Holding(*kind)
        }
        Expectation::Decides(_) => Asked::Decides,
        // Of another package only some were named; which of them is meant cannot be told.
        Expectation::Holding { .. } | Expectation::Reason(..) | Expectation::Open(_) => {
            return None;
        }
    })
}
