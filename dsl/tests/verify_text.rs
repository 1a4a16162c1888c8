//! From rule text to findings: the offending value, at the line its author has to look at.
#![cfg(feature = "syntax")]

use heng_dsl::check::check;
use heng_dsl::diag::Lang;
use heng_dsl::model::linked::LinkTable;
use heng_dsl::world::MemoryWorld;

const RULES: &str = "\
规则集 试 \"试\" 版本 1

等级 风险等级：A、B

主体 户
  代码：文本 主键
  面积：整数 平方米 可缺

记录 处罚 按 日期
  文号：文本 主键
  日期：日期

维度 静态 满分 4

指标 场所面积 属于 静态 满分 4
  评分 按 面积
    200 平方米以下：1
    201 至 1000 平方米：2
    超过 1000 平方米：4
    缺失：0

指标 处罚程度
  评分 逐条 处罚：10
  折减 按 日期
    近 12 个月：100%
    前 24 至 12 个月：60%
    其余：0%

分类 风险 为 风险等级 按 总分
  不满 3：A
  3 以上：B
";

/// What is said about the rules, with lines, after some text in them is changed.
fn said(from: &str, to: &str) -> Vec<String> {
    assert!(from.is_empty() || RULES.contains(from), "{from}");
    let text = RULES.replacen(from, to, 1);
    let world = MemoryWorld::default().with("试/试.heng", &text);
    let checked = check(&world, &["试".to_owned()], &LinkTable::new());
    let each = checked.diagnostics.iter().map(|it| {
        let (_, line, _) = checked.sources.place(it.primary.span);
        format!("{line} {} {}", it.code.record().name, it.message(Lang::Zh))
    });
    each.collect()
}

#[test]
fn rules_without_gaps_pass() {
    assert_eq!(said("", ""), Vec::<String>::new());
}

#[test]
fn a_changed_threshold_is_refused_with_the_value_that_falls_into_the_gap() {
    let found = said("201 至 1000", "202 至 1000");
    assert_eq!(found, ["17 E0401 表有空档：201 平方米不属于任何一行"]);
    let found = said("201 至 1000", "200 至 1000");
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("18 E0402 两行重叠：200 平方米同时属于"), "{found:?}");
    let found = said("    缺失：0\n", "");
    assert_eq!(found, ["16 E0401 表有空档：缺失不属于任何一行"]);
    assert_eq!(said("  3 以上：B", "  4 以上：B"), ["30 E0401 表有空档：3 分不属于任何一行"]);
}

#[test]
fn a_promise_is_kept_or_refused() {
    let found = said("超过 1000 平方米：4", "超过 1000 平方米：5");
    assert_eq!(found, ["15 E0411 “场所面积”满分 4，而各部分合起来最多可到 5 分，不能保证"]);
    let found = said("属于 静态 满分 4", "属于 静态 满分 5");
    assert_eq!(found, ["15 E0413 “场所面积”满分 5，实际最多只能得 4 分"]);
    let found = said("指标 处罚程度\n", "指标 处罚程度 满分 30\n");
    assert_eq!(found, ["22 E0412 “处罚程度”满分 30，但得分没有上界，无法保证"]);
}

#[test]
fn windows_of_a_fade_leave_nothing_out() {
    let found = said("前 24 至 12", "前 24 至 11");
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("26 E0402 两行重叠：20"), "{found:?}");
}

#[test]
fn there_are_no_more_different_values_than_members() {
    let with = |most: &str| {
        let more = "枚举 种类：食品、价格、服务\n\n记录 投诉 按 日\n  日：日期\n  类：种类\n  属实：是否\n\n\
                    指标 投诉种类 满分 50\n  评分 = 10 × 去重计数(投诉, 类) + 10 × 去重计数(投诉, 属实)\n";
        said("维度 静态 满分 4\n", &format!("{more}\n维度 静态 满分 4\n").replace("满分 50", most))
    };
    assert_eq!(with("满分 50"), Vec::<String>::new());
    assert_eq!(
        with("满分 40"),
        ["20 E0411 “投诉种类”满分 40，而各部分合起来最多可到 50 分，不能保证"]
    );
}

#[test]
fn work_that_grows_with_triples_of_records_is_pointed_out() {
    let nested = |inner: &str| {
        let value = format!("值 反复 = 计数(处罚 称 甲 其中 计数(处罚 称 乙 其中 {inner}) ≥ 2)");
        said("维度 静态 满分 4\n", &format!("{value}\n\n维度 静态 满分 4\n"))
    };
    assert_eq!(nested("乙.日期 > 甲.日期"), Vec::<String>::new());
    let found = nested("计数(处罚 称 丙 其中 丙.日期 > 甲.日期) ≥ 2");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("13 E0480 “反复”太费时：一户最多要算"), "{found:?}");
    assert!(found[0].contains("处罚 × 处罚 × 处罚"), "{found:?}");
}
