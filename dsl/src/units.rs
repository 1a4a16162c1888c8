//! The words for units, in both spellings: what `2 户` and `2 households` count is the same.
//!
//! A word that is not here means itself and is written in one way. The model has the Chinese word.

/// A unit in Chinese, in English, and in English behind 1.
const UNITS: &[[&str; 3]] = &[
    ["元", "yuan", "yuan"],
    ["年", "years", "year"],
    ["季度", "quarters", "quarter"],
    ["个月", "months", "month"],
    ["周", "weeks", "week"],
    ["天", "days", "day"],
    ["分", "points", "point"],
    ["级", "grades", "grade"],
    ["次", "times", "time"],
    ["户", "households", "household"],
    ["人", "people", "person"],
    ["种", "kinds", "kind"],
    ["项", "items", "item"],
    ["平方米", "sqm", "sqm"],
    ["千克", "kg", "kg"],
];

fn find(word: &str) -> Option<&'static [&'static str; 3]> {
    UNITS.iter().find(|it| it.contains(&word))
}

/// The unit in Chinese.
pub fn chinese(word: &str) -> &str {
    find(word).map_or(word, |[chinese, ..]| *chinese)
}

/// The unit in English, behind 1 (`one`) or behind another number.
pub fn english(word: &str, one: bool) -> &str {
    find(word).map_or(word, |[_, many, single]| if one { *single } else { *many })
}
