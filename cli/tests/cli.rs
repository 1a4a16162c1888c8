//! The binary from outside: what it prints, writes and answers to the shell, with good and bad input.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod folders;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use folders::copy;

/// A copy of the small project in a folder of this test alone.
fn project(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/small"), &folder);
    folder
}

/// Runs `heng` in a folder, in Chinese, without colours.
fn heng(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heng"));
    command.current_dir(folder).args(args).env("LANG", "zh_CN.UTF-8").env("LC_ALL", "zh_CN.UTF-8");
    command.output().unwrap()
}

/// What came out, with paths and times made the same everywhere.
fn shown(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap().replace('\\', "/");
    let timeless = |line: &str| {
        let timed = line.starts_with("分类 ") && line.contains("每秒");
        if timed { "分类 … 每秒 … 户\n".to_owned() } else { format!("{line}\n") }
    };
    let out: String = text(&output.stdout).lines().map(timeless).collect();
    let code = output.status.code();
    format!("{out}---- stderr\n{}---- exit {code:?}\n", text(&output.stderr))
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

fn write(folder: &Path, file: &str, bytes: impl AsRef<[u8]>) {
    let path = folder.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_project_is_checked_tested_and_run_without_arguments() {
    let folder = project("plain");
    let check = heng(&folder, &["check"]);
    assert_eq!(code(&check), Some(0), "{}", shown(&check));
    insta::assert_snapshot!("test", shown(&heng(&folder, &["test", "--coverage"])));
    insta::assert_snapshot!("run", shown(&heng(&folder, &["run", "--coverage"])));
}

#[test]
fn a_project_that_is_named_like_a_rule_set_is_the_project() {
    let folder = project("named_like_rules");
    let above = folder.parent().unwrap();
    for command in ["check", "test", "run", "graph"] {
        let named = shown(&heng(above, &[command, "named_like_rules"]));
        assert_eq!(named, shown(&heng(above, &[command, "-C", "named_like_rules"])), "{command}");
        assert!(named.ends_with("exit Some(0)\n"), "{named}");
    }
    // A folder with rules is a rule set, whatever stands beside them; and so is what is named together with others.
    let rules = above.join("named_like_rules_and_one");
    let _ = fs::remove_dir_all(&rules);
    copy(&folder.join("rules"), &rules);
    fs::copy(folder.join("heng.toml"), rules.join("heng.toml")).unwrap();
    assert_eq!(code(&heng(above, &["check", "named_like_rules_and_one"])), Some(0));
    let both = heng(above, &["check", "named_like_rules", "named_like_rules_and_one"]);
    assert!(shown(&both).contains("E0612"), "{}", shown(&both));
}

#[test]
fn the_project_is_found_from_a_folder_below() {
    let folder = project("below");
    let check = heng(&folder.join("data"), &["check"]);
    assert_eq!(code(&check), Some(0), "{}", shown(&check));
}

#[test]
fn a_household_is_explained_and_its_telephone_is_hidden_unless_asked_for() {
    let folder = project("explain");
    let hidden = heng(&folder, &["explain", "H3"]);
    insta::assert_snapshot!("explain", shown(&hidden));
    assert!(!shown(&hidden).contains("13800000003"));
    let revealed = heng(&folder, &["explain", "H3", "--reveal", "--format", "json"]);
    assert!(shown(&revealed).contains("13800000003"));
    let unknown = heng(&folder, &["explain", "H7"]);
    assert_eq!(code(&unknown), Some(1), "{}", shown(&unknown));
}

#[test]
fn results_are_written_the_same_each_time_and_harmless_to_a_spreadsheet() {
    let folder = project("out");
    let columns = ["run", "--out", "一.csv", "--columns", "代码,名称,电话,风险"];
    let first = heng(&folder, &columns);
    assert_eq!(code(&first), Some(0), "{}", shown(&first));
    let one = fs::read_to_string(folder.join("一.csv")).unwrap();
    assert_eq!(
        code(&heng(
            &folder,
            &["run", "--out", "二.csv", "--columns", "代码,名称,电话,风险", "--threads", "2"]
        )),
        Some(0)
    );
    assert_eq!(one, fs::read_to_string(folder.join("二.csv")).unwrap());
    assert!(!one.contains(",=1+1"), "{one}");
    assert!(!one.contains("13800000003"), "{one}");
    let quarantine = fs::read_to_string(folder.join("一.隔离.csv")).unwrap();
    assert!(quarantine.contains("P4") || quarantine.contains("H9"), "{quarantine}");
    assert!(quarantine.contains("2024-02-30"), "{quarantine}");
    assert_eq!(code(&heng(&folder, &["run", "--out", "三.ods"])), Some(2));
    assert_eq!(code(&heng(&folder, &["run", "--out", "三.csv", "--columns", "风睑"])), Some(2));
}

#[test]
fn more_bad_rows_than_allowed_hit_a_gate() {
    let folder = project("gate");
    let run = heng(&folder, &["run", "--max-bad", "1"]);
    assert_eq!(code(&run), Some(5), "{}", shown(&run));
    assert!(shown(&run).contains("D0111"), "{}", shown(&run));
}

#[test]
fn a_date_after_the_cut_off_is_refused_unless_meant() {
    let folder = project("date");
    assert_eq!(code(&heng(&folder, &["run", "--as-of", "2025-02-28"])), Some(1));
    assert_eq!(code(&heng(&folder, &["run", "--as-of", "2025-02-28", "--beyond-cutoff"])), Some(0));
    assert_eq!(code(&heng(&folder, &["run", "--as-of", "2025-02-30"])), Some(2));
}

#[test]
fn the_graph_is_drawn_around_a_name() {
    let folder = project("graph");
    insta::assert_snapshot!("graph", shown(&heng(&folder, &["graph", "--up", "风险"])));
    for format in ["dot", "mermaid", "json"] {
        assert_eq!(code(&heng(&folder, &["graph", "--format", format])), Some(0), "{format}");
    }
    let unknown = heng(&folder, &["graph", "--up", "风睑"]);
    assert_eq!(code(&unknown), Some(2), "{}", shown(&unknown));
    assert!(shown(&unknown).contains("风险"), "{}", shown(&unknown));
}

#[test]
fn problems_are_shown_with_code_place_and_text_in_the_language_asked_for() {
    let folder = project("problems");
    let rules = fs::read_to_string(folder.join("rules/small.heng")).unwrap();
    write(
        &folder,
        "rules/small.heng",
        rules.replace("近 期)", "近 观查期)").replace("    10 以上不满 20：B\n", ""),
    );
    insta::assert_snapshot!("problems", shown(&heng(&folder, &["check"])));
    let english = heng(&folder, &["check", "--lang", "en"]);
    assert!(shown(&english).contains("error[E0201]"), "{}", shown(&english));
    let json = heng(&folder, &["run", "--format", "json"]);
    assert_eq!(code(&json), Some(1));
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let first = &json["diagnostics"][0];
    assert!(first["place"]["line"].as_u64().unwrap() > 1, "{first}");
    assert!(first["message"]["zh"].is_string() && first["message"]["en"].is_string(), "{first}");
}

#[test]
fn a_gap_in_a_table_is_refused_with_the_value_that_falls_into_it() {
    let folder = project("gap");
    let rules = fs::read_to_string(folder.join("rules/small.heng")).unwrap();
    write(&folder, "rules/small.heng", rules.replace("    1 次：20\n", ""));
    let check = heng(&folder, &["check"]);
    assert_eq!(code(&check), Some(1), "{}", shown(&check));
    assert!(shown(&check).contains("E0401"), "{}", shown(&check));
}

#[test]
fn wrong_usage_is_answered_with_2() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("usage");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    for args in [
        &["nonsense"][..],
        &["run", "--threads", "0"],
        &["check", "-C", "missing/heng.toml"],
        &["check", "x", "--link", "甲"],
        &["explain"],
    ] {
        assert_eq!(code(&heng(&folder, args)), Some(2), "{args:?}");
    }
    write(&folder, "heng.toml", "rule = ['misspelt']");
    let misspelt = heng(&folder, &["check"]);
    assert_eq!(code(&misspelt), Some(2), "{}", shown(&misspelt));
    assert!(shown(&misspelt).contains("rule"), "{}", shown(&misspelt));
    write(&folder, "heng.toml", "");
    assert_eq!(code(&heng(&folder, &["check"])), Some(2), "no rule set was named");
}

#[test]
fn bad_rule_files_are_problems_and_never_crashes() {
    let good = "规则集 甲 \"示例\" 版本 1\n参数 期 = 24 个月\n";
    let mut latin = b"\xff\xfe".to_vec();
    latin.extend_from_slice(good.as_bytes());
    let deep = format!("{good}值 深 = {}1{}\n", "(".repeat(5000), ")".repeat(5000));
    for (name, bytes, exit) in [
        ("empty", Vec::new(), 1),
        ("blank", b"\n\n".to_vec(), 1),
        ("good", good.as_bytes().to_vec(), 0),
        ("crlf", good.replace('\n', "\r\n").into_bytes(), 0),
        ("bom", format!("\u{feff}{good}").into_bytes(), 0),
        ("encoding", latin, 1),
        ("nul", format!("{good}\0\0").into_bytes(), 1),
        ("escape", format!("{good}值 \u{1b}[31m = 1\n").into_bytes(), 1),
        ("deep", deep.into_bytes(), 1),
        ("types", format!("{good}值 乙 = 期 + 1万元\n").into_bytes(), 1),
        ("circle", format!("{good}值 乙 = 丙\n值 丙 = 乙\n").into_bytes(), 1),
    ] {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bad").join(name);
        let _ = fs::remove_dir_all(&folder);
        write(&folder, "甲/甲.heng", bytes);
        let check = heng(&folder, &["check", "甲"]);
        assert_eq!(code(&check), Some(exit), "{name}: {}", shown(&check));
        assert!(!check.stderr.contains(&0x1b), "{name}: {}", shown(&check));
        let sign = match name {
            "empty" | "blank" => "E0604",
            "encoding" => "E0612",
            "deep" => "E0110",
            "nul" => "E0101",
            _ => "",
        };
        assert!(shown(&check).contains(sign), "{name}: {}", shown(&check));
    }
}

#[test]
fn missing_and_circular_packages_and_hostile_names_are_told() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("packages");
    let _ = fs::remove_dir_all(&folder);
    write(&folder, "a/a.heng", "规则集 甲 \"甲\" 版本 1\n引用 乙\n");
    write(&folder, "b/b.heng", "规则集 乙 \"乙\" 版本 1\n引用 甲\n");
    let circle = heng(&folder, &["check", "a"]);
    assert_eq!(code(&circle), Some(1), "{}", shown(&circle));
    assert!(shown(&circle).contains("E0602"), "{}", shown(&circle));
    write(&folder, "c/c.heng", "规则集 丙 \"丙\" 版本 1\n引用 丁\n");
    let missing = heng(&folder, &["check", "c"]);
    assert!(shown(&missing).contains("E0601"), "{}", shown(&missing));
    assert_eq!(code(&heng(&folder, &["check", "nowhere"])), Some(1));
    write(
        &folder,
        "out/d.heng",
        "规则集 丁 \"丁\" 版本 1\n代码表 表 文件 \"../../../../../../../../etc/passwd\"\n  代码：文本 主键\n",
    );
    let hostile = heng(&folder, &["check", "out"]);
    assert_eq!(code(&hostile), Some(1), "{}", shown(&hostile));
    assert!(!shown(&hostile).contains("root"), "{}", shown(&hostile));
}

