//! Expressions, windows, cells, and the algebra of sources.
//!
//! A source is never a materialised value: each back-end lowers [`Source`] once. A record that an
//! expression speaks of is a bound variable counted outwards: `up = 0` is the innermost record, group
//! or calendar unit; a filter, a group key, and the argument of an aggregate each bind one.

use serde::{Deserialize, Serialize};

use super::{Column, Ref, Slot, Ty};
use crate::builtins::BuiltinId;
use crate::value::{Rounding, TimeUnit, Value};

/// An expression with its type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Expr {
    /// What it is worth. A numeric node rounds its result half up to the places of its type.
    pub ty: Ty,
    /// How it is worked out.
    pub node: Node,
}

/// How an expression is worked out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Node {
    /// A hole; never in a model that was handed out.
    #[serde(skip)]
    Hole,
    /// A literal.
    Const(Value),
    /// 基准日
    AsOf,
    /// A field of the household; inside [`Population`] of the household that is counted.
    Field(Ref),
    /// A field of a bound record, also a derived one.
    RecordField {
        /// Which bound record.
        up: u32,
        /// Which field.
        column: Column,
    },
    /// A part of a bound group or calendar unit.
    Item {
        /// Which bound element.
        up: u32,
        /// Which part.
        part: ItemPart,
    },
    /// What a declaration was worth in a bound earlier result (历次结果); missing where that result
    /// does not have it.
    Past {
        /// Which bound element.
        up: u32,
        /// The declaration, matched by id.
        decl: Ref,
    },
    /// What another declaration is worth.
    Decl(Ref),
    /// What a value of each record (`值 … 对 记录`) is worth for a bound record.
    RecordDecl {
        /// Which bound record.
        up: u32,
        /// The declaration.
        decl: Ref,
    },
    /// A local value (取), by its number in its [`super::Version`].
    Local(u32),
    /// A column of the code table row that `key` finds; the column's default where there is none.
    Code {
        /// The code.
        key: Box<Expr>,
        /// The column.
        column: Column,
    },
    /// The value of a dated declaration at another date than the as-of date.
    AtDate {
        /// The declaration.
        decl: Ref,
        /// The date whose law counts.
        date: Box<Expr>,
        /// 从旧兼从轻: of the value at that date and the present one the highest (`true`) or the
        /// lowest (`false`), whichever the author declared to be the milder.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        milder_is_highest: Option<bool>,
    },
    /// `−x`
    Negate(Box<Expr>),
    /// A sum of signed terms, at least two.
    Sum(Vec<Term>),
    /// × or ÷; a division by zero is missing.
    Product {
        /// Which of the two.
        op: ProductOp,
        /// The left side.
        left: Box<Expr>,
        /// The right side.
        right: Box<Expr>,
    },
    /// A date and a duration.
    Shift {
        /// The date.
        date: Box<Expr>,
        /// How far, in the unit of its type.
        by: Box<Expr>,
        /// Back instead of forth.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        back: bool,
    },
    /// A comparison of two values of one type.
    Compare {
        /// How they are compared.
        op: CompareOp,
        /// The left side.
        left: Box<Expr>,
        /// The right side.
        right: Box<Expr>,
    },
    /// Is the item one of these?
    In {
        /// 不属于
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        negated: bool,
        /// What is looked for.
        item: Box<Expr>,
        /// The list.
        set: Vec<Expr>,
    },
    /// Does the code table know the item?
    KnownCode {
        /// 不属于
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        negated: bool,
        /// What is looked for.
        item: Box<Expr>,
        /// The code table.
        codes: Ref,
    },
    /// Does the date lie in the window?
    Within {
        /// The date.
        date: Box<Expr>,
        /// The window.
        window: Window,
    },
    /// 有值, or 缺失 if negated. A value that is 不适用 counts as not there; an error stays one.
    Present {
        /// 缺失
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        negated: bool,
        /// What is asked about.
        item: Box<Expr>,
    },
    /// Does the text contain the other?
    Contains(Box<Expr>, Box<Expr>),
    /// Does the text start with the other?
    Starts(Box<Expr>, Box<Expr>),
    /// `x 缺则 y`: y where x is missing or not applicable.
    IfMissing(Box<Expr>, Box<Expr>),
    /// 非
    Not(Box<Expr>),
    /// All hold, asked from the left until one does not.
    And(Vec<Expr>),
    /// One holds, asked from the left until one does.
    Or(Vec<Expr>),
    /// `如果 a 则 x 否则 y`; the branch not taken is not worked out.
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// Rounded to the places of the type of this node.
    Round(Box<Expr>, Rounding),
    /// A function of values.
    Call {
        /// Which function.
        builtin: BuiltinId,
        /// Its arguments.
        args: Vec<Expr>,
    },
    /// A function of a source of the household.
    Aggregate {
        /// Which function.
        builtin: BuiltinId,
        /// The source.
        source: Source,
        /// What is taken from each element, with the element bound.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        arg: Option<Box<Expr>>,
    },
    /// A function of the whole register, worked out a round earlier.
    Population(Box<Population>),
}

