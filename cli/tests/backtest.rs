//! `heng backtest` from outside: a small project with every kind of row, bad input, the picture, and
//! the real records of Chicago with the figures that its README states.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod folders;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use folders::copy;

/// A row of every kind: a Windows file with a byte order mark.
const OUTCOME: &str = "\u{feff}代码,基准日,事件\r\n\
    H1,2025-01-31,否\r\n\
    H2,2025-01-31,是\r\n\
    H3,2025/1/31,1\r\n\
    H4,2025-01-31,是\r\n\
    H9,2025-01-31,否\r\n\
    H2,2025-01-31,是\r\n\
    H7,2025-01-31,\r\n\
    H8,2025-01-31,不详\r\n\
    ,2025-01-31,是\r\n\
    H1,昨天,是\r\n\
    H1,2025-01-31\r\n\
    H1,2024-12-31,是\r\n";

/// A copy of the small project in a folder of this test alone, with a table of outcomes.
fn project(name: &str, outcome: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("backtest-{name}"));
    let _ = fs::remove_dir_all(&folder);
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/small"), &folder);
    fs::write(folder.join("后来.csv"), outcome).unwrap();
    folder
}

fn heng(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heng"));
    command.current_dir(folder).args(args).env("LANG", "zh_CN.UTF-8").env("LC_ALL", "zh_CN.UTF-8");
    command.output().unwrap()
}

/// `heng backtest --outcome 后来.csv` with these flags.
fn backtest(folder: &Path, flags: &[&str]) -> Output {
    heng(folder, &[&["backtest", "--outcome", "后来.csv"], flags].concat())
}

fn shown(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap().replace('\\', "/");
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    format!("{out}---- stderr\n{err}---- exit {:?}\n", output.status.code())
}

fn refused(output: &Output, exit: i32, code: &str) {
    assert_eq!(output.status.code(), Some(exit), "{}", shown(output));
    assert!(shown(output).contains(code), "{}", shown(output));
}

