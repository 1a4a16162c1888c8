//! What a change of rules does: two runs over the same register, compared household by household.
//!
//! Nothing is worked out a second time in another way: values come from both runs ([`Both`]), and why something
//! moved is told by the declarations whose values differ, read from the same runs.
//! A change reaches what is downstream of it in the graph; the rest is named and not shown.

mod again;
mod both;
mod cause;
mod components;
mod kept;
mod pair;
mod transitions;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use heng_dsl::model::DeclKind;
use heng_dsl::value::{Date, Value};

pub(crate) use self::again::{Carried, run_again};
pub(crate) use self::both::{Also, Collected, Collecting, Everybody};
pub use self::both::{Both, Version};
pub use self::cause::{Cause, Crossing, Moved, Shift};
pub use self::kept::Kept;
pub(crate) use self::kept::KeptOf;
pub(crate) use self::pair::{Pair, Pairs};
pub(crate) use self::transitions::Transitions;
use crate::columnar::Refusal;
use crate::data::{Register, recast};
use crate::explain::{Named, Said, holds, notice};
use crate::program::Program;
use crate::run::{Run, RunOptions};

/// What a change does to the households of a register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Effect {
    /// 基准日
    pub as_of: Date,
    /// Households of the population.
    pub households: usize,
    /// How many of them have another result somewhere: a grade, score, tag, alert, list or measure.
    pub affected: usize,
    /// Every 分类 and 叠加 that the change can reach.
    pub grades: Vec<GradeEffect>,
    /// Every 分类 and 叠加 that it cannot reach.
    pub out_of_reach: Vec<Named>,
    /// Every 总分 and 合成 that moved for some household.
    pub scores: Vec<ScoreEffect>,
    /// 标注 that changed for some household.
    pub tags: Vec<HoldingEffect>,
    /// 预警 that changed for some household.
    pub alerts: Vec<HoldingEffect>,
    /// 名单 that changed for some household.
    pub lists: Vec<HoldingEffect>,
    /// 措施 that changed for some household.
    pub measures: Vec<MeasureEffect>,
    /// What the results are, and are not.
    pub notice: Said,
}

/// How a 分类 or 叠加 moves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GradeEffect {
    /// Its name.
    pub name: Named,
    /// What a household can have, from low to high risk; last the non-values that occur.
    pub states: Vec<Said>,
    /// Households by what they have before (rows) and after (columns), in the order of `states`.
    pub matrix: Vec<Vec<usize>>,
    /// How many households have another grade.
    pub moved: usize,
    /// From where to where, the most frequent first.
    pub flows: Vec<Flow>,
}

/// Households that move from one grade to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flow {
    /// Before.
    pub from: Said,
    /// After.
    pub to: Said,
    /// How many.
    pub count: usize,
    /// Why, the most frequent first.
    pub causes: Vec<Cause>,
}

/// How a score moves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ScoreEffect {
    /// Its name.
    pub name: Named,
    /// Households whose score rises.
    pub higher: usize,
    /// Households whose score falls.
    pub lower: usize,
    /// Households that get or lose a score.
    pub other: usize,
}

/// How a 标注, 预警 or 名单 changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HoldingEffect {
    /// Its name.
    pub name: Named,
    /// How many households had it.
    pub before: usize,
    /// How many households have it now.
    pub after: usize,
    /// How many get it.
    pub gained: usize,
    /// How many lose it.
    pub lost: usize,
    /// How many have another label.
    pub relabelled: usize,
}

/// How a 措施 changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MeasureEffect {
    /// Its name.
    pub name: Named,
    /// How many households have another one.
    pub changed: usize,
    /// From which values to which, a value a column, the most frequent first; none where a measure
    /// did not apply.
    pub flows: Vec<MeasureFlow>,
}

/// Households whose measure changes in the same way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MeasureFlow {
    /// Before.
    pub from: Vec<Said>,
    /// After.
    pub to: Vec<Said>,
    /// How many households.
    pub count: usize,
}

/// What an effect may show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EffectOptions {
    /// Sensitive values are shown in full instead of masked.
    pub reveal: bool,
    /// How many households are named of each cause.
    pub examples: usize,
}

/// A program and what it came to.
#[derive(Clone, Copy)]
pub struct Side<'s> {
    /// The rules.
    pub program: &'s Program,
    /// The register, as these rules read it.
    pub register: &'s Register,
    /// Their run over the register.
    pub run: &'s Run,
}

