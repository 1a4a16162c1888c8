//! The dependency graph of all linked packages.