#[test]
fn bad_data_are_told_with_their_file() {
    for (name, file, bytes, sign) in [
        ("no-table", "data/处罚.csv", None, "处罚"),
        ("no-column", "data/处罚.csv", Some("文号,代码,金额\n"), "决定日期"),
        ("empty", "data/户.csv", Some(""), "户.csv"),
        ("sheet", "data/data.toml", Some("截止 = 3"), "data.toml"),
    ] {
        let folder = project(&format!("data-{name}"));
        match bytes {
            Some(bytes) => write(&folder, file, bytes),
            None => fs::remove_file(folder.join(file)).unwrap(),
        }
        let run = heng(&folder, &["run"]);
        assert_eq!(code(&run), Some(1), "{name}: {}", shown(&run));
        assert!(shown(&run).contains(sign), "{name}: {}", shown(&run));
    }
}

#[test]
fn a_sample_is_made_and_completions_are_printed() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("sample");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let sample = heng(&folder, &["sample", "--households", "50", "--seed", "7", "--out", "城"]);
    assert_eq!(code(&sample), Some(0), "{}", shown(&sample));
    assert!(folder.join("城/个体工商户.csv").is_file());
    let script = heng(&folder, &["completions", "bash"]);
    assert!(shown(&script).contains("--coverage"));
}

