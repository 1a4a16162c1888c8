//! A later delivery against the register so far: whole households as they are from now on.

use heng_dsl::model::RecordTable;
use heng_dsl::model::linked::Linked;

use super::Import;
use crate::columns::Columns;
use crate::data::{Household, Record, Register};
use crate::ingest::{self, LoadError, LoadProblem, Loaded, Progress};

/// Reads a delivery of some households and tables. What comes of it are the households that it is about, with all
/// that is known of them, and the number of households that there are with those of the register.
///
/// # Errors
///
/// Those of [`ingest::load`], but that files may be absent.
pub(super) fn delivery(
    linked: &Linked,
    import: &Import<'_>,
    base: &Columns,
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<(Loaded<Columns>, u64), LoadError> {
    let Loaded { register: delivered, problems, files } =
        ingest::delivery(linked, import.request, &base.keys, progress)?;
    let ingest::Delivered { columns: new, told, tables } = delivered;
    let mut households = Vec::new();
    for (number, told) in told.iter().enumerate() {
        let fresh = new.household(number);
        let concerned =
            *told || fresh.records.iter().any(|it| !it.is_empty()) || !fresh.quarantined.is_empty();
        if concerned {
            let known = base.find(&fresh.key).map(|it| base.household(it));
            households.push(match known {
                Some(known) => merged(linked, known, fresh, (*told, import.complete, &tables)),
                None => fresh,
            });
        }
    }
    let register = Register { households, cutoff: new.cutoff };
    let columns = Columns::of(&register, linked).map_err(|wrong| {
        let file = wrong.first().map_or_else(String::new, |it| it.0.clone());
        LoadError::from(vec![LoadProblem::DeclaredOtherwise { table: file, field: None }])
    })?;
    let of = new.len() as u64;
    Ok((Loaded { register: columns, problems, files }, of))
}

/// What is known of a household from now on. `told` says that its own row was delivered, `tables` which tables
/// were, and `complete` that they have all records of those whose own row was.
fn merged(
    linked: &Linked,
    known: Household,
    fresh: Household,
    (told, complete, tables): (bool, bool, &[bool]),
) -> Household {
    let mut household = if told { Household { fields: fresh.fields, ..known } } else { known };
    let mut fresh_records = fresh.records.into_iter();
    for (slot, table) in linked.tables().enumerate() {
        let new = fresh_records.next().unwrap_or_default();
        let is_delivered = tables.get(slot).copied().unwrap_or_default();
        let Some(own) = household.records.get_mut(slot).filter(|_| is_delivered) else { continue };
        if table.replacing {
            if (told && complete) || !new.is_empty() {
                household.quarantined.retain(|it| it.0 != slot);
                *own = new;
            }
        } else {
            add(table, own, new);
        }
    }
    for (slot, rows) in fresh.quarantined {
        match household.quarantined.iter_mut().find(|it| it.0 == slot) {
            Some(own) => own.1 += rows,
            None => household.quarantined.push((slot, rows)),
        }
    }
    household.quarantined.sort_unstable();
    household
}

/// Adds records, which take the place of those with the same key, and puts all in order.
fn add(table: &RecordTable, own: &mut Vec<Record>, new: Vec<Record>) {
    if new.is_empty() {
        return;
    }
    let number = |id: &heng_dsl::model::Id| table.fields.iter().position(|it| it.id == *id);
    let keys: Vec<usize> =
        table.fields.iter().enumerate().filter(|it| it.1.key).map(|it| it.0).collect();
    let order: Vec<usize> = table.order.iter().filter_map(number).collect();
    let at = |it: &'_ Record, by: &[usize]| -> Vec<_> {
        by.iter().map(|at| it.values.get(*at).cloned()).collect()
    };
    if !keys.is_empty() {
        let new: std::collections::BTreeSet<_> = new.iter().map(|it| at(it, &keys)).collect();
        own.retain(|it| !new.contains(&at(it, &keys)));
    }
    own.extend(new);
    own.sort_by_cached_key(|it| (at(it, &order), it.values.clone()));
}
