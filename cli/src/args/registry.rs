//! What can be asked of a registry: publish, look, fetch, decide, keep in order.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use heng_dsl::value::Date;

use super::{Format, Lookup};

/// The commands about versions.
#[derive(Debug, Subcommand)]
pub(crate) enum VersionCommand {
    Publish(Publish),
    Versions(Versions),
    Show(Show),
    Fetch(Fetch),
    Log(Log),
    /// 不予采用：还没有生效的版本不会生效 / Reject: a version that is not in force will not be
    #[command(after_help = "示例： / Examples:\n  heng reject 通用@2025.1 --reason 分界缺少依据")]
    Reject(Decision),
    /// 撤回：生效的版本不再有效，也没有别的接替 / Withdraw: a version is in force no longer, and nothing takes its place
    #[command(after_help = "示例： / Examples:\n  heng withdraw 通用@2025.1 --reason 依据已废止")]
    Withdraw(Decision),
    /// 退回：生效的版本不再有效，由前一版本接替 / Revert: a version is in force no longer, and the one before it is again
    #[command(after_help = "示例： / Examples:\n  heng revert 通用@2025.1 --reason 试行中发现错判")]
    Revert(Decision),
    Approve(Approve),
    Apply(Apply),
    Keys(KeysArgs),
    Registry(RegistryArgs),
}

/// 发布：检查、运行用例，通过了才存进版本库；发布过的版本不能改 / Publish: check, run the cases, and keep it in the registry for good
#[derive(Debug, clap::Args)]
#[command(
    after_help = "示例： / Examples:\n  heng registry new 版本库                                     先建一个版本库 / make a registry first\n  heng publish indicator-sets/general --with-used --registry 版本库 --author 省局\n  heng publish rules/通用 --effective-from 2027-01-01 --note 分界由95改为100\n  heng run 通用@2026-10-31 食品@2024.12                        用版本代替文件夹 / versions in place of folders"
)]
pub(crate) struct Publish {
    /// 规则集的文件夹 / The folders of the rule sets
    #[arg(required = true, value_name = "FOLDER")]
    pub(crate) folders: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) by: By,
    /// 说明：改了什么，为什么 / What changed, and why
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub(crate) note: String,
    /// 从哪一天起生效；默认为规则集自己写的，都没有则待定 / The first day in force; what the rule set states by default, else to be decided
    #[arg(long, value_name = "DATE")]
    pub(crate) effective_from: Option<Date>,
    /// 生效到哪一天，默认到下一版本为止 / The last day in force; until the next version by default
    #[arg(long, value_name = "DATE", requires = "effective_from")]
    pub(crate) effective_until: Option<Date>,
    /// 所引用的规则集还没有发布的，一起发布 / Publish what it uses, too, where that is not published
    #[arg(long)]
    pub(crate) with_used: bool,
    #[command(flatten)]
    pub(crate) lookup: Lookup,
    /// 输出格式 / Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// In whose name.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct By {
    /// 以谁的名义；默认用项目文件的 author / In whose name; `author` of the project by default
    #[arg(long, value_name = "NAME")]
    pub(crate) author: Option<String>,
}

