//! Every function of the language, one record each: completion, help, checks and tests follow from it.
//!
//! Few functions over many sources: a function of a source takes a table, a filtered table, a named
//! set, a group, calendar units, earlier results, or the households of the register.

use serde::{Deserialize, Serialize};

/// What a function is applied to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// A source, and optionally an expression for each element.
    Source,
    /// Values.
    Values,
    /// 历年 历季 历月: makes a source.
    Calendar,
    /// 百分位 排名: only over the register.
    Population,
}

/// A function of the language.
#[derive(Debug)]
pub struct Builtin {
    /// Its identity.
    pub id: BuiltinId,
    /// Chinese and English spelling.
    pub names: [&'static str; 2],
    /// What it is applied to.
    pub family: Family,
    /// Its parameters, as the reference shows them.
    pub params: &'static [&'static str],
    /// The last parameter may be repeated.
    pub repeats: bool,
    /// What it gives, in Chinese and English.
    pub summary: [&'static str; 2],
    /// What it gives for an empty source; empty where it cannot be empty.
    pub of_nothing: [&'static str; 2],
}

macro_rules! builtins {
    ($($id:ident $zh:literal $en:literal $family:ident [$($param:literal)*] $($repeats:ident)?
        => $szh:literal $sen:literal, $nzh:literal $nen:literal;)*) => {
        /// The identity of a function; stored models name it by its English spelling.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(rename_all = "snake_case")]
        #[expect(missing_docs, reason = "each is documented by its record in `BUILTINS`")]
        pub enum BuiltinId { $($id,)* }

        /// All functions, in the order of the reference.
        pub static BUILTINS: &[Builtin] = &[$(Builtin {
            id: BuiltinId::$id,
            names: [$zh, $en],
            family: Family::$family,
            params: &[$($param),*],
            repeats: builtins!(@repeats $($repeats)?),
            summary: [$szh, $sen],
            of_nothing: [$nzh, $nen],
        },)*];
    };
    (@repeats) => { false };
    (@repeats repeats) => { true };
}

builtins! {
    Count "计数" "count" Source ["R"] => "有几条" "how many", "0" "0";
    CountDistinct "去重计数" "count_distinct" Source ["R" "e"] => "有几种不同的值" "how many different values", "0" "0";
    Sum "合计" "sum" Source ["R" "e"] => "各条之和" "the sum over all", "0" "0";
    Average "平均" "average" Source ["R" "e"] => "各条的平均数，多四位小数" "the mean, with four more places", "缺失" "missing";
    Largest "最大" "largest" Source ["R" "e"] => "最大的值" "the greatest value", "缺失" "missing";
    Smallest "最小" "smallest" Source ["R" "e"] => "最小的值" "the least value", "缺失" "missing";
    Latest "最近" "latest" Source ["R" "e"] => "按记录次序最后一条的值" "the value of the last one in the declared order", "缺失" "missing";
    Earliest "最早" "earliest" Source ["R" "e"] => "按记录次序第一条的值" "the value of the first one in the declared order", "缺失" "missing";
    Any "存在" "any" Source ["R"] => "至少有一条" "is there at least one", "否" "no";
    None "无" "none" Source ["R"] => "一条也没有" "is there none", "是" "yes";
    All "全部" "all" Source ["R" "c"] => "每一条都满足" "does every one satisfy it", "是" "yes";
    Streak "连续" "streak" Source ["R" "c"] => "从最近一条往前连续满足的条数" "how many of the newest in a row satisfy it", "0" "0";
    LongestStreak "最长连续" "longest_streak" Source ["R" "c"] => "最长的一段连续满足的条数" "the longest run that satisfies it", "0" "0";
    LongestGap "最长间隔" "longest_gap" Source ["R"] => "相邻两条之间最长的天数" "the longest number of days between neighbours", "缺失" "missing";
    Percentile "百分位" "percentile" Population ["P" "e"] => "严格低于本户的占比" "the share strictly below the own value", "" "";
    Rank "排名" "rank" Population ["P" "e"] => "严格高于本户的户数加一" "one more than the number strictly above", "" "";
    CalendarYears "历年" "calendar_years" Calendar ["n"] => "基准日所在年之前的 n 个整年" "the n whole years before the one of the as-of date", "" "";
    CalendarQuarters "历季" "calendar_quarters" Calendar ["n"] => "基准日所在季之前的 n 个整季" "the n whole quarters before the one of the as-of date", "" "";
    CalendarMonths "历月" "calendar_months" Calendar ["n"] => "基准日所在月之前的 n 个整月" "the n whole months before the one of the as-of date", "" "";
    Highest "取高" "highest" Values ["a" "b"] repeats => "最大的一个" "the greatest of them", "" "";
    Lowest "取低" "lowest" Values ["a" "b"] repeats => "最小的一个" "the least of them", "" "";
    Later "取晚" "later" Values ["a" "b"] repeats => "最晚的日期" "the latest date", "" "";
    Earlier "取早" "earlier" Values ["a" "b"] repeats => "最早的日期" "the earliest date", "" "";
    Clamp "限于" "clamp" Values ["x" "lo" "hi"] => "不低于 lo、不高于 hi" "x, at least lo and at most hi", "" "";
    Abs "绝对值" "abs" Values ["x"] => "去掉负号" "without its sign", "" "";
    Quotient "整商" "quotient" Values ["a" "b"] => "a 除以 b 的整数商，向下取整；b 为零则缺失" "the whole quotient rounded down; missing for b = 0", "" "";
    Remainder "余数" "remainder" Values ["a" "b"] => "a 除以 b 的余数；b 为零则缺失" "what the whole quotient leaves; missing for b = 0", "" "";
    RoundUp "进一" "round_up" Values ["x" "n"] => "保留 n 位，有余数就进一" "to n places, away from zero", "" "";
    RoundDown "舍去" "round_down" Values ["x" "n"] => "保留 n 位，余数舍去" "to n places, towards zero", "" "";
    Days "天数" "days" Values ["from" "to"] => "从前一个日期到后一个日期的天数" "the days from one date to the other", "" "";
    FullMonths "整月数" "full_months" Values ["from" "to"] => "满几个月，从较晚的日期往回数" "full months, counted back from the later date", "" "";
    FullYears "整年数" "full_years" Values ["from" "to"] => "满几年，从较晚的日期往回数" "full years, counted back from the later date", "" "";
    MakeDate "日期" "date" Values ["y" "m" "d"] => "由年月日组成的日期，日超过月末取月末" "the date, with the day clamped to the end of the month", "" "";
    YearOf "年" "year_of" Values ["date"] => "年份" "the year", "" "";
    MonthOf "月" "month_of" Values ["date"] => "月份" "the month", "" "";
    DayOf "日" "day_of" Values ["date"] => "几日" "the day of the month", "" "";
    QuarterOf "季" "quarter_of" Values ["date"] => "第几季" "the quarter", "" "";
    MonthStart "月初" "month_start" Values ["date"] => "当月第一天" "the first day of the month", "" "";
    MonthEnd "月末" "month_end" Values ["date"] => "当月最后一天" "the last day of the month", "" "";
    Length "长度" "length" Values ["text"] => "字符数" "the number of characters", "0" "0";
    CodeValid "代码有效" "code_valid" Values ["text"] => "统一社会信用代码或组织机构代码的校验位是否正确" "does the check character of a GB 32100 or GB 11714 code hold", "否" "no";
    MissingCount "缺失数" "missing_count" Values ["a"] repeats => "有几个缺失" "how many of them are missing", "" "";
}

impl BuiltinId {
    /// The record of the function.
    pub fn record(self) -> &'static Builtin {
        &BUILTINS[self as usize]
    }
}

/// The function of that name in either language.
pub fn find(name: &str) -> Option<&'static Builtin> {
    BUILTINS.iter().find(|it| it.names.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::BUILTINS;

    #[test]
    fn a_record_stands_where_its_identity_says() {
        for it in BUILTINS {
            assert_eq!(it.id.record().names, it.names);
        }
    }

    #[test]
    fn no_two_functions_share_a_spelling() {
        let mut names: Vec<_> = BUILTINS.iter().flat_map(|it| it.names).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
