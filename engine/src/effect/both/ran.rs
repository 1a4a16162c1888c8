//! What of one version is asked of the whole register, in columns.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use heng_dsl::value::Value;

use super::super::kept::KeptOf;
use super::{Collected, Collecting, Version};
use crate::columnar::{self, Given, Refusal};
use crate::columns::Columns;
use crate::eval::Evaluator;
use crate::part::Coded;
use crate::population::{PopulationValues, SiteValues};
use crate::program::Program;
use crate::run::RunOptions;

/// What functions of the register give, by site, as far as it is known.
type Sites<'s> = &'s (dyn Fn(usize) -> Option<&'s SiteValues> + Sync);

/// What is known where these declarations are left, by slot.
type Start<'f, 's> = &'f dyn Fn(&BTreeSet<usize>) -> Results<'s>;

/// What declarations are worth, by slot, household by household of the register.
pub(super) type Results<'s> = BTreeMap<usize, Cow<'s, Coded<Value>>>;

/// What came of a version.
pub(super) struct Ran<'c> {
    columns: &'c Columns,
    /// The numbers in the register of the households of the population.
    pub(super) rows: Vec<u32>,
    /// What was asked of these.
    pub(super) results: Collected,
    /// What functions of the register give; nothing where that was known before.
    pub(super) population: PopulationValues,
}

impl<'c> Ran<'c> {
    /// Works it out.
    pub(super) fn of(
        version: Version<'c>,
        sink: &Collecting,
        given: Given<'_>,
        options: &RunOptions<'_>,
    ) -> Result<Self, Vec<Refusal>> {
        let Version { program, columns } = version;
        let mut results = Collected::default();
        let how = (options, &sink.slots(), given);
        let deliver = &mut |it| results.append(it);
        let ran = columnar::some_results(program, columns, how, sink, deliver)?;
        let evaluator = Evaluator::new(program, options.as_of);
        let rows = columnar::founded(&evaluator, columns, 0..columns.len());
        Ok(Self { columns, rows, results, population: ran.population })
    }

    /// The same, where some of it may be kept; what is not, is from then on. Of functions of the register some may be known
    /// beforehand, and of what is left so may what `start` tells.
    pub(super) fn with_kept<'s>(
        version: Version<'c>,
        sink: Collecting,
        kept: &KeptOf<'_>,
        (sites, start): (Sites<'_>, Start<'_, 's>),
        options: &RunOptions<'_>,
    ) -> Result<Self, Vec<Refusal>> {
        let Version { program, columns } = version;
        let evaluator = Evaluator::new(program, options.as_of);
        let rows = columnar::founded(&evaluator, columns, 0..columns.len());
        let (found, left) = sink.kept(kept, rows.len());
        let known = kept.population(columns.len());
        // What nobody asked before, somebody may ask now.
        let is_told = |it: &&SiteValues| !it.values.is_empty();
        let given = |site: usize| {
            let own = || known.get(site)?.as_ref().filter(is_told);
            sites(site).filter(is_told).or_else(own)
        };
        let is_idle = |site: usize| matches!(known.get(site), Some(Some(_)));
        let slots = left.slots();
        if slots.is_empty() && (0..known.len()).all(|it| is_idle(it) || given(it).is_some()) {
            let results = Collected { keys: columns.keys.gather(&rows), ..found };
            let own = Self { columns, rows, results, population: PopulationValues::default() };
            return Ok(own.knowing(program, &given));
        }
        let start = start(&slots);
        let ran = Self::of(version, &left, Given { sites: &given, results: &start }, options)?;
        ran.results.keep(kept);
        let mut ran = ran.knowing(program, &given);
        kept.write_population(&ran.population, &known);
        ran.results = ran.results.with(found);
        Ok(ran)
    }

    /// With what is known beforehand of functions of the register.
    pub(super) fn knowing<'s>(
        mut self,
        program: &Program,
        sites: &dyn Fn(usize) -> Option<&'s SiteValues>,
    ) -> Self {
        let own = |site: usize| sites(site).or_else(|| self.population.sites().get(site));
        let all = (0..program.linked().sites()).map(|it| own(it).cloned().unwrap_or_default());
        self.population = PopulationValues::from_sites(all.collect());
        self
    }

    /// What a declaration is worth, household by household of the register; nothing where it was not asked.
    pub(super) fn spread(&self, slot: usize) -> Option<Cow<'_, Coded<Value>>> {
        let own = self.results.values.get(&slot)?;
        Some(own.spread(&self.rows, self.columns.len(), Value::Missing))
    }
}
