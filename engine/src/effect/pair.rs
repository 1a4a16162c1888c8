//! Which declaration of one program is which of another, and which of them a change can reach.

use std::collections::{BTreeMap, BTreeSet};

use heng_dsl::model::linked::Linked;
use heng_dsl::model::{Decl, DeclKind, RuleSet, Ty};
use heng_dsl::value::Value;

use super::Key;
use crate::explain::{Named, Said, Shown};
use crate::graph::{Thing, Way};
use crate::mask::{self, Masking};
use crate::program::Program;

/// A declaration before and after.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) name: Named,
    pub(super) kind: DeclKind,
    ty: Ty,
    /// Its slot before; absent where it is new.
    pub(super) before: Option<usize>,
    /// Its slot after; absent where it was switched off.
    pub(super) after: Option<usize>,
    /// Is it one of the packages that are shown?
    pub(super) shown: bool,
    /// Is it changed, or downstream of a change?
    pub(super) reached: bool,
    /// Does it repeat sensitive text?
    sensitive: bool,
    /// How many members its grade has.
    pub(super) members: u16,
}

impl Pair {
    /// A value of the declaration as people read it.
    pub(super) fn shown_value(&self, linked: &Linked, value: &Value, reveal: bool) -> Said {
        let said = plain(linked, value, &self.ty);
        let masking = if reveal { Masking::Revealed } else { Masking::Hidden };
        if self.sensitive && value.is_present() {
            Said::both(masking.show(true, &said.zh), masking.show(true, &said.en))
        } else {
            said
        }
    }
}

/// A value as people read it.
pub(super) fn plain(linked: &Linked, value: &Value, ty: &Ty) -> Said {
    Shown::new(linked, value, ty).text
}

/// All declarations of two programs, in the order in which the later one is worked out; what is only
/// in the earlier one comes last.
#[derive(Debug)]
pub(super) struct Pairs {
    pub(super) all: Vec<Pair>,
}

impl Pairs {
    pub(super) fn of(before: &Program, after: &Program) -> Self {
        let (old, new) = (slots(before), slots(after));
        let reached = reached(before, after, &old, &new);
        let mut all = Vec::new();
        let sensitive = mask::sensitive_decls(after.linked());
        for slot in after.order() {
            let key = key(after, *slot);
            let slots = (old.get(&key).copied(), Some(*slot));
            all.push(pair(after, *slot, slots, reached.contains(&key), &sensitive));
        }
        let sensitive = mask::sensitive_decls(before.linked());
        for slot in before.order() {
            let key = key(before, *slot);
            if !new.contains_key(&key) {
                let slots = (Some(*slot), None);
                all.push(pair(before, *slot, slots, reached.contains(&key), &sensitive));
            }
        }
        Self { all }
    }
}

fn key(program: &Program, slot: usize) -> Key {
    let linked = program.linked();
    let package = linked.packages.get(linked.package_of(slot)).map(|it| it.id.clone());
    (package.unwrap_or_else(|| "".into()), linked.decl(slot).id.clone())
}

fn slots(program: &Program) -> BTreeMap<Key, usize> {
    (0..program.linked().decls().len()).map(|slot| (key(program, slot), slot)).collect()
}

fn pair(
    program: &Program,
    slot: usize,
    (before, after): (Option<usize>, Option<usize>),
    reached: bool,
    sensitive: &[bool],
) -> Pair {
    let linked = program.linked();
    let decl = linked.decl(slot);
    let members = match &decl.kind {
        DeclKind::Classify { grade } | DeclKind::Overlay { grade } => {
            linked.enumeration(grade.slot.index()).members.len()
        }
        _ => 0,
    };
    Pair {
        name: Named {
            package: key(program, slot).0,
            id: decl.id.clone(),
            name: decl.name.clone(),
            title: decl.title.clone(),
        },
        kind: decl.kind.clone(),
        ty: decl.ty.clone(),
        before,
        after,
        shown: program.shown().contains(&linked.package_of(slot)),
        reached,
        sensitive: sensitive.get(slot).copied().unwrap_or(false),
        members: u16::try_from(members).unwrap_or(u16::MAX),
    }
}

/// What a change is, or is downstream of.
fn reached(
    before: &Program,
    after: &Program,
    old: &BTreeMap<Key, usize>,
    new: &BTreeMap<Key, usize>,
) -> BTreeSet<Key> {
    let decl = |program: &Program, slot: Option<&usize>| -> Option<Decl> {
        slot.map(|it| program.linked().decl(*it).clone())
    };
    let keys: BTreeSet<&Key> = old.keys().chain(new.keys()).collect();
    let changed =
        keys.into_iter().filter(|it| decl(before, old.get(it)) != decl(after, new.get(it)));
    let mut out = BTreeSet::new();
    for it in changed {
        out.insert(it.clone());
        for (program, slot) in [(before, old.get(it)), (after, new.get(it))] {
            if let Some(slot) = slot {
                downstream(program, Thing::Decl(*slot), &mut out);
            }
        }
    }
    let mut at = 0;
    for (number, (old, new)) in
        before.linked().packages.iter().zip(&after.linked().packages).enumerate()
    {
        for thing in other_changes(number, at, old, new) {
            // A determination that was switched off is in the earlier graph only.
            downstream(before, thing, &mut out);
            downstream(after, thing, &mut out);
        }
        at += new.codes.len();
    }
    out
}

/// Determinations and code tables of a package that are not what they were; `codes` is the slot of its
/// first code table.
fn other_changes(number: usize, codes: usize, old: &RuleSet, new: &RuleSet) -> Vec<Thing> {
    let mut out = Vec::new();
    let longest = old.decides.len().max(new.decides.len());
    for at in 0..longest {
        if old.decides.get(at) != new.decides.get(at) {
            out.push(Thing::Decide(number, at));
        }
    }
    for (at, (old, new)) in old.codes.iter().zip(&new.codes).enumerate() {
        if old != new {
            out.push(Thing::Codes(codes + at));
        }
    }
    out
}

fn downstream(program: &Program, thing: Thing, out: &mut BTreeSet<Key>) {
    let graph = program.graph();
    let Some(number) = graph.number(thing) else { return };
    for node in graph.around(number, Way::Downstream).nodes() {
        if let Some(Thing::Decl(slot)) = graph.node(node).map(|it| it.thing) {
            out.insert(key(program, slot));
        }
    }
}
