//! Is a model what its types promise? What every back-end relies on and deserialisation does not say:
//! operands have the types that a node needs, numbers lose no places, bound elements and locals are
//! there, rows have a cell a column, members are in range, periods do not overlap, nothing goes in
//! circles.
//!
//! The checker makes such models only; a stored one may have been written by another program. What is
//! taken on trust: that a value which is marked as there because of what was asked before really is
//! (an evaluation reports `R0104` otherwise), and the reasons that `verify` looks for.

mod builtin;
mod circle;
mod content;
mod data;
mod decl;
mod expr;
mod kind;
mod rest;
mod source;

use std::fmt::Display;

use super::linked::Linked;
use super::{Let, RuleSet};
use crate::diag::Words;

/// Faults that are listed of one package.
const MAX_LISTED: usize = 50;

/// Something that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// Where, like a JSON pointer, with ids in the place of numbers where there are some:
    /// `/decls/面积分/versions/0/content/rows/1`.
    pub place: String,
    /// What is wrong, without a full stop.
    pub why: Words,
}

/// Looks at one package of a linked model, by its number. A number that names no package has no faults.
pub fn check(package: usize, linked: &Linked) -> Vec<Invalid> {
    let Some(set) = linked.packages.get(package) else { return Vec::new() };
    crate::stack::deep(|| {
        let mut valid = Valid { linked, package, place: Vec::new(), out: Vec::new() };
        valid.circles(set);
        if valid.out.is_empty() {
            valid.rule_set(set);
        }
        valid.out
    })
}

/// One package while it is being looked at.
struct Valid<'m> {
    linked: &'m Linked,
    package: usize,
    place: Vec<String>,
    out: Vec<Invalid>,
}

/// What an expression can speak of at its place.
#[derive(Debug, Clone)]
struct Scope<'m> {
    /// Bound elements, the innermost last.
    bound: Vec<source::Elem>,
    /// Local values.
    lets: &'m [Let],
    /// Is there a household? Not in a rule about a whole table.
    household: bool,
    /// May it ask the register? Not inside a function of the register, or in the data.
    register: bool,
}

impl Scope<'_> {
    /// A rule about a household.
    fn household() -> Self {
        Self { bound: Vec::new(), lets: &[], household: true, register: true }
    }

    /// The same with one more element bound.
    fn with(&self, elem: source::Elem) -> Self {
        let mut bound = self.bound.clone();
        bound.push(elem);
        Self { bound, lets: self.lets, ..*self }
    }

    /// The bound element, counted outwards.
    fn element(&self, up: u32) -> Option<&source::Elem> {
        let up = usize::try_from(up).ok()?;
        self.bound.len().checked_sub(up.checked_add(1)?).and_then(|it| self.bound.get(it))
    }
}

impl<'m> Valid<'m> {
    /// Looks at something below the present place.
    fn within<T>(&mut self, place: impl Display, look: impl FnOnce(&mut Self) -> T) -> T {
        self.place.push(place.to_string());
        let out = look(self);
        self.place.pop();
        out
    }

    /// Looks at each of a list.
    fn each<I>(&mut self, place: &str, all: &'m [I], mut look: impl FnMut(&mut Self, &'m I)) {
        self.within(place, |own| {
            for (at, it) in all.iter().enumerate() {
                own.within(at, |own| look(own, it));
            }
        });
    }

    /// Notes a fault at the present place.
    fn wrong(&mut self, zh: impl Into<String>, en: impl Into<String>) {
        if self.out.len() < MAX_LISTED {
            let place = format!("/{}", self.place.join("/"));
            self.out.push(Invalid { place, why: Words::both(zh.into(), en.into()) });
        }
    }

    /// Notes a fault unless something holds.
    fn insist(&mut self, holds: bool, zh: &str, en: &str) {
        if !holds {
            self.wrong(zh, en);
        }
    }

    fn rule_set(&mut self, set: &'m RuleSet) {
        self.insist(
            !set.id.is_empty() && !set.id.contains('@'),
            "规则集的 id 不能空着，也不能有 @",
            "the id of a rule set cannot be empty or have an @ in it",
        );
        if let Some(it) = &set.applies {
            self.within("applies", |own| own.condition(it, &Scope::household()));
        }
        self.data(set);
        self.decls(set);
        self.rest(set);
    }
}
