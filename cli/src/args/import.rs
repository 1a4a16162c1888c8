//! `heng import`.

use std::path::PathBuf;

use super::{Format, Lookup};

/// 把数据导入快照，或把后来的数据并入 / Import data into a snapshot, or add a later delivery to it
#[derive(Debug, clap::Args)]
#[command(
    after_help = "示例： / Examples:\n  heng import 数据 --into 快照\n  heng import 数据2026-10 --into 快照     后来的一批 / a later delivery\n  heng run --data 快照"
)]
pub(crate) struct Import {
    /// 数据文件夹或 Excel 文件，默认用 heng.toml 所写 / The folder of data, or a workbook; that of heng.toml by default
    #[arg(value_name = "DATA")]
    pub(crate) data: Option<PathBuf>,
    /// 快照的文件夹：新的、空的，或已有的快照 / The folder of the snapshot: new, empty, or a snapshot
    #[arg(long, value_name = "FOLDER")]
    pub(crate) into: PathBuf,
    /// 这一批是其中各户的全部记录：整户更新的表里一户没有记录，就是都撤销了 / The delivery has all records of its households: one without records in a replacing table has none any more
    #[arg(long)]
    pub(crate) complete: bool,
    /// 按这些规则集的声明来读，可重复；默认用项目文件所列 / Read by the declarations of these rule sets; may repeat; those of the project by default
    #[arg(long, value_name = "RULES")]
    pub(crate) rules: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) lookup: Lookup,
    /// 对照表：哪个文件、哪一列是什么 / A mapping of files and columns
    #[arg(long, value_name = "FILE")]
    pub(crate) mapping: Option<PathBuf>,
    /// 不能采用的行超过此数即停止 / Stop if more rows than this cannot be used
    #[arg(long, value_name = "N")]
    pub(crate) max_bad: Option<u64>,
    /// 显示敏感信息，不作遮盖 / Show sensitive fields in full
    #[arg(long)]
    pub(crate) reveal: bool,
    /// 输出格式 / Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}
