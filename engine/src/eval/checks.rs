//! Data-quality rules (校验): where the data are not as they ought to be.

use std::collections::BTreeSet;

use heng_dsl::model::walk::{self, RefKind, Visitor};
use heng_dsl::model::{Check, CheckScope, Ref};
use heng_dsl::value::{Date, Fault, Value};
use rayon::prelude::*;

use super::scope::{Element, Frame};
use super::table::Note;
use super::{Evaluator, Working};
use crate::columnar::doubtful;
use crate::columns::Columns;
use crate::data::{Household, Register};
use crate::graph::Thing;
use crate::population::{self, PopulationValues};
use crate::program::Program;

/// A place where a data-quality rule does not hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CheckFinding {
    /// The number of the package that has the rule.
    pub package: usize,
    /// The number of the rule among the checks of that package.
    pub check: usize,
    /// The number of the household in the register; absent for a rule about a whole table.
    pub household: Option<usize>,
    /// Of a rule about records: the slot of the table and the number of the record among the
    /// household's records of that table.
    pub record: Option<(usize, usize)>,
    /// Set where the rule could not be worked out; otherwise it was, and does not hold.
    pub fault: Option<Fault>,
}

/// Applies every data-quality rule of every package to a register: by package, rule, household and
/// record, in that order. Records dated after `as_of` are not looked at, nor are households founded
/// later.
pub fn findings(program: &Program, register: &Register, as_of: Date) -> Vec<CheckFinding> {
    let needs_others =
        program.sites().any(|(_, it)| matches!(it.owner, crate::program::Owner::Check { .. }));
    let population = if needs_others {
        population::values(program, register, as_of)
    } else {
        PopulationValues::default()
    };
    findings_with(program, register, &population, as_of)
}

/// Like [`findings`], of a register of columns; of households that certainly break no rule nothing is looked at.
pub fn findings_of_columns(program: &Program, columns: &Columns, as_of: Date) -> Vec<CheckFinding> {
    let rules = Rules::of(program);
    if rules.all.is_empty() {
        return Vec::new();
    }
    let of_table = |it: &(usize, usize, &Check)| matches!(it.2.scope, CheckScope::Table(_));
    let needs_others =
        program.sites().any(|(_, it)| matches!(it.owner, crate::program::Owner::Check { .. }));
    if needs_others || rules.all.iter().any(of_table) {
        return findings(program, &columns.register(), as_of);
    }
    let (evaluator, population) = (Evaluator::new(program, as_of), PopulationValues::default());
    let all = || (0..columns.len()).collect();
    let looked_at = doubtful(program, columns, &rules.needs, as_of).unwrap_or_else(all);
    let found = looked_at.into_par_iter().flat_map_iter(|number| {
        let household = columns.household(number);
        let founded = evaluator.is_founded(&household);
        let found =
            founded.then(|| rules.of_household(&evaluator, &household, &population, number));
        found.into_iter().flatten()
    });
    let mut found: Vec<CheckFinding> = found.collect();
    found.sort();
    found
}

/// Like [`findings`], with population values that were worked out before.
pub fn findings_with(
    program: &Program,
    register: &Register,
    population: &PopulationValues,
    as_of: Date,
) -> Vec<CheckFinding> {
    let evaluator = Evaluator::new(program, as_of);
    let rules = Rules::of(program);
    let each = register.households.par_iter().enumerate();
    let each = each.filter(|(_, it)| evaluator.is_founded(it));
    let mut found: Vec<CheckFinding> = each
        .flat_map_iter(|(number, household)| {
            rules.of_household(&evaluator, household, population, number)
        })
        .collect();
    found.extend(rules.of_tables(&evaluator, register, population));
    found.sort();
    found
}

/// The rules of all packages.
struct Rules<'p> {
    /// Package, number, rule.
    all: Vec<(usize, usize, &'p Check)>,
    /// Declarations that they read, in the order of evaluation.
    needs: Vec<usize>,
}

impl<'p> Rules<'p> {
    fn of(program: &'p Program) -> Self {
        let packages = program.linked().packages.iter().enumerate();
        let all: Vec<_> = packages
            .flat_map(|(package, it)| {
                it.checks.iter().enumerate().map(move |(at, it)| (package, at, it))
            })
            .collect();
        let things: BTreeSet<Thing> = all.iter().map(|it| Thing::Check(it.0, it.1)).collect();
        Self { all, needs: program.needed(&things) }
    }

