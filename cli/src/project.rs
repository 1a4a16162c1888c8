//! The project file `heng.toml`: what lets each command run without arguments in its folder.
//!
//! ```toml
//! rules = ["rules/general", "rules/food"]  # 规则集
//! path = ["../standards"]                  # 在哪里找所引用的规则集
//! data = "data"                            # 数据
//! as_of = "2026-10-31"                     # 基准日
//! registry = "../registry"                 # 版本库
//! author = "池州市市场监管局"              # 作者
//!
//! [[gates]]                                # 谁要审批
//! when = "moved"                           # 变动的户
//! over = "1%"                              # 超过 1%
//! approvers = ["信用监管处"]
//!
//! [keys]
//! 信用监管处 = "keys/信用监管处.pub"
//!
//! [links]
//! 通用 = "池州通用"
//!
//! [output]
//! columns = ["统一社会信用代码", "信用风险"]
//!
//! [summary]
//! region = "行政区划"
//! industry = "行业代码"
//!
//! [backtest]
//! outcome = "后来.csv"
//! event = "是否处罚"
//! ```
//!
//! Paths are relative to the folder of the file. Keys have a Chinese spelling too; one that is not
//! known is an error, because a misspelt key would silently change nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use heng_dsl::diag::Words;
use heng_dsl::value::Date;
use heng_engine::registry::Gate;
use serde::Deserialize;

use crate::shelf;

/// The name of the file.
pub const FILE: &str = "heng.toml";

/// More than a project file can sensibly hold.
const MAX_BYTES: u64 = 1 << 20;

/// What a project states; everything is optional, and flags override it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Project {
    /// 规则集: folders of packages, or stored ones.
    #[serde(default, alias = "规则集")]
    pub rules: Vec<PathBuf>,
    /// 路径: folders, or stored packages, to find used ones in.
    #[serde(default, alias = "路径")]
    pub path: Vec<PathBuf>,
    /// 代替: which package stands for which name.
    #[serde(default, alias = "代替")]
    pub links: BTreeMap<String, String>,
    /// 数据: the folder of data.
    #[serde(alias = "数据")]
    pub data: Option<PathBuf>,
    /// 对照表: the mapping of files and columns.
    #[serde(alias = "对照表")]
    pub mapping: Option<PathBuf>,
    /// 历次结果: a folder with earlier results.
    #[serde(alias = "历次结果")]
    pub history: Option<PathBuf>,
    /// 基准日
    #[serde(alias = "基准日")]
    pub as_of: Option<Date>,
    /// 版本库: the folder of the registry.
    #[serde(alias = "版本库")]
    pub registry: Option<PathBuf>,
    /// 作者: in whose name versions are published.
    #[serde(alias = "作者")]
    pub author: Option<String>,
    /// 审批: under which conditions who has to approve a change.
    #[serde(default, alias = "审批")]
    pub gates: Vec<Gate>,
    /// 公钥: whose signatures count, as the files of their public keys.
    #[serde(default, alias = "公钥")]
    pub keys: BTreeMap<String, PathBuf>,
    /// How many rows may be bad.
    #[serde(alias = "坏行上限")]
    pub max_bad: Option<u64>,
    /// 结果: the result file.
    #[serde(default, alias = "结果")]
    pub output: Output,
    /// 汇总: what the summary is broken down by.
    #[serde(default, alias = "汇总")]
    pub summary: SummaryFields,
    /// 回测: what `heng backtest` compares results with.
    #[serde(default, alias = "回测")]
    pub backtest: Backtest,
}

/// What a result file holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// 列: by name, in order; empty for the usual ones.
    #[serde(default, alias = "列")]
    pub columns: Vec<String>,
    /// 全部: adds every indicator and value.
    #[serde(default, alias = "全部")]
    pub all: bool,
    /// 只写适用的户: leaves out the households that no rule set is about.
    #[serde(default, alias = "只写适用的户")]
    pub in_scope: bool,
}