/// A term of a sum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// Subtracted instead of added.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub negative: bool,
    /// The term.
    pub expr: Expr,
}

/// × or ÷
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProductOp {
    /// ×
    Multiply,
    /// ÷
    Divide,
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CompareOp {
    /// =
    Equal,
    /// ≠
    NotEqual,
    /// <
    Less,
    /// ≤
    LessOrEqual,
    /// >
    Greater,
    /// ≥
    GreaterOrEqual,
}

impl CompareOp {
    /// What holds where this comparison does not.
    #[must_use]
    pub fn opposite(self) -> Self {
        match self {
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
            Self::Less => Self::GreaterOrEqual,
            Self::LessOrEqual => Self::Greater,
            Self::Greater => Self::LessOrEqual,
            Self::GreaterOrEqual => Self::Less,
        }
    }

    /// The same comparison with its sides exchanged.
    #[must_use]
    pub fn flipped(self) -> Self {
        match self {
            Self::Equal | Self::NotEqual => self,
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
        }
    }

    /// Does the comparison hold for values in this order?
    pub fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

/// A part of a group or of a calendar unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ItemPart {
    /// 年: of a calendar unit
    Year,
    /// 季: of a calendar quarter
    Quarter,
    /// 月: of a calendar month
    Month,
    /// 起日: the first day of a calendar unit
    Start,
    /// 止日: the last day of a calendar unit
    End,
    /// The key of a group
    Key,
    /// 条数 of a group
    Size,
    /// 基准日 of an earlier result
    AsOf,
}

/// Where records, groups or calendar units come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The records of a table that are visible on the as-of date, in the table's order.
    Table(Ref),
    /// A named set of records (`值 应报年 = 历年(5) 其中 …`).
    Named(Ref),
    /// Those elements that satisfy a condition, with the element bound.
    Filter {
        /// The source.
        of: Box<Source>,
        /// The condition.
        condition: Box<Expr>,
    },
    /// The elements by a key, with the element bound in the key; groups in the order of their keys.
    /// Elements whose key is missing are left out.
    Group {
        /// The source.
        of: Box<Source>,
        /// The key.
        key: Box<Expr>,
    },
    /// 组: the elements of a bound group.
    Members {
        /// Which bound element.
        up: u32,
    },
    /// The last `count` whole calendar units before the one of the as-of date, oldest first.
    Calendar {
        /// 历年 历季 历月
        unit: CalendarUnit,
        /// How many.
        count: Box<Expr>,
    },
    /// Earlier results of this household, oldest first.
    History,
}

/// The unit of a calendar source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CalendarUnit {
    /// 历年
    Year,
    /// 历季
    Quarter,
    /// 历月
    Month,
}

/// A function over the households of the register: everyone, or those that share keys with this one.
/// Filter and argument are worked out for each counted household by itself; they cannot speak of the
/// household that asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Population {
    /// Which function.
    pub builtin: BuiltinId,
    /// 同 …: the shared values; none for 全体. Missing for the asking household: the result is missing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<Expr>,
    /// 其中: which households count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Expr>,
    /// What is taken from each household.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arg: Option<Expr>,
    /// Its number among the population functions of all linked packages.
    #[serde(skip)]
    pub site: Slot,
}

/// A stretch of time relative to the as-of date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// `近 n`: (as-of − n, as-of]; the expression is in days or months
    Last(Box<Expr>),
    /// `未来 n`: (as-of, as-of + n]
    Next(Box<Expr>),
    /// `前 15 至 3 个月`: (as-of − far, as-of − near]
    Ago {
        /// The farther end.
        far: u32,
        /// The nearer end.
        near: u32,
        /// What they are counted in.
        unit: TimeUnit,
    },
    /// A calendar unit, whole or up to the as-of date.
    Calendar(CalendarWindow),
    /// 去年同期: the window twelve months earlier.
    YearBefore(Box<Window>),
}

/// A window named by the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CalendarWindow {
    /// 本月
    ThisMonth,
    /// 上月
    LastMonth,
    /// 本季度
    ThisQuarter,
    /// 上季度
    LastQuarter,
    /// 本年度
    ThisYear,
    /// 上年度
    LastYear,
    /// 去年同月
    SameMonthLastYear,
    /// 去年同季
    SameQuarterLastYear,
}

/// A cell of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// `-`: anything, also 缺失
    Any,
    /// One of these tests holds.
    OneOf(Vec<Test>),
}

/// A test of a cell. Its expressions are literals or parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// 缺失
    Missing,
    /// Between two bounds, one of which may be absent.
    Range {
        /// The lower bound.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        low: Option<CellBound>,
        /// The upper bound.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        high: Option<CellBound>,
    },
    /// This value.
    Equals(Expr),
    /// Any other value, but not 缺失.
    Differs(Expr),
    /// A text or a code that starts so.
    Starts(Expr),
    /// A date in the window.
    Window(Window),
}

/// A bound of a range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CellBound {
    /// The value.
    pub value: Expr,
    /// Does the range include it?
    pub inclusive: bool,
}
