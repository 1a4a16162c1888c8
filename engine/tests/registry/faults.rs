//! Every call to the disk fails once: what was there is there still or the step is complete, and trying again works.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use heng_engine::registry::vfs::{Lock, Vfs};
use heng_engine::registry::{Draft, Keeping, Registry, RegistryError};

use crate::support::{
    Answers, Quick, answers, copy, create, draft, folder, from, open, publish, read, session, user,
};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// The call does nothing and says so.
    Refused,
    /// A call that writes has written half of it when it says so.
    Half,
    /// The call does everything, and says that it failed.
    DoneAll,
}

/// A disk on which one call fails.
#[derive(Debug)]
struct Failing {
    calls: AtomicU64,
    at: u64,
    how: How,
}

impl Failing {
    fn new(at: u64, how: How) -> Self {
        Self { calls: AtomicU64::new(0), at, how }
    }

    fn call<T>(&self, bytes: &[u8], done: impl Fn(&[u8]) -> io::Result<T>) -> io::Result<T> {
        let number = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        if number != self.at {
            return done(bytes);
        }
        match self.how {
            How::Refused => {}
            How::Half if bytes.is_empty() => {}
            How::Half => drop(done(&bytes[..bytes.len() / 2])?),
            How::DoneAll => drop(done(bytes)?),
        }
        Err(io::Error::other("the test lets this call fail"))
    }
}

impl Vfs for Failing {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.call(&[], |_| Quick.read(path))
    }
    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        self.call(&[], |_| Quick.list(folder))
    }
    fn is_there(&self, path: &Path) -> io::Result<bool> {
        self.call(&[], |_| Quick.is_there(path))
    }
    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        self.call(&[], |_| Quick.make_folder(folder))
    }
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.call(bytes, |it| Quick.write(path, it))
    }
    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.call(bytes, |it| Quick.append(path, it))
    }
    fn cut(&self, path: &Path, length: u64) -> io::Result<()> {
        self.call(&[], |_| Quick.cut(path, length))
    }
    fn sync(&self, path: &Path) -> io::Result<()> {
        self.call(&[], |_| Quick.sync(path))
    }
    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.call(&[], |_| Quick.sync_folder(folder))
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.call(&[], |_| Quick.rename(from, to))
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.call(&[], |_| Quick.remove(path))
    }
    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        self.call(&[], |_| Quick.remove_folder(folder))
    }
    fn lock(&self, path: &Path, owner: &str) -> io::Result<Lock> {
        self.call(&[], |_| Quick.lock(path, owner))
    }
}

fn session_of() -> Draft {
    Draft { effective: Some(from("2026-01-01")), ..user("1", "1", 24) }
}

/// The registry before the session, and what it answers before and after.
fn before_and_after(name: &str) -> (std::path::PathBuf, Answers, Answers) {
    let base = folder(name);
    create(&base);
    publish(&base, Arc::new(Quick), Keeping::OnDisk, &draft("1", 24)).unwrap();
    let before = answers(&read(&base).unwrap()).unwrap();
    let done = folder(&format!("{name}-done"));
    copy(&base, &done);
    publish(&done, Arc::new(Quick), Keeping::OnDisk, &session_of()).unwrap();
    let after = answers(&read(&done).unwrap()).unwrap();
    assert_ne!(before, after);
    (base, before, after)
}

/// Lets each call of publishing fail.
fn every_call_fails(name: &str, keeping: Keeping, how: How) {
    let (base, before, after) = before_and_after(name);
    let root = folder(&format!("{name}-try"));
    copy(&base, &root);
    let counting = Arc::new(Failing::new(0, how));
    publish(&root, counting.clone(), keeping, &session_of()).unwrap();
    let calls = counting.calls.load(Ordering::SeqCst);
    assert!(calls > 25, "only {calls} calls");
    for at in 1..=calls {
        copy(&base, &root);
        let failing = Arc::new(Failing::new(at, how));
        let result = publish(&root, failing, keeping, &session_of());
        let found = read(&root).unwrap_or_else(|it| panic!("call {at}, {how:?}: {it:?}"));
        let found = answers(&found).unwrap_or_else(|it| panic!("call {at}, {how:?}: {it:?}"));
        assert!(found == before || found == after, "call {at}, {how:?}: {result:?}");
        if result.is_ok() {
            assert!(found == after, "call {at}, {how:?}: it was acknowledged");
        }
        publish(&root, Arc::new(Quick), keeping, &session_of())
            .unwrap_or_else(|it| panic!("call {at}, {how:?}: {it:?}"));
        assert!(answers(&read(&root).unwrap()).unwrap() == after, "call {at}, {how:?}: again");
    }
}

#[test]
fn every_call_may_be_refused() {
    every_call_fails("refused", Keeping::OnDisk, How::Refused);
}

#[test]
fn every_call_may_write_half() {
    every_call_fails("half", Keeping::InMemory, How::Half);
}

#[test]
fn every_call_may_do_all_and_say_it_failed() {
    every_call_fails("all", Keeping::InMemory, How::DoneAll);
}

#[test]
fn making_a_registry_can_be_tried_again() {
    let root = folder("making");
    for at in 1.. {
        let _ = std::fs::remove_dir_all(&root);
        let failing = Failing::new(at, How::Half);
        let made = Registry::create(&root, &failing, &session());
        if failing.calls.load(Ordering::SeqCst) < at {
            assert!(made.is_ok());
            break;
        }
        let again = Registry::create(&root, &Quick, &session());
        let there = matches!(&again, Err(it) if it.code() == "V0102");
        assert!(again.is_ok() || (there && read(&root).is_ok()), "call {at}: {made:?}, {again:?}");
        assert_eq!(read(&root).unwrap().entries().len(), 1, "call {at}");
    }
}

#[test]
fn after_a_failed_step_a_writer_does_nothing_more() {
    let root = folder("stopped");
    create(&root);
    let mut calls = 0;
    let stopped = (1..200).any(|at| {
        let failing = Arc::new(Failing::new(at, How::Half));
        let Ok(mut registry) =
            Registry::open(&root, failing.clone(), Keeping::InMemory, &session())
        else {
            return false;
        };
        calls += 1;
        let version = format!("v{at}");
        let failed = registry.publish(&draft(&version, 24));
        let again: Result<_, RegistryError> = registry.publish(&draft(&version, 24));
        failed.is_err() && again.is_err_and(|it| it.code() == "V0107")
    });
    assert!(stopped, "no call failed in the journal ({calls} tried)");
    assert!(open(&root, Keeping::InMemory).unwrap().publish(&draft("last", 24)).is_ok());
}
