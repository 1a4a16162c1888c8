//! A run over the register: a plan for it, the rounds in which it is worked out, and what came of it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use heng_dsl::diag::Words;
use heng_dsl::value::{Date, Value};

use super::batch::Known;
use super::fuse::fused;
use super::month::{Looked, Month, OnDate, Since};
use super::profile::{self, Clock, Spent};
use super::rounds::{Between, Rounds};
use super::{Plan, Refusal, store};
use crate::columns::Columns;
use crate::data::Register;
use crate::eval::Evaluator;
use crate::outcome::Outcome;
use crate::part::{Coded, PART, Part, STRETCH, Sink};
use crate::population::{PopulationValues, SiteValues};
use crate::program::Program;
use crate::run::{Outside, Progress, Run, RunOptions, on_pool};
use crate::source::Source;

/// Evaluates every household of a register, like [`crate::run::run`].
///
/// # Errors
///
/// What the plan has no operation for, or data that are not what the rules say.
pub fn run(
    program: &Program,
    register: &Register,
    options: &RunOptions<'_>,
) -> Result<Run, Vec<Refusal>> {
    in_batches(program, register, options, PART)
}

/// Like [`run`], with so many households in a batch.
///
/// # Errors
///
/// Those of [`run`].
pub fn in_batches(
    program: &Program,
    register: &Register,
    options: &RunOptions<'_>,
    batch: usize,
) -> Result<Run, Vec<Refusal>> {
    let columns = Columns::of(register, program.linked());
    let columns = columns.map_err(|all| -> Vec<Refusal> {
        all.into_iter().map(|it| Refusal::Data(it.0)).collect()
    })?;
    let evaluator = Evaluator::new(program, options.as_of);
    let outside = register.households.iter().filter(|it| !evaluator.is_founded(it));
    let outside = outside.map(|it| (it.key.clone(), Outside::FoundedLater)).collect();
    let mut outcomes = Vec::new();
    let how = How { batch, ..How::plain(options) };
    let ran = ran(program, &columns, (how, Given::NOTHING), &Collected, &mut |mut it| {
        outcomes.append(&mut it);
    })?;
    Ok(Run { as_of: options.as_of, outcomes, outside, population: ran.population })
}

/// What came of a run, beside what was made of the results.
#[derive(Debug)]
pub struct Ran {
    /// What the functions of the register were worth that had to be worked out.
    pub population: PopulationValues,
    /// Households that were founded after the as-of date, which have no result.
    pub founded_later: usize,
    /// Rows that the data lack.
    pub quarantined: Quarantined,
    /// What took time, if somebody wanted to know; empty otherwise.
    pub spent: Vec<Spent>,
    /// How many households had to be looked at, where the run started from recorded results.
    pub looked: Option<Looked>,
}

/// Quarantined rows of households of a register.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quarantined {
    /// Households that have any.
    pub households: usize,
    /// How many there are.
    pub rows: u64,
}

impl Quarantined {
    /// Those of some households of a register.
    pub fn of(columns: &Columns, of: Range<usize>) -> Self {
        let mut own = Self::default();
        for (_, tables) in columns.quarantined.range(of) {
            own.households += usize::from(!tables.is_empty());
            own.rows += tables.iter().map(|it| u64::from(it.1)).sum::<u64>();
        }
        own
    }

    /// Those of others, too.
    #[must_use]
    pub(super) fn with(self, other: Self) -> Self {
        Self { households: self.households + other.households, rows: self.rows + other.rows }
    }
}

/// What operations took, of all threads.
pub(super) type SpentAll = Mutex<Vec<(u64, u64)>>;

/// Is told the round and how many more households are done.
pub(super) type Done<'d> = &'d (dyn Fn(u32, usize) + Sync);

/// What is known before a run starts.
#[derive(Clone, Copy)]
pub(crate) struct Given<'g> {
    /// What functions of the register give, by site.
    pub(crate) sites: &'g (dyn Fn(usize) -> Option<&'g SiteValues> + Sync),
    /// What declarations are worth, by slot, household by household in the order of the register.
    pub(crate) results: &'g BTreeMap<usize, Cow<'g, Coded<Value>>>,
}

impl Given<'static> {
    /// Nothing.
    pub(crate) const NOTHING: Self = Self { sites: &|_| None, results: &BTreeMap::new() };
}

/// How a register is worked out.
#[derive(Clone, Copy)]
struct How<'h> {
    options: &'h RunOptions<'h>,
    clock: Option<Clock<'h>>,
    /// Households of a batch.
    batch: usize,
    month: Option<Month<'h>>,
    /// Only the results of these declarations are worked out, by slot.
    only: Option<&'h BTreeSet<usize>>,
    /// Does anybody want to know what functions of the register give that no result asks?
    functions: bool,
}

