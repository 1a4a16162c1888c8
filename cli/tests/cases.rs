//! `heng test` from outside: what a failed case says, and in which forms.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

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
