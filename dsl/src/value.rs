//! The exact values that rules compute with: decimals, dates, periods, frequencies, grades.
//!
//! No binary floating point appears anywhere below this line, and nothing here reads the clock. A
//! value that does not fit is an error of the row that it belongs to (`language.md` §3.2), which is
//! why every operation that can overflow returns an `Option` or a `Result`.

mod date;
mod decimal;

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use self::date::{Date, Period, TimeUnit};
pub use self::decimal::{Decimal, MAX_DIGITS, Rounding};

/// What an expression is worth for one household, or one of the three reasons why it is worth
/// nothing, which stay apart (缺失, 不适用, 错误; `language.md` §3.3, §3.13, §3.17).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// 缺失: the data do not say.
    Missing,
    /// 不适用: the rule is not about this household, or not in force.
    NotApplicable,
    /// 错误: the value could not be worked out; the fault stays on this household's row.
    Error(Fault),
    /// 是 or 否.
    Bool(bool),
    /// A number of any unit; the unit stands in the type.
    Number(Decimal),
    /// A civil date.
    Date(Date),
    /// Text, and the key of a code table.
    Text(Arc<str>),
    /// The position of a member in its 枚举 or 等级, from 0; in a 等级 also its rank from low risk.
    Member(u16),
    /// How often a measure is due.
    Frequency(Frequency),
}

impl Value {
    /// A value of type 文本.
    pub fn text(text: &str) -> Self {
        Self::Text(Arc::from(text))
    }

    /// A whole number.
    pub fn whole(number: i64) -> Self {
        Self::Number(Decimal::from(number))
    }

    /// Is there a value, and not one of the three non-values?
    pub fn is_present(&self) -> bool {
        !matches!(self, Self::Missing | Self::NotApplicable | Self::Error(_))
    }
}

/// Why a value could not be worked out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The result has more than 38 digits (`R0101`).
    Overflow,
    /// A date outside the years 1 to 9999 (`R0102`).
    DateRange,
    /// No row of a table holds (`R0103`): only possible where data or a stored model break what
    /// the checker proved.
    NoRow,
    /// A missing value stood where the model promises a present one (`R0104`).
    UnexpectedMissing,
    /// The model is used with values of another type than it declares (`R0105`).
    Type,
}

impl Fault {
    /// The stable code under which row errors are counted and shown.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Overflow => "R0101",
            Self::DateRange => "R0102",
            Self::NoRow => "R0103",
            Self::UnexpectedMissing => "R0104",
            Self::Type => "R0105",
        }
    }

    /// One sentence in Chinese and in English.
    pub fn words(&self) -> [&'static str; 2] {
        match self {
            Self::Overflow => ["计算结果超过三十八位", "the result has more than 38 digits"],
            Self::DateRange => {
                ["日期超出公元一年至九九九九年", "the date lies outside the years 1 to 9999"]
            }
            Self::NoRow => ["表中没有一行与这个值相符", "no row of the table holds for this value"],
            Self::UnexpectedMissing => ["该有的值缺失", "a value is missing where one is promised"],
            Self::Type => ["数据的类型与规则不符", "a value has another type than the rules say"],
        }
    }
}

/// How often something is due: `每 3 年 1 次`, `每年 1 至 2 次`, `每年 1 次以上`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Frequency {
    /// Number of units that make one period: 3 in `每 3 年 1 次`.
    pub every: u32,
    /// The unit of the period.
    pub unit: FrequencyUnit,
    /// Least number of times in a period.
    pub least: u32,
    /// Greatest number of times in a period; absent where there is no upper bound (`以上`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<u32>,
}

/// The unit of a [`Frequency`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FrequencyUnit {
    /// 日
    Day,
    /// 周
    Week,
    /// 月
    Month,
    /// 季度
    Quarter,
    /// 半年
    HalfYear,
    /// 年
    Year,
}

impl FrequencyUnit {
    /// The unit in Chinese and in English.
    pub fn words(self) -> [&'static str; 2] {
        match self {
            Self::Day => ["日", "day"],
            Self::Week => ["周", "week"],
            Self::Month => ["月", "month"],
            Self::Quarter => ["季度", "quarter"],
            Self::HalfYear => ["半年", "half-year"],
            Self::Year => ["年", "year"],
        }
    }
}

impl fmt::Display for Frequency {
    /// As the Chinese documents write it: `每 3 年 1 次`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = self.unit.words()[0];
        if self.every == 1 {
            write!(f, "每{unit} {}", self.least)?;
        } else {
            write!(f, "每 {} {unit} {}", self.every, self.least)?;
        }
        match self.most {
            None => write!(f, " 次以上"),
            Some(most) if most == self.least => write!(f, " 次"),
            Some(most) => write!(f, " 至 {most} 次"),
        }
    }
}
