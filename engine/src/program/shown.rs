//! Which packages a program shows: those that were asked for and what they use, but not what is only
//! the base of one of them.

use std::collections::BTreeSet;

use heng_dsl::model::linked::Linked;

/// The packages that `roots` show, by number, in order: the roots and the packages that they 引用 (after
/// the link table), and so on. A package that one is 基于 is not shown for that, because its
/// declarations stand in the package that amends them; what it 引用 is, because they read it.
pub(super) fn packages(linked: &Linked, roots: &[usize]) -> Vec<usize> {
    let mut shown = BTreeSet::new();
    let mut waiting: Vec<usize> = roots.to_vec();
    while let Some(package) = waiting.pop() {
        if package < linked.packages.len() && shown.insert(package) {
            waiting.extend(used(linked, package));
        }
    }
    shown.into_iter().collect()
}

/// The packages that a package 引用 by itself or through what it is 基于.
fn used(linked: &Linked, package: usize) -> Vec<usize> {
    let mut used = Vec::new();
    let mut seen = BTreeSet::new();
    let mut bases = vec![package];
    while let Some(base) = bases.pop() {
        let Some(set) = linked.packages.get(base).filter(|_| seen.insert(base)) else { continue };
        for it in &set.uses {
            // A base knows its own base by that name; what both 引用 is what the package at hand reads.
            let asking = if it.extends { base } else { package };
            let named = linked.used(asking, it);
            if it.extends { &mut bases } else { &mut used }.extend(named);
        }
    }
    used
}
