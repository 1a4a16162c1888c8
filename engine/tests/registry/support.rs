//! What these tests share: folders, drafts, chance with a seed, and what a registry answers.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use heng_dsl::check::check;
use heng_dsl::model::linked::LinkTable;
use heng_dsl::stored::{self, Hash};
use heng_dsl::value::{Date, Period};
use heng_dsl::world::MemoryWorld;
use heng_engine::registry::vfs::{Disk, Lock, Vfs};
use heng_engine::registry::{Draft, Keeping, Registry, RegistryError, Session, Status};

/// A folder of this test alone, which is not there yet.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("registry").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.parent().unwrap()).unwrap();
    folder
}

/// Copies a folder.
pub(crate) fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap();
        }
    }
}

/// Every file below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The disk without waiting for it: nothing here cuts the power.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quick;

impl Vfs for Quick {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        Disk.read(path)
    }
    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        Disk.list(folder)
    }
    fn is_there(&self, path: &Path) -> io::Result<bool> {
        Disk.is_there(path)
    }
    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        Disk.make_folder(folder)
    }
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        Disk.write(path, bytes)
    }
    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        Disk.append(path, bytes)
    }
    fn cut(&self, path: &Path, length: u64) -> io::Result<()> {
        Disk.cut(path, length)
    }
    fn sync(&self, path: &Path) -> io::Result<()> {
        fs::metadata(path).map(|_| ())
    }
    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        fs::metadata(folder).map(|_| ())
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        Disk.rename(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        Disk.remove(path)
    }
    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        Disk.remove_folder(folder)
    }
    fn lock(&self, path: &Path, owner: &str) -> io::Result<Lock> {
        Disk.lock(path, owner)
    }
}

pub(crate) fn session() -> Session {
    Session {
        by: "省局".to_owned(),
        at: "2026-11-28T08:00:00Z".to_owned(),
        owner: "the test".to_owned(),
    }
}

pub(crate) fn date(text: &str) -> Date {
    text.parse().unwrap()
}

pub(crate) fn from(text: &str) -> Period {
    Period { from: Some(date(text)), until: None }
}

/// A set 甲 with a parameter of so many months.
pub(crate) fn draft(version: &str, months: u32) -> Draft {
    let text = format!("规则集 甲 版本 {version}\n参数 观察期 = {months} 个月\n");
    draft_of("甲", &[("甲/甲.heng", &text)])
}

/// A set 乙 that uses 甲.
pub(crate) fn user(version: &str, used: &str, months: u32) -> Draft {
    let used = format!("规则集 甲 版本 {used}\n参数 观察期 = {months} 个月\n");
    let text = format!("规则集 乙 版本 {version}\n引用 甲\n参数 期限 = 甲.观察期 + 1 个月\n");
    draft_of("乙", &[("甲/甲.heng", &used), ("乙/乙.heng", &text)])
}

fn draft_of(set: &str, texts: &[(&str, &str)]) -> Draft {
    let world = texts.iter().fold(MemoryWorld::default(), |it, (path, text)| it.with(path, text));
    let checked = check(&world, &[set.to_owned()], &LinkTable::new());
    let said: Vec<_> = checked.diagnostics.iter().map(|it| it.code.record().name).collect();
    let linked = checked.linked.unwrap_or_else(|| panic!("{said:?}"));
    let own = texts.iter().filter_map(|(path, text)| {
        Some((path.strip_prefix(set)?.strip_prefix('/')?.to_owned(), text.as_bytes().to_vec()))
    });
    Draft {
        model: stored::package(&linked, checked.roots[0]).unwrap(),
        files: own.collect(),
        ..Draft::default()
    }
}

pub(crate) fn create(root: &Path) {
    Registry::create(root, &Quick, &session()).unwrap();
}

pub(crate) fn open(root: &Path, keeping: Keeping) -> Result<Registry, RegistryError> {
    Registry::open(root, Arc::new(Quick), keeping, &session())
}

pub(crate) fn read(root: &Path) -> Result<Registry, RegistryError> {
    Registry::read(root, Arc::new(Quick))
}

/// Everything that a registry answers about versions: state, period, and every byte that belongs to them.
pub(crate) type Answers = BTreeMap<(String, String), Answer>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: Status,
    pub(crate) effective: Option<Period>,
    pub(crate) content: Hash,
    pub(crate) closed: Vec<u8>,
    pub(crate) files: BTreeMap<String, Vec<u8>>,
}

pub(crate) fn answers(registry: &Registry) -> Result<Answers, RegistryError> {
    let mut all = Answers::new();
    for row in registry.versions(None)? {
        let mut files = BTreeMap::new();
        for (path, source) in registry.manifest(&row)?.files {
            files.insert(path, registry.object(&source.object)?);
        }
        let answer = Answer {
            status: row.status,
            effective: row.effective,
            content: row.content,
            closed: registry.closed(&row)?,
            files,
        };
        all.insert((row.set.to_string(), row.version.to_string()), answer);
    }
    Ok(all)
}

/// Publishes through some disk, and closes.
pub(crate) fn publish(
    root: &Path,
    vfs: Arc<dyn Vfs>,
    keeping: Keeping,
    draft: &Draft,
) -> Result<(), RegistryError> {
    let mut registry = Registry::open(root, vfs, keeping, &session())?;
    let published = registry.publish(draft);
    registry.close()?;
    published.map(|_| ())
}

/// Chance with a seed: xorshift.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below.
    pub(crate) fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(most.max(1)).unwrap()).unwrap()
    }

    pub(crate) fn coin(&mut self) -> bool {
        self.next() >> 32 & 1 == 1
    }
}

/// So many trials, or as many times more as is asked for.
#[expect(clippy::disallowed_methods, reason = "how long a test runs changes no result")]
pub(crate) fn trials(usual: usize) -> usize {
    let more = std::env::var("HENG_TRIALS").ok().and_then(|it| it.parse().ok());
    usual * more.unwrap_or(1_usize)
}
