//! Text to tree: `parse` reads one file and never fails.
//!
//! The file is cut into chunks at lines that start a declaration, each chunk is parsed by pest, and
//! its pairs become the tree of [`ast`]. A chunk that cannot be read gives one problem and still
//! declares its name, so that nothing else reports it unknown.

pub mod ast;
