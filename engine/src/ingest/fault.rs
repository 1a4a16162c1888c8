//! What can be wrong with a row: a stable code, and words in Chinese and English.
//!
//! A code (`R02…`) is never reused.

use heng_dsl::diag::Words;
use serde::Serialize;

use crate::cell::CellFault;

/// Why a line is no row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LineFault {
    /// It is not one JSON object with something in it.
    NoObject,
    /// A key stands in it twice.
    KeyTwice(String),
    /// It has more bytes than that.
    TooLong(usize),
}

/// Why a row was quarantined.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RowFault {
    /// `R0201`: the row has another number of cells than the header.
    Cells {
        /// Cells in the row.
        found: usize,
        /// Cells in the header.
        header: usize,
        /// Lines over which the row reaches; more than one where a quote was closed too late, and
        /// what stands on them is part of this one row.
        lines: u64,
    },
    /// `R0202`: a cell that has to be filled is empty.
    Empty,
    /// `R0203`–`R0205`: a cell cannot be read, and without it the row cannot be used.
    Cell(CellFault),
    /// `R0206`: another row has the same key and says something else; the line of that row.
    Conflict(u64),
    /// `R0207`: the event belongs to a household that is not in the register.
    UnknownHousehold,
    /// `R0208`: the event belongs to a household whose own row was quarantined.
    HouseholdQuarantined,
    /// `R0214`: a line of JSON Lines cannot be taken apart.
    Line(LineFault),
}

impl RowFault {
    /// What a code of this kind means in general, in a few words.
    pub(crate) fn about(code: &str) -> Words {
        match code {
            "R0201" => Words::both("格数与表头不符", "another number of cells than the header"),
            "R0202" => Words::both("必填而为空", "empty where a value is required"),
            "R0203" => Words::both("必填而读不懂", "unreadable where a value is required"),
            "R0204" => Words::both("没有这一天", "no such day"),
            "R0205" => Words::both("不应为负数", "negative where it should not be"),
            "R0206" => Words::both("主键相同而内容不同", "the same key with different content"),
            "R0207" => Words::both("登记中没有这一户", "no such household in the register"),
            "R0208" => Words::both("本户登记行已隔离", "the household itself is quarantined"),
            "R0209" => Words::both("文本存成了数字", "a number where text is required"),
            "R0210" => Words::both("公式没有存下结果", "a formula without a saved result"),
            "R0211" => Words::both("表格软件的错误值", "an error of the spreadsheet program"),
            "R0212" => Words::both("不是一个值", "a list or an object where one value is required"),
            "R0213" => Words::both("日期带有没有显示的时刻", "a date with a hidden time of day"),
            "R0214" => Words::both("不是一个 JSON 对象", "a line that is no JSON object"),
            other => Words::from(other.to_owned()),
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Cells { .. } => "R0201",
            Self::Empty => "R0202",
            Self::Cell(fault) => fault.code(),
            Self::Conflict(_) => "R0206",
            Self::UnknownHousehold => "R0207",
            Self::HouseholdQuarantined => "R0208",
            Self::Line(_) => "R0214",
        }
    }

    /// One sentence without a full stop.
    pub fn words(&self) -> Words {
        match self {
            Self::Cells { found, header, lines: 1 } => Words::both(
                format!("这一行有{found}格，表头有{header}格"),
                format!("the row has {found} cells, the header has {header}"),
            ),
            Self::Cells { found, header, lines } => Words::both(
                format!("引号使{lines}行连成一行，共{found}格，表头有{header}格"),
                format!(
                    "a quote makes {lines} lines one row with {found} cells; the header has {header}"
                ),
            ),
            Self::Empty => Words::both("必填而为空", "a cell that has to be filled is empty"),
            Self::Cell(fault) => fault.words(),
            Self::Conflict(line) => Words::both(
                format!("与第{line}行主键相同而内容不同，都不采用"),
                format!("the same key as on line {line} with different content; none is used"),
            ),
            Self::UnknownHousehold => {
                Words::both("登记中没有这一户", "there is no such household in the register")
            }
            Self::HouseholdQuarantined => Words::both(
                "这一户的登记行已隔离",
                "the row of the household itself is quarantined",
            ),
            Self::Line(fault) => fault.words(),
        }
    }
}

impl LineFault {
    fn words(&self) -> Words {
        match self {
            Self::NoObject => {
                Words::both("这一行不是一个 JSON 对象", "the line is not one JSON object")
            }
            Self::KeyTwice(key) => Words::both(
                format!("“{key}”在这一行里出现了两次，不知以哪个为准"),
                format!("“{key}” stands twice in the line; which one counts is not clear"),
            ),
            Self::TooLong(bytes) => Words::both(
                format!("这一行超过{bytes}字节"),
                format!("the line is longer than {bytes} bytes"),
            ),
        }
    }
}
