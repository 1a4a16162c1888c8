//! The limits at the door: what is refused before it can cost time or memory.
//!
//! Inside them every later pass may recurse freely.

/// Bytes in one rule file.
pub const MAX_FILE_BYTES: usize = 4 << 20;

/// Rule files in one package.
pub const MAX_FILES: usize = 1_000;

/// Declarations in one package.
pub const MAX_DECLARATIONS: usize = 20_000;

/// Nesting of brackets and of expression nodes.
pub const MAX_DEPTH: u32 = 128;

/// Packages that one check may load.
pub const MAX_PACKAGES: usize = 100;

/// Rows of one code table.
pub const MAX_CODE_ROWS: usize = 200_000;

/// Bytes of a stored model: code tables are in it.
pub const MAX_STORED_BYTES: usize = 64 << 20;

/// Nesting of a stored model: an expression of [`MAX_DEPTH`] takes five levels of JSON each.
pub const MAX_STORED_DEPTH: usize = 1_024;

/// Problems shown of one check; the rest is counted.
pub const MAX_DIAGNOSTICS: usize = 500;

/// Derived fields, sets of records and values of each record that read one another in a row.
pub const MAX_CHAIN: usize = 500;
