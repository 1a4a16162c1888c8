//! The words for what stops a delivery, and for notes, in Chinese and English.

use heng_dsl::diag::Words;

use super::problem::{LoadProblem, Note};

impl LoadProblem {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "D0101",
            Self::NoTable { .. } => "D0102",
            Self::SeveralFiles { .. } => "D0103",
            Self::NoColumn { .. } => "D0104",
            Self::SeveralColumns { .. } => "D0105",
            Self::Encoding { .. } => "D0106",
            Self::Damaged { .. } => "D0107",
            Self::ColumnType { .. } => "D0108",
            Self::Settings { .. } => "D0109",
            Self::UnknownMapping { .. } => "D0110",
            Self::TooManyBad { .. } => "D0111",
            Self::NoSubject => "D0112",
            Self::ResultTwice { .. } => "D0113",
            Self::OpenQuote { .. } => "D0114",
            Self::Foreign { .. } => "D0115",
            Self::MixedEncodings { .. } => "D0116",
            Self::NoHeader { .. } => "D0117",
            Self::HiddenSheet { .. } => "D0118",
            Self::TooLarge { .. } => "D0119",
            Self::NoSheet { .. } => "D0120",
            Self::Unwritable { .. } => "D0121",
            Self::NoSnapshot { .. } => "D0122",
            Self::DeclaredOtherwise { .. } => "D0123",
            Self::Busy { .. } => "D0124",
            Self::NoRun { .. } => "D0125",
        }
    }

    /// One sentence without a full stop.
    pub fn words(&self) -> Words {
        match self {
            Self::Unreadable { path, why } => Words::both(
                format!("读不了“{path}”：{why}"),
                format!("“{path}” cannot be read: {why}"),
            ),
            Self::NoTable { table, nearest } => nearest_of(
                format!("资料夹中没有“{table}”的文件"),
                format!("the folder has no file for “{table}”"),
                nearest.as_deref(),
            ),
            Self::SeveralFiles { table, files } => {
                let (list, listed) = listed(files);
                Words::both(
                    format!("“{table}”有几个文件：{list}，不知用哪一个"),
                    format!(
                        "“{table}” has several files: {listed}; which one is meant is not clear"
                    ),
                )
            }
            Self::NoColumn { file, field, nearest } => nearest_of(
                format!("“{file}”中没有“{field}”这一列"),
                format!("“{file}” has no column for “{field}”"),
                nearest.as_deref(),
            ),
            Self::SeveralColumns { file, field, columns } => {
                let (list, listed) = listed(columns);
                Words::both(
                    format!("“{file}”中有几列都是“{field}”：{list}"),
                    format!("several columns of “{file}” stand for “{field}”: {listed}"),
                )
            }
            Self::Encoding { file, line } => Words::both(
                format!("“{file}”既不是 UTF-8 也不是 GB18030，第{line}行起读不懂"),
                format!("“{file}” is neither UTF-8 nor GB18030; line {line} cannot be read"),
            ),
            Self::Damaged { file, why } => Words::both(
                format!("“{file}”读不懂：{why}"),
                format!("“{file}” cannot be understood: {why}"),
            ),
            _ => self.more_words(),
        }
    }

    /// The words of the rarer problems.
    fn more_words(&self) -> Words {
        match self {
            Self::ColumnType { file, column, found } => Words::both(
                format!("“{file}”的列“{column}”是 {found}，不能精确读取；请导出为定点小数或文本"),
                format!(
                    "column “{column}” of “{file}” is {found}, which cannot be read exactly; export it \
                     as decimal or text"
                ),
            ),
            Self::Settings { file, why } => Words::both(
                format!("“{file}”写得不对：{why}"),
                format!("“{file}” is not right: {why}"),
            ),
            Self::UnknownMapping { name, nearest } => nearest_of(
                format!("对照表中的“{name}”不是任何表或字段"),
                format!("“{name}” in the mapping names no table or field"),
                nearest.as_deref(),
            ),
            Self::TooManyBad { found, allowed } => Words::both(
                format!("有{found}行数据不能采用，超过允许的{allowed}行"),
                format!("{found} rows cannot be used, more than the {allowed} allowed"),
            ),
            Self::OpenQuote { file, line } => Words::both(
                format!("“{file}”第{line}行有引号没有合上，后面的内容都成了一格"),
                format!(
                    "“{file}”: a quote on line {line} is never closed, so the rest is one cell"
                ),
            ),
            Self::NoSubject => Words::both(
                "规则集没有声明带主键的主体，不知读哪些数据",
                "the rule sets declare no household with a key, so there is nothing to read",
            ),
            Self::ResultTwice { file, other, as_of } => Words::both(
                format!(
                    "“{file}”和“{other}”都有{as_of}的结果而不相同，不知以哪个为准；请加上“更正序号”一列，\
                     或在更正的文件名末尾写“更正1”"
                ),
                format!(
                    "“{file}” and “{other}” both have results of {as_of}, and they differ; add a column \
                     “correction” with its number, or end the name of the file that corrects with \
                     “correction1”"
                ),
            ),
            Self::Unwritable { .. }
            | Self::NoSnapshot { .. }
            | Self::DeclaredOtherwise { .. }
            | Self::Busy { .. }
            | Self::NoRun { .. } => self.words_of_snapshots(),
            _ => self.words_of_workbooks(),
        }
    }

    /// The words of what only snapshots can have.
    fn words_of_snapshots(&self) -> Words {
        match self {
            Self::Unwritable { path, why } => Words::both(
                format!("快照“{path}”写不了：{why}；原来的快照没有动"),
                format!(
                    "the snapshot “{path}” cannot be written: {why}; what was there is as it was"
                ),
            ),
            Self::NoSnapshot { path } => Words::both(
                format!("“{path}”里已有别的文件，不是快照；请用一个空的或新的文件夹"),
                format!(
                    "“{path}” holds other files and is no snapshot; name an empty folder or a new one"
                ),
            ),
            Self::DeclaredOtherwise { table, field } => {
                let of = field.as_ref().map_or_else(|| table.clone(), |it| format!("{table}.{it}"));
                Words::both(
                    format!(
                        "“{of}”的声明和导入快照时不同，快照里的数据不能当作它的；请把全部数据重新导入"
                    ),
                    format!(
                        "“{of}” is declared otherwise than when the snapshot was imported, so that its data \
                         cannot be taken for it; import all data anew"
                    ),
                )
            }
            Self::Busy { path } => Words::both(
                format!("另有程序正在向快照“{path}”导入，请等它结束"),
                format!(
                    "another program imports into the snapshot “{path}”; wait until it has ended"
                ),
            ),
            Self::NoRun { path } => Words::both(
                format!("“{path}”里没有记录的结果；先用 heng run --record 记录一次"),
                format!(
                    "“{path}” holds no recorded results; record some with heng run --record first"
                ),
            ),
            _ => Words::from(self.code()),
        }
    }

    /// The words of what only workbooks, or text of bureaus, can have.
    fn words_of_workbooks(&self) -> Words {
        match self {
            Self::Foreign { file, what } => {
                let what = what.words();
                Words::both(format!("“{file}”{}", what.zh), format!("“{file}” {}", what.en))
            }
            Self::MixedEncodings { file, utf8, gb18030 } => Words::both(
                format!(
                    "“{file}”混用了两种编码：第{utf8}行是 UTF-8，第{gb18030}行是 GB18030；请统一后重新导出"
                ),
                format!(
                    "“{file}” is in two encodings: line {utf8} is UTF-8, line {gb18030} is GB18030; export \
                     it again in one of them"
                ),
            ),
            Self::NoHeader { file, merged: None } => Words::both(
                format!("“{file}”的第1行是空的；请删去上面的空行，使第1行是各列的名称"),
                format!(
                    "the first row of “{file}” is empty; delete the rows above the names of the columns"
                ),
            ),
            Self::NoHeader { file, merged: Some(area) } => Words::both(
                format!(
                    "“{file}”的第1行有合并的单元格 {area}，像是标题；请删去标题行或取消合并，使第1行是各列的名称"
                ),
                format!(
                    "the first row of “{file}” has merged cells {area}, like a title; delete that row or \
                     undo the merging, so that the first row names the columns"
                ),
            ),
            Self::HiddenSheet { file, sheet } => Words::both(
                format!("“{file}”的工作表“{sheet}”是隐藏的，没有读；如应采用，请取消隐藏"),
                format!(
                    "sheet “{sheet}” of “{file}” is hidden and was not read; unhide it if it counts"
                ),
            ),
            Self::TooLarge { file, what } => {
                let what = what.words();
                Words::both(
                    format!("“{file}”大得不合常理，没有读：{}", what.zh),
                    format!(
                        "“{file}” is larger than anything sensible and was not read: {}",
                        what.en
                    ),
                )
            }
            Self::NoSheet { file, sheet, nearest } => nearest_of(
                format!("“{file}”没有工作表“{sheet}”"),
                format!("“{file}” has no sheet “{sheet}”"),
                nearest.as_deref(),
            ),
            _ => Words::from(self.code()),
        }
    }
}

