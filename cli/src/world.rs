//! Rule files in folders: the one place where the command line lets the checker see the disk.
//!
//! A package may come from anywhere, so what it names is not trusted: a path leads only to regular
//! files inside a folder that the user named or its neighbours, never upwards, never through a link
//! that leads out, and never to more bytes than a package can sensibly have.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use heng_dsl::limits;
use heng_dsl::world::World;

use crate::project::shown;

/// Bytes in one file that a package names, such as a code table.
const MAX_BYTES: u64 = 64 << 20;

/// Folders that are looked at beside each other; a folder with more is not a library of rules.
const MAX_FOLDERS: usize = 2_000;

/// The folders that the user named, and their neighbours.
#[derive(Debug, Clone)]
pub struct Folders {
    roots: Vec<PathBuf>,
    path: Vec<PathBuf>,
    /// Files that stand in memory, by the path that names them: stored models, and rule files in place of those
    /// of a folder.
    shelf: BTreeMap<String, Vec<u8>>,
}

impl Folders {
    /// A world with these packages, and these folders to find others in.
    pub fn new(roots: &[PathBuf], path: &[PathBuf]) -> Self {
        Self { roots: roots.to_vec(), path: path.to_vec(), shelf: BTreeMap::new() }
    }

    /// The same with stored models that stand in memory; roots may name them.
    #[must_use]
    pub fn with_shelf(self, shelf: BTreeMap<String, Vec<u8>>) -> Self {
        Self { shelf, ..self }
    }

    /// The packages as [`World`] names them.
    pub fn roots(&self) -> Vec<String> {
        self.roots.iter().map(|it| shown(it)).collect()
    }

    /// The rule files in memory that stand in place of those of a folder.
    fn rules_in_memory(&self, folder: &str) -> Vec<String> {
        let inside = |path: &&String| {
            let below = || path.strip_prefix(folder)?.strip_prefix('/');
            let name = if folder == "." { Some(path.as_str()) } else { below() };
            let ending = |it: &str| Path::new(it).extension().is_some_and(|it| it == "heng");
            name.is_some_and(|it| !it.contains('/') && ending(it))
        };
        self.shelf.keys().filter(inside).cloned().collect()
    }

    /// The folders inside which files may be read.
    fn allowed(&self) -> impl Iterator<Item = PathBuf> {
        let on_disk = self.roots.iter().filter(|it| !self.shelf.contains_key(&shown(it)));
        let neighbours = on_disk.map(|it| parent(it));
        self.roots.iter().cloned().chain(neighbours).chain(self.path.iter().cloned())
    }

    /// Does the path stay inside a folder that may be read, links included?
    fn stays_inside(&self, path: &Path) -> bool {
        let real = path.canonicalize();
        self.allowed().any(|folder| {
            let folder = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder };
            let named = shown(&folder);
            let inner = if named == "." { Ok(path) } else { path.strip_prefix(&named) };
            let plain = |it: Component<'_>| matches!(it, Component::Normal(_));
            let straight = inner.is_ok_and(|it| it.components().all(plain));
            let real_folder = folder.canonicalize();
            straight
                && match (&real, real_folder) {
                    (Ok(file), Ok(folder)) => file.starts_with(folder),
                    // What does not exist leads nowhere; reading it says so.
                    _ => true,
                }
        })
    }
}

/// The folder around a folder, seen from the working folder.
fn parent(folder: &Path) -> PathBuf {
    match folder.components().next_back() {
        Some(Component::Normal(_)) => folder.parent().map(Path::to_owned).unwrap_or_default(),
        Some(Component::RootDir | Component::Prefix(_)) => folder.to_owned(),
        Some(Component::CurDir | Component::ParentDir) | None => folder.join(".."),
    }
}

/// The folders beside a folder that hold rule files: packages that it may use.
pub(crate) fn neighbours(folder: &Path) -> Vec<PathBuf> {
    let has_rules = |it: &Path| {
        let inside = entries(it).unwrap_or_default();
        inside.iter().any(|(name, path)| is_rule_file(name, path))
    };
    let beside = entries(&parent(folder)).unwrap_or_default();
    let folders = beside.into_iter().take(MAX_FOLDERS).map(|it| it.1).filter(|it| it.is_dir());
    folders.filter(|it| has_rules(it)).collect()
}

