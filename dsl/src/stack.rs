//! A deep stack for work that recurses as far as a model is nested.
//!
//! The stack of the thread that asks may be that of a test or of a program that embeds us.

use std::thread::Builder;

/// Enough for the deepest model that [`crate::limits`] lets in; memory is only taken as it is used.
const STACK_BYTES: usize = 256 << 20;

/// Does the work on a deep stack, or where no thread can be had on the present one.
pub fn deep<T: Send>(work: impl Fn() -> T + Sync) -> T {
    std::thread::scope(|scope| {
        match Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, &work) {
            Ok(thread) => thread.join().unwrap_or_else(|it| std::panic::resume_unwind(it)),
            Err(_) => work(),
        }
    })
}
