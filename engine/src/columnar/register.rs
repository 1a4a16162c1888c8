//! Functions of the register over columns: the same as [`crate::population::figure`] and
//! [`crate::population::places`], for which every household's answer is a value by itself.
//!
//! Households are numbered by group, what is taken from those that count is sorted as numbers, and what a function
//! gives is worked out once for each group, or once for each number of a group, by the same functions. Of a quota
//! only those who are eligible are compared.

use std::collections::BTreeMap;
use std::sync::Arc;

use heng_dsl::builtins::BuiltinId;
use heng_dsl::model::{Population, Quota, Ty};
use heng_dsl::value::Value;
use rayon::prelude::*;

use super::batch::Batch;
use super::lower::Question;
use super::plan::{Kind, NodeId};
use crate::columns::{Column, Dictionary, Texts, of_number, state};
use crate::part::Coded;
use crate::population::{Answer, Group, SiteValues, group_worth, of_group, places, standing};

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
        let cells = Cells::of(answers, inside.len());
        let joins = inside.par_iter().enumerate().map(|(at, is_inside)| match answers.joins(at) {
            _ if !is_inside => Joins::No,
            Some(true) => Joins::Yes,
            Some(false) => Joins::No,
            None => Joins::Unknown,
        });
        let joins: Vec<Joins> = joins.collect();
        let left_out = joins.iter().filter(|it| **it == Joins::Unknown).count();
        let mut counted = vec![0_usize; cells.all.len()];
        for (_, cell) in joins.iter().zip(&cells.of).filter(|it| *it.0 == Joins::Yes) {
            if let Some(it) = counted.get_mut(*cell as usize) {
                *it += 1;
            }
        }
        let given = match answers.arg.as_ref().filter(|_| self.is_standing()) {
            Some(arg) => self.standings(arg, &cells, &counted),
            None => self.given(answers, &cells, &self.joined(answers, &cells, &counted)),
        };
        let mut values = Coded { different: given, of: cells.of };
        let mut others = BTreeMap::new();
        for (at, (is_inside, own)) in inside.iter().zip(&mut values.of).enumerate() {
            if *is_inside && (*own as usize) < cells.all.len() {
                continue;
            }
            let lacking = answers.lacking(at).filter(|_| *is_inside);
            let next = u32::try_from(values.different.len()).unwrap_or(u32::MAX);
            *own = *others.entry(lacking).or_insert(next);
            if *own == next {
                values.different.push(lacking.map_or(Value::NotApplicable, state::value));
            }
        }
        SiteValues { values: Arc::new(values), counted: counted.iter().sum(), left_out }
    }

    /// Does it only matter how many of the group lie below whoever asks, and how many are equal? Numbers of one kind
    /// and dates stand in the order of their values.
    fn is_standing(&self) -> bool {
        matches!(self.function.builtin, BuiltinId::Percentile | BuiltinId::Rank)
            && matches!(self.kind, Kind::Number(_) | Kind::Date)
    }

    /// What the households of each cell are given, which is told by where the cell stands in its group.
    fn standings(&self, arg: &Column, cells: &Cells, counted: &[usize]) -> Vec<Value> {
        let mut sizes = vec![0_usize; cells.groups];
        let mut order: Vec<(u32, i128, usize)> = Vec::with_capacity(cells.all.len());
        for (at, ((group, first), count)) in cells.all.iter().zip(counted).enumerate() {
            if let Some(size) = sizes.get_mut(*group as usize) {
                *size += count;
            }
            if arg.state(*first) == state::THERE {
                order.push((*group, arg.lanes.at(*first), at));
            }
        }
        order.par_sort_unstable();
        let lacking = |it: &(u32, usize)| state::value(arg.state(it.1));
        let mut given: Vec<Value> = cells.all.iter().map(lacking).collect();
        for group in order.chunk_by(|a, b| a.0 == b.0) {
            let size = group.first().and_then(|it| sizes.get(it.0 as usize)).copied();
            let mut below = 0;
            for (_, _, at) in group {
                let equal = counted.get(*at).copied().unwrap_or_default();
                let place = (below, equal);
                if let Some(own) = given.get_mut(*at) {
                    let all = size.unwrap_or_default();
                    *own = standing(self.function.builtin, place, all, self.places());
                }
                below += equal;
            }
        }
        given
    }

    /// The groups with those that count, by number.
    fn joined(&self, answers: &Answers, cells: &Cells, counted: &[usize]) -> Vec<Group> {
        let arg = |at: usize| answers.arg.as_ref().map_or(0, |it| it.lanes.at(at));
        // Numbers of one kind stand in the order of their values.
        let mut order: Vec<(u32, i128, usize)> = cells
            .all
            .iter()
            .zip(counted)
            .filter(|it| *it.1 > 0)
            .map(|((group, first), count)| (*group, arg(*first), *count))
            .collect();
        order.par_sort_unstable();
        let mut groups: Vec<Group> = Vec::new();
        groups.resize_with(cells.groups, Group::default);
        for (group, number, count) in order {
            let Some(group) = groups.get_mut(group as usize) else { continue };
            group.size += count;
            if answers.arg.is_some() && !is_counted(self.function.builtin) {
                let value = of_number(number, self.kind, self.dictionary);
                group.args.extend(std::iter::repeat_n(value, count));
            }
        }
        let places = self.places();
        groups.par_iter_mut().for_each(|it| {
            it.worth = group_worth(self.function.builtin, it, places);
        });
        groups
    }

    /// What the households of each cell are given: what depends on who asks is worked out once for each of the numbers
    /// that ask.
    fn given(&self, answers: &Answers, cells: &Cells, groups: &[Group]) -> Vec<Value> {
        let empty = Group::default();
        let one = |(group, first): &(u32, usize)| {
            let group = groups.get(*group as usize).unwrap_or(&empty);
            let arg = answers.arg.as_ref();
            let arg = arg.map(|it| it.value(*first, self.kind, self.dictionary));
            let answer = Answer { keys: Vec::new(), counts: Value::Bool(true), arg };
            of_group(self.function.builtin, group, &answer, self.places())
        };
        cells.all.par_iter().map(one).collect()
    }

    fn places(&self) -> u8 {
        self.ty.as_number().map_or(0, |it| it.places)
    }
}

