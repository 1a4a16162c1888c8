//! Results, part by part: what counts and writes them takes the results of some households that stand
//! together in the register, and does not ask which engine worked them out.
//!
//! Parts and stretches are cut by the numbers of households in the register, so that whatever is made of
//! them does not depend on the engine or on threads.

mod coded;

use std::collections::BTreeMap;

use heng_dsl::value::{Decimal, Fault, Value};

pub use self::coded::Coded;

use crate::data::{Household, Register};
use crate::outcome::Outcome;

/// Households of the register that make a part.
pub const PART: usize = 8_192;

/// Households of the register that make a stretch, of which whoever takes parts makes something whole.
pub const STRETCH: usize = 1 << 16;

/// The results of some households of the population, in the order of the register.
pub trait Part {
    /// How many households there are.
    fn len(&self) -> usize;

    /// Is there none?
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Some of the households as a part of their own, where that is quicker than to leave the others out of all that is told.
    fn narrowed(&self, _rows: &[usize]) -> Option<Box<dyn Part + '_>> {
        None
    }

    /// The key of a household.
    fn key(&self, row: usize) -> &str;

    /// A field of a household, by slot.
    fn field(&self, slot: usize, row: usize) -> Value;

    /// What a declaration is worth for a household, by slot.
    fn value(&self, slot: usize, row: usize) -> Value;

    /// The columns of a measure where it applies, by slot.
    fn measure(&self, slot: usize, row: usize) -> Option<Vec<Value>>;

    /// Fields that were read and missing, by slot, sorted.
    fn missing(&self, row: usize) -> Vec<usize>;

    /// The same, by number among different ones.
    fn coded_missing(&self) -> Coded<Vec<usize>> {
        Coded::of((0..self.len()).map(|row| self.missing(row)))
    }

    /// The declarations in error, by slot, in order.
    fn errors(&self, row: usize) -> Vec<(usize, Fault)>;

    /// Quarantined rows of a household.
    fn quarantined(&self, row: usize) -> u32;

    /// All that was worked out for a household.
    fn outcome(&self, row: usize) -> Outcome;

    /// How often a declaration has which value; also in several goes for one value.
    fn count(&self, slot: usize, add: &mut dyn FnMut(Value, usize)) {
        let mut found: BTreeMap<Value, usize> = BTreeMap::new();
        (0..self.len()).for_each(|row| *found.entry(self.value(slot, row)).or_default() += 1);
        found.into_iter().for_each(|(value, count)| add(value, count));
    }

    /// What the numbers come to that a declaration is worth; nothing where they have to be counted one by one.
    fn numbers(&self, _slot: usize) -> Option<Numbers> {
        None
    }

    /// How many households read which field in vain.
    fn count_missing(&self, add: &mut dyn FnMut(usize, usize)) {
        (0..self.len()).flat_map(|row| self.missing(row)).for_each(|slot| add(slot, 1));
    }

    /// The households that have an error.
    fn in_error(&self) -> Vec<usize> {
        (0..self.len()).filter(|row| !self.errors(*row).is_empty()).collect()
    }

    /// What a declaration is worth as numbers, where it stands as such.
    fn lanes(&self, _slot: usize) -> Option<Lanes> {
        None
    }

    /// What a declaration is worth, by number among different values.
    fn coded(&self, slot: usize) -> Coded<Value> {
        Coded::of((0..self.len()).map(|row| self.value(slot, row)))
    }

    /// What a field is, by number among different values.
    fn coded_field(&self, slot: usize) -> Coded<Value> {
        Coded::of((0..self.len()).map(|row| self.field(slot, row)))
    }

    /// A column of a measure, by number among different values; nothing where the measure does not apply.
    fn coded_measure(&self, slot: usize, column: usize) -> Coded<Option<Value>> {
        let own = |row| self.measure(slot, row).and_then(|it| it.get(column).cloned());
        Coded::of((0..self.len()).map(own))
    }

    /// The direct determinations of a classification that hit, by number, by number among different ones.
    fn coded_hits(&self, slot: usize) -> Coded<Vec<usize>> {
        let hits = |row| {
            let hits = self.outcome(row).decides.into_iter().filter(|it| it.target == slot);
            hits.map(|it| it.decide).collect()
        };
        Coded::of((0..self.len()).map(hits))
    }

    /// The reason codes of a declaration, by number among different ones; no codes where they were not asked for.
    fn coded_reasons(&self, slot: usize) -> Coded<Vec<usize>>;

    /// The same as numbers, of a declaration of which at most one clause holds; where they stand as such.
    fn reason_lanes(&self, _slot: usize) -> Option<Lanes> {
        None
    }

    /// The households of which a declaration is 缺失.
    fn lacking(&self, slot: usize) -> Vec<usize> {
        (0..self.len()).filter(|row| self.value(slot, *row) == Value::Missing).collect()
    }

    /// The households of which some of these results are not 不适用.
    fn in_scope(&self, slots: &[usize]) -> Vec<usize> {
        let is_about = |row: &usize| {
            slots.iter().any(|slot| self.value(*slot, *row) != Value::NotApplicable)
                || slots.iter().any(|slot| self.measure(*slot, *row).is_some())
        };
        (0..self.len()).filter(is_about).collect()
    }
}

