//! Tags, alerts, lists and direct determinations: which of them two versions have in common.

use std::collections::BTreeSet;

use heng_dsl::model::linked::Linked;
use heng_dsl::model::walk::{self, RefKind, Visitor};
use heng_dsl::model::{Content, DeclKind, Expr, Id, Node, Ref, TyKind};
use heng_dsl::value::{Date, Value};

use super::about::About;
use super::prover::Prover;
use super::{Budget, Forms, Free, Proof, Subject, Tier, names};
use crate::graph::Thing;
use crate::program::Program;

/// All of them, in the order of the new version.
pub(super) fn of([old, new]: [&Program; 2], as_of: Date, budget: Budget) -> Vec<About<'_>> {
    let (before, after) = (old.linked(), new.linked());
    let about = |subject, slots, decide, members| About {
        subject,
        programs: [old, new],
        slots,
        decide,
        members,
        as_of,
        budget,
    };
    let mut out = Vec::new();
    for (slot, decl) in after.decls().enumerate() {
        let package = after.name_of(after.package_of(slot));
        let Some(twin) = before.find_decl(&package, &decl.id) else { continue };
        let subject = match &decl.kind {
            DeclKind::Tag { .. } => Subject::Tag,
            DeclKind::Alert { .. } => Subject::Alert,
            DeclKind::List => Subject::List,
            DeclKind::Classify { .. } => {
                for (number, decide) in after.decides(slot).enumerate() {
                    let other = before.decides(twin).position(|it| it.id == decide.id);
                    let both = [other, Some(number)];
                    if other.is_some() {
                        out.push(about(Subject::Decide, [twin, slot], both, Vec::new()));
                    }
                }
                continue;
            }
            _ => continue,
        };
        let kinds = (&before.decl(twin).kind, &decl.kind);
        if std::mem::discriminant(kinds.0) != std::mem::discriminant(kinds.1) {
            continue;
        }
        let labels = match &decl.ty.kind {
            TyKind::Text => labels([(old, twin), (new, slot)]),
            TyKind::Member(it) => names(after, it.slot.index()),
            _ => Vec::new(),
        };
        out.push(about(subject, [twin, slot], [None; 2], labels));
    }
    out
}

/// A version in which every list has places for all who are admitted; nothing where no list has fewer.
pub(super) fn without_places(program: &Program) -> Option<Program> {
    let linked = program.linked();
    let mut packages = linked.packages.clone();
    let mut any = false;
    for it in packages.iter_mut().flat_map(|it| &mut it.decls).flat_map(|it| &mut it.versions) {
        if let Content::List(it) = &mut it.content {
            any |= it.quota.take().is_some();
        }
    }
    let open = any.then(|| Linked::link(packages, linked.links.clone()).ok())??;
    Program::new(open).ok()
}

impl About<'_> {
    /// Is it a list with places for some of those who are admitted, which no other such list decides on?
    pub(super) fn has_places(&self) -> bool {
        let limited = |side: usize, slot: usize| {
            let decl = self.programs[side].linked().decl(slot);
            let lists = decl.versions.iter().filter_map(|it| match &it.content {
                Content::List(it) => it.quota.as_ref(),
                _ => None,
            });
            lists.count() > 0
        };
        let others = |side: usize| {
            let upstream = self.programs[side].upstream(self.slots[side]).into_iter();
            let mut lists = upstream.filter_map(|it| match it {
                Thing::Decl(slot) if slot != self.slots[side] => Some(slot),
                _ => None,
            });
            lists.any(|it| limited(side, it))
        };
        self.subject == Subject::List
            && [0, 1].into_iter().any(|side| limited(side, self.slots[side]))
            && ![0, 1].into_iter().any(others)
    }

    /// The same about who is admitted, whatever place there is.
    pub(super) fn without_places<'o>(&self, open: &Forms<'o>) -> About<'o> {
        About { programs: open.programs, members: Vec::new(), ..*self }
    }

    /// Who is admitted, where places depend on everybody else.
    pub(super) fn proof_of_admission<'f>(
        &self,
        forms: &'f Forms<'_>,
        prover: &mut Prover<'f>,
    ) -> Proof {
        let mut proof = self.proof(forms, prover);
        // The lists are not the same: their places are others.
        if proof.tier == Tier::SameMeaning {
            proof.tier = Tier::DynamicProgramme;
        }
        proof.free.push(Free::Places);
        proof
    }
}

/// The texts that a tag can be in one of the versions.
fn labels(both: [(&Program, usize); 2]) -> Vec<Id> {
    #[derive(Default)]
    struct Texts(BTreeSet<Id>);
    impl Visitor for Texts {
        fn reference(&mut self, _: RefKind, _: &Ref, _: bool) {}

        fn expr(&mut self, expr: &Expr) {
            if let Node::Const(Value::Text(it)) = &expr.node {
                self.0.insert(Id::from(&**it));
            }
        }
    }
    let mut texts = Texts::default();
    for (program, slot) in both {
        walk::decl(program.linked().decl(slot), &mut texts);
    }
    texts.0.into_iter().collect()
}
