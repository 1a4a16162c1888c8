//! What a proof says, as plain data.

use heng_dsl::diag::Words;
use heng_dsl::model::Id;
use heng_dsl::value::{Date, Value};
use serde::Serialize;

use crate::explain::{Named, Said};

/// What a grade can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A member of the grade, from low to high risk; of a tag the label with that number.
    Grade(u16),
    /// 是 or 否, of what holds or does not.
    Truth(bool),
    /// 缺失
    Missing,
    /// 不适用
    NotApplicable,
    /// 错误
    Error,
}

/// Why something was not told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A rule has more combinations of cells than this.
    Cells(usize),
    /// A rule has more pairs of values than this.
    Values(usize),
    /// A sum would take more work than this.
    Sums(usize),
    /// A number has no bound.
    Unbounded,
    /// More than 64 direct determinations of one classification.
    Decides,
    /// A text or a frequency decides, not one of finitely many values.
    Type,
    /// The length of a window depends on the household.
    Window,
    /// A weight can be 不适用.
    Weight,
    /// The grade that is compared with is not there, or has other members.
    Members,
    /// A household was found that the proof excludes: a fault of this program.
    Contradicted,
}

/// Why there is no bound.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct GaveUp {
    /// The rule that has none, where it is one.
    pub rule: Option<Id>,
    /// Why.
    pub reason: Reason,
}

/// How far the proof went, as the report names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// T0: both versions mean the same, as their normal forms are equal.
    SameMeaning,
    /// T1 and T2: cells of rules, added up by an exact dynamic programme.
    DynamicProgramme,
    /// T3: a mixed-integer linear programme, solved in binary fractions.
    Linear,
    /// T6: only the search; nothing was proved.
    Search,
}

/// What is certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every household has the same result in both versions.
    Equal,
    /// Every possible transition has a household, and all others are impossible.
    Transitions,
    /// What it is about means the same but for grades that it reads, which are looked at by themselves: it
    /// changes with them at most as `open` says, and no household was looked for.
    Follows,
    /// Some transitions are neither shown by a household nor proved impossible.
    NotDecided,
}

/// A change of the result that is possible, with a household that shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Transition {
    /// The result in the old version.
    pub from: Outcome,
    /// The result in the new version.
    pub to: Outcome,
    /// The household.
    pub witness: Witness,
}

/// What a proof is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// 分类 or 叠加: which grade a household has.
    Grade,
    /// 标注: whether it has the tag, or which label.
    Tag,
    /// 预警: whether it is raised.
    Alert,
    /// 名单: whether a household is on it.
    List,
    /// 直接判定: whether it hits, of households to which both versions give a grade.
    Decide,
}

impl Subject {
    /// What it is called in the language.
    pub fn words(self) -> Words {
        match self {
            Self::Grade => Words::both("等级", "grade"),
            Self::Tag => Words::both("标注", "tag"),
            Self::Alert => Words::both("预警", "alert"),
            Self::List => Words::both("名单", "list"),
            Self::Decide => Words::both("直接判定", "direct determination"),
        }
    }
}

/// What is known about the results of two versions over all households.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// What it is about.
    pub subject: Subject,
    /// Its name.
    pub grade: Named,
    /// The members of its grade, from low to high risk, or the labels of a tag; none of what only holds or
    /// does not.
    pub members: Vec<Id>,
    /// 基准日
    pub as_of: Date,
    /// What is certain.
    pub verdict: Verdict,
    /// By what means.
    pub tier: Tier,
    /// Changes that are possible, each with a household.
    pub possible: Vec<Transition>,
    /// Changes from one grade to another that no household has.
    pub impossible: Vec<(Outcome, Outcome)>,
    /// Changes that a solver of linear programmes excludes, which counts in binary fractions: no proof.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub numeric: Vec<(Outcome, Outcome)>,
    /// Changes that are neither.
    pub open: Vec<(Outcome, Outcome)>,
    /// Grades with which it changes, where it only follows them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub follows: Vec<Id>,
    /// Why the means of proof gave no bound; absent where they did.
    pub gave_up: Option<GaveUp>,
    /// Functions of the register or earlier results are read, which were taken to be free.
    pub free: Vec<Free>,
    /// Changes among `possible` that a household of a register showed, and not the search.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub registered: Vec<(Outcome, Outcome)>,
    /// How many combinations of cells were worked out.
    pub cells: usize,
    /// How many households were evaluated in both versions.
    pub households: usize,
}

