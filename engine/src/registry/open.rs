//! Making, opening and closing a registry: what a writer that ended without closing has left is put right here.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use heng_dsl::stored::Hash;

use super::error::{RegistryError, StoreError, shown};
use super::event::{Event, What};
use super::index::{self, InMemory, Index, IndexError, OnDisk};
use super::journal::{self, Head, Journal};
use super::vfs::{Lock, Vfs};
use super::{Registry, Session, Writer, objects};

/// The version of the form that this program writes.
const FORMAT: u64 = 1;

/// What stands in the file `FORMAT` in front of the number.
const FORMAT_HEAD: &str = "heng-registry ";

const FORMAT_FILE: &str = "FORMAT";
const LOCK_FILE: &str = "LOCK";
const CLEAN_FILE: &str = "CLEAN";
pub(super) const INDEX_FOLDER: &str = "index.sled";
pub(super) const QUARANTINE: &str = "quarantine";

/// Where the index of a writer is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// On the disk, from one writer to the next.
    OnDisk,
    /// In memory, made from the journal each time.
    InMemory,
}

impl Registry {
    /// Makes a registry in a folder that is empty or not there.
    ///
    /// # Errors
    ///
    /// Something is in the folder, somebody else is making one, or it cannot be written.
    pub fn create(root: &Path, vfs: &dyn Vfs, session: &Session) -> Result<(), RegistryError> {
        if vfs.is_there(root).map_err(StoreError::io(root))? {
            let ours = ["LOCK", "FORMAT.partial", "journal", "objects"];
            let names = vfs.list(root).map_err(StoreError::io(root))?;
            // What an earlier try left is ours; a journal is only there whole if it got to the end.
            if names.iter().any(|it| !ours.contains(&it.as_str())) {
                return Err(StoreError::AlreadyThere { path: shown(root) }.into());
            }
        }
        vfs.make_folder(root).map_err(StoreError::io(root))?;
        let _lock = take_lock(root, vfs, session)?;
        for folder in [objects::FOLDER, "journal"] {
            let folder = root.join(folder);
            vfs.make_folder(&folder).map_err(StoreError::io(&folder))?;
        }
        let mut journal = Journal::read(root, vfs)?;
        if !journal.torn.is_empty() {
            journal.cut_tail(vfs)?;
        }
        if journal.entries.is_empty() {
            let (at, by) = (session.at.clone(), session.by.clone());
            journal.append(Event { at, by, what: What::Created, standing: Vec::new() }, vfs)?;
        }
        let folder = root.join("journal");
        vfs.sync_folder(&folder).map_err(StoreError::io(&folder))?;
        Ok(write_format(root, vfs)?)
    }

    /// Opens a registry to read. No lock is taken, nothing is written, and a writer may be at work.
    ///
    /// # Errors
    ///
    /// There is none, it has another form, or it is damaged.
    pub fn read(root: &Path, vfs: Arc<dyn Vfs>) -> Result<Self, RegistryError> {
        known_format(root, &*vfs)?;
        // First this and then the journal, which only grows.
        let clean = clean(root, &*vfs);
        let journal = Journal::read(root, &*vfs)?;
        reaches(root, &journal, clean)?;
        let mut registry = Self {
            root: root.to_owned(),
            vfs,
            journal,
            index: Box::new(InMemory::default()),
            sound: Cell::new(true),
            writer: None,
        };
        registry.index = Box::new(registry.made_again()?);
        Ok(registry)
    }

    /// Opens a registry to write, and puts right what a writer left that ended without closing.
    ///
    /// # Errors
    ///
    /// There is none, it has another form, somebody else is writing, or it is damaged.
    pub fn open(
        root: &Path,
        vfs: Arc<dyn Vfs>,
        keeping: Keeping,
        session: &Session,
    ) -> Result<Self, RegistryError> {
        known_format(root, &*vfs)?;
        let lock = take_lock(root, &*vfs, session)?;
        let clean = clean(root, &*vfs);
        let mut journal = Journal::read(root, &*vfs)?;
        reaches(root, &journal, clean)?;
        let torn = cut_tail(root, &mut journal, &*vfs)?;
        let left_clean = clean == Some(journal.head()) && torn.is_none();
        if !left_clean {
            journal.sync(&*vfs)?;
        }
        remove_clean(root, &*vfs)?;
        let mut registry = Self {
            root: root.to_owned(),
            vfs,
            journal,
            index: Box::new(InMemory::default()),
            sound: Cell::new(true),
            writer: None,
        };
        registry.index = match keeping {
            Keeping::InMemory => Box::new(registry.made_again()?),
            Keeping::OnDisk => registry.index_on_disk(left_clean)?,
        };
        let session = session.clone();
        registry.writer = Some(Writer { session, keeping, stopped: false, _lock: lock });
        if let Some(what) = torn {
            registry.commit(what, Vec::new())?;
        }
        Ok(registry)
    }

