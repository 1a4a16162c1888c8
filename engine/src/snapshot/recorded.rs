//! Results of a run as columns on the disk, so that a later run can start from them.
//!
//! A folder has a file of Arrow for each stretch of households, whose columns are as narrow as what they hold, and
//! `run.json`, which says of what rules, date and data the results are and holds a checksum for each part of each file.
//! It is written last: a folder without it holds nothing.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use heng_dsl::diag::Words;
use heng_dsl::stored::Hash;
use heng_dsl::value::Date;
use serde::{Deserialize, Serialize};

use super::damaged;
use super::file::Opened;
use super::manifest::StoredFile;
use super::results::{self, Stretch};
use crate::columnar::{Earlier, Kept, Record, Taken};
use crate::columns::{Column, Dictionary, Kind, Run, Texts};
use crate::ingest::{LoadError, LoadProblem};
use crate::output::{OutputError, Writing};
use crate::program::Program;
use crate::source::{Source, Unreadable};

/// What says of what a run was.
const NAME: &str = "run.json";

/// Counted up when an older program could misread newer results.
const FORMAT: u32 = 1;

/// What `run.json` says.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct About {
    /// The number of the format.
    heng_run: u32,
    /// The version of the program.
    engine: String,
    as_of: Date,
    /// The content hash of every package.
    rules: Vec<Hash>,
    /// The last delivery that was part of the data; absent where these were no snapshot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delivery: Option<Delivery>,
    households: u64,
    /// What was recorded, by name.
    #[serde(default)]
    results: Vec<Named>,
    stretches: Vec<StoredStretch>,
}

/// A delivery of a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Delivery {
    number: u32,
    hash: Hash,
}

/// A column of results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Named {
    name: String,
    /// With values, and not only with what is there instead of them.
    values: bool,
}

/// The results of a stretch of households.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct StoredStretch {
    /// The key of the first of them.
    first: String,
    file: StoredFile,
}

/// Does this folder hold recorded results?
fn is_recorded(folder: &Path) -> bool {
    folder.join(NAME).is_file()
}

/// Records the results of a run.
pub struct Recorder {
    folder: PathBuf,
    about: About,
    written: Mutex<Written>,
}

/// What was written so far.
#[derive(Default)]
struct Written {
    stretches: BTreeMap<usize, StoredStretch>,
    results: Vec<Named>,
    failed: Option<io::Error>,
}

impl Recorder {
    /// Begins to record the results of a program for a register on a date.
    ///
    /// # Errors
    ///
    /// The folder cannot be made, or holds something already.
    pub fn begin(
        folder: &Path,
        program: &Program,
        (source, as_of): (&dyn Source, Date),
    ) -> Result<Self, OutputError> {
        // What an interrupted run left behind is written over.
        let is_ours = |it: io::Result<std::fs::DirEntry>| {
            it.is_ok_and(|it| it.file_name().to_string_lossy().starts_with(results::STEM))
        };
        let is_free = || std::fs::read_dir(folder).map(|mut it| it.all(is_ours));
        if folder.exists() && !is_free().map_err(|why| unwritable(folder, &why))? {
            return Err(OutputError::Occupied { path: folder.display().to_string() });
        }
        std::fs::create_dir_all(folder).map_err(|why| unwritable(folder, &why))?;
        let about = About {
            heng_run: FORMAT,
            engine: env!("CARGO_PKG_VERSION").to_owned(),
            as_of,
            rules: rules(program),
            delivery: last(source),
            households: source.len() as u64,
            results: Vec::new(),
            stretches: Vec::new(),
        };
        Ok(Self { folder: folder.to_owned(), about, written: Mutex::default() })
    }

