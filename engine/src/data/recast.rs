//! A register as another program reads it: the same households, with their fields, records and earlier
//! results in the places that the other program knows them by.

use std::borrow::Cow;
use std::collections::BTreeMap;

use heng_dsl::model::linked::Linked;
use heng_dsl::model::{Field, RecordTable, Ty, TyKind};
use heng_dsl::value::Value;

use super::{EarlierResult, Household, Record, Register, sort};
use crate::columns::Columns;
use crate::graph::Thing;
use crate::program::Program;
use crate::reach::{self, Key, Name};

/// A program, and a register as it reads it.
pub type Read<'r> = (&'r Program, &'r Register);

/// The register as `to` reads it. Each field comes from the first that has one of the same name and reads it
/// in the same way, else from one of the same type, else it is missing; the households are those of the
/// first. It is borrowed where both read the same, which a change of rules alone leaves as it is.
pub fn recast<'r>(
    from: (&Program, &'r Register),
    others: &[Read<'_>],
    to: &Program,
) -> Cow<'r, Register> {
    let new = Places::of(to.linked());
    let first = Places::of(from.0.linked());
    let history = from.1.households.iter().any(|it| !it.history.is_empty());
    if first.same_data(&new) && (!history || first.decls == new.decls) {
        return Cow::Borrowed(from.1);
    }
    let mut sources = vec![(first, from.1)];
    sources.extend(others.iter().map(|it| (Places::of(it.0.linked()), it.1)));
    let plan = Plan::of(&sources, &new);
    let households = from.1.households.iter().enumerate();
    let households =
        households.map(|(number, it)| plan.household(number, it, &sources, to.linked())).collect();
    Cow::Owned(Register { households, cutoff: from.1.cutoff })
}

/// The same of a register in columns, for a program that reads fields and tables alike ([`read_alike`]): only earlier
/// results may have to be known by other numbers.
pub fn recast_columns<'c>(
    (from, columns): (&Program, &'c Columns),
    to: &Program,
) -> Cow<'c, Columns> {
    let (old, new) = (reach::slots(from.linked()), reach::slots(to.linked()));
    if columns.history.is_empty() || old == new {
        return Cow::Borrowed(columns);
    }
    let places: BTreeMap<usize, usize> =
        old.iter().filter_map(|(key, slot)| Some((*slot, *new.get(key)?))).collect();
    let mut own = columns.clone();
    for earlier in own.history.values_mut().flatten() {
        let kept = std::mem::take(&mut earlier.values).into_iter();
        let kept = kept.filter_map(|(slot, value)| Some((*places.get(&slot)?, value)));
        earlier.values = kept.collect();
    }
    Cow::Owned(own)
}

/// Do two programs read the same fields and tables, in the same places?
pub fn read_alike(a: &Program, b: &Program) -> bool {
    Places::of(a.linked()).same_data(&Places::of(b.linked()))
}