    /// The index on the disk, as it was left or made again.
    fn index_on_disk(&self, left_clean: bool) -> Result<Box<dyn Index>, RegistryError> {
        let folder = self.root.join(INDEX_FOLDER);
        let entries = &self.journal.entries;
        let caught_up = || -> Result<OnDisk, IndexError> {
            let mut index = OnDisk::open(&folder)?;
            index::catch_up(&mut index, entries)?;
            Ok(index)
        };
        let there = self.vfs.is_there(&folder).map_err(StoreError::io(&folder))?;
        if there
            && left_clean
            && let Ok(index) = caught_up()
        {
            return Ok(Box::new(index));
        }
        if there {
            move_index(&self.root, &folder, &*self.vfs)?;
        }
        Ok(match caught_up() {
            Ok(index) => Box::new(index),
            // Without one on the disk everything goes on; the next writer tries again.
            Err(_) => {
                self.sound.set(false);
                Box::new(self.made_again()?)
            }
        })
    }

    /// Closes a registry that was opened to write, so that the next writer finds the index ready. Nothing
    /// that was acknowledged depends on it.
    ///
    /// # Errors
    ///
    /// The disk refused; the next writer will make the index again.
    pub fn close(mut self) -> Result<(), RegistryError> {
        let Some(writer) = self.writer.take() else { return Ok(()) };
        let kept = writer.keeping == Keeping::OnDisk && self.sound.get();
        if self.index.close().is_err() || !kept || writer.stopped {
            return Ok(());
        }
        sync_files(&self.root.join(INDEX_FOLDER), &*self.vfs)?;
        let head = self.journal.head();
        place(&self.root.join(CLEAN_FILE), clean_line(head).as_bytes(), &*self.vfs)?;
        Ok(())
    }
}

/// Writes the file that makes a folder a registry, after everything else in it.
pub(super) fn write_format(root: &Path, vfs: &dyn Vfs) -> Result<(), StoreError> {
    let line = format!("{FORMAT_HEAD}{FORMAT}\n");
    // Its name may be safe before the others are, where nothing says that they come first.
    vfs.sync_folder(root).map_err(StoreError::io(root))?;
    place(&root.join(FORMAT_FILE), line.as_bytes(), vfs)?;
    let around = root.parent().filter(|it| !it.as_os_str().is_empty());
    let around = around.unwrap_or(Path::new("."));
    vfs.sync_folder(around).map_err(StoreError::io(around))
}

fn take_lock(root: &Path, vfs: &dyn Vfs, session: &Session) -> Result<Lock, StoreError> {
    let path = root.join(LOCK_FILE);
    match vfs.lock(&path, &session.owner).map_err(StoreError::io(&path))? {
        Lock::Theirs(owner) => Err(StoreError::Held { path: shown(root), owner }),
        ours @ Lock::Ours(_) => Ok(ours),
    }
}

/// Is there a registry of a form that this program knows?
pub(super) fn known_format(root: &Path, vfs: &dyn Vfs) -> Result<(), StoreError> {
    let path = root.join(FORMAT_FILE);
    if !vfs.is_there(&path).map_err(StoreError::io(&path))? {
        return Err(StoreError::NotThere { path: shown(root) });
    }
    let bytes = vfs.read(&path).map_err(StoreError::io(&path))?;
    let text = String::from_utf8_lossy(&bytes);
    let number = text.strip_prefix(FORMAT_HEAD).and_then(|it| it.strip_suffix('\n'));
    match number.and_then(|it| it.parse().ok()) {
        Some(FORMAT) => Ok(()),
        Some(found) => Err(StoreError::OtherFormat { path: shown(root), found, known: FORMAT }),
        None => Err(StoreError::damaged(&path, "读不懂", "it makes no sense")),
    }
}

/// Where the journal ended when a writer closed; none if none has, or if that cannot be read.
fn clean(root: &Path, vfs: &dyn Vfs) -> Option<Head> {
    // It goes away when a writer opens, also between two calls.
    let bytes = vfs.read(&root.join(CLEAN_FILE)).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let mut parts = text.split(' ');
    let seq = parts.next()?.parse().ok()?;
    let hash: Hash = parts.next()?.parse().ok()?;
    Some(Head { seq, hash }).filter(|it| clean_line(*it) == text)
}

