//! A later delivery against the register so far: what it says of the households that it is about. Records of tables in
//! which a household has some already are held against these, and nothing else of the register is read.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Range;

use heng_dsl::model::linked::Linked;
use heng_dsl::model::{Id, RecordTable};
use rayon::prelude::*;

use super::delta::{Delta, Marks, with};
use super::read::Seen;
use super::{Import, Stored, unreadable};
use crate::columns::{Column, Columns, Dictionary, Kind, Laying, Run, TableColumns, Texts, state};
use crate::ingest::{self, Delivered, LoadError, Loaded, Progress};
use crate::source::{Source as _, Unreadable};

/// Reads a delivery of some households and tables. What comes of it is what it says of the households that it is about, and
/// how many households there are with those of the register up to the end of each stretch of the first layer.
///
/// # Errors
///
/// Those of [`ingest::load`], but that files may be absent.
pub(super) fn delivery(
    linked: &Linked,
    import: &Import<'_>,
    base: &Stored,
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<(Loaded<Delta>, Vec<u64>), LoadError> {
    let seen = RefCell::new(Vec::new());
    let known = |keys: &Texts| {
        let (known, own) = base.seen(keys).map_err(unreadable)?;
        seen.replace(own);
        Ok(known)
    };
    let Loaded { register: delivered, problems, files } =
        ingest::delivery(linked, import.request, &known, progress)?;
    let mut delivered = only_concerned(delivered);
    delivered.columns.numbered_by(base.dictionary().clone());
    let fresh = delivered.columns.keys.some(&delivered.fresh);
    let firsts = base.firsts().iter().skip(1);
    let more = firsts.map(|it| fresh.lower_bound(it.as_bytes())).chain([fresh.len()]);
    let ends = base.ends().into_iter().zip(more).map(|it| (it.0 + it.1) as u64).collect();
    let merging = Merging { linked, delivered: &delivered };
    let found = merging.found(base, &seen.into_inner()).map_err(unreadable)?;
    let marks = marks((linked, import.complete), &delivered, &found);
    let columns = put_together(delivered, &found);
    Ok((Loaded { register: Delta { columns, marks }, problems, files }, ends))
}

/// Without households of which nothing was delivered that counts.
fn only_concerned(delivered: Delivered) -> Delivered {
    let Delivered { columns, told, fresh, tables } = delivered;
    let has_records = |number: usize| {
        (0..columns.tables.len()).any(|slot| !columns.rows(slot, number).is_empty())
    };
    let is_concerned = |number: &usize| {
        told.get(*number) == Some(&true)
            || has_records(*number)
            || columns.quarantined.contains_key(number)
    };
    let numbers: Vec<usize> = (0..columns.len()).filter(is_concerned).collect();
    if numbers.len() == columns.len() {
        return Delivered { columns, told, fresh, tables };
    }
    let own = numbers.iter().enumerate();
    let own = own.filter(|it| fresh.binary_search(it.1).is_ok()).map(|it| it.0);
    Delivered {
        fresh: own.collect(),
        told: numbers.iter().map(|it| told.get(*it) == Some(&true)).collect(),
        columns: columns.some(&numbers),
        tables,
    }
}

/// What a stretch of the first layer has of households of which records were delivered.
struct Found {
    known: Columns,
    /// Whose records of a table have to be noted as a whole.
    whole: Vec<Whole>,
}

/// All records of a household in a table from now on.
struct Whole {
    slot: usize,
    /// The number of the household among those that were delivered.
    number: usize,
    rows: Vec<Place>,
    /// How many rows of it were quarantined before.
    quarantined: u32,
}

/// How records that were delivered stand beside those that are known.
struct Merging<'m> {
    linked: &'m Linked,
    delivered: &'m Delivered,
}

impl Merging<'_> {
    /// What the register knows of households of which records were delivered that are put to it, of which those of the first
    /// layer were seen by its stretches.
    fn found(&self, base: &Stored, seen: &[Seen]) -> Result<Vec<Found>, Unreadable> {
        let new = &self.delivered.columns;
        let slots: Vec<usize> = (0..new.tables.len()).filter(|it| self.adds(*it)).collect();
        let has_new = |slot: usize, number: usize| !new.rows(slot, number).is_empty();
        let asked = |number: &usize| {
            self.delivered.fresh.binary_search(number).is_err()
                && slots.iter().any(|it| has_new(*it, *number))
        };
        let stretches = base.by_stretch(&new.keys).into_par_iter().zip(seen).enumerate();
        let found = stretches.map_init(Vec::new, |room, (stretch, (of, seen))| {
            let numbers: Vec<usize> = of.clone().filter(asked).collect();
            if numbers.is_empty() {
                return Ok(Found { known: Columns::default(), whole: Vec::new() });
            }
            let places = new.keys.numbers_of(&seen.keys, of.start);
            let wanted = |slot: usize, at: usize| {
                let number = places.get(at).copied().flatten();
                slots.contains(&slot) && number.is_some_and(|it| has_new(slot, it))
            };
            let known = base.some((stretch, seen), (&new.keys.some(&numbers), &wanted), room)?;
            let whole = self.whole(&known, (&slots, &numbers));
            Ok(Found { known: if whole.is_empty() { Columns::default() } else { known }, whole })
        });
        found.collect()
    }

    /// Were records of a table delivered that are put to those that a household has?
    fn adds(&self, slot: usize) -> bool {
        self.delivered.tables.get(slot) == Some(&true) && !self.linked.table(slot).replacing
    }

    /// Of which households in which tables not all records that were delivered come after those that are known.
    fn whole(&self, known: &Columns, (slots, numbers): (&[usize], &[usize])) -> Vec<Whole> {
        let new = &self.delivered.columns;
        let from = [known, new];
        let mut all = Vec::new();
        for slot in slots.iter().copied() {
            let order = Order::of((slot, self.linked.table(slot)), from, &new.dictionary);
            let mut at = 0;
            for number in numbers.iter().copied() {
                let key = new.keys.bytes(number);
                at = known.keys.lower_bound_from(at, key);
                if at >= known.len() || known.keys.bytes(at) != key {
                    continue;
                }
                let (own, new) = (known.rows(slot, at), new.rows(slot, number));
                if own.is_empty() || new.is_empty() || order.follow(&own, &new) {
                    continue;
                }
                let rows = order.merged(own, new);
                let quarantined = known.quarantined.get(&at).into_iter().flatten();
                let quarantined = quarantined.filter(|it| it.0 == slot).map(|it| it.1).sum();
                all.push(Whole { slot, number, rows, quarantined });
            }
        }
        all
    }
}

