//! Columns: values of one kind, side by side, with what is not there told apart.

use heng_dsl::model::TyKind;
use heng_dsl::value::{Date, Decimal, Fault, Value};

use super::dictionary::Dictionary;
use super::lanes::{Given, Lanes, run_by_run};
use super::overlay::Run;

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

    /// Is there a place without a value? All are looked at, many at once.
    pub(crate) fn lacks(states: &[u8]) -> bool {
        states.iter().fold(THERE, |any, it| any | it) != THERE
    }

    /// Is there an error?
    pub(crate) fn fails(states: &[u8]) -> bool {
        states.iter().fold(THERE, |worst, it| worst.max(*it)) >= ERROR
    }

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

    /// The same with texts that have other numbers, and with what is not there. Nothing where all is 缺失.
    pub(super) fn finished(
        mut self,
        numbers: Option<&[usize]>,
        states: Option<Vec<u8>>,
    ) -> Option<Self> {
        if let Some(numbers) = numbers {
            self.renumber(numbers);
        }
        let Some(states) = states.filter(|it| state::lacks(it)) else { return Some(self) };
        if states.iter().all(|it| *it == state::MISSING) {
            return None;
        }
        // What is not there has some number, which has to lie within the bounds.
        self.lanes.fill(&states, self.low);
        self.states = Some(states);
        Some(self)
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

    /// Rows of some columns, one run after the other; nothing where all is 缺失, which an absent column is.
    pub(crate) fn joined(from: &[Option<&Self>], runs: &[Run]) -> Option<Self> {
        let there = || from.iter().copied().flatten();
        let (low, high) = (there().map(|it| it.low).min()?, there().map(|it| it.high).max()?);
        let rows = runs.iter().map(|it| it.of.len()).sum();
        let lacks = there().any(|it| it.states.is_some()) || from.iter().any(Option::is_none);
        let lanes: Vec<Option<&Lanes>> = from.iter().map(|it| it.map(|it| &it.lanes)).collect();
        let lanes = Lanes::joined(&lanes, (runs, rows), low);
        let states = from.iter().map(|it| match it {
            Some(Self { states: Some(own), .. }) => Given::Each(own.as_slice()),
            Some(_) => Given::Same(state::THERE),
            None => Given::Same(state::MISSING),
        });
        let states = lacks.then(|| run_by_run(&states.collect::<Vec<_>>(), (runs, rows)));
        let states = states.filter(|it| state::lacks(it));
        let own = Self { lanes, states, low, high };
        (!own.is_missing()).then_some(own)
    }

    /// Other values in these places, of the same kind.
    pub(crate) fn put(&mut self, places: &[u32], other: &Self) {
        self.lanes.put(places, &other.lanes);
        if self.states.is_some() || other.states.is_some() {
            let len = self.lanes.len();
            let states = self.states.get_or_insert_with(|| vec![state::THERE; len]);
            for (number, place) in places.iter().enumerate() {
                if let Some(own) = states.get_mut(*place as usize) {
                    *own = other.state(number);
                }
            }
        }
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
        let states = states.filter(|it| state::lacks(it));
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
        let (numbers, states) = values.map(|it| Self::part(&it, kind, dictionary)).unzip();
        Self::of_numbers(kind, numbers, states)
    }

    /// The number and the state that a column of a kind holds for a value.
    pub(crate) fn part(value: &Value, kind: Kind, dictionary: &Dictionary) -> (i128, u8) {
        match number(value, kind, dictionary) {
            Some(it) => (it, state::THERE),
            None if value.is_present() => (0, state::of(&Value::Error(Fault::Type))),
            None => (0, state::of(value)),
        }
    }

    /// A column of numbers and states.
    pub(crate) fn of_numbers(kind: Kind, numbers: Vec<i128>, states: Vec<u8>) -> Self {
        let low = numbers.iter().min().copied().unwrap_or_default();
        let high = numbers.iter().max().copied().unwrap_or_default();
        let lacks = state::lacks(&states);
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
            at.and_then(|it| dictionary.value(it))
        }
    };
    value.unwrap_or(Value::Error(Fault::Type))
}
