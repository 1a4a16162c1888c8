//! A household that the search puts together, and what both versions make of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use heng_dsl::model::linked::Linked;
use heng_dsl::model::walk::{self, RefKind, Visitor};
use heng_dsl::model::{Expr, Field, Id, Later, Ref};
use heng_dsl::value::{Date, Value};

use super::Outcome;
use super::given::{Facts, MONTHS};
use super::menu::Unit;
use crate::data::{self, EarlierResult, Household, Record, Register};
use crate::eval::Evaluator;
use crate::graph::Thing;
use crate::population::{self, PopulationValues};
use crate::program::{Owner, Program};

/// One version, ready to evaluate households of the old one's slots.
pub(super) struct Replayer<'p> {
    pub(super) program: &'p Program,
    pub(super) on: Evaluator<'p>,
    /// What has to be worked out.
    needed: Vec<usize>,
    /// For each field of the old version its slot here.
    fields: Vec<Option<usize>>,
    /// For each table of the old version its slot here, and for each column its number here.
    tables: Vec<Option<(usize, Vec<Option<usize>>)>>,
    /// For each declaration of the old version its slot here.
    decls: Vec<Option<usize>>,
    /// Everything that the results depend on.
    upstream: BTreeSet<Thing>,
    /// Is anything asked of the whole register?
    rounds: bool,
    /// What has to be worked out anew when a unit changes, in the slots of the old version; units that
    /// whatever is asked of the register may depend on are not here.
    after: BTreeMap<Unit, Vec<usize>>,
}

/// What a household gives, for others that differ from it in one unit.
pub(super) struct Near {
    values: Vec<Value>,
    register: PopulationValues,
}

impl<'p> Replayer<'p> {
    pub(super) fn new(old: &Linked, program: &'p Program, grade: usize, as_of: Date) -> Self {
        let linked = program.linked();
        let fields =
            old.fields().map(|field| linked.fields().position(|it| it.id == field.id)).collect();
        let tables = old.tables().map(|table| {
            let slot = linked.tables().position(|it| it.id == table.id)?;
            let here = &linked.table(slot).fields;
            let columns = table.fields.iter().map(|it| here.iter().position(|own| own.id == it.id));
            Some((slot, columns.collect()))
        });
        let decls = old
            .decls()
            .enumerate()
            .map(|(slot, decl)| linked.find_decl(&old.name_of(old.package_of(slot)), &decl.id));
        let upstream = program.upstream(grade);
        let mut out = Self {
            program,
            on: Evaluator::new(program, as_of),
            needed: program.needed(&upstream),
            fields,
            tables: tables.collect(),
            decls: decls.collect(),
            upstream: program.upstream_of_all(&BTreeSet::from([Thing::Decl(grade)])),
            rounds: program.rounds() > 0,
            after: BTreeMap::new(),
        };
        out.after = out.downstream(old);
        out
    }

    /// What each unit of the old version changes here.
    fn downstream(&self, old: &Linked) -> BTreeMap<Unit, Vec<usize>> {
        let here = |it: Thing| match it {
            Thing::Field(it) => {
                self.fields.iter().position(|own| *own == Some(it)).map(Unit::Field)
            }
            Thing::Table(it) | Thing::Column(it, _) => {
                let own = |of: &Option<(usize, _)>| of.as_ref().is_some_and(|of| of.0 == it);
                self.tables.iter().position(own).map(Unit::Table)
            }
            _ => None,
        };
        let linked = self.program.linked();
        let mut after: BTreeMap<Unit, Vec<usize>> = BTreeMap::new();
        let mut asks = OfRegister::default();
        for slot in &self.needed {
            walk::decl(linked.decl(*slot), &mut asks);
            for (_, version) in linked.decides(*slot).flat_map(|it| &it.versions) {
                walk::version(version, &mut asks);
            }
            let upstream = self.program.upstream(*slot);
            let units: BTreeSet<Unit> = upstream.into_iter().filter_map(here).collect();
            for unit in units {
                after.entry(unit).or_default().push(*slot);
            }
        }
        let register: BTreeSet<Unit> = asks
            .read
            .into_iter()
            .flat_map(|it| match it {
                Thing::Decl(slot) => self.program.upstream(slot),
                other => BTreeSet::from([other]),
            })
            .filter_map(here)
            .collect();
        let since = old.subject().and_then(|it| it.since).map(Unit::Field);
        after.retain(|unit, _| !register.contains(unit) && Some(*unit) != since);
        after
    }

