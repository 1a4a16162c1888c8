//! What conditions say: whether they can hold, whether they say anything, how they lie to each other.
//!
//! Every question is put the same way: can these conditions hold together (`logic/question.rs`)? What an
//! author calls by a name is written out first (`logic/resolve.rs`). An answer “never” is certain; no
//! answer says nothing. A rule is looked at in each stretch of time in which no rule changes, and what
//! is reported holds in all of them.

mod counts;
mod dates;
mod formula;
mod inspect;
mod numbers;
mod orders;
mod outcomes;
mod question;
mod resolve;
mod site;
mod terms;
mod text;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::ops::Range;

use rayon::prelude::*;

use self::inspect::{Inspector, Verdict};
use self::question::Frame;
use self::resolve::{Home, Locals};
use self::site::Site;
use super::names::Read;
use super::reach::Reach;
use super::{Finding, Findings, NodePath, Owner, Part};
use crate::diag::Code;
use crate::model::walk::{self, RefKind, Visitor};
use crate::model::{Condition, Content, DeclKind, Expr, Let, Ref, RuleSet, Version};
use crate::value::Period;

/// Questions that may be asked in one part of a package: some hundred times what a large one asks.
const MAX_QUESTIONS: u32 = 40_000;

/// Parts of a package that are looked at side by side, at most: each has ranges of its own.
const MAX_PIECES: usize = 8;

/// Declarations of one part, at least.
const PIECE: usize = 16;

/// A part of a package. What is found does not depend on how many cores there are: the parts, and the questions
/// that each may ask, follow from the package.
enum Piece {
    Decls(Range<usize>),
    Decides,
    Checks,
    Outcomes,
}

/// Looks at all conditions of a package, on as many cores as there are.
pub(super) fn check(package: usize, reaches: &[Reach<'_>], read: &Read, out: &mut Findings) {
    let Some(first) = reaches.first() else { return };
    let Some(set) = first.linked.packages.get(package) else { return };
    let before = before(set, first);
    let size = set.decls.len().div_ceil(MAX_PIECES).max(PIECE);
    let decls = (0..set.decls.len()).step_by(size);
    let decls = decls.map(|it| Piece::Decls(it..set.decls.len().min(it + size)));
    let pieces: Vec<(Piece, Vec<Reach<'_>>)> = decls
        .chain([Piece::Decides, Piece::Checks, Piece::Outcomes])
        .map(|it| (it, reaches.to_vec()))
        .collect();
    let look = |(piece, reaches): (Piece, Vec<Reach<'_>>)| {
        let mut out = Findings::default();
        let logic = Logic {
            set,
            package,
            reaches: &reaches,
            locals: Locals::default(),
            left: Cell::new(MAX_QUESTIONS),
            by_date: &read.by_date,
            before: &before,
        };
        match piece {
            Piece::Decls(range) => logic.decls(range, &mut out),
            Piece::Decides => logic.decides(&mut out),
            Piece::Checks => logic.checks(&mut out),
            Piece::Outcomes => outcomes::check(&logic, &mut out),
        }
        out.all
    };
    let found: Vec<Vec<Finding>> = pieces.into_par_iter().map(look).collect();
    found.into_iter().flatten().for_each(|it| out.push(it));
}

/// A package while its conditions are looked at.
struct Logic<'a, 'l> {
    set: &'a RuleSet,
    package: usize,
    reaches: &'a [Reach<'l>],
    locals: Locals,
    left: Cell<u32>,
    /// Declarations that are read with the rules of another day, by slot.
    by_date: &'a BTreeSet<usize>,
    /// Declarations that 适用 of the set itself rests on, by slot: for them it is not known yet.
    before: &'a BTreeSet<usize>,
}

/// One version of something, as its conditions see it.
#[derive(Clone, Copy)]
struct Rule<'m> {
    period: Period,
    applies: Option<&'m Condition>,
    lets: &'m [Let],
    /// It is about a record.
    record: bool,
    /// Its data have been checked.
    clean: bool,
    /// It is asked only of households that the set is about.
    within: bool,
}

impl<'m> Rule<'m> {
    fn of(version: &'m Version, record: bool) -> Self {
        let (applies, lets) = (version.applies.as_ref(), version.lets.as_slice());
        Self { period: version.period, applies, lets, record, clean: true, within: true }
    }
}

