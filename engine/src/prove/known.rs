//! Households of a register that make a change which the search did not find.
//!
//! A real household decides as much as one that was put together, once the reference evaluator has given its
//! results again with the household alone in its register. What is shown is no real household: everything that
//! the change does not need is left out, and what has to be there is something plain wherever the change is
//! still made with it, so that nobody is known by it.

use heng_dsl::model::linked::Linked;
use heng_dsl::model::{Field, TyKind};
use heng_dsl::value::{Date, Decimal, Value};

use super::facts::{Replay, is_given};
use super::given::Facts;
use super::report::{GaveUp, Reason};
use super::{Outcome, Proof, Transition, Verdict, slot, witness};
use crate::data::Household;
use crate::effect::Side;
use crate::explain::Said;
use crate::outcome::Outcome as Classified;

/// Households of one change that are evaluated until one of them makes it alone in its register.
const MOST_TRIED: usize = 64;

type Pair = (Outcome, Outcome);

impl Proof {
    /// The same, where households of a register that both versions have classified as of the same day may
    /// decide what is open. One that makes a change which was proved impossible takes the proof away.
    #[must_use]
    pub fn with_register(mut self, [old, new]: [Side<'_>; 2]) -> Self {
        let grade = (self.grade.package.as_ref(), self.grade.id.as_ref());
        let (Ok(before), Ok(after)) = (slot(old.program, grade), slot(new.program, grade)) else {
            return self;
        };
        if old.run.as_of != self.as_of || new.run.as_of != self.as_of {
            return self;
        }
        let slots = [before, after];
        let mut replay = Replay::new(old.program, new.program, slots, self.as_of);
        for wanted in self.open.clone() {
            let Some(facts) = household([old, new], slots, wanted, &mut replay) else { continue };
            let shown = shown(&mut replay, facts, wanted, self.as_of);
            let Some(witness) = witness_of(&mut replay, slots, &shown, wanted) else { continue };
            self.possible.push(Transition { from: wanted.0, to: wanted.1, witness });
            self.possible.sort_by_key(|it| (it.from, it.to));
            self.open.retain(|it| *it != wanted);
            self.registered.push(wanted);
        }
        let impossible = self.impossible.clone();
        let broken: Vec<Pair> = impossible
            .into_iter()
            .filter(|it| household([old, new], slots, *it, &mut replay).is_some())
            .collect();
        if !broken.is_empty() {
            self.impossible.retain(|it| !broken.contains(it));
            self.open.extend(broken);
            self.gave_up = Some(GaveUp { rule: None, reason: Reason::Contradicted });
        }
        let certain = self.open.is_empty() && self.gave_up.is_none();
        self.verdict = match (certain, self.possible.is_empty()) {
            (true, true) => Verdict::Equal,
            (true, false) => Verdict::Transitions,
            (false, _) => Verdict::NotDecided,
        };
        self.households += replay.done;
        self
    }
}

/// A household of the register that makes the change also where it is alone.
fn household(
    [old, new]: [Side<'_>; 2],
    slots: [usize; 2],
    wanted: Pair,
    replay: &mut Replay<'_>,
) -> Option<Facts> {
    let worth = |it: &Classified, slot: usize| {
        Outcome::of(it.values.get(slot).unwrap_or(&Value::NotApplicable))
    };
    let both = old.run.outcomes.iter().zip(&new.run.outcomes);
    let making = both.filter(|(a, b)| (worth(a, slots[0]), worth(b, slots[1])) == wanted);
    for (outcome, _) in making.take(MOST_TRIED) {
        let all = &old.register.households;
        let at = all.binary_search_by(|it| it.key.cmp(&outcome.key)).ok();
        let Some(household) = at.and_then(|it| all.get(it)) else { continue };
        let facts = told(old.program.linked(), household);
        if replay.see(&facts).is_some_and(|it| it.outcome == wanted) {
            return Some(facts);
        }
    }
    None
}

/// What is told of a household.
fn told(linked: &Linked, household: &Household) -> Facts {
    let mut out = Facts::default();
    for (slot, (field, value)) in linked.fields().zip(&household.fields).enumerate() {
        if field.derived.is_none() && *value != Value::Missing {
            let value = if field.key { Value::text("1") } else { value.clone() };
            out.fields.insert(slot, value);
        }
    }
    for (table, records) in household.records.iter().enumerate() {
        let all = records.iter().map(|it| (table, it.values.clone()));
        out.records.extend(all);
    }
    out
}

/// The household with as little as the change needs, and plain values wherever it is made with them too.
fn shown(replay: &mut Replay<'_>, facts: Facts, wanted: Pair, as_of: Date) -> Facts {
    let mut best = replay.shrunk(facts, wanted);
    let linked = replay.sides[0].program.linked();
    let mut stays = |it: &Facts| replay.see(it).is_some_and(|it| it.outcome == wanted);
    for (slot, field) in linked.fields().enumerate().filter(|it| is_given(it.1)) {
        let Some(told) = best.fields.get(&slot).cloned() else { continue };
        let with = |plain: Value| {
            let mut other = best.clone();
            other.fields.insert(slot, plain);
            other
        };
        let plainer = plain(linked, field, &told, as_of).into_iter();
        let found = plainer.take_while(|it| *it != told).map(with).find(|it| stays(it));
        best = found.unwrap_or(best);
    }
    for at in 0..best.records.len() {
        let table = best.records[at].0;
        for (column, field) in linked.table(table).fields.iter().enumerate() {
            let told = best.records[at].1.get(column).cloned().unwrap_or(Value::Missing);
            if told == Value::Missing || !is_given(field) {
                continue;
            }
            let with = |plain: Value| {
                let mut other = best.clone();
                if let Some(place) = other.records[at].1.get_mut(column) {
                    *place = plain;
                }
                other
            };
            let plainer = plain(linked, field, &told, as_of).into_iter();
            let found = plainer.take_while(|it| *it != told).map(with).find(|it| stays(it));
            best = found.unwrap_or(best);
        }
    }
    best
}

/// Values that say less of anybody than the one that is told, the plainest first.
fn plain(linked: &Linked, field: &Field, told: &Value, as_of: Date) -> Vec<Value> {
    match (&field.ty.kind, told) {
        (TyKind::Bool, _) => vec![Value::Bool(false)],
        (TyKind::Number(_), Value::Number(it)) => {
            let round = |of: i64| {
                let unit = Decimal::from(of);
                let whole = it.checked_div(unit, 0)?.checked_mul(unit, 0)?;
                Some(Value::Number(whole))
            };
            let coarse = [10_000, 1_000, 100, 10].into_iter().filter_map(round);
            std::iter::once(Value::Number(Decimal::ZERO)).chain(coarse).collect()
        }
        (TyKind::Date, Value::Date(it)) => {
            let year = Date::new(it.year(), 1, 1).map(Value::Date);
            let month = Value::Date(it.month_start());
            [Value::Date(as_of)].into_iter().chain(year).chain([month]).collect()
        }
        (TyKind::Text, _) => vec![Value::text("某")],
        (TyKind::Member(_), _) => vec![Value::Member(0)],
        (TyKind::Code(it), _) => {
            let table = linked.code_table(it.slot.index());
            let key = table.key();
            let first = table.rows.first().and_then(|row| row.values.get(key?)).cloned();
            first.into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// The household as a report shows it; sensitive values that it cannot do without are not told.
fn witness_of(
    replay: &mut Replay<'_>,
    slots: [usize; 2],
    facts: &Facts,
    wanted: Pair,
) -> Option<super::Witness> {
    let mut witness = witness::witness(replay, slots, facts, wanted)?;
    let linked = replay.sides[0].program.linked();
    let plain = Value::text("某");
    let kept = |slot: usize, field: &Field| {
        field.sensitive && !field.key && facts.fields.get(&slot).is_some_and(|it| *it != plain)
    };
    let hidden: Vec<&Field> =
        linked.fields().enumerate().filter(|it| kept(it.0, it.1)).map(|it| it.1).collect();
    for (name, value) in &mut witness.fields {
        if hidden.iter().any(|it| it.name == *name) {
            *value = Said::both("＊", "*");
        }
    }
    for record in &mut witness.records {
        let table = linked.tables().find(|it| it.name == record.table);
        for (name, value) in &mut record.fields {
            let field = table.and_then(|it| it.fields.iter().find(|it| it.name == *name));
            if field.is_some_and(|it| it.sensitive) && value.zh != "某" {
                *value = Said::both("＊", "*");
            }
        }
    }
    Some(witness)
}
