//! `heng diff` from outside: what it prints, what it writes, and how it ends.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder with an old and a new version of the small set; the new one with these texts exchanged.
fn versions(name: &str, edits: &[(&str, &str)]) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("heng-diff-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/small/rules/small.heng");
    let text = fs::read_to_string(file).unwrap();
    let mut new = text.clone();
    for (from, to) in edits {
        assert!(new.contains(from), "{from}");
        new = new.replacen(from, to, 1);
    }
    for (version, text) in [("old", text), ("new", new)] {
        fs::create_dir_all(folder.join(version)).unwrap();
        fs::write(folder.join(version).join("small.heng"), text).unwrap();
    }
    folder
}

fn heng(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heng"));
    command.current_dir(folder).args(args).env("LC_ALL", "zh_CN.UTF-8").env("NO_COLOR", "1");
    command.output().unwrap()
}

fn shown(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    format!(
        "{}---- stderr\n{}---- exit {:?}\n",
        text(&output.stdout),
        text(&output.stderr),
        output.status.code()
    )
}

const EDITS: &[(&str, &str)] = &[
    ("版本 1", "版本 2"),
    ("期 = 24 个月", "期 = 36 个月"),
    ("    1 次：20", "    1 次：25"),
    ("20 以上不满 40：C\n  40 以上：D", "20 以上不满 38：C\n  38 以上：D"),
    ("  依据 示例文件 第一条", "  依据 示例文件 第二条"),
];

