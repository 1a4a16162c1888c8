//! Declarations: who they are about, what they are worth, caps and floors, direct determinations.

use std::collections::BTreeSet;

use heng_dsl::builtins::BuiltinId;
use heng_dsl::model::walk::{self, RefKind, Visitor};
use heng_dsl::model::{
    CompareOp, Condition, ConditionMode, ConditionalBound, Content, Decide, DeclKind, ListRule,
    Matrix, ProductOp, Ref, Ty, Version,
};
use heng_dsl::value::{Decimal, Fault, Period, Value};

use super::{At, Lowering, Remembered, Rule};
use crate::columnar::plan::{DomainId, Kind, Load, NodeId, Op, Question};
use crate::columnar::unsupported as lack;
use crate::columnar::{Output, What};
use crate::eval::Hitting;

impl<'p> Lowering<'p> {
    /// Whom a declaration is about, and what it is worth for those.
    pub(super) fn declaration(&mut self, slot: usize) -> (Option<NodeId>, NodeId) {
        let start = At { bound: vec![DomainId::HOUSEHOLDS], active: super::Active::default() };
        let scope = self.scope(slot, &start);
        let value = self.in_force(slot, scope, start.bound);
        (scope, value)
    }

    /// The same of a declaration of which it is known what it is worth.
    pub(super) fn given(&mut self, slot: usize, kind: Kind) -> (Option<NodeId>, NodeId) {
        let start = At { bound: vec![DomainId::HOUSEHOLDS], active: super::Active::default() };
        let scope = self.scope(slot, &start);
        (scope, self.graph.load(Load::Result(slot), DomainId::HOUSEHOLDS, kind))
    }

    /// What a value of each record is worth, asked of each record of its table.
    pub(super) fn of_each(&mut self, slot: usize, start: Vec<DomainId>) -> NodeId {
        if self.on.version_of(slot).is_none() {
            return self.not_applicable(Kind::Bool);
        }
        let at = At { bound: start.clone(), active: super::Active::default() };
        let scope = self.scope(slot, &at);
        let value = self.in_force(slot, scope, start);
        match scope {
            Some(scope) => self.guarded(scope, value),
            None => value,
        }
    }

    /// Does the 适用 of the package of a declaration hold? Nothing where it does not matter.
    pub(super) fn scope(&mut self, slot: usize, at: &At) -> Option<NodeId> {
        if !self.on.is_bound(slot) {
            return None;
        }
        let package = self.linked.package_of(slot);
        let applies = self.linked.packages.get(package)?.applies.as_ref()?;
        let known = match self.scopes.get(package).cloned().flatten() {
            Some(known) => known,
            None => {
                let known: Remembered = self.remembered(|own| {
                    let start = vec![DomainId::HOUSEHOLDS];
                    let mut rule = Rule::new(&[], start, Some(package));
                    let start = At::start(&rule);
                    own.condition(applies, &mut rule, &start)
                });
                if let Some(place) = self.scopes.get_mut(package) {
                    *place = Some(known.clone());
                }
                known
            }
        };
        Some(self.recalled(&known, at))
    }

    /// What the version in force is worth for a household that the package is about.
    fn in_force(&mut self, slot: usize, scope: Option<NodeId>, start: Vec<DomainId>) -> NodeId {
        let decl = self.linked.decl(slot);
        let kind = Kind::of(&decl.ty.kind).unwrap_or(Kind::Bool);
        let Some(version) = self.on.version_of(slot).and_then(|it| decl.versions.get(it)) else {
            return self.not_applicable(kind);
        };
        // A package without 适用 is about every household.
        let within = self.on.is_bound(slot).then(|| self.linked.package_of(slot));
        let mut rule = Rule::new(&version.lets, start, within);
        let mut at = At::start(&rule);
        if let Some(scope) = scope {
            at = at.when(Question::IsTrue, scope);
        }
        let applies = version.applies.as_ref().map(|it| self.condition(it, &mut rule, &at));
        if let Some(applies) = applies {
            at = at.when(Question::IsTrue, applies);
        }
        let value = self.of_version(slot, version, (scope, applies), &mut rule, &at);
        match applies {
            Some(applies) => self.guarded(applies, value),
            None => value,
        }
    }

