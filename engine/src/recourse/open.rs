//! The actions that are open to a household: each with what it is about, its day, and what it changes.

use std::collections::BTreeMap;

use heng_dsl::model::{Action, Id};
use heng_dsl::value::Date;

use super::{About, Asked, Open};
use crate::eval::action::Opening;
use crate::eval::{Element, Evaluator, Working};
use crate::outlook::HORIZON_MONTHS;

/// Every action that is open, in the order of the packages and their declarations.
pub(super) fn open(asked: &Asked<'_>) -> Vec<Open> {
    let linked = asked.program.linked();
    let mut openings: Vec<(usize, usize, Opening, Date)> = Vec::new();
    let mut today = Working::new(asked.today, asked.known, asked.population, asked.number);
    today.work_out(asked.program.order());
    for package in packages(asked) {
        if !today.is_about(package) {
            continue;
        }
        let Some(set) = linked.packages.get(package) else { continue };
        for (number, action) in set.actions.iter().enumerate() {
            for it in today.openings(action) {
                if let Some(day) = day(asked.today.as_of(), action, &it) {
                    openings.push((package, number, it, day));
                }
            }
        }
    }
    with_edits(asked, openings)
}

/// The packages whose actions count: those that are shown, without those that another one is 基于,
/// which has their actions as its own.
fn packages(asked: &Asked<'_>) -> Vec<usize> {
    let linked = asked.program.linked();
    let shown = asked.program.shown().iter().copied();
    let bases: Vec<&Id> = asked
        .program
        .shown()
        .iter()
        .filter_map(|it| linked.packages.get(*it))
        .flat_map(|it| it.uses.iter().filter(|it| it.extends).map(|it| &it.package))
        .collect();
    shown.filter(|it| linked.packages.get(*it).is_some_and(|it| !bases.contains(&&it.id))).collect()
}

/// The first day on which an action can be done: as of the date or later, not before 最早, within
/// 生效 and the horizon.
fn day(as_of: Date, action: &Action, opening: &Opening) -> Option<Date> {
    let horizon = as_of.add_months(i64::from(HORIZON_MONTHS)).unwrap_or(as_of);
    let from = [opening.earliest, action.period.from].into_iter().flatten();
    let day = from.fold(as_of, Date::max);
    (action.period.contains(day) && day <= horizon).then_some(day)
}

/// Works out what each action changes on its own day.
fn with_edits(asked: &Asked<'_>, openings: Vec<(usize, usize, Opening, Date)>) -> Vec<Open> {
    let days: BTreeMap<Date, Evaluator<'_>> =
        openings.iter().map(|it| (it.3, asked.today.on(it.3))).collect();
    let mut workings: BTreeMap<Date, Working<'_>> = BTreeMap::new();
    for (day, evaluator) in &days {
        let mut working = Working::new(evaluator, asked.known, asked.population, asked.number);
        working.work_out(asked.program.order());
        workings.insert(*day, working);
    }
    let linked = asked.program.linked();
    let open = openings.into_iter().filter_map(|(package, number, opening, date)| {
        let action = linked.packages.get(package)?.actions.get(number)?;
        let edits = workings.get_mut(&date)?.edits(action, opening.element.as_ref())?;
        let about = about(opening.element.as_ref())?;
        Some(Open { package, action: number, about, date, edits })
    });
    open.collect()
}

fn about(element: Option<&Element>) -> Option<About> {
    match element {
        None => Some(About::Household),
        Some(Element::Record(table, number)) => Some(About::Record(*table, *number)),
        Some(Element::Unit(unit, from, until)) => Some(About::Period(*unit, *from, *until)),
        // The checker lets no action be about these.
        Some(Element::Group(..) | Element::Result(_)) => None,
    }
}
