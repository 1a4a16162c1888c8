//! Counting outcomes.

use std::collections::{BTreeMap, BTreeSet};

use heng_dsl::model::linked::Linked;
use heng_dsl::model::{DeclKind, EnumType, TyKind};
use heng_dsl::value::{Decimal, Fault, Value};

use super::{
    Breakdown, Counted, ErrorSummary, GradeSummary, Group, GroupBy, HoldingSummary, MeasureRow,
    MeasureSummary, Member, MissingSummary, ScoreSummary, Spread, Summary, SummaryOptions,
};
use crate::data::{Household, Register};
use crate::explain::{Named, Said, SetUsed, Shown, field_owner, holds, notice, outside_words};
use crate::outcome::Outcome;
use crate::program::{Program, RulesUsed};
use crate::run::Run;

/// What a run over a register came to. Fields to break grades down by that do not exist are left
/// out; whoever asks has checked their names.
pub fn summarise(
    program: &Program,
    register: &Register,
    run: &Run,
    options: &SummaryOptions,
) -> Summary {
    let count = Count { program, linked: program.linked(), register, run };
    Summary {
        as_of: run.as_of,
        cutoff: register.cutoff,
        sets: sets(program),
        rules: RulesUsed::of(program),
        households: register.households.len(),
        in_population: run.outcomes.len(),
        outside: count.outside(),
        grades: count.grades(&options.by),
        scores: count.scores(),
        tags: count.holdings(|it| matches!(it, DeclKind::Tag { .. })),
        alerts: count.holdings(|it| matches!(it, DeclKind::Alert { .. })),
        lists: count.holdings(|it| matches!(it, DeclKind::List)),
        measures: count.measures(),
        errors: count.errors(),
        missing: count.missing(),
        with_quarantined: register
            .households
            .iter()
            .filter(|it| !it.quarantined.is_empty())
            .count(),
        quarantined_rows: register
            .households
            .iter()
            .flat_map(|it| &it.quarantined)
            .map(|it| u64::from(it.1))
            .sum(),
        notice: notice(),
    }
}

/// The rule sets that are shown and declare something.
pub(crate) fn sets(program: &Program) -> Vec<SetUsed> {
    let sets = program.shown().iter().filter_map(|it| program.linked().packages.get(*it));
    sets.filter(|it| !it.decls.is_empty())
        .map(|set| SetUsed {
            package: set.id.clone(),
            title: set.title.clone(),
            version: set.version.clone(),
            basis: set.legal.basis.clone(),
            applies: true,
            replaced_by: None,
        })
        .collect()
}

/// What names a declaration.
pub(crate) fn named(linked: &Linked, slot: usize) -> Named {
    let (decl, package) = (linked.decl(slot), linked.package_of(slot));
    Named {
        package: linked.name_of(package),
        id: decl.id.clone(),
        name: decl.name.clone(),
        title: decl.title.clone(),
    }
}

/// The members of a grade, from low to high risk.
pub(crate) fn members(grade: &EnumType) -> Vec<Member> {
    let members = grade.members.iter().map(|it| Member {
        name: it.name.clone(),
        label: it.label.clone(),
        colour: it.colour.clone(),
    });
    members.collect()
}

struct Count<'c> {
    program: &'c Program,
    linked: &'c Linked,
    register: &'c Register,
    run: &'c Run,
}