    fn of_version(
        &mut self,
        slot: usize,
        version: &'p Version,
        guards: (Option<NodeId>, Option<NodeId>),
        rule: &mut Rule<'p>,
        at: &At,
    ) -> NodeId {
        let decl = self.linked.decl(slot);
        let value = match (&decl.kind, &version.content) {
            (DeclKind::Measure { columns }, Content::Table(table)) => {
                let (results, found) = self.first(table, columns.len(), rule, at);
                let guard = |own: &mut Self, node| match guards.1 {
                    Some(applies) => own.guarded(applies, node),
                    None => node,
                };
                let (found, what) = (guard(self, found), results);
                let what = What::Measure { found, columns: what };
                self.outputs.push(Output { slot, scope: guards.0, what });
                let nothing = self.not_applicable(Kind::Bool);
                self.pick(Op::After, &[found, nothing], at)
            }
            (DeclKind::Merge, content) => self.merge(version, content, rule, at),
            (_, Content::Parts) => self.whole(slot, version, rule, at),
            (_, content) => self.content(content, rule, at),
        };
        let value = self.cut(version, value, rule, at);
        let value = self.fit(value, &decl.ty);
        let value = match Kind::of(&decl.ty.kind) {
            Some(kind) if !matches!(decl.kind, DeclKind::Measure { .. }) => {
                self.converted(value, kind)
            }
            _ => value,
        };
        let value = self.promised(value, &decl.ty);
        match &decl.kind {
            DeclKind::Classify { grade } => {
                self.classify(slot, value, grade.slot.index(), guards, at)
            }
            _ => value,
        }
    }

    /// A value where a condition holds, else 不适用.
    pub(super) fn guarded(&mut self, condition: NodeId, value: NodeId) -> NodeId {
        let nothing = self.not_applicable(self.graph.kind(value));
        let at = At { bound: vec![DomainId::HOUSEHOLDS], active: super::Active::default() };
        self.pick(Op::Choose, &[condition, value, nothing], &at)
    }

    /// What a content is worth.
    pub(super) fn content(&mut self, content: &'p Content, rule: &mut Rule<'p>, at: &At) -> NodeId {
        match content {
            Content::Formula(it) => self.expr(it, rule, at),
            Content::Table(it) => self.table(it, rule, at),
            Content::Each(it) => self.each(it, rule, at),
            Content::Matrix(it) => self.matrix(it, rule, at),
            Content::Condition(it) => self.condition(it, rule, at),
            Content::Source(_) => self.not_applicable(Kind::Bool),
            Content::Parts => self.fault(Fault::Type, Kind::Bool),
            Content::List(it) => self.list(it, rule, at),
        }
    }

    /// A condition; of a list every part is asked.
    pub(super) fn condition(
        &mut self,
        condition: &'p Condition,
        rule: &mut Rule<'p>,
        at: &At,
    ) -> NodeId {
        let by = match condition.mode {
            ConditionMode::Any => true,
            ConditionMode::One | ConditionMode::All => false,
        };
        let mut parts = Vec::with_capacity(condition.parts.len());
        for part in &condition.parts {
            let part = self.expr(part, rule, at);
            parts.push(self.one(Op::Truth, part));
        }
        self.graph.add(Op::UntilSettled(by), &parts, Kind::Bool, &at.bound)
    }

    fn matrix(&mut self, matrix: &Matrix, rule: &Rule<'p>, at: &At) -> NodeId {
        let rows = self.worth_of(matrix.rows.slot.index(), Kind::Member, rule, at);
        let columns = self.worth_of(matrix.columns.slot.index(), Kind::Member, rule, at);
        let op = Op::Matrix(matrix.cells.clone());
        self.graph.add(op, &[rows, columns], Kind::Member, &at.bound)
    }

