//! The search for the smallest sets of actions.
//!
//! It is exhaustive but for two things that cannot change what is found: actions that touch nothing
//! that a grade is worked out from are left out, and of actions of one kind about records that the
//! rules cannot tell apart only the number counts. It is bounded by a number of sets, never by time,
//! so that it gives the same on every machine, and says what it left.

use std::collections::{BTreeMap, BTreeSet};

use heng_dsl::value::{Date, Value};

use super::{About, ActionSet, Advice, Asked, MOST_ACTIONS, Open, Untried, edit};
use crate::eval::Evaluator;
use crate::graph::Thing;

/// What can be done about each grade that is not the best, and how many sets were tried.
pub(super) fn search(asked: &Asked<'_>, open: &[Open], most: usize) -> (Vec<Advice>, usize) {
    let grades: Vec<usize> = asked.program.grades().collect();
    let things: BTreeSet<Thing> = grades.iter().map(|it| Thing::Decl(*it)).collect();
    let needs = asked.program.needed(&things);
    let mut search =
        Search { asked, open, grades, needs, days: BTreeMap::new(), known: BTreeMap::new() };
    let now = search.values(&[], asked.today.as_of());
    let mut aims = search.aims(&now);
    let classes = search.classes(&aims);
    let mut tried = 0;
    for size in 1..=MOST_ACTIONS {
        let unmet: Vec<usize> =
            (0..aims.len()).filter(|it| aims[*it].advice.sets.is_empty()).collect();
        let bears = |class: &&Vec<usize>| {
            class
                .first()
                .is_some_and(|it| unmet.iter().any(|aim| aims[*aim].advice.bearing.contains(it)))
        };
        let classes: Vec<&Vec<usize>> = classes.iter().filter(bears).collect();
        let mut left = most - tried;
        let all = combinations(&classes, size);
        each_set(&classes, size, &mut |set| {
            if left == 0 {
                return false;
            }
            left -= 1;
            search.check(set, &classes, &unmet, &mut aims);
            true
        });
        let done = most - tried - left;
        tried += done;
        if let Some(sets) = all.checked_sub(done).filter(|it| *it > 0) {
            unmet.iter().for_each(|it| aims[*it].advice.untried.push(Untried { size, sets }));
        }
    }
    let advice = aims.into_iter().map(|it| it.advice).map(sorted);
    (advice.collect(), tried)
}

fn sorted(mut advice: Advice) -> Advice {
    advice.sets.sort_by(|a, b| (&a.grade, a.date, &a.actions).cmp(&(&b.grade, b.date, &b.actions)));
    advice
}

/// A grade that is to be improved.
struct Aim {
    /// Its number among the grades.
    at: usize,
    /// Its position on the scale today.
    now: u16,
    advice: Advice,
}

/// Some actions by number, sorted, and a day.
type Tried = (Vec<usize>, Date);

struct Search<'a> {
    asked: &'a Asked<'a>,
    open: &'a [Open],
    /// The slots of the grades.
    grades: Vec<usize>,
    needs: Vec<usize>,
    days: BTreeMap<Date, Evaluator<'a>>,
    /// What the grades are worth after some actions on a day, as far as it was worked out.
    known: BTreeMap<Tried, Vec<Value>>,
}

