//! What a rule names, by one walk over the model.

use std::collections::BTreeSet;

use heng_dsl::model::walk::{self, ColumnKind, RefKind, Visitor};
use heng_dsl::model::{Column, Ref, Version};

/// Fields, declarations and columns that a version names of the asking household, each once, in the
/// order in which they are named.
#[derive(Debug, Default)]
pub(crate) struct Reads {
    /// Slots of fields of the household.
    pub(crate) fields: Vec<usize>,
    /// Slots of declarations.
    pub(crate) decls: Vec<usize>,
    /// Columns of record tables, as table slot and number.
    pub(crate) columns: BTreeSet<(usize, usize)>,
}

impl Reads {
    /// What a version names.
    pub(crate) fn of(version: &Version) -> Self {
        let mut reads = Self::default();
        walk::version(version, &mut reads);
        reads
    }

    /// The columns of one table.
    pub(crate) fn columns_of(&self, table: usize) -> Vec<usize> {
        self.columns.iter().filter(|it| it.0 == table).map(|it| it.1).collect()
    }
}

impl Visitor for Reads {
    fn reference(&mut self, kind: RefKind, reference: &Ref, population: bool) {
        let list = match kind {
            RefKind::Field if !population => &mut self.fields,
            RefKind::Decl if !population => &mut self.decls,
            _ => return,
        };
        let slot = reference.slot.index();
        if !list.contains(&slot) {
            list.push(slot);
        }
    }

    fn column(&mut self, kind: ColumnKind, column: &Column) {
        if kind == ColumnKind::Record {
            self.columns.insert((column.table.slot.index(), column.slot.index()));
        }
    }
}
