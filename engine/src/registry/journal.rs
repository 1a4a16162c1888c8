//! The journal: the truth of a registry. Records are only ever added, and each carries the hash of the one
//! before it.
//!
//! A record is `length u32 | crc32c u32 | sequence u64 | hash of the one before, 32 | payload | hash, 32`, numbers
//! with the lowest byte first. The checksum is over everything behind it; the hash is SHA-256 over sequence, hash
//! before and payload. A record is acknowledged when the file has been synced after it.
//!
//! What is behind the last whole record is a torn tail (its writer ended before it was acknowledged), unless a
//! whole record follows later on: then something in the middle has changed, which is damage.

use std::path::{Path, PathBuf};

use heng_dsl::stored::Hash;

use super::error::StoreError;
use super::event::Event;
use super::vfs::Vfs;

/// The file, in the folder of the registry.
pub(super) const FILE: &str = "journal/000001.jnl";

/// Bytes of a record without its payload.
const FRAME: usize = 4 + 4 + 8 + 32 + 32;

/// Bytes from which the checksum is taken.
const CHECKED: usize = 8;

/// The longest payload.
const MAX_PAYLOAD: usize = 1 << 20;

/// How far ahead a whole record is still looked for behind a broken one.
const AHEAD: u64 = 1 << 20;

/// An entry as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number, from 1.
    pub seq: u64,
    /// Its hash, which also covers everything before it.
    pub hash: Hash,
    /// What it says.
    pub event: Event,
}

/// Where a journal ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The number of the last entry; 0 for none.
    pub seq: u64,
    /// Its hash.
    pub hash: Hash,
}

impl Head {
    /// Before the first entry.
    pub(super) const START: Self = Self { seq: 0, hash: Hash::from_bytes([0; 32]) };
}

/// A journal that was read.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    /// The entries.
    pub(super) entries: Vec<Entry>,
    /// Bytes of whole records.
    pub(super) length: u64,
    /// What is behind them, that no acknowledged entry can be in.
    pub(super) torn: Vec<u8>,
}

impl Journal {
    /// Reads the journal of the registry in a folder; one that is not there is empty.
    pub(super) fn read(root: &Path, vfs: &dyn Vfs) -> Result<Self, StoreError> {
        let path = root.join(FILE);
        let there = vfs.is_there(&path).map_err(StoreError::io(&path))?;
        let bytes =
            if there { vfs.read(&path).map_err(StoreError::io(&path))? } else { Vec::new() };
        let mut journal = Self { path, entries: Vec::new(), length: 0, torn: Vec::new() };
        journal.take(&bytes)?;
        Ok(journal)
    }

    /// Takes whole records as far as they go.
    fn take(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        let mut rest = bytes;
        while let Some(record) = Record::first(rest) {
            let head = self.head();
            if record.seq != head.seq + 1 || record.before != head.hash {
                return Err(self.broken(record.seq));
            }
            let event = serde_json::from_slice(record.payload).map_err(|it| {
                let seq = record.seq;
                let (zh, en) = (
                    format!("第 {seq} 条读不懂：{it}"),
                    format!("entry {seq} makes no sense: {it}"),
                );
                StoreError::damaged(&self.path, &zh, &en)
            })?;
            self.entries.push(Entry { seq: record.seq, hash: record.hash, event });
            rest = rest.get(record.length()..).unwrap_or_default();
        }
        self.length = (bytes.len() - rest.len()) as u64;
        let next = self.head().seq + 1;
        let whole = |at: usize| rest.get(at..).and_then(Record::first);
        let follows = |it: Record<'_>| it.seq >= next && it.seq - next < AHEAD;
        if (1..rest.len()).filter_map(whole).any(follows) {
            return Err(self.broken(next));
        }
        self.torn = rest.to_vec();
        Ok(())
    }

    fn broken(&self, seq: u64) -> StoreError {
        let zh = format!("第 {} 条记录被改动或缺失", seq.min(self.head().seq + 1));
        let en = format!("entry {} was changed or is missing", seq.min(self.head().seq + 1));
        StoreError::damaged(&self.path, &zh, &en)
    }

