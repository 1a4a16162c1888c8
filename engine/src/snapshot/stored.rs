//! A snapshot that is read stretch by stretch: later layers are laid over each stretch of the first.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use heng_dsl::model::linked::Linked;
use heng_dsl::stored::Hash;
use heng_dsl::value::Date;
use rayon::prelude::*;

use super::ahead::{Ahead, Begun};
use super::delta::{self, Delta, Step};
use super::file::Opened;
use super::later::{Later, Place, households};
use super::manifest::{self, Manifest};
use super::read::{Damage, Layer, Seen};
use super::write::About;
use super::{damaged, read_manifest};
use crate::columns::{Columns, Dictionary, Ranges, Texts, runs};
use crate::data::{Household, Unread};
use crate::ingest::{FileReport, LoadError, Loaded, Note, Problems, Progress};
use crate::part::STRETCH;
use crate::source::{Source, Unreadable};

/// A snapshot that is open.
pub struct Stored {
    base: Layer,
    /// The folder of the first layer.
    folder: PathBuf,
    /// The first key of each of its stretches.
    firsts: Vec<String>,
    later: Option<Later>,
    /// Stretches of the first layer that others want, too.
    shared: Mutex<BTreeMap<usize, Shared>>,
    dictionary: Dictionary,
    cutoff: Option<Date>,
    households: usize,
    deliveries: Vec<Hash>,
}

/// A stretch of the first layer that is a part of several stretches of the register.
#[derive(Clone)]
struct Shared {
    /// So many still want it.
    left: usize,
    /// What was read of it, once somebody has; others wait for that.
    columns: Arc<Mutex<Option<Arc<Columns>>>>,
}

/// So many stretches wait for others who want them at most; who does not find one reads it again.
const SHARED: usize = 16;

