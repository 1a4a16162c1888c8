//! `heng diff --prove` and `heng check --prove`: verdicts, households, forms and exit codes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

const RULES: &str = "\
规则集 甲 版本 1
等级 等级：A、B、C
主体 户 自 成立日期
  代码：文本 主键
  成立日期：日期
  面积：整数
记录 处罚 按 决定日期
  文号：文本 主键
  决定日期：日期
维度 规模
维度 监管
指标 面积分 属于 规模
  评分 按 面积
    不满 10：0
    10 以上：20
指标 次数分 属于 监管
  取 次数 = 计数(处罚 其中 近 12 个月)
  评分 按 次数
    0：0
    1：30
    2 以上：60
分类 风险 为 等级 按 总分
  不满 30：A
  30 以上不满 60：B
  60 以上：C
直接判定 小户 风险 下调 1 级 不低于 A
  当 面积 < 5
";

fn folder(name: &str, texts: &[(&str, &str)]) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("prove-{name}"));
    let _ = fs::remove_dir_all(&folder);
    for (side, text) in texts {
        fs::create_dir_all(folder.join(side)).unwrap();
        fs::write(folder.join(side).join("甲.heng"), text).unwrap();
    }
    folder
}

fn heng(args: &[&str], folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heng"));
    command.current_dir(folder).args(args).env("LC_ALL", "zh_CN.UTF-8").env("NO_COLOR", "1");
    command.output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

const PROVE: [&str; 5] = ["diff", "old", "new", "--prove", "--as-of=2025-06-30"];

#[test]
fn a_threshold_shows_the_only_changes_that_can_happen_with_a_household_each() {
    let new = RULES.replace("    1：30\n    2 以上：60", "    1：40\n    2 以上：60");
    let folder = folder("threshold", &[("old", RULES), ("new", &new)]);
    let output = heng(&PROVE, &folder);
    let text = out(&output);
    assert_eq!(output.status.code(), Some(4), "{text}");
    // One penalty: 30 to 40 points, with or without the 20 for the area; lowered where it is small.
    assert!(text.contains("只可能出现 B→C，其余的变化都不可能"), "{text}");
    assert!(text.contains("面积 10"), "{text}");

    let json = heng(&[&PROVE[..], &["--format", "json"]].concat(), &folder);
    let json: Value = serde_json::from_str(&out(&json)).unwrap();
    let proof = &json["proof"]["grades"][0];
    assert_eq!(proof["verdict"], "transitions");
    assert_eq!(proof["tier"], "dynamic_programme");
    let possible = proof["possible"].as_array().unwrap();
    assert_eq!(possible.len(), 1, "{possible:#?}");
    assert_eq!(possible[0]["from"]["grade"], 1);
    assert_eq!(possible[0]["to"]["grade"], 2);

    let page = heng(&[&PROVE[..], &["--format", "html", "--lang", "en"]].concat(), &folder);
    assert!(out(&page).contains("only B→C can happen, no other change can"), "{}", out(&page));
}

#[test]
fn what_makes_no_difference_is_proved_equal() {
    // No score lies between the cut-offs.
    let new = RULES.replace("不满 30：A\n  30 以上", "不满 25：A\n  25 以上");
    let folder = folder("equal", &[("old", RULES), ("new", &new)]);
    let output = heng(&PROVE, &folder);
    let text = out(&output);
    assert!(text.contains("穷尽动态规划"), "{text}");
    assert!(text.contains("每一户的结果都相同"), "{text}");
    // Scores may still differ, so that the change itself counts.
    assert_eq!(output.status.code(), Some(4), "{text}");
}

const MORE: &str = "\
标注 大户
  当 面积 ≥ 100
标注 规模档
  按 面积
    不满 50：“小”
    50 以上：“大”
预警 高风险
  当 风险 = C
名单 重点
  入选 当 风险 = C
  移出 当 面积 < 3
";

#[test]
fn tags_alerts_lists_and_determinations_are_told_beside_the_grades() {
    let old = format!("{RULES}{MORE}");
    let changes = [
        ("    1：30\n    2 以上：60", "    1：40\n    2 以上：60"),
        ("面积 ≥ 100", "面积 ≥ 120"),
        ("    不满 50：“小”\n    50 以上：“大”", "    49 以下：“小”\n    50 以上：“大”"),
        ("面积 < 3", "面积 ≤ 2"),
        ("当 面积 < 5", "当 面积 < 6"),
    ];
    let new = changes.iter().fold(old.clone(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    });
    let folder = folder("conditions", &[("old", &old), ("new", &new)]);
    let mut all = String::new();
    for lang in ["zh", "en"] {
        let output = heng(&[&PROVE[..], &["--lang", lang]].concat(), &folder);
        // A tag moves; nothing is undecided.
        assert_eq!(output.status.code(), Some(4), "{}", out(&output));
        let text = out(&output);
        let start = text.find(if lang == "zh" { "对所有可能" } else { "Over all" }).unwrap();
        all += &text[start..];
        all.push('\n');
    }
    insta::assert_snapshot!("conditions_for_people", all);

    let json = heng(&[&PROVE[..], &["--format", "json"]].concat(), &folder);
    let json: Value = serde_json::from_str(&out(&json)).unwrap();
    let told = json["proof"]["conditions"].as_array().unwrap().iter();
    let told: Vec<String> = told
        .map(|it| format!("{} {} {}", it["subject"], it["grade"]["name"], it["verdict"]))
        .collect();
    insta::assert_snapshot!("conditions_for_programs", told.join("\n"));

    let page = out(&heng(&[&PROVE[..], &["--format", "html"]].concat(), &folder));
    let (_, part) = page.split_once("<h3>标注、预警、名单、直接判定</h3>").unwrap();
    insta::assert_snapshot!("conditions_as_a_page", part.split("</section>").next().unwrap());
}

#[test]
fn versions_of_other_data_are_not_compared_and_that_is_said() {
    let old = format!("{RULES}{MORE}");
    let new = old
        .replace("  面积：整数\n", "  面积：整数 可缺\n")
        .replace("按 面积\n", "按 面积 缺则 0\n");
    let new = new.replace("当 面积", "当 面积 缺则 0");
    let folder = folder("data", &[("old", &old), ("new", &new)]);
    let output = heng(&PROVE, &folder);
    let text = out(&output);
    assert_eq!(output.status.code(), Some(6), "{text}");
    let why = "没有比较，字段“面积”在两版里的类型或取值不同";
    assert!(text.contains(&format!("标注、预警、名单、直接判定：{why}")), "{text}");
}

#[test]
fn a_proof_needs_a_date() {
    let folder = folder("date", &[("old", RULES), ("new", RULES)]);
    let output = heng(&["diff", "old", "new", "--prove"], &folder);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("--as-of"));
}

#[test]
fn guarantees_are_proved_or_shown_to_be_broken_by_two_households_that_differ_in_one_record() {
    let kept = "保证 新增 处罚 不改善 风险\n保证 移出 处罚 不恶化 风险\n保证 各级可达 风险\n保证 当 面积 < 5 则 风险 ≤ B\n";
    let good = format!("{RULES}{kept}");
    let bad = format!("{RULES}保证 新增 处罚 不恶化 风险\n保证 当 面积 ≥ 10 则 风险 ≥ B\n");
    let folder = folder("promises", &[("good", &good), ("bad", &bad)]);

    let output = heng(&["check", "good", "--prove", "--as-of", "2025-06-30"], &folder);
    let text = out(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("成立 4，不成立 0，没有判定 0"), "{text}");

    let output = heng(&["check", "bad", "--prove", "--as-of", "2025-06-30"], &folder);
    let text = out(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("✗ 保证 新增 处罚 不恶化 风险：不成立"), "{text}");
    assert!(text.contains("另一户，另有 处罚：决定日期"), "{text}");
    assert!(text.contains("✗ 保证 当"), "{text}");
}
