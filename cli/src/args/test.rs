//! What can be asked of `heng test`.

use std::path::PathBuf;

use clap::ValueEnum;

use super::Packages;

/// 运行用例，没有通过的说明为什么 / Run the cases, say why one fails
#[derive(Debug, clap::Args)]
#[command(
    after_help = "示例： / Examples:\n  heng test\n  heng test indicator-sets/food --filter 抽检 --coverage\n  heng test --accept               把得到的结果写进还没写期望（？）的用例 / fill in what cases leave open (?)\n  heng test --mutate               用例够不够：规则改一点，有没有用例发现 / are the cases enough\n  heng test --watch                有改动就再运行 / run again after every change\n  heng test --junit 用例.xml        给流水线 / for a pipeline"
)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag by itself")]
pub(crate) struct Test {
    #[command(flatten)]
    pub(crate) packages: Packages,
    /// 只运行标题含有此文字的用例 / Only cases whose title contains this
    #[arg(long, value_name = "TEXT")]
    pub(crate) filter: Option<String>,
    /// 列出没有用例覆盖的指标、判定、表格行 / List indicators, determinations and rows that no case covers
    #[arg(long)]
    pub(crate) coverage: bool,
    /// 与 --coverage 一起：连档的边界也算，界上和界外最近的数各要有用例 / With --coverage: edges of bands, too
    #[arg(long, requires = "coverage")]
    pub(crate) edges: bool,
    /// 先给看，再把结果写进期望是“？”的地方 / Show, then write the outcomes where a case expects “?”
    #[arg(long, conflicts_with = "watch")]
    pub(crate) accept: bool,
    /// 与 --accept 一起：没有通过的期望也改成得到的结果 / With --accept: replace expectations that failed, too
    #[arg(long, requires = "accept")]
    pub(crate) overwrite: bool,
    /// 与 --accept 一起：不再问 / With --accept: do not ask
    #[arg(long, requires = "accept")]
    pub(crate) yes: bool,
    /// 有文件变了就再运行，标准输入关闭或 Ctrl-C 为止 / Run again after every change, until standard input ends
    #[arg(long)]
    pub(crate) watch: bool,
    /// 另写一份 `JUnit` XML / Also write `JUnit` XML to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// 把每个数、界、行改一点，看用例能否发现 / Change each number, bound and row a little: do the cases notice?
    #[arg(long, conflicts_with_all = ["watch", "accept", "filter", "coverage", "junit"])]
    pub(crate) mutate: bool,
    /// 与 --mutate 一起：只抽这么多处 / With --mutate: draw that many
    #[arg(long, value_name = "N", requires = "mutate")]
    pub(crate) sample: Option<usize>,
    /// 与 --sample 一起：哪一次抽取 / With --sample: which draw
    #[arg(long, value_name = "N", requires = "sample", default_value_t = 1)]
    pub(crate) seed: u64,
    /// 输出格式 / Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: TestFormat,
}

/// How the results of cases are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum TestFormat {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
    /// `JUnit` XML, for build servers.
    Junit,
}
