//! A column of few different values: each once, in order, and by row which of them stands there.
//!
//! The library finds which value stands in a row by hashing it. Of the columns of a result more is known:
//! they are texts that are numbered already, and whole numbers that lie close together, so that a table
//! by number says which it is.

use std::borrow::Cow;
use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, DictionaryArray, PrimitiveArray};
use arrow::datatypes::{DataType, Date32Type, Decimal32Type, Decimal64Type, Int32Type};
use parquet::file::statistics::Statistics;

/// Numbers of which the least and the greatest lie as far apart as this are left to the library.
const CLOSE: usize = 1 << 16;

/// A column, as its pages need it.
pub(super) struct CodedColumn {
    /// The different values in order, as the format writes them plainly.
    pub(super) dictionary: Vec<u8>,
    pub(super) different: usize,
    /// By row that has a value: which one.
    pub(super) codes: Vec<u16>,
    /// By row, whether it has a value; nothing where all have.
    pub(super) there: Option<Vec<bool>>,
    /// The least and the greatest number; texts have none.
    pub(super) statistics: Option<Statistics>,
}

impl CodedColumn {
    /// The column that these arrays make; nothing where they are of something else, or lie too far apart.
    pub(super) fn of(arrays: &[ArrayRef]) -> Option<Self> {
        match arrays.first()?.data_type() {
            DataType::Date32 => of_numbers::<Date32Type>(arrays),
            DataType::Decimal32(..) => of_numbers::<Decimal32Type>(arrays),
            DataType::Decimal64(..) => of_numbers::<Decimal64Type>(arrays),
            DataType::Dictionary(..) => of_texts(arrays),
            _ => None,
        }
    }

    /// How many rows it has.
    pub(super) fn rows(&self) -> usize {
        self.there.as_ref().map_or(self.codes.len(), Vec::len)
    }
}

/// Whole numbers of 32 or 64 bits.
trait Whole: Copy + Ord + Into<i64> + TryFrom<i64> {
    fn plain(self, to: &mut Vec<u8>);
    fn statistics(ends: Option<(Self, Self)>, nulls: u64) -> Statistics;
}

impl Whole for i32 {
    fn plain(self, to: &mut Vec<u8>) {
        to.extend(self.to_le_bytes());
    }

    fn statistics(ends: Option<(Self, Self)>, nulls: u64) -> Statistics {
        Statistics::int32(ends.map(|it| it.0), ends.map(|it| it.1), None, Some(nulls), false)
    }
}

impl Whole for i64 {
    fn plain(self, to: &mut Vec<u8>) {
        to.extend(self.to_le_bytes());
    }

    fn statistics(ends: Option<(Self, Self)>, nulls: u64) -> Statistics {
        Statistics::int64(ends.map(|it| it.0), ends.map(|it| it.1), None, Some(nulls), false)
    }
}

fn of_numbers<T: ArrowPrimitiveType<Native: Whole>>(arrays: &[ArrayRef]) -> Option<CodedColumn> {
    let arrays = arrays.iter().map(|it| it.as_primitive_opt::<T>());
    let parts: Vec<&PrimitiveArray<T>> = arrays.collect::<Option<_>>()?;
    let numbers: Vec<Cow<'_, [T::Native]>> = parts.iter().map(|it| present(it)).collect();
    let first = numbers.iter().filter_map(|it| it.iter().min()).min().copied();
    let ends = first.zip(numbers.iter().filter_map(|it| it.iter().max()).max().copied());
    let (least, greatest): (i64, i64) = ends.map_or((0, 0), |it| (it.0.into(), it.1.into()));
    let span = usize::try_from(greatest.checked_sub(least)?).ok().filter(|it| *it < CLOSE)?;
    // As close as the ends are, each is as far above the least one as 16 bits say.
    let above = |it: &T::Native| low((*it).into() - least);
    let mut codes: Vec<u16> = numbers.iter().flat_map(|it| it.iter().map(above)).collect();
    let mut table = Table::of(&codes);
    let (mut dictionary, mut different) = (Vec::new(), 0);
    for (number, code) in (least..).zip(table.used(span)) {
        let Some(code) = code else { continue };
        *code = u16::try_from(different).ok()?;
        different += 1;
        T::Native::try_from(number).ok()?.plain(&mut dictionary);
    }
    codes.iter_mut().for_each(|it| *it = table.at(*it));
    let nulls = parts.iter().map(|it| it.null_count() as u64).sum();
    let statistics = Some(T::Native::statistics(ends, nulls));
    Some(CodedColumn { dictionary, different, codes, there: there(&parts), statistics })
}

