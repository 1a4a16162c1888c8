//! The steps of formulas, tables and sources.

use std::collections::BTreeMap;

use super::bound::{Bound, Count};
use crate::model::linked::Linked;
use crate::model::{
    Cell, CellBound, Check, Condition, Content, DeclKind, Each, Expr, Let, Node, Row, RowKey,
    Source, Table, TemplatePart, Test, Version, Window,
};
use crate::value::Value;

/// Counts steps; what each record is worth is counted once and remembered.
pub(super) struct Counter<'l> {
    linked: &'l Linked,
    /// Values of each record, by slot; derived fields, by record table (or household) and number.
    values: BTreeMap<usize, Bound>,
    derived: BTreeMap<(Option<usize>, usize), Bound>,
    /// The groups that are bound, from the outside; none for another kind of element.
    bound: Vec<Option<Count>>,
}

impl<'l> Counter<'l> {
    pub(super) fn new(linked: &'l Linked) -> Self {
        let (values, derived) = (BTreeMap::new(), BTreeMap::new());
        Self { linked, values, derived, bound: Vec::new() }
    }

    /// The steps of a declaration; of a value of each record those for one record.
    pub(super) fn decl(&mut self, slot: usize) -> Bound {
        if let Some(known) = self.values.get(&slot) {
            return known.clone();
        }
        // In a circle, which the checker refuses, it counts as one step.
        self.values.insert(slot, Bound::number(1));
        let decl = self.linked.decl(slot);
        // What stands around the place where it is read is not in its sight.
        let around = std::mem::take(&mut self.bound);
        if matches!(decl.kind, DeclKind::RecordValue { .. }) {
            self.bound.push(None);
        }
        let parts = u64::try_from(self.linked.parts(slot).len()).unwrap_or(u64::MAX);
        let versions: Vec<Bound> = decl.versions.iter().map(|it| self.version(it)).collect();
        self.bound = around;
        let most = versions.iter().fold(Bound::default(), Bound::most);
        let most = most.plus(&Bound::number(parts));
        self.values.insert(slot, most.clone());
        most
    }

    pub(super) fn version(&mut self, version: &Version) -> Bound {
        let mut sum = Bound::number(1);
        sum = sum.plus(&self.lets(&version.lets));
        if let Some(it) = &version.applies {
            sum = sum.plus(&self.condition(it));
        }
        sum = sum.plus(&self.content(&version.content));
        if let Some(it) = &version.bounds.weight {
            sum = sum.plus(&self.expr(it));
        }
        for it in &version.conditional {
            sum = sum.plus(&self.all([&it.value, &it.when]));
        }
        for it in version.reason.iter().flat_map(|it| &it.parts) {
            if let TemplatePart::Value(it) = it {
                sum = sum.plus(&self.expr(it));
            }
        }
        sum
    }

    pub(super) fn check(&mut self, check: &Check) -> Bound {
        let mut sum = self.lets(&check.lets);
        if let Some(it) = &check.applies {
            sum = sum.plus(&self.condition(it));
        }
        sum.plus(&self.expr(&check.require))
    }

    fn lets(&mut self, lets: &[Let]) -> Bound {
        lets.iter().fold(Bound::default(), |sum, it| sum.plus(&self.content(&it.content)))
    }

    fn condition(&mut self, condition: &Condition) -> Bound {
        self.all(&condition.parts)
    }

    fn content(&mut self, content: &Content) -> Bound {
        match content {
            Content::Formula(it) => self.expr(it),
            Content::Table(it) => self.table(it),
            Content::Each(Each { source, table, fade, .. }) => self.over(source, |own| {
                let table = own.table(table);
                fade.iter().fold(table, |sum, it| sum.plus(&own.table(it)))
            }),
            Content::Condition(it) => self.condition(it),
            Content::Source(it) => self.source(it).0,
            Content::Matrix(_) => Bound::number(3),
            Content::Parts => Bound::default(),
            Content::List(it) => {
                let mut sum = self.condition(&it.admit);
                if let Some(it) = &it.remove {
                    sum = sum.plus(&self.condition(it));
                }
                if let Some(it) = &it.quota {
                    sum = sum.plus(&self.expr(&it.top));
                    sum = sum.plus(&self.all(it.keys.iter().map(|it| &it.0)));
                }
                sum
            }
        }
    }

