//! Is one thing worth the same for every household in two versions? For those who change one rule.

use heng_dsl::model::Id;
use heng_dsl::value::Date;

use super::Budget;
use super::leaf::State;
use super::prover::Prover;
use crate::program::Program;

/// Something that comes out for a household, by name: what a declaration is worth, or whether a direct determination
/// of a classification hits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Worth {
    /// The package, as [`heng_dsl::model::linked::Linked::name_of`] calls it.
    pub(crate) package: Id,
    /// The declaration.
    pub(crate) decl: Id,
    /// The direct determination.
    pub(crate) decide: Option<Id>,
}

/// Is it certain that all of these come out the same for every household on that date? Both programs should be in
/// their normal form, so that more is seen to be the same. `false` says nothing.
///
/// It has to be asked on a deep stack.
pub(crate) fn is_same(sides: [&Program; 2], all: &[Worth], as_of: Date, budget: Budget) -> bool {
    let mut prover = Prover::new(sides[0], sides[1], as_of, budget);
    all.iter().all(|it| prover.is_same(sides, it))
}

impl Prover<'_> {
    fn is_same(&mut self, sides: [&Program; 2], worth: &Worth) -> bool {
        let pair = sides.map(|it| it.linked().find_decl(&worth.package, &worth.decl));
        let [Some(old), Some(new)] = pair else { return false };
        match &worth.decide {
            None => self.dist(pair, false).is_ok_and(|it| it.is_same()),
            Some(id) => {
                let number = |side: usize, slot: usize| {
                    sides[side].linked().decides(slot).position(|it| it.id == *id)
                };
                let both = [number(0, old), number(1, new)];
                let found = self.hits(pair, both, &State::new());
                found.is_ok_and(|it| it.iter().all(|(old, new)| old == new))
            }
        }
    }
}
