//! Counting results, part by part.

use std::collections::{BTreeMap, BTreeSet};

use heng_dsl::model::linked::Linked;
use heng_dsl::model::{DeclKind, EnumType, TyKind};
use heng_dsl::value::{Date, Decimal, Fault, Value};

use super::tally::{GradeTally, HoldingTally, ScoreTally, Tally};
use super::{
    Breakdown, Counted, ErrorSummary, GradeSummary, Group, HoldingSummary, MeasureRow,
    MeasureSummary, Member, MissingSummary, ScoreSummary, Spread, Summary, SummaryOptions,
};
use crate::columnar::Ran;
use crate::data::Register;
use crate::explain::{Named, Said, SetUsed, Shown, field_owner, holds, notice, outside_words};
use crate::part::{self, Coded, Part, Sink};
use crate::program::{Program, RulesUsed};
use crate::run::{Outside, Run};
use crate::source::Source;

/// What a run over a register came to. Fields to break grades down by that do not exist are left
/// out; whoever asks has checked their names.
pub fn summarise(
    program: &Program,
    register: &Register,
    run: &Run,
    options: &SummaryOptions,
) -> Summary {
    let counting = Counting::new(program, options);
    let mut tally = counting.begin();
    part::each(register, &run.outcomes, &counting, &mut |it| tally.add(it));
    counting.summary(tally, &Population::of(register, run))
}

/// What a summary says of the register, beside the results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Population {
    /// 基准日
    pub as_of: Date,
    /// 截至: the date up to which the data speak.
    pub cutoff: Option<Date>,
    /// Households of the register.
    pub households: usize,
    /// How many of them are outside the population, and why.
    pub outside: BTreeMap<Outside, usize>,
    /// Households with quarantined rows.
    pub with_quarantined: usize,
    /// Quarantined rows of households of the register.
    pub quarantined_rows: u64,
}

impl Population {
    /// Of a register of single households.
    pub fn of(register: &Register, run: &Run) -> Self {
        let rows = || register.households.iter().map(|it| &it.quarantined);
        let mut outside = BTreeMap::new();
        run.outside.iter().for_each(|it| *outside.entry(it.1).or_default() += 1);
        Self {
            as_of: run.as_of,
            cutoff: register.cutoff,
            households: register.households.len(),
            outside,
            with_quarantined: rows().filter(|it| !it.is_empty()).count(),
            quarantined_rows: rows().flatten().map(|it| u64::from(it.1)).sum(),
        }
    }

    /// Of a register that was worked out in parts, without those founded after the as-of date.
    pub fn of_source(source: &dyn Source, as_of: Date, ran: &Ran) -> Self {
        let outside = [(Outside::FoundedLater, ran.founded_later)];
        Self {
            as_of,
            cutoff: source.cutoff(),
            households: source.len(),
            outside: outside.into_iter().filter(|it| it.1 > 0).collect(),
            with_quarantined: ran.quarantined.households,
            quarantined_rows: ran.quarantined.rows,
        }
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

/// Counts results, part by part.
#[derive(Debug)]
pub struct Counting<'c> {
    program: &'c Program,
    linked: &'c Linked,
    grades: Vec<(usize, &'c EnumType)>,
    /// Fields to break grades down by, and how many characters of them count.
    by: Vec<(usize, Option<usize>)>,
    scores: Vec<usize>,
    /// Tags, alerts, lists.
    holdings: [Vec<usize>; 3],
    measures: Vec<usize>,
}

impl Sink for Counting<'_> {
    type Open = Tally;
    type Done = Tally;

    fn begin(&self) -> Tally {
        let grade = |it: &(usize, &EnumType)| GradeTally {
            all: empty(it.1),
            by: vec![BTreeMap::new(); self.by.len()],
        };
        Tally {
            grades: self.grades.iter().map(grade).collect(),
            scores: self.scores.iter().map(|_| ScoreTally::default()).collect(),
            holdings: self
                .holdings
                .each_ref()
                .map(|it| it.iter().map(|_| HoldingTally::default()).collect()),
            measures: vec![BTreeMap::new(); self.measures.len()],
            ..Tally::default()
        }
    }

    fn join(&self, tally: &mut Tally, next: Tally) {
        tally.add(next);
    }

    fn take(&self, tally: &mut Tally, part: &dyn Part) {
        tally.in_population += part.len();
        self.take_grades(tally, part);
        for (slot, own) in self.scores.iter().zip(&mut tally.scores) {
            if let Some(it) = part.numbers(*slot) {
                own.add(&it);
                continue;
            }
            part.count(*slot, &mut |value, count| {
                if let Value::Number(it) = value {
                    own.take(it, count);
                }
            });
        }
        let slots = self.holdings.iter().flatten();
        for (slot, own) in slots.zip(tally.holdings.iter_mut().flatten()) {
            part.count(*slot, &mut |value, count| {
                if holds(&value) {
                    own.count += count;
                    if value != Value::Bool(true) {
                        *own.labels.entry(value).or_default() += count;
                    }
                }
            });
        }
        for (slot, own) in self.measures.iter().zip(&mut tally.measures) {
            for values in (0..part.len()).filter_map(|row| part.measure(*slot, row)) {
                *own.entry(values).or_default() += 1;
            }
        }
        for row in part.in_error() {
            let mut seen = BTreeSet::new();
            for (slot, fault) in part.errors(row) {
                let code = fault.code();
                let own = tally.errors.entry(code).or_insert((fault, 0, BTreeSet::new()));
                own.1 += usize::from(seen.insert(code));
                own.2.insert(slot);
            }
        }
        part.count_missing(&mut |slot, count| {
            if count > 0 {
                *tally.missing.entry(slot).or_default() += count;
            }
        });
    }

    fn end(&self, tally: Tally) -> Tally {
        tally
    }
}

impl<'c> Counting<'c> {
    /// Counts the results of a program.
    pub fn new(program: &'c Program, options: &SummaryOptions) -> Self {
        let linked = program.linked();
        let slots = |wanted: &dyn Fn(&DeclKind) -> bool| -> Vec<usize> {
            program.shown_decls().filter(|it| wanted(&linked.decl(*it).kind)).collect()
        };
        let grade = |slot: usize| match &linked.decl(slot).kind {
            DeclKind::Classify { grade } | DeclKind::Overlay { grade } => {
                Some((slot, linked.enumeration(grade.slot.index())))
            }
            _ => None,
        };
        let by = options.by.iter().filter_map(|it| Some((it.slot(linked)?, it.prefix)));
        Self {
            program,
            linked,
            grades: program.shown_decls().filter_map(grade).collect(),
            by: by.collect(),
            scores: slots(&|it| matches!(it, DeclKind::Total | DeclKind::Merge)),
            holdings: [
                slots(&|it| matches!(it, DeclKind::Tag { .. })),
                slots(&|it| matches!(it, DeclKind::Alert { .. })),
                slots(&|it| matches!(it, DeclKind::List)),
            ],
            measures: slots(&|it| matches!(it, DeclKind::Measure { .. })),
        }
    }

