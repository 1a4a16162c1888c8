//! Groups of households: by a field of the household (county, trade, station) or by a value such as a tag, as
//! they were before the change. Each household is in one group of each field, so that the groups sum to all.

use std::collections::BTreeMap;

use heng_dsl::model::Ty;
use heng_dsl::value::Value;
use serde::Serialize;

use super::Cell;
use crate::effect::{Side, Transitions};
use crate::explain::{Said, Shown};
use crate::mask::{Masking, sensitive_decls};
use crate::program::Program;
use crate::summary::{GroupBy, label, shortened};

/// A matrix broken down by one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Slicing {
    /// The field or value, as it was asked for.
    pub field: String,
    /// The groups, by key.
    pub groups: Vec<Slice>,
}

/// The households of one group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Slice {
    /// What they share; the word for 缺失 where they have none.
    pub key: Said,
    /// What a code table calls it.
    pub label: Option<String>,
    /// How many there are.
    pub households: Cell,
    /// How many of them have another grade.
    pub moved: Cell,
    /// Those by what they have before (rows) and after (columns).
    pub matrix: Vec<Vec<Cell>>,
}

/// What households are grouped by.
enum What {
    Field(usize),
    Decl(usize),
}

/// All households in groups.
pub(super) struct Grouping {
    /// The field, as it was asked for.
    pub(super) field: String,
    /// What each group is called.
    pub(super) groups: Vec<(Said, Option<String>)>,
    /// The number of the group of each outcome.
    pub(super) of: Vec<usize>,
}

/// Is there a field or value of that name? A name with its package, `通用.新设`, tells two apart.
pub fn is_known(program: &Program, by: &GroupBy) -> bool {
    find(program, by).is_some()
}

fn find(program: &Program, by: &GroupBy) -> Option<What> {
    let linked = program.linked();
    let named = |it: &heng_dsl::model::Field| *it.name == *by.field || *it.id == *by.field;
    if let Some(field) = linked.fields().position(named) {
        return Some(What::Field(field));
    }
    let decl = program.shown_decls().find(|slot| {
        let decl = linked.decl(*slot);
        let own = *decl.name == *by.field || *decl.id == *by.field;
        own || by.field.split_once('.').is_some_and(|(package, name)| {
            let of = linked.name_of(linked.package_of(*slot));
            *of == *package && (*decl.name == *name || *decl.id == *name)
        })
    });
    decl.map(What::Decl)
}

/// The households in groups of each field that is known; in the earlier rules, else in the later ones.
pub(super) fn groups(
    before: Side<'_>,
    after: Side<'_>,
    by: &[GroupBy],
    reveal: bool,
) -> Vec<Grouping> {
    let one = |by: &GroupBy| {
        [before, after]
            .into_iter()
            .find_map(|side| Some(grouping(side, by, &find(side.program, by)?, reveal)))
    };
    by.iter().filter_map(one).collect()
}

fn grouping(side: Side<'_>, by: &GroupBy, what: &What, reveal: bool) -> Grouping {
    let linked = side.program.linked();
    let (ty, sensitive): (&Ty, bool) = match what {
        What::Field(at) => (&linked.field(*at).ty, linked.field(*at).sensitive),
        What::Decl(slot) => {
            let sensitive = sensitive_decls(linked).get(*slot).copied().unwrap_or_default();
            (&linked.decl(*slot).ty, sensitive)
        }
    };
    let mut households = side.register.households.iter();
    let values = side.run.outcomes.iter().map(|outcome| {
        let value = match what {
            What::Field(at) => {
                let household = households.find(|it| it.key == outcome.key);
                household.and_then(|it| it.fields.get(*at))
            }
            What::Decl(slot) => outcome.values.get(*slot),
        };
        shortened(value.cloned().unwrap_or(Value::Missing), by.prefix)
    });
    let values: Vec<Value> = values.collect();
    let mut numbers: BTreeMap<&Value, usize> = values.iter().map(|it| (it, 0)).collect();
    numbers.values_mut().enumerate().for_each(|(at, it)| *it = at);
    let masking = if reveal { Masking::Revealed } else { Masking::Hidden };
    let shown = |value: &Value| {
        let text = Shown::new(linked, value, ty).text;
        let hidden = sensitive && value.is_present();
        let show = |it: &str| masking.show(hidden, it).into_owned();
        (Said::both(show(&text.zh), show(&text.en)), label(linked, value, &ty.kind))
    };
    let field = match by.prefix {
        Some(length) => format!("{}:{length}", by.field),
        None => by.field.clone(),
    };
    let of = values.iter().filter_map(|it| numbers.get(it).copied()).collect();
    Grouping { field, groups: numbers.keys().map(|it| shown(it)).collect(), of }
}

impl Grouping {
    /// The transitions of a grade by group.
    pub(super) fn slicing(&self, transitions: &Transitions) -> Slicing {
        let size = transitions.states.len();
        let mut counts = vec![vec![vec![0_usize; size]; size]; self.groups.len()];
        for (group, (from, to)) in self.of.iter().zip(&transitions.of) {
            let cell = counts.get_mut(*group).and_then(|it| it.get_mut(*from)?.get_mut(*to));
            if let Some(it) = cell {
                *it += 1;
            }
        }
        let slice = |((key, label), counts): (&(Said, Option<String>), &Vec<Vec<usize>>)| {
            let all: usize = counts.iter().flatten().sum();
            let stay: usize = counts.iter().enumerate().filter_map(|(at, row)| row.get(at)).sum();
            let row = |row: &Vec<usize>| row.iter().map(|it| Cell::Count(*it)).collect();
            Slice {
                key: key.clone(),
                label: label.clone(),
                households: Cell::Count(all),
                moved: Cell::Count(all - stay),
                matrix: counts.iter().map(row).collect(),
            }
        };
        let groups = self.groups.iter().zip(&counts).map(slice).collect();
        Slicing { field: self.field.clone(), groups }
    }
}
