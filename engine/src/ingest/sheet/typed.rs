//! Rows of a Parquet file. Whatever cannot be read exactly is refused before the first row.

use std::borrow::Cow;
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, AsArray, BooleanArray, Date32Array, Decimal128Array, Int32Array,
    Int64Array, StringViewArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Decimal128Type, Field, Int32Type, Int64Type, Schema};
use arrow::error::ArrowError;
use heng_dsl::value::{Date, Decimal};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};

use super::window::Windows;
use super::{Body, Row, Told, damaged, unreadable};
use crate::cell::Cell;
use crate::ingest::arrays::{Array, Batch};
use crate::ingest::problem::LoadProblem;

/// A Parquet file.
pub(in crate::ingest) struct Typed {
    file: Arc<str>,
    path: PathBuf,
    metadata: ArrowReaderMetadata,
}

/// A Parquet file of which some columns are read.
pub(in crate::ingest) struct Arrays {
    typed: Typed,
    /// What each wanted column comes down to; nothing where it is read as words.
    kinds: Vec<Option<Kind>>,
    /// Where each wanted column stands among those that are read.
    places: Vec<usize>,
    mask: ProjectionMask,
}

/// The header of a file, and its rows.
pub(super) fn open(path: &Path, file: &Arc<str>) -> Result<(Vec<String>, Body), LoadProblem> {
    let opened = File::open(path).map_err(|why| unreadable(path, &why))?;
    let length = opened.metadata().map_err(|why| unreadable(path, &why))?.len();
    let options = ArrowReaderOptions::new();
    let metadata = guarded(file, || ArrowReaderMetadata::load(&opened, options))?;
    let metadata = metadata.map_err(|why| damaged(file, &why))?;
    sane(file, metadata.metadata(), length)?;
    let fields = metadata.schema().fields().iter();
    let header = fields.map(|it| it.name().trim().to_owned()).collect();
    let typed = Typed { file: Arc::clone(file), path: path.to_owned(), metadata };
    Ok((header, Body::Typed(typed)))
}

impl Typed {
    /// How many row groups there are.
    pub(super) fn groups(&self) -> usize {
        self.metadata.metadata().num_row_groups()
    }

    /// Hands out every row with its number, from 1, and of each the cells of the columns `wanted`.
    pub(super) fn rows(
        self,
        wanted: &[usize],
        each: &mut dyn FnMut(u64, Row<'_>),
    ) -> Result<Told, LoadProblem> {
        let arrays = self.arrays(wanted, &[])?;
        let mut line = 0;
        for group in 0..arrays.groups() {
            arrays.read(group, &mut |batch| {
                for row in 0..batch.rows {
                    line += 1;
                    let cells: Vec<Cell<'_>> =
                        batch.columns.iter().map(|it| it.cell(row)).collect();
                    each(line, Row::Cells(&cells, 1));
                }
            })?;
        }
        Ok(Told::default())
    }

    /// The columns `wanted`, of which those that are `words` hold few texts that stand often.
    pub(super) fn arrays(self, wanted: &[usize], words: &[bool]) -> Result<Arrays, LoadProblem> {
        let schema = Arc::clone(self.metadata.schema());
        let (mut kinds, mut fields) = (Vec::new(), schema.fields().to_vec());
        for (number, at) in wanted.iter().enumerate() {
            let column = schema.field(*at);
            let kind = Kind::of(column.data_type()).ok_or_else(|| LoadProblem::ColumnType {
                file: self.file.to_string(),
                column: column.name().clone(),
                found: column.data_type().to_string(),
            })?;
            let is_text = matches!(column.data_type(), DataType::Utf8 | DataType::LargeUtf8);
            let as_words = is_text && words.get(number) == Some(&true);
            kinds.push((!as_words).then_some(kind));
            if let Some(field) = fields.get_mut(*at).filter(|_| is_text) {
                let own = if as_words {
                    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
                } else {
                    kind.arrow()
                };
                *field = Arc::new(Field::clone(field).with_data_type(own));
            }
        }
        let schema = Schema::new_with_metadata(fields, schema.metadata().clone());
        let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
        let metadata = Arc::clone(self.metadata.metadata());
        let metadata = guarded(&self.file, || ArrowReaderMetadata::try_new(metadata, options))?;
        let metadata = metadata.map_err(|why| damaged(&self.file, &why))?;
        // A projection keeps the order of the file: `places` finds each wanted column in it.
        let mut projected = wanted.to_vec();
        projected.sort_unstable();
        projected.dedup();
        let places = wanted.iter().filter_map(|it| projected.binary_search(it).ok()).collect();
        let mask = ProjectionMask::roots(metadata.parquet_schema(), projected.iter().copied());
        Ok(Arrays { typed: Self { metadata, ..self }, kinds, places, mask })
    }
}

impl Arrays {
    /// How many row groups there are.
    pub(in crate::ingest) fn groups(&self) -> usize {
        self.typed.groups()
    }

    /// How many rows a group has, as the file says.
    pub(in crate::ingest) fn rows(&self, group: usize) -> usize {
        let group = self.typed.metadata.metadata().row_groups().get(group);
        group.and_then(|it| usize::try_from(it.num_rows()).ok()).unwrap_or_default()
    }

