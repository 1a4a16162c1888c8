//! What takes time: nanoseconds and values of each operation, put together by declaration. No result depends
//! on it, and the clock is that of whoever asks.

use std::sync::Mutex;

use super::Plan;

/// Tells the time in nanoseconds.
pub type Clock<'c> = &'c (dyn Fn() -> u64 + Sync);

/// What each operation took, on one thread.
pub(super) struct Profile<'c> {
    clock: Clock<'c>,
    /// Nanoseconds and values, by operation.
    spent: Vec<(u64, u64)>,
}

/// What operations of one kind took for one declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spent {
    /// The slot of the declaration for which they were worked out first; absent where they are about no
    /// declaration.
    pub decl: Option<usize>,
    /// What kind of operation.
    pub operation: &'static str,
    /// How many operations of the plan.
    pub operations: u64,
    /// Nanoseconds of all threads.
    pub nanos: u64,
    /// Values that came out.
    pub values: u64,
}

impl<'c> Profile<'c> {
    pub(super) fn new(clock: Clock<'c>, operations: usize) -> Self {
        Self { clock, spent: vec![(0, 0); operations] }
    }

    pub(super) fn now(&self) -> u64 {
        (self.clock)()
    }

    /// Notes that an operation that began at a time has come to its end.
    pub(super) fn spend(&mut self, operation: usize, start: u64, values: usize) {
        self.add(operation, self.now().saturating_sub(start), values);
    }

    /// Notes that an operation has taken so many nanoseconds.
    pub(super) fn add(&mut self, operation: usize, nanos: u64, values: usize) {
        if let Some(own) = self.spent.get_mut(operation) {
            own.0 += nanos;
            own.1 += u64::try_from(values).unwrap_or_default();
        }
    }

    /// Adds what was noted to that of other threads, and begins anew.
    pub(super) fn deliver(&mut self, all: &Mutex<Vec<(u64, u64)>>) {
        let Ok(mut all) = all.lock() else { return };
        all.resize(self.spent.len(), (0, 0));
        for (all, own) in all.iter_mut().zip(&mut self.spent) {
            *all = (all.0 + own.0, all.1 + own.1);
            *own = (0, 0);
        }
    }
}

/// By declaration and kind of operation, what took longest first.
pub(super) fn by_declaration(plan: &Plan, spent: &[(u64, u64)]) -> Vec<Spent> {
    let mut found: Vec<Spent> = Vec::new();
    for ((node, decl), (nanos, values)) in plan.nodes.iter().zip(&plan.decls).zip(spent) {
        let operation = node.op.name();
        if *values == 0 && *nanos == 0 {
            continue;
        }
        let at = found.iter().position(|it| it.decl == *decl && it.operation == operation);
        let at = at.unwrap_or_else(|| {
            let nothing = Spent { decl: *decl, operation, operations: 0, nanos: 0, values: 0 };
            found.push(nothing);
            found.len() - 1
        });
        if let Some(own) = found.get_mut(at) {
            own.operations += 1;
            own.nanos += nanos;
            own.values += values;
        }
    }
    found.sort_by_key(|it| std::cmp::Reverse(it.nanos));
    found
}
