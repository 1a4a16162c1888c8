//! What a change of rules does to the real register, for whoever decides about it: who moves where, in which
//! counties and trades, because of which change; how much more work that is; who stands close to a cut-off.
//!
//! It stands on [`crate::effect`], which compares two runs, and adds what needs the register, more runs, or
//! arithmetic over both. Figures are whole numbers and exact quotients; nothing depends on the number of
//! threads or on the order in which households were delivered.

mod attribution;
mod cases;
mod changes;
mod cliffs;
mod cutoffs;
mod deviations;
mod game;
mod groups;
mod readings;
mod split;
mod suppress;
mod totals;
mod workload;

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use heng_dsl::diag::Words;
use heng_dsl::model::DeclKind;
use heng_dsl::value::{Date, Value};

pub use self::attribution::{Attribution, Method, Part};
pub use self::cases::Case;
pub use self::changes::Changes;
pub use self::cliffs::Cliff;
pub use self::cutoffs::{Cutoff, Near};
pub use self::deviations::Deviation;
pub use self::groups::{Slice, Slicing, is_known};
pub use self::split::{Corners, Split, SplitFlow, SplitGrade, split};
pub use self::totals::Totals;
pub use self::workload::{Groups, Load, Workload};
use crate::columnar::Refusal;
use crate::data::Register;
use crate::effect::{
    Also, Both, Cause, EffectOptions, HoldingEffect, Kept, MeasureEffect, NOTHING, Pair, Pairs,
    ScoreEffect, Side, Transitions, Version, effect_of, run_again,
};
use crate::explain::{Named, Said};
use crate::outcome::Outcome;
use crate::program::Program;
use crate::run::{Progress, Run, RunOptions, on_pool};
use crate::summary::GroupBy;

/// What a change of rules does to the households of a register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Impact {
    /// 基准日
    pub as_of: Date,
    /// Households of the population.
    pub households: usize,
    /// How many of them have another result somewhere.
    pub affected: Cell,
    /// The figures that say who has to approve; absent where small counts are left out.
    pub totals: Option<Totals>,
    /// Every 分类 and 叠加 that the change can reach.
    pub grades: Vec<GradeImpact>,
    /// Every 分类 and 叠加 that it cannot reach.
    pub out_of_reach: Vec<Named>,
    /// The changes and how households were divided among them; absent where nobody asked.
    pub attribution: Option<Attribution>,
    /// Why that was not possible.
    pub not_attributed: Option<Said>,
    /// Visits a year by measure.
    pub workload: Vec<Workload>,
    /// 总分 and 合成 that move.
    pub scores: Vec<ScoreEffect>,
    /// 标注 that change.
    pub tags: Vec<HoldingEffect>,
    /// 预警 that change.
    pub alerts: Vec<HoldingEffect>,
    /// 名单 that change.
    pub lists: Vec<HoldingEffect>,
    /// 措施 that change.
    pub measures: Vec<MeasureEffect>,
    /// Groups of households that move more or less often than the rest, the least likely by chance first.
    pub deviations: Vec<Deviation>,
    /// One more record: how many households it would move by two grades.
    pub cliffs: Vec<Cliff>,
    /// Counts of so many households or fewer are left out; absent where all are shown.
    pub suppressed_below: Option<usize>,
    /// What the results are, and are not.
    pub notice: Said,
}

/// A number of households; in JSON `null` where it is left out because it is small, or because it would
/// give away one that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cell {
    /// So many.
    Count(usize),
    /// Left out.
    Suppressed,
}

impl Cell {
    /// The number; absent where it is left out.
    pub fn count(self) -> Option<usize> {
        match self {
            Self::Count(it) => Some(it),
            Self::Suppressed => None,
        }
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.count().serialize(serializer)
    }
}

