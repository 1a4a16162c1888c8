//! The figures that say who has to approve a change.

use serde::Serialize;

use crate::effect::{Pair, Transitions};

/// A household counts once, in however many grades it moves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Households that have another grade.
    pub moved: usize,
    /// Households whose grade moves by two or more.
    pub jumps: usize,
    /// Households that had the riskiest grade.
    pub riskiest_before: usize,
    /// Households that have it now.
    pub riskiest_after: usize,
}

/// Counts households over all grades.
pub(super) fn totals(pairs: &[&Pair], transitions: &[Transitions]) -> Totals {
    let households = transitions.first().map_or(0, |it| it.of.len());
    let mut totals = Totals::default();
    for number in 0..households {
        let any = |holds: &dyn Fn(usize, usize, usize) -> bool| {
            let mut grades = pairs.iter().zip(transitions);
            usize::from(grades.any(|(pair, transitions)| {
                let members = usize::from(pair.members);
                transitions.of.get(number).is_some_and(|it| holds(members, it.0, it.1))
            }))
        };
        totals.moved += any(&|_, from, to| from != to);
        totals.jumps +=
            any(&|members, from, to| from < members && to < members && from.abs_diff(to) >= 2);
        totals.riskiest_before += any(&|members, from, _| from + 1 == members);
        totals.riskiest_after += any(&|members, _, to| to + 1 == members);
    }
    totals
}
