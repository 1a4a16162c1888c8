//! Groups of households: by a field of the household (county, trade, station) or by a value such as a tag, as
//! they were before the change. Each household is in one group of each field, so that the groups sum to all.

use std::collections::BTreeMap;

use heng_dsl::model::Ty;
use heng_dsl::value::Value;
use serde::Serialize;

use super::Cell;
use crate::effect::{Both, Transitions};
use crate::explain::{Said, Shown};
use crate::mask::{Masking, sensitive_decls};
use crate::part::Coded;
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

/// The declarations by which households are grouped: of which version, and by slot.
pub(super) fn slots<'g>(
    programs: [&'g Program; 2],
    by: &'g [GroupBy],
) -> impl Iterator<Item = (usize, usize)> + use<'g> {
    by.iter().filter_map(move |it| match known(programs, it)? {
        (side, What::Decl(slot)) => Some((side, slot)),
        (_, What::Field(_)) => None,
    })
}

/// What is meant, in the earlier rules, else in the later ones.
fn known(programs: [&Program; 2], by: &GroupBy) -> Option<(usize, What)> {
    (0..2).find_map(|side| Some((side, find(programs[side], by)?)))
}

/// The households in groups of each field that is known.
pub(super) fn groups(both: &Both<'_>, by: &[GroupBy], reveal: bool) -> Vec<Grouping> {
    let one = |by: &GroupBy| Some(grouping(both, by, known(both.programs, by)?, reveal));
    by.iter().filter_map(one).collect()
}

fn grouping(both: &Both<'_>, by: &GroupBy, (side, what): (usize, What), reveal: bool) -> Grouping {
    let linked = both.programs[side].linked();
    let (ty, sensitive, values): (&Ty, bool, Coded<Value>) = match what {
        What::Field(at) => {
            let field = linked.field(at);
            (&field.ty, field.sensitive, both.field(side, at))
        }
        What::Decl(slot) => {
            let sensitive = sensitive_decls(linked).get(slot).copied().unwrap_or_default();
            (&linked.decl(slot).ty, sensitive, both.values(side, Some(slot)).clone())
        }
    };
    let counts = values.counts();
    let values = values.map(|it| shortened(it, by.prefix));
    let there = values.different.iter().zip(counts).filter(|it| it.1 > 0);
    let mut numbers: BTreeMap<&Value, usize> = there.map(|it| (it.0, 0)).collect();
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
    let places = values.different.iter().map(|it| numbers.get(it).copied().unwrap_or_default());
    let places: Vec<usize> = places.collect();
    let of = values.of.iter().filter_map(|it| places.get(*it as usize).copied()).collect();
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
