//! The value of one declaration with its evidence: what `heng eval` says of an expression.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use heng_dsl::model::linked::Linked;
use heng_dsl::model::{Ty, TyKind, Unit};
use heng_dsl::value::{Date, Decimal, Value};

use super::data::{Facts, MissingField};
use super::facts::View;
use super::words::{Said, Shown, State};
use super::{Asked, ExplainOptions, gaps, outside_words};
use crate::columnar::{self, Given, Refusal};
use crate::eval::Evaluator;
use crate::graph::{Edge, Thing};
use crate::mask::{self, Masking};
use crate::part::{Part, Sink};
use crate::program::Program;
use crate::run::{Outside, Run, RunOptions};
use crate::source::Source;

/// What a declaration is worth for one household, and what that rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The key of the household, masked where its field is sensitive.
    pub household: String,
    /// 基准日
    pub as_of: Date,
    /// What kind of value it is.
    pub of: Said,
    /// The value, masked where it repeats a sensitive text.
    pub value: Shown,
    /// Why there is no value, or why the household is outside the population.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<Said>,
    /// Fields, declarations and records that were read.
    pub facts: Facts,
    /// Fields of the household that were read and are missing.
    pub missing: Vec<MissingField>,
}

/// What a declaration is worth over a register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Distribution {
    /// 基准日
    pub as_of: Date,
    /// What kind of value it is.
    pub of: Said,
    /// Households of the population.
    pub households: usize,
    /// The value, where it is the same for every household because it reads nothing of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub constant: Option<Shown>,
    /// Of numbers: least, median (the lower of two), mean to two places more, greatest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub numbers: Option<Numbers>,
    /// How many households have which value: members and 是否 in their order, others the most frequent
    /// first; the non-values last.
    pub values: Vec<Share>,
    /// Households with values that are not listed.
    pub other: usize,
}

/// The spread of numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Numbers {
    /// How many households have one.
    pub count: usize,
    /// The least.
    pub least: Shown,
    /// The median: the lower one of two.
    pub median: Shown,
    /// The mean.
    pub mean: Option<Shown>,
    /// The greatest.
    pub greatest: Shown,
}

/// Households with one value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Share {
    /// The value.
    pub value: Shown,
    /// How many.
    pub count: usize,
}

/// How many different values are listed.
const LISTED: usize = 12;

/// What the declaration of a slot is worth for a household.
pub fn answer(
    program: &Program,
    asked: Asked<'_>,
    slot: usize,
    options: &ExplainOptions,
) -> Answer {
    let Asked { household, number, population, as_of, .. } = asked;
    let evaluator = Evaluator::new(program, as_of);
    let (outcome, trace) = evaluator.evaluate(household, population, number, true);
    let trace = trace.unwrap_or_default();
    let view = View::new(program, household, (&outcome, &trace), as_of, options.reveal);
    let linked = program.linked();
    let ty = &linked.decl(slot).ty;
    let is_outside = !evaluator.is_founded(household);
    let outside = is_outside.then(|| outside_words(Outside::FoundedLater));
    let value = view.worth(slot);
    let why = match value {
        Value::NotApplicable => Some(gaps::why_not(&view, slot)),
        Value::Error(fault) => {
            let [zh, en] = fault.words();
            Some(Said::both(zh, en))
        }
        _ => None,
    };
    let subject = linked.subject();
    Answer {
        household: subject.map_or_else(|| household.key.to_string(), |it| view.key(it.key)),
        as_of,
        of: kind(linked, ty),
        value: shown(linked, value, ty, sensitive(program, slot, options.reveal)),
        why: outside.or(why),
        facts: view.facts(slot),
        missing: gaps::missing(&view).into_iter().filter(|it| reads(&view, slot, it)).collect(),
    }
}

/// Is the missing field one that the declaration reads, by itself or through others?
fn reads(view: &View<'_>, slot: usize, missing: &MissingField) -> bool {
    upstream(view.program, slot, true).iter().any(|it| match it {
        Thing::Field(it) => view.linked.field(*it).name.as_ref() == missing.field,
        _ => false,
    })
}

/// How many households have which value.
type Counts = BTreeMap<Value, usize>;

/// What the declaration of a slot is worth over a register, worked out in columns.
///
/// # Errors
///
/// Those of [`columnar::results`].
pub fn distribution_in_columns(
    program: &Program,
    source: &dyn Source,
    run: &RunOptions<'_>,
    slot: usize,
    options: &ExplainOptions,
) -> Result<Distribution, Vec<Refusal>> {
    let mut counts = Counts::new();
    let only = BTreeSet::from([slot]);
    let mut deliver = |more: Counts| add(&mut counts, more);
    columnar::bare_results(
        program,
        source,
        (run, &only, Given::NOTHING),
        &Counting(slot),
        &mut deliver,
    )?;
    Ok(of_counts(program, run.as_of, &counts, (slot, options)))
}

/// What the declaration of a slot is worth over the register of a run.
pub fn distribution(
    program: &Program,
    run: &Run,
    slot: usize,
    options: &ExplainOptions,
) -> Distribution {
    let mut counts = Counts::new();
    for value in run.outcomes.iter().filter_map(|it| it.values.get(slot)) {
        *counts.entry(value.clone()).or_default() += 1;
    }
    of_counts(program, run.as_of, &counts, (slot, options))
}

/// Counts the values of a declaration, by slot.
struct Counting(usize);

impl Sink for Counting {
    type Open = Counts;
    type Done = Counts;

    fn begin(&self) -> Counts {
        Counts::new()
    }

