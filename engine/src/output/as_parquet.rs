//! Results as Parquet. Everything that could differ between two runs is fixed: row groups, encoding,
//! compression, the name of the writer, the order of metadata.

mod arrays;
mod coded;
mod hybrid;
mod open;
mod pages;
mod words;

use std::io;
use std::path::Path;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{Field, Schema};
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves,
};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{ColumnPath, SchemaDescPtr};
use rayon::prelude::*;

use self::open::{Complete, OpenColumn};
use self::pages::Pages;
use super::Sheet;
use super::atomic::Writing;
use super::cells::Table;
use super::columns::{OutKind, OutWhat};
use crate::part::{PART, STRETCH};

/// A file to which row groups are added.
pub(super) struct File {
    writer: SerializedFileWriter<Writing>,
    factory: Arc<ArrowRowGroupWriterFactory>,
    schema: Arc<Schema>,
    described: SchemaDescPtr,
}

/// What row groups are made with.
pub(super) struct Groups {
    factory: Arc<ArrowRowGroupWriterFactory>,
    schema: Arc<Schema>,
    described: SchemaDescPtr,
}

/// A row group to which rows are added. They are encoded at its end, each column on a core of its own.
pub(super) struct OpenGroup {
    factory: Arc<ArrowRowGroupWriterFactory>,
    schema: Arc<Schema>,
    described: SchemaDescPtr,
    columns: Vec<OpenColumn>,
    rows: usize,
}

/// A row group that is complete; nothing where it has no rows.
pub(super) struct Group(Option<Vec<ColumnChunk>>);

/// A column of a row group, encoded.
enum ColumnChunk {
    Coded(Box<Pages>),
    /// What is not of few values is encoded by the library.
    Arrow(Box<ArrowColumnChunk>),
}

impl File {
    /// Begins a file.
    pub(super) fn begin(path: &Path, sheet: &Sheet<'_>) -> io::Result<Self> {
        let fields = sheet.columns.iter().map(|it| arrays::field(it, sheet));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let written = ArrowSchemaConverter::new().with_coerce_types(false).convert(&schema)?;
        let properties = Arc::new(properties(sheet)?);
        let file = Writing::begin(path)?;
        let writer = SerializedFileWriter::new(file, written.root_schema_ptr(), properties)?;
        let described = Arc::new(written);
        let factory = ArrowRowGroupWriterFactory::new(&writer, Arc::clone(&schema));
        Ok(Self { writer, factory: Arc::new(factory), schema, described })
    }

    pub(super) fn groups(&self) -> Groups {
        Groups {
            factory: Arc::clone(&self.factory),
            schema: Arc::clone(&self.schema),
            described: self.described.clone(),
        }
    }

    /// Adds the next row group.
    pub(super) fn add(&mut self, group: Group) -> io::Result<()> {
        let Some(chunks) = group.0 else { return Ok(()) };
        let mut to = self.writer.next_row_group()?;
        for chunk in chunks {
            chunk.append(&mut to)?;
        }
        to.close()?;
        self.writer.inner_mut().sync_behind()
    }

    /// Puts the file in its place.
    pub(super) fn finish(mut self, rows: usize) -> io::Result<()> {
        let rows = KeyValue::new("households".to_owned(), rows.to_string());
        self.writer.append_key_value_metadata(rows);
        self.writer.into_inner()?.finish()
    }
}

impl Groups {
    /// Begins a row group. Where in the file it will stand is not written into it.
    pub(super) fn begin(&self) -> OpenGroup {
        OpenGroup {
            factory: Arc::clone(&self.factory),
            schema: Arc::clone(&self.schema),
            described: self.described.clone(),
            columns: self.schema.fields().iter().map(|_| OpenColumn::default()).collect(),
            rows: 0,
        }
    }
}

impl OpenGroup {
    /// Adds the rows of a part.
    pub(super) fn take(&mut self, table: &Table<'_>) -> io::Result<()> {
        self.rows += table.part.len();
        let columns = table.sheet.columns.iter().zip(self.schema.fields());
        for ((column, field), own) in columns.zip(&mut self.columns) {
            own.add(column, field.data_type(), table)?;
        }
        Ok(())
    }

    /// Adds rows that come next.
    pub(super) fn join(&mut self, next: Self) -> io::Result<()> {
        self.rows += next.rows;
        let mut columns = self.columns.iter_mut().zip(next.columns).zip(self.schema.fields());
        columns.try_for_each(|((own, next), field)| own.join(next, field.data_type()))
    }

    /// The row group, compressed.
    pub(super) fn end(self) -> io::Result<Group> {
        if self.rows == 0 {
            return Ok(Group(None));
        }
        let writers = self.factory.create_column_writers(0)?;
        let all: Vec<_> = writers.into_iter().zip(self.schema.fields()).zip(self.columns).collect();
        let chunks = all.into_par_iter().zip(self.described.columns());
        let chunks =
            chunks.map(|(((writer, field), column), of)| match column.end(field.data_type())? {
                Complete::Coded(it) => Ok(ColumnChunk::Coded(Box::new(Pages::of(it, of)?))),
                Complete::Arrays(all) => by_library(writer, field, all),
            });
        chunks.collect::<io::Result<Vec<_>>>().map(|it| Group(Some(it)))
    }
}

fn by_library(
    mut writer: ArrowColumnWriter,
    field: &Field,
    arrays: Vec<ArrayRef>,
) -> io::Result<ColumnChunk> {
    for array in arrays {
        for leaf in compute_leaves(field, &array)? {
            writer.write(&leaf)?;
        }
    }
    Ok(ColumnChunk::Arrow(Box::new(writer.close()?)))
}

impl ColumnChunk {
    /// Adds it to a row group, as the next column.
    fn append(self, to: &mut SerializedRowGroupWriter<'_, Writing>) -> io::Result<()> {
        match self {
            Self::Coded(it) => Ok(to.append_column(&it.bytes, it.close)?),
            Self::Arrow(it) => Ok(it.append_to_row_group(to)?),
        }
    }
}

fn properties(sheet: &Sheet<'_>) -> io::Result<WriterProperties> {
    let level = ZstdLevel::try_new(1)?;
    let about = sheet.about.iter().map(|it| KeyValue::new(it.0.to_owned(), it.1.clone()));
    let mut properties = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_created_by("heng".to_owned())
        .set_compression(Compression::ZSTD(level))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_write_batch_size(PART)
        .set_data_page_row_count_limit(STRETCH)
        .set_key_value_metadata(Some(about.collect()));
    // Every household has a key of its own, so that there is nothing to gain by numbering them; they come in order,
    // so that most begin like the one before.
    for column in sheet.columns.iter().filter(|it| it.what == OutWhat::Key) {
        let path = ColumnPath::from(column.name.as_str());
        properties = properties
            .set_column_dictionary_enabled(path.clone(), false)
            .set_column_encoding(path, Encoding::DELTA_BYTE_ARRAY);
    }
    // Where the library is not asked, it need not get ready to compress.
    for column in sheet.columns.iter().filter(|it| arrays::is_of_few(it, sheet)) {
        let path = ColumnPath::from(column.name.as_str());
        properties = properties.set_column_compression(path, Compression::UNCOMPRESSED);
    }
    // The least and the greatest text of so many households rule nothing out, and to find them takes as long as to write them.
    for column in sheet.columns.iter().filter(|it| it.kind == OutKind::Text) {
        let path = ColumnPath::from(column.name.as_str());
        properties = properties.set_column_statistics_enabled(path, EnabledStatistics::None);
    }
    Ok(properties.build())
}
