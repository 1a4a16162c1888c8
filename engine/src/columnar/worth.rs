//! What a declaration is worth in each household of a batch, and what all of these come to.

use heng_dsl::value::Decimal;

use super::batch::Batch;
use super::plan::{Kind, Node, NodeId, Op};
use crate::columns::{self, Column, Lanes, state};
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
                    *own = if *bit == 0 { state::NOT_APPLICABLE } else { *own };
                }
                for (own, about) in states.iter_mut().zip(about.unwrap_or_default()) {
                    *own = if *about == state::THERE { *own } else { *about };
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
            Lanes::Bits(all) => add_up(all, (low, range), (states, rows), &mut counts),
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
