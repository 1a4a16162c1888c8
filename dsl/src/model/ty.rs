//! Types: what an expression is worth, in which unit, to how many places, and whether it may be missing.

use serde::{Deserialize, Serialize};

use super::Ref;

/// The type of an expression.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ty {
    /// What kind of value.
    pub kind: TyKind,
    /// 可缺: it may be missing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
}

/// A kind of value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TyKind {
    /// 是否
    Bool,
    /// A number.
    Number(NumberTy),
    /// 日期
    Date,
    /// 文本
    Text,
    /// A member of an enumeration or a grade.
    Member(Ref),
    /// A key of a code table.
    Code(Ref),
    /// How often: `每 3 年 1 次`.
    Frequency,
    /// Already reported; silent in every later check. Never in a model that was handed out.
    #[serde(skip)]
    Unknown,
}

/// A number with its unit and its static number of decimal places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NumberTy {
    /// What it counts or measures.
    pub unit: Unit,
    /// Decimal places, at most 12 before rounding.
    pub places: u8,
}

/// What a number counts or measures. Different units never mix (`金额 + 分` is an error); a bare
/// number takes the unit of its partner.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A bare number.
    Plain,
    /// A count or a measure; with the word that was declared (`平方米`, `人`), if any.
    Count(Option<String>),
    /// 金额, in yuan.
    Money,
    /// 比率
    Ratio,
    /// 分
    Points,
    /// 天
    Days,
    /// 个月 (a year is twelve)
    Months,
}

impl Ty {
    /// A type that is always there.
    pub fn present(kind: TyKind) -> Self {
        Self { kind, optional: false }
    }

    /// The same kind, possibly missing.
    #[must_use]
    pub fn or_missing(mut self, optional: bool) -> Self {
        self.optional |= optional;
        self
    }

    /// 是否
    pub fn bool() -> Self {
        Self::present(TyKind::Bool)
    }

    /// A number that is always there.
    pub fn number(unit: Unit, places: u8) -> Self {
        Self::present(TyKind::Number(NumberTy { unit, places }))
    }

    /// The number type, if it is one.
    pub fn as_number(&self) -> Option<&NumberTy> {
        match &self.kind {
            TyKind::Number(number) => Some(number),
            _ => None,
        }
    }
}