impl Count<'_> {
    fn slots(&self, wanted: impl Fn(&DeclKind) -> bool) -> Vec<usize> {
        self.program.shown_decls().filter(|it| wanted(&self.linked.decl(*it).kind)).collect()
    }

    fn named(&self, slot: usize) -> Named {
        named(self.linked, slot)
    }

    /// What a declaration is worth for each household of the population.
    fn values(&self, slot: usize) -> impl Iterator<Item = &Value> {
        self.run.outcomes.iter().filter_map(move |it| it.values.get(slot))
    }

    fn outside(&self) -> Vec<Counted> {
        let mut counted: Vec<Counted> = Vec::new();
        for (_, why) in &self.run.outside {
            let what = outside_words(*why);
            match counted.iter_mut().find(|it| it.what == what) {
                Some(it) => it.count += 1,
                None => counted.push(Counted { what, count: 1 }),
            }
        }
        counted.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.what.zh.cmp(&b.what.zh)));
        counted
    }

    fn grades(&self, by: &[GroupBy]) -> Vec<GradeSummary> {
        let slots =
            self.slots(|it| matches!(it, DeclKind::Classify { .. } | DeclKind::Overlay { .. }));
        let households = self.households();
        slots
            .into_iter()
            .filter_map(|slot| {
                let (DeclKind::Classify { grade } | DeclKind::Overlay { grade }) =
                    &self.linked.decl(slot).kind
                else {
                    return None;
                };
                let grade = self.linked.enumeration(grade.slot.index());
                let mut all = empty(grade);
                self.values(slot).for_each(|it| add(&mut all, it));
                let by = by
                    .iter()
                    .filter_map(|by| self.breakdown(slot, grade, by, &households))
                    .collect();
                Some(GradeSummary { name: self.named(slot), members: members(grade), all, by })
            })
            .collect()
    }

    /// The household of each outcome; both are in the order of keys.
    fn households(&self) -> Vec<(&Household, &Outcome)> {
        let mut households = self.register.households.iter();
        let found =
            self.run.outcomes.iter().filter_map(|outcome| {
                Some((households.find(|it| it.key == outcome.key)?, outcome))
            });
        found.collect()
    }

    fn breakdown(
        &self,
        slot: usize,
        grade: &EnumType,
        by: &GroupBy,
        households: &[(&Household, &Outcome)],
    ) -> Option<Breakdown> {
        let named = |it: &heng_dsl::model::Field| *it.name == *by.field || *it.id == *by.field;
        let field = self.linked.fields().position(named)?;
        let ty = &self.linked.field(field).ty;
        let mut groups: BTreeMap<Value, Spread> = BTreeMap::new();
        for (household, outcome) in households {
            let value = household.fields.get(field).cloned().unwrap_or(Value::Missing);
            let spread = groups.entry(shortened(value, by.prefix)).or_insert_with(|| empty(grade));
            if let Some(value) = outcome.values.get(slot) {
                add(spread, value);
            }
        }
        let groups = groups.into_iter().map(|(key, spread)| Group {
            label: label(self.linked, &key, &ty.kind),
            key: Shown::new(self.linked, &key, ty).text,
            spread,
        });
        Some(Breakdown {
            field: self.linked.field(field).name.to_string(),
            groups: groups.collect(),
        })
    }

    fn scores(&self) -> Vec<ScoreSummary> {
        let slots = self.slots(|it| matches!(it, DeclKind::Total | DeclKind::Merge));
        slots
            .into_iter()
            .map(|slot| {
                let numbers: Vec<Decimal> = self
                    .values(slot)
                    .filter_map(|it| match it {
                        Value::Number(it) => Some(*it),
                        _ => None,
                    })
                    .collect();
                let sum = numbers.iter().try_fold(Decimal::ZERO, |sum, it| sum.checked_add(*it));
                let count = i64::try_from(numbers.len()).ok().map(Decimal::from);
                ScoreSummary {
                    name: self.named(slot),
                    count: numbers.len(),
                    least: numbers.iter().min().copied(),
                    mean: sum.zip(count).and_then(|(sum, count)| sum.checked_div(count, 2)),
                    greatest: numbers.iter().max().copied(),
                }
            })
            .collect()
    }

    fn holdings(&self, wanted: impl Fn(&DeclKind) -> bool) -> Vec<HoldingSummary> {
        self.slots(wanted)
            .into_iter()
            .map(|slot| {
                let decl = self.linked.decl(slot);
                let (class, dispatch) = match &decl.kind {
                    DeclKind::Tag { class } => (class.clone(), None),
                    DeclKind::Alert { level, dispatch } => (level.clone(), dispatch.clone()),
                    _ => (None, None),
                };
                let mut labels: BTreeMap<&Value, usize> = BTreeMap::new();
                let mut count = 0;
                for value in self.values(slot).filter(|it| holds(it)) {
                    count += 1;
                    if *value != Value::Bool(true) {
                        *labels.entry(value).or_default() += 1;
                    }
                }
                let labels = labels.into_iter().map(|(value, count)| Counted {
                    what: Shown::new(self.linked, value, &decl.ty).text,
                    count,
                });
                HoldingSummary {
                    name: self.named(slot),
                    class,
                    dispatch,
                    count,
                    labels: labels.collect(),
                }
            })
            .collect()
    }

    fn measures(&self) -> Vec<MeasureSummary> {
        let slots = self.slots(|it| matches!(it, DeclKind::Measure { .. }));
        slots
            .into_iter()
            .filter_map(|slot| {
                let DeclKind::Measure { columns } = &self.linked.decl(slot).kind else {
                    return None;
                };
                let mut rows: BTreeMap<&[Value], usize> = BTreeMap::new();
                for outcome in &self.run.outcomes {
                    if let Some((_, values)) = outcome.measures.iter().find(|it| it.0 == slot) {
                        *rows.entry(values).or_default() += 1;
                    }
                }
                let rows = rows.into_iter().map(|(values, count)| MeasureRow {
                    values: columns
                        .iter()
                        .zip(values)
                        .map(|(column, value)| Shown::new(self.linked, value, &column.ty).text)
                        .collect(),
                    count,
                });
                Some(MeasureSummary {
                    name: self.named(slot),
                    columns: columns.iter().map(|it| it.name.clone()).collect(),
                    rows: rows.collect(),
                })
            })
            .collect()
    }

    fn errors(&self) -> Vec<ErrorSummary> {
        let mut found: BTreeMap<&'static str, (&Fault, usize, BTreeSet<usize>)> = BTreeMap::new();
        for outcome in &self.run.outcomes {
            let mut seen = BTreeSet::new();
            for (slot, value) in outcome.values.iter().enumerate() {
                let Value::Error(fault) = value else { continue };
                let entry = found.entry(fault.code()).or_insert((fault, 0, BTreeSet::new()));
                entry.1 += usize::from(seen.insert(fault.code()));
                entry.2.insert(slot);
            }
        }
        found
            .into_iter()
            .map(|(code, (fault, count, decls))| {
                let [zh, en] = fault.words();
                ErrorSummary {
                    code: code.to_owned(),
                    what: Said::both(zh, en),
                    count,
                    decls: decls.iter().map(|it| self.linked.decl(*it).name.to_string()).collect(),
                }
            })
            .collect()
    }

    fn missing(&self) -> Vec<MissingSummary> {
        let mut found: BTreeMap<usize, usize> = BTreeMap::new();
        for slot in self.run.outcomes.iter().flat_map(|it| &it.missing) {
            *found.entry(*slot).or_default() += 1;
        }
        let mut found: Vec<(usize, usize)> = found.into_iter().collect();
        found.sort_by_key(|(slot, count)| (std::cmp::Reverse(*count), *slot));
        found
            .into_iter()
            .map(|(slot, count)| MissingSummary {
                field: self.linked.field(slot).name.to_string(),
                owner: field_owner(&self.linked.packages, slot),
                count,
            })
            .collect()
    }
}

