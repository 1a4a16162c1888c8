//! Why a household has its result, as data and as text.
//!
//! An [`Explanation`] is made from the outcome and the trace of one evaluation and from nothing
//! else: it never works a score out a second time. It is the same for every reader; [`Explanation::to_text`]
//! and [`Explanation::to_markdown`] write it as a letter in one language, and serde gives its JSON.

mod account;
mod ahead;
mod answer;
mod apart;
mod data;
mod facts;
mod formula;
mod gaps;
mod grades;
mod holdings;
mod letter;
mod reads;
mod render;
mod words;

use heng_dsl::diag::Lang;
use heng_dsl::model::{Content, DeclKind, Id, Node, RuleSet, TyKind};
use heng_dsl::value::Date;

pub use self::ahead::{
    ActionSet, Advice, GradeChange, NotTried, OpenAction, OtherGrade, Outlook, ReadChange, Reason,
    ReasonKind, Recourse, Reweighed,
};
pub use self::answer::{
    Answer, Distribution, Numbers, Share, answer, distribution, distribution_in_columns,
};
pub(crate) use self::apart::Apart;
pub use self::apart::Why;
pub use self::data::{
    Account, AccountKind, Became, Card, Classified, Decided, Explanation, Facts, Failed,
    GradeResult, Ground, Holding, How, Line, Listed, Measured, MissingField, Named, NotApplicable,
    Overlaid, Provenance, Quarantined, Read, Record, RowHeld, SetUsed, What,
};
pub(crate) use self::gaps::field_owner;
pub(crate) use self::holdings::holds;
pub(crate) use self::reads::Reads;
pub use self::words::{Said, Shown, State};

use self::facts::View;
use crate::data::{Household, Register};
use crate::eval::{Evaluator, evaluate};
use crate::graph::{Graph, Thing};
use crate::outlook::outlook;
use crate::population::PopulationValues;
use crate::program::{Program, RulesUsed};
use crate::recourse::{MOST_TRIED, recourse};
use crate::run::{Outside, Run};

/// What an explanation may show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExplainOptions {
    /// Sensitive values are shown in full instead of masked.
    pub reveal: bool,
    /// Only what holds as of the date: neither an outlook nor what the household can do.
    pub present_only: bool,
}

/// What every result has to say about itself (国市监信发〔2024〕72号: the classification is an internal
/// reference for allocating supervision).
pub fn notice() -> Said {
    Said::both(
        "本结果是市场监管部门配置监管资源的内部参考依据，不是对经营者的信用评价，不得作为公开的信用评价使用。",
        "This result is an internal reference for allocating supervision. It is not a credit evaluation and must not be used as a public one.",
    )
}

/// A household of a register.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// What is known of it.
    pub household: &'a Household,
    /// Its number in the register.
    pub number: usize,
    /// What the functions of the register are worth there.
    pub population: &'a PopulationValues,
    /// The as-of date.
    pub as_of: Date,
    /// 截至 of the register.
    pub cutoff: Option<Date>,
}

/// Why the household with this key has its result in `run`, which was made of this program and this
/// register. `None` where the register has no such household.
pub fn explain(
    program: &Program,
    register: &Register,
    run: &Run,
    key: &str,
    options: &ExplainOptions,
) -> Option<Explanation> {
    let number = register.households.binary_search_by(|it| it.key.as_ref().cmp(key)).ok()?;
    let household = register.households.get(number)?;
    let (population, as_of, cutoff) = (&run.population, run.as_of, register.cutoff);
    Some(explain_one(program, Asked { household, number, population, as_of, cutoff }, options))
}

/// Why a household has its result.
pub fn explain_one(program: &Program, asked: Asked<'_>, options: &ExplainOptions) -> Explanation {
    let Asked { household, number, population, as_of, cutoff } = asked;
    let founded = Evaluator::new(program, as_of).is_founded(household);
    let outside = (!founded).then(|| outside_words(Outside::FoundedLater));
    let (outcome, trace) = evaluate(program, household, population, number, as_of, true);
    let trace = trace.unwrap_or_default();
    let view = View::new(program, household, (&outcome, &trace), as_of, options.reveal);
    let mut explanation = Explanation {
        household: card(&view),
        as_of,
        cutoff,
        sets: sets(&view, program.graph()),
        rules: RulesUsed::of(program),
        outside,
        results: Vec::new(),
        scores: Vec::new(),
        apart: Vec::new(),
        tags: Vec::new(),
        alerts: Vec::new(),
        lists: Vec::new(),
        measures: Vec::new(),
        outlook: None,
        recourse: None,
        missing: Vec::new(),
        not_applicable: Vec::new(),
        errors: Vec::new(),
        quarantined: gaps::quarantined(&view),
        notice: notice(),
    };
    if explanation.outside.is_none() {
        fill(&mut explanation, &view);
        if !options.present_only {
            look_ahead(&mut explanation, &view, population, number);
        }
    }
    explanation
}

/// When the grades change by themselves, and what the household can do about them.
fn look_ahead(
    explanation: &mut Explanation,
    view: &View<'_>,
    population: &PopulationValues,
    number: usize,
) {
    let (program, household, as_of) = (view.program, view.household, view.as_of);
    let outlook = outlook(program, household, population, number, as_of);
    let recourse = recourse(program, household, population, number, as_of, MOST_TRIED);
    let noted = (view.outcome, view.trace);
    // Both name records by their numbers in the household as it is known on the as-of date.
    let known = View::new(program, &outlook.known, noted, as_of, view.reveal);
    explanation.outlook = Some(ahead::outlook(&known, &outlook));
    let known = View::new(program, &recourse.known, noted, as_of, view.reveal);
    explanation.recourse = Some(ahead::recourse(&known, &recourse));
}

