//! Cells of few texts: by row which of them stands there.

use std::collections::BTreeMap;

use crate::output::cells::OutCell;
use crate::part::Coded;

/// The cells of a column so far, part by part.
#[derive(Debug, Default)]
pub(super) struct Words(Vec<Coded<OutCell>>);

/// All cells of a column.
pub(super) struct Told<'w> {
    /// Each text once.
    pub(super) names: Vec<&'w str>,
    /// By row the place of its text among the names and one more; 0 where it is empty.
    pub(super) places: Vec<u32>,
}

impl Words {
    /// Adds the cells of a part.
    pub(super) fn add(&mut self, cells: Coded<OutCell>) {
        self.0.push(cells);
    }

    /// Adds what comes next.
    pub(super) fn join(&mut self, next: Self) {
        self.0.extend(next.0);
    }

    /// All of them.
    pub(super) fn told(&self) -> Told<'_> {
        let (mut known, mut names) = (BTreeMap::new(), Vec::new());
        let mut places = Vec::with_capacity(self.0.iter().map(Coded::len).sum());
        for cells in &self.0 {
            let mut own = Vec::with_capacity(cells.different.len());
            for cell in &cells.different {
                let OutCell::Text(text) = cell else {
                    own.push(EMPTY);
                    continue;
                };
                let next = u32::try_from(names.len() + 1).unwrap_or(u32::MAX);
                let number = *known.entry(text.as_str()).or_insert(next);
                if number == next {
                    names.push(text.as_str());
                }
                own.push(number);
            }
            let place = |it: &u32| own.get(*it as usize).copied().unwrap_or(EMPTY);
            places.extend(cells.of.iter().map(place));
        }
        Told { names, places }
    }
}

/// The number of a cell without a text.
const EMPTY: u32 = 0;

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(of: &[&str]) -> Coded<OutCell> {
        let cell = |it: &&str| {
            if it.is_empty() { OutCell::Empty } else { OutCell::Text((*it).to_owned()) }
        };
        let mut different: Vec<OutCell> = of.iter().map(cell).collect();
        different.push(OutCell::Text("nowhere".to_owned()));
        Coded { different, of: (0..).take(of.len()).collect() }
    }

    fn told(words: &Words) -> Vec<&str> {
        let Told { names, places } = words.told();
        let name = |it: u32| it.checked_sub(1).map_or("", |it| names[it as usize]);
        places.into_iter().map(name).collect()
    }

    #[test]
    fn parts_that_number_texts_otherwise_are_put_together() {
        let mut words = Words::default();
        words.add(cells(&["b", "", "a", "b"]));
        words.add(cells(&["a", "c"]));
        let mut next = Words::default();
        next.add(cells(&["d", "a", "", "c"]));
        words.join(next);
        assert_eq!(told(&words), ["b", "", "a", "b", "a", "c", "d", "a", "", "c"]);
    }
}
