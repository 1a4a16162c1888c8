//! The columns of a batch as a part of the results.

use std::ops::Range;
use std::sync::Arc;

use heng_dsl::value::{Decimal, Fault, Value};

use super::batch::Batch;
use super::plan::{Kind, Node, NodeId, Op};
use super::{Output, What};
use crate::columns::{self, Column, Columns, state};
use crate::eval::{Evaluator, settle};
use crate::outcome::{Hit, Outcome};
use crate::part::{Lanes, Numbers, Part};

/// A result that is looked up once for the whole batch.
#[derive(Clone, Copy)]
struct Looked<'b> {
    column: &'b Column,
    kind: Kind,
    /// It is the same for all households, and stands once.
    constant: bool,
}

impl Looked<'_> {
    fn at(self, at: usize) -> usize {
        if self.constant { 0 } else { at }
    }

    fn state(self, at: usize) -> u8 {
        self.column.state(self.at(at))
    }

    /// Is a condition 是?
    fn holds(self, at: usize) -> bool {
        self.state(at) == state::THERE && self.column.lanes.at(self.at(at)) == 1
    }
}

/// What a declaration is worth: where its package is about the household, and what then.
#[derive(Clone, Copy)]
struct Worth<'b> {
    scope: Option<Looked<'b>>,
    own: Looked<'b>,
}

impl Worth<'_> {
    /// What a place holds instead of a value.
    fn state(&self, at: usize) -> u8 {
        match self.scope {
            Some(it) if it.state(at) != state::THERE => it.state(at),
            Some(it) if !it.holds(at) => state::NOT_APPLICABLE,
            _ => self.own.state(at),
        }
    }

    /// Is every value there, in every household?
    fn is_there(&self) -> bool {
        let scope = self.scope.is_none_or(|it| it.column.states.is_none() && it.column.low == 1);
        scope && self.own.column.states.is_none()
    }
}

/// The results of a batch.
pub(super) struct Columned<'b> {
    batch: &'b Batch<'b>,
    on: &'b Evaluator<'b>,
    columns: &'b Columns,
    /// The households that were founded by the as-of date, by their number in the batch.
    rows: Vec<u32>,
    /// By slot.
    worths: Vec<Option<Worth<'b>>>,
    missing: Vec<(usize, Looked<'b>)>,
    /// Measures and direct determinations.
    others: Vec<(&'b Output, Option<Looked<'b>>, Vec<Looked<'b>>)>,
}

impl<'b> Columned<'b> {
    /// The results of a batch.
    pub(super) fn of(batch: &'b Batch<'b>, on: &'b Evaluator<'b>) -> Self {
        let columns = batch.store.columns;
        let rows = founded(on, columns, batch.first..batch.first + batch.len);
        let plan = batch.plan();
        let look = |node: NodeId| {
            let column: &Column = batch.column(node)?;
            let Node { op, kind, .. } = &plan.nodes[node.index()];
            Some(Looked { column, kind: *kind, constant: matches!(op, Op::Const(_)) })
        };
        let mut worths = vec![None; on.program().linked().decls().len()];
        let mut others = Vec::new();
        for output in &plan.outputs {
            let scope = output.scope.and_then(look);
            match &output.what {
                What::Value(node) => {
                    if let (Some(place), Some(own)) = (worths.get_mut(output.slot), look(*node)) {
                        *place = Some(Worth { scope, own });
                    }
                }
                What::Measure { columns, .. } => {
                    others.push((
                        output,
                        scope,
                        columns.iter().filter_map(|it| look(*it)).collect(),
                    ));
                }
                What::Hits { hits, .. } => {
                    others.push((output, scope, hits.iter().filter_map(|it| look(*it)).collect()));
                }
            }
        }
        let missing = plan.missing.iter().filter_map(|it| Some((it.0, look(it.1)?)));
        let missing = missing.collect();
        Self { batch, on, columns, rows, worths, missing, others }
    }

    /// The number of a household in the batch.
    fn at(&self, row: usize) -> usize {
        self.rows.get(row).map_or(usize::MAX, |it| *it as usize)
    }

    fn number(&self, row: usize) -> usize {
        self.batch.first.saturating_add(self.at(row))
    }

    fn worth(&self, slot: usize) -> Option<&Worth<'b>> {
        self.worths.get(slot)?.as_ref()
    }

    /// Are the numbers of a column those of the households of the part, all of them there?
    fn is_whole(&self, worth: &Worth<'_>) -> bool {
        let rows = worth.own.column.lanes.len();
        worth.is_there() && !worth.own.constant && self.rows.len() == rows
    }

    fn shown(&self, looked: Looked<'_>, at: usize) -> Value {
        looked.column.value(looked.at(at), looked.kind, self.batch.dictionary())
    }

    fn is_true(&self, node: NodeId, at: usize) -> bool {
        self.batch.value(node, at) == Value::Bool(true)
    }

    fn measures(&self, row: usize) -> Vec<(usize, Vec<Value>)> {
        let each = self.others.iter().filter(|it| matches!(it.0.what, What::Measure { .. }));
        each.filter_map(|it| Some((it.0.slot, self.measure(it.0.slot, row)?))).collect()
    }

    /// What became of direct determinations.
    fn decides(&self, row: usize) -> Vec<Hit> {
        let (at, mut decides) = (self.at(row), Vec::new());
        for (output, scope, looked) in &self.others {
            let What::Hits { by_score, all, last, .. } = &output.what else { continue };
            if scope.is_some_and(|it| !it.holds(at)) {
                continue;
            }
            // One that cannot be worked out might have decided: the grade is an error.
            let unknown = looked.iter().any(|it| it.state(at) != state::THERE);
            if unknown || !looked.iter().any(|it| it.holds(at)) {
                continue;
            }
            let Value::Member(by_score) = self.batch.value(*by_score, at) else { continue };
            let held = all.iter().zip(looked).filter(|it| it.1.holds(at));
            let held: Vec<_> = held.map(|it| *it.0).collect();
            let (target, fates) = (output.slot, settle(by_score, *last, &held).1);
            let hits = fates.into_iter().map(|(decide, fate)| Hit { target, decide, fate });
            decides.extend(hits);
        }
        decides
    }
}

