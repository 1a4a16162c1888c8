//! The rounds over the register: households answer, and what the functions of the register come to is an
//! input of the next round.

use heng_dsl::value::Value;
use rayon::prelude::*;

use super::batch::{Batch, Ready, Worker};
use super::column::Column;
use super::lower::Question;
use super::meaning::fitted;
use super::plan::Load;
use super::store::Store;
use super::{Plan, Stage};
use crate::data::Register;
use crate::eval::Evaluator;
use crate::population::{Answer, PopulationValues, SiteValues, figure, places};
use crate::program::{Program, SiteRule};

/// A register being worked out in batches of so many households.
pub(super) struct Rounds<'r> {
    pub(super) program: &'r Program,
    pub(super) evaluator: &'r Evaluator<'r>,
    pub(super) register: &'r Register,
    pub(super) plan: &'r Plan,
    pub(super) batch: usize,
    /// Is told the round and how many more households are done.
    pub(super) done: &'r (dyn Fn(u32, usize) + Sync),
}

impl Rounds<'_> {
    /// Works every function of the register out, and leaves it in the store.
    pub(super) fn functions(&self, store: &mut Store) -> PopulationValues {
        let mut values: Vec<SiteValues> = Vec::new();
        values.resize_with(self.program.linked().sites(), SiteValues::default);
        for (round, stage) in (1..).zip(&self.plan.rounds) {
            let questions: Vec<&Question> =
                self.plan.questions.iter().filter(|it| it.round == round).collect();
            let answers: Vec<Vec<Option<Vec<Answer>>>> =
                self.batches(store, stage, round, |it| self.answers(it, &questions));
            let answers: Vec<Option<Vec<Answer>>> = answers.into_iter().flatten().collect();
            for (at, question) in questions.iter().enumerate() {
                let column: Vec<Option<&Answer>> =
                    answers.iter().map(|it| it.as_ref().and_then(|it| it.get(at))).collect();
                let site = self.program.sites().find(|it| it.0 == question.site);
                let Some((_, site)) = site else { continue };
                let worth = match &site.rule {
                    SiteRule::Function(function, ty) => figure(function, ty, &column),
                    SiteRule::Quota(quota) => places(quota, &column, self.register),
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
        store: &Store,
        stage: &Stage,
        round: u32,
        take: impl Fn(&Batch<'_>) -> T + Sync,
    ) -> Vec<T> {
        let ready = Ready { plan: self.plan, store, linked: self.program.linked() };
        let all = self.register.households.len();
        let starts: Vec<usize> = (0..all).step_by(self.batch).collect();
        let parts = starts.par_iter().map_init(
            || Worker::new(ready, stage),
            |worker, first| {
                let len = self.batch.min(all - first);
                let taken = take(&worker.batch(*first, len));
                (self.done)(round, len);
                taken
            },
        );
        parts.collect()
    }

    /// What the households of a batch answer; nothing of those outside the population.
    fn answers(&self, batch: &Batch<'_>, questions: &[&Question]) -> Vec<Option<Vec<Answer>>> {
        let households = self.register.households.iter().skip(batch.first).take(batch.len);
        let each = households.enumerate().map(|(at, household)| {
            let founded = self.evaluator.is_founded(household);
            founded.then(|| questions.iter().map(|it| self.answer(batch, it, at)).collect())
        });
        each.collect()
    }

    fn answer(&self, batch: &Batch<'_>, question: &Question, at: usize) -> Answer {
        let counts = batch.value(question.counts, at);
        let is_quota = self
            .program
            .sites()
            .any(|(number, it)| number == question.site && matches!(it.rule, SiteRule::Quota(_)));
        let asked = !is_quota || counts == Value::Bool(true);
        let keys = question.keys.iter().filter(|_| asked).map(|it| batch.value(*it, at));
        let arg = question.arg.filter(|_| asked).map(|it| batch.value(it, at));
        Answer { keys: keys.collect(), arg, counts }
    }
}
