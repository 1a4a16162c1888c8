//! Two months with two versions of the rules: what of each move is due to the rules, what to new facts, what to
//! the mere passage of time (windows that close, periods that run out).
//!
//! Rules, facts and date can each be the earlier or the later ones, which makes eight corners. For a household
//! that moves, a corner is worth 1 if it has the later grade there, else 0; the Shapley value over the three
//! divides the 1, and the parts of all households of a cell of the matrix sum to their number.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use heng_dsl::value::{Date, Value};
use rayon::prelude::*;
use serde::Serialize;

use super::game::{self, PARTS};
use super::{Cell, is_grade};
use crate::data::{Household, Read, Register, recast};
use crate::effect::{Pair, Pairs};
use crate::eval::Evaluator;
use crate::explain::{Named, Said};
use crate::graph::Thing;
use crate::population::{self, PopulationValues};
use crate::program::Program;
use crate::run::{Run, RunOptions, on_pool};
use crate::stats::Fraction;

/// Works a register out, with whichever engine.
pub type Classify<'c> = dyn Fn(&Program, &Register, &RunOptions<'_>) -> Run + Sync + 'c;

/// The earlier and the later of each.
pub struct Corners<'c> {
    /// What the rules come to for everybody.
    pub classify: &'c Classify<'c>,
    /// The rules.
    pub rules: [&'c Program; 2],
    /// The facts, as one program reads them or as several do: a field is taken from the first that knows it.
    pub facts: [Vec<Read<'c>>; 2],
    /// The as-of dates.
    pub dates: [Date; 2],
    /// How many threads; absent for one a core.
    pub threads: Option<usize>,
}

/// What moved between two months, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Split {
    /// The earlier and the later as-of date.
    pub dates: [Date; 2],
    /// Households that were not in the earlier population.
    pub entered: usize,
    /// Households that are not in the later one.
    pub left: usize,
    /// Every 分类 and 叠加 that is in both versions.
    pub grades: Vec<SplitGrade>,
}

/// How a grade moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SplitGrade {
    /// Its name.
    pub name: Named,
    /// What a household can have, from low to high risk; then the non-values that occur; last, if it occurs,
    /// that the household is not in the population.
    pub states: Vec<Said>,
    /// How many of `states` are grades.
    pub members: usize,
    /// Households by what they had (rows) and have (columns).
    pub matrix: Vec<Vec<Cell>>,
    /// Every cell off the diagonal, the most frequent first.
    pub flows: Vec<SplitFlow>,
}

/// Households that moved from one state to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SplitFlow {
    /// The number of the state before.
    pub from: usize,
    /// The number of the state after.
    pub to: usize,
    /// How many.
    pub count: Cell,
    /// The part of the rules.
    pub rules: Fraction,
    /// The part of new facts.
    pub facts: Fraction,
    /// The part of the passage of time.
    pub time: Fraction,
}

/// What a household has in a corner; none where it is not in the population.
type State = Option<Value>;

/// A corner: the bit of a player is set where the later one is taken. Players: rules, facts, time.
type Corner = usize;

/// Splits the moves between the first and the last corner.
pub fn split(corners: &Corners<'_>) -> Split {
    on_pool(corners.threads, || Splitting::of(corners).split())
}

struct Splitting<'s> {
    corners: &'s Corners<'s>,
    pairs: Vec<Pair>,
    first: BTreeMap<Arc<str>, Vec<State>>,
    last: BTreeMap<Arc<str>, Vec<State>>,
}

impl<'s> Splitting<'s> {
    fn of(corners: &'s Corners<'s>) -> Self {
        let pairs = Pairs::of(corners.rules[0], corners.rules[1]);
        let both =
            |it: &Pair| it.shown && is_grade(&it.kind) && it.before.is_some() && it.after.is_some();
        let mut pairs: Vec<Pair> = pairs.all.into_iter().filter(both).collect();
        pairs.sort_by_key(|it| it.after);
        let mut new = Self { corners, pairs, first: BTreeMap::new(), last: BTreeMap::new() };
        new.first = new.states(&new.whole(0), 0);
        new.last = new.states(&new.whole(7), 7);
        new
    }

