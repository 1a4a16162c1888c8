//! All households of a register, on all cores, as of one date.
//!
//! The same program, register and date give the same [`Run`], whatever the number of threads: results
//! are joined in the order of the register.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use heng_dsl::value::Date;
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;

use crate::data::{Household, Register};
use crate::eval::Evaluator;
use crate::outcome::Outcome;
use crate::population::{self, PopulationValues};
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
    /// Are reason codes told ([`Outcome::reasons`])?
    pub reasons: bool,
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

/// The stack of each thread: an evaluation follows chains of derived fields link by link, up to
/// [`heng_dsl::limits::MAX_CHAIN`] of them in each package.
pub(crate) const STACK_BYTES: usize = 256 << 20;

/// Evaluates every household of the register.
pub fn run(program: &Program, register: &Register, options: &RunOptions<'_>) -> Run {
    run_each(program, register, None, options, &|evaluator, (household, number), population| {
        if options.reasons {
            return evaluator.with_reasons((household, number), population);
        }
        evaluator.evaluate(household, population, number, false).0
    })
}

/// How one household is evaluated, which is given with its number in the register.
pub(crate) type Each<'e> =
    dyn Fn(&Evaluator<'_>, (&Household, usize), &PopulationValues) -> Outcome + Sync + 'e;

/// Evaluates every household in some way; what the functions of the register are worth is worked out where
/// it is not given.
pub(crate) fn run_each(
    program: &Program,
    register: &Register,
    population: Option<PopulationValues>,
    options: &RunOptions<'_>,
    each: &Each<'_>,
) -> Run {
    on_pool(options.threads, || on_this_pool(program, register, population, options, each))
}

/// How many threads the program has, if it was said.
static OWN: OnceLock<usize> = OnceLock::new();

/// Memory that a thread asks for and gives back at once. The memory of a thread of its own the allocator of Linux makes larger
/// page by page, with a call into the kernel for each, unless more was wanted before.
const ROOM_BYTES: usize = 16 << 20;

/// Makes room in the memory of a thread that has much to do.
pub fn make_room() {
    drop(std::hint::black_box(Vec::<u8>::with_capacity(ROOM_BYTES)));
}

/// Says how many threads there are for all that the program does, reading included; absent for one a core. Only the
/// first call counts, and it has to come before anything is done on many threads. Whatever then asks for as many works on
/// the same threads, and so in memory that was theirs before.
pub fn use_threads(threads: Option<usize>) {
    OWN.get_or_init(|| {
        let pool = ThreadPoolBuilder::new().num_threads(threads.unwrap_or_default());
        match pool.stack_size(STACK_BYTES).start_handler(|_| make_room()).build_global() {
            Ok(()) => rayon::current_num_threads(),
            // Then everybody has threads of his own, as if nothing had been said.
            Err(_) => 0,
        }
    });
}

/// Does something on so many threads, each with a stack that is deep enough for an evaluation.
pub(crate) fn on_pool<T: Send>(threads: Option<usize>, what: impl FnOnce() -> T + Send) -> T {
    let own = OWN.get().filter(|own| **own > 0);
    if own.is_some_and(|own| threads.is_none_or(|it| it.max(1) == *own)) {
        return rayon::scope(|_| what());
    }
    // None: as many threads as there are processors.
    let threads = threads.map_or(0, |it| it.max(1));
    let pool = ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK_BYTES);
    match pool.start_handler(|_| make_room()).build() {
        Ok(pool) => pool.install(what),
        // A machine without threads to give still gives the same result, only later.
        Err(_) => what(),
    }
}

fn on_this_pool(
    program: &Program,
    register: &Register,
    population: Option<PopulationValues>,
    options: &RunOptions<'_>,
    each: &Each<'_>,
) -> Run {
    let evaluator = Evaluator::new(program, options.as_of);
    let rounds = if population.is_some() { 1 } else { program.rounds() + 1 };
    let meters: Vec<AtomicUsize> = (0..rounds).map(|_| AtomicUsize::new(0)).collect();
    let done = |round: u32, more: usize| {
        let (Some(progress), Some(meter)) = (options.progress, meters.get(round as usize - 1))
        else {
            return;
        };
        let done = meter.fetch_add(more, Ordering::Relaxed) + more;
        progress(Progress { round, rounds, done, of: register.households.len() });
    };
    let population =
        population.unwrap_or_else(|| population::with_progress(&evaluator, register, &done));
    let households = register.households.par_iter().enumerate();
    let results: Vec<Option<Outcome>> = households
        .map(|(number, household)| {
            let founded = evaluator.is_founded(household);
            let outcome = founded.then(|| each(&evaluator, (household, number), &population));
            done(rounds, 1);
            outcome
        })
        .collect();
    let households = register.households.iter().zip(&results);
    let outside = households.filter(|it| it.1.is_none());
    let outside = outside.map(|it| (it.0.key.clone(), Outside::FoundedLater)).collect();
    let outcomes = results.into_iter().flatten().collect();
    Run { as_of: options.as_of, outcomes, outside, population }
}
