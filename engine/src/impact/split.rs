//! Two months with two versions of the rules: what of each move is due to the rules, what to new facts, what to
//! the mere passage of time (windows that close, periods that run out).
//!
//! Rules, facts and date can each be the earlier or the later ones, which makes eight corners. For a household
//! that moves, a corner is worth 1 if it has the later grade there, else 0; the Shapley value over the three
//! divides the 1, and the parts of all households of a cell of the matrix sum to their number.

use std::collections::{BTreeMap, BTreeSet};

use heng_dsl::value::{Date, Value};
use serde::Serialize;

use super::game::{self, PARTS};
use super::{Cell, is_grade};
use crate::columnar::Refusal;
use crate::columns::{Columns, Texts};
use crate::effect::{Pair, Pairs};
use crate::explain::{Named, Said};
use crate::program::Program;
use crate::projection::Projection;
use crate::run::{RunOptions, on_pool};
use crate::stats::Fraction;

/// The earlier and the later of each.
pub struct Corners<'c> {
    /// Is everything worked out by the reference evaluator, household by household?
    pub by_reference: bool,
    /// The rules.
    pub rules: [&'c Program; 2],
    /// The facts, each as the earlier and the later rules read them.
    pub facts: [[&'c Columns; 2]; 2],
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
type State<'w> = Option<&'w Value>;

/// A corner: the bit of a player is set where the later one is taken. Players: rules, facts, time.
type Corner = usize;

/// The last corner.
const LAST: Corner = 7;

/// Splits the moves between the first and the last corner.
///
/// # Errors
///
/// What the columnar engine has no operation for.
pub fn split(corners: &Corners<'_>) -> Result<Split, Vec<Refusal>> {
    on_pool(corners.threads, || {
        let splitting = Splitting::of(corners)?;
        let moved = splitting.moved()?;
        Ok(splitting.split(&moved))
    })
}

struct Splitting<'s> {
    corners: &'s Corners<'s>,
    pairs: Vec<Pair>,
    first: Projection,
    last: Projection,
    /// All households of both, in the order of their keys: where each stands in the first and in the last one.
    rows: Vec<[Option<usize>; 2]>,
}

/// The households that moved in some grade.
struct Moved {
    /// Their places among all, ascending.
    rows: Vec<usize>,
    /// They in the other corners, and where each of them stands there.
    others: BTreeMap<Corner, (Projection, Vec<Option<u32>>)>,
}

impl<'s> Splitting<'s> {
    fn of(corners: &'s Corners<'s>) -> Result<Self, Vec<Refusal>> {
        let pairs = Pairs::of(corners.rules[0], corners.rules[1]);
        let both =
            |it: &Pair| it.shown && is_grade(&it.kind) && it.before.is_some() && it.after.is_some();
        let mut pairs: Vec<Pair> = pairs.all.into_iter().filter(both).collect();
        pairs.sort_by_key(|it| it.after);
        let world = |corner| world(corners, corner, &slots(&pairs, corner), None);
        let (first, last) = (world(0)?, world(LAST)?);
        let rows = first.with(&last);
        Ok(Self { corners, pairs, first, last, rows })
    }

    /// Those who moved, in every corner that is neither the first nor the last one.
    fn moved(&self) -> Result<Moved, Vec<Refusal>> {
        let moves = |row: &[Option<usize>; 2]| {
            let grades = 0..self.pairs.len();
            grades.into_iter().any(|it| self.first.value(it, row[0]) != self.last.value(it, row[1]))
                || row[0].is_some() != row[1].is_some()
        };
        let rows = self.rows.iter().enumerate().filter(|it| moves(it.1));
        let rows: Vec<usize> = rows.map(|it| it.0).collect();
        let mut keys = Texts::default();
        rows.iter().for_each(|it| keys.push(self.key(*it)));
        let mut others = BTreeMap::new();
        for corner in (0..=LAST).map(|it| self.canonical(it)) {
            if corner != 0 && corner != self.canonical(LAST) && !others.contains_key(&corner) {
                let slots = slots(&self.pairs, corner);
                let world = world(self.corners, corner, &slots, Some(&keys))?;
                let places = world.keys().find_all(&keys);
                others.insert(corner, (world, places));
            }
        }
        Ok(Moved { rows, others })
    }

    fn key(&self, row: usize) -> &str {
        match self.rows.get(row) {
            Some([Some(at), _]) => self.first.key(*at),
            Some([None, Some(at)]) => self.last.key(*at),
            _ => "",
        }
    }

    fn split(&self, moved: &Moved) -> Split {
        let grades = self.pairs.iter().enumerate();
        let grades = grades.map(|(at, pair)| self.grade(pair, at, moved)).collect();
        let only = |side: usize| self.rows.iter().filter(|it| it[1 - side].is_none()).count();
        Split { dates: self.corners.dates, entered: only(1), left: only(0), grades }
    }

    /// The corner without the players whose earlier and later side are one.
    fn canonical(&self, corner: Corner) -> Corner {
        let Corners { rules, facts, dates, .. } = self.corners;
        let same_rules = std::ptr::eq(rules[0], rules[1]);
        let same_facts = [0, 1].iter().all(|it| std::ptr::eq(facts[0][*it], facts[1][*it]));
        let same = [same_rules, same_facts, dates[0] == dates[1]];
        (0..3).filter(|it| !same[*it]).fold(0, |kept, it| kept | corner & (1 << it))
    }

    /// What one of those who moved has of a grade in a corner.
    fn state<'m>(
        &'m self,
        moved: &'m Moved,
        (corner, at): (Corner, usize),
        grade: usize,
    ) -> State<'m> {
        let row = moved.rows.get(at).and_then(|it| self.rows.get(*it))?;
        match self.canonical(corner) {
            0 => self.first.value(grade, row[0]),
            it if it == self.canonical(LAST) => self.last.value(grade, row[1]),
            it => {
                let (world, places) = moved.others.get(&it)?;
                world.value(grade, places.get(at)?.map(|it| it as usize))
            }
        }
    }

    fn grade(&self, pair: &Pair, at: usize, moved: &Moved) -> SplitGrade {
        let mut counts: BTreeMap<[Option<u32>; 2], usize> = BTreeMap::new();
        for row in &self.rows {
            let codes = [self.first.code(at, row[0]), self.last.code(at, row[1])];
            *counts.entry(codes).or_default() += 1;
        }
        let told = |codes: &[Option<u32>; 2]| {
            [self.first.told(at, codes[0]), self.last.told(at, codes[1])]
        };
        let seen: BTreeSet<State<'_>> = counts.keys().flat_map(told).collect();
        let members: Vec<Value> = (0..pair.members).map(Value::Member).collect();
        let states = states(&members, &seen);
        let place = |it: State<'_>| states.iter().position(|own| *own == it).unwrap_or_default();
        let mut matrix = vec![vec![0_usize; states.len()]; states.len()];
        for (codes, count) in &counts {
            let [old, new] = told(codes).map(place);
            if let Some(it) = matrix.get_mut(old).and_then(|it| it.get_mut(new)) {
                *it += count;
            }
        }
        let mut moving: BTreeMap<(usize, usize), [i128; 3]> = BTreeMap::new();
        for number in 0..moved.rows.len() {
            let state = |corner: Corner| self.state(moved, (corner, number), at);
            let (old, new) = (state(0), state(LAST));
            if old == new {
                continue;
            }
            let worth = |mask| i64::from(state(usize::try_from(mask).unwrap_or_default()) == new);
            let sums = moving.entry((place(old), place(new))).or_default();
            for (sum, part) in sums.iter_mut().zip(game::shapley(3, &worth)) {
                *sum += part;
            }
        }
        let flows = flows(moving, &matrix);
        let linked = self.corners.rules[1].linked();
        let said = |it: &State<'_>| match it {
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

/// What the households of a corner that are in the population have of some grades, or those of them with some keys.
fn world(
    corners: &Corners<'_>,
    corner: Corner,
    slots: &[usize],
    only: Option<&Texts>,
) -> Result<Projection, Vec<Refusal>> {
    let program = corners.rules[corner & 1];
    let columns = corners.facts[corner >> 1 & 1][corner & 1];
    let as_of = corners.dates[corner >> 2 & 1];
    let options = RunOptions { as_of, threads: None, progress: None, reasons: false };
    match only {
        _ if corners.by_reference => {
            Ok(Projection::by_reference((program, slots), columns, &options))
        }
        None => Projection::of((program, slots), columns, &options),
        Some(keys) => Projection::of_some((program, slots), (columns, keys), as_of),
    }
}

/// The slot of each grade in a corner.
fn slots(pairs: &[Pair], corner: Corner) -> Vec<usize> {
    let slot = |it: &Pair| if corner & 1 == 1 { it.after } else { it.before };
    pairs.iter().filter_map(slot).collect()
}

/// What a household can have: the grades, then the non-values that occur, last absence.
fn states<'w>(members: &'w [Value], seen: &BTreeSet<State<'w>>) -> Vec<State<'w>> {
    let mut states: Vec<State<'w>> = members.iter().map(Some).collect();
    let others = seen.iter().copied().filter(|it| it.is_some_and(|it| !it.is_present()));
    states.extend(others);
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
