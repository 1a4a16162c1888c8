//! What versions of the rules come to, kept in a folder from one review to the next.
//!
//! Whoever edits rules compares them again and again over the same register. Kept are results of all households, a file
//! for each declaration and each function of the register, named by what it rests on ([`Components`]), in a folder of its
//! own for each date and register: so nothing is ever out of date, what an edit does not reach is found again whichever
//! version it comes from, and what the next review asks more is added. Where the folder grows large, what was not asked
//! for the longest time goes.
//!
//! A file is a line that says how long it is and its hash, the different things as JSON, and by household the number of
//! what it has, in as few bytes as do. A file that is damaged is as good as none.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use heng_dsl::stored::Hash;
use heng_dsl::value::{Date, Value};
use rayon::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::components::Components;
use crate::part::Coded;
use crate::population::{PopulationValues, SiteValues};
use crate::program::Program;

/// The form of these files.
const FORMAT: &str = "heng-kept-3";

/// The file that is written last in a review.
const MARK: &str = ".last";

/// So many bytes are kept for a date and a register, beside what the last review asked for.
const MOST: u64 = 4 << 30;

/// A folder in which results are kept.
#[derive(Debug)]
pub struct Kept {
    folder: PathBuf,
    /// Of the register.
    data: Hash,
    /// What could not be written.
    failed: Mutex<Option<io::Error>>,
    /// The files that were read or written.
    asked: Mutex<BTreeSet<PathBuf>>,
}

impl Kept {
    /// The results of that register that are kept in a folder, which need not be there yet.
    pub fn new(folder: &Path, data: Hash) -> Self {
        Self { folder: folder.to_owned(), data, failed: Mutex::default(), asked: Mutex::default() }
    }

    /// Ends a review: the first thing that could not be kept, and why.
    pub fn end(self) -> Option<io::Error> {
        let asked = self.asked.into_inner().unwrap_or_default();
        let folders: BTreeSet<&Path> = asked.iter().filter_map(|it| it.parent()).collect();
        for folder in folders {
            // What cannot be removed stays.
            let _ = thin_out(folder, &asked, MOST);
        }
        self.failed.into_inner().unwrap_or_default()
    }

    /// Those of a version of the rules on a date.
    pub(crate) fn of<'k>(&'k self, program: &'k Program, as_of: Date) -> KeptOf<'k> {
        let of = (env!("CARGO_PKG_VERSION"), as_of, self.data.to_string());
        let name = Hash::of_bytes(format!("{of:?}").as_bytes()).digits();
        KeptOf { all: self, folder: self.folder.join(name), components: Components::of(program) }
    }
}

/// Notes that these files were asked for, and removes what was asked for longest ago until the others of their folder have
/// at most so many bytes.
fn thin_out(folder: &Path, asked: &BTreeSet<PathBuf>, most: u64) -> io::Result<()> {
    // The time is that of the file system, which also tells when the others were written.
    let mark = folder.join(MARK);
    fs::write(&mark, [])?;
    let now = fs::metadata(&mark)?.modified()?;
    for path in asked.iter().filter(|it| it.parent() == Some(folder)) {
        // What could not be written is not there.
        if let Ok(file) = fs::File::options().append(true).open(path) {
            file.set_modified(now)?;
        }
    }
    let mut others = Vec::new();
    for entry in fs::read_dir(folder)? {
        let (path, about) = entry.and_then(|it| Ok((it.path(), it.metadata()?)))?;
        if about.is_file() && path != mark && !asked.contains(&path) {
            others.push((about.modified()?, path, about.len()));
        }
    }
    others.sort_unstable();
    let mut all: u64 = others.iter().map(|it| it.2).sum();
    for (_, path, length) in others {
        if all <= most {
            break;
        }
        fs::remove_file(path)?;
        all = all.saturating_sub(length);
    }
    Ok(())
}

/// What is kept of one version.
pub(crate) struct KeptOf<'k> {
    all: &'k Kept,
    folder: PathBuf,
    components: Components<'k>,
}

/// What of a declaration is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) enum What {
    /// What it is worth, by slot.
    Value(usize),
    /// The columns of a measure, by slot.
    Measure(usize),
    /// The direct determinations of a classification that hit, by slot.
    Hits(usize),
}

