//! Result files: one row a household, the same bytes for the same input.
