//! Rows of a Parquet file. Whatever cannot be read exactly is refused before the first row.

use std::borrow::Cow;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Decimal128Array, Int64Array, RecordBatch,
    StringArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Decimal128Type, Int64Type};
use heng_dsl::value::{Date, Decimal};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};

use super::{Body, Row, Rows, Told, damaged, unreadable};
use crate::cell::Cell;
use crate::ingest::problem::LoadProblem;

/// A Parquet file.
struct Typed {
    file: Arc<str>,
    builder: ParquetRecordBatchReaderBuilder<File>,
}

/// The header of a file, and its rows.
pub(super) fn open(path: &Path, file: &Arc<str>) -> Result<(Vec<String>, Body), LoadProblem> {
    let opened = File::open(path).map_err(|why| unreadable(path, &why))?;
    let length = opened.metadata().map_err(|why| unreadable(path, &why))?.len();
    let builder = guarded(file, || ParquetRecordBatchReaderBuilder::try_new(opened))?;
    let builder = builder.map_err(|why| damaged(file, &why))?;
    sane(file, builder.metadata(), length)?;
    let fields = builder.schema().fields().iter();
    let header = fields.map(|it| it.name().trim().to_owned()).collect();
    Ok((header, Box::new(Typed { file: Arc::clone(file), builder })))
}

impl Rows for Typed {
    fn read(
        self: Box<Self>,
        wanted: &[usize],
        each: &mut dyn FnMut(u64, Row<'_>),
    ) -> Result<Told, LoadProblem> {
        rows(&self.file, self.builder, wanted, each).map(|()| Told::default())
    }
}

/// Calls the reader of the format. It panics on some damaged files, where it should say so; that is
/// a fault of the file, not of ours, and must not end the program.
fn guarded<T>(file: &str, read: impl FnOnce() -> T) -> Result<T, LoadProblem> {
    let read = std::panic::catch_unwind(std::panic::AssertUnwindSafe(read));
    read.map_err(|_| damaged(file, &"the reader of the format gave up"))
}

/// Refuses a file whose columns do not lie inside it, before anything is read by its directions.
fn sane(file: &str, metadata: &ParquetMetaData, length: u64) -> Result<(), LoadProblem> {
    let inside = |column: &ColumnChunkMetaData| {
        let start = column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
        let (start, size) =
            (u64::try_from(start).ok()?, u64::try_from(column.compressed_size()).ok()?);
        start.checked_add(size).filter(|end| *end <= length)
    };
    let mut columns = metadata.row_groups().iter().flat_map(RowGroupMetaData::columns);
    if columns.all(|it| inside(it).is_some()) {
        Ok(())
    } else {
        Err(damaged(file, &"a column does not lie inside the file"))
    }
}

/// Rows read at a time.
const BATCH: usize = 8_192;

/// See [`super::Sheet::rows`]; the line is the number of the row, from 1.
fn rows(
    file: &str,
    builder: ParquetRecordBatchReaderBuilder<File>,
    wanted: &[usize],
    each: &mut dyn FnMut(u64, Row<'_>),
) -> Result<(), LoadProblem> {
    let schema = Arc::clone(builder.schema());
    let mut kinds = Vec::new();
    for at in wanted {
        let column = schema.field(*at);
        kinds.push(Kind::of(column.data_type()).ok_or_else(|| LoadProblem::ColumnType {
            file: file.to_owned(),
            column: column.name().clone(),
            found: column.data_type().to_string(),
        })?);
    }
    // A projection keeps the order of the file: `places` finds each wanted column in it.
    let mut projected = wanted.to_vec();
    projected.sort_unstable();
    projected.dedup();
    let places: Vec<usize> =
        wanted.iter().filter_map(|it| projected.binary_search(it).ok()).collect();
    let mask = ProjectionMask::roots(builder.parquet_schema(), projected.iter().copied());
    let reader = guarded(file, || builder.with_projection(mask).with_batch_size(BATCH).build())?;
    let mut reader = reader.map_err(|why| damaged(file, &why))?;
    let mut line = 0;
    while let Some(batch) = guarded(file, || reader.next())? {
        let batch = batch.map_err(|why| damaged(file, &why))?;
        let columns = plain(&batch, &places, &kinds).map_err(|why| damaged(file, &why))?;
        for row in 0..batch.num_rows() {
            line += 1;
            let cells: Vec<Cell<'_>> = columns.iter().map(|it| it.cell(row)).collect();
            each(line, Row::Cells(&cells, 1));
        }
    }
    Ok(())
}

/// What the columns of a file come down to.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Whole,
    Decimal(i8),
    Date,
    Bool,
}

impl Kind {
    /// `None` for what cannot be read exactly: binary floating point, times in a zone, nested data.
    fn of(ty: &DataType) -> Option<Self> {
        match ty {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => {
                Some(Self::Text)
            }
            DataType::Int8
            | DataType::Int16
            | DataType::Int32
            | DataType::Int64
            | DataType::UInt8
            | DataType::UInt16
            | DataType::UInt32 => Some(Self::Whole),
            DataType::UInt64 => Some(Self::Decimal(0)),
            DataType::Decimal32(_, places)
            | DataType::Decimal64(_, places)
            | DataType::Decimal128(_, places)
            | DataType::Decimal256(_, places) => Some(Self::Decimal((*places).max(0))),
            DataType::Date32 | DataType::Date64 | DataType::Timestamp(_, None) => Some(Self::Date),
            DataType::Boolean => Some(Self::Bool),
            DataType::Dictionary(_, values) => Self::of(values),
            _ => None,
        }
    }

