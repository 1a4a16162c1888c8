//! Why households move from one grade to another: the declarations whose values changed, put together.

use std::collections::BTreeMap;

use serde::Serialize;

use heng_dsl::model::{Content, DeclKind, Matrix};
use heng_dsl::value::{Decimal, Value};

use super::pair::Pair;
use super::{NOTHING, Telling};
use crate::eval::Evaluator;
use crate::explain::Said;
use crate::graph::{Thing, Way};
use crate::mask::Masking;
use crate::outcome::Outcome;

/// How many changed declarations of one cause are told, beside the score that is classified.
const SHIFTS: usize = 6;

/// How many different changes of one value are told one by one.
const MOVES: usize = 3;

/// Households that move for the same reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// How many.
    pub count: usize,
    /// The declarations whose values changed, in the order in which they are worked out; empty where
    /// only the grade itself is ruled otherwise.
    pub shifts: Vec<Shift>,
    /// How many more changed.
    pub more: usize,
    /// Where the grade itself was decided, before and after, for the first of these households.
    pub crossing: Option<Crossing>,
    /// Some of these households, by key.
    pub examples: Vec<String>,
}

/// A declaration whose value changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shift {
    /// Its name, with its package where that is another one than that of the grade.
    pub name: String,
    /// From what to what, the most frequent first; one that stands for all where there are many numbers.
    pub moves: Vec<Moved>,
    /// Households with other changes of the value.
    pub other: usize,
}

/// A change of a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// Before; the lowest to the highest where the change stands for many.
    pub before: Said,
    /// After.
    pub after: Said,
    /// How many households.
    pub count: usize,
}

/// The rule that gave the grade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Crossing {
    /// Before, as written: `40 以上不满 95：B`, `D，A`.
    pub before: Option<String>,
    /// After.
    pub after: Option<String>,
}

/// What households have in common that move for the same reason: the changed declarations by number,
/// the determinations that hit on one side only, and the cell of the matrix.
type Reason = (Vec<usize>, Vec<(String, bool)>, Option<String>);

/// What led to the changes of one grade.
pub(super) struct Causes<'c> {
    telling: &'c Telling<'c>,
    grade: &'c Pair,
    /// Declarations upstream of the grade.
    upstream: Vec<&'c Pair>,
    evaluators: [Evaluator<'c>; 2],
}

impl<'c> Causes<'c> {
    pub(super) fn new(telling: &'c Telling<'c>, grade: &'c Pair) -> Self {
        let mut upstream = Vec::new();
        let both = telling.both;
        let graph = both.programs[1].graph();
        let number = grade.after.and_then(|it| graph.number(Thing::Decl(it)));
        if let Some(number) = number {
            let view = graph.around(number, Way::Upstream);
            let reads: Vec<usize> = view
                .nodes()
                .filter_map(|it| match graph.node(it).map(|it| it.thing) {
                    Some(Thing::Decl(slot)) => Some(slot),
                    _ => None,
                })
                .collect();
            let tells = |it: &&Pair| {
                it.after.is_some_and(|slot| reads.contains(&slot)) && is_told(&it.kind)
            };
            upstream = both.pairs.all.iter().filter(tells).collect();
        }
        upstream.retain(|it| it.reached && it.after != grade.after);
        let evaluators = both.programs.map(|it| Evaluator::new(it, both.as_of));
        Self { telling, grade, upstream, evaluators }
    }

    /// Why these households move, by their numbers among the outcomes.
    pub(super) fn of(&self, households: &[usize]) -> Vec<Cause> {
        let mut groups: BTreeMap<Reason, Vec<usize>> = BTreeMap::new();
        for number in households {
            let changed = self.changed(*number);
            let hits = self.hits(*number);
            // Of a matrix the cells are the rules; each is told by itself.
            let cell = self.cell(*number, 1);
            groups.entry((changed, hits, cell)).or_default().push(*number);
        }
        let mut causes: Vec<Cause> = groups
            .into_iter()
            .map(|((changed, hits, _), members)| self.cause(&changed, &hits, &members))
            .collect();
        causes.sort_by_key(|it| std::cmp::Reverse(it.count));
        causes
    }

