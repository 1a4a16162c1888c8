//! Columns: values of one kind, side by side, with what is not there told apart.

use heng_dsl::value::{Date, Decimal, Fault, Value};
use indexmap::IndexSet;

use super::plan::Kind;

/// What a place of a column holds instead of a value, as one byte; 0 for a value. The order is that in
/// which one wins over another where they meet, except among errors.
pub(super) mod state {
    use super::{Fault, Value};

    pub(in super::super) const THERE: u8 = 0;
    pub(in super::super) const MISSING: u8 = 1;
    pub(in super::super) const NOT_APPLICABLE: u8 = 2;
    /// The first of the errors.
    pub(in super::super) const ERROR: u8 = 3;
    /// How many there are.
    pub(in super::super) const ALL: usize = 8;

    pub(in super::super) fn of(value: &Value) -> u8 {
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
    pub(in super::super) fn value(state: u8) -> Value {
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

/// The numbers of a column, in the narrowest of these that holds them all.
#[derive(Debug, Clone)]
pub(super) enum Lanes {
    /// 0 for 否 and 1 for 是.
    Bits(Vec<u8>),
    Short(Vec<i32>),
    Long(Vec<i64>),
    Wide(Vec<i128>),
}

/// Values of one kind. Where a state says that there is none, the number means nothing, but lies within
/// the bounds.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) lanes: Lanes,
    /// What is not there; absent where everything is.
    pub(super) states: Option<Vec<u8>>,
    /// No number is less.
    pub(super) low: i128,
    /// No number is greater.
    pub(super) high: i128,
}

impl Lanes {
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Bits(it) => it.len(),
            Self::Short(it) => it.len(),
            Self::Long(it) => it.len(),
            Self::Wide(it) => it.len(),
        }
    }

    pub(super) fn at(&self, at: usize) -> i128 {
        match self {
            Self::Bits(it) => it.get(at).copied().map_or(0, i128::from),
            Self::Short(it) => it.get(at).copied().map_or(0, i128::from),
            Self::Long(it) => it.get(at).copied().map_or(0, i128::from),
            Self::Wide(it) => it.get(at).copied().unwrap_or_default(),
        }
    }

    /// The narrowest lanes for numbers within bounds.
    pub(super) fn narrow(numbers: Vec<i128>, kind: Kind, low: i128, high: i128) -> Self {
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

    /// The numbers at these places.
    pub(super) fn gather(&self, index: &[u32]) -> Self {
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
    pub(super) fn state(&self, at: usize) -> u8 {
        self.states.as_ref().and_then(|it| it.get(at).copied()).unwrap_or(state::THERE)
    }

    /// 是 or 否 everywhere.
    pub(super) fn bits(bits: Vec<u8>, states: Option<Vec<u8>>) -> Self {
        Self { lanes: Lanes::Bits(bits), states, low: 0, high: 1 }
    }

    /// The same answer everywhere.
    pub(super) fn answer(answer: bool, len: usize) -> Self {
        let bit = u8::from(answer);
        let at = i128::from(bit);
        Self { lanes: Lanes::Bits(vec![bit; len]), states: None, low: at, high: at }
    }

    /// A part of a column.
    pub(super) fn slice(&self, from: usize, to: usize) -> Self {
        let states = self.states.as_ref().and_then(|it| it.get(from..to));
        let states = states.filter(|it| it.iter().any(|it| *it != state::THERE));
        let lanes = self.lanes.slice(from, to);
        Self { lanes, states: states.map(<[u8]>::to_vec), low: self.low, high: self.high }
    }

    /// The values at these places.
    pub(super) fn gather(&self, index: &[u32]) -> Self {
        let states = self.states.as_ref().map(|all| {
            index.iter().map(|it| all.get(*it as usize).copied().unwrap_or_default()).collect()
        });
        Self { lanes: self.lanes.gather(index), states, low: self.low, high: self.high }
    }

    /// The value at a place.
    pub(super) fn value(&self, at: usize, kind: Kind, dictionary: &Dictionary) -> Value {
        match self.state(at) {
            state::THERE => of_number(self.lanes.at(at), kind, dictionary),
            other => state::value(other),
        }
    }

    /// A column of values, which have to be of that kind.
    pub(super) fn of(
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
    pub(super) fn of_numbers(kind: Kind, numbers: Vec<i128>, states: Vec<u8>) -> Self {
        let low = numbers.iter().min().copied().unwrap_or_default();
        let high = numbers.iter().max().copied().unwrap_or_default();
        let lacks = states.iter().any(|it| *it != state::THERE);
        let lanes = Lanes::narrow(numbers, kind, low, high);
        Self { lanes, states: lacks.then_some(states), low, high }
    }
}

/// Texts and other values that columns hold by number.
#[derive(Debug, Default)]
pub(super) struct Dictionary(IndexSet<Value>);

impl Dictionary {
    /// The number of a value; a new one where it was not known.
    pub(super) fn learn(&mut self, value: &Value) -> i128 {
        let known = self.0.get_index_of(value);
        let at = known.unwrap_or_else(|| self.0.insert_full(value.clone()).0);
        i128::try_from(at).unwrap_or_default()
    }
}

/// The number that a column holds for a value of that kind; nothing for a value of another.
pub(super) fn number(value: &Value, kind: Kind, dictionary: &Dictionary) -> Option<i128> {
    match (kind, value) {
        (Kind::Bool, Value::Bool(it)) => Some(i128::from(*it)),
        (Kind::Number(places), Value::Number(it)) if it.places() == places => Some(it.mantissa()),
        (Kind::Date, Value::Date(it)) => Some(i128::from(it.epoch_days())),
        (Kind::Member, Value::Member(it)) => Some(i128::from(*it)),
        (Kind::Symbol, Value::Text(_) | Value::Frequency(_)) => {
            dictionary.0.get_index_of(value).and_then(|it| i128::try_from(it).ok())
        }
        _ => None,
    }
}

fn of_number(number: i128, kind: Kind, dictionary: &Dictionary) -> Value {
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
            at.and_then(|it| dictionary.0.get_index(it)).cloned()
        }
    };
    value.unwrap_or(Value::Error(Fault::Type))
}
