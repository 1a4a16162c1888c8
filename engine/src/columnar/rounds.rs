//! The rounds over the register: households answer, and what the functions of the register come to is an
//! input of the next round.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use heng_dsl::value::Value;
use rayon::prelude::*;

use super::batch::{Batch, Ready, Worker};
use super::lower::Question;
use super::meaning::fitted;
use super::part::{Columned, founded};
use super::plan::{Kind, Load};
use super::profile::Clock;
use super::register::{Answers, Figure};
use super::store::Store;
use super::{Plan, Stage};
use crate::columns::{Column, Columns};
use crate::eval::Evaluator;
use crate::part::{Part, STRETCH, Sink};
use crate::population::{Answer, PopulationValues, SiteValues, figure, places};
use crate::program::{Program, SiteRule};

/// Stretches for each thread that are worked out before the first of them is delivered.
const WAVE: usize = 8;

/// A register being worked out in batches of so many households.
pub(super) struct Rounds<'r> {
    pub(super) program: &'r Program,
    pub(super) evaluator: &'r Evaluator<'r>,
    pub(super) columns: &'r Columns,
    pub(super) plan: &'r Plan,
    pub(super) batch: usize,
    pub(super) clock: Option<Clock<'r>>,
    /// What operations took, of all threads.
    pub(super) spent: &'r Mutex<Vec<(u64, u64)>>,
    /// Is told the round and how many more households are done.
    pub(super) done: &'r (dyn Fn(u32, usize) + Sync),
}

