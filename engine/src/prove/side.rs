//! One version as a proof sees it.

use std::collections::BTreeSet;

use heng_dsl::builtins::BuiltinId;
use heng_dsl::model::linked::Linked;
use heng_dsl::model::{
    Cell as TableCell, Content, Decide, DecideEffect, Expr, Id, ItemPart, Let, Node, Source,
    Version, Window,
};
use heng_dsl::value::{Date, Value};

use super::records::Conditions;
use crate::data::Household;
use crate::eval::{Evaluator, Frame, Working};
use crate::graph::Thing;
use crate::population::PopulationValues;
use crate::program::Program;

/// One version.
pub(super) struct Side<'p> {
    /// 0 for the old one, 1 for the new one.
    pub(super) number: usize,
    pub(super) program: &'p Program,
    pub(super) as_of: Date,
    on: Evaluator<'p>,
    nobody: Household,
    nothing: PopulationValues,
    /// The household has one record more than on the other side.
    more: Option<More>,
    /// This declaration is taken to be worse than on the other side.
    worse: Option<usize>,
}

/// One more record.
struct More {
    table: usize,
    /// Declarations that read the table, at whatever distance.
    touched: BTreeSet<usize>,
}

impl<'p> Side<'p> {
    pub(super) fn new(number: usize, program: &'p Program, as_of: Date) -> Self {
        let on = Evaluator::new(program, as_of);
        let (nobody, nothing) = (Household::default(), PopulationValues::default());
        Self { number, program, as_of, on, nobody, nothing, more: None, worse: None }
    }

    /// Is a declaration taken to be worse than on the other side?
    pub(super) fn is_worse(&self, slot: usize) -> bool {
        self.worse == Some(slot)
    }

    /// Takes a declaration to be worse here.
    pub(super) fn make_worse(&mut self, slot: usize) {
        self.worse = Some(slot);
    }

    /// Gives the household one record more of a table here.
    pub(super) fn add_one(&mut self, table: usize) {
        let reads = |slot: &usize| {
            self.program.upstream(*slot).iter().any(|it| match it {
                Thing::Table(it) | Thing::Column(it, _) => *it == table,
                _ => false,
            })
        };
        let touched = (0..self.linked().decls().len()).filter(reads).collect();
        self.more = Some(More { table, touched });
    }

    /// The table of which the household has one record more here.
    pub(super) fn one_more(&self) -> Option<usize> {
        self.more.as_ref().map(|it| it.table)
    }

    /// Does a declaration read the table of which there is one record more?
    pub(super) fn is_touched(&self, slot: usize) -> bool {
        self.more.as_ref().is_some_and(|it| it.touched.contains(&slot))
    }

    pub(super) fn linked(&self) -> &'p Linked {
        self.program.linked()
    }

    /// The version of a declaration that is in force.
    pub(super) fn version(&self, slot: usize) -> Option<&'p Version> {
        self.linked().decl(slot).versions.get(self.on.version_of(slot)?)
    }

    /// The rule of a determination of a classification that is in force, by its number.
    pub(super) fn rule(
        &self,
        slot: usize,
        number: usize,
    ) -> Option<(&'p Decide, &'p DecideEffect, &'p Version)> {
        let decide = self.linked().decides(slot).nth(number)?;
        let rule = decide.versions.iter().find(|it| it.1.period.contains(self.as_of))?;
        Some((decide, &rule.0, &rule.1))
    }

    /// Is a declaration 不适用 where the 适用 of its package does not hold?
    pub(super) fn is_bound(&self, slot: usize) -> bool {
        self.on.is_bound(slot)
    }

    /// The value of a parameter.
    pub(super) fn param(&self, slot: usize) -> Value {
        self.on.initial(slot).clone()
    }

    /// The value of an expression in which no household has a part.
    pub(super) fn constant<'s>(&'s self, expr: &'s Expr, lets: &'s [Let]) -> Value {
        self.working().ask(expr, &Frame::new(lets))
    }

    /// The first and the last day of a window that is the same for every household.
    pub(super) fn stretch<'s>(&'s self, window: &'s Window, lets: &'s [Let]) -> Option<(i64, i64)> {
        self.working().days_of(window, &Frame::new(lets))
    }

    /// Does a value pass a cell of a table whose bounds are the same for every household?
    pub(super) fn passes<'s>(
        &'s self,
        cell: &'s TableCell,
        value: &Value,
        lets: &'s [Let],
    ) -> bool {
        self.working().passes(cell, value, &Frame::new(lets)).unwrap_or_default()
    }

    /// The table that a chain of conditions goes over, and the conditions in the order in which they
    /// are asked; nothing where it goes over anything else.
    pub(super) fn chain(
        &self,
        source: &'p Source,
        lets: &'p [Let],
    ) -> Option<(usize, Conditions<'p>)> {
        match source {
            Source::Table(it) => Some((it.slot.index(), Vec::new())),
            Source::Filter { of, condition } => {
                let mut found = self.chain(of, lets)?;
                found.1.push((condition, lets));
                Some(found)
            }
            Source::Named(it) => {
                let version = self.version(it.slot.index())?;
                match (&version.content, &version.applies) {
                    (Content::Source(it), None) => self.chain(it, &version.lets),
                    _ => None,
                }
            }
            Source::Group { .. }
            | Source::Members { .. }
            | Source::Calendar { .. }
            | Source::History => None,
        }
    }

    fn working(&self) -> Working<'_> {
        Working::new(&self.on, &self.nobody, &self.nothing, 0)
    }

    pub(super) fn name(&self, slot: usize) -> (Id, Id) {
        let linked = self.linked();
        (linked.name_of(linked.package_of(slot)), linked.decl(slot).id.clone())
    }

    /// Is a number certainly not negative, where it is there?
    pub(super) fn is_not_negative(&self, expr: &Expr) -> bool {
        match &expr.node {
            Node::Const(Value::Number(it)) => !it.is_negative(),
            Node::RecordField { column, .. } => {
                let table = self.linked().table(column.table.slot.index());
                let field = table.fields.get(column.slot.index());
                field.is_some_and(|it| match &it.derived {
                    Some(derived) => self.is_not_negative(derived),
                    None => !it.signed,
                })
            }
            Node::Sum(terms) => {
                terms.iter().all(|it| !it.negative && self.is_not_negative(&it.expr))
            }
            Node::Item { part: ItemPart::Size, .. } => true,
            Node::IfMissing(a, b) => self.is_not_negative(a) && self.is_not_negative(b),
            // The greatest of several is not below any of them.
            Node::Call { builtin: BuiltinId::Highest, args } => {
                args.iter().any(|it| self.is_not_negative(it))
            }
            Node::Aggregate { builtin, arg, .. } => match builtin {
                BuiltinId::Count | BuiltinId::CountDistinct => true,
                BuiltinId::Largest | BuiltinId::Smallest | BuiltinId::Sum => {
                    arg.as_deref().is_some_and(|it| self.is_not_negative(it))
                }
                _ => false,
            },
            _ => false,
        }
    }
}
