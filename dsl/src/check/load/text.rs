//! Reads a folder of rule text as a package.

use rayon::prelude::*;

use super::package::{Package, Used};
use super::{Loader, unreadable};
use crate::diag::{Code, Diagnostic, Words};
use crate::limits;
use crate::model::Id;
use crate::source::SourceFile;
use crate::span::{FileId, Span};
use crate::syntax::{self, ast};

impl Loader<'_> {
    /// Reads a folder as a package; reports and gives nothing where that fails.
    pub(super) fn folder(&mut self, folder: &str) -> Option<Package> {
        let paths = match self.world.rule_files(folder) {
            Ok(paths) if paths.is_empty() => {
                let why = Words::both("文件夹里没有 .heng 文件", "the folder has no .heng files");
                self.unread(folder, why);
                return None;
            }
            Ok(paths) if paths.len() > limits::MAX_FILES => {
                self.unread(folder, format!("> {} .heng", limits::MAX_FILES).into());
                return None;
            }
            Ok(paths) => paths,
            Err(why) => {
                self.unread(folder, Words::parted(&why));
                return None;
            }
        };
        let mut package = Package {
            id: Id::from(folder),
            version: Id::from(""),
            folder: folder.to_owned(),
            files: Vec::new(),
            uses: Vec::new(),
            failed: false,
            in_place: false,
            torn: false,
            stored: None,
        };
        self.files(&paths, &mut package);
        self.header(&mut package);
        Some(package)
    }

    /// Reports a folder that cannot be read, at its own name: it has no file.
    fn unread(&mut self, folder: &str, why: Words) {
        let file = self.out.sources.add(SourceFile::new(folder, ""));
        let mut problem = unreadable(folder, why);
        problem.primary.span = Span { file, start: 0, end: 0 };
        self.report(problem);
    }

    /// Reads and parses the files of a package. Each is parsed by itself, on as many cores as there are; what is
    /// reported stands in the order of the files.
    fn files(&mut self, paths: &[String], package: &mut Package) {
        let texts: Vec<(FileId, String)> =
            paths.iter().filter_map(|path| self.text(path, package)).collect();
        let parsed: Vec<(ast::File, Vec<Diagnostic>)> =
            texts.par_iter().map(|(file, text)| syntax::parse(*file, text)).collect();
        for ((file, _), (tree, mut problems)) in texts.iter().zip(parsed) {
            package.failed |= crate::diag::has_errors(&problems);
            self.out.diagnostics.append(&mut problems);
            package.files.push((*file, tree));
        }
    }

    /// The text of a file, which is among the sources from then on; reports one that cannot be read.
    fn text(&mut self, path: &str, package: &mut Package) -> Option<(FileId, String)> {
        let text = match self.world.read(path) {
            Ok(bytes) if bytes.len() > limits::MAX_FILE_BYTES => {
                Err(format!("> {} MiB", limits::MAX_FILE_BYTES >> 20).into())
            }
            Ok(bytes) => String::from_utf8(bytes).map_err(|_| {
                Words::both(
                    "不是 UTF-8 文本，请另存为 UTF-8",
                    "it is not UTF-8 text; save it as UTF-8",
                )
            }),
            Err(why) => Err(Words::parted(&why)),
        };
        let file = match &text {
            Ok(text) => SourceFile::new(path, text),
            Err(_) => SourceFile::new(path, ""),
        };
        let id = self.out.sources.add(file);
        if let Err(why) = text {
            let start = Span { file: id, start: 0, end: 0 };
            self.report(
                Diagnostic::new(Code::E0612, start).arg("file", path.to_owned()).arg("why", why),
            );
            package.failed = true;
            package.torn = true;
            return None;
        }
        Some((id, self.out.sources.file(id).map(|it| it.text.clone()).unwrap_or_default()))
    }

    /// Takes id, version and uses from the declarations.
    fn header(&mut self, package: &mut Package) {
        let count = package.decls().count();
        let start = package.span();
        if count > limits::MAX_DECLARATIONS {
            self.report(
                Diagnostic::new(Code::E0615, start)
                    .arg("limit", limits::MAX_DECLARATIONS.to_string()),
            );
            package.failed = true;
            package.torn = true;
        }
        let rulesets: Vec<_> =
            package.decls().filter(|it| it.kind == ast::DeclKind::Ruleset).collect();
        match rulesets.as_slice() {
            [] => {
                let problem =
                    Diagnostic::new(Code::E0604, start).arg("folder", package.folder.clone());
                self.out.diagnostics.push(problem);
                package.failed = true;
            }
            [only] => {
                let id = Id::from(only.name.text.as_str());
                let version = only.attrs.iter().find_map(|it| match &it.kind {
                    ast::AttrKind::Version(text) => Some(Id::from(text.text.as_str())),
                    _ => None,
                });
                package.id = id;
                package.version = version.unwrap_or_else(|| Id::from("0"));
            }
            [first, second, ..] => {
                let problem = Diagnostic::new(Code::E0616, second.name.span)
                    .related(first.name.span, Words::both("第一处", "the first one"));
                package.id = Id::from(first.name.text.as_str());
                self.out.diagnostics.push(problem);
                package.failed = true;
            }
        }
        let uses = package.decls().filter_map(|it| {
            let extends = match it.kind {
                ast::DeclKind::Use => false,
                ast::DeclKind::Extends => true,
                _ => return None,
            };
            let version = it.attrs.iter().find_map(|it| match &it.kind {
                ast::AttrKind::Version(text) => Some(Id::from(text.text.as_str())),
                _ => None,
            });
            let (id, span) = (Id::from(it.name.text.as_str()), it.name.span);
            Some(Used { id, version, found: None, extends, span })
        });
        package.uses = uses.collect();
    }
}

/// Reads id and version off the 规则集 line of a text, without reading the rest.
pub(super) fn ruleset_line(text: &str) -> Option<(Id, Id)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = text.lines().map(str::trim_start);
    let line = lines.find(|it| it.starts_with("规则集") || it.starts_with("ruleset"))?;
    let (tree, _) = syntax::parse(FileId::default(), line);
    let decl = tree.decls.iter().find(|it| it.kind == ast::DeclKind::Ruleset)?;
    let version = decl.attrs.iter().find_map(|it| match &it.kind {
        ast::AttrKind::Version(text) => Some(text.text.as_str()),
        _ => None,
    });
    Some((Id::from(decl.name.text.as_str()), Id::from(version.unwrap_or("0"))))
}
