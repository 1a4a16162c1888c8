//! The changes of a review as patches whose effects can be told apart.
//!
//! Names that were given anew are taken over at once: they alter nothing, and what has the same name can be
//! compared. Changes without an effect are made with whatever they need.

use std::collections::BTreeSet;

use heng_dsl::diag::Lang;
use heng_dsl::diff::Aspect;
use heng_dsl::model::linked::Linked;
use heng_engine::explain::Said;
use heng_engine::impact::Changes;
use heng_engine::show::change::told;

use crate::commands::diff::Review;

/// The patches.
pub(super) struct Patches<'r> {
    review: &'r Review,
    /// The numbers of the changes that can have an effect.
    players: Vec<usize>,
    /// What each of the others needs of those, by number of the change.
    others: Vec<(usize, BTreeSet<usize>)>,
    labels: Vec<Said>,
}

impl<'r> Patches<'r> {
    /// The patches of a review.
    pub(super) fn of(review: &'r Review) -> Self {
        let diff = &review.diff;
        let changes = diff.changes();
        let renaming = |at: &usize| changes.get(*at).is_some_and(|it| it.aspect == Aspect::Id);
        let plays =
            |at: &usize| changes.get(*at).is_some_and(|it| it.kind.has_effect()) && !renaming(at);
        let players: Vec<usize> = (0..changes.len()).filter(plays).collect();
        let others = (0..changes.len()).filter(|it| !plays(it)).map(|it| {
            let needs = diff.closed(&[it]).into_iter().filter(plays).collect();
            (it, needs)
        });
        let others = others.collect();
        let labels = players.iter().filter_map(|it| changes.get(*it)).map(|change| {
            let told = told(review.versions(), change);
            let said = |lang: Lang| {
                let (thing, aspect) = (told.thing.of(lang), told.aspect.of(lang));
                if aspect.is_empty() { thing.to_owned() } else { format!("{thing} · {aspect}") }
            };
            Said::both(said(Lang::Zh), said(Lang::En))
        });
        let labels = labels.collect();
        Self { review, players, others, labels }
    }

    /// The old rules under the names of the new ones; absent where these cannot be linked.
    pub(super) fn none(&self) -> Option<Linked> {
        self.with(&vec![false; self.players.len()]).ok()
    }
}

impl Changes for Patches<'_> {
    fn len(&self) -> usize {
        self.players.len()
    }

    fn label(&self, change: usize) -> Said {
        self.labels.get(change).cloned().unwrap_or_default()
    }

    fn needs(&self, change: usize) -> Vec<usize> {
        let Some(number) = self.players.get(change) else { return Vec::new() };
        let needed = self.review.diff.closed(&[*number]);
        let places = self.players.iter().enumerate();
        places.filter(|it| it.1 != number && needed.contains(it.1)).map(|it| it.0).collect()
    }

    fn group(&self, change: usize) -> String {
        let number = self.players.get(change).copied().unwrap_or_default();
        let change = self.review.diff.changes().get(number);
        change
            .map(|it| format!("{} {:?} {}", it.package, it.thing.kind, it.thing.id))
            .unwrap_or_default()
    }

    fn with(&self, made: &[bool]) -> Result<Linked, Said> {
        let chosen: BTreeSet<usize> =
            self.players.iter().zip(made).filter(|it| *it.1).map(|it| *it.0).collect();
        let others = self.others.iter().filter(|it| it.1.is_subset(&chosen)).map(|it| it.0);
        let all: Vec<usize> = chosen.iter().copied().chain(others).collect();
        let subset = self.review.diff.closed(&all);
        let sets = self.review.diff.apply(&subset).map_err(|it| Said::same(format!("{it:?}")))?;
        Linked::link(sets, self.review.new.links.clone()).map_err(|all| {
            let first = all.first().map(|it| it.problem.words(&self.review.new.links));
            first.map_or_else(Said::default, |it| Said::both(it.of(Lang::Zh), it.of(Lang::En)))
        })
    }
}
