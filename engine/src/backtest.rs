//! Looking back: how well results as of a date tell whom an event befell afterwards.
//!
//! It joins what rules came to with a table of events, and counts. Nothing is fitted and no result
//! is changed. Counts are whole numbers and figures are exact quotients of them; the methods:
//!
//! * a share with its Wilson score interval at 95 % ([`share`]);
//! * AUC over all pairs, ties half, with the standard error of `DeLong`; Gini = 2·AUC − 1; KS, the
//!   largest distance of the two cumulative shares ([`rank`]);
//! * events captured by the riskiest tenths, ties shared in proportion, and lift ([`gains`]).

mod choose;
mod gains;
mod rank;
mod share;

use std::collections::BTreeMap;
use std::sync::Arc;

use heng_dsl::diag::Words;
use heng_dsl::value::{Date, Decimal, Value};
use serde::Serialize;

use crate::columns::Columns;
use crate::explain::{Named, Said, SetUsed, notice};
use crate::ingest::EventTable;
use crate::mask::Masking;
use crate::program::Program;
use crate::projection::Projection;
use crate::summary::{self, Member};

pub use self::choose::{Choice, ChoiceProblem, Chosen};
pub use self::gains::{CurvePoint, Tenth};
pub use self::rank::{Ranking, ranking};
pub use self::share::{Share, Tally, wilson};
pub use crate::stats::Fraction;

/// Keys of households that are shown where the register does not have them.
const KEYS_SHOWN: usize = 5;

/// What came of looking back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Backtest {
    /// 基准日
    pub as_of: Date,
    /// The rule sets that were applied.
    pub sets: Vec<SetUsed>,
    /// Who was compared.
    pub joined: Joined,
    /// By grade; absent where no grade was chosen.
    pub grade: Option<ByGrade>,
    /// By score; absent where no score was chosen.
    pub score: Option<ByScore>,
    /// What the results are, and are not.
    pub notice: Said,
}

/// Who was compared, and who could not be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Joined {
    /// Households of the population.
    pub households: usize,
    /// Those whose outcome is known, and how many of them had the event.
    pub known: Share,
    /// Those whose outcome is not known; they count nowhere.
    pub without_outcome: usize,
    /// Outcomes of households that the run leaves out, because they were founded later.
    pub outside: usize,
    /// Outcomes of households that are not in the register.
    pub unknown: usize,
    /// Some of their keys, in order.
    pub unknown_keys: Vec<String>,
}

/// The event by grade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ByGrade {
    /// Which grade.
    pub name: Named,
    /// Riskiest first.
    pub members: Vec<GradeShare>,
    /// Households with a known outcome and without a grade: missing, not applicable, in error.
    pub ungraded: Share,
    /// How well the grades order the households; absent where those with a grade all had the event,
    /// or none of them.
    pub ranking: Option<Ranking>,
}

/// One grade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GradeShare {
    /// The grade.
    pub member: Member,
    /// Households of the population with it, whether their outcome is known or not.
    pub population: u64,
    /// How many of those with a known outcome had the event.
    pub known: Share,
    /// The share of the events of all grades that lies here; absent where there is none.
    pub captured: Option<Fraction>,
    /// The share of them that lies here and in riskier grades.
    pub captured_down_to: Option<Fraction>,
    /// How many times as often the event occurs here as in all grades.
    pub lift: Option<Fraction>,
}

/// The event by score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ByScore {
    /// Which score.
    pub name: Named,
    /// Is a low score the risky one?
    pub low_is_risky: bool,
    /// Households with a known outcome and without a score: missing, not applicable, in error.
    pub unscored: Share,
    /// How well the score orders the households; absent where those with a score all had the event,
    /// or none of them.
    pub ranking: Option<Ranking>,
    /// The score at which the two cumulative shares are farthest apart: those at least as risky.
    pub ks_at: Option<Decimal>,
    /// Tenths of the households, riskiest first.
    pub tenths: Vec<Tenth>,
    /// Every score that occurs, riskiest first, with households and events from the riskiest on.
    pub curve: Vec<CurvePoint>,
}

