//! What one version of the rules comes to, kept in a folder from one review to the next.
//!
//! Whoever edits rules compares them again and again with the same earlier version, over the same register. Kept are
//! results of all households, a file for each declaration and each function of the register, in a folder of their own
//! for each version, date and register: so nothing is ever out of date, and what the next review asks more is added. A
//! file is a line that says how long it is and its hash, the different things as JSON, and by household the number of what
//! it has, in as few bytes as do. A file that is damaged is as good as none.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use heng_dsl::stored::Hash;
use heng_dsl::value::{Date, Value};
use rayon::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::part::Coded;
use crate::population::{PopulationValues, SiteValues};
use crate::program::Program;

/// The form of these files.
const FORMAT: &str = "heng-kept-2";

/// A folder in which results are kept.
#[derive(Debug)]
pub struct Kept {
    folder: PathBuf,
    /// Of the register.
    data: Hash,
    /// What could not be written.
    failed: Mutex<Option<io::Error>>,
}

impl Kept {
    /// The results of that register that are kept in a folder, which need not be there yet.
    pub fn new(folder: &Path, data: Hash) -> Self {
        Self { folder: folder.to_owned(), data, failed: Mutex::default() }
    }

    /// The first thing that could not be kept, and why.
    pub fn failed(self) -> Option<io::Error> {
        self.failed.into_inner().unwrap_or_default()
    }

    /// Those of a version of the rules on a date.
    pub(crate) fn of(&self, program: &Program, as_of: Date) -> KeptOf<'_> {
        let linked = program.linked();
        // The same packages may be put together in more than one way.
        let used = linked
            .packages
            .iter()
            .enumerate()
            .flat_map(|(at, package)| package.uses.iter().map(move |it| linked.used(at, it)));
        let used: Vec<Option<usize>> = used.collect();
        let rules: Vec<String> = program.hashes().iter().map(|it| it.content.to_string()).collect();
        let of = (env!("CARGO_PKG_VERSION"), rules, used, as_of, self.data.to_string());
        let name = Hash::of_bytes(format!("{of:?}").as_bytes()).to_string().replace(':', "-");
        KeptOf { all: self, folder: self.folder.join(name) }
    }
}

/// What is kept of one version.
pub(crate) struct KeptOf<'k> {
    all: &'k Kept,
    folder: PathBuf,
}

impl KeptOf<'_> {
    /// What each of so many households has; nothing where it is not kept.
    pub(crate) fn read<T: DeserializeOwned>(
        &self,
        name: &str,
        households: usize,
    ) -> Option<Coded<T>> {
        let (different, of): (Vec<T>, Vec<u32>) = self.open(name)?;
        (of.len() == households).then_some(Coded { different, of })
    }

    /// Keeps what each household has.
    pub(crate) fn write<T: Serialize>(&self, name: &str, coded: &Coded<T>) {
        self.put(name, &coded.different, &coded.of);
    }

    /// What functions of the register give, if all of it is kept.
    pub(crate) fn population(&self, program: &Program) -> Option<PopulationValues> {
        let sites = (0..program.linked().sites()).into_par_iter().map(|site| {
            let (head, of): (Function, Vec<u32>) = self.open(&format!("function-{site}"))?;
            let values = Arc::new(Coded { different: head.different, of });
            Some(SiteValues { values, counted: head.counted, left_out: head.left_out })
        });
        sites.collect::<Option<Vec<_>>>().map(PopulationValues::from_sites)
    }

    /// Keeps what functions of the register give.
    pub(crate) fn write_population(&self, all: &PopulationValues) {
        all.sites().par_iter().enumerate().for_each(|(site, own)| {
            // Many households that are told apart may be given the same.
            let Coded { different, of } = own.values.distinct();
            let head = Function { different, counted: own.counted, left_out: own.left_out };
            self.put(&format!("function-{site}"), &head, &of);
        });
    }

    fn open<H: DeserializeOwned>(&self, name: &str) -> Option<(H, Vec<u32>)> {
        decoded(&fs::read(self.folder.join(name)).ok()?)
    }

    fn put(&self, name: &str, head: &impl Serialize, of: &[u32]) {
        let written = encoded(head, of).and_then(|it| {
            fs::create_dir_all(&self.folder)?;
            // Another program may be about to write the same.
            let own = self.folder.join(format!(".{name}.{}", std::process::id()));
            fs::write(&own, it)?;
            fs::rename(own, self.folder.join(name))
        });
        if let (Err(why), Ok(mut failed)) = (written, self.all.failed.lock()) {
            failed.get_or_insert(why);
        }
    }
}

/// What a function of the register gives, apart from which household is given what.
#[derive(Serialize, Deserialize)]
struct Function {
    different: Vec<Value>,
    counted: usize,
    left_out: usize,
}

/// What stands before everything else in a file.
#[derive(Serialize, Deserialize)]
struct Line {
    format: String,
    /// Bytes of the different things.
    head: usize,
    /// Bytes of a number.
    width: usize,
    /// Of what comes after the line.
    hash: Hash,
}

fn encoded(head: &impl Serialize, of: &[u32]) -> io::Result<Vec<u8>> {
    let mut content = serde_json::to_vec(head)?;
    let head = content.len();
    let most = of.iter().max().copied().unwrap_or_default();
    let width = if most < 1 << 8 {
        1
    } else if most < 1 << 16 {
        2
    } else {
        4
    };
    content.reserve(of.len() * width);
    of.iter().for_each(|it| content.extend(it.to_le_bytes().iter().take(width)));
    let line = Line { format: FORMAT.to_owned(), head, width, hash: Hash::of_bytes(&content) };
    let mut bytes = serde_json::to_vec(&line)?;
    bytes.push(b'\n');
    bytes.extend(content);
    Ok(bytes)
}

fn decoded<H: DeserializeOwned>(bytes: &[u8]) -> Option<(H, Vec<u32>)> {
    let end = bytes.iter().position(|it| *it == b'\n')?;
    let (line, content) = bytes.split_at_checked(end + 1)?;
    let line: Line = serde_json::from_slice(line).ok()?;
    if line.format != FORMAT || line.hash != Hash::of_bytes(content) {
        return None;
    }
    let (head, of) = content.split_at_checked(line.head)?;
    let of = match line.width {
        1 => of.iter().map(|it| u32::from(*it)).collect(),
        2 => of.as_chunks().0.iter().map(|it| u16::from_le_bytes(*it).into()).collect(),
        _ => of.as_chunks().0.iter().map(|it| u32::from_le_bytes(*it)).collect(),
    };
    Some((serde_json::from_slice(head).ok()?, of))
}