/// Numbers of some households.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbers {
    /// How many there are.
    pub count: usize,
    /// The least and the greatest one, if there is any.
    pub bounds: Option<(Decimal, Decimal)>,
    /// All together; nothing where that is too long.
    pub sum: Option<Decimal>,
}

/// Values as numbers: 0 and 1, mantissas, days since 1970-01-01, positions of members.
#[derive(Debug, Clone)]
pub struct Lanes {
    /// Decimal places of numbers.
    pub places: u8,
    /// A number for each household; of values that are not there it means nothing.
    pub numbers: Numerals,
    /// Is there a value? Absent where there is one for all.
    pub there: Option<Vec<bool>>,
    /// No number that is there is less than the first or greater than the second.
    pub within: (i64, i64),
}

/// Numbers side by side, as short as they are kept.
#[derive(Debug, Clone)]
pub enum Numerals {
    /// Of 32 bits.
    Short(Vec<i32>),
    /// Of 64 bits.
    Long(Vec<i64>),
}

impl Numerals {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Short(all) => all.len(),
            Self::Long(all) => all.len(),
        }
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One of them; 0 where there are not so many.
    pub fn get(&self, at: usize) -> i64 {
        match self {
            Self::Short(all) => all.get(at).map_or(0, |it| i64::from(*it)),
            Self::Long(all) => all.get(at).copied().unwrap_or_default(),
        }
    }

    /// All of them in 32 bits; 0 for one that needs more.
    pub fn into_short(self) -> Vec<i32> {
        match self {
            Self::Short(all) => all,
            Self::Long(all) => {
                all.into_iter().map(|it| i32::try_from(it).unwrap_or_default()).collect()
            }
        }
    }

    /// All of them in 64 bits.
    pub fn into_long(self) -> Vec<i64> {
        match self {
            Self::Short(all) => all.into_iter().map(i64::from).collect(),
            Self::Long(all) => all,
        }
    }

    /// The least and the greatest one.
    pub fn bounds(&self) -> Option<(i64, i64)> {
        fn of<T: Copy + Ord>(all: &[T]) -> Option<(T, T)> {
            Some((all.iter().copied().min()?, all.iter().copied().max()?))
        }
        match self {
            Self::Short(all) => of(all).map(|it| (it.0.into(), it.1.into())),
            Self::Long(all) => of(all),
        }
    }

    /// Those of some households.
    fn gather(&self, rows: &[usize]) -> Self {
        fn of<T: Copy + Default>(all: &[T], rows: &[usize]) -> Vec<T> {
            rows.iter().map(|it| all.get(*it).copied().unwrap_or_default()).collect()
        }
        match self {
            Self::Short(all) => Self::Short(of(all, rows)),
            Self::Long(all) => Self::Long(of(all, rows)),
        }
    }
}

impl Lanes {
    /// Numbers of which nothing is known beforehand.
    pub fn of(numbers: Numerals, there: Option<Vec<bool>>) -> Self {
        let within = numbers.bounds().unwrap_or_default();
        Self { places: 0, numbers, there, within }
    }

    /// The number of each household that has one.
    pub fn iter(&self) -> impl Iterator<Item = Option<i64>> + '_ {
        let there = |at: usize| self.there.as_ref().is_none_or(|it| it.get(at) == Some(&true));
        (0..self.numbers.len()).map(move |at| there(at).then_some(self.numbers.get(at)))
    }

    /// The numbers of some households.
    #[must_use]
    pub fn gather(&self, rows: &[usize]) -> Self {
        let there = self
            .there
            .as_ref()
            .map(|all| rows.iter().map(|it| all.get(*it).copied().unwrap_or_default()).collect());
        let (numbers, within) = (self.numbers.gather(rows), self.within);
        Self { places: self.places, numbers, there, within }
    }
}

/// Whatever takes parts.
pub trait Sink: Sync {
    /// What it has of a stretch that is not complete.
    type Open: Send;
    /// What it makes of a stretch.
    type Done: Send;

    /// Begins a stretch.
    fn begin(&self) -> Self::Open;

    /// Takes the next part of a stretch.
    fn take(&self, open: &mut Self::Open, part: &dyn Part);

    /// Puts behind what was taken of a stretch what was taken of the parts that come next.
    fn join(&self, open: &mut Self::Open, next: Self::Open);

    /// Ends a stretch.
    fn end(&self, open: Self::Open) -> Self::Done;
}

/// Two that take the same parts.
impl<A: Sink, B: Sink> Sink for (A, B) {
    type Open = (A::Open, B::Open);
    type Done = (A::Done, B::Done);

    fn begin(&self) -> Self::Open {
        (self.0.begin(), self.1.begin())
    }

