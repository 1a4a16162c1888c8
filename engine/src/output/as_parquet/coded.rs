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

use crate::part::{Lanes, Numerals};

/// Numbers of which the least and the greatest lie as far apart as this are left to the library.
pub(super) const CLOSE: usize = 1 << 16;

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
        let ty = arrays.first()?.data_type();
        let lanes = match ty {
            DataType::Date32 => numbers::<Date32Type>(arrays, Numerals::Short)?,
            DataType::Decimal32(..) => numbers::<Decimal32Type>(arrays, Numerals::Short)?,
            DataType::Decimal64(..) => numbers::<Decimal64Type>(arrays, Numerals::Long)?,
            DataType::Dictionary(..) => return of_words(arrays),
            _ => return None,
        };
        Self::of_numbers(&[lanes], &[], ty)
    }

    /// The column that pieces of numbers make, some of which may not be there; `names` say what those from zero on stand
    /// for, where they stand for texts. Nothing where they are of something else, or lie too far apart.
    pub(super) fn of_numbers(pieces: &[Lanes], names: &[String], ty: &DataType) -> Option<Self> {
        if matches!(ty, DataType::Boolean | DataType::Decimal128(..)) {
            return None;
        }
        let close = Close::of(pieces)?;
        // What is there of all is not said of each.
        let is_whole = |it: &Lanes| it.there.as_ref().is_none_or(|it| !it.contains(&false));
        let there = (!pieces.iter().all(is_whole)).then(|| {
            let mut all = Vec::new();
            for it in pieces {
                match &it.there {
                    Some(own) => all.extend_from_slice(own),
                    None => all.resize(all.len() + it.numbers.len(), true),
                }
            }
            all
        });
        match ty {
            DataType::Date32 | DataType::Decimal32(..) => close.column::<i32>(there),
            DataType::Decimal64(..) => close.column::<i64>(there),
            DataType::Dictionary(..) => of_texts(&[close.texts(names)?], there),
            _ => None,
        }
    }

    /// How many rows it has.
    pub(super) fn rows(&self) -> usize {
        self.there.as_ref().map_or(self.codes.len(), Vec::len)
    }
}

/// Whole numbers of 32 or 64 bits.
trait Whole: Copy + TryFrom<i64> {
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

/// Numbers that lie close together.
struct Close {
    /// The least and the greatest one, if there is any.
    ends: Option<(i64, i64)>,
    /// How far each lies above the least one.
    above: Vec<u16>,
}

impl Close {
    fn of(pieces: &[Lanes]) -> Option<Self> {
        let pieces: Vec<Present<'_>> = pieces.iter().map(Present::of).collect();
        let ends = pieces.iter().filter_map(Present::ends);
        let ends = ends.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        let (least, greatest) = ends.unwrap_or_default();
        usize::try_from(greatest.checked_sub(least)?).ok().filter(|it| *it < CLOSE)?;
        // As close as the ends are, the lowest bits of a difference are all of it.
        let least = low(least);
        let mut above = Vec::with_capacity(pieces.iter().map(Present::len).sum());
        for it in &pieces {
            match it {
                Present::Short(all) => {
                    above.extend(all.iter().map(|it| low((*it).into()).wrapping_sub(least)));
                }
                Present::Long(all) => {
                    above.extend(all.iter().map(|it| low(*it).wrapping_sub(least)));
                }
            }
        }
        Some(Self { ends, above })
    }

    fn column<T: Whole>(self, there: Option<Vec<bool>>) -> Option<CodedColumn> {
        let Self { ends, above: mut codes } = self;
        let (least, greatest) = ends.unwrap_or_default();
        let count = usize::try_from(greatest - least).ok()? + 1;
        let mut table = Table::of(&codes, count);
        let (mut dictionary, mut different) = (Vec::new(), 0);
        for (number, code) in (least..).zip(table.used()) {
            let Some(code) = code else { continue };
            *code = u16::try_from(different).ok()?;
            different += 1;
            T::try_from(number).ok()?.plain(&mut dictionary);
        }
        codes.iter_mut().for_each(|it| *it = table.at(*it));
        let own = |it| T::try_from(it).ok();
        let ends = ends.and_then(|it| own(it.0).zip(own(it.1)));
        let nulls = there.iter().flatten().filter(|it| !**it).count() as u64;
        let statistics = Some(T::statistics(ends, nulls));
        Some(CodedColumn { dictionary, different, codes, there, statistics })
    }

    /// The texts that numbers stand for, each of which has a name.
    fn texts(self, names: &[String]) -> Option<Texts<'_>> {
        let (least, greatest) = self.ends.unwrap_or_default();
        usize::try_from(greatest).ok().filter(|it| *it < names.len().max(1))?;
        let least = u16::try_from(least).ok()?;
        let places = self.above.into_iter().map(|it| it.wrapping_add(least)).collect();
        Some(Texts { names: names.iter().map(String::as_str).collect(), places })
    }
}

