//! One walk over a model that names every reference and every expression it passes.
//!
//! Linking, the dependency graph, and every later analysis use this one walk, so that a new node has
//! to be added to exactly one place for all of them.

use super::{
    Cell, Column, Condition, Content, Decl, DeclKind, Each, Expr, Matrix, Node, Population, Ref,
    Row, RowKey, RuleSet, Source, Table, Template, TemplatePart, Test, TyKind, Version, Window,
};

/// What a reference names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RefKind {
    /// A [`Decl`].
    Decl,
    /// A field of the household.
    Field,
    /// A record table.
    Table,
    /// An enumeration or a grade.
    Enum,
    /// A code table.
    Codes,
}

/// Which kind of table a column belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ColumnKind {
    /// A record table.
    Record,
    /// A code table.
    Code,
}

/// What a walk is told.
pub trait Visitor {
    /// A reference. `population`: it is read of other households, a round earlier.
    fn reference(&mut self, kind: RefKind, reference: &Ref, population: bool);
    /// A declaration whose earlier results are read; it is no dependency, but it has to exist.
    fn past(&mut self, _decl: &Ref) {}
    /// A column of a table, whose reference has been told before.
    fn column(&mut self, _kind: ColumnKind, _column: &Column) {}
    /// A population function (also the quota of a list), before its parts.
    fn population(&mut self, _population: &Population) {}
    /// An expression, before its parts.
    fn expr(&mut self, _expr: &Expr) {}
}

/// The state of a walk.
struct Walk<'v, V: Visitor> {
    visitor: &'v mut V,
    population: bool,
}

/// Walks over everything in a package.
pub fn rule_set<V: Visitor>(set: &RuleSet, visitor: &mut V) {
    let mut walk = Walk { visitor, population: false };
    if let Some(applies) = &set.applies {
        walk.condition(applies);
    }
    for field in set.subject.iter().flat_map(|it| &it.fields) {
        walk.field(field);
    }
    for field in set.tables.iter().flat_map(|it| &it.fields) {
        walk.field(field);
    }
    for field in set.codes.iter().flat_map(|it| &it.columns) {
        walk.field(field);
    }
    for it in &set.decls {
        walk.decl(it);
    }
    for it in &set.decides {
        walk.reference(RefKind::Decl, &it.target);
        for (_, version) in &it.versions {
            walk.version(version);
        }
    }
    for it in &set.checks {
        walk.check(it);
    }
    walk.rest(set);
}

/// Walks over one declaration.
pub fn decl<V: Visitor>(decl: &Decl, visitor: &mut V) {
    Walk { visitor, population: false }.decl(decl);
}

/// Walks over the condition of a package's 适用, or another condition by itself.
pub fn condition<V: Visitor>(condition: &Condition, visitor: &mut V) {
    Walk { visitor, population: false }.condition(condition);
}

/// Walks over one version of a declaration or of a direct determination.
pub fn version<V: Visitor>(version: &Version, visitor: &mut V) {
    Walk { visitor, population: false }.version(version);
}

/// Walks over one data-quality rule.
pub fn check<V: Visitor>(check: &super::Check, visitor: &mut V) {
    Walk { visitor, population: false }.check(check);
}

/// Walks over one action.
pub fn action<V: Visitor>(action: &super::Action, visitor: &mut V) {
    Walk { visitor, population: false }.action(action);
}

/// Walks over what a declaration or a local value is worth.
pub fn content<V: Visitor>(content: &Content, visitor: &mut V) {
    Walk { visitor, population: false }.content(content);
}

/// Walks over what stands in front of the `：` of a row.
pub fn row_key<V: Visitor>(key: &RowKey, visitor: &mut V) {
    Walk { visitor, population: false }.row_key(key);
}

/// Walks over one expression.
pub fn expr<V: Visitor>(expr: &Expr, visitor: &mut V) {
    Walk { visitor, population: false }.expr(expr);
}

/// Walks over one source.
pub fn source<V: Visitor>(source: &Source, visitor: &mut V) {
    Walk { visitor, population: false }.source(source);
}

