//! A snapshot that is read stretch by stretch: later layers are laid over each stretch of the first.

use std::borrow::Cow;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use heng_dsl::model::linked::Linked;
use heng_dsl::stored::Hash;
use heng_dsl::value::Date;
use rayon::prelude::*;

use super::ahead::{Ahead, Begun, First};
use super::manifest::{self, Manifest};
use super::read::{Damage, Layer};
use super::write::About;
use super::{damaged, read_manifest};
use crate::columns::{Columns, Dictionary, Ranges, Run, Texts, runs};
use crate::data::{Household, Unread};
use crate::ingest::{FileReport, LoadError, Loaded, Note, Problems, Progress};
use crate::part::STRETCH;
use crate::source::{Source, Unreadable};

/// A snapshot that is open.
pub struct Stored {
    base: Layer,
    /// Its keys, where they were read ahead and nobody has asked for them yet.
    base_keys: Mutex<Option<Texts>>,
    /// The folder of the first layer.
    folder: PathBuf,
    /// The first key of each of its stretches.
    firsts: Vec<String>,
    later: Option<Later>,
    dictionary: Dictionary,
    cutoff: Option<Date>,
    households: usize,
    deliveries: Vec<Hash>,
}

/// The layers after the first, as one.
struct Later {
    keys: Texts,
    /// Its households, some after the others.
    parts: Vec<Columns>,
    /// What each stretch of the first layer is with them.
    places: Vec<Place>,
}

