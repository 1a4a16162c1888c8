//! A later delivery against the register so far: whole households as they are from now on. Nothing is made of single
//! values: what is known and what was delivered stand in columns, and so does what comes of both.

use std::cmp::Ordering;
use std::ops::Range;

use heng_dsl::model::linked::Linked;
use heng_dsl::model::{Id, RecordTable};
use rayon::prelude::*;

use super::{Import, Stored, unreadable};
use crate::columns::{Column, Columns, Dictionary, Kind, Laying, Run, Texts, runs, state};
use crate::ingest::{self, Delivered, LoadError, Loaded, Progress};
use crate::source::{Source as _, Unreadable};

/// Reads a delivery of some households and tables. What comes of it are the households that it is about, with all
/// that is known of them, and how many households there are with those of the register up to the end of each stretch of
/// the first layer.
///
/// # Errors
///
/// Those of [`ingest::load`], but that files may be absent.
pub(super) fn delivery(
    linked: &Linked,
    import: &Import<'_>,
    base: &Stored,
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<(Loaded<Columns>, Vec<u64>), LoadError> {
    let keys = base.keys().map_err(unreadable)?;
    let Loaded { register: mut delivered, problems, files } =
        ingest::delivery(linked, import.request, keys, progress)?;
    delivered.columns.numbered_by(base.dictionary().clone());
    let (concerned, fresh) = concerned(&delivered);
    let merging = Merging { linked, delivered: &delivered, complete: import.complete };
    let mut merged = merging.known(base, &concerned).map_err(unreadable)?;
    let new = delivered.columns;
    merged.dictionary = new.dictionary.clone();
    let firsts = base.firsts().iter().skip(1);
    let ends = firsts.map(|it| new.keys.lower_bound(it.as_bytes())).chain([new.len()]);
    let ends = ends.map(|it| it as u64).collect();
    let register = if fresh.is_empty() {
        (merged.cutoff, merged.key_fields) = (new.cutoff, new.key_fields);
        merged
    } else {
        let runs = side_by_side(&new, &merged, &fresh);
        new.laid_over(&merged, &runs)
    };
    Ok((Loaded { register, problems, files }, ends))
}

/// The numbers of the households that a delivery is about: those that the register knows, and the others.
fn concerned(delivered: &Delivered) -> (Vec<usize>, Vec<usize>) {
    let Delivered { columns: new, told, fresh, .. } = delivered;
    let has_records =
        |number: usize| (0..new.tables.len()).any(|slot| !new.rows(slot, number).is_empty());
    let is_concerned = |number: &usize| {
        told.get(*number) == Some(&true)
            || has_records(*number)
            || new.quarantined.contains_key(number)
    };
    let concerned: Vec<usize> = (0..new.len()).into_par_iter().filter(is_concerned).collect();
    concerned.into_iter().partition(|number| fresh.binary_search(number).is_err())
}

/// How what was delivered is put together with what is known.
struct Merging<'m> {
    linked: &'m Linked,
    delivered: &'m Delivered,
    /// Of households whose own row was delivered all records were.
    complete: bool,
}

/// The numbers of a household among those that are known and among those that were delivered.
type Pair = (usize, usize);

