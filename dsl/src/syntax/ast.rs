//! What was written: one tree per file, with a span on every node and nothing resolved.
//!
//! All declarations share one shape — word, name, header parts, lines — because an amendment replaces
//! lines of any of them and a formatter sorts them. Which part may stand in which declaration is
//! checked later, with words for the author, and not encoded here. A hole in a broken text is
//! [`ExprKind::Missing`], which every later stage passes over in silence.
//!
//! Texts are folded: full-width letters, digits and punctuation outside strings and prose are their
//! half-width twins, and a name in 「」 has lost its brackets. No node derives serde: a serializable
//! tree would be a promise.

use crate::span::Span;
use crate::value::{Date, Decimal, Frequency, Period, TimeUnit};

/// A file: its declarations in the order written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct File {
    /// The declarations, also those whose body could not be read.
    pub decls: Vec<Decl>,
    /// The comments, by offset.
    pub comments: Vec<Comment>,
}

/// A comment with its `#`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// From the `#` to the end of the line.
    pub span: Span,
    /// Does it stand behind something on its line?
    pub trailing: bool,
}

/// A name as written, folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The name; without 「」.
    pub text: String,
    /// Where it stands, with 「」.
    pub span: Span,
}

/// Names joined by points: `通用.信用风险`, `行业.行业风险`, `本户.面积`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// At least one name.
    pub names: Vec<Name>,
    /// The whole path.
    pub span: Span,
}

/// A string literal or a line of prose, without quotes and outer blanks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The text as written, not folded.
    pub text: String,
    /// Where it stands, with its quotes if it has any.
    pub span: Span,
}

/// The word that a declaration begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeclKind {
    /// 规则集
    Ruleset,
    /// 引用
    Use,
    /// 基于
    Extends,
    /// 主体
    Subject,
    /// 记录
    Records,
    /// 枚举
    Enum,
    /// 等级
    Grade,
    /// 代码表
    Codes,
    /// 参数
    Param,
    /// 值
    Value,
    /// 维度
    Dimension,
    /// 指标
    Indicator,
    /// 分类
    Classify,
    /// 直接判定
    Decide,
    /// 标注
    Tag,
    /// 预警
    Alert,
    /// 措施
    Measure,
    /// 名单
    List,
    /// 校验
    Check,
    /// 融合
    Fuse,
    /// 叠加
    Overlay,
    /// 合成
    Merge,
    /// 修订; the kind of what it amends stands in [`Decl::target`].
    Amend,
    /// 停用; the kind of what it disables stands in [`Decl::target`].
    Disable,
    /// 行动
    Action,
    /// 条款
    Clause,
    /// 用例; its name is the title.
    Case,
    /// 保证; it has no name.
    Guarantee,
}

/// A declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decl {
    /// What kind of declaration.
    pub kind: DeclKind,
    /// What an amendment is about: `修订 指标 …` has `Indicator`.
    pub target: Option<DeclKind>,
    /// The name; of 用例 the title in quotes, of 保证 empty.
    pub name: Name,
    /// The title in quotes.
    pub title: Option<Text>,
    /// The other parts of the header, in the order written.
    pub attrs: Vec<Attr>,
    /// The indented lines, in the order written; a definition on the header line is the first.
    pub lines: Vec<Line>,
    /// From the word to the end of the last line.
    pub span: Span,
    /// The body could not be read: the name is declared, everything else is unknown.
    pub broken: bool,
}

/// A part of a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attr {
    /// What it says.
    pub kind: AttrKind,
    /// The part with its word.
    pub span: Span,
}

