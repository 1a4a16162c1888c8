//! The data-quality report: findings of 校验 and what loading found, by rule, by source system and by
//! responsible unit, so that each unit can be told what it owes.

mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use heng_dsl::diag::Words;
use heng_dsl::model::linked::Linked;
use heng_dsl::model::{Check, CheckLevel, CheckScope, Responsibility};
use serde::Serialize;

use crate::data::{CellFault, Keyed};
use crate::eval::checks::CheckFinding;
use crate::ingest::{Problems, RowFault};
use crate::mask::Masking;

pub use self::table::TextTable;

/// Keys shown of each rule.
const SAMPLES: usize = 5;

/// What is wrong with the data, counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct QualityReport {
    /// Households in the register.
    pub households: u64,
    /// Rows that were quarantined.
    pub quarantined: u64,
    /// Every rule of every package in the order written, also those that nothing breaks; then what
    /// loading found, by code and table.
    pub rules: Vec<RuleLine>,
    /// The same by source system, those with the most findings first.
    pub sources: Vec<GroupLine>,
    /// The same by responsible unit, those with the most findings first.
    pub units: Vec<GroupLine>,
}

/// What became of one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleLine {
    /// The rule.
    pub rule: Rule,
    /// How bad it is.
    pub level: CheckLevel,
    /// The table it is about, by name.
    pub table: String,
    /// The source system, if it is declared.
    pub source: Option<String>,
    /// The unit that answers for it, if one is declared: 负责, else 提供, else 产生.
    pub unit: Option<String>,
    /// How often it is broken.
    pub findings: u64,
    /// How often it could not be worked out.
    pub faults: u64,
    /// Households concerned.
    pub households: u64,
    /// Keys of a few of them, in order.
    pub samples: Vec<String>,
}

/// A rule of data quality.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// 校验
    Check {
        /// The package.
        package: String,
        /// Its name.
        name: String,
        /// Its title.
        title: Option<String>,
        /// Its legal basis.
        basis: Vec<String>,
    },
    /// A reason why loading quarantined rows.
    Row(&'static str),
    /// A reason why loading read cells as missing.
    Cell(&'static str),
}

/// What falls to one source system or one unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupLine {
    /// Its name; absent for what no declaration gives to anyone.
    pub name: Option<String>,
    /// Rules that are broken.
    pub rules: u64,
    /// How often.
    pub findings: u64,
    /// Households concerned.
    pub households: u64,
}

/// Counts everything that is wrong with the data of a register.
///
/// `problems` is what loading found, `findings` what the rules found. Keys of households are masked
/// if their field is 敏感.
pub fn report(
    linked: &Linked,
    register: &dyn Keyed,
    problems: &Problems,
    findings: &[CheckFinding],
    masking: Masking,
) -> QualityReport {
    let mut counts = of_checks(linked, register, findings);
    counts.extend(of_loading(problems));
    let sensitive = linked.subject().is_some_and(|it| linked.field(it.key).sensitive);
    let shown = |key: &Arc<str>| masking.show(sensitive, key).into_owned();
    QualityReport {
        households: number(register.households()),
        quarantined: problems.quarantined,
        sources: groups(&counts, |it| it.who.source.clone()),
        units: groups(&counts, |it| unit(&it.who)),
        rules: counts.into_iter().map(|it| it.line(&shown)).collect(),
    }
}

/// The unit that answers.
fn unit(who: &Responsibility) -> Option<String> {
    who.owned_by.clone().or_else(|| who.given_by.clone()).or_else(|| who.made_by.clone())
}

fn number(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}

/// One rule while it is counted.
struct Count {
    rule: Rule,
    level: CheckLevel,
    table: String,
    who: Responsibility,
    findings: u64,
    faults: u64,
    households: BTreeSet<Arc<str>>,
}

impl Count {
    fn line(self, shown: &dyn Fn(&Arc<str>) -> String) -> RuleLine {
        RuleLine {
            rule: self.rule,
            level: self.level,
            table: self.table,
            unit: unit(&self.who),
            source: self.who.source,
            findings: self.findings,
            faults: self.faults,
            households: number(self.households.len()),
            samples: self.households.iter().take(SAMPLES).map(shown).collect(),
        }
    }
}

