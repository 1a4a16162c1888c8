//! Whole registries from one place to another. A copy has the same journal, so its hashes say that it is the same;
//! it has no index, which is made when somebody writes.

use std::path::Path;

use super::error::{Refusal, RegistryError, StoreError, shown};
use super::journal;
use super::objects::{self, Objects};
use super::open::{place, write_format};
use super::{Entry, Registry};

/// What an import came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imported {
    /// How many entries were added to the journal.
    pub entries: usize,
}

impl Registry {
    /// Copies the registry into a folder that is empty or not there; everything is verified on the way.
    ///
    /// # Errors
    ///
    /// Something is in the folder, something is damaged, or the disk refuses.
    pub fn export(&self, to: &Path) -> Result<(), RegistryError> {
        let vfs = &*self.vfs;
        let taken = vfs.is_there(to).map_err(StoreError::io(to))?;
        if taken && !vfs.list(to).map_err(StoreError::io(to))?.is_empty() {
            return Err(StoreError::AlreadyThere { path: shown(to) }.into());
        }
        for folder in [objects::FOLDER, "journal"] {
            let folder = to.join(folder);
            vfs.make_folder(&folder).map_err(StoreError::io(&folder))?;
        }
        self.objects_into(to)?;
        let own = self.root.join(journal::FILE);
        let bytes = vfs.read(&own).map_err(StoreError::io(&own))?;
        let length = usize::try_from(self.journal.length).unwrap_or(usize::MAX);
        let whole = bytes
            .get(..length)
            .ok_or_else(|| StoreError::damaged(&own, "变短了", "it became shorter"))?;
        place(&to.join(journal::FILE), whole, vfs)?;
        write_format(to, vfs)?;
        Ok(())
    }

    /// Takes everything that a later copy of this registry has and this one lacks.
    ///
    /// # Errors
    ///
    /// The two have different histories, the copy is damaged, or the disk refuses.
    pub fn import(&mut self, from: &Self) -> Result<Imported, RegistryError> {
        let mut pairs = self.entries().iter().zip(from.entries());
        if let Some((ours, _)) = pairs.find(|(ours, theirs)| ours.hash != theirs.hash) {
            return Err(Refusal::Diverged { at: ours.seq }.into());
        }
        let have = self.entries().len();
        from.objects_into(&self.root)?;
        let new: Vec<Entry> = from.entries().iter().skip(have).cloned().collect();
        for entry in &new {
            // The same event behind the same entries has the same hash.
            self.write(entry.event.clone())?;
        }
        Ok(Imported { entries: new.len() })
    }

    /// Keeps every object that a version of this registry needs in another folder.
    fn objects_into(&self, root: &Path) -> Result<(), RegistryError> {
        let there = Objects { root, vfs: &*self.vfs };
        for hash in self.needed()? {
            there.keep(&self.object(&hash)?)?;
        }
        Ok(())
    }
}
