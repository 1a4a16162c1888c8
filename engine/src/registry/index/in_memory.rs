//! An index in memory: what readers fill from the journal, and what the one on the disk is measured against.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::{Batch, Index, IndexError, Pair, Table, in_table};

/// A map in memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InMemory {
    map: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Index for InMemory {
    fn value(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        Ok(self.map.get(&in_table(table, key)).cloned())
    }

    fn beginning(&self, table: Table, prefix: &[u8]) -> Result<Vec<Pair>, IndexError> {
        let start = in_table(table, prefix);
        let from = (Bound::Included(start.clone()), Bound::Unbounded);
        let found = self.map.range(from).take_while(|it| it.0.starts_with(&start));
        Ok(found
            .map(|(key, value)| (key.iter().skip(1).copied().collect(), value.clone()))
            .collect())
    }

    fn commit(&mut self, batch: Batch) -> Result<(), IndexError> {
        self.map.extend(batch.into_puts());
        Ok(())
    }

    fn close(self: Box<Self>) -> Result<(), IndexError> {
        Ok(())
    }
}