    fn arrow(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Whole => DataType::Int64,
            Self::Decimal(places) => DataType::Decimal128(38, places),
            Self::Date => DataType::Date32,
            Self::Bool => DataType::Boolean,
        }
    }
}

/// A column of one of the few kinds.
enum Plain {
    Text(StringArray),
    Whole(Int64Array),
    Decimal(Decimal128Array),
    Date(Date32Array),
    Bool(BooleanArray),
}

fn plain(
    batch: &RecordBatch,
    places: &[usize],
    kinds: &[Kind],
) -> Result<Vec<Plain>, arrow::error::ArrowError> {
    let pairs = places.iter().zip(kinds);
    pairs.map(|(at, kind)| Plain::of(&cast_strictly(batch.column(*at), *kind)?, *kind)).collect()
}

/// A cast that would lose a value is an error instead.
fn cast_strictly(array: &ArrayRef, kind: Kind) -> Result<ArrayRef, arrow::error::ArrowError> {
    let cast = cast(array, &kind.arrow())?;
    if cast.logical_null_count() == array.logical_null_count() {
        Ok(cast)
    } else {
        Err(arrow::error::ArrowError::CastError("a number has more than 38 digits".to_owned()))
    }
}

impl Plain {
    fn of(array: &ArrayRef, kind: Kind) -> Result<Self, arrow::error::ArrowError> {
        let found = match kind {
            Kind::Text => array.as_string_opt().cloned().map(Self::Text),
            Kind::Whole => array.as_primitive_opt::<Int64Type>().cloned().map(Self::Whole),
            Kind::Decimal(_) => {
                array.as_primitive_opt::<Decimal128Type>().cloned().map(Self::Decimal)
            }
            Kind::Date => array.as_primitive_opt::<Date32Type>().cloned().map(Self::Date),
            Kind::Bool => array.as_boolean_opt().cloned().map(Self::Bool),
        };
        found.ok_or_else(|| arrow::error::ArrowError::CastError(array.data_type().to_string()))
    }

    fn cell(&self, row: usize) -> Cell<'_> {
        let array: &dyn Array = match self {
            Self::Text(it) => it,
            Self::Whole(it) => it,
            Self::Decimal(it) => it,
            Self::Date(it) => it,
            Self::Bool(it) => it,
        };
        if array.is_null(row) {
            return Cell::Empty;
        }
        match self {
            Self::Text(it) => Cell::text(it.value(row)),
            Self::Whole(it) => Cell::Number(Decimal::from(it.value(row))),
            Self::Decimal(it) => {
                let places = u8::try_from(it.scale()).unwrap_or(0);
                number(it.value(row), places)
            }
            Self::Date(it) => match Date::from_epoch_days(i64::from(it.value(row))) {
                Some(date) => Cell::Date(date),
                // Said as it stands, so that the field refuses it.
                None => Cell::Text(Cow::Owned(format!("1970-01-01 {:+} d", it.value(row)))),
            },
            Self::Bool(it) => Cell::Bool(it.value(row)),
        }
    }
}

fn number(mantissa: i128, places: u8) -> Cell<'static> {
    match Decimal::new(mantissa, places) {
        Some(it) => Cell::Number(it),
        None => Cell::Text(Cow::Owned(format!("{mantissa}e-{places}"))),
    }
}
