//! Each form of 保证: one that holds, one that two households break which differ in one thing, and one of
//! which neither is known.

use heng_dsl::diag::Lang;
use heng_dsl::world::MemoryWorld;
use heng_engine::prove::{Budget, Held, Outcome, Promise, promises};

use crate::BUDGET;
use crate::card::{as_of, program_of};

const DATA: &str = "\
规则集 资料 版本 1
等级 等级：A、B、C、D
主体 户 自 成立日期
  代码：文本 主键
  成立日期：日期
  面积：整数
  失联：是否
记录 处罚 按 决定日期
  文号：文本 主键
  决定日期：日期
  金额：金额
记录 荣誉 按 授予日期
  文号：文本 主键
  授予日期：日期
";

/// What no household is and no bound sees: the mean of some amounts below the least of them.
const ODD: &str = "\
值 怪 = 平均(处罚, 金额) 缺则 0 元 < 最小(处罚, 金额) 缺则 0 元
";

const PROVINCE: &str = "\
规则集 省 版本 1
引用 资料
分类 风险 为 等级 按 面积
  不满 10：A
  10 以上不满 20：B
  20 以上不满 30：C
  30 以上：D
";

/// What becomes of the promises of a city, whose rules and promises these are.
fn city(rules: &str, promised: &str) -> Vec<Promise> {
    city_within(BUDGET, rules, promised)
}

fn city_within(budget: Budget, rules: &str, promised: &str) -> Vec<Promise> {
    let text = format!("规则集 市 版本 1\n引用 省\n引用 资料\n{ODD}{rules}{promised}");
    let world = MemoryWorld::default()
        .with("资料/资料.heng", DATA)
        .with("省/省.heng", PROVINCE)
        .with("市/市.heng", &text);
    let program = program_of(&world, "市");
    let package = program.linked().packages.len() - 1;
    promises(&program, package, as_of(), budget)
}

/// The fates of some promises.
fn held(rules: &str, promised: &str) -> Vec<(Held, String)> {
    let told = city(rules, promised).into_iter().map(|it| (it.held, it.text(Lang::Zh).join("\n")));
    told.collect()
}

/// The three fates in the order of [`Held`].
#[track_caller]
fn all_three(found: &[(Held, String)]) {
    let fates: Vec<Held> = found.iter().map(|it| it.0).collect();
    assert_eq!(fates, [Held::Kept, Held::Broken, Held::NotDecided], "{found:#?}");
}

#[test]
fn a_determination_that_one_record_more_makes_hit_improves_a_grade() {
    // Far from a plain household: one that was founded long ago, has none of the other records, and is large.
    let rules = "\
分类 表现 为 等级 按 面积
  不满 10：A
  10 以上不满 20：B
  20 以上不满 30：C
  30 以上：D
直接判定 先进 表现 下调 1 级 不低于 A
  当 全部
    存在(荣誉 其中 近 36 个月)
    无(处罚 其中 近 24 个月)
    面积 ≥ 15
    成立日期 < 2000-01-01
";
    let promised = "保证 新增 荣誉 不改善 表现\n保证 新增 荣誉 不恶化 表现\n";
    let found = city_within(Budget::default(), rules, promised);
    let fates: Vec<Held> = found.iter().map(|it| it.held).collect();
    assert_eq!(fates, [Held::Broken, Held::Kept], "{found:#?}");
    let more = found[0].broken_by.iter().all(|it| it.more.is_some());
    assert!(more && found[0].open.is_empty(), "{found:#?}");
}

#[test]
fn one_record_more_that_never_improves_a_grade() {
    let rules = "\
分类 次数风险 为 等级 按 计数(处罚 其中 近 12 个月)
  0：A
  1：B
  2：C
  3 以上：D
分类 反风险 为 等级 按 计数(处罚 其中 近 12 个月)
  0：B
  1 以上：A
分类 怪风险 为 等级 依次
  怪：A
  其余：B
";
    let promised = "保证 新增 处罚 不改善 次数风险\n保证 新增 处罚 不改善 反风险\n保证 新增 处罚 不改善 怪风险\n";
    let all = city(rules, promised);
    let [kept, broken, open] = all.as_slice() else { panic!("{all:#?}") };
    assert_eq!((kept.held, open.held), (Held::Kept, Held::NotDecided), "{all:#?}");
    // Without the record and with it: everything else is the same.
    let [shown] = broken.broken_by.as_slice() else { panic!("{broken:#?}") };
    let change = (shown.transition.from, shown.transition.to);
    assert_eq!(change, (Outcome::Grade(1), Outcome::Grade(0)));
    assert!(shown.more.as_ref().is_some_and(|it| it.table.as_ref() == "处罚"), "{broken:#?}");
    assert!(shown.transition.witness.records.is_empty(), "{broken:#?}");
}

