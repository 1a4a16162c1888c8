//! Looks for a case that would notice a surviving mutant, by changing those that there are a little.
//!
//! A case that gets to the changed place but does not look there is given the missing expectation. Else
//! fields are set to the number at the edge, records are repeated until there are as many, and dates are
//! put at the ends of a window, one change at a time. What is proposed was tried: it passes on the rules
//! as they are, and fails on the mutant.

use heng_dsl::diag::Lang;
use heng_dsl::model::{
    Case, Cell, Column, DeclKind, Expectation, GivenHousehold, GivenRecord, Node, Ref, RowKey,
    Table, Test, TyKind,
};
use heng_dsl::value::{Decimal, Rounding, Value};
use heng_dsl::written::case::CaseText;

use super::Mutant;
use super::judge::{Base, Judge, OnDates, table, tells};
use super::spot::Reach;
use crate::cases::{self, Worked};
use crate::graph::Thing;
use crate::outcome::RuleId;
use crate::program::Program;

/// How many cases are changed for one mutant.
const BASES: usize = 8;

/// How many changes of one case are tried.
const CHANGES: usize = 48;

/// How many records of one table a case is given at most.
const RECORDS: i64 = 40;

/// A case, ready to be pasted.
pub(super) fn case(
    judge: &Judge<'_>,
    mutant: &Mutant,
    bases: &[Base<'_>],
    lang: Lang,
) -> Option<String> {
    let mutated = judge.mutated(mutant)?;
    let search = Search { judge, mutant, slot: slot_of(mutant.at.rule) };
    let (mut before, mut after) = (OnDates::new(judge.program), OnDates::new(&mutated));
    let (reaching, others): (Vec<_>, Vec<_>) =
        bases.iter().partition(|it| judge.can_tell(it, mutant));
    for base in &reaching {
        let came = after.work_out(&base.worked.register, base.worked.number, base.case.as_of);
        if let Some(expected) = came.and_then(|it| search.difference(&base.worked, &it)) {
            return search.written(base, &GivenHousehold::default(), expected, lang);
        }
    }
    let near =
        |it: &&&Base<'_>| tells(judge.program.linked(), &it.worked, &Reach::Rule(mutant.at.rule));
    let near: Vec<&&Base<'_>> = reaching.iter().chain(&others).filter(near).take(BASES).collect();
    for base in near {
        for changed in search.changes(base, bases).into_iter().take(CHANGES) {
            let case = with(base.case, &changed);
            let (register, number) = cases::given(judge.program.linked(), &case);
            let Some(was) = before.work_out(&register, number, case.as_of) else { continue };
            if !tells(judge.program.linked(), &was, &mutant.reach) {
                continue;
            }
            let came = after.work_out(&register, number, case.as_of);
            if let Some(expected) = came.and_then(|it| search.difference(&was, &it)) {
                return search.written(base, &changed, expected, lang);
            }
        }
    }
    None
}

fn slot_of(rule: RuleId) -> usize {
    match rule {
        RuleId::Decl(slot, _) | RuleId::Decide(slot, ..) => slot,
    }
}

/// The case with the fields and tables that were changed.
fn with(case: &Case, changed: &GivenHousehold) -> Case {
    let mut case = case.clone();
    let household = &mut case.household;
    for (field, value) in &changed.fields {
        household.fields.retain(|it| it.0 != *field);
        household.fields.push((field.clone(), value.clone()));
    }
    for record in &changed.records {
        household.records.retain(|it| it.table != record.table);
    }
    household.records.extend(changed.records.iter().cloned());
    case
}

struct Search<'s> {
    judge: &'s Judge<'s>,
    mutant: &'s Mutant,
    slot: usize,
}

