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

use super::words::{Told, Words};
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

    /// The column that few texts make; nothing where they are more than there are codes.
    pub(super) fn of_words(words: &Words) -> Option<Self> {
        let Told { names, places } = words.told();
        u16::try_from(names.len()).ok()?;
        let there = places.contains(&0).then(|| places.iter().map(|it| *it > 0).collect());
        let places: Vec<u16> = places.iter().map(|it| low(it.wrapping_sub(1).into())).collect();
        let places = present(&places, there.as_deref()).into_owned();
        of_texts(&[Texts { names, places }], there)
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
    /// No number is less, and none lies as far above it as [`CLOSE`].
    least: i64,
    /// How far each lies above it.
    above: Vec<u16>,
    /// How far the farthest lies above it.
    farthest: u16,
}

impl Close {
    fn of(pieces: &[Lanes]) -> Option<Self> {
        let span = |it: (i64, i64)| usize::try_from(it.1.checked_sub(it.0)?).ok();
        let is_close = |it: &(i64, i64)| span(*it).is_some_and(|it| it < CLOSE);
        let both = |a: (i64, i64), b: (i64, i64)| (a.0.min(b.0), a.1.max(b.1));
        let pieces: Vec<(Present<'_>, (i64, i64))> =
            pieces.iter().map(|it| (Present::of(it), it.within)).collect();
        let within = pieces.iter().map(|it| it.1).reduce(both).filter(is_close);
        // Where numbers could lie far apart, it is looked whether they do.
        let (least, _) = match within {
            Some(it) => it,
            None => {
                let ends = pieces.iter().filter_map(|it| it.0.ends()).reduce(both);
                Some(ends.unwrap_or_default()).filter(is_close)?
            }
        };
        let from = low(least);
        let mut above = Vec::with_capacity(pieces.iter().map(|it| it.0.len()).sum());
        for (it, _) in &pieces {
            match it {
                Present::Short(all) => {
                    above.extend(all.iter().map(|it| low((*it).into()).wrapping_sub(from)));
                }
                Present::Long(all) => {
                    above.extend(all.iter().map(|it| low(*it).wrapping_sub(from)));
                }
            }
        }
        let farthest = above.iter().copied().max().unwrap_or_default();
        Some(Self { least, above, farthest })
    }

    fn column<T: Whole>(self, there: Option<Vec<bool>>) -> Option<CodedColumn> {
        let Self { least, above: mut codes, farthest } = self;
        let count = if codes.is_empty() { 0 } else { usize::from(farthest) + 1 };
        let mut table = Table::of(&codes, count);
        let (mut dictionary, mut different, mut ends) = (Vec::new(), 0, None);
        for (number, code) in (least..).zip(table.used()) {
            let Some(code) = code else { continue };
            *code = u16::try_from(different).ok()?;
            different += 1;
            let number = T::try_from(number).ok()?;
            number.plain(&mut dictionary);
            ends = Some((ends.map_or(number, |it: (T, T)| it.0), number));
        }
        // Where all numbers stand somewhere, each has its own as a code.
        if different < count {
            codes.iter_mut().for_each(|it| *it = table.at(*it));
        }
        let nulls = there.iter().flatten().filter(|it| !**it).count() as u64;
        let statistics = Some(T::statistics(ends, nulls));
        Some(CodedColumn { dictionary, different, codes, there, statistics })
    }

    /// The texts that numbers stand for, each of which has a name.
    fn texts(self, names: &[String]) -> Option<Texts<'_>> {
        let farthest = self.least.checked_add(self.farthest.into())?;
        usize::try_from(farthest).ok().filter(|it| *it < names.len().max(1))?;
        let least = u16::try_from(self.least).ok()?;
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
        let there = piece.there.as_deref().filter(|it| it.contains(&false));
        match &piece.numbers {
            Numerals::Short(all) => Self::Short(present(all, there)),
            Numerals::Long(all) => Self::Long(present(all, there)),
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
    Some(Lanes::of(of(numbers), there(&parts)))
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
        if (0..).zip(&table.0).all(|it| it.0 == *it.1) {
            return self.places.clone();
        }
        self.places.iter().map(|it| table.at(*it)).collect()
    }
}

/// Something for every number below some.
struct Table(Vec<u16>);

impl Table {
    /// One where a number stands among these, which are all below `count`, else zero.
    fn of(numbers: &[u16], count: usize) -> Self {
        let mut own = Self(vec![0; count]);
        if count <= FEW {
            for (number, place) in (0..).zip(&mut own.0) {
                *place = u16::from(stands_in(number, numbers));
            }
            return own;
        }
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

/// So many numbers are each looked for by itself.
const FEW: usize = 8;

/// Does a number stand among these? Many are looked at at once.
fn stands_in(number: u16, numbers: &[u16]) -> bool {
    const PART: usize = 1024;
    let any = |part: &[u16]| part.iter().fold(0, |any, it| any | u8::from(*it == number));
    numbers.chunks(PART).any(|part| any(part) != 0)
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
