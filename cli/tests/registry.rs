//! The registry from the command line: publish, look, fetch, use in place of folders, decide; and what a kill leaves.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use heng_engine::registry::vfs::Disk;
use heng_engine::registry::{Counted, Figures, Keeping, Plan, Registry, Session};

/// A project of this test alone: 甲 and 乙, which uses it, and an empty registry.
fn project(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("registry").join(name);
    let _ = fs::remove_dir_all(&folder);
    write(&folder, "heng.toml", "rules = ['rules/甲']\nregistry = '版本库'\nauthor = '省局'\n");
    rules(&folder, "1", 24);
    let text = "规则集 乙 版本 1\n引用 甲\n参数 期限 = 甲.观察期 + 1 个月\n";
    write(&folder, "rules/乙/乙.heng", text);
    fine(&folder, &["registry", "new"]);
    folder
}

fn rules(folder: &Path, version: &str, months: u32) {
    let text = format!("规则集 甲 版本 {version}\n# 观察多久\n参数 观察期 = {months} 个月\n");
    write(folder, "rules/甲/甲.heng", &text);
}

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heng"));
    command.current_dir(folder).args(args).env("LANG", "zh_CN.UTF-8").env("LC_ALL", "zh_CN.UTF-8");
    // 2026-11-28T08:00:00Z
    command.env("SOURCE_DATE_EPOCH", "1795852800");
    command
}

fn heng(folder: &Path, args: &[&str]) -> Output {
    command(folder, args).output().unwrap()
}

fn shown(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap().replace('\\', "/");
    let code = output.status.code();
    format!("{}---- stderr\n{}---- exit {code:?}\n", text(&output.stdout), text(&output.stderr))
}

fn fine(folder: &Path, args: &[&str]) -> String {
    let output = heng(folder, args);
    assert_eq!(output.status.code(), Some(0), "heng {}\n{}", args.join(" "), shown(&output));
    String::from_utf8(output.stdout).unwrap()
}

fn json(folder: &Path, args: &[&str]) -> serde_json::Value {
    serde_json::from_str(&fine(folder, &[args, &["--format", "json"]].concat())).unwrap()
}

#[test]
fn a_walk_through_publishing() {
    let folder = project("walk");
    let mut text = String::new();
    let mut walk = |args: &[&str]| {
        let output = shown(&heng(&folder, args));
        writeln!(text, "$ heng {}\n{output}", args.join(" ")).unwrap();
    };
    walk(&["versions"]);
    walk(&["publish", "rules/乙"]);
    walk(&[
        "publish",
        "rules/乙",
        "--with-used",
        "--effective-from",
        "2026-01-01",
        "--note",
        "首次发布",
    ]);
    walk(&["publish", "rules/乙"]);
    rules(&folder, "1", 36);
    walk(&["publish", "rules/甲"]);
    rules(&folder, "2", 36);
    walk(&["publish", "rules/甲", "--effective-from", "2025-06-01"]);
    walk(&["publish", "rules/甲", "--effective-from", "2026-10-01", "--lang", "en"]);
    walk(&["versions"]);
    walk(&["show", "甲@2026-03-31"]);
    walk(&["revert", "甲@2", "--reason", "试行中发现错判"]);
    walk(&["show", "甲@7"]);
    walk(&["show", "甲"]);
    walk(&["reject", "甲@1", "--reason", "x"]);
    walk(&["fetch", "乙@1", "--into", "取出"]);
    walk(&["fetch", "乙@1", "--into", "取出"]);
    walk(&["log"]);
    walk(&["versions", "--registry", "没有"]);
    insta::assert_snapshot!("walk", text);
    assert_eq!(
        fs::read(folder.join("取出/乙/乙.heng")).unwrap(),
        fs::read(folder.join("rules/乙/乙.heng")).unwrap()
    );
    fine(&folder, &["check", "取出/乙"]);
}

