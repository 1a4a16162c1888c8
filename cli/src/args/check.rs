//! What can be asked of `heng check`, and of the codes that it names.

use super::{Format, Packages};

/// 检查规则：能否读懂，有无空档、重叠、循环 / Check rule sets: names, types, gaps, overlaps, cycles
#[derive(Debug, clap::Args)]
#[command(
    after_help = "示例： / Examples:\n  heng check\n  heng check indicator-sets/food --path indicator-sets\n  heng check --format json | jq '.diagnostics[].code'"
)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) packages: Packages,
    /// 输出格式 / Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// 一个问题代码是什么意思，附错的和对的例子；不写代码则列出全部 / What the code of a problem means, with a wrong and a right example; all codes without one
#[derive(Debug, clap::Args)]
#[command(
    after_help = "示例： / Examples:\n  heng explain-code                 全部代码 / all codes\n  heng explain-code E0401           一个代码 / one code\n  heng explain-code E0302 --lang en"
)]
pub(crate) struct ExplainCode {
    /// 代码，如 E0401 / The code, such as E0401
    #[arg(value_name = "CODE")]
    pub(crate) code: Option<String>,
    /// 输出格式 / Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}
