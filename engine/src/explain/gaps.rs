//! What is not there: missing fields, what is not about the household, errors, quarantined rows.

use heng_dsl::model::{DeclKind, RuleSet};
use heng_dsl::value::Value;

use super::data::{Failed, MissingField, NotApplicable, Quarantined};
use super::facts::View;
use super::reads::Reads;
use super::words::Said;

/// Fields that were read and are missing, with who is responsible and what read them.
pub(super) fn missing(view: &View<'_>) -> Vec<MissingField> {
    let linked = view.linked;
    let readers: Vec<(usize, Reads)> = view
        .trace
        .steps
        .iter()
        .filter_map(|step| {
            let version = linked.decl(step.decl).versions.get(step.version?)?;
            Some((step.decl, Reads::of(version)))
        })
        .collect();
    view.outcome
        .missing
        .iter()
        .map(|slot| MissingField {
            field: linked.field(*slot).name.to_string(),
            owner: field_owner(&linked.packages, *slot),
            read_by: {
                let reading = readers.iter().filter(|(_, reads)| reads.fields.contains(slot));
                // A set and its base have the same names.
                let mut names: Vec<String> = Vec::new();
                for name in reading.map(|(decl, _)| linked.decl(*decl).name.to_string()) {
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
                names
            },
        })
        .collect()
}

/// Who is responsible for a field of the household: 负责 of the declaration that it stands in.
pub(crate) fn field_owner(packages: &[RuleSet], slot: usize) -> Option<String> {
    let mut before = 0;
    for subject in packages.iter().filter_map(|it| it.subject.as_ref()) {
        if slot < before + subject.fields.len() {
            return subject.responsibility.owned_by.clone();
        }
        before += subject.fields.len();
    }
    None
}

/// What has no result because it is not about this household.
pub(super) fn not_applicable(view: &View<'_>) -> Vec<NotApplicable> {
    let linked = view.linked;
    let mut found: Vec<NotApplicable> = view
        .trace
        .out_of_scope
        .iter()
        .filter(|at| view.program.shown().contains(at))
        .filter_map(|at| Some((*at, linked.packages.get(*at)?)))
        .map(|(at, set)| {
            let texts = set.applies.as_ref().map(|it| it.texts.join("；")).unwrap_or_default();
            NotApplicable {
                package: linked.name_of(at),
                name: None,
                why: Said::both(
                    format!("本户不在这个规则集的适用范围内（适用 当 {texts}）"),
                    format!(
                        "the household is outside the scope of this rule set (applies when {texts})"
                    ),
                ),
            }
        })
        .collect();
    for slot in view.slots() {
        let decl = linked.decl(slot);
        let across = matches!(decl.kind, DeclKind::Overlay { .. } | DeclKind::Merge);
        let covered = !across && view.trace.out_of_scope.contains(&linked.package_of(slot));
        if covered || !is_reported(&decl.kind) || *view.worth(slot) != Value::NotApplicable {
            continue;
        }
        let (package, name) = (view.package(slot), Some(decl.name.clone()));
        found.push(NotApplicable { package, name, why: why_not(view, slot) });
    }
    found
}

/// Is a declaration of this kind worth a line where it is not about the household?
fn is_reported(kind: &DeclKind) -> bool {
    match kind {
        DeclKind::Dimension { .. }
        | DeclKind::Indicator { .. }
        | DeclKind::Total
        | DeclKind::Classify { .. }
        | DeclKind::Overlay { .. }
        | DeclKind::Merge
        | DeclKind::Tag { .. }
        | DeclKind::Alert { .. }
        | DeclKind::List => true,
        // A measure that applies has its columns elsewhere and 不适用 as its value.
        DeclKind::Param
        | DeclKind::Value
        | DeclKind::RecordValue { .. }
        | DeclKind::RecordSet
        | DeclKind::Measure { .. } => false,
    }
}

/// Why a declaration has no result for the household.
pub(super) fn why_not(view: &View<'_>, slot: usize) -> Said {
    let Some(version) = view.version(slot) else {
        return Said::both(
            format!("{} 没有生效的规定", view.as_of),
            format!("no rule was in force on {}", view.as_of),
        );
    };
    if let Some(applies) = &version.applies {
        let texts = applies.texts.join("；");
        return Said::both(
            format!("不符合适用条件：{texts}"),
            format!("its condition does not hold: {texts}"),
        );
    }
    match source(view, slot, |it| *it == Value::NotApplicable) {
        Some(name) => Said::both(format!("“{name}”不适用"), format!("“{name}” is not applicable")),
        None => Said::both("规则写明没有结果", "the rule says that there is no result"),
    }
}

/// The first declaration it reads whose value is of a kind.
pub(super) fn source(view: &View<'_>, slot: usize, is: impl Fn(&Value) -> bool) -> Option<String> {
    let mut reads = Reads::of(view.version(slot)?);
    reads.decls.extend(view.linked.parts(slot));
    let named = reads.decls.into_iter().filter(|it| {
        // Neither has a value of its own.
        !matches!(view.linked.decl(*it).kind, DeclKind::RecordSet | DeclKind::RecordValue { .. })
    });
    let mut named = named.filter(|it| *it != slot && is(view.worth(*it)));
    named.next().map(|it| view.linked.decl(it).name.to_string())
}

/// What could not be worked out; where an error arose first, what took it over after.
pub(super) fn errors(view: &View<'_>) -> Vec<Failed> {
    let slots = view.slots();
    let mut failed: Vec<Failed> = slots
        .filter_map(|slot| match view.worth(slot) {
            Value::Error(fault) => {
                let [zh, en] = fault.words();
                Some(Failed {
                    name: view.named(slot),
                    code: fault.code().to_owned(),
                    what: Said::both(zh, en),
                    from: source(view, slot, |it| matches!(it, Value::Error(_))),
                })
            }
            _ => None,
        })
        .collect();
    failed.sort_by_key(|it| it.from.is_some());
    failed
}

/// Rows that did not count.
pub(super) fn quarantined(view: &View<'_>) -> Vec<Quarantined> {
    let tables: Vec<_> = view.linked.tables().collect();
    view.household
        .quarantined
        .iter()
        .map(|(slot, rows)| {
            let table = tables.get(*slot);
            Quarantined {
                table: table.map_or_else(|| slot.to_string(), |it| it.name.to_string()),
                rows: *rows,
                owner: table.and_then(|it| it.responsibility.owned_by.clone()),
            }
        })
        .collect()
}
