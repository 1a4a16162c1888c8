//! The reason codes of a batch ([`crate::reasons`]).

use super::{Coded, Columned, Looked, What, Worth, coded};
use crate::columnar::Held;
use crate::columns::state;

/// Which clauses of a rule hold, and where they were looked up.
pub(super) struct Reasoned<'a, 'b> {
    held: &'b Held,
    scope: Option<Looked<'b>>,
    looked: &'a [Looked<'b>],
}

impl Reasoned<'_, '_> {
    /// The codes of a household, ascending.
    fn codes(&self, at: usize) -> Vec<usize> {
        if !self.scope.is_none_or(|it| it.holds(at)) {
            return Vec::new();
        }
        match (self.held, self.looked) {
            (Held::Row(_), [code]) if code.state(at) == state::THERE => {
                row(code.column.lanes.at(code.at(at)))
            }
            (Held::Row(_), _) => Vec::new(),
            (Held::Each(_), all) => {
                (1..).zip(all).filter(|it| it.1.holds(at)).map(|it| it.0).collect()
            }
        }
    }
}

/// The one code that a number is.
fn row(number: i128) -> Vec<usize> {
    usize::try_from(number).into_iter().collect()
}

impl<'b> Columned<'b> {
    fn reasoned(&self) -> impl Iterator<Item = (usize, Reasoned<'_, 'b>)> {
        self.others.iter().filter_map(|(output, scope, looked)| match &output.what {
            What::Held(held) => Some((output.slot, Reasoned { held, scope: *scope, looked })),
            _ => None,
        })
    }

    /// The reason codes of a household for each declaration that has any, by slot.
    pub(super) fn reasons(&self, at: usize) -> Vec<(usize, Vec<usize>)> {
        let each = self.reasoned().map(|(slot, it)| (slot, it.codes(at)));
        let mut all: Vec<(usize, Vec<usize>)> = each.filter(|it| !it.1.is_empty()).collect();
        all.sort_unstable();
        all
    }

    /// The code of a declaration of which one clause holds at most; nothing of the others.
    pub(super) fn row_code(&self, slot: usize) -> Option<Worth<'b>> {
        let (_, found) = self.reasoned().find(|it| it.0 == slot)?;
        match (found.held, found.looked) {
            (Held::Row(_), [own]) => Some(Worth { scope: found.scope, own: *own }),
            _ => None,
        }
    }

    /// The reason codes of all households for a declaration, by number among different ones.
    pub(super) fn all_reasons(&self, slot: usize) -> Coded<Vec<usize>> {
        if let Some(worth) = self.row_code(slot) {
            let states = worth.states(self.batch.len);
            return coded(worth.own, states.as_deref(), &self.rows).map(|it| match it {
                (state::THERE, number) => row(number),
                _ => Vec::new(),
            });
        }
        let households = self.rows.numbers.len();
        let mut all = Coded::same(Vec::new(), households);
        let Some((_, found)) = self.reasoned().find(|it| it.0 == slot) else { return all };
        for (code, own) in (1..).zip(found.looked) {
            let worth = Worth { scope: found.scope, own: *own };
            let states = worth.states(self.batch.len);
            let holds = coded(*own, states.as_deref(), &self.rows);
            let holds = holds.map(|it| it == (state::THERE, 1));
            all = all.zip(&holds).map(|(before, own)| {
                let mut codes: Vec<usize> =
                    all.different.get(before as usize).cloned().unwrap_or_default();
                if holds.different.get(own as usize) == Some(&true) {
                    codes.push(code);
                }
                codes
            });
        }
        all
    }
}
