//! From the folders of packages to a program that can run: the only caller of the checker.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;

pub(crate) use heng_dsl::check::Checked;
pub(crate) use heng_dsl::check::edit::About;
use heng_dsl::check::edit::{self, Asked, Edited};
use heng_dsl::model::Id;
use heng_dsl::model::linked::LinkTable;
use heng_dsl::world::MemoryWorld;
use heng_engine::replay::Replayer;

use crate::args::{Lookup, Packages};
use crate::project::Project;
use crate::shelf::Shelf;
use crate::world::{Folders, Recorded};

/// Which packages to check, and where to find those they use.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// Folders, or stored models.
    pub(crate) folders: Vec<PathBuf>,
    path: Vec<PathBuf>,
    links: LinkTable,
    /// Versions of the registry that are named among them.
    pub(crate) shelf: Shelf,
}

impl Wanted {
    /// What the flags say, else what the project says. Links of both hold, flags first.
    pub(crate) fn new(packages: &Packages, project: &Project) -> Self {
        Self::of(&packages.folders, &packages.lookup, project)
    }

    /// The same for a command with folders of its own.
    pub(crate) fn of(folders: &[PathBuf], lookup: &Lookup, project: &Project) -> Self {
        let folders = if folders.is_empty() { &project.rules } else { folders };
        let links = project.links.iter().map(|it| (it.0, it.1));
        let links = links.chain(lookup.link.iter().map(|it| (&it.0, &it.1)));
        let mut folders = folders.to_vec();
        let mut path: Vec<PathBuf> = lookup.path.iter().chain(&project.path).cloned().collect();
        let mut shelf = Shelf::default();
        shelf.take(&mut folders, project.registry.as_deref());
        shelf.take(&mut path, project.registry.as_deref());
        let links = links.map(|it| (Id::from(it.0.as_str()), Id::from(it.1.as_str()))).collect();
        Self { folders, path, links, shelf }
    }

    /// One package by itself, as it stands: no other package takes the place of one that it uses.
    pub(crate) fn alone(folder: PathBuf, lookup: &Lookup, project: &Project) -> Self {
        let wanted = Self::of(&[folder], lookup, project);
        Self { links: LinkTable::new(), ..wanted }
    }

    fn world(&self) -> Folders {
        Folders::new(&self.folders, &self.path).with_shelf(self.shelf.files.clone())
    }
}

impl Wanted {
    /// Where what is checked may come from: the packages, the folders to find others in, and the packages
    /// beside them.
    pub(crate) fn places(&self) -> Vec<PathBuf> {
        let named = self.folders.iter().chain(&self.path).cloned();
        let beside = self.folders.iter().flat_map(|it| crate::world::neighbours(it));
        named.chain(beside).collect()
    }
}

/// Checks packages with all that they use.
pub(crate) fn check(wanted: &Wanted) -> Checked {
    let world = wanted.world();
    heng_dsl::check::check_with(&world, &world.roots(), &wanted.links, &Replayer::default())
}

/// The same, with every file that was read, by the path under which the world has it.
pub(crate) fn check_recorded(wanted: &Wanted) -> (Checked, BTreeMap<String, Vec<u8>>) {
    let world = wanted.world();
    let recorded = Recorded { world: &world, read: RefCell::default() };
    let checked = heng_dsl::check::check(&recorded, &world.roots(), &wanted.links);
    (checked, recorded.read.into_inner())
}

/// Checks packages that stand in memory; with edits, what these bring where the packages are sound.
pub(crate) fn check_in_memory(
    world: &MemoryWorld,
    roots: &[String],
    links: &LinkTable,
    edits: &[String],
) -> Checked {
    if edits.is_empty() {
        return heng_dsl::check::check(world, roots, links);
    }
    let Edited { before, after, .. } = edit::check_edited(world, roots, links, edits);
    if before.linked.is_some() { after } else { before }
}

/// Checks packages as they are and with amendments that stand in no file.
pub(crate) fn check_edited(wanted: &Wanted, edits: &[String]) -> Edited {
    let world = wanted.world();
    edit::check_edited(&world, &world.roots(), &wanted.links, edits)
}

/// Checks an expression in the scope of a package.
pub(crate) fn check_asked(wanted: &Wanted, package: Option<&str>, expression: &str) -> Asked {
    let world = wanted.world();
    edit::check_asked(&world, &world.roots(), &wanted.links, package, expression)
}
