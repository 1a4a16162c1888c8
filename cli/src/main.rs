//! The binary `heng`: hands the arguments to the library and its answer to the shell.

use std::process::ExitCode;
use std::thread::Builder;

/// An evaluation follows chains of derived fields link by link; the native stack of the first thread
/// is smaller on some systems.
const STACK_BYTES: usize = 256 << 20;

/// Columns are asked for and given back all the time. Memory of large pieces the allocator of Linux fetches from the system
/// each time, page by page, until a larger piece was given back: this is the largest that it learns from.
const LEARNT_FROM: usize = (32 << 20) - (64 << 10);

fn main() -> ExitCode {
    drop(std::hint::black_box(Vec::<u8>::with_capacity(LEARNT_FROM)));
    let work = || heng::main(std::env::args_os());
    match Builder::new().stack_size(STACK_BYTES).spawn(work).map(std::thread::JoinHandle::join) {
        Ok(Ok(exit)) => exit.into(),
        // The thread has said on the terminal what happened to it.
        Ok(Err(_)) => heng::exit::Exit::Fault.into(),
        Err(_) => work().into(),
    }
}
