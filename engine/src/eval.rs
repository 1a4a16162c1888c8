//! The reference evaluator: one household at a time, exact, as of a date. It is the meaning of the
//! language; every faster way is judged against it.
//!
//! How non-values move (`language.md` §3.3, §3.13, §3.17): where several meet in one operation, 错误
//! goes before 不适用 and 不适用 before 缺失. A branch that is not taken has no error. In a table a value
//! that is 不适用 meets the rows of 缺失; where there are none, 不适用 passes through.
//!
//! What is absent: no clock, no floating point, no shared state between households, and no recursion
//! deeper than the expressions of the rules, because declarations are worked out in order.

pub(crate) mod action;
mod aggregate;
mod builtin;
pub mod checks;
mod classify;
mod code;
mod decl;
mod expr;
mod known;
mod number;
mod parts;
mod reason;
mod scope;
mod shape;
mod source;
mod table;
mod window;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use heng_dsl::model::linked::Linked;
use heng_dsl::model::{Cell, Condition, DeclKind, Expr, Source};
use heng_dsl::value::{Date, Value};

pub(crate) use self::aggregate::{of_many, summary_to};
pub(crate) use self::builtin::called;
pub(crate) use self::classify::{Hitting, settle, settled};
pub(crate) use self::code::is_valid as is_valid_code;
pub(crate) use self::decl::of_cells;
pub(crate) use self::expr::{
    holds, milder, not_bool, product_of, shifted_by, sum_of, text, until_settled,
};
pub(crate) use self::number::{compare, computed, decimal, either, places, round, worse};
pub(crate) use self::scope::{Element, Frame};
pub(crate) use self::shape::Shapes;
use self::table::Note;
pub(crate) use self::table::together;
pub(crate) use self::window::{Stretch, stretch, unit_before};
use crate::data::Household;
use crate::graph::{Edge, Thing};
use crate::outcome::{Hit, Outcome, Step, Trace};
use crate::population::PopulationValues;
use crate::program::Program;

/// Works out everything for one household. `number` is its number in the register for which the
/// population values were made. The trace is given on request and changes no value.
///
/// To evaluate many households on one date, prepare an [`Evaluator`] once.
pub fn evaluate(
    program: &Program,
    household: &Household,
    population: &PopulationValues,
    number: usize,
    as_of: Date,
    trace: bool,
) -> (Outcome, Option<Trace>) {
    Evaluator::new(program, as_of).evaluate(household, population, number, trace)
}

/// A program on a date: what is the same for every household.
#[derive(Debug)]
pub struct Evaluator<'p> {
    program: &'p Program,
    as_of: Date,
    /// The version of each declaration that is in force.
    versions: Vec<Option<usize>>,
    /// Is a declaration 不适用 where the 适用 of its package does not hold?
    bound: Arc<[bool]>,
    shapes: Arc<Shapes>,
    /// What declarations are worth before anything was worked out: parameters have their value.
    initial: Vec<Value>,
}

impl<'p> Evaluator<'p> {
    /// Prepares a program for a date.
    pub fn new(program: &'p Program, as_of: Date) -> Self {
        let linked = program.linked();
        let bound = (0..linked.decls().len()).map(|it| is_bound(program, it)).collect();
        Self::prepared(program, as_of, bound, Arc::new(Shapes::of(linked)))
    }

    /// The same program on another date.
    #[must_use]
    pub fn on(&self, as_of: Date) -> Self {
        Self::prepared(self.program, as_of, self.bound.clone(), self.shapes.clone())
    }

    fn prepared(
        program: &'p Program,
        as_of: Date,
        bound: Arc<[bool]>,
        shapes: Arc<Shapes>,
    ) -> Self {
        let linked = program.linked();
        let in_force = |slot: usize| {
            linked.decl(slot).versions.iter().position(|it| it.period.contains(as_of))
        };
        let slots = 0..linked.decls().len();
        let mut prepared = Self {
            program,
            as_of,
            versions: slots.clone().map(in_force).collect(),
            bound,
            shapes,
            initial: vec![Value::NotApplicable; slots.len()],
        };
        prepared.initial = prepared.parameters();
        prepared
    }

    /// Works out everything for one household, like [`evaluate`].
    pub fn evaluate(
        &self,
        household: &Household,
        population: &PopulationValues,
        number: usize,
        trace: bool,
    ) -> (Outcome, Option<Trace>) {
        self.evaluate_some(self.program.order(), household, population, number, trace)
    }

