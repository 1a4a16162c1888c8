//! What an index says of a version, and the three questions that are asked of it.

use heng_dsl::model::Id;
use heng_dsl::stored::Hash;
use heng_dsl::value::Period;
use serde::{Deserialize, Serialize};

use super::{Index, IndexError, Table};
use crate::registry::event::Status;

/// What holds of a version now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The rule set.
    pub set: Id,
    /// Its version.
    pub version: Id,
    /// The object that lists what belongs to it.
    pub manifest: Hash,
    /// Its content.
    pub content: Hash,
    /// Its meaning.
    pub meaning: Hash,
    /// The entry of the journal that published it.
    pub seq: u64,
    /// Its state.
    pub status: Status,
    /// When it is, or was to be, in force; absent where no day has been set.
    pub effective: Option<Period>,
}

impl Row {
    /// When it is in force; absent where it is not, or not any more.
    pub fn in_force(&self) -> Option<Period> {
        self.effective.filter(|_| self.status == Status::Effective)
    }
}

/// Between the parts of a key; no name holds it.
const END: u8 = 0;

/// The key of a version.
pub(super) fn key(set: &str, version: &str) -> Vec<u8> {
    [set.as_bytes(), &[END][..], version.as_bytes()].concat()
}

/// The key of a version that uses a package with this content.
pub(super) fn user_key(used: &Hash, set: &str, version: &str) -> Vec<u8> {
    [&used.bytes()[..], &key(set, version)[..]].concat()
}

/// What holds of one version.
pub(in crate::registry) fn find(
    index: &dyn Index,
    set: &str,
    version: &str,
) -> Result<Option<Row>, IndexError> {
    index.value(Table::Version, &key(set, version))?.map(|it| read(&it)).transpose()
}

/// All versions of a rule set, or of all of them, in the order in which they were published.
pub(in crate::registry) fn versions(
    index: &dyn Index,
    set: Option<&str>,
) -> Result<Vec<Row>, IndexError> {
    let prefix = set.map(|it| [it.as_bytes(), &[END][..]].concat()).unwrap_or_default();
    let pairs = index.beginning(Table::Version, &prefix)?;
    let mut rows = pairs.iter().map(|it| read(&it.1)).collect::<Result<Vec<_>, _>>()?;
    rows.sort_by(|a, b| (&a.set, a.seq).cmp(&(&b.set, b.seq)));
    Ok(rows)
}

/// The versions that use a package with this content: rule set and version.
pub(in crate::registry) fn users(
    index: &dyn Index,
    content: &Hash,
) -> Result<Vec<(Id, Id)>, IndexError> {
    let pairs = index.beginning(Table::User, content.bytes())?;
    let name = |key: &[u8]| {
        let rest = key.get(content.bytes().len()..)?;
        let at = rest.iter().position(|it| *it == END)?;
        let text = |it: &[u8]| std::str::from_utf8(it).ok().map(Id::from);
        Some((text(rest.get(..at)?)?, text(rest.get(at + 1..)?)?))
    };
    pairs
        .iter()
        .map(|it| name(&it.0).ok_or_else(|| IndexError("a key makes no sense".to_owned())))
        .collect()
}

fn read(value: &[u8]) -> Result<Row, IndexError> {
    serde_json::from_slice(value).map_err(|it| IndexError(it.to_string()))
}
