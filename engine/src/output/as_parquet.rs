//! Results as Parquet. Everything that could differ between two runs is fixed: row groups, encoding,
//! compression, the name of the writer, the order of metadata.

use std::io;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, RecordBatch, StringArray,
};
use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{WriterProperties, WriterVersion};

use super::atomic::Writing;
use super::cells::{OutCell, Table};
use super::columns::{OutColumn, OutKind};

/// Rows of one row group.
const GROUP: usize = 1 << 16;

/// Digits of every number column.
const DIGITS: u8 = 38;

/// Writes the file; `about` stands in its metadata.
pub(super) fn write(
    path: &Path,
    columns: &[OutColumn],
    table: &Table<'_>,
    about: &[(&'static str, String)],
) -> io::Result<()> {
    let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
    let options = ArrowWriterOptions::new()
        .with_properties(properties(about)?)
        .with_skip_arrow_metadata(true);
    let file = Writing::begin(path)?;
    let mut writer = ArrowWriter::try_new_with_options(file, Arc::clone(&schema), options)?;
    let mut from = 0;
    while from < table.len() {
        let until = (from + GROUP).min(table.len());
        let arrays = columns.iter().map(|it| array(it, table, from..until));
        let arrays = arrays.collect::<io::Result<Vec<_>>>()?;
        let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).map_err(io::Error::other)?;
        writer.write(&batch)?;
        from = until;
    }
    writer.into_inner()?.finish()
}

fn properties(about: &[(&'static str, String)]) -> io::Result<WriterProperties> {
    let level = ZstdLevel::try_new(3)?;
    let about = about.iter().map(|it| KeyValue::new(it.0.to_owned(), it.1.clone()));
    Ok(WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_created_by("heng".to_owned())
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(GROUP))
        .set_key_value_metadata(Some(about.collect()))
        .build())
}

fn field(column: &OutColumn) -> Field {
    let kind = match column.kind {
        OutKind::Bool => DataType::Boolean,
        OutKind::Number(places) => DataType::Decimal128(DIGITS, places.cast_signed()),
        OutKind::Date => DataType::Date32,
        OutKind::Text => DataType::Utf8,
    };
    Field::new(&column.name, kind, true)
}

fn array(
    column: &OutColumn,
    table: &Table<'_>,
    rows: std::ops::Range<usize>,
) -> io::Result<ArrayRef> {
    let cells = rows.map(|row| table.cell(column, row));
    Ok(match column.kind {
        OutKind::Bool => {
            let values = cells.map(|it| if let OutCell::Bool(it) = it { Some(it) } else { None });
            Arc::new(values.collect::<BooleanArray>())
        }
        OutKind::Number(places) => {
            let values = cells
                .map(|it| if let OutCell::Number(it) = it { Some(it.mantissa()) } else { None });
            let values = values.collect::<Decimal128Array>();
            let values = values.with_precision_and_scale(DIGITS, places.cast_signed());
            Arc::new(values.map_err(io::Error::other)?)
        }
        OutKind::Date => {
            let values = cells.map(|it| if let OutCell::Date(it) = it { Some(it) } else { None });
            let days = values.map(|it| i32::try_from(it?.epoch_days()).ok());
            Arc::new(days.collect::<Date32Array>())
        }
        OutKind::Text => {
            let values = cells.map(|it| if let OutCell::Text(it) = it { Some(it) } else { None });
            Arc::new(values.collect::<StringArray>())
        }
    })
}
