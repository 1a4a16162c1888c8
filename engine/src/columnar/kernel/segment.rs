//! What the elements that belong to one come to: counts, sums, the last one, and whatever else.
//!
//! The common functions of elements that are all there have loops of their own. The others are worked
//! out by the functions of the reference evaluator, one segment at a time.

use heng_dsl::builtins::BuiltinId;
use heng_dsl::model::Mode;
use heng_dsl::value::{Decimal, MAX_DIGITS, Value};

use super::Operand;
use crate::columnar::meaning::fitted;
use crate::columnar::plan::{Gather, Kind};
use crate::columns::{Column, Dictionary, Lanes, state};
use crate::eval::{either, of_many, together};

/// Where the elements of each begin; one more than there are, for the end of the last.
#[derive(Clone, Copy)]
pub(in super::super) struct Segments<'f>(pub(in super::super) &'f [u32]);

impl Segments<'_> {
    fn len(self) -> usize {
        self.0.len().saturating_sub(1)
    }

    fn each(self) -> impl Iterator<Item = std::ops::Range<usize>> {
        self.0.iter().zip(self.0.iter().skip(1)).map(|it| *it.0 as usize..*it.1 as usize)
    }

    fn longest(self) -> i128 {
        self.each().map(|it| it.len()).max().and_then(|it| i128::try_from(it).ok()).unwrap_or(0)
    }
}

/// Which elements count.
enum Counts<'c> {
    All,
    Some(&'c [u8]),
}

impl<'c> Counts<'c> {
    fn of(operand: &Operand<'c>) -> Option<Self> {
        let column = operand.column;
        let Lanes::Bits(bits) = &column.lanes else { return None };
        match (&column.states, column.low) {
            (None, 1) => Some(Self::All),
            (None, _) if !operand.splat => Some(Self::Some(bits)),
            _ => None,
        }
    }

    fn has(&self, at: usize) -> bool {
        match self {
            Self::All => true,
            Self::Some(bits) => bits.get(at).is_some_and(|it| *it != 0),
        }
    }
}

/// What the elements of each segment come to.
pub(in super::super) fn gather(
    gather: Gather,
    kind: Kind,
    args: &[Operand<'_>],
    segments: Segments<'_>,
    dictionary: &Dictionary,
) -> Column {
    let quick = args.first().and_then(Counts::of).and_then(|counts| match args.get(1) {
        None => of_counts(gather, &counts, segments),
        Some(taken) => of_taken(gather, &counts, taken, args.len(), segments),
    });
    quick.unwrap_or_else(|| {
        let own = |it| fitted(of_segment(gather, kind, args, it, dictionary), kind);
        let values = segments.each().map(own);
        let values: Vec<Value> = values.collect();
        Column::of(kind, values.into_iter(), dictionary)
    })
}

fn of_counts(gather: Gather, counts: &Counts<'_>, segments: Segments<'_>) -> Option<Column> {
    let numbers: Vec<i32> = match counts {
        Counts::All => {
            segments.each().map(|it| i32::try_from(it.len()).unwrap_or(i32::MAX)).collect()
        }
        Counts::Some(bits) => {
            // Running totals, so that no branch depends on how long a segment is.
            let mut totals = Vec::with_capacity(bits.len() + 1);
            let mut total = 0_i32;
            totals.push(0);
            totals.extend(bits.iter().map(|it| {
                total += i32::from(*it);
                total
            }));
            let at = |it: u32| totals.get(it as usize).copied().unwrap_or(total);
            segments
                .0
                .iter()
                .zip(segments.0.iter().skip(1))
                .map(|it| at(*it.1) - at(*it.0))
                .collect()
        }
    };
    match gather {
        Gather::Many(BuiltinId::Count) => {
            let (states, low) = (None, 0);
            Some(Column { lanes: Lanes::Short(numbers), states, low, high: segments.longest() })
        }
        Gather::Many(BuiltinId::Any) | Gather::Any => {
            Some(Column::bits(numbers.iter().map(|it| u8::from(*it > 0)).collect(), None))
        }
        Gather::Many(BuiltinId::None) => {
            Some(Column::bits(numbers.iter().map(|it| u8::from(*it == 0)).collect(), None))
        }
        _ => None,
    }
}

fn of_taken(
    gather: Gather,
    counts: &Counts<'_>,
    taken: &Operand<'_>,
    args: usize,
    segments: Segments<'_>,
) -> Option<Column> {
    // What is not there of elements that do not count is not asked.
    let there = taken.column.states.as_ref().is_none_or(|states| match counts {
        Counts::All => false,
        Counts::Some(bits) => {
            let lacks = |it: (&u8, &u8)| u8::from(*it.0 != 0) & u8::from(*it.1 != state::THERE);
            bits.iter().zip(states).fold(0_u8, |all, it| all | lacks(it)) == 0
        }
    });
    match gather {
        Gather::Fault if there => Some(Column::answer(true, segments.len())),
        Gather::Many(BuiltinId::Latest) if !taken.splat => {
            Some(picked(true, counts, taken, segments))
        }
        Gather::Many(BuiltinId::Earliest) if !taken.splat => {
            Some(picked(false, counts, taken, segments))
        }
        Gather::Many(BuiltinId::Sum) if there && !taken.splat => sum(counts, taken, segments),
        Gather::Points(Mode::Sum) if there && !taken.splat && args == 2 => {
            sum(counts, taken, segments)
        }
        Gather::Many(BuiltinId::Largest) if there && !taken.splat && taken.kind != Kind::Symbol => {
            Some(extreme(true, counts, taken, segments))
        }
        Gather::Many(BuiltinId::Smallest)
            if there && !taken.splat && taken.kind != Kind::Symbol =>
        {
            Some(extreme(false, counts, taken, segments))
        }
        Gather::Many(BuiltinId::CountDistinct) if there && !taken.splat => {
            distinct(counts, taken, segments)
        }
        _ => None,
    }
}

/// The value of the last or the first element that counts; missing where there is none.
fn picked(last: bool, counts: &Counts<'_>, taken: &Operand<'_>, segments: Segments<'_>) -> Column {
    let index: Vec<u32> = match counts {
        Counts::All => {
            let at = |it: std::ops::Range<usize>| if last { it.end - 1 } else { it.start };
            let of = |it: std::ops::Range<usize>| if it.is_empty() { NONE } else { short(at(it)) };
            segments.each().map(of).collect()
        }
        Counts::Some(bits) => {
            let of = |it: std::ops::Range<usize>| {
                let own = bits.get(it.clone()).unwrap_or_default();
                let mut own = own.iter();
                let at =
                    if last { own.rposition(|it| *it != 0) } else { own.position(|it| *it != 0) };
                at.map_or(NONE, |at| short(it.start + at))
            };
            segments.each().map(of).collect()
        }
    };
    let mut column = taken.column.gather(&index);
    let none = index.iter().fold(0_u8, |any, it| any | u8::from(*it == NONE)) != 0;
    if none {
        let mut states = column.states.take().unwrap_or_else(|| vec![state::THERE; index.len()]);
        for (own, found) in states.iter_mut().zip(&index) {
            *own = if *found == NONE { state::MISSING } else { *own };
        }
        column.lanes.fill(&states, column.low);
        column.states = Some(states);
    } else {
        column.states = column.states.filter(|it| it.iter().any(|it| *it != state::THERE));
    }
    column
}

/// Stands for no element.
const NONE: u32 = u32::MAX;

fn short(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(NONE)
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
        Lanes::Short(it) => sums(it, counts, segments),
        Lanes::Long(it) => sums(it, counts, segments),
        Lanes::Bits(_) | Lanes::Wide(_) => return None,
    };
    let lanes = if i32::try_from(low).is_ok() && i32::try_from(high).is_ok() {
        Lanes::Short(sums.iter().map(|it| i32::try_from(*it).unwrap_or_default()).collect())
    } else {
        Lanes::Long(sums)
    };
    Some(Column { lanes, states: None, low, high })
}