/// What a part of a header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttrKind {
    /// `别名 penalty`
    Alias(Name),
    /// `版本 2024.12`, and `@2024.12` behind 引用 and 基于
    Version(Text),
    /// `属于 监管信息`
    In(Path),
    /// `对 行政处罚`; `对 全表 行政处罚` has `whole`
    For {
        /// 全表: about the table and not about each record.
        whole: bool,
        /// The table, or the subject.
        table: Name,
    },
    /// `类别 特殊标注`
    Class(Name),
    /// `为 风险等级`
    As(Path),
    /// `满分 120`, `上限 40`, `下限 0`, `起评 1000`, `权重 20%`
    Bound(BoundWord, Expr),
    /// `级别 高`
    Level(Name),
    /// `派发 业务主管`
    Dispatch(Name),
    /// The order of a record table: `按 检查日期, 结果`
    Order(Vec<Name>),
    /// `文件 "codes/gbt4754.csv"`
    File(Text),
    /// `前缀`
    Prefixed,
    /// `增补`
    More,
    /// `自 成立日期` of a 主体: households founded later are outside the population.
    Since(Name),
    /// `整户更新` of a 记录: a delivery replaces all rows of the household in this table.
    Replacing,
    /// `信用风险 定为 D`
    Effect(Effect),
    /// `优先`
    First,
    /// `叠加计算` of a 直接判定: shifts declared to add up do so.
    AddUp,
    /// `因 …`
    Because(Text),
    /// `基准日 2024-12-01`
    AsOf(Date),
    /// `沿用 "…"`
    Like(Text),
}

/// The word before a number that bounds or weighs something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BoundWord {
    /// 满分: a promise, proved.
    Max,
    /// 上限: cut off above.
    Cap,
    /// 下限: cut off below.
    Floor,
    /// 起评: what a dimension starts from.
    Base,
    /// 权重: share of a dimension in 总分.
    Weight,
}

/// What a direct determination does to a grade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// The classification it acts on.
    pub target: Path,
    /// What it does.
    pub kind: EffectKind,
    /// The whole effect.
    pub span: Span,
}

/// How a grade is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EffectKind {
    /// `定为 D`
    Set(Path),
    /// `上调 2 级 不超过 D`: towards high risk.
    Raise {
        /// Number of grades.
        by: Expr,
        /// 不超过
        limit: Option<Path>,
    },
    /// `下调 1 级 不低于 B`: towards low risk.
    Lower {
        /// Number of grades.
        by: Expr,
        /// 不低于
        limit: Option<Path>,
    },
}

/// A line of a declaration, or several that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it says.
    pub kind: LineKind,
    /// The line, or all lines of a table.
    pub span: Span,
}

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineKind {
    /// A word and prose: 依据 说明 缘由 来源 产生 提供 负责 渠道 人工 不属此类
    Text(TextWord, Text),
    /// `生效 自 2024-12-01 至 2026-03-31`
    Effective(Period),
    /// `适用 当 …`
    Applies(When),
    /// `取 次数 = …`
    Let(Name, Def),
    /// `评分 …`, or `扣分 …` with `deduct`
    Score {
        /// 扣分
        deduct: bool,
        /// How the points are found.
        def: Def,
    },
    /// `折减 按 决定日期` and rows
    Fade(Def),
    /// `上限 399 当 …`, `下限 …`
    Bound {
        /// 上限 or 下限
        word: BoundWord,
        /// The bound.
        value: Expr,
        /// When it holds.
        when: Expr,
    },
    /// `容许 减轻 因 …` of an overlay
    Accept {
        /// What is meant although it would be warned of.
        what: Accepted,
        /// Why.
        because: Text,
    },
    /// `当 …`
    When(When),
    /// `要求 …`
    Require(Expr),
    /// `入选 当 …`
    Admit(When),
    /// `移出 当 …`
    Remove(When),
    /// `名额 前 5% 按 总分 从低到高, …`
    Quota {
        /// `5%` or `500 户`
        top: Expr,
        /// The declared keys, the first decides first.
        keys: Vec<OrderKey>,
    },
    /// `自 2025-07-01：2万元`
    Dated {
        /// The first day of the new value.
        from: Date,
        /// The new value.
        value: Expr,
    },
    /// A formula or a table that stands for the declaration itself.
    Def(Def),
    /// An effect inside an amendment: `信用风险 上调 1 级 不超过 D`
    Effect(Effect),
    /// A row or a cell inside an amendment: `第 2 行 = 50`, `第 2 行 1 至 3 次：50`, `D, A = D`
    Row(RowEdit),
    /// `文件 "…"` inside an amendment of a code table
    File(Text),
    /// A field of 主体, 记录 or 代码表
    Field(Field),
    /// Members of 枚举 or 等级, in order
    Members(Vec<Member>),
    /// `给定 面积：180` or `给定 行政处罚` and a line per record
    Given(Given),
    /// `另有 10 户 经营场所：…`, `另有 19 户 沿用 "…"`
    Another {
        /// How many more households.
        count: Expr,
        /// The case whose household they are like.
        like: Option<Text>,
        /// Their fields.
        fields: Vec<Assign>,
    },
    /// `期望 …`
    Expect(Vec<Assign>),
    /// What a 保证 promises
    Promise(Promise),
    /// `最早 …` of an action
    Earliest(Expr),
    /// `改为 修复日期 = 基准日` of an action
    Becomes(Filled),
    /// `新增 年报：报告年度 = 年, 从业人数 = 2` of an action
    Adds {
        /// The table that gets a record.
        table: Name,
        /// The fields of the record.
        fields: Vec<Filled>,
    },
    /// `落实 「一(一)」、「一(二)」` of a package: the clauses of the policy document it has to account for
    Carries(Vec<Name>),
    /// `编入 指标 甲、标注 乙` of a clause of the policy document
    Encoded(Vec<(Option<DeclKind>, Path)>),
}