impl Search<'_> {
    fn program(&self) -> &Program {
        self.judge.program
    }

    /// Something of the package that is worth something else on the mutant: the changed declaration if it
    /// is, else the first that is.
    fn difference(&self, before: &Worked, after: &Worked) -> Option<Expectation> {
        let linked = self.program().linked();
        let value = |of: &Worked, slot: usize| of.outcome.values.get(slot).cloned();
        let slots = (0..linked.decls().len())
            .filter(|it| linked.package_of(*it) == self.judge.package)
            .filter(|it| {
                !matches!(
                    linked.decl(*it).kind,
                    DeclKind::Param | DeclKind::RecordSet | DeclKind::RecordValue { .. }
                )
            });
        let own = std::iter::once(self.slot);
        for slot in own.chain(slots) {
            let kind = &linked.decl(slot).kind;
            if let DeclKind::Measure { columns } = kind {
                let row = |of: &Worked| {
                    of.outcome.measures.iter().find(|it| it.0 == slot).map(|it| it.1.clone())
                };
                let (Some(was), Some(is)) = (row(before), row(after)) else { continue };
                let pairs = was.iter().zip(&is).zip(columns);
                if let Some(((was, _), column)) = pairs.clone().find(|it| it.0.0 != it.0.1) {
                    let name = column.name.clone();
                    return Some(Expectation::Measure(self.own(slot), name, was.clone()));
                }
                continue;
            }
            if matches!(kind, DeclKind::Param) {
                continue;
            }
            let (Some(was), Some(is)) = (value(before, slot), value(after, slot)) else { continue };
            if was != is && !matches!(was, Value::Error(_)) {
                return Some(Expectation::Worth(self.own(slot), was));
            }
        }
        None
    }

    fn own(&self, slot: usize) -> Ref {
        let reference = Ref::own(&self.program().linked().decl(slot).id);
        reference.slot.set(slot);
        reference
    }

    fn written(
        &self,
        base: &Base<'_>,
        changed: &GivenHousehold,
        expected: Expectation,
        lang: Lang,
    ) -> Option<String> {
        let words = self.mutant.words.of(lang);
        let case = Case {
            // The number tells two bounds of one row apart.
            title: format!(
                "{}：{}（{words}，{}）",
                self.mutant.at.name, self.mutant.at.text, self.mutant.spot
            ),
            household: changed.clone(),
            others: Vec::new(),
            expect: vec![expected],
            ..base.case.clone()
        };
        let case = Case { title: case.title.replace('"', "'"), ..case };
        CaseText::new(self.program().linked(), lang).like(&base.case.title, &case)
    }

    /// The number that the column has to be asked about, or that stands at the changed place.
    fn number(&self) -> Option<Decimal> {
        match self.mutant.reach {
            Reach::Asked(_, _, _, it) => Some(it),
            _ => self.mutant.number,
        }
    }

    /// That number, or of a row the numbers at the edges of its cells.
    fn numbers(&self) -> Vec<Decimal> {
        match self.mutant.reach {
            Reach::Row(rule, inner, row) => {
                let table = table(self.program().linked(), rule, inner);
                table.map(|(_, it)| edges(it, row)).unwrap_or_default()
            }
            _ => self.number().into_iter().collect(),
        }
    }

    /// Small changes of what a case gives, of what the changed rule reads.
    fn changes(&self, base: &Base<'_>, bases: &[Base<'_>]) -> Vec<GivenHousehold> {
        let things = self.program().upstream(self.slot);
        let mut all = Vec::new();
        for thing in &things {
            if let Thing::Field(slot) = thing {
                all.extend(self.field(*slot));
            }
        }
        for thing in &things {
            if let Thing::Table(slot) = thing {
                self.records(*slot, base, bases, &mut all);
            }
        }
        all
    }

    /// The numbers at the edge, 是 and 否, each member.
    fn field(&self, slot: usize) -> Vec<GivenHousehold> {
        let linked = self.program().linked();
        let field = linked.field(slot);
        if field.derived.is_some() || field.key {
            return Vec::new();
        }
        let values: Vec<Value> = match &field.ty.kind {
            TyKind::Number(ty) => {
                let numbers = self.numbers();
                let rounded = numbers.iter().filter_map(|it| it.round(ty.places, Rounding::HalfUp));
                let fits = rounded.filter(|it| field.signed || !it.is_negative());
                fits.map(Value::Number).collect()
            }
            TyKind::Bool => vec![Value::Bool(true), Value::Bool(false)],
            TyKind::Member(it) => {
                let members = linked.enumeration(it.slot.index()).members.len();
                let members = u16::try_from(members).unwrap_or_default();
                (0..members).map(Value::Member).collect()
            }
            TyKind::Date | TyKind::Text | TyKind::Code(_) | TyKind::Frequency | TyKind::Unknown => {
                Vec::new()
            }
        };
        let reference = Ref::own(&field.id);
        reference.slot.set(slot);
        let given = values.into_iter().map(|value| GivenHousehold {
            fields: vec![(reference.clone(), value)],
            ..GivenHousehold::default()
        });
        given.collect()
    }

    /// As many records as the number says and others, numbers and dates of the last one at the edge.
    fn records(
        &self,
        slot: usize,
        base: &Base<'_>,
        bases: &[Base<'_>],
        all: &mut Vec<GivenHousehold>,
    ) {
        let of = |case: &Case| -> Vec<GivenRecord> {
            let records = case.household.records.iter();
            records.filter(|it| it.table.slot.index() == slot).cloned().collect()
        };
        let mut records = of(base.case);
        if records.is_empty() {
            // Another case knows what a record looks like.
            let lent = bases.iter().map(|it| of(it.case)).find(|it| !it.is_empty());
            records = lent.unwrap_or_default();
        }
        let Some(last) = records.last().cloned() else { return };
        let mut push = |records: Vec<GivenRecord>| {
            all.push(GivenHousehold { records, ..GivenHousehold::default() });
        };
        let wanted = self.numbers().into_iter().filter_map(Decimal::to_whole);
        let wanted = wanted.filter(|it| *it <= RECORDS);
        let counts = wanted.flat_map(|it| [it, it + 1]).chain(1..=6);
        for count in counts.filter_map(|it| usize::try_from(it).ok()).filter(|it| *it > 0) {
            push(self.repeated(slot, &records, count));
        }
        for (at, (column, _)) in last.fields.iter().enumerate() {
            for value in self.values(slot, column, base) {
                let mut changed = records.clone();
                let place = changed.last_mut().and_then(|it| it.fields.get_mut(at));
                if let Some(place) = place {
                    place.1 = value;
                    push(changed);
                }
            }
        }
    }

    /// So many records: the first ones, then the last one again under other keys.
    fn repeated(&self, slot: usize, records: &[GivenRecord], count: usize) -> Vec<GivenRecord> {
        let mut all: Vec<GivenRecord> = records.iter().take(count).cloned().collect();
        let table = self.program().linked().table(slot);
        while all.len() < count {
            let Some(mut next) = records.last().cloned() else { return all };
            for (column, value) in &mut next.fields {
                let key = table.fields.get(column.slot.index()).is_some_and(|it| it.key);
                if let (true, Value::Text(it)) = (key, &*value) {
                    *value = Value::text(&format!("{it}-{}", all.len()));
                }
            }
            all.push(next);
        }
        all
    }

    /// Values of a column at the edge: the number itself, or the ends of a stretch of time of that length.
    fn values(&self, slot: usize, column: &Column, base: &Base<'_>) -> Vec<Value> {
        let Some(number) = self.number() else { return Vec::new() };
        let field = self.program().linked().table(slot).fields.get(column.slot.index());
        let Some(field) = field.filter(|it| !it.key && it.derived.is_none()) else {
            return Vec::new();
        };
        match &field.ty.kind {
            TyKind::Number(ty) => {
                let number = number.round(ty.places, Rounding::HalfUp);
                let number = number.filter(|it| field.signed || !it.is_negative());
                number.into_iter().map(Value::Number).collect()
            }
            TyKind::Date => {
                let Some(length) = number.to_whole().filter(|it| (0..=1200).contains(it)) else {
                    return Vec::new();
                };
                let as_of = base.case.as_of;
                let ends = [
                    as_of.add_months(-length),
                    as_of.add_months(-length - 1),
                    as_of.add_months(-length + 1),
                    as_of.add_days(-length),
                ];
                let ends = ends.into_iter().flatten();
                let around = ends.flat_map(|it| [it.add_days(-1), Some(it), it.add_days(1)]);
                around.flatten().filter(|it| *it <= as_of).map(Value::Date).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// The numbers at the bounds of a row and one unit on either side, and those that it names.
fn edges(table: &Table, row: usize) -> Vec<Decimal> {
    let Some(RowKey::Cells(cells)) = table.rows.get(row).map(|it| &it.key) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for (cell, asked) in cells.iter().zip(&table.columns) {
        let (Cell::OneOf(tests), Some(ty)) = (cell, asked.ty.as_number()) else { continue };
        let Some(unit) = Decimal::new(1, ty.places) else { continue };
        let ends = tests.iter().flat_map(|it| match it {
            Test::Range { low, high } => {
                [low, high].into_iter().flatten().map(|it| &it.value).collect()
            }
            Test::Equals(it) => vec![it],
            Test::Missing | Test::Differs(_) | Test::Starts(_) | Test::Window(_) => Vec::new(),
        });
        for end in ends {
            if let Node::Const(Value::Number(it)) = &end.node {
                all.extend([Some(*it), it.checked_sub(unit), it.checked_add(unit)]);
            }
        }
    }
    all.into_iter().flatten().collect()
}
