//! The formats of data files: which ending is which, and which files people have to save again.

use std::ffi::OsStr;
use std::path::Path;

use heng_dsl::diag::Words;
use serde::Serialize;

/// A format that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileFormat {
    /// Text with a comma between cells.
    Csv,
    /// Parquet.
    Parquet,
    /// A workbook of Excel or WPS.
    Xlsx,
    /// A JSON object a line.
    JsonLines,
    /// A snapshot, which was imported before; never a file of a folder.
    Snapshot,
}

impl FileFormat {
    const ALL: [Self; 4] = [Self::Csv, Self::Parquet, Self::Xlsx, Self::JsonLines];

    /// Its name: `JSON Lines`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Parquet => "Parquet",
            Self::Xlsx => "Excel",
            Self::JsonLines => "JSON Lines",
            Self::Snapshot => "Arrow",
        }
    }

    /// The endings of its files.
    fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Csv => &["csv"],
            Self::Parquet => &["parquet"],
            Self::Xlsx => &["xlsx", "xlsm"],
            Self::JsonLines => &["jsonl", "ndjson"],
            Self::Snapshot => &[],
        }
    }

    /// By the ending of a file.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let ending = ending(path)?;
        let is = |it: &Self| it.endings().iter().any(|it| ending.eq_ignore_ascii_case(it));
        Self::ALL.into_iter().find(is)
    }

    /// Do result files in it have an apostrophe before texts that begin like a formula?
    pub(super) fn neutralises(self) -> bool {
        match self {
            Self::Csv | Self::Xlsx => true,
            Self::Parquet | Self::JsonLines | Self::Snapshot => false,
        }
    }
}

/// A file that may well hold a table, in a way that is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Foreign {
    /// `.xls`, `.xlsb`, `.et`: workbooks in a binary form.
    Binary,
    /// `.ods`: `LibreOffice`.
    OpenDocument,
    /// A workbook with a password, or a binary one that was only renamed.
    Locked,
    /// `.json`: one large value.
    Json,
    /// `.txt` and `.tsv`: text whose separator is anybody's guess.
    Text,
}

impl Foreign {
    /// By the ending of a file.
    pub(super) fn of(path: &Path) -> Option<Self> {
        match ending(path)?.to_ascii_lowercase().as_str() {
            "xls" | "xlsb" | "et" => Some(Self::Binary),
            "ods" => Some(Self::OpenDocument),
            "json" => Some(Self::Json),
            "txt" | "tsv" => Some(Self::Text),
            _ => None,
        }
    }

    /// What it is, and what to do.
    pub(super) fn words(self) -> Words {
        match self {
            Self::Binary => Words::both(
                "是二进制的旧格式；请用 Excel 或 WPS 打开，另存为 .xlsx",
                "is in an old binary format; open it in Excel or WPS and save it as .xlsx",
            ),
            Self::OpenDocument => Words::both(
                "是 OpenDocument 表格；请另存为 .xlsx",
                "is an OpenDocument spreadsheet; save it as .xlsx",
            ),
            Self::Locked => Words::both(
                "有打开密码，或者是改名的旧格式 .xls；请去掉密码，另存为 .xlsx",
                "has a password, or is an .xls file under another name; take the password off and save \
                 it as .xlsx",
            ),
            Self::Json => Words::both(
                "是一整个 JSON；请导出为每行一个对象的 .jsonl",
                "is one large JSON value; export it as .jsonl, one object a line",
            ),
            Self::Text => Words::both(
                "没有说明用什么分隔；请另存为逗号分隔的 .csv",
                "does not say what stands between its cells; save it as .csv with commas",
            ),
        }
    }
}

fn ending(path: &Path) -> Option<&str> {
    path.extension().and_then(OsStr::to_str)
}
