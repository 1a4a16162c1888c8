//! Immutable objects, each named by the hash of its bytes: manifests, stored models, source files.
//!
//! An object is there whole or not at all: it is written beside its place, synced, renamed, and the folder is
//! synced. Whatever is read is hashed again.

use std::path::{Path, PathBuf};

use heng_dsl::stored::Hash;

use super::error::StoreError;
use super::vfs::Vfs;

/// The folder, in the folder of the registry.
pub(super) const FOLDER: &str = "objects";

/// The ending of what is not an object yet.
const PARTIAL: &str = "partial";

/// The objects of a registry.
#[derive(Debug)]
pub(super) struct Objects<'v> {
    pub(super) root: &'v Path,
    pub(super) vfs: &'v dyn Vfs,
}

impl Objects<'_> {
    /// Where an object stands.
    pub(super) fn path(&self, hash: &Hash) -> PathBuf {
        let digits = hash.digits();
        let (shelf, name) = digits.split_at(2);
        self.root.join(FOLDER).join(shelf).join(name)
    }

    /// The bytes of an object.
    pub(super) fn read(&self, hash: &Hash) -> Result<Vec<u8>, StoreError> {
        let path = self.path(hash);
        if !self.vfs.is_there(&path).map_err(StoreError::io(&path))? {
            return Err(StoreError::damaged(&path, "文件不见了", "the file is gone"));
        }
        let bytes = self.vfs.read(&path).map_err(StoreError::io(&path))?;
        if Hash::of_bytes(&bytes) == *hash {
            Ok(bytes)
        } else {
            Err(StoreError::damaged(
                &path,
                "内容与文件名中的摘要不符",
                "its bytes do not have the hash that names it",
            ))
        }
    }

    /// Keeps bytes, which are safe on the disk when this returns. An object that is there and sound stays;
    /// one that is damaged is put right.
    pub(super) fn keep(&self, bytes: &[u8]) -> Result<Hash, StoreError> {
        let hash = Hash::of_bytes(bytes);
        let path = self.path(&hash);
        let folder = path.parent().unwrap_or(self.root);
        let vfs = self.vfs;
        if !self.read(&hash).is_ok_and(|it| it == bytes) {
            let partial = path.with_extension(PARTIAL);
            vfs.make_folder(folder).map_err(StoreError::io(folder))?;
            vfs.write(&partial, bytes).map_err(StoreError::io(&partial))?;
            vfs.sync(&partial).map_err(StoreError::io(&partial))?;
            vfs.rename(&partial, &path).map_err(StoreError::io(&path))?;
        }
        // Also for one that is there: whoever wrote it may have ended before its name was safe.
        let around = self.root.join(FOLDER);
        vfs.sync_folder(folder).map_err(StoreError::io(folder))?;
        vfs.sync_folder(&around).map_err(StoreError::io(&around))?;
        Ok(hash)
    }

    /// Every file below the folder of objects, with the hash that names it; none for what is no object.
    pub(super) fn all(&self) -> Result<Vec<(PathBuf, Option<Hash>)>, StoreError> {
        let folder = self.root.join(FOLDER);
        let mut found = Vec::new();
        for shelf in self.vfs.list(&folder).map_err(StoreError::io(&folder))? {
            let inside = folder.join(&shelf);
            let Ok(names) = self.vfs.list(&inside) else {
                found.push((inside, None));
                continue;
            };
            for name in names {
                let hash = format!("sha256:{shelf}{name}").parse().ok();
                found.push((inside.join(name), hash));
            }
        }
        Ok(found)
    }
}
