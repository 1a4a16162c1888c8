//! The rounds over the register: households answer, and what the functions of the register come to is an
//! input of the next round.

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use heng_dsl::diag::Words;
use heng_dsl::value::Value;
use rayon::prelude::*;

use super::batch::{Batch, Known, Ready, Worker};
use super::in_order::in_order;
use super::lower::Question;
use super::meaning::fitted;
use super::month::{Kept, Looked, Record, Root, Since, Taken};
use super::moved::Stays;
use super::part::{Columned, founded};
use super::plan::{Kind, Load, Op};
use super::profile::Clock;
use super::register::{Answers, Figure, Placing};
use super::run::{Done, Given, Quarantined, SpentAll};
use super::store::{Inputs, Store};
use super::{Plan, Refusal, Stage};
use crate::columns::{Column, Columns, Dictionary, Texts};
use crate::eval::Evaluator;
use crate::part::{Coded, Part, STRETCH, Sink};
use crate::population::{Answer, PopulationValues, SiteValues, figure};
use crate::program::{Program, SiteRule};
use crate::source::Source;

/// So many stretches for each thread may have been begun and not delivered.
const AHEAD: usize = 8;

/// The same where stretches are read from the disk, each of which takes its time.
const AHEAD_READ: usize = 4;

/// Workers that nobody uses at the moment.
struct Workers<'w> {
    ready: Ready<'w>,
    stage: &'w Stage,
    idle: Mutex<Vec<Worker<'w>>>,
}

impl<'w> Workers<'w> {
    fn take(&self) -> Worker<'w> {
        let idle = self.idle.lock().ok().and_then(|mut it| it.pop());
        idle.unwrap_or_else(|| Worker::new(self.ready, self.stage))
    }

    fn give_back(&self, worker: Worker<'w>) {
        if let Ok(mut idle) = self.idle.lock() {
            idle.push(worker);
        }
    }
}

/// What a stretch starts from.
struct Start<'s, 'w> {
    since: &'s Since<'s>,
    /// Work out what is watched.
    watching: &'s Workers<'w>,
    taken: Taken,
    /// The number in its store of the first household of which something was recorded.
    first: usize,
}

impl<'s, 'w> Start<'s, 'w> {
    fn of(
        (since, watching): (&'s Since<'s>, &'s Workers<'w>),
        (store, of): (&Store<'_>, &Range<usize>),
        dictionary: &Dictionary,
    ) -> Result<Self, Vec<Refusal>> {
        let mut keys = Texts::default();
        keys.add(&store.columns.keys, of.clone());
        let taken = since.taken(&keys, dictionary)?;
        Ok(Self { since, watching, taken, first: of.start })
    }
}

/// Adds columns to those before.
fn append(all: &mut Vec<Column>, more: Vec<Column>) {
    if all.is_empty() {
        *all = more;
    } else {
        all.iter_mut().zip(more).for_each(|(own, it)| own.append(it));
    }
}

/// A register being worked out in batches of so many households.
pub(super) struct Rounds<'r> {
    pub(super) program: &'r Program,
    pub(super) evaluator: &'r Evaluator<'r>,
    pub(super) source: &'r dyn Source,
    pub(super) plan: &'r Plan,
    /// Of the register, and of what the rules name.
    pub(super) dictionary: &'r Dictionary,
    pub(super) known: &'r Known,
    pub(super) batch: usize,
    pub(super) clock: Option<Clock<'r>>,
    pub(super) spent: &'r SpentAll,
    pub(super) done: Done<'r>,
    pub(super) between: Between<'r>,
}

/// What ties a run to those of other months; nothing, usually.
#[derive(Clone, Copy, Default)]
pub(super) struct Between<'r> {
    /// What is recorded of the results, and by whom.
    pub(super) record: Option<(&'r dyn Record, &'r [Root])>,
    /// What the results start from.
    pub(super) since: Option<&'r Since<'r>>,
    /// Why they do not start from what was recorded, although they should.
    pub(super) looked_at_all: Option<&'r Words>,
}

