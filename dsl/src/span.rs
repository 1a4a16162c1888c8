//! Where in which file a piece of rule text stands, in bytes and nothing about lines.
//!
//! Lines and columns are only worked out when something is shown (`source.rs`): working them out
//! per token made a parse quadratic.

/// A file of a package, numbered in the order in which the files were read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A stretch of a file: bytes `start..end`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// The first byte.
    pub start: u32,
    /// The byte after the last one.
    pub end: u32,
}

impl Span {
    /// The stretch from the start of `self` to the end of `other`, in the file of `self`.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { file: self.file, start: self.start, end: other.end.max(self.start) }
    }

    /// The empty stretch right behind this one.
    #[must_use]
    pub fn behind(self) -> Self {
        Self { file: self.file, start: self.end, end: self.end }
    }
}
