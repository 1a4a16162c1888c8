//! The two spellings of the language: its words, and the names that mean something undeclared.
//!
//! Names that authors declared have one spelling and are never touched. Parts of calendar units (年,
//! 止日 of 历年) are left as they are too, because a field may have the same name and only the checker
//! knows which is meant.

use super::ast::{CalendarWindow, DeclKind};
use super::rules::Rule;
use super::{chunks, keywords};
use crate::{builtins, units};

/// Which of its two spellings a word has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Spelling {
    /// 指标
    Chinese,
    /// indicator
    English,
}

/// A name in both spellings.
type Pair = [&'static str; 2];

/// 去年同期, which is written like a function of a window.
pub(super) const YEAR_BEFORE: Pair = ["去年同期", "same_period_last_year"];

/// The windows that have a name.
const CALENDAR: [(Pair, CalendarWindow); 8] = [
    (["本月", "this_month"], CalendarWindow::ThisMonth),
    (["上月", "last_month"], CalendarWindow::LastMonth),
    (["本季度", "this_quarter"], CalendarWindow::ThisQuarter),
    (["上季度", "last_quarter"], CalendarWindow::LastQuarter),
    (["本年度", "this_year"], CalendarWindow::ThisYear),
    (["上年度", "last_year"], CalendarWindow::LastYear),
    (["去年同月", "same_month_last_year"], CalendarWindow::SameMonthLastYear),
    (["去年同季", "same_quarter_last_year"], CalendarWindow::SameQuarterLastYear),
];

/// Names that stand for a value or a source by themselves.
const ALONE: &[Pair] = &[AS_OF, TOTAL, ["全体", "everyone"], HISTORY, ["组", "group"], SIZE];

/// Names that a path may begin with.
const OWNERS: &[Pair] = &[["本户", "household"], ["本条", "this"]];

/// Names that may stand behind another: `通用.总分`, `本条.条数`.
const PARTS: &[Pair] = &[AS_OF, TOTAL, SIZE];

const AS_OF: Pair = ["基准日", "as_of"];
const TOTAL: Pair = ["总分", "total"];
const SIZE: Pair = ["条数", "size"];
const HISTORY: Pair = ["历次结果", "history"];

/// Types of the language.
const TYPES: &[Pair] = &[
    ["文本", "text"],
    ["日期", "date"],
    ["是否", "yesno"],
    ["整数", "whole"],
    ["小数", "decimal"],
    MONEY,
    ["比率", "ratio"],
];

const MONEY: Pair = ["金额", "money"];

/// How serious a 校验 is.
const LEVELS: &[Pair] = &[["错误", "error"], ["警告", "warning"], ["提示", "note"]];

/// What a 用例 may expect besides the worth of a declaration.
const OUTCOMES: &[Pair] =
    &[MISSING, ["标注", "tag"], ["预警", "alert"], ["名单", "list"], ["直接判定", "decide"], TOTAL];

/// What a 用例 may give or expect instead of a value.
const NOTHING: &[Pair] = &[MISSING, ["不适用", "not_applicable"]];

const MISSING: Pair = ["缺失", "missing"];

impl Spelling {
    /// That of most declarations of a file; Chinese where there is none.
    pub(super) fn of(text: &str) -> Self {
        let words = chunks::cut(text).into_iter().filter(|it| it.kind.is_some());
        let (english, chinese): (Vec<_>, Vec<_>) =
            words.partition(|it| it.text.starts_with(|first: char| first.is_ascii_alphabetic()));
        if english.len() > chinese.len() { Self::English } else { Self::Chinese }
    }

    /// One of a pair.
    pub(super) fn pick(self, pair: Pair) -> &'static str {
        let [chinese, english] = pair;
        match self {
            Self::Chinese => chinese,
            Self::English => english,
        }
    }

    /// The word of a rule.
    pub(super) fn word(self, rule: Rule) -> &'static str {
        keywords::spelling(rule).map_or("", |it| self.pick(it))
    }

    /// The word that begins a declaration of that kind.
    pub(super) fn declaration(self, kind: DeclKind) -> &'static str {
        self.pick(keywords::word_of(kind))
    }

    /// A function of that name.
    pub(super) fn function(self, name: &str) -> &str {
        builtins::find(name).map_or(name, |it| self.pick(it.names))
    }

    /// A name that stands for a value or a source by itself.
    pub(super) fn alone(self, name: &str) -> &str {
        self.among(ALONE, name)
    }

    /// A name that others stand behind.
    pub(super) fn owner(self, name: &str) -> &str {
        self.among(OWNERS, name)
    }

    /// A name behind another one.
    pub(super) fn part(self, name: &str) -> &str {
        self.among(PARTS, name)
    }

    /// A type.
    pub(super) fn ty(self, name: &str) -> &str {
        self.among(TYPES, name)
    }

    /// The level of a 校验.
    pub(super) fn level(self, name: &str) -> &str {
        self.among(LEVELS, name)
    }

    /// 历次结果
    pub(super) fn history(self) -> &'static str {
        self.pick(HISTORY)
    }

    /// A field of an earlier result.
    pub(super) fn of_result(self, name: &str) -> &str {
        self.among(&[AS_OF, TOTAL], name)
    }

    /// What a 用例 expects.
    pub(super) fn outcome(self, name: &str) -> &str {
        self.among(OUTCOMES, name)
    }

    /// What a 用例 gives or expects instead of a value.
    pub(super) fn nothing(self, name: &str) -> &str {
        self.among(NOTHING, name)
    }

    /// A window named by the calendar.
    pub(super) fn window(self, window: CalendarWindow) -> &'static str {
        CALENDAR.iter().find(|it| it.1 == window).map_or("", |it| self.pick(it.0))
    }

    /// A unit, behind 1 (`one`) or another number.
    pub(super) fn unit(self, word: &str, one: bool) -> &str {
        match self {
            Self::Chinese => units::chinese(word),
            Self::English => units::english(word, one),
        }
    }

    /// The unit of a field of numbers.
    pub(super) fn field_unit(self, word: &str) -> &str {
        self.unit(word, false)
    }

    /// The unit of a field of money, where 分 is no point.
    pub(super) fn money_unit(self, word: &str) -> &str {
        self.among(&[["元", "yuan"], ["分", "cents"]], word)
    }

    fn among<'n>(self, pairs: &[Pair], name: &'n str) -> &'n str {
        pairs.iter().find(|it| it.contains(&name)).map_or(name, |it| self.pick(*it))
    }
}

/// Is it the type of money, in either spelling?
pub(super) fn is_money(name: &str) -> bool {
    MONEY.contains(&name)
}

/// Is it the name of 历次结果, in either spelling?
pub(super) fn is_history(name: &str) -> bool {
    HISTORY.contains(&name)
}

/// The window of that name, in either spelling.
pub(super) fn calendar(name: &str) -> Option<CalendarWindow> {
    CALENDAR.iter().find(|it| it.0.contains(&name)).map(|it| it.1)
}