    fn list(&mut self, list: &'p ListRule, rule: &mut Rule<'p>, at: &At) -> NodeId {
        let eligible = self.eligible(list, rule, at);
        let Some(quota) = &list.quota else { return eligible };
        let site = Load::Site(quota.site.index());
        let place = self.graph.load(site, DomainId::HOUSEHOLDS, Kind::Bool);
        let no = self.bool(false);
        self.pick(Op::Choose, &[eligible, place, no], at)
    }

    /// Is the household admitted to a list, and not removed from it?
    pub(super) fn eligible(&mut self, list: &'p ListRule, rule: &mut Rule<'p>, at: &At) -> NodeId {
        let admitted = self.condition(&list.admit, rule, at);
        let Some(remove) = &list.remove else { return admitted };
        let removed = self.condition(remove, rule, &at.when(Question::IsThere, admitted));
        let removed = self.one(Op::Holds, removed);
        let kept = self.one(Op::Not, removed);
        let args = [admitted, kept];
        let eligible = self.graph.add(Op::UntilSettled(false), &args, Kind::Bool, &at.bound);
        // Who cannot be told to be admitted or removed is neither on the list nor off it.
        let eligible = self.pick(Op::After, &[kept, eligible], at);
        self.pick(Op::After, &[admitted, eligible], at)
    }

    /// What a declaration is worth under the law of another date.
    pub(super) fn at_date(
        &mut self,
        slot: usize,
        date: NodeId,
        milder_is_highest: Option<bool>,
        rule: &Rule<'p>,
        at: &At,
    ) -> NodeId {
        let decl = self.linked.decl(slot);
        let Some(kind) = Kind::of(&decl.ty.kind) else { return self.refuse(&lack::TYPES) };
        let there = at.when(Question::IsThere, date);
        let mut then = self.not_applicable(kind);
        for version in decl.versions.iter().rev() {
            let in_force = self.in_period(version.period, date, at);
            let at = there.when(Question::IsTrue, in_force);
            let known = self.remembered(|own| own.under_law(version, &decl.ty));
            let value = self.recalled(&known, &at);
            then = self.pick(Op::Choose, &[in_force, value, then], &at);
        }
        let value = match milder_is_highest {
            None => then,
            Some(highest) => {
                let now = self.worth_of(slot, kind, rule, at);
                let args = [self.converted(then, kind), self.converted(now, kind)];
                self.graph.add(Op::Milder(highest), &args, kind, &at.bound)
            }
        };
        self.pick(Op::After, &[date, value], at)
    }

    /// What a version is worth, whenever it is in force.
    fn under_law(&mut self, version: &'p Version, ty: &Ty) -> NodeId {
        let mut rule = Rule::new(&version.lets, vec![DomainId::HOUSEHOLDS], None);
        let mut at = At::start(&rule);
        let applies = version.applies.as_ref().map(|it| self.condition(it, &mut rule, &at));
        if let Some(applies) = applies {
            at = at.when(Question::IsTrue, applies);
        }
        let value = self.content(&version.content, &mut rule, &at);
        let value = self.cut(version, value, &mut rule, &at);
        let value = self.fit(value, ty);
        let value = self.promised(value, ty);
        match applies {
            Some(applies) => self.guarded(applies, value),
            None => value,
        }
    }

    /// Does a date lie in a period?
    fn in_period(&mut self, period: Period, date: NodeId, at: &At) -> NodeId {
        let sides =
            [(period.from, CompareOp::GreaterOrEqual), (period.until, CompareOp::LessOrEqual)];
        let mut parts = Vec::new();
        for (day, op) in sides {
            let Some(day) = day else { continue };
            let day = self.graph.value(Value::Date(day), Kind::Date);
            parts.push(self.graph.add(Op::Compare(op), &[date, day], Kind::Bool, &[]));
        }
        self.graph.add(Op::UntilSettled(false), &parts, Kind::Bool, &at.bound)
    }

