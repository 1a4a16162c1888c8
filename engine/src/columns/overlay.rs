//! Registers as columns laid side by side, the later of which may replace whole households of the earlier ones.

use std::cmp::Ordering;
use std::ops::Range;

use super::column::{Column, Kind};
use super::{Columns, TableColumns, Texts};

/// Households that stand side by side in one of several registers.
pub(crate) struct Run {
    /// Which of them.
    pub(crate) from: usize,
    pub(crate) of: Range<usize>,
}

impl Columns {
    /// Households of registers that number texts as the first one does, one run after the other.
    pub(crate) fn laid(from: &[&Self], runs: &[Run]) -> Self {
        let Some(first) = from.first() else { return Self::default() };
        let mut own = Self {
            cutoff: first.cutoff,
            kinds: first.kinds.clone(),
            key: first.key,
            dictionary: first.dictionary.clone(),
            ..Self::default()
        };
        for run in runs {
            let Some(of) = from.get(run.from) else { continue };
            let first = own.keys.len();
            run.of.clone().for_each(|it| own.keys.push(of.keys.get(it)));
            let quarantined = of.quarantined.range(run.of.clone());
            let quarantined = quarantined.map(|it| (it.0 - run.of.start + first, it.1.clone()));
            own.quarantined.extend(quarantined);
        }
        for (slot, kind) in own.kinds.fields.iter().enumerate() {
            let all: Vec<_> =
                from.iter().map(|it| it.fields.get(slot).and_then(Option::as_ref)).collect();
            own.fields.push(joined(&all, *kind, || runs.iter().map(|it| (it.from, it.of.clone()))));
        }
        for (slot, kinds) in own.kinds.tables.iter().enumerate() {
            let all: Vec<_> = from.iter().map(|it| it.tables.get(slot)).collect();
            own.tables.push(table(&all, kinds, runs));
        }
        own
    }
}

/// Both in order of the keys: runs of the earlier one (0) and of the later one (1).
pub(crate) fn runs(earlier: &Texts, later: &Texts) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut add = |from: usize, at: usize| match runs.last_mut() {
        Some(it) if it.from == from && it.of.end == at => it.of.end += 1,
        _ => runs.push(Run { from, of: at..at + 1 }),
    };
    let (mut a, mut b) = (0, 0);
    while a < earlier.len() || b < later.len() {
        let order = match (a < earlier.len(), b < later.len()) {
            (true, true) => earlier.bytes(a).cmp(later.bytes(b)),
            (true, false) => Ordering::Less,
            (false, _) => Ordering::Greater,
        };
        if order == Ordering::Less {
            add(0, a);
            a += 1;
        } else {
            add(1, b);
            b += 1;
            a += usize::from(order == Ordering::Equal);
        }
    }
    runs
}

/// Stretches of columns one after the other; nothing where all is 缺失.
fn joined<I: Iterator<Item = (usize, Range<usize>)>>(
    from: &[Option<&Column>],
    kind: Kind,
    runs: impl Fn() -> I,
) -> Option<Column> {
    if from.iter().all(Option::is_none) {
        return None;
    }
    let mut own: Option<Column> = None;
    for (from, of) in runs().map(|it| (from.get(it.0).copied().flatten(), it.1)) {
        let part = match from {
            Some(it) => it.slice(of.start, of.end),
            None => Column::missing(kind, of.len()),
        };
        match &mut own {
            Some(own) => own.append(part),
            None => own = Some(part),
        }
    }
    own.filter(|it| !it.is_missing())
}

fn table(from: &[Option<&TableColumns>], kinds: &[Kind], runs: &[Run]) -> TableColumns {
    let place = |run: usize, at: usize| {
        let of = from.get(run).copied().flatten();
        of.and_then(|it| it.offsets.get(at)).map_or(0, |it| *it as usize)
    };
    let rows = |it: &Run| (it.from, place(it.from, it.of.start)..place(it.from, it.of.end));
    let each = runs.iter().flat_map(|run| run.of.clone().map(|it| (run.from, it)));
    let offsets = super::offsets(each.map(|(from, it)| place(from, it + 1) - place(from, it)));
    let columns = kinds.iter().enumerate().map(|(at, kind)| {
        let all: Vec<_> = from.iter().map(|it| (*it)?.columns.get(at)?.as_ref()).collect();
        joined(&all, *kind, || runs.iter().map(rows))
    });
    TableColumns { columns: columns.collect(), offsets }
}
