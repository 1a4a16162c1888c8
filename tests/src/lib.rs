//! What tests share: the bodies of the fuzz targets, which the fuzzers and an ordinary test call.

pub mod fuzz;
pub mod rules;
