//! From the folders of packages to a program that can run: the only caller of the checker.

use std::path::PathBuf;

use heng_dsl::diag::{self, Diagnostic, Severity};
use heng_dsl::model::Id;
use heng_dsl::model::linked::{LinkTable, Linked};
use heng_dsl::source::SourceMap;

use crate::args::{Lookup, Packages};
use crate::project::Project;
use crate::world::Folders;

/// The outcome of a check.
#[derive(Debug)]
pub(crate) struct Checked {
    /// The packages, linked; absent if any of them has an error.
    pub(crate) linked: Option<Linked>,
    /// The texts that were read.
    pub(crate) sources: SourceMap,
    /// The problems.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The numbers in `linked` of the packages that were asked for.
    pub(crate) roots: Vec<usize>,
}

impl Checked {
    /// How many of the problems are that bad.
    pub(crate) fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|it| it.severity() == severity).count()
    }

    /// Is any of them an error?
    pub(crate) fn failed(&self) -> bool {
        self.linked.is_none() || diag::has_errors(&self.diagnostics)
    }
}

/// Which packages to check, and where to find those they use.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// Folders.
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

/// Checks packages with all that they use.
pub(crate) fn check(wanted: &Wanted) -> Checked {
    let world = Folders::new(&wanted.folders, &wanted.path);
    adaptor::check(&world, &world.roots(), &wanted.links)
}

/// Stands where the checker will stand; it says that this build cannot check, and nothing else.
mod adaptor {
    use super::{Checked, LinkTable, SourceMap};
    use heng_dsl::diag::{Code, Diagnostic};
    use heng_dsl::span::Span;
    use heng_dsl::world::World;

    pub(super) fn check(world: &dyn World, roots: &[String], _: &LinkTable) -> Checked {
        let missing = roots.iter().filter(|it| world.rule_files(it).is_ok_and(|it| it.is_empty()));
        let missing =
            missing.map(|it| Diagnostic::new(Code::E0601, Span::default()).arg("name", it.clone()));
        Checked {
            linked: None,
            sources: SourceMap::default(),
            diagnostics: missing.collect(),
            roots: Vec::new(),
        }
    }
}
