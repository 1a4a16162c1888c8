//! 保证: promises about every household, each kept, broken by a household, or not decided.
//!
//! The means are those of a comparison: a bound from above over cells, in which one version stands on both
//! sides and the new side differs in one thing, and households from below.

mod words;

use std::collections::BTreeSet;
use std::rc::Rc;

use heng_dsl::model::{DeclKind, Expr, Guarantee, Id, Ref, Version};
use heng_dsl::value::{Date, Value};
use rayon::ThreadPoolBuilder;
use serde::Serialize;

use super::condition::{grades, things_of};
use super::leaf::{Cell, Leaf};
use super::prover::{Pair, Prover};
use super::report::{GaveUp, Outcome, Reason, Transition, WitnessRecord};
use super::search::Search;
use super::side::Side;
use super::{Budget, every, members_of, witness};
use crate::explain::Said;
use crate::graph::Thing;
use crate::program::Program;
use crate::run::STACK_BYTES;

/// What became of a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// It holds for every household.
    Kept,
    /// A household breaks it, or a member of the grade is reached by none.
    Broken,
    /// Neither was shown.
    NotDecided,
}

/// One 保证 and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Promise {
    /// The package that makes it.
    pub package: Id,
    /// Its number among the promises of the package, from 0.
    pub number: usize,
    /// The promise, as it is written.
    pub words: Said,
    /// The members of its grade, from low to high risk.
    pub members: Vec<Id>,
    /// What became of it.
    pub held: Held,
    /// Households that break it. Where a record more is promised to be harmless: what the household gets
    /// without and with the record.
    pub broken_by: Vec<Broken>,
    /// Members of the grade that no household reaches.
    pub unreached: Vec<Outcome>,
    /// Changes that could break it, and of which neither a household nor a proof was found.
    pub open: Vec<(Outcome, Outcome)>,
    /// Why there was no bound.
    pub gave_up: Option<GaveUp>,
    /// How many combinations of cells were worked out.
    pub cells: usize,
    /// How many households were evaluated.
    pub households: usize,
}

/// A household that breaks a promise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Broken {
    /// What it gets, and what it gets with the difference.
    pub transition: Transition,
    /// The record that makes the difference.
    pub more: Option<WitnessRecord>,
}

/// What is known of the promises of a package on a date.
pub fn promises(program: &Program, package: usize, as_of: Date, budget: Budget) -> Vec<Promise> {
    let all = program.linked().packages.get(package).map_or(&[][..], |it| &it.guarantees);
    let work = || {
        let one = |(number, it): (usize, &Guarantee)| {
            Work { program, package, as_of, budget }.promise(number, it)
        };
        all.iter().enumerate().map(one).collect()
    };
    // A machine without threads to give works on the thread that asks.
    match ThreadPoolBuilder::new().stack_size(STACK_BYTES).num_threads(1).build() {
        Ok(pool) => pool.install(work),
        Err(_) => work(),
    }
}

/// Pairs of results.
type Pairs = BTreeSet<(Outcome, Outcome)>;

/// What the bound from above says.
struct Above {
    pairs: Result<Pairs, GaveUp>,
    cells: usize,
}

#[derive(Clone, Copy)]
struct Work<'p> {
    program: &'p Program,
    package: usize,
    as_of: Date,
    budget: Budget,
}

impl<'p> Work<'p> {
    fn promise(self, number: usize, guarantee: &'p Guarantee) -> Promise {
        let mut out = match guarantee {
            Guarantee::Records { adding, table, worsens, target } => {
                self.records((*adding, *worsens), table.slot.index(), target)
            }
            Guarantee::Reachable(target) => self.reachable(target),
            Guarantee::Against { package, target, by } => self.against(package, target, *by),
            Guarantee::Implies(condition, then) => self.implies(condition, then),
            Guarantee::Worsening { cause, worsens, target } => {
                self.worsening(cause, *worsens, target)
            }
            Guarantee::Apart { target, first, second } => self.apart(target, [first, second]),
        };
        let linked = self.program.linked();
        out.number = number;
        out.package = linked.packages.get(self.package).map_or("".into(), |it| it.id.clone());
        out.words = words::written(linked, guarantee);
        out
    }

