//! What a column of a Parquet file is of, and its cells as an array of that.

use std::io;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, ArrowPrimitiveType, BooleanArray, Date32Array, Decimal128Array, DictionaryArray,
    Int32Array, PrimitiveArray, StringArray, StringBuilder,
};
use arrow::buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Date32Type, Decimal32Type, Decimal64Type, Field, Int32Type};
use heng_dsl::model::TyKind;
use heng_dsl::value::{Decimal, Rounding};

use super::coded::CLOSE;
use super::words::{Told, Words};
use crate::output::Sheet;
use crate::output::cells::{OutCell, Table};
use crate::output::columns::{OutColumn, OutKind, OutWhat};
use crate::part::{Lanes, Numerals};
use crate::reasons;

/// Digits of a number column whose numbers have no bounds.
const DIGITS: u8 = 38;

/// Digits of those whose numbers have: so many are kept in 32 and in 64 bits.
const FEWER: [u8; 2] = [9, 18];

/// What stands in a column.
pub(super) fn field(column: &OutColumn, sheet: &Sheet<'_>) -> Field {
    let kind = match column.kind {
        OutKind::Bool => DataType::Boolean,
        OutKind::Number(places) => {
            let digits = digits(column, places, sheet);
            match digits {
                ..=9 => DataType::Decimal32(digits, places.cast_signed()),
                10..=18 => DataType::Decimal64(digits, places.cast_signed()),
                _ => DataType::Decimal128(digits, places.cast_signed()),
            }
        }
        OutKind::Date => DataType::Date32,
        OutKind::Text if has_few(column) || members(column, sheet).is_some() => {
            DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
        }
        OutKind::Text => DataType::Utf8,
    };
    Field::new(&column.name, kind, true)
}

/// Is it known beforehand that so few different values stand in a column that each is written once?
pub(super) fn is_of_few(column: &OutColumn, sheet: &Sheet<'_>) -> bool {
    if let Some(names) = members(column, sheet) {
        return names.len() < CLOSE;
    }
    let (OutWhat::Decl(slot), OutKind::Number(places)) = (&column.what, column.kind) else {
        return false;
    };
    let mantissa = |it: Decimal| it.round(places, Rounding::Up).map(Decimal::mantissa);
    let ends = sheet.bounds.get(*slot).copied().flatten();
    let ends = ends.and_then(|it| mantissa(it.0).zip(mantissa(it.1)));
    let span = ends.and_then(|it| usize::try_from(it.1.checked_sub(it.0)?).ok());
    digits(column, places, sheet) < DIGITS && span.is_some_and(|it| it < CLOSE)
}

/// How many digits the numbers of a column have at most, as the rules say; it does not depend on the data.
fn digits(column: &OutColumn, places: u8, sheet: &Sheet<'_>) -> u8 {
    let bounds = match column.what {
        OutWhat::Decl(slot) => sheet.bounds.get(slot).copied().flatten(),
        OutWhat::Quarantined => Some((Decimal::ZERO, Decimal::from(i64::from(u32::MAX)))),
        OutWhat::Reasons(slot) => reasons::in_force(sheet.linked, slot, sheet.as_of)
            .and_then(|it| i64::try_from(it.1.len()).ok())
            .map(|it| (Decimal::ZERO, Decimal::from(it))),
        _ => None,
    };
    let fits = |digits: &u8| {
        bounds.is_some_and(|(low, high)| {
            [low, high].iter().all(|it| {
                let own = it.round(places, Rounding::Up).map(|it| it.mantissa().unsigned_abs());
                own.is_some_and(|it| it < 10_u128.pow(u32::from(*digits)))
            })
        })
    };
    FEWER.into_iter().find(fits).unwrap_or(DIGITS)
}

/// The names of the members of which one stands in every cell of a column.
pub(super) fn members(column: &OutColumn, sheet: &Sheet<'_>) -> Option<Vec<String>> {
    let OutWhat::Decl(slot) = column.what else { return None };
    let TyKind::Member(of) = &sheet.linked.decl(slot).ty.kind else { return None };
    let members = &sheet.linked.enumeration(of.slot.index()).members;
    (!column.masked).then(|| members.iter().map(|it| it.name.to_string()).collect())
}

