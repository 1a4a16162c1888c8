//! Pairs of numbers in the old and in the new version, many of them: for each difference between the two the
//! old numbers are one set of bits.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use heng_dsl::value::{Decimal, Rounding, Value};

use super::Reason;
use super::bits::Bits;
use super::dist::scaled;
use super::sums::MOST_KEPT;

/// The pairs, in whole numbers of the last place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scores {
    pub(super) places: u8,
    /// The old numbers for each difference; none of the sets is empty.
    sets: BTreeMap<i64, Bits>,
    /// The least and the greatest number of each version.
    spans: [(i64, i64); 2],
}

/// What comes out of a number; nothing where it leaves the digits that there are.
type OfNumber<'a> = &'a dyn Fn(Decimal) -> Option<Decimal>;

/// Numbers between the least and the greatest of a version that are looked up by their place.
const MOST_SPAN: u64 = 1 << 23;

/// Pairs of numbers, and pairs of what else comes out.
type Mapped = (Option<Scores>, BTreeSet<(Value, Value)>);

impl Scores {
    /// Nothing where there is no pair.
    pub(super) fn of(places: u8, mut sets: BTreeMap<i64, Bits>) -> Option<Self> {
        sets.retain(|_, it| !it.is_empty());
        let mut spans: Option<[(i64, i64); 2]> = None;
        for (difference, bits) in &sets {
            let (low, high) = bits.span()?;
            let own = [(low, high), (low + difference, high + difference)];
            spans = Some(spans.map_or(own, |all| {
                [0, 1].map(|it| (all[it].0.min(own[it].0), all[it].1.max(own[it].1)))
            }));
        }
        Some(Self { places, sets, spans: spans? })
    }

    pub(super) fn sets(&self) -> impl Iterator<Item = (i64, &Bits)> {
        self.sets.iter().map(|it| (*it.0, it.1))
    }

    /// How many pairs there are.
    pub(super) fn len(&self) -> usize {
        self.sets.values().map(Bits::len).sum()
    }