/// How a 分类 or 叠加 moves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GradeImpact {
    /// Its name.
    pub name: Named,
    /// What a household can have, from low to high risk; last the non-values that occur.
    pub states: Vec<Said>,
    /// How many of `states` are grades.
    pub members: usize,
    /// Households by what they have before (rows) and after (columns).
    pub matrix: Vec<Vec<Cell>>,
    /// How many have another grade.
    pub moved: Cell,
    /// How many of these move to a riskier one.
    pub riskier: Cell,
    /// How many move to a less risky one.
    pub safer: Cell,
    /// How many move by two grades or more.
    pub jumps: Cell,
    /// From where to where, the most frequent first.
    pub flows: Vec<FlowImpact>,
    /// The same by field.
    pub by: Vec<Slicing>,
    /// Its cut-offs, and who stands close to them.
    pub cutoffs: Vec<Cutoff>,
}

/// Households that move from one grade to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FlowImpact {
    /// The number of the state before.
    pub from: usize,
    /// The number of the state after.
    pub to: usize,
    /// How many.
    pub count: Cell,
    /// Which declarations led to it, the most frequent first.
    pub causes: Vec<Cause>,
    /// The part of each change that has one; they sum to `count`.
    pub parts: Vec<Part>,
    /// Real households that stand for the others.
    pub cases: Vec<Case>,
}

/// What is asked beside the comparison.
pub struct ImpactOptions<'o> {
    /// Sensitive values are shown in full instead of masked.
    pub reveal: bool,
    /// Fields of the household, and values such as tags, by which everything is broken down.
    pub by: Vec<GroupBy>,
    /// How many real households stand for each flow.
    pub cases: usize,
    /// How many households are shown on either side of a cut-off.
    pub near: usize,
    /// The changes among which moves are divided.
    pub changes: Option<&'o dyn Changes>,
    /// Record tables of which one more record is tried; none for those that the change can reach.
    pub cliffs: Option<Vec<String>>,
    /// From which random orders follow, where these are needed.
    pub seed: u64,
    /// Where results are kept from one comparison to the next; only used in columns.
    pub kept: Option<&'o Kept>,
    /// How many threads; absent for one a core.
    pub threads: Option<usize>,
    /// Is told how far the work is.
    pub progress: Option<&'o (dyn Fn(Progress) + Sync)>,
}

impl Default for ImpactOptions<'_> {
    fn default() -> Self {
        Self {
            reveal: false,
            by: Vec::new(),
            cases: 3,
            near: 3,
            changes: None,
            cliffs: Some(Vec::new()),
            seed: 1,
            kept: None,
            threads: None,
            progress: None,
        }
    }
}

/// Why moves cannot be divided among the changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImpactError {
    /// Some of the changes cannot be made together; why.
    Change(Said),
    /// All changes together are not the later rules.
    NotAll,
    /// There are too many changes.
    TooMany(usize),
}

impl ImpactError {
    /// One sentence.
    pub fn words(&self) -> Words {
        match self {
            Self::Change(why) => Words::both(
                format!("有一部分改动不能一起做：{}", why.zh),
                format!("some of the changes cannot be made together: {}", why.en),
            ),
            Self::NotAll => Words::both(
                "所列改动合起来不等于新规则",
                "the changes together are not the later rules",
            ),
            Self::TooMany(count) => Words::both(
                format!("改动有 {count} 处，最多 128 处"),
                format!("there are {count} changes; at most 128 can be told apart"),
            ),
        }
    }
}

/// Runs both programs over one register on one date. Each reads the register in its own way. Households that
/// only one of them counts among the population are left out of both; they differ only where the date of
/// founding is read otherwise.
///
/// # Errors
///
/// What the columnar engine has no operation for.
pub fn runs(
    (before, old): (&Program, &Register),
    (after, new): (&Program, &Register),
    options: &RunOptions<'_>,
) -> Result<(Run, Run), Vec<Refusal>> {
    let earlier = crate::columnar::run(before, old, options)?;
    Ok(common(earlier, crate::columnar::run(after, new, options)?))
}

/// The same by the reference evaluator; of the later program only what the change reaches is worked out.
pub fn reference_runs(
    (before, old): (&Program, &Register),
    (after, new): (&Program, &Register),
    options: &RunOptions<'_>,
) -> (Run, Run) {
    let earlier = crate::run::run(before, old, options);
    let same = old.households.len() == new.households.len()
        && old.households.iter().zip(&new.households).all(|it| it.0.key == it.1.key);
    let later = if same {
        run_again((before, &earlier), (after, new), options)
    } else {
        crate::run::run(after, new, options)
    };
    common(earlier, later)
}

