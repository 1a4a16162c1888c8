//! What the elements that belong to one come to: counts, sums, the last one, and whatever else.
//!
//! The common functions have loops of their own ([`taken`] of what is taken from elements). The others are worked out by
//! the functions of the reference evaluator, one segment at a time.

mod taken;

use std::borrow::Cow;

use heng_dsl::builtins::BuiltinId;
use heng_dsl::value::Value;

use super::lane::{Input, Lane, Width};
use super::{Operand, reduce};
use crate::columnar::frame::{Frame, Words};
use crate::columnar::meaning::{fitted, of_elements};
use crate::columnar::plan::{Gather, Kind};
use crate::columns::{Column, Dictionary, Lanes, state};
use crate::eval::of_many;

/// The elements that belong to each, side by side.
#[derive(Clone, Copy)]
pub(in super::super) struct Segments<'f>(pub(in super::super) &'f Frame);

impl<'f> Segments<'f> {
    /// How many there are to which elements belong.
    pub(super) fn len(self) -> usize {
        self.0.offsets.len().saturating_sub(1)
    }

    fn each(self) -> impl Iterator<Item = std::ops::Range<usize>> {
        let offsets = &self.0.offsets;
        offsets.iter().zip(offsets.iter().skip(1)).map(|it| *it.0 as usize..*it.1 as usize)
    }

    /// Where the elements of each begin and end.
    pub(super) fn ends(self) -> impl Iterator<Item = (u32, u32)> {
        let offsets = &self.0.offsets;
        offsets.iter().copied().zip(offsets.iter().skip(1).copied())
    }

    /// Where the elements of one begin and end.
    pub(super) fn of(self, at: u32) -> (u32, u32) {
        let end = |at: usize| self.0.offsets.get(at).copied().unwrap_or_default();
        let at = at as usize;
        (end(at), end(at.saturating_add(1)))
    }

    /// Where the elements of each begin, eight of which are looked at at once.
    pub(super) fn words(self) -> &'f Words {
        self.0.words()
    }

    /// To which of them each element belongs.
    pub(super) fn owners(self) -> &'f [u32] {
        self.0.parents()
    }

    fn longest(self) -> i128 {
        self.0.longest().into()
    }
}

/// Which elements count.
pub(super) enum Counts<'c> {
    All,
    Some(Cow<'c, [u8]>),
}

impl<'c> Counts<'c> {
    /// Those of which a condition is 是; nothing where it is the same for all, and not 是.
    fn of(operand: &Operand<'c>) -> Option<Self> {
        let column = operand.column;
        match (&column.states, column.low) {
            (None, 1) => Some(Self::All),
            _ => holding(operand).map(Self::Some),
        }
    }

    /// Those of them of which something else holds, too.
    fn and(&self, others: impl Iterator<Item = bool>) -> Counts<'static> {
        let others = others.map(u8::from);
        Counts::Some(match self {
            Self::All => others.collect(),
            Self::Some(bits) => bits.iter().zip(others).map(|it| it.0 & it.1).collect(),
        })
    }

    /// Is there none?
    fn is_empty(&self) -> bool {
        match self {
            Self::All => false,
            Self::Some(bits) => bits.iter().fold(0, |any, it| any | it) == 0,
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
    quick(gather, kind, args, segments).unwrap_or_else(|| {
        let own = |it| {
            let value = fitted(of_segment(gather, kind, args, it, dictionary), kind);
            Column::part(&value, kind, dictionary)
        };
        // Most have no element that counts, which always comes to the same.
        let places = with_any(args.first(), segments);
        let range = |it: &u32| {
            let (start, end) = segments.of(*it);
            start as usize..end as usize
        };
        let nothing = own(0..0);
        let each = std::iter::once(nothing).chain(places.iter().map(|it| own(range(it))));
        let (numbers, states) = each.unzip();
        // The number of what each comes to: 0 is what nothing comes to.
        let mut index = vec![0_u32; segments.len()];
        for (place, number) in places.iter().zip(1_u32..) {
            if let Some(own) = index.get_mut(*place as usize) {
                *own = number;
            }
        }
        let column = Column::of_numbers(kind, numbers, states).gather(&index);
        let states = column.states.filter(|it| state::lacks(it));
        Column { states, ..column }
    })
}

/// Those that have an element that counts.
fn with_any(counts: Option<&Operand<'_>>, segments: Segments<'_>) -> Vec<u32> {
    let counts = counts.and_then(Counts::of).unwrap_or(Counts::All);
    let any = reduce::any(&counts, segments);
    (0..).zip(any).filter(|it| it.1 != 0).map(|it| it.0).collect()
}

/// Where a condition is 是; nothing where it is the same for all.
fn holding<'c>(condition: &Operand<'c>) -> Option<Cow<'c, [u8]>> {
    let column = condition.column;
    let Lanes::Bits(bits) = &column.lanes else { return None };
    let there = |it: (&u8, &u8)| *it.0 & u8::from(*it.1 == state::THERE);
    (!condition.splat).then(|| match &column.states {
        None => Cow::Borrowed(bits.as_slice()),
        Some(states) => Cow::Owned(bits.iter().zip(states).map(there).collect()),
    })
}

