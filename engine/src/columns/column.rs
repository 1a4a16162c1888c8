//! Columns: values of one kind, side by side, with what is not there told apart.

use heng_dsl::model::TyKind;
use heng_dsl::value::{Date, Decimal, Fault, Value};

use super::dictionary::Dictionary;

/// What a place of a column holds instead of a value, as one byte; 0 for a value. The order is that in
/// which one wins over another where they meet, except among errors.
pub(crate) mod state {
    use super::{Fault, Value};

    pub(crate) const THERE: u8 = 0;
    pub(crate) const MISSING: u8 = 1;
    pub(crate) const NOT_APPLICABLE: u8 = 2;
    /// The first of the errors.
    pub(crate) const ERROR: u8 = 3;
    /// How many there are.
    pub(crate) const ALL: usize = 8;

    pub(crate) fn of(value: &Value) -> u8 {
        match value {
            Value::Missing => MISSING,
            Value::NotApplicable => NOT_APPLICABLE,
            Value::Error(Fault::Overflow) => ERROR,
            Value::Error(Fault::DateRange) => 4,
            Value::Error(Fault::NoRow) => 5,
            Value::Error(Fault::UnexpectedMissing) => 6,
            Value::Error(Fault::Type) => 7,
            _ => THERE,
        }
    }

    /// The non-value; a mistake for the state of a value, which the caller has ruled out.
    pub(crate) fn value(state: u8) -> Value {
        match state {
            MISSING => Value::Missing,
            NOT_APPLICABLE => Value::NotApplicable,
            ERROR => Value::Error(Fault::Overflow),
            4 => Value::Error(Fault::DateRange),
            5 => Value::Error(Fault::NoRow),
            6 => Value::Error(Fault::UnexpectedMissing),
            _ => Value::Error(Fault::Type),
        }
    }
}

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// 是 or 否
    Bool,
    /// Numbers with so many decimal places.
    Number(u8),
    /// Days since 1970-01-01.
    Date,
    /// Positions of members.
    Member,
    /// Texts, codes and frequencies, by their number in the dictionary.
    Symbol,
}

impl Kind {
    /// The kind of the values of a type; none for a type that stands for a mistake.
    pub(crate) fn of(ty: &TyKind) -> Option<Self> {
        Some(match ty {
            TyKind::Bool => Self::Bool,
            TyKind::Number(it) => Self::Number(it.places),
            TyKind::Date => Self::Date,
            TyKind::Text | TyKind::Code(_) | TyKind::Frequency => Self::Symbol,
            TyKind::Member(_) => Self::Member,
            TyKind::Unknown => return None,
        })
    }

    /// The decimal places of a number; none of anything else.
    pub(crate) fn places(self) -> u8 {
        match self {
            Self::Number(places) => places,
            Self::Bool | Self::Date | Self::Member | Self::Symbol => 0,
        }
    }
}

/// The numbers of a column, in the narrowest of these that holds them all.
#[derive(Debug, Clone)]
pub(crate) enum Lanes {
    /// 0 for 否 and 1 for 是.
    Bits(Vec<u8>),
    Short(Vec<i32>),
    Long(Vec<i64>),
    Wide(Vec<i128>),
}

/// Values of one kind. Where a state says that there is none, the number means nothing, but lies within
/// the bounds.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) lanes: Lanes,
    /// What is not there; absent where everything is.
    pub(crate) states: Option<Vec<u8>>,
    /// No number is less.
    pub(crate) low: i128,
    /// No number is greater.
    pub(crate) high: i128,
}

