//! What is kept of the results of all households.

use std::collections::{BTreeMap, BTreeSet};

use heng_dsl::model::DeclKind;
use heng_dsl::value::Value;
use rayon::prelude::*;
use serde::de::DeserializeOwned;

use super::super::kept::{KeptOf, What};
use super::super::pair::Pairs;
use crate::columns::Texts;
use crate::part::{Coded, Part, Sink};
use crate::program::Program;

/// Results of households in the order of their keys, by slot.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    pub(crate) keys: Texts,
    pub(crate) values: BTreeMap<usize, Coded<Value>>,
    /// The columns of a measure; nothing where it does not apply.
    pub(super) measures: BTreeMap<usize, Coded<Option<Vec<Value>>>>,
    /// The direct determinations of a classification that hit, by number.
    pub(super) hits: BTreeMap<usize, Coded<Vec<usize>>>,
}

impl Collected {
    /// Adds those of households that come next.
    pub(crate) fn append(&mut self, next: Self) {
        fn put<T: Ord + Clone>(
            own: &mut BTreeMap<usize, Coded<T>>,
            next: BTreeMap<usize, Coded<T>>,
        ) {
            for (slot, it) in next {
                own.entry(slot).or_default().append(it);
            }
        }
        self.keys.add(&next.keys, 0..next.keys.len());
        put(&mut self.values, next.values);
        put(&mut self.measures, next.measures);
        put(&mut self.hits, next.hits);
    }

    /// Keeps all results.
    pub(super) fn keep(&self, kept: &KeptOf<'_>) {
        self.values.par_iter().for_each(|(slot, it)| kept.write(What::Value(*slot), it));
        self.measures.par_iter().for_each(|(slot, it)| kept.write(What::Measure(*slot), it));
        self.hits.par_iter().for_each(|(slot, it)| kept.write(What::Hits(*slot), it));
    }

    /// With other results of the same households.
    pub(super) fn with(mut self, other: Self) -> Self {
        self.values.extend(other.values);
        self.measures.extend(other.measures);
        self.hits.extend(other.hits);
        self
    }

    /// Those of some of the households.
    pub(super) fn gather(self, rows: &[usize]) -> Self {
        fn few<T>(own: BTreeMap<usize, Coded<T>>, rows: &[usize]) -> BTreeMap<usize, Coded<T>> {
            own.into_iter().map(|(slot, it)| (slot, it.gather(rows))).collect()
        }
        let numbers: Vec<u32> = rows.iter().filter_map(|it| u32::try_from(*it).ok()).collect();
        Self {
            keys: self.keys.gather(&numbers),
            values: few(self.values, rows),
            measures: few(self.measures, rows),
            hits: few(self.hits, rows),
        }
    }
}

/// Takes the results of one version that are kept, by slot.
#[derive(Default)]
pub(crate) struct Collecting {
    values: Vec<usize>,
    /// With how many columns each has.
    measures: Vec<(usize, usize)>,
    hits: Vec<usize>,
}

impl Collecting {
    /// Takes what a change reaches of the results (`side` 0 is before it), and these declarations.
    pub(super) fn of(
        program: &Program,
        pairs: &Pairs,
        side: usize,
        also: &BTreeSet<usize>,
    ) -> Self {
        let mut values = also.clone();
        let (mut measures, mut hits) = (Vec::new(), Vec::new());
        for pair in pairs.all.iter().filter(|it| it.reached) {
            let Some(slot) = pair.slots()[side] else { continue };
            match &program.linked().decl(slot).kind {
                DeclKind::Measure { columns } => measures.push((slot, columns.len())),
                DeclKind::Classify { .. } => {
                    values.insert(slot);
                    hits.push(slot);
                }
                DeclKind::Total
                | DeclKind::Merge
                | DeclKind::Overlay { .. }
                | DeclKind::Tag { .. }
                | DeclKind::Alert { .. }
                | DeclKind::List => drop(values.insert(slot)),
                DeclKind::Param
                | DeclKind::Value
                | DeclKind::RecordValue { .. }
                | DeclKind::RecordSet
                | DeclKind::Dimension { .. }
                | DeclKind::Indicator { .. } => {}
            }
        }
        Self { values: values.into_iter().collect(), measures, hits }
    }

    /// Takes what these declarations are worth, by slot.
    pub(crate) fn values(of: impl Iterator<Item = usize>) -> Self {
        let values: BTreeSet<usize> = of.collect();
        Self { values: values.into_iter().collect(), ..Self::default() }
    }

    /// What is kept of these results of so many households, and what is left to be taken.
    pub(super) fn kept(self, kept: &KeptOf<'_>, households: usize) -> (Collected, Self) {
        fn read<K: Send, T: DeserializeOwned + Send>(
            all: Vec<K>,
            (kept, households): (&KeptOf<'_>, usize),
            what: impl Fn(&K) -> What + Sync,
        ) -> Vec<(K, Option<Coded<T>>)> {
            let each = all.into_par_iter().map(|it| {
                let found = kept.read(what(&it), households);
                (it, found)
            });
            each.collect()
        }
        let (mut found, mut left) = (Collected::default(), Self::default());
        let from = (kept, households);
        for (slot, own) in read(self.values, from, |it| What::Value(*it)) {
            match own {
                Some(it) => drop(found.values.insert(slot, it)),
                None => left.values.push(slot),
            }
        }
        for (measure, own) in read(self.measures, from, |it| What::Measure(it.0)) {
            match own {
                Some(it) => drop(found.measures.insert(measure.0, it)),
                None => left.measures.push(measure),
            }
        }
        for (slot, own) in read(self.hits, from, |it| What::Hits(*it)) {
            match own {
                Some(it) => drop(found.hits.insert(slot, it)),
                None => left.hits.push(slot),
            }
        }
        (found, left)
    }

    /// All declarations whose results are taken, by slot.
    pub(crate) fn slots(&self) -> BTreeSet<usize> {
        let measures = self.measures.iter().map(|it| it.0);
        self.values.iter().copied().chain(measures).chain(self.hits.iter().copied()).collect()
    }
}

impl Sink for Collecting {
    type Open = Collected;
    type Done = Collected;

    fn begin(&self) -> Collected {
        Collected::default()
    }

    fn take(&self, open: &mut Collected, part: &dyn Part) {
        let mut own = Collected::default();
        (0..part.len()).for_each(|row| own.keys.push(part.key(row)));
        own.values = self.values.iter().map(|it| (*it, part.coded(*it))).collect();
        own.measures = self.measures.iter().map(|it| (it.0, measure(part, *it))).collect();
        own.hits = self.hits.iter().map(|it| (*it, part.coded_hits(*it))).collect();
        open.append(own);
    }

    fn join(&self, open: &mut Collected, next: Collected) {
        open.append(next);
    }

    fn end(&self, open: Collected) -> Collected {
        open
    }
}

/// The columns of a measure together.
fn measure(part: &dyn Part, (slot, columns): (usize, usize)) -> Coded<Option<Vec<Value>>> {
    let mut all = Coded::same(Some(Vec::new()), part.len());
    for column in 0..columns {
        let next = part.coded_measure(slot, column);
        let both = all.zip(&next);
        all = both.map(|(before, own)| {
            let mut values = all.different.get(before as usize).cloned().flatten()?;
            values.push(next.different.get(own as usize).cloned().flatten()?);
            Some(values)
        });
    }
    all
}
