//! The pages of a coded column: its dictionary, and a data page with the places in it.

use std::io;

use bytes::Bytes;
use parquet::basic::{Compression, Encoding, EncodingMask, PageType};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::file::metadata::{ColumnChunkMetaData, PageEncodingStats};
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;

use super::coded::CodedColumn;
use super::hybrid;

/// How a dictionary and the places in it are encoded, and levels.
const ENCODINGS: [Encoding; 3] = [Encoding::PLAIN, Encoding::RLE_DICTIONARY, Encoding::RLE];

/// The pages of a column in a row group, and what the end of the file says of them.
pub(super) struct Pages {
    pub(super) bytes: Bytes,
    pub(super) close: ColumnCloseResult,
}

impl Pages {
    /// The pages of a column that `of` describes. Places take a few bits each as they are: to press them
    /// further takes more time than it saves room.
    pub(super) fn of(column: CodedColumn, of: &ColumnDescPtr) -> io::Result<Self> {
        let rows = u32::try_from(column.rows()).map_err(io::Error::other)?;
        let data = data(&column);
        let mut sink =
            TrackedWrite::new(Vec::with_capacity(column.dictionary.len() + data.len() + 64));
        let mut pages = SerializedPageWriter::new(&mut sink);
        let dictionary = uncompressed(Page::DictionaryPage {
            num_values: u32::try_from(column.different).map_err(io::Error::other)?,
            encoding: Encoding::PLAIN,
            is_sorted: true,
            buf: column.dictionary.into(),
        });
        let dictionary = pages.write_page(dictionary)?;
        pages.write_page(uncompressed(Page::DataPage {
            num_values: rows,
            encoding: Encoding::RLE_DICTIONARY,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
            buf: data.into(),
        }))?;
        pages.close()?;
        let bytes = Bytes::from(sink.into_inner()?);
        let size = i64::try_from(bytes.len()).map_err(io::Error::other)?;
        let one = |page_type, encoding| PageEncodingStats { page_type, encoding, count: 1 };
        let mut metadata = ColumnChunkMetaData::builder(of.clone())
            .set_compression(Compression::UNCOMPRESSED)
            .set_encodings_mask(EncodingMask::new_from_encodings(ENCODINGS.iter()))
            .set_page_encoding_stats(vec![
                one(PageType::DICTIONARY_PAGE, Encoding::PLAIN),
                one(PageType::DATA_PAGE, Encoding::RLE_DICTIONARY),
            ])
            .set_total_compressed_size(size)
            .set_total_uncompressed_size(size)
            .set_num_values(rows.into())
            .set_dictionary_page_offset(Some(0))
            .set_data_page_offset(dictionary.bytes_written.cast_signed());
        if let Some(statistics) = column.statistics {
            metadata = metadata.set_statistics(statistics);
        }
        let close = ColumnCloseResult {
            bytes_written: bytes.len() as u64,
            rows_written: rows.into(),
            metadata: metadata.build()?,
            bloom_filter: None,
            column_index: None,
            offset_index: None,
        };
        Ok(Self { bytes, close })
    }
}

fn uncompressed(page: Page) -> CompressedPage {
    let size = page.buffer().len();
    CompressedPage::new(page, size)
}

