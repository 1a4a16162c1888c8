//! Does a case notice a mutant?

use std::collections::BTreeMap;

use heng_dsl::builtins::BuiltinId;
use heng_dsl::model::linked::Linked;
use heng_dsl::model::{
    Case, Cell, CellBound, Content, DeclKind, Expr, Mode, Node, RowKey, Table, Test, Version,
};
use heng_dsl::value::{Date, Decimal, Value};

use super::Mutant;
use super::spot::{self, Reach, Spot};
use super::walk;
use crate::cases::{self, Worked};
use crate::data::Register;
use crate::eval::Evaluator;
use crate::outcome::{AskedNumber, InnerRow, InnerTable, Outcome, RuleId, Trace};
use crate::population::{self, PopulationValues};
use crate::program::Program;

/// A case that holds on the rules as they are, and what came out.
#[derive(Debug)]
pub(super) struct Base<'c> {
    pub(super) case: &'c Case,
    pub(super) worked: Worked,
}

/// What became of a mutant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Killed,
    Survived { reached: bool },
}

/// A package and its rules as they are.
pub(super) struct Judge<'p> {
    pub(super) program: &'p Program,
    pub(super) package: usize,
    /// The same without cases, which no mutant needs.
    lean: Linked,
}

impl<'p> Judge<'p> {
    pub(super) fn new(program: &'p Program, package: usize) -> Self {
        let mut lean = program.linked().clone();
        lean.packages.iter_mut().for_each(|it| it.cases.clear());
        Self { program, package, lean }
    }

    /// The cases that hold, worked out, and how many do not.
    pub(super) fn bases<'c>(&self, all: &'c [Case]) -> (Vec<Base<'c>>, usize) {
        let worked: Vec<Base<'c>> = all
            .iter()
            .filter_map(|case| {
                let (register, number) = cases::given(self.program.linked(), case);
                let worked = work_out(self.program, &register, number, case.as_of)?;
                let holds = !cases::any_fails(self.program, self.package, case, &worked);
                holds.then_some(Base { case, worked })
            })
            .collect();
        let failing = all.len() - worked.len();
        (worked, failing)
    }

    /// Every change of the package, in the order of the rules.
    pub(super) fn mutants(&self) -> Vec<Mutant> {
        let linked = self.program.linked();
        let Some(mut set) = self.lean.packages.get(self.package).cloned() else {
            return Vec::new();
        };
        let mut all = Vec::new();
        let mut number = 0;
        walk::visit(linked, self.package, &mut set, &mut |at, spot| {
            let written = written(&spot);
            for (change, words, reach) in spot.changes(linked, at) {
                let at = at.clone();
                all.push(Mutant { spot: number, change, at, words, reach, number: written });
            }
            number += 1;
        });
        all
    }

    /// The rules as they are, without cases.
    pub(super) fn lean(&self) -> Option<Program> {
        Program::new(self.lean.clone()).ok()
    }

    /// The rules with the change.
    pub(super) fn mutated(&self, mutant: &Mutant) -> Option<Program> {
        let mut linked = self.lean.clone();
        self.change(&mut linked, mutant);
        Program::new(linked).ok()
    }

    fn change(&self, linked: &mut Linked, mutant: &Mutant) {
        let Some(set) = linked.packages.get_mut(self.package) else { return };
        let mut number = 0;
        walk::visit(self.program.linked(), self.package, set, &mut |_, spot| {
            if number == mutant.spot {
                spot.make(self.program.linked(), mutant.change);
            }
            number += 1;
        });
    }

    /// Can the change make no difference to any household? `false` where that is not certain.
    pub(super) fn is_equivalent(&self, mutant: &Mutant) -> bool {
        let Reach::Asked(rule, inner, column, number) = mutant.reach else { return false };
        let linked = self.program.linked();
        let Some((version, before)) = table(linked, rule, inner) else { return false };
        let Some(asked) = before.columns.get(column) else { return false };
        if number.is_negative() && never_negative(linked, version, asked, 0) {
            return true;
        }
        if before.mode != Mode::First {
            return false;
        }
        if before.columns.len() != 1 {
            return mutant.at.row.is_some_and(|it| taken_above(linked, before, it, column, number));
        }
        let mut changed = self.lean.clone();
        self.change(&mut changed, mutant);
        let Some((_, after)) = table(&changed, rule, inner) else { return false };
        match (first(linked, before, number), first(linked, after, number)) {
            (Some(a), Some(b)) => {
                let results = |of: &Table, at: Option<usize>| {
                    at.and_then(|it| of.rows.get(it)).map(|it| it.results.clone())
                };
                results(before, a) == results(after, b)
            }
            _ => false,
        }
    }

    /// Runs the cases that can tell until one notices.
    pub(super) fn verdict(&self, mutant: &Mutant, bases: &[Base<'_>]) -> Verdict {
        let telling: Vec<&Base<'_>> = bases.iter().filter(|it| self.can_tell(it, mutant)).collect();
        if telling.is_empty() {
            return Verdict::Survived { reached: false };
        }
        let Some(mutated) = self.mutated(mutant) else { return Verdict::Killed };
        let mut on = OnDates::new(&mutated);
        let noticed = telling.iter().any(|base| {
            let worked = &base.worked;
            let after = on.work_out(&worked.register, worked.number, base.case.as_of);
            after.is_none_or(|it| cases::any_fails(&mutated, self.package, base.case, &it))
        });
        if noticed { Verdict::Killed } else { Verdict::Survived { reached: true } }
    }

    /// Did the case get to where the change makes a difference?
    pub(super) fn can_tell(&self, base: &Base<'_>, mutant: &Mutant) -> bool {
        tells(self.program.linked(), &base.worked, &mutant.reach)
    }
}

