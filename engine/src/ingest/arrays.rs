//! Columns of a typed file: arrays to values, many at a time, by the same rules as cell by cell.

use arrow::array::{Array as _, ArrowPrimitiveType, DictionaryArray, PrimitiveArray, StringArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::Int32Type;
use heng_dsl::model::TyKind;
use heng_dsl::value::{Date, Value};

use super::layout::BoundColumn;
use super::rows::{Fault, Worth, text, worth};
use super::sheet::typed::Plain;
use crate::cell::Cell;
use crate::columns::{Builder, Kind, Select as _, Texts, state};

/// Does a text neither begin nor end with a blank?
fn is_bare(text: &[u8]) -> bool {
    let is_bare = |it: Option<&u8>| it.is_some_and(u8::is_ascii_graphic);
    is_bare(text.first()) && is_bare(text.last())
}

/// Some rows of a table, column by column.
pub(super) struct Batch {
    pub(super) rows: usize,
    /// The columns that were asked for, in that order.
    pub(super) columns: Vec<Array>,
}

/// A column of a batch.
pub(super) enum Array {
    /// Few texts that stand often, by number.
    Words(DictionaryArray<Int32Type>),
    Plain(Plain),
}

/// What a text or an empty cell comes to.
enum Entry {
    Number(i64),
    Missing,
    Fault,
}

impl Array {
    /// The cell of a row.
    pub(super) fn cell(&self, row: usize) -> Cell<'_> {
        match self {
            Self::Plain(it) => it.cell(row),
            Self::Words(it) => {
                let words = it.values().as_any().downcast_ref::<StringArray>();
                let at = it.keys().values().get(row).filter(|_| !it.keys().is_null(row));
                let at = at.and_then(|it| usize::try_from(*it).ok());
                match words.zip(at) {
                    Some((words, at)) if !words.is_null(at) => Cell::text(words.value(at)),
                    _ => Cell::Empty,
                }
            }
        }
    }

    /// Adds the keys of households where all rows have one, all of as many bytes, of which there may be so many more;
    /// otherwise none, and false.
    pub(super) fn even_keys(&self, column: &BoundColumn<'_>, to: &mut Texts, more: usize) -> bool {
        match (self, &column.field.ty.kind) {
            (Self::Plain(Plain::Text(all)), TyKind::Text | TyKind::Code(_)) => {
                to.reserve(more, all.iter().flatten().next().unwrap_or_default());
                to.extend_alike(all.iter(), |it| is_bare(it.as_bytes()))
            }
            _ => false,
        }
    }

    /// Adds what tells each of the keys of households, where all rows have one that neither begins nor ends with a blank;
    /// otherwise nothing, and false.
    pub(super) fn all_keys(
        &self,
        column: &BoundColumn<'_>,
        tell: impl Fn(&[u8]) -> u64,
        to: &mut Vec<u64>,
    ) -> bool {
        let (Self::Plain(Plain::Text(all)), TyKind::Text | TyKind::Code(_)) =
            (self, &column.field.ty.kind)
        else {
            return false;
        };
        let (before, mut are_bare) = (to.len(), all.null_count() == 0);
        to.resize(before + all.len(), 0);
        for (own, key) in to.iter_mut().skip(before).zip(all) {
            let key = key.unwrap_or_default().as_bytes();
            are_bare &= is_bare(key);
            *own = tell(key);
        }
        if !are_bare {
            to.truncate(before);
        }
        are_bare
    }

    /// Hands out the key of the household of each row that has one. True where it is known that each has one.
    pub(super) fn each_key(
        &self,
        column: &BoundColumn<'_>,
        rows: usize,
        mut each: impl FnMut(usize, &str),
    ) -> bool {
        let (Self::Plain(Plain::Text(all)), TyKind::Text | TyKind::Code(_)) =
            (self, &column.field.ty.kind)
        else {
            let keys = (0..rows).filter_map(|row| Some((row, self.key(column, row)?)));
            keys.for_each(|(row, key)| each(row, &key));
            return false;
        };
        let mut is_sound = all.null_count() == 0;
        for (row, key) in all.iter().enumerate() {
            let Some(key) = key else { continue };
            if is_bare(key.as_bytes()) {
                each(row, key);
                continue;
            }
            is_sound = false;
            let key = key.trim();
            if !key.is_empty() {
                each(row, key);
            }
        }
        is_sound
    }

    /// The key of a household.
    pub(super) fn key(&self, column: &BoundColumn<'_>, row: usize) -> Option<std::sync::Arc<str>> {
        match worth(column, &self.cell(row), true) {
            Worth::Value(value) => text(&value),
            Worth::Lost(_) | Worth::Fatal(_) => None,
        }
    }

    /// Notes the faults of a column whose values stand elsewhere.
    pub(super) fn judge(
        &self,
        (at, column): (usize, &BoundColumn<'_>),
        (rows, is_key): (usize, bool),
        faults: &mut Vec<(usize, Fault)>,
    ) {
        if let (Self::Plain(Plain::Text(all)), TyKind::Text | TyKind::Code(_)) =
            (self, &column.field.ty.kind)
            && all.null_count() == 0
            && all.iter().flatten().all(|it| it.bytes().next().is_some_and(|it| it > b' '))
        {
            return;
        }
        for row in 0..rows {
            let cell = self.cell(row);
            match worth(column, &cell, is_key) {
                Worth::Value(_) => {}
                fault => faults.push((row, (at, cell.shown(), fault))),
            }
        }
    }

    /// Adds the values of a column, and notes its faults.
    pub(super) fn take(
        &self,
        (at, column): (usize, &BoundColumn<'_>),
        (rows, is_key): (usize, bool),
        to: &mut Builder,
        faults: &mut Vec<(usize, Fault)>,
    ) {
        let empty = entry(column, &Cell::Empty, is_key, to);
        let taken = match (self, to.kind()) {
            (Self::Words(all), _) => words(all, (column, is_key), &empty, to),
            (Self::Plain(Plain::Short(all)), Kind::Number(places)) => {
                whole(all, (column, places), &empty, to)
            }
            (Self::Plain(Plain::Whole(all)), Kind::Number(places)) => {
                whole(all, (column, places), &empty, to)
            }
            (Self::Plain(Plain::Date(all)), Kind::Date) => {
                let days = |year, month, day| Date::new(year, month, day).map(Date::epoch_days);
                match days(1, 1, 1).zip(days(9999, 12, 31)) {
                    Some(range) => {
                        numbers((all.values().as_ref(), all.nulls()), range, 1, &empty, to)
                    }
                    None => false,
                }
            }
            (Self::Plain(Plain::Bool(all)), Kind::Bool) => {
                let bits: Vec<u8> = all.values().iter().map(u8::from).collect();
                numbers((&bits, all.nulls()), (0, 1), 1, &empty, to)
            }
            _ => false,
        };
        if taken {
            return;
        }
        for row in 0..rows {
            let cell = self.cell(row);
            match worth(column, &cell, is_key) {
                Worth::Value(value) => to.push(&value),
                fault => {
                    to.push(&Value::Missing);
                    faults.push((row, (at, cell.shown(), fault)));
                }
            }
        }
    }
}

fn entry(column: &BoundColumn<'_>, cell: &Cell<'_>, is_key: bool, to: &mut Builder) -> Entry {
    match worth(column, cell, is_key) {
        Worth::Value(Value::Missing) => Entry::Missing,
        Worth::Value(value) => {
            let number = to.number(&value).and_then(|it| i64::try_from(it).ok());
            number.map_or(Entry::Fault, Entry::Number)
        }
        Worth::Lost(_) | Worth::Fatal(_) => Entry::Fault,
    }
}

/// Texts by number: each is read once. False where one of them cannot be read, and nothing was taken.
fn words(
    all: &DictionaryArray<Int32Type>,
    (column, is_key): (&BoundColumn<'_>, bool),
    empty: &Entry,
    to: &mut Builder,
) -> bool {
    let Some(words) = all.values().as_any().downcast_ref::<StringArray>() else { return false };
    let mut known = Vec::with_capacity(words.len());
    for word in words {
        known.push(match word {
            Some(word) => entry(column, &Cell::text(word), is_key, to),
            None => entry(column, &Cell::Empty, is_key, to),
        });
    }
    // What stands in the dictionary need not stand in a row.
    let faulty = |it: &Entry| matches!(it, Entry::Fault);
    if known.iter().any(faulty) || (faulty(empty) && all.null_count() > 0) {
        return false;
    }
    let (mut low, mut high) = (i64::MAX, i64::MIN);
    let mut meet = |it: &Entry| {
        if let Entry::Number(it) = it {
            (low, high) = (low.min(*it), high.max(*it));
        }
    };
    known.iter().for_each(&mut meet);
    meet(empty);
    let number = |it: &Entry| if let Entry::Number(it) = it { *it } else { 0 };
    let is_missing = |it: &Entry| matches!(it, Entry::Missing);
    let state = |it: &Entry| if is_missing(it) { state::MISSING } else { state::THERE };
    // What stands in a row without a text comes after the texts.
    let entries = || known.iter().chain([empty]);
    let (numbers, entry_states): (Vec<i64>, Vec<u8>) =
        entries().map(|it| (number(it), state(it))).unzip();
    let nulls = all.nulls().filter(|it| it.null_count() > 0);
    let instead = u32::try_from(known.len()).unwrap_or(u32::MAX);
    let own = |it: &i32| u32::try_from(*it).unwrap_or(instead);
    let keys = all.keys().values().iter();
    let own: Vec<u32> = match nulls {
        None => keys.map(own).collect(),
        Some(nulls) => {
            keys.zip(nulls).map(|(it, there)| u32::select(there, own(it), instead)).collect()
        }
    };
    let any_missing = known.iter().any(is_missing) || (is_missing(empty) && nulls.is_some());
    let states = any_missing.then(|| {
        let state = |it: &u32| entry_states.get(*it as usize).copied().unwrap_or_default();
        own.iter().map(state).collect()
    });
    let each = own.iter().map(|it| numbers.get(*it as usize).copied().unwrap_or_default());
    to.extend(each, (low, high), states);
    true
}

/// Whole numbers, as numbers with so many places. False where one of them is none of the field, and nothing was taken.
fn whole<T: ArrowPrimitiveType<Native: Into<i64>>>(
    all: &PrimitiveArray<T>,
    (column, places): (&BoundColumn<'_>, u8),
    empty: &Entry,
    to: &mut Builder,
) -> bool {
    let field = column.field;
    let scale = i32::from(field.scale) + i32::from(places);
    let factor = u32::try_from(scale).ok().and_then(|it| 10_i64.checked_pow(it));
    let factor = factor.filter(|_| matches!(field.ty.kind, TyKind::Number(_)));
    let least = if field.signed { i64::MIN } else { 0 };
    let values = (all.values().as_ref(), all.nulls());
    factor.is_some_and(|it| numbers(values, (least, i64::MAX), it, empty, to))
}

/// Numbers between bounds. False where one lies outside of them, or is too long when it is multiplied, and
/// nothing was taken.
fn numbers<T: Copy + Into<i64>>(
    (all, nulls): (&[T], Option<&NullBuffer>),
    (least, most): (i64, i64),
    factor: i64,
    empty: &Entry,
    to: &mut Builder,
) -> bool {
    // Selected, and not branched upon: what is not there cannot be foretold.
    let there: Option<Vec<bool>> =
        nulls.filter(|it| it.null_count() > 0).map(|it| it.iter().collect());
    let bounds = |(low, high): (i64, i64), (it, there): (&T, bool)| {
        let it: i64 = (*it).into();
        let (least, most) = (i64::select(there, it, i64::MAX), i64::select(there, it, i64::MIN));
        (low.min(least), high.max(most))
    };
    let none = (i64::MAX, i64::MIN);
    let (mut low, mut high) = match &there {
        None => all.iter().map(|it| (it, true)).fold(none, bounds),
        Some(there) => all.iter().zip(there.iter().copied()).fold(none, bounds),
    };
    if low <= high {
        if low < least || high > most {
            return false;
        }
        match low.checked_mul(factor).zip(high.checked_mul(factor)) {
            Some(it) => (low, high) = it,
            None => return false,
        }
    }
    let Some(there) = there else {
        let each = all.iter().map(|it| (*it).into());
        if factor == 1 {
            to.extend(each, (low, high), None);
        } else {
            to.extend(each.map(|it: i64| it.wrapping_mul(factor)), (low, high), None);
        }
        return true;
    };
    let instead = match empty {
        Entry::Fault => return false,
        Entry::Missing => 0,
        Entry::Number(it) => {
            (low, high) = (low.min(*it), high.max(*it));
            *it
        }
    };
    let states = matches!(empty, Entry::Missing).then(|| {
        let state = |it: &bool| u8::select(*it, state::THERE, state::MISSING);
        there.iter().map(state).collect()
    });
    let number =
        |(it, there): (&T, &bool)| i64::select(*there, (*it).into().wrapping_mul(factor), instead);
    to.extend(all.iter().zip(&there).map(number), (low, high), states);
    true
}