impl Rounds<'_> {
    /// How many households had to be looked at, if that was the question.
    pub(super) fn looked(&self) -> Option<Looked> {
        let households = self.source.len();
        match (self.between.since, self.between.looked_at_all) {
            (Some(since), _) => Some(since.looked(households)),
            (None, Some(why)) => {
                Some(Looked { households, changed: 0, moved: 0, all: Some(why.clone()) })
            }
            (None, None) => None,
        }
    }

    /// Works every function of the register out of which it is not known what it gives, by site; the values are of
    /// those only.
    pub(super) fn functions(
        &self,
        given: Given<'_>,
    ) -> Result<(PopulationValues, Inputs), Vec<Refusal>> {
        let mut values: Vec<SiteValues> = Vec::new();
        values.resize_with(self.program.linked().sites(), SiteValues::default);
        let mut inputs = self.known_results(given);
        let known = self.plan.questions.iter().filter_map(|question| {
            Some((Load::Site(question.site), (given.sites)(question.site)?, question.kind))
        });
        let known = known.collect::<Vec<_>>().into_par_iter();
        let known = known.map(|(load, it, kind)| (load, self.column(&it.values, kind)));
        inputs.extend(known.collect::<Vec<_>>());
        for (round, stage) in (1..).zip(&self.plan.rounds) {
            let of_round = self.plan.questions.iter().filter(|it| it.round == round);
            let (known, questions): (Vec<&Question>, Vec<&Question>) =
                of_round.partition(|it| inputs.contains_key(&Load::Site(it.site)));
            if questions.is_empty() {
                continue;
            }
            let fewer = (!known.is_empty())
                .then(|| self.plan.stage(questions.iter().flat_map(|it| it.roots()).collect()));
            let stage = fewer.as_ref().unwrap_or(stage);
            let answers = self.batches(&inputs, stage, round, |it| self.answers(it, &questions))?;
            let (inside, keys, answers) = together(answers);
            for (question, answers) in questions.iter().zip(answers) {
                let site = self.program.sites().find(|it| it.0 == question.site);
                let Some((_, site)) = site else { continue };
                let everybody = (&inside[..], &keys);
                let Some(worth) = self.worth(question, &site.rule, &answers, everybody) else {
                    continue;
                };
                inputs.insert(Load::Site(question.site), self.column(&worth.values, question.kind));
                if let Some(place) = values.get_mut(question.site) {
                    *place = worth;
                }
            }
        }
        Ok((PopulationValues::from_sites(values), inputs))
    }

    /// The results that are known of every household, as far as the plan reads them.
    fn known_results(&self, given: Given<'_>) -> Inputs {
        let read = self.plan.nodes.iter().filter_map(|it| match it.op {
            Op::Load(load @ Load::Result(slot)) => Some((load, given.results.get(&slot)?, it.kind)),
            _ => None,
        });
        let read = read.collect::<Vec<_>>().into_par_iter();
        read.map(|(load, known, kind)| (load, self.column(known, kind))).collect()
    }

    fn column(&self, known: &Coded<Value>, kind: Kind) -> Column {
        let part = |it: &Value| Column::part(&fitted(it.clone(), kind), kind, self.dictionary);
        let (numbers, states): (Vec<i128>, Vec<u8>) = known.different.iter().map(part).unzip();
        Column::of_numbers(kind, numbers, states).gather(&known.of)
    }

    /// What a function of the register gives to every household, from what all of them answer.
    fn worth(
        &self,
        question: &Question,
        rule: &SiteRule,
        answers: &Answered,
        (inside, keys): (&[bool], &Texts),
    ) -> Option<SiteValues> {
        let dictionary = self.dictionary;
        let kind = question.arg.map_or(Kind::Bool, |it| self.plan.kind(it));
        Some(match (rule, answers) {
            (SiteRule::Function(function, ty), Answered::Columns(answers)) => {
                Figure { function, ty, kind, dictionary }.values(answers, inside)
            }
            (SiteRule::Function(function, ty), Answered::Values(answers)) => {
                let answers: Vec<Option<&Answer>> = answers.iter().map(Option::as_ref).collect();
                figure(function, ty, &answers)
            }
            (SiteRule::Quota(quota), Answered::Columns(answers)) => {
                let own = question.keys.iter().map(|it| self.plan.kind(*it)).collect();
                Placing { quota, keys: own, top: kind, dictionary }.values(answers, inside, keys)
            }
            // A quota is answered in columns.
            (SiteRule::Quota(_), Answered::Values(_)) => return None,
        })
    }

    /// Works a stage out for all households, and takes something of each batch, in order.
    pub(super) fn batches<T: Send>(
        &self,
        inputs: &Inputs,
        stage: &Stage,
        round: u32,
        take: impl Fn(&mut Batch<'_>) -> T + Sync,
    ) -> Result<Vec<T>, Vec<Refusal>> {
        let (held, workers) = (self.held(inputs)?, self.workers(stage));
        let stretches = (0..self.source.stretches()).into_par_iter();
        let parts = stretches.map(|stretch| {
            self.of_stretch((held.as_ref(), inputs), stretch, |store, of| {
                let each = |worker: &mut Worker<'_>, of: Range<usize>| {
                    let each = of.clone().step_by(self.batch).map(|first| {
                        let len = self.batch.min(of.end - first);
                        let taken = take(&mut worker.batch(store, first, len));
                        (self.done)(round, len);
                        taken
                    });
                    each.collect::<Vec<T>>()
                };
                Ok(self.shared_out(&workers, of, each).into_iter().flatten().collect::<Vec<T>>())
            })
        });
        let parts: Result<Vec<Vec<T>>, Vec<Refusal>> = parts.collect();
        Ok(parts?.into_iter().flatten().collect())
    }

    /// Works the results out, and hands them over in parts; what is made of each stretch is delivered in
    /// order. So many stretches wait for those before them that no thread does, and no more. How many households
    /// have results, and how many rows the data lack.
    pub(super) fn results<S: Sink>(
        &self,
        inputs: &Inputs,
        sink: &S,
        deliver: &mut (dyn FnMut(S::Done) + Send),
    ) -> Result<(usize, Quarantined), Vec<Refusal>> {
        let (in_population, mut quarantined) = (AtomicUsize::new(0), Quarantined::default());
        let round = self.program.rounds() + 1;
        let (held, workers) = (self.held(inputs)?, self.workers(&self.plan.results));
        let watching = self.between.since.map(|it| self.workers(&it.watching));
        let make = |stretch: usize| {
            self.of_stretch((held.as_ref(), inputs), stretch, |store, of| {
                let start = self.between.since.zip(watching.as_ref());
                let start = start.map(|it| Start::of(it, (store, &of), self.dictionary));
                let start = start.transpose()?;
                let taken = self.shared_out(&workers, of.clone(), |worker, of| {
                    let (mut open, mut kept) = (sink.begin(), Vec::new());
                    for first in of.clone().step_by(self.batch) {
                        let len = self.batch.min(of.end - first);
                        let batch = match &start {
                            Some(start) => self.month(worker, start, store, (first, len))?,
                            None => worker.batch(store, first, len),
                        };
                        let part = Columned::of(&batch, self.evaluator);
                        sink.take(&mut open, &part);
                        self.keep(&batch, &mut kept);
                        worker.note(&batch);
                        in_population.fetch_add(part.len(), Ordering::Relaxed);
                        (self.done)(round, len);
                    }
                    Ok::<(S::Open, Vec<Column>), Vec<Refusal>>((open, kept))
                });
                let (mut open, mut kept) = (sink.begin(), Vec::new());
                for taken in taken {
                    let (next, more) = taken?;
                    sink.join(&mut open, next);
                    append(&mut kept, more);
                }
                self.record(stretch, (store, &of), kept);
                Ok((sink.end(open), Quarantined::of(store.columns, of)))
            })
        };
        let waiting = if held.is_some() { AHEAD } else { AHEAD_READ };
        let ahead = rayon::current_num_threads().saturating_mul(waiting);
        in_order((self.source.stretches(), ahead), make, &mut |(done, own)| {
            quarantined = std::mem::take(&mut quarantined).with(own);
            deliver(done);
        })?;
        Ok((in_population.into_inner(), quarantined))
    }

    /// A batch of which only those households are worked out that have to be looked at.
    fn month<'s, 'p: 's>(
        &self,
        worker: &mut Worker<'p>,
        start: &Start<'_, '_>,
        store: &'s Store<'s>,
        (first, len): (usize, usize),
    ) -> Result<Batch<'s>, Vec<Refusal>> {
        let own = first - start.first..first - start.first + len;
        let mut watching = start.watching.take();
        let taken = (&start.taken, own.clone());
        let rows = start.since.marked(&mut watching.batch(store, first, len), taken);
        start.watching.give_back(watching);
        if rows.len() == len {
            return Ok(worker.batch(store, first, len));
        }
        let numbers: Vec<usize> = rows.iter().map(|it| first + *it as usize).collect();
        let columns = store.columns.some(&numbers);
        let inputs = store.inputs_of(first, &rows);
        let few = self.store(&columns, 0, &inputs)?;
        let worked = (!rows.is_empty()).then(|| worker.batch(&few, 0, rows.len()));
        let taken = (&start.taken, own);
        let columns = start.since.together(taken, (&rows, worked.as_ref()), self.plan);
        Ok(worker.known(store, (first, len), columns))
    }

    /// Adds what is recorded of a batch to what was of those before.
    fn keep(&self, batch: &Batch<'_>, kept: &mut Vec<Column>) {
        if let Some((_, roots)) = self.between.record {
            let column = |root: &Root| match root.site {
                Some(site) => batch.given(site),
                None => batch.whole(root.node),
            };
            append(kept, roots.iter().map(column).collect());
        }
    }

    /// Records the results of a stretch.
    fn record(&self, number: usize, (store, of): (&Store<'_>, &Range<usize>), kept: Vec<Column>) {
        let Some((record, roots)) = self.between.record else { return };
        let mut keys = Texts::default();
        keys.add(&store.columns.keys, of.clone());
        let each = roots.iter().zip(kept).map(|(root, column)| Kept {
            name: &root.name,
            kind: self.plan.kind(root.node),
            column,
            only_states: root.stays == Stays::State,
        });
        record.keep(number, &keys, &each.collect::<Vec<_>>(), self.dictionary);
    }

    /// What is read of a register that is in memory.
    fn held<'s>(&'s self, inputs: &'s Inputs) -> Result<Option<Store<'s>>, Vec<Refusal>> {
        let columns = self.source.held();
        columns.map(|it| self.store(it, 0, inputs)).transpose()
    }

    fn store<'s>(
        &'s self,
        columns: &'s Columns,
        first: usize,
        inputs: &'s Inputs,
    ) -> Result<Store<'s>, Vec<Refusal>> {
        let linked = self.program.linked();
        Store::of((columns, first), linked, (&self.plan.reads, self.dictionary), inputs)
    }

    /// Does something with the households of a stretch: which of what store.
    fn of_stretch<T>(
        &self,
        (held, inputs): (Option<&Store<'_>>, &Inputs),
        number: usize,
        work: impl FnOnce(&Store<'_>, Range<usize>) -> Result<T, Vec<Refusal>>,
    ) -> Result<T, Vec<Refusal>> {
        let first = number.saturating_mul(STRETCH);
        if let Some(store) = held {
            return work(store, first..(first + STRETCH).min(self.source.len()));
        }
        let columns = self.source.stretch(number).map_err(|it| vec![Refusal::Unreadable(it)])?;
        let store = self.store(&columns, first, inputs)?;
        work(&store, 0..columns.len())
    }

    /// Workers of a stage, which go on from stretch to stretch; none yet.
    fn workers<'s>(&'s self, stage: &'s Stage) -> Workers<'s> {
        let (plan, linked) = (self.plan, self.program.linked());
        let (dictionary, known) = (self.dictionary, self.known);
        let ready = Ready { plan, linked, dictionary, known, clock: self.clock };
        Workers { ready, stage, idle: Mutex::new(Vec::new()) }
    }

    /// Shares the households of a stretch out among threads; what is made of them comes in order.
    fn shared_out<T: Send>(
        &self,
        workers: &Workers<'_>,
        of: Range<usize>,
        work: impl Fn(&mut Worker<'_>, Range<usize>) -> T + Sync,
    ) -> Vec<T> {
        // One batch after another, so that whoever is idle takes the next.
        let share = self.batch;
        let shares: Vec<usize> = of.clone().step_by(share).collect();
        let shares = shares.into_par_iter().map(|first| {
            let mut worker = workers.take();
            let made = work(&mut worker, first..(first + share).min(of.end));
            if let Some(profile) = &mut worker.profile {
                profile.deliver(self.spent);
            }
            workers.give_back(worker);
            made
        });
        shares.collect()
    }

    /// What the households of a batch answer to each question.
    fn answers(&self, batch: &Batch<'_>, questions: &[&Question]) -> Answering {
        let columns = batch.store.columns;
        let of = batch.first..batch.first + batch.len;
        let mut inside = vec![false; batch.len];
        for at in founded(self.evaluator, columns, of.clone()) {
            if let Some(place) = inside.get_mut(at as usize) {
                *place = true;
            }
        }
        let answers = |question: &&Question| {
            // The numbers of texts say nothing about their order.
            let is_text = question.arg.is_some_and(|it| self.plan.kind(it) == Kind::Symbol);
            if !is_text || self.is_quota(question) {
                return Answered::Columns(Answers::of(batch, question));
            }
            let own = |(at, inside): (usize, &bool)| inside.then(|| answer(batch, question, at));
            Answered::Values(inside.iter().enumerate().map(own).collect())
        };
        let answers = questions.iter().map(answers).collect();
        let mut keys = Texts::default();
        if questions.iter().any(|it| self.is_quota(it)) {
            keys.add(&columns.keys, of);
        }
        (inside, keys, answers)
    }

    fn is_quota(&self, question: &Question) -> bool {
        let mut sites = self.program.sites();
        sites.any(|it| it.0 == question.site && matches!(it.1.rule, SiteRule::Quota(_)))
    }
}

/// Which households are in the population, their keys where a list decides by them, and the answers to each
/// question.
type Answering = (Vec<bool>, Texts, Vec<Answered>);

/// What households answer to a question.
enum Answered {
    Columns(Answers),
    /// Each answer by itself; nothing of those outside the population.
    Values(Vec<Option<Answer>>),
}

/// The answers of all batches.
fn together(batches: Vec<Answering>) -> Answering {
    let mut batches = batches.into_iter();
    let Some((mut inside, mut keys, mut all)) = batches.next() else { return Answering::default() };
    for (later_inside, later_keys, batch) in batches {
        inside.extend(later_inside);
        keys.add(&later_keys, 0..later_keys.len());
        for (own, later) in all.iter_mut().zip(batch) {
            match (own, later) {
                (Answered::Columns(own), Answered::Columns(later)) => own.append(later),
                (Answered::Values(own), Answered::Values(later)) => own.extend(later),
                _ => {}
            }
        }
    }
    (inside, keys, all)
}

fn answer(batch: &Batch<'_>, question: &Question, at: usize) -> Answer {
    let keys = question.keys.iter().map(|it| batch.value(*it, at));
    let arg = question.arg.map(|it| batch.value(it, at));
    Answer { keys: keys.collect(), arg, counts: batch.value(question.counts, at) }
}
