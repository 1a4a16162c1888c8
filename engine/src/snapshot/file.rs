//! A file of Arrow, block by block, each held against its checksum before it is believed.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::ipc::convert::try_fb_to_schema;
use arrow::ipc::reader::{FileDecoder, read_footer_length};
use arrow::ipc::{Block, root_as_footer};

use super::manifest::{StoredFile, Stretch};

/// Some bytes of a file.
pub(super) fn bytes(file: &mut File, offset: u64, length: u64) -> io::Result<Vec<u8>> {
    // A length that no file has must not ask for that much memory.
    let end = file.seek(SeekFrom::End(0))?;
    if offset.checked_add(length).is_none_or(|it| it > end) {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
    file.seek(SeekFrom::Start(offset))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// What the end of a file says.
pub(super) struct Footer {
    decoder: FileDecoder,
    pub(super) dictionaries: Vec<Block>,
    pub(super) batches: Vec<Block>,
}

impl Footer {
    pub(super) fn read(file: &mut File, length: u64) -> io::Result<Self> {
        let end = length.checked_sub(10).ok_or(io::ErrorKind::UnexpectedEof)?;
        let last: [u8; 10] =
            bytes(file, end, 10)?.try_into().map_err(|_| io::ErrorKind::UnexpectedEof)?;
        let footer_length = read_footer_length(last).map_err(io::Error::other)? as u64;
        let start = end.checked_sub(footer_length).ok_or(io::ErrorKind::UnexpectedEof)?;
        let own = bytes(file, start, footer_length)?;
        let footer = root_as_footer(&own).map_err(|it| io::Error::other(it.to_string()))?;
        let schema = footer.schema().ok_or_else(|| io::Error::other("no schema"))?;
        let schema = try_fb_to_schema(schema).map_err(io::Error::other)?;
        Ok(Self {
            decoder: FileDecoder::new(Arc::new(schema), footer.version()),
            dictionaries: footer.dictionaries().into_iter().flatten().copied().collect(),
            batches: footer.recordBatches().into_iter().flatten().copied().collect(),
        })
    }
}

/// Where a block stands.
pub(super) fn place(block: &Block) -> (u64, u64) {
    let length = i64::from(block.metaDataLength()) + block.bodyLength();
    (u64::try_from(block.offset()).unwrap_or(u64::MAX), u64::try_from(length).unwrap_or(u64::MAX))
}

/// A file that is read.
pub(super) struct Reader<'s> {
    file: File,
    stored: &'s StoredFile,
    decoder: FileDecoder,
    batches: Vec<Block>,
}

impl<'s> Reader<'s> {
    /// Opens a file, and reads its dictionaries.
    pub(super) fn open(folder: &Path, stored: &'s StoredFile) -> io::Result<Self> {
        let mut file = File::open(folder.join(&stored.name))?;
        let length = stored.stretches.last().map_or(0, |it| it.offset.saturating_add(it.length));
        if file.seek(SeekFrom::End(0))? != length {
            return Err(io::Error::other("it is not as long as it was"));
        }
        for it in stored.stretches.first().into_iter().chain(stored.stretches.last()) {
            checked(&mut file, *it)?;
        }
        let Footer { decoder, dictionaries, batches } = Footer::read(&mut file, length)?;
        let mut reader = Self { file, stored, decoder, batches };
        for block in dictionaries {
            let bytes = reader.block(&block)?;
            reader.decoder.read_dictionary(&block, &bytes).map_err(io::Error::other)?;
        }
        Ok(reader)
    }

    /// How often rows stand together.
    pub(super) fn batches(&self) -> usize {
        self.batches.len()
    }

    fn block(&mut self, block: &Block) -> io::Result<Buffer> {
        let (offset, length) = place(block);
        let known =
            self.stored.stretches.iter().find(|it| (it.offset, it.length) == (offset, length));
        let stretch = known.ok_or_else(|| io::Error::other("it is cut elsewhere"))?;
        Ok(Buffer::from_vec(checked(&mut self.file, *stretch)?))
    }

    /// Some rows, by number.
    pub(super) fn batch(&mut self, at: usize) -> io::Result<RecordBatch> {
        let block = *self.batches.get(at).ok_or(io::ErrorKind::UnexpectedEof)?;
        let bytes = self.block(&block)?;
        let batch = self.decoder.read_record_batch(&block, &bytes).map_err(io::Error::other)?;
        batch.ok_or_else(|| io::Error::other("no rows stand there"))
    }
}

/// Some bytes of a file, if they are what they were.
fn checked(file: &mut File, stretch: Stretch) -> io::Result<Vec<u8>> {
    let bytes = bytes(file, stretch.offset, stretch.length)?;
    if crc32c::crc32c(&bytes) != stretch.crc32c {
        return Err(io::Error::other(format!("the bytes from {} on have changed", stretch.offset)));
    }
    Ok(bytes)
}