/// 版本库里有哪些版本，各自的状态和有效期 / The versions in the registry, their state and period
#[derive(Debug, clap::Args)]
#[command(after_help = "示例： / Examples:\n  heng versions\n  heng versions 通用 --format json")]
pub(crate) struct Versions {
    /// 规则集；默认全部 / The rule set; all of them by default
    #[arg(value_name = "SET")]
    pub(crate) set: Option<String>,
    /// 输出格式 / Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// 一个版本：谁、何时发布，内容摘要，源文件，引用了谁，谁引用它 / One version: who and when, hashes, files, what it uses and who uses it
#[derive(Debug, clap::Args)]
#[command(
    after_help = "示例： / Examples:\n  heng show 通用@2024.12\n  heng show 通用@2026-10-31        那一天生效的版本 / the version in force on that day"
)]
pub(crate) struct Show {
    /// 规则集@版本，或规则集@日期 / The rule set and its version, or a day
    #[arg(value_name = "SET@VERSION")]
    pub(crate) version: String,
    /// 输出格式 / Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// 取出一个版本的源文件，连同所引用的规则集 / Take out the source files of a version and of what it uses
#[derive(Debug, clap::Args)]
#[command(
    after_help = "示例： / Examples:\n  heng fetch 食品@2024.12 --into 取出      每个规则集一个文件夹 / a folder for each rule set\n  heng check 取出/食品"
)]
pub(crate) struct Fetch {
    /// 规则集@版本，或规则集@日期 / The rule set and its version, or a day
    #[arg(value_name = "SET@VERSION")]
    pub(crate) version: String,
    /// 放进这个文件夹，还没有的或者空的 / The folder to put it in, which is not there or empty
    #[arg(long, value_name = "FOLDER")]
    pub(crate) into: PathBuf,
    /// 输出格式 / Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// 版本库的日志：谁在何时做了什么，为什么 / The journal: who did what when, and why
#[derive(Debug, clap::Args)]
#[command(after_help = "示例： / Examples:\n  heng log\n  heng log 通用 --format json")]
pub(crate) struct Log {
    /// 规则集；默认全部 / The rule set; all of them by default
    #[arg(value_name = "SET")]
    pub(crate) set: Option<String>,
    /// 输出格式 / Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// What a decision about a version is made of.
#[derive(Debug, clap::Args)]
pub(crate) struct Decision {
    /// 规则集@版本，或规则集@日期 / The rule set and its version, or a day
    #[arg(value_name = "SET@VERSION")]
    pub(crate) version: String,
    /// 理由 / The reason
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) by: By,
    /// 输出格式 / Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// 版本库本身：新建、查验、修复、导出、导入 / The registry itself: make, verify, repair, export, import
#[derive(Debug, clap::Args)]
#[command(subcommand_required = true)]
pub(crate) struct RegistryArgs {
    #[command(subcommand)]
    pub(crate) command: RegistryCommand,
}

/// What is done with a registry as a whole.
#[derive(Debug, Subcommand)]
pub(crate) enum RegistryCommand {
    New(NewRegistry),
    Verify(VerifyRegistry),
    Doctor(Doctor),
    Export(ExportRegistry),
    Import(ImportRegistry),
}

/// 建一个空的版本库 / Make an empty registry
#[derive(Debug, clap::Args)]
#[command(after_help = "示例： / Examples:\n  heng registry new 版本库 --author 省局")]
pub(crate) struct NewRegistry {
    /// 文件夹，还没有的或者空的；默认用 --registry 或项目文件所写 / The folder, which is not there or empty; that of --registry or the project by default
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) by: By,
    /// 输出格式 / Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// 查验：日志前后相接，每个版本的每个文件都与摘要相符；有损坏则退出码为 7 / Verify the journal and every file of every version; exits with 7 on damage
#[derive(Debug, clap::Args)]
#[command(
    after_help = "示例： / Examples:\n  heng registry verify\n  heng registry verify --registry 备份 --format json"
)]
pub(crate) struct VerifyRegistry {
    /// 输出格式 / Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// 修复：可以的直接改好，损坏的从副本恢复，都不删除 / Put right what can be, from a copy where something is damaged; nothing is deleted
#[derive(Debug, clap::Args)]
#[command(
    after_help = "示例： / Examples:\n  heng registry doctor\n  heng registry doctor --from 备份"
)]
pub(crate) struct Doctor {
    /// 完好的副本，如导出的 / A sound copy, such as an export
    #[arg(long, value_name = "FOLDER")]
    pub(crate) from: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) by: By,
    /// 输出格式 / Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// 导出：把整个版本库复制到空文件夹，边复制边查验 / Copy the whole registry into an empty folder, verifying it on the way
