//! What is taken from the elements that count: sums, the last one, the greatest one, and the like.

use heng_dsl::builtins::BuiltinId;
use heng_dsl::model::Mode;
use heng_dsl::value::{Decimal, Fault, MAX_DIGITS, Value};

use super::super::{Operand, reduce};
use super::{Counts, Segments, is_there};
use crate::columnar::plan::{Gather, Kind};
use crate::columns::{Column, Lanes, Select as _, lower_half, plain_number, state};

/// What is taken comes to something for each segment; of points there may be a check beside them. Nothing where there is no
/// loop for it.
pub(super) fn of_taken(
    (gather, kind): (Gather, Kind),
    counts: &Counts<'_>,
    (taken, check): (&Operand<'_>, Option<&Operand<'_>>),
    segments: Segments<'_>,
) -> Option<Column> {
    if taken.splat {
        let known = gather == Gather::Fault && is_there(counts, taken);
        return known.then(|| Column::answer(true, segments.len()));
    }
    match gather {
        Gather::Any => None,
        Gather::Fault => {
            let column = Column::answer(true, segments.len());
            Some(but_for(column, lacking(counts, taken, segments)))
        }
        Gather::Points(mode) => points(mode, counts, (taken, check), segments),
        Gather::Many(BuiltinId::Latest) => Some(picked(true, counts, taken, segments)),
        Gather::Many(BuiltinId::Earliest) => Some(picked(false, counts, taken, segments)),
        Gather::Many(BuiltinId::Streak) => streak(counts, taken, segments),
        Gather::Many(BuiltinId::All) => all(counts, taken, segments),
        Gather::Many(builtin) => {
            let column = match builtin {
                BuiltinId::Sum => sum(counts, taken, segments)?,
                BuiltinId::Average => average(counts, (taken, kind), segments)?,
                BuiltinId::Largest if taken.kind != Kind::Symbol => {
                    extreme(true, counts, taken, segments)
                }
                BuiltinId::Smallest if taken.kind != Kind::Symbol => {
                    extreme(false, counts, taken, segments)
                }
                BuiltinId::CountDistinct => distinct(counts, taken, segments)?,
                _ => return None,
            };
            Some(but_for(column, lacking(counts, taken, segments)))
        }
    }
}

/// What stands for each segment in place of a result: what the first element that counts and is not there has. Nothing
/// where there is no such element anywhere.
fn lacking(counts: &Counts<'_>, taken: &Operand<'_>, segments: Segments<'_>) -> Option<Vec<u8>> {
    in_place(counts, taken.column.states.as_deref()?, segments)
}

/// The same, where the elements that end it have these states.
fn in_place(counts: &Counts<'_>, states: &[u8], segments: Segments<'_>) -> Option<Vec<u8>> {
    let lacks = counts.and(states.iter().map(|it| *it != state::THERE));
    if lacks.is_empty() {
        return None;
    }
    let first = reduce::first(&lacks, segments);
    Some(first.iter().map(|it| at(states, *it)).collect())
}

/// The state of an element; of none that of what is there.
fn at(states: &[u8], element: u32) -> u8 {
    states.get(element as usize).copied().unwrap_or(state::THERE)
}

/// A column, but for what stands in place of it.
fn but_for(mut column: Column, lacking: Option<Vec<u8>>) -> Column {
    let Some(mut states) = lacking else { return column };
    for (own, before) in states.iter_mut().zip(column.states.iter().flatten()) {
        *own = u8::select(*own == state::THERE, *before, *own);
    }
    column.lanes.fill(&states, column.low);
    column.states = Some(states);
    column
}