fn common(mut earlier: Run, mut later: Run) -> (Run, Run) {
    let keys = |run: &Run| -> Vec<_> { run.outcomes.iter().map(|it| it.key.clone()).collect() };
    let (old, new) = (keys(&earlier), keys(&later));
    if old != new {
        earlier.outcomes.retain(|it| new.binary_search(&it.key).is_ok());
        later.outcomes.retain(|it| old.binary_search(&it.key).is_ok());
    }
    (earlier, later)
}

/// What a change does, from two runs with the same households.
pub fn impact(before: Side<'_>, after: Side<'_>, options: &ImpactOptions<'_>) -> Impact {
    impact_of(&of_runs(before, after, options), options)
}

/// Both versions of two runs with the same households, ready to be asked what the change does.
pub fn of_runs<'s>(before: Side<'s>, after: Side<'s>, options: &ImpactOptions<'_>) -> Both<'s> {
    let as_of = before.run.as_of;
    let also = |programs: [&Program; 2], pairs: &Pairs| also(programs, pairs, options, as_of);
    Both::of_runs([before, after], &also)
}

/// Both versions over a register in columns, ready to be asked what the change does.
///
/// # Errors
///
/// What the columnar engine has no operation for.
pub fn in_columns<'v>(
    before: Version<'v>,
    after: Version<'v>,
    run: &RunOptions<'_>,
    options: &ImpactOptions<'_>,
) -> Result<Both<'v>, Vec<Refusal>> {
    let also = |programs: [&Program; 2], pairs: &Pairs| also(programs, pairs, options, run.as_of);
    Both::in_columns([before, after], &also, (run, options.kept))
}

/// What a change does, from both versions over the same households; `options` have to be those with which they were
/// made ready.
pub fn impact_of(both: &Both<'_>, options: &ImpactOptions<'_>) -> Impact {
    on_pool(options.threads, || Comparison { both, options }.impact())
}

/// Declarations that are asked about beside what the change reaches: those by which households are grouped, and scores
/// that are cut.
fn also(programs: [&Program; 2], pairs: &Pairs, options: &ImpactOptions<'_>, as_of: Date) -> Also {
    let mut also = cliffs::also(programs, pairs, options);
    for (side, slot) in groups::slots(programs, &options.by) {
        also[side].insert(slot);
    }
    let grades = pairs.all.iter().filter(|it| it.shown && it.reached && it.is_grade());
    let scores =
        grades.filter_map(|it| it.after).flat_map(|it| cutoffs::scores(programs[1], it, as_of));
    also[1].extend(scores);
    also
}

/// Both versions side by side, with what was asked.
struct Comparison<'c> {
    both: &'c Both<'c>,
    options: &'c ImpactOptions<'c>,
}

impl<'c> Comparison<'c> {
    fn impact(&self) -> Impact {
        let examples = EffectOptions { reveal: self.options.reveal, examples: 1 };
        let effect = effect_of(self.both, examples);
        let pairs: Vec<&Pair> = effect.grades.iter().filter_map(|it| self.pair(&it.name)).collect();
        let transitions: Vec<Transitions> =
            pairs.iter().map(|it| self.both.transitions(it)).collect();
        // Much of the one is work for one core, which leaves the others for the other.
        let ((attribution, mut parts, not_attributed), cliffs) =
            rayon::join(|| self.attributed(&pairs, &transitions), || cliffs::cliffs(self, &pairs));
        let groups = groups::groups(self.both, &self.options.by, self.options.reveal);
        let mut grades = Vec::new();
        for (at, ((it, pair), transitions)) in
            effect.grades.into_iter().zip(&pairs).zip(&transitions).enumerate()
        {
            let mut grade = self.grade(it, pair, transitions);
            for flow in &mut grade.flows {
                flow.parts = parts.remove(&(at, flow.from, flow.to)).unwrap_or_default();
            }
            grade.by = groups.iter().map(|it| it.slicing(transitions)).collect();
            grades.push(grade);
        }
        Impact {
            as_of: effect.as_of,
            households: effect.households,
            affected: Cell::Count(effect.affected),
            totals: Some(totals::totals(&pairs, &transitions)),
            deviations: deviations::deviations(&grades),
            grades,
            out_of_reach: effect.out_of_reach,
            attribution,
            not_attributed,
            workload: workload::workload(self, &groups),
            scores: effect.scores,
            tags: effect.tags,
            alerts: effect.alerts,
            lists: effect.lists,
            measures: effect.measures,
            cliffs,
            suppressed_below: None,
            notice: effect.notice,
        }
    }