    fn take(&self, open: &mut Self::Open, part: &dyn Part) {
        self.0.take(&mut open.0, part);
        self.1.take(&mut open.1, part);
    }

    fn join(&self, open: &mut Self::Open, next: Self::Open) {
        self.0.join(&mut open.0, next.0);
        self.1.join(&mut open.1, next.1);
    }

    fn end(&self, open: Self::Open) -> Self::Done {
        (self.0.end(open.0), self.1.end(open.1))
    }
}

/// One that takes nothing.
impl Sink for () {
    type Open = ();
    type Done = ();

    fn begin(&self) {}

    fn take(&self, (): &mut (), _part: &dyn Part) {}

    fn join(&self, (): &mut (), (): ()) {}

    fn end(&self, (): ()) {}
}

/// One that may not be there.
impl<S: Sink> Sink for Option<S> {
    type Open = Option<S::Open>;
    type Done = Option<S::Done>;

    fn begin(&self) -> Self::Open {
        self.as_ref().map(Sink::begin)
    }

    fn take(&self, open: &mut Self::Open, part: &dyn Part) {
        if let (Some(sink), Some(open)) = (self, open) {
            sink.take(open, part);
        }
    }

    fn join(&self, open: &mut Self::Open, next: Self::Open) {
        if let (Some(sink), Some(open), Some(next)) = (self, open, next) {
            sink.join(open, next);
        }
    }

    fn end(&self, open: Self::Open) -> Self::Done {
        self.as_ref().zip(open).map(|it| it.0.end(it.1))
    }
}

/// A sink that is used by several.
impl<S: Sink> Sink for &S {
    type Open = S::Open;
    type Done = S::Done;

    fn begin(&self) -> Self::Open {
        (**self).begin()
    }

    fn take(&self, open: &mut Self::Open, part: &dyn Part) {
        (**self).take(open, part);
    }

    fn join(&self, open: &mut Self::Open, next: Self::Open) {
        (**self).join(open, next);
    }

    fn end(&self, open: Self::Open) -> Self::Done {
        (**self).end(open)
    }
}

/// Hands the results of a run out, part by part, and what is made of each stretch.
pub fn each<S: Sink>(
    register: &Register,
    outcomes: &[Outcome],
    sink: &S,
    deliver: &mut dyn FnMut(S::Done),
) {
    let mut outcomes = outcomes.iter().peekable();
    for stretch in register.households.chunks(STRETCH) {
        let mut open = sink.begin();
        for part in stretch.chunks(PART) {
            let rows = part.iter().filter_map(|household| {
                let own = outcomes.next_if(|it| it.key == household.key)?;
                Some((household, own))
            });
            sink.take(&mut open, &Rows { rows: rows.collect() });
        }
        deliver(sink.end(open));
    }
}

/// A part whose results stand household by household.
pub(crate) struct Rows<'r> {
    rows: Vec<(&'r Household, &'r Outcome)>,
}

impl Rows<'_> {
    fn own(&self, row: usize) -> Option<&Outcome> {
        self.rows.get(row).map(|it| it.1)
    }
}

impl Part for Rows<'_> {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn key(&self, row: usize) -> &str {
        self.rows.get(row).map_or("", |it| &it.1.key)
    }

    fn field(&self, slot: usize, row: usize) -> Value {
        let found = self.rows.get(row).and_then(|it| it.0.fields.get(slot));
        found.cloned().unwrap_or(Value::Missing)
    }

    fn value(&self, slot: usize, row: usize) -> Value {
        let found = self.own(row).and_then(|it| it.values.get(slot));
        found.cloned().unwrap_or(Value::NotApplicable)
    }

    fn measure(&self, slot: usize, row: usize) -> Option<Vec<Value>> {
        let measures = &self.own(row)?.measures;
        measures.iter().find(|it| it.0 == slot).map(|it| it.1.clone())
    }

    fn missing(&self, row: usize) -> Vec<usize> {
        self.own(row).map(|it| it.missing.clone()).unwrap_or_default()
    }

    fn errors(&self, row: usize) -> Vec<(usize, Fault)> {
        let values = self.own(row).map(|it| it.values.iter()).into_iter().flatten();
        let errors = values.enumerate().filter_map(|(slot, value)| match value {
            Value::Error(fault) => Some((slot, fault.clone())),
            _ => None,
        });
        errors.collect()
    }

    fn quarantined(&self, row: usize) -> u32 {
        self.own(row).map_or(0, |it| it.quarantined)
    }

    fn outcome(&self, row: usize) -> Outcome {
        self.own(row).cloned().unwrap_or_default()
    }

    fn coded_reasons(&self, slot: usize) -> Coded<Vec<usize>> {
        let codes = |row| {
            let own = self.own(row).and_then(|it| it.reasons.iter().find(|it| it.0 == slot));
            own.map(|it| it.1.clone()).unwrap_or_default()
        };
        Coded::of((0..self.len()).map(codes))
    }
}
