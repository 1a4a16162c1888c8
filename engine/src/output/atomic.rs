//! A file that is there whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};

/// Writes beside `path` and takes its place when finished; dropped before that, it leaves nothing.
#[derive(Debug)]
pub struct Writing {
    file: BufWriter<File>,
    temporary: PathBuf,
    path: PathBuf,
    finished: bool,
    /// Brings to the disk what was written before it began.
    behind: Option<JoinHandle<io::Result<()>>>,
    /// So many bytes were written after that.
    since: usize,
}

/// So many bytes are worth to be brought to the disk before the end.
const WORTHWHILE: usize = 4 << 20;

impl Writing {
    /// Begins to write what will be `path`; its folder is made if it is not there.
    ///
    /// # Errors
    ///
    /// The folder cannot be made, or nothing can be written into it.
    pub fn begin(path: &Path) -> io::Result<Self> {
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(".partial");
        let temporary = path.with_file_name(hidden);
        if let Some(folder) = path.parent().filter(|it| !it.as_os_str().is_empty()) {
            fs::create_dir_all(folder)?;
        }
        let file = BufWriter::new(File::create(&temporary)?);
        let path = path.to_owned();
        Ok(Self { file, temporary, path, finished: false, behind: None, since: 0 })
    }

    /// Begins to bring to the disk what was written so far, if that is worthwhile and it is not still about it, so that there
    /// is less to wait for in the end.
    ///
    /// # Errors
    ///
    /// What was written before did not get there.
    pub(crate) fn sync_behind(&mut self) -> io::Result<()> {
        let is_busy = self.behind.as_ref().is_some_and(|it| !it.is_finished());
        if is_busy || self.since < WORTHWHILE {
            return Ok(());
        }
        self.synced_behind()?;
        self.since = 0;
        let file = self.file.get_ref().try_clone()?;
        self.behind = Some(thread::Builder::new().spawn(move || file.sync_data())?);
        Ok(())
    }

    /// Waits for what was begun. A disk tells only once that it failed.
    fn synced_behind(&mut self) -> io::Result<()> {
        let Some(behind) = self.behind.take() else { return Ok(()) };
        behind.join().unwrap_or_else(|_| Err(io::Error::other("nothing was brought to the disk")))
    }

    /// Makes sure that everything is on the disk, and puts the file in its place.
    ///
    /// # Errors
    ///
    /// Writing the rest or renaming fails; then nothing is left behind.
    pub fn finish(mut self) -> io::Result<()> {
        self.file.flush()?;
        self.synced_behind()?;
        self.file.get_ref().sync_all()?;
        fs::rename(&self.temporary, &self.path)?;
        self.finished = true;
        Ok(())
    }
}

impl Write for Writing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.since = self.since.saturating_add(written);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for Writing {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        if !self.finished {
            // Some systems remove no file that is open.
            let _ = self.synced_behind();
            // Nothing can be done about a temporary file that cannot be removed.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}
