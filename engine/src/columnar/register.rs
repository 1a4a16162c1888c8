//! Functions of the register over columns: the same as [`crate::population::figure`] and
//! [`crate::population::places`], for which every household's answer is a value by itself.
//!
//! Households are numbered by group, what is taken from those that count is sorted as numbers, and what a function
//! gives is worked out once for each group, or once for each number of a group, by the same functions. Of a quota
//! only those who are eligible are compared.

use heng_dsl::builtins::BuiltinId;
use heng_dsl::model::{Population, Quota, Ty};
use heng_dsl::value::Value;
use rayon::prelude::*;

use super::batch::Batch;
use super::lower::Question;
use super::plan::{Kind, NodeId};
use crate::columns::{Column, Dictionary, Texts, of_number, state};
use crate::population::{Answer, Group, SiteValues, group_worth, of_group, places};

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
        let groups = self.joined(answers, &numbers, &joining);
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
    fn joined(&self, answers: &Answers, numbers: &[u32], joining: &[u32]) -> Vec<Group> {
        let of = |at: u32| numbers.get(at as usize).copied().unwrap_or(NOWHERE);
        let arg = |at: u32| answers.arg.as_ref().map_or(0, |it| it.lanes.at(at as usize));
        let mut joining: Vec<(u32, i128)> =
            joining.par_iter().map(|it| (of(*it), arg(*it))).collect();
        // Numbers of one kind stand in the order of their values.
        joining.par_sort_unstable();
        let most = numbers.iter().filter(|it| **it != NOWHERE).max();
        let mut groups: Vec<Group> = Vec::new();
        groups.resize_with(most.map_or(0, |it| *it as usize + 1), Group::default);
        for same in joining.chunk_by(|a, b| a.0 == b.0) {
            let place = same.first().and_then(|it| groups.get_mut(it.0 as usize));
            let Some(group) = place else { continue };
            group.size = same.len();
            if answers.arg.is_some() && !is_counted(self.function.builtin) {
                let value = |it: &(u32, i128)| of_number(it.1, self.kind, self.dictionary);
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
        let own = |at: usize| {
            let arg = answers.arg.as_ref();
            arg.map_or((0, 0), |it| (it.state(at), it.lanes.at(at)))
        };
        let open = given.par_iter().enumerate();
        let open = open.filter(|(at, it)| it.is_none() && of(*at) != NOWHERE);
        let mut open: Vec<(u32, (u8, i128), usize)> =
            open.map(|(at, _)| (of(at), own(at), at)).collect();
        open.par_sort_unstable();
        for same in open.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let Some((_, _, first)) = same.first() else { continue };
            let arg = answers.arg.as_ref();
            let arg = arg.map(|it| it.value(*first, self.kind, self.dictionary));
            let answer = Answer { keys: Vec::new(), counts: Value::Bool(true), arg };
            let group = group(*first);
            let worth = of_group(self.function.builtin, group, &answer, self.places());
            for (_, _, at) in same {
                if let Some(place) = given.get_mut(*at) {
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
    let (mut numbers, mut count) = (vec![0_u32; households], 1_usize);
    for key in &answers.keys {
        let width = usize::try_from(key.high.saturating_sub(key.low)).unwrap_or(usize::MAX);
        let width = width.saturating_add(1);
        let places = width.saturating_mul(count);
        (numbers, count) = if places <= households.saturating_mul(8) {
            by_place(&numbers, key, (width, places))
        } else {
            by_order(&numbers, key)
        };
    }
    for (at, number) in numbers.iter_mut().enumerate() {
        if answers.lacking(at).is_some() {
            *number = NOWHERE;
        }
    }
    numbers
}

/// Groups by their number before and by a key of so many values, so that there are so many places in all; and how
/// many there are.
fn by_place(numbers: &[u32], key: &Column, (width, places): (usize, usize)) -> (Vec<u32>, usize) {
    let place = |(at, it): (usize, &u32)| {
        let own = usize::try_from(key.lanes.at(at).saturating_sub(key.low)).unwrap_or_default();
        *it as usize * width + own
    };
    let mut known = vec![0_u32; places];
    for it in numbers.iter().enumerate().map(place) {
        if let Some(known) = known.get_mut(it) {
            *known = 1;
        }
    }
    let mut count = 0;
    for it in known.iter_mut().filter(|it| **it == 1) {
        *it = count;
        count += 1;
    }
    let of = |it: usize| known.get(it).copied().unwrap_or(NOWHERE);
    let numbers = numbers.par_iter().enumerate().map(|it| of(place(it)));
    (numbers.collect(), count as usize)
}

/// The same by a key of any values.
fn by_order(numbers: &[u32], key: &Column) -> (Vec<u32>, usize) {
    let both = numbers.par_iter().enumerate().map(|(at, it)| (*it, key.lanes.at(at)));
    let both: Vec<(u32, i128)> = both.collect();
    let mut known = both.clone();
    known.par_sort_unstable();
    known.dedup();
    let of = |it: &(u32, i128)| u32::try_from(known.binary_search(it).unwrap_or_default());
    let numbers = both.par_iter().map(|it| of(it).unwrap_or(NOWHERE));
    (numbers.collect(), known.len())
}

/// A quota.
pub(super) struct Placing<'f> {
    pub(super) quota: &'f Quota,
    /// What kinds of values households are put in order by.
    pub(super) keys: Vec<Kind>,
    /// What kind of number says how many places there are.
    pub(super) top: Kind,
    pub(super) dictionary: &'f Dictionary,
}

impl Placing<'_> {
    /// Does a household get a place? For every household; `inside` are those of the population, `known` their keys.
    pub(super) fn values(&self, answers: &Answers, inside: &[bool], known: &Texts) -> SiteValues {
        let counts = &answers.counts;
        let stand = |at: usize| (counts.state(at), counts.lanes.at(at));
        let is_eligible =
            |at: &usize| inside.get(*at) == Some(&true) && stand(*at) == (state::THERE, 1);
        let eligible: Vec<usize> = (0..inside.len()).filter(is_eligible).collect();
        let answer = |at: &usize| {
            let keys = answers.keys.iter().zip(&self.keys);
            let keys = keys.map(|(it, kind)| it.value(*at, *kind, self.dictionary)).collect();
            let arg = answers.arg.as_ref().map(|it| it.value(*at, self.top, self.dictionary));
            Answer { keys, arg, counts: Value::Bool(true) }
        };
        let own: Vec<Answer> = eligible.par_iter().map(answer).collect();
        let own: Vec<Option<&Answer>> = own.iter().map(Some).collect();
        let key = |it: usize| eligible.get(it).map(|it| known.get(*it));
        let placed = places(self.quota, &own, &|a, b| key(a).cmp(&key(b)));
        let aside = |(at, is_inside): (usize, &bool)| match counts.state(at) {
            _ if !is_inside => Value::NotApplicable,
            state::THERE => Value::Bool(false),
            other => state::value(other),
        };
        let mut values: Vec<Value> = inside.iter().enumerate().map(aside).collect();
        for (at, value) in eligible.into_iter().zip(placed.values) {
            if let Some(place) = values.get_mut(at) {
                *place = value;
            }
        }
        SiteValues { values, ..placed }
    }
}
