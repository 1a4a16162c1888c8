//! Functions of the register over columns: the same as [`crate::population::figure`], for which every household's
//! answer is a value by itself.
//!
//! Households are numbered by group, what is taken from those that count is sorted as numbers, and what a function
//! gives is worked out once for each group, or once for each number of a group, by the same functions.

use heng_dsl::builtins::BuiltinId;
use heng_dsl::model::{Population, Ty};
use heng_dsl::value::Value;
use rayon::prelude::*;

use super::batch::Batch;
use super::lower::Question;
use super::plan::{Kind, NodeId};
use crate::columns::{Column, Dictionary, of_number, state};
use crate::population::{Answer, Group, SiteValues, group_worth, of_group};

/// What households answer to a question, a value for each.
#[derive(Debug)]
pub(super) struct Answers {
    keys: Vec<Column>,
    counts: Column,
    arg: Option<Column>,
}

impl Answers {
    /// What the households of a batch answer.
    pub(super) fn of(batch: &Batch<'_>, question: &Question) -> Self {
        let whole = |node: NodeId| batch.whole(node);
        Self {
            keys: question.keys.iter().map(|it| whole(*it)).collect(),
            counts: whole(question.counts),
            arg: question.arg.map(whole),
        }
    }

    /// Adds what later households answer.
    pub(super) fn append(&mut self, later: Self) {
        self.keys.iter_mut().zip(later.keys).for_each(|(own, it)| own.append(it));
        self.counts.append(later.counts);
        if let (Some(own), Some(it)) = (&mut self.arg, later.arg) {
            own.append(it);
        }
    }

    /// Does a household count? Nothing where it cannot be said, because something it is asked is not there.
    fn joins(&self, at: usize) -> Option<bool> {
        match (self.counts.state(at), self.counts.lanes.at(at)) {
            (state::THERE, 0) => return Some(false),
            (state::THERE, _) => {}
            _ => return None,
        }
        let mut asked = self.keys.iter().chain(&self.arg);
        asked.all(|it| it.state(at) == state::THERE).then_some(true)
    }

    /// The first key that is not there; its state.
    fn lacking(&self, at: usize) -> Option<u8> {
        self.keys.iter().map(|it| it.state(at)).find(|it| *it != state::THERE)
    }
}

/// A function of the register.
pub(super) struct Figure<'f> {
    pub(super) function: &'f Population,
    pub(super) ty: &'f Ty,
    /// What is taken from each household.
    pub(super) kind: Kind,
    pub(super) dictionary: &'f Dictionary,
}