/// What an amendment makes of one row of a table, or of one cell of a matrix or a code table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowEdit {
    /// Which row.
    pub at: RowAt,
    /// When it holds from now on; absent where that stays.
    pub key: Option<RowKey>,
    /// Its new results; none where they stay.
    pub results: Vec<RowResult>,
    /// The whole edit.
    pub span: Span,
}

/// Which row an amendment changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowAt {
    /// `第 2 行`: counted from 1.
    Number(u32, Span),
    /// The row with this key, as written in front of `=`; of a matrix and of a code table, the key of
    /// the row and that of the column.
    Key(RowKey),
}

/// A field and what it will be: `修复日期 = 基准日`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// The field.
    pub field: Name,
    /// Its new value.
    pub value: Expr,
    /// The whole.
    pub span: Span,
}

/// The word before prose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TextWord {
    /// 依据
    Basis,
    /// 说明
    Note,
    /// 缘由
    Reason,
    /// 来源
    Source,
    /// 产生
    MadeBy,
    /// 提供
    GivenBy,
    /// 负责
    OwnedBy,
    /// 渠道
    Channel,
    /// 人工: left to people because …
    Manual,
    /// 不属此类: not a rule of this kind because …
    OutOfScope,
    /// 原文: what stood in the base where an amendment replaces it
    Replaces,
}

/// What an overlay may do although it is warned of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// 减轻: the riskiest grade of one side gives a lower one.
    Lowering,
    /// 倒挂: a riskier grade of one side gives a better one.
    Reversal,
}

/// One key of a quota's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderKey {
    /// What is compared.
    pub expr: Expr,
    /// 从高到低, 从晚到早
    pub descending: bool,
    /// 从早到晚, 从晚到早: said of a date.
    pub in_time: bool,
}

/// A condition, or a list of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// `当 …`
    One(Expr),
    /// `当 任一` and a line each
    Any(Vec<Expr>),
    /// `当 全部` and a line each
    All(Vec<Expr>),
}

/// A field of the household, of a record or of a code table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: Name,
    /// Its type, or how it follows from other fields.
    pub kind: FieldKind,
    /// The marks behind the type, in the order written.
    pub marks: Vec<Mark>,
    /// The whole line.
    pub span: Span,
}

/// Given by the data, or derived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldKind {
    /// `面积：整数 平方米`
    Typed(TypeName),
    /// `有效 = 未注销 且 …`
    Derived(Expr),
}

