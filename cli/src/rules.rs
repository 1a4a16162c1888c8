//! From the folders of packages to a program that can run: the only caller of the checker.

use std::path::PathBuf;

pub(crate) use heng_dsl::check::Checked;
pub(crate) use heng_dsl::check::edit::About;
use heng_dsl::check::edit::{self, Asked, Edited};
use heng_dsl::model::Id;
use heng_dsl::model::linked::LinkTable;
use heng_dsl::world::MemoryWorld;

use crate::args::{Lookup, Packages};
use crate::project::Project;
use crate::world::Folders;

/// Which packages to check, and where to find those they use.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// Folders, or stored models.
    pub(crate) folders: Vec<PathBuf>,
    path: Vec<PathBuf>,
    links: LinkTable,
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
        Self {
            folders: folders.to_vec(),
            path: lookup.path.iter().chain(&project.path).cloned().collect(),
            links: links.map(|it| (Id::from(it.0.as_str()), Id::from(it.1.as_str()))).collect(),
        }
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
    let world = Folders::new(&wanted.folders, &wanted.path);
    heng_dsl::check::check(&world, &world.roots(), &wanted.links)
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
    let world = Folders::new(&wanted.folders, &wanted.path);
    edit::check_edited(&world, &world.roots(), &wanted.links, edits)
}

/// Checks an expression in the scope of a package.
pub(crate) fn check_asked(wanted: &Wanted, package: Option<&str>, expression: &str) -> Asked {
    let world = Folders::new(&wanted.folders, &wanted.path);
    edit::check_asked(&world, &world.roots(), &wanted.links, package, expression)
}