    fn pair(&self, name: &Named) -> Option<&'c Pair> {
        self.both.pairs.all.iter().find(|it| it.name == *name)
    }

    fn grade(
        &self,
        effect: crate::effect::GradeEffect,
        pair: &Pair,
        transitions: &Transitions,
    ) -> GradeImpact {
        let members = usize::from(pair.members);
        let state = |it: &Said| effect.states.iter().position(|state| state == it);
        let flows = effect.flows.into_iter().filter_map(|it| {
            let (from, to) = (state(&it.from)?, state(&it.to)?);
            let households = transitions.moving.get(&(from, to))?;
            let cases = cases::cases(self, pair, households);
            let count = Cell::Count(it.count);
            Some(FlowImpact { from, to, count, causes: it.causes, parts: Vec::new(), cases })
        });
        let flows = flows.collect();
        let graded = |wanted: &dyn Fn(usize, usize) -> bool| {
            let moving = transitions
                .moving
                .iter()
                .filter(|((from, to), _)| *from < members && *to < members && wanted(*from, *to));
            Cell::Count(moving.map(|it| it.1.len()).sum())
        };
        GradeImpact {
            name: effect.name,
            members,
            matrix: effect
                .matrix
                .iter()
                .map(|row| row.iter().map(|it| Cell::Count(*it)).collect())
                .collect(),
            moved: Cell::Count(effect.moved),
            riskier: graded(&|from, to| to > from),
            safer: graded(&|from, to| to < from),
            jumps: graded(&|from, to| from.abs_diff(to) >= 2),
            flows,
            by: Vec::new(),
            cutoffs: cutoffs::cutoffs(self, pair),
            states: effect.states,
        }
    }

    fn attributed(
        &self,
        pairs: &[&Pair],
        transitions: &[Transitions],
    ) -> (Option<Attribution>, BTreeMap<attribution::FlowKey, Vec<Part>>, Option<Said>) {
        let Some(changes) = self.options.changes.filter(|it| !it.is_empty()) else {
            return (None, BTreeMap::new(), None);
        };
        let key = |pair: &Pair| (pair.name.package.clone(), pair.name.id.clone());
        let grades: Vec<_> =
            pairs.iter().map(|it| key(it)).zip(transitions.iter().cloned()).collect();
        let asked = attribution::Asked {
            both: self.both,
            grades: &grades,
            changes,
            seed: self.options.seed,
            progress: self.options.progress.unwrap_or(&|_| ()),
        };
        match attribution::attribute(&asked) {
            Ok((attribution, parts)) => (Some(attribution), parts, None),
            Err(why) => {
                let words = why.words();
                let said = Said::both(
                    words.of(heng_dsl::diag::Lang::Zh),
                    words.of(heng_dsl::diag::Lang::En),
                );
                (None, BTreeMap::new(), Some(said))
            }
        }
    }

    /// The key of a household, masked where its field is sensitive.
    fn shown_key(&self, number: usize) -> String {
        let linked = self.both.programs[1].linked();
        let sensitive = linked.subject().is_some_and(|it| linked.field(it.key).sensitive);
        let masking = if self.options.reveal {
            crate::mask::Masking::Revealed
        } else {
            crate::mask::Masking::Hidden
        };
        masking.show(sensitive, self.both.key(number)).into_owned()
    }
}

/// What a declaration is worth for a household.
fn worth(outcome: &Outcome, slot: Option<usize>) -> &Value {
    slot.and_then(|it| outcome.values.get(it)).unwrap_or(&NOTHING)
}

/// Is a declaration worth a grade?
fn is_grade(kind: &DeclKind) -> bool {
    matches!(kind, DeclKind::Classify { .. } | DeclKind::Overlay { .. })
}