/// The name of a type: `整数 平方米`, `小数 3 位 千克`, `金额 分`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeName {
    /// `整数`, `检查结果`, …
    pub name: Name,
    /// `3 位`
    pub places: Option<u8>,
    /// `平方米`
    pub unit: Option<Name>,
    /// All of it.
    pub span: Span,
}

/// A mark of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// What it says.
    pub kind: MarkKind,
    /// The mark with its word.
    pub span: Span,
}

/// What a mark of a field says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MarkKind {
    /// 主键
    Key,
    /// 可缺
    Optional,
    /// 可负
    Signed,
    /// 敏感
    Sensitive,
    /// `后续 修复`
    Later(Name),
    /// `随 修复`
    With(Name),
    /// `缺省 0 元`
    Default(Expr),
    /// `来源列 "xzcf_cs"`
    Column(Text),
    /// `别名 area`
    Alias(Name),
}

/// A member of an enumeration or a grade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: Name,
    /// Its label: `A "低"`
    pub label: Option<Text>,
    /// Its colour: `A "低" 绿`
    pub colour: Option<Name>,
}

/// Data of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// Fields of the household.
    Fields(Vec<Assign>),
    /// Records of a table, each a list of fields.
    Records(Name, Vec<Vec<Assign>>),
}

/// `面积：180 平方米`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assign {
    /// The field, or the outcome; `缺失` and `预警` as one-name paths.
    pub path: Path,
    /// Its value; a list is [`ExprKind::List`].
    pub value: Expr,
}

/// What a 保证 promises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Promise {
    /// `新增 行政处罚 不改善 信用风险`, `移出 经营异常 不恶化 信用风险`
    Records {
        /// 新增, or 移出
        adding: bool,
        /// The table.
        table: Name,
        /// 不恶化 instead of 不改善
        worsens: bool,
        /// The grade that must not move that way.
        target: Path,
    },
    /// `各级可达 信用风险`
    Reachable(Path),
    /// `当 状态 = 吊销 则 信用风险 = D`
    Implies(Expr, Expr),
    /// `与 通用 相比 信用风险 变化不超过 1 级`
    Against {
        /// The set to compare with.
        set: Path,
        /// The grade.
        target: Path,
        /// Greatest number of grades.
        by: Expr,
    },
    /// `通用.信用风险 变差 不改善 监管等级`
    Worsening {
        /// The grade that gets worse.
        cause: Path,
        /// 不恶化 instead of 不改善
        worsens: bool,
        /// The grade that must not move that way.
        target: Path,
    },
    /// `严重违法 与 荣誉且无瑕疵 不同时`
    Apart {
        /// A 直接判定.
        first: Name,
        /// Another one.
        second: Name,
    },
}

/// What a declaration or a local name is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Def {
    /// `= …`
    Formula(Expr),
    /// A table in one of its modes.
    Table(Table),
    /// `行 甲 列 乙`, a header row and rows
    Matrix(Matrix),
}

/// A table, with or without columns, for the household or for each record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// 累计 取高 取低 依次 in front
    pub mode: Option<(Mode, Span)>,
    /// `逐条 行政处罚 称 甲 其中 …`
    pub each: Option<Expr>,
    /// A mode behind 逐条: `逐条 信用承诺 其中 … 依次`
    pub inner_mode: Option<(Mode, Span)>,
    /// `按 种类, 罚没金额`
    pub columns: Vec<Expr>,
    /// `得 比例, 频次, 方式`
    pub results: Vec<Name>,
    /// The rows.
    pub rows: Vec<Row>,
    /// From the first word to the last row.
    pub span: Span,
}

/// How the rows of a table without columns, or the records of 逐条, come together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// 累计: all that hold
    Sum,
    /// 取高: the highest of those that hold
    Highest,
    /// 取低: the lowest of those that hold
    Lowest,
    /// 依次: the first that holds
    First,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// When it holds.
    pub key: RowKey,
    /// Its results; a table without 得 has one.
    pub results: Vec<RowResult>,
    /// The whole row.
    pub span: Span,
}

