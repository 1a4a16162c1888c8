//! Functions of a source.

use std::collections::BTreeSet;

use heng_dsl::builtins::BuiltinId;
use heng_dsl::model::walk::{self, ColumnKind, RefKind, Visitor};
use heng_dsl::model::{Column, Expr, Ref, Source};
use heng_dsl::value::{Date, Decimal, Fault, Value};

use super::Working;
use super::expr::{counted, holds};
use super::number::{compare, computed, decimal, either};
use super::scope::{At, Element};
use crate::outcome::Evidence;

/// A function, its source, and what is taken from each element.
type Call<'e> = (BuiltinId, &'e Source, Option<&'e Expr>);

impl<'e> Working<'e> {
    /// What a function of a source is worth; at the outermost level it is noted what was counted.
    pub(super) fn aggregate(&mut self, whole: &'e Expr, call: Call<'e>, at: At<'_, 'e>) -> Value {
        let elements = match self.elements(call.1, at) {
            Ok(elements) => elements,
            Err(lacking) => return lacking,
        };
        let value = either(self.of_elements(whole, call, &elements, at));
        if at.bound.is_none() && self.step.is_some() && !self.quiet {
            self.note_evidence(call, &elements, &value);
        }
        value
    }

    fn of_elements(
        &mut self,
        whole: &'e Expr,
        (builtin, _, arg): Call<'e>,
        elements: &[Element],
        at: At<'_, 'e>,
    ) -> Result<Value, Value> {
        let places = whole.ty.as_number().map_or(0, |it| it.places);
        of_many(builtin, elements.len(), places, &mut |number| match (elements.get(number), arg) {
            (Some(element), _) if builtin == BuiltinId::LongestGap => self.date_of(element),
            (Some(element), Some(arg)) => self.of_element(arg, element, at),
            _ => Value::Error(Fault::Type),
        })
    }

    /// The event date of a record, the first day of a calendar unit, the as-of date of a result.
    fn date_of(&mut self, element: &Element) -> Value {
        match element {
            Element::Record(table, number) => {
                let event = self.on.shapes.tables.get(*table).and_then(|it| it.event);
                event.map_or(Value::Error(Fault::Type), |it| self.column(*table, *number, it))
            }
            Element::Unit(_, start, _) => Value::Date(*start),
            Element::Result(number) => {
                let result = self.household.history.get(*number);
                result.and_then(|it| it.as_of).map_or(Value::Missing, Value::Date)
            }
            Element::Group(..) => Value::Error(Fault::Type),
        }
    }

    /// Notes which records a function counted, and which of their columns were read.
    fn note_evidence(&mut self, (_, source, arg): Call<'e>, elements: &[Element], value: &Value) {
        let mut records = BTreeSet::new();
        elements.iter().for_each(|it| records_of(it, &mut records));
        let mut reads = Reads::default();
        reads.source(source, self);
        arg.into_iter().for_each(|it| walk::expr(it, &mut reads));
        let tables: BTreeSet<usize> = records.iter().map(|it| it.0).chain(reads.base).collect();
        let found = tables.into_iter().map(|table| Evidence {
            table,
            records: records.iter().filter(|it| it.0 == table).map(|it| it.1).collect(),
            columns: reads.columns.iter().filter(|it| it.0 == table).map(|it| it.1).collect(),
            value: value.clone(),
        });
        let found: Vec<Evidence> = found.collect();
        if let Some(step) = &mut self.step {
            for it in found {
                if !step.evidence.contains(&it) {
                    step.evidence.push(it);
                }
            }
        }
    }
}

