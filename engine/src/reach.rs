//! What a change of rules touches, and what it can reach. Everything is known by name here, because two
//! programs have other numbers for the same thing.
//!
//! Rules are compared in their normal form, so that a line that moved, a note or a new edition touches
//! nothing. Where a difference has no place of its own (an enumeration, the link table, the key of the
//! household), everything counts as touched: too much is worked out again, never too little.

use std::collections::{BTreeMap, BTreeSet};

use heng_dsl::model::linked::Linked;
use heng_dsl::model::normal::normal;
use heng_dsl::model::{Field, Id, RuleSet, TyKind};

use crate::graph::Thing;
use crate::program::Program;

/// The package, as files and graph name it, and the id in it.
pub(crate) type Key = (Id, Id);

/// Something of the graph, by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Name {
    /// A field of the household.
    Field(Key),
    /// A record table.
    Table(Key),
    /// A column of a record table.
    Column(Key, Id),
    /// A code table.
    Codes(Key),
    /// A declaration.
    Decl(Key),
    /// A direct determination.
    Decide(Key),
    /// A data-quality rule.
    Check(Key),
    /// The 适用 of a package.
    Scope(Id),
}

/// The name of a declaration.
pub(crate) fn key(linked: &Linked, slot: usize) -> Key {
    (linked.name_of(linked.package_of(slot)), linked.decl(slot).id.clone())
}

/// The slots of all declarations by name.
pub(crate) fn slots(linked: &Linked) -> BTreeMap<Key, usize> {
    (0..linked.decls().len()).map(|slot| (key(linked, slot), slot)).collect()
}

/// What reads what, by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Web {
    reads: BTreeMap<Name, BTreeSet<Name>>,
    readers: BTreeMap<Name, BTreeSet<Name>>,
}

impl Web {
    /// The web of a program.
    pub(crate) fn of(program: &Program) -> Self {
        let names = names(program.linked());
        let mut web = Self::default();
        for (thing, name) in &names {
            web.reads.entry(name.clone()).or_default();
            for (read, _) in program.graph().reads(*thing) {
                if let Some(read) = names.get(&read) {
                    web.add(read, name);
                }
            }
        }
        web
    }

    /// Takes in what another program reads beside.
    pub(crate) fn join(&mut self, other: &Self) {
        for (name, reads) in &other.reads {
            self.reads.entry(name.clone()).or_default();
            for read in reads {
                self.add(read, name);
            }
        }
    }

    fn add(&mut self, read: &Name, by: &Name) {
        self.reads.entry(by.clone()).or_default().insert(read.clone());
        self.readers.entry(read.clone()).or_default().insert(by.clone());
    }

    /// What something reads by itself.
    pub(crate) fn reads(&self, of: &Name) -> impl Iterator<Item = &Name> {
        self.reads.get(of).into_iter().flatten()
    }

    /// What reads something by itself.
    pub(crate) fn readers(&self, of: &Name) -> impl Iterator<Item = &Name> {
        self.readers.get(of).into_iter().flatten()
    }

    /// These, and what reads them, by itself or through others.
    pub(crate) fn downstream(&self, of: &BTreeSet<Name>) -> BTreeSet<Name> {
        closure(of, &[&self.readers])
    }

    /// These, and what they read, by themselves or through others.
    pub(crate) fn upstream(&self, of: &BTreeSet<Name>) -> BTreeSet<Name> {
        closure(of, &[&self.reads])
    }
}

/// These, and what comes next to them in any of some webs, and so on.
fn closure(of: &BTreeSet<Name>, next: &[&BTreeMap<Name, BTreeSet<Name>>]) -> BTreeSet<Name> {
    let mut found = BTreeSet::new();
    let mut waiting: Vec<&Name> = of.iter().collect();
    while let Some(at) = waiting.pop() {
        if found.insert(at.clone()) {
            waiting.extend(next.iter().filter_map(|it| it.get(at)).flatten());
        }
    }
    found
}

/// Texts of the data that nobody asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unread {
    /// Fields of the household, by slot.
    pub fields: BTreeSet<usize>,
    /// Columns of records, by slot of the table and number of the column.
    pub columns: BTreeSet<(usize, usize)>,
}