    /// Like [`Evaluator::evaluate`] without a trace, of which the outcome has the reason codes.
    pub(crate) fn with_reasons(
        &self,
        (household, number): (&Household, usize),
        population: &PopulationValues,
    ) -> Outcome {
        let (mut outcome, trace) = self.evaluate(household, population, number, true);
        let codes = |it| crate::reasons::of_trace(self.program.linked(), &it);
        outcome.reasons = trace.map(codes).unwrap_or_default();
        outcome
    }

    /// Like [`Evaluator::evaluate`] for some declarations, each after everything that it reads; the
    /// others are 不适用.
    pub(crate) fn evaluate_some(
        &self,
        slots: &[usize],
        household: &Household,
        population: &PopulationValues,
        number: usize,
        trace: bool,
    ) -> (Outcome, Option<Trace>) {
        let mut working = Working::new(self, household, population, number);
        working.trace = trace.then(Trace::default);
        working.work_out(slots);
        working.finish()
    }

    /// Like [`Evaluator::evaluate_some`], where the worth of other declarations is known. What these read
    /// and missed is not told.
    pub(crate) fn evaluate_from(
        &self,
        known: impl Iterator<Item = (usize, Value)>,
        slots: &[usize],
        (household, number): (&Household, usize),
        population: &PopulationValues,
    ) -> Outcome {
        let mut working = Working::new(self, household, population, number);
        for (slot, value) in known {
            if let Some(place) = working.values.get_mut(slot) {
                *place = value;
            }
        }
        working.work_out(slots);
        working.finish().0
    }

    /// What an expression is worth for a household, once some declarations were worked out.
    pub(crate) fn ask_after(
        &self,
        slots: &[usize],
        household: &Household,
        population: &PopulationValues,
        question: &Expr,
    ) -> Value {
        let mut working = Working::new(self, household, population, 0);
        working.work_out(slots);
        working.ask(question, &Frame::new(&[]))
    }

    /// The number of the version of a declaration that is in force.
    pub(crate) fn version_of(&self, slot: usize) -> Option<usize> {
        self.versions.get(slot).copied().flatten()
    }

    /// The as-of date.
    pub(crate) fn as_of(&self) -> Date {
        self.as_of
    }

    /// The program.
    pub(crate) fn program(&self) -> &'p Program {
        self.program
    }

    /// What has to be known of fields besides their values.
    pub(crate) fn shapes(&self) -> &Shapes {
        &self.shapes
    }

    /// Is a declaration 不适用 where the 适用 of its package does not hold?
    pub(crate) fn is_bound(&self, slot: usize) -> bool {
        self.bound.get(slot).copied().unwrap_or_default()
    }

    /// What a declaration is worth before anything is worked out: parameters have their value.
    pub(crate) fn initial(&self, slot: usize) -> &Value {
        self.initial.get(slot).unwrap_or(&Value::NotApplicable)
    }

    /// Was the household founded by the as-of date? One without a date is taken to be.
    pub(crate) fn is_founded(&self, household: &Household) -> bool {
        self.founded(&|it| household.fields.get(it).cloned().unwrap_or(Value::Missing))
    }

    /// The same of a household whose fields are looked up.
    pub(crate) fn founded(&self, field: &dyn Fn(usize) -> Value) -> bool {
        let since = self.program.linked().subject().and_then(|it| it.since);
        match since.map(field) {
            Some(Value::Date(since)) => since <= self.as_of,
            _ => true,
        }
    }

    /// Parameters are the same for every household, so that they are worked out once.
    fn parameters(&self) -> Vec<Value> {
        let nobody = Household::default();
        let nothing = PopulationValues::default();
        let mut working = Working::new(self, &nobody, &nothing, 0);
        let params = self.program.order().iter().copied();
        let params: Vec<usize> = params.filter(|it| self.is_param(*it)).collect();
        working.work_out(&params);
        working.values
    }

    fn is_param(&self, slot: usize) -> bool {
        self.program.linked().decl(slot).kind == DeclKind::Param
    }
}

fn is_bound(program: &Program, slot: usize) -> bool {
    let scope = Thing::Scope(program.linked().package_of(slot));
    program.graph().reads(Thing::Decl(slot)).contains(&(scope, Edge::Reads))
}

