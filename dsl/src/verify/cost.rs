//! The static cost of a rule: a bound on the steps that one household takes, in the numbers of its records.
//!
//! A step is one node of a formula, one cell of a table, one element of a source. Rules have no loops but
//! the sources, so the steps are at most a polynomial in the numbers of records: `3 × 行政处罚 + 12`. What
//! is worked out once for a household (another declaration, a local value) counts once, where it stands.
//! The bound may be too high and is never too low.

mod bound;
mod count;

use self::count::Counter;
use super::{Finding, Findings, NodePath, Owner, Part};
use crate::diag::{Code, Words};
use crate::model::linked::Linked;

pub use self::bound::Bound;

/// Records of each table of one household at which a bound is held against the limit.
pub const COUNTED_RECORDS: u64 = 1_000;

/// Steps that one rule may take for one household with [`COUNTED_RECORDS`] records in every table. What
/// goes over all pairs of records stays far below it, and what goes over all triples does not.
pub const MAX_STEPS: u64 = 500_000_000;

/// What one rule costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    /// The number of its package in [`Linked::packages`].
    pub package: usize,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub at: NodePath,
    /// Steps for one household.
    pub bound: Bound,
}

/// The cost of every declaration, direct determination and data-quality rule of a package, in the order
/// of the package; of several periods the greatest.
pub fn costs(package: usize, linked: &Linked) -> Vec<Cost> {
    let Some(set) = linked.packages.get(package) else { return Vec::new() };
    crate::stack::deep(|| {
        let mut counter = Counter::new(linked);
        let cost = |owner: Owner, name: &str, bound: Bound| Cost {
            package,
            name: name.to_owned(),
            at: NodePath::new(owner, 0, Part::Header),
            bound,
        };
        let first = (0..linked.decls().len()).find(|it| linked.package_of(*it) == package);
        let mut out = Vec::new();
        for (at, it) in set.decls.iter().enumerate() {
            let bound = counter.decl(first.unwrap_or_default() + at);
            out.push(cost(Owner::Decl(it.id.clone()), &it.name, bound));
        }
        for it in &set.decides {
            let versions = it.versions.iter().map(|it| counter.version(&it.1));
            let bound = versions.fold(Bound::default(), |most, it| most.most(&it));
            out.push(cost(Owner::Decide(it.id.clone()), &it.name, bound));
        }
        for it in &set.checks {
            out.push(cost(Owner::Check(it.id.clone()), &it.name, counter.check(it)));
        }
        out
    })
}

/// Rules that go over the limit.
pub(super) fn check(package: usize, linked: &Linked, out: &mut Findings) {
    for it in costs(package, linked) {
        let steps = it.bound.at(COUNTED_RECORDS);
        if steps > MAX_STEPS {
            let steps = if steps == u64::MAX {
                Words::both("数不清的", "countless")
            } else {
                steps.to_string().into()
            };
            let finding = Finding::new(Code::E0480, it.at).arg("name", it.name);
            let finding = finding.arg("bound", it.bound.words(linked));
            let finding = finding.arg("records", COUNTED_RECORDS.to_string());
            out.push(finding.arg("steps", steps).arg("limit", MAX_STEPS.to_string()));
        }
    }
}