/// Why nothing can be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BacktestProblem {
    /// `D0410`: what came to pass after `of` is compared with a run that saw records up to a later
    /// day, and with them the answers.
    Foreseen {
        /// The as-of date of the outcomes.
        of: Date,
        /// That of the run.
        as_of: Date,
    },
    /// `D0403`: no household of the run has a known outcome.
    Nobody,
    /// `D0404`: none of those with a known outcome had the event.
    NoEvent(u64),
    /// `D0405`: all of them had it.
    OnlyEvents(u64),
}

impl BacktestProblem {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Foreseen { .. } => "D0410",
            Self::Nobody => "D0403",
            Self::NoEvent(_) => "D0404",
            Self::OnlyEvents(_) => "D0405",
        }
    }

    /// One sentence without a full stop.
    pub fn words(self) -> Words {
        match self {
            Self::Foreseen { of, as_of } => Words::both(
                format!(
                    "后来的结果从 {of} 算起，而基准日是 {as_of}：其间的结果规则已经看到，不能这样比较"
                ),
                format!(
                    "the outcomes are those after {of}, and the as-of date is {as_of}: the rules saw \
                     the answers in between, so that this is no comparison"
                ),
            ),
            Self::Nobody => Words::both(
                "没有一户既在总体之内又知道后来的结果，无从比较",
                "no household of the population has a known outcome, so that there is nothing to compare",
            ),
            Self::NoEvent(of) => Words::both(
                format!("知道结果的 {of} 户中没有一户发生，无从比较"),
                format!(
                    "none of the {of} households with a known outcome had the event, so that there is \
                     nothing to compare"
                ),
            ),
            Self::OnlyEvents(of) => Words::both(
                format!("知道结果的 {of} 户全都发生，无从比较"),
                format!(
                    "all {of} households with a known outcome had the event, so that there is nothing to \
                     compare"
                ),
            ),
        }
    }
}

/// What is looked back at: what the rules came to for everybody of a register as of a date.
#[derive(Clone, Copy)]
pub struct Past<'p> {
    /// The rules.
    pub program: &'p Program,
    /// The register.
    pub columns: &'p Columns,
    /// The as-of date.
    pub as_of: Date,
    /// What they came to, of what [`Chosen::slots`] names.
    pub results: &'p Projection,
}

/// Compares results with what came to pass.
///
/// # Errors
///
/// Outcomes that the rules may have seen, nobody to compare, no event, or nothing but events.
pub fn backtest(
    past: Past<'_>,
    table: &EventTable,
    chosen: Chosen,
    masking: Masking,
) -> Result<Backtest, BacktestProblem> {
    let Past { program, as_of, results, .. } = past;
    if let Some(of) = table.of.filter(|it| *it < as_of) {
        return Err(BacktestProblem::Foreseen { of, as_of });
    }
    let event = |it: usize| table.events.get(results.key(it)).copied();
    let events: Vec<Option<bool>> = (0..results.len()).map(event).collect();
    let mut known = Tally::default();
    events.iter().flatten().for_each(|it| known.add(*it));
    match known {
        Tally { households: 0, .. } => return Err(BacktestProblem::Nobody),
        Tally { events: 0, households } => return Err(BacktestProblem::NoEvent(households)),
        Tally { events, households } if events == households => {
            return Err(BacktestProblem::OnlyEvents(households));
        }
        Tally { .. } => {}
    }
    let [score, grade] = chosen.places();
    let worth = |place: usize| -> Vec<Option<&Value>> {
        (0..results.len()).map(|it| results.value(place, Some(it))).collect()
    };
    let grade = chosen.grade.zip(grade);
    let score = chosen.score.zip(score);
    Ok(Backtest {
        as_of,
        sets: summary::sets(program),
        joined: joined(past, table, &events, known, masking),
        grade: grade.map(|it| by_grade(program, (it.0, &worth(it.1)), &events)),
        score: score
            .map(|it| by_score(program, (it.0, &worth(it.1)), &events, chosen.low_is_risky)),
        notice: notice(),
    })
}

