//! The outlook of a household in words.

use std::collections::BTreeSet;

use heng_dsl::model::linked::Linked;
use heng_dsl::model::{Condition, Decide, DeclKind, Id, Ty, Version, walk};
use heng_dsl::value::{Date, Value};

use super::{GradeChange, Outlook, ReadChange, Reason, ReasonKind, Reweighed, worth};
use crate::explain::data::{Named, Read};
use crate::explain::facts::{View, ground};
use crate::explain::reads::Reads;
use crate::explain::words::Shown;
use crate::outlook::{Cause, Moved, Outlook as Found};

/// The outlook in words; `view` is about the household as it is known on the as-of date.
pub(in crate::explain) fn outlook(view: &View<'_>, found: &Found) -> Outlook {
    let changes = found.changes.iter().map(|it| GradeChange {
        date: it.date,
        name: view.named(it.slot),
        from: worth(view, it.slot, &it.from),
        to: worth(view, it.slot, &it.to),
        because: it.because.iter().filter_map(|cause| reason(view, cause, it.date)).collect(),
    });
    Outlook { until: found.until, changes: changes.collect() }
}

fn yes(view: &View<'_>, it: bool) -> Shown {
    Shown::new(view.linked, &Value::Bool(it), &Ty::bool())
}

fn reason(view: &View<'_>, cause: &Cause, date: Date) -> Option<Reason> {
    let linked = view.linked;
    let mut out = nothing();
    let mut rule: Option<&Version> = None;
    match &cause.moved {
        Moved::Decl { slot, before, after } => {
            let decl = linked.decl(*slot);
            out.kind = kind(&decl.kind);
            out.name = view.named(*slot);
            out.before = Some(worth(view, *slot, before));
            out.after = Some(worth(view, *slot, after));
            // Why another grade moved is told with that grade.
            let inner = out.kind != ReasonKind::Grade;
            rule = decl.versions.iter().find(|it| inner && it.period.contains(date));
        }
        Moved::Decide { target, decide, hits } => {
            let decide = linked.decides(*target).nth(*decide)?;
            out.kind = ReasonKind::Decide;
            out.name = decide_named(view, *target, decide);
            (out.before, out.after) = (Some(yes(view, !hits)), Some(yes(view, *hits)));
            let versions = decide.versions.iter().map(|it| &it.1);
            rule = versions.clone().find(|it| it.period.contains(date)).or(versions.last());
        }
        Moved::Rule { slot, decide, before, after } => {
            out.kind = ReasonKind::Rule;
            let version = match decide {
                None => {
                    out.name = view.named(*slot);
                    let versions = &linked.decl(*slot).versions;
                    (*after).or(*before).and_then(|it| versions.get(it))
                }
                Some(decide) => {
                    let decide = linked.decides(*slot).nth(*decide)?;
                    out.name = decide_named(view, *slot, decide);
                    (*after).or(*before).and_then(|it| decide.versions.get(it)).map(|it| &it.1)
                }
            };
            out.ground = version.map(ground);
        }
        Moved::Scope { package, applies } => {
            let set = linked.packages.get(*package)?;
            out.kind = ReasonKind::Scope;
            let (package, name) = (set.id.clone(), set.id.clone());
            out.name = Named { package, id: name.clone(), name, title: set.title.clone() };
            (out.before, out.after) = (Some(yes(view, !applies)), Some(yes(view, *applies)));
            out.fields = set.applies.as_ref().map(|it| scope_fields(view, it)).unwrap_or_default();
        }
    }
    facts(view, cause, rule, &mut out);
    Some(out)
}

/// A reason that does not say anything yet.
fn nothing() -> Reason {
    Reason {
        kind: ReasonKind::Value,
        name: Named { package: Id::from(""), id: Id::from(""), name: Id::from(""), title: None },
        before: None,
        after: None,
        ground: None,
        left: Vec::new(),
        entered: Vec::new(),
        reweighed: Vec::new(),
        fields: Vec::new(),
        read: Vec::new(),
    }
}