/// Calls `each` for the direct parts of an expression, without sources and windows.
pub fn parts<'e>(expr: &'e Expr, each: &mut dyn FnMut(&'e Expr)) {
    match &expr.node {
        Node::Hole
        | Node::Const(_)
        | Node::AsOf
        | Node::Field(_)
        | Node::RecordField { .. }
        | Node::Item { .. }
        | Node::Past { .. }
        | Node::Decl(_)
        | Node::RecordDecl { .. }
        | Node::Local(_)
        | Node::Aggregate { .. }
        | Node::Population(_) => {}
        Node::Code { key: it, .. }
        | Node::AtDate { date: it, .. }
        | Node::Negate(it)
        | Node::KnownCode { item: it, .. }
        | Node::Within { date: it, .. }
        | Node::Present { item: it, .. }
        | Node::Not(it)
        | Node::Round(it, _) => each(it),
        Node::Sum(terms) => terms.iter().for_each(|it| each(&it.expr)),
        Node::Product { left, right, .. } | Node::Compare { left, right, .. } => {
            each(left);
            each(right);
        }
        Node::Shift { date, by, .. } => {
            each(date);
            each(by);
        }
        Node::In { item, set, .. } => {
            each(item);
            set.iter().for_each(each);
        }
        Node::Contains(a, b) | Node::Starts(a, b) | Node::IfMissing(a, b) => {
            each(a);
            each(b);
        }
        Node::And(all) | Node::Or(all) | Node::Call { args: all, .. } => all.iter().for_each(each),
        Node::If(a, b, c) => {
            each(a);
            each(b);
            each(c);
        }
    }
}