impl Unread {
    /// Texts that no rule of a program reads, that are no key, and by which no records are in order; rules of data
    /// quality (校验) count where they are asked.
    pub fn of(program: &Program, checks: bool) -> Self {
        let linked = program.linked();
        let (names, web) = (names(linked), Web::of(program));
        let is_unread = |thing: Thing, field: &Field| {
            let readers = names.get(&thing).into_iter().flat_map(|it| web.readers(it));
            let mut readers = readers.filter(|it| checks || !matches!(it, Name::Check(_)));
            let is_plain = field.ty.kind == TyKind::Text && !field.key && field.derived.is_none();
            is_plain && readers.next().is_none()
        };
        let fields = linked.fields().enumerate();
        let fields = fields.filter(|(slot, field)| is_unread(Thing::Field(*slot), field));
        let columns = linked.tables().enumerate().flat_map(|(slot, table)| {
            let columns = table.fields.iter().enumerate();
            let is_unread = &is_unread;
            let columns = columns.filter(move |(at, field)| {
                !table.order.contains(&field.id) && is_unread(Thing::Column(slot, *at), field)
            });
            columns.map(move |it| (slot, it.0))
        });
        Self { fields: fields.map(|it| it.0).collect(), columns: columns.collect() }
    }

    /// What neither asks for, of programs that read the same data.
    #[must_use]
    pub fn of_both(self, other: &Self) -> Self {
        Self {
            fields: self.fields.intersection(&other.fields).copied().collect(),
            columns: self.columns.intersection(&other.columns).copied().collect(),
        }
    }
}

/// The name of every thing of the linked packages.
pub(crate) fn names(linked: &Linked) -> BTreeMap<Thing, Name> {
    let mut all = BTreeMap::new();
    let (mut field, mut table, mut codes) = (0, 0, 0);
    for (at, set) in linked.packages.iter().enumerate() {
        let package = linked.name_of(at);
        let key = |id: &Id| (package.clone(), id.clone());
        for it in set.subject.iter().flat_map(|it| &it.fields) {
            all.insert(Thing::Field(field), Name::Field(key(&it.id)));
            field += 1;
        }
        for it in &set.tables {
            all.insert(Thing::Table(table), Name::Table(key(&it.id)));
            for (number, column) in it.fields.iter().enumerate() {
                let name = Name::Column(key(&it.id), column.id.clone());
                all.insert(Thing::Column(table, number), name);
            }
            table += 1;
        }
        for it in &set.codes {
            all.insert(Thing::Codes(codes), Name::Codes(key(&it.id)));
            codes += 1;
        }
        for (number, it) in set.decides.iter().enumerate() {
            all.insert(Thing::Decide(at, number), Name::Decide(key(&it.id)));
        }
        for (number, it) in set.checks.iter().enumerate() {
            all.insert(Thing::Check(at, number), Name::Check(key(&it.id)));
        }
        if set.applies.is_some() {
            all.insert(Thing::Scope(at), Name::Scope(package));
        }
    }
    for slot in 0..linked.decls().len() {
        all.insert(Thing::Decl(slot), Name::Decl(key(linked, slot)));
    }
    all
}

/// What means something else in one program than in another; absent where that cannot be told apart
/// from everything.
pub(crate) fn touched(before: &Linked, after: &Linked) -> Option<BTreeSet<Name>> {
    if before.links != after.links || household(before) != household(after) {
        return None;
    }
    let sets = |linked| -> BTreeMap<Id, &RuleSet> {
        let linked: &Linked = linked;
        let all = linked.packages.iter().enumerate();
        all.map(|(at, it)| (linked.name_of(at), it)).collect()
    };
    let (old, new) = (sets(before), sets(after));
    let packages: BTreeSet<&Id> = old.keys().chain(new.keys()).collect();
    let mut found = BTreeSet::new();
    for package in packages {
        let (old, new) = (old.get(package).copied(), new.get(package).copied());
        // The normal form of a part does not rest on the others, and few parts differ in any way.
        let (old, new) =
            (old.map(|it| normal(&apart(it, new))), new.map(|it| normal(&apart(it, old))));
        if let (Some(old), Some(new)) = (&old, &new)
            && old.enums != new.enums
        {
            return None;
        }
        differences(package, old.as_ref(), new.as_ref(), &mut found);
    }
    Some(found)
}

