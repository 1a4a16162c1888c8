//! An array of Arrow as a column.

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray as _, StringArray};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{
    DataType, Date32Type, Decimal32Type, Decimal64Type, Decimal128Type, Int8Type, Int16Type,
    Int32Type, Int64Type,
};
use heng_dsl::model::linked::Linked;
use heng_dsl::model::{Field, TyKind};
use heng_dsl::value::Value;
use rayon::prelude::*;

use super::array::{HIGH, LOW};
use crate::cell::{Cell, Reading};
use crate::columns::{Column, Dictionary, Kind, Lanes, state};

/// An array that is none of its field.
pub(super) struct OtherForm;

/// How a column of a file is read.
pub(super) struct Taking {
    /// The name of the column.
    pub(super) name: String,
    kind: Kind,
    /// What the words of the file are numbered here.
    numbers: Vec<i32>,
    /// Do all of these fit into 16 bits?
    are_brief: bool,
    /// Between which bounds all of its numbers lie; nothing where that is not known.
    pub(super) bounds: Option<(i128, i128)>,
}

impl Taking {
    /// How the column of a field is read, of which these are some rows. The dictionary learns its words. Nothing
    /// where it is none of such a field.
    pub(super) fn of(
        linked: &Linked,
        field: &Field,
        array: &ArrayRef,
        dictionary: &mut Dictionary,
    ) -> Option<Self> {
        let kind = Kind::of(&field.ty.kind).unwrap_or(Kind::Symbol);
        let name = field.name.to_string();
        let mut own = Self { name, kind, numbers: Vec::new(), are_brief: true, bounds: None };
        if let Some(array) = array.as_any_dictionary_opt() {
            let words = array.values().as_string_opt::<i32>()?;
            own.numbers = match kind {
                Kind::Symbol => texts(field, words, dictionary)?,
                _ => members(&Reading::of_field(linked, field), words)?,
            };
            own.are_brief = own.numbers.iter().all(|it| i16::try_from(*it).is_ok());
            let (low, high) = (own.numbers.iter().min(), own.numbers.iter().max());
            own.bounds = low.zip(high).map(|it| ((*it.0).into(), (*it.1).into()));
        }
        Some(own)
    }

