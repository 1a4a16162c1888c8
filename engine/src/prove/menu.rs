//! Small pieces of a household, and what each does to the scores of both versions.

use std::collections::{BTreeMap, BTreeSet};

use heng_dsl::model::linked::Linked;
use heng_dsl::model::walk::{self, RefKind, Visitor};
use heng_dsl::model::{DeclKind, Expr, Node, RecordTable, Ref, TyKind};
use heng_dsl::value::{Decimal, Value};

use super::Outcome;
use super::facts::{Replay, Seen, is_given, is_later, may_be_empty};
use super::given::Facts;
use super::leaf::number;
use super::pool::Pool;
use super::random::Random;
use crate::graph::Thing;
use crate::program::Program;

/// Values of one column that are tried on their own.
const MOST_VALUES: usize = 24;
/// Records whose columns are drawn together.
const DRAWN: usize = 40;
/// Values of a field, and records of a table, that are tried where little is to be looked at.
const COARSE_VALUES: usize = 10;
const COARSE_RECORDS: usize = 24;
/// How often a record is repeated.
const COPIES: [usize; 4] = [2, 3, 4, 6];
/// Before the copies that repeat a record most often come so many others.
pub(super) const MOST_COPIES: usize = 2 * (COPIES.len() - 1);
/// Pieces that are kept of one field or table.
const MOST_PIECES: usize = 48;

/// A field, a table, or the record that only the new side has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unit {
    Field(usize),
    Table(usize),
    More(usize),
    /// What a grade is taken to be on the new side.
    Worse(usize),
    /// What a grade was in earlier months.
    Past(usize),
}

/// What a piece does: to each score in both versions, and the results.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Effect {
    pub(super) scores: Vec<[Option<Decimal>; 2]>,
    pub(super) outcome: (Outcome, Outcome),
    /// Does the condition of a promise hold?
    pub(super) holds: bool,
}

/// A piece of a household.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) unit: Unit,
    pub(super) facts: Facts,
    pub(super) effect: Effect,
}

/// The scores that classifications read, by slot in both versions.
pub(super) type Scores = Vec<[usize; 2]>;

/// The numbers that the classifications upstream of a grade read.
pub(super) fn scores(replay: &Replay<'_>, grade: [usize; 2]) -> Scores {
    let old = &replay.sides[0];
    let linked = old.program.linked();
    let mut found = BTreeSet::new();
    for thing in old.program.upstream(grade[0]) {
        let Thing::Decl(slot) = thing else { continue };
        if !matches!(linked.decl(slot).kind, DeclKind::Classify { .. }) {
            continue;
        }
        for (read, _) in old.program.graph().reads(thing) {
            let Thing::Decl(read) = read else { continue };
            let decl = linked.decl(read);
            if decl.ty.as_number().is_some() && decl.kind != DeclKind::Param {
                found.insert(read);
            }
        }
    }
    let programs = [replay.sides[0].program, replay.sides[1].program];
    let pair = |slot: &usize| Some([*slot, twin(programs, grade, *slot)?]);
    found.iter().filter_map(pair).collect()
}

/// The declaration of the new side that stands for one of the old side; the packages of the two grades
/// stand for each other.
pub(super) fn twin([old, new]: [&Program; 2], grade: [usize; 2], slot: usize) -> Option<usize> {
    let (linked, other) = (old.linked(), new.linked());
    let package = linked.package_of(slot);
    let name = if package == linked.package_of(grade[0]) {
        other.name_of(other.package_of(grade[1]))
    } else {
        linked.name_of(package)
    };
    other.find_decl(&name, &linked.decl(slot).id)
}

/// What a household gives.
pub(super) fn effect(scores: &Scores, seen: &Seen) -> Effect {
    let of = |side: usize, slot: usize| seen.values[side].get(slot).and_then(number);
    Effect {
        scores: scores.iter().map(|it| [of(0, it[0]), of(1, it[1])]).collect(),
        outcome: seen.outcome,
        holds: false,
    }
}

/// The fields and tables that a grade reads in one of the versions, by the slots of the old one.
pub(super) fn units(replay: &Replay<'_>, grade: [usize; 2]) -> BTreeSet<Unit> {
    let of_side =
        |side: usize| units_behind(replay, side, &BTreeSet::from([Thing::Decl(grade[side])]));
    &of_side(0) | &of_side(1)
}

