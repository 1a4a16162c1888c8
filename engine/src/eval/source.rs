//! Sources: records, groups, calendar units and earlier results; and the fields of elements.

use heng_dsl::model::{CalendarUnit, Content, Expr, Field, Source};
use heng_dsl::value::{Fault, Value};

use super::Working;
use super::expr::holds;
use super::number::decimal;
use super::scope::{At, Bound, Element, Frame, Group};
use super::window::unit_before;

impl<'e> Working<'e> {
    /// The elements of a source in order, or the reason why there are none to speak of.
    pub(super) fn elements(
        &mut self,
        source: &'e Source,
        at: At<'_, 'e>,
    ) -> Result<Vec<Element>, Value> {
        match source {
            Source::Table(it) => Ok(self.visible(it.slot.index())),
            Source::Named(it) => self.named(it.slot.index()),
            Source::Filter { of, condition } => {
                let mut elements = self.elements(of, at)?;
                let mut failed = None;
                elements.retain(|it| {
                    let holds = failed.is_none().then(|| self.holds_for(condition, it, at));
                    match holds {
                        Some(Ok(holds)) => holds,
                        Some(Err(lacking)) => {
                            failed = Some(lacking);
                            false
                        }
                        None => false,
                    }
                });
                failed.map_or(Ok(elements), Err)
            }
            Source::Group { of, key } => self.groups(of, key, at),
            Source::Members { up } => match at.element(*up) {
                Some(Element::Group(group)) => Ok(group.members.clone()),
                _ => Err(Value::Error(Fault::Type)),
            },
            Source::Calendar { unit, count } => self.calendar(*unit, count, at),
            Source::History => {
                let results = self.household.history.iter().enumerate();
                let earlier = results.filter(|(_, it)| it.as_of.is_some_and(|it| it < self.as_of));
                Ok(earlier.map(|(number, _)| Element::Result(number)).collect())
            }
        }
    }

    /// Does a condition hold for an element? 不适用 does not hold.
    pub(super) fn holds_for(
        &mut self,
        condition: &'e Expr,
        element: &Element,
        at: At<'_, 'e>,
    ) -> Result<bool, Value> {
        holds(self.of_element(condition, element, at))
    }

    /// What an expression is worth with one more element bound.
    pub(super) fn of_element(
        &mut self,
        expr: &'e Expr,
        element: &Element,
        at: At<'_, 'e>,
    ) -> Value {
        let bound = Bound { element, outer: at.bound };
        self.expr(expr, at.within(&bound))
    }

    /// The records of a table that are visible on the as-of date.
    pub(super) fn visible(&self, table: usize) -> Vec<Element> {
        let records = self.household.records.get(table).map_or(&[][..], |it| it);
        let event = self.on.shapes.tables.get(table).and_then(|it| it.event);
        let happened =
            |record: &crate::data::Record| match event.and_then(|it| record.values.get(it)) {
                Some(Value::Date(date)) => *date <= self.as_of,
                // A record without a date is seen, so that whoever reads the date meets the gap.
                _ => true,
            };
        let seen = records.iter().enumerate().filter(|it| happened(it.1));
        seen.map(|(number, _)| Element::Record(table, number)).collect()
    }

    /// A named set of records.
    fn named(&mut self, slot: usize) -> Result<Vec<Element>, Value> {
        self.aside(|own| {
            let decl = own.linked.decl(slot);
            own.in_scope(slot)?;
            let version = own.on.versions.get(slot).copied().flatten();
            let version =
                version.and_then(|it| decl.versions.get(it)).ok_or(Value::NotApplicable)?;
            let frame = Frame::new(&version.lets);
            own.applies(version, &frame)?;
            match &version.content {
                Content::Source(it) => own.elements(it, frame.start()),
                _ => Err(Value::Error(Fault::Type)),
            }
        })
    }

    fn groups(
        &mut self,
        of: &'e Source,
        key: &'e Expr,
        at: At<'_, 'e>,
    ) -> Result<Vec<Element>, Value> {
        let mut keyed = Vec::new();
        for element in self.elements(of, at)? {
            match self.of_element(key, &element, at) {
                Value::Missing | Value::NotApplicable => {}
                error @ Value::Error(_) => return Err(error),
                key => keyed.push((key, element)),
            }
        }
        // A stable sort: within a group the elements keep the order of their source.
        keyed.sort_by(|a, b| a.0.cmp(&b.0));
        let mut groups: Vec<Element> = Vec::new();
        for (key, element) in keyed {
            match groups.last_mut() {
                Some(Element::Group(last)) if last.key == key => last.members.push(element),
                _ => groups.push(Element::Group(Box::new(Group { key, members: vec![element] }))),
            }
        }
        Ok(groups)
    }

    fn calendar(
        &mut self,
        unit: CalendarUnit,
        count: &'e Expr,
        at: At<'_, 'e>,
    ) -> Result<Vec<Element>, Value> {
        let count =
            decimal(&self.there(count, at)?)?.to_whole().ok_or(Value::Error(Fault::DateRange))?;
        let mut units = Vec::new();
        for before in (1..=count).rev() {
            let (start, end) =
                unit_before(unit, self.as_of, before).ok_or(Value::Error(Fault::DateRange))?;
            units.push(Element::Unit(unit, start, end));
        }
        Ok(units)
    }

    /// A field of the household.
    pub(super) fn field(&mut self, slot: usize) -> Value {
        let fields = &self.household.fields;
        let gate = self.on.shapes.gates.get(slot).copied().flatten();
        let value = if self.is_later(gate.and_then(|it| fields.get(it))) {
            Value::Missing
        } else {
            match fields.get(slot) {
                Some(Value::Missing) | None => self.unfilled_field(slot),
                Some(value) => value.clone(),
            }
        };
        if value == Value::Missing && !self.quiet {
            self.missing.push(slot);
        }
        value
    }

    /// A derived field, or what stands for an empty cell.
    fn unfilled_field(&mut self, slot: usize) -> Value {
        let field = self.linked.field(slot);
        let Some(derived) = &field.derived else { return default(field) };
        if let Some(known) = self.derived.iter().find(|it| it.0 == slot) {
            return known.1.clone();
        }
        let frame = Frame::new(&[]);
        let value = self.aside(|own| own.expr(derived, frame.start()));
        if !self.quiet {
            self.derived.push((slot, value.clone()));
        }
        value
    }

    /// A field of a record.
    pub(super) fn column(&mut self, table: usize, number: usize, column: usize) -> Value {
        let records = self.household.records.get(table);
        let Some(record) = records.and_then(|it| it.get(number)) else {
            return Value::Error(Fault::Type);
        };
        let gate =
            self.on.shapes.tables.get(table).and_then(|it| it.gates.get(column).copied().flatten());
        if self.is_later(gate.and_then(|it| record.values.get(it))) {
            return Value::Missing;
        }
        match record.values.get(column) {
            Some(Value::Missing) | None => {}
            Some(value) => return value.clone(),
        }
        let Some(field) = self.linked.table(table).fields.get(column) else {
            return Value::Error(Fault::Type);
        };
        let Some(derived) = &field.derived else { return default(field) };
        let element = Element::Record(table, number);
        let frame = Frame::about(&[], &element);
        self.aside(|own| own.expr(derived, frame.start()))
    }

    /// Does the happening with that date lie after the as-of date?
    fn is_later(&self, date: Option<&Value>) -> bool {
        matches!(date, Some(Value::Date(date)) if *date > self.as_of)
    }
}

fn default(field: &Field) -> Value {
    field.default.clone().unwrap_or(Value::Missing)
}
