//! Pairs of numbers in the old and in the new version, many of them: for each difference between the two the
//! old numbers are one set of bits.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use heng_dsl::value::{Decimal, Rounding, Value};

use super::bits::Bits;

/// The pairs, in whole numbers of the last place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scores {
    pub(super) places: u8,
    /// The old numbers for each difference; none of the sets is empty.
    sets: BTreeMap<i64, Bits>,
    /// The least and the greatest number of each version.
    spans: [(i64, i64); 2],
}

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
