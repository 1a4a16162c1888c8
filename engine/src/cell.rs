//! A cell to a value: strictly by the type of its field, without guessing.

mod fault;

use std::borrow::Cow;
use std::sync::Arc;

use heng_dsl::model::linked::Linked;
use heng_dsl::model::{EnumType, Field, NumberTy, Ty, TyKind, Unit};
use heng_dsl::value::{Date, Decimal, MAX_DIGITS, Rounding, Value};

pub use self::fault::{CellFault, Expected};

/// What a file says in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell<'a> {
    /// Nothing, or only blanks.
    Empty,
    /// Text without blanks around it.
    Text(Cow<'a, str>),
    /// A number, of a typed file.
    Number(Decimal),
    /// A date, of a typed file.
    Date(Date),
    /// A truth value, of a typed file.
    Bool(bool),
    /// A number of a file in which every cell has a type of its own, and as it is written there. Who
    /// made a text of digits into a number is not known, nor what it lost by that.
    Loose {
        /// The number, if it has no more digits than fit.
        number: Option<Decimal>,
        /// As it stands in the file.
        shown: Cow<'a, str>,
    },
    /// What no field can be.
    Faulty {
        /// As it is reported.
        shown: String,
        /// Why.
        fault: CellFault,
    },
}

impl<'a> Cell<'a> {
    /// A cell of a text file.
    pub(crate) fn text(text: &'a str) -> Self {
        let trimmed = text.trim();
        if trimmed.is_empty() { Self::Empty } else { Self::Text(Cow::Borrowed(trimmed)) }
    }

    /// The same for a text that the cell keeps.
    pub(crate) fn owned(text: String) -> Self {
        match text.trim() {
            "" => Self::Empty,
            trimmed if trimmed.len() == text.len() => Self::Text(Cow::Owned(text)),
            trimmed => Self::Text(Cow::Owned(trimmed.to_owned())),
        }
    }

    /// What it holds, as it is reported.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(it) => it.to_string(),
            Self::Number(it) => it.to_string(),
            Self::Date(it) => it.to_string(),
            Self::Bool(it) => it.to_string(),
            Self::Loose { shown, .. } => shown.to_string(),
            Self::Faulty { shown, .. } => shown.clone(),
        }
    }
}

