//! Finds the packages that are needed and puts them in an order in which each comes after those it
//! uses.
//!
//! A package is a folder; its id stands in its 规则集 line, not in the name of the folder. Folders are
//! read until a package with the wanted id (and version) turns up.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Code, Diagnostic, Words};
use crate::limits;
use crate::model::Id;
use crate::model::linked::LinkTable;
use crate::source::{SourceFile, SourceMap};
use crate::span::{FileId, Span};
use crate::syntax::{self, ast};
use crate::world::World;

/// A package as read.
#[derive(Debug)]
pub(super) struct Package {
    /// Its id; the folder where it has none.
    pub(super) id: Id,
    /// Its version.
    pub(super) version: Id,
    /// Its folder.
    pub(super) folder: String,
    /// Its files.
    pub(super) files: Vec<(FileId, ast::File)>,
    /// The packages it uses.
    pub(super) uses: Vec<Used>,
    /// Reading it failed, which has been reported.
    pub(super) failed: bool,
    /// It changes the package it is 基于 in place, for a try: no file says so, and no reason is given.
    pub(super) in_place: bool,
}

/// A package that another one uses.
#[derive(Debug, Clone)]
pub(super) struct Used {
    /// Its id.
    pub(super) id: Id,
    /// The version asked for.
    pub(super) version: Option<Id>,
    /// 基于
    pub(super) extends: bool,
    /// Where it is written.
    pub(super) span: Span,
}

/// Everything that was read.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    /// The packages, each after those it uses.
    pub(super) packages: Vec<Package>,
    /// The texts.
    pub(super) sources: SourceMap,
    /// Problems with reading.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// The ids that were asked for.
    pub(super) roots: Vec<Id>,
    /// The links that hold.
    pub(super) links: LinkTable,
}

impl Package {
    /// All declarations.
    pub(super) fn decls(&self) -> impl Iterator<Item = &ast::Decl> {
        self.files.iter().flat_map(|it| &it.1.decls)
    }

    /// The 规则集 line, or the start of the first file.
    pub(super) fn span(&self) -> Span {
        let ruleset = self.decls().find(|it| it.kind == ast::DeclKind::Ruleset);
        let start = || self.files.first().map(|it| Span { file: it.0, start: 0, end: 0 });
        ruleset.map(|it| it.name.span).or_else(start).unwrap_or_default()
    }
}

/// Reads the packages in `roots`, what they use, and what stands for what they use.
pub(super) fn load(world: &dyn World, roots: &[String], links: &LinkTable) -> Loaded {
    let mut loader =
        Loader { world, out: Loaded::default(), folders: BTreeMap::new(), done: BTreeMap::new() };
    let mut wanted: Vec<(String, Span)> = Vec::new();
    for folder in roots {
        if let Some(package) = loader.folder(folder) {
            loader.out.roots.push(package.id.clone());
            let asking = folder.clone();
            let span = package.span();
            loader.take(package, &mut Vec::new());
            wanted.push((asking, span));
        }
    }
    for (name, other) in links {
        let Some((asking, span)) = wanted.first().cloned() else { break };
        if loader.done.contains_key(other) || !loader.is_used(name) {
            continue;
        }
        let used = Used { id: other.clone(), version: None, extends: false, span };
        loader.need(&used, &asking, &mut Vec::new());
    }
    loader.out.links = links
        .iter()
        .filter(|it| loader.done.contains_key(it.1))
        .map(|it| (it.0.clone(), it.1.clone()))
        .collect();
    loader.out
}

struct Loader<'w> {
    world: &'w dyn World,
    out: Loaded,
    /// Folders that were read, with the id and version found there; empty where there is none.
    folders: BTreeMap<String, Option<(Id, Id)>>,
    /// Packages that were taken, with their version and folder.
    done: BTreeMap<Id, (Id, String)>,
}

