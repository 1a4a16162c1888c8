//! Households as rules between two versions read them.

use std::borrow::Cow;

use crate::columnar;
use crate::data::{Register, read_alike, recast};
use crate::effect::{Both, Everybody};
use crate::population::{self, PopulationValues};
use crate::program::Program;
use crate::reach::Known;
use crate::run::RunOptions;

/// The households whose grade moves, as either program, or one between them, reads them.
pub(super) struct Readings<'r> {
    both: &'r Both<'r>,
    known: Known<'r>,
}

impl<'r> Readings<'r> {
    pub(super) fn of(both: &'r Both<'r>) -> Self {
        Self { both, known: Known::of(both.programs[0]) }
    }

    /// The earlier rules, to hold others against.
    pub(super) fn known(&self) -> &Known<'r> {
        &self.known
    }

    /// The households as a program reads them, in their order.
    pub(super) fn read_by(&self, program: &Program) -> Cow<'r, Register> {
        let ([before, after], few) = (self.both.programs, &self.both.few.registers);
        recast((after, &few[1]), &[(before, &few[0])], program)
    }

    /// What functions of the register come to for a program, of these households.
    pub(super) fn population(&self, program: &Program) -> PopulationValues {
        let few = self.both.rows_of(1, &self.both.few.numbers);
        let found = self.in_columns(program);
        found.unwrap_or_else(|| self.one_by_one(program)).gather(&few)
    }

    /// From the later reading of the register, where the program reads it alike.
    fn in_columns(&self, program: &Program) -> Option<PopulationValues> {
        let Everybody::Columns([_, (columns, _)]) = &self.both.everybody else { return None };
        // Earlier results are known by the numbers of declarations, which are others.
        if !columns.history.is_empty() || !read_alike(program, self.both.programs[1]) {
            return None;
        }
        let options =
            RunOptions { as_of: self.both.as_of, threads: None, progress: None, reasons: false };
        columnar::population(program, *columns, &options).ok()
    }

    fn one_by_one(&self, program: &Program) -> PopulationValues {
        let [before, after] = self.both.programs;
        let [old, new] = match &self.both.everybody {
            Everybody::Runs(sides) => sides.map(|it| Cow::Borrowed(it.register)),
            Everybody::Columns(all) => [0, 1].map(|it| Cow::Owned(all[it].0.register())),
        };
        let register = recast((after, &new), &[(before, &old)], program);
        population::values(program, &register, self.both.as_of)
    }
}
