//! What can be asked of `heng`: data only; the doc comments are the help.

mod check;
mod diff;
mod effect;
mod import;
mod meant;
mod rebase;
mod registry;
mod run;
mod shared;
mod test;

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use heng_dsl::value::Date;

use crate::lang::LangArg;
use crate::template::Template;

pub(crate) use self::check::{Check, CheckFormat, ExplainCode};
pub(crate) use self::diff::{Diff, DiffFormat};
pub(crate) use self::effect::Effect;
pub(crate) use self::import::Import;
pub(crate) use self::rebase::{Rebase, Take};
pub(crate) use self::registry::{
    Apply, Approve, By, Decision, Doctor, ExportRegistry, Fetch, HistoryArg, ImportRegistry,
    KeysCommand, Log, NewKey, NewRegistry, Publish, RegistryCommand, Show, VerifyRegistry,
    VersionCommand, Versions,
};
pub(crate) use self::run::{Engine, Run};
pub(crate) use self::shared::{DataArgs, Lookup, Packages};
pub(crate) use self::test::{Test, TestFormat};
use crate::terminal::ColorArg;

const EXAMPLES: &str = "\
示例： / Examples:
  heng new 示例                    建一个项目 / make a project
  heng                             项目的现状 / how the project stands
  heng check                       检查 heng.toml 所列规则集 / check the rule sets of the project
  heng explain-code E0401          一个问题代码的说明和例子 / what the code of a problem means, with examples
  heng test --coverage             运行用例并列出未覆盖之处 / run the cases, list what none covers
  heng run --out 结果.csv          分类并写出结果 / classify and write the results
  heng explain 92341702XN0000000X  为什么是这个等级 / why this household has its grade
  heng try \"参数 观察期 = 36 个月\"  试改一处，看哪些户变 / change a rule for a try, see who moves
  heng diff 旧版 新版              改了什么、依据是什么 / what changed between two versions
  heng eval \"总分\" --household …   一个式子的值和依据 / the value of an expression, and why
  heng graph --up 信用风险         信用风险由什么决定 / what a grade depends on

退出码： / Exit codes:
  0  正常 / fine
  1  规则或数据有问题 / problems in rules or data
  2  用法不对 / wrong usage
  3  本程序故障 / a fault of ours
  4  改动有影响（diff；try --exit-code） / a change has an effect (diff; try --exit-code)
  5  超过所设限度 / a gate was hit
  7  版本库损坏 / the registry is damaged

结果是配置监管资源的内部参考，不是公开的信用评价。 / Results are an internal reference for allocating supervision, not a public credit evaluation.";

/// 衡：按监管人员读得懂的规则，对个体工商户作信用风险分类 / Classify households by rules that a regulator can read
#[derive(Debug, Parser)]
#[command(name = "heng", version, after_help = EXAMPLES, max_term_width = 100)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Without one: how the project stands.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

impl Args {
    /// The data that a command reads.
    pub(crate) fn data(&self) -> Option<&DataArgs> {
        match self.command.as_ref()? {
            Command::Status(it) => Some(&it.data),
            Command::Run(it) => Some(&it.data),
            Command::Explain(it) => Some(&it.data),
            Command::Try(it) => Some(&it.data),
            Command::Diff(it) => Some(&it.data),
            Command::Rebase(it) => Some(&it.data),
            Command::Eval(it) => Some(&it.data),
            Command::Backtest(it) => Some(&it.data),
            Command::New(_)
            | Command::Check(_)
            | Command::ExplainCode(_)
            | Command::Test(_)
            | Command::Import(_)
            | Command::Graph(_)
            | Command::Doc(_)
            | Command::Compile(_)
            | Command::Fmt(_)
            | Command::Versioned(_)
            | Command::Sample(_)
            | Command::Completions(_) => None,
        }
    }
}