/// The common functions.
fn quick(
    gather: Gather,
    kind: Kind,
    args: &[Operand<'_>],
    segments: Segments<'_>,
) -> Option<Column> {
    let counts = args.first().and_then(Counts::of)?;
    match args {
        [_] => of_counts(gather, &counts, segments),
        [_, taken, check @ ..] => {
            taken::of_taken((gather, kind), &counts, (taken, check.first()), segments)
        }
        [] => None,
    }
}

/// What so many elements of each household come to, of which each has operands of its own.
pub(super) fn gathered(
    (gather, kind): (Gather, Kind),
    elements: usize,
    args: &[Operand<'_>],
    len: usize,
) -> Option<Column> {
    let each = args.len().checked_div(elements)?;
    if let (1, Gather::Many(BuiltinId::Count)) = (each, gather) {
        return counted(args, len);
    }
    if gather == Gather::Fault && each == 2 && args.chunks_exact(2).all(is_known) {
        return Some(Column::answer(true, len));
    }
    let of = |arg: usize| args.iter().skip(arg).step_by(each).copied().collect::<Vec<_>>();
    let columns = (0..each).map(|arg| interleaved(&of(arg), len)).collect::<Option<Vec<Column>>>();
    let columns = columns?;
    let args: Vec<Operand<'_>> = columns
        .iter()
        .zip(args)
        .map(|(column, it)| Operand { column, splat: false, kind: it.kind })
        .collect();
    let step = u32::try_from(elements).ok()?;
    let frame = Frame::segmented((0..=u32::try_from(len).ok()?).map(|it| it * step).collect());
    quick(gather, kind, &args, Segments(&frame))
}

/// Is it known whether an element counts, and is what is taken there wherever it does?
fn is_known(element: &[Operand<'_>]) -> bool {
    let [counts, taken] = element else { return false };
    Counts::of(counts).is_some_and(|it| is_there(&it, taken))
}

/// Is what is taken there of all elements that count? What is not there of others is not asked.
fn is_there(counts: &Counts<'_>, taken: &Operand<'_>) -> bool {
    let Some(states) = &taken.column.states else { return true };
    match counts {
        Counts::Some(bits) if !taken.splat => {
            let lacks = |it: (&u8, &u8)| u8::from(*it.0 != 0) & u8::from(*it.1 != state::THERE);
            bits.iter().zip(states).fold(0_u8, |all, it| all | lacks(it)) == 0
        }
        Counts::Some(_) | Counts::All => false,
    }
}

/// How many of several conditions hold.
fn counted(args: &[Operand<'_>], len: usize) -> Option<Column> {
    let mut counts = vec![0_i32; len];
    let mut always = 0_i32;
    for it in args {
        match Counts::of(it)? {
            Counts::All => always = always.wrapping_add(1),
            Counts::Some(bits) => {
                let own = counts.iter_mut().zip(bits.iter());
                own.for_each(|(count, bit)| *count = count.wrapping_add(i32::from(*bit)));
            }
        }
    }
    if always > 0 {
        counts.iter_mut().for_each(|it| *it = it.wrapping_add(always));
    }
    let high = i128::try_from(args.len()).ok()?;
    Some(Column { lanes: Lanes::Short(counts), states: None, low: 0, high })
}

/// The values of several columns in turn.
fn interleaved(parts: &[Operand<'_>], len: usize) -> Option<Column> {
    fn woven<T: Lane>(parts: &[Operand<'_>], len: usize) -> Lanes {
        let mut all = vec![T::default(); parts.len() * len];
        for (at, part) in parts.iter().enumerate() {
            let own = Input::<T>::of(part).filled(len);
            let places = all.iter_mut().skip(at).step_by(parts.len());
            places.zip(own).for_each(|(place, it)| *place = it);
        }
        T::lanes(all)
    }
    let low = parts.iter().map(|it| it.column.low).min()?;
    let high = parts.iter().map(|it| it.column.high).max()?;
    let lanes = if parts.iter().all(|it| it.kind == Kind::Bool) {
        let mut all = vec![0_u8; parts.len() * len];
        for (at, part) in parts.iter().enumerate() {
            let Lanes::Bits(own) = &part.column.lanes else { return None };
            let places = all.iter_mut().skip(at).step_by(parts.len());
            match own.first() {
                Some(same) if part.splat => places.for_each(|place| *place = *same),
                _ => places.zip(own).for_each(|(place, it)| *place = *it),
            }
        }
        Lanes::Bits(all)
    } else {
        match Width::of(low, high).with(parts) {
            Width::Short => woven::<i32>(parts, len),
            Width::Long => woven::<i64>(parts, len),
            Width::Wide => woven::<i128>(parts, len),
        }
    };
    let lacks = parts.iter().any(|it| !it.is_there());
    let states = lacks.then(|| {
        let mut all = vec![state::THERE; parts.len() * len];
        for (at, part) in parts.iter().enumerate() {
            let places = all.iter_mut().skip(at).step_by(parts.len()).enumerate();
            places.for_each(|(row, it)| *it = part.column.state(if part.splat { 0 } else { row }));
        }
        all
    });
    Some(Column { lanes, states, low, high })
}

fn of_counts(gather: Gather, counts: &Counts<'_>, segments: Segments<'_>) -> Option<Column> {
    let some = |any: bool| {
        let of = |it: u8| if any { it } else { 1 - it };
        Column::bits(reduce::any(counts, segments).into_iter().map(of).collect(), None)
    };
    Some(match gather {
        Gather::Many(BuiltinId::Count) => Column {
            lanes: Lanes::Short(reduce::count(counts, segments)),
            states: None,
            low: 0,
            high: segments.longest(),
        },
        Gather::Many(BuiltinId::Any) | Gather::Any => some(true),
        Gather::Many(BuiltinId::None) => some(false),
        _ => return None,
    })
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
    of_elements(gather, kind, range, (args.len(), &value))
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
    let len = segments.0.len;
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
