//! What households have in a corner, in columns.

use heng_dsl::value::Value;

use super::{Corner, Corners};
use crate::columnar::{Given, Refusal, bare_results, population};
use crate::columns::Texts;
use crate::effect::{Collected, Collecting};
use crate::part::Coded;
use crate::run::{RunOptions, run};

/// Households in the order of their keys, with what they have of each grade.
pub(super) struct World {
    pub(super) keys: Texts,
    grades: Vec<Coded<Value>>,
}

impl World {
    /// The households of a corner that are in the population, or those of them with some keys; grades are named by slot.
    pub(super) fn of(
        corners: &Corners<'_>,
        corner: Corner,
        slots: &[usize],
        only: Option<&Texts>,
    ) -> Result<Self, Vec<Refusal>> {
        let program = corners.rules[corner & 1];
        let columns = corners.facts[corner >> 1 & 1][corner & 1];
        let as_of = corners.dates[corner >> 2 & 1];
        let options = RunOptions { as_of, threads: None, progress: None, reasons: false };
        if corners.by_reference {
            let outcomes = run(program, &columns.register(), &options).outcomes;
            let mut keys = Texts::default();
            outcomes.iter().for_each(|it| keys.push(&it.key));
            let worth = |slot: usize| {
                let own = outcomes.iter().map(|it| it.values.get(slot).cloned());
                Coded::of(own.map(|it| it.unwrap_or(Value::NotApplicable)))
            };
            return Ok(Self { keys, grades: slots.iter().map(|it| worth(*it)).collect() });
        }
        let sink = Collecting::values(slots.iter().copied());
        let mut found = Collected::default();
        let deliver = &mut |it| found.append(it);
        match only {
            None => {
                let how = (&options, &sink.slots(), Given::NOTHING);
                bare_results(program, columns, how, &sink, deliver)?;
            }
            Some(keys) => {
                let mut rows: Vec<usize> = columns
                    .keys
                    .find_all(keys)
                    .into_iter()
                    .flatten()
                    .map(|it| it as usize)
                    .collect();
                rows.sort_unstable();
                // Functions of the register are of everybody.
                let all = population(program, columns, &options)?.gather(&rows);
                let given = Given { sites: &|site| all.sites().get(site), ..Given::NOTHING };
                let how = (&options, &sink.slots(), given);
                bare_results(program, &columns.some(&rows), how, &sink, deliver)?;
            }
        }
        let Collected { keys, mut values, .. } = found;
        let grades = slots.iter().map(|it| values.remove(it).unwrap_or_default()).collect();
        Ok(Self { keys, grades })
    }

    /// The number of what a household has of a grade among different things; nothing for one that is not there.
    pub(super) fn code(&self, grade: usize, at: Option<usize>) -> Option<u32> {
        self.grades.get(grade)?.of.get(at?).copied()
    }

    /// What such a number stands for.
    pub(super) fn told(&self, grade: usize, code: Option<u32>) -> Option<&Value> {
        self.grades.get(grade)?.different.get(code? as usize)
    }

    /// What a household has of a grade; nothing for one that is not there.
    pub(super) fn state(&self, grade: usize, at: Option<usize>) -> Option<&Value> {
        self.told(grade, self.code(grade, at))
    }
}

/// All keys of two, in order: where each stands in either.
pub(super) fn merged(a: &Texts, b: &Texts) -> Vec<[Option<usize>; 2]> {
    let (mut own, mut other, mut all) = (0, 0, Vec::with_capacity(a.len().max(b.len())));
    while own < a.len() || other < b.len() {
        let order = match (own < a.len(), other < b.len()) {
            (true, true) => a.bytes(own).cmp(b.bytes(other)),
            (true, false) => std::cmp::Ordering::Less,
            _ => std::cmp::Ordering::Greater,
        };
        all.push([order.is_le().then_some(own), order.is_ge().then_some(other)]);
        own += usize::from(order.is_le());
        other += usize::from(order.is_ge());
    }
    all
}
