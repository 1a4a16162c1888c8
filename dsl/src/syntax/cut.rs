//! Words run together: where the blanks belong in letters that were typed without them.
//!
//! A run of letters and digits is cut into names that are known, words of the language and numbers with
//! their units, by dynamic programming with the fewest pieces first. What a cut is worth is for the grammar
//! to say: only one with which the declaration can be read is offered.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use pest::Parser as _;

use super::ast::Decl;
use super::build::Builder;
use super::chunks;
use super::comments;
use super::keywords::WORDS;
use super::literal::is_blank;
use super::rules::{HengParser, Rule};
use crate::builtins::BUILTINS;
use crate::span::{FileId, Span};

/// Longer runs are not looked at.
const MAX_RUN: usize = 64;

/// So many cuts of a run are tried.
const MAX_CUTS: usize = 8;

/// So many runs near the place where reading stopped are cut.
const MAX_RUNS: usize = 12;

/// Declarations above this size are not read anew for every cut.
const MAX_BYTES: usize = 16 << 10;

/// Bytes of a declaration, with blanks put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cut {
    /// The first byte of the run, in the file.
    pub(crate) start: usize,
    /// The run as it is written.
    pub(crate) run: String,
    /// The run with blanks.
    pub(crate) text: String,
}

/// The runs with blanks put in with which the declaration around byte `at` of a file can be read; `alone`
/// means that it begins there. The runs near `at` are tried, or only the one that begins there (`exact`).
pub(crate) fn helpful(
    file: &str,
    at: usize,
    (alone, exact): (bool, bool),
    known: &dyn Fn(&str) -> bool,
) -> Vec<Cut> {
    let run = || file.get(at..).and_then(chunks::margin_word).unwrap_or("");
    if exact && cuts(run(), known).is_empty() {
        return Vec::new();
    }
    let Some((start, text)) = declaration(file, at, alone) else { return Vec::new() };
    if text.len() > MAX_BYTES {
        return Vec::new();
    }
    // What a declaration names for itself is not known where that could not be read.
    let own: BTreeSet<&str> = text.lines().flat_map(runs_of).map(|it| it.1).collect();
    let mut out = Vec::new();
    for (place, run) in runs(text, at - start, exact) {
        let known = |it: &str| known(it) || !exact && it != run && own.contains(it);
        if known(run) {
            continue;
        }
        for cut in cuts(run, &known) {
            let mut fixed = text.to_owned();
            fixed.replace_range(place..place + run.len(), &cut);
            if HengParser::parse(Rule::chunk, &fixed).is_ok() {
                out.push(Cut { start: start + place, run: run.to_owned(), text: cut });
            }
        }
        if !out.is_empty() {
            break;
        }
    }
    out
}

/// What the declaration at byte `at` of a file declares, read off its first line.
pub(crate) fn head(file: FileId, text: &str, at: usize) -> Option<Decl> {
    let (start, text) = declaration(text, at, true)?;
    let pairs = HengParser::parse(Rule::head, text).ok()?;
    let base = super::build::offset(start);
    let span = Span { file, start: base, end: base + super::build::offset(text.trim_end().len()) };
    Builder::new(file, base, comments::any(text)).head(pairs.into_iter().next()?, span)
}

/// Can the name be cut into known names and words that make a formula: `处罚且检查`? With one of the ways.
pub(crate) fn as_formula(name: &str, known: &dyn Fn(&str) -> bool) -> Option<String> {
    let reads = |it: &String| HengParser::parse(Rule::formula, it).is_ok();
    cuts(name, known).into_iter().find(reads)
}

/// The declaration around byte `at`, and where it begins; from the line of `at` on if it stands `alone`.
fn declaration(file: &str, at: usize, alone: bool) -> Option<(usize, &str)> {
    let line = file.get(..at)?.rfind('\n').map_or(0, |it| it + 1);
    let chunk = chunks::cut(file).into_iter().rev().find(|it| it.start <= at)?;
    let end = chunk.start + chunk.text.len();
    let start = if alone { line } else { chunk.start };
    Some((start, file.get(start..end)?))
}