    fn split(&self) -> Split {
        let keys: BTreeSet<&Arc<str>> = self.first.keys().chain(self.last.keys()).collect();
        let nobody = vec![None; self.pairs.len()];
        let moved: Vec<Arc<str>> = keys
            .iter()
            .filter(|it| self.first.get(**it) != self.last.get(**it))
            .map(|it| Arc::clone(it))
            .collect();
        let mut worlds: BTreeMap<Corner, BTreeMap<Arc<str>, Vec<State>>> = BTreeMap::new();
        for corner in (0..8).map(|it| self.canonical(it)) {
            if corner != 0 && corner != self.canonical(7) && !worlds.contains_key(&corner) {
                worlds.insert(corner, self.some(corner, &moved));
            }
        }
        let in_corner = |corner: Corner, key: &Arc<str>| -> &Vec<State> {
            let found = match self.canonical(corner) {
                0 => self.first.get(key),
                it if it == self.canonical(7) => self.last.get(key),
                it => worlds.get(&it).and_then(|it| it.get(key)),
            };
            found.unwrap_or(&nobody)
        };
        let grades = self.pairs.iter().enumerate();
        let grades = grades.map(|(at, pair)| self.grade(pair, at, &keys, &in_corner)).collect();
        let only = |a: &BTreeMap<Arc<str>, Vec<State>>, b: &BTreeMap<Arc<str>, Vec<State>>| {
            a.keys().filter(|it| !b.contains_key(*it)).count()
        };
        Split {
            dates: self.corners.dates,
            entered: only(&self.last, &self.first),
            left: only(&self.first, &self.last),
            grades,
        }
    }

    /// The corner without the players whose earlier and later side are one.
    fn canonical(&self, corner: Corner) -> Corner {
        let Corners { rules, facts, dates, .. } = self.corners;
        let same_rules = std::ptr::eq(rules[0], rules[1]);
        let same_facts = match (facts[0].first(), facts[1].first()) {
            (Some(a), Some(b)) => std::ptr::eq(a.1, b.1),
            _ => false,
        };
        let same = [same_rules, same_facts, dates[0] == dates[1]];
        (0..3).filter(|it| !same[*it]).fold(0, |kept, it| kept | corner & (1 << it))
    }