    fn table(&mut self, table: &Table) -> Bound {
        let columns = self.all(&table.columns);
        table.rows.iter().fold(columns, |sum, it| sum.plus(&self.row(it)))
    }

    fn row(&mut self, Row { key, results, .. }: &Row) -> Bound {
        let key = match key {
            RowKey::Otherwise | RowKey::Always => Bound::number(1),
            RowKey::When(it) => self.expr(it),
            RowKey::Cells(cells) => {
                cells.iter().fold(Bound::default(), |sum, it| sum.plus(&self.cell(it)))
            }
        };
        key.plus(&self.all(results.iter().flatten()))
    }

    fn cell(&mut self, cell: &Cell) -> Bound {
        let Cell::OneOf(tests) = cell else { return Bound::number(1) };
        tests.iter().fold(Bound::default(), |sum, test| {
            let value = |it: &Option<CellBound>| it.as_ref().map(|it| it.value.clone());
            let parts = match test {
                Test::Missing => Bound::default(),
                Test::Range { low, high } => {
                    let both: Vec<Expr> = value(low).into_iter().chain(value(high)).collect();
                    self.all(&both)
                }
                Test::Equals(it) | Test::Differs(it) | Test::Starts(it) => self.expr(it),
                Test::Window(it) => self.window(it),
            };
            sum.plus(&parts).plus(&Bound::number(1))
        })
    }

    fn window(&mut self, window: &Window) -> Bound {
        match window {
            Window::Last(it) | Window::Next(it) => self.expr(it),
            Window::Ago { .. } | Window::Calendar(_) => Bound::number(1),
            Window::YearBefore(it) => self.window(it),
        }
    }