    /// The numbers of its texts, ascending.
    pub(super) fn used(&self) -> Vec<i32> {
        let mut numbers = if self.kind == Kind::Symbol { self.numbers.clone() } else { Vec::new() };
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// The same with the bounds that the file tells, if it does.
    pub(super) fn within(mut self, told: impl Fn(&str) -> Option<i128>) -> Self {
        let told = told(LOW).zip(told(HIGH));
        self.bounds = self.bounds.filter(|_| self.kind == Kind::Symbol).or(told);
        self
    }

    /// Some rows; no column where all is 缺失.
    ///
    /// # Errors
    ///
    /// They are none of such a field.
    pub(super) fn column(&self, array: &ArrayRef) -> Result<Option<Column>, OtherForm> {
        let nulls = array.nulls().filter(|it| it.null_count() > 0);
        let lanes = match (self.kind, array.data_type()) {
            (_, DataType::Null) => return Ok(None),
            (Kind::Bool, DataType::Boolean) => Lanes::Bits(each_bit(array.as_boolean().values())),
            (Kind::Date, DataType::Date32) => of_short::<Date32Type>(array),
            (Kind::Number(0), DataType::Int8) => of_brief::<Int8Type>(array),
            (Kind::Number(0), DataType::Int16) => of_brief::<Int16Type>(array),
            (Kind::Number(0), DataType::Int32) => of_short::<Int32Type>(array),
            (Kind::Number(0), DataType::Int64) => {
                Lanes::Long(array.as_primitive::<Int64Type>().values().to_vec())
            }
            (Kind::Number(own), DataType::Decimal32(_, places)) if is(own, *places) => {
                of_short::<Decimal32Type>(array)
            }
            (Kind::Number(own), DataType::Decimal64(_, places)) if is(own, *places) => {
                Lanes::Long(array.as_primitive::<Decimal64Type>().values().to_vec())
            }
            (Kind::Number(own), DataType::Decimal128(_, places)) if is(own, *places) => {
                Lanes::Wide(array.as_primitive::<Decimal128Type>().values().to_vec())
            }
            (Kind::Member | Kind::Symbol, DataType::Dictionary(..)) => {
                self.words(array).ok_or(OtherForm)?
            }
            _ => return Err(OtherForm),
        };
        if nulls.is_some_and(|it| it.null_count() == array.len()) {
            return Ok(None);
        }
        let states = nulls.map(|it| {
            let mut states = each_bit(it.inner());
            states
                .iter_mut()
                .for_each(|it| *it = if *it == 1 { state::THERE } else { state::MISSING });
            states
        });
        let (low, high) = self.bounds.unwrap_or_else(|| lanes.bounds());
        let mut column = Column { lanes, states, low, high };
        if let Some(states) = &column.states {
            column.lanes.fill(states, low);
        }
        column.lanes.settle(low, high);
        Ok(Some(column))
    }

    fn words(&self, array: &ArrayRef) -> Option<Lanes> {
        let array = array.as_any_dictionary_opt()?;
        if array.values().len() != self.numbers.len() {
            return None;
        }
        let keys = array.keys();
        match keys.data_type() {
            DataType::Int8 => Some(self.numbered::<Int8Type>(keys)),
            DataType::Int16 => Some(self.numbered::<Int16Type>(keys)),
            DataType::Int32 => Some(self.numbered::<Int32Type>(keys)),
            _ => None,
        }
    }

    /// What words of the file, by their number there, are numbered here.
    fn numbered<T: ArrowPrimitiveType>(&self, keys: &dyn Array) -> Lanes
    where
        usize: TryFrom<T::Native>,
    {
        let own = |it: &T::Native| self.numbers.get(usize::try_from(*it).ok()?).copied();
        let keys = keys.as_primitive::<T>().values().iter();
        let numbers = keys.map(|it| own(it).unwrap_or_default());
        if self.are_brief {
            return Lanes::Brief(numbers.map(|it| i16::try_from(it).unwrap_or_default()).collect());
        }
        Lanes::Short(numbers.collect())
    }
}

/// The numbers of the texts of a field; 0 where there is none.
fn texts(field: &Field, words: &StringArray, dictionary: &mut Dictionary) -> Option<Vec<i32>> {
    if !matches!(field.ty.kind, TyKind::Text | TyKind::Code(_)) {
        return None;
    }
    if words.null_count() == 0 {
        let all: Vec<&str> = (0..words.len()).into_par_iter().map(|it| words.value(it)).collect();
        // What an import has written is as a reader of cells leaves it.
        let is_plain =
            |it: &&str| matches!(Cell::text(it), Cell::Text(own) if own.len() == it.len());
        if all.par_iter().all(is_plain) {
            let numbers = dictionary.learn_texts(&all).into_par_iter();
            return numbers.map(|it| i32::try_from(it).ok()).collect();
        }
    }
    let cells = words.iter().collect::<Vec<_>>().into_par_iter();
    let cells: Vec<Cell<'_>> = cells.map(|it| it.map_or(Cell::Empty, Cell::text)).collect();
    let there = cells.iter().filter_map(|it| match it {
        Cell::Text(it) => Some(it.as_ref()),
        _ => None,
    });
    let there: Vec<&str> = there.collect();
    let mut numbers = dictionary.learn_texts(&there).into_iter();
    let own = cells.iter().map(|it| match it {
        Cell::Empty => Some(0),
        Cell::Text(_) => i32::try_from(numbers.next()?).ok(),
        _ => None,
    });
    own.collect()
}

/// The members that words name; 0 where there is none.
fn members(reading: &Reading<'_>, words: &StringArray) -> Option<Vec<i32>> {
    let number = |word: Option<&str>| match word.map(|it| reading.read(&Cell::text(it))) {
        None => Some(0),
        Some(Ok(Value::Member(it))) => Some(i32::from(it)),
        Some(_) => None,
    };
    words.iter().map(number).collect()
}

/// A byte for each bit.
fn each_bit(bits: &BooleanBuffer) -> Vec<u8> {
    // Bytes that begin with the first bit are taken apart at once.
    let (offset, len) = (bits.offset(), bits.len());
    let whole = bits.values().get(offset / 8..(offset + len).div_ceil(8));
    let Some(whole) = whole.filter(|_| offset.is_multiple_of(8)) else {
        return bits.iter().map(u8::from).collect();
    };
    let mut all: Vec<u8> = whole
        .iter()
        .flat_map(|byte| -> [u8; 8] { std::array::from_fn(|at| byte >> at & 1) })
        .collect();
    all.truncate(len);
    all
}

fn is(own: u8, places: i8) -> bool {
    i8::try_from(own) == Ok(places)
}

fn of_brief<T: ArrowPrimitiveType<Native: Into<i16>>>(array: &ArrayRef) -> Lanes {
    let all = array.as_primitive::<T>().values().iter();
    Lanes::Brief(all.map(|it| (*it).into()).collect())
}

fn of_short<T: ArrowPrimitiveType<Native = i32>>(array: &ArrayRef) -> Lanes {
    Lanes::Short(array.as_primitive::<T>().values().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_taken_apart_wherever_they_begin() {
        let bits: Vec<bool> = (0..203).map(|it| it % 3 == 0 || it % 7 == 2).collect();
        let all = BooleanBuffer::from(bits.clone());
        for (offset, len) in [(0, 203), (0, 8), (8, 100), (5, 17), (16, 0), (200, 3)] {
            let own: Vec<u8> = bits[offset..offset + len].iter().map(|it| u8::from(*it)).collect();
            assert_eq!(each_bit(&all.slice(offset, len)), own, "{offset}, {len}");
        }
    }
}
