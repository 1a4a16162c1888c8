//! A register as columns: every field of the households, and of each record table every column with the
//! records of each household side by side behind offsets.
//!
//! It says the same as a [`Register`], in less memory, and is what the files of a delivery are read into.
//! A register of single households is made of it where one household is looked at by itself.

mod builder;
mod coded;
mod column;
mod dictionary;
mod index;
mod keys;
mod lanes;
mod overlay;
mod pieces;
mod ranges;
mod ranks;
mod stretches;
mod words;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use heng_dsl::model::Field;
use heng_dsl::model::linked::Linked;
use heng_dsl::value::{Date, Rounding, Value};
use rayon::prelude::*;

pub(crate) use self::builder::Builder;
pub(crate) use self::coded::coded;
pub(crate) use self::column::{Column, Kind, number, of_number, plain_number, state};
pub use self::dictionary::Dictionary;
pub(crate) use self::index::TextIndex;
pub(crate) use self::keys::Texts;
pub(crate) use self::lanes::{Lanes, Select, lower_half};
pub(crate) use self::overlay::{Laying, Run, runs};
pub(crate) use self::pieces::{Pieces, Placing};
pub use self::ranges::Ranges;
pub(crate) use self::ranges::{Bounds, TableRanges};
pub(crate) use self::ranks::{Ranks, UNRANKED};
pub(crate) use self::stretches::{RankIndex, STRETCH, Stretches};
use crate::data::{EarlierResult, Household, Keyed, Record, Register};
use crate::eval::round;
use crate::part::Coded;

/// All households, sorted by key, no key twice.
#[derive(Debug, Clone, Default)]
pub struct Columns {
    /// 截至: the date up to which the data speak.
    pub cutoff: Option<Date>,
    pub(crate) keys: Texts,
    /// What the texts of all columns say.
    pub(crate) dictionary: Dictionary,
    /// By slot of the field; none where all is 缺失, as in derived fields.
    pub(crate) fields: Vec<Option<Column>>,
    /// By slot of the record table.
    pub(crate) tables: Vec<TableColumns>,
    /// Quarantined rows, by number of the household and slot of the table.
    pub(crate) quarantined: BTreeMap<usize, Vec<(usize, u32)>>,
    /// Earlier results, oldest first, by number of the household.
    pub(crate) history: BTreeMap<usize, Vec<EarlierResult>>,
    /// With which delivery the data of each household changed last, by number of the household; empty where that is
    /// not known.
    pub(crate) changed: Vec<u32>,
    kinds: Kinds,
    /// The fields that hold the text of the key: they have no column of their own.
    pub(crate) key_fields: Vec<usize>,
}

/// The records of one table.
#[derive(Debug, Clone, Default)]
pub(crate) struct TableColumns {
    /// Where those of each household begin, and where the last ones end.
    pub(crate) offsets: Vec<u32>,
    /// By number of the column; none where all is 缺失.
    pub(crate) columns: Vec<Option<Column>>,
}

/// Households among those that are known elsewhere, by number.
pub(crate) struct Joined {
    /// Which of all had been there before.
    pub(crate) told: Vec<bool>,
    /// Those that are not known elsewhere, ascending.
    pub(crate) fresh: Vec<usize>,
}

/// What the columns hold, by slot.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kinds {
    pub(crate) fields: Vec<Kind>,
    pub(crate) tables: Vec<Vec<Kind>>,
}

impl Kinds {
    /// What the fields and records of a rule set hold.
    pub(crate) fn of(linked: &Linked) -> Self {
        // What stands for a mistake holds nothing.
        let kind = |ty| Kind::of(ty).unwrap_or(Kind::Symbol);
        let tables = linked.tables();
        Self {
            fields: linked.fields().map(|it| kind(&it.ty.kind)).collect(),
            tables: tables
                .map(|it| it.fields.iter().map(|it| kind(&it.ty.kind)).collect())
                .collect(),
        }
    }
}

/// A value that is not of the type of its field, or stands in a derived one; the name of the field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotOfItsType(pub(crate) String);

impl Columns {
    /// Without households.
    pub(crate) fn new(linked: &Linked, cutoff: Option<Date>) -> Self {
        Self { cutoff, kinds: Kinds::of(linked), ..Self::default() }
    }

    /// What the columns hold.
    pub(crate) fn kinds(&self) -> &Kinds {
        &self.kinds
    }

