//! Functions of values. No `_` arm: a new function does not compile until it has its line.

use heng_dsl::builtins::BuiltinId;
use heng_dsl::model::Expr;
use heng_dsl::value::{Date, Decimal, Fault, Rounding, Value};

use super::expr::{counted, dated, text};
use super::number::{compare, computed, decimal, round, worse};
use super::scope::At;
use super::{Working, code};

impl<'e> Working<'e> {
    /// What a function of values is worth.
    pub(super) fn call(
        &mut self,
        builtin: BuiltinId,
        args: &'e [Expr],
        whole: &'e Expr,
        at: At<'_, 'e>,
    ) -> Result<Value, Value> {
        let values: Vec<Value> = args.iter().map(|it| self.expr(it, at)).collect();
        called(builtin, &values, whole.ty.as_number().map_or(0, |it| it.places))
    }
}

/// What a function of values is worth; `places` are those of the result.
pub(crate) fn called(builtin: BuiltinId, values: &[Value], places: u8) -> Result<Value, Value> {
    if builtin == BuiltinId::MissingCount {
        return missing_count(values);
    }
    let lacking = values.iter().filter(|it| !it.is_present()).cloned().reduce(worse);
    match lacking {
        Some(it) => Err(it),
        None => of_values(builtin, values, places),
    }
}

fn of_values(builtin: BuiltinId, args: &[Value], places: u8) -> Result<Value, Value> {
    use BuiltinId as B;
    match builtin {
        B::Highest | B::Later => extreme(args, true),
        B::Lowest | B::Earlier => extreme(args, false),
        B::Clamp => {
            let at_least = extreme(&[arg(args, 0)?.clone(), arg(args, 1)?.clone()], true)?;
            extreme(&[at_least, arg(args, 2)?.clone()], false)
        }
        B::Abs => Ok(Value::Number(number(args, 0)?.abs())),
        B::Quotient => divided(args, Decimal::quotient),
        B::Remainder => divided(args, Decimal::remainder),
        B::RoundUp => Ok(round(number(args, 0)?, places, Rounding::Up)),
        B::RoundDown => Ok(round(number(args, 0)?, places, Rounding::Down)),
        B::Days => Ok(Value::whole(date(args, 0)?.days_until(date(args, 1)?))),
        B::FullMonths => Ok(Value::whole(date(args, 0)?.full_months_until(date(args, 1)?))),
        B::FullYears => Ok(Value::whole(date(args, 0)?.full_months_until(date(args, 1)?) / 12)),
        B::MakeDate => Ok(dated(Date::clamped(whole(args, 0)?, whole(args, 1)?, whole(args, 2)?))),
        B::YearOf => Ok(Value::whole(date(args, 0)?.year())),
        B::MonthOf => Ok(Value::whole(date(args, 0)?.month())),
        B::DayOf => Ok(Value::whole(date(args, 0)?.day())),
        B::QuarterOf => Ok(Value::whole(date(args, 0)?.quarter())),
        B::MonthStart => Ok(Value::Date(date(args, 0)?.month_start())),
        B::MonthEnd => Ok(Value::Date(date(args, 0)?.month_end())),
        B::Length => Ok(counted(text(arg(args, 0)?)?.chars().count())),
        B::CodeValid => Ok(Value::Bool(code::is_valid(&text(arg(args, 0)?)?))),
        B::Count
        | B::CountDistinct
        | B::Sum
        | B::Average
        | B::Largest
        | B::Smallest
        | B::Latest
        | B::Earliest
        | B::Any
        | B::None
        | B::All
        | B::Streak
        | B::LongestStreak
        | B::LongestGap
        | B::Percentile
        | B::Rank
        | B::CalendarYears
        | B::CalendarQuarters
        | B::CalendarMonths
        | B::MissingCount => Err(Value::Error(Fault::Type)),
    }
}

fn missing_count(values: &[Value]) -> Result<Value, Value> {
    match values.iter().find(|it| matches!(it, Value::Error(_))) {
        Some(error) => Err(error.clone()),
        None => Ok(counted(values.iter().filter(|it| !it.is_present()).count())),
    }
}

/// The greatest or the least; of equal ones the first.
fn extreme(values: &[Value], greatest: bool) -> Result<Value, Value> {
    let mut best = arg(values, 0)?;
    for it in values {
        let order = compare(it, best)?;
        if (greatest && order.is_gt()) || (!greatest && order.is_lt()) {
            best = it;
        }
    }
    Ok(best.clone())
}

