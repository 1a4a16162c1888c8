//! How deep the checker may go on the stack of the machine, however long a chain of names is.
//!
//! Declarations are worked out on demand, so that a chain of them would nest as deep as it is long.
//! Where too much is under way, what is needed is noted and everything that was begun comes to
//! nothing; it is begun anew when the noted one is done. Nothing is guessed and nothing overflows.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use super::names::Table;

/// Something that is worked out on demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Need {
    /// Something that is worth something, by its number.
    Item(usize),
    /// A derived field.
    Field(Table, usize),
}

/// How many levels may be under way where something is begun. A formula adds at most
/// [`crate::limits::MAX_DEPTH`] levels to it, which fits a stack of 1 MiB in an unoptimised build.
const MAX_LEVELS: u32 = 64;

/// How many levels a declaration counts for, by what it takes of the stack.
const DECLARATION: u32 = 6;

/// What is under way.
#[derive(Debug, Default)]
pub(super) struct Stack {
    levels: Cell<u32>,
    /// What could not be begun, because too much was under way.
    too_deep: Cell<Option<Need>>,
    /// What others wait for at the bottom of the stack.
    waiting: RefCell<BTreeSet<Need>>,
}

impl Stack {
    /// May this be begun here? If not, either it is in a circle, or [`Stack::is_too_deep`] from now on.
    pub(super) fn may_begin(&self, need: Need) -> bool {
        if self.levels.get() < MAX_LEVELS && !self.is_too_deep() {
            return true;
        }
        if !self.is_too_deep() && !self.waiting.borrow().contains(&need) {
            self.too_deep.set(Some(need));
        }
        false
    }

    /// Was something needed where the stack is too deep? Then all that is under way comes to nothing.
    pub(super) fn is_too_deep(&self) -> bool {
        self.too_deep.get().is_some()
    }

    /// What was needed where the stack is too deep.
    pub(super) fn take_too_deep(&self) -> Option<Need> {
        self.too_deep.take()
    }

    /// Notes that something is waited for; gives it if it was not yet. What is noted and needed again,
    /// too deep below itself, is in a circle.
    pub(super) fn wait_for(&self, need: Need) -> Option<Need> {
        self.waiting.borrow_mut().insert(need).then_some(need)
    }

    /// Works out a declaration.
    pub(super) fn declaration<T>(&self, work: impl FnOnce() -> T) -> T {
        self.deeper(DECLARATION, work)
    }

    /// Works out a part of a formula.
    pub(super) fn part<T>(&self, work: impl FnOnce() -> T) -> T {
        self.deeper(1, work)
    }

    fn deeper<T>(&self, levels: u32, work: impl FnOnce() -> T) -> T {
        let before = self.levels.get();
        self.levels.set(before + levels);
        let out = work();
        self.levels.set(before);
        out
    }
}