/// When a row holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowKey {
    /// 其余
    Otherwise,
    /// Cells, one a column.
    Cells(Vec<Cell>),
    /// A condition, in a table without columns.
    Condition(Expr),
    /// No key at all: `评分 逐条 … ：10`
    Always,
}

/// A result of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowResult {
    /// An expression.
    Expr(Expr),
    /// `每 3 年 1 次`
    Frequency(Frequency, Span),
    /// `-`: no result
    None(Span),
}

/// A matrix: two grades give one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    /// `行 通用.信用风险`
    pub rows: Path,
    /// `列 食品风险`
    pub columns: Path,
    /// The header row.
    pub header: Vec<Cell>,
    /// The key and the results of each row.
    pub body: Vec<(Cell, Vec<RowResult>)>,
    /// 取高 or 取低 instead of rows: the riskier, or the less risky.
    pub mode: Option<(Mode, Span)>,
    /// From 行 to the last row.
    pub span: Span,
}

/// A cell: one or more alternatives, joined by 或.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The alternatives.
    pub kind: CellKind,
    /// The whole cell.
    pub span: Span,
}

/// What a cell holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CellKind {
    /// `-`
    Any,
    /// At least one alternative.
    OneOf(Vec<Alternative>),
}

/// One alternative of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alternative {
    /// `缺失`
    Missing(Span),
    /// `4 次以上不满 8 次`, `[30, 45)`, `≥ 4`
    Range {
        /// The lower bound.
        low: Option<Bound>,
        /// The upper bound.
        high: Option<Bound>,
        /// Which of several ways of saying the same was chosen.
        form: RangeForm,
        /// All of it.
        span: Span,
    },
    /// `罚款`, `3`, `"国家"`, `是`
    Value(Expr),
    /// `≠ 3`
    Not(Expr),
    /// `"3417" 开头`
    Starts(Expr),
    /// `近 12 个月`
    Window(Window),
}

/// How a range is written. The forms mean the same, and a document means the one that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RangeForm {
    /// `4 以上` `不满 4` `超过 4` `4 以下` `2 至 3` `30 以上不满 45` `超过 30 至 45`
    Words,
    /// `30 以内` instead of 以下, `30 以外` instead of 超过
    Within,
    /// `3 以上 5 以下`, `超过 3 5 以下` instead of 至
    AtMost,
    /// `6 至 8 以下`
    ToAtMost,
    /// `[30, 45)`
    Interval,
    /// `≥ 4`
    Sign,
}

/// One end of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// The value.
    pub value: Expr,
    /// Does the range include it?
    pub inclusive: bool,
}

/// A stretch of time relative to the as-of date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Which stretch.
    pub kind: WindowKind,
    /// All of it.
    pub span: Span,
}

/// Which stretch of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WindowKind {
    /// `近 24 个月`, `近 观察期`: (as-of − n, as-of]
    Last(Box<Expr>),
    /// `前 15 至 3 个月`: (as-of − 15 months, as-of − 3 months]
    Ago {
        /// The farther end.
        far: u32,
        /// The nearer end.
        near: u32,
        /// What they are counted in.
        unit: TimeUnit,
        /// The unit as written: 年.
        unit_text: String,
    },
    /// `未来 3 个月`: (as-of, as-of + n]
    Next(Box<Expr>),
    /// `本月`, `去年同期`, …
    Calendar(CalendarWindow),
}

/// A window named by the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

