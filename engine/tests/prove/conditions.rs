//! Tags, alerts, lists and direct determinations of two versions: what is the same, and who gains or loses.

use heng_dsl::diag::Lang;
use heng_engine::prove::{Budget, Outcome, Proof, Subject, Tier, Verdict, conditions};

use crate::card::{as_of, program};

pub(crate) const RULES: &str = "\
规则集 甲 版本 1
等级 等级：A、B、C
主体 户 自 成立日期
  代码：文本 主键
  成立日期：日期
  面积：整数
  失联：是否
记录 处罚 按 决定日期
  文号：文本 主键
  决定日期：日期
分类 风险 为 等级 按 面积
  不满 10：A
  10 以上不满 20：B
  20 以上：C
直接判定 屡罚 风险 定为 C
  当 计数(处罚 其中 近 12 个月) ≥ 3
直接判定 失去联系 风险 上调 1 级 不超过 C
  当 失联
标注 大户
  当 面积 ≥ 100
标注 规模
  按 面积
    不满 50：“小”
    50 以上：“大”
预警 高风险
  当 风险 = C 且 存在(处罚 其中 近 6 个月)
名单 重点
  入选 当 风险 = C
  移出 当 面积 < 5
";

/// What is said of each, where one text was replaced by another.
fn changed(changes: &[(&str, &str)]) -> Vec<Proof> {
    let new = changes.iter().fold(RULES.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    });
    conditions(&program(RULES), &program(&new), as_of(), Budget::default()).expect("the same data")
}

#[track_caller]
pub(crate) fn one<'p>(all: &'p [Proof], subject: Subject, name: &str) -> &'p Proof {
    let found = all.iter().find(|it| it.subject == subject && it.grade.name.as_ref() == name);
    found.expect("it is compared")
}

pub(crate) fn moves(proof: &Proof) -> Vec<(Outcome, Outcome)> {
    proof.possible.iter().map(|it| (it.from, it.to)).collect()
}

pub(crate) const GAINS: (Outcome, Outcome) = (Outcome::Truth(false), Outcome::Truth(true));
pub(crate) const LOSES: (Outcome, Outcome) = (Outcome::Truth(true), Outcome::Truth(false));

#[test]
fn what_means_the_same_is_said_to() {
    let all = changed(&[("标注 大户", "# 一句话\n标注 大户"), ("面积 ≥ 100", "面积 > 99")]);
    assert_eq!(all.len(), 6, "{all:#?}");
    let tiers = |tier| all.iter().filter(|it| it.tier == tier).count();
    assert!(all.iter().all(|it| it.verdict == Verdict::Equal), "{all:#?}");
    assert!(tiers(Tier::SameMeaning) >= 5, "{all:#?}");
}

#[test]
fn a_bound_that_moves_is_gained_or_lost_by_a_household() {
    let all = changed(&[("≥ 3", "≥ 2"), ("面积 ≥ 100", "面积 ≥ 120")]);
    let often = one(&all, Subject::Decide, "屡罚");
    assert_eq!((often.verdict, moves(often)), (Verdict::Transitions, vec![GAINS]), "{often:#?}");
    assert_eq!(often.possible[0].witness.records.len(), 2, "{often:#?}");
    let told = often.text(Lang::Zh);
    assert!(told.contains("直接判定“屡罚”") && told.contains("屡罚 否 → 是"), "{told}");
    let large = one(&all, Subject::Tag, "大户");
    assert_eq!((large.verdict, moves(large)), (Verdict::Transitions, vec![LOSES]), "{large:#?}");
    let other = one(&all, Subject::Decide, "失去联系");
    assert_eq!((other.verdict, other.tier), (Verdict::Equal, Tier::SameMeaning), "{other:#?}");
}