    /// The declarations upstream whose values differ for a household, by number.
    fn changed(&self, number: usize) -> Vec<usize> {
        let (Some(old), Some(new)) = self.outcomes(number) else { return Vec::new() };
        let all = self.upstream.iter().enumerate();
        all.filter(|(_, pair)| worth(old, pair.before) != worth(new, pair.after))
            .map(|it| it.0)
            .collect()
    }

    fn outcomes(&self, number: usize) -> (Option<&Outcome>, Option<&Outcome>) {
        let both = self.telling.both;
        (both.outcome(0, number), both.outcome(1, number))
    }

    /// Direct determinations of the grade that hit only after (`true`) or only before.
    fn hits(&self, number: usize) -> Vec<(String, bool)> {
        let names = |side: usize| -> Vec<String> {
            let Some(slot) = self.grade.slots()[side] else { return Vec::new() };
            let linked = self.telling.both.programs[side].linked();
            let Some(outcome) = self.telling.both.outcome(side, number) else { return Vec::new() };
            let hits = outcome.decides.iter().filter(|it| it.target == slot);
            hits.filter_map(|it| Some(linked.decides(slot).nth(it.decide)?.name.to_string()))
                .collect()
        };
        let (old, new) = (names(0), names(1));
        let gained = new.iter().filter(|it| !old.contains(it)).map(|it| (it.clone(), true));
        let lost = old.iter().filter(|it| !new.contains(it)).map(|it| (it.clone(), false));
        gained.chain(lost).collect()
    }

    fn cause(&self, changed: &[usize], hits: &[(String, bool)], members: &[usize]) -> Cause {
        let pairs: Vec<&Pair> =
            changed.iter().filter_map(|it| self.upstream.get(*it).copied()).collect();
        // The scores that are classified come last, and are told whatever else is.
        let (wholes, parts): (Vec<&Pair>, Vec<&Pair>) =
            pairs.into_iter().partition(|it| matches!(it.kind, DeclKind::Total));
        let more = parts.len().saturating_sub(SHIFTS);
        let told = parts.into_iter().take(SHIFTS).chain(wholes);
        let mut shifts: Vec<Shift> = told.map(|it| self.shift(it, members)).collect();
        let hit = |hit: bool| {
            if hit {
                Said::both("命中", "hits")
            } else {
                Said::both("没有命中", "does not hit")
            }
        };
        shifts.extend(hits.iter().map(|(name, gained)| Shift {
            name: name.clone(),
            moves: vec![Moved { before: hit(!gained), after: hit(*gained), count: members.len() }],
            other: 0,
        }));
        let first = members.first().copied();
        Cause {
            count: members.len(),
            shifts,
            more,
            crossing: first
                .map(|it| Crossing { before: self.rule(it, 0), after: self.rule(it, 1) }),
            examples: members
                .iter()
                .take(self.telling.options.examples)
                .map(|it| self.key(*it))
                .collect(),
        }
    }

    fn shift(&self, pair: &Pair, members: &[usize]) -> Shift {
        let mut counts: BTreeMap<(&Value, &Value), usize> = BTreeMap::new();
        for number in members {
            if let (Some(old), Some(new)) = self.outcomes(*number) {
                *counts.entry((worth(old, pair.before), worth(new, pair.after))).or_default() += 1;
            }
        }
        let own = pair.name.package == self.grade.name.package;
        let name = if own {
            pair.name.name.to_string()
        } else {
            format!("{}.{}", pair.name.package, pair.name.name)
        };
        if counts.len() > MOVES
            && let Some(range) = self.range(pair, &counts, members.len())
        {
            return Shift { name, moves: vec![range], other: 0 };
        }
        let mut counts: Vec<((&Value, &Value), usize)> = counts.into_iter().collect();
        counts.sort_by_key(|it| std::cmp::Reverse(it.1));
        let told = counts.iter().take(MOVES);
        let moves = told.map(|((old, new), count)| Moved {
            before: self.telling.said(pair, old),
            after: self.telling.said(pair, new),
            count: *count,
        });
        let moves = moves.collect();
        Shift { name, moves, other: counts.iter().skip(MOVES).map(|it| it.1).sum() }
    }