fn of_texts(arrays: &[ArrayRef]) -> Option<CodedColumn> {
    let arrays = arrays.iter().map(|it| it.as_dictionary_opt::<Int32Type>());
    let parts: Vec<&DictionaryArray<Int32Type>> = arrays.collect::<Option<_>>()?;
    let texts: Vec<Texts<'_>> = parts.iter().map(|it| Texts::of(it)).collect::<Option<_>>()?;
    // Which texts have a code, and which, must not depend on where parts begin: those that stand somewhere, in order.
    let mut codes: BTreeMap<&str, u16> = BTreeMap::new();
    for part in &texts {
        codes.extend(part.used().map(|it| (it, 0)));
    }
    let mut dictionary = Vec::new();
    for (code, (text, own)) in codes.iter_mut().enumerate() {
        *own = u16::try_from(code).ok()?;
        dictionary.extend(u32::try_from(text.len()).ok()?.to_le_bytes());
        dictionary.extend(text.as_bytes());
    }
    let different = codes.len();
    let codes = texts.iter().flat_map(|it| it.coded(&codes)).collect();
    let keys: Vec<&PrimitiveArray<Int32Type>> = parts.iter().map(|it| it.keys()).collect();
    Some(CodedColumn { dictionary, different, codes, there: there(&keys), statistics: None })
}

/// The texts of a part.
struct Texts<'a> {
    names: Vec<&'a str>,
    /// By row that has a text: which name.
    places: Vec<u16>,
}

impl<'a> Texts<'a> {
    /// Nothing where there are more names than codes.
    fn of(array: &'a DictionaryArray<Int32Type>) -> Option<Self> {
        let names = array.values().as_string_opt::<i32>()?;
        let names: Vec<&str> = names.iter().map(Option::unwrap_or_default).collect();
        u16::try_from(names.len()).ok()?;
        let places = present(array.keys()).iter().map(|it| low((*it).into())).collect();
        Some(Self { names, places })
    }

    /// The names that stand in some row.
    fn used(&self) -> impl Iterator<Item = &'a str> {
        let mut table = Table::of(&self.places);
        let used: Vec<bool> = table.used(self.names.len()).map(|it| it.is_some()).collect();
        self.names.iter().zip(used).filter(|it| it.1).map(|it| *it.0)
    }

    fn coded(&self, codes: &BTreeMap<&str, u16>) -> Vec<u16> {
        let own = self.names.iter().map(|it| codes.get(it).copied().unwrap_or_default());
        let mut table = Table::default();
        table.0.iter_mut().zip(own).for_each(|(place, code)| *place = code);
        self.places.iter().map(|it| table.at(*it)).collect()
    }
}

/// Something for every number of 16 bits.
struct Table(Vec<u16>);

impl Default for Table {
    fn default() -> Self {
        Self(vec![0; CLOSE])
    }
}

impl Table {
    /// One where a number stands among these, else zero.
    fn of(numbers: &[u16]) -> Self {
        let mut own = Self::default();
        for number in numbers {
            if let Some(place) = own.0.get_mut(usize::from(*number)) {
                *place = 1;
            }
        }
        own
    }

    fn at(&self, number: u16) -> u16 {
        self.0.get(usize::from(number)).copied().unwrap_or_default()
    }

    /// The places of the numbers up to one, it included; nothing for those that do not stand among the numbers.
    fn used(&mut self, last: usize) -> impl Iterator<Item = Option<&mut u16>> {
        self.0.iter_mut().take(last + 1).map(|it| (*it > 0).then_some(it))
    }
}

/// The lowest 16 bits.
fn low(number: i64) -> u16 {
    let [low, high, ..] = number.to_le_bytes();
    u16::from_le_bytes([low, high])
}

/// What stands in the rows that have something.
fn present<T: ArrowPrimitiveType>(array: &PrimitiveArray<T>) -> Cow<'_, [T::Native]> {
    match array.null_count() {
        0 => Cow::Borrowed(array.values()),
        _ => Cow::Owned(array.iter().flatten().collect()),
    }
}

fn there<T: ArrowPrimitiveType>(parts: &[&PrimitiveArray<T>]) -> Option<Vec<bool>> {
    if parts.iter().all(|it| it.null_count() == 0) {
        return None;
    }
    Some(parts.iter().flat_map(|it| (0..it.len()).map(|at| it.is_valid(at))).collect())
}
