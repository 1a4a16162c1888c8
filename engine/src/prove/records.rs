//! What functions of the same records have in common: a count over a shorter window is never the greater
//! one, and a record that is worth more points in the new version is the same record in the old one.
//!
//! One record is taken at random and the conditions of both versions are asked about it, cell by cell.

use std::collections::BTreeSet;

use heng_dsl::model::{Content, Each, Expr, Let, Mode, RowKey, Source, Version};
use heng_dsl::value::{Decimal, Fault, Value};

use super::Reason;
use super::eval::{Eval, Res, Stop};
use super::keys::Key;
use super::leaf::{Abs, Cell, Leaf, State, number};
use super::number::LeafId;
use super::prover::{Ask, Pair, Prover};
use super::trend::{Trend, Trends};

/// Cells of one record that are told apart before a relation is left alone.
const MOST_CELLS: usize = 3_000;
/// Pairs of sums of records.
const MOST_SUMS: usize = 200_000;

/// Conditions in the order in which they are asked, with the local values of their rule.
pub(super) type Conditions<'p> = Vec<(&'p Expr, &'p [Let])>;

/// A number of records.
#[derive(Clone)]
pub(super) struct Counted<'p> {
    leaf: LeafId,
    side: usize,
    table: Key,
    conditions: Conditions<'p>,
}

/// The numbers of records met so far, and which of them is never greater than which.
#[derive(Default)]
pub(super) struct Counts<'p> {
    all: Vec<Counted<'p>>,
    /// The first is not above the second, and the second above it by so much at most.
    at_most: Vec<(LeafId, LeafId, Option<Decimal>)>,
    /// Where the first is there, so is the second.
    stays: Vec<(LeafId, LeafId)>,
}

impl<'p> Prover<'p> {
    /// Finds out what a number of records has to do with those met before, under which name it becomes
    /// a leaf; that of an equal number is taken over.
    pub(super) fn relate(
        &mut self,
        name: &str,
        leaf: &Leaf,
        (side, source, lets): (usize, &'p Source, &'p [Let]),
    ) {
        if self.knows(name) {
            return;
        }
        let Some((table, conditions)) = self.sides[side].chain(source, lets) else { return };
        let table = self.key_of_table(side, table);
        let mut new = Counted { leaf: 0, side, table, conditions };
        let mut relations = Vec::new();
        for old in self.counts.all.clone() {
            if old.table != table {
                continue;
            }
            let Ok(both) = self.together(&old, &new) else { continue };
            let holds = |a: bool, b: bool| both.contains(&vec![Value::Bool(a), Value::Bool(b)]);
            match (holds(true, false), holds(false, true)) {
                (false, false) => {
                    self.rename(name, old.leaf);
                    return;
                }
                (false, true) => relations.push((old.leaf, true)),
                (true, false) => relations.push((old.leaf, false)),
                (true, true) => {}
            }
        }
        new.leaf = self.leaf_under(name.to_owned(), || leaf.clone());
        for (other, is_less) in relations {
            let (less, more) = if is_less { (other, new.leaf) } else { (new.leaf, other) };
            self.counts.at_most.push((less, more, None));
        }
        self.counts.all.push(new);
    }

