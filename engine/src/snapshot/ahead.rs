//! A snapshot that is opened while the rules by which it will be read are still being checked.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread::{self, JoinHandle};

use super::file::Opened;
use super::manifest::Manifest;
use super::{read, read_manifest};
use crate::columns::Texts;

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
    /// Its first layer.
    pub(super) first: First,
}

/// What was read of the first layer.
#[derive(Debug, Default)]
pub(super) struct First {
    /// Its files; nothing for one that cannot be opened, or is open elsewhere.
    pub(super) files: Vec<Option<Opened>>,
    /// The keys of its households, if somebody wants to know.
    pub(super) keys: Option<Texts>,
}

impl Ahead {
    /// Begins to open a folder; nothing where it holds no snapshot.
    pub fn of(folder: &Path) -> Option<Self> {
        Self::begin(folder, false)
    }

    /// Begins to open a folder for a delivery, which asks for the keys of all households.
    pub fn for_delivery(folder: &Path) -> Option<Self> {
        Self::begin(folder, true)
    }

    fn begin(folder: &Path, keys: bool) -> Option<Self> {
        let folder = folder.to_owned();
        if !super::is_one(&folder) {
            return None;
        }
        let own = folder.clone();
        // Without a thread nothing is opened ahead.
        let opening = thread::Builder::new().spawn(move || Begun::of(&own, keys)).ok()?;
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
    fn of(folder: &Path, keys: bool) -> Option<Self> {
        let manifest = read_manifest(folder).ok()?;
        let layer = manifest.layers.first()?;
        let own = folder.join(&layer.folder);
        let files: Vec<Option<Opened>> =
            layer.files.iter().map(|it| Opened::of(&own, it).ok()).collect();
        let households = files.first().and_then(Option::as_ref).filter(|_| keys);
        let keys = households.and_then(|it| read::all_keys(it).ok());
        Some(Self { manifest, first: First { files, keys } })
    }
}
