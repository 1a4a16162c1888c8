//! A file of Arrow, block by block, each held against its checksum before it is believed.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::datatypes::SchemaRef;
use arrow::ipc::convert::try_fb_to_schema;
use arrow::ipc::reader::{FileDecoder, read_footer_length};
use arrow::ipc::{Block, MetadataVersion, root_as_footer};

use super::manifest::{StoredFile, Stretch};

/// Some bytes of a file.
pub(super) fn bytes(file: &mut File, offset: u64, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    read_into(&mut bytes, file, (offset, length))?;
    Ok(bytes)
}

fn read_into(bytes: &mut Vec<u8>, file: &mut File, (offset, length): (u64, u64)) -> io::Result<()> {
    // A length that no file has must not ask for that much memory.
    let end = file.seek(SeekFrom::End(0))?;
    if offset.checked_add(length).is_none_or(|it| it > end) {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    bytes.clear();
    bytes.reserve_exact(usize::try_from(length).map_err(io::Error::other)?);
    file.seek(SeekFrom::Start(offset))?;
    // Into memory as it comes: to clear it first would take as long as to read.
    file.take(length).read_to_end(bytes)?;
    if bytes.len() as u64 == length { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// What the end of a file says.
pub(super) struct Footer {
    schema: SchemaRef,
    version: MetadataVersion,
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
        let schema: SchemaRef = Arc::new(try_fb_to_schema(schema).map_err(io::Error::other)?);
        Ok(Self {
            version: footer.version(),
            decoder: FileDecoder::new(Arc::clone(&schema), footer.version()),
            schema,
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

/// A file whose dictionaries and first rows are read.
#[derive(Debug)]
pub(super) struct Opened {
    path: PathBuf,
    stored: StoredFile,
    schema: SchemaRef,
    version: MetadataVersion,
    decoder: FileDecoder,
    batches: Vec<Block>,
    /// The first rows, until somebody asks for them.
    first: Mutex<Option<RecordBatch>>,
}

impl Opened {
    /// Opens a file, and reads its dictionaries and first rows.
    pub(super) fn of(folder: &Path, stored: &StoredFile) -> io::Result<Self> {
        let path = folder.join(&stored.name);
        let mut file = File::open(&path)?;
        let length = stored.stretches.last().map_or(0, |it| it.offset.saturating_add(it.length));
        if file.seek(SeekFrom::End(0))? != length {
            return Err(io::Error::other("it is not as long as it was"));
        }
        for it in stored.stretches.first().into_iter().chain(stored.stretches.last()) {
            checked(&mut file, *it, &mut Vec::new())?;
        }
        let Footer { schema, version, decoder, dictionaries, batches } =
            Footer::read(&mut file, length)?;
        let (stored, first) = (stored.clone(), Mutex::new(None));
        let mut opened = Self { path, stored, schema, version, decoder, batches, first };
        for block in dictionaries {
            let bytes = opened.block(&mut file, &block)?;
            opened.decoder.read_dictionary(&block, &bytes).map_err(io::Error::other)?;
        }
        let rows = opened.read(&mut file, 0)?;
        opened.first = Mutex::new(Some(rows));
        Ok(opened)
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.stored.name
    }

    /// Rows in all.
    pub(super) fn rows(&self) -> u64 {
        self.stored.rows
    }

    /// Is there such a column?
    pub(super) fn has(&self, column: &str) -> bool {
        self.schema.field_with_name(column).is_ok()
    }

    /// What a column says about itself.
    pub(super) fn about(&self, column: &str, what: &str) -> Option<&str> {
        let field = self.schema.field_with_name(column).ok()?;
        field.metadata().get(what).map(String::as_str)
    }

    /// How often rows stand together.
    pub(super) fn batches(&self) -> usize {
        self.batches.len()
    }

    /// Some rows, by number.
    pub(super) fn batch(&self, at: usize) -> io::Result<RecordBatch> {
        if at == 0
            && let Some(rows) = self.first.lock().ok().and_then(|mut it| it.take())
        {
            return Ok(rows);
        }
        self.read(&mut File::open(&self.path)?, at)
    }

    /// The first rows, which stay to be asked for.
    pub(super) fn first(&self) -> io::Result<RecordBatch> {
        match self.first.lock().ok().and_then(|it| it.clone()) {
            Some(rows) => Ok(rows),
            None => self.read(&mut File::open(&self.path)?, 0),
        }
    }

    /// Looks at those columns of some rows, by their number, that there are of some, which hold no words; others are not
    /// decoded. Rows are read into a room that can be used again.
    pub(super) fn columns<T>(
        &self,
        (at, names): (usize, &[String]),
        room: &mut Vec<u8>,
        look: impl FnOnce(&RecordBatch) -> io::Result<T>,
    ) -> io::Result<T> {
        let places = names.iter().filter_map(|it| self.schema.index_of(it).ok()).collect();
        let decoder = FileDecoder::new(Arc::clone(&self.schema), self.version);
        self.look_by(&decoder.with_projection(places), at, room, look)
    }

    /// Looks at some rows, by number, in the same way.
    pub(super) fn look<T>(
        &self,
        at: usize,
        room: &mut Vec<u8>,
        look: impl FnOnce(&RecordBatch) -> io::Result<T>,
    ) -> io::Result<T> {
        self.look_by(&self.decoder, at, room, look)
    }

    fn look_by<T>(
        &self,
        by: &FileDecoder,
        at: usize,
        room: &mut Vec<u8>,
        look: impl FnOnce(&RecordBatch) -> io::Result<T>,
    ) -> io::Result<T> {
        let block = self.batches.get(at).ok_or(io::ErrorKind::UnexpectedEof)?;
        checked(&mut File::open(&self.path)?, self.stretch(block)?, room)?;
        let bytes = Buffer::from_vec(std::mem::take(room));
        let seen = look(&decoded(by, block, &bytes)?);
        // Nothing of it is kept, as a rule: then this is the room.
        *room = bytes.into_vec().unwrap_or_default();
        seen
    }

    fn read(&self, file: &mut File, at: usize) -> io::Result<RecordBatch> {
        let block = self.batches.get(at).ok_or(io::ErrorKind::UnexpectedEof)?;
        decoded(&self.decoder, block, &self.block(file, block)?)
    }

    fn block(&self, file: &mut File, block: &Block) -> io::Result<Buffer> {
        let mut bytes = Vec::new();
        checked(file, self.stretch(block)?, &mut bytes)?;
        Ok(Buffer::from_vec(bytes))
    }

    /// What is known of a block.
    fn stretch(&self, block: &Block) -> io::Result<Stretch> {
        let (offset, length) = place(block);
        let known =
            self.stored.stretches.iter().find(|it| (it.offset, it.length) == (offset, length));
        known.copied().ok_or_else(|| io::Error::other("it is cut elsewhere"))
    }
}

/// The rows that a block holds.
fn decoded(by: &FileDecoder, block: &Block, bytes: &Buffer) -> io::Result<RecordBatch> {
    let batch = by.read_record_batch(block, bytes).map_err(io::Error::other)?;
    batch.ok_or_else(|| io::Error::other("no rows stand there"))
}

/// Reads some bytes of a file, if they are what they were.
fn checked(file: &mut File, stretch: Stretch, bytes: &mut Vec<u8>) -> io::Result<()> {
    read_into(bytes, file, (stretch.offset, stretch.length))?;
    if crc32c::crc32c(bytes) != stretch.crc32c {
        return Err(io::Error::other(format!("the bytes from {} on have changed", stretch.offset)));
    }
    Ok(())
}
