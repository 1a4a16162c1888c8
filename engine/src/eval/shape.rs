//! What has to be known of fields besides their values: which is the event date, and which dates
//! decide whether others are visible.

use heng_dsl::model::linked::Linked;
use heng_dsl::model::{Field, Later, RecordTable, TyKind};

/// The shapes of the household and of all record tables.
#[derive(Debug, Default)]
pub(crate) struct Shapes {
    /// For each field of the household, the field with the date of the happening it belongs to.
    pub(crate) gates: Vec<Option<usize>>,
    /// By slot.
    pub(crate) tables: Vec<TableShape>,
}

/// The shape of a record table.
#[derive(Debug, Default)]
pub(crate) struct TableShape {
    /// The column with the event date.
    pub(crate) event: Option<usize>,
    /// For each column, the column with the date of the happening it belongs to.
    pub(crate) gates: Vec<Option<usize>>,
}

impl Shapes {
    /// The shapes of linked packages.
    pub(crate) fn of(linked: &Linked) -> Self {
        let fields: Vec<&Field> = linked.fields().collect();
        Self { gates: gates(&fields), tables: linked.tables().map(table).collect() }
    }
}

fn table(table: &RecordTable) -> TableShape {
    let fields: Vec<&Field> = table.fields.iter().collect();
    let first = table.order.first();
    let event = fields.iter().position(|it| Some(&it.id) == first && it.ty.kind == TyKind::Date);
    TableShape { event, gates: gates(&fields) }
}

fn gates(fields: &[&Field]) -> Vec<Option<usize>> {
    let is_date_of = |field: &Field, name: &heng_dsl::model::Id| matches!(&field.later, Some(Later::Date(own)) if own == name);
    let gate = |field: &&Field| match &field.later {
        Some(Later::Date(name) | Later::With(name)) => {
            fields.iter().position(|it| is_date_of(it, name))
        }
        None => None,
    };
    fields.iter().map(gate).collect()
}
