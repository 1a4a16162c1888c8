//! Cliffs: how many households one more record of a kind would move by two grades or more towards high risk,
//! before the change and after it.
//!
//! The record is one that happens: of the table's records in the register those are taken that agree in what is
//! not a number, a date or a text and that are most frequent, and of these the latest one. It is dated on the
//! as-of date, its other dates as much later. It is given to every household, which is then evaluated; values
//! of the register (percentiles and the like) stay as they are.

mod columns;
mod households;

use std::collections::BTreeSet;

use heng_dsl::model::{Field, Id, TyKind};
use heng_dsl::value::{Date, Value};
use serde::{Deserialize, Serialize};

use super::{Cell, Comparison, ImpactOptions};
use crate::data::Record;
use crate::effect::{Also, Both, Everybody, KeptOf, Pair, Pairs};
use crate::eval::Evaluator;
use crate::explain::{Named, Said, Shown};
use crate::graph::{Thing, Way};
use crate::part::Coded;
use crate::program::Program;
use crate::reach::{self, Key, Name, Web, touched};

/// Tables that are tried of themselves.
const MOST_TABLES: usize = 4;

/// One more record of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cliff {
    /// The table.
    pub table: Id,
    /// What is in the record: column and value, without dates and empty ones.
    pub record: Vec<(Id, Said)>,
    /// The grade.
    pub grade: Named,
    /// Households that it would move by two grades or more under the earlier rules.
    pub before: Cell,
    /// The same under the later rules.
    pub after: Cell,
    /// One that only the later rules would move so far; masked where that is sensitive.
    pub example: Option<String>,
}

/// The cliffs of the tables that were asked for, else of those that changed rules read.
pub(super) fn cliffs(comparison: &Comparison<'_>, grades: &[&Pair]) -> Vec<Cliff> {
    let tables = tables(comparison.both.programs, comparison.options);
    tables.iter().flat_map(|table| of_table(comparison, grades, table)).collect()
}

/// The declarations of either version, by slot, of which [`cliffs`] has to know what they come to beside the grades.
pub(super) fn also(programs: [&Program; 2], pairs: &Pairs, options: &ImpactOptions<'_>) -> Also {
    let tables = tables(programs, options);
    let grades = pairs.all.iter().filter(|it| it.shown && it.reached && it.is_grade());
    let grades: Vec<[Option<usize>; 2]> = grades.map(Pair::slots).collect();
    [0, 1].map(|side| {
        let (program, grades) = (programs[side], grades.iter().map(|it| it[side]));
        let grades: Vec<Option<usize>> = grades.collect();
        let tables = tables.iter().filter_map(|it| slot(program, it));
        tables.flat_map(|it| border(program, it, &grades)).collect()
    })
}

fn tables(programs: [&Program; 2], options: &ImpactOptions<'_>) -> Vec<Key> {
    match &options.cliffs {
        Some(names) => asked(programs[1], names),
        None => of_change(programs),
    }
}

fn asked(program: &Program, names: &[String]) -> Vec<Key> {
    let linked = program.linked();
    let known = linked
        .tables()
        .enumerate()
        .filter(|it| names.iter().any(|name| *it.1.name == **name || *it.1.id == **name));
    let all = reach::names(linked);
    let key = |slot: usize| match all.get(&Thing::Table(slot)) {
        Some(Name::Table(key)) => Some(key.clone()),
        _ => None,
    };
    known.filter_map(|it| key(it.0)).collect()
}

