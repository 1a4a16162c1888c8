//! What a declaration is worth in each household of a batch, and what all of these come to.

use heng_dsl::value::Decimal;

use super::batch::Batch;
use super::plan::{Kind, Node, NodeId, Op};
use crate::columns::{self, Column, Lanes, Select as _, state};
use crate::part::{Coded, Numbers};

/// A result that is looked up once for the whole batch.
#[derive(Clone, Copy)]
pub(super) struct Looked<'b> {
    pub(super) column: &'b Column,
    pub(super) kind: Kind,
    /// It is the same for all households, and stands once.
    pub(super) constant: bool,
}

impl<'b> Looked<'b> {
    /// What an operation gave; of one that nothing asks for, nothing.
    pub(super) fn at_node(batch: &'b Batch<'_>, node: NodeId) -> Option<Self> {
        let column: &Column = batch.column(node)?;
        let Node { op, kind, .. } = &batch.plan().nodes[node.index()];
        Some(Self { column, kind: *kind, constant: matches!(op, Op::Const(_)) })
    }

    /// What so many households hold instead of a value; nothing where all have one.
    pub(super) fn states(self, len: usize) -> Option<Vec<u8>> {
        let own = self.column.states.as_deref()?;
        Some(if self.constant {
            vec![own.first().copied().unwrap_or_default(); len]
        } else {
            own.to_vec()
        })
    }

    /// Where the value of a household stands.
    pub(super) fn at(self, at: usize) -> usize {
        if self.constant { 0 } else { at }
    }

    pub(super) fn state(self, at: usize) -> u8 {
        self.column.state(self.at(at))
    }

    /// Is a condition 是?
    pub(super) fn holds(self, at: usize) -> bool {
        self.state(at) == state::THERE && self.column.lanes.at(self.at(at)) == 1
    }

    /// Is a condition 是 in all of them?
    fn always_holds(self) -> bool {
        self.column.states.is_none() && self.column.low == 1
    }
}

/// What a declaration is worth: where its package is about the household, and what then.
#[derive(Clone, Copy)]
pub(super) struct Worth<'b> {
    pub(super) scope: Option<Looked<'b>>,
    pub(super) own: Looked<'b>,
}

impl Worth<'_> {
    /// What each household holds instead of a value; nothing where all have one.
    pub(super) fn states(&self, len: usize) -> Option<Vec<u8>> {
        let scope = self.scope.filter(|it| !it.always_holds());
        let mut states = match self.own.states(len) {
            None if scope.is_none() => return None,
            None => vec![state::THERE; len],
            Some(own) => own,
        };
        let Some(scope) = scope else { return Some(states) };
        match (&scope.column.lanes, scope.column.states.as_deref()) {
            (Lanes::Bits(bits), about) if !scope.constant => {
                for (own, bit) in states.iter_mut().zip(bits) {
                    *own = u8::select(*bit == 0, state::NOT_APPLICABLE, *own);
                }
                for (own, about) in states.iter_mut().zip(about.unwrap_or_default()) {
                    *own = u8::select(*about == state::THERE, *own, *about);
                }
            }
            _ => {
                for (at, own) in states.iter_mut().enumerate() {
                    *own = match scope.state(at) {
                        state::THERE if scope.holds(at) => *own,
                        state::THERE => state::NOT_APPLICABLE,
                        about => about,
                    };
                }
            }
        }
        Some(states)
    }

    /// How often each number from the least one on stands in these households, and after them each state; nothing
    /// where there are too many numbers.
    pub(super) fn counts(&self, states: Option<&[u8]>, rows: &Rows) -> Option<Vec<usize>> {
        let Column { lanes, low, high, .. } = self.own.column;
        let range = few(*low, *high)?;
        if self.own.constant {
            return None;
        }
        let low = i64::try_from(*low).ok()?;
        let mut counts = vec![0; range + state::ALL];
        match lanes {
            Lanes::Bits(all) if rows.all => {
                few_numbers(all, (u8::try_from(low).ok()?, range), states, &mut counts);
            }
            Lanes::Short(all) if rows.all && range <= FEW => {
                few_numbers(all, (i32::try_from(low).ok()?, range), states, &mut counts);
            }
            Lanes::Bits(all) => add_up(all, (low, range), (states, rows), &mut counts),
            Lanes::Brief(all) => add_up(all, (low, range), (states, rows), &mut counts),
            Lanes::Short(all) => add_up(all, (low, range), (states, rows), &mut counts),
            Lanes::Long(all) => add_up(all, (low, range), (states, rows), &mut counts),
            Lanes::Wide(_) => return None,
        }
        Some(counts)
    }

    /// What the numbers of these households come to.
    pub(super) fn numbers(&self, states: Option<&[u8]>, rows: &Rows) -> Option<Numbers> {
        let Kind::Number(places) = self.own.kind else { return None };
        let lanes = &self.own.column.lanes;
        let mut all = Total { count: 0, sum: 0, low: i128::MAX, high: i128::MIN };
        let there = |at: usize| states.is_none_or(|it| it.get(at) == Some(&state::THERE));
        match (lanes, states) {
            (Lanes::Short(own), None) if rows.all && !self.own.constant => all = short(own)?,
            (Lanes::Short(own), Some(states)) if rows.all && !self.own.constant => {
                let there = own.iter().zip(states).filter(|it| *it.1 == state::THERE);
                let there: Vec<i32> = there.map(|it| *it.0).collect();
                if !there.is_empty() {
                    all = short(&there)?;
                }
            }
            _ => {
                for at in rows.each().filter(|at| there(*at)) {
                    let number = lanes.at(self.own.at(at));
                    all = Total {
                        count: all.count + 1,
                        sum: all.sum.checked_add(number)?,
                        low: all.low.min(number),
                        high: all.high.max(number),
                    };
                }
            }
        }
        let decimal = |it: i128| Decimal::new(it, places);
        let bounds = match all.count {
            0 => None,
            _ => Some((decimal(all.low)?, decimal(all.high)?)),
        };
        Some(Numbers { count: all.count, bounds, sum: decimal(all.sum) })
    }
}

