//! What a package sees: its items and their types, the fields of the household, used packages.

use super::names::{Import, Item, Table};
use super::schema;
use super::scope::{Elab, Elem, Missing};
use super::sight::{FieldView, TableView};
use super::source;
use super::unit::Unit;
use crate::model::{Content, Decl, DeclKind, Expr, Id, Node, Ref, Subject, Ty, TyKind, Version};
use crate::span::Span;
use crate::syntax::ast::{self, AttrKind, LineKind};

impl Unit<'_> {
    /// The item of that name or id.
    pub(super) fn item(&self, name: &str) -> Option<usize> {
        let found = self.by_name.get(name).copied();
        let total = || matches!(name, "总分" | "total").then_some(self.total).flatten();
        found.or_else(total)
    }

    /// The record table that an item is about, if it is a value of each record.
    pub(super) fn record_table_of(&self, item: usize) -> Option<Ref> {
        self.record_table_of_item(self.items.get(item)?)
    }

    /// Like [`Unit::record_table_of`].
    pub(super) fn record_table_of_item(&self, item: &Item<'_>) -> Option<Ref> {
        if let Some(base) = item.inherited {
            return match &base.kind {
                DeclKind::RecordValue { table } => Some(table.clone()),
                _ => None,
            };
        }
        let decl = item.readable().filter(|it| it.kind == ast::DeclKind::Value)?;
        let name = decl.attrs.iter().find_map(|it| match &it.kind {
            AttrKind::For { table, .. } => Some(table),
            _ => None,
        })?;
        self.table(&name.text).map(|it| it.reference)
    }

    /// Is the item a named set of records?
    pub(super) fn is_record_set(&self, item: usize) -> bool {
        // One set may be named after another, in a chain of any length: the last one is looked at first.
        let mut way = Vec::new();
        let mut next = Some(item);
        while let Some(at) = next.filter(|it| self.known_set(*it).is_none()) {
            // While it is being looked at it counts as none, so that a circle of names ends.
            self.keep_known_set(at, false);
            way.push(at);
            next = self.formula(at).and_then(named).and_then(|it| self.item(it));
        }
        for at in way.into_iter().rev() {
            let is_set = match self.items.get(at).and_then(|it| it.inherited) {
                Some(base) => base.kind == DeclKind::RecordSet,
                None => self
                    .formula(at)
                    .is_some_and(|it| Elab::new(self, &self.package.id).is_source(it)),
            };
            self.keep_known_set(at, is_set);
        }
        self.known_set(item).unwrap_or(false)
    }

    /// The formula of a 值 of this package.
    fn formula(&self, item: usize) -> Option<&ast::Expr> {
        let decl = self.items.get(item)?.readable().filter(|it| it.kind == ast::DeclKind::Value)?;
        decl.lines.iter().find_map(|it| match &it.kind {
            LineKind::Def(ast::Def::Formula(expr)) => Some(expr),
            _ => None,
        })
    }

    /// What a named set of records consists of.
    pub(super) fn set_elem(&self, item: usize) -> Option<Elem> {
        let it = self.items.get(item)?;
        match it.inherited {
            Some(base) if it.amendments.is_empty() => source::elem_of_set(self, None, base),
            _ => {
                self.item_ty(item);
                self.known_elem(&it.id)
            }
        }
    }

    /// Is the item a measure?
    pub(super) fn is_measure(&self, item: usize) -> bool {
        self.items.get(item).is_some_and(|it| match it.inherited {
            Some(base) => matches!(base.kind, DeclKind::Measure { .. }),
            None => it.asts.first().is_some_and(|it| it.kind == ast::DeclKind::Measure),
        })
    }

    /// Is the item a parameter?
    pub(super) fn is_param(&self, item: usize) -> bool {
        self.items.get(item).is_some_and(|it| match it.inherited {
            Some(base) => base.kind == DeclKind::Param,
            None => it.asts.first().is_some_and(|it| it.kind == ast::DeclKind::Param),
        })
    }

    /// The values that a parameter has over time.
    pub(super) fn param_values(&self, reference: &Ref) -> Option<Vec<Expr>> {
        let decl: Decl = match &reference.package {
            None => self
                .item(&reference.id)
                .filter(|it| self.is_param(*it))
                .and_then(|it| self.item_decl(it))?,
            Some(package) => {
                let import = self.imports.iter().find(|it| it.name == *package)?;
                let found = import.index.decl_with_id(import.set, &reference.id)?;
                (found.kind == DeclKind::Param).then(|| found.clone())?
            }
        };
        let values = decl.versions.into_iter().map(|it| match it.content {
            Content::Formula(it) => Some(it),
            _ => None,
        });
        values.collect()
    }

    /// The type of an item as far as its header says, so that a result may be compared with earlier
    /// ones of itself; worked out otherwise.
    pub(super) fn header_ty(&self, item: usize) -> Ty {
        let Some(it) = self.items.get(item) else { return Ty::present(TyKind::Unknown) };
        let Some(decl) = it.asts.first() else { return self.item_ty(item) };
        match decl.kind {
            ast::DeclKind::Alert | ast::DeclKind::List | ast::DeclKind::Measure => Ty::bool(),
            ast::DeclKind::Tag
                if decl.lines.iter().any(|it| matches!(it.kind, LineKind::When(_))) =>
            {
                Ty::bool()
            }
            ast::DeclKind::Classify | ast::DeclKind::Overlay => {
                let grade = self.quietly(|| super::decl::grade_of(self, decl));
                grade.map_or(Ty::present(TyKind::Unknown), |it| Ty::present(TyKind::Member(it)))
            }
            _ => self.item_ty(item),
        }
    }

    /// The type of an item for whoever reads it, and why it may not be there.
    pub(super) fn item_reading(&self, item: usize, span: Span) -> (Ty, Option<Missing>) {
        let ty = self.item_ty(item);
        let inapplicable = match self.items.get(item).and_then(|it| it.inherited) {
            Some(base) if self.items.get(item).is_some_and(|it| it.amendments.is_empty()) => {
                self.is_inapplicable_model(base)
            }
            _ => self.is_inapplicable(item),
        };
        super::decl::reading(&ty, inapplicable, span)
    }

    /// The type of a declaration of a used package, and why it may not be there.
    pub(super) fn import_reading(
        &self,
        import: &Import<'_>,
        decl: &Decl,
        span: Span,
    ) -> (Ty, Option<Missing>) {
        let ty = self.ty_from(import, &decl.ty);
        let outside = import.set.applies.is_some() && decl.kind != DeclKind::Param;
        super::decl::reading(&ty, outside || self.is_inapplicable_model(decl), span)
    }

    /// May a declaration that has been checked be not applicable?
    pub(super) fn is_inapplicable_model(&self, decl: &Decl) -> bool {
        let periods: Vec<_> = decl.versions.iter().map(|it| it.period).collect();
        let covered = super::header::covers(&periods, super::header::package_effective(self));
        let nothing = |it: &Version| match &it.content {
            Content::Table(table) => {
                table.rows.iter().flat_map(|it| &it.results).any(Option::is_none)
            }
            Content::Matrix(matrix) => matrix.cells.iter().flatten().any(Option::is_none),
            _ => false,
        };
        let reads_others = |it: &Version| {
            let passes =
                matches!(decl.kind, DeclKind::Value | DeclKind::Classify { .. } | DeclKind::Merge);
            passes && reads_other_packages(it)
        };
        !covered
            || decl.kind == DeclKind::Merge
            || decl
                .versions
                .iter()
                .any(|it| it.applies.is_some() || nothing(it) || reads_others(it))
    }

    /// Could the declaration of that kind and name not be read? Then what belongs to it is unknown,
    /// and nothing is said about it.
    pub(super) fn is_broken(&self, kind: ast::DeclKind, name: &str) -> bool {
        let lost = |it: &Import<'_>| {
            it.lost.anything || it.lost.broken.iter().any(|it| it.0 == kind && it.1 == name)
        };
        self.broken.iter().any(|it| it.kind == kind && it.name.text == name)
            || self.imports.iter().any(lost)
    }

    /// Could the household, or one of these record tables, not be read?
    pub(super) fn is_hidden(&self, tables: &[&Ref]) -> bool {
        let table = |it: &&Ref| {
            self.table_of(it)
                .is_some_and(|it| self.is_broken(ast::DeclKind::Records, &it.table.name))
        };
        tables.iter().any(table)
            || self.subjects().any(|it| self.is_broken(ast::DeclKind::Subject, &it.name))
    }

    /// Is the package about some households only?
    pub(super) fn has_applies(&self) -> bool {
        let lines = self.ruleset.iter().flat_map(|it| &it.lines);
        let own = lines.clone().any(|it| matches!(it.kind, LineKind::Applies(_)));
        own || self.base.is_some_and(|it| it.applies.is_some())
    }

    /// The number of the used package of that name; also by its pinned name, and the base.
    pub(super) fn import(&self, name: &str) -> Option<usize> {
        let named = self.imports.iter().position(|it| *it.name == *name);
        let of_id = || {
            let own = *self.package.id == *name;
            self.imports.iter().position(|it| *it.set.id == *name).filter(|_| !own)
        };
        named.or_else(of_id)
    }

    /// The type of a field of the household.
    pub(super) fn field_ty(&self, view: &FieldView<'_>) -> Ty {
        schema::household_ty(self, view)
    }

    /// Is the own field of the household derived?
    pub(super) fn is_derived(&self, at: usize) -> bool {
        self.schema.formulas.contains_key(&(Table::Subject, at))
    }

    /// Is the field of an own record table derived?
    pub(super) fn is_derived_record(&self, view: &TableView<'_>, at: usize) -> bool {
        view.own.is_some_and(|it| self.schema.formulas.contains_key(&(Table::Records(it), at)))
    }

    /// The type of a field of a record table.
    pub(super) fn record_field_ty(&self, view: &TableView<'_>, at: usize) -> Ty {
        let Some(field) = view.table.fields.get(at) else { return Ty::present(TyKind::Unknown) };
        match (view.own, view.import.and_then(|it| self.imports.get(it))) {
            (Some(table), _) if self.is_derived_record(view, at) => {
                schema::derive(self, Table::Records(table), at)
            }
            (_, Some(import)) => schema::with_default(self.ty_from(import, &field.ty), field),
            _ => schema::with_default(field.ty.clone(), field),
        }
    }

    fn subjects(&self) -> impl Iterator<Item = &Subject> {
        let used = self.imports.iter().filter_map(|it| it.set.subject.as_ref());
        self.schema
            .subject
            .iter()
            .chain(self.base.iter().filter_map(|it| it.subject.as_ref()))
            .chain(used)
    }

    /// Is that the name of the household?
    pub(super) fn is_subject(&self, name: &str) -> bool {
        self.subjects().any(|it| it.name.as_ref() == name || it.id.as_ref() == name)
    }

    /// The fields with the date from which a household exists (自).
    pub(super) fn starting_dates(&self) -> impl Iterator<Item = &Id> {
        self.subjects().filter_map(|it| it.since.as_ref())
    }

    /// The names of the household.
    pub(super) fn subject_names(&self) -> Vec<String> {
        self.subjects().map(|it| it.name.to_string()).collect()
    }
}

/// The name that a formula consists of, apart from brackets and a key to group by.
fn named(mut formula: &ast::Expr) -> Option<&str> {
    loop {
        match &formula.kind {
            ast::ExprKind::Paren(it) | ast::ExprKind::By { item: it, .. } => formula = it,
            ast::ExprKind::Path(path) => {
                return path
                    .names
                    .first()
                    .filter(|_| path.names.len() == 1)
                    .map(|it| it.text.as_str());
            }
            _ => return None,
        }
    }
}

/// Does a version read a result of another package?
fn reads_other_packages(version: &Version) -> bool {
    struct Others(bool);
    impl crate::model::walk::Visitor for Others {
        fn reference(&mut self, _: crate::model::walk::RefKind, _: &Ref, _: bool) {}
        fn expr(&mut self, expr: &Expr) {
            self.0 |=
                matches!(&expr.node, Node::Decl(it) if it.package.is_some()) && !expr.ty.optional;
        }
    }
    let mut others = Others(false);
    crate::model::walk::version(version, &mut others);
    others.0
}
