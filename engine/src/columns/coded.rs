//! What stands in a column, by number among different things.

use hashbrown::HashTable;

use super::column::{Column, state};
use crate::part::Coded;

/// So many numbers are looked up by where they stand.
const FEW: i128 = 1 << 12;

impl Column {
    /// What stands at some places: the state, and the number where there is one.
    pub(crate) fn coded(&self, places: impl Iterator<Item = usize>) -> Coded<(u8, i128)> {
        coded(self, places.map(|at| (self.state(at), at)))
    }
}

/// What stands at some places of a column, of which the state is told.
pub(crate) fn coded(
    column: &Column,
    places: impl Iterator<Item = (u8, usize)>,
) -> Coded<(u8, i128)> {
    const UNKNOWN: u32 = u32::MAX;
    let Column { lanes, low, high, .. } = column;
    let mut own: Coded<(u8, i128)> = Coded::default();
    own.of.reserve(places.size_hint().0);
    let range = high.saturating_sub(*low).saturating_add(1);
    let few = if range <= FEW { usize::try_from(range).unwrap_or_default() } else { 0 };
    // By state, and behind these by number from the least one on, where there are few.
    let mut known = vec![UNKNOWN; state::ALL + few];
    let mut others: HashTable<u32> = HashTable::new();
    for (at_place, at) in places {
        let it = if at_place == state::THERE { (at_place, lanes.at(at)) } else { (at_place, 0) };
        let next = u32::try_from(own.different.len()).unwrap_or(UNKNOWN);
        let place = match it {
            (state::THERE, it) if few > 0 => {
                usize::try_from(it.saturating_sub(*low)).ok().map(|it| state::ALL + it)
            }
            (state::THERE, _) => None,
            (other, _) => Some(usize::from(other)),
        };
        let number = match place.and_then(|it| known.get_mut(it)) {
            Some(known) => {
                *known = if *known == UNKNOWN { next } else { *known };
                *known
            }
            None => {
                let of = |at: &u32| own.different.get(*at as usize);
                let is_it = |at: &u32| of(at) == Some(&it);
                let rest = |at: &u32| of(at).map_or(0, |it| spread(it.1));
                *others.entry(spread(it.1), is_it, rest).or_insert(next).get()
            }
        };
        if number == next {
            own.different.push(it);
        }
        own.of.push(number);
    }
    own
}

/// A hash of a number.
fn spread(number: i128) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let low = u64::try_from(number & i128::from(u64::MAX)).unwrap_or_default();
    low.wrapping_mul(FACTOR).rotate_left(32).wrapping_mul(FACTOR)
}
