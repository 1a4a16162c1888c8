//! Which way something goes when a household has one more record of a table.
//!
//! Each answer holds for every household and every record; where that is not plain, there is none.

use heng_dsl::builtins::BuiltinId;
use heng_dsl::model::walk;
use heng_dsl::model::{
    CompareOp, Content, DeclKind, Each, Expr, ItemPart, Let, Mode, Node, ProductOp, RowKey, Source,
    Table, Version, Window,
};
use heng_dsl::value::Value;

use super::side::Side;

/// Which way a value goes; 否 is below 是. A value that was there stays there, except in `Any`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trend {
    /// It does not change.
    Same,
    /// It does not fall, and what was missing may come.
    Up,
    /// It does not rise, and what was missing may come.
    Down,
    /// Nothing is known.
    Any,
}

/// Which way the elements of a source go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Elements {
    trend: Trend,
    /// There is one more at most.
    one: bool,
}

/// Looks at one version when a table has one record more.
pub(super) struct Trends<'s, 'p> {
    pub(super) side: &'s Side<'p>,
    pub(super) table: usize,
    /// The elements of the groups that are bound, the innermost last; nothing for other elements.
    bound: Vec<Option<Elements>>,
}

impl Trend {
    fn reversed(self) -> Self {
        match self {
            Self::Up => Self::Down,
            Self::Down => Self::Up,
            other => other,
        }
    }

    /// Of something that goes with both.
    fn with(self, other: Self) -> Self {
        match (self, other) {
            (Self::Same, it) | (it, Self::Same) => it,
            (a, b) if a == b => a,
            _ => Self::Any,
        }
    }
}

impl<'s, 'p> Trends<'s, 'p> {
    pub(super) fn new(side: &'s Side<'p>, table: usize) -> Self {
        Self { side, table, bound: Vec::new() }
    }

    /// Does a number of elements rise by one at most?
    pub(super) fn rises_by_one(&mut self, source: &'p Source, lets: &'p [Let]) -> bool {
        self.elements_of(source, lets) == (Trend::Up, true)
    }

    /// Which way the number of elements of a source goes, and whether by one at most.
    pub(super) fn elements_of(&mut self, source: &'p Source, lets: &'p [Let]) -> (Trend, bool) {
        let it = self.source(source, lets);
        (it.trend, it.one)
    }

    /// Which way 逐条 goes.
    pub(super) fn each(&mut self, each: &'p Each, lets: &'p [Let]) -> Trend {
        let elements = self.source(&each.source, lets);
        let within = self.inside(None, |it| {
            let tables = [Some(&each.table), each.fade.as_ref()];
            let mut parts = Trend::Same;
            let mut points = Trend::Same;
            for table in tables.into_iter().flatten() {
                parts = parts.with(it.asked(table, lets));
                for result in table.rows.iter().flat_map(|it| it.results.iter().flatten()) {
                    let positive =
                        matches!(&result.node, Node::Const(Value::Number(it)) if !it.is_negative());
                    if !positive {
                        points = Trend::Any;
                    }
                }
            }
            parts.with(points)
        });
        match (each.mode, elements.trend, within) {
            (_, Trend::Same, Trend::Same) => Trend::Same,
            // Of no records it is zero, below which no record lies.
            (Mode::Sum | Mode::Highest, trend, Trend::Same) => trend,
            _ => Trend::Any,
        }
    }