    fn of_household<'e>(
        &'e self,
        evaluator: &'e Evaluator<'e>,
        household: &'e Household,
        population: &'e PopulationValues,
        number: usize,
    ) -> Vec<CheckFinding> {
        let mut working = Working::new(evaluator, household, population, number);
        working.work_out(&self.needs);
        let mut found = Vec::new();
        for (package, check, rule) in &self.all {
            let finding = |record, fault| CheckFinding {
                package: *package,
                check: *check,
                household: Some(number),
                record,
                fault,
            };
            match &rule.scope {
                CheckScope::Household => {
                    let frame = Frame::new(&rule.lets);
                    found.extend(working.broken(rule, &frame).map(|it| finding(None, it.0)));
                }
                CheckScope::Records(table) => {
                    for element in working.visible(table.slot.index()) {
                        let Element::Record(table, record) = element else { continue };
                        let frame = Frame::about(&rule.lets, &element);
                        let broken = working.broken(rule, &frame);
                        found.extend(broken.map(|it| finding(Some((table, record)), it.0)));
                    }
                }
                CheckScope::Table(_) => {}
            }
        }
        found
    }

    /// Rules about whole tables see the records of all households as those of one.
    fn of_tables(
        &self,
        evaluator: &Evaluator<'_>,
        register: &Register,
        population: &PopulationValues,
    ) -> Vec<CheckFinding> {
        let rules = self.all.iter().filter(|it| matches!(it.2.scope, CheckScope::Table(_)));
        let rules: Vec<_> = rules.collect();
        let mut tables = Tables::default();
        rules.iter().for_each(|it| walk::check(it.2, &mut tables));
        if rules.is_empty() {
            return Vec::new();
        }
        let everyone = together(evaluator, register, &tables.slots);
        let mut working = Working::new(evaluator, &everyone, population, usize::MAX);
        let mut found = Vec::new();
        for (package, check, rule) in rules {
            let frame = Frame::new(&rule.lets);
            found.extend(working.broken(rule, &frame).map(|it| CheckFinding {
                package: *package,
                check: *check,
                household: None,
                record: None,
                fault: it.0,
            }));
        }
        found
    }
}

/// A rule that does not hold, or could not be worked out for a reason.
struct Broken(Option<Fault>);

impl<'e> Working<'e> {
    /// Nothing where a rule holds or is not about this.
    fn broken(&mut self, rule: &'e Check, frame: &Frame<'_, 'e>) -> Option<Broken> {
        let concerned = match &rule.applies {
            None => Value::Bool(true),
            Some(it) => self.condition(it, frame.start(), Note::Silent),
        };
        let holds = match concerned {
            Value::Bool(true) => self.expr(&rule.require, frame.start()),
            Value::Bool(false) => return None,
            other => other,
        };
        match holds {
            Value::Bool(true) | Value::NotApplicable => None,
            Value::Bool(false) => Some(Broken(None)),
            Value::Error(fault) => Some(Broken(Some(fault))),
            Value::Missing => Some(Broken(Some(Fault::UnexpectedMissing))),
            _ => Some(Broken(Some(Fault::Type))),
        }
    }
}

/// A household that has the records of all, in the order of the register.
fn together(evaluator: &Evaluator<'_>, register: &Register, tables: &BTreeSet<usize>) -> Household {
    let linked = evaluator.program().linked();
    let mut everyone = Household {
        fields: vec![Value::Missing; linked.fields().len()],
        records: vec![Vec::new(); linked.tables().len()],
        ..Household::default()
    };
    for household in register.households.iter().filter(|it| evaluator.is_founded(it)) {
        for table in tables {
            if let (Some(all), Some(own)) =
                (everyone.records.get_mut(*table), household.records.get(*table))
            {
                all.extend(own.iter().cloned());
            }
        }
    }
    everyone
}

/// The record tables that rules read.
#[derive(Default)]
struct Tables {
    slots: BTreeSet<usize>,
}

impl Visitor for Tables {
    fn reference(&mut self, kind: RefKind, reference: &Ref, _: bool) {
        if kind == RefKind::Table {
            self.slots.insert(reference.slot.index());
        }
    }
}
