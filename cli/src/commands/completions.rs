//! `heng completions`: a script that completes commands and flags in a shell.

use clap::CommandFactory as _;

use crate::args::{Args, Completions};
use crate::exit::Exit;
use crate::terminal::Terminal;

pub(super) fn run(args: &Completions, terminal: Terminal) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "heng", &mut script);
    terminal.out(String::from_utf8_lossy(&script).trim_end());
    Exit::Fine
}