impl Lanes {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Bits(it) => it.len(),
            Self::Short(it) => it.len(),
            Self::Long(it) => it.len(),
            Self::Wide(it) => it.len(),
        }
    }

    pub(crate) fn at(&self, at: usize) -> i128 {
        match self {
            Self::Bits(it) => it.get(at).copied().map_or(0, i128::from),
            Self::Short(it) => it.get(at).copied().map_or(0, i128::from),
            Self::Long(it) => it.get(at).copied().map_or(0, i128::from),
            Self::Wide(it) => it.get(at).copied().unwrap_or_default(),
        }
    }

    /// The narrowest lanes for numbers within bounds.
    pub(crate) fn narrow(numbers: Vec<i128>, kind: Kind, low: i128, high: i128) -> Self {
        let fits = |least: i128, most: i128| least <= low && high <= most;
        if kind == Kind::Bool {
            Self::Bits(numbers.into_iter().map(|it| u8::from(it != 0)).collect())
        } else if fits(i128::from(i32::MIN), i128::from(i32::MAX)) {
            let short = numbers.into_iter().map(|it| i32::try_from(it).unwrap_or_default());
            Self::Short(short.collect())
        } else if fits(i128::from(i64::MIN), i128::from(i64::MAX)) {
            let long = numbers.into_iter().map(|it| i64::try_from(it).unwrap_or_default());
            Self::Long(long.collect())
        } else {
            Self::Wide(numbers)
        }
    }

    /// Adds a number, in wider lanes if it has to be.
    pub(crate) fn push(&mut self, number: i128) {
        self.widen(number, number);
        match self {
            Self::Bits(it) => it.push(u8::from(number != 0)),
            Self::Short(it) => it.push(i32::try_from(number).unwrap_or_default()),
            Self::Long(it) => it.push(i64::try_from(number).unwrap_or_default()),
            Self::Wide(it) => it.push(number),
        }
    }

    /// Adds many numbers between bounds.
    pub(crate) fn extend(&mut self, numbers: impl Iterator<Item = i64>, low: i64, high: i64) {
        self.widen(i128::from(low), i128::from(high));
        match self {
            Self::Bits(it) => it.extend(numbers.map(|it| u8::from(it != 0))),
            Self::Short(it) => {
                it.extend(numbers.map(|it| i32::try_from(it).unwrap_or_default()));
            }
            Self::Long(it) => it.extend(numbers),
            Self::Wide(it) => it.extend(numbers.map(i128::from)),
        }
    }

    /// Adds the numbers of others.
    pub(crate) fn append(&mut self, other: Self) {
        match (&mut *self, other) {
            (Self::Bits(own), Self::Bits(other)) => own.extend(other),
            (Self::Short(own), Self::Short(other)) => own.extend(other),
            (Self::Long(own), Self::Long(other)) => own.extend(other),
            (_, other) => (0..other.len()).for_each(|at| self.push(other.at(at))),
        }
    }

    /// The least and the greatest number; 0 where there is none.
    pub(crate) fn bounds(&self) -> (i128, i128) {
        fn of<T: Copy + Ord + Into<i128>>(all: &[T]) -> (i128, i128) {
            let low = all.iter().min().map_or(0, |it| (*it).into());
            (low, all.iter().max().map_or(0, |it| (*it).into()))
        }
        match self {
            Self::Bits(it) => of(it),
            Self::Short(it) => of(it),
            Self::Long(it) => of(it),
            Self::Wide(it) => of(it),
        }
    }

    /// The narrowest lanes for these bounds.
    pub(crate) fn settle(&mut self, low: i128, high: i128) {
        let fits = |least: i128, most: i128| least <= low && high <= most;
        if fits(i128::from(i32::MIN), i128::from(i32::MAX)) {
            let short = |it: i128| i32::try_from(it).unwrap_or_default();
            match self {
                Self::Long(all) => {
                    *self = Self::Short(all.iter().map(|it| short((*it).into())).collect());
                }
                Self::Wide(all) => *self = Self::Short(all.iter().map(|it| short(*it)).collect()),
                Self::Bits(_) | Self::Short(_) => {}
            }
        } else if let Self::Wide(all) = self
            && fits(i128::from(i64::MIN), i128::from(i64::MAX))
        {
            *self =
                Self::Long(all.iter().map(|it| i64::try_from(*it).unwrap_or_default()).collect());
        }
    }

    /// Makes the lanes wide enough.
    fn widen(&mut self, low: i128, high: i128) {
        let fits = match self {
            Self::Bits(_) | Self::Wide(_) => true,
            Self::Short(_) => i32::try_from(low).is_ok() && i32::try_from(high).is_ok(),
            Self::Long(_) => i64::try_from(low).is_ok() && i64::try_from(high).is_ok(),
        };
        if fits {
            return;
        }
        let long = i64::try_from(low).is_ok() && i64::try_from(high).is_ok();
        *self = match std::mem::replace(self, Self::Bits(Vec::new())) {
            Self::Short(it) if long => Self::Long(it.into_iter().map(i64::from).collect()),
            Self::Short(it) => Self::Wide(it.into_iter().map(i128::from).collect()),
            Self::Long(it) => Self::Wide(it.into_iter().map(i128::from).collect()),
            other => other,
        };
    }

    /// Other numbers for what was numbered from 0 on.
    pub(super) fn renumber(&mut self, numbers: &[usize]) {
        let new = |it: usize| numbers.get(it).copied().unwrap_or_default();
        if let Self::Short(all) = self {
            for it in all {
                let own = usize::try_from(*it).map(new).unwrap_or_default();
                *it = i32::try_from(own).unwrap_or_default();
            }
        }
    }

    /// A number wherever something is not there.
    pub(crate) fn fill(&mut self, states: &[u8], number: i128) {
        fn put<T: Copy>(all: &mut [T], states: &[u8], number: T) {
            for (own, state) in all.iter_mut().zip(states) {
                *own = if *state == state::THERE { *own } else { number };
            }
        }
        match self {
            Self::Bits(all) => put(all, states, u8::from(number != 0)),
            Self::Short(all) => put(all, states, i32::try_from(number).unwrap_or_default()),
            Self::Long(all) => put(all, states, i64::try_from(number).unwrap_or_default()),
            Self::Wide(all) => put(all, states, number),
        }
    }

    /// The numbers at these places.
    pub(crate) fn gather(&self, index: &[u32]) -> Self {
        fn pick<T: Copy + Default>(from: &[T], index: &[u32]) -> Vec<T> {
            index.iter().map(|it| from.get(*it as usize).copied().unwrap_or_default()).collect()
        }
        match self {
            Self::Bits(it) => Self::Bits(pick(it, index)),
            Self::Short(it) => Self::Short(pick(it, index)),
            Self::Long(it) => Self::Long(pick(it, index)),
            Self::Wide(it) => Self::Wide(pick(it, index)),
        }
    }

    fn slice(&self, from: usize, to: usize) -> Self {
        fn cut<T: Clone>(all: &[T], from: usize, to: usize) -> Vec<T> {
            all.get(from..to).map(<[T]>::to_vec).unwrap_or_default()
        }
        match self {
            Self::Bits(it) => Self::Bits(cut(it, from, to)),
            Self::Short(it) => Self::Short(cut(it, from, to)),
            Self::Long(it) => Self::Long(cut(it, from, to)),
            Self::Wide(it) => Self::Wide(cut(it, from, to)),
        }
    }
}