/// An expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expr {
    /// What it says.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// What an expression says. `+`, 且 and 或 are flat lists, so that a long chain is not deep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExprKind {
    /// A hole in a broken text, already reported.
    Missing,
    /// `20`, `1.5万元`, `24 个月`, `5%`
    Number(Quantity),
    /// `2024-12-01`, `2024年12月1日`
    Date(Date),
    /// `"无照经营"`
    Text(String),
    /// 是, 否
    Bool(bool),
    /// `每年 2 次`
    Frequency(Frequency),
    /// `？`: an outcome that is not known yet
    Open,
    /// `近 24 个月`
    Window(Window),
    /// `去年同期` of a window: `去年同期（近 3 个月）`
    YearBefore(Box<Expr>),
    /// A name or a path; also 基准日, 总分, 全体, 历次结果, 组, 条数
    Path(Path),
    /// `计数(…)`
    Call(Name, Vec<Expr>),
    /// `同 行业 同 区划`
    Same(Vec<Path>),
    /// `-x`
    Negate(Box<Expr>),
    /// `非 x`
    Not(Box<Expr>),
    /// `a + b - c`: the first term and the signed others
    Sum(Box<Expr>, Vec<(SumOp, Expr)>),
    /// `a × b ÷ c`
    Product(Box<Expr>, Vec<(ProductOp, Expr)>),
    /// `a ≥ b`
    Compare(CompareOp, Box<Expr>, Box<Expr>),
    /// `x 属于（A、B）`, `x 不属于 …`
    In {
        /// 不属于
        negated: bool,
        /// What is looked for.
        item: Box<Expr>,
        /// A [`ExprKind::List`], or a path to a code table.
        set: Box<Expr>,
    },
    /// `x 在 近 6 个月`
    Within(Box<Expr>, Box<Expr>),
    /// `x 有值`, `x 缺失` (`negated`)
    Present {
        /// 缺失
        negated: bool,
        /// What is asked about.
        item: Box<Expr>,
    },
    /// `x 含 "…"`
    Contains(Box<Expr>, Box<Expr>),
    /// `x 开头 "…"`
    Starts(Box<Expr>, Box<Expr>),
    /// `x 缺则 0`
    IfMissing(Box<Expr>, Box<Expr>),
    /// `如果 a 则 x 否则 y`
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `a 且 b 且 c`
    And(Vec<Expr>),
    /// `a 或 b 或 c`
    Or(Vec<Expr>),
    /// `… 保留 2 位`
    Keep(Box<Expr>, u8),
    /// `R 称 后案 其中 c`
    Where {
        /// The source.
        source: Box<Expr>,
        /// 称
        called: Option<Name>,
        /// 其中
        condition: Option<Box<Expr>>,
    },
    /// `R 按 事由`: groups; `大额罚没 按 决定日期`: the law of that date
    By {
        /// The source, or the dated name.
        item: Box<Expr>,
        /// The key, or the date.
        key: Path,
        /// 从旧兼从轻 and which of the two is milder.
        milder: Option<Mode>,
    },
    /// `（A、B）`
    List(Vec<Expr>),
    /// `（…）` around one expression, kept because 且 and 或 may not be mixed without it
    Paren(Box<Expr>),
}

/// A number with its unit as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quantity {
    /// The number, with 万, 亿, % and ‰ multiplied out: `1.5万元` has 15000.
    pub number: Decimal,
    /// The number as written: `1.5万元` has 1.5.
    pub written: Decimal,
    /// Its unit.
    pub unit: Option<UnitWord>,
    /// The unit as written, with 万 or 亿: `万元`.
    pub unit_text: String,
}

/// The unit behind a number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnitWord {
    /// 元
    Yuan,
    /// % ‰
    Ratio,
    /// 天 日; the number is in days (周 is seven days)
    Days,
    /// 个月 年 季度; the number is in months
    Months,
    /// 分
    Points,
    /// 级
    Grades,
    /// A word that counts or measures: 次 户 人 平方米 …
    Counted(String),
    /// A bare 万 or 亿 without anything behind it
    Plain,
}

/// + or −
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SumOp {
    /// +
    Add,
    /// −
    Subtract,
}

/// × or ÷
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProductOp {
    /// ×
    Multiply,
    /// ÷
    Divide,
}

/// A comparison sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