    /// Ends it: from then on the results count. How many bytes they are.
    ///
    /// # Errors
    ///
    /// What could not be written.
    pub fn finish(self) -> Result<u64, OutputError> {
        let Self { folder, mut about, written } = self;
        let unwritable = |why: io::Error| unwritable(&folder, &why);
        let kept = written.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(why) = kept.failed {
            return Err(unwritable(why));
        }
        about.results = kept.results;
        about.stretches = kept.stretches.into_values().collect();
        let parts = about.stretches.iter().flat_map(|it| &it.file.stretches);
        let bytes = parts.map(|it| it.length).sum();
        let write = || {
            let mut to = Writing::begin(&folder.join(NAME))?;
            serde_json::to_writer_pretty(&mut to, &about)?;
            to.finish()
        };
        write().map_err(unwritable)?;
        Ok(bytes)
    }
}

impl Record for Recorder {
    fn keep(&self, number: usize, keys: &Texts, all: &[Kept<'_>], dictionary: &Dictionary) {
        let written = results::write(&self.folder, number, (keys, all, dictionary));
        let mut kept = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        match written {
            Ok(file) => {
                let first = if keys.len() > 0 { keys.get(0) } else { "" }.to_owned();
                kept.stretches.insert(number, StoredStretch { first, file });
            }
            Err(why) => kept.failed = kept.failed.take().or(Some(why)),
        }
        let named = |it: &Kept<'_>| Named { name: it.name.to_owned(), values: !it.only_states };
        kept.results = all.iter().map(named).collect();
    }
}

/// Recorded results of an earlier run.
pub struct Recorded {
    folder: PathBuf,
    about: About,
    /// The last delivery that was part of the data, or why it is not known what has changed since.
    delivery: Result<u32, Words>,
}

impl Recorded {
    /// Opens recorded results, for a run of a program over a register.
    ///
    /// # Errors
    ///
    /// The folder holds none, or they are damaged.
    pub fn open(folder: &Path, program: &Program, source: &dyn Source) -> Result<Self, LoadError> {
        if !is_recorded(folder) {
            let path = folder.display().to_string();
            return Err(LoadError::one(LoadProblem::NoRun { path }));
        }
        let path = folder.join(NAME);
        let read = || -> io::Result<About> { Ok(serde_json::from_slice(&std::fs::read(&path)?)?) };
        let about = read().map_err(|why| damaged(&path, &why))?;
        if about.heng_run != FORMAT {
            let why = format!("format {} is not {FORMAT}, the known one", about.heng_run);
            return Err(damaged(&path, &io::Error::other(why)));
        }
        let delivery = delivery(&about, program, source);
        Ok(Self { folder: folder.to_owned(), about, delivery })
    }

    fn stretch(&self, number: usize) -> Result<Option<Stretch>, Unreadable> {
        let Some(StoredStretch { file, .. }) = self.about.stretches.get(number) else {
            return Ok(None);
        };
        let read = Opened::of(&self.folder, file).and_then(|it| Stretch::of(it.batch(0)?));
        read.map(Some).map_err(|why| self.unreadable(&file.name, &why))
    }

    fn unreadable(&self, file: &str, why: &io::Error) -> Unreadable {
        Unreadable { file: self.folder.join(file).display().to_string(), why: why.to_string() }
    }
}

impl Earlier for Recorded {
    fn as_of(&self) -> Date {
        self.about.as_of
    }

    fn delivery(&self) -> Result<u32, Words> {
        self.delivery.clone()
    }

    fn has(&self, name: &str, values: bool) -> bool {
        let named = |it: &Named| it.name == name && (it.values || !values);
        self.about.results.iter().any(named)
    }