    /// What the conditions of two numbers say of the same record, as far as it can be told.
    fn together(
        &mut self,
        a: &Counted<'p>,
        b: &Counted<'p>,
    ) -> Result<BTreeSet<Vec<Value>>, Reason> {
        let ask = |it: &Counted<'p>| {
            let it = it.clone();
            move |eval: &mut Eval<'_, 'p>| -> Res<Vec<Value>> {
                Ok(vec![Value::Bool(all_hold(eval, &it.conditions)?)])
            }
        };
        let (ask_a, ask_b) = (ask(a), ask(b));
        let asks: [Ask<'_, 'p>; 2] =
            [(a.side, Some(a.table), &ask_a), (b.side, Some(b.table), &ask_b)];
        self.vectors(&asks, MOST_CELLS)
    }

    /// What a value with one record more has to do with the value without it.
    pub(super) fn goes(&mut self, before: LeafId, after: LeafId, trend: Trend, one: bool) {
        let by = one.then(|| Decimal::from(1));
        match trend {
            Trend::Any => return,
            Trend::Same => self.counts.at_most.push((before, after, Some(Decimal::ZERO))),
            Trend::Up => self.counts.at_most.push((before, after, by)),
            Trend::Down => self.counts.at_most.push((after, before, None)),
        }
        self.counts.stays.push((before, after));
    }

    /// Brings the cells of numbers of records into agreement; fails where they have none.
    pub(super) fn agree(&self, state: &mut State) -> bool {
        let bounds = |state: &State, id: LeafId| match state.get(&id) {
            Some(Cell::Number(low, high)) => Some((*low, *high)),
            _ => None,
        };
        let there = |state: &State, id: LeafId| match state.get(&id) {
            Some(Cell::Value(it)) => Some(!matches!(it, Value::Missing | Value::NotApplicable)),
            Some(Cell::Number(..) | Cell::Days(..)) => Some(true),
            _ => None,
        };
        for (first, second) in &self.counts.stays {
            if there(state, *first) == Some(true) && there(state, *second) == Some(false) {
                return false;
            }
        }
        for (less, more, by) in &self.counts.at_most {
            let (Some((low, high)), Some((least, most))) =
                (bounds(state, *less), bounds(state, *more))
            else {
                continue;
            };
            let least = match (least, low) {
                (Some(a), Some(b)) => Some(a.max(b)),
                (a, b) => a.or(b),
            };
            let high = match (high, most) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
            let reach = |it: Option<Decimal>| it?.checked_add((*by)?);
            let most = match (most, reach(high)) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
            let back = |it: Option<Decimal>| it?.checked_sub((*by)?);
            let low = match (low, back(least)) {
                (Some(a), Some(b)) => Some(a.max(b)),
                (a, b) => a.or(b),
            };
            let empty = |low: Option<Decimal>, high: Option<Decimal>| {
                low.zip(high).is_some_and(|(low, high)| low > high)
            };
            if empty(low, high) || empty(least, most) {
                return false;
            }
            state.insert(*less, Cell::Number(low, high));
            state.insert(*more, Cell::Number(least, most));
        }
        true
    }

    /// The values of points for each record (逐条) in both versions, record by record; nothing where
    /// that cannot be told.
    pub(super) fn each_dist(&mut self, pair: Pair) -> Option<BTreeSet<(Value, Value)>> {
        let mut rules: Vec<Rule<'p>> = Vec::with_capacity(2);
        for (side, slot) in pair.into_iter().enumerate() {
            let slot = slot?;
            let version = self.sides[side].version(slot)?;
            let Content::Each(each) = &version.content else { return None };
            let (table, conditions) = self.sides[side].chain(&each.source, &version.lets)?;
            if version.applies.is_some() || !version.conditional.is_empty() {
                return None;
            }
            let table = self.key_of_table(side, table);
            rules.push(Rule { slot, version, each, table, conditions });
        }
        let [old, new] = rules.as_slice() else { return None };
        if old.each.mode != new.each.mode {
            return None;
        }
        let caps = [old, new].map(|it| it.version.bounds.cap);
        let ask = |rule: &Rule<'p>| {
            let rule = rule.clone();
            move |eval: &mut Eval<'_, 'p>| -> Res<Vec<Value>> { Ok(vec![points(eval, &rule)?]) }
        };
        let sums = if self.sides[1].one_more().is_some() {
            if !self.has_one_more(new) {
                return None;
            }
            let only = ask(old);
            let each = self.vectors(&[(0, Some(old.table), &only)], self.budget.cells).ok()?;
            one_more(&each, old.each.mode, caps)?
        } else if old.table == new.table {
            let (ask_old, ask_new) = (ask(old), ask(new));
            let asks: [Ask<'_, 'p>; 2] =
                [(0, Some(old.table), &ask_old), (1, Some(new.table), &ask_new)];
            let each = self.vectors(&asks, self.budget.cells).ok()?;
            added(&each, old.each.mode, caps)?
        } else {
            return None;
        };
        let mut out = BTreeSet::new();
        let state = State::new();
        for (a, b) in sums {
            let mut both = Vec::with_capacity(2);
            for (side, (rule, value)) in [(old, a), (new, b)].into_iter().enumerate() {
                let mut eval = Eval { prover: self, side, state: &state, record: None };
                let worth = eval.finished(rule.slot, rule.version, Abs::of(&Value::Number(value)));
                both.push(worth.ok()?.known()?);
            }
            let new = both.pop()?;
            out.insert((both.pop()?, new));
        }
        Some(out)
    }
}

impl<'p> Prover<'p> {
    /// Does a rule go over the table with one record more, and say of every other record what it said?
    fn has_one_more(&self, rule: &Rule<'p>) -> bool {
        let side = &self.sides[1];
        let Some(table) = side.one_more() else { return false };
        let mut trends = Trends::new(side, table);
        trends.rises_by_one(&rule.each.source, &rule.version.lets)
            && trends.is_same_of_each(rule.each, &rule.version.lets)
    }
}

/// 逐条 in one version.
#[derive(Clone)]
struct Rule<'p> {
    slot: usize,
    version: &'p Version,
    each: &'p Each,
    table: Key,
    conditions: Conditions<'p>,
}

/// Do all conditions hold for the bound record? 不适用 does not hold.
pub(super) fn all_hold<'p>(
    eval: &mut Eval<'_, 'p>,
    conditions: &[(&'p Expr, &'p [Let])],
) -> Res<bool> {
    for (it, lets) in conditions {
        match eval.expr(it, lets)? {
            Abs::Bool(true) => {}
            Abs::Bool(false) | Abs::NotApplicable => return Ok(false),
            _ => return Err(Stop::GiveUp(Reason::Type)),
        }
    }
    Ok(true)
}

/// What the bound record is worth; 不适用 where it is not counted.
fn points<'p>(eval: &mut Eval<'_, 'p>, rule: &Rule<'p>) -> Res<Value> {
    worth_of_record(eval, &rule.conditions, rule.each, &rule.version.lets)
}