    fn prover(self) -> Prover<'p> {
        Prover::new(self.program, self.program, self.as_of, self.budget)
    }

    fn search(self, grade: Pair, wanted: Pairs) -> Option<Search<'p>> {
        let grade = [grade[0]?, grade[1]?];
        let programs = [self.program, self.program];
        Some(Search::new(programs, grade, self.as_of, (wanted, self.budget.households)))
    }

    /// Everything that a grade can be on both sides, by provers that are made anew for each way.
    fn above(self, pair: Pair, make: impl Fn() -> Prover<'p>) -> Above {
        let mut cells = 0;
        let mut found: Vec<Pairs> = Vec::new();
        let few = |slot: &Option<usize>| {
            slot.is_none_or(|it| self.program.upstream(it).len() <= self.budget.together)
        };
        if pair.iter().all(few) {
            for classes in [true, false] {
                let mut joint = make();
                found.extend(joint.all_at_once(pair, classes).ok().map(|it| outcomes(&it)));
                cells += joint.spent;
            }
        }
        let mut prover = make();
        let apart = prover.dist(pair, false).map(|it| outcomes(&it.pairs));
        let apart = apart.map_err(|reason| GaveUp { rule: prover.blame.clone(), reason });
        // Each of them holds every pair that is possible, so that their common part does.
        let pairs = found.into_iter().fold(apart, |all, it| match all {
            Ok(all) => Ok(all.intersection(&it).copied().collect()),
            Err(_) => Ok(it),
        });
        Above { pairs, cells: cells + prover.spent }
    }

    fn members(self, slot: usize) -> Vec<Id> {
        let linked = self.program.linked();
        match &linked.decl(slot).kind {
            DeclKind::Classify { grade } | DeclKind::Overlay { grade } => {
                super::names(linked, grade.slot.index())
            }
            _ => Vec::new(),
        }
    }

    /// A promise about which nothing is known yet.
    fn open(self, slot: usize) -> Promise {
        Promise {
            package: "".into(),
            number: 0,
            words: Said::default(),
            members: self.members(slot),
            held: Held::NotDecided,
            broken_by: Vec::new(),
            unreached: Vec::new(),
            open: Vec::new(),
            gave_up: None,
            cells: 0,
            households: 0,
        }
    }

    /// Whether one of the changes that break a promise can happen.
    fn judged(
        self,
        pair: Pair,
        above: Above,
        forbidden: Pairs,
        search: Option<Search<'p>>,
    ) -> Promise {
        let slot = pair[1].or(pair[0]).unwrap_or_default();
        let mut out = Promise { cells: above.cells, ..self.open(slot) };
        if let Ok(pairs) = &above.pairs
            && pairs.is_disjoint(&forbidden)
        {
            out.held = Held::Kept;
            return out;
        }
        let (Some(mut search), [Some(old), Some(new)]) = (search, pair) else { return out };
        search.run();
        out.households = search.replay.done;
        let found = std::mem::take(&mut search.found);
        for ((from, to), facts) in found.into_iter().filter(|it| forbidden.contains(&it.0)) {
            let Some(witness) =
                witness::witness(&mut search.replay, [old, new], &facts, (from, to))
            else {
                continue;
            };
            let linked = self.program.linked();
            let more = facts.more.as_ref().map(|it| witness::record(linked, it));
            let transition = Transition { from, to, witness };
            out.broken_by.push(Broken { transition, more });
        }
        let shown = |it: &(Outcome, Outcome)| {
            out.broken_by.iter().any(|seen| (seen.transition.from, seen.transition.to) == *it)
        };
        let open = match above.pairs {
            Ok(pairs) => forbidden.intersection(&pairs).copied().collect(),
            Err(gave_up) => {
                out.gave_up = Some(gave_up);
                forbidden
            }
        };
        out.open = open.into_iter().filter(|it| !shown(it)).collect();
        out.held = if out.broken_by.is_empty() { Held::NotDecided } else { Held::Broken };
        out
    }

    /// 新增 … 不改善, 移出 … 不恶化 and the like. The new side has the record.
    fn records(self, (adding, worsens): (bool, bool), table: usize, target: &Ref) -> Promise {
        let slot = target.slot.index();
        let pair = [Some(slot), Some(slot)];
        // Without the record on the left; where it is removed, the other way round.
        let forbidden: Pairs = every(members_of(self.program, slot))
            .into_iter()
            .filter(|(without, with)| (with > without) == (worsens == adding))
            .collect();
        let above = self.above(pair, || self.prover().with_one_more(table));
        let wanted = wanted(&above, &forbidden);
        let search = self.search(pair, wanted).map(|it| {
            // Where the record makes a determination hit, or keeps it from hitting, a grade moves.
            it.with_one_more(table).and_from_one_more(&self.determinations(slot, table))
        });
        let mut out = self.judged(pair, above, forbidden, search);
        if !adding {
            let turned = |(a, b): (Outcome, Outcome)| (b, a);
            out.open = out.open.into_iter().map(turned).collect();
        }
        out
    }

    /// The rules of the determinations of a grade that read a table.
    fn determinations(self, slot: usize, table: usize) -> Vec<&'p Version> {
        let side = Side::new(0, self.program, self.as_of);
        let all = 0..self.program.linked().decides(slot).count();
        let rules = all.filter_map(|it| Some(side.rule(slot, it)?.2));
        let reads =
            |it: &&Version| self.program.upstream_of(&things_of(it)).contains(&Thing::Table(table));
        rules.filter(reads).collect()
    }

    /// 与 … 相比 … 变化不超过 n 级
    fn against(self, package: &Id, target: &Ref, by: u16) -> Promise {
        let linked = self.program.linked();
        let slot = target.slot.index();
        let own = linked.name_of(linked.package_of(slot));
        let other = linked.find_decl(package, &linked.decl(slot).id);
        let pair = [other, Some(slot)];
        let Some(before) = other.filter(|it| self.members(*it) == self.members(slot)) else {
            let gave_up =
                GaveUp { rule: Some(linked.decl(slot).name.clone()), reason: Reason::Members };
            return Promise { gave_up: Some(gave_up), ..self.open(slot) };
        };
        let far = |it: &(Outcome, Outcome)| match it {
            (Outcome::Grade(a), Outcome::Grade(b)) => a.abs_diff(*b) > by,
            _ => false,
        };
        let forbidden: Pairs =
            every(members_of(self.program, before)).into_iter().filter(far).collect();
        let above = self.above(pair, || self.prover().with_twins(package.clone(), own.clone()));
        let search = self.search(pair, wanted(&above, &forbidden));
        self.judged(pair, above, forbidden, search)
    }

    /// 各级可达
    fn reachable(self, target: &Ref) -> Promise {
        let slot = target.slot.index();
        let pair = [Some(slot), Some(slot)];
        let above = self.above(pair, || self.prover());
        let all: Pairs =
            (0..members_of(self.program, slot)).map(Outcome::Grade).map(|it| (it, it)).collect();
        let mut out = Promise { cells: above.cells, ..self.open(slot) };
        if let Ok(pairs) = &above.pairs {
            out.unreached = all.difference(pairs).map(|it| it.0).collect();
        }
        let Some(mut search) = self.search(pair, all.clone()) else { return out };
        search.run();
        out.households = search.replay.done;
        let missed: Vec<Outcome> = all
            .iter()
            .filter(|it| !search.found.contains_key(it) && !out.unreached.contains(&it.0))
            .map(|it| it.0)
            .collect();
        // A household that reaches what was excluded would be a fault of this program.
        let fault = out.unreached.iter().any(|it| search.found.contains_key(&(*it, *it)));
        if fault {
            out.gave_up = Some(GaveUp { rule: None, reason: Reason::Contradicted });
            out.unreached.clear();
        } else if let Err(gave_up) = above.pairs
            && !missed.is_empty()
        {
            out.gave_up = Some(gave_up);
        }
        out.held = match (fault, out.unreached.is_empty(), missed.is_empty()) {
            (false, false, _) => Held::Broken,
            (false, true, true) => Held::Kept,
            _ => Held::NotDecided,
        };
        out.open = missed.into_iter().map(|it| (it, it)).collect();
        out
    }

    /// 当 … 则 …
    fn implies(self, condition: &'p Expr, then: &'p Expr) -> Promise {
        let linked = self.program.linked();
        let read = [then, condition].into_iter().flat_map(|it| grades(linked, it));
        let slot = read.into_iter().next();
        let mut out = self.open(slot.unwrap_or_default());
        let mut prover = self.prover();
        let breaks = prover.can_break(condition, then);
        out.cells = prover.spent;
        match breaks {
            Ok(false) => {
                out.held = Held::Kept;
                return out;
            }
            Ok(true) => {}
            Err(reason) => out.gave_up = Some(GaveUp { rule: prover.blame.clone(), reason }),
        }
        // A promise that asks about no grade is left to the proof.
        let Some(slot) = slot else { return out };
        let Some(search) = self.search([Some(slot), Some(slot)], BTreeSet::new()) else {
            return out;
        };
        Self::broken(out, search.for_promise(condition, then), slot)
    }

    /// … 与 … 不同时
    fn apart(self, target: &Ref, ids: [&Id; 2]) -> Promise {
        let slot = target.slot.index();
        let mut out = self.open(slot);
        let decides = |id: &Id| self.program.linked().decides(slot).position(|it| it.id == *id);
        let (Some(one), Some(other)) = (decides(ids[0]), decides(ids[1])) else { return out };
        for classes in [true, false] {
            let mut prover = self.prover();
            let both = prover.can_both_hit(slot, [one, other], classes);
            out.cells += prover.spent;
            match both {
                Ok(false) => return Promise { held: Held::Kept, gave_up: None, ..out },
                Ok(true) => out.gave_up = None,
                Err(reason) => out.gave_up = Some(GaveUp { rule: None, reason }),
            }
        }
        let prover = self.prover();
        let rules = [one, other].map(|it| prover.sides[0].rule(slot, it).map(|it| it.2));
        let ([Some(a), Some(b)], Some(search)) =
            (rules, self.search([Some(slot), Some(slot)], BTreeSet::new()))
        else {
            return out;
        };
        Self::broken(out, search.for_both([one, other], [a, b]), slot)
    }

    /// A promise with the household that breaks it, if the search finds one.
    fn broken(mut out: Promise, mut search: Search<'p>, slot: usize) -> Promise {
        search.run();
        out.households = search.replay.done;
        if let Some((at, facts)) = search.broken()
            && let Some(witness) = witness::witness(&mut search.replay, [slot, slot], &facts, at)
        {
            let transition = Transition { from: at.0, to: at.1, witness };
            out.broken_by.push(Broken { transition, more: None });
            out.held = Held::Broken;
            out.gave_up = None;
        }
        out
    }

    /// … 变差 不改善 …: everything else that the second grade reads stays as it is.
    fn worsening(self, cause: &Ref, worsens: bool, target: &Ref) -> Promise {
        let (cause, slot) = (cause.slot.index(), target.slot.index());
        let pair = [Some(slot), Some(slot)];
        let members = members_of(self.program, cause);
        let worse: Vec<(Value, Value)> = (0..members)
            .flat_map(|a| (a + 1..members).map(move |b| (Value::Member(a), Value::Member(b))))
            .collect();
        let above = self.above(pair, || {
            let mut prover = self.prover().with_worse(cause);
            let cells = worse.iter().map(|it| Cell::Pairs(Rc::new(vec![it.clone()]))).collect();
            let leaf = Leaf { places: 0, step: None, cells };
            let leaf = prover.leaf_under("the grade that gets worse".to_owned(), || leaf);
            prover.take(cause, leaf);
            prover
        });
        let forbidden: Pairs = every(members_of(self.program, slot))
            .into_iter()
            .filter(|(before, after)| (after > before) == worsens)
            .collect();
        let search = self.search(pair, wanted(&above, &forbidden)).map(|it| it.with_worse(cause));
        self.judged(pair, above, forbidden, search)
    }
}

/// Forbidden changes that are not excluded.
fn wanted(above: &Above, forbidden: &Pairs) -> Pairs {
    match &above.pairs {
        Ok(pairs) => forbidden.intersection(pairs).copied().collect(),
        Err(_) => forbidden.clone(),
    }
}

fn outcomes<'v>(pairs: impl IntoIterator<Item = &'v (Value, Value)>) -> Pairs {
    pairs.into_iter().map(|it| (Outcome::of(&it.0), Outcome::of(&it.1))).collect()
}
