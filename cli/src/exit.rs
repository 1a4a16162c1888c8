//! What the program tells the shell when it ends.

use std::process::ExitCode;

/// The exit codes, one meaning each; scripts rely on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: fine.
    Fine = 0,
    /// 1: problems in rules or data, which have been told.
    Problems = 1,
    /// 2: the command was called in a way that means nothing.
    Usage = 2,
    /// 3: a fault of this program.
    Fault = 3,
    /// 4: a change has an effect: of `heng diff` that it can have one, of others where the call asked to
    /// be told so (`--exit-code`).
    Effect = 4,
    /// 5: a gate was hit: more bad rows than `--max-bad` allows, rows no case covers.
    Gate = 5,
    /// 6: undecided where a decision was demanded: `heng diff --prove`.
    Undecided = 6,
    /// 7: the registry is damaged.
    Damaged = 7,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
