//! What a package has, by name: whoever looks a name up does not look through everything there is.

use std::collections::{BTreeMap, BTreeSet};

use super::load::{Key, Package};
use crate::model::{Decl, DeclKind, EnumType, Field, Id, Later, RuleSet};
use crate::syntax::ast;

/// The numbers of things of one kind, by name and by id. Of several with one name the first counts.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    called: BTreeMap<Id, usize>,
    ids: BTreeMap<Id, usize>,
}

impl Names {
    fn of<'m>(all: impl IntoIterator<Item = (&'m Id, &'m Id)>) -> Self {
        let mut out = Self::default();
        for (at, (name, id)) in all.into_iter().enumerate() {
            out.add(name, id, at);
        }
        out
    }

    /// Adds the thing of that number.
    pub(super) fn add(&mut self, name: &Id, id: &Id, at: usize) {
        self.called.entry(name.clone()).or_insert(at);
        self.called.entry(id.clone()).or_insert(at);
        self.ids.entry(id.clone()).or_insert(at);
    }

    /// The number of what has that name or id.
    pub(super) fn called(&self, name: &str) -> Option<usize> {
        self.called.get(name).copied()
    }

    /// The number of what has that id.
    pub(super) fn with_id(&self, id: &str) -> Option<usize> {
        self.ids.get(id).copied()
    }
}

/// The fields of the household, of a record table or of a code table, by name.
#[derive(Debug, Clone, Default)]
pub(super) struct Fields {
    names: Names,
    /// `已修复` and `未修复`: is it negated, and the number of the field with the date.
    happened: BTreeMap<String, (bool, usize)>,
}

impl Fields {
    /// The names of these fields.
    pub(super) fn of(fields: &[Field]) -> Self {
        let names = Names::of(fields.iter().map(|it| (&it.name, &it.id)));
        let mut happened = BTreeMap::new();
        for (at, field) in fields.iter().enumerate() {
            let Some(Later::Date(it)) = &field.later else { continue };
            happened.entry(format!("已{it}")).or_insert((false, at));
            happened.entry(format!("未{it}")).or_insert((true, at));
            if it.is_ascii() {
                happened.entry(it.to_string()).or_insert((false, at));
            }
        }
        Self { names, happened }
    }

    /// The number of the field of that name or id.
    pub(super) fn called(&self, name: &str) -> Option<usize> {
        self.names.called(name)
    }

    /// The number of the field of that id.
    pub(super) fn with_id(&self, id: &str) -> Option<usize> {
        self.names.with_id(id)
    }

    /// Does the name say that a later happening has, or has not (`true`), happened? And the number of
    /// the field with its date.
    pub(super) fn happened(&self, name: &str) -> Option<(bool, usize)> {
        self.happened.get(name).copied()
    }
}

/// The packages that have been checked.
pub(super) type Models = BTreeMap<Key, Known>;

/// A package that has been checked, with its names.
#[derive(Debug)]
pub(super) struct Known {
    /// Its model; partial where it has errors, with unknown types where something was not understood.
    pub(super) set: RuleSet,
    /// The names of the model.
    pub(super) index: Index,
    /// What it declares and the model does not have.
    pub(super) lost: Lost,
    /// The packages that it uses, in the order of [`RuleSet::uses`]; an empty version where there is none.
    pub(super) uses: Vec<Key>,
    /// Neither it nor anything it uses has errors.
    pub(super) whole: bool,
}

impl Known {
    /// Lists the names of a package.
    pub(super) fn new(set: RuleSet, package: &Package, whole: bool) -> Self {
        let index = Index::of(&set);
        let lost = if whole { Lost::default() } else { Lost::of(package, &set, &index) };
        let used = package.uses.iter();
        let uses = used.map(|it| (it.id.clone(), it.found.clone().unwrap_or_default())).collect();
        Self { set, index, lost, uses, whole }
    }

    /// A stored package that cannot be used: it may have anything in it.
    pub(super) fn unreadable(package: &Package) -> Self {
        let set = RuleSet::empty(package.id.clone(), package.version.clone());
        let lost = Lost { anything: true, wrong: true, ..Lost::default() };
        Self { index: Index::of(&set), set, lost, uses: Vec::new(), whole: false }
    }
}