impl Figure<'_> {
    /// What it gives to every household; `inside` are those of the population.
    pub(super) fn values(&self, answers: &Answers, inside: &[bool]) -> SiteValues {
        let numbers = groups(answers, inside.len());
        let (mut joining, mut left_out) = (Vec::new(), 0);
        for (at, is_inside) in (0_u32..).zip(inside) {
            match answers.joins(at as usize).filter(|_| *is_inside) {
                Some(true) => joining.push(at),
                Some(false) => {}
                None => left_out += usize::from(*is_inside),
            }
        }
        let counted = joining.len();
        let groups = self.joined(answers, &numbers, joining);
        let each = self.given(answers, &numbers, &groups, inside);
        let value = |(at, given): (usize, Option<Value>)| match (inside.get(at), given) {
            (Some(true), Some(given)) => given,
            (Some(true), None) => answers.lacking(at).map_or(Value::NotApplicable, state::value),
            _ => Value::NotApplicable,
        };
        let values = each.into_iter().enumerate().map(value);
        SiteValues { values: values.collect(), counted, left_out }
    }

    /// The groups with those that count, by number.
    fn joined(&self, answers: &Answers, numbers: &[u32], mut joining: Vec<u32>) -> Vec<Group> {
        let of = |at: &u32| numbers.get(*at as usize).copied().unwrap_or(NOWHERE);
        let arg = |at: u32| answers.arg.as_ref().map_or(0, |it| it.lanes.at(at as usize));
        // Numbers of one kind stand in the order of their values.
        joining.par_sort_unstable_by_key(|it| (of(it), arg(*it)));
        let most = numbers.iter().filter(|it| **it != NOWHERE).max();
        let mut groups: Vec<Group> = Vec::new();
        groups.resize_with(most.map_or(0, |it| *it as usize + 1), Group::default);
        for same in joining.chunk_by(|a, b| of(a) == of(b)) {
            let place = same.first().and_then(|it| groups.get_mut(of(it) as usize));
            let Some(group) = place else { continue };
            group.size = same.len();
            if answers.arg.is_some() && !is_counted(self.function.builtin) {
                let value = |it: &u32| of_number(arg(*it), self.kind, self.dictionary);
                group.args = same.iter().map(value).collect();
            }
        }
        let places = self.places();
        groups.par_iter_mut().for_each(|it| {
            it.worth = group_worth(self.function.builtin, it, places);
        });
        groups
    }

    /// What each household is given; nothing where a key is not there.
    fn given(
        &self,
        answers: &Answers,
        numbers: &[u32],
        groups: &[Group],
        inside: &[bool],
    ) -> Vec<Option<Value>> {
        let empty = Group::default();
        let of = |at: usize| numbers.get(at).copied().unwrap_or(NOWHERE);
        let group = |at: usize| groups.get(of(at) as usize).unwrap_or(&empty);
        let mut given: Vec<Option<Value>> = (0..inside.len())
            .map(|at| if of(at) == NOWHERE { None } else { group(at).worth.clone() })
            .collect();
        // What depends on who asks is worked out once for each of the numbers that ask.
        let open = given.iter().enumerate().filter(|(at, it)| it.is_none() && of(*at) != NOWHERE);
        let mut open: Vec<u32> = open.filter_map(|it| u32::try_from(it.0).ok()).collect();
        let own = |at: u32| {
            let arg = answers.arg.as_ref();
            arg.map_or((0, 0), |it| (it.state(at as usize), it.lanes.at(at as usize)))
        };
        open.par_sort_unstable_by_key(|it| (of(*it as usize), own(*it)));
        for same in open.chunk_by(|a, b| of(*a as usize) == of(*b as usize) && own(*a) == own(*b)) {
            let Some(first) = same.first() else { continue };
            let arg = answers.arg.as_ref();
            let arg = arg.map(|it| it.value(*first as usize, self.kind, self.dictionary));
            let answer = Answer { keys: Vec::new(), counts: Value::Bool(true), arg };
            let group = group(*first as usize);
            let worth = of_group(self.function.builtin, group, &answer, self.places());
            for at in same {
                if let Some(place) = given.get_mut(*at as usize) {
                    *place = Some(worth.clone());
                }
            }
        }
        given
    }

    fn places(&self) -> u8 {
        self.ty.as_number().map_or(0, |it| it.places)
    }
}

/// Does only matter how many there are?
fn is_counted(builtin: BuiltinId) -> bool {
    matches!(builtin, BuiltinId::Count | BuiltinId::Any | BuiltinId::None)
}

/// The number of no group.
const NOWHERE: u32 = u32::MAX;

/// The number of the group of each household: the same for the same keys. [`NOWHERE`] where a key is not there.
fn groups(answers: &Answers, households: usize) -> Vec<u32> {
    let mut numbers = vec![0_u32; households];
    for key in &answers.keys {
        let mut both: Vec<(u32, i128)> =
            numbers.iter().enumerate().map(|(at, it)| (*it, key.lanes.at(at))).collect();
        let mut known = both.clone();
        known.par_sort_unstable();
        known.dedup();
        both.par_iter_mut().for_each(|it| {
            let at = known.binary_search(it).unwrap_or_default();
            it.0 = u32::try_from(at).unwrap_or(NOWHERE);
        });
        numbers = both.into_iter().map(|it| it.0).collect();
    }
    for (at, number) in numbers.iter_mut().enumerate() {
        if answers.lacking(at).is_some() {
            *number = NOWHERE;
        }
    }
    numbers
}
