//! Result files: one row a household, the same bytes for the same input.
//!
//! [`columns`] says what a file has; `as_csv` and its like write it, one a format; [`Writing`] makes sure
//! that a file is there whole or not at all. Every result states that it is for internal use
//! ([`NOTICE`]).

mod as_csv;
mod as_jsonl;
mod as_parquet;
mod as_xlsx;
mod atomic;
mod cells;
mod columns;
mod file;
mod notice;
mod reasons;

use std::path::Path;
use std::{fmt, io};

use heng_dsl::diag::{Lang, Words};
use heng_dsl::model::DeclKind;
use heng_dsl::model::linked::Linked;
use heng_dsl::value::{Date, Decimal};
use heng_dsl::verify::number_bounds;

use crate::data::Register;
use crate::mask::Masking;
use crate::outcome::Outcome;
use crate::part;

pub(crate) use self::as_csv::{as_written, harmless};
pub use self::atomic::Writing;
pub use self::columns::{OutColumn, OutKind, OutWhat, columns, result_name, shown_fields};
pub(crate) use self::columns::{headers, result_names};
pub use self::file::{Chunk, Encoding, ResultFile};

/// What every result says about itself.
pub const NOTICE: [&str; 2] = [
    "本结果是市场监管部门配置监管资源的内部参考，不是对经营者的公开信用评价，不得对外提供或公示。",
    "This result is an internal reference for allocating supervision. It is not a public credit \
     evaluation of the trader and is not to be published.",
];

/// What a result file is to hold.
#[derive(Debug, Clone)]
pub struct OutputOptions {
    /// Columns by name, in the order wanted; empty for the usual ones. A name is a column's own
    /// name, a declaration (`信用风险`, `通用.信用风险`) or a field of the household.
    pub columns: Vec<String>,
    /// Adds every indicator and value.
    pub all: bool,
    /// Leaves out the households that no rule set is about: those of which every result is 不适用.
    pub in_scope: bool,
    /// Adds the reason codes of every declaration that has any on this date, if they are asked for.
    pub reasons: Option<Date>,
    /// The packages whose results there are: [`crate::program::Program::shown`].
    pub shown: Vec<usize>,
    /// The language of fixed headers and words; rule names stay as they are.
    pub lang: Lang,
    /// Are sensitive values hidden?
    pub masking: Masking,
}

/// The results to write.
#[derive(Debug, Clone, Copy)]
pub struct Results<'r> {
    /// The rule sets.
    pub linked: &'r Linked,
    /// The data, for fields of the household.
    pub register: &'r Register,
    /// The results, in key order.
    pub outcomes: &'r [Outcome],
    /// The as-of date.
    pub as_of: Date,
}

/// The columns of a result file, and what it is about.
#[derive(Debug)]
pub struct Sheet<'r> {
    linked: &'r Linked,
    columns: Vec<OutColumn>,
    /// The names of all declarations, by slot.
    names: Vec<String>,
    /// Between which numbers declarations lie, by slot.
    bounds: Vec<Option<(Decimal, Decimal)>>,
    as_of: Date,
    cutoff: Option<Date>,
    lang: Lang,
    about: Vec<(&'static str, String)>,
    /// The results by which it is told whether any rule set is about a household; empty where all
    /// households are written.
    told_by: Vec<usize>,
}

impl<'r> Sheet<'r> {
    /// The declarations of which it has something, by slot.
    pub fn decls(&self) -> impl Iterator<Item = usize> + '_ {
        self.columns.iter().filter_map(|it| match it.what {
            OutWhat::Decl(slot) | OutWhat::Measure(slot, _) => Some(slot),
            _ => None,
        })
    }

    /// The declarations whose reason codes it has, by slot.
    fn reasons(&self) -> Vec<usize> {
        let reasons = self.columns.iter().filter_map(|it| match it.what {
            OutWhat::Reasons(slot) => Some(slot),
            _ => None,
        });
        reasons.collect()
    }

    /// The classifications of which it has the direct determinations that hit, by slot.
    fn hits(&self) -> Vec<usize> {
        let hits = self.columns.iter().filter_map(|it| match it.what {
            OutWhat::Hits(slot) => Some(slot),
            _ => None,
        });
        hits.collect()
    }

    /// What the reason codes stand for, as CSV with a header: the column, the code, the clause, its basis.
    ///
    /// # Errors
    ///
    /// Those of `to`.
    pub fn write_reasons(&self, to: impl io::Write) -> io::Result<()> {
        reasons::write(self, to)
    }

    /// The columns that are asked for.
    ///
    /// # Errors
    ///
    /// There is no such column.
    pub fn new(
        linked: &'r Linked,
        options: &OutputOptions,
        as_of: Date,
        cutoff: Option<Date>,
    ) -> Result<Self, OutputError> {
        let slots = 0..linked.decls().len();
        let shown = |it: &usize| options.shown.contains(&linked.package_of(*it));
        let is_result = |it: &usize| shown(it) && linked.decl(*it).kind != DeclKind::Param;
        let told_by = slots.clone().filter(|it| options.in_scope && is_result(it)).collect();
        let mut sheet = Self {
            linked,
            columns: columns(linked, options)?,
            names: slots.map(|slot| result_name(linked, slot)).collect(),
            bounds: number_bounds(linked, as_of),
            as_of,
            cutoff,
            lang: options.lang,
            about: Vec::new(),
            told_by,
        };
        sheet.about = cells::about(&sheet, options);
        Ok(sheet)
    }
}