impl<'a, 'l: 'a> Logic<'a, 'l> {
    /// Where questions about a rule are asked while one set of rules is in force; `None` where the rule
    /// is not.
    fn frame(
        &'a self,
        rule: Rule<'a>,
        reach: &'a Reach<'l>,
    ) -> Option<(Frame<'a, 'l>, Home<'a, 'l>)> {
        let period = common(reach.period, rule.period)?;
        let period = common(period, self.set.effective)?;
        let frame = Frame { reach, period, clean: rule.clean, left: &self.left, depth: 0 };
        let home = Home { reach, lets: rule.lets, locals: &self.locals, package: self.package };
        Some((frame, home))
    }

    /// What holds wherever the rule is asked: 适用 of the set and of itself, written out.
    fn facts(&self, rule: Rule<'_>, home: Home<'_, '_>) -> Vec<Expr> {
        let outer = self.set.applies.as_ref().filter(|_| rule.within);
        outer.into_iter().chain(rule.applies).map(|it| home.condition(it)).collect()
    }

    /// What is to be said of some places in every stretch of time.
    fn verdicts(&'a self, rule: Rule<'a>, sites: &[Site<'_>]) -> BTreeSet<Verdict> {
        let mut all: Option<BTreeSet<Verdict>> = None;
        for reach in self.reaches {
            let Some((frame, home)) = self.frame(rule, reach) else { continue };
            let known = rule.lets.iter().flat_map(known).cloned().collect();
            let (facts, record) = (self.facts(rule, home), rule.record);
            let own = rule.applies.map(|it| home.condition(it));
            let mut inspector =
                Inspector { frame, home, facts, record, known, out: BTreeSet::new() };
            for site in sites {
                let before = inspector.facts.clone();
                if site.at.part == Part::Applies {
                    // What it says itself is not known beforehand.
                    inspector.facts.retain(|it| Some(it) != own.as_ref());
                }
                inspector.look(site);
                inspector.facts = before;
            }
            let found = inspector.out;
            let both = match all {
                None => found,
                Some(before) => before.intersection(&found).cloned().collect(),
            };
            if both.is_empty() {
                return both;
            }
            all = Some(both);
        }
        all.unwrap_or_default()
    }

    fn decls(&'a self, range: Range<usize>, out: &mut Findings) {
        let first = self.first();
        for (at, decl) in self.set.decls.iter().enumerate().take(range.end).skip(range.start) {
            if self.by_date.contains(&(first + at)) {
                continue;
            }
            let record = matches!(decl.kind, DeclKind::RecordValue { .. });
            for (number, version) in decl.versions.iter().enumerate() {
                let path = NodePath::new(Owner::Decl(decl.id.clone()), number, Part::Header);
                let sites = site::sites(version, &decl.name, &path);
                let within = !self.before.contains(&(first + at));
                let rule = Rule { within, ..Rule::of(version, record) };
                let found = self.verdicts(rule, &sites);
                let silent = !found.is_empty() && outcomes::is_silent(self, decl, version);
                let never = if silent { Code::E0455 } else { Code::E0451 };
                let found = found.into_iter().map(|it| it.finding(never, &decl.name));
                self.say(version, found, out);
            }
        }
    }

    fn decides(&'a self, out: &mut Findings) {
        for decide in &self.set.decides {
            for (number, (_, version)) in decide.versions.iter().enumerate() {
                let path = NodePath::new(Owner::Decide(decide.id.clone()), number, Part::Header);
                let sites = site::sites(version, &decide.name, &path);
                let found = self.verdicts(Rule::of(version, false), &sites).into_iter();
                let found = found.map(|it| it.finding(Code::E0451, &decide.name));
                self.say(version, found, out);
            }
        }
    }

    /// What a package has from another one may say too much once a parameter is amended, and that is
    /// nothing its author can or should change.
    fn say(&self, version: &Version, found: impl Iterator<Item = Finding>, out: &mut Findings) {
        let by = &version.content_origin.package;
        let own = by.is_empty() || *by == self.set.id;
        found.filter(|it| own || it.code != Code::E0452).for_each(|it| out.push(it));
    }

    /// Data-quality rules are asked before the data are known to be in order.
    fn checks(&'a self, out: &mut Findings) {
        for check in &self.set.checks {
            let path = NodePath::header(Owner::Check(check.id.clone()));
            let applies = check.applies.as_ref();
            let rule = Rule {
                period: Period::ALWAYS,
                applies,
                lets: &check.lets,
                record: !matches!(check.scope, crate::model::CheckScope::Household),
                clean: false,
                within: false,
            };
            for it in self.verdicts(rule, &site::of_check(check, &path)) {
                out.push(it.finding(Code::E0451, &check.name));
            }
        }
    }

    /// The slot of the first declaration of the package.
    fn first(&self) -> usize {
        let Some(linked) = self.reaches.first().map(|it| it.linked) else { return 0 };
        (0..linked.decls().len()).find(|it| linked.package_of(*it) == self.package).unwrap_or(0)
    }
}

/// The days that both have.
fn common(a: Period, b: Period) -> Option<Period> {
    let until = match (a.until, b.until) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    a.overlaps(&b).then_some(Period { from: a.from.max(b.from), until })
}

/// The conditions of a local set of records.
fn known(local: &Let) -> Vec<&Expr> {
    match &local.content {
        Content::Source(it) => counts::parts(it).1,
        _ => Vec::new(),
    }
}

/// The declarations that 适用 of a package rests on.
fn before(set: &RuleSet, reach: &Reach<'_>) -> BTreeSet<usize> {
    struct Reads(Vec<usize>);
    impl Visitor for Reads {
        fn reference(&mut self, kind: RefKind, it: &Ref, _: bool) {
            if kind == RefKind::Decl {
                self.0.push(it.slot.index());
            }
        }
    }
    let mut next = Reads(Vec::new());
    set.applies.iter().for_each(|it| walk::condition(it, &mut next));
    let mut found = BTreeSet::new();
    while let Some(slot) = next.0.pop() {
        if slot < reach.linked.decls().len() && found.insert(slot) {
            walk::decl(reach.linked.decl(slot), &mut next);
        }
    }
    found
}
