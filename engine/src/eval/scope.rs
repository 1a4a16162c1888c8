//! What the names in an expression mean: bound elements and local values.

use std::cell::RefCell;

use heng_dsl::model::{CalendarUnit, Let};
use heng_dsl::value::{Date, Value};

use crate::outcome::RuleId;

/// An element of a source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Element {
    /// A record: slot of the table, number among the household's records of it.
    Record(usize, usize),
    /// Elements with the same key.
    Group(Box<Group>),
    /// A calendar unit, with its first and its last day.
    Unit(CalendarUnit, Date, Date),
    /// An earlier result, by number.
    Result(usize),
}

/// Elements with the same key. It is boxed because nearly all elements are records, and small.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Group {
    /// The key.
    pub(crate) key: Value,
    /// The elements, in the order of their source.
    pub(crate) members: Vec<Element>,
}

/// A bound element, and what is bound around it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bound<'s> {
    /// The element.
    pub(crate) element: &'s Element,
    /// The next one outwards.
    pub(crate) outer: Option<&'s Bound<'s>>,
}

/// The rule in which an expression stands.
#[derive(Debug)]
pub(crate) struct Frame<'s, 'e> {
    lets: &'e [Let],
    known: RefCell<Vec<Option<Value>>>,
    /// The record that the rule is about, for a value of each record.
    about: Option<Bound<'s>>,
    /// The rule itself, where a trace may tell of it.
    rule: Option<RuleId>,
}

impl<'s, 'e> Frame<'s, 'e> {
    /// A rule with local values.
    pub(crate) fn new(lets: &'e [Let]) -> Self {
        Self { lets, known: RefCell::new(vec![None; lets.len()]), about: None, rule: None }
    }

    /// A rule about an element.
    pub(crate) fn about(lets: &'e [Let], element: &'s Element) -> Self {
        Self { about: Some(Bound { element, outer: None }), ..Self::new(lets) }
    }

    /// The same rule, known by its number.
    pub(crate) fn of(self, rule: RuleId) -> Self {
        Self { rule: Some(rule), ..self }
    }

    /// The number of the rule.
    pub(crate) fn rule(&self) -> Option<RuleId> {
        self.rule
    }

    /// The place where the rule begins: nothing is bound but what it is about.
    pub(crate) fn start(&self) -> At<'_, 'e> {
        At { frame: self, bound: self.about.as_ref() }
    }

    /// A local value, by number.
    pub(crate) fn local(&self, number: usize) -> Option<&'e Let> {
        self.lets.get(number)
    }

    /// What a local value is worth, if it was asked before.
    pub(crate) fn known(&self, number: usize) -> Option<Value> {
        self.known.borrow().get(number)?.clone()
    }

    /// Remembers what a local value is worth.
    pub(crate) fn learn(&self, number: usize, value: &Value) {
        if let Some(place) = self.known.borrow_mut().get_mut(number) {
            *place = Some(value.clone());
        }
    }

    /// What the local values are worth that were asked; others are 不适用.
    pub(crate) fn locals(&self) -> Vec<Value> {
        let known = self.known.borrow();
        known.iter().map(|it| it.clone().unwrap_or(Value::NotApplicable)).collect()
    }
}

/// A place in a rule.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At<'s, 'e> {
    /// The rule.
    pub(crate) frame: &'s Frame<'s, 'e>,
    /// The innermost bound element.
    pub(crate) bound: Option<&'s Bound<'s>>,
}

impl<'s, 'e> At<'s, 'e> {
    /// The bound element, counted outwards from 0.
    pub(crate) fn element(&self, up: u32) -> Option<&'s Element> {
        let mut bound = self.bound?;
        for _ in 0..up {
            bound = bound.outer?;
        }
        Some(bound.element)
    }

    /// The same place with one more element bound.
    pub(crate) fn within<'t>(&self, bound: &'t Bound<'t>) -> At<'t, 'e>
    where
        's: 't,
    {
        At { frame: self.frame, bound: Some(bound) }
    }
}