#[test]
fn what_reads_a_grade_follows_it() {
    // Two penalties make it C now: whoever has them may be warned about and be on the list.
    let all = changed(&[("≥ 3", "≥ 2")]);
    for (subject, name) in [(Subject::Alert, "高风险"), (Subject::List, "重点")] {
        let proof = one(&all, subject, name);
        assert_eq!(
            (proof.verdict, &proof.open[..]),
            (Verdict::Follows, &[GAINS][..]),
            "{proof:#?}"
        );
        let told = proof.text(Lang::Zh);
        assert!(told.ends_with("自身没有改，只随所读的等级（风险）变，最多 否→是"), "{told}");
    }
}

#[test]
fn what_reads_a_grade_and_changed_itself_is_shown_by_a_household() {
    let all = changed(&[("≥ 3", "≥ 2"), ("近 6 个月", "近 3 个月"), ("面积 < 5", "面积 < 6")]);
    let alert = one(&all, Subject::Alert, "高风险");
    assert_eq!(
        (alert.verdict, moves(alert)),
        (Verdict::Transitions, vec![GAINS, LOSES]),
        "{alert:#?}"
    );
    let list = one(&all, Subject::List, "重点");
    assert_eq!(
        (list.verdict, moves(list)),
        (Verdict::Transitions, vec![GAINS, LOSES]),
        "{list:#?}"
    );
}

#[test]
fn places_of_a_list_are_left_to_the_register() {
    let with = |places: &str| {
        RULES.replace(
            "  移出 当 面积 < 5\n",
            &format!("  移出 当 面积 < 5\n  名额 前 {places} 户 按 面积 从高到低\n"),
        )
    };
    let said = |old: &str, new: &str| {
        let all = conditions(&program(old), &program(new), as_of(), Budget::default());
        one(&all.expect("the same data"), Subject::List, "重点").clone()
    };
    assert_eq!(said(&with("5"), &with("5")).tier, Tier::SameMeaning);
    let more = said(&with("5"), &with("6"));
    assert_eq!((more.verdict, more.tier), (Verdict::Equal, Tier::DynamicProgramme), "{more:#?}");
    assert!(more.text(Lang::Zh).contains("比较的只是符不符合入选条件"), "{}", more.text(Lang::Zh));
    let fewer = said(&with("5"), &with("5").replace("移出 当 面积 < 5", "移出 当 面积 < 6"));
    // Three penalties make a C of it, however small it is.
    assert_eq!((fewer.verdict, moves(&fewer)), (Verdict::Transitions, vec![LOSES]), "{fewer:#?}");
}

#[test]
fn earlier_results_belong_to_a_household_that_is_shown() {
    let with = |months: &str| {
        format!("{RULES}预警 一直 \n  当 连续(历次结果, 风险 有值 且 风险 = C) ≥ {months}\n")
    };
    let all = conditions(&program(&with("6")), &program(&with("13")), as_of(), Budget::default());
    let all = all.expect("the same data");
    let always = one(&all, Subject::Alert, "一直");
    assert_eq!((always.verdict, moves(always)), (Verdict::Transitions, vec![LOSES]), "{always:#?}");
    assert!(
        always.text(Lang::Zh).contains("历次结果：风险 前12期都是C"),
        "{}",
        always.text(Lang::Zh)
    );
}

#[test]
fn labels_move_from_one_to_another() {
    let all = changed(&[("不满 50：“小”\n    50 以上：“大”", "不满 40：“小”\n    40 以上：“大”")]);
    let size = one(&all, Subject::Tag, "规模");
    assert_eq!(size.verdict, Verdict::Transitions, "{size:#?}");
    let pairs: Vec<String> =
        size.possible.iter().map(|it| size.pair(it.from, it.to, Lang::Zh)).collect();
    assert_eq!(pairs, ["小→大"]);
}

#[test]
fn a_condition_written_in_another_way_is_proved_equal() {
    let all = changed(&[
        ("失联\n标注", "失联 且 面积 ≥ 0\n标注"),
        ("移出 当 面积 < 5", "移出 当 面积 ≤ 4"),
    ]);
    let lost = one(&all, Subject::Decide, "失去联系");
    assert_eq!((lost.verdict, lost.tier), (Verdict::Equal, Tier::DynamicProgramme), "{lost:#?}");
    assert_eq!(one(&all, Subject::List, "重点").verdict, Verdict::Equal);
}
