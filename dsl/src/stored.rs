//! Rules as data: the JSON form in which a checked package is stored and handed to other programs.
//!
//! [`read`] takes it in again, whoever wrote it. One file holds one package and names the content of the packages that it was checked against; a
//! linked file is closed: it holds all packages, the link table, and which of them were asked for.
//! The form is described in `docs/model.md`. The same package always gives the same bytes.

mod canonical;
mod hash;
mod layout;
mod link;
mod read;
#[cfg(feature = "schema")]
mod schema;
mod why;

use serde::{Deserialize, Serialize};

pub use self::hash::{Hash, Hashes};
pub use self::link::{Program, link};
#[cfg(feature = "syntax")]
pub(crate) use self::link::{invalid, other_content, unlinked};
pub use self::read::{Stored, peek, read};
#[cfg(feature = "schema")]
pub use self::schema::schema;
use crate::model::linked::{LinkTable, Linked};
use crate::model::{Id, RuleSet, origins};
use crate::stack::deep;

/// The version of the form that this program writes.
pub const FORMAT: u32 = 1;

/// A file with one package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StoredPackage {
    /// The version of this form: [`FORMAT`].
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::format"))]
    pub format: u32,
    /// The content hash of `rules`. A file that states one is refused where it does not fit; a program
    /// that changes rules may leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Hash>,
    /// The content of the packages that this one uses, as it was when this one was checked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uses: Vec<UsedContent>,
    /// The package.
    pub rules: RuleSet,
}

/// A package that another one was checked against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct UsedContent {
    /// Its id.
    pub package: Id,
    /// Its version.
    pub version: Id,
    /// Its content hash.
    pub content: Hash,
}

/// A closed file: packages with all that they use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StoredLinked {
    /// The version of this form: [`FORMAT`].
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::format"))]
    pub format: u32,
    /// The packages that were asked for, `通用`, or `通用@2024.12` where the id alone means another version.
    pub roots: Vec<Id>,
    /// Which package stands for which name.
    #[serde(default, skip_serializing_if = "LinkTable::is_empty")]
    pub links: LinkTable,
    /// The packages, each after those it uses.
    pub packages: Vec<StoredPart>,
}

/// A package of a closed file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StoredPart {
    /// The content hash of `rules`, as in a file with one package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Hash>,
    /// The package.
    pub rules: RuleSet,
}

/// The JSON of one package, by its number among the linked ones; absent where there is no such one.
pub fn package(linked: &Linked, number: usize) -> Option<String> {
    let set = linked.packages.get(number)?;
    let used = set.uses.iter().filter_map(|it| {
        // The link table says what a run reads, not what the package was checked against.
        let used = linked.version_of(&it.package, it.pinned.as_deref())?;
        let used = linked.packages.get(used)?;
        let (package, version) = (used.id.clone(), used.version.clone());
        Some(UsedContent { package, version, content: Hash::of_content(used) })
    });
    let file = StoredPackage {
        format: FORMAT,
        content: Some(Hash::of_content(set)),
        uses: used.collect(),
        rules: short(set),
    };
    Some(text(&file))
}

/// The JSON of all linked packages in one file. `roots` are the numbers of those that were asked for.
pub fn linked(linked: &Linked, roots: &[usize]) -> String {
    let named = roots.iter().filter(|it| **it < linked.packages.len());
    let parts = linked.packages.iter();
    let file = StoredLinked {
        format: FORMAT,
        roots: named.map(|it| linked.name_of(*it)).collect(),
        links: linked.links.clone(),
        packages: parts
            .map(|it| StoredPart { content: Some(Hash::of_content(it)), rules: short(it) })
            .collect(),
    };
    linked_text(&file)
}

/// The JSON of a closed file.
pub fn linked_text(file: &StoredLinked) -> String {
    text(file)
}

/// The package with origins as they are stored.
fn short(set: &RuleSet) -> RuleSet {
    let mut set = set.clone();
    origins::shorten(&mut set);
    set
}

#[expect(clippy::expect_used, reason = "a model has text keys only, and writes to memory")]
fn text<T: Serialize + Sync>(file: &T) -> String {
    let text = deep(|| serde_json::to_string(file));
    layout::laid_out(&text.expect("a model can be written as JSON"))
}
