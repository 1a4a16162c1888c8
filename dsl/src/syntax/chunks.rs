//! Cuts a file into declarations, at lines that begin one at the margin.
//!
//! Nothing else decides where a declaration ends, so that a slip in one of them cannot hide another.

use super::ast::DeclKind;
use super::keywords;
use super::literal::is_blank;
use super::repair;

/// The lines of one declaration, or lines that belong to none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chunk<'t> {
    /// Its first byte in the file.
    pub(super) start: usize,
    /// From the margin to the next chunk.
    pub(super) text: &'t str,
    /// What the word at the margin declares; nothing for lines before the first declaration.
    pub(super) kind: Option<DeclKind>,
}

impl Chunk<'_> {
    /// The byte of the file behind it.
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Cuts the chunk before the line of byte `at`, if that line is not the first and looks like the
    /// beginning of a declaration: it stands at the margin, or begins with the word of one.
    pub(super) fn split_at(&self, at: usize) -> Option<(Self, Self)> {
        let start = self.text.get(..at)?.rfind('\n')? + 1;
        let (above, below) = (self.text.get(..start)?, self.text.get(start..)?);
        let line = below.lines().next()?;
        let begins = margin_word(line).is_some() && !line.contains([':', '：']);
        let indented = declared(line.trim_start_matches(is_blank)).is_some();
        if !begins && !indented {
            return None;
        }
        let above = Self { start: self.start, text: above, kind: self.kind };
        let kind = declared(line.trim_start_matches(is_blank));
        Some((above, Self { start: self.start + start, text: below, kind }))
    }
}

/// Cuts `text` into chunks. Lines before the first declaration are a chunk only if something but
/// comments stands in them.
pub(super) fn cut(text: &str) -> Vec<Chunk<'_>> {
    let mut chunks: Vec<Chunk<'_>> = Vec::new();
    let mut open = (0, None);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if let Some(kind) = declared(line) {
            close(text, open, at, &mut chunks);
            open = (at, Some(kind));
        } else if misspelt(line) {
            close(text, open, at, &mut chunks);
            open = (at, None);
        }
        at += line.len();
    }
    close(text, open, text.len(), &mut chunks);
    chunks
}

fn close<'t>(text: &'t str, open: (usize, Option<DeclKind>), end: usize, out: &mut Vec<Chunk<'t>>) {
    let (start, kind) = open;
    let text = text.get(start..end).unwrap_or("");
    if kind.is_some() || text.lines().any(|it| !is_empty(it)) {
        out.push(Chunk { start, text, kind });
    }
}

/// Has the line nothing but blanks and a comment?
pub(super) fn is_empty(line: &str) -> bool {
    let line = line.trim_start_matches(is_blank);
    line.trim_end().is_empty() || line.starts_with(['#', '＃'])
}

/// The word at the margin of a line, if there is one.
pub(super) fn margin_word(line: &str) -> Option<&str> {
    let line = line.strip_prefix('\u{FEFF}').unwrap_or(line);
    let end = line.find(|it| !unicode_ident::is_xid_continue(it)).unwrap_or(line.len());
    line.get(..end).filter(|it| !it.is_empty())
}

/// What the line declares: a word at the margin, and behind it neither a colon nor a comma, which
/// make it a row, nor an equals sign.
fn declared(line: &str) -> Option<DeclKind> {
    let line = line.strip_prefix('\u{FEFF}').unwrap_or(line);
    let word = margin_word(line)?;
    let kind = keywords::declaration(word)?;
    let rest = line.get(word.len()..)?.trim_start_matches(is_blank);
    (!rest.starts_with([':', '：', ',', '，', '=', '＝', '.', '(', '（'])).then_some(kind)
}

/// Does the line look like a declaration whose word is misspelt? No other word of the language, and
/// a name behind it.
fn misspelt(line: &str) -> bool {
    let Some(word) = margin_word(line) else { return false };
    let rest = line.get(word.len()..).unwrap_or("");
    let name = rest.trim_start_matches(is_blank);
    name.len() < rest.len()
        && margin_word(name).is_some()
        && !line.contains([':', '：'])
        && !keywords::is_word(word)
        && repair::nearest_declaration(word).is_some()
}

#[cfg(test)]
mod tests {
    use super::cut;

    fn starts(text: &str) -> Vec<&str> {
        cut(text).into_iter().filter_map(|it| it.text.lines().next()).collect()
    }

    #[test]
    fn a_declaration_begins_at_the_margin() {
        let text = "# 注\n参数 甲 = 1\n  值 = 2\n值：3\n等级，4\nvalue b = 2\n";
        assert_eq!(starts(text), ["参数 甲 = 1", "value b = 2"]);
    }

    #[test]
    fn lines_before_the_first_declaration_are_not_lost() {
        assert_eq!(starts("\n  甲\n指票 甲\n参数 乙 = 1"), ["", "指票 甲", "参数 乙 = 1"]);
    }
}