/// The value of the last or the first element that counts; missing where there is none.
fn picked(last: bool, counts: &Counts<'_>, taken: &Operand<'_>, segments: Segments<'_>) -> Column {
    let index = if last { reduce::last(counts, segments) } else { reduce::first(counts, segments) };
    let lacks = |it: &u32| u8::from(*it == reduce::NONE);
    if index.iter().fold(0_u8, |any, it| any | lacks(it)) == 0 {
        let mut column = taken.column.gather(&index);
        column.states = column.states.filter(|it| state::lacks(it));
        return column;
    }
    // Where nothing counts, some value is taken and not kept: nothing hangs on which one, nor on a guess.
    let Some(last) = taken.column.lanes.len().checked_sub(1) else {
        return Column::missing(taken.kind, index.len());
    };
    let last = u32::try_from(last).unwrap_or(u32::MAX);
    let near: Vec<u32> = index.iter().map(|it| (*it).min(last)).collect();
    let mut column = taken.column.gather(&near);
    let states = match column.states {
        None => index.iter().map(|it| lacks(it) * state::MISSING).collect(),
        Some(mut states) => {
            for (own, it) in states.iter_mut().zip(&index) {
                *own = u8::select(*it == reduce::NONE, state::MISSING, *own);
            }
            states
        }
    };
    column.lanes.fill(&states, column.low);
    column.states = Some(states);
    column
}

/// The elements at which a row of conditions that hold ends: those that do not hold, and those of which it is not known.
fn ends<'c>(counts: &Counts<'_>, taken: &Operand<'c>) -> Option<(Counts<'static>, &'c [u8])> {
    let Lanes::Bits(holds) = &taken.column.lanes else { return None };
    let states = taken.column.states.as_deref().unwrap_or_default();
    let is_end = holds.iter().enumerate().map(|(at, it)| {
        let state = states.get(at).copied().unwrap_or(state::THERE);
        *it == 0 || state != state::THERE
    });
    Some((counts.and(is_end), states))
}

/// What is not known of a condition; of what is 不适用 it is known that it does not hold.
fn unknown(states: &[u8], ends: &[u32]) -> Option<Vec<u8>> {
    if states.is_empty() {
        return None;
    }
    // What a condition holds that is there, and what takes its place.
    let own = |it: &u32| match at(states, *it) {
        state::NOT_APPLICABLE => state::THERE,
        state::MISSING => state::of(&Value::Error(Fault::UnexpectedMissing)),
        own => own,
    };
    Some(ends.iter().map(own).collect()).filter(|it: &Vec<u8>| state::lacks(it))
}

/// How many elements at the end there are of which a condition holds.
fn streak(counts: &Counts<'_>, taken: &Operand<'_>, segments: Segments<'_>) -> Option<Column> {
    let (ends, states) = ends(counts, taken)?;
    let last = reduce::last(&ends, segments);
    let owners = segments.owners();
    let is_after = (0..).zip(owners).map(|(element, owner): (u32, &u32)| {
        // Behind none stand all.
        let last = last.get(*owner as usize).copied().unwrap_or(reduce::NONE);
        element >= last.wrapping_add(1)
    });
    let lanes = Lanes::Short(reduce::count(&counts.and(is_after), segments));
    let column = Column { lanes, states: None, low: 0, high: segments.longest() };
    Some(but_for(column, unknown(states, &last)))
}

/// Does a condition hold of all?
fn all(counts: &Counts<'_>, taken: &Operand<'_>, segments: Segments<'_>) -> Option<Column> {
    let (ends, states) = ends(counts, taken)?;
    let first = reduce::first(&ends, segments);
    let bits = first.iter().map(|it| u8::from(*it == reduce::NONE)).collect();
    Some(but_for(Column::bits(bits, None), unknown(states, &first)))
}

