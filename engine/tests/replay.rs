//! What `check` finds in tables is shown by a household, and only by one that really shows it.

#![expect(clippy::unwrap_used, reason = "the rules of a test are sound but for what it plants")]

use heng_dsl::check::check_with;
use heng_dsl::diag::Lang;
use heng_dsl::model::linked::LinkTable;
use heng_dsl::model::{Content, Node};
use heng_dsl::value::{Date, Value};
use heng_dsl::verify::{Assignment, NodePath, Owner, Part, Replay, Shows, TableAt};
use heng_dsl::world::MemoryWorld;
use heng_engine::replay::Replayer;

const DATA: &str = "\
规则集 甲 版本 1
枚举 种类：警告、罚款、吊销
等级 级：低、高
代码表 行业 文件 \"行业.csv\"
  代码：文本 主键
  系数：整数
主体 户 自 成立日期
  户号：文本 主键
  成立日期：日期
  人数：整数
  面积：金额 可缺
  业：行业
  连锁：是否
记录 处罚 按 决定日期
  文号：文本 主键
  决定日期：日期
  类：种类
  金额：金额 可缺
  修复日期：日期 后续 修复
参数 大额 = 5000 元
";

/// The rules behind the data, with the code table.
fn world(rules: &str) -> MemoryWorld {
    MemoryWorld::default()
        .with("甲/甲.heng", &format!("{DATA}{rules}"))
        .with("甲/行业.csv", "代码,系数\nA,1\nB,5\n")
}

/// What is said of rules behind the data: the code, and the household that shows it.
fn shown(rules: &str) -> Vec<(&'static str, Option<String>)> {
    let world = world(rules);
    let replay = Replayer::default();
    let checked = check_with(&world, &["甲".to_owned()], &LinkTable::new(), &replay);
    let each = checked.diagnostics.iter();
    each.map(|it| (it.code.record().name, it.example.as_ref().map(|it| it.line(Lang::Zh))))
        .filter(|it| it.0 != "E0460")
        .collect()
}

/// The household that shows the only problem.
fn only(rules: &str, code: &str) -> String {
    let shown = shown(rules);
    assert_eq!(shown.len(), 1, "{shown:?}");
    assert_eq!(shown[0].0, code);
    shown[0].1.clone().unwrap()
}

#[test]
fn a_gap_over_fields_is_shown_by_its_fields() {
    let gap = "值 分 按 人数, 连锁\n  不满 5, -：1\n  5 以上, 是：2\n";
    assert_eq!(only(gap, "E0401"), "基准日 2024-01-01，给定 人数：5, 连锁：否");
    let missing = "值 分 按 面积\n  不满 50：1\n  50 以上：2\n";
    assert_eq!(only(missing, "E0401"), "基准日 2024-01-01，给定 面积：缺失");
    let money = "值 分 按 面积\n  50 元以下：1\n  51 元以上：2\n  缺失：3\n";
    assert_eq!(only(money, "E0401"), "基准日 2024-01-01，给定 面积：50.01 元");
}

#[test]
fn a_gap_over_counts_is_shown_by_records_that_are_counted() {
    let counted = "值 分 按 计数(处罚 其中 近 12 个月 且 类 = 罚款 且 金额 有值 且 金额 ≥ 大额 且 未修复)\n  0：0\n  1：1\n  3 以上：3\n";
    assert_eq!(
        only(counted, "E0401"),
        "基准日 2024-01-01，给定 处罚×2 决定日期：2024-01-01, 类：罚款, 金额：5000 元"
    );
    let local = "值 分\n  取 屡次 = 计数(处罚 其中 前 24 至 12 个月)\n  按 屡次, 业.系数\n    0, -：0\n    1 以上, 不满 5：1\n    2 以上, 5 以上：2\n";
    assert_eq!(
        only(local, "E0401"),
        "基准日 2024-01-01，给定 业：B，给定 处罚 决定日期：2023-01-01"
    );
}

#[test]
fn a_gap_behind_values_and_grades_is_followed_back() {
    let behind = "值 次 = 计数(处罚)\n分类 险 为 级 按 次\n  0：低\n  1 以上：高\n值 分 按 险, 整月数(成立日期, 基准日)\n  低, -：1\n  高, 12 个月以下：2\n  高, 14 个月以上：3\n";
    assert_eq!(
        only(behind, "E0401"),
        "基准日 2024-01-01，给定 成立日期：2022-12-01，给定 处罚 决定日期：2024-01-01"
    );
}

