//! Finds the packages that are needed and puts them in an order in which each comes after those it
//! uses.
//!
//! A package is a folder; its id stands in its 规则集 line, not in the name of the folder. Two versions
//! of a package may be there at once: `通用@2024.12` is that version, and a name without a version means
//! the one that was asked for, else the newest that is found.

use std::collections::BTreeMap;

use crate::diag::{Code, Diagnostic, Words};
use crate::limits;
use crate::model::Id;
use crate::model::linked::{LinkTable, version_order};
use crate::source::{SourceFile, SourceMap};
use crate::span::{FileId, Span};
use crate::syntax::{self, ast};
use crate::world::World;

/// The id and the version of a package.
pub(super) type Key = (Id, Id);

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
    /// A whole file or more could not be read.
    pub(super) torn: bool,
}

/// A package that another one uses.
#[derive(Debug, Clone)]
pub(super) struct Used {
    /// Its id.
    pub(super) id: Id,
    /// The version asked for.
    pub(super) version: Option<Id>,
    /// The version that was found; absent where there is none.
    pub(super) found: Option<Id>,
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
    /// The packages that were asked for.
    pub(super) roots: Vec<Key>,
    /// The links that hold.
    pub(super) links: LinkTable,
}

impl Used {
    /// The package that was found.
    pub(super) fn key(&self) -> Option<Key> {
        Some((self.id.clone(), self.found.clone()?))
    }
}

impl Package {
    /// Its id and version.
    pub(super) fn key(&self) -> Key {
        (self.id.clone(), self.version.clone())
    }

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
    let mut loader = Loader {
        world,
        out: Loaded::default(),
        folders: BTreeMap::new(),
        waiting: BTreeMap::new(),
        done: BTreeMap::new(),
        bare: BTreeMap::new(),
    };
    // All of them first: a name without a version means one that was asked for.
    let mut first: Option<(String, Span)> = None;
    for folder in roots {
        let again = loader.waiting.get(folder).map(Package::key);
        if let Some(key) = again {
            loader.out.roots.push(key);
            continue;
        }
        let Some(package) = loader.folder(folder) else { continue };
        first.get_or_insert_with(|| (folder.clone(), package.span()));
        let asked = loader.bare.entry(package.id.clone()).or_default();
        if asked.is_empty() || version_order(asked, &package.version).is_lt() {
            *asked = package.version.clone();
        }
        loader.out.roots.push(package.key());
        loader.waiting.insert(folder.clone(), package);
    }
    for folder in roots {
        if let Some(package) = loader.waiting.remove(folder) {
            loader.take(package, &mut Vec::new());
        }
    }
    let mut held = LinkTable::new();
    for (name, other) in links {
        let Some((asking, span)) = &first else { break };
        if !loader.is_used(name) {
            continue;
        }
        let (id, version) = other.split_once('@').map_or((&**other, None), |it| (it.0, Some(it.1)));
        let (id, version) = (Id::from(id), version.map(Id::from));
        let used = Used { id, version, found: None, extends: false, span: *span };
        if loader.need(&used, asking, &mut Vec::new()).is_some() {
            held.insert(name.clone(), other.clone());
        }
    }
    loader.name_versions(&mut held);
    loader.out.links = held;
    loader.out
}

struct Loader<'w> {
    world: &'w dyn World,
    out: Loaded,
    /// Folders that were looked at, with the id and version found there; empty where there is none.
    folders: BTreeMap<String, Option<Key>>,
    /// Packages that were asked for and not yet taken, by folder.
    waiting: BTreeMap<String, Package>,
    /// Packages that were taken, with their folder.
    done: BTreeMap<Key, String>,
    /// The version that a name without one means.
    bare: BTreeMap<Id, Id>,
}

