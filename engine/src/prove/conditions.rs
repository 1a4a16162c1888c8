//! Tags, alerts, lists and direct determinations: which of them two versions have in common.

use std::collections::BTreeSet;

use heng_dsl::model::walk::{self, RefKind, Visitor};
use heng_dsl::model::{DeclKind, Expr, Id, Node, Ref, TyKind};
use heng_dsl::value::{Date, Value};

use super::{About, Budget, Subject};
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
        let is_text = decl.ty.kind == TyKind::Text;
        let labels = if is_text { labels([(old, twin), (new, slot)]) } else { Vec::new() };
        out.push(about(subject, [twin, slot], [None; 2], labels));
    }
    out
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
