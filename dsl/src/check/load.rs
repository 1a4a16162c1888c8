//! Finds the packages that are needed and puts them in an order in which each comes after those it
//! uses.
//!
//! A package is a folder of text, whose id stands in its 规则集 line and not in the name of the folder, or
//! one of those in a stored model (`….json`). Two versions of a package may be there at once: `通用@2024.12` is that version, and a name without a version means
//! the one that was asked for, else the newest that is found.

mod package;
mod stored;
mod text;

use std::collections::BTreeMap;

pub(super) use self::package::{Key, Model, Package, Used};
use crate::diag::{Code, Diagnostic, Words};
use crate::limits;
use crate::model::Id;
use crate::model::linked::{LinkTable, version_order};
use crate::source::SourceMap;
use crate::span::Span;
use crate::world::World;

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

/// Reads the packages in `roots`, what they use, and what stands for what they use.
pub(super) fn load(world: &dyn World, roots: &[String], links: &LinkTable) -> Loaded {
    let mut loader = Loader {
        world,
        out: Loaded::default(),
        locations: BTreeMap::new(),
        waiting: Vec::new(),
        done: BTreeMap::new(),
        bare: BTreeMap::new(),
    };
    // All of them first: a name without a version means one that was asked for.
    let mut first: Option<(String, Span)> = None;
    let mut asked: BTreeMap<&String, Vec<Key>> = BTreeMap::new();
    let mut closed = LinkTable::new();
    for location in roots {
        if let Some(again) = asked.get(location) {
            loader.out.roots.extend(again.iter().cloned());
            continue;
        }
        let read = loader.read(location);
        if let Some(package) = read.packages.first() {
            first.get_or_insert_with(|| (location.clone(), package.span()));
        }
        for (id, version) in &read.roots {
            let asked = loader.bare.entry(id.clone()).or_default();
            if asked.is_empty() || version_order(asked, version).is_lt() {
                *asked = version.clone();
            }
        }
        for (name, other) in read.links {
            closed.entry(name).or_insert(other);
        }
        loader.out.roots.extend(read.roots.iter().cloned());
        asked.insert(location, read.roots);
        loader.waiting.extend(read.packages);
    }
    loader.close(&closed);
    for (location, keys) in roots.iter().filter_map(|it| Some((it, asked.get(it)?))) {
        for key in keys {
            if let Some(package) = loader.take_waiting(location, key) {
                loader.take(package, &mut Vec::new());
            }
        }
    }
    closed.extend(links.iter().map(|it| (it.0.clone(), it.1.clone())));
    let mut held = LinkTable::new();
    for (name, other) in &closed {
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

/// What was found in one place: a folder or a file.
#[derive(Default)]
struct Read {
    packages: Vec<Package>,
    /// Those that are asked for by whoever asks for the place.
    roots: Vec<Key>,
    /// The links that hold in a closed file.
    links: LinkTable,
}

/// A folder or file that cannot be read.
fn unreadable(place: &str, why: impl Into<Words>) -> Diagnostic {
    Diagnostic::new(Code::E0612, Span::default()).arg("file", place.to_owned()).arg("why", why)
}

struct Loader<'w> {
    world: &'w dyn World,
    out: Loaded,
    /// Folders and files that were looked at, with the ids and versions found there.
    locations: BTreeMap<String, Vec<Key>>,
    /// Packages that were read and not yet taken.
    waiting: Vec<Package>,
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
            if package.has_data()
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
        self.lead(&mut package);
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
        // A stored package is looked for in its own file first.
        let own = stored::is_stored(asking).then(|| asking.to_owned());
        'search: for place in own.into_iter().chain(self.world.package_folders(asking)) {
            for (_, version) in self.peek(&place).into_iter().filter(|it| it.0 == used.id) {
                match &wanted {
                    Some(it) if *it != version => {
                        let newer = |it: &Id| version_order(it, &version).is_lt();
                        if other.as_ref().is_none_or(newer) {
                            other = Some(version);
                        }
                    }
                    Some(_) => {
                        best = Some((version, place));
                        break 'search;
                    }
                    None if best
                        .as_ref()
                        .is_none_or(|it| version_order(&it.0, &version).is_lt()) =>
                    {
                        best = Some((version, place.clone()));
                    }
                    None => {}
                }
            }
        }
        let Some((version, place)) = best else {
            match other {
                Some(found) => self.other_version(used, &found),
                None => self.nothing_called(used),
            }
            return None;
        };
        if used.version.is_none() {
            self.bare.insert(used.id.clone(), version.clone());
        }
        let key = (used.id.clone(), version.clone());
        if self.done.contains_key(&key) {
            return Some(version);
        }
        let package = match self.take_waiting(&place, &key) {
            Some(it) => it,
            None => {
                let read = self.read(&place).packages;
                self.waiting.extend(read);
                self.take_waiting(&place, &key)?
            }
        };
        self.take(package, way);
        Some(version)
    }

    /// A package that was read in that place and not yet taken.
    fn take_waiting(&mut self, place: &str, key: &Key) -> Option<Package> {
        let at = self.waiting.iter().position(|it| it.folder == place && it.key() == *key)?;
        Some(self.waiting.swap_remove(at))
    }

    /// Reads what is in a place; reports what is wrong there.
    fn read(&mut self, place: &str) -> Read {
        if stored::is_stored(place) {
            return self.stored(place);
        }
        let package = self.folder(place);
        let roots = package.iter().map(Package::key).collect();
        Read { packages: package.into_iter().collect(), roots, links: LinkTable::new() }
    }

    fn nothing_called(&mut self, used: &Used) {
        let names: Vec<String> =
            self.locations.values().flatten().map(|it| it.0.to_string()).collect();
        let problem = Diagnostic::new(Code::E0601, used.span).arg("name", used.id.to_string());
        let problem = crate::near::nearest(&used.id, names.iter().map(String::as_str)).map_or(
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

    /// Looks for ids and versions in a place without taking what is there.
    fn peek(&mut self, place: &str) -> Vec<Key> {
        if let Some(known) = self.locations.get(place) {
            return known.clone();
        }
        let found = if stored::is_stored(place) {
            self.world.read(place).map(|it| crate::stored::peek(&it)).unwrap_or_default()
        } else {
            self.peek_text(place).into_iter().collect()
        };
        self.locations.insert(place.to_owned(), found.clone());
        found
    }

    fn peek_text(&self, folder: &str) -> Option<Key> {
        let paths = self.world.rule_files(folder).ok()?;
        paths.iter().take(limits::MAX_FILES).find_map(|path| {
            let bytes =
                self.world.read(path).ok().filter(|it| it.len() <= limits::MAX_FILE_BYTES)?;
            text::ruleset_line(&String::from_utf8(bytes).ok()?)
        })
    }
}
