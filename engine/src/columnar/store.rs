//! A register as columns: what the rules read of it, typed, with the records of each household side by
//! side behind offsets.

use std::collections::{BTreeMap, BTreeSet};

use heng_dsl::model::linked::Linked;
use heng_dsl::value::{Rounding, Value};
use rayon::prelude::*;

use super::column::{Column, Dictionary, number, state};
use super::plan::{Kind, Load};
use super::{Reads, Refusal};
use crate::data::{Household, Register};
use crate::eval::round;

/// What the rules read of a register.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) dictionary: Dictionary,
    columns: BTreeMap<Load, Column>,
    /// By table, and of earlier results: where those of each household begin, and where the last ones end.
    offsets: BTreeMap<Option<usize>, Vec<u32>>,
}

impl Store {
    /// The columns of a register that a plan reads.
    ///
    /// # Errors
    ///
    /// A value is not of the type of its field.
    pub(super) fn of(
        register: &Register,
        linked: &Linked,
        reads: &Reads,
    ) -> Result<Self, Vec<Refusal>> {
        let mut dictionary = Dictionary::default();
        reads.constants.iter().for_each(|it| {
            dictionary.learn(it);
        });
        let is_symbol = |it: &&(Load, Kind)| it.1 == Kind::Symbol;
        let mut loaded: BTreeMap<Load, Option<Column>> = BTreeMap::new();
        for (load, kind) in reads.loads.iter().filter(is_symbol) {
            let mut learn = |value: &Value| match value {
                Value::Text(_) | Value::Frequency(_) => Some(dictionary.learn(value)),
                _ => None,
            };
            loaded.insert(*load, column(register, *load, *kind, &mut learn));
        }
        let others: Vec<&(Load, Kind)> = reads.loads.iter().filter(|it| !is_symbol(it)).collect();
        let others: Vec<(Load, Option<Column>)> = others
            .par_iter()
            .map(|(load, kind)| {
                let mut known = |value: &Value| number(value, *kind, &dictionary);
                (*load, column(register, *load, *kind, &mut known))
            })
            .collect();
        loaded.extend(others);
        let mut refusals = Vec::new();
        for (load, loaded) in &loaded {
            let derived = field(linked, *load).is_some_and(|it| it.derived.is_some());
            if loaded.is_none() || derived {
                refusals.push(Refusal::Data(named(linked, *load)));
            }
        }
        refusals.extend(given_though_derived(register, linked, reads));
        if !refusals.is_empty() {
            return Err(refusals);
        }
        let tables = reads.tables.iter().map(|it| (*it, offsets(register, *it)));
        Ok(Self {
            dictionary,
            columns: loaded.into_iter().filter_map(|it| Some((it.0, it.1?))).collect(),
            offsets: tables.collect(),
        })
    }

    /// What was delivered.
    pub(super) fn column(&self, load: Load) -> Option<&Column> {
        self.columns.get(&load)
    }

    /// Adds what a function of the register is worth for every household.
    pub(super) fn put(&mut self, load: Load, column: Column) {
        self.columns.insert(load, column);
    }

    /// Where the records of each household begin.
    pub(super) fn offsets(&self, table: Option<usize>) -> &[u32] {
        self.offsets.get(&table).map_or(&[], |it| it)
    }
}

fn field(linked: &Linked, load: Load) -> Option<&heng_dsl::model::Field> {
    match load {
        Load::Field(slot) => linked.fields().nth(slot),
        Load::Column(table, column) => linked.tables().nth(table)?.fields.get(column),
        Load::EarlierDate
        | Load::Earlier(_)
        | Load::Site(_)
        | Load::Before
        | Load::Start
        | Load::End => None,
    }
}

fn named(linked: &Linked, load: Load) -> String {
    let name = field(linked, load).map_or("", |it| &it.name);
    match load {
        Load::Column(table, _) => {
            let table = linked.tables().nth(table).map_or("", |it| &it.name);
            format!("{table}.{name}")
        }
        Load::Earlier(slot) => linked.decl(slot).name.to_string(),
        Load::Field(_)
        | Load::EarlierDate
        | Load::Site(_)
        | Load::Before
        | Load::Start
        | Load::End => name.to_owned(),
    }
}

/// Derived fields that have a value of their own, which the evaluator would take.
fn given_though_derived(register: &Register, linked: &Linked, reads: &Reads) -> Vec<Refusal> {
    let fields = linked.fields().enumerate().filter(|it| it.1.derived.is_some());
    let mut loads: BTreeSet<Load> = fields.map(|it| Load::Field(it.0)).collect();
    for (slot, table) in linked.tables().enumerate().filter(|it| reads.tables.contains(&Some(it.0)))
    {
        let columns = table.fields.iter().enumerate().filter(|it| it.1.derived.is_some());
        loads.extend(columns.map(|it| Load::Column(slot, it.0)));
    }
    let given = loads.into_iter().filter(|load| {
        let mut given = false;
        each(register, *load, &mut |it| given |= *it != Value::Missing);
        given
    });
    given.map(|it| Refusal::Data(named(linked, it))).collect()
}

fn each(register: &Register, load: Load, take: &mut dyn FnMut(&Value)) {
    for household in &register.households {
        of_household(household, load, take);
    }
}

/// What a household has in a field, or its records have in a column.
fn of_household(household: &Household, load: Load, take: &mut dyn FnMut(&Value)) {
    match load {
        Load::Field(slot) => take(household.fields.get(slot).unwrap_or(&Value::Missing)),
        Load::Column(table, column) => {
            for record in household.records.get(table).into_iter().flatten() {
                take(record.values.get(column).unwrap_or(&Value::Missing));
            }
        }
        Load::EarlierDate => household.history.iter().for_each(|it| {
            take(&it.as_of.map_or(Value::Missing, Value::Date));
        }),
        Load::Earlier(slot) => household.history.iter().for_each(|it| {
            let found = it.values.iter().find(|it| it.0 == slot);
            take(found.map_or(&Value::Missing, |it| &it.1));
        }),
        // Functions of the register are worked out later; calendar units are no data.
        Load::Site(_) | Load::Before | Load::Start | Load::End => {}
    }
}

/// A column, with the number that a value has in it; nothing where a value is of another kind.
fn column(
    register: &Register,
    load: Load,
    kind: Kind,
    number_of: &mut dyn FnMut(&Value) -> Option<i128>,
) -> Option<Column> {
    let (mut numbers, mut states, mut right) = (Vec::new(), Vec::new(), true);
    each(register, load, &mut |value| {
        let found = match value {
            Value::Number(it) if it.places() != kind.places() => {
                // What has more places than its field may only lose zeros; earlier results are rounded.
                let fitted = round(*it, kind.places(), Rounding::HalfUp);
                right &= fitted == *value || matches!(load, Load::Earlier(_));
                number_of(&fitted)
            }
            Value::Missing => None,
            value => number_of(value),
        };
        right &= found.is_some() || !value.is_present();
        states.push(if found.is_some() { state::THERE } else { state::of(value) });
        numbers.push(found.unwrap_or_default());
    });
    right.then(|| Column::of_numbers(kind, numbers, states))
}

/// Of a record table, or of earlier results.
fn offsets(register: &Register, table: Option<usize>) -> Vec<u32> {
    let mut end = 0_u32;
    let counts = register.households.iter().map(|it| match table {
        Some(table) => it.records.get(table).map_or(0, Vec::len),
        None => it.history.len(),
    });
    let ends = counts.map(|count| {
        end = end.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
        end
    });
    std::iter::once(0).chain(ends).collect()
}
