//! The texts of all files that were read, and the way from a byte to a line and a column.

use crate::span::{FileId, Span};

/// One file: its path as shown to the author, and its text.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// The path relative to the folder that was asked for, with `/`.
    pub path: String,
    /// The text, without a byte order mark.
    pub text: String,
    /// The offset of the first byte of each line.
    lines: Vec<u32>,
}

impl SourceFile {
    /// Takes the text of a file, leaving out a byte order mark.
    pub fn new(path: impl Into<String>, text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
        let starts = text.bytes().enumerate().filter(|(_, it)| *it == b'\n');
        let starts = starts.map(|(at, _)| offset(at + 1));
        let lines = std::iter::once(0).chain(starts).collect();
        Self { path: path.into(), text, lines }
    }

    /// A line, counted from 1, with the offset of its first byte and without its end.
    pub fn line(&self, number: usize) -> Option<(usize, &str)> {
        let start = *self.lines.get(number.checked_sub(1)?)? as usize;
        let end = self.lines.get(number).map_or(self.text.len(), |it| *it as usize);
        Some((start, self.text.get(start..end)?.trim_end_matches(['\n', '\r'])))
    }

    /// Line and column of a byte, both from 1; the column counts characters.
    pub fn line_column(&self, at: u32) -> (u32, u32) {
        let line = self.lines.partition_point(|it| *it <= at).saturating_sub(1);
        let start = self.lines.get(line).copied().unwrap_or(0);
        let before = self.text.get(start as usize..at as usize).unwrap_or("");
        (offset(line + 1), offset(before.chars().count() + 1))
    }
}

/// Offsets fit 32 bits because [`crate::limits::MAX_FILE_BYTES`] is refused at the door.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// All files of one check, by [`FileId`].
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

impl SourceMap {
    /// Adds a file and gives it its number.
    pub fn add(&mut self, file: SourceFile) -> FileId {
        self.files.push(file);
        FileId(offset(self.files.len() - 1))
    }

    /// The file of that number.
    pub fn file(&self, id: FileId) -> Option<&SourceFile> {
        self.files.get(id.0 as usize)
    }

    /// All files in the order of their numbers.
    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// The text of a span; empty where the span does not fit the file.
    pub fn text(&self, span: Span) -> &str {
        let file = self.file(span.file);
        file.and_then(|it| it.text.get(span.start as usize..span.end as usize)).unwrap_or("")
    }

    /// Path, line and column (from 1, in characters) of the start of a span.
    pub fn place(&self, span: Span) -> (&str, u32, u32) {
        self.file(span.file).map_or(("", 0, 0), |file| {
            let (line, column) = file.line_column(span.start);
            (file.path.as_str(), line, column)
        })
    }
}