/// A function of so many elements, where `of` says what is taken from each; of 最长间隔 that is its date.
/// No more are asked than it takes, in the order of the source (连续 from the end).
///
/// # Errors
///
/// The non-value that takes the place of the result.
pub(crate) fn of_many(
    builtin: BuiltinId,
    count: usize,
    places: u8,
    of: &mut dyn FnMut(usize) -> Value,
) -> Result<Value, Value> {
    match builtin {
        BuiltinId::Count => Ok(counted(count)),
        BuiltinId::Any => Ok(Value::Bool(count > 0)),
        BuiltinId::None => Ok(Value::Bool(count == 0)),
        BuiltinId::All => {
            for number in 0..count {
                if !holds(of(number))? {
                    return Ok(Value::Bool(false));
                }
            }
            Ok(Value::Bool(true))
        }
        BuiltinId::Streak => {
            let mut run = 0;
            for number in (0..count).rev() {
                if !holds(of(number))? {
                    break;
                }
                run += 1;
            }
            Ok(counted(run))
        }
        BuiltinId::LongestStreak => {
            let (mut run, mut longest) = (0, 0);
            for number in 0..count {
                run = if holds(of(number))? { run + 1 } else { 0 };
                longest = longest.max(run);
            }
            Ok(counted(longest))
        }
        BuiltinId::Latest if count == 0 => Ok(Value::Missing),
        BuiltinId::Latest => Ok(of(count - 1)),
        BuiltinId::Earliest if count == 0 => Ok(Value::Missing),
        BuiltinId::Earliest => Ok(of(0)),
        BuiltinId::LongestGap => longest_gap((0..count).map(of)),
        _ => {
            let mut values = Vec::with_capacity(count);
            for number in 0..count {
                let value = of(number);
                if !value.is_present() {
                    return Err(value);
                }
                values.push(value);
            }
            summary_to(builtin, &mut values, places)
        }
    }
}

fn longest_gap(dates: impl Iterator<Item = Value>) -> Result<Value, Value> {
    let mut all: Vec<Date> = Vec::new();
    for date in dates {
        match date {
            Value::Date(date) => all.push(date),
            Value::Missing => return Err(Value::Error(Fault::UnexpectedMissing)),
            other => return Err(other),
        }
    }
    all.sort_unstable();
    let gaps = all.windows(2).filter_map(|it| Some(it.first()?.days_until(*it.last()?)));
    Ok(gaps.max().map_or(Value::Missing, Value::whole))
}

/// Functions of the values of all elements; the result has so many places.
pub(crate) fn summary_to(
    builtin: BuiltinId,
    values: &mut Vec<Value>,
    places: u8,
) -> Result<Value, Value> {
    match builtin {
        BuiltinId::CountDistinct => {
            values.sort();
            values.dedup();
            Ok(counted(values.len()))
        }
        BuiltinId::Sum => total(values).map(|it| computed(Some(it))),
        BuiltinId::Average if values.is_empty() => Ok(Value::Missing),
        BuiltinId::Average => {
            let sum = total(values)?;
            let count = decimal(&counted(values.len()))?;
            Ok(computed(sum.checked_div(count, places)))
        }
        BuiltinId::Largest | BuiltinId::Smallest => {
            let mut best: Option<&Value> = None;
            for value in values.iter() {
                let better = match best {
                    None => true,
                    Some(before) if builtin == BuiltinId::Largest => {
                        compare(value, before)?.is_gt()
                    }
                    Some(before) => compare(value, before)?.is_lt(),
                };
                if better {
                    best = Some(value);
                }
            }
            Ok(best.cloned().unwrap_or(Value::Missing))
        }
        _ => Err(Value::Error(Fault::Type)),
    }
}

fn total(values: &[Value]) -> Result<Decimal, Value> {
    let mut sum = Decimal::ZERO;
    for it in values {
        sum = sum.checked_add(decimal(it)?).ok_or(Value::Error(Fault::Overflow))?;
    }
    Ok(sum)
}

fn records_of(element: &Element, records: &mut BTreeSet<(usize, usize)>) {
    match element {
        Element::Record(table, number) => {
            records.insert((*table, *number));
        }
        Element::Group(group) => group.members.iter().for_each(|it| records_of(it, records)),
        Element::Unit(..) | Element::Result(_) => {}
    }
}

/// Which table a source goes over, and which columns its conditions read.
#[derive(Default)]
struct Reads {
    base: Option<usize>,
    columns: BTreeSet<(usize, usize)>,
}

impl Reads {
    fn source(&mut self, source: &Source, working: &Working<'_>) {
        walk::source(source, self);
        let mut source = source;
        loop {
            source = match source {
                Source::Filter { of, .. } | Source::Group { of, .. } => of,
                Source::Table(it) => {
                    self.base = Some(it.slot.index());
                    return;
                }
                Source::Named(it) => match working.source_named(it.slot.index()) {
                    Some(source) => {
                        walk::source(source, self);
                        source
                    }
                    None => return,
                },
                Source::Members { .. } | Source::Calendar { .. } | Source::History => return,
            };
        }
    }
}

impl Visitor for Reads {
    fn reference(&mut self, _: RefKind, _: &Ref, _: bool) {}

    fn column(&mut self, kind: ColumnKind, column: &Column) {
        if kind == ColumnKind::Record {
            self.columns.insert((column.table.slot.index(), column.slot.index()));
        }
    }
}
