//! Stored models in place of source: every command gives the same bytes, alone, mixed, and closed.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

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

fn fine(output: &Output) -> String {
    assert!(output.status.success(), "{}", shown(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// A folder with four projects that say the same: from text (`text`), from one stored file a package
/// (`model`), from one closed file (`linked`), and the city's text on top of stored sets (`mixed`); with
/// the sample city of 60 households.
fn projects() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stored");
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(&root).unwrap();
        fine(&heng(&root, &["sample", "--households", "60", "--seed", "3", "--out", "data"]));
        let sets = repository().join("indicator-sets");
        let city = repository().join("examples/chizhou/rules");
        let [sets, city] = [&sets, &city].map(|it| it.to_str().unwrap().replace('\\', "/"));
        let project = |name: &str, rules: &str, rest: &str| {
            let folder = root.join(name);
            fs::create_dir_all(&folder).unwrap();
            let text = format!("rules = [{rules}]\ndata = '../data'\n{rest}\n");
            fs::write(folder.join("heng.toml"), text).unwrap();
            folder
        };
        let links = "[links]\n通用 = '池州'";
        let text = project(
            "text",
            &format!("'{city}', '{sets}/food'"),
            &format!("path = ['{sets}']\n{links}"),
        );
        fine(&heng(&text, &["compile", "--out", "../stored"]));
        fine(&heng(&text, &["compile", "--linked", "--out", "../closed.json"]));
        project("model", "'../stored/池州.json', '../stored/食品.json'", links);
        project("linked", "'../closed.json'", "");
        let base = root.join("base");
        fs::create_dir_all(&base).unwrap();
        for it in ["数据规范.json", "通用.json", "食品.json"] {
            fs::copy(root.join("stored").join(it), base.join(it)).unwrap();
        }
        project(
            "mixed",
            &format!("'{city}', '../base/食品.json'"),
            &format!("path = ['../base']\n{links}"),
        );
        root
    })
}

const STORED: [&str; 3] = ["model", "linked", "mixed"];

/// What a command prints, which has to be the same from text and from that project. Warnings go elsewhere:
/// they name the files that they were read from.
fn same(project: &str, args: &[&str]) -> String {
    let wanted = fine(&heng(&projects().join("text"), args));
    let found = fine(&heng(&projects().join(project), args));
    assert!(found == wanted, "{project}: heng {}\n{found}\n{wanted}", args.join(" "));
    wanted
}

#[test]
fn results_are_the_same_bytes() {
    let out = |project: &str| {
        let folder = projects().join(project);
        fine(&heng(&folder, &["run", "--all", "--out", "结果.csv"]));
        fs::read(folder.join("结果.csv")).unwrap()
    };
    let wanted = out("text");
    assert!(wanted.len() > 10_000);
    for project in STORED {
        assert!(out(project) == wanted, "{project}");
    }
}

#[test]
fn explanations_cases_and_graphs_are_the_same_bytes() {
    let table = fs::read_to_string(projects().join("data/个体工商户.csv")).unwrap();
    let row = table.lines().nth(7).unwrap();
    let key = row.split(',').find(|it| it.len() == 18 && it.starts_with("92")).unwrap();
    let letter = same("linked", &["explain", key]);
    assert!(letter.contains(key), "{letter}");
    let cases = same("model", &["test", "--coverage"]);
    assert!(cases.contains("用例"), "{cases}");
    assert!(same("mixed", &["graph", "--up", "食品.综合等级"]).contains("池州"));
}

#[test]
fn what_is_compiled_again_is_the_same_file() {
    let root = projects();
    for project in ["model", "mixed"] {
        let folder = root.join(project);
        fine(&heng(&folder, &["compile", "--out", "again"]));
        for it in fs::read_dir(root.join("stored")).unwrap() {
            let it = it.unwrap();
            let again = fs::read(folder.join("again").join(it.file_name())).unwrap();
            assert!(again == fs::read(it.path()).unwrap(), "{project}: {:?}", it.file_name());
        }
    }
    let folder = root.join("linked");
    fine(&heng(&folder, &["compile", "--linked", "--out", "again.json"]));
    let again = fs::read(folder.join("again.json")).unwrap();
    assert!(again == fs::read(root.join("closed.json")).unwrap());
}

#[test]
fn a_try_of_a_stored_set_quotes_what_stood_there() {
    let tried = same("model", &["try", "参数 观察期 = 36 个月", "指标 食品.食品投诉 上限 7"]);
    assert!(tried.contains("食品投诉"), "{tried}");
}

/// A small folder of this test alone.
fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&root);
    fs::create_dir_all(&root).unwrap();
    for (path, text) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

const BASE: &str = "\
规则集 甲 版本 1
等级 风险等级：A、B
主体 户
  代码：文本 主键
  面积：整数 平方米
参数 期 = 24 个月
指标 面积分 满分 5
  评分 按 面积
    100 平方米以下：1
    超过 100 平方米：5
分类 风险 为 风险等级 按 面积分
  不满 3：A
  3 以上：B
用例 \"小\" 基准日 2025-06-01
  给定 代码：\"1\", 面积：80 平方米
  期望 风险：A
";

const USER: &str = "\
规则集 乙 版本 1
引用 甲
值 两倍 = 甲.面积分 × 2
";

#[test]
fn a_stored_set_is_found_as_used_one_and_findings_show_its_lines() {
    let gap = BASE.replace("超过 100 平方米", "超过 120 平方米");
    let root =
        folder("stored-found", &[("甲/甲.heng", BASE), ("乙/乙.heng", USER), ("坏/坏.heng", &gap)]);
    fine(&heng(&root, &["compile", "甲", "--out", "库/甲.json"]));
    fs::remove_dir_all(root.join("甲")).unwrap();
    fs::remove_dir_all(root.join("坏")).unwrap();
    fine(&heng(&root, &["check", "乙", "--path", "库"]));
    fine(&heng(&root, &["check", "乙", "--path", "库/甲.json"]));
    fs::copy(root.join("库/甲.json"), root.join("甲.json")).unwrap();
    fine(&heng(&root, &["check", "乙"]));
    assert!(fine(&heng(&root, &["test", "甲.json"])).contains('1'));
    // The bound of the row as another program might change it, which leaves a gap.
    let text = fs::read_to_string(root.join("甲.json")).unwrap();
    let content = text.lines().find(|it| it.contains("\"content\": \"sha256")).unwrap().to_owned();
    let at = text.rfind("\"100\"").unwrap();
    let changed = format!("{}\"120\"{}", &text[..at], &text[at + 5..]).replace(&content, "");
    fs::write(root.join("甲.json"), changed).unwrap();
    insta::assert_snapshot!(shown(&heng(&root, &["check", "甲.json"])));
}

#[test]
fn what_needs_text_says_so() {
    let root = folder("stored-fmt", &[("甲/甲.heng", BASE)]);
    fine(&heng(&root, &["compile", "甲", "--out", "甲.json"]));
    let named = heng(&root, &["fmt", "甲.json"]);
    assert_eq!(named.status.code(), Some(1), "{}", shown(&named));
    assert!(shown(&named).contains("没有规则文字"), "{}", shown(&named));
    fs::write(root.join("heng.toml"), "rules = ['甲.json', '甲']\n").unwrap();
    let listed = heng(&root, &["fmt", "--check"]);
    assert_eq!(listed.status.code(), Some(0), "{}", shown(&listed));
}
