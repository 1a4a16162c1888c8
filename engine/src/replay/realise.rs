//! Fields and records for which expressions have given values.
//!
//! Only simple ways back are gone: a field, a count or a sum of records that satisfy simple conditions, a
//! condition, a column of a code table, months since a date, the row of a table with that result. What
//! has no simple way back has none here. Whether the household really has the values is for others to see.

mod records;

use std::collections::BTreeSet;

use heng_dsl::builtins::BuiltinId;
use heng_dsl::model::linked::Linked;
use heng_dsl::model::{
    CalendarWindow, Cell, CompareOp, ConditionMode, Content, DecideEffect, DeclKind, Expr, Field,
    Let, Mode, Node, Row, RowKey, Table, Test, Ty, TyKind, Version, Window,
};
use heng_dsl::value::{Date, Decimal, TimeUnit, Value};
use heng_dsl::verify::Assignment;

use crate::data::{Household, Record, sort};
use crate::eval::Evaluator;
use crate::population::PopulationValues;
use crate::program::Program;

/// How far an expression is followed through the values that it is made of.
const MAX_DEPTH: u32 = 12;

/// A household, and what of it was chosen.
pub(super) struct Realised {
    pub(super) household: Household,
    /// The fields that were set, by slot.
    pub(super) chosen: BTreeSet<usize>,
    /// The records that were made: table, number among its records, columns that were set.
    pub(super) records: Vec<(usize, usize, BTreeSet<usize>)>,
}

/// A household in which the expressions of an assignment may have their values.
pub(super) fn realise<'p>(
    program: &'p Program,
    version: &'p Version,
    assignment: &Assignment,
) -> Option<Realised> {
    let linked = program.linked();
    let evaluator = Evaluator::new(program, assignment.as_of);
    let (nobody, nothing) = (Household::default(), PopulationValues::default());
    let known = evaluator.evaluate_some(&[], &nobody, &nothing, 0, false).0.values;
    let mut way = Way {
        linked,
        as_of: assignment.as_of,
        known,
        fields: linked.fields().map(|it| usual(linked, it, assignment.as_of)).collect(),
        chosen: BTreeSet::new(),
        records: vec![Vec::new(); linked.tables().len()],
    };
    if let Some(since) = linked.subject().and_then(|it| it.since)
        && let Some(place) = way.fields.get_mut(since)
    {
        *place = Value::Date(assignment.as_of.add_months(-24)?);
    }
    for (expr, value) in &assignment.values {
        way.set(expr, value, &version.lets, 0)?;
    }
    Some(way.household())
}

/// A value that such a field can have: the least that is said.
fn usual(linked: &Linked, field: &Field, as_of: Date) -> Value {
    if field.derived.is_some() || (field.ty.optional && field.default.is_none()) {
        return Value::Missing;
    }
    field.default.clone().or_else(|| some(linked, &field.ty, as_of)).unwrap_or(Value::Missing)
}

/// Some value of a type; none of a frequency.
fn some(linked: &Linked, ty: &Ty, as_of: Date) -> Option<Value> {
    Some(match &ty.kind {
        TyKind::Bool => Value::Bool(false),
        TyKind::Number(_) => Value::Number(Decimal::ZERO),
        TyKind::Date => Value::Date(as_of),
        TyKind::Text => Value::text("示例"),
        TyKind::Member(_) => Value::Member(0),
        TyKind::Code(codes) => {
            let table = linked.code_table(codes.slot.index());
            let key = table.columns.iter().position(|it| it.key)?;
            table.rows.first()?.values.get(key)?.clone()
        }
        TyKind::Frequency | TyKind::Unknown => return None,
    })
}

/// The values of a record, and the columns that were set.
type Made = (Vec<Value>, BTreeSet<usize>);

/// The household while it is put together.
struct Way<'l> {
    linked: &'l Linked,
    as_of: Date,
    /// What parameters are worth, by slot.
    known: Vec<Value>,
    fields: Vec<Value>,
    chosen: BTreeSet<usize>,
    /// By table.
    records: Vec<Vec<Made>>,
}

impl<'l> Way<'l> {
    fn household(self) -> Realised {
        let key = self.linked.subject().map(|it| it.key);
        let mut out = Realised {
            household: Household {
                key: "示例".into(),
                fields: self.fields,
                records: Vec::new(),
                ..Household::default()
            },
            chosen: self.chosen,
            records: Vec::new(),
        };
        if let Some(key) = key {
            out.chosen.remove(&key);
        }
        for (slot, made) in self.records.into_iter().enumerate() {
            let table = self.linked.table(slot);
            let mut records: Vec<Record> =
                made.iter().map(|it| Record { values: it.0.clone() }).collect();
            sort(table, &mut records);
            for (number, record) in records.iter().enumerate() {
                let set = made.iter().find(|it| it.0 == record.values);
                out.records.extend(set.map(|it| (slot, number, it.1.clone())));
            }
            out.household.records.push(records);
        }
        out
    }

