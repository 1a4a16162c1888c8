//! The results of a stretch of households: columns to a file of Arrow, and back.

use std::io;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, AsArray as _, BooleanArray, DictionaryArray, PrimitiveArray, RecordBatch,
    RecordBatchOptions, StringArray,
};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Decimal128Type, Field, Int8Type, Int16Type, Int32Type, Int64Type,
    Schema, UInt8Type,
};
use arrow::error::ArrowError;
use arrow::ipc::writer::FileWriter;
use heng_dsl::value::Value;

use super::manifest::StoredFile;
use super::summed::Summed;
use super::write::KEY;
use crate::columnar::{Kept, states_only};
use crate::columns::{Column, Dictionary, Kind, Lanes, Texts, state};

/// How names of files of results begin.
pub(super) const STEM: &str = "results-";

/// Behind the name of a column whose numbers say what is there instead of a value; no name ends like this.
const STATES: &str = ":states";

/// What a column says of the numbers that it holds.
const KIND: &str = "heng.kind";

/// Writes the results of a stretch, by number.
///
/// # Errors
///
/// The file cannot be written.
pub(super) fn write(
    folder: &Path,
    number: usize,
    (keys, all, dictionary): (&Texts, &[Kept<'_>], &Dictionary),
) -> io::Result<StoredFile> {
    let name = format!("{STEM}{number:06}.arrow");
    let path = folder.join(&name);
    let own = StringArray::from_iter_values((0..keys.len()).map(|it| keys.get(it)));
    let mut fields = vec![Field::new(KEY, DataType::Utf8, false)];
    let mut arrays: Vec<ArrayRef> = vec![Arc::new(own)];
    for it in all {
        if !it.only_states {
            let array = array(it, dictionary).map_err(io::Error::other)?;
            let kind = [(KIND.to_owned(), named(it.kind))];
            fields.push(Field::new(it.name, array.data_type().clone(), true).with_metadata(kind));
            arrays.push(array);
        }
        if let Some(states) = &it.column.states {
            fields.push(Field::new(format!("{}{STATES}", it.name), DataType::UInt8, false));
            arrays.push(Arc::new(PrimitiveArray::<UInt8Type>::from(states.clone())));
        }
    }
    let schema = Arc::new(Schema::new(fields));
    let options = RecordBatchOptions::new().with_row_count(Some(keys.len()));
    let batch = RecordBatch::try_new_with_options(Arc::clone(&schema), arrays, &options);
    let write = || -> Result<Summed, ArrowError> {
        let mut file = FileWriter::try_new(Summed::begin(path)?, &schema)?;
        file.write(&batch?)?;
        file.finish()?;
        file.into_inner()
    };
    let stretches = write().map_err(io::Error::other)?.finish()?;
    Ok(StoredFile { stretches, name, rows: keys.len() as u64 })
}

fn named(kind: Kind) -> String {
    match kind {
        Kind::Bool => "bool".to_owned(),
        Kind::Number(places) => format!("number {places}"),
        Kind::Date => "date".to_owned(),
        Kind::Member => "member".to_owned(),
        Kind::Symbol => "value".to_owned(),
    }
}

/// A column in the narrowest type for what it holds.
fn array(kept: &Kept<'_>, dictionary: &Dictionary) -> Result<ArrayRef, ArrowError> {
    let Column { lanes, states, .. } = &kept.column;
    let nulls = states.as_ref().map(|all| {
        NullBuffer::new(BooleanBuffer::collect_bool(all.len(), |at| {
            all.get(at) == Some(&state::THERE)
        }))
    });
    if kept.kind == Kind::Symbol {
        return words(lanes, nulls, dictionary);
    }
    if let Lanes::Bits(all) = lanes {
        let bits = BooleanBuffer::collect_bool(all.len(), |at| all.get(at) == Some(&1));
        return Ok(Arc::new(BooleanArray::new(bits, nulls)));
    }
    let (low, high) = lanes.bounds();
    let fits = |least: i128, most: i128| least <= low && high <= most;
    Ok(if fits(i8::MIN.into(), i8::MAX.into()) {
        numbers::<Int8Type>(lanes, nulls)
    } else if fits(i16::MIN.into(), i16::MAX.into()) {
        numbers::<Int16Type>(lanes, nulls)
    } else if fits(i32::MIN.into(), i32::MAX.into()) {
        numbers::<Int32Type>(lanes, nulls)
    } else if fits(i64::MIN.into(), i64::MAX.into()) {
        numbers::<Int64Type>(lanes, nulls)
    } else {
        let all = numbers::<Decimal128Type>(lanes, nulls);
        let all = all.as_primitive::<Decimal128Type>().clone();
        Arc::new(all.with_precision_and_scale(38, 0)?)
    })
}

fn numbers<T: ArrowPrimitiveType>(lanes: &Lanes, nulls: Option<NullBuffer>) -> ArrayRef
where
    T::Native: Default + TryFrom<i32> + TryFrom<i64> + TryFrom<i128>,
{
    fn own<F: Copy, T: TryFrom<F> + Default>(all: &[F]) -> Vec<T> {
        all.iter().map(|it| T::try_from(*it).unwrap_or_default()).collect()
    }
    let all: Vec<T::Native> = match lanes {
        Lanes::Bits(all) => own(&all.iter().map(|it| i32::from(*it)).collect::<Vec<i32>>()),
        Lanes::Brief(all) => own(&all.iter().map(|it| i32::from(*it)).collect::<Vec<i32>>()),
        Lanes::Short(all) => own(all),
        Lanes::Long(all) => own(all),
        Lanes::Wide(all) => own(all),
    };
    Arc::new(PrimitiveArray::<T>::new(all.into(), nulls))
}

/// Texts and frequencies by number; what each number says stands beside them as JSON.
fn words(
    lanes: &Lanes,
    nulls: Option<NullBuffer>,
    dictionary: &Dictionary,
) -> Result<ArrayRef, ArrowError> {
    let all: Vec<i128> = (0..lanes.len()).map(|it| lanes.at(it)).collect();
    let mut used = all.clone();
    used.sort_unstable();
    used.dedup();
    let own = |it: &i128| i32::try_from(used.binary_search(it).unwrap_or_default());
    let keys: Result<Vec<i32>, _> = all.iter().map(own).collect();
    let keys = keys.map_err(|it| ArrowError::ExternalError(Box::new(it)))?;
    let said = |it: &i128| {
        let value = usize::try_from(*it).ok().and_then(|it| dictionary.value(it));
        serde_json::to_string(&value.unwrap_or(Value::Missing))
    };
    let words: Result<Vec<String>, _> = used.iter().map(said).collect();
    let words = words.map_err(|it| ArrowError::ExternalError(Box::new(it)))?;
    let keys = PrimitiveArray::<Int32Type>::new(keys.into(), nulls);
    Ok(Arc::new(DictionaryArray::try_new(keys, Arc::new(StringArray::from_iter_values(words)))?))
}

/// The results of a stretch that was read.
pub(super) struct Stretch {
    pub(super) keys: Texts,
    batch: RecordBatch,
}

impl Stretch {
    /// What a file holds.
    ///
    /// # Errors
    ///
    /// It has no keys.
    pub(super) fn of(batch: RecordBatch) -> io::Result<Self> {
        let keys = super::read::keys(&batch)?;
        Ok(Self { keys, batch })
    }

    /// A column; nothing where none of that name was recorded.
    ///
    /// # Errors
    ///
    /// It is of another type.
    pub(super) fn column(
        &self,
        name: &str,
        kind: Kind,
        dictionary: &Dictionary,
    ) -> io::Result<Option<Column>> {
        let states = self.batch.column_by_name(&format!("{name}{STATES}"));
        let states = states.map(|it| {
            let all = it.as_primitive_opt::<UInt8Type>().map(|it| it.values().to_vec());
            all.ok_or_else(|| other_form(name))
        });
        let states = states.transpose()?;
        let Some(array) = self.batch.column_by_name(name) else {
            return Ok(Some(states_only(states, self.batch.num_rows())));
        };
        let lanes = lanes(array, kind, dictionary).ok_or_else(|| other_form(name))?;
        let (low, high) = lanes.bounds();
        Ok(Some(Column { lanes, states, low, high }))
    }
}

fn other_form(name: &str) -> io::Error {
    io::Error::other(format!("“{name}” is of another type"))
}

fn lanes(array: &ArrayRef, kind: Kind, dictionary: &Dictionary) -> Option<Lanes> {
    fn short<T: ArrowPrimitiveType>(array: &ArrayRef) -> Lanes
    where
        i32: From<T::Native>,
    {
        Lanes::Short(array.as_primitive::<T>().values().iter().map(|it| i32::from(*it)).collect())
    }
    Some(match array.data_type() {
        DataType::Boolean => {
            Lanes::Bits(array.as_boolean().values().iter().map(u8::from).collect())
        }
        DataType::Int8 => short::<Int8Type>(array),
        DataType::Int16 => short::<Int16Type>(array),
        DataType::Int32 => short::<Int32Type>(array),
        DataType::Int64 => Lanes::Long(array.as_primitive::<Int64Type>().values().to_vec()),
        DataType::Decimal128(..) => {
            Lanes::Wide(array.as_primitive::<Decimal128Type>().values().to_vec())
        }
        DataType::Dictionary(..) if kind == Kind::Symbol => {
            let array = array.as_dictionary_opt::<Int32Type>()?;
            let words = array.values().as_string_opt::<i32>()?;
            let number = |word: Option<&str>| {
                let value: Value = serde_json::from_str(word?).ok()?;
                let none = if value == Value::Missing { 0 } else { -1 };
                i32::try_from(dictionary.number(&value).unwrap_or(none)).ok()
            };
            let numbers: Option<Vec<i32>> = words.iter().map(number).collect();
            let numbers = numbers?;
            let own = |it: &i32| numbers.get(usize::try_from(*it).ok()?).copied();
            Lanes::Short(array.keys().values().iter().map(own).collect::<Option<_>>()?)
        }
        _ => return None,
    })
}