impl KeptOf<'_> {
    /// What each of so many households has; nothing where it is not kept.
    pub(crate) fn read<T: DeserializeOwned>(
        &self,
        what: What,
        households: usize,
    ) -> Option<Coded<T>> {
        self.coded(&self.name(what), households)
    }

    /// Keeps what each household has.
    pub(crate) fn write<T: Serialize>(&self, what: What, coded: &Coded<T>) {
        self.put(&self.name(what), &coded.different, &coded.of);
    }

    /// Takes what is kept of something else that rests on these declarations and on what is said, else works it out and
    /// keeps it.
    pub(crate) fn other<T: DeserializeOwned + Serialize>(
        &self,
        (slots, said, households): (&[Option<usize>], &str, usize),
        work: impl FnOnce() -> Option<Coded<T>>,
    ) -> Option<Coded<T>> {
        let decls = slots.iter().map(|it| it.map(|it| self.components.decl(it)));
        let of = format!("{:?}", (decls.collect::<Vec<_>>(), said));
        let name = format!("other-{}", Hash::of_bytes(of.as_bytes()).digits());
        let found = self.coded(&name, households);
        found.or_else(|| {
            let found = work()?;
            self.put(&name, &found.different, &found.of);
            Some(found)
        })
    }

    fn coded<T: DeserializeOwned>(&self, name: &str, households: usize) -> Option<Coded<T>> {
        let (different, of): (Vec<T>, Vec<u32>) = self.open(name)?;
        (of.len() == households).then_some(Coded { different, of })
    }

    fn name(&self, what: What) -> String {
        let (kind, slot) = match what {
            What::Value(it) => ("value", it),
            What::Measure(it) => ("measure", it),
            What::Hits(it) => ("determinations", it),
        };
        format!("{kind}-{}", self.components.decl(slot).digits())
    }

    /// What functions of the register give that are kept, by number; of those that nobody asks nothing that counts.
    pub(crate) fn population(&self, households: usize) -> Vec<Option<SiteValues>> {
        let idle = self.open::<Vec<usize>>(&self.idle()).map(|it| it.0).unwrap_or_default();
        let each = self.components.functions().into_par_iter().enumerate();
        let each = each.map(|(site, rests_on)| {
            if idle.contains(&site) {
                return Some(SiteValues::default());
            }
            let (head, of): (Function, Vec<u32>) = self.open(&function(rests_on?))?;
            let values = Arc::new(Coded { different: head.different, of });
            let own = SiteValues { values, counted: head.counted, left_out: head.left_out };
            (own.values.len() == households).then_some(own)
        });
        each.collect()
    }

    /// Keeps what functions of the register give, but those that were kept, and which of them nobody asks.
    pub(crate) fn write_population(&self, all: &PopulationValues, known: &[Option<SiteValues>]) {
        let is_idle = |it: &SiteValues| it.values.is_empty();
        let numbered = all.sites().iter().enumerate();
        let idle: Vec<usize> = numbered.filter(|it| is_idle(it.1)).map(|it| it.0).collect();
        self.put(&self.idle(), &idle, &[]);
        let functions = self.components.functions();
        let new = all.sites().par_iter().zip(functions).enumerate();
        new.for_each(|(site, (own, rests_on))| {
            let is_known = matches!(known.get(site), Some(Some(_)));
            let Some(rests_on) = rests_on.filter(|_| !is_idle(own) && !is_known) else { return };
            // Many households that are told apart may be given the same.
            let Coded { different, of } = own.values.distinct();
            let head = Function { different, counted: own.counted, left_out: own.left_out };
            self.put(&function(rests_on), &head, &of);
        });
    }

    /// Where it stands which functions of the register nobody asks in this version.
    fn idle(&self) -> String {
        format!("idle-{}", self.components.whole().digits())
    }

    fn open<H: DeserializeOwned>(&self, name: &str) -> Option<(H, Vec<u32>)> {
        let path = self.folder.join(name);
        let found = decoded(&fs::read(&path).ok()?)?;
        self.note(path);
        Some(found)
    }

    fn note(&self, path: PathBuf) {
        if let Ok(mut asked) = self.all.asked.lock() {
            asked.insert(path);
        }
    }

    fn put(&self, name: &str, head: &impl Serialize, of: &[u32]) {
        let written = encoded(head, of).and_then(|it| {
            fs::create_dir_all(&self.folder)?;
            // Another program may be about to write the same.
            let own = self.folder.join(format!(".{name}.{}", std::process::id()));
            fs::write(&own, it)?;
            fs::rename(own, self.folder.join(name))
        });
        self.note(self.folder.join(name));
        if let (Err(why), Ok(mut failed)) = (written, self.all.failed.lock()) {
            failed.get_or_insert(why);
        }
    }
}

/// The name of the file of a function of the register.
fn function(rests_on: Hash) -> String {
    format!("function-{}", rests_on.digits())
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs::{self, File};
    use std::time::{Duration, SystemTime};

    use super::{MARK, thin_out};

    #[test]
    fn what_was_asked_for_longest_ago_goes() {
        let folder = std::env::temp_dir().join(format!("heng-kept-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        for (name, day) in [("now", 1), ("oldest", 2), ("newest", 9), ("older", 5)] {
            fs::write(folder.join(name), [0; 10]).unwrap();
            let file = File::options().append(true).open(folder.join(name)).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(day * 86_400)).unwrap();
        }
        let left = || {
            let all = fs::read_dir(&folder).unwrap();
            let names = all.map(|it| it.unwrap().file_name().into_string().unwrap());
            names.filter(|it| it != MARK).collect::<BTreeSet<String>>()
        };
        let names = |all: &[&str]| all.iter().map(|it| (*it).to_owned()).collect();
        let asked = BTreeSet::from([folder.join("now"), folder.join("not written")]);
        thin_out(&folder, &asked, 29).unwrap();
        assert_eq!(left(), names(&["now", "older", "newest"]));
        // It counts from when it was asked for.
        thin_out(&folder, &BTreeSet::new(), 20).unwrap();
        assert_eq!(left(), names(&["now", "newest"]));
        thin_out(&folder, &BTreeSet::from([folder.join("now")]), 0).unwrap();
        assert_eq!(left(), names(&["now"]));
        fs::remove_dir_all(&folder).unwrap();
    }
}