/// What stands in `CLEAN`: number and hash of the last entry, and a checksum of both.
fn clean_line(head: Head) -> String {
    let line = format!("{} {}", head.seq, head.hash);
    let crc = crc32c::crc32c(line.as_bytes());
    format!("{line} {crc:08x}\n")
}

fn remove_clean(root: &Path, vfs: &dyn Vfs) -> Result<(), StoreError> {
    let path = root.join(CLEAN_FILE);
    if vfs.is_there(&path).map_err(StoreError::io(&path))? {
        vfs.remove(&path).map_err(StoreError::io(&path))?;
    }
    vfs.sync_folder(root).map_err(StoreError::io(root))
}

/// What a writer closed on is still there: a last record that was changed is no torn tail.
fn reaches(root: &Path, journal: &Journal, clean: Option<Head>) -> Result<(), StoreError> {
    let Some(clean) = clean else { return Ok(()) };
    let at = usize::try_from(clean.seq).ok().and_then(|it| it.checked_sub(1));
    let found = at.and_then(|it| journal.entries.get(it));
    if found.is_some_and(|it| it.hash == clean.hash) {
        return Ok(());
    }
    let seq = clean.seq;
    Err(StoreError::damaged(
        &root.join(journal::FILE),
        &format!("第 {seq} 条记录被改动或缺失"),
        &format!("entry {seq} was changed or is missing"),
    ))
}

/// Keeps the torn tail in quarantine, and cuts it off.
fn cut_tail(root: &Path, journal: &mut Journal, vfs: &dyn Vfs) -> Result<Option<What>, StoreError> {
    if journal.torn.is_empty() {
        return Ok(None);
    }
    let bytes = journal.torn.len() as u64;
    let path = free_name(root, &format!("tail-{}", journal.head().seq + 1), vfs)?;
    vfs.write(&path, &journal.torn).map_err(StoreError::io(&path))?;
    vfs.sync(&path).map_err(StoreError::io(&path))?;
    journal.cut_tail(vfs)?;
    let kept = path.strip_prefix(root).unwrap_or(&path);
    Ok(Some(What::TailCut { bytes, kept: shown(kept) }))
}

/// Moves an index to quarantine, in place of the one that was moved there before: both follow from the journal.
fn move_index(root: &Path, index: &Path, vfs: &dyn Vfs) -> Result<(), StoreError> {
    let folder = root.join(QUARANTINE);
    vfs.make_folder(&folder).map_err(StoreError::io(&folder))?;
    let to = folder.join(INDEX_FOLDER);
    if vfs.is_there(&to).map_err(StoreError::io(&to))? {
        vfs.remove_folder(&to).map_err(StoreError::io(&to))?;
    }
    vfs.rename(index, &to).map_err(StoreError::io(index))
}

/// Moves something to quarantine, under a name that is free there.
pub(super) fn move_away(root: &Path, path: &Path, vfs: &dyn Vfs) -> Result<PathBuf, StoreError> {
    let name = path.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    let to = free_name(root, &name, vfs)?;
    vfs.rename(path, &to).map_err(StoreError::io(path))?;
    Ok(to)
}

fn free_name(root: &Path, name: &str, vfs: &dyn Vfs) -> Result<PathBuf, StoreError> {
    let folder = root.join(QUARANTINE);
    vfs.make_folder(&folder).map_err(StoreError::io(&folder))?;
    let taken = vfs.list(&folder).map_err(StoreError::io(&folder))?;
    let mut names = (1_u32..).map(|it| format!("{name}-{it}"));
    let free = names.find(|it| !taken.contains(it)).unwrap_or_default();
    Ok(folder.join(free))
}

/// Puts a small file in its place, whole or not at all.
pub(super) fn place(path: &Path, bytes: &[u8], vfs: &dyn Vfs) -> Result<(), StoreError> {
    let partial = path.with_extension("partial");
    vfs.write(&partial, bytes).map_err(StoreError::io(&partial))?;
    vfs.sync(&partial).map_err(StoreError::io(&partial))?;
    vfs.rename(&partial, path).map_err(StoreError::io(path))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    vfs.sync_folder(folder).map_err(StoreError::io(folder))
}

/// Syncs every file of a folder, and the folder.
fn sync_files(folder: &Path, vfs: &dyn Vfs) -> Result<(), StoreError> {
    for name in vfs.list(folder).map_err(StoreError::io(folder))? {
        let path = folder.join(&name);
        // The one folder inside holds values that are too long, of which there are none.
        if name != "blobs" {
            vfs.sync(&path).map_err(StoreError::io(&path))?;
        }
    }
    vfs.sync_folder(folder).map_err(StoreError::io(folder))
}
