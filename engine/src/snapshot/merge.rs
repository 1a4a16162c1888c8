//! A later delivery against the register so far: whole households as they are from now on.

use heng_dsl::model::RecordTable;
use heng_dsl::model::linked::Linked;

use rayon::prelude::*;

use super::{Import, Stored, unreadable};
use crate::columns::{Columns, Run, TableColumns, Texts, runs};
use crate::data::{Household, Record, Register};
use crate::ingest::{self, LoadError, LoadProblem, Loaded, Progress};
use crate::source::{Source as _, Unreadable};

/// Reads a delivery of some households and tables. What comes of it are the households that it is about, with all
/// that is known of them, and the number of households that there are with those of the register.
///
/// Of households that the register does not know, nothing has to be put together: they stay columns.
///
/// # Errors
///
/// Those of [`ingest::load`], but that files may be absent.
pub(super) fn delivery(
    linked: &Linked,
    import: &Import<'_>,
    base: &Stored,
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<(Loaded<Columns>, u64), LoadError> {
    let keys = base.keys().map_err(unreadable)?;
    let Loaded { register: delivered, problems, files } =
        ingest::delivery(linked, import.request, &keys, progress)?;
    let (concerned, fresh) = concerned(&delivered, &keys);
    drop(keys);
    let households = known(linked, import, base, (&delivered, &concerned)).map_err(unreadable)?;
    let mut new = delivered.columns;
    let register = Register { households, cutoff: new.cutoff };
    let merged = Columns::numbered(&register, linked, new.dictionary.clone());
    let merged = merged.map_err(|wrong| {
        let table = wrong.first().map_or_else(String::new, |it| it.0.clone());
        LoadError::from(vec![LoadProblem::DeclaredOtherwise { table, field: None }])
    })?;
    new.dictionary = merged.dictionary.clone();
    let of = new.len() as u64;
    let columns = Columns::laid(&[&new, &merged], &side_by_side(&new, &merged, &fresh));
    Ok((Loaded { register: columns, problems, files }, of))
}

/// The numbers of the households that a delivery is about: those that the register knows, and the others.
fn concerned(delivered: &ingest::Delivered, known: &Texts) -> (Vec<usize>, Vec<usize>) {
    let ingest::Delivered { columns: new, told, .. } = delivered;
    let has_records = |number: usize| {
        let ends = |it: &TableColumns| it.offsets.get(number) != it.offsets.get(number + 1);
        new.tables.iter().any(ends)
    };
    let is_concerned = |number: &usize| {
        told.get(*number) == Some(&true)
            || has_records(*number)
            || new.quarantined.contains_key(number)
    };
    let mut at = 0;
    let is_known = |number: &usize| {
        let key = new.keys.bytes(*number);
        while at < known.len() && known.bytes(at) < key {
            at += 1;
        }
        at < known.len() && known.bytes(at) == key
    };
    (0..new.len()).filter(is_concerned).partition(is_known)
}

/// The households that the register knows, with what was delivered of them.
fn known(
    linked: &Linked,
    import: &Import<'_>,
    base: &Stored,
    (delivered, concerned): (&ingest::Delivered, &[usize]),
) -> Result<Vec<Household>, Unreadable> {
    let ingest::Delivered { columns: new, told, tables } = delivered;
    let stretches = (0..base.stretches()).into_par_iter().map(|stretch| {
        let columns = base.stretch(stretch)?;
        let bound = |at: usize| {
            concerned.partition_point(|it| new.keys.bytes(*it) < columns.keys.bytes(at))
        };
        let (first, last) = match columns.len().checked_sub(1) {
            Some(last) => (bound(0), bound(last)),
            None => return Ok(Vec::new()),
        };
        // The last one of the stretch may be concerned, too.
        let own = concerned.get(first..).unwrap_or_default().iter().take(last - first + 1);
        let merged = own.filter_map(|number| {
            let fresh = new.household(*number);
            let known = columns.household(columns.find(&fresh.key)?);
            let told = told.get(*number) == Some(&true);
            Some(merged(linked, known, fresh, (told, import.complete, tables)))
        });
        Ok(merged.collect::<Vec<Household>>())
    });
    let all: Result<Vec<Vec<Household>>, Unreadable> = stretches.collect();
    Ok(all?.into_iter().flatten().collect())
}

/// The households that are new (0) and those that were put together (1), in order of their keys.
fn side_by_side(new: &Columns, merged: &Columns, fresh: &[usize]) -> Vec<Run> {
    let mut keys = Texts::default();
    fresh.iter().for_each(|it| keys.push(new.keys.get(*it)));
    let mut all: Vec<Run> = Vec::new();
    for run in runs(&keys, &merged.keys) {
        if run.from == 1 {
            all.push(run);
            continue;
        }
        for number in run.of.filter_map(|it| fresh.get(it).copied()) {
            match all.last_mut() {
                Some(last) if last.from == 0 && last.of.end == number => last.of.end += 1,
                _ => all.push(Run { from: 0, of: number..number + 1 }),
            }
        }
    }
    all
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
