//! Versions of a registry in place of folders: `通用@2024.12` and `通用@2026-10-31` wherever a package is named.
//!
//! What is named so becomes a place that is not on the disk, a stored model with everything it was checked
//! against. So every command takes it, and none knows of registries.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use heng_dsl::diag::Words;
use heng_engine::registry::vfs::Disk;
use heng_engine::registry::{Reference, Registry, RegistryError};

/// The versions that were named, by the path of the place that they are.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shelf {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    /// Why one of them is not there.
    pub(crate) problem: Option<ShelfError>,
}

/// Why a version cannot be used.
#[derive(Debug, Clone)]
pub(crate) enum ShelfError {
    /// No registry was named.
    NoRegistry(Reference),
    /// The registry refused.
    Registry(RegistryError),
}

impl ShelfError {
    pub(crate) fn words(&self) -> Words {
        match self {
            Self::NoRegistry(asked) => Words::both(
                format!(
                    "“{asked}”是版本库里的一个版本，但没有指明版本库：请用 --registry 给出，或在 heng.toml 中写 registry = \"…\""
                ),
                format!(
                    "“{asked}” is a version of a registry, and no registry was named: give --registry, or registry = \"…\" in heng.toml"
                ),
            ),
            Self::Registry(it) => it.words(),
        }
    }
}

/// Does a path look like the name of a version?
pub(crate) fn names_a_version(path: &Path) -> bool {
    path.to_str().and_then(Reference::parse).is_some()
}

/// The version that a path names; none where it leads to something on the disk.
fn reference(path: &Path) -> Option<Reference> {
    path.to_str().and_then(Reference::parse).filter(|_| !path.exists())
}

impl Shelf {
    /// Puts the versions among these places on a shelf, and their paths in place of them.
    pub(crate) fn take(&mut self, places: &mut [PathBuf], registry: Option<&Path>) {
        let named: Vec<_> =
            places.iter_mut().filter_map(|it| reference(it).map(|meant| (it, meant))).collect();
        if named.is_empty() {
            return;
        }
        let Some(root) = registry else {
            let asked = named.into_iter().next().map(|it| it.1);
            self.problem = self.problem.take().or(asked.map(ShelfError::NoRegistry));
            return;
        };
        let opened = Registry::read(root, Arc::new(Disk));
        for (place, meant) in named {
            let closed = opened.as_ref().map_err(Clone::clone).and_then(|registry| {
                let row = registry.find(&meant)?;
                let path = format!("{}@{}.json", row.set, row.version);
                Ok((path, registry.closed(&row)?))
            });
            match closed {
                Ok((path, bytes)) => {
                    *place = PathBuf::from(&path);
                    self.files.insert(path, bytes);
                }
                Err(why) => {
                    self.problem.get_or_insert(ShelfError::Registry(why));
                }
            }
        }
    }
}
