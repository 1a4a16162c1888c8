//! What a plan reads of a register: its columns, what is known of earlier results, and what functions of
//! the register come to.

use std::collections::BTreeMap;

use heng_dsl::model::Field;
use heng_dsl::model::linked::Linked;
use heng_dsl::value::{Rounding, Value};

use super::plan::{Kind, Load};
use super::{Reads, Refusal};
use crate::columns::{Column, Columns, Dictionary, offsets, state};
use crate::data::EarlierResult;
use crate::eval::round;

/// What is known of every household beside the data: what functions of the register are worth, and results.
pub(super) type Inputs = BTreeMap<Load, Column>;

/// The texts of a register with those that the rules name.
pub(super) fn dictionary(of: &Dictionary, reads: &Reads) -> Dictionary {
    let mut dictionary = of.clone();
    learn(&mut dictionary, reads);
    dictionary
}

/// Learns what the rules name.
pub(super) fn learn(dictionary: &mut Dictionary, reads: &Reads) {
    for constant in &reads.constants {
        dictionary.learn(constant);
    }
}

/// What the rules read of a register, or of a stretch of it.
#[derive(Debug)]
pub(super) struct Store<'c> {
    pub(super) columns: &'c Columns,
    /// Of the register, and of what the rules name.
    pub(super) dictionary: Dictionary,
    /// Earlier results, and the key where rules ask for it.
    own: BTreeMap<Load, Column>,
    /// Where the earlier results of each household begin.
    earlier: Vec<u32>,
    inputs: &'c Inputs,
    /// The number in the register of the first household.
    pub(super) first: usize,
}

impl<'c> Store<'c> {
    /// The columns that a plan reads; the first household has that number in the register.
    ///
    /// # Errors
    ///
    /// An earlier result is not of the type of its declaration.
    pub(super) fn of(
        (columns, first): (&'c Columns, usize),
        linked: &Linked,
        (reads, dictionary): (&Reads, &Dictionary),
        inputs: &'c Inputs,
    ) -> Result<Self, Vec<Refusal>> {
        let mut dictionary = dictionary.clone();
        let (mut own, mut refusals) = (BTreeMap::new(), Vec::new());
        for (load, kind) in &reads.loads {
            if columns.key_fields.iter().any(|it| *load == Load::Field(*it)) {
                // The keys have no column unless a rule asks for them.
                let keys: Vec<&str> = (0..columns.len()).map(|it| columns.keys.get(it)).collect();
                let numbers = dictionary.learn_texts(&keys).into_iter();
                let numbers = numbers.map(i128::from).collect();
                let states = vec![state::THERE; keys.len()];
                own.insert(*load, Column::of_numbers(*kind, numbers, states));
                continue;
            }
            let values = columns.history.values().flatten().map(|it| earlier(it, *load, *kind));
            let values: Vec<Value> = match load {
                Load::Earlier(_) | Load::EarlierDate => values.collect(),
                Load::Field(_)
                | Load::Column(..)
                | Load::Site(_)
                | Load::Result(_)
                | Load::Before
                | Load::Start
                | Load::End => continue,
            };
            match dictionary.column(*kind, values.iter().map(Some)) {
                Some(column) => drop(own.insert(*load, column)),
                None => refusals.push(Refusal::Data(named(linked, *load))),
            }
        }
        if !refusals.is_empty() {
            return Err(refusals);
        }
        let counts = (0..columns.len()).map(|it| columns.history.get(&it).map_or(0, Vec::len));
        let earlier = if reads.tables.contains(&None) { offsets(counts) } else { Vec::new() };
        Ok(Self { columns, dictionary, own, earlier, inputs, first })
    }

    /// What was delivered; nothing where all is 缺失.
    pub(super) fn column(&self, load: Load) -> Option<&Column> {
        match load {
            Load::Field(slot) if self.columns.key_fields.contains(&slot) => self.own.get(&load),
            Load::Field(slot) => self.columns.fields.get(slot)?.as_ref(),
            Load::Column(table, at) => self.columns.tables.get(table)?.columns.get(at)?.as_ref(),
            Load::Site(_) | Load::Result(_) => self.inputs.get(&load),
            _ => self.own.get(&load),
        }
    }

    /// What is known of some households beside the data, counted from the number of the first one.
    pub(super) fn inputs_of(&self, first: usize, rows: &[u32]) -> Inputs {
        let own =
            |it: &u32| u32::try_from(self.first + first).unwrap_or(u32::MAX).saturating_add(*it);
        let places: Vec<u32> = rows.iter().map(own).collect();
        self.inputs.iter().map(|(load, column)| (*load, column.gather(&places))).collect()
    }

    /// Where the records of each household begin; of earlier results without a table.
    pub(super) fn offsets(&self, table: Option<usize>) -> &[u32] {
        match table {
            None => &self.earlier,
            Some(table) => self.columns.tables.get(table).map_or(&[], |it| &it.offsets),
        }
    }
}

/// What an earlier result says, rounded to the places of now.
fn earlier(it: &EarlierResult, load: Load, kind: Kind) -> Value {
    let Load::Earlier(slot) = load else { return it.as_of.map_or(Value::Missing, Value::Date) };
    match it.values.iter().find(|it| it.0 == slot) {
        Some((_, Value::Number(it))) => round(*it, kind.places(), Rounding::HalfUp),
        found => found.map_or(Value::Missing, |it| it.1.clone()),
    }
}

fn named(linked: &Linked, load: Load) -> String {
    match load {
        Load::Earlier(slot) => linked.decl(slot).name.to_string(),
        Load::Field(slot) => linked.fields().nth(slot).map_or_else(String::new, name),
        _ => String::new(),
    }
}

fn name(field: &Field) -> String {
    field.name.to_string()
}
