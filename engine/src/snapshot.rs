//! A register on the disk as columns: read once, classified often.
//!
//! # How it works
//!
//! * A snapshot is a folder. `snapshot.json` ([`manifest`]) names its layers, the declarations by which they were
//!   read, and a checksum for each stretch of each file; it is written last and takes the place of the one
//!   before, so that a snapshot is the old one or the new one and nothing between.
//! * A layer has a file of Arrow (the IPC file format) for the households, sorted by key, and one for each record
//!   table, whose rows stand by household and in the order of the table ([`mod@write`], [`read`]). The
//!   household file says how many records each household has. Nothing is joined or sorted to read it.
//! * The first layer has the whole register. A later delivery is read against it ([`merge`]): records of a table
//!   with a key take the place of those with the same key, tables declared 整户更新 those of the whole household,
//!   and other records are added. What comes of it is a layer of what was delivered ([`delta`]), of which nothing has to
//!   be compared any more when it is laid over what was known.
//! * When layers have grown to a fifth of the register, all are written anew as one.
//! * It is worked with stretch by stretch ([`stored`]): later layers are laid over each stretch of the first when it
//!   is read. Layers are written anew, and deliveries taken in, in the same way.
//!
//! Reading is refused where the rules declare a field or a table otherwise than when it was imported: values were
//! judged by those declarations, and only a new import can judge them again.

mod ahead;
mod array;
mod delta;
mod file;
mod later;
mod manifest;
mod merge;
mod read;
mod recorded;
mod results;
mod stored;
mod summed;
mod taking;
mod write;

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use heng_dsl::model::linked::Linked;
use heng_dsl::stored::Hash;

pub use self::ahead::Ahead;
use self::delta::{Delta, Marks};
use self::manifest::{Delivered, FORMAT, Layer, Manifest, TableSchema, schema};
pub use self::recorded::{Recorded, Recorder};
pub use self::stored::Stored;
use self::write::About;
use crate::columns::Columns;
use crate::data::Unread;
use crate::ingest::{
    self, FileReport, LoadError, LoadProblem, LoadRequest, Loaded, Problems, Progress,
};
use crate::source::{Source, Unreadable};

/// Layers are written anew as one when they have that part of the households.
const ANEW: u64 = 5;

/// Begins the names of their folders.
const LAYER: &str = "layer-";

/// What to import, and where to.
#[derive(Debug, Clone, Copy)]
pub struct Import<'i> {
    /// What to read.
    pub request: &'i LoadRequest,
    /// The folder of the snapshot.
    pub into: &'i Path,
    /// A delivery has all records of the households whose own row it has: where a table declared 整户更新 is
    /// delivered, and has no record of one, that household has none any more.
    pub complete: bool,
}

/// What became of an import.
#[derive(Debug, Clone)]
pub struct Imported {
    /// Households that the delivery is about: all, if it made the snapshot.
    pub households: u64,
    /// Households of the snapshot from now on.
    pub of: u64,
    /// Layers of the snapshot from now on.
    pub layers: u64,
    /// The name of the layer that the delivery was written as; files with what could not be used go by it.
    pub layer: String,
    /// Bytes that were written.
    pub bytes: u64,
    /// What could not be used, and what was noticed.
    pub problems: Problems,
    /// Every file that was read.
    pub files: Vec<FileReport>,
}

/// Does this folder hold a snapshot?
pub fn is_one(folder: &Path) -> bool {
    folder.join(manifest::NAME).is_file()
}

/// A hash of what a snapshot holds: of its list of files with their checksums; nothing where it is none.
pub fn hash(folder: &Path) -> Option<Hash> {
    fs::read(folder.join(manifest::NAME)).ok().map(|it| Hash::of_bytes(&it))
}

