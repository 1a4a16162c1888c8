//! Declarations that are worth something.

use serde::{Deserialize, Serialize};

use super::{Cell, Expr, Id, Legal, Origin, Ref, Source, Ty};
use crate::value::{Decimal, Period};

/// Something with a name that is worth something for each household (or for each record).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Decl {
    /// The alias, else the name: what references use.
    pub id: Id,
    /// The name as the author wrote it.
    pub name: Id,
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What kind of declaration.
    pub kind: DeclKind,
    /// What the name is worth; 分类 and 叠加 their grade, 标注 预警 名单 是否 or the label.
    pub ty: Ty,
    /// The rules with their periods, which never overlap. Outside all of them: 不适用.
    pub versions: Vec<Version>,
}

/// What kind of declaration, with what only that kind has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeclKind {
    /// 参数: the same for every household
    Param,
    /// 值
    Value,
    /// `值 … 对 记录`: of each record of the table
    RecordValue {
        /// The record table.
        table: Ref,
    },
    /// A named set of records; its type says nothing
    RecordSet,
    /// 维度; its content is [`Content::Parts`]
    Dimension {
        /// The dimension it is part of; 总分 otherwise.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        within: Option<Ref>,
    },
    /// 指标, and 融合 with `fused`
    Indicator {
        /// Its dimension; without one it is not part of 总分.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dimension: Option<Ref>,
        /// 融合
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        fused: bool,
        /// 扣分: its points are taken off.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        deduct: bool,
    },
    /// 总分: every set with a dimension has one; its content is [`Content::Parts`]
    Total,
    /// 分类: cut-offs, then direct determinations
    Classify {
        /// The grade.
        grade: Ref,
    },
    /// 叠加
    Overlay {
        /// The grade.
        grade: Ref,
    },
    /// 合成
    Merge,
    /// 标注: 是否, or one of several labels
    Tag {
        /// 类别
        #[serde(default, skip_serializing_if = "Option::is_none")]
        class: Option<String>,
    },
    /// 预警
    Alert {
        /// 级别, as a member of the enumeration or grade it was found in
        #[serde(default, skip_serializing_if = "Option::is_none")]
        level: Option<String>,
        /// 派发
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dispatch: Option<String>,
    },
    /// 措施: several results
    Measure {
        /// 得 …
        columns: Vec<MeasureColumn>,
    },
    /// 名单
    List,
}

/// A result column of a measure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MeasureColumn {
    /// Its name: 比例
    pub name: Id,
    /// Its type.
    pub ty: Ty,
}

/// A declaration during one period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// When it is in force.
    #[serde(default, skip_serializing_if = "Period::is_always")]
    pub period: Period,
    /// Where its header comes from.
    #[serde(default)]
    pub origin: Origin,
    /// Legal basis and note.
    #[serde(default, skip_serializing_if = "Legal::is_empty")]
    pub legal: Legal,
    /// 适用: whom it is about; others have no result (不适用).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applies: Option<Condition>,
    /// 取, in order; a local sees those above it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lets: Vec<Let>,
    /// What it is worth.
    pub content: Content,
    /// Where the content comes from.
    #[serde(default)]
    pub content_origin: Origin,
    /// 满分 上限 下限 起评 权重
    #[serde(default, skip_serializing_if = "Bounds::is_empty")]
    pub bounds: Bounds,
    /// `上限 399 当 …`, in order
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditional: Vec<ConditionalBound>,
    /// 容许: what an overlay does that would be warned of, and why it is meant
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepted: Vec<Acceptance>,
    /// 缘由
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Template>,
}

impl Version {
    /// Where its parts come from: its header, its content and each row of it, 适用, limits, 缘由.
    pub fn origins(&self) -> impl Iterator<Item = &Origin> {
        let rows: Vec<&Origin> = match &self.content {
            Content::Table(it) => it.rows.iter().map(|it| &it.origin).collect(),
            Content::Each(it) => it.table.rows.iter().map(|it| &it.origin).collect(),
            Content::Matrix(it) => it.origins.iter().collect(),
            Content::Condition(it) => vec![&it.origin],
            Content::Formula(_) | Content::Source(_) | Content::Parts | Content::List(_) => {
                Vec::new()
            }
        };
        [&self.origin, &self.content_origin]
            .into_iter()
            .chain(rows)
            .chain(self.applies.iter().map(|it| &it.origin))
            .chain(self.conditional.iter().map(|it| &it.origin))
            .chain(self.accepted.iter().map(|it| &it.origin))
            .chain(self.reason.iter().map(|it| &it.origin))
    }
}

/// A local value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Let {
    /// Its name.
    pub name: Id,
    /// Its type.
    pub ty: Ty,
    /// What it is worth; [`Content::Source`] for a local set of records.
    pub content: Content,
}

/// What a declaration or a local is worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "a few hundred of them live at a time")]
pub enum Content {
    /// A formula.
    Formula(Expr),
    /// A table over the household.
    Table(Table),
    /// 逐条: points for each record
    Each(Each),
    /// 叠加
    Matrix(Matrix),
    /// 当: 是 or 否
    Condition(Condition),
    /// A set of records.
    Source(Source),
    /// The sum of what belongs to a dimension, or of the dimensions.
    Parts,
    /// A list with admission, removal and quota.
    List(ListRule),
}