/// Where a program has which field, table and declaration.
struct Places<'l> {
    linked: &'l Linked,
    fields: Vec<(Key, &'l Field)>,
    tables: Vec<(Key, &'l RecordTable)>,
    decls: BTreeMap<Key, usize>,
}

impl<'l> Places<'l> {
    fn of(linked: &'l Linked) -> Self {
        let names = reach::names(linked);
        let key = |thing: Thing| match names.get(&thing) {
            Some(Name::Field(key) | Name::Table(key)) => key.clone(),
            _ => ("".into(), "".into()),
        };
        let fields = linked.fields().enumerate().map(|(at, it)| (key(Thing::Field(at)), it));
        let tables = linked.tables().enumerate();
        Self {
            linked,
            fields: fields.collect(),
            tables: tables.map(|(at, it)| (key(Thing::Table(at)), it)).collect(),
            decls: reach::slots(linked),
        }
    }

    fn same_data(&self, other: &Self) -> bool {
        let alike = |a: &Field, b: &Field| a.id == b.id && self.same_field(a, other, b);
        let tables = self.tables.iter().zip(&other.tables).all(|(a, b)| {
            let (old, new) = (&a.1.fields, &b.1.fields);
            a.0 == b.0
                && a.1.order == b.1.order
                && old.len() == new.len()
                && old.iter().zip(new).all(|(a, b)| alike(a, b))
        });
        let fields = self.fields.iter().zip(&other.fields);
        self.fields.len() == other.fields.len()
            && self.tables.len() == other.tables.len()
            && tables
            && fields.into_iter().all(|(a, b)| a.0 == b.0 && alike(a.1, b.1))
    }

    /// Do two fields take the same value from a cell?
    fn same_field(&self, field: &Field, other: &Self, of: &Field) -> bool {
        let reads = |it: &Field| (it.scale, it.signed, it.column.clone(), it.default.clone());
        reads(field) == reads(of)
            && field.derived.is_some() == of.derived.is_some()
            && self.same_type(&field.ty, other, &of.ty)
    }

    /// Are two types one? An enumeration also by its members, because a value is the number of one.
    fn same_type(&self, ty: &Ty, other: &Self, of: &Ty) -> bool {
        match (&ty.kind, &of.kind) {
            (TyKind::Member(a), TyKind::Member(b)) => {
                let members = |linked: &Linked, at: usize| -> Vec<_> {
                    linked.enumeration(at).members.iter().map(|it| it.name.clone()).collect()
                };
                members(self.linked, a.slot.index()) == members(other.linked, b.slot.index())
            }
            _ => ty == of,
        }
    }
}

/// From which source each field comes, and from which place in it.
struct Plan {
    fields: Vec<Option<(usize, usize)>>,
    tables: Vec<Option<TablePlan>>,
    /// The places of earlier results of the first source.
    decls: BTreeMap<usize, usize>,
}

struct TablePlan {
    source: usize,
    table: usize,
    columns: Vec<Option<usize>>,
}

impl Plan {
    fn of(sources: &[(Places<'_>, &Register)], new: &Places<'_>) -> Self {
        let fields = new.fields.iter().map(|(key, field)| {
            let known = sources.iter().enumerate().filter_map(|(source, (places, _))| {
                let at = places.fields.iter().position(|it| it.0 == *key)?;
                let found = places.fields.get(at)?.1;
                let fits = places.same_type(&found.ty, new, &field.ty);
                let same = places.same_field(found, new, field);
                fits.then_some((!same, (source, at)))
            });
            known.min_by_key(|it| it.0).map(|it| it.1)
        });
        let tables = new.tables.iter().map(|(key, wanted)| {
            let candidates = sources.iter().enumerate().filter_map(|(source, (places, _))| {
                let table = places.tables.iter().position(|it| it.0 == *key)?;
                let old = &places.tables.get(table)?.1.fields;
                let place = |it: &Field| {
                    let fits =
                        |old: &Field| old.id == it.id && places.same_type(&old.ty, new, &it.ty);
                    let at = old.iter().position(fits);
                    let same = at.and_then(|at| old.get(at));
                    (at, same.is_some_and(|old| places.same_field(old, new, it)))
                };
                let columns: Vec<(Option<usize>, bool)> = wanted.fields.iter().map(place).collect();
                let unlike = columns.iter().filter(|it| !it.1).count();
                let columns = columns.into_iter().map(|it| it.0).collect();
                Some((unlike, TablePlan { source, table, columns }))
            });
            // The one that reads most columns in the same way; of equals the first.
            candidates.min_by_key(|it| it.0).map(|it| it.1)
        });
        let decls = sources.first().map(|it| &it.0.decls).into_iter().flatten();
        let decls = decls.filter_map(|(key, slot)| Some((*slot, *new.decls.get(key)?)));
        Self { fields: fields.collect(), tables: tables.collect(), decls: decls.collect() }
    }

    fn household(
        &self,
        number: usize,
        first: &Household,
        sources: &[(Places<'_>, &Register)],
        to: &Linked,
    ) -> Household {
        let of = |source: usize| -> Option<&Household> {
            let households = &sources.get(source)?.1.households;
            let same = households.get(number).filter(|it| it.key == first.key);
            same.or_else(|| {
                let at = households.binary_search_by(|it| it.key.cmp(&first.key)).ok()?;
                households.get(at)
            })
        };
        let field = |it: &Option<(usize, usize)>| {
            let (source, at) = (*it)?;
            of(source)?.fields.get(at).cloned()
        };
        let fields = self.fields.iter().map(|it| field(it).unwrap_or(Value::Missing)).collect();
        let records = self.tables.iter().enumerate().map(|(at, plan)| {
            let Some(plan) = plan else { return Vec::new() };
            let old = of(plan.source).and_then(|it| it.records.get(plan.table));
            let mut records: Vec<Record> =
                old.into_iter().flatten().map(|it| plan.record(it)).collect();
            sort(to.table(at), &mut records);
            records
        });
        let place = |table: usize| {
            self.tables
                .iter()
                .position(|it| it.as_ref().is_some_and(|it| it.source == 0 && it.table == table))
        };
        let quarantined = first.quarantined.iter();
        let history = first.history.iter().map(|it| EarlierResult {
            as_of: it.as_of,
            values: it
                .values
                .iter()
                .filter_map(|(slot, value)| Some((*self.decls.get(slot)?, value.clone())))
                .collect(),
        });
        Household {
            key: first.key.clone(),
            fields,
            records: records.collect(),
            quarantined: quarantined
                .filter_map(|(table, rows)| Some((place(*table)?, *rows)))
                .collect(),
            history: history.collect(),
        }
    }
}

impl TablePlan {
    fn record(&self, old: &Record) -> Record {
        let value = |it: &Option<usize>| it.and_then(|it| old.values.get(it)).cloned();
        let values = self.columns.iter().map(|it| value(it).unwrap_or(Value::Missing));
        Record { values: values.collect() }
    }
}
