//! A snapshot that is opened while the rules by which it will be read are still being checked.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread::{self, JoinHandle};

use super::file::Opened;
use super::manifest::Manifest;
use super::read_manifest;

/// Opens the files of the first layer of a snapshot, on a thread of its own.
#[derive(Debug)]
pub struct Ahead {
    folder: PathBuf,
    opening: Mutex<Option<JoinHandle<Option<Begun>>>>,
}

/// What can be known of a snapshot without rules.
#[derive(Debug)]
pub(super) struct Begun {
    pub(super) manifest: Manifest,
    /// The files of its first layer; nothing for one that cannot be opened, or is open elsewhere.
    pub(super) first: Vec<Option<Opened>>,
}

impl Ahead {
    /// Begins to open a folder; nothing where it holds no snapshot.
    pub fn of(folder: &Path) -> Option<Self> {
        let folder = folder.to_owned();
        if !super::is_one(&folder) {
            return None;
        }
        let own = folder.clone();
        // Without a thread nothing is opened ahead.
        let opening = thread::Builder::new().spawn(move || Begun::of(&own)).ok()?;
        Some(Self { folder, opening: Mutex::new(Some(opening)) })
    }

    /// What was opened of that folder. Only the first who asks is told; what has failed is left to be opened again, by
    /// those who can say why it failed.
    pub(super) fn take(&self, folder: &Path) -> Option<Begun> {
        if folder != self.folder {
            return None;
        }
        let opening = self.opening.lock().ok()?.take()?;
        opening.join().ok().flatten()
    }
}

impl Begun {
    fn of(folder: &Path) -> Option<Self> {
        let manifest = read_manifest(folder).ok()?;
        let layer = manifest.layers.first()?;
        let own = folder.join(&layer.folder);
        let first = layer.files.iter().map(|it| Opened::of(&own, it).ok()).collect();
        Some(Self { manifest, first })
    }
}
