//! Two registers as columns, the later of which replaces whole households of the earlier one.

use std::cmp::Ordering;
use std::ops::Range;

use super::column::{Column, Kind};
use super::dictionary::Dictionary;
use super::{Columns, TableColumns, Texts};

/// Households that stand side by side in one of the two.
pub(super) struct Run {
    pub(super) later: bool,
    pub(super) of: Range<usize>,
}

impl Columns {
    /// All households of both; of those that both have, what `later` says about them. Earlier results are not
    /// looked at.
    #[must_use]
    pub(crate) fn overlaid(mut self, mut later: Self) -> Self {
        self.cutoff = later.cutoff.or(self.cutoff);
        if later.is_empty() {
            return self;
        }
        let mut dictionary = std::mem::take(&mut self.dictionary);
        later.renumber(&mut dictionary);
        let runs = runs(&self.keys, &later.keys);
        let mut own = Self {
            cutoff: self.cutoff,
            kinds: self.kinds.clone(),
            key: self.key,
            dictionary: dictionary.sealed(),
            ..Self::default()
        };
        for run in &runs {
            let of = if run.later { &later } else { &self };
            let first = own.keys.len();
            run.of.clone().for_each(|it| own.keys.push(of.keys.get(it)));
            let quarantined = of.quarantined.range(run.of.clone());
            let quarantined = quarantined.map(|it| (it.0 - run.of.start + first, it.1.clone()));
            own.quarantined.extend(quarantined);
        }
        for (slot, kind) in own.kinds.fields.iter().enumerate() {
            let both = [&self, &later].map(|it| it.fields.get(slot).and_then(Option::as_ref));
            own.fields
                .push(joined(both, *kind, || runs.iter().map(|it| (it.later, it.of.clone()))));
        }
        for (slot, kinds) in own.kinds.tables.iter().enumerate() {
            own.tables.push(table([self.tables.get(slot), later.tables.get(slot)], kinds, &runs));
        }
        own
    }

    /// Numbers texts as another dictionary does, which learns them.
    fn renumber(&mut self, dictionary: &mut Dictionary) {
        let numbers: Vec<usize> = (0..)
            .map_while(|it| self.dictionary.value(it))
            .map(|it| usize::try_from(dictionary.learn(it)).unwrap_or_default())
            .collect();
        let fields = self.fields.iter_mut().zip(&self.kinds.fields);
        let tables = self.tables.iter_mut().zip(&self.kinds.tables);
        let cells = tables.flat_map(|(table, kinds)| table.columns.iter_mut().zip(kinds));
        for (column, _) in fields.chain(cells).filter(|it| *it.1 == Kind::Symbol) {
            if let Some(column) = column {
                column.renumber(&numbers);
            }
        }
    }
}

/// Both in order of the keys.
pub(super) fn runs(earlier: &Texts, later: &Texts) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut add = |is_later: bool, at: usize| match runs.last_mut() {
        Some(it) if it.later == is_later && it.of.end == at => it.of.end += 1,
        _ => runs.push(Run { later: is_later, of: at..at + 1 }),
    };
    let (mut a, mut b) = (0, 0);
    while a < earlier.len() || b < later.len() {
        let order = match (a < earlier.len(), b < later.len()) {
            (true, true) => earlier.bytes(a).cmp(later.bytes(b)),
            (true, false) => Ordering::Less,
            (false, _) => Ordering::Greater,
        };
        if order == Ordering::Less {
            add(false, a);
            a += 1;
        } else {
            add(true, b);
            b += 1;
            a += usize::from(order == Ordering::Equal);
        }
    }
    runs
}

/// Stretches of two columns one after the other; nothing where all is 缺失.
fn joined<I: Iterator<Item = (bool, Range<usize>)>>(
    both: [Option<&Column>; 2],
    kind: Kind,
    runs: impl Fn() -> I,
) -> Option<Column> {
    let [earlier, later] = both;
    if earlier.is_none() && later.is_none() {
        return None;
    }
    let mut own: Option<Column> = None;
    for (is_later, of) in runs() {
        let from = if is_later { later } else { earlier };
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

fn table(both: [Option<&TableColumns>; 2], kinds: &[Kind], runs: &[Run]) -> TableColumns {
    let place = |is_later: bool, at: usize| {
        let of = both[usize::from(is_later)];
        of.and_then(|it| it.offsets.get(at)).map_or(0, |it| *it as usize)
    };
    let rows = |it: &Run| (it.later, place(it.later, it.of.start)..place(it.later, it.of.end));
    let each = runs.iter().flat_map(|run| run.of.clone().map(|it| (run.later, it)));
    let offsets = super::offsets(each.map(|(later, it)| place(later, it + 1) - place(later, it)));
    let columns = kinds.iter().enumerate().map(|(at, kind)| {
        let both = both.map(|it| it?.columns.get(at)?.as_ref());
        joined(both, *kind, || runs.iter().map(rows))
    });
    TableColumns { columns: columns.collect(), offsets }
}
