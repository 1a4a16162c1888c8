//! Tags, alerts, lists and direct determinations of two versions: what is the same, and who gains or loses.

use heng_dsl::diag::Lang;
use heng_engine::prove::{Budget, Outcome, Proof, Subject, Tier, Verdict, conditions};

use crate::card::{as_of, program};

const RULES: &str = "\
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
fn one<'p>(all: &'p [Proof], subject: Subject, name: &str) -> &'p Proof {
    let found = all.iter().find(|it| it.subject == subject && it.grade.name.as_ref() == name);
    found.expect("it is compared")
}

fn moves(proof: &Proof) -> Vec<(Outcome, Outcome)> {
    proof.possible.iter().map(|it| (it.from, it.to)).collect()
}

const GAINS: (Outcome, Outcome) = (Outcome::Truth(false), Outcome::Truth(true));
const LOSES: (Outcome, Outcome) = (Outcome::Truth(true), Outcome::Truth(false));

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
    // Two penalties make it C now: whoever has them is warned about and on the list.
    let all = changed(&[("≥ 3", "≥ 2")]);
    for (subject, name) in [(Subject::Alert, "高风险"), (Subject::List, "重点")] {
        let proof = one(&all, subject, name);
        assert_eq!(
            (proof.verdict, moves(proof)),
            (Verdict::Transitions, vec![GAINS]),
            "{proof:#?}"
        );
    }
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