fn empty(grade: &EnumType) -> Spread {
    Spread { members: vec![0; grade.members.len()], ..Spread::default() }
}

fn add(spread: &mut Spread, value: &Value) {
    match value {
        Value::Member(at) => {
            if let Some(count) = spread.members.get_mut(usize::from(*at)) {
                *count += 1;
            }
        }
        Value::Missing => spread.missing += 1,
        Value::NotApplicable => spread.not_applicable += 1,
        Value::Error(_)
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Date(_)
        | Value::Text(_)
        | Value::Frequency(_) => spread.errors += 1,
    }
}

/// What the code table of a field calls a code: its first text beside the key.
pub(crate) fn label(linked: &Linked, code: &Value, kind: &TyKind) -> Option<String> {
    let (Value::Text(code), TyKind::Code(table)) = (code, kind) else { return None };
    let table = linked.code_table(table.slot.index());
    let column = table.columns.iter().position(|it| !it.key && it.ty.kind == TyKind::Text)?;
    match table.find(code)?.values.get(column)? {
        Value::Text(it) => Some(it.to_string()),
        _ => None,
    }
}

/// Only the first characters of a text.
pub(crate) fn shortened(value: Value, prefix: Option<usize>) -> Value {
    match (&value, prefix) {
        (Value::Text(text), Some(length)) => {
            Value::text(&text.chars().take(length).collect::<String>())
        }
        _ => value,
    }
}
