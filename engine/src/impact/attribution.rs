//! Which change moved whom.
//!
//! For a household that moves, a set of changes is worth 1 if with them alone it has the grade that it has with
//! all of them, else 0; the Shapley value divides the 1 among the changes, and the parts of all households of
//! a flow sum to their number. Beside it stand two plain questions: how many would not have made this move
//! without the change, and how many make it with the change alone (and what it needs).
//!
//! Only households that move are evaluated, each for the sets of those changes that can matter to it
//! ([`super::changes`]): exactly while these are at most twelve; else by groups of changes (Owen's value);
//! else over random orders from a seed that is told, with an interval.

use std::collections::{BTreeMap, BTreeSet};

use heng_dsl::value::Decimal;
use rayon::prelude::*;
use serde::Serialize;

use super::changes::{self, Changes, Field};
use super::game::{self, MOST_EXACT, Mask, Needs, OWEN_PARTS, PARTS, members, only};
use super::readings::Readings;
use super::{Cell, ImpactError};
use crate::effect::{Both, Carried, Transitions};
use crate::eval::Evaluator;
use crate::explain::Said;
use crate::graph::Thing;
use crate::reach::{self, Key};
use crate::run::Progress;
use crate::stats::Fraction;

/// More evaluations of one household than this are not made for an exact answer.
const MOST_EVALUATIONS: usize = 4_000_000;

/// More programs than this are not made for an exact answer.
const MOST_PROGRAMS: usize = 20_000;

/// Programs that random orders may ask for.
const SAMPLED_PROGRAMS: usize = 2_000;

/// How the parts were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Method {
    /// The Shapley value, exactly.
    Exact,
    /// Owen's value, exactly: groups of changes first, then the changes of each.
    Grouped,
    /// The Shapley value; exactly for households to which at most six changes can matter, else the mean over
    /// random orders.
    Sampled {
        /// How many orders.
        orders: usize,
        /// From which they follow.
        seed: u64,
    },
}

/// The changes, and how their parts were found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attribution {
    /// How.
    pub method: Method,
    /// What each change is, by number.
    pub changes: Vec<Said>,
    /// Those that alter nothing for any household that moves, by number.
    pub idle: Vec<usize>,
    /// What this is, and is not.
    pub notice: Said,
}

/// What one change has to do with a flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// The number of the change.
    pub change: usize,
    /// How many households of the flow are its part; below zero where it works against the move.
    pub households: Fraction,
    /// The interval of that number at 95 %; absent where it is exact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<[Decimal; 2]>,
    /// Households that would not have made this move without it.
    pub but_for: Cell,
    /// Households that make it with this change alone, and what it needs.
    pub alone: Cell,
}

/// Households by the grades that they move between: the number of the grade, from, to.
pub(super) type FlowKey = (usize, usize, usize);

/// What is asked.
pub(super) struct Asked<'a> {
    pub(super) both: &'a Both<'a>,
    /// The grades that are asked about: name and transitions.
    pub(super) grades: &'a [(Key, Transitions)],
    pub(super) changes: &'a dyn Changes,
    pub(super) seed: u64,
    pub(super) progress: &'a (dyn Fn(Progress) + Sync),
}

/// Divides every flow among the changes.
pub(super) fn attribute(
    asked: &Asked<'_>,
) -> Result<(Attribution, BTreeMap<FlowKey, Vec<Part>>), ImpactError> {
    let field = Field::of(asked.changes, asked.both.programs)?;
    let readings = Readings::of(asked.both);
    let relevant = relevant(asked, &field, &readings);
    let groups = groups(asked.changes);
    let method = method(asked, &field.needs, &groups, &relevant);
    let wanted: Vec<BTreeSet<Mask>> =
        relevant.iter().map(|it| method.masks(*it, &field.needs, &groups)).collect();
    let worths = worths(asked, &readings, &relevant, &wanted)?;
    let sums = Sums { needs: &field.needs, groups: &groups, method: &method };
    let mut flows = BTreeMap::new();
    for (grade, (_, transitions)) in asked.grades.iter().enumerate() {
        for ((from, to), households) in &transitions.moving {
            let games = households.iter().filter_map(|it| {
                let at = asked.both.few.place(*it)?;
                Some((*relevant.get(at)?, worths.get(at)?))
            });
            let games: Vec<(Mask, &Worth)> = games.collect();
            flows.insert((grade, *from, *to), sums.parts(grade, &games));
        }
    }
    let count = asked.changes.len();
    let matters = relevant.iter().fold(0, |all, it| all | it);
    let attribution = Attribution {
        method: method.told,
        changes: (0..count).map(|it| asked.changes.label(it)).collect(),
        idle: (0..count).filter(|it| matters & only(*it) == 0).collect(),
        notice: Said::both(
            "归因是把规则改动的合并作用按各改动分摊，不说明经营者的行为因何而变。",
            "Attribution divides what the changes of the rules do together; it says nothing about why anybody behaves as they do.",
        ),
    };
    Ok((attribution, flows))
}