/// The number that is written as `-12.50` or `1.2E+17`, exactly.
pub(crate) fn exact(text: &str) -> Option<Decimal> {
    let (digits, power) = match text.split_once(['e', 'E']) {
        Some((digits, power)) => (digits, power.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let number: Decimal = digits.parse().ok()?;
    if power == 0 { Some(number) } else { times_power_of_ten(number, power) }
}

/// How the cells of a field are read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading<'l> {
    ty: &'l TyKind,
    scale: i8,
    signed: bool,
    members: Option<&'l EnumType>,
}

impl<'l> Reading<'l> {
    /// By the declaration of a field.
    pub(crate) fn of_field(linked: &'l Linked, field: &'l Field) -> Self {
        Self { scale: field.scale, signed: field.signed, ..Self::of_ty(linked, &field.ty) }
    }

    /// By a kind that refers to nothing; numbers may be negative.
    pub(crate) fn bare(ty: &'l TyKind) -> Self {
        Self { ty, scale: 0, signed: true, members: None }
    }

    /// By a type alone; numbers may be negative.
    pub(crate) fn of_ty(linked: &'l Linked, ty: &'l Ty) -> Self {
        let members = match &ty.kind {
            TyKind::Member(of) => Some(linked.enumeration(of.slot.index())),
            _ => None,
        };
        Self { members, ..Self::bare(&ty.kind) }
    }

    /// The value of a cell; [`Value::Missing`] for an empty one.
    ///
    /// # Errors
    ///
    /// Why the cell does not hold what the field is declared to hold.
    pub(crate) fn read(&self, cell: &Cell<'_>) -> Result<Value, CellFault> {
        match (self.ty, cell) {
            (_, Cell::Empty) => Ok(Value::Missing),
            (_, Cell::Faulty { fault, .. }) => Err(fault.clone()),
            (TyKind::Text | TyKind::Code(_), Cell::Loose { .. }) => Err(CellFault::NumberForText),
            (_, Cell::Loose { number: None, .. }) => Err(CellFault::Digits),
            (_, Cell::Loose { number: Some(it), .. }) => self.read(&Cell::Number(*it)),
            (TyKind::Number(ty), Cell::Text(text)) => self.number(ty, text),
            (TyKind::Number(ty), Cell::Number(it)) => self.fit(ty, *it, 0),
            (TyKind::Date, Cell::Date(it)) => Ok(Value::Date(*it)),
            (TyKind::Date, Cell::Text(text)) => date(text).map(Value::Date),
            (TyKind::Date, Cell::Number(it)) => date(&it.to_string()).map(Value::Date),
            (TyKind::Bool, Cell::Bool(it)) => Ok(Value::Bool(*it)),
            (TyKind::Bool, Cell::Text(text)) => truth(text),
            (TyKind::Bool, Cell::Number(it)) => truth(&it.to_string()),
            (TyKind::Text | TyKind::Code(_), Cell::Text(text)) => {
                Ok(Value::Text(Arc::from(text.as_ref())))
            }
            // A typed file holds numbers of permits and postal codes as numbers; a text file would
            // hold the same digits. Fractions have more than one spelling and stay refused.
            (TyKind::Text | TyKind::Code(_), Cell::Number(it)) if it.places() == 0 => {
                Ok(Value::Text(Arc::from(it.to_string())))
            }
            (TyKind::Member(_), Cell::Text(text)) => self.member(text),
            (TyKind::Member(_), Cell::Number(it)) => self.member(&it.to_string()),
            (ty, Cell::Text(_) | Cell::Number(_) | Cell::Date(_) | Cell::Bool(_)) => {
                Err(CellFault::Unreadable(self.expected(ty)))
            }
        }
    }

    fn expected(&self, ty: &TyKind) -> Expected {
        match ty {
            TyKind::Number(ty) => expected_number(ty),
            TyKind::Date => Expected::Date,
            TyKind::Bool => Expected::Bool,
            TyKind::Text | TyKind::Code(_) => Expected::Text,
            TyKind::Member(_) => {
                Expected::Member(self.members.map_or_else(String::new, |it| it.name.to_string()))
            }
            TyKind::Frequency | TyKind::Unknown => Expected::Nothing,
        }
    }

    fn member(&self, name: &str) -> Result<Value, CellFault> {
        let position = self.members.and_then(|it| it.position(name));
        position.map(Value::Member).ok_or_else(|| CellFault::Unreadable(self.expected(self.ty)))
    }

    /// `1234.50`, and for ratios also `5%`. Thousands separators are refused: `1,234` may be a
    /// decimal comma.
    fn number(&self, ty: &NumberTy, text: &str) -> Result<Value, CellFault> {
        let (digits, shift) = match text.strip_suffix(['%', '％']) {
            Some(digits) if ty.unit == Unit::Ratio => (digits.trim_end(), -2),
            _ => (text, 0),
        };
        match digits.parse::<Decimal>() {
            Ok(it) => self.fit(ty, it, shift),
            Err(_) if too_long(digits) => Err(CellFault::Digits),
            Err(_) => Err(CellFault::Unreadable(expected_number(ty))),
        }
    }

    /// Scales a number by the unit of its column, and sees that it has no more places than the field.
    fn fit(&self, ty: &NumberTy, number: Decimal, shift: i8) -> Result<Value, CellFault> {
        let scaled = times_power_of_ten(number, i32::from(self.scale) + i32::from(shift))
            .ok_or(CellFault::Digits)?;
        if scaled.is_negative() && !self.signed {
            return Err(CellFault::Negative);
        }
        if scaled.places() > ty.places {
            return Err(match ty.places {
                0 => CellFault::Unreadable(expected_number(ty)),
                places => CellFault::Places(places),
            });
        }
        let exact = scaled.round(ty.places, Rounding::HalfUp).ok_or(CellFault::Digits)?;
        Ok(Value::Number(exact))
    }
}

fn expected_number(ty: &NumberTy) -> Expected {
    match (&ty.unit, ty.places) {
        (Unit::Money, _) => Expected::Money,
        (Unit::Ratio, _) => Expected::Ratio,
        (_, 0) => Expected::Whole,
        (_, places) => Expected::Number(places),
    }
}

/// A number that is well written but has more digits than fit.
fn too_long(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let rest = text.trim_start_matches(['-', '+']);
    digits > usize::try_from(MAX_DIGITS).unwrap_or(usize::MAX)
        && rest.bytes().all(|it| it.is_ascii_digit() || it == b'.')
}

/// `number × 10^power`, exactly and with the fewest places.
fn times_power_of_ten(number: Decimal, power: i32) -> Option<Decimal> {
    let number = number.trimmed();
    let places = i32::from(number.places()).checked_sub(power)?;
    if let Ok(places) = u8::try_from(places) {
        return Decimal::new(number.mantissa(), places).map(Decimal::trimmed);
    }
    let up = 10_i128.checked_pow(places.unsigned_abs())?;
    Decimal::new(number.mantissa().checked_mul(up)?, 0)
}

fn truth(text: &str) -> Result<Value, CellFault> {
    let any = |words: &[&str]| words.iter().any(|it| text.eq_ignore_ascii_case(it));
    if any(&["是", "true", "yes", "1"]) {
        Ok(Value::Bool(true))
    } else if any(&["否", "false", "no", "0"]) {
        Ok(Value::Bool(false))
    } else {
        Err(CellFault::Unreadable(Expected::Bool))
    }
}

/// `2024-01-02`, `2024/1/2`, `2024.1.2`, `2024年1月2日`, `20240102`, each also with a time of day
/// behind it, which a date leaves out.
fn date(text: &str) -> Result<Date, CellFault> {
    let unreadable = CellFault::Unreadable(Expected::Date);
    let (day, time) = match text.split_once([' ', 'T']) {
        Some((day, time)) => (day, Some(time)),
        None => (text, None),
    };
    if time.is_some_and(|it| !is_time_of_day(it)) {
        return Err(unreadable);
    }
    let parts = date_parts(day).ok_or(unreadable)?;
    Date::new(parts[0], parts[1], parts[2]).ok_or(CellFault::ImpossibleDate)
}

/// Year, month and day, if the text is written like a date; whether there is such a day is another
/// question.
fn date_parts(text: &str) -> Option<[i64; 3]> {
    if text.len() == 8 && text.bytes().all(|it| it.is_ascii_digit()) {
        return Some([text[..4].parse().ok()?, text[4..6].parse().ok()?, text[6..].parse().ok()?]);
    }
    let separated = |first: char, second: char, text: &str| -> Option<[i64; 3]> {
        let (year, rest) = text.split_once(first)?;
        let (month, day) = rest.split_once(second)?;
        Some([short_number(year, 4, 4)?, short_number(month, 1, 2)?, short_number(day, 1, 2)?])
    };
    if let Some(chinese) = text.strip_suffix('日') {
        return separated('年', '月', chinese);
    }
    ['-', '/', '.'].into_iter().find_map(|it| separated(it, it, text))
}

fn short_number(text: &str, least: usize, most: usize) -> Option<i64> {
    let well_formed =
        (least..=most).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_digit());
    if well_formed { text.parse().ok() } else { None }
}