impl Column {
    pub(crate) fn state(&self, at: usize) -> u8 {
        self.states.as_ref().and_then(|it| it.get(at).copied()).unwrap_or(state::THERE)
    }

    /// 是 or 否 everywhere.
    pub(crate) fn bits(bits: Vec<u8>, states: Option<Vec<u8>>) -> Self {
        Self { lanes: Lanes::Bits(bits), states, low: 0, high: 1 }
    }

    /// The same answer everywhere.
    pub(crate) fn answer(answer: bool, len: usize) -> Self {
        let bit = u8::from(answer);
        let at = i128::from(bit);
        Self { lanes: Lanes::Bits(vec![bit; len]), states: None, low: at, high: at }
    }

    /// Other numbers for what was numbered from 0 on.
    pub(crate) fn renumber(&mut self, numbers: &[usize]) {
        let bound = |it: Option<&usize>| it.map_or(0, |it| i128::try_from(*it).unwrap_or(0));
        self.lanes.renumber(numbers);
        (self.low, self.high) = (bound(numbers.iter().min()), bound(numbers.iter().max()));
    }

    /// Adds what stands in another column of the same kind.
    pub(crate) fn append(&mut self, other: Self) {
        let before = self.lanes.len();
        if self.states.is_some() || other.states.is_some() {
            let more = other.lanes.len();
            let own = self.states.get_or_insert_with(|| vec![state::THERE; before]);
            match other.states {
                Some(states) => own.extend(states),
                None => own.resize(before + more, state::THERE),
            }
        }
        self.lanes.append(other.lanes);
        (self.low, self.high) = (self.low.min(other.low), self.high.max(other.high));
    }

    /// Is it 缺失 throughout?
    pub(crate) fn is_missing(&self) -> bool {
        match &self.states {
            Some(states) => states.iter().all(|it| *it == state::MISSING),
            None => self.lanes.len() == 0,
        }
    }

