//! Questions to a registry: which versions there are, which one is meant, what belongs to it.

use std::collections::BTreeSet;
use std::fmt;

use heng_dsl::model::Id;
use heng_dsl::stored::{self, Hash, Stored, StoredLinked, StoredPackage, StoredPart};
use heng_dsl::value::Date;

use super::error::{Refusal, RegistryError, StoreError};
use super::index::{self, Row};
use super::manifest::Manifest;
use super::{Entry, Registry};

/// A version as people name it: `通用@2024.12`, or `通用@2026-10-31` for the one in force on that day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// The rule set.
    pub set: Id,
    /// Which of its versions.
    pub at: At,
}

/// Which version of a rule set.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum At {
    /// The one with that number.
    Version(Id),
    /// The one in force on that day; a version that is called so goes before.
    Day(Date),
}

impl Reference {
    /// What a text names; none where it is no such name.
    pub fn parse(text: &str) -> Option<Self> {
        let (set, at) = text.split_once('@')?;
        let plain = |it: &str| !it.is_empty() && !it.contains(['@', '/', '\\']);
        if !plain(set) || !plain(at) {
            return None;
        }
        let at = at.parse().map_or_else(|_| At::Version(Id::from(at)), At::Day);
        Some(Self { set: Id::from(set), at })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.at {
            At::Version(version) => write!(f, "{}@{version}", self.set),
            At::Day(day) => write!(f, "{}@{day}", self.set),
        }
    }
}

impl Registry {
    /// All versions of a rule set, or of all of them, in the order in which they were published.
    ///
    /// # Errors
    ///
    /// There is no such rule set, or the registry is damaged.
    pub fn versions(&self, set: Option<&str>) -> Result<Vec<Row>, RegistryError> {
        let rows = self.ask(|it| index::versions(it, set))?;
        match set {
            Some(set) if rows.is_empty() => Err(self.unknown_set(set)?.into()),
            _ => Ok(rows),
        }
    }

    /// What holds of the version that is meant.
    ///
    /// # Errors
    ///
    /// There is none, or the registry is damaged.
    pub fn find(&self, meant: &Reference) -> Result<Row, RegistryError> {
        let rows = self.versions(Some(&*meant.set))?;
        let name = match &meant.at {
            At::Version(version) => version.to_string(),
            At::Day(day) => day.to_string(),
        };
        let named = rows.iter().find(|it| *it.version == *name);
        let in_force = |day: Date| {
            rows.iter().find(|it| it.in_force().is_some_and(|it| it.contains(day))).ok_or(day)
        };
        match (named, &meant.at) {
            (Some(row), _) => Ok(row.clone()),
            (None, At::Day(day)) => in_force(*day)
                .cloned()
                .map_err(|date| Refusal::NothingInForce { set: meant.set.clone(), date }.into()),
            (None, At::Version(_)) => {
                let there = rows.into_iter().map(|it| it.version).collect();
                Err(Refusal::Unknown { asked: meant.to_string(), there }.into())
            }
        }
    }

    /// What holds of a version.
    pub(super) fn row(&self, set: &Id, version: &Id) -> Result<Row, RegistryError> {
        self.find(&Reference { set: set.clone(), at: At::Version(version.clone()) })
    }

    fn unknown_set(&self, set: &str) -> Result<Refusal, StoreError> {
        let rows = self.ask(|it| index::versions(it, None))?;
        let sets: BTreeSet<Id> = rows.into_iter().map(|it| it.set).collect();
        Ok(Refusal::Unknown { asked: set.to_owned(), there: sets.into_iter().collect() })
    }

    /// The versions that use one, by rule set and version.
    ///
    /// # Errors
    ///
    /// The registry is damaged.
    pub fn users(&self, row: &Row) -> Result<Vec<(Id, Id)>, RegistryError> {
        Ok(self.ask(|it| index::users(it, &row.content))?)
    }

    /// The entries of the journal about a rule set, or all of them.
    ///
    /// # Errors
    ///
    /// There is no such rule set, or the registry is damaged.
    pub fn log(&self, set: Option<&str>) -> Result<Vec<&Entry>, RegistryError> {
        if set.is_some() {
            self.versions(set)?;
        }
        let about = |it: &&Entry| {
            set.is_none_or(|set| it.event.what.version().is_some_and(|it| **it.0 == *set))
        };
        Ok(self.entries().iter().filter(about).collect())
    }

    /// What belongs to a version.
    ///
    /// # Errors
    ///
    /// It is damaged.
    pub fn manifest(&self, row: &Row) -> Result<Manifest, RegistryError> {
        Ok(self.manifest_at(&row.manifest)?)
    }

    pub(super) fn manifest_at(&self, hash: &Hash) -> Result<Manifest, StoreError> {
        let bytes = self.object(hash)?;
        serde_json::from_slice(&bytes).map_err(|it| self.not_as_stored(hash, &it.to_string()))
    }

    pub(super) fn content_of(&self, manifest: &Hash) -> Result<Hash, StoreError> {
        Ok(self.manifest_at(manifest)?.content)
    }

    /// The bytes of an object.
    ///
    /// # Errors
    ///
    /// It is damaged.
    pub fn object(&self, hash: &Hash) -> Result<Vec<u8>, StoreError> {
        self.objects().read(hash)
    }

    /// The stored model of a version.
    pub(super) fn model(&self, manifest: &Manifest) -> Result<StoredPackage, StoreError> {
        let bytes = self.object(&manifest.model)?;
        match stored::read(&manifest.set, &bytes) {
            Ok(Stored::Package(it)) => Ok(*it),
            Ok(Stored::Linked(_)) => Err(self.not_as_stored(&manifest.model, "linked")),
            Err(why) => {
                Err(self.not_as_stored(&manifest.model, &why.message(heng_dsl::diag::Lang::En)))
            }
        }
    }

    /// A version with everything that it uses, as one closed file that every command takes in place of text:
    /// exactly what it was checked against.
    ///
    /// # Errors
    ///
    /// It is damaged.
    pub fn closed(&self, row: &Row) -> Result<Vec<u8>, RegistryError> {
        let names = self.manifest(row)?.names;
        let mut packages = Vec::new();
        for manifest in self.with_used(row)? {
            let model = self.model(&manifest)?;
            packages.push(StoredPart { content: model.content, rules: model.rules });
        }
        let file = StoredLinked {
            format: stored::FORMAT,
            roots: vec![Id::from(format!("{}@{}", row.set, row.version))],
            links: names,
            packages,
        };
        Ok(stored::linked_text(&file).into_bytes())
    }

    /// A version and all that it uses, each after those it uses itself.
    ///
    /// # Errors
    ///
    /// One of them is damaged.
    pub fn with_used(&self, row: &Row) -> Result<Vec<Manifest>, RegistryError> {
        let mut found: Vec<Manifest> = Vec::new();
        self.gather(self.manifest(row)?, &mut found)?;
        Ok(found)
    }

    fn gather(&self, manifest: Manifest, found: &mut Vec<Manifest>) -> Result<(), StoreError> {
        let known = |it: &Manifest| it.set == manifest.set && it.version == manifest.version;
        if found.iter().any(known) {
            return Ok(());
        }
        for used in &manifest.uses {
            self.gather(self.manifest_at(&used.manifest)?, found)?;
        }
        found.push(manifest);
        Ok(())
    }

    fn not_as_stored(&self, hash: &Hash, why: &str) -> StoreError {
        let path = self.objects().path(hash);
        StoreError::damaged(&path, &format!("读不懂：{why}"), &format!("it makes no sense: {why}"))
    }
}