    /// Makes an expression of the household worth a value, as far as there is a simple way.
    fn set(&mut self, expr: &Expr, value: &Value, lets: &'l [Let], depth: u32) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        if self.constant(expr).is_some_and(|it| it == *value) {
            return Some(());
        }
        let deeper = depth + 1;
        match &expr.node {
            Node::Field(field) => self.field(field.slot.index(), value, deeper),
            Node::Local(number) => {
                let content = &lets.get(usize::try_from(*number).ok()?)?.content;
                self.content(content, value, lets, deeper)
            }
            Node::Decl(decl) => self.decl(decl.slot.index(), value, deeper),
            Node::IfMissing(item, _) | Node::Round(item, _) => self.set(item, value, lets, deeper),
            Node::Code { key, column } => {
                let table = self.linked.code_table(column.table.slot.index());
                let at = table.columns.iter().position(|it| it.key)?;
                let wanted = column.slot.index();
                let row = table.rows.iter().find(|it| it.values.get(wanted) == Some(value))?;
                let code = row.values.get(at)?.clone();
                self.set(key, &code, lets, deeper)
            }
            Node::Call { builtin, args } => {
                let [from, to] = args.as_slice() else { return None };
                let Value::Number(length) = value else { return None };
                let length = length.to_whole()?;
                let to = if matches!(to.node, Node::AsOf) { self.as_of } else { return None };
                let from_date = match builtin {
                    BuiltinId::Days => to.add_days(-length)?,
                    BuiltinId::FullMonths => to.add_months(-length)?,
                    BuiltinId::FullYears => to.add_months(-12 * length)?,
                    _ => return None,
                };
                self.set(from, &Value::Date(from_date), lets, deeper)
            }
            Node::Aggregate { builtin, source, arg } => {
                self.aggregate(*builtin, (source, arg.as_deref()), value)
            }
            Node::Compare { .. }
            | Node::In { .. }
            | Node::Present { .. }
            | Node::Not(_)
            | Node::And(_)
            | Node::Or(_) => match value {
                Value::Bool(holds) => self.condition(expr, *holds, lets, deeper),
                _ => None,
            },
            _ => None,
        }
    }

    /// Goes a way, and back to where it began where it leads nowhere.
    fn attempt(&mut self, way: impl FnOnce(&mut Self) -> Option<()>) -> Option<()> {
        let before = (self.fields.clone(), self.chosen.clone(), self.records.clone());
        let done = way(self);
        if done.is_none() {
            (self.fields, self.chosen, self.records) = before;
        }
        done
    }

    fn decl(&mut self, slot: usize, value: &Value, depth: u32) -> Option<()> {
        let decl = self.linked.decl(slot);
        let version = decl.versions.iter().find(|it| it.period.contains(self.as_of))?;
        let by_content =
            |own: &mut Self| own.content(&version.content, value, &version.lets, depth);
        match (&decl.kind, value) {
            // The grade of a household of whom nothing is known may be the one that is wanted.
            (DeclKind::Classify { .. }, Value::Member(member)) => self
                .attempt(|own| own.determined(slot, *member, depth))
                .or_else(|| self.attempt(by_content))
                .or(Some(())),
            _ => by_content(self),
        }
    }

    /// A direct determination that gives the grade.
    fn determined(&mut self, slot: usize, member: u16, depth: u32) -> Option<()> {
        let decides = self.linked.packages.iter().flat_map(|it| &it.decides);
        let of_this = decides.filter(|it| it.target.slot.index() == slot);
        let versions = of_this.flat_map(|it| &it.versions).filter(|(effect, version)| {
            *effect == DecideEffect::Set(member) && version.period.contains(self.as_of)
        });
        let versions: Vec<&'l Version> = versions.map(|it| &it.1).collect();
        let holds = Value::Bool(true);
        versions
            .into_iter()
            .find_map(|it| self.attempt(|own| own.content(&it.content, &holds, &it.lets, depth)))
    }

    fn field(&mut self, slot: usize, value: &Value, depth: u32) -> Option<()> {
        let field = self.linked.field(slot);
        if let Some(derived) = &field.derived {
            return self.set(derived, value, &[], depth);
        }
        if *value == Value::Missing && !field.ty.optional {
            return None;
        }
        // What was asked for once is not turned into something else.
        if self.chosen.contains(&slot) && self.fields.get(slot) != Some(value) {
            return None;
        }
        *self.fields.get_mut(slot)? = value.clone();
        self.chosen.insert(slot);
        Some(())
    }

    fn content(
        &mut self,
        content: &'l Content,
        value: &Value,
        lets: &'l [Let],
        depth: u32,
    ) -> Option<()> {
        match content {
            Content::Formula(it) => self.set(it, value, lets, depth),
            Content::Table(it) => self.table(it, value, lets, depth),
            Content::Condition(it) => {
                let Value::Bool(holds) = value else { return None };
                let mut all = it.parts.iter();
                if (it.mode == ConditionMode::Any) == *holds {
                    let set = |own: &mut Self, it| own.condition(it, *holds, lets, depth);
                    return all.find_map(|it| self.attempt(|own| set(own, it)));
                }
                all.try_for_each(|it| self.condition(it, *holds, lets, depth))
            }
            _ => None,
        }
    }

    /// Values of the columns for which a row holds that gives the value.
    fn table(
        &mut self,
        table: &'l Table,
        value: &Value,
        lets: &'l [Let],
        depth: u32,
    ) -> Option<()> {
        let given = |own: &Self, row: &Row| {
            let result = row.results.first().and_then(Option::as_ref);
            result.and_then(|it| own.constant(it))
        };
        for row in &table.rows {
            let is_it = given(self, row).as_ref() == Some(value);
            if is_it && self.attempt(|own| own.row(table, row, lets, depth)).is_some() {
                return Some(());
            }
        }
        if table.mode != Mode::Sum {
            return None;
        }
        // All rows that add something, together.
        let adds = |it: &&Row| matches!(given(self, it), Some(Value::Number(it)) if !it.is_negative() && !it.is_zero());
        let rows: Vec<&'l Row> = table.rows.iter().filter(adds).collect();
        rows.into_iter().try_for_each(|it| self.row(table, it, lets, depth))
    }

    /// Values for which a row holds.
    fn row(&mut self, table: &'l Table, row: &'l Row, lets: &'l [Let], depth: u32) -> Option<()> {
        match &row.key {
            RowKey::Otherwise | RowKey::Always => Some(()),
            RowKey::When(it) => self.condition(it, true, lets, depth + 1),
            RowKey::Cells(cells) => {
                for (cell, column) in cells.iter().zip(&table.columns) {
                    let wanted = match cell {
                        Cell::Any => continue,
                        Cell::OneOf(tests) => self.passing(tests.first()?, &column.ty)?,
                    };
                    self.set(column, &wanted, lets, depth + 1)?;
                }
                Some(())
            }
        }
    }

    /// A value that passes a test.
    fn passing(&self, test: &Test, ty: &Ty) -> Option<Value> {
        match test {
            Test::Missing => Some(Value::Missing),
            Test::Equals(it) => self.constant(it),
            Test::Differs(it) => beside(self.linked, &self.constant(it)?, CompareOp::NotEqual, ty),
            Test::Range { low: Some(bound), .. } => {
                let op =
                    if bound.inclusive { CompareOp::GreaterOrEqual } else { CompareOp::Greater };
                beside(self.linked, &self.constant(&bound.value)?, op, ty)
            }
            Test::Range { low: None, high: Some(bound) } => {
                let op = if bound.inclusive { CompareOp::LessOrEqual } else { CompareOp::Less };
                beside(self.linked, &self.constant(&bound.value)?, op, ty)
            }
            Test::Range { low: None, high: None } => None,
            Test::Window(it) => self.inside(it).map(Value::Date),
            Test::Starts(it) => self.constant(it),
        }
    }

    /// Makes a condition hold, or not hold.
    fn condition(
        &mut self,
        condition: &Expr,
        holds: bool,
        lets: &'l [Let],
        depth: u32,
    ) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        let deeper = depth + 1;
        match &condition.node {
            Node::Not(it) => self.condition(it, !holds, lets, deeper),
            Node::And(all) if holds => {
                all.iter().try_for_each(|it| self.condition(it, true, lets, deeper))
            }
            Node::Or(all) if !holds => {
                all.iter().try_for_each(|it| self.condition(it, false, lets, deeper))
            }
            Node::And(all) | Node::Or(all) => self.condition(all.first()?, holds, lets, deeper),
            _ => {
                let (item, wanted) = self.wanted(condition, holds)?;
                self.set(item, &wanted, lets, deeper)
            }
        }
    }

    /// What has to be worth what for a condition without parts to hold, or not to hold.
    fn wanted<'e>(&self, condition: &'e Expr, holds: bool) -> Option<(&'e Expr, Value)> {
        Some(match &condition.node {
            Node::Compare { op, left, right } => {
                let op = if holds { *op } else { op.opposite() };
                let (item, op, other) = match self.constant(right) {
                    Some(it) => (left, op, it),
                    None => (right, op.flipped(), self.constant(left)?),
                };
                (item, beside(self.linked, &other, op, &item.ty)?)
            }
            Node::In { negated, item, set } => {
                (item, self.among(set, holds != *negated, &item.ty)?)
            }
            Node::Present { negated, item } if holds == *negated => (item, Value::Missing),
            Node::Present { item, .. } => (item, some(self.linked, &item.ty, self.as_of)?),
            _ => (condition, Value::Bool(holds)),
        })
    }

    /// One of these values, or one that is none of them.
    fn among(&self, set: &[Expr], inside: bool, ty: &Ty) -> Option<Value> {
        let all = set.iter().map(|it| self.constant(it)).collect::<Option<Vec<Value>>>()?;
        if inside {
            return all.first().cloned();
        }
        match &ty.kind {
            TyKind::Member(of) => {
                let members = self.linked.enumeration(of.slot.index()).members.len();
                let members = 0..u16::try_from(members).ok()?;
                members.map(Value::Member).find(|it| !all.contains(it))
            }
            TyKind::Text => Some(Value::text("示例")).filter(|it| !all.contains(it)),
            _ => None,
        }
    }

    /// A day that lies in a window.
    fn inside(&self, window: &Window) -> Option<Date> {
        let as_of = self.as_of;
        match window {
            Window::Last(_) => Some(as_of),
            Window::Next(_) => as_of.add_days(1),
            Window::Ago { near, unit, .. } => {
                let near = -i64::from(*near);
                match unit {
                    TimeUnit::Day => as_of.add_days(near),
                    TimeUnit::Month => as_of.add_months(near),
                }
            }
            Window::Calendar(it) => match it {
                CalendarWindow::ThisMonth
                | CalendarWindow::ThisQuarter
                | CalendarWindow::ThisYear => Some(as_of),
                CalendarWindow::LastMonth => as_of.add_months(-1),
                CalendarWindow::LastQuarter => as_of.add_months(-3),
                CalendarWindow::LastYear
                | CalendarWindow::SameMonthLastYear
                | CalendarWindow::SameQuarterLastYear => as_of.add_months(-12),
            },
            Window::YearBefore(it) => self.inside(it)?.add_months(-12),
        }
    }

    /// The value of a literal or a parameter.
    fn constant(&self, expr: &Expr) -> Option<Value> {
        match &expr.node {
            Node::Const(it) => Some(it.clone()),
            Node::AsOf => Some(Value::Date(self.as_of)),
            Node::Decl(it) => self.known.get(it.slot.index()).filter(|it| it.is_present()).cloned(),
            Node::Round(it, _) => self.constant(it),
            _ => None,
        }
    }
}