    /// A merge that reads nothing that has a result is 不适用.
    fn merge(
        &mut self,
        version: &'p Version,
        content: &'p Content,
        rule: &mut Rule<'p>,
        at: &At,
    ) -> NodeId {
        let mut sides = Sides::default();
        walk::content(&version.content, &mut sides);
        version.lets.iter().for_each(|it| walk::content(&it.content, &mut sides));
        let sides = sides.0.into_iter().filter(|it| self.linked.decl(*it).kind != DeclKind::Param);
        let sides: Vec<usize> = sides.collect();
        let mut lacking = Vec::with_capacity(sides.len());
        for slot in sides {
            let side = self.worth_of(slot, Kind::Bool, rule, at);
            lacking.push(self.one(Op::Ask(Question::Lacks), side));
        }
        if lacking.is_empty() {
            return self.content(content, rule, at);
        }
        let none = self.graph.add(Op::UntilSettled(false), &lacking, Kind::Bool, &at.bound);
        let value = self.content(content, rule, &at.when(Question::IsFalse, none));
        let nothing = self.not_applicable(self.graph.kind(value));
        self.pick(Op::Choose, &[none, nothing, value], at)
    }

    /// The sum of what belongs to a whole, with its base and with weights. What is 不适用 is not scored.
    fn whole(&mut self, slot: usize, version: &Version, rule: &Rule<'p>, at: &At) -> NodeId {
        let base = Value::Number(version.bounds.base.unwrap_or(Decimal::ZERO));
        let mut args = vec![self.literal(&base, Kind::Number(0))];
        for part in self.linked.parts(slot) {
            let own = self.worth_of(*part, Kind::Number(0), rule, at);
            let promised = self.one(Op::Promise, own);
            let kind = self.graph.kind(promised);
            let taken_off =
                matches!(self.linked.decl(*part).kind, DeclKind::Indicator { deduct: true, .. });
            let points = if taken_off {
                self.graph.add(Op::Negate, &[promised], kind, &[])
            } else {
                promised
            };
            let points = match self.weight(*part, &at.when(Question::IsThere, own)) {
                None => points,
                Some(weight) => {
                    let places = kind.places().saturating_add(self.graph.kind(weight).places());
                    let (op, kind) = (Op::Product(ProductOp::Multiply), Kind::Number(places));
                    let product = self.graph.add(op, &[points, weight], kind, &at.bound);
                    self.pick(Op::After, &[points, product], at)
                }
            };
            let skipped = self.one(Op::Ask(Question::IsNotApplicable), own);
            let nothing = self.graph.value(Value::Number(Decimal::ZERO), self.graph.kind(points));
            args.push(self.pick(Op::Choose, &[skipped, nothing, points], at));
        }
        let places = args.iter().map(|it| self.graph.kind(*it).places()).max().unwrap_or_default();
        let kind = Kind::Number(places);
        let args: Vec<NodeId> = args.iter().map(|it| self.converted(*it, kind)).collect();
        self.graph.add(Op::Whole, &args, kind, &at.bound)
    }

    /// 权重 of a part, in its rule in force.
    fn weight(&mut self, part: usize, at: &At) -> Option<NodeId> {
        let decl = self.linked.decl(part);
        let version = self.on.version_of(part).and_then(|it| decl.versions.get(it))?;
        let weight = version.bounds.weight.as_ref()?;
        let known = self.remembered(|own| {
            let mut rule = Rule::new(&version.lets, vec![DomainId::HOUSEHOLDS], None);
            let start = At::start(&rule);
            let weight = own.expr(weight, &mut rule, &start);
            own.one(Op::Promise, weight)
        });
        Some(self.recalled(&known, at))
    }

    /// Cuts a number: first the floors, the highest one that holds, then the caps, the lowest one.
    fn cut(&mut self, version: &'p Version, value: NodeId, rule: &mut Rule<'p>, at: &At) -> NodeId {
        if !matches!(self.graph.kind(value), Kind::Number(_)) {
            return value;
        }
        let mut reached = at.when(Question::IsThere, value);
        let mut now = value;
        for cap in [false, true] {
            let header = if cap { version.bounds.cap } else { version.bounds.floor };
            if let Some(bound) = header {
                let bound = self.literal(&Value::Number(bound), Kind::Number(0));
                now = self.bounded(cap, now, bound, at);
            }
            for bound in version.conditional.iter().filter(|it| it.cap == cap) {
                now = self.conditional(bound, now, rule, &reached);
                reached = reached.when(Question::IsThere, now);
            }
        }
        self.pick(Op::After, &[value, now], at)
    }

