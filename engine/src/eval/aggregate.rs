//! Functions of a source.

use std::collections::BTreeSet;

use heng_dsl::builtins::BuiltinId;
use heng_dsl::model::walk::{self, ColumnKind, RefKind, Visitor};
use heng_dsl::model::{Column, Expr, Ref, Source};
use heng_dsl::value::{Date, Decimal, Fault, Value};

use super::Working;
use super::expr::counted;
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
        match builtin {
            BuiltinId::Count => Ok(counted(elements.len())),
            BuiltinId::Any => Ok(Value::Bool(!elements.is_empty())),
            BuiltinId::None => Ok(Value::Bool(elements.is_empty())),
            BuiltinId::All => {
                for element in elements {
                    if !self.holds_for(needed(arg)?, element, at)? {
                        return Ok(Value::Bool(false));
                    }
                }
                Ok(Value::Bool(true))
            }
            BuiltinId::Streak => {
                let mut count = 0;
                for element in elements.iter().rev() {
                    if !self.holds_for(needed(arg)?, element, at)? {
                        break;
                    }
                    count += 1;
                }
                Ok(counted(count))
            }
            BuiltinId::LongestStreak => {
                let (mut run, mut longest) = (0, 0);
                for element in elements {
                    run = if self.holds_for(needed(arg)?, element, at)? { run + 1 } else { 0 };
                    longest = longest.max(run);
                }
                Ok(counted(longest))
            }
            BuiltinId::Latest => match elements.last() {
                Some(it) => Ok(self.of_element(needed(arg)?, it, at)),
                None => Ok(Value::Missing),
            },
            BuiltinId::Earliest => match elements.first() {
                Some(it) => Ok(self.of_element(needed(arg)?, it, at)),
                None => Ok(Value::Missing),
            },
            BuiltinId::LongestGap => self.longest_gap(elements),
            _ => {
                let arg = needed(arg)?;
                let mut values = Vec::with_capacity(elements.len());
                for element in elements {
                    let value = self.of_element(arg, element, at);
                    if !value.is_present() {
                        return Err(value);
                    }
                    values.push(value);
                }
                summary(builtin, values, whole)
            }
        }
    }

    fn longest_gap(&mut self, elements: &[Element]) -> Result<Value, Value> {
        let mut dates = Vec::with_capacity(elements.len());
        for element in elements {
            dates.push(self.date_of(element)?);
        }
        dates.sort_unstable();
        let gaps = dates.windows(2).filter_map(|it| Some(it.first()?.days_until(*it.last()?)));
        Ok(gaps.max().map_or(Value::Missing, Value::whole))
    }

    /// The event date of a record, the first day of a calendar unit, the as-of date of a result.
    fn date_of(&mut self, element: &Element) -> Result<Date, Value> {
        let value = match element {
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
        };
        match value {
            Value::Date(date) => Ok(date),
            Value::Missing => Err(Value::Error(Fault::UnexpectedMissing)),
            other => Err(other),
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

/// Functions of the values of all elements; the result has the places of the whole expression.
pub(crate) fn summary(
    builtin: BuiltinId,
    mut values: Vec<Value>,
    whole: &Expr,
) -> Result<Value, Value> {
    let places = whole.ty.as_number().map_or(0, |it| it.places);
    summary_to(builtin, &mut values, places)
}

/// Like [`summary`], with the number of places of the result.
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

fn needed(arg: Option<&Expr>) -> Result<&Expr, Value> {
    arg.ok_or(Value::Error(Fault::Type))
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