    /// Does what gives the results that are counted. What the summary says of the rules is found out meanwhile, by a
    /// core that has nothing to do.
    pub fn during<T: Send>(&self, run: impl FnOnce() -> T + Send) -> T {
        rayon::join(run, || self.program.hashes().len()).0
    }

    fn take_grades(&self, tally: &mut Tally, part: &dyn Part) {
        for ((slot, _), own) in self.grades.iter().zip(&mut tally.grades) {
            part.count(*slot, &mut |value, count| add(&mut own.all, &value, count));
        }
        for (at, (field, prefix)) in self.by.iter().enumerate() {
            let keys = part.coded_field(*field).map(|it| shortened(it, *prefix));
            for ((slot, grade), own) in self.grades.iter().zip(&mut tally.grades) {
                let Some(groups) = own.by.get_mut(at) else { continue };
                let values = part.coded(*slot);
                for (key, value, count) in together(&keys, &values) {
                    let spread = groups.entry(key.clone()).or_insert_with(|| empty(grade));
                    add(spread, value, count);
                }
            }
        }
    }

    /// What was counted, for people and programs.
    pub fn summary(&self, tally: Tally, population: &Population) -> Summary {
        let Tally { in_population, grades, scores, holdings, measures, errors, missing } = tally;
        let [tags, alerts, lists] = holdings;
        let [of_tags, of_alerts, of_lists] = &self.holdings;
        Summary {
            as_of: population.as_of,
            cutoff: population.cutoff,
            sets: sets(self.program),
            rules: RulesUsed::of(self.program),
            households: population.households,
            in_population,
            outside: outside(&population.outside),
            grades: self.grades(grades),
            scores: self.scores.iter().zip(scores).map(|it| self.score(*it.0, &it.1)).collect(),
            tags: of_tags.iter().zip(tags).map(|it| self.holding(*it.0, it.1)).collect(),
            alerts: of_alerts.iter().zip(alerts).map(|it| self.holding(*it.0, it.1)).collect(),
            lists: of_lists.iter().zip(lists).map(|it| self.holding(*it.0, it.1)).collect(),
            measures: self
                .measures
                .iter()
                .zip(&measures)
                .filter_map(|it| self.measure(*it.0, it.1))
                .collect(),
            errors: self.errors(errors),
            missing: self.missing(missing),
            with_quarantined: population.with_quarantined,
            quarantined_rows: population.quarantined_rows,
            notice: notice(),
        }
    }

    fn named(&self, slot: usize) -> Named {
        named(self.linked, slot)
    }