fn kind(kind: &DeclKind) -> ReasonKind {
    match kind {
        DeclKind::Indicator { .. } => ReasonKind::Indicator,
        DeclKind::Classify { .. } | DeclKind::Overlay { .. } => ReasonKind::Grade,
        DeclKind::Param
        | DeclKind::Value
        | DeclKind::RecordValue { .. }
        | DeclKind::RecordSet
        | DeclKind::Dimension { .. }
        | DeclKind::Total
        | DeclKind::Merge
        | DeclKind::Tag { .. }
        | DeclKind::Alert { .. }
        | DeclKind::Measure { .. }
        | DeclKind::List => ReasonKind::Value,
    }
}

fn decide_named(view: &View<'_>, target: usize, decide: &Decide) -> Named {
    Named {
        package: view.package(target),
        id: decide.id.clone(),
        name: decide.name.clone(),
        title: decide.title.clone(),
    }
}

/// The fields of the household that a 适用 names.
fn scope_fields(view: &View<'_>, applies: &Condition) -> Vec<Read> {
    let mut reads = Reads::default();
    walk::condition(applies, &mut reads);
    reads.fields.into_iter().map(|it| view.field(it)).collect()
}

/// The records and values behind what moved.
fn facts(view: &View<'_>, cause: &Cause, rule: Option<&Version>, out: &mut Reason) {
    let columns = match &cause.moved {
        Moved::Scope { package, .. } => scope_columns(view, *package),
        Moved::Decl { .. } | Moved::Decide { .. } | Moved::Rule { .. } => {
            rule.map(|it| columns(view.linked, it)).unwrap_or_default()
        }
    };
    let record = |(table, number): &(usize, usize)| {
        let columns = columns.iter().filter(|it| it.0 == *table).map(|it| it.1);
        view.record(*table, *number, &columns.collect::<Vec<_>>())
    };
    out.left = cause.left.iter().filter_map(record).collect();
    out.entered = cause.entered.iter().filter_map(record).collect();
    let reweighed = cause.reweighed.iter().filter_map(|it| {
        let record = record(&it.record)?;
        Some(Reweighed { record, before: it.before, after: it.after })
    });
    out.reweighed = reweighed.collect();
    let lets = cause.lets.iter().filter_map(|(number, before, after)| {
        let local = rule?.lets.get(*number)?;
        let shown = |it: &Value| view.hide(Shown::new(view.linked, it, &local.ty));
        let (name, before, after) = (local.name.to_string(), shown(before), shown(after));
        Some(ReadChange { name, before, after })
    });
    let read = cause.read.iter().map(|(slot, before, after)| ReadChange {
        name: view.linked.decl(*slot).name.to_string(),
        before: worth(view, *slot, before),
        after: worth(view, *slot, after),
    });
    out.read = lets.chain(read).collect();
    let counted = !out.left.is_empty() || !out.entered.is_empty() || !out.reweighed.is_empty();
    if let (false, true, Some(rule)) = (counted, out.read.is_empty(), rule) {
        out.fields = Reads::of(rule).fields.into_iter().map(|it| view.field(it)).collect();
    }
}

/// The columns that the 适用 of a package names.
fn scope_columns(view: &View<'_>, package: usize) -> BTreeSet<(usize, usize)> {
    let mut reads = Reads::default();
    let applies = view.linked.packages.get(package).and_then(|it| it.applies.as_ref());
    applies.into_iter().for_each(|it| walk::condition(it, &mut reads));
    reads.columns
}

/// The columns that a rule names, by itself or through the sets of records and values of each record
/// that it names.
fn columns(linked: &Linked, version: &Version) -> BTreeSet<(usize, usize)> {
    let mut found = BTreeSet::new();
    let mut done = BTreeSet::new();
    let mut waiting = vec![Reads::of(version)];
    while let Some(reads) = waiting.pop() {
        found.extend(reads.columns);
        for slot in reads.decls {
            let decl = linked.decl(slot);
            let of_records =
                matches!(decl.kind, DeclKind::RecordSet | DeclKind::RecordValue { .. });
            if of_records && done.insert(slot) {
                waiting.extend(decl.versions.iter().map(Reads::of));
            }
        }
    }
    found
}
