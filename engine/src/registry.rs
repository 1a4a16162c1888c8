//! The registry: versions of rule sets with everything that belongs to them, and who decided what about them.
//!
//! ```text
//! FORMAT       the version of this form, written last: a folder without it is no registry
//! LOCK         held by the one writer, with its name
//! objects/     immutable, named by their hash: manifests, models, source files
//! journal/     the truth: records that are only added, each with the hash of the one before
//! index.sled/  follows from the journal; may be deleted at any moment
//! CLEAN        where the journal ended when the index was last closed
//! quarantine/  what was damaged, moved and never deleted
//! ```
//!
//! To commit is to keep the objects, then to append to the journal and sync: from then on it is acknowledged. The
//! index comes last and needs no care. There is one writer; readers take no lock, and answer from the journal.
//! Nothing here reads the clock: whoever writes says when it is ([`Session`]).

mod apply;
mod error;
mod event;
mod gates;
mod health;
pub mod index;
mod journal;
mod manifest;
mod objects;
mod open;
mod plan;
mod publish;
mod query;
mod transfer;
pub mod vfs;

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use self::apply::{Application, Applied, Approval, History, Terms};
pub use self::error::{Refusal, RegistryError, StoreError, period};
pub use self::event::{Event, Judgement, Publication, Reversal, Standing, Status, What};
pub use self::gates::{Amount, Gate, Keys, Measure, PublicKey, SecretKey, approvers};
pub use self::health::Finding;
pub use self::index::Row;
use self::index::{InMemory, Index, IndexError};
use self::journal::Journal;
pub use self::journal::{Entry, Head};
pub use self::manifest::{Manifest, Source, Used, is_safe};
use self::objects::Objects;
pub use self::open::Keeping;
pub use self::plan::{Counted, Figures, PLAN_FORMAT, Plan, Side, With, snapshot};
pub use self::publish::{Draft, Published};
pub use self::query::{At, Reference};
pub use self::transfer::Imported;
use self::vfs::{Lock, Vfs};

/// Who writes, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The person, as the journal will name them.
    pub by: String,
    /// The time, `2026-11-28T08:00:00Z`.
    pub at: String,
    /// What others are told who want to write at the same time: the process and what it does.
    pub owner: String,
}

/// A registry that was opened.
#[derive(Debug)]
pub struct Registry {
    root: PathBuf,
    vfs: Arc<dyn Vfs>,
    journal: Journal,
    index: Box<dyn Index>,
    /// Has the index answered everything so far? Else it is made again by the next writer.
    sound: Cell<bool>,
    writer: Option<Writer>,
}

/// What only a writer has.
#[derive(Debug)]
struct Writer {
    session: Session,
    keeping: Keeping,
    /// A step failed: what is on the disk behind the last entry is not known.
    stopped: bool,
    _lock: Lock,
}

impl Registry {
    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Everything that was ever done, in order.
    pub fn entries(&self) -> &[Entry] {
        &self.journal.entries
    }

    /// Where the journal ends.
    pub fn head(&self) -> Head {
        self.journal.head()
    }

    fn objects(&self) -> Objects<'_> {
        Objects { root: &self.root, vfs: &*self.vfs }
    }

    /// Asks the index; one that does not answer is made again in memory.
    fn ask<T>(
        &self,
        question: impl Fn(&dyn Index) -> Result<T, IndexError>,
    ) -> Result<T, StoreError> {
        if let (true, Ok(answer)) = (self.sound.get(), question(&*self.index)) {
            return Ok(answer);
        }
        self.sound.set(false);
        question(&self.made_again()?).map_err(|it| self.senseless(&it))
    }

    /// The index as it follows from the journal.
    fn made_again(&self) -> Result<InMemory, StoreError> {
        let mut index = InMemory::default();
        let made = index::catch_up(&mut index, &self.journal.entries);
        made.map_err(|it| self.senseless(&it)).map(|()| index)
    }

    /// The journal is whole and yet makes no sense.
    fn senseless(&self, why: &IndexError) -> StoreError {
        let path = self.root.join(journal::FILE);
        StoreError::damaged(
            &path,
            &format!("前后不符：{}", why.0),
            &format!("it contradicts itself: {}", why.0),
        )
    }

    /// Writes an event into the journal: when this returns, it is acknowledged.
    fn commit(&mut self, what: What, standing: Vec<Standing>) -> Result<&Entry, StoreError> {
        let writer = self.writer.as_ref().ok_or(StoreError::Stopped)?;
        let (at, by) = (writer.session.at.clone(), writer.session.by.clone());
        self.write(Event { at, by, what, standing })
    }

    fn write(&mut self, event: Event) -> Result<&Entry, StoreError> {
        let writer = self.writer.as_mut().filter(|it| !it.stopped).ok_or(StoreError::Stopped)?;
        writer.stopped = true;
        self.journal.append(event, &*self.vfs)?;
        writer.stopped = false;
        let entry = self.journal.entries.last().ok_or(StoreError::Stopped)?;
        if self.sound.get() && index::apply(&mut *self.index, entry).is_err() {
            self.sound.set(false);
        }
        Ok(entry)
    }
}