/// What is to be done with what was delivered. Of households whose own row was delivered all records were, if it is
/// `complete`.
fn marks((linked, complete): (&Linked, bool), delivered: &Delivered, found: &[Found]) -> Marks {
    let Delivered { columns, told, tables, .. } = delivered;
    let is_told = |number: usize| told.get(number) == Some(&true);
    let replaces = |slot: usize, number: usize| {
        tables.get(slot) == Some(&true)
            && linked.table(slot).replacing
            && ((is_told(number) && complete) || !columns.rows(slot, number).is_empty())
    };
    let replaced = (0..columns.tables.len())
        .map(|slot| (0..columns.len()).map(|it| replaces(slot, it)).collect::<Vec<bool>>());
    let mut marks = Marks { told: told.clone(), replaced: replaced.collect() };
    for it in found.iter().flat_map(|it| &it.whole) {
        if let Some(mark) = marks.replaced.get_mut(it.slot).and_then(|own| own.get_mut(it.number)) {
            *mark = true;
        }
    }
    marks
}

/// What was delivered, with all records of those of whom they have to be noted.
fn put_together(delivered: Delivered, found: &[Found]) -> Columns {
    let Delivered { columns: mut own, told, .. } = delivered;
    let mut runs = Vec::new();
    for (number, is_told) in told.iter().enumerate() {
        // What was not told is 缺失, and nobody asks.
        Run::add(&mut runs, usize::from(!is_told), number..number + 1);
    }
    if told.contains(&false) {
        own.fields.iter_mut().for_each(|it| *it = Column::joined(&[it.as_ref(), None], &runs));
    }
    for slot in 0..own.tables.len() {
        let each =
            found.iter().enumerate().flat_map(|(at, it)| it.whole.iter().map(move |it| (at, it)));
        let whole: BTreeMap<usize, (usize, &Whole)> =
            each.filter(|it| it.1.slot == slot).map(|it| (it.1.number, it)).collect();
        if whole.is_empty() {
            continue;
        }
        let Laying { offsets, rows } = laying(&own, slot, &whole);
        let columns = own.kinds().tables.get(slot).map_or(0, Vec::len);
        let from = || std::iter::once(&own).chain(found.iter().map(|it| &it.known));
        let columns = (0..columns).into_par_iter().map(|at| {
            let all = from().map(|it| it.tables.get(slot)?.columns.get(at)?.as_ref());
            Column::joined(&all.collect::<Vec<_>>(), &rows)
        });
        let columns = columns.collect();
        for (number, (_, it)) in &whole {
            if it.quarantined > 0 {
                let all = own.quarantined.remove(number).unwrap_or_default();
                let all = with(all, Some(&vec![(slot, it.quarantined)]));
                own.quarantined.insert(*number, all);
            }
        }
        if let Some(table) = own.tables.get_mut(slot) {
            *table = TableColumns { offsets, columns };
        }
    }
    own
}

/// Which records of a table there are: those that were delivered (0), or all, which stand there, too, or in what was found of
/// some stretch.
fn laying(own: &Columns, slot: usize, whole: &BTreeMap<usize, (usize, &Whole)>) -> Laying {
    let (mut rows, mut count, mut offsets) = (Vec::new(), 0_usize, vec![0]);
    for number in 0..own.len() {
        match whole.get(&number) {
            None => {
                let own = own.rows(slot, number);
                count += own.len();
                Run::add(&mut rows, 0, own);
            }
            Some((found, it)) => {
                count += it.rows.len();
                for (from, at) in it.rows.iter().copied() {
                    Run::add(&mut rows, if from == 0 { found + 1 } else { 0 }, at..at + 1);
                }
            }
        }
        offsets.push(u32::try_from(count).unwrap_or(u32::MAX));
    }
    Laying { offsets, rows }
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

    /// Do all records that were delivered come after those that are known, which are in order like them, and have none of
    /// their keys? As a rule they are of later days.
    fn follow(&self, own: &Range<usize>, new: &Range<usize>) -> bool {
        let columns = self.by.iter().copied().chain(0..self.columns.len());
        let last = own.end.saturating_sub(1);
        let by_key = |a: usize, b: usize| self.compare(self.key.iter().copied(), (0, a), (1, b));
        let has_key = |b: usize| own.clone().any(|a| by_key(a, b).is_eq());
        self.compare(columns, (0, last), (1, new.start)).is_le()
            && (self.key.is_empty() || !new.clone().any(has_key))
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
