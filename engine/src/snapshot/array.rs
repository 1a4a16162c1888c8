//! A column as arrays of Arrow, and back.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray as _, BooleanArray, DictionaryArray, NullArray,
    PrimitiveArray, StringArray,
};
use arrow::buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow::datatypes::{
    DataType, Date32Type, Decimal32Type, Decimal64Type, Decimal128Type, Field as ArrowField,
    Int32Type, Int64Type, Metadata,
};
use arrow::error::ArrowError;
use heng_dsl::model::linked::Linked;
use heng_dsl::model::{Field, TyKind};
use heng_dsl::value::Value;
use rayon::prelude::*;

use crate::cell::{Cell, Reading};
use crate::columns::{Column, Dictionary, Kind, Lanes, state};

/// What a column says about itself: the least and the greatest of its numbers.
const LOW: &str = "heng.low";
const HIGH: &str = "heng.high";

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
        Self { kind, bounds, ty: ty(kind, low, high), words }
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
            DataType::Dictionary(..) => {
                let (values, numbers) = self.words.clone().ok_or_else(|| mistake("no words"))?;
                let mut it = short(lanes)?;
                if self.kind == Kind::Symbol {
                    let own = |it: &i32| numbers.get(usize::try_from(*it).ok()?).copied();
                    it.iter_mut().for_each(|it| *it = own(it).unwrap_or_default());
                }
                let keys = PrimitiveArray::<Int32Type>::new(ScalarBuffer::from(it), nulls);
                Arc::new(DictionaryArray::try_new(keys, values)?)
            }
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

/// The narrowest type that other programs read and that holds all numbers.
fn ty(kind: Kind, low: i128, high: i128) -> DataType {
    let digits = |count: u32| 10_i128.pow(count) > high && -(10_i128.pow(count)) < low;
    let fits = |least: i128, most: i128| least <= low && high <= most;
    let is_short = fits(i32::MIN.into(), i32::MAX.into());
    let is_long = fits(i64::MIN.into(), i64::MAX.into());
    match kind {
        Kind::Bool => DataType::Boolean,
        Kind::Date => DataType::Date32,
        Kind::Member | Kind::Symbol => {
            DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
        }
        Kind::Number(places) => {
            let of = i8::try_from(places).unwrap_or_default();
            match places {
                0 if is_short => DataType::Int32,
                0 if is_long => DataType::Int64,
                _ if is_short && digits(9) => DataType::Decimal32(9, of),
                _ if is_long && digits(18) => DataType::Decimal64(18, of),
                _ => DataType::Decimal128(38, of),
            }
        }
    }
}

/// The numbers of the texts that stand in a column, ascending.
pub(super) fn used(column: &Column) -> Vec<i32> {
    let Lanes::Short(all) = &column.lanes else { return Vec::new() };
    let mut seen: Vec<bool> = Vec::new();
    for (at, it) in all.iter().enumerate() {
        let Ok(number) = usize::try_from(*it) else { continue };
        if column.state(at) == state::THERE {
            if seen.len() <= number {
                seen.resize(number + 1, false);
            }
            if let Some(place) = seen.get_mut(number) {
                *place = true;
            }
        }
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

/// An array that is none of its field.
pub(super) struct OtherForm;

/// How a column of a file is read.
pub(super) struct Taking {
    /// The name of the column.
    pub(super) name: String,
    kind: Kind,
    /// What the words of the file are numbered here.
    numbers: Vec<i32>,
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
        let mut own =
            Self { name: field.name.to_string(), kind, numbers: Vec::new(), bounds: None };
        if let Some(array) = array.as_dictionary_opt::<Int32Type>() {
            let words = array.values().as_string_opt::<i32>()?;
            own.numbers = match kind {
                Kind::Symbol => texts(field, words, dictionary)?,
                _ => members(&Reading::of_field(linked, field), words)?,
            };
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
            (Kind::Bool, DataType::Boolean) => {
                Lanes::Bits(array.as_boolean().values().iter().map(u8::from).collect())
            }
            (Kind::Date, DataType::Date32) => of_short::<Date32Type>(array),
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
            it.iter().map(|it| if it { state::THERE } else { state::MISSING }).collect::<Vec<u8>>()
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
        let array = array.as_dictionary_opt::<Int32Type>()?;
        if array.values().len() != self.numbers.len() {
            return None;
        }
        let own = |it: &i32| usize::try_from(*it).ok().and_then(|it| self.numbers.get(it)).copied();
        let keys = array.keys().values().iter();
        Some(Lanes::Short(keys.map(|it| own(it).unwrap_or_default()).collect()))
    }
}

/// The numbers of the texts of a field; 0 where there is none.
fn texts(field: &Field, words: &StringArray, dictionary: &mut Dictionary) -> Option<Vec<i32>> {
    if !matches!(field.ty.kind, TyKind::Text | TyKind::Code(_)) {
        return None;
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

fn is(own: u8, places: i8) -> bool {
    i8::try_from(own) == Ok(places)
}

fn of_short<T: ArrowPrimitiveType<Native = i32>>(array: &ArrayRef) -> Lanes {
    Lanes::Short(array.as_primitive::<T>().values().to_vec())
}
