//! The scores of both versions as whole numbers that are chosen and added up, for a solver of linear programmes:
//! of each part one pair of points is taken, sums are cut off and rounded, and the two scores have to lie where
//! the versions give certain grades.
//!
//! The means of second choice, where the exact dynamic programme would take too much: one asks for one change of
//! the grade after the other. What is built here is exact; what a solver says of it is not, and is never shown
//! without having been worked out again (`solver`).

mod build;
mod means;
mod smt;
mod solver;

use std::collections::BTreeSet;

use heng_dsl::value::Value;

pub use self::means::{Means, Question, means};
pub(super) use self::solver::Answer;

/// The points that a part can add in the old and in the new version.
pub(super) type Choice = Vec<(i64, i64)>;

/// The least and the greatest number.
pub(super) type Span = (i64, i64);

/// A part of a sum.
#[derive(Debug, Clone)]
pub(super) enum Part {
    /// One of these pairs.
    Choice(Choice),
    /// A sum of its own, and by what it is multiplied in each version.
    Whole(Whole, [i64; 2]),
}

/// A sum of parts.
#[derive(Debug, Clone)]
pub(super) struct Whole {
    pub(super) base: [i64; 2],
    pub(super) parts: Vec<Part>,
    pub(super) cuts: [Cut; 2],
}

/// What is done to a sum: first the floor, then the cap, then it is rounded to multiples of `unit`, halves up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) floor: Option<i64>,
    pub(super) cap: Option<i64>,
    pub(super) unit: i64,
}

impl Cut {
    pub(super) const NONE: Self = Self { floor: None, cap: None, unit: 1 };

    fn of(self, sum: i64) -> i64 {
        let sum = self.floor.map_or(sum, |it| sum.max(it));
        let sum = self.cap.map_or(sum, |it| sum.min(it));
        (sum + self.unit / 2).div_euclid(self.unit) * self.unit
    }
}

/// A score in both versions, and where each of them gives which grade.
#[derive(Debug, Clone)]
pub(super) struct Linear {
    pub(super) score: Whole,
    /// The numbers of a score at which a version gives a grade.
    pub(super) rows: [Vec<(Span, Value)>; 2],
}

/// Where the two scores have to lie.
pub(super) type Target = [Span; 2];

impl Part {
    /// The least and the greatest number that it adds in a version.
    fn span(&self, side: usize) -> Span {
        match self {
            Self::Choice(pairs) => {
                let own = || pairs.iter().map(|it| if side == 0 { it.0 } else { it.1 });
                (own().min().unwrap_or(0), own().max().unwrap_or(0))
            }
            Self::Whole(whole, by) => {
                let (low, high) = whole.span(side);
                let ends = [low.saturating_mul(by[side]), high.saturating_mul(by[side])];
                (ends[0].min(ends[1]), ends[0].max(ends[1]))
            }
        }
    }

    fn worth(&self, side: usize, chosen: &mut impl Iterator<Item = usize>) -> Option<i64> {
        match self {
            Self::Choice(pairs) => {
                let it = pairs.get(chosen.next()?)?;
                Some(if side == 0 { it.0 } else { it.1 })
            }
            Self::Whole(whole, by) => whole.worth(side, chosen)?.checked_mul(by[side]),
        }
    }
}

impl Whole {
    /// The least and the greatest sum of a version before anything is done to it.
    pub(super) fn sums(&self, side: usize) -> Span {
        self.parts
            .iter()
            .map(|it| it.span(side))
            .fold((self.base[side], self.base[side]), |all, it| {
                (all.0.saturating_add(it.0), all.1.saturating_add(it.1))
            })
    }

    /// The least and the greatest number of a version.
    fn span(&self, side: usize) -> Span {
        let (low, high) = self.sums(side);
        (self.cuts[side].of(low), self.cuts[side].of(high))
    }

    /// What comes out in a version where of each choice this one is taken, in order.
    pub(super) fn worth(
        &self,
        side: usize,
        chosen: &mut impl Iterator<Item = usize>,
    ) -> Option<i64> {
        let mut sum = self.base[side];
        for it in &self.parts {
            sum = sum.checked_add(it.worth(side, chosen)?)?;
        }
        Some(self.cuts[side].of(sum))
    }

    fn choices<'a>(&'a self, found: &mut Vec<&'a Choice>) {
        for it in &self.parts {
            match it {
                Part::Choice(it) => found.push(it),
                Part::Whole(it, _) => it.choices(found),
            }
        }
    }
}

impl Linear {
    /// Every pair of grades by the score, with the places where the two scores then lie.
    pub(super) fn pairs(&self) -> Vec<((Value, Value), Vec<Target>)> {
        let of =
            |side: usize| -> BTreeSet<&Value> { self.rows[side].iter().map(|it| &it.1).collect() };
        let mut out = Vec::new();
        for old in of(0) {
            for new in of(1) {
                let own = |side: usize, it: &Value| -> Vec<Span> {
                    let rows = self.rows[side].iter().filter(|row| row.1 == *it);
                    rows.map(|it| it.0).collect()
                };
                let news = own(1, new);
                let targets =
                    own(0, old).into_iter().flat_map(|a| news.iter().map(move |b| [a, *b]));
                out.push(((old.clone(), new.clone()), targets.collect()));
            }
        }
        out
    }

    /// Do the scores of these choices lie there? Worked out exactly.
    pub(super) fn is_there(score: &Whole, chosen: &[usize], target: Target) -> bool {
        (0..2).all(|side| {
            let worth = score.worth(side, &mut chosen.iter().copied());
            worth.is_some_and(|it| target[side].0 <= it && it <= target[side].1)
        })
    }

    /// Can the scores lie in one of these places? Nothing where the solver has no answer.
    pub(super) fn can(&self, targets: &[Target]) -> Option<bool> {
        let mut can = Some(false);
        for it in targets {
            match Self::answer(&self.score, *it, &[]) {
                Answer::Yes(_) => return Some(true),
                Answer::Unknown => can = None,
                Answer::No => {}
            }
        }
        can
    }

    /// Can the scores lie there? `costs`: how much each choice costs, of which the least is looked for.
    pub(super) fn answer(score: &Whole, target: Target, costs: &[Vec<usize>]) -> Answer {
        let out_of_reach = (0..2).any(|side| {
            let (low, high) = score.span(side);
            high < target[side].0 || low > target[side].1
        });
        if out_of_reach {
            return Answer::No;
        }
        solver::answer(score, target, costs)
    }
}
