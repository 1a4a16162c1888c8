//! What changes the content of a package, and what its meaning.
#![cfg(feature = "syntax")]

use std::collections::BTreeMap;

use heng_dsl::check::check;
use heng_dsl::model::RuleSet;
use heng_dsl::model::linked::{LinkTable, Linked};
use heng_dsl::model::normal::normal;
use heng_dsl::stored::{self, Hashes};
use heng_dsl::syntax::Spelling;
use heng_dsl::syntax::format::{Options, format};
use heng_dsl::world::MemoryWorld;
use serde_json::Value;
use sha2::{Digest, Sha256};

const RULES: &str = "\
规则集 试 \"试\" 版本 1
  依据 某文
等级 风险等级：A、B \"较高\" 红
主体 户
  代码：文本 主键
  面积：整数 平方米 可缺
  资金：金额 缺省 0 元
记录 处罚 按 日期
  文号：文本 主键
  日期：日期
参数 期 = 24 个月
# 一条注释
维度 静态 满分 5
指标 场所面积 属于 静态 满分 4
  评分 按 面积
    200 平方米以下：1
    201 至 1000 平方米：2
    超过 1000 平方米：4
    缺失：0
  缘由 面积{面积}
指标 处罚次数 属于 静态 满分 1
  评分 按 计数(处罚 其中 近 期)
    0：0
    1 以上：1
标注 大户
  当 面积 有值 且 (面积 > 1000 且 资金 ≥ 1.50万元)
分类 风险 为 风险等级 按 总分
  不满 3：A
  3 以上：B
用例 \"一\" 基准日 2025-06-01
  给定 代码：\"1\", 面积：80 平方米
  期望 风险：A
";

fn linked(text: &str) -> Linked {
    let world = MemoryWorld::default().with("试/试.heng", text);
    let checked = check(&world, &["试".to_owned()], &LinkTable::new());
    assert!(checked.linked.is_some(), "{:#?}", checked.diagnostics);
    checked.linked.unwrap_or_else(|| unreachable!())
}

fn only(text: &str) -> RuleSet {
    linked(text).packages.remove(0)
}

/// The hashes after a change of the text.
fn changed(from: &str, to: &str) -> Hashes {
    assert!(RULES.contains(from), "{from}");
    Hashes::of(&only(&RULES.replacen(from, to, 1)))
}

#[test]
fn where_and_how_wide_a_rule_is_written_changes_neither_hash() {
    let before = Hashes::of(&only(RULES));
    for (from, to) in [
        ("# 一条注释\n", ""),
        ("# 一条注释\n", "\n\n# 另一条\n\n"),
        ("维度 静态 满分 5", "维度　静态　满分　５"),
        ("  依据 某文\n", "  依据 某文 # 为什么\n"),
    ] {
        assert_eq!(changed(from, to), before, "{to}");
    }
}

#[test]
fn words_change_the_content_and_not_the_meaning() {
    let before = Hashes::of(&only(RULES));
    for (from, to) in [
        ("\"试\"", "\"试试\""),
        ("版本 1", "版本 2"),
        ("  依据 某文", "  依据 另一文"),
        ("\"较高\" 红", "\"高\" 橙"),
        ("  缘由 面积{面积}\n", "  缘由 场所面积是{面积}\n"),
        ("期望 风险：A", "期望 风险：A, 处罚次数：0"),
    ] {
        let after = changed(from, to);
        assert_ne!(after.content, before.content, "{to}");
        assert_eq!(after.meaning, before.meaning, "{to}");
    }
}

#[test]
fn order_without_meaning_and_brackets_leave_the_meaning() {
    let before = Hashes::of(&only(RULES));
    let moved = RULES.replace("参数 期 = 24 个月\n", "") + "参数 期 = 24 个月\n";
    assert_eq!(Hashes::of(&only(&moved)).meaning, before.meaning);
    for (from, to) in [
        (
            "面积 有值 且 (面积 > 1000 且 资金 ≥ 1.50万元)",
            "面积 有值 且 面积 > 1000 且 资金 ≥ 15000元",
        ),
        ("面积 > 1000", "1000 < 面积"),
        ("面积 > 1000", "非 (非 面积 > 1000)"),
        ("    0：0\n    1 以上：1\n", "    1 以上：1\n    0：0\n"),
    ] {
        assert_eq!(changed(from, to).meaning, before.meaning, "{to}");
    }
}

#[test]
fn what_decides_about_a_household_changes_the_meaning() {
    let before = Hashes::of(&only(RULES));
    for (from, to) in [
        ("201 至 1000 平方米：2", "201 至 1000 平方米：3"),
        ("不满 3：A\n  3 以上：B", "不满 4：A\n  4 以上：B"),
        ("24 个月", "36 个月"),
        ("面积 > 1000 且", "面积 ≥ 1000 且"),
        ("缺省 0 元", "缺省 1 元"),
        ("满分 5", "满分 5 上限 4"),
    ] {
        let after = changed(from, to);
        assert_ne!(after.content, before.content, "{to}");
        assert_ne!(after.meaning, before.meaning, "{to}");
    }
}

#[test]
fn either_spelling_means_the_same() {
    let english = Options { spelling: Some(Spelling::English) };
    let english = format(RULES, english).text;
    assert!(english.contains("indicator"), "{english}");
    assert_eq!(Hashes::of(&only(&english)).meaning, Hashes::of(&only(RULES)).meaning);
}

#[test]
fn the_normal_form_is_its_own_normal_form() {
    let once = normal(&only(RULES));
    assert_eq!(normal(&once), once);
}

/// What a program that knows nothing of Heng does to check the hash.
fn sorted_without_places(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members: BTreeMap<_, _> =
                members.iter().filter(|it| it.0 != "place" && it.0 != "lines").collect();
            let members = members.iter();
            let members: Vec<String> = members
                .map(|(name, it)| {
                    format!("{}:{}", Value::from(name.as_str()), sorted_without_places(it))
                })
                .collect();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(all) => {
            let all: Vec<String> = all.iter().map(sorted_without_places).collect();
            format!("[{}]", all.join(","))
        }
        other => other.to_string(),
    }
}

#[test]
fn any_program_can_work_the_content_hash_out() {
    let file: Value = serde_json::from_str(&stored::package(&linked(RULES), 0).unwrap_or_default())
        .unwrap_or_default();
    let digest = Sha256::digest(sorted_without_places(&file["rules"]).as_bytes());
    let digits = digest.iter().fold(String::new(), |out, it| out + &format!("{it:02x}"));
    assert_eq!(file["content"], format!("sha256:{digits}"));
    assert!(file["rules"].to_string().contains("试.heng:"), "lines are stored, but not hashed");
}
