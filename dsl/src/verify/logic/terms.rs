//! What conditions speak of: numbers, dates, members, texts and statements, each with a number of its own.
//!
//! Numbers are counted in steps of 10⁻¹², dates in days, members by their position, so that one kind of
//! difference serves all three. What is always true of a thing stands beside it as a fact.

use super::super::reach::{Reach, Scope};
use super::orders::{Edge, ZERO};
use crate::model::{Expr, Later, Node, TyKind};
use crate::value::{Date, Decimal, Period};

/// Decimal places in which numbers are counted.
pub(super) const PLACES: u8 = 12;

/// Things that one question may speak of.
const MAX_TERMS: usize = 44;

/// Something with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Thing {
    /// The zero of all numbers and dates.
    Zero,
    /// What an expression is worth; of a condition, that it holds.
    Of(Expr),
    /// A date some months after (before, if negative) a date and a number of days.
    Months { base: usize, days: i64, months: i64 },
    /// The first day of the month, the quarter or the year of the as-of date.
    Start(Unit),
}

/// A unit of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Month,
    Quarter,
    Year,
}

/// The things of one question.
pub(super) struct Terms<'a, 'l> {
    pub(super) reach: &'a Reach<'l>,
    /// When the as-of date is.
    pub(super) period: Period,
    /// Data are as they are after their checks: nothing after the as-of date, nothing that lacks.
    pub(super) clean: bool,
    pub(super) things: Vec<Thing>,
    /// What always holds of their values.
    pub(super) edges: Vec<Edge>,
    /// There were more things than are looked at: zero stands for the rest, so nothing follows any more.
    pub(super) full: bool,
}

impl<'a, 'l> Terms<'a, 'l> {
    pub(super) fn new(reach: &'a Reach<'l>, period: Period, clean: bool) -> Self {
        Self { reach, period, clean, things: vec![Thing::Zero], edges: Vec::new(), full: false }
    }

    /// The number of a thing.
    pub(super) fn of(&mut self, thing: Thing) -> usize {
        if let Some(at) = self.things.iter().position(|it| *it == thing) {
            return at;
        }
        if self.things.len() >= MAX_TERMS {
            self.full = true;
            return ZERO;
        }
        let at = self.things.len();
        self.things.push(thing.clone());
        match thing {
            Thing::Zero => {}
            Thing::Of(expr) => self.describe(at, &expr),
            Thing::Months { base, days, months } => self.months(at, base, days, months),
            Thing::Start(unit) => self.start(at, unit),
        }
        at
    }

    pub(super) fn of_expr(&mut self, expr: &Expr) -> usize {
        let is_it = |it: &Thing| matches!(it, Thing::Of(it) if it == expr);
        let known = self.things.iter().position(is_it);
        known.unwrap_or_else(|| self.of(Thing::Of(expr.clone())))
    }

    pub(super) fn as_of(&mut self) -> usize {
        self.of(Thing::Of(Expr { ty: crate::model::Ty::present(TyKind::Date), node: Node::AsOf }))
    }

    /// The number of members of the enumeration that a thing is one of.
    pub(super) fn members(&self, at: usize) -> Option<usize> {
        let Some(Thing::Of(Expr { ty, .. })) = self.things.get(at) else { return None };
        let TyKind::Member(it) = &ty.kind else { return None };
        Some(self.reach.linked.enumeration(it.slot.index()).members.len())
    }

    /// Bounds of a new thing.
    fn describe(&mut self, at: usize, expr: &Expr) {
        match &expr.ty.kind {
            // What stands in a code table changes without the rule becoming wrong.
            TyKind::Number(_) if self.clean && !matches!(expr.node, Node::Code { .. }) => {
                let range = self.reach.number(expr, &Scope::default());
                let steps = |it: Option<Decimal>| steps(it?);
                self.between(at, steps(range.low), steps(range.high));
            }
            TyKind::Member(_) => {
                let count = self.members(at).and_then(|it| i128::try_from(it).ok());
                self.between(at, Some(0), count.map(|it| it - 1));
            }
            TyKind::Date if matches!(expr.node, Node::AsOf) => {
                let day = |it: Option<Date>| Some(i128::from(it?.epoch_days()));
                self.between(at, day(self.period.from), day(self.period.until));
            }
            TyKind::Date if self.clean && self.is_past(expr) => {
                let as_of = self.as_of();
                self.edges.push((at, as_of, 0));
            }
            _ => {}
        }
    }