/// `08:30`, `08:30:00`, `08:30:00.000`; no time zone, which could move the day.
fn is_time_of_day(text: &str) -> bool {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let parts: Option<Vec<i64>> = clock.split(':').map(|it| short_number(it, 1, 2)).collect();
    let in_range = parts.is_some_and(|it| match it.as_slice() {
        [hour, rest @ ..] => {
            *hour < 24 && (1..=2).contains(&rest.len()) && rest.iter().all(|it| *it < 60)
        }
        [] => false,
    });
    in_range && !fraction.is_empty() && fraction.bytes().all(|it| it.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use heng_dsl::model::{NumberTy, TyKind, Unit};
    use heng_dsl::value::Value;

    use super::CellFault;
    use super::{Cell, Reading};

    fn number(unit: Unit, places: u8, scale: i8, text: &str) -> Result<String, CellFault> {
        let ty = TyKind::Number(NumberTy { unit, places });
        let reading = Reading { ty: &ty, scale, signed: false, members: None };
        reading.read(&Cell::text(text)).map(|it| match it {
            Value::Number(it) => it.to_string(),
            it => format!("{it:?}"),
        })
    }

    #[test]
    fn numbers_are_read_exactly_or_not_at_all() {
        let money = |scale: i8, text: &str| number(Unit::Money, 2, scale, text);
        assert_eq!(money(0, " 1234.5 ").as_deref(), Ok("1234.50"));
        assert_eq!(money(-2, "12345").as_deref(), Ok("123.45"));
        assert_eq!(money(4, "1.23").as_deref(), Ok("12300.00"));
        assert_eq!(money(0, "1.500").as_deref(), Ok("1.50"));
        assert_eq!(money(0, "1.505"), Err(CellFault::Places(2)));
        assert_eq!(money(-2, "0.5"), Err(CellFault::Places(2)));
        assert_eq!(money(0, "-1"), Err(CellFault::Negative));
        assert_eq!(money(0, &"9".repeat(39)), Err(CellFault::Digits));
        assert_eq!(money(4, &"9".repeat(38)), Err(CellFault::Digits));
        for text in ["1,234", "1 234", "１２", "1e3", "0x1", "一百", "5%"] {
            assert!(matches!(money(0, text), Err(CellFault::Unreadable(_))), "{text}");
        }
        assert_eq!(number(Unit::Ratio, 4, 0, "5%").as_deref(), Ok("0.0500"));
        assert_eq!(number(Unit::Ratio, 4, 0, "0.05").as_deref(), Ok("0.0500"));
        assert_eq!(number(Unit::Ratio, 4, 0, "0.001%"), Err(CellFault::Places(4)));
        assert_eq!(number(Unit::Count(None), 0, 0, "12.0").as_deref(), Ok("12"));
        assert!(matches!(number(Unit::Count(None), 0, 0, "12.5"), Err(CellFault::Unreadable(_))));
    }

    #[test]
    fn dates_are_read_in_the_ways_people_write_them() {
        let reading = Reading { ty: &TyKind::Date, scale: 0, signed: false, members: None };
        let read = |text: &str| reading.read(&Cell::text(text));
        let same = read("2024-01-02");
        assert!(same.is_ok());
        for text in [
            "2024/1/2",
            "2024年1月2日",
            "2024年01月02日",
            "2024.01.02",
            "2024-1-2",
            "20240102",
            "2024-01-02 00:00:00",
            "2024-01-02T13:45",
            "2024-01-02 13:45:00.0",
        ] {
            assert_eq!(read(text), same, "{text}");
        }
        for text in ["2023-02-29", "2024/13/1", "2024年6月31日", "00000000", "0000-00-00"] {
            assert_eq!(read(text), Err(CellFault::ImpossibleDate), "{text}");
        }
        for text in [
            "不详",
            "2024",
            "2024-01",
            "1/2/2024",
            "24-01-02",
            "45627",
            "2024-01-02Z",
            "2024-01-02 25:00",
        ] {
            assert!(matches!(read(text), Err(CellFault::Unreadable(_))), "{text}");
        }
    }

    #[test]
    fn a_typed_whole_number_is_the_text_of_its_digits() {
        let read = |cell| Reading::bare(&TyKind::Text).read(&cell);
        let (whole, fraction) = ("60606".parse().unwrap(), "606.0".parse().unwrap());
        assert_eq!(read(Cell::Number(whole)), read(Cell::text("60606")));
        assert!(read(Cell::Number(fraction)).is_err());
        assert!(read(Cell::Bool(true)).is_err());
    }

    #[test]
    fn yes_and_no_have_few_spellings() {
        let reading = Reading { ty: &TyKind::Bool, scale: 0, signed: false, members: None };
        for (text, value) in
            [("是", true), ("否", false), ("TRUE", true), ("0", false), ("1", true)]
        {
            assert_eq!(reading.read(&Cell::text(text)), Ok(Value::Bool(value)));
        }
        assert!(reading.read(&Cell::text("有")).is_err());
        assert_eq!(reading.read(&Cell::text("　")), Ok(Value::Missing));
    }
}