/// What of a package is not word for word in another one.
fn apart(set: &RuleSet, other: Option<&RuleSet>) -> RuleSet {
    let mut out = RuleSet::empty(set.id.clone(), set.version.clone());
    out.applies.clone_from(&set.applies);
    out.uses.clone_from(&set.uses);
    out.subject.clone_from(&set.subject);
    macro_rules! each {
        ($($part:ident),*) => {
            $(
                let others = other.map_or(&[][..], |it| &it.$part);
                out.$part = unlike(&set.$part, others, |it| &it.id);
            )*
        };
    }
    each!(enums, codes, tables, decls, decides, checks);
    out
}

fn unlike<T: Clone + PartialEq>(all: &[T], others: &[T], id: impl Fn(&T) -> &Id) -> Vec<T> {
    let others: BTreeMap<&Id, &T> = others.iter().map(|it| (id(it), it)).collect();
    all.iter().filter(|it| others.get(id(it)) != Some(it)).cloned().collect()
}

/// The field by which a household is known, and that from whose date on it exists.
pub(crate) fn household(linked: &Linked) -> Option<(Id, Option<Id>)> {
    let it = linked.subject()?;
    let field = |slot: usize| linked.field(slot).id.clone();
    Some((field(it.key), it.since.map(field)))
}

fn differences(
    package: &Id,
    old: Option<&RuleSet>,
    new: Option<&RuleSet>,
    found: &mut BTreeSet<Name>,
) {
    let key = |id: &Id| (package.clone(), id.clone());
    let fields = |set: &RuleSet| set.subject.iter().flat_map(|it| it.fields.clone()).collect();
    let (old_fields, new_fields): (Vec<_>, Vec<_>) =
        (old.map(fields).unwrap_or_default(), new.map(fields).unwrap_or_default());
    found.extend(
        unequal(&old_fields, &new_fields, |it| &it.id).into_iter().map(|it| Name::Field(key(&it))),
    );
    macro_rules! each {
        ($part:ident, $name:ident) => {
            let (old, new) =
                (old.map_or(&[][..], |it| &it.$part), new.map_or(&[][..], |it| &it.$part));
            let ids = unequal(old, new, |it| &it.id);
            found.extend(ids.into_iter().map(|it| Name::$name(key(&it))));
        };
    }
    each!(tables, Table);
    each!(codes, Codes);
    each!(decls, Decl);
    each!(decides, Decide);
    each!(checks, Check);
    if old.map(|it| &it.applies) != new.map(|it| &it.applies) {
        found.insert(Name::Scope(package.clone()));
    }
    // What a name of a used package means may be another thing, although the rules read the same.
    if old.map(|it| &it.uses) != new.map(|it| &it.uses) {
        let decls = old.into_iter().chain(new).flat_map(|it| &it.decls);
        found.extend(decls.map(|it| Name::Decl(key(&it.id))));
        let decides = old.into_iter().chain(new).flat_map(|it| &it.decides);
        found.extend(decides.map(|it| Name::Decide(key(&it.id))));
    }
}

/// The ids of what differs, or is there on one side only.
fn unequal<T: PartialEq>(old: &[T], new: &[T], id: impl Fn(&T) -> &Id) -> Vec<Id> {
    let old: BTreeMap<&Id, &T> = old.iter().map(|it| (id(it), it)).collect();
    let new: BTreeMap<&Id, &T> = new.iter().map(|it| (id(it), it)).collect();
    let ids: BTreeSet<&Id> = old.keys().chain(new.keys()).copied().collect();
    ids.into_iter().filter(|it| old.get(*it) != new.get(*it)).cloned().collect()
}

/// A program that others are held against.
#[derive(Debug)]
pub(crate) struct Known<'p> {
    /// The program.
    pub(crate) program: &'p Program,
    web: Web,
}

impl<'p> Known<'p> {
    /// Prepares a program.
    pub(crate) fn of(program: &'p Program) -> Self {
        Self { program, web: Web::of(program) }
    }

    /// What another program touches, and what is downstream of that on either side.
    pub(crate) fn reached(&self, after: &Program) -> BTreeSet<Name> {
        let web = Web::of(after);
        match touched(self.program.linked(), after.linked()) {
            Some(touched) => closure(&touched, &[&self.web.readers, &web.readers]),
            None => self.web.reads.keys().chain(web.reads.keys()).cloned().collect(),
        }
    }
}