    fn results(
        &self,
        keys: &Texts,
        wanted: &[(&str, Kind)],
        dictionary: &Dictionary,
    ) -> Result<Taken, Unreadable> {
        let firsts = &self.about.stretches;
        let after = |key: &[u8]| firsts.partition_point(|it| it.first.as_bytes() <= key);
        let of = match keys.len().checked_sub(1) {
            Some(last) => after(keys.bytes(0)).saturating_sub(1)..after(keys.bytes(last)),
            None => 0..0,
        };
        let mut read = Vec::new();
        for number in of {
            read.extend(self.stretch(number)?);
        }
        let mut strange = vec![false; keys.len()];
        let runs = runs(keys, &read, &mut strange);
        // Of the same households as then nothing has to be copied.
        let is_all_of_one = match (&read[..], &runs[..]) {
            ([one], [run]) => run.from == 0 && run.of == (0..one.keys.len()),
            _ => false,
        };
        let mut columns = Vec::new();
        for (name, kind) in wanted {
            let own = read.iter().map(|it| it.column(name, *kind, dictionary));
            let own: io::Result<Vec<Option<Column>>> = own.collect();
            let mut own = own.map_err(|why| self.unreadable(name, &why))?;
            if is_all_of_one && *kind != Kind::Symbol {
                columns.push(own.pop().flatten());
                continue;
            }
            // Of those who are strange nothing is taken; what stands for them is 缺失.
            let from: Vec<Option<&Column>> = own.iter().map(Option::as_ref).chain([None]).collect();
            let own = Column::joined(&from, &runs);
            if let Some(own) = own.as_ref().filter(|_| *kind == Kind::Symbol) {
                // Texts that the register does not have any more.
                let unknown = |at: usize| own.lanes.at(at) < 0;
                strange.iter_mut().enumerate().for_each(|(at, it)| *it |= unknown(at));
            }
            columns.push(own);
        }
        Ok(Taken { columns, strange })
    }
}

/// Where the results of each household stand: in which of the stretches, or behind all of them where in none.
fn runs(keys: &Texts, read: &[Stretch], strange: &mut [bool]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let (mut stretch, mut row) = (0, 0);
    for (at, strange) in strange.iter_mut().enumerate() {
        let key = keys.bytes(at);
        while let Some(own) = read.get(stretch) {
            if row == own.keys.len() {
                (stretch, row) = (stretch + 1, 0);
            } else if own.keys.bytes(row) < key {
                row += 1;
            } else {
                break;
            }
        }
        let is_there = read.get(stretch).is_some_and(|it| it.keys.bytes(row) == key);
        *strange = !is_there;
        let (from, place) = if is_there { (stretch, row) } else { (read.len(), at) };
        Run::add(&mut runs, from, place..place + 1);
    }
    runs
}

fn unwritable(folder: &Path, why: &io::Error) -> OutputError {
    OutputError::Unwritable { path: folder.display().to_string(), why: why.to_string() }
}

fn rules(program: &Program) -> Vec<Hash> {
    program.hashes().iter().map(|it| it.content).collect()
}

/// The last delivery of a snapshot.
fn last(source: &dyn Source) -> Option<Delivery> {
    let all = source.deliveries();
    let number = u32::try_from(all.len().checked_sub(1)?).ok()?;
    all.last().map(|hash| Delivery { number, hash: *hash })
}

/// The last delivery that was part of the data of a run.
///
/// # Errors
///
/// Why it cannot be said what has changed since.
fn delivery(about: &About, program: &Program, source: &dyn Source) -> Result<u32, Words> {
    if about.engine != env!("CARGO_PKG_VERSION") {
        return Err(Words::both(
            "当时用的是另一个版本的程序",
            "another version of the program was used then",
        ));
    }
    if about.rules != rules(program) {
        return Err(Words::both("规则改过", "the rules have changed"));
    }
    let Some(delivery) = about.delivery else {
        return Err(Words::both("当时的数据不是快照", "the data were no snapshot then"));
    };
    let known = usize::try_from(delivery.number).ok().and_then(|it| source.deliveries().get(it));
    if known != Some(&delivery.hash) {
        return Err(Words::both(
            "数据不是当时的快照加上后来的各批",
            "the data are not the snapshot of then with later deliveries",
        ));
    }
    Ok(delivery.number)
}