/// What every command understands.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "通用 / Common")]
pub(crate) struct Common {
    /// 提示信息的语言，默认随系统 / Language of messages; that of the system by default
    #[arg(long, global = true, value_enum, value_name = "zh|en", hide_possible_values = true)]
    pub(crate) lang: Option<LangArg>,
    /// 是否用颜色；auto 遵从 `NO_COLOR` / Colours; auto honours `NO_COLOR`
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "auto|always|never",
        default_value_t,
        hide_possible_values = true,
        hide_default_value = true
    )]
    pub(crate) color: ColorArg,
    /// 不显示进度条 / No progress bars
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// 项目文件夹或 heng.toml；默认从当前文件夹向上找 / Project folder or file; by default the first heng.toml upwards
    #[arg(long, short = 'C', global = true, value_name = "FOLDER")]
    pub(crate) project: Option<PathBuf>,
    /// 版本库的文件夹；默认用 heng.toml 所写 / The folder of the registry; that of heng.toml by default
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) registry: Option<PathBuf>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    New(New),
    Status(Status),
    Check(Check),
    ExplainCode(ExplainCode),
    Test(Test),
    Run(Run),
    Import(Import),
    Explain(Explain),
    Try(Try),
    Diff(Diff),
    Rebase(Rebase),
    Eval(Eval),
    Graph(Graph),
    Backtest(Backtest),
    Doc(Doc),
    Compile(Compile),
    Fmt(Fmt),
    #[command(flatten)]
    Versioned(VersionCommand),
    Sample(Sample),
    Completions(Completions),
}

/// How results and messages are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// 建一个小而完整的项目，从它开始 / Make a small real project to start from
#[derive(Debug, clap::Args)]
#[command(
    after_help = "示例： / Examples:\n  heng new 示例                     通用型和食品，一千户虚构的户 / a general and a food set, a thousand invented households\n  heng new 示例 --template city     再加一个修订通用型的市 / with a city that amends the general set\n  heng new 示例 --template empty    一个最小的规则集 / one small rule set, no data"
)]
pub(crate) struct New {
    /// 项目的文件夹，还没有的或者空的 / The folder of the project, which is not there or empty
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
    /// 从什么开始 / What to start from
    #[arg(long, value_enum, default_value_t)]
    pub(crate) template: Template,
    /// 虚构多少户 / How many households to invent
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) households: u32,
    /// 输出格式 / Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// 项目的现状：检查、用例、等级、资料，接着做什么；不写命令也是它 / How the project stands and what to try next; the same as no command
#[derive(Debug, Default, clap::Args)]
#[command(
    after_help = "示例： / Examples:\n  heng\n  heng status -C examples/chizhou --format json"
)]
pub(crate) struct Status {
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// 输出格式 / Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// 解释一户的结果：每一分从哪里来，何时自动改变，户自己能做什么 / Explain the result of one household: its reasons, when it changes, what can be done
#[derive(Debug, clap::Args)]
#[command(
    after_help = "示例： / Examples:\n  heng explain 92341702XN0000000X\n  heng explain 92341702XN0000000X indicator-sets/general --data 数据 --as-of 2026-10-31\n  heng explain 92341702XN0000000X --format markdown --reveal > 说明.md"
)]
pub(crate) struct Explain {
    /// 户的主键（统一社会信用代码） / The key of the household
    pub(crate) household: String,
    /// 规则集的文件夹或存好的 .json；默认用项目文件所列 / Folders of rule sets, or stored ones (.json)
    #[arg(value_name = "FOLDER")]
    pub(crate) folders: Vec<PathBuf>,
    /// 规则集的文件夹或存好的 .json，可重复；默认用项目文件所列 / Folders of rule sets, or stored ones (.json); may repeat
    #[arg(long, value_name = "FOLDER")]
    pub(crate) rules: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) lookup: Lookup,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// 输出格式 / Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ExplainFormat,
}