/// A stretch of the first layer with the later households that stand there.
struct Place {
    /// Those, by number.
    later: Range<usize>,
    /// The number in the register of the household behind the last one.
    end: usize,
}

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
            None => Begun { manifest: read_manifest(folder)?, first: First::default() },
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
        (manifest, first): (&Manifest, First),
        progress: &(dyn Fn(Progress<'_>) + Sync),
    ) -> Result<Self, LoadError> {
        let tables = manifest.places(linked).map_err(LoadError::one)?;
        let First { files: mut ahead, keys: base_keys } = first;
        let mut dictionary = Dictionary::default();
        let mut layers = Vec::new();
        for layer in &manifest.layers {
            let own = folder.join(&layer.folder);
            let files = (&layer.files[..], &tables[..], layer.delivery);
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
        let mut parts: Option<Vec<Columns>> = None;
        for (own, layer) in layers {
            let read = layer.all_stretches(&dictionary, progress);
            let read = read.map_err(|(file, why)| damaged(&own.join(file), &why))?;
            parts = Some(match parts {
                None => read,
                Some(before) => {
                    let both = [Columns::in_a_row(&before), Columns::in_a_row(&read)];
                    let [before, read] = &both;
                    vec![Columns::laid(&[before, read], &runs(&before.keys, &read.keys))]
                }
            });
        }
        let damage = |it: Damage| damaged(&base_folder.join(it.0), &it.1);
        let firsts = manifest.layers.first().map(|it| it.firsts.clone()).unwrap_or_default();
        let later = parts.map(|parts| {
            let keys = Texts::together(&parts.iter().map(|it| &it.keys).collect::<Vec<_>>());
            match Later::noted(&keys, &firsts, manifest) {
                Some(places) if places.len() == base.stretches() => {
                    Ok(Later { keys, parts, places })
                }
                _ => Later::over(&base, (keys, parts)),
            }
        });
        let later = later.transpose().map_err(damage)?;
        let households = later.as_ref().map_or(base.len(), Later::households);
        let (folder, cutoff) = (base_folder, manifest.cutoff);
        let deliveries = manifest.deliveries.clone();
        let base_keys = Mutex::new(base_keys);
        Ok(Self {
            base,
            base_keys,
            folder,
            firsts,
            later,
            dictionary,
            cutoff,
            households,
            deliveries,
        })
    }

    /// What has to be known of it before it is written anew.
    pub(super) fn about(&self) -> About {
        let base = self.base.about();
        match &self.later {
            None => base,
            Some(later) => later.parts.iter().fold(base, |all, it| all.with(&About::of(it))),
        }
    }

    /// The first key of each stretch of the first layer.
    pub(super) fn firsts(&self) -> &[String] {
        &self.firsts
    }

    /// The keys of all households.
    ///
    /// # Errors
    ///
    /// The household file is damaged.
    pub(super) fn keys(&self) -> Result<Texts, Unreadable> {
        let ahead = self.base_keys.lock().ok().and_then(|mut it| it.take());
        let base = match ahead {
            Some(keys) => keys,
            None => self.base.all_keys().map_err(|it| self.unreadable(it))?,
        };
        let Some(later) = &self.later else { return Ok(base) };
        let mut keys = Texts::default();
        for run in runs(&base, &later.keys) {
            let of = if run.from == 0 { &base } else { &later.keys };
            keys.add(of, run.of);
        }
        Ok(keys)
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
            let own = later.parts.len();
            let each =
                runs(&columns.keys, &later.keys).into_iter().flat_map(|run| match run.from {
                    0 => vec![Run { from: own, of: run.of }],
                    _ => later.runs(run.of),
                });
            let from: Vec<&Columns> = later.parts.iter().chain([&columns]).collect();
            columns = Columns::laid(&from, &each.collect::<Vec<_>>());
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
        let mut number = later.first_of(stretch, &all)?;
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

    /// The households of the register with these numbers, of which later layers say something.
    fn overlaid(&self, later: &Later, of: Range<usize>) -> Result<Columns, Damage> {
        let first = later.places.partition_point(|it| it.end <= of.start);
        let last = later.places.partition_point(|it| it.end < of.end);
        let mut read = Vec::new();
        for number in first..=last.min(later.places.len().saturating_sub(1)) {
            read.push((number, self.base.stretch(number, &self.dictionary)?));
        }
        let mut all = Vec::new();
        for (at, (number, columns)) in read.iter().enumerate() {
            let Some(place) = later.places.get(*number) else { continue };
            let own = runs(&columns.keys, &later.some_keys(place.later.clone()));
            let mut number = later.first_of(*number, &own)?;
            for run in own {
                let len = run.of.len();
                // What lies before and behind those that are asked for.
                let before = of.start.saturating_sub(number).min(len);
                let behind = (number + len).saturating_sub(of.end).min(len - before);
                let cut = run.of.start + before..run.of.end - behind;
                if run.from == 0 {
                    all.push(Run { from: later.parts.len() + at, of: cut });
                } else {
                    let shift = place.later.start;
                    all.extend(later.runs(cut.start + shift..cut.end + shift));
                }
                number += len;
            }
        }
        let sources: Vec<&Columns> =
            later.parts.iter().chain(read.iter().map(|it| &it.1)).collect();
        Ok(Columns::laid(&sources, &all))
    }
}

/// How many households some runs are.
fn households(runs: &[Run]) -> usize {
    runs.iter().map(|it| it.of.len()).sum()
}

impl Later {
    /// Where households of later layers stand among those of the first, whose stretches begin with these keys; nothing where
    /// it was not noted.
    fn noted(keys: &Texts, firsts: &[String], manifest: &Manifest) -> Option<Vec<Place>> {
        let ends = manifest.ends.iter().map(|it| usize::try_from(*it).ok());
        let ends = ends.collect::<Option<Vec<usize>>>()?;
        let is_whole = manifest.ends.last() == Some(&manifest.households) && ends.is_sorted();
        if !is_whole || ends.len() != firsts.len() {
            return None;
        }
        // Those before the first key of all stand in the first stretch.
        let starts = firsts.iter().skip(1).map(|it| keys.lower_bound(it.as_bytes()));
        let starts: Vec<usize> = std::iter::once(0).chain(starts).chain([keys.len()]).collect();
        let later = starts.iter().zip(starts.iter().skip(1)).map(|it| *it.0..*it.1);
        Some(later.zip(ends).map(|(later, end)| Place { later, end }).collect())
    }

    /// Finds where the households of later layers stand among those of the first.
    fn over(base: &Layer, (keys, parts): (Texts, Vec<Columns>)) -> Result<Self, Damage> {
        let mut own = Self { keys, parts, places: Vec::new() };
        let keys: Result<Vec<Texts>, Damage> =
            (0..base.stretches()).into_par_iter().map(|it| base.keys(it)).collect();
        let keys = keys?;
        let all = own.keys.len();
        // Those before the first key of all stand in the first stretch.
        let start = |number: usize| match keys.get(number).filter(|it| it.len() > 0) {
            _ if number == 0 => 0,
            Some(stretch) => own.keys.lower_bound(stretch.bytes(0)),
            None => all,
        };
        let counted = keys.par_iter().enumerate().map(|(number, stretch)| {
            let later = start(number)..start(number + 1);
            let count = households(&runs(stretch, &own.some_keys(later.clone())));
            (later, count)
        });
        let counted: Vec<(Range<usize>, usize)> = counted.collect();
        let mut end = 0;
        for (later, count) in counted {
            end += count;
            own.places.push(Place { later, end });
        }
        Ok(own)
    }

    /// The number in the register of the first household of a stretch of the first layer, which has these with later ones.
    fn first_of(&self, stretch: usize, own: &[Run]) -> Result<usize, Damage> {
        let end = |it: usize| self.places.get(it).map(|it| it.end);
        let before = stretch.checked_sub(1).map_or(Some(0), end).unwrap_or_default();
        if end(stretch) != Some(before.saturating_add(households(own))) {
            let why = std::io::Error::other("the layers do not fit together");
            // It stands beside the folders of the layers.
            return Err((format!("../{}", manifest::NAME), why));
        }
        Ok(before)
    }

    fn households(&self) -> usize {
        self.places.last().map_or(0, |it| it.end)
    }

    fn some_keys(&self, of: Range<usize>) -> Texts {
        let mut keys = Texts::default();
        keys.add(&self.keys, of);
        keys
    }

    /// Where some of its households stand, part by part.
    fn runs(&self, of: Range<usize>) -> Vec<Run> {
        let (mut all, mut first) = (Vec::new(), 0);
        for (from, part) in self.parts.iter().enumerate() {
            let own = first..first + part.len();
            let cut = of.start.clamp(own.start, own.end)..of.end.clamp(own.start, own.end);
            if !cut.is_empty() {
                all.push(Run { from, of: cut.start - first..cut.end - first });
            }
            first = own.end;
        }
        all
    }

    /// The household with a key.
    fn household(&self, key: &str) -> Option<Household> {
        let at = self.keys.find(key.as_bytes())?;
        let run = self.runs(at..at + 1).pop()?;
        Some(self.parts.get(run.from)?.household(run.of.start))
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
        let household = later.household(key).or_else(|| own.map(|it| it.1.household(0)));
        let Some(household) = household else { return Ok(None) };
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
        let base = self.base.ranges();
        match &self.later {
            None => base,
            Some(later) => later.parts.iter().fold(base, |all, it| all.with(&Ranges::of(it))),
        }
    }
}
