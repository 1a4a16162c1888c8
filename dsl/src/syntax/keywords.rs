//! The words of the language: every word with its Chinese and its English spelling, in one table.
//!
//! The grammar repeats the spellings, because pest reads them at compile time; a test below holds the
//! two together.

use super::ast::DeclKind;
use super::rules::Rule;

/// A word of the language.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word {
    /// Its rule in the grammar.
    pub(super) rule: Rule,
    /// Chinese and English spelling.
    pub(super) names: [&'static str; 2],
}

macro_rules! words {
    ($($rule:ident $zh:literal $en:literal;)*) => {
        /// All words.
        pub(super) static WORDS: &[Word] =
            &[$(Word { rule: Rule::$rule, names: [$zh, $en] },)*];
    };
}

words! {
    // declarations
    k_ruleset "规则集" "ruleset";
    k_use "引用" "use";
    k_extends "基于" "extends";
    k_subject "主体" "subject";
    k_records "记录" "records";
    k_enum "枚举" "enum";
    k_grade "等级" "grade";
    k_codes "代码表" "codes";
    k_param "参数" "param";
    k_value "值" "value";
    k_dimension "维度" "dimension";
    k_indicator "指标" "indicator";
    k_classify "分类" "classify";
    k_decide "直接判定" "decide";
    k_tag "标注" "tag";
    k_alert "预警" "alert";
    k_measure "措施" "measure";
    k_list "名单" "list";
    k_check "校验" "check";
    k_fuse "融合" "fuse";
    k_overlay "叠加" "overlay";
    k_merge "合成" "merge";
    k_amend "修订" "amend";
    k_disable "停用" "disable";
    k_action "行动" "action";
    k_clause "条款" "clause";
    k_case "用例" "case";
    k_guarantee "保证" "guarantee";
    // words before prose
    k_basis "依据" "basis";
    k_note "说明" "note";
    k_reason "缘由" "reason";
    k_source "来源" "source";
    k_made_by "产生" "made by";
    k_given_by "提供" "supplied by";
    k_owned_by "负责" "owned by";
    k_channel "渠道" "channel";
    k_manual "人工" "left to people";
    k_out_of_scope "不属此类" "out of scope";
    k_replaces "原文" "replaces";
    k_because "因" "because";
    // parts of a header
    k_version "版本" "version";
    k_alias "别名" "alias";
    k_for "对" "for";
    k_whole "全表" "table";
    k_class "类别" "class";
    k_as "为" "as";
    k_max "满分" "max";
    k_cap "上限" "cap";
    k_floor "下限" "floor";
    k_base "起评" "base";
    k_weight "权重" "weight";
    k_level "级别" "level";
    k_dispatch "派发" "dispatch";
    k_file "文件" "file";
    k_prefixed "前缀" "prefix";
    k_more "增补" "more";
    k_replacing "整户更新" "replacing";
    k_set "定为" "set";
    k_raise "上调" "raise";
    k_lower "下调" "lower";
    k_not_above "不超过" "not above";
    k_not_below "不低于" "not below";
    k_first "优先" "first";
    k_add_up "叠加计算" "adds up";
    k_as_of "基准日" "as_of";
    k_like "沿用" "like";
    // lines
    k_effective "生效" "effective";
    k_from "自" "from";
    k_until "至" "until";
    k_applies "适用" "applies";
    k_let "取" "let";
    k_score "评分" "score";
    k_deduct "扣分" "deduct";
    k_fade "折减" "fade";
    k_when "当" "when";
    k_any_of "任一" "any of";
    k_all_of "全部" "all of";
    k_require "要求" "require";
    k_admit "入选" "admit";
    k_remove "移出" "remove";
    k_quota "名额" "quota";
    k_top "前" "top";
    k_asc "从低到高" "lowest first";
    k_desc "从高到低" "highest first";
    k_early "从早到晚" "earliest first";
    k_late "从晚到早" "latest first";
    k_given "给定" "given";
    k_another "另有" "another";
    k_expect "期望" "expect";
    k_earliest "最早" "earliest";
    k_becomes "改为" "becomes";
    k_carries "落实" "carries out";
    k_accept "容许" "accept";
    k_lowering "减轻" "lowering";
    k_reversal "倒挂" "reversal";
    k_encoded "编入" "encoded in";
    // marks of a field
    k_key "主键" "key";
    k_optional "可缺" "optional";
    k_signed "可负" "signed";
    k_sensitive "敏感" "sensitive";
    k_later "后续" "later";
    k_with "随" "with";
    k_default "缺省" "default";
    k_column "来源列" "column";
    // promises
    k_adding "新增" "new";
    k_removing "移出" "removing";
    k_no_improve "不改善" "never improves";
    k_no_worse "不恶化" "never worsens";
    k_worse "变差" "worsening";
    k_reachable "各级可达" "every grade reachable";
    k_against "与" "against";
    k_compared "相比" "compared";
    k_along_with "与" "and";
    k_never_together "不同时" "never together";
    k_change_by "变化不超过" "moves at most";
    // tables
    k_sum "累计" "sum";
    k_highest "取高" "highest";
    k_lowest "取低" "lowest";
    k_in_order "依次" "in order";
    k_each "逐条" "each";
    k_by "按" "by";
    k_rows "行" "rows";
    k_cols "列" "columns";
    k_giving "得" "giving";
    k_otherwise "其余" "otherwise";
    k_missing "缺失" "missing";
    k_over "超过" "over";
    k_under "不满" "under";
    k_at_least "以上" "or more";
    k_at_most "以下" "or less";
    k_within_bound "以内" "or within";
    k_beyond "以外" "or beyond";
    k_to "至" "to";
    k_milder "从旧兼从轻" "milder";
    // expressions
    k_not "非" "not";
    k_where "其中" "where";
    k_in "属于" "in";
    k_not_in "不属于" "not in";
    k_within "在" "within";
    k_present "有值" "is present";
    k_is_missing "缺失" "is missing";
    k_contains "含" "contains";
    k_starts "开头" "starts";
    k_if_missing "缺则" "if missing";
    k_if "如果" "if";
    k_then "则" "then";
    k_else "否则" "else";
    k_yes "是" "yes";
    k_no "否" "no";
    k_keep "保留" "keep";
    k_same "同" "same";
    k_last "近" "last";
    k_next "未来" "next";
    k_called "称" "called";
    k_and "且" "and";
    k_or "或" "or";
    k_every "每" "every";
    k_before "前" "前";
    k_ago "ago" "ago";
    k_at_least_before "至少" "at least";
    k_places "位" "places";
}