/// The runs of letters that may be several words: the one at the place, then those on its line and on the
/// first one.
fn runs(text: &str, at: usize, exact: bool) -> Vec<(usize, &str)> {
    let (mut out, mut start) = (Vec::new(), 0);
    let mut first = true;
    for line in text.split_inclusive('\n') {
        let here = (start..start + line.len()).contains(&at);
        if here || first && !chunks::is_empty(line) {
            out.extend(runs_of(line).into_iter().map(|it| (start + it.0, it.1)));
            first = false;
        }
        start += line.len();
    }
    if exact {
        out.retain(|it| it.0 == at);
    }
    // The run at the place, or the last one before it, comes first.
    out.sort_by_key(|it| if it.0 <= at { (0, at - it.0) } else { (1, it.0) });
    out.truncate(MAX_RUNS);
    out
}

/// The runs of letters and digits of a line, with their places.
fn runs_of(line: &str) -> Vec<(usize, &str)> {
    let (mut out, mut rest) = (Vec::new(), line);
    while let Some(skip) = rest.find(unicode_ident::is_xid_continue) {
        let place = line.len() - rest.len() + skip;
        let Some(run) = rest.get(skip..).and_then(chunks::margin_word) else { break };
        out.push((place, run));
        rest = rest.get(skip + run.len()..).unwrap_or("");
    }
    out
}

/// The ways to cut a run, the fewest pieces first.
fn cuts(run: &str, known: &dyn Fn(&str) -> bool) -> Vec<String> {
    let places: Vec<usize> = run.char_indices().map(|it| it.0).chain([run.len()]).collect();
    if places.len() < 3 || places.len() > MAX_RUN || known(run) || is_word(run) {
        return Vec::new();
    }
    // The cuts of what stands before each place: where their pieces end.
    let mut best: Vec<Vec<Vec<usize>>> = vec![vec![Vec::new()]];
    for (number, end) in places.iter().enumerate().skip(1) {
        let mut here: Vec<Vec<usize>> = Vec::new();
        for (start, before) in places.iter().zip(&best).take(number) {
            let piece = run.get(*start..*end).unwrap_or("");
            if !before.is_empty() && (known(piece) || is_word(piece) || is_number(piece)) {
                here.extend(before.iter().map(|it| [it.as_slice(), &[*end]].concat()));
            }
        }
        here.sort_by_key(Vec::len);
        here.truncate(MAX_CUTS);
        best.push(here);
    }
    let all = best.pop().unwrap_or_default();
    all.iter().filter(|it| it.len() > 1).map(|it| joined(run, it)).collect()
}

fn joined(run: &str, ends: &[usize]) -> String {
    let mut start = 0;
    let mut pieces = Vec::new();
    for end in ends {
        pieces.push(run.get(start..*end).unwrap_or(""));
        start = *end;
    }
    pieces.join(" ")
}

/// The words of the language and its functions.
static ALL_WORDS: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
    let words = WORDS.iter().flat_map(|it| it.names);
    words.chain(BUILTINS.iter().flat_map(|it| it.names)).collect()
});

fn is_word(piece: &str) -> bool {
    ALL_WORDS.contains(piece) || crate::check::is_predeclared(piece)
}

/// A number, with its unit or without.
fn is_number(piece: &str) -> bool {
    let digits = piece.trim_start_matches(|it: char| super::literal::half(it).is_ascii_digit());
    let unit = || HengParser::parse(Rule::unit_word, digits).is_ok_and(|it| it.as_str() == digits);
    digits.len() < piece.len() && (digits.is_empty() || !digits.starts_with(is_blank) && unit())
}

#[cfg(test)]
mod tests {
    use super::{as_formula, cuts};

    const KNOWN: [&str; 6] = ["行政处罚", "观察期", "处罚仍计", "处罚", "检查", "或有负债"];

    fn known(name: &str) -> bool {
        KNOWN.contains(&name)
    }

    #[test]
    fn the_cut_with_the_fewest_pieces_comes_first() {
        let all = cuts("行政处罚其中近观察期且处罚仍计", &known);
        assert_eq!(all.first().map(String::as_str), Some("行政处罚 其中 近 观察期 且 处罚仍计"));
        let all = cuts("近36个月且处罚", &known);
        assert_eq!(all.first().map(String::as_str), Some("近 36个月 且 处罚"));
    }

    #[test]
    fn a_known_name_is_never_cut() {
        assert_eq!(cuts("或有负债", &known), Vec::<String>::new());
        assert_eq!(cuts("或有资产", &known), Vec::<String>::new());
    }

    #[test]
    fn two_names_side_by_side_are_no_formula() {
        assert_eq!(as_formula("处罚检查", &known), None);
        assert_eq!(as_formula("处罚且检查", &known).as_deref(), Some("处罚 且 检查"));
    }
}
