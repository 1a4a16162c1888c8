//! The range of what a declaration or a local is worth.

use super::super::exclusive;
use super::super::range::Range;
use super::{Reach, Scope};
use crate::model::{Cell, Content, Each, Expr, Mode, Row, RowKey, Table, Test};
use crate::value::Value;

/// Rows that may share a group of mutually exclusive ones, and groups that are looked at: so that a
/// long list stays linear.
const MAX_GROUP: usize = 16;
const MAX_GROUPS: usize = 3;

impl Reach<'_> {
    /// The numbers that a content can be worth, before caps and floors.
    pub(in super::super) fn content(&self, content: &Content, scope: &Scope<'_>) -> Range {
        match content {
            Content::Formula(it) => self.number(it, scope),
            Content::Table(it) => self.table(it, scope),
            Content::Each(it) => self.each(it, scope),
            Content::Parts
            | Content::Matrix(_)
            | Content::Condition(_)
            | Content::Source(_)
            | Content::List(_) => Range::OPEN,
        }
    }

    fn table(&self, table: &Table, scope: &Scope<'_>) -> Range {
        let rows = table.rows.iter().filter_map(|it| Some((it, self.result(table, it, scope)?)));
        match table.mode {
            Mode::Sum if table.columns.is_empty() => self.sum(rows.collect()),
            Mode::Sum | Mode::Highest | Mode::Lowest | Mode::First => {
                rows.map(|it| it.1).reduce(Range::union).unwrap_or(Range::ZERO)
            }
        }
    }

    /// Rows that add up. Of those that exclude each other at most one counts.
    fn sum(&self, rows: Vec<(&Row, Range)>) -> Range {
        let mut groups: Vec<Vec<(&Row, Range)>> = Vec::new();
        for (row, range) in rows {
            let apart = |other: &Row| match (&row.key, &other.key) {
                (RowKey::When(a), RowKey::When(b)) => exclusive::apart(self, a, b),
                (RowKey::Otherwise, _) | (_, RowKey::Otherwise) => true,
                _ => false,
            };
            let mut recent = groups.iter_mut().rev().take(MAX_GROUPS);
            let fitting = recent.find(|it| it.len() < MAX_GROUP && it.iter().all(|it| apart(it.0)));
            match fitting {
                Some(group) => group.push((row, range)),
                None => groups.push(vec![(row, range)]),
            }
        }
        groups.iter().fold(Range::ZERO, |sum, group| {
            let one = group.iter().fold(Range::ZERO, |one, it| one.union(it.1));
            sum.plus(one)
        })
    }

    /// The numbers that a row can give, where its condition holds; `None` where it gives none.
    pub(in super::super) fn result(
        &self,
        table: &Table,
        row: &Row,
        scope: &Scope<'_>,
    ) -> Option<Range> {
        let result = row.results.first()?.as_ref()?;
        let mut facts = scope.facts.clone();
        match &row.key {
            RowKey::When(it) => self.learn(it, true, scope, &mut facts),
            RowKey::Cells(cells) => {
                for (column, cell) in table.columns.iter().zip(cells) {
                    facts.extend(self.cell(cell, scope).map(|it| (column, it)));
                }
            }
            RowKey::Otherwise | RowKey::Always => {}
        }
        Some(self.number(result, &Scope { facts, ..scope.clone() }))
    }

    /// The numbers for which a cell holds, where it is about numbers only.
    fn cell(&self, cell: &Cell, scope: &Scope<'_>) -> Option<Range> {
        let Cell::OneOf(tests) = cell else { return None };
        let constant = |expr: &Expr| match self.constant(expr, scope) {
            Some(Value::Number(it)) => Some(it),
            _ => None,
        };
        let each = tests.iter().map(|it| match it {
            Test::Range { low, high } => {
                let low = low.as_ref().map(|it| constant(&it.value));
                let high = high.as_ref().map(|it| constant(&it.value));
                match (low, high) {
                    (Some(None), _) | (_, Some(None)) => None,
                    (low, high) => Some(Range { low: low.flatten(), high: high.flatten() }),
                }
            }
            Test::Equals(it) => constant(it).map(Range::point),
            Test::Missing | Test::Differs(_) | Test::Starts(_) | Test::Window(_) => None,
        });
        let all: Option<Vec<Range>> = each.collect();
        all?.into_iter().reduce(Range::union)
    }

    fn each(&self, each: &Each, scope: &Scope<'_>) -> Range {
        let mut one = self.table(&each.table, scope);
        if let Some(fade) = &each.fade {
            one = one.times(self.table(fade, scope));
        }
        match each.mode {
            Mode::Sum => self.size(&each.source, scope).times(one),
            // Over no records the result is 0.
            Mode::Highest | Mode::Lowest | Mode::First => one.union(Range::ZERO),
        }
    }
}
