//! Can these conditions hold together?
//!
//! The answer “never” is certain, because every case was tried and each contradicts itself; where there
//! are too many cases, or something is not understood, there is no answer. What an expression is worth
//! where it is not asked for (behind a guard that does not hold) may be anything, which only makes
//! contradictions rarer.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::formula::{Atom, Formula, formula};
use super::orders::{Edge, Orders};
use super::terms::Terms;
use crate::model::Expr;
use crate::value::Period;
use crate::verify::reach::Reach;

/// Cases that one question may come to.
const MAX_CASES: u32 = 160;

/// How deep a question about the records inside another question may lie.
pub(super) const MAX_DEPTH: u32 = 2;

/// What questions are asked under.
#[derive(Clone, Copy)]
pub(super) struct Frame<'a, 'l> {
    pub(super) reach: &'a Reach<'l>,
    /// When the rule in question is in force.
    pub(super) period: Period,
    /// See [`Terms::clean`].
    pub(super) clean: bool,
    /// Questions of this package that may still be asked.
    pub(super) left: &'a Cell<u32>,
    pub(super) depth: u32,
}

impl Frame<'_, '_> {
    /// Is it certain that these conditions, each with whether it holds, never hold together?
    pub(super) fn never(self, conditions: &[(&Expr, bool)]) -> bool {
        let Some(left) = self.left.get().checked_sub(1) else { return false };
        self.left.set(left);
        let mut terms = Terms::new(self.reach, self.period, self.clean);
        let mut all: Vec<Formula> =
            conditions.iter().map(|(it, holds)| formula(&mut terms, it, *holds)).collect();
        super::counts::relate(self, &mut terms, &mut all);
        if terms.full {
            return false;
        }
        let mut case = Case::default();
        if !all.iter().all(|it| case.add(&terms, it)) {
            return true;
        }
        !Search { terms: &terms, cases: 0 }.possible(case)
    }

    /// Does the second hold wherever the first ones do?
    pub(super) fn implies(self, premises: &[&Expr], conclusion: &Expr) -> bool {
        let mut all: Vec<(&Expr, bool)> = premises.iter().map(|it| (*it, true)).collect();
        all.push((conclusion, false));
        self.never(&all)
    }
}

/// What has been assumed.
#[derive(Default, Clone)]
struct Case<'f> {
    edges: Vec<Edge>,
    members: BTreeMap<usize, Vec<bool>>,
    texts: BTreeMap<usize, Text>,
    flags: BTreeMap<usize, bool>,
    /// Of each one has to hold.
    open: Vec<&'f [Formula]>,
}

/// What is known of a text.
#[derive(Default, Clone)]
struct Text {
    one_of: Option<Vec<String>>,
    none_of: Vec<String>,
    starts: Vec<(String, bool)>,
}

impl<'f> Case<'f> {
    /// Assumes something; false where that contradicts what is known already.
    fn add(&mut self, terms: &Terms<'_, '_>, formula: &'f Formula) -> bool {
        match formula {
            Formula::All(all) => all.iter().all(|it| self.add(terms, it)),
            Formula::Any(all) => match all.as_slice() {
                [] => false,
                [only] => self.add(terms, only),
                several => {
                    self.open.push(several);
                    true
                }
            },
            Formula::Is(atom) => self.atom(terms, atom),
        }
    }

    fn atom(&mut self, terms: &Terms<'_, '_>, atom: &Atom) -> bool {
        match atom {
            Atom::Apart(edge) => {
                self.edges.push(*edge);
                true
            }
            Atom::Member(at, fits) => {
                let count = terms.members(*at).unwrap_or(fits.len());
                let own = self.members.entry(*at).or_insert_with(|| vec![true; count]);
                own.iter_mut().zip(fits).for_each(|(own, fits)| *own &= fits);
                own.iter().any(|it| *it)
            }
            Atom::Text(at, all, true) => {
                let text = self.texts.entry(*at).or_default();
                match &mut text.one_of {
                    Some(own) => own.retain(|it| all.contains(it)),
                    None => text.one_of = Some(all.clone()),
                }
                text.is_possible()
            }
            Atom::Text(at, all, false) => {
                let text = self.texts.entry(*at).or_default();
                text.none_of.extend_from_slice(all);
                text.is_possible()
            }
            Atom::Starts(at, start, holds) => {
                let text = self.texts.entry(*at).or_default();
                text.starts.push((start.clone(), *holds));
                text.is_possible()
            }
            Atom::Flag(at, holds) => self.flags.insert(*at, *holds).is_none_or(|it| it == *holds),
        }
    }

    /// Do the differences and the members agree?
    fn is_possible(&self, terms: &Terms<'_, '_>) -> bool {
        let mut members = self.members.clone();
        let mut edges: Vec<Edge> = Vec::new();
        loop {
            for (at, fits) in &members {
                let first = fits.iter().position(|it| *it).and_then(|it| i128::try_from(it).ok());
                let last = fits.iter().rposition(|it| *it).and_then(|it| i128::try_from(it).ok());
                let (Some(first), Some(last)) = (first, last) else { return false };
                edges.push((super::orders::ZERO, *at, -first));
                edges.push((*at, super::orders::ZERO, last));
            }
            let all = terms.edges.iter().chain(&self.edges).chain(&edges).copied();
            let Some(orders) = Orders::of(terms.things.len(), all) else { return false };
            let mut changed = false;
            for (at, fits) in &mut members {
                let (low, high) = orders.bounds(*at);
                for (position, fits) in (0_i128..).zip(fits.iter_mut()).filter(|it| *it.1) {
                    if low.is_some_and(|it| position < it) || high.is_some_and(|it| position > it) {
                        *fits = false;
                        changed = true;
                    }
                }
            }
            if !changed {
                return true;
            }
        }
    }
}

impl Text {
    fn is_possible(&self) -> bool {
        let fits = |text: &str| {
            !self.none_of.iter().any(|it| it == text)
                && self.starts.iter().all(|(start, holds)| text.starts_with(start) == *holds)
        };
        if let Some(all) = &self.one_of {
            return all.iter().any(|it| fits(it));
        }
        let must = || self.starts.iter().filter(|it| it.1).map(|it| it.0.as_str());
        let not = || self.starts.iter().filter(|it| !it.1).map(|it| it.0.as_str());
        let along = |a: &str, b: &str| a.starts_with(b) || b.starts_with(a);
        must().all(|a| must().all(|b| along(a, b)))
            && must().all(|a| !not().any(|b| a.starts_with(b)))
    }
}

struct Search<'t, 'a, 'l> {
    terms: &'t Terms<'a, 'l>,
    cases: u32,
}

impl Search<'_, '_, '_> {
    /// Is there a case without a contradiction, or are there too many to tell?
    fn possible(&mut self, mut case: Case<'_>) -> bool {
        self.cases += 1;
        if self.cases > MAX_CASES {
            return true;
        }
        if !case.is_possible(self.terms) {
            return false;
        }
        // The one with the fewest ways first.
        let least = case.open.iter().enumerate().min_by_key(|it| it.1.len()).map(|it| it.0);
        let Some(least) = least else { return true };
        let ways = case.open.swap_remove(least);
        ways.iter().any(|way| {
            let mut case = case.clone();
            case.add(self.terms, way) && self.possible(case)
        })
    }
}