    fn conditional(
        &mut self,
        bound: &'p ConditionalBound,
        now: NodeId,
        rule: &mut Rule<'p>,
        at: &At,
    ) -> NodeId {
        let when = self.expr(&bound.when, rule, at);
        let holds = self.one(Op::Holds, when);
        let limit = self.expr(&bound.value, rule, &at.when(Question::IsTrue, holds));
        let cut = self.bounded(bound.cap, now, limit, at);
        let next = self.pick(Op::Choose, &[holds, cut, now], at);
        self.pick(Op::After, &[now, next], at)
    }

    fn bounded(&mut self, cap: bool, now: NodeId, bound: NodeId, at: &At) -> NodeId {
        let builtin = if cap { BuiltinId::Lowest } else { BuiltinId::Highest };
        let places = self.graph.kind(now).places().max(self.graph.kind(bound).places());
        let kind = Kind::Number(places);
        let args = [self.converted(now, kind), self.converted(bound, kind)];
        self.graph.add(Op::Call(builtin), &args, kind, &at.bound)
    }

    /// The grade after direct determinations.
    fn classify(
        &mut self,
        slot: usize,
        by_score: NodeId,
        grade: usize,
        (scope, applies): (Option<NodeId>, Option<NodeId>),
        at: &At,
    ) -> NodeId {
        let mut reached = at.when(Question::IsThere, by_score);
        let (mut all, mut hits) = (Vec::new(), Vec::new());
        for (number, decide) in self.linked.decides(slot).enumerate() {
            let Some((hitting, hit)) = self.hit(decide, (slot, number), &reached) else { continue };
            reached = reached.when(Question::IsThere, hit);
            all.push(hitting);
            hits.push(hit);
        }
        let last = self.linked.enumeration(grade).members.len().saturating_sub(1);
        let last = u16::try_from(last).unwrap_or(u16::MAX);
        let args: Vec<NodeId> = std::iter::once(by_score).chain(hits.iter().copied()).collect();
        let graded = self.graph.add(Op::Settle(last, all.clone()), &args, Kind::Member, &at.bound);
        let guarded = match applies {
            Some(applies) => self.guarded(applies, by_score),
            None => by_score,
        };
        let what = What::Hits { by_score: guarded, hits, all, last };
        self.outputs.push(Output { slot, scope, what });
        graded
    }

    /// Where a direct determination hits; nothing where none of its versions is in force.
    fn hit(
        &mut self,
        decide: &'p Decide,
        (slot, number): (usize, usize),
        at: &At,
    ) -> Option<(Hitting, NodeId)> {
        let date = self.on.as_of();
        let (effect, version) = decide.versions.iter().find(|it| it.1.period.contains(date))?;
        let within = self.on.is_bound(slot).then(|| self.linked.package_of(slot));
        let mut rule = Rule::new(&version.lets, vec![DomainId::HOUSEHOLDS], within);
        let applies = version.applies.as_ref().map(|it| self.condition(it, &mut rule, at));
        let inside = match applies {
            Some(applies) => at.when(Question::IsTrue, applies),
            None => at.clone(),
        };
        let content = self.content(&version.content, &mut rule, &inside);
        let content = match applies {
            Some(applies) => self.guarded(applies, content),
            None => content,
        };
        let hit = self.one(Op::Holds, content);
        let (first, adds_up) = (decide.first, decide.adds_up);
        Some((Hitting { decide: number, first, adds_up, effect: effect.into() }, hit))
    }
}

/// The declarations that something reads.
#[derive(Default)]
struct Sides(BTreeSet<usize>);

impl Visitor for Sides {
    fn reference(&mut self, kind: RefKind, reference: &Ref, population: bool) {
        if kind == RefKind::Decl && !population {
            self.0.insert(reference.slot.index());
        }
    }
}
