//! What can be asked of `heng check`, and of the codes that it names.

use clap::ValueEnum;
use heng_dsl::value::Date;

use super::{Format, Packages};

/// 检查规则：能否读懂，有无空档、重叠、循环 / Check rule sets: names, types, gaps, overlaps, cycles
#[derive(Debug, clap::Args)]
#[command(
    after_help = "示例： / Examples:\n  heng check\n  heng check indicator-sets/food --path indicator-sets\n  heng check --format json | jq '.diagnostics[].code'\n  heng check --deny warnings --format github    在流水线里 / in a pipeline\n  heng check --fix                              改掉有把握的 / make the certain changes\n  heng check --cost                             每户最多算多少步 / how much work a household can be\n  heng check --prove --as-of 2025-06-30         保证对所有可能的户 / guarantees over all households"
)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) packages: Packages,
    /// 有把握的改法直接改进文件 / Make the changes that certainly help
    #[arg(long)]
    pub(crate) fix: bool,
    /// 这种警告算不通过，可以写多次；warnings 是全部警告 / Fail on warnings with this code; “warnings” for all
    #[arg(long, value_name = "CODE")]
    pub(crate) deny: Vec<String>,
    /// 不报这种警告，可以写多次 / Do not report warnings with this code
    #[arg(long, value_name = "CODE")]
    pub(crate) allow: Vec<String>,
    /// 每户计算量的上界，最费时的十条 / A bound on the work per household, with the ten costliest rules
    #[arg(long)]
    pub(crate) cost: bool,
    /// 对每一种可能的户证明保证，或者举出不成立的户 / Prove every guarantee over all households, or show one that breaks it
    #[arg(long)]
    pub(crate) prove: bool,
    /// 证明所用的基准日 / The as-of date of the proof
    #[arg(long, value_name = "DATE", requires = "prove")]
    pub(crate) as_of: Option<Date>,
    /// 有文件变了就再检查一次，标准输入关闭或 Ctrl-C 为止 / Check again after every change, until standard input ends
    #[arg(long, conflicts_with = "fix")]
    pub(crate) watch: bool,
    /// 输出格式 / Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: CheckFormat,
}

/// How the problems of a check are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Workflow commands of GitHub Actions.
    Github,
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