/// The changes that can matter to each household that moved, with what they need.
fn relevant(asked: &Asked<'_>, field: &Field, readings: &Readings<'_>) -> Vec<Mask> {
    let watches = field.watches(asked.both, readings);
    let one = |(place, number): (usize, &usize)| {
        let Some(outcome) = asked.both.outcome(0, *number) else { return 0 };
        let matters = watches
            .iter()
            .enumerate()
            .filter(|(_, watch)| watch.as_ref().is_none_or(|it| it.differs(place, outcome)));
        match field.needs.closure(matters.fold(0, |mask, it| mask | only(it.0))) {
            // It moved, so something matters that no front shows.
            0 => (0..asked.changes.len()).fold(0, |mask, it| mask | only(it)),
            mask => mask,
        }
    };
    asked.both.few.numbers.par_iter().enumerate().map(one).collect()
}

/// The changes by what they belong to, in the order of the first of each.
fn groups(changes: &dyn Changes) -> Vec<Vec<usize>> {
    let mut names: Vec<String> = Vec::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for change in 0..changes.len() {
        let name = changes.group(change);
        match names.iter().position(|it| *it == name) {
            Some(at) => groups[at].push(change),
            None => {
                names.push(name);
                groups.push(vec![change]);
            }
        }
    }
    groups
}

/// A method with what it goes by.
struct Way {
    told: Method,
    orders: Vec<Vec<usize>>,
}

fn method(asked: &Asked<'_>, needs: &Needs, groups: &[Vec<usize>], relevant: &[Mask]) -> Way {
    let exact = Way { told: Method::Exact, orders: Vec::new() };
    let few = |it: &Mask| it.count_ones() as usize <= MOST_EXACT;
    let counted = |way: &Way| {
        let mut programs = BTreeSet::new();
        let distinct: BTreeMap<Mask, usize> =
            relevant.iter().fold(BTreeMap::new(), |mut all, it| {
                *all.entry(*it).or_default() += 1;
                all
            });
        let mut evaluations = 0_usize;
        for (mask, households) in distinct {
            let masks = way.masks(mask, needs, groups);
            evaluations = evaluations.saturating_add(masks.len().saturating_mul(households));
            programs.extend(masks);
            if evaluations > MOST_EVALUATIONS || programs.len() > MOST_PROGRAMS {
                return false;
            }
        }
        true
    };
    if relevant.iter().all(few) && counted(&exact) {
        return exact;
    }
    let grouped = Way { told: Method::Grouped, orders: Vec::new() };
    let small = |mask: &Mask| {
        let own = own_groups(groups, *mask);
        let cost = own.len() + own.iter().map(Vec::len).max().unwrap_or_default();
        own.len() <= MOST_EXACT && cost <= MOST_EXACT + 3
    };
    if groups.len() < asked.changes.len() && relevant.iter().all(small) && counted(&grouped) {
        return grouped;
    }
    let count = (SAMPLED_PROGRAMS / asked.changes.len().max(1)).clamp(20, SAMPLED_PROGRAMS);
    Way {
        told: Method::Sampled { orders: count, seed: asked.seed },
        orders: game::orders(asked.changes.len(), count, asked.seed),
    }
}

/// The groups with only the changes of a set, without empty ones.
fn own_groups(groups: &[Vec<usize>], mask: Mask) -> Vec<Vec<usize>> {
    let own = groups.iter().map(|group| {
        group.iter().copied().filter(|it| mask & only(*it) != 0).collect::<Vec<usize>>()
    });
    own.filter(|it| !it.is_empty()).collect()
}

