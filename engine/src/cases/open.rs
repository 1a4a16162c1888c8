//! What comes out where a case leaves an expectation open: as expectations that would hold.

use heng_dsl::model::linked::Linked;
use heng_dsl::model::{Asked, DeclKind, Expectation, HoldingKind, Id, Ref};
use heng_dsl::value::Value;

use super::Worked;
use crate::explain::holds;

/// The expectations that hold of what is asked. Several for everything, else one; none for a column that
/// the measure does not have.
pub(super) fn closed(
    linked: &Linked,
    package: usize,
    worked: &Worked,
    asked: &Asked,
) -> Vec<Expectation> {
    let open = Open { linked, package, worked };
    match asked {
        Asked::Everything => open.everything(),
        Asked::Worth(decl) => vec![open.worth(decl.clone())],
        Asked::Measure(decl, column) => open.measure(decl, column).into_iter().collect(),
        Asked::Missing => vec![open.missing()],
        Asked::Holding(kind) => vec![open.holding(*kind)],
        Asked::Decides => vec![open.decides()],
    }
}

struct Open<'o> {
    linked: &'o Linked,
    package: usize,
    worked: &'o Worked,
}

impl Open<'_> {
    /// Scores and grades; what holds, where the package has anything of that kind; what hit and what is
    /// missing, if anything. Indicators and values only where there are neither scores nor grades.
    fn everything(&self) -> Vec<Expectation> {
        let mut all: Vec<Expectation> = self.own(is_result).map(|it| self.worth(it)).collect();
        if all.is_empty() {
            all.extend(self.own(is_step).map(|it| self.worth(it)));
        }
        if !self.worked.outcome.decides.is_empty() {
            all.push(self.decides());
        }
        for kind in [HoldingKind::Tag, HoldingKind::Alert, HoldingKind::List] {
            if self.own(|it| is_of(kind, it)).next().is_some() {
                all.push(self.holding(kind));
            }
        }
        if !self.worked.outcome.missing.is_empty() {
            all.push(self.missing());
        }
        all
    }

    /// The declarations of the package of the case that are of some kind.
    fn own(&self, wanted: impl Fn(&DeclKind) -> bool) -> impl Iterator<Item = Ref> {
        let slots = 0..self.linked.decls().len();
        slots
            .filter(|it| self.linked.package_of(*it) == self.package)
            .filter(move |it| wanted(&self.linked.decl(*it).kind))
            .map(|it| self.own_ref(it))
    }

    fn own_ref(&self, slot: usize) -> Ref {
        let reference = Ref::own(&self.linked.decl(slot).id);
        reference.slot.set(slot);
        reference
    }

    fn value(&self, slot: usize) -> Value {
        self.worked.outcome.values.get(slot).cloned().unwrap_or(Value::NotApplicable)
    }

    fn worth(&self, decl: Ref) -> Expectation {
        let value = self.value(decl.slot.index());
        Expectation::Worth(decl, value)
    }

    fn measure(&self, decl: &Ref, column: &Id) -> Option<Expectation> {
        let slot = decl.slot.index();
        let DeclKind::Measure { columns } = &self.linked.decl(slot).kind else { return None };
        let at = columns.iter().position(|it| it.name == *column)?;
        let values = self.worked.outcome.measures.iter().find(|it| it.0 == slot);
        let value = values.and_then(|it| it.1.get(at)).cloned();
        let value = value.unwrap_or_else(|| self.value(slot));
        Some(Expectation::Measure(decl.clone(), column.clone(), value))
    }

    fn missing(&self) -> Expectation {
        let fields = self.worked.outcome.missing.iter().map(|slot| {
            let reference = Ref::own(&self.linked.field(*slot).id);
            reference.slot.set(*slot);
            reference
        });
        Expectation::Missing(fields.collect())
    }

    fn holding(&self, kind: HoldingKind) -> Expectation {
        let decls = self.own(|it| is_of(kind, it)).filter(|it| holds(&self.value(it.slot.index())));
        Expectation::Holding { kind, decls: decls.collect() }
    }

    fn decides(&self) -> Expectation {
        let hits = self.worked.outcome.decides.iter();
        let own = hits.filter(|it| self.linked.package_of(it.target) == self.package);
        let ids = own.filter_map(|it| self.linked.decides(it.target).nth(it.decide));
        Expectation::Decides(ids.map(|it| it.id.clone()).collect())
    }
}

/// Is a declaration of this kind one that holds or does not, of that kind?
pub(super) fn is_of(kind: HoldingKind, decl: &DeclKind) -> bool {
    matches!(
        (kind, decl),
        (HoldingKind::Tag, DeclKind::Tag { .. })
            | (HoldingKind::Alert, DeclKind::Alert { .. })
            | (HoldingKind::List, DeclKind::List)
    )
}

/// Scores and grades.
fn is_result(kind: &DeclKind) -> bool {
    matches!(
        kind,
        DeclKind::Dimension { .. }
            | DeclKind::Total
            | DeclKind::Classify { .. }
            | DeclKind::Overlay { .. }
            | DeclKind::Merge
    )
}

/// What leads to scores and grades.
fn is_step(kind: &DeclKind) -> bool {
    matches!(kind, DeclKind::Indicator { .. } | DeclKind::Value)
}
