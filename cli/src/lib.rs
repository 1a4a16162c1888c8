//! What the command line does, as a library, so that its tests can call it without the terminal.
//!
//! The way of a call: [`args`] says what can be asked and [`usage`] what was, [`project`] adds what `heng.toml` states,
//! [`rules`] checks and links the packages (through [`world`], the only way to rule files), a
//! command under `commands` works and prints through [`terminal`], and [`exit`] tells the shell.
//!
//! What is not here: any rule about credit, any arithmetic on scores. The engine gives results; a
//! command only arranges and words them.

mod args;
mod chart;
mod clock;
pub mod codes;
mod commands;
pub mod exit;
pub mod lang;
pub mod project;
mod render;
mod rules;
pub mod sample;
mod shelf;
mod snapshot;
mod table;
mod template;
pub mod terminal;
mod usage;
pub mod world;
mod wrap;

use std::ffi::OsString;

use heng_engine::run::{make_room, use_threads};

use self::exit::Exit;
use self::terminal::{ColorArg, Terminal};

/// Does what the arguments ask, the first of which is the name of the program.
pub fn main(args: impl IntoIterator<Item = OsString>) -> Exit {
    make_room();
    let args = match usage::parse(args) {
        Ok(args) => args.meant(),
        Err(refusal) => return refused(&refusal),
    };
    let terminal = Terminal::new(args.common.lang, args.common.color, args.common.quiet);
    use_threads(args.data().and_then(|it| it.threads).map(usize::from));
    commands::run(&args, terminal)
}

/// Shows help or the version to whom asked for it, and a mistake to whom made it.
fn refused(refusal: &usage::Refusal) -> Exit {
    let terminal = Terminal::new(None, ColorArg::Auto, true);
    let text = |colours: bool| if colours { &refusal.coloured } else { &refusal.text };
    if refusal.asked_for {
        terminal.out(text(terminal.colors_on_stdout()).trim_end());
        Exit::Fine
    } else {
        terminal.tell(text(terminal.colors_on_stderr()).trim_end());
        Exit::Usage
    }
}
