//! From the place where pest stopped to a problem in the author's words.
//!
//! A change is offered only if the declaration can be read with it.

use pest::Parser as _;
use pest::error::{Error, ErrorVariant, InputLocation};

use super::build::offset;
use super::chunks::{self, Chunk};
use super::hint;
use super::keywords;
use super::literal::is_blank;
use super::repair::{self, Change, Site};
use super::rules::{HengParser, Rule};
use crate::diag::{Code, Diagnostic, Words};
use crate::span::{FileId, Span};

/// Where pest stopped, moved to the end of the last line with text where only blanks follow.
pub(super) fn place(text: &str, error: &Error<Rule>) -> usize {
    let at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    };
    let rest = text.get(at..).unwrap_or("");
    let above = text.get(..at).unwrap_or("");
    if rest.lines().all(chunks::is_empty) {
        return above.trim_end().len();
    }
    let start = above.rfind('\n').map_or(0, |it| it + 1);
    let (before, line) = (above.get(..start).unwrap_or(""), text.get(start..).unwrap_or(""));
    let column = at - start;
    let found = unfinished(before, line).or_else(|| rowless(before, line, column));
    found.or_else(|| heading(before, line, column)).unwrap_or(at)
}

/// The end of a line that should have been a row of a table, where reading stopped at the first word of the next
/// one, which begins a line of its own: it has neither such a word nor the colon of a row.
fn rowless(before: &str, line: &str, column: usize) -> Option<usize> {
    let indent = line.len() - line.trim_start_matches(is_blank).len();
    let word = chunks::margin_word(line.trim_start_matches(is_blank))?;
    let before = before.trim_end();
    let row = before.get(before.rfind('\n')? + 1..)?.trim_start_matches(is_blank);
    let own = chunks::margin_word(row).is_some_and(keywords::is_word);
    let is_row = !own && !row.starts_with(['#', '＃']) && !row.contains([':', '：', '=', '＝']);
    (column <= indent && keywords::is_word(word) && is_row).then_some(before.len())
}

/// The last word of `当 任某`, where reading stopped at the conditions that stand below it.
fn heading(before: &str, line: &str, column: usize) -> Option<usize> {
    let indent = |it: &str| it.len() - it.trim_start_matches(is_blank).len();
    let before = before.trim_end();
    let above = before.get(before.rfind('\n')? + 1..)?;
    let mut words = above.split_whitespace().rev();
    let (word, when) = (words.next()?, words.next()?);
    let alone = matches!(when, "当" | "when") && word.chars().all(char::is_alphabetic);
    (column <= indent(line) && indent(line) > indent(above) && alone)
        .then_some(before.len() - word.len())
}

/// The end of a line that was read on into `line`, although that begins with a word of its own: it ends
/// with a sign behind which a value is lacking.
fn unfinished(above: &str, line: &str) -> Option<usize> {
    const OPEN: [char; 16] =
        ['=', '＝', '>', '＞', '<', '＜', '≥', '≤', '≠', '+', '＋', '×', '÷', ',', '，', '、'];
    let above = above.trim_end();
    let word = chunks::margin_word(line.trim_start_matches(is_blank))?;
    (above.ends_with(OPEN) && keywords::is_word(word)).then_some(above.len())
}