/// Sums that fit, of each segment.
fn sums<T: Copy + Into<i64>>(all: &[T], counts: &Counts<'_>, segments: Segments<'_>) -> Vec<i64> {
    let own = |range: std::ops::Range<usize>| {
        let own = all.get(range.clone()).unwrap_or_default().iter().map(|it| (*it).into());
        match counts {
            Counts::All => own.fold(0_i64, i64::wrapping_add),
            Counts::Some(bits) => {
                // What does not count is multiplied away: no branch depends on it.
                let bits = bits.get(range).unwrap_or_default();
                own.zip(bits).fold(0_i64, |sum, (it, bit)| {
                    sum.wrapping_add(it.wrapping_mul(i64::from(*bit)))
                })
            }
        }
    };
    segments.each().map(own).collect()
}

/// The greatest or the least number; missing where no element counts.
fn extreme(
    greatest: bool,
    counts: &Counts<'_>,
    taken: &Operand<'_>,
    segments: Segments<'_>,
) -> Column {
    fn best<T: Copy + Ord>(
        all: &[T],
        greatest: bool,
        counts: &Counts<'_>,
        segments: Segments<'_>,
    ) -> Vec<Option<T>> {
        let own = |range: std::ops::Range<usize>| {
            let counted = range.filter(|it| counts.has(*it)).filter_map(|at| all.get(at).copied());
            if greatest { counted.max() } else { counted.min() }
        };
        segments.each().map(own).collect()
    }
    fn split<T: Copy + Default>(all: &[Option<T>]) -> (Vec<T>, Vec<u8>) {
        let state = |it: &Option<T>| if it.is_some() { state::THERE } else { state::MISSING };
        (all.iter().map(|it| it.unwrap_or_default()).collect(), all.iter().map(state).collect())
    }
    let (mut lanes, states) = match &taken.column.lanes {
        Lanes::Bits(it) => {
            let (lanes, states) = split(&best(it, greatest, counts, segments));
            (Lanes::Bits(lanes), states)
        }
        Lanes::Short(it) => {
            let (lanes, states) = split(&best(it, greatest, counts, segments));
            (Lanes::Short(lanes), states)
        }
        Lanes::Long(it) => {
            let (lanes, states) = split(&best(it, greatest, counts, segments));
            (Lanes::Long(lanes), states)
        }
        Lanes::Wide(it) => {
            let (lanes, states) = split(&best(it, greatest, counts, segments));
            (Lanes::Wide(lanes), states)
        }
    };
    let lacks = states.iter().any(|it| *it != state::THERE);
    let (low, high) = (taken.column.low, taken.column.high);
    lanes.fill(&states, low);
    Column { lanes, states: lacks.then_some(states), low, high }
}

