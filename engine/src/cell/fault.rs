//! Why a cell does not hold what its field is declared to hold: a stable code, and words in Chinese and English.
//!
//! A code (`R02…`) is never reused.

use heng_dsl::diag::Words;
use serde::Serialize;

/// What a cell should have held.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    /// 整数
    Whole,
    /// A number with at most that many decimal places.
    Number(u8),
    /// 金额
    Money,
    /// 比率: 0.05 or 5%
    Ratio,
    /// 日期
    Date,
    /// 是否
    Bool,
    /// A member of the enumeration or grade of that name.
    Member(String),
    /// 文本
    Text,
    /// A kind of value that no file can hold.
    Nothing,
}

/// Why a cell could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CellFault {
    /// It is not what the field holds.
    Unreadable(Expected),
    /// It has more decimal places than the field; data are never rounded.
    Places(u8),
    /// It has more than 38 digits.
    Digits,
    /// It is written like a date, but there is no such day.
    ImpossibleDate,
    /// It is below zero, and the field does not say 可负.
    Negative,
    /// A field of text holds a number: leading zeros, or digits behind the fifteenth, may be gone.
    NumberForText,
    /// A formula whose value was not saved; formulas are never worked out.
    NoValue,
    /// The cell holds an error of the spreadsheet program.
    ErrorValue,
    /// A list or an object stands where one value should.
    Nested,
    /// A date that is shown without a time of day has one.
    HiddenTime,
}

impl Expected {
    /// What should stand in the cell: `整数`, `a whole number`.
    pub fn words(&self) -> Words {
        match self {
            Self::Whole => Words::both("整数", "a whole number"),
            Self::Number(places) => Words::both(
                format!("至多{places}位小数的数"),
                format!("a number with at most {places} decimal places"),
            ),
            Self::Money => {
                Words::both("金额（不带千位分隔）", "an amount of money (without separators)")
            }
            Self::Ratio => Words::both("比率（0.05 或 5%）", "a ratio (0.05 or 5%)"),
            Self::Date => Words::both("日期", "a date"),
            Self::Bool => Words::both("“是”或“否”", "yes or no"),
            Self::Member(of) => Words::both(format!("“{of}”之一"), format!("one of “{of}”")),
            Self::Text => Words::both("文本", "text"),
            Self::Nothing => {
                Words::both("（文件中不能有这种值）", "a kind of value that no file holds")
            }
        }
    }
}

impl CellFault {
    /// What bad cells are in general, in a few words.
    pub(crate) fn about() -> Words {
        Words::both("可缺而读不懂，按缺失", "unreadable and optional, read as missing")
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) | Self::Places(_) | Self::Digits => "R0203",
            Self::ImpossibleDate => "R0204",
            Self::Negative => "R0205",
            Self::NumberForText => "R0209",
            Self::NoValue => "R0210",
            Self::ErrorValue => "R0211",
            Self::Nested => "R0212",
            Self::HiddenTime => "R0213",
        }
    }

    /// One sentence without a full stop.
    pub fn words(&self) -> Words {
        match self {
            Self::Unreadable(expected) => {
                let what = expected.words();
                Words::both(format!("这里应当是{}", what.zh), format!("this should be {}", what.en))
            }
            Self::Places(places) => Words::both(
                format!("小数超过{places}位，数据不作舍入"),
                format!("more than {places} decimal places; data are never rounded"),
            ),
            Self::Digits => Words::both("超过三十八位数字", "more than 38 digits"),
            Self::ImpossibleDate => Words::both("没有这一天", "there is no such day"),
            Self::Negative => Words::both("不应为负数", "a negative number should not stand here"),
            Self::NumberForText => Words::both(
                "这里应当是文本而存成了数字，前导零和第十五位以后的数字可能已经丢失；请把这一列设为文本，从来源重新导出",
                "this should be text and is a number, which may have lost leading zeros and digits behind \
                 the fifteenth; make the column text and export it again from its source",
            ),
            Self::NoValue => Words::both(
                "公式没有存下结果，衡不计算公式；请用 Excel 或 WPS 打开后重新保存",
                "a formula whose result was not saved; formulas are not worked out here: open the file in \
                 a spreadsheet program and save it again",
            ),
            Self::ErrorValue => Words::both(
                "这一格是表格软件的错误值",
                "the cell holds an error of the spreadsheet program",
            ),
            Self::Nested => Words::both(
                "这里应当是一个值，不是一组或一个对象",
                "one value should stand here, no list and no object",
            ),
            Self::HiddenTime => Words::both(
                "日期带有没有显示出来的时刻，不知是不是这一天；请改为整天，或按日期和时间显示",
                "the date has a time of day that is not shown, so the day may not be meant; make it a \
                 whole day, or show it with its time",
            ),
        }
    }
}
