//! `heng explain-code` from outside: a page in either language, the list, what is no code, and the line of
//! `heng check` that leads there.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use heng_dsl::diag::CODES;

fn heng(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heng"));
    command.current_dir(env!("CARGO_TARGET_TMPDIR")).args(args);
    command.env("LANG", "zh_CN.UTF-8").env("LC_ALL", "zh_CN.UTF-8").output().unwrap()
}

fn out(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn json(args: &[&str]) -> serde_json::Value {
    serde_json::from_str(&out(&heng(args))).unwrap()
}

#[test]
fn a_page_is_shown_in_the_language_of_the_user() {
    insta::assert_snapshot!("page_zh", out(&heng(&["explain-code", "E0401"])));
    insta::assert_snapshot!("page_en", out(&heng(&["explain-code", "e0302", "--lang", "en"])));
    insta::assert_snapshot!("page_edit", out(&heng(&["explain-code", "[E0625]"])));
    insta::assert_snapshot!(
        "page_impossible",
        out(&heng(&["explain-code", "111", "--lang", "en"]))
    );
}

#[test]
fn every_code_is_in_the_list_and_has_a_page() {
    let list = out(&heng(&["explain-code"]));
    assert_eq!(list.lines().count(), CODES.len());
    for code in CODES.iter().map(|it| it.name) {
        assert!(list.contains(code), "{code}");
        let page = out(&heng(&["explain-code", code]));
        assert!(page.starts_with(code), "{page}");
        // What a check says of the wrong example stands between the two.
        assert!(page.contains(&format!("[{code}]")) != page.contains("没有例子"), "{page}");
    }
}

#[test]
fn programs_get_both_languages_and_what_a_check_says() {
    let page = json(&["explain-code", "E0401", "--format", "json"]);
    assert_eq!(page["code"], "E0401");
    assert_eq!(page["title"]["en"], "A gap in a table");
    assert!(page["meaning"]["zh"].as_str().unwrap().contains("依据"));
    assert_eq!(page["diagnostics"][0]["code"], "E0401");
    assert_eq!(page["impossible"], serde_json::Value::Null);
    let list = json(&["explain-code", "--format", "json"]);
    assert_eq!(list.as_array().map(Vec::len), Some(CODES.len()));
    assert!(list.as_array().unwrap().iter().any(|it| it["severity"] == "warning"));
}

#[test]
fn what_is_no_code_is_refused_with_the_nearest_ones() {
    let told = |asked: &str, lang: &str| {
        let output = heng(&["explain-code", asked, "--lang", lang]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(output.stdout.is_empty());
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(told("E0100", "zh").contains("E0101"));
    assert!(told("空档", "zh").contains("E0401"));
    assert!(told("overlap", "en").contains("E0402  error"), "{}", told("overlap", "en"));
    assert!(told("D0102", "en").contains("lists them all"));
}

#[test]
fn a_check_says_once_where_its_codes_are_explained() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("explain_code");
    let rules = |text: &str| {
        fs::create_dir_all(folder.join("甲")).unwrap();
        fs::write(folder.join("甲/甲.heng"), format!("规则集 甲 版本 1\n{text}")).unwrap();
    };
    let check = |more: &[&str]| {
        let folder = folder.join("甲");
        let output = heng(&[&["check", folder.to_str().unwrap()], more].concat());
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    };
    rules("值 一 = 没有\n值 二 = 也没有\n指标 三 满分 5 满分 6\n  评分 = 5\n");
    let said = check(&[]);
    assert_eq!(said.matches("explain-code").count(), 1, "{said}");
    assert!(said.ends_with("说明和例子：heng explain-code E0201（还有 E0211）\n"), "{said}");
    assert!(check(&["--lang", "en"]).ends_with("heng explain-code E0201 (also E0211)\n"));
    assert!(!check(&["--format", "json"]).contains("explain-code"));
    rules("值 一 = 1\n");
    assert!(!check(&[]).contains("explain-code"));
}

#[test]
fn shells_complete_the_command() {
    for shell in ["bash", "zsh", "fish", "powershell"] {
        assert!(out(&heng(&["completions", shell])).contains("explain-code"), "{shell}");
    }
}
