//! What a household can do, in words.

use heng_dsl::model::{Action, Assigned, CalendarUnit, walk};
use heng_dsl::value::Date;

use super::{ActionSet, Advice, NotTried, OpenAction, OtherGrade, Recourse, worth};
use crate::explain::data::Ground;
use crate::explain::facts::{View, provenance};
use crate::explain::reads::Reads;
use crate::explain::words::Said;
use crate::recourse::{About, MOST_ACTIONS, Open, Recourse as Found};

/// Sets of actions that are shown for one grade; the others are counted.
const SETS_SHOWN: usize = 5;

/// What the household can do in words; `view` is about the household as it is known on the as-of
/// date.
pub(in crate::explain) fn recourse(view: &View<'_>, found: &Found) -> Recourse {
    let open = found.open.iter().filter_map(|it| open(view, it));
    Recourse {
        open: open.collect(),
        advice: found.advice.iter().map(|it| advice(view, it)).collect(),
        tried: found.tried,
        most_actions: MOST_ACTIONS,
    }
}

fn advice(view: &View<'_>, it: &crate::recourse::Advice) -> Advice {
    let sets = it.sets.iter().take(SETS_SHOWN).map(|set| ActionSet {
        actions: set.actions.clone(),
        alike: set.alike,
        date: set.date,
        without: worth(view, it.slot, &set.without),
        grade: worth(view, it.slot, &set.grade),
        others: set
            .others
            .iter()
            .map(|(slot, without, grade)| OtherGrade {
                name: view.named(*slot),
                without: worth(view, *slot, without),
                grade: worth(view, *slot, grade),
            })
            .collect(),
    });
    let untried = it.untried.iter().map(|it| NotTried { size: it.size, sets: it.sets });
    Advice {
        name: view.named(it.slot),
        now: worth(view, it.slot, &it.now),
        bearing: it.bearing.len(),
        sets: sets.collect(),
        more: it.sets.len().saturating_sub(SETS_SHOWN),
        untried: untried.collect(),
    }
}

fn open(view: &View<'_>, it: &Open) -> Option<OpenAction> {
    let action = view.linked.packages.get(it.package)?.actions.get(it.action)?;
    let (record, period) = match it.about {
        About::Household => (None, None),
        About::Record(table, number) => (view.record(table, number, &columns(action, table)), None),
        About::Period(unit, from, _) => (None, Some(period(unit, from))),
    };
    Some(OpenAction {
        name: action.name.clone(),
        record,
        period,
        date: it.date,
        channel: action.channel.clone(),
        ground: Ground {
            basis: action.legal.basis.clone(),
            note: action.legal.note.clone(),
            provenance: provenance(&action.origin),
        },
    })
}

/// The columns by which an action chooses its records, without those that it changes.
fn columns(action: &Action, table: usize) -> Vec<usize> {
    let mut reads = Reads::default();
    walk::action(action, &mut reads);
    let changed = |at: &usize| {
        action.becomes.iter().any(|it| match &it.field {
            Assigned::Column(column) => column.slot.index() == *at,
            Assigned::Field(_) => false,
        })
    };
    reads.columns_of(table).into_iter().filter(|it| !changed(it)).collect()
}

fn period(unit: CalendarUnit, from: Date) -> Said {
    let (year, month, quarter) = (from.year(), from.month(), from.quarter());
    match unit {
        CalendarUnit::Year => Said::both(format!("{year}年"), year.to_string()),
        CalendarUnit::Quarter => {
            Said::both(format!("{year}年第{quarter}季度"), format!("quarter {quarter} of {year}"))
        }
        CalendarUnit::Month => {
            Said::both(format!("{year}年{month}月"), format!("{year}-{month:02}"))
        }
    }
}
