//! Who stands where both changed something: what was answered, conflict by conflict, and what is still open.

use std::collections::BTreeMap;

use heng_dsl::diag::Lang;
use heng_dsl::diff::Merge;
use heng_engine::show::change::Told;

use crate::args::Take;
use crate::exit::Exit;
use crate::terminal::{Terminal, harmless};

/// The conflicts by the numbers of their changes, and how each is decided: for the city, or not.
pub(super) struct Answers(BTreeMap<usize, Option<bool>>);

impl Answers {
    /// The answers that were given; what is said of a name goes before what is said of all, and of two answers
    /// to one the later one counts.
    pub(super) fn of(
        given: &[Take],
        merge: &Merge,
        told: &[Told],
        terminal: Terminal,
    ) -> Result<Self, Exit> {
        let conflicts = merge.conflicts();
        let names = |at: usize| -> Vec<String> {
            let change = merge.diff.changes().get(at);
            let own = change.into_iter().flat_map(|it| {
                let thing = [&it.thing.id, &it.thing.name].map(ToString::to_string);
                thing.into_iter().chain([it.id.clone()])
            });
            let told = told.get(at).into_iter();
            let told = told.flat_map(|it| [it.thing.zh.clone(), it.thing.en.clone()]);
            let number = conflicts.iter().position(|it| *it == at).map(|it| (it + 1).to_string());
            own.chain(told).chain(number).collect()
        };
        let named: Vec<&Take> = given.iter().filter(|it| it.name.is_some()).collect();
        for it in named.iter().filter_map(|it| it.name.as_ref()) {
            if !conflicts.iter().any(|at| names(*at).contains(it)) {
                let it = harmless(it);
                terminal.complain(match terminal.lang {
                    Lang::Zh => format!("没有叫“{it}”的冲突"),
                    Lang::En => format!("there is no conflict called “{it}”"),
                });
                return Err(Exit::Usage);
            }
        }
        let all = given.iter().rev().find(|it| it.name.is_none()).map(|it| it.city);
        let answer = |at: usize| {
            let names = names(at);
            let about = |it: &&&Take| it.name.as_ref().is_some_and(|it| names.contains(it));
            named.iter().rev().find(about).map(|it| it.city).or(all)
        };
        Ok(Self(conflicts.iter().map(|it| (*it, answer(*it))).collect()))
    }

    /// Is the conflict decided for the city?
    pub(super) fn for_city(&self, at: usize) -> bool {
        self.answer(at) == Some(true)
    }

    /// How the conflict is decided; nothing where it is open.
    pub(super) fn answer(&self, at: usize) -> Option<bool> {
        self.0.get(&at).copied().flatten()
    }

    /// The number of a conflict in the list, from 1.
    pub(super) fn number(&self, at: usize) -> Option<usize> {
        self.0.keys().position(|it| *it == at).map(|it| it + 1)
    }

    /// The conflicts that nobody decided.
    pub(super) fn open(&self) -> Vec<usize> {
        self.0.iter().filter(|it| it.1.is_none()).map(|it| *it.0).collect()
    }
}