/// The numbers that are there of a piece.
enum Present<'p> {
    Short(Cow<'p, [i32]>),
    Long(Cow<'p, [i64]>),
}

impl<'p> Present<'p> {
    fn of(piece: &'p Lanes) -> Self {
        match &piece.numbers {
            Numerals::Short(all) => Self::Short(present(all, piece.there.as_deref())),
            Numerals::Long(all) => Self::Long(present(all, piece.there.as_deref())),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Short(all) => all.len(),
            Self::Long(all) => all.len(),
        }
    }

    /// The least and the greatest one.
    fn ends(&self) -> Option<(i64, i64)> {
        fn of<T: Copy + Ord + Into<i64>>(all: &[T]) -> Option<(i64, i64)> {
            let ends = all.iter().copied().min().zip(all.iter().copied().max())?;
            Some((ends.0.into(), ends.1.into()))
        }
        match self {
            Self::Short(all) => of(all),
            Self::Long(all) => of(all),
        }
    }
}

/// What arrays of numbers hold, side by side.
fn numbers<T: ArrowPrimitiveType>(
    arrays: &[ArrayRef],
    of: impl Fn(Vec<T::Native>) -> Numerals,
) -> Option<Lanes> {
    let arrays = arrays.iter().map(|it| it.as_primitive_opt::<T>());
    let parts: Vec<&PrimitiveArray<T>> = arrays.collect::<Option<_>>()?;
    let numbers = parts.iter().flat_map(|it| it.values()).copied().collect();
    Some(Lanes { places: 0, numbers: of(numbers), there: there(&parts) })
}

fn of_words(arrays: &[ArrayRef]) -> Option<CodedColumn> {
    let arrays = arrays.iter().map(|it| it.as_dictionary_opt::<Int32Type>());
    let parts: Vec<&DictionaryArray<Int32Type>> = arrays.collect::<Option<_>>()?;
    let texts: Vec<Texts<'_>> = parts.iter().map(|it| Texts::of(it)).collect::<Option<_>>()?;
    let keys: Vec<&PrimitiveArray<Int32Type>> = parts.iter().map(|it| it.keys()).collect();
    of_texts(&texts, there(&keys))
}

fn of_texts(texts: &[Texts<'_>], there: Option<Vec<bool>>) -> Option<CodedColumn> {
    // Which texts have a code, and which, must not depend on where parts begin: those that stand somewhere, in order.
    let mut codes: BTreeMap<&str, u16> = BTreeMap::new();
    for part in texts {
        codes.extend(part.used().map(|it| (it, 0)));
    }
    let mut dictionary = Vec::new();
    for (code, (text, own)) in codes.iter_mut().enumerate() {
        *own = u16::try_from(code).ok()?;
        dictionary.extend(u32::try_from(text.len()).ok()?.to_le_bytes());
        dictionary.extend(text.as_bytes());
    }
    let different = codes.len();
    let codes = texts.iter().map(|it| it.coded(&codes)).collect::<Vec<_>>().concat();
    Some(CodedColumn { dictionary, different, codes, there, statistics: None })
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
        let keys = array.keys();
        let there: Option<Vec<bool>> = there(&[keys]);
        let keys = present(keys.values(), there.as_deref());
        let places = keys.iter().map(|it| low((*it).into())).collect();
        Some(Self { names, places })
    }

    /// The names that stand in some row.
    fn used(&self) -> impl Iterator<Item = &'a str> {
        let mut table = Table::of(&self.places, self.names.len());
        let used: Vec<bool> = table.used().map(|it| it.is_some()).collect();
        self.names.iter().zip(used).filter(|it| it.1).map(|it| *it.0)
    }

    fn coded(&self, codes: &BTreeMap<&str, u16>) -> Vec<u16> {
        let own = self.names.iter().map(|it| codes.get(it).copied().unwrap_or_default());
        let table = Table(own.collect());
        self.places.iter().map(|it| table.at(*it)).collect()
    }
}

/// Something for every number below some.
struct Table(Vec<u16>);

impl Table {
    /// One where a number stands among these, which are all below `count`, else zero.
    fn of(numbers: &[u16], count: usize) -> Self {
        let mut own = Self(vec![0; count]);
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

    /// The places of all numbers; nothing for those that do not stand among them.
    fn used(&mut self) -> impl Iterator<Item = Option<&mut u16>> {
        self.0.iter_mut().map(|it| (*it > 0).then_some(it))
    }
}

/// The lowest 16 bits.
fn low(number: i64) -> u16 {
    let [low, high, ..] = number.to_le_bytes();
    u16::from_le_bytes([low, high])
}

/// What stands in the rows that have something.
fn present<'a, T: Copy + Default>(all: &'a [T], there: Option<&[bool]>) -> Cow<'a, [T]> {
    let Some(there) = there else { return Cow::Borrowed(all) };
    // Each is written, and the next one over what does not count: so that nothing has to be foretold.
    let (mut own, mut count) = (vec![T::default(); all.len()], 0);
    for (it, is_there) in all.iter().zip(there) {
        if let Some(place) = own.get_mut(count) {
            *place = *it;
        }
        count += usize::from(*is_there);
    }
    own.truncate(count);
    Cow::Owned(own)
}

/// By row, whether it has a value; nothing where all have.
fn there<T: ArrowPrimitiveType>(parts: &[&PrimitiveArray<T>]) -> Option<Vec<bool>> {
    if parts.iter().all(|it| it.null_count() == 0) {
        return None;
    }
    Some(parts.iter().flat_map(|it| (0..it.len()).map(|at| it.is_valid(at))).collect())
}
