//! One more record in columns: the register as it would be with it, of which the grades are worked out.

use std::borrow::Cow;
use std::ops::Range;

use heng_dsl::model::linked::Linked;
use heng_dsl::value::{Date, Value};
use rayon::prelude::*;

use super::{Falls, OneMore, border, tells_apart, tells_the_kind};
use crate::columnar::{Given, bare_results, founded};
use crate::columns::{Columns, Dictionary, Laying, Ranges, Run, offsets};
use crate::data::{Household, Record, Register};
use crate::effect::{Both, Collected, Collecting, NOTHING};
use crate::eval::Evaluator;
use crate::part::{Coded, STRETCH};
use crate::population::PopulationValues;
use crate::run::RunOptions;
use crate::source::{Source, Unreadable};

/// For every household: which of some grades does the record move by two or more? Nothing where it cannot be worked
/// out.
pub(super) fn falls(
    both: &Both<'_>,
    (columns, population): &(&Columns, PopulationValues),
    one: &OneMore<'_>,
    grades: &[Option<usize>],
) -> Option<Vec<Falls>> {
    let program = both.programs[one.side];
    let source = OneMoreEach::of((columns, program.linked()), one)?;
    let options = RunOptions { as_of: both.as_of, threads: None, progress: None, reasons: false };
    let sink = Collecting::values(grades.iter().flatten().copied());
    let slots = sink.slots();
    let mut found = Collected::default();
    let deliver = &mut |it| found.append(it);
    let border = border(program, one.table, grades).into_iter();
    let results = border.filter_map(|it| Some((it, both.spread(one.side, it, columns.len())?)));
    let results = results.collect();
    let given = Given { sites: &|site| population.sites().get(site), results: &results };
    bare_results(program, &source, (&options, &slots, given), &sink, deliver).ok()?;
    // Results are those of the population, in the order of the register.
    let evaluator = Evaluator::new(program, both.as_of);
    let inside = founded(&evaluator, columns, 0..columns.len());
    let fallen = |(number, row): (usize, &u32)| {
        let mut falls = Falls::default();
        let Ok(at) = inside.binary_search(row) else { return falls };
        for (grade, slot) in grades.iter().enumerate() {
            let new = slot.and_then(|it| found.values.get(&it)?.get(at)).unwrap_or(&NOTHING);
            let old = both.values(one.side, *slot).get(number).unwrap_or(&NOTHING);
            falls.note(grade, old, new);
        }
        falls
    };
    Some(both.rows[one.side].par_iter().enumerate().map(fallen).collect())
}

/// A register in which every household has one more record.
struct OneMoreEach<'c> {
    columns: &'c Columns,
    /// A household that has it and nothing else; texts are numbered as in the register.
    bearer: Columns,
    table: usize,
    /// In which columns records are in order, and what the record has there.
    order: Vec<(usize, Value)>,
    ranges: Ranges,
}

impl<'c> OneMoreEach<'c> {
    /// Nothing where the record is none of the table.
    fn of((columns, linked): (&'c Columns, &Linked), one: &OneMore<'_>) -> Option<Self> {
        let table = linked.table(one.table);
        let mut records: Vec<Vec<Record>> = vec![Vec::new(); linked.tables().len()];
        records.get_mut(one.table)?.push(one.record.clone());
        let fields = vec![Value::Missing; linked.fields().len()];
        let bearer = Household { fields, records, ..Household::default() };
        let bearer = Register { households: vec![bearer], cutoff: columns.cutoff };
        let mut bearer = Columns::of_register(&bearer, linked)?;
        bearer.numbered_by(columns.dictionary.clone());
        let places =
            table.order.iter().filter_map(|id| table.fields.iter().position(|it| it.id == *id));
        let order = places.filter_map(|at| Some((at, one.record.values.get(at)?.clone())));
        let mut ranges = Ranges::of(columns).with(&Ranges::of(&bearer));
        if let Some(it) = ranges.tables.get_mut(one.table) {
            it.longest = it.longest.saturating_add(1);
        }
        Some(Self { columns, bearer, table: one.table, order: order.collect(), ranges })
    }

    /// Some of the households.
    fn some(&self, of: Range<usize>) -> Columns {
        let from = [self.columns, &self.bearer];
        let households = [Run { from: 0, of: of.clone() }];
        let mut tables = Columns::layings(&from, &households);
        if let Some(laying) = tables.get_mut(self.table) {
            *laying = self.laid(of);
        }
        Columns::assembled(&from, (&households, &households), &tables)
    }

    /// The records of some households, to each of which the one is added.
    fn laid(&self, of: Range<usize>) -> Laying {
        let mut rows: Vec<Run> = Vec::new();
        let counts = of.map(|household| {
            let own = self.columns.rows(self.table, household);
            let place =
                own.clone().rev().find(|row| !self.is_before(*row)).map_or(own.start, |it| it + 1);
            let count = own.len() + 1;
            rows.push(Run { from: 0, of: own.start..place });
            rows.push(Run { from: 1, of: 0..1 });
            rows.push(Run { from: 0, of: place..own.end });
            count
        });
        let offsets = offsets(counts);
        rows.retain(|it| !it.of.is_empty());
        Laying { offsets, rows }
    }

    /// Does the record stand before one of the register?
    fn is_before(&self, row: usize) -> bool {
        for (column, own) in &self.order {
            let other = self.columns.cell(self.table, *column, row);
            match own.cmp(&other) {
                std::cmp::Ordering::Equal => {}
                order => return order.is_lt(),
            }
        }
        false
    }
}

impl Source for OneMoreEach<'_> {
    fn len(&self) -> usize {
        self.columns.len()
    }