/// Of each row whether it has a value, and of those that have the place of it.
fn data(column: &CodedColumn) -> Vec<u8> {
    let mut levels = Vec::new();
    match &column.there {
        None => hybrid::run(1, column.rows(), 1, &mut levels),
        Some(there) => {
            let there: Vec<u16> = there.iter().map(|it| u16::from(*it)).collect();
            hybrid::write(&there, 1, &mut levels);
        }
    }
    let mut data = Vec::with_capacity(levels.len() + column.codes.len() * 2 + 16);
    // A row group has as many rows as a stretch: their levels are far from filling 32 bits.
    data.extend(u32::try_from(levels.len()).unwrap_or(u32::MAX).to_le_bytes());
    data.extend(levels);
    let width = hybrid::width(column.different);
    data.push(width);
    hybrid::write(&column.codes, width, &mut data);
    data
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        ArrayRef, ArrowPrimitiveType, AsArray, DictionaryArray, PrimitiveArray, RecordBatch,
        StringArray,
    };
    use arrow::datatypes::{
        DataType, Decimal32Type, Decimal64Type, Decimal128Type, Field, Int32Type, Schema,
    };
    use parquet::arrow::ArrowSchemaConverter;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::types::SchemaDescriptor;
    use proptest::prelude::*;

    use super::*;

    fn described(array: &ArrayRef) -> SchemaDescriptor {
        let schema = Schema::new(vec![Field::new("column", array.data_type().clone(), true)]);
        ArrowSchemaConverter::new().with_coerce_types(false).convert(&schema).unwrap()
    }

    /// What the library reads in a file of one coded column, of which these arrays are the parts.
    fn read(arrays: &[ArrayRef]) -> RecordBatch {
        let of = described(&arrays[0]);
        let properties = Arc::new(WriterProperties::default());
        let mut file =
            SerializedFileWriter::new(Vec::new(), of.root_schema_ptr(), properties).unwrap();
        let pages = Pages::of(CodedColumn::of(arrays).unwrap(), &of.column(0)).unwrap();
        let mut group = file.next_row_group().unwrap();
        group.append_column(&pages.bytes, pages.close).unwrap();
        group.close().unwrap();
        let bytes = Bytes::from(file.into_inner().unwrap());
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap();
        let mut batches = reader.with_batch_size(1 << 17).build().unwrap();
        batches.next().unwrap().unwrap()
    }

    /// Numbers of which some are not there, alone and in stretches of the same.
    fn numbers() -> impl Strategy<Value = Vec<Option<i32>>> {
        let different = prop_oneof![Just(1), 2..4, 250..260, 60_000..65_536];
        let runs = different.prop_flat_map(|most| {
            let one = (prop::option::weighted(0.9, 0..most), 1_usize..70);
            prop::collection::vec(one, 1..200)
        });
        // Short stretches are of different numbers.
        let spread = |(value, times): (Option<i32>, usize)| {
            (1..).take(times).map(move |at| value.map(|it| if times < 40 { it / at } else { it }))
        };
        runs.prop_map(move |it| it.into_iter().flat_map(spread).collect())
    }

    fn array<T: ArrowPrimitiveType>(all: &[Option<T::Native>], ty: DataType) -> ArrayRef {
        let array: PrimitiveArray<T> = all.iter().copied().collect();
        Arc::new(array.with_data_type(ty))
    }

    /// The library reads decimals of any length in the longest form.
    fn mantissas(batch: &RecordBatch) -> impl Iterator<Item = Option<i128>> {
        batch.column(0).as_primitive::<Decimal128Type>().iter()
    }

    /// Texts of a part, named in an order of its own, and a name that stands nowhere.
    fn texts(all: &[Option<i32>]) -> ArrayRef {
        let mut names = vec!["nowhere".to_owned()];
        let keys = all.iter().map(|it| {
            let name = format!("{:x}", (*it)?.unsigned_abs());
            let known = names.iter().position(|own| *own == name);
            let at = known.unwrap_or_else(|| {
                names.push(name);
                names.len() - 1
            });
            i32::try_from(at).ok()
        });
        let keys = keys.collect();
        let names = Arc::new(StringArray::from_iter_values(names));
        Arc::new(DictionaryArray::<Int32Type>::try_new(keys, names).unwrap())
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(
            all in numbers(),
            cut in 0_usize..=100,
            below in -70_000..70_000,
        ) {
            let all: Vec<Option<i32>> = all.into_iter().map(|it| it.map(|it| it + below)).collect();
            let (one, other) = all.split_at(all.len() * cut / 100);

            let ty = DataType::Decimal32(9, 2);
            let batch = read(&[one, other].map(|it| array::<Decimal32Type>(it, ty.clone())));
            prop_assert!(mantissas(&batch).eq(all.iter().map(|it| it.map(i128::from))));

            let far = 1_i64 << 40;
            let long: Vec<Option<i64>> = all.iter().map(|it| it.map(|it| far + i64::from(it))).collect();
            let (one, other) = long.split_at(one.len());
            let ty = DataType::Decimal64(18, 0);
            let batch = read(&[one, other].map(|it| array::<Decimal64Type>(it, ty.clone())));
            prop_assert!(mantissas(&batch).eq(long.iter().map(|it| it.map(i128::from))));
        }

        #[test]
        fn texts_are_read_wherever_parts_begin(all in numbers(), cut in 0_usize..=100) {
            let all: Vec<Option<i32>> = all.into_iter().map(|it| it.map(|it| it % 300)).collect();
            let (one, other) = all.split_at(all.len() * cut / 100);
            let of = described(&texts(one));
            let pages = |parts: &[ArrayRef]| {
                Pages::of(CodedColumn::of(parts).unwrap(), &of.column(0)).unwrap().bytes
            };
            prop_assert_eq!(pages(&[texts(one), texts(other)]), pages(&[texts(&all)]));

            let batch = read(&[texts(one), texts(other)]);
            let found = arrow::compute::cast(batch.column(0), &DataType::Utf8).unwrap();
            let found: Vec<Option<String>> =
                found.as_string::<i32>().iter().map(|it| it.map(str::to_owned)).collect();
            let all: Vec<Option<String>> =
                all.iter().map(|it| it.map(|it| format!("{:x}", it.unsigned_abs()))).collect();
            prop_assert_eq!(found, all);
        }
    }

    #[test]
    fn numbers_far_apart_are_for_the_library() {
        let ty = DataType::Decimal64(18, 0);
        let column =
            |all: &[Option<i64>]| CodedColumn::of(&[array::<Decimal64Type>(all, ty.clone())]);
        assert!(column(&[Some(0), Some(65_536)]).is_none());
        assert!(column(&[Some(i64::MIN), Some(i64::MAX)]).is_none());
        assert_eq!(column(&[Some(0), Some(65_535)]).unwrap().different, 2);
        assert_eq!(column(&[None, None]).unwrap().different, 0);
    }
}
