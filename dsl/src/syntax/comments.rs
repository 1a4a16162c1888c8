//! What the grammar passes over: comments, and the depth of brackets.

use std::ops::Range;

use pest::iterators::Pairs;

use super::ast::Comment;
use super::build::offset;
use super::literal::is_blank;
use super::rules::Rule;
use crate::span::{FileId, Span};

/// May there be comments in a text?
pub(super) fn any(text: &str) -> bool {
    text.contains('#') || text.contains('＃')
}

/// Where the strings, quoted names and lines of prose of a chunk stand, in which `#` is no comment.
pub(super) fn literals(pairs: Pairs<'_, Rule>) -> Vec<Range<usize>> {
    pairs
        .flatten()
        .filter(|it| match it.as_rule() {
            Rule::string | Rule::text => true,
            Rule::name => it.as_str().starts_with('「'),
            _ => false,
        })
        .map(|it| it.as_span().start()..it.as_span().end())
        .collect()
}

/// Adds the comments of a text that begins at byte `base` of the file.
pub(super) fn scan(
    file: FileId,
    base: u32,
    text: &str,
    literals: &[Range<usize>],
    out: &mut Vec<Comment>,
) {
    let mut literals = literals.iter().peekable();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.trim_end_matches(['\n', '\r']).len();
        for (at, _) in line.match_indices(['#', '＃']).map(|it| (start + it.0, it.1)) {
            while literals.next_if(|it| it.end <= at).is_some() {}
            if literals.peek().is_some_and(|it| it.contains(&at)) {
                continue;
            }
            let before = text.get(start..at).unwrap_or("");
            let span = Span { file, start: base + offset(at), end: base + offset(end) };
            out.push(Comment { span, trailing: !before.chars().all(is_blank) });
            break;
        }
        start += line.len();
    }
}

/// The greatest depth of brackets and where it is reached. Strings are not looked at: counting too
/// many brackets refuses a text that nobody writes.
pub(super) fn depth(text: &str) -> Option<(u32, usize)> {
    let (mut depth, mut deepest) = (0_u32, None);
    for (at, character) in text.char_indices() {
        match character {
            '(' | '（' | '[' | '［' => {
                depth += 1;
                if deepest.is_none_or(|(most, _)| depth > most) {
                    deepest = Some((depth, at));
                }
            }
            ')' | '）' | ']' | '］' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}
