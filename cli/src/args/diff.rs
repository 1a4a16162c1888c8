//! What can be asked of `heng diff`.

use std::path::PathBuf;

use clap::ValueEnum;

use super::effect::Effect;
use super::shared::{DataArgs, Lookup};

/// 比较两个版本：改了什么、依据是什么、有没有影响 / Compare two versions: what changed, on which basis, and whether it has an effect
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Diff {
    /// 旧版：规则集的文件夹、几个规则集所在的文件夹，或存好的 .json / The old version: the folder of a rule set, a folder of several, or a stored .json
    #[arg(value_name = "OLD")]
    pub(crate) old: PathBuf,
    /// 新版，写法相同 / The new version, named in the same way
    #[arg(value_name = "NEW")]
    pub(crate) new: PathBuf,
    /// 一并看的规则集，两版都用同一个，例如引用它的食品；可重复；存计划时写“集@版本”，如 食品@2025.1 / Another rule set to look at with both versions, such as one that uses what changes; may repeat; for a plan by its version: SET@2025.1
    #[arg(long, value_name = "FOLDER")]
    pub(crate) with: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) lookup: Lookup,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    #[command(flatten)]
    pub(crate) effect: Effect,
    /// 对所有可能的户证明或举例：等级、标注、预警、名单、直接判定相同，或者只可能有哪些变化、每种一户（基准日用 --as-of 给出） / Prove or refute over all households that there could be: equal grades, tags, alerts, lists and direct determinations, or the only changes that can happen, with a household each (as of --as-of)
    #[arg(long)]
    pub(crate) prove: bool,
    /// 只看符合的：户的条件、从哪一级到哪一级、变更的种类，用“且”连接 / Only what fits: a condition of the household, from grade to grade, kinds of change, with “and” between
    #[arg(long = "where", value_name = "QUESTION")]
    pub(crate) filter: Option<String>,
    /// 输出格式；html 是一个可以存档、打印的网页 / Output format; html is one page to keep or print
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: DiffFormat,
    /// 写到这个文件，后缀 .html 即网页、.json 即数据；没有则写到屏幕 / Write to this file; .html makes a page, .json data; else to the screen
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// 把审查存成计划文件，供 heng approve 签名、heng apply 实施；两版都是版本库里的版本 / Keep the review as a plan for heng approve and heng apply; both are versions of the registry
    #[arg(long, value_name = "FILE", conflicts_with = "filter")]
    pub(crate) save: Option<PathBuf>,
}

/// How a comparison is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffFormat {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
    /// One page for a browser.
    Html,
}

impl Diff {
    /// The format that was asked for, else by the ending of the file.
    pub(crate) fn form(&self) -> DiffFormat {
        let ends = |ending: &str| {
            let found = self.out.as_ref().and_then(|it| it.extension());
            found.is_some_and(|it| it.eq_ignore_ascii_case(ending))
        };
        match self.format {
            DiffFormat::Text if ends("html") || ends("htm") => DiffFormat::Html,
            DiffFormat::Text if ends("json") => DiffFormat::Json,
            format => format,
        }
    }
}

const EXAMPLES: &str = "\
变更的种类；C0、C1 不影响任何户的结果，有其他变更时退出码为 4： / Kinds of change; C0 and C1 give no household another result, any other exits with 4:
  C0  写法，由规范形式相同证明 / wording, proved by equal normal forms
  C1  说明：标题、依据、缘由、用例 / metadata: titles, bases, reasons, cases
  C2  门槛：一档的分界、条件中的数 / thresholds: edges of bands, numbers in conditions
  C3  分值：分值、权重、上下限 / weights: points, weights, caps and floors
  C4  分界：等级之间的 / cut-offs between grades
  C5  范围：适用、期间、条件 / scope: whom, when, on which condition
  C6  结构：增删、次序、矩阵、改名 / structure: what there is, its order, matrices, names
  C7  数据：字段、单位、枚举、代码表 / data: fields, units, enumerations, code tables

示例： / Examples:
  heng diff 2025版/通用 2026版/通用
  heng diff 2025.1.json 2026.1.json --lang en
  heng diff old new --out 对比.html                 一个网页 / one page
  heng diff old new --format json > changes.json
  heng diff old new --where C2、C4                  只列这些种类 / only these kinds
  heng diff old new --data 数据 --by 区划:6          谁变、因为哪处改动 / who moves, because of which change
  heng diff old new --with food --data 数据          引用它的规则集怎样跟着变 / how sets that use it move with it
  heng diff old new --data 数据 --where '行业 开头 \"62\" 且 B→C'
                                                   哪些户，从 B 到 C / which households go from B to C
  heng diff old new --prove --as-of 2026-03-31      所有可能的户 / all households that there could be
  heng diff 通用@2026.1 通用@2026.2 --data 数据 --save 通用.plan
                                                   看过就存成计划 / keep what was looked at as a plan";
