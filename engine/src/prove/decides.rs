//! Direct determinations: which of them can hit, and what they make of the grade of the score.

use std::collections::BTreeSet;

use heng_dsl::model::{Content, Decide, DecideEffect, DeclKind, Version};
use heng_dsl::value::Value;

use super::Reason;
use super::dist::Dist;
use super::eval::{Eval, Res};
use super::leaf::{Abs, State};
use super::prover::{Pair, Prover};
use crate::eval::settled;

/// Which determinations hit, as bits in both versions, and the error that stands in the place of the
/// grade.
type Hits = [Result<u64, Value>; 2];

/// A determination of each version by its number among those of the classification.
type Both = [Option<usize>; 2];

impl<'p> Prover<'p> {
    /// Grades after direct determinations.
    pub(super) fn determined(
        &mut self,
        pair: Pair,
        by_score: &BTreeSet<(Value, Value)>,
    ) -> Result<Dist, Reason> {
        self.determined_in(pair, by_score, &State::new())
    }

    /// The same within some cells.
    pub(super) fn determined_in(
        &mut self,
        pair: Pair,
        by_score: &BTreeSet<(Value, Value)>,
        state: &State,
    ) -> Result<Dist, Reason> {
        let mut hits: BTreeSet<Hits> = BTreeSet::from([[Ok(0), Ok(0)]]);
        for both in self.decides(pair)? {
            let one = self.hits(pair, both, state)?;
            let mut next = BTreeSet::new();
            for before in &hits {
                for (old, new) in &one {
                    let mut after = before.clone();
                    for (side, hit) in [old, new].into_iter().enumerate() {
                        after[side] = joined(&before[side], hit, both[side]);
                    }
                    next.insert(after);
                }
            }
            if next.len() > self.budget.cells {
                return Err(Reason::Cells(self.budget.cells));
            }
            hits = next;
        }
        let mut pairs = BTreeSet::new();
        for [old_hits, new_hits] in &hits {
            for (old, new) in by_score {
                let (old, new) =
                    (self.grade(0, pair, old, old_hits), self.grade(1, pair, new, new_hits));
                pairs.insert((old, new));
            }
        }
        Ok(Dist::of(pairs))
    }

    /// The determinations of a classification, those of one id together.
    fn decides(&self, pair: Pair) -> Result<Vec<Both>, Reason> {
        let list = |side: usize| -> Vec<&'p Decide> {
            pair[side].map_or(Vec::new(), |it| self.sides[side].linked().decides(it).collect())
        };
        let (old, new) = (list(0), list(1));
        if old.len().max(new.len()) > 64 {
            return Err(Reason::Decides);
        }
        let mut both: Vec<Both> = Vec::new();
        for (at, it) in old.iter().enumerate() {
            both.push([Some(at), new.iter().position(|other| other.id == it.id)]);
        }
        for (at, it) in new.iter().enumerate() {
            if !old.iter().any(|other| other.id == it.id) {
                both.push([None, Some(at)]);
            }
        }
        Ok(both)
    }

    /// The rule of a determination that is in force.
    fn rule(
        &self,
        side: usize,
        slot: usize,
        number: usize,
    ) -> Option<(&'p Decide, &'p DecideEffect, &'p Version)> {
        let side = &self.sides[side];
        let decide = side.linked().decides(slot).nth(number)?;
        let rule = decide.versions.iter().find(|it| it.1.period.contains(side.as_of))?;
        Some((decide, &rule.0, &rule.1))
    }

    /// Whether a determination can hit in each version: 是, 否, or an error.
    pub(super) fn hits(
        &mut self,
        pair: Pair,
        both: Both,
        state: &State,
    ) -> Result<BTreeSet<(Value, Value)>, Reason> {
        let rules = [0, 1].map(|side| {
            let (slot, number) = pair[side].zip(both[side])?;
            self.rule(side, slot, number).map(|it| it.2)
        });
        let mut keys = Vec::new();
        for (side, rule) in rules.iter().enumerate() {
            keys.push(rule.map(|it| self.key_of_rule(side, it)));
        }
        let unchanged = keys.first() == keys.last();
        self.explore_in(state, unchanged, &|eval| match rules[eval.side] {
            Some(rule) => Ok(vec![hit(eval, rule)?]),
            None => Ok(vec![Value::Bool(false)]),
        })
    }

    fn grade(&self, side: usize, pair: Pair, by_score: &Value, hits: &Result<u64, Value>) -> Value {
        let (Some(slot), Value::Member(by_score)) = (pair[side], by_score) else {
            return by_score.clone();
        };
        let linked = self.sides[side].linked();
        let DeclKind::Classify { grade } = &linked.decl(slot).kind else {
            return Value::Member(*by_score);
        };
        let hits = match hits {
            Ok(hits) => *hits,
            Err(error) => return error.clone(),
        };
        let last = linked.enumeration(grade.slot.index()).members.len().saturating_sub(1);
        let numbers = (0..64usize).filter(|it| hits >> it & 1 == 1);
        let rules = numbers.filter_map(|it| {
            let (decide, effect, _) = self.rule(side, slot, it)?;
            Some((it, decide, effect))
        });
        Value::Member(settled(*by_score, u16::try_from(last).unwrap_or(u16::MAX), rules))
    }
}

/// Does a rule hit? 不适用 does not.
pub(super) fn hit<'p>(eval: &mut Eval<'_, 'p>, rule: &'p Version) -> Res<Value> {
    if let Some(applies) = &rule.applies {
        match eval.condition(applies, &rule.lets)? {
            Abs::Bool(true) => {}
            Abs::Bool(false) | Abs::NotApplicable => return Ok(Value::Bool(false)),
            other => return Ok(error(&other)),
        }
    }
    let Content::Condition(condition) = &rule.content else { return Ok(Value::Bool(false)) };
    Ok(match eval.condition(condition, &rule.lets)? {
        Abs::Bool(it) => Value::Bool(it),
        Abs::NotApplicable => Value::Bool(false),
        other => error(&other),
    })
}

fn error(other: &Abs) -> Value {
    match other.known() {
        Some(it @ Value::Error(_)) => it,
        Some(Value::Missing) => Value::Error(heng_dsl::value::Fault::UnexpectedMissing),
        _ => Value::Error(heng_dsl::value::Fault::Type),
    }
}

fn joined(before: &Result<u64, Value>, hit: &Value, number: Option<usize>) -> Result<u64, Value> {
    match (before, hit, number) {
        (Err(_), _, _) => before.clone(),
        (Ok(_), Value::Error(_), _) => Err(hit.clone()),
        (Ok(bits), Value::Bool(true), Some(number)) => Ok(bits | 1 << number),
        (Ok(_), _, _) => before.clone(),
    }
}