/// 试改一处规则，看哪些户变、因为什么；不保存 / Change a rule for a try: who moves and why; nothing is saved
#[derive(Debug, clap::Args)]
#[command(after_help = TRY_EXAMPLES)]
pub(crate) struct Try {
    /// 修订，不写“修订”和“因”也行；可几处一起 / Amendments without the words amend and because; several work together
    #[arg(required = true, value_name = "EDIT")]
    pub(crate) edits: Vec<String>,
    /// 规则集的文件夹或存好的 .json，可重复；默认用项目文件所列 / Folders of rule sets, or stored ones (.json); may repeat
    #[arg(long, value_name = "FOLDER")]
    pub(crate) rules: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) lookup: Lookup,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// 有户的结果改变时退出码为 4 / Exit with 4 if any household has another result
    #[arg(long)]
    pub(crate) exit_code: bool,
    /// 输出格式 / Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

const TRY_EXAMPLES: &str = "\
示例： / Examples:
  heng try \"参数 观察期 = 36 个月\"                     参数 / a parameter
  heng try \"指标 行政处罚 第 2 行 = 50\"                表的第 2 行 / row 2 of a table
  heng try \"指标 行政处罚 1 次 = 50\"                   写明条件的一行 / the row with that condition
  heng try \"分类 信用风险 第 2 行 40 以上不满 90\" \"分类 信用风险 第 3 行 90 以上不满 205\"
                                                       两行共用的分界要一起改 / both rows of a cut-off
  heng try \"叠加 监管等级 D,A = D\"                     矩阵的一格（行 D、列 A） / a cell of a matrix
  heng try \"指标 食品.日常检查 上限 30\"                 写明规则集 / with the rule set
  heng try \"停用 指标 电子商务\" --format json
  heng try \"indicator 行政处罚 row 2 = 50\" --lang en --exit-code";

/// 求一个式子的值：某户的、全体的分布，和所依据的记录 / The value of an expression, and what it read
#[derive(Debug, clap::Args)]
#[command(
    after_help = "示例： / Examples:\n  heng eval \"计数(行政处罚 其中 近 24 个月)\" --household 92341702XN0000000X\n  heng eval \"观察期\"                                 参数 / a parameter\n  heng eval \"总分 ≥ 95\" --package 通用               各户的分布 / over all households\n  heng eval \"平均(全体, 总分)\" --format json"
)]
pub(crate) struct Eval {
    /// 式子，用规则的写法 / The expression, written as in a rule
    pub(crate) expression: String,
    /// 户的主键；不写则看全体 / The key of a household; all of them by default
    #[arg(long, value_name = "KEY")]
    pub(crate) household: Option<String>,
    /// 在哪个规则集的范围里理解；默认为第一个能理解的 / The rule set whose names it uses; the first that fits by default
    #[arg(long, value_name = "ID")]
    pub(crate) package: Option<String>,
    /// 规则集的文件夹或存好的 .json，可重复；默认用项目文件所列 / Folders of rule sets, or stored ones (.json); may repeat
    #[arg(long, value_name = "FOLDER")]
    pub(crate) rules: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) lookup: Lookup,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// 输出格式 / Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// How an explanation is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExplainFormat {
    /// A letter in plain text.
    #[default]
    Text,
    /// For programs.
    Json,
    /// A letter in Markdown.
    Markdown,
}

/// 依赖图：从字段到等级、标注、措施 / The graph from fields to grades, tags and measures
#[derive(Debug, clap::Args)]
#[command(
    after_help = "示例： / Examples:\n  heng graph --up 信用风险\n  heng graph --down 个体工商户.状态\n  heng graph --format dot | dot -Tsvg > 规则.svg"
)]
pub(crate) struct Graph {
    #[command(flatten)]
    pub(crate) packages: Packages,
    /// 只画它所依据的 / Only what it depends on
    #[arg(long, value_name = "NAME", conflicts_with = "down")]
    pub(crate) up: Option<String>,
    /// 只画依据它的 / Only what depends on it
    #[arg(long, value_name = "NAME")]
    pub(crate) down: Option<String>,
    /// 输出格式 / Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: GraphFormat,
}

/// How a graph is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    /// Lines and indentation.
    #[default]
    Tree,
    /// Graphviz.
    Dot,
    /// Mermaid.
    Mermaid,
    /// For programs.
    Json,
}

