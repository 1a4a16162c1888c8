//! Which declaration of one program is which of another, and which of them a change can reach.

use std::collections::BTreeSet;

use heng_dsl::model::linked::Linked;
use heng_dsl::model::{DeclKind, Ty};
use heng_dsl::value::Value;

use crate::explain::{Named, Said, Shown};
use crate::mask::{self, Masking};
use crate::program::Program;
use crate::reach::{self, Known, Name};

/// A declaration before and after.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) name: Named,
    pub(crate) kind: DeclKind,
    ty: Ty,
    /// Its slot before; absent where it is new.
    pub(crate) before: Option<usize>,
    /// Its slot after; absent where it was switched off.
    pub(crate) after: Option<usize>,
    /// Is it one of the packages that are shown?
    pub(crate) shown: bool,
    /// Is it changed, or downstream of a change?
    pub(crate) reached: bool,
    /// Does it repeat sensitive text?
    sensitive: bool,
    /// How many members its grade has.
    pub(crate) members: u16,
}

impl Pair {
    /// A value of the declaration as people read it.
    pub(crate) fn shown_value(&self, linked: &Linked, value: &Value, reveal: bool) -> Said {
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
pub(crate) fn plain(linked: &Linked, value: &Value, ty: &Ty) -> Said {
    Shown::new(linked, value, ty).text
}

/// All declarations of two programs, in the order in which the later one is worked out; what is only
/// in the earlier one comes last.
#[derive(Debug)]
pub(crate) struct Pairs {
    pub(crate) all: Vec<Pair>,
    /// Everything that is changed, or downstream of a change.
    pub(crate) reached: BTreeSet<Name>,
}

impl Pairs {
    pub(crate) fn of(before: &Program, after: &Program) -> Self {
        Self::against(&Known::of(before), after)
    }

    /// The same for one earlier program and several later ones.
    pub(crate) fn against(known: &Known<'_>, after: &Program) -> Self {
        let before = known.program;
        let (old, new) = (reach::slots(before.linked()), reach::slots(after.linked()));
        let reached = known.reached(after);
        let mut all = Vec::new();
        let sensitive = mask::sensitive_decls(after.linked());
        for slot in after.order() {
            let key = reach::key(after.linked(), *slot);
            let slots = (old.get(&key).copied(), Some(*slot));
            all.push(pair(after, *slot, slots, reached.contains(&Name::Decl(key)), &sensitive));
        }
        let sensitive = mask::sensitive_decls(before.linked());
        for slot in before.order() {
            let key = reach::key(before.linked(), *slot);
            if !new.contains_key(&key) {
                let slots = (Some(*slot), None);
                all.push(pair(
                    before,
                    *slot,
                    slots,
                    reached.contains(&Name::Decl(key)),
                    &sensitive,
                ));
            }
        }
        Self { all, reached }
    }
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
            package: reach::key(linked, slot).0,
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