    /// Every pair.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (Value, Value)> + '_ {
        self.sets.iter().flat_map(move |(difference, bits)| {
            let pair = move |it: i64| Some((self.value(it)?, self.value(it + difference)?));
            bits.numbers().filter_map(pair)
        })
    }

    /// Every number of a version, from below.
    pub(super) fn values(&self, side: usize) -> impl Iterator<Item = Value> {
        let all: Vec<i64> = self.numbers(side).numbers().collect();
        let places = self.places;
        all.into_iter().filter_map(move |it| {
            Decimal::new(i128::from(it), places).map(|it| Value::Number(it.trimmed()))
        })
    }

    fn value(&self, number: i64) -> Option<Value> {
        self.decimal(number).map(|it| Value::Number(it.trimmed()))
    }

    fn decimal(&self, number: i64) -> Option<Decimal> {
        Decimal::new(i128::from(number), self.places)
    }

    /// The least and the greatest number of a version.
    pub(super) fn span(&self, side: usize) -> (Option<Decimal>, Option<Decimal>) {
        let (low, high) = self.spans[side];
        (self.decimal(low), self.decimal(high))
    }

    /// The pair, where it is the only one.
    pub(super) fn only(&self) -> Option<(Value, Value)> {
        let known = |side: usize| {
            let (low, high) = self.spans[side];
            if low == high { self.value(low) } else { None }
        };
        Some((known(0)?, known(1)?))
    }

    /// Those whose number in a version lies between two bounds, as far as there are any.
    pub(super) fn within(
        &self,
        side: usize,
        (low, high): (Option<Decimal>, Option<Decimal>),
    ) -> Option<Self> {
        let whole = |it: Decimal, rounding| {
            it.round(self.places, rounding).and_then(|it| i64::try_from(it.mantissa()).ok())
        };
        let low = low.map_or(Some(i64::MIN / 4), |it| whole(it, Rounding::Up))?;
        let high = high.map_or(Some(i64::MAX / 4), |it| whole(it, Rounding::Down))?;
        self.restricted(side, (low, high))
    }

    fn restricted(&self, side: usize, (low, high): (i64, i64)) -> Option<Self> {
        let sets = self.sets.iter().map(|(difference, bits)| {
            let by = if side == 0 { 0 } else { *difference };
            (*difference, bits.within(low - by, high - by))
        });
        Self::of(self.places, sets.collect())
    }

    /// Cut into two at the middle of the numbers of a version, or of the other one where it has only one;
    /// nothing where there is only one pair.
    pub(super) fn halves(&self, side: usize) -> Option<Vec<Self>> {
        let side = if self.spans[side].0 == self.spans[side].1 { 1 - side } else { side };
        let (low, high) = self.spans[side];
        let middle = match low.cmp(&high) {
            Ordering::Less => low + (high - low) / 2,
            _ => return None,
        };
        let halves = [(low, middle), (middle + 1, high)];
        Some(halves.into_iter().filter_map(|it| self.restricted(side, it)).collect())
    }

    /// Every number of a version.
    pub(super) fn numbers(&self, side: usize) -> Bits {
        let mut all = Bits::default();
        for (difference, bits) in &self.sets {
            all.join(bits, if side == 0 { 0 } else { *difference });
        }
        all
    }

    /// Those of which the versions are not equal.
    pub(super) fn differing(&self) -> Option<Self> {
        let sets = self.sets.iter().filter(|it| *it.0 != 0);
        Self::of(self.places, sets.map(|it| (*it.0, it.1.clone())).collect())
    }

    /// All of several.
    pub(super) fn joined(all: Vec<Self>) -> Option<Self> {
        let places = all.iter().map(|it| it.places).max()?;
        let mut sets: BTreeMap<i64, Bits> = BTreeMap::new();
        for it in all {
            let factor = 10i64.checked_pow(u32::from(places - it.places))?;
            for (difference, bits) in it.sets {
                let set = sets.entry(difference.checked_mul(factor)?).or_default();
                if factor == 1 {
                    set.join(&bits, 0);
                } else {
                    let numbers = bits.numbers().map(|it| it.checked_mul(factor));
                    set.join(&Bits::of(numbers.collect::<Option<_>>()?), 0);
                }
            }
        }
        Self::of(places, sets)
    }

    /// What comes out where something is done to the numbers of each version.
    ///
    /// # Errors
    ///
    /// It takes too much memory, or leaves the digits that there are.
    pub(super) fn after(&self, done: [OfNumber<'_>; 2]) -> Result<Self, Reason> {
        let spans = self.spans.iter().map(|it| it.1.abs_diff(it.0));
        let pairs = u64::try_from(self.len()).unwrap_or(u64::MAX);
        if spans.max().unwrap_or(0).max(pairs) > MOST_SPAN {
            return Err(Reason::Sums(MOST_KEPT));
        }
        let mut values: [Vec<(i64, Decimal)>; 2] = [Vec::new(), Vec::new()];
        for (side, values) in values.iter_mut().enumerate() {
            for it in self.numbers(side).numbers() {
                let value = self.decimal(it).and_then(done[side]).ok_or(Reason::Unbounded)?;
                values.push((it, value.trimmed()));
            }
        }
        let places = values.iter().flatten().map(|it| it.1.places()).max().unwrap_or(0);
        let mut by_place = [Vec::new(), Vec::new()];
        for (side, by_place) in by_place.iter_mut().enumerate() {
            let (low, high) = self.spans[side];
            by_place.resize(usize::try_from(high - low).unwrap_or(0) + 1, 0);
            for (it, value) in &values[side] {
                let place = usize::try_from(it - low).ok().and_then(|at| by_place.get_mut(at));
                *place.ok_or(Reason::Unbounded)? = scaled(*value, places)?;
            }
        }
        let of = |side: usize, it: i64| -> i64 {
            let at = usize::try_from(it - self.spans[side].0).unwrap_or(usize::MAX);
            by_place[side].get(at).copied().unwrap_or_default()
        };
        let mut sets: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        for (difference, bits) in &self.sets {
            for it in bits.numbers() {
                let (old, new) = (of(0, it), of(1, it + difference));
                sets.entry(new - old).or_default().push(old);
            }
        }
        // Counted before memory is taken: no set is longer than all numbers of the old version.
        let span = |it: &Vec<i64>| it.iter().max().zip(it.iter().min()).map(|it| it.0 - it.1);
        let words: u64 = sets.values().filter_map(span).map(|it| it.unsigned_abs() / 64 + 1).sum();
        if usize::try_from(words).map_or(true, |it: usize| it > MOST_KEPT) {
            return Err(Reason::Sums(MOST_KEPT));
        }
        let sets = sets.into_iter().map(|(difference, all)| (difference, Bits::of(all)));
        Self::of(places, sets.collect()).ok_or(Reason::Unbounded)
    }

    /// What comes out where each number of each version gives another value: the pairs of numbers, and the
    /// others. The values are by number; numbers have no more places than this.
    pub(super) fn mapped(&self, places: u8, values: [&BTreeMap<i64, Value>; 2]) -> Option<Mapped> {
        let whole = |it: &Value| -> Option<Option<i64>> {
            match it {
                Value::Number(it) => {
                    let it = it.round(places, Rounding::Down)?;
                    Some(Some(i64::try_from(it.mantissa()).ok()?))
                }
                _ => Some(None),
            }
        };
        let mut numbers: [BTreeMap<i64, Option<i64>>; 2] = Default::default();
        for (numbers, values) in numbers.iter_mut().zip(values) {
            for (number, value) in values {
                numbers.insert(*number, whole(value)?);
            }
        }
        if self.spans.iter().any(|it| it.1.abs_diff(it.0) > MOST_SPAN) {
            return None;
        }
        // By place, so that each pair is looked up in one step.
        let by_place = |side: usize| -> Vec<Option<i64>> {
            let (low, high) = self.spans[side];
            (low..=high).map(|it| numbers[side].get(&it).copied().flatten()).collect()
        };
        let places_of = [by_place(0), by_place(1)];
        let of = |side: usize, number: i64| -> Option<i64> {
            let at = usize::try_from(number - self.spans[side].0).ok()?;
            places_of[side].get(at).copied().flatten()
        };
        let mut sets: BTreeMap<i64, Bits> = BTreeMap::new();
        let mut others = BTreeSet::new();
        for (difference, bits) in &self.sets {
            let mut now = (0, Bits::default());
            for number in bits.numbers() {
                let (Some(old), Some(new)) = (of(0, number), of(1, number + difference)) else {
                    let value = |side: usize, it: i64| values[side].get(&it).cloned();
                    others.insert((value(0, number)?, value(1, number + difference)?));
                    continue;
                };
                if new - old != now.0 {
                    let before = std::mem::replace(&mut now, (new - old, Bits::default()));
                    sets.entry(before.0).or_default().join(&before.1, 0);
                }
                now.1.insert(old);
            }
            sets.entry(now.0).or_default().join(&now.1, 0);
        }
        Some((Self::of(places, sets), others))
    }
}
