//! Answers by looking them up: what an operation means for small operands is worked out once for each
//! combination that occurs, whichever operation it is. Where there could be too many combinations to have a place for
//! each, those that occur are found by hashing, as long as they are few.

use hashbrown::HashTable;
use heng_dsl::model::linked::Linked;
use heng_dsl::value::Value;

use super::Operand;
use crate::columnar::meaning::meaning;
use crate::columnar::plan::{Kind, Op};
use crate::columns::{Column, Dictionary, Lanes, number, state};

/// How many combinations have a place each.
const MOST: usize = 1 << 17;

/// How many are remembered of those that occur, where there could be more.
const MOST_FOUND: usize = 1 << 14;

/// No answer yet.
const UNKNOWN: u8 = u8::MAX;

/// What an operation gave for combinations of its operands.
#[derive(Debug, Default)]
pub(in super::super) struct Memo {
    /// For each operand its least number, and how many numbers and states there are.
    axes: Vec<Axis>,
    numbers: Vec<i64>,
    states: Vec<u8>,
    low: i64,
    high: i64,
    /// The places of combinations that have occurred; absent where each has a place of its own.
    found: Option<HashTable<u32>>,
    /// The combinations that have a place, if they have no place of their own.
    combinations: Vec<u64>,
    /// Too many have occurred.
    is_hopeless: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Axis {
    low: i128,
    /// Numbers from the least to the greatest one.
    numbers: usize,
    /// After them stand the states, once one has occurred.
    lacks: bool,
}

impl Axis {
    fn size(self) -> usize {
        self.numbers + if self.lacks { state::ALL } else { 0 }
    }
}

/// What is asked of a memo besides its operands.
#[derive(Clone, Copy)]
pub(in super::super) struct Asked<'p> {
    pub(in super::super) op: &'p Op,
    pub(in super::super) kind: Kind,
    pub(in super::super) linked: &'p Linked,
    pub(in super::super) dictionary: &'p Dictionary,
}

