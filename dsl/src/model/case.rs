//! Tests, promises, actions of a household, and clauses of the policy document.

use serde::{Deserialize, Serialize};

use super::{Column, Condition, Expr, Id, Legal, Origin, Ref, Source};
use crate::value::{Date, Period, Value};

/// 用例: given data, expected results. It runs on the same path as a run: the households given are
/// the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Its title.
    pub title: String,
    /// The as-of date.
    pub as_of: Date,
    /// Legal basis and note.
    #[serde(default, skip_serializing_if = "Legal::is_empty")]
    pub legal: Legal,
    /// The household in question, with what 沿用 takes over already put in.
    pub household: GivenHousehold,
    /// 另有: how many more households of which fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<(u32, GivenHousehold)>,
    /// What must come out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expect: Vec<Expectation>,
    /// Where it stands.
    #[serde(default)]
    pub origin: Origin,
}

/// Data of a household in a case. Required fields that are not given are an error when they are read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GivenHousehold {
    /// Its fields.
    pub fields: Vec<(Ref, Value)>,
    /// Its records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<GivenRecord>,
    /// 历次结果, in the order written; what is not strictly before the as-of date is not seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<GivenResult>,
}

/// An earlier result of the household in a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GivenResult {
    /// Its as-of date.
    pub as_of: Date,
    /// What declarations were worth then; others were not recorded.
    pub values: Vec<(Ref, Value)>,
}

/// A record of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GivenRecord {
    /// The table.
    pub table: Ref,
    /// The fields; others are missing, or their default.
    pub fields: Vec<(Column, Value)>,
}

/// What a case expects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Expectation {
    /// A declaration is worth this; 缺失 and 不适用 as their non-values.
    Worth(Ref, Value),
    /// A column of a measure is worth this.
    Measure(Ref, Id, Value),
    /// 缺失：（…）: exactly these fields of the household were read and missing.
    Missing(Vec<Ref>),
    /// 标注：…, 预警：…, 名单：…: these, and no others of that kind, hold.
    Holding {
        /// 标注, 预警 or 名单
        kind: HoldingKind,
        /// The declarations.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        decls: Vec<Ref>,
    },
    /// 直接判定：…: exactly these hit.
    Decides(Vec<Id>),
    /// 缘由 of a declaration contains this text.
    Reason(Ref, String),
    /// `？`: what comes out is not written down yet; the case fails until it is.
    Open(Asked),
}

/// What an expectation that is still open is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// Everything that the package says of the household: `期望 ？`.
    Everything,
    /// A declaration.
    Worth(Ref),
    /// A column of a measure.
    Measure(Ref, Id),
    /// 缺失
    Missing,
    /// 标注, 预警 or 名单
    Holding(HoldingKind),
    /// 直接判定
    Decides,
}

/// A kind of declaration that holds or does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum HoldingKind {
    /// 标注
    Tag,
    /// 预警
    Alert,
    /// 名单
    List,
}

/// 保证: a promise about every possible household.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Guarantee {
    /// A record more, or one that is removed, does not move the grade that way.
    Records {
        /// 新增, or 移出
        adding: bool,
        /// The table.
        table: Ref,
        /// 不恶化 instead of 不改善
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        worsens: bool,
        /// The grade.
        target: Ref,
    },
    /// Every member of the grade is reached by some household.
    Reachable(Ref),
    /// Whenever the first holds, so does the second.
    Implies(Box<Expr>, Box<Expr>),
    /// Compared with another set the grade moves at most this far.
    Against {
        /// The other set.
        package: Id,
        /// The grade.
        target: Ref,
        /// Number of members.
        by: u16,
    },
    /// When one grade gets worse, another does not move that way.
    Worsening {
        /// The grade that gets worse.
        cause: Ref,
        /// 不恶化 instead of 不改善
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        worsens: bool,
        /// The other grade.
        target: Ref,
    },
    /// No household is hit by both of two 直接判定.
    Apart {
        /// The classification that both act on.
        target: Ref,
        /// The one, by its id.
        first: Id,
        /// The other one.
        second: Id,
    },
}

/// 行动: what a household can do itself about a record or a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// The alias, else the name.
    pub id: Id,
    /// Its name.
    pub name: Id,
    /// Legal basis and note.
    #[serde(default, skip_serializing_if = "Legal::is_empty")]
    pub legal: Legal,
    /// 生效: the day on which it is done lies in this period.
    #[serde(default, skip_serializing_if = "Period::is_always")]
    pub period: Period,
    /// 对: the records of a table or a named set, whose elements it is done for one by one; absent for
    /// the household itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<Source>,
    /// When it is open, asked on the as-of date; the element is bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// 渠道
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// 最早: the first date on which it can be done; absent where it can be done at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earliest: Option<Expr>,
    /// 改为: which fields of the element, or of the household, take which values. 基准日 is the day on
    /// which it is done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub becomes: Vec<Assignment>,
    /// 新增: the record that it adds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adds: Option<Addition>,
    /// Where it comes from.
    #[serde(default)]
    pub origin: Origin,
}

/// A field and the value that it takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    /// The field.
    pub field: Assigned,
    /// Its new value.
    pub value: Expr,
}

/// A field that an action gives a value to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Assigned {
    /// Of the household.
    Field(Ref),
    /// Of the record that the action is about.
    Column(Column),
}

/// A record that an action adds. Its event date is the day on which the action is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Addition {
    /// The table.
    pub table: Ref,
    /// Its fields; others are missing, or their default.
    pub fields: Vec<(Column, Expr)>,
}

/// 条款: a numbered clause of the policy document and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PolicyClause {
    /// Its number: `一（六）`.
    pub number: Id,
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Legal basis and note.
    #[serde(default, skip_serializing_if = "Legal::is_empty")]
    pub legal: Legal,
    /// What became of it.
    pub fate: PolicyFate,
    /// Where it stands.
    #[serde(default)]
    pub origin: Origin,
}

/// What became of a clause of the policy document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PolicyFate {
    /// 编入: by these declarations, as kind and name.
    Encoded(Vec<(String, String)>),
    /// 人工: left to people because …
    Manual(String),
    /// 不属此类: not of this kind because …
    OutOfScope(String),
}