impl Loader<'_> {
    fn is_used(&self, name: &Id) -> bool {
        self.out.packages.iter().flat_map(|it| &it.uses).any(|it| it.id == *name)
    }

    fn report(&mut self, it: Diagnostic) {
        self.out.diagnostics.push(it);
    }

    /// Reads a folder as a package; reports and gives nothing where that fails.
    fn folder(&mut self, folder: &str) -> Option<Package> {
        let unreadable = |why: String| {
            Diagnostic::new(Code::E0612, Span::default())
                .arg("file", folder.to_owned())
                .arg("why", Words::parted(&why))
        };
        let paths = match self.world.rule_files(folder) {
            Ok(paths) if paths.is_empty() => {
                let why = Words::both("文件夹里没有 .heng 文件", "the folder has no .heng files");
                self.report(
                    Diagnostic::new(Code::E0612, Span::default())
                        .arg("file", folder.to_owned())
                        .arg("why", why),
                );
                return None;
            }
            Ok(paths) if paths.len() > limits::MAX_FILES => {
                self.report(unreadable(format!("> {} .heng", limits::MAX_FILES)));
                return None;
            }
            Ok(paths) => paths,
            Err(why) => {
                self.report(unreadable(why));
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
        };
        for path in paths {
            self.file(&path, &mut package);
        }
        self.header(&mut package);
        Some(package)
    }

    fn file(&mut self, path: &str, package: &mut Package) {
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
            return;
        }
        let text = self.out.sources.file(id).map(|it| it.text.clone()).unwrap_or_default();
        let (tree, mut problems) = syntax::parse(id, &text);
        package.failed |= crate::diag::has_errors(&problems);
        self.out.diagnostics.append(&mut problems);
        package.files.push((id, tree));
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
            Some(Used { id: Id::from(it.name.text.as_str()), version, extends, span: it.name.span })
        });
        package.uses = uses.collect();
    }

    /// Takes what a package uses, then the package itself. `way` is the chain of packages that led here.
    fn take(&mut self, mut package: Package, way: &mut Vec<Id>) {
        if let Some((_, folder)) = self.done.get(&package.id) {
            if *folder != package.folder {
                let problem = Diagnostic::new(Code::E0613, package.span())
                    .arg("name", package.id.to_string())
                    .arg("folder", folder.clone());
                self.report(problem);
            }
            return;
        }
        if self.done.len() >= limits::MAX_PACKAGES {
            self.report(
                Diagnostic::new(Code::E0617, package.span())
                    .arg("limit", limits::MAX_PACKAGES.to_string()),
            );
            return;
        }
        self.done.insert(package.id.clone(), (package.version.clone(), package.folder.clone()));
        way.push(package.id.clone());
        let mut known = BTreeSet::new();
        for used in package.uses.clone() {
            if known.insert(used.id.clone()) && !self.need(&used, &package.folder, way) {
                package.failed = true;
            }
        }
        way.pop();
        self.out.packages.push(package);
    }

    /// Finds a package that another one uses.
    fn need(&mut self, used: &Used, asking: &str, way: &mut Vec<Id>) -> bool {
        if let Some(at) = way.iter().position(|it| *it == used.id) {
            let round = way[at..].iter().chain([&used.id]).map(|it| format!("“{it}”"));
            let round: Vec<_> = round.collect();
            self.report(Diagnostic::new(Code::E0602, used.span).arg("way", round.join(" → ")));
            return false;
        }
        if let Some((version, _)) = self.done.get(&used.id).cloned() {
            return self.fits(used, &version);
        }
        let mut other = None;
        for folder in self.world.package_folders(asking) {
            let known = self.folders.get(&folder).cloned();
            let found = known.unwrap_or_else(|| self.peek(&folder));
            match found {
                Some((id, version))
                    if id == used.id && used.version.as_ref().is_none_or(|it| *it == version) =>
                {
                    let Some(package) = self.folder(&folder) else { return false };
                    self.take(package, way);
                    return true;
                }
                Some((id, version)) if id == used.id => other = Some(version),
                _ => {}
            }
        }
        if let Some(version) = other {
            return self.fits(used, &version);
        }
        let names: Vec<String> =
            self.folders.values().flatten().map(|it| it.0.to_string()).collect();
        let problem = Diagnostic::new(Code::E0601, used.span).arg("name", used.id.to_string());
        let problem = super::suggest::nearest(&used.id, names.iter().map(String::as_str)).map_or(
            problem.clone(),
            |near| {
                problem.fix(
                    Words::both(format!("改为“{near}”"), format!("change it to “{near}”")),
                    used.span,
                    near,
                )
            },
        );
        self.report(problem);
        false
    }

    fn fits(&mut self, used: &Used, version: &Id) -> bool {
        let fits = used.version.as_ref().is_none_or(|it| it == version);
        if !fits {
            let wanted = used.version.clone().unwrap_or_else(|| Id::from(""));
            let problem = Diagnostic::new(Code::E0603, used.span)
                .arg("name", used.id.to_string())
                .arg("wanted", wanted.to_string())
                .arg("found", version.to_string());
            self.report(problem);
        }
        fits
    }

    /// Looks for the id and version in a folder without taking it.
    fn peek(&mut self, folder: &str) -> Option<(Id, Id)> {
        let found = self.world.rule_files(folder).ok().and_then(|paths| {
            paths.iter().take(limits::MAX_FILES).find_map(|path| {
                let bytes =
                    self.world.read(path).ok().filter(|it| it.len() <= limits::MAX_FILE_BYTES)?;
                let text = String::from_utf8(bytes).ok()?;
                ruleset_line(&text)
            })
        });
        self.folders.insert(folder.to_owned(), found.clone());
        found
    }
}

/// Reads id and version off the 规则集 line of a text, without reading the rest.
fn ruleset_line(text: &str) -> Option<(Id, Id)> {
    let file = SourceFile::new("", text);
    let line =
        file.text.lines().find(|it| it.starts_with("规则集") || it.starts_with("ruleset"))?;
    let (tree, _) = syntax::parse(FileId::default(), line);
    let decl = tree.decls.iter().find(|it| it.kind == ast::DeclKind::Ruleset)?;
    let version = decl.attrs.iter().find_map(|it| match &it.kind {
        ast::AttrKind::Version(text) => Some(text.text.as_str()),
        _ => None,
    });
    Some((Id::from(decl.name.text.as_str()), Id::from(version.unwrap_or("0"))))
}
