//! What belongs to a version: its stored model, its source files and the versions that it uses, by hash.

use std::collections::BTreeMap;

use heng_dsl::model::Id;
use heng_dsl::model::linked::LinkTable;
use heng_dsl::stored::Hash;
use serde::{Deserialize, Serialize};

/// The version of this form.
pub(super) const FORMAT: u32 = 1;

/// What belongs to a version. It says nothing of who and when: the same rules have the same manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of this form.
    pub format: u32,
    /// The rule set.
    pub set: Id,
    /// Its version.
    pub version: Id,
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its content.
    pub content: Hash,
    /// Its meaning.
    pub meaning: Hash,
    /// The object with its stored model, `heng_dsl::stored::StoredPackage`.
    pub model: Hash,
    /// Its source files, by their path from the folder of the set, with `/`.
    pub files: BTreeMap<String, Source>,
    /// The packages that it uses itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uses: Vec<Used>,
    /// Which version a name without one meant, where several versions of a package were there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub names: LinkTable,
    /// How many cases it passed when it was published.
    pub cases: usize,
}

/// A source file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The object with its bytes.
    pub object: Hash,
    /// How many bytes.
    pub size: usize,
}

/// A package that a version uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Used {
    /// The package.
    pub package: Id,
    /// Its version.
    pub version: Id,
    /// The object that lists what belongs to it.
    pub manifest: Hash,
}

impl Manifest {
    /// Its bytes, which are the same for the same manifest.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// Every object that it names itself.
    pub fn objects(&self) -> impl Iterator<Item = Hash> {
        let files = self.files.values().map(|it| it.object);
        let used = self.uses.iter().map(|it| it.manifest);
        std::iter::once(self.model).chain(files).chain(used)
    }
}

/// May a file have this path below the folder of a rule set? No way leads out of it, on any system.
pub fn is_safe(path: &str) -> bool {
    let part = |it: &str| {
        let plain = it.chars().all(|it| {
            !it.is_control()
                && !matches!(it, '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '\u{fffd}')
                && !matches!(it, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        });
        plain
            && !it.is_empty()
            && it.len() <= 255
            && !it.starts_with('.')
            && !it.ends_with([' ', '.'])
    };
    path.len() <= 1_000 && path.split('/').all(part)
}

#[cfg(test)]
mod tests {
    use super::is_safe;

    #[test]
    fn no_path_leads_out() {
        for good in ["通用.heng", "codes/行业.csv", "a b.heng"] {
            assert!(is_safe(good), "{good}");
        }
        for bad in
            ["", "/a", "../a", "a/../b", "a//b", "a\\b", "C:a", ".a", "a/.", "a\u{202e}", "a\n"]
        {
            assert!(!is_safe(bad), "{bad}");
        }
    }
}