impl Merging<'_> {
    /// The households that the register knows, with what was delivered of them.
    fn known(&self, base: &Stored, concerned: &[usize]) -> Result<Columns, Unreadable> {
        let new = &self.delivered.columns;
        let stretches = (0..base.stretches()).into_par_iter().map(|stretch| {
            let known = base.stretch(stretch)?;
            let bound = |at: usize| {
                concerned.partition_point(|it| new.keys.bytes(*it) < known.keys.bytes(at))
            };
            let own = match known.len().checked_sub(1) {
                // The last one of the stretch may be concerned, too.
                Some(last) => bound(0)..(bound(last) + 1).min(concerned.len()),
                None => 0..0,
            };
            let mut at = 0;
            let mut pairs: Vec<Pair> = Vec::new();
            for number in concerned.get(own).unwrap_or_default() {
                let key = new.keys.bytes(*number);
                at = known.keys.lower_bound_from(at, key);
                if at < known.len() && known.keys.bytes(at) == key {
                    pairs.push((at, *number));
                }
            }
            Ok(self.merged(&known, &pairs))
        });
        let all: Result<Vec<Columns>, Unreadable> = stretches.collect();
        Ok(Columns::in_a_row(&all?))
    }

    fn is_told(&self, number: usize) -> bool {
        self.delivered.told.get(number) == Some(&true)
    }

    /// What is known of some households from now on.
    fn merged(&self, known: &Columns, pairs: &[Pair]) -> Columns {
        let from = [known, &self.delivered.columns];
        let run = |from: usize, at: usize| Run { from, of: at..at + 1 };
        let households: Vec<Run> = pairs.iter().map(|it| run(0, it.0)).collect();
        let field = |it: &Pair| if self.is_told(it.1) { run(1, it.1) } else { run(0, it.0) };
        let fields = pairs.iter().map(field);
        let fields: Vec<Run> = fields.collect();
        let tables = self.linked.tables().enumerate();
        let tables: Vec<Laying> =
            tables.map(|(slot, table)| self.laying((slot, table), from, pairs)).collect();
        let mut own = Columns::assembled(&from, (&households, &fields), &tables);
        for (number, pair) in pairs.iter().enumerate() {
            let rows = self.quarantined(known, *pair);
            if !rows.is_empty() {
                own.quarantined.insert(number, rows);
            }
        }
        own
    }

    /// Do the records that were delivered of a household replace those that are known?
    fn replaces(&self, (slot, table): (usize, &RecordTable), number: usize) -> bool {
        let any = || !self.delivered.columns.rows(slot, number).is_empty();
        self.is_delivered(slot)
            && table.replacing
            && ((self.is_told(number) && self.complete) || any())
    }

    fn is_delivered(&self, slot: usize) -> bool {
        self.delivered.tables.get(slot) == Some(&true)
    }

    /// How many rows of each table are quarantined of a household from now on.
    fn quarantined(&self, known: &Columns, (at, number): Pair) -> Vec<(usize, u32)> {
        let mut own = known.quarantined.get(&at).cloned().unwrap_or_default();
        own.retain(|it| !self.replaces((it.0, self.linked.table(it.0)), number));
        let new = self.delivered.columns.quarantined.get(&number);
        for (slot, rows) in new.into_iter().flatten() {
            match own.iter_mut().find(|it| it.0 == *slot) {
                Some(own) => own.1 += rows,
                None => own.push((*slot, *rows)),
            }
        }
        own.sort_unstable();
        own
    }

    /// Which records of a table some households have from now on.
    fn laying(
        &self,
        (slot, table): (usize, &RecordTable),
        from: [&Columns; 2],
        pairs: &[Pair],
    ) -> Laying {
        let order = Order::of((slot, table), from, &self.delivered.columns.dictionary);
        let (mut rows, mut count, mut offsets) = (Vec::new(), 0_usize, vec![0]);
        for (at, number) in pairs {
            let (own, new) = (from[0].rows(slot, *at), from[1].rows(slot, *number));
            if self.replaces((slot, table), *number) {
                count += new.len();
                add(&mut rows, 1, new);
            } else if table.replacing || new.is_empty() || !self.is_delivered(slot) {
                count += own.len();
                add(&mut rows, 0, own);
            } else if order.come_after(&own, &new) {
                count += own.len() + new.len();
                add(&mut rows, 0, own);
                add(&mut rows, 1, new);
            } else {
                let all = order.merged(own, new);
                count += all.len();
                all.into_iter().for_each(|it| add(&mut rows, it.0, it.1..it.1 + 1));
            }
            offsets.push(u32::try_from(count).unwrap_or(u32::MAX));
        }
        Laying { offsets, rows }
    }
}

