//! What the rules come to for every household of a register that is in memory.

use heng_engine::columnar::{self, Refusal};
use heng_engine::columns::Columns;
use heng_engine::data::Register;
use heng_engine::program::Program;
use heng_engine::projection::Projection;
use heng_engine::run::{Run, RunOptions, run};

use crate::terminal::{Terminal, harmless_lines};

/// Works everybody out in columns. What these have no operation for the reference evaluator works out, which comes to
/// the same and takes longer; the user is told.
pub(super) fn outcomes(
    program: &Program,
    register: &Register,
    options: &RunOptions<'_>,
    terminal: Terminal,
) -> Run {
    let refusals = match columnar::run(program, register, options) {
        Ok(run) => return run,
        Err(refusals) => refusals,
    };
    tell(&refusals, terminal);
    run(program, register, options)
}

/// What some declarations come to for everybody, by slot. What columns have no operation for the reference evaluator works
/// out.
pub(super) fn projection(
    of: (&Program, &[usize]),
    columns: &Columns,
    options: &RunOptions<'_>,
    terminal: Terminal,
) -> Projection {
    Projection::of(of, columns, options).unwrap_or_else(|refusals| {
        tell(&refusals, terminal);
        Projection::by_reference(of, columns, options)
    })
}

/// Says that the reference evaluator takes over, and why.
pub(super) fn tell(refusals: &[Refusal], terminal: Terminal) {
    if let Some(first) = refusals.first() {
        terminal.tell(harmless_lines(first.words().of(terminal.lang)));
    }
    terminal.tell(terminal.pick(
        "改由参考求值器逐户计算：结果相同，只是慢些",
        "the reference evaluator works it out household by household: the same results, more slowly",
    ));
}