impl Search<'_> {
    /// The grades that are there and not the best.
    fn aims(&self, now: &[Value]) -> Vec<Aim> {
        let touched: Vec<BTreeSet<Thing>> =
            self.open.iter().map(|it| edit::touched(self.asked, it)).collect();
        let all = self.grades.iter().zip(now).enumerate();
        let aims = all.filter_map(|(at, (slot, value))| {
            let Value::Member(position @ 1..) = value else { return None };
            let upstream = self.asked.program.upstream(*slot);
            let numbers = 0..self.open.len();
            let bearing = numbers.filter(|it| !touched[*it].is_disjoint(&upstream)).collect();
            let (sets, untried) = (Vec::new(), Vec::new());
            let advice = Advice { slot: *slot, now: value.clone(), bearing, sets, untried };
            Some(Aim { at, now: *position, advice })
        });
        aims.collect()
    }

    /// Actions that bear on a grade, those together that the rules cannot tell apart.
    fn classes(&self, aims: &[Aim]) -> Vec<Vec<usize>> {
        let mut upstream = BTreeSet::new();
        aims.iter().for_each(|it| upstream.extend(self.asked.program.upstream(it.advice.slot)));
        let bearing: BTreeSet<usize> =
            aims.iter().flat_map(|it| it.advice.bearing.iter().copied()).collect();
        let mut classes: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for number in bearing {
            classes.entry(self.face(&self.open[number], &upstream)).or_default().push(number);
        }
        let mut classes: Vec<Vec<usize>> = classes.into_values().collect();
        classes.sort();
        classes
    }

    /// What the rules can see of an action: two with the same face have the same effect in any set.
    fn face(&self, open: &Open, upstream: &BTreeSet<Thing>) -> impl Ord + use<> {
        let linked = self.asked.program.linked();
        let mut edits = open.edits.clone();
        let mut seen: Vec<Option<Value>> = Vec::new();
        if let About::Record(table, number) = open.about {
            let record = self.asked.known.records.get(table).and_then(|it| it.get(number));
            if let Some(record) = record {
                seen = edit::key(linked.table(table), record);
                let columns = record.values.iter().enumerate();
                let read = columns.filter(|it| upstream.contains(&Thing::Column(table, it.0)));
                seen.extend(read.map(|it| Some(it.1.clone())));
            }
            for ((_, number, _), _) in &mut edits.columns {
                *number = 0;
            }
        }
        (open.package, open.action, open.date, edits, seen)
    }

    /// What the grades are worth on a day after some actions, which are sorted.
    fn values(&mut self, actions: &[usize], date: Date) -> Vec<Value> {
        let tried = (actions.to_vec(), date);
        if let Some(known) = self.known.get(&tried) {
            return known.clone();
        }
        let chosen: Vec<&Open> = actions.iter().filter_map(|it| self.open.get(*it)).collect();
        let household = edit::after(self.asked, &chosen);
        let asked = self.asked;
        let day = self.days.entry(date).or_insert_with(|| asked.today.on(date));
        let (outcome, _) =
            day.evaluate_some(&self.needs, &household, asked.population, asked.number, false);
        let worth = |it: &usize| outcome.values.get(*it).cloned().unwrap_or(Value::NotApplicable);
        let values: Vec<Value> = self.grades.iter().map(worth).collect();
        self.known.insert(tried, values.clone());
        values
    }

    /// Evaluates a set and notes it with each aim that it improves.
    fn check(
        &mut self,
        set: &Chosen<'_>,
        classes: &[&Vec<usize>],
        unmet: &[usize],
        aims: &mut [Aim],
    ) {
        let actions = set.actions(classes);
        let days = actions.iter().filter_map(|it| self.open.get(*it)).map(|it| it.date);
        let Some(date) = days.max() else { return };
        let with = self.values(&actions, date);
        for aim in unmet {
            let (at, now) = (aims[*aim].at, aims[*aim].now);
            let Some(grade @ Value::Member(position)) = with.get(at) else { continue };
            if *position >= now || !self.beats_its_parts(&actions, date, at, *position) {
                continue;
            }
            let without = self.values(&[], date);
            let others = self.grades.iter().zip(without.iter().zip(&with)).enumerate();
            let others = others.filter(|(other, (_, (a, b)))| *other != at && a != b);
            let found = ActionSet {
                alike: set.alike(classes),
                date,
                without: without.get(at).cloned().unwrap_or(Value::NotApplicable),
                grade: grade.clone(),
                others: others.map(|(_, (slot, (a, b)))| (*slot, a.clone(), b.clone())).collect(),
                actions: actions.clone(),
            };
            aims[*aim].advice.sets.push(found);
        }
    }

    /// Does a set do better than every part of it on that day, doing nothing among them? A part that
    /// has no grade is not beaten.
    fn beats_its_parts(&mut self, actions: &[usize], date: Date, at: usize, position: u16) -> bool {
        (0..(1_usize << actions.len()) - 1).all(|mask| {
            let numbered = actions.iter().enumerate();
            let part: Vec<usize> =
                numbered.filter(|it| (mask >> it.0) & 1 == 1).map(|it| *it.1).collect();
            let values = self.values(&part, date);
            matches!(values.get(at), Some(Value::Member(it)) if *it > position)
        })
    }
}