    /// What is known once a household was evaluated.
    pub(super) fn near(&self, facts: &Facts) -> Option<Near> {
        let values = self.outcome(facts)?.values;
        let register = Register { households: vec![self.household(facts)], cutoff: None };
        Some(Near { values, register: self.of_register(&register) })
    }

    /// What declarations are worth for a household that differs in one unit from one that was evaluated.
    fn values_near(&self, facts: &Facts, near: &Near, unit: Unit) -> Option<Vec<Value>> {
        let Some(after) = self.after.get(&unit) else {
            return Some(self.outcome(facts)?.values);
        };
        let household = self.household(facts);
        let known = near.values.iter().cloned().enumerate();
        Some(self.on.evaluate_from(known, after, (&household, 0), &near.register).values)
    }

    pub(super) fn of_register(&self, register: &Register) -> PopulationValues {
        if self.rounds {
            let is_asked = |owner: Owner| match owner {
                Owner::Decl { slot, .. } => self.upstream.contains(&Thing::Decl(slot)),
                Owner::Decide { package, number, .. } => {
                    self.upstream.contains(&Thing::Decide(package, number))
                }
                Owner::Check { .. } => false,
                Owner::Scope(_) => true,
            };
            population::of_owners(&self.on, register, &is_asked, &|_, _| {})
        } else {
            PopulationValues::default()
        }
    }

    /// The household in the slots of this version.
    pub(super) fn household(&self, facts: &Facts) -> Household {
        let linked = self.program.linked();
        let mut household = Household {
            key: Arc::from("1"),
            fields: vec![Value::Missing; linked.fields().len()],
            records: vec![Vec::new(); linked.tables().len()],
            ..Household::default()
        };
        for (slot, value) in &facts.fields {
            let here = self.fields.get(*slot).copied().flatten();
            if let Some(place) = here.and_then(|it| household.fields.get_mut(it)) {
                *place = value.clone();
            }
        }
        for (table, values) in &facts.records {
            let Some(Some((slot, columns))) = self.tables.get(*table) else { continue };
            let mut record =
                Record { values: vec![Value::Missing; linked.table(*slot).fields.len()] };
            for (column, value) in columns.iter().zip(values) {
                if let Some(place) = column.and_then(|it| record.values.get_mut(it)) {
                    *place = value.clone();
                }
            }
            if let Some(records) = household.records.get_mut(*slot) {
                records.push(record);
            }
        }
        for (slot, records) in household.records.iter_mut().enumerate() {
            data::sort(linked.table(slot), records);
        }
        household.history = self.history(facts);
        household
    }

    /// Earlier results, oldest first.
    fn history(&self, facts: &Facts) -> Vec<EarlierResult> {
        let here = |(slot, it): (&usize, &u16)| {
            Some((self.decls.get(*slot).copied().flatten()?, Value::Member(*it)))
        };
        let values: Vec<(usize, Value)> = facts.past.iter().filter_map(here).collect();
        let months = if values.is_empty() { 0 } else { MONTHS };
        let of = |month: u16| EarlierResult {
            as_of: self.on.as_of().add_months(-i64::from(month)),
            values: values.clone(),
        };
        (1..=months).rev().map(of).collect()
    }

    /// What a household gets that is alone in its register; nothing where it was founded after the as-of
    /// date.
    pub(super) fn outcome(&self, facts: &Facts) -> Option<crate::outcome::Outcome> {
        let household = self.household(facts);
        if !self.on.is_founded(&household) {
            return None;
        }
        let register = Register { households: vec![household], cutoff: None };
        let values = self.of_register(&register);
        let household = register.households.first()?;
        Some(self.on.evaluate_some(&self.needed, household, &values, 0, false).0)
    }
}

