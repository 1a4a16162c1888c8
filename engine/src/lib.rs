//! Everything that runs a checked rule set: data in, outcomes and reasons out.

pub mod backtest;
pub mod cases;
pub mod coverage;
pub mod data;
pub mod effect;
pub mod eval;
pub mod explain;
pub mod graph;
pub mod ingest;
pub mod mask;
pub mod outcome;
pub mod outlook;
pub mod output;
pub mod population;
pub mod program;
pub mod quality;
pub mod recourse;
pub mod run;
pub mod show;
pub mod summary;