/// Why a household is outside the population, in words.
pub(crate) fn outside_words(why: Outside) -> Said {
    match why {
        Outside::FoundedLater => Said::both(
            "本户在基准日之后成立，不在本次分类的总体之内",
            "the household was founded after the as-of date and is outside the population",
        ),
    }
}

/// Everything that a household outside the population does not have.
fn fill(explanation: &mut Explanation, view: &View<'_>) {
    explanation.results = grades::results(view);
    explanation.scores = accounts(view, |kind| *kind == DeclKind::Total);
    explanation.apart = accounts(view, |kind| {
        matches!(kind, DeclKind::Indicator { dimension: None, .. } | DeclKind::Merge)
    });
    let classified = classified_by(view);
    explanation.apart.extend(classified.into_iter().filter_map(|it| account::account(view, it)));
    explanation.tags = holdings::tags(view);
    explanation.alerts = holdings::alerts(view);
    explanation.lists = holdings::lists(view);
    explanation.measures = holdings::measures(view);
    explanation.missing = gaps::missing(view);
    explanation.not_applicable = gaps::not_applicable(view);
    explanation.errors = gaps::errors(view);
}

fn accounts(view: &View<'_>, wanted: impl Fn(&DeclKind) -> bool) -> Vec<Account> {
    let slots = view.slots().filter(|it| wanted(&view.linked.decl(*it).kind));
    slots.filter_map(|it| account::account(view, it)).collect()
}

/// Each 值 that a 分类 goes by; 总分 and 合成 have accounts of their own.
fn classified_by(view: &View<'_>) -> Vec<usize> {
    let mut found = Vec::new();
    for slot in view.slots() {
        if !matches!(view.linked.decl(slot).kind, DeclKind::Classify { .. }) {
            continue;
        }
        let Some(Content::Table(table)) = view.version(slot).map(|it| &it.content) else {
            continue;
        };
        for column in &table.columns {
            let Node::Decl(it) = &column.node else { continue };
            let by = it.slot.index();
            if view.linked.decl(by).kind == DeclKind::Value && !found.contains(&by) {
                found.push(by);
            }
        }
    }
    found
}

fn card(view: &View<'_>) -> Card {
    let subject = view.linked.subject();
    let key = subject.as_ref().map(|it| it.key);
    let all = (0..view.linked.fields().len())
        .filter(|it| Some(*it) != key && view.linked.field(*it).derived.is_none());
    let present = |it: &Read| it.value.state == State::Present;
    let fields = all.clone().map(|it| view.field(it)).filter(present).collect();
    let since = subject.as_ref().and_then(|it| it.since);
    let says_who = |it: &usize| {
        let kind = &view.linked.field(*it).ty.kind;
        Some(*it) == since || matches!(kind, TyKind::Text | TyKind::Code(_))
    };
    let identity = all.filter(says_who).map(|it| view.field(it)).filter(present).collect();
    Card {
        key: key.map_or_else(|| view.household.key.to_string(), |it| view.key(it)),
        subject: subject.map_or_else(String::new, |it| it.subject.name.to_string()),
        fields,
        identity,
    }
}

/// The package that is 基于 another one and takes its place for this household, unless a third one
/// reads the other.
fn replaced_by(view: &View<'_>, graph: &Graph, base: usize) -> Option<Id> {
    let packages = &view.linked.packages;
    let extends = |at: usize, it: &RuleSet| {
        it.uses.iter().any(|it| it.extends && view.linked.used(at, it) == Some(base))
    };
    let applies = |at: usize| !view.trace.out_of_scope.contains(&at);
    let (by, _) = packages.iter().enumerate().find(|(at, it)| extends(*at, it) && applies(*at))?;
    let others = (0..view.linked.decls().len()).filter(|it| view.linked.package_of(*it) != base);
    let is_of_base =
        |thing: &Thing| matches!(thing, Thing::Decl(it) if view.linked.package_of(*it) == base);
    let mut others = others.map(|it| graph.reads(Thing::Decl(it)));
    let read = others.any(|it| it.iter().any(|(thing, _)| is_of_base(thing)));
    (!read).then(|| view.linked.name_of(by))
}

fn sets(view: &View<'_>, graph: &Graph) -> Vec<SetUsed> {
    let shown = view.program.shown().iter();
    let sets = shown.filter_map(|at| Some((*at, view.linked.packages.get(*at)?)));
    // A data standard has nothing to apply.
    let sets = sets.filter(|(_, set)| !set.decls.is_empty());
    sets.map(|(at, set)| SetUsed {
        package: view.linked.name_of(at),
        title: set.title.clone(),
        version: set.version.clone(),
        basis: set.legal.basis.clone(),
        applies: !view.trace.out_of_scope.contains(&at),
        replaced_by: replaced_by(view, graph, at),
    })
    .collect()
}

impl Explanation {
    /// As a letter in plain text, in one language.
    pub fn to_text(&self, lang: Lang) -> String {
        render::text(&letter::letter(self, lang))
    }

    /// As a letter in Markdown, in one language.
    pub fn to_markdown(&self, lang: Lang) -> String {
        render::markdown(&letter::letter(self, lang))
    }

    /// As JSON, with both languages.
    ///
    /// # Errors
    ///
    /// None that this type can cause; serde's signature has one.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }
}