impl Replayer<'_> {
    /// Works these things out, too.
    pub(super) fn also(&mut self, things: &BTreeSet<Thing>) {
        let mut all: BTreeSet<Thing> = self.needed.iter().copied().map(Thing::Decl).collect();
        all.extend(things);
        self.upstream.extend(self.program.upstream_of_all(things));
        self.needed = self.program.needed(&all);
        self.after.clear();
    }

    /// Gets ready to take a declaration to be worth something else.
    pub(super) fn watch(&mut self, slot: usize) {
        let reads =
            |it: &usize| *it != slot && self.program.upstream(*it).contains(&Thing::Decl(slot));
        let after = self.needed.iter().copied().filter(reads).collect();
        self.after.insert(Unit::Worse(slot), after);
    }

    /// What every declaration is worth where one is taken to be worth something else, and everything
    /// that does not read it what it was.
    fn outcome_with(
        &self,
        facts: &Facts,
        before: &[Value],
        (slot, value): (usize, Value),
    ) -> Option<crate::outcome::Outcome> {
        let household = self.household(facts);
        let register = Register { households: vec![household], cutoff: None };
        let values = self.of_register(&register);
        let household = register.households.first()?;
        let after = self.after.get(&Unit::Worse(slot))?;
        let known = before.iter().cloned().enumerate();
        let known = known.map(|(at, it)| if at == slot { (at, value.clone()) } else { (at, it) });
        Some(self.on.evaluate_from(known, after, (household, 0), &values))
    }

    /// What a question of a rule set is worth for a household, asked of the reference evaluator.
    pub(super) fn asked(&self, facts: &Facts, question: &Expr) -> Value {
        let household = self.household(facts);
        let register = Register { households: vec![household], cutoff: None };
        let values = self.of_register(&register);
        register.households.first().map_or(Value::NotApplicable, |it| {
            self.on.ask_after(&self.needed, it, &values, question)
        })
    }
}

/// What is read of the whole register.
#[derive(Default)]
struct OfRegister {
    read: BTreeSet<Thing>,
}

impl Visitor for OfRegister {
    fn reference(&mut self, kind: RefKind, reference: &Ref, population: bool) {
        if population {
            let slot = reference.slot.index();
            self.read.extend(match kind {
                RefKind::Decl => Some(Thing::Decl(slot)),
                RefKind::Field => Some(Thing::Field(slot)),
                RefKind::Table => Some(Thing::Table(slot)),
                RefKind::Enum | RefKind::Codes => None,
            });
        }
    }
}

/// Both versions.
pub(super) struct Replay<'p> {
    pub(super) sides: [Replayer<'p>; 2],
    grade: [usize; 2],
    /// Determinations of the grade of which it is told whether they hit: their numbers in both versions.
    pub(super) told: Vec<[Option<usize>; 2]>,
    /// What is looked at: whether the first of those hits, and not the grade.
    pub(super) is_hit: bool,
    /// The labels of a tag.
    pub(super) labels: Vec<Id>,
    /// How many households were evaluated.
    pub(super) done: usize,
}

/// What both versions make of a household.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) values: [Vec<Value>; 2],
    /// The determinations of the grade that hit, by their numbers, where that is told.
    pub(super) hits: [Vec<usize>; 2],
    pub(super) outcome: (Outcome, Outcome),
}

impl<'p> Replay<'p> {
    pub(super) fn new(old: &'p Program, new: &'p Program, grade: [usize; 2], as_of: Date) -> Self {
        let replayer =
            |program, side: usize| Replayer::new(old.linked(), program, grade[side], as_of);
        let sides = [replayer(old, 0), replayer(new, 1)];
        Self { sides, grade, told: Vec::new(), is_hit: false, labels: Vec::new(), done: 0 }
    }

    /// How many declarations are worked out for a household in both versions.
    pub(super) fn rules(&self) -> usize {
        self.sides.iter().map(|it| it.needed.len()).sum()
    }

    /// What is known once a household was evaluated in both versions.
    pub(super) fn near(&self, facts: &Facts) -> Option<[Near; 2]> {
        Some([self.sides[0].near(facts)?, self.sides[1].near(facts)?])
    }

    /// The same as [`Self::see`] for a household that differs in one unit from one that was evaluated.
    pub(super) fn see_near(&mut self, facts: &Facts, near: &[Near; 2], unit: Unit) -> Option<Seen> {
        if matches!(unit, Unit::More(_) | Unit::Worse(_)) || !self.told.is_empty() {
            return self.see(facts);
        }
        self.done += 1;
        let values = [
            self.sides[0].values_near(facts, &near[0], unit)?,
            self.sides[1].values_near(facts, &near[1], unit)?,
        ];
        Some(self.seen(values, [Vec::new(), Vec::new()]))
    }

