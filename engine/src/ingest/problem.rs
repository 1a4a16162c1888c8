//! What can be wrong with delivered data: cells, rows, files, each with a stable code and its words
//! in Chinese and English.
//!
//! `R02…` are reasons why a row was quarantined or a cell read as missing, `D01…` reasons why a
//! delivery cannot be loaded at all. A code is never reused.

use std::fmt;
use std::sync::Arc;

use heng_dsl::diag::{Lang, Words};
use heng_dsl::model::Responsibility;
use serde::Serialize;

/// Where a row stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// The file, by its name in the folder.
    pub file: Arc<str>,
    /// CSV: the line of the file on which the row begins, from 1. Parquet: the number of the row,
    /// from 1.
    pub line: u64,
}

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
}

/// A fault for which a row was not used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BadRow {
    /// Where it stands.
    pub place: Place,
    /// The table, by name.
    pub table: Arc<str>,
    /// The household, as far as it is known.
    pub household: Option<Arc<str>>,
    /// The column as the file heads it; absent where the whole row is at fault.
    pub column: Option<Arc<str>>,
    /// What the cell holds, as written. Hidden in every output where `sensitive`.
    #[serde(skip)]
    pub value: String,
    /// The field is declared 敏感.
    pub sensitive: bool,
    /// Why.
    pub fault: RowFault,
    /// Who answers for the table.
    #[serde(skip)]
    pub responsibility: Arc<Responsibility>,
}

/// A cell that was read as missing because it could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BadCell {
    /// Where its row stands.
    pub place: Place,
    /// The table, by name.
    pub table: Arc<str>,
    /// The household.
    pub household: Option<Arc<str>>,
    /// The column as the file heads it.
    pub column: Arc<str>,
    /// What it holds, as written. Hidden in every output where `sensitive`.
    #[serde(skip)]
    pub value: String,
    /// The field is declared 敏感.
    pub sensitive: bool,
    /// Why.
    pub fault: CellFault,
    /// Who answers for the table.
    #[serde(skip)]
    pub responsibility: Arc<Responsibility>,
}

/// Something worth knowing that changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// Columns of a file that no field asks for.
    UnusedColumns {
        /// The file.
        file: String,
        /// Their headers.
        columns: Vec<String>,
    },
    /// Optional fields for which a file has no column; they are missing for every row.
    AbsentColumns {
        /// The file.
        file: String,
        /// The names of the fields.
        fields: Vec<String>,
    },
    /// Files in the folder that belong to no table.
    UnusedFiles(Vec<String>),
    /// Rows that repeat an earlier row of the same key word for word; one of them was used.
    Repeated {
        /// The file.
        file: String,
        /// How many rows were left out.
        rows: u64,
    },
    /// Rows that are alike in a table without a key; all were used, since nothing says that they
    /// are the same event.
    Alike {
        /// The file.
        file: String,
        /// How many rows have an equal before them.
        rows: u64,
    },
    /// Rows with line breaks inside a cell, which may be meant, or a quote that was closed too late.
    OverLines {
        /// The file.
        file: String,
        /// How many rows.
        rows: u64,
    },
    /// The data do not state 截至.
    NoCutoff,
    /// Columns of an earlier result that nothing recorded is named like.
    UnusedResults {
        /// The file.
        file: String,
        /// Their headers.
        columns: Vec<String>,
    },
    /// Earlier results of households that are not in the register.
    ResultsOfOthers {
        /// The file.
        file: String,
        /// How many.
        rows: u64,
    },
}

/// Everything noticed while loading, in the order of files and lines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Problems {
    /// How many rows were quarantined.
    pub quarantined: u64,
    /// Why rows were quarantined: an entry a fault, so that one row may have several.
    pub bad_rows: Vec<BadRow>,
    /// Cells read as missing.
    pub bad_cells: Vec<BadCell>,
    /// Notes.
    pub notes: Vec<Note>,
}

/// Why a delivery cannot be loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LoadError {
    /// Everything that stands in the way; never empty.
    pub problems: Vec<LoadProblem>,
    /// The rows and cells found so far, where loading stopped because there are too many.
    pub found: Option<Box<Problems>>,
}

/// Something that stands in the way of loading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LoadProblem {
    /// `D0101`: the folder or a file cannot be read.
    Unreadable {
        /// The path.
        path: String,
        /// What the system said.
        why: String,
    },
    /// `D0102`: a table has no file.
    NoTable {
        /// The names that its file may have.
        table: String,
        /// The file in the folder whose name is nearest.
        nearest: Option<String>,
    },
    /// `D0103`: a table has several files.
    SeveralFiles {
        /// The table.
        table: String,
        /// The files.
        files: Vec<String>,
    },
    /// `D0104`: a required column is not there.
    NoColumn {
        /// The file.
        file: String,
        /// The field.
        field: String,
        /// The header that is nearest.
        nearest: Option<String>,
    },
    /// `D0105`: several columns of a file stand for one field.
    SeveralColumns {
        /// The file.
        file: String,
        /// The field.
        field: String,
        /// The headers.
        columns: Vec<String>,
    },
    /// `D0106`: text in neither UTF-8 nor GB18030.
    Encoding {
        /// The file.
        file: String,
        /// The line of the first byte that cannot be read.
        line: u64,
    },
    /// `D0107`: a file is damaged, or written in a way that cannot be read.
    Damaged {
        /// The file.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// `D0108`: a column of a Parquet file has a type that cannot be read exactly.
    ColumnType {
        /// The file.
        file: String,
        /// Its header.
        column: String,
        /// Its type.
        found: String,
    },
    /// `D0109`: `data.toml` or a mapping cannot be understood.
    Settings {
        /// The file.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// `D0110`: a mapping names a table or a field that does not exist.
    UnknownMapping {
        /// What it names.
        name: String,
        /// What it may have meant.
        nearest: Option<String>,
    },
    /// `D0111`: more rows are bad than allowed.
    TooManyBad {
        /// Bad rows.
        found: u64,
        /// Allowed.
        allowed: u64,
    },
    /// `D0114`: a quote is opened and never closed, so that the rest of the file is one cell.
    OpenQuote {
        /// The file.
        file: String,
        /// The line of the row in which it is opened.
        line: u64,
    },
    /// `D0112`: the linked packages declare no household with a key.
    NoSubject,
    /// `D0113`: two result files have a result of one household and one date.
    ResultTwice {
        /// One file.
        file: String,
        /// The other one.
        other: String,
        /// The date.
        as_of: String,
    },
}

impl LoadError {
    /// One problem.
    pub(crate) fn one(problem: LoadProblem) -> Self {
        Self { problems: vec![problem], found: None }
    }
}

impl From<Vec<LoadProblem>> for LoadError {
    fn from(problems: Vec<LoadProblem>) -> Self {
        Self { problems, found: None }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, it) in self.problems.iter().enumerate() {
            let line = if at == 0 { "" } else { "\n" };
            write!(f, "{line}{}: {}", it.code(), it.words().of(Lang::En))?;
        }
        Ok(())
    }
}

impl std::error::Error for LoadError {}

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
        }
    }
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
        }
    }
}