/// The packages in a folder that holds none itself: its folders with rule files, and its stored models.
pub(crate) fn packages_in(folder: &Path) -> Vec<PathBuf> {
    let has_rules = |it: &Path| {
        let inside = entries(it).unwrap_or_default();
        inside.iter().any(|(name, path)| is_rule_file(name, path))
    };
    if !folder.is_dir() || has_rules(folder) {
        return Vec::new();
    }
    let inside = entries(folder).unwrap_or_default();
    let found = inside.into_iter().take(MAX_FOLDERS).map(|it| it.1);
    found.filter(|it| (it.is_dir() && has_rules(it)) || (is_stored(it) && it.is_file())).collect()
}

/// Names of the system that nobody gave to a package: hidden files, and those of an editor.
fn hidden(name: &str) -> bool {
    name.starts_with('.') || name.ends_with('~')
}

/// A name that could steer a terminal, or that some system cannot store.
fn hostile(name: &str) -> bool {
    name.chars().any(|it| it.is_control() || matches!(it, '\\' | ':' | '\u{fffd}'))
        || crate::terminal::harmless(name) != name
}

/// The entries of a folder, sorted; hidden ones are left out.
fn entries(folder: &Path) -> Result<Vec<(String, PathBuf)>, String> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(|it| why(&it))? {
        let entry = entry.map_err(|it| why(&it))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !hidden(&name) {
            found.push((name, entry.path()));
        }
    }
    found.sort();
    Ok(found)
}

fn is_rule_file(name: &str, path: &Path) -> bool {
    let ending = Path::new(name).extension().is_some_and(|it| it.eq_ignore_ascii_case("heng"));
    ending && path.is_file()
}

/// Is it a stored model, by its name?
pub(crate) fn is_stored(path: &Path) -> bool {
    path.extension().is_some_and(|it| it.eq_ignore_ascii_case("json"))
}

/// The path of an entry as [`World`] names it.
fn joined(folder: &str, name: &str) -> String {
    if folder == "." { name.to_owned() } else { format!("{folder}/{name}") }
}

impl World for Folders {
    fn rule_files(&self, folder: &str) -> Result<Vec<String>, String> {
        let in_memory = self.rules_in_memory(folder);
        if !in_memory.is_empty() {
            return Ok(in_memory);
        }
        let mut files = Vec::new();
        for (name, path) in entries(Path::new(folder))? {
            if !is_rule_file(&name, &path) {
                continue;
            }
            if hostile(&name) {
                let name: String = name.escape_debug().collect();
                return Err(format!("文件名不能用 / a file name that cannot be used: {name}"));
            }
            files.push(joined(folder, &name));
            if files.len() > limits::MAX_FILES {
                break;
            }
        }
        Ok(files)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        if let Some(bytes) = self.shelf.get(path) {
            return Ok(bytes.clone());
        }
        let file = Path::new(path);
        if path.contains(['\\', '\0']) || !self.stays_inside(file) {
            return Err("不在规则集文件夹之内 / it is not inside a folder of rules".to_owned());
        }
        let about = fs::metadata(file).map_err(|it| why(&it))?;
        if !about.is_file() {
            return Err("不是普通文件 / not a regular file".to_owned());
        }
        let mut bytes = Vec::new();
        let opened = File::open(file).map_err(|it| why(&it))?;
        opened.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|it| why(&it))?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(format!("超过 {0} MiB / larger than {0} MiB", MAX_BYTES >> 20));
        }
        Ok(bytes)
    }

    fn package_folders(&self, asking: &str) -> Vec<String> {
        let mut seen = BTreeSet::from([asking.to_owned()]);
        let mut found = Vec::new();
        // What stands in memory has no neighbours, and brings what it uses.
        let around = Some(parent(Path::new(asking))).filter(|_| !self.shelf.contains_key(asking));
        let around = around.into_iter().chain(self.path.iter().cloned());
        let named = self.roots.iter().chain(&self.path).cloned();
        let neighbours = around.flat_map(|it| {
            let entries = entries(&it).unwrap_or_default();
            let entries = entries.into_iter().filter(|it| !hostile(&it.0));
            // A folder of text goes before a stored model of the same package beside it.
            let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|it| it.1.is_dir());
            let stored = files.into_iter().filter(|it| is_stored(&it.1) && it.1.is_file());
            let places = folders.into_iter().chain(stored).map(|it| it.1);
            places.take(MAX_FOLDERS).collect::<Vec<_>>()
        });
        for folder in named.chain(neighbours) {
            let folder = shown(&folder);
            if seen.insert(folder.clone()) {
                found.push(folder);
            }
        }
        found
    }
}

