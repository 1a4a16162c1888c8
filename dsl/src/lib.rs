//! The Heng rule language: text to a checked model.

pub mod builtins;
#[cfg(feature = "syntax")]
pub mod check;
pub mod diag;
pub mod diff;
pub mod limits;
pub mod model;
#[cfg(feature = "syntax")]
mod near;
#[cfg(feature = "syntax")]
pub mod rebase;
pub mod source;
pub mod span;
pub mod stack;
pub mod stored;
#[cfg(feature = "syntax")]
pub mod syntax;
pub mod units;
pub mod value;
pub mod verify;
pub mod world;
pub mod written;