/// Reads a folder into a snapshot: makes it, or adds to it what the folder delivers.
///
/// # Errors
///
/// Those of [`ingest::load`], and a snapshot that cannot be read or written. Then it is what it was.
pub fn import(
    linked: &Linked,
    import: &Import<'_>,
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<Imported, LoadError> {
    let Import { request, into, .. } = *import;
    let unwritable = |why: io::Error| unwritable(into, &why);
    let is_empty = || fs::read_dir(into).map(|mut it| it.all(|it| is_left_behind(&it)));
    if !is_one(into) && into.exists() && !is_empty().map_err(unwritable)? {
        return Err(LoadError::one(LoadProblem::NoSnapshot { path: into.display().to_string() }));
    }
    fs::create_dir_all(into).map_err(unwritable)?;
    let _lock = lock(into)?;
    let old = is_one(into).then(|| read_manifest(into)).transpose()?;
    let (loaded, marks, ends) = match &old {
        None => (ingest::columns(linked, request, progress)?, None, Vec::new()),
        Some(old) => {
            let (loaded, ends) = delivered(linked, import, old, progress)?;
            let Loaded { register: Delta { columns, marks }, problems, files } = loaded;
            (Loaded { register: columns, problems, files }, Some(marks), ends)
        }
    };
    let Loaded { register, problems, files } = loaded;
    let of = ends.last().copied().unwrap_or(register.len() as u64);
    let mut next = Manifest {
        heng_snapshot: FORMAT,
        engine: env!("CARGO_PKG_VERSION").to_owned(),
        cutoff: register.cutoff.or(old.as_ref().and_then(|it| it.cutoff)),
        households: of,
        tables: schema(linked),
        layers: old.as_ref().map(|it| it.layers.clone()).unwrap_or_default(),
        ends,
        deliveries: old.as_ref().map(|it| it.deliveries.clone()).unwrap_or_default(),
    };
    // One that began before deliveries were counted goes on without.
    let counts = old.as_ref().is_none_or(|it| !it.deliveries.is_empty());
    let delivery = u32::try_from(next.deliveries.len()).ok().filter(|_| counts);
    let delivered = files.iter().map(Delivered::of).collect();
    let households = register.len() as u64;
    let what = (&register as &dyn Source, &About::of(&register), marks.as_ref());
    let from = (linked, delivered, delivery);
    let mut bytes = next.add(into, what, from, progress).map_err(unwritable)?;
    if let Some(layer) = next.layers.last().filter(|_| counts) {
        let hash = layer.hash(next.deliveries.last());
        next.deliveries.push(hash);
    }
    if next.is_patchwork() {
        // What comes now needs the memory.
        drop(register);
    } else {
        // Nobody waits until millions of values are taken apart.
        rayon::spawn(move || drop(register));
    }
    let layer = next.layers.last().map_or_else(String::new, |it| it.folder.clone());
    if next.is_patchwork() {
        let whole = Stored::of(linked, (into, &Unread::default()), (&next, Vec::new()), progress)?;
        let delivered = next.layers.drain(..).flat_map(|it| it.delivered).collect();
        next.ends.clear();
        let what = (&whole as &dyn Source, &whole.about(), None);
        let from = (linked, delivered, delivery);
        bytes = next.add(into, what, from, progress).map_err(unwritable)?;
    }
    next.write(into).map_err(unwritable)?;
    tidy(into, old.iter().chain([&next]));
    let layers = next.layers.len() as u64;
    Ok(Imported { households, of, layers, layer, bytes, problems, files })
}

/// Reads a delivery against a snapshot, see [`merge::delivery`].
fn delivered(
    linked: &Linked,
    import: &Import<'_>,
    old: &Manifest,
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<(Loaded<Delta>, Vec<u64>), LoadError> {
    if let Some(other) = old.differs(&schema(linked)) {
        return Err(LoadError::one(other));
    }
    // Somebody else may have added to it before it was locked.
    let begun = import.request.ahead.as_ref().and_then(|it| it.take(import.into));
    let first = begun.filter(|it| it.manifest == *old).map(|it| it.first).unwrap_or_default();
    // Fields are as they are told, whatever they were.
    let fields = (0..linked.fields().len()).collect();
    let unread = Unread { fields, ..Unread::default() };
    let base = Stored::of(linked, (import.into, &unread), (old, first), progress)?;
    merge::delivery(linked, import, &base, progress)
}

/// Reads a snapshot into memory.
///
/// # Errors
///
/// It is damaged, or the rules declare what it holds otherwise than when it was imported; a field or a table that
/// it does not have.
pub(crate) fn columns(
    linked: &Linked,
    from: (&Path, &Unread),
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<Loaded<Columns>, LoadError> {
    let Loaded { register, problems, files } = Stored::open(linked, from, progress)?;
    let register = register.read(progress).map_err(unreadable)?;
    Ok(Loaded { register, problems, files })
}

/// Is this something that an import leaves behind when it is broken off?
fn is_left_behind(entry: &io::Result<fs::DirEntry>) -> bool {
    entry.as_ref().is_ok_and(|it| {
        let name = it.file_name();
        name == ".lock" || name.to_string_lossy().starts_with(LAYER)
    })
}

fn read_manifest(folder: &Path) -> Result<Manifest, LoadError> {
    Manifest::read(folder).map_err(|why| damaged(&folder.join(manifest::NAME), &why))
}

fn unreadable(it: Unreadable) -> LoadError {
    LoadError::one(LoadProblem::Damaged { file: it.file, why: it.why })
}

fn damaged(path: &Path, why: &io::Error) -> LoadError {
    let (file, why) = (path.display().to_string(), why.to_string());
    LoadError::one(LoadProblem::Damaged { file, why })
}

/// Keeps others from importing into a snapshot at the same time.
fn lock(folder: &Path) -> Result<File, LoadError> {
    let path = folder.join(".lock");
    let file = File::create(&path).map_err(|why| unwritable(folder, &why))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(LoadError::one(LoadProblem::Busy { path: folder.display().to_string() }))
        }
        Err(TryLockError::Error(why)) => Err(unwritable(folder, &why)),
    }
}

fn unwritable(path: &Path, why: &io::Error) -> LoadError {
    let path = path.display().to_string();
    LoadError::one(LoadProblem::Unwritable { path, why: why.to_string() })
}

/// Removes folders of layers that neither the snapshot nor the one before it names: whoever began to read that
/// one can go on.
fn tidy<'m>(folder: &Path, named: impl Iterator<Item = &'m Manifest>) {
    let named: Vec<&str> = named.flat_map(|it| &it.layers).map(|it| it.folder.as_str()).collect();
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(LAYER) && !named.contains(&name.as_ref()) {
            // What cannot be removed only takes room.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

impl Manifest {
    /// Writes a layer, which counts once the manifest is written; how many bytes it has.
    fn add(
        &mut self,
        folder: &Path,
        (source, about, marks): (&dyn Source, &About, Option<&Marks>),
        (linked, delivered, delivery): (&Linked, Vec<Delivered>, Option<u32>),
        progress: &(dyn Fn(Progress<'_>) + Sync),
    ) -> io::Result<u64> {
        let taken = fs::read_dir(folder)?.flatten().filter_map(|it| {
            it.file_name().to_string_lossy().strip_prefix(LAYER)?.parse::<u32>().ok()
        });
        let number = taken.max().map_or(0, |it| it.saturating_add(1));
        let name = format!("{LAYER}{number:06}");
        let own = folder.join(&name);
        fs::create_dir(&own)?;
        let (files, firsts) =
            write::layer(&own, (source, about, marks), (linked, &self.tables), progress)?;
        let bytes = files.iter().flat_map(|it| &it.stretches).map(|it| it.length).sum();
        let households = source.len() as u64;
        let delta = marks.is_some();
        let layer = Layer { folder: name, households, firsts, files, delivered, delivery, delta };
        self.layers.push(layer);
        Ok(bytes)
    }

    /// The first difference to what the rules declare. Whole households are written anew by these, so that a
    /// table they do not know would be lost.
    fn differs(&self, wanted: &[TableSchema]) -> Option<LoadProblem> {
        let tables = self.tables.len().max(wanted.len());
        (0..tables).find_map(|at| match (self.tables.get(at), wanted.get(at)) {
            (Some(own), Some(wanted)) => differs(own, wanted),
            (own, wanted) => own.or(wanted).map(|it| otherwise(&it.name, "")),
        })
    }

    /// Have later layers grown so large that one would be better?
    fn is_patchwork(&self) -> bool {
        let later: u64 = self.layers.iter().skip(1).map(|it| it.households).sum();
        later.saturating_mul(ANEW) > self.layers.first().map_or(0, |it| it.households)
    }

    /// Which file is which record table of the rules, by slot; every field has to be declared as it was.
    fn places(&self, linked: &Linked) -> Result<Vec<usize>, LoadProblem> {
        let wanted = schema(linked);
        let mut wanted = wanted.iter();
        let households = wanted.next().zip(self.tables.first());
        if let Some((wanted, own)) = households {
            for field in &wanted.fields {
                if !own.fields.contains(field) {
                    return Err(otherwise(&wanted.name, &field.name));
                }
            }
        }
        let place = |wanted: &TableSchema| {
            let found = self.tables.iter().skip(1).position(|it| it == wanted).map(|it| it + 1);
            found.ok_or_else(|| {
                let same = self.tables.iter().skip(1).find(|it| it.name == wanted.name);
                same.and_then(|it| differs(it, wanted))
                    .unwrap_or_else(|| otherwise(&wanted.name, ""))
            })
        };
        wanted.map(place).collect()
    }
}

/// The first difference between two declarations of a table.
fn differs(own: &TableSchema, wanted: &TableSchema) -> Option<LoadProblem> {
    if own == wanted {
        return None;
    }
    let field = wanted.fields.iter().find(|it| !own.fields.contains(it));
    let field = field.or_else(|| own.fields.iter().find(|it| !wanted.fields.contains(it)));
    Some(otherwise(&wanted.name, field.map_or("", |it| &it.name)))
}

fn otherwise(table: &str, field: &str) -> LoadProblem {
    let field = Some(field.to_owned()).filter(|it| !it.is_empty());
    LoadProblem::DeclaredOtherwise { table: table.to_owned(), field }
}
