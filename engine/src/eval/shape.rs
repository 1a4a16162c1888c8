//! What has to be known of fields besides their values: which is the event date, and which dates
//! decide whether others are visible.

use heng_dsl::model::linked::Linked;
use heng_dsl::model::walk::{self, RefKind, Visitor};
use heng_dsl::model::{Expr, Field, Later, Node, RecordTable, Ref, TyKind};

/// The shapes of the household and of all record tables.
#[derive(Debug, Default)]
pub(crate) struct Shapes {
    /// For each field of the household, the field with the date of the happening it belongs to.
    pub(crate) gates: Vec<Option<usize>>,
    /// For each field of the household: do the rules ask for nothing but whether it is there? Then
    /// its absence is the answer, and not a gap in the data.
    pub(crate) only_asked: Vec<bool>,
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
        let mut uses = Uses(vec![(0, 0); fields.len()]);
        for package in &linked.packages {
            walk::rule_set(package, &mut uses);
        }
        let only_asked = uses.0.iter().map(|(all, asked)| *all > 0 && all == asked).collect();
        Self { gates: gates(&fields), only_asked, tables: linked.tables().map(table).collect() }
    }
}

/// For each field of the household, how often the rules name it, and how often they do so only to
/// ask whether it is there.
struct Uses(Vec<(u32, u32)>);

impl Visitor for Uses {
    fn reference(&mut self, kind: RefKind, reference: &Ref, _: bool) {
        if let (RefKind::Field, Some(it)) = (kind, self.0.get_mut(reference.slot.index())) {
            it.0 += 1;
        }
    }

    fn expr(&mut self, expr: &Expr) {
        let Node::Present { item, .. } = &expr.node else { return };
        let Node::Field(field) = &item.node else { return };
        if let Some(it) = self.0.get_mut(field.slot.index()) {
            it.1 += 1;
        }
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