    /// How many rows stand before those of a group.
    pub(in crate::ingest) fn first_row(&self, group: usize) -> u64 {
        let before = self.typed.metadata.metadata().row_groups().iter().take(group);
        before.map(|it| u64::try_from(it.num_rows()).unwrap_or_default()).sum()
    }

    /// Reads a row group.
    pub(in crate::ingest) fn read(
        &self,
        group: usize,
        each: &mut dyn FnMut(&Batch),
    ) -> Result<(), LoadProblem> {
        let Typed { file, path, metadata } = &self.typed;
        let opened = File::open(path).map_err(|why| unreadable(path, &why))?;
        let length = opened.metadata().map_err(|why| unreadable(path, &why))?.len();
        let columns =
            metadata.metadata().row_groups().get(group).map_or(&[][..], |it| it.columns());
        let opened = Windows::of(opened, length, columns.iter().filter_map(place));
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(opened, metadata.clone());
        let builder = builder.with_row_groups(vec![group]).with_projection(self.mask.clone());
        let reader = guarded(file, || builder.with_batch_size(BATCH).build())?;
        let mut reader = reader.map_err(|why| damaged(file, &why))?;
        while let Some(batch) = guarded(file, || reader.next())? {
            let batch = batch.map_err(|why| damaged(file, &why))?;
            let columns = self.places.iter().zip(&self.kinds);
            let columns = columns.map(|(at, kind)| array(batch.column(*at), *kind));
            let columns: Result<Vec<Array>, _> = columns.collect();
            let columns = columns.map_err(|why| damaged(file, &why))?;
            each(&Batch { rows: batch.num_rows(), columns });
        }
        Ok(())
    }
}

fn array(array: &ArrayRef, kind: Option<Kind>) -> Result<Array, ArrowError> {
    match kind {
        Some(kind) => Ok(Array::Plain(Plain::of(&cast_strictly(array, kind)?, kind)?)),
        None => match array.as_dictionary_opt::<Int32Type>() {
            Some(words) => Ok(Array::Words(words.clone())),
            None => Err(ArrowError::CastError(array.data_type().to_string())),
        },
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
    let mut columns = metadata.row_groups().iter().flat_map(RowGroupMetaData::columns);
    if columns.all(|it| place(it).is_some_and(|it| it.end <= length)) {
        Ok(())
    } else {
        Err(damaged(file, &"a column does not lie inside the file"))
    }
}

/// Where a column stands in its file.
fn place(column: &ColumnChunkMetaData) -> Option<Range<u64>> {
    let start = column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
    let (start, size) = (u64::try_from(start).ok()?, u64::try_from(column.compressed_size()).ok()?);
    Some(start..start.checked_add(size)?)
}

/// Rows read at a time.
const BATCH: usize = 8_192;

/// What the columns of a file come down to.
#[derive(Clone, Copy)]
pub(in crate::ingest) enum Kind {
    Text,
    /// Whole numbers of 32 bits.
    Short,
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
            | DataType::UInt8
            | DataType::UInt16 => Some(Self::Short),
            DataType::Int64 | DataType::UInt32 => Some(Self::Whole),
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
            // Texts stay where the file has them, and are not copied.
            Self::Text => DataType::Utf8View,
            Self::Short => DataType::Int32,
            Self::Whole => DataType::Int64,
            Self::Decimal(places) => DataType::Decimal128(38, places),
            Self::Date => DataType::Date32,
            Self::Bool => DataType::Boolean,
        }
    }
}

/// A column of one of the few kinds.
pub(in crate::ingest) enum Plain {
    Text(StringViewArray),
    Short(Int32Array),
    Whole(Int64Array),
    Decimal(Decimal128Array),
    Date(Date32Array),
    Bool(BooleanArray),
}

/// A cast that would lose a value is an error instead.
fn cast_strictly(array: &ArrayRef, kind: Kind) -> Result<ArrayRef, ArrowError> {
    let cast = cast(array, &kind.arrow())?;
    if cast.logical_null_count() == array.logical_null_count() {
        Ok(cast)
    } else {
        Err(ArrowError::CastError("a number has more than 38 digits".to_owned()))
    }
}

impl Plain {
    fn of(array: &ArrayRef, kind: Kind) -> Result<Self, ArrowError> {
        let found = match kind {
            Kind::Text => array.as_string_view_opt().cloned().map(Self::Text),
            Kind::Short => array.as_primitive_opt::<Int32Type>().cloned().map(Self::Short),
            Kind::Whole => array.as_primitive_opt::<Int64Type>().cloned().map(Self::Whole),
            Kind::Decimal(_) => {
                array.as_primitive_opt::<Decimal128Type>().cloned().map(Self::Decimal)
            }
            Kind::Date => array.as_primitive_opt::<Date32Type>().cloned().map(Self::Date),
            Kind::Bool => array.as_boolean_opt().cloned().map(Self::Bool),
        };
        found.ok_or_else(|| ArrowError::CastError(array.data_type().to_string()))
    }

    /// The cell of a row.
    pub(in crate::ingest) fn cell(&self, row: usize) -> Cell<'_> {
        let array: &dyn arrow::array::Array = match self {
            Self::Text(it) => it,
            Self::Short(it) => it,
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
            Self::Short(it) => Cell::Number(Decimal::from(i64::from(it.value(row)))),
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
