//! What the command line does, as a library, so that its tests can call it without the terminal.
//!
//! The way of a call: [`args`] says what was asked, [`project`] adds what `heng.toml` states,
//! [`rules`] checks and links the packages (through [`world`], the only way to rule files), a
//! command under `commands` works and prints through [`terminal`], and [`exit`] tells the shell.
//!
//! What is not here: any rule about credit, any arithmetic on scores. The engine gives results; a
//! command only arranges and words them.

mod args;
mod chart;
mod commands;
pub mod exit;
pub mod lang;
pub mod project;
mod render;
mod rules;
pub mod sample;
mod table;
pub mod terminal;
pub mod world;

use std::ffi::OsString;

use clap::Parser;

use self::args::Args;
use self::exit::Exit;
use self::terminal::Terminal;

/// Does what the arguments ask, the first of which is the name of the program.
pub fn main(args: impl IntoIterator<Item = OsString>) -> Exit {
    let args = match Args::try_parse_from(args) {
        Ok(args) => args,
        Err(problem) => {
            // Help and version come this way too, and are no mistake.
            let exit = if problem.use_stderr() { Exit::Usage } else { Exit::Fine };
            let _ = problem.print();
            return exit;
        }
    };
    let terminal = Terminal::new(args.common.lang, args.common.color, args.common.quiet);
    commands::run(&args, terminal)
}
