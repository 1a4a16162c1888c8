//! Households as rules between two versions read them.

use std::borrow::Cow;

use crate::data::{Register, recast};
use crate::effect::Side;
use crate::program::Program;
use crate::reach::Known;

/// Some households as either program, or one between them, reads them.
pub(super) struct Readings<'r> {
    sides: (Side<'r>, Side<'r>),
    known: Known<'r>,
    few: (Register, Register),
    /// The number in the register of each outcome.
    numbers: Vec<usize>,
}

impl<'r> Readings<'r> {
    /// The households of some outcomes, by their numbers.
    pub(super) fn of(sides: (Side<'r>, Side<'r>), outcomes: &[usize]) -> Self {
        let (before, after) = sides;
        let numbers: Vec<usize> = before
            .run
            .outcomes
            .iter()
            .filter_map(|outcome| {
                let households = &before.register.households;
                households.binary_search_by(|it| it.key.cmp(&outcome.key)).ok()
            })
            .collect();
        let few = |side: Side<'_>| {
            let households = outcomes.iter().filter_map(|it| {
                let key = &before.run.outcomes.get(*it)?.key;
                let all = &side.register.households;
                let at = all.binary_search_by(|it| it.key.cmp(key)).ok()?;
                all.get(at).cloned()
            });
            Register { households: households.collect(), cutoff: side.register.cutoff }
        };
        let known = Known::of(before.program);
        Self { few: (few(before), few(after)), sides, known, numbers }
    }

    /// The earlier rules, to hold others against.
    pub(super) fn known(&self) -> &Known<'r> {
        &self.known
    }

    /// The number of an outcome's household in the register.
    pub(super) fn number(&self, outcome: usize) -> usize {
        self.numbers.get(outcome).copied().unwrap_or_default()
    }

    /// The households as a program reads them, in the order in which they were asked for.
    pub(super) fn read_by(&self, program: &Program) -> Cow<'_, Register> {
        let (before, after) = self.sides;
        recast((after.program, &self.few.1), &[(before.program, &self.few.0)], program)
    }

    /// The whole register as a program reads it.
    pub(super) fn whole_read_by(&self, program: &Program) -> Cow<'_, Register> {
        let (before, after) = self.sides;
        recast((after.program, after.register), &[(before.program, before.register)], program)
    }
}