/// The fields and tables that some things of a version are worked out from, by the slots of the old one.
pub(super) fn units_behind(
    replay: &Replay<'_>,
    side: usize,
    things: &BTreeSet<Thing>,
) -> BTreeSet<Unit> {
    let old = replay.sides[0].program.linked();
    let program = replay.sides[side].program;
    let linked = program.linked();
    let mut out = BTreeSet::new();
    let mut earlier = Earlier::default();
    for thing in program.upstream_of(things) {
        match thing {
            Thing::Decl(it) => walk::decl(linked.decl(it), &mut earlier),
            Thing::Decide(package, number) => {
                let decide = linked.packages.get(package).and_then(|it| it.decides.get(number));
                let versions = decide.iter().flat_map(|it| &it.versions);
                versions.for_each(|it| walk::version(&it.1, &mut earlier));
            }
            Thing::Field(it) => {
                let id = &linked.field(it).id;
                let here = old.fields().position(|it| it.id == *id);
                let given = here.filter(|it| is_given(old.field(*it)));
                out.extend(given.map(Unit::Field));
            }
            Thing::Table(it) | Thing::Column(it, _) => {
                let id = &linked.table(it).id;
                out.extend(old.tables().position(|it| it.id == *id).map(Unit::Table));
            }
            Thing::Codes(_) | Thing::Check(..) | Thing::Scope(_) => {}
        }
    }
    for slot in earlier.0 {
        let name = linked.name_of(linked.package_of(slot));
        let grade = old.find_decl(&name, &linked.decl(slot).id);
        let grade = grade.filter(|it| super::members_of(replay.sides[0].program, *it) > 0);
        out.extend(grade.map(Unit::Past));
    }
    out
}

/// Declarations whose earlier results are read.
#[derive(Default)]
struct Earlier(BTreeSet<usize>);

impl Visitor for Earlier {
    fn reference(&mut self, _: RefKind, _: &Ref, _: bool) {}

    fn past(&mut self, it: &Ref) {
        self.0.insert(it.slot.index());
    }

    fn expr(&mut self, it: &Expr) {
        if let Node::Past { decl, .. } = &it.node {
            self.0.insert(decl.slot.index());
        }
    }
}

/// The plainest household: nothing but what has to be there.
pub(super) fn base(replay: &Replay<'_>, pool: &Pool) -> Facts {
    let linked = replay.sides[0].program.linked();
    let since = linked.subject().and_then(|it| it.since);
    let mut facts = Facts::default();
    for (slot, field) in linked.fields().enumerate() {
        if Some(slot) == since {
            let long_ago = pool.as_of.add_months(-180).unwrap_or(pool.as_of);
            facts.fields.insert(slot, Value::Date(long_ago));
        } else if field.key {
            facts.fields.insert(slot, Value::text("1"));
        } else if is_given(field) && !may_be_empty(field) {
            facts.fields.extend(plain(pool, replay, field).map(|it| (slot, it)));
        }
    }
    facts
}

fn plain(pool: &Pool, replay: &Replay<'_>, field: &heng_dsl::model::Field) -> Option<Value> {
    match field.ty.kind {
        TyKind::Date => Some(Value::Date(pool.as_of)),
        _ => pool.values(replay.sides[0].program.linked(), field).into_iter().next(),
    }
}

/// Ways to fill one field or table, the plainest first.
pub(super) fn ways(
    replay: &Replay<'_>,
    pool: &Pool,
    unit: Unit,
    random: &mut Random,
) -> Vec<Facts> {
    let linked = replay.sides[0].program.linked();
    match unit {
        Unit::Field(slot) => {
            let values = pool.values(linked, linked.field(slot));
            let one = |it| Facts { fields: BTreeMap::from([(slot, it)]), ..Facts::default() };
            values.into_iter().map(one).collect()
        }
        Unit::Table(slot) => {
            let one = |it| Facts { records: vec![(slot, it)], ..Facts::default() };
            records(replay, pool, linked.table(slot), random).into_iter().map(one).collect()
        }
        Unit::Worse(slot) => {
            let members = super::members_of(replay.sides[1].program, slot);
            let one = |it| Facts { worse: Some((slot, it)), ..Facts::default() };
            (1..members).map(one).collect()
        }
        Unit::Past(slot) => {
            let members = super::members_of(replay.sides[0].program, slot);
            let one = |it| Facts { past: BTreeMap::from([(slot, it)]), ..Facts::default() };
            (0..members).map(one).collect()
        }
        Unit::More(slot) => {
            let one = |it| Facts { more: Some((slot, it)), ..Facts::default() };
            records(replay, pool, linked.table(slot), random).into_iter().map(one).collect()
        }
    }
}

/// A household with one column of one of its records of a table filled in another way.
pub(super) fn edits(replay: &Replay<'_>, pool: &Pool, table: usize, facts: &Facts) -> Vec<Facts> {
    let linked = replay.sides[0].program.linked();
    let mut out = Vec::new();
    for (at, (own, values)) in facts.records.iter().enumerate() {
        if *own != table {
            continue;
        }
        for (column, field) in linked.table(table).fields.iter().enumerate() {
            let told = values.get(column);
            let others = spread(&pool.values(linked, field), COARSE_VALUES).into_iter();
            for value in others.filter(|it| is_given(field) && Some(it) != told) {
                let mut other = facts.clone();
                let record = other.records.get_mut(at);
                if let Some(place) = record.and_then(|it| it.1.get_mut(column)) {
                    *place = value;
                    out.push(other);
                }
            }
        }
    }
    out
}