/// Did what was worked out get to where a change makes a difference?
pub(super) fn tells(linked: &Linked, worked: &Worked, reach: &Reach) -> bool {
    let trace = &worked.trace;
    let stepped = |slot: usize| trace.steps.iter().find(|it| it.decl == slot);
    match *reach {
        Reach::All => true,
        Reach::Asked(rule, table, column, value) => {
            trace.asked.contains(&AskedNumber { rule, table, column, value })
        }
        Reach::Row(rule, table, row) => {
            let whole = table == InnerTable { local: None, fade: false };
            let own = match rule {
                RuleId::Decl(slot, at) if whole => {
                    stepped(slot).filter(|it| it.version == Some(at)).is_some_and(|it| {
                        it.rows.contains(&row) || it.each.iter().any(|it| it.row == Some(row))
                    })
                }
                RuleId::Decl(..) | RuleId::Decide(..) => false,
            };
            own || trace.inner.contains(&InnerRow { rule, table, row })
        }
        Reach::Hit(target, number) => {
            worked.outcome.decides.iter().any(|it| (it.target, it.decide) == (target, number))
        }
        Reach::Rule(RuleId::Decl(slot, _)) => match linked.decl(slot).kind {
            DeclKind::Param | DeclKind::RecordSet | DeclKind::RecordValue { .. } => true,
            _ => stepped(slot).is_some(),
        },
        Reach::Rule(RuleId::Decide(target, ..)) => stepped(target).is_some(),
    }
}

/// A program on the dates of several cases.
pub(super) struct OnDates<'p> {
    program: &'p Program,
    dates: BTreeMap<Date, Evaluator<'p>>,
}

impl<'p> OnDates<'p> {
    pub(super) fn new(program: &'p Program) -> Self {
        Self { program, dates: BTreeMap::new() }
    }

    /// What comes out for a household; `None` where it is outside the population.
    pub(super) fn work_out(
        &mut self,
        register: &Register,
        number: usize,
        as_of: Date,
    ) -> Option<Worked> {
        if !self.dates.contains_key(&as_of) {
            let known = self.dates.values().next().map(|it| it.on(as_of));
            let evaluator = known.unwrap_or_else(|| Evaluator::new(self.program, as_of));
            self.dates.insert(as_of, evaluator);
        }
        worked(self.dates.get(&as_of)?, register, number)
    }
}

fn work_out(program: &Program, register: &Register, number: usize, as_of: Date) -> Option<Worked> {
    worked(&Evaluator::new(program, as_of), register, number)
}

fn worked(evaluator: &Evaluator<'_>, register: &Register, number: usize) -> Option<Worked> {
    let household = register.households.get(number)?;
    if !evaluator.is_founded(household) {
        return None;
    }
    let population = if evaluator.program().rounds() > 0 {
        population::with_progress(evaluator, register, &|_, _| {})
    } else {
        PopulationValues::default()
    };
    let came: (Outcome, Option<Trace>) = evaluator.evaluate(household, &population, number, true);
    let (outcome, trace) = (came.0, came.1.unwrap_or_default());
    Some(Worked { register: register.clone(), number, outcome, trace, population })
}

fn written(spot: &Spot<'_>) -> Option<Decimal> {
    match spot {
        Spot::Literal { value: Value::Number(it), .. } => Some(*it),
        Spot::Months(it) => Some(Decimal::from(i64::from(**it))),
        _ => None,
    }
}

