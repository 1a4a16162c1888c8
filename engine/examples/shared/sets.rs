//! Rule sets of a folder, read into memory.

use std::path::Path;

use heng_dsl::world::MemoryWorld;

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
