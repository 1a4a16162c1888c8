//! A changed program over a register that has been classified before: only what the change reaches is worked
//! out again, the rest is taken over.

use std::collections::{BTreeMap, BTreeSet};

use heng_dsl::value::Value;

use super::pair::Pairs;
use crate::data::Household;
use crate::eval::Evaluator;
use crate::graph::Thing;
use crate::outcome::Outcome;
use crate::population::{PopulationValues, SiteValues};
use crate::program::{Owner, Program, Site};
use crate::reach::{self, Known, Name};
use crate::run::Run;

/// What of one program holds in another, too.
pub(crate) struct Carried {
    /// Slot after, slot before.
    kept: Vec<(usize, usize)>,
    /// The same by slot before.
    turned: BTreeMap<usize, usize>,
    /// What has to be worked out again, in the order of evaluation.
    again: Vec<usize>,
    /// What becomes of each function of the register after.
    sites: Vec<Fate>,
}

/// What becomes of a function of the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Nobody needs it.
    Idle,
    /// It comes to what this one came to before, by number.
    Stays(usize),
    /// The change reaches it.
    Reached,
}

impl Carried {
    /// Compares two programs; `order` is what has to be worked out of the later one.
    pub(crate) fn of(known: &Known<'_>, after: &Program, order: &[usize]) -> Self {
        let before = known.program;
        let pairs = Pairs::against(known, after);
        let same_order = |old: usize, new: usize| {
            let ids = |program: &Program, slot: usize| -> Vec<_> {
                program.linked().decides(slot).map(|it| it.id.clone()).collect()
            };
            // A determination that hit is known by its number.
            ids(before, old) == ids(after, new)
        };
        let worked_out: BTreeSet<usize> = before.order().iter().copied().collect();
        let kept: Vec<(usize, usize)> = pairs
            .all
            .iter()
            .filter(|it| !it.reached)
            .filter_map(|it| Some((it.after?, it.before?)))
            .filter(|(new, old)| worked_out.contains(old) && same_order(*old, *new))
            .collect();
        let places: BTreeMap<usize, usize> = kept.iter().copied().collect();
        let turned: BTreeMap<usize, usize> = kept.iter().map(|it| (it.1, it.0)).collect();
        Self {
            again: order.iter().copied().filter(|it| !places.contains_key(it)).collect(),
            sites: sites(before, after, order, &pairs.reached),
            turned,
            kept,
        }
    }

    /// The declarations of which it has to be known what they come to, so that of some of the later program only what the
    /// change reaches is worked out: slot after, slot before.
    pub(crate) fn border(&self, after: &Program, wanted: &BTreeSet<usize>) -> Vec<(usize, usize)> {
        let things = wanted.iter().map(|it| Thing::Decl(*it)).collect();
        let again: BTreeSet<usize> = self.again.iter().copied().collect();
        let needed = after.needed(&things).into_iter().filter(|it| again.contains(it));
        let kept: BTreeMap<usize, usize> = self.kept.iter().copied().collect();
        let mut border = after.border(&kept.keys().copied().collect(), &needed.collect::<Vec<_>>());
        border.extend(wanted.iter().filter(|it| kept.contains_key(it)));
        border.into_iter().filter_map(|it| Some((it, *kept.get(&it)?))).collect()
    }

    /// What the functions of the register are worth for the later program; absent where one of them has to be
    /// worked out again.
    pub(crate) fn population(&self, before: &PopulationValues) -> Option<PopulationValues> {
        let known = |(number, it): (usize, &Fate)| {
            (*it != Fate::Reached).then(|| self.site(number, before).cloned().unwrap_or_default())
        };
        let sites: Option<Vec<SiteValues>> = self.sites.iter().enumerate().map(known).collect();
        sites.map(PopulationValues::from_sites)
    }

