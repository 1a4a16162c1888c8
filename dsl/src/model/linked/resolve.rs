//! Every reference of a package resolved to a number.

use std::collections::BTreeMap;

use super::{LinkError, LinkProblem, Linked};
use crate::model::walk::{ColumnKind, RefKind, Visitor};
use crate::model::{Column, Field, Id, Population, Ref, RuleSet};

/// Fills the slots of one package.
pub(super) struct Resolver<'l> {
    linked: &'l Linked,
    ids: &'l [Ids],
    package: usize,
    /// What the names of packages mean here, as far as they were met.
    named: BTreeMap<Id, Option<usize>>,
    pub(super) sites: usize,
    pub(super) errors: Vec<LinkError>,
}

impl<'l> Resolver<'l> {
    /// Sites of population functions are counted on from `sites`.
    pub(super) fn new(linked: &'l Linked, ids: &'l [Ids], package: usize, sites: usize) -> Self {
        Self { linked, ids, package, named: BTreeMap::new(), sites, errors: Vec::new() }
    }

    /// Resolves the dimension that something belongs to.
    pub(super) fn whole(&mut self, whole: &Ref) {
        self.reference(RefKind::Decl, whole, false);
    }

    /// The package that a name means.
    fn package_named(&mut self, name: &Id) -> Option<usize> {
        if let Some(known) = self.named.get(name) {
            return *known;
        }
        let found = self.linked.package_named(self.package, name);
        self.named.insert(name.clone(), found);
        found
    }

    fn find(&mut self, kind: RefKind, reference: &Ref) -> Option<usize> {
        let package = match &reference.package {
            None => self.package,
            Some(name) => self.package_named(name)?,
        };
        // A code table that a package amends stands for the one it overlays, whoever declared that.
        if kind == RefKind::Codes
            && self.linked.base_of(self.package).is_some()
            && let Some(found) = self.find_in(self.package, kind, reference)
        {
            return Some(found);
        }
        // What a package does not declare itself it has from the one that it is 基于.
        let mut next = Some(package);
        while let Some(package) = next {
            if let Some(found) = self.find_in(package, kind, reference) {
                return Some(found);
            }
            next = self.linked.base_of(package);
        }
        None
    }

    fn find_in(&self, package: usize, kind: RefKind, reference: &Ref) -> Option<usize> {
        let ids = self.ids.get(package)?;
        let (all, at) = match kind {
            RefKind::Decl => (&self.linked.decls, &ids.decls),
            RefKind::Field => (&self.linked.fields, &ids.household),
            RefKind::Table => (&self.linked.tables, &ids.tables),
            RefKind::Enum => (&self.linked.enums, &ids.enums),
            RefKind::Codes => (&self.linked.codes, &ids.codes),
        };
        let at = *at.get(&reference.id)?;
        all.binary_search(&(package, at)).ok()
    }

    fn report(&mut self, problem: LinkProblem) {
        let package = self.linked.packages[self.package].id.clone();
        self.errors.push(LinkError { package, problem });
    }
}

/// Numbers by id; of several with one id the first counts.
type Numbers = BTreeMap<Id, usize>;

/// The numbers of everything that a reference into a package may name, by id.
pub(super) struct Ids {
    decls: Numbers,
    household: Numbers,
    tables: Numbers,
    enums: Numbers,
    codes: Numbers,
    /// The columns of each record table and of each code table.
    fields: Vec<Numbers>,
    columns: Vec<Numbers>,
}

impl Ids {
    pub(super) fn of(set: &RuleSet) -> Self {
        let fields = |all: &[Field]| by_id(all.iter().map(|it| &it.id));
        Self {
            decls: by_id(set.decls.iter().map(|it| &it.id)),
            household: set.subject.as_ref().map(|it| fields(&it.fields)).unwrap_or_default(),
            tables: by_id(set.tables.iter().map(|it| &it.id)),
            enums: by_id(set.enums.iter().map(|it| &it.id)),
            codes: by_id(set.codes.iter().map(|it| &it.id)),
            fields: set.tables.iter().map(|it| fields(&it.fields)).collect(),
            columns: set.codes.iter().map(|it| fields(&it.columns)).collect(),
        }
    }
}

fn by_id<'m>(ids: impl Iterator<Item = &'m Id>) -> Numbers {
    let mut out = BTreeMap::new();
    for (at, id) in ids.enumerate() {
        out.entry(id.clone()).or_insert(at);
    }
    out
}

impl Visitor for Resolver<'_> {
    fn reference(&mut self, kind: RefKind, reference: &Ref, _: bool) {
        match self.find(kind, reference) {
            Some(slot) => reference.slot.set(slot),
            None => self.report(LinkProblem::Unknown(kind, reference.clone())),
        }
    }

    fn past(&mut self, decl: &Ref) {
        self.reference(RefKind::Decl, decl, false);
    }

    fn column(&mut self, kind: ColumnKind, column: &Column) {
        let table = column.table.slot.index();
        let (homes, of): (_, fn(&Ids) -> &[Numbers]) = match kind {
            ColumnKind::Record => (&self.linked.tables, |it| &it.fields),
            ColumnKind::Code => (&self.linked.codes, |it| &it.columns),
        };
        let Some((package, table)) = homes.get(table) else { return };
        let Some(columns) = self.ids.get(*package).and_then(|it| of(it).get(*table)) else {
            return;
        };
        match columns.get(&column.id) {
            Some(at) => column.slot.set(*at),
            None => {
                let problem = LinkProblem::UnknownColumn(column.table.clone(), column.id.clone());
                self.report(problem);
            }
        }
    }

    fn population(&mut self, population: &Population) {
        population.site.set(self.sites);
        self.sites += 1;
    }
}
