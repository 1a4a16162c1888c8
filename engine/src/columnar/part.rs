//! The columns of a batch as a part of the results.

mod gaps;
mod reasons;
mod results;
mod scope;

use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use heng_dsl::value::{Fault, Value};

use self::results::{Several, Single};
use super::What;
use super::batch::Batch;
use super::plan::{Kind, NodeId};
use super::worth::{Looked, Rows, Worth, coded, how_many};
use crate::columns::{self, Column, Columns, state};
use crate::eval::{Evaluator, settle};
use crate::outcome::{Hit, Outcome};
use crate::part::{Coded, Lanes, Numbers, Numerals, Part};

/// The results of a batch.
pub(super) struct Columned<'b> {
    batch: &'b Batch<'b>,
    on: &'b Evaluator<'b>,
    columns: &'b Columns,
    /// The households that were founded by the as-of date, by their number in the batch.
    rows: Rows,
    /// By slot; what waits until somebody reads it is looked up then.
    worths: Rc<[Single<'b>]>,
    missing: Vec<(usize, Looked<'b>)>,
    /// Measures, direct determinations and reason codes.
    others: Rc<[Several<'b>]>,
}

impl<'b> Columned<'b> {
    /// The results of a batch.
    pub(super) fn of(batch: &'b Batch<'b>, on: &'b Evaluator<'b>) -> Self {
        let columns = batch.store.columns;
        let numbers = founded(on, columns, batch.first..batch.first + batch.len);
        let rows = Rows { all: numbers.len() == batch.len, numbers };
        let plan = batch.plan();
        let mut worths = Vec::new();
        worths.resize_with(on.program().linked().decls().len(), Single::default);
        let mut others = Vec::new();
        for output in &plan.outputs {
            match &output.what {
                What::Value(node) => {
                    if let Some(place) = worths.get_mut(output.slot) {
                        place.of = Some((output.scope, *node));
                    }
                }
                What::Measure { .. } | What::Hits { .. } | What::Held(_) => {
                    others.push(Several::of(output));
                }
            }
        }
        let look = |node: NodeId| Looked::at_node(batch, node);
        let missing = plan.missing.iter().filter_map(|it| Some((it.0, look(it.1)?)));
        let missing = missing.collect();
        let (worths, others) = (Rc::from(worths), Rc::from(others));
        Self { batch, on, columns, rows, worths, missing, others }
    }

    /// The number of a household in the batch.
    fn at(&self, row: usize) -> usize {
        self.rows.numbers.get(row).map_or(usize::MAX, |it| *it as usize)
    }

    fn number(&self, row: usize) -> usize {
        self.batch.first.saturating_add(self.at(row))
    }

    /// The numbers of the households of the part.
    fn picked<T: Copy, U: From<T> + Default>(&self, worth: &Worth<'_>, all: &[T]) -> Vec<U> {
        if self.rows.all && !worth.own.constant {
            return all.iter().map(|it| U::from(*it)).collect();
        }
        let own = |at: usize| all.get(worth.own.at(at)).map_or(U::default(), |it| U::from(*it));
        self.rows.each().map(own).collect()
    }

    /// Something as numbers, where it stands as such; with what each household of the batch holds instead of a value.
    fn as_lanes(&self, worth: &Worth<'_>, states: Option<&[u8]>) -> Option<Lanes> {
        let (column, kind) = (worth.own.column, worth.own.kind);
        if kind == Kind::Symbol {
            return None;
        }
        let fits = |it: i128| i64::try_from(it).ok();
        let within = (fits(column.low)?, fits(column.high)?);
        let numbers = match &column.lanes {
            columns::Lanes::Bits(all) => Numerals::Short(self.picked(worth, all)),
            columns::Lanes::Brief(all) => Numerals::Short(self.picked(worth, all)),
            columns::Lanes::Short(all) => Numerals::Short(self.picked(worth, all)),
            columns::Lanes::Long(all) => Numerals::Long(self.picked(worth, all)),
            columns::Lanes::Wide(_) => return None,
        };
        let there = |states: &[u8]| {
            if self.rows.all {
                return states.iter().map(|it| *it == state::THERE).collect();
            }
            let is_there = |at: usize| states.get(at) == Some(&state::THERE);
            self.rows.each().map(is_there).collect()
        };
        Some(Lanes { places: kind.places(), numbers, there: states.map(there), within })
    }

    /// What a state and a number of a column stand for.
    fn told(&self, kind: Kind, (own, number): (u8, i128)) -> Value {
        match own {
            state::THERE => columns::of_number(number, kind, self.batch.dictionary()),
            other => state::value(other),
        }
    }

    fn shown(&self, looked: Looked<'_>, at: usize) -> Value {
        looked.column.value(looked.at(at), looked.kind, self.batch.dictionary())
    }

    fn is_true(&self, node: NodeId, at: usize) -> bool {
        self.batch.value(node, at) == Value::Bool(true)
    }

    fn measures(&self, row: usize) -> Vec<(usize, Vec<Value>)> {
        let each = self.others.iter().map(|it| it.output);
        let each = each.filter(|it| matches!(it.what, What::Measure { .. }));
        each.filter_map(|it| Some((it.slot, self.measure(it.slot, row)?))).collect()
    }

    /// What became of direct determinations.
    fn decides(&self, row: usize) -> Vec<Hit> {
        let (at, mut decides) = (self.at(row), Vec::new());
        for other in self.others.iter() {
            let output = other.output;
            let What::Hits { by_score, all, last, .. } = &output.what else { continue };
            let (scope, looked) = other.looked(self.batch);
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

/// The grade by the score, and a bit for each direct determination that holds: what hits follows from these.
type Pattern = (i128, u64);

/// So many direct determinations have a bit each.
const MOST_HITS: usize = 64;

impl<'b> Columned<'b> {
    /// That of a household; nothing where something is not known, or there are too many determinations.
    fn pattern(&self, of: &Several<'b>, at: usize) -> Option<Pattern> {
        let What::Hits { by_score, .. } = &of.output.what else { return None };
        let (scope, looked) = of.looked(self.batch);
        let by_score = Looked::at_node(self.batch, *by_score)?;
        let all = || looked.iter().chain([&by_score]);
        let known =
            scope.is_none_or(|it| it.holds(at)) && all().all(|it| it.state(at) == state::THERE);
        if !known || looked.len() > MOST_HITS {
            return None;
        }
        let held = looked.iter().fold(0, |bits, it| bits << 1 | u64::from(it.holds(at)));
        Some((by_score.column.lanes.at(by_score.at(at)), held))
    }
}

impl Part for Columned<'_> {
    fn narrowed(&self, rows: &[usize]) -> Option<Box<dyn Part + '_>> {
        let numbers = rows.iter().filter_map(|row| self.rows.numbers.get(*row).copied());
        Some(Box::new(Self {
            batch: self.batch,
            on: self.on,
            columns: self.columns,
            rows: Rows { all: false, numbers: numbers.collect() },
            worths: Rc::clone(&self.worths),
            missing: self.missing.clone(),
            others: Rc::clone(&self.others),
        }))
    }

    fn outcome(&self, row: usize) -> Outcome {
        Outcome {
            key: Arc::from(self.key(row)),
            values: (0..self.worths.len()).map(|slot| self.value(slot, row)).collect(),
            measures: self.measures(row),
            decides: self.decides(row),
            missing: self.missing(row),
            quarantined: self.quarantined(row),
            reasons: self.reasons(self.at(row)),
        }
    }

    fn len(&self) -> usize {
        self.rows.numbers.len()
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
            Some(worth) => match self.state(slot, worth, at) {
                state::THERE => self.shown(worth.own, at),
                other => state::value(other),
            },
        }
    }

    fn measure(&self, slot: usize, row: usize) -> Option<Vec<Value>> {
        let at = self.at(row);
        let other = self.others.iter().find(|it| it.output.slot == slot)?;
        let What::Measure { found, .. } = &other.output.what else { return None };
        let (scope, columns) = other.looked(self.batch);
        let applies = scope.is_none_or(|it| it.holds(at)) && self.is_true(*found, at);
        applies.then(|| columns.iter().map(|it| self.shown(*it, at)).collect())
    }

    fn missing(&self, row: usize) -> Vec<usize> {
        let at = self.at(row);
        self.missing.iter().filter(|it| it.1.holds(at)).map(|it| it.0).collect()
    }

    fn coded_missing(&self) -> Coded<Vec<usize>> {
        self.gaps()
    }

    fn errors(&self, row: usize) -> Vec<(usize, Fault)> {
        let at = self.at(row);
        let slots = (0..self.worths.len()).filter(|slot| self.may_fail(*slot));
        let slots = slots.filter(|slot| match self.worth(*slot) {
            Some(worth) => self.state(*slot, worth, at) >= state::ERROR,
            None => true,
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
        let Column { low, lanes, .. } = worth.own.column;
        let number = |it| columns::of_number(it, worth.own.kind, self.batch.dictionary());
        let states = self.states(slot, worth);
        if let Some(mut counts) = worth.counts(states, &self.rows) {
            let others = counts.split_off(counts.len().saturating_sub(state::ALL));
            for (own, count) in (*low..).zip(counts).filter(|it| it.1 > 0) {
                add(number(own), count);
            }
            for (state, count) in (0..).zip(others).filter(|it| it.1 > 0) {
                add(state::value(state), count);
            }
            return;
        }
        let each = self.rows.each().map(|at| match self.state(slot, worth, at) {
            state::THERE => (state::THERE, lanes.at(worth.own.at(at))),
            other => (other, 0),
        });
        let mut all: Vec<(u8, i128)> = each.collect();
        all.sort_unstable();
        for same in all.chunk_by(|a, b| a == b) {
            match same.first() {
                Some((state::THERE, it)) => add(number(*it), same.len()),
                Some((other, _)) => add(state::value(*other), same.len()),
                None => {}
            }
        }
    }

    fn numbers(&self, slot: usize) -> Option<Numbers> {
        let worth = self.worth(slot)?;
        worth.numbers(self.states(slot, worth), &self.rows)
    }

    fn count_missing(&self, add: &mut dyn FnMut(usize, usize)) {
        for (slot, looked) in &self.missing {
            let Column { lanes, states, low, high } = looked.column;
            let count = match lanes {
                _ if low == high && *high == 0 => continue,
                columns::Lanes::Bits(bits) if states.is_none() && self.rows.all => {
                    if looked.constant { self.len() } else { how_many(bits, |it| *it == 1) }
                }
                _ => self.rows.each().filter(|at| looked.holds(*at)).count(),
            };
            add(*slot, count);
        }
    }

    fn in_error(&self) -> Vec<usize> {
        if !(0..self.worths.len()).any(|slot| self.may_fail(slot)) {
            return Vec::new();
        }
        (0..self.len()).filter(|row| !self.errors(*row).is_empty()).collect()
    }

    fn coded(&self, slot: usize) -> Coded<Value> {
        match self.worth(slot) {
            None => {
                Coded { different: vec![self.on.initial(slot).clone()], of: vec![0; self.len()] }
            }
            Some(worth) => coded(worth.own, self.states(slot, worth), &self.rows)
                .map(|it| self.told(worth.own.kind, it)),
        }
    }

    fn coded_field(&self, slot: usize) -> Coded<Value> {
        let kind = self.columns.kinds().fields.get(slot).copied();
        let column = self.columns.fields.get(slot).and_then(Option::as_ref);
        match (column, kind) {
            (Some(column), Some(kind)) => {
                let first = self.batch.first;
                let column = &column.slice(first, first + self.batch.len);
                let looked = Looked { column, kind, constant: false };
                coded(looked, column.states.as_deref(), &self.rows).map(|it| self.told(kind, it))
            }
            _ => Coded::of((0..self.len()).map(|row| self.field(slot, row))),
        }
    }

    fn coded_measure(&self, slot: usize, column: usize) -> Coded<Option<Value>> {
        let found = self.others.iter().find(|it| it.output.slot == slot);
        let applies = found.and_then(|other| match &other.output.what {
            What::Measure { found, .. } => {
                let (scope, columns) = other.looked(self.batch);
                Some((*scope, Looked::at_node(self.batch, *found)?, *columns.get(column)?))
            }
            _ => None,
        });
        let Some((scope, found, looked)) = applies else {
            return Coded { different: vec![None], of: vec![0; self.len()] };
        };
        let states = looked.states(self.batch.len);
        let own = coded(looked, states.as_deref(), &self.rows);
        let mut own = own.map(|it| Some(self.told(looked.kind, it)));
        let nothing = u32::try_from(own.different.len()).unwrap_or(u32::MAX);
        own.different.push(None);
        for (number, at) in own.of.iter_mut().zip(self.rows.each()) {
            if !scope.is_none_or(|it| it.holds(at)) || !found.holds(at) {
                *number = nothing;
            }
        }
        own
    }

    fn coded_hits(&self, slot: usize) -> Coded<Vec<usize>> {
        let is_own = |it: &&Several<'_>| {
            it.output.slot == slot && matches!(it.output.what, What::Hits { .. })
        };
        let Some(other) = self.others.iter().find(is_own) else {
            return Coded::same(Vec::new(), self.len());
        };
        let (_, looked) = other.looked(self.batch);
        // Where none holds, and none is unknown, nothing has hit; the others are told one by one.
        let may_hit = reasons::may_hold(looked, self.batch.len);
        let rows = self.rows.each().enumerate().filter(|it| may_hit.get(it.1) != Some(&0));
        let mut known: BTreeMap<Pattern, Vec<usize>> = BTreeMap::new();
        let hits = |(row, at): (usize, usize)| {
            let told = || {
                let hits = self.decides(row).into_iter().filter(|it| it.target == slot);
                hits.map(|it| it.decide).collect()
            };
            let hits = match self.pattern(other, at) {
                Some(it) => known.entry(it).or_insert_with(told).clone(),
                None => told(),
            };
            (row, hits)
        };
        Coded::but_for(Vec::new(), self.len(), rows.map(hits))
    }

    fn coded_reasons(&self, slot: usize) -> Coded<Vec<usize>> {
        self.all_reasons(slot)
    }

    fn reason_lanes(&self, slot: usize) -> Option<Lanes> {
        let worth = self.row_code(slot)?;
        self.as_lanes(&worth, worth.states(self.batch.len).as_deref())
    }

    fn lacking(&self, slot: usize) -> Vec<usize> {
        let Some(worth) = self.worth(slot) else {
            let all = *self.on.initial(slot) == Value::Missing;
            return if all { (0..self.len()).collect() } else { Vec::new() };
        };
        let Some(states) = self.states(slot, worth) else { return Vec::new() };
        if !states.contains(&state::MISSING) {
            return Vec::new();
        }
        let rows = self.rows.each().enumerate();
        rows.filter(|it| states.get(it.1) == Some(&state::MISSING)).map(|it| it.0).collect()
    }

    fn lanes(&self, slot: usize) -> Option<Lanes> {
        let worth = self.worth(slot)?;
        self.as_lanes(worth, self.states(slot, worth))
    }

    fn in_scope(&self, slots: &[usize]) -> Vec<usize> {
        self.about(slots)
    }
}

/// Which of some households were founded by the as-of date, counted from the first of them.
pub(crate) fn founded(on: &Evaluator<'_>, columns: &Columns, of: Range<usize>) -> Vec<u32> {
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