impl Memo {
    /// The answers for each lane; nothing where there are too many combinations, or a number is too
    /// long to be remembered.
    pub(in super::super) fn run(
        &mut self,
        asked: Asked<'_>,
        args: &[Operand<'_>],
        len: usize,
    ) -> Option<Column> {
        self.fit(args)?;
        let index = match self.found {
            None => self.index(args, len),
            Some(_) => self.places(args, len)?,
        };
        for (at, it) in index.iter().enumerate() {
            if self.states.get(*it as usize) == Some(&UNKNOWN) {
                self.learn(*it as usize, asked, args, at)?;
            }
        }
        Some(self.answers(&index, asked.kind))
    }

    /// Makes room for the numbers that the operands may be.
    fn fit(&mut self, args: &[Operand<'_>]) -> Option<()> {
        if self.is_hopeless {
            return None;
        }
        let mut axes = Vec::with_capacity(args.len());
        let mut size = 1_u64;
        for it in args.iter().filter(|it| !it.splat) {
            let known = self.axes.get(axes.len());
            let (mut low, mut high) = (it.column.low, it.column.high);
            let mut lacks = it.column.states.is_some();
            if let Some(known) = known {
                low = low.min(known.low);
                high = high.max(known.low + i128::try_from(known.numbers).ok()? - 1);
                lacks |= known.lacks;
            }
            let numbers = usize::try_from(high.checked_sub(low)?.checked_add(1)?).ok()?;
            let axis = Axis { low, numbers, lacks };
            size = size.checked_mul(u64::try_from(axis.size()).ok()?)?;
            axes.push(axis);
        }
        if axes != self.axes || self.numbers.is_empty() && self.found.is_none() {
            let own = usize::try_from(size).ok().filter(|it| *it <= MOST);
            let places = own.unwrap_or_default();
            *self = Self {
                axes,
                numbers: vec![0; places],
                states: vec![UNKNOWN; places],
                found: own.is_none().then(HashTable::new),
                ..Self::default()
            };
        }
        Some(())
    }

    /// The place of the combination of each lane, found by hashing; nothing once there are too many.
    fn places(&mut self, args: &[Operand<'_>], len: usize) -> Option<Vec<u32>> {
        let mut all = vec![0_u64; len];
        let varying = args.iter().filter(|it| !it.splat);
        for (axis, it) in self.axes.iter().zip(varying) {
            let size = u64::try_from(axis.size()).ok()?;
            let numbers = u64::try_from(axis.numbers).ok()?;
            let states = it.column.states.as_deref();
            for (at, own) in all.iter_mut().enumerate() {
                let state = states.and_then(|it| it.get(at)).copied().unwrap_or(state::THERE);
                let place = if state == state::THERE {
                    u64::try_from(it.column.lanes.at(at) - axis.low).ok()?
                } else {
                    numbers + u64::from(state)
                };
                *own = own.wrapping_mul(size).wrapping_add(place);
            }
        }
        let found = self.found.as_mut()?;
        let (combinations, numbers, states) =
            (&mut self.combinations, &mut self.numbers, &mut self.states);
        let place = |it: u64| {
            let next = u32::try_from(combinations.len()).unwrap_or(u32::MAX);
            let own = |at: &u32| combinations.get(*at as usize).copied().unwrap_or_default();
            let entry = found.entry(spread(it), |at| own(at) == it, |at| spread(own(at)));
            let number = *entry.or_insert(next).get();
            if number == next {
                combinations.push(it);
                numbers.push(0);
                states.push(UNKNOWN);
            }
            number
        };
        let places: Vec<u32> = all.into_iter().map(place).collect();
        if self.combinations.len() > MOST_FOUND {
            *self = Self { is_hopeless: true, ..Self::default() };
            return None;
        }
        Some(places)
    }

    /// The number of the combination of each lane.
    fn index(&self, args: &[Operand<'_>], len: usize) -> Vec<u32> {
        let mut index = vec![0_u32; len];
        let varying = args.iter().filter(|it| !it.splat);
        for (axis, it) in self.axes.iter().zip(varying) {
            let (size, numbers) = (short(axis.size()), short(axis.numbers));
            let low = i64::try_from(axis.low).unwrap_or_default();
            let add =
                |index: &mut u32, own: u32| *index = index.wrapping_mul(size).wrapping_add(own);
            // Numbers lie within the bounds, which are near to each other, so that differences wrap to them.
            match &it.column.lanes {
                Lanes::Bits(all) => {
                    let low = u32::try_from(axis.low).unwrap_or_default();
                    let lanes = index.iter_mut().zip(all);
                    lanes.for_each(|(index, it)| add(index, u32::from(*it).wrapping_sub(low)));
                }
                Lanes::Short(all) => match i32::try_from(axis.low) {
                    Ok(low) => {
                        let own = |it: i32| it.wrapping_sub(low).cast_unsigned();
                        index.iter_mut().zip(all).for_each(|(index, it)| add(index, own(*it)));
                    }
                    Err(_) => {
                        let own = |it: i32| u32::try_from(i64::from(it) - low).unwrap_or_default();
                        index.iter_mut().zip(all).for_each(|(index, it)| add(index, own(*it)));
                    }
                },
                Lanes::Brief(all) => {
                    let own = |it: i16| u32::try_from(i64::from(it) - low).unwrap_or_default();
                    index.iter_mut().zip(all).for_each(|(index, it)| add(index, own(*it)));
                }
                Lanes::Long(all) => {
                    let own = |it: i64| u32::try_from(it.wrapping_sub(low)).unwrap_or_default();
                    index.iter_mut().zip(all).for_each(|(index, it)| add(index, own(*it)));
                }
                Lanes::Wide(all) => {
                    let own = |it: i128| u32::try_from(it - axis.low).unwrap_or_default();
                    index.iter_mut().zip(all).for_each(|(index, it)| add(index, own(*it)));
                }
            }
            let Some(states) = &it.column.states else { continue };
            // What is not there was counted by whatever number it has.
            for (at, (index, state)) in index.iter_mut().zip(states).enumerate() {
                if *state != state::THERE {
                    let own = u32::try_from(it.column.lanes.at(at) - axis.low).unwrap_or_default();
                    let other = numbers + u32::from(*state);
                    *index = index.wrapping_sub(own).wrapping_add(other);
                }
            }
        }
        index
    }

    /// Works out the combination that stands in a lane.
    fn learn(
        &mut self,
        place: usize,
        asked: Asked<'_>,
        args: &[Operand<'_>],
        at: usize,
    ) -> Option<()> {
        let value = single(asked, args, at);
        let found = number(&value, asked.kind, asked.dictionary);
        let found = i64::try_from(found.unwrap_or_default()).ok()?;
        *self.numbers.get_mut(place)? = found;
        *self.states.get_mut(place)? = state::of(&value);
        self.low = self.low.min(found);
        self.high = self.high.max(found);
        Some(())
    }

    fn answers(&self, index: &[u32], kind: Kind) -> Column {
        let number = |it: &u32| self.numbers.get(*it as usize).copied().unwrap_or_default();
        let (low, high) = (self.low, self.high);
        let lanes = if kind == Kind::Bool {
            Lanes::Bits(index.iter().map(|it| u8::from(number(it) != 0)).collect())
        } else if i32::try_from(low).is_ok() && i32::try_from(high).is_ok() {
            let short = |it: &u32| i32::try_from(number(it)).unwrap_or_default();
            Lanes::Short(index.iter().map(short).collect())
        } else {
            Lanes::Long(index.iter().map(number).collect())
        };
        let states = index.iter().map(|it| self.states.get(*it as usize).copied());
        let states: Vec<u8> = states.map(Option::unwrap_or_default).collect();
        let lacks = state::lacks(&states);
        let states = lacks.then_some(states);
        Column { lanes, states, low: i128::from(low), high: i128::from(high) }
    }
}

/// A hash of a combination.
fn spread(combination: u64) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    combination.wrapping_mul(FACTOR).rotate_left(32).wrapping_mul(FACTOR)
}

fn short(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// What the operation means for the values of one lane.
fn single(asked: Asked<'_>, args: &[Operand<'_>], at: usize) -> Value {
    let values: Vec<Value> = args
        .iter()
        .map(|it| it.column.value(if it.splat { 0 } else { at }, it.kind, asked.dictionary))
        .collect();
    meaning(asked.op, asked.kind, &values, asked.linked)
}

/// Every lane by itself, where nothing is quicker.
pub(in super::super) fn each(asked: Asked<'_>, args: &[Operand<'_>], len: usize) -> Column {
    let values = (0..len).map(|at| single(asked, args, at));
    Column::of(asked.kind, values, asked.dictionary)
}
