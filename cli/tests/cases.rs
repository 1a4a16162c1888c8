//! `heng test` from outside: what a failed case says, and in which forms.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn heng(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heng"));
    command.current_dir(folder).args(args).env("LANG", "zh_CN.UTF-8").env("LC_ALL", "zh_CN.UTF-8");
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn shown(output: &Output) -> String {
    let code = output.status.code();
    format!("{}---- stderr\n{}---- exit {code:?}\n", text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_failed_case_says_where_expected_and_found_part_ways() {
    let folder = fixture("why");
    insta::assert_snapshot!("why_zh", shown(&heng(&folder, &["test"])));
    let english = heng(&folder, &["test", "--lang", "en", "--filter", "分数不够"]);
    insta::assert_snapshot!("why_en", shown(&english));
}

#[test]
fn programs_are_told_the_same_steps() {
    let output = heng(&fixture("why"), &["test", "--format", "json", "--filter", "下调和上限"]);
    assert_eq!(output.status.code(), Some(1));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let failures = report["cases"][0]["failures"].as_array().unwrap();
    let grade = failures.iter().find(|it| it["what"] == "风险").unwrap();
    let first = &grade["why"][0];
    assert_eq!(first["place"], "why.heng:49", "{grade:#}");
    assert_eq!(first["text"]["zh"], "直接判定“很小”：等级由 C 下调为 B");
    assert_eq!(first["because"][0]["text"], "从业人数 ≤ 1");
}

/// A copy of a fixture for a test that changes it.
fn copy(name: &str, of: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("cases-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("规则")).unwrap();
    for file in ["heng.toml", "规则/why.heng", "规则/cases.heng"] {
        fs::copy(fixture(of).join(file), folder.join(file)).unwrap();
    }
    folder
}

#[test]
fn coverage_tells_edges_of_bands_that_no_case_is_at() {
    let output = text(&heng(&fixture("why"), &["test", "--coverage", "--edges"]).stdout);
    assert!(output.contains("  档的边界          12     1    8.3%"), "{output}");
    for edge in ["不满 50 平方米：5 = 49 平方米", "不满 50 平方米：5 = 50 平方米"]
    {
        let line = format!("  档的边界 示例.场所 {edge} why.heng:24");
        assert!(output.contains(&line), "{output}");
    }
    let folder = copy("edges", "why");
    let mut cases = fs::read_to_string(folder.join("规则/cases.heng")).unwrap();
    cases += "\n用例 \"在界上\" 基准日 2026-06-01 沿用 \"没有记录\"\n  给定 面积：50 平方米\n  期望 场所：12\n";
    fs::write(folder.join("规则/cases.heng"), cases).unwrap();
    let output = text(&heng(&folder, &["test", "--coverage", "--edges"]).stdout);
    assert!(!output.contains("= 50 平方米"), "{output}");
    assert!(output.contains("= 49 平方米"), "{output}");
}

#[test]
fn junit_has_a_test_for_each_case_and_its_reasons() {
    let output = heng(&fixture("why"), &["test", "--format", "junit"]);
    assert_eq!(output.status.code(), Some(1));
    let xml = text(&output.stdout);
    let mut reader = quick_xml::Reader::from_str(&xml);
    let (mut suites, mut tests, mut failures, mut said) = (0, Vec::new(), 0, String::new());
    let attribute = |it: &quick_xml::events::BytesStart<'_>, name: &str| {
        let it = it.try_get_attribute(name).unwrap();
        it.map(|it| it.value.to_string()).unwrap_or_default()
    };
    loop {
        use quick_xml::events::Event;
        match reader.read_event().unwrap() {
            Event::Eof => break,
            Event::Start(it) | Event::Empty(it) => match it.name().as_ref() {
                "testsuites" => assert_eq!(attribute(&it, "failures"), "6"),
                "testsuite" => {
                    suites += 1;
                    assert_eq!(attribute(&it, "name"), "示例");
                    assert_eq!(attribute(&it, "tests"), "7");
                }
                "testcase" => {
                    let place = (attribute(&it, "file"), attribute(&it, "line"));
                    tests.push((attribute(&it, "name"), place));
                }
                "failure" => failures += 1,
                other => panic!("{other:?}"),
            },
            Event::Text(it) => said.push_str(&it),
            _ => {}
        }
    }
    assert_eq!((suites, tests.len(), failures), (1, 7, 6));
    assert_eq!(tests[0].0, "分数不够");
    assert_eq!(tests[0].1, ("cases.heng".to_owned(), "3".to_owned()));
    assert!(said.contains("还差 23 分"), "{said}");
    let folder = copy("junit", "why");
    heng(&folder, &["test", "--junit", "用例.xml"]);
    assert_eq!(fs::read_to_string(folder.join("用例.xml")).unwrap().trim_end(), xml.trim_end());
}

#[test]
fn accepting_fills_in_what_is_open_and_nothing_else() {
    let folder = copy("accept", "why");
    let file = folder.join("规则/cases.heng");
    let before = fs::read_to_string(&file).unwrap();
    let before = format!("\u{feff}{}", before.replace('\n', "\r\n"));
    fs::write(&file, &before).unwrap();
    let asked = heng(&folder, &["test", "--accept"]);
    assert_eq!(asked.status.code(), Some(2), "{}", shown(&asked));
    assert_eq!(fs::read_to_string(&file).unwrap(), before);
    let accepted = heng(&folder, &["test", "--accept", "--yes"]);
    assert_eq!(accepted.status.code(), Some(0), "{}", shown(&accepted));
    let said = shown(&accepted);
    assert!(said.contains("  用例 \"什么都还没有写\"\n    期望 规模：30\n"), "{said}");
    assert!(said.contains("写入6处期望，1个文件"), "{said}");
    let open = "风险：？, 双随机.频次：？, 标注：？, 缺失：？, 直接判定：？";
    let filled = "风险：B, 双随机.频次：每年 1 次, 标注：无, 缺失：无, 直接判定：无";
    let everything = "规模：30, 守法：0, 风险：B, 总分：30, 标注：无, 预警：无, 名单：白名单";
    let wanted = before.replace(open, filled).replace("期望 ？", &format!("期望 {everything}"));
    assert_eq!(fs::read_to_string(&file).unwrap(), wanted);
    let again = text(&heng(&folder, &["test"]).stdout);
    assert!(again.contains("用例：3条通过，4条未通过"), "{again}");
    let overwritten = heng(&folder, &["test", "--accept", "--overwrite", "--yes"]);
    assert_eq!(overwritten.status.code(), Some(0), "{}", shown(&overwritten));
    let last = text(&heng(&folder, &["test"]).stdout);
    // One comes to errors, which cannot be expected; one expects words of a reason.
    assert!(last.contains("用例：5条通过，2条未通过"), "{last}");
}

#[test]
fn watching_tells_again_after_a_change_and_ends_with_its_input() {
    let folder = copy("watch", "why");
    let mut watch = Command::new(env!("CARGO_BIN_EXE_heng"));
    watch.current_dir(&folder).args(["check", "--watch", "--lang", "zh"]);
    watch.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut watch = watch.spawn().unwrap();
    let mut told = BufReader::new(watch.stderr.take().unwrap());
    // Nothing is read before the first round has been told.
    let wait = |told: &mut BufReader<std::process::ChildStderr>, words: &str| {
        let mut line = String::new();
        while !line.contains(words) {
            line.clear();
            assert_ne!(told.read_line(&mut line).unwrap(), 0, "it ended before “{words}”");
        }
    };
    wait(&mut told, "等待改动");
    let file = folder.join("规则/why.heng");
    let broken = fs::read_to_string(&file).unwrap().replace("高分线 = 60 分", "高分线 = 60 天");
    fs::write(&file, broken).unwrap();
    wait(&mut told, "变了");
    wait(&mut told, "等待改动");
    drop(watch.stdin.take());
    let output = watch.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "the last round counts");
    let said = text(&output.stdout);
    assert!(said.contains("检查通过") && said.contains("检查未通过"), "{said}");
}

#[test]
fn cases_proposed_for_survivors_notice_them() {
    let folder = copy("mutate", "why");
    let rules = fs::read_to_string(folder.join("规则/why.heng")).unwrap();
    let household = "  给定 户号：\"甲\", 面积：60 平方米, 从业人数：5 人, 关停：否\n";
    let case = format!("\n用例 \"小\" 基准日 2026-06-01\n{household}  期望 风险：A, 场所：12\n");
    fs::write(folder.join("规则/cases.heng"), &case).unwrap();
    let report = |folder: &Path| -> serde_json::Value {
        let output = heng(folder, &["test", "--mutate", "--format", "json"]);
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let first = report(&folder);
    let survivors = first["packages"][0]["survivors"].as_array().unwrap();
    let proposed: Vec<&str> = survivors.iter().filter_map(|it| it["case"].as_str()).collect();
    assert!(proposed.len() > 5, "{first:#}");
    let judged = first["packages"][0]["judged"].as_u64().unwrap();
    let killed = first["packages"][0]["killed"].as_u64().unwrap();
    let proved = first["packages"][0]["proved"].as_array().unwrap();
    assert_eq!(judged - killed, (survivors.len() + proved.len()) as u64);
    assert!(killed > 0, "{first:#}");
    fs::write(folder.join("规则/cases.heng"), format!("{case}\n{}\n", proposed.join("\n\n")))
        .unwrap();
    let test = heng(&folder, &["test"]);
    assert_eq!(test.status.code(), Some(0), "{}", shown(&test));
    let second = report(&folder);
    let left = second["packages"][0]["survivors"].as_array().unwrap();
    let place = |it: &serde_json::Value| format!("{} {} {}", it["decl"], it["text"], it["change"]);
    let left: Vec<String> = left.iter().map(place).collect();
    for it in survivors.iter().filter(|it| it["case"].is_string()) {
        assert!(!left.contains(&place(it)), "{it:#} still survives");
    }
    assert_eq!(fs::read_to_string(folder.join("规则/why.heng")).unwrap(), rules, "rules stay");
    let sampled = heng(&folder, &["test", "--mutate", "--sample", "3", "--format", "json"]);
    let sampled: serde_json::Value = serde_json::from_slice(&sampled.stdout).unwrap();
    assert_eq!(sampled["judged"], 3);
}