/// The fields that the summary is broken down by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SummaryFields {
    /// 地区: the name of a field or value.
    #[serde(alias = "地区")]
    pub region: Option<String>,
    /// 行业: the name of a field or value.
    #[serde(alias = "行业")]
    pub industry: Option<String>,
}

/// What results are compared with when looking back; the flags of `heng backtest` by their names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backtest {
    /// 结果表: the file with what came to pass.
    #[serde(alias = "结果表")]
    pub outcome: Option<PathBuf>,
    /// 事件: the column with yes or no.
    #[serde(alias = "事件")]
    pub event: Option<String>,
    /// 主键: the column with the key of the household.
    #[serde(alias = "主键")]
    pub key: Option<String>,
    /// 基准日列: the column with the as-of date.
    #[serde(alias = "基准日列")]
    pub date: Option<String>,
    /// 所对基准日: the as-of date whose rows are meant.
    #[serde(alias = "所对基准日")]
    pub of: Option<Date>,
    /// 分数: the score.
    #[serde(alias = "分数")]
    pub score: Option<String>,
    /// 等级: the grade.
    #[serde(alias = "等级")]
    pub grade: Option<String>,
    /// 低分高险: a low score is the risky one.
    #[serde(default, alias = "低分高险")]
    pub low_is_risky: bool,
}

/// Why there is no project to work with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectError {
    /// One sentence.
    pub words: Words,
}

impl Project {
    /// The project file: the one named, or that of the folder named, else the nearest upwards.
    pub fn file(named: Option<&Path>) -> Option<PathBuf> {
        match named {
            Some(path) if path.is_dir() => Some(path.join(FILE)),
            Some(path) => Some(path.to_owned()),
            None => upwards(),
        }
    }

    /// Reads the project: the file or folder that was named, else the first `heng.toml` from the
    /// working folder upwards, else an empty project. Its paths then start from the working folder.
    ///
    /// # Errors
    ///
    /// The file that was named is not there, or a file cannot be read or understood.
    pub fn find(named: Option<&Path>) -> Result<Self, ProjectError> {
        let Some(file) = Self::file(named) else { return Ok(Self::default()) };
        let shown = shown(&file);
        let unreadable = |why: String| ProjectError {
            words: Words::both(
                format!("读不了项目文件“{shown}”：{why}"),
                format!("the project file “{shown}” cannot be read: {why}"),
            ),
        };
        let size = fs::metadata(&file).map_err(|it| unreadable(it.to_string()))?.len();
        if size > MAX_BYTES {
            return Err(unreadable(format!("{size} > {MAX_BYTES} bytes")));
        }
        let text = fs::read_to_string(&file).map_err(|it| unreadable(it.to_string()))?;
        let project = Self::parse(&text).map_err(|why| ProjectError {
            words: Words::both(
                format!("项目文件“{shown}”写得不对：{why}"),
                format!("the project file “{shown}” is not right: {why}"),
            ),
        })?;
        Ok(project.within(file.parent().unwrap_or(Path::new(""))))
    }

    /// Understands the text of a project file.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and where, in the words of the TOML reader.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        toml::from_str(&quoted_keys(text)).map_err(|it| it.to_string().trim_end().to_owned())
    }

    /// Makes the paths start from the working folder.
    fn within(mut self, folder: &Path) -> Self {
        let outcome = &mut self.backtest.outcome;
        let registry = &mut self.registry;
        let all = [&mut self.data, &mut self.mapping, &mut self.history, registry, outcome];
        for it in all.into_iter().flatten().chain(self.keys.values_mut()) {
            *it = straight(&folder.join(&*it));
        }
        for it in self.rules.iter_mut().chain(&mut self.path) {
            // `通用@2024.12` names a version, wherever the project file stands.
            if !shelf::names_a_version(it) || folder.join(&*it).exists() {
                *it = straight(&folder.join(&*it));
            }
        }
        self
    }
}