    /// Does this field, which holds the key, say the same as the key?
    pub(crate) fn keyed_by_text(&self, slot: usize) -> bool {
        self.kinds.fields.get(slot) == Some(&Kind::Symbol)
    }

    /// The fields that say the same as the key: that of the subject, and that of each package that declares the same
    /// subject once more, as one does that is built on another.
    pub(crate) fn key_fields_of(&self, linked: &Linked) -> Vec<usize> {
        let key = linked.subject().map(|it| it.key).filter(|it| self.keyed_by_text(*it));
        let Some(key) = key.map(|it| linked.field(it)) else { return Vec::new() };
        let says_the_same = |it: &Field| it.key && it.name == key.name && it.ty.kind == key.ty.kind;
        let fields = linked.fields().enumerate();
        fields.filter(|it| says_the_same(it.1)).map(|it| it.0).collect()
    }

    /// Adds the next record table, whose texts are numbered by a dictionary of its own.
    pub(crate) fn add_table(
        &mut self,
        offsets: Vec<u32>,
        mut columns: Vec<Option<Column>>,
        texts: &Dictionary,
    ) {
        let numbers = self.dictionary.learn_all(texts);
        let kinds = self.kinds.tables.get(self.tables.len());
        symbols(&mut columns, kinds.into_iter().flatten()).for_each(|it| it.renumber(&numbers));
        self.tables.push(TableColumns { offsets, columns });
    }

    /// Numbers texts as another dictionary does, which learns those that it does not know.
    pub(crate) fn numbered_by(&mut self, mut dictionary: Dictionary) {
        let numbers = dictionary.learn_all(&self.dictionary);
        let fields = symbols(&mut self.fields, &self.kinds.fields);
        fields.for_each(|it| it.renumber(&numbers));
        for (table, kinds) in self.tables.iter_mut().zip(&self.kinds.tables) {
            symbols(&mut table.columns, kinds).for_each(|it| it.renumber(&numbers));
        }
        self.dictionary = dictionary;
    }

    /// Which rows of a record table a household has.
    pub(crate) fn rows(&self, slot: usize, number: usize) -> Range<usize> {
        let offsets = self.tables.get(slot).map_or(&[][..], |it| &it.offsets);
        let place = |it: usize| offsets.get(it).map_or(0, |it| *it as usize);
        place(number)..place(number + 1)
    }

    /// Adds the next record table, in which no household has any.
    pub(crate) fn add_no_records(&mut self) {
        let columns = self.kinds.tables.get(self.tables.len()).map_or(0, Vec::len);
        let offsets = vec![0; self.len() + 1];
        self.tables.push(TableColumns { offsets, columns: vec![None; columns] });
    }

    /// Makes room for households that are known elsewhere, before there are any records: for those of others, whose keys
    /// are in order, that `known` says it knows.
    ///
    /// # Errors
    ///
    /// Those of `known`, which is asked once, for the keys of these and of its own, in order.
    pub(crate) fn join_keys<E>(
        &mut self,
        others: &Texts,
        known: impl FnOnce(&Texts) -> Result<Vec<bool>, E>,
    ) -> Result<Joined, E> {
        let own = std::mem::take(&mut self.keys);
        let runs = overlay::runs(others, &own);
        let mut all = Texts::default();
        for run in &runs {
            all.add(if run.from == 1 { &own } else { others }, run.of.clone());
        }
        let mut known = known(&all)?.into_iter();
        let (mut from, mut joined) = (Vec::new(), Joined { told: Vec::new(), fresh: Vec::new() });
        for run in runs {
            let is_told = run.from == 1;
            for it in run.of {
                let is_known = known.next().unwrap_or_default();
                if !is_told && !is_known {
                    continue;
                }
                if !is_known {
                    joined.fresh.push(joined.told.len());
                }
                self.keys.push(if is_told { own.get(it) } else { others.get(it) });
                from.push(if is_told { u32::try_from(it).unwrap_or(u32::MAX) } else { 0 });
                joined.told.push(is_told);
            }
        }
        for column in &mut self.fields {
            // Where there are no own ones, of nobody anything is said.
            *column = column.take().filter(|_| own.len() > 0).map(|it| it.gather(&from));
        }
        Ok(joined)
    }

    /// How many households there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many records they have.
    pub fn count_records(&self) -> usize {
        let rows = self.tables.iter().filter_map(|it| it.offsets.last());
        rows.map(|it| *it as usize).sum()
    }