    /// Is every record worth what it was worth?
    pub(super) fn is_same_of_each(&mut self, each: &'p Each, lets: &'p [Let]) -> bool {
        let tables = [Some(&each.table), each.fade.as_ref()];
        self.inside(None, |it| {
            let same = |table: &'p Table| {
                let results = table.rows.iter().flat_map(|it| it.results.iter().flatten());
                it.all(results, lets).with(it.asked(table, lets)) == Trend::Same
            };
            tables.into_iter().flatten().all(same)
        })
    }

    fn inside<T>(&mut self, elements: Option<Elements>, ask: impl FnOnce(&mut Self) -> T) -> T {
        self.bound.push(elements);
        let found = ask(self);
        self.bound.pop();
        found
    }

    /// Looks at something that is worked out by itself, where nothing is bound.
    fn apart<T>(&mut self, ask: impl FnOnce(&mut Self) -> T) -> T {
        let bound = std::mem::take(&mut self.bound);
        let found = ask(self);
        self.bound = bound;
        found
    }

    fn source(&mut self, source: &'p Source, lets: &'p [Let]) -> Elements {
        let same = Elements { trend: Trend::Same, one: true };
        let unknown = Elements { trend: Trend::Any, one: false };
        match source {
            Source::Table(it) if it.slot.index() == self.table => {
                Elements { trend: Trend::Up, one: true }
            }
            Source::Table(_) | Source::History => same,
            Source::Calendar { count, .. } => {
                if self.expr(count, lets) == Trend::Same {
                    same
                } else {
                    unknown
                }
            }
            Source::Named(it) => {
                let Some(version) = self.side.version(it.slot.index()) else { return same };
                match (&version.content, &version.applies) {
                    // The records of a set are bound where the set is worked out, nothing around it.
                    (Content::Source(it), None) => {
                        self.apart(|trends| trends.source(it, &version.lets))
                    }
                    _ => unknown,
                }
            }
            Source::Filter { of, condition } => {
                let of = self.source(of, lets);
                let holds = self.inside(None, |it| it.expr(condition, lets));
                Elements { trend: of.trend.with(holds), one: of.one && holds == Trend::Same }
            }
            Source::Group { of, key } => {
                let of = self.source(of, lets);
                let key = self.inside(None, |it| it.expr(key, lets));
                if key == Trend::Same { of } else { unknown }
            }
            Source::Members { up } => {
                let at = self.bound.len().checked_sub(1 + *up as usize);
                at.and_then(|it| self.bound.get(it).copied().flatten()).unwrap_or(unknown)
            }
        }
    }

    /// What each element of a source is bound to, for what is asked of it.
    fn members(&mut self, source: &'p Source, lets: &'p [Let]) -> Option<Elements> {
        match source {
            Source::Group { of, .. } => Some(self.source(of, lets)),
            Source::Filter { of, .. } => self.members(of, lets),
            _ => None,
        }
    }

    /// Which way an expression goes.
    pub(super) fn expr(&mut self, expr: &'p Expr, lets: &'p [Let]) -> Trend {
        match &expr.node {
            Node::Aggregate { builtin, source, arg } => {
                self.aggregate((*builtin, source, arg.as_deref()), lets)
            }
            Node::Decl(it) => self.decl(it.slot.index()),
            Node::Local(it) => {
                let Some(it) = lets.get(*it as usize) else { return Trend::Any };
                self.content(&it.content, lets)
            }
            Node::Negate(it) | Node::Not(it) => self.expr(it, lets).reversed(),
            Node::And(parts) | Node::Or(parts) => self.all(parts.iter(), lets),
            Node::Sum(terms) => terms.iter().fold(Trend::Same, |all, it| {
                let own = self.expr(&it.expr, lets);
                all.with(if it.negative { own.reversed() } else { own })
            }),
            Node::Round(it, _) => self.expr(it, lets),
            Node::Product { op: ProductOp::Multiply, left, right } => {
                self.product(expr, (left, right), lets)
            }
            Node::Compare { op, left, right } => {
                let (left, right) = (self.expr(left, lets), self.expr(right, lets));
                let above = left.with(right.reversed());
                match op {
                    CompareOp::Greater | CompareOp::GreaterOrEqual => above,
                    CompareOp::Less | CompareOp::LessOrEqual => above.reversed(),
                    CompareOp::Equal | CompareOp::NotEqual => only_same(above),
                }
            }
            Node::Call { builtin: BuiltinId::Highest | BuiltinId::Lowest, args } => {
                self.all(args.iter(), lets)
            }
            Node::Call { builtin: BuiltinId::Days | BuiltinId::FullMonths, args } => {
                // From the first date to the second one.
                let [from, to] = args.as_slice() else { return self.parts(expr, lets) };
                self.expr(from, lets).reversed().with(self.expr(to, lets))
            }
            Node::IfMissing(it, otherwise) => {
                // What comes may lie on either side of what stood in its place.
                let zero =
                    matches!(&otherwise.node, Node::Const(Value::Number(it)) if it.is_zero());
                match (self.expr(it, lets), self.expr(otherwise, lets)) {
                    (Trend::Same, it) => it,
                    (Trend::Up, _) if zero && self.side.is_not_negative(it) => Trend::Up,
                    _ => Trend::Any,
                }
            }
            Node::Item { up, part: ItemPart::Size } => {
                let at = self.bound.len().checked_sub(1 + *up as usize);
                match at.and_then(|it| self.bound.get(it).copied().flatten()) {
                    Some(it) => it.trend,
                    None => Trend::Any,
                }
            }
            _ => self.parts(expr, lets),
        }
    }

    /// A product goes with what is not a constant.
    fn product(
        &mut self,
        whole: &'p Expr,
        (left, right): (&'p Expr, &'p Expr),
        lets: &'p [Let],
    ) -> Trend {
        let factor = |it: &Expr| match &it.node {
            Node::Const(Value::Number(it)) => Some(!it.is_negative()),
            _ => None,
        };
        let (own, positive) = match (factor(left), factor(right)) {
            (_, Some(it)) => (self.expr(left, lets), it),
            (Some(it), _) => (self.expr(right, lets), it),
            (None, None) => return self.parts(whole, lets),
        };
        if positive { own } else { own.reversed() }
    }

    /// What is made of parts in a way that is not followed changes only where one of them does.
    fn parts(&mut self, expr: &'p Expr, lets: &'p [Let]) -> Trend {
        let mut all = Trend::Same;
        match &expr.node {
            Node::RecordDecl { decl, .. } => all = self.decl(decl.slot.index()),
            Node::Within { window, .. } => all = self.window(window, lets),
            Node::Field(it) => {
                let field = self.side.linked().field(it.slot.index());
                if let Some(derived) = &field.derived {
                    all = self.apart(|it| it.expr(derived, &[]));
                }
            }
            Node::RecordField { column, .. } => {
                let table = self.side.linked().table(column.table.slot.index());
                let field = table.fields.get(column.slot.index());
                if let Some(derived) = field.and_then(|it| it.derived.as_ref()) {
                    all = self.apart(|it| it.expr(derived, &[]));
                }
            }
            Node::AtDate { decl, .. } => {
                for version in &self.side.linked().decl(decl.slot.index()).versions {
                    all = all.with(self.version(version));
                }
            }
            Node::Population(_) => all = Trend::Any,
            _ => {}
        }
        walk::parts(expr, &mut |it| all = all.with(self.expr(it, lets)));
        only_same(all)
    }

    /// Which way the bounds of a window go.
    fn window(&mut self, window: &'p Window, lets: &'p [Let]) -> Trend {
        match window {
            Window::Last(it) | Window::Next(it) => self.expr(it, lets),
            Window::YearBefore(it) => self.window(it, lets),
            Window::Ago { .. } | Window::Calendar(_) => Trend::Same,
        }
    }

    /// What the rows of a table ask; what a cell says is a literal or a parameter.
    fn asked(&mut self, table: &'p Table, lets: &'p [Let]) -> Trend {
        let rows = table.rows.iter().filter_map(|it| match &it.key {
            RowKey::When(it) => Some(it),
            RowKey::Cells(_) | RowKey::Otherwise | RowKey::Always => None,
        });
        self.all(table.columns.iter().chain(rows), lets)
    }

    fn all(&mut self, parts: impl Iterator<Item = &'p Expr>, lets: &'p [Let]) -> Trend {
        let mut all = Trend::Same;
        for it in parts {
            all = all.with(self.expr(it, lets));
        }
        all
    }

    fn decl(&mut self, slot: usize) -> Trend {
        let linked = self.side.linked();
        if linked.decl(slot).kind == DeclKind::Param {
            return Trend::Same;
        }
        if !self.side.is_touched(slot) {
            return Trend::Same;
        }
        // Whom a package is about may depend on the records.
        let package = linked.packages.get(linked.package_of(slot));
        if self.side.is_bound(slot)
            && let Some(applies) = package.and_then(|it| it.applies.as_ref())
            && self.apart(|it| it.all(applies.parts.iter(), &[])) != Trend::Same
        {
            return Trend::Any;
        }
        let Some(version) = self.side.version(slot) else { return Trend::Same };
        self.apart(|it| it.version(version))
    }

    fn version(&mut self, version: &'p Version) -> Trend {
        if version.applies.is_some() || !version.conditional.is_empty() {
            return Trend::Any;
        }
        self.content(&version.content, &version.lets)
    }

    fn content(&mut self, content: &'p Content, lets: &'p [Let]) -> Trend {
        match content {
            Content::Formula(it) => self.expr(it, lets),
            Content::Each(it) => self.each(it, lets),
            Content::Table(it) => {
                let results = it.rows.iter().flat_map(|it| it.results.iter().flatten());
                let results = self.all(results, lets);
                only_same(results.with(self.asked(it, lets)))
            }
            Content::Condition(it) => self.all(it.parts.iter(), lets),
            Content::Matrix(_) | Content::Source(_) | Content::Parts | Content::List(_) => {
                Trend::Any
            }
        }
    }

    fn aggregate(
        &mut self,
        (builtin, source, arg): (BuiltinId, &'p Source, Option<&'p Expr>),
        lets: &'p [Let],
    ) -> Trend {
        use BuiltinId as B;
        let elements = self.source(source, lets).trend;
        let members = self.members(source, lets);
        let own = arg.map_or(Trend::Same, |arg| self.inside(members, |it| it.expr(arg, lets)));
        if elements == Trend::Same && own == Trend::Same {
            return Trend::Same;
        }
        match builtin {
            B::Count | B::Any if own == Trend::Same => elements,
            B::None if own == Trend::Same => elements.reversed(),
            B::CountDistinct if own == Trend::Same => elements,
            // Without elements there is nothing, so that fewer of them can take away what was there.
            B::Largest if elements == Trend::Up || elements == Trend::Same => match own {
                Trend::Same | Trend::Up => Trend::Up,
                _ => Trend::Any,
            },
            B::Smallest if elements == Trend::Up && own == Trend::Same => Trend::Down,
            B::Sum if own == Trend::Same && arg.is_some_and(|it| self.side.is_not_negative(it)) => {
                elements
            }
            B::Latest if elements == Trend::Up && arg.is_some_and(|it| self.is_event(it)) => {
                Trend::Up
            }
            _ => Trend::Any,
        }
    }

    /// Is it the date by which the records of a table are ordered?
    fn is_event(&self, expr: &Expr) -> bool {
        let Node::RecordField { up: 0, column } = &expr.node else { return false };
        let table = self.side.linked().table(column.table.slot.index());
        let field = table.fields.get(column.slot.index());
        field.is_some_and(|it| it.derived.is_none() && table.order.first() == Some(&it.id))
    }
}

/// What is only known where nothing changes.
fn only_same(trend: Trend) -> Trend {
    if trend == Trend::Same { Trend::Same } else { Trend::Any }
}