/// What could not be understood of a package: whoever uses it is not told what follows from that.
#[derive(Debug, Default)]
pub(super) struct Lost {
    /// It may have declared anything.
    pub(super) anything: bool,
    /// Something is wrong with it or with what it uses.
    pub(super) wrong: bool,
    /// Declarations of which a part could not be read.
    pub(super) broken: Vec<(ast::DeclKind, String)>,
    /// The names that it declares and the model does not have.
    pub(super) names: BTreeSet<String>,
}

impl Lost {
    fn of(package: &Package, set: &RuleSet, index: &Index) -> Self {
        use ast::DeclKind as K;
        let mut out = Self { anything: package.torn, wrong: true, ..Self::default() };
        let mut declared = BTreeSet::new();
        for decl in package.decls() {
            let name = decl.name.text.as_str();
            // What stands in these is spoken of by its bare name.
            out.anything |= match decl.kind {
                K::Subject => set.subject.is_none(),
                K::Enum | K::Grade => decl.broken || index.types.enums.called(name).is_none(),
                _ => decl.broken && name.is_empty(),
            };
            let types = &index.types;
            let there = index.decls.called(name).is_some()
                || [&types.tables, &types.enums, &types.codes]
                    .iter()
                    .any(|it| it.called(name).is_some());
            // Of two declarations with one name only the first is kept.
            if !there || !declared.insert(name) {
                out.names.insert(name.to_owned());
                out.names.insert(super::names::id_of(decl).to_string());
            }
            if decl.broken {
                out.broken.push((decl.kind, name.to_owned()));
            }
        }
        out
    }
}

/// The names of a package that has been checked.
#[derive(Debug, Default)]
pub(super) struct Index {
    decls: Names,
    total: Option<usize>,
    pub(super) types: Types,
}

/// The names of its tables, types and fields.
#[derive(Debug, Clone, Default)]
pub(super) struct Types {
    pub(super) enums: Names,
    /// Which enumerations have a member of that name.
    members: BTreeMap<Id, Vec<usize>>,
    pub(super) codes: Names,
    /// The columns of each code table.
    pub(super) columns: Vec<Fields>,
    pub(super) tables: Names,
    /// The fields of each record table.
    pub(super) fields: Vec<Fields>,
    /// The fields of the household.
    pub(super) household: Fields,
}

impl Index {
    /// The names of a package.
    pub(super) fn of(set: &RuleSet) -> Self {
        let mut types = Types {
            codes: Names::of(set.codes.iter().map(|it| (&it.name, &it.id))),
            columns: set.codes.iter().map(|it| Fields::of(&it.columns)).collect(),
            tables: Names::of(set.tables.iter().map(|it| (&it.name, &it.id))),
            fields: set.tables.iter().map(|it| Fields::of(&it.fields)).collect(),
            household: set.subject.as_ref().map(|it| Fields::of(&it.fields)).unwrap_or_default(),
            ..Types::default()
        };
        set.enums.iter().enumerate().for_each(|(at, it)| types.add_enum(it, at));
        Self {
            decls: Names::of(set.decls.iter().map(|it| (&it.name, &it.id))),
            total: set.decls.iter().position(|it| it.kind == DeclKind::Total),
            types,
        }
    }

    /// The declaration of that name or id; 总分 by either of its names.
    pub(super) fn decl<'m>(&self, set: &'m RuleSet, name: &str) -> Option<&'m Decl> {
        let total = matches!(name, "总分" | "total").then_some(self.total).flatten();
        set.decls.get(self.decls.called(name).or(total)?)
    }

    /// The declaration of that id.
    pub(super) fn decl_with_id<'m>(&self, set: &'m RuleSet, id: &str) -> Option<&'m Decl> {
        set.decls.get(self.decls.with_id(id)?)
    }
}

impl Types {
    /// Adds the enumeration of that number.
    pub(super) fn add_enum(&mut self, it: &EnumType, at: usize) {
        self.enums.add(&it.name, &it.id, at);
        for member in &it.members {
            self.members.entry(member.name.clone()).or_default().push(at);
        }
    }

    /// The enumerations that have a member of that name.
    pub(super) fn with_member(&self, name: &str) -> &[usize] {
        self.members.get(name).map_or(&[], Vec::as_slice)
    }
}