    /// The columns of a register; nothing where a value is not of the type that the rules give its field.
    pub fn of_register(register: &Register, linked: &Linked) -> Option<Self> {
        Self::of(register, linked).ok()
    }

    /// The columns of a register.
    ///
    /// # Errors
    ///
    /// The names of all fields that hold what is not of their type.
    pub(crate) fn of(register: &Register, linked: &Linked) -> Result<Self, Vec<NotOfItsType>> {
        let mut own = Self::new(linked, register.cutoff);
        let mut wrong = Vec::new();
        for (slot, field) in linked.fields().enumerate() {
            let values = register.households.iter().map(|it| it.fields.get(slot));
            let kind = own.kinds.fields.get(slot).copied().unwrap_or(Kind::Symbol);
            match own.dictionary.column(kind, values) {
                Some(column) if field.derived.is_none() || column.is_missing() => {
                    own.fields.push((!column.is_missing()).then_some(column));
                }
                _ => wrong.push(NotOfItsType(field.name.to_string())),
            }
        }
        for (slot, table) in linked.tables().enumerate() {
            let of = |it: &'_ Household| it.records.get(slot).map_or(0, Vec::len);
            let offsets = offsets(register.households.iter().map(of));
            let mut columns = Vec::new();
            for (at, field) in table.fields.iter().enumerate() {
                let records = register.households.iter().filter_map(|it| it.records.get(slot));
                let values = records.flatten().map(|it| it.values.get(at));
                let kind = own.kinds.tables.get(slot).and_then(|it| it.get(at)).copied();
                match own.dictionary.column(kind.unwrap_or(Kind::Symbol), values) {
                    Some(column) if field.derived.is_none() || column.is_missing() => {
                        columns.push((!column.is_missing()).then_some(column));
                    }
                    _ => wrong.push(NotOfItsType(format!("{}.{}", table.name, field.name))),
                }
            }
            own.tables.push(TableColumns { offsets, columns });
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        for (number, household) in register.households.iter().enumerate() {
            own.keys.push(&household.key);
            if !household.quarantined.is_empty() {
                own.quarantined.insert(number, household.quarantined.clone());
            }
            if !household.history.is_empty() {
                own.history.insert(number, household.history.clone());
            }
        }
        own.dictionary = std::mem::take(&mut own.dictionary).sealed();
        Ok(own)
    }

    /// The single households.
    pub fn register(&self) -> Register {
        let households = (0..self.len()).into_par_iter().map(|it| self.household(it));
        Register { households: households.collect(), cutoff: self.cutoff }
    }

    /// One household, by its number.
    pub fn household(&self, number: usize) -> Household {
        let tables = self.tables.iter().zip(&self.kinds.tables);
        Household {
            key: Arc::from(self.keys.get(number)),
            fields: (0..self.fields.len()).map(|it| self.field(it, number)).collect(),
            records: tables.map(|(table, kinds)| self.records(table, kinds, number)).collect(),
            quarantined: self.quarantined.get(&number).cloned().unwrap_or_default(),
            history: self.history.get(&number).cloned().unwrap_or_default(),
        }
    }

    /// The value of a field of a household, by slot and number.
    pub(crate) fn field(&self, slot: usize, number: usize) -> Value {
        if self.key_fields.contains(&slot) {
            return Value::text(self.keys.get(number));
        }
        let kind = self.kinds.fields.get(slot).copied().unwrap_or(Kind::Symbol);
        self.value(self.fields.get(slot).and_then(Option::as_ref), kind, number)
    }

    fn value(&self, column: Option<&Column>, kind: Kind, at: usize) -> Value {
        column.map_or(Value::Missing, |it| it.value(at, kind, &self.dictionary))
    }

    fn records(&self, table: &TableColumns, kinds: &[Kind], number: usize) -> Vec<Record> {
        let place = |it: usize| table.offsets.get(it).map_or(0, |it| *it as usize);
        let each = (place(number)..place(number + 1)).map(|at| {
            let columns = table.columns.iter().zip(kinds);
            Record { values: columns.map(|it| self.value(it.0.as_ref(), *it.1, at)).collect() }
        });
        each.collect()
    }

    /// Some of the households, by their numbers, which ascend.
    pub(crate) fn some(&self, numbers: &[usize]) -> Self {
        let mut runs: Vec<Run> = Vec::new();
        for at in numbers {
            Run::add(&mut runs, 0, *at..*at + 1);
        }
        Self::laid(&[self], &runs)
    }

    /// What stands in a record table, by number of the column and of the record among all.
    pub(crate) fn cell(&self, table: usize, column: usize, row: usize) -> Value {
        let kind = self.kinds.tables.get(table).and_then(|it| it.get(column)).copied();
        let own = self.tables.get(table).and_then(|it| it.columns.get(column)?.as_ref());
        self.value(own, kind.unwrap_or(Kind::Symbol), row)
    }

    /// The same of all records, by number among different values.
    pub(crate) fn coded_cells(&self, table: usize, column: usize) -> Coded<Value> {
        let kind = self.kinds.tables.get(table).and_then(|it| it.get(column)).copied();
        let kind = kind.unwrap_or(Kind::Symbol);
        let rows = self.tables.get(table).and_then(|it| it.offsets.last()).copied();
        let rows = rows.unwrap_or_default() as usize;
        let own = self.tables.get(table).and_then(|it| it.columns.get(column)?.as_ref());
        match own {
            None => Coded::same(Value::Missing, rows),
            Some(own) => own.coded(0..rows).map(|it| self.told(kind, it)),
        }
    }

    /// A field of all households, by number among different values.
    pub(crate) fn coded_field(&self, slot: usize) -> Coded<Value> {
        let kind = self.kinds.fields.get(slot).copied().unwrap_or(Kind::Symbol);
        match self.fields.get(slot).and_then(Option::as_ref) {
            Some(own) => own.coded(0..self.len()).map(|it| self.told(kind, it)),
            None if self.key_fields.contains(&slot) => {
                Coded::of((0..self.len()).map(|it| self.field(slot, it)))
            }
            None => Coded::same(Value::Missing, self.len()),
        }
    }

    /// What a state and a number stand for.
    fn told(&self, kind: Kind, (own, number): (u8, i128)) -> Value {
        match own {
            state::THERE => of_number(number, kind, &self.dictionary),
            other => state::value(other),
        }
    }

    /// The number of a household, by its key.
    pub fn find(&self, key: &str) -> Option<usize> {
        self.keys.find(key.as_bytes())
    }
}

/// Those columns that hold texts.
fn symbols<'c, 'k: 'c>(
    columns: &'c mut [Option<Column>],
    kinds: impl IntoIterator<Item = &'k Kind> + 'c,
) -> impl Iterator<Item = &'c mut Column> {
    let each = columns.iter_mut().zip(kinds).filter(|it| *it.1 == Kind::Symbol);
    each.filter_map(|it| it.0.as_mut())
}