    fn seen(&self, values: [Vec<Value>; 2], hits: [Vec<usize>; 2]) -> Seen {
        let worth = |side: usize| values[side].get(self.grade[side]);
        let graded = |side: usize| matches!(worth(side), Some(Value::Member(_)));
        let outcome = |side: usize| match self.told.first() {
            Some(told) if self.is_hit && graded(0) && graded(1) => {
                Outcome::Truth(told[side].is_some_and(|it| hits[side].contains(&it)))
            }
            // Without a grade there is nothing to determine.
            Some(_) if self.is_hit => Outcome::NotApplicable,
            _ => Outcome::among(worth(side).unwrap_or(&Value::NotApplicable), &self.labels),
        };
        let outcome = (outcome(0), outcome(1));
        Seen { values, hits, outcome }
    }

    /// Evaluates a household in both versions.
    pub(super) fn see(&mut self, facts: &Facts) -> Option<Seen> {
        self.done += 1;
        let before = self.sides[0].outcome(facts)?;
        let after = match facts.worse {
            None => self.sides[1].outcome(&facts.after())?,
            Some((slot, member)) => match before.values.get(slot) {
                Some(Value::Member(own)) if *own < member => self.sides[1].outcome_with(
                    facts,
                    &before.values,
                    (slot, Value::Member(member)),
                )?,
                _ => return None,
            },
        };
        let hits = [(&before, self.grade[0]), (&after, self.grade[1])].map(|(it, grade)| {
            it.decides.iter().filter(|it| it.target == grade).map(|it| it.decide).collect()
        });
        Some(self.seen([before.values, after.values], hits))
    }

    /// Drops facts from a household as long as both versions give what they gave.
    pub(super) fn shrunk(&mut self, facts: Facts, wanted: (Outcome, Outcome)) -> Facts {
        self.shrunk_while(facts, &|_, _, seen| seen.outcome == wanted)
    }

    /// Drops facts from a household as long as something stays true of it.
    pub(super) fn shrunk_while(
        &mut self,
        facts: Facts,
        stays: &dyn Fn(&Self, &Facts, &Seen) -> bool,
    ) -> Facts {
        let mut best = facts;
        loop {
            let before = best.size();
            let (mut at, mut smaller) = (0, self.smaller(&best));
            while let Some(it) = smaller.get(at).cloned() {
                if self.see(&it).is_some_and(|seen| stays(self, &it, &seen)) {
                    smaller = self.smaller(&it);
                    best = it;
                } else {
                    at += 1;
                }
            }
            // What could not be left out may be by now.
            if best.size() == before {
                return best;
            }
        }
    }

    /// Households with a little less.
    fn smaller(&self, facts: &Facts) -> Vec<Facts> {
        let linked = self.sides[0].program.linked();
        let mut out = Vec::new();
        for at in 0..facts.records.len() {
            let mut less = facts.clone();
            less.records.remove(at);
            out.push(less);
        }
        for slot in facts.fields.keys().filter(|it| may_be_empty(linked.field(**it))) {
            let mut less = facts.clone();
            less.fields.remove(slot);
            out.push(less);
        }
        for slot in facts.past.keys() {
            let mut less = facts.clone();
            less.past.remove(slot);
            out.push(less);
        }
        if let Some((table, values)) = &facts.more {
            for (column, field) in linked.table(*table).fields.iter().enumerate() {
                let told = values.get(column).is_some_and(|it| *it != Value::Missing);
                if told && may_be_empty(field) {
                    let mut less = facts.clone();
                    let place = less.more.as_mut().and_then(|it| it.1.get_mut(column));
                    if let Some(place) = place {
                        *place = Value::Missing;
                    }
                    out.push(less);
                }
            }
        }
        for (at, (table, values)) in facts.records.iter().enumerate() {
            for (column, field) in linked.table(*table).fields.iter().enumerate() {
                let told = values.get(column).is_some_and(|it| *it != Value::Missing);
                if told && may_be_empty(field) {
                    let mut less = facts.clone();
                    if let Some(place) = less.records[at].1.get_mut(column) {
                        *place = Value::Missing;
                    }
                    out.push(less);
                }
            }
        }
        out
    }
}

/// May a field be left empty?
pub(super) fn may_be_empty(field: &Field) -> bool {
    field.ty.optional || field.default.is_some() || field.derived.is_some()
}

/// Is a field given, and not worked out?
pub(super) fn is_given(field: &Field) -> bool {
    field.derived.is_none() && !field.key
}

/// Does a field belong to a later happening?
pub(super) fn is_later(field: &Field) -> bool {
    matches!(field.later, Some(Later::Date(_) | Later::With(_)))
}
