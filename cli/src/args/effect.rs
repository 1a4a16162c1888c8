//! What can be asked of the effect of a change on data.

use std::path::PathBuf;

use heng_dsl::value::Date;

use super::Engine;

/// Questions about the effect; they need data.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "影响 / Effect (with --data)")]
pub(crate) struct Effect {
    /// 按哪个字段、值或标注分组，如 区划:6、行业:1；可重复；默认用项目文件的地区和行业 / Groups by a field, value or tag; may repeat; region and industry of the project by default
    #[arg(long, value_name = "FIELD")]
    pub(crate) by: Vec<String>,
    /// 再多一条这种记录会让多少户变差两级，可重复；默认是改动直接用到的记录 / One more record of this table: who would fall by two grades; may repeat; tables that the changes read by default
    #[arg(long, value_name = "TABLE")]
    pub(crate) cliff: Vec<String>,
    /// 不试记录 / Try no records
    #[arg(long, conflicts_with = "cliff")]
    pub(crate) no_cliffs: bool,
    /// 较早的数据，与较晚的相比：规则、事实、时间各占多少 / Earlier data to compare with: what is due to rules, facts, time
    #[arg(long, value_name = "FOLDER")]
    pub(crate) old_data: Option<PathBuf>,
    /// 较早的基准日 / The earlier as-of date
    #[arg(long, value_name = "DATE")]
    pub(crate) old_as_of: Option<Date>,
    /// 少于此数的户数不显示；网页默认 5，0 为全部显示 / Leave out counts below this; 5 for a page by default, 0 shows all
    #[arg(long, value_name = "N")]
    pub(crate) suppress: Option<usize>,
    /// 用哪个引擎分类，结果相同 / Which engine classifies; results are the same
    #[arg(long, value_enum, default_value_t)]
    pub(crate) engine: Engine,
    /// 两版的结果存在这个文件夹，下次在同一快照上比较时，没有改到的不必再算 / Keep what both versions come to in this folder, so that the next comparison over the same snapshot need not work out what no edit has reached
    #[arg(long, value_name = "FOLDER")]
    pub(crate) keep: Option<PathBuf>,
    /// 改动太多、要用随机次序时的种子 / Seed of random orders, where there are too many changes
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
}

impl Effect {
    /// Is anything asked that needs data?
    pub(crate) fn any(&self) -> bool {
        !self.by.is_empty()
            || !self.cliff.is_empty()
            || self.no_cliffs
            || self.old_data.is_some()
            || self.old_as_of.is_some()
            || self.suppress.is_some()
            || self.keep.is_some()
    }
}
