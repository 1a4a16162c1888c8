//! What the command line does, as a library, so that its tests can call it without the terminal.

pub mod sample;