    fn between(&mut self, at: usize, low: Option<i128>, high: Option<i128>) {
        self.edges.extend(low.map(|it| (ZERO, at, -it)));
        self.edges.extend(high.map(|it| (at, ZERO, it)));
    }

    /// Does a field of a record hold a date that is never after the as-of date?
    fn is_past(&self, expr: &Expr) -> bool {
        let Node::RecordField { column, .. } = &expr.node else { return false };
        let table = self.reach.linked.table(column.table.slot.index());
        let Some(field) = table.fields.get(column.slot.index()) else { return false };
        table.order.first() == Some(&field.id) || matches!(field.later, Some(Later::Date(_)))
    }

    /// A date some months away: so many days at least and at most, and in order with those from the
    /// same date.
    fn months(&mut self, at: usize, base: usize, days: i64, months: i64) {
        let (least, most) = days_in(months.unsigned_abs());
        let (low, high) = if months < 0 { (-most, -least) } else { (least, most) };
        let days = i128::from(days);
        self.edges.push((at, base, days + high));
        self.edges.push((base, at, -(days + low)));
        for (other, thing) in self.things.iter().enumerate() {
            let Thing::Months { base: of, days: from, months: by } = thing else { continue };
            if (*of, i128::from(*from)) == (base, days) && *by != months {
                let (first, last) = if *by < months { (other, at) } else { (at, other) };
                self.edges.push((first, last, -1));
            }
        }
    }

    fn start(&mut self, at: usize, unit: Unit) {
        let as_of = self.as_of();
        let most = match unit {
            Unit::Month => 30,
            Unit::Quarter => 91,
            Unit::Year => 365,
        };
        self.edges.push((at, as_of, 0));
        self.edges.push((as_of, at, most));
        for (smaller, larger) in
            [(Unit::Month, Unit::Quarter), (Unit::Quarter, Unit::Year), (Unit::Month, Unit::Year)]
        {
            let there = |unit| self.things.iter().position(|it| *it == Thing::Start(unit));
            if let (Some(smaller), Some(larger)) = (there(smaller), there(larger)) {
                self.edges.push((larger, smaller, 0));
            }
        }
    }
}

/// The days that a number of months has at least and at most.
fn days_in(months: u64) -> (i128, i128) {
    let (years, rest) = (i128::from(months / 12), i128::from(months % 12));
    (365 * years + 28 * rest, 366 * years + 31 * rest)
}

/// A number in steps.
pub(super) fn steps(it: Decimal) -> Option<i128> {
    let it = it.trimmed();
    let power = u32::from(PLACES.checked_sub(it.places())?);
    it.mantissa().checked_mul(10_i128.checked_pow(power)?)
}

#[cfg(test)]
mod tests {
    use super::days_in;
    use crate::value::Date;

    #[test]
    fn months_have_no_other_number_of_days_than_is_assumed() {
        for start in [Date::new(1896, 1, 1), Date::new(2023, 1, 1), Date::new(2096, 1, 1)] {
            for day in (0..3000).filter_map(|it| start.unwrap().add_days(it)) {
                for months in [1_u64, 2, 5, 11, 12, 13, 24, 25, 60] {
                    let (least, most) = days_in(months);
                    let months = i64::try_from(months).unwrap();
                    for there in [day.add_months(months), day.add_months(-months)] {
                        let days = i128::from(day.days_until(there.unwrap())).abs();
                        assert!((least..=most).contains(&days), "{day} {months} {days}");
                    }
                }
            }
        }
    }
}
