//! Direct determinations and data-quality rules.

use serde::{Deserialize, Serialize};

use super::{Condition, Expr, Id, Legal, Let, Origin, Ref, Responsibility, Version};

/// 直接判定: sets a grade, or shifts it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Decide {
    /// The alias, else the name.
    pub id: Id,
    /// Its name.
    pub name: Id,
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The classification of this set that it acts on.
    pub target: Ref,
    /// 优先
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub first: bool,
    /// Shifts declared to add up do so with each other.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub adds_up: bool,
    /// The rules with their periods. [`Version::content`] is [`Content::Condition`].
    pub versions: Vec<(DecideEffect, Version)>,
}

/// What a direct determination does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DecideEffect {
    /// 定为: the member of the grade
    Set(u16),
    /// 上调, towards high risk
    Raise {
        /// Number of grades.
        by: u16,
        /// 不超过
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<u16>,
    },
    /// 下调, towards low risk
    Lower {
        /// Number of grades.
        by: u16,
        /// 不低于
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<u16>,
    },
}

/// 校验: how the data ought to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// The alias, else the name.
    pub id: Id,
    /// Its name.
    pub name: Id,
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Legal basis and note.
    #[serde(default, skip_serializing_if = "Legal::is_empty")]
    pub legal: Legal,
    /// What it is about.
    pub scope: CheckScope,
    /// 级别
    pub level: CheckLevel,
    /// Whom it is about (适用).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applies: Option<Condition>,
    /// 取
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lets: Vec<Let>,
    /// 要求: what must hold; for records the record is bound.
    pub require: Expr,
    /// Who is responsible, where it differs from the table.
    #[serde(default, skip_serializing_if = "Responsibility::is_empty")]
    pub responsibility: Responsibility,
    /// Where it comes from.
    #[serde(default)]
    pub origin: Origin,
}

/// What a data-quality rule is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CheckScope {
    /// Each household.
    Household,
    /// Each record of the table.
    Records(Ref),
    /// The table as a whole: the sources of the rule are the records of all households.
    Table(Ref),
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CheckLevel {
    /// 提示
    Note,
    /// 警告
    Warning,
    /// 错误
    Error,
}
