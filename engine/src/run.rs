//! All households of a register, on all cores, as of one date.
//!
//! The same program, register and date give the same [`Run`], whatever the number of threads: results
//! are joined in the order of the register.

use std::sync::Arc;

use heng_dsl::value::Date;

use crate::data::Register;
use crate::outcome::Outcome;
use crate::population::PopulationValues;
use crate::program::Program;

/// What a run is told besides rules and data.
#[derive(Clone, Copy)]
pub struct RunOptions<'p> {
    /// 基准日
    pub as_of: Date,
    /// How many threads; absent for one a core.
    pub threads: Option<usize>,
    /// Is told how far the run is, from any thread, in no particular order.
    pub progress: Option<&'p (dyn Fn(Progress) + Sync)>,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The round: those over the register count from 1; the last one gives the outcomes.
    pub round: u32,
    /// How many rounds there are.
    pub rounds: u32,
    /// Households done in this round.
    pub done: usize,
    /// Households of this round.
    pub of: usize,
}

/// The results of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// 基准日
    pub as_of: Date,
    /// One for every household of the population, in the order of keys. A household to which no set
    /// applies is among them, with 不适用 throughout.
    pub outcomes: Vec<Outcome>,
    /// Households outside the population, by key, and why.
    pub outside: Vec<(Arc<str>, Outside)>,
    /// What the functions of the register were worth.
    pub population: PopulationValues,
}

/// Why a household is outside the population.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outside {
    /// It was founded after the as-of date.
    FoundedLater,
}

/// Evaluates every household of the register.
pub fn run(program: &Program, register: &Register, options: &RunOptions<'_>) -> Run {
    let _ = (program, register, options);
    todo!("in the next landing")
}