    /// 缺失 throughout.
    pub(crate) fn missing(kind: Kind, len: usize) -> Self {
        let lanes = Lanes::narrow(vec![0; len], kind, 0, 0);
        Self { lanes, states: (len > 0).then(|| vec![state::MISSING; len]), low: 0, high: 0 }
    }

    /// A part of a column.
    pub(crate) fn slice(&self, from: usize, to: usize) -> Self {
        let states = self.states.as_ref().and_then(|it| it.get(from..to));
        let states = states.filter(|it| it.iter().any(|it| *it != state::THERE));
        let lanes = self.lanes.slice(from, to);
        Self { lanes, states: states.map(<[u8]>::to_vec), low: self.low, high: self.high }
    }

    /// The values at these places.
    pub(crate) fn gather(&self, index: &[u32]) -> Self {
        let states = self.states.as_ref().map(|all| {
            index.iter().map(|it| all.get(*it as usize).copied().unwrap_or_default()).collect()
        });
        Self { lanes: self.lanes.gather(index), states, low: self.low, high: self.high }
    }

    /// The value at a place.
    pub(crate) fn value(&self, at: usize, kind: Kind, dictionary: &Dictionary) -> Value {
        match self.state(at) {
            state::THERE => of_number(self.lanes.at(at), kind, dictionary),
            other => state::value(other),
        }
    }

    /// A column of values, which have to be of that kind.
    pub(crate) fn of(
        kind: Kind,
        values: impl ExactSizeIterator<Item = Value>,
        dictionary: &Dictionary,
    ) -> Self {
        let mut numbers = Vec::with_capacity(values.len());
        let mut states = Vec::with_capacity(values.len());
        for value in values {
            let number = number(&value, kind, dictionary);
            states.push(match number {
                Some(_) => state::THERE,
                None if value.is_present() => state::of(&Value::Error(Fault::Type)),
                None => state::of(&value),
            });
            numbers.push(number.unwrap_or_default());
        }
        Self::of_numbers(kind, numbers, states)
    }

    /// A column of numbers and states.
    pub(crate) fn of_numbers(kind: Kind, numbers: Vec<i128>, states: Vec<u8>) -> Self {
        let low = numbers.iter().min().copied().unwrap_or_default();
        let high = numbers.iter().max().copied().unwrap_or_default();
        let lacks = states.iter().any(|it| *it != state::THERE);
        let lanes = Lanes::narrow(numbers, kind, low, high);
        Self { lanes, states: lacks.then_some(states), low, high }
    }
}

/// The number that a column holds for a value of that kind; nothing for a value of another.
pub(crate) fn number(value: &Value, kind: Kind, dictionary: &Dictionary) -> Option<i128> {
    match (kind, value) {
        (Kind::Symbol, Value::Text(_) | Value::Frequency(_)) => dictionary.number(value),
        _ => plain_number(value, kind),
    }
}

/// The same of what is no text.
pub(crate) fn plain_number(value: &Value, kind: Kind) -> Option<i128> {
    match (kind, value) {
        (Kind::Bool, Value::Bool(it)) => Some(i128::from(*it)),
        (Kind::Number(places), Value::Number(it)) if it.places() == places => Some(it.mantissa()),
        (Kind::Date, Value::Date(it)) => Some(i128::from(it.epoch_days())),
        (Kind::Member, Value::Member(it)) => Some(i128::from(*it)),
        _ => None,
    }
}

/// The value that a number of a column stands for.
pub(crate) fn of_number(number: i128, kind: Kind, dictionary: &Dictionary) -> Value {
    let value = match kind {
        Kind::Bool => Some(Value::Bool(number != 0)),
        Kind::Number(places) => Decimal::new(number, places).map(Value::Number),
        Kind::Date => {
            let days = i64::try_from(number).ok();
            days.and_then(Date::from_epoch_days).map(Value::Date)
        }
        Kind::Member => u16::try_from(number).ok().map(Value::Member),
        Kind::Symbol => {
            let at = usize::try_from(number).ok();
            at.and_then(|it| dictionary.value(it)).cloned()
        }
    };
    value.unwrap_or(Value::Error(Fault::Type))
}