#[test]
fn changes_with_an_effect() {
    let folder = versions("effect", EDITS);
    let mut all = String::new();
    for args in [&["diff", "old", "new"][..], &["diff", "old", "new", "--lang", "en"]] {
        let _ = writeln!(all, "$ heng {}\n{}", args.join(" "), shown(&heng(&folder, args)));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn changes_without_an_effect_exit_with_0() {
    let rewritten = [
        ("不满 10：A\n  10 以上不满 20：B", "10 以上不满 20：B\n  0 至 9：A"),
        ("参数 期", "# 观察期\n参数 期"),
        ("  缘由 近{期}有{次数}次处罚", "  缘由 {次数}次处罚"),
    ];
    let mut all = String::new();
    for (name, edits) in
        [("cosmetic", &rewritten[1..]), ("none", &[][..]), ("comment", &rewritten[1..2])]
    {
        let folder = versions(name, edits);
        let _ = writeln!(all, "{name}\n{}", shown(&heng(&folder, &["diff", "old", "new"])));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn programs_get_every_change_with_both_sides() {
    let folder = versions("json", EDITS);
    let output = heng(&folder, &["diff", "old", "new", "--format", "json"]);
    assert_eq!(output.status.code(), Some(4));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let changes = &json["changes"];
    assert_eq!(changes["counts"]["C4"], 1);
    assert_eq!(changes["effect_possible"], true);
    let list = changes["list"].as_array().unwrap();
    let cut_off = list.iter().find(|it| it["kind"] == "C4").unwrap();
    assert_eq!(cut_off["id"], "小样/classify/风险/edge:0/40");
    assert_eq!(cut_off["told"]["before"]["zh"], "40 分 以上");
    assert_eq!(cut_off["told"]["after"]["en"], "38 points or more");
    assert_ne!(changes["packages"][0]["old"]["meaning"], changes["packages"][0]["new"]["meaning"]);
}

#[test]
fn a_page_loads_nothing_and_runs_nothing() {
    let folder = versions("page", EDITS);
    let output = heng(&folder, &["diff", "old", "new", "--out", "review.html"]);
    assert_eq!(output.status.code(), Some(4));
    let page = fs::read_to_string(folder.join("review.html")).unwrap();
    assert!(page.contains("default-src 'none'"), "{page}");
    for forbidden in ["<script", "http://", "https://", "url("] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    assert!(
        page.contains("<td class=\"before\">24 个月</td><td class=\"after\">36 个月</td>"),
        "{page}"
    );
    // The same call writes the same bytes, whatever the locale.
    let again = heng(&folder, &["diff", "old", "new", "--format", "html"]);
    assert_eq!(String::from_utf8(again.stdout).unwrap(), page);
}

#[test]
fn what_cannot_be_read_is_said_and_nothing_is_compared() {
    let folder = versions("broken", &[("= 24 个月", "= 24 个越")]);
    let output = heng(&folder, &["diff", "old", "new"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("没有比较：“new”有"));
    let output = heng(&folder, &["diff", "old", "nowhere"]);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_question_about_kinds_and_households() {
    let folder = versions("where", EDITS);
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/small/data");
    let data = data.to_string_lossy().into_owned();
    let mut all = String::new();
    for args in [
        &["--where", "C4"][..],
        &["--data", &data, "--where", "C4 且 D→C"],
        &["--data", &data, "--where", "面积 缺则 0 > 50 且 *→B", "--lang", "en"],
        &["--data", &data, "--where", "B→"],
        &["--data", &data, "--where", "B→Z"],
        &["--data", &data, "--where", "面职 > 3"],
    ] {
        let args = [&["diff", "old", "new"][..], args].concat();
        let shown = shown(&heng(&folder, &args));
        let _ = writeln!(all, "$ heng {}\n{shown}", args.join(" ").replace(&data, "data"));
    }
    insta::assert_snapshot!(all);
}

const CITY: &str = "\
规则集 市 版本 1
基于 小样
修订 参数 期 因 市里定为一年
  依据 市局〔2025〕3号
  = 12 个月
修订 指标 次数分 第 2 行 = 30 因 市里从严
";

/// A province's set in two versions, and a city's that extends it.
fn city(name: &str, edits: &[(&str, &str)]) -> PathBuf {
    let folder = versions(name, edits);
    fs::create_dir_all(folder.join("city")).unwrap();
    fs::write(folder.join("city/city.heng"), CITY).unwrap();
    folder
}

fn rebase(folder: &Path, more: &[&str]) -> Output {
    let base = ["rebase", "city", "--onto", "new", "--from", "old"];
    heng(folder, &[&base[..], more].concat())
}

#[test]
fn what_only_one_side_changed_is_merged() {
    let folder = city("rebase", &[("2 次以上：40", "2 次以上：35"), ("版本 1", "版本 2")]);
    let output = rebase(&folder, &["--out", "merged.json"]);
    insta::assert_snapshot!(shown(&output));
    let merged = fs::read_to_string(folder.join("merged.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&merged).unwrap();
    assert_eq!(json["rules"]["id"], "市");
    // Both changes are in it.
    for points in [r#""number": "35""#, r#""number": "30""#] {
        assert!(merged.contains(points), "{merged}");
    }
}

#[test]
fn what_both_changed_is_a_conflict_and_never_a_silent_choice() {
    let folder =
        city("conflict", &[("期 = 24 个月", "期 = 36 个月"), ("    1 次：20", "    1 次：25")]);
    let mut all = shown(&rebase(&folder, &["--out", "merged"]));
    assert!(!folder.join("merged").exists());
    all += &shown(&rebase(&folder, &["--take", "city", "--lang", "en"]));
    all += &shown(&rebase(&folder, &["--take", "province"]));
    insta::assert_snapshot!(all);
}

#[test]
fn conflicts_are_answered_one_by_one_and_the_text_is_written() {
    let folder =
        city("answers", &[("期 = 24 个月", "期 = 36 个月"), ("    1 次：20", "    1 次：25")]);
    let take = ["--take", "city=期", "--take", "province=次数分", "--out", "merged"];
    let mut all = shown(&rebase(&folder, &take));
    all += &fs::read_to_string(folder.join("merged/city.heng")).unwrap();
    // By its number, and with one for all the others.
    all += &shown(&rebase(&folder, &["--take", "province", "--take", "city=2"]));
    // A folder that is not empty is never written into; what is no conflict cannot be decided.
    all += &shown(&rebase(&folder, &take));
    all += &shown(&rebase(&folder, &["--take", "city=无此"]));
    all += &shown(&rebase(&folder, &["--take", "谁"]));
    insta::assert_snapshot!(all);
    // What was written is a set like any other, on the new version.
    let check = heng(&folder, &["check", "merged", "new"]);
    assert_eq!(check.status.code(), Some(0), "{}", shown(&check));
}

#[test]
fn the_effect_is_told_against_both_parents() {
    let folder = city("effect-of", &[("2 次以上：40", "2 次以上：35"), ("版本 1", "版本 2")]);
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/small/data");
    let data = data.to_string_lossy().into_owned();
    let output = rebase(&folder, &["--data", &data, "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for parent in ["against_city", "against_province"] {
        let effect = &json["effect"][parent]["effect"];
        let grade = &effect["grades"][0];
        let sum = |it: &serde_json::Value| -> u64 {
            it.as_array()
                .unwrap()
                .iter()
                .flat_map(|it| it.as_array().unwrap())
                .map(|it| it.as_u64().unwrap())
                .sum()
        };
        assert_eq!(sum(&grade["matrix"]), effect["households"].as_u64().unwrap(), "{json:#}");
    }
    assert_eq!(json["merged"]["text"]["means_the_same"], true);
    insta::assert_snapshot!(shown(&rebase(&folder, &["--data", &data])).replace(&data, "data"));
    // From a snapshot the same: there the key stands once, and both packages declare it.
    let import = heng(&folder, &["import", &data, "--into", "snapshot", "--rules", "old"]);
    assert_eq!(import.status.code(), Some(0), "{}", shown(&import));
    let output = rebase(&folder, &["--data", "snapshot", "--format", "json"]);
    let of_snapshot: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for parent in ["against_city", "against_province"] {
        let effect = |it: &serde_json::Value| it["effect"][parent]["effect"].clone();
        assert!(effect(&of_snapshot).is_object(), "{}", shown(&output));
        assert_eq!(effect(&of_snapshot), effect(&json));
    }
}

#[test]
fn a_city_on_the_shipped_general_set_is_carried_over_as_text() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap();
    let folder = std::env::temp_dir().join(format!("heng-rebase-city-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let at = |path: &str| root.join(path).to_string_lossy().into_owned();
    let (city, onto) = (at("examples/chizhou/rules"), at("examples/review/general"));
    let sets = at("indicator-sets");
    let args = ["rebase", &city, "--onto", &onto, "--path", &sets, "--out", "池州"];
    let output = heng(&folder, &args);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    for file in ["chizhou.heng", "cases.heng", "本市行业.csv", "README.md"] {
        assert!(folder.join("池州").join(file).exists(), "{file}");
    }
    insta::assert_snapshot!(shown(&output).replace(&root.to_string_lossy().into_owned(), "."));
}

#[test]
fn a_row_that_moved_is_found_by_what_it_asks() {
    let folder = city("moved", &[("    0：0\n    1 次：20", "    1 次：20\n    0：0")]);
    insta::assert_snapshot!(shown(&rebase(&folder, &[])));
}
