//! What several commands ask for: which rules, where to find them, which data.

use std::path::PathBuf;

use heng_dsl::value::Date;

/// Where packages are found.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "规则集 / Rule sets")]
pub(crate) struct Lookup {
    /// 在这个文件夹（或 .json 文件）中找所引用的规则集，可重复 / A folder (or .json file) to find used rule sets in; may repeat
    #[arg(long, value_name = "FOLDER")]
    pub(crate) path: Vec<PathBuf>,
    /// 以另一规则集代替所引用的，如 通用=池州通用，可重复 / Let one rule set stand for another; may repeat
    #[arg(long, value_name = "ID=ID", value_parser = link)]
    pub(crate) link: Vec<(String, String)>,
}

fn link(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once(['=', '＝']).map(|(name, other)| (name.trim(), other.trim()));
    match pair {
        Some((name, other)) if !name.is_empty() && !other.is_empty() => {
            Ok((name.to_owned(), other.to_owned()))
        }
        _ => Err("应写成 甲=乙 / write it as A=B".to_owned()),
    }
}

/// The packages a command is about.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Packages {
    /// 规则集的文件夹（或一个项目的文件夹），或 heng compile 写出的 .json；默认用项目文件所列 / Folders of rule sets (or one of a project), or files of heng compile (.json); those of the project by default
    #[arg(value_name = "RULES")]
    pub(crate) folders: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) lookup: Lookup,
}

/// The data a command works on.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "数据 / Data")]
pub(crate) struct DataArgs {
    /// 数据文件夹，每张表一个文件（CSV、Excel、JSON Lines、Parquet），或一个每张表一页的 Excel 文件 / The folder of data, one file a table (CSV, Excel, JSON Lines, Parquet), or one workbook with a sheet a table
    #[arg(long, value_name = "FOLDER")]
    pub(crate) data: Option<PathBuf>,
    /// 对照表：哪个文件、哪一列是什么 / A mapping of files and columns
    #[arg(long, value_name = "FILE")]
    pub(crate) mapping: Option<PathBuf>,
    /// 历次结果的文件夹 / A folder with earlier results
    #[arg(long, value_name = "FOLDER")]
    pub(crate) history: Option<PathBuf>,
    /// 基准日，默认为数据的截至日期 / The as-of date; the cut-off date of the data by default
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: Option<Date>,
    /// 允许基准日晚于数据的截至日期 / Allow an as-of date after the cut-off date of the data
    #[arg(long)]
    pub(crate) beyond_cutoff: bool,
    /// 不能采用的行超过此数即停止 / Stop if more rows than this cannot be used
    #[arg(long, value_name = "N")]
    pub(crate) max_bad: Option<u64>,
    /// 线程数，默认为处理器数 / Threads; as many as processors by default
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// 显示敏感信息，不作遮盖 / Show sensitive fields in full
    #[arg(long)]
    pub(crate) reveal: bool,
}