    /// What a function of the register is worth for the later program, by number, where it stays.
    pub(crate) fn site<'p>(
        &self,
        number: usize,
        before: &'p PopulationValues,
    ) -> Option<&'p SiteValues> {
        match self.sites.get(number)? {
            Fate::Stays(old) => before.sites().get(*old),
            Fate::Idle | Fate::Reached => None,
        }
    }

    /// What a household comes to after, from what it came to before.
    pub(crate) fn outcome(
        &self,
        evaluator: &Evaluator<'_>,
        household: (&Household, usize),
        population: &PopulationValues,
        before: &Outcome,
    ) -> Outcome {
        let known = self.kept.iter().filter_map(|(new, old)| {
            let value: &Value = before.values.get(*old)?;
            Some((*new, value.clone()))
        });
        let mut outcome = evaluator.evaluate_from(known, &self.again, household, population);
        let measures = before.measures.iter();
        let measures =
            measures.filter_map(|(slot, it)| Some((*self.turned.get(slot)?, it.clone())));
        outcome.measures.extend(measures);
        outcome.measures.sort_by_key(|it| it.0);
        let hits = before.decides.iter();
        outcome.decides.extend(hits.filter_map(|it| {
            let target = *self.turned.get(&it.target)?;
            Some(crate::outcome::Hit { target, ..it.clone() })
        }));
        outcome.quarantined = before.quarantined;
        outcome
    }
}

/// What becomes of the functions of the register, as far as the declarations in `order` need them. One that is written
/// the same and reads nothing that is reached stays, even if the rule around it is reached.
fn sites(
    before: &Program,
    after: &Program,
    order: &[usize],
    reached: &BTreeSet<Name>,
) -> Vec<Fate> {
    let linked = after.linked();
    let order: BTreeSet<usize> = order.iter().copied().collect();
    let is_needed = |site: &Site| match site.owner {
        Owner::Decl { slot, .. } => order.contains(&slot),
        Owner::Decide { package, number, .. } => {
            let decide = linked.packages.get(package).and_then(|it| it.decides.get(number));
            decide.is_none_or(|it| order.contains(&it.target.slot.index()))
        }
        Owner::Check { .. } | Owner::Scope(_) => true,
    };
    let (old, new) = (owned(before), owned(after));
    let names = reach::names(after.linked());
    let stays = |thing: Thing| names.get(&thing).is_none_or(|it| !reached.contains(it));
    let same = |site: &Site, old: usize| {
        let old = before.sites().find(|it| it.0 == old);
        old.is_some_and(|it| site.is_same(after.linked(), (it.1, before.linked())))
    };
    let mut out = vec![Fate::Idle; after.linked().sites()];
    for (key, numbers) in &new {
        if !numbers.iter().any(|it| is_needed(it.1)) {
            continue;
        }
        let olds = old.get(key).filter(|it| it.len() == numbers.len());
        for (at, (number, site)) in numbers.iter().enumerate() {
            let mut reads = site.needs.iter().map(|it| Thing::Decl(*it)).chain(site.reads.clone());
            let apart = reads.all(stays);
            let before = olds
                .and_then(|it| it.get(at))
                .map(|it| it.0)
                .filter(|old| apart && (stays(site.owner.thing()) || same(site, *old)));
            let fate = before.map_or(Fate::Reached, Fate::Stays);
            if let Some(place) = out.get_mut(*number) {
                *place = fate;
            }
        }
    }
    out
}

/// The functions of the register by what they stand in, and its version.
pub(super) fn owned(program: &Program) -> BTreeMap<(Name, usize), Vec<(usize, &Site)>> {
    let names = reach::names(program.linked());
    let mut all: BTreeMap<(Name, usize), Vec<(usize, &Site)>> = BTreeMap::new();
    for (number, site) in program.sites() {
        let version = match site.owner {
            Owner::Decl { version, .. } | Owner::Decide { version, .. } => version,
            Owner::Check { .. } | Owner::Scope(_) => 0,
        };
        if let Some(name) = names.get(&site.owner.thing()) {
            all.entry((name.clone(), version)).or_default().push((number, site));
        }
    }
    all
}

/// The later run, from the earlier one over the same households on the same date.
pub(crate) fn run_again(
    (before, earlier): (&Program, &Run),
    (after, register): (&Program, &crate::data::Register),
    options: &crate::run::RunOptions<'_>,
) -> Run {
    let carried = Carried::of(&Known::of(before), after, after.order());
    let population = carried.population(&earlier.population);
    let each = |evaluator: &Evaluator<'_>,
                household: (&Household, usize),
                population: &PopulationValues| {
        let found = earlier.outcomes.binary_search_by(|it| it.key.cmp(&household.0.key));
        match found.ok().and_then(|it| earlier.outcomes.get(it)) {
            Some(before) => carried.outcome(evaluator, household, population, before),
            None => evaluator.evaluate(household.0, population, household.1, false).0,
        }
    };
    crate::run::run_each(after, register, population, options, &each)
}