/// The tables that what was changed reads by itself, or by way of sets and values of records.
fn of_change([before, after]: [&Program; 2]) -> Vec<Key> {
    let Some(touched) = touched(before.linked(), after.linked()) else { return Vec::new() };
    let mut web = Web::of(before);
    web.join(&Web::of(after));
    let linked = after.linked();
    let records: BTreeSet<Key> = (0..linked.decls().len())
        .filter(|it| {
            use heng_dsl::model::DeclKind::{RecordSet, RecordValue};
            matches!(linked.decl(*it).kind, RecordSet | RecordValue { .. })
        })
        .map(|it| reach::key(linked, it))
        .collect();
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut waiting: Vec<Name> = touched.into_iter().collect();
    while let Some(at) = waiting.pop() {
        if !seen.insert(at.clone()) {
            continue;
        }
        for read in web.reads(&at) {
            match read {
                Name::Table(key) => {
                    found.insert(key.clone());
                }
                Name::Column(..) => waiting.push(read.clone()),
                Name::Decl(key) if records.contains(key) => waiting.push(read.clone()),
                Name::Decl(_)
                | Name::Field(_)
                | Name::Codes(_)
                | Name::Decide(_)
                | Name::Check(_)
                | Name::Scope(_) => {}
            }
        }
    }
    found.into_iter().take(MOST_TABLES).collect()
}

/// The slot of a table in a program that has it.
fn slot(program: &Program, table: &Key) -> Option<usize> {
    let names = reach::names(program.linked());
    names.into_iter().find_map(|(thing, name)| match (thing, name) {
        (Thing::Table(slot), Name::Table(key)) if key == *table => Some(slot),
        _ => None,
    })
}

fn of_table(comparison: &Comparison<'_>, grades: &[&Pair], table: &Key) -> Vec<Cliff> {
    let both = comparison.both;
    let [old, new] = both.programs.map(|it| slot(it, table));
    let (Some(old), Some(new)) = (old, new) else { return Vec::new() };
    let Some(new_record) = typical(both, 1, new) else { return Vec::new() };
    let is_same = both.is_read_alike() && old == new;
    let old_record = if is_same { Some(new_record.clone()) } else { typical(both, 0, old) };
    let Some(old_record) = old_record else { return Vec::new() };
    let grades: Vec<&&Pair> = grades.iter().filter(|it| it.is_grade()).collect();
    let fallen = |side: usize, table: usize, record: &Record| {
        let slots: Vec<Option<usize>> = grades.iter().map(|it| it.slots()[side]).collect();
        let one = OneMore { side, table, record };
        match &both.everybody {
            Everybody::Runs(sides) => Some(households::falls(both, &sides[side], &one, &slots)),
            Everybody::Columns(all) => {
                let work = || columns::falls(both, &all[side], &one, &slots);
                let kept = comparison.options.kept.filter(|_| both.is_read_alike());
                match kept.map(|it| it.of(both.programs[side], both.as_of)) {
                    Some(kept) => with_kept(&kept, both, (&one, &slots), work),
                    None => work(),
                }
            }
        }
    };
    let fallen = (fallen(0, old, &old_record), fallen(1, new, &new_record));
    // Nothing is told where it could not be worked out.
    let (Some(before), Some(after)) = fallen else { return Vec::new() };
    let linked = both.programs[1].linked();
    let record = described(comparison, new, &new_record);
    let cliff = |(at, pair): (usize, &&&Pair)| {
        let fell = |all: &[Falls], number: usize| all.get(number).is_some_and(|it| it.of(at));
        let count = |all: &[Falls]| all.iter().filter(|it| it.of(at)).count();
        let first = (0..after.len()).find(|it| fell(&after, *it) && !fell(&before, *it));
        Cliff {
            table: linked.table(new).name.clone(),
            record: record.clone(),
            grade: pair.name.clone(),
            before: Cell::Count(count(&before)),
            after: Cell::Count(count(&after)),
            example: first.map(|it| comparison.shown_key(it)),
        }
    };
    grades.iter().enumerate().map(cliff).collect()
}

/// A record that is given to every household of a version.
struct OneMore<'r> {
    /// 0 before, 1 after.
    side: usize,
    table: usize,
    record: &'r Record,
}

