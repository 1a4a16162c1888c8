//! Which rules a result rests on, said so that anybody can find out whether they are the same.

use serde::Serialize;

use heng_dsl::model::Id;
use heng_dsl::model::linked::LinkTable;
use heng_dsl::stored::Hash;

use super::Program;

/// The rules that a result rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RulesUsed {
    /// Which package stood for which name.
    pub links: LinkTable,
    /// All packages that were linked, each after those it uses.
    pub packages: Vec<PackageUsed>,
}

/// A package that a result rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackageUsed {
    /// Its id.
    pub package: Id,
    /// Its version.
    pub version: Id,
    /// The hash of everything that is written in it.
    pub content: Hash,
    /// The hash of what decides about a household.
    pub meaning: Hash,
}

impl RulesUsed {
    /// The rules of a program.
    pub fn of(program: &Program) -> Self {
        let linked = program.linked();
        let packages = linked.packages.iter().zip(program.hashes()).map(|(set, hashes)| {
            let (package, version) = (set.id.clone(), set.version.clone());
            PackageUsed { package, version, content: hashes.content, meaning: hashes.meaning }
        });
        Self { links: linked.links.clone(), packages: packages.collect() }
    }
}
