//! What some households have, told by number among different things: whatever is made of it is made once for each of
//! them, and not for each household.

use std::collections::BTreeMap;

/// What each of some households has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coded<T> {
    /// Different things, in no particular order; some may be had by nobody.
    pub different: Vec<T>,
    /// The number of what each household has.
    pub of: Vec<u32>,
}

impl<T> Default for Coded<T> {
    fn default() -> Self {
        Self { different: Vec::new(), of: Vec::new() }
    }
}

impl<T: Ord + Clone> Coded<T> {
    /// What is had, household by household.
    pub fn of(each: impl Iterator<Item = T>) -> Self {
        let (mut known, mut own) = (BTreeMap::new(), Self::default());
        for it in each {
            let next = u32::try_from(own.different.len()).unwrap_or(u32::MAX);
            let number = *known.entry(it.clone()).or_insert(next);
            if number == next {
                own.different.push(it);
            }
            own.of.push(number);
        }
        own
    }
}

impl<T> Coded<T> {
    /// What is made of each thing.
    pub fn map<U>(self, make: impl FnMut(T) -> U) -> Coded<U> {
        Coded { different: self.different.into_iter().map(make).collect(), of: self.of }
    }

    /// What each household has.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.of.iter().filter_map(|it| self.different.get(*it as usize))
    }

    /// The same of some of the households.
    #[must_use]
    pub fn gather(mut self, rows: &[usize]) -> Self {
        let of = rows.iter().map(|it| self.of.get(*it).copied().unwrap_or(u32::MAX));
        self.of = of.collect();
        self
    }

    /// The households that have something of which this holds.
    pub fn rows(&self, holds: impl Fn(&T) -> bool) -> Vec<usize> {
        let holds: Vec<bool> = self.different.iter().map(holds).collect();
        if !holds.contains(&true) {
            return Vec::new();
        }
        let rows = self.of.iter().enumerate();
        rows.filter(|it| holds.get(*it.1 as usize) == Some(&true)).map(|it| it.0).collect()
    }
}