/// 指标手册：指标、评分标准、依据、矩阵、用例，由规则生成 / The handbook of a rule set, made from its rules
#[derive(Debug, clap::Args)]
#[command(
    after_help = "示例： / Examples:\n  heng doc --out 手册.html                      一个可以打印的网页 / one page that prints\n  heng doc indicator-sets/general --out 手册.md   Markdown\n  heng doc --out handbook.html --lang en"
)]
pub(crate) struct Doc {
    #[command(flatten)]
    pub(crate) packages: Packages,
    /// 写到这个 .html 或 .md 文件；没有则把 Markdown 写到屏幕 / Write to this .html or .md file; else Markdown to the screen
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// 手册的形式；没有则看文件的后缀 / The form of the handbook; else by the ending of the file
    #[arg(long, value_enum, value_name = "FORM")]
    pub(crate) form: Option<DocFormat>,
    /// 输出格式（报告的，不是手册的） / Output format of the report
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// The form of a handbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DocFormat {
    /// One page for a browser.
    Html,
    /// Markdown.
    Md,
}

impl Doc {
    /// The form that was asked for, else by the ending of the file, else Markdown.
    pub(crate) fn form(&self) -> DocFormat {
        let is_page = |it: &PathBuf| {
            it.extension()
                .is_some_and(|it| it.eq_ignore_ascii_case("html") || it.eq_ignore_ascii_case("htm"))
        };
        let is_page = self.out.as_ref().is_some_and(is_page);
        self.form.unwrap_or(if is_page { DocFormat::Html } else { DocFormat::Md })
    }
}

