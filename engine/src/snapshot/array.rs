//! A column as arrays of Arrow; [`taking`](super::taking) has the way back.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, BooleanArray, DictionaryArray, NullArray, PrimitiveArray,
    StringArray,
};
use arrow::buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow::datatypes::{
    ArrowDictionaryKeyType, DataType, Date32Type, Decimal32Type, Decimal64Type, Decimal128Type,
    Field as ArrowField, Int8Type, Int16Type, Int32Type, Int64Type, Metadata,
};
use arrow::error::ArrowError;
use heng_dsl::model::linked::Linked;
use heng_dsl::model::{Field, TyKind};

use crate::columns::{Column, Dictionary, Kind, Lanes, state};

/// What a column says about itself: the least and the greatest of its numbers.
pub(super) const LOW: &str = "heng.low";
pub(super) const HIGH: &str = "heng.high";

/// How a column is written.
pub(super) struct Form {
    /// What kind of numbers it has.
    kind: Kind,
    /// Between which bounds they lie.
    bounds: Option<(i128, i128)>,
    /// Its type; [`DataType::Null`] where all is 缺失.
    ty: DataType,
    /// What the numbers of texts and members say, and the number of each in the file.
    words: Option<(ArrayRef, Vec<i32>)>,
}

impl Form {
    /// The form of a column whose numbers lie within bounds; `used` are those of its texts.
    pub(super) fn of(
        linked: &Linked,
        field: &Field,
        bounds: Option<(i128, i128)>,
        (used, dictionary): (&[i32], &Dictionary),
    ) -> Self {
        let kind = Kind::of(&field.ty.kind).unwrap_or(Kind::Symbol);
        let Some((low, high)) = bounds else {
            return Self { kind, bounds: None, ty: DataType::Null, words: None };
        };
        let words = match &field.ty.kind {
            TyKind::Member(of) => {
                let members = &linked.enumeration(of.slot.index()).members;
                let names =
                    StringArray::from_iter_values(members.iter().map(|it| it.name.as_ref()));
                Some((Arc::new(names) as ArrayRef, Vec::new()))
            }
            _ if kind == Kind::Symbol => Some(words(used, dictionary)),
            _ => None,
        };
        let ty = match &words {
            Some((words, _)) => dictionary_of(words.len()),
            None => ty(kind, low, high),
        };
        Self { kind, bounds, ty, words }
    }

    /// The field of the file.
    pub(super) fn field(&self, name: &str, reading: &str) -> ArrowField {
        let mut about = vec![("heng".to_owned(), reading.to_owned())];
        // Texts are numbered anew by whoever reads them.
        if let Some((low, high)) = self.bounds.filter(|_| self.kind != Kind::Symbol) {
            about.push((LOW.to_owned(), low.to_string()));
            about.push((HIGH.to_owned(), high.to_string()));
        }
        ArrowField::new(name, self.ty.clone(), true)
            .with_metadata(about.into_iter().collect::<Metadata>())
    }

    /// Some rows as an array.
    pub(super) fn array(
        &self,
        column: Option<&Column>,
        of: std::ops::Range<usize>,
    ) -> Result<ArrayRef, ArrowError> {
        if self.ty == DataType::Null {
            return Ok(Arc::new(NullArray::new(of.len())));
        }
        let part = match column {
            Some(it) => it.slice(of.start, of.end),
            None => Column::missing(self.kind, of.len()),
        };
        let nulls = part.states.as_ref().map(|all| {
            NullBuffer::new(BooleanBuffer::collect_bool(all.len(), |at| {
                all.get(at) == Some(&state::THERE)
            }))
        });
        let lanes = part.lanes;
        Ok(match &self.ty {
            DataType::Boolean => {
                let Lanes::Bits(it) = lanes else { return Err(mistake("no bits")) };
                let bits = BooleanBuffer::collect_bool(it.len(), |at| it.get(at) == Some(&1));
                Arc::new(BooleanArray::new(bits, nulls))
            }
            DataType::Dictionary(keys, _) => {
                let (values, numbers) = self.words.clone().ok_or_else(|| mistake("no words"))?;
                let mut it = short(lanes)?;
                if self.kind == Kind::Symbol {
                    let own = |it: &i32| numbers.get(usize::try_from(*it).ok()?).copied();
                    it.iter_mut().for_each(|it| *it = own(it).unwrap_or_default());
                }
                match keys.as_ref() {
                    DataType::Int8 => worded::<Int8Type>(&it, nulls, values)?,
                    DataType::Int16 => worded::<Int16Type>(&it, nulls, values)?,
                    _ => worded::<Int32Type>(&it, nulls, values)?,
                }
            }
            DataType::Int8 => narrow::<Int8Type>(&short(lanes)?, nulls)?,
            DataType::Int16 => narrow::<Int16Type>(&short(lanes)?, nulls)?,
            DataType::Date32 => plain::<Date32Type>(short(lanes)?, nulls, &self.ty),
            DataType::Int32 => plain::<Int32Type>(short(lanes)?, nulls, &self.ty),
            DataType::Decimal32(..) => plain::<Decimal32Type>(short(lanes)?, nulls, &self.ty),
            DataType::Int64 => plain::<Int64Type>(long(lanes)?, nulls, &self.ty),
            DataType::Decimal64(..) => plain::<Decimal64Type>(long(lanes)?, nulls, &self.ty),
            _ => plain::<Decimal128Type>(wide(lanes), nulls, &self.ty),
        })
    }
}

