//! The cut-offs of a classification, and the households that stand closest to them.

use std::collections::BTreeMap;

use heng_dsl::model::{Cell as Asked, CellBound, Content, Expr, Node, RowKey, Test};
use heng_dsl::value::{Decimal, Value};
use serde::Serialize;

use super::{Comparison, worth};
use crate::effect::{Pair, Side};
use crate::explain::{Named, Said};
use crate::summary::named;

/// A cut-off of the later rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cutoff {
    /// The score that is cut.
    pub score: Named,
    /// Where.
    pub at: Decimal,
    /// The earlier rules have this cut-off, too.
    pub before: bool,
    /// The households with the greatest scores below it, the closest first.
    pub below: Vec<Near>,
    /// The households with the least scores at or above it, the closest first.
    pub above: Vec<Near>,
}

/// A household close to a cut-off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Near {
    /// Its key, masked where that is sensitive.
    pub key: String,
    /// Its score after.
    pub score: Decimal,
    /// Its grade before.
    pub from: Said,
    /// Its grade after.
    pub to: Said,
}

/// The cut-offs of a grade that is cut from scores.
pub(super) fn cutoffs(comparison: &Comparison<'_>, pair: &Pair) -> Vec<Cutoff> {
    let found =
        |side: Side<'_>, slot: Option<usize>| slot.map(|it| cuts(side, it)).unwrap_or_default();
    let old = found(comparison.before, pair.before);
    let linked = comparison.after.program.linked();
    let old_keys: BTreeMap<_, _> = old
        .iter()
        .map(|(slot, cuts)| (crate::reach::key(comparison.before.program.linked(), *slot), cuts))
        .collect();
    let mut out = Vec::new();
    for (score, cuts) in found(comparison.after, pair.after) {
        let scores = scored(comparison, score);
        let before = old_keys.get(&crate::reach::key(linked, score));
        for at in cuts {
            let place = scores.partition_point(|it| it.0 < at);
            let near = |(score, number): &(Decimal, usize)| near(comparison, pair, *score, *number);
            let most = comparison.options.near;
            out.push(Cutoff {
                score: named(linked, score),
                at,
                before: before.is_some_and(|it| it.contains(&at)),
                below: closest_below(&scores, place).take(most).map(near).collect(),
                above: scores.iter().skip(place).take(most).map(near).collect(),
            });
        }
    }
    out
}

/// Downwards from a place; of equal scores the one with the least key first.
fn closest_below(
    scores: &[(Decimal, usize)],
    place: usize,
) -> impl Iterator<Item = &(Decimal, usize)> {
    let below = scores.get(..place).unwrap_or_default();
    let mut order: Vec<&(Decimal, usize)> = below.iter().collect();
    order.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    order.into_iter()
}

/// The scores of all households that have one, from low to high, with their numbers.
fn scored(comparison: &Comparison<'_>, score: usize) -> Vec<(Decimal, usize)> {
    let outcomes = comparison.after.run.outcomes.iter().enumerate();
    let scores = outcomes.filter_map(|(number, outcome)| match worth(outcome, Some(score)) {
        Value::Number(it) => Some((*it, number)),
        _ => None,
    });
    let mut scores: Vec<(Decimal, usize)> = scores.collect();
    scores.sort();
    scores
}

fn near(comparison: &Comparison<'_>, pair: &Pair, score: Decimal, number: usize) -> Near {
    let said = |side: Side<'_>, slot: Option<usize>| {
        let outcome = side.run.outcomes.get(number);
        let value = outcome.map_or(&crate::effect::NOTHING, |it| worth(it, slot));
        pair.shown_value(side.program.linked(), value, comparison.options.reveal)
    };
    Near {
        key: comparison.shown_key(number),
        score: score.trimmed(),
        from: said(comparison.before, pair.before),
        to: said(comparison.after, pair.after),
    }
}

/// The scores that a classification asks about on the date, by slot, and where it cuts them.
fn cuts(side: Side<'_>, slot: usize) -> BTreeMap<usize, Vec<Decimal>> {
    let linked = side.program.linked();
    let mut out: BTreeMap<usize, Vec<Decimal>> = BTreeMap::new();
    let decl = linked.decl(slot);
    let Some(version) = decl.versions.iter().find(|it| it.period.contains(side.run.as_of)) else {
        return out;
    };
    let Content::Table(table) = &version.content else { return out };
    for (at, column) in table.columns.iter().enumerate() {
        let Node::Decl(score) = &column.node else { continue };
        let cuts = out.entry(score.slot.index()).or_default();
        for row in &table.rows {
            let RowKey::Cells(cells) = &row.key else { continue };
            if let Some(Asked::OneOf(tests)) = cells.get(at) {
                cuts.extend(tests.iter().flat_map(bounds).filter_map(|it| number(side, &it.value)));
            }
        }
    }
    for cuts in out.values_mut() {
        cuts.sort();
        cuts.dedup();
        // Zero, where no score lies below it, cuts nothing; it is told like the others.
    }
    out
}

fn bounds(test: &Test) -> Vec<&CellBound> {
    match test {
        Test::Range { low, high } => low.iter().chain(high).collect(),
        Test::Missing | Test::Equals(_) | Test::Differs(_) | Test::Starts(_) | Test::Window(_) => {
            Vec::new()
        }
    }
}

/// A literal, or a parameter, which is the same for every household.
fn number(side: Side<'_>, expr: &Expr) -> Option<Decimal> {
    match &expr.node {
        Node::Const(Value::Number(it)) => Some(*it),
        Node::Decl(param) => match side.run.outcomes.first()?.values.get(param.slot.index())? {
            Value::Number(it) => Some(*it),
            _ => None,
        },
        _ => None,
    }
}
