//! Rule sets of a folder, read into memory and linked.

use std::path::Path;

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

/// The text of a file.
pub(crate) fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|it| format!("{}: {it}", path.display()))
}

/// Everything below a folder, under a name.
pub(crate) fn add(world: MemoryWorld, folder: &Path, name: &str) -> Result<MemoryWorld, String> {
    let entries = std::fs::read_dir(folder).map_err(|it| it.to_string())?;
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(|it| it.to_string())?.path());
    }
    paths.sort();
    let mut world = world;
    for path in paths {
        let Some(file) = path.file_name().and_then(|it| it.to_str()) else { continue };
        let inside = format!("{name}/{file}");
        if path.is_dir() {
            world = add(world, &path, &inside)?;
        } else if matches!(path.extension().and_then(|it| it.to_str()), Some("heng" | "csv")) {
            world = world.with(&inside, &read(&path)?);
        }
    }
    Ok(world)
}
