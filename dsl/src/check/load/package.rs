//! A package as it was read, from text or as a stored model.

use crate::model::{Id, RuleSet};
use crate::span::{FileId, Span};
use crate::stored::UsedContent;
use crate::syntax::ast;

/// The id and the version of a package.
pub(in crate::check) type Key = (Id, Id);

/// A package as read.
#[derive(Debug)]
pub(in crate::check) struct Package {
    /// Its id; the folder where it has none.
    pub(in crate::check) id: Id,
    /// Its version.
    pub(in crate::check) version: Id,
    /// Its folder, or the file that it is stored in.
    pub(in crate::check) folder: String,
    /// Its files; of a stored one that file and the lines that its clauses stand on.
    pub(in crate::check) files: Vec<(FileId, ast::File)>,
    /// The packages it uses.
    pub(in crate::check) uses: Vec<Used>,
    /// Reading it failed, which has been reported.
    pub(in crate::check) failed: bool,
    /// It changes the package it is 基于 in place, for a try: no file says so, and no reason is given.
    pub(in crate::check) in_place: bool,
    /// A whole file or more could not be read.
    pub(in crate::check) torn: bool,
    /// Its model, where that was read in place of text; it has no declarations then.
    pub(in crate::check) stored: Option<Box<Model>>,
}

/// A package that was checked before it was stored.
#[derive(Debug)]
pub(in crate::check) struct Model {
    /// Its rules.
    pub(in crate::check) set: RuleSet,
    /// The content of what it was checked against, as far as that is stated.
    pub(in crate::check) uses: Vec<UsedContent>,
}

/// A package that another one uses.
#[derive(Debug, Clone)]
pub(in crate::check) struct Used {
    /// Its id.
    pub(in crate::check) id: Id,
    /// The version asked for.
    pub(in crate::check) version: Option<Id>,
    /// The version that was found; absent where there is none.
    pub(in crate::check) found: Option<Id>,
    /// 基于
    pub(in crate::check) extends: bool,
    /// Where it is written.
    pub(in crate::check) span: Span,
}

impl Used {
    /// The package that was found.
    pub(in crate::check) fn key(&self) -> Option<Key> {
        Some((self.id.clone(), self.found.clone()?))
    }
}

impl Package {
    /// Its id and version.
    pub(in crate::check) fn key(&self) -> Key {
        (self.id.clone(), self.version.clone())
    }

    /// All declarations.
    pub(in crate::check) fn decls(&self) -> impl Iterator<Item = &ast::Decl> {
        self.files.iter().flat_map(|it| &it.1.decls)
    }

    /// Does it say how data are read?
    pub(in crate::check) fn has_data(&self) -> bool {
        let declares =
            |it: &ast::Decl| matches!(it.kind, ast::DeclKind::Subject | ast::DeclKind::Records);
        let stored = self.stored.as_ref().map(|it| &it.set);
        self.decls().any(declares)
            || stored.is_some_and(|it| it.subject.is_some() || !it.tables.is_empty())
    }

    /// The 规则集 line, or the start of the first file.
    pub(in crate::check) fn span(&self) -> Span {
        let ruleset = self.decls().find(|it| it.kind == ast::DeclKind::Ruleset);
        let start = || self.files.first().map(|it| Span { file: it.0, start: 0, end: 0 });
        ruleset.map(|it| it.name.span).or_else(start).unwrap_or_default()
    }
}
