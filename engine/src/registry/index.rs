//! What is looked up in a registry: which versions there are and what holds of them. All of it follows from the
//! journal, so an index may be deleted at any moment and is made again.
//!
//! There are two: one on the disk for the writer ([`on_disk`]), and one in memory, which readers fill from the
//! journal. Both pass the same tests. [`Batch`] is the only way in, and holds the limits of the one on the disk.

mod fold;
mod in_memory;
mod on_disk;
mod row;

use std::fmt::Debug;

use heng_dsl::stored::Hash;

pub use self::fold::{apply, catch_up};
pub use self::in_memory::InMemory;
pub use self::on_disk::OnDisk;
pub use self::row::Row;
pub(super) use self::row::{find, users, versions};
use super::journal::Head;

/// The most bytes of a value: above about 8 KB the store below puts a value into a file that it never syncs.
pub const MAX_VALUE: usize = 2 << 10;

/// The most bytes of a key.
pub const MAX_KEY: usize = 1 << 10;

/// The most entries of one batch: the store below keeps a batch in memory several times over.
pub const MAX_BATCH: usize = 1_000;

/// What a key is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Table {
    /// Up to which entry of the journal the index goes.
    Head = b'h',
    /// Rule set and version: what holds of it.
    Version = b'v',
    /// Content hash, rule set and version of the user: who uses a package.
    User = b'u',
}

/// Why an index did not answer. It is made again then, so nobody needs to be told more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexError(pub String);

/// A key or value is longer, or a batch larger, than an index takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitError {
    /// A key of that many bytes.
    Key(usize),
    /// A value of that many bytes.
    Value(usize),
    /// More entries than [`MAX_BATCH`].
    Batch,
}

/// An ordered map on which a batch takes effect as a whole or not at all.
pub trait Index: Debug + Send {
    /// The value under a key.
    ///
    /// # Errors
    ///
    /// The index is broken.
    fn value(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError>;

    /// All keys that begin so, in order, with their values.
    ///
    /// # Errors
    ///
    /// The index is broken.
    fn beginning(&self, table: Table, prefix: &[u8]) -> Result<Vec<Pair>, IndexError>;

    /// Makes a batch take effect.
    ///
    /// # Errors
    ///
    /// The index is broken, and has to be made again.
    fn commit(&mut self, batch: Batch) -> Result<(), IndexError>;

    /// Hands everything to the system and lets go of the files.
    ///
    /// # Errors
    ///
    /// The index is broken, and has to be made again.
    fn close(self: Box<Self>) -> Result<(), IndexError>;
}

/// A key without its table, and a value.
pub type Pair = (Vec<u8>, Vec<u8>);

/// Changes that take effect together, with the entry of the journal up to which the index then goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    puts: Vec<Pair>,
}

impl Batch {
    /// A batch after which the index goes up to this entry.
    pub fn up_to(head: Head) -> Self {
        let value = [&head.seq.to_be_bytes()[..], &head.hash.bytes()[..]].concat();
        Self { puts: vec![(in_table(Table::Head, b""), value)] }
    }

    /// Puts a value under a key.
    ///
    /// # Errors
    ///
    /// A limit is passed; the batch is as it was.
    pub fn put(&mut self, table: Table, key: &[u8], value: Vec<u8>) -> Result<(), LimitError> {
        match (key.len() > MAX_KEY, value.len() > MAX_VALUE) {
            (true, _) => Err(LimitError::Key(key.len())),
            (_, true) => Err(LimitError::Value(value.len())),
            _ if self.puts.len() >= MAX_BATCH => Err(LimitError::Batch),
            _ => {
                self.puts.push((in_table(table, key), value));
                Ok(())
            }
        }
    }

    /// Keys as they are stored, with their values.
    fn into_puts(self) -> Vec<Pair> {
        self.puts
    }
}

/// A key as it is stored, behind the letter of its table.
fn in_table(table: Table, key: &[u8]) -> Vec<u8> {
    [&[table as u8][..], key].concat()
}

/// Up to which entry an index goes; the start for an empty one.
///
/// # Errors
///
/// The index is broken.
pub fn head(index: &dyn Index) -> Result<Head, IndexError> {
    let Some(value) = index.value(Table::Head, b"")? else { return Ok(Head::START) };
    let parts = value.split_first_chunk::<8>().and_then(|(seq, hash)| {
        let hash: [u8; 32] = hash.try_into().ok()?;
        Some((u64::from_be_bytes(*seq), Hash::from_bytes(hash)))
    });
    let (seq, hash) = parts.ok_or_else(|| IndexError("its head makes no sense".to_owned()))?;
    Ok(Head { seq, hash })
}

/// Everything that is in an index, to compare two of them.
///
/// # Errors
///
/// The index is broken.
pub fn everything(index: &dyn Index) -> Result<Vec<(Table, Pair)>, IndexError> {
    let mut all = Vec::new();
    for table in [Table::Head, Table::Version, Table::User] {
        all.extend(index.beginning(table, b"")?.into_iter().map(|it| (table, it)));
    }
    Ok(all)
}
