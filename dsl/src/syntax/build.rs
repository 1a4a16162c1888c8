//! From the pairs of pest to the tree: one function per rule, named after it.
//!
//! Nothing here panics: where the grammar promises a part that is not there, a hole takes its place.

mod case;
mod cell;
mod decl;
mod expr;
mod line;
mod primary;
mod table;

use pest::iterators::Pairs;

use super::ast::{Decl, Expr, ExprKind, Name, Path, Text};
use super::comments;
use super::literal;
use super::rules::Rule;
use crate::diag::{Code, Diagnostic};
use crate::limits::MAX_DEPTH;
use crate::span::{FileId, Span};
use crate::value::Date;

/// A piece of text that a rule of the grammar has read.
pub(super) type Pair<'i> = pest::iterators::Pair<'i, Rule>;

/// Builds the tree of one chunk.
#[derive(Debug)]
pub(super) struct Builder {
    file: FileId,
    /// The offset of the chunk in its file.
    base: u32,
    /// There may be comments, so that the end of a node is where its last token ends.
    commented: bool,
    /// Nodes above the one that is being built.
    depth: u32,
    /// Something could not be put into the tree and leaves no hole there.
    lost: bool,
    /// What was found on the way.
    pub(super) problems: Vec<Diagnostic>,
}

impl Builder {
    /// A builder for a text that begins at byte `base` of `file`, and may have comments in it.
    pub(super) fn new(file: FileId, base: u32, commented: bool) -> Self {
        Self { file, base, commented, depth: 0, lost: false, problems: Vec::new() }
    }

    /// Where a pair stands, without the blanks and comments that pest skipped behind it.
    fn span(&self, pair: &Pair<'_>) -> Span {
        let whole = pair.as_span();
        let end = if self.commented && comments::any(pair.as_str()) {
            end(pair)
        } else {
            whole.start() + pair.as_str().trim_end_matches(literal::is_blank).len()
        };
        Span {
            file: self.file,
            start: self.base + offset(whole.start()),
            end: self.base + offset(end),
        }
    }

    /// The declaration of `chunk = { SOI ~ nl? ~ decl ~ nl? ~ EOI }`.
    pub(super) fn chunk(&mut self, pairs: Pairs<'_, Rule>) -> Option<Decl> {
        inside(pairs, Rule::decl).and_then(|it| self.decl(it))
    }

    /// The expression of `formula = { SOI ~ nl? ~ source ~ nl? ~ EOI }`.
    pub(super) fn formula(&mut self, pairs: Pairs<'_, Rule>) -> Option<Expr> {
        inside(pairs, Rule::source).map(|it| self.source(it))
    }

    fn report(&mut self, code: Code, span: Span) {
        self.problems.push(Diagnostic::new(code, span));
    }

    /// Makes a node around others, or a hole where it would be nested too deep.
    fn node(&mut self, span: Span, make: impl FnOnce(&mut Self) -> ExprKind) -> Expr {
        if self.depth >= MAX_DEPTH {
            if self.problems.iter().all(|it| it.code != Code::E0110) {
                self.problems.push(too_deep(span));
            }
            return hole(span);
        }
        self.depth += 1;
        let kind = make(self);
        self.depth -= 1;
        Expr { kind, span }
    }

    /// `name = @{ quoted | ident }`
    fn name(&self, pair: &Pair<'_>) -> Name {
        let text = pair.as_str();
        let inner = text.strip_prefix('「').and_then(|it| it.strip_suffix('」')).unwrap_or(text);
        Name { text: literal::fold(inner), span: self.span(pair) }
    }

    /// `path = ${ name ~ pin? ~ (("." | "．") ~ name)* }`; the name of a package has its version with it.
    fn path(&self, pair: &Pair<'_>) -> Path {
        let mut names: Vec<Name> = Vec::new();
        for part in pair.clone().into_inner() {
            match (part.as_rule(), names.last_mut()) {
                (Rule::pin, Some(package)) => {
                    package.text.push_str(&literal::fold(part.as_str()));
                    package.span.end = self.span(&part).end;
                }
                _ => names.push(self.name(&part)),
            }
        }
        Path { names, span: self.span(pair) }
    }

    /// A rule that holds a name behind a word.
    fn name_in(&self, pair: Pair<'_>) -> Name {
        let span = self.span(&pair);
        find(pair, Rule::name)
            .map_or_else(|| Name { text: String::new(), span }, |it| self.name(&it))
    }

