//! Why a grade differs between one day and the next: which indicators, determinations, grades and
//! rules moved, and which records left or entered what they count.

use std::collections::{BTreeMap, BTreeSet};

use heng_dsl::model::DeclKind;
use heng_dsl::value::{Decimal, Value};

use super::{Noted, worth};
use crate::eval::Evaluator;
use crate::explain::Reads;
use crate::graph::{Edge, Thing};
use crate::outcome::{Outcome, Step, Trace};
use crate::program::Program;

/// Something that moved, and the facts behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// What moved.
    pub moved: Moved,
    /// Records that no longer count there, as table and number.
    pub left: Vec<(usize, usize)>,
    /// Records that count there now and did not before.
    pub entered: Vec<(usize, usize)>,
    /// Records that count for more or less than before (折减).
    pub reweighed: Vec<Reweighed>,
    /// Local values (取) of the rule that differ: number, before, after.
    pub lets: Vec<(usize, Value, Value)>,
    /// Declarations that the rule reads and that differ: slot, before, after.
    pub read: Vec<(usize, Value, Value)>,
}

/// A record whose points differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reweighed {
    /// The record, as table and number.
    pub record: (usize, usize),
    /// Its points before.
    pub before: Decimal,
    /// Its points now.
    pub after: Decimal,
}

/// What moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moved {
    /// An indicator, a 值 or another grade has another value.
    Decl {
        /// Its slot.
        slot: usize,
        /// What it was worth.
        before: Value,
        /// What it is worth now.
        after: Value,
    },
    /// A direct determination hits from now on, or no longer.
    Decide {
        /// The slot of the classification.
        target: usize,
        /// Its number among those of the classification.
        decide: usize,
        /// Does it hit now?
        hits: bool,
    },
    /// Another version of a rule is in force: of a declaration, or of a determination of `target`.
    Rule {
        /// The slot of the declaration; for a determination that of the classification.
        slot: usize,
        /// The number of the determination among those of the classification.
        decide: Option<usize>,
        /// The version until the day before, if there was one.
        before: Option<usize>,
        /// The version from that day, if there is one.
        after: Option<usize>,
    },
    /// A rule set is about the household from now on, or no longer (适用).
    Scope {
        /// The number of the package.
        package: usize,
        /// Is it about the household now?
        applies: bool,
    },
}

impl Cause {
    fn of(moved: Moved) -> Self {
        Self {
            moved,
            left: Vec::new(),
            entered: Vec::new(),
            reweighed: Vec::new(),
            lets: Vec::new(),
            read: Vec::new(),
        }
    }
}

/// An evaluation on one day, with what was noted.
struct Day<'d> {
    on: &'d Evaluator<'d>,
    outcome: &'d Outcome,
    trace: &'d Trace,
    scopes: &'d [Step],
    steps: BTreeMap<usize, &'d Step>,
}

impl<'d> Day<'d> {
    fn new((on, noted): (&'d Evaluator<'d>, &'d Noted)) -> Self {
        let Noted { outcome, trace, scopes } = noted;
        let steps = trace.steps.iter().map(|it| (it.decl, it)).collect();
        Self { on, outcome, trace, scopes, steps }
    }

    /// How a determination was worked out, where it hit.
    fn hit(&self, target: usize, decide: usize) -> Option<&'d Step> {
        let all = self.trace.decides.iter();
        all.into_iter().find(|it| (it.target, it.decide) == (target, decide)).map(|it| &it.step)
    }

    /// The records that a rule counted, by itself or through the 值 that it reads.
    fn records(
        &self,
        program: &Program,
        step: Option<&Step>,
        reads: &Reads,
    ) -> BTreeSet<(usize, usize)> {
        let mut found = BTreeSet::new();
        let mut done = BTreeSet::new();
        let mut waiting: Vec<usize> = reads.decls.clone();
        step.into_iter().for_each(|it| counted(it, &mut found));
        while let Some(slot) = waiting.pop() {
            let decl = program.linked().decl(slot);
            let inner = matches!(
                decl.kind,
                DeclKind::Value | DeclKind::RecordSet | DeclKind::RecordValue { .. }
            );
            if !inner || !done.insert(slot) {
                continue;
            }
            if let Some(step) = self.steps.get(&slot) {
                counted(step, &mut found);
            }
            let version = self.on.version_of(slot).and_then(|it| decl.versions.get(it));
            waiting.extend(version.map(Reads::of).unwrap_or_default().decls);
        }
        found
    }
}