/// Takes what is kept, else works it out and keeps it.
fn with_kept(
    kept: &KeptOf<'_>,
    both: &Both<'_>,
    (one, grades): (&OneMore<'_>, &[Option<usize>]),
    work: impl FnOnce() -> Option<Vec<Falls>>,
) -> Option<Vec<Falls>> {
    let table = reach::names(both.programs[one.side].linked()).remove(&Thing::Table(one.table));
    // Households that only one version counts among the population are left out.
    let known = both.programs.map(|it| reach::household(it.linked()));
    let said = format!("{:?}", (table, &one.record.values, known));
    let rests_on = (grades, said.as_str(), both.households());
    let found = kept.other(rests_on, || Some(Coded::of(work()?.into_iter())))?;
    Some(found.iter().copied().collect())
}

/// What of a program one more record of a table can change of what some grades need, in the order of evaluation; and
/// the rest of what they need.
fn moved(program: &Program, table: usize, grades: &[Option<usize>]) -> [Vec<usize>; 2] {
    let (graph, fields) = (program.graph(), &program.linked().table(table).fields);
    let mut things = vec![Thing::Table(table)];
    things.extend((0..fields.len()).map(|it| Thing::Column(table, it)));
    let mut moved = BTreeSet::new();
    for number in things.into_iter().filter_map(|it| graph.number(it)) {
        let view = graph.around(number, Way::Downstream);
        moved.extend(view.nodes().filter_map(|it| match graph.node(it).map(|it| it.thing) {
            Some(Thing::Decl(slot)) => Some(slot),
            _ => None,
        }));
    }
    let wanted = grades.iter().flatten().map(|it| Thing::Decl(*it)).collect();
    let (again, kept) = program.needed(&wanted).into_iter().partition(|it| moved.contains(it));
    [again, kept]
}

/// Of what one more record of a table does not change, that which the rest of what some grades need reads.
fn border(program: &Program, table: usize, grades: &[Option<usize>]) -> BTreeSet<usize> {
    let [again, kept] = moved(program, table, grades);
    program.border(&kept.into_iter().collect(), &again)
}

/// Which grades of a household fall by two or more, a bit each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Falls(u64);

impl Falls {
    fn of(self, grade: usize) -> bool {
        self.0 >> grade.min(63) & 1 == 1
    }

    fn note(&mut self, grade: usize, old: &Value, new: &Value) {
        if let (Value::Member(old), Value::Member(new)) = (old, new)
            && *new >= *old + 2
        {
            self.0 |= 1 << grade.min(63);
        }
    }
}

/// A record of the most frequent kind, dated on the as-of date; absent for a table without records.
fn typical(both: &Both<'_>, side: usize, table: usize) -> Option<Record> {
    let evaluator = Evaluator::new(both.programs[side], both.as_of);
    let event = evaluator.event_column(table)?;
    let (date, values) = match &both.everybody {
        Everybody::Runs(sides) => households::typical(&sides[side], (table, event), both.as_of)?,
        Everybody::Columns(all) => {
            let linked = both.programs[side].linked();
            columns::typical((all[side].0, linked), (table, event), both.as_of)?
        }
    };
    let later = date.days_until(both.as_of);
    let moved = |value: &Value| match value {
        Value::Date(it) => shifted(*it, later).map_or(Value::Missing, Value::Date),
        other => other.clone(),
    };
    Some(Record { values: values.iter().map(moved).collect() })
}

/// Is a column asked which of several records is taken? Texts that no rule reads may not have been read at all.
fn tells_apart(field: &Field) -> bool {
    field.ty.kind != TyKind::Text
}

/// Is a column one of those in which records of one kind agree?
fn tells_the_kind(field: &Field) -> bool {
    matches!(field.ty.kind, TyKind::Bool | TyKind::Member(_) | TyKind::Code(_))
}

fn shifted(date: Date, days: i64) -> Option<Date> {
    date.add_days(days)
}

fn described(comparison: &Comparison<'_>, table: usize, record: &Record) -> Vec<(Id, Said)> {
    let linked = comparison.both.programs[1].linked();
    let fields = &linked.table(table).fields;
    let told = fields.iter().zip(&record.values).filter(|(field, value)| {
        let kind = matches!(field.ty.kind, TyKind::Date | TyKind::Text);
        value.is_present() && !kind && !field.sensitive && field.derived.is_none()
    });
    told.map(|(field, value)| (field.name.clone(), Shown::new(linked, value, &field.ty).text))
        .collect()
}