/// The cells of a column as numbers, where results stand as such and say what is to be written.
pub(super) fn lanes(column: &OutColumn, ty: &DataType, table: &Table<'_>) -> Option<Lanes> {
    let lanes = match column.what {
        OutWhat::Decl(slot) => table.part.lanes(slot),
        OutWhat::Reasons(slot) if column.kind == OutKind::Number(0) => {
            table.part.reason_lanes(slot)
        }
        _ => None,
    };
    lanes.filter(|it| match column.kind {
        OutKind::Bool | OutKind::Date => true,
        OutKind::Number(places) => it.places == places,
        OutKind::Text => matches!(ty, DataType::Dictionary(..)),
    })
}

/// The cells of a column that does not stand as numbers.
pub(super) fn array(column: &OutColumn, ty: &DataType, table: &Table<'_>) -> io::Result<ArrayRef> {
    if column.what == OutWhat::Key && !column.masked {
        let count = table.part.len();
        // As long as the first one is, mostly all are.
        let length = if count > 0 { table.part.key(0).len() } else { 0 };
        let mut keys = StringBuilder::with_capacity(count, count * length);
        (0..count).for_each(|row| keys.append_value(table.part.key(row)));
        return Ok(Arc::new(keys.finish()));
    }
    if column.kind == OutKind::Text
        && members(column, table.sheet).is_none()
        && let Some(cells) = table.coded(column)
    {
        return Ok(Arc::new(cells.iter().map(text).collect::<StringArray>()));
    }
    if column.what == OutWhat::AsOf {
        let day = i32::try_from(table.sheet.as_of.epoch_days()).map_err(io::Error::other)?;
        return Ok(Arc::new(Date32Array::from_value(day, table.part.len())));
    }
    if column.what == OutWhat::Quarantined {
        let rows = (0..table.part.len()).map(|row| table.part.quarantined(row).into());
        let numbers = Numerals::Long(rows.collect());
        return short_decimals(Lanes::of(numbers, None), ty);
    }
    cell_by_cell(column, ty, table)
}

/// A column of which each cell is asked for.
fn cell_by_cell(column: &OutColumn, ty: &DataType, table: &Table<'_>) -> io::Result<ArrayRef> {
    let cells = (0..table.part.len()).map(|row| table.cell(column, row));
    Ok(match column.kind {
        OutKind::Bool => {
            let values = cells.map(|it| if let OutCell::Bool(it) = it { Some(it) } else { None });
            Arc::new(values.collect::<BooleanArray>())
        }
        OutKind::Number(_) => {
            let values = cells
                .map(|it| if let OutCell::Number(it) = it { Some(it.mantissa()) } else { None });
            decimals(values, ty)?
        }
        OutKind::Date => {
            let values = cells.map(|it| if let OutCell::Date(it) = it { Some(it) } else { None });
            let days = values.map(|it| i32::try_from(it?.epoch_days()).ok());
            Arc::new(days.collect::<Date32Array>())
        }
        OutKind::Text => {
            let values = cells.map(|it| if let OutCell::Text(it) = it { Some(it) } else { None });
            match members(column, table.sheet) {
                None => Arc::new(values.collect::<StringArray>()),
                Some(names) => {
                    let keys = values.map(|it| {
                        let at = names.iter().position(|name| Some(name) == it.as_ref())?;
                        i32::try_from(at).ok()
                    });
                    named(keys.collect(), &names)?
                }
            }
        }
    })
}

/// Do few texts stand in a column, each many times?
pub(super) fn has_few(column: &OutColumn) -> bool {
    column.kind == OutKind::Text
        && matches!(
            column.what,
            OutWhat::Reasons(_)
                | OutWhat::Hits(_)
                | OutWhat::MissingFields
                | OutWhat::MissingResults
                | OutWhat::Errors
        )
}

fn text(cell: &OutCell) -> Option<&str> {
    if let OutCell::Text(it) = cell { Some(it) } else { None }
}

/// A column of few texts, each of which stands once.
pub(super) fn of_words(words: &Words) -> io::Result<ArrayRef> {
    let Told { names, places } = words.told();
    let key = |it: &u32| it.checked_sub(1).and_then(|it| i32::try_from(it).ok());
    named(places.iter().map(key).collect(), &names)
}