/// What a grade reads that is no matter of one household and was taken to be free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Free {
    /// Functions of the whole register: percentiles, counts over a shared attribute. The households that
    /// are shown are alone in their register.
    Register,
    /// Earlier results. The households that are shown have those that are told of them.
    History,
    /// Places of a list depend on everybody who is admitted: only who is admitted was compared.
    Places,
}

/// Why two versions cannot be compared at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Incomparable {
    /// One of the versions has no 分类 or 叠加 of that name.
    NoGrade(Id),
    /// The grade has other members in the new version.
    Members,
    /// A field of that name has another type or other values in the new version.
    Field(Id),
}

impl Outcome {
    pub(super) fn of(value: &Value) -> Self {
        Self::among(value, &[])
    }

    /// What a value is; texts are labels.
    pub(super) fn among(value: &Value, labels: &[Id]) -> Self {
        let label = |text: &str| labels.iter().position(|it| it.as_ref() == text);
        match value {
            Value::Member(it) => Self::Grade(*it),
            Value::Bool(it) => Self::Truth(*it),
            Value::Text(it) => {
                label(it).and_then(|it| u16::try_from(it).ok()).map_or(Self::Error, Self::Grade)
            }
            Value::Missing => Self::Missing,
            Value::NotApplicable => Self::NotApplicable,
            _ => Self::Error,
        }
    }

    /// Its name, where the members of the grade are these.
    pub fn name(self, members: &[Id]) -> Words {
        match self {
            Self::Grade(it) => {
                let name = members.get(usize::from(it)).map_or("?", |it| it.as_ref());
                Words::both(name.to_owned(), name.to_owned())
            }
            Self::Truth(true) => Words::both("是", "yes"),
            Self::Truth(false) => Words::both("否", "no"),
            Self::Missing => Words::both("缺失", "missing"),
            Self::NotApplicable => Words::both("不适用", "not applicable"),
            Self::Error => Words::both("错误", "error"),
        }
    }
}

/// A household that shows a transition: no more is told of it than the transition needs. The reference
/// evaluator gave the results, alone in its register and without earlier results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Witness {
    /// Its fields, by name.
    pub fields: Vec<(Id, Said)>,
    /// Its records.
    pub records: Vec<WitnessRecord>,
    /// Numbers and grades that differ between the versions, with those that are asked for.
    pub values: Vec<WitnessValue>,
}

/// A record of a witness.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WitnessRecord {
    /// The table.
    pub table: Id,
    /// Its columns, by name.
    pub fields: Vec<(Id, Said)>,
}

/// What something is worth for a witness.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WitnessValue {
    /// The declaration.
    pub name: Id,
    /// In the old version.
    pub old: Said,
    /// In the new version.
    pub new: Said,
}

impl Reason {
    /// One sentence without a full stop.
    pub fn words(&self) -> Words {
        let counted = |it: &usize, zh: &str, en: &str| {
            Words::both(zh.replace("{}", &it.to_string()), en.replace("{}", &it.to_string()))
        };
        match self {
            Self::Cells(it) => counted(
                it,
                "一条规则要分的情形超过{}种",
                "one rule has more than {} cases to tell apart",
            ),
            Self::Values(it) => counted(
                it,
                "一条规则可能的结果超过{}对",
                "one rule has more than {} pairs of results",
            ),
            Self::Sums(it) => counted(
                it,
                "加总分数的工作量超过{}",
                "adding up the scores would take more than {} steps",
            ),
            Self::Unbounded => {
                Words::both("有的数没有界", "a number has no bound that the rules give")
            }
            Self::Decides => {
                Words::both("直接判定超过六十四条", "there are more than 64 direct determinations")
            }
            Self::Type => Words::both(
                "结果取决于文本或者频次",
                "a text or a frequency decides, and not one of finitely many values",
            ),
            Self::Window => Words::both(
                "时间窗的长短因户而异",
                "the length of a window depends on the household",
            ),
            Self::Contradicted => Words::both(
                "找到了证明排除的户，是程序的错误",
                "a household was found that the proof excludes, which is a fault of this program",
            ),
            Self::Members => Words::both(
                "没有那个等级，或者它的级不同",
                "the grade that it is compared with is not there, or has other members",
            ),
            Self::Weight => Words::both("权重可能不适用", "a weight can be not applicable"),
        }
    }
}