/// The records that one step counted.
fn counted(step: &Step, found: &mut BTreeSet<(usize, usize)>) {
    found.extend(step.each.iter().map(|it| it.record));
    for it in &step.evidence {
        found.extend(it.records.iter().map(|number| (it.table, *number)));
    }
}

/// Two days in a row.
pub(super) struct Days<'d> {
    before: Day<'d>,
    after: Day<'d>,
}

impl<'d> Days<'d> {
    pub(super) fn new(
        before: (&'d Evaluator<'d>, &'d Noted),
        after: (&'d Evaluator<'d>, &'d Noted),
    ) -> Self {
        Self { before: Day::new(before), after: Day::new(after) }
    }

    fn program(&self) -> &'d Program {
        self.after.on.program()
    }

    /// Why a grade differs. Other grades that it follows from are named and not looked into: their
    /// own change says why.
    pub(super) fn causes(&self, target: usize) -> Vec<Cause> {
        let upstream = self.upstream(target);
        let mut causes: Vec<Cause> = upstream.iter().filter_map(|it| self.rule(*it)).collect();
        causes.extend(upstream.iter().filter_map(|it| self.scope(*it)));
        causes.extend(self.decides(target));
        let slots =
            self.program().order().iter().filter(|it| upstream.contains(&Thing::Decl(**it)));
        let moved: Vec<usize> =
            slots.copied().filter(|it| *it != target && self.differs(*it)).collect();
        let says = |it: &usize| match self.program().linked().decl(*it).kind {
            DeclKind::Indicator { .. } | DeclKind::Classify { .. } | DeclKind::Overlay { .. } => {
                true
            }
            DeclKind::Param
            | DeclKind::Value
            | DeclKind::RecordValue { .. }
            | DeclKind::RecordSet
            | DeclKind::Dimension { .. }
            | DeclKind::Total
            | DeclKind::Merge
            | DeclKind::Tag { .. }
            | DeclKind::Alert { .. }
            | DeclKind::Measure { .. }
            | DeclKind::List => false,
        };
        causes.extend(moved.iter().filter(|it| says(it)).map(|it| self.moved(*it)));
        if causes.is_empty() {
            causes.extend(moved.iter().map(|it| self.moved(*it)));
        }
        causes
    }

    /// What a grade follows from, up to other grades.
    fn upstream(&self, target: usize) -> BTreeSet<Thing> {
        let graph = self.program().graph();
        let grades: BTreeSet<Thing> = self.program().grades().map(Thing::Decl).collect();
        let mut seen = BTreeSet::new();
        let mut waiting = vec![Thing::Decl(target)];
        while let Some(it) = waiting.pop() {
            if seen.insert(it) && (it == Thing::Decl(target) || !grades.contains(&it)) {
                let reads = graph.reads(it).into_iter();
                waiting.extend(reads.filter(|it| it.1 == Edge::Reads).map(|it| it.0));
            }
        }
        seen
    }

    fn differs(&self, slot: usize) -> bool {
        worth(self.before.outcome, slot) != worth(self.after.outcome, slot)
    }

    /// Another version of a declaration or a determination is in force.
    fn rule(&self, thing: Thing) -> Option<Cause> {
        let linked = self.program().linked();
        let (slot, decide, before, after) = match thing {
            Thing::Decl(slot) => {
                (slot, None, self.before.on.version_of(slot), self.after.on.version_of(slot))
            }
            Thing::Decide(package, number) => {
                let it = linked.packages.get(package)?.decides.get(number)?;
                let slot = it.target.slot.index();
                let decide = linked.decides(slot).position(|other| std::ptr::eq(other, it))?;
                let in_force = |on: &Evaluator<'_>| {
                    it.versions.iter().position(|it| it.1.period.contains(on.as_of()))
                };
                (slot, Some(decide), in_force(self.before.on), in_force(self.after.on))
            }
            Thing::Field(_)
            | Thing::Table(_)
            | Thing::Column(..)
            | Thing::Codes(_)
            | Thing::Check(..)
            | Thing::Scope(_) => return None,
        };
        (before != after).then(|| Cause::of(Moved::Rule { slot, decide, before, after }))
    }

