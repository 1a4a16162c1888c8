//! Records for which a count, a sum or the value of the last one is as wanted.
//!
//! All of them are alike and dated on the as-of date, unless a condition of theirs asks for something else.

use heng_dsl::builtins::BuiltinId;
use heng_dsl::model::{Content, Expr, Field, Node, Source, TyKind};
use heng_dsl::value::Value;

use super::{MAX_DEPTH, Made, Way, usual};

/// Records that one expression may need.
const MAX_RECORDS: i64 = 40;

impl<'l> Way<'l> {
    /// Records for which a function of them is worth a value.
    pub(super) fn aggregate(
        &mut self,
        builtin: BuiltinId,
        (source, arg): (&Source, Option<&Expr>),
        value: &Value,
    ) -> Option<()> {
        let number = match (builtin, value) {
            (BuiltinId::Count, Value::Number(it)) => it.to_whole()?,
            (BuiltinId::Any, Value::Bool(it)) => i64::from(*it),
            (BuiltinId::None, Value::Bool(it)) => i64::from(!*it),
            (BuiltinId::Sum, Value::Number(it)) => i64::from(!it.is_zero()),
            (_, Value::Missing) => 0,
            _ => 1,
        };
        if !(0..=MAX_RECORDS).contains(&number) {
            return None;
        }
        let mut filters = Vec::new();
        let table = self.filters(source, &mut filters, 0)?;
        for _ in 0..number {
            let mut record = self.blank(table)?;
            for it in &filters {
                self.satisfy(it, true, table, &mut record)?;
            }
            if !matches!(builtin, BuiltinId::Count | BuiltinId::Any | BuiltinId::None) {
                self.put(arg?, value, table, &mut record)?;
            }
            self.records.get_mut(table)?.push(record);
        }
        Some(())
    }

    /// The table of a source, and the conditions that its records satisfy.
    fn filters<'s>(&self, source: &'s Source, out: &mut Vec<&'s Expr>, depth: u32) -> Option<usize>
    where
        'l: 's,
    {
        match source {
            Source::Table(it) => Some(it.slot.index()),
            Source::Filter { of, condition } => {
                out.push(condition);
                self.filters(of, out, depth)
            }
            Source::Named(it) if depth < MAX_DEPTH => {
                let decl = self.linked.decl(it.slot.index());
                let version = decl.versions.iter().find(|it| it.period.contains(self.as_of))?;
                match &version.content {
                    Content::Source(it) => self.filters(it, out, depth + 1),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// A record dated on the as-of date, with a key of its own.
    fn blank(&self, table: usize) -> Option<Made> {
        let declared = self.linked.table(table);
        let number = self.records.get(table)?.len() + 1;
        let values = declared.fields.iter().map(|field| {
            let is_text = matches!(field.ty.kind, TyKind::Text);
            if field.key && is_text {
                Value::text(&format!("示例{number}"))
            } else {
                usual(self.linked, field, self.as_of)
            }
        });
        let dated = |it: &Field| declared.order.first() == Some(&it.id);
        let set = declared.fields.iter().position(dated).into_iter().collect();
        Some((values.collect(), set))
    }

    /// Makes a condition about a record hold, or not hold.
    fn satisfy(
        &mut self,
        condition: &Expr,
        holds: bool,
        table: usize,
        record: &mut Made,
    ) -> Option<()> {
        match &condition.node {
            Node::Not(it) => self.satisfy(it, !holds, table, record),
            Node::And(all) if holds => {
                all.iter().try_for_each(|it| self.satisfy(it, true, table, record))
            }
            Node::Or(all) if !holds => {
                all.iter().try_for_each(|it| self.satisfy(it, false, table, record))
            }
            Node::And(all) | Node::Or(all) => self.satisfy(all.first()?, holds, table, record),
            Node::Within { date, window } => {
                let day = self.inside(window)?;
                let day = if holds { day } else { self.as_of.add_months(-1200)? };
                self.put(date, &Value::Date(day), table, record)
            }
            _ => {
                let (item, wanted) = self.wanted(condition, holds)?;
                self.put(item, &wanted, table, record)
            }
        }
    }

    /// Makes an expression of a record worth a value.
    fn put(&mut self, expr: &Expr, value: &Value, table: usize, record: &mut Made) -> Option<()> {
        match &expr.node {
            Node::RecordField { up: 0, column } => {
                let at = column.slot.index();
                let field = self.linked.table(table).fields.get(at)?;
                if let Some(derived) = &field.derived {
                    return match value {
                        Value::Bool(holds) => self.satisfy(derived, *holds, table, record),
                        _ => None,
                    };
                }
                *record.0.get_mut(at)? = value.clone();
                if value.is_present() {
                    record.1.insert(at);
                }
                Some(())
            }
            Node::IfMissing(item, _) | Node::Round(item, _) => self.put(item, value, table, record),
            _ => None,
        }
    }
}
