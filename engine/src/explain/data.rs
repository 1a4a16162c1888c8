//! An explanation as data: what there is to say about one household, in the order of importance.
//!
//! Every text is in both languages; what an author wrote stays as it was written. Points are exact:
//! the lines of an [`Account`] add up to its points, down to the last indicator.

use serde::Serialize;

use heng_dsl::model::{Amendment, Id};
use heng_dsl::value::{Date, Decimal};

use super::ahead::{Outlook, Recourse};
use super::words::{Said, Shown};
use crate::program::RulesUsed;

/// Why a household has its result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The household.
    pub household: Card,
    /// 基准日
    pub as_of: Date,
    /// 截至: the date up to which the data speak.
    pub cutoff: Option<Date>,
    /// The rule sets that were applied, those it is about first.
    pub sets: Vec<SetUsed>,
    /// All packages that the result rests on, with their hashes, and the link table.
    pub rules: RulesUsed,
    /// Why the household is outside the population and has no result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outside: Option<Said>,
    /// Every 分类, 叠加 and 合成.
    pub results: Vec<GradeResult>,
    /// 总分 of each rule set, broken down to the last indicator.
    pub scores: Vec<Account>,
    /// Scores that are no part of 总分: indicators without a dimension, 合成, and each 值 that a 分类
    /// goes by.
    pub apart: Vec<Account>,
    /// 标注 that hold.
    pub tags: Vec<Holding>,
    /// 预警 that hold.
    pub alerts: Vec<Holding>,
    /// 名单: those it is on, and those it was admitted to and is not on.
    pub lists: Vec<Listed>,
    /// 措施 that apply.
    pub measures: Vec<Measured>,
    /// When the grades change if nothing new happens; absent for a household outside the population,
    /// or where nobody asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outlook: Option<Outlook>,
    /// What the household can do itself; absent like the outlook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recourse: Option<Recourse>,
    /// Fields of the household that were read and are missing.
    pub missing: Vec<MissingField>,
    /// What has no result because it is not about this household.
    pub not_applicable: Vec<NotApplicable>,
    /// What could not be worked out.
    pub errors: Vec<Failed>,
    /// Rows of this household that were quarantined and did not count.
    pub quarantined: Vec<Quarantined>,
    /// What a classification is, and is not.
    pub notice: Said,
}

/// The household, and the fields that say who it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Card {
    /// Its key.
    pub key: String,
    /// What a household is called: 个体工商户.
    pub subject: String,
    /// Its fields that have a value, in the order declared; sensitive ones masked.
    pub fields: Vec<Read>,
    /// Those of them that say who it is: texts, codes and the starting date.
    #[serde(skip)]
    pub identity: Vec<Read>,
}

/// A name and the value that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Read {
    /// The name of the field, the local value or the declaration.
    pub name: String,
    /// Its value.
    pub value: Shown,
}

/// A rule set that was applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SetUsed {
    /// Its id.
    pub package: Id,
    /// Its title.
    pub title: Option<String>,
    /// Its version.
    pub version: Id,
    /// Its legal basis.
    pub basis: Vec<String>,
    /// Is it about this household (适用)?
    pub applies: bool,
    /// The set that is 基于 this one and about this household, where nothing else reads this one:
    /// its results stand in the place of those here, and letters tell only of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaced_by: Option<Id>,
}

/// What names a declaration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named {
    /// The rule set.
    pub package: Id,
    /// The alias, else the name.
    pub id: Id,
    /// The name as written.
    pub name: Id,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// Where a clause or a row comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Provenance {
    /// The package that wrote it.
    pub package: Id,
    /// Its version.
    pub version: Id,
    /// The file, and the line in it; absent for a stored model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Set where an amendment put it in place of something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amendment: Option<Amendment>,
}

/// 依据, 说明 and where the rule stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Ground {
    /// 依据
    pub basis: Vec<String>,
    /// 说明
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub note: Vec<String>,
    /// Where the clause that decided stands.
    pub provenance: Provenance,
}

/// A 分类, 叠加 or 合成 and what it gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GradeResult {
    /// Its name.
    pub name: Named,
    /// The grade, or the score of a 合成.
    pub value: Shown,
    /// The label of the grade: 高.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The colour of the grade, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colour: Option<String>,
    /// How it came about.
    pub how: How,
    /// 依据 and where it stands.
    pub ground: Ground,
}

/// How a grade came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// 分类: cut-offs, then direct determinations.
    Classified(Classified),
    /// 叠加 (结果叠加): the row and the column of a matrix.
    Overlaid(Overlaid),
    /// 合成 (结果融合): a weighted score; its account stands in [`Explanation::apart`].
    Merged,
}

/// How a 分类 came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Classified {
    /// What is classified, with its value: 总分 412.
    pub by: Vec<Read>,
    /// The cut-off that holds, as written.
    pub row: Option<RowHeld>,
    /// The grade that it gives, before direct determinations.
    pub by_score: Option<Shown>,
    /// Every direct determination that hit, those that decided first.
    pub decides: Vec<Decided>,
}

/// A row that held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowHeld {
    /// The row as its author wrote it, with what each parameter in it is worth behind its name.
    pub text: Said,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// A direct determination that hit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decided {
    /// Its name.
    pub name: Named,
    /// What it does: 定为 D.
    pub effect: Said,
    /// What became of it.
    pub fate: Became,
    /// What became of it, in a sentence.
    pub outcome: Said,
    /// 缘由
    pub reason: Option<String>,
    /// The parts of its condition that held, as written.
    pub because: Vec<String>,
    /// What was read.
    pub facts: Facts,
    /// 依据 and where it stands.
    pub ground: Ground,
}

