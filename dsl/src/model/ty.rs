//! Types: what an expression is worth, in which unit, to how many places, and whether it may be missing.

use serde::{Deserialize, Serialize};

use super::{ProductOp, Ref};

/// The type of an expression.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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

impl Unit {
    /// The unit that two numbers have in common when they are added or compared.
    ///
    /// A bare number and a count without a word take the unit of any count; other units never mix.
    #[must_use]
    pub fn common(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (a, b) if a == b => Some(a.clone()),
            (Self::Plain | Self::Count(None), Self::Plain | Self::Count(None)) => {
                Some(Self::Count(None))
            }
            (Self::Plain | Self::Count(None), Self::Count(Some(_))) => Some(other.clone()),
            (Self::Count(Some(_)), Self::Plain | Self::Count(None)) => Some(self.clone()),
            _ => None,
        }
    }
}

impl ProductOp {
    /// The unit of a product or a quotient.
    #[must_use]
    pub fn unit(self, a: &Unit, b: &Unit) -> Option<Unit> {
        let neutral = |it: &Unit| matches!(it, Unit::Plain | Unit::Count(_));
        match self {
            Self::Multiply => match (a, b) {
                (Unit::Count(x), Unit::Count(y)) => {
                    Some(if x == y { Unit::Count(None) } else { Unit::Plain })
                }
                (Unit::Ratio, Unit::Ratio) => Some(Unit::Ratio),
                (Unit::Ratio, other) | (other, Unit::Ratio) => Some(other.clone()),
                (x, other) | (other, x) if neutral(x) => Some(other.clone()),
                _ => None,
            },
            Self::Divide => match (a, b) {
                (Unit::Plain, Unit::Plain) => Some(Unit::Plain),
                (Unit::Count(_), Unit::Count(_)) => Some(Unit::Ratio),
                (x, y) if x == y => Some(Unit::Ratio),
                (x, y) if neutral(y) || *y == Unit::Ratio => Some(x.clone()),
                _ => None,
            },
        }
    }
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