#[test]
fn a_row_of_every_kind_is_counted_and_none_is_dropped_in_silence() {
    let folder = project("rows", OUTCOME);
    insta::assert_snapshot!("rows_zh", shown(&backtest(&folder, &[])));
    insta::assert_snapshot!("rows_en", shown(&backtest(&folder, &["--lang", "en"])));
    let json = backtest(&folder, &["--format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let (found, outcome) = (&report["backtest"], &report["outcome"]);
    // H3 stands before H1, and H2 beside it.
    assert_eq!(found["score"]["ranking"]["auc"]["exact"], "3/4");
    assert_eq!(found["score"]["ranking"]["gini"]["value"], "0.5000");
    assert_eq!(found["joined"]["unknown_keys"], serde_json::json!(["H9"]));
    assert_eq!(found["joined"]["outside"], 1);
    let counts = ["rows", "of_other_dates", "unknown", "repeated"].map(|it| outcome[it].clone());
    assert_eq!(counts, [12, 1, 1, 1].map(serde_json::Value::from));
    assert_eq!(outcome["bad_rows"].as_array().unwrap().len(), 4);
    assert!(found["notice"]["en"].as_str().unwrap().contains("internal reference"));
}

#[test]
fn another_date_another_column_and_another_score_can_be_named() {
    let folder =
        project("named", "户号,时点,受罚\nH1,2024-12-31,0\nH2,2024-12-31,0\nH3,2024-12-31,1\n");
    let columns = ["--key", "户号", "--date", "时点", "--event", "受罚"];
    refused(&backtest(&folder, &columns), 1, "D0402");
    let dates = ["--as-of", "2024-12-31", "--of", "2024-12-31"];
    let of = [&columns[..], &dates, &["--score", "次数分", "--format", "json"]].concat();
    let found = backtest(&folder, &of);
    let report: serde_json::Value = serde_json::from_slice(&found.stdout).unwrap();
    assert_eq!(report["backtest"]["score"]["name"]["name"], "次数分");
    assert_eq!(report["backtest"]["score"]["ranking"]["auc"]["exact"], "1/1");
    assert_eq!(report["backtest"]["grade"]["ranking"]["ks"]["exact"], "1/1");
    let reversed = backtest(&folder, &[&of[..], &["--low-is-risky"]].concat());
    let report: serde_json::Value = serde_json::from_slice(&reversed.stdout).unwrap();
    assert_eq!(report["backtest"]["score"]["ranking"]["auc"]["exact"], "0/1");
    // The same words in the project file.
    let mut project = fs::read_to_string(folder.join("heng.toml")).unwrap();
    project.push_str(
        "\n[回测]\n结果表 = \"后来.csv\"\n主键 = \"户号\"\n基准日列 = \"时点\"\n事件 = \"受罚\"\n\
         所对基准日 = \"2024-12-31\"\n分数 = \"次数分\"\n等级 = \"风险\"\n",
    );
    fs::write(folder.join("heng.toml"), project).unwrap();
    let stated = heng(&folder, &["backtest", "--as-of", "2024-12-31", "--format", "json"]);
    assert_eq!(stated.stdout, found.stdout, "{}", shown(&stated));
}

#[test]
fn what_cannot_be_compared_is_refused_with_its_reason() {
    let folder = project("refused", OUTCOME);
    refused(&heng(&folder, &["backtest"]), 2, "--outcome");
    refused(&heng(&folder, &["backtest", "--outcome", "没有.csv"]), 1, "D0101");
    refused(&backtest(&folder, &["--event", "事情"]), 1, "D0104");
    refused(&backtest(&folder, &["--date", "日期"]), 1, "D0104");
    refused(&backtest(&folder, &["--score", "次数"]), 2, "D0406");
    refused(&backtest(&folder, &["--grade", "总分"]), 2, "D0406");
    refused(&backtest(&folder, &["--picture", "图.png"]), 2, "D0409");
    refused(&backtest(&folder, &["--picture", "后来.csv/图.svg"]), 1, "D0203");
    let with =
        |rows: &str| fs::write(folder.join("后来.csv"), format!("代码,事件\n{rows}")).unwrap();
    with("H1,是\nH2,否\nH1,否\nH2,是\n");
    let contradiction = backtest(&folder, &["--lang", "en"]);
    refused(&contradiction, 1, "D0401");
    assert!(shown(&contradiction).contains("lines 2 and 4"), "{}", shown(&contradiction));
    with("H1,否\nH2,否\n");
    refused(&backtest(&folder, &[]), 1, "D0404");
    with("H1,是\nH2,是\n");
    refused(&backtest(&folder, &[]), 1, "D0405");
    with("H1,也许\nH2,\n");
    let unread = backtest(&folder, &[]);
    refused(&unread, 1, "D0403");
    assert!(shown(&unread).contains("后来.csv:2"), "{}", shown(&unread));
    refused(&backtest(&folder, &["--of", "2025-01-31"]), 1, "D0104");
    fs::write(folder.join("后来.csv"), "代码,事件,event\nH1,是,否\n").unwrap();
    refused(&backtest(&folder, &[]), 1, "D0105");
    with("");
    refused(&backtest(&folder, &["--format", "json"]), 1, "D0403");
    with("H1,\"是\n");
    refused(&backtest(&folder, &[]), 1, "D0114");
}

#[test]
fn of_several_grades_one_has_to_be_named() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let city = ["backtest", "-C", "examples/chizhou", "--outcome", "后来.csv"];
    refused(&heng(&root, &city), 2, "D0407");
    let folder = project("nothing", OUTCOME);
    fs::write(
        folder.join("rules/small.heng"),
        "规则集 空 版本 1\n主体 户\n  代码：文本 主键\n值 一 = 1\n",
    )
    .unwrap();
    refused(&backtest(&folder, &[]), 2, "D0408");
}

#[test]
fn the_picture_is_the_same_each_time_and_speaks_the_language_asked_for() {
    let folder = project("picture", OUTCOME);
    let draw = |name: &str, lang: &str| {
        let found = backtest(&folder, &["--picture", name, "--lang", lang]);
        assert_eq!(found.status.code(), Some(0), "{}", shown(&found));
        fs::read_to_string(folder.join(name)).unwrap()
    };
    let chinese = draw("一.svg", "zh");
    assert_eq!(chinese, draw("二.svg", "zh"));
    for words in ["小样.总分：AUC 0.7500", "户的占比，由高险到低险", "不得作为公开的信用评价使用"]
    {
        assert!(chinese.contains(words), "{words}: {chinese}");
    }
    assert!(draw("en.svg", "en").contains("share of households, riskiest first"));
}

#[test]
fn the_records_of_chicago_give_the_figures_of_their_readme() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let project = ["-C", "examples/chicago-food", "--lang", "en"];
    let call = |args: &[&str]| heng(&root, &[args, &project[..]].concat());
    let check = call(&["check"]);
    assert_eq!(check.status.code(), Some(0), "{}", shown(&check));
    let test = call(&["test", "--coverage"]);
    assert_eq!(test.status.code(), Some(0), "{}", shown(&test));
    let covered = shown(&test);
    let rows: Vec<&str> = covered.lines().filter(|it| it.contains('%')).collect();
    assert!(rows.len() >= 5 && rows.iter().all(|it| it.ends_with("100.0%")), "{covered}");
    let picture = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("chicago-lift.svg");
    let text = shown(&call(&["backtest", "--picture", picture.to_str().unwrap()]));
    let lines: Vec<&str> = text.lines().filter(|it| !it.starts_with("drawn: ")).collect();
    let text = lines.join("\n");
    insta::assert_snapshot!("chicago", text);
    let (drawn, kept) = (fs::read(picture), fs::read(root.join("examples/chicago-food/lift.svg")));
    assert!(drawn.unwrap() == kept.unwrap(), "examples/chicago-food/lift.svg is another picture");
    let readme = fs::read_to_string(root.join("examples/chicago-food/README.md")).unwrap();
    let stated = |it: &&str| it.contains("AUC") || it.contains("  high ") || it.contains("0–10%");
    let lines: Vec<&str> = text.lines().filter(stated).collect();
    assert!(lines.len() >= 4, "{text}");
    for line in lines.iter().filter(|it| !it.starts_with("Intervals")) {
        assert!(readme.contains(line), "the README states other figures than\n{line}");
    }
}
