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
        let wrong = |why: String| {
            Refusal::unfit(format!("不是计划文件：{why}"), format!("it is no plan file: {why}"))
        };
        let plan: Self = serde_json::from_str(text).map_err(|it| wrong(it.to_string()))?;
        if plan.format != PLAN_FORMAT {
            return Err(wrong(format!("format {}", plan.format)).into());
        }
        Ok(plan)
    }
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