fn joined(
    Past { program, columns, results, .. }: Past<'_>,
    table: &EventTable,
    events: &[Option<bool>],
    known: Tally,
    masking: Masking,
) -> Joined {
    let linked = program.linked();
    let sensitive = linked.subject().is_some_and(|it| linked.field(it.key).sensitive);
    let (there, unknown): (Vec<&Arc<str>>, Vec<&Arc<str>>) =
        table.events.keys().partition(|it| columns.find(it).is_some());
    let shown = unknown.iter().take(KEYS_SHOWN);
    Joined {
        households: results.len(),
        known: known.into(),
        without_outcome: events.iter().filter(|it| it.is_none()).count(),
        outside: there.iter().filter(|it| results.find(it).is_none()).count(),
        unknown: unknown.len(),
        unknown_keys: shown.map(|it| masking.show(sensitive, it).into_owned()).collect(),
    }
}

/// What each household has of a declaration, which is named by slot.
type Worth<'w> = (usize, &'w [Option<&'w Value>]);

fn by_grade(program: &Program, (slot, grades): Worth<'_>, events: &[Option<bool>]) -> ByGrade {
    let linked = program.linked();
    let members = choose::grade(linked, slot).map(summary::members).unwrap_or_default();
    let mut population = vec![0_u64; members.len()];
    let mut known = vec![Tally::default(); members.len()];
    let mut ungraded = Tally::default();
    for (grade, event) in grades.iter().zip(events) {
        let at = match grade {
            Some(Value::Member(at)) if usize::from(*at) < members.len() => Some(usize::from(*at)),
            _ => None,
        };
        if let Some(count) = at.and_then(|it| population.get_mut(it)) {
            *count += 1;
        }
        if let Some(event) = event {
            at.and_then(|it| known.get_mut(it)).unwrap_or(&mut ungraded).add(*event);
        }
    }
    population.reverse();
    known.reverse();
    let events: u64 = known.iter().map(|it| it.events).sum();
    let households: u64 = known.iter().map(|it| it.households).sum();
    let mut down_to = 0;
    let members = members.into_iter().rev().zip(population).zip(&known);
    let members = members.map(|((member, population), known)| {
        down_to += known.events;
        let of_events = |it: u64| Fraction::new(i128::from(it), i128::from(events));
        let share = Share::from(*known);
        let lift = share.share.and_then(|it| it.times(i128::from(households), i128::from(events)));
        GradeShare {
            member,
            population,
            captured: of_events(known.events),
            captured_down_to: of_events(down_to),
            lift,
            known: share,
        }
    });
    ByGrade {
        name: summary::named(linked, slot),
        members: members.collect(),
        ungraded: ungraded.into(),
        ranking: ranking(&known),
    }
}

fn by_score(
    program: &Program,
    (slot, all): Worth<'_>,
    events: &[Option<bool>],
    low_is_risky: bool,
) -> ByScore {
    let mut scores: BTreeMap<Decimal, Tally> = BTreeMap::new();
    let mut unscored = Tally::default();
    for (score, event) in all.iter().zip(events) {
        let Some(event) = event else { continue };
        match score {
            Some(Value::Number(score)) => scores.entry(score.trimmed()).or_default().add(*event),
            _ => unscored.add(*event),
        }
    }
    let mut groups: Vec<(Decimal, Tally)> = scores.into_iter().collect();
    if !low_is_risky {
        groups.reverse();
    }
    let tallies: Vec<Tally> = groups.iter().map(|it| it.1).collect();
    let ranking = ranking(&tallies);
    ByScore {
        name: summary::named(program.linked(), slot),
        low_is_risky,
        unscored: unscored.into(),
        ks_at: ranking.as_ref().and_then(|it| groups.get(it.ks_at)).map(|it| it.0),
        ranking,
        tenths: gains::tenths(&groups),
        curve: gains::curve(&groups),
    }
}
