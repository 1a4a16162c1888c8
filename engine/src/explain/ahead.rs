//! What lies ahead of a household: when its grades change by themselves, and what it can do.
//!
//! [`crate::outlook`] and [`crate::recourse`] find it; here it is put in words, with records masked
//! like everywhere in an explanation.

mod outlook;
mod recourse;

use serde::Serialize;

use heng_dsl::model::Id;
use heng_dsl::value::{Date, Decimal, Value};

use super::data::{Ground, Named, Read, Record};
use super::facts::View;
use super::words::{Said, Shown};

pub(super) use self::outlook::outlook;
pub(super) use self::recourse::recourse;

/// How grades change if nothing new happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outlook {
    /// The last day that was looked at.
    pub until: Date,
    /// Every change, by date.
    pub changes: Vec<GradeChange>,
}

/// A grade that changes by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GradeChange {
    /// The first day of the new grade.
    pub date: Date,
    /// The 分类 or 叠加.
    pub name: Named,
    /// The grade until the day before.
    pub from: Shown,
    /// The grade from that day.
    pub to: Shown,
    /// Because of what.
    pub because: Vec<Reason>,
}

/// Something that moved on that day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// What kind of thing: `indicator`, `grade`, `value`, `decide`, `rule`, `scope`.
    pub kind: ReasonKind,
    /// Its name; of a rule set its id.
    pub name: Named,
    /// What it was worth; of a determination whether it hit, of a rule set whether it was about the
    /// household (是, 否); absent for a rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Shown>,
    /// What it is worth now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Shown>,
    /// Of a rule that takes effect, or ends without another in its place: 依据 and where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ground: Option<Ground>,
    /// Records that no longer count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<Record>,
    /// Records that count now and did not before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entered: Vec<Record>,
    /// Records that count for more or less than before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reweighed: Vec<Reweighed>,
    /// Where neither records nor values differ: the fields of the household that the rule reads, whose
    /// age made the difference.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Read>,
    /// Values that were read and differ.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub read: Vec<ReadChange>,
}

/// What kind of thing moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonKind {
    /// 指标 or 融合
    Indicator,
    /// Another 分类 or 叠加; its own change says why.
    Grade,
    /// 值, 维度, 总分 or 合成, where no indicator and no determination moved.
    Value,
    /// 直接判定
    Decide,
    /// Another version of a rule is in force.
    Rule,
    /// 适用 of a rule set.
    Scope,
}

/// A record that counts for more or less.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reweighed {
    /// The record.
    pub record: Record,
    /// Its points before.
    pub before: Decimal,
    /// Its points now.
    pub after: Decimal,
}

/// A value that differs between two days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReadChange {
    /// The local value (取) or the declaration.
    pub name: String,
    /// What it was worth.
    pub before: Shown,
    /// What it is worth now.
    pub after: Shown,
}

/// What the household can do itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recourse {
    /// The actions that are open, each for every record or period.
    pub open: Vec<OpenAction>,
    /// What can be done about each grade that is not the best.
    pub advice: Vec<Advice>,
    /// How many sets of actions were tried, of up to `most_actions` each.
    pub tried: usize,
    /// The most actions that are tried together.
    pub most_actions: usize,
}

/// An action that is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpenAction {
    /// Its name.
    pub name: Id,
    /// The record that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<Record>,
    /// The period that it is about: 2023年.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<Said>,
    /// The first day on which it can be done.
    pub date: Date,
    /// 渠道
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// 依据, 说明 and where it stands.
    pub ground: Ground,
}

/// What can be done about one grade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// The 分类 or 叠加.
    pub name: Named,
    /// Its grade as of the date.
    pub now: Shown,
    /// How many of the open actions could bear on it.
    pub bearing: usize,
    /// The smallest sets of actions that improve it, the best first; at most five.
    pub sets: Vec<ActionSet>,
    /// How many more sets of that size improve it.
    pub more: usize,
    /// Sets that were not tried, because there are too many: by size.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub untried: Vec<NotTried>,
}

/// Actions that together improve a grade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActionSet {
    /// The actions, as numbers (from 0) in the list of those that are open.
    pub actions: Vec<usize>,
    /// How many sets differ from this one only in which of several like records they are about.
    pub alike: usize,
    /// The first day on which all of it can be done, and the day of the grades here.
    pub date: Date,
    /// The grade on that day without any action.
    pub without: Shown,
    /// The grade on that day.
    pub grade: Shown,
    /// Other grades that it changes on that day.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<OtherGrade>,
}

/// Another grade that actions change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OtherGrade {
    /// The 分类 or 叠加.
    pub name: Named,
    /// Without any action.
    pub without: Shown,
    /// With them.
    pub grade: Shown,
}

/// Sets of one size that were not tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct NotTried {
    /// How many actions.
    pub size: usize,
    /// How many sets.
    pub sets: usize,
}

/// A value of a declaration as people read it, discreet.
fn worth(view: &View<'_>, slot: usize, value: &Value) -> Shown {
    view.hide(Shown::new(view.linked, value, &view.linked.decl(slot).ty))
}
