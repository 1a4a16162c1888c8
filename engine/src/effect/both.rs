//! Both versions of the rules over the same households.
//!
//! There is no room for everything that is worked out of every household of a province. Of all of them only results
//! that the change can reach are kept, by number among different ones, and whatever else somebody asks for; of
//! those whose grade moves, everything is: outcomes, fields and records.
//!
//! Households that only one version counts among the population are left out; the versions differ in that only where
//! they read the date of founding otherwise.

mod collected;
mod ran;

use std::borrow::Cow;
use std::collections::BTreeSet;

use heng_dsl::model::DeclKind;
use heng_dsl::value::{Date, Value};

pub(crate) use self::collected::{Collected, Collecting};
use self::ran::Ran;
use super::again::Carried;
use super::kept::Kept;
use super::pair::{Pair, Pairs};
use super::{NOTHING, Side, Transitions};
use crate::columnar::{self, Given, Refusal};
use crate::columns::Columns;
use crate::data::{Household, Register};
use crate::outcome::Outcome;
use crate::part::{self, Coded};
use crate::population::PopulationValues;
use crate::program::Program;
use crate::reach::Known;
use crate::run::RunOptions;

/// A version of the rules, and the register as it reads it, in columns.
#[derive(Clone, Copy)]
pub struct Version<'v> {
    /// The rules.
    pub program: &'v Program,
    /// The register.
    pub columns: &'v Columns,
}

/// Both versions over the same households, which are numbered in the order of their keys. Of everything that there is
/// for each version, the first is before, the second after.
pub struct Both<'b> {
    /// 基准日
    pub(crate) as_of: Date,
    pub(crate) programs: [&'b Program; 2],
    pub(crate) pairs: Pairs,
    /// What was made of all households.
    results: [Collected; 2],
    /// Stand for a declaration that is not there.
    nothing: Nothing,
    /// The number in the register of each household.
    pub(crate) rows: [Vec<u32>; 2],
    pub(crate) few: Few,
    pub(crate) everybody: Everybody<'b>,
}

/// What every household has of a declaration that is not there.
struct Nothing {
    value: Coded<Value>,
    measure: Coded<Option<Vec<Value>>>,
    hits: Coded<Vec<usize>>,
}

/// Those households whose grade moves.
#[derive(Debug, Default)]
pub(crate) struct Few {
    /// Their numbers, ascending.
    pub(crate) numbers: Vec<usize>,
    /// What each comes to.
    outcomes: [Vec<Outcome>; 2],
    /// Themselves.
    pub(crate) registers: [Register; 2],
    /// What functions of the register give them, by their place among the few.
    pub(crate) populations: [PopulationValues; 2],
}