    fn take(&self, open: &mut Counts, part: &dyn Part) {
        part.count(self.0, &mut |value, count| *open.entry(value).or_default() += count);
    }

    fn join(&self, open: &mut Counts, next: Counts) {
        add(open, next);
    }

    fn end(&self, open: Counts) -> Counts {
        open
    }
}

fn add(own: &mut Counts, more: Counts) {
    more.into_iter().for_each(|(value, count)| *own.entry(value).or_default() += count);
}

fn of_counts(
    program: &Program,
    as_of: Date,
    all: &Counts,
    (slot, options): (usize, &ExplainOptions),
) -> Distribution {
    let linked = program.linked();
    let ty = &linked.decl(slot).ty;
    let hide = sensitive(program, slot, options.reveal);
    let shown = |it: &Value| shown(linked, it, ty, hide);
    let own = upstream(program, slot, false);
    let reads_household = own.iter().any(|it| match it {
        Thing::Field(_) | Thing::Table(_) | Thing::Column(..) | Thing::Scope(_) => true,
        Thing::Codes(_) | Thing::Decl(_) | Thing::Decide(..) | Thing::Check(..) => false,
    });
    let constant = all.keys().next().filter(|_| !reads_household);
    let numbers = numbers(all, ty, &shown);
    let ordered = matches!(ty.kind, TyKind::Bool | TyKind::Member(_));
    let mut counts: Vec<(&Value, usize)> = all.iter().map(|it| (it.0, *it.1)).collect();
    let many = counts.len() > LISTED;
    counts.retain(|it| !(many && numbers.is_some() && it.0.is_present()));
    counts.sort_by_key(|it| (!it.0.is_present(), if ordered { 0 } else { usize::MAX - it.1 }));
    let listed: Vec<Share> = counts
        .iter()
        .take(LISTED)
        .map(|(value, count)| Share { value: shown(value), count: *count })
        .collect();
    let other = counts.iter().skip(LISTED).map(|it| it.1).sum();
    Distribution {
        as_of,
        of: kind(linked, ty),
        households: all.values().sum(),
        constant: constant.map(shown),
        numbers,
        values: listed,
        other,
    }
}

fn numbers(all: &Counts, ty: &Ty, shown: &dyn Fn(&Value) -> Shown) -> Option<Numbers> {
    // In ascending order.
    let all: Vec<(Decimal, usize)> = all
        .iter()
        .filter_map(|it| match it.0 {
            Value::Number(number) => Some((*number, *it.1)),
            _ => None,
        })
        .collect();
    let number = |it: Decimal| shown(&Value::Number(it));
    let whole = |it: usize| i64::try_from(it).ok().map(Decimal::from);
    let count: usize = all.iter().map(|it| it.1).sum();
    let sum = all.iter().try_fold(Decimal::ZERO, |sum, (number, count)| {
        sum.checked_add(number.checked_mul(whole(*count)?, number.places())?)
    });
    let places = ty.as_number().map_or(2, |it| it.places.saturating_add(2));
    let mean = sum.zip(whole(count)).and_then(|(sum, count)| sum.checked_div(count, places));
    let mut below = 0;
    let median = all.iter().find(|(_, own)| {
        below += own;
        below > count.saturating_sub(1) / 2
    });
    Some(Numbers {
        count,
        least: number(all.first()?.0),
        median: number(median?.0),
        mean: mean.map(number),
        greatest: number(all.last()?.0),
    })
}

/// Everything that a declaration reads, by itself or through others; with `all` also what it reads of
/// other households.
fn upstream(program: &Program, slot: usize, all: bool) -> BTreeSet<Thing> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![Thing::Decl(slot)];
    while let Some(thing) = waiting.pop() {
        for (read, edge) in program.graph().reads(thing) {
            if (all || edge == Edge::Reads) && found.insert(read) {
                waiting.push(read);
            }
        }
    }
    found
}

fn sensitive(program: &Program, slot: usize, reveal: bool) -> bool {
    let all = mask::sensitive_decls(program.linked());
    !reveal && all.get(slot).copied().unwrap_or(false)
}

fn shown(linked: &Linked, value: &Value, ty: &Ty, hide: bool) -> Shown {
    let shown = Shown::new(linked, value, ty);
    if hide && shown.state == State::Present {
        let text = Masking::Hidden.show(true, &shown.text.zh).into_owned();
        return Shown::masked(value, &text);
    }
    shown
}

/// What kind of value a type has, in words.
fn kind(linked: &Linked, ty: &Ty) -> Said {
    match &ty.kind {
        TyKind::Bool => Said::both("是否", "yes or no"),
        TyKind::Date => Said::both("日期", "date"),
        TyKind::Text => Said::both("文本", "text"),
        TyKind::Frequency => Said::both("频次", "frequency"),
        TyKind::Unknown => Said::both("不明", "unknown"),
        TyKind::Member(it) => Said::same(linked.enumeration(it.slot.index()).name.to_string()),
        TyKind::Code(it) => {
            let name = &linked.code_table(it.slot.index()).name;
            Said::both(format!("代码（{name}）"), format!("code ({name})"))
        }
        TyKind::Number(it) => match &it.unit {
            Unit::Plain | Unit::Count(None) => Said::both("数", "number"),
            Unit::Count(Some(word)) => {
                Said::both(format!("数（{word}）"), format!("number ({word})"))
            }
            Unit::Money => Said::both("金额", "money"),
            Unit::Ratio => Said::both("比率", "ratio"),
            Unit::Points => Said::both("分值", "points"),
            Unit::Days => Said::both("时长（天）", "duration (days)"),
            Unit::Months => Said::both("时长（月）", "duration (months)"),
        },
    }
}
