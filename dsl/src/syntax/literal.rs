//! Folding of full-width characters, and the literals: numbers with units, dates, strings.

use super::ast::{Quantity, UnitWord};
use crate::value::{Date, Decimal, FrequencyUnit, TimeUnit};

/// The half-width twin of a full-width character, or the character itself.
pub(super) fn half(character: char) -> char {
    match character {
        '\u{FF01}'..='\u{FF5E}' => {
            char::from_u32(u32::from(character) - 0xFEE0).unwrap_or(character)
        }
        '\u{3000}' | '\u{A0}' => ' ',
        other => other,
    }
}

/// The text with full-width characters replaced by their half-width twins.
pub(super) fn fold(text: &str) -> String {
    text.chars().map(half).collect()
}

/// The number as written, folded; `None` where it has more than 38 digits.
pub(super) fn number(text: &str) -> Option<Decimal> {
    fold(text).parse().ok()
}

/// The number with its unit: 万, 亿, %, ‰, 年, 季度 and 周 are multiplied out. `None` where the result
/// has more than 38 digits.
pub(super) fn quantity(number_text: &str, unit_text: &str) -> Option<Quantity> {
    let written = number(number_text)?;
    let unit_text = fold(unit_text);
    if unit_text.is_empty() {
        return Some(Quantity { number: written, written, unit: None, unit_text });
    }
    let (scale, base) = match unit_text.chars().next() {
        Some(it @ ('万' | '亿')) => {
            (if it == '万' { 10_000 } else { 100_000_000 }, &unit_text[it.len_utf8()..])
        }
        _ => (1, unit_text.as_str()),
    };
    let (unit, factor) = unit_word(base);
    let number = times(written, scale)?;
    let number = match base {
        "%" => ratio(number, 2)?,
        "‰" => ratio(number, 3)?,
        _ => times(number, factor)?,
    };
    Some(Quantity { number, written, unit: Some(unit), unit_text: unit_text.clone() })
}

/// What a unit means, and what one of it is worth in the unit that is stored.
fn unit_word(base: &str) -> (UnitWord, i64) {
    if let Some((unit, factor)) = time(base) {
        let unit = match unit {
            TimeUnit::Day => UnitWord::Days,
            TimeUnit::Month => UnitWord::Months,
        };
        return (unit, i64::from(factor));
    }
    let unit = match base {
        "" => UnitWord::Plain,
        "元" | "yuan" => UnitWord::Yuan,
        "%" | "‰" => UnitWord::Ratio,
        "分" | "point" | "points" => UnitWord::Points,
        "级" | "grade" | "grades" => UnitWord::Grades,
        other => UnitWord::Counted(other.to_owned()),
    };
    (unit, 1)
}

/// A unit of time: what it is counted in, and how many of that it is worth.
pub(super) fn time(word: &str) -> Option<(TimeUnit, u32)> {
    Some(match word {
        "天" | "日" | "day" | "days" => (TimeUnit::Day, 1),
        "周" | "week" | "weeks" => (TimeUnit::Day, 7),
        "个月" | "月" | "month" | "months" => (TimeUnit::Month, 1),
        "季度" | "个季度" | "quarter" | "quarters" => (TimeUnit::Month, 3),
        "年" | "个年度" | "year" | "years" => (TimeUnit::Month, 12),
        _ => return None,
    })
}

/// The word for a unit of time.
pub(super) fn time_word(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Day => "天",
        TimeUnit::Month => "个月",
    }
}

/// The unit of a frequency.
pub(super) fn frequency_unit(word: &str) -> Option<FrequencyUnit> {
    let word: Vec<String> = word.split(is_blank).map(fold).filter(|it| !it.is_empty()).collect();
    Some(match word.join(" ").trim_end_matches('s') {
        "日" | "天" | "day" => FrequencyUnit::Day,
        "周" | "week" => FrequencyUnit::Week,
        "月" | "个月" | "month" => FrequencyUnit::Month,
        "季度" | "quarter" => FrequencyUnit::Quarter,
        "半年" | "half-year" | "half year" => FrequencyUnit::HalfYear,
        "年" | "year" => FrequencyUnit::Year,
        _ => return None,
    })
}

/// A whole number, folded.
pub(super) fn whole(text: &str) -> Option<u32> {
    fold(text).parse().ok()
}

/// The date of a year, a month and a day as written.
pub(super) fn date(year: &str, month: &str, day: &str) -> Option<Date> {
    let part = |it: &str| fold(it).parse::<i64>().ok();
    Date::new(part(year)?, part(month)?, part(day)?)
}

fn times(number: Decimal, factor: i64) -> Option<Decimal> {
    if factor == 1 {
        return Some(number);
    }
    number.checked_mul(Decimal::from(factor), number.places()).map(Decimal::trimmed)
}

/// Moves the decimal point `by` places to the left.
fn ratio(number: Decimal, by: u8) -> Option<Decimal> {
    Decimal::new(number.mantissa(), number.places().checked_add(by)?)
}

/// Is it a blank of the language? The end of a line is none.
pub(super) fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\u{3000}' | '\u{A0}' | '\u{FEFF}')
}