/// Does a household count?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joins {
    Yes,
    No,
    Unknown,
}

/// Does only matter how many there are?
fn is_counted(builtin: BuiltinId) -> bool {
    matches!(builtin, BuiltinId::Count | BuiltinId::Any | BuiltinId::None)
}

/// The number of no group, and of no cell.
const NOWHERE: u32 = u32::MAX;

/// Households of one group from which the same is taken.
struct Cells {
    /// The cell of each household; [`NOWHERE`] where a key is not there.
    of: Vec<u32>,
    /// The group of each cell, and the first of its households.
    all: Vec<(u32, usize)>,
    /// How many groups there are.
    groups: usize,
}

impl Cells {
    fn of(answers: &Answers, households: usize) -> Self {
        let (mut of, mut groups) = (vec![0_u32; households], 1_usize);
        for key in &answers.keys {
            let width = usize::try_from(key.high.saturating_sub(key.low)).unwrap_or(usize::MAX);
            let own = |at: usize| key.lanes.at(at).saturating_sub(key.low);
            let own = |at: usize| usize::try_from(own(at)).unwrap_or_default();
            (of, groups) = divided((&of, groups), &own, width.saturating_add(1));
        }
        let lacking: Vec<bool> =
            (0..households).into_par_iter().map(|at| answers.lacking(at).is_some()).collect();
        let group = of.clone();
        if let Some(arg) = &answers.arg {
            let coded = arg.coded(0..households);
            let own = |at: usize| coded.of.get(at).map_or(0, |it| *it as usize);
            of = divided((&of, groups), &own, coded.different.len()).0;
        }
        let mut all: Vec<(u32, usize)> = Vec::new();
        let count = of.iter().max().map_or(0, |it| *it as usize + 1);
        let mut known = vec![NOWHERE; count];
        for (at, (cell, group)) in of.iter_mut().zip(group).enumerate() {
            let known = known.get_mut(*cell as usize).filter(|_| lacking.get(at) != Some(&true));
            let Some(known) = known else {
                *cell = NOWHERE;
                continue;
            };
            if *known == NOWHERE {
                *known = u32::try_from(all.len()).unwrap_or(NOWHERE);
                all.push((group, at));
            }
            *cell = *known;
        }
        Self { of, all, groups }
    }
}

/// The parts into which numbered parts are divided by something that has so many numbers, and how many there are.
fn divided(
    (parts, count): (&[u32], usize),
    own: &(impl Fn(usize) -> usize + Sync),
    width: usize,
) -> (Vec<u32>, usize) {
    let places = width.saturating_mul(count);
    if places > parts.len().saturating_mul(8) {
        let both = parts.par_iter().enumerate().map(|(at, it)| (*it, own(at)));
        let both: Vec<(u32, usize)> = both.collect();
        let mut known = both.clone();
        known.par_sort_unstable();
        known.dedup();
        let of = |it: &(u32, usize)| u32::try_from(known.binary_search(it).unwrap_or_default());
        let numbers = both.par_iter().map(|it| of(it).unwrap_or(NOWHERE));
        return (numbers.collect(), known.len());
    }
    let place = |(at, it): (usize, &u32)| *it as usize * width + own(at);
    let (mut known, mut count) = (vec![NOWHERE; places], 0_u32);
    for it in parts.iter().enumerate().map(place) {
        if let Some(known) = known.get_mut(it) {
            *known = 0;
        }
    }
    for it in known.iter_mut().filter(|it| **it == 0) {
        *it = count;
        count += 1;
    }
    let of = |it: usize| known.get(it).copied().unwrap_or(NOWHERE);
    (parts.par_iter().enumerate().map(|it| of(place(it))).collect(), count as usize)
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
        for (at, value) in eligible.into_iter().zip(placed.values.iter()) {
            if let Some(place) = values.get_mut(at) {
                *place = value.clone();
            }
        }
        SiteValues { values: Arc::new(Coded::of(values.into_iter())), ..placed }
    }
}
