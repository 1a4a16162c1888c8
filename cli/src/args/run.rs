//! `heng run`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::ValueEnum;

use super::{DataArgs, Format, Packages};

/// 分类（不入库）：等级分布、标注、预警、措施、数据质量 / Classify (dry run): grades, tags, alerts, measures, data quality
#[derive(Debug, clap::Args)]
#[command(
    after_help = "示例： / Examples:\n  heng run\n  heng run --as-of 2026-09-30 --out 结果.parquet --all\n  heng run --data 全市.xlsx --out 结果.xlsx\n  heng run --out 结果.csv --columns 统一社会信用代码,信用风险,食品.风险等级\n  heng run --out 结果.parquet --reasons   每户为什么 / with reasons for every household\n  heng run --repeat 3 --threads 2      每秒多少户 / households per second\n  heng run --verify 1%                 抽百分之一用参考求值器复算 / replay one in a hundred by the reference engine\n  heng run --data 快照 --since 2026-09 --record 2026-10 --out 结果.parquet      从上月的结果算起 / start from last month's results"
)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) packages: Packages,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    #[command(flatten)]
    pub(crate) results: ResultArgs,
    /// 列出没有一户得分的指标、没有命中的判定 / List indicators that no household scores on
    #[arg(long)]
    pub(crate) coverage: bool,
    /// 分类重复几次，报告每秒户数 / Classify that many times and report households per second
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) repeat: Option<u16>,
    /// 各项声明用了多少时间：列表，并写成火焰图用的文件 / Time by declaration: a table, and this file for flame graphs
    #[arg(long, value_name = "FILE")]
    pub(crate) profile: Option<PathBuf>,
    /// 用哪个引擎计算，结果相同 / Which engine works the results out; they are the same
    #[arg(long, value_enum, default_value_t)]
    pub(crate) engine: Engine,
    /// 抽出这一比例的户，用参考求值器复算，不同就失败：1% / Work that share of households out by the reference engine, too, and fail on a difference: 1%
    #[arg(long, value_name = "SHARE")]
    pub(crate) verify: Option<Share>,
    /// 从这个文件夹里记录的结果算起：只重新计算数据有变化的户和时间可能改变的户 / Start from the results recorded in this folder: only households whose data have changed, or which time may have changed, are worked out
    #[arg(long, value_name = "RUN", conflicts_with_all = ["engine", "verify", "repeat"])]
    pub(crate) since: Option<PathBuf>,
    /// 把各户的结果记录到这个文件夹，供以后的 --since 用 / Record the results of all households in this folder, for a later --since
    #[arg(long, value_name = "RUN", conflicts_with_all = ["engine", "repeat"])]
    pub(crate) record: Option<PathBuf>,
    /// 输出格式 / Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// The file that results are written to.
#[derive(Debug, clap::Args)]
pub(crate) struct ResultArgs {
    /// 把结果写到这个 .csv、.xlsx、.jsonl 或 .parquet 文件，隔离的行写在旁边 / Write results to this .csv, .xlsx, .jsonl or .parquet file, bad rows beside it
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// 结果的列，用逗号分开 / Columns of the results, with commas between
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) columns: Vec<String>,
    /// 结果加上全部指标和值 / Add every indicator and value to the results
    #[arg(long)]
    pub(crate) all: bool,
    /// 每户加上理由码：各项规则由哪一条得出；旁边写一份说明各码的条款和依据 / Add reason codes: which clause of each rule a result rests on; a file beside says what they stand for, with the legal basis
    #[arg(long, requires = "out", conflicts_with = "since")]
    pub(crate) reasons: bool,
    /// 不写没有一个规则集适用的户 / Leave out the households that no rule set is about
    #[arg(long)]
    pub(crate) in_scope: bool,
}

/// What works the results out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    /// Many households at once, by columns; what it cannot work out it refuses.
    #[default]
    Columnar,
    /// One household at a time: the meaning of the language.
    Reference,
}

/// A share of households, in hundredths of a per cent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Share(pub(crate) u32);

impl FromStr for Share {
    type Err = String;

    /// Reads `1%` and `0.5%`.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "1% | 0.5% | 100%".to_owned();
        let number = text.strip_suffix(['%', '％']).ok_or_else(wrong)?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if fraction.len() > 2 || !number.bytes().all(|it| it.is_ascii_digit() || it == b'.') {
            return Err(wrong());
        }
        let digits = format!("{whole}{fraction:0<2}");
        let share: u32 = digits.parse().map_err(|_| wrong())?;
        if (1..=10_000).contains(&share) { Ok(Self(share)) } else { Err(wrong()) }
    }
}

#[cfg(test)]
mod tests {
    use super::Share;

    #[test]
    fn a_share_is_a_per_cent_of_the_households() {
        for (text, share) in [("1%", 100), ("0.5%", 50), ("0.01%", 1), ("100%", 10_000)] {
            assert_eq!(text.parse(), Ok(Share(share)), "{text}");
        }
        for text in ["1", "0%", "101%", "0.001%", "-1%", "%", "a%"] {
            assert!(text.parse::<Share>().is_err(), "{text}");
        }
    }
}
