//! The index on the disk, in sled 0.34: the only file that knows of it.
//!
//! Sled is fast and checks what it reads, but does not promise to survive a power cut, and can panic on files
//! that are not as it left them. So nothing is in it that is not in the journal, every call is caught, and
//! whoever gets an error throws the folder away. It is never opened by readers: it locks its folder.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use sled::{Config, Db};

use super::{Batch, Index, IndexError, Pair, Table, in_table};

/// Bytes of memory for pages; the whole index of ten thousand versions is smaller.
const CACHE: u64 = 32 << 20;

/// An index in a folder.
#[derive(Debug)]
pub struct OnDisk {
    db: Db,
}

impl OnDisk {
    /// Opens the index in a folder, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// Its files are not as they were left.
    pub fn open(folder: &Path) -> Result<Self, IndexError> {
        let config = Config::new().path(folder).cache_capacity(CACHE).flush_every_ms(Some(500));
        caught(|| config.open()).map(|db| Self { db })
    }
}

impl Index for OnDisk {
    fn value(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        caught(|| Ok(self.db.get(in_table(table, key))?.map(|it| it.to_vec())))
    }

    fn beginning(&self, table: Table, prefix: &[u8]) -> Result<Vec<Pair>, IndexError> {
        let pair = |it: Result<(sled::IVec, sled::IVec), sled::Error>| {
            it.map(|(key, value)| (key.iter().skip(1).copied().collect(), value.to_vec()))
        };
        caught(|| self.db.scan_prefix(in_table(table, prefix)).map(pair).collect())
    }

    fn commit(&mut self, batch: Batch) -> Result<(), IndexError> {
        let mut all = sled::Batch::default();
        for (key, value) in batch.into_puts() {
            all.insert(key, value);
        }
        caught(|| self.db.apply_batch(all))
    }

    fn close(self: Box<Self>) -> Result<(), IndexError> {
        caught(|| self.db.flush().map(|_| ()))?;
        // Dropping it ends its threads and gives its lock back.
        catch_unwind(AssertUnwindSafe(|| drop(self))).map_err(|_| panicked())
    }
}

/// Calls sled; a panic is an error like any other.
fn caught<T>(call: impl FnOnce() -> Result<T, sled::Error>) -> Result<T, IndexError> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(done) => done.map_err(|it| IndexError(it.to_string())),
        Err(_) => Err(panicked()),
    }
}

fn panicked() -> IndexError {
    IndexError("it panicked".to_owned())
}
