//! Slips that people really make, with the change that puts them right.
//!
//! Candidates come in groups, from the most telling kind of slip to the least. A change helps if the
//! declaration can be read with it, or at least beyond the line of the slip. In the first group in which
//! one helps it has to be the only one: what several changes would put right is left to the author.

mod brackets;
mod figures;
mod lacking;
mod marks;
mod words;

use super::chunks;
use super::keywords;
use super::literal::is_blank;
use super::rules::Rule;
use crate::diag::Code;

pub(super) use self::brackets::{close, close_quote, unmatched};
pub(super) use self::figures::unknown_unit;
pub(super) use self::words::nearest_declaration;

/// Declarations above this size are not searched for a change: each is read anew for every candidate.
const MAX_BYTES: usize = 64 << 10;

/// A change: bytes `start..end` of the declaration become `text`.
#[derive(Debug, Clone, PartialEq, Eq)]
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

impl Change {
    fn new(code: Code, start: usize, end: usize, text: impl Into<String>) -> Self {
        Self { code, start, end, text: text.into() }
    }

    /// The declaration with the change made.
    pub(super) fn made(&self, text: &str) -> String {
        let mut fixed = text.to_owned();
        if fixed.get(self.start..self.end).is_some() {
            fixed.replace_range(self.start..self.end, &self.text);
        }
        fixed
    }
}

/// Where reading stopped.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site<'t> {
    /// The declaration.
    pub(super) text: &'t str,
    /// The byte at which reading stopped.
    pub(super) at: usize,
    /// What could have stood there.
    pub(super) expected: &'t [Rule],
}

impl<'t> Site<'t> {
    /// What stands before the place, on its line.
    pub(super) fn before(&self) -> &'t str {
        let before = self.text.get(..self.at).unwrap_or("");
        before.rsplit('\n').next().unwrap_or("")
    }

    /// What stands behind the place.
    pub(super) fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// What stands behind the place, on its line.
    pub(super) fn rest_of_line(&self) -> &'t str {
        self.rest().lines().next().unwrap_or("")
    }

    /// Where the line begins.
    pub(super) fn line_start(&self) -> usize {
        self.at - self.before().len()
    }

    /// Where the line ends.
    pub(super) fn line_end(&self) -> usize {
        self.at + self.rest_of_line().len()
    }

    /// Is it the line with the name of the declaration?
    pub(super) fn in_header(&self) -> bool {
        self.text.get(..self.line_start()).is_none_or(|it| it.lines().all(chunks::is_empty))
    }

    /// The letters and digits around the place, or nothing.
    pub(super) fn run(&self) -> (usize, &'t str) {
        let before = self.before();
        let left = before.trim_end_matches(unicode_ident::is_xid_continue).len();
        let start = self.line_start() + left;
        let text = self.text.get(start..).unwrap_or("");
        (start, chunks::margin_word(text).unwrap_or(""))
    }

    /// The letters and digits before the place and the blanks before it.
    pub(super) fn run_before(&self) -> (usize, &'t str) {
        let before = self.before().trim_end_matches(is_blank);
        let left = before.trim_end_matches(unicode_ident::is_xid_continue).len();
        (self.line_start() + left, before.get(left..).unwrap_or(""))
    }

    /// The character before the place and the blanks before it, where it is neither letter nor digit.
    pub(super) fn mark_before(&self) -> Option<(usize, char)> {
        let before = self.before().trim_end_matches(is_blank);
        let mark = before.chars().next_back().filter(|it| !it.is_alphanumeric())?;
        Some((self.line_start() + before.len() - mark.len_utf8(), mark))
    }

    /// Is the place in a cell of a table: before the only colon of a row below the header?
    pub(super) fn in_cell(&self) -> bool {
        !self.in_header()
            && self.rest_of_line().contains([':', '：'])
            && !self.before().contains([':', '：'])
    }
}

/// The only change near the place with which the declaration can be read on. `reads` gives the byte at
/// which reading a text stops, or nothing where it is read to its end.
pub(super) fn certain(site: Site<'_>, stops: impl Fn(&str) -> Option<usize>) -> Option<Change> {
    if site.text.len() > MAX_BYTES {
        return None;
    }
    let groups: [fn(Site<'_>) -> Vec<Change>; 9] = [
        marks::unseen,
        figures::written_otherwise,
        marks::twins,
        words::twins,
        words::alike,
        words::near,
        marks::surplus,
        marks::others,
        lacking::candidates,
    ];
    for group in groups {
        match only(site, group(site), &stops) {
            Found::Nothing => {}
            Found::Only(it) => return Some(it),
            Found::Several => return None,
        }
    }
    None
}

/// What came of a group of candidates.
pub(super) enum Found {
    /// None of them helps.
    Nothing,
    /// One does.
    Only(Change),
    /// Several do, so that none is certain.
    Several,
}

impl Found {
    /// The change, if it is the only one.
    pub(super) fn certain(self) -> Option<Change> {
        match self {
            Self::Only(it) => Some(it),
            Self::Nothing | Self::Several => None,
        }
    }
}

/// The change that helps.
pub(super) fn only(
    site: Site<'_>,
    candidates: Vec<Change>,
    stops: &impl Fn(&str) -> Option<usize>,
) -> Found {
    let mut found: Option<(String, Change)> = None;
    for it in candidates {
        let fixed = it.made(site.text);
        // The line may have grown.
        let end = site.line_end() + fixed.len().saturating_sub(site.text.len());
        let helps = stops(&fixed).is_none_or(|it| it > end && complete(&fixed, site.line_start()));
        match &found {
            _ if !helps => {}
            Some((text, _)) if *text == fixed => {}
            Some(_) => return Found::Several,
            None => found = Some((fixed, it)),
        }
    }
    found.map_or(Found::Nothing, |it| Found::Only(it.1))
}

/// Is the line that begins at byte `start` read for itself? One that ends within brackets or with a comma
/// goes on in the next, which says nothing about whether it is right.
fn complete(text: &str, start: usize) -> bool {
    let line = text.get(start..).and_then(|it| it.lines().next()).unwrap_or("").trim_end();
    let count = |marks: [char; 2]| line.matches(marks).count();
    count(['(', '（']) == count([')', '）'])
        && !line.ends_with([',', '，', '、', '+', '×', '÷', '=', '＝', '>', '<', '≥', '≤', '≠'])
}

/// The kind of declaration that the text is.
pub(super) fn kind(text: &str) -> Option<super::ast::DeclKind> {
    let line = text.lines().find(|it| !chunks::is_empty(it))?;
    keywords::declaration(chunks::margin_word(line.trim_start_matches(is_blank))?)
}
