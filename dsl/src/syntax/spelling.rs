//! The words of a file in their English spelling.

use pest::Parser as _;

use super::build::Pair;
use super::rules::{HengParser, Rule};
use super::{chunks, keywords};
use crate::builtins;

/// Names that mean something without being declared, in both spellings.
const NAMES: &[[&str; 2]] = &[
    ["基准日", "as_of"],
    ["总分", "total"],
    ["全体", "everyone"],
    ["历次结果", "history"],
    ["本户", "household"],
    ["本条", "this"],
    ["组", "group"],
    ["条数", "size"],
];

/// The text with every word, function and predeclared name of the language in its English spelling.
///
/// Names that authors declared, units, windows of the calendar, frequencies and prose stay as they
/// are; a file may mix both spellings. What cannot be read stays too.
pub fn in_english(text: &str) -> String {
    let mut edits: Vec<(usize, usize, String)> = Vec::new();
    for chunk in chunks::cut(text) {
        let Ok(pairs) = HengParser::parse(Rule::chunk, chunk.text) else { continue };
        for pair in pairs.flatten() {
            if pair.as_rule() == Rule::nth_row {
                let at = pair.as_span();
                let number = pair.into_inner().find(|it| it.as_rule() == Rule::num);
                let row = format!("row {}", number.map_or("", |it| it.as_str()));
                edits.push((chunk.start + at.start(), chunk.start + at.end(), row));
                continue;
            }
            let edit = match pair.as_rule() {
                Rule::call => function(pair),
                _ => english(&pair).map(|it| (pair.as_span(), it)),
            };
            if let Some((at, word)) = edit {
                edits.push((chunk.start + at.start(), chunk.start + at.end(), word.to_owned()));
            }
        }
    }
    edits.sort();
    apply(text, &edits)
}

/// The name of a function where it is called, with its English spelling.
fn function(call: Pair<'_>) -> Option<(pest::Span<'_>, &'static str)> {
    let mut parts = call.into_inner();
    let path = parts.next()?;
    parts.next()?;
    let builtin = builtins::find(path.as_str())?;
    Some((path.as_span(), builtin.names[1]))
}

/// The English word for a token, where there is another one than it has.
fn english(pair: &Pair<'_>) -> Option<&'static str> {
    let text = pair.as_str();
    match pair.as_rule() {
        Rule::k_every | Rule::k_at_least_before | Rule::k_places => None,
        Rule::glue_and => (text == "且").then_some("and"),
        Rule::glue_or => (text == "或").then_some("or"),
        Rule::name => {
            let name = NAMES.iter().find(|it| it[0] == text);
            name.map(|it| it[1])
        }
        rule => {
            keywords::spelling(rule).filter(|it| it[0] == text && it[1] != text).map(|it| it[1])
        }
    }
}

/// Makes the changes, with a blank where a word would touch a letter.
fn apply(text: &str, edits: &[(usize, usize, String)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (start, end, word) in edits {
        if *start < at {
            continue;
        }
        let (Some(before), Some(behind)) = (text.get(at..*start), text.get(*end..)) else {
            continue;
        };
        out.push_str(before);
        if out.chars().next_back().is_some_and(char::is_alphanumeric) {
            out.push(' ');
        }
        out.push_str(word);
        if behind.chars().next().is_some_and(char::is_alphanumeric) {
            out.push(' ');
        }
        at = *end;
    }
    out.push_str(text.get(at..).unwrap_or(""));
    out
}
