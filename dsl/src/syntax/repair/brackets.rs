//! Brackets and quotation marks without a partner, and where the partner can only stand.

use super::{Change, MAX_BYTES, Site};
use crate::diag::Code;
use crate::syntax::chunks;
use crate::syntax::keywords;
use crate::syntax::literal::is_blank;
use crate::syntax::rules::Rule;

/// The first bracket without a partner. Strings and lines of prose are passed over.
pub(in crate::syntax) fn unmatched(text: &str) -> Option<usize> {
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

/// The only way to give the bracket at byte `at` its partner, or to do without it.
pub(in crate::syntax) fn close(
    text: &str,
    at: usize,
    stops: impl Fn(&str) -> Option<usize>,
) -> Option<Change> {
    let site = Site { text, at, expected: &[] };
    let bracket = site.rest().chars().next().filter(|_| text.len() <= MAX_BYTES)?;
    let end = at + bracket.len_utf8();
    let mut all = vec![Change::new(Code::E0108, at, end, "")];
    let partner = match bracket {
        '(' => Some(")"),
        '（' => Some("）"),
        _ => None,
    };
    if let Some(partner) = partner {
        all.extend(
            ends_of_words(site, end)
                .into_iter()
                .map(|it| Change::new(Code::E0108, it, it, partner)),
        );
    }
    // An opening bracket stands for something that was to follow: doing without it is only one reading.
    let opens = matches!(bracket, '(' | '（' | '[' | '［');
    super::only(site, all, &stops).certain().filter(|it| !(opens && it.text.is_empty()))
}

/// The only way to close the quotation mark at byte `at`.
pub(in crate::syntax) fn close_quote(
    text: &str,
    at: usize,
    stops: impl Fn(&str) -> Option<usize>,
) -> Option<Change> {
    let site = Site { text, at, expected: &[] };
    let mark = site.rest().chars().next().filter(|_| text.len() <= MAX_BYTES)?;
    let end = at + mark.len_utf8();
    let (partner, other) = match mark {
        '"' => ('"', '”'),
        '“' => ('”', '"'),
        _ => ('」', '」'),
    };
    let line = text.get(end..site.line_end())?;
    let all = match line.find(other) {
        Some(it) => {
            let place = end + it;
            vec![Change::new(Code::E0109, place, place + other.len_utf8(), partner.to_string())]
        }
        None => {
            let places = ends_of_words(site, end).into_iter();
            places.map(|it| Change::new(Code::E0109, it, it, partner.to_string())).collect()
        }
    };
    super::only(site, all, &stops).certain()
}

/// The ends of the words of the line behind byte `from`.
fn ends_of_words(site: Site<'_>, from: usize) -> Vec<usize> {
    let line = site.text.get(from..site.line_end()).unwrap_or("");
    let mut out = Vec::new();
    let mut word = false;
    for (at, it) in line.char_indices() {
        let blank = is_blank(it) || ":：,，;；、)）".contains(it);
        if blank && word {
            out.push(from + at);
        }
        word = !blank || ")）".contains(it);
        if it == '#' || it == '＃' {
            return out;
        }
    }
    out.push(from + line.trim_end().len());
    out
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
        Rule::k_replaces,
        Rule::k_amend,
        Rule::k_disable,
    ];
    let mut spellings = prose.into_iter().filter_map(keywords::spelling);
    spellings.any(|it| it.contains(&word))
}