/// Adds rows behind those that are there.
fn add(rows: &mut Vec<Run>, from: usize, of: Range<usize>) {
    match rows.last_mut() {
        Some(last) if last.from == from && last.of.end == of.start => last.of.end = of.end,
        _ if of.is_empty() => {}
        _ => rows.push(Run { from, of }),
    }
}

/// A record that is known (0) or was delivered (1), by its number.
type Place = (usize, usize);

/// How the records of a household stand in a table, and which of its columns make the key.
struct Order<'o> {
    /// Each column as it is known, and as it was delivered.
    columns: Vec<([Option<&'o Column>; 2], Kind)>,
    by: Vec<usize>,
    key: Vec<usize>,
    dictionary: &'o Dictionary,
}

impl<'o> Order<'o> {
    fn of(
        (slot, table): (usize, &RecordTable),
        from: [&'o Columns; 2],
        dictionary: &'o Dictionary,
    ) -> Self {
        let kinds = from[0].kinds().tables.get(slot).into_iter().flatten();
        let column = |of: &'o Columns, at: usize| of.tables.get(slot)?.columns.get(at)?.as_ref();
        let columns = kinds.enumerate().map(|(at, kind)| (from.map(|it| column(it, at)), *kind));
        let fields = || table.fields.iter().enumerate();
        let number = |id: &Id| fields().find(|it| it.1.id == *id).map(|it| it.0);
        Self {
            columns: columns.collect(),
            by: table.order.iter().filter_map(number).collect(),
            key: fields().filter(|it| it.1.key).map(|it| it.0).collect(),
            dictionary,
        }
    }

    /// Do all records that were delivered come after those that are known, which are in order like them? As a rule they
    /// are of later days.
    fn come_after(&self, own: &Range<usize>, new: &Range<usize>) -> bool {
        let columns = self.by.iter().copied().chain(0..self.columns.len());
        let last = own.end.checked_sub(1).filter(|_| !own.is_empty());
        let follows = |last| self.compare(columns, (0, last), (1, new.start)).is_le();
        self.key.is_empty() && last.is_none_or(follows)
    }

    /// All records in order; those that were delivered take the place of those with the same key.
    fn merged(&self, own: Range<usize>, new: Range<usize>) -> Vec<Place> {
        let of = |from: usize, rows: Range<usize>| rows.map(move |it| (from, it));
        let by_key = |a: Place, b: Place| self.compare(self.key.iter().copied(), a, b);
        let replaced = |it: &Place| {
            !self.key.is_empty() && of(1, new.clone()).any(|new| by_key(*it, new).is_eq())
        };
        let kept = of(0, own).filter(|it| !replaced(it));
        let mut all: Vec<Place> = kept.chain(of(1, new.clone())).collect();
        let columns = || self.by.iter().copied().chain(0..self.columns.len());
        all.sort_by(|a, b| self.compare(columns(), *a, *b));
        all
    }

    /// How two records stand to each other in some columns: as their values do.
    fn compare(&self, mut by: impl Iterator<Item = usize>, a: Place, b: Place) -> Ordering {
        let order = by.find_map(|it| Some(self.cells(it, a, b)).filter(|it| it.is_ne()));
        order.unwrap_or(Ordering::Equal)
    }

    fn cells(&self, column: usize, a: Place, b: Place) -> Ordering {
        let Some((columns, kind)) = self.columns.get(column) else { return Ordering::Equal };
        let own = |(from, at): Place| {
            let column = columns.get(from).copied().flatten();
            column.map_or((state::MISSING, 0), |it| (it.state(at), it.lanes.at(at)))
        };
        // What is not there comes first.
        let rank = |it: u8| if it == state::THERE { u8::MAX } else { it };
        match (own(a), own(b)) {
            ((state::THERE, a), (state::THERE, b)) if *kind != Kind::Symbol => a.cmp(&b),
            ((state::THERE, a), (state::THERE, b)) => {
                let place = |it: i128| usize::try_from(it).unwrap_or(usize::MAX);
                self.dictionary.compare(place(a), place(b))
            }
            ((a, _), (b, _)) => rank(a).cmp(&rank(b)),
        }
    }
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
