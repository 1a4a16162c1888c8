//! The cut-offs of a classification, and the households that stand closest to them.

use std::collections::BTreeMap;

use heng_dsl::model::{Cell as Asked, CellBound, Content, Expr, Node, RowKey, Test};
use heng_dsl::value::{Date, Decimal, Value};
use serde::Serialize;

use super::Comparison;
use crate::effect::{NOTHING, Pair};
use crate::eval::Evaluator;
use crate::explain::{Named, Said};
use crate::part::Coded;
use crate::program::Program;
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
    let both = comparison.both;
    let found = |side: usize| {
        let slot = pair.slots()[side];
        slot.map(|it| cuts(both.programs[side], it, both.as_of)).unwrap_or_default()
    };
    let old = found(0);
    let linked = both.programs[1].linked();
    let old_keys: BTreeMap<_, _> = old
        .iter()
        .map(|(slot, cuts)| (crate::reach::key(both.programs[0].linked(), *slot), cuts))
        .collect();
    let mut out = Vec::new();
    for (score, cuts) in found(1) {
        let scores = Scores::of(both.values(1, Some(score)));
        let before = old_keys.get(&crate::reach::key(linked, score));
        for at in cuts {
            let place = scores.different.partition_point(|it| it.0 < at);
            let (below, above) = scores.different.split_at(place);
            let near = |(score, number)| near(comparison, pair, score, number);
            let most = comparison.options.near;
            out.push(Cutoff {
                score: named(linked, score),
                at,
                before: before.is_some_and(|it| it.contains(&at)),
                below: scores.first(below.iter().rev(), most).into_iter().map(near).collect(),
                above: scores.first(above.iter(), most).into_iter().map(near).collect(),
            });
        }
    }
    out
}

/// The scores that a grade is cut from, by slot.
pub(super) fn scores(program: &Program, slot: usize, as_of: Date) -> Vec<usize> {
    cuts(program, slot, as_of).into_keys().collect()
}

/// The scores of all households.
struct Scores<'s> {
    /// From low to high, with the numbers by which they are told.
    different: Vec<(Decimal, Vec<u32>)>,
    of: &'s Coded<Value>,
}

impl<'s> Scores<'s> {
    fn of(of: &'s Coded<Value>) -> Self {
        let mut different: BTreeMap<Decimal, Vec<u32>> = BTreeMap::new();
        for (number, value) in (0..).zip(&of.different) {
            if let Value::Number(it) = value {
                different.entry(*it).or_default().push(number);
            }
        }
        Self { different: different.into_iter().collect(), of }
    }

    /// The first households that have some scores, by number, in the order of these; of equal scores the one with the
    /// least key first.
    fn first<'a>(
        &self,
        scores: impl Iterator<Item = &'a (Decimal, Vec<u32>)>,
        most: usize,
    ) -> Vec<(Decimal, usize)> {
        let mut found = Vec::new();
        for (score, numbers) in scores {
            if found.len() >= most {
                break;
            }
            let of = self.of.of.iter().enumerate().filter(|it| numbers.contains(it.1));
            found.extend(of.take(most - found.len()).map(|it| (*score, it.0)));
        }
        found
    }
}

fn near(comparison: &Comparison<'_>, pair: &Pair, score: Decimal, number: usize) -> Near {
    let both = comparison.both;
    let said = |side: usize| {
        let value = both.values(side, pair.slots()[side]).get(number);
        let linked = both.programs[side].linked();
        pair.shown_value(linked, value.unwrap_or(&NOTHING), comparison.options.reveal)
    };
    Near { key: comparison.shown_key(number), score: score.trimmed(), from: said(0), to: said(1) }
}

/// The scores that a classification asks about on the date, by slot, and where it cuts them.
fn cuts(program: &Program, slot: usize, as_of: Date) -> BTreeMap<usize, Vec<Decimal>> {
    let evaluator = Evaluator::new(program, as_of);
    let mut out: BTreeMap<usize, Vec<Decimal>> = BTreeMap::new();
    let decl = program.linked().decl(slot);
    let Some(version) = decl.versions.iter().find(|it| it.period.contains(as_of)) else {
        return out;
    };
    let Content::Table(table) = &version.content else { return out };
    for (at, column) in table.columns.iter().enumerate() {
        let Node::Decl(score) = &column.node else { continue };
        let cuts = out.entry(score.slot.index()).or_default();
        for row in &table.rows {
            let RowKey::Cells(cells) = &row.key else { continue };
            if let Some(Asked::OneOf(tests)) = cells.get(at) {
                let bounds = tests.iter().flat_map(bounds);
                cuts.extend(bounds.filter_map(|it| number(&evaluator, &it.value)));
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
fn number(evaluator: &Evaluator<'_>, expr: &Expr) -> Option<Decimal> {
    match &expr.node {
        Node::Const(Value::Number(it)) => Some(*it),
        Node::Decl(param) => match evaluator.initial(param.slot.index()) {
            Value::Number(it) => Some(*it),
            _ => None,
        },
        _ => None,
    }
}
