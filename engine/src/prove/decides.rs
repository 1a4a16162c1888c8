//! Direct determinations: which of them can hit, and what they make of the grade of the score.

use std::collections::BTreeSet;

use heng_dsl::model::{Content, Decide, DeclKind, Version};
use heng_dsl::value::Value;

use super::Reason;
use super::condition::things_of;
use super::dist::Dist;
use super::eval::{Eval, Res};
use super::leaf::{Abs, State};
use super::prover::{Pair, Prover};
use crate::eval::settled;
use crate::graph::Thing;

/// Which determinations hit, as bits in both versions, and the error that stands in the place of the
/// grade.
type Hits = [Result<u64, Value>; 2];

/// A determination of each version by its number among those of the classification.
pub(super) type Both = [Option<usize>; 2];

impl<'p> Prover<'p> {
    /// Grades after direct determinations, within some cells.
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

    /// Can two determinations of a classification hit the same household? Looked at together, `classes`:
    /// with the records that they count in classes.
    pub(super) fn can_both_hit(
        &mut self,
        slot: usize,
        decides: [usize; 2],
        classes: bool,
    ) -> Result<bool, Reason> {
        let rules: Vec<&'p Version> =
            decides.iter().filter_map(|it| Some(self.sides[0].rule(slot, *it)?.2)).collect();
        if rules.len() < decides.len() {
            return Ok(false);
        }
        let joined: Vec<(usize, &'p Version)> =
            rules.iter().filter(|_| classes).map(|it| (0, *it)).collect();
        self.join_with_values(&joined);
        let ask = |eval: &mut Eval<'_, 'p>| -> Res<Vec<Value>> {
            for rule in &rules {
                if hit(eval, rule)? != Value::Bool(true) {
                    return Ok(vec![Value::Bool(false)]);
                }
            }
            Ok(vec![Value::Bool(eval.outside(slot)?.is_none())])
        };
        let found = self.vectors(&[(0, None, &ask)], self.budget.cells)?;
        Ok(found.contains(&vec![Value::Bool(true)]))
    }

    /// Does a determination hit the same households in both versions, as its normal form says?
    pub(super) fn is_same_hit(&mut self, pair: Pair, both: Both) -> bool {
        let keys = [0, 1].map(|side| {
            let rule = pair[side].zip(both[side]).and_then(|it| self.sides[side].rule(it.0, it.1));
            rule.map(|it| self.key_of_rule(side, it.2))
        });
        keys[0] == keys[1] && self.has_same_scope(pair)
    }

    fn has_same_scope(&mut self, pair: Pair) -> bool {
        let bound = |side: usize| pair[side].is_some_and(|it| self.sides[side].is_bound(it));
        match (bound(0), bound(1), pair) {
            (false, false, _) => true,
            (true, true, [Some(old), Some(new)]) => {
                let of = |side: usize, it: usize| self.sides[side].linked().package_of(it);
                let packages = [of(0, old), of(1, new)];
                self.is_same_scope(packages)
            }
            _ => false,
        }
    }

    /// Whether a determination hits in each version, where the score gives a grade. `classes`: looked at
    /// together, with records in classes or not.
    pub(super) fn hit_pairs(
        &mut self,
        pair: Pair,
        both: Both,
        classes: Option<bool>,
    ) -> Result<BTreeSet<(Value, Value)>, Reason> {
        let rules = [0, 1].map(|side| {
            let (slot, number) = pair[side].zip(both[side])?;
            self.sides[side].rule(slot, number).map(|it| it.2)
        });
        if let Some(classes) = classes {
            let joined: Vec<(usize, &'p Version)> =
                (0..2).filter_map(|it| Some((it, rules[it]?))).filter(|_| classes).collect();
            self.join_with_values(&joined);
        }
        self.explore(false, &|eval| {
            let (Some(rule), Some(slot)) = (rules[eval.side], pair[eval.side]) else {
                return Ok(vec![Value::Bool(false)]);
            };
            let holds = hit(eval, rule)? == Value::Bool(true) && eval.outside(slot)?.is_none();
            Ok(vec![Value::Bool(holds)])
        })
    }

    /// Looks at everything together, with the records in classes that some rules and the values that they
    /// read count.
    fn join_with_values(&mut self, rules: &[(usize, &'p Version)]) {
        let mut joined = rules.to_vec();
        for (side, rule) in rules {
            for thing in things_of(rule) {
                let Thing::Decl(slot) = thing else { continue };
                joined
                    .extend(self.versions_upstream(*side, slot).into_iter().map(|it| (*side, it)));
            }
        }
        self.join_rules(&joined);
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
            self.sides[side].rule(slot, number).map(|it| it.2)
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
            let (decide, effect, _) = self.sides[side].rule(slot, it)?;
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
