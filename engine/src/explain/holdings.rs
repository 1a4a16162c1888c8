//! 标注, 预警, 名单 and 措施 of one household.

use heng_dsl::model::{Condition, ConditionMode, Content, DeclKind};
use heng_dsl::value::Value;

use super::data::{Holding, Listed, Measured, Read};
use super::facts::{View, ground};
use super::formula;
use super::grades::parts;
use super::words::{Said, Shown};
use crate::outcome::Step;

/// The tags that hold.
pub(super) fn tags(view: &View<'_>) -> Vec<Holding> {
    let slots = view.slots();
    slots
        .filter_map(|slot| match &view.linked.decl(slot).kind {
            DeclKind::Tag { class } if holds(view.worth(slot)) => {
                let label =
                    Some(view.shown(slot)).filter(|_| *view.worth(slot) != Value::Bool(true));
                Some(Holding { label, class: class.clone(), ..holding(view, slot) })
            }
            _ => None,
        })
        .collect()
}

/// The alerts that hold.
pub(super) fn alerts(view: &View<'_>) -> Vec<Holding> {
    let slots = view.slots();
    slots
        .filter_map(|slot| match &view.linked.decl(slot).kind {
            DeclKind::Alert { level, dispatch } if holds(view.worth(slot)) => {
                let (class, dispatch) = (level.clone(), dispatch.clone());
                Some(Holding { class, dispatch, ..holding(view, slot) })
            }
            _ => None,
        })
        .collect()
}

/// Does a value say that something holds: 是, or a label?
pub(crate) fn holds(value: &Value) -> bool {
    value.is_present() && *value != Value::Bool(false)
}

fn holding(view: &View<'_>, slot: usize) -> Holding {
    let (step, version) = (view.step(slot), view.version(slot));
    Holding {
        name: view.named(slot),
        label: None,
        class: None,
        dispatch: None,
        reason: step.and_then(|it| it.reason.as_deref()).map(|it| view.discreet(it)),
        because: step.zip(version).map(|(step, version)| parts(step, version)).unwrap_or_default(),
        facts: view.facts(slot),
        ground: version.map(ground).unwrap_or_default(),
    }
}

/// The lists that the household is on, and those that it was admitted to and is not on.
pub(super) fn lists(view: &View<'_>) -> Vec<Listed> {
    let slots = view.slots();
    slots
        .filter_map(|slot| {
            if view.linked.decl(slot).kind != DeclKind::List {
                return None;
            }
            let on = *view.worth(slot) == Value::Bool(true);
            let Content::List(rule) = &view.version(slot)?.content else { return None };
            if !on && !admitted(&rule.admit, view.step(slot)?) {
                return None;
            }
            let quota = rule.quota.as_ref().and_then(|quota| {
                let top = formula::value(view, view.step(slot)?, &quota.top)?;
                let top = Shown::new(view.linked, &top, &quota.top.ty);
                Some(Said::both(
                    format!("前 {}", top.text.zh),
                    format!("the first {}", top.text.en),
                ))
            });
            let removed = rule.remove.as_ref().map(|it| {
                let held = view.step(slot).map(|step| step.removed.as_slice()).unwrap_or_default();
                held.iter().filter_map(|part| it.texts.get(*part).cloned()).collect()
            });
            let removed = removed.unwrap_or_default();
            Some(Listed { holding: holding(view, slot), on, removed, quota })
        })
        .collect()
}

/// Does the condition hold by the parts that held?
fn admitted(condition: &Condition, step: &Step) -> bool {
    match condition.mode {
        ConditionMode::One | ConditionMode::Any => !step.parts.is_empty(),
        ConditionMode::All => step.parts.len() == condition.parts.len(),
    }
}

/// The measures that apply.
pub(super) fn measures(view: &View<'_>) -> Vec<Measured> {
    view.outcome
        .measures
        .iter()
        .filter_map(|(slot, values)| {
            let DeclKind::Measure { columns } = &view.linked.decl(*slot).kind else { return None };
            let columns = columns.iter().zip(values).map(|(column, value)| Read {
                name: column.name.to_string(),
                value: Shown::new(view.linked, value, &column.ty),
            });
            let (step, version) = (view.step(*slot), view.version(*slot));
            let row = step.zip(version).and_then(|(step, version)| match &version.content {
                Content::Table(table) => table.rows.get(*step.rows.first()?),
                _ => None,
            });
            Some(Measured {
                name: view.named(*slot),
                columns: columns.collect(),
                row: row.map(|it| view.row_held(it)),
                reason: step.and_then(|it| it.reason.as_deref()).map(|it| view.discreet(it)),
                ground: version.map(ground).unwrap_or_default(),
            })
        })
        .collect()
}
