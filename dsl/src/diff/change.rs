//! What a change is, as data: what was changed, of what, from what to what, on which basis.

mod aspect;

use std::collections::BTreeSet;

use serde::Serialize;

pub use self::aspect::{Aspect, Role};
use crate::model::{
    Action, Check, CheckLevel, CodeRow, CodeTable, Condition, ConditionalBound, Content, Decide,
    DecideEffect, Decl, EnumMember, EnumType, Expr, Field, Id, Legal, Let, Mode, Origin,
    RecordTable, Ref, Responsibility, Row, Source, Subject, Table, Template, Ty, Use, Version,
};
use crate::value::{Decimal, Period, Value};

/// What kind of change it is, from what nobody feels to what needs the most care.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Kind {
    /// C0: written differently; the normal form is the same.
    #[serde(rename = "C0")]
    Cosmetic,
    /// C1: about the rule, not in it: titles, legal bases, reasons, cases.
    #[serde(rename = "C1")]
    Metadata,
    /// C2: from where on something counts: the edge of a band, a number in a condition.
    #[serde(rename = "C2")]
    Threshold,
    /// C3: how much it counts: points, weights, caps, floors, rounding.
    #[serde(rename = "C3")]
    Weight,
    /// C4: where one grade ends and the next begins.
    #[serde(rename = "C4")]
    CutOff,
    /// C5: whom, what and when it is about: conditions, windows, periods.
    #[serde(rename = "C5")]
    Scope,
    /// C6: what there is: rules, their order and how they come together.
    #[serde(rename = "C6")]
    Structure,
    /// C7: what the data mean: fields, units, enumerations, code tables.
    #[serde(rename = "C7")]
    Data,
}

impl Kind {
    /// All kinds, in order.
    pub const ALL: [Self; 8] = [
        Self::Cosmetic,
        Self::Metadata,
        Self::Threshold,
        Self::Weight,
        Self::CutOff,
        Self::Scope,
        Self::Structure,
        Self::Data,
    ];

    /// Its code: `C2`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Cosmetic => "C0",
            Self::Metadata => "C1",
            Self::Threshold => "C2",
            Self::Weight => "C3",
            Self::CutOff => "C4",
            Self::Scope => "C5",
            Self::Structure => "C6",
            Self::Data => "C7",
        }
    }

    /// What it is called, in Chinese and English.
    pub fn words(self) -> [&'static str; 2] {
        match self {
            Self::Cosmetic => ["写法", "wording"],
            Self::Metadata => ["说明", "metadata"],
            Self::Threshold => ["门槛", "threshold"],
            Self::Weight => ["分值", "weight"],
            Self::CutOff => ["分界", "cut-off"],
            Self::Scope => ["范围", "scope"],
            Self::Structure => ["结构", "structure"],
            Self::Data => ["数据", "data"],
        }
    }

    /// Can it give a household another result?
    pub fn has_effect(self) -> bool {
        self > Self::Metadata
    }
}

/// What kind of thing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ThingKind {
    /// 规则集
    Set,
    /// 枚举
    Enum,
    /// 等级
    Grade,
    /// 代码表
    Codes,
    /// 主体
    Subject,
    /// 记录
    Records,
    /// 参数
    Param,
    /// 值, also of each record and sets of records
    Value,
    /// 维度
    Dimension,
    /// 指标
    Indicator,
    /// 融合
    Fuse,
    /// 总分
    Total,
    /// 分类
    Classify,
    /// 叠加
    Overlay,
    /// 合成
    Merge,
    /// 标注
    Tag,
    /// 预警
    Alert,
    /// 措施
    Measure,
    /// 名单
    List,
    /// 直接判定
    Decide,
    /// 校验
    Check,
    /// 行动
    Action,
}

impl ThingKind {
    /// The word of the language for it, in Chinese and English.
    pub fn words(self) -> [&'static str; 2] {
        match self {
            Self::Set => ["规则集", "rule set"],
            Self::Enum => ["枚举", "enum"],
            Self::Grade => ["等级", "grade"],
            Self::Codes => ["代码表", "codes"],
            Self::Subject => ["主体", "subject"],
            Self::Records => ["记录", "records"],
            Self::Param => ["参数", "param"],
            Self::Value => ["值", "value"],
            Self::Dimension => ["维度", "dimension"],
            Self::Indicator => ["指标", "indicator"],
            Self::Fuse => ["融合", "fuse"],
            Self::Total => ["总分", "total"],
            Self::Classify => ["分类", "classify"],
            Self::Overlay => ["叠加", "overlay"],
            Self::Merge => ["合成", "merge"],
            Self::Tag => ["标注", "tag"],
            Self::Alert => ["预警", "alert"],
            Self::Measure => ["措施", "measure"],
            Self::List => ["名单", "list"],
            Self::Decide => ["直接判定", "decide"],
            Self::Check => ["校验", "check"],
            Self::Action => ["行动", "action"],
        }
    }
}

