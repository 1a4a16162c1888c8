//! Power cuts: every call of a session is written down, and the folder is made again as a cut may leave it.
//!
//! The model: the bytes of a file are safe after a sync of that file, a name after a sync of its folder. What is
//! not safe is lost, or, in all rounds but the first, each such change is there or not by chance, a file that grew also
//! with part of what was added. That loses at least what ext4 in its usual mode may lose.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use heng_engine::registry::vfs::{Lock, Vfs};
use heng_engine::registry::{Draft, Keeping, Registry};

use crate::support::{
    Answers, Chance, Quick, answers, draft, folder, from, open, read, session, trials, user,
};

/// A call that changes something; paths are from the folder of the registry.
#[derive(Debug, Clone)]
enum Call {
    Folder(PathBuf),
    Write(PathBuf, Vec<u8>),
    Append(PathBuf, Vec<u8>),
    Cut(PathBuf, usize),
    Sync(PathBuf),
    SyncFolder(PathBuf),
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
    /// Something was acknowledged: from here on the registry answers this, or what comes after it.
    Acknowledged(Answers),
}

/// A disk that writes down what is done to it.
#[derive(Debug)]
struct Recording {
    root: PathBuf,
    calls: Mutex<Vec<Call>>,
}

impl Recording {
    fn note(&self, call: Call) {
        self.calls.lock().unwrap().push(call);
    }

    fn inside(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.root).unwrap_or(Path::new("..")).to_owned()
    }
}

impl Vfs for Recording {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        Quick.read(path)
    }
    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        Quick.list(folder)
    }
    fn is_there(&self, path: &Path) -> io::Result<bool> {
        Quick.is_there(path)
    }
    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        self.note(Call::Folder(self.inside(folder)));
        Quick.make_folder(folder)
    }
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.note(Call::Write(self.inside(path), bytes.to_vec()));
        Quick.write(path, bytes)
    }
    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.note(Call::Append(self.inside(path), bytes.to_vec()));
        Quick.append(path, bytes)
    }
    fn cut(&self, path: &Path, length: u64) -> io::Result<()> {
        self.note(Call::Cut(self.inside(path), usize::try_from(length).unwrap()));
        Quick.cut(path, length)
    }
    fn sync(&self, path: &Path) -> io::Result<()> {
        self.note(Call::Sync(self.inside(path)));
        Quick.sync(path)
    }
    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.note(Call::SyncFolder(self.inside(folder)));
        Quick.sync_folder(folder)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.note(Call::Rename(self.inside(from), self.inside(to)));
        Quick.rename(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.note(Call::Remove(self.inside(path)));
        Quick.remove(path)
    }
    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        Quick.remove_folder(folder)
    }
    fn lock(&self, path: &Path, owner: &str) -> io::Result<Lock> {
        Quick.lock(path, owner)
    }
}

/// A file: what is safe, and what a reader sees.
#[derive(Debug, Clone, Default)]
struct File {
    safe: Vec<u8>,
    seen: Vec<u8>,
}

/// A disk under the model.
#[derive(Debug, Default)]
struct Model {
    files: Vec<File>,
    /// Names that readers see: of files with their number, of folders without one.
    seen: BTreeMap<PathBuf, Option<usize>>,
    /// Names that are safe.
    safe: BTreeMap<PathBuf, Option<usize>>,
}

impl Model {
    fn file(&mut self, path: &Path) -> usize {
        if let Some(Some(number)) = self.seen.get(path) {
            return *number;
        }
        self.files.push(File::default());
        self.seen.insert(path.to_owned(), Some(self.files.len() - 1));
        self.files.len() - 1
    }

    fn play(&mut self, call: &Call) {
        match call {
            Call::Folder(path) => {
                for it in path.ancestors().filter(|it| !it.as_os_str().is_empty()) {
                    self.seen.entry(it.to_owned()).or_insert(None);
                }
            }
            Call::Write(path, bytes) => {
                let number = self.file(path);
                self.files[number].seen.clone_from(bytes);
            }
            Call::Append(path, bytes) => {
                let number = self.file(path);
                self.files[number].seen.extend(bytes);
            }
            Call::Cut(path, length) => {
                let number = self.file(path);
                self.files[number].seen.truncate(*length);
            }
            Call::Sync(path) => {
                let number = self.file(path);
                self.files[number].safe = self.files[number].seen.clone();
            }
            Call::SyncFolder(folder) => {
                let inside = |it: &PathBuf| it.parent() == Some(folder);
                self.safe.retain(|it, _| !inside(it));
                let names = self.seen.iter().filter(|it| inside(it.0));
                self.safe.extend(names.map(|it| (it.0.clone(), *it.1)));
            }
            Call::Rename(from, to) => {
                let moved = self.seen.remove(from).unwrap();
                self.seen.insert(to.clone(), moved);
            }
            Call::Remove(path) => {
                self.seen.remove(path);
            }
            Call::Acknowledged(_) => {}
        }
    }