#[derive(Debug, clap::Args)]
#[command(after_help = "示例： / Examples:\n  heng registry export 备份")]
pub(crate) struct ExportRegistry {
    /// 文件夹，还没有的或者空的 / The folder, which is not there or empty
    #[arg(value_name = "FOLDER")]
    pub(crate) to: PathBuf,
    /// 输出格式 / Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// 导入：取来同一版本库较新的副本里多出的内容；还没有版本库则照副本建一个 / Take what a later copy of this registry has; without one, make it from the copy
#[derive(Debug, clap::Args)]
#[command(after_help = "示例： / Examples:\n  heng registry import 省局的副本")]
pub(crate) struct ImportRegistry {
    /// 副本的文件夹 / The folder of the copy
    #[arg(value_name = "FOLDER")]
    pub(crate) from: PathBuf,
    #[command(flatten)]
    pub(crate) by: By,
    /// 输出格式 / Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// 审批：以自己的密钥签一份计划，记入版本库 / Approve: sign a plan with your key; the registry keeps it
#[derive(Debug, clap::Args)]
#[command(
    after_help = "示例： / Examples:\n  heng keys new 信用监管处                                  先要有密钥 / make a key first\n  heng approve 通用.plan --key 信用监管处.key --author 信用监管处"
)]
pub(crate) struct Approve {
    /// 计划文件 / The plan file
    #[arg(value_name = "PLAN")]
    pub(crate) plan: PathBuf,
    /// 自己的密钥文件（.key） / The file of your secret key (.key)
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    #[command(flatten)]
    pub(crate) by: By,
    /// 输出格式 / Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// 实施：审批齐了，所依据的都没有变，新版本从那一天起生效 / Apply: with every approval, and nothing changed since, the new version takes effect
#[derive(Debug, clap::Args)]
#[command(
    after_help = "示例： / Examples:\n  heng apply 通用.plan --effective-from 2027-01-01 --history kept\n\n谁要审批由 heng.toml 的 [[gates]] 写明，公钥写在 [keys]。\nWho has to approve stands under [[gates]] of heng.toml, public keys under [keys]."
)]
pub(crate) struct Apply {
    /// 计划文件 / The plan file
    #[arg(value_name = "PLAN")]
    pub(crate) plan: PathBuf,
    /// 从哪一天起生效 / The first day in force
    #[arg(long, value_name = "DATE")]
    pub(crate) effective_from: Date,
    /// 生效到哪一天，默认到下一版本为止 / The last day in force; until the next version by default
    #[arg(long, value_name = "DATE")]
    pub(crate) effective_until: Option<Date>,
    /// 以前月份的结果：kept 不重算，recomputed 重算 / Results of earlier months: kept, or to be recomputed
    #[arg(long, value_enum)]
    pub(crate) history: HistoryArg,
    /// 计划所看的数据；默认用项目文件所写 / The data that the plan looked at; those of the project by default
    #[arg(long, value_name = "FOLDER")]
    pub(crate) data: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) by: By,
    /// 输出格式 / Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// What becomes of recorded results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum HistoryArg {
    /// They stand as they are.
    Kept,
    /// They are to be computed again.
    Recomputed,
}

/// 审批用的密钥 / Keys to approve with
#[derive(Debug, clap::Args)]
#[command(subcommand_required = true)]
pub(crate) struct KeysArgs {
    #[command(subcommand)]
    pub(crate) command: KeysCommand,
}

/// What is done with keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    New(NewKey),
}

/// 新的一对密钥：.key 自己保管，.pub 交给项目 / A new pair: keep .key to yourself, give .pub to the project
#[derive(Debug, clap::Args)]
#[command(after_help = "示例： / Examples:\n  heng keys new 信用监管处 --into keys")]
pub(crate) struct NewKey {
    /// 谁的密钥 / Whose key it is
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// 放进这个文件夹，默认为当前文件夹 / The folder to put it in; the working folder by default
    #[arg(long, value_name = "FOLDER", default_value = ".", hide_default_value = true)]
    pub(crate) into: PathBuf,
    /// 输出格式 / Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}
