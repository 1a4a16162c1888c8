//! Slips that people really make, with the change that puts them right.

use strsim::damerau_levenshtein;

use super::chunks;
use super::keywords::{self, DECLARATIONS, WORDS};
use super::literal::is_blank;
use super::rules::Rule;
use crate::diag::{Code, Words};

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

/// The only change near `at` with which the declaration can be read. Where several changes of the
/// first kind that helps would do, none is certain.
pub(super) fn certain(text: &str, at: usize, reads: impl Fn(&str) -> bool) -> Option<Change> {
    let reads = |it: &Change| {
        let mut fixed = text.to_owned();
        fixed.replace_range(it.start..it.end, &it.text);
        reads(&fixed)
    };
    let all = candidates(text, at);
    let mut helpful = all.into_iter().filter(reads);
    let first = helpful.next()?;
    let rival = helpful.any(|it| it.code == first.code && it.text != first.text);
    (!rival).then_some(first)
}

/// What is written, and what it can only mean.
const TWINS: &[(&str, &str)] = &[
    ("==", "="),
    ("=>", "："),
    ("→", "："),
    ("⇒", "："),
    ("。", ""),
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
    if thousands(before, rest) {
        out.push(change(Code::E0118, 1, ""));
    }
    let colon = rest.chars().next().filter(|it| ":：".contains(*it));
    if let Some(colon) = colon
        && keywords::is_word(before.rsplit(is_blank_or_new_line).next().unwrap_or(""))
    {
        out.push(change(Code::E0118, colon.len_utf8(), " "));
    }
    for (wrong, right) in TWINS {
        if rest.starts_with(wrong) {
            let code = if right.is_empty() { Code::E0118 } else { Code::E0115 };
            out.push(change(code, wrong.len(), right));
        }
    }
    if rest.starts_with('、') {
        match list_of(text, at) {
            Listed::Cell => out.push(change(Code::E0115, '、'.len_utf8(), " 或 ")),
            Listed::Arguments => out.push(change(Code::E0115, '、'.len_utf8(), "，")),
            Listed::Other => {}
        }
    }
    out.extend(compared_twice(text, at));
    let run = chunks::margin_word(rest).unwrap_or("");
    if run.chars().count() >= 2 && !keywords::is_word(run) {
        for name in WORDS.iter().flat_map(|it| it.names) {
            if name.chars().count() >= 2 && damerau_levenshtein(run, name) == 1 {
                out.push(change(Code::E0115, run.len(), name));
            }
        }
    }
    let line = before.rfind('\n').map_or(0, |it| it + 1);
    for place in colon_places(text, line) {
        out.push(Change { code: Code::E0113, start: place, end: place, text: "：".to_owned() });
    }
    out
}

fn is_blank_or_new_line(it: char) -> bool {
    it == '\n' || is_blank(it)
}

/// Is it the comma of a number such as 20,000?
fn thousands(before: &str, rest: &str) -> bool {
    let digits = |it: &str| it.chars().take_while(char::is_ascii_digit).count();
    before.ends_with(|it: char| it.is_ascii_digit())
        && rest.strip_prefix(',').is_some_and(|it| digits(it) == 3)
}

/// What a 、 separates.
#[derive(Debug, PartialEq, Eq)]
enum Listed {
    /// The alternatives of the only column of a table.
    Cell,
    /// The arguments of a function.
    Arguments,
    /// Something that could mean several things.
    Other,
}

fn list_of(text: &str, at: usize) -> Listed {
    let (before, rest) = (text.get(..at).unwrap_or(""), text.get(at..).unwrap_or(""));
    let line = before.rsplit('\n').next().unwrap_or("");
    let mut open = Vec::new();
    for (place, it) in line.char_indices() {
        match it {
            '(' | '（' => open.push(place),
            ')' | '）' => drop(open.pop()),
            _ => {}
        }
    }
    if let Some(place) = open.pop() {
        let called = line.get(..place).is_some_and(|it| it.ends_with(char::is_alphanumeric));
        return if called { Listed::Arguments } else { Listed::Other };
    }
    let colon = |it: &str| it.contains([':', '：']);
    let in_cell = colon(rest.lines().next().unwrap_or("")) && !colon(line);
    let above = before.lines().rev().skip(1);
    let mut heads =
        above.filter_map(|it| it.split([' ', '　']).skip_while(|it| !is_by(it)).nth(1).map(|_| it));
    let one_column = heads.next().is_some_and(|it| !it.contains([',', '，']));
    if in_cell && one_column { Listed::Cell } else { Listed::Other }
}