/// A table: at most one row holds where it has columns; rows come together by `mode` where it has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// How the rows come together; [`Mode::First`] where there are columns.
    pub mode: Mode,
    /// What the columns ask; none for conditions.
    pub columns: Vec<Expr>,
    /// The rows, 其余 last.
    pub rows: Vec<Row>,
}

/// How rows or records come together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// 累计: the sum of all that hold, 0 for none
    Sum,
    /// 取高: the highest of all that hold
    Highest,
    /// 取低: the lowest of all that hold
    Lowest,
    /// 依次, and tables with columns: the first that holds
    First,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// When it holds.
    pub key: RowKey,
    /// One result, or one a column of a measure. An absent one is 不适用 (`-`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub results: Vec<Option<Expr>>,
    /// Where the row comes from.
    #[serde(default)]
    pub origin: Origin,
    /// The row as its author wrote it, for explanations and coverage.
    pub text: String,
}

/// When a row holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RowKey {
    /// 其余: no other row holds, and no column is missing
    Otherwise,
    /// A cell a column.
    Cells(Vec<Cell>),
    /// A condition.
    When(Expr),
    /// Always: `逐条 …：10`
    Always,
}

/// Points for each record of a source; the record is bound in table and fade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Each {
    /// How the records come together; over no records the result is 0.
    pub mode: Mode,
    /// The records.
    pub source: Source,
    /// What a record is worth.
    pub table: Table,
    /// 折减: the share that is left, by age; one column, a date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fade: Option<Table>,
}

/// Two grades give one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Matrix {
    /// The grade in the rows.
    pub rows: Ref,
    /// Its type, whose members are the row keys.
    pub row_grade: Ref,
    /// The grade in the columns.
    pub columns: Ref,
    /// Its type.
    pub column_grade: Ref,
    /// For each row member, and last for 缺失 (which covers 不适用): for each column member, and last
    /// for 缺失, the resulting member. An absent one is 不适用.
    pub cells: Vec<Vec<Option<u16>>>,
    /// Where each row comes from, in the order of `cells`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<Origin>,
    /// 取高 or 取低 instead of rows, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
}

/// A condition, alone or as a list whose parts are reported one by one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// How the parts come together.
    pub mode: ConditionMode,
    /// The parts; one for [`ConditionMode::One`].
    pub parts: Vec<Expr>,
    /// The parts as their author wrote them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub texts: Vec<String>,
    /// Where the condition comes from.
    #[serde(default)]
    pub origin: Origin,
}

/// How the parts of a condition come together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConditionMode {
    /// 当
    One,
    /// 当 任一
    Any,
    /// 当 全部
    All,
}

/// The numbers of a header.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// 满分: proved never to be exceeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Decimal>,
    /// 上限: cut off above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<Decimal>,
    /// 下限: cut off below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<Decimal>,
    /// 起评: what a dimension starts from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Decimal>,
    /// 权重 of a dimension: a ratio.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<Expr>,
}

impl Bounds {
    /// Is there no number?
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// `容许 减轻 因 …`: what an overlay does on purpose, although it would be warned of. It changes no result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// What is meant.
    pub what: Accepted,
    /// 因: the reason, obligatory.
    pub because: String,
    /// Where it comes from.
    #[serde(default)]
    pub origin: Origin,
}

/// What an overlay may do on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Accepted {
    /// 减轻: the riskiest grade of one side gives a lower one, because of the other side.
    Lowering,
    /// 倒挂: a riskier grade of one side gives a better one.
    Reversal,
}

/// A cap or a floor that holds under a condition. Floors first, caps last; the lowest cap that holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ConditionalBound {
    /// 上限 instead of 下限.
    pub cap: bool,
    /// The bound.
    pub value: Expr,
    /// When it holds.
    pub when: Expr,
    /// The condition as its author wrote it.
    pub text: String,
    /// Where it comes from.
    #[serde(default)]
    pub origin: Origin,
}

/// Text with values in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// The parts in order.
    pub parts: Vec<TemplatePart>,
    /// Where it comes from.
    #[serde(default)]
    pub origin: Origin,
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TemplatePart {
    /// Fixed text.
    Text(String),
    /// A value, shown in the way of its type.
    Value(Expr),
}

/// 名单: who is on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ListRule {
    /// 入选 当
    pub admit: Condition,
    /// 移出 当: never on the list, even if admitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remove: Option<Condition>,
    /// 名额
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<Quota>,
}

/// A quota among those admitted and not removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// A share (type 比率): ⌊n × share⌋ of the n eligible; or a number of households.
    pub top: Expr,
    /// What is compared, and whether the greatest comes first; last the household's key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<(Expr, bool)>,
    /// Its number among the population functions of all linked packages.
    #[serde(skip)]
    pub site: super::Slot,
}
