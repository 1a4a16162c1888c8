//! The value of one declaration with its evidence: what `heng eval` says of an expression.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use heng_dsl::model::linked::Linked;
use heng_dsl::model::{Ty, TyKind, Unit};
use heng_dsl::value::{Date, Decimal, Value};

use super::data::{Facts, MissingField};
use super::facts::View;
use super::words::{Said, Shown, State};
use super::{ExplainOptions, gaps, outside_words};
use crate::data::Register;
use crate::eval::evaluate;
use crate::graph::{Edge, Thing};
use crate::mask::{self, Masking};
use crate::program::Program;
use crate::run::Run;

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

/// What the declaration of a slot is worth for the household with that key. `None` where the register
/// has no such household.
pub fn answer(
    program: &Program,
    register: &Register,
    run: &Run,
    key: &str,
    slot: usize,
    options: &ExplainOptions,
) -> Option<Answer> {
    let number = register.households.binary_search_by(|it| it.key.as_ref().cmp(key)).ok()?;
    let household = register.households.get(number)?;
    let (outcome, trace) = evaluate(program, household, &run.population, number, run.as_of, true);
    let trace = trace.unwrap_or_default();
    let view = View::new(program, household, (&outcome, &trace), run.as_of, options.reveal);
    let linked = program.linked();
    let ty = &linked.decl(slot).ty;
    let outside = run.outside.iter().find(|it| it.0.as_ref() == key).map(|it| outside_words(it.1));
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
    Some(Answer {
        household: subject.map_or_else(|| key.to_owned(), |it| view.key(it.key)),
        as_of: run.as_of,
        of: kind(linked, ty),
        value: shown(linked, value, ty, sensitive(program, slot, options.reveal)),
        why: outside.or(why),
        facts: view.facts(slot),
        missing: gaps::missing(&view).into_iter().filter(|it| reads(&view, slot, it)).collect(),
    })
}

/// Is the missing field one that the declaration reads, by itself or through others?
fn reads(view: &View<'_>, slot: usize, missing: &MissingField) -> bool {
    upstream(view.program, slot, true).iter().any(|it| match it {
        Thing::Field(it) => view.linked.field(*it).name.as_ref() == missing.field,
        _ => false,
    })
}

/// What the declaration of a slot is worth over the register.
pub fn distribution(
    program: &Program,
    run: &Run,
    slot: usize,
    options: &ExplainOptions,
) -> Distribution {
    let linked = program.linked();
    let ty = &linked.decl(slot).ty;
    let values: Vec<&Value> = run.outcomes.iter().filter_map(|it| it.values.get(slot)).collect();
    let hide = sensitive(program, slot, options.reveal);
    let shown = |it: &Value| shown(linked, it, ty, hide);
    let own = upstream(program, slot, false);
    let reads_household = own.iter().any(|it| match it {
        Thing::Field(_) | Thing::Table(_) | Thing::Column(..) | Thing::Scope(_) => true,
        Thing::Codes(_) | Thing::Decl(_) | Thing::Decide(..) | Thing::Check(..) => false,
    });
    let constant = values.first().filter(|_| !reads_household);
    let mut counts: BTreeMap<&Value, usize> = BTreeMap::new();
    for it in &values {
        *counts.entry(it).or_default() += 1;
    }
    let numbers = numbers(&values, ty, &shown);
    let ordered = matches!(ty.kind, TyKind::Bool | TyKind::Member(_));
    let mut counts: Vec<(&Value, usize)> = counts.into_iter().collect();
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
        as_of: run.as_of,
        of: kind(linked, ty),
        households: run.outcomes.len(),
        constant: constant.map(|it| shown(it)),
        numbers,
        values: listed,
        other,
    }
}

fn numbers(values: &[&Value], ty: &Ty, shown: &dyn Fn(&Value) -> Shown) -> Option<Numbers> {
    let mut all: Vec<Decimal> = values
        .iter()
        .filter_map(|it| match it {
            Value::Number(it) => Some(*it),
            _ => None,
        })
        .collect();
    all.sort();
    let number = |it: Decimal| shown(&Value::Number(it));
    let sum = all.iter().try_fold(Decimal::ZERO, |sum, it| sum.checked_add(*it));
    let count = i64::try_from(all.len()).ok().map(Decimal::from);
    let places = ty.as_number().map_or(2, |it| it.places.saturating_add(2));
    let mean = sum.zip(count).and_then(|(sum, count)| sum.checked_div(count, places));
    Some(Numbers {
        count: all.len(),
        least: number(*all.first()?),
        median: number(*all.get((all.len() - 1) / 2)?),
        mean: mean.map(number),
        greatest: number(*all.last()?),
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