/// 把检查过的规则写成数据（JSON），供别的程序读写和存档；各命令都能用它代替规则文字 / Write checked rules as data (JSON); every command takes it in place of text
#[derive(Debug, clap::Args)]
#[command(
    after_help = "示例： / Examples:\n  heng compile --out 规则数据                 每个规则集一个文件 / a file for each rule set\n  heng compile --linked --out 规则.json      合成一个文件 / all in one file\n  heng compile --hash                        内容和含义的摘要 / hashes of content and meaning\n  heng run 规则.json --data data             用存好的规则分类 / classify with stored rules"
)]
pub(crate) struct Compile {
    #[command(flatten)]
    pub(crate) packages: Packages,
    /// 写到这个 .json 文件或文件夹；没有则写到屏幕 / Write to this .json file or folder; else to the screen
    #[arg(long, value_name = "FILE|FOLDER")]
    pub(crate) out: Option<PathBuf>,
    /// 连同所引用的规则集、代替关系、代码表写成一个文件 / One closed file with all packages, links and code tables
    #[arg(long)]
    pub(crate) linked: bool,
    /// 只列出内容摘要和含义摘要 / Only list the hashes of content and meaning
    #[arg(long, conflicts_with_all = ["out", "linked"])]
    pub(crate) hash: bool,
    /// 输出格式（报告的，不是规则的） / Output format of the report
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// 回测：以往的结果与后来发生的事相比 / Look back: compare earlier results with what came to pass
#[derive(Debug, clap::Args)]
#[command(
    after_help = "结果表每户一行：主键一列，是否发生一列（是、否、1、0），可以另有基准日一列。
The outcome table has a row for each household: its key, yes or no, and possibly an as-of date.

示例： / Examples:
  heng backtest --outcome 后来.csv --event 是否处罚
  heng backtest --outcome outcome.parquet --event first_critical --of 2014-01-01 --as-of 2013-12-31
  heng backtest --outcome 后来.csv --score 处罚次数 --grade 信用风险 --picture 提升.svg
  heng backtest -C examples/chicago-food --lang en"
)]
pub(crate) struct Backtest {
    #[command(flatten)]
    pub(crate) packages: Packages,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    #[command(flatten)]
    pub(crate) outcome: OutcomeArgs,
    /// 看哪一个分数：总分、指标或值 / Which score: a total, an indicator or a value
    #[arg(long, value_name = "NAME")]
    pub(crate) score: Option<String>,
    /// 看哪一个等级 / Which grade
    #[arg(long, value_name = "NAME")]
    pub(crate) grade: Option<String>,
    /// 分数越低风险越高 / A low score is the risky one
    #[arg(long)]
    pub(crate) low_is_risky: bool,
    /// 把提升曲线画到这个 .svg 文件 / Draw gains and lift into this .svg file
    #[arg(long, value_name = "FILE")]
    pub(crate) picture: Option<PathBuf>,
    /// 输出格式 / Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// 把规则文件写成统一的样子，注释都保留 / Write rule files in their one form; every comment stays
#[derive(Debug, clap::Args)]
#[command(
    after_help = "示例： / Examples:\n  heng fmt                              改写项目的全部规则集 / all rule sets of the project\n  heng fmt --check                      只列出会改动的文件 / only list what would change\n  heng fmt --to en indicator-sets/food  词改用英文写法，名称不变 / words in English, names as they are\n  heng fmt - < 规则.heng > 新.heng\n\n读不懂的声明原样保留。行尾统一为 LF，不带字节顺序标记（Windows 也一样）。\nA declaration that cannot be read stays as it is. Lines end with LF, without a byte order mark, on Windows too."
)]
pub(crate) struct Fmt {
    /// 文件或文件夹，“-”是标准输入；默认用项目文件所列 / Files or folders, “-” is standard input; those of the project by default
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// 不改写，列出会改动的文件；有则退出码为 1 / Write nothing, list what would change, and exit with 1 if anything would
    #[arg(long)]
    pub(crate) check: bool,
    /// 词用中文写法还是英文写法；默认随文件 / The spelling of words; that of each file by default
    #[arg(long, value_enum, value_name = "zh|en", hide_possible_values = true)]
    pub(crate) to: Option<LangArg>,
    /// 输出格式 / Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// What came to pass after the as-of date.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "后来的结果 / What came to pass")]
pub(crate) struct OutcomeArgs {
    /// 后来结果的文件（CSV 或 Parquet） / The file with what came to pass (CSV or Parquet)
    #[arg(long, value_name = "FILE")]
    pub(crate) outcome: Option<PathBuf>,
    /// 是否发生的一列，默认“事件” / The column with yes or no; `event` by default
    #[arg(long, value_name = "COLUMN")]
    pub(crate) event: Option<String>,
    /// 户的主键的一列，默认与数据同名 / The column with the key; named as in the data by default
    #[arg(long, value_name = "COLUMN")]
    pub(crate) key: Option<String>,
    /// 基准日的一列，默认“基准日” / The column with the as-of date; `as_of` by default
    #[arg(long, value_name = "COLUMN")]
    pub(crate) date: Option<String>,
    /// 用表中哪个基准日的行，默认与本次相同 / Rows of which as-of date; that of this run by default
    #[arg(long, value_name = "DATE")]
    pub(crate) of: Option<Date>,
}

/// 生成虚构的样本城市 / Make a synthetic city
#[derive(Debug, clap::Args)]
#[command(after_help = "示例： / Examples:\n  heng sample --households 100000 --seed 1 --out 样本")]
pub(crate) struct Sample {
    /// 户数 / How many households
    #[arg(long, value_name = "N", default_value_t = 3000)]
    pub(crate) households: u32,
    /// 种子：同样的种子得到同样的文件 / The same seed gives the same files
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// 写入这个文件夹 / The folder to write into
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: PathBuf,
    /// 数据的截至日期 / The cut-off date of the data
    #[arg(long, value_name = "DATE", default_value = crate::sample::CUTOFF)]
    pub(crate) cutoff: Date,
    /// 不放入故意的错误 / Leave out the flaws that are put in on purpose
    #[arg(long)]
    pub(crate) no_flaws: bool,
    /// 输出格式 / Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// 命令行补全脚本 / Completions for a shell
#[derive(Debug, clap::Args)]
#[command(
    after_help = "示例： / Examples:\n  heng completions bash > ~/.local/share/bash-completion/completions/heng\n  heng completions powershell >> $PROFILE"
)]
pub(crate) struct Completions {
    /// 哪一种命令行 / Which shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}
