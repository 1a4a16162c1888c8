//! What was wrong with a delivery: rows that were quarantined, cells that were lost, notes, and what
//! makes it unusable as a whole.
//!
//! A code (`D01…`) is never reused; the words stand in `words.rs`.

use std::fmt;
use std::sync::Arc;

use heng_dsl::diag::Lang;
use heng_dsl::model::Responsibility;
use serde::Serialize;

use super::encoding::Detection;
use super::fault::RowFault;
use super::format::Foreign;
use super::sheet::workbook::Bound;
use crate::cell::CellFault;
use crate::mask::Masking;

/// Where a row stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// The file, by its name in the folder; in a workbook with the sheet: `城.xlsx[行政处罚]`.
    pub file: Arc<str>,
    /// Text: the line of the file on which the row begins, from 1. Parquet: the number of the row,
    /// from 1. Workbook: the number of the row that the spreadsheet program shows.
    pub line: u64,
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
    /// The field with the key of the household is.
    pub sensitive_key: bool,
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
    /// The field with the key of the household is.
    pub sensitive_key: bool,
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
    /// A file in another encoding than UTF-8, or with odd characters.
    Text {
        /// The file.
        file: String,
        /// How it was read, and why.
        found: Detection,
    },
    /// Sheets of a workbook that belong to no table.
    UnusedSheets {
        /// The file.
        file: String,
        /// Their names.
        sheets: Vec<String>,
        /// They are hidden, and so never read.
        hidden: bool,
    },
    /// Formulas, whose saved results were taken.
    Formulas {
        /// The file.
        file: String,
        /// How many cells.
        cells: u64,
    },
    /// Merged cells below the header: all but the first of each are empty.
    Merged {
        /// The file.
        file: String,
        /// The first of them: `B2:B7`.
        first: String,
        /// How many.
        areas: u64,
    },
    /// Columns of an earlier result that nothing recorded is named like.
    UnusedResults {
        /// The file.
        file: String,
        /// Their headers.
        columns: Vec<String>,
    },
    /// Earlier results that gave way to a correction of the same month.
    Superseded {
        /// How many.
        results: u64,
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

impl Problems {
    /// The same with the keys of households as they may be shown, for output to programs.
    #[must_use]
    pub fn shown(mut self, masking: Masking) -> Self {
        let rows = self.bad_rows.iter_mut().map(|it| (it.sensitive_key, &mut it.household));
        let cells = self.bad_cells.iter_mut().map(|it| (it.sensitive_key, &mut it.household));
        for (sensitive, household) in rows.chain(cells) {
            if let Some(key) = household.as_mut().filter(|_| sensitive) {
                *key = Arc::from(masking.show(true, key).as_ref());
            }
        }
        self
    }
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
    /// `D0115`: a file holds the table in a format that is not read.
    Foreign {
        /// The file.
        file: String,
        /// What it is.
        what: Foreign,
    },
    /// `D0116`: some lines of a file are UTF-8, others GB18030.
    MixedEncodings {
        /// The file.
        file: String,
        /// The first line that is only UTF-8.
        utf8: u64,
        /// The first line that is only GB18030.
        gb18030: u64,
    },
    /// `D0117`: the first row of a sheet is no header.
    NoHeader {
        /// The file.
        file: String,
        /// The merged cells in it; absent where it is empty.
        merged: Option<String>,
    },
    /// `D0118`: the sheet that has the name of the table is hidden.
    HiddenSheet {
        /// The file.
        file: String,
        /// The sheet.
        sheet: String,
    },
    /// `D0119`: a workbook is larger than anything sensible.
    TooLarge {
        /// The file.
        file: String,
        /// What of it.
        what: Bound,
    },
    /// `D0120`: a mapping names a sheet that the workbook does not have.
    NoSheet {
        /// The file.
        file: String,
        /// The name.
        sheet: String,
        /// The nearest one.
        nearest: Option<String>,
    },
    /// `D0121`: a snapshot cannot be written.
    Unwritable {
        /// Its path.
        path: String,
        /// What the system said.
        why: String,
    },
    /// `D0122`: the folder for a snapshot holds something else.
    NoSnapshot {
        /// Its path.
        path: String,
    },
    /// `D0123`: the rules declare a table or a field otherwise than when a snapshot was imported.
    DeclaredOtherwise {
        /// The table.
        table: String,
        /// The field; absent where the table as a whole is concerned.
        field: Option<String>,
    },
    /// `D0124`: somebody else imports into a snapshot.
    Busy {
        /// Its path.
        path: String,
    },
    /// `D0125`: this folder does not hold recorded results.
    NoRun {
        /// Its path.
        path: String,
    },
    /// `D0112`: the linked packages declare no household with a key.
    NoSubject,
    /// `D0113`: two results of one household and one month differ, and neither corrects the other.
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