/// Nothing is written that is not what the rules promise.
fn decimals(values: impl Iterator<Item = Option<i128>>, ty: &DataType) -> io::Result<ArrayRef> {
    let too_long = || io::Error::other("a number has more digits than the rules allow for");
    if let DataType::Decimal128(digits, _) = ty {
        let array = values.collect::<Decimal128Array>().with_data_type(ty.clone());
        array.validate_decimal_precision(*digits).map_err(io::Error::other)?;
        return Ok(Arc::new(array));
    }
    let (mut numbers, mut there) = (Vec::new(), Vec::new());
    for value in values {
        numbers.push(i64::try_from(value.unwrap_or_default()).map_err(|_| too_long())?);
        there.push(value.is_some());
    }
    let numbers = Numerals::Long(numbers);
    short_decimals(Lanes::of(numbers, Some(there)), ty)
}

/// Numbers that fit into 64 bits.
fn short_decimals(lanes: Lanes, ty: &DataType) -> io::Result<ArrayRef> {
    promised(&lanes, ty)?;
    let Lanes { numbers, there, .. } = lanes;
    Ok(match ty {
        DataType::Decimal32(..) => plain::<Decimal32Type>(numbers.into_short(), nulls(there), ty),
        _ => plain::<Decimal64Type>(numbers.into_long(), nulls(there), ty),
    })
}

/// Does every number that is there have as few digits as the rules promise?
///
/// # Errors
///
/// One has more.
pub(super) fn promised(lanes: &Lanes, ty: &DataType) -> io::Result<()> {
    let Lanes { numbers, there, within, .. } = lanes;
    let (DataType::Decimal32(digits, _) | DataType::Decimal64(digits, _)) = ty else {
        return Ok(());
    };
    let most = 10_i64.checked_pow(u32::from(*digits)).unwrap_or(i64::MAX);
    // What is not there has some number.
    let is_there = |at: usize| there.as_ref().is_none_or(|it| it.get(at) == Some(&true));
    let fits = |it: i64| (1 - most..most).contains(&it);
    let all = fits(within.0) && fits(within.1);
    if !all && (0..numbers.len()).any(|at| is_there(at) && !fits(numbers.get(at))) {
        return Err(io::Error::other(format!("a number has more than {digits} digits")));
    }
    Ok(())
}

fn plain<T: ArrowPrimitiveType>(
    all: Vec<T::Native>,
    nulls: Option<NullBuffer>,
    ty: &DataType,
) -> ArrayRef {
    Arc::new(PrimitiveArray::<T>::new(ScalarBuffer::from(all), nulls).with_data_type(ty.clone()))
}

fn nulls(there: Option<Vec<bool>>) -> Option<NullBuffer> {
    let bits = |it: Vec<bool>| {
        BooleanBuffer::collect_bool(it.len(), |at| it.get(at).copied().unwrap_or_default())
    };
    there.map(|it| NullBuffer::new(bits(it))).filter(|it| it.null_count() > 0)
}

fn named<N: AsRef<str>>(keys: Int32Array, names: &[N]) -> io::Result<ArrayRef> {
    let names = Arc::new(StringArray::from_iter_values(names));
    let array = DictionaryArray::<Int32Type>::try_new(keys, names);
    Ok(Arc::new(array.map_err(io::Error::other)?))
}

/// Numbers as an array; `names` say what those from zero on stand for, where they stand for texts.
pub(super) fn of_lanes(lanes: Lanes, ty: &DataType, names: &[String]) -> io::Result<ArrayRef> {
    match ty {
        DataType::Decimal32(..) | DataType::Decimal64(..) => return short_decimals(lanes, ty),
        DataType::Decimal128(..) => {
            return decimals(lanes.iter().map(|it| it.map(i128::from)), ty);
        }
        _ => {}
    }
    let Lanes { numbers, there, .. } = lanes;
    Ok(match ty {
        DataType::Boolean => {
            let bits = BooleanBuffer::collect_bool(numbers.len(), |at| numbers.get(at) != 0);
            Arc::new(BooleanArray::new(bits, nulls(there)))
        }
        DataType::Dictionary(..) => {
            named(Int32Array::new(ScalarBuffer::from(numbers.into_short()), nulls(there)), names)?
        }
        _ => plain::<Date32Type>(numbers.into_short(), nulls(there), ty),
    })
}