#[test]
fn one_record_less_that_never_worsens_a_grade() {
    let rules = "\
分类 次数风险 为 等级 按 计数(荣誉 其中 近 12 个月)
  0：A
  1：B
  2：C
  3 以上：D
分类 反风险 为 等级 按 计数(荣誉 其中 近 12 个月)
  0：B
  1 以上：A
分类 怪风险 为 等级 依次
  怪：A
  其余：B
";
    let found = held(
        rules,
        "保证 移出 荣誉 不恶化 次数风险\n保证 移出 荣誉 不恶化 反风险\n保证 移出 处罚 不恶化 怪风险\n",
    );
    all_three(&found);
}

#[test]
fn every_grade_reached() {
    let rules = "\
分类 甲风险 为 等级 按 面积
  不满 10：A
  10 以上不满 20：B
  20 以上不满 30：C
  30 以上：D
分类 乙风险 为 等级 按 面积
  不满 10：A
  10 以上：B
分类 丙风险 为 等级 依次
  怪：A
  面积 < 10：B
  面积 < 20：C
  其余：D
";
    let all = city(rules, "保证 各级可达 甲风险\n保证 各级可达 乙风险\n保证 各级可达 丙风险\n");
    let fates: Vec<Held> = all.iter().map(|it| it.held).collect();
    assert_eq!(fates, [Held::Kept, Held::Broken, Held::NotDecided], "{all:#?}");
    assert_eq!(all[1].unreached, [Outcome::Grade(2), Outcome::Grade(3)]);
}

#[test]
fn a_grade_under_a_condition() {
    let rules = "\
分类 风险 为 等级 按 面积
  不满 10：A
  10 以上不满 20：B
  20 以上不满 30：C
  30 以上：D
";
    let found = held(
        rules,
        "保证 当 面积 ≥ 25 则 风险 ≥ C\n保证 当 面积 ≥ 15 则 风险 ≥ C\n保证 当 怪 则 风险 = D\n",
    );
    all_three(&found);
    assert!(found[1].1.contains("风险 B"), "{}", found[1].1);
}

#[test]
fn a_grade_not_far_from_that_of_another_set() {
    let rules = |by: &str| {
        format!(
            "分类 风险 为 等级 依次\n  {by}：D\n  面积 < 15：A\n  面积 < 25：B\n  面积 < 30：C\n  其余：D\n"
        )
    };
    let promised = "保证 与 省 相比 风险 变化不超过 1 级\n";
    let found: Vec<(Held, String)> =
        ["面积 > 40", "失联", "怪"].iter().flat_map(|by| held(&rules(by), promised)).collect();
    all_three(&found);
    // The same household in both sets.
    assert!(found[1].1.contains("失联 是") && found[1].1.contains("→ D"), "{}", found[1].1);
}

#[test]
fn a_grade_that_gets_worse_and_another_that_follows() {
    let rules = "\
分类 自评 为 等级 按 面积
  不满 15：A
  15 以上：B
叠加 综合 为 等级 = 取高(自评, 省.风险)
分类 反综合 为 等级 依次
  省.风险 = A：B
  其余：A
分类 怪综合 为 等级 依次
  怪 且 省.风险 ≥ C：A
  其余：B
";
    let found = held(
        rules,
        "保证 省.风险 变差 不改善 综合\n保证 省.风险 变差 不改善 反综合\n保证 省.风险 变差 不改善 怪综合\n",
    );
    all_three(&found);
    // The same household, whose grade is taken to be A and then a worse one.
    assert!(found[1].1.contains("反综合 B → A"), "{}", found[1].1);
}

#[test]
fn two_determinations_that_never_hit_together() {
    let rules = "\
分类 风险 为 等级 按 面积
  不满 10：A
  10 以上：B
直接判定 大户 风险 定为 C
  当 面积 ≥ 100 且 失联
直接判定 小户 风险 定为 A
  当 面积 < 50
直接判定 屡罚 风险 定为 D
  当 计数(处罚 其中 近 12 个月) ≥ 3
直接判定 清白 风险 下调 1 级 不低于 A
  当 全部
    无(处罚 其中 近 24 个月)
    存在(荣誉 其中 近 36 个月)
直接判定 怪户 风险 定为 D
  当 怪
";
    // What both ask about is seen: the same field, a count over a shorter and one over a longer time.
    let kept = held(rules, "保证 大户 与 小户 不同时\n保证 屡罚 与 清白 不同时\n");
    assert!(kept.iter().all(|it| it.0 == Held::Kept), "{kept:#?}");
    let found = held(
        rules,
        "保证 小户 与 大户 不同时\n保证 屡罚 与 小户 不同时\n保证 怪户 与 小户 不同时\n",
    );
    all_three(&found);
    // No more than it takes: three records, and what every household has.
    assert_eq!(found[1].1.matches("处罚：").count(), 3, "{}", found[1].1);
    // Each of the conditions needs something of its own.
    let both = held(rules, "保证 清白 与 大户 不同时\n");
    assert_eq!(both[0].0, Held::Broken, "{both:#?}");
    let text = &both[0].1;
    assert!(text.contains("失联 是") && text.contains("荣誉："), "{text}");
}
