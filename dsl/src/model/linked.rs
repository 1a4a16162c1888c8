//! Packages put together: every reference resolved to a number, everything that evaluation relies on
//! checked again.
//!
//! A stored model may have been written by another program, so nothing is taken on trust here. The
//! numbers ([`super::Slot`]) are written into the references themselves.

mod resolve;
mod version;

use std::collections::BTreeMap;

use self::resolve::{Ids, Resolver};
pub use self::version::version_order;
use self::version::{bare, in_order, meaning};
use super::walk::{self, RefKind};
use super::{
    CodeTable, Content, Decide, Decl, DeclKind, EnumType, Field, Id, RecordTable, Ref, RuleSet, Use,
};
use crate::diag::Words;

/// Which package stands for which name: `通用` → `池州通用`. It holds in packages that 引用, not in those
/// that are 基于 the named one; a pinned `通用@2024.12` always means the published one. What stands for a name
/// may be pinned, too (`通用` → `通用@2024.12`): then the name means that version everywhere.
pub type LinkTable = BTreeMap<Id, Id>;

/// Closed: all packages that the first-named ones need, in an order in which each comes after those
/// it uses, with every reference resolved.
#[derive(Debug, Clone)]
pub struct Linked {
    /// The packages.
    pub packages: Vec<RuleSet>,
    /// The link table that was used.
    pub links: LinkTable,
    decls: Vec<(usize, usize)>,
    fields: Vec<(usize, usize)>,
    tables: Vec<(usize, usize)>,
    enums: Vec<(usize, usize)>,
    codes: Vec<(usize, usize)>,
    decides: Vec<Vec<(usize, usize)>>,
    parts: Vec<Vec<usize>>,
    /// The slot of 总分 of each package.
    totals: Vec<Option<usize>>,
    /// The slots of declarations by package and id or name.
    names: BTreeMap<(usize, Id), usize>,
    /// Which version a name without one means.
    bare: BTreeMap<Id, Id>,
    sites: usize,
}

/// A reference that names nothing, or something defined twice: a fault of whoever wrote the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkError {
    /// The package in which it stands.
    pub package: Id,
    /// What is wrong.
    pub problem: LinkProblem,
}

/// What is wrong with a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkProblem {
    /// Nothing of that kind has that id.
    Unknown(RefKind, Ref),
    /// The table has no such column.
    UnknownColumn(Ref, Id),
    /// A package that is used is not among those given.
    NoPackage(Id),
    /// Two packages of one id and version were given.
    Twice(Id),
    /// Packages use each other.
    Circular(Id),
}

impl LinkProblem {
    /// One sentence about it, without a full stop. `links` are those that held.
    pub fn words(&self, links: &LinkTable) -> Words {
        match self {
            Self::Unknown(_, it) => match &it.package {
                None => Words::both(
                    format!("这里用到的“{}”在本规则集里没有", it.id),
                    format!("“{}” is not in this rule set", it.id),
                ),
                Some(of) => match links.get(of) {
                    None => Words::both(
                        format!("这里用到的“{}”在“{of}”里没有", it.id),
                        format!("“{}” is not in “{of}”", it.id),
                    ),
                    Some(other) => Words::both(
                        format!("这里用到的“{of}.{}”在代替它的“{other}”里没有", it.id),
                        format!("“{other}”, which stands for “{of}”, has no “{}”", it.id),
                    ),
                },
            },
            Self::UnknownColumn(table, id) => Words::both(
                format!("“{}”没有“{id}”", table.id),
                format!("“{}” has no “{id}”", table.id),
            ),
            Self::NoPackage(id) => Words::both(
                format!("缺少规则集“{id}”"),
                format!("the rule set “{id}” is not there"),
            ),
            Self::Twice(id) => Words::both(
                format!("规则集“{id}”有两个"),
                format!("there are two rule sets “{id}”"),
            ),
            Self::Circular(id) => {
                Words::both(format!("与“{id}”互相引用"), format!("it and “{id}” use each other"))
            }
        }
    }
}

impl Linked {
    /// Puts packages together. They may come in any order.
    ///
    /// # Errors
    ///
    /// Every reference that names nothing.
    pub fn link(packages: Vec<RuleSet>, links: LinkTable) -> Result<Self, Vec<LinkError>> {
        let packages = in_order(packages, &links)?;
        let mut linked = Self {
            decls: addresses(&packages, |it| it.decls.len()),
            fields: addresses(&packages, |it| it.subject.as_ref().map_or(0, |it| it.fields.len())),
            tables: addresses(&packages, |it| it.tables.len()),
            enums: addresses(&packages, |it| it.enums.len()),
            codes: addresses(&packages, |it| it.codes.len()),
            decides: Vec::new(),
            parts: Vec::new(),
            totals: vec![None; packages.len()],
            names: BTreeMap::new(),
            bare: bare(&packages, &links),
            sites: 0,
            packages,
            links,
        };
        linked.name();
        linked.resolve()?;
        linked.attach();
        Ok(linked)
    }

