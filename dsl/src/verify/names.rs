//! Names that nothing reads, and rules that are never in force.
//!
//! Only what is no outcome of its own can be unused: parameters, sets of records, values of each record,
//! local values, enumerations and code tables. A package without outcomes is there for others to read,
//! and is left alone; so is what was inherited, which its own package answers for.

use std::collections::BTreeSet;

use super::{Finding, Findings, NodePath, Owner, Part, TableAt};
use crate::diag::{Code, Words};
use crate::model::linked::Linked;
use crate::model::walk::{self, RefKind, Visitor};
use crate::model::{Content, Decl, DeclKind, Expr, Let, Node, Origin, Ref, RuleSet, Version};
use crate::value::Period;

/// Looks at one package.
pub(super) fn check(package: usize, linked: &Linked, read: &Read, out: &mut Findings) {
    let Some(set) = linked.packages.get(package) else { return };
    let first = (0..linked.decls().len()).find(|it| linked.package_of(*it) == package);
    let gives_out = gives_out(set);
    if gives_out {
        types(package, set, linked, read, out);
    }
    for (at, decl) in set.decls.iter().enumerate() {
        let slot = first.unwrap_or(0) + at;
        if gives_out && !read.decls.contains(&slot) {
            unread(set, decl, out);
        }
        for (number, version) in decl.versions.iter().enumerate() {
            let path = NodePath::new(Owner::Decl(decl.id.clone()), number, Part::Header);
            if is_own(set, &version.origin) {
                locals(version, &path, out);
            }
            let dated = if decl.kind == DeclKind::Param {
                (&version.content_origin, path.with(Part::Table(TableAt::Content)))
            } else {
                (&version.origin, path)
            };
            if is_own(set, dated.0) && !read.by_date.contains(&slot) {
                in_force(set, &decl.name, (version.period, dated.1), out);
            }
        }
    }
    for decide in &set.decides {
        for (number, (_, version)) in decide.versions.iter().enumerate() {
            let path = NodePath::new(Owner::Decide(decide.id.clone()), number, Part::Header);
            if is_own(set, &version.origin) {
                locals(version, &path, out);
                in_force(set, &decide.name, (version.period, path), out);
            }
        }
    }
}

/// Does the package say anything of a household?
fn gives_out(set: &RuleSet) -> bool {
    set.decls.iter().any(|it| {
        matches!(
            it.kind,
            DeclKind::Indicator { .. }
                | DeclKind::Classify { .. }
                | DeclKind::Overlay { .. }
                | DeclKind::Merge
                | DeclKind::Tag { .. }
                | DeclKind::Alert { .. }
                | DeclKind::Measure { .. }
                | DeclKind::List
        )
    })
}

/// Was it written in this package?
fn is_own(set: &RuleSet, origin: &Origin) -> bool {
    origin.package == set.id || origin.package.is_empty()
}

/// Enumerations and grades that no value has, code tables that no value is a code of. The level of an alert
/// and where it goes are kept by the name of a member.
fn types(package: usize, set: &RuleSet, linked: &Linked, read: &Read, out: &mut Findings) {
    let named = |member: &str| {
        set.decls.iter().any(|it| match &it.kind {
            DeclKind::Alert { level, dispatch } => {
                [level, dispatch].into_iter().flatten().any(|it| it == member)
            }
            _ => false,
        })
    };
    for (at, it) in set.enums.iter().enumerate() {
        let by_name = it.members.iter().any(|it| named(&it.name));
        if by_name || read.enums.contains(&linked.enum_slot(package, at)) {
            continue;
        }
        let what = if it.ordered {
            Words::both("等级", "grade")
        } else {
            Words::both("枚举", "enumeration")
        };
        let path = NodePath::header(Owner::Enum(it.id.clone()));
        let finding = Finding::new(Code::E0460, path).arg("name", it.name.to_string());
        out.push(finding.arg("what", what));
    }
    for (at, it) in set.codes.iter().enumerate() {
        let amended = it.rows.iter().any(|it| it.origin.is_some());
        if amended || read.codes.contains(&linked.codes_slot(package, at)) {
            continue;
        }
        let path = NodePath::header(Owner::Codes(it.id.clone()));
        let finding = Finding::new(Code::E0460, path).arg("name", it.name.to_string());
        out.push(finding.arg("what", Words::both("代码表", "code table")));
    }
}