/// Why a result file could not be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutputError {
    /// `D0201`: the name ends like none of the formats that are written.
    Extension(String),
    /// `D0202`: there is no such column.
    UnknownColumn {
        /// The name that was asked for.
        name: String,
        /// The nearest one.
        nearest: Option<String>,
    },
    /// `D0203`: the file cannot be written.
    Unwritable {
        /// The path.
        path: String,
        /// What the system said.
        why: String,
    },
    /// `D0204`: the format has no room for so many rows or columns.
    NoRoom {
        /// Rows, with the header.
        rows: usize,
        /// Columns.
        columns: usize,
        /// The most rows and columns that there may be.
        most: (usize, usize),
    },
    /// `D0206`: the folder that results should be recorded in holds something.
    Occupied {
        /// Its path.
        path: String,
    },
    /// `D0205`: a text is longer than a cell of the format may be.
    TooLong {
        /// The header of its column.
        column: String,
        /// The number of its row, from 1, the header being the first.
        row: usize,
        /// The most characters that there may be.
        most: usize,
    },
}

/// A format in which results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputFormat {
    /// Text with commas, for everything.
    Csv,
    /// Typed columns, for programs.
    Parquet,
    /// A workbook, for people.
    Xlsx,
    /// A JSON object a line, for programs.
    JsonLines,
}

impl OutputFormat {
    /// By the ending of a file.
    ///
    /// # Errors
    ///
    /// The ending belongs to no format.
    pub fn of(path: &Path) -> Result<Self, OutputError> {
        let ending = path.extension().and_then(|it| it.to_str()).unwrap_or_default();
        match ending.to_ascii_lowercase().as_str() {
            "csv" => Ok(Self::Csv),
            "parquet" => Ok(Self::Parquet),
            "xlsx" => Ok(Self::Xlsx),
            "jsonl" | "ndjson" => Ok(Self::JsonLines),
            _ => Err(OutputError::Extension(path.display().to_string())),
        }
    }

    /// Is there room for so many households under so many columns?
    ///
    /// # Errors
    ///
    /// There is not; nothing was written.
    pub fn has_room(self, households: usize, columns: usize) -> Result<(), OutputError> {
        let rows = households.saturating_add(1);
        match self {
            Self::Csv | Self::Parquet | Self::JsonLines => Ok(()),
            Self::Xlsx if rows <= as_xlsx::MOST.0 && columns <= as_xlsx::MOST.1 => Ok(()),
            Self::Xlsx => Err(OutputError::NoRoom { rows, columns, most: as_xlsx::MOST }),
        }
    }
}

impl OutputError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Extension(_) => "D0201",
            Self::UnknownColumn { .. } => "D0202",
            Self::Unwritable { .. } => "D0203",
            Self::NoRoom { .. } => "D0204",
            Self::TooLong { .. } => "D0205",
            Self::Occupied { .. } => "D0206",
        }
    }

    /// One sentence without a full stop.
    pub fn words(&self) -> Words {
        match self {
            Self::Extension(name) => Words::both(
                format!("“{name}”不是 .csv、.xlsx、.jsonl 或 .parquet，不知写成什么格式"),
                format!("“{name}” ends in none of .csv, .xlsx, .jsonl and .parquet"),
            ),
            Self::UnknownColumn { name, nearest: Some(nearest) } => Words::both(
                format!("结果中没有“{name}”这一列；最接近的是“{nearest}”"),
                format!("results have no column “{name}”; the nearest is “{nearest}”"),
            ),
            Self::UnknownColumn { name, nearest: None } => Words::both(
                format!("结果中没有“{name}”这一列"),
                format!("results have no column “{name}”"),
            ),
            Self::Unwritable { path, why } => Words::both(
                format!("写不了“{path}”：{why}"),
                format!("“{path}” cannot be written: {why}"),
            ),
            Self::Occupied { path } => Words::both(
                format!("文件夹“{path}”里已有东西，记录的结果不会盖掉它；请另给一个文件夹"),
                format!(
                    "the folder “{path}” holds something, which recorded results never replace; name \
                     another folder"
                ),
            ),
            Self::NoRoom { rows, columns, most } => Words::both(
                format!(
                    "结果有{rows}行、{columns}列，Excel 至多{}行、{}列；请写成 .csv 或 .parquet",
                    most.0, most.1
                ),
                format!(
                    "the results have {rows} rows and {columns} columns, Excel has room for {} and {}; \
                     write .csv or .parquet",
                    most.0, most.1
                ),
            ),
            Self::TooLong { column, row, most } => Words::both(
                format!(
                    "第{row}行“{column}”的文字超过 Excel 一格的{most}字；请写成 .csv 或 .parquet"
                ),
                format!(
                    "“{column}” in row {row} is longer than the {most} characters of a cell of Excel; \
                     write .csv or .parquet"
                ),
            ),
        }
    }
}

impl fmt::Display for OutputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.words().of(Lang::En))
    }
}

impl std::error::Error for OutputError {}

/// Writes results to `path`, in the format of its ending; see [`ResultFile`].
///
/// # Errors
///
/// Those of [`ResultFile`].
pub fn write(
    path: &Path,
    results: Results<'_>,
    options: &OutputOptions,
) -> Result<(), OutputError> {
    let Results { linked, register, outcomes, as_of } = results;
    let sheet = Sheet::new(linked, options, as_of, register.cutoff)?;
    OutputFormat::of(path)?.has_room(outcomes.len(), sheet.columns.len())?;
    let mut file = ResultFile::begin(path, &sheet)?;
    let encoding = file.encoding();
    let mut chunks = Vec::new();
    part::each(register, outcomes, &encoding, &mut |it| chunks.push(it));
    for chunk in chunks {
        file.add(chunk)?;
    }
    file.finish()
}