impl Rounds<'_> {
    /// Works every function of the register out, and leaves it in the store.
    pub(super) fn functions(&self, store: &mut Store<'_>) -> PopulationValues {
        let mut values: Vec<SiteValues> = Vec::new();
        values.resize_with(self.program.linked().sites(), SiteValues::default);
        let mut inside = vec![false; self.columns.len()];
        for at in founded(self.evaluator, self.columns, 0..self.columns.len()) {
            if let Some(it) = inside.get_mut(at as usize) {
                *it = true;
            }
        }
        for (round, stage) in (1..).zip(&self.plan.rounds) {
            let questions: Vec<&Question> =
                self.plan.questions.iter().filter(|it| it.round == round).collect();
            let answers = self.batches(store, stage, round, |it| self.answers(it, &questions));
            for (question, answers) in questions.iter().zip(by_question(answers)) {
                let site = self.program.sites().find(|it| it.0 == question.site);
                let Some((_, site)) = site else { continue };
                let worth = match answers {
                    Answered::Columns(answers) => {
                        let SiteRule::Function(function, ty) = &site.rule else { continue };
                        let kind = question.arg.map_or(Kind::Bool, |it| self.plan.kind(it));
                        let dictionary = &store.dictionary;
                        Figure { function, ty, kind, dictionary }.values(&answers, &inside)
                    }
                    Answered::Values(answers) => {
                        let answers: Vec<Option<&Answer>> =
                            answers.iter().map(Option::as_ref).collect();
                        let key = |it: usize| self.columns.keys.get(it).to_owned();
                        match &site.rule {
                            SiteRule::Function(function, ty) => figure(function, ty, &answers),
                            SiteRule::Quota(quota) => places(quota, &answers, &key),
                        }
                    }
                };
                let kind = question.kind;
                let fitted = worth.values.iter().map(|it| fitted(it.clone(), kind));
                let column = Column::of(kind, fitted, &store.dictionary);
                store.put(Load::Site(question.site), column);
                if let Some(place) = values.get_mut(question.site) {
                    *place = worth;
                }
            }
        }
        PopulationValues::from_sites(values)
    }

    /// Works a stage out for all households, and takes something of each batch, in order.
    pub(super) fn batches<T: Send>(
        &self,
        store: &Store<'_>,
        stage: &Stage,
        round: u32,
        take: impl Fn(&Batch<'_>) -> T + Sync,
    ) -> Vec<T> {
        let stretches = self.stretches();
        let parts = stretches.par_iter().map_init(
            || Worker::new(self.ready(store), stage),
            |worker, stretch| self.stretch(worker, stretch, round, &take),
        );
        let parts: Vec<Vec<T>> = parts.collect();
        parts.into_iter().flatten().collect()
    }

    /// Works the results out, and hands them over in parts; what is made of each stretch is delivered in
    /// order. So many stretches wait for those before them that no thread does, and no more.
    pub(super) fn results<S: Sink>(
        &self,
        store: &Store<'_>,
        sink: &S,
        deliver: &mut (dyn FnMut(S::Done) + Send),
    ) -> usize {
        let in_population = AtomicUsize::new(0);
        let round = self.program.rounds() + 1;
        let all = self.stretches();
        let wave = rayon::current_num_threads().saturating_mul(WAVE).max(1);
        let plan = &self.plan.results;
        for wave in all.chunks(wave) {
            let made = wave.par_iter().map_init(
                || Worker::new(self.ready(store), plan),
                |worker, stretch| {
                    let mut open = sink.begin();
                    for first in stretch.clone().step_by(self.batch) {
                        let len = self.batch.min(stretch.end - first);
                        let batch = worker.batch(first, len);
                        let part = Columned::of(&batch, self.evaluator, self.columns);
                        sink.take(&mut open, &part);
                        in_population.fetch_add(part.len(), Ordering::Relaxed);
                        (self.done)(round, len);
                    }
                    if let Some(profile) = &mut worker.profile {
                        profile.deliver(self.spent);
                    }
                    sink.end(open)
                },
            );
            let made: Vec<S::Done> = made.collect();
            made.into_iter().for_each(&mut *deliver);
        }
        in_population.into_inner()
    }

    fn ready<'s>(&'s self, store: &'s Store<'s>) -> Ready<'s> {
        Ready { plan: self.plan, store, linked: self.program.linked(), clock: self.clock }
    }

    fn stretches(&self) -> Vec<std::ops::Range<usize>> {
        let all = 0..self.columns.len();
        all.clone().step_by(STRETCH).map(|it| it..(it + STRETCH).min(all.end)).collect()
    }

    fn stretch<T>(
        &self,
        worker: &mut Worker<'_>,
        stretch: &std::ops::Range<usize>,
        round: u32,
        take: &(impl Fn(&Batch<'_>) -> T + Sync),
    ) -> Vec<T> {
        let each = stretch.clone().step_by(self.batch).map(|first| {
            let len = self.batch.min(stretch.end - first);
            let taken = take(&worker.batch(first, len));
            (self.done)(round, len);
            taken
        });
        let all = each.collect();
        if let Some(profile) = &mut worker.profile {
            profile.deliver(self.spent);
        }
        all
    }

    /// What the households of a batch answer to each question.
    fn answers(&self, batch: &Batch<'_>, questions: &[&Question]) -> Vec<Answered> {
        let inside =
            |at: usize| self.evaluator.founded(&|slot| self.columns.field(slot, batch.first + at));
        let of = |question: &&Question| {
            let is_quota = self.is_quota(question);
            let is_text = question.arg.is_some_and(|it| self.plan.kind(it) == Kind::Symbol);
            if is_quota || is_text {
                let own = |at| inside(at).then(|| answer(batch, question, is_quota, at));
                Answered::Values((0..batch.len).map(own).collect())
            } else {
                Answered::Columns(Answers::of(batch, question))
            }
        };
        questions.iter().map(of).collect()
    }

    fn is_quota(&self, question: &Question) -> bool {
        let mut sites = self.program.sites();
        sites.any(|it| it.0 == question.site && matches!(it.1.rule, SiteRule::Quota(_)))
    }
}

/// What households answer to a question.
enum Answered {
    Columns(Answers),
    /// A list decides between households by their keys, and the numbers of texts say nothing about their order:
    /// each answer by itself; nothing of those outside the population.
    Values(Vec<Option<Answer>>),
}

/// The answers of all batches to each question.
fn by_question(batches: Vec<Vec<Answered>>) -> Vec<Answered> {
    let mut all: Vec<Answered> = Vec::new();
    for batch in batches {
        if all.is_empty() {
            all = batch;
            continue;
        }
        for (own, later) in all.iter_mut().zip(batch) {
            match (own, later) {
                (Answered::Columns(own), Answered::Columns(later)) => own.append(later),
                (Answered::Values(own), Answered::Values(later)) => own.extend(later),
                _ => {}
            }
        }
    }
    all
}

fn answer(batch: &Batch<'_>, question: &Question, is_quota: bool, at: usize) -> Answer {
    let counts = batch.value(question.counts, at);
    let asked = !is_quota || counts == Value::Bool(true);
    let keys = question.keys.iter().filter(|_| asked).map(|it| batch.value(*it, at));
    let arg = question.arg.filter(|_| asked).map(|it| batch.value(it, at));
    Answer { keys: keys.collect(), arg, counts }
}