/// Households of a batch by their numbers.
pub(super) struct Rows {
    pub(super) numbers: Vec<u32>,
    /// These are all of the batch.
    pub(super) all: bool,
}

impl Rows {
    pub(super) fn each(&self) -> impl Iterator<Item = usize> + '_ {
        self.numbers.iter().map(|it| *it as usize)
    }
}

/// The state and the number of some households, by number among different ones; `states` has what each household of
/// the batch holds instead of a value.
pub(super) fn coded(looked: Looked<'_>, states: Option<&[u8]>, rows: &Rows) -> Coded<(u8, i128)> {
    let state = |at: usize| states.and_then(|it| it.get(at)).copied().unwrap_or(state::THERE);
    columns::coded(looked.column, rows.each().map(|at| (state(at), looked.at(at))))
}

struct Total {
    count: usize,
    sum: i128,
    low: i128,
    high: i128,
}

/// What some numbers come to, if there are any.
fn short(all: &[i32]) -> Option<Total> {
    let (low, high) = (all.iter().min()?, all.iter().max()?);
    let sum: i64 = all.iter().map(|it| i64::from(*it)).sum();
    Some(Total { count: all.len(), sum: sum.into(), low: (*low).into(), high: (*high).into() })
}

/// So many different numbers are each looked for by itself.
const FEW: usize = 8;

/// Counts few different numbers from the least one on, and states after them: each is looked for in all of them.
fn few_numbers<T: Copy + Eq + From<u8> + std::ops::Add<Output = T>>(
    all: &[T],
    (low, range): (T, usize),
    states: Option<&[u8]>,
    counts: &mut [usize],
) {
    let (numbers, others) = counts.split_at_mut(range);
    let each = (0_u8..).map(|it| low + T::from(it));
    for (count, number) in numbers.iter_mut().zip(each) {
        *count = match states {
            None => how_many(all, |it| *it == number),
            Some(states) => {
                let pairs = all.chunks(PART_OF_COUNT).zip(states.chunks(PART_OF_COUNT));
                let own = |(all, states): (&[T], &[u8])| {
                    let there =
                        |it: (&T, &u8)| u8::from(*it.0 == number) & u8::from(*it.1 == state::THERE);
                    all.iter().zip(states).fold(0_u8, |sum, it| sum.wrapping_add(there(it)))
                };
                pairs.map(own).map(usize::from).sum()
            }
        };
    }
    let states = states.unwrap_or_default();
    for (count, state) in others.iter_mut().zip(0_u8..).skip(1) {
        *count = how_many(states, |it| *it == state);
    }
}

/// So many at a time as a byte can count.
const PART_OF_COUNT: usize = u8::MAX as usize;

/// How many are as wanted; many are looked at at once.
pub(super) fn how_many<T>(all: &[T], wanted: impl Fn(&T) -> bool) -> usize {
    let own = |part: &[T]| part.iter().fold(0_u8, |sum, it| sum.wrapping_add(wanted(it).into()));
    all.chunks(PART_OF_COUNT).map(own).map(usize::from).sum()
}

/// Counts numbers from the least one on, and states after them.
fn add_up<T: Copy + Into<i64>>(
    all: &[T],
    (low, range): (i64, usize),
    (states, rows): (Option<&[u8]>, &Rows),
    counts: &mut [usize],
) {
    let number = |it: T| usize::try_from(it.into().wrapping_sub(low)).unwrap_or(usize::MAX);
    let place = |it: T, state: u8| match state {
        state::THERE => number(it),
        other => range + usize::from(other),
    };
    let mut add = |place: usize| {
        if let Some(count) = counts.get_mut(place) {
            *count += 1;
        }
    };
    match states {
        None if rows.all => all.iter().for_each(|it| add(number(*it))),
        Some(states) if rows.all => {
            all.iter().zip(states).for_each(|(it, state)| add(place(*it, *state)));
        }
        _ => {
            let state = |at: usize| states.and_then(|it| it.get(at)).copied().unwrap_or_default();
            let own = |at: usize| all.get(at).map(|it| place(*it, state(at)));
            rows.each().filter_map(own).for_each(&mut add);
        }
    }
}

/// How many numbers there are between bounds, if they are few.
fn few(low: i128, high: i128) -> Option<usize> {
    let range = high.checked_sub(low)?.checked_add(1)?;
    usize::try_from(range).ok().filter(|it| *it <= 1 << 12)
}
