//! Everything that runs a checked rule set: data in, outcomes and reasons out.
//!
//! Without the feature `files` there are no readers and writers of files: a program that embeds the
//! engine hands over its households itself ([`data::Household::build`]).

#[cfg(feature = "files")]
pub mod backtest;
pub mod cases;
mod cell;
pub mod columnar;
pub mod columns;
pub mod coverage;
pub mod data;
pub mod effect;
pub mod eval;
pub mod explain;
pub mod graph;
pub mod handbook;
pub mod impact;
#[cfg(feature = "files")]
pub mod ingest;
pub mod mask;
pub mod mutate;
pub mod outcome;
pub mod outlook;
#[cfg(feature = "files")]
pub mod output;
pub mod part;
pub mod population;
pub mod program;
pub mod projection;
pub mod prove;
#[cfg(feature = "files")]
pub mod quality;
mod reach;
pub mod reasons;
pub mod recourse;
#[cfg(feature = "registry")]
pub mod registry;
pub mod replay;
pub mod run;
pub mod show;
#[cfg(feature = "files")]
pub mod snapshot;
pub mod source;
pub mod stats;
pub mod summary;
