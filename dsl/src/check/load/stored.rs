//! Reads a stored model as the packages that are in it, in place of text.

use std::path::Path;

use super::package::{Key, Model, Package, Used};
use super::{Loader, Read, unreadable};
use crate::diag::Words;
use crate::model::linked::{LinkTable, version_order};
use crate::model::{Id, RuleSet, lines};
use crate::source::SourceFile;
use crate::span::{FileId, Span};
use crate::stored::{self, Stored, UsedContent};
use crate::syntax::ast;

/// Is the place a stored model, and not a folder of text?
pub(super) fn is_stored(place: &str) -> bool {
    Path::new(place).extension().is_some_and(|it| it.eq_ignore_ascii_case("json"))
}

impl Loader<'_> {
    /// Reads a stored model; reports what is wrong with it.
    pub(super) fn stored(&mut self, place: &str) -> Read {
        let file = self.out.sources.add(SourceFile::new(place, ""));
        let start = Span { file, start: 0, end: 0 };
        let bytes = match self.world.read(place) {
            Ok(it) => it,
            Err(why) => {
                let mut problem = unreadable(place, Words::parted(&why));
                problem.primary.span = start;
                self.report(problem);
                return Read::default();
            }
        };
        match stored::read(place, &bytes) {
            Ok(Stored::Package(it)) => {
                let package = self.package(place, file, it.rules, it.uses);
                let roots = vec![package.key()];
                Read { packages: vec![package], roots, links: LinkTable::new() }
            }
            Ok(Stored::Linked(it)) => {
                let parts = it.packages.into_iter();
                let packages: Vec<Package> =
                    parts.map(|it| self.package(place, file, it.rules, Vec::new())).collect();
                let meant = |name: &Id| meant(name, &it.links, &packages);
                let roots = it.roots.iter().filter_map(meant).collect();
                Read { roots, links: it.links.clone(), packages }
            }
            Err(mut problem) => {
                problem.primary.span = start;
                self.report(*problem);
                Read::default()
            }
        }
    }

    fn package(
        &mut self,
        place: &str,
        file: FileId,
        set: RuleSet,
        uses: Vec<UsedContent>,
    ) -> Package {
        let nothing = || ast::File { decls: Vec::new(), comments: Vec::new() };
        let mut files = vec![(file, nothing())];
        for it in lines::files(&set, place) {
            files.push((self.out.sources.add(it), nothing()));
        }
        let span = Span { file, start: 0, end: 0 };
        let used = set.uses.iter().map(|it| Used {
            id: it.package.clone(),
            version: it.pinned.clone(),
            found: None,
            extends: it.extends,
            span,
        });
        Package {
            id: set.id.clone(),
            version: set.version.clone(),
            folder: place.to_owned(),
            files,
            uses: used.collect(),
            failed: false,
            in_place: false,
            torn: false,
            stored: Some(Box::new(Model { set, uses })),
        }
    }

    /// A name without a version means in a closed file what it meant when the file was written, unless
    /// another version was asked for.
    pub(super) fn close(&mut self, links: &LinkTable) {
        for at in 0..self.waiting.len() {
            let package = &self.waiting[at];
            if package.stored.is_some() && !self.bare.contains_key(&package.id) {
                let there: Vec<&Package> =
                    self.waiting.iter().filter(|it| it.folder == package.folder).collect();
                if let Some((id, version)) = meant(&package.id, links, there) {
                    self.bare.insert(id, version);
                }
            }
        }
    }

    /// Leads the places of a stored package to the texts that its lines, and those of the packages it
    /// has its clauses from, were read from.
    pub(super) fn lead(&self, package: &mut Package) {
        let Some(mut model) = package.stored.take() else { return };
        let own: &Package = package;
        lines::lead(&mut model.set, &|id, version, name| {
            let mut all = std::iter::once(own).chain(&self.out.packages);
            let from = all.find(|it| it.id == *id && it.version == *version)?;
            let mut paths = from.files.iter().filter_map(|it| self.out.sources.file(it.0));
            let path = paths.find(|it| it.path.rsplit('/').next() == Some(name))?;
            Some(path.path.clone())
        });
        package.stored = Some(model);
    }
}

/// The package that a name without a version means in a closed file: what its links say, else the
/// newest one in it.
fn meant<'p>(
    name: &Id,
    links: &LinkTable,
    packages: impl IntoIterator<Item = &'p Package>,
) -> Option<Key> {
    let parted = |it: &Id| match it.split_once('@') {
        Some((id, version)) => (Id::from(id), Some(Id::from(version))),
        None => (it.clone(), None),
    };
    let (id, version) = parted(name);
    let linked = links.get(&id).map(parted).filter(|it| it.0 == id).and_then(|it| it.1);
    let version = version.or(linked);
    let keys = packages.into_iter().map(Package::key).filter(|it| it.0 == id);
    let keys = keys.filter(|it| version.as_ref().is_none_or(|version| it.1 == *version));
    keys.max_by(|a, b| version_order(&a.1, &b.1))
}