    fn cutoff(&self) -> Option<Date> {
        self.columns.cutoff
    }

    fn held(&self) -> Option<&Columns> {
        None
    }

    fn whole(&self) -> Result<Cow<'_, Columns>, Unreadable> {
        Ok(Cow::Owned(self.some(0..self.columns.len())))
    }

    fn household(&self, key: &str) -> Result<Option<(usize, Household)>, Unreadable> {
        let found = self.columns.find(key);
        Ok(found.map(|it| (it, self.some(it..it + 1).household(0))))
    }

    fn around(&self, _key: &str) -> Result<Cow<'_, Columns>, Unreadable> {
        self.whole()
    }

    fn stretch(&self, number: usize) -> Result<Columns, Unreadable> {
        let first = number.saturating_mul(STRETCH).min(self.columns.len());
        Ok(self.some(first..first.saturating_add(STRETCH).min(self.columns.len())))
    }

    fn dictionary(&self) -> &Dictionary {
        &self.columns.dictionary
    }

    fn ranges(&self) -> Ranges {
        self.ranges.clone()
    }
}

/// The latest record of the most frequent kind, and its date.
pub(super) fn typical(
    (columns, linked): (&Columns, &Linked),
    (table, event): (usize, usize),
    as_of: Date,
) -> Option<(Date, Vec<Value>)> {
    let fields = &linked.table(table).fields;
    let count = columns.rows(table, columns.len().checked_sub(1)?).end;
    let mut kinds = Coded::same(Vec::new(), count);
    for at in (0..fields.len()).filter(|it| fields.get(*it).is_some_and(tells_the_kind)) {
        let next = columns.coded_cells(table, at);
        let both = kinds.zip(&next);
        kinds = both.map(|(before, own)| {
            let mut kind = kinds.different.get(before as usize).cloned().unwrap_or_default();
            kind.extend(next.different.get(own as usize).cloned());
            kind
        });
    }
    // Of equally frequent kinds the first by value.
    let counts = kinds.different.iter().zip(kinds.counts());
    let (wanted, _) =
        counts.filter(|it| it.1 > 0).min_by_key(|it| (std::cmp::Reverse(it.1), it.0))?;
    let rows = kinds.rows(|it| it == wanted);
    let date = |row: &usize| match columns.cell(table, event, *row) {
        Value::Date(it) if it <= as_of => Some((it, *row)),
        _ => None,
    };
    let dated: Vec<(Date, usize)> = rows.par_iter().filter_map(date).collect();
    // The latest; of several on that day the least by value.
    let latest = dated.iter().map(|it| it.0).max()?;
    let cell = |at: usize, row: usize| columns.cell(table, at, row);
    let told = |row: usize| -> Vec<Value> {
        let columns = fields.iter().enumerate().filter(|it| tells_apart(it.1));
        columns.map(|it| cell(it.0, row)).collect()
    };
    let of_that_day = dated.iter().filter(|it| it.0 == latest);
    let (_, row) = of_that_day.min_by_key(|it| told(it.1))?;
    Some((latest, (0..fields.len()).map(|it| cell(it, *row)).collect()))
}
