//! A register in memory: households with their fields and records, as one set of linked packages
//! reads them.
//!
//! Nothing here is evaluated. Whether a record is visible on a date, and whether a later happening
//! has happened by then, is the business of the evaluator; the data hold what was delivered.

mod build;
mod recast;

use std::sync::Arc;

use heng_dsl::model::RecordTable;
use heng_dsl::value::{Date, Value};

pub use self::build::{BuildError, HouseholdBuilder};
pub use self::recast::{Read, read_alike, recast, recast_columns};
pub use crate::cell::{CellFault, Expected};
pub use crate::reach::Unread;

/// All households, sorted by key, no key twice.
#[derive(Debug, Clone, Default)]
pub struct Register {
    /// The households.
    pub households: Vec<Household>,
    /// 截至: the date up to which the data speak.
    pub cutoff: Option<Date>,
}

/// Households by number, in the order of their keys.
pub trait Keyed {
    /// How many there are.
    fn households(&self) -> usize;

    /// The key of one.
    fn key(&self, number: usize) -> Option<Arc<str>>;
}

impl Keyed for Register {
    fn households(&self) -> usize {
        self.households.len()
    }

    fn key(&self, number: usize) -> Option<Arc<str>> {
        self.households.get(number).map(|it| Arc::clone(&it.key))
    }
}

/// One household.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Household {
    /// Its key, as text.
    pub key: Arc<str>,
    /// A value for every field of the linked packages, by slot; [`Value::Missing`] for empty cells
    /// and for derived fields.
    pub fields: Vec<Value>,
    /// For every record table of the linked packages, by slot, its records in the table's order.
    pub records: Vec<Vec<Record>>,
    /// Rows of this household that were quarantined, by table slot; its result says so.
    pub quarantined: Vec<(usize, u32)>,
    /// Earlier results, oldest first.
    pub history: Vec<EarlierResult>,
}

/// One record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// A value for every column of its table; [`Value::Missing`] for empty cells and derived fields.
    pub values: Vec<Value>,
}

/// A result of an earlier month.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EarlierResult {
    /// Its as-of date.
    pub as_of: Option<Date>,
    /// What declarations were worth then, by slot; only those that were recorded.
    pub values: Vec<(usize, Value)>,
}

/// Into the order of the table; records that it does not tell apart stay as they were given.
pub(crate) fn sort(table: &RecordTable, records: &mut [Record]) {
    let order: Vec<usize> = table
        .order
        .iter()
        .filter_map(|id| table.fields.iter().position(|it| it.id == *id))
        .collect();
    records.sort_by(|a, b| {
        let key =
            |it: &Record| order.iter().map(|at| it.values.get(*at).cloned()).collect::<Vec<_>>();
        key(a).cmp(&key(b))
    });
}
