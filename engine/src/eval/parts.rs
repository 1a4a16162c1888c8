//! Sums: 逐条 over records, and a whole (维度, 总分) over what belongs to it.

use heng_dsl::model::{DeclKind, Each, Mode, RowKey, Table, Version};
use heng_dsl::value::{Decimal, Fault, Value};

use super::Working;
use super::expr::not_bool;
use super::number::{computed, decimal};
use super::scope::{At, Bound, Element, Frame};
use super::table::{Note, together};
use crate::outcome::EachPoint;

impl<'e> Working<'e> {
    /// 逐条: points for each record, and how they come together; 0 over no records.
    pub(super) fn each(
        &mut self,
        each: &'e Each,
        at: At<'_, 'e>,
        note: Note,
    ) -> Result<Value, Value> {
        let mut worth: Option<Value> = None;
        for element in self.elements(&each.source, at)? {
            let Some(point) = self.point(each, &element, (at, note))? else { continue };
            let value = Value::Number(point.worth);
            if let (Note::Content, Some(step)) = (note, &mut self.step) {
                step.each.push(point);
            }
            worth = Some(match worth {
                None => value,
                Some(before) => together(each.mode, before, value)?,
            });
        }
        Ok(worth.unwrap_or(Value::Number(Decimal::ZERO)))
    }

    /// What one record is worth; nothing where no condition holds or the row says 不适用.
    fn point(
        &mut self,
        each: &'e Each,
        element: &Element,
        (at, note): (At<'_, 'e>, Note),
    ) -> Result<Option<EachPoint>, Value> {
        let bound = Bound { element, outer: at.bound };
        let at = at.within(&bound);
        let Some((row, points)) = self.row_points(&each.table, at, note.inside(false))? else {
            return Ok(None);
        };
        let fade = match &each.fade {
            Some(fade) => Some(decimal(&self.table(fade, at, note.inside(true)))?),
            None => None,
        };
        let worth = match fade {
            None => points,
            Some(share) => {
                // Exact: the type of the whole has the places of both.
                let places = points.places().saturating_add(share.places());
                decimal(&computed(points.checked_mul(share, places)))?
            }
        };
        let record = match element {
            Element::Record(table, number) => (*table, *number),
            // Groups and calendar units are no records; the trace has no place for them.
            Element::Group(..) | Element::Unit(..) | Element::Result(_) => (usize::MAX, 0),
        };
        Ok(Some(EachPoint { record, row, points, fade, worth }))
    }

    fn row_points(
        &mut self,
        table: &'e Table,
        at: At<'_, 'e>,
        note: Note,
    ) -> Result<Option<(Option<usize>, Decimal)>, Value> {
        let conditions = table.columns.is_empty() && table.mode == Mode::First;
        if !conditions || table.rows.iter().any(|it| it.key == RowKey::Otherwise) {
            let (row, value) = match table.mode {
                Mode::First => {
                    let row = self.first_row(table, at, note)?;
                    let number = table.rows.iter().position(|it| std::ptr::eq(it, row));
                    (number, self.result(row, 0, at))
                }
                Mode::Sum | Mode::Highest | Mode::Lowest => (None, self.table(table, at, note)),
            };
            return of_row(row, &value);
        }
        for (number, row) in table.rows.iter().enumerate() {
            let holds = match &row.key {
                RowKey::Always => true,
                RowKey::When(it) => match self.expr(it, at) {
                    Value::Bool(it) => it,
                    Value::NotApplicable => false,
                    other => return Err(not_bool(other)),
                },
                RowKey::Otherwise | RowKey::Cells(_) => return Err(Value::Error(Fault::Type)),
            };
            if holds {
                self.note_row(number, note, at);
                let value = self.result(row, 0, at);
                return of_row(Some(number), &value);
            }
        }
        Ok(None)
    }

    /// The sum of what belongs to a whole, with its base and with weights. What is 不适用 is not scored.
    pub(super) fn whole(&mut self, slot: usize, version: &'e Version) -> Result<Value, Value> {
        let mut sum = version.bounds.base.unwrap_or(Decimal::ZERO);
        for part in self.linked.parts(slot) {
            let points = match self.worth(*part) {
                Value::NotApplicable => continue,
                Value::Missing => return Err(Value::Error(Fault::UnexpectedMissing)),
                value => decimal(&value)?,
            };
            let taken_off =
                matches!(self.linked.decl(*part).kind, DeclKind::Indicator { deduct: true, .. });
            let points = if taken_off { points.negated() } else { points };
            let points = match self.weight(*part)? {
                None => points,
                Some(weight) => {
                    let places = points.places().saturating_add(weight.places());
                    decimal(&computed(points.checked_mul(weight, places)))?
                }
            };
            sum = decimal(&computed(sum.checked_add(points)))?;
        }
        Ok(Value::Number(sum))
    }

    /// 权重 of a part, in its rule in force.
    fn weight(&mut self, part: usize) -> Result<Option<Decimal>, Value> {
        let decl = self.linked.decl(part);
        let version =
            self.on.versions.get(part).copied().flatten().and_then(|it| decl.versions.get(it));
        let Some((version, weight)) = version.and_then(|it| Some((it, it.bounds.weight.as_ref()?)))
        else {
            return Ok(None);
        };
        let frame = Frame::new(&version.lets);
        let value = match self.aside(|own| own.expr(weight, frame.start())) {
            Value::Missing => return Err(Value::Error(Fault::UnexpectedMissing)),
            value => value,
        };
        if let Some(step) = &mut self.step {
            step.weights.push((part, value.clone()));
        }
        decimal(&value).map(Some)
    }
}

fn of_row(row: Option<usize>, value: &Value) -> Result<Option<(Option<usize>, Decimal)>, Value> {
    match value {
        Value::NotApplicable => Ok(None),
        value => decimal(value).map(|it| Some((row, it))),
    }
}
