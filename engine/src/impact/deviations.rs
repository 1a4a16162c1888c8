//! Groups of households that move more or less often than the rest.
//!
//! Each group of each field is held against all other households with Fisher's exact test; the chances of all
//! groups of all grades together are corrected after Holm, so that among many groups one is not found
//! remarkable by accident. It is a hint where to look: why a group differs, the test does not say.

use serde::Serialize;

use super::GradeImpact;
use crate::explain::{Named, Said};
use crate::stats::{Chance, Fraction, fisher, holm};

/// How many are told.
const MOST: usize = 10;

/// A group and the rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deviation {
    /// The grade.
    pub grade: Named,
    /// The field.
    pub field: String,
    /// The group.
    pub key: Said,
    /// What a code table calls it.
    pub label: Option<String>,
    /// Households of the group.
    pub households: usize,
    /// How many of them moved.
    pub moved: usize,
    /// All other households.
    pub rest: usize,
    /// How many of those moved.
    pub rest_moved: usize,
    /// The share that moved, less that of the rest.
    pub difference: Fraction,
    /// How likely a difference at least as unlikely is by chance.
    pub chance: Chance,
    /// The same, corrected for the number of groups.
    pub corrected: Chance,
}

/// The groups that are least likely by chance, of those that the correction leaves below 5 %.
pub(super) fn deviations(grades: &[GradeImpact]) -> Vec<Deviation> {
    let mut all = Vec::new();
    for grade in grades {
        let moved = grade.moved.count().unwrap_or_default();
        let matrix = grade.matrix.iter().flatten();
        let households: usize = matrix.filter_map(|it| it.count()).sum();
        if moved == 0 {
            continue;
        }
        for slicing in grade.by.iter().filter(|it| it.groups.len() > 1) {
            for slice in &slicing.groups {
                let (Some(count), Some(own)) = (slice.households.count(), slice.moved.count())
                else {
                    continue;
                };
                let (rest, rest_moved) = (households - count, moved - own);
                let counts = [households, moved, count, own].map(|it| it as u64);
                let chance = fisher(counts[0], counts[1], counts[2], counts[3]);
                let (Some(chance), Some(difference)) = (chance, gap(own, count, rest_moved, rest))
                else {
                    continue;
                };
                all.push(Deviation {
                    grade: grade.name.clone(),
                    field: slicing.field.clone(),
                    key: slice.key.clone(),
                    label: slice.label.clone(),
                    households: count,
                    moved: own,
                    rest,
                    rest_moved,
                    difference,
                    chance,
                    corrected: chance,
                });
            }
        }
    }
    let corrected = holm(&all.iter().map(|it| it.chance).collect::<Vec<_>>());
    for (it, corrected) in all.iter_mut().zip(corrected) {
        it.corrected = corrected;
    }
    all.retain(|it| it.corrected.is_below_5_percent());
    // Of equal chances the larger difference first; the order of grades and groups decides the rest.
    let size = |it: &Deviation| {
        let difference = it.difference;
        if difference < Fraction::ZERO { difference.negated() } else { difference }
    };
    all.sort_by(|a, b| a.corrected.cmp(&b.corrected).then(size(b).cmp(&size(a))));
    all.truncate(MOST);
    all
}

fn gap(moved: usize, of: usize, rest_moved: usize, rest: usize) -> Option<Fraction> {
    let share = |part: usize, whole: usize| {
        Fraction::new(i128::try_from(part).ok()?, i128::try_from(whole).ok()?)
    };
    share(moved, of)?.checked_sub(share(rest_moved, rest)?)
}