/// How many actions of which classes, as numbers of classes with repetitions, sorted.
struct Chosen<'s>(&'s [usize]);

impl Chosen<'_> {
    /// The actions, by number, sorted; of each class the first ones.
    fn actions(&self, classes: &[&Vec<usize>]) -> Vec<usize> {
        let each = self.counts().into_iter();
        let mut actions: Vec<usize> = each
            .flat_map(|(class, count)| {
                classes.get(class).into_iter().flat_map(move |it| it.iter().take(count))
            })
            .copied()
            .collect();
        actions.sort_unstable();
        actions
    }

    /// How many sets are of this kind.
    fn alike(&self, classes: &[&Vec<usize>]) -> usize {
        let each = self.counts().into_iter();
        each.map(|(class, count)| choose(classes.get(class).map_or(0, |it| it.len()), count))
            .product()
    }

    fn counts(&self) -> BTreeMap<usize, usize> {
        let mut counts = BTreeMap::new();
        self.0.iter().for_each(|it| *counts.entry(*it).or_default() += 1);
        counts
    }
}

/// Calls `each` for every set of a size, in one order, until it says no.
fn each_set(classes: &[&Vec<usize>], size: usize, each: &mut dyn FnMut(&Chosen<'_>) -> bool) {
    fn further(
        classes: &[&Vec<usize>],
        size: usize,
        chosen: &mut Vec<usize>,
        each: &mut dyn FnMut(&Chosen<'_>) -> bool,
    ) -> bool {
        if chosen.len() == size {
            return each(&Chosen(chosen));
        }
        for next in chosen.last().copied().unwrap_or_default()..classes.len() {
            let taken = chosen.iter().filter(|it| **it == next).count();
            if classes.get(next).is_some_and(|it| taken < it.len()) {
                chosen.push(next);
                let more = further(classes, size, chosen, each);
                chosen.pop();
                if !more {
                    return false;
                }
            }
        }
        true
    }
    further(classes, size, &mut Vec::new(), each);
}

/// How many sets [`each_set`] has.
fn combinations(classes: &[&Vec<usize>], size: usize) -> usize {
    // The number of ways to take so many from the classes seen so far.
    let mut ways = vec![0_usize; size + 1];
    if let Some(none) = ways.first_mut() {
        *none = 1;
    }
    for class in classes {
        let before = ways.clone();
        for (taken, place) in ways.iter_mut().enumerate() {
            let fewest = taken.saturating_sub(class.len());
            *place = before.iter().skip(fewest).take(taken - fewest + 1).sum();
        }
    }
    ways.last().copied().unwrap_or_default()
}

/// n over k.
fn choose(n: usize, k: usize) -> usize {
    (0..k).fold(1, |ways, it| ways * n.saturating_sub(it) / (it + 1))
}

#[cfg(test)]
mod tests {
    use super::{choose, combinations, each_set};

    #[test]
    fn as_many_sets_are_made_as_are_counted() {
        let classes = [vec![0], vec![1, 2, 3], vec![4, 5], vec![6], vec![7, 8, 9, 10]];
        let classes: Vec<&Vec<usize>> = classes.iter().collect();
        for size in 1..=4 {
            let (mut kinds, mut sets) = (0, 0);
            each_set(&classes, size, &mut |it| {
                kinds += 1;
                sets += it.alike(&classes);
                assert_eq!(it.actions(&classes).len(), size);
                true
            });
            assert_eq!(combinations(&classes, size), kinds);
            assert_eq!(choose(11, size), sets);
        }
    }
}
