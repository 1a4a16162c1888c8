//! Result files: one row a household, the same bytes for the same input.
//!
//! [`columns`] says what a file has; `as_csv` and `as_parquet` write it; [`Writing`] makes sure that a
//! file is there whole or not at all. Every result states that it is for internal use ([`NOTICE`]).

mod as_csv;
mod as_parquet;
mod atomic;
mod cells;
mod columns;

use std::fmt;
use std::path::Path;

use heng_dsl::diag::{Lang, Words};
use heng_dsl::model::linked::Linked;
use heng_dsl::value::Date;

use crate::data::Register;
use crate::mask::Masking;
use crate::outcome::Outcome;

pub(crate) use self::as_csv::{as_written, harmless};
pub use self::atomic::Writing;
pub use self::columns::{OutColumn, OutKind, OutWhat, columns, result_name};
pub(crate) use self::columns::{headers, result_names};

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

/// Why a result file could not be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutputError {
    /// `D0201`: the name ends neither in `.csv` nor in `.parquet`.
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
}

impl OutputError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Extension(_) => "D0201",
            Self::UnknownColumn { .. } => "D0202",
            Self::Unwritable { .. } => "D0203",
        }
    }

    /// One sentence without a full stop.
    pub fn words(&self) -> Words {
        match self {
            Self::Extension(name) => Words::both(
                format!("“{name}”不是 .csv 或 .parquet，不知写成什么格式"),
                format!("“{name}” ends neither in .csv nor in .parquet"),
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
        }
    }
}

impl fmt::Display for OutputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.words().of(Lang::En))
    }
}

impl std::error::Error for OutputError {}

/// Writes results to `path`, as CSV or Parquet by its ending.
///
/// The file appears whole or not at all. Beside a CSV file stands `<name>.说明.txt` (or
/// `<name>.notice.txt`) with [`NOTICE`], the as-of date and the rule sets: a line inside would break
/// every program that reads CSV, and a column would repeat the sentence for each household. In
/// Parquet the same stands in the metadata of the file.
///
/// # Errors
///
/// An unknown ending or column, or a file that cannot be written.
pub fn write(
    path: &Path,
    results: Results<'_>,
    options: &OutputOptions,
) -> Result<(), OutputError> {
    let columns = columns(results.linked, options)?;
    let table = cells::Table::new(results, &columns);
    let about = cells::about(&results, options);
    let written = match path.extension().and_then(|it| it.to_str()) {
        Some("csv") => as_csv::write(path, &columns, &table, &about, options.lang),
        Some("parquet") => as_parquet::write(path, &columns, &table, &about),
        _ => return Err(OutputError::Extension(path.display().to_string())),
    };
    written.map_err(|why| OutputError::Unwritable {
        path: path.display().to_string(),
        why: why.to_string(),
    })
}
