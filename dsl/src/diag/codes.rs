//! Every diagnostic code with its words, in one table.
//!
//! A code is never reused and never changes its meaning. The first two digits say where a problem
//! belongs: `E01` text, `E02` names, `E03` types and missing values, `E04` tables and coverage,
//! `E05` dependencies, `E06` packages, versions and amendments.

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The rule set cannot be used.
    Error,
    /// The rule set can be used, but the author should look.
    Warning,
}

/// What a code means.
#[derive(Debug, Clone, Copy)]
pub struct CodeRecord {
    /// The code itself.
    pub code: Code,
    /// As written: `E0201`.
    pub name: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence with placeholders, in Chinese and English.
    pub message: [&'static str; 2],
    /// What to do about it, in Chinese and English.
    pub help: Option<[&'static str; 2]>,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident $severity:ident $zh:literal $en:literal $(help $hzh:literal $hen:literal)?;)*) => {
        /// A stable diagnostic code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[$doc])* $code,)* }

        /// Every code, in order.
        pub static CODES: &[CodeRecord] = &[$(CodeRecord {
            code: Code::$code,
            name: stringify!($code),
            severity: Severity::$severity,
            message: [$zh, $en],
            help: codes!(@help $($hzh $hen)?),
        },)*];
    };
    (@help) => { None };
    (@help $zh:literal $en:literal) => { Some([$zh, $en]) };
}

impl Code {
    /// What the code means.
    pub fn record(self) -> &'static CodeRecord {
        &CODES[self as usize]
    }
}

codes! {
    // E01: text. What cannot be read.

    /// The text cannot be read here.
    E0101 Error "这里读不懂：应当是{expected}" "this cannot be read: {expected} should stand here";

    // E02: names.

    /// Nothing has this name.
    E0201 Error "没有叫“{name}”的{what}" "there is no {what} called “{name}”";

    // E03: types and missing values.

    /// A value of another type is needed.
    E0301 Error "这里应当是{expected}，写的却是{found}" "{expected} is needed here, but this is {found}";

    // E04: tables, coverage, promises about numbers.

    /// Some values belong to no row.
    E0401 Error "表有空档：{value}不属于任何一行" "the table has a gap: no row holds for {value}"
        help "补一行；“其余”不包括缺失，缺失要有自己的一行" "add a row; “otherwise” does not take what is missing, which needs a row of its own";
    /// Two rows hold for the same values.
    E0402 Error "两行重叠：{value}同时属于“{first}”和“{second}”" "two rows overlap: both “{first}” and “{second}” hold for {value}";
    /// A row that no value can reach.
    E0403 Error "这一行永远用不到：没有哪个值符合“{row}”" "this row is never used: no value satisfies “{row}”";
    /// A row that no value reaches as the rules and code tables stand now.
    E0404 Warning "按现有规则没有哪一户能到这一行“{row}”：{column}只能是{reach}" "as the rules stand no household reaches this row “{row}”: {column} can only be {reach}";
    /// 其余 takes nothing.
    E0405 Warning "“其余”没有剩下的情形：其他各行已经列全" "nothing is left for “otherwise”: the other rows already cover everything";
    /// A list of conditions without 其余.
    E0406 Error "按条件逐行取值的表要以“其余”收尾，否则一条都不满足时没有结果" "a table that takes a value by conditions has to end with “otherwise”: without it there is no result where none holds";
    /// 其余 stands before other rows, or twice.
    E0407 Error "“其余”只能有一行，并且是最后一行" "there can only be one “otherwise”, and it has to be the last row";
    /// A row of conditions that an earlier one always beats.
    E0408 Error "这一行永远用不到：凡是符合它的，前面的“{first}”已经先用" "this row is never used: whatever satisfies it is taken by “{first}” before it";
    /// The same condition twice.
    E0409 Warning "同一条件写了两次：“{row}”" "the same condition is written twice: “{row}”";
    /// A table that could not be looked at completely.
    E0410 Warning "这张表没有核对完：{why}" "this table was not checked completely: {why}";
    /// 满分 can be exceeded.
    E0411 Error "“{name}”满分 {max}，却可能得到{reach}" "the maximum of “{name}” is {max}, but {reach} can be reached"
        help "满分是承诺；要截断就改用“上限”" "“max” is a promise; to cut off use “cap”";
    /// 满分 cannot be shown to hold.
    E0412 Error "“{name}”满分 {max}，但得分没有上界，无法保证" "the maximum of “{name}” is {max}, but its points have no upper bound"
        help "满分是承诺；要截断就改用“上限”" "“max” is a promise; to cut off use “cap”";
    /// 满分 is never reached.
    E0413 Warning "“{name}”满分 {max}，实际最多只能得{reach}" "the maximum of “{name}” is {max}, but at most {reach} can be reached";
    /// Weights that do not add up.
    E0414 Error "权重之和应当是 100%，现在是{sum}{where}" "the weights should add up to 100%, but they add up to {sum}{where}";
    /// Some dimensions have a weight and others have none.
    E0415 Error "“{name}”没有权重：同一级的维度要么都写权重，要么都不写" "“{name}” has no weight: either all dimensions of one level have one or none has";
    /// A weight that is not a share.
    E0416 Error "权重应当在 0% 至 100% 之间，这里可能是{value}" "a weight has to lie between 0% and 100%, but this one can be {value}";
    /// A floor above a cap.
    E0417 Error "下限{floor}高于上限{cap}" "the floor of {floor} lies above the cap of {cap}";
    /// A share of 折减 or of a quota outside 0% to 100%.
    E0418 Error "这里应当在 0% 至 100% 之间，却可能是{value}" "this has to lie between 0% and 100%, but it can be {value}";
    /// A ratio in a result that is hardly meant.
    E0419 Warning "比例{value}超出 0% 至 100%，请核对" "a ratio of {value} lies outside 0% to 100%: is it meant?";
    /// A default that its field cannot hold.
    E0430 Error "“{name}”的缺省值{value}不合这个字段：{why}" "the default {value} of “{name}” does not fit the field: {why}";
    /// A table whose rows do not have the form that its head asks for.
    E0431 Error "这一行有 {found} 格，应当有 {expected} 格" "this row has {found} cells where {expected} are needed";
    /// A matrix that does not have a cell for every pair.
    E0432 Error "矩阵应当有 {rows} 行 {columns} 列（最后是“缺失”），现在不是" "the matrix needs {rows} rows and {columns} columns, “missing” last, and does not have them";
    /// A result that the grade does not have.
    E0433 Error "等级没有第 {member} 级" "the grade has no member number {member}";
    /// A direct determination that another one always beats.
    E0434 Warning "“{name}”不起作用：凡是符合它的，“{other}”都定为同样或更高的等级" "“{name}” has no effect: wherever it holds “{other}” sets the same or a riskier grade";
    /// A member of a grade that no rule gives.
    E0435 Warning "没有哪条规则会得出“{member}”" "no rule leads to “{member}”";
    /// Bands that are not in order.
    E0436 Warning "这一行不按大小次序：“{row}”" "this row is out of order: “{row}”";

    // E05: dependencies.

    /// Names that need each other.
    E0501 Error "这些名称互相依赖，绕了一圈：{way}" "these names depend on each other in a circle: {way}";

    // E06: packages, versions, amendments.

    /// A package that is used was not found.
    E0601 Error "找不到规则集“{name}”" "the rule set “{name}” was not found";
}