impl Part for Columned<'_> {
    fn outcome(&self, row: usize) -> Outcome {
        Outcome {
            key: Arc::from(self.key(row)),
            values: (0..self.worths.len()).map(|slot| self.value(slot, row)).collect(),
            measures: self.measures(row),
            decides: self.decides(row),
            missing: self.missing(row),
            quarantined: self.quarantined(row),
        }
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn key(&self, row: usize) -> &str {
        self.columns.keys.get(self.number(row))
    }

    fn field(&self, slot: usize, row: usize) -> Value {
        self.columns.field(slot, self.number(row))
    }

    fn value(&self, slot: usize, row: usize) -> Value {
        let at = self.at(row);
        match self.worth(slot) {
            None => self.on.initial(slot).clone(),
            Some(worth) => match worth.state(at) {
                state::THERE => self.shown(worth.own, at),
                other => state::value(other),
            },
        }
    }

    fn measure(&self, slot: usize, row: usize) -> Option<Vec<Value>> {
        let at = self.at(row);
        let (output, scope, columns) = self.others.iter().find(|it| it.0.slot == slot)?;
        let What::Measure { found, .. } = &output.what else { return None };
        let applies = scope.is_none_or(|it| it.holds(at)) && self.is_true(*found, at);
        applies.then(|| columns.iter().map(|it| self.shown(*it, at)).collect())
    }

    fn missing(&self, row: usize) -> Vec<usize> {
        let at = self.at(row);
        self.missing.iter().filter(|it| it.1.holds(at)).map(|it| it.0).collect()
    }

    fn errors(&self, row: usize) -> Vec<(usize, Fault)> {
        let at = self.at(row);
        let slots = (0..self.worths.len()).filter(|slot| match self.worth(*slot) {
            Some(worth) => worth.state(at) >= state::ERROR,
            None => matches!(self.on.initial(*slot), Value::Error(_)),
        });
        let errors = slots.filter_map(|slot| match self.value(slot, row) {
            Value::Error(fault) => Some((slot, fault)),
            _ => None,
        });
        errors.collect()
    }

    fn quarantined(&self, row: usize) -> u32 {
        let rows = self.columns.quarantined.get(&self.number(row));
        rows.map_or(0, |it| it.iter().map(|it| it.1).sum())
    }

    fn count(&self, slot: usize, add: &mut dyn FnMut(Value, usize)) {
        let Some(worth) = self.worth(slot) else {
            return add(self.on.initial(slot).clone(), self.len());
        };
        let Column { low, high, lanes, .. } = worth.own.column;
        let Some(range) = few(*low, *high) else {
            let mut all: Vec<(u8, i128)> = self
                .rows
                .iter()
                .map(|at| match worth.state(*at as usize) {
                    state::THERE => (state::THERE, lanes.at(worth.own.at(*at as usize))),
                    other => (other, 0),
                })
                .collect();
            all.sort_unstable();
            for same in all.chunk_by(|a, b| a == b) {
                let value = match same.first() {
                    Some((state::THERE, it)) => {
                        columns::of_number(*it, worth.own.kind, self.batch.dictionary())
                    }
                    Some((other, _)) => state::value(*other),
                    None => continue,
                };
                add(value, same.len());
            }
            return;
        };
        let mut counts = vec![0_usize; range];
        let mut others = [0_usize; state::ALL];
        let there = worth.is_there();
        if self.is_whole(worth) && add_up(lanes, *low, &mut counts) {
            for (number, count) in (*low..).zip(counts).filter(|it| it.1 > 0) {
                add(columns::of_number(number, worth.own.kind, self.batch.dictionary()), count);
            }
            return;
        }
        for at in self.rows.iter().map(|it| *it as usize) {
            let state = if there { state::THERE } else { worth.state(at) };
            if state == state::THERE {
                let place = lanes.at(worth.own.at(at)) - low;
                let place = usize::try_from(place).ok().and_then(|it| counts.get_mut(it));
                place.into_iter().for_each(|it| *it += 1);
            } else if let Some(own) = others.get_mut(usize::from(state)) {
                *own += 1;
            }
        }
        for (number, count) in (*low..).zip(counts).filter(|it| it.1 > 0) {
            add(columns::of_number(number, worth.own.kind, self.batch.dictionary()), count);
        }
        for (state, count) in (0..).zip(others).filter(|it| it.1 > 0) {
            add(state::value(state), count);
        }
    }

    fn numbers(&self, slot: usize) -> Option<Numbers> {
        let worth = self.worth(slot)?;
        let Kind::Number(places) = worth.own.kind else { return None };
        let lanes = &worth.own.column.lanes;
        let (mut count, mut sum) = (0_usize, 0_i128);
        let mut bounds: Option<(i128, i128)> = None;
        let mut take = |number: i128| {
            count += 1;
            sum = sum.checked_add(number)?;
            bounds =
                Some(bounds.map_or((number, number), |it| (it.0.min(number), it.1.max(number))));
            Some(())
        };
        match lanes {
            columns::Lanes::Short(all) if self.is_whole(worth) => {
                let (low, high) = (all.iter().min()?, all.iter().max()?);
                (count, bounds) = (all.len(), Some(((*low).into(), (*high).into())));
                sum = all.iter().map(|it| i64::from(*it)).sum::<i64>().into();
            }
            _ => {
                for at in self.rows.iter().map(|it| *it as usize) {
                    if worth.state(at) == state::THERE {
                        take(lanes.at(worth.own.at(at)))?;
                    }
                }
            }
        }
        let decimal = |it: i128| Decimal::new(it, places);
        let bounds = match bounds {
            Some((low, high)) => Some((decimal(low)?, decimal(high)?)),
            None => None,
        };
        Some(Numbers { count, bounds, sum: decimal(sum) })
    }

    fn count_missing(&self, add: &mut dyn FnMut(usize, usize)) {
        for (slot, looked) in &self.missing {
            if looked.column.low == looked.column.high && looked.column.high == 0 {
                continue;
            }
            let rows = self.rows.iter().filter(|at| looked.holds(**at as usize));
            add(*slot, rows.count());
        }
    }

    fn in_error(&self) -> Vec<usize> {
        let fails = |worth: &Worth<'_>| {
            let column = |it: Looked<'_>| {
                it.column.states.as_ref().is_some_and(|it| it.iter().any(|it| *it >= state::ERROR))
            };
            column(worth.own) || worth.scope.is_some_and(column)
        };
        let initial = |slot: usize| matches!(self.on.initial(slot), Value::Error(_));
        let mut slots = self.worths.iter().enumerate();
        let any = slots.any(|(slot, it)| it.as_ref().map_or_else(|| initial(slot), fails));
        if !any {
            return Vec::new();
        }
        (0..self.len()).filter(|row| !self.errors(*row).is_empty()).collect()
    }

    fn lanes(&self, slot: usize) -> Option<Lanes> {
        let worth = self.worth(slot)?;
        let (column, kind) = (worth.own.column, worth.own.kind);
        if kind == Kind::Symbol {
            return None;
        }
        let fits = |it: i128| i64::try_from(it).ok();
        fits(column.low).and(fits(column.high))?;
        let places = self.rows.iter().map(|it| worth.own.at(*it as usize));
        let numbers = match &column.lanes {
            columns::Lanes::Bits(all) => {
                places.map(|it| all.get(it).copied().map_or(0, i64::from)).collect()
            }
            columns::Lanes::Short(all) => {
                places.map(|it| all.get(it).copied().map_or(0, i64::from)).collect()
            }
            columns::Lanes::Long(all) => {
                places.map(|it| all.get(it).copied().unwrap_or_default()).collect()
            }
            columns::Lanes::Wide(_) => return None,
        };
        let there = |at: &u32| worth.state(*at as usize) == state::THERE;
        let there = (!worth.is_there()).then(|| self.rows.iter().map(there).collect());
        Some(Lanes { places: kind.places(), numbers, there })
    }

    fn in_scope(&self, slots: &[usize]) -> Vec<usize> {
        let mut open: Vec<usize> = (0..self.len()).collect();
        for slot in slots {
            if open.is_empty() {
                break;
            }
            let measure = self.others.iter().any(|it| it.0.slot == *slot);
            match self.worth(*slot) {
                Some(it) => open.retain(|row| it.state(self.at(*row)) == state::NOT_APPLICABLE),
                None if measure => open.retain(|row| self.measure(*slot, *row).is_none()),
                None => {
                    if *self.on.initial(*slot) != Value::NotApplicable {
                        open.clear();
                    }
                }
            }
        }
        let mut out = open.into_iter().peekable();
        (0..self.len()).filter(|row| out.next_if_eq(row).is_none()).collect()
    }
}