    fn program(&self, corner: Corner) -> &'s Program {
        self.corners.rules[corner & 1]
    }

    fn date(&self, corner: Corner) -> Date {
        self.corners.dates[corner >> 2 & 1]
    }

    /// The register of a corner as its rules read it.
    fn register(&self, corner: Corner) -> Cow<'s, Register> {
        let reads = &self.corners.facts[corner >> 1 & 1];
        match reads.split_first() {
            Some((first, others)) => recast(*first, others, self.program(corner)),
            None => Cow::Owned(Register::default()),
        }
    }

    fn whole(&self, corner: Corner) -> Run {
        let options =
            RunOptions { as_of: self.date(corner), threads: None, progress: None, reasons: false };
        (self.corners.classify)(self.program(corner), &self.register(corner), &options)
    }

    /// The slot of each grade in a corner.
    fn slots(&self, corner: Corner) -> Vec<usize> {
        let slot = |it: &Pair| if corner & 1 == 1 { it.after } else { it.before };
        self.pairs.iter().filter_map(slot).collect()
    }

    fn states(&self, run: &Run, corner: Corner) -> BTreeMap<Arc<str>, Vec<State>> {
        let slots = self.slots(corner);
        let of = |it: &crate::outcome::Outcome| {
            let states = slots.iter().map(|slot| it.values.get(*slot).cloned()).collect();
            (it.key.clone(), states)
        };
        run.outcomes.iter().map(of).collect()
    }

    /// Some households in a corner; those outside of its population are left out.
    fn some(&self, corner: Corner, moved: &[Arc<str>]) -> BTreeMap<Arc<str>, Vec<State>> {
        let (program, date, register) =
            (self.program(corner), self.date(corner), self.register(corner));
        let evaluator = Evaluator::new(program, date);
        let population = if program.sites().next().is_some() {
            population::values(program, &register, date)
        } else {
            PopulationValues::default()
        };
        let slots = self.slots(corner);
        let needed = program.needed(&slots.iter().map(|it| Thing::Decl(*it)).collect());
        let one = |key: &Arc<str>| {
            let at = register.households.binary_search_by(|it| it.key.cmp(key)).ok()?;
            let household: &Household = register.households.get(at)?;
            if !evaluator.is_founded(household) {
                return None;
            }
            let found =
                evaluator.evaluate_from([].into_iter(), &needed, (household, at), &population);
            let states = slots.iter().map(|slot| found.values.get(*slot).cloned()).collect();
            Some((key.clone(), states))
        };
        let found: Vec<Option<(Arc<str>, Vec<State>)>> = moved.par_iter().map(one).collect();
        found.into_iter().flatten().collect()
    }

    fn grade<'k>(
        &self,
        pair: &Pair,
        at: usize,
        keys: &BTreeSet<&'k Arc<str>>,
        in_corner: &dyn Fn(Corner, &Arc<str>) -> &'k Vec<State>,
    ) -> SplitGrade
    where
        's: 'k,
    {
        let state = |corner: Corner, key: &Arc<str>| -> &'k State {
            in_corner(corner, key).get(at).unwrap_or(&None)
        };
        let seen: BTreeSet<&State> =
            keys.iter().flat_map(|it| [state(0, it), state(7, it)]).collect();
        let states = states(pair.members, &seen);
        let place = |it: &State| states.iter().position(|state| state == it).unwrap_or_default();
        let mut matrix = vec![vec![0_usize; states.len()]; states.len()];
        let mut moving: BTreeMap<(usize, usize), [i128; 3]> = BTreeMap::new();
        for key in keys {
            let (old, new) = (state(0, key), state(7, key));
            let cell = (place(old), place(new));
            if let Some(it) = matrix.get_mut(cell.0).and_then(|it| it.get_mut(cell.1)) {
                *it += 1;
            }
            if old != new {
                let worth = |mask| {
                    let corner = usize::try_from(mask).unwrap_or_default();
                    i64::from(state(corner, key) == new)
                };
                let sums = moving.entry(cell).or_default();
                for (sum, part) in sums.iter_mut().zip(game::shapley(3, &worth)) {
                    *sum += part;
                }
            }
        }
        let flows = flows(moving, &matrix);
        let linked = self.corners.rules[1].linked();
        let said = |it: &State| match it {
            Some(it) => pair.shown_value(linked, it, false),
            None => Said::both("不在总体", "not in the population"),
        };
        let row = |row: &Vec<usize>| row.iter().map(|it| Cell::Count(*it)).collect();
        SplitGrade {
            name: pair.name.clone(),
            states: states.iter().map(said).collect(),
            members: usize::from(pair.members),
            matrix: matrix.iter().map(row).collect(),
            flows,
        }
    }
}

/// What a household can have: the grades, then the non-values that occur, last absence.
fn states(members: u16, seen: &BTreeSet<&State>) -> Vec<State> {
    let mut states: Vec<State> = (0..members).map(|it| Some(Value::Member(it))).collect();
    let others = seen.iter().copied().filter(|it| it.as_ref().is_some_and(|it| !it.is_present()));
    states.extend(others.cloned());
    states.extend(seen.contains(&None).then_some(None));
    states
}

/// The cells off the diagonal with their parts, the most frequent first.
fn flows(moving: BTreeMap<(usize, usize), [i128; 3]>, matrix: &[Vec<usize>]) -> Vec<SplitFlow> {
    let flow = |((from, to), parts): ((usize, usize), [i128; 3])| {
        let [rules, facts, time] =
            parts.map(|it| Fraction::new(it, PARTS).unwrap_or(Fraction::ZERO));
        let count = matrix.get(from).and_then(|it| it.get(to)).copied();
        let count = Cell::Count(count.unwrap_or_default());
        SplitFlow { from, to, count, rules, facts, time }
    };
    let mut flows: Vec<SplitFlow> = moving.into_iter().map(flow).collect();
    flows.sort_by_key(|it| std::cmp::Reverse(it.count));
    flows
}