/// What became of a direct determination, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Became {
    /// It set or shifted the grade.
    Decided {
        /// The grade before.
        from: String,
        /// The grade after.
        to: String,
    },
    /// It agrees with the one that set the grade.
    SameAs(String),
    /// Another one won.
    LostTo(String),
    /// A downward shift does not touch a grade that this one set outright.
    GradeWasSet(String),
    /// The grade already was at its limit.
    AtLimit,
}

/// How a matrix was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overlaid {
    /// The side in the rows, with its grade.
    pub row: Read,
    /// The side in the columns, with its grade.
    pub column: Read,
    /// 取高 or 取低 instead of cells, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<Said>,
    /// Where the row of the matrix comes from.
    pub provenance: Provenance,
}

/// A score and the lines that add up to it exactly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Account {
    /// What it is the score of.
    pub name: Named,
    /// What kind of declaration.
    pub kind: AccountKind,
    /// What it is worth.
    pub value: Shown,
    /// 满分, or 上限 where there is no 满分.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most: Option<Decimal>,
    /// The lines; where the value is a number they add up to it exactly.
    pub lines: Vec<Line>,
    /// 缘由
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What was read.
    pub facts: Facts,
    /// 依据 and where it stands.
    pub ground: Ground,
}

/// What an account is the account of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    /// 总分
    Total,
    /// 维度
    Dimension,
    /// 指标
    Indicator,
    /// 融合 (指标融合)
    Fused,
    /// 合成 (结果融合)
    Merged,
    /// 值 that a 分类 goes by
    Value,
}

/// One line of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What it adds; below zero where it takes off.
    pub points: Decimal,
    /// What it is for.
    pub what: What,
}

/// What a line of an account is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// 起评
    Base,
    /// A dimension or an indicator; `deducted` where it is taken off (扣分).
    Part {
        /// Its account.
        account: Box<Account>,
        /// 扣分
        deducted: bool,
    },
    /// 权重: what the weight takes off the part in the line before.
    Weight {
        /// The part.
        part: String,
        /// The weight.
        weight: Shown,
    },
    /// A row that held.
    Row(RowHeld),
    /// Rows that held, whose points are only known together.
    Rows(Vec<RowHeld>),
    /// A row or a record that held and does not count, because another one does (取高, 取低).
    Beaten {
        /// The row.
        row: Option<RowHeld>,
        /// The record.
        record: Option<Record>,
        /// What it would have been worth.
        would: Option<Decimal>,
    },
    /// A record (逐条).
    Record {
        /// The record.
        record: Record,
        /// The row of the table that held for it.
        row: Option<RowHeld>,
        /// Points before 折减.
        points: Decimal,
        /// 折减: the share that is left.
        share: Option<Shown>,
    },
    /// A formula, or one of its terms, as far as it can be put in words.
    Formula(Option<Said>),
    /// 上限
    Cap {
        /// The bound.
        bound: Option<Decimal>,
        /// The condition under which it holds, as written, and where it stands.
        when: Option<RowHeld>,
    },
    /// 下限
    Floor {
        /// The bound.
        bound: Option<Decimal>,
        /// The condition under which it holds, as written, and where it stands.
        when: Option<RowHeld>,
    },
    /// What rounding added or took off.
    Rounding,
}

/// What a rule read: local values, fields, other declarations, records.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Facts {
    /// Local values (取), then fields and declarations that the rule names.
    pub read: Vec<Read>,
    /// Records that were counted.
    pub records: Vec<Record>,
}

/// A record that counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Record {
    /// Its table.
    pub table: String,
    /// Its key, where the table declares one.
    pub id: Option<String>,
    /// Its event date.
    pub date: Option<Date>,
    /// The values that were read of it.
    pub values: Vec<Read>,
}

/// A 标注 or 预警 that holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Holding {
    /// Its name.
    pub name: Named,
    /// The label of a tag that has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<Shown>,
    /// 类别 of a tag, 级别 of an alert.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// 派发 of an alert.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dispatch: Option<String>,
    /// 缘由
    pub reason: Option<String>,
    /// The rows or parts of the condition that held, as written.
    pub because: Vec<String>,
    /// What was read.
    pub facts: Facts,
    /// 依据 and where it stands.
    pub ground: Ground,
}

/// A list that the household is on, or would be but for its quota.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// The list.
    pub holding: Holding,
    /// Is it on the list?
    pub on: bool,
    /// The conditions for removal that hold, as written; of a household that was admitted and has
    /// none, all places were taken.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<String>,
    /// 名额, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quota: Option<Said>,
}

/// A 措施 that applies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Measured {
    /// Its name.
    pub name: Named,
    /// Its columns: 比例 30%.
    pub columns: Vec<Read>,
    /// The row that held.
    pub row: Option<RowHeld>,
    /// 缘由
    pub reason: Option<String>,
    /// 依据 and where it stands.
    pub ground: Ground,
}

/// A field that was read and is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MissingField {
    /// The field.
    pub field: String,
    /// Who is responsible for it, where the rules say so.
    pub owner: Option<String>,
    /// The indicators, tags … that read it, by name.
    pub read_by: Vec<String>,
}

/// Something that is not about this household.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotApplicable {
    /// The rule set.
    pub package: Id,
    /// The declaration; absent where the whole rule set is not about the household.
    pub name: Option<Id>,
    /// Why.
    pub why: Said,
}

/// Something that could not be worked out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failed {
    /// What it is.
    pub name: Named,
    /// The stable code: `R0101`.
    pub code: String,
    /// What happened.
    pub what: Said,
    /// The declaration whose error it took over; absent where it arose here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

/// Rows of one table that were quarantined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Quarantined {
    /// The table.
    pub table: String,
    /// How many rows.
    pub rows: u32,
    /// Who is responsible for the table, where the rules say so.
    pub owner: Option<String>,
}