/// Which of some households were founded by the as-of date, counted from the first of them.
pub(super) fn founded(on: &Evaluator<'_>, columns: &Columns, of: Range<usize>) -> Vec<u32> {
    let all = 0..u32::try_from(of.len()).unwrap_or(u32::MAX);
    let since = on.program().linked().subject().and_then(|it| it.since);
    let Some(column) = since.and_then(|it| columns.fields.get(it)?.as_ref()) else {
        return all.collect();
    };
    let day = i128::from(on.as_of().epoch_days());
    if column.high <= day {
        return all.collect();
    }
    let later = |at: usize| column.state(at) == state::THERE && column.lanes.at(at) > day;
    all.filter(|it| !later(of.start + *it as usize)).collect()
}

/// Counts numbers from the least one on. False where they are too long for that.
fn add_up(lanes: &columns::Lanes, low: i128, counts: &mut [usize]) -> bool {
    let mut add = |it: Option<usize>| {
        it.and_then(|it| counts.get_mut(it)).into_iter().for_each(|it| *it += 1);
    };
    match (lanes, i32::try_from(low)) {
        (columns::Lanes::Bits(all), Ok(low)) => {
            all.iter().for_each(|it| add(usize::try_from(i32::from(*it).wrapping_sub(low)).ok()));
        }
        (columns::Lanes::Short(all), Ok(low)) => {
            all.iter().for_each(|it| add(usize::try_from(it.wrapping_sub(low)).ok()));
        }
        _ => return false,
    }
    true
}

/// How many numbers there are between bounds, if they are few.
fn few(low: i128, high: i128) -> Option<usize> {
    let range = high.checked_sub(low)?.checked_add(1)?;
    usize::try_from(range).ok().filter(|it| *it <= 1 << 12)
}
