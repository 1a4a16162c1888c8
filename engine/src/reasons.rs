//! Reason codes: which clauses of each rule a result rests on, by number.
//!
//! A clause is a row of a table, or a part of a condition that has several; the codes of a rule count its clauses from 1, in
//! the order in which it states them. They are told on request, of all households at once, so that a result file
//! carries its reasons; which records stand behind a clause is told of one household by [`crate::explain`].
//!
//! What has no clauses has no codes: formulas, points of single records (逐条), matrices and merges, whose sides are results of
//! their own, and conditions of one part, whose result says all.

use std::collections::BTreeMap;

use heng_dsl::model::linked::Linked;
use heng_dsl::model::{Condition, Content, Decl, DeclKind, ListRule, Mode, Origin, Table, Version};
use heng_dsl::value::Date;

use crate::outcome::{Step, Trace};

/// The clauses of a rule.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Clauses<'m> {
    /// Rows of which the first one that holds counts.
    First(&'m Table),
    /// Rows that come together.
    Joined(&'m Table),
    /// Parts of a condition.
    Parts(&'m Condition),
    /// Parts of the conditions by which a household comes on a list and leaves it, in this order.
    List(&'m ListRule),
}

impl<'m> Clauses<'m> {
    /// Those of a version of a declaration; nothing where it has none that could be told apart.
    pub(crate) fn of(decl: &Decl, version: &'m Version) -> Option<Self> {
        if matches!(decl.kind, DeclKind::Merge | DeclKind::RecordValue { .. }) {
            return None;
        }
        match &version.content {
            Content::Table(it) if it.mode == Mode::First => Some(Self::First(it)),
            Content::Table(it) => Some(Self::Joined(it)),
            Content::Condition(it) if it.parts.len() > 1 => Some(Self::Parts(it)),
            Content::List(it) => Some(Self::List(it)),
            Content::Condition(_)
            | Content::Formula(_)
            | Content::Each(_)
            | Content::Matrix(_)
            | Content::Source(_)
            | Content::Parts => None,
        }
    }

    /// The codes of what a step noted, ascending.
    fn codes(self, step: &Step) -> Vec<usize> {
        let numbers: Vec<usize> = match self {
            Self::First(_) | Self::Joined(_) => step.rows.clone(),
            Self::Parts(_) => step.parts.clone(),
            Self::List(it) => {
                let removed = step.removed.iter().map(|at| it.admit.parts.len() + at);
                step.parts.iter().copied().chain(removed).collect()
            }
        };
        numbers.into_iter().map(|it| it + 1).collect()
    }

    /// How many there are.
    pub(crate) fn len(self) -> usize {
        match self {
            Self::First(it) | Self::Joined(it) => it.rows.len(),
            Self::Parts(it) => it.parts.len(),
            Self::List(it) => {
                it.admit.parts.len() + it.remove.as_ref().map_or(0, |it| it.parts.len())
            }
        }
    }

    /// Each as its author wrote it, and where it comes from.
    fn texts(self) -> Vec<(&'m str, &'m Origin)> {
        let parts = |it: &'m Condition| {
            let text = |at: usize| it.texts.get(at).map_or("", String::as_str);
            (0..it.parts.len()).map(move |at| (text(at), &it.origin)).collect::<Vec<_>>()
        };
        match self {
            Self::First(it) | Self::Joined(it) => {
                it.rows.iter().map(|it| (it.text.as_str(), &it.origin)).collect()
            }
            Self::Parts(it) => parts(it),
            Self::List(it) => {
                let removed = it.remove.as_ref().map(parts).unwrap_or_default();
                parts(&it.admit).into_iter().chain(removed).collect()
            }
        }
    }
}

/// The version of a declaration that is in force, and its clauses.
pub(crate) fn in_force(
    linked: &Linked,
    slot: usize,
    as_of: Date,
) -> Option<(&Version, Clauses<'_>)> {
    let decl = linked.decl(slot);
    let version = decl.versions.iter().find(|it| it.period.contains(as_of))?;
    Some((version, Clauses::of(decl, version)?))
}

/// What a trace tells: the codes of each declaration that has any, by slot.
pub(crate) fn of_trace(linked: &Linked, trace: &Trace) -> Vec<(usize, Vec<usize>)> {
    let codes = |step: &Step| {
        let decl = linked.decl(step.decl);
        let codes = Clauses::of(decl, decl.versions.get(step.version?)?)?.codes(step);
        (!codes.is_empty()).then_some((step.decl, codes))
    };
    let codes: BTreeMap<usize, Vec<usize>> = trace.steps.iter().filter_map(codes).collect();
    codes.into_iter().collect()
}

/// What a code stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReasonCode {
    /// The declaration, by slot.
    pub slot: usize,
    /// The code: the number of a clause of its rule, from 1; of a direct determination its name.
    pub code: String,
    /// The clause as its author wrote it; of a determination the parts of its condition.
    pub clause: String,
    /// What it rests on: of an amended clause the basis of the amendment, and that of the rule.
    pub basis: Vec<String>,
}

/// What the codes of declarations stand for on a date, in order.
pub fn legend(linked: &Linked, slots: &[usize], as_of: Date) -> Vec<ReasonCode> {
    let codes = slots.iter().filter_map(|slot| Some((*slot, in_force(linked, *slot, as_of)?)));
    let codes = codes.flat_map(|(slot, (version, clauses))| {
        let texts = (1_usize..).zip(clauses.texts());
        texts.map(move |(code, (clause, origin))| ReasonCode {
            slot,
            code: code.to_string(),
            clause: clause.to_owned(),
            basis: basis([origin].into_iter(), version),
        })
    });
    codes.collect()
}

/// What the direct determinations of classifications are on a date, in order.
pub fn determinations(linked: &Linked, slots: &[usize], as_of: Date) -> Vec<ReasonCode> {
    let each = slots.iter().flat_map(|slot| linked.decides(*slot).map(|it| (*slot, it)));
    let each = each.filter_map(|(slot, decide)| {
        let (_, version) = decide.versions.iter().find(|it| it.1.period.contains(as_of))?;
        let Content::Condition(condition) = &version.content else { return None };
        Some(ReasonCode {
            slot,
            code: decide.name.to_string(),
            clause: condition.texts.join("; "),
            basis: basis([&condition.origin].into_iter(), version),
        })
    });
    each.collect()
}

/// What clauses of a version rest on: what amended them before what the version itself names.
pub(crate) fn basis<'v>(
    clauses: impl Iterator<Item = &'v Origin>,
    version: &'v Version,
) -> Vec<String> {
    let amended = clauses.filter_map(|it| it.amendment.as_ref()).flat_map(|it| &it.basis);
    let mut all: Vec<String> = Vec::new();
    for it in amended.chain(&version.legal.basis) {
        if !all.contains(it) {
            all.push(it.clone());
        }
    }
    all
}