/// Every rule with its findings.
fn of_checks(linked: &Linked, register: &dyn Keyed, findings: &[CheckFinding]) -> Vec<Count> {
    let mut counts = Vec::new();
    let mut numbers = BTreeMap::new();
    for (package, set) in linked.packages.iter().enumerate() {
        for (at, check) in set.checks.iter().enumerate() {
            numbers.insert((package, at), counts.len());
            counts.push(count_of(linked, &linked.name_of(package), check));
        }
    }
    for it in findings {
        let at = numbers.get(&(it.package, it.check));
        let Some(count) = at.and_then(|at| counts.get_mut(*at)) else { continue };
        if it.fault.is_some() {
            count.faults += 1;
        } else {
            count.findings += 1;
        }
        count.households.extend(it.household.and_then(|at| register.key(at)));
    }
    counts
}

fn count_of(linked: &Linked, package: &str, check: &Check) -> Count {
    let (table, of_table) = match &check.scope {
        CheckScope::Household => match linked.subject() {
            Some(it) => (it.subject.name.to_string(), it.subject.responsibility.clone()),
            None => (String::new(), Responsibility::default()),
        },
        CheckScope::Records(it) | CheckScope::Table(it) => {
            let table = linked.table(it.slot.index());
            (table.name.to_string(), table.responsibility.clone())
        }
    };
    Count {
        rule: Rule::Check {
            package: package.to_owned(),
            name: check.name.to_string(),
            title: check.title.clone(),
            basis: check.legal.basis.clone(),
        },
        level: check.level,
        table,
        who: over(&check.responsibility, of_table),
        findings: 0,
        faults: 0,
        households: BTreeSet::new(),
    }
}

/// What a rule says of responsibility goes before what its table says.
fn over(own: &Responsibility, table: Responsibility) -> Responsibility {
    let own = own.clone();
    Responsibility {
        source: own.source.or(table.source),
        made_by: own.made_by.or(table.made_by),
        given_by: own.given_by.or(table.given_by),
        owned_by: own.owned_by.or(table.owned_by),
    }
}

/// What loading found, by code and table. A row counts once for each of its codes.
fn of_loading(problems: &Problems) -> Vec<Count> {
    let mut rows: BTreeMap<(&str, &Arc<str>), (Count, BTreeSet<_>)> = BTreeMap::new();
    for it in &problems.bad_rows {
        let code = it.fault.code();
        let new = || {
            (
                loading(Rule::Row(code), CheckLevel::Error, &it.table, &it.responsibility),
                BTreeSet::new(),
            )
        };
        let (count, places) = rows.entry((code, &it.table)).or_insert_with(new);
        if places.insert(&it.place) {
            count.findings += 1;
        }
        count.households.extend(it.household.clone());
    }
    let mut cells: BTreeMap<(&str, &Arc<str>), Count> = BTreeMap::new();
    for it in &problems.bad_cells {
        let code = it.fault.code();
        let new = || loading(Rule::Cell(code), CheckLevel::Warning, &it.table, &it.responsibility);
        let count = cells.entry((code, &it.table)).or_insert_with(new);
        count.findings += 1;
        count.households.extend(it.household.clone());
    }
    rows.into_values().map(|it| it.0).chain(cells.into_values()).collect()
}

fn loading(rule: Rule, level: CheckLevel, table: &Arc<str>, who: &Responsibility) -> Count {
    let (table, who) = (table.to_string(), who.clone());
    Count { rule, level, table, who, findings: 0, faults: 0, households: BTreeSet::new() }
}

/// Rules, findings and households of one group while they are counted.
type Group<'c> = (u64, u64, BTreeSet<&'c Arc<str>>);

fn groups(counts: &[Count], of: impl Fn(&Count) -> Option<String>) -> Vec<GroupLine> {
    let mut groups: BTreeMap<Option<String>, Group<'_>> = BTreeMap::new();
    for it in counts.iter().filter(|it| it.findings + it.faults > 0) {
        let group = groups.entry(of(it)).or_default();
        group.0 += 1;
        group.1 += it.findings + it.faults;
        group.2.extend(&it.households);
    }
    let lines = groups.into_iter().map(|(name, (rules, findings, households))| GroupLine {
        name,
        rules,
        findings,
        households: number(households.len()),
    });
    let mut lines: Vec<GroupLine> = lines.collect();
    lines.sort_by_key(|it| std::cmp::Reverse(it.findings));
    lines
}

impl Rule {
    /// The stable code of what loading found.
    pub fn code(&self) -> Option<&'static str> {
        match self {
            Self::Check { .. } => None,
            Self::Row(code) | Self::Cell(code) => Some(code),
        }
    }

    /// What the rule asks, in a few words.
    pub fn words(&self) -> Words {
        match self {
            Self::Check { name, title, .. } => {
                Words::from(title.clone().unwrap_or_else(|| name.clone()))
            }
            Self::Row(code) => RowFault::about(code),
            Self::Cell(_) => CellFault::about(),
        }
    }
}
