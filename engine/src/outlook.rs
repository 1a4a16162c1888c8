//! When the grades of a household change by themselves: nothing new happens, facts age, and rules that
//! are already written take effect or end.
//!
//! Every day of the horizon is evaluated, through the same evaluator as any run, so that no kind of
//! window, calendar unit or formula over dates has to be understood a second time here. The household
//! is as it is known on the as-of date (`language.md` §3.1), values of the register and earlier
//! results stay as they are.

mod cause;

use std::collections::BTreeSet;

use heng_dsl::value::{Date, Value};

pub use self::cause::{Cause, Moved, Reweighed};
use crate::data::Household;
use crate::eval::{Evaluator, Working};
use crate::graph::Thing;
use crate::outcome::{Outcome, Step, Trace};
use crate::population::PopulationValues;
use crate::program::Program;

/// How far ahead is looked, in months.
pub const HORIZON_MONTHS: u32 = 36;

/// What lies ahead of a household.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// The last day that was looked at.
    pub until: Date,
    /// The household as it is known on the as-of date; the records of causes are numbers in it.
    pub known: Household,
    /// Every change of a grade, by date, then in the order of the declarations.
    pub changes: Vec<Change>,
}

/// A grade that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The first day of the new grade.
    pub date: Date,
    /// The slot of the 分类 or 叠加.
    pub slot: usize,
    /// What it is worth until the day before; 不适用 where it has no result.
    pub from: Value,
    /// What it is worth from that day.
    pub to: Value,
    /// Because of what.
    pub because: Vec<Cause>,
}

/// Looks ahead over [`HORIZON_MONTHS`] from the as-of date. `number` is the number of the household in
/// the register for which the population values were made. Without the months that a date would need
/// (the year 9999 ends the calendar) the horizon is shorter, and [`Outlook::until`] says so.
pub fn outlook(
    program: &Program,
    household: &Household,
    population: &PopulationValues,
    number: usize,
    as_of: Date,
) -> Outlook {
    let today = Evaluator::new(program, as_of);
    let known = today.known(household);
    let until = as_of.add_months(i64::from(HORIZON_MONTHS)).unwrap_or(as_of);
    let targets: Vec<usize> = program.grades().collect();
    let things: BTreeSet<Thing> = targets.iter().map(|it| Thing::Decl(*it)).collect();
    let needs = program.needed(&things);
    let ahead = Ahead { known: &known, population, number, needs: &needs };
    let mut changes = Vec::new();
    let mut before = today;
    let mut grades = ahead.grades(&before, &targets);
    while let Some(day) = before.as_of().add_days(1).filter(|it| *it <= until) {
        let after = before.on(day);
        let new = ahead.grades(&after, &targets);
        if new != grades {
            changes.extend(ahead.changes(&targets, (&before, &grades), (&after, &new)));
        }
        (before, grades) = (after, new);
    }
    let until = before.as_of();
    Outlook { until, known, changes }
}

/// What stays the same from day to day.
struct Ahead<'a> {
    known: &'a Household,
    population: &'a PopulationValues,
    number: usize,
    needs: &'a [usize],
}

impl Ahead<'_> {
    /// What the targets are worth on the date of an evaluator.
    fn grades(&self, on: &Evaluator<'_>, targets: &[usize]) -> Vec<Value> {
        let (outcome, _) =
            on.evaluate_some(self.needs, self.known, self.population, self.number, false);
        targets.iter().map(|it| worth(&outcome, *it)).collect()
    }

    /// An evaluation with everything that was noted.
    fn noted(&self, on: &Evaluator<'_>) -> Noted {
        let (outcome, trace) =
            on.evaluate_some(self.needs, self.known, self.population, self.number, true);
        let mut working = Working::new(on, self.known, self.population, self.number);
        working.work_out(self.needs);
        let packages = 0..on.program().linked().packages.len();
        let scopes = packages.map(|it| working.scope_step(it)).collect();
        Noted { outcome, trace: trace.unwrap_or_default(), scopes }
    }

    /// The grades that differ between two days, with the reasons.
    fn changes(
        &self,
        targets: &[usize],
        (before, old): (&Evaluator<'_>, &[Value]),
        (after, new): (&Evaluator<'_>, &[Value]),
    ) -> Vec<Change> {
        let (then, now) = (self.noted(before), self.noted(after));
        let days = cause::Days::new((before, &then), (after, &now));
        let pairs = targets.iter().zip(old.iter().zip(new));
        let changed = pairs.filter(|(_, (from, to))| from != to);
        let changes = changed.map(|(slot, (from, to))| Change {
            date: after.as_of(),
            slot: *slot,
            from: from.clone(),
            to: to.clone(),
            because: days.causes(*slot),
        });
        changes.collect()
    }
}

/// An evaluation on one day.
struct Noted {
    outcome: Outcome,
    trace: Trace,
    /// What the 适用 of each package counted.
    scopes: Vec<Step>,
}

/// What a declaration is worth in an outcome.
fn worth(outcome: &Outcome, slot: usize) -> Value {
    outcome.values.get(slot).cloned().unwrap_or(Value::NotApplicable)
}