/// The thing that was changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Thing {
    /// What kind of thing.
    pub kind: ThingKind,
    /// Its id: the new one, or that of what was removed.
    pub id: Id,
    /// Its name for people, of the same side as the id.
    pub name: Id,
    /// What it was called before, where it was renamed.
    pub was: Option<Id>,
    /// That the old and the new one are the same thing was concluded from what is in them (推测).
    pub guessed: bool,
}

/// One side of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Side {
    /// Which version of the declaration, by its number; absent where it has none.
    pub version: Option<usize>,
    /// What stands there.
    pub part: Part,
    /// Where it comes from, with file and line.
    pub origin: Origin,
    /// The legal basis of the declaration, a line each.
    pub basis: Vec<String>,
}

/// What stands on one side of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Text.
    Text(String),
    /// Is it so?
    Flag(bool),
    /// How many.
    Count(usize),
    /// A number of a header, with its type.
    Number(Decimal, Ty),
    /// An expression.
    Expr(Box<Expr>),
    /// The edge of a band: it begins at this value, or above it.
    Edge {
        /// The value.
        value: Box<Expr>,
        /// The value itself belongs to the band below.
        above: bool,
    },
    /// A period.
    Period(Period),
    /// A condition.
    Condition(Box<Condition>),
    /// A row of a table, and what the columns ask.
    Row(Box<Row>, Vec<Expr>),
    /// Rows of a table.
    Rows(Vec<Row>),
    /// How rows come together.
    Mode(Mode),
    /// A table.
    Table(Box<Table>),
    /// Records.
    Source(Box<Source>),
    /// What a declaration is worth.
    Content(Box<Content>),
    /// A local value.
    Local(Box<Let>),
    /// A whole version.
    Version(Box<Version>),
    /// 缘由
    Template(Template),
    /// A bound under a condition.
    Bound(Box<ConditionalBound>),
    /// A member of a grade; absent for 不适用.
    Grade(Option<u16>, Ref),
    /// What a determination does to a grade.
    Effect(DecideEffect, Ref),
    /// A type.
    Type(Ty),
    /// A reference to a declaration; absent for 总分.
    Reference(Option<Ref>),
    /// Legal basis and note.
    Legal(Legal),
    /// Who answers for the data.
    Responsibility(Responsibility),
    /// A field or a column, of which table.
    Field(Box<Field>, Id),
    /// A value and its type.
    Value(Value, Ty),
    /// A member of an enumeration.
    Member(EnumMember),
    /// The members of an enumeration, by name.
    Members(Vec<Id>, Id),
    /// A row of a code table, with the names and types of the columns.
    Code(CodeRow, Vec<(Id, Ty)>),
    /// A used package.
    Use(Use),
    /// A declaration.
    Decl(Box<Decl>),
    /// A direct determination.
    Decide(Box<Decide>),
    /// How bad a finding is.
    Level(CheckLevel),
    /// A data-quality rule.
    Check(Box<Check>),
    /// An action.
    Action(Box<Action>),
    /// An enumeration or a grade.
    Enum(Box<EnumType>),
    /// A code table.
    Codes(Box<CodeTable>),
    /// A record table.
    Records(Box<RecordTable>),
    /// Fields of the household.
    Subject(Box<Subject>),
}

/// The name of something that rules read, in one of the name spaces of a package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Name {
    /// A declaration.
    Decl(Id),
    /// A field of the household.
    Field(Id),
    /// A record table.
    Table(Id),
    /// An enumeration or a grade.
    Enum(Id),
    /// A code table.
    Codes(Id),
    /// A column of a record table or a code table.
    Column(Id, Id),
    /// A member of an enumeration, by its number.
    Member(Id, u16),
}

/// One change between two versions of a rule set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Its name in this comparison, which stays the same when other changes come or go:
    /// `通用/indicator/行政处罚/edge 0/3`.
    pub id: String,
    /// What kind of change.
    pub kind: Kind,
    /// The package, by its id.
    pub package: Id,
    /// What was changed.
    pub thing: Thing,
    /// What about it.
    pub aspect: Aspect,
    /// What stood there before; absent for what was added.
    pub before: Option<Side>,
    /// What stands there now; absent for what was removed.
    pub after: Option<Side>,
    /// What else changes with it, because neither can be without the other.
    pub along: Vec<Along>,
    /// What it touches, by package.
    pub touches: BTreeSet<(Id, Name)>,
}

/// Something that changes together with something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Along {
    /// What was changed.
    pub thing: Thing,
    /// What about it.
    pub aspect: Aspect,
    /// Before.
    pub before: Option<Side>,
    /// After.
    pub after: Option<Side>,
}