    /// A package is about the household, or no longer.
    fn scope(&self, thing: Thing) -> Option<Cause> {
        let Thing::Scope(package) = thing else { return None };
        let outside = |day: &Day<'_>| day.trace.out_of_scope.contains(&package);
        let applies = !outside(&self.after);
        if outside(&self.before) != applies {
            return None;
        }
        let mut cause = Cause::of(Moved::Scope { package, applies });
        let records = |day: &Day<'_>| {
            let mut found = BTreeSet::new();
            day.scopes.get(package).into_iter().for_each(|it| counted(it, &mut found));
            found
        };
        let (old, new) = (records(&self.before), records(&self.after));
        cause.left = old.difference(&new).copied().collect();
        cause.entered = new.difference(&old).copied().collect();
        Some(cause)
    }

    /// Determinations that hit on one of the days only.
    fn decides(&self, target: usize) -> Vec<Cause> {
        let linked = self.program().linked();
        let all = linked.decides(target).enumerate();
        let causes = all.filter_map(|(number, decide)| {
            let (then, now) = (self.before.hit(target, number), self.after.hit(target, number));
            if then.is_some() == now.is_some() {
                return None;
            }
            let step = then.or(now)?;
            let version = step.version.and_then(|it| decide.versions.get(it)).map(|it| &it.1);
            let reads = version.map(Reads::of).unwrap_or_default();
            let mut cause =
                Cause::of(Moved::Decide { target, decide: number, hits: now.is_some() });
            let day = if now.is_some() { &self.after } else { &self.before };
            let records = day.records(self.program(), Some(step), &reads).into_iter().collect();
            if now.is_some() {
                cause.entered = records;
            } else {
                cause.left = records;
            }
            cause.read = self.read(&reads);
            Some(cause)
        });
        causes.collect()
    }

    /// A declaration that differs, with what it counted and read.
    fn moved(&self, slot: usize) -> Cause {
        let mut cause = Cause::of(Moved::Decl {
            slot,
            before: worth(self.before.outcome, slot),
            after: worth(self.after.outcome, slot),
        });
        let decl = self.program().linked().decl(slot);
        // Why another grade differs is told with that grade.
        if matches!(decl.kind, DeclKind::Classify { .. } | DeclKind::Overlay { .. }) {
            return cause;
        }
        let reads = |day: &Day<'_>| {
            let version = day.on.version_of(slot).and_then(|it| decl.versions.get(it));
            version.map(Reads::of).unwrap_or_default()
        };
        let (reads_then, reads_now) = (reads(&self.before), reads(&self.after));
        let (then, now) =
            (self.before.steps.get(&slot).copied(), self.after.steps.get(&slot).copied());
        let old = self.before.records(self.program(), then, &reads_then);
        let new = self.after.records(self.program(), now, &reads_now);
        cause.left = old.difference(&new).copied().collect();
        cause.entered = new.difference(&old).copied().collect();
        if let (Some(then), Some(now)) = (then, now) {
            cause.reweighed = reweighed(then, now);
            if then.version == now.version {
                let pairs = then.lets.iter().zip(&now.lets).enumerate();
                let differ = pairs.filter(|(_, (a, b))| a != b);
                cause.lets = differ.map(|(at, (a, b))| (at, a.clone(), b.clone())).collect();
            }
        }
        cause.read = self.read(&reads_now);
        cause
    }

    /// Declarations with a value of their own that are read and differ.
    fn read(&self, reads: &Reads) -> Vec<(usize, Value, Value)> {
        let differ = reads.decls.iter().filter(|it| self.differs(**it));
        let pair = |slot: &usize| {
            (*slot, worth(self.before.outcome, *slot), worth(self.after.outcome, *slot))
        };
        differ.map(pair).collect()
    }
}

/// Records whose points differ between two days.
fn reweighed(then: &Step, now: &Step) -> Vec<Reweighed> {
    let pairs = then.each.iter().filter_map(|old| {
        let new = now.each.iter().find(|it| it.record == old.record)?;
        let (record, before, after) = (old.record, old.worth, new.worth);
        (before != after).then_some(Reweighed { record, before, after })
    });
    pairs.collect()
}
