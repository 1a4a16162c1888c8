//! Where values lie by which functions are looked up: found once for all functions that have values in common.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::fuse::Fused;
use super::kernel::Operand;
use super::kernel::answers::{Answers, Index};

/// The values of a batch, as long as another function asks.
#[derive(Default)]
pub(super) struct Located(BTreeMap<usize, Rc<Found>>);

/// Where values lie, once somebody has looked; nothing where one of them has no place.
type Found = OnceCell<Option<Index>>;

/// Where the answers of one function stand.
pub(super) struct Location {
    /// Each value by itself.
    axes: Vec<Rc<Found>>,
    /// All of them, where there are several.
    together: Option<Rc<Found>>,
}

impl Located {
    /// Where the answers of a function stand.
    pub(super) fn of(&mut self, fused: &Fused) -> Location {
        let mut known = |number: usize| Rc::clone(self.0.entry(number).or_default());
        let axes: Vec<Rc<Found>> = fused.axes.iter().map(|it| known(*it)).collect();
        let together = (axes.len() != 1).then(|| known(fused.combination));
        Location { axes, together }
    }

    /// Forgets what no later function asks.
    pub(super) fn forget(&mut self, numbers: &[usize]) {
        for it in numbers {
            self.0.remove(it);
        }
    }
}

impl Location {
    /// Where the answers to these values stand; nothing where one of them has no place.
    pub(super) fn index(&self, answers: &Answers, args: &[Operand<'_>]) -> Option<&Index> {
        let mut axes = self.axes.iter().zip(args).enumerate();
        let Some(together) = &self.together else {
            let (axis, (found, arg)) = axes.next()?;
            return found.get_or_init(|| answers.on_axis(axis, arg.column)).as_ref();
        };
        let own = together.get_or_init(|| {
            let each = axes.map(|(axis, (found, arg))| {
                found.get_or_init(|| answers.on_axis(axis, arg.column)).clone()
            });
            Some(answers.together(&each.collect::<Option<Vec<_>>>()?))
        });
        own.as_ref()
    }
}
