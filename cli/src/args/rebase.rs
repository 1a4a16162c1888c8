//! What can be asked of `heng rebase`.

use std::path::PathBuf;

use clap::ValueEnum;

use super::Format;
use super::shared::Lookup;

/// 把市里的修订移到省里的新版上：只有一方改的照改，双方都改的列出来 / Put a city's amendments onto a new version of the set that it extends; what both changed is listed
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Rebase {
    /// 市里的规则集（“基于”另一个的） / The city's set, which extends another one
    #[arg(value_name = "CITY")]
    pub(crate) city: PathBuf,
    /// 省里的新版 / The new version of what it extends
    #[arg(long, value_name = "NEW")]
    pub(crate) onto: PathBuf,
    /// 省里的旧版；默认为市里现在所基于的 / The old version; by default the one that the city's set extends now
    #[arg(long, value_name = "OLD")]
    pub(crate) from: Option<PathBuf>,
    /// 冲突之处一律照市里或照省里 / Decide every conflict for the city or for the province
    #[arg(long, value_enum, value_name = "city|province")]
    pub(crate) take: Option<Take>,
    /// 把合并的规则集写到这个 .json 文件 / Write the merged set to this .json file
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) lookup: Lookup,
    /// 输出格式 / Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// Whose version stands where both changed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Take {
    /// The city's.
    City,
    /// The province's.
    Province,
}

const EXAMPLES: &str = "\
有冲突而没有写 --take 时什么也不写，退出码为 1 / With conflicts and without --take nothing is written, and it exits with 1

示例： / Examples:
  heng rebase rules/chizhou --onto 2026版/general
  heng rebase rules/chizhou --onto 2026版/general --from 2025版/general --out 池州.json
  heng rebase rules/chizhou --onto new --take city --out merged.json --lang en";
