//! The one parser that pest derives, private to this stage.

use pest_derive::Parser;

/// The parser of `grammar.pest`.
#[derive(Parser)]
#[grammar = "syntax/grammar.pest"]
pub(super) struct HengParser;
