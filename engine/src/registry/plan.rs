//! A plan: a change from one version to another that somebody looked at, bound to everything that was looked at.
//!
//! Its hash covers both versions with all that they use, the data, the version of the engine, and every figure. So
//! an approval of a plan is an approval of exactly this, and a plan whose parts have changed is not applied.

use heng_dsl::model::Id;
use heng_dsl::stored::{Hash, UsedContent};
use heng_dsl::value::Date;
use serde::{Deserialize, Serialize};

use super::error::{Refusal, RegistryError};
use super::{Registry, Row};

/// The version of this form.
pub const PLAN_FORMAT: u32 = 1;

/// What is written into a plan file, as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The version of this form: [`PLAN_FORMAT`].
    pub format: u32,
    /// The rule set.
    pub set: Id,
    /// The version that is in force.
    pub old: Side,
    /// The version that is to be.
    pub new: Side,
    /// Versions of other sets that were looked at with both.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<With>,
    /// The as-of date of the figures; absent where no data were looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Date>,
    /// The data, by [`snapshot`]; absent where none were looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Hash>,
    /// The version of the program that worked the figures out.
    pub engine: String,
    /// The figures that gates look at.
    pub figures: Figures,
    /// Everything else that the review shows.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub report: serde_json::Value,
}

/// One of the two versions of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Side {
    /// The version.
    pub version: Id,
    /// Its content.
    pub content: Hash,
    /// Its meaning.
    pub meaning: Hash,
    /// Every package that it uses, also through others, with its content.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uses: Vec<UsedContent>,
}

/// A version of another set that was looked at with both versions of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct With {
    /// The rule set.
    pub set: Id,
    /// The version.
    pub side: Side,
}

/// How much a change changes. What nobody looked at is absent, and a gate that asks for it counts as hit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// What was counted among the households of the data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<Counted>,
    /// Questions about all possible households that were left undecided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undecided: Option<u64>,
    /// Changes that can have an effect and state no legal basis.
    pub undocumented: u64,
}

/// Numbers of households.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// All that were looked at.
    pub households: u64,
    /// Those with another grade.
    pub moved: u64,
    /// Those with the riskiest grade, before.
    pub riskiest_before: u64,
    /// Those with the riskiest grade, after.
    pub riskiest_after: u64,
    /// Those whose grade moved by two or more.
    pub jumps: u64,
}

impl Plan {
    /// The bytes that are hashed, and kept as an object.
    pub(super) fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// The hash that is signed.
    pub fn hash(&self) -> Hash {
        Hash::of_bytes(&self.bytes())
    }

    /// The text of a plan file.
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Reads a plan file.
    ///
    /// # Errors
    ///
    /// It is none, or of another version of the form.
    pub fn parse(text: &str) -> Result<Self, RegistryError> {
        let value: serde_json::Value = serde_json::from_str(text).map_err(|it| broken(&it))?;
        let found = value.get("format").and_then(serde_json::Value::as_u64);
        if let Some(found) = found.filter(|it| *it != u64::from(PLAN_FORMAT)) {
            let known = PLAN_FORMAT;
            return Err(Refusal::unfit(
                format!("计划文件是第 {found} 版的，本程序读第 {known} 版：请用相应版本的程序，或用 heng diff … --save 重新存一份"),
                format!(
                    "the plan file has version {found} of the form, and this program reads version {known}: use a program that fits, or keep the review again with heng diff … --save"
                ),
            )
            .into());
        }
        serde_json::from_str(text).map_err(|it| other(&it).into())
    }
}

/// The file ends too early, or never was one.
fn broken(error: &serde_json::Error) -> Refusal {
    let line = error.line();
    if error.is_eof() {
        return Refusal::unfit(
            format!(
                "计划文件不完整，到第 {line} 行就断了：请从存它的人那里重新取一份，或用 heng diff … --save 重新存"
            ),
            format!(
                "the plan file is cut off at line {line}: get it again from whoever kept it, or keep the review again with heng diff … --save"
            ),
        );
    }
    Refusal::unfit(
        format!("不是计划文件：第 {line} 行读不下去；计划文件由 heng diff … --save 存成，不能手改"),
        format!(
            "it is no plan file: it cannot be read at line {line}; plan files are kept by heng diff … --save and never edited"
        ),
    )
}

/// It can be read, and says something else than a plan.
fn other(error: &serde_json::Error) -> Refusal {
    let line = error.line();
    Refusal::unfit(
        format!(
            "计划文件第 {line} 行不是计划里的内容，或者前面缺了一项：文件被改动过，或者由别的程序写成；请用 heng diff … --save 重新存一份"
        ),
        format!(
            "line {line} of the plan file is nothing that a plan says, or something is missing before it: the file was changed, or another program wrote it; keep the review again with heng diff … --save"
        ),
    )
}

/// The hash of data: of the names of their files and the hashes of their bytes, in the order of names.
pub fn snapshot<'f>(files: impl IntoIterator<Item = (&'f str, Hash)>) -> Hash {
    let mut lines: Vec<String> =
        files.into_iter().map(|(name, hash)| format!("{hash} {name}\n")).collect();
    lines.sort();
    Hash::of_bytes(lines.concat().as_bytes())
}

impl Registry {
    /// A version as a plan names it.
    ///
    /// # Errors
    ///
    /// It is damaged.
    pub fn side(&self, row: &Row) -> Result<Side, RegistryError> {
        let own = |it: &super::Manifest| it.set == row.set && it.version == row.version;
        let used = self.with_used(row)?.into_iter().filter(|it| !own(it));
        let used = used.map(|it| UsedContent {
            package: it.set,
            version: it.version,
            content: it.content,
        });
        let (version, content, meaning) = (row.version.clone(), row.content, row.meaning);
        Ok(Side { version, content, meaning, uses: used.collect() })
    }
}