impl<'h> How<'h> {
    fn plain(options: &'h RunOptions<'h>) -> Self {
        Self { options, clock: None, batch: PART, month: None, only: None, functions: true }
    }
}

/// Works the results of a register out, and hands them over in parts; what is made of each stretch is
/// delivered in the order of the register. With a clock that tells nanoseconds, [`Ran::spent`] says what took
/// time; no result depends on it.
///
/// # Errors
///
/// What the plan has no operation for, data that are not what the rules say, or a stretch that cannot be read:
/// then what was delivered before is not all.
pub fn results<S: Sink>(
    program: &Program,
    source: &dyn Source,
    (options, clock): (&RunOptions<'_>, Option<Clock<'_>>),
    sink: &S,
    deliver: &mut (dyn FnMut(S::Done) + Send),
) -> Result<Ran, Vec<Refusal>> {
    ran(program, source, (How { clock, ..How::plain(options) }, Given::NOTHING), sink, deliver)
}

/// The same, from recorded results on, or so that they are recorded.
///
/// # Errors
///
/// Those of [`results`], and a record that cannot be read.
pub fn month<S: Sink>(
    program: &Program,
    source: &dyn Source,
    (options, clock, month): (&RunOptions<'_>, Option<Clock<'_>>, Month<'_>),
    sink: &S,
    deliver: &mut (dyn FnMut(S::Done) + Send),
) -> Result<Ran, Vec<Refusal>> {
    let how = How { clock, month: Some(month), ..How::plain(options) };
    ran(program, source, (how, Given::NOTHING), sink, deliver)
}

/// Which households of a register may have other results than on an earlier date because of time alone, whatever has
/// happened to their data, in its order; of all but the `shown` declarations, by slot, only whether they have a value.
/// Or else why it cannot be told. What functions of the register give is taken to be the same.
///
/// # Errors
///
/// Those of [`results`].
pub fn moved(
    program: &Program,
    source: &dyn Source,
    (earlier, options): (Date, &RunOptions<'_>),
    shown: &BTreeSet<usize>,
) -> Result<Result<Vec<bool>, Words>, Vec<Refusal>> {
    let earlier = OnDate(earlier);
    let month = Some(Month { earlier: Some(&earlier), record: None, shown });
    let how = How { month, ..How::plain(options) };
    on_pool(options.threads, || {
        with_rounds(
            program,
            source,
            (how, Given::NOTHING),
            (&Mutex::default(), &|_, _| {}),
            |all| {
                let Between { since: Some(since), .. } = all.between else {
                    return Ok(Err(all.between.looked_at_all.cloned().unwrap_or_default()));
                };
                let sites = all.functions(Given::NOTHING)?.1;
                let marks = all.batches(&sites, &since.watching, 1, |it| since.moved(it))?;
                Ok(Ok(marks.into_iter().flatten().collect()))
            },
        )
    })
}

fn ran<S: Sink>(
    program: &Program,
    source: &dyn Source,
    (how, given): (How<'_>, Given<'_>),
    sink: &S,
    deliver: &mut (dyn FnMut(S::Done) + Send),
) -> Result<Ran, Vec<Refusal>> {
    let rounds = program.rounds() + 1;
    let meters: Vec<AtomicUsize> = (0..rounds).map(|_| AtomicUsize::new(0)).collect();
    let done = |round: u32, more: usize| {
        let meter = meters.get(round as usize - 1);
        if let (Some(progress), Some(meter)) = (how.options.progress, meter) {
            let done = meter.fetch_add(more, Ordering::Relaxed) + more;
            progress(Progress { round, rounds, done, of: source.len() });
        }
    };
    let spent = Mutex::new(Vec::new());
    on_pool(how.options.threads, || {
        with_rounds(program, source, (how, given), (&spent, &done), |all| {
            let (population, sites) = all.functions(given)?;
            let (in_population, quarantined) = all.results(&sites, sink, deliver)?;
            let spent = all.spent.lock();
            let spent = spent.map(|it| profile::by_declaration(all.plan, &it)).unwrap_or_default();
            let founded_later = source.len() - in_population;
            let looked = all.looked();
            Ok(Ran { population, founded_later, quarantined, spent, looked })
        })
    })
}

/// Makes the plan of a register, and works with it.
fn with_rounds<T>(
    program: &Program,
    source: &dyn Source,
    (how, given): (How<'_>, Given<'_>),
    (spent, done): (&SpentAll, Done<'_>),
    work: impl FnOnce(&Rounds<'_>) -> Result<T, Vec<Refusal>>,
) -> Result<T, Vec<Refusal>> {
    let evaluator = &Evaluator::new(program, how.options.as_of);
    let is_known = |slot: usize| given.results.contains_key(&slot);
    let mut plan = Plan::of(program, evaluator, how.options.reasons, &is_known)?;
    if let Some(only) = how.only {
        plan.narrow(program, only, how.functions);
    }
    let whole = plan.has_to_hold(source, program.linked())?;
    let source = whole.as_deref().map_or(source, |it| it as &dyn Source);
    let mut dictionary = store::dictionary(source.dictionary(), &plan.reads);
    plan.fused = fused(&plan, source, &dictionary);
    plan.stages(program);
    let (plan, known) = (&plan, &Known::of(plan.nodes.len()));
    let (clock, batch) = (how.clock, how.batch.clamp(1, STRETCH));
    let since = how.month.and_then(|month| {
        let data = (source, &mut dictionary);
        Some(Since::of(month.earlier?, program, plan, data, month.shown))
    });
    let since = &since.transpose();
    let roots = how.month.map(|it| plan.roots(program.linked(), it.shown)).unwrap_or_default();
    let record = how.month.and_then(|it| it.record).map(|it| (it, &roots[..]));
    let dictionary = &dictionary;
    let (since, looked_at_all) = match since {
        Ok(since) => (since.as_ref(), None),
        Err(why) => (None, Some(why)),
    };
    work(&Rounds {
        program,
        evaluator,
        source,
        plan,
        dictionary,
        known,
        batch,
        clock,
        spent,
        done,
        between: Between { record, since, looked_at_all },
    })
}

/// Everything about every household, where it is known what functions of the register give them.
///
/// # Errors
///
/// Those of [`results`].
pub(crate) fn outcomes(
    program: &Program,
    source: &dyn Source,
    population: &PopulationValues,
    options: &RunOptions<'_>,
) -> Result<Vec<Outcome>, Vec<Refusal>> {
    let mut outcomes = Vec::new();
    let given = Given { sites: &|site| population.sites().get(site), ..Given::NOTHING };
    let deliver = &mut |mut it| outcomes.append(&mut it);
    ran(program, source, (How::plain(options), given), &Collected, deliver)?;
    Ok(outcomes)
}

/// Like [`results`], only of some declarations, by slot; what functions of the register give the households is worked out
/// where it is not known.
///
/// # Errors
///
/// Those of [`results`].
pub(crate) fn some_results<S: Sink>(
    program: &Program,
    source: &dyn Source,
    (options, only, given): (&RunOptions<'_>, &BTreeSet<usize>, Given<'_>),
    sink: &S,
    deliver: &mut (dyn FnMut(S::Done) + Send),
) -> Result<Ran, Vec<Refusal>> {
    let how = How { only: Some(only), ..How::plain(options) };
    ran(program, source, (how, given), sink, deliver)
}

/// Like [`some_results`], where nobody wants to know more than these results.
///
/// # Errors
///
/// Those of [`results`].
pub(crate) fn bare_results<S: Sink>(
    program: &Program,
    source: &dyn Source,
    (options, only, given): (&RunOptions<'_>, &BTreeSet<usize>, Given<'_>),
    sink: &S,
    deliver: &mut (dyn FnMut(S::Done) + Send),
) -> Result<Ran, Vec<Refusal>> {
    let how = How { only: Some(only), functions: false, ..How::plain(options) };
    ran(program, source, (how, given), sink, deliver)
}

/// What the functions of the register are worth, and nothing else.
///
/// # Errors
///
/// Those of [`results`].
pub fn population(
    program: &Program,
    source: &dyn Source,
    options: &RunOptions<'_>,
) -> Result<PopulationValues, Vec<Refusal>> {
    if program.sites().next().is_none() {
        return Ok(PopulationValues::default());
    }
    let how = How::plain(options);
    on_pool(options.threads, || {
        with_rounds(
            program,
            source,
            (how, Given::NOTHING),
            (&Mutex::default(), &|_, _| {}),
            |all| all.functions(Given::NOTHING).map(|it| it.0),
        )
    })
}

/// The outcomes of single households.
struct Collected;

impl Sink for Collected {
    type Open = Vec<Outcome>;
    type Done = Vec<Outcome>;

    fn begin(&self) -> Vec<Outcome> {
        Vec::new()
    }

    fn take(&self, open: &mut Vec<Outcome>, part: &dyn Part) {
        open.extend((0..part.len()).map(|row| part.outcome(row)));
    }

    fn join(&self, open: &mut Vec<Outcome>, next: Vec<Outcome>) {
        open.extend(next);
    }

    fn end(&self, open: Vec<Outcome>) -> Vec<Outcome> {
        open
    }
}