/// The words that begin a declaration, with what they declare.
pub(super) static DECLARATIONS: &[(Rule, DeclKind)] = &[
    (Rule::k_ruleset, DeclKind::Ruleset),
    (Rule::k_use, DeclKind::Use),
    (Rule::k_extends, DeclKind::Extends),
    (Rule::k_subject, DeclKind::Subject),
    (Rule::k_records, DeclKind::Records),
    (Rule::k_enum, DeclKind::Enum),
    (Rule::k_grade, DeclKind::Grade),
    (Rule::k_codes, DeclKind::Codes),
    (Rule::k_param, DeclKind::Param),
    (Rule::k_value, DeclKind::Value),
    (Rule::k_dimension, DeclKind::Dimension),
    (Rule::k_indicator, DeclKind::Indicator),
    (Rule::k_classify, DeclKind::Classify),
    (Rule::k_decide, DeclKind::Decide),
    (Rule::k_tag, DeclKind::Tag),
    (Rule::k_alert, DeclKind::Alert),
    (Rule::k_measure, DeclKind::Measure),
    (Rule::k_list, DeclKind::List),
    (Rule::k_check, DeclKind::Check),
    (Rule::k_fuse, DeclKind::Fuse),
    (Rule::k_overlay, DeclKind::Overlay),
    (Rule::k_merge, DeclKind::Merge),
    (Rule::k_amend, DeclKind::Amend),
    (Rule::k_disable, DeclKind::Disable),
    (Rule::k_action, DeclKind::Action),
    (Rule::k_clause, DeclKind::Clause),
    (Rule::k_case, DeclKind::Case),
    (Rule::k_guarantee, DeclKind::Guarantee),
];

/// The spellings of the word of a rule.
pub(super) fn spelling(rule: Rule) -> Option<[&'static str; 2]> {
    WORDS.iter().find(|it| it.rule == rule).map(|it| it.names)
}

/// What a word declares that stands at the beginning of a declaration.
pub(super) fn declared_by(rule: Rule) -> Option<DeclKind> {
    DECLARATIONS.iter().find(|it| it.0 == rule).map(|it| it.1)
}

/// What is declared by a word as spelled in either language.
pub(super) fn declaration(word: &str) -> Option<DeclKind> {
    DECLARATIONS
        .iter()
        .find(|it| spelling(it.0).is_some_and(|names| names.contains(&word)))
        .map(|it| it.1)
}

/// The word that declares something of that kind, in Chinese and English.
pub(super) fn word_of(kind: DeclKind) -> [&'static str; 2] {
    let rule = DECLARATIONS.iter().find(|it| it.1 == kind).map(|it| it.0);
    rule.and_then(spelling).unwrap_or_default()
}

/// Is it a word of the language, in either spelling?
pub(super) fn is_word(word: &str) -> bool {
    WORDS.iter().any(|it| it.names.contains(&word))
}

#[cfg(test)]
mod tests {
    use pest::Parser as _;

    use super::WORDS;
    use crate::syntax::rules::HengParser;

    #[test]
    fn both_spellings_of_every_word_are_read_by_its_rule() {
        for word in WORDS {
            for name in word.names {
                let read = HengParser::parse(word.rule, name).ok();
                let read = read.map(|it| it.as_str().to_owned());
                assert_eq!(read.as_deref(), Some(name), "{:?}", word.rule);
            }
        }
    }

    #[test]
    fn the_corpus_has_both_spellings_of_every_word() {
        let files =
            [include_str!("../../tests/both/zh.heng"), include_str!("../../tests/both/en.heng")];
        for word in WORDS {
            for (name, file) in word.names.into_iter().zip(files) {
                // 前 and ago are the two halves of one window; the corpus writes it the English way round.
                assert!(file.contains(name) || name == "前" || name == "ago", "{name}");
            }
        }
    }

    #[test]
    fn the_table_has_every_word_of_the_grammar() {
        let grammar = include_str!("grammar.pest");
        let known: Vec<String> = WORDS.iter().map(|it| format!("{:?}", it.rule)).collect();
        for line in grammar.lines().filter(|it| it.starts_with("k_")) {
            let rule = line.split(' ').next().unwrap_or_default();
            assert!(known.iter().any(|it| it == rule), "{rule}");
        }
    }
}
