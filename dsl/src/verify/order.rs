//! The declarations in an order in which each comes after those it reads.

use crate::model::linked::Linked;
use crate::model::walk::{self, RefKind, Visitor};
use crate::model::{DeclKind, Ref};

/// The slots of all declarations, each after those it reads. In a circle, which the checker reports,
/// the order is arbitrary.
pub(super) fn order(linked: &Linked) -> Vec<usize> {
    let count = linked.decls().len();
    let reads: Vec<Vec<usize>> = (0..count).map(|slot| reads(linked, slot)).collect();
    let mut sorted = Vec::with_capacity(count);
    let mut seen = vec![false; count];
    for root in 0..count {
        // Its own stack and not that of the machine: a chain may be as long as a package.
        let mut stack = vec![(root, 0)];
        while let Some((slot, next)) = stack.pop() {
            if next == 0 && std::mem::replace(&mut seen[slot], true) {
                continue;
            }
            match reads[slot].get(next) {
                Some(read) => {
                    stack.push((slot, next + 1));
                    if !seen[*read] {
                        stack.push((*read, 0));
                    }
                }
                None => sorted.push(slot),
            }
        }
    }
    sorted
}

fn reads(linked: &Linked, slot: usize) -> Vec<usize> {
    let mut reads = Reads(Vec::new());
    let decl = linked.decl(slot);
    walk::decl(decl, &mut reads);
    if matches!(decl.kind, DeclKind::Dimension { .. } | DeclKind::Total) {
        reads.0.extend_from_slice(linked.parts(slot));
    }
    reads.0.retain(|it| *it < linked.decls().len());
    reads.0
}

struct Reads(Vec<usize>);

impl Visitor for Reads {
    fn reference(&mut self, kind: RefKind, reference: &Ref, _: bool) {
        if kind == RefKind::Decl {
            self.0.push(reference.slot.index());
        }
    }
}