/// A whole quotient or what it leaves; missing for a divisor of zero.
fn divided(
    args: &[Value],
    by: impl Fn(Decimal, Decimal) -> Option<Decimal>,
) -> Result<Value, Value> {
    let (top, bottom) = (number(args, 0)?, number(args, 1)?);
    if bottom.is_zero() { Ok(Value::Missing) } else { Ok(computed(by(top, bottom))) }
}

fn arg(args: &[Value], at: usize) -> Result<&Value, Value> {
    args.get(at).ok_or(Value::Error(Fault::Type))
}

fn number(args: &[Value], at: usize) -> Result<Decimal, Value> {
    decimal(arg(args, at)?)
}

fn whole(args: &[Value], at: usize) -> Result<i64, Value> {
    number(args, at)?.to_whole().ok_or(Value::Error(Fault::DateRange))
}

fn date(args: &[Value], at: usize) -> Result<Date, Value> {
    match arg(args, at)? {
        Value::Date(it) => Ok(*it),
        _ => Err(Value::Error(Fault::Type)),
    }
}

#[cfg(test)]
mod tests {
    use super::{BuiltinId, of_values};
    use heng_dsl::value::{Fault, Value};

    fn number(text: &str) -> Value {
        Value::Number(text.parse().unwrap())
    }

    fn date(text: &str) -> Value {
        Value::Date(text.parse().unwrap())
    }

    #[test]
    fn each_function_of_values_gives_what_its_record_says() {
        use BuiltinId as B;
        let yes = Value::Bool(true);
        let cases: Vec<(BuiltinId, Vec<Value>, u8, Value)> = vec![
            (B::Highest, vec![number("1"), number("3"), number("2")], 0, number("3")),
            (B::Lowest, vec![number("1"), number("-3")], 0, number("-3")),
            (B::Highest, vec![Value::Member(1), Value::Member(3)], 0, Value::Member(3)),
            (B::Later, vec![date("2024-01-01"), date("2024-02-01")], 0, date("2024-02-01")),
            (B::Earlier, vec![date("2024-01-01"), date("2024-02-01")], 0, date("2024-01-01")),
            (B::Clamp, vec![number("7"), number("0"), number("5")], 0, number("5")),
            (B::Clamp, vec![number("-7"), number("0"), number("5")], 0, number("0")),
            (B::Abs, vec![number("-4.5")], 1, number("4.5")),
            (B::Quotient, vec![number("-7"), number("2")], 0, number("-4")),
            (B::Quotient, vec![number("7"), number("0")], 0, Value::Missing),
            (B::Remainder, vec![number("-7"), number("2")], 0, number("1")),
            (B::Remainder, vec![number("7"), number("0")], 0, Value::Missing),
            (B::RoundUp, vec![number("2.01"), number("1")], 1, number("2.1")),
            (B::RoundDown, vec![number("2.09"), number("1")], 1, number("2.0")),
            (B::Days, vec![date("2024-02-28"), date("2024-03-01")], 0, number("2")),
            (B::FullMonths, vec![date("2023-08-31"), date("2024-02-29")], 0, number("5")),
            (B::FullYears, vec![date("2020-02-29"), date("2024-02-28")], 0, number("3")),
            (B::MakeDate, vec![number("2023"), number("2"), number("31")], 0, date("2023-02-28")),
            (
                B::MakeDate,
                vec![number("2023"), number("13"), number("1")],
                0,
                Value::Error(Fault::DateRange),
            ),
            (B::YearOf, vec![date("2024-11-30")], 0, number("2024")),
            (B::MonthOf, vec![date("2024-11-30")], 0, number("11")),
            (B::DayOf, vec![date("2024-11-30")], 0, number("30")),
            (B::QuarterOf, vec![date("2024-11-30")], 0, number("4")),
            (B::MonthStart, vec![date("2024-11-30")], 0, date("2024-11-01")),
            (B::MonthEnd, vec![date("2024-02-10")], 0, date("2024-02-29")),
            (B::Length, vec![Value::text("池州市")], 0, number("3")),
            (B::CodeValid, vec![Value::text("D2143569X")], 0, yes),
        ];
        for (builtin, args, places, expected) in cases {
            let got = of_values(builtin, &args, places).unwrap_or_else(|it| it);
            assert_eq!(got, expected, "{builtin:?}{args:?}");
        }
    }
}