    fn grades(&self, tallies: Vec<GradeTally>) -> Vec<GradeSummary> {
        let each = self.grades.iter().zip(tallies).map(|((slot, grade), tally)| {
            let by = self.by.iter().zip(tally.by).map(|((field, _), groups)| {
                let ty = &self.linked.field(*field).ty;
                let groups = groups.into_iter().map(|(key, spread)| Group {
                    label: label(self.linked, &key, &ty.kind),
                    key: Shown::new(self.linked, &key, ty).text,
                    spread,
                });
                Breakdown {
                    field: self.linked.field(*field).name.to_string(),
                    groups: groups.collect(),
                }
            });
            let by = by.collect();
            GradeSummary { name: self.named(*slot), members: members(grade), all: tally.all, by }
        });
        each.collect()
    }

    fn score(&self, slot: usize, tally: &ScoreTally) -> ScoreSummary {
        let count = i64::try_from(tally.count).ok().map(Decimal::from);
        let mean = tally.sum.0.zip(count).and_then(|(sum, count)| sum.checked_div(count, 2));
        ScoreSummary {
            name: self.named(slot),
            count: tally.count,
            least: tally.least,
            mean,
            greatest: tally.greatest,
        }
    }

    fn holding(&self, slot: usize, tally: HoldingTally) -> HoldingSummary {
        let decl = self.linked.decl(slot);
        let (class, dispatch) = match &decl.kind {
            DeclKind::Tag { class } => (class.clone(), None),
            DeclKind::Alert { level, dispatch } => (level.clone(), dispatch.clone()),
            _ => (None, None),
        };
        let labels = tally.labels.into_iter().map(|(value, count)| Counted {
            what: Shown::new(self.linked, &value, &decl.ty).text,
            count,
        });
        let labels = labels.collect();
        HoldingSummary { name: self.named(slot), class, dispatch, count: tally.count, labels }
    }

    fn measure(&self, slot: usize, rows: &BTreeMap<Vec<Value>, usize>) -> Option<MeasureSummary> {
        let DeclKind::Measure { columns } = &self.linked.decl(slot).kind else { return None };
        let rows = rows.iter().map(|(values, count)| MeasureRow {
            values: columns
                .iter()
                .zip(values)
                .map(|(column, value)| Shown::new(self.linked, value, &column.ty).text)
                .collect(),
            count: *count,
        });
        Some(MeasureSummary {
            name: self.named(slot),
            columns: columns.iter().map(|it| it.name.clone()).collect(),
            rows: rows.collect(),
        })
    }

    fn errors(
        &self,
        found: BTreeMap<&'static str, (Fault, usize, BTreeSet<usize>)>,
    ) -> Vec<ErrorSummary> {
        let each = found.into_iter().map(|(code, (fault, count, decls))| {
            let [zh, en] = fault.words();
            ErrorSummary {
                code: code.to_owned(),
                what: Said::both(zh, en),
                count,
                decls: decls.iter().map(|it| self.linked.decl(*it).name.to_string()).collect(),
            }
        });
        each.collect()
    }

    fn missing(&self, found: BTreeMap<usize, usize>) -> Vec<MissingSummary> {
        let mut found: Vec<(usize, usize)> = found.into_iter().collect();
        found.sort_by_key(|(slot, count)| (std::cmp::Reverse(*count), *slot));
        let each = found.into_iter().map(|(slot, count)| MissingSummary {
            field: self.linked.field(slot).name.to_string(),
            owner: field_owner(&self.linked.packages, slot),
            count,
        });
        each.collect()
    }
}

/// Why households are outside the population, the most frequent reason first.
fn outside(found: &BTreeMap<Outside, usize>) -> Vec<Counted> {
    let counted = found.iter().map(|it| Counted { what: outside_words(*it.0), count: *it.1 });
    let mut counted: Vec<Counted> = counted.collect();
    counted.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.what.zh.cmp(&b.what.zh)));
    counted
}

fn empty(grade: &EnumType) -> Spread {
    Spread { members: vec![0; grade.members.len()], ..Spread::default() }
}

fn add(spread: &mut Spread, value: &Value, count: usize) {
    match value {
        Value::Member(at) => {
            if let Some(own) = spread.members.get_mut(usize::from(*at)) {
                *own += count;
            }
        }
        Value::Missing => spread.missing += count,
        Value::NotApplicable => spread.not_applicable += count,
        Value::Error(_)
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Date(_)
        | Value::Text(_)
        | Value::Frequency(_) => spread.errors += count,
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

/// How many households have which two things, where any have.
fn together<'c, A, B>(
    a: &'c Coded<A>,
    b: &'c Coded<B>,
) -> impl Iterator<Item = (&'c A, &'c B, usize)> {
    let width = b.different.len();
    let mut counts = vec![0_usize; a.different.len().saturating_mul(width)];
    for (a, b) in a.of.iter().zip(&b.of) {
        if let Some(it) = counts.get_mut(*a as usize * width + *b as usize) {
            *it += 1;
        }
    }
    let each = counts.into_iter().enumerate().filter(|it| it.1 > 0);
    each.filter_map(move |(at, count)| {
        Some((a.different.get(at / width)?, b.different.get(at % width)?, count))
    })
}
