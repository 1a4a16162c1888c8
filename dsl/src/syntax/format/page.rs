//! The page that is written: lines with their indentation, and the comments of the text between them.
//!
//! Where the author broke a line, the page breaks it, because a long condition reads best the way it
//! was cut; how far a line is indented, and on which side of a break an operator stands, is settled
//! here. Comments stand only where the text has a line end, so that every break asks for those of its
//! stretch, and none can be passed over: what was not asked for is counted in the end.

use super::super::ast::Comment;
use super::super::literal::is_blank;

/// Blanks for each level.
pub(super) const STEP: usize = 2;

/// Least indentation of a line that continues another: deeper than the lines of a declaration.
const CONTINUED: usize = 4;

/// A page, and the text whose tree is written on it.
#[derive(Debug)]
pub(super) struct Page<'t> {
    text: &'t str,
    comments: &'t [Comment],
    lines: Vec<String>,
    line: String,
    indent: usize,
    /// The line ends with a comment.
    closed: bool,
    /// Comments that were written.
    told: usize,
}

impl<'t> Page<'t> {
    /// An empty page for the tree of `text`, with the comments of its declaration.
    pub(super) fn new(text: &'t str, comments: &'t [Comment]) -> Self {
        let (lines, line) = (Vec::new(), String::new());
        Self { text, comments, lines, line, indent: 0, closed: false, told: 0 }
    }

    /// Writes on.
    pub(super) fn put(&mut self, text: &str) {
        self.line.push_str(text);
    }

    /// How far this line, or the one that it continues, is indented.
    pub(super) fn indent(&self) -> usize {
        self.indent
    }

    /// Begins a line.
    pub(super) fn start(&mut self, indent: usize) {
        self.end_line();
        self.indent = indent;
        self.line = " ".repeat(indent);
        self.closed = false;
    }

    /// Begins a line for what stands at `at`, behind an empty one if the author left one there.
    pub(super) fn start_at(&mut self, indent: usize, at: u32) {
        self.end_line();
        if is_set_off(self.text, at as usize) && !self.lines.is_empty() {
            self.lines.push(String::new());
        }
        self.start(indent);
    }

    /// Begins a line for what stands at `to`, with the comments between.
    pub(super) fn row(&mut self, indent: usize, from: u32, to: u32) {
        self.comments_between(indent, from, to);
        self.start_at(indent, to);
    }

    /// Goes on behind `from` with what stands at `to`: on a new line if the author did so, with the
    /// comments between.
    pub(super) fn go_on(&mut self, from: u32, to: u32) -> bool {
        let broken = self.is_broken(from, to);
        if broken {
            let (indent, deeper) = (self.indent, (self.indent + STEP).max(CONTINUED));
            for it in self.between(from, to) {
                self.comment(deeper, it);
            }
            self.start(deeper);
            self.indent = indent;
        }
        broken
    }

    /// Goes on with what stands at `to`: behind a blank, or on a new line if the author did so.
    pub(super) fn blank_or_break(&mut self, from: u32, to: u32) {
        if !self.go_on(from, to) {
            self.put(" ");
        }
    }

    /// Writes a comment: behind this line if it stood behind one, else on a line of its own.
    pub(super) fn comment(&mut self, indent: usize, it: &Comment) {
        let text = self.text.get(it.span.start as usize..it.span.end as usize).unwrap_or("");
        let text = super::commented(text);
        if it.trailing && !self.closed && !self.line.trim().is_empty() {
            self.line.truncate(self.line.trim_end().len());
            self.put(" ");
        } else {
            self.start_at(indent, it.span.start);
        }
        self.put(&text);
        self.closed = true;
        self.told += 1;
    }

    /// The comments of a stretch of the text.
    pub(super) fn between(&self, from: u32, to: u32) -> &'t [Comment] {
        let start = self.comments.partition_point(|it| it.span.start < from);
        let end = self.comments.partition_point(|it| it.span.start < to);
        self.comments.get(start..end.max(start)).unwrap_or(&[])
    }

    fn comments_between(&mut self, indent: usize, from: u32, to: u32) {
        for it in self.between(from, to) {
            self.comment(indent, it);
        }
    }

    /// Did the author begin a new line in this stretch?
    pub(super) fn is_broken(&self, from: u32, to: u32) -> bool {
        self.stretch(from, to).contains('\n')
    }

    /// The text of a stretch.
    pub(super) fn stretch(&self, from: u32, to: u32) -> &'t str {
        self.text.get(from as usize..to as usize).unwrap_or("")
    }

    /// Another page for the same text.
    pub(super) fn aside(&self) -> Self {
        Self::new(self.text, &[])
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        if !line.trim().is_empty() {
            self.lines.push(line.trim_end().to_owned());
        }
    }

    /// The lines, if every comment stands among them.
    pub(super) fn finish(mut self) -> Option<Vec<String>> {
        self.end_line();
        (self.told == self.comments.len()).then_some(self.lines)
    }
}

/// Is there an empty line above the line of `at`?
pub(super) fn is_set_off(text: &str, at: usize) -> bool {
    let mut lines = text.get(..at).unwrap_or("").rsplit('\n');
    lines.next();
    lines.next().is_some_and(|it| it.chars().all(is_blank))
}