fn is_by(word: &str) -> bool {
    keywords::spelling(Rule::k_by).is_some_and(|it| it.contains(&word))
}

const COMPARISONS: [char; 8] = ['≤', '≥', '<', '>', '＜', '＞', '≦', '≧'];

/// `0 ≤ x ≤ 5`, read up to the second sign: what stands in the middle is compared twice.
fn compared_twice(text: &str, at: usize) -> Option<Change> {
    let rest = text.get(at..)?;
    let line = text.get(..at)?.rsplit('\n').next()?;
    if !rest.starts_with(COMPARISONS) {
        return None;
    }
    let sign = line.rfind(COMPARISONS)?;
    let middle = line.get(sign..)?.trim_start_matches(|it| COMPARISONS.contains(&it) || it == '=');
    let middle = middle.trim_matches(is_blank);
    let text = format!("且 {middle} ");
    (!middle.is_empty()).then_some(Change { code: Code::E0119, start: at, end: at, text })
}

/// What to do about a slip of which nobody but the author knows what was meant.
pub(super) fn hint(text: &str, at: usize, expected: &[Rule]) -> Option<Words> {
    let (before, rest) = (text.get(..at)?, text.get(at..)?);
    let line = before.rsplit('\n').next().unwrap_or("").trim_end_matches(is_blank);
    let digit = |it: Option<char>| it.is_some_and(char::is_numeric);
    let sign = rest.chars().next();
    let number = line.trim_end_matches(|it: char| it.is_numeric() || it == '.');
    let word = number.trim_end_matches(is_blank);
    if number.len() < line.len()
        && [Rule::k_last, Rule::k_next]
            .into_iter()
            .filter_map(keywords::spelling)
            .flatten()
            .any(|it| word.ends_with(it))
    {
        let many = line.get(number.len()..).unwrap_or("");
        return Some(Words::both(
            format!("少了时间单位：写“{many} 天”“{many} 个月”或者“{many} 年”"),
            format!(
                "a unit of time is lacking: write “{many} days”, “{many} months” or “{many} years”"
            ),
        ));
    }
    if expected.contains(&Rule::k_else) {
        return Some(Words::both(
            "“如果 … 则 …”后面还要写“否则 …”，说明条件不成立时是什么",
            "“if … then …” needs an “else …” that says what it is otherwise",
        ));
    }
    if expected.contains(&Rule::k_then) {
        return Some(Words::both("“如果 …”后面要写“则 …”", "“if …” needs a “then …”"));
    }
    if digit(line.chars().next_back())
        && sign.is_some_and(|it| "-－~～—–".contains(it))
        && digit(rest.chars().skip(1).find(|it| !is_blank(*it)))
    {
        return Some(Words::both(
            "从多少到多少写“6 至 10”，两头都算在内；写“6 以上不满 10”则不算后一个",
            "a range is written “6 to 10”, with both ends in it, or “6 or more under 10” without the second",
        ));
    }
    if sign == Some('、') && !line.trim_end().ends_with('、') {
        return Some(Words::both(
            "一格里的几种取值之间写“或”，各列之间写“，”",
            "“or” stands between the alternatives of a cell, “,” between columns",
        ));
    }
    let run = chunks::margin_word(rest).unwrap_or("");
    if digit(sign) && expected.contains(&Rule::name) && run.chars().any(char::is_alphabetic) {
        return Some(Words::both(
            format!("以数字开头的名称要写成「{run}」"),
            format!("a name that begins with a digit is written 「{run}」"),
        ));
    }
    None
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