impl Way {
    /// Is a household with so many changes answered exactly, change by change?
    fn is_exact(&self, mask: Mask) -> bool {
        match self.told {
            Method::Exact => true,
            Method::Grouped => false,
            Method::Sampled { .. } => mask.count_ones() <= 6,
        }
    }

    /// The sets of changes that have to be evaluated for a household to which these can matter; all of
    /// them and none are known.
    fn masks(&self, mask: Mask, needs: &Needs, groups: &[Vec<usize>]) -> BTreeSet<Mask> {
        let mut all = BTreeSet::new();
        for change in members(mask) {
            all.insert(needs.without(mask, change));
            all.insert(needs.closure(only(change)));
        }
        if self.is_exact(mask) {
            let players: Vec<usize> = members(mask).collect();
            for chosen in 0..1_u64 << players.len().min(MOST_EXACT) {
                all.insert(needs.interior(spread(&players, Mask::from(chosen))));
            }
        } else if self.told == Method::Grouped {
            let own = own_groups(groups, mask);
            for (at, players) in own.iter().enumerate() {
                game::each_union(&own, at, &mut |others, _| {
                    for chosen in 0..1_u64 << players.len() {
                        let set = others | spread(players, Mask::from(chosen));
                        all.insert(needs.interior(set));
                    }
                });
            }
        } else {
            for order in &self.orders {
                let mut made = 0;
                for change in order {
                    made |= only(*change) & mask;
                    all.insert(needs.interior(made));
                }
            }
        }
        all.remove(&0);
        all.remove(&mask);
        all
    }
}

/// A set of players by their place as a set of changes.
fn spread(players: &[usize], chosen: Mask) -> Mask {
    members(chosen).filter_map(|it| players.get(it)).fold(0, |mask, it| mask | only(*it))
}

/// For one household: in which grades (a bit each) it ends where it ends with all changes, by set.
type Worth = BTreeMap<Mask, u64>;

/// Evaluates the households with the sets of changes that are wanted for each.
fn worths(
    asked: &Asked<'_>,
    readings: &Readings<'_>,
    relevant: &[Mask],
    wanted: &[BTreeSet<Mask>],
) -> Result<Vec<Worth>, ImpactError> {
    let mut by_mask: BTreeMap<Mask, Vec<usize>> = BTreeMap::new();
    for (place, masks) in wanted.iter().enumerate() {
        for mask in masks {
            by_mask.entry(*mask).or_default().push(place);
        }
    }
    let of: usize = by_mask.values().map(Vec::len).sum();
    let done = std::sync::atomic::AtomicUsize::new(0);
    let jobs: Vec<(Mask, Vec<usize>)> = by_mask.into_iter().collect();
    let results: Vec<Result<Vec<(usize, u64)>, ImpactError>> = jobs
        .par_iter()
        .map(|(mask, places)| {
            let found = with_changes(asked, readings, *mask, places);
            let add = places.len();
            let done = done.fetch_add(add, std::sync::atomic::Ordering::Relaxed) + add;
            (asked.progress)(Progress { round: 1, rounds: 1, done, of });
            found
        })
        .collect();
    let mut worths: Vec<Worth> =
        relevant.iter().map(|it| BTreeMap::from([(*it, u64::MAX), (0, 0)])).collect();
    for ((mask, _), found) in jobs.iter().zip(results) {
        for (place, bits) in found? {
            if let Some(it) = worths.get_mut(place) {
                it.insert(*mask, bits);
            }
        }
    }
    Ok(worths)
}