impl Loader<'_> {
    /// Is a package of that name used, whichever version it is?
    fn is_used(&self, name: &Id) -> bool {
        let mut uses = self.out.packages.iter().flat_map(|it| &it.uses);
        uses.any(|it| it.id == *name && it.version.is_none())
    }

    /// Writes down which version a name means where that is not the newest one there is, and refuses
    /// two versions of a package that declares data: a table of the data has one reader.
    fn name_versions(&mut self, links: &mut LinkTable) {
        let mut newest: BTreeMap<&Id, &Id> = BTreeMap::new();
        let mut with_data: BTreeMap<&Id, &Package> = BTreeMap::new();
        let mut problems = Vec::new();
        for package in &self.out.packages {
            let (id, version) = (&package.id, &package.version);
            let best = newest.entry(id).or_insert(version);
            if version_order(best, version).is_lt() {
                *best = version;
            }
            let has_data =
                |it: &ast::Decl| matches!(it.kind, ast::DeclKind::Subject | ast::DeclKind::Records);
            if package.decls().any(has_data)
                && let Some(other) = with_data.insert(id, package)
            {
                let problem = Diagnostic::new(Code::E0628, package.span())
                    .arg("name", id.to_string())
                    .arg("versions", format!("{}、{}", other.version, package.version));
                problems.push(problem.related(other.span(), ""));
            }
        }
        for (id, version) in &self.bare {
            if newest.get(id).is_some_and(|it| *it != version) {
                links.entry(id.clone()).or_insert_with(|| Id::from(format!("{id}@{version}")));
            }
        }
        self.out.diagnostics.append(&mut problems);
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
            torn: false,
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
            package.torn = true;
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

    /// Takes what a package uses, then the package itself. `way` is the chain of packages that led here.
    fn take(&mut self, mut package: Package, way: &mut Vec<Key>) {
        let key = package.key();
        if let Some(folder) = self.done.get(&key) {
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
        self.done.insert(key.clone(), package.folder.clone());
        way.push(key);
        let mut known: BTreeMap<(Id, Option<Id>), Option<Id>> = BTreeMap::new();
        for at in 0..package.uses.len() {
            let used = package.uses[at].clone();
            let wanted = (used.id.clone(), used.version.clone());
            let found = match known.get(&wanted) {
                Some(it) => it.clone(),
                None => self.need(&used, &package.folder, way),
            };
            package.failed |= found.is_none();
            package.uses[at].found.clone_from(&found);
            known.insert(wanted, found);
        }
        way.pop();
        self.out.packages.push(package);
    }

    /// Finds a package that another one uses: its version.
    fn need(&mut self, used: &Used, asking: &str, way: &mut Vec<Key>) -> Option<Id> {
        let wanted = used.version.as_ref().or_else(|| self.bare.get(&used.id)).cloned();
        let taken = wanted.filter(|it| self.done.contains_key(&(used.id.clone(), it.clone())));
        let version = match taken {
            Some(it) => it,
            None => self.fetch(used, asking, way)?,
        };
        if let Some(at) = way.iter().position(|it| it.0 == used.id && it.1 == version) {
            let round = way[at..].iter().map(|it| &it.0).chain([&used.id]);
            let round: Vec<_> = round.map(|it| format!("“{it}”")).collect();
            self.report(Diagnostic::new(Code::E0602, used.span).arg("way", round.join(" → ")));
            return None;
        }
        Some(version)
    }

    /// Reads a package that has not been taken, with all that it uses: its version.
    fn fetch(&mut self, used: &Used, asking: &str, way: &mut Vec<Key>) -> Option<Id> {
        let wanted = used.version.clone().or_else(|| self.bare.get(&used.id).cloned());
        let mut best: Option<(Id, String)> = None;
        let mut other = None;
        for folder in self.world.package_folders(asking) {
            let known = self.folders.get(&folder).cloned();
            let Some((id, version)) = known.unwrap_or_else(|| self.peek(&folder)) else { continue };
            if id != used.id {
                continue;
            }
            match &wanted {
                Some(it) if *it != version => {
                    let newer = |it: &Id| version_order(it, &version).is_lt();
                    if other.as_ref().is_none_or(newer) {
                        other = Some(version);
                    }
                }
                Some(_) => {
                    best = Some((version, folder));
                    break;
                }
                None if best.as_ref().is_none_or(|it| version_order(&it.0, &version).is_lt()) => {
                    best = Some((version, folder));
                }
                None => {}
            }
        }
        let Some((version, folder)) = best else {
            match other {
                Some(found) => self.other_version(used, &found),
                None => self.nothing_called(used),
            }
            return None;
        };
        if used.version.is_none() {
            self.bare.insert(used.id.clone(), version.clone());
        }
        if self.done.contains_key(&(used.id.clone(), version.clone())) {
            return Some(version);
        }
        let waiting = self.waiting.remove(&folder);
        let package = waiting.map_or_else(|| self.folder(&folder), Some)?;
        self.take(package, way);
        Some(version)
    }

    fn nothing_called(&mut self, used: &Used) {
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
    }

    fn other_version(&mut self, used: &Used, found: &Id) {
        let wanted = used.version.clone().unwrap_or_default();
        let problem = Diagnostic::new(Code::E0603, used.span)
            .arg("name", used.id.to_string())
            .arg("wanted", wanted.to_string())
            .arg("found", found.to_string());
        self.report(problem);
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
