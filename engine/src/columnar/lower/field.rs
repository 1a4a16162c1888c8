//! Fields of the household and columns of records, as the as-of date sees them.

use heng_dsl::model::{CompareOp, Field};
use heng_dsl::value::{Fault, Value};

use super::{At, Lowering, Rule};
use crate::columnar::plan::{DomainId, Kind, Load, NodeId, Op, Question};
use crate::columnar::unsupported as lack;

impl<'p> Lowering<'p> {
    /// A field of the household.
    pub(super) fn field(&mut self, slot: usize, at: &At) -> NodeId {
        let known = match self.fields.get(&slot) {
            Some(known) => known.clone(),
            None => {
                let field = self.linked.field(slot);
                let gate = self.shapes.gates.get(slot).copied().flatten();
                let gate = gate.map(|it| (Load::Field(it), self.linked.field(it)));
                let load = Load::Field(slot);
                let known =
                    self.remembered(|own| own.seen(load, field, gate, DomainId::HOUSEHOLDS));
                self.fields.insert(slot, known.clone());
                known
            }
        };
        let value = self.recalled(&known, at);
        self.reads(slot, value, at);
        value
    }

    /// A column of the record that a bound element is.
    pub(super) fn column(
        &mut self,
        element: DomainId,
        table: usize,
        column: usize,
        at: &At,
    ) -> NodeId {
        let known = match self.columns.get(&(table, column)) {
            Some(known) => known.clone(),
            None => {
                let fields = &self.linked.table(table).fields;
                let Some(field) = fields.get(column) else {
                    return self.fault(Fault::Type, Kind::Bool);
                };
                let gates = self.shapes.tables.get(table).map_or(&[][..], |it| &it.gates);
                let gate = gates.get(column).copied().flatten();
                let gate = gate.and_then(|it| Some((Load::Column(table, it), fields.get(it)?)));
                let (load, records) = (Load::Column(table, column), self.records(table));
                let known = self.remembered(|own| own.seen(load, field, gate, records));
                self.columns.insert((table, column), known.clone());
                known
            }
        };
        let value = self.recalled(&known, at);
        self.graph.own(value, element)
    }

    /// What the as-of date sees of what was delivered.
    fn seen(
        &mut self,
        load: Load,
        field: &'p Field,
        gate: Option<(Load, &Field)>,
        domain: DomainId,
    ) -> NodeId {
        let value = self.delivered(load, field, domain);
        let value = self.unfilled(value, field, domain);
        let Some((load, date)) = gate else { return value };
        let kind = self.graph.kind(value);
        let date = self.delivered(load, date, domain);
        let later = self.is_later(date);
        let missing = self.graph.value(Value::Missing, kind);
        self.graph.add(Op::Choose, &[later, missing, value], kind, &[domain])
    }

    /// What was delivered in a field.
    pub(super) fn delivered(&mut self, load: Load, field: &Field, domain: DomainId) -> NodeId {
        match Kind::of(&field.ty.kind) {
            Some(kind) => self.graph.load(load, domain, kind),
            None => self.refuse(&lack::TYPES),
        }
    }

    /// What stands for an empty cell: the value that follows from others, or the default.
    fn unfilled(&mut self, raw: NodeId, field: &'p Field, domain: DomainId) -> NodeId {
        let kind = self.graph.kind(raw);
        if let Some(derived) = &field.derived {
            let mut start = vec![DomainId::HOUSEHOLDS];
            start.extend((domain != DomainId::HOUSEHOLDS).then_some(domain));
            let mut rule = Rule::new(&[], start, None);
            let at = At::start(&rule);
            return self.expr(derived, &mut rule, &at);
        }
        let Some(default) = &field.default else { return raw };
        let default = self.graph.value(default.clone(), kind);
        self.graph.add(Op::Otherwise, &[raw, default], kind, &[])
    }

    /// Does a date that was delivered lie after the as-of date? One that is not there does not.
    pub(super) fn is_later(&mut self, date: NodeId) -> NodeId {
        let as_of = self.graph.value(Value::Date(self.on.as_of()), Kind::Date);
        let op = Op::Compare(CompareOp::Greater);
        let later = self.graph.add(op, &[date, as_of], Kind::Bool, &[]);
        self.one(Op::Ask(Question::IsTrue), later)
    }
}
