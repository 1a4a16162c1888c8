//! Expressions.

use std::cmp::Ordering;

use heng_dsl::model::{Column, Expr, ItemPart, Node, ProductOp, Ref, Term, Unit};
use heng_dsl::value::{Date, Decimal, Fault, Value};

use super::number::{compare, computed, decimal, either, fit, round, worse};
use super::scope::{At, Element};
use super::{Working, table};
use crate::outcome::InnerTable;

impl<'e> Working<'e> {
    /// What an expression is worth at a place.
    pub(super) fn expr(&mut self, expr: &'e Expr, at: At<'_, 'e>) -> Value {
        let value = self.node(expr, at);
        match value {
            Value::Number(_) => fit(value, &expr.ty),
            _ => value,
        }
    }

    fn node(&mut self, expr: &'e Expr, at: At<'_, 'e>) -> Value {
        match &expr.node {
            Node::Hole => Value::Error(Fault::Type),
            Node::Const(it) => it.clone(),
            Node::AsOf => Value::Date(self.as_of),
            Node::Field(it) => promised(self.field(it.slot.index()), expr),
            Node::RecordField { up, column } => {
                promised(self.field_of(at.element(*up), column), expr)
            }
            Node::Item { up, part } => self.item(at.element(*up), *part),
            Node::Past { up, decl } => self.past(at.element(*up), decl),
            Node::Decl(it) => self.worth(it.slot.index()),
            Node::RecordDecl { up, decl } => match at.element(*up) {
                Some(element) => self.of_record(decl.slot.index(), element),
                None => Value::Error(Fault::Type),
            },
            Node::Local(it) => self.local(*it, at),
            Node::Code { key, column } => self.code(key, column, at),
            Node::AtDate { decl, date, milder_is_highest } => {
                either(self.at_date(decl.slot.index(), date, *milder_is_highest, at))
            }
            Node::Negate(it) => {
                either(decimal(&self.expr(it, at)).map(|it| Value::Number(it.negated())))
            }
            Node::Sum(terms) => either(self.sum(terms, at)),
            Node::Product { op, left, right } => either(self.product(expr, (*op, left, right), at)),
            Node::Shift { date, by, back } => either(self.shift(date, by, *back, at)),
            Node::Compare { op, left, right } => {
                let pair = self.pair(left, right, at);
                either(pair.and_then(|(a, b)| compare(&a, &b)).map(|it| Value::Bool(op.holds(it))))
            }
            Node::Round(it, rounding) => {
                let places = expr.ty.as_number().map_or(0, |it| it.places);
                either(decimal(&self.expr(it, at)).map(|it| round(it, places, *rounding)))
            }
            Node::IfMissing(it, otherwise) => match self.expr(it, at) {
                Value::Missing | Value::NotApplicable => self.expr(otherwise, at),
                value => value,
            },
            Node::If(condition, then, otherwise) => match self.expr(condition, at) {
                Value::Bool(true) => self.expr(then, at),
                Value::Bool(false) => self.expr(otherwise, at),
                other => not_bool(other),
            },
            Node::Call { builtin, args } => either(self.call(*builtin, args, expr, at)),
            Node::Aggregate { builtin, source, arg } => {
                self.aggregate(expr, (*builtin, source, arg.as_deref()), at)
            }
            Node::Population(it) => self.population.get(it.site.index(), self.number).clone(),
            Node::In { .. }
            | Node::KnownCode { .. }
            | Node::Within { .. }
            | Node::Present { .. }
            | Node::Contains(..)
            | Node::Starts(..)
            | Node::Not(_)
            | Node::And(_)
            | Node::Or(_) => either(self.question(expr, at)),
        }
    }

    fn field_of(&mut self, element: Option<&Element>, column: &Column) -> Value {
        match element {
            Some(Element::Record(table, number)) => {
                self.column(*table, *number, column.slot.index())
            }
            _ => Value::Error(Fault::Type),
        }
    }