/// Some households with a set of changes.
fn with_changes(
    asked: &Asked<'_>,
    readings: &Readings<'_>,
    mask: Mask,
    places: &[usize],
) -> Result<Vec<(usize, u64)>, ImpactError> {
    let (both, few) = (asked.both, &asked.both.few);
    let program = changes::program(asked.changes, mask, both.programs)?;
    let slots = reach::slots(program.linked());
    let grades: Vec<Option<usize>> =
        asked.grades.iter().map(|it| slots.get(&it.0).copied()).collect();
    let wanted: BTreeSet<Thing> = grades.iter().flatten().map(|it| Thing::Decl(*it)).collect();
    let order = program.needed(&wanted);
    let carried = Carried::of(readings.known(), &program, &order);
    let population = carried.population(&few.populations[0]);
    let population = population.unwrap_or_else(|| readings.population(&program));
    let evaluator = Evaluator::new(&program, both.as_of);
    let register = readings.read_by(&program);
    let one = |place: &usize| {
        let number = *few.numbers.get(*place)?;
        let household = register.households.get(*place)?;
        let outcome = both.outcome(0, number)?;
        let found = carried.outcome(&evaluator, (household, *place), &population, outcome);
        let mut bits = 0;
        for (grade, (slot, (_, transitions))) in grades.iter().zip(asked.grades).enumerate() {
            let worth = slot.and_then(|it| found.values.get(it));
            let target = transitions.of.get(number).and_then(|it| transitions.states.get(it.1));
            let worth = worth.unwrap_or(&crate::effect::NOTHING);
            bits |= u64::from(target == Some(worth)) << grade.min(63);
        }
        Some((*place, bits))
    };
    Ok(places.iter().filter_map(one).collect())
}

/// Sums the parts of households.
struct Sums<'s> {
    needs: &'s Needs,
    groups: &'s [Vec<usize>],
    method: &'s Way,
}

/// What is known of a change while it is summed.
#[derive(Clone, Default)]
struct Sum {
    exact: i128,
    /// For each random order what it added.
    sampled: Vec<i64>,
    but_for: usize,
    alone: usize,
}

impl Sums<'_> {
    /// The parts of the households of one flow, by change; those of changes that matter to none are left
    /// out.
    fn parts(&self, grade: usize, games: &[(Mask, &Worth)]) -> Vec<Part> {
        let mut sums: BTreeMap<usize, Sum> = BTreeMap::new();
        for (mask, worth) in games {
            let ends = |set: Mask| -> i64 {
                let set = self.needs.interior(set & mask);
                let bits = worth.get(&set).copied().unwrap_or_default();
                i64::from(bits >> grade.min(63) & 1 == 1)
            };
            for change in members(*mask) {
                let sum = sums.entry(change).or_default();
                sum.but_for += usize::from(ends(self.needs.without(*mask, change)) == 0);
                sum.alone += usize::from(ends(self.needs.closure(only(change))) == 1);
            }
            self.divide(*mask, &ends, &mut sums);
        }
        sums.into_iter().map(|(change, sum)| self.part(change, &sum)).collect()
    }

    fn divide(&self, mask: Mask, ends: &dyn Fn(Mask) -> i64, sums: &mut BTreeMap<usize, Sum>) {
        if self.method.is_exact(mask) {
            let players: Vec<usize> = members(mask).collect();
            let found = game::shapley(players.len(), &|it| ends(spread(&players, it)));
            for (player, part) in players.iter().zip(found) {
                sums.entry(*player).or_default().exact += part;
            }
            return;
        }
        if self.method.told == Method::Grouped {
            for (player, part) in game::owen(&own_groups(self.groups, mask), &|it| ends(it)) {
                sums.entry(player).or_default().exact += part;
            }
            return;
        }
        for (at, order) in self.method.orders.iter().enumerate() {
            let (mut made, mut last) = (0, 0);
            for change in order.iter().filter(|it| mask & only(**it) != 0) {
                made |= only(*change);
                let now = ends(made);
                let sum = sums.entry(*change).or_default();
                sum.sampled.resize(self.method.orders.len(), 0);
                if let Some(it) = sum.sampled.get_mut(at) {
                    *it += now - last;
                }
                last = now;
            }
        }
    }

    fn part(&self, change: usize, sum: &Sum) -> Part {
        let whole = if self.method.told == Method::Grouped { OWEN_PARTS } else { PARTS };
        let exact = Fraction::new(sum.exact, whole).unwrap_or(Fraction::ZERO);
        let (but_for, alone) = (Cell::Count(sum.but_for), Cell::Count(sum.alone));
        if sum.sampled.is_empty() {
            return Part { change, households: exact, interval: None, but_for, alone };
        }
        let (mean, half) = game::estimate(&sum.sampled);
        let households = exact.checked_add(mean).unwrap_or(mean);
        let interval = households.rounded(4).and_then(|middle| {
            let half = Decimal::new(half, 4)?;
            Some([middle.checked_sub(half)?, middle.checked_add(half)?])
        });
        Part { change, households, interval, but_for, alone }
    }
}
