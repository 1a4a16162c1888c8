//! What a package reads of others: is it switched off there, and is it still of the kind that the rules
//! were written for?
//!
//! A package is checked against the one that it names, and may run with another that stands for it. What
//! that one has switched off is read from its base all the same; and values of a grade are kept by their
//! number, so a grade with other members, or with the same in another order, would be read as something
//! that nobody wrote.

use std::collections::BTreeSet;

use super::{Finding, Findings, NodePath, Owner};
use crate::diag::{Code, Words};
use crate::model::linked::Linked;
use crate::model::walk::{self, RefKind, Visitor};
use crate::model::{Decl, Disabled, EnumType, Id, Ref, RuleSet, TyKind};

/// Looks at everything that one package reads.
pub(super) fn check(package: usize, linked: &Linked, out: &mut Findings) {
    let Some(set) = linked.packages.get(package) else { return };
    if linked.links.is_empty() && linked.packages.iter().all(|it| it.disabled.is_empty()) {
        return;
    }
    let mut reads =
        Reads { package, linked, at: NodePath::header(Owner::Package), found: Vec::new() };
    for decl in &set.decls {
        reads.of(Owner::Decl(decl.id.clone()), |it| walk::decl(decl, it));
    }
    for decide in &set.decides {
        let versions = decide.versions.iter().map(|it| &it.1);
        reads.of(Owner::Decide(decide.id.clone()), |it| {
            it.reference(RefKind::Decl, &decide.target, false);
            versions.for_each(|version| walk::version(version, it));
        });
    }
    for check in &set.checks {
        reads.of(Owner::Check(check.id.clone()), |it| walk::check(check, it));
    }
    reads.found.into_iter().for_each(|it| out.push(it));
}

/// What a package reads, looked at where it is read.
struct Reads<'l> {
    package: usize,
    linked: &'l Linked,
    at: NodePath,
    found: Vec<Finding>,
}

impl Visitor for Reads<'_> {
    fn reference(&mut self, kind: RefKind, reference: &Ref, _: bool) {
        match kind {
            RefKind::Decl => {
                self.disabled(reference);
                self.replaced(reference);
            }
            RefKind::Enum => self.grade(reference),
            RefKind::Field | RefKind::Table | RefKind::Codes => {}
        }
    }

    fn past(&mut self, decl: &Ref) {
        self.reference(RefKind::Decl, decl, false);
    }
}

impl<'l> Reads<'l> {
    fn of(&mut self, owner: Owner, walk: impl FnOnce(&mut Self)) {
        self.at = NodePath::header(owner);
        walk(self);
    }

    /// Does the package that the name means, or the one itself, have it from its base only, because it has
    /// switched it off?
    fn disabled(&mut self, reference: &Ref) {
        let linked = self.linked;
        let Some(asked) = self.asked(reference) else { return };
        let slot = reference.slot.index();
        let home = linked.package_of(slot);
        let (Some(set), Some(base)) = (linked.packages.get(asked), linked.packages.get(home))
        else {
            return;
        };
        let decl = linked.decl(slot);
        let off = set.disabled.iter().position(|it| it.is_about(decl)).filter(|_| home != asked);
        let Some((off, entry)) = off.and_then(|at| Some((at, set.disabled.get(at)?))) else {
            return;
        };
        let at = if asked == self.package { Owner::Disabled(off) } else { self.at.owner.clone() };
        let finding = Finding::new(Code::E0633, NodePath::header(at))
            .arg("package", set.id.to_string())
            .arg("name", decl.name.to_string())
            .arg("base", base.id.to_string())
            .arg("because", because(entry));
        self.found.push(if asked == self.package {
            finding.related(self.at.clone(), Words::both("这里还在读它", "it is still read here"))
        } else {
            finding
        });
    }

    /// Does what stands for the named package give a value of another kind than the named one?
    fn replaced(&mut self, reference: &Ref) {
        let Some((named, other)) = self.stands_for(reference) else { return };
        let now = self.linked.decl(reference.slot.index());
        let Some(then) = self.linked.find_decl(&named.id, &reference.id) else { return };
        let then = self.linked.decl(then);
        let same = match (&then.ty.kind, &now.ty.kind) {
            (TyKind::Member(a), TyKind::Member(b)) => {
                let of = |it: &Ref| self.linked.enumeration(it.slot.index());
                of(a).id == of(b).id
            }
            (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
        };
        if !same {
            let (named, other) = (&named.id, &other.id);
            let why = Words::both(
                format!("代替“{named}”的“{other}”给出的是另一种值"),
                format!("“{other}”, which stands for “{named}”, gives another kind of value"),
            );
            self.report(&now.name, why);
        }
    }

    /// Has a grade other members in what stands for the named package?
    fn grade(&mut self, reference: &Ref) {
        let Some((named, other)) = self.stands_for(reference) else { return };
        let now = self.linked.enumeration(reference.slot.index());
        let Some(then) = declared(self.linked, named, &reference.id) else { return };
        if !now.has_members_of(then) {
            let (there, here) = (then.listed(), now.listed());
            let (named, other) = (&named.id, &other.id);
            let why = Words::both(
                format!("在“{named}”里是 {there}，在代替它的“{other}”里是 {here}"),
                format!("it is {there} in “{named}”, and {here} in “{other}”, which stands for it"),
            );
            self.report(&now.name, why);
        }
    }

    fn report(&mut self, name: &Id, why: Words) {
        let finding = Finding::new(Code::E0634, self.at.clone());
        self.found.push(finding.arg("name", name.to_string()).arg("why", why));
    }

    /// The package that a reference asks.
    fn asked(&self, reference: &Ref) -> Option<usize> {
        match &reference.package {
            None => Some(self.package),
            Some(name) => self.linked.package_named(self.package, name),
        }
    }

    /// The package that a reference names, and another one that stands for it.
    fn stands_for(&self, reference: &Ref) -> Option<(&'l RuleSet, &'l RuleSet)> {
        let name = reference.package.as_ref()?;
        let linked = self.linked;
        let asked = linked.packages.get(self.asked(reference)?)?;
        let named = linked.packages.get(linked.version_of(name, None)?)?;
        (named.id != asked.id).then_some((named, asked))
    }
}

/// The enumeration of that id in a package, or in one that it is 基于.
fn declared<'l>(linked: &'l Linked, set: &'l RuleSet, id: &Id) -> Option<&'l EnumType> {
    let mut seen = BTreeSet::new();
    let mut at = set;
    while seen.insert((&at.id, &at.version)) {
        if let Some(found) = at.enums.iter().find(|it| it.id == *id) {
            return Some(found);
        }
        let base = at.uses.iter().find(|it| it.extends)?;
        at = linked.packages.get(linked.version_of(&base.package, base.pinned.as_deref())?)?;
    }
    None
}

fn because(entry: &Disabled) -> Words {
    match &entry.origin.amendment {
        Some(it) if !it.because.is_empty() => {
            Words::both(format!("（因{}）", it.because), format!(" ({})", it.because))
        }
        _ => Words::default(),
    }
}

impl Disabled {
    /// Was it that declaration that was switched off?
    fn is_about(&self, decl: &Decl) -> bool {
        *self.name == *decl.name || *self.name == *decl.id
    }
}
