//! How functions of records lie to each other: what is counted among fewer records is no more.

use super::super::reach::Scope;
use super::formula::{Atom, Formula, formula};
use super::orders::{Edge, ZERO};
use super::question::{Frame, MAX_DEPTH};
use super::terms::{Terms, Thing};
use crate::builtins::BuiltinId;
use crate::model::{Expr, Node, Source, Ty};
use crate::value::{Decimal, Value};

/// Functions of records that are compared in one question.
const MAX_COMPARED: usize = 10;

/// A function of records, as a thing.
struct Function<'t> {
    at: usize,
    builtin: BuiltinId,
    source: &'t Source,
    arg: Option<&'t Expr>,
}

/// Adds what follows for the things of a question from the records that they are about.
pub(super) fn relate(frame: Frame<'_, '_>, terms: &mut Terms<'_, '_>, all: &mut Vec<Formula>) {
    if frame.depth >= MAX_DEPTH {
        return;
    }
    presence(frame.clean, terms, all);
    let functions: Vec<Function<'_>> =
        terms.things.iter().enumerate().filter_map(function).collect();
    if functions.len() > MAX_COMPARED {
        return;
    }
    let inside = Inside { frame: Frame { depth: frame.depth + 1, ..frame } };
    let mut edges: Vec<Edge> = Vec::new();
    for a in &functions {
        if inside.is_empty(a.source) && is_number_of_records(a.builtin) {
            edges.push((a.at, ZERO, 0));
        }
        for b in functions.iter().filter(|b| b.at != a.at) {
            if inside.at_most(a, b) {
                edges.push((a.at, b.at, 0));
            }
            if (a.builtin, b.builtin) == (BuiltinId::Sum, BuiltinId::Count)
                && inside.within(a.source, b.source)
            {
                // Of no records the sum is nothing.
                let none = Formula::All(vec![
                    Formula::Is(Atom::Apart((a.at, ZERO, 0))),
                    Formula::Is(Atom::Apart((ZERO, a.at, 0))),
                ]);
                let one = super::terms::steps(Decimal::from(1)).unwrap_or(1);
                all.push(Formula::Any(vec![Formula::Is(Atom::Apart((ZERO, b.at, -one))), none]));
            }
        }
    }
    terms.edges.extend(edges);
}

/// Where the newest, the greatest, … of some records is there, there is a record; and where there is one, and
/// its value is there in all of them, so is that of the newest. So two questions whether a value of the newest
/// is missing are one.
fn presence(clean: bool, terms: &mut Terms<'_, '_>, all: &mut Vec<Formula>) {
    use BuiltinId::{Average, Earliest, Largest, Latest, LongestGap, Smallest};
    let mut found = Vec::new();
    for (at, thing) in terms.things.iter().enumerate() {
        let Thing::Of(Expr { node: Node::Present { negated: false, item }, .. }) = thing else {
            continue;
        };
        let Node::Aggregate { builtin, source, arg } = &item.node else { continue };
        let everywhere = clean && arg.as_ref().is_some_and(|it| !it.ty.optional);
        if matches!(builtin, Average | Earliest | Largest | LongestGap | Latest | Smallest) {
            let of_one = matches!(builtin, Earliest | Largest | Latest | Smallest);
            found.push((at, source.clone(), everywhere && of_one));
        }
    }
    for (at, source, always) in found {
        let node = Node::Aggregate { builtin: BuiltinId::Any, source, arg: None };
        let any = Expr { ty: Ty::bool(), node };
        let some = formula(terms, &any, true);
        all.push(Formula::Any(vec![Formula::Is(Atom::Flag(at, false)), some]));
        if always {
            let none = formula(terms, &any, false);
            all.push(Formula::Any(vec![Formula::Is(Atom::Flag(at, true)), none]));
        }
    }
}

fn function((at, thing): (usize, &Thing)) -> Option<Function<'_>> {
    let Thing::Of(Expr { node: Node::Aggregate { builtin, source, arg }, .. }) = thing else {
        return None;
    };
    Some(Function { at, builtin: *builtin, source, arg: arg.as_deref() })
}

fn is_number_of_records(builtin: BuiltinId) -> bool {
    use BuiltinId::{Count, CountDistinct, LongestStreak, Streak};
    matches!(builtin, Count | CountDistinct | LongestStreak | Streak)
}

/// Questions about records.
struct Inside<'a, 'l> {
    frame: Frame<'a, 'l>,
}

impl Inside<'_, '_> {
    /// Is the first never more than the second?
    fn at_most(&self, a: &Function<'_>, b: &Function<'_>) -> bool {
        use BuiltinId::{Count, CountDistinct, LongestStreak, Streak, Sum};
        match (a.builtin, b.builtin) {
            (Count | CountDistinct, Count) => self.within(a.source, b.source),
            (Streak | LongestStreak, Count) => {
                let Some(arg) = a.arg else { return false };
                self.within(&filtered(a.source, arg), b.source)
            }
            (Streak, LongestStreak) if a.source == b.source && a.arg == b.arg => true,
            (Streak, Streak) | (LongestStreak, LongestStreak) if a.source == b.source => {
                let (Some(a), Some(b)) = (a.arg, b.arg) else { return false };
                self.frame.implies(&[a], b)
            }
            (CountDistinct, CountDistinct) if a.arg == b.arg => self.within(a.source, b.source),
            (Sum, Sum) if a.arg == b.arg => {
                let natural = a.arg.is_some_and(|it| {
                    self.frame.clean && self.frame.reach.number(it, &Scope::default()).is_natural()
                });
                natural && self.within(a.source, b.source)
            }
            _ => false,
        }
    }

    /// Are the elements of the first among those of the second?
    fn within(&self, a: &Source, b: &Source) -> bool {
        let (a, conditions) = parts(a);
        let (b, wanted) = parts(b);
        is_part(a, b)
            && wanted
                .iter()
                .all(|it| conditions.contains(it) || self.frame.implies(&conditions, it))
    }

    /// Can no element satisfy the conditions of the source?
    fn is_empty(&self, source: &Source) -> bool {
        let (_, conditions) = parts(source);
        let all: Vec<(&Expr, bool)> = conditions.iter().map(|it| (*it, true)).collect();
        !all.is_empty() && self.frame.never(&all)
    }
}

/// The elements of a source that satisfy one more condition.
fn filtered(source: &Source, condition: &Expr) -> Source {
    Source::Filter { of: Box::new(source.clone()), condition: Box::new(condition.clone()) }
}

/// The source without its conditions, and these.
pub(super) fn parts(mut source: &Source) -> (&Source, Vec<&Expr>) {
    let mut conditions = Vec::new();
    while let Source::Filter { of, condition } = source {
        conditions.push(condition.as_ref());
        source = of;
    }
    (source, conditions)
}

/// The same, or fewer units of the calendar.
fn is_part(a: &Source, b: &Source) -> bool {
    let number = |it: &Expr| match &it.node {
        Node::Const(Value::Number(it)) => Some(*it),
        _ => None,
    };
    match (a, b) {
        (Source::Calendar { unit, count: few }, Source::Calendar { unit: same, count: many })
            if unit == same && few != many =>
        {
            number(few).zip(number(many)).is_some_and(|(few, many)| few <= many)
        }
        _ => a == b,
    }
}