/// The rule sets of the repository, the city's amendments with them.
#[test]
fn the_cases_of_the_shipped_sets_pass_and_leave_no_place_unexercised() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folders = fs::read_dir(root.join("indicator-sets")).unwrap();
    let mut sets: Vec<String> = folders
        .map(|it| format!("indicator-sets/{}", it.unwrap().file_name().to_str().unwrap()))
        .filter(|it| root.join(it).is_dir())
        .collect();
    sets.sort();
    assert!(sets.len() >= 6, "{sets:?}");
    let mut together = vec!["test", "--coverage", "--format", "json"];
    together.extend(sets.iter().map(String::as_str));
    for args in
        [&together[..], &["test", "-C", "examples/chizhou", "--coverage", "--format", "json"]]
    {
        let test = heng(&root, args);
        assert_eq!(code(&test), Some(0), "{}", shown(&test));
        let report: serde_json::Value = serde_json::from_slice(&test.stdout).unwrap();
        assert!(report["passed"].as_u64() > Some(90), "{}", report["passed"]);
        let places = report["coverage"]["items"].as_array().unwrap();
        let missed: Vec<_> = places.iter().filter(|it| it["count"] == 0).collect();
        assert!(missed.is_empty(), "{missed:#?}");
    }
}

/// The committed city with the rule sets of the repository.
#[test]
fn the_committed_city_is_classified() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let run = heng(&root, &["run", "-C", "examples/chizhou", "--format", "json"]);
    assert_eq!(code(&run), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    let report: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    let summary = &report["summary"];
    assert!(summary["in_population"].as_u64().unwrap() > 2900, "{summary}");
    assert!(summary["notice"]["zh"].as_str().unwrap().contains("内部参考"));
    // 通用 is only what 池州 is built upon, and 池州 takes its place in 食品 too.
    let sets = summary["sets"].as_array().unwrap().iter();
    let sets: Vec<&str> = sets.map(|it| it["package"].as_str().unwrap()).collect();
    assert_eq!(sets, ["池州", "食品"]);
    for grade in summary["grades"].as_array().unwrap() {
        let counts = grade["all"]["members"].as_array().unwrap();
        let used = counts.iter().filter(|it| it.as_u64() > Some(0)).count();
        assert!(used >= 3, "{}: hardly any grade is used: {counts:?}", grade["name"]);
    }
    assert!(
        report["problems"]["quarantined"].as_u64() > Some(0),
        "the flaws of the city were seen"
    );
}