    /// A rule that holds a path behind a word.
    fn path_in(&self, pair: Pair<'_>) -> Path {
        let span = self.span(&pair);
        find(pair, Rule::path).map_or_else(|| Path { names: Vec::new(), span }, |it| self.path(&it))
    }

    /// `string = ${ "\"" ~ straight ~ "\"" | "“" ~ curly ~ "”" }`
    fn string(&self, pair: Pair<'_>) -> Text {
        let start = self.base + offset(pair.as_span().start());
        let span = Span { file: self.file, start, end: self.base + offset(pair.as_span().end()) };
        let text = pair.into_inner().next().map_or_else(String::new, |it| it.as_str().to_owned());
        Text { text, span }
    }

    /// A rule that holds a string behind a word.
    fn string_in(&self, pair: Pair<'_>) -> Text {
        let span = self.span(&pair);
        find(pair, Rule::string)
            .map_or_else(|| Text { text: String::new(), span }, |it| self.string(it))
    }

    /// A rule that holds prose behind a word.
    fn prose_in(&self, pair: Pair<'_>) -> Text {
        let span = self.span(&pair);
        let Some(text) = find(pair, Rule::text) else { return Text { text: String::new(), span } };
        let start = self.base + offset(text.as_span().start());
        let text = text.as_str().trim_end();
        let end = start + offset(text.len());
        Text { text: text.to_owned(), span: Span { file: self.file, start, end } }
    }

    /// `date`; nothing where there is no such day, which is reported.
    fn date(&mut self, pair: Pair<'_>) -> Option<Date> {
        let span = self.span(&pair);
        let written = pair.as_str().to_owned();
        let mut parts = pair.into_inner();
        let mut part = || parts.next().map_or("", |it| it.as_str());
        let (year, month, day) = (part(), part(), part());
        let date = literal::date(year, month, day);
        if date.is_none() {
            self.problems.push(Diagnostic::new(Code::E0103, span).arg("date", written));
        }
        date
    }

    /// A rule that holds a date behind a word; a wrong one is lost.
    fn date_in(&mut self, pair: Pair<'_>) -> Option<Date> {
        let date = find(pair, Rule::date).and_then(|it| self.date(it));
        self.lost |= date.is_none();
        date
    }
}

/// The problem of too deep a nesting.
pub(super) fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0110, span).arg("limit", MAX_DEPTH.to_string())
}

/// A hole in the tree.
fn hole(span: Span) -> Expr {
    Expr { kind: ExprKind::Missing, span }
}

/// Offsets fit 32 bits because files are refused above [`crate::limits::MAX_FILE_BYTES`].
pub(super) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// The end of the last token: a rule with an optional tail ends behind the blanks and comments before the
/// tail that is not there.
fn end(pair: &Pair<'_>) -> usize {
    let whole = pair.as_span();
    match pair.as_rule() {
        // What closes them is no token of its own.
        Rule::string | Rule::date | Rule::nth_row => whole.end(),
        Rule::text => whole.start() + pair.as_str().trim_end_matches(literal::is_blank).len(),
        _ => match pair.clone().into_inner().next_back() {
            Some(last) => end(&last),
            None => whole.end(),
        },
    }
}

/// The first child of a rule.
fn find(pair: Pair<'_>, rule: Rule) -> Option<Pair<'_>> {
    pair.into_inner().find(|it| it.as_rule() == rule)
}

/// Is there a child of a rule?
fn has(pair: &Pair<'_>, rule: Rule) -> bool {
    pair.clone().into_inner().any(|it| it.as_rule() == rule)
}

/// The only, or the first, child.
fn first(pair: Pair<'_>) -> Option<Pair<'_>> {
    pair.into_inner().next()
}

/// The children of a rule, taken from left to right.
struct Children<'i>(Pairs<'i, Rule>);

impl<'i> Children<'i> {
    fn of(pair: Pair<'i>) -> Self {
        Self(pair.into_inner())
    }

    /// The next child, if it is a `rule`.
    fn take(&mut self, rule: Rule) -> Option<Pair<'i>> {
        if self.0.peek()?.as_rule() == rule { self.0.next() } else { None }
    }

    /// The next child.
    fn next(&mut self) -> Option<Pair<'i>> {
        self.0.next()
    }
}

/// The part of the rule at the top of a text.
fn inside(pairs: Pairs<'_, Rule>, rule: Rule) -> Option<Pair<'_>> {
    pairs.into_iter().next().and_then(|it| find(it, rule))
}
