//! Who had which grade before and has which after.

use std::collections::{BTreeMap, BTreeSet};

use heng_dsl::value::Value;

use super::both::Crossed;

/// Households by what they have before and after.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Transitions {
    /// What a household can have: the members from low to high risk; last the non-values that occur.
    pub(crate) states: Vec<Value>,
    /// How many households have what before (rows) and after (columns).
    pub(crate) matrix: Vec<Vec<usize>>,
    /// The numbers of those that move, by the numbers of the states.
    pub(crate) moving: BTreeMap<(usize, usize), Vec<usize>>,
    /// The numbers of the states of each household.
    pub(crate) of: Vec<(usize, usize)>,
}

impl Transitions {
    /// Counts the households of a grade with so many members.
    pub(crate) fn of(members: u16, crossed: &Crossed<'_, Value>) -> Self {
        let mut states: Vec<Value> = (0..members).map(Value::Member).collect();
        let others = crossed.counts().flat_map(|it| [it.0, it.1]).filter(|it| !it.is_present());
        let others: BTreeSet<&Value> = others.collect();
        states.extend(others.into_iter().cloned());
        let place = |it: &Value| match it {
            Value::Member(at) if *at < members => usize::from(*at),
            // Another value than one of the states does not occur: a grade is worth nothing else.
            _ => states.iter().position(|state| state == it).unwrap_or_default(),
        };
        let of = crossed.each((0, 0), |old, new| (place(old), place(new)));
        let mut matrix = vec![vec![0; states.len()]; states.len()];
        let mut moving: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
        for (number, (row, column)) in of.iter().enumerate() {
            if let Some(it) = matrix.get_mut(*row).and_then(|it| it.get_mut(*column)) {
                *it += 1;
            }
            if row != column {
                moving.entry((*row, *column)).or_default().push(number);
            }
        }
        Self { states, matrix, moving, of }
    }
}
