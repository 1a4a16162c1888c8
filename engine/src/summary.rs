//! What a run came to: grades, tags, alerts, measures, lists, errors.
//!
//! Counts only, in the order of the rule files; whoever shows them draws the tables.

mod count;
mod tally;

use std::collections::BTreeSet;

use serde::Serialize;

use heng_dsl::model::Id;
use heng_dsl::model::linked::Linked;
use heng_dsl::value::{Date, Decimal};

use crate::explain::{Named, Said, SetUsed};
use crate::program::RulesUsed;

pub use self::count::{Counting, Population, summarise};
pub(crate) use self::count::{label, members, named, sets, shortened};
pub use self::tally::Tally;

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// 基准日
    pub as_of: Date,
    /// 截至: the date up to which the data speak.
    pub cutoff: Option<Date>,
    /// The rule sets that were applied.
    pub sets: Vec<SetUsed>,
    /// All packages that the results rest on, with their hashes, and the link table.
    pub rules: RulesUsed,
    /// Households of the register.
    pub households: usize,
    /// Households of the population, which have a result.
    pub in_population: usize,
    /// Why the others are outside, with how many.
    pub outside: Vec<Counted>,
    /// Every 分类 and 叠加.
    pub grades: Vec<GradeSummary>,
    /// Every 总分 and 合成.
    pub scores: Vec<ScoreSummary>,
    /// 标注
    pub tags: Vec<HoldingSummary>,
    /// 预警
    pub alerts: Vec<HoldingSummary>,
    /// 名单
    pub lists: Vec<HoldingSummary>,
    /// 措施
    pub measures: Vec<MeasureSummary>,
    /// Households with an error, by code; a household with two codes counts for both.
    pub errors: Vec<ErrorSummary>,
    /// Fields that were read and missing, most frequent first.
    pub missing: Vec<MissingSummary>,
    /// Households with quarantined rows.
    pub with_quarantined: usize,
    /// Quarantined rows of households of the register.
    pub quarantined_rows: u64,
    /// What the results are, and are not.
    pub notice: Said,
}

/// By what grades are broken down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SummaryOptions {
    /// Fields of the household, each a table of its own.
    pub by: Vec<GroupBy>,
}

/// A field of the household whose values make groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupBy {
    /// Its name or alias.
    pub field: String,
    /// Only the first so many characters of a text or code: 6 of a 区划, 1 of a 行业 for its section.
    pub prefix: Option<usize>,
}

impl GroupBy {
    /// Reads `行业` or `行业:1`.
    pub fn parse(text: &str) -> Self {
        let split = text.rsplit_once([':', '：']);
        match split.and_then(|(field, length)| Some((field, length.trim().parse().ok()?))) {
            Some((field, length)) => Self { field: field.trim().to_owned(), prefix: Some(length) },
            None => Self { field: text.trim().to_owned(), prefix: None },
        }
    }

    /// The slot of the field; nothing where there is none of that name.
    fn slot(&self, linked: &Linked) -> Option<usize> {
        linked.fields().position(|it| *it.name == *self.field || *it.id == *self.field)
    }
}

impl SummaryOptions {
    /// The fields by which grades are broken down, by slot.
    pub fn fields(&self, linked: &Linked) -> BTreeSet<usize> {
        self.by.iter().filter_map(|it| it.slot(linked)).collect()
    }
}

/// A number of households with a reason or a label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// The reason or the label.
    pub what: Said,
    /// How many households.
    pub count: usize,
}

/// How a 分类 or 叠加 is distributed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GradeSummary {
    /// Its name.
    pub name: Named,
    /// The members of the grade from low to high risk.
    pub members: Vec<Member>,
    /// How many households have which member.
    pub all: Spread,
    /// The same for each group of each field that was asked for.
    pub by: Vec<Breakdown>,
}

/// A member of a grade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Member {
    /// Its name.
    pub name: Id,
    /// Its label.
    pub label: Option<String>,
    /// Its colour, as written.
    pub colour: Option<String>,
}

/// How many households have which member of a grade.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Spread {
    /// A count for each member, in their order.
    pub members: Vec<usize>,
    /// 缺失
    pub missing: usize,
    /// 不适用
    pub not_applicable: usize,
    /// 错误
    pub errors: usize,
}

impl Spread {
    /// How many households have a grade.
    pub fn graded(&self) -> usize {
        self.members.iter().sum()
    }
}

/// A grade broken down by one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Breakdown {
    /// The field.
    pub field: String,
    /// The groups, by key.
    pub groups: Vec<Group>,
}

/// The households that share a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    /// The value, or its first characters; the word for 缺失 where there is none.
    pub key: Said,
    /// What a code table calls it.
    pub label: Option<String>,
    /// How many households have which member.
    pub spread: Spread,
}

/// How a score is distributed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ScoreSummary {
    /// Its name.
    pub name: Named,
    /// How many households have it.
    pub count: usize,
    /// The lowest.
    pub least: Option<Decimal>,
    /// The mean, to two places.
    pub mean: Option<Decimal>,
    /// The highest.
    pub greatest: Option<Decimal>,
}

/// How many households have a 标注, an 预警 or are on a 名单.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HoldingSummary {
    /// Its name.
    pub name: Named,
    /// 类别 of a tag, 级别 of an alert.
    pub class: Option<String>,
    /// 派发 of an alert.
    pub dispatch: Option<String>,
    /// How many households.
    pub count: usize,
    /// For a tag with several labels, how many have which.
    pub labels: Vec<Counted>,
}

/// What a 措施 comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MeasureSummary {
    /// Its name.
    pub name: Named,
    /// The names of its columns.
    pub columns: Vec<Id>,
    /// How many households have which combination, in the order of the values.
    pub rows: Vec<MeasureRow>,
}

/// Households with the same measure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MeasureRow {
    /// A value a column.
    pub values: Vec<Said>,
    /// How many households.
    pub count: usize,
}

/// Households with an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErrorSummary {
    /// The stable code: `R0101`.
    pub code: String,
    /// What happened.
    pub what: Said,
    /// How many households.
    pub count: usize,
    /// The declarations that have it for some household, by name, in their order.
    pub decls: Vec<String>,
}

/// A field that was read and is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MissingSummary {
    /// The field.
    pub field: String,
    /// Who is responsible for it, where the rules say so.
    pub owner: Option<String>,
    /// How many households.
    pub count: usize,
}
