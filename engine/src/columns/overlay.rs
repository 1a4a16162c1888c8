//! Registers as columns laid side by side, the later of which may replace whole households of the earlier ones.

use std::ops::Range;

use rayon::prelude::*;

use super::column::Column;
use super::{Columns, TableColumns, Texts};

/// Households that stand side by side in one of several registers.
pub(crate) struct Run {
    /// Which of them.
    pub(crate) from: usize,
    pub(crate) of: Range<usize>,
}

impl Run {
    /// Adds some behind those that are there; what stands side by side is one run.
    pub(crate) fn add(all: &mut Vec<Self>, from: usize, of: Range<usize>) {
        match all.last_mut() {
            Some(last) if last.from == from && last.of.end == of.start => last.of.end = of.end,
            _ if of.is_empty() => {}
            _ => all.push(Self { from, of }),
        }
    }
}

/// Which rows a record table has, and where those of each household begin.
pub(crate) struct Laying {
    pub(crate) offsets: Vec<u32>,
    pub(crate) rows: Vec<Run>,
}

impl Columns {
    /// Households of registers that number texts as the first one does, one run after the other.
    pub(crate) fn laid(from: &[&Self], households: &[Run]) -> Self {
        Self::laid_with(from, households, &Self::layings(from, households))
    }

    /// Households with these of their records.
    fn laid_with(from: &[&Self], households: &[Run], tables: &[Laying]) -> Self {
        let mut own = Self::assembled(from, (households, households), tables);
        let mut first = 0;
        for run in households {
            let of = from.get(run.from).map(|it| it.quarantined.range(run.of.clone()));
            let of = of.into_iter().flatten();
            own.quarantined.extend(of.map(|it| (it.0 - run.of.start + first, it.1.clone())));
            let earlier = from.get(run.from).map(|it| it.history.range(run.of.clone()));
            let earlier = earlier.into_iter().flatten();
            own.history.extend(earlier.map(|it| (it.0 - run.of.start + first, it.1.clone())));
            first += run.of.len();
        }
        own
    }

    /// All records that some households have, table by table.
    pub(crate) fn layings(from: &[&Self], households: &[Run]) -> Vec<Laying> {
        let tables = from.first().map_or(0, |it| it.kinds.tables.len());
        (0..tables).into_par_iter().map(|slot| whole(from, slot, households)).collect()
    }

    /// Households with fields and records that come from here and there, of registers that number texts as the
    /// first one does. Quarantined rows are not among it.
    pub(crate) fn assembled(
        from: &[&Self],
        (households, fields): (&[Run], &[Run]),
        tables: &[Laying],
    ) -> Self {
        let Some(first) = from.first() else { return Self::default() };
        let mut own = Self {
            cutoff: first.cutoff,
            kinds: first.kinds.clone(),
            key_fields: first.key_fields.clone(),
            dictionary: first.dictionary.clone(),
            ..Self::default()
        };
        for run in households {
            let Some(of) = from.get(run.from) else { continue };
            own.keys.add(&of.keys, run.of.clone());
        }
        if from.iter().all(|it| it.changed.len() == it.len()) {
            let each =
                households.iter().filter_map(|it| from.get(it.from)?.changed.get(it.of.clone()));
            own.changed = each.flatten().copied().collect();
        }
        let of_fields = (0..own.kinds.fields.len()).into_par_iter().map(|slot| {
            let all: Vec<_> =
                from.iter().map(|it| it.fields.get(slot).and_then(Option::as_ref)).collect();
            Column::joined(&all, fields)
        });
        own.fields = of_fields.collect();
        let of_tables = own.kinds.tables.par_iter().enumerate().zip(tables);
        let of_tables = of_tables.map(|((slot, kinds), laying)| {
            let columns = (0..kinds.len()).into_par_iter().map(|at| {
                let all: Vec<_> =
                    from.iter().map(|it| it.tables.get(slot)?.columns.get(at)?.as_ref()).collect();
                Column::joined(&all, &laying.rows)
            });
            TableColumns { columns: columns.collect(), offsets: laying.offsets.clone() }
        });
        own.tables = of_tables.collect();
        own
    }

    /// Registers whose households come after each other and that number texts alike, as one.
    pub(crate) fn in_a_row(all: &[Self]) -> Self {
        let from: Vec<&Self> = all.iter().collect();
        let runs = all.iter().enumerate().map(|(from, it)| Run { from, of: 0..it.len() });
        Self::laid(&from, &runs.collect::<Vec<_>>())
    }
}

/// All records that some households have in a table.
fn whole(from: &[&Columns], slot: usize, households: &[Run]) -> Laying {
    let count = households.iter().map(|it| it.of.len()).sum::<usize>();
    let (mut offsets, mut rows) = (Vec::with_capacity(count + 1), Vec::<Run>::new());
    offsets.push(0);
    let mut end = 0_u32;
    for run in households {
        let of = from.get(run.from).and_then(|it| it.tables.get(slot));
        let own = of.and_then(|it| it.offsets.get(run.of.start..=run.of.end)).unwrap_or_default();
        let first = own.first().copied().unwrap_or_default();
        let last = own.last().copied().unwrap_or(first);
        let own_rows = first as usize..last as usize;
        // Where those in between have no records, what stands side by side stays so.
        Run::add(&mut rows, run.from, own_rows);
        let before = end;
        let ends = own.iter().skip(1).map(|it| before.saturating_add(it.saturating_sub(first)));
        offsets.extend(ends);
        end = before.saturating_add(last.saturating_sub(first));
        // Of a register that does not have the table nobody has a record.
        offsets.resize(offsets.len() + run.of.len() + 1 - own.len().max(1), end);
    }
    Laying { offsets, rows }
}

/// Both in order of the keys: runs of the earlier one (0) and of the later one (1), which takes the place of the same
/// keys in the earlier one.
pub(crate) fn runs(earlier: &Texts, later: &Texts) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut add = |from: usize, of: Range<usize>| Run::add(&mut runs, from, of);
    let (mut a, mut b) = (0, 0);
    while a < earlier.len() && b < later.len() {
        // Mostly many of one stand between two of the other.
        let next = earlier.lower_bound_from(a, later.bytes(b));
        add(0, a..next);
        a = next;
        if a >= earlier.len() {
            break;
        }
        let next = later.lower_bound_from(b, earlier.bytes(a));
        add(1, b..next);
        b = next;
        if b < later.len() && earlier.bytes(a) == later.bytes(b) {
            add(1, b..b + 1);
            (a, b) = (a + 1, b + 1);
        }
    }
    add(0, a..earlier.len());
    add(1, b..later.len());
    runs
}
