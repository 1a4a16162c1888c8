//! What some households have, told by number among different things: whatever is made of it is made once for each of
//! them, and not for each household.

use std::borrow::Cow;
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

impl<T: Ord + Clone> Coded<T> {
    /// The same thing for so many households, but for these, each of which has something of its own.
    pub fn but_for(thing: T, households: usize, others: impl Iterator<Item = (usize, T)>) -> Self {
        let mut own = Self::same(thing, households);
        let (rows, things): (Vec<usize>, Vec<T>) = others.unzip();
        let few = Self::of(things.into_iter());
        for (row, number) in rows.into_iter().zip(few.of) {
            if let Some(own) = own.of.get_mut(row) {
                *own = number.saturating_add(1);
            }
        }
        own.different.extend(few.different);
        own
    }

    /// The same, with each thing once.
    #[must_use]
    pub fn distinct(&self) -> Self {
        let Self { different, of: numbers } = Self::of(self.different.iter().cloned());
        let number = |it: &u32| numbers.get(*it as usize).copied().unwrap_or(u32::MAX);
        Self { different, of: self.of.iter().map(number).collect() }
    }

    /// The same of so many households, where these are of those with such numbers; the others have `nothing`.
    pub fn spread(&self, rows: &[u32], households: usize, nothing: T) -> Cow<'_, Self> {
        if rows.len() == households {
            return Cow::Borrowed(self);
        }
        let other = u32::try_from(self.different.len()).unwrap_or(u32::MAX);
        let mut spread = Self { different: self.different.clone(), of: vec![other; households] };
        spread.different.push(nothing);
        for (row, number) in rows.iter().zip(&self.of) {
            if let Some(place) = spread.of.get_mut(*row as usize) {
                *place = *number;
            }
        }
        Cow::Owned(spread)
    }

    /// Adds what other households have.
    pub fn append(&mut self, other: Self) {
        if self.of.is_empty() {
            *self = other;
            return;
        }
        let mut known: BTreeMap<T, u32> = self.different.iter().cloned().zip(0..).collect();
        let numbers = other.different.into_iter().map(|it| {
            let next = u32::try_from(self.different.len()).unwrap_or(u32::MAX);
            let number = *known.entry(it.clone()).or_insert(next);
            if number == next {
                self.different.push(it);
            }
            number
        });
        let numbers: Vec<u32> = numbers.collect();
        let of = other.of.iter().map(|it| numbers.get(*it as usize).copied());
        self.of.extend(of.map(|it| it.unwrap_or(u32::MAX)));
    }
}

impl<T> Coded<T> {
    /// The same thing for so many households.
    pub fn same(thing: T, households: usize) -> Self {
        Self { different: vec![thing], of: vec![0; households] }
    }

    /// How many households there are.
    pub fn len(&self) -> usize {
        self.of.len()
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// What a household has.
    pub fn get(&self, at: usize) -> Option<&T> {
        self.of.get(at).and_then(|it| self.different.get(*it as usize))
    }

    /// What a household has of both.
    pub fn zip<U>(&self, other: &Coded<U>) -> Coded<(u32, u32)> {
        let width = other.different.len();
        let places = self.different.len().saturating_mul(width);
        let pairs = self.of.iter().copied().zip(other.of.iter().copied());
        if places > self.of.len().saturating_mul(4).max(1 << 12) {
            return Coded::of(pairs);
        }
        let (mut known, mut own) = (vec![u32::MAX; places], Coded::default());
        for (a, b) in pairs {
            let next = u32::try_from(own.different.len()).unwrap_or(u32::MAX);
            let Some(number) = known.get_mut(a as usize * width + b as usize) else { continue };
            if *number == u32::MAX {
                *number = next;
                own.different.push((a, b));
            }
            own.of.push(*number);
        }
        own
    }

    /// How many households have each of the different things.
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.different.len()];
        for it in &self.of {
            if let Some(count) = counts.get_mut(*it as usize) {
                *count += 1;
            }
        }
        counts
    }

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

#[cfg(test)]
mod tests {
    use super::Coded;

    #[test]
    fn things_are_told_by_number_and_put_together() {
        let mut all = Coded::of(["甲", "乙", "甲"].into_iter());
        assert_eq!((&all.different[..], &all.of[..]), (&["甲", "乙"][..], &[0, 1, 0][..]));
        all.append(Coded::of(["丙", "乙"].into_iter()));
        assert_eq!(all.iter().copied().collect::<String>(), "甲乙甲丙乙");
        assert_eq!(all.counts(), [2, 2, 1]);
        assert_eq!(all.rows(|it| *it == "乙"), [1, 4]);
        assert_eq!(all.clone().gather(&[4, 0]).iter().copied().collect::<String>(), "乙甲");
        let both = all.zip(&Coded::of([1, 1, 1, 1, 2].into_iter()));
        let told = |it: &(u32, u32)| (all.different[it.0 as usize], it.1);
        let told: Vec<(&str, u32)> = both.iter().map(told).collect();
        assert_eq!(told, [("甲", 0), ("乙", 0), ("甲", 0), ("丙", 0), ("乙", 1)]);
    }
    #[test]
    fn few_have_something_of_their_own() {
        let few = Coded::but_for("甲", 4, [(1, "乙"), (3, "丙"), (2, "乙")].into_iter());
        assert_eq!(few.iter().copied().collect::<String>(), "甲乙乙丙");
        assert_eq!(Coded::but_for(0, 3, std::iter::empty()).counts(), [3]);
    }

    #[test]
    fn things_are_spread_over_more_households_and_told_once() {
        let own = Coded { different: vec!["a", "b", "a"], of: vec![2, 1, 0] };
        let all = own.spread(&[0, 2, 3], 5, "none");
        assert_eq!(all.iter().copied().collect::<Vec<_>>(), ["a", "none", "b", "a", "none"]);
        assert_eq!(own.spread(&[0, 1, 2], 3, "none").as_ref(), &own);
        let once = own.distinct();
        assert_eq!(once, Coded { different: vec!["a", "b"], of: vec![0, 1, 0] });
    }
}
