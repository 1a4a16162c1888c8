//! A disk that is full: whatever room is left, a step is refused as a whole or complete, what was acknowledged is
//! there still, and once there is room the same step succeeds.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use heng_engine::registry::vfs::{Disk, Lock, Vfs};
use heng_engine::registry::{Draft, Keeping};

use crate::support::{Quick, answers, copy, create, draft, folder, from, publish, read, user};

/// A disk with so many bytes left, on which a call writes what there is room for.
#[derive(Debug)]
struct Small {
    left: AtomicUsize,
    written: AtomicUsize,
}

impl Small {
    fn new(left: usize) -> Self {
        Self { left: AtomicUsize::new(left), written: AtomicUsize::new(0) }
    }

    fn put(&self, bytes: &[u8], done: impl Fn(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let left = self.left.load(Ordering::SeqCst);
        let fits = bytes.len().min(left);
        self.left.store(left - fits, Ordering::SeqCst);
        self.written.fetch_add(fits, Ordering::SeqCst);
        done(&bytes[..fits])?;
        let full = || io::Error::from(io::ErrorKind::StorageFull);
        if fits == bytes.len() { Ok(()) } else { Err(full()) }
    }
}

impl Vfs for Small {
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
        Quick.make_folder(folder)
    }
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.put(bytes, |it| Quick.write(path, it))
    }
    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.put(bytes, |it| Quick.append(path, it))
    }
    fn cut(&self, path: &Path, length: u64) -> io::Result<()> {
        Quick.cut(path, length)
    }
    fn sync(&self, path: &Path) -> io::Result<()> {
        Quick.sync(path)
    }
    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        Quick.sync_folder(folder)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        Quick.rename(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        Quick.remove(path)
    }
    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        Quick.remove_folder(folder)
    }
    fn lock(&self, path: &Path, owner: &str) -> io::Result<Lock> {
        Quick.lock(path, owner)
    }
}

fn session_of() -> Draft {
    Draft { effective: Some(from("2026-01-01")), ..user("1", "1", 24) }
}

#[test]
fn with_any_room_left_a_step_is_refused_or_complete() {
    let base = folder("full");
    create(&base);
    publish(&base, Arc::new(Quick), Keeping::InMemory, &draft("1", 24)).unwrap();
    let before = answers(&read(&base).unwrap()).unwrap();
    let root = folder("full-try");
    copy(&base, &root);
    let room = Arc::new(Small::new(usize::MAX));
    publish(&root, room.clone(), Keeping::InMemory, &session_of()).unwrap();
    let after = answers(&read(&root).unwrap()).unwrap();
    let needed = room.written.load(Ordering::SeqCst);
    assert!(needed > 1_000 && before != after, "{needed}");
    let (mut refused, mut complete) = (0, 0);
    for left in (0..=needed).step_by(61).chain([needed - 1, needed]) {
        copy(&base, &root);
        let result = publish(&root, Arc::new(Small::new(left)), Keeping::InMemory, &session_of());
        let found = answers(&read(&root).unwrap()).unwrap();
        assert!(found == before || found == after, "{left} bytes left: {result:?}");
        match result {
            Ok(()) => assert!(found == after, "{left} bytes left: it was acknowledged"),
            Err(it) => assert_eq!(it.code(), "V0105", "{left} bytes left: {it:?}"),
        }
        if found == before {
            refused += 1;
        } else {
            complete += 1;
        }
        publish(&root, Arc::new(Quick), Keeping::InMemory, &session_of()).unwrap();
        assert!(answers(&read(&root).unwrap()).unwrap() == after, "{left} bytes left: again");
    }
    println!(
        "a full disk: {} sizes, {refused} refused, {complete} complete, none lost",
        refused + complete
    );
    assert!(refused > 20 && complete > 0, "{refused} refused, {complete} complete");
}

/// A file system of its own that is small, taken away at the end.
struct Mounted<'p>(&'p Path);

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0).status();
    }
}

#[test]
#[ignore = "it mounts a file system, for which it has to be root"]
fn a_real_disk_that_is_full() {
    let place = folder("full-disk");
    fs::create_dir_all(&place).unwrap();
    let mount = ["-t", "tmpfs", "-o", "size=24m", "tmpfs"];
    assert!(Command::new("mount").args(mount).arg(&place).status().unwrap().success());
    let _mounted = Mounted(&place);
    let (root, filler) = (place.join("store"), place.join("filler"));
    create(&root);
    publish(&root, Arc::new(Disk), Keeping::OnDisk, &draft("0", 24)).unwrap();
    let (mut refused, mut complete) = (0, 0);
    for number in 1..=60_usize {
        // Fills the disk but for some pages: from none to more than enough.
        fill(&filler, number % 20 * 16 * 4_096);
        let before = answers(&read(&root).unwrap()).unwrap();
        let version = format!("{number}");
        let result = publish(&root, Arc::new(Disk), Keeping::OnDisk, &draft(&version, 24));
        let found = answers(&read(&root).unwrap()).unwrap();
        for (name, it) in &before {
            assert_eq!(found.get(name), Some(it), "{version}: {name:?} was acknowledged");
        }
        let there = found.contains_key(&("甲".to_owned(), version.clone()));
        match &result {
            Ok(()) => assert!(there, "{version}: it was acknowledged"),
            Err(it) => assert_eq!(it.code(), "V0105", "{version}: {it:?}"),
        }
        if there {
            complete += 1;
        } else {
            refused += 1;
        }
        fs::remove_file(&filler).unwrap();
        publish(&root, Arc::new(Disk), Keeping::OnDisk, &draft(&version, 24)).unwrap();
        assert!(answers(&read(&root).unwrap()).unwrap().len() > before.len(), "{version}: again");
    }
    println!(
        "a real full disk: 60 trials, {complete} acknowledged, {refused} refused and then done with room, none of {} lost",
        answers(&read(&root).unwrap()).unwrap().len()
    );
    assert!(refused > 0 && complete > 0, "{refused} refused, {complete} complete");
    assert!(read(&root).unwrap().verify().unwrap().iter().all(|it| !it.is_damage()));
}

/// Takes all room but so many bytes.
fn fill(filler: &Path, left: usize) {
    let mut file = fs::File::create(filler).unwrap();
    let page = [7_u8; 4_096];
    while io::Write::write_all(&mut file, &page).is_ok() {}
    let size = fs::metadata(filler).unwrap().len();
    file.set_len(size.saturating_sub(u64::try_from(left).unwrap())).unwrap();
}
