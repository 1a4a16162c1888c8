//! What some declarations are worth for every household of the population, by column; of nothing else is anything kept.

use heng_dsl::value::{Date, Value};

use crate::columnar::{Given, Refusal, bare_results, population};
use crate::columns::{Columns, Texts};
use crate::effect::{Collected, Collecting};
use crate::part::Coded;
use crate::program::Program;
use crate::run::{RunOptions, run};

/// Households in the order of their keys, with what each has of some declarations.
#[derive(Debug)]
pub struct Projection {
    keys: Texts,
    values: Vec<Coded<Value>>,
}

impl Projection {
    /// Works declarations out, which are named by slot and told by their place among these.
    ///
    /// # Errors
    ///
    /// What the columnar engine has no operation for.
    pub fn of(
        (program, slots): (&Program, &[usize]),
        columns: &Columns,
        options: &RunOptions<'_>,
    ) -> Result<Self, Vec<Refusal>> {
        Self::worked_out((program, slots), (columns, Given::NOTHING), options)
    }

    /// The same by the reference evaluator, household by household.
    pub fn by_reference(
        (program, slots): (&Program, &[usize]),
        columns: &Columns,
        options: &RunOptions<'_>,
    ) -> Self {
        let outcomes = run(program, &columns.register(), options).outcomes;
        let mut keys = Texts::default();
        outcomes.iter().for_each(|it| keys.push(&it.key));
        let worth = |slot: usize| {
            let own = outcomes.iter().map(|it| it.values.get(slot).cloned());
            Coded::of(own.map(|it| it.unwrap_or(Value::NotApplicable)))
        };
        Self { keys, values: slots.iter().map(|it| worth(*it)).collect() }
    }

    /// The same of the households with these keys.
    pub(crate) fn of_some(
        (program, slots): (&Program, &[usize]),
        (columns, keys): (&Columns, &Texts),
        as_of: Date,
    ) -> Result<Self, Vec<Refusal>> {
        let options = RunOptions { as_of, threads: None, progress: None, reasons: false };
        let rows = columns.keys.find_all(keys).into_iter().flatten();
        let mut rows: Vec<usize> = rows.map(|it| it as usize).collect();
        rows.sort_unstable();
        // Functions of the register are of everybody.
        let all = population(program, columns, &options)?.gather(&rows);
        let given = Given { sites: &|site| all.sites().get(site), ..Given::NOTHING };
        Self::worked_out((program, slots), (&columns.some(&rows), given), &options)
    }

    fn worked_out(
        (program, slots): (&Program, &[usize]),
        (columns, given): (&Columns, Given<'_>),
        options: &RunOptions<'_>,
    ) -> Result<Self, Vec<Refusal>> {
        let sink = Collecting::values(slots.iter().copied());
        let mut found = Collected::default();
        let deliver = &mut |it| found.append(it);
        bare_results(program, columns, (options, &sink.slots(), given), &sink, deliver)?;
        let Collected { keys, mut values, .. } = found;
        let values = slots.iter().map(|it| values.remove(it).unwrap_or_default()).collect();
        Ok(Self { keys, values })
    }

    /// How many households there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The keys of the households.
    pub(crate) fn keys(&self) -> &Texts {
        &self.keys
    }

    /// The key of a household, by number.
    pub fn key(&self, household: usize) -> &str {
        self.keys.get(household)
    }

    /// The number of a household, by its key.
    pub fn find(&self, key: &str) -> Option<usize> {
        self.keys.find(key.as_bytes())
    }

    /// What a household has of a declaration; nothing for one that is not there.
    pub fn value(&self, declaration: usize, household: Option<usize>) -> Option<&Value> {
        self.told(declaration, self.code(declaration, household))
    }

    /// The number of that among different things.
    pub(crate) fn code(&self, declaration: usize, household: Option<usize>) -> Option<u32> {
        self.values.get(declaration)?.of.get(household?).copied()
    }

    /// What such a number stands for.
    pub(crate) fn told(&self, declaration: usize, code: Option<u32>) -> Option<&Value> {
        self.values.get(declaration)?.different.get(code? as usize)
    }

    /// All households of two, in the order of their keys: the number of each in either.
    pub fn with(&self, other: &Self) -> Vec<[Option<usize>; 2]> {
        let (a, b) = (&self.keys, &other.keys);
        let (mut own, mut next, mut all) = (0, 0, Vec::with_capacity(a.len().max(b.len())));
        while own < a.len() || next < b.len() {
            let order = match (own < a.len(), next < b.len()) {
                (true, true) => a.bytes(own).cmp(b.bytes(next)),
                (true, false) => std::cmp::Ordering::Less,
                _ => std::cmp::Ordering::Greater,
            };
            all.push([order.is_le().then_some(own), order.is_ge().then_some(next)]);
            own += usize::from(order.is_le());
            next += usize::from(order.is_ge());
        }
        all
    }
}