/// One household being worked out.
pub(crate) struct Working<'e> {
    on: &'e Evaluator<'e>,
    linked: &'e Linked,
    as_of: Date,
    household: &'e Household,
    population: &'e PopulationValues,
    number: usize,
    /// What declarations are worth, by slot, as far as they were worked out.
    values: Vec<Value>,
    measures: Vec<(usize, Vec<Value>)>,
    hits: Vec<Hit>,
    /// Fields that were read and missing, with repetitions.
    missing: Vec<usize>,
    /// Does the 适用 of each package hold, as far as it was asked?
    scopes: Vec<Option<Value>>,
    /// Derived fields that were worked out.
    derived: Vec<(usize, Value)>,
    /// What values of each record are worth, by slot and record, as far as they were asked.
    of_records: BTreeMap<(usize, usize), Value>,
    trace: Option<Trace>,
    /// What is noted of the rule that is being worked out.
    step: Option<Step>,
    /// Something is worked out for show only: nothing is remembered of it.
    quiet: bool,
}

impl<'e> Working<'e> {
    pub(crate) fn new(
        on: &'e Evaluator<'e>,
        household: &'e Household,
        population: &'e PopulationValues,
        number: usize,
    ) -> Self {
        let linked = on.program.linked();
        Self {
            on,
            linked,
            as_of: on.as_of,
            household,
            population,
            number,
            values: on.initial.clone(),
            measures: Vec::new(),
            hits: Vec::new(),
            missing: Vec::new(),
            scopes: vec![None; linked.packages.len()],
            derived: Vec::new(),
            of_records: BTreeMap::new(),
            trace: None,
            step: None,
            quiet: false,
        }
    }

    /// Works out declarations, which have to come after what they read.
    pub(crate) fn work_out(&mut self, slots: &[usize]) {
        for slot in slots {
            self.step = self.trace.is_some().then(|| Step { decl: *slot, ..Step::default() });
            let value = self.declaration(*slot);
            if let Some(place) = self.values.get_mut(*slot) {
                *place = value;
            }
            let step = self.step.take().filter(|it| it.version.is_some());
            if let (Some(step), Some(trace)) = (step, &mut self.trace) {
                trace.steps.push(step);
            }
        }
    }

    fn finish(mut self) -> (Outcome, Option<Trace>) {
        let only_asked = |slot: &usize| self.on.shapes.only_asked.get(*slot).is_some_and(|it| *it);
        let missing: BTreeSet<usize> =
            self.missing.iter().copied().filter(|it| !only_asked(it)).collect();
        if let Some(trace) = &mut self.trace {
            let outside = self.scopes.iter().enumerate();
            let outside = outside
                .filter(|it| matches!(it.1, Some(Value::Bool(false) | Value::NotApplicable)));
            trace.out_of_scope = outside.map(|it| it.0).collect();
        }
        let quarantined = self.household.quarantined.iter().map(|it| it.1).sum();
        let outcome = Outcome {
            key: self.household.key.clone(),
            values: self.values,
            measures: self.measures,
            decides: self.hits,
            missing: missing.into_iter().collect(),
            quarantined,
            reasons: Vec::new(),
        };
        (outcome, self.trace)
    }

    /// What an expression of a rule is worth, once what it reads was worked out.
    pub(crate) fn ask(&mut self, expr: &'e Expr, frame: &Frame<'_, 'e>) -> Value {
        self.expr(expr, frame.start())
    }

    /// What an expression of a rule is worth for an element of a source.
    pub(crate) fn ask_of(
        &mut self,
        expr: &'e Expr,
        element: &Element,
        frame: &Frame<'_, 'e>,
    ) -> Value {
        self.of_element(expr, element, frame.start())
    }

    /// What a condition of a rule is worth.
    pub(crate) fn condition_of(
        &mut self,
        condition: &'e Condition,
        frame: &Frame<'_, 'e>,
    ) -> Value {
        self.condition(condition, frame.start(), Note::Silent)
    }

    /// The elements of a source of a rule; the reason where there are none to speak of.
    ///
    /// # Errors
    ///
    /// The non-value that takes their place.
    pub(crate) fn elements_of(
        &mut self,
        source: &'e Source,
        frame: &Frame<'_, 'e>,
    ) -> Result<Vec<Element>, Value> {
        self.elements(source, frame.start())
    }

    /// Does a value pass a cell of a table? `None` where that cannot be told.
    pub(crate) fn passes(
        &mut self,
        cell: &'e Cell,
        value: &Value,
        frame: &Frame<'_, 'e>,
    ) -> Option<bool> {
        self.cell(cell, value, frame.start()).ok()
    }

    /// Works something out for show only.
    fn quietly<T>(&mut self, what: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.quiet, true);
        let step = self.step.take();
        let worth = what(self);
        self.step = step;
        self.quiet = before;
        worth
    }

    /// Works something out without noting anything about the rule at hand.
    fn aside<T>(&mut self, what: impl FnOnce(&mut Self) -> T) -> T {
        let step = self.step.take();
        let worth = what(self);
        self.step = step;
        worth
    }
}
