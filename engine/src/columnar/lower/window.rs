//! Windows: stretches of days on the as-of date, and those whose length differs by household.

use heng_dsl::model::{CompareOp, Expr, Unit, Window};
use heng_dsl::value::{Decimal, Fault, Value};

use super::{At, Lowering, Rule};
use crate::columnar::plan::{Kind, NodeId, Op, Question};
use crate::columnar::unsupported as lack;
use crate::eval::stretch;

impl<'p> Lowering<'p> {
    /// Does a date lie in a window?
    pub(super) fn within(
        &mut self,
        date: NodeId,
        window: &'p Window,
        rule: &mut Rule<'p>,
        at: &At,
    ) -> NodeId {
        let (mut fixed, as_of) = (true, self.on.as_of());
        let found = stretch(window, (as_of, 0), &mut |length| {
            let length = self.expr(length, rule, &at.when(Question::IsThere, date));
            let known = self.graph.constant(length).cloned();
            fixed &= known.is_some();
            known.unwrap_or(Value::Missing)
        });
        match found {
            _ if !fixed => self.varying(date, window, 0, rule, at),
            Ok(stretch) => self.one(Op::Within(stretch), date),
            Err(lacking) => {
                let lacking = self.graph.value(lacking, Kind::Bool);
                self.pick(Op::After, &[date, lacking], at)
            }
        }
    }

    /// A window whose length is no constant, shifted back by so many months.
    fn varying(
        &mut self,
        date: NodeId,
        window: &'p Window,
        back: i64,
        rule: &mut Rule<'p>,
        at: &At,
    ) -> NodeId {
        let (length, forth) = match window {
            Window::Last(length) => (length, false),
            Window::Next(length) => (length, true),
            Window::YearBefore(it) => return self.varying(date, it, back + 12, rule, at),
            Window::Ago { .. } | Window::Calendar(_) => return self.refuse(&lack::WINDOW),
        };
        let other = self.on.as_of().add_months(-back);
        let other = other.map_or(Value::Error(Fault::DateRange), Value::Date);
        let other = self.graph.value(other, Kind::Date);
        let end = self.end(length, forth, back, rule, &at.when(Question::IsThere, date));
        let (from, until) = if forth { (other, end) } else { (end, other) };
        let after =
            self.graph.add(Op::Compare(CompareOp::Greater), &[date, from], Kind::Bool, &at.bound);
        let before = self.graph.add(
            Op::Compare(CompareOp::LessOrEqual),
            &[date, until],
            Kind::Bool,
            &at.bound,
        );
        let mut inside =
            self.graph.add(Op::UntilSettled(false), &[after, before], Kind::Bool, &at.bound);
        // The window has to be known as a whole, before it is asked whether a date lies in it.
        for known in [until, from, date] {
            inside = self.pick(Op::After, &[known, inside], at);
        }
        inside
    }

    /// The end of a window that follows from its length. Months are added up first, so that a shift by a
    /// year never clamps twice.
    fn end(
        &mut self,
        length: &'p Expr,
        forth: bool,
        back: i64,
        rule: &mut Rule<'p>,
        at: &At,
    ) -> NodeId {
        let unit = length.ty.as_number().map(|it| it.unit.clone());
        let length = self.expr(length, rule, at);
        let kind = self.graph.kind(length);
        let as_of = self.graph.value(Value::Date(self.on.as_of()), Kind::Date);
        let months = self.graph.value(Value::Number(Decimal::from(back)), kind);
        match unit {
            Some(Unit::Months) => {
                let sum = Op::Sum(vec![false, forth]);
                let all = self.graph.add(sum, &[length, months], kind, &at.bound);
                let shift = Op::Shift(Unit::Months, !forth);
                self.graph.add(shift, &[as_of, all], Kind::Date, &at.bound)
            }
            Some(Unit::Days) => {
                let shift = Op::Shift(Unit::Days, !forth);
                let end = self.graph.add(shift, &[as_of, length], Kind::Date, &at.bound);
                let shift = Op::Shift(Unit::Months, true);
                self.graph.add(shift, &[end, months], Kind::Date, &at.bound)
            }
            _ => self.refuse(&lack::TYPES),
        }
    }
}