    /// Questions that are answered by 是 or 否.
    fn question(&mut self, expr: &'e Expr, at: At<'_, 'e>) -> Result<Value, Value> {
        let answer = match &expr.node {
            Node::In { negated, item, set } => self.is_in(item, set, at)? != *negated,
            Node::KnownCode { negated, item, codes } => {
                let code = self.there(item, at)?;
                let table = self.linked.code_table(codes.slot.index());
                table.find(&text(&code)?).is_some() != *negated
            }
            Node::Within { date, window } => match self.there(date, at)? {
                Value::Date(date) => self.is_within(date, window, at)?,
                _ => return Err(Value::Error(Fault::Type)),
            },
            Node::Present { negated, item } => match self.expr(item, at) {
                error @ Value::Error(_) => return Err(error),
                value => value.is_present() != *negated,
            },
            Node::Contains(whole, part) => {
                let (whole, part) = self.pair(whole, part, at)?;
                text(&whole)?.contains(&*text(&part)?)
            }
            Node::Starts(whole, part) => {
                let (whole, part) = self.pair(whole, part, at)?;
                text(&whole)?.starts_with(&*text(&part)?)
            }
            Node::Not(it) => match self.expr(it, at) {
                Value::Bool(it) => !it,
                other => return Err(not_bool(other)),
            },
            Node::And(parts) => {
                return Ok(until_settled(false, parts.iter().map(|it| self.expr(it, at))));
            }
            Node::Or(parts) => {
                return Ok(until_settled(true, parts.iter().map(|it| self.expr(it, at))));
            }
            _ => return Err(Value::Error(Fault::Type)),
        };
        Ok(Value::Bool(answer))
    }

