//! Values that need the whole register: percentiles, ranks, figures of groups, quotas.
//!
//! They are worked out in rounds, each reading the declarations of the stages before it, and are then
//! an input to the evaluation of one household. The population is every household of the register
//! that was founded by the as-of date, whatever 适用 says (`language.md` §3.9).

mod figure;
mod place;

use std::sync::Arc;

use heng_dsl::value::{Date, Value};
use rayon::prelude::*;

pub(crate) use self::figure::{Answer, Group, figure, group_worth, of_group, standing};
pub(crate) use self::place::places;
use crate::data::Register;
use crate::eval::{Evaluator, Frame, Working};
use crate::part::Coded;
use crate::program::{Owner, Program, Site, SiteRule};

/// What every function of the register is worth for every household.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PopulationValues {
    sites: Vec<SiteValues>,
}

/// What one function of the register is worth. Two are equal where they give every household the same, however that is
/// coded.
#[derive(Debug, Clone, Default)]
pub struct SiteValues {
    /// For every household of the register, by number; 不适用 for those outside the population. Of a
    /// quota: is the household among those who get a place?
    pub values: Arc<Coded<Value>>,
    /// How many households counted.
    pub counted: usize,
    /// How many were left out, because their value is missing, not applicable or an error.
    pub left_out: usize,
}

impl PartialEq for SiteValues {
    fn eq(&self, other: &Self) -> bool {
        let counts = |it: &Self| (it.values.len(), it.counted, it.left_out);
        counts(self) == counts(other) && self.values.iter().eq(other.values.iter())
    }
}

impl Eq for SiteValues {}

impl PopulationValues {
    /// What the function with that number is worth for a household; 不适用 where it was not worked out.
    pub fn get(&self, site: usize, household: usize) -> &Value {
        let found = self.sites.get(site).and_then(|it| it.values.get(household));
        found.unwrap_or(&Value::NotApplicable)
    }

    /// Values that were worked out elsewhere, by number.
    pub(crate) fn from_sites(sites: Vec<SiteValues>) -> Self {
        Self { sites }
    }

    /// What they are worth for some households, by number.
    pub(crate) fn gather(&self, households: &[usize]) -> Self {
        let few = |it: &SiteValues| {
            let rows = if it.values.is_empty() { &[] } else { households };
            let value = |at: &usize| it.values.get(*at).cloned().unwrap_or(Value::NotApplicable);
            let values = Arc::new(Coded::of(rows.iter().map(value)));
            SiteValues { values, counted: it.counted, left_out: it.left_out }
        };
        Self { sites: self.sites.iter().map(few).collect() }
    }

    /// The functions of the register, by number.
    pub fn sites(&self) -> &[SiteValues] {
        &self.sites
    }
}

/// Works out every function of the register as of a date. The result does not depend on the number
/// of threads of the pool in which this is called.
pub fn values(program: &Program, register: &Register, as_of: Date) -> PopulationValues {
    with_progress(&Evaluator::new(program, as_of), register, &|_, _| {})
}

/// Like [`values`]; `done` is told the round and how many households of it are done.
pub(crate) fn with_progress(
    evaluator: &Evaluator<'_>,
    register: &Register,
    done: &(dyn Fn(u32, usize) + Sync),
) -> PopulationValues {
    of_owners(evaluator, register, &|_| true, done)
}

/// Like [`with_progress`] for the functions that stand in some rules; whatever those read of others has to
/// be among them, too.
pub(crate) fn of_owners(
    evaluator: &Evaluator<'_>,
    register: &Register,
    is_asked: &dyn Fn(Owner) -> bool,
    done: &(dyn Fn(u32, usize) + Sync),
) -> PopulationValues {
    let program = evaluator.program();
    let mut values = PopulationValues { sites: Vec::new() };
    values.sites.resize_with(program.linked().sites(), SiteValues::default);
    for round in 1..=program.rounds() {
        let sites: Vec<(usize, &Site)> =
            program.sites().filter(|it| it.1.round == round && is_asked(it.1.owner)).collect();
        if sites.is_empty() {
            continue;
        }
        let answers = ask(evaluator, register, &values, &sites, &|it| done(round, it));
        for (at, (number, site)) in sites.iter().enumerate() {
            let column: Vec<Option<&Answer>> =
                answers.iter().map(|it| it.as_ref().and_then(|it| it.get(at))).collect();
            let worth = match &site.rule {
                SiteRule::Function(function, ty) => figure(function, ty, &column),
                SiteRule::Quota(quota) => {
                    let households = &register.households;
                    let key = |it: usize| households.get(it).map(|it| &it.key);
                    places(quota, &column, &|a, b| key(a).cmp(&key(b)))
                }
            };
            if let Some(place) = values.sites.get_mut(*number) {
                *place = worth;
            }
        }
    }
    values
}

/// What every household of the population answers to the functions of a round.
fn ask(
    evaluator: &Evaluator<'_>,
    register: &Register,
    values: &PopulationValues,
    sites: &[(usize, &Site)],
    done: &(dyn Fn(usize) + Sync),
) -> Vec<Option<Vec<Answer>>> {
    let wanted: std::collections::BTreeSet<usize> =
        sites.iter().flat_map(|it| it.1.needs.iter().copied()).collect();
    let needs: Vec<usize> =
        evaluator.program().order().iter().copied().filter(|it| wanted.contains(it)).collect();
    let each = register.households.par_iter().enumerate();
    let answers = each.map(|(number, household)| {
        if !evaluator.is_founded(household) {
            return None;
        }
        let mut working = Working::new(evaluator, household, values, number);
        working.work_out(&needs);
        let answers = sites.iter().map(|it| answer(evaluator, &mut working, it.1)).collect();
        done(1);
        Some(answers)
    });
    answers.collect()
}

/// What one household answers to one function.
fn answer<'e>(evaluator: &'e Evaluator<'e>, working: &mut Working<'e>, site: &'e Site) -> Answer {
    let linked = evaluator.program().linked();
    let version = site.owner.version(linked);
    let lets = match (version, site.owner) {
        (Some(version), _) => &version.lets[..],
        (None, Owner::Check { package, number }) => linked
            .packages
            .get(package)
            .and_then(|it| it.checks.get(number))
            .map_or(&[][..], |it| &it.lets),
        (None, _) => &[],
    };
    let frame = Frame::new(lets);
    match &site.rule {
        SiteRule::Function(function, _) => Answer {
            keys: function.keys.iter().map(|it| working.ask(it, &frame)).collect(),
            counts: function
                .filter
                .as_ref()
                .map_or(Value::Bool(true), |it| working.ask(it, &frame)),
            arg: function.arg.as_ref().map(|it| working.ask(it, &frame)),
        },
        SiteRule::Quota(quota) => {
            let counts = match (site.owner, version) {
                (Owner::Decl { slot, .. }, Some(version)) => {
                    working.competes(slot, version, &frame).map_or_else(|it| it, Value::Bool)
                }
                _ => Value::NotApplicable,
            };
            let eligible = counts == Value::Bool(true);
            Answer {
                keys: quota
                    .keys
                    .iter()
                    .filter(|_| eligible)
                    .map(|it| working.ask(&it.0, &frame))
                    .collect(),
                counts,
                arg: eligible.then(|| working.ask(&quota.top, &frame)),
            }
        }
    }
}
