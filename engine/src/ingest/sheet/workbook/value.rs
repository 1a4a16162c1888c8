//! What a cell of a workbook means.
//!
//! A number is a binary fraction there. The shortest decimal that stands for the same fraction is
//! what people typed and see; it is taken, and from then on every place counts.

use heng_dsl::value::{Date, Decimal};

use super::cells::{RawCell, RawKind};
use super::package::Trouble;
use super::strings::Strings;
use super::styles::{Shows, Styles};
use crate::cell::{Cell, CellFault, exact};

/// What all cells of a workbook are understood by.
pub(super) struct Meaning<'w> {
    /// The shared texts.
    pub(super) strings: &'w Strings,
    /// How numbers are shown.
    pub(super) styles: &'w Styles,
    /// Days are counted from 1904.
    pub(super) from_1904: bool,
}

impl Meaning<'_> {
    /// A cell.
    ///
    /// # Errors
    ///
    /// The file contradicts itself.
    pub(super) fn cell<'c>(&'c self, raw: &'c RawCell) -> Result<Cell<'c>, Trouble> {
        let Some(value) = raw.value.as_deref() else {
            if !raw.formula {
                return Ok(Cell::Empty);
            }
            // A formula that found an empty text has a value, which is empty.
            return Ok(Cell::Faulty { shown: "=…".to_owned(), fault: CellFault::NoValue });
        };
        Ok(match raw.kind {
            RawKind::Number => self.number(value.trim(), raw.style),
            RawKind::Shared if value.is_empty() => Cell::Empty,
            RawKind::Shared => {
                let text = value.trim().parse().ok().and_then(|at| self.strings.get(at));
                let absent = || Trouble::Damaged(format!("there is no shared text {value}"));
                Cell::text(text.ok_or_else(absent)?)
            }
            RawKind::Text | RawKind::Date => Cell::text(value),
            RawKind::Bool => match value.trim() {
                "" => Cell::Empty,
                "1" | "true" => Cell::Bool(true),
                "0" | "false" => Cell::Bool(false),
                other => return Err(Trouble::Damaged(format!("a truth value {other}"))),
            },
            RawKind::Error => {
                Cell::Faulty { shown: value.to_owned(), fault: CellFault::ErrorValue }
            }
        })
    }

    fn number<'c>(&self, text: &'c str, style: usize) -> Cell<'c> {
        if text.is_empty() {
            return Cell::Empty;
        }
        let number = decimal(text);
        let shows = self.styles.get(style);
        match (shows, number) {
            (Shows::Day | Shows::Moment, Some(serial)) => self.day(serial, shows, text),
            (Shows::Number | Shows::Day | Shows::Moment, number) => {
                Cell::Loose { number, shown: text.into() }
            }
        }
    }

    /// The day of a serial number. The time of day behind it is left out, as it is in every format,
    /// if people see it.
    fn day(&self, serial: Decimal, shows: Shows, text: &str) -> Cell<'static> {
        let faulty = |fault| Cell::Faulty { shown: text.to_owned(), fault };
        let serial = serial.trimmed();
        if serial.places() > 0 && shows == Shows::Day {
            return faulty(CellFault::HiddenTime);
        }
        let power = 10_i128.checked_pow(u32::from(serial.places()));
        let days = power.and_then(|it| i64::try_from(serial.mantissa().div_euclid(it)).ok());
        match days.and_then(|it| date(it, self.from_1904)) {
            Some(date) => Cell::Date(date),
            None => faulty(CellFault::ImpossibleDate),
        }
    }
}

/// The number that people typed, from the binary fraction that the text stands for.
#[expect(
    clippy::disallowed_types,
    reason = "a workbook stores binary fractions; nothing is computed"
)]
fn decimal(text: &str) -> Option<Decimal> {
    let fraction: f64 = text.parse().ok()?;
    exact(&fraction.to_string())
}

/// The last day that a workbook can show: 9999-12-31.
const LAST: i64 = 2_958_465;

/// The day of a whole serial number. Counted from 1900, day 60 is the 29 February 1900, which was
/// taken over from an older program and never was.
fn date(serial: i64, from_1904: bool) -> Option<Date> {
    let (year, month, day) = match (from_1904, serial) {
        (true, 0..=LAST) => (1904, 1, 1),
        (false, 1..=59) => (1899, 12, 31),
        (false, 61..=LAST) => (1899, 12, 30),
        _ => return None,
    };
    Date::new(year, month, day)?.add_days(serial)
}

#[cfg(test)]
mod tests {
    use super::{date, decimal};

    #[test]
    fn serial_numbers_are_days_in_both_systems() {
        let shown = |serial, from_1904| date(serial, from_1904).map(|it| it.to_string());
        for (serial, from_1904, day) in [
            (1, false, "1900-01-01"),
            (59, false, "1900-02-28"),
            (61, false, "1900-03-01"),
            (45_292, false, "2024-01-01"),
            (2_958_465, false, "9999-12-31"),
            (0, true, "1904-01-01"),
            (60, true, "1904-03-01"),
            (43_830, true, "2024-01-01"),
        ] {
            assert_eq!(shown(serial, from_1904).as_deref(), Some(day), "{serial}");
        }
        for serial in [-1, 0, 60, 2_958_466] {
            assert_eq!(shown(serial, false), None, "{serial}");
        }
        assert_eq!(shown(-1, true), None);
    }

    #[test]
    fn a_number_is_what_was_typed() {
        let read = |text| decimal(text).map(|it| it.to_string());
        for (text, number) in [
            ("0.1", "0.1"),
            ("0.10000000000000001", "0.1"),
            ("0.30000000000000004", "0.30000000000000004"),
            ("1234.5", "1234.5"),
            ("1.2E+17", "120000000000000000"),
            ("1E-3", "0.001"),
            ("-12.50", "-12.5"),
        ] {
            assert_eq!(read(text).as_deref(), Some(number), "{text}");
        }
        for text in ["1E+300", "inf", "NaN", "1,5", ""] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