/// Some of the ways to fill a field or table, from all over; records that are drawn, which come last, are left out.
pub(super) fn coarse(unit: Unit, mut ways: Vec<Facts>) -> Vec<Facts> {
    let most = match unit {
        Unit::Table(_) | Unit::More(_) => {
            ways.truncate(ways.len().saturating_sub(DRAWN));
            COARSE_RECORDS
        }
        Unit::Field(_) | Unit::Worse(_) | Unit::Past(_) => COARSE_VALUES,
    };
    let every = ways.len().div_ceil(most).max(1);
    ways.into_iter().step_by(every).collect()
}

/// The same piece several times over: all alike, and with texts of their own.
pub(super) fn copies<'f>(linked: &'f Linked, piece: &'f Facts) -> impl Iterator<Item = Facts> + 'f {
    let times = COPIES.into_iter().filter(|_| !piece.records.is_empty());
    times.flat_map(move |times| {
        [false, true].map(|apart| {
            let mut records = Vec::with_capacity(times * piece.records.len());
            for number in 0..times {
                let copies = piece.records.iter().cloned().map(|(table, mut values)| {
                    for (field, value) in linked.table(table).fields.iter().zip(&mut values) {
                        let is_text =
                            matches!((&field.ty.kind, &*value), (TyKind::Text, Value::Text(_)));
                        if apart && is_text && number > 0 {
                            *value = Value::text(&format!("某{number}"));
                        }
                    }
                    (table, values)
                });
                records.extend(copies);
            }
            Facts { records, ..piece.clone() }
        })
    })
}

fn records(
    replay: &Replay<'_>,
    pool: &Pool,
    table: &RecordTable,
    random: &mut Random,
) -> Vec<Vec<Value>> {
    let linked = replay.sides[0].program.linked();
    let event = table.order.first();
    let values: Vec<Vec<Value>> = table
        .fields
        .iter()
        .map(|field| {
            if !is_given(field) {
                return Vec::new();
            }
            let mut all = pool.values(linked, field);
            if Some(&field.id) == event {
                // A record of a later day is not seen.
                all.retain(|it| !matches!(it, Value::Date(it) if *it > pool.as_of));
            }
            all
        })
        .collect();
    let first: Vec<Value> = table
        .fields
        .iter()
        .zip(&values)
        .map(|(field, values)| {
            let date = pool.as_of.add_days(-20).unwrap_or(pool.as_of);
            match field.ty.kind {
                TyKind::Date if Some(&field.id) == event => Value::Date(date),
                _ if is_later(field) || may_be_empty(field) || !is_given(field) => Value::Missing,
                TyKind::Date => Value::Date(date),
                _ => values.first().cloned().unwrap_or(Value::Missing),
            }
        })
        .collect();
    let mut out = vec![first.clone()];
    for (column, values) in values.iter().enumerate() {
        for value in spread(values, MOST_VALUES) {
            let mut record = first.clone();
            record[column] = value;
            out.push(record);
        }
    }
    for _ in 0..DRAWN {
        let mut record = first.clone();
        for (column, field) in table.fields.iter().enumerate() {
            let values = &values[column];
            let empty = may_be_empty(field) && random.below(2) == 0;
            if !empty && !values.is_empty() {
                record[column] = values[random.below(values.len())].clone();
            }
        }
        out.push(record);
    }
    out
}

/// So many values, from all over the list.
fn spread(values: &[Value], most: usize) -> Vec<Value> {
    let every = values.len().div_ceil(most).max(1);
    values.iter().step_by(every).cloned().collect()
}

/// Pieces with different effects, the smallest of each.
#[derive(Default)]
pub(super) struct Pieces {
    best: BTreeMap<(Unit, Effect), Facts>,
    counts: BTreeMap<Unit, usize>,
}

impl Pieces {
    /// Keeps a piece, if it does something new or is smaller. Tells whether it is.
    pub(super) fn keep(&mut self, unit: Unit, effect: Effect, facts: &Facts) -> bool {
        let count = self.counts.entry(unit).or_default();
        match self.best.entry((unit, effect)) {
            std::collections::btree_map::Entry::Occupied(mut it) => {
                if facts.size() < it.get().size() {
                    it.insert(facts.clone());
                }
                false
            }
            std::collections::btree_map::Entry::Vacant(it) => {
                let room = *count < MOST_PIECES;
                if room {
                    *count += 1;
                    it.insert(facts.clone());
                }
                room
            }
        }
    }

    pub(super) fn all(self) -> Vec<Piece> {
        let all = self.best.into_iter();
        let mut all: Vec<Piece> =
            all.map(|((unit, effect), facts)| Piece { unit, facts, effect }).collect();
        all.sort_by_key(|it| (it.facts.size(), it.unit));
        all
    }
}