    /// Makes the folder again as a cut may leave it; `chance` for what survives although it is not safe.
    fn lay_out(&self, root: &Path, chance: &mut Option<Chance>) {
        let _ = fs::remove_dir_all(root);
        fs::create_dir_all(root).unwrap();
        let mut names = self.safe.clone();
        for path in self.seen.keys().chain(self.safe.keys()) {
            if let Some(chance) = chance
                && chance.coin()
            {
                match self.seen.get(path) {
                    Some(it) => names.insert(path.clone(), *it),
                    None => names.remove(path),
                };
            }
        }
        for (path, number) in &names {
            let around = path.parent().unwrap();
            if !around.as_os_str().is_empty() && names.get(around) != Some(&None) {
                continue;
            }
            match number {
                None => fs::create_dir_all(root.join(path)).unwrap(),
                Some(number) => {
                    let File { safe, seen } = &self.files[*number];
                    let lucky = chance.as_mut().and_then(|it| it.coin().then_some(it));
                    let bytes = lucky.map_or(&safe[..], |chance| {
                        let grown = seen.len().saturating_sub(safe.len());
                        let part = safe.len() + chance.below(grown + 1);
                        if seen.starts_with(safe) { &seen[..part] } else { &seen[..] }
                    });
                    fs::write(root.join(path), bytes).unwrap();
                }
            }
        }
    }
}

/// A few sessions, written down.
fn record() -> (PathBuf, Vec<Call>) {
    let root = folder("power");
    let recording = Arc::new(Recording { root: root.clone(), calls: Mutex::default() });
    Registry::create(&root, &*recording, &session()).unwrap();
    let acknowledge = |registry: &Registry| {
        recording.note(Call::Acknowledged(answers(registry).unwrap()));
    };
    let drafts = [draft("1", 24), draft("2", 36), user("1", "1", 24), draft("3", 48)];
    for (number, it) in (1..).zip(drafts) {
        let mut registry =
            Registry::open(&root, recording.clone(), Keeping::InMemory, &session()).unwrap();
        acknowledge(&registry);
        let day = from(&format!("202{number}-01-01"));
        registry.publish(&Draft { effective: Some(day), ..it }).unwrap();
        acknowledge(&registry);
        if number == 2 {
            let row = registry.versions(Some("甲")).unwrap().pop().unwrap();
            registry.revert(&row, "错判").unwrap();
            acknowledge(&registry);
        }
        registry.close().unwrap();
    }
    let calls = recording.calls.lock().unwrap().clone();
    (root, calls)
}

#[test]
fn no_power_cut_loses_what_was_acknowledged() {
    let (real, calls) = record();
    let mut whole = Model::default();
    calls.iter().for_each(|it| whole.play(it));
    whole.safe.clone_from(&whole.seen);
    whole.files.iter_mut().for_each(|it| it.safe.clone_from(&it.seen));
    let root = folder("power-cut");
    whole.lay_out(&root, &mut None);
    let replayed = answers(&read(&root).unwrap()).unwrap();
    assert!(replayed == answers(&read(&real).unwrap()).unwrap(), "the replay itself is right");
    let all: Vec<&Answers> = calls.iter().filter_map(acknowledged).collect();
    let (mut cuts, mut torn) = (0, 0);
    for round in 0..trials(3) {
        for at in 0..=calls.len() {
            let mut model = Model::default();
            calls[..at].iter().for_each(|it| model.play(it));
            // The first round loses everything that is not safe.
            let seed = u64::try_from(round * 10_000 + at).unwrap();
            let mut chance = (round > 0).then(|| Chance(seed * 2_654_435_761));
            model.lay_out(&root, &mut chance);
            cuts += 1;
            let last = calls[..at].iter().filter_map(acknowledged).count();
            let opened = match open(&root, Keeping::InMemory) {
                Ok(it) => it,
                Err(it) if last == 0 && it.code() == "V0101" => continue,
                Err(it) => panic!("seed {seed}, cut after call {at} of {}: {it:?}", calls.len()),
            };
            torn += usize::from(root.join("quarantine").exists());
            let found =
                answers(&opened).unwrap_or_else(|it| panic!("seed {seed}, cut {at}: {it:?}"));
            let since = all.iter().skip(last.saturating_sub(1));
            let fits = since.take(3).any(|it| **it == found) || (last == 0 && found.is_empty());
            assert!(fits, "seed {seed}, cut after call {at}: acknowledged {last}");
        }
    }
    assert!(cuts > 300, "only {cuts} cuts");
    assert!(torn > 0, "no cut left a torn tail");
}

fn acknowledged(call: &Call) -> Option<&Answers> {
    match call {
        Call::Acknowledged(it) => Some(it),
        _ => None,
    }
}
