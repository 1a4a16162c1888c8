//! `heng diff OLD NEW --data` on the sample city: who moves, because of what, in which form, and with which exit
//! code.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;

fn heng(args: &[&str], folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heng"));
    command.current_dir(folder).args(args).env("LC_ALL", "zh_CN.UTF-8").env("NO_COLOR", "1");
    command.output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Two versions of the general set beside the food set, which uses it; three places differ.
fn versions(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("impact-{name}"));
    let _ = fs::remove_dir_all(&folder);
    for side in ["old", "new"] {
        for set in ["data-standard", "general", "food"] {
            copy(&root().join("indicator-sets").join(set), &folder.join(side).join(set));
        }
    }
    let edit = |file: &str, from: &str, to: &str| {
        let path = folder.join("new/general").join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from}");
        fs::write(&path, text.replace(from, to)).unwrap();
    };
    edit("grading.heng", "参数 信用B级分界 = 95 分", "参数 信用B级分界 = 90 分");
    edit("reputation.heng", "10 × 属实数 + 2", "15 × 属实数 + 2");
    edit("grading.heng", "# 分类：先按分数，再看直接判定。", "# 只是换了一句话。");
    folder
}

/// A small sample city, written once.
fn data() -> String {
    static WRITTEN: OnceLock<String> = OnceLock::new();
    let write = || {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("impact-city");
        let _ = fs::remove_dir_all(&folder);
        let out = folder.to_string_lossy().into_owned();
        let args = ["sample", "--households", "160", "--seed", "3", "--out", &out];
        let output = heng(&args, &root());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        out
    };
    WRITTEN.get_or_init(write).clone()
}

fn sum(all: &Value, of: &str) -> u64 {
    all.as_array().unwrap().iter().map(|it| it[of].as_u64().unwrap()).sum()
}

#[test]
fn a_review_says_who_moves_and_because_of_which_change() {
    let folder = versions("json");
    let data = data();
    let args = [
        "diff", "old", "new", "--data", &data, "--by", "区划", "--by", "行业:1", "--format", "json",
    ];
    let output = heng(&args, &folder);
    assert_eq!(output.status.code(), Some(4), "{}", String::from_utf8_lossy(&output.stderr));
    let json: Value = serde_json::from_str(&out(&output)).unwrap();
    let effect = &json["impact"]["effect"];
    let names: Vec<&str> = effect["grades"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["name"]["name"].as_str().unwrap())
        .collect();
    // Food's combined grade rests on the general one, its own grade does not.
    assert!(names.contains(&"信用风险") && names.contains(&"综合等级"), "{names:?}");
    let apart = effect["out_of_reach"].as_array().unwrap();
    assert!(apart.iter().any(|it| it["name"] == "食品风险"), "{apart:?}");
    assert_eq!(effect["attribution"]["changes"].as_array().unwrap().len(), 2);
    assert_eq!(effect["attribution"]["method"]["kind"], "exact");
    for grade in effect["grades"].as_array().unwrap() {
        let moved = grade["moved"].as_u64().unwrap();
        assert!(moved > 0 || grade["name"]["name"] != "信用风险");
        assert_eq!(sum(&grade["flows"], "count"), moved);
        for by in grade["by"].as_array().unwrap() {
            assert_eq!(sum(&by["groups"], "moved"), moved);
            assert_eq!(sum(&by["groups"], "households"), effect["households"].as_u64().unwrap());
        }
        for flow in grade["flows"].as_array().unwrap() {
            // Exact quotients sum to the count.
            let mut sum = (0_i128, 1_i128);
            for part in flow["parts"].as_array().unwrap() {
                let exact = part["households"]["exact"].as_str().unwrap();
                let (part, whole) = exact.split_once('/').unwrap();
                let (part, whole): (i128, i128) = (part.parse().unwrap(), whole.parse().unwrap());
                sum = (sum.0 * whole + part * sum.1, sum.1 * whole);
            }
            assert_eq!(sum.0, i128::from(flow["count"].as_u64().unwrap()) * sum.1);
        }
    }
    assert!(!effect["workload"].as_array().unwrap().is_empty());
}

#[test]
fn the_screen_shows_all_and_a_page_leaves_small_counts_out() {
    let folder = versions("text");
    let data = data();
    let text = out(&heng(&["diff", "old", "new", "--data", &data, "--by", "区划"], &folder));
    assert!(text.contains("改前＼改后") && text.contains("去掉“"), "{text}");
    assert!(text.contains("不说明经营者的行为因何而变"), "{text}");
    let english = out(&heng(&["diff", "old", "new", "--data", &data, "--lang", "en"], &folder));
    assert!(english.contains("without “") && english.contains("visits a year"), "{english}");
    let quiet = out(&heng(&["diff", "old", "new", "--data", &data, "--suppress", "5"], &folder));
    assert!(quiet.contains('*') && quiet.contains("少于 5 户的数不显示"), "{quiet}");
    let output =
        heng(&["diff", "old", "new", "--data", &data, "--by", "区划", "--out", "p.html"], &folder);
    assert_eq!(output.status.code(), Some(4), "{}", String::from_utf8_lossy(&output.stderr));
    let page = fs::read_to_string(folder.join("p.html")).unwrap();
    assert!(page.contains("class=\"matrix\"") && page.contains("少于 5 户"));
    assert!(!page.contains("92****"), "a page names no household");
    let args = ["diff", "old", "new", "--data", &data, "--suppress", "0", "--out", "all.html"];
    assert_eq!(heng(&args, &folder).status.code(), Some(4));
    let all = fs::read_to_string(folder.join("all.html")).unwrap();
    assert!(all.contains("<svg") && !all.contains("少于 5 户"), "flows are drawn");
}