/// A table of a rule, and the rule.
pub(super) fn table(
    linked: &Linked,
    rule: RuleId,
    inner: InnerTable,
) -> Option<(&Version, &Table)> {
    let version = match rule {
        RuleId::Decl(slot, at) => linked.decl(slot).versions.get(at)?,
        RuleId::Decide(target, number, at) => {
            &linked.decides(target).nth(number)?.versions.get(at)?.1
        }
    };
    let content = match inner.local {
        Some(local) => &version.lets.get(local)?.content,
        None => &version.content,
    };
    let table = match content {
        Content::Table(it) => it,
        Content::Each(it) if inner.fade => it.fade.as_ref()?,
        Content::Each(it) => &it.table,
        _ => return None,
    };
    Some((version, table))
}

/// The first row of a table with one column that holds for a number, by its number; `None` where that
/// cannot be told from the table alone.
#[expect(clippy::option_option, reason = "unknown, and known to be no row")]
fn first(linked: &Linked, table: &Table, number: Decimal) -> Option<Option<usize>> {
    for (at, row) in table.rows.iter().enumerate() {
        let holds = match &row.key {
            RowKey::Always | RowKey::Otherwise => true,
            RowKey::When(_) => return None,
            RowKey::Cells(cells) => match cells.as_slice() {
                [cell] => holds(linked, cell, number)?,
                _ => return None,
            },
        };
        if holds {
            return Some(Some(at));
        }
    }
    Some(None)
}

/// Does a row above this one hold for the number, whatever this one asks of the other columns? Then it makes no
/// difference whether this one would.
fn taken_above(linked: &Linked, table: &Table, row: usize, column: usize, number: Decimal) -> bool {
    let Some(RowKey::Cells(own)) = table.rows.get(row).map(|it| &it.key) else { return false };
    table.rows.iter().take(row).any(|above| match &above.key {
        RowKey::Cells(cells) => cells.iter().zip(own).enumerate().all(|(at, (cell, own))| {
            if at == column {
                holds(linked, cell, number) == Some(true)
            } else {
                *cell == Cell::Any || cell == own
            }
        }),
        RowKey::Always | RowKey::Otherwise | RowKey::When(_) => false,
    })
}

/// Does the cell hold for the number? `None` where that cannot be told from the table alone.
fn holds(linked: &Linked, cell: &Cell, number: Decimal) -> Option<bool> {
    match cell {
        Cell::Any => Some(true),
        Cell::OneOf(tests) => {
            let mut any = false;
            for test in tests {
                any |= passes(linked, test, number)?;
            }
            Some(any)
        }
    }
}

fn passes(linked: &Linked, test: &Test, number: Decimal) -> Option<bool> {
    let constant = |it: &Expr| spot::constant(linked, it);
    let within = |bound: &Option<CellBound>, low: bool| match bound {
        None => Some(true),
        Some(it) => {
            let at = constant(&it.value)?;
            let inside = if low { number > at } else { number < at };
            Some(inside || (it.inclusive && number == at))
        }
    };
    match test {
        Test::Missing => Some(false),
        Test::Range { low, high } => Some(within(low, true)? && within(high, false)?),
        Test::Equals(it) => Some(constant(it)? == number),
        Test::Differs(it) => Some(constant(it)? != number),
        Test::Starts(_) | Test::Window(_) => None,
    }
}

/// How far a name is followed.
const DEEPEST: usize = 4;

/// Is what the expression is worth never below zero, for certain?
fn never_negative(linked: &Linked, version: &Version, expr: &Expr, depth: usize) -> bool {
    if depth > DEEPEST {
        return false;
    }
    let formula = |version: &Version, content: &Content| match content {
        Content::Formula(it) => never_negative(linked, version, it, depth + 1),
        _ => false,
    };
    match &expr.node {
        Node::Const(Value::Number(it)) => !it.is_negative(),
        Node::Field(it) => {
            let field = linked.field(it.slot.index());
            !field.signed && field.derived.is_none()
        }
        Node::RecordField { column, .. } => {
            let field = linked.table(column.table.slot.index()).fields.get(column.slot.index());
            field.is_some_and(|it| !it.signed && it.derived.is_none())
        }
        Node::Aggregate { builtin, .. } => *builtin == BuiltinId::Count,
        Node::IfMissing(a, b) => {
            never_negative(linked, version, a, depth + 1)
                && never_negative(linked, version, b, depth + 1)
        }
        Node::Local(at) => {
            let local = usize::try_from(*at).ok().and_then(|it| version.lets.get(it));
            local.is_some_and(|it| formula(version, &it.content))
        }
        Node::Decl(it) => {
            let versions = &linked.decl(it.slot.index()).versions;
            !versions.is_empty() && versions.iter().all(|it| formula(it, &it.content))
        }
        _ => false,
    }
}