/// The whole register.
pub(crate) enum Everybody<'b> {
    /// Household by household, with all that was worked out.
    Runs([Side<'b>; 2]),
    /// In columns, with what functions of the register give.
    Columns([(&'b Columns, PopulationValues); 2]),
}

/// Declarations that are wanted of all households, by slot of either version, beside the results that a change
/// reaches.
pub(crate) type Also = [BTreeSet<usize>; 2];

impl<'b> Both<'b> {
    /// From two runs over the same register.
    pub fn of(before: Side<'b>, after: Side<'b>) -> Self {
        Self::of_runs([before, after], &|_, _| Also::default())
    }

    /// The same with what else is wanted of all households.
    pub(crate) fn of_runs(
        sides: [Side<'b>; 2],
        also: &dyn Fn([&Program; 2], &Pairs) -> Also,
    ) -> Self {
        let programs = sides.map(|it| it.program);
        let pairs = Pairs::of(programs[0], programs[1]);
        let also = also(programs, &pairs);
        let collected = [0, 1].map(|side| {
            let Side { program, register, run } = sides[side];
            let sink = Collecting::of(program, &pairs, side, &also[side]);
            let mut all = Collected::default();
            part::each(register, &run.outcomes, &sink, &mut |it| all.append(it));
            all
        });
        // Outcomes are those of the population, in the order of the register.
        let rows = sides.map(|it| {
            let mut outcomes = it.run.outcomes.iter().peekable();
            let inside = (0..)
                .zip(&it.register.households)
                .filter(|(_, household)| outcomes.next_if(|it| it.key == household.key).is_some());
            inside.map(|it| it.0).collect()
        });
        let as_of = sides[0].run.as_of;
        let everybody = Everybody::Runs(sides);
        let mut own = Self::joined((programs, as_of), pairs, collected, rows, everybody);
        let numbers = own.moving();
        let [before, after] = [0, 1].map(|side| {
            let Side { register, run, .. } = sides[side];
            let rows = own.rows_of(side, &numbers);
            let households = rows.iter().filter_map(|it| register.households.get(*it)).cloned();
            let register = Register { households: households.collect(), cutoff: register.cutoff };
            let outcomes = register.households.iter().filter_map(|it| {
                let at = run.outcomes.binary_search_by(|own| own.key.cmp(&it.key)).ok()?;
                run.outcomes.get(at).cloned()
            });
            (outcomes.collect(), run.population.gather(&rows), register)
        });
        own.few = Few::of(numbers, [before, after]);
        own
    }

    /// From the register in columns: a run of either version, and another one over those that move. Of the later version
    /// only what the change reaches is worked out, and of either only what is not kept.
    ///
    /// # Errors
    ///
    /// What the columnar engine has no operation for.
    pub(crate) fn in_columns(
        [old, new]: [Version<'b>; 2],
        also: &dyn Fn([&Program; 2], &Pairs) -> Also,
        (options, kept): (&RunOptions<'_>, Option<&Kept>),
    ) -> Result<Self, Vec<Refusal>> {
        let programs = [old.program, new.program];
        let pairs = Pairs::of(old.program, new.program);
        let [also_before, also_after] = also(programs, &pairs);
        // What the change does not reach stays, where the register is the same one.
        let is_same = std::ptr::eq(old.columns, new.columns);
        let carried = Carried::of(&Known::of(old.program), new.program, new.program.order());
        let later = Collecting::of(new.program, &pairs, 1, &also_after);
        let border = |slots: &BTreeSet<usize>| {
            if is_same { carried.border(new.program, slots) } else { Vec::new() }
        };
        let slots = later.slots();
        let with_border = border(&slots).into_iter().map(|it| it.1).chain(also_before).collect();
        let earlier = Collecting::of(old.program, &pairs, 0, &with_border);
        let before = match kept {
            Some(kept) => {
                let kept = kept.of(old.program, options.as_of);
                let nothing = (&|_| None, &|_: &BTreeSet<usize>| ran::Results::new());
                Ran::with_kept(old, earlier, &kept, (nothing.0, nothing.1), options)?
            }
            None => Ran::of(old, &earlier, Given::NOTHING, options)?,
        };
        let known = |site: usize| carried.site(site, &before.population).filter(|_| is_same);
        let start = |slots: &BTreeSet<usize>| -> ran::Results<'_> {
            let border = border(slots).into_iter();
            border.filter_map(|it| Some((it.0, before.spread(it.1)?))).collect()
        };
        let after = match kept.filter(|_| is_same) {
            Some(kept) => {
                let kept = kept.of(new.program, options.as_of);
                Ran::with_kept(new, later, &kept, (&known, &start), options)?
            }
            None => {
                let given = Given { sites: &known, results: &start(&slots) };
                Ran::of(new, &later, given, options)?.knowing(new.program, &known)
            }
        };
        let everybody =
            Everybody::Columns([(old.columns, before.population), (new.columns, after.population)]);
        let (of, rows) = ((programs, options.as_of), [before.rows, after.rows]);
        let mut own = Self::joined(of, pairs, [before.results, after.results], rows, everybody);
        let numbers = own.moving();
        let few = |side: usize| {
            let Everybody::Columns(all) = &own.everybody else { return Ok(Default::default()) };
            let (columns, population) = &all[side];
            let rows = own.rows_of(side, &numbers);
            let (columns, population) = (columns.some(&rows), population.gather(&rows));
            let quiet = RunOptions { progress: None, ..*options };
            let outcomes = columnar::outcomes(programs[side], &columns, &population, &quiet)?;
            Ok::<_, Vec<Refusal>>((outcomes, population, columns.register()))
        };
        let both = [few(0)?, few(1)?];
        own.few = Few::of(numbers, both);
        Ok(own)
    }

    /// The households that both versions have results of; `rows` has the numbers in the register of those of each.
    fn joined(
        (programs, as_of): ([&'b Program; 2], Date),
        pairs: Pairs,
        [before, after]: [Collected; 2],
        rows: [Vec<u32>; 2],
        everybody: Everybody<'b>,
    ) -> Self {
        let (mut results, mut rows) = ([before, after], rows);
        if results[0].keys != results[1].keys {
            let [before, after] = &results;
            let shared = [(before, after), (after, before)].map(|(own, other)| {
                let found = other.keys.find_all(&own.keys);
                let is_found = |it: &usize| matches!(found.get(*it), Some(Some(_)));
                (0..own.keys.len()).filter(is_found).collect::<Vec<usize>>()
            });
            for ((own, rows), shared) in results.iter_mut().zip(&mut rows).zip(&shared) {
                *own = std::mem::take(own).gather(shared);
                *rows = shared.iter().filter_map(|it| rows.get(*it).copied()).collect();
            }
        }
        let households = results[0].keys.len();
        let nothing = Nothing {
            value: Coded::same(NOTHING, households),
            measure: Coded::same(None, households),
            hits: Coded::same(Vec::new(), households),
        };
        Self { as_of, programs, pairs, results, nothing, rows, few: Few::default(), everybody }
    }

    /// What a declaration is worth in one version, household by household of the whole register, which has so many; nothing
    /// where it was not asked for.
    pub(crate) fn spread(
        &self,
        side: usize,
        slot: usize,
        all: usize,
    ) -> Option<Cow<'_, Coded<Value>>> {
        let own = self.results[side].values.get(&slot)?;
        Some(own.spread(&self.rows[side], all, Value::Missing))
    }

    /// The numbers in the register of some households.
    pub(crate) fn rows_of(&self, side: usize, numbers: &[usize]) -> Vec<usize> {
        let row = |it: &usize| self.rows[side].get(*it).map_or(usize::MAX, |it| *it as usize);
        numbers.iter().map(row).collect()
    }

    /// The households whose grade moves, in any of those that are shown.
    fn moving(&self) -> Vec<usize> {
        let mut all = BTreeSet::new();
        for pair in self.pairs.all.iter().filter(|it| it.shown && it.reached && it.is_grade()) {
            all.extend(self.crossed(pair).rows(|old, new| old != new));
        }
        all.into_iter().collect()
    }

    /// Do both versions read one register, in columns?
    pub(crate) fn is_read_alike(&self) -> bool {
        match &self.everybody {
            Everybody::Runs(_) => false,
            Everybody::Columns([before, after]) => std::ptr::eq(before.0, after.0),
        }
    }

    /// How many households there are.
    pub(crate) fn households(&self) -> usize {
        self.results[0].keys.len()
    }

    /// The key of a household.
    pub(crate) fn key(&self, number: usize) -> &str {
        self.results[0].keys.get(number)
    }

    /// What a declaration is worth in one version, by slot; 不适用 where it is not there or was not asked for.
    pub(crate) fn values(&self, side: usize, slot: Option<usize>) -> &Coded<Value> {
        slot.and_then(|it| self.results[side].values.get(&it)).unwrap_or(&self.nothing.value)
    }

    /// What a declaration is worth before and after.
    pub(crate) fn crossed(&self, pair: &Pair) -> Crossed<'_, Value> {
        self.crossed_slots(pair.slots())
    }

    /// The same of a declaration of either version, by slot.
    pub(crate) fn crossed_slots(&self, [before, after]: [Option<usize>; 2]) -> Crossed<'_, Value> {
        Crossed::of(self.values(0, before), self.values(1, after))
    }

    /// The columns of a measure before and after; nothing where it does not apply.
    pub(crate) fn crossed_measure(&self, pair: &Pair) -> Crossed<'_, Option<Vec<Value>>> {
        let own = |side: usize| {
            let slot = pair.slots()[side];
            slot.and_then(|it| self.results[side].measures.get(&it))
                .unwrap_or(&self.nothing.measure)
        };
        Crossed::of(own(0), own(1))
    }

    /// The direct determinations that hit, of a classification by its slots.
    pub(crate) fn crossed_hits(&self, slots: [usize; 2]) -> Crossed<'_, Vec<usize>> {
        let own = |side: usize| {
            let found = self.results[side].hits.get(&slots[side]);
            found.unwrap_or(&self.nothing.hits)
        };
        Crossed::of(own(0), own(1))
    }

    /// Who moves from which state of a grade to which.
    pub(crate) fn transitions(&self, pair: &Pair) -> Transitions {
        Transitions::of(pair.members, &self.crossed(pair))
    }

    /// All that was worked out of a household whose grade moves.
    pub(crate) fn outcome(&self, side: usize, number: usize) -> Option<&Outcome> {
        self.few.outcomes[side].get(self.few.place(number)?)
    }

    /// A household as either version reads it.
    pub(crate) fn household(&self, side: usize, number: usize) -> Option<Household> {
        let row = *self.rows[side].get(number)? as usize;
        match &self.everybody {
            Everybody::Runs(sides) => sides[side].register.households.get(row).cloned(),
            Everybody::Columns(all) => Some(all[side].0.household(row)),
        }
    }

    /// A field of every household.
    pub(crate) fn field(&self, side: usize, slot: usize) -> Coded<Value> {
        let rows: Vec<usize> = self.rows[side].iter().map(|it| *it as usize).collect();
        match &self.everybody {
            Everybody::Runs(sides) => {
                let households = sides[side].register.households.iter();
                let field = |it: &Household| it.fields.get(slot).cloned().unwrap_or(Value::Missing);
                Coded::of(households.map(field)).gather(&rows)
            }
            Everybody::Columns(all) => all[side].0.coded_field(slot).gather(&rows),
        }
    }
}

impl Few {
    fn of(numbers: Vec<usize>, both: [(Vec<Outcome>, PopulationValues, Register); 2]) -> Self {
        let [before, after] = both;
        Self {
            numbers,
            outcomes: [before.0, after.0],
            populations: [before.1, after.1],
            registers: [before.2, after.2],
        }
    }

    /// The place of a household among the few.
    pub(crate) fn place(&self, number: usize) -> Option<usize> {
        self.numbers.binary_search(&number).ok()
    }
}

/// What households have before and after.
pub(crate) struct Crossed<'c, T> {
    pub(crate) before: &'c Coded<T>,
    pub(crate) after: &'c Coded<T>,
    both: Coded<(u32, u32)>,
}

impl<'c, T> Crossed<'c, T> {
    fn of(before: &'c Coded<T>, after: &'c Coded<T>) -> Self {
        Self { before, after, both: before.zip(after) }
    }

    fn said(&self, (old, new): (u32, u32)) -> Option<(&'c T, &'c T)> {
        let old = self.before.different.get(old as usize)?;
        Some((old, self.after.different.get(new as usize)?))
    }

    /// What there is before and after, and for how many households.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (&'c T, &'c T, usize)> {
        let counts = self.both.different.iter().zip(self.both.counts());
        let counts = counts.filter_map(|(it, count)| self.said(*it).map(|it| (it.0, it.1, count)));
        counts.filter(|it| it.2 > 0).collect::<Vec<_>>().into_iter()
    }

    /// The same group by group: the number of the group stands first. `of` has the group of each household.
    pub(crate) fn counts_by(
        &self,
        of: &[usize],
        groups: usize,
    ) -> impl Iterator<Item = (usize, &'c T, &'c T, usize)> {
        let width = self.both.different.len();
        let mut counts = vec![0_usize; groups.saturating_mul(width)];
        for (group, it) in of.iter().zip(&self.both.of) {
            if let Some(count) = counts.get_mut(group * width + *it as usize) {
                *count += 1;
            }
        }
        let told: Vec<Option<(&'c T, &'c T)>> =
            self.both.different.iter().map(|it| self.said(*it)).collect();
        let each = counts.into_iter().enumerate().filter(|it| it.1 > 0);
        each.filter_map(move |(at, count)| {
            let (old, new) = told.get(at % width).copied().flatten()?;
            Some((at / width, old, new, count))
        })
    }

    /// The households of which something holds.
    pub(crate) fn rows(&self, holds: impl Fn(&T, &T) -> bool) -> Vec<usize> {
        self.both.rows(|it| self.said(*it).is_some_and(|it| holds(it.0, it.1)))
    }

    /// What is made of what each household has.
    pub(crate) fn each<U: Clone>(&self, none: U, make: impl Fn(&T, &T) -> U) -> Vec<U> {
        let made = self.both.different.iter();
        let made: Vec<Option<U>> =
            made.map(|it| self.said(*it).map(|it| make(it.0, it.1))).collect();
        let own = |it: &u32| made.get(*it as usize).cloned().flatten();
        self.both.of.iter().map(|it| own(it).unwrap_or_else(|| none.clone())).collect()
    }
}

impl Pair {
    /// Its slot before and after.
    pub(crate) fn slots(&self) -> [Option<usize>; 2] {
        [self.before, self.after]
    }

    /// Is it worth a grade?
    pub(crate) fn is_grade(&self) -> bool {
        matches!(self.kind, DeclKind::Classify { .. } | DeclKind::Overlay { .. })
    }
}
