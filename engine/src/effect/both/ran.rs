//! What of one version is asked of the whole register, in columns.

use std::borrow::Cow;

use heng_dsl::value::Value;

use super::super::kept::KeptOf;
use super::{Collected, Collecting, Version};
use crate::columnar::{self, Given, Refusal};
use crate::columns::Columns;
use crate::eval::Evaluator;
use crate::part::Coded;
use crate::population::PopulationValues;
use crate::run::RunOptions;

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

    /// The same, where some of it may be kept; what is not, is from then on.
    pub(super) fn with_kept(
        version: Version<'c>,
        sink: Collecting,
        kept: &KeptOf<'_>,
        options: &RunOptions<'_>,
    ) -> Result<Self, Vec<Refusal>> {
        let Version { program, columns } = version;
        let evaluator = Evaluator::new(program, options.as_of);
        let rows = columnar::founded(&evaluator, columns, 0..columns.len());
        let (mut results, left) = sink.kept(kept, rows.len());
        let known = kept.population(program);
        if let Some(population) = known.clone().filter(|_| left.slots().is_empty()) {
            results.keys = columns.keys.gather(&rows);
            return Ok(Self { columns, rows, results, population });
        }
        let sites = |site: usize| known.as_ref()?.sites().get(site);
        let mut ran = Self::of(version, &left, Given { sites: &sites, ..Given::NOTHING }, options)?;
        ran.results.keep(kept);
        ran.results = ran.results.with(results);
        match known {
            Some(known) => ran.population = known,
            None => kept.write_population(&ran.population),
        }
        Ok(ran)
    }

    /// What a declaration is worth, household by household of the register; nothing where it was not asked.
    pub(super) fn spread(&self, slot: usize) -> Option<Cow<'_, Coded<Value>>> {
        let own = self.results.values.get(&slot)?;
        Some(own.spread(&self.rows, self.columns.len(), Value::Missing))
    }
}