    /// All declarations, by slot.
    pub fn decls(&self) -> impl ExactSizeIterator<Item = &Decl> {
        self.decls.iter().map(|(package, at)| &self.packages[*package].decls[*at])
    }

    /// The declaration of a slot.
    pub fn decl(&self, slot: usize) -> &Decl {
        let (package, at) = self.decls[slot];
        &self.packages[package].decls[at]
    }

    /// The number of the package of a declaration.
    pub fn package_of(&self, slot: usize) -> usize {
        self.decls[slot].0
    }

    /// The fields of the household, by slot, over all packages.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = &Field> {
        self.fields.iter().map(|(package, at)| self.field_at(*package, *at))
    }

    /// The field of a slot.
    pub fn field(&self, slot: usize) -> &Field {
        let (package, at) = self.fields[slot];
        self.field_at(package, at)
    }

    fn field_at(&self, package: usize, at: usize) -> &Field {
        // An address is only made for a package with a subject.
        match &self.packages[package].subject {
            Some(subject) => &subject.fields[at],
            None => unreachable!("the address of a field names a package without a subject"),
        }
    }

    /// The record tables, by slot.
    pub fn tables(&self) -> impl ExactSizeIterator<Item = &RecordTable> {
        self.tables.iter().map(|(package, at)| &self.packages[*package].tables[*at])
    }

    /// The record table of a slot.
    pub fn table(&self, slot: usize) -> &RecordTable {
        let (package, at) = self.tables[slot];
        &self.packages[package].tables[at]
    }

    /// The slot of a record table, by the number of its package and its number there; out of every table
    /// where there is none.
    pub(super) fn table_slot(&self, package: usize, at: usize) -> usize {
        self.tables.binary_search(&(package, at)).unwrap_or(usize::MAX)
    }

    /// The slot of an enumeration, by the number of its package and its number there; out of all where there
    /// is none.
    pub(crate) fn enum_slot(&self, package: usize, at: usize) -> usize {
        self.enums.binary_search(&(package, at)).unwrap_or(usize::MAX)
    }

    /// The same for a code table.
    pub(crate) fn codes_slot(&self, package: usize, at: usize) -> usize {
        self.codes.binary_search(&(package, at)).unwrap_or(usize::MAX)
    }

    /// The enumeration or grade of a slot.
    pub fn enumeration(&self, slot: usize) -> &EnumType {
        let (package, at) = self.enums[slot];
        &self.packages[package].enums[at]
    }

    /// The code table of a slot.
    pub fn code_table(&self, slot: usize) -> &CodeTable {
        let (package, at) = self.codes[slot];
        &self.packages[package].codes[at]
    }

    /// The direct determinations that act on the classification of that slot, in the order written.
    pub fn decides(&self, slot: usize) -> impl Iterator<Item = &Decide> {
        self.decides[slot].iter().map(|(package, at)| &self.packages[*package].decides[*at])
    }

    /// What belongs to a dimension, or to 总分, in the order written.
    pub fn parts(&self, slot: usize) -> &[usize] {
        &self.parts[slot]
    }

    /// How many population functions there are.
    pub fn sites(&self) -> usize {
        self.sites
    }

    /// The slot of a declaration by package (`通用`, `通用@2024.12`) and id or name.
    pub fn find_decl(&self, package: &str, name: &str) -> Option<usize> {
        let (id, version) =
            package.split_once('@').map_or((package, None), |it| (it.0, Some(it.1)));
        let package = self.version_of(id, version)?;
        self.names.get(&(package, Id::from(name))).copied()
    }

    /// The number of a package by id and version, without a version of the one that the id means.
    pub fn version_of(&self, id: &str, version: Option<&str>) -> Option<usize> {
        let version = version.or_else(|| self.bare.get(id).map(AsRef::as_ref))?;
        self.packages.iter().position(|it| *it.id == *id && *it.version == *version)
    }

    /// The name under which a package is spoken of: its id, and its version where the id alone means
    /// another version that is there, too.
    pub fn name_of(&self, package: usize) -> Id {
        let set = &self.packages[package];
        match self.bare.get(&set.id) {
            Some(version) if *version != set.version => {
                Id::from(format!("{}@{}", set.id, set.version))
            }
            _ => set.id.clone(),
        }
    }

    /// The field that is the key of the household, its starting date, and the id of the subject.
    pub fn subject(&self) -> Option<SubjectInfo<'_>> {
        let owner =
            self.packages.iter().position(|it| it.subject.as_ref().is_some_and(|it| !it.more))?;
        let subject = self.packages[owner].subject.as_ref()?;
        let slot = |at: usize| self.fields.binary_search(&(owner, at)).ok();
        let key = subject.fields.iter().position(|it| it.key).and_then(slot)?;
        let since = subject
            .since
            .as_ref()
            .and_then(|id| subject.fields.iter().position(|it| it.id == *id).and_then(slot));
        Some(SubjectInfo { subject, key, since })
    }

    /// Lists the names of declarations.
    fn name(&mut self) {
        for slot in 0..self.decls.len() {
            let (package, decl) = (self.package_of(slot), self.decl(slot));
            let (id, name, total) =
                (decl.id.clone(), decl.name.clone(), decl.kind == DeclKind::Total);
            self.names.entry((package, id)).or_insert(slot);
            self.names.entry((package, name)).or_insert(slot);
            if total && self.totals[package].is_none() {
                self.totals[package] = Some(slot);
            }
        }
    }

    /// Fills every slot.
    fn resolve(&mut self) -> Result<(), Vec<LinkError>> {
        let mut errors = Vec::new();
        let mut sites = 0;
        let ids: Vec<Ids> = self.packages.iter().map(Ids::of).collect();
        for at in 0..self.packages.len() {
            let mut resolver = Resolver::new(self, &ids, at, sites);
            walk::rule_set(&self.packages[at], &mut resolver);
            // The walk leaves them out, because a dimension reads its parts and not the other way round.
            for whole in self.packages[at].decls.iter().filter_map(whole) {
                resolver.whole(whole);
            }
            sites = resolver.sites;
            errors.append(&mut resolver.errors);
            for quota in quotas(&self.packages[at]) {
                quota.site.set(sites);
                sites += 1;
            }
        }
        self.sites = sites;
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// Lists what acts on each classification and what belongs to each dimension.
    fn attach(&mut self) {
        self.decides = vec![Vec::new(); self.decls.len()];
        for (package, set) in self.packages.iter().enumerate() {
            for (at, it) in set.decides.iter().enumerate() {
                if let Some(list) = self.decides.get_mut(it.target.slot.index()) {
                    list.push((package, at));
                }
            }
        }
        let mut parts = vec![Vec::new(); self.decls.len()];
        for slot in 0..self.decls.len() {
            let whole = match &self.decl(slot).kind {
                DeclKind::Dimension { within: Some(whole) }
                | DeclKind::Indicator { dimension: Some(whole), .. } => Some(whole.slot.index()),
                DeclKind::Dimension { within: None } => self.total_of(self.package_of(slot)),
                _ => None,
            };
            if let Some(list) = whole.and_then(|it| parts.get_mut(it)) {
                list.push(slot);
            }
        }
        self.parts = parts;
    }

    /// The slot of 总分 of a package.
    pub fn total_of(&self, package: usize) -> Option<usize> {
        self.totals.get(package).copied().flatten()
    }

    /// The number of the package that a package is 基于, which comes before it.
    fn base_of(&self, package: usize) -> Option<usize> {
        let base = self.packages[package].uses.iter().find(|it| it.extends)?;
        self.used(package, base).filter(|it| *it < package)
    }

    /// The number of a package that another one uses.
    pub fn used(&self, asking: usize, used: &Use) -> Option<usize> {
        match &used.pinned {
            Some(version) => self.version_of(&used.package, Some(version)),
            None => self.package_named(asking, &used.package),
        }
    }

    /// The number of the package that a name means in another package.
    pub fn package_named(&self, asking: usize, name: &str) -> Option<usize> {
        let (id, version) = meaning(&self.packages[asking], name, &self.links);
        self.version_of(&id, version.as_deref())
    }
}

/// The household as the data know it.
#[derive(Debug, Clone, Copy)]
pub struct SubjectInfo<'a> {
    /// The declaration that has the key.
    pub subject: &'a super::Subject,
    /// The slot of the key field.
    pub key: usize,
    /// The slot of the field with the starting date.
    pub since: Option<usize>,
}

fn addresses(packages: &[RuleSet], count: impl Fn(&RuleSet) -> usize) -> Vec<(usize, usize)> {
    let each = packages.iter().enumerate();
    each.flat_map(|(at, it)| (0..count(it)).map(move |inner| (at, inner))).collect()
}

/// The dimension that a declaration says it is part of.
fn whole(decl: &Decl) -> Option<&Ref> {
    match &decl.kind {
        DeclKind::Dimension { within: whole } | DeclKind::Indicator { dimension: whole, .. } => {
            whole.as_ref()
        }
        _ => None,
    }
}

fn quotas(set: &RuleSet) -> impl Iterator<Item = &super::Quota> {
    set.decls.iter().flat_map(|it| &it.versions).filter_map(|it| match &it.content {
        Content::List(list) => list.quota.as_ref(),
        _ => None,
    })
}