/// The numbers of lanes that may be wider than they would have to be.
fn short(lanes: Lanes) -> Result<Vec<i32>, ArrowError> {
    match lanes {
        Lanes::Short(it) => Ok(it),
        other => {
            let each = (0..other.len()).map(|at| i32::try_from(other.at(at)));
            each.collect::<Result<_, _>>().map_err(|it| ArrowError::ExternalError(Box::new(it)))
        }
    }
}

fn long(lanes: Lanes) -> Result<Vec<i64>, ArrowError> {
    match lanes {
        Lanes::Long(it) => Ok(it),
        Lanes::Short(it) => Ok(it.into_iter().map(i64::from).collect()),
        other => {
            let each = (0..other.len()).map(|at| i64::try_from(other.at(at)));
            each.collect::<Result<_, _>>().map_err(|it| ArrowError::ExternalError(Box::new(it)))
        }
    }
}

fn wide(lanes: Lanes) -> Vec<i128> {
    match lanes {
        Lanes::Wide(it) => it,
        other => (0..other.len()).map(|at| other.at(at)).collect(),
    }
}

fn mistake(what: &str) -> ArrowError {
    ArrowError::InvalidArgumentError(what.to_owned())
}

fn plain<T: ArrowPrimitiveType>(
    all: Vec<T::Native>,
    nulls: Option<NullBuffer>,
    ty: &DataType,
) -> ArrayRef {
    Arc::new(PrimitiveArray::<T>::new(ScalarBuffer::from(all), nulls).with_data_type(ty.clone()))
}