/// The register as a changed program reads it: earlier results are known by the numbers of declarations,
/// which move where one was switched off.
pub fn register_for<'r>(
    register: &'r Register,
    before: &Program,
    after: &Program,
) -> Cow<'r, Register> {
    recast((before, register), &[], after)
}

/// Compares two runs over the same households on the same date.
pub fn effect(before: Side<'_>, after: Side<'_>, options: EffectOptions) -> Effect {
    effect_of(&Both::of(before, after), options)
}

/// The same over a register in columns, of which no more is kept than the effect tells.
///
/// # Errors
///
/// What the columnar engine has no operation for.
pub fn effect_in_columns(
    before: Version<'_>,
    after: Version<'_>,
    run: &RunOptions<'_>,
    options: EffectOptions,
) -> Result<Effect, Vec<Refusal>> {
    let both = Both::in_columns([before, after], &|_, _| Also::default(), (run, None))?;
    Ok(effect_of(&both, options))
}

/// What both versions make of the same households.
pub(crate) fn effect_of(both: &Both<'_>, options: EffectOptions) -> Effect {
    let telling = Telling { both, options };
    let grades = |it: &&Pair| it.is_grade() && it.shown;
    let mut grades: Vec<&Pair> = both.pairs.all.iter().filter(grades).collect();
    // In the order in which a run shows them, what was switched off last.
    grades.sort_by_key(|it| (it.after.is_none(), it.after));
    let (reached, out_of_reach): (Vec<&Pair>, Vec<&Pair>) =
        grades.into_iter().partition(|it| it.reached);
    Effect {
        as_of: both.as_of,
        households: both.households(),
        affected: telling.affected(),
        grades: reached.into_iter().map(|it| telling.grade(it)).collect(),
        out_of_reach: out_of_reach.into_iter().map(|it| it.name.clone()).collect(),
        scores: telling.scores(),
        tags: telling.holdings(|it| matches!(it, DeclKind::Tag { .. })),
        alerts: telling.holdings(|it| matches!(it, DeclKind::Alert { .. })),
        lists: telling.holdings(|it| matches!(it, DeclKind::List)),
        measures: telling.measures(),
        notice: notice(),
    }
}

/// What is told of both versions.
pub(crate) struct Telling<'b> {
    both: &'b Both<'b>,
    options: EffectOptions,
}

/// What stands for a declaration that is not there.
pub(crate) const NOTHING: Value = Value::NotApplicable;