fn nearest_of(zh: String, en: String, nearest: Option<&str>) -> Words {
    match nearest {
        Some(it) => {
            Words::both(format!("{zh}；最接近的是“{it}”"), format!("{en}; the nearest is “{it}”"))
        }
        None => Words::both(zh, en),
    }
}

/// Names one after the other, in Chinese and in English.
fn listed(names: &[String]) -> (String, String) {
    (names.join("、"), names.join(", "))
}

impl Note {
    /// One sentence without a full stop.
    pub fn words(&self) -> Words {
        match self {
            Self::UnusedColumns { file, columns } => {
                let (list, listed) = listed(columns);
                Words::both(
                    format!("“{file}”中这些列没有用到：{list}"),
                    format!("columns of “{file}” that nothing asks for: {listed}"),
                )
            }
            Self::AbsentColumns { file, fields } => {
                let (list, listed) = listed(fields);
                Words::both(
                    format!("“{file}”中没有这些可缺的列，全部按缺失：{list}"),
                    format!(
                        "“{file}” has no column for these optional fields, all missing: {listed}"
                    ),
                )
            }
            Self::UnusedFiles(files) => {
                let (list, listed) = listed(files);
                Words::both(
                    format!("资料夹中这些文件没有用到：{list}"),
                    format!("files of the folder that belong to no table: {listed}"),
                )
            }
            Self::Repeated { file, rows } => Words::both(
                format!("“{file}”有{rows}行与前面的行完全相同，只用一次"),
                format!("{rows} rows of “{file}” repeat an earlier row and were used once"),
            ),
            Self::Alike { file, rows } => Words::both(
                format!("“{file}”没有主键，有{rows}行与前面的行相同，全部采用"),
                format!(
                    "{rows} rows of “{file}” equal an earlier one; without a key all were used"
                ),
            ),
            Self::OverLines { file, rows } => Words::both(
                format!("“{file}”有{rows}行的格中换行；如非有意，是引号没有合上，吞掉了后面的行"),
                format!(
                    "{rows} rows of “{file}” have line breaks inside a cell; if that is not meant, a \
                     quote was not closed and took in the lines behind it"
                ),
            ),
            Self::NoCutoff => Words::both(
                "data.toml 没有写明数据截至日期",
                "data.toml does not state the cut-off date of the data",
            ),
            Self::Text { file, found } => {
                let found = found.words();
                Words::both(format!("“{file}”{}", found.zh), format!("“{file}” {}", found.en))
            }
            Self::UnusedSheets { file, sheets, hidden } => unused_sheets(file, sheets, *hidden),
            Self::Formulas { file, cells } => formulas(file, *cells),
            Self::Merged { file, first, areas } => merged(file, first, *areas),
            Self::UnusedResults { file, columns } => unused_results(file, columns),
            Self::Superseded { results } => superseded(*results),
            Self::ResultsOfOthers { file, rows } => results_of_others(file, *rows),
        }
    }
}