    fn is_in(&mut self, item: &'e Expr, set: &'e [Expr], at: At<'_, 'e>) -> Result<bool, Value> {
        let item = self.there(item, at)?;
        for member in set {
            let equal = match &member.node {
                Node::Const(it) => compare(&item, it)?,
                _ => compare(&item, &self.there(member, at)?)?,
            };
            if equal == Ordering::Equal {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A value that is there, or the reason why it is not.
    pub(super) fn there(&mut self, expr: &'e Expr, at: At<'_, 'e>) -> Result<Value, Value> {
        let value = self.expr(expr, at);
        if value.is_present() { Ok(value) } else { Err(value) }
    }

    /// Two values that are both there.
    pub(super) fn pair(
        &mut self,
        a: &'e Expr,
        b: &'e Expr,
        at: At<'_, 'e>,
    ) -> Result<(Value, Value), Value> {
        let (a, b) = (self.expr(a, at), self.expr(b, at));
        if a.is_present() && b.is_present() {
            return Ok((a, b));
        }
        Err(match (a.is_present(), b.is_present()) {
            (true, _) => b,
            (_, true) => a,
            _ => worse(a, b),
        })
    }

    fn sum(&mut self, terms: &'e [Term], at: At<'_, 'e>) -> Result<Value, Value> {
        sum_of(terms.iter().map(|it| (it.negative, self.expr(&it.expr, at))))
    }

    fn product(
        &mut self,
        whole: &'e Expr,
        (op, left, right): (ProductOp, &'e Expr, &'e Expr),
        at: At<'_, 'e>,
    ) -> Result<Value, Value> {
        let (left, right) = self.pair(left, right, at)?;
        let places = whole.ty.as_number().ok_or(Value::Error(Fault::Type))?.places;
        Ok(product_of(op, decimal(&left)?, decimal(&right)?, places))
    }

    fn shift(
        &mut self,
        date: &'e Expr,
        by: &'e Expr,
        back: bool,
        at: At<'_, 'e>,
    ) -> Result<Value, Value> {
        let (start, length) = self.pair(date, by, at)?;
        let Value::Date(start) = start else { return Err(Value::Error(Fault::Type)) };
        shifted_by(start, decimal(&length)?, by.ty.as_number().map(|it| &it.unit), back)
    }

    /// What a declaration is worth that was worked out before.
    pub(super) fn worth(&self, slot: usize) -> Value {
        self.values.get(slot).cloned().unwrap_or(Value::NotApplicable)
    }

    fn local(&mut self, number: u32, at: At<'_, 'e>) -> Value {
        let number = number as usize;
        if let Some(known) = at.frame.known(number) {
            return known;
        }
        let Some(it) = at.frame.local(number) else { return Value::Error(Fault::Type) };
        let table = InnerTable { local: Some(number), fade: false };
        let value = self.content(&it.content, at.frame.start(), table::Note::Inner(table));
        let value = fit(value, &it.ty);
        if !self.quiet {
            at.frame.learn(number, &value);
        }
        value
    }

    /// A column of a code table; its default where the code is unknown or missing.
    fn code(&mut self, key: &'e Expr, column: &'e Column, at: At<'_, 'e>) -> Value {
        let table = self.linked.code_table(column.table.slot.index());
        let at_column = column.slot.index();
        let row = match self.expr(key, at) {
            Value::Text(code) => table.find(&code),
            Value::Missing => None,
            Value::NotApplicable => return Value::NotApplicable,
            error @ Value::Error(_) => return error,
            _ => return Value::Error(Fault::Type),
        };
        let found = row.and_then(|it| it.values.get(at_column)).filter(|it| **it != Value::Missing);
        let default = || table.columns.get(at_column).and_then(|it| it.default.as_ref());
        found.or_else(default).cloned().unwrap_or(Value::Missing)
    }

    /// A part of a group, of a calendar unit or of an earlier result.
    fn item(&self, element: Option<&Element>, part: ItemPart) -> Value {
        match (element, part) {
            (Some(Element::Group(group)), ItemPart::Key) => group.key.clone(),
            (Some(Element::Group(group)), ItemPart::Size) => counted(group.members.len()),
            (Some(Element::Unit(_, start, _)), ItemPart::Year) => Value::whole(start.year()),
            (Some(Element::Unit(_, start, _)), ItemPart::Quarter) => Value::whole(start.quarter()),
            (Some(Element::Unit(_, start, _)), ItemPart::Month) => Value::whole(start.month()),
            (Some(Element::Unit(_, start, _)), ItemPart::Start) => Value::Date(*start),
            (Some(Element::Unit(_, _, end)), ItemPart::End) => Value::Date(*end),
            (Some(Element::Result(number)), ItemPart::AsOf) => {
                let result = self.household.history.get(*number);
                result.and_then(|it| it.as_of).map_or(Value::Missing, Value::Date)
            }
            _ => Value::Error(Fault::Type),
        }
    }

    fn past(&self, element: Option<&Element>, decl: &Ref) -> Value {
        let Some(Element::Result(number)) = element else { return Value::Error(Fault::Type) };
        let recorded = self.household.history.get(*number).map_or(&[][..], |it| &it.values);
        let found = recorded.iter().find(|it| it.0 == decl.slot.index());
        found.map_or(Value::Missing, |it| it.1.clone())
    }

    /// The value of a declaration under the law of another date.
    fn at_date(
        &mut self,
        slot: usize,
        date: &'e Expr,
        milder_is_highest: Option<bool>,
        at: At<'_, 'e>,
    ) -> Result<Value, Value> {
        let Value::Date(date) = self.there(date, at)? else {
            return Err(Value::Error(Fault::Type));
        };
        let then = self.aside(|own| own.on_date(slot, date));
        let Some(highest) = milder_is_highest else { return Ok(then) };
        milder(then, self.worth(slot), highest)
    }
}

/// 从旧兼从轻: of the value under the law of an earlier date and the present one the milder.
///
/// # Errors
///
/// Neither is there, or one is an error.
pub(crate) fn milder(then: Value, now: Value, highest: bool) -> Result<Value, Value> {
    match (then.is_present(), now.is_present()) {
        (true, true) => {
            let order = compare(&then, &now)?;
            let then_is_milder = if highest { order.is_ge() } else { order.is_le() };
            Ok(if then_is_milder { then } else { now })
        }
        // Where no law was in force at one of the dates, the other one counts.
        (true, false) if !matches!(now, Value::Error(_)) => Ok(then),
        (false, true) if !matches!(then, Value::Error(_)) => Ok(now),
        _ => Err(worse(then, now)),
    }
}

/// 且 (settled by 否) or 或 (settled by 是): asked from the left until one settles it or is an error.
pub(crate) fn until_settled(by: bool, parts: impl Iterator<Item = Value>) -> Value {
    let mut worth = Value::Bool(!by);
    for part in parts {
        match part {
            Value::Bool(it) if it != by => {}
            settled @ (Value::Bool(_) | Value::Error(_)) => return settled,
            other => worth = worse(worth, not_bool(other)),
        }
    }
    worth
}

/// A sum of terms, each with whether it is subtracted.
///
/// # Errors
///
/// The non-value of the terms that wins.
pub(crate) fn sum_of(terms: impl Iterator<Item = (bool, Value)>) -> Result<Value, Value> {
    let mut sum = Some(Decimal::ZERO);
    let mut lacking: Option<Value> = None;
    for term in terms {
        match term {
            (negative, Value::Number(it)) => {
                let it = if negative { it.negated() } else { it };
                sum = sum.and_then(|sum| sum.checked_add(it));
            }
            (_, other) => {
                let other = not_number(other);
                lacking = Some(match lacking {
                    Some(before) => worse(before, other),
                    None => other,
                });
            }
        }
    }
    lacking.map_or(Ok(computed(sum)), Err)
}

/// A product or a quotient with so many places; missing for a divisor of zero.
pub(crate) fn product_of(op: ProductOp, left: Decimal, right: Decimal, places: u8) -> Value {
    match op {
        ProductOp::Multiply => computed(left.checked_mul(right, places)),
        ProductOp::Divide if right.is_zero() => Value::Missing,
        ProductOp::Divide => computed(left.checked_div(right, places)),
    }
}

/// A date so long before or after another.
///
/// # Errors
///
/// The length is no whole number, or is not counted in days or months.
pub(crate) fn shifted_by(
    start: Date,
    length: Decimal,
    unit: Option<&Unit>,
    back: bool,
) -> Result<Value, Value> {
    let length = if back { length.negated() } else { length };
    let length = length.to_whole().ok_or(Value::Error(Fault::DateRange))?;
    match unit {
        Some(Unit::Months) => Ok(dated(start.add_months(length))),
        Some(Unit::Days) => Ok(dated(start.add_days(length))),
        _ => Err(Value::Error(Fault::Type)),
    }
}

/// A value that the model promises to be there is an error where it is missing.
fn promised(value: Value, expr: &Expr) -> Value {
    match value {
        Value::Missing if !expr.ty.optional => Value::Error(Fault::UnexpectedMissing),
        value => value,
    }
}

/// What stands in the place of 是 or 否 and is neither.
pub(crate) fn not_bool(value: Value) -> Value {
    match value {
        Value::NotApplicable | Value::Error(_) => value,
        Value::Missing => Value::Error(Fault::UnexpectedMissing),
        _ => Value::Error(Fault::Type),
    }
}

/// Does a condition hold that is worth this? 不适用 does not hold.
///
/// # Errors
///
/// It is neither 是 nor 否 nor 不适用.
pub(crate) fn holds(value: Value) -> Result<bool, Value> {
    match value {
        Value::Bool(it) => Ok(it),
        Value::NotApplicable => Ok(false),
        other => Err(not_bool(other)),
    }
}

fn not_number(value: Value) -> Value {
    if value.is_present() { Value::Error(Fault::Type) } else { value }
}

/// The text of a value.
pub(crate) fn text(value: &Value) -> Result<std::sync::Arc<str>, Value> {
    match value {
        Value::Text(it) => Ok(it.clone()),
        _ => Err(Value::Error(Fault::Type)),
    }
}

/// A date, unless it left the calendar.
pub(super) fn dated(date: Option<Date>) -> Value {
    date.map_or(Value::Error(Fault::DateRange), Value::Date)
}

/// A number of elements.
pub(crate) fn counted(count: usize) -> Value {
    i64::try_from(count).map_or(Value::Error(Fault::Overflow), Value::whole)
}