/// How many different values, where few are possible.
fn distinct(counts: &Counts<'_>, taken: &Operand<'_>, segments: Segments<'_>) -> Option<Column> {
    let low = taken.column.low;
    if taken.column.high.checked_sub(low)? >= 64 {
        return None;
    }
    let low = i32::try_from(low).ok()?;
    let bit = |at: usize| match &taken.column.lanes {
        Lanes::Bits(it) => it.get(at).map(|it| 1_u64 << (i32::from(*it) - low)),
        Lanes::Short(it) => it.get(at).map(|it| 1_u64 << (*it - low)),
        Lanes::Long(_) | Lanes::Wide(_) => None,
    };
    if matches!(taken.column.lanes, Lanes::Long(_) | Lanes::Wide(_)) {
        return None;
    }
    let own = |range: std::ops::Range<usize>| {
        let seen = range.filter(|it| counts.has(*it)).filter_map(bit).fold(0, |all, it| all | it);
        i32::try_from(seen.count_ones()).unwrap_or_default()
    };
    let lanes = Lanes::Short(segments.each().map(own).collect());
    Some(Column { lanes, states: None, low: 0, high: segments.longest().min(64) })
}

/// What one segment comes to, as the reference evaluator works it out.
pub(super) fn of_segment(
    gather: Gather,
    kind: Kind,
    args: &[Operand<'_>],
    range: std::ops::Range<usize>,
    dictionary: &Dictionary,
) -> Value {
    let value = |arg: usize, at: usize| of_operand(args, arg, at, dictionary);
    let counted: Vec<usize> = range.filter(|at| value(0, *at) == Value::Bool(true)).collect();
    let mut taken = |number: usize| counted.get(number).map_or(Value::Missing, |it| value(1, *it));
    match gather {
        Gather::Many(builtin) => either(of_many(builtin, counted.len(), kind.places(), &mut taken)),
        Gather::Any => Value::Bool(!counted.is_empty()),
        Gather::Fault => {
            let mut values = (0..counted.len()).map(taken);
            values.find(|it| !it.is_present()).unwrap_or(Value::Bool(true))
        }
        Gather::Points(mode) => {
            let each = counted.iter().map(|at| {
                let check = if args.len() > 2 { value(2, *at) } else { Value::Bool(true) };
                (check, value(1, *at))
            });
            either(points(mode, each))
        }
    }
}

/// 逐条: points that are there come together in order; a check that is not there ends it.
fn points(mode: Mode, each: impl Iterator<Item = (Value, Value)>) -> Result<Value, Value> {
    let mut worth: Option<Value> = None;
    for (check, value) in each {
        if !check.is_present() {
            return Err(check);
        }
        worth = match value {
            Value::NotApplicable => worth,
            Value::Missing | Value::Error(_) => return Err(value),
            value => Some(match worth {
                None => value,
                Some(before) => together(mode, before, value)?,
            }),
        };
    }
    Ok(worth.unwrap_or(Value::Number(Decimal::ZERO)))
}

fn of_operand(args: &[Operand<'_>], arg: usize, at: usize, dictionary: &Dictionary) -> Value {
    args.get(arg).map_or(Value::Missing, |it| {
        it.column.value(if it.splat { 0 } else { at }, it.kind, dictionary)
    })
}

/// Which elements are asked what is taken from them.
pub(in super::super) fn asked(
    gather: Gather,
    args: &[Operand<'_>],
    segments: Segments<'_>,
    dictionary: &Dictionary,
) -> Column {
    let len = segments.0.last().map_or(0, |it| *it as usize);
    let mut asked = vec![0_u8; len];
    for range in segments.each() {
        let value = |arg: usize, at: usize| of_operand(args, arg, at, dictionary);
        let counted: Vec<usize> = range.filter(|at| value(0, *at) == Value::Bool(true)).collect();
        let mut mark = |number: usize| {
            let Some(at) = counted.get(number) else { return Value::Missing };
            if let Some(it) = asked.get_mut(*at) {
                *it = 1;
            }
            value(1, *at)
        };
        match gather {
            Gather::Many(builtin) => drop(of_many(builtin, counted.len(), 0, &mut mark)),
            Gather::Fault | Gather::Any | Gather::Points(_) => {
                let is_fault = |it: &Value| match gather {
                    Gather::Points(_) => !it.is_present() && *it != Value::NotApplicable,
                    _ => !it.is_present(),
                };
                let found = (0..counted.len()).map(mark).find(is_fault);
                drop(found);
            }
        }
    }
    Column::bits(asked, None)
}