fn unused_results(file: &str, columns: &[String]) -> Words {
    let (list, listed) = listed(columns);
    Words::both(
        format!("历次结果“{file}”中这些列与规则对不上：{list}"),
        format!("columns of earlier results “{file}” that no rule is named like: {listed}"),
    )
}

fn superseded(results: u64) -> Words {
    Words::both(
        format!("历次结果中有{results}个已被同月的更正代替"),
        format!("{results} earlier results gave way to a correction of the same month"),
    )
}

fn results_of_others(file: &str, rows: u64) -> Words {
    Words::both(
        format!("历次结果“{file}”中有{rows}户不在登记中"),
        format!("{rows} households of earlier results “{file}” are not in the register"),
    )
}

fn unused_sheets(file: &str, sheets: &[String], hidden: bool) -> Words {
    let (list, listed) = listed(sheets);
    let (zh, en) = if hidden { ("隐藏的", "hidden ") } else { ("", "") };
    Words::both(
        format!("“{file}”的这些{zh}工作表没有用到：{list}"),
        format!("{en}sheets of “{file}” that belong to no table: {listed}"),
    )
}

fn formulas(file: &str, cells: u64) -> Words {
    Words::both(
        format!("“{file}”有{cells}格是公式，用的是保存时的结果，没有重新计算"),
        format!("{cells} cells of “{file}” are formulas; their saved results were taken"),
    )
}

fn merged(file: &str, first: &str, areas: u64) -> Words {
    Words::both(
        format!(
            "“{file}”有{areas}处合并的单元格（第一处 {first}）：每处只有第一格有值，其余按空格"
        ),
        format!(
            "“{file}” has {areas} merged areas (the first is {first}); only the first cell of each has a \
             value, the others are empty"
        ),
    )
}
