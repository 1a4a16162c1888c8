//! Data-quality rules (校验): where the data are not as they ought to be.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use heng_dsl::model::walk::{self, RefKind, Visitor};
use heng_dsl::model::{Check, CheckScope, Ref};
use heng_dsl::value::{Date, Fault, Value};
use rayon::prelude::*;

use super::scope::{Element, Frame};
use super::table::Note;
use super::{Evaluator, Working};
use crate::columnar::{Asked, Doubtful, asked};
use crate::data::{Household, Keyed, Register};
use crate::graph::Thing;
use crate::population::{self, PopulationValues};
use crate::program::Program;
use crate::source::{Source, Unreadable};

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

/// What the rules found in a register.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// By package, rule, household and record.
    pub findings: Vec<CheckFinding>,
    /// Households of the register.
    households: usize,
    /// The keys of those that break a rule, by number.
    keys: BTreeMap<usize, Arc<str>>,
}

impl Keyed for Found {
    fn households(&self) -> usize {
        self.households
    }

    fn key(&self, number: usize) -> Option<Arc<str>> {
        self.keys.get(&number).cloned()
    }
}

/// Like [`findings`], of a register that may be read stretch by stretch; of households that certainly break no rule
/// nothing is looked at.
///
/// # Errors
///
/// A stretch cannot be read.
pub fn findings_of(
    program: &Program,
    source: &dyn Source,
    as_of: Date,
) -> Result<Found, Unreadable> {
    let rules = Rules::of(program);
    let mut found = Found { households: source.len(), ..Found::default() };
    if rules.all.is_empty() {
        return Ok(found);
    }
    let needs_others =
        program.sites().any(|(_, it)| matches!(it.owner, crate::program::Owner::Check { .. }));
    let evaluator = Evaluator::new(program, as_of);
    let look = |it: &Doubtful<'_>| rules.of_doubtful(&evaluator, it);
    let columns =
        if needs_others { None } else { asked(program, source, (&rules.needs, as_of), look) };
    let Some(Ok(Asked { of_households, of_tables })) = columns else {
        // What the plan cannot do, the evaluator can; what cannot be read says so there, too.
        let register = source.whole()?.register();
        found.findings = findings(program, &register, as_of);
        let concerned = found.findings.iter().filter_map(|it| it.household);
        found.keys = concerned.filter_map(|it| Some((it, register.key(it)?))).collect();
        return Ok(found);
    };
    for (finding, key) in of_households {
        found.keys.extend(finding.household.map(|it| (it, key)));
        found.findings.push(finding);
    }
    for (rule, value) in of_tables {
        found.findings.extend(rules.told(rule, None, &value));
    }
    found.findings.sort();
    Ok(found)
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
            let all = 0..rules.all.len();
            rules.of_household(&evaluator, household, (population, number), all)
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

    /// What some of the rules, by number, find about a household.
    fn of_household<'e>(
        &'e self,
        evaluator: &'e Evaluator<'e>,
        household: &'e Household,
        (population, number): (&'e PopulationValues, usize),
        asked: impl Iterator<Item = usize>,
    ) -> Vec<CheckFinding> {
        let mut working = Working::new(evaluator, household, population, number);
        working.work_out(&self.needs);
        let mut found = Vec::new();
        for (package, check, rule) in asked.filter_map(|it| self.all.get(it)) {
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

    /// What the rules find about a household that may break some of them, with its key.
    fn of_doubtful(
        &self,
        evaluator: &Evaluator<'_>,
        doubtful: &Doubtful<'_>,
    ) -> Vec<(CheckFinding, Arc<str>)> {
        let Doubtful { columns, at, number, told, open } = doubtful;
        if !evaluator.founded(&|slot| columns.field(slot, *at)) {
            return Vec::new();
        }
        let told = told.iter().filter_map(|(rule, value)| self.told(*rule, Some(*number), value));
        let mut found: Vec<CheckFinding> = told.collect();
        if !open.is_empty() {
            let (household, nothing) = (columns.household(*at), PopulationValues::default());
            let open = open.iter().copied();
            found.extend(self.of_household(evaluator, &household, (&nothing, *number), open));
        }
        if found.is_empty() {
            return Vec::new();
        }
        let key: Arc<str> = Arc::from(columns.keys.get(*at));
        found.into_iter().map(|it| (it, Arc::clone(&key))).collect()
    }

    /// What it says of a household, or of a whole table, that the condition of a rule comes to a value.
    fn told(&self, rule: usize, household: Option<usize>, value: &Value) -> Option<CheckFinding> {
        let (package, check, _) = self.all.get(rule)?;
        let Broken(fault) = Broken::of(value)?;
        Some(CheckFinding { package: *package, check: *check, household, record: None, fault })
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

impl Broken {
    /// What it means that the condition of a rule comes to a value.
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(true) | Value::NotApplicable => None,
            Value::Bool(false) => Some(Self(None)),
            Value::Error(fault) => Some(Self(Some(fault.clone()))),
            Value::Missing => Some(Self(Some(Fault::UnexpectedMissing))),
            _ => Some(Self(Some(Fault::Type))),
        }
    }
}

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
        Broken::of(&holds)
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
