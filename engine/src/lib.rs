//! Everything that runs a checked rule set: data in, outcomes and reasons out.

pub mod data;
pub mod outcome;
