//! Real households that stand for the others of a flow.
//!
//! Each household of a flow is a point: how much each score, indicator and grade that the grade rests on
//! differs. The cases are chosen like the medoids of k-medoids (PAM, its BUILD step): the first one has the
//! least sum of distances to all others, each further one takes most off the sum of distances to the closest
//! case. Of equals the household with the least key is taken.

use std::collections::{BTreeMap, BTreeSet};

use heng_dsl::model::DeclKind;
use heng_dsl::value::{Decimal, Value};
use serde::Serialize;

use super::{Comparison, worth};
use crate::effect::Pair;
use crate::explain::{Named, Said};
use crate::graph::{Thing, Way};

/// Different points that are compared with each other; of more, those that most households have.
const MOST_POINTS: usize = 300;

/// Differences told of a case.
const MOST_DIFFERENCES: usize = 8;

/// A household that stands for others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Case {
    /// Its key, masked where that is sensitive.
    pub key: String,
    /// How many households of the flow it stands for, itself among them.
    pub stands_for: usize,
    /// What differs: the declaration, its value before and after.
    pub differs: Vec<(Named, Said, Said)>,
}

/// How much each declaration differs; absent where one side has no number.
type Point = Vec<Option<Decimal>>;

/// The cases of a flow of a grade.
pub(super) fn cases(comparison: &Comparison<'_>, grade: &Pair, households: &[usize]) -> Vec<Case> {
    let upstream = upstream(comparison, grade);
    let mut points: BTreeMap<Point, Vec<usize>> = BTreeMap::new();
    for number in households {
        points.entry(point(comparison, &upstream, *number)).or_default().push(*number);
    }
    let mut points: Vec<(Point, Vec<usize>)> = points.into_iter().collect();
    points.sort_by_key(|it| std::cmp::Reverse(it.1.len()));
    points.truncate(MOST_POINTS);
    // Of equal points the one with the first household comes first.
    points.sort_by_key(|it| it.1.first().copied());
    let weights: Vec<Decimal> =
        points.iter().filter_map(|it| i64::try_from(it.1.len()).ok()).map(Decimal::from).collect();
    let distances: Vec<Vec<Decimal>> =
        points.iter().map(|a| points.iter().map(|b| distance(&a.0, &b.0)).collect()).collect();
    let chosen = chosen(&distances, &weights, comparison.options.cases);
    let mut stands_for: BTreeMap<usize, usize> = BTreeMap::new();
    for (at, (_, members)) in points.iter().enumerate() {
        let closest = chosen.iter().min_by_key(|it| distances.get(**it).and_then(|it| it.get(at)));
        if let Some(it) = closest {
            *stands_for.entry(*it).or_default() += members.len();
        }
    }
    let case = |at: &usize| {
        let number = *points.get(*at)?.1.first()?;
        Some(Case {
            key: comparison.shown_key(number),
            stands_for: stands_for.get(at).copied().unwrap_or_default(),
            differs: differs(comparison, &upstream, number),
        })
    };
    chosen.iter().filter_map(case).collect()
}

/// The declarations with a value that a grade rests on and a change reaches.
fn upstream<'p>(comparison: &Comparison<'p>, grade: &Pair) -> Vec<&'p Pair> {
    let mut keys = BTreeSet::new();
    for (program, slot) in comparison.both.programs.into_iter().zip(grade.slots()) {
        let graph = program.graph();
        let Some(number) = slot.and_then(|it| graph.number(Thing::Decl(it))) else { continue };
        let view = graph.around(number, Way::Upstream);
        let slots = view.nodes().filter_map(|it| match graph.node(it).map(|it| it.thing) {
            Some(Thing::Decl(slot)) => Some(slot),
            _ => None,
        });
        keys.extend(slots.map(|it| crate::reach::key(program.linked(), it)));
    }
    let told = |it: &&Pair| {
        let key = (it.name.package.clone(), it.name.id.clone());
        it.reached && it.name != grade.name && keys.contains(&key) && is_told(&it.kind)
    };
    comparison.both.pairs.all.iter().filter(told).collect()
}

