//! What later layers of a snapshot say, as one, and where the households of which they say something stand among those of the
//! first layer.

use std::borrow::Cow;
use std::ops::Range;

use rayon::prelude::*;

use super::delta::{self, Delta, Step};
use super::manifest::{self, Manifest};
use super::read::{Damage, Layer};
use crate::columns::{Columns, Run, Texts, runs};
use crate::part::STRETCH;

/// The layers after the first, as one.
pub(super) struct Later {
    /// The keys of its households.
    pub(super) keys: Texts,
    /// What it says of its households, some after the others.
    pub(super) parts: Vec<Delta>,
    /// The number of the first household of each of these.
    starts: Vec<usize>,
    /// What each stretch of the first layer is with them.
    pub(super) places: Vec<Place>,
}

/// A stretch of the first layer with the later households that stand there.
pub(super) struct Place {
    /// Those, by number.
    pub(super) later: Range<usize>,
    /// The number in the register of the household behind the last one.
    pub(super) end: usize,
}

/// The number of the first household of each of several parts.
fn starts(parts: &[Delta]) -> Vec<usize> {
    let before = |next: &mut usize, it: &Delta| {
        let own = *next;
        *next += it.len();
        Some(own)
    };
    parts.iter().scan(0, before).collect()
}

/// How many households some runs are.
pub(super) fn households(runs: &[Run]) -> usize {
    runs.iter().map(|it| it.of.len()).sum()
}

impl Later {
    /// What layers after the first say, of which these are the parts; where they stand is noted, or found out.
    ///
    /// # Errors
    ///
    /// The household file of the first layer is damaged.
    pub(super) fn of(
        parts: Vec<Delta>,
        base: &Layer,
        (firsts, manifest): (&[String], &Manifest),
    ) -> Result<Self, Damage> {
        let keys = parts.iter().map(|it| &it.columns.keys).collect::<Vec<_>>();
        let keys = Texts::together(&keys);
        let places = Self::noted(&keys, firsts, manifest);
        let places = places.filter(|it| it.len() == base.stretches());
        let places = places.map_or_else(|| Self::found(&keys, base), Ok)?;
        Ok(Self { starts: starts(&parts), keys, parts, places })
    }

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

    /// Finds where households of later layers stand among those of the first.
    fn found(own: &Texts, base: &Layer) -> Result<Vec<Place>, Damage> {
        let keys: Result<Vec<Texts>, Damage> =
            (0..base.stretches()).into_par_iter().map(|it| base.keys(it)).collect();
        let keys = keys?;
        // Those before the first key of all stand in the first stretch.
        let start = |number: usize| match keys.get(number).filter(|it| it.len() > 0) {
            _ if number == 0 => 0,
            Some(stretch) => own.lower_bound(stretch.bytes(0)),
            None => own.len(),
        };
        let counted = keys.par_iter().enumerate().map(|(number, stretch)| {
            let later = start(number)..start(number + 1);
            let mut some = Texts::default();
            some.add(own, later.clone());
            (later, households(&runs(stretch, &some)))
        });
        let counted: Vec<(Range<usize>, usize)> = counted.collect();
        let end = |end: &mut usize, (later, count): (Range<usize>, usize)| {
            *end += count;
            Some(Place { later, end: *end })
        };
        Ok(counted.into_iter().scan(0, end).collect())
    }

    /// The number in the register of the first household of a stretch of the first layer, which has so many with later ones.
    pub(super) fn first_of(&self, stretch: usize, own: usize) -> Result<usize, Damage> {
        let end = |it: usize| self.places.get(it).map(|it| it.end);
        let before = stretch.checked_sub(1).map_or(Some(0), end).unwrap_or_default();
        if end(stretch) != Some(before.saturating_add(own)) {
            let why = std::io::Error::other("the layers do not fit together");
            // It stands beside the folders of the layers.
            return Err((format!("../{}", manifest::NAME), why));
        }
        Ok(before)
    }

    pub(super) fn households(&self) -> usize {
        self.places.last().map_or(0, |it| it.end)
    }

    pub(super) fn some_keys(&self, of: Range<usize>) -> Texts {
        let mut keys = Texts::default();
        keys.add(&self.keys, of);
        keys
    }

    /// How many stretches of the register a stretch of the first layer is a part of.
    pub(super) fn wanted(&self, stretch: usize) -> usize {
        let end = |it: usize| self.places.get(it).map_or(0, |it| it.end);
        let first = stretch.checked_sub(1).map_or(0, end);
        end(stretch).div_ceil(STRETCH).saturating_sub(first / STRETCH)
    }

    /// Where one of its households stands.
    pub(super) fn place(&self, number: usize) -> delta::Place {
        let part = self.starts.partition_point(|it| *it <= number).saturating_sub(1);
        (part, number - self.starts.get(part).copied().unwrap_or_default())
    }

    /// Households as they are with what it says of them.
    pub(super) fn laid_over(&self, known: Cow<'_, Columns>, steps: &[Step]) -> Columns {
        delta::laid(known, &self.parts.iter().collect::<Vec<_>>(), steps)
    }
}
