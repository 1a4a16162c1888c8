//! What can be asked of `heng rebase`.

use std::path::PathBuf;

use super::effect::Effect;
use super::shared::{DataArgs, Lookup};
use super::{Diff, DiffFormat, Format};

/// 把市里的修订移到省里的新版上，写出规则文字：只有一方改的照改，双方都改的列出来由人定 / Put a city's amendments onto a new version of the set that it extends, as rule text; what both changed is listed for people to decide
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Rebase {
    /// 市里的规则集（“基于”另一个的）：文件夹，或版本库里的版本 / The city's set, which extends another one: a folder, or a version of the registry
    #[arg(value_name = "CITY")]
    pub(crate) city: PathBuf,
    /// 省里的新版 / The new version of what it extends
    #[arg(long, value_name = "NEW")]
    pub(crate) onto: PathBuf,
    /// 省里的旧版；默认为市里现在所基于的 / The old version; by default the one that the city's set extends now
    #[arg(long, value_name = "OLD")]
    pub(crate) from: Option<PathBuf>,
    /// 冲突照市里或照省里，可重复：city 或 province 是其余的冲突，city=名称 是这一处（名称，或列出的编号） / Decide conflicts, may repeat: city or province for all that are left, city=NAME for one (its name, or the number that is listed)
    #[arg(long, value_name = "city|province[=NAME]", value_parser = Take::parse)]
    pub(crate) take: Vec<Take>,
    /// 把合并的规则集写到这个文件夹（规则文字），后缀 .json 则写成数据 / Write the merged set to this folder as rule text; with .json as stored data
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) lookup: Lookup,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    #[command(flatten)]
    pub(crate) effect: Effect,
    /// 输出格式 / Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

impl Rebase {
    /// A comparison with the same questions.
    pub(crate) fn as_diff(&self) -> Diff {
        Diff {
            old: self.city.clone(),
            new: self.city.clone(),
            with: Vec::new(),
            lookup: self.lookup.clone(),
            data: self.data.clone(),
            effect: self.effect.clone(),
            prove: false,
            filter: None,
            format: match self.format {
                Format::Text => DiffFormat::Text,
                Format::Json => DiffFormat::Json,
            },
            out: None,
            save: None,
        }
    }
}

/// An answer to conflicts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Take {
    /// The city's version stands; else the province's.
    pub(crate) city: bool,
    /// Of what is called so; absent for all that nothing else is said of.
    pub(crate) name: Option<String>,
}

impl Take {
    fn parse(text: &str) -> Result<Self, String> {
        let (who, name) = match text.split_once(['=', '＝']) {
            Some((who, name)) => (who.trim(), Some(name.trim().to_owned())),
            None => (text.trim(), None),
        };
        let city = match who {
            "city" | "ours" | "市" | "市里" => true,
            "province" | "theirs" | "省" | "省里" => false,
            _ => return Err("应写成 city、province、city=名称 或 province=名称 / write city, province, city=NAME or province=NAME".to_owned()),
        };
        if name.as_ref().is_some_and(String::is_empty) {
            return Err("“=”后面要写名称 / a name has to follow “=”".to_owned());
        }
        Ok(Self { city, name })
    }
}

const EXAMPLES: &str = "\
写出的文字与合并的规则集意思完全相同才写；有冲突没有定夺、或者写不成文字时什么也不写，退出码为 1
Text is written only where it means exactly what was merged; with an open conflict, or where no text says it, nothing is
written, and it exits with 1

示例： / Examples:
  heng rebase rules/chizhou --onto 2026版/general               先看：冲突、文字要改的地方 / look first
  heng rebase rules/chizhou --onto 2026版/general --from 2025版/general --out 池州2026
  heng rebase rules/chizhou --onto new --take province --take city=失信被执行 --out 池州2026
  heng rebase rules/chizhou --onto new --data 数据 --by 区划:6   对户的影响，与两个上一版各比一次 / the effect against both parents
  heng rebase 池州@2026.1 --onto 通用@2026.2 --out 池州2026 --lang en";
