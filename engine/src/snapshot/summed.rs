//! A file of Arrow as it is written: what each stretch of it says is summed up on the way, so that nothing has to be
//! read back for it.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::file::{Footer, place};
use super::manifest::Stretch;
use crate::output::Writing;

/// A message of Arrow begins with this: files are cut before messages.
const MESSAGE: [u8; 4] = [0xFF; 4];

/// A file that is being written.
pub(super) struct Summed {
    path: PathBuf,
    writing: Writing,
    /// How many bytes there are of each piece, and their CRC-32C. Wherever the file may be cut one ends.
    pieces: Vec<(u64, u32)>,
}

impl Summed {
    /// Begins to write what will be `path`.
    pub(super) fn begin(path: PathBuf) -> io::Result<Self> {
        Ok(Self { writing: Writing::begin(&path)?, path, pieces: Vec::new() })
    }

    /// Begins to bring to the disk what was written so far.
    pub(super) fn sync_behind(&mut self) -> io::Result<()> {
        self.writing.sync_behind()
    }

    /// Puts the file in its place: where it is cut, and what it says.
    pub(super) fn finish(self) -> io::Result<Vec<Stretch>> {
        self.writing.finish()?;
        let cuts = cuts(&self.path)?;
        let mut pieces = self.pieces.into_iter();
        let stretch = |(offset, length): (u64, u64)| {
            let (mut known, mut crc32c) = (0, 0);
            while known < length {
                let (more, own) = pieces.next().ok_or(io::ErrorKind::UnexpectedEof)?;
                let len = usize::try_from(more).map_err(io::Error::other)?;
                crc32c = crc32c::crc32c_combine(crc32c, own, len);
                known += more;
            }
            // What was written in one piece with what comes after has no sum of its own.
            if known > length {
                return Err(io::Error::other("it is cut elsewhere"));
            }
            Ok(Stretch { offset, length, crc32c })
        };
        cuts.into_iter().map(stretch).collect()
    }
}

impl Write for Summed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.writing.write(bytes)?;
        let written = bytes.get(..count).unwrap_or(bytes);
        match self.pieces.last_mut() {
            Some((length, crc)) if !written.starts_with(&MESSAGE) => {
                *length += written.len() as u64;
                *crc = crc32c::crc32c_append(*crc, written);
            }
            _ => self.pieces.push((written.len() as u64, crc32c::crc32c(written))),
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writing.flush()
    }
}

/// Where each stretch of a file begins, and how long it is: what comes before the first block, each block, and the rest.
fn cuts(path: &Path) -> io::Result<Vec<(u64, u64)>> {
    let mut file = File::open(path)?;
    let length = file.seek(SeekFrom::End(0))?;
    let Footer { dictionaries, batches, .. } = Footer::read(&mut file, length)?;
    let mut blocks: Vec<(u64, u64)> = dictionaries.iter().chain(&batches).map(place).collect();
    blocks.sort_unstable();
    let first = blocks.first().map_or(0, |it| it.0);
    let end = blocks.last().map_or(first, |it| it.0 + it.1);
    let rest = (end, length.saturating_sub(end));
    Ok(std::iter::once((0, first)).chain(blocks).chain([rest]).collect())
}