impl Keyed for Columns {
    fn households(&self) -> usize {
        self.len()
    }

    fn key(&self, number: usize) -> Option<Arc<str>> {
        (number < self.len()).then(|| Arc::from(self.keys.get(number)))
    }
}

impl Dictionary {
    /// A column of values, of which texts are learnt; nothing where one is of another kind.
    pub(crate) fn column<'v>(
        &mut self,
        kind: Kind,
        values: impl Iterator<Item = Option<&'v Value>>,
    ) -> Option<Column> {
        let (mut numbers, mut states) = (Vec::new(), Vec::new());
        for value in values {
            let value = value.unwrap_or(&Value::Missing);
            let fitted = match value {
                // What has more places than its field may only lose zeros.
                Value::Number(it) if it.places() != kind.places() => {
                    Some(round(*it, kind.places(), Rounding::HalfUp)).filter(|it| it == value)?
                }
                _ => value.clone(),
            };
            let found = match (&fitted, kind) {
                (Value::Text(_) | Value::Frequency(_), Kind::Symbol) => Some(self.learn(&fitted)),
                _ => number(&fitted, kind, self),
            };
            if found.is_none() && fitted.is_present() {
                return None;
            }
            states.push(if found.is_some() { state::THERE } else { state::of(&fitted) });
            numbers.push(found.unwrap_or_default());
        }
        Some(Column::of_numbers(kind, numbers, states))
    }
}

/// Where so many elements of each begin, and where the last ones end.
pub(crate) fn offsets(counts: impl Iterator<Item = usize>) -> Vec<u32> {
    let mut end = 0_u32;
    let ends = counts.map(|count| {
        end = end.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
        end
    });
    std::iter::once(0).chain(ends).collect()
}