/// A text that could not be read, and begins at byte `base` of the file.
pub(super) fn unreadable(file: FileId, base: u32, text: &str, error: &Error<Rule>) -> Diagnostic {
    let at = place(text, error);
    let site = Site { text, at, expected: positives(error) };
    let span = |start: usize, end: usize| Span {
        file,
        start: base + offset(start),
        end: base + offset(end),
    };
    let length = site.rest().chars().next().filter(|it| *it != '\n').map_or(0, char::len_utf8);
    let here = span(at, at + length);
    if matches!(error.variant, ErrorVariant::CustomError { .. }) {
        // The grammar has no words of its own for an error: pest stopped at one of its limits.
        return super::build::too_deep(here);
    }
    if site.rest().starts_with(['"', '“', '「']) && !closed_on_line(site.rest()) {
        let problem = Diagnostic::new(Code::E0109, here);
        return mended(problem, text, repair::close_quote(text, at, stops), span);
    }
    if let Some(open) = repair::unmatched(text) {
        let width = text.get(open..).and_then(|it| it.chars().next()).map_or(0, char::len_utf8);
        let problem = Diagnostic::new(Code::E0108, span(open, open + width));
        return mended(problem, text, repair::close(text, open, stops), span);
    }
    if let Some(change) = repair::certain(site, stops) {
        let problem = Diagnostic::new(change.code, span(change.start, change.end))
            .arg("hint", Words::both(TWICE[0], TWICE[1]))
            .arg("wrong", text.get(change.start..change.end).unwrap_or("").to_owned())
            .arg("right", change.text.trim().to_owned());
        return mended(problem, text, Some(change), span);
    }
    if let Some(hint) = hint::special(site) {
        return Diagnostic::new(Code::E0119, here).arg("hint", hint);
    }
    if let Some((start, unit)) = repair::unknown_unit(text, at, site.expected) {
        let place = span(start, start + unit.len());
        return Diagnostic::new(Code::E0105, place).arg("unit", unit.to_owned());
    }
    let line = text.lines().next().unwrap_or("");
    let word = chunks::margin_word(line).unwrap_or("");
    if site.expected.contains(&Rule::name) && line.trim() == word && at <= line.len() {
        return Diagnostic::new(Code::E0116, span(0, word.len())).arg("word", word.to_owned());
    }
    Diagnostic::new(Code::E0101, here).arg("expected", hint::plain(site))
}

/// The byte at which reading a declaration stops; nothing where it can be read.
fn stops(text: &str) -> Option<usize> {
    HengParser::parse(Rule::chunk, text).err().map(|error| match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    })
}

/// The problem with the change that puts it right.
fn mended(
    problem: Diagnostic,
    text: &str,
    change: Option<Change>,
    span: impl Fn(usize, usize) -> Span,
) -> Diagnostic {
    let Some(change) = change else { return problem };
    let right = change.text.trim();
    let wrong = text.get(change.start..change.end).unwrap_or("");
    let title = match right {
        _ if change.code == Code::E0119 => Words::both("分成两次比较", "compare twice"),
        "" => Words::both("去掉", "remove it"),
        _ if wrong.is_empty() => Words::both(format!("加上“{right}”"), format!("add “{right}”")),
        _ => Words::both(format!("改为“{right}”"), format!("write “{right}”")),
    };
    problem.fix(title, span(change.start, change.end), change.text)
}

/// What to do about `0 ≤ x ≤ 5`.
const TWICE: [&str; 2] = [
    "一次只比较两个数，两头都要比较就写“0 ≤ x 且 x ≤ 5”",
    "only two numbers are compared at a time; for both ends write “0 ≤ x and x ≤ 5”",
];

/// Does the quotation mark at the start of `rest` find its partner on the line?
fn closed_on_line(rest: &str) -> bool {
    let line = rest.lines().next().unwrap_or("");
    let mut characters = line.chars();
    match characters.next() {
        Some('"') => characters.any(|it| it == '"'),
        Some('“') => characters.any(|it| it == '”'),
        _ => characters.any(|it| it == '」'),
    }
}

fn positives(error: &Error<Rule>) -> &[Rule] {
    match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => positives,
        ErrorVariant::CustomError { .. } => &[],
    }
}

/// A line at the margin that begins no declaration: the lines before the first one, or one that
/// ended the reading of a declaration.
pub(super) fn no_declaration(file: FileId, chunk: &Chunk<'_>) -> Diagnostic {
    let mut at = chunk.start;
    let lines = chunk.text.split_inclusive('\n');
    let mut found = "";
    for line in lines {
        if !chunks::is_empty(line) {
            found = line;
            break;
        }
        at += line.len();
    }
    let inner = found.trim_start_matches(is_blank);
    let indent = found.len() - inner.len();
    let word = chunks::margin_word(inner).unwrap_or("");
    let start = offset(at + indent);
    let span = Span { file, start, end: start + offset(word.len()) };
    let blanks = Span { file, start: offset(at), end: start };
    if indent > 0 && keywords::declaration(word).is_some() {
        let title = Words::both("去掉行首的空格", "remove the blanks before it");
        return Diagnostic::new(Code::E0117, span)
            .arg("word", word.to_owned())
            .fix(title, blanks, "");
    }
    let problem = Diagnostic::new(Code::E0102, span).arg("word", word.to_owned());
    match repair::nearest_declaration(word) {
        Some(near) => {
            let title = Words::both(format!("改为“{near}”"), format!("write “{near}”"));
            problem.fix(title, span, near)
        }
        None => problem,
    }
}