/// A world that keeps every file that was read: what was checked is what is published.
#[derive(Debug)]
pub(crate) struct Recorded<'w> {
    pub(crate) world: &'w Folders,
    pub(crate) read: RefCell<BTreeMap<String, Vec<u8>>>,
}

impl World for Recorded<'_> {
    fn rule_files(&self, folder: &str) -> Result<Vec<String>, String> {
        self.world.rule_files(folder)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        let bytes = self.world.read(path)?;
        self.read.borrow_mut().insert(path.to_owned(), bytes.clone());
        Ok(bytes)
    }

    fn package_folders(&self, asking: &str) -> Vec<String> {
        self.world.package_folders(asking)
    }
}

/// Why a file or a folder cannot be read, in both languages.
fn why(error: &std::io::Error) -> String {
    use std::io::ErrorKind::{NotADirectory, NotFound, PermissionDenied};
    match error.kind() {
        NotFound => "找不到 / it does not exist".to_owned(),
        PermissionDenied => "没有权限 / permission is denied".to_owned(),
        NotADirectory => "不是文件夹 / it is not a folder".to_owned(),
        _ => format!("{error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Folders, World, parent};
    use std::fs;
    use std::path::{Path, PathBuf};

    /// A folder of this test alone, with these files.
    fn folder(name: &str, files: &[(&str, &[u8])]) -> PathBuf {
        let root = std::env::temp_dir().join(format!("heng-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        for (path, bytes) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        root
    }

    #[test]
    fn neighbours_of_a_package_are_found_and_hidden_files_are_not() {
        let root = folder(
            "world-neighbours",
            &[
                ("b/b.heng", b"x"),
                ("a/2.heng", b"x"),
                ("a/1.HENG", b"x"),
                ("a/.#2.heng", b"x"),
                ("a/notes.txt", b"x"),
            ],
        );
        let world = Folders::new(&[root.join("a")], &[]);
        let asking = world.roots().remove(0);
        let names = |paths: Vec<String>| -> Vec<String> {
            paths.iter().filter_map(|it| Some(it.rsplit_once('/')?.1.to_owned())).collect()
        };
        assert_eq!(names(world.rule_files(&asking).unwrap()), ["1.HENG", "2.heng"]);
        assert_eq!(names(world.package_folders(&asking)), ["b"]);
        assert!(world.read(&format!("{asking}/2.heng")).is_ok());
    }

    #[test]
    fn no_path_leads_out() {
        let root = folder("world-out", &[("in/a/a.heng", b"x"), ("secret.csv", b"s")]);
        let world = Folders::new(&[root.join("in/a")], &[]);
        let asking = world.roots().remove(0);
        assert!(world.read(&format!("{asking}/a.heng")).is_ok());
        assert!(world.read(&format!("{asking}/../../secret.csv")).is_err());
        assert!(world.read("/etc/hostname").is_err());
        assert!(world.read(&asking).is_err(), "a folder is no file");
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(root.join("secret.csv"), root.join("in/a/link.csv"))
                .unwrap();
            assert!(world.read(&format!("{asking}/link.csv")).is_err());
        }
    }

    #[test]
    fn the_folder_around() {
        assert_eq!(parent(Path::new("a/b")), Path::new("a"));
        assert_eq!(parent(Path::new("a")), Path::new(""));
        assert_eq!(parent(Path::new(".")), Path::new("./.."));
        assert_eq!(parent(Path::new("../..")), Path::new("../../.."));
    }
}