/// Without steps down and up again: `city/../general` is shown as `general`.
fn straight(path: &Path) -> PathBuf {
    let mut steps = PathBuf::new();
    for part in path.components() {
        let down = matches!(steps.components().next_back(), Some(Component::Normal(_)));
        match part {
            Component::ParentDir if down => {
                steps.pop();
            }
            Component::CurDir => {}
            _ => steps.push(part),
        }
    }
    steps
}

/// The nearest project file, as a path from the working folder: `../../heng.toml`.
fn upwards() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    let mut up = PathBuf::new();
    for folder in here.ancestors() {
        if folder.join(FILE).is_file() {
            return Some(up.join(FILE));
        }
        up.push("..");
    }
    None
}

/// Puts quotes round Chinese keys, which TOML asks for and people forget. Only simple lines are
/// touched: `键 = …` and `[名称]`.
fn quoted_keys(text: &str) -> String {
    let quoted = |key: &str| {
        let key = key.trim();
        let bare = !key.is_ascii() && !key.contains(['"', '\'', '.', '#', ' ', '[', ']', '{', ',']);
        bare.then(|| format!("\"{key}\""))
    };
    let line = |line: &str| {
        let trimmed = line.trim();
        if let Some(heading) = trimmed.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
            return quoted(heading).map(|it| format!("[{it}]"));
        }
        let (key, value) = trimmed.split_once('=')?;
        quoted(key).map(|it| format!("{it} ={value}"))
    };
    let lines = text.lines().map(|it| line(it).unwrap_or_else(|| it.to_owned()));
    lines.collect::<Vec<_>>().join("\n")
}

/// A path as people and rule files write it: with `/`, and without `.` in front.
pub(crate) fn shown(path: &Path) -> String {
    let mut shown = String::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::RootDir => shown.push('/'),
            Component::Prefix(it) => shown.push_str(&it.as_os_str().to_string_lossy()),
            Component::ParentDir | Component::Normal(_) => {
                if !shown.is_empty() && !shown.ends_with('/') {
                    shown.push('/');
                }
                shown.push_str(&part.as_os_str().to_string_lossy());
            }
        }
    }
    if shown.is_empty() { ".".to_owned() } else { shown }
}

#[cfg(test)]
mod tests {
    use super::{Project, shown};
    use std::path::{Path, PathBuf};

    #[test]
    fn a_project_reads_the_same_with_chinese_keys() {
        let english = "rules = ['a']\nas_of = '2026-10-31'\n[links]\n\"通用\" = 'x'\n[output]\nall = true\n[summary]\nregion = '区'";
        let chinese = "\u{feff}规则集 = ['a']\r\n基准日 = '2026-10-31'\n[代替]\n通用 = 'x'\n[结果]\n全部 = true\n[汇总]\n地区 = '区'";
        let project = Project::parse(english).unwrap();
        assert_eq!(Project::parse(chinese), Ok(project.clone()));
        assert_eq!(project.links["通用"], "x");
        assert_eq!(project.summary.region.as_deref(), Some("区"));
    }

    #[test]
    fn a_key_that_is_not_known_is_an_error() {
        assert!(Project::parse("rule = ['a']").unwrap_err().contains("rule"));
        assert!(Project::parse("as_of = '2026-02-30'").is_err());
    }

    #[test]
    fn paths_start_from_the_folder_of_the_file() {
        let project = Project::parse("rules = ['general']\ndata = 'data'").unwrap();
        let project = project.within(Path::new("../city"));
        assert_eq!(project.rules, [PathBuf::from("../city/general")]);
        assert_eq!(project.data, Some(PathBuf::from("../city/data")));
        let project = Project::parse("rules = ['../../sets/food']").unwrap();
        let project = project.within(Path::new("examples/city"));
        assert_eq!(project.rules, [PathBuf::from("sets/food")]);
    }

    #[test]
    fn paths_are_shown_with_slashes() {
        assert_eq!(shown(Path::new("./a/./b")), "a/b");
        assert_eq!(shown(Path::new("../../a")), "../../a");
        assert_eq!(shown(Path::new("/a/b")), "/a/b");
        assert_eq!(shown(Path::new("")), ".");
    }
}
