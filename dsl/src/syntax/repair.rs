//! Slips that people really make, with the change that puts them right.

use strsim::damerau_levenshtein;

use super::chunks;
use super::keywords::{self, DECLARATIONS, WORDS};
use super::literal::is_blank;
use super::rules::Rule;
use crate::diag::Code;

/// A change: bytes `start..end` of the declaration become `text`.
#[derive(Debug, Clone)]
pub(super) struct Change {
    /// The kind of slip.
    pub(super) code: Code,
    /// The first byte.
    pub(super) start: usize,
    /// The byte after the last one.
    pub(super) end: usize,
    /// The replacement.
    pub(super) text: String,
}

/// The first change near `at` with which the declaration can be read.
pub(super) fn certain(text: &str, at: usize, reads: impl Fn(&str) -> bool) -> Option<Change> {
    candidates(text, at).into_iter().find(|it| {
        let mut fixed = text.to_owned();
        fixed.replace_range(it.start..it.end, &it.text);
        reads(&fixed)
    })
}

/// What is written, and what it should be.
const TWINS: &[(&str, &str)] = &[
    ("==", "="),
    ("=>", "："),
    ("→", "："),
    ("⇒", "："),
    ("。", ""),
    ("；", "，"),
    ("、", "，"),
    ("，", "、"),
    (",", "、"),
    ("而且", "且"),
    ("并且", "且"),
    ("或者", "或"),
    ("&&", "且"),
    ("||", "或"),
    ("!", "非 "),
];

fn candidates(text: &str, at: usize) -> Vec<Change> {
    let (before, rest) = (text.get(..at).unwrap_or(""), text.get(at..).unwrap_or(""));
    let change = |code, length: usize, text: &str| Change {
        code,
        start: at,
        end: at + length,
        text: text.to_owned(),
    };
    let mut out = Vec::new();
    let digits = |it: Option<char>| it.is_some_and(char::is_numeric);
    if let Some(sign) = rest.chars().next() {
        let between = digits(before.trim_end().chars().next_back())
            && digits(rest[sign.len_utf8()..].trim_start().chars().next());
        if between && "-－~～—–".contains(sign) {
            out.push(change(Code::E0115, sign.len_utf8(), " 至 "));
        }
        if between && sign == ',' {
            out.push(change(Code::E0118, 1, ""));
        }
        if ":：".contains(sign) {
            out.push(change(Code::E0118, sign.len_utf8(), " "));
        }
    }
    for (wrong, right) in TWINS {
        if rest.starts_with(wrong) {
            let code = if right.is_empty() { Code::E0118 } else { Code::E0115 };
            out.push(change(code, wrong.len(), right));
        }
    }
    let run = chunks::margin_word(rest).unwrap_or("");
    if run.chars().count() >= 2 && !keywords::is_word(run) {
        for name in WORDS.iter().flat_map(|it| it.names) {
            if name.chars().count() >= 2 && damerau_levenshtein(run, name) == 1 {
                out.push(change(Code::E0115, run.len(), name));
            }
        }
    }
    if run.starts_with(char::is_numeric) {
        out.push(change(Code::E0115, run.len(), &format!("「{run}」")));
    }
    let line = before.rfind('\n').map_or(0, |it| it + 1);
    for place in colon_places(text, line) {
        out.push(Change { code: Code::E0113, start: place, end: place, text: "：".to_owned() });
    }
    out
}

/// How many places of a line are tried for a missing colon.
const COLON_PLACES: usize = 8;

/// The ends of the words of the line that begins at `line`, the last first.
fn colon_places(text: &str, line: usize) -> Vec<usize> {
    let rest = text.get(line..).and_then(|it| it.lines().next()).unwrap_or("");
    let mut places = Vec::new();
    let mut word_before = false;
    for (at, it) in rest.char_indices() {
        if is_blank(it) && word_before {
            places.push(line + at);
        }
        word_before = !is_blank(it);
    }
    places.reverse();
    places.truncate(COLON_PLACES);
    places
}

/// Letters behind a number that are no unit of the language.
pub(super) fn unknown_unit<'t>(
    text: &'t str,
    at: usize,
    expected: &[Rule],
) -> Option<(usize, &'t str)> {
    let (before, rest) = (text.get(..at)?, text.get(at..)?);
    let number = rest.find(|it: char| !it.is_numeric() && it != '.').unwrap_or(rest.len());
    let start = if number > 0 {
        at + number
    } else if before.trim_end_matches(is_blank).ends_with(char::is_numeric)
        && expected.contains(&Rule::unit)
    {
        at
    } else {
        return None;
    };
    chunks::margin_word(text.get(start..)?).map(|it| (start, it))
}

/// The first bracket without a partner. Strings and lines of prose are passed over.
pub(super) fn unmatched(text: &str) -> Option<usize> {
    let mut open: Vec<usize> = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if !is_prose(line) {
            let mut quote = None;
            for (at, it) in line.char_indices() {
                match (quote, it) {
                    (Some(end), it) if it == end => quote = None,
                    (Some(_), _) => {}
                    (None, '"') => quote = Some('"'),
                    (None, '“') => quote = Some('”'),
                    (None, '「') => quote = Some('」'),
                    (None, '#' | '＃') => break,
                    (None, '(' | '（' | '[' | '［') => open.push(start + at),
                    (None, ')' | '）' | ']' | '］') if open.pop().is_none() => {
                        return Some(start + at);
                    }
                    (None, _) => {}
                }
            }
        }
        start += line.len();
    }
    open.first().copied()
}

/// Does the line begin with a word before prose, or end with the reason of an amendment?
fn is_prose(line: &str) -> bool {
    let word = chunks::margin_word(line.trim_start_matches(is_blank)).unwrap_or("");
    let prose = [
        Rule::k_basis,
        Rule::k_note,
        Rule::k_reason,
        Rule::k_source,
        Rule::k_made_by,
        Rule::k_given_by,
        Rule::k_owned_by,
        Rule::k_channel,
        Rule::k_manual,
        Rule::k_out_of_scope,
        Rule::k_amend,
        Rule::k_disable,
    ];
    let mut spellings = prose.into_iter().filter_map(keywords::spelling);
    spellings.any(|it| it.contains(&word))
}

/// The word of a declaration that is nearest to `word`, if one is near.
pub(super) fn nearest_declaration(word: &str) -> Option<&'static str> {
    let length = word.chars().count();
    DECLARATIONS
        .iter()
        .filter_map(|it| keywords::spelling(it.0))
        .flatten()
        .filter(|it| it.chars().count() >= 2 && length >= 2)
        .map(|it| (damerau_levenshtein(word, it), it))
        .filter(|it| it.0 == 1)
        .min()
        .map(|it| it.1)
}
