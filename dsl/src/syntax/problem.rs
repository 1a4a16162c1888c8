//! From the place where pest stopped to a problem in the author's words.

use pest::error::{Error, ErrorVariant, InputLocation};

use super::build::offset;
use super::chunks::{self, Chunk};
use super::keywords;
use super::rules::Rule;
use crate::diag::{Code, Diagnostic, Words};
use crate::span::{FileId, Span};

/// A text that could not be read, and begins at byte `base` of the file.
pub(super) fn unreadable(file: FileId, base: u32, text: &str, error: &Error<Rule>) -> Diagnostic {
    let at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    };
    let at = if text.get(at..).is_some_and(|it| it.trim().is_empty()) {
        text.trim_end().len()
    } else {
        at
    };
    let length = text.get(at..).and_then(|it| it.chars().next()).map_or(0, char::len_utf8);
    let start = base + offset(at);
    let span = Span { file, start, end: start + offset(length) };
    Diagnostic::new(Code::E0101, span).arg("expected", expected(error))
}

/// What could have stood there, in words.
fn expected(error: &Error<Rule>) -> Words {
    let ErrorVariant::ParsingError { positives, .. } = &error.variant else {
        return Words::both("别的写法", "something else");
    };
    let mut words: Vec<[&'static str; 2]> = Vec::new();
    for rule in positives {
        if let Some(word) = keywords::spelling(*rule)
            && !words.contains(&word)
        {
            words.push(word);
        }
    }
    words.truncate(6);
    let zh: Vec<&str> = words.iter().map(|it| it[0]).collect();
    let en: Vec<&str> = words.iter().map(|it| it[1]).collect();
    Words::both(zh.join("、"), en.join(", "))
}

/// Lines before the first declaration.
pub(super) fn no_declaration(file: FileId, chunk: &Chunk<'_>) -> Diagnostic {
    let mut at = 0;
    for line in chunk.text.split_inclusive('\n') {
        if !chunks::is_empty(line) {
            let word = chunks::margin_word(line).unwrap_or("");
            let start = offset(chunk.start + at);
            let span = Span { file, start, end: start + offset(word.len()) };
            return Diagnostic::new(Code::E0102, span).arg("word", word.to_owned());
        }
        at += line.len();
    }
    Diagnostic::new(
        Code::E0102,
        Span { file, start: offset(chunk.start), end: offset(chunk.start) },
    )
    .arg("word", "")
}
