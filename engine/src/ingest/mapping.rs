//! What people write about a delivery: `data.toml`, and the mapping of files and columns.

use std::collections::BTreeMap;

use heng_dsl::value::Date;
use serde::{Deserialize, Serialize};

/// Which file and which columns stand for what, where the names alone do not say it.
///
/// ```toml
/// [表.行政处罚]
/// 文件 = "xzcf_2024.csv"
/// 列 = { 决定日期 = "cf_jdrq" }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// By name or id of the table, or of the subject for the household file.
    #[serde(default, alias = "表")]
    pub tables: BTreeMap<String, TableMapping>,
}

/// The mapping of one table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableMapping {
    /// The name of its file in the folder.
    #[serde(default, alias = "文件")]
    pub file: Option<String>,
    /// The sheet of the workbook, where it is not named like the table.
    #[serde(default, alias = "工作表")]
    pub sheet: Option<String>,
    /// The header of the column, by name or id of the field. In a record table, the key of the
    /// household stands under the name of that field.
    #[serde(default, alias = "列")]
    pub columns: BTreeMap<String, String>,
}

/// `data.toml`: what the data say about themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataSheet {
    /// 截至: the date up to which the data speak.
    #[serde(default, alias = "截至")]
    pub cutoff: Option<Date>,
    /// 说明: what a reader should know.
    #[serde(default, alias = "说明")]
    pub note: Option<String>,
}

impl Mapping {
    /// Reads a mapping file.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and where, in the words of the TOML reader.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(&quote_keys(text)).map_err(|it| it.to_string())
    }

    /// The mapping of a table that goes by any of these names.
    pub(super) fn of<'m>(&'m self, names: &[&str]) -> Option<&'m TableMapping> {
        names.iter().find_map(|it| self.tables.get(*it))
    }
}

impl DataSheet {
    /// Reads `data.toml`.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and where, in the words of the TOML reader.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(&quote_keys(text)).map_err(|it| it.to_string())
    }
}

/// Puts quotes round keys in Chinese, which TOML asks for and people forget. Only simple lines are
/// touched: `键 = …` and `[表.名称]`.
fn quote_keys(text: &str) -> String {
    let mut quoted: Vec<String> = Vec::new();
    for line in text.lines() {
        let trimmed = line.trim();
        let heading = trimmed.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
        let new = match (heading, trimmed.split_once('=')) {
            (Some(path), _) => Some(format!("[{}]", dotted(path))),
            (None, Some((key, value))) if !key.contains(['"', '\'', '#']) => {
                Some(format!("{} ={}", dotted(key), inline(value)))
            }
            _ => None,
        };
        quoted.push(new.unwrap_or_else(|| line.to_owned()));
    }
    quoted.join("\n")
}

fn dotted(path: &str) -> String {
    let parts = path.split('.').map(|part| {
        let part = part.trim();
        if part.is_ascii() || part.contains(['"', '\'']) {
            part.to_owned()
        } else {
            format!("\"{part}\"")
        }
    });
    parts.collect::<Vec<_>>().join(".")
}

/// Keys inside `{ … }`.
fn inline(value: &str) -> String {
    let trimmed = value.trim();
    let Some(body) = trimmed.strip_prefix('{').and_then(|it| it.strip_suffix('}')) else {
        return value.to_owned();
    };
    let pairs = body.split(',').map(|pair| match pair.split_once('=') {
        Some((key, value)) => format!(" {} ={value}", dotted(key)),
        None => pair.to_owned(),
    });
    format!(" {{{}}}", pairs.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::{DataSheet, Mapping};

    #[test]
    fn chinese_keys_need_no_quotes() {
        let sheet = DataSheet::parse("# 试用\n截至 = \"2024-11-30\"\n").unwrap();
        assert_eq!(sheet.cutoff.map(|it| it.to_string()).as_deref(), Some("2024-11-30"));
        let same = DataSheet::parse("cutoff = \"2024-11-30\"").unwrap();
        assert_eq!(sheet, same);
        assert!(DataSheet::parse("截止 = \"2024-11-30\"").is_err());
        assert!(DataSheet::parse("截至 = \"2024-11-31\"").is_err());
    }

    #[test]
    fn a_mapping_names_files_and_columns() {
        let text =
            "[表.行政处罚]\n文件 = \"xzcf.csv\"\n列 = { 决定日期 = \"jdrq\", amount = \"je\" }\n";
        let mapping = Mapping::parse(text).unwrap();
        let table = mapping.of(&["penalty", "行政处罚"]).unwrap();
        assert_eq!(table.file.as_deref(), Some("xzcf.csv"));
        assert_eq!(table.columns["决定日期"], "jdrq");
        let same = Mapping::parse(
            "[tables.\"行政处罚\"]\nfile = 'xzcf.csv'\n[tables.\"行政处罚\".columns]\n决定日期 = \"jdrq\"\namount = \"je\"",
        );
        assert_eq!(Ok(mapping), same);
    }
}
