//! Reason codes ([`crate::reasons`]): which clauses of a rule hold, as operations of their own.
//!
//! They are asked beside the rule: its operations are shared, since what stands twice is one operation, and what it notes of
//! missing fields is noted once.

use heng_dsl::model::{Condition, ListRule, Table, Version};
use heng_dsl::value::{Decimal, Value};

use super::{At, Lowering, Rule};
use crate::columnar::plan::{DomainId, Kind, NodeId, Op, Question};
use crate::columnar::{Held, Output, What};
use crate::reasons::Clauses;

impl<'p> Lowering<'p> {
    /// Adds the reason codes of a declaration to the outputs, if it has any.
    pub(super) fn reasons(&mut self, slot: usize, scope: Option<NodeId>) {
        let decl = self.linked.decl(slot);
        let version = self.on.version_of(slot).and_then(|it| decl.versions.get(it));
        let found = version.and_then(|it| Some((it, Clauses::of(decl, it)?)));
        let Some((version, clauses)) = found else { return };
        let outer = std::mem::take(&mut self.notes);
        let within = self.on.is_bound(slot).then(|| self.linked.package_of(slot));
        let rule = Rule::new(&version.lets, vec![DomainId::HOUSEHOLDS], within);
        let held = self.held(version, clauses, rule);
        self.notes = outer;
        self.outputs.push(Output { slot, scope, what: What::Held(held) });
    }

    fn held(&mut self, version: &'p Version, clauses: Clauses<'p>, mut rule: Rule<'p>) -> Held {
        let at = At::start(&rule);
        let applies = version.applies.as_ref().map(|it| self.condition(it, &mut rule, &at));
        let each = match clauses {
            Clauses::First(table) => {
                let row = self.row_that_holds(table, &mut rule, &at);
                return Held::Row(match applies {
                    Some(applies) => self.guarded(applies, row),
                    None => row,
                });
            }
            Clauses::Joined(table) => self.rows_that_hold(table, &mut rule, &at),
            Clauses::Parts(condition) => self.parts_that_hold(condition, &mut rule, &at),
            Clauses::List(list) => self.parts_of_a_list(list, &mut rule, &at),
        };
        Held::Each(match applies {
            Some(applies) => {
                let applies = self.one(Op::Ask(Question::IsTrue), applies);
                each.into_iter().map(|it| self.both(&[applies], it)).collect()
            }
            None => each,
        })
    }

    /// The code of the first row that holds; not there where none does.
    fn row_that_holds(&mut self, table: &'p Table, rule: &mut Rule<'p>, at: &At) -> NodeId {
        let (columns, at) = self.columns(table, rule, at);
        let holds: Vec<NodeId> =
            table.rows.iter().map(|row| self.row_holds(row, &columns, rule, &at)).collect();
        let kind = Kind::Number(0);
        let mut found = self.not_applicable(kind);
        for (row, holds) in holds.into_iter().enumerate().rev() {
            let code = self.reason_code(row);
            found = self.pick(Op::Choose, &[holds, code, found], &at);
        }
        self.checked(&columns, found, &at)
    }

    /// Which rows of 累计, 取高 or 取低 hold, as far as they are looked at: up to one that is not there.
    fn rows_that_hold(&mut self, table: &'p Table, rule: &mut Rule<'p>, at: &At) -> Vec<NodeId> {
        let (held, parts) = self.rows_together(table, rule, at);
        let mut reached = Vec::new();
        let each = held.into_iter().zip(parts).map(|(holds, part)| {
            let found = self.both(&reached, holds);
            reached.push(self.one(Op::Ask(Question::Counts), part));
            found
        });
        each.collect()
    }

    /// Which parts of a condition hold; each is asked.
    fn parts_that_hold(
        &mut self,
        condition: &'p Condition,
        rule: &mut Rule<'p>,
        at: &At,
    ) -> Vec<NodeId> {
        let parts = condition.parts.iter().map(|it| {
            let part = self.expr(it, rule, at);
            self.one(Op::Ask(Question::IsTrue), part)
        });
        parts.collect()
    }

    /// Which parts of a list hold. Whether a household is removed is asked where it is known whether it comes on the list.
    fn parts_of_a_list(&mut self, list: &'p ListRule, rule: &mut Rule<'p>, at: &At) -> Vec<NodeId> {
        let mut all = self.parts_that_hold(&list.admit, rule, at);
        let Some(remove) = &list.remove else { return all };
        let admitted = self.condition(&list.admit, rule, at);
        let known = self.one(Op::Ask(Question::IsThere), admitted);
        let removing = self.parts_that_hold(remove, rule, at);
        all.extend(removing.into_iter().map(|it| self.both(&[known], it)).collect::<Vec<_>>());
        all
    }

    /// The code of a row.
    fn reason_code(&mut self, row: usize) -> NodeId {
        let code = i64::try_from(row).map_or(i64::MAX, |it| it.saturating_add(1));
        self.graph.value(Value::Number(Decimal::from(code)), Kind::Number(0))
    }

    /// A condition, where all of others hold.
    fn both(&mut self, others: &[NodeId], condition: NodeId) -> NodeId {
        let all: Vec<NodeId> = others.iter().copied().chain([condition]).collect();
        self.graph.add(Op::UntilSettled(false), &all, Kind::Bool, &[])
    }
}