fn is_told(kind: &DeclKind) -> bool {
    match kind {
        DeclKind::Indicator { .. }
        | DeclKind::Total
        | DeclKind::Merge
        | DeclKind::Classify { .. }
        | DeclKind::Overlay { .. } => true,
        DeclKind::Param
        | DeclKind::Value
        | DeclKind::RecordValue { .. }
        | DeclKind::RecordSet
        | DeclKind::Dimension { .. }
        | DeclKind::Tag { .. }
        | DeclKind::Alert { .. }
        | DeclKind::Measure { .. }
        | DeclKind::List => false,
    }
}

fn values<'c>(comparison: &Comparison<'c>, pair: &Pair, number: usize) -> (&'c Value, &'c Value) {
    let of = |side: usize| {
        let outcome = comparison.both.outcome(side, number);
        outcome.map_or(&crate::effect::NOTHING, |it| worth(it, pair.slots()[side]))
    };
    (of(0), of(1))
}

fn point(comparison: &Comparison<'_>, upstream: &[&Pair], number: usize) -> Point {
    let number_of = |value: &Value| match value {
        Value::Number(it) => Some(*it),
        Value::Member(it) => Some(Decimal::from(i64::from(*it))),
        _ => None,
    };
    let one = |pair: &&Pair| {
        let (old, new) = values(comparison, pair, number);
        Some(number_of(new)?.checked_sub(number_of(old)?)?.trimmed())
    };
    upstream.iter().map(one).collect()
}

/// The sum of the differences; one side without a number counts one.
fn distance(a: &Point, b: &Point) -> Decimal {
    let one = |pair: (&Option<Decimal>, &Option<Decimal>)| match pair {
        (Some(a), Some(b)) => a.checked_sub(*b).map_or(Decimal::ZERO, Decimal::abs),
        (None, None) => Decimal::ZERO,
        _ => Decimal::from(1),
    };
    a.iter().zip(b).map(one).fold(Decimal::ZERO, |sum, it| sum.checked_add(it).unwrap_or(sum))
}

/// The numbers of the points that stand for the others.
fn chosen(distances: &[Vec<Decimal>], weights: &[Decimal], most: usize) -> Vec<usize> {
    let mut chosen: Vec<usize> = Vec::new();
    let mut closest: Vec<Option<Decimal>> = vec![None; distances.len()];
    while chosen.len() < most.min(distances.len()) {
        let cost = |row: &Vec<Decimal>| {
            let each = row.iter().zip(&closest).zip(weights).map(|((new, old), weight)| {
                let nearest = old.map_or(*new, |old| old.min(*new));
                nearest.checked_mul(*weight, nearest.places()).unwrap_or(nearest)
            });
            each.fold(Decimal::ZERO, |sum, it| sum.checked_add(it).unwrap_or(sum))
        };
        let open = distances.iter().enumerate().filter(|it| !chosen.contains(&it.0));
        let Some((best, row)) = open.min_by_key(|it| cost(it.1)) else { break };
        // Nothing is left to stand for.
        let settled = closest.iter().all(|it| it.is_some_and(Decimal::is_zero));
        if settled && !chosen.is_empty() {
            break;
        }
        chosen.push(best);
        for (at, it) in closest.iter_mut().enumerate() {
            if let Some(new) = row.get(at) {
                *it = Some(it.map_or(*new, |old| old.min(*new)));
            }
        }
    }
    chosen
}

fn differs(
    comparison: &Comparison<'_>,
    upstream: &[&Pair],
    number: usize,
) -> Vec<(Named, Said, Said)> {
    let changed = upstream.iter().filter_map(|pair| {
        let (old, new) = values(comparison, pair, number);
        let reveal = comparison.options.reveal;
        let said = |side: usize, value| {
            pair.shown_value(comparison.both.programs[side].linked(), value, reveal)
        };
        (old != new).then(|| (pair.name.clone(), said(0, old), said(1, new)))
    });
    changed.take(MOST_DIFFERENCES).collect()
}