impl<V: Visitor> Walk<'_, V> {
    fn reference(&mut self, kind: RefKind, reference: &Ref) {
        self.visitor.reference(kind, reference, self.population);
    }

    fn column(&mut self, kind: ColumnKind, column: &Column) {
        let table = match kind {
            ColumnKind::Record => RefKind::Table,
            ColumnKind::Code => RefKind::Codes,
        };
        self.reference(table, &column.table);
        self.visitor.column(kind, column);
    }

    fn ty(&mut self, ty: &super::Ty) {
        match &ty.kind {
            TyKind::Member(it) => self.reference(RefKind::Enum, it),
            TyKind::Code(it) => self.reference(RefKind::Codes, it),
            TyKind::Bool
            | TyKind::Number(_)
            | TyKind::Date
            | TyKind::Text
            | TyKind::Frequency
            | TyKind::Unknown => {}
        }
    }

    fn field(&mut self, field: &super::Field) {
        self.ty(&field.ty);
        if let Some(it) = &field.derived {
            self.expr(it);
        }
    }

    fn decl(&mut self, decl: &Decl) {
        self.ty(&decl.ty);
        match &decl.kind {
            DeclKind::RecordValue { table } => self.reference(RefKind::Table, table),
            DeclKind::Classify { grade } | DeclKind::Overlay { grade } => {
                self.reference(RefKind::Enum, grade);
            }
            DeclKind::Measure { columns } => columns.iter().for_each(|it| self.ty(&it.ty)),
            // The dimension reads its parts, not the other way round: see `graph`.
            DeclKind::Dimension { .. }
            | DeclKind::Indicator { .. }
            | DeclKind::Param
            | DeclKind::Value
            | DeclKind::RecordSet
            | DeclKind::Total
            | DeclKind::Merge
            | DeclKind::Tag { .. }
            | DeclKind::Alert { .. }
            | DeclKind::List => {}
        }
        for it in &decl.versions {
            self.version(it);
        }
    }

    fn version(&mut self, version: &Version) {
        if let Some(it) = &version.applies {
            self.condition(it);
        }
        for it in &version.lets {
            self.ty(&it.ty);
            self.content(&it.content);
        }
        self.content(&version.content);
        if let Some(it) = &version.bounds.weight {
            self.expr(it);
        }
        for it in &version.conditional {
            self.expr(&it.value);
            self.expr(&it.when);
        }
        if let Some(it) = &version.reason {
            self.template(it);
        }
    }

    fn template(&mut self, template: &Template) {
        for it in &template.parts {
            if let TemplatePart::Value(it) = it {
                self.expr(it);
            }
        }
    }

    fn condition(&mut self, condition: &Condition) {
        condition.parts.iter().for_each(|it| self.expr(it));
    }

    fn content(&mut self, content: &Content) {
        match content {
            Content::Formula(it) => self.expr(it),
            Content::Table(it) => self.table(it),
            Content::Each(Each { source, table, fade, .. }) => {
                self.source(source);
                self.table(table);
                if let Some(it) = fade {
                    self.table(it);
                }
            }
            Content::Matrix(Matrix { rows, row_grade, columns, column_grade, .. }) => {
                self.reference(RefKind::Decl, rows);
                self.reference(RefKind::Decl, columns);
                self.reference(RefKind::Enum, row_grade);
                self.reference(RefKind::Enum, column_grade);
            }
            Content::Condition(it) => self.condition(it),
            Content::Source(it) => self.source(it),
            Content::Parts => {}
            Content::List(it) => {
                self.condition(&it.admit);
                if let Some(it) = &it.remove {
                    self.condition(it);
                }
                if let Some(quota) = &it.quota {
                    self.expr(&quota.top);
                    // Who is in front depends on all households.
                    let before = std::mem::replace(&mut self.population, true);
                    quota.keys.iter().for_each(|(key, _)| self.expr(key));
                    self.condition(&it.admit);
                    if let Some(remove) = &it.remove {
                        self.condition(remove);
                    }
                    self.population = before;
                }
            }
        }
    }

    fn table(&mut self, table: &Table) {
        table.columns.iter().for_each(|it| self.expr(it));
        for Row { key, results, .. } in &table.rows {
            self.row_key(key);
            results.iter().flatten().for_each(|it| self.expr(it));
        }
    }

    fn row_key(&mut self, key: &RowKey) {
        match key {
            RowKey::Otherwise | RowKey::Always => {}
            RowKey::Cells(cells) => cells.iter().for_each(|it| self.cell(it)),
            RowKey::When(it) => self.expr(it),
        }
    }

    fn cell(&mut self, cell: &Cell) {
        let Cell::OneOf(tests) = cell else { return };
        for it in tests {
            match it {
                Test::Missing => {}
                Test::Range { low, high } => {
                    low.iter().chain(high).for_each(|it| self.expr(&it.value));
                }
                Test::Equals(it) | Test::Differs(it) | Test::Starts(it) => self.expr(it),
                Test::Window(it) => self.window(it),
            }
        }
    }

    fn window(&mut self, window: &Window) {
        match window {
            Window::Last(it) | Window::Next(it) => self.expr(it),
            Window::Ago { .. } | Window::Calendar(_) => {}
            Window::YearBefore(it) => self.window(it),
        }
    }

    fn source(&mut self, source: &Source) {
        match source {
            Source::Table(it) => self.reference(RefKind::Table, it),
            Source::Named(it) => self.reference(RefKind::Decl, it),
            Source::Filter { of, condition } => {
                self.source(of);
                self.expr(condition);
            }
            Source::Group { of, key } => {
                self.source(of);
                self.expr(key);
            }
            Source::Calendar { count, .. } => self.expr(count),
            Source::Members { .. } | Source::History => {}
        }
    }

    fn expr(&mut self, expr: &Expr) {
        self.visitor.expr(expr);
        self.ty(&expr.ty);
        match &expr.node {
            Node::Field(it) => self.reference(RefKind::Field, it),
            Node::RecordField { column, .. } => self.column(ColumnKind::Record, column),
            Node::Decl(it) | Node::RecordDecl { decl: it, .. } | Node::AtDate { decl: it, .. } => {
                self.reference(RefKind::Decl, it);
            }
            Node::Code { column, .. } => self.column(ColumnKind::Code, column),
            Node::KnownCode { codes, .. } => self.reference(RefKind::Codes, codes),
            Node::Within { window, .. } => self.window(window),
            Node::Aggregate { source, arg, .. } => {
                self.source(source);
                if let Some(it) = arg {
                    self.expr(it);
                }
            }
            Node::Population(it) => self.population(it),
            // What an earlier result was is not what it is now: no dependency, but it has to exist.
            Node::Past { decl, .. } => self.visitor.past(decl),
            _ => {}
        }
        parts(expr, &mut |it| self.expr(it));
    }

    fn population(&mut self, population: &Population) {
        self.visitor.population(population);
        population.keys.iter().for_each(|it| self.expr(it));
        let before = std::mem::replace(&mut self.population, true);
        population.keys.iter().for_each(|it| self.expr(it));
        population.filter.iter().for_each(|it| self.expr(it));
        population.arg.iter().for_each(|it| self.expr(it));
        self.population = before;
    }

    fn check(&mut self, check: &super::Check) {
        use super::CheckScope::{Household, Records, Table};
        match &check.scope {
            Household => {}
            Records(it) | Table(it) => self.reference(RefKind::Table, it),
        }
        if let Some(it) = &check.applies {
            self.condition(it);
        }
        check.lets.iter().for_each(|it| self.content(&it.content));
        self.expr(&check.require);
    }

    /// Actions, promises and cases.
    fn rest(&mut self, set: &RuleSet) {
        set.actions.iter().for_each(|it| self.action(it));
        set.guarantees.iter().for_each(|it| self.guarantee(it));
        for it in &set.cases {
            let households = std::iter::once(&it.household).chain(it.others.iter().map(|it| &it.1));
            for household in households {
                household.fields.iter().for_each(|(it, _)| self.reference(RefKind::Field, it));
                let earlier = household.history.iter().flat_map(|it| &it.values);
                earlier.for_each(|(it, _)| self.reference(RefKind::Decl, it));
                for record in &household.records {
                    self.reference(RefKind::Table, &record.table);
                    for (column, _) in &record.fields {
                        self.column(ColumnKind::Record, column);
                    }
                }
            }
            it.expect.iter().for_each(|it| self.expectation(it));
        }
    }

    fn action(&mut self, action: &super::Action) {
        use super::Assigned::{Column, Field};
        action.about.iter().for_each(|it| self.source(it));
        action.when.iter().for_each(|it| self.condition(it));
        action.earliest.iter().for_each(|it| self.expr(it));
        for it in &action.becomes {
            match &it.field {
                Field(it) => self.reference(RefKind::Field, it),
                Column(it) => self.column(ColumnKind::Record, it),
            }
            self.expr(&it.value);
        }
        if let Some(it) = &action.adds {
            self.reference(RefKind::Table, &it.table);
            for (column, value) in &it.fields {
                self.column(ColumnKind::Record, column);
                self.expr(value);
            }
        }
    }

    fn guarantee(&mut self, guarantee: &super::Guarantee) {
        use super::Guarantee::{Against, Apart, Implies, Reachable, Records, Worsening};
        match guarantee {
            Records { table, target, .. } => {
                self.reference(RefKind::Table, table);
                self.reference(RefKind::Decl, target);
            }
            Reachable(target) | Against { target, .. } | Apart { target, .. } => {
                self.reference(RefKind::Decl, target);
            }
            Implies(a, b) => {
                self.expr(a);
                self.expr(b);
            }
            Worsening { cause, target, .. } => {
                self.reference(RefKind::Decl, cause);
                self.reference(RefKind::Decl, target);
            }
        }
    }

    fn expectation(&mut self, expectation: &super::Expectation) {
        use super::Asked;
        use super::Expectation::{Decides, Holding, Measure, Missing, Open, Reason, Worth};
        match expectation {
            Worth(it, _) | Measure(it, _, _) | Reason(it, _) => self.reference(RefKind::Decl, it),
            Missing(fields) => fields.iter().for_each(|it| self.reference(RefKind::Field, it)),
            Holding { decls, .. } => decls.iter().for_each(|it| self.reference(RefKind::Decl, it)),
            Open(Asked::Worth(it) | Asked::Measure(it, _)) => self.reference(RefKind::Decl, it),
            Open(Asked::Everything | Asked::Missing | Asked::Holding(_) | Asked::Decides)
            | Decides(_) => {}
        }
    }
}
