//! Rule sets in memory, linked.

use heng_dsl::check::check;
use heng_dsl::diag::{Lang, has_errors};
use heng_dsl::model::linked::LinkTable;
use heng_dsl::world::MemoryWorld;
use heng_engine::program::Program;

/// The program of a rule set.
pub(crate) fn program(world: &MemoryWorld, folder: &str) -> Result<Program, String> {
    let checked = check(world, &[folder.to_owned()], &LinkTable::new());
    if has_errors(&checked.diagnostics) {
        let all = checked.diagnostics.iter().map(|it| it.message(Lang::En));
        return Err(all.collect::<Vec<_>>().join("\n"));
    }
    let linked = checked.linked.ok_or("nothing was linked")?;
    Program::new(linked).map_err(|_| "a circle".to_owned())
}