#[test]
fn two_months_are_told_apart() {
    let folder = versions("months");
    let args =
        ["diff", "old", "new", "--data", &data(), "--old-as-of", "2026-07-31", "--format", "json"];
    let output = heng(&args, &folder);
    let json: Value = serde_json::from_str(&out(&output)).unwrap();
    let months = &json["impact"]["months"];
    assert_eq!(months["dates"][0], "2026-07-31");
    let grade = &months["grades"][0];
    assert!(!grade["flows"].as_array().unwrap().is_empty());
    for flow in grade["flows"].as_array().unwrap() {
        assert_eq!(flow["facts"]["exact"], "0/1");
    }
}

#[test]
fn what_cannot_be_asked_is_said() {
    let folder = versions("usage");
    let output = heng(&["diff", "old", "new", "--by", "区划"], &folder);
    assert_eq!(output.status.code(), Some(2));
    let output = heng(&["diff", "old", "new", "--data", &data(), "--by", "区化"], &folder);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("没有叫“区化”的字段或值"));
    // Nothing but a comment differs.
    let output = heng(&["diff", "old", "old", "--data", &data()], &folder);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(out(&output).contains("0 户的结果改变"));
}

/// What a review says of these versions, as JSON.
fn review(folder: &Path, more: &[&str]) -> String {
    let mut args = vec!["diff", "old", "new", "--data", "snapshot", "--by", "区划"];
    args.extend(["--format", "json"]);
    args.extend(more);
    let output = heng(&args, folder);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(!said.contains("没有存下"), "{said}");
    out(&output)
}

#[test]
fn what_versions_come_to_is_kept_and_nothing_depends_on_it() {
    let folder = versions("keep");
    let import = ["import", &data(), "--into", "snapshot", "--rules", "old/food", "--path", "old"];
    let output = heng(&import, &folder);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let plain = review(&folder, &[]);
    let keep = ["--keep", "kept"];
    assert_eq!(review(&folder, &["--engine", "reference"]), plain);
    assert_eq!(review(&folder, &keep), plain);
    let files = |of: &str| -> Vec<PathBuf> {
        let registers = fs::read_dir(folder.join(of)).unwrap();
        let files = registers.flat_map(|it| fs::read_dir(it.unwrap().path()).unwrap());
        let files = files.map(|it| it.unwrap().path());
        files.filter(|it| !it.file_name().unwrap().to_string_lossy().starts_with('.')).collect()
    };
    let kept = files("kept").len();
    assert!(kept > 10, "{kept}");
    assert_eq!(review(&folder, &keep), plain);
    assert_eq!(files("kept").len(), kept, "all is found again");

    // What an edit does not reach is found again, too, and what was kept before it stays.
    let path = folder.join("new/general/relations.heng");
    let text = fs::read_to_string(&path).unwrap();
    let edited = text.replace("评分 = 5 × 户数", "评分 = 4 × 户数");
    assert_ne!(edited, text);
    fs::write(&path, edited).unwrap();
    let other = review(&folder, &[]);
    assert_ne!(other, plain);
    assert_eq!(review(&folder, &keep), other);
    let more = files("kept").len();
    assert!(kept < more && more < 2 * kept, "{kept}, {more}");
    let edited = fs::read_to_string(&path).unwrap();
    fs::write(&path, text).unwrap();
    assert_eq!(review(&folder, &keep), plain);
    assert_eq!(files("kept").len(), more);
    fs::write(&path, edited).unwrap();

    // A file that is damaged is as good as none: it is written anew.
    let anew = ["--keep", "anew"];
    assert_eq!(review(&folder, &anew), other);
    let all = files("anew");
    for (at, file) in all.iter().enumerate() {
        let mut bytes = fs::read(file).unwrap();
        match at % 3 {
            0 => bytes.truncate(bytes.len() / 2),
            1 => *bytes.last_mut().unwrap() ^= 1,
            _ => bytes.clear(),
        }
        fs::write(file, bytes).unwrap();
    }
    assert_eq!(review(&folder, &anew), other);
    assert_eq!(files("anew").len(), all.len());
    assert!(files("anew").iter().all(|it| fs::metadata(it).unwrap().len() > 0));

    // Another date is another matter.
    let earlier = ["--as-of", "2026-07-31"];
    assert_eq!(review(&folder, &[&keep[..], &earlier].concat()), review(&folder, &earlier));

    // Files may change behind our back, and the reference evaluator works everything out.
    let args = ["diff", "old", "new", "--keep", "kept", "--data"];
    for more in [&[data().as_str()][..], &["snapshot", "--engine", "reference"]] {
        let output = heng(&[&args[..], more].concat(), &folder);
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains("--keep 只用于快照"));
    }
}