/// Sums, where the longest segment is proved to fit.
fn sum(counts: &Counts<'_>, taken: &Operand<'_>, segments: Segments<'_>) -> Option<Column> {
    let longest = segments.longest();
    let low = taken.column.low.min(0).checked_mul(longest)?;
    let high = taken.column.high.max(0).checked_mul(longest)?;
    let limit = 10_i128.pow(MAX_DIGITS);
    if low <= -limit || high >= limit {
        return None;
    }
    if i64::try_from(low).is_err() || i64::try_from(high).is_err() {
        return None;
    }
    let sums = match &taken.column.lanes {
        Lanes::Short(it) => reduce::sum(it, counts, segments),
        Lanes::Long(it) => reduce::sum(it, counts, segments),
        Lanes::Bits(_) | Lanes::Brief(_) | Lanes::Wide(_) => return None,
    };
    let lanes = if i32::try_from(low).is_ok() && i32::try_from(high).is_ok() {
        Lanes::Short(sums.iter().map(|it| i32::try_from(*it).unwrap_or_default()).collect())
    } else {
        Lanes::Long(sums)
    };
    Some(Column { lanes, states: None, low, high })
}

/// Averages; missing where no element counts.
fn average(
    counts: &Counts<'_>,
    (taken, kind): (&Operand<'_>, Kind),
    segments: Segments<'_>,
) -> Option<Column> {
    let (Kind::Number(own), Kind::Number(places)) = (taken.kind, kind) else { return None };
    let sums = sum(counts, taken, segments)?.lanes;
    let counts = reduce::count(counts, segments);
    let overflow = (0, state::of(&Value::Error(Fault::Overflow)));
    let each = counts.iter().enumerate().map(|(at, count)| {
        if *count == 0 {
            return (0, state::MISSING);
        }
        let sum = Decimal::new(sums.at(at), own);
        let average = sum.and_then(|it| it.checked_div(Decimal::from(i64::from(*count)), places));
        let number = average.and_then(|it| plain_number(&Value::Number(it), kind));
        number.map_or(overflow, |it| (it, state::THERE))
    });
    let (numbers, states) = each.unzip();
    Some(Column::of_numbers(kind, numbers, states))
}

/// Points that come together; 0 where there are none. Those that are 不适用 do not count, and one that is missing or in error
/// ends it, as does a check that is not there.
fn points(
    mode: Mode,
    counts: &Counts<'_>,
    (taken, check): (&Operand<'_>, Option<&Operand<'_>>),
    segments: Segments<'_>,
) -> Option<Column> {
    let states = taken.column.states.as_deref();
    let checks = check.map_or(Some(&[][..]), |it| match &it.column.states {
        None => Some(&[]),
        Some(_) if it.splat => None,
        Some(all) => Some(all),
    })?;
    let present = states.map(|it| counts.and(it.iter().map(|it| *it == state::THERE)));
    let present = present.as_ref().unwrap_or(counts);
    let column = match mode {
        Mode::Sum => sum(present, taken, segments)?,
        Mode::Highest => or_zero(extreme(true, present, taken, segments)),
        Mode::Lowest => or_zero(extreme(false, present, taken, segments)),
        Mode::First => return None,
    };
    let elements = taken.column.lanes.len();
    let end = |at: usize| match checks.get(at).copied().unwrap_or(state::THERE) {
        state::THERE => match states.and_then(|it| it.get(at)).copied() {
            Some(state::NOT_APPLICABLE) | None => state::THERE,
            Some(own) => own,
        },
        check => check,
    };
    if states.is_none() && checks.is_empty() {
        return Some(column);
    }
    let ends: Vec<u8> = (0..elements).map(end).collect();
    Some(but_for(column, in_place(counts, &ends, segments)))
}

/// A column with 0 for what is not there.
fn or_zero(mut column: Column) -> Column {
    if let Some(states) = column.states.take() {
        column.lanes.fill(&states, 0);
        (column.low, column.high) = (column.low.min(0), column.high.max(0));
    }
    column
}

/// The greatest or the least number; missing where no element counts.
fn extreme(
    greatest: bool,
    counts: &Counts<'_>,
    taken: &Operand<'_>,
    segments: Segments<'_>,
) -> Column {
    fn of<T: Copy + Ord + Default + TryFrom<i128>>(
        greatest: bool,
        all: &[T],
        worst: i128,
        counts: &Counts<'_>,
        segments: Segments<'_>,
    ) -> Vec<T> {
        let worst = T::try_from(worst).unwrap_or_default();
        if greatest {
            reduce::extreme(T::max, all, worst, counts, segments)
        } else {
            reduce::extreme(T::min, all, worst, counts, segments)
        }
    }
    let (low, high) = (taken.column.low, taken.column.high);
    if let Some(column) = short_extreme(greatest, counts, taken, segments) {
        return column;
    }
    let worst = if greatest { low } else { high };
    let lanes = match &taken.column.lanes {
        Lanes::Bits(it) => Lanes::Bits(of(greatest, it, worst, counts, segments)),
        Lanes::Brief(it) => Lanes::Brief(of(greatest, it, worst, counts, segments)),
        Lanes::Short(it) => Lanes::Short(of(greatest, it, worst, counts, segments)),
        Lanes::Long(it) => Lanes::Long(of(greatest, it, worst, counts, segments)),
        Lanes::Wide(it) => Lanes::Wide(of(greatest, it, worst, counts, segments)),
    };
    let states = missing_but(reduce::any(counts, segments));
    Column { lanes, states, low, high }
}

/// The states of what is missing but where there is any; nothing where there is some everywhere.
fn missing_but(any: Vec<u8>) -> Option<Vec<u8>> {
    let lacks = any.iter().fold(1, |all, it| all & it) == 0;
    let state = |it: u8| if it == 0 { state::MISSING } else { state::THERE };
    lacks.then(|| any.into_iter().map(state).collect())
}

/// The greatest or the least number, where numbers differ by less than 16 bits can tell: twice as many are compared at once, and
/// one is left that is worse than all of them and stands for none.
fn short_extreme(
    greatest: bool,
    counts: &Counts<'_>,
    taken: &Operand<'_>,
    segments: Segments<'_>,
) -> Option<Column> {
    let Lanes::Short(all) = &taken.column.lanes else { return None };
    let (low, high) = (taken.column.low, taken.column.high);
    if high.checked_sub(low)? >= i128::from(u16::MAX) {
        return None;
    }
    // Numbers are told by how much they are better than the worst that there may be, and one more.
    let (least, most) = (i32::try_from(low).ok()?, i32::try_from(high).ok()?);
    let better = |it: i32| {
        let by = if greatest { it.wrapping_sub(least) } else { most.wrapping_sub(it) };
        lower_half(by.wrapping_add(1).cast_unsigned())
    };
    let better: Vec<u16> = all.iter().map(|it| better(*it)).collect();
    let best = reduce::greatest(&better, counts, segments);
    let any = best.iter().map(|it| u8::from(*it != 0)).collect();
    let number = |it: &u16| {
        let by = i32::from((*it).max(1)).wrapping_sub(1);
        if greatest { least.wrapping_add(by) } else { most.wrapping_sub(by) }
    };
    let lanes = Lanes::Short(best.iter().map(number).collect());
    Some(Column { lanes, states: missing_but(any), low, high })
}

/// How many different values, where few are possible.
fn distinct(counts: &Counts<'_>, taken: &Operand<'_>, segments: Segments<'_>) -> Option<Column> {
    let low = taken.column.low;
    if taken.column.high.checked_sub(low)? >= 64 {
        return None;
    }
    let numbers = match &taken.column.lanes {
        Lanes::Bits(it) => reduce::distinct(it, u8::try_from(low).ok()?, counts, segments),
        Lanes::Short(it) => reduce::distinct(it, i32::try_from(low).ok()?, counts, segments),
        Lanes::Brief(_) | Lanes::Long(_) | Lanes::Wide(_) => return None,
    };
    let high = segments.longest().min(64);
    Some(Column { lanes: Lanes::Short(numbers), states: None, low: 0, high })
}
