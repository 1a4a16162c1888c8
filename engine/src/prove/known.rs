//! Households of a register that make a change which the search did not find.
//!
//! A real household decides as much as one that was put together, once the reference evaluator has given its
//! results again with the household alone in its register. What is shown is no real household: everything that
//! the change does not need is left out, and what has to be there is something plain wherever the change is
//! still made with it, so that nobody is known by it.

use heng_dsl::model::linked::Linked;
use heng_dsl::model::{Field, Id, TyKind};
use heng_dsl::value::{Date, Decimal, Value};

use super::conditions::without_places;
use super::facts::{Replay, is_given};
use super::given::Facts;
use super::report::{GaveUp, Reason};
use super::{Free, Outcome, Proof, Subject, Transition, Verdict, slot, witness};
use crate::data::Household;
use crate::effect::Both;
use crate::explain::Said;
use crate::program::Program;

/// Households of one change that are evaluated until one of them makes it alone in its register.
const MOST_TRIED: usize = 64;

type Pair = (Outcome, Outcome);

impl Proof {
    /// The same, where households of a register that both versions have classified as of the same day may
    /// decide what is open. One that makes a change which was proved impossible takes the proof away. What only
    /// follows a grade is not open, and is left as it is.
    #[must_use]
    pub fn with_register(mut self, both: &Both<'_>) -> Self {
        let known = both.as_of == self.as_of;
        let Some(looked) = Looked::at(&self, both.programs).filter(|_| known) else { return self };
        // Places depend on everybody: who is admitted is asked of versions that have places for all.
        let open = if self.free.contains(&Free::Places) {
            let open = both.programs.map(without_places);
            let [Some(old), Some(new)] = open else { return self };
            Some([old, new])
        } else {
            None
        };
        let programs = match &open {
            Some([old, new]) => [old, new],
            None => both.programs,
        };
        let mut replay = Replay::new(programs[0], programs[1], looked.slots, self.as_of);
        looked.ready(&mut replay);
        if self.verdict != Verdict::Follows {
            self.decide(both, &looked, &mut replay);
        }
        let impossible = self.impossible.clone();
        let broken: Vec<Pair> = impossible
            .into_iter()
            .filter(|it| household(both, &looked, *it, &mut replay).is_some())
            .collect();
        if !broken.is_empty() {
            self.impossible.retain(|it| !broken.contains(it));
            self.open.extend(broken);
            self.gave_up = Some(GaveUp { rule: None, reason: Reason::Contradicted });
        }
        let certain = self.open.is_empty() && self.numeric.is_empty() && self.gave_up.is_none();
        self.verdict = match (certain, self.possible.is_empty()) {
            (true, true) => Verdict::Equal,
            (true, false) => Verdict::Transitions,
            (false, _) if self.verdict == Verdict::Follows && self.gave_up.is_none() => {
                Verdict::Follows
            }
            (false, _) => Verdict::NotDecided,
        };
        self.households += replay.done;
        self
    }

    /// Shows what is open by households of the register.
    fn decide(&mut self, both: &Both<'_>, looked: &Looked, replay: &mut Replay<'_>) {
        for wanted in self.open.iter().chain(&self.numeric).copied().collect::<Vec<Pair>>() {
            let Some(facts) = household(both, looked, wanted, replay) else { continue };
            let shown = shown(replay, facts, wanted, self.as_of);
            let Some(witness) = witness_of(replay, looked.slots, &shown, wanted) else { continue };
            self.possible.push(Transition { from: wanted.0, to: wanted.1, witness });
            self.possible.sort_by_key(|it| (it.from, it.to));
            self.open.retain(|it| *it != wanted);
            self.numeric.retain(|it| *it != wanted);
            self.registered.push(wanted);
        }
    }
}

/// What is looked at in the results of a register.
struct Looked {
    /// The declaration; of a direct determination the classification that it acts on.
    slots: [usize; 2],
    /// The number of a direct determination among those of the classification.
    decide: Option<[usize; 2]>,
    /// The labels of a tag.
    labels: Vec<Id>,
    /// The results of the register say nothing of it, only that something changed.
    is_blurred: bool,
}

impl Looked {
    fn at(proof: &Proof, programs: [&Program; 2]) -> Option<Self> {
        let name = (proof.grade.package.as_ref(), proof.grade.id.as_ref());
        let is_blurred = proof.free.contains(&Free::Places);
        let linked = programs.map(Program::linked);
        let mut looked = Self { slots: [0; 2], decide: None, labels: Vec::new(), is_blurred };
        match proof.subject {
            Subject::Grade => {
                looked.slots = [slot(programs[0], name).ok()?, slot(programs[1], name).ok()?];
            }
            Subject::Tag | Subject::Alert | Subject::List => {
                looked.slots =
                    [linked[0].find_decl(name.0, name.1)?, linked[1].find_decl(name.0, name.1)?];
                looked.labels.clone_from(&proof.members);
            }
            Subject::Decide => {
                let [old, new] = linked.map(|it| determination(it, name));
                let (old, new) = (old?, new?);
                looked.slots = [old.0, new.0];
                looked.decide = Some([old.1, new.1]);
            }
        }
        Some(looked)
    }

    /// Gets a replay ready to look at the same.
    fn ready(&self, replay: &mut Replay<'_>) {
        replay.labels.clone_from(&self.labels);
        if let Some([old, new]) = self.decide {
            replay.told = vec![[Some(old), Some(new)]];
            replay.is_hit = true;
        }
    }

    /// The households of the register that make a change, as far as their results tell.
    fn making(&self, both: &Both<'_>, wanted: Pair) -> Vec<usize> {
        let crossed = both.crossed_slots(self.slots.map(Some));
        if self.is_blurred {
            return crossed.rows(|old, new| old != new);
        }
        let Some(numbers) = self.decide else {
            let among = |it: &Value| Outcome::among(it, &self.labels);
            return crossed.rows(|old, new| (among(old), among(new)) == wanted);
        };
        let graded = crossed
            .each(false, |old, new| matches!((old, new), (Value::Member(_), Value::Member(_))));
        let hits = |side: usize, all: &[usize]| Outcome::Truth(all.contains(&numbers[side]));
        let making = both.crossed_hits(self.slots);
        let mut making = making.rows(|old, new| (hits(0, old), hits(1, new)) == wanted);
        making.retain(|it| graded.get(*it) == Some(&true));
        making
    }
}

/// A direct determination: the classification that it acts on, and its number there.
fn determination(linked: &Linked, (package, id): (&str, &str)) -> Option<(usize, usize)> {
    let slots = 0..linked.decls().len();
    slots.filter(|it| *linked.name_of(linked.package_of(*it)) == *package).find_map(|slot| {
        let number = linked.decides(slot).position(|it| *it.id == *id)?;
        Some((slot, number))
    })
}

/// A household of the register that makes the change also where it is alone.
fn household(
    both: &Both<'_>,
    looked: &Looked,
    wanted: Pair,
    replay: &mut Replay<'_>,
) -> Option<Facts> {
    for number in looked.making(both, wanted).into_iter().take(MOST_TRIED) {
        let Some(household) = both.household(0, number) else { continue };
        let facts = told(both.programs[0].linked(), &household);
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