    /// Where it ends.
    pub(super) fn head(&self) -> Head {
        self.entries.last().map_or(Head::START, |it| Head { seq: it.seq, hash: it.hash })
    }

    /// Cuts off what is behind the last whole record.
    pub(super) fn cut_tail(&mut self, vfs: &dyn Vfs) -> Result<(), StoreError> {
        vfs.cut(&self.path, self.length).map_err(StoreError::io(&self.path))?;
        self.torn.clear();
        self.sync(vfs)
    }

    /// Waits until everything that was read is on the disk: a writer that ended may not have.
    pub(super) fn sync(&self, vfs: &dyn Vfs) -> Result<(), StoreError> {
        vfs.sync(&self.path).map_err(StoreError::io(&self.path))
    }

    /// Adds an entry, which is acknowledged when this returns. After an error nothing may be added any more:
    /// what is behind the last entry is not known.
    pub(super) fn append(&mut self, event: Event, vfs: &dyn Vfs) -> Result<&Entry, StoreError> {
        let head = self.head();
        let payload = serde_json::to_vec(&event).unwrap_or_default();
        if payload.is_empty() || payload.len() > MAX_PAYLOAD {
            let why = format!("{} bytes", payload.len());
            return Err(StoreError::io(&self.path)(std::io::Error::other(why)));
        }
        let (seq, bytes) = (head.seq + 1, record(head, &payload));
        vfs.append(&self.path, &bytes).map_err(StoreError::io(&self.path))?;
        self.sync(vfs)?;
        self.length += bytes.len() as u64;
        let hash = hash_of(seq, &head.hash, &payload);
        self.entries.push(Entry { seq, hash, event });
        self.entries.last().ok_or(StoreError::Stopped)
    }
}

/// Number and hash of every whole record in a journal that may be damaged.
pub(super) fn whole(bytes: &[u8]) -> Vec<(u64, Hash)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|it| !it.is_empty()) {
        match Record::first(rest) {
            Some(record) => {
                found.push((record.seq, record.hash));
                at += record.length();
            }
            None => at += 1,
        }
    }
    found
}

/// The bytes of the record that follows a head.
fn record(head: Head, payload: &[u8]) -> Vec<u8> {
    let seq = head.seq + 1;
    let mut bytes = Vec::with_capacity(FRAME + payload.len());
    bytes.extend(u32::try_from(payload.len()).unwrap_or(u32::MAX).to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(seq.to_le_bytes());
    bytes.extend(head.hash.bytes());
    bytes.extend(payload);
    bytes.extend(hash_of(seq, &head.hash, payload).bytes());
    let crc = crc32c::crc32c(bytes.get(CHECKED..).unwrap_or_default()).to_le_bytes();
    if let Some(place) = bytes.get_mut(4..CHECKED) {
        place.copy_from_slice(&crc);
    }
    bytes
}

fn hash_of(seq: u64, before: &Hash, payload: &[u8]) -> Hash {
    Hash::of_bytes(&[&seq.to_le_bytes()[..], &before.bytes()[..], payload].concat())
}

/// A whole record.
struct Record<'b> {
    seq: u64,
    before: Hash,
    payload: &'b [u8],
    hash: Hash,
}

impl<'b> Record<'b> {
    /// The record that the bytes begin with, if there is a whole one.
    fn first(bytes: &'b [u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let (crc, rest) = rest.split_first_chunk::<4>()?;
        let checked = rest.get(..length.checked_add(FRAME - CHECKED)?)?;
        if length > MAX_PAYLOAD || crc32c::crc32c(checked) != u32::from_le_bytes(*crc) {
            return None;
        }
        let (seq, rest) = checked.split_first_chunk::<8>()?;
        let (before, rest) = rest.split_first_chunk::<32>()?;
        let (payload, hash) = rest.split_last_chunk::<32>()?;
        let record = Self {
            seq: u64::from_le_bytes(*seq),
            before: Hash::from_bytes(*before),
            payload,
            hash: Hash::from_bytes(*hash),
        };
        (hash_of(record.seq, &record.before, payload) == record.hash).then_some(record)
    }

    fn length(&self) -> usize {
        FRAME + self.payload.len()
    }
}
