//! A column while it is read: values in the order of a file.

use std::cmp::Ordering;
use std::ops::Range;

use heng_dsl::value::{Rounding, Value};

use super::column::{Kind, plain_number, state};
use super::lanes::Lanes;
use super::words::Words;

/// Values in the order in which they come; texts are numbered as they are met.
#[derive(Debug)]
pub(crate) struct Builder {
    kind: Kind,
    lanes: Lanes,
    /// Absent where every value is there.
    states: Option<Vec<u8>>,
    /// The least and the greatest number of values that are there.
    bounds: Option<(i128, i128)>,
    texts: Words,
}

impl Builder {
    pub(crate) fn new(kind: Kind) -> Self {
        let lanes = match kind {
            Kind::Bool => Lanes::Bits(Vec::new()),
            Kind::Number(_) | Kind::Date | Kind::Member | Kind::Symbol => Lanes::Brief(Vec::new()),
        };
        Self { kind, lanes, states: None, bounds: None, texts: Words::default() }
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    pub(crate) fn len(&self) -> usize {
        self.lanes.len()
    }

    /// The number of a value in columns of this kind; texts are learnt. None for a value that is not there,
    /// or of another kind.
    pub(crate) fn number(&mut self, value: &Value) -> Option<i128> {
        match (self.kind, value) {
            (Kind::Symbol, Value::Text(_) | Value::Frequency(_)) => {
                i128::try_from(self.texts.learn(value)).ok()
            }
            // A default may be written with fewer places than its field has.
            (Kind::Number(places), Value::Number(it)) if it.places() != places => {
                let fitted = it.round(places, Rounding::HalfUp).filter(|fitted| fitted == it)?;
                Some(fitted.mantissa())
            }
            _ => plain_number(value, self.kind),
        }
    }

    /// Makes room for so many more.
    pub(crate) fn reserve(&mut self, more: usize) {
        self.lanes.reserve(more);
    }

    /// Adds a value, which has to be of that kind.
    pub(crate) fn push(&mut self, value: &Value) {
        match self.number(value) {
            Some(number) => self.push_number(number),
            None => self.push_state(state::of(value).max(state::MISSING)),
        }
    }

    /// Adds the number of a value.
    pub(crate) fn push_number(&mut self, number: i128) {
        self.lanes.push(number);
        if let Some(states) = &mut self.states {
            states.push(state::THERE);
        }
        self.meet(number, number);
    }

    /// Adds what is not there.
    pub(crate) fn push_state(&mut self, state: u8) {
        let len = self.len();
        self.states.get_or_insert_with(|| vec![state::THERE; len]).push(state);
        self.lanes.push(0);
    }

    /// Adds many numbers between bounds, and which of them are values: all, if nothing is said.
    pub(crate) fn extend(
        &mut self,
        numbers: impl Iterator<Item = i64>,
        (low, high): (i64, i64),
        states: Option<Vec<u8>>,
    ) {
        let before = self.len();
        self.lanes.extend(numbers, low.min(0), high.max(0));
        let more = self.len() - before;
        if states.is_some() || self.states.is_some() {
            let own = self.states.get_or_insert_with(|| vec![state::THERE; before]);
            match states {
                Some(states) => own.extend(states),
                None => own.resize(before + more, state::THERE),
            }
        }
        if more > 0 && low <= high {
            self.meet(i128::from(low), i128::from(high));
        }
    }

    fn meet(&mut self, low: i128, high: i128) {
        let (least, greatest) = self.bounds.unwrap_or((low, high));
        self.bounds = Some((least.min(low), greatest.max(high)));
    }

    /// Adds numbers in the order of which some of the values stand, where all values are there, are short and are no texts:
    /// otherwise none, and false.
    pub(super) fn add_plain(&self, of: Range<usize>, to: &mut Vec<i32>) -> bool {
        if self.states.is_some() || self.kind == Kind::Symbol {
            return false;
        }
        match &self.lanes {
            Lanes::Brief(all) => {
                to.extend(all.get(of).unwrap_or_default().iter().copied().map(i32::from));
            }
            Lanes::Short(all) => to.extend_from_slice(all.get(of).unwrap_or_default()),
            Lanes::Bits(_) | Lanes::Long(_) | Lanes::Wide(_) => return false,
        }
        true
    }

    fn state(&self, at: usize) -> u8 {
        self.states.as_ref().and_then(|it| it.get(at)).copied().unwrap_or(state::THERE)
    }

    pub(super) fn states(&self) -> Option<&[u8]> {
        self.states.as_deref()
    }

    /// A state of each value, also where all are there.
    pub(super) fn all_states(&self) -> Vec<u8> {
        self.states.clone().unwrap_or_else(|| vec![state::THERE; self.len()])
    }

    pub(super) fn lanes(&self) -> &Lanes {
        &self.lanes
    }

    pub(super) fn bounds(&self) -> Option<(i128, i128)> {
        self.bounds
    }

    /// Gives its texts the numbers that they have among others, which learn those that they do not know.
    pub(super) fn learnt_by(&mut self, all: &mut Words) {
        let own = std::mem::take(&mut self.texts);
        if own.is_empty() {
            return;
        }
        let numbers = all.learn_all(&own);
        self.lanes.renumber(&numbers);
        self.bounds = self.bounds.map(|_| {
            let last = numbers.iter().max().copied().unwrap_or_default();
            (0, i128::try_from(last).unwrap_or(i128::MAX))
        });
    }

    /// The values that stand at these places, in this order; others are left out.
    pub(crate) fn reordered(self, places: &[u32]) -> Self {
        let state = |all: Vec<u8>| {
            let each = places.iter().map(|it| all.get(*it as usize).copied().unwrap_or_default());
            each.collect()
        };
        Self { lanes: self.lanes.gather(places), states: self.states.map(state), ..self }
    }
}

/// How two values of one kind stand to each other, each told by its column and its place there: as [`Value`]s do. Their
/// texts are numbered alike.
pub(super) fn compare(a: (&Builder, usize), b: (&Builder, usize), texts: &Words) -> Ordering {
    // What is not there comes first.
    let rank = |it: u8| if it == state::THERE { u8::MAX } else { it };
    let states = (a.0.state(a.1), b.0.state(b.1));
    if states != (state::THERE, state::THERE) {
        return rank(states.0).cmp(&rank(states.1));
    }
    let numbers = (a.0.lanes.at(a.1), b.0.lanes.at(b.1));
    if a.0.kind != Kind::Symbol || numbers.0 == numbers.1 {
        return numbers.0.cmp(&numbers.1);
    }
    let place = |it: i128| usize::try_from(it).unwrap_or(usize::MAX);
    texts.compare(place(numbers.0), place(numbers.1))
}