#[test]
fn versions_stand_in_place_of_folders() {
    let folder = project("places");
    fine(&folder, &["publish", "rules/乙", "--with-used", "--effective-from", "2026-01-01"]);
    rules(&folder, "2", 36);
    fine(&folder, &["publish", "rules/甲", "--effective-from", "2026-07-01"]);
    let hash = |rules: &str| {
        let compiled = json(&folder, &["compile", rules, "--hash"]);
        compiled["packages"][0]["content"].as_str().unwrap().to_owned()
    };
    assert_eq!(hash("甲@2"), hash("rules/甲"));
    assert_ne!(hash("甲@1"), hash("甲@2"));
    assert_eq!(hash("甲@2026-06-30"), hash("甲@1"));
    assert_eq!(hash("甲@2026-07-01"), hash("甲@2"));
    // 乙 was checked against the first version, and keeps it although there is a newer one.
    let compiled = json(&folder, &["compile", "乙@1", "--hash"]);
    let packages = compiled["packages"].as_array().unwrap();
    let versions: Vec<_> = packages.iter().map(|it| it["version"].as_str().unwrap()).collect();
    assert_eq!(versions, ["1", "1"], "{compiled}");
    fine(&folder, &["check", "乙@2026-08-01"]);
    fine(&folder, &["test", "乙@1"]);
    write(&folder, "bare/heng.toml", "rules = ['甲@1']\n");
    let output = heng(&folder, &["check", "-C", "bare"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(shown(&output).contains("--registry"), "{}", shown(&output));
    // In the project file, wherever that stands; a folder of that name goes before.
    write(&folder, "sub/heng.toml", "rules = ['甲@1']\nregistry = '../版本库'\n");
    let compiled = json(&folder, &["compile", "--hash", "-C", "sub"]);
    assert_eq!(compiled["packages"][0]["version"], "1");
    write(&folder, "甲@1/x.heng", "规则集 丙 版本 9\n参数 一 = 1\n");
    let compiled = json(&folder, &["compile", "甲@1", "--hash"]);
    assert_eq!(compiled["packages"][0]["package"], "丙");
    for (args, exit, word) in [
        (&["check", "甲@9"][..], 2, "甲@9"),
        (&["check", "甲@2020-01-01"][..], 2, "没有生效"),
        (&["check", "甲@2", "--registry", "没有"][..], 2, "registry new"),
    ] {
        let output = heng(&folder, args);
        assert_eq!(output.status.code(), Some(exit), "{args:?}: {}", shown(&output));
        assert!(shown(&output).contains(word), "{args:?}: {}", shown(&output));
    }
}

#[test]
fn what_fails_its_check_or_a_case_is_not_published() {
    let folder = project("failing");
    write(&folder, "rules/甲/甲.heng", "规则集 甲 版本 1\n参数 观察期 = 没有\n");
    let output = heng(&folder, &["publish", "rules/甲"]);
    assert_eq!(output.status.code(), Some(1), "{}", shown(&output));
    assert!(shown(&output).contains("E0201"), "{}", shown(&output));
    let sound = include_str!("../templates/empty/rules/规则/规则.heng");
    write(&folder, "rules/甲/甲.heng", &sound.replace("期望 行政处罚：20", "期望 行政处罚：30"));
    let output = heng(&folder, &["publish", "rules/甲", "--format", "json"]);
    assert_eq!(output.status.code(), Some(1), "{}", shown(&output));
    assert!(shown(&output).contains("\"failed\": 1"), "{}", shown(&output));
    assert!(json(&folder, &["versions"]).as_array().unwrap().is_empty());
    write(&folder, "rules/甲/甲.heng", sound);
    let published = json(&folder, &["publish", "rules/甲"]);
    assert_eq!(published["published"][0]["cases"], 4);
    // What the set states itself holds where the call says nothing.
    assert_eq!(published["published"][0]["effective"]["from"], "2026-01-01");
}

#[test]
fn a_second_writer_is_refused_and_damage_has_its_own_exit() {
    let folder = project("writers");
    fine(&folder, &["publish", "rules/甲"]);
    let root = folder.join("版本库");
    let session = Session { by: "a".into(), at: "b".into(), owner: "市局 pid 7".into() };
    let held = Registry::open(&root, Arc::new(Disk), Keeping::OnDisk, &session).unwrap();
    let output = heng(&folder, &["publish", "rules/甲"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(shown(&output).contains("V0104") && shown(&output).contains("市局 pid 7"));
    fine(&folder, &["versions"]);
    held.close().unwrap();
    let journal = root.join("journal/000001.jnl");
    let mut bytes = fs::read(&journal).unwrap();
    bytes[30] ^= 1;
    fs::write(&journal, bytes).unwrap();
    for args in [&["versions"][..], &["publish", "rules/甲"], &["check", "甲@1"]] {
        let output = heng(&folder, args);
        assert_eq!(output.status.code(), Some(7), "{args:?}: {}", shown(&output));
        assert!(shown(&output).contains("doctor"), "{args:?}: {}", shown(&output));
    }
}

/// `HENG_TRIALS=20` makes it that many times longer.
#[test]
fn a_kill_loses_nothing_that_was_acknowledged() {
    const TRIALS: usize = 30;
    const SEED: u64 = 20_261_128;
    let more = std::env::var("HENG_TRIALS").ok().and_then(|it| it.parse().ok());
    let folder = project("kills");
    let mut chance = SEED;
    let (mut acknowledged, mut killed) = (Vec::new(), 0);
    // How long a call takes here, by the first ones; a kill falls anywhere in it.
    let started = std::time::Instant::now();
    for version in ["a", "b"] {
        rules(&folder, version, 24);
        fine(&folder, &["publish", "rules/甲"]);
        acknowledged.push(version.to_owned());
    }
    let usual = u64::try_from(started.elapsed().as_micros() / 2).unwrap();
    for trial in 0..TRIALS * more.unwrap_or(1_usize) {
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        let version = format!("t{trial}");
        rules(&folder, &version, 24);
        let mut publish = command(&folder, &["publish", "rules/甲"]);
        let mut child = publish.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(chance % (usual * 5 / 4)));
        let _ = child.kill();
        if child.wait().unwrap().success() {
            acknowledged.push(version);
        } else {
            killed += 1;
        }
        let root = folder.join("版本库");
        let registry = Registry::read(&root, Arc::new(Disk)).unwrap();
        let rows = registry.versions(None).unwrap();
        for version in &acknowledged {
            assert!(
                rows.iter().any(|it| *it.version == **version),
                "seed {SEED}: {version} is lost"
            );
        }
        for row in &rows {
            registry.closed(row).unwrap();
        }
    }
    assert!(killed > 3, "only {killed} of the calls were killed");
    rules(&folder, "last", 24);
    fine(&folder, &["publish", "rules/甲"]);
}

/// A set that grades by one number, with this edge between B and C.
fn graded(folder: &Path, version: &str, edge: u32) {
    let text = format!(
        "规则集 甲 版本 {version}\n\n等级 风险等级：A、B、C、D\n\n主体 户\n  代码：文本 主键\n  违法次数：整数\n\n\
         分类 信用风险 为 风险等级 按 违法次数\n  不满 1：A\n  1 以上不满 {edge}：B\n  {edge} 以上不满 9：C\n  9 以上：D\n"
    );
    write(folder, "rules/甲/甲.heng", &text);
}

/// Households with 0 to 9 violations each, and this line at the end.
fn households(folder: &Path, last: &str) {
    let lines: Vec<String> = (0..10).map(|it| format!("户{it},{it}\n")).collect();
    write(folder, "data/户.csv", &format!("代码,违法次数\n{}{last}", lines.concat()));
}

#[test]
fn a_review_becomes_a_plan_that_is_approved_and_takes_effect() {
    let folder = project("plans");
    let settings = "rules = ['rules/甲']\nregistry = '版本库'\nauthor = '省局'\ndata = 'data'\n\
                    as_of = '2026-10-31'\n\
                    [[gates]]\nwhen = 'moved'\nover = '15%'\napprovers = ['信用监管处']\n\
                    [[gates]]\nwhen = 'jumps'\napprovers = ['分管局长']\n\
                    [[gates]]\nwhen = 'undocumented'\napprovers = ['法规处']\n\
                    [keys]\n信用监管处 = 'keys/信用监管处.pub'\n法规处 = 'keys/法规处.pub'\n";
    write(&folder, "heng.toml", settings);
    households(&folder, "");
    for who in ["信用监管处", "法规处"] {
        fine(&folder, &["keys", "new", who, "--into", "keys"]);
    }
    graded(&folder, "1", 5);
    fine(&folder, &["publish", "rules/甲", "--effective-from", "2026-01-01"]);
    graded(&folder, "2", 3);
    let early = heng(&folder, &["publish", "rules/甲", "--effective-from", "2027-01-01"]);
    assert_eq!(early.status.code(), Some(5), "{}", shown(&early));
    fine(&folder, &["publish", "rules/甲"]);
    let mut text = String::new();
    let mut walk = |args: &[&str]| {
        let output = shown(&heng(&folder, args));
        writeln!(text, "$ heng {}\n{output}", args.join(" ")).unwrap();
    };
    walk(&["diff", "甲@1", "rules/甲", "--data", "data", "--save", "p.plan"]);
    walk(&["diff", "甲@1", "甲@2", "--save", "unseen.plan"]);
    walk(&["diff", "甲@1", "甲@2", "--data", "data", "--save", "p.plan"]);
    let apply = ["apply", "p.plan", "--effective-from", "2027-01-01", "--history", "kept"];
    walk(&apply);
    walk(&["approve", "p.plan", "--key", "keys/信用监管处.pub", "--author", "信用监管处"]);
    walk(&["approve", "p.plan", "--key", "keys/信用监管处.key", "--author", "信用监管处"]);
    walk(&apply);
    walk(&["approve", "p.plan", "--key", "keys/法规处.key", "--author", "法规处"]);
    households(&folder, "户10,3\n");
    walk(&apply);
    households(&folder, "");
    walk(&apply);
    walk(&["versions", "甲"]);
    let is_hash = |it: &str| it.len() == 64 && it.bytes().all(|it| it.is_ascii_hexdigit());
    let words: Vec<&str> = text.split(|it: char| !it.is_ascii_alphanumeric()).collect();
    let hashes: Vec<&str> = words.into_iter().filter(|it| is_hash(it)).collect();
    let text = hashes.iter().fold(text.clone(), |text, it| text.replace(it, "<hash>"));
    insta::assert_snapshot!("plan", text);
    let plan = Plan::parse(&fs::read_to_string(folder.join("p.plan")).unwrap()).unwrap();
    assert_eq!(plan.report["impact"]["effect"]["households"], 10);
    let figures = plan.figures;
    let counted =
        Counted { households: 10, moved: 2, riskiest_before: 1, riskiest_after: 1, jumps: 0 };
    assert_eq!(figures, Figures { counted: Some(counted), undecided: None, undocumented: 1 });
    let log = fine(&folder, &["log", "甲"]);
    assert!(log.contains("审批 甲 2") && log.contains("实施 甲 2"), "{log}");
}

#[test]
fn a_plan_is_bound_to_the_versions_that_were_looked_at_with_both() {
    let folder = project("plans-with");
    let settings = "rules = ['rules/甲']\npath = ['rules']\nregistry = '版本库'\nauthor = '省局'\n\
                    data = 'data'\nas_of = '2026-10-31'\n";
    write(&folder, "heng.toml", settings);
    households(&folder, "");
    graded(&folder, "1", 5);
    let text = "规则集 乙 版本 1\n引用 甲\n\n分类 用途 为 风险等级 按 甲.信用风险\n  A：A\n  B：B\n  其余：D\n";
    write(&folder, "rules/乙/乙.heng", text);
    fine(&folder, &["publish", "rules/乙", "--with-used", "--effective-from", "2026-01-01"]);
    graded(&folder, "2", 3);
    fine(&folder, &["publish", "rules/甲", "--effective-from", "2027-01-01"]);
    let diff = |with: &str| {
        heng(
            &folder,
            &["diff", "甲@1", "甲@2", "--with", with, "--data", "data", "--save", "p.plan"],
        )
    };
    let refused = diff("rules/乙");
    assert_eq!(refused.status.code(), Some(2), "{}", shown(&refused));
    assert!(shown(&refused).contains("食品@2025.1"), "{}", shown(&refused));
    assert!(!folder.join("p.plan").exists());
    let kept = diff("乙@1");
    assert!(shown(&kept).contains("乙.用途"), "{}", shown(&kept));
    let plan = Plan::parse(&fs::read_to_string(folder.join("p.plan")).unwrap()).unwrap();
    let with: Vec<(&str, &str)> =
        plan.with.iter().map(|it| (&*it.set, &*it.side.version)).collect();
    assert_eq!(with, [("乙", "1")]);
    // Of the grades that two households of ten get, both sets have their own.
    assert_eq!(plan.figures.counted.map(|it| it.moved), Some(2));
}
