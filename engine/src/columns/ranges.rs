//! Between which bounds the numbers of a register lie, which tells what can be looked up instead of worked out.

use rayon::prelude::*;

use super::{Column, Columns, TableColumns};

/// The least and the greatest number of a column; nothing is known where all is 缺失.
pub(crate) type Bounds = Option<(i128, i128)>;

/// The bounds of all columns. Numbers outside of them are no mistake: they only take longer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ranges {
    /// By slot of the field.
    pub(crate) fields: Vec<Bounds>,
    /// By slot of the record table.
    pub(crate) tables: Vec<TableRanges>,
}

/// The bounds of a record table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TableRanges {
    /// So many records one household has at most.
    pub(crate) longest: u32,
    /// By number of the column.
    pub(crate) columns: Vec<Bounds>,
}

impl Ranges {
    /// Of a register in memory.
    pub(crate) fn of(columns: &Columns) -> Self {
        Self {
            fields: columns.fields.iter().map(|it| bounds(it.as_ref())).collect(),
            tables: columns.tables.par_iter().map(TableRanges::of).collect(),
        }
    }

    /// Of this register and of other households.
    #[must_use]
    pub(crate) fn with(mut self, other: &Self) -> Self {
        join(&mut self.fields, &other.fields);
        for (own, other) in self.tables.iter_mut().zip(&other.tables) {
            own.longest = own.longest.max(other.longest);
            join(&mut own.columns, &other.columns);
        }
        self
    }

    /// Of this register with more records of the same households, or of others.
    #[must_use]
    pub(crate) fn with_more(self, more: &Self) -> Self {
        let before: Vec<u32> = self.tables.iter().map(|it| it.longest).collect();
        let mut own = self.with(more);
        for (own, (before, more)) in own.tables.iter_mut().zip(before.iter().zip(&more.tables)) {
            own.longest = before.saturating_add(more.longest);
        }
        own
    }
}

impl TableRanges {
    fn of(table: &TableColumns) -> Self {
        let longest = table.offsets.windows(2).map(|it| it[1] - it[0]).max().unwrap_or_default();
        Self { longest, columns: table.columns.iter().map(|it| bounds(it.as_ref())).collect() }
    }
}

fn bounds(column: Option<&Column>) -> Bounds {
    column.map(|it| (it.low, it.high))
}

fn join(own: &mut [Bounds], other: &[Bounds]) {
    for (own, other) in own.iter_mut().zip(other) {
        *own = match (*own, *other) {
            (Some(own), Some(it)) => Some((own.0.min(it.0), own.1.max(it.1))),
            (own, other) => own.or(other),
        };
    }
}
