//! The hash of a folder of data, by which a plan knows whether the data are still those that were looked at.

use std::fs;
use std::io;
use std::path::Path;

use heng_dsl::stored::Hash;
use heng_engine::registry;

/// The hash of every file below a folder, hidden ones left out, or of one file.
pub(crate) fn snapshot(data: &Path) -> io::Result<Hash> {
    let mut files = Vec::new();
    if data.is_dir() {
        collect(data, "", &mut files)?;
    } else {
        files.push((String::new(), Hash::of_bytes(&fs::read(data)?)));
    }
    Ok(registry::snapshot(files.iter().map(|(name, hash)| (name.as_str(), *hash))))
}

fn collect(folder: &Path, name: &str, files: &mut Vec<(String, Hash)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let own = entry.file_name().to_string_lossy().into_owned();
        if own.starts_with('.') {
            continue;
        }
        let (path, name) = (entry.path(), format!("{name}/{own}"));
        if path.is_dir() {
            collect(&path, &name, files)?;
        } else {
            files.push((name, Hash::of_bytes(&fs::read(&path)?)));
        }
    }
    Ok(())
}