    fn all<'e>(&mut self, all: impl IntoIterator<Item = &'e Expr>) -> Bound {
        all.into_iter().fold(Bound::default(), |sum, it| sum.plus(&self.expr(it)))
    }

    /// A node and everything below it.
    fn expr(&mut self, expr: &Expr) -> Bound {
        let parts = match &expr.node {
            Node::Hole
            | Node::Const(_)
            | Node::AsOf
            | Node::Item { .. }
            | Node::Past { .. }
            | Node::Decl(_)
            | Node::Local(_) => Bound::default(),
            Node::Field(it) => self.derived(None, it.slot.index()),
            Node::RecordField { column, .. } => {
                self.derived(Some(column.table.slot.index()), column.slot.index())
            }
            Node::RecordDecl { decl, .. } => self.decl(decl.slot.index()),
            Node::AtDate { decl, date, .. } => {
                // The law of another day is worked out anew for each date.
                let decl = self.decl(decl.slot.index());
                decl.plus(&self.expr(date))
            }
            Node::Code { key: it, .. }
            | Node::Negate(it)
            | Node::KnownCode { item: it, .. }
            | Node::Present { item: it, .. }
            | Node::Not(it)
            | Node::Round(it, _) => self.expr(it),
            Node::Sum(terms) => self.all(terms.iter().map(|it| &it.expr)),
            Node::Product { left: a, right: b, .. }
            | Node::Compare { left: a, right: b, .. }
            | Node::Shift { date: a, by: b, .. }
            | Node::Contains(a, b)
            | Node::Starts(a, b)
            | Node::IfMissing(a, b) => self.all([&**a, &**b]),
            Node::In { item, set, .. } => {
                let set = self.all(set);
                set.plus(&self.expr(item))
            }
            Node::Within { date, window } => {
                let window = self.window(window);
                window.plus(&self.expr(date))
            }
            Node::And(all) | Node::Or(all) | Node::Call { args: all, .. } => self.all(all),
            Node::If(a, b, c) => self.all([&**a, &**b, &**c]),
            Node::Aggregate { source, arg, .. } => self.over(source, |own| {
                let each = arg.as_ref().map(|it| own.expr(it));
                each.unwrap_or_default().plus(&Bound::number(1))
            }),
            // Worked out once for each household that is counted.
            Node::Population(it) => self.all(it.keys.iter().chain(&it.filter).chain(&it.arg)),
        };
        parts.plus(&Bound::number(1))
    }

    fn derived(&mut self, table: Option<usize>, at: usize) -> Bound {
        let field = match table {
            None => Some(self.linked.field(at)),
            Some(slot) => self.linked.table(slot).fields.get(at),
        };
        let Some(derived) = field.and_then(|it| it.derived.as_ref()) else {
            return Bound::default();
        };
        if let Some(known) = self.derived.get(&(table, at)) {
            return known.clone();
        }
        self.derived.insert((table, at), Bound::number(1));
        let around = std::mem::replace(&mut self.bound, vec![None; usize::from(table.is_some())]);
        let bound = self.expr(derived);
        self.bound = around;
        self.derived.insert((table, at), bound.clone());
        bound
    }

    /// The work of a source, and for each of its elements what `each` says, with the element bound.
    fn over(&mut self, source: &Source, each: impl FnOnce(&mut Self) -> Bound) -> Bound {
        let (work, size) = self.source(source);
        let group = groups(source, self.linked, 0);
        let count = group.then_some(Count::Group(self.bound.len()));
        self.bound.push(count);
        let once = each(self);
        self.bound.pop();
        let all = match count {
            Some(count) => once.over_groups(count, &size),
            None => once.times(&size),
        };
        work.plus(&all)
    }

    /// The work of a source, and how many elements it has at most.
    fn source(&mut self, source: &Source) -> (Bound, Bound) {
        match source {
            Source::Table(it) => {
                let all = Bound::count(Count::Records(it.slot.index()));
                (all.clone(), all)
            }
            Source::History => {
                let all = Bound::count(Count::History);
                (all.clone(), all)
            }
            Source::Named(it) => {
                let decl = self.linked.decl(it.slot.index());
                let around = std::mem::take(&mut self.bound);
                let mut most = (Bound::number(1), Bound::default());
                for version in &decl.versions {
                    if let Content::Source(it) = &version.content {
                        let (work, size) = self.source(it);
                        most = (most.0.most(&work), most.1.most(&size));
                    }
                }
                self.bound = around;
                most
            }
            Source::Filter { of, condition: each } | Source::Group { of, key: each } => {
                let (_, size) = self.source(of);
                (self.over(of, |own| own.expr(each)), size)
            }
            Source::Members { up } => {
                let up = usize::try_from(*up).unwrap_or(usize::MAX);
                let at = self.bound.len().checked_sub(up.saturating_add(1));
                let group = at.and_then(|at| self.bound.get(at)).copied().flatten();
                let all = group.map_or_else(|| Bound::count(Count::Calendar), Bound::count);
                (all.clone(), all)
            }
            Source::Calendar { count, .. } => {
                let all = most(count, self.linked, 0)
                    .map_or_else(|| Bound::count(Count::Calendar), Bound::number);
                (all.clone().plus(&self.expr(count)), all)
            }
        }
    }
}

/// Are the elements of the source groups?
fn groups(source: &Source, linked: &Linked, depth: u32) -> bool {
    match source {
        Source::Group { .. } => true,
        Source::Filter { of, .. } => groups(of, linked, depth),
        Source::Named(it) if depth < 100 => {
            linked.decl(it.slot.index()).versions.iter().any(|version| match &version.content {
                Content::Source(it) => groups(it, linked, depth + 1),
                _ => false,
            })
        }
        Source::Named(_)
        | Source::Table(_)
        | Source::Members { .. }
        | Source::Calendar { .. }
        | Source::History => false,
    }
}

/// The greatest number that a literal or a parameter is worth.
fn most(expr: &Expr, linked: &Linked, depth: u32) -> Option<u64> {
    match &expr.node {
        Node::Const(Value::Number(it)) => u64::try_from(it.to_whole()?).ok(),
        Node::Decl(it) if depth < 20 => {
            let decl = linked.decl(it.slot.index());
            let versions = decl.versions.iter().map(|it| match &it.content {
                Content::Formula(it) => most(it, linked, depth + 1),
                _ => None,
            });
            versions.collect::<Option<Vec<u64>>>()?.into_iter().max()
        }
        _ => None,
    }
}