#[test]
fn the_letter_of_a_household_with_an_error_says_what_could_not_be_worked_out() {
    let folder = project("error");
    let rules = folder.join("rules/small.heng");
    let text =
        fs::read_to_string(&rules).unwrap().replace("维度 监管 满分 40", "维度 监管 满分 80");
    let cubed = "\n指标 面积分 属于 监管 上限 40\n  取 数 = 面积 缺则 0 平方米\n  \
                 评分 = 数 × 数 × 数 × 0.000001 分\n  缘由 按面积\n";
    fs::write(&rules, text + cubed).unwrap();
    let households = folder.join("data/户.csv");
    let text = fs::read_to_string(&households).unwrap();
    fs::write(&households, text.replace("341702,30", "341702,99999999999999999")).unwrap();
    let letter = heng(&folder, &["explain", "H1"]);
    assert_eq!(code(&letter), Some(0), "{}", shown(&letter));
    insta::assert_snapshot!("explain_error", shown(&letter));
    let run = heng(&folder, &["run", "--out", "结果.csv"]);
    assert_eq!(code(&run), Some(0), "one household's error does not stop the others");
    let results = fs::read_to_string(folder.join("结果.csv")).unwrap();
    assert!(results.contains("小样.总分:R0101") && results.contains("H3"), "{results}");
}

#[test]
fn compiled_rules_are_the_same_bytes_each_time_and_name_their_hashes() {
    let folder = project("compile");
    let first = heng(&folder, &["compile", "--out", "data/规则"]);
    assert_eq!(code(&first), Some(0), "{}", shown(&first));
    let file = fs::read_to_string(folder.join("data/规则/小样.json")).unwrap();
    assert!(file.ends_with("}\n"), "a file ends with a line");
    let stdout = heng(&folder, &["compile"]).stdout;
    assert_eq!(String::from_utf8(stdout).unwrap(), file, "one rule set goes to the screen");
    let hashes = heng(&folder, &["compile", "--hash", "--format", "json"]);
    let hashes: serde_json::Value = serde_json::from_slice(&hashes.stdout).unwrap();
    let content = hashes["packages"][0]["content"].as_str().unwrap();
    assert!(file.contains(content) && content.starts_with("sha256:"), "{content}");
    let before = hashes["packages"][0]["meaning"].clone();
    let run = heng(&folder, &["run", "--format", "json"]);
    let run: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(run["summary"]["rules"]["packages"][0]["meaning"], before);
    let linked = heng(&folder, &["compile", "--linked", "--out", "一起.json"]);
    assert!(shown(&linked).contains("已写出“一起.json”"), "{}", shown(&linked));
}

#[test]
fn compile_says_where_it_cannot_write() {
    let folder = project("compile-nowhere");
    write(&folder, "taken", "x");
    let output = heng(&folder, &["compile", "--out", "taken/规则.json"]);
    assert_eq!(code(&output), Some(1));
    assert!(shown(&output).contains("taken/规则.json"), "{}", shown(&output));
}
