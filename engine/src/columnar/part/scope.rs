//! Which households of a batch the results are about.

use heng_dsl::value::Value;

use super::{Columned, Looked};
use crate::columnar::plan::NodeId;
use crate::columns::state;
use crate::part::Part as _;

impl Columned<'_> {
    /// The households of which some of these results are not 不适用.
    pub(super) fn about(&self, slots: &[usize]) -> Vec<usize> {
        // 1 for those of which all results so far are 不适用.
        let mut outside = vec![1_u8; self.batch.len];
        // What waits until somebody reads it comes last: mostly nobody has to.
        let waits = |slot: &usize| {
            let of = self.worths.get(*slot).and_then(|it| it.of);
            of.is_some_and(|it| self.batch.is_sound(it.1))
        };
        let (later, first): (Vec<usize>, Vec<usize>) = slots.iter().copied().partition(waits);
        // Those whom a package is about are many results' alike.
        let mut told = Vec::new();
        for slot in first.into_iter().chain(later) {
            let of = self.worths.get(slot).and_then(|it| it.of);
            let scope = of.map(|it| it.0);
            if scope.is_some_and(|it| told.contains(&it)) {
                continue;
            }
            if of.is_some_and(|it| self.is_told(it.0, &outside)) {
                told.extend(scope);
                continue;
            }
            if self.is_about_all(slot, &mut outside) {
                return (0..self.len()).collect();
            }
        }
        let rows = self.rows.each().enumerate();
        rows.filter(|(_, at)| outside.get(*at) == Some(&0)).map(|it| it.0).collect()
    }

    /// Is every household that a package may be about known not to be outside? Of a package without 适用, every one.
    fn is_told(&self, scope: Option<NodeId>, outside: &[u8]) -> bool {
        let scope = scope.and_then(|it| Looked::at_node(self.batch, it));
        let unknown = |(at, outside): (usize, &u8)| {
            *outside != 0 && scope.is_none_or(|it| it.holds(at) || it.state(at) != state::THERE)
        };
        !outside.iter().enumerate().any(unknown)
    }

    /// Is a result nowhere 不适用? Else puts 0 in place of those of which it is not.
    fn is_about_all(&self, slot: usize, outside: &mut [u8]) -> bool {
        let measure = self.others.iter().any(|it| it.output.slot == slot);
        match self.worth(slot) {
            Some(worth) => match self.states(slot, worth) {
                None => return true,
                Some(states) => outside.iter_mut().zip(states).for_each(|(outside, it)| {
                    *outside &= u8::from(*it == state::NOT_APPLICABLE);
                }),
            },
            None if measure => {
                for (row, at) in self.rows.each().enumerate() {
                    if let Some(outside) = outside.get_mut(at).filter(|it| **it != 0) {
                        *outside = u8::from(self.measure(slot, row).is_none());
                    }
                }
            }
            None => return *self.on.initial(slot) != Value::NotApplicable,
        }
        false
    }
}
