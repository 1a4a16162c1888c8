//! The one door of a registry to the disk, so that a test can let the n-th call fail, or write down every call
//! and replay what a power cut would have left of them.
//!
//! Calls name paths and keep nothing open: each is one step that may fail. What is written is safe only after
//! [`Vfs::sync`], a name only after [`Vfs::sync_folder`].

use std::fmt::Debug;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;

/// What a registry does with a disk.
pub trait Vfs: Debug + Send + Sync {
    /// The bytes of a file.
    ///
    /// # Errors
    ///
    /// It is not there or cannot be read.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// The names in a folder, sorted.
    ///
    /// # Errors
    ///
    /// It is not there or cannot be read.
    fn list(&self, folder: &Path) -> io::Result<Vec<String>>;

    /// Is there something of that name?
    ///
    /// # Errors
    ///
    /// The system does not say.
    fn is_there(&self, path: &Path) -> io::Result<bool>;

    /// Makes a folder and those around it.
    ///
    /// # Errors
    ///
    /// It cannot be made.
    fn make_folder(&self, folder: &Path) -> io::Result<()>;

    /// Writes a whole file, in place of one that is there.
    ///
    /// # Errors
    ///
    /// It cannot be written; part of it may have been.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;

    /// Adds to the end of a file, which is made where it is not there.
    ///
    /// # Errors
    ///
    /// It cannot be written; part of it may have been.
    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;

    /// Cuts a file to a length.
    ///
    /// # Errors
    ///
    /// It cannot be changed.
    fn cut(&self, path: &Path, length: u64) -> io::Result<()>;

    /// Waits until the bytes of a file are on the disk.
    ///
    /// # Errors
    ///
    /// They may not be.
    fn sync(&self, path: &Path) -> io::Result<()>;

    /// Waits until the names in a folder are on the disk.
    ///
    /// # Errors
    ///
    /// They may not be.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;

    /// Gives a file or folder another name, in place of a file that has it.
    ///
    /// # Errors
    ///
    /// It keeps its name.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    ///
    /// It is still there, or was not.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Removes a folder with everything in it.
    ///
    /// # Errors
    ///
    /// Part of it is still there, or it was not.
    fn remove_folder(&self, folder: &Path) -> io::Result<()>;

    /// Takes a lock for as long as what is returned lives, and writes `owner` into its file; else says who
    /// wrote into it. It never waits. The system takes the lock back when a process ends, however it ends.
    ///
    /// # Errors
    ///
    /// The file cannot be opened, or there are no locks on this disk.
    fn lock(&self, path: &Path, owner: &str) -> io::Result<Lock>;
}

/// What became of asking for a lock.
#[derive(Debug)]
pub enum Lock {
    /// It is ours until this is dropped.
    Ours(Box<dyn Debug + Send>),
    /// Somebody has it, who wrote this.
    Theirs(String),
}

/// The disk of this computer.
#[derive(Debug, Clone, Copy, Default)]
pub struct Disk;

impl Vfs for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(folder)? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }

    fn is_there(&self, path: &Path) -> io::Result<bool> {
        path.try_exists()
    }

    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        fs::write(path, bytes)
    }

    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        OpenOptions::new().append(true).create(true).open(path)?.write_all(bytes)
    }

    fn cut(&self, path: &Path, length: u64) -> io::Result<()> {
        OpenOptions::new().write(true).open(path)?.set_len(length)
    }

    fn sync(&self, path: &Path) -> io::Result<()> {
        // Windows flushes only what was opened for writing.
        OpenOptions::new().read(true).write(true).open(path)?.sync_data()
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        // Windows has no such call, and keeps names with the journal of its file system.
        if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        fs::remove_dir_all(folder)
    }

    fn lock(&self, path: &Path, owner: &str) -> io::Result<Lock> {
        let mut options = OpenOptions::new();
        let mut file = options.read(true).write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => {
                file.set_len(0)?;
                file.rewind()?;
                file.write_all(owner.as_bytes())?;
                Ok(Lock::Ours(Box::new(file)))
            }
            Err(TryLockError::WouldBlock) => {
                let mut owner = Vec::new();
                // Where a lock also keeps others from reading, nobody can be named.
                let _ = file.take(1 << 10).read_to_end(&mut owner);
                Ok(Lock::Theirs(String::from_utf8_lossy(&owner).trim().to_owned()))
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}