fn unread(set: &RuleSet, decl: &Decl, out: &mut Findings) {
    let what = match &decl.kind {
        DeclKind::Param => Words::both("参数", "parameter"),
        DeclKind::RecordSet => Words::both("记录的集合", "set of records"),
        DeclKind::RecordValue { .. } => Words::both("每条记录的值", "value of each record"),
        _ => return,
    };
    if !decl.versions.iter().all(|it| is_own(set, &it.origin)) {
        return;
    }
    let path = NodePath::header(Owner::Decl(decl.id.clone()));
    let finding = Finding::new(Code::E0460, path).arg("name", decl.name.to_string());
    out.push(finding.arg("what", what));
}

/// Local values that the version does not read. Sets of records are written out where they are read, and
/// leave no trace (`check/unread` looks at the text).
fn locals(version: &Version, path: &NodePath, out: &mut Findings) {
    struct Locals(BTreeSet<u32>);
    impl Visitor for Locals {
        fn reference(&mut self, _: RefKind, _: &Ref, _: bool) {}
        fn expr(&mut self, expr: &Expr) {
            if let Node::Local(number) = &expr.node {
                self.0.insert(*number);
            }
        }
    }
    let mut read = Locals(BTreeSet::new());
    walk::version(version, &mut read);
    for ((at, number), Let { name, content, .. }) in (0..).zip(0_u32..).zip(&version.lets) {
        if read.0.contains(&number) || matches!(content, Content::Source(_)) {
            continue;
        }
        let finding = Finding::new(Code::E0460, path.with(Part::Table(TableAt::Let(at))));
        let what = Words::both("本条里的值", "local value");
        out.push(finding.arg("name", name.to_string()).arg("what", what));
    }
}

fn in_force(set: &RuleSet, name: &str, (period, at): (Period, NodePath), out: &mut Findings) {
    let ends = period.from.zip(period.until).is_some_and(|(from, until)| until < from);
    if !ends && period.overlaps(&set.effective) {
        return;
    }
    let why = if ends {
        Words::both("它的终止早于开始", "it ends before it begins")
    } else {
        Words::both("规则集在这个时期不生效", "the rule set is not in force in that period")
    };
    out.push(Finding::new(Code::E0461, at).arg("name", name.to_owned()).arg("why", why));
}

/// What is read anywhere in the packages that were put together.
pub(super) struct Read {
    decls: BTreeSet<usize>,
    enums: BTreeSet<usize>,
    codes: BTreeSet<usize>,
    /// With the rules of another day, by slot.
    pub(super) by_date: BTreeSet<usize>,
}

impl Read {
    /// Looks through all packages.
    pub(super) fn of(linked: &Linked) -> Self {
        let mut read = Self {
            decls: BTreeSet::new(),
            enums: BTreeSet::new(),
            codes: BTreeSet::new(),
            by_date: BTreeSet::new(),
        };
        for set in &linked.packages {
            walk::rule_set(set, &mut read);
        }
        read
    }
}

impl Visitor for Read {
    fn reference(&mut self, kind: RefKind, reference: &Ref, _: bool) {
        match kind {
            RefKind::Decl => self.decls.insert(reference.slot.index()),
            RefKind::Enum => self.enums.insert(reference.slot.index()),
            RefKind::Codes => self.codes.insert(reference.slot.index()),
            RefKind::Field | RefKind::Table => false,
        };
    }

    fn past(&mut self, decl: &Ref) {
        self.decls.insert(decl.slot.index());
    }

    fn expr(&mut self, expr: &Expr) {
        if let Node::AtDate { decl, .. } = &expr.node {
            self.by_date.insert(decl.slot.index());
        }
    }
}