/// A value that stands so to another one.
fn beside(linked: &Linked, other: &Value, op: CompareOp, ty: &Ty) -> Option<Value> {
    let step = match op {
        CompareOp::Equal | CompareOp::LessOrEqual | CompareOp::GreaterOrEqual => 0,
        CompareOp::NotEqual | CompareOp::Greater => 1,
        CompareOp::Less => -1,
    };
    if step == 0 {
        return Some(other.clone());
    }
    Some(match other {
        Value::Bool(it) => Value::Bool(!it),
        Value::Number(it) => {
            let places = ty.as_number()?.places;
            let step = Decimal::new(step, places)?;
            Value::Number(it.checked_add(step)?)
        }
        Value::Date(it) => Value::Date(it.add_days(i64::try_from(step).ok()?)?),
        Value::Member(it) => {
            let TyKind::Member(of) = &ty.kind else { return None };
            let members = linked.enumeration(of.slot.index()).members.len();
            let next = i128::from(*it) + step;
            let next = if op == CompareOp::NotEqual && next >= i128::try_from(members).ok()? {
                i128::from(*it) - 1
            } else {
                next
            };
            Value::Member(u16::try_from(next).ok().filter(|it| usize::from(*it) < members)?)
        }
        Value::Text(it) if op == CompareOp::NotEqual => Value::text(&format!("{it}等")),
        _ => return None,
    })
}