    /// Many numbers as the range of those before and that of those after.
    fn range(
        &self,
        pair: &Pair,
        counts: &BTreeMap<(&Value, &Value), usize>,
        count: usize,
    ) -> Option<Moved> {
        let said = |number: Decimal| self.telling.said(pair, &Value::Number(number));
        let range = |numbers: Vec<&Value>| {
            let numbers = numbers.into_iter().map(|it| match it {
                Value::Number(it) => Some(*it),
                _ => None,
            });
            let numbers: Option<Vec<Decimal>> = numbers.collect();
            let numbers = numbers?;
            let (low, high) = (said(*numbers.iter().min()?), said(*numbers.iter().max()?));
            Some(Said::both(
                format!("{} 至 {}", low.zh, high.zh),
                format!("{} to {}", low.en, high.en),
            ))
        };
        let before = range(counts.keys().map(|it| it.0).collect())?;
        let after = range(counts.keys().map(|it| it.1).collect())?;
        Some(Moved { before, after, count })
    }

    /// The row of the classification that held, or the cell of the matrix, on one side (0 before).
    fn rule(&self, number: usize, side: usize) -> Option<String> {
        if let Some(cell) = self.cell(number, side) {
            return Some(cell);
        }
        let (few, slot) = (&self.telling.both.few, self.grade.slots()[side]);
        let place = few.place(number)?;
        let household = few.registers[side].households.get(place)?;
        let evaluator = self.evaluators.get(side)?;
        let (_, trace) = evaluator.evaluate(household, &few.populations[side], place, true);
        let trace = trace?;
        let step = trace.steps.iter().find(|it| Some(it.decl) == slot)?;
        let linked = self.telling.both.programs[side].linked();
        let version = linked.decl(slot?).versions.get(step.version?)?;
        match &version.content {
            Content::Table(table) => Some(table.rows.get(*step.rows.first()?)?.text.clone()),
            _ => None,
        }
    }

    /// The grades that meet in the matrix of an overlay.
    fn cell(&self, number: usize, side: usize) -> Option<String> {
        let both = self.telling.both;
        let linked = both.programs[side].linked();
        let decl = linked.decl(self.grade.slots()[side]?);
        let version = decl.versions.iter().find(|it| it.period.contains(both.as_of))?;
        let Content::Matrix(Matrix { rows, columns, .. }) = &version.content else { return None };
        let outcome = both.outcome(side, number)?;
        let said = |slot: usize| {
            let value = worth(outcome, Some(slot));
            super::pair::plain(linked, value, &linked.decl(slot).ty).zh
        };
        let name = |slot: usize| linked.decl(slot).name.to_string();
        let (row, column) = (rows.slot.index(), columns.slot.index());
        Some(format!("{} {}，{} {}", name(row), said(row), name(column), said(column)))
    }

    /// The key of a household, masked where its field is sensitive.
    fn key(&self, number: usize) -> String {
        let both = self.telling.both;
        let linked = both.programs[1].linked();
        let sensitive = linked.subject().is_some_and(|it| linked.field(it.key).sensitive);
        let masking = if self.telling.options.reveal { Masking::Revealed } else { Masking::Hidden };
        masking.show(sensitive, both.key(number)).into_owned()
    }
}

/// What a declaration is worth for a household.
fn worth(outcome: &Outcome, slot: Option<usize>) -> &Value {
    slot.and_then(|it| outcome.values.get(it)).unwrap_or(&NOTHING)
}

/// Is the value of such a declaration told among the causes? Dimensions only repeat their parts.
fn is_told(kind: &DeclKind) -> bool {
    match kind {
        DeclKind::Param
        | DeclKind::Value
        | DeclKind::Indicator { .. }
        | DeclKind::Total
        | DeclKind::Classify { .. }
        | DeclKind::Overlay { .. }
        | DeclKind::Merge
        | DeclKind::Tag { .. }
        | DeclKind::Alert { .. }
        | DeclKind::List => true,
        DeclKind::RecordValue { .. }
        | DeclKind::RecordSet
        | DeclKind::Dimension { .. }
        | DeclKind::Measure { .. } => false,
    }
}