/// What the bound record is worth in 逐条; 不适用 where it is not counted.
pub(super) fn worth_of_record<'p>(
    eval: &mut Eval<'_, 'p>,
    conditions: &[(&'p Expr, &'p [Let])],
    each: &'p Each,
    lets: &'p [Let],
) -> Res<Value> {
    if !all_hold(eval, conditions)? {
        return Ok(Value::NotApplicable);
    }
    let table = &each.table;
    let open = table.columns.is_empty()
        && table.mode == Mode::First
        && !table.rows.iter().any(|it| it.key == RowKey::Otherwise);
    let points = match eval.table(table, lets)? {
        Abs::Number(it) => it.known(),
        Abs::NotApplicable => return Ok(Value::NotApplicable),
        Abs::Error(Fault::NoRow) if open => return Ok(Value::NotApplicable),
        _ => None,
    };
    let share = match &each.fade {
        None => Some(Decimal::from(1)),
        Some(fade) => match eval.table(fade, lets)? {
            Abs::Number(it) => it.known(),
            _ => None,
        },
    };
    let worth = points.zip(share).and_then(|(points, share)| {
        points.checked_mul(share, points.places().saturating_add(share.places()))
    });
    worth.map(|it| Value::Number(it.trimmed())).ok_or(Stop::GiveUp(Reason::Type))
}

/// What any number of records come to in both versions.
fn added(
    each: &BTreeSet<Vec<Value>>,
    mode: Mode,
    caps: [Option<Decimal>; 2],
) -> Option<BTreeSet<(Decimal, Decimal)>> {
    let mut steps: BTreeSet<[Option<Decimal>; 2]> = BTreeSet::new();
    for it in each {
        let [a, b] = it.as_slice() else { return None };
        steps.insert([number(a), number(b)]);
    }
    let seen = reached(&steps, mode, caps)?;
    let zero = |it: Option<Decimal>| it.unwrap_or(Decimal::ZERO);
    Some(seen.into_iter().map(|it| (zero(it[0]), zero(it[1]))).collect())
}

/// What any number of records come to, and what they come to with one more.
fn one_more(
    each: &BTreeSet<Vec<Value>>,
    mode: Mode,
    caps: [Option<Decimal>; 2],
) -> Option<BTreeSet<(Decimal, Decimal)>> {
    let mut steps: BTreeSet<[Option<Decimal>; 2]> = BTreeSet::new();
    for it in each {
        let [own] = it.as_slice() else { return None };
        steps.insert([number(own), number(own)]);
    }
    let seen = reached(&steps, mode, caps)?;
    let zero = |it: Option<Decimal>| it.unwrap_or(Decimal::ZERO);
    let mut out = BTreeSet::new();
    for at in seen {
        for step in &steps {
            let after = joined(at, *step, mode, caps)?;
            out.insert((zero(at[0]), zero(after[0])));
        }
    }
    Some(out)
}

/// Points of records, put together.
fn joined(
    at: [Option<Decimal>; 2],
    step: [Option<Decimal>; 2],
    mode: Mode,
    caps: [Option<Decimal>; 2],
) -> Option<[Option<Decimal>; 2]> {
    let mut next = at;
    for (side, place) in next.iter_mut().enumerate() {
        let within = |it: Decimal| match (mode, caps[side]) {
            (Mode::Sum, Some(cap)) => it.min(cap),
            _ => it,
        };
        *place = match (at[side], step[side]) {
            (Some(a), Some(b)) => Some(within(match mode {
                Mode::Sum => a.checked_add(b)?.trimmed(),
                Mode::Highest => a.max(b),
                Mode::Lowest => a.min(b),
                Mode::First => return None,
            })),
            (None, Some(b)) => Some(within(b)),
            (before, None) => before,
        };
    }
    Some(next)
}

/// Everything that any number of records come to.
fn reached(
    steps: &BTreeSet<[Option<Decimal>; 2]>,
    mode: Mode,
    caps: [Option<Decimal>; 2],
) -> Option<BTreeSet<[Option<Decimal>; 2]>> {
    let negative = steps.iter().flatten().flatten().any(|it| it.is_negative());
    let moves = |side: usize| steps.iter().any(|it| it[side].is_some_and(|it| !it.is_zero()));
    let endless = (0..2).any(|side| caps[side].is_none() && moves(side));
    if mode == Mode::First || mode == Mode::Sum && (negative || endless) {
        return None;
    }
    let mut seen: BTreeSet<[Option<Decimal>; 2]> = BTreeSet::from([[None, None]]);
    let mut waiting: Vec<[Option<Decimal>; 2]> = vec![[None, None]];
    while let Some(at) = waiting.pop() {
        for step in steps {
            let next = joined(at, *step, mode, caps)?;
            if seen.insert(next) {
                waiting.push(next);
            }
        }
        if seen.len() > MOST_SUMS {
            return None;
        }
    }
    Some(seen)
}