impl<'b> Telling<'b> {
    fn shown(&self, wanted: impl Fn(&DeclKind) -> bool) -> impl Iterator<Item = &'b Pair> {
        self.both.pairs.all.iter().filter(move |it| it.shown && it.reached && wanted(&it.kind))
    }

    /// How many households have another result somewhere.
    fn affected(&self) -> usize {
        let mut changed = vec![false; self.both.households()];
        let mut mark = |rows: Vec<usize>| {
            for row in rows {
                if let Some(changed) = changed.get_mut(row) {
                    *changed = true;
                }
            }
        };
        let is_result = |it: &DeclKind| match it {
            DeclKind::Total
            | DeclKind::Merge
            | DeclKind::Classify { .. }
            | DeclKind::Overlay { .. }
            | DeclKind::Tag { .. }
            | DeclKind::Alert { .. }
            | DeclKind::List
            | DeclKind::Measure { .. } => true,
            DeclKind::Param
            | DeclKind::Value
            | DeclKind::RecordValue { .. }
            | DeclKind::RecordSet
            | DeclKind::Dimension { .. }
            | DeclKind::Indicator { .. } => false,
        };
        for pair in self.shown(is_result) {
            let holding =
                matches!(pair.kind, DeclKind::Tag { .. } | DeclKind::Alert { .. } | DeclKind::List);
            if matches!(pair.kind, DeclKind::Measure { .. }) {
                mark(self.both.crossed_measure(pair).rows(|old, new| old != new));
            } else {
                // What does not hold and what is not applicable come to the same for a household.
                let differs =
                    |old: &Value, new: &Value| old != new && (!holding || holds(old) || holds(new));
                mark(self.both.crossed(pair).rows(differs));
            }
        }
        changed.into_iter().filter(|it| *it).count()
    }

    fn grade(&self, pair: &Pair) -> GradeEffect {
        let Transitions { states, matrix, moving, .. } = self.both.transitions(pair);
        let said: Vec<Said> = states.iter().map(|it| self.said(pair, it)).collect();
        let name = |at: usize| said.get(at).cloned().unwrap_or_default();
        let causes = cause::Causes::new(self, pair);
        let mut flows: Vec<Flow> = moving
            .iter()
            .map(|((from, to), households)| Flow {
                from: name(*from),
                to: name(*to),
                count: households.len(),
                causes: causes.of(households),
            })
            .collect();
        flows.sort_by_key(|it| std::cmp::Reverse(it.count));
        let moved = flows.iter().map(|it| it.count).sum();
        GradeEffect { name: pair.name.clone(), states: said, matrix, moved, flows }
    }

    /// A value of a declaration as people read it.
    fn said(&self, pair: &Pair, value: &Value) -> Said {
        let program = self.both.programs[usize::from(pair.after.is_some())];
        pair.shown_value(program.linked(), value, self.options.reveal)
    }

    fn scores(&self) -> Vec<ScoreEffect> {
        let all = self.shown(|it| matches!(it, DeclKind::Total | DeclKind::Merge));
        all.filter_map(|pair| {
            let (mut higher, mut lower, mut other) = (0, 0, 0);
            for (old, new, count) in self.both.crossed(pair).counts().filter(|it| it.0 != it.1) {
                match (old, new) {
                    (Value::Number(old), Value::Number(new)) if new > old => higher += count,
                    (Value::Number(_), Value::Number(_)) => lower += count,
                    _ => other += count,
                }
            }
            let name = pair.name.clone();
            (higher + lower + other > 0).then_some(ScoreEffect { name, higher, lower, other })
        })
        .collect()
    }

    fn holdings(&self, wanted: impl Fn(&DeclKind) -> bool) -> Vec<HoldingEffect> {
        let mut out = Vec::new();
        for pair in self.shown(wanted) {
            let mut it = HoldingEffect {
                name: pair.name.clone(),
                before: 0,
                after: 0,
                gained: 0,
                lost: 0,
                relabelled: 0,
            };
            for (old, new, count) in self.both.crossed(pair).counts() {
                let (had, has) = (holds(old), holds(new));
                it.before += if had { count } else { 0 };
                it.after += if has { count } else { 0 };
                it.gained += if has && !had { count } else { 0 };
                it.lost += if had && !has { count } else { 0 };
                it.relabelled += if had && has && old != new { count } else { 0 };
            }
            if it.gained + it.lost + it.relabelled > 0 {
                out.push(it);
            }
        }
        out
    }

    fn measures(&self) -> Vec<MeasureEffect> {
        let mut out = Vec::new();
        for pair in self.shown(|it| matches!(it, DeclKind::Measure { .. })) {
            let crossed = self.both.crossed_measure(pair);
            let mut counts: BTreeMap<_, usize> = BTreeMap::new();
            for (old, new, count) in crossed.counts().filter(|it| it.0 != it.1) {
                *counts.entry((old, new)).or_default() += count;
            }
            let said = |it: &Option<Vec<Value>>, side: usize| -> Vec<Said> {
                let linked = self.both.programs[side].linked();
                let Some(DeclKind::Measure { columns }) =
                    pair.slots()[side].map(|it| &linked.decl(it).kind)
                else {
                    return Vec::new();
                };
                let shown = columns.iter().zip(it.iter().flatten());
                shown.map(|(column, it)| pair::plain(linked, it, &column.ty)).collect()
            };
            let mut flows: Vec<MeasureFlow> = counts
                .into_iter()
                .map(|((old, new), count)| MeasureFlow {
                    from: said(old, 0),
                    to: said(new, 1),
                    count,
                })
                .collect();
            flows.sort_by_key(|it| std::cmp::Reverse(it.count));
            let changed = flows.iter().map(|it| it.count).sum();
            if changed > 0 {
                out.push(MeasureEffect { name: pair.name.clone(), changed, flows });
            }
        }
        out
    }
}

impl Effect {
    /// Does the change do anything?
    pub fn any(&self) -> bool {
        self.affected > 0
    }

    /// The keys of households that the effect names, the first one of each flow first.
    pub fn example(&self) -> Option<&str> {
        let flows = self.grades.iter().flat_map(|it| &it.flows);
        let mut examples = flows.flat_map(|it| &it.causes).flat_map(|it| &it.examples);
        examples.next().map(String::as_str)
    }
}