/// Numbers in a narrower type.
fn narrow<T: ArrowPrimitiveType<Native: TryFrom<i32>>>(
    all: &[i32],
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef, ArrowError> {
    Ok(Arc::new(narrowed::<T>(all, nulls)?))
}

fn narrowed<T: ArrowPrimitiveType<Native: TryFrom<i32>>>(
    all: &[i32],
    nulls: Option<NullBuffer>,
) -> Result<PrimitiveArray<T>, ArrowError> {
    // What is not there has some number, which need not fit.
    let is_there = |at: usize| nulls.as_ref().is_none_or(|it| it.is_valid(at));
    let own = |(at, it): (usize, &i32)| match T::Native::try_from(*it) {
        Err(_) if is_there(at) => None,
        own => Some(own.unwrap_or_default()),
    };
    let all: Option<Vec<T::Native>> = all.iter().enumerate().map(own).collect();
    let all = all.ok_or_else(|| mistake("a number is too long"))?;
    Ok(PrimitiveArray::<T>::new(ScalarBuffer::from(all), nulls))
}

fn worded<T: ArrowDictionaryKeyType<Native: TryFrom<i32>>>(
    all: &[i32],
    nulls: Option<NullBuffer>,
    words: ArrayRef,
) -> Result<ArrayRef, ArrowError> {
    Ok(Arc::new(DictionaryArray::try_new(narrowed::<T>(all, nulls)?, words)?))
}

/// The type of a dictionary of so many words, which are numbered from zero.
fn dictionary_of(words: usize) -> DataType {
    let keys = match words {
        0..=0x80 => DataType::Int8,
        0x81..=0x8000 => DataType::Int16,
        _ => DataType::Int32,
    };
    DataType::Dictionary(Box::new(keys), Box::new(DataType::Utf8))
}

/// The narrowest type that other programs read and that holds all numbers.
fn ty(kind: Kind, low: i128, high: i128) -> DataType {
    let digits = |count: u32| 10_i128.pow(count) > high && -(10_i128.pow(count)) < low;
    let fits = |least: i128, most: i128| least <= low && high <= most;
    let is_short = fits(i32::MIN.into(), i32::MAX.into());
    let is_long = fits(i64::MIN.into(), i64::MAX.into());
    match kind {
        Kind::Bool => DataType::Boolean,
        Kind::Date => DataType::Date32,
        Kind::Member | Kind::Symbol => dictionary_of(usize::MAX),
        Kind::Number(places) => {
            let of = i8::try_from(places).unwrap_or_default();
            match places {
                0 if fits(i8::MIN.into(), i8::MAX.into()) => DataType::Int8,
                0 if fits(i16::MIN.into(), i16::MAX.into()) => DataType::Int16,
                0 if is_short => DataType::Int32,
                0 if is_long => DataType::Int64,
                _ if is_short && digits(9) => DataType::Decimal32(9, of),
                _ if is_long && digits(18) => DataType::Decimal64(18, of),
                _ => DataType::Decimal128(38, of),
            }
        }
    }
}

fn numbered<T: Copy>((at, number): (usize, &T)) -> Option<(usize, usize)>
where
    usize: TryFrom<T>,
{
    Some((at, usize::try_from(*number).ok()?))
}

/// The numbers of the texts that stand in a column, ascending.
pub(super) fn used(column: &Column) -> Vec<i32> {
    let mut seen: Vec<bool> = Vec::new();
    let mut note = |(at, number): (usize, usize)| {
        if column.state(at) == state::THERE {
            if seen.len() <= number {
                seen.resize(number + 1, false);
            }
            if let Some(place) = seen.get_mut(number) {
                *place = true;
            }
        }
    };
    match &column.lanes {
        Lanes::Brief(all) => (0..).zip(all).filter_map(numbered).for_each(&mut note),
        Lanes::Short(all) => (0..).zip(all).filter_map(numbered).for_each(&mut note),
        // No texts are numbered there.
        Lanes::Bits(_) | Lanes::Long(_) | Lanes::Wide(_) => {}
    }
    (0..).zip(seen).filter(|it| it.1).map(|it| it.0).collect()
}

/// What some numbers say, and what each number of the dictionary is in the file.
fn words(used: &[i32], dictionary: &Dictionary) -> (ArrayRef, Vec<i32>) {
    // What is not there has some number.
    let mut numbers: Vec<i32> = Vec::new();
    let mut words: Vec<&str> = Vec::new();
    for (next, number) in (0..).zip(used) {
        let Ok(number) = usize::try_from(*number) else { continue };
        numbers.resize(number + 1, 0);
        if let Some(place) = numbers.get_mut(number) {
            *place = next;
        }
        words.push(dictionary.text(number).unwrap_or_default());
    }
    // A key needs a word, even if there is none.
    if words.is_empty() {
        words.push("");
    }
    let words = StringArray::from_iter_values(words);
    (Arc::new(words), numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_short_as_they_may_be() {
        let number = |low, high| ty(Kind::Number(0), low, high);
        assert_eq!(number(-128, 127), DataType::Int8);
        assert_eq!(number(0, 128), DataType::Int16);
        assert_eq!(number(-32_769, 0), DataType::Int32);
        assert_eq!(number(0, 1 << 40), DataType::Int64);
        let keys = |words| match dictionary_of(words) {
            DataType::Dictionary(keys, _) => *keys,
            other => other,
        };
        let all = [128, 129, 32_768, 32_769].map(keys);
        assert_eq!(all, [DataType::Int8, DataType::Int16, DataType::Int16, DataType::Int32]);
    }

    #[test]
    fn what_is_not_there_need_not_fit() {
        let nulls = NullBuffer::from(vec![true, false]);
        let narrow = |all: &[i32]| narrowed::<Int8Type>(all, Some(nulls.clone()));
        let own = narrow(&[-128, 1000]).unwrap();
        assert_eq!(own.iter().collect::<Vec<_>>(), [Some(-128), None]);
        assert!(narrow(&[128, 0]).is_err());
    }
}