impl Stored {
    /// Opens a snapshot: files are held against what the manifest says of them, but only the rows of later layers
    /// are read. With it comes what loading found at the time.
    ///
    /// # Errors
    ///
    /// It is damaged, or the rules declare what it holds otherwise than when it was imported.
    pub fn open(
        linked: &Linked,
        (folder, unread): (&Path, &Unread),
        progress: &(dyn Fn(Progress<'_>) + Sync),
    ) -> Result<Loaded<Self>, LoadError> {
        Self::open_on(linked, (folder, unread), None, progress)
    }

    /// The same, where it may have been opened ahead.
    ///
    /// # Errors
    ///
    /// Those of [`Stored::open`].
    pub(crate) fn open_on(
        linked: &Linked,
        (folder, unread): (&Path, &Unread),
        ahead: Option<&Ahead>,
        progress: &(dyn Fn(Progress<'_>) + Sync),
    ) -> Result<Loaded<Self>, LoadError> {
        let Begun { manifest, first } = match ahead.and_then(|it| it.take(folder)) {
            Some(begun) => begun,
            None => Begun { manifest: read_manifest(folder)?, first: Vec::new() },
        };
        let register = Self::of(linked, (folder, unread), (&manifest, first), progress)?;
        let each = manifest
            .layers
            .iter()
            .flat_map(|layer| layer.delivered.iter().map(|it| it.report(&layer.folder)));
        let files: Vec<FileReport> = each.collect();
        let problems = Problems {
            quarantined: files.iter().map(|it| it.quarantined).sum(),
            notes: register.cutoff.is_none().then_some(Note::NoCutoff).into_iter().collect(),
            ..Problems::default()
        };
        Ok(Loaded { register, problems, files })
    }

    pub(super) fn of(
        linked: &Linked,
        (folder, unread): (&Path, &Unread),
        (manifest, mut ahead): (&Manifest, Vec<Option<Opened>>),
        progress: &(dyn Fn(Progress<'_>) + Sync),
    ) -> Result<Self, LoadError> {
        let tables = manifest.places(linked).map_err(LoadError::one)?;
        let mut dictionary = Dictionary::default();
        let mut layers = Vec::new();
        for layer in &manifest.layers {
            let own = folder.join(&layer.folder);
            let files = (layer, &tables[..]);
            // Only the first layer is opened ahead.
            let ahead = std::mem::take(&mut ahead);
            let open = Layer::open((&own, ahead), files, (linked, unread), &mut dictionary);
            let open = open.map_err(|(file, why)| damaged(&own.join(file), &why))?;
            layers.push((own, open));
        }
        let dictionary = dictionary.sealed();
        let mut layers = layers.into_iter();
        let Some((base_folder, base)) = layers.next() else {
            let why = std::io::Error::other("it names no layer");
            return Err(damaged(&folder.join(manifest::NAME), &why));
        };
        let mut parts: Option<Vec<Delta>> = None;
        for (own, layer) in layers {
            let read = layer.deltas(&dictionary, progress);
            let read = read.map_err(|(file, why)| damaged(&own.join(file), &why))?;
            parts = Some(match parts {
                None => read,
                Some(before) => {
                    vec![Delta::in_a_row(before).followed_by(&Delta::in_a_row(read))]
                }
            });
        }
        let damage = |it: Damage| damaged(&base_folder.join(it.0), &it.1);
        let firsts = manifest.layers.first().map(|it| it.firsts.clone()).unwrap_or_default();
        let later = parts.map(|it| Later::of(it, &base, (&firsts, manifest)));
        let later = later.transpose().map_err(damage)?;
        let households = later.as_ref().map_or(base.len(), Later::households);
        let (folder, cutoff) = (base_folder, manifest.cutoff);
        let deliveries = manifest.deliveries.clone();
        let shared = Mutex::default();
        Ok(Self { base, folder, firsts, later, shared, dictionary, cutoff, households, deliveries })
    }

    /// What has to be known of it before it is written anew.
    pub(super) fn about(&self) -> About {
        let later = self.later.iter().flat_map(|it| &it.parts);
        self.base.about().with(&later.map(|it| About::of(&it.columns)).collect::<Vec<_>>())
    }

    /// The first key of each stretch of the first layer.
    pub(super) fn firsts(&self) -> &[String] {
        &self.firsts
    }

    /// How many households there are up to the end of each stretch of the first layer.
    pub(super) fn ends(&self) -> Vec<usize> {
        match &self.later {
            Some(later) => later.places.iter().map(|it| it.end).collect(),
            None => {
                (1..=self.base.stretches()).map(|it| (it * STRETCH).min(self.base.len())).collect()
            }
        }
    }

    /// Which of some keys, which are in order, it has; and where those stand that are in the first layer, by its stretches.
    ///
    /// # Errors
    ///
    /// The household file is damaged.
    pub(super) fn seen(&self, keys: &Texts) -> Result<(Vec<bool>, Vec<Seen>), Unreadable> {
        let stretches = self.by_stretch(keys).into_par_iter().enumerate();
        let seen = stretches.map_init(Vec::new, |room, (stretch, of)| {
            if of.is_empty() {
                return Ok(Seen::default());
            }
            self.base.seen(stretch, (keys, of), room)
        });
        let seen: Result<Vec<Seen>, Damage> = seen.collect();
        let seen = seen.map_err(|it| self.unreadable(it))?;
        let base = Texts::together(&seen.iter().map(|it| &it.keys).collect::<Vec<_>>());
        let known = base.has_all(keys);
        let Some(later) = &self.later else { return Ok((known, seen)) };
        let also = later.keys.has_all(keys);
        Ok((known.into_iter().zip(also).map(|it| it.0 || it.1).collect(), seen))
    }

    /// Which of some keys, which are in order, stand in each stretch of the first layer, or would stand there.
    pub(super) fn by_stretch(&self, keys: &Texts) -> Vec<Range<usize>> {
        // What comes before the first of all stands in the first stretch.
        let starts = self.firsts.iter().skip(1).map(|it| keys.lower_bound(it.as_bytes()));
        let starts: Vec<usize> = std::iter::once(0).chain(starts).chain([keys.len()]).collect();
        starts.iter().zip(starts.iter().skip(1)).map(|it| *it.0..*it.1).collect()
    }

    /// Those households of a stretch of the first layer that were seen there, and those of later layers that stand there and
    /// have some of these keys, which are in order; without their fields, and with the records of those that were seen in the tables
    /// that are wanted, told by slot and number there. Read by way of a room that can be used again.
    ///
    /// # Errors
    ///
    /// A file of the first layer is damaged.
    pub(super) fn some(
        &self,
        (stretch, seen): (usize, &Seen),
        (keys, wanted): (&Texts, &dyn Fn(usize, usize) -> bool),
        room: &mut Vec<u8>,
    ) -> Result<Columns, Unreadable> {
        let base = self.base.some((stretch, seen), wanted, (&self.dictionary, room));
        let base = base.map_err(|it| self.unreadable(it))?;
        let Some((later, place)) =
            self.later.as_ref().and_then(|it| Some((it, it.places.get(stretch)?)))
        else {
            return Ok(base);
        };
        let first = place.later.start;
        let found = later.some_keys(place.later.clone()).found_in(keys, 0..keys.len());
        let numbers: Vec<usize> = found.into_iter().map(|it| first + it).collect();
        let place = |it: usize| later.place(numbers.get(it).copied().unwrap_or_default());
        let steps = delta::steps(&base.keys, &later.keys.some(&numbers), place);
        Ok(later.laid_over(Cow::Owned(base), &steps))
    }

    /// All of it in memory.
    ///
    /// # Errors
    ///
    /// A stretch that is damaged.
    pub(super) fn read(
        &self,
        progress: &(dyn Fn(Progress<'_>) + Sync),
    ) -> Result<Columns, Unreadable> {
        let read = self.base.columns(&self.dictionary, progress);
        let mut columns = read.map_err(|it| self.unreadable(it))?;
        if let Some(later) = &self.later {
            let steps = delta::steps(&columns.keys, &later.keys, |it| later.place(it));
            columns = later.laid_over(Cow::Owned(columns), &steps);
        }
        columns.cutoff = self.cutoff;
        Ok(columns)
    }

    /// The stretch of the first layer in which a key would stand. What comes before the first of all stands in the
    /// first stretch, if a later layer has it.
    fn base_stretch(&self, key: &str) -> usize {
        self.firsts.partition_point(|it| it.as_str() <= key).saturating_sub(1)
    }

    fn unreadable(&self, (file, why): Damage) -> Unreadable {
        Unreadable { file: self.folder.join(file).display().to_string(), why: why.to_string() }
    }

    /// The number in the register of a household of a stretch of the first layer, or of one that stands there.
    fn number(
        &self,
        later: &Later,
        (stretch, key): (usize, &str),
    ) -> Result<Option<usize>, Damage> {
        let Some(place) = later.places.get(stretch) else { return Ok(None) };
        let keys = self.base.keys(stretch)?;
        let own = later.some_keys(place.later.clone());
        let all = runs(&keys, &own);
        let mut number = later.first_of(stretch, households(&all))?;
        for run in all {
            let of = if run.from == 0 { &keys } else { &own };
            if run.of.end.checked_sub(1).is_some_and(|last| of.get(last) >= key) {
                // Keys ascend from run to run and within each.
                let at = of.lower_bound_from(run.of.start, key.as_bytes());
                return Ok((of.get(at) == key).then_some(number + at - run.of.start));
            }
            number += run.of.len();
        }
        Ok(None)
    }

    /// A stretch of the first layer that is wanted so many times, one after the other or at the same time: it is read once.
    fn read_once(&self, stretch: usize, wanted: usize) -> Result<Arc<Columns>, Damage> {
        let own = {
            let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
            let mut own = shared
                .remove(&stretch)
                .unwrap_or_else(|| Shared { left: wanted, columns: Arc::default() });
            own.left = own.left.saturating_sub(1);
            if own.left > 0 {
                shared.insert(stretch, own.clone());
            }
            if shared.len() > SHARED {
                // Whoever asks for single stretches may leave some behind.
                shared.pop_first();
            }
            own.columns
        };
        let mut columns = own.lock().unwrap_or_else(PoisonError::into_inner);
        let known = match columns.take() {
            Some(known) => known,
            None => Arc::new(self.base.stretch(stretch, &self.dictionary)?),
        };
        if Arc::strong_count(&own) > 1 {
            *columns = Some(Arc::clone(&known));
        }
        Ok(known)
    }

    /// The households of the register with these numbers, of which later layers say something.
    fn overlaid(&self, later: &Later, of: Range<usize>) -> Result<Columns, Damage> {
        let first = later.places.partition_point(|it| it.end <= of.start);
        let last = later.places.partition_point(|it| it.end < of.end);
        let mut all = Vec::new();
        for stretch in first..=last.min(later.places.len().saturating_sub(1)) {
            let columns = self.read_once(stretch, later.wanted(stretch))?;
            let Some(Place { later: own, .. }) = later.places.get(stretch) else { continue };
            let place = |it: usize| later.place(own.start + it);
            let steps = delta::steps(&columns.keys, &later.some_keys(own.clone()), place);
            let mut number = later.first_of(stretch, delta::households(&steps))?;
            let mut cut = Vec::with_capacity(steps.len());
            for step in steps {
                let len = step.len();
                // What lies before and behind those that are asked for.
                let before = of.start.saturating_sub(number).min(len);
                let behind = (number + len).saturating_sub(of.end).min(len - before);
                cut.extend(step.cut(before, len - behind));
                number += len;
            }
            // The last who wants it has it alone.
            all.push(match Arc::try_unwrap(columns) {
                Ok(known) => later.laid_over(Cow::Owned(known), &cut),
                Err(known) => later.laid_over(Cow::Borrowed(&known), &cut),
            });
        }
        Ok(if all.len() == 1 { all.swap_remove(0) } else { Columns::in_a_row(&all) })
    }
}

impl Source for Stored {
    fn len(&self) -> usize {
        self.households
    }

    fn cutoff(&self) -> Option<Date> {
        self.cutoff
    }

    fn held(&self) -> Option<&Columns> {
        None
    }

    fn whole(&self) -> Result<Cow<'_, Columns>, Unreadable> {
        self.read(&|_| {}).map(Cow::Owned)
    }

    fn household(&self, key: &str) -> Result<Option<(usize, Household)>, Unreadable> {
        let stretch = self.base_stretch(key);
        if stretch >= self.base.stretches() {
            return Ok(None);
        }
        let own = self.base.household((stretch, key), &self.dictionary);
        let own = own.map_err(|it| self.unreadable(it))?;
        let Some(later) = &self.later else {
            let number = |row| stretch.saturating_mul(STRETCH) + row;
            return Ok(own.map(|(row, columns)| (number(row), columns.household(0))));
        };
        let known = own.as_ref().map(|_| 0);
        let own = own.map_or_else(|| self.base.nobody(), |it| it.1);
        let step = match (known, later.keys.find(key.as_bytes())) {
            (None, None) => return Ok(None),
            (Some(_), None) => Step::Known(0..1),
            (known, Some(number)) => Step::Said { known, place: later.place(number) },
        };
        let household = later.laid_over(Cow::Owned(own), &[step]).household(0);
        let number = self.number(later, (stretch, key)).map_err(|it| self.unreadable(it))?;
        Ok(number.map(|it| (it, household)))
    }

    fn around(&self, key: &str) -> Result<Cow<'_, Columns>, Unreadable> {
        self.stretch(self.base_stretch(key)).map(Cow::Owned)
    }

    fn stretch(&self, number: usize) -> Result<Columns, Unreadable> {
        let first = number.saturating_mul(STRETCH);
        let last = first.saturating_add(STRETCH).min(self.households);
        let read = match &self.later {
            None => self.base.stretch(number, &self.dictionary),
            Some(later) => self.overlaid(later, first..last),
        };
        read.map_err(|it| self.unreadable(it))
    }

    fn dictionary(&self) -> &Dictionary {
        &self.dictionary
    }

    fn deliveries(&self) -> &[Hash] {
        &self.deliveries
    }

    fn ranges(&self) -> Ranges {
        let later = self.later.iter().flat_map(|it| &it.parts);
        let more = later.map(|it| Ranges::of(&it.columns)).reduce(|all, it| all.with(&it));
        let base = self.base.ranges();
        match more {
            Some(more) => base.with_more(&more),
            None => base,
        }
    }
}