#[test]
fn rows_that_overlap_are_shown_by_what_both_take() {
    let overlap = "值 分 按 人数\n  10 以下：1\n  10 以上：2\n";
    assert_eq!(only(overlap, "E0402"), "基准日 2024-01-01，给定 人数：10");
}

#[test]
fn a_row_behind_another_is_shown_by_what_both_take() {
    let behind = "值 分 依次\n  人数 > 5：1\n  人数 > 7 且 连锁：2\n  其余：0\n";
    assert_eq!(only(behind, "E0408"), "基准日 2024-01-01，给定 人数：8, 连锁：是");
}

#[test]
fn the_most_that_points_reach_is_shown_by_who_reaches_it() {
    let rules = |max: &str| {
        format!(
            "维度 维 满分 {max}\n指标 甲分 属于 维\n  评分 按 人数\n    不满 5：10\n    5 以上：20\n\
             指标 乙分 属于 维\n  评分 依次\n    计数(处罚 其中 类 = 吊销) > 0：25\n    其余：0\n"
        )
    };
    let household = "基准日 2024-01-01，给定 人数：5，给定 处罚 决定日期：2024-01-01, 类：吊销";
    assert_eq!(only(&rules("50"), "E0413"), household);
    assert_eq!(only(&rules("40"), "E0411"), household);
    assert!(shown(&rules("45")).is_empty());
}

#[test]
fn a_determination_behind_another_is_shown_by_who_meets_both() {
    let rules = "分类 险 为 级 按 人数\n  不满 10：低\n  10 以上：高\n\
                 直接判定 受罚 险 定为 高\n  当 存在(处罚 其中 类 = 罚款)\n\
                 直接判定 重罚 险 定为 高\n  当 存在(处罚 其中 类 = 罚款 且 金额 有值 且 金额 > 大额)\n";
    assert_eq!(
        only(rules, "E0434"),
        "基准日 2024-01-01，给定 处罚 决定日期：2024-01-01, 类：罚款, 金额：5000.01 元"
    );
}

#[test]
fn a_reversed_overlay_is_shown_by_the_grades_that_come_together() {
    let rules = "分类 甲险 为 级 按 人数\n  不满 10：低\n  10 以上：高\n\
                 分类 乙险 为 级 按 面积 缺则 0\n  不满 100：低\n  100 以上：高\n\
                 直接判定 吊销 乙险 定为 高\n  当 存在(处罚 其中 类 = 吊销)\n\
                 叠加 合险 为 级\n  行 甲险 列 乙险\n      低, 高\n  低：低, 高\n  高：高, 低\n";
    let found = shown(rules);
    let reversal = found.iter().find(|it| it.0 == "E0470").unwrap();
    assert_eq!(
        reversal.1.as_deref(),
        Some("基准日 2024-01-01，给定 人数：10，给定 处罚 决定日期：2024-01-01, 类：吊销")
    );
}

#[test]
fn what_has_no_simple_way_back_is_shown_without_a_household() {
    let sum = "值 合 = 人数 × 人数 + 计数(处罚)\n值 分 按 合\n  不满 5：1\n  6 以上：2\n";
    assert_eq!(shown(sum), [("E0401", None)]);
}

#[test]
fn a_household_that_does_not_show_it_is_not_given() {
    let rules = "值 分 按 人数\n  不满 5：1\n  5 以上：2\n";
    let world = world(rules);
    let replay = Replayer::default();
    let checked = check_with(&world, &["甲".to_owned()], &LinkTable::new(), &replay);
    let linked = checked.linked.unwrap();
    let decl = linked.decls().find(|it| &*it.name == "分").unwrap();
    let Content::Table(table) = &decl.versions[0].content else { panic!("it is a table") };
    assert!(matches!(table.columns[0].node, Node::Field(_)));
    let path = NodePath::new(Owner::Decl(decl.id.clone()), 0, Part::Table(TableAt::Content));
    let asked = |shows| {
        let values = vec![(table.columns[0].clone(), Value::whole(7))];
        let assignment = Assignment { as_of: Date::new(2024, 1, 1).unwrap(), values, shows };
        replay.household(&linked, 0, &path, &assignment)
    };
    assert_eq!(asked(Shows::NoRow), None);
    assert_eq!(asked(Shows::Rows(0, 1)), None);
    assert!(asked(Shows::Rows(1, 1)).is_some());
}
