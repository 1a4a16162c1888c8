//! The range of a function of values.

use super::super::range::Range;
use super::{Reach, Scope};
use crate::builtins::BuiltinId;
use crate::model::{Expr, Later, Node};
use crate::value::{Decimal, Rounding};

impl Reach<'_> {
    pub(super) fn call(&self, builtin: BuiltinId, args: &[Expr], scope: &Scope<'_>) -> Range {
        let arg = |at: usize| args.get(at).map_or(Range::OPEN, |it| self.number(it, scope));
        let all = || args.iter().map(|it| self.number(it, scope));
        match builtin {
            BuiltinId::Highest => all().reduce(Range::highest).unwrap_or(Range::OPEN),
            BuiltinId::Lowest => all().reduce(Range::lowest).unwrap_or(Range::OPEN),
            BuiltinId::Clamp => arg(0).highest(arg(1)).lowest(arg(2)),
            BuiltinId::Abs => arg(0).abs(),
            BuiltinId::Quotient => {
                let range = quotient(arg(0), arg(1));
                let share = args.first().zip(args.get(1)).map(|it| self.share(it.0, it.1));
                // Rounded down, it is not above the share.
                let high = share.and_then(|it| it.high);
                range.intersect(Range { low: None, high })
            }
            BuiltinId::Remainder => remainder(arg(1)),
            BuiltinId::RoundUp => arg(0).rounded(places(arg(1)), Rounding::Up),
            BuiltinId::RoundDown => arg(0).rounded(places(arg(1)), Rounding::Down),
            BuiltinId::Days | BuiltinId::FullMonths | BuiltinId::FullYears => {
                let past = args.first().is_some_and(|it| self.is_past(it));
                let now = args.get(1).is_some_and(|it| it.node == Node::AsOf);
                self.ends.between_dates(builtin, past && now)
            }
            BuiltinId::YearOf => Range::whole(1, 9999),
            BuiltinId::MonthOf => Range::whole(1, 12),
            BuiltinId::DayOf => Range::whole(1, 31),
            BuiltinId::QuarterOf => Range::whole(1, 4),
            BuiltinId::Length => Range::NATURAL,
            BuiltinId::MissingCount => {
                Range::whole(0, i64::try_from(args.len()).unwrap_or(i64::MAX))
            }
            _ => Range::OPEN,
        }
    }

    /// Is the date, if it is there, never after the as-of date? So it is for the starting date of the
    /// household, for the date of a record, and for that of a later happening.
    pub(in super::super) fn is_past(&self, date: &Expr) -> bool {
        match &date.node {
            Node::Field(it) => {
                self.linked.subject().is_some_and(|info| info.since == Some(it.slot.index()))
            }
            Node::RecordField { column, .. } => {
                let table = self.linked.table(column.table.slot.index());
                let later = table.fields.get(column.slot.index()).and_then(|it| it.later.as_ref());
                table.order.first() == Some(&column.id) || matches!(later, Some(Later::Date(_)))
            }
            _ => false,
        }
    }
}

/// The whole quotient is rounded towards −∞, so it may be one below the rounded one.
fn quotient(top: Range, bottom: Range) -> Range {
    let range = top.divided(bottom, 0, Decimal::from(1));
    let below = range.plus(Range::point(Decimal::from(-1)));
    let floored = Range { low: below.low, high: range.high };
    if top.is_natural() && bottom.is_natural() { floored.highest(Range::ZERO) } else { floored }
}

fn remainder(divisor: Range) -> Range {
    if divisor.is_natural() { Range { low: Some(Decimal::ZERO), ..divisor } } else { Range::OPEN }
}

fn places(range: Range) -> u8 {
    let whole = range.single().and_then(Decimal::to_whole);
    whole.and_then(|it| u8::try_from(it).ok()).unwrap_or(0)
}
