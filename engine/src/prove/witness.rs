//! A household of the search as a report shows it.

use heng_dsl::diag::Lang;
use heng_dsl::model::linked::Linked;
use heng_dsl::model::walk::{self, RefKind, Visitor};
use heng_dsl::model::{DeclKind, Expr, Field, Id, Node, Population, Ref};
use heng_dsl::value::Value;

use super::Outcome;
use super::facts::{Replay, Seen, is_given};
use super::given::{Facts, MONTHS};
use super::menu;
use super::report::{Free, Witness, WitnessRecord, WitnessValue};
use crate::explain::{Said, Shown};
use crate::graph::Thing;
use crate::program::Program;

/// The household with what both versions make of it; nothing where the reference evaluator does not give
/// these results.
pub(super) fn witness(
    replay: &mut Replay<'_>,
    grade: [usize; 2],
    facts: &Facts,
    results: (Outcome, Outcome),
) -> Option<Witness> {
    let seen = replay.see(facts).filter(|it| it.outcome == results)?;
    let [old, new] = &replay.sides;
    let linked = old.program.linked();
    let fields = facts.fields.iter().map(|(slot, value)| told(linked, linked.field(*slot), value));
    let records = facts.records.iter().map(|it| record(linked, it)).chain(earlier(linked, facts));
    let mut values = values(old.program, new.program, grade, &seen.values);
    for told in &replay.told {
        values.extend(hit([old.program.linked(), new.program.linked()], grade, *told, &seen));
    }
    Some(Witness { fields: fields.collect(), records: records.collect(), values })
}

/// Earlier results, as if they were a record.
fn earlier(linked: &Linked, facts: &Facts) -> Option<WitnessRecord> {
    let grade = |(slot, it): (&usize, &u16)| {
        let decl = linked.decl(*slot);
        let shown = Shown::new(linked, &Value::Member(*it), &decl.ty).text;
        let both = [shown.of(Lang::Zh), shown.of(Lang::En)];
        let said = Said::both(
            format!("前{MONTHS}期都是{}", both[0]),
            format!("{} in each of the last {MONTHS} months", both[1]),
        );
        (decl.name.clone(), said)
    };
    let fields: Vec<(Id, Said)> = facts.past.iter().map(grade).collect();
    (!fields.is_empty()).then(|| WitnessRecord { table: Id::from("历次结果"), fields })
}

/// Whether a determination of the grade hits.
fn hit(
    linked: [&Linked; 2],
    grade: [usize; 2],
    told: [Option<usize>; 2],
    seen: &Seen,
) -> Option<WitnessValue> {
    let name = [0, 1].into_iter().find_map(|side: usize| {
        linked[side].decides(grade[side]).nth(told[side]?).map(|it| it.name.clone())
    });
    let said = |side: usize| {
        let hits = told[side].is_some_and(|it| seen.hits[side].contains(&it));
        let words = Outcome::Truth(hits).name(&[]);
        Said::both(words.zh, words.en)
    };
    Some(WitnessValue { name: name?, old: said(0), new: said(1) })
}

/// What is told of a record.
pub(super) fn record(linked: &Linked, (table, values): &(usize, Vec<Value>)) -> WitnessRecord {
    let table = linked.table(*table);
    let told = table
        .fields
        .iter()
        .zip(values)
        .filter(|(field, value)| **value != Value::Missing && is_given(field));
    WitnessRecord {
        table: table.name.clone(),
        fields: told.map(|(field, value)| self::told(linked, field, value)).collect(),
    }
}

fn told(linked: &Linked, field: &Field, value: &Value) -> (Id, Said) {
    (field.name.clone(), Shown::new(linked, value, &field.ty).text)
}

/// Grades, and numbers that differ, in the order of evaluation; the grade that is asked for last.
fn values(
    old: &Program,
    new: &Program,
    grade: [usize; 2],
    values: &[Vec<Value>; 2],
) -> Vec<WitnessValue> {
    let linked = old.linked();
    let mut out = Vec::new();
    for slot in old.needed(&old.upstream(grade[0])) {
        let decl = linked.decl(slot);
        let twin = menu::twin([old, new], grade, slot);
        let Some((before, after)) = values[0].get(slot).zip(twin.and_then(|it| values[1].get(it)))
        else {
            continue;
        };
        let graded = matches!(decl.kind, DeclKind::Classify { .. } | DeclKind::Overlay { .. });
        let differs = before != after && decl.kind != DeclKind::Param;
        if graded || differs {
            let shown = |linked: &Linked, value: &Value| Shown::new(linked, value, &decl.ty).text;
            out.push(WitnessValue {
                name: decl.name.clone(),
                old: shown(linked, before),
                new: shown(linked, after),
            });
        }
    }
    out
}

/// What a grade reads in one of the versions that is no matter of one household.
pub(super) fn free(programs: [&Program; 2], grade: [usize; 2]) -> Vec<Free> {
    let mut asks = Asks::default();
    for (program, slot) in programs.into_iter().zip(grade) {
        let linked = program.linked();
        for thing in program.upstream(slot) {
            match thing {
                Thing::Decl(slot) => walk::decl(linked.decl(slot), &mut asks),
                Thing::Decide(package, number) => {
                    let decide = linked.packages.get(package).and_then(|it| it.decides.get(number));
                    let versions = decide.iter().flat_map(|it| &it.versions);
                    versions.for_each(|it| walk::version(&it.1, &mut asks));
                }
                _ => {}
            }
        }
    }
    let all = [(asks.register, Free::Register), (asks.history, Free::History)];
    all.into_iter().filter(|it| it.0).map(|it| it.1).collect()
}

#[derive(Default)]
struct Asks {
    register: bool,
    history: bool,
}

impl Visitor for Asks {
    fn reference(&mut self, _: RefKind, _: &Ref, _: bool) {}

    fn past(&mut self, _: &Ref) {
        self.history = true;
    }

    fn population(&mut self, _: &Population) {
        self.register = true;
    }

    fn expr(&mut self, expr: &Expr) {
        if let Node::Past { .. } = expr.node {
            self.history = true;
        }
    }
}
